//! Patterns of paths: in each framework's own spelling, and with parameters in braces.

use crate::startup::GAP;
use crate::table::Syntax;

/// A path, and its parameters with their types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
}

/// What a pattern says.
pub(crate) fn path(pattern: &str, syntax: Syntax) -> Path {
    let mut made = match syntax {
        Syntax::Braces => delimited(pattern, ['{', '}'], false),
        Syntax::Angles => delimited(pattern, ['<', '>'], true),
        Syntax::Named => delimited(pattern, ['<', '>'], false),
        Syntax::Regex => regex(pattern),
        Syntax::Name => Path { path: pattern.to_owned(), parameters: Vec::new() },
    };
    made.path = made.path.replace(GAP, "…");
    made
}

/// Whether a part of a pattern is not known.
pub(crate) fn is_dynamic(pattern: &str) -> bool {
    pattern.contains(GAP)
}

/// `/users/<int:id>`, `/users/{id:int}`
fn delimited(pattern: &str, [open, close]: [char; 2], type_first: bool) -> Path {
    let mut made = Path::default();
    let mut rest = pattern;
    while let Some(at) = rest.find(open) {
        made.path.push_str(&rest[..at]);
        let Some(end) = matching(&rest[at..], open, close) else { break };
        let inner = &rest[at + open.len_utf8()..at + end];
        let (name, kind) = match inner.split_once(':') {
            Some((kind, name)) if type_first => (name, kind),
            Some((name, kind)) => (name, kind),
            None => (inner, ""),
        };
        let name = name.trim().trim_start_matches('*');
        made.path.push_str(&format!("{{{name}}}"));
        made.parameters.push((name.to_owned(), kind.trim().to_owned()));
        rest = &rest[at + end + close.len_utf8()..];
    }
    made.path.push_str(rest);
    made
}

/// Where the bracket closes that a text begins with.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// `^users/(?P<pk>[^/.]+)/$`: groups are parameters, anchors are left out, the rest is what it is.
fn regex(pattern: &str) -> Path {
    let mut made = Path::default();
    let mut chars = pattern.char_indices();
    let mut unnamed = 0;
    while let Some((at, c)) = chars.next() {
        match c {
            '^' | '$' => {}
            '\\' => match chars.next() {
                Some((_, 'Z' | 'A' | 'z')) | None => {}
                Some((_, escaped)) => made.path.push(escaped),
            },
            '(' => {
                let Some(end) = group_end(&pattern[at..]) else {
                    made.path.push_str(&pattern[at..]);
                    return made;
                };
                let inner = &pattern[at + 1..at + end];
                let name = inner.strip_prefix("?P<").and_then(|rest| rest.split_once('>'));
                match name {
                    Some((name, _)) => {
                        made.path.push_str(&format!("{{{name}}}"));
                        made.parameters.push((name.to_owned(), String::new()));
                    }
                    // A group for the sake of grouping: the first of its choices, if it has any.
                    None if inner.starts_with("?:") => {
                        let choice = inner[2..].split('|').next().unwrap_or_default();
                        made.path.push_str(&regex(choice).path);
                    }
                    None if inner.starts_with('?') => {}
                    None => {
                        unnamed += 1;
                        made.path.push_str(&format!("{{{unnamed}}}"));
                        made.parameters.push((unnamed.to_string(), String::new()));
                    }
                }
                while chars.clone().next().is_some_and(|(next, _)| next <= at + end) {
                    chars.next();
                }
            }
            // A path whose last slash may be left out.
            '?' => {}
            c => made.path.push(c),
        }
    }
    made
}

/// Where the group closes that a pattern begins with.
fn group_end(pattern: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut is_class = false;
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' if !is_class => {
                is_class = true;
                // A bracket that comes first in a class is one of it.
                let rest = &pattern[at + 1..];
                let skip = if rest.starts_with("^]") { 2 } else { usize::from(rest.starts_with(']')) };
                for _ in 0..skip {
                    chars.next();
                }
            }
            ']' => is_class = false,
            '(' if !is_class => depth += 1,
            ')' if !is_class => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// One pattern after another.
pub(crate) fn join(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') && path.starts_with('/') {
        return format!("{}{path}", &prefix[..prefix.len() - 1]);
    }
    format!("{prefix}{path}")
}

#[cfg(test)]
mod tests {
    use super::{Syntax, path};

    fn shown(pattern: &str, syntax: Syntax) -> String {
        let made = path(pattern, syntax);
        let parameters: Vec<String> = made.parameters.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
        format!("{} {}", made.path, parameters.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn parameters_are_written_in_braces() {
        assert_eq!(shown("/users/<int:id>/<name>", Syntax::Angles), "/users/{id}/{name} id:int name:");
        assert_eq!(shown("/files/<path:rest>", Syntax::Angles), "/files/{rest} rest:path");
        assert_eq!(shown("/users/{id:int}/x", Syntax::Braces), "/users/{id}/x id:int");
        assert_eq!(shown(r"/u/{id:\d{2}}/x", Syntax::Braces), r"/u/{id}/x id:\d{2}");
        assert_eq!(shown("/users/<id:int>", Syntax::Named), "/users/{id} id:int");
    }

    #[test]
    fn regular_expressions_are_read_by_their_groups() {
        assert_eq!(shown(r"/^users/(?P<pk>[^/.]+)/$", Syntax::Regex), "/users/{pk}/ pk:");
        assert_eq!(shown(r"/a/(\d+)/(?:x|y)/b", Syntax::Regex), "/a/{1}/x/b 1:");
        assert_eq!(shown(r"/a\.json\Z", Syntax::Regex), "/a.json");
        assert_eq!(shown(r"/(?P<a>[()]+)/(?P<b>(x|y))", Syntax::Regex), "/{a}/{b} a: b:");
        assert_eq!(shown(r"/broken(", Syntax::Regex), "/broken(");
        assert_eq!(shown("/ü/(?P<ä>[]]ö)é", Syntax::Regex), "/ü/{ä}é ä:");
    }
}
