//! Suppressions in comments: Bandit's `# nosec`, flake8's and ruff's `# noqa`, and our own `# seriema: ignore[…]`.
//!
//! Everything here reads the text of one comment token; which lines a comment covers is decided by who has the tokens.

mod grammar;

use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::vocabulary::Vocabulary;

/// In whose words a suppression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DirectiveKind {
    /// `# nosec B602: reason`
    Nosec,
    /// `# noqa: S602`, `# ruff: noqa: S602`, `# flake8: noqa`
    Noqa,
    /// `# seriema: ignore[rule] reason`
    Seriema,
}

/// What a suppression covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// The statement or line it stands at.
    Line,
    /// The whole file.
    File,
}

/// One suppression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// In whose words.
    pub kind: DirectiveKind,
    /// What it covers.
    pub scope: Scope,
    /// Slugs, codes, weaknesses and families that it names; empty when it means everything. Codes are in upper case.
    pub selectors: Vec<String>,
    /// Why, as the author says; empty when they do not. Where a comment holds several suppressions and one gives a
    /// reason, it is the reason of all.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Where it stands in the comment, in bytes: from its `#` to the end of its reason.
    pub range: Range<usize>,
}

/// A comment that was meant to suppress and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectiveError {
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that can be told.
    pub suggestion: Option<String>,
    /// Where it stands in the comment, in bytes.
    pub range: Range<usize>,
}

/// What a comment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// The suppressions, in their order.
    pub directives: Vec<Directive>,
    /// What was meant to be one, in its order.
    pub errors: Vec<DirectiveError>,
}

/// Reads a comment (from its `#`, without the line end).
///
/// - `# nosec` takes Bandit ids and test names after an optional colon, separated by commas or blanks; where none leads,
///   ids anywhere in the text count, as they do for Bandit. A name that is also a plain word (`pickle`) counts only
///   before a comma, colon or the end. Without any, everything is meant. The rest is the reason.
/// - `# noqa` without codes means everything; codes of other linters are not ours, and where there are only such, there
///   is no suppression. `# ruff: noqa` and `# flake8: noqa` cover the file. After the codes comes the reason.
/// - `# seriema: ignore[a, b] reason` and `# seriema: ignore-file[a, b] reason` name what they mean.
/// - Each may end on a day: `(until=2027-01-31)`, that day included.
///
/// A reason may also stand in a comment behind the comment: `# nosec B602  # input is ours`.
#[must_use]
pub fn parse_comment(comment: &str, vocabulary: &Vocabulary<'_>) -> Directives {
    if !may_suppress(comment) {
        return Directives::default();
    }
    grammar::parse(comment, vocabulary)
}

/// Whether a comment can hold a suppression at all: a cheap look, right for all that can.
#[must_use]
pub fn may_suppress(comment: &str) -> bool {
    let bytes = comment.as_bytes();
    memchr::memmem::find(bytes, b"nosec").is_some()
        || memchr::memmem::find(bytes, b"seriema").is_some()
        || memchr::memchr2_iter(b'q', b'Q', bytes)
            .any(|at| bytes.get(at.wrapping_sub(2)..at + 2).is_some_and(|word| word.eq_ignore_ascii_case(b"noqa")))
}

/// The words that Bandit 1.9 takes for test ids or names in a `# nosec` comment; `None` where it sees none.
///
/// Bandit then drops the words that it does not know and, where nothing is left, suppresses everything. It keeps only
/// the last word of a run joined by commas without blanks: `# nosec B602,B607` means B607 to it.
#[must_use]
pub fn bandit_nosec(comment: &str) -> Option<Vec<&str>> {
    grammar::bandit_nosec(comment)
}

#[cfg(test)]
mod tests;
