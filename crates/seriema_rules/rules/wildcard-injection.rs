//! A shell expands `*` into arguments of a program that takes options anywhere.

use seriema_finding::Persona;
use seriema_program::ast::Expr;

use crate::shared::process::{PROCESS_NAMES, ProcessKind, command, process_kind, shell_keyword};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "wildcard-injection",
    family: Injection,
    severity: Medium,
    confidence: Medium,
    cwe: [155, 88],
    aliases: ["B609", "S609"],
}

/// Programs with options that make them run others, or change what they act on.
const PROGRAMS: &[&str] = &["chown", "chmod", "tar", "rsync"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(PROCESS_NAMES, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(kind) = process_kind(call.path()) else { return };
    let shell = match kind {
        ProcessKind::Shell | ProcessKind::OtherShell => true,
        ProcessKind::Subprocess => shell_keyword(cx, call) == Some(Some(true)),
        ProcessKind::Direct => false,
    };
    let Some(command) = command(call, kind).filter(|_| shell) else { return };
    let text = match command {
        Expr::List(list) => {
            let words = list.elts.iter().filter_map(|element| element.as_string_literal_expr());
            words.map(|word| word.value.to_str()).collect::<Vec<_>>().join(" ")
        }
        command => match cx.semantic.constant_str(command) {
            Some(text) => text.into_owned(),
            None => return,
        },
    };
    let Some(program) = PROGRAMS.iter().find(|program| text.contains(**program)).filter(|_| text.contains('*')) else {
        return;
    };
    // `*` as a word of its own, or at the start of one, is what a file named `-x` turns into an option.
    let bare = text.split(|c: char| c.is_whitespace() || ";|&".contains(c)).any(|word| word.starts_with('*'));
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').any(|word| word == *program);
    let message =
        format!("the shell expands `*` into arguments of `{program}`, file names that begin with `-` into options");
    let finding = cx.report(&RULE, &["B609", "S609"], command, message);
    if !bare || !runs {
        finding.persona(Persona::Auditor);
    }
}
