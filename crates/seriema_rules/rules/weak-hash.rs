//! MD4, MD5 and SHA-1, and hashes too fast for passwords.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ScopeKind;
use seriema_program::ast::{Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};

use crate::shared::expression_parts::{in_annotation, mentioned_through_locals, method_calls, surrounding_body};
use crate::shared::repetition::is_repeated;
use crate::shared::value_destination::destination;
use crate::shared::value_purpose::{Purpose, is_lookup, makes, purpose, words};
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "weak-hash",
    family: Cryptography,
    severity: Medium,
    confidence: Medium,
    cwe: [328, 327, 916],
    aliases: ["B303", "B324", "S303", "S324"],
}

/// Hashes that are fine for data, and thousands of times too fast for passwords.
const FAST: &[&str] =
    &["sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"];

/// Password hashes of passlib that are broken, unsalted or fast.
const WEAK_PASSLIB: &[&str] = &[
    "apr_md5_crypt",
    "bigcrypt",
    "bsdi_crypt",
    "crypt16",
    "des_crypt",
    "django_salted_md5",
    "django_salted_sha1",
    "hex_md4",
    "hex_md5",
    "hex_sha1",
    "hex_sha256",
    "hex_sha512",
    "ldap_hex_md5",
    "ldap_hex_sha1",
    "ldap_md5",
    "ldap_plaintext",
    "ldap_salted_md5",
    "ldap_salted_sha1",
    "ldap_sha1",
    "lmhash",
    "md5_crypt",
    "mysql323",
    "nthash",
    "plaintext",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["md4", "md5", "sha", "sha1"], check_hashlib);
    hooks.on_call(&["new"], check_new);
    hooks.on_call(&["MD5", "SHA1"], check_cryptography);
    hooks.on_call(&["crypt", "mksalt"], check_crypt);
    hooks.on_call(FAST, check_fast);
    hooks.on_call(&["generate_password_hash"], check_werkzeug);
    hooks.on_call(&["hash", "encrypt"], check_passlib);
    hooks.on_reference(&["MD5", "SHA1", "new"], check_reference);
}

/// What a hash is made for, with the name that says so.
enum Use {
    Password(String),
    /// So few values that no hash, however slow, keeps them: what the digest is for has to bear that.
    Pin(String),
    /// Checks what is stored already, to replace it.
    Legacy(String),
    Mac(String),
    Token(String),
    Other,
}

fn check_hashlib(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(name) = call.path().strip_prefix("hashlib.") else { return };
    if !matches!(name, "md4" | "md5" | "sha" | "sha1") || is_excused(call) {
        return;
    }
    let inputs: Vec<&Expr> = call.arguments.args.iter().collect();
    let used = assess(cx, call.range(), &inputs);
    let fix = match &used {
        Use::Password(_) | Use::Pin(_) | Use::Legacy(_) => None,
        Use::Mac(_) | Use::Token(_) => stronger(call),
        Use::Other => Some(not_for_security(call)),
    };
    report(cx, &["B324", "S324"], call.func.range(), &format!("hashlib.{name}"), used, fix);
}

fn check_new(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() == "hashlib.new" {
        let Some(argument) = call.argument("name", 0) else { return };
        let Some(name) = cx.semantic.constant_str(argument) else { return };
        if !matches!(name.to_ascii_lowercase().as_str(), "md4" | "md5" | "sha" | "sha1") || is_excused(call) {
            return;
        }
        let codes: &[&str] = if argument.is_string_literal_expr() { &["B324", "S324"] } else { &[] };
        let inputs: Vec<&Expr> = call.arguments.args.iter().skip(1).chain(call.keyword("data")).collect();
        let used = assess(cx, call.range(), &inputs);
        let fix = match &used {
            Use::Password(_) | Use::Pin(_) | Use::Legacy(_) => None,
            Use::Mac(_) | Use::Token(_) if argument.is_string_literal_expr() => {
                Some(RawFix::replace("Use SHA-256", argument, "\"sha256\"", Applicability::Suggestion))
            }
            Use::Mac(_) | Use::Token(_) => None,
            Use::Other => Some(not_for_security(call)),
        };
        report(cx, codes, argument.range(), &format!("hashlib.new(\"{name}\")"), used, fix);
    } else if let Some(name) = crypto_hash(call.path()) {
        let inputs: Vec<&Expr> = call.arguments.args.iter().chain(call.keyword("data")).collect();
        let used = assess(cx, call.range(), &inputs);
        let codes: &[&str] = match name {
            "MD3" => &["S303"],
            "SHA1" => &[],
            _ => &["B303", "S303"],
        };
        report(cx, codes, call.range(), &format!("{name}.new"), used, None);
    }
}

