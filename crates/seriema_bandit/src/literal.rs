//! The arguments of calls as Bandit reads them: literals become values, names become strings.

use std::borrow::Cow;

use seriema_program::ast::{Expr, ExprDict, Int, Number};

use crate::python::{repr_bytes, repr_float, repr_str, str_number};
use crate::tree::expr_class;

/// What a test raised: it then has no result, and the log has a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised(pub String);

impl Raised {
    /// `KeyError`
    #[must_use]
    pub(crate) fn key(name: &str) -> Self {
        Self(repr_str(name))
    }

    /// `IndexError`
    #[must_use]
    pub(crate) fn index() -> Self {
        Self("list index out of range".to_owned())
    }

    /// `AttributeError` on an expression.
    #[must_use]
    pub(crate) fn attribute(expr: &Expr, name: &str) -> Self {
        Self(format!("'{}' object has no attribute '{name}'", expr_class(expr)))
    }

    /// `RecursionError`
    #[must_use]
    pub(crate) fn recursion() -> Self {
        Self("maximum recursion depth exceeded".to_owned())
    }
}

/// The value of an argument.
#[derive(Clone, Debug)]
pub(crate) enum Literal<'a> {
    /// Anything that is neither literal nor name.
    Unknown,
    /// A string; also a name, an attribute's last part, `True`, `False` and `None`.
    Str(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// An integer.
    Int(&'a Int),
    /// A float.
    Float(f64),
    /// A number with `j`.
    Complex(f64),
    /// `...`
    Ellipsis,
    /// A list.
    List(Vec<Literal<'a>>),
    /// A tuple.
    Tuple(Vec<Literal<'a>>),
    /// A set.
    Set(Vec<Literal<'a>>),
    /// A dictionary; Bandit keeps its keys and values as they stand.
    Dict(&'a ExprDict),
}

/// Literals nested deeper than this raise, as they do in Python sooner or later.
const MAX_DEPTH: usize = 900;

impl<'a> Literal<'a> {
    /// The value of an argument, where an attribute stands for its last part.
    ///
    /// # Errors
    /// When a set holds what Python cannot hash.
    pub(crate) fn of_argument(expr: &'a Expr) -> Result<Self, Raised> {
        match expr {
            Expr::Attribute(attribute) => Ok(Literal::Str(Cow::Borrowed(attribute.attr.as_str()))),
            _ => Self::of(expr),
        }
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// When a set holds what Python cannot hash.
    pub(crate) fn of(expr: &'a Expr) -> Result<Self, Raised> {
        Self::nested(expr, 0)
    }

    fn nested(expr: &'a Expr, depth: usize) -> Result<Self, Raised> {
        if depth > MAX_DEPTH {
            return Err(Raised::recursion());
        }
        let list =
            |elts: &'a [Expr]| elts.iter().map(|elt| Self::nested(elt, depth + 1)).collect::<Result<Vec<_>, _>>();
        Ok(match expr {
            Expr::StringLiteral(literal) => Literal::Str(Cow::Borrowed(literal.value.to_str())),
            Expr::BytesLiteral(literal) => Literal::Bytes(Cow::from(&literal.value)),
            Expr::BooleanLiteral(literal) => Literal::Str(Cow::Borrowed(if literal.value { "True" } else { "False" })),
            Expr::NoneLiteral(_) => Literal::Str(Cow::Borrowed("None")),
            Expr::EllipsisLiteral(_) => Literal::Ellipsis,
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(value) => Literal::Int(value),
                Number::Float(value) => Literal::Float(*value),
                Number::Complex { imag, .. } => Literal::Complex(*imag),
            },
            Expr::List(node) => Literal::List(list(&node.elts)?),
            Expr::Tuple(node) => Literal::Tuple(list(&node.elts)?),
            Expr::Set(node) => {
                let mut values = Vec::with_capacity(node.elts.len());
                for elt in &node.elts {
                    let value = Self::nested(elt, depth + 1)?;
                    if let Some(kind) = value.unhashable() {
                        return Err(Raised(format!("unhashable type: '{kind}'")));
                    }
                    values.push(value);
                }
                Literal::Set(values)
            }
            Expr::Dict(node) => Literal::Dict(node),
            Expr::Name(name) => Literal::Str(Cow::Borrowed(name.id.as_str())),
            _ => Literal::Unknown,
        })
    }

    /// The type that keeps the value from being hashed.
    fn unhashable(&self) -> Option<&'static str> {
        match self {
            Literal::List(_) => Some("list"),
            Literal::Set(_) => Some("set"),
            Literal::Dict(_) => Some("dict"),
            Literal::Tuple(items) => items.iter().find_map(Literal::unhashable),
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Literal::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Python's name of the value's type.
    #[must_use]
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Literal::Unknown => "NoneType",
            Literal::Str(_) => "str",
            Literal::Bytes(_) => "bytes",
            Literal::Int(_) => "int",
            Literal::Float(_) => "float",
            Literal::Complex(_) => "complex",
            Literal::Ellipsis => "ellipsis",
            Literal::List(_) => "list",
            Literal::Tuple(_) => "tuple",
            Literal::Set(_) => "set",
            Literal::Dict(_) => "dict",
        }
    }

    /// Whether Python takes the value for true.
    #[must_use]
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Literal::Unknown => false,
            Literal::Str(text) => !text.is_empty(),
            Literal::Bytes(bytes) => !bytes.is_empty(),
            Literal::Int(value) => value.as_u64() != Some(0),
            Literal::Float(value) | Literal::Complex(value) => *value != 0.0,
            Literal::Ellipsis => true,
            Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) => !items.is_empty(),
            Literal::Dict(dict) => !dict.items.is_empty(),
        }
    }

    /// `str()` of the value.
    ///
    /// # Errors
    /// For integers that Python refuses to write.
    pub(crate) fn to_text(&self) -> Result<String, Raised> {
        match self {
            Literal::Str(text) => Ok(text.clone().into_owned()),
            _ => self.repr(),
        }
    }

    fn repr(&self) -> Result<String, Raised> {
        let join = |items: &[Literal<'_>]| -> Result<String, Raised> {
            Ok(items.iter().map(Literal::repr).collect::<Result<Vec<_>, _>>()?.join(", "))
        };
        Ok(match self {
            Literal::Unknown => "None".to_owned(),
            Literal::Str(text) => repr_str(text),
            Literal::Bytes(bytes) => repr_bytes(bytes),
            Literal::Int(value) => str_number(&Number::Int((*value).clone())).map_err(Raised)?,
            Literal::Float(value) => repr_float(*value),
            Literal::Complex(imag) => str_number(&Number::Complex { real: 0.0, imag: *imag }).map_err(Raised)?,
            Literal::Ellipsis => "Ellipsis".to_owned(),
            Literal::List(items) => format!("[{}]", join(items)?),
            Literal::Tuple(items) if items.len() == 1 => format!("({},)", join(items)?),
            Literal::Tuple(items) => format!("({})", join(items)?),
            Literal::Set(items) => format!("{{{}}}", join(items)?),
            Literal::Dict(dict) => {
                let items: Vec<String> = dict
                    .items
                    .iter()
                    .map(|item| {
                        let key = item.key.as_ref().map_or_else(|| "None".to_owned(), object_repr);
                        format!("{key}: {}", object_repr(&item.value))
                    })
                    .collect();
                format!("{{{}}}", items.join(", "))
            }
        })
    }
}

/// A tree's node as text: Python adds the address in memory, which says nothing and differs from run to run.
#[must_use]
pub(crate) fn object_repr(expr: &Expr) -> String {
    format!("<ast.{} object>", expr_class(expr))
}

/// Whether reading the argument raises. Almost none does: only sets nested in literals can.
///
/// # Errors
/// What [`Literal::of_argument`] raises.
pub(crate) fn check_argument(expr: &Expr) -> Result<(), Raised> {
    if may_raise(expr, 0) { Literal::of(expr).map(drop) } else { Ok(()) }
}

fn may_raise(expr: &Expr, depth: usize) -> bool {
    match expr {
        Expr::List(node) => depth > MAX_DEPTH || node.elts.iter().any(|elt| may_raise(elt, depth + 1)),
        Expr::Tuple(node) => depth > MAX_DEPTH || node.elts.iter().any(|elt| may_raise(elt, depth + 1)),
        Expr::Set(_) => true,
        _ => false,
    }
}

/// `str()` of a constant's value; none for other expressions.
///
/// # Errors
/// For integers that Python refuses to write.
pub(crate) fn constant_text(expr: &Expr) -> Result<Option<String>, Raised> {
    Ok(Some(match expr {
        Expr::StringLiteral(literal) => literal.value.to_str().to_owned(),
        Expr::BytesLiteral(literal) => repr_bytes(&Cow::from(&literal.value)),
        Expr::NumberLiteral(literal) => str_number(&literal.value).map_err(Raised)?,
        Expr::BooleanLiteral(literal) => if literal.value { "True" } else { "False" }.to_owned(),
        Expr::NoneLiteral(_) => "None".to_owned(),
        Expr::EllipsisLiteral(_) => "Ellipsis".to_owned(),
        _ => return Ok(None),
    }))
}

/// The text of a string constant.
#[must_use]
pub(crate) fn string_constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str()),
        _ => None,
    }
}

