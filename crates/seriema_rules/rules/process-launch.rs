//! Processes started without a shell.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Origin, ScopeKind};

use crate::shared::process::{self, Launcher, ShellFlag};
use crate::shared::reach::function_text;
use crate::shared::template::{Hole, Part, Template};
use crate::shared::value::{list_names, origin_of, root_name};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "process-launch",
    family: Injection,
    severity: Low,
    confidence: Low,
    cwe: [88, 78],
    aliases: ["B603", "B606", "S603", "S606"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(process::LAUNCHERS, check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(launcher) = process::launcher(call.path()) else { return wrapper(cx, call) };
    let (codes, command): (&'static [&'static str], _) = match launcher {
        Launcher::Subprocess => {
            let flag = ShellFlag::of(cx.semantic, call);
            let command = process::subprocess_command(call);
            let ruff = !flag.ruff && command.is_some_and(|command| !is_trusted(cx, command));
            let codes: &[&str] = match (!flag.bandit, ruff) {
                (true, true) => &["B603", "S603"],
                (true, false) => &["B603"],
                (false, true) => &["S603"],
                (false, false) => return,
            };
            if flag.truth == Some(true) {
                // The shell is the graver matter, and another rule's.
                return quiet(cx, call, codes);
            }
            (
                codes,
                command.and_then(|command| process::listed(cx.semantic, command, 0).or_else(|| Some(vec![command]))),
            )
        }
        Launcher::NoShell => (&["B606", "S606"], os_arguments(cx, call)),
        Launcher::OtherNoShell => (&[], os_arguments(cx, call)),
        Launcher::Shell | Launcher::OtherShell | Launcher::RemoteShell => return,
    };
    let arguments = command.unwrap_or_default();
    if let Some(danger) = danger(cx, call, &arguments) {
        let finding = cx.report(&RULE, codes, call.func.range(), danger.message);
        finding.persona(danger.persona).severity(danger.severity).confidence(danger.confidence);
    } else {
        quiet(cx, call, codes);
    }
}

/// What only an inventory of process starts wants to know.
fn quiet(cx: &mut Checker<'_, '_>, call: &Call<'_>, codes: &'static [&'static str]) {
    if codes.is_empty() {
        return;
    }
    let name = function_text(cx.semantic, call.node);
    let finding = cx.report(&RULE, codes, call.func.range(), format!("`{name}` starts a process"));
    finding.persona(Persona::Auditor).severity(Severity::Info);
}

/// What ruff trusts: literals, displays of literals, `sys.executable`.
fn is_trusted(cx: &Checker<'_, '_>, command: &Expr) -> bool {
    let element = |expr: &Expr| expr.is_string_literal_expr() || cx.semantic.is_path(expr, "sys.executable");
    match command {
        Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().all(element),
        Expr::Named(named) => is_trusted(cx, &named.value),
        other => element(other),
    }
}

/// Program and arguments of `os.execv(path, argv)` and its like.
fn os_arguments<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>) -> Option<Vec<&'a Expr>> {
    let name = call.name();
    let first = usize::from(name.starts_with("spawn") && call.path().starts_with("os."));
    let program = call.positional(first)?;
    let is_list =
        matches!(name, "execv" | "execve" | "execvp" | "execvpe" | "spawnv" | "spawnve" | "spawnvp" | "spawnvpe")
            || name.starts_with("posix_spawn");
    let mut all = vec![program];
    if is_list {
        let rest = call.positional(first + 1).and_then(|list| process::listed(cx.semantic, list, 0));
        all.extend(rest.unwrap_or_default().into_iter().skip(1));
    } else if name == "create_subprocess_exec" {
        all.extend(call.node.arguments.args.iter().skip(1));
    } else if name.starts_with("exec") || name.starts_with("spawn") {
        all.extend(call.node.arguments.args.iter().skip(first + 2));
    }
    Some(all)
}

/// What is wrong with the arguments of a process.
struct Danger {
    message: String,
    persona: Persona,
    severity: Severity,
    confidence: Confidence,
}

/// Programs for which an argument that starts with a dash can mean running another one, or writing a file.
const TAKES_COMMANDS: &[&str] = &[
    "git", "hg", "svn", "bzr", "ssh", "scp", "sftp", "rsync", "curl", "wget", "tar", "zip", "find", "ffmpeg", "man",
    "psql", "mysql", "sqlite3", "vim", "less", "xargs", "sendmail", "tcpdump", "docker", "kubectl", "pip", "npm",
];

/// Verbs of version control that are given where to fetch from and what.
const FETCHING: &[&str] =
    &["clone", "fetch", "pull", "push", "ls-remote", "checkout", "submodule", "archive", "remote", "update"];

