//! Jinja templates rendered without escaping.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Const, Origin, Semantic};

use crate::shared::fix_edits::suggest_keyword;
use crate::shared::web_context::{imports_web_framework, mentions_any, mentions_html};
use crate::{Call, Checker, Hooks, RawFinding, RawFix};

crate::declare_rule! {
    slug: "jinja2-autoescape-off",
    family: Xss,
    severity: High,
    confidence: Medium,
    cwe: [79, 116, 94],
    aliases: ["B701", "S701"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["Environment", "SandboxedEnvironment", "ImmutableSandboxedEnvironment"], check_environment);
    hooks.on_call(&["Template"], check_template);
    hooks.on_keyword(&["loader"], check_subclass);
    hooks.on_assign(check_assign);
}

/// An environment of a class of the program's own: `class Templates(jinja2.Environment)`.
fn check_subclass<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, _: &'a ast::Keyword) {
    let Expr::Name(name) = &*call.node.func else { return };
    if call.path().starts_with("jinja2.") || call.keyword("autoescape").is_some() || call.has_unpacked_arguments() {
        return;
    }
    let Some(binding) = cx.semantic.binding(&name.id, name.range.start()) else { return };
    let BindingKind::Class(class) = binding.kind else { return };
    let derived = class.bases().iter().any(|base| {
        matches!(
            cx.semantic.qualified(base).as_deref(),
            Some("jinja2.Environment" | "jinja2.environment.Environment" | "jinja2.sandbox.SandboxedEnvironment")
        )
    });
    if derived && memchr::memmem::find(cx.semantic.text(class).as_bytes(), b"autoescape").is_none() {
        let message = format!("`{}` renders without escaping: `autoescape` is off unless it is set", name.id);
        let fix = suggest_keyword(cx.semantic, call, "Turn escaping on", "autoescape", "True");
        report_environment(cx, &[], name, message, false, fix).confidence(Confidence::Medium);
    }
}

/// What the `autoescape` argument does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escaping {
    On,
    Off,
    /// Decided by a function, or by a value that is not known.
    Decided,
}

fn escaping<'a>(semantic: &Semantic<'a>, value: &'a Expr) -> Escaping {
    match semantic.constant(value) {
        Some(value) if value.is_true() => Escaping::On,
        Some(Const::Bool(false) | Const::None | Const::Int(0) | Const::Str(_)) => Escaping::Off,
        _ => Escaping::Decided,
    }
}

fn check_environment<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    if !path.starts_with("jinja2.") {
        return;
    }
    let codes: &[&str] = match path {
        "jinja2.Environment" => &["B701", "S701"],
        "jinja2.environment.Environment" => &["B701"],
        _ => &[],
    };
    let name = path.to_owned();
    let Some(keyword) = call.arguments.find_keyword("autoescape") else {
        let message = format!("`{name}` renders without escaping: `autoescape` is off unless it is set");
        let fix = suggest_keyword(cx.semantic, call, "Turn escaping on", "autoescape", "True");
        let unknown = call.has_unpacked_arguments() || is_vague(cx.semantic, call);
        report_environment(cx, codes, &*call.func, message, unknown, fix).confidence(Confidence::Medium);
        return;
    };
    match escaping(cx.semantic, &keyword.value) {
        Escaping::On if keyword.value.is_boolean_literal_expr() => {}
        Escaping::Off => {
            let message = format!("`{name}` renders without escaping: `autoescape` is turned off");
            let fix = RawFix::replace("Turn escaping on", &keyword.value, "True", Applicability::Suggestion);
            report_environment(cx, codes, keyword, message, false, Some(fix)).confidence(Confidence::High);
        }
        Escaping::On | Escaping::Decided => {
            // Neither of the other tools looks at a method's name.
            let accepted = match &keyword.value {
                Expr::Call(function) => !matches!(&*function.func, Expr::Name(name) if name.id != "select_autoescape"),
                _ => false,
            };
            if !accepted && !codes.is_empty() {
                let message = format!("whether `{name}` escapes is decided elsewhere");
                let finding = cx.report(&RULE, codes, keyword, message);
                finding.persona(Persona::Auditor).severity(Severity::Low).confidence(Confidence::Low);
            }
        }
    }
}

/// A sandbox is for templates that users write, and those are of anything: SQL, messages, configuration.
fn is_vague(semantic: &Semantic<'_>, call: &Call<'_>) -> bool {
    call.path().contains("Sandboxed") && !mentions_html(semantic)
}

