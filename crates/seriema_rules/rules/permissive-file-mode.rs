//! Files and directories that other users may write to, or read where they should not.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{Const, Semantic};

use crate::shared::excerpt::excerpt;
use crate::shared::permission_bits::{KnownBits, known_bits};
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "permissive-file-mode",
    family: Files,
    severity: High,
    confidence: High,
    cwe: [732],
    aliases: ["B103", "S103"],
}

const OTHERS_WRITE: u64 = 0o002;
const OTHERS_READ: u64 = 0o004;
const GROUP_READ: u64 = 0o040;
const GROUP_WRITE: u64 = 0o020;
const STICKY: u64 = 0o1000;
/// Writing and executing, by group and others.
const BANDIT_BITS: u64 = 0o033;

/// Words of a path to something that must stay its owner's.
const SECRET_WORDS: &[&str] = &[
    "private_key",
    "privatekey",
    "privkey",
    "private.key",
    "keyfile",
    "key_file",
    "key_path",
    "keypath",
    "id_rsa",
    "id_ed25519",
    ".pem",
    ".key",
    "secret",
    "passw",
    "shadow",
    "credential",
    "token",
    "netrc",
    "kubeconfig",
    "htpasswd",
    ".pgpass",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["chmod", "lchmod", "fchmod"], check_chmod);
    hooks.on_call(&["mkdir", "makedirs", "mkfifo", "mknod", "open", "touch"], check_creation);
    hooks.on_call(&["umask"], check_umask);
    hooks.on_call(&["system", "popen", "run", "call", "check_call", "check_output", "Popen"], check_command);
}

fn check_chmod<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let by_os = matches!(call.path(), "os.chmod" | "os.lchmod" | "os.fchmod");
    // A method: `path.chmod(mode)` or `sftp.chmod(path, mode)`.
    let index = usize::from(by_os || call.node.arguments.args.len() > 1);
    let Some(mode) = call.argument("mode", index) else { return };
    let codes: &[&str] = match call.path() {
        "os.chmod" => &["B103", "S103"],
        _ if call.node.arguments.args.len() == 2 => &["B103"],
        _ => &[],
    };
    let bits = known_bits(cx.semantic, mode);
    let target = match (index, &*call.node.func) {
        (0, Expr::Attribute(method)) => Some(&*method.value),
        _ => call.positional(0),
    };
    if by_os && bits.is_invalid() {
        let message = format!("`{}` is no file mode: it has more than twelve bits", excerpt(cx.semantic, mode));
        cx.report(&RULE, codes, mode, message).persona(Persona::Auditor).severity(Severity::Low);
        return;
    }
    if bits.ones & !0o7777 != 0 {
        return;
    }
    let readable = bits.ones & (OTHERS_READ | GROUP_READ) != 0;
    if let Some(meant) = decimal_for_octal(cx.semantic, mode) {
        let message =
            format!("the decimal number `{meant}` is the mode `{:#o}`: the prefix `0o` is missing", bits.ones);
        let codes = if bits.ones & BANDIT_BITS != 0 { codes } else { &[] };
        cx.report(&RULE, codes, mode, message).severity(Severity::Low);
    } else if bits.ones & OTHERS_WRITE != 0 {
        report_writable(cx, call, codes, mode, bits, target);
    } else if readable && let Some(target) = target.filter(|target| is_secret(cx.semantic, target)) {
        let who = if bits.ones & OTHERS_READ != 0 { "every local user" } else { "the file's group" };
        let codes = if bits.ones & BANDIT_BITS != 0 { codes } else { &[] };
        let message = format!("`{}` is made readable for {who}", excerpt(cx.semantic, target));
        let finding = cx.report(&RULE, codes, mode, message);
        finding.severity(Severity::Medium).confidence(Confidence::Medium);
        if bits.ones & OTHERS_READ == 0 {
            finding.persona(Persona::Pedantic).severity(Severity::Low);
        }
    } else if bits.ones & BANDIT_BITS != 0 {
        let (what, persona) = match bits.ones & GROUP_WRITE {
            0 => ("lets others execute or enter it", Persona::Auditor),
            _ => ("lets its group write to it", Persona::Pedantic),
        };
        let message = format!("the mode `{}` {what}", excerpt(cx.semantic, mode));
        cx.report(&RULE, codes, mode, message).persona(persona).severity(Severity::Low);
    }
}

