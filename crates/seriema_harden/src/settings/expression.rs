//! Expressions of settings.

use std::rc::Rc;

use seriema_program::ast::{self, BoolOp, CmpOp, Expr, ExprCall, Number, Operator, UnaryOp};

use super::statement::Module;
use super::value::{Setting, Unknown, Value, What};

/// Levels of nesting down to which expressions are evaluated.
const MAX_DEPTH: u32 = 100;

/// Elements and bytes that one value may have; what would be larger is not known.
const MAX_ITEMS: usize = 4096;
const MAX_TEXT: usize = 1 << 16;

/// The values that an expression may have.
pub(super) fn alternatives(module: &Module, expr: &Expr) -> Vec<Value> {
    match expr {
        Expr::Name(name) => match module.names.get(name.id.as_str()) {
            Some(setting) => setting.values().cloned().collect(),
            None => vec![evaluate(module, expr, 0)],
        },
        Expr::If(choice) => {
            let test = evaluate(module, &choice.test, 0);
            match test.truth().filter(|_| test.variables.is_empty()) {
                Some(true) => alternatives(module, &choice.body),
                Some(false) => alternatives(module, &choice.orelse),
                None => {
                    let mut both = alternatives(module, &choice.body);
                    both.extend(alternatives(module, &choice.orelse));
                    both
                }
            }
        }
        Expr::List(list) if list.elts.iter().any(|element| is_starred_choice(module, element)) => {
            let mut all = vec![Value::list(Vec::new(), false)];
            for element in &list.elts {
                let parts = match element {
                    Expr::Starred(starred) => alternatives(module, &starred.value),
                    other => vec![Value::list(vec![evaluate(module, other, 1)], false)],
                };
                if all.len() * parts.len() > Setting::MAX {
                    return vec![Value::unknown()];
                }
                all = all.iter().flat_map(|left| parts.iter().map(|right| add(left, right))).collect();
            }
            all
        }
        Expr::BinOp(binary) if binary.op == Operator::Add && is_list(&binary.left, &binary.right, module) => {
            let right = alternatives(module, &binary.right);
            let left = alternatives(module, &binary.left);
            if left.len() * right.len() > Setting::MAX {
                return vec![Value::unknown()];
            }
            left.iter().flat_map(|left| right.iter().map(|right| add(left, right))).collect()
        }
        _ => vec![evaluate(module, expr, 0)],
    }
}

/// Whether one side is a name with several values: then the sum has several, too.
fn is_list(left: &Expr, right: &Expr, module: &Module) -> bool {
    let is_many = |side: &Expr| {
        side.as_name_expr()
            .and_then(|name| module.names.get(name.id.as_str()))
            .is_some_and(|setting| setting.single().is_none())
    };
    is_many(left) || is_many(right)
}

/// Whether an element is `*NAME` of a name with several values.
fn is_starred_choice(module: &Module, element: &Expr) -> bool {
    element.as_starred_expr().is_some_and(|starred| is_list(&starred.value, &starred.value, module))
}

