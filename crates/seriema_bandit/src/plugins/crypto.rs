//! Cryptography: B324, B505, B508 and B509.

use seriema_program::ast::Int;

use super::{Call, Verdict};
use crate::config::KeySizes;
use crate::issue::{Draft, Level};
use crate::literal::{Literal, Raised};

const BROKEN_CRYPTO: i64 = 327;
const CLEARTEXT: i64 = 319;

const WEAK_HASHES: &[&str] = &["md4", "md5", "sha", "sha1"];
const WEAK_CRYPT: &[&str] = &["METHOD_CRYPT", "METHOD_MD5", "METHOD_BLOWFISH"];

/// B324
pub(super) fn hash(call: &Call<'_, '_>) -> Verdict {
    if call.has_part("hashlib") {
        hashlib(call)
    } else if call.has_part("crypt") {
        crypt(call)
    } else {
        Ok(None)
    }
}

fn hashlib(call: &Call<'_, '_>) -> Verdict {
    call.check_keywords()?;
    let name = if WEAK_HASHES.contains(&call.name) {
        Literal::Str(call.name.into())
    } else if call.name == "new" {
        first_or_keyword(call, 0, "name")?
    } else {
        return Ok(None);
    };
    let Some(name) = name.as_str().filter(|name| WEAK_HASHES.contains(&name.to_lowercase().as_str())) else {
        return Ok(None);
    };
    // Not given is as good as true.
    if let Some(keyword) = call.keyword("usedforsecurity")
        && Literal::of_argument(&keyword.value)?.as_str() != Some("True")
    {
        return Ok(None);
    }
    let text = format!("Use of weak {} hash for security. Consider usedforsecurity=False", name.to_uppercase());
    Ok(Some(Draft::new(Level::High, Level::High, BROKEN_CRYPTO, text).on(Some(call.line()))))
}

fn crypt(call: &Call<'_, '_>) -> Verdict {
    call.check_args()?;
    call.check_keywords()?;
    let method = match call.name {
        "crypt" => first_or_keyword(call, 1, "salt")?,
        "mksalt" => first_or_keyword(call, 0, "method")?,
        _ => return Ok(None),
    };
    let Some(method) = method.as_str().filter(|method| WEAK_CRYPT.contains(method)) else { return Ok(None) };
    let text = format!("Use of insecure crypt.{method} hash function.");
    Ok(Some(Draft::new(Level::Medium, Level::High, BROKEN_CRYPTO, text).on(Some(call.line()))))
}

/// The argument at a position, or the one by name where there are not as many.
fn first_or_keyword<'a>(call: &Call<'a, '_>, position: usize, name: &str) -> Result<Literal<'a>, Raised> {
    call.check_args()?;
    if call.args().len() > position { call.argument(position) } else { call.keyword_value(name) }
}

#[derive(Clone, Copy)]
enum KeyType {
    Dsa,
    Rsa,
    Ec,
}

/// B505
pub(super) fn key_size(call: &Call<'_, '_>) -> Verdict {
    match call.qualname {
        "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key" => {
            sized(call, KeyType::Dsa, "key_size", 0)
        }
        "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key" => {
            sized(call, KeyType::Rsa, "key_size", 1)
        }
        "cryptography.hazmat.primitives.asymmetric.ec.generate_private_key" => curve(call),
        "Crypto.PublicKey.DSA.generate" | "Cryptodome.PublicKey.DSA.generate" => sized(call, KeyType::Dsa, "bits", 0),
        "Crypto.PublicKey.RSA.generate" | "Cryptodome.PublicKey.RSA.generate" => sized(call, KeyType::Rsa, "bits", 0),
        _ => Ok(None),
    }
}

