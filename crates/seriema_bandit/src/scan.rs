//! One file: from bytes to issues.

use std::sync::Arc;

use seriema_program::ast::PySourceType;
use seriema_program::ast::visitor::source_order::{self, SourceOrderVisitor, TraversalSignal};
use seriema_program::ast::{AnyNodeRef, ModModule};
use seriema_program::parser::{Mode, Parsed, parse_unchecked_source};
use seriema_program::refusal;
use seriema_workspace::decode_python;

use crate::issue::{Issue, Level};
use crate::log::{LogLevel, LogLine};
use crate::nosec::Nosec;
use crate::source::Source;
use crate::testset::TestSet;
use crate::visitor::{MAX_DEPTH, Visitor, Walked};

/// How files are looked at.
#[derive(Debug)]
pub(crate) struct ScanOptions {
    /// The tests.
    pub tests: TestSet,
    /// Whether `nosec` comments do not count.
    pub ignore_nosec: bool,
    /// Whether a test that raises takes the whole file with it.
    pub debug: bool,
    /// How many lines of code an issue keeps.
    pub context_lines: i64,
}

/// What is known about a file in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    /// Lines that are neither empty nor comments.
    pub loc: u64,
    /// Findings switched off by a bare comment.
    pub nosec: u64,
    /// Findings switched off by a comment that names the test.
    pub skipped_tests: u64,
    /// Issues by severity and by confidence, in the order of [`Level::ALL`]; none for files that were skipped.
    pub issues: Option<[[u64; 4]; 2]>,
}

/// What came of a file.
#[derive(Debug)]
pub(crate) struct Scanned {
    /// The file as it was named or found.
    pub filename: Arc<str>,
    /// Its issues, in the order in which Bandit finds them.
    pub issues: Vec<Issue>,
    /// Its numbers; none where it could not be read.
    pub metrics: Option<Metrics>,
    /// Why it was skipped.
    pub skipped: Option<String>,
    /// What is to be logged.
    pub log: Vec<LogLine>,
}

const SYNTAX_ERROR: &str = "syntax error while parsing AST from file";
const EXCEPTION: &str = "exception while scanning file";

impl Scanned {
    /// A file that could not be read.
    #[must_use]
    pub(crate) fn unreadable(filename: Arc<str>, reason: String) -> Self {
        Self { filename, issues: Vec::new(), metrics: None, skipped: Some(reason), log: Vec::new() }
    }

    fn skipped(filename: Arc<str>, metrics: Metrics, reason: &str, mut log: Vec<LogLine>) -> Self {
        if reason == EXCEPTION {
            for message in [
                format!("Exception occurred when executing tests against {filename}."),
                format!("Run \"bandit --debug {filename}\" to see the full traceback."),
            ] {
                log.push(LogLine { module: "manager", level: LogLevel::Error, message });
            }
        }
        Self { filename, issues: Vec::new(), metrics: Some(metrics), skipped: Some(reason.to_owned()), log }
    }
}

