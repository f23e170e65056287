//! Calls that start processes: which argument is the command, whether a shell reads it, and how far it can be steered.

use seriema_program::ast::{self, Expr, Number};
use seriema_program::{Origin, Semantic};

use crate::Call;
use crate::shared::template::{HOLE, Hole, Part, Template};
use crate::shared::value::{origin_of, went_through};

/// What a call does with its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Launcher {
    /// `subprocess.run` and its like: a shell when `shell` is true.
    Subprocess,
    /// `os.system` and its like: always a shell. Bandit and ruff know it.
    Shell,
    /// A shell that those two do not know: `asyncio.create_subprocess_shell`.
    OtherShell,
    /// A shell on another machine.
    RemoteShell,
    /// `os.execv` and its like: never a shell.
    NoShell,
    /// A start without a shell that Bandit and ruff do not know: `asyncio.create_subprocess_exec`.
    OtherNoShell,
}

/// The last components of [`launcher`]'s names, for hooks.
pub(crate) const LAUNCHERS: &[&str] = &[
    "Popen",
    "call",
    "check_call",
    "check_output",
    "run",
    "getoutput",
    "getstatusoutput",
    "system",
    "popen",
    "popen2",
    "popen3",
    "popen4",
    "Popen3",
    "Popen4",
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
    "posix_spawn",
    "posix_spawnp",
    "create_subprocess_shell",
    "create_subprocess_exec",
    "subprocess_shell",
    "subprocess_exec",
    "exec_command",
    "sudo",
    "local",
    "spawn",
    "run_process",
    "open_process",
    "runCommand",
];

/// What the call of an API path does.
pub(crate) fn launcher(path: &str) -> Option<Launcher> {
    let (module, name) = path.rsplit_once('.')?;
    Some(match (module, name) {
        ("subprocess" | "subprocess32", "Popen" | "call" | "check_call" | "check_output" | "run") => {
            Launcher::Subprocess
        }
        ("subprocess" | "commands", "getoutput" | "getstatusoutput")
        | ("os", "system" | "popen" | "popen2" | "popen3" | "popen4")
        | ("popen2", "popen2" | "popen3" | "popen4" | "Popen3" | "Popen4") => Launcher::Shell,
        ("asyncio" | "asyncio.subprocess", "create_subprocess_shell")
        | ("pexpect" | "ptyprocess", "runCommand")
        | ("anyio", "run_process" | "open_process") => Launcher::OtherShell,
        (
            "asyncio.get_event_loop()" | "asyncio.get_running_loop()" | "asyncio.new_event_loop()",
            "subprocess_shell",
        ) => Launcher::OtherShell,
        (
            "os",
            "execl" | "execle" | "execlp" | "execlpe" | "execv" | "execve" | "execvp" | "execvpe" | "spawnl"
            | "spawnle" | "spawnlp" | "spawnlpe" | "spawnv" | "spawnve" | "spawnvp" | "spawnvpe" | "startfile",
        ) => Launcher::NoShell,
        ("os", "posix_spawn" | "posix_spawnp")
        | ("pty", "spawn")
        | ("asyncio" | "asyncio.subprocess", "create_subprocess_exec") => Launcher::OtherNoShell,
        _ if name == "exec_command" && path.starts_with("paramiko.") => Launcher::RemoteShell,
        ("fabric.Connection()" | "fabric.connection.Connection()", "run" | "sudo" | "local")
        | ("fabric.api" | "fabric.operations", "run" | "sudo" | "local")
        | ("asyncssh.connect()", "run") => Launcher::RemoteShell,
        _ => return None,
    })
}

/// What is known of a call's `shell` argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShellFlag {
    /// What it is, by constants too; none when that does not show.
    pub(crate) truth: Option<bool>,
    /// Whether Bandit takes it for true: everything that is not a false literal.
    pub(crate) bandit: bool,
    /// Whether ruff takes it for true: true literals alone.
    pub(crate) ruff: bool,
}

impl ShellFlag {
    /// Reads the `shell` keyword of a call. Absent, it is false.
    pub(crate) fn of<'a>(semantic: &Semantic<'a>, call: &Call<'a>) -> Self {
        match call.keyword("shell") {
            Some(value) => Self::of_value(semantic, value),
            None => Self { truth: Some(false), bandit: false, ruff: false },
        }
    }

    /// Reads a value of `shell`.
    pub(crate) fn of_value<'a>(semantic: &Semantic<'a>, value: &'a Expr) -> Self {
        let literal = literal_truth(value);
        let bandit = match value {
            // Constants by Python's truth, lists and dictionaries by their elements, anything else for true.
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::StringLiteral(_) => {
                literal == Some(true)
            }
            Expr::List(list) => !list.elts.is_empty(),
            Expr::Dict(dict) => !dict.items.is_empty(),
            _ => true,
        };
        Self { truth: literal.or_else(|| semantic.truth(value)), bandit, ruff: literal == Some(true) }
    }
}

