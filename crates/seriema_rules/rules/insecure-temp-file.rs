//! `tempfile.mktemp`: a name that does not stay unused.

use seriema_finding::{Applicability, Persona};
use seriema_program::BindingKind;
use seriema_program::ast::Expr;
use seriema_program::text_size::{Ranged, TextRange, TextSize};

use crate::shared::annotation_position::in_annotation;
use crate::shared::decided_elsewhere::reported;
use crate::{Call, Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "insecure-temp-file",
    family: Files,
    severity: Medium,
    confidence: High,
    cwe: [377, 367],
    aliases: ["B306", "S306"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["mktemp", "tempnam", "tmpnam"], check);
    hooks.on_reference(&["mktemp"], check_reference);
    hooks.on_call(
        &["symlink", "link", "mkdir", "mkfifo", "symlink_to", "CreateSymbolicLink", "bind"],
        check_exclusive_use,
    );
}

fn codes(path: &str) -> Option<&'static [&'static str]> {
    match path {
        "tempfile.mktemp" => Some(&["B306", "S306"]),
        "os.tempnam" | "os.tmpnam" => Some(&[]),
        _ => None,
    }
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(codes) = codes(call.path()) else { return };
    let name = call.path().to_owned();
    let message = format!("`{name}` returns a name that anyone can create a file under before this program does");
    let fix = fix(cx, call);
    // What only the program's own user can write into is no shared directory.
    let private = call.argument("dir", 2).is_some_and(|dir| is_private_directory(cx, dir));
    let finding = cx.report(&RULE, codes, call.node, message);
    if private {
        finding.persona(Persona::Pedantic);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    if path != "tempfile.mktemp" || in_annotation(cx.semantic, expr) {
        return;
    }
    let message = "`tempfile.mktemp` is handed on: it returns a name that anyone can create a file under first";
    cx.report(&RULE, &["S306"], expr, message).persona(Persona::Pedantic);
}

/// `os.symlink(target, name)` and its like fail when the name is taken: there the race is lost without harm.
fn check_exclusive_use<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    for argument in &call.arguments.args {
        let Expr::Name(name) = argument else { continue };
        let Some(binding) = cx.semantic.binding(&name.id, name.range.start()) else { continue };
        if let BindingKind::Assign(Expr::Call(value)) = binding.kind
            && let Some(finding) = reported(cx, &RULE, value.range())
        {
            finding.persona(Persona::Pedantic);
            finding.fix = None;
        }
    }
}

fn is_private_directory(cx: &Checker<'_, '_>, dir: &Expr) -> bool {
    cx.semantic
        .qualified(dir)
        .is_some_and(|path| path.starts_with("tempfile.mkdtemp()") || path.starts_with("tempfile.TemporaryDirectory()"))
}

/// `tempfile.NamedTemporaryFile(..., delete=False).name`: the file exists, and is the caller's own.
fn fix(cx: &Checker<'_, '_>, call: &Call<'_>) -> Option<RawFix> {
    const PARAMETERS: [&str; 3] = ["suffix", "prefix", "dir"];
    let Expr::Attribute(function) = &*call.func else { return None };
    let positional = &call.arguments.args;
    if call.path() != "tempfile.mktemp" || call.has_unpacked_arguments() || positional.len() > PARAMETERS.len() {
        return None;
    }
    // An argument in parentheses of its own begins before its node does.
    if !positional.is_empty() && cx.semantic.text(&call.arguments).matches('(').count() > 1 {
        return None;
    }
    let title = "Create the file with `tempfile.NamedTemporaryFile`";
    let mut fix = RawFix::replace(title, &function.attr, "NamedTemporaryFile", Applicability::Suggestion);
    for (name, argument) in PARAMETERS.iter().zip(positional) {
        fix.edits.push(RawEdit { range: TextRange::empty(argument.start()), content: format!("{name}=") });
    }
    let end = call.arguments.range().end();
    let last = positional.iter().map(Ranged::end).chain(call.arguments.keywords.iter().map(Ranged::end)).max();
    let tail = TextRange::new(last.unwrap_or(end.checked_sub(TextSize::from(1))?), end);
    let comma = match (last, cx.semantic.text(tail)) {
        (None, _) => "",
        (Some(_), ")" | ",)" | ", )") => ", ",
        // Comments and line breaks are left to the author.
        _ => return None,
    };
    fix.edits.push(RawEdit { range: tail, content: format!("{comma}delete=False).name") });
    Some(fix)
}
