//! Programs that are looked for in `PATH`.

use seriema_finding::Persona;
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::Ranged;

use crate::shared::process::{self, Launcher};
use crate::shared::value::shown;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "partial-executable-path",
    family: Injection,
    severity: Low,
    confidence: Low,
    cwe: [426, 427, 78],
    aliases: ["B607", "S607"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(process::LAUNCHERS, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let first = call.node.arguments.args.first();
    let command = match process::launcher(call.path()) {
        Some(Launcher::Subprocess) => process::subprocess_command(call),
        Some(Launcher::Shell | Launcher::NoShell) => first,
        _ => return,
    };
    let Some(command) = command else { return };
    let (program, is_tuple) = match command {
        Expr::List(ast::ExprList { elts, .. }) => (elts.first(), false),
        Expr::Tuple(ast::ExprTuple { elts, .. }) => (elts.first(), true),
        other => (Some(other), false),
    };
    let Some(program) = program.and_then(Expr::as_string_literal_expr) else { return };
    if is_full_path(program.value.to_str()) {
        return;
    }
    // Bandit looks at lists, and at the first position only.
    let codes: &[&str] = if is_tuple || first.is_none() { &["S607"] } else { &["B607", "S607"] };
    let word = program.value.to_str().split_whitespace().next().unwrap_or_default().to_owned();
    let message = format!("{} is looked for in `PATH`", shown(&word));
    cx.report(&RULE, codes, command.range(), message).persona(Persona::Auditor);
}

/// A path that starts at a root, in the current folder, or with a drive.
fn is_full_path(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('/' | '\\' | '.') => true,
        Some(drive) if drive.is_alphabetic() => chars.next() == Some(':'),
        _ => false,
    }
}
