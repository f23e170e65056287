//! Keys that are too short.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::Const;
use seriema_program::ast::Expr;

use crate::shared::expression_parts::parameter_default;
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "weak-key-size",
    family: Cryptography,
    severity: Medium,
    confidence: High,
    cwe: [326],
    aliases: ["B505", "S505"],
}

/// Bits below which an RSA, DSA or Diffie-Hellman key is too short; NIST SP 800-57 part 1.
const FACTORING: i64 = 2048;
/// Bits below which one is within reach of an attacker with a budget.
const BROKEN: i64 = 1024;

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(
        &["generate_private_key", "generate_parameters", "generate", "generate_key", "newkeys", "gen_key", "construct"],
        check,
    );
}

/// Where a function takes the number of bits.
fn size_argument(path: &str) -> Option<(&'static str, &'static str, usize, bool)> {
    Some(match path {
        "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key" => ("RSA", "key_size", 1, true),
        "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key" => ("DSA", "key_size", 0, true),
        "cryptography.hazmat.primitives.asymmetric.dsa.generate_parameters" => ("DSA", "key_size", 0, false),
        "cryptography.hazmat.primitives.asymmetric.dh.generate_parameters" => ("Diffie-Hellman", "key_size", 1, false),
        "Crypto.PublicKey.RSA.generate" | "Cryptodome.PublicKey.RSA.generate" => ("RSA", "bits", 0, true),
        "Crypto.PublicKey.DSA.generate" | "Cryptodome.PublicKey.DSA.generate" => ("DSA", "bits", 0, true),
        "Crypto.PublicKey.ElGamal.generate" | "Cryptodome.PublicKey.ElGamal.generate" => ("ElGamal", "bits", 0, false),
        "rsa.newkeys" | "rsa.key.newkeys" => ("RSA", "nbits", 0, false),
        "paramiko.RSAKey.generate" | "paramiko.rsakey.RSAKey.generate" => ("RSA", "bits", 0, false),
        "paramiko.DSSKey.generate" | "paramiko.dsskey.DSSKey.generate" => ("DSA", "bits", 0, false),
        "M2Crypto.RSA.gen_key" => ("RSA", "bits", 0, false),
        "OpenSSL.crypto.PKey().generate_key" => ("RSA", "bits", 1, false),
        _ => return None,
    })
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() == "cryptography.hazmat.primitives.asymmetric.ec.generate_private_key" {
        return check_curve(cx, call);
    }
    let Some((algorithm, keyword, position, known)) = size_argument(call.path()) else { return };
    let Some(argument) = call.argument(keyword, position) else { return };
    let mut by_default = false;
    let size = match cx.semantic.constant(argument) {
        Some(Const::Int(size)) => size,
        Some(_) => return,
        None => match parameter_default(cx.semantic, argument).and_then(|default| cx.semantic.constant(default)) {
            Some(Const::Int(size)) => {
                by_default = true;
                size
            }
            _ => return,
        },
    };
    if !(0..FACTORING).contains(&size) {
        return;
    }
    if call.path() == "OpenSSL.crypto.PKey().generate_key"
        && call.argument("type", 0).is_some_and(|kind| !cx.semantic.qualified(kind).is_some_and(|p| p.ends_with("RSA")))
    {
        return;
    }
    let codes: &[&str] =
        if known && !by_default && argument.is_number_literal_expr() { &["B505", "S505"] } else { &[] };
    let message = if by_default {
        format!("{algorithm} keys of {size} bits are made unless the caller of this function says otherwise")
    } else {
        format!("{algorithm} keys of {size} bits are too short")
    };
    let literal = argument.is_number_literal_expr();
    let finding = cx.report(&RULE, codes, argument, message);
    if size < BROKEN {
        finding.severity(Severity::High);
    }
    if by_default {
        finding.confidence(Confidence::Medium);
    }
    if size == 0 {
        // No size at all: no library makes such a key.
        finding.persona(Persona::Auditor);
    }
    if literal {
        finding.fix(RawFix::replace("Use 3072 bits", argument, "3072", Applicability::Suggestion));
    }
}

/// Curves below 224 bits.
fn check_curve(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(argument) = call.argument("curve", 0) else { return };
    let (curve, called) = match argument {
        Expr::Call(curve) => (&*curve.func, true),
        curve => (curve, false),
    };
    let Some(path) = cx.semantic.qualified(curve) else { return };
    let Some(name) = path.strip_prefix("cryptography.hazmat.primitives.asymmetric.ec.") else { return };
    let name = name.trim_end_matches("()");
    if !matches!(name, "SECP192R1" | "SECT163K1" | "SECT163R2") {
        return;
    }
    let codes: &[&str] = if curve.is_attribute_expr() && !called { &["B505", "S505"] } else { &[] };
    let message = format!("the curve {name} is too small");
    let fix = match curve {
        Expr::Attribute(attribute) => {
            Some(RawFix::replace("Use P-256", &attribute.attr, "SECP256R1", Applicability::Suggestion))
        }
        _ => None,
    };
    let finding = cx.report(&RULE, codes, argument, message);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}
