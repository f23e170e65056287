//! A process started without a shell.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::Origin;
use seriema_program::ast::{self, Expr};

use crate::shared::process::{PROCESS_NAMES, ProcessKind, command, culprit, elements, process_kind, shell_keyword};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "process-launch",
    family: Injection,
    severity: Low,
    confidence: Low,
    cwe: [88, 78],
    aliases: ["B603", "B606", "S603", "S606"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(PROCESS_NAMES, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(kind) = process_kind(call.path()) else { return };
    let command = command(call, kind);
    let codes: &'static [&'static str] = match kind {
        ProcessKind::Direct => &["B606", "S606"],
        ProcessKind::Subprocess => {
            let shell = shell_keyword(cx, call);
            if shell == Some(Some(true)) {
                return;
            }
            let trusted = command.is_none_or(|command| is_literal(cx, command));
            match (shell, trusted) {
                (Some(None), true) => return,
                // Bandit takes an unknown `shell=` for true.
                (Some(None), false) => &["S603"],
                (_, true) => &["B603"],
                (_, false) => &["B603", "S603"],
            }
        }
        ProcessKind::Shell | ProcessKind::OtherShell => return,
    };
    let name = call.path().to_owned();
    match command.and_then(|command| remote_part(cx, command)) {
        Some((part, true)) => {
            let message = format!("`{name}` runs the program that the request names (`{}`)", culprit(cx, part));
            let finding = cx.report(&RULE, codes, &*call.func, message);
            finding.severity(Severity::High).confidence(Confidence::High).cwe(78);
        }
        Some((part, false)) => {
            let what = culprit(cx, part);
            let message =
                format!("`{name}` takes `{what}` from the request: a value that begins with `-` is an option");
            let finding = cx.report(&RULE, codes, &*call.func, message);
            finding.severity(Severity::Medium).confidence(Confidence::Medium);
        }
        None => {
            let message = format!("`{name}` starts a process: check where its arguments come from");
            cx.report(&RULE, codes, &*call.func, message).persona(Persona::Auditor);
        }
    }
}

/// A command of literals alone: nothing of it can come from elsewhere.
fn is_literal(cx: &Checker<'_, '_>, command: &Expr) -> bool {
    let trusted = |expr: &Expr| {
        expr.is_string_literal_expr() || expr.is_number_literal_expr() || cx.semantic.is_path(expr, "sys.executable")
    };
    elements(command).map_or_else(|| trusted(command), |elements| elements.iter().all(trusted))
}

/// The part of a command that a request decides, and whether it is the program itself. What stands behind `--`, or begins
/// with constant text, is no option.
fn remote_part<'a>(cx: &Checker<'_, 'a>, command: &'a Expr) -> Option<(&'a Expr, bool)> {
    let elements: &'a [Expr] = match command {
        Expr::List(ast::ExprList { elts, .. }) => elts,
        Expr::Tuple(ast::ExprTuple { elts, .. }) => elts,
        command => return (cx.semantic.origin(command) == Origin::Remote).then_some((command, true)),
    };
    for (index, element) in elements.iter().enumerate() {
        if element.as_string_literal_expr().is_some_and(|literal| literal.value.to_str() == "--") {
            return None;
        }
        if cx.semantic.origin(element) == Origin::Remote && (index == 0 || !begins_constant(element)) {
            return Some((element, index == 0));
        }
    }
    None
}

fn begins_constant(expr: &Expr) -> bool {
    match expr {
        Expr::FString(f) => {
            let first = f.value.elements().next();
            first.is_some_and(|first| first.as_literal().is_some_and(|text| !text.value.is_empty()))
        }
        Expr::BinOp(op) => op.left.is_string_literal_expr() || begins_constant(&op.left),
        _ => false,
    }
}
