//! SNMP version 3 without encryption, or with MD5 and DES.

use seriema_finding::{Persona, Severity};
use seriema_program::ast;
use seriema_program::text_size::Ranged;

use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "snmp-weak-cryptography",
    family: Transport,
    severity: Medium,
    confidence: High,
    cwe: [319, 327],
    aliases: ["B509", "S509"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["UsmUserData"], check);
    hooks.on_keyword(&["authProtocol", "privProtocol"], check_protocol);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !call.path().starts_with("pysnmp.") {
        return;
    }
    // Bandit counts positional arguments, ruff all of them.
    let bandit = call.arguments.args.len() < 3;
    let ruff = call.arguments.len() < 3;
    if !bandit && !ruff {
        return;
    }
    let hlapi = call.path().starts_with("pysnmp.hlapi.");
    let encrypted = call.argument("privKey", 2).is_some();
    let authenticated = call.argument("authKey", 1).is_some();
    let codes: &[&str] = match (hlapi, ruff) {
        (false, _) => &[],
        (true, true) => &["B509", "S509"],
        (true, false) => &["B509"],
    };
    if !hlapi && encrypted {
        return;
    }
    let message = match (authenticated, encrypted) {
        (false, false) => "SNMP messages are neither authenticated nor encrypted",
        (true, false) => "SNMP messages are not encrypted",
        (_, true) => "the user's encryption key is given by keyword",
    };
    let unpacked = call.has_unpacked_arguments();
    let finding = cx.report(&RULE, codes, call.func.range(), message);
    if encrypted {
        finding.persona(Persona::Auditor).severity(Severity::Info);
    } else if unpacked {
        finding.persona(Persona::Pedantic);
    }
}

fn check_protocol(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !call.path().starts_with("pysnmp.") {
        return;
    }
    let Some(path) = cx.semantic.qualified(&keyword.value) else { return };
    let (message, severity) = match path.rsplit('.').next().unwrap_or_default() {
        "usmHMACMD5AuthProtocol" => ("SNMP messages are authenticated with MD5", Severity::Low),
        "usmDESPrivProtocol" => ("SNMP messages are encrypted with DES", Severity::Medium),
        "usmNoAuthProtocol" => ("SNMP messages are not authenticated", Severity::Medium),
        "usmNoPrivProtocol" => ("SNMP messages are not encrypted", Severity::Medium),
        _ => return,
    };
    cx.report(&RULE, &[], keyword.range(), message).severity(severity).cwe(327);
}
