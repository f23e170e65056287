//! Paths let through because they begin with the same characters as a directory.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, CmpOp, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Node, Semantic};

use crate::shared::excerpt::excerpt;
use crate::shared::value_purpose::words;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "path-prefix-check",
    family: Files,
    severity: Medium,
    confidence: Medium,
    cwe: [22, 23],
    aliases: [],
}

/// Names followed before giving up.
const MAX_STEPS: u32 = 8;

/// Words at the end of the names of directories.
const DIRECTORIES: &[&str] = &["root", "dir", "directory", "folder", "base", "basedir", "rootdir", "path", "prefix"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["startswith"], check_startswith);
    hooks.on_compare(check_common_prefix);
}

/// `if not os.path.abspath(path).startswith(root): raise ...`
fn check_startswith<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let semantic = cx.semantic;
    let (Expr::Attribute(method), [directory]) = (&*call.node.func, &*call.node.arguments.args) else { return };
    if !is_normalized(semantic, &method.value, MAX_STEPS) || !is_bare(semantic, directory, MAX_STEPS) {
        return;
    }
    let Some(refusal) = refusal(semantic) else { return };
    let message = format!(
        "what lies beside `{}`, in a directory whose name begins the same, is let through",
        excerpt(semantic, directory)
    );
    let finding = cx.report(&RULE, &[], call.node, message);
    if refusal == Refusal::Returns {
        finding.persona(Persona::Pedantic).severity(Severity::Low).confidence(Confidence::Low);
    }
}

/// `os.path.commonprefix([path, root]) == root`
fn check_common_prefix(cx: &mut Checker<'_, '_>, node: &ast::ExprCompare) {
    let semantic = cx.semantic;
    let ([CmpOp::Eq | CmpOp::NotEq], [right]) = (&*node.ops, &*node.comparators) else { return };
    let sides = [(&*node.left, right), (right, &*node.left)];
    for (prefix, directory) in sides {
        if is_common_prefix(semantic, prefix) && is_bare(semantic, directory, MAX_STEPS) {
            let shown = excerpt(semantic, directory);
            let message = format!(
                "`commonprefix` compares characters: a directory whose name begins like that of `{shown}` is let through"
            );
            cx.report(&RULE, &[], node, message);
            return;
        }
    }
}

fn is_common_prefix<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> bool {
    match expr {
        Expr::Call(call) => matches!(
            semantic.qualified(&call.func).as_deref(),
            Some("os.path.commonprefix" | "posixpath.commonprefix" | "ntpath.commonprefix")
        ),
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value @ Expr::Call(_))) => is_common_prefix(semantic, value),
            _ => false,
        },
        _ => false,
    }
}

/// What becomes of a path that does not begin so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Raises,
    Returns,
}

fn refusal(semantic: &Semantic<'_>) -> Option<Refusal> {
    let Stmt::If(node) = semantic.statement()? else { return None };
    let expressions = semantic.ancestors().map_while(|ancestor| match ancestor {
        Node::Expr(expr) => Some(expr),
        _ => None,
    });
    let mut negated = false;
    for expr in expressions {
        match expr {
            Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::Not => negated = !negated,
            Expr::UnaryOp(_) | Expr::BoolOp(_) | Expr::Call(_) | Expr::Attribute(_) => {}
            _ => return None,
        }
    }
    let body = if negated {
        // The one that belongs to the condition that the call is in.
        let place = semantic.parent().map_or(node.range.start(), |parent| match parent {
            Node::Expr(expr) => expr.start(),
            _ => node.range.start(),
        });
        let clauses = node.elif_else_clauses.iter();
        let clause = clauses.rev().find(|clause| clause.test.as_ref().is_some_and(|test| test.range().contains(place)));
        clause.map_or(&node.body, |clause| &clause.body)
    } else {
        &node.elif_else_clauses.last().filter(|clause| clause.test.is_none())?.body
    };
    match body.last()? {
        Stmt::Raise(_) => Some(Refusal::Raises),
        Stmt::Return(_) => Some(Refusal::Returns),
        Stmt::Expr(stmt) => {
            let call = stmt.value.as_call_expr()?;
            let name = match &*call.func {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return None,
            };
            matches!(name, "abort" | "send_error" | "fail" | "exit").then_some(Refusal::Raises)
        }
        _ => None,
    }
}

/// Whether it is a path without `..`.
fn is_normalized<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value)) => is_normalized(semantic, value, steps),
            _ => false,
        },
        Expr::Call(call) => match semantic.qualified(&call.func).as_deref() {
            Some("os.path.abspath" | "os.path.realpath" | "os.path.normpath") => true,
            Some("builtins.str" | "os.fspath") => {
                let Some(path) = call.arguments.args.first() else { return false };
                is_resolved(semantic, path, steps)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `path.resolve()`, of `pathlib`.
fn is_resolved<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value)) => is_resolved(semantic, value, steps),
            _ => false,
        },
        Expr::Call(call) => call.func.as_attribute_expr().is_some_and(|method| &method.attr == "resolve"),
        _ => false,
    }
}

/// Whether it is a directory, and no separator is put after it.
fn is_bare<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value)) => is_bare(semantic, value, steps),
            Some(BindingKind::Parameter(_)) => is_directory(&name.id),
            _ => false,
        },
        Expr::Attribute(attribute) => is_directory(&attribute.attr),
        Expr::Call(call) => match semantic.qualified(&call.func).as_deref() {
            Some("os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.path.dirname" | "os.getcwd") => true,
            Some("os.path.join") => call.arguments.args.last().is_some_and(|last| match last {
                Expr::StringLiteral(text) => {
                    let text = text.value.to_str();
                    !text.is_empty() && !text.ends_with('/')
                }
                Expr::Name(_) => !matches!(excerpt(semantic, last).as_ref(), "sep"),
                Expr::Starred(_) => true,
                _ => false,
            }),
            Some("builtins.str" | "os.fspath") => {
                call.arguments.args.first().is_some_and(|path| is_resolved(semantic, path, steps))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_directory(name: &str) -> bool {
    words(name).last().is_some_and(|last| DIRECTORIES.contains(&last.as_str()))
}
