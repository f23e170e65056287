//! SSL 2 and 3, TLS 1.0 and 1.1.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;

use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "weak-tls-version",
    family: Transport,
    severity: Medium,
    confidence: High,
    cwe: [327, 326],
    aliases: ["B502", "B503", "B504", "S502", "S503", "S504"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_keyword(&["ssl_version", "method"], check_keyword);
    hooks.on_keyword(&["minimum_version", "ssl_minimum_version", "tls_version"], check_minimum_keyword);
    hooks.on_call(&["wrap_socket"], check_wrap_socket);
    hooks.on_call(&["SSLContext", "Context", "TLSContext"], check_context);
    hooks.on_call(&["set_min_proto_version"], check_min_proto);
    hooks.on_function(check_defaults);
    hooks.on_assign(check_assign);
}

/// A constant of `ssl` or `OpenSSL.SSL`, by its name.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    /// Broken or deprecated by RFC 6176, RFC 7568 and RFC 8996.
    Weak,
    /// Whatever both sides support: as good as the oldest version that is left on.
    Negotiated,
}

/// Only names that all tools know, for nothing but the name is looked at.
fn version(name: &str) -> Option<Version> {
    // All begin with one of two letters and are this long: most names are passed over here.
    if name.len() < 12 {
        return None;
    }
    match name {
        "PROTOCOL_SSLv2" | "PROTOCOL_SSLv3" | "PROTOCOL_TLSv1" | "PROTOCOL_TLSv1_1" | "SSLv2_METHOD"
        | "SSLv3_METHOD" | "TLSv1_METHOD" | "TLSv1_1_METHOD" => Some(Version::Weak),
        "SSLv23_METHOD" => Some(Version::Negotiated),
        _ => None,
    }
}

fn written_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// `TLSv1` of `PROTOCOL_TLSv1` and `TLSv1_METHOD`, as people write it.
fn shown(name: &str) -> &'static str {
    let name = name.trim_start_matches("PROTOCOL_").trim_end_matches("_METHOD").trim_end_matches("_VERSION");
    match name {
        "SSLv2" | "SSL2" => "SSL 2",
        "SSLv3" | "SSL3" => "SSL 3",
        "TLSv1_1" | "TLS1_1" => "TLS 1.1",
        "SSLv23" => "any version of SSL and TLS",
        "MINIMUM_SUPPORTED" => "any version",
        _ => "TLS 1.0",
    }
}

/// `wrap_socket(..., ssl_version=...)`, `SSL.Context(method=...)`, and the same keywords of any other function.
fn check_keyword(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    let Some(name) = written_name(&keyword.value) else { return };
    let Some(found) = version(name) else { return };
    let argument = keyword.arg.as_ref().map_or("", |name| name.as_str());
    let codes: &[&str] = match (call.path(), argument) {
        ("ssl.wrap_socket", "ssl_version") | ("OpenSSL.SSL.Context", "method") => &["B502", "S502"],
        // Only that function's own keyword is looked at there.
        ("ssl.wrap_socket", _) => return,
        _ => &["B502"],
    };
    report(cx, codes, keyword.range(), name, found, &keyword.value);
}

