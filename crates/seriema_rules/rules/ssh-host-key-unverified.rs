//! SSH clients that talk to any host.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::conditions;
use crate::shared::value_purpose::words;
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "ssh-host-key-unverified",
    family: Transport,
    severity: High,
    confidence: High,
    cwe: [322, 295],
    aliases: ["B507", "S507"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["set_missing_host_key_policy"], check_policy);
    hooks.on_keyword(&["known_hosts"], check_asyncssh);
    hooks.on_keyword(&["policy"], check_scrapli);
    hooks.on_assign(check_pysftp);
}

/// paramiko: `client.set_missing_host_key_policy(AutoAddPolicy())`.
fn check_policy(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(argument) = call.argument("policy", 0) else { return };
    let policy = match argument {
        Expr::Call(made) => &*made.func,
        other => other,
    };
    let Some(path) = cx.semantic.qualified(policy) else { return };
    let Some(name) = path.strip_prefix("paramiko.") else { return };
    let name = name.strip_prefix("client.").unwrap_or(name).trim_end_matches("()");
    if !matches!(name, "AutoAddPolicy" | "WarningPolicy") {
        return;
    }
    let bandit = matches!(policy, Expr::Name(written) if written.id == name)
        || matches!(policy, Expr::Attribute(written) if written.attr.as_str() == name);
    // An attribute may hold another policy by now, as a variable that is bound twice may.
    let chosen = match policy {
        Expr::Attribute(attribute) => attribute.attr.as_str() != name,
        Expr::Name(variable) => cx
            .semantic
            .binding(&variable.id, variable.range.start())
            .is_some_and(|binding| cx.semantic.scopes.bindings_of(binding.scope, &variable.id).count() > 1),
        _ => false,
    };
    let codes: &[&str] = match (bandit, chosen) {
        (true, _) => &["B507", "S507"],
        (false, false) => &["S507"],
        (false, true) => &[],
    };
    let optional = chosen || is_optional(cx, call.range().start());
    let message = format!("`{name}` accepts the key of any host that answers");
    let fix = match policy {
        Expr::Attribute(written) => {
            Some(RawFix::replace("Reject unknown hosts", &written.attr, "RejectPolicy", Applicability::Suggestion))
        }
        _ => None,
    };
    let finding = cx.report(&RULE, codes, argument, message);
    if optional {
        finding.persona(Persona::Pedantic).confidence(Confidence::Low);
    }
    if name == "WarningPolicy" {
        finding.severity(Severity::Medium);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Whether a condition around the place asks whether host keys are wanted: the choice is then the user's.
fn is_optional(cx: &Checker<'_, '_>, at: seriema_program::text_size::TextSize) -> bool {
    conditions(cx.semantic, at).iter().any(|name| {
        let words = words(name);
        let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
        has(&["host", "hosts", "hostkey", "hostkeys", "key", "keys"])
            || has(&["verify", "check", "strict", "insecure", "trust", "policy"])
    })
}

/// asyncssh: `connect(..., known_hosts=None)`.
fn check_asyncssh(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !keyword.value.is_none_literal_expr() || !call.path().starts_with("asyncssh.") {
        return;
    }
    let message = format!("`{}` accepts the key of any host when `known_hosts` is `None`", call.path());
    let optional = is_optional(cx, keyword.range().start());
    let finding = cx.report(&RULE, &[], keyword.range(), message);
    if optional {
        finding.persona(Persona::Pedantic);
    }
}

/// `policy=paramiko.AutoAddPolicy` handed to a helper of a library or of the project.
fn check_scrapli(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if call.name() == "set_missing_host_key_policy" {
        return;
    }
    let value = match &keyword.value {
        Expr::Call(made) => &*made.func,
        other @ (Expr::Attribute(_) | Expr::Name(_)) => other,
        _ => return,
    };
    let written = match value {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        _ => return,
    };
    if !matches!(written, "AutoAddPolicy" | "WarningPolicy")
        || !cx.semantic.qualified(value).is_some_and(|path| path.starts_with("paramiko."))
    {
        return;
    }
    let message = format!("`{written}` accepts the key of any host that answers");
    cx.report(&RULE, &[], keyword.range(), message).confidence(Confidence::Medium);
}

/// pysftp: `options.hostkeys = None`.
fn check_pysftp(cx: &mut Checker<'_, '_>, statement: &Stmt) {
    let Stmt::Assign(assign) = statement else { return };
    if !assign.value.is_none_literal_expr() {
        return;
    }
    let [Expr::Attribute(target)] = assign.targets.as_slice() else { return };
    if target.attr.as_str() != "hostkeys" {
        return;
    }
    let known = cx.semantic.qualified(&target.value).is_some_and(|path| path == "pysftp.CnOpts()");
    if !known && !cx.semantic.imports_module("pysftp") {
        return;
    }
    let optional = is_optional(cx, assign.range().start());
    let finding = cx.report(&RULE, &[], statement, "pysftp accepts the key of any host without `hostkeys`");
    if optional {
        finding.persona(Persona::Pedantic);
    }
}
