//! Calls that start a process.

use seriema_program::ast::{self, Expr};

use crate::{Call, Checker};

/// How a function starts a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessKind {
    /// `subprocess.run` and its siblings: a shell only with `shell=True`.
    Subprocess,
    /// `os.system` and its siblings: always through a shell. The other tools know these.
    Shell,
    /// Always through a shell; unknown to the other tools.
    OtherShell,
    /// `os.execv` and its siblings: never through a shell.
    Direct,
}

/// Last components of all functions that [`process_kind`] knows.
pub(crate) const PROCESS_NAMES: &[&str] = &[
    "Popen",
    "call",
    "check_call",
    "check_output",
    "run",
    "system",
    "popen",
    "popen2",
    "popen3",
    "popen4",
    "Popen3",
    "Popen4",
    "getoutput",
    "getstatusoutput",
    "create_subprocess_shell",
    "subprocess_shell",
    "execl",
    "execle",
    "execlp",
    "execlpe",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "spawnl",
    "spawnle",
    "spawnlp",
    "spawnlpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    "spawnvpe",
    "startfile",
];

/// How the callee of this path starts a process.
pub(crate) fn process_kind(path: &str) -> Option<ProcessKind> {
    let (module, name) = path.rsplit_once('.')?;
    Some(match (module, name) {
        ("subprocess", "Popen" | "call" | "check_call" | "check_output" | "run") => ProcessKind::Subprocess,
        ("os", "system" | "popen" | "popen2" | "popen3" | "popen4")
        | ("subprocess" | "commands", "getoutput" | "getstatusoutput")
        | ("popen2", "popen2" | "popen3" | "popen4" | "Popen3" | "Popen4") => ProcessKind::Shell,
        ("asyncio" | "asyncio.subprocess", "create_subprocess_shell")
        | ("asyncio.get_event_loop()" | "asyncio.get_running_loop()", "subprocess_shell") => ProcessKind::OtherShell,
        ("os", "startfile") => ProcessKind::Direct,
        ("os", name) if name.starts_with("exec") || name.starts_with("spawn") => ProcessKind::Direct,
        _ => return None,
    })
}

/// The command of a call that starts a process: a string or a list.
pub(crate) fn command<'a>(call: &Call<'a>, kind: ProcessKind) -> Option<&'a Expr> {
    match kind {
        ProcessKind::Subprocess => call.keyword("args").or_else(|| call.node.arguments.args.first()),
        ProcessKind::OtherShell => call.keyword("cmd").or_else(|| call.node.arguments.args.first()),
        ProcessKind::Shell => call.node.arguments.args.first(),
        // The mode of `os.spawn*` comes first.
        ProcessKind::Direct if call.path().starts_with("os.spawn") => call.node.arguments.args.get(1),
        ProcessKind::Direct => call.node.arguments.args.first(),
    }
}

/// What `shell=` says: `Some(None)` when it is given and its value is not known.
pub(crate) fn shell_keyword<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>) -> Option<Option<bool>> {
    call.keyword("shell").map(|value| cx.semantic.truth(value))
}

/// The elements of a list or tuple display.
pub(crate) fn elements(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::List(ast::ExprList { elts, .. }) => Some(elts),
        Expr::Tuple(ast::ExprTuple { elts, .. }) => Some(elts),
        _ => None,
    }
}

/// Whether an argument list runs a shell on its third element: `["sh", "-c", command]`.
pub(crate) fn shell_script(command: &Expr) -> Option<&Expr> {
    let [program, flag, script, ..] = elements(command)? else { return None };
    let text = |expr: &Expr| expr.as_string_literal_expr().map(|literal| literal.value.to_str().to_owned());
    let program = text(program)?;
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let flag = text(flag)?;
    let runs = match program.trim_end_matches(".exe") {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" => flag.starts_with('-') && flag.ends_with('c'),
        "cmd" => flag.eq_ignore_ascii_case("/c") || flag.eq_ignore_ascii_case("/k"),
        "powershell" | "pwsh" => flag.eq_ignore_ascii_case("-command") || flag.eq_ignore_ascii_case("-c"),
        _ => false,
    };
    runs.then_some(script)
}

/// A short name of what a value is built from, for messages: the first non-constant name in it.
pub(crate) fn culprit(cx: &Checker<'_, '_>, expr: &Expr) -> String {
    let text = match expr {
        Expr::FString(f) => {
            f.value.elements().find_map(|e| e.as_interpolation()).map(|hole| cx.semantic.text(&*hole.expression))
        }
        Expr::BinOp(op) => {
            let literal = |expr: &Expr| expr.is_literal_expr();
            let side = if literal(&op.right) { &op.left } else { &op.right };
            return culprit(cx, side);
        }
        Expr::Call(call) => match (&*call.func, call.arguments.args.first()) {
            (Expr::Attribute(method), Some(argument)) if matches!(method.attr.as_str(), "format" | "join") => {
                return culprit(cx, argument);
            }
            _ => Some(cx.semantic.text(expr)),
        },
        Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
            match elts.iter().find(|element| !element.is_literal_expr()) {
                Some(element) => return culprit(cx, element),
                None => None,
            }
        }
        _ => Some(cx.semantic.text(expr)),
    };
    let text = text.unwrap_or_else(|| cx.semantic.text(expr));
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(48) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}
