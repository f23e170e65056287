//! Reports as trees of values, and how Python's `json` writes them.

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Bool(bool),
    Int(u64),
    Text(String),
    List(Vec<Tree>),
    /// A list that several places share: YAML shows that, by this number.
    Shared(usize, Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Tree::Text(text.into())
    }

    pub(super) fn map<const N: usize>(entries: [(&str, Tree); N]) -> Self {
        Tree::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The same with the keys of all mappings in order.
    pub(super) fn sorted(self) -> Self {
        match self {
            Tree::List(items) => Tree::List(items.into_iter().map(Tree::sorted).collect()),
            Tree::Map(entries) => {
                let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                Tree::Map(entries)
            }
            other => other,
        }
    }

    /// JSON with two spaces a level and ASCII characters only.
    pub(super) fn to_json(&self) -> String {
        let mut out = String::new();
        write_json(self, 0, &mut out);
        out
    }
}

fn write_json(tree: &Tree, depth: usize, out: &mut String) {
    match tree {
        Tree::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Tree::Int(value) => out.push_str(&value.to_string()),
        Tree::Text(text) => write_json_text(text, out),
        Tree::List(items) | Tree::Shared(_, items) => {
            if items.is_empty() {
                out.push_str("[]");
                return;
            }
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                new_line(index, depth + 1, out);
                write_json(item, depth + 1, out);
            }
            new_line(0, depth, out);
            out.push(']');
        }
        Tree::Map(entries) => {
            if entries.is_empty() {
                out.push_str("{}");
                return;
            }
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                new_line(index, depth + 1, out);
                write_json_text(key, out);
                out.push_str(": ");
                write_json(value, depth + 1, out);
            }
            new_line(0, depth, out);
            out.push('}');
        }
    }
}

fn new_line(index: usize, depth: usize, out: &mut String) {
    out.push_str(if index == 0 { "\n" } else { ",\n" });
    out.extend(std::iter::repeat_n("  ", depth));
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