/// Whether the expression is a constant of any type.
#[must_use]
pub(crate) fn is_constant(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use seriema_program::parser::parse_expression;

    fn text(code: &str) -> Result<String, Raised> {
        let parsed = parse_expression(code).unwrap();
        Literal::of_argument(parsed.expr())?.to_text()
    }

    #[test]
    fn names_attributes_and_truth_values_are_strings() {
        assert_eq!(text("name").as_deref(), Ok("name"));
        assert_eq!(text("self.path").as_deref(), Ok("path"));
        assert_eq!(text("True").as_deref(), Ok("True"));
        assert_eq!(text("f()").as_deref(), Ok("None"));
    }

    #[test]
    fn containers_are_written_as_python_writes_them() {
        assert_eq!(text("['a', b, 1.0, (None,), {2}]").as_deref(), Ok("['a', 'b', 1.0, ('None',), {2}]"));
        assert_eq!(text("{'a': f()}").as_deref(), Ok("{<ast.Constant object>: <ast.Call object>}"));
    }

    #[test]
    fn a_set_of_what_cannot_be_hashed_raises() {
        assert_eq!(text("{{ name }}"), Err(Raised("unhashable type: 'set'".to_owned())));
        assert_eq!(text("[{(1, [2])}]"), Err(Raised("unhashable type: 'list'".to_owned())));
    }
}
