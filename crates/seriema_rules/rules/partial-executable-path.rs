//! A program that is looked up in `PATH`.

use seriema_finding::Persona;
use seriema_program::ast::Expr;

use crate::shared::process::{PROCESS_NAMES, ProcessKind, command, elements, process_kind};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "partial-executable-path",
    family: Injection,
    severity: Low,
    confidence: High,
    cwe: [426, 78],
    aliases: ["B607", "S607"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(PROCESS_NAMES, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(kind) = process_kind(call.path()) else { return };
    // The other tools look at the first argument, which is the mode of `os.spawn*`.
    let argument = match kind {
        ProcessKind::OtherShell => return,
        ProcessKind::Direct => call.node.arguments.args.first(),
        _ => command(call, kind),
    };
    let Some(argument) = argument else { return };
    let (program, is_list) = match elements(argument) {
        Some(elements) => (elements.first(), argument.is_list_expr()),
        None => (Some(argument), true),
    };
    let Some(literal) = program.and_then(Expr::as_string_literal_expr) else { return };
    let name = literal.value.to_str();
    if name.is_empty() || is_full(name) {
        return;
    }
    let positional = !call.node.arguments.args.is_empty();
    let codes: &[&str] = if is_list && positional { &["B607", "S607"] } else { &["S607"] };
    let program = name.split_whitespace().next().unwrap_or(name);
    let message = format!("`{program}` is looked up in the directories of `PATH`");
    cx.report(&RULE, codes, argument, message).persona(Persona::Auditor);
}

/// `/bin/ls`, `./ls`, `C:\ls.exe`
fn is_full(path: &str) -> bool {
    let bytes = path.as_bytes();
    matches!(bytes.first(), Some(b'/' | b'\\' | b'.'))
        || (bytes.get(1) == Some(&b':') && path.starts_with(char::is_alphabetic))
}
