//! What was found and what was said of it, in the JSON of `detect-secrets audit --report`, but masked.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::any::Baseline;
use super::excerpt::{Excerpt, visible};
use super::{Label, json};
use crate::masked;
use crate::scan::Secret;

/// A file as an audit sees it.
#[derive(Clone)]
pub struct Audited {
    /// Its text.
    pub text: String,
    /// What a scan finds in it.
    pub secrets: Vec<Secret>,
}

impl std::fmt::Debug for Audited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audited").field("secrets", &self.secrets).finish_non_exhaustive()
    }
}

impl Audited {
    /// Where its secrets stand.
    pub(super) fn ranges(&self) -> Vec<Range<usize>> {
        self.secrets.iter().map(|secret| secret.range.clone()).collect()
    }

    /// The range that begins nearest to a line.
    pub(super) fn nearest<'r>(&self, ranges: &'r [Range<usize>], line: Option<u32>) -> Option<&'r Range<usize>> {
        let Some(line) = line else { return ranges.first() };
        ranges.iter().min_by_key(|range| self.line_of(range).abs_diff(line))
    }

    pub(super) fn line_of(&self, range: &Range<usize>) -> u32 {
        u32::try_from(self.text[..range.start].matches('\n').count() + 1).unwrap_or(u32::MAX)
    }
}

/// Which secrets are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All.
    All,
    /// Those that are not labelled as none.
    Real,
    /// Those that are.
    False,
}

impl Only {
    fn has(self, label: Option<Label>) -> bool {
        let is_real = label.is_none_or(Label::is_secret);
        match self {
            Self::All => true,
            Self::Real => is_real,
            Self::False => !is_real,
        }
    }
}

/// The report on a baseline. `file` gives a file's text and what a scan finds in it. What is not where it was has no lines.
#[must_use]
pub fn report(baseline: &Baseline, only: Only, file: &dyn Fn(&str) -> Option<Audited>) -> String {
    let mut by_file: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for subject in baseline.subjects().into_iter().filter(|subject| only.has(subject.label)) {
        by_file.entry(subject.path.clone()).or_default().push(subject);
    }
    let mut results = Vec::new();
    for (path, subjects) in by_file {
        let audited = file(&path);
        let places = audited.as_ref().map(|audited| baseline.places(&path, audited)).unwrap_or_default();
        let mut by_hash: Vec<(String, Map<String, Value>, u8)> = Vec::new();
        for subject in subjects {
            let rank = rank(subject.label);
            if let Some((_, result, known)) = by_hash.iter_mut().find(|(hash, ..)| *hash == subject.hash) {
                if let Some(types) = result.get_mut("types").and_then(Value::as_array_mut) {
                    types.push(subject.kind.into());
                }
                if rank > *known {
                    *known = rank;
                    result.insert("category".to_owned(), category(subject.label).into());
                }
                continue;
            }
            let mut lines = Map::new();
            let mut value = masked("");
            if let Some(audited) = &audited {
                let mut secrets = audited.ranges();
                secrets.extend(places.values().flatten().cloned());
                for range in places.get(&subject.number).into_iter().flatten() {
                    value = masked(&audited.text[range.clone()]);
                    let excerpt = Excerpt::of(&audited.text, range, &secrets, 0, false);
                    let target = excerpt.lines.into_iter().find(|line| line.is_target);
                    lines.extend(target.map(|line| (line.number.to_string(), Value::from(line.text()))));
                }
            }
            // In the order of their names, as detect-secrets sorts them.
            let mut result = json!({
                "category": category(subject.label),
                "filename": path,
                "lines": lines,
                "secrets": visible(&value),
                "types": [subject.kind],
            });
            if let (Baseline::Own(_), Some(label)) = (baseline, subject.label) {
                result["label"] = label.as_str().into();
                result["reason"] = subject.reason.into();
            }
            if let Value::Object(result) = result {
                by_hash.push((subject.hash, result, rank));
            }
        }
        results.extend(by_hash.into_iter().map(|(_, result, _)| Value::Object(result)));
    }
    json::dumps(&json!({ "results": results }), 4) + "\n"
}

const fn rank(label: Option<Label>) -> u8 {
    match label {
        Some(Label::FalsePositive) => 1,
        None => 2,
        Some(_) => 3,
    }
}

const fn category(label: Option<Label>) -> &'static str {
    match rank(label) {
        1 => "VERIFIED_FALSE",
        2 => "UNVERIFIED",
        _ => "VERIFIED_TRUE",
    }
}