fn report(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: impl Ranged,
    name: &str,
    found: Version,
    value: &Expr,
) {
    let fix = fix(value, name);
    let message = format!("`{}` allows {}", cx.semantic.text(value), shown(name));
    let finding = cx.report(&RULE, codes, place, message);
    if found == Version::Negotiated {
        // With `OP_NO_*` options, as most code sets them, this is how modern TLS is asked for too.
        finding.persona(Persona::Pedantic).severity(Severity::Low).confidence(Confidence::Low);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// The name to write instead: what negotiates the newest version that both sides know.
fn fix(value: &Expr, name: &str) -> Option<RawFix> {
    let Expr::Attribute(attribute) = value else { return None };
    let (title, better) = if name.starts_with("PROTOCOL_") {
        ("Negotiate the newest version", "PROTOCOL_TLS_CLIENT")
    } else if name.ends_with("_METHOD") {
        ("Negotiate the newest version", "TLS_METHOD")
    } else if name.ends_with("_VERSION") {
        ("Ask for TLS 1.2 at least", "TLS1_2_VERSION")
    } else {
        ("Ask for TLS 1.2 at least", "TLSv1_2")
    };
    // `PROTOCOL_TLS_CLIENT` checks host names, which not every caller is ready for: a person has to look.
    Some(RawFix::replace(title, &attribute.attr, better, Applicability::Suggestion))
}

/// `ssl.wrap_socket` without a version.
fn check_wrap_socket(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() != "ssl.wrap_socket" {
        return;
    }
    if call.keyword("ssl_version").is_none() {
        let message =
            "`ssl.wrap_socket` accepts whatever version the other side offers, and never checks the host name";
        cx.report(&RULE, &["B504", "S504"], call.node, message)
            .severity(Severity::Low)
            .confidence(Confidence::Medium)
            .persona(Persona::Pedantic);
    }
}

/// `ssl.SSLContext(ssl.PROTOCOL_TLSv1)`, `SSL.Context(SSL.TLSv1_METHOD)`.
fn check_context(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !matches!(call.path(), "ssl.SSLContext" | "OpenSSL.SSL.Context") {
        return;
    }
    let argument = call.keyword("protocol").or_else(|| call.positional(0));
    let Some((argument, path)) = argument.and_then(|argument| Some((argument, cx.semantic.qualified(argument)?)))
    else {
        return;
    };
    let name = path.rsplit('.').next().unwrap_or_default();
    if let Some(found) = version(name) {
        report(cx, &[], argument, name, found, argument);
    }
}

/// Values of `ssl.TLSVersion` below TLS 1.2.
fn weak_minimum(path: &str) -> Option<&str> {
    let name = path.strip_prefix("ssl.TLSVersion.")?;
    matches!(name, "SSLv3" | "TLSv1" | "TLSv1_1" | "MINIMUM_SUPPORTED").then_some(name)
}

fn check_minimum_keyword(cx: &mut Checker<'_, '_>, _: &Call<'_>, keyword: &ast::Keyword) {
    check_minimum(cx, &keyword.value);
}

fn check_minimum(cx: &mut Checker<'_, '_>, value: &Expr) {
    if !value.is_attribute_expr() && !value.is_name_expr() {
        return;
    }
    let Some(path) = cx.semantic.qualified(value) else { return };
    if let Some(name) = weak_minimum(&path) {
        report(cx, &[], value, name, Version::Weak, value);
    }
}

/// `context.minimum_version = ssl.TLSVersion.TLSv1`.
fn check_assign(cx: &mut Checker<'_, '_>, statement: &Stmt) {
    if let Stmt::Assign(assign) = statement
        && let [Expr::Attribute(target)] = assign.targets.as_slice()
        && target.attr.as_str() == "minimum_version"
    {
        check_minimum(cx, &assign.value);
    }
}

/// pyOpenSSL: `context.set_min_proto_version(SSL.TLS1_VERSION)`.
fn check_min_proto(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(argument) = call.positional(0) else { return };
    let Some(path) = cx.semantic.qualified(argument) else { return };
    let Some(name) = path.strip_prefix("OpenSSL.SSL.") else { return };
    if matches!(name, "SSL3_VERSION" | "TLS1_VERSION" | "TLS1_1_VERSION") {
        report(cx, &[], argument, name, Version::Weak, argument);
    }
}

/// `def connect(version=ssl.PROTOCOL_TLSv1)`.
fn check_defaults(cx: &mut Checker<'_, '_>, function: &ast::StmtFunctionDef) {
    for parameter in function.parameters.iter_non_variadic_params() {
        let Some(default) = parameter.default.as_deref() else { continue };
        let Some(name) = written_name(default) else { continue };
        let Some(found) = version(name) else { continue };
        report(cx, &["B503", "S503"], default, name, found, default);
    }
}
