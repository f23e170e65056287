//! HTTP requests that may wait for ever.

use seriema_finding::{Applicability, Confidence, Persona};
use seriema_program::text_size::Ranged;

use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "missing-timeout",
    family: Transport,
    severity: Low,
    confidence: High,
    cwe: [1088, 400],
    aliases: ["B113", "S113"],
}

const VERBS: &[&str] = &["get", "options", "head", "post", "put", "patch", "delete", "request"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(VERBS, check);
    hooks.on_keyword(&["timeout"], check_keyword);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = call.path();
    if !path.starts_with("requests.") || call.keyword("timeout").is_some() {
        return;
    }
    let rest = &path["requests.".len()..];
    let rest = rest.strip_prefix("api.").unwrap_or(rest);
    let session = rest
        .strip_prefix("Session().")
        .or_else(|| rest.strip_prefix("session()."))
        .or_else(|| rest.strip_prefix("sessions.Session()."));
    let verb = session.unwrap_or(rest);
    if !VERBS.contains(&verb) {
        return;
    }
    let codes: &[&str] = match (session, verb, path.starts_with("requests.api.")) {
        (Some(_), ..) | (_, _, true) => &[],
        (None, "request", _) => &["S113"],
        _ => &["B113", "S113"],
    };
    let unpacked = call.has_unpacked_arguments();
    let fix = RawFix::set_keyword("Wait ten seconds", call.node, "timeout", "10", Applicability::Suggestion);
    let message = format!("`{}` waits for ever when the server does not answer", cx.semantic.text(&*call.func));
    // A script that hangs has somebody who waits for it.
    let in_script = cx.semantic.enclosing_function().is_none();
    let finding = cx.report(&RULE, codes, call.func.range(), message);
    if in_script {
        finding.persona(Persona::Pedantic);
    }
    if session.is_some() {
        // An adapter or a subclass may set one for the whole session.
        finding.persona(Persona::Pedantic).confidence(Confidence::Medium);
    }
    if unpacked {
        finding.persona(Persona::Pedantic).confidence(Confidence::Low);
    } else {
        finding.fix(fix);
    }
}

/// `timeout=None`, which for httpx turns off the default of five seconds.
fn check_keyword(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &seriema_program::ast::Keyword) {
    if !keyword.value.is_none_literal_expr() {
        return;
    }
    let path = call.path();
    let (library, function) = match path.split_once('.') {
        Some((library @ ("requests" | "httpx"), function)) => (library, function),
        _ => return,
    };
    let codes: &[&str] = match (library, function) {
        ("requests", "request") => &["S113"],
        ("requests", verb) if VERBS.contains(&verb) => &["B113", "S113"],
        ("httpx", "stream" | "Client" | "AsyncClient") => &["B113", "S113"],
        ("httpx", verb) if VERBS.contains(&verb) => &["B113", "S113"],
        (_, function) if function.rsplit('.').next().is_some_and(|verb| VERBS.contains(&verb)) => &[],
        _ => return,
    };
    let message = format!("`{}` is told to wait for ever", cx.semantic.text(&*call.func));
    let fix = RawFix::replace("Wait ten seconds", &keyword.value, "10", Applicability::Suggestion);
    cx.report(&RULE, codes, keyword, message).fix(fix);
}