/// The truth of literals and displays.
fn literal_truth(value: &Expr) -> Option<bool> {
    Some(match value {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NoneLiteral(_) => false,
        Expr::StringLiteral(literal) => !literal.value.is_empty(),
        Expr::BytesLiteral(literal) => literal.value.iter().any(|part| !part.is_empty()),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => *value != 0,
            Number::Float(value) => *value != 0.0,
            Number::Complex { real, imag } => *real != 0.0 || *imag != 0.0,
        },
        Expr::EllipsisLiteral(_) | Expr::Lambda(_) | Expr::Generator(_) => true,
        Expr::List(ast::ExprList { elts, .. })
        | Expr::Set(ast::ExprSet { elts, .. })
        | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            if elts.is_empty() {
                false
            } else if elts.iter().any(|element| !element.is_starred_expr()) {
                true
            } else {
                return None;
            }
        }
        Expr::Dict(dict) => {
            if dict.items.is_empty() {
                false
            } else if dict.items.iter().any(|item| item.key.is_some()) {
                true
            } else {
                return None;
            }
        }
        _ => return None,
    })
}

/// The command of a `subprocess` call: `args`, by position or by name, or what is unpacked in its place.
pub(crate) fn subprocess_command<'a>(call: &Call<'a>) -> Option<&'a Expr> {
    let first = call.node.arguments.args.first();
    call.argument("args", 0).or_else(|| first.filter(|argument| argument.is_starred_expr()))
}

/// How far a command can be steered.
#[derive(Clone, Debug)]
pub(crate) struct Danger<'a> {
    /// Where the worst value comes from.
    pub(crate) origin: Origin,
    /// The values of that origin.
    pub(crate) values: Vec<Hole<'a>>,
    /// Whether one value is the whole command, rather than a part of it.
    pub(crate) whole: bool,
    /// Whether all values that come from elsewhere were quoted for the shell.
    pub(crate) quoted: bool,
}

/// Weighs the values of a command that a shell reads. None for a constant.
pub(crate) fn weigh<'a>(semantic: &Semantic<'a>, template: &Template<'a>) -> Option<Danger<'a>> {
    let mut origin = Origin::Constant;
    let mut values = Vec::new();
    let mut quoted = false;
    for hole in template.holes().take(24) {
        let own = origin_of(semantic, hole);
        if own <= Origin::Inert {
            quoted |= own == Origin::Inert && is_quoted(semantic, hole);
            continue;
        }
        if is_quoted(semantic, hole) {
            quoted = true;
            continue;
        }
        if own > origin {
            origin = own;
            values.clear();
        }
        if own == origin {
            values.push(*hole);
        }
    }
    if values.is_empty() && !quoted {
        return None;
    }
    let whole = !template.has_text() || values.iter().all(|hole| is_command_by_name(hole.expr));
    Some(Danger { origin, quoted: values.is_empty(), values, whole })
}

/// Names of what is a command already, before something is put in front of it.
fn is_command_by_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if matches!(name.id.as_str(), "cmd" | "command" | "commands" | "cmdline" | "script" | "shell_command"))
}

/// Whether a value went through something that quotes for the shell.
pub(crate) fn is_quoted(semantic: &Semantic<'_>, hole: &Hole<'_>) -> bool {
    went_through(semantic, hole.scope, hole.expr, &is_shell_quoting, 0)
}

fn is_shell_quoting(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["quote", "shlex", "escape", "list2cmdline"].iter().any(|part| lower.contains(part)) && !lower.starts_with("un")
}

