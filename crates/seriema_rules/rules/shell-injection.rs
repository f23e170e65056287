//! Commands that a shell reads.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::Origin;
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::{Ranged, TextRange};

use crate::shared::process::{self, Danger, Launcher, ShellFlag};
use crate::shared::reach::function_text;
use crate::shared::template::Template;
use crate::shared::value::list_names;
use crate::{Call, Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "shell-injection",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [78, 77],
    aliases: ["B601", "B602", "B604", "B605", "S601", "S602", "S604", "S605"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(process::LAUNCHERS, start);
    hooks.on_keyword(&["shell"], other_call);
}

fn start<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    match process::launcher(call.path()) {
        Some(Launcher::Subprocess) => subprocess(cx, call),
        Some(Launcher::Shell) => {
            let Some(command) = call.node.arguments.args.first().or_else(|| call.keyword("cmd")) else { return };
            let codes: &[&str] = if call.node.arguments.args.is_empty() { &[] } else { &["B605", "S605"] };
            shell_command(cx, call, codes, command);
        }
        Some(Launcher::OtherShell) => {
            let index = usize::from(call.name() == "subprocess_shell");
            let Some(command) = call.argument("cmd", index).or_else(|| call.keyword("command")) else { return };
            // These take a list as well, and use no shell then.
            if call.path().starts_with("anyio.") && !is_string(command) {
                return;
            }
            shell_command(cx, call, &[], command);
        }
        Some(Launcher::RemoteShell) => remote_command(cx, call),
        Some(Launcher::NoShell | Launcher::OtherNoShell) => {
            let arguments: Vec<&Expr> = match call.name() {
                "execl" | "execlp" => call.node.arguments.args.iter().skip(1).collect(),
                "create_subprocess_exec" => call.node.arguments.args.iter().collect(),
                "execv" | "execvp" | "execve" | "execvpe" | "posix_spawn" | "posix_spawnp" => {
                    call.positional(1).and_then(|list| process::listed(cx.semantic, list, 0)).unwrap_or_default()
                }
                "spawnl" | "spawnlp" => call.node.arguments.args.iter().skip(2).collect(),
                "spawnv" | "spawnvp" => {
                    call.positional(2).and_then(|list| process::listed(cx.semantic, list, 0)).unwrap_or_default()
                }
                _ => return,
            };
            script_argument(cx, call, &arguments);
        }
        None if call.name() == "exec_command" && cx.semantic.imports_module("paramiko") => remote_command(cx, call),
        None => {}
    }
}

/// Whether an expression shows that it is text.
fn is_string(expr: &Expr) -> bool {
    match expr {
        Expr::StringLiteral(_) | Expr::FString(_) => true,
        Expr::BinOp(op) => is_string(&op.left) || is_string(&op.right),
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Attribute(method) if matches!(method.attr.as_str(), "format" | "join"))
        }
        _ => false,
    }
}

fn subprocess<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let flag = ShellFlag::of(cx.semantic, call);
    let Some(command) = process::subprocess_command(call) else { return };
    if flag.truth == Some(false) && !flag.bandit {
        if let Some(arguments) = process::listed(cx.semantic, command, 0) {
            script_argument(cx, call, &arguments);
        }
        return;
    }
    let bandit = flag.bandit && !call.node.arguments.args.is_empty();
    let codes: &[&str] = match (bandit, flag.ruff) {
        (true, true) => &["B602", "S602"],
        (true, false) => &["B602"],
        (false, true) => &["S602"],
        (false, false) => &[],
    };
    match flag.truth {
        Some(true) => shell_command(cx, call, codes, command),
        // Whether a shell is used is decided elsewhere, or it is not.
        truth => {
            if codes.is_empty() {
                return;
            }
            let name = function_text(cx.semantic, call.node);
            let constant = process::weigh(cx.semantic, &Template::of(cx.semantic, command)).is_none();
            let persona = if truth == Some(false) || constant { Persona::Auditor } else { Persona::Pedantic };
            let message = format!("`{name}` may run its command through a shell");
            let finding = cx.report(&RULE, codes, call.func.range(), message);
            finding.persona(persona).severity(Severity::Low).confidence(Confidence::Low);
        }
    }
}

