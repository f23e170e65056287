//! A baseline of either format.

use std::collections::BTreeMap;
use std::ops::Range;

use super::detect_secrets::{DetectSecretsBaseline, sha1_hex};
use super::own::OwnBaseline;
use super::pieces::{IN_TEXT, Wanted};
use super::report::Audited;
use super::slow_hash::Fingerprint;
use super::{Label, Located, Note, ReadError};

/// A baseline.
#[derive(Clone, Debug, PartialEq)]
pub enum Baseline {
    /// Of detect-secrets.
    DetectSecrets(DetectSecretsBaseline),
    /// Our own.
    Own(OwnBaseline),
}

/// What a baseline holds of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its number in the baseline, from 0: what [`Baseline::set_label`] wants.
    pub number: usize,
    /// The file, with `/`.
    pub path: String,
    /// What it is, in the baseline's words.
    pub kind: String,
    /// The one-based line, where the baseline has it.
    pub line: Option<u32>,
    /// What was said of it.
    pub label: Option<Label>,
    /// Why.
    pub reason: Option<String>,
    /// What stands for the value.
    pub hash: String,
}

impl Baseline {
    /// Reads a baseline of either format.
    ///
    /// # Errors
    /// When it is of neither: where, and why.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadError> {
        if OwnBaseline::is_own(text) {
            OwnBaseline::read(file, text).map(Self::Own)
        } else {
            DetectSecretsBaseline::read(file, text).map(Self::DetectSecrets)
        }
    }

    /// The baseline's text.
    #[must_use]
    pub fn write(&self) -> String {
        match self {
            Self::DetectSecrets(baseline) => baseline.write(),
            Self::Own(baseline) => baseline.write(),
        }
    }

    /// The file's name, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::DetectSecrets(baseline) => baseline.file(),
            Self::Own(baseline) => baseline.file(),
        }
    }

    /// Whether one of its entries is of a finding.
    #[must_use]
    pub fn knows(&self, located: &Located<'_>) -> bool {
        match self {
            Self::DetectSecrets(baseline) => baseline.known(located).is_some(),
            Self::Own(baseline) => baseline.known(located).is_some(),
        }
    }

    /// What in it is odd, or not done here.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        match self {
            Self::DetectSecrets(baseline) => baseline.notes(),
            Self::Own(baseline) => baseline.notes(),
        }
    }

    /// What it holds, in the order in which it is written.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::DetectSecrets(baseline) => {
                let subject = |(number, entry): (usize, &super::Entry)| Subject {
                    number,
                    path: entry.filename.clone(),
                    kind: entry.kind.clone(),
                    line: entry.line_number,
                    label: entry.label(),
                    reason: None,
                    hash: entry.hashed_secret.clone(),
                };
                baseline.entries().enumerate().map(subject).collect()
            }
            Self::Own(baseline) => {
                let subject = |(number, entry): (usize, &super::OwnEntry)| Subject {
                    number,
                    path: entry.path.clone(),
                    kind: entry.detector.clone(),
                    line: None,
                    label: entry.label,
                    reason: entry.reason.clone(),
                    hash: entry.secret.to_string(),
                };
                baseline.entries().enumerate().map(subject).collect()
            }
        }
    }

    /// Labels the subject of this number. detect-secrets has no reasons, and no labels but right and wrong.
    pub fn set_label(&mut self, number: usize, label: Option<Label>, reason: Option<String>) {
        match self {
            Self::DetectSecrets(baseline) => baseline.set_label(number, label),
            Self::Own(baseline) => baseline.set_label(number, label, reason),
        }
    }

    /// Where in a file the subjects of it stand, by number: each place in order. What stands nowhere is left out.
    #[must_use]
    pub fn places(&self, path: &str, file: &Audited) -> BTreeMap<usize, Vec<Range<usize>>> {
        let mut by_hash: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
        let subjects: Vec<Subject> = self.subjects().into_iter().filter(|subject| subject.path == path).collect();
        if subjects.is_empty() {
            return BTreeMap::new();
        }
        match self {
            Self::DetectSecrets(_) => {
                for secret in &file.secrets {
                    by_hash.entry(sha1_hex(secret.value.reveal())).or_default().push(secret.range.clone());
                }
                let unseen = subjects.iter().filter(|subject| !by_hash.contains_key(&subject.hash));
                let wanted = Wanted::of(unseen.map(|subject| subject.hash.as_str()));
                if !wanted.is_empty() {
                    for (piece, hash) in wanted.find(&file.text, 0..file.text.len(), IN_TEXT).0 {
                        by_hash.entry(hash).or_default().push(whole(file, piece));
                    }
                }
            }
            Self::Own(baseline) => {
                for secret in &file.secrets {
                    let value = secret.value.reveal();
                    let hashes = baseline.keys().map(|key| Fingerprint::of(key, value).to_string());
                    for hash in hashes {
                        by_hash.entry(hash).or_default().push(secret.range.clone());
                    }
                }
            }
        }
        let mut places = BTreeMap::new();
        for subject in subjects {
            if let Some(ranges) = by_hash.get(&subject.hash) {
                let mut ranges: Vec<_> =
                    ranges.iter().filter(|range| file.text.get((*range).clone()).is_some()).cloned().collect();
                ranges.sort_by_key(|range| (range.start, range.end));
                ranges.dedup();
                if !ranges.is_empty() {
                    places.insert(subject.number, ranges);
                }
            }
        }
        places
    }
}

/// The secret that a piece is of: what a scan found there, or the word that it stands in.
fn whole(file: &Audited, piece: Range<usize>) -> Range<usize> {
    let overlaps = |range: &Range<usize>| range.start < piece.end && piece.start < range.end;
    if let Some(secret) = file.secrets.iter().find(|secret| overlaps(&secret.range)) {
        return piece.start.min(secret.range.start)..piece.end.max(secret.range.end);
    }
    const PRIVATE_KEY: &str = "PRIVATE KEY";
    if file.text[piece.clone()].contains(PRIVATE_KEY) {
        // The key is what follows, up to where it says that it ends.
        let rest = &file.text[piece.end..];
        return piece.start..piece.end + rest.find(PRIVATE_KEY).map_or(rest.len(), |at| at + PRIVATE_KEY.len());
    }
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '+' | '=' | '.' | '~' | '%');
    let before = file.text[..piece.start].chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    let after = file.text[piece.end..].chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    piece.start - before..piece.end + after
}
