//! Where offsets stand, in lines and columns.

use std::cell::{Cell, OnceCell};

use ruff_notebook::NotebookIndex;
use ruff_source_file::{LineIndex, OneIndexed};
use ruff_text_size::{TextRange, TextSize};
use seriema_finding::{Position, Snippet};

/// Bytes after which a column is not counted from the start of its line any more.
const STRIDE: usize = 256;

/// Bytes of source lines that all snippets of a file may hold together before long lines are cut: a line of megabytes
/// is not repeated for each finding on it.
const SNIPPET_BUDGET: usize = 4 << 20;

/// What is left, in bytes, of a long line once the budget is used up.
const CUT_LINE: usize = 2_000;

/// Translates offsets of one file into positions.
pub struct Locator<'a> {
    text: &'a str,
    lines: LineIndex,
    notebook: Option<&'a NotebookIndex>,
    /// Characters and UTF-16 units before every [`STRIDE`]th byte. Counted once a long line asks for it.
    strides: OnceCell<Vec<(u32, u32)>>,
    snippet_budget: Cell<usize>,
}

/// Characters and UTF-16 units in UTF-8 bytes, each counted at its first byte.
fn units(bytes: &[u8]) -> (u32, u32) {
    let mut chars = 0;
    let mut utf16 = 0;
    for byte in bytes {
        let first = u32::from(byte & 0xc0 != 0x80);
        chars += first;
        utf16 += first + u32::from(*byte >= 0xf0);
    }
    (chars, utf16)
}

impl<'a> Locator<'a> {
    /// Of a text that is no Python.
    #[must_use]
    pub fn of_text(text: &'a str) -> Self {
        Self::new(text, None)
    }

    pub(crate) fn new(text: &'a str, notebook: Option<&'a NotebookIndex>) -> Self {
        Self {
            text,
            lines: LineIndex::from_source_text(text),
            notebook,
            strides: OnceCell::new(),
            snippet_budget: Cell::new(SNIPPET_BUDGET),
        }
    }

    /// The position of an offset, and its cell in a notebook.
    #[must_use]
    pub fn position(&self, offset: TextSize) -> (Position, Option<u32>) {
        let offset = offset.min(TextSize::of(self.text));
        let line = self.lines.line_index(offset);
        let start = self.lines.line_start(line, self.text).to_usize();
        // A byte order mark takes no column.
        let start = if start == 0 && self.text.starts_with('\u{feff}') { 3 } else { start };
        let (chars, utf16) = self.units_between(start, offset.to_usize().max(start));
        let (shown, cell) = match self.notebook {
            Some(index) => (index.cell_row(line).unwrap_or(line), index.cell(line)),
            None => (line, None),
        };
        let position = Position {
            line: number(shown),
            column: chars.saturating_add(1),
            column_utf16: utf16.saturating_add(1),
            offset: offset.to_u32(),
        };
        (position, cell.map(number))
    }

    fn units_between(&self, start: usize, end: usize) -> (u32, u32) {
        let bytes = self.text.as_bytes();
        let of = |from: usize, to: usize| units(bytes.get(from..to).unwrap_or_default());
        if end - start < 2 * STRIDE {
            return of(start, end);
        }
        let strides = self.strides.get_or_init(|| {
            let mut before = (0, 0);
            let mut strides = Vec::with_capacity(bytes.len() / STRIDE + 1);
            for chunk in bytes.chunks(STRIDE) {
                strides.push(before);
                let own = units(chunk);
                before = (before.0 + own.0, before.1 + own.1);
            }
            strides
        });
        let before = |at: usize| {
            let (chars, utf16) = strides.get(at / STRIDE).copied().unwrap_or_default();
            let own = of(at - at % STRIDE, at);
            (chars + own.0, utf16 + own.1)
        };
        // The last stride is there unless the text ends with it.
        let end = if end / STRIDE < strides.len() {
            before(end)
        } else {
            let last = end - STRIDE;
            let (known, rest) = (before(last), of(last, end));
            (known.0 + rest.0, known.1 + rest.1)
        };
        let start = before(start);
        (end.0 - start.0, end.1 - start.1)
    }

    /// The number of the physical line of an offset, from 1, counted through a whole notebook.
    #[must_use]
    pub fn line(&self, offset: TextSize) -> u32 {
        number(self.lines.line_index(offset))
    }

    /// The text of the line that `offset` is on.
    #[must_use]
    pub fn line_text(&self, offset: TextSize) -> &'a str {
        self.text_of(self.lines.line_index(offset))
    }

    fn text_of(&self, line: OneIndexed) -> &'a str {
        let range = self.lines.line_range(line, self.text);
        let text = self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
        text.trim_end_matches(['\r', '\n'])
    }

    /// The lines of a range with `context` lines around it, at most `max` in all, cut at the cell's borders. Where the
    /// snippets of a file get too large, long lines are cut.
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
            let line = OneIndexed::from_zero_indexed(index);
            if cell_of(line) != cell_of(first) {
                continue;
            }
            first_line.get_or_insert_with(|| self.position(self.lines.line_start(line, self.text)).0.line);
            lines.push(self.affordable(self.text_of(line)).to_owned());
        }
        Snippet { first_line: first_line.unwrap_or(1), lines }
    }

    fn affordable<'t>(&self, line: &'t str) -> &'t str {
        if line.len() <= CUT_LINE {
            return line;
        }
        if let Some(left) = self.snippet_budget.get().checked_sub(line.len()) {
            self.snippet_budget.set(left);
            return line;
        }
        &line[..line.floor_char_boundary(CUT_LINE)]
    }
}

fn number(one: OneIndexed) -> u32 {
    u32::try_from(one.get()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_however_long_the_line() {
        let text = format!("x = 1\n{}\nlast", "aé日👍".repeat(1_000));
        let locator = Locator::new(&text, None);
        let mut column = (1, 1);
        for (at, c) in text.char_indices().skip(6) {
            if c == '\n' {
                break;
            }
            let (position, _) = locator.position(TextSize::try_from(at).expect("small"));
            assert_eq!((position.line, position.column, position.column_utf16), (2, column.0, column.1), "at {at}");
            column = (column.0 + 1, column.1 + u32::try_from(c.len_utf16()).expect("small"));
        }
    }

    #[test]
    fn the_end_of_a_text_has_a_position() {
        for length in [0, 1, 255, 256, 511, 512, 513, 1024, 1025] {
            let text = "é".repeat(length);
            let (position, _) = Locator::new(&text, None).position(TextSize::of(&*text));
            assert_eq!(position.column as usize, length + 1);
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let locator = Locator::new("\u{feff}x", None);
        let columns = [0, 3, 4].map(|at| locator.position(TextSize::from(at)).0.column);
        assert_eq!(columns, [1, 1, 2]);
    }

    #[test]
    fn snippets_of_long_lines_are_whole_until_there_are_too_many() {
        let text = "é".repeat(1_000_000);
        let locator = Locator::new(&text, None);
        let range = TextRange::new(TextSize::from(0), TextSize::from(2));
        let sizes: Vec<usize> = (0..4).map(|_| locator.snippet(range, 2, 12).lines[0].len()).collect();
        assert_eq!(sizes, [2_000_000, 2_000_000, 2_000, 2_000]);
    }
}
