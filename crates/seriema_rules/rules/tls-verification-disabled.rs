//! TLS without checking who answers.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Const, Node};

use crate::shared::expression_parts::{
    attribute_values, bound_value, in_annotation, is_false, is_true, parameter_default, surrounding_body,
};
use crate::shared::fix_edits::import_edit;
use crate::shared::tls_context::{
    is_optional, is_pyopenssl_server, is_requirement, is_server_call, is_server_context, key_of,
};
use crate::shared::value_purpose::words;
use crate::{Call, Checker, Hooks, RawFinding, RawFix};

crate::declare_rule! {
    slug: "tls-verification-disabled",
    family: Transport,
    severity: High,
    confidence: High,
    cwe: [295],
    aliases: ["B323", "B501", "S323", "S501"],
}

const REQUESTS: &[&str] = &["get", "options", "head", "post", "put", "patch", "delete"];

/// Keywords that turn the check off when they are `False`, in any library.
const OFF_WHEN_FALSE: &[&str] = &[
    "ssl_check_hostname",
    "ssl_verify",
    "ssl_verify_cert",
    "ssl_verify_identity",
    "ssl_verify_peer",
    "tls_verify",
    "validate_cert",
    "validate_certs",
    "verify_cert",
    "verify_certs",
    "verify_hostname",
    "verify_ssl",
    "verify_tls",
];

/// Keywords that turn the check off when they are `True`.
const OFF_WHEN_TRUE: &[&str] = &[
    "disableSslCertValidation",
    "disable_ssl_certificate_validation",
    "disable_ssl_verification",
    "tlsAllowInvalidCertificates",
    "tlsAllowInvalidHostnames",
    "tlsInsecure",
    "tls_insecure",
    "tls_skip_verify",
    "insecure_skip_verify",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_keyword(&["verify"], check_verify);
    hooks.on_call(REQUESTS, check_unpacked);
    hooks.on_call(&["request"], check_unpacked);
    hooks.on_keyword(OFF_WHEN_FALSE, check_off_when_false);
    hooks.on_keyword(OFF_WHEN_TRUE, check_off_when_true);
    hooks.on_keyword(&["check_hostname", "assert_hostname"], check_hostname_keyword);
    hooks.on_keyword(&["cert_reqs", "ssl_cert_reqs"], check_cert_reqs);
    hooks.on_keyword(&["ssl"], check_aiohttp);
    hooks.on_reference(&["CERT_NONE"], check_cert_none);
    hooks.on_call(&["_create_unverified_context", "_create_stdlib_context"], check_context);
    hooks.on_reference(&["_create_unverified_context", "_create_stdlib_context"], check_context_reference);
    hooks.on_call(&["set_verify", "tls_insecure_set", "setopt", "set_option", "SmartConnectNoSSL"], check_switch);
    hooks.on_assign(check_assign);
    hooks.on_call(
        &["SMTP_SSL", "starttls", "IMAP4_SSL", "POP3_SSL", "stls", "FTP_TLS", "NNTP_SSL", "HTTPSConnection"],
        check_missing_context,
    );
}

