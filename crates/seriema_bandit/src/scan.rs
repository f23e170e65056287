//! One file: from bytes to issues.

use std::sync::Arc;

use seriema_program::ast::PySourceType;
use seriema_program::ast::token::{TokenKind, Tokens};
use seriema_program::ast::visitor::source_order::{self, SourceOrderVisitor, TraversalSignal};
use seriema_program::ast::{AnyNodeRef, ModModule};
use seriema_program::parser::{Mode, Parsed, parse_unchecked_source};
use seriema_program::refusal;
use seriema_program::text_size::Ranged;
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
    let Some(Decoded { text, faults }) = decode(bytes) else {
        return Scanned::skipped(filename, metrics, SYNTAX_ERROR, Vec::new());
    };
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
    if !parsed.has_valid_syntax() || !all_in_comments(&faults, parsed.tokens()) {
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

/// A file's text.
struct Decoded {
    text: String,
    /// Where bytes were that are no UTF-8 and now are question marks.
    faults: Vec<usize>,
}

/// Turns bytes into text. Python does not mind what stands in comments behind the lines where an encoding could be
/// declared, so that bytes which are no UTF-8 may do no harm: [`all_in_comments`] tells.
fn decode(bytes: Vec<u8>) -> Option<Decoded> {
    if std::str::from_utf8(&bytes).is_ok() {
        return decode_python(bytes).ok().map(|decoded| Decoded { text: decoded.text, faults: Vec::new() });
    }
    let mut patched = Vec::with_capacity(bytes.len());
    let mut faults = Vec::new();
    for chunk in bytes.utf8_chunks() {
        patched.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            faults.push(patched.len());
            patched.push(b'?');
        }
    }
    let first_fault = faults.first().copied().unwrap_or(0);
    if let Ok(decoded) = decode_python(bytes) {
        return Some(Decoded { text: decoded.text, faults: Vec::new() });
    }
    let before = patched.get(..first_fault)?;
    if memchr::memchr_iter(b'\n', before).count() < 2 {
        return None;
    }
    let decoded = decode_python(patched).ok().filter(|decoded| decoded.encoding == "UTF-8")?;
    if decoded.had_bom {
        faults.iter_mut().for_each(|fault| *fault = fault.saturating_sub(3));
    }
    Some(Decoded { text: decoded.text, faults })
}

/// Whether all bytes that are no UTF-8 stand in comments.
fn all_in_comments(faults: &[usize], tokens: &Tokens) -> bool {
    faults.iter().all(|fault| {
        let index = tokens.partition_point(|token| token.end().to_usize() <= *fault);
        tokens.get(index).is_some_and(|token| token.kind() == TokenKind::Comment)
    })
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

    fn outcome(bytes: &[u8]) -> (usize, Option<String>) {
        let config = crate::config::Config::defaults();
        let options = ScanOptions {
            tests: TestSet::new(&config, &crate::config::Profile::default()),
            ignore_nosec: false,
            debug: false,
            context_lines: 3,
        };
        let scanned = scan(&Arc::from("a.py"), bytes.to_vec(), &options);
        (scanned.issues.len(), scanned.skipped)
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm_in_comments() {
        let skipped = |reason: &str| (0, Some(reason.to_owned()));
        assert_eq!(outcome(b"a = 1\nb = 2\nassert x  # \xff\nassert y"), (2, None));
        assert_eq!(outcome(b"\xef\xbb\xbfa = 1\nb = 2\n# \xff\nassert y"), (1, None));
        assert_eq!(outcome(b"# \xff\nassert x"), skipped(SYNTAX_ERROR));
        assert_eq!(outcome(b"a = 1\nb = 2\nc = '\xff'  # \xff"), skipped(SYNTAX_ERROR));
        assert_eq!(outcome(b"a = 1\nb = 2\nc\xff = 1"), skipped(SYNTAX_ERROR));
        assert_eq!(outcome(b"# coding: ascii\nb = 2\n# \xff"), skipped(SYNTAX_ERROR));
    }
}
