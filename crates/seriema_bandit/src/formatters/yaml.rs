//! YAML as PyYAML writes it: the same tree as JSON, in block style, with its rules for quoting and folding.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::json::document;
use super::tree::Tree;
use crate::report::Report;

/// Where PyYAML starts to fold.
const BEST_WIDTH: usize = 80;

/// A key this long, with the five characters of the tag it would have, goes on a line of its own.
const MAX_SIMPLE_KEY: usize = 128 - "!!str".len();

pub(super) fn render(report: &Report<'_>) -> String {
    let mut document = document(report);
    escape_code(&mut document);
    let mut emitter = Emitter::default();
    number_anchors(&document, &mut BTreeMap::new(), &mut emitter.anchors);
    emitter.value(&document, 0, false);
    emitter.line_break();
    emitter.out
}

/// Bandit writes the lines of code as one, with `\n` spelled out, and leaves candidates out.
fn escape_code(tree: &mut Tree) {
    let Tree::Map(entries) = tree else { return };
    for (_, value) in entries.iter_mut().filter(|(key, _)| key == "results") {
        let Tree::List(results) = value else { continue };
        for result in results {
            let Tree::Map(fields) = result else { continue };
            for (_, value) in fields.iter_mut().filter(|(key, _)| key == "code") {
                if let Tree::Text(code) = value {
                    *code = code.replace('\n', "\\n");
                }
            }
        }
    }
}

/// Gives each list that stands in several places a number, in the order in which they turn up again.
fn number_anchors(tree: &Tree, seen: &mut BTreeMap<usize, usize>, anchors: &mut BTreeMap<usize, (usize, bool)>) {
    match tree {
        Tree::Shared(identity, _) => {
            let times = seen.entry(*identity).or_insert(0);
            *times += 1;
            if *times == 2 {
                let number = anchors.len() + 1;
                anchors.insert(*identity, (number, false));
            }
        }
        Tree::List(items) => items.iter().for_each(|item| number_anchors(item, seen, anchors)),
        Tree::Map(entries) => entries.iter().for_each(|(_, value)| number_anchors(value, seen, anchors)),
        Tree::Bool(_) | Tree::Int(_) | Tree::Text(_) => {}
    }
}

#[derive(Default)]
struct Emitter {
    out: String,
    column: usize,
    /// Anchors by list: number, and whether the list was written.
    anchors: BTreeMap<usize, (usize, bool)>,
}

impl Emitter {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn new_line(&mut self, indent: usize) {
        if self.column > 0 {
            self.line_break();
        }
        self.pad(indent);
    }

    fn pad(&mut self, indent: usize) {
        let missing = indent.saturating_sub(self.column);
        self.push(&" ".repeat(missing));
    }

    /// Writes a value behind `key:`, `-` or at the start of the document. Mappings and lists start on a new line,
    /// except for mappings directly behind `-` or `:` on their own.
    fn value(&mut self, tree: &Tree, indent: usize, is_inline: bool) {
        match tree {
            Tree::Bool(value) => self.push(if *value { " true" } else { " false" }),
            Tree::Int(value) => self.push(&format!(" {value}")),
            Tree::Text(text) => {
                self.push(" ");
                self.scalar(text, indent, false);
            }
            Tree::List(items) => self.list(items, indent),
            Tree::Shared(identity, items) => {
                match self.anchors.get_mut(identity) {
                    Some((number, true)) => {
                        let alias = format!(" *id{number:03}");
                        return self.push(&alias);
                    }
                    Some((number, written)) => {
                        *written = true;
                        let anchor = format!(" &id{number:03}");
                        self.push(&anchor);
                    }
                    None => {}
                }
                self.list(items, indent);
            }
            Tree::Map(entries) => self.map(entries, indent, is_inline),
        }
    }

    /// The items of a list stand as deep as the key they belong to.
    fn list(&mut self, items: &[Tree], indent: usize) {
        if items.is_empty() {
            return self.push(" []");
        }
        let indent = indent.saturating_sub(2);
        for item in items {
            self.new_line(indent);
            self.push("-");
            self.value(item, indent + 2, true);
        }
    }

    fn map(&mut self, entries: &[(String, Tree)], indent: usize, is_inline: bool) {
        if entries.is_empty() {
            return self.push(" {}");
        }
        for (index, (key, value)) in entries.iter().enumerate() {
            if index == 0 && is_inline {
                self.pad(indent);
            } else {
                self.new_line(indent);
            }
            let is_simple = !key.is_empty() && key.chars().count() < MAX_SIMPLE_KEY && !key.contains(BREAKS);
            if is_simple {
                self.scalar(key, indent + 2, true);
                self.push(":");
                self.value(value, indent + 2, false);
            } else {
                self.push("? ");
                self.scalar(key, indent + 2, false);
                self.new_line(indent);
                self.push(":");
                self.value(value, indent + 2, true);
            }
        }
    }