fn sized(call: &Call<'_, '_>, key_type: KeyType, keyword: &str, position: usize) -> Verdict {
    let mut size = call.keyword_value(keyword)?;
    if !size.is_truthy() {
        size = call.argument(position)?;
    }
    let bits = match size {
        size if !size.is_truthy() => 2048.0,
        Literal::Str(_) => return Ok(None),
        Literal::Int(value) => as_float(value),
        Literal::Float(value) => value,
        other => {
            // The sizes to compare with are looked up first.
            call.context.tests.settings.key_sizes.as_ref().map_err(Clone::clone)?;
            let kind = other.type_name();
            return Err(Raised(format!("'<' not supported between instances of '{kind}' and 'int'")));
        }
    };
    classify(call, key_type, bits)
}

fn as_float(value: &Int) -> f64 {
    value.as_u64().map_or(f64::INFINITY, |value| value as f64)
}

fn curve(call: &Call<'_, '_>) -> Verdict {
    let mut curve = call.keyword_value("curve")?;
    if !curve.is_truthy() {
        call.check_args()?;
        curve = call.argument(0)?;
    }
    if matches!(curve, Literal::List(_) | Literal::Set(_) | Literal::Dict(_)) {
        return Err(Raised(format!("unhashable type: '{}'", curve.type_name())));
    }
    let bits = match curve.as_str() {
        Some("SECT571K1") => 571.0,
        Some("SECT571R1") => 570.0,
        Some("SECP521R1") => 521.0,
        Some("BrainpoolP512R1") => 512.0,
        Some("SECT409K1" | "SECT409R1") => 409.0,
        Some("BrainpoolP384R1" | "SECP384R1") => 384.0,
        Some("SECT283K1" | "SECT283R1") => 283.0,
        Some("BrainpoolP256R1" | "SECP256K1" | "SECP256R1") => 256.0,
        Some("SECT233K1" | "SECT233R1") => 233.0,
        Some("SECP224R1") => 224.0,
        Some("SECP192R1") => 192.0,
        Some("SECT163K1" | "SECT163R2") => 163.0,
        _ => 224.0,
    };
    classify(call, KeyType::Ec, bits)
}

fn classify(call: &Call<'_, '_>, key_type: KeyType, bits: f64) -> Verdict {
    let KeySizes { dsa, rsa, ec } = call.context.tests.settings.key_sizes.as_ref().map_err(Clone::clone)?;
    let (name, limits) = match key_type {
        KeyType::Dsa => ("DSA", dsa),
        KeyType::Rsa => ("RSA", rsa),
        KeyType::Ec => ("EC", ec),
    };
    for (limit, severity) in limits.iter().zip([Level::High, Level::Medium]) {
        if bits < *limit {
            let text = format!("{name} key sizes below {:.0} bits are considered breakable. ", limit.trunc());
            return Ok(Some(Draft::new(severity, Level::High, 326, text)));
        }
    }
    Ok(None)
}

/// B508
pub(super) fn snmp_version(call: &Call<'_, '_>) -> Verdict {
    if call.qualname != "pysnmp.hlapi.CommunityData" {
        return Ok(None);
    }
    let is_old = match call.keyword_value("mpModel")? {
        Literal::Int(value) => matches!(value.as_u64(), Some(0 | 1)),
        Literal::Float(value) => value == 0.0 || value == 1.0,
        Literal::Complex(imag) => imag == 0.0,
        _ => false,
    };
    let text = "The use of SNMPv1 and SNMPv2 is insecure. You should use SNMPv3 if able.";
    let line = call.line_of_keyword("CommunityData");
    Ok(is_old.then(|| Draft::new(Level::Medium, Level::High, CLEARTEXT, text).on(line)))
}

/// B509
pub(super) fn snmp_encryption(call: &Call<'_, '_>) -> Verdict {
    if call.qualname != "pysnmp.hlapi.UsmUserData" || call.args().len() >= 3 {
        return Ok(None);
    }
    let text = "You should not use SNMPv3 without encryption. noAuthNoPriv & authNoPriv is insecure";
    Ok(Some(Draft::new(Level::Medium, Level::High, CLEARTEXT, text).on(call.line_of_keyword("UsmUserData"))))
}
