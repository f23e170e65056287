//! What else is known of vulnerabilities: how probable it is that one is exploited (EPSS, <https://www.first.org/epss/>), and
//! which are (CISA's catalogue, KEV).

use std::io::Read;

use flate2::read::MultiGzDecoder;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// EPSS unpacked is 10 MB.
const MAX_EPSS: u64 = 256 << 20;

/// EPSS: scores by CVE.
pub(super) struct Epss {
    pub(super) date: Option<String>,
    scores: FxHashMap<String, f32>,
}

impl Epss {
    /// `epss_scores-2026-07-23.csv`, or it with gzip: a comment with the date, a header, `CVE-…,probability,percentile`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut unpacked = Vec::new();
        let bytes = if bytes.starts_with(b"\x1f\x8b") {
            let mut decoder = MultiGzDecoder::new(bytes).take(MAX_EPSS + 1);
            decoder.read_to_end(&mut unpacked).map_err(|error| format!("it cannot be unpacked: {error}"))?;
            if unpacked.len() as u64 > MAX_EPSS {
                return Err("it is too large when it is unpacked".to_owned());
            }
            &unpacked
        } else {
            bytes
        };
        let comment = bytes.strip_prefix(b"#").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
        let comment = String::from_utf8_lossy(comment.unwrap_or_default());
        let date = comment.split(',').find_map(|part| part.trim().strip_prefix("score_date:")?.get(..10));
        let date = date.map(str::to_owned);
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(bytes);
        let headers = reader.headers().map_err(|error| error.to_string())?;
        let column = |wanted: &str| headers.iter().position(|header| header.trim() == wanted);
        let (Some(cve), Some(epss)) = (column("cve"), column("epss")) else {
            return Err("it has no columns `cve` and `epss`".to_owned());
        };
        let mut scores = FxHashMap::default();
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let score = row.get(epss).and_then(|score| score.trim().parse::<f32>().ok());
            if let (Some(cve), Some(score)) = (row.get(cve), score.filter(|score| (0.0..=1.0).contains(score))) {
                scores.insert(cve.trim().to_owned(), score);
            }
        }
        Ok(Self { date, scores })
    }

    pub(super) fn score<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Option<f32> {
        ids.filter_map(|id| self.scores.get(id).copied()).max_by(f32::total_cmp)
    }
}

/// CISA's catalogue: which CVEs are exploited.
pub(super) struct Kev {
    pub(super) date: Option<String>,
    exploited: FxHashSet<String>,
}

impl Kev {
    /// `known_exploited_vulnerabilities.json`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Catalogue {
            date_released: Option<String>,
            vulnerabilities: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "cveID")]
            cve: String,
        }
        let catalogue: Catalogue = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let date = catalogue.date_released.and_then(|date| date.get(..10).map(str::to_owned));
        Ok(Self { date, exploited: catalogue.vulnerabilities.into_iter().map(|entry| entry.cve).collect() })
    }

    pub(super) fn has<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> bool {
        ids.any(|id| self.exploited.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const CSV: &str = "#model_version:v2025.03.14,score_date:2026-07-23T12:00:00Z\ncve,epss,percentile\n\
                       CVE-2021-1,0.5,0.9\nCVE-2021-2,0.25,0.5\nCVE-2021-3,many,1\n";

    #[test]
    fn scores_are_read_plain_and_packed() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(CSV.as_bytes()).expect("in memory");
        for bytes in [CSV.as_bytes().to_vec(), packed.finish().expect("in memory")] {
            let epss = Epss::read(&bytes).expect("scores");
            assert_eq!(epss.date.as_deref(), Some("2026-07-23"));
            assert_eq!(epss.score(["CVE-2021-2", "CVE-2021-1", "GHSA-x"].into_iter()), Some(0.5));
            assert_eq!(epss.score(["CVE-2021-3"].into_iter()), None);
        }
        for wrong in [&b""[..], b"a,b\n1,2\n", b"\x1f\x8bnone", b"\xff\xfe"] {
            assert!(Epss::read(wrong).is_err());
        }
    }

    #[test]
    fn the_catalogue_is_read() {
        let kev = Kev::read(
            br#"{"catalogVersion": "1", "dateReleased": "2026-07-23T10:00:00Z", "vulnerabilities": [{"cveID": "CVE-2021-1"}]}"#,
        )
        .expect("a catalogue");
        assert_eq!(kev.date.as_deref(), Some("2026-07-23"));
        assert!(kev.has(["GHSA-x", "CVE-2021-1"].into_iter()) && !kev.has(["CVE-2021-2"].into_iter()));
        assert!(Kev::read(b"{}").is_err());
    }
}
