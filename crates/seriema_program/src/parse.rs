//! From text to tree, with every reason why a file was not understood.

use std::sync::Arc;

use ruff_notebook::{Notebook, NotebookIndex};
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked, parse_unchecked_source};
use ruff_source_file::{LineIndex, PositionEncoding};
use ruff_text_size::{Ranged, TextRange, TextSize};
use seriema_finding::{Diagnostic, DiagnosticKind, Position, Snippet};

/// Levels of nesting (of expressions and statements together) down to which a tree is walked. CPython's own compiler
/// gives up earlier; what is deeper is generated or hostile.
pub const MAX_NESTING: u32 = 2_000;

/// Brackets that may be open at once before a file is refused unparsed. Far above [`MAX_NESTING`], because brackets in
/// strings are counted too.
const MAX_OPEN_BRACKETS: i32 = 20_000;

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
    too_deep: bool,
}

impl Drop for ParsedFile {
    fn drop(&mut self) {
        if self.too_deep {
            // Dropping a tree recurses as deep as the tree is; a hostile one would overflow the stack. Such a file is
            // one in a million: its memory is given up instead.
            std::mem::forget(self.parsed.take());
        }
    }
}

/// Whether `text` opens more brackets at once than any program does: a parser would need gigabytes for its recursion.
#[must_use]
pub fn nesting_exceeds(text: &str) -> Option<usize> {
    let count = |byte| memchr::memchr_iter(byte, text.as_bytes()).count();
    if count(b'(') + count(b'[') + count(b'{') <= MAX_OPEN_BRACKETS as usize {
        return None;
    }
    let mut open = 0_i32;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                if open > MAX_OPEN_BRACKETS {
                    return Some(offset);
                }
            }
            b')' | b']' | b'}' => open -= i32::from(open > 0),
            _ => {}
        }
    }
    None
}

/// Parses a file. Never fails: what is wrong with it is in [`ParsedFile::diagnostics`].
#[must_use]
pub fn parse(path: &Arc<str>, text: String, source_type: SourceType) -> ParsedFile {
    if let Some(offset) = nesting_exceeds(&text) {
        let line = 1 + text.as_bytes()[..offset].iter().filter(|b| **b == b'\n').count();
        let message = format!("more than {MAX_OPEN_BRACKETS} brackets are open at once; the file was not analysed");
        return ParsedFile::refused(text, path, line, message);
    }
    if source_type == SourceType::Notebook {
        return parse_notebook(path, text);
    }
    let py_type = if source_type == SourceType::Stub { PySourceType::Stub } else { PySourceType::Python };
    let parsed = parse_unchecked_source(&text, py_type);
    let mut file = ParsedFile { parsed: Some(parsed), text, notebook: None, diagnostics: Vec::new(), too_deep: false };
    file.note_syntax_errors(path);
    file
}

fn parse_notebook(path: &Arc<str>, json: String) -> ParsedFile {
    let notebook = match Notebook::from_source_code(&json) {
        Ok(notebook) => notebook,
        Err(error) => {
            let message = format!("not a notebook that can be read: {error}");
            let mut file = ParsedFile::refused(String::new(), path, 1, message);
            for diagnostic in &mut file.diagnostics {
                diagnostic.kind = DiagnosticKind::Notebook;
                diagnostic.line = None;
            }
            return file;
        }
    };
    if !notebook.is_python_notebook() {
        return ParsedFile {
            parsed: None,
            text: String::new(),
            notebook: None,
            diagnostics: Vec::new(),
            too_deep: false,
        };
    }
    let text = notebook.source_code().to_owned();
    let parsed = parse_unchecked(&text, ParseOptions::from(Mode::Ipython)).try_into_module();
    let mut file =
        ParsedFile { parsed, text, notebook: Some(notebook.into_index()), diagnostics: Vec::new(), too_deep: false };
    file.note_syntax_errors(path);
    file
}

impl ParsedFile {
    fn refused(text: String, path: &Arc<str>, line: usize, message: String) -> Self {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let diagnostic = Diagnostic::line(Arc::clone(path), line, DiagnosticKind::Limit, message);
        Self { parsed: None, text, notebook: None, diagnostics: vec![diagnostic], too_deep: false }
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

    /// Ranges of all comments, in order. Empty unless the text holds one of `needles`: the caller names what it is
    /// looking for, because running over the tokens of every file costs more than searching for three words.
    #[must_use]
    pub fn comments_with(&self, needles: &[&str]) -> Vec<TextRange> {
        let Some(parsed) = &self.parsed else { return Vec::new() };
        let bytes = self.text.as_bytes();
        if !needles.iter().any(|needle| memchr::memmem::find(bytes, needle.as_bytes()).is_some()) {
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
        self.too_deep = true;
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
        Locator { text: &self.text, lines: LineIndex::from_source_text(&self.text), notebook: self.notebook.as_ref() }
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

/// Translates offsets of one file into positions.
pub struct Locator<'a> {
    text: &'a str,
    lines: LineIndex,
    notebook: Option<&'a NotebookIndex>,
}

impl Locator<'_> {
    /// The position of an offset, and its cell in a notebook.
    #[must_use]
    pub fn position(&self, offset: TextSize) -> (Position, Option<u32>) {
        let offset = offset.min(TextSize::of(self.text));
        let place = self.lines.line_column(offset, self.text);
        let utf16 = self.lines.source_location(offset, self.text, PositionEncoding::Utf16).character_offset;
        let (line, cell) = match self.notebook {
            Some(index) => (index.cell_row(place.line).unwrap_or(place.line), index.cell(place.line)),
            None => (place.line, None),
        };
        let number = |one: ruff_source_file::OneIndexed| u32::try_from(one.get()).unwrap_or(u32::MAX);
        let position = Position {
            line: number(line),
            column: number(place.column),
            column_utf16: number(utf16),
            offset: offset.to_u32(),
        };
        (position, cell.map(number))
    }

    /// The number of the physical line of an offset, from 1, counted through a whole notebook.
    #[must_use]
    pub fn line(&self, offset: TextSize) -> u32 {
        u32::try_from(self.lines.line_index(offset).get()).unwrap_or(u32::MAX)
    }

    /// The text of the line that `offset` is on.
    #[must_use]
    pub fn line_text(&self, offset: TextSize) -> &str {
        let range = self.lines.line_range(self.lines.line_index(offset), self.text);
        self.text
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
            .trim_end_matches(['\r', '\n'])
    }

    /// The lines of a range with `context` lines around it, at most `max` in all, cut at the cell's borders.
    #[must_use]
    pub fn snippet(&self, range: TextRange, context: usize, max: usize) -> Snippet {
        let first = self.lines.line_index(range.start());
        let last = self.lines.line_index(range.end().min(TextSize::of(self.text)));
        let from = first.to_zero_indexed().saturating_sub(context);
        let to = (last.to_zero_indexed() + context).min(self.lines.line_count().saturating_sub(1));
        let mut lines = Vec::new();
        let mut first_line = None;
        let cell_of = |line| self.notebook.and_then(|index| index.cell(line));
        for index in (from..=to).take(max) {
            let line = ruff_source_file::OneIndexed::from_zero_indexed(index);
            if cell_of(line) != cell_of(first) {
                continue;
            }
            let range = self.lines.line_range(line, self.text);
            let text = self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
            first_line.get_or_insert_with(|| self.position(range.start()).0.line);
            lines.push(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        Snippet { first_line: first_line.unwrap_or(1), lines }
    }
}
