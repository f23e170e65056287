//! JSON with places. What stands before the first fault is kept.

use std::borrow::Cow;
use std::collections::HashSet;

use seriema_finding::DiagnosticKind;

use super::{Document, Entry, MAX_DEPTH, Node, Problem, Value};

/// Reads JSON.
pub(crate) fn json(text: &str) -> Document<'_> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, at, is_broken: false, problems: Vec::new() };
    let root = reader.value(0).unwrap_or(Node::new(Value::Null, 0..0));
    reader.space();
    if !reader.is_broken && reader.at < text.len() {
        reader.fault("nothing may follow the value");
    }
    Document { root, problems: reader.problems }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Whether there was a fault: nothing is read after it.
    is_broken: bool,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn fault(&mut self, message: &str) {
        if !std::mem::replace(&mut self.is_broken, true) {
            let message = format!("not valid JSON: {message}; what follows was not read");
            self.problems.push(Problem { at: self.at, kind: DiagnosticKind::Syntax, message });
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node<'t>> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => self.table(depth),
            Some(b'[') if depth < MAX_DEPTH => self.list(depth),
            Some(b'{' | b'[') => {
                self.is_broken = true;
                let message = format!("nested deeper than {MAX_DEPTH} levels; what follows was not read");
                self.problems.push(Problem { at: start, kind: DiagnosticKind::Limit, message });
                return None;
            }
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => {
                let is_part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = self.text.as_bytes()[start..].iter().take_while(|byte| is_part(byte)).count();
                self.at += length;
                Value::Number(Cow::Borrowed(&self.text[start..self.at]))
            }
            _ => {
                let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
                let Some((word, value)) = words.into_iter().find(|(word, _)| self.text[start..].starts_with(word))
                else {
                    self.fault(if start < self.text.len() { "a value is expected" } else { "it ends too early" });
                    return None;
                };
                self.at += word.len();
                value
            }
        };
        Some(Node::new(value, start..self.at))
    }

    fn list(&mut self, depth: usize) -> Value<'t> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Value::List(items);
        }
        while let Some(item) = self.value(depth + 1) {
            items.push(item);
            if !self.goes_on(b']') {
                break;
            }
        }
        Value::List(items)
    }

    fn table(&mut self, depth: usize) -> Value<'t> {
        let mut entries: Vec<Entry<'t>> = Vec::new();
        let mut keys = HashSet::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Value::Table(entries);
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                self.fault(if start < self.text.len() { "a key is expected" } else { "it ends too early" });
                break;
            }
            let Some(key) = self.string() else { break };
            let range = start..self.at;
            self.space();
            if self.peek() != Some(b':') {
                self.fault(if self.at < self.text.len() { "`:` is expected" } else { "it ends too early" });
                break;
            }
            self.at += 1;
            let Some(node) = self.value(depth + 1) else { break };
            if !keys.insert(key.clone()) {
                let message = "a key that was there before: readers take one or the other".to_owned();
                self.problems.push(Problem { at: start, kind: DiagnosticKind::Syntax, message });
            }
            entries.push(Entry { key, range, node });
            if !self.goes_on(b'}') {
                break;
            }
        }
        Value::Table(entries)
    }

    /// Whether another item follows, after a comma.
    fn goes_on(&mut self, end: u8) -> bool {
        if self.is_broken {
            return false;
        }
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                true
            }
            Some(byte) if byte == end => {
                self.at += 1;
                false
            }
            Some(_) => {
                self.fault("`,` is expected");
                false
            }
            None => {
                self.fault("it ends too early");
                false
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        let mut has_escape = false;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escape = true;
                    end += 2;
                }
                Some(_) => end += 1,
                None => {
                    self.fault("a text does not end");
                    return None;
                }
            }
        }
        // A quote is a byte of its own, so both ends are boundaries.
        let raw = &self.text[start..end];
        self.at = end + 1;
        Some(if has_escape { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
    }
}

/// A text without its escapes; what is no escape, and halves of pairs, become replacement characters.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut units = Vec::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let hex =
            rest.strip_prefix("\\u").and_then(|hex| hex.get(..4)).and_then(|hex| u16::from_str_radix(hex, 16).ok());
        if let Some(unit) = hex {
            units.push(unit);
            rest = &rest[6..];
            continue;
        }
        text.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some(escape) = rest.chars().next() else { break };
        text.push(match escape {
            '"' | '\\' | '/' => escape,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => '\u{fffd}',
        });
        rest = &rest[escape.len_utf8()..];
    }
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
    text
}