/// `Crypto.Hash.MD5.new`: the hash's name.
fn crypto_hash(path: &str) -> Option<&str> {
    let name = path.strip_prefix("Crypto.Hash.").or_else(|| path.strip_prefix("Cryptodome.Hash."))?;
    let name = name.strip_suffix(".new")?;
    matches!(name, "MD2" | "MD3" | "MD4" | "MD5" | "SHA" | "SHA1").then_some(name)
}

fn check_cryptography(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(name) = call.path().strip_prefix("cryptography.hazmat.primitives.hashes.") else { return };
    let name = format!("hashes.{name}");
    let goes = destination(cx.semantic, call.range());
    let codes: &[&str] = &["B303", "S303"];
    if let Some(verb) = goes.names.iter().find(|name| matches!(**name, "sign" | "verify")) {
        let severity = if *verb == "sign" { Severity::Medium } else { Severity::Low };
        let message = format!("`{verb}` relies on `{name}`, for which two messages with one digest can be made");
        let fix = RawFix::replace("Use SHA-256", call.func.as_ref(), sha256_beside(call), Applicability::Suggestion);
        let finding = cx.report(&RULE, codes, call.node, message);
        finding.severity(severity).confidence(Confidence::High).fix(fix);
        return;
    }
    // As a part of HMAC, OAEP, TOTP or a key derivation the hash is as strong as ever.
    let used = if goes.names.contains(&"Hash") { assess(cx, call.range(), &[]) } else { Use::Other };
    report(cx, codes, call.range(), &name, used, None);
}