/// The mail and file protocols of the standard library check nothing unless they are given a context that does; the
/// HTTP client of Python 2 did not either.
fn check_missing_context<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    let (keyword, index) = match path {
        "smtplib.SMTP_SSL" | "smtplib.SMTP.starttls" | "smtplib.SMTP().starttls" => ("context", usize::MAX),
        "imaplib.IMAP4_SSL" => ("ssl_context", usize::MAX),
        "imaplib.IMAP4.starttls" | "imaplib.IMAP4().starttls" => ("ssl_context", 0),
        "poplib.POP3_SSL" => ("context", usize::MAX),
        "poplib.POP3().stls" => ("context", 0),
        "ftplib.FTP_TLS" => ("context", usize::MAX),
        "nntplib.NNTP_SSL" => ("ssl_context", usize::MAX),
        "nntplib.NNTP().starttls" => ("context", 0),
        "httplib.HTTPSConnection" => ("context", usize::MAX),
        // A connection that is made in one of several ways, or elsewhere in the class.
        _ if call.name() == "starttls" && cx.semantic.imports_module("smtplib") => match &*call.node.func {
            Expr::Attribute(method) if method.value.is_name_expr() || method.value.is_attribute_expr() => {
                ("context", usize::MAX)
            }
            _ => return,
        },
        _ => return,
    };
    if call.keyword(keyword).is_some_and(|context| !context.is_none_literal_expr())
        || call.keyword("cert_file").is_some()
        || call.has_unpacked_arguments()
        || call.positional(index).is_some()
    {
        return;
    }
    let local = matches!(call.name(), "SMTP_SSL" | "IMAP4_SSL" | "POP3_SSL" | "FTP_TLS" | "HTTPSConnection")
        && call
            .argument("host", 0)
            .and_then(|host| cx.semantic.constant_str(host))
            .is_some_and(|host| matches!(&*host, "localhost" | "127.0.0.1" | "::1"));
    let message = format!("`{}` accepts any certificate unless it is given a context that checks it", callee(call));
    let fix = (keyword == "context" || keyword == "ssl_context").then(|| {
        RawFix::set_keyword(
            "Give it a context that checks certificates",
            call.node,
            keyword,
            "ssl.create_default_context()",
            Applicability::Suggestion,
        )
    });
    let needs_import = !cx.semantic.imports_module("ssl");
    let import = needs_import.then(|| import_edit(cx.semantic, "import ssl")).flatten();
    let finding = report(cx, &[], call.range(), message);
    finding.severity(Severity::Medium);
    if local {
        finding.persona(Persona::Pedantic).severity(Severity::Low);
    }
    if let Some(mut fix) = fix
        && (import.is_some() || !needs_import)
    {
        fix.edits.extend(import);
        finding.fix(fix);
    }
}

/// `requests.get(..., verify=False)`.
fn check_verify(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !matches!(&keyword.value, Expr::BooleanLiteral(_) | Expr::Name(_)) {
        return;
    }
    let Some(known) = http_client(cx, call) else { return };
    if let Some(off) = switched_off(cx, &keyword.value) {
        let literal = keyword.value.is_boolean_literal_expr();
        let codes = if literal { known.codes } else { &[] };
        let function = cx.semantic.text(&*call.func).lines().last().unwrap_or_default().trim();
        let message = match off {
            Off::Always => format!("`{function}` does not check the server's certificate"),
            Off::ByDefault => format!("`{function}` does not check the server's certificate unless it is asked to"),
        };
        let finding = report(cx, codes, keyword.range(), message);
        if off == Off::ByDefault {
            finding.severity(Severity::Medium).confidence(Confidence::Medium);
        } else if !known.sure {
            finding.confidence(Confidence::Medium);
        }
        if literal {
            finding.fix(RawFix::replace("Check the certificate", &keyword.value, "True", Applicability::Suggestion));
        }
    }
}

/// `requests.get(url, **{"verify": False})`, `options = {"verify": False}` and `requests.get(url, **options)`.
fn check_unpacked(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(unpacked) = call.arguments.keywords.iter().find(|keyword| keyword.arg.is_none()) else { return };
    if !call.path().starts_with("requests.") && !call.path().starts_with("httpx.") {
        return;
    }
    let options = match &unpacked.value {
        literal @ Expr::Dict(_) => literal,
        other => match bound_value(cx.semantic, other) {
            Some(bound) => bound,
            None => return,
        },
    };
    let off = match options {
        Expr::Dict(dict) => dict.iter().any(|item| {
            let key = item.key.as_ref().and_then(Expr::as_string_literal_expr);
            key.is_some_and(|key| key.value.to_str() == "verify") && is_false(cx.semantic, &item.value)
        }),
        _ => false,
    };
    if off {
        let message = format!("`{}` does not check the server's certificate", cx.semantic.text(&*call.func));
        report(cx, &[], unpacked.range(), message).confidence(Confidence::Medium);
    }
}

/// What is known of a call that may be an HTTP client's.
struct Client {
    codes: &'static [&'static str],
    sure: bool,
}

