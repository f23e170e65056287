//! TOML, JSON and YAML as one kind of tree, in which everything knows where it stands in the text.

mod json;
mod yaml;

use std::borrow::Cow;
use std::ops::Range;

use seriema_finding::DiagnosticKind;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use json::json;
pub(crate) use yaml::yaml;

/// How deep values are nested at most. Locks need a few levels; walking and dropping a tree takes stack.
const MAX_DEPTH: usize = 128;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub(crate) value: Value<'t>,
    /// Where it stands, in bytes, with its quotes.
    pub(crate) range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    Null,
    Bool(bool),
    /// A number, a date: as it is written.
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Table(Vec<Entry<'t>>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Cow<'t, str>,
    /// Where the key stands.
    pub(crate) range: Range<usize>,
    pub(crate) node: Node<'t>,
}

impl Entry<'_> {
    /// Where key and value stand.
    pub(crate) fn whole(&self) -> Range<usize> {
        let (start, end) = (self.range.start, self.node.range.end);
        // A header's table may be said to stand before its key.
        if start <= end { start..end } else { self.range.clone() }
    }
}

/// Something that could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) kind: DiagnosticKind,
    pub(crate) message: String,
}

/// A document as far as it could be read.
#[derive(Clone, Debug)]
pub(crate) struct Document<'t> {
    pub(crate) root: Node<'t>,
    pub(crate) problems: Vec<Problem>,
}

impl<'t> Node<'t> {
    const fn new(value: Value<'t>, range: Range<usize>) -> Self {
        Self { value, range }
    }

    /// The entries of a table; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A table's entry: the last of a key, as parsers have it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of an entry of a table.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The entries of a table that is an entry of this one.
    pub(crate) fn entries_of(&self, key: &str) -> &[Entry<'t>] {
        self.get(key).map_or(&[], Self::entries)
    }

    /// The items of a list that is an entry of this table.
    pub(crate) fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(self.value, Value::Bool(true))
    }

    /// What it is, for a message.
    pub(crate) const fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Reads TOML.
pub(crate) fn toml(text: &str) -> Document<'_> {
    if let Some(at) = deep_key(text) {
        let message = format!("a key of more than {MAX_DEPTH} parts; the file was not read");
        let problems = vec![Problem { at, kind: DiagnosticKind::Limit, message }];
        return Document { root: Node::new(Value::Null, 0..0), problems };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .map(|error| Problem {
            at: error.span().map_or(0, |span| span.start),
            kind: DiagnosticKind::Syntax,
            message: format!("not valid TOML: {}", error.message().lines().next().unwrap_or("syntax error")),
        })
        .collect();
    let range = table.span();
    Document { root: Node::new(table_of(table.into_inner()), range), problems }
}

/// Where a dotted key has too many parts: nesting by dots has no bound in the parser, and dropping such a table would
/// overflow the stack. What merely looks like one (a run of dots and words) is bounded too.
fn deep_key(text: &str) -> Option<usize> {
    let (mut dots, mut start) = (0, 0);
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (b'\n', _) => quote = None,
            (_, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => continue,
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'.', None) => dots += 1,
            (b' ' | b'\t' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9', None) => continue,
            (_, None) => {}
        }
        if dots == 1 && byte == b'.' {
            start = at;
        }
        if dots > MAX_DEPTH {
            return Some(start);
        }
        if !matches!(byte, b'.' | b'"' | b'\'') {
            dots = 0;
        }
    }
    None
}

fn table_of(table: DeTable<'_>) -> Value<'_> {
    let mut entries: Vec<_> = table
        .into_iter()
        .map(|(key, value)| Entry { range: key.span(), key: key.into_inner(), node: node_of(value) })
        .collect();
    // The parser sorts by key.
    entries.sort_by_key(|entry| entry.range.start);
    Value::Table(entries)
}

fn node_of(value: Spanned<DeValue<'_>>) -> Node<'_> {
    let range = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Integer(number) => Value::Number(Cow::Owned(number.to_string())),
        DeValue::Float(number) => Value::Number(Cow::Owned(number.to_string())),
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(date) => Value::Number(Cow::Owned(date.to_string())),
        DeValue::Array(items) => Value::List(items.into_iter().map(node_of).collect()),
        DeValue::Table(table) => table_of(table),
    };
    Node::new(value, range)
}

#[cfg(test)]
mod tests;
