//! From text to tree, with every reason why a file was not understood.

use std::sync::Arc;

use ruff_notebook::{Notebook, NotebookIndex};
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked, parse_unchecked_source};
use ruff_source_file::OneIndexed;
use ruff_text_size::{Ranged, TextRange, TextSize};
use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::Locator;
use crate::bounds::{MAX_DEPTH, SMALL, refusal};
use crate::walk::depth;

/// Levels of nesting (of expressions and statements together) down to which a tree is walked. CPython's own compiler
/// gives up earlier; what is deeper is generated or hostile.
pub const MAX_NESTING: u32 = 2_000;

/// How a file's text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceType {
    /// `.py`, `.pyw`, scripts.
    Python,
    /// `.pyi`
    Stub,
    /// `.ipynb`
    Notebook,
}

/// A file's tree with what is needed to say where things stand in it.
pub struct ParsedFile {
    parsed: Option<Parsed<ModModule>>,
    text: String,
    notebook: Option<NotebookIndex>,
    diagnostics: Vec<Diagnostic>,
    /// Whether the tree may be dropped.
    shallow: bool,
}

impl Drop for ParsedFile {
    fn drop(&mut self) {
        if !self.shallow {
            // Dropping a tree recurses as deep as the tree is; a hostile one would overflow the stack. Such a file is
            // one in a million: its memory is given up instead.
            std::mem::forget(self.parsed.take());
        }
    }
}

/// Parses a file. Never fails: what is wrong with it is in [`ParsedFile::diagnostics`].
#[must_use]
pub fn parse(path: &Arc<str>, text: String, source_type: SourceType) -> ParsedFile {
    if source_type == SourceType::Notebook {
        return parse_notebook(path, text);
    }
    if let Some(refusal) = refusal(&text, Mode::Module) {
        return ParsedFile::refused(Diagnostic {
            line: refusal.line,
            ..Diagnostic::file(Arc::clone(path), DiagnosticKind::Limit, refusal.message)
        });
    }
    let py_type = if source_type == SourceType::Stub { PySourceType::Stub } else { PySourceType::Python };
    let parsed = parse_unchecked_source(&text, py_type);
    ParsedFile::new(Some(parsed), text, None).checked(path)
}

/// Reads a file again, for its text and places alone. Only a notebook has to be taken apart for that.
#[must_use]
pub fn reread(path: &Arc<str>, text: String, source_type: SourceType) -> ParsedFile {
    match source_type {
        SourceType::Notebook => parse_notebook(path, text),
        SourceType::Python | SourceType::Stub => ParsedFile::new(None, text, None),
    }
}

fn parse_notebook(path: &Arc<str>, json: String) -> ParsedFile {
    let notebook = match Notebook::from_source_code(&json) {
        Ok(notebook) => notebook,
        Err(error) => {
            let message = format!("not a notebook that can be read: {error}");
            return ParsedFile::refused(Diagnostic::file(Arc::clone(path), DiagnosticKind::Notebook, message));
        }
    };
    if !notebook.is_python_notebook() {
        return ParsedFile::new(None, String::new(), None);
    }
    let text = notebook.source_code().to_owned();
    if let Some(refusal) = refusal(&text, Mode::Ipython) {
        let index = notebook.into_index();
        let line = refusal.line.and_then(|line| OneIndexed::new(usize::try_from(line).ok()?));
        let number = |one: OneIndexed| u32::try_from(one.get()).unwrap_or(u32::MAX);
        return ParsedFile::refused(Diagnostic {
            line: line.and_then(|line| index.cell_row(line)).map(number),
            cell: line.and_then(|line| index.cell(line)).map(number),
            ..Diagnostic::file(Arc::clone(path), DiagnosticKind::Limit, refusal.message)
        });
    }
    let parsed = parse_unchecked(&text, ParseOptions::from(Mode::Ipython)).try_into_module();
    ParsedFile::new(parsed, text, Some(notebook.into_index())).checked(path)
}

impl ParsedFile {
    fn new(parsed: Option<Parsed<ModModule>>, text: String, notebook: Option<NotebookIndex>) -> Self {
        Self { parsed, text, notebook, diagnostics: Vec::new(), shallow: true }
    }

    /// Takes away a tree that nothing can recurse over, and notes what is wrong with the text.
    fn checked(mut self, path: &Arc<str>) -> Self {
        let limit = u32::try_from(MAX_DEPTH).unwrap_or(u32::MAX);
        match if self.text.len() <= SMALL { Ok(0) } else { depth(self.suite(), limit) } {
            Ok(depth) => self.shallow = depth <= MAX_NESTING,
            Err(offset) => {
                let (place, cell) = self.locator().position(offset);
                let message = format!("nested deeper than {MAX_DEPTH} levels; the file was not analysed");
                let diagnostic = Diagnostic::line(Arc::clone(path), place.line, DiagnosticKind::Limit, message);
                std::mem::forget(self.parsed.take());
                self.diagnostics.push(Diagnostic { cell, ..diagnostic });
            }
        }
        self.note_syntax_errors(path);
        self
    }