/// Whether `verify=` of a call is about certificates: it also says that a JWT, a checksum or a signature is checked.
fn http_client(cx: &Checker<'_, '_>, call: &Call<'_>) -> Option<Client> {
    const BOTH: &[&str] = &["B501", "S501"];
    let known = |codes| Some(Client { codes, sure: true });
    let path = call.path();
    match path.split_once('.') {
        Some(("requests", verb)) if REQUESTS.contains(&verb) => return known(BOTH),
        Some(("requests", "request")) => return known(&["S501"]),
        Some(("requests", _)) => return known(&[]),
        Some(("httpx", "request" | "stream" | "Client" | "AsyncClient")) => return known(BOTH),
        Some(("httpx", verb)) if REQUESTS.contains(&verb) => return known(BOTH),
        Some(("httpx" | "boto3" | "botocore" | "hvac" | "consul" | "docker" | "niquests" | "curl_cffi", _)) => {
            return known(&[]);
        }
        _ => {}
    }
    let last = call.name();
    let is_verb = REQUESTS.contains(&last)
        || matches!(
            last,
            "request" | "_request" | "make_request" | "send_request" | "do_request" | "http_request" | "stream"
        );
    // Any object's `get(..., verify=False)`: a session that came from elsewhere, when there is an address.
    (is_verb && !call.arguments.args.is_empty() && call.func.is_attribute_expr())
        .then_some(Client { codes: &[], sure: path.contains("Session()") || cx.semantic.imports_module("requests") })
}

#[derive(Clone, Copy, PartialEq)]
enum Off {
    Always,
    ByDefault,
}

/// Whether a value that should be true is `False`: written so, by a constant's name, or as a parameter's default.
fn switched_off(cx: &Checker<'_, '_>, value: &Expr) -> Option<Off> {
    if is_false(cx.semantic, value) {
        return Some(Off::Always);
    }
    let default = parameter_default(cx.semantic, value)?;
    matches!(default, Expr::BooleanLiteral(flag) if !flag.value).then_some(Off::ByDefault)
}

/// Reports, and leaves to the pedantic what a condition on such a setting leads to: the user asked for it.
fn report<'f>(
    cx: &'f mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: TextRange,
    message: String,
) -> &'f mut RawFinding {
    let optional = is_optional(cx, place.start());
    let finding = cx.report(&RULE, codes, place, message);
    if optional {
        finding.persona(Persona::Pedantic).severity(Severity::Medium).confidence(Confidence::Low);
    }
    finding
}

fn check_off_when_false(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !is_false(cx.semantic, &keyword.value) || is_declaration(call) {
        return;
    }
    switch(cx, call, keyword, "True");
}

fn check_off_when_true(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !is_true(cx.semantic, &keyword.value) || is_declaration(call) {
        return;
    }
    switch(cx, call, keyword, "False");
}

/// `dict(verify_ssl=False)` and the like say what options there are, as often as they choose one.
fn is_declaration(call: &Call<'_>) -> bool {
    matches!(call.name(), "dict" | "add_argument" | "option" | "set_defaults" | "namedtuple" | "update" | "setdefault")
}

fn check_hostname_keyword(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if matches!(&keyword.value, Expr::BooleanLiteral(flag) if !flag.value) && !is_declaration(call) {
        switch(cx, call, keyword, "True");
    }
}

fn switch(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword, better: &str) {
    let Some(name) = &keyword.arg else { return };
    let message = format!("`{}` is told not to check the server's certificate: `{name}`", callee(call));
    let literal = keyword.value.is_boolean_literal_expr();
    let finding = report(cx, &[], keyword.range(), message);
    if finding.confidence == Confidence::High {
        finding.confidence(Confidence::Medium);
    }
    if literal {
        finding.fix(RawFix::replace("Check the certificate", &keyword.value, better, Applicability::Suggestion));
    }
}

fn callee<'a>(call: &Call<'a>) -> &'a str {
    if call.name().is_empty() { "this call" } else { call.name() }
}

/// `cert_reqs="CERT_NONE"`; `ssl.CERT_NONE` itself is seen as a reference.
fn check_cert_reqs(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    let none = match &keyword.value {
        Expr::StringLiteral(text) => matches!(text.value.to_str(), "CERT_NONE" | "none" | "NONE"),
        // redis-py takes `None` for the same.
        Expr::NoneLiteral(_) => keyword.arg.as_deref() == Some("ssl_cert_reqs") && call.path().starts_with("redis."),
        Expr::Name(_) => cx.semantic.constant(&keyword.value) == Some(Const::Str("CERT_NONE".into())),
        _ => false,
    };
    if none {
        let message = format!("`{}` does not check the server's certificate", callee(call));
        report(cx, &[], keyword.range(), message);
    }
}

