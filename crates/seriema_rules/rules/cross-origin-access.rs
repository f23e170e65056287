//! Answers that scripts of every site may read.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::Node;
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::{is_searchable, is_true};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "cross-origin-access",
    family: Configuration,
    severity: Medium,
    confidence: Medium,
    cwe: [942, 346],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_keyword(&["allow_credentials", "supports_credentials"], check_credentials);
    hooks.on_string(check_header);
}

/// `add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)`, `CORS(app, supports_credentials=True)`
fn check_credentials(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !is_true(cx.semantic, &keyword.value) || call.has_unpacked_arguments() {
        return;
    }
    let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
    let open = if name == "allow_credentials" {
        call.keyword("allow_origins").is_some_and(is_any)
            || call
                .keyword("allow_origin_regex")
                .and_then(Expr::as_string_literal_expr)
                .is_some_and(|regex| matches!(regex.value.to_str(), ".*" | "^.*$" | "https?://.*" | "^https?://.*$"))
    } else {
        matches!(call.path(), "flask_cors.CORS" | "flask_cors.cross_origin" | "flask_cors.decorator.cross_origin")
            && call.keyword("resources").is_none()
            && call.keyword("origins").is_none_or(is_any)
    };
    if open {
        let message = format!("`{}` lets scripts of every site read answers as the user who is logged in", call.name());
        cx.report(&RULE, &[], call.node, message).severity(Severity::High).confidence(Confidence::High);
    }
}

fn is_any(origins: &Expr) -> bool {
    match origins {
        Expr::StringLiteral(text) => text.value.to_str() == "*",
        Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(is_any),
        _ => false,
    }
}

/// `Access-Control-Allow-Origin: *`
fn check_header(cx: &mut Checker<'_, '_>, node: &ast::ExprStringLiteral) {
    let text = node.value.to_str();
    if text.len() != 27 || !text.eq_ignore_ascii_case("access-control-allow-origin") {
        return;
    }
    let value = match cx.semantic.parent() {
        Some(Node::Expr(Expr::Call(call))) => match &*call.arguments.args {
            [name, value] if name.range() == node.range => Some(value),
            _ => None,
        },
        Some(Node::Expr(Expr::Dict(dict))) => dict
            .items
            .iter()
            .find(|item| item.key.as_ref().is_some_and(|key| key.range() == node.range))
            .map(|item| &item.value),
        Some(Node::Expr(Expr::Subscript(_))) => match cx.semantic.statement() {
            Some(Stmt::Assign(assign)) if assign.value.range().start() > node.range.end() => Some(&*assign.value),
            _ => None,
        },
        _ => None,
    };
    if !value.is_some_and(is_any) {
        return;
    }
    // An API that asks who is calling, and answers in every site.
    let asks = cx.semantic.enclosing_function().is_some_and(|function| {
        let text = cx.semantic.text(function).as_bytes();
        is_searchable(function.range)
            && [&b"Authorization"[..], b"Access-Control-Allow-Credentials"]
                .iter()
                .any(|mark| memchr::memmem::find(text, mark).is_some())
    });
    // An option that somebody has to choose.
    let chosen = cx
        .semantic
        .ancestors()
        .take_while(|node| !matches!(node, Node::Stmt(Stmt::FunctionDef(_))))
        .any(|node| matches!(node, Node::Stmt(Stmt::If(_))));
    let message = "scripts of every site may read this answer".to_owned();
    let finding = cx.report(&RULE, &[], node, message);
    finding.severity(Severity::Low);
    if !asks || chosen {
        finding.persona(Persona::Pedantic).confidence(Confidence::Low);
    }
}
