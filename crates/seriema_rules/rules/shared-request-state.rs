//! What belongs to one request, kept on an object that all requests share.

use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::{ScopeKind, Semantic};

use crate::shared::ast_search::{any_in_expr, any_in_file};
use crate::shared::repetition::is_repeated;
use crate::shared::value_purpose::words;
use crate::{Checker, Hooks};

crate::declare_rule! {
    slug: "shared-request-state",
    family: Robustness,
    severity: Medium,
    confidence: Medium,
    cwe: [488, 362],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_assign(check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, statement: &'a Stmt) {
    let Stmt::Assign(assign) = statement else { return };
    let [Expr::Attribute(target)] = assign.targets.as_slice() else { return };
    if !matches!(&*target.value, Expr::Name(name) if name.id == "self") {
        return;
    }
    let Some(function) = cx.semantic.enclosing_function() else { return };
    let Some(class) = cx.semantic.enclosing_class() else { return };
    let ScopeKind::Class(class) = cx.semantic.scopes.scope(class).kind else { return };
    let Some(requests) = parameters_of_request(function, class) else { return };
    let of_request = any_in_expr(
        &assign.value,
        &mut |expr| matches!(expr, Expr::Name(name) if requests.contains(&name.id.as_str())),
    );
    if !of_request || is_per_request(cx.semantic, class) {
        return;
    }
    let what = "is shared by all requests";
    if is_repeated(cx, &RULE, what) {
        return;
    }
    let message = format!(
        "`self.{}` holds what belongs to one request, and `{}` {what} that run at the same time",
        target.attr, class.name
    );
    cx.report(&RULE, &[], statement, message);
}

/// The parameters that are one request's, where the function is what is called for each.
fn parameters_of_request<'a>(function: &'a ast::StmtFunctionDef, class: &ast::StmtClassDef) -> Option<Vec<&'a str>> {
    let mut names: Vec<&str> =
        function.parameters.args.iter().map(|parameter| parameter.parameter.name.as_str()).collect();
    if names.first() != Some(&"self") {
        return None;
    }
    names.remove(0);
    let serves = match (function.name.as_str(), names.as_slice()) {
        ("__call__", ["scope", "receive", "send"]) => function.is_async,
        ("__call__", ["environ", "start_response"]) => true,
        // Middleware of Django is made once, with what comes after it.
        ("__call__", ["request"]) => class.body.iter().any(|statement| {
            matches!(statement, Stmt::FunctionDef(method) if &method.name == "__init__"
                && method.parameters.args.iter().any(|parameter| &parameter.parameter.name == "get_response"))
        }),
        ("process_request" | "process_view", ["request", ..]) => class.name.ends_with("Middleware"),
        _ => false,
    };
    serves.then_some(names)
}

/// Whether an object of the class is made for each request.
fn is_per_request(semantic: &Semantic<'_>, class: &ast::StmtClassDef) -> bool {
    let named = words(&class.name).iter().any(|word| {
        matches!(
            word.as_str(),
            "responder"
                | "response"
                | "request"
                | "connection"
                | "controller"
                | "session"
                | "consumer"
                | "context"
                | "cycle"
                | "stream"
        )
    });
    let made = |expr: &Expr| match expr {
        Expr::Call(call) => matches!(&*call.func, Expr::Name(name) if name.id == class.name.as_str()),
        // `as_asgi` makes one for each.
        Expr::Name(name) => name.id == "as_asgi",
        _ => false,
    };
    named
        || class
            .body
            .iter()
            .any(|statement| matches!(statement, Stmt::FunctionDef(method) if &method.name == "as_asgi"))
        || !semantic.affords_search(semantic.file.text().len())
        || any_in_file(semantic.file.suite(), &mut |expr| made(expr))
}
