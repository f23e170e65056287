//! SNMP versions 1 and 2c.

use seriema_finding::{Confidence, Persona};
use seriema_program::Const;
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "snmp-insecure-version",
    family: Transport,
    severity: Medium,
    confidence: High,
    cwe: [319],
    aliases: ["B508", "S508"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["CommunityData"], check);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !call.path().starts_with("pysnmp.") {
        return;
    }
    let hlapi = call.path().starts_with("pysnmp.hlapi.");
    let Some(keyword) = call.arguments.find_keyword("mpModel") else {
        if call.has_unpacked_arguments() || call.positional(2).is_some() {
            return;
        }
        let message = "without `mpModel` the community string is sent in clear by SNMP version 2c";
        cx.report(&RULE, &[], call.node, message).confidence(Confidence::Medium).persona(Persona::Pedantic);
        return;
    };
    let version = match cx.semantic.constant(&keyword.value) {
        Some(Const::Int(0)) => "1",
        Some(Const::Int(1)) => "2c",
        _ => return,
    };
    let literal = matches!(&keyword.value, Expr::NumberLiteral(_));
    let codes: &[&str] = if hlapi && literal { &["B508", "S508"] } else { &[] };
    let message = format!("SNMP version {version} sends the community string and all data in clear");
    cx.report(&RULE, codes, keyword.range(), message);
}
