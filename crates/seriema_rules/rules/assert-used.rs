//! Checks that `python -O` takes out of the program.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, CmpOp, Expr, UnaryOp};
use seriema_program::text_size::{TextRange, TextSize};

use crate::shared::ast_search::{callee_name, name_of};
use crate::shared::security_decision::decides;
use crate::{Checker, Hooks};

crate::declare_rule! {
    slug: "assert-used",
    family: Robustness,
    severity: Low,
    confidence: High,
    cwe: [617, 703],
    aliases: ["B101", "S101"],
}

const CODES: &[&str] = &["B101", "S101"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_assert(check);
}

fn check(cx: &mut Checker<'_, '_>, assert: &ast::StmtAssert) {
    let keyword = TextRange::at(assert.range.start(), TextSize::from(6));
    if cx.semantic.in_type_checking() {
        // ruff knows that this never runs.
        cx.report(&RULE, &["B101"], keyword, "`python -O` leaves this check out").persona(Persona::Auditor);
        return;
    }
    match guard(&assert.test, 0) {
        Some(Guard::Access(what)) => {
            let message = format!("`assert` decides on access by `{what}`, and `python -O` leaves it out");
            cx.report(&RULE, CODES, keyword, message).severity(Severity::Medium).confidence(Confidence::Medium);
        }
        Some(Guard::Request(what)) => {
            let message = format!("`assert` validates `{what}` of a request, and `python -O` leaves it out");
            cx.report(&RULE, CODES, keyword, message).confidence(Confidence::Medium);
        }
        None => {
            cx.report(&RULE, CODES, keyword, "`python -O` leaves this check out").persona(Persona::Auditor);
        }
    }
}

/// What an `assert` protects.
enum Guard<'a> {
    /// Who may do what.
    Access(&'a str),
    /// What a request may hold.
    Request(&'a str),
}

fn guard(test: &Expr, depth: u32) -> Option<Guard<'_>> {
    if depth > 20 {
        return None;
    }
    match test {
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => guard(&not.operand, depth + 1),
        Expr::BoolOp(op) => op.values.iter().find_map(|value| guard(value, depth + 1)),
        Expr::Await(inner) => guard(&inner.value, depth + 1),
        Expr::Named(inner) => guard(&inner.value, depth + 1),
        Expr::Call(call) => {
            let name = callee_name(call);
            // What is verified of a constant is a self-test.
            let self_test = name.contains("verify") && call.arguments.args.first().is_some_and(Expr::is_literal_expr);
            if (decides(name) && !self_test) || is_access_fact(name) {
                return Some(Guard::Access(name));
            }
            // `isinstance(x, T)` and the like tell a type checker something.
            if matches!(name, "isinstance" | "issubclass" | "callable" | "hasattr") {
                return None;
            }
            if matches!(name, "all" | "any" | "bool" | "len" | "int" | "str") {
                return call.arguments.args.first().and_then(|argument| guard(argument, depth + 1));
            }
            request_part(test)
        }
        Expr::Name(name) if is_access_fact(&name.id) => Some(Guard::Access(&name.id)),
        Expr::Attribute(attribute) if is_access_fact(&attribute.attr) => Some(Guard::Access(&attribute.attr)),
        Expr::Attribute(_) | Expr::Subscript(_) => request_part(test),
        Expr::Compare(compare) => compared(compare),
        _ => None,
    }
}

fn compared(compare: &ast::ExprCompare) -> Option<Guard<'_>> {
    let [op] = &*compare.ops else { return None };
    let [right] = &*compare.comparators else { return None };
    // `x is not None` tells a type checker something.
    if matches!(op, CmpOp::Is | CmpOp::IsNot) {
        return None;
    }
    let left = &*compare.left;
    for (side, other) in [(left, right), (right, left)] {
        if let Expr::Call(call) = side
            && (decides(callee_name(call)) || is_access_fact(callee_name(call)))
        {
            return Some(Guard::Access(callee_name(call)));
        }
        if is_current_user(side) && !other.is_none_literal_expr() {
            return Some(Guard::Access("current_user"));
        }
        let Some(name) = name_of(side) else { continue };
        let secret = match name {
            "signature" | "sig" | "hmac" | "csrf_token" | "password" | "password_hash" | "api_key" | "otp" => true,
            // Digests are compared for many reasons; one made on the spot is compared with what somebody sent.
            "digest" | "mac" => other.is_call_expr(),
            _ => false,
        };
        if secret && matches!(op, CmpOp::Eq) && !other.is_literal_expr() && is_plain(other) {
            return Some(Guard::Access(name));
        }
        let privilege = matches!(
            name,
            "roles" | "permissions" | "user_role" | "user_roles" | "user_permissions" | "perms" | "groups"
        );
        if privilege
            && matches!(op, CmpOp::In | CmpOp::NotIn)
            && std::ptr::eq(side, right)
            && other.is_string_literal_expr()
        {
            return Some(Guard::Access(name));
        }
    }
    request_part(left).or_else(|| request_part(right))
}

fn is_plain(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_))
}

/// Attributes and functions that say who somebody is or what they may do.
fn is_access_fact(name: &str) -> bool {
    matches!(
        name,
        "is_admin"
            | "is_superuser"
            | "is_staff"
            | "is_authenticated"
            | "is_authorized"
            | "is_authorised"
            | "is_owner"
            | "is_logged_in"
            | "logged_in"
            | "authenticated"
            | "authorized"
            | "has_permission"
            | "has_role"
            | "has_access"
            | "has_scope"
            | "user_can"
            | "user_has_permission"
            | "signature_valid"
            | "valid_signature"
            | "signature_is_valid"
            | "is_valid_signature"
            | "is_safe_url"
    )
}

/// `current_user`, `request.user`, `g.user`, and what they have.
fn is_current_user(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => name.id == "current_user",
        Expr::Attribute(attribute) => {
            is_current_user(&attribute.value)
                || (matches!(attribute.attr.as_str(), "user" | "current_user")
                    && attribute
                        .value
                        .as_name_expr()
                        .is_some_and(|base| matches!(base.id.as_str(), "request" | "g" | "session")))
        }
        _ => false,
    }
}

/// `request.method`, `request.files`: what a web request holds.
fn request_part(expr: &Expr) -> Option<Guard<'_>> {
    match expr {
        Expr::Attribute(attribute) => {
            let of_request = match &*attribute.value {
                Expr::Name(base) => base.id == "request",
                Expr::Attribute(base) => {
                    &base.attr == "request" && base.value.as_name_expr().is_some_and(|name| name.id == "self")
                }
                _ => false,
            };
            let part = attribute.attr.as_str();
            let web = matches!(
                part,
                "form"
                    | "json"
                    | "cookies"
                    | "files"
                    | "GET"
                    | "POST"
                    | "COOKIES"
                    | "FILES"
                    | "META"
                    | "method"
                    | "query_params"
                    | "query_string"
                    | "path_params"
                    | "match_info"
                    | "view_args"
                    | "get_json"
                    | "content_type"
                    | "content_length"
            );
            if of_request && web { Some(Guard::Request(part)) } else { request_part(&attribute.value) }
        }
        Expr::Subscript(subscript) => request_part(&subscript.value),
        Expr::Call(call) => request_part(&call.func).or_else(|| {
            call.arguments.args.first().and_then(|argument| match argument {
                Expr::Call(_) => None,
                argument => request_part(argument),
            })
        }),
        _ => None,
    }
}
