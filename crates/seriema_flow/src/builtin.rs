//! Functions of the language itself, and of the few modules whose meaning is more than a flow.

use std::sync::Arc;

use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;

use crate::access::Seg;
use crate::attr::clean_facts;
use crate::call::Args;
use crate::env::{Env, Object};
use crate::guard::{complement_kinds, pattern_kinds};
use crate::interp::Interp;
use crate::library::harmless;
use crate::step::{Step, Why};
use smallvec::SmallVec;

use crate::value::{Check, Const, Flags, How, Partial, Ref, Shape, Value};

/// The name under which a method stands whose name is a value.
pub(crate) const ANY_ATTRIBUTE: &str = "<attribute>";

/// Times that the function of a fold is called.
const MAX_FOLDS: usize = 4;

impl Interp<'_> {
    /// A call whose meaning is known here; none for all others.
    pub(crate) fn builtin_call(
        &mut self,
        path: Symbol,
        receiver: Option<&Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        let first = args.positional.first().cloned();
        let name = path.as_str();
        if let Some(name) = name.strip_prefix("builtins.") {
            return self.language_call(name, first, args, span, env);
        }
        Some(match name {
            "functools.partial" | "functools.partialmethod" => return self.partial(args),
            "functools.wraps" | "functools.lru_cache" | "functools.cache" | "functools.update_wrapper" => {
                Value::default()
            }
            "functools.reduce" => {
                let function = first?;
                let element = self.element(args.positional.get(1)?, span, env);
                let mut all = args.positional.get(2).cloned().unwrap_or_else(|| element.clone());
                for _ in 0..MAX_FOLDS {
                    let given = Args { positional: vec![all.clone(), element.clone()], ..Args::default() };
                    let next = all.join(&self.call_value(&function, given, span, env));
                    if next.same(&all) {
                        break;
                    }
                    all = next;
                }
                all
            }
            "importlib.import_module" => {
                let module = first?.only_str()?;
                let package = args.positional.get(1).or_else(|| args.keyword("package")).and_then(Value::only_str);
                let module = match module.strip_prefix('.') {
                    Some(rest) => format!("{}.{rest}", package?),
                    None => module.to_owned(),
                };
                match self.project.module(&module) {
                    Some(file) => Value::reference(Ref::Module(file)),
                    None => self.api(Symbol::new(&module), span),
                }
            }
            "collections.namedtuple" | "operator.itemgetter" | "operator.attrgetter" | "operator.methodcaller" => {
                // What it gives is called with the rest.
                let made = Value::reference(Ref::Api(Symbol::new(&format!("{name}()"))));
                let partial =
                    Partial { function: made, positional: args.positional.clone(), keywords: args.keywords.clone() };
                Value::reference(Ref::Partial(Arc::new(partial)))
            }
            "collections.namedtuple()" => self.named_tuple(args, span, env)?,
            "operator.itemgetter()" | "operator.attrgetter()" => {
                let (object, keys) = args.positional.split_last()?;
                let mut found = Vec::new();
                for key in keys {
                    found.push(match (name, key.only_str()) {
                        ("operator.itemgetter()", _) => self.get_index(object, key, span, env),
                        (_, Some(path)) => {
                            let mut value = object.clone();
                            for part in path.split('.') {
                                value = self.get_attr(&value, Symbol::new(part), span, env);
                            }
                            value
                        }
                        _ => self.obscure(std::slice::from_ref(object), span, env),
                    });
                }
                match found.len() {
                    1 => found.pop()?,
                    _ => {
                        let mut tuple = Object::new(Shape::Tuple);
                        tuple.set_items(found);
                        self.make_fresh(span, tuple, env)
                    }
                }
            }
            "operator.methodcaller()" => {
                let (object, given) = args.positional.split_last()?;
                let (method, given) = given.split_first()?;
                let method = Symbol::new(method.only_str()?);
                let inner = Args { positional: given.to_vec(), keywords: args.keywords.clone(), ..Args::default() };
                let object = object.clone();
                self.call_method(&object, method, inner, span, span, None, env)
            }
            "asyncio.gather" if args.star.is_none() => {
                let mut results = Object::new(Shape::List);
                results.set_items(args.positional.clone());
                self.make_fresh(span, results, env)
            }
            "contextvars.ContextVar" => {
                let mut object = Object::new(Shape::List);
                object.len = None;
                if let Some(default) = args.keyword("default") {
                    object.add_rest(default);
                }
                let mut made = self.make_fresh(span, object, env);
                made.add_ref(Ref::Api(symbol!("contextvars.ContextVar()")));
                made
            }
            "contextvars.ContextVar().set" => {
                self.store(receiver?, Seg::Any, first?, span, env);
                Value::default()
            }
            "io.StringIO" | "io.BytesIO" | "_io.StringIO" | "_io.BytesIO" => {
                let mut object = Object::new(Shape::List);
                object.set_items(first.into_iter().collect());
                let mut made = self.make_fresh(span, object, env);
                made.add_ref(Ref::Api(Symbol::new(&format!("{name}()"))));
                made
            }
            "string.Template" => {
                let template = first?;
                let mut out = self.api(symbol!("string.Template()"), span);
                for fact in template.facts() {
                    out.add_fact(fact.clone());
                }
                out.to_mut().consts.clone_from(&template.data().consts);
                out
            }
            "string.Template().substitute" | "string.Template().safe_substitute" => {
                let template = receiver?;
                match template.only_str().and_then(placeholders) {
                    Some(pieces) => self.fill(&pieces, args, span, env),
                    None => {
                        let mut pieces = vec![Value::of_facts(template.facts().iter().cloned().collect())];
                        pieces.extend(args.all());
                        self.blend(&pieces, span, env)
                    }
                }
            }
            "os.path.join"
            | "posixpath.join"
            | "pathlib.Path"
            | "pathlib.PurePath"
            | "pathlib.PosixPath"
            | "pathlib.PurePosixPath"
            | "pathlib.Path().joinpath"
            | "pathlib.PurePath().joinpath"
            | "anyio.Path" => {
                let mut pieces: Vec<Value> = Vec::new();
                if name.ends_with(".joinpath") {
                    pieces.extend(receiver.cloned());
                }
                pieces.extend(args.positional.iter().cloned());
                pieces.extend(args.star.clone());
                let single = pieces.len() == 1;
                let mut out = if single { pieces.first()?.clone() } else { self.joined_path(&pieces, span, env) };
                if !name.starts_with("os.") && !name.starts_with("posixpath") {
                    if single {
                        let base = out.clone();
                        let data = out.to_mut();
                        data.refs.clear();
                        data.consts = None;
                        data.derived = Some((base, How::Same));
                    }
                    out.add_ref(Ref::Api(symbol!("pathlib.Path()")));
                }
                out
            }
            "os.path.realpath" | "os.path.abspath" | "os.path.normpath" | "posixpath.normpath" => {
                self.normalized(&first?, span)
            }
            "pathlib.Path().resolve" | "pathlib.Path().absolute" => {
                let mut out = self.normalized(receiver?, span);
                out.add_ref(Ref::Api(symbol!("pathlib.Path()")));
                out
            }
            "pathlib.Path().is_relative_to" | "pathlib.PurePath().is_relative_to" => self.path_check(receiver?),
            "pathlib.Path().relative_to" | "pathlib.PurePath().relative_to" => {
                let checked = self.path_check(receiver?);
                if let Some(check) = checked.data().checks.first() {
                    let check = Arc::clone(check);
                    self.apply_check(&check, env);
                }
                let mut out = clean_facts(receiver?, Kinds::NONE);
                out.to_mut().derived = None;
                out
            }
            "os.path.isabs" | "posixpath.isabs" | "pathlib.Path().is_absolute" | "pathlib.PurePath().is_absolute" => {
                let path = if name.starts_with("pathlib") { receiver?.clone() } else { first? };
                let mut out = Value::default();
                out.to_mut().checks.push(Arc::new(Check::flags(path, false, Flags::RELATIVE)));
                out
            }
            "pathlib.Path().with_suffix"
            | "pathlib.Path().expanduser"
            | "os.path.expanduser"
            | "os.fspath"
            | "os.fsdecode"
            | "os.path.expandvars"
            | "os.path.normcase" => {
                let value = if name.starts_with("pathlib") { receiver?.clone() } else { first? };
                if name.starts_with("pathlib") { value } else { same_text(&value) }
            }
            "os.path.commonpath" | "os.path.commonprefix" => {
                let items = first.as_ref().and_then(|list| self.items(list, env)).unwrap_or_default();
                let mut out = Value::default();
                // The directory comes first, as a rule, and the path that is asked about last.
                if let Some(path) = items.iter().rev().find(|item| !item.facts().is_empty()) {
                    if name == "os.path.commonpath" {
                        out.to_mut().derived = Some((path.clone(), How::Common));
                    }
                    for fact in path.facts() {
                        out.add_fact(fact.clone());
                    }
                }
                out
            }
            // What holds of the joined address, holds of where a link on the page leads.
            "urllib.parse.urljoin" | "urlparse.urljoin" => {
                let url = args.positional.get(1).or_else(|| args.keyword("url"))?;
                if url.facts().is_empty() {
                    return None;
                }
                let mut out = same_text(url);
                for fact in &mut out.to_mut().facts {
                    fact.step = Step::after(&fact.step, self.file_id, span, Why::Formatted);
                }
                for fact in first?.facts() {
                    out.add_fact(fact.clone());
                }
                let data = out.to_mut();
                data.consts = None;
                data.parts = None;
                out
            }
            "urllib.parse.urlparse"
            | "urllib.parse.urlsplit"
            | "urlparse.urlparse"
            | "urlparse.urlsplit"
            | "werkzeug.urls.url_parse"
            | "yarl.URL"
            | "httpx.URL" => {
                let value = first?;
                let mut out = self.api(path.called(), span);
                for fact in value.facts() {
                    out.add_fact(fact.clone());
                }
                out.to_mut().derived = Some((value, How::Parsed));
                out
            }
            "re.compile" | "regex.compile" => {
                let pattern = first?;
                let mut out = Value::reference(Ref::Api(symbol!("re.Pattern()")));
                if let Some(text) = pattern.only_str() {
                    let flags = args.positional.get(1).or_else(|| args.keyword("flags"));
                    let text = with_flags(text, flags);
                    out.to_mut().consts = text.map(|text| SmallVec::from_buf([Const::Str(Symbol::new(&text))]));
                }
                self.pattern_sink(&pattern, path, span, env);
                out
            }
            "re.fullmatch" | "re.match" | "re.search" | "re.findall" | "re.finditer" | "re.sub" | "re.subn"
            | "re.split" | "regex.fullmatch" | "regex.match" => {
                let pattern = first?;
                self.pattern_sink(&pattern, path, span, env);
                let method = name.rsplit('.').next().unwrap_or_default();
                self.match_text(method, &pattern, &args.positional[1..], args, span, env)
            }
            "re.Pattern().fullmatch"
            | "re.Pattern().match"
            | "re.Pattern().search"
            | "re.Pattern().findall"
            | "re.Pattern().finditer"
            | "re.Pattern().sub"
            | "re.Pattern().subn"
            | "re.Pattern().split" => {
                let pattern = receiver?.clone();
                let method = name.rsplit('.').next().unwrap_or_default();
                self.match_text(method, &pattern, &args.positional, args, span, env)
            }
            "copy.copy"
            | "copy.deepcopy"
            | "typing.cast"
            | "asyncio.shield"
            | "asyncio.wait_for"
            | "asyncio.run"
            | "asyncio.create_task"
            | "asyncio.ensure_future"
            | "asgiref.sync.async_to_sync"
            | "asgiref.sync.sync_to_async"
            | "contextlib.closing"
            | "contextlib.aclosing"
            | "operator.index"
            | "inspect.cleandoc"
            | "textwrap.dedent"
            | "sys.intern" => {
                if name == "typing.cast" {
                    args.positional.get(1).cloned()?
                } else {
                    first?
                }
            }
            "collections.OrderedDict"
            | "collections.defaultdict"
            | "collections.ChainMap"
            | "types.SimpleNamespace"
            | "argparse.Namespace"
            | "types.MappingProxyType"
            | "collections.UserDict"
            | "werkzeug.datastructures.MultiDict" => {
                let mut object = Object::new(if name.contains("Namespace") { Shape::Other } else { Shape::Dict });
                object.len = None;
                for value in &args.positional {
                    self.merge_into(&mut object, value, env);
                }
                // What is missing is made.
                if name == "collections.defaultdict"
                    && let Some(factory) = first
                {
                    object.set(Seg::Attr(symbol!("default_factory")), factory, true);
                }
                for (key, value) in &args.keywords {
                    let seg = if name.contains("Namespace") { Seg::Attr(*key) } else { Seg::Key(*key) };
                    object.set(seg, value.clone(), true);
                }
                self.make_fresh(span, object, env)
            }
            "collections.deque" | "queue.Queue" | "queue.LifoQueue" | "asyncio.Queue" | "collections.UserList" => {
                let mut object = Object::new(Shape::List);
                match first {
                    Some(value) if !name.contains("ueue") => match self.items(&value, env) {
                        Some(items) => object.set_items(items),
                        None => {
                            object.len = None;
                            let element = self.element(&value, span, env);
                            object.add_rest(&element);
                        }
                    },
                    _ => {}
                }
                self.make_fresh(span, object, env)
            }
            "configparser.ConfigParser" | "configparser.RawConfigParser" | "configparser.SafeConfigParser" => {
                let mut object = Object::new(Shape::Dict);
                object.shape = Shape::Dict;
                let mut made = self.make_fresh(span, object, env);
                made.add_ref(Ref::Api(Symbol::new(&format!("{name}()"))));
                made
            }
            _ => return None,
        })
    }

    /// An instance of what `collections.namedtuple` made: type name and field names come before the values.
    fn named_tuple(&mut self, args: &Args, span: (u32, u32), env: &mut Env) -> Option<Value> {
        let names = args.positional.get(1)?;
        let names: Vec<Symbol> = match names.only_str() {
            Some(text) => text.split([',', ' ']).filter(|name| !name.is_empty()).map(Symbol::new).collect(),
            None => {
                let items = self.items(names, env)?;
                items.iter().map(|name| name.only_str().map(Symbol::new)).collect::<Option<_>>()?
            }
        };
        let defaults = args.keyword("defaults").and_then(|defaults| self.items(defaults, env)).unwrap_or_default();
        let without = names.len().saturating_sub(defaults.len());
        let mut values = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let given = args.positional.get(index + 2).or_else(|| args.keyword(name.as_str())).cloned();
            let given = given.or_else(|| args.star.clone());
            values.push(match (given, &args.double_star) {
                (Some(given), _) => given,
                (None, Some(more)) => {
                    let more = more.clone();
                    self.get_index(&more, &Value::text(name.as_str()), span, env)
                }
                (None, None) => index.checked_sub(without).and_then(|at| defaults.get(at)).cloned().unwrap_or_default(),
            });
        }
        let mut object = Object::new(Shape::Tuple);
        object.set_items(values.clone());
        for (name, value) in names.into_iter().zip(values) {
            object.set(Seg::Attr(name), value, true);
        }
        Some(self.make_fresh(span, object, env))
    }

    /// A template with its fields filled in.
    pub(crate) fn fill(&mut self, pieces: &[Piece<'_>], args: &Args, span: (u32, u32), env: &mut Env) -> Value {
        let mut out = Vec::new();
        for piece in pieces {
            let (found, rest) = match piece {
                Piece::Text(text) => {
                    out.push(Value::text(text));
                    continue;
                }
                Piece::Position(index, rest) => (args.positional.get(*index).or(args.star.as_ref()).cloned(), *rest),
                Piece::Name(name, rest) => {
                    let named = args.keyword(name).cloned();
                    // `substitute(mapping)`, `format_map(mapping)`, `format(**mapping)`
                    let mapping = args.double_star.as_ref().or(args.positional.first()).cloned();
                    let found = match (named, mapping) {
                        (Some(value), _) => Some(value),
                        (None, Some(mapping)) => Some(self.get_index(&mapping, &Value::text(name), span, env)),
                        (None, None) => None,
                    };
                    (found, *rest)
                }
            };
            let value = found.unwrap_or_default();
            out.push(match rest {
                Rest::Plain => match self.own_text(&value, span, env) {
                    Some(text) => text,
                    None => self.as_text(&value),
                },
                Rest::Number => Value::default(),
                Rest::Repr => clean_facts(&value, Kinds::of(SinkKind::Log).with(SinkKind::Header)),
                Rest::Inner => self.blend(&[value], span, env),
            });
        }
        if out.is_empty() {
            return Value::text("");
        }
        self.concat(out, span, env)
    }

    /// An exception keeps its arguments.
    pub(crate) fn exception_arguments(&mut self, args: &Args, span: (u32, u32), env: &mut Env) -> Value {
        let mut tuple = Object::new(Shape::Tuple);
        tuple.set_items(args.positional.clone());
        if let Some(star) = &args.star {
            tuple.len = None;
            tuple.add_rest(star);
        }
        self.make_fresh((span.0, span.1 + 4), tuple, env)
    }

    fn language_call(
        &mut self,
        name: &str,
        first: Option<Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        Some(match name {
            name if is_exception(name) => {
                let given = self.exception_arguments(args, span, env);
                let mut object = Object::new(Shape::Other);
                object.len = None;
                object.set(Seg::Attr(symbol!("args")), given, true);
                let mut made = self.make_fresh(span, object, env);
                made.add_ref(Ref::Api(Symbol::new(&format!("builtins.{name}()"))));
                made
            }
            "__import__" if first.as_ref().is_some_and(|module| module.only_str().is_some()) => {
                return self.builtin_call(symbol!("importlib.import_module"), None, args, span, env);
            }
            "str" | "bytes" | "bytearray" | "memoryview" => match first {
                Some(value) => self.text_of(&value, span, env),
                None => Value::text(""),
            },
            "repr" | "ascii" => {
                let value = self.text_of(&first?, span, env);
                clean_facts(&value, Kinds::of(SinkKind::Log).with(SinkKind::Header))
            }
            "int" | "float" | "bool" | "complex" | "round" | "abs" | "divmod" | "pow" => match first {
                Some(value) => {
                    let known = match (name, value.only()) {
                        ("int", Some(Const::Str(text))) => text.as_str().trim().parse().ok().map(Const::Int),
                        ("int" | "abs" | "round", Some(Const::Int(number))) => Some(Const::Int(number)),
                        ("bool", _) => value.truth().map(Const::Bool),
                        _ => None,
                    };
                    // When it returned, the text was a number.
                    if matches!(name, "int" | "float" | "complex") && !value.facts().is_empty() {
                        let check = Check::clean(value.clone(), true, Kinds::ALL);
                        self.apply_check(&check, env);
                    }
                    let mut out = known.map(Value::constant).unwrap_or_default();
                    for fact in harmless(&value).facts() {
                        out.add_fact(fact.clone());
                    }
                    if name == "bool" {
                        out.to_mut().checks = value.data().checks.clone();
                    }
                    out
                }
                None => Value::constant(Const::Int(0)),
            },
            "len" => {
                let value = first?;
                if let Some(text) = value.only_str() {
                    Value::constant(Const::Int(i64::try_from(text.chars().count()).unwrap_or(0)))
                } else {
                    match self.items(&value, env) {
                        Some(items) if self.in_loop == 0 => {
                            Value::constant(Const::Int(i64::try_from(items.len()).unwrap_or(0)))
                        }
                        _ => Value::default(),
                    }
                }
            }
            "id" | "ord" | "hash" | "callable" | "hasattr" | "print" if name != "print" => Value::default(),
            "isinstance" => {
                let mut out = Value::default();
                let kind = args.positional.get(1)?;
                let mut kinds = kind.refs().to_vec();
                if let Some(items) = self.items(kind, env) {
                    kinds = items.iter().flat_map(|item| item.refs().to_vec()).collect();
                }
                let number = !kinds.is_empty()
                    && kinds.iter().all(|r| {
                        matches!(r, Ref::Api(path) if matches!(path.as_str(), "builtins.int" | "builtins.float" | "builtins.bool"
                            | "uuid.UUID" | "decimal.Decimal" | "datetime.date" | "datetime.datetime"))
                            || matches!(r, Ref::Class(class) if self.is_enum(*class))
                    });
                if number {
                    let check = Check::clean(first?, true, Kinds::ALL);
                    out.to_mut().checks.push(Arc::new(check));
                }
                out
            }
            // A class that the program made for this: which of them, the name decides and nothing else.
            "issubclass" => {
                let kind = args.positional.get(1)?;
                let kinds = self.items(kind, env).unwrap_or_else(|| vec![kind.clone()]);
                let own =
                    |kind: &Value| !kind.refs().is_empty() && kind.refs().iter().all(|r| matches!(r, Ref::Class(_)));
                let mut out = Value::default();
                if !kinds.is_empty() && kinds.iter().all(own) {
                    let check = Check::clean(first?, true, Kinds::of(SinkKind::Import).with(SinkKind::Code));
                    out.to_mut().checks.push(Arc::new(check));
                }
                out
            }
            "chr" => match first?.only() {
                Some(Const::Int(code)) => {
                    let c = u32::try_from(code).ok().and_then(char::from_u32)?;
                    Value::text(c.encode_utf8(&mut [0; 4]))
                }
                _ => Value::default(),
            },
            "getattr" => {
                let object = first?;
                let attribute = args.positional.get(1)?;
                let Some(attribute_name) = attribute.only_str() else {
                    // It matters once the attribute is called: most are only looked at.
                    let mut out = Value::default();
                    for fact in object.facts() {
                        out.add_fact(fact.clone());
                    }
                    out.add_ref(Ref::Method(Arc::new(attribute.clone()), Symbol::new(ANY_ATTRIBUTE)));
                    return Some(out);
                };
                let mut out = self.get_attr(&object, Symbol::new(attribute_name), span, env);
                if let Some(default) = args.positional.get(2)
                    && out.is_nothing()
                {
                    out = default.clone();
                }
                if out.is_nothing() {
                    out = Value::reference(Ref::Method(Arc::new(object), Symbol::new(attribute_name)));
                }
                out
            }
            "setattr" => {
                let object = first?;
                if let (Some(name), Some(value)) = (args.positional.get(1)?.only_str(), args.positional.get(2)) {
                    self.store(&object, Seg::Attr(Symbol::new(name)), value.clone(), span, env);
                }
                Value::default()
            }
            "vars" => first?,
            "dict" => {
                let mut object = Object::new(Shape::Dict);
                if let Some(value) = first {
                    self.merge_into(&mut object, &value, env);
                    if let Some(items) = self.items(&value, env) {
                        // Pairs.
                        for pair in items {
                            let key = self.get_index(&pair, &Value::constant(Const::Int(0)), span, env);
                            let value = self.get_index(&pair, &Value::constant(Const::Int(1)), span, env);
                            match crate::env::key_of(&key) {
                                Some(seg) => object.set(seg, value, true),
                                None => object.add_rest(&value),
                            }
                        }
                    } else if object.fields.is_empty() && !object.rest_written {
                        let pair = self.element(&value, span, env);
                        let value = self.get_index(&pair, &Value::constant(Const::Int(1)), span, env);
                        object.add_rest(&value);
                    }
                }
                for (key, value) in &args.keywords {
                    object.set(Seg::Key(*key), value.clone(), true);
                }
                if let Some(more) = &args.double_star {
                    self.merge_into(&mut object, more, env);
                }
                self.make_fresh(span, object, env)
            }
            "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "enumerate" | "zip" => {
                self.sequence_call(name, first, args, span, env)
            }
            "next" => {
                let iterator = first?;
                let element = self.element(&iterator, span, env);
                match args.positional.get(1) {
                    Some(default) => element.join(default),
                    None => element,
                }
            }
            "min" | "max" => {
                if args.positional.len() == 1 {
                    self.element(&first?, span, env)
                } else {
                    args.positional.iter().skip(1).fold(first?, |known, next| known.join(next))
                }
            }
            "sum" | "any" | "all" => {
                let iterable = first?;
                let mut out = Value::default();
                if name == "all"
                    && let [Ref::Obj(id)] = iterable.refs()
                    && let Some(object) = env.object(*id)
                {
                    // `all(c in ALLOWED for c in text)`
                    for check in object.elements().data().checks.iter().filter(|check| check.when) {
                        if let Some((whole, How::Element)) = &check.target.data().derived {
                            let all = Check { weak: check.weak, ..Check::clean(whole.clone(), true, check.kinds) };
                            out.to_mut().checks.push(Arc::new(all));
                        }
                    }
                }
                if name == "sum" {
                    return Some(self.element(&iterable, span, env));
                }
                // One by one: when `any(...)` is false, all are; when `all(...)` is true.
                for item in self.items(&iterable, env).unwrap_or_default() {
                    for check in item.data().checks.iter().filter(|check| check.when == (name == "all")) {
                        out.to_mut().checks.push(Arc::clone(check));
                    }
                }
                out
            }
            "super" | "object" | "property" | "staticmethod" | "classmethod" => Value::default(),
            "type" => {
                let mut out = Value::default();
                for reference in first?.refs() {
                    match reference {
                        Ref::Instance(class) => out.add_ref(Ref::Class(*class)),
                        Ref::Obj(id) => {
                            if let Some(Shape::Instance(class)) = env.object(*id).map(|object| object.shape) {
                                out.add_ref(Ref::Class(class));
                            }
                        }
                        _ => {}
                    }
                }
                out
            }
            "range" => Value::default(),
            "format" => first?,
            _ => return None,
        })
    }

    /// `str(x)`: what a class makes of itself, or the same.
    fn text_of(&mut self, value: &Value, span: (u32, u32), env: &mut Env) -> Value {
        if let Some(text) = self.own_text(value, span, env) {
            return text;
        }
        if self.is_container(value, env) {
            return self.blend(std::slice::from_ref(value), span, env);
        }
        same_text(&self.as_text(value))
    }

    /// What an instance of the project's says of itself.
    pub(crate) fn own_text(&mut self, value: &Value, span: (u32, u32), env: &mut Env) -> Option<Value> {
        let mut self_text = Vec::new();
        for reference in value.refs() {
            let class = match reference {
                Ref::Obj(id) => match env.object(*id).map(|object| object.shape) {
                    Some(Shape::Instance(class)) => class,
                    _ => continue,
                },
                Ref::Instance(class) => *class,
                _ => continue,
            };
            self_text.push((class, value.clone()));
        }
        if let Some(tree) = &value.data().tree
            && let Shape::Instance(class) = tree.shape
        {
            self_text.push((class, value.clone()));
        }
        for (class, value) in self_text {
            for name in ["__format__", "__str__", "__repr__"] {
                if let Some(func) = self.project.method(class, Symbol::new(name)) {
                    return Some(self.invoke(func, &[], Some(value), Args::default(), span, env));
                }
            }
        }
        self.exception_text(value, span, env)
    }

    /// What an exception says: its arguments.
    fn exception_text(&mut self, value: &Value, span: (u32, u32), env: &mut Env) -> Option<Value> {
        let name = Seg::Attr(symbol!("args"));
        let mut out: Option<Value> = None;
        let mut add = |found: &Value| out = Some(out.as_ref().map_or_else(|| found.clone(), |known| known.join(found)));
        for reference in value.refs() {
            if let Ref::Obj(id) = reference
                && let Some(field) = env.object(*id).and_then(|object| object.get(name))
            {
                add(&field.value);
            }
        }
        if let Some(tree) = &value.data().tree
            && let Ok(at) = tree.fields.binary_search_by(|(known, _)| known.cmp(&name))
        {
            add(&tree.fields[at].1);
        }
        let given = out?;
        let mut pieces = vec![Value::of_facts(value.facts().iter().cloned().collect())];
        match self.items(&given, env) {
            Some(items) if items.len() == 1 && value.facts().is_empty() => return Some(items[0].clone()),
            _ => pieces.push(given),
        }
        Some(self.blend(&pieces, span, env))
    }

    fn sequence_call(
        &mut self,
        name: &str,
        first: Option<Value>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let shape = match name {
            "list" | "sorted" => Shape::List,
            "tuple" => Shape::Tuple,
            "set" | "frozenset" => Shape::Set,
            _ => Shape::Iterator,
        };
        let mut object = Object::new(shape);
        object.len = None;
        let Some(value) = first else {
            if shape != Shape::Iterator {
                object.len = Some(0);
            }
            return self.make_fresh(span, object, env);
        };
        match name {
            "enumerate" => {
                let element = self.element(&value, span, env);
                let mut pair = Object::new(Shape::Tuple);
                pair.set_items(vec![Value::default(), element]);
                let pair = self.make_fresh((span.0, span.1 + 3), pair, env);
                object.add_rest(&pair);
            }
            "zip" => {
                let known: Option<Vec<Vec<Value>>> =
                    args.positional.iter().map(|value| self.items(value, env)).collect();
                if let Some(lists) = known
                    && lists.iter().map(Vec::len).min().unwrap_or(0) <= 8
                {
                    let count = lists.iter().map(Vec::len).min().unwrap_or(0);
                    let mut tuples = Vec::new();
                    for index in 0..count {
                        let mut pair = Object::new(Shape::Tuple);
                        pair.set_items(lists.iter().map(|list| list[index].clone()).collect());
                        let offset = u32::try_from(index).unwrap_or(0);
                        tuples.push(self.make_fresh((span.0 + 1, span.1 + 4 + offset), pair, env));
                    }
                    object.shape = Shape::List;
                    object.set_items(tuples);
                    return self.make_fresh(span, object, env);
                }
                let mut pair = Object::new(Shape::Tuple);
                let elements = args.positional.iter().map(|value| self.element(value, span, env)).collect();
                pair.set_items(elements);
                let pair = self.make_fresh((span.0, span.1 + 3), pair, env);
                object.add_rest(&pair);
            }
            "reversed" => match self.items(&value, env) {
                Some(mut items) => {
                    items.reverse();
                    object.shape = Shape::List;
                    object.set_items(items);
                }
                None => {
                    let element = self.element(&value, span, env);
                    object.add_rest(&element);
                }
            },
            "sorted" => {
                let element = self.element(&value, span, env);
                if let Some(key) = args.keyword("key") {
                    let key = key.clone();
                    let given = Args { positional: vec![element.clone()], ..Args::default() };
                    self.call_value(&key, given, span, env);
                }
                object.add_rest(&element);
            }
            _ => match self.items(&value, env) {
                Some(items) if shape != Shape::Set => object.set_items(items),
                _ => {
                    let element = self.element(&value, span, env);
                    object.add_rest(&element);
                }
            },
        }
        self.make_fresh(span, object, env)
    }

    fn pattern_sink(&mut self, pattern: &Value, path: Symbol, span: (u32, u32), env: &mut Env) {
        self.reach(SinkKind::Regex, pattern, path, span, env);
    }

    /// Matching: what a match says of the text, and what is taken from it.
    fn match_text(
        &mut self,
        method: &str,
        pattern: &Value,
        rest: &[Value],
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let text_at = usize::from(matches!(method, "sub" | "subn"));
        let Some(text) = rest.get(text_at).cloned().or_else(|| args.keyword("string").cloned()) else {
            return Value::default();
        };
        let flags = rest.get(text_at + 1).filter(|_| text_at == 0).or_else(|| args.keyword("flags"));
        let known = pattern.only_str().and_then(|text| with_flags(text, flags));
        let known = known.as_deref();
        let mut out = Value::default();
        match method {
            "fullmatch" | "match" | "search" => {
                out.add_ref(Ref::Api(symbol!("re.Match()")));
                let kinds = match (method, known) {
                    (_, None) => None,
                    ("fullmatch", Some(pattern)) => pattern_kinds(pattern, true),
                    ("search", Some(pattern)) => pattern_kinds(pattern, false),
                    (_, Some(pattern)) => pattern_kinds(&start_anchored(pattern), false),
                };
                if let Some(kinds) = kinds {
                    let check = Check::clean(text.clone(), true, kinds);
                    out.to_mut().checks.push(Arc::new(check));
                } else if let Some(pattern) = known
                    && method == "match"
                    && !pattern.ends_with('$')
                    && pattern_kinds(&format!("^{}$", pattern.trim_start_matches('^')), false).is_some()
                {
                    let weak = Some(symbol!("`match` looks at the beginning only: anything may follow"));
                    let check = Check { weak, ..Check::clean(text.clone(), true, Kinds::NONE) };
                    out.to_mut().checks.push(Arc::new(check));
                }
                for fact in text.facts() {
                    let mut fact = fact.clone();
                    if let Some(kinds) = kinds {
                        fact.cleaned = fact.cleaned.union(kinds);
                    }
                    out.add_fact(fact);
                }
            }
            "sub" | "subn" => {
                let replacement = rest.first().cloned().unwrap_or_default();
                let cleaned = match (known, replacement.only_str()) {
                    (Some(pattern), Some(with)) if pattern_kinds(with, true).is_some() || with.is_empty() => {
                        let newline = pattern.contains("\\n")
                            || pattern.contains("\\r")
                            || pattern.contains('\n')
                            || pattern.contains("\\s");
                        complement_kinds(pattern).or_else(|| {
                            newline.then(|| Kinds::of(SinkKind::Log).with(SinkKind::Header).with(SinkKind::Mail))
                        })
                    }
                    _ => None,
                };
                let value = clean_facts(&text, cleaned.unwrap_or(Kinds::NONE));
                for fact in value.facts() {
                    out.add_fact(fact.clone());
                }
                if !replacement.refs().iter().any(|r| matches!(r, Ref::Func(..))) {
                    for fact in replacement.facts() {
                        out.add_fact(fact.clone());
                    }
                } else {
                    let given = Args {
                        positional: vec![Value::of_facts(text.facts().iter().cloned().collect())],
                        ..Args::default()
                    };
                    out = out.join(&self.call_value(&replacement, given, span, env));
                }
                let derived = text.clone();
                if cleaned.is_none() && !derived.facts().is_empty() {
                    out.to_mut().parts = None;
                }
            }
            _ => {
                for fact in text.facts() {
                    out.add_fact(fact.clone());
                }
            }
        }
        out
    }

    /// A check that a path lies below another.
    fn path_check(&self, path: &Value) -> Value {
        let mut out = Value::default();
        out.to_mut().checks.push(Arc::new(Check::flags(path.clone(), true, Flags::CONTAINED)));
        out
    }
}

