//! `# nosec` comments.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;
use seriema_program::ast::token::TokenKind;
use seriema_program::text_size::Ranged;

use crate::catalog;
use crate::log::{LogLevel, LogLine};
use crate::source::Source;

/// The tests that a comment switches off on its line; empty means all of them.
pub(crate) type Tests = Vec<&'static str>;

/// A file's comments by line.
#[derive(Debug, Default)]
pub(crate) struct Nosec {
    lines: BTreeMap<u32, Tests>,
    has_specific: bool,
}

static COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"#\s*nosec:?\s*(?P<tests>[^#]+)?#?").ok());

// Of names joined by commas alone, the group keeps the last: so does Bandit.
static TESTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(?:(B\d+|[a-z\d_]+),?)+").ok());

impl Nosec {
    /// Collects the comments of a file. What they name that is no test is logged.
    #[must_use]
    pub(crate) fn collect(source: &Source<'_>, log: &mut Vec<LogLine>) -> Self {
        let mut nosec = Self::default();
        let text = source.text();
        if memmem::find(text.as_bytes(), b"nosec").is_none() {
            return nosec;
        }
        let mut line = 1_u32;
        let mut counted = 0;
        for token in source.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
            let Some(comment) = text.get(token.range().to_std_range()) else { continue };
            if !comment.contains("nosec") {
                continue;
            }
            let Some(tests) = parse_comment(comment, log) else { continue };
            // Python's tokenizer, reading line by line, counts line feeds only.
            let start = token.start().to_usize();
            let between = text.as_bytes().get(counted..start).unwrap_or_default();
            line += u32::try_from(memchr::memchr_iter(b'\n', between).count()).unwrap_or(0);
            counted = start;
            nosec.has_specific |= !tests.is_empty();
            nosec.lines.insert(line, tests);
        }
        nosec
    }

    /// Whether some comment names tests.
    #[must_use]
    pub(crate) fn has_specific(&self) -> bool {
        self.has_specific
    }

    /// The comment on a line.
    #[must_use]
    pub(crate) fn on_line(&self, line: u32) -> Option<&Tests> {
        self.lines.get(&line)
    }

    /// The first comment on the lines from `lines.0` to `lines.1`.
    #[must_use]
    pub(crate) fn first_in(&self, lines: (u32, u32)) -> Option<&Tests> {
        if lines.0 > lines.1 {
            return None;
        }
        self.lines.range(lines.0..=lines.1).next().map(|(_, tests)| tests)
    }
}

/// The tests that a comment names; none when it is not a `nosec` comment.
fn parse_comment(comment: &str, log: &mut Vec<LogLine>) -> Option<Tests> {
    let captures = COMMENT.as_ref()?.captures(comment)?;
    let mut tests = Tests::new();
    let Some(named) = captures.name("tests") else { return Some(tests) };
    for captures in TESTS.as_ref()?.captures_iter(named.as_str()) {
        let Some(name) = captures.get(1) else { continue };
        match catalog::canonical_id(name.as_str()).or_else(|| catalog::id_by_name(name.as_str())) {
            Some(id) if !tests.contains(&id) => tests.push(id),
            Some(_) => {}
            None => log.push(LogLine {
                module: "manager",
                level: LogLevel::Warning,
                message: format!("Test in comment: {} is not a test name or id, ignoring", name.as_str()),
            }),
        }
    }
    Some(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(comment: &str) -> (Option<Tests>, usize) {
        let mut log = Vec::new();
        let tests = parse_comment(comment, &mut log);
        (tests, log.len())
    }

    #[test]
    fn a_bare_comment_switches_everything_off() {
        for comment in ["# nosec", "#nosec", "# noqa # nosec  ", "# nosec:", "# nosec # because", "#   nosec,"] {
            assert_eq!(parse(comment), (Some(vec![]), 0), "{comment}");
        }
        assert_eq!(parse("# nosecurity"), (Some(vec![]), 1));
        assert_eq!(parse("# no sec"), (None, 0));
        assert_eq!(parse("# NOSEC"), (None, 0));
    }

    #[test]
    fn tests_are_named_by_identifier_or_name() {
        assert_eq!(parse("# nosec B602, B607"), (Some(vec!["B602", "B607"]), 0));
        assert_eq!(parse("# nosec: assert_used import_pickle"), (Some(vec!["B101", "B403"]), 0));
        assert_eq!(parse("# nosec B602 # B607"), (Some(vec!["B602"]), 0));
    }

    #[test]
    fn of_names_joined_by_commas_alone_the_last_counts() {
        assert_eq!(parse("# nosec B602,B607"), (Some(vec!["B607"]), 0));
    }

    #[test]
    fn unknown_words_are_logged_and_leave_a_bare_comment() {
        assert_eq!(parse("# nosec because I say so"), (Some(vec![]), 4));
    }
}