fn report_environment<'f>(
    cx: &'f mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: impl Ranged,
    message: String,
    unknown: bool,
    fix: Option<RawFix>,
) -> &'f mut RawFinding {
    let for_browser = renders_for_browser(cx.semantic);
    let finding = cx.report(&RULE, codes, place, message);
    if unknown || !for_browser {
        finding.persona(Persona::Pedantic);
    }
    if !for_browser {
        finding.severity(Severity::Low);
    } else if let Some(fix) = fix {
        finding.fix(fix);
    }
    finding
}

/// Marks of templates for something other than HTML: delimiters that are changed because the language has its own use
/// for braces, files whose last line break matters, names.
const OTHER_LANGUAGES: &[&str] = &[
    "block_start_string",
    "variable_start_string",
    "keep_trailing_newline",
    ".tex\"",
    ".tex'",
    ".sql\"",
    ".sql'",
    ".rst\"",
    ".rst'",
];

/// Whether what is rendered is shown by a browser: configuration files, SQL, LaTeX and commands must not be escaped.
fn renders_for_browser(semantic: &Semantic<'_>) -> bool {
    !mentions_any(semantic, OTHER_LANGUAGES)
        && !semantic.context.path.contains("sphinx")
        && (imports_web_framework(semantic) || mentions_html(semantic))
}

fn check_template<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !matches!(call.path(), "jinja2.Template" | "jinja2.environment.Template") {
        return;
    }
    if call.keyword("autoescape").is_some_and(|value| escaping(cx.semantic, value) != Escaping::Off) {
        return;
    }
    let Some(source) = call.argument("source", 0) else { return };
    let place = call.func.range();
    if let Some(text) = cx.semantic.constant_str(source) {
        // Constant text without a hole, or of something other than HTML, cannot be attacked.
        let html = has_tag(&text) && text.contains("{{");
        let escaped = text.matches("{{").count() <= text.matches("|e").count() + text.matches("| e").count();
        if html && !escaped {
            let web = imports_web_framework(cx.semantic);
            let message = "`jinja2.Template` renders this HTML without escaping: `autoescape` is off unless it is set";
            let fix = suggest_keyword(cx.semantic, call, "Turn escaping on", "autoescape", "True");
            let finding = cx.report(&RULE, &[], place, message);
            if let Some(fix) = fix {
                finding.fix(fix);
            }
            if !web {
                finding.persona(Persona::Pedantic).severity(Severity::Medium);
            }
        }
        return;
    }
    match cx.semantic.origin(source) {
        Origin::Remote => {
            let message = "a template is made from data of the request: it runs what it is told, and escapes nothing";
            cx.report(&RULE, &[], place, message).severity(Severity::Critical).confidence(Confidence::High).cwe(1336);
        }
        Origin::Constant | Origin::Inert | Origin::Program => {}
        _ if renders_for_browser(cx.semantic) => {
            let message = "`jinja2.Template` renders without escaping: `autoescape` is off unless it is set";
            cx.report(&RULE, &[], place, message).persona(Persona::Pedantic).severity(Severity::Medium);
        }
        _ => {}
    }
}

fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text.as_bytes().get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'))
    })
}

/// `app.jinja_env.autoescape = False`
fn check_assign<'a>(cx: &mut Checker<'_, 'a>, statement: &'a Stmt) {
    let Stmt::Assign(assign) = statement else { return };
    let [Expr::Attribute(attribute)] = assign.targets.as_slice() else { return };
    if &attribute.attr != "autoescape" || escaping(cx.semantic, &assign.value) != Escaping::Off {
        return;
    }
    let receiver = cx.semantic.text(&*attribute.value);
    let of_jinja = receiver.contains("jinja")
        || cx.semantic.qualified(&attribute.value).is_some_and(|path| path.starts_with("jinja2."));
    if of_jinja {
        let message = format!("`{receiver}.autoescape` is turned off: templates render without escaping");
        let for_browser = receiver.contains("jinja_env") || renders_for_browser(cx.semantic);
        let fix = RawFix::replace("Leave escaping on", &*assign.value, "True", Applicability::Suggestion);
        let finding = cx.report(&RULE, &[], statement, message);
        finding.confidence(Confidence::High);
        if for_browser {
            finding.fix(fix);
        } else {
            finding.persona(Persona::Pedantic).severity(Severity::Low);
        }
    }
}
