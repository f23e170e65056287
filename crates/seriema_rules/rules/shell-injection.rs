//! A command that is not constant, run by a shell.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::{Const, Origin};

use crate::shared::process::{PROCESS_NAMES, ProcessKind, command, culprit, process_kind, shell_keyword, shell_script};
use crate::{Call, Checker, Hooks, RawEdit, RawFinding, RawFix};

crate::declare_rule! {
    slug: "shell-injection",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [78, 88],
    aliases: ["B601", "B602", "B604", "B605", "S601", "S602", "S604", "S605"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(PROCESS_NAMES, process);
    hooks.on_call(&["exec_command"], remote_command);
    hooks.on_keyword(&["shell"], other_call);
}

fn process<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(kind) = process_kind(call.path()) else { return };
    let Some(command) = command(call, kind) else { return };
    match kind {
        ProcessKind::Shell => report(cx, call, command, &["B605", "S605"]),
        ProcessKind::OtherShell => report(cx, call, command, &[]),
        ProcessKind::Direct => {}
        ProcessKind::Subprocess => match shell_keyword(cx, call) {
            Some(Some(true)) => {
                // Both tools ask for a positional or `args=` command; with `args=`, Bandit stays silent.
                let codes: &[&str] = if call.node.arguments.args.is_empty() { &["S602"] } else { &["B602", "S602"] };
                report(cx, call, command, codes);
            }
            Some(None) if !call.node.arguments.args.is_empty() => {
                // Whether there is a shell is decided elsewhere.
                if let Some(finding) = report_command(cx, call, command, &["B602"]) {
                    finding.confidence(Confidence::Low).persona(Persona::Pedantic);
                }
            }
            _ => {
                if let Some(script) = shell_script(command) {
                    report(cx, call, script, &[]);
                }
            }
        },
    }
}

fn report<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, command: &'a Expr, codes: &'static [&'static str]) {
    report_command(cx, call, command, codes);
}

fn report_command<'c, 'a>(
    cx: &'c mut Checker<'_, 'a>,
    call: &Call<'a>,
    command: &'a Expr,
    codes: &'static [&'static str],
) -> Option<&'c mut RawFinding> {
    let origin = cx.semantic.origin(command);
    // Without a code there is nothing to say of a harmless command.
    if codes.is_empty() && origin < Origin::Unknown {
        return None;
    }
    let name = call_name(cx, call);
    let what = culprit(cx, command);
    let message = match origin {
        Origin::Constant => format!("`{name}` runs a constant command through a shell"),
        Origin::Inert => format!("`{name}` runs a shell command whose parts are quoted or numbers"),
        Origin::Remote => format!("`{name}` runs a shell command built from request data (`{what}`)"),
        Origin::Local => format!("`{name}` runs a shell command built from input (`{what}`)"),
        _ => format!("`{name}` runs a shell command built from `{what}`"),
    };
    let fix = if origin == Origin::Constant { without_shell(call, command) } else { None };
    let finding = cx.report(&RULE, codes, &*call.func, message);
    match origin {
        Origin::Constant | Origin::Inert => {
            finding.severity(Severity::Low).confidence(Confidence::High).persona(Persona::Auditor);
        }
        Origin::Program => {
            finding.severity(Severity::Low).confidence(Confidence::Low).persona(Persona::Pedantic);
        }
        Origin::Unknown => {
            finding.severity(Severity::Medium).confidence(Confidence::Low);
        }
        Origin::Parameter => {}
        Origin::Local => {
            finding.severity(Severity::Medium).confidence(Confidence::High);
        }
        Origin::Remote => {
            finding.severity(Severity::Critical).confidence(Confidence::High);
        }
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
    Some(finding)
}

fn call_name(cx: &Checker<'_, '_>, call: &Call<'_>) -> String {
    match call.path() {
        "" => cx.semantic.text(&*call.func).split_whitespace().collect(),
        path => path.to_owned(),
    }
}

