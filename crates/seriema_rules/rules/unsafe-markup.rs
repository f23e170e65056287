//! Strings declared to be markup that holds no one else's text.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Node, Semantic};

use crate::shared::annotation_position::in_annotation;
use crate::shared::excerpt::excerpt;
use crate::shared::fix_edits::import_edit;
use crate::shared::markup_parts::{Danger, RawPart, raw_part};
use crate::{Call, Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "unsafe-markup",
    family: Xss,
    severity: Medium,
    confidence: Medium,
    cwe: [79, 80],
    aliases: ["B308", "S308", "B703", "B704", "S704"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["mark_safe", "SafeString", "SafeText", "SafeUnicode", "SafeBytes"], check_django);
    hooks.on_call(&["Markup"], check_markupsafe);
    hooks.on_call(&["format_html", "format_html_join"], check_format_html);
    hooks.on_reference(&["mark_safe"], check_reference);
}

fn is_mark_safe(path: &str) -> bool {
    matches!(path, "django.utils.safestring.mark_safe" | "django.utils.html.mark_safe")
}

fn check_django<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    let name = path.rsplit('.').next().unwrap_or_default();
    let first = call.node.arguments.args.first();
    let literal = first.is_some_and(Expr::is_string_literal_expr);
    let codes: &[&str] = if is_mark_safe(path) {
        match (literal && call.node.arguments.args.len() == 1, first.is_some()) {
            // Bandit's list of calls does not look at arguments.
            (true, _) => &["B308"],
            (false, true) => &["B308", "B703", "S308"],
            (false, false) => &["B308", "S308"],
        }
    } else if path.strip_prefix("django.utils.safestring.") == Some(name) && name.starts_with("Safe") && !literal {
        &["B703"]
    } else {
        return;
    };
    let value = first.or_else(|| call.keyword("s"));
    report(cx, call, codes, name, value, Maker::Django);
}

fn check_markupsafe<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let known = match call.path() {
        "markupsafe.Markup" | "flask.Markup" => true,
        "jinja2.Markup" | "jinja2.utils.Markup" | "flask.helpers.Markup" | "wtforms.widgets.core.Markup" => false,
        _ => return,
    };
    let Some(first) = call.node.arguments.args.first() else { return };
    if matches!(first, Expr::StringLiteral(_) | Expr::BytesLiteral(_)) {
        return;
    }
    let codes: &[&str] = match (known, call.node.arguments.args.len()) {
        (false, _) => &[],
        (true, 1) => &["B704", "S704"],
        (true, _) => &["B704"],
    };
    report(cx, call, codes, "Markup", Some(first), Maker::MarkupSafe);
}

/// `format_html(f"...")` has formatted before it escapes.
fn check_format_html<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let index = match call.path() {
        "django.utils.html.format_html" => 0,
        "django.utils.html.format_html_join" => 1,
        _ => return,
    };
    let Some(template) = call.argument("format_string", index) else { return };
    let formatted = matches!(template, Expr::FString(_) | Expr::BinOp(_) | Expr::Call(_) | Expr::Name(_));
    let Some(part) = raw_part(cx.semantic, template).filter(|part| formatted && part.joined) else { return };
    let name = call.name();
    let message =
        format!("`{name}` gets a template that already holds `{}` unescaped", excerpt(cx.semantic, part.expr));
    let persona = persona(cx, &part);
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.persona(persona);
    if part.danger == Danger::Remote {
        finding.severity(Severity::High).confidence(Confidence::High);
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    if is_mark_safe(path) && !in_annotation(cx.semantic, expr) {
        let message = "what this makes is declared to be markup, whatever it holds";
        cx.report(&RULE, &["S308"], expr, message)
            .persona(Persona::Auditor)
            .severity(Severity::Low)
            .confidence(Confidence::Low);
    }
}

/// Who makes the string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Django,
    MarkupSafe,
}

