//! Block ciphers in ECB mode.

use seriema_finding::{Confidence, Persona};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::in_annotation;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "weak-cipher-mode",
    family: Cryptography,
    severity: Medium,
    confidence: High,
    cwe: [327],
    aliases: ["B305", "S305"],
}

const ECB: &str = "cryptography.hazmat.primitives.ciphers.modes.ECB";

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["ECB"], check_mode);
    hooks.on_call(&["new"], check_new);
    hooks.on_reference(&["ECB"], check_reference);
}

fn check_mode(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() == ECB {
        let message = "ECB mode encrypts equal blocks to equal blocks";
        cx.report(&RULE, &["B305", "S305"], call.node, message);
    }
}

/// `AES.new(key, AES.MODE_ECB)`, and `AES.new(key)`, which in PyCrypto means the same.
fn check_new(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = call.path();
    let Some(rest) = path.strip_prefix("Crypto.Cipher.").or_else(|| path.strip_prefix("Cryptodome.Cipher.")) else {
        return;
    };
    let Some(cipher) = rest.strip_suffix(".new") else { return };
    if !matches!(cipher, "AES" | "DES" | "DES3" | "Blowfish" | "ARC2" | "CAST") {
        return;
    }
    match call.argument("mode", 1) {
        Some(mode) if cx.semantic.qualified(mode).is_some_and(|path| path.ends_with(".MODE_ECB")) => {
            let message = format!("{cipher} in ECB mode encrypts equal blocks to equal blocks");
            cx.report(&RULE, &[], mode, message);
        }
        None if path.starts_with("Crypto.") && call.arguments.len() == 1 && !call.has_unpacked_arguments() => {
            let message =
                format!("`{cipher}.new` without a mode means ECB, which encrypts equal blocks to equal blocks");
            cx.report(&RULE, &[], call.node, message).confidence(Confidence::Medium);
        }
        _ => {}
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    if path == ECB && !in_annotation(cx.semantic, expr.range()) {
        let message = "ECB is handed on as the mode to use";
        cx.report(&RULE, &["S305"], expr, message).persona(Persona::Auditor).confidence(Confidence::Low);
    }
}
