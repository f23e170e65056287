//! Processes: B601 to B607 and B609.

use seriema_program::ast::{Expr, Number};

use super::{Call, Verdict};
use crate::config::Names;
use crate::config::Setting;
use crate::issue::{Draft, Level};
use crate::literal::{Literal, Raised, string_constant};

const OS_COMMAND: i64 = 78;

/// `name in option`
fn listed(option: &Setting<Names>, name: &str) -> Result<bool, Raised> {
    match option {
        Ok(names) => Ok(names.contains(name)),
        Err(raised) => Err(raised.clone()),
    }
}

/// Whether the call asks for a shell: by Python's truth where the value is known, by its presence where it is not.
fn has_shell(call: &Call<'_, '_>) -> Result<bool, Raised> {
    let mut result = false;
    if call.has_keyword("shell")? {
        for keyword in call.keywords().iter().filter(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "shell")) {
            result = match &keyword.value {
                Expr::NumberLiteral(literal) => match &literal.value {
                    Number::Int(value) => value.as_u64() != Some(0),
                    Number::Float(value) => *value != 0.0,
                    Number::Complex { imag, .. } => *imag != 0.0,
                },
                Expr::BooleanLiteral(literal) => literal.value,
                Expr::NoneLiteral(_) => false,
                Expr::StringLiteral(literal) => !literal.value.is_empty(),
                Expr::BytesLiteral(literal) => !literal.value.is_empty(),
                Expr::List(list) => !list.elts.is_empty(),
                Expr::Dict(dict) => !dict.items.is_empty(),
                _ => true,
            };
        }
    }
    Ok(result)
}

/// Whether the command is a plain string.
fn command_is_constant(call: &Call<'_, '_>) -> bool {
    call.args().first().is_some_and(|arg| string_constant(arg).is_some())
}

/// B602
pub(super) fn subprocess_with_shell(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy || !listed(&shell.subprocess, call.qualname)? || !has_shell(call)? {
        return Ok(None);
    }
    call.check_args()?;
    if call.args().is_empty() {
        return Ok(None);
    }
    let (severity, text) = if command_is_constant(call) {
        let text = "subprocess call with shell=True seems safe, but may be changed in the future, consider rewriting \
                    without shell";
        (Level::Low, text)
    } else {
        (Level::High, "subprocess call with shell=True identified, security issue.")
    };
    Ok(Some(Draft::new(severity, Level::High, OS_COMMAND, text).on(call.line_of_keyword("shell"))))
}

/// B603
pub(super) fn subprocess_without_shell(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy || !listed(&shell.subprocess, call.qualname)? || has_shell(call)? {
        return Ok(None);
    }
    let text = "subprocess call - check for execution of untrusted input.";
    Ok(Some(Draft::new(Level::Low, Level::High, OS_COMMAND, text).on(call.line_of_keyword("shell"))))
}

/// B604
pub(super) fn other_function(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy || listed(&shell.subprocess, call.qualname)? || !has_shell(call)? {
        return Ok(None);
    }
    let text = "Function call with shell=True parameter identified, possible security issue.";
    Ok(Some(Draft::new(Level::Medium, Level::Low, OS_COMMAND, text).on(call.line_of_keyword("shell"))))
}

/// B605
pub(super) fn with_shell(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy || !listed(&shell.shell, call.qualname)? {
        return Ok(None);
    }
    call.check_args()?;
    if call.args().is_empty() {
        return Ok(None);
    }
    let (severity, text) = if command_is_constant(call) {
        let text = "Starting a process with a shell: Seems safe, but may be changed in the future, consider rewriting \
                    without shell";
        (Level::Low, text)
    } else {
        (Level::High, "Starting a process with a shell, possible injection detected, security issue.")
    };
    Ok(Some(Draft::new(severity, Level::High, OS_COMMAND, text)))
}

/// B606
pub(super) fn without_shell(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy || !listed(&shell.no_shell, call.qualname)? {
        return Ok(None);
    }
    Ok(Some(Draft::new(Level::Low, Level::Medium, OS_COMMAND, "Starting a process without a shell.")))
}

/// B607
pub(super) fn partial_path(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_truthy {
        return Ok(None);
    }
    call.check_args()?;
    let Some(first) = call.args().first() else { return Ok(None) };
    let starts_a_process = listed(&shell.subprocess, call.qualname)?
        || listed(&shell.shell, call.qualname)?
        || listed(&shell.no_shell, call.qualname)?;
    if !starts_a_process {
        return Ok(None);
    }
    let command = match first {
        Expr::List(list) => list.elts.first().unwrap_or(first),
        other => other,
    };
    match string_constant(command) {
        Some(path) if !is_full_path(path) => Ok(Some(Draft::new(
            Level::Low,
            Level::High,
            OS_COMMAND,
            "Starting a process with a partial executable path",
        ))),
        _ => Ok(None),
    }
}

/// A path from the root, a drive or the current directory.
fn is_full_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    match bytes.first() {
        Some(b'\\' | b'/' | b'.') => true,
        Some(first) => first.is_ascii_alphabetic() && bytes.get(1) == Some(&b':'),
        None => false,
    }
}

/// B609
pub(super) fn wildcard(call: &Call<'_, '_>) -> Verdict {
    let shell = &call.context.tests.settings.shell;
    if !shell.is_whole {
        return Ok(None);
    }
    let in_shell = listed(&shell.shell, call.qualname)?
        || (listed(&shell.subprocess, call.qualname)? && call.keyword_is("shell", &["True"])? == Some(true));
    if !in_shell || call.args().is_empty() {
        return Ok(None);
    }
    let mut command = String::new();
    match call.argument(0)? {
        Literal::List(items) => {
            for item in &items {
                command.push(' ');
                command.push_str(&item.to_text()?);
            }
        }
        Literal::Str(text) => command.push_str(&text),
        _ => {}
    }
    if command.contains('*') && ["chown", "chmod", "tar", "rsync"].iter().any(|name| command.contains(name)) {
        let text = format!("Possible wildcard injection in call: {}", call.qualname);
        return Ok(Some(Draft::new(Level::High, Level::Medium, 155, text).on(call.line_of_keyword("shell"))));
    }
    Ok(None)
}

/// B601
pub(super) fn paramiko(_call: &Call<'_, '_>) -> Verdict {
    let text = "Possible shell injection via Paramiko call, check inputs are properly sanitized.";
    Ok(Some(Draft::new(Level::Medium, Level::Medium, OS_COMMAND, text)))
}
