//! `.gitleaksignore`: findings by their fingerprints, `file:rule:line` or `commit:file:rule:line`.

use std::collections::BTreeMap;

use super::is_rule;
use crate::baseline::{Note, normal};

/// The rule that finds what no other does. What stands on such a line was looked at, whatever it is called here.
const GENERIC: &str = "generic-api-key";

/// What a fingerprint says besides file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    commit: Option<String>,
    rule: String,
}

/// Fingerprints of findings that are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// By file and line.
    entries: BTreeMap<(String, u32), Vec<Entry>>,
    notes: Vec<Note>,
}

impl Ignore {
    /// Reads a list. Lines that are no fingerprints are named in [`Self::notes`].
    #[must_use]
    pub fn read(file: &str, text: &str) -> Self {
        let mut ignore = Self::default();
        for (number, line) in (1_u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match fingerprint(line) {
                Some((place, entry)) => ignore.entries.entry(place).or_default().push(entry),
                None => ignore.notes.push(Note {
                    file: file.to_owned(),
                    line: Some(number),
                    message: "neither `file:rule:line` nor `commit:file:rule:line`".to_owned(),
                }),
            }
        }
        ignore
    }

    /// Whether a finding is on the list: a finding of these rules (the detector's id and aliases), on a one-based line of
    /// a file, as it is now or in a commit.
    #[must_use]
    pub fn ignores(&self, path: &str, commit: Option<&str>, rules: &[&str], line: u32) -> bool {
        let entries = self.entries.get(&(normal(path), line)).map_or(&[][..], Vec::as_slice);
        entries.iter().any(|entry| {
            let is_same = |of: &String| commit.is_some_and(|commit| commit.eq_ignore_ascii_case(of));
            entry.commit.as_ref().is_none_or(is_same) && (entry.rule == GENERIC || is_rule(rules, &entry.rule))
        })
    }

    /// How many fingerprints there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lines that are no fingerprints.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Read from the end: files may have colons in their names.
fn fingerprint(text: &str) -> Option<((String, u32), Entry)> {
    let (rest, line) = text.rsplit_once(':')?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let line = line.trim().parse().ok()?;
    let is_commit =
        |commit: &str| matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit.to_lowercase()), path),
        _ => (None, rest),
    };
    let entry = Entry { commit, rule: rule.to_owned() };
    (!path.is_empty() && !rule.is_empty()).then(|| ((normal(path), line), entry))
}