/// `hashes.SHA256` written like the call's `hashes.SHA1`; a bare name is left to the reader.
fn sha256_beside(call: &Call<'_>) -> String {
    match &*call.func {
        Expr::Attribute(attribute) => match &*attribute.value {
            Expr::Name(module) => format!("{}.SHA256", module.id),
            _ => "hashes.SHA256".to_owned(),
        },
        _ => "hashes.SHA256".to_owned(),
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let name = match path.strip_prefix("cryptography.hazmat.primitives.hashes.") {
        Some(name @ ("MD5" | "SHA1")) => name,
        Some(_) => return,
        None => match crypto_hash(path) {
            Some("SHA1") | None => return,
            Some(name) => name,
        },
    };
    if in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let message = format!("`{name}` is handed on as the hash to use");
    cx.report(&RULE, &["S303"], expr, message).persona(Persona::Auditor).confidence(Confidence::Low);
}

fn check_crypt(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let method = match call.path() {
        "crypt.crypt" => call.argument("salt", 1),
        "crypt.mksalt" => call.argument("method", 0),
        _ => return,
    };
    let Some(method) = method else { return };
    let Some(path) = cx.semantic.qualified(method) else { return };
    let name = match &*path {
        "crypt.METHOD_CRYPT" => "DES",
        "crypt.METHOD_MD5" => "MD5",
        "crypt.METHOD_BLOWFISH" => "Blowfish",
        _ => return,
    };
    let message = format!("`{}` hashes a password with {name}", call.path());
    let finding = cx.report(&RULE, &["B324", "S324"], method, message);
    finding.confidence(Confidence::High).cwe(916);
    if name == "Blowfish" {
        // bcrypt, whose work factor is what one may worry about.
        finding.persona(Persona::Pedantic).severity(Severity::Low);
    }
}

fn check_fast(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !call.path().starts_with("hashlib.") || is_excused(call) {
        return;
    }
    // The first argument alone: most calls have one, and most of those say at once that no password is meant.
    let inputs: Vec<&Expr> = call.arguments.args.iter().take(1).collect();
    if let Use::Password(name) | Use::Pin(name) | Use::Legacy(name) = assess(cx, call.range(), &inputs) {
        let message = format!("`{}` is too fast a hash for {name}", call.path());
        let repeated = is_repeated(cx, &RULE, &name);
        let finding = cx.report(&RULE, &[], call.func.as_ref(), message);
        finding.cwe(916);
        if repeated {
            finding.persona(Persona::Pedantic);
        }
    }
}

fn check_werkzeug(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() != "werkzeug.security.generate_password_hash" {
        return;
    }
    let Some(argument) = call.argument("method", 1) else { return };
    let Some(method) = cx.semantic.constant_str(argument) else { return };
    if !matches!(&*method, "plain" | "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" | "pbkdf2:md5") {
        return;
    }
    let message = format!("`generate_password_hash` is told to use `{method}`, one round of a fast hash");
    let fix = RawFix::replace("Use scrypt", argument, "\"scrypt\"", Applicability::Suggestion);
    cx.report(&RULE, &[], argument, message).severity(Severity::High).confidence(Confidence::High).cwe(916).fix(fix);
}

fn check_passlib(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some(rest) = call.path().strip_prefix("passlib.hash.") else { return };
    let Some((scheme, _)) = rest.split_once('.') else { return };
    if !WEAK_PASSLIB.contains(&scheme) {
        return;
    }
    let message = format!("`passlib.hash.{scheme}` stores passwords so that they can be guessed at full speed");
    cx.report(&RULE, &[], call.func.as_ref(), message).severity(Severity::High).confidence(Confidence::High).cwe(916);
}

/// `usedforsecurity=False` says that the hash protects nothing.
fn is_excused(call: &Call<'_>) -> bool {
    call.keyword("usedforsecurity").is_some_and(|value| matches!(value, Expr::BooleanLiteral(flag) if !flag.value))
}

/// What a hash is made for: by what goes in, by where the digest goes, by the function and class it is made in.
fn assess<'a>(cx: &Checker<'_, 'a>, range: TextRange, inputs: &[&'a Expr]) -> Use {
    let semantic = cx.semantic;
    let goes = destination(semantic, range);
    let mut names: Vec<&str> = inputs.iter().flat_map(|input| mentioned_through_locals(semantic, input)).collect();
    if let Some(variable) = goes.variable {
        // `h = hashlib.md5()`, then `h.update(password)`.
        for update in method_calls(semantic, surrounding_body(semantic, false), variable, &["update"]) {
            names.extend(update.arguments.args.iter().flat_map(|input| mentioned_through_locals(semantic, input)));
        }
    }
    let function = semantic.enclosing_function().map(|function| function.name.as_str());
    let outputs = || goes.names.iter().chain(&goes.compared).copied();
    let class = semantic.enclosing_class().and_then(|class| match semantic.scopes.scope(class).kind {
        ScopeKind::Class(class) => Some(class.name.as_str()),
        _ => None,
    });
    let lookup = outputs().chain(function).chain(names.iter().copied()).any(is_lookup);
    // HTTP digest and database logins prescribe their hash; a key derivation goes on from this one.
    let utf16 = |input: &&Expr| {
        let text = semantic.text(input.range());
        text.contains("utf-16") || text.contains("utf_16")
    };
    let prescribed = outputs().chain(function).chain(class).chain(names.iter().copied()).any(|name| {
        words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "realm"
                    | "scramble"
                    | "challenge"
                    | "nonce"
                    | "nthash"
                    | "lmhash"
                    | "ntowfv1"
                    | "ntowf"
                    | "native"
                    | "mysql"
                    | "kerberos"
                    | "bcrypt"
                    | "hashpw"
                    | "argon2"
                    | "scrypt"
                    | "pbkdf2"
                    | "kdf"
                    | "hkdf"
                    | "scram"
                    | "srp"
                    | "ntlm"
                    | "otpauth"
            )
        })
    });
    // Windows hashes passwords in UTF-16.
    if lookup || prescribed || inputs.iter().any(utf16) {
        return Use::Other;
    }
    let input = |wanted: Purpose| names.iter().copied().find(|name| purpose(name) == Some(wanted));
    let quoted = |name: &str| format!("`{name}`");
    let password = |name: String, said: &str| {
        let any = |known: &[&str], said: &str| words(said).iter().any(|word| known.contains(&word.as_str()));
        if any(&["pin", "pins", "pincode"], said) {
            Use::Pin(name)
        } else if function.is_some_and(|function| any(&["legacy", "upgrade", "rehash", "migrate"], function)) {
            Use::Legacy(name)
        } else {
            Use::Password(name)
        }
    };
    if let Some(name) = input(Purpose::Password) {
        return password(quoted(name), name);
    }
    let kept = goes.returned || !goes.compared.is_empty();
    if let Some(name) = outputs().find(|name| purpose(name) == Some(Purpose::Password)) {
        return password(quoted(name), name);
    }
    if let Some(name) = function.filter(|name| kept && purpose(name) == Some(Purpose::Password)) {
        return password(format!("what `{name}` is given"), name);
    }
    if let Some(name) = input(Purpose::Key) {
        return Use::Mac(quoted(name));
    }
    let random = ["urandom", "uuid4", "token_bytes", "token_hex", "token_urlsafe", "get_random_bytes", "SystemRandom"];
    if names.iter().any(|name| random.contains(name)) || input(Purpose::Token).is_some() {
        return Use::Other;
    }
    let is_token = |found: Option<Purpose>| found == Some(Purpose::Token);
    if let Some(name) = goes.names.iter().find(|name| is_token(purpose(name))) {
        return Use::Token(quoted(name));
    }
    match function.filter(|name| goes.returned && is_token(makes(name))) {
        Some(name) => Use::Token(format!("what `{name}` returns")),
        None => Use::Other,
    }
}

