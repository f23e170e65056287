//! Methods of strings and containers.

use std::sync::Arc;

use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;

use crate::access::Seg;
use crate::attr::{append, clean_facts, dict_keys, remove_item, tree_element};
use crate::builtin::{fields, same_text};
use crate::call::Args;
use crate::env::{Env, Object, key_of};
use crate::eval::SENT_NAME;
use crate::guard::HOST_KINDS;
use crate::interp::Interp;
use crate::value::{Check, Const, Flags, How, ObjId, Part, Ref, Shape, Value};

impl Interp<'_> {
    /// A method of a container that is told apart; none when it is not one, or has no such method.
    pub(crate) fn container_method(
        &mut self,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        let ids: Vec<ObjId> = receiver
            .refs()
            .iter()
            .filter_map(|reference| match reference {
                Ref::Obj(id) => {
                    let shape = env.object(*id)?.shape;
                    (!matches!(shape, Shape::Instance(_) | Shape::Other)).then_some(*id)
                }
                _ => None,
            })
            .collect();
        if ids.is_empty() {
            return self.tree_method(receiver, name, args, span, env);
        }
        let mut out: Option<Value> = None;
        for id in ids {
            let found = self.object_method(id, receiver, name, args, span, env)?;
            out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
        }
        out
    }

    fn tree_method(
        &mut self,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        let tree = Arc::clone(receiver.data().tree.as_ref()?);
        if matches!(tree.shape, Shape::Instance(_) | Shape::Other) {
            return None;
        }
        let key = args.positional.first().and_then(key_of);
        Some(match name.as_str() {
            "get" | "get_nowait" | "popleft" => {
                let mut found = tree_element(&tree, key);
                self.inherit_facts(receiver, key.unwrap_or(Seg::Any), &mut found);
                let sure = key.is_some_and(|key| tree.fields.iter().any(|(known, _)| *known == key));
                match args.positional.get(1) {
                    Some(default) if !sure => found.join(default),
                    None if !sure && tree.shape == Shape::Dict => found.join(&Value::constant(Const::None)),
                    _ => found,
                }
            }
            "values" | "keys" | "items" | "copy" => {
                let mut object = Object::new(tree.shape);
                object.len = tree.len;
                for (seg, value) in &tree.fields {
                    object.set(*seg, value.clone(), true);
                }
                object.forget_order();
                if !tree.rest.is_nothing() {
                    object.add_rest(&tree.rest);
                }
                let made = self.make_fresh(span, object, env);
                let Some(Ref::Obj(id)) = made.refs().first().cloned() else { return Some(made) };
                return self.object_method(id, &made, name, args, span, env);
            }
            _ => return None,
        })
    }

    #[allow(clippy::too_many_lines, reason = "one case a method")]
    fn object_method(
        &mut self,
        id: ObjId,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        let shape = env.object(id)?.shape;
        let first = args.positional.first().cloned();
        let nothing = Some(Value::default());
        let list = matches!(shape, Shape::List | Shape::Tuple | Shape::Set | Shape::Iterator);
        match name.as_str() {
            "getvalue" | "read" | "getbuffer" if is_buffer(receiver) => {
                let pieces = match env.object(id)?.items() {
                    Some(pieces) => pieces,
                    None => vec![env.object(id)?.elements()],
                };
                Some(if pieces.is_empty() { Value::text("") } else { self.concat(pieces, span, env) })
            }
            "write" if is_buffer(receiver) => {
                // What is in a file does not say where it is.
                let kinds = Kinds::PATH.with(SinkKind::Url);
                append(env.object_mut(id), clean_facts(&first?, kinds));
                nothing
            }
            "writelines" if is_buffer(receiver) => {
                self.extend(id, &first?, span, env);
                nothing
            }
            "append" | "add" | "appendleft" | "put" | "put_nowait" | "push" if list => {
                let value = first?;
                let object = env.object_mut(id);
                match name.as_str() {
                    "appendleft" => {
                        if let Some(mut items) = object.items() {
                            items.insert(0, value);
                            object.set_items(items);
                        } else {
                            object.blur();
                            object.add_rest(&value);
                        }
                    }
                    "add" => {
                        let next = i32::try_from(object.fields.len()).unwrap_or(i32::MAX);
                        object.set(Seg::Index(next), value, true);
                        object.len = object.len.map(|_| next + 1);
                    }
                    _ => append(object, value),
                }
                nothing
            }
            "extend" | "extendleft" if list => {
                self.extend(id, &first?, span, env);
                nothing
            }
            "update" if shape == Shape::Dict => {
                let mut object = env.object(id)?.clone();
                if let Some(value) = first {
                    self.merge_into(&mut object, &value, env);
                }
                for (key, value) in &args.keywords {
                    object.set(Seg::Key(*key), value.clone(), true);
                }
                *env.object_mut(id) = object;
                nothing
            }
            "update" => {
                self.extend(id, &first?, span, env);
                nothing
            }
            "insert" if list => {
                let value = args.positional.get(1)?.clone();
                let at = first?.only();
                let object = env.object_mut(id);
                match (at, object.items()) {
                    (Some(Const::Int(at)), Some(mut items)) => {
                        let at = if at < 0 { at + i64::try_from(items.len()).unwrap_or(0) } else { at };
                        let at = usize::try_from(at.max(0)).unwrap_or(0).min(items.len());
                        items.insert(at, value);
                        object.set_items(items);
                    }
                    _ => {
                        object.blur();
                        object.add_rest(&value);
                    }
                }
                nothing
            }
            "pop" | "popleft" | "popitem" | "get_nowait" => {
                let object = env.object_mut(id);
                if object.shape == Shape::Dict {
                    if name.as_str() == "popitem" {
                        return Some(self.pop_item(id, args, span, env));
                    }
                    let key = first.as_ref().and_then(key_of);
                    let found = remove_item(object, key);
                    return Some(match args.positional.get(1) {
                        Some(default) if found.is_nothing() => default.clone(),
                        _ => found,
                    });
                }
                let len = object.len;
                let at = match (name.as_str(), first.as_ref().map(Value::only)) {
                    ("popleft" | "get_nowait", _) => Some(Seg::Index(0)),
                    (_, None) => len.map(|len| Seg::Index(len - 1)),
                    (_, Some(Some(Const::Int(at)))) => i32::try_from(at).ok().map(Seg::Index),
                    _ => None,
                };
                if self.in_loop > 0 || at.is_none() {
                    let all = object.elements();
                    object.blur();
                    return Some(all);
                }
                Some(remove_item(object, at))
            }
            "move_to_end" if shape == Shape::Dict => {
                let sure = self.in_loop == 0;
                env.object_mut(id).move_key(first.as_ref().and_then(key_of), end_of(args, 1).filter(|_| sure));
                nothing
            }
            "remove" | "discard" => {
                let target = first.as_ref().and_then(Value::only);
                let object = env.object_mut(id);
                if let (Some(target), Some(mut items)) = (target, object.items()) {
                    if let Some(at) = items.iter().position(|item| item.only() == Some(target)) {
                        items.remove(at);
                        object.set_items(items);
                    }
                } else {
                    object.blur();
                }
                nothing
            }
            "clear" => {
                let object = env.object_mut(id);
                let shape = object.shape;
                *object = Object::new(shape);
                if shape == Shape::Dict {
                    object.len = None;
                }
                nothing
            }
            "reverse" => {
                let object = env.object_mut(id);
                match object.items() {
                    Some(mut items) => {
                        items.reverse();
                        object.set_items(items);
                    }
                    None => object.blur(),
                }
                nothing
            }
            "sort" => {
                env.object_mut(id).blur();
                nothing
            }
            "copy" => {
                let object = env.object(id)?.clone();
                Some(self.make_fresh(span, object, env))
            }
            "index" | "count" | "task_done" | "join" | "qsize" | "empty" if list && shape != Shape::Set => nothing,
            "get" if shape != Shape::Dict => Some(env.object(id)?.elements()),
            "get" => {
                // `configparser` and dictionaries alike.
                let config = receiver
                    .refs()
                    .iter()
                    .any(|r| matches!(r, Ref::Api(path) if path.as_str().starts_with("configparser.")));
                if config && args.positional.len() >= 2 {
                    let section = key_of(&args.positional[0]);
                    let key = key_of(&args.positional[1]);
                    let object = env.object(id)?;
                    let found = section.and_then(|seg| object.get(seg)).map(|field| field.value.clone());
                    let Some(found) = found else { return Some(object.elements()) };
                    return Some(self.get_index(&found, &args.positional[1], span, env)).filter(|_| key.is_some());
                }
                let key = first.as_ref().and_then(key_of);
                let object = env.object(id)?;
                let known = key.and_then(|seg| object.get(seg)).map(|field| field.value.clone());
                let default = args.positional.get(1).cloned();
                Some(match (known, key) {
                    (Some(found), _) => found,
                    (None, Some(_)) if !object.rest_written => default.unwrap_or_else(|| Value::constant(Const::None)),
                    _ => {
                        let all = object.elements();
                        match default {
                            Some(default) => all.join(&default),
                            None => {
                                let open = object.rest_written;
                                let mut all = all.join(&Value::constant(Const::None));
                                if open {
                                    all.to_mut().consts = None;
                                }
                                all
                            }
                        }
                    }
                })
            }
            "set" | "add_section" | "read_dict" | "read" | "read_string" if receiver_is_config(receiver) => {
                let section = first.as_ref().and_then(key_of);
                if name.as_str() == "add_section"
                    && let Some(section) = section
                {
                    let made = self.make_fresh(span, Object::new(Shape::Dict), env);
                    env.object_mut(id).set(section, made, true);
                } else if name.as_str() == "set"
                    && let (Some(section), Some(key), Some(value)) =
                        (section, args.positional.get(1), args.positional.get(2))
                {
                    let inner = env.object(id)?.get(section).map(|field| field.value.clone());
                    if let Some(inner) = inner {
                        let seg = key_of(key).unwrap_or(Seg::Any);
                        self.store(&inner, seg, value.clone(), span, env);
                    }
                } else if name.as_str() == "read_dict" {
                    let mut object = env.object(id)?.clone();
                    self.merge_into(&mut object, &first?, env);
                    *env.object_mut(id) = object;
                }
                nothing
            }
            "setdefault" => {
                let key = first.as_ref().and_then(key_of);
                let default = args.positional.get(1).cloned().unwrap_or_default();
                let object = env.object_mut(id);
                match key {
                    Some(seg) => {
                        if let Some(field) = object.get(seg) {
                            return Some(field.value.clone());
                        }
                        object.set(seg, default.clone(), true);
                    }
                    None => object.add_rest(&default),
                }
                Some(default)
            }
            "keys" => {
                let keys = dict_keys(env.object(id)?);
                let mut object = Object::new(Shape::Iterator);
                object.len = None;
                object.add_rest(&keys);
                Some(self.make_fresh(span, object, env))
            }
            "values" => {
                let values = env.object(id)?.elements();
                let mut object = Object::new(Shape::Iterator);
                object.len = None;
                object.add_rest(&values);
                Some(self.make_fresh(span, object, env))
            }
            "items" => {
                let object = env.object(id)?.clone();
                let mut pairs = Vec::new();
                let by_place = || object.fields.iter().map(|(seg, _)| *seg).collect();
                let keys: Vec<Seg> = object.keys_in_order().map_or_else(by_place, <[Seg]>::to_vec);
                for (index, seg) in keys.into_iter().enumerate() {
                    let (Some(key), Some(field)) = (key_value(seg), object.get(seg)) else { continue };
                    let mut pair = Object::new(Shape::Tuple);
                    pair.set_items(vec![key, field.value.clone()]);
                    let number = u32::try_from(index).unwrap_or(0);
                    pairs.push(self.make_fresh((span.0 + 1, span.1 + 8 + number), pair, env));
                }
                if object.rest_written {
                    let mut pair = Object::new(Shape::Tuple);
                    let key = Value::of_facts(object.rest.facts().iter().cloned().collect());
                    pair.set_items(vec![key, object.rest.clone()]);
                    pairs.push(self.make_fresh((span.0 + 1, span.1 + 7), pair, env));
                }
                let mut all = Object::new(Shape::Iterator);
                all.len = None;
                if object.rest_written || pairs.len() > 8 {
                    for pair in &pairs {
                        all.add_rest(pair);
                    }
                } else {
                    all.shape = Shape::List;
                    all.set_items(pairs);
                }
                Some(self.make_fresh(span, all, env))
            }
            "union" | "intersection" | "difference" | "symmetric_difference" if shape == Shape::Set => {
                let mut object = env.object(id)?.clone();
                object.len = None;
                for other in &args.positional {
                    let element = self.element(other, span, env);
                    object.add_rest(&element);
                }
                Some(self.make_fresh(span, object, env))
            }
            "send" | "asend" => {
                let object = env.object(id)?;
                let all = object.elements();
                let again = object.get(Seg::Attr(symbol!("send"))).map(|field| field.value.clone());
                if let (Some(again), Some(value)) = (again, first) {
                    let given = Args { keywords: vec![(Symbol::new(SENT_NAME), value)], ..Args::default() };
                    self.call_value(&again, given, span, env);
                }
                Some(all)
            }
            "__next__" => Some(env.object(id)?.elements()),
            _ => None,
        }
    }

    /// `popitem()`: the item that was put in last, of an `OrderedDict` also the first; any of them where that is not known.
    fn pop_item(&mut self, id: ObjId, args: &Args, span: (u32, u32), env: &mut Env) -> Value {
        let Some(object) = env.object(id) else { return Value::default() };
        let known = match (object.keys_in_order(), end_of(args, 0)) {
            // In a loop, it is another one each time.
            (Some(keys), Some(last)) if self.in_loop == 0 => if last { keys.last() } else { keys.first() }.copied(),
            _ => None,
        };
        let (key, value) = match known {
            Some(seg) => {
                let value = env.object_mut(id).remove(seg).unwrap_or_default();
                (key_value(seg).unwrap_or_default(), value)
            }
            None => (dict_keys(object), object.elements()),
        };
        let mut pair = Object::new(Shape::Tuple);
        pair.set_items(vec![key, value]);
        self.make_fresh(span, pair, env)
    }

    /// A method of a string, or of something that nobody knows.
    #[allow(clippy::too_many_lines, reason = "one case a method")]
    pub(crate) fn plain_method(
        &mut self,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let first = args.positional.first().cloned();
        if let Some(text) = receiver.only_str()
            && let Some(known) = fold_text(text, name.as_str(), args)
        {
            return known;
        }
        match name.as_str() {
            "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "casefold" | "title" | "capitalize" | "swapcase"
            | "encode" | "decode" | "removeprefix" | "removesuffix" | "expandtabs" | "zfill" | "ljust" | "rjust"
            | "center" | "as_posix" | "tobytes" | "unescape" | "__str__" | "isoformat" => same_text(receiver),
            "isdigit" | "isdecimal" | "isnumeric" | "isalnum" | "isalpha" | "isidentifier" => {
                let check = Check::clean(receiver.clone(), true, Kinds::ALL);
                let mut out = Value::default();
                out.to_mut().checks.push(Arc::new(check));
                out
            }
            "startswith" => self.prefix_check(receiver, first.as_ref(), env),
            "endswith" => self.suffix_check(receiver, first.as_ref(), env),
            "isspace" | "islower" | "isupper" | "isascii" | "istitle" | "find" | "rfind" | "index" | "rindex"
            | "count" | "__len__" | "exists" | "is_file" | "is_dir" => Value::default(),
            "replace" | "translate" => {
                let mut out = same_text(receiver);
                let from = first.as_ref().and_then(Value::only_str);
                match from {
                    Some("\n" | "\r" | "\r\n") => {
                        out = clean_facts(&out, Kinds::of(SinkKind::Log).with(SinkKind::Header).with(SinkKind::Mail));
                    }
                    Some(".." | "../" | "./" | "..\\") => {
                        let weak = symbol!("taking `../` out once leaves others: `....//` becomes `../`");
                        out = out.map_facts(|fact| fact.weak = Some(weak));
                    }
                    Some("/") => out = clean_facts(&out, Kinds::PATH),
                    _ => {}
                }
                if let Some(with) = args.positional.get(1) {
                    for fact in with.facts() {
                        out.add_fact(fact.clone());
                    }
                }
                // What held of the text before need not hold now.
                out.to_mut().parts = None;
                out
            }
            "join" if receiver.consts().is_some() || receiver.refs().is_empty() => {
                let Some(iterable) = first else { return Value::default() };
                match self.items(&iterable, env) {
                    Some(items) if items.len() <= 12 => {
                        let mut pieces = Vec::new();
                        for (index, item) in items.into_iter().enumerate() {
                            if index > 0 {
                                pieces.push(receiver.clone());
                            }
                            pieces.push(item);
                        }
                        if pieces.is_empty() { Value::text("") } else { self.concat(pieces, span, env) }
                    }
                    _ => {
                        let element = self.element(&iterable, span, env);
                        self.blend(&[receiver.clone(), element], span, env)
                    }
                }
            }
            "format" | "format_map" if receiver.only_str().and_then(fields).is_some() => {
                let pieces = receiver.only_str().and_then(fields).unwrap_or_default();
                self.fill(&pieces, args, span, env)
            }
            "format" | "format_map" | "safe_substitute" | "substitute" => {
                let mut pieces = vec![receiver.clone()];
                pieces.extend(args.all());
                self.blend(&pieces, span, env)
            }
            "split" | "rsplit" | "splitlines" | "partition" | "rpartition" | "read" | "readline" | "readlines"
            | "getvalue" | "group" | "groups" | "groupdict" | "getlist" | "values" | "keys" | "items" | "popitem"
            | "copy" | "todict" | "to_dict" | "as_dict" | "dict" | "model_dump" | "json" | "hex" => {
                let lines = name.as_str() == "splitlines";
                let mut out = Value::of_facts(receiver.facts().iter().cloned().collect());
                let components = first.as_ref().and_then(Value::only_str).is_some_and(|text| text == "/");
                if matches!(name.as_str(), "split" | "rsplit") && components && !out.facts().is_empty() {
                    out.to_mut().derived = Some((receiver.clone(), How::Components));
                }
                if lines {
                    out = clean_facts(&out, Kinds::of(SinkKind::Log).with(SinkKind::Header));
                }
                for reference in receiver.refs() {
                    if let Ref::Sym(_) = reference
                        && matches!(name.as_str(), "copy" | "values" | "items")
                    {
                        out.add_ref(reference.clone());
                    }
                }
                out
            }
            "get" | "pop" | "setdefault" | "get_json" => {
                let key = first.unwrap_or_default();
                let mut out = if receiver.facts().is_empty() && receiver.refs().is_empty() {
                    Value::default()
                } else {
                    self.get_index(receiver, &key, span, env)
                };
                // `request.args.get("page", type=int)`
                if let Some(kind) = args.keyword("type") {
                    let number = kind.refs().iter().any(|r| {
                        matches!(r, Ref::Api(path) if matches!(path.as_str(), "builtins.int" | "builtins.float" | "builtins.bool" | "uuid.UUID"))
                    });
                    if number {
                        out = clean_facts(&out, Kinds::ALL);
                    }
                }
                if let Some(default) = args.positional.get(1).or_else(|| args.keyword("default")) {
                    out = out.join(default);
                }
                // The same value as by index, so that a check of the one holds for the other.
                if out.consts().is_some() {
                    out.to_mut().consts = None;
                }
                out
            }
            "append" | "add" | "extend" | "update" | "insert" | "put" | "write" | "appendleft" | "writelines" => {
                if let Some(value) = args.positional.last() {
                    let value = if matches!(name.as_str(), "extend" | "update") {
                        self.element(&value.clone(), span, env)
                    } else {
                        value.clone()
                    };
                    self.store(receiver, Seg::Any, value, span, env);
                }
                Value::default()
            }
            // What is looked up by a key is not the key.
            name if is_lookup(name) => self.obscure(std::slice::from_ref(receiver), span, env),
            _ => {
                let mut pieces = args.all();
                pieces.push(receiver.clone());
                self.obscure(&pieces, span, env)
            }
        }
    }

    /// `host.endswith(".example.com")`: a host of the program's own domain, if there is a dot before it.
    fn suffix_check(&self, receiver: &Value, suffix: Option<&Value>, env: &Env) -> Value {
        let mut out = Value::default();
        let Some(suffix) = suffix else { return out };
        let suffixes = self.items(suffix, env).unwrap_or_else(|| vec![suffix.clone()]);
        let domain = |suffix: &Value| suffix.only_str().is_some_and(|text| text.starts_with('.') && text.len() > 1);
        if !suffixes.is_empty() && suffixes.iter().all(domain) {
            let host = matches!(&receiver.data().derived, Some((_, How::Host)));
            let kinds = if host { HOST_KINDS } else { Kinds::NONE };
            let check = Check { flags: Flags::KNOWN, ..Check::clean(receiver.clone(), true, kinds) };
            out.to_mut().checks.push(Arc::new(check));
        }
        out
    }

    /// `x.startswith(y)`
    fn prefix_check(&mut self, receiver: &Value, prefix: Option<&Value>, env: &mut Env) -> Value {
        let Some(prefix) = prefix else { return Value::default() };
        let mut out = Value::default();
        let prefixes: Vec<Value> = self.items(prefix, env).unwrap_or_else(|| vec![prefix.clone()]);
        if prefixes.iter().any(|prefix| prefix.only_str() == Some("-")) {
            // What does not begin with a dash is no option.
            let kinds = Kinds::of(SinkKind::Argv);
            out.to_mut().checks.push(Arc::new(Check::clean(receiver.clone(), false, kinds)));
        }
        let url = prefixes.iter().all(|prefix| {
            prefix.only_str().is_some_and(|text| {
                text.split_once("://").is_some_and(|(_, rest)| rest.len() > 1 && rest.contains('/'))
            })
        });
        if url && !prefixes.is_empty() {
            let kinds = Kinds::of(SinkKind::Url).with(SinkKind::Redirect);
            let check = Check::clean(receiver.clone(), true, kinds);
            out.to_mut().checks.push(Arc::new(check));
            return out;
        }
        let roots = prefixes.iter().filter(|prefix| prefix.only_str().is_some_and(|text| matches!(text, "/" | "\\")));
        if roots.count() > 0 {
            out.to_mut().checks.push(Arc::new(Check::flags(receiver.clone(), false, Flags::RELATIVE)));
            let weak = symbol!("`//host` starts with `/` too");
            out.to_mut().checks.push(Arc::new(Check::weak(receiver.clone(), true, weak)));
            return out;
        }
        let path_like = prefixes.iter().any(|prefix| prefix.only_str().is_none_or(|text| text.starts_with('/')));
        if !path_like || prefixes.is_empty() {
            return out;
        }
        let check = if prefixes.iter().all(ends_with_separator) {
            Check::flags(receiver.clone(), true, Flags::CONTAINED)
        } else {
            let weak = "`startswith` without a separator lets `/data-other` pass for `/data`";
            Check::weak(receiver.clone(), true, Symbol::new(weak))
        };
        out.to_mut().checks.push(Arc::new(check));
        out
    }

    /// `x[lower:upper]`
    pub(crate) fn slice(
        &mut self,
        value: &Value,
        lower: Option<&Value>,
        upper: Option<&Value>,
        id: seriema_program::ir::ExprId,
        env: &mut Env,
    ) -> Value {
        let at = |bound: Option<&Value>, default: i64| match bound {
            None => Some(default),
            Some(value) => match value.only() {
                Some(Const::Int(at)) => Some(at),
                Some(Const::None) => Some(default),
                _ => None,
            },
        };
        if let Some(items) = self.items(value, env) {
            let len = i64::try_from(items.len()).unwrap_or(0);
            if let (Some(from), Some(to)) = (at(lower, 0), at(upper, len)) {
                let fix = |at: i64| usize::try_from(if at < 0 { (at + len).max(0) } else { at.min(len) }).unwrap_or(0);
                let (from, to) = (fix(from), fix(to));
                let mut object = Object::new(Shape::List);
                object.set_items(items.get(from..to.max(from)).unwrap_or_default().to_vec());
                return self.make(id, object, env);
            }
        }
        if let Some(text) = value.only_str() {
            let chars: Vec<char> = text.chars().collect();
            let len = i64::try_from(chars.len()).unwrap_or(0);
            if let (Some(from), Some(to)) = (at(lower, 0), at(upper, len)) {
                let fix = |at: i64| usize::try_from(if at < 0 { (at + len).max(0) } else { at.min(len) }).unwrap_or(0);
                let (from, to) = (fix(from), fix(to));
                return Value::text(&chars.get(from..to.max(from)).unwrap_or_default().iter().collect::<String>());
            }
        }
        if self.is_container(value, env) {
            let element = self.element(value, self.file.span(id), env);
            let mut object = Object::new(Shape::List);
            object.len = None;
            object.add_rest(&element);
            return self.make(id, object, env);
        }
        // A part of it, not the thing itself: what is checked of the one does not hold of the other.
        let mut out = value.clone();
        let data = out.to_mut();
        data.refs.retain(|r| !matches!(r, Ref::Sym(_)));
        data.consts = None;
        data.parts = None;
        data.checks.clear();
        data.derived = None;
        out
    }
}

