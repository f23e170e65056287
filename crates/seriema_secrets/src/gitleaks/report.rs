//! A JSON report of gitleaks as a baseline (`--baseline-path`).
//!
//! gitleaks compares everything a report says of a finding, so that its baselines are void when a line is added above. Here
//! a finding is known by its file and its value. A report made with `--redact` does not have the values: then rule, file, the
//! entropy of the value, what is left of it and the text around it have to be the same, which is the most that such a report
//! says.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ALIAS, is_rule};
use crate::Value;
use crate::baseline::{Located, ReadError, bounded, normal};
use crate::judge::entropy;

/// What stands for a value that is not in the report at all.
const REDACTED: &str = "REDACTED";
/// Entropies in a report have the precision of 32 bits.
const TOLERANCE: f64 = 1e-4;
/// Fewest bytes of a value that another one can be a part of.
const MIN_PART: usize = 8;

/// Findings that gitleaks reported.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By file.
    entries: BTreeMap<String, Vec<Entry>>,
    /// Those of files with absolute paths.
    absolute: Vec<(String, Entry)>,
}

#[derive(Clone, Debug)]
struct Entry {
    rule: String,
    lines: (u32, u32),
    matched: Value,
    secret: Value,
    entropy: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a finding of gitleaks")]
struct Raw {
    #[serde(rename = "RuleID")]
    rule: String,
    #[serde(default)]
    start_line: u32,
    #[serde(default)]
    end_line: u32,
    #[serde(default, rename = "Match")]
    matched: String,
    secret: String,
    file: String,
    #[serde(default)]
    entropy: f64,
}

impl Report {
    /// Reads a report as `gitleaks --report-format json` writes it.
    ///
    /// # Errors
    /// When it is no JSON, or no report: where, and why.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadError> {
        // gitleaks writes `null` when it found nothing.
        let all: Option<Vec<Raw>> =
            serde_json::from_str(bounded(file, text)?).map_err(|error| ReadError::json(file, &error))?;
        let mut report = Self::default();
        for raw in all.unwrap_or_default() {
            let path = normal(&raw.file);
            let entry = Entry {
                rule: raw.rule,
                lines: (raw.start_line, raw.end_line.max(raw.start_line)),
                matched: Value::new(&raw.matched),
                secret: Value::new(&raw.secret),
                entropy: raw.entropy,
            };
            if path.starts_with('/') || path.get(1..3) == Some(":/") {
                report.absolute.push((path, entry));
            } else {
                report.entries.entry(path).or_default().push(entry);
            }
        }
        Ok(report)
    }

    /// How many findings it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(Vec::len).sum::<usize>() + self.absolute.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.absolute.is_empty()
    }

    /// Whether a finding of these rules (the detector's id and aliases) is in it.
    #[must_use]
    pub fn knows(&self, located: &Located<'_>, rules: &[&str]) -> bool {
        let of_file = self.entries.get(located.path).into_iter().flatten();
        let ends = |path: &str| path.strip_suffix(located.path).is_some_and(|before| before.ends_with('/'));
        let absolute = self.absolute.iter().filter(|(path, _)| ends(path)).map(|(_, entry)| entry);
        of_file.chain(absolute).any(|entry| entry.is(located, rules))
    }
}

impl Entry {
    fn is(&self, located: &Located<'_>, rules: &[&str]) -> bool {
        let (value, secret) = (located.secret.value.reveal(), self.secret.reveal());
        if secret.is_empty() {
            return false;
        }
        if value == secret {
            return true;
        }
        // Two tools do not always agree where a secret ends.
        let (short, long) = if value.len() < secret.len() { (value, secret) } else { (secret, value) };
        let is_on_line = (self.lines.0..=self.lines.1).contains(&located.secret.line);
        if is_on_line && short.len() >= MIN_PART && long.contains(short) && self.left().is_none() {
            return true;
        }
        let answers = is_rule(rules, &self.rule) || !rules.iter().any(|rule| rule.starts_with(ALIAS));
        self.left().is_some_and(|left| {
            answers
                && value.starts_with(left)
                && (entropy(value) - self.entropy).abs() < TOLERANCE
                && self.has_surroundings(located)
        })
    }

    /// What a redacted report left of the value; absent if the value is there.
    fn left(&self) -> Option<&str> {
        match self.secret.reveal() {
            REDACTED => Some(""),
            secret => secret.strip_suffix("..."),
        }
    }

    /// Whether the text around the secret is what the report shows around its stand-in.
    fn has_surroundings(&self, located: &Located<'_>) -> bool {
        let Some((before, after)) = self.matched.reveal().split_once(self.secret.reveal()) else { return true };
        let range = &located.secret.range;
        let (Some(left), Some(right)) = (located.text.get(..range.start), located.text.get(range.end..)) else {
            return false;
        };
        left.ends_with(before) && right.starts_with(after.split(self.secret.reveal()).next().unwrap_or_default())
    }
}
