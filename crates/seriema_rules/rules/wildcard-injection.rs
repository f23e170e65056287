//! Wildcards in commands that a shell reads, where a file's name can become an option.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::Ranged;

use crate::shared::process::{self, Launcher, ShellFlag};
use crate::shared::reach::function_text;
use crate::shared::template::{HOLE, Template};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "wildcard-injection",
    family: Injection,
    severity: Medium,
    confidence: Medium,
    cwe: [155, 88, 78],
    aliases: ["B609", "S609"],
}

/// Programs with options that run commands or change what is copied and to whom it belongs.
const PROGRAMS: &[&str] = &["chown", "chmod", "tar", "rsync"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(process::LAUNCHERS, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let (command, bandit, ruff, shell) = match process::launcher(call.path()) {
        Some(Launcher::Shell) => (call.node.arguments.args.first(), true, true, true),
        Some(Launcher::OtherShell) => (call.node.arguments.args.first(), false, false, true),
        Some(Launcher::Subprocess) => {
            let flag = ShellFlag::of(cx.semantic, call);
            let is_true =
                call.keyword("shell").is_some_and(|value| matches!(value, Expr::BooleanLiteral(b) if b.value));
            (process::subprocess_command(call), is_true, flag.ruff, flag.truth == Some(true))
        }
        _ => return,
    };
    let Some(command) = command else { return };
    let text = literal_text(command);
    let told =
        text.as_deref().is_some_and(|text| text.contains('*') && PROGRAMS.iter().any(|name| text.contains(name)));
    let codes: &[&str] = match (told && bandit, told && ruff && !command.is_tuple_expr()) {
        (true, true) => &["B609", "S609"],
        (true, false) => &["B609"],
        (false, true) => &["S609"],
        (false, false) => &[],
    };
    let name = function_text(cx.semantic, call.node);
    // Of a list, the shell reads the first element only.
    let read = match command {
        Expr::List(_) | Expr::Tuple(_) => String::new(),
        _ if shell => Template::of(cx.semantic, command).text(),
        _ => String::new(),
    };
    if let Some(program) = exposed(&read) {
        let message = format!(
            "`{name}` lets the shell expand `*` for `{program}`, which takes names that start with `-` for options"
        );
        cx.report(&RULE, codes, command.range(), message);
    } else if !codes.is_empty() {
        let message = format!("`{name}` is given a wildcard");
        let finding = cx.report(&RULE, codes, command.range(), message);
        finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
    }
}

/// A literal, or the literals of a list.
fn literal_text(command: &Expr) -> Option<String> {
    match command {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        Expr::List(ast::ExprList { elts, .. }) => {
            let texts =
                elts.iter().filter_map(|element| Some(element.as_string_literal_expr()?.value.to_str().to_owned()));
            Some(texts.collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

/// The program of a simple command that is given a pattern which can match a name with a dash in front.
fn exposed(script: &str) -> Option<&'static str> {
    for command in script.split(['|', ';', '&', '\n']) {
        let mut words = command
            .split_whitespace()
            .skip_while(|word| matches!(*word, "sudo" | "exec" | "nice" | "time") || word.contains('='));
        let Some(program) = words.next() else { continue };
        let program = program.rsplit('/').next().unwrap_or_default();
        let Some(known) = PROGRAMS.iter().find(|name| **name == program) else { continue };
        for word in words {
            // After `--` nothing is an option.
            if word == "--" {
                break;
            }
            if word.starts_with('*') && !word.contains(HOLE) {
                return Some(known);
            }
        }
    }
    None
}
