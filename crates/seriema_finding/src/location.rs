//! Where a finding stands.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in a file. All numbers but `offset` start at one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1. In a notebook: the line within the cell.
    pub line: u32,
    /// Column in Unicode code points, from 1.
    pub column: u32,
    /// Column in UTF-16 code units, from 1: what SARIF and editors count in.
    pub column_utf16: u32,
    /// Byte offset into the decoded text, from 0.
    pub offset: u32,
}

/// A span of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// Path relative to the project's root, with `/` on every system.
    pub path: Arc<str>,
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
    /// The notebook cell, from 1; absent outside notebooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
    /// Dotted name of the enclosing function or class (`Views.index`); absent at module level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<Arc<str>>,
}

/// The source lines around a location, for frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// Number of the first line in `lines`.
    pub first_line: u32,
    /// The lines without their line ends.
    pub lines: Vec<String>,
}