/// Whether the current class implements the one hash that its `algorithm` names, as Django's hashers do.
fn implements_scheme(cx: &Checker<'_, '_>) -> bool {
    let Some(class) = cx.semantic.enclosing_class() else { return false };
    let ScopeKind::Class(class) = cx.semantic.scopes.scope(class).kind else { return false };
    class.body.iter().any(|statement| {
        let Stmt::Assign(assign) = statement else { return false };
        let [Expr::Name(target)] = assign.targets.as_slice() else { return false };
        let Some(algorithm) = assign.value.as_string_literal_expr() else { return false };
        target.id == "algorithm"
            && words(algorithm.value.to_str()).iter().any(|word| class.name.to_ascii_lowercase().contains(word))
    })
}

fn report(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: TextRange,
    hash: &str,
    used: Use,
    fix: Option<RawFix>,
) {
    let message = match &used {
        Use::Password(name) => format!("`{hash}` hashes {name}: a password needs a slow, salted hash"),
        Use::Pin(name) => format!("`{hash}` hashes {name}: whoever sees the digest can try all numbers"),
        Use::Legacy(name) => {
            format!("`{hash}` checks {name} against a digest of old: a password needs a slow, salted hash")
        }
        Use::Mac(name) => format!("`{hash}` over {name} is no message authentication code"),
        Use::Token(name) => format!("`{hash}` makes {name} from what can be guessed"),
        Use::Other => format!("`{hash}` is broken: other data with the same digest can be made"),
    };
    // The rounds of one scheme, and hashes of hashes, are one cause. A class that says by its name and its `algorithm`
    // which hash it is was written for the digests that exist; the choice is made where it is used.
    let repeated = implements_scheme(cx)
        || match &used {
            Use::Password(_) | Use::Legacy(_) => is_repeated(cx, &RULE, "a password needs"),
            Use::Pin(name) | Use::Mac(name) | Use::Token(name) => is_repeated(cx, &RULE, name),
            Use::Other => false,
        };
    let finding = cx.report(&RULE, codes, place, message);
    if repeated {
        finding.persona(Persona::Pedantic);
    }
    match used {
        Use::Password(_) => finding.severity(Severity::High).confidence(Confidence::High).cwe(916),
        Use::Pin(_) => finding.severity(Severity::Medium).cwe(916),
        Use::Legacy(_) => finding.severity(Severity::Low).cwe(916),
        Use::Mac(_) => finding,
        Use::Token(_) => finding.cwe(327),
        Use::Other => finding.severity(Severity::Low).confidence(Confidence::Low).persona(Persona::Pedantic),
    };
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn not_for_security(call: &Call<'_>) -> RawFix {
    let title = "Say that the hash protects nothing";
    RawFix::set_keyword(title, call.node, "usedforsecurity", "False", Applicability::Suggestion)
}

fn stronger(call: &Call<'_>) -> Option<RawFix> {
    let Expr::Attribute(function) = &*call.func else { return None };
    Some(RawFix::replace("Use SHA-256", &function.attr, "sha256", Applicability::Suggestion))
}
