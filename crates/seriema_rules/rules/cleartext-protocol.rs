//! Telnet, FTP, and mail logins without TLS.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Node};

use crate::shared::expression_parts::{in_annotation, method_calls, surrounding_body};
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "cleartext-protocol",
    family: Transport,
    severity: Medium,
    confidence: High,
    cwe: [319],
    aliases: ["B312", "B321", "S312", "S321"],
}

/// What `ftplib` and `telnetlib` export.
const NAMES: &[&str] = &[
    "Telnet",
    "FTP",
    "FTP_TLS",
    "error_reply",
    "error_temp",
    "error_perm",
    "error_proto",
    "all_errors",
    "Error",
    "print_line",
    "parse150",
    "parse227",
    "parse229",
    "parse257",
    "ftpcp",
    "MSG_OOB",
    "FTP_PORT",
    "MAXLINE",
    "CRLF",
    "B_CRLF",
    "TELNET_PORT",
    "IAC",
    "DONT",
    "DO",
    "WONT",
    "WILL",
    "theNULL",
    "SE",
    "NOP",
    "DM",
    "BRK",
    "IP",
    "AO",
    "AYT",
    "EC",
    "EL",
    "GA",
    "SB",
    "BINARY",
    "ECHO",
    "SGA",
    "TTYPE",
    "NAWS",
    "LINEMODE",
    "NEW_ENVIRON",
    "TSPEED",
    "XDISPLOC",
    "NOOPT",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(NAMES, check_call);
    hooks.on_reference(NAMES, check_reference);
    hooks.on_call(&["SMTP", "IMAP4", "POP3"], check_mail);
    hooks.on_call(&["open_connection"], check_telnetlib3);
}

/// The codes for a name of one of the two modules, by whether it is called.
fn codes(path: &str) -> Option<&'static [&'static str]> {
    if path.contains('(') {
        return None;
    }
    match path.split_once('.')? {
        ("telnetlib", "Telnet") => Some(&["B312", "S312"]),
        ("ftplib", "FTP") => Some(&["B321", "S321"]),
        ("telnetlib", _) => Some(&["S312"]),
        ("ftplib", _) => Some(&["S321"]),
        _ => None,
    }
}

fn check_call(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = call.path();
    let Some(codes) = codes(path) else { return };
    if path == "telnetlib.Telnet" {
        cx.report(&RULE, codes, call.node, "Telnet sends the login and everything typed in clear");
        return;
    }
    if path != "ftplib.FTP" {
        let message = format!("`{path}` belongs to a protocol without encryption");
        cx.report(&RULE, codes, call.node, message).persona(Persona::Auditor).severity(Severity::Info);
        return;
    }
    let credentials = ftp_credentials(cx, call);
    let fix = match &*call.func {
        Expr::Attribute(function) => Some(RawFix::replace(
            "Use FTP over TLS; call `prot_p()` after the login",
            &function.attr,
            "FTP_TLS",
            Applicability::Display,
        )),
        _ => None,
    };
    let message = if credentials {
        "FTP sends the user's name and password in clear"
    } else {
        "FTP transfers files in clear, and nothing says that they are the right ones"
    };
    let finding = cx.report(&RULE, codes, call.node, message);
    if !credentials {
        finding.persona(Persona::Pedantic).severity(Severity::Low);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Whether a connection is logged in to with more than the anonymous user.
fn ftp_credentials(cx: &Checker<'_, '_>, call: &Call<'_>) -> bool {
    let is_user = |user: &Expr| match user {
        Expr::StringLiteral(name) => !matches!(name.value.to_str(), "" | "anonymous" | "ftp"),
        Expr::NoneLiteral(_) => false,
        _ => true,
    };
    if call.argument("user", 1).is_some_and(is_user) {
        return true;
    }
    let Some((receiver, of_class)) = holder(cx) else { return false };
    method_calls(cx.semantic, surrounding_body(cx.semantic, of_class), receiver, &["login"]).iter().any(|login| {
        let user = login.arguments.find_argument_value("user", 0);
        user.is_some_and(is_user)
    })
}

/// What the current node's value is assigned to, as written, and whether that is an attribute of the class.
fn holder<'a>(cx: &Checker<'_, 'a>) -> Option<(&'a str, bool)> {
    use seriema_program::ast::Stmt;
    let semantic = cx.semantic;
    match semantic.ancestors().find(|node| matches!(node, Node::Stmt(_)))? {
        Node::Stmt(Stmt::Assign(assign)) => {
            let target = assign.targets.first()?;
            Some((semantic.text(target), target.is_attribute_expr()))
        }
        Node::Stmt(Stmt::AnnAssign(assign)) => {
            Some((semantic.text(&*assign.target), assign.target.is_attribute_expr()))
        }
        Node::Stmt(Stmt::With(with)) => {
            let target = with.items.iter().find_map(|item| item.optional_vars.as_deref())?;
            Some((semantic.text(target), target.is_attribute_expr()))
        }
        _ => None,
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some(codes) = codes(path) else { return };
    let is_import = match expr {
        Expr::Name(name) => matches!(
            cx.semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind),
            Some(BindingKind::ImportFrom { .. } | BindingKind::Import(_))
        ),
        _ => true,
    };
    if !is_import || in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let codes: &[&str] = if codes.contains(&"S312") { &["S312"] } else { &["S321"] };
    let message = format!("`{path}` belongs to a protocol without encryption");
    cx.report(&RULE, codes, expr, message).persona(Persona::Auditor).severity(Severity::Info);
}

/// A mail connection that is logged in to, and never switched to TLS before.
fn check_mail(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let logins: &[&str] = match call.path() {
        "smtplib.SMTP" | "imaplib.IMAP4" => &["login", "authenticate"],
        "poplib.POP3" => &["user", "pass_", "apop"],
        _ => return,
    };
    if is_local(cx, call) {
        return;
    }
    let Some((receiver, of_class)) = holder(cx) else { return };
    let body = surrounding_body(cx.semantic, of_class);
    if method_calls(cx.semantic, body, receiver, logins).is_empty()
        || !method_calls(cx.semantic, body, receiver, &["starttls", "stls"]).is_empty()
    {
        return;
    }
    let name = call.path();
    let message = format!("`{name}` is logged in to without TLS: the password is sent in clear");
    let fix = match &*call.func {
        Expr::Attribute(function) => Some(RawFix::replace(
            "Connect with TLS; mind the port",
            &function.attr,
            format!("{}_SSL", function.attr),
            Applicability::Display,
        )),
        _ => None,
    };
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.confidence(Confidence::Medium);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// What does not leave the machine needs no encryption.
fn is_local(cx: &Checker<'_, '_>, call: &Call<'_>) -> bool {
    let host = call.argument("host", 0).and_then(|host| cx.semantic.constant_str(host));
    host.is_some_and(|host| matches!(&*host, "localhost" | "127.0.0.1" | "::1"))
}

fn check_telnetlib3(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() == "telnetlib3.open_connection" {
        cx.report(&RULE, &[], call.node, "Telnet sends the login and everything typed in clear");
    }
}