fn report<'a>(
    cx: &mut Checker<'_, 'a>,
    call: &Call<'a>,
    codes: &'static [&'static str],
    name: &str,
    value: Option<&'a Expr>,
    maker: Maker,
) {
    let part = value.and_then(|value| raw_part(cx.semantic, value));
    let Some(part) = part else {
        let message = format!("`{name}` declares constant or escaped text to be markup");
        cx.report(&RULE, codes, call.node, message)
            .persona(Persona::Auditor)
            .severity(Severity::Info)
            .confidence(Confidence::Low);
        return;
    };
    let shown = excerpt(cx.semantic, part.expr);
    let message = match (part.joined, part.danger) {
        (_, Danger::Remote) => format!("`{name}` declares `{shown}` to be markup, which comes from the request"),
        (true, _) => format!("`{name}` declares markup to be safe that holds `{shown}` unescaped"),
        (false, _) => format!("`{name}` declares `{shown}` to be markup, whatever it holds"),
    };
    let persona = persona(cx, &part);
    // What another function returns may be markup, which must not be escaped again.
    let is_text = part.danger == Danger::Remote || part.danger == Danger::Data && part.joined;
    let fix = value.filter(|_| is_text).and_then(|value| fix(cx.semantic, call, value, maker));
    let finding = cx.report(&RULE, codes, call.node, message);
    finding.persona(persona);
    match part.danger {
        Danger::Remote => {
            finding.severity(Severity::High).confidence(Confidence::High);
        }
        Danger::Data if part.joined => {}
        _ => {
            finding.severity(Severity::Low).confidence(Confidence::Low);
        }
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn persona(cx: &Checker<'_, '_>, part: &RawPart<'_>) -> Persona {
    // `Markup(value).striptags()` is a way to use markupsafe's parser.
    if matches!(cx.semantic.parent(), Some(Node::Expr(Expr::Attribute(method))) if matches!(method.attr.as_str(), "striptags" | "unescape"))
    {
        return Persona::Pedantic;
    }
    // A filter that is told whether to escape does so, most often a few lines above.
    let told = cx
        .semantic
        .enclosing_function()
        .is_some_and(|function| function.parameters.iter().any(|parameter| parameter.name() == "autoescape"));
    match part.danger {
        Danger::Remote => Persona::Regular,
        Danger::Data if part.joined && !told => Persona::Regular,
        _ => Persona::Pedantic,
    }
}

/// Formats after the template was declared to be markup, so that what is filled in gets escaped.
fn fix<'a>(semantic: &Semantic<'a>, call: &Call<'a>, value: &'a Expr, maker: Maker) -> Option<RawFix> {
    if call.node.arguments.len() != 1 {
        return None;
    }
    let (template, values) = match value {
        Expr::FString(f) => split_fstring(semantic, f)?,
        Expr::Call(format) => match &*format.func {
            Expr::Attribute(method) if &method.attr == "format" && method.value.is_string_literal_expr() => {
                let arguments = semantic.text(&format.arguments);
                let inner = arguments.strip_prefix('(')?.strip_suffix(')')?;
                (semantic.text(&*method.value).to_owned(), inner.trim().to_owned())
            }
            _ => return None,
        },
        Expr::BinOp(op) if op.op == ast::Operator::Mod && maker == Maker::MarkupSafe => {
            let template = op.left.as_string_literal_expr()?;
            let function = semantic.text(&*call.node.func);
            let right = semantic.text(TextRange::new(op.left.end(), op.right.end()));
            let content = format!("({function}({}){right})", semantic.text(template));
            let title = "Format the markup, not the string it is made from";
            return Some(RawFix::replace(title, call.node, content, Applicability::Suggestion));
        }
        _ => return None,
    };
    if values.is_empty() || values.contains('#') {
        return None;
    }
    if maker == Maker::MarkupSafe {
        let function = semantic.text(&*call.node.func);
        let title = "Format the markup, not the string it is made from";
        let content = format!("{function}({template}).format({values})");
        return Some(RawFix::replace(title, call.node, content, Applicability::Suggestion));
    }
    let content = format!("format_html({template}, {values})");
    let mut fix = RawFix::replace("Use `format_html`", call.node, content, Applicability::Suggestion);
    let imported = semantic.binding("format_html", call.start()).is_some();
    if !imported {
        let import: RawEdit = import_edit(semantic, "from django.utils.html import format_html")?;
        fix.edits.insert(0, import);
    }
    Some(fix)
}

/// `f"<b>{name}</b>"` as `"<b>{}</b>"` and `name`.
fn split_fstring(semantic: &Semantic<'_>, f: &ast::ExprFString) -> Option<(String, String)> {
    let mut parts = f.value.iter();
    let (Some(ast::FStringPart::FString(only)), None) = (parts.next(), parts.next()) else { return None };
    let mut template = String::new();
    let mut values: Vec<&str> = Vec::new();
    let mut at = only.range.start();
    for element in &only.elements {
        let ast::InterpolatedStringElement::Interpolation(hole) = element else { continue };
        if hole.format_spec.is_some() || hole.debug_text.is_some() || !hole.conversion.is_none() {
            return None;
        }
        template.push_str(semantic.text(TextRange::new(at, hole.range.start())));
        template.push_str("{}");
        values.push(semantic.text(&*hole.expression));
        at = hole.range.end();
    }
    template.push_str(semantic.text(TextRange::new(at, only.range.end())));
    let quote = template.find(['"', '\''])?;
    let prefix: String = template.get(..quote)?.chars().filter(|c| !matches!(c, 'f' | 'F')).collect();
    let text = template.get(quote..)?;
    (!text.contains('\n')).then(|| (format!("{prefix}{text}"), values.join(", ")))
}