/// The arguments of a process start as far as they are listed: elements of a display, a name bound to one, `a + [b]`.
pub(crate) fn listed<'a>(semantic: &Semantic<'a>, expr: &'a Expr, depth: u32) -> Option<Vec<&'a Expr>> {
    if depth > 6 {
        return None;
    }
    match expr {
        Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            Some(elts.iter().collect())
        }
        Expr::BinOp(op) if op.op == ast::Operator::Add => {
            let mut all = listed(semantic, &op.left, depth + 1)?;
            match listed(semantic, &op.right, depth + 1) {
                Some(more) => all.extend(more),
                None => all.push(&op.right),
            }
            Some(all)
        }
        Expr::Name(name) => {
            let scope = semantic.current_scope();
            let (binding, owner) = semantic.binding_in(scope, &name.id, name.range.start())?;
            if owner != scope || semantic.scopes.bindings_of(owner, &name.id).count() != 1 {
                return None;
            }
            let value = crate::shared::template::assigned(binding)?;
            let mut all = listed(semantic, value, depth + 1)?;
            for (_, given) in semantic.scopes.mutations(owner, &name.id) {
                match given {
                    Expr::List(list) => all.extend(&list.elts),
                    other => all.push(other),
                }
            }
            Some(all)
        }
        Expr::Call(call) => match &*call.func {
            Expr::Name(function) if matches!(function.id.as_str(), "list" | "tuple") => {
                listed(semantic, call.arguments.args.first()?, depth + 1)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The script of `["sh", "-c", script]` and its like.
pub(crate) fn script<'a>(semantic: &Semantic<'a>, arguments: &[&'a Expr]) -> Option<&'a Expr> {
    let text = |index: usize| arguments.get(index).and_then(|argument| semantic.constant_str(argument));
    let program = text(0)?;
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let flag_of = |flag: &str| match name {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "fish" | "csh" | "tcsh" => {
            flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c')
        }
        "cmd" => flag.eq_ignore_ascii_case("/c") || flag.eq_ignore_ascii_case("/k"),
        "powershell" | "pwsh" => flag.eq_ignore_ascii_case("-command") || flag.eq_ignore_ascii_case("-c"),
        "su" | "runuser" => flag == "-c" || flag == "--command",
        _ => false,
    };
    let at = (1..arguments.len().min(8)).find(|index| text(*index).is_some_and(|flag| flag_of(&flag)))?;
    // `env sh -c`, `sudo sh -c` are left out: their first word is another program.
    arguments.get(at + 1).copied()
}

/// Characters that a shell gives a meaning of its own.
pub(crate) fn has_shell_syntax(text: &str) -> bool {
    text.contains([
        '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '*', '?', '[', ']', '#', '~', '{', '}', '\n', '!',
    ])
}

/// Splits a command into the source of a list of arguments, when a shell would do nothing but split it too.
pub(crate) fn argument_list(semantic: &Semantic<'_>, template: &Template<'_>) -> Option<String> {
    let mut words: Vec<Vec<Part<'_>>> = vec![Vec::new()];
    for part in &template.parts {
        match part {
            Part::Text(text) => {
                if has_shell_syntax(text) || text.contains(HOLE) {
                    return None;
                }
                let mut pieces = text.split(' ');
                if let (Some(first), Some(word)) = (pieces.next(), words.last_mut())
                    && !first.is_empty()
                {
                    word.push(Part::Text(first.to_owned().into()));
                }
                for piece in pieces {
                    words.push(Vec::new());
                    if let Some(word) = words.last_mut()
                        && !piece.is_empty()
                    {
                        word.push(Part::Text(piece.to_owned().into()));
                    }
                }
            }
            hole => words.last_mut()?.push(hole.clone()),
        }
    }
    let mut items = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        items.push(match word.as_slice() {
            [Part::Text(text)] => quoted_literal(text)?,
            [Part::Hole(hole)] => format!("str({})", one_line(semantic, hole)?),
            parts => {
                let mut out = String::from("f\"");
                for part in parts {
                    match part {
                        Part::Text(text) => out.push_str(text),
                        Part::Hole(hole) => {
                            let source = one_line(semantic, hole)?;
                            if source.contains(['"', '\'', '\\', '{']) {
                                return None;
                            }
                            out.push('{');
                            out.push_str(source);
                            out.push('}');
                        }
                    }
                }
                out.push('"');
                out
            }
        });
    }
    // `NAME=value command` sets a variable.
    let first = items.first()?;
    (!first.contains('=') && !first.starts_with("str(") && items.len() <= 32).then(|| format!("[{}]", items.join(", ")))
}

fn one_line<'a>(semantic: &Semantic<'a>, hole: &Hole<'_>) -> Option<&'a str> {
    let source = semantic.text(hole.expr);
    (hole.scope == semantic.current_scope() && !source.contains('\n') && !hole.numeric).then_some(source)
}

fn quoted_literal(text: &str) -> Option<String> {
    text.chars().all(|c| !c.is_control()).then(|| format!("\"{text}\""))
}