/// The value of an expression.
pub(super) fn evaluate(module: &Module, expr: &Expr, depth: u32) -> Value {
    if depth > MAX_DEPTH {
        return Value::unknown();
    }
    let eval = |expr: &Expr| evaluate(module, expr, depth + 1);
    match expr {
        Expr::NoneLiteral(_) => What::None.into(),
        Expr::BooleanLiteral(literal) => What::Bool(literal.value).into(),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_i64().map_or_else(Value::unknown, |int| What::Int(int).into()),
            _ => Value::unknown(),
        },
        Expr::StringLiteral(literal) => Value::text(literal.value.to_str()),
        Expr::List(list) => sequence(module, &list.elts, depth),
        Expr::Tuple(tuple) => sequence(module, &tuple.elts, depth),
        Expr::Set(set) => sequence(module, &set.elts, depth),
        Expr::Dict(dict) => dictionary(module, dict, depth),
        Expr::Name(name) => module.names.get(name.id.as_str()).map_or_else(
            || What::Api(name.id.as_str().into()).into(),
            |setting| setting.single().cloned().unwrap_or_else(Value::unknown),
        ),
        Expr::Attribute(attribute) => match eval(&attribute.value).what {
            What::Api(path) => What::Api(format!("{path}.{}", attribute.attr).into()).into(),
            _ => Value::unknown(),
        },
        Expr::Subscript(subscript) => {
            let (of, key) = (eval(&subscript.value), eval(&subscript.slice));
            match (&of.what, key.as_text()) {
                (What::Api(path), Some(name)) if is_environment(path) => required(name),
                (What::Dict { .. }, Some(name)) => {
                    of.get(name).ok().flatten().cloned().unwrap_or_else(Value::unknown).with(&of)
                }
                _ => Value::unknown().with(&of),
            }
        }
        Expr::UnaryOp(unary) => {
            let of = eval(&unary.operand);
            match (unary.op, of.truth(), of.as_int()) {
                (UnaryOp::Not, Some(truth), _) => Value::from(What::Bool(!truth)).with(&of),
                (UnaryOp::USub, _, Some(int)) => Value::from(What::Int(int.saturating_neg())).with(&of),
                _ => Value::unknown().with(&of),
            }
        }
        Expr::BoolOp(choice) => {
            let mut last = Value::unknown();
            let mut seen = Value::unknown();
            for operand in &choice.values {
                last = eval(operand);
                seen = seen.with(&last);
                let is_end = match last.truth() {
                    Some(truth) => truth == (choice.op == BoolOp::Or),
                    None => true,
                };
                if is_end {
                    break;
                }
            }
            last.with(&seen)
        }
        Expr::If(choice) => {
            let test = eval(&choice.test);
            match test.truth() {
                Some(true) => eval(&choice.body).with(&test),
                Some(false) => eval(&choice.orelse).with(&test),
                None => Value::unknown().with(&test),
            }
        }
        Expr::Compare(compare) => comparison(&eval(&compare.left), compare, &eval),
        Expr::BinOp(binary) => {
            let (left, right) = (eval(&binary.left), eval(&binary.right));
            match binary.op {
                Operator::Add => add(&left, &right),
                Operator::Mult => times(&left, &right).with(&left).with(&right),
                _ => Value::unknown().with(&left).with(&right),
            }
        }
        Expr::Call(call) => called(module, call, depth),
        _ => Value::unknown(),
    }
}

fn sequence(module: &Module, elements: &[Expr], depth: u32) -> Value {
    let (mut items, mut is_open) = (Vec::new(), false);
    let mut all = Value::unknown();
    for element in elements {
        if let Expr::Starred(starred) = element {
            let inner = evaluate(module, &starred.value, depth + 1);
            all = all.with(&inner);
            match &inner.what {
                What::List { items: more, is_open: open } => {
                    items.extend(more.iter().cloned());
                    is_open |= open;
                }
                _ => is_open = true,
            }
        } else {
            items.push(evaluate(module, element, depth + 1));
        }
        if items.len() > MAX_ITEMS {
            return Value::unknown();
        }
    }
    Value::list(items, is_open).with(&all)
}

fn dictionary(module: &Module, dict: &ast::ExprDict, depth: u32) -> Value {
    let (mut entries, mut is_open) = (Vec::new(), false);
    for item in &dict.items {
        let value = evaluate(module, &item.value, depth + 1);
        match (&item.key, &value.what) {
            (Some(key), _) => entries.push((evaluate(module, key, depth + 1), value)),
            (None, What::Dict { entries: more, is_open: open }) => {
                entries.extend(more.iter().cloned());
                is_open |= open;
            }
            (None, _) => is_open = true,
        }
        if entries.len() > MAX_ITEMS {
            return Value::unknown();
        }
    }
    What::Dict { entries: entries.into(), is_open }.into()
}

/// `left + right`, of lists and texts.
pub(super) fn add(left: &Value, right: &Value) -> Value {
    let what = match (&left.what, &right.what) {
        (What::List { items: a, is_open: x }, What::List { items: b, is_open: y })
            if a.len() + b.len() <= MAX_ITEMS =>
        {
            What::List { items: a.iter().chain(b.iter()).cloned().collect(), is_open: *x || *y }
        }
        (What::List { items, .. }, What::Unknown(_)) | (What::Unknown(_), What::List { items, .. }) => {
            What::List { items: Rc::clone(items), is_open: true }
        }
        (What::Text(a), What::Text(b)) if a.len() + b.len() <= MAX_TEXT => What::Text(format!("{a}{b}").into()),
        (What::Int(a), What::Int(b)) => What::Int(a.saturating_add(*b)),
        _ => What::Unknown(Unknown::Computed),
    };
    Value::from(what).with(left).with(right)
}

/// `left * right`, of numbers and of a text.
fn times(left: &Value, right: &Value) -> Value {
    match (&left.what, right.as_int()) {
        (What::Int(left), Some(right)) => What::Int(left.saturating_mul(right)).into(),
        (What::Text(text), Some(count)) => match usize::try_from(count) {
            Ok(count) if text.len().saturating_mul(count) <= MAX_TEXT => Value::text(text.repeat(count)),
            _ => Value::unknown(),
        },
        _ => Value::unknown(),
    }
}

