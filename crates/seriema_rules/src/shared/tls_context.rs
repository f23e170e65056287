//! Which side of a TLS connection a place is about, and whether its check was meant to be optional.

use seriema_program::Node;
use seriema_program::ast::Expr;
use seriema_program::text_size::{Ranged, TextSize};

use super::expression_parts::{bound_value, conditions, is_false, is_searchable, method_calls, surrounding_body};
use super::value_purpose::words;
use crate::{Call, Checker};

/// Whether a condition around the place asks whether the check is wanted, or the function's or class' name says that
/// there is none.
pub(crate) fn is_optional(cx: &Checker<'_, '_>, at: TextSize) -> bool {
    let scope = cx.semantic.qualified_scope().unwrap_or_default();
    if words(&scope).iter().any(|word| matches!(word.as_str(), "insecure" | "unverified" | "unsafe" | "noverify")) {
        return true;
    }
    // Who fetches a certificate to look at it must take the bad ones too.
    if let Some(function) = cx.semantic.enclosing_function()
        && is_searchable(function.range)
        && memchr::memmem::find(cx.semantic.text(function).as_bytes(), b"getpeercert").is_some()
    {
        return true;
    }
    conditions(cx.semantic, at).iter().any(|name| {
        words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "verify"
                    | "verified"
                    | "verification"
                    | "validate"
                    | "validation"
                    | "insecure"
                    | "check"
                    | "unsafe"
                    | "selfsigned"
                    | "signed"
                    | "skip"
                    | "hostname"
                    | "reqs"
                    | "reject"
                    | "unauthorized"
                    | "trust"
                    | "untrusted"
                    | "debug"
                    | "dev"
                    | "testing"
            )
        })
    })
}

/// A server need not ask its clients for certificates.
pub(crate) fn is_server_call(cx: &Checker<'_, '_>) -> bool {
    let call = cx.semantic.ancestors().find_map(|node| match node {
        Node::Expr(Expr::Call(call)) => Some(call),
        _ => None,
    });
    call.is_some_and(|call| {
        let side = call.arguments.find_keyword("server_side");
        side.is_some_and(|side| !is_false(cx.semantic, &side.value))
    })
}

/// Whether a context is one for a server.
pub(crate) fn is_server_context<'a>(cx: &Checker<'_, 'a>, context: &'a Expr) -> bool {
    if let Some(Expr::Call(made)) = bound_value(cx.semantic, context) {
        let made_for = |paths: &[&str]| {
            let keywords = made.arguments.keywords.iter().map(|keyword| &keyword.value);
            made.arguments
                .args
                .iter()
                .chain(keywords)
                .any(|argument| cx.semantic.qualified(argument).is_some_and(|path| paths.contains(&&*path)))
        };
        if made_for(&["ssl.PROTOCOL_TLS_SERVER", "ssl.Purpose.CLIENT_AUTH"]) {
            return true;
        }
        let default = cx.semantic.is_path(&made.func, "ssl.create_default_context") && made.arguments.is_empty();
        if default || made_for(&["ssl.PROTOCOL_TLS_CLIENT", "ssl.Purpose.SERVER_AUTH"]) {
            return false;
        }
    }
    let for_server = |name: &str| {
        let words = words(name);
        words.iter().any(|word| word == "server") && !words.iter().any(|word| word == "client")
    };
    let function = cx.semantic.enclosing_function().map(|function| function.name.as_str());
    if conditions(cx.semantic, context.range().start()).into_iter().chain(function).any(for_server) {
        return true;
    }
    let receiver = cx.semantic.text(context);
    let of_class = context.is_attribute_expr();
    method_calls(cx.semantic, surrounding_body(cx.semantic, of_class), receiver, &["wrap_socket", "wrap_bio"])
        .iter()
        .any(|wrap| wrap.arguments.find_keyword("server_side").is_some_and(|side| !is_false(cx.semantic, &side.value)))
}

/// `SSL.Context(SSL.SERVER_METHOD)`, or a context that is given a certificate of its own: there clients would be checked.
pub(crate) fn is_pyopenssl_server(cx: &Checker<'_, '_>, call: &Call<'_>) -> bool {
    let Expr::Attribute(method) = &*call.func else { return false };
    let receiver = cx.semantic.text(&*method.value);
    let body = surrounding_body(cx.semantic, method.value.is_attribute_expr());
    !method_calls(
        cx.semantic,
        body,
        receiver,
        &["use_certificate_file", "use_certificate_chain_file", "use_certificate"],
    )
    .is_empty()
}

/// Names under which libraries take `ssl.CERT_*`.
pub(crate) fn is_requirement(name: &str) -> bool {
    name.ends_with("cert_reqs") || matches!(name, "verify_mode" | "validate" | "ssl_verify_mode")
}

/// The name or key that a value is stored under.
pub(crate) fn key_of(target: &Expr) -> &str {
    match target {
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::StringLiteral(key) => key.value.to_str(),
            _ => "",
        },
        Expr::Attribute(attribute) => &attribute.attr,
        _ => "",
    }
}