/// Reports a command that a shell reads.
fn shell_command<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, codes: &'static [&'static str], command: &'a Expr) {
    let name = function_text(cx.semantic, call.node);
    let place = call.func.range();
    // Of a list, a shell reads the first element only; the others are its own arguments.
    let read = match command {
        Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.first(),
        _ => Some(command),
    };
    let template = read.map(|read| Template::of(cx.semantic, read)).unwrap_or_default();
    let danger = process::weigh(cx.semantic, &template);
    let fix = rewrite(cx, call, command, &template);
    let Some(danger) = danger else {
        if codes.is_empty() {
            return;
        }
        let finding = cx.report(&RULE, codes, place, format!("`{name}` runs a constant command through a shell"));
        finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::High);
        if let Some(fix) = fix {
            finding.fix(fix);
        }
        return;
    };
    if danger.quoted {
        if !codes.is_empty() {
            let finding =
                cx.report(&RULE, codes, place, format!("`{name}` runs a command of quoted parts through a shell"));
            finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
        }
        return;
    }
    let (persona, severity, confidence) = weight(&danger);
    let message = message(cx, &name, &danger, "a shell command");
    let proof = proof(&template, &danger);
    let finding = cx.report(&RULE, codes, place, message);
    finding.persona(persona).severity(severity).confidence(confidence);
    if let Some(proof) = proof {
        finding.proof_of_concept(proof);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn weight(danger: &Danger<'_>) -> (Persona, Severity, Confidence) {
    match danger.origin {
        Origin::Remote => (Persona::Regular, Severity::Critical, Confidence::High),
        Origin::Parameter if danger.whole => (Persona::Regular, Severity::Medium, Confidence::Low),
        Origin::Parameter => (Persona::Regular, Severity::High, Confidence::Medium),
        // What the user's own command line or environment says to run is theirs to say.
        Origin::Local if danger.whole => (Persona::Pedantic, Severity::Low, Confidence::Low),
        Origin::Local => (Persona::Regular, Severity::Medium, Confidence::Medium),
        Origin::Unknown => (Persona::Regular, Severity::Medium, Confidence::Low),
        Origin::Program | Origin::Inert | Origin::Constant => (Persona::Pedantic, Severity::Low, Confidence::Low),
    }
}

fn message(cx: &Checker<'_, '_>, name: &str, danger: &Danger<'_>, what: &str) -> String {
    let values = list_names(cx.semantic, danger.values.iter().map(|hole| hole.expr));
    let from = match danger.origin {
        Origin::Remote => ", which comes from outside",
        Origin::Local => ", which the user of the program gives",
        _ => "",
    };
    if danger.whole {
        format!("`{name}` runs {what} that {values} holds{from}")
    } else {
        format!("`{name}` runs {what} built from {values}{from}")
    }
}

fn proof(template: &Template<'_>, danger: &Danger<'_>) -> Option<String> {
    let attacked = template.filled(danger.values.first()?, "; id > /tmp/owned #")?;
    Some(format!(
        "With `; id > /tmp/owned #` as the value, the shell is given\n\n```sh\n{attacked}\n```\n\nand runs `id` as a command of its own."
    ))
}

/// A command on another machine: there is no way to run one without a shell.
fn remote_command<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let codes: &[&str] = match (call.name(), call.path()) {
        ("exec_command", "paramiko.exec_command") => &["B601", "S601"],
        ("exec_command", _) => &["B601"],
        _ => &[],
    };
    let command = call.positional(0).or_else(|| call.keyword("command"));
    let template = command.map(|command| Template::of(cx.semantic, command)).unwrap_or_default();
    let name = function_text(cx.semantic, call.node);
    let place = call.func.range();
    match process::weigh(cx.semantic, &template).filter(|danger| !danger.quoted) {
        Some(danger) => {
            let (persona, severity, confidence) = weight(&danger);
            let trusted = danger.whole && danger.origin != Origin::Remote;
            let message = message(cx, &name, &danger, "a shell command on another machine");
            let proof = proof(&template, &danger);
            let finding = cx.report(&RULE, codes, place, message);
            finding.severity(severity).confidence(confidence);
            // Handing a whole command on is what a wrapper is for.
            finding.persona(if trusted { Persona::Pedantic } else { persona });
            if let Some(proof) = proof {
                finding.proof_of_concept(proof);
            }
        }
        None if codes.is_empty() => {}
        None => {
            let finding =
                cx.report(&RULE, codes, place, format!("`{name}` runs a constant command on another machine"));
            finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
        }
    }
}

