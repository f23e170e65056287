//! What an expression is known to be before the program runs.

use std::borrow::Cow;

use ruff_python_ast::{self as ast, Expr, Number, Operator, UnaryOp};
use serde::{Deserialize, Serialize};

use crate::scopes::ScopeId;
use crate::{BindingKind, Export, Semantic, Want};

/// A value known from the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Const<'a> {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// An integer that does not fit, a float, a complex number: whether it is true.
    Number(bool),
    /// A string.
    Str(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A list, tuple or set whose elements are all known.
    Sequence(Vec<Const<'a>>),
    /// A dictionary: whether it holds anything.
    Dict(bool),
}

impl Const<'_> {
    /// Python's truth value.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) | Self::Number(value) | Self::Dict(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Str(value) => !value.is_empty(),
            Self::Bytes(value) => !value.is_empty(),
            Self::Sequence(values) => !values.is_empty(),
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(value) = self { Some(value) } else { None }
    }

    pub(crate) fn into_owned(self) -> Const<'static> {
        match self {
            Self::None => Const::None,
            Self::Bool(value) => Const::Bool(value),
            Self::Int(value) => Const::Int(value),
            Self::Number(value) => Const::Number(value),
            Self::Str(value) => Const::Str(Cow::Owned(value.into_owned())),
            Self::Bytes(value) => Const::Bytes(Cow::Owned(value.into_owned())),
            Self::Sequence(values) => Const::Sequence(values.into_iter().map(Const::into_owned).collect()),
            Self::Dict(value) => Const::Dict(value),
        }
    }
}

/// Names followed and operators folded before giving up.
const MAX_STEPS: u32 = 48;

/// Longest string that folding builds, in bytes.
const MAX_STRING: usize = 1 << 16;

/// Bytes that are written or looked through in about the time of a step.
const BYTES_PER_STEP: usize = 32;

