//! Secrets compared by `==`, which takes the longer the more of them is right.

use seriema_finding::{Applicability, Confidence, Severity};
use seriema_program::ast::{self, CmpOp, Expr};
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Semantic};

use crate::shared::excerpt::excerpt;
use crate::shared::expression_parts::mentioned;
use crate::shared::fix_edits::import_edit;
use crate::shared::repetition::is_repeated;
use crate::shared::value_purpose::{Purpose, purpose, words};
use crate::{Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "timing-unsafe-comparison",
    family: Cryptography,
    severity: Medium,
    confidence: Medium,
    cwe: [208, 203],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_compare(check);
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secret {
    Signature,
    Password,
    Token,
}

fn check(cx: &mut Checker<'_, '_>, node: &ast::ExprCompare) {
    let ([CmpOp::Eq | CmpOp::NotEq], [right]) = (&*node.ops, &*node.comparators) else { return };
    let left = &*node.left;
    if !is_value(left) || !is_value(right) || is_column(left) || is_column(right) {
        return;
    }
    let Some((secret, shown)) = compared(cx.semantic, left, right) else { return };
    if is_equality_of_objects(cx.semantic) || secret != Secret::Signature && is_repetition(left, right) {
        return;
    }
    let what = match secret {
        Secret::Signature => "signature",
        Secret::Password => "password",
        Secret::Token => "secret",
    };
    let message = format!(
        "the {what} `{}` is compared by `{}`, which takes the longer the more of it is right",
        excerpt(cx.semantic, shown),
        if node.ops[0] == CmpOp::Eq { "==" } else { "!=" }
    );
    if is_repeated(cx, &RULE, &message) {
        return;
    }
    let fix = fix(cx.semantic, node, left, right);
    let finding = cx.report(&RULE, &[], node, message);
    // A few bytes of a password are seldom worth the thousands of requests; of what is computed for each message, they are.
    if secret != Secret::Signature {
        finding.severity(Severity::Low).confidence(Confidence::Medium);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// A name, an attribute, an element, or what a look-up or conversion returns.
fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => true,
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => matches!(
                method.attr.as_str(),
                "get" | "encode" | "decode" | "hexdigest" | "digest" | "strip" | "lower" | "get_secret_value"
            ),
            Expr::Name(function) => matches!(function.id.as_str(), "str" | "bytes"),
            _ => false,
        },
        Expr::Tuple(tuple) => (2..=3).contains(&tuple.elts.len()) && tuple.elts.iter().all(is_value),
        _ => false,
    }
}

/// `User.token == token` makes a condition for the database.
fn is_column(expr: &Expr) -> bool {
    let Expr::Attribute(attribute) = expr else { return false };
    let class = match &*attribute.value {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(inner) => inner.attr.as_str(),
        _ => return false,
    };
    class.starts_with(|c: char| c.is_ascii_uppercase())
        && class.contains(|c: char| c.is_ascii_lowercase())
        && attribute.attr.starts_with(|c: char| c.is_ascii_lowercase())
}

fn compared<'a>(semantic: &Semantic<'_>, left: &'a Expr, right: &'a Expr) -> Option<(Secret, &'a Expr)> {
    if left.as_name_expr().is_some_and(|name| is_made_by_hmac(semantic, name))
        || right.as_name_expr().is_some_and(|name| is_made_by_hmac(semantic, name))
        || is_hmac(semantic, left)
        || is_hmac(semantic, right)
    {
        return Some((Secret::Signature, left));
    }
    // A word that means many things says something where HMACs are made, and on both sides.
    let is_signature = |expr: &Expr| last_words(expr).iter().any(|word| SIGNATURES.contains(&word.as_str()));
    if semantic.imports_module("hmac") && is_signature(left) && is_signature(right) {
        return Some((Secret::Signature, left));
    }
    let kind = |expr: &Expr| {
        let names = mentioned(expr);
        if names.iter().any(|name| purpose(name) == Some(Purpose::Password)) {
            return Some(Secret::Password);
        }
        names.iter().any(|name| is_secret_token(name)).then_some(Secret::Token)
    };
    let (one, other) = (kind(left)?, kind(right)?);
    (one == other && decides_on_access(semantic)).then_some((one, left))
}

const SIGNATURES: &[&str] = &["signature", "sig", "sign", "hmac"];

