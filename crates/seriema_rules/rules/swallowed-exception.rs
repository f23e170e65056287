//! Errors that are caught and dropped.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, ExceptHandler, Expr, Stmt};
use seriema_program::{Node, Semantic};

use crate::shared::ast_search::callee_name;
use crate::shared::security_decision::{decides, is_decision_error};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "swallowed-exception",
    family: Robustness,
    severity: Low,
    confidence: High,
    cwe: [390, 703],
    aliases: ["B110", "S110", "B112", "S112"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_handler(check);
    hooks.on_call(&["suppress"], check_suppress);
}

fn check(cx: &mut Checker<'_, '_>, handler: &ast::ExceptHandlerExceptHandler) {
    let (codes, what): (&'static [&'static str], _) = match handler.body.as_slice() {
        [Stmt::Pass(_)] => (&["B110", "S110"], "passed over"),
        [Stmt::Continue(_)] => (&["B112", "S112"], "skipped"),
        [Stmt::Expr(only)] if only.value.is_ellipsis_literal_expr() => (&[], "passed over"),
        _ => return,
    };
    let broad = catches_everything(cx.semantic, handler.type_.as_deref());
    // Bandit knows `Exception` by that name alone.
    let bandit = match handler.type_.as_deref() {
        None => true,
        Some(Expr::Name(name)) => name.id == "Exception",
        Some(_) => false,
    };
    let codes: &[&str] = match (broad, bandit, codes) {
        (false, ..) => &[],
        (true, false, ["B110", ..]) => &["S110"],
        (true, false, ["B112", ..]) => &["S112"],
        _ => codes,
    };
    let decision = match cx.semantic.parent() {
        Some(Node::Stmt(Stmt::Try(statement))) if what == "passed over" => unanswered_decision(statement),
        _ => None,
    };
    let typed = handler.type_.as_deref().is_some_and(is_decision_error);
    if let Some(decision) = decision
        && (broad || typed)
    {
        let message = format!("a failure of `{decision}` is {what}: what it should have stopped goes on");
        cx.report(&RULE, codes, handler, message)
            .severity(Severity::High)
            .confidence(if typed { Confidence::High } else { Confidence::Medium })
            .cwe(if broad { 390 } else { 755 });
    } else if broad {
        let message = format!("every exception is {what} without a trace");
        let persona = if codes.is_empty() { Persona::Pedantic } else { Persona::Auditor };
        cx.report(&RULE, codes, handler, message).persona(persona);
    }
}

fn catches_everything(semantic: &Semantic<'_>, caught: Option<&Expr>) -> bool {
    let broad = |expr: &Expr| match expr {
        Expr::Name(name) => {
            matches!(name.id.as_str(), "Exception" | "BaseException")
                && semantic.binding(&name.id, name.range.start()).is_none()
        }
        Expr::Attribute(attribute) => {
            matches!(attribute.attr.as_str(), "Exception" | "BaseException")
                && attribute.value.as_name_expr().is_some_and(|module| module.id == "builtins")
        }
        _ => false,
    };
    match caught {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(broad),
        Some(expr) => broad(expr),
    }
}

/// The call in a `try` whose failing is its answer, where the code after the `try` cannot tell that it failed: nothing
/// is kept or returned of it.
fn unanswered_decision(statement: &ast::StmtTry) -> Option<&str> {
    // An `else` runs only when nothing failed; another handler may deal with the failure that matters.
    if !statement.orelse.is_empty() || statement.handlers.len() > 2 {
        return None;
    }
    let single = statement.handlers.len() == 1;
    unanswered(&statement.body).filter(|_| single || last_swallows(statement))
}

fn last_swallows(statement: &ast::StmtTry) -> bool {
    statement.handlers.iter().all(|handler| {
        let ExceptHandler::ExceptHandler(handler) = handler;
        matches!(handler.body.as_slice(), [Stmt::Pass(_)])
    })
}

fn unanswered(body: &[Stmt]) -> Option<&str> {
    // What returns or assigns inside the `try` is missing after a failure, and so noticed.
    let answered = body
        .iter()
        .any(|stmt| matches!(stmt, Stmt::Return(_) | Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_)));
    if answered {
        return None;
    }
    body.iter().find_map(|stmt| match stmt {
        Stmt::Expr(expression) => decision_of(&expression.value),
        // `if not verify(...): raise Forbidden()`: the exception that is swallowed is the answer.
        Stmt::If(branch)
            if branch.elif_else_clauses.is_empty() && matches!(branch.body.as_slice(), [Stmt::Raise(_)]) =>
        {
            let test = match &*branch.test {
                Expr::UnaryOp(not) if not.op == ast::UnaryOp::Not => &not.operand,
                _ => return None,
            };
            decision_of(test)
        }
        _ => None,
    })
}

fn decision_of(expr: &Expr) -> Option<&str> {
    let call = match expr {
        Expr::Await(inner) => inner.value.as_call_expr()?,
        other => other.as_call_expr()?,
    };
    decides(callee_name(call)).then(|| callee_name(call))
}

/// `with suppress(Exception): verify(...)`
fn check_suppress(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() != "contextlib.suppress" {
        return;
    }
    let Some(Node::Stmt(Stmt::With(with))) = cx.semantic.parent() else { return };
    let broad = call.arguments.args.iter().any(|caught| catches_everything(cx.semantic, Some(caught)));
    let typed = call.arguments.args.iter().any(is_decision_error);
    if !(broad || typed) {
        return;
    }
    if let Some(decision) = unanswered(&with.body) {
        let message = format!("a failure of `{decision}` is suppressed: what it should have stopped goes on");
        cx.report(&RULE, &[], call.node, message).severity(Severity::High).confidence(Confidence::Medium).cwe(755);
    }
}