impl<'a> Semantic<'a> {
    /// The value of an expression at the current node, through names that are bound once.
    #[must_use]
    pub fn constant(&self, expr: &'a Expr) -> Option<Const<'a>> {
        self.effort.begin();
        self.constant_from(self.current, expr, MAX_STEPS)
    }

    /// [`Self::constant`] of an expression that stands in another scope.
    #[must_use]
    pub fn constant_in(&self, scope: ScopeId, expr: &'a Expr) -> Option<Const<'a>> {
        self.effort.begin();
        self.constant_from(scope, expr, MAX_STEPS)
    }

    /// The string that an expression is known to be.
    #[must_use]
    pub fn constant_str(&self, expr: &'a Expr) -> Option<Cow<'a, str>> {
        if let Const::Str(value) = self.constant(expr)? { Some(value) } else { None }
    }

    /// Whether an expression is known to be true or false: constants, and displays whose emptiness shows.
    #[must_use]
    pub fn truth(&self, expr: &'a Expr) -> Option<bool> {
        match expr {
            Expr::List(list) if list.elts.iter().any(|e| !e.is_starred_expr()) => Some(true),
            Expr::Tuple(tuple) if tuple.elts.iter().any(|e| !e.is_starred_expr()) => Some(true),
            Expr::Set(_) | Expr::Lambda(_) | Expr::Generator(_) | Expr::EllipsisLiteral(_) => Some(true),
            Expr::Dict(dict) if dict.items.iter().any(|item| item.key.is_some()) => Some(true),
            Expr::FString(f) if f.value.elements().any(|e| e.as_literal().is_some_and(|l| !l.value.is_empty())) => {
                Some(true)
            }
            _ => self.constant(expr).map(|value| value.is_true()),
        }
    }

    pub(crate) fn constant_from(&self, scope: ScopeId, expr: &'a Expr, steps: u32) -> Option<Const<'a>> {
        let steps = steps.checked_sub(1)?;
        self.effort.spend(1)?;
        let value = self.evaluate(scope, expr, steps)?;
        self.effort.spend(match &value {
            Const::Str(Cow::Owned(text)) if text.len() > MAX_STRING => return None,
            Const::Str(text) => text.len() / BYTES_PER_STEP,
            Const::Bytes(bytes) => bytes.len() / BYTES_PER_STEP,
            Const::Sequence(values) => values.len(),
            _ => 0,
        })?;
        Some(value)
    }

    fn evaluate(&self, scope: ScopeId, expr: &'a Expr, steps: u32) -> Option<Const<'a>> {
        let fold = |expr| self.constant_from(scope, expr, steps);
        Some(match expr {
            Expr::NoneLiteral(_) => Const::None,
            Expr::BooleanLiteral(literal) => Const::Bool(literal.value),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(value) => value.as_i64().map_or(Const::Number(true), Const::Int),
                Number::Float(value) => Const::Number(*value != 0.0),
                Number::Complex { real, imag } => Const::Number(*real != 0.0 || *imag != 0.0),
            },
            Expr::StringLiteral(literal) => Const::Str(Cow::Borrowed(literal.value.to_str())),
            Expr::BytesLiteral(literal) => Const::Bytes(match literal.value.as_slice() {
                [literal] => Cow::Borrowed(&literal.value),
                parts => {
                    let length: usize = parts.iter().map(|part| part.value.len()).sum();
                    if length > MAX_STRING {
                        return None;
                    }
                    literal.value.bytes().collect::<Vec<u8>>().into()
                }
            }),
            Expr::FString(f) => Const::Str(self.fold_fstring(scope, f, steps)?.into()),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Set(ast::ExprSet { elts, .. }) => {
                Const::Sequence(elts.iter().map(fold).collect::<Option<_>>()?)
            }
            Expr::Tuple(tuple) => Const::Sequence(tuple.elts.iter().map(fold).collect::<Option<_>>()?),
            Expr::Dict(dict) if dict.items.is_empty() => Const::Dict(false),
            Expr::Dict(dict) if dict.items.iter().any(|item| item.key.is_some()) => Const::Dict(true),
            Expr::UnaryOp(unary) => match (unary.op, fold(&unary.operand)?) {
                (UnaryOp::Not, value) => Const::Bool(!value.is_true()),
                (UnaryOp::USub, Const::Int(value)) => Const::Int(value.checked_neg()?),
                (UnaryOp::UAdd, value @ Const::Int(_)) => value,
                (UnaryOp::Invert, Const::Int(value)) => Const::Int(!value),
                _ => return None,
            },
            Expr::BinOp(op) => self.fold_operator(op.op, fold(&op.left)?, scope, &op.right, steps)?,
            Expr::BoolOp(op) => {
                let mut last = None;
                for value in &op.values {
                    let value = fold(value)?;
                    let stop = value.is_true() == (op.op == ast::BoolOp::Or);
                    last = Some(value);
                    if stop {
                        break;
                    }
                }
                last?
            }
            Expr::If(choice) => fold(if fold(&choice.test)?.is_true() { &choice.body } else { &choice.orelse })?,
            Expr::Named(named) => fold(&named.value)?,
            Expr::Call(call) => return self.fold_call(scope, call, steps),
            Expr::Name(name) => return self.constant_name(scope, name, steps),
            Expr::Attribute(_) => {
                let path = self.qualified_from(scope, expr, 8)?;
                return self.linked_value(&path);
            }
            _ => return None,
        })
    }

    /// A name is constant when one assignment is all that ever binds it.
    fn constant_name(&self, scope: ScopeId, name: &ast::ExprName, steps: u32) -> Option<Const<'a>> {
        if scope == self.current && self.shadow(&name.id).is_some() {
            return None;
        }
        let (binding, owner) = self.lookup(scope, &name.id, name.range.start())?;
        match binding.kind {
            BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => {
                if self.scopes.bindings_of(owner, &name.id).nth(1).is_some()
                    || !self.scopes.mutations(owner, &name.id).is_empty()
                {
                    return None;
                }
                self.constant_from(binding.scope, value, steps)
            }
            BindingKind::ImportFrom { .. } => {
                let path = self.qualified_binding(&name.id, binding, owner, 8)?;
                self.linked_value(&path)
            }
            _ => None,
        }
    }

    /// The constant that a name of another file of the project stands for.
    fn linked_value(&self, path: &str) -> Option<Const<'a>> {
        if self.context.modules.is_member(path) {
            self.want(path, Want::Value);
        }
        match self.context.links?.get(path)? {
            Export::Value(value) => Some(value.clone()),
            Export::Path(_) => None,
        }
    }

    fn fold_fstring(&self, scope: ScopeId, f: &'a ast::ExprFString, steps: u32) -> Option<String> {
        let mut text = String::new();
        for part in f.value.as_slice() {
            match part {
                ast::FStringPart::Literal(literal) => text.push_str(&literal.value),
                ast::FStringPart::FString(f) => {
                    for element in &f.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                            ast::InterpolatedStringElement::Interpolation(hole) => {
                                if hole.format_spec.is_some() || hole.debug_text.is_some() {
                                    return None;
                                }
                                text.push_str(&self.constant_from(scope, &hole.expression, steps)?.display()?);
                            }
                        }
                        if text.len() > MAX_STRING {
                            return None;
                        }
                    }
                }
            }
            if text.len() > MAX_STRING {
                return None;
            }
        }
        Some(text)
    }

