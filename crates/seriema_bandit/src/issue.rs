//! What a test reports.

use std::borrow::Cow;
use std::sync::Arc;

/// How bad or how sure. Both use the same four ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Not said.
    Undefined,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

impl Level {
    /// All ranks, the lowest first.
    pub(crate) const ALL: [Level; 4] = [Level::Undefined, Level::Low, Level::Medium, Level::High];

    /// The name in reports.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Level::Undefined => "UNDEFINED",
            Level::Low => "LOW",
            Level::Medium => "MEDIUM",
            Level::High => "HIGH",
        }
    }

    /// The rank with that name, in capitals.
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// What one issue of that rank adds to a file's score.
    #[must_use]
    pub(crate) const fn weight(self) -> u64 {
        match self {
            Level::Undefined => 1,
            Level::Low => 3,
            Level::Medium => 5,
            Level::High => 10,
        }
    }
}

/// The number of a weakness; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cwe(pub i64);

impl Cwe {
    /// The weakness' page, empty for none.
    #[must_use]
    pub(crate) fn link(self) -> String {
        if self.0 == 0 { String::new() } else { format!("https://cwe.mitre.org/data/definitions/{}.html", self.0) }
    }
}

impl std::fmt::Display for Cwe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, "CWE-{} ({})", self.0, self.link()) }
    }
}

/// What a test says before it is known where: what is left out is taken from the node under test.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// How bad.
    pub severity: Level,
    /// How sure.
    pub confidence: Level,
    /// The weakness.
    pub cwe: i64,
    /// What is wrong.
    pub text: Cow<'static, str>,
    /// The line, where it is not the node's.
    pub line: Option<u32>,
    /// The blacklist entry's own id.
    pub test_id: Option<Cow<'static, str>>,
    /// The column and the only line of findings about the file as text.
    pub at: Option<(u32, u32)>,
}

impl Draft {
    /// A draft that takes its place from the node.
    #[must_use]
    pub(crate) fn new(severity: Level, confidence: Level, cwe: i64, text: impl Into<Cow<'static, str>>) -> Self {
        Self { severity, confidence, cwe, text: text.into(), line: None, test_id: None, at: None }
    }

    /// The same with a line of its own, if there is one.
    #[must_use]
    pub(crate) fn on(mut self, line: Option<u32>) -> Self {
        self.line = line;
        self
    }
}

/// A test's finding with its place.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    /// The file as it was named or found.
    pub filename: Arc<str>,
    /// The name of the test's function.
    pub test: &'static str,
    /// `B602`
    pub test_id: Cow<'static, str>,
    /// How bad.
    pub severity: Level,
    /// How sure.
    pub confidence: Level,
    /// The weakness.
    pub cwe: Cwe,
    /// What is wrong.
    pub text: Cow<'static, str>,
    /// The line, from 1.
    pub line: u32,
    /// The first and the last line of the node (or of the node around a string).
    pub lines: (u32, u32),
    /// Column of the first byte, from 0.
    pub column: u32,
    /// Column after the last byte, on the node's last line.
    pub end_column: u32,
    /// The same for issues found in one visit of one node of one file: they share their line range, which YAML shows.
    pub visit: u32,
    /// The lines around: number and text with its end.
    pub code: Vec<(u32, String)>,
}

impl Issue {
    /// How many lines the range has.
    #[must_use]
    pub(crate) fn line_count(&self) -> u32 {
        (self.lines.1 + 1).saturating_sub(self.lines.0)
    }

    /// The code shown with the issue; `separator` stands between number and text.
    #[must_use]
    pub(crate) fn code(&self, separator: char) -> String {
        let mut out = String::new();
        for (number, text) in &self.code {
            out.push_str(&number.to_string());
            out.push(separator);
            out.push_str(text);
        }
        out
    }

    /// Whether both ranks are at least the given ones.
    #[must_use]
    pub(crate) fn passes(&self, severity: Level, confidence: Level) -> bool {
        self.severity >= severity && self.confidence >= confidence
    }
}

/// The lines shown for an issue on `line` whose range has `count` lines: the first, and the one after the last.
#[must_use]
pub(crate) fn code_window(line: u32, count: u32, context: i64) -> (u32, u32) {
    let context = context.clamp(1, i64::from(u32::MAX));
    let first = (i64::from(line) - context / 2).max(1);
    let end = first + i64::from(count) + context - 1;
    (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}
