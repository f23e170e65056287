//! Versions given by specifiers, as safety-db gives them: `{"django": [{"id": "pyup.io-25", "cve": "CVE-…", "advisory": "…",
//! "specs": ["<1.2,>=1.0"]}]}`. They become ranges, so that what is affected is decided in one way.

use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};
use serde_json::Value;

use super::record::one_line;
use super::{Event, PackageData, Range, Record, RecordError};
use crate::manifest::Name;

/// A record or what is wrong with it, with where it stands.
type Placed = (String, Result<Record, RecordError>);

/// The records of a file of safety-db.
pub(crate) fn read_safety(bytes: &[u8]) -> Result<Vec<Placed>, RecordError> {
    let packages: serde_json::Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| RecordError(error.to_string()))?;
    let mut records = Vec::new();
    for (package, entries) in packages {
        if package.starts_with('$') {
            continue;
        }
        let Some(entries) = entries.as_array() else {
            let error = RecordError("its advisories are no list".to_owned());
            records.push((package, Err(error)));
            continue;
        };
        for (index, entry) in entries.iter().enumerate() {
            records.push((format!("{package}[{index}]"), record(&package, entry)));
        }
    }
    Ok(records)
}

fn record(package: &str, entry: &Value) -> Result<Record, RecordError> {
    let name = Name::new(package).ok_or_else(|| RecordError("its package is no package's name".to_owned()))?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let id = text("id").map(str::trim).filter(|id| !id.is_empty() && !id.contains(char::is_whitespace));
    let id = id.ok_or_else(|| RecordError("it has no id".to_owned()))?;
    let specs: Vec<&str> = match (entry.get("specs").and_then(Value::as_array), text("v")) {
        (Some(specs), _) => specs.iter().filter_map(Value::as_str).collect(),
        (None, Some(specs)) => vec![specs],
        (None, None) => return Err(RecordError("it has no specifiers".to_owned())),
    };
    let mut data = PackageData::default();
    for specifiers in specs {
        affected_by(specifiers, &mut data)?;
    }
    let ids = text("cve").unwrap_or_default().split([',', ' ']).map(str::trim);
    Ok(Record {
        id: id.to_owned(),
        aliases: ids.filter(|id| !id.is_empty() && *id != "null").map(str::to_owned).collect(),
        summary: one_line(text("advisory").unwrap_or_default()),
        url: text("more_info_path").map(|path| format!("https://data.safetycli.com{path}")),
        packages: vec![(name, data)],
        ..Record::default()
    })
}

/// Adds the versions that some specifiers allow: all of them hold at once.
///
/// Nothing is left out of what they allow. What is excluded by `!=` is not, and pre-releases of a fixed version are taken to
/// be not fixed, as OSV's ranges have it.
pub(crate) fn affected_by(specifiers: &str, data: &mut PackageData) -> Result<(), RecordError> {
    let wrong = || RecordError(format!("`{}` are no specifiers", specifiers.escape_debug()));
    let parsed = VersionSpecifiers::from_str(specifiers).map_err(|_| wrong())?;
    let (mut from, mut to): (Option<Version>, Option<(Version, bool)>) = (None, None);
    let mut raise = |version: Version| from = from.take().max(Some(version));
    // Of two at the same version, the one that excludes it is lower.
    let mut lower = |version: Version, included: bool| {
        let new = (version, included);
        to = Some(to.take().map_or(new.clone(), |old| old.min(new)));
    };
    for specifier in parsed.iter() {
        let version = specifier.version().clone();
        match specifier.operator() {
            Operator::Equal | Operator::ExactEqual => {
                raise(version.clone());
                lower(version, true);
            }
            Operator::EqualStar => {
                raise(version.clone().with_dev(Some(0)));
                lower(next(&version, version.release().len()).ok_or_else(wrong)?, false);
            }
            Operator::TildeEqual => {
                lower(next(&version, version.release().len().saturating_sub(1)).ok_or_else(wrong)?, false);
                raise(version);
            }
            Operator::GreaterThanEqual => raise(version),
            Operator::GreaterThan => raise(above(version)),
            Operator::LessThan => lower(version, false),
            Operator::LessThanEqual => lower(version, true),
            Operator::NotEqual | Operator::NotEqualStar => {}
        }
    }
    let is_empty = |from: &Version| to.as_ref().is_some_and(|(to, included)| from > to || (from == to && !included));
    if from.as_ref().is_some_and(is_empty) {
        return Ok(());
    }
    let mut events = vec![Event::Introduced(from.map_or_else(|| "0".to_owned(), |version| version.to_string()))];
    events.extend(to.map(|(version, included)| {
        let version = version.to_string();
        if included { Event::LastAffected(version) } else { Event::Fixed(version) }
    }));
    data.ranges.push(Range { events });
    Ok(())
}

