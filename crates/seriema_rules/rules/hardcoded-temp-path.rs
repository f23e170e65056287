//! Fixed paths in directories that every user can write to.

use std::borrow::Cow;

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Node, Semantic};

use crate::shared::decided_elsewhere::{report_use, reported};
use crate::shared::leading_literal::{LeadingLiteral, leading_literal};
use crate::shared::web_context::mentions_any;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "hardcoded-temp-path",
    family: Files,
    severity: Medium,
    confidence: Medium,
    cwe: [377, 379],
    aliases: ["B108", "S108"],
}

/// What the paths begin with.
const SHARED_DIRECTORIES: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

const CODES: &[&str] = &["B108", "S108"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_string(check_string);
    hooks.on_fstring(check_fstring);
    hooks.on_call(
        &[
            "open",
            "makedirs",
            "mkdir",
            "write_text",
            "write_bytes",
            "touch",
            "copy",
            "copy2",
            "copyfile",
            "copytree",
            "move",
            "urlretrieve",
            "FileHandler",
            "RotatingFileHandler",
            "TimedRotatingFileHandler",
            "WatchedFileHandler",
            "basicConfig",
            "connect",
            "ZipFile",
            "TarFile",
            "save",
            "bind",
        ],
        check_write,
    );
    hooks.on_call(
        &[
            "system",
            "popen",
            "run",
            "call",
            "check_call",
            "check_output",
            "Popen",
            "execv",
            "execl",
            "execvp",
            "execlp",
        ],
        check_execution,
    );
}

fn in_shared_directory(text: &str) -> bool {
    SHARED_DIRECTORIES.iter().any(|directory| text.starts_with(directory))
}

fn check_string(cx: &mut Checker<'_, '_>, node: &ast::ExprStringLiteral) {
    let Some(first) = node.value.iter().next() else { return };
    let may_be = match first.value.as_bytes().first() {
        Some(byte) => *byte == b'/',
        None => node.value.is_implicit_concatenated(),
    };
    if may_be && in_shared_directory(node.value.to_str()) {
        report_literal(cx, node.value.to_str(), node.range);
    }
}

fn check_fstring(cx: &mut Checker<'_, '_>, node: &ast::ExprFString) {
    for part in &node.value {
        match part {
            ast::FStringPart::Literal(literal) if in_shared_directory(&literal.value) => {
                report_literal(cx, &literal.value, literal.range());
            }
            ast::FStringPart::Literal(_) => {}
            ast::FStringPart::FString(f) => {
                for literal in f.elements.literals().filter(|literal| in_shared_directory(&literal.value)) {
                    report_literal(cx, &literal.value, literal.range);
                }
            }
        }
    }
}

/// Every literal, for auditors. Where one is written to or executed is found by the other hooks.
fn report_literal(cx: &mut Checker<'_, '_>, text: &str, range: TextRange) {
    if reported(cx, &RULE, range).is_some() {
        return;
    }
    // `tempfile.mkdtemp(dir="/tmp")` picks a name of its own below it.
    let call = cx.semantic.ancestors().find(|node| !matches!(node, Node::Keyword(_)));
    let for_tempfile = match call {
        Some(Node::Expr(Expr::Call(call))) => {
            cx.semantic.qualified(&call.func).is_some_and(|path| path.starts_with("tempfile."))
        }
        _ => false,
    };
    let codes: &[&str] = if for_tempfile { &["B108"] } else { CODES };
    let message = format!("`{}` lies in a directory that every local user can write to", shorten(text));
    cx.report(&RULE, codes, range, message).persona(Persona::Auditor).severity(Severity::Low);
}

fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default().escape_debug())),
        None if text.contains(['\n', '`']) => Cow::Owned(text.escape_debug().to_string()),
        None => Cow::Borrowed(text),
    }
}

/// What a call does with a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Write,
    Directory,
    Execute,
}

fn check_write<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some((path, how)) = written_path(cx.semantic, call) else { return };
    report_path(cx, call, path, how);
}

