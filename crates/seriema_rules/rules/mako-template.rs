//! Mako templates, which escape only what they are told to.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;
use seriema_program::{Const, Origin, Semantic};

use crate::shared::fix_edits::suggest_keyword;
use crate::shared::leading_literal::leading_literal;
use crate::shared::web_context::{imports_web_framework, mentions_html};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "mako-template",
    family: Xss,
    severity: Medium,
    confidence: Medium,
    cwe: [80, 79],
    aliases: ["B702", "S702"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["Template", "TemplateLookup"], check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    let codes: &[&str] = match path {
        "mako.template.Template" => &["B702", "S702"],
        "mako.lookup.TemplateLookup" => &[],
        _ if path.starts_with("mako.") && path.ends_with(".Template") => &["B702"],
        _ => return,
    };
    let source = if path.ends_with(".Template") { call.argument("text", 0) } else { None };
    let safe =
        escapes_by_default(cx.semantic, call) || source.is_some_and(|source| has_no_open_hole(cx.semantic, source));
    if safe && codes.is_empty() {
        return;
    }
    let persona = if safe {
        Persona::Auditor
    } else if !call.has_unpacked_arguments() && renders_for_browser(cx.semantic, call, source) {
        Persona::Regular
    } else {
        Persona::Pedantic
    };
    let remote = source.is_some_and(|source| cx.semantic.origin(source) == Origin::Remote);
    let message = if remote {
        format!("`{path}` compiles data of the request: a template is a program")
    } else if safe {
        format!("`{path}` escapes only what it is told to")
    } else {
        format!("`{path}` renders without escaping: `default_filters` lacks `h`")
    };
    let fix = if persona == Persona::Regular && call.keyword("default_filters").is_none() {
        suggest_keyword(cx.semantic, call, "Escape HTML by default", "default_filters", "[\"h\"]")
    } else {
        None
    };
    let finding = cx.report(&RULE, codes, call.func.range(), message);
    if remote {
        finding.severity(Severity::Critical).confidence(Confidence::High).cwe(1336);
        return;
    }
    finding.persona(persona);
    if persona != Persona::Regular {
        finding.severity(Severity::Low).confidence(Confidence::Low);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// `default_filters=["h"]`; a list that is not known may hold it too.
fn escapes_by_default<'a>(semantic: &Semantic<'a>, call: &Call<'a>) -> bool {
    let Some(filters) = call.keyword("default_filters") else { return false };
    match semantic.constant(filters) {
        Some(Const::Sequence(filters)) => filters.iter().any(|f| matches!(f.as_str(), Some("h" | "x"))),
        _ => !filters.is_none_literal_expr(),
    }
}

/// Constant text whose every `${...}` names the filter itself, or that has none.
fn has_no_open_hole<'a>(semantic: &Semantic<'a>, source: &'a Expr) -> bool {
    let Some(text) = semantic.constant_str(source) else { return false };
    text.split("${").skip(1).all(|hole| {
        let hole = hole.split('}').next().unwrap_or_default();
        hole.rsplit_once('|')
            .is_some_and(|(_, filters)| filters.split(',').any(|filter| matches!(filter.trim(), "h" | "x" | "u")))
    })
}

fn renders_for_browser<'a>(semantic: &Semantic<'a>, call: &Call<'a>, source: Option<&'a Expr>) -> bool {
    if let Some(name) = call.keyword("filename").and_then(|name| leading_literal(semantic, name)) {
        // What stands before `.mako` says what comes out.
        let name = name.text.trim_end_matches(".mako").trim_end_matches(".mak");
        if let Some((_, suffix)) = name.rsplit_once('.') {
            return matches!(suffix, "html" | "htm" | "xhtml");
        }
    }
    if let Some(text) = source.and_then(|source| semantic.constant_str(source)) {
        return text.contains("</") || text.contains("<br") || text.contains("<img");
    }
    imports_web_framework(semantic) || mentions_html(semantic)
}
