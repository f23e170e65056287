//! Places in a file, counted as CPython counts them.

use std::cell::OnceCell;

use seriema_program::ast::token::{TokenKind, Tokens};
use seriema_program::ast::{Expr, Stmt};
use seriema_program::source_file::LineIndex;
use seriema_program::text_size::{Ranged, TextRange, TextSize};

use crate::tree::Node;

/// A parsed file's text with what is needed to turn offsets into lines.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    // Most files have nothing to report, and need no index.
    index: OnceCell<LineIndex>,
}

/// Where a node stands: lines from 1, columns in bytes of UTF-8 from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The first line.
    pub line: u32,
    /// The last line.
    pub end_line: u32,
    /// The column of the first byte.
    pub column: u32,
    /// The column after the last byte.
    pub end_column: u32,
}

impl<'a> Source<'a> {
    /// The text, decoded and without byte order mark, and its tokens.
    #[must_use]
    pub(crate) fn new(text: &'a str, tokens: &'a Tokens) -> Self {
        Self { text, tokens, index: OnceCell::new() }
    }

    /// The whole text.
    #[must_use]
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The tokens.
    #[must_use]
    pub(crate) fn tokens(&self) -> &'a Tokens {
        self.tokens
    }

    fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::from_source_text(self.text))
    }

    /// The line, from 1. `\n`, `\r\n` and a lone `\r` end lines.
    #[must_use]
    pub(crate) fn line(&self, offset: TextSize) -> u32 {
        self.line_column(offset).0
    }

    /// The line from 1, and the column in bytes from 0.
    #[must_use]
    pub(crate) fn line_column(&self, offset: TextSize) -> (u32, u32) {
        let starts = self.index().line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or_default();
        (u32::try_from(line).unwrap_or(u32::MAX), offset.to_u32().saturating_sub(start.to_u32()))
    }

    /// The text of line `line` (from 1) without its end, or none after the last.
    #[must_use]
    pub(crate) fn line_text(&self, line: u32) -> Option<&'a str> {
        let starts = self.index().line_starts();
        let row = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = starts.get(row)?.to_usize();
        let end = starts.get(row + 1).map_or(self.text.len(), |next| next.to_usize());
        let text = self.text.get(start..end)?;
        if text.is_empty() {
            return None;
        }
        Some(text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])).unwrap_or(text))
    }

    /// Where `node` stands for CPython: a decorated definition starts at its `def`, `async` or `class`; a generator
    /// that is a call's only argument shares the call's parentheses.
    #[must_use]
    pub(crate) fn range(&self, node: Node<'_>) -> Option<TextRange> {
        let range = node.range()?;
        if let Node::Expr(Expr::Generator(generator)) = node
            && !generator.parenthesized
        {
            return Some(self.with_parentheses(range).unwrap_or(range));
        }
        let start = match node.decorators().last() {
            Some(decorator) => self.definition_start(decorator.end()).unwrap_or(range.start()),
            None => range.start(),
        };
        let end = if has_body(node) { self.past_semicolon(range.end()) } else { range.end() };
        Some(TextRange::new(start, end))
    }

    /// The end of a block that ends at `offset` by ruff's count: CPython's takes in a semicolon behind the last
    /// statement.
    fn past_semicolon(&self, offset: TextSize) -> TextSize {
        let from = self.tokens.partition_point(|token| token.end() <= offset);
        match self.tokens.get(from) {
            Some(token) if token.kind() == TokenKind::Semi => token.end(),
            _ => offset,
        }
    }

    /// `range` with the parentheses around it.
    fn with_parentheses(&self, range: TextRange) -> Option<TextRange> {
        let before = self.tokens.partition_point(|token| token.start() < range.start());
        let open = self.tokens.get(..before)?.iter().rev().find(|token| token.kind() == TokenKind::Lpar)?;
        let after = self.tokens.partition_point(|token| token.end() <= range.end());
        let close = self.tokens.get(after..)?.iter().find(|token| token.kind() == TokenKind::Rpar)?;
        Some(TextRange::new(open.start(), close.end()))
    }

    /// The first `def`, `async` or `class` after the decorators that end at `offset`.
    fn definition_start(&self, offset: TextSize) -> Option<TextSize> {
        let from = self.tokens.partition_point(|token| token.end() <= offset);
        self.tokens
            .get(from..)?
            .iter()
            .find(|token| matches!(token.kind(), TokenKind::Def | TokenKind::Async | TokenKind::Class))
            .map(Ranged::start)
    }

    /// The place of `node`, none for nodes without position.
    #[must_use]
    pub(crate) fn place(&self, node: Node<'_>) -> Option<Place> {
        self.range(node).map(|range| self.place_of(range))
    }

    /// The place of a range.
    #[must_use]
    pub(crate) fn place_of(&self, range: TextRange) -> Place {
        let (line, column) = self.line_column(range.start());
        let (end_line, end_column) = self.line_column(range.end());
        Place { line, end_line, column, end_column }
    }
}

/// Whether the node ends with a block of statements.
fn has_body(node: Node<'_>) -> bool {
    match node {
        Node::Handler(_) | Node::Elif(..) => true,
        Node::Stmt(stmt) => matches!(
            stmt,
            Stmt::FunctionDef(_)
                | Stmt::ClassDef(_)
                | Stmt::For(_)
                | Stmt::While(_)
                | Stmt::If(_)
                | Stmt::With(_)
                | Stmt::Match(_)
                | Stmt::Try(_)
        ),
        _ => false,
    }
}