/// The first version above those that begin with the first parts of a release: `1.3.dev0` of `1.2` and 2.
fn next(version: &Version, parts: usize) -> Option<Version> {
    let mut release = version.release().get(..parts.max(1))?.to_vec();
    let last = release.last_mut()?;
    *last = last.checked_add(1)?;
    Some(Version::new(release).with_epoch(version.epoch()).with_dev(Some(0)))
}

/// The first version above a version and its local versions.
fn above(version: Version) -> Version {
    let version = version.without_local();
    if let Some(dev) = version.dev() {
        return version.with_dev(Some(dev.saturating_add(1)));
    }
    let post = version.post().map_or(0, |post| post.saturating_add(1));
    version.with_post(Some(post)).with_dev(Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(specifiers: &str) -> String {
        let mut data = PackageData::default();
        affected_by(specifiers, &mut data).expect("specifiers");
        format!("{:?}", data.ranges.iter().flat_map(|range| &range.events).collect::<Vec<_>>())
    }

    #[test]
    fn specifiers_become_ranges() {
        for (specifiers, expected) in [
            ("<1.2,>=1.0", r#"[Introduced("1.0"), Fixed("1.2")]"#),
            ("<1.2", r#"[Introduced("0"), Fixed("1.2")]"#),
            ("<=1.2,<1.5", r#"[Introduced("0"), LastAffected("1.2")]"#),
            ("<=1.2,<1.2", r#"[Introduced("0"), Fixed("1.2")]"#),
            (">1.0", r#"[Introduced("1.0.post0.dev0")]"#),
            (">1.0.dev3,>=0.1", r#"[Introduced("1.0.dev4")]"#),
            ("==1.0", r#"[Introduced("1.0"), LastAffected("1.0")]"#),
            ("==1.0.*", r#"[Introduced("1.0.dev0"), Fixed("1.1.dev0")]"#),
            ("~=1!1.4.2", r#"[Introduced("1!1.4.2"), Fixed("1!1.5.dev0")]"#),
            (">=1.0,!=1.1", r#"[Introduced("1.0")]"#),
            ("", r#"[Introduced("0")]"#),
            (">=2,<1", "[]"),
            (">=1,<1", "[]"),
        ] {
            assert_eq!(events(specifiers), expected, "{specifiers}");
        }
    }

    #[test]
    fn records_of_safety_db_are_read_and_faults_are_named() {
        let text = r#"{
            "$meta": {"advisory": "PyUp.io metadata", "timestamp": 1},
            "Django": [
                {"advisory": "Django before 1.2 is open.\nMore.", "cve": "CVE-2010-1, CVE-2010-2", "id": "pyup.io-1",
                 "specs": ["<1.1", ">=1.1.1,<1.2"], "v": "<1.1,>=1.1.1,<1.2"},
                {"advisory": "", "cve": null, "id": "pyup.io-2", "specs": ["before 1"]},
                {"specs": []}
            ],
            "other": {}
        }"#;
        let records = read_safety(text.as_bytes()).expect("JSON");
        let first = records[0].1.as_ref().expect("a record");
        assert_eq!(first.packages[0].0.as_str(), "django");
        assert_eq!(first.packages[0].1.ranges.len(), 2);
        assert_eq!(first.aliases, ["CVE-2010-1", "CVE-2010-2"]);
        assert_eq!(first.summary, "Django before 1.2 is open.");
        let faults: Vec<String> = records[1..]
            .iter()
            .map(|(at, record)| format!("{at}: {}", record.as_ref().expect_err("a fault")))
            .collect();
        assert_eq!(
            faults,
            ["Django[1]: `before 1` are no specifiers", "Django[2]: it has no id", "other: its advisories are no list"]
        );
        assert!(read_safety(b"[1]").is_err());
    }
}