/// Exceptions of the language.
fn is_exception(name: &str) -> bool {
    name.ends_with("Error")
        || name.ends_with("Exception")
        || matches!(name, "StopIteration" | "SystemExit" | "KeyboardInterrupt")
}

/// A piece of a template.
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Position(usize, Rest),
    Name(&'a str, Rest),
}

/// What a field of a template makes of its value.
#[derive(Clone, Copy)]
pub(crate) enum Rest {
    Plain,
    Repr,
    Number,
    /// An attribute or element of it.
    Inner,
}

/// The pieces of a template of `str.format`; none when it is not understood.
pub(crate) fn fields(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut out = Vec::new();
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        if at > 0 {
            out.push(Piece::Text(&rest[..at]));
        }
        let brace = &rest[at..=at];
        if rest[at + 1..].starts_with(brace) {
            out.push(Piece::Text(brace));
            rest = &rest[at + 2..];
            continue;
        }
        let (field, after) = rest[at + 1..].split_once('}')?;
        if brace == "}" || field.contains('{') {
            return None;
        }
        rest = after;
        let (field, format) = field.split_once(':').unwrap_or((field, ""));
        let (field, conversion) = field.split_once('!').unwrap_or((field, ""));
        let end = field.find(['.', '[']).unwrap_or(field.len());
        let (name, inner) = field.split_at(end);
        let way = if !inner.is_empty() {
            Rest::Inner
        } else if format.ends_with(['d', 'f', 'e', 'g', 'x', 'X', 'n', 'b', 'o', 'E', 'G', 'F', '%', 'c']) {
            Rest::Number
        } else if matches!(conversion, "r" | "a") {
            Rest::Repr
        } else {
            Rest::Plain
        };
        out.push(match name.parse::<usize>() {
            Ok(index) => Piece::Position(index, way),
            Err(_) if name.is_empty() => {
                next += 1;
                Piece::Position(next - 1, way)
            }
            Err(_) => Piece::Name(name, way),
        });
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    Some(out)
}

