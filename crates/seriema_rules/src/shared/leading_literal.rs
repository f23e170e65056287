//! The string literal that a value begins with.

use seriema_program::ast::{self, Expr, Operator, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{BindingKind, Semantic};

/// Names and operators followed before giving up.
const MAX_STEPS: u32 = 12;

/// Values of an attribute that are looked at.
const MAX_DEFAULTS: usize = 4;

/// What makes a name that nobody can foresee.
const UNPREDICTABLE: &[&str] =
    &["uuid", "random", "rand(", "secret", "token", "mkdtemp", "mkstemp", "mktemp", "hexdigest", "nonce"];

/// The literal at the start of a path or host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeadingLiteral<'a> {
    /// Its value.
    pub text: &'a str,
    /// Where it stands.
    pub range: TextRange,
    /// Whether something that cannot be guessed is joined to it.
    pub unpredictable: bool,
    /// Whether anything at all is joined to it.
    pub joined: bool,
}

/// The literal that the string or path `expr` starts with, through names bound in this file, concatenation,
/// formatting, `os.path.join` and `pathlib`.
pub(crate) fn leading_literal<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Option<LeadingLiteral<'a>> {
    let mut rest = Rest { unpredictable: false, joined: false };
    let (text, range) = follow(semantic, expr, MAX_STEPS, &mut rest)?;
    Some(LeadingLiteral { text, range, unpredictable: rest.unpredictable, joined: rest.joined })
}

/// What follows the literal.
struct Rest {
    unpredictable: bool,
    joined: bool,
}

fn follow<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32, rest: &mut Rest) -> Option<(&'a str, TextRange)> {
    let steps = steps.checked_sub(1)?;
    match expr {
        Expr::StringLiteral(literal) => return Some((literal.value.to_str(), literal.range)),
        Expr::Name(name) => {
            return match semantic.binding(&name.id, name.range.start())?.kind {
                BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => {
                    follow(semantic, value, steps, rest)
                }
                _ => None,
            };
        }
        Expr::Attribute(attribute) if is_receiver(&attribute.value) => {
            let class = semantic.enclosing_class()?;
            let value = match semantic.scopes.attribute_values(class, &attribute.attr) {
                [] => match semantic.scopes.bindings_of(class, &attribute.attr).next()?.kind {
                    BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => value,
                    _ => return None,
                },
                [(scope, Expr::Name(name))] => {
                    match semantic.binding_in(*scope, &name.id, name.range.start())?.0.kind {
                        BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => value,
                        _ => return None,
                    }
                }
                [(_, value)] => *value,
                // The default, where one may be given.
                several => {
                    return several.iter().take(MAX_DEFAULTS).filter(|(_, value)| !value.is_name_expr()).find_map(
                        |(_, value)| {
                            let mut own = Rest { unpredictable: false, joined: false };
                            let found = follow(semantic, value, steps / 2, &mut own)?;
                            rest.unpredictable |= own.unpredictable;
                            rest.joined |= own.joined;
                            Some(found)
                        },
                    );
                }
            };
            return follow(semantic, value, steps, rest);
        }
        _ => {}
    }
    let text = semantic.text(expr).as_bytes();
    let text = text.get(..400).unwrap_or(text).to_ascii_lowercase();
    rest.unpredictable |= UNPREDICTABLE.iter().any(|mark| memchr::memmem::find(&text, mark.as_bytes()).is_some());
    rest.joined |= match expr {
        Expr::Call(call) => {
            call.arguments.len() > 1
                || matches!(&*call.func, Expr::Attribute(method) if matches!(method.attr.as_str(), "format" | "joinpath"))
        }
        _ => true,
    };
    match expr {
        Expr::FString(f) => match f.value.iter().next()? {
            ast::FStringPart::Literal(literal) => Some((&literal.value, literal.range())),
            ast::FStringPart::FString(f) => match f.elements.first()? {
                ast::InterpolatedStringElement::Literal(literal) => Some((&literal.value, literal.range)),
                ast::InterpolatedStringElement::Interpolation(hole) => follow(semantic, &hole.expression, steps, rest),
            },
        },
        Expr::BinOp(op) if matches!(op.op, Operator::Add | Operator::Div | Operator::Mod) => {
            follow(semantic, &op.left, steps, rest)
        }
        Expr::Call(call) => {
            if let Expr::Attribute(method) = &*call.func
                && matches!(
                    method.attr.as_str(),
                    "format" | "joinpath" | "with_suffix" | "with_name" | "resolve" | "as_posix" | "absolute"
                )
            {
                return follow(semantic, &method.value, steps, rest);
            }
            if let Expr::Attribute(method) = &*call.func
                && is_receiver(&method.value)
            {
                return follow(semantic, only_return(semantic, &method.attr)?, steps, rest);
            }
            match semantic.qualified(&call.func)?.as_str() {
                "tempfile.gettempdir" => Some(("/tmp", call.range())),
                "os.path.join" | "os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.path.expanduser"
                | "os.fspath" | "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "builtins.str" => {
                    follow(semantic, call.arguments.args.first()?, steps, rest)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a method of the class at hand returns, when that is all it does.
fn only_return<'a>(semantic: &Semantic<'a>, method: &str) -> Option<&'a Expr> {
    let class = semantic.enclosing_class()?;
    let BindingKind::Function(function) = semantic.scopes.bindings_of(class, method).next()?.kind else { return None };
    match function.body.as_slice() {
        [Stmt::Return(only)] => only.value.as_deref(),
        [Stmt::Expr(docstring), Stmt::Return(only)] if docstring.value.is_string_literal_expr() => {
            only.value.as_deref()
        }
        _ => None,
    }
}

fn is_receiver(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls"))
}