    /// Writes a string plain where that reads back as the same string, else in single quotes, else in double quotes.
    /// Folded lines start at `indent`.
    fn scalar(&mut self, text: &str, indent: usize, is_key: bool) {
        let analysis = Analysis::new(text);
        if text.is_empty() {
            self.push("''");
        } else if analysis.allows_plain && !is_ambiguous(text) {
            self.plain(text, indent, !is_key);
        } else if analysis.allows_single {
            self.single_quoted(text, indent, !is_key);
        } else {
            self.double_quoted(text, indent, !is_key);
        }
    }

    fn plain(&mut self, text: &str, indent: usize, split: bool) {
        self.words(text, indent, split, false);
    }

    fn single_quoted(&mut self, text: &str, indent: usize, split: bool) {
        self.push("'");
        let mut lines = text.split('\n').peekable();
        let mut is_first = true;
        let mut empty = 0;
        while let Some(line) = lines.next() {
            if !is_first && line.is_empty() && lines.peek().is_some() {
                empty += 1;
                continue;
            }
            if !is_first {
                // One line feed is folded to a space: it takes one more.
                for _ in 0..empty + 2 {
                    self.line_break();
                }
                empty = 0;
                self.pad(indent);
            }
            self.words(line, indent, split, true);
            is_first = false;
        }
        self.push("'");
    }

    /// Writes words and the spaces between them, and folds at single spaces behind the width.
    fn words(&mut self, text: &str, indent: usize, split: bool, quoted: bool) {
        let mut rest = text;
        let mut is_start = true;
        while !rest.is_empty() {
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            if spaces > 0 {
                let is_end = spaces == rest.len();
                if spaces == 1 && self.column > BEST_WIDTH && split && !is_start && !is_end {
                    self.line_break();
                    self.pad(indent);
                } else {
                    self.push(&" ".repeat(spaces));
                }
            }
            rest = rest.get(spaces..).unwrap_or("");
            let word = rest.get(..rest.find(' ').unwrap_or(rest.len())).unwrap_or("");
            if quoted {
                self.push(&word.replace('\'', "''"))
            } else {
                self.push(word)
            }
            rest = rest.get(word.len()..).unwrap_or("");
            is_start = false;
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, split: bool) {
        self.push("\"");
        let chars: Vec<char> = text.chars().collect();
        let (mut start, mut end) = (0, 0);
        let slice = |from: usize, to: usize| chars.get(from..to).unwrap_or_default().iter().collect::<String>();
        while end <= chars.len() {
            let c = chars.get(end).copied();
            let is_plain = c.is_some_and(|c| (' '..='~').contains(&c) && c != '"' && c != '\\');
            if !is_plain {
                if start < end {
                    self.push(&slice(start, end));
                    start = end;
                }
                if let Some(c) = c {
                    self.push(&escape(c));
                    start = end + 1;
                }
            }
            let is_inside = 0 < end && end + 1 < chars.len();
            if is_inside
                && (c == Some(' ') || start >= end)
                && self.column + end.saturating_sub(start) > BEST_WIDTH + start.saturating_sub(end)
                && split
            {
                let data = slice(start, end) + "\\";
                if start < end {
                    start = end;
                }
                self.push(&data);
                self.line_break();
                self.pad(indent);
                if chars.get(start) == Some(&' ') {
                    self.push("\\");
                }
            }
            end += 1;
        }
        self.push("\"");
    }
}

fn escape(c: char) -> String {
    match c {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        c if u32::from(c) <= 0xFF => format!("\\x{:02X}", u32::from(c)),
        c if u32::from(c) <= 0xFFFF => format!("\\u{:04X}", u32::from(c)),
        c => format!("\\U{:08X}", u32::from(c)),
    }
}

const BREAKS: [char; 4] = ['\n', '\u{85}', '\u{2028}', '\u{2029}'];

/// Which styles a string may be written in.
struct Analysis {
    allows_plain: bool,
    allows_single: bool,
}

impl Analysis {
    fn new(text: &str) -> Self {
        let is_white = |c: Option<char>| c.is_none_or(|c| matches!(c, '\0' | ' ' | '\t' | '\r') || BREAKS.contains(&c));
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let (mut break_space, mut space_break) = (false, false);
        let mut before: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            indicators |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    before.is_none()
                }
                '?' | '-' => before.is_none() && is_white(next),
                ':' => is_white(next),
                '#' => is_white(before),
                _ => false,
            };
            special |= !(c == '\n' || (' '..='~').contains(&c));
            if c == ' ' {
                break_space |= before == Some('\n');
            } else if c == '\n' {
                space_break |= before == Some(' ');
            }
            before = Some(c);
        }
        let edge = |c: char| c == ' ' || c == '\n';
        Self {
            allows_plain: !(indicators
                || special
                || text.contains('\n')
                || text.starts_with(edge)
                || text.ends_with(edge)),
            allows_single: !(special || break_space || space_break),
        }
    }
}

// What YAML 1.1 reads as something else than a string.
static AMBIGUOUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        r"|~|null|Null|NULL|=|<<",
        r"|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        r"|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
        r"|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+",
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2}",
        r"|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?",
        r"(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?",
        r")$"
    ))
    .ok()
});

/// Whether the string, written plain, would be read back as something else: a number, a truth value, a time.
fn is_ambiguous(text: &str) -> bool {
    AMBIGUOUS.as_ref().is_some_and(|pattern| pattern.is_match(text))
}