    fn refused(diagnostic: Diagnostic) -> Self {
        let mut file = Self::new(None, String::new(), None);
        file.diagnostics.push(diagnostic);
        file
    }

    /// The tree's statements; empty when there is no tree.
    #[must_use]
    pub fn suite(&self) -> &[ruff_python_ast::Stmt] {
        self.parsed.as_ref().map_or(&[], |parsed| parsed.suite())
    }

    /// The text that offsets refer to. For a notebook: its code cells joined.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under a range.
    #[must_use]
    pub fn slice(&self, range: impl Ranged) -> &str {
        let range = range.range();
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    /// Ranges of comments that hold one of `needles`, in order. The caller names what it is looking for, because running
    /// over the tokens of every file costs more than searching for a few words.
    #[must_use]
    pub fn comments_with(&self, needles: &[&str]) -> Vec<TextRange> {
        let bytes = self.text.as_bytes();
        if needles.iter().any(|needle| memchr::memmem::find(bytes, needle.as_bytes()).is_some()) {
            self.comments_among(needles)
        } else {
            Vec::new()
        }
    }

    /// The same, when the text is known to hold one of `needles`, wherever it stands.
    #[must_use]
    pub fn comments_among(&self, needles: &[&str]) -> Vec<TextRange> {
        let Some(parsed) = &self.parsed else { return Vec::new() };
        let bytes = self.text.as_bytes();
        let worth_it = memchr::memchr_iter(b'#', bytes).any(|at| {
            let rest = &bytes[at..];
            let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
            needles.iter().any(|needle| memchr::memmem::find(line, needle.as_bytes()).is_some())
        });
        if !worth_it {
            return Vec::new();
        }
        parsed
            .tokens()
            .iter()
            .filter(|token| token.kind() == ruff_python_ast::token::TokenKind::Comment)
            .map(Ranged::range)
            .filter(|range| needles.iter().any(|needle| self.slice(*range).contains(needle)))
            .collect()
    }

    /// What could not be understood.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Hands out the diagnostics.
    pub fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.diagnostics)
    }

    /// Notes that the walk met nesting deeper than [`MAX_NESTING`] at `offset`.
    pub fn note_too_deep(&mut self, path: &Arc<str>, offset: TextSize) {
        self.shallow = false;
        let position = self.locator().position(offset);
        self.diagnostics.push(Diagnostic {
            cell: position.1,
            ..Diagnostic::line(
                Arc::clone(path),
                position.0.line,
                DiagnosticKind::Limit,
                format!("nested deeper than {MAX_NESTING} levels; what lies deeper was not analysed"),
            )
        });
    }

    /// Translates offsets into lines and columns. Indexes the lines: make one a file, and only when there is
    /// something to say.
    #[must_use]
    pub fn locator(&self) -> Locator<'_> {
        Locator::new(&self.text, self.notebook.as_ref())
    }

    fn note_syntax_errors(&mut self, path: &Arc<str>) {
        let Some(parsed) = &self.parsed else { return };
        let Some(first) = parsed.errors().first() else { return };
        let count = parsed.errors().len();
        let locator = self.locator();
        let (position, cell) = locator.position(first.location.start());
        let python2 =
            parsed.errors().iter().take(20).any(|error| looks_like_python2(locator.line_text(error.location.start())));
        let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
        let (kind, message) = if python2 {
            let message =
                format!("Python 2 syntax{more}: what could be understood was analysed; rules may miss things");
            (DiagnosticKind::Python2, message)
        } else {
            (DiagnosticKind::Syntax, format!("{}{more}; the rest of the file was analysed", first.error))
        };
        self.diagnostics.push(Diagnostic {
            path: Arc::clone(path),
            line: Some(position.line),
            column: Some(position.column),
            cell,
            kind,
            message,
        });
    }
}

/// Shapes that only Python 2 has: the print, exec and old raise and except statements, backticks, `<>`, `ur""`, `0777`.
fn looks_like_python2(line: &str) -> bool {
    let line = line.trim_start();
    let statement = |word: &str| {
        line.strip_prefix(word)
            .and_then(|rest| rest.strip_prefix([' ', '\t']))
            .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_alphanumeric() || "\"'_`>%-".contains(c)))
    };
    statement("print")
        || statement("exec")
        || (line.starts_with("raise ") && line.contains(", "))
        || (line.starts_with("except ") && line.contains(','))
        || line.contains("<>")
        || line.contains('`')
        || line.contains("ur'")
        || line.contains("ur\"")
}
