//! What the analysis of the whole program knows at one place.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use seriema_finding::Finding;
use seriema_flow::{Answer, Inquiry, NoAnswer, Place, Spot};
use seriema_program::ir::{FileIr, lower};
use seriema_program::{FileContext, ModuleIndex};
use seriema_workspace::{FileKind, SourceFile};

use crate::file::{Task, analyse};
use crate::run::{Progress, conclude};
use crate::{Settings, flow, link};

/// A place that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Its file, one of the project's.
    pub file: &'q SourceFile,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters; none for all expressions of the line.
    pub column: Option<u32>,
}

/// What there is to say of a place.
#[derive(Debug)]
pub struct Told {
    /// One answer an expression, in their order.
    pub answers: Vec<Answer>,
    /// What the rules that look at the code alone find on the lines of the answers and of their sinks.
    pub patterns: Vec<Finding>,
    /// The text of the file.
    text: String,
}

impl Told {
    /// The source text of an answer's expression, on one line.
    #[must_use]
    pub fn source(&self, answer: &Answer) -> String {
        let (start, end) = answer.place.span;
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The one-based column, in characters, at which an answer's expression starts.
    #[must_use]
    pub fn column(&self, answer: &Answer) -> usize {
        let before = self.text.get(..answer.place.span.0 as usize).unwrap_or_default();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        line.trim_start_matches('\u{feff}').chars().count() + 1
    }
}

/// Why there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untold {
    /// The file cannot be read, or is too large.
    Unreadable,
    /// The file is a notebook: its lines are not those of a file.
    Notebook,
    /// The file ends before; it has so many lines.
    NoLine(u32),
    /// The line ends before; it has so many characters.
    NoColumn(usize),
    /// There is no expression on the line.
    NoExpression,
    /// A model is malformed.
    Model(String),
}

/// Analyses a project and says what is known at a place of it. Runs on the current rayon pool, whose threads should have
/// a stack of 64 MiB for deeply nested code.
///
/// # Errors
/// When there is nothing to say.
pub fn ask(
    files: &[SourceFile],
    settings: &Settings,
    question: Question<'_>,
    progress: Progress<'_>,
) -> Result<Told, Untold> {
    if question.file.kind == FileKind::Notebook {
        return Err(Untold::Notebook);
    }
    let limit = |file: &SourceFile| settings.of(&file.absolute).1.max_file_size.value;
    let text = flow::read_again(question.file, limit(question.file)).ok_or(Untold::Unreadable)?.text().to_owned();
    let offset = question.column.map(|column| offset(&text, question.line, column)).transpose()?;
    let modules = link::modules(files);
    let irs: Vec<FileIr> = files
        .par_iter()
        .filter_map(|file| {
            // What the analysis of a file fails on is said by an audit.
            let ir = catch_unwind(AssertUnwindSafe(|| lowered(file, limit(file), &modules))).ok().flatten();
            progress();
            ir
        })
        .collect();
    let inquiry =
        Inquiry::new(flow::sorted(irs), &settings.flow_options()).map_err(|error| Untold::Model(error.to_string()))?;
    let spot = Spot { line: question.line, offset };
    let answers = inquiry.at(&question.file.relative, spot).map_err(|error| match error {
        NoAnswer::NoFile => Untold::Unreadable,
        NoAnswer::NoLine(lines) => Untold::NoLine(lines),
        NoAnswer::NoExpression => Untold::NoExpression,
    })?;
    let patterns = patterns(question.file, settings, &modules, &answers);
    Ok(Told { answers, patterns, text })
}

/// What rules find by the look of the code, where no flow says the same.
fn patterns(file: &SourceFile, settings: &Settings, modules: &ModuleIndex, answers: &[Answer]) -> Vec<Finding> {
    let limit = settings.of(&file.absolute).1.max_file_size.value;
    let outcome = analyse(file, limit, Task { modules, links: None, flow: false, code: true, secrets: None });
    let sinks = answers.iter().flat_map(|answer| answer.sinks.iter().map(|sink| &sink.place));
    let places: Vec<&Place> =
        answers.iter().map(|answer| &answer.place).chain(sinks).filter(|place| *place.path == *file.relative).collect();
    let said = |finding: &Finding| {
        let flows = answers.iter().flat_map(|answer| &answer.findings);
        flows.into_iter().any(|(rule, persona, end)| {
            *rule == finding.rule.slug
                && *persona <= finding.persona
                && *end.path == *finding.location.path
                && end.span.0 < finding.location.end.offset
                && finding.location.start.offset < end.span.1
        })
    };
    let on_line = |finding: &Finding| {
        let lines = finding.location.start.line..=finding.location.end.line;
        places.iter().any(|place| lines.contains(&place.line))
    };
    let all = conclude(file, outcome, settings).findings.into_iter().map(|(_, finding)| finding);
    all.filter(|finding| on_line(finding) && !said(finding)).collect()
}

fn lowered(file: &SourceFile, limit: u64, modules: &ModuleIndex) -> Option<FileIr> {
    let parsed = flow::parse_again(file, limit)?;
    let context = FileContext {
        path: &file.relative,
        module: file.module.as_deref(),
        is_package: file.is_package_init,
        is_test: file.is_test,
        is_stub: file.kind == FileKind::Stub,
        modules,
        links: None,
    };
    Some(lower(&context, &parsed))
}

/// The byte offset of a line and column.
fn offset(text: &str, line: u32, column: u32) -> Result<u32, Untold> {
    let mut lines = 1_u32;
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if lines == line {
            break;
        }
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            lines += 1;
            start = at + 1;
        }
    }
    if lines < line || line == 0 {
        return Err(Untold::NoLine(lines));
    }
    let rest = &text[start..];
    let skipped = rest.len() - rest.trim_start_matches('\u{feff}').len();
    let content = rest[skipped..].split(['\n', '\r']).next().unwrap_or_default();
    let at = usize::try_from(column).ok().and_then(|column| column.checked_sub(1));
    let found = at.and_then(|at| content.char_indices().nth(at));
    let (at, _) = found.ok_or_else(|| Untold::NoColumn(content.chars().count()))?;
    Ok(u32::try_from(start + skipped + at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(offset("a\nbé = c\r\nd", 2, 3), Ok(5));
        assert_eq!(offset("a\nb\r\nd", 3, 1), Ok(5));
        assert_eq!(offset("\u{feff}a", 1, 1), Ok(3));
        assert_eq!(offset("a\n", 2, 1), Err(Untold::NoColumn(0)));
        assert_eq!(offset("a\n", 3, 1), Err(Untold::NoLine(2)));
        assert_eq!(offset("ab\n", 1, 3), Err(Untold::NoColumn(2)));
        assert_eq!(offset("ab\n", 1, 0), Err(Untold::NoColumn(2)));
    }
}