    fn fold_operator(
        &self,
        op: Operator,
        left: Const<'a>,
        scope: ScopeId,
        right: &'a Expr,
        steps: u32,
    ) -> Option<Const<'a>> {
        let right = self.constant_from(scope, right, steps)?;
        Some(match (op, left, right) {
            (Operator::Add, Const::Str(a), Const::Str(b)) if a.len() + b.len() <= MAX_STRING => {
                Const::Str(Cow::Owned(format!("{a}{b}")))
            }
            (Operator::Add, Const::Sequence(mut a), Const::Sequence(b)) => {
                a.extend(b);
                Const::Sequence(a)
            }
            (Operator::Add, Const::Int(a), Const::Int(b)) => Const::Int(a.checked_add(b)?),
            (Operator::Sub, Const::Int(a), Const::Int(b)) => Const::Int(a.checked_sub(b)?),
            (Operator::Mult, Const::Int(a), Const::Int(b)) => Const::Int(a.checked_mul(b)?),
            (Operator::BitOr, Const::Int(a), Const::Int(b)) => Const::Int(a | b),
            (Operator::BitAnd, Const::Int(a), Const::Int(b)) => Const::Int(a & b),
            (Operator::BitXor, Const::Int(a), Const::Int(b)) => Const::Int(a ^ b),
            (Operator::LShift, Const::Int(a), Const::Int(b)) => Const::Int(a.checked_shl(u32::try_from(b).ok()?)?),
            (Operator::Div, Const::Str(a), Const::Str(b)) if a.len() + b.len() <= MAX_STRING => {
                Const::Str(Cow::Owned(format!("{a}/{b}")))
            }
            (Operator::Mod, Const::Str(template), values) if template.len() <= MAX_STRING => {
                let values = match values {
                    Const::Sequence(values) => values,
                    value => vec![value],
                };
                Const::Str(Cow::Owned(fill_percent(&template, &values)?))
            }
            _ => return None,
        })
    }

    /// `"...".format(...)`, `sep.join([...])`, and the string methods that change nothing a rule looks at.
    fn fold_call(&self, scope: ScopeId, call: &'a ast::ExprCall, steps: u32) -> Option<Const<'a>> {
        let Expr::Attribute(method) = &*call.func else { return None };
        if !call.arguments.keywords.is_empty() {
            return None;
        }
        let name = method.attr.as_str();
        if !matches!(name, "format" | "join" | "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "encode" | "copy") {
            return None;
        }
        let receiver = self.constant_from(scope, &method.value, steps)?;
        if receiver.as_str().is_some_and(|text| text.len() > MAX_STRING) {
            return None;
        }
        let mut arguments = Vec::new();
        for argument in &call.arguments.args {
            arguments.push(self.constant_from(scope, argument, steps)?);
        }
        Some(match (name, receiver, arguments.as_slice()) {
            ("copy", value, []) => value,
            ("strip" | "lstrip" | "rstrip", Const::Str(text), []) => Const::Str(Cow::Owned(text.trim().to_owned())),
            ("lower", Const::Str(text), []) => Const::Str(Cow::Owned(text.to_lowercase())),
            ("upper", Const::Str(text), []) => Const::Str(Cow::Owned(text.to_uppercase())),
            ("encode", Const::Str(text), _) => Const::Bytes(text.as_bytes().to_vec().into()),
            ("join", Const::Str(separator), [Const::Sequence(parts)]) => {
                let parts = parts.iter().map(Const::as_str).collect::<Option<Vec<&str>>>()?;
                if parts.iter().map(|part| part.len() + separator.len()).sum::<usize>() > MAX_STRING {
                    return None;
                }
                Const::Str(Cow::Owned(parts.join(&separator)))
            }
            ("format", Const::Str(template), values) => Const::Str(Cow::Owned(fill_braces(&template, values)?)),
            _ => return None,
        })
    }
}

impl Const<'_> {
    /// What `str()` makes of it, for the kinds where that is plain.
    fn display(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Str(value) => Cow::Borrowed(value),
            Self::Int(value) => Cow::Owned(value.to_string()),
            Self::Bool(true) => Cow::Borrowed("True"),
            Self::Bool(false) => Cow::Borrowed("False"),
            Self::None => Cow::Borrowed("None"),
            _ => return None,
        })
    }
}

fn fill_percent(template: &str, values: &[Const<'_>]) -> Option<String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.chars().next()? {
            '%' => out.push('%'),
            's' | 'd' | 'i' | 'u' => out.push_str(&values.next()?.display()?),
            _ => return None,
        }
        if out.len() > MAX_STRING {
            return None;
        }
        rest = after.get(1..)?;
    }
    out.push_str(rest);
    (values.next().is_none() && out.len() <= MAX_STRING).then_some(out)
}

fn fill_braces(template: &str, values: &[Const<'_>]) -> Option<String> {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                out.push('{');
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                out.push('}');
            }
            '{' => {
                let mut field = String::new();
                loop {
                    match chars.next()? {
                        '}' => break,
                        c => field.push(c),
                    }
                }
                let index: usize = if field.is_empty() { next } else { field.parse().ok()? };
                next = index.saturating_add(1);
                out.push_str(&values.get(index)?.display()?);
                if out.len() > MAX_STRING {
                    return None;
                }
            }
            '}' => return None,
            c => out.push(c),
        }
    }
    (out.len() <= MAX_STRING).then_some(out)
}
