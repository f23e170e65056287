//! What to write instead.

use serde::{Deserialize, Serialize};

/// Whether a machine may make the change unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps what the code does for well-behaved input.
    Safe,
    /// Right in most code; a person should look.
    Suggestion,
    /// Shows the shape of the fix; names have to be filled in.
    Display,
}

/// Replaces a range of the decoded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The range to delete, in byte offsets and positions.
    pub start: crate::Position,
    /// One past the last character of the range.
    pub end: crate::Position,
    /// What to write there.
    pub content: String,
}

/// A fix: edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// One imperative sentence: "Use `yaml.safe_load`".
    pub title: String,
    /// Sorted, not overlapping.
    pub edits: Vec<Edit>,
    /// Whether a machine may make it unasked.
    pub applicability: Applicability,
}
