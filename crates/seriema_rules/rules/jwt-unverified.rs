//! Tokens that are believed without checking who signed them.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::ast_search::any_around;
use crate::shared::expression_parts::is_false;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "jwt-unverified",
    family: Cryptography,
    severity: High,
    confidence: High,
    cwe: [347, 345],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["decode", "decode_complete"], check);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !matches!(
        call.path(),
        "jwt.decode" | "jwt.decode_complete" | "jwt.PyJWT().decode" | "jose.jwt.decode" | "jwt.api_jwt.decode"
    ) {
        return;
    }
    let off = call.keyword("verify").filter(|value| is_false(cx.semantic, value)).or_else(|| {
        let Expr::Dict(options) = call.keyword("options")? else { return None };
        options.items.iter().find_map(|item| {
            let key = item.key.as_ref()?.as_string_literal_expr()?.value.to_str();
            (key == "verify_signature" && is_false(cx.semantic, &item.value)).then_some(&item.value)
        })
    });
    if let Some(off) = off {
        // Read first to find the key, and checked after.
        let checked = any_around(cx.semantic, &mut |expr| match expr {
            Expr::Call(other) => {
                other.range() != call.node.range()
                    && other.arguments.find_keyword("verify").is_none()
                    && matches!(&*other.func, Expr::Attribute(method)
                        if matches!(method.attr.as_str(), "decode" | "verify" | "get_unverified_header"))
                    && cx
                        .semantic
                        .qualified(&other.func)
                        .is_some_and(|path| path.contains("jwt") || path.contains("jws"))
                    && !cx.semantic.text(other).contains("verify_signature")
            }
            _ => false,
        });
        let message = format!("`{}` reads the token without checking its signature", call.path());
        let finding = cx.report(&RULE, &[], off, message);
        if checked {
            finding.persona(Persona::Pedantic).confidence(Confidence::Low);
        }
        return;
    }
    let algorithms = call.keyword("algorithms").or_else(|| call.positional(2));
    let none = match algorithms {
        Some(Expr::List(list)) => list.elts.iter().find(|element| {
            element.as_string_literal_expr().is_some_and(|s| s.value.to_str().eq_ignore_ascii_case("none"))
        }),
        _ => None,
    };
    if let Some(none) = none {
        let message = "the algorithm `none` is accepted: such a token needs no signature";
        cx.report(&RULE, &[], none, message).severity(Severity::High);
    }
}
