//! YAML with places. What stands before the first fault is kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};
use seriema_finding::DiagnosticKind;

use super::{Document, Entry, MAX_DEPTH, Node, Problem, Value};

/// A list or table that is not complete yet.
struct Open<'t> {
    value: Value<'t>,
    start: usize,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(Cow<'t, str>, Range<usize>)>,
    keys: HashSet<Cow<'t, str>>,
}

struct Reader<'t> {
    text: &'t str,
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
    /// Texts with an anchor. Lists and tables are not repeated: a few lines of aliases may stand for gigabytes.
    anchors: BTreeMap<usize, Value<'t>>,
    problems: Vec<Problem>,
}

/// Reads the first document of YAML.
pub(crate) fn yaml(text: &str) -> Document<'_> {
    let mut reader = Reader { text, open: Vec::new(), root: None, anchors: BTreeMap::new(), problems: Vec::new() };
    let mut end = 0;
    let options = granit_parser::options! { emit_comments: false };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(end);
                reader.problem(at, DiagnosticKind::Syntax, "not valid YAML; what follows was not read");
                break;
            }
        };
        let range = reader.bounded(span.byte_range().unwrap_or(end..end));
        end = range.end;
        if !reader.event(event, range) {
            break;
        }
    }
    while !reader.open.is_empty() {
        reader.close(end);
    }
    Document { root: reader.root.unwrap_or(Node::new(Value::Null, 0..0)), problems: reader.problems }
}

impl<'t> Reader<'t> {
    fn problem(&mut self, at: usize, kind: DiagnosticKind, message: &str) {
        self.problems.push(Problem { at, kind, message: message.to_owned() });
    }

    /// A range that lies in the text whatever the parser says.
    fn bounded(&self, range: Range<usize>) -> Range<usize> {
        let end = self.text.floor_char_boundary(range.end);
        self.text.floor_char_boundary(range.start).min(end)..end
    }

    /// Takes an event; whether to go on.
    fn event(&mut self, event: Event<'t>, range: Range<usize>) -> bool {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = if style == ScalarStyle::Plain { plain(text) } else { Value::Text(text) };
                if anchor != 0 {
                    self.anchors.insert(anchor, value.clone());
                }
                self.add(Node::new(value, range));
            }
            Event::SequenceStart(_, anchor, _) => return self.start(Value::List(Vec::new()), anchor, range.start),
            Event::MappingStart(_, anchor, _) => return self.start(Value::Table(Vec::new()), anchor, range.start),
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().unwrap_or_else(|| {
                    self.problem(range.start, DiagnosticKind::Limit, "an alias of a list or table is not followed");
                    Value::Null
                });
                self.add(Node::new(value, range));
            }
            Event::DocumentEnd if self.root.is_some() => return false,
            _ => {}
        }
        true
    }

    fn start(&mut self, value: Value<'t>, anchor: usize, start: usize) -> bool {
        if self.open.len() >= MAX_DEPTH {
            self.problem(start, DiagnosticKind::Limit, "nested too deep; what follows was not read");
            return false;
        }
        self.open.push(Open { value, start, anchor, key: None, keys: HashSet::new() });
        true
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        self.anchors.remove(&open.anchor);
        self.add(Node::new(open.value, open.start..end.max(open.start)));
    }

    fn add(&mut self, node: Node<'t>) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match (&mut open.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Table(entries), Some((key, range))) => {
                let at = range.start;
                let is_new = open.keys.insert(key.clone());
                entries.push(Entry { key, range, node });
                if !is_new {
                    self.problem(
                        at,
                        DiagnosticKind::Syntax,
                        "a key that was there before: readers take one or the other",
                    );
                }
            }
            (_, _) => match node.value {
                Value::Text(key) | Value::Number(key) => open.key = Some((key, node.range)),
                _ => {
                    open.key = Some((Cow::Borrowed(""), node.range.clone()));
                    self.problem(node.range.start, DiagnosticKind::Syntax, "a key that is no text");
                }
            },
        }
    }
}

/// What an unquoted scalar is. Numbers stay as they are written: `1.10` may be a version.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    match &*text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::Text(text),
    }
}
