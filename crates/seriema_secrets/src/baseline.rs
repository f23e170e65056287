//! Baselines: what is known already, and what people said of it.
//!
//! ```text
//! detect_secrets   `.secrets.baseline` as detect-secrets 1.5.0 writes it; upgrade: as older versions did
//! settings         its plugins and filters, and what of them is honoured
//! types            its names for what detectors find
//! pieces           a hash found again in a text
//! update           a new scan's results put into a baseline of its
//! own              our own format; slow_hash: why its values cannot be guessed quickly
//! any              either of the two, read by what stands in it
//! audit            labelling, key by key; excerpt: what is shown for it
//! stats, report, diff    what is said of a labelled baseline
//! json             JSON as Python writes it
//! ```
//!
//! Everything here goes from text to text: files are read and written, and clocks are asked, by the caller.

mod any;
mod audit;
mod detect_secrets;
mod diff;
mod excerpt;
mod json;
mod own;
mod pieces;
mod report;
mod settings;
mod slow_hash;
mod stats;
#[cfg(test)]
mod tests;
mod types;
mod update;
mod upgrade;

use std::fmt;

use crate::scan::Secret;

pub use any::{Baseline, Subject};
pub use audit::{Asks, Item, Session, Step, View};
pub use detect_secrets::{DetectSecretsBaseline, Entry, VERSION, utc};
pub use diff::{Change, Changed, Diff};
pub use excerpt::{Excerpt, Line, Part, Span, visible};
pub use own::{OwnBaseline, OwnEntry};
pub use report::{Audited, Only, report};
pub use settings::{Settings, Wordlist};
pub use slow_hash::Fingerprint;
pub use stats::{Counts, Stats};
pub use types::TypeNames;
pub use update::{Known, Likeness, Scanned, Unfound};

/// Most bytes of a baseline, report or configuration that are read.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// A secret, and the file that it was found in.
#[derive(Clone, Copy)]
pub struct Located<'a> {
    /// The file's path relative to the project, with `/`.
    pub path: &'a str,
    /// The file's text, which the secret's range is of.
    pub text: &'a str,
    /// The secret.
    pub secret: &'a Secret,
}

impl fmt::Debug for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Located").field("path", &self.path).field("secret", &self.secret).finish_non_exhaustive()
    }
}

/// What somebody said of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// It is no secret.
    FalsePositive,
    /// It is a secret, and has to go.
    Secret,
    /// It is a secret, and may stay where it is.
    Accepted,
    /// It was a secret: it has been changed where it was accepted.
    Rotated,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 4] = [Self::FalsePositive, Self::Secret, Self::Accepted, Self::Rotated];

    /// The label as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false-positive",
            Self::Secret => "secret",
            Self::Accepted => "accepted",
            Self::Rotated => "rotated",
        }
    }

    /// A label as it is written.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.as_str() == text)
    }

    /// Whether it says that the finding is right.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        !matches!(self, Self::FalsePositive)
    }
}

/// A file of another tool, or a baseline, that cannot be used. It quotes nothing of what the file holds: that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The file as the caller named it.
    pub file: String,
    /// The one-based line; 1 when the whole file is meant.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl ReadError {
    pub(crate) fn new(file: &str, line: u32, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }

    /// Of JSON that does not parse, or holds something else than it should.
    pub(crate) fn json(file: &str, error: &serde_json::Error) -> Self {
        // serde's messages quote values where a type is wrong.
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        let message = match text.split_once(", expected ") {
            Some((got, expected)) if got.starts_with("invalid") => format!("expected {expected}"),
            _ => text.to_owned(),
        };
        Self::new(file, u32::try_from(error.line()).unwrap_or(u32::MAX).max(1), message)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for ReadError {}

/// Something in a file of another tool that is understood, but not done here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file as the caller named it.
    pub file: String,
    /// The one-based line, where known.
    pub line: Option<u32>,
    /// What is not done.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// A text without its byte order mark; too large ones are refused.
pub(crate) fn bounded<'t>(file: &str, text: &'t str) -> Result<&'t str, ReadError> {
    if text.len() > MAX_TEXT {
        return Err(ReadError::new(file, 1, format!("more than {} MiB", MAX_TEXT >> 20)));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A path with `/`, and without `./` before it.
pub(crate) fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.trim_start_matches("./").to_owned()
}