/// The key that a place in a dictionary has.
fn key_value(seg: Seg) -> Option<Value> {
    match seg {
        Seg::Key(key) => Some(Value::constant(Const::Str(key))),
        Seg::Index(key) => Some(Value::constant(Const::Int(i64::from(key)))),
        _ => None,
    }
}

/// Whether `last`, at this position of the arguments, means the end of an `OrderedDict`.
fn end_of(args: &Args, position: usize) -> Option<bool> {
    match args.positional.get(position).or_else(|| args.keyword("last")) {
        Some(last) => last.truth(),
        None => Some(true),
    }
}

/// Whether it is a file in memory: what is written into it, one after the other.
fn is_buffer(receiver: &Value) -> bool {
    receiver.refs().iter().any(|r| {
        matches!(r, Ref::Api(path) if matches!(path.as_str(),
        "io.StringIO()" | "io.BytesIO()" | "_io.StringIO()" | "_io.BytesIO()"))
    })
}

fn receiver_is_config(receiver: &Value) -> bool {
    receiver.refs().iter().any(|r| matches!(r, Ref::Api(path) if path.as_str().starts_with("configparser.")))
}

/// Whether a prefix ends where a component of a path does.
fn ends_with_separator(prefix: &Value) -> bool {
    if let Some(text) = prefix.only_str() {
        return text.ends_with('/') || text.ends_with('\\');
    }
    if let Some(parts) = &prefix.data().parts {
        return match parts.last() {
            Some(Part::Text(text)) => text.as_str().ends_with('/'),
            Some(Part::Value(value)) => is_separator(value),
            None => false,
        };
    }
    is_separator(prefix)
}