fn report_writable<'a>(
    cx: &mut Checker<'_, 'a>,
    call: &Call<'a>,
    codes: &'static [&'static str],
    mode: &'a Expr,
    bits: KnownBits,
    target: Option<&'a Expr>,
) {
    let shown = excerpt(cx.semantic, mode);
    let message = match target {
        Some(target) => {
            format!("`{}` is made writable for every local user by the mode `{shown}`", excerpt(cx.semantic, target))
        }
        None => format!("`{shown}` makes it writable for every local user"),
    };
    let fix = fix(mode, bits);
    let is_socket = target.is_some_and(|target| cx.semantic.text(target).to_ascii_lowercase().contains("sock"));
    // What is about to be removed has to be writable for that.
    let for_removal = cx.semantic.enclosing_function().is_some_and(|function| {
        let text = cx.semantic.text(function).as_bytes();
        let text = text.get(..1 << 14).unwrap_or(text);
        ["rmtree", "os.remove(", "os.unlink(", "os.rmdir(", "func(path"]
            .iter()
            .any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
    });
    let by_method = codes.is_empty() && call.path().is_empty();
    let finding = cx.report(&RULE, codes, mode, message);
    // A sticky directory is shared on purpose, as `/tmp` is.
    if bits.ones & STICKY != 0 || for_removal {
        finding.persona(Persona::Pedantic).severity(Severity::Low);
        return;
    }
    if is_socket {
        finding.severity(Severity::Medium);
    }
    if by_method {
        finding.confidence(Confidence::Medium);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// The same mode without write access for group and others.
fn fix(mode: &Expr, bits: KnownBits) -> Option<RawFix> {
    let value = bits.value().filter(|_| mode.is_number_literal_expr())?;
    let narrow = format!("{:#o}", value & !(GROUP_WRITE | OTHERS_WRITE));
    Some(RawFix::replace(format!("Use the mode `{narrow}`"), mode, narrow, Applicability::Suggestion))
}

/// `os.chmod(path, 755)`
fn decimal_for_octal<'a>(semantic: &Semantic<'a>, mode: &Expr) -> Option<&'a str> {
    let text = mode.is_number_literal_expr().then(|| semantic.text(mode))?;
    let bytes = text.as_bytes();
    let looks_octal =
        bytes.len() == 3 && bytes.iter().all(|b| (b'0'..=b'7').contains(b)) && matches!(bytes[0], b'4'..=b'7');
    // 511 and 438 are 0o777 and 0o666.
    (looks_octal && !matches!(text, "511" | "448" | "420" | "436" | "438" | "493")).then_some(text)
}

fn is_secret(semantic: &Semantic<'_>, target: &Expr) -> bool {
    let text = semantic.text(target).to_ascii_lowercase();
    !text.contains("pub") && SECRET_WORDS.iter().any(|word| text.contains(word))
}

/// A mode given on creation: the umask takes bits away from it, so that it matters only without one.
fn check_creation<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let mode = match call.path() {
        "os.open" => call.argument("mode", 2),
        "os.mkdir" | "os.makedirs" | "os.mkfifo" | "os.mknod" => call.argument("mode", 1),
        "" if matches!(call.name(), "mkdir" | "touch") => call.keyword("mode"),
        path if path.starts_with("pathlib.") && matches!(call.name(), "mkdir" | "touch") => call.argument("mode", 0),
        _ => return,
    };
    let Some(mode) = mode else { return };
    let bits = known_bits(cx.semantic, mode);
    if bits.is_invalid() || bits.ones & OTHERS_WRITE == 0 && bits.ones & OTHERS_READ == 0 {
        return;
    }
    let target = call.positional(0);
    if bits.ones & OTHERS_WRITE != 0 {
        let message = format!(
            "`{}` lets every local user write to what is created, unless the umask forbids it",
            excerpt(cx.semantic, mode)
        );
        let unmasked = cx.semantic.enclosing_function().is_some_and(|function| {
            let text = cx.semantic.text(function).as_bytes();
            let text = text.get(..1 << 16).unwrap_or(text);
            ["umask(0)", "umask(0o0)", "umask(0o000)", "umask(000)"]
                .iter()
                .any(|call| memchr::memmem::find(text, call.as_bytes()).is_some())
        });
        let fix = fix(mode, bits);
        let finding = cx.report(&RULE, &[], mode, message);
        finding.severity(Severity::Medium).confidence(Confidence::Medium);
        if !unmasked || bits.ones & STICKY != 0 {
            finding.persona(Persona::Pedantic).severity(Severity::Low);
        } else if let Some(fix) = fix {
            finding.fix(fix);
        }
    } else if call.path() == "os.open" && target.is_some_and(|target| is_secret(cx.semantic, target)) {
        let flags = call.argument("flags", 1).map_or("", |flags| cx.semantic.text(flags));
        if let Some(target) = target.filter(|_| flags.contains("O_CREAT")) {
            let message = format!("`{}` is created readable for every local user", excerpt(cx.semantic, target));
            cx.report(&RULE, &[], mode, message).severity(Severity::Medium).confidence(Confidence::Medium);
        }
    }
}