/// The pieces of a `string.Template`.
fn placeholders(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        if let Some(after) = after.strip_prefix('$') {
            out.push(Piece::Text("$"));
            rest = after;
            continue;
        }
        let (name, after) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                after.split_at(end)
            }
        };
        if name.is_empty() {
            return None;
        }
        out.push(Piece::Name(name, Rest::Plain));
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    Some(out)
}

/// A pattern with its flags in it; none with flags that change how it is to be read.
fn with_flags(pattern: &str, flags: Option<&Value>) -> Option<String> {
    let Some(flags) = flags else { return Some(pattern.to_owned()) };
    let mut letters = String::new();
    for reference in flags.refs() {
        let Ref::Api(path) = reference else { return None };
        let (_, flag) = path.as_str().rsplit_once('.')?;
        match flag {
            "A" | "ASCII" | "I" | "IGNORECASE" | "U" | "UNICODE" | "S" | "DOTALL" | "NOFLAG" => {}
            "M" | "MULTILINE" => letters.push('m'),
            _ => return None,
        }
    }
    if flags.refs().is_empty() && flags.only() != Some(Const::Int(0)) {
        return None;
    }
    Some(if letters.is_empty() { pattern.to_owned() } else { format!("(?{letters}){pattern}") })
}

/// A pattern for the beginning of a text, as `match` takes it.
fn start_anchored(pattern: &str) -> String {
    let (flags, rest) = match pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')')) {
        Some((flags, rest)) if flags.chars().all(|flag| flag.is_ascii_lowercase()) => (format!("(?{flags})"), rest),
        _ => (String::new(), pattern),
    };
    let anchored = rest.starts_with('^') || rest.starts_with("\\A");
    format!("{flags}{}{rest}", if anchored { "" } else { "\\A" })
}

/// The same text in another form.
pub(crate) fn same_text(value: &Value) -> Value {
    if value.facts().is_empty() && value.refs().is_empty() {
        return value.clone();
    }
    let mut out = value.clone();
    let base = value.clone();
    let data = out.to_mut();
    data.refs.retain(|r| matches!(r, Ref::Sym(_)));
    data.derived = Some((base, How::Same));
    data.checks.clear();
    out
}
