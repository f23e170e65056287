//! YAML with places: a tree as deep as any manifest is.

use std::ops::Range;

use granit_parser::{Event, Parser};

/// Levels of nesting down to which a document is read.
const MAX_DEPTH: usize = 64;

/// A node of the tree.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// A scalar, whatever it would be read as.
    Scalar(String),
    /// A sequence.
    Sequence(Vec<Node>),
    /// Keys with their values, in their order.
    Mapping(Vec<(Node, Node)>),
    /// An alias: what it stands for is not copied.
    Alias,
}

impl Node {
    /// The text of a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(value) => Some(value),
            _ => None,
        }
    }

    /// The keys of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The elements of a sequence; none for anything else.
    #[must_use]
    pub fn elements(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(elements) => elements,
            _ => &[],
        }
    }

    /// Where the text of a scalar stands without its quotes, if it stands there as it is.
    #[must_use]
    pub fn inner(&self, text: &str) -> Option<Range<usize>> {
        let value = self.as_str()?;
        if text.get(self.range.clone()) == Some(value) {
            return Some(self.range.clone());
        }
        crate::manifest::table::inner(text, self.range.clone(), value)
    }
}

/// A node that is not closed yet: of a mapping, keys and values in turn.
struct Open {
    is_mapping: bool,
    nodes: Vec<Node>,
    start: usize,
}

impl Open {
    fn close(self, end: usize) -> Node {
        let kind = if self.is_mapping {
            let mut entries = Vec::with_capacity(self.nodes.len() / 2);
            let mut nodes = self.nodes.into_iter();
            while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                entries.push((key, value));
            }
            Kind::Mapping(entries)
        } else {
            Kind::Sequence(self.nodes)
        };
        Node { kind, range: self.start..end.max(self.start) }
    }
}

/// Parses the first document of a text, as much of it as can be read, with what is wrong and where.
#[must_use]
pub fn parse(text: &str) -> (Option<Node>, Option<(usize, String)>) {
    let (roots, problem) = read(text, 1);
    (roots.into_iter().next(), problem)
}

/// Parses all documents of a text, as much of them as can be read, with what is wrong and where.
#[must_use]
pub fn documents(text: &str) -> (Vec<Node>, Option<(usize, String)>) {
    read(text, usize::MAX)
}

fn read(text: &str, limit: usize) -> (Vec<Node>, Option<(usize, String)>) {
    let mut open: Vec<Open> = Vec::new();
    let mut problem = None;
    let mut end = 0;
    let mut roots = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(end).min(text.len());
                problem = Some((at, format!("not YAML: {}", error.info())));
                break;
            }
        };
        let range = span.byte_range().filter(|range| text.get(range.clone()).is_some()).unwrap_or(end..end);
        end = range.end.max(end);
        let node = match event {
            Event::Scalar(value, ..) => Node { kind: Kind::Scalar(value.into_owned()), range },
            Event::Alias(_) => Node { kind: Kind::Alias, range },
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() == MAX_DEPTH {
                    problem = Some((range.start, format!("nested deeper than {MAX_DEPTH} levels")));
                    break;
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                open.push(Open { is_mapping, nodes: Vec::new(), start: range.start });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => closed.close(end),
                None => continue,
            },
            Event::DocumentEnd if roots.len() >= limit => break,
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.nodes.push(node),
            None => roots.push(node),
        }
    }
    while let Some(closed) = open.pop() {
        let node = closed.close(end);
        match open.last_mut() {
            Some(parent) => parent.nodes.push(node),
            None => roots.push(node),
        }
    }
    (roots, problem)
}