/// `["bash", "-c", f"convert {name}"]`: a list, and a shell all the same.
fn script_argument<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, arguments: &[&'a Expr]) {
    let Some(script) = process::script(cx.semantic, arguments) else { return };
    let template = Template::of(cx.semantic, script);
    let Some(danger) = process::weigh(cx.semantic, &template).filter(|danger| !danger.quoted) else { return };
    let name = function_text(cx.semantic, call.node);
    let (persona, severity, confidence) = weight(&danger);
    let message = message(cx, &name, &danger, "a shell with a script");
    let proof = proof(&template, &danger);
    let finding = cx.report(&RULE, &[], script.range(), message);
    finding.persona(persona).severity(severity).confidence(confidence);
    if let Some(proof) = proof {
        finding.proof_of_concept(proof);
    }
}

/// `shell=True` given to something that is none of `subprocess`'s functions: a wrapper, most likely.
fn other_call<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, keyword: &'a ast::Keyword) {
    if process::launcher(call.path()) == Some(Launcher::Subprocess) {
        return;
    }
    let flag = ShellFlag::of_value(cx.semantic, &keyword.value);
    let codes: &[&str] = match (flag.bandit, flag.ruff) {
        (true, true) => &["B604", "S604"],
        (true, false) => &["B604"],
        _ => return,
    };
    let names_shell = match &keyword.value {
        Expr::StringLiteral(literal) => is_shell_name(literal.value.to_str()),
        value => matches!(value, Expr::BooleanLiteral(_) | Expr::NumberLiteral(_)) && flag.truth == Some(true),
    };
    let command = call.positional(0).or_else(|| ["cmd", "command", "args"].iter().find_map(|name| call.keyword(name)));
    let is_maker = matches!(call.path(), "builtins.dict" | "argparse.Namespace" | "collections.namedtuple");
    let name = function_text(cx.semantic, call.node);
    let place = call.func.range();
    if names_shell
        && !is_maker
        && let Some(command) = command
    {
        let template = Template::of(cx.semantic, command);
        if let Some(danger) = process::weigh(cx.semantic, &template).filter(|danger| !danger.quoted) {
            let (persona, severity, _) = weight(&danger);
            let certain =
                matches!(danger.origin, Origin::Remote) || (!danger.whole && danger.origin == Origin::Parameter);
            let message = message(cx, &name, &danger, "a shell command");
            let proof = proof(&template, &danger);
            let finding = cx.report(&RULE, codes, place, message);
            finding.severity(severity.min(Severity::High)).confidence(Confidence::Low);
            finding.persona(if certain { persona } else { Persona::Pedantic });
            if let Some(proof) = proof {
                finding.proof_of_concept(proof);
            }
            return;
        }
    }
    let finding =
        cx.report(&RULE, codes, place, format!("`{name}` is called with `shell={}`", cx.semantic.text(&keyword.value)));
    finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
}

fn is_shell_name(text: &str) -> bool {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
    matches!(
        name,
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "powershell" | "pwsh" | "cmd" | "cmd.exe" | "powershell.exe"
    )
}

/// `subprocess.run("git log", shell=True)` as `subprocess.run(["git", "log"])`.
fn rewrite<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>, command: &'a Expr, template: &Template<'a>) -> Option<RawFix> {
    if process::launcher(call.path()) != Some(Launcher::Subprocess) || command.is_starred_expr() {
        return None;
    }
    let values = match command {
        Expr::StringLiteral(_) => 0,
        Expr::FString(f) => f.value.elements().filter(|element| element.is_interpolation()).count(),
        _ => return None,
    };
    // Otherwise a name was followed to what it holds, which the fix would write out.
    if template.holes().filter(|hole| command.range().contains_range(hole.expr.range())).count() != values {
        return None;
    }
    let list = process::argument_list(cx.semantic, template)?;
    let shell = call.node.arguments.find_keyword("shell")?;
    let arguments = &call.node.arguments;
    let before = arguments
        .args
        .iter()
        .map(Ranged::end)
        .chain(arguments.keywords.iter().map(Ranged::end))
        .filter(|end| *end < shell.start())
        .max()?;
    let edits = vec![
        RawEdit { range: command.range(), content: list },
        RawEdit { range: TextRange::new(before, shell.end()), content: String::new() },
    ];
    Some(RawFix {
        title: "Start the program without a shell".to_owned(),
        edits,
        applicability: Applicability::Suggestion,
    })
}
