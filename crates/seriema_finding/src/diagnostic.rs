//! What could not be read or understood.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why something was not (fully) analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiagnosticKind {
    /// The file could not be opened or read.
    Unreadable,
    /// The bytes are not text in the declared or default encoding.
    Encoding,
    /// A syntax error; what stands around it was analysed.
    Syntax,
    /// The file is Python 2; what could be understood was analysed.
    Python2,
    /// A bound on size, nesting or time was hit; the file was analysed in part or not at all.
    Limit,
    /// The notebook is not valid.
    Notebook,
    /// A link that leads back to where it stands.
    Loop,
    /// A configuration or suppression that says nothing useful.
    Config,
    /// The analysis itself failed; please report it.
    Internal,
}

impl DiagnosticKind {
    /// The kind's name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Encoding => "encoding",
            Self::Syntax => "syntax",
            Self::Python2 => "python2",
            Self::Limit => "limit",
            Self::Notebook => "notebook",
            Self::Loop => "loop",
            Self::Config => "config",
            Self::Internal => "internal",
        }
    }

    /// Whether the kind means that a part of the project was not analysed, so that "no findings" is not "clean".
    #[must_use]
    pub const fn is_incomplete(self) -> bool {
        !matches!(self, Self::Config)
    }
}

/// One thing that was not (fully) analysed, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Diagnostic {
    /// Path relative to the project's root, with `/`.
    pub path: Arc<str>,
    /// Line from 1; absent where the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column from 1, in code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The notebook cell, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
    /// Why.
    pub kind: DiagnosticKind,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic about a whole file.
    #[must_use]
    pub fn file(path: Arc<str>, kind: DiagnosticKind, message: impl Into<String>) -> Self {
        Self { path, line: None, column: None, cell: None, kind, message: message.into() }
    }

    /// A diagnostic about a line.
    #[must_use]
    pub fn line(path: Arc<str>, line: u32, kind: DiagnosticKind, message: impl Into<String>) -> Self {
        Self { path, line: Some(line), column: None, cell: None, kind, message: message.into() }
    }
}