/// `os.umask(0)`, unless its result is kept: then it is put back, or was all that was wanted.
fn check_umask<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if call.path() != "os.umask" {
        return;
    }
    let Some(mask) = call.argument("mask", 0) else { return };
    let Some(Const::Int(value)) = cx.semantic.constant(mask) else { return };
    if value & 0o002 != 0 {
        return;
    }
    let discarded = matches!(cx.semantic.statement(), Some(Stmt::Expr(statement))
        if matches!(&*statement.value, Expr::Call(inner) if inner.range() == call.range()));
    let message = "files created from here on may be written by every local user, unless their mode forbids it";
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.severity(Severity::Medium).confidence(Confidence::Medium);
    if !discarded {
        finding.persona(Persona::Auditor).severity(Severity::Low);
    }
}

/// `chmod 777` by way of a command.
fn check_command<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !(call.path().starts_with("subprocess.") || call.path().starts_with("os.")) {
        return;
    }
    let Some(command) = call.positional(0) else { return };
    let opens = match command {
        Expr::List(list) => match list.elts.as_slice() {
            [Expr::StringLiteral(program), rest @ ..] if is_chmod(program.value.to_str()) => {
                rest.iter().find_map(|mode| mode.as_string_literal_expr()).is_some_and(|_| {
                    rest.iter().filter_map(Expr::as_string_literal_expr).any(|word| is_open_mode(word.value.to_str()))
                })
            }
            [Expr::StringLiteral(sudo), Expr::StringLiteral(program), rest @ ..]
                if sudo.value.to_str() == "sudo" && is_chmod(program.value.to_str()) =>
            {
                rest.iter().filter_map(Expr::as_string_literal_expr).any(|word| is_open_mode(word.value.to_str()))
            }
            _ => false,
        },
        Expr::StringLiteral(literal) => opens_in_shell(literal.value.to_str()),
        Expr::FString(f) => f.value.elements().any(|element| match element {
            ast::InterpolatedStringElement::Literal(literal) => opens_in_shell(&literal.value),
            ast::InterpolatedStringElement::Interpolation(_) => false,
        }),
        Expr::BinOp(op) => op.left.as_string_literal_expr().is_some_and(|left| opens_in_shell(left.value.to_str())),
        _ => false,
    };
    if opens {
        let message = "`chmod` is run with a mode that lets every local user write";
        cx.report(&RULE, &[], command, message).confidence(Confidence::Medium);
    }
}

fn is_chmod(word: &str) -> bool {
    word == "chmod" || word.ends_with("/chmod")
}

fn opens_in_shell(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.by_ref().any(is_chmod) && words.take_while(|word| !word.starts_with('/')).any(is_open_mode)
}

/// `777`, `0666`, `a+rwx`, `o+w`, `ugo+w`
fn is_open_mode(word: &str) -> bool {
    if word.len() >= 3 && word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit()) {
        let sticky = word.len() == 4 && word.starts_with(['1', '3', '5', '7']);
        return !sticky && u64::from_str_radix(word, 8).is_ok_and(|mode| mode & OTHERS_WRITE != 0);
    }
    word.split_once(['+', '=']).is_some_and(|(who, what)| {
        who.bytes().all(|b| matches!(b, b'u' | b'g' | b'o' | b'a'))
            && who.contains(['o', 'a'])
            && what.contains('w')
            && what.bytes().all(|b| matches!(b, b'r' | b'w' | b'x' | b'X' | b's' | b't'))
    })
}
