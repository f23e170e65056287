//! Files that others can read until they are protected.

use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextSize};
use seriema_program::{ScopeKind, Semantic};

use crate::shared::ast_search::any_in_body;
use crate::shared::excerpt::excerpt;
use crate::shared::expression_parts::is_searchable;
use crate::shared::permission_bits::known_bits;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "late-file-protection",
    family: Files,
    severity: Medium,
    confidence: Medium,
    cwe: [362, 732],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["chmod"], check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let by_os = call.path() == "os.chmod";
    let Some(mode) = call.argument("mode", usize::from(by_os)) else { return };
    let target = match &*call.node.func {
        _ if by_os => call.argument("path", 0),
        Expr::Attribute(method) if call.node.arguments.len() == 1 => Some(&*method.value),
        _ => None,
    };
    let Some(target @ (Expr::Name(_) | Expr::Attribute(_))) = target else { return };
    // Private data: what is to be run is no secret.
    if !matches!(known_bits(cx.semantic, mode).value(), Some(0o600 | 0o400)) {
        return;
    }
    let Some(function) = cx.semantic.enclosing_function() else { return };
    if !is_searchable(function.range) || !cx.semantic.affords_search(function.range.len().to_usize()) {
        return;
    }
    let text = cx.semantic.text(function).as_bytes();
    if [&b"umask("[..], b"os.open(", b"opener=", b"mkstemp", b"fchmod"]
        .iter()
        .any(|mark| memchr::memmem::find(text, mark).is_some())
    {
        return;
    }
    let name = cx.semantic.text(target);
    let at = call.node.start();
    let semantic = cx.semantic;
    let mut left_empty = None;
    let created = any_in_body(&function.body, &mut |expr| {
        // `open(path, "w").close()`
        if let Expr::Call(call) = expr
            && let Expr::Attribute(method) = &*call.func
            && &method.attr == "close"
        {
            left_empty = Some(method.value.range());
        }
        is_before(expr, at) && Some(expr.range()) != left_empty && creates(semantic, expr, name)
    });
    let created = created || target.is_attribute_expr() && method_creates(semantic, function, name, at);
    if !created {
        return;
    }
    // Before anything is written into it, nothing is given away.
    if is_within_open(cx.semantic, name) {
        return;
    }
    let message = format!("`{}` can be read by other users until its mode is set", excerpt(cx.semantic, target));
    cx.report(&RULE, &[], call.node, message);
}

fn is_before(expr: &Expr, at: TextSize) -> bool {
    expr.range().end() <= at
}

/// Whether an expression is a call that creates the file of this name.
fn creates(semantic: &Semantic<'_>, expr: &Expr, name: &str) -> bool {
    let Expr::Call(call) = expr else { return false };
    let argument = |index: usize| call.arguments.args.get(index);
    let is = |expr: Option<&Expr>| expr.is_some_and(|expr| semantic.text(expr) == name);
    let writes = |mode: Option<&Expr>| {
        let mode = mode.or_else(|| call.arguments.find_keyword("mode").map(|keyword| &keyword.value));
        mode.and_then(Expr::as_string_literal_expr).is_some_and(|mode| mode.value.to_str().contains(['w', 'a', 'x']))
    };
    match &*call.func {
        Expr::Name(function) if matches!(function.id.as_str(), "open" | "file") => {
            is(argument(0)) && writes(argument(1))
        }
        Expr::Attribute(method) => match method.attr.as_str() {
            "open" if is(Some(&method.value)) => writes(argument(0)),
            "write_text" | "write_bytes" => is(Some(&method.value)),
            "open" => is(argument(0)) && writes(argument(1)),
            "copy" | "copy2" | "copyfile" => is(argument(1)),
            "connect" => {
                is(argument(0)) && semantic.qualified(&call.func).is_some_and(|path| path == "sqlite3.connect")
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a method of the same object that is called before creates it.
fn method_creates(semantic: &Semantic<'_>, function: &ast::StmtFunctionDef, name: &str, at: TextSize) -> bool {
    let Some(class) = semantic.enclosing_class() else { return false };
    let ScopeKind::Class(class) = semantic.scopes.scope(class).kind else { return false };
    if !is_searchable(class.range) || !semantic.affords_search(class.range.len().to_usize()) {
        return false;
    }
    let methods = class.body.iter().filter_map(|statement| match statement {
        Stmt::FunctionDef(method) => Some(method),
        _ => None,
    });
    let creating: Vec<&str> = methods
        .filter(|method| any_in_body(&method.body, &mut |expr| creates(semantic, expr, name)))
        .map(|method| method.name.as_str())
        .collect();
    any_in_body(&function.body, &mut |expr| match expr {
        Expr::Call(call) if is_before(expr, at) => match &*call.func {
            Expr::Attribute(method) => {
                creating.contains(&method.attr.as_str())
                    && matches!(&*method.value, Expr::Name(receiver) if receiver.id == "self")
            }
            _ => false,
        },
        _ => false,
    })
}

/// `with open(path, "w") as file: os.chmod(path, 0o600); ...`
fn is_within_open(semantic: &Semantic<'_>, name: &str) -> bool {
    semantic.ancestors().any(|node| match node {
        seriema_program::Node::Stmt(Stmt::With(with)) => {
            with.items.iter().any(|item| creates(semantic, &item.context_expr, name))
        }
        _ => false,
    })
}
