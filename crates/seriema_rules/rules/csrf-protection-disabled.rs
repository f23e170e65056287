//! Protections against forged requests that are switched off, or left out.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::mentioned;
use crate::shared::repetition::is_repeated;
use crate::shared::value_purpose::words;
use crate::shared::web_context::mentions_any;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "csrf-protection-disabled",
    family: Configuration,
    severity: Medium,
    confidence: Medium,
    cwe: [352, 1275, 1385],
    aliases: [],
}

/// Settings of Flask-WTF that have to be on.
const SWITCHES: &[&str] = &["WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_assign(check_assign);
    hooks.on_keyword(SWITCHES, check_keyword);
    hooks.on_keyword(&["xsrf_cookies", "require_csrf"], check_keyword);
    hooks.on_function(check_function);
}

fn check_assign(cx: &mut Checker<'_, '_>, statement: &Stmt) {
    let Stmt::Assign(assign) = statement else { return };
    let [target] = assign.targets.as_slice() else { return };
    match target {
        Expr::Name(name) if SWITCHES.contains(&name.id.as_str()) && is_off(&assign.value) => {
            report_switch(cx, statement, &name.id);
        }
        Expr::Subscript(subscript) => {
            let Expr::StringLiteral(key) = &*subscript.slice else { return };
            let key = key.value.to_str();
            if SWITCHES.contains(&key) && is_off(&assign.value) {
                report_switch(cx, statement, key);
            } else if key.starts_with("SESSION_COOKIE_") && is_configuration(&subscript.value) {
                check_session_cookie(cx, statement, key, &assign.value);
            }
        }
        _ => {}
    }
}

fn is_off(value: &Expr) -> bool {
    matches!(value, Expr::BooleanLiteral(flag) if !flag.value)
}

/// `app.config`
fn is_configuration(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute) if &attribute.attr == "config")
}

fn check_keyword(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    let Some(name) = &keyword.arg else { return };
    let known = match name.as_str() {
        "xsrf_cookies" => call.path().starts_with("tornado."),
        "require_csrf" => cx.semantic.imports_module("pyramid"),
        _ => true,
    };
    if known && is_off(&keyword.value) {
        report_switch(cx, keyword, name);
    }
}

fn report_switch(cx: &mut Checker<'_, '_>, place: impl Ranged, name: &str) {
    let for_tests = is_for_tests(cx);
    let message = format!("`{name}` is off: forms are accepted that another site has made");
    let finding = cx.report(&RULE, &[], place, message);
    if for_tests {
        finding.persona(Persona::Pedantic).severity(Severity::Low);
    }
}

fn is_for_tests(cx: &Checker<'_, '_>) -> bool {
    let scope = cx.semantic.qualified_scope().unwrap_or_default();
    words(&scope)
        .iter()
        .any(|word| word.starts_with("test") || matches!(word.as_str(), "dev" | "development" | "debug"))
}

/// The cookie of a session that is configured, but not kept to the site.
fn check_session_cookie(cx: &mut Checker<'_, '_>, statement: &Stmt, key: &str, value: &Expr) {
    let open = match key {
        "SESSION_COOKIE_SAMESITE" => {
            value.is_none_literal_expr()
                || value.as_string_literal_expr().is_some_and(|text| text.value.to_str().eq_ignore_ascii_case("none"))
        }
        "SESSION_COOKIE_NAME" | "SESSION_COOKIE_SECURE" | "SESSION_COOKIE_HTTPONLY" => {
            !mentions_any(cx.semantic, &["SESSION_COOKIE_SAMESITE"])
        }
        _ => false,
    };
    let what = "the session's cookie goes along with requests that other sites make";
    if !open || is_repeated(cx, &RULE, what) {
        return;
    }
    let message = match key {
        "SESSION_COOKIE_SAMESITE" => format!("{what}: `{key}` is `None`"),
        _ => format!("{what}: `SESSION_COOKIE_SAMESITE` is not set"),
    };
    cx.report(&RULE, &[], statement, message).severity(Severity::Low).cwe(1275);
}

fn check_function(cx: &mut Checker<'_, '_>, function: &ast::StmtFunctionDef) {
    match function.name.as_str() {
        "check_xsrf_cookie" if does_nothing(&function.body) => {
            let message = "`check_xsrf_cookie` accepts every request, also one that another site has made";
            // How handlers of an API with tokens are exempted.
            cx.report(&RULE, &[], &function.name, message).persona(Persona::Pedantic).severity(Severity::Low);
        }
        "check_origin" if returns_true(&function.body) && cx.semantic.imports_module("tornado") => {
            let message = "`check_origin` lets scripts of every site open this WebSocket with the user's cookies";
            cx.report(&RULE, &[], &function.name, message).cwe(1385);
        }
        _ => {}
    }
    let exempt = function.decorator_list.iter().find(|decorator| {
        cx.semantic
            .qualified(&decorator.expression)
            .is_some_and(|path| path == "django.views.decorators.csrf.csrf_exempt")
    });
    let Some(exempt) = exempt else { return };
    // Who is known by a cookie can be made to send it; a webhook signs what it sends.
    let by_session = function.decorator_list.iter().any(|decorator| {
        mentioned(&decorator.expression).iter().any(|name| {
            matches!(*name, "login_required" | "permission_required" | "user_passes_test" | "staff_member_required")
        })
    });
    let message = format!("`{}` accepts forms that another site has made", function.name);
    let finding = cx.report(&RULE, &[], exempt, message);
    if by_session {
        finding.confidence(Confidence::High);
    } else {
        finding.persona(Persona::Pedantic).severity(Severity::Low).confidence(Confidence::Low);
    }
}

/// The statements of a function without its docstring.
fn statements(body: &[Stmt]) -> &[Stmt] {
    match body {
        [Stmt::Expr(first), rest @ ..] if first.value.is_string_literal_expr() => rest,
        all => all,
    }
}

fn does_nothing(body: &[Stmt]) -> bool {
    match statements(body) {
        [] | [Stmt::Pass(_)] => true,
        [Stmt::Return(only)] => {
            only.value.as_deref().is_none_or(|value| value.is_none_literal_expr() || value.is_boolean_literal_expr())
        }
        _ => false,
    }
}

fn returns_true(body: &[Stmt]) -> bool {
    matches!(statements(body), [Stmt::Return(only)]
        if matches!(only.value.as_deref(), Some(Expr::BooleanLiteral(flag)) if flag.value))
}