fn last_words(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Name(name) => words(&name.id),
        Expr::Attribute(attribute) => words(&attribute.attr),
        Expr::Subscript(subscript) => {
            subscript.slice.as_string_literal_expr().map(|key| words(key.value.to_str())).unwrap_or_default()
        }
        Expr::Call(call) => match (&*call.func, call.arguments.args.first()) {
            (Expr::Attribute(method), Some(Expr::StringLiteral(key))) if &method.attr == "get" => {
                words(key.value.to_str())
            }
            (Expr::Attribute(method), _) if matches!(method.attr.as_str(), "hexdigest" | "digest") => {
                words(&method.attr)
            }
            (Expr::Attribute(method), _) if method.attr.as_str() != "get" => last_words(&method.value),
            (Expr::Name(_), Some(first)) => last_words(first),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `hmac.new(key, body, "sha256").hexdigest()`, encoded or not.
fn is_hmac(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    let mut inner = expr;
    for _ in 0..8 {
        let Expr::Call(call) = inner else { return false };
        let path = semantic.qualified(&call.func);
        if matches!(path.as_deref(), Some("hmac.new" | "hmac.digest" | "hmac.HMAC")) {
            return true;
        }
        inner = match &*call.func {
            Expr::Attribute(method) if matches!(method.attr.as_str(), "hexdigest" | "digest" | "decode" | "encode") => {
                &method.value
            }
            _ => match call.arguments.args.first() {
                Some(argument)
                    if path.is_some_and(|path| path.starts_with("base64.") || path.starts_with("binascii.")) =>
                {
                    argument
                }
                _ => return false,
            },
        };
    }
    false
}

fn is_made_by_hmac(semantic: &Semantic<'_>, name: &ast::ExprName) -> bool {
    let Some(binding) = semantic.binding(&name.id, name.range.start()) else { return false };
    match binding.kind {
        BindingKind::Assign(value) => {
            if is_hmac(semantic, value) {
                return true;
            }
            // `mac = hmac.new(...)`, `digest = mac.hexdigest()`
            let mut inner = value;
            for _ in 0..4 {
                match inner {
                    Expr::Call(call) => match (&*call.func, call.arguments.args.first()) {
                        (Expr::Attribute(method), _)
                            if matches!(method.attr.as_str(), "hexdigest" | "digest" | "decode" | "encode") =>
                        {
                            inner = &method.value;
                        }
                        (_, Some(argument)) => inner = argument,
                        _ => return false,
                    },
                    Expr::Name(made) => {
                        return semantic.binding(&made.id, made.range.start()).is_some_and(
                            |binding| matches!(binding.kind, BindingKind::Assign(value) if is_hmac(semantic, value)),
                        );
                    }
                    _ => return false,
                }
            }
            false
        }
        _ => false,
    }
}

/// Tokens of parsers have that name too: only those that say what they let in.
fn is_secret_token(name: &str) -> bool {
    let words = words(name);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    purpose(name).is_some_and(|kind| matches!(kind, Purpose::Token | Purpose::Key))
        && (has(&["apikey", "secret", "csrf", "xsrf", "otp", "totp"])
            || has(&["key", "token"])
                && has(&[
                    "api", "auth", "access", "secret", "bearer", "session", "reset", "csrf", "xsrf", "webhook", "admin",
                ]))
}

/// Whether the function at hand lets somebody in, as its name or what it reads tell.
fn decides_on_access(semantic: &Semantic<'_>) -> bool {
    let scope = semantic.qualified_scope().unwrap_or_default();
    let named = words(&scope).iter().any(|word| {
        word.starts_with("auth")
            || matches!(
                word.as_str(),
                "login"
                    | "verify"
                    | "verified"
                    | "check"
                    | "validate"
                    | "valid"
                    | "credentials"
                    | "permission"
                    | "webhook"
            )
    });
    named
        || semantic.enclosing_function().is_some_and(|function| {
            let text = semantic.text(function).as_bytes();
            let text = text.get(..1 << 14).unwrap_or(text);
            ["b64decode(", "Authorization", "authorization", "WWW-Authenticate"]
                .iter()
                .any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
        })
}

/// `__eq__` compares what the program has.
fn is_equality_of_objects(semantic: &Semantic<'_>) -> bool {
    semantic.enclosing_function().is_some_and(|function| {
        let words = words(&function.name);
        matches!(function.name.as_str(), "__eq__" | "__ne__" | "__lt__")
            || words
                .iter()
                .any(|word| matches!(word.as_str(), "clean" | "changed" | "update" | "diff" | "equal" | "equals"))
    })
}

/// A password typed twice: `password1 != password2`, `new_password == confirm_password`.
fn is_repetition(left: &Expr, right: &Expr) -> bool {
    const AGAIN: &[&str] =
        &["confirm", "confirmation", "repeat", "repeated", "again", "retype", "retyped", "verify", "new", "old"];
    let is_again = |expr: &Expr| {
        mentioned(expr)
            .iter()
            .any(|name| words(name).iter().any(|word| AGAIN.contains(&word.as_str()) || word.ends_with(['1', '2'])))
    };
    is_again(left) || is_again(right)
}

fn fix(semantic: &Semantic<'_>, node: &ast::ExprCompare, left: &Expr, right: &Expr) -> Option<RawFix> {
    if left.is_tuple_expr() || right.is_tuple_expr() {
        return None;
    }
    let not = if node.ops[0] == CmpOp::Eq { "" } else { "not " };
    let call = format!("{not}hmac.compare_digest({}, {})", semantic.text(left), semantic.text(right));
    let mut fix = RawFix::replace("Compare in constant time", node.range(), call, Applicability::Suggestion);
    if !semantic.imports_module("hmac") {
        fix.edits.insert(0, import_edit(semantic, "import hmac")?);
    }
    Some(fix)
}