/// The argument (or receiver) of a call that names what it writes or creates.
fn written_path<'a>(semantic: &Semantic<'a>, call: &Call<'a>) -> Option<(&'a Expr, Use)> {
    let receiver = match &*call.node.func {
        Expr::Attribute(attribute) => Some(&*attribute.value),
        _ => None,
    };
    let first = || call.positional(0);
    let mode_writes = |index| {
        let mode = call.argument("mode", index).and_then(|mode| semantic.constant_str(mode));
        // `x` fails when the file exists, which is the remedy.
        mode.is_some_and(|mode| mode.contains(['w', 'a', '+']) && !mode.contains('x'))
    };
    match call.path() {
        "builtins.open" | "io.open" | "codecs.open" | "gzip.open" | "bz2.open" | "lzma.open" | "aiofiles.open"
        | "tarfile.open" | "zipfile.ZipFile" | "tarfile.TarFile" => {
            return mode_writes(1).then(first).flatten().map(|path| (path, Use::Write));
        }
        "os.open" => {
            let flags = semantic.text(call.argument("flags", 1)?);
            return (flags.contains("O_CREAT") && !flags.contains("O_EXCL") && !flags.contains("O_NOFOLLOW"))
                .then(first)
                .flatten()
                .map(|path| (path, Use::Write));
        }
        "os.makedirs" | "os.mkdir" => {
            return accepts_existing(semantic, call).then(first).flatten().map(|p| (p, Use::Directory));
        }
        "shutil.copy" | "shutil.copy2" | "shutil.copyfile" | "shutil.copytree" | "shutil.move" => {
            return call.argument("dst", 1).map(|path| (path, Use::Write));
        }
        "urllib.request.urlretrieve" | "urllib.urlretrieve" => {
            return call.argument("filename", 1).map(|path| (path, Use::Write));
        }
        "logging.FileHandler"
        | "logging.handlers.RotatingFileHandler"
        | "logging.handlers.TimedRotatingFileHandler"
        | "logging.handlers.WatchedFileHandler" => {
            return call.argument("filename", 0).map(|path| (path, Use::Write));
        }
        "logging.basicConfig" => return call.keyword("filename").map(|path| (path, Use::Write)),
        "sqlite3.connect" => return call.argument("database", 0).map(|path| (path, Use::Write)),
        "shelve.open" | "dbm.open" | "torch.save" | "numpy.save" => {
            return if call.path() == "torch.save" { call.positional(1) } else { first() }
                .map(|path| (path, Use::Write));
        }
        _ => {}
    }
    match call.name() {
        "write_text" | "write_bytes" | "touch" => receiver.map(|path| (path, Use::Write)),
        "open" if receiver.is_some() && mode_writes(0) => receiver.map(|path| (path, Use::Write)),
        "mkdir" if accepts_existing(semantic, call) => receiver.map(|path| (path, Use::Directory)),
        // An uploaded file, an image, a figure, a Unix socket.
        "save" | "bind" => first().filter(|path| !path.is_tuple_expr()).map(|path| (path, Use::Write)),
        _ => None,
    }
}

/// Whether a directory that someone else made is taken for one's own: `exist_ok=True`, or only made when missing.
fn accepts_existing(semantic: &Semantic<'_>, call: &Call<'_>) -> bool {
    if let Some(exist_ok) = call.keyword("exist_ok") {
        return matches!(exist_ok, Expr::BooleanLiteral(literal) if literal.value);
    }
    semantic.ancestors().take_while(|node| !matches!(node, Node::Stmt(Stmt::FunctionDef(_)))).any(|node| match node {
        Node::Stmt(Stmt::If(statement)) => {
            let test = semantic.text(&*statement.test);
            test.contains("exists(") || test.contains("isdir(") || test.contains("is_dir(")
        }
        _ => false,
    })
}

fn check_execution<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    if !(path.starts_with("subprocess.") || path.starts_with("os.")) {
        return;
    }
    let Some(command) = call.argument(if path.starts_with("os.") { "command" } else { "args" }, 0) else { return };
    let program = match command {
        Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => match elts.as_slice() {
            [first, second, ..] if is_interpreter(cx.semantic, first) => second,
            [first, ..] => first,
            [] => return,
        },
        command => command,
    };
    if matches!(program, Expr::StringLiteral(_) | Expr::FString(_) | Expr::Name(_) | Expr::BinOp(_) | Expr::Call(_)) {
        report_path(cx, call, program, Use::Execute);
    }
}

fn is_interpreter<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> bool {
    if semantic.is_path(expr, "sys.executable") {
        return true;
    }
    semantic.constant_str(expr).is_some_and(|program| {
        let name = program.rsplit('/').next().unwrap_or_default();
        matches!(name, "sh" | "bash" | "dash" | "zsh" | "perl" | "ruby" | "node") || name.starts_with("python")
    })
}

fn report_path<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, path: &'a Expr, how: Use) {
    let Some(literal) = leading_literal(cx.semantic, path) else { return };
    let LeadingLiteral { text, range, unpredictable, joined } = literal;
    if !in_shared_directory(text) || !joined && is_whole_directory(text) {
        return;
    }
    let shown = match joined {
        true if is_whole_directory(text) => Cow::Owned(format!("{}/…", text.trim_end_matches('/'))),
        true => Cow::Owned(format!("{}…", shorten(text))),
        false => shorten(text),
    };
    let function = if call.path().is_empty() { call.name() } else { call.path() };
    let function = function.trim_start_matches("builtins.").replace("()", "");
    let message = match how {
        Use::Write => format!("`{function}` writes to `{shown}`, a path that any local user can occupy first"),
        Use::Directory => format!("`{function}` takes `{shown}` as it is when another local user has made it first"),
        Use::Execute => format!("`{function}` executes `{shown}`, which any local user can put there"),
    };
    // The one directory that a function of AWS Lambda can write to, and nobody else's.
    let own_machine = mentions_any(cx.semantic, &["lambda_handler", "def handler(event, context"]);
    // Other tools know literals alone.
    let codes: &[&str] = if cx.semantic.text(range).ends_with(')') { &[] } else { CODES };
    if let Some(finding) = report_use(cx, &RULE, codes, range, message) {
        finding.severity(if how == Use::Execute { Severity::High } else { Severity::Medium });
        if how == Use::Directory {
            finding.confidence(Confidence::Low);
        }
        if unpredictable || own_machine {
            finding.persona(Persona::Pedantic);
        }
    }
}

/// `shutil.copy(report, "/tmp")`: what is written below it is not known.
fn is_whole_directory(text: &str) -> bool {
    SHARED_DIRECTORIES.contains(&text.trim_end_matches('/'))
}