fn danger<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>, arguments: &[&'a Expr]) -> Option<Danger> {
    let semantic = cx.semantic;
    let name = function_text(semantic, call.node);
    let (program, rest) = arguments.split_first()?;
    // A script is the other rule's.
    if process::script(semantic, arguments).is_some() {
        return None;
    }
    let program_name = match semantic.constant_str(program) {
        Some(text) => Some(text.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()),
        None if semantic.origin(program) == Origin::Remote && is_text_value(program) => {
            let values = list_names(semantic, [*program].into_iter());
            let message = format!("`{name}` starts the program that {values} names, which comes from outside");
            return Some(Danger {
                message,
                persona: Persona::Regular,
                severity: Severity::Critical,
                confidence: Confidence::High,
            });
        }
        None => None,
    };
    let mut fetching = false;
    for argument in rest {
        if let Some(text) = semantic.constant_str(argument) {
            if text == "--" {
                break;
            }
            fetching |= FETCHING.contains(&&*text);
            continue;
        }
        let template = Template::of(semantic, argument);
        let Some(Part::Hole(first)) = template.parts.first() else { continue };
        // `if user: host = f"{user}@{host}"` leaves the parameter as it is otherwise.
        let own = Hole { expr: argument, scope: semantic.current_scope(), numeric: false };
        let hole = if is_parameter(cx, argument) { &own } else { first };
        let origin = origin_of(semantic, hole);
        let known = program_name.as_deref().is_some_and(|program| TAKES_COMMANDS.contains(&program));
        let version_control =
            (fetching && (known || program_name.is_none())) || matches!(program_name.as_deref(), Some("ssh" | "scp"));
        let values = || list_names(semantic, [hole.expr].into_iter());
        if origin == Origin::Remote && !refuses_dash(cx, hole.expr) {
            let message = format!(
                "{} comes from outside and may be read as an option of the program that `{name}` starts",
                values()
            );
            // What a dash can do depends on the program; a list of arguments is the right way to call any.
            let (persona, severity) =
                if known { (Persona::Regular, Severity::High) } else { (Persona::Pedantic, Severity::Medium) };
            return Some(Danger { message, persona, severity, confidence: Confidence::Medium });
        }
        if matches!(origin, Origin::Parameter | Origin::Unknown)
            && version_control
            && (origin == Origin::Parameter || hole.expr.is_attribute_expr())
            && names_source(hole.expr)
            && !refuses_dash(cx, hole.expr)
        {
            let program = program_name.as_deref().unwrap_or("the program");
            let message = format!("{} may be read as an option by `{program}`, which `{name}` starts", values());
            return Some(Danger {
                message,
                persona: Persona::Regular,
                severity: Severity::Medium,
                confidence: Confidence::Low,
            });
        }
    }
    None
}

/// Whether a value is text taken out of something; a whole list of arguments has its own first element.
fn is_text_value(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Name(_) | Expr::Subscript(_) | Expr::Call(_) | Expr::FString(_) | Expr::BinOp(_) | Expr::BoolOp(_)
    )
}

/// Whether a name is a parameter, perhaps bound again.
fn is_parameter(cx: &Checker<'_, '_>, expr: &Expr) -> bool {
    let Expr::Name(name) = expr else { return false };
    let scopes = &cx.semantic.scopes;
    let mut all = scopes.bindings_of(cx.semantic.current_scope(), &name.id);
    all.any(|binding| matches!(binding.kind, BindingKind::Parameter(_)))
}

/// Names of what version control is pointed at.
fn names_source(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        other => match root_name(other) {
            Some(name) => name.id.as_str(),
            None => return false,
        },
    };
    let lower = name.to_ascii_lowercase();
    ["url", "uri", "repo", "host", "ref", "branch", "rev", "tag", "checkout", "commit", "remote", "source", "revision"]
        .iter()
        .any(|word| lower.split('_').any(|part| part.trim_end_matches('s') == *word) || lower.ends_with(word))
}

/// Whether the function asks what a value starts with.
fn refuses_dash(cx: &Checker<'_, '_>, expr: &Expr) -> bool {
    let name = match expr {
        Expr::Attribute(_) => cx.semantic.text(expr),
        other => match root_name(other) {
            Some(name) => name.id.as_str(),
            None => return false,
        },
    };
    let ScopeKind::Function(function) = cx.semantic.scopes.scope(cx.semantic.current_scope()).kind else {
        return false;
    };
    let body = cx.semantic.text(function.range());
    body.match_indices(".startswith(").any(|(at, _)| {
        let before = body.get(..at).unwrap_or_default();
        let word_before = before.strip_suffix(name).and_then(|rest| rest.chars().last());
        before.ends_with(name) && !word_before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
    })
}

/// `self.run(["clone", self.url])` of a class that names its program elsewhere.
fn wrapper<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Expr::Attribute(method) = &*call.func else { return };
    if method.attr.as_str() != "run" || !matches!(&*method.value, Expr::Name(receiver) if receiver.id == "self") {
        return;
    }
    let Some(Expr::List(list)) = call.node.arguments.args.first() else { return };
    let verb = list.elts.first().and_then(Expr::as_string_literal_expr).map(|literal| literal.value.to_str());
    if !verb.is_some_and(|verb| matches!(verb, "clone" | "fetch" | "pull" | "ls-remote")) {
        return;
    }
    for argument in list.elts.iter().skip(1) {
        if argument.as_string_literal_expr().is_some_and(|literal| literal.value.to_str() == "--") {
            return;
        }
        let hole = Hole { expr: argument, scope: cx.semantic.current_scope(), numeric: false };
        if !argument.is_string_literal_expr()
            && names_source(argument)
            && origin_of(cx.semantic, &hole) > Origin::Program
            && !refuses_dash(cx, argument)
        {
            let name = function_text(cx.semantic, call.node);
            let values = list_names(cx.semantic, [argument].into_iter());
            let message = format!("{values} may be read as an option of the program that `{name}` starts");
            let finding = cx.report(&RULE, &[], call.func.range(), message);
            finding.severity(Severity::Medium).confidence(Confidence::Low);
            return;
        }
    }
}