fn is_separator(value: &Value) -> bool {
    value
        .refs()
        .iter()
        .any(|r| matches!(r, Ref::Api(path) if matches!(path.as_str(), "os.sep" | "os.path.sep" | "os.altsep")))
}

/// Methods of constant strings.
fn fold_text(text: &str, name: &str, args: &Args) -> Option<Value> {
    let first = args.positional.first();
    let argument = first.and_then(Value::only_str);
    Some(match name {
        "lower" | "casefold" => Value::text(&text.to_lowercase()),
        "upper" => Value::text(&text.to_uppercase()),
        "strip" if first.is_none() => Value::text(text.trim()),
        "lstrip" if first.is_none() => Value::text(text.trim_start()),
        "rstrip" if first.is_none() => Value::text(text.trim_end()),
        "encode" | "decode" => Value::text(text),
        "startswith" => Value::constant(Const::Bool(text.starts_with(argument?))),
        "endswith" => Value::constant(Const::Bool(text.ends_with(argument?))),
        "isdigit" => Value::constant(Const::Bool(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit()))),
        "replace" => {
            let with = args.positional.get(1)?.only_str()?;
            Value::text(&text.replace(argument?, with))
        }
        "find" => {
            let at = text.find(argument?).and_then(|at| i64::try_from(text[..at].chars().count()).ok()).unwrap_or(-1);
            Value::constant(Const::Int(at))
        }
        _ => return None,
    })
}

/// Whether a method's name says that it gives one of the things that are there, chosen by its arguments.
pub(crate) fn is_lookup(name: &str) -> bool {
    let begins = ["get_", "find_", "fetch_", "load_", "lookup_", "query_", "select_", "read_", "show_"];
    begins.iter().any(|begin| name.starts_with(begin)) || matches!(name, "find_one" | "first_or_404" | "get_or_404")
}
