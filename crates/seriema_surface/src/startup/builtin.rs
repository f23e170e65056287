//! Builtins, and methods of what they make.

use seriema_program::Symbol;

use super::expression::{made_text, push_text};
use super::value::{Arguments, GAP, Node, Site, Value};
use super::{MAX_ITEMS, Startup};

/// Whether a name is a builtin that is looked at here.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "Exception",
        "ImportError",
        "KeyError",
        "ValueError",
        "bool",
        "bytes",
        "callable",
        "classmethod",
        "dict",
        "dir",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "getattr",
        "globals",
        "hasattr",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "locals",
        "map",
        "max",
        "min",
        "next",
        "object",
        "open",
        "print",
        "property",
        "range",
        "repr",
        "reversed",
        "set",
        "setattr",
        "sorted",
        "staticmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "vars",
        "zip",
        "__import__",
    ];
    NAMES.contains(&name)
}

impl Startup<'_> {
    /// What a call of a builtin, or of a few functions of the standard library, gives; none if it is of something else.
    pub(super) fn call_builtin(&mut self, path: Symbol, arguments: &Arguments, site: Site) -> Option<Value> {
        let first = arguments.positional.first().copied();
        let second = arguments.positional.get(1).copied();
        Some(match path.as_str() {
            "list" | "tuple" | "set" | "frozenset" | "iter" | "collections.deque" | "sorted" | "reversed" => {
                let (mut items, is_open) = first.map_or((Vec::new(), false), |first| self.elements(first));
                if path.as_str() == "reversed" {
                    items.reverse();
                }
                self.heap.sequence(items, is_open)
            }
            "itertools.chain" => {
                let mut all = Vec::new();
                let mut is_open = arguments.is_open;
                for argument in &arguments.positional {
                    let (items, open) = self.elements(*argument);
                    all.extend(items);
                    is_open |= open;
                }
                all.truncate(MAX_ITEMS);
                self.heap.sequence(all, is_open)
            }
            "dict" | "collections.OrderedDict" => {
                let mut entries = first.and_then(|first| self.heap.entries(first)).unwrap_or_default().to_vec();
                let is_open = arguments.is_open || first.is_some_and(|first| self.heap.entries(first).is_none());
                for (name, value) in &arguments.keywords {
                    entries.push((Value::Text(*name), *value));
                }
                Value::Node(self.heap.add(Node::Dict { entries, is_open }))
            }
            "enumerate" => {
                let (items, is_open) = self.elements(first?);
                let items = items.into_iter().enumerate().map(|(at, item)| {
                    let at = Value::Int(i64::try_from(at).unwrap_or(i64::MAX));
                    (at, item)
                });
                let pairs: Vec<(Value, Value)> = items.collect();
                let pairs = pairs.into_iter().map(|(at, item)| self.heap.sequence(vec![at, item], false)).collect();
                self.heap.sequence(pairs, is_open)
            }
            "zip" => {
                let columns: Vec<(Vec<Value>, bool)> =
                    arguments.positional.iter().map(|argument| self.elements(*argument)).collect();
                let rows = columns.iter().map(|(items, _)| items.len()).min().unwrap_or(0);
                let is_open = columns.iter().any(|(_, is_open)| *is_open);
                let rows = (0..rows)
                    .map(|row| {
                        let items = columns.iter().map(|(items, _)| items[row]).collect();
                        self.heap.sequence(items, false)
                    })
                    .collect();
                self.heap.sequence(rows, is_open)
            }
            "range" => {
                let (from, to) = match (first?, second) {
                    (Value::Int(to), None) => (0, to),
                    (Value::Int(from), Some(Value::Int(to))) => (from, to),
                    _ => return Some(self.heap.sequence(Vec::new(), true)),
                };
                let items: Vec<Value> = (from..to).take(MAX_ITEMS).map(Value::Int).collect();
                self.heap.sequence(items, false)
            }
            "str" => match first {
                Some(Value::Text(_) | Value::Int(_) | Value::Bool(_)) => {
                    let mut text = String::new();
                    push_text(&mut text, first?);
                    made_text(&text)
                }
                _ => Value::Unknown,
            },
            "len" => match self.heap.items(first?) {
                Some((items, false)) => Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
                _ => Value::Unknown,
            },
            "getattr" => match second {
                Some(Value::Text(name)) => {
                    let value = self.attribute(first?, name);
                    match (value, arguments.positional.get(2)) {
                        (Value::Unknown, Some(default)) => *default,
                        _ => value,
                    }
                }
                _ => Value::Unknown,
            },
            "setattr" => {
                if let (Some(of), Some(Value::Text(name)), Some(value)) = (first, second, arguments.positional.get(2)) {
                    self.heap.assign(of, name, *value);
                }
                Value::None
            }
            "os.environ.get" | "os.getenv" | "decouple.config" => {
                let default = second.or_else(|| arguments.named("default"));
                // Without a default, whoever starts the program says it.
                default.unwrap_or(Value::Unknown)
            }
            "os.path.join" | "posixpath.join" => {
                let mut text = String::new();
                for part in &arguments.positional {
                    if !text.is_empty() && !text.ends_with('/') {
                        text.push('/');
                    }
                    push_text(&mut text, *part);
                }
                made_text(&text)
            }
            "importlib.import_module" | "__import__" | "django.utils.module_loading.import_string" => {
                let name = first.and_then(Value::as_text)?;
                if let Some(file) = self.imported(name) {
                    return Some(Value::Module(file));
                }
                let (module, member) = name.rsplit_once('.')?;
                match self.module(module) {
                    Some(_) => self.member(Symbol::new(module), Symbol::new(member)),
                    None => Value::api(name),
                }
            }
            // Who is given a function's result or the function itself.
            "typing.cast" | "cast" => second.unwrap_or(Value::Unknown),
            "asyncio.run" | "anyio.run" => first.unwrap_or(Value::Unknown),
            "super" => match self.objects_of_calls.last().copied().flatten() {
                Some((of, class)) => Value::Node(self.heap.add(Node::Super { of, class })),
                None => self.note(Value::api("super"), Arguments::default(), site),
            },
            "print" | "isinstance" | "issubclass" | "hasattr" | "callable" | "int" | "float" | "bool" | "open"
            | "repr" | "id" | "dir" | "vars" | "globals" | "locals" | "next" | "min" | "max" | "sum" | "map"
            | "filter" => Value::Unknown,
            _ => return None,
        })
    }

    /// What a method of a list, dictionary or text gives; none if it is of something else.
    pub(super) fn call_method(&mut self, of: Value, name: &str, arguments: &Arguments) -> Option<Value> {
        let first = arguments.positional.first().copied().unwrap_or(Value::Unknown);
        if let Value::Text(text) = of {
            return Some(self.text_method(text.as_str(), name, arguments));
        }
        let Value::Node(id) = of else { return None };
        if let Node::Sequence { .. } = self.heap.node(id) {
            match name {
                "extend" => self.extend(of, first),
                "append" | "add" | "appendleft" => {
                    if let Node::Sequence { items, is_open } = self.heap.node_mut(id) {
                        if items.len() < MAX_ITEMS {
                            items.push(first);
                        } else {
                            *is_open = true;
                        }
                    }
                }
                "insert" => {
                    let value = arguments.positional.get(1).copied().unwrap_or(Value::Unknown);
                    if let Node::Sequence { items, .. } = self.heap.node_mut(id)
                        && items.len() < MAX_ITEMS
                    {
                        let at = match first {
                            Value::Int(at) => usize::try_from(at).unwrap_or(0).min(items.len()),
                            _ => items.len(),
                        };
                        items.insert(at, value);
                    }
                }
                "copy" => {
                    let (items, is_open) = self.elements(of);
                    return Some(self.heap.sequence(items, is_open));
                }
                _ => return Some(Value::Unknown),
            }
            return Some(Value::None);
        }
        let Node::Dict { entries, is_open } = self.heap.node(id) else { return None };
        let is_open = *is_open;
        Some(match name {
            "items" => {
                let pairs = entries.clone();
                let pairs = pairs.into_iter().map(|(key, value)| self.heap.sequence(vec![key, value], false)).collect();
                self.heap.sequence(pairs, is_open)
            }
            "keys" => {
                let keys = entries.iter().map(|(key, _)| *key).collect();
                self.heap.sequence(keys, is_open)
            }
            "values" => {
                let values = entries.iter().map(|(_, value)| *value).collect();
                self.heap.sequence(values, is_open)
            }
            "get" | "pop" | "setdefault" => {
                let found = entries.iter().find(|(key, _)| *key == first).map(|(_, value)| *value);
                let default = arguments.positional.get(1).copied();
                if found.is_none()
                    && name == "setdefault"
                    && let Some(value) = default
                    && let Node::Dict { entries, .. } = self.heap.node_mut(id)
                    && entries.len() < MAX_ITEMS
                {
                    entries.push((first, value));
                }
                found.or(default).unwrap_or(if is_open { Value::Unknown } else { Value::None })
            }
            "copy" => {
                let entries = entries.clone();
                Value::Node(self.heap.add(Node::Dict { entries, is_open }))
            }
            "update" => {
                let more = self.heap.entries(first).map(<[_]>::to_vec);
                let named = arguments.keywords.iter().map(|(name, value)| (Value::Text(*name), *value));
                let more: Vec<(Value, Value)> = more.unwrap_or_default().into_iter().chain(named).collect();
                if let Node::Dict { entries, .. } = self.heap.node_mut(id) {
                    for (key, value) in more {
                        if let Some(entry) = entries.iter_mut().find(|(known, _)| *known == key) {
                            entry.1 = value;
                        } else if entries.len() < MAX_ITEMS {
                            entries.push((key, value));
                        }
                    }
                }
                Value::None
            }
            _ => Value::Unknown,
        })
    }

    fn text_method(&mut self, text: &str, name: &str, arguments: &Arguments) -> Value {
        let first = arguments.positional.first().copied();
        let given = first.and_then(Value::as_text);
        let strip = |c: char| match given {
            Some(given) => given.contains(c),
            None => c.is_whitespace(),
        };
        match name {
            "format" => formatted(text, arguments),
            "join" => {
                let (items, is_open) = self.elements(first.unwrap_or(Value::Unknown));
                if is_open {
                    return Value::Unknown;
                }
                let mut joined = String::new();
                for (at, item) in items.into_iter().enumerate() {
                    if at > 0 {
                        joined.push_str(text);
                    }
                    push_text(&mut joined, item);
                }
                made_text(&joined)
            }
            "strip" => Value::text(text.trim_matches(strip)),
            "lstrip" => Value::text(text.trim_start_matches(strip)),
            "rstrip" => Value::text(text.trim_end_matches(strip)),
            "lower" => Value::text(&text.to_lowercase()),
            "upper" => Value::text(&text.to_uppercase()),
            "removeprefix" => Value::text(given.and_then(|given| text.strip_prefix(given)).unwrap_or(text)),
            "removesuffix" => Value::text(given.and_then(|given| text.strip_suffix(given)).unwrap_or(text)),
            "replace" => match (given, arguments.positional.get(1).and_then(|value| value.as_text())) {
                (Some(from), Some(to)) => made_text(&text.replace(from, to)),
                _ => Value::Unknown,
            },
            "startswith" | "endswith" if !text.contains(GAP) => match given {
                Some(given) if name == "startswith" => Value::Bool(text.starts_with(given)),
                Some(given) => Value::Bool(text.ends_with(given)),
                None => Value::Unknown,
            },
            "split" => match given {
                Some(given) if !given.is_empty() => {
                    let parts = text.split(given).map(Value::text).collect();
                    self.heap.sequence(parts, false)
                }
                None if first.is_none() => {
                    let parts = text.split_whitespace().map(Value::text).collect();
                    self.heap.sequence(parts, false)
                }
                _ => Value::Unknown,
            },
            "encode" | "decode" => Value::text(text),
            _ => Value::Unknown,
        }
    }
}

/// `"...".format(...)`
fn formatted(text: &str, arguments: &Arguments) -> Value {
    let mut made = String::new();
    let mut next = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        made.push_str(&rest[..at]);
        let doubled = rest.get(at..at + 2).unwrap_or_default();
        if doubled == "{{" || doubled == "}}" {
            made.push_str(&doubled[..1]);
            rest = &rest[at + 2..];
            continue;
        }
        let Some(end) = rest[at..].find('}').filter(|_| rest.as_bytes()[at] == b'{') else { return Value::Unknown };
        let field = rest[at + 1..at + end].split([':', '!']).next().unwrap_or_default();
        let value = if field.is_empty() {
            next += 1;
            arguments.positional.get(next - 1).copied()
        } else if let Ok(at) = field.parse::<usize>() {
            arguments.positional.get(at).copied()
        } else {
            arguments.named(field)
        };
        push_text(&mut made, value.unwrap_or(Value::Unknown));
        rest = &rest[at + end + 1..];
    }
    made.push_str(rest);
    made_text(&made)
}
