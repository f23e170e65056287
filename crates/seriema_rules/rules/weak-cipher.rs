//! DES, RC4, Blowfish and other ciphers that are broken or have 64-bit blocks.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::in_annotation;
use crate::shared::repetition::is_repeated;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "weak-cipher",
    family: Cryptography,
    severity: Medium,
    confidence: High,
    cwe: [327],
    aliases: ["B304", "S304"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    let ciphers = &["ARC4", "Blowfish", "CAST5", "IDEA", "RC2", "SEED", "TripleDES", "DES", "des", "triple_des"];
    hooks.on_call(&["new"], check);
    hooks.on_call(ciphers, check);
    hooks.on_reference(&["new", "ARC4", "Blowfish", "IDEA"], check_reference);
}

/// A cipher and who else reports it.
struct Weak<'p> {
    name: &'p str,
    codes: &'static [&'static str],
    broken: bool,
}

fn weak(path: &str) -> Option<Weak<'_>> {
    const BOTH: &[&str] = &["B304", "S304"];
    const BANDIT: &[&str] = &["B304"];
    let pycrypto = path.strip_prefix("Crypto.Cipher.").or_else(|| path.strip_prefix("Cryptodome.Cipher."));
    if let Some(name) = pycrypto.and_then(|rest| rest.strip_suffix(".new")) {
        let (codes, broken) = match name {
            "ARC2" | "DES" | "XOR" => (BOTH, true),
            "Blowfish" => (BOTH, false),
            "ARC4" => (BANDIT, true),
            "DES3" | "CAST" => (&[] as &[&str], false),
            _ => return None,
        };
        return Some(Weak { name, codes, broken });
    }
    let (name, current) = match path.strip_prefix("cryptography.hazmat.primitives.ciphers.algorithms.") {
        Some(name) => (name, true),
        None => match path.strip_prefix("cryptography.hazmat.decrepit.ciphers.algorithms.") {
            Some(name) => (name, false),
            None => (path.strip_prefix("pyDes.")?, false),
        },
    };
    let (codes, broken) = match name {
        "ARC4" => (BOTH, true),
        "Blowfish" | "IDEA" => (BOTH, false),
        "CAST5" | "SEED" | "TripleDES" => (BANDIT, false),
        "RC2" | "des" => (&[] as &[&str], true),
        "triple_des" => (&[] as &[&str], false),
        _ => return None,
    };
    Some(Weak { name, codes: if current { codes } else { &[] }, broken })
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(Weak { name, codes, broken }) = weak(call.path()) else { return };
    let shown = match name {
        "ARC4" => "RC4",
        "ARC2" | "RC2" => "RC2",
        "DES3" | "TripleDES" | "triple_des" => "Triple DES",
        "CAST" => "CAST5",
        "des" => "DES",
        name => name,
    };
    let message = if broken {
        format!("`{}` encrypts with {shown}, which is broken", cx.semantic.text(&*call.func))
    } else {
        format!("`{}` encrypts with {shown}, which is outdated", cx.semantic.text(&*call.func))
    };
    // Encryption and decryption, or the halves of a key, in one function: one cause.
    let repeated = is_repeated(cx, &RULE, &format!("encrypts with {shown},"));
    let finding = cx.report(&RULE, codes, call.node, message);
    if repeated {
        finding.persona(Persona::Pedantic);
    }
    if broken {
        finding.severity(Severity::High);
    }
    if name == "SEED" {
        // A 128-bit block cipher without a known weakness, only out of use.
        finding.persona(Persona::Pedantic).severity(Severity::Low);
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some(found) = weak(path) else { return };
    if !found.codes.contains(&"S304") || in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let message = format!("{} is handed on as the cipher to use", found.name);
    cx.report(&RULE, &["S304"], expr, message).persona(Persona::Auditor).confidence(Confidence::Low);
}