fn comparison(left: &Value, compare: &ast::ExprCompare, eval: &dyn Fn(&Expr) -> Value) -> Value {
    let ([op], [right]) = (&*compare.ops, &*compare.comparators) else { return Value::unknown() };
    let right = eval(right);
    let is_known = |value: &Value| !matches!(value.what, What::Unknown(_) | What::Api(_));
    let both = is_known(left) && is_known(&right);
    let held = match op {
        CmpOp::Eq | CmpOp::Is if both => Some(left.what == right.what),
        CmpOp::NotEq | CmpOp::IsNot if both => Some(left.what != right.what),
        CmpOp::In | CmpOp::NotIn if both => {
            let found = match (&left.what, &right.what) {
                (What::Text(text), What::List { .. }) => right.contains(text),
                (What::Text(part), What::Text(whole)) => Some(whole.contains(&**part)),
                (_, What::List { items, is_open: false }) if items.iter().all(is_known) => {
                    Some(items.iter().any(|item| item.what == left.what))
                }
                _ => None,
            };
            found.map(|found| found == (*op == CmpOp::In))
        }
        _ => None,
    };
    held.map_or_else(Value::unknown, |held| What::Bool(held).into()).with(left).with(&right)
}

fn is_environment(path: &str) -> bool {
    matches!(path, "os.environ" | "environ")
}

fn required(name: &str) -> Value {
    let mut value = Value::from(What::Unknown(Unknown::Required));
    value.variables.insert(name.into());
    value
}

/// What a function returns.
fn called(module: &Module, call: &ExprCall, depth: u32) -> Value {
    let eval = |expr: &Expr| evaluate(module, expr, depth + 1);
    let args = &call.arguments;
    let keyword = |name: &str| args.find_keyword(name).map(|keyword| eval(&keyword.value));
    let first = args.args.first().map(&eval);
    if let Expr::Attribute(attribute) = &*call.func {
        let of = eval(&attribute.value);
        match &of.what {
            What::Reader(defaults) => {
                let default = args.args.get(1).map(&eval).or_else(|| keyword("default"));
                return read(first.as_ref(), default, defaults, attribute.attr.as_str());
            }
            What::Text(text) => return text_method(text, attribute.attr.as_str(), first.as_ref()).with(&of),
            What::Unknown(why) => {
                // A method of what the environment says is what the environment says.
                let why = if *why == Unknown::Required { Unknown::Required } else { Unknown::Computed };
                return Value::from(What::Unknown(why)).with(&of);
            }
            What::None => return Value::unknown().with(&of),
            _ => {}
        }
    }
    let function = eval(&call.func);
    let path = match &function.what {
        What::Reader(defaults) => {
            let default = keyword("default").or_else(|| args.args.get(1).filter(|_| !is_cast(args)).map(&eval));
            let cast = args.find_keyword("cast").map(|keyword| cast_name(&keyword.value));
            return read(first.as_ref(), default, defaults, cast.unwrap_or_default());
        }
        What::Api(path) => Rc::clone(path),
        _ => return Value::unknown(),
    };
    let last = path.rsplit('.').next().unwrap_or_default();
    match (&*path, last) {
        ("os.environ.get" | "environ.get" | "os.getenv" | "getenv" | "os.environ.setdefault", _) => {
            let default = args.args.get(1).map(&eval).or_else(|| keyword("default"));
            let default = default.unwrap_or_else(|| What::None.into());
            read(first.as_ref(), Some(default), &[], "")
        }
        (_, "Env" | "FileAwareEnv" | "AutoConfig") => reader(module, call, depth),
        (_, "get_random_secret_key" | "token_urlsafe" | "token_hex" | "token_bytes" | "urandom" | "uuid4") => {
            What::Unknown(Unknown::Generated).into()
        }
        ("bool", _) => first.map_or_else(Value::unknown, |value| match value.truth() {
            Some(truth) => Value::from(What::Bool(truth)).with(&value),
            None => value,
        }),
        ("int", _) => first.map_or_else(Value::unknown, |value| {
            let parsed = value.as_int().or_else(|| value.as_text()?.trim().parse().ok());
            match (parsed, &value.what) {
                (Some(int), _) => Value::from(What::Int(int)).with(&value),
                (None, What::Unknown(_)) => value,
                _ => Value::unknown().with(&value),
            }
        }),
        ("list" | "tuple" | "set" | "str" | "frozenset" | "dict", _) if args.keywords.is_empty() => {
            first.unwrap_or_else(|| Value::list(Vec::new(), false))
        }
        ("dict", _) => {
            let entries = args
                .keywords
                .iter()
                .filter_map(|keyword| Some((Value::text(keyword.arg.as_ref()?.as_str()), eval(&keyword.value))));
            let is_open = !args.args.is_empty() || args.keywords.iter().any(|keyword| keyword.arg.is_none());
            What::Dict { entries: entries.collect(), is_open }.into()
        }
        // `get_env("NAME", default)` of the project's own.
        (_, name) if is_reader_name(name) && first.as_ref().is_some_and(is_variable) => {
            let default = keyword("default").or_else(|| args.args.get(1).filter(|_| !is_cast(args)).map(&eval));
            let default = default.unwrap_or_else(Value::unknown);
            let cast = args.find_keyword("cast").map(|keyword| cast_name(&keyword.value));
            read(first.as_ref(), Some(default), &[], cast.unwrap_or(if name.contains("bool") { "bool" } else { "" }))
        }
        _ => {
            let mut value = Value::unknown();
            for argument in args.args.iter().take(4) {
                value = value.with(&eval(argument));
            }
            value
        }
    }
}