/// Looks at a file's bytes.
#[must_use]
pub(crate) fn scan(filename: &Arc<str>, bytes: Vec<u8>, options: &ScanOptions) -> Scanned {
    let mut metrics = Metrics { loc: count_code_lines(&bytes), ..Metrics::default() };
    let filename = Arc::clone(filename);
    let is_stdin = &*filename == "<stdin>";
    let raw = is_stdin.then(|| bytes.clone());
    let Ok(decoded) = decode_python(bytes) else {
        return Scanned::skipped(filename, metrics, SYNTAX_ERROR, Vec::new());
    };
    let text = decoded.text;
    // Bandit, too, has nothing to say of what it cannot recurse over.
    if u32::try_from(text.len()).is_err() || refusal(&text, Mode::Module).is_some() {
        return Scanned::skipped(filename, metrics, EXCEPTION, Vec::new());
    }
    let parsed = parse_unchecked_source(&text, PySourceType::Python);
    let mut log = Vec::new();
    if is_stdin {
        let message = "Unable to find qualified name for module: <stdin>".to_owned();
        log.push(LogLine { module: "node_visitor", level: LogLevel::Warning, message });
    }
    let source = Source::new(&text, parsed.tokens());
    let nosec = if options.ignore_nosec { Nosec::default() } else { Nosec::collect(&source, &mut log) };
    if !parsed.has_valid_syntax() {
        discard(parsed);
        return Scanned::skipped(filename, metrics, SYNTAX_ERROR, log);
    }
    let visitor = Visitor::new(&source, &options.tests, &nosec, &filename, options.context_lines);
    let mut walked = visitor.run(parsed.suite());
    log.append(&mut walked.log);
    metrics.nosec = walked.nosec;
    metrics.skipped_tests = walked.skipped_tests;
    if walked.too_deep {
        // Dropping a tree takes as much stack as walking it.
        std::mem::forget(parsed);
        return Scanned::skipped(filename, metrics, EXCEPTION, log);
    }
    if walked.raised && options.debug {
        return Scanned::skipped(filename, metrics, EXCEPTION, log);
    }
    if let Some(raw) = raw {
        for issue in &mut walked.issues {
            quote_bytes(issue, &raw);
        }
    }
    metrics.issues = Some(count_issues(&walked));
    Scanned { filename, issues: walked.issues, metrics: Some(metrics), skipped: None, log }
}

fn count_issues(walked: &Walked) -> [[u64; 4]; 2] {
    let mut counts = [[0; 4]; 2];
    for issue in &walked.issues {
        for (row, level) in counts.iter_mut().zip([issue.severity, issue.confidence]) {
            if let Some(count) = row.get_mut(level as usize) {
                *count += 1;
            }
        }
    }
    counts
}

impl Metrics {
    /// The sum of the issues' weights by severity (0) or confidence (1).
    #[must_use]
    pub(crate) fn score(&self, by: usize) -> u64 {
        let counts = self.issues.as_ref().and_then(|issues| issues.get(by)).copied().unwrap_or_default();
        Level::ALL.iter().zip(counts).map(|(level, count)| level.weight() * count).sum()
    }
}

/// Counts lines as Python's `bytes.splitlines` ends them: those that are not empty and do not start with `#`.
fn count_code_lines(bytes: &[u8]) -> u64 {
    let is_code = |line: &[u8]| {
        let first = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0B | 0x0C));
        first.is_some_and(|byte| *byte != b'#')
    };
    let mut count = 0;
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        count += u64::from(bytes.get(start..end).is_some_and(is_code));
        start = end + 1;
    }
    count + u64::from(bytes.get(start..).is_some_and(is_code))
}

/// Bandit shows the standard input's own bytes, split at line feeds only and with their ends.
fn quote_bytes(issue: &mut Issue, bytes: &[u8]) {
    let first = issue.code.first().map_or(1, |(number, _)| *number);
    let count = issue.code.len();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned());
    let skip = usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX);
    issue.code = (first..).zip(lines.skip(skip)).take(count).collect();
}

/// Drops a tree that was not walked, unless it is so deep that dropping it could overflow the stack.
fn discard(parsed: Parsed<ModModule>) {
    let mut depth = Depth::default();
    source_order::walk_body(&mut depth, parsed.suite());
    if depth.too_deep {
        std::mem::forget(parsed);
    }
}

/// Measures how deep a tree is, down to the bound.
#[derive(Default)]
struct Depth {
    depth: usize,
    too_deep: bool,
}

impl<'a> SourceOrderVisitor<'a> for Depth {
    fn enter_node(&mut self, _node: AnyNodeRef<'a>) -> TraversalSignal {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.too_deep = true;
            return TraversalSignal::Skip;
        }
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
        self.depth -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_lines_are_neither_empty_nor_comments() {
        assert_eq!(count_code_lines(b""), 0);
        assert_eq!(count_code_lines(b"x\n\n  # c\n\ty\r\nz\rw # c"), 4);
        // A byte order mark hides the comment behind it.
        assert_eq!(count_code_lines(b"\xef\xbb\xbf# c\n"), 1);
        assert_eq!(count_code_lines(b"\x0c\n\x0b#\n"), 0);
    }
}
