//! Scores of CVSS vectors: 2.0, 3.0, 3.1 and 4.0.

use std::str::FromStr;

use cvss::Cvss;

/// The score of a vector, and the CVSS version that it is of, times ten. None for what is no vector.
pub(crate) fn score(vector: &str) -> Option<(f32, u8)> {
    let (score, version) = if vector.starts_with("CVSS:") {
        let parsed = Cvss::from_str(vector).ok()?;
        let version = match parsed {
            Cvss::CvssV40(_) => 40,
            Cvss::CvssV31(_) => 31,
            Cvss::CvssV30(_) => 30,
            _ => 20,
        };
        (parsed.score(), version)
    } else {
        // Vectors of CVSS 2 have no prefix: `AV:N/AC:L/Au:N/C:P/I:P/A:P`.
        (cvss::v2::Vector::from_str(vector).ok()?.score().value(), 20)
    };
    #[expect(clippy::cast_possible_truncation, reason = "scores have one decimal")]
    let score = score as f32;
    (0.0..=10.0).contains(&score).then_some((score, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_all_versions_are_scored() {
        // Scores as FIRST's calculators give them.
        for (vector, expected) in [
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", (7.5, 20)),
            ("AV:N/AC:M/Au:N/C:N/I:P/A:N", (4.3, 20)),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", (6.1, 30)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", (9.8, 31)),
            ("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", (0.0, 31)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", (10.0, 40)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", (9.3, 40)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", (8.7, 40)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", (8.1, 40)),
        ] {
            assert_eq!(score(vector), Some(expected), "{vector}");
        }
        for none in ["", "HIGH", "CVSS:3.1", "CVSS:9.9/AV:N", "CVSS:3.1/AV:N/AV:N", "7.5"] {
            assert_eq!(score(none), None, "{none}");
        }
    }
}