/// Whether the second argument is a type: `env("NAME", bool)`.
fn is_cast(args: &ast::Arguments) -> bool {
    args.args.get(1).and_then(Expr::as_name_expr).is_some_and(|name| {
        matches!(name.id.as_str(), "bool" | "int" | "str" | "list" | "float" | "dict" | "tuple" | "json")
    })
}

fn cast_name(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Call(call) => match &*call.func {
            Expr::Name(name) if name.id.as_str() == "Csv" => "list",
            _ => "cast",
        },
        _ => "cast",
    }
}

fn is_reader_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("env") || name == "config"
}

fn is_variable(value: &Value) -> bool {
    let is_letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    value.as_text().is_some_and(|name| !name.is_empty() && name.chars().all(is_letter))
}

/// `environ.Env(DEBUG=(bool, False))`: the variables with their types and defaults.
fn reader(module: &Module, call: &ExprCall, depth: u32) -> Value {
    let defaults = call.arguments.keywords.iter().filter_map(|keyword| {
        let name: Rc<str> = keyword.arg.as_ref()?.as_str().into();
        let [_, default] = keyword.value.as_tuple_expr()?.elts.as_slice() else { return None };
        Some((name, evaluate(module, default, depth + 1)))
    });
    What::Reader(defaults.collect()).into()
}

/// The value of an environment variable that is not set.
fn read(name: Option<&Value>, default: Option<Value>, defaults: &[(Rc<str>, Value)], cast: &str) -> Value {
    let Some(name) = name.and_then(Value::as_text) else { return Value::unknown() };
    let scheme = || defaults.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone());
    let Some(default) = default.or_else(scheme) else { return required(name) };
    let what = match (cast, &default.what) {
        ("bool" | "strtobool" | "str2bool" | "to_bool", What::Text(text)) => {
            let text = text.to_ascii_lowercase();
            What::Bool(matches!(text.as_str(), "1" | "true" | "yes" | "on" | "y" | "t" | "ok"))
        }
        ("list" | "tuple" | "csv", What::Text(text)) => split(text, ",").what,
        ("int", What::Text(text)) => text.trim().parse().map_or(What::Unknown(Unknown::Computed), What::Int),
        ("cast", What::Text(_)) => What::Unknown(Unknown::Computed),
        (_, what) => what.clone(),
    };
    let mut value = Value::from(what).with(&default);
    value.variables.insert(name.into());
    value
}

fn split(text: &str, separator: &str) -> Value {
    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
    Value::list(parts.take(MAX_ITEMS).map(Value::text).collect(), false)
}

fn text_method(text: &str, method: &str, argument: Option<&Value>) -> Value {
    match (method, argument.and_then(Value::as_text)) {
        ("lower" | "casefold", _) => Value::text(text.to_lowercase()),
        ("upper", _) => Value::text(text.to_uppercase()),
        ("title" | "capitalize", _) => {
            let mut characters = text.chars();
            let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
            Value::text(format!("{first}{}", characters.as_str().to_lowercase()))
        }
        ("strip", None) => Value::text(text.trim()),
        ("split", None) => split(text, " "),
        // `"".split(",")` is `[""]`: one host without a name, which is none.
        ("split", Some(separator)) if !separator.is_empty() => split(text, separator),
        ("startswith", Some(prefix)) => What::Bool(text.starts_with(prefix)).into(),
        ("endswith", Some(suffix)) => What::Bool(text.ends_with(suffix)).into(),
        _ => Value::unknown(),
    }
}
