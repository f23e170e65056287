//! A socket that takes logging configurations, which are code.

use seriema_finding::{Confidence, Persona};

use crate::shared::ast_search::is_written_by_import;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "logging-config-listen",
    family: Configuration,
    severity: Medium,
    confidence: High,
    cwe: [94, 306],
    aliases: ["B612", "S612"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["listen"], check);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() != "logging.config.listen" {
        return;
    }
    let named = call.keyword("verify");
    let verify = named.or_else(|| call.positional(1));
    // Other tools look for the keyword, whatever it holds.
    let known = named.is_none() && is_written_by_import(cx.semantic, &call.func);
    let codes: &[&str] = if known { &["B612", "S612"] } else { &[] };
    match verify {
        Some(value) if !value.is_none_literal_expr() => {
            if known {
                cx.report(
                    &RULE,
                    codes,
                    call.node,
                    "`logging.config.listen` takes configurations that `verify` lets through",
                )
                .persona(Persona::Auditor);
            }
        }
        _ => {
            let unpacked = call.has_unpacked_arguments();
            let message =
                "`logging.config.listen` runs what any user of this machine sends it, for there is no `verify`";
            let finding = cx.report(&RULE, codes, call.node, message);
            if unpacked {
                finding.confidence(Confidence::Low).persona(Persona::Pedantic);
            }
        }
    }
}