/// `ssl=False`, which for aiohttp means TLS without a check, and elsewhere no TLS.
fn check_aiohttp(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !matches!(&keyword.value, Expr::BooleanLiteral(flag) if !flag.value) {
        return;
    }
    let sure = call.path().starts_with("aiohttp.");
    let verb = REQUESTS.contains(&call.name()) || matches!(call.name(), "request" | "ws_connect");
    let address = !call.arguments.args.is_empty();
    let likely = verb && address && cx.semantic.imports_module("aiohttp");
    if !sure && !likely {
        return;
    }
    let message =
        format!("`{}` does not check the server's certificate: for aiohttp, `ssl=False` means that", callee(call));
    let fix = RawFix::replace("Check the certificate", &keyword.value, "True", Applicability::Suggestion);
    let finding = report(cx, &[], keyword.range(), message);
    finding.fix(fix);
    if !sure {
        finding.confidence(Confidence::Medium);
    }
}

/// `ssl.CERT_NONE` as an argument, in an options dictionary, or assigned to a context.
fn check_cert_none(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    if path != "ssl.CERT_NONE" && path != "urllib3.util.ssl_.CERT_NONE" || in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let fix = match expr {
        Expr::Attribute(attribute) => {
            Some(RawFix::replace("Require a certificate", &attribute.attr, "CERT_REQUIRED", Applicability::Suggestion))
        }
        _ => None,
    };
    let message = match cx.semantic.parent() {
        Some(Node::Keyword(keyword)) => {
            let Some(name) = &keyword.arg else { return };
            if name.as_str() == "default" || is_server_call(cx) {
                return;
            }
            format!("`{name}={}` accepts any certificate", cx.semantic.text(expr))
        }
        Some(Node::Expr(Expr::Dict(dict))) => {
            let item = dict.items.iter().find(|item| item.value.range() == expr.range());
            match item.and_then(|item| item.key.as_ref()) {
                Some(Expr::StringLiteral(key)) if is_requirement(key.value.to_str()) => {
                    format!("`\"{}\"` is set to accept any certificate", key.value.to_str())
                }
                _ => return,
            }
        }
        Some(Node::Stmt(Stmt::Assign(assign))) => match assign.targets.as_slice() {
            [Expr::Attribute(target)] if target.attr.as_str() == "verify_mode" => {
                return check_verify_mode(cx, target, assign, fix);
            }
            [target @ (Expr::Subscript(_) | Expr::Attribute(_))] if is_requirement(key_of(target)) => {
                format!("`{}` is set to accept any certificate", cx.semantic.text(target))
            }
            _ => return,
        },
        _ => return,
    };
    let finding = report(cx, &[], expr.range(), message);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// `context.verify_mode = ssl.CERT_NONE`: one finding with the `check_hostname = False` that has to come before it.
fn check_verify_mode(
    cx: &mut Checker<'_, '_>,
    target: &ast::ExprAttribute,
    assign: &ast::StmtAssign,
    fix: Option<RawFix>,
) {
    if is_server_context(cx, &target.value) {
        return;
    }
    let context = cx.semantic.text(&*target.value);
    let scope = cx.semantic.qualified_scope();
    let before = format!("{context}.check_hostname");
    let semantic = cx.semantic;
    let first = cx.findings().len().saturating_sub(16);
    let repeated = cx.findings().iter().skip(first).rposition(|finding| {
        finding.rule == &RULE && finding.function == scope && semantic.text(finding.range).starts_with(&before)
    });
    if let Some(repeated) = repeated {
        cx.findings().remove(first + repeated);
    }
    let message = format!("`{context}` accepts any certificate");
    let finding = report(cx, &[], assign.range, message);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// `ssl._create_unverified_context()`.
fn check_context(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let codes: &[&str] = match call.path() {
        "ssl._create_unverified_context" => &["B323", "S323"],
        "ssl._create_stdlib_context" => &[],
        _ => return,
    };
    // `cert_reqs` turns the check on again.
    if let Some(required) = call.keyword("cert_reqs")
        && cx.semantic.qualified(required).is_some_and(|path| path == "ssl.CERT_REQUIRED")
    {
        if !codes.is_empty() {
            cx.report(&RULE, codes, call.node, "the context requires a certificate, but does not check its host name")
                .persona(Persona::Pedantic);
        }
        return;
    }
    let fix = context_fix(&call.func);
    let message = format!("`{}` makes a context that accepts any certificate", call.name());
    let finding = report(cx, codes, call.range(), message);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn check_context_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let codes: &[&str] = match path {
        "ssl._create_unverified_context" => &["S323"],
        "ssl._create_stdlib_context" => &[],
        _ => return,
    };
    if in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let fix = context_fix(expr);
    if let Some(Node::Stmt(Stmt::Assign(assign))) = cx.semantic.parent()
        && assign.targets.iter().any(|target| {
            matches!(target, Expr::Attribute(attribute) if attribute.attr.as_str() == "_create_default_https_context")
        })
    {
        let message = "every HTTPS connection of `urllib` in this process now accepts any certificate";
        let finding = report(cx, codes, expr.range(), message.to_owned());
        if let Some(fix) = fix {
            finding.fix(fix);
        }
        return;
    }
    if codes.is_empty() {
        return;
    }
    let message = "a context that accepts any certificate is handed on".to_owned();
    let finding = report(cx, codes, expr.range(), message);
    // `getattr` and feature tests mention it too.
    finding.confidence(Confidence::Medium);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn context_fix(function: &Expr) -> Option<RawFix> {
    let Expr::Attribute(function) = function else { return None };
    Some(RawFix::replace("Check certificates", &function.attr, "create_default_context", Applicability::Suggestion))
}

/// Functions that turn the check off by position.
fn check_switch(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let is = |index: usize, wanted: &[&str]| {
        let path = call.positional(index).and_then(|argument| cx.semantic.qualified(argument));
        path.is_some_and(|path| wanted.contains(&&*path))
    };
    let off = |index: usize| {
        call.positional(index).is_some_and(|argument| match cx.semantic.constant(argument) {
            Some(value) => !value.is_true(),
            None => false,
        })
    };
    let hit = match call.name() {
        "set_verify" => is(0, &["OpenSSL.SSL.VERIFY_NONE"]) && !is_pyopenssl_server(cx, call),
        "tls_insecure_set" => call.positional(0).is_some_and(|flag| is_true(cx.semantic, flag)),
        "setopt" => is(0, &["pycurl.SSL_VERIFYPEER", "pycurl.SSL_VERIFYHOST"]) && off(1),
        "set_option" => {
            is(0, &["ldap.OPT_X_TLS_REQUIRE_CERT"]) && is(1, &["ldap.OPT_X_TLS_NEVER", "ldap.OPT_X_TLS_ALLOW"])
        }
        _ => call.path().starts_with("pyVim.connect."),
    };
    if hit {
        let message = format!("`{}` turns the check of the server's certificate off", call.name());
        report(cx, &[], call.range(), message);
    }
}

/// `session.verify = False`, `context.check_hostname = False`, `os.environ["PYTHONHTTPSVERIFY"] = "0"`.
fn check_assign(cx: &mut Checker<'_, '_>, statement: &Stmt) {
    let Stmt::Assign(assign) = statement else { return };
    match &*assign.value {
        Expr::BooleanLiteral(flag) => {
            let [Expr::Attribute(target)] = assign.targets.as_slice() else { return };
            match (target.attr.as_str(), flag.value) {
                ("verify", false) => check_session(cx, target, assign),
                ("check_hostname", false) => check_hostname(cx, target, assign),
                ("disable_ssl_certificate_validation", true) => attribute(cx, target, assign, "False"),
                ("assert_hostname", false) => attribute(cx, target, assign, "True"),
                (name, false) if OFF_WHEN_FALSE.contains(&name) && !is_own_attribute(&target.value) => {
                    attribute(cx, target, assign, "True");
                }
                _ => {}
            }
        }
        Expr::StringLiteral(text) if text.value.len() <= 4 => {
            let [Expr::Subscript(target)] = assign.targets.as_slice() else { return };
            let Expr::StringLiteral(name) = &*target.slice else { return };
            let off = match (name.value.to_str(), text.value.to_str()) {
                ("PYTHONHTTPSVERIFY" | "NODE_TLS_REJECT_UNAUTHORIZED", "0")
                | ("GIT_SSL_NO_VERIFY", "1" | "true" | "True")
                | ("CURL_CA_BUNDLE" | "REQUESTS_CA_BUNDLE", "") => name.value.to_str(),
                _ => return,
            };
            if cx.semantic.qualified(&target.value).is_some_and(|path| path == "os.environ") {
                let message = format!("`{off}` turns the check of certificates off for the whole process");
                report(cx, &[], assign.range, message);
            }
        }
        _ => {}
    }
}

/// `self.verify_ssl = False` is an option of the class' own; what it leads to is reported where it is used.
fn is_own_attribute(base: &Expr) -> bool {
    matches!(base, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls"))
}

fn attribute(cx: &mut Checker<'_, '_>, target: &ast::ExprAttribute, assign: &ast::StmtAssign, better: &str) {
    let message = format!("`{}` turns the check of the server's certificate off", cx.semantic.text(target));
    let fix = RawFix::replace("Check the certificate", &*assign.value, better, Applicability::Suggestion);
    report(cx, &[], assign.range, message).fix(fix).confidence(Confidence::Medium);
}

/// `session.verify = False` of requests; other objects have a `verify` of their own.
fn check_session(cx: &mut Checker<'_, '_>, target: &ast::ExprAttribute, assign: &ast::StmtAssign) {
    if is_own_attribute(&target.value) {
        return;
    }
    let path = cx.semantic.qualified(&target.value);
    let sure = match path.as_deref() {
        Some(path) if path.starts_with("requests.") || path.starts_with("httpx.") => true,
        _ => {
            let name = match &*target.value {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return,
            };
            let like_session = words(name).iter().any(|word| {
                matches!(
                    word.as_str(),
                    "session"
                        | "sess"
                        | "s"
                        | "client"
                        | "http"
                        | "requests"
                        | "request"
                        | "conn"
                        | "connection"
                        | "ses"
                        | "transport"
                )
            });
            if !like_session {
                return;
            }
            false
        }
    };
    let message = format!("`{}` does not check any server's certificate", cx.semantic.text(&*target.value));
    let fix = RawFix::replace("Check certificates", &*assign.value, "True", Applicability::Suggestion);
    let finding = report(cx, &[], assign.range, message);
    finding.fix(fix);
    if !sure {
        finding.confidence(Confidence::Medium);
    }
}

/// `context.check_hostname = False`.
fn check_hostname(cx: &mut Checker<'_, '_>, target: &ast::ExprAttribute, assign: &ast::StmtAssign) {
    let is_context = match cx.semantic.qualified(&target.value).as_deref() {
        Some(path) => path.starts_with("ssl.") || path.starts_with("urllib3."),
        None => !is_own_attribute(&target.value),
    };
    if !is_context && !cx.semantic.imports_module("ssl") || is_server_context(cx, &target.value) {
        return;
    }
    let receiver = cx.semantic.text(&*target.value);
    let body = surrounding_body(cx.semantic, target.value.is_attribute_expr());
    // Set again later, or certificates of a private authority alone: then the host may be checked in another way.
    let again = attribute_values(cx.semantic, body, receiver, "check_hostname").len() > 1;
    let required = attribute_values(cx.semantic, body, receiver, "verify_mode")
        .iter()
        .any(|mode| cx.semantic.qualified(mode).is_none_or(|path| path != "ssl.CERT_NONE"));
    let own = is_own_attribute(&target.value);
    let message = format!("`{receiver}` accepts a certificate of any host");
    let fix = RawFix::replace("Check the host name", &*assign.value, "True", Applicability::Suggestion);
    let finding = report(cx, &[], assign.range, message);
    finding.fix(fix);
    if again || required || own {
        finding.persona(Persona::Pedantic).severity(Severity::Medium);
    }
}