/// A constant command without anything that a shell would interpret can be a list.
fn without_shell(call: &Call<'_>, command: &Expr) -> Option<RawFix> {
    let literal = command.as_string_literal_expr()?;
    let text = literal.value.to_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-./:=,@+".contains(c);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let shell = call.node.arguments.find_keyword("shell")?;
    // The first word may set a variable for the command: that is the shell's work.
    if words.is_empty() || !text.chars().all(plain) || words[0].contains('=') {
        return None;
    }
    let list = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let mut fix = RawFix::replace("Pass a list and no shell", command, format!("[{list}]"), Applicability::Suggestion);
    use seriema_program::text_size::Ranged;
    fix.edits.push(RawEdit { range: shell.value.range(), content: "False".to_owned() });
    Some(fix)
}

/// `ssh.exec_command(...)` runs in the remote user's shell.
fn remote_command<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !cx.semantic.imports_module("paramiko") && !call.path().starts_with("paramiko.") {
        return;
    }
    let Some(command) = call.argument("command", 0) else { return };
    let codes: &[&str] = if call.path() == "paramiko.exec_command" { &["B601", "S601"] } else { &["B601"] };
    let origin = cx.semantic.origin(command);
    let what = culprit(cx, command);
    let built = matches!(command, Expr::FString(_) | Expr::BinOp(_) | Expr::Call(_)) || is_built(cx, command);
    let message = match origin {
        Origin::Constant | Origin::Inert => "a constant command is run in the shell of the remote host".to_owned(),
        _ => format!("a command built from `{what}` is run in the shell of the remote host"),
    };
    let finding = cx.report(&RULE, codes, call.node, message);
    match origin {
        Origin::Constant | Origin::Inert => {
            finding.severity(Severity::Low).persona(Persona::Auditor);
        }
        Origin::Remote => {
            finding.severity(Severity::High).confidence(Confidence::High);
        }
        _ if built => {
            finding.severity(Severity::Medium).confidence(Confidence::Medium);
        }
        _ => {
            // Handing a whole command on is what such a wrapper is for.
            finding.severity(Severity::Medium).confidence(Confidence::Low).persona(Persona::Pedantic);
        }
    }
}

/// Whether a name is bound to a text that is put together.
fn is_built(cx: &Checker<'_, '_>, command: &Expr) -> bool {
    let Expr::Name(name) = command else { return false };
    cx.semantic.binding(&name.id, name.range.start()).is_some_and(|binding| match binding.kind {
        seriema_program::BindingKind::Assign(value) => matches!(value, Expr::FString(_) | Expr::BinOp(_)),
        _ => false,
    })
}

/// `anything(..., shell=True)`
fn other_call<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, keyword: &'a ast::Keyword) {
    if process_kind(call.path()) == Some(ProcessKind::Subprocess) {
        return;
    }
    let truth = cx.semantic.truth(&keyword.value);
    if truth == Some(false) {
        return;
    }
    // Bandit takes any value that it does not know for true.
    let codes: &[&str] = if truth == Some(true) { &["B604", "S604"] } else { &["B604"] };
    let command = ["cmd", "command", "args"].iter().find_map(|name| call.keyword(name)).or_else(|| call.positional(0));
    let origin = command.map_or(Origin::Constant, |command| cx.semantic.origin(command));
    let literal = matches!(cx.semantic.constant(&keyword.value), Some(Const::Bool(true)));
    let container = matches!(call.path(), "builtins.dict" | "functools.partial");
    let name = call_name(cx, call);
    let message = match command.filter(|_| origin >= Origin::Unknown) {
        Some(command) => format!("`{name}` is told to run `{}` in a shell", culprit(cx, command)),
        None => format!("`{name}` is told to use a shell"),
    };
    let finding = cx.report(&RULE, codes, &*call.func, message);
    finding.severity(Severity::Medium).confidence(Confidence::Low);
    if truth != Some(true) || container || origin < Origin::Unknown {
        finding.persona(Persona::Auditor);
    } else if !literal || origin == Origin::Unknown {
        finding.persona(Persona::Pedantic);
    }
}
