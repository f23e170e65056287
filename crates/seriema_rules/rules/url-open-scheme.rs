//! `urlopen` of a URL whose scheme somebody else chooses.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{Expr, Operator};
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Origin};

use crate::shared::expression_parts::{in_annotation, is_searchable, leading_text};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "url-open-scheme",
    family: Transport,
    severity: Medium,
    confidence: Medium,
    cwe: [918, 22],
    aliases: ["B310", "S310"],
}

const OPENERS: &[&str] = &["urlopen", "urlretrieve", "Request", "URLopener", "FancyURLopener"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(OPENERS, check);
    hooks.on_reference(OPENERS, check_reference);
}

/// The function of `urllib.request` that a path names, and whether other tools know it there.
fn opener(path: &str) -> Option<(&str, bool)> {
    let known = path.strip_prefix("urllib.request.").or_else(|| path.strip_prefix("six.moves.urllib.request."));
    match known {
        Some(name) => Some((name, true)),
        // Python 2, and what `six` and `future` call it.
        None => ["urllib2.", "urllib.", "future.moves.urllib.request."]
            .iter()
            .find_map(|module| path.strip_prefix(module))
            .map(|name| (name, false)),
    }
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some((name, known)) = opener(call.path()) else { return };
    if !OPENERS.contains(&name) {
        return;
    }
    let codes: &[&str] = match (known, name) {
        (false, _) => &[],
        (true, "Request") => &["S310"],
        (true, _) => &["B310", "S310"],
    };
    let message = format!("`{}` opens `file:` and `ftp:` addresses too", call.name());
    let url = call.argument("url", 0);
    let url = match url {
        Some(url) if !matches!(name, "URLopener" | "FancyURLopener") => url,
        _ => {
            // An opener made to be used, or arguments that are not known.
            if !codes.is_empty() {
                cx.report(&RULE, codes, call.node, message).persona(Persona::Auditor).confidence(Confidence::Low);
            }
            return;
        }
    };
    // The address of a request that is made on the spot; one that a name stands for was reported where it was made.
    let made_here = match url {
        Expr::Call(request) if cx.semantic.qualified(&request.func).is_some_and(|path| is_request(&path)) => {
            request.arguments.find_argument_value("url", 0)
        }
        _ => None,
    };
    if begins_with_http(cx, made_here.unwrap_or(url)) {
        let codes: &[&str] = match (codes, plainly_http(cx, call, made_here.unwrap_or(url))) {
            (["B310", ..], true) => &["B310"],
            (_, true) => &[],
            (codes, false) => codes,
        };
        if !codes.is_empty() {
            let message = format!("`{}` opens an address that begins with `http`", call.name());
            cx.report(&RULE, codes, call.node, message)
                .persona(Persona::Auditor)
                .severity(Severity::Info)
                .confidence(Confidence::Low);
        }
        return;
    }
    let is_request = made_here.is_some() || cx.semantic.qualified(url).is_some_and(|path| is_request(&path));
    let origin = if is_request { Origin::Unknown } else { cx.semantic.origin(url) };
    // `request.url` is the address that was asked for, not one to open.
    let own_address =
        matches!(url, Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "url" | "full_url"));
    let whole = !is_request && !own_address && !has_fixed_start(cx, url);
    let checked = !is_request && scheme_is_checked(cx);
    let text = cx.semantic.text(url);
    let shown = text.lines().next().unwrap_or_default();
    let message = match origin {
        Origin::Remote => format!("`{}` opens `{shown}`, which the client chose: `file:` addresses too", call.name()),
        Origin::Parameter => format!("`{}` opens `{shown}` whatever its scheme, `file:` too", call.name()),
        _ => message,
    };
    if codes.is_empty() && !matches!(origin, Origin::Remote | Origin::Parameter) {
        return;
    }
    let in_web_code = origin == Origin::Parameter && serves_requests(cx);
    let finding = cx.report(&RULE, codes, call.node, message);
    match origin {
        Origin::Remote if whole => {
            finding.severity(Severity::High).confidence(Confidence::High);
            if checked {
                finding.severity(Severity::Medium).confidence(Confidence::Low);
            }
        }
        Origin::Parameter if whole && !checked => {
            finding.confidence(Confidence::Low);
            if !in_web_code {
                finding.persona(Persona::Pedantic);
            }
        }
        _ => {
            finding.persona(Persona::Auditor).severity(Severity::Low).confidence(Confidence::Low);
        }
    }
}

/// Whether the file is part of a web application: a function's parameter may then come from a request. In libraries and
/// tools it is what the caller, a person, wants opened.
fn serves_requests(cx: &Checker<'_, '_>) -> bool {
    let frameworks = [
        "flask",
        "django",
        "fastapi",
        "starlette",
        "bottle",
        "tornado",
        "aiohttp.web",
        "sanic",
        "quart",
        "pyramid",
        "falcon",
        "cherrypy",
        "webob",
        "werkzeug",
        "rest_framework",
        "litestar",
        "connexion",
    ];
    frameworks.iter().any(|framework| cx.semantic.imports_module(framework))
}

fn is_request(path: &str) -> bool {
    opener(path.trim_end_matches("()")).is_some_and(|(name, _)| name == "Request")
}

/// Whether an address is known to begin with `http://` or `https://`.
fn begins_with_http<'a>(cx: &Checker<'_, 'a>, url: &'a Expr) -> bool {
    let is_http = |text: &str| {
        let text = text.trim_start();
        text.starts_with("http://") || text.starts_with("https://")
    };
    leading_text(cx.semantic, url).is_some_and(is_http)
        || cx.semantic.constant_str(url).is_some_and(|text| is_http(&text))
}

/// Whether that shows in the literal itself, or in the only value of a name: ruff looks no further.
fn plainly_http<'a>(cx: &Checker<'_, 'a>, call: &Call<'_>, url: &'a Expr) -> bool {
    if call.has_unpacked_arguments() {
        return false;
    }
    let mut value = url;
    if let Expr::Name(name) = url
        && let Some(binding) = cx.semantic.binding(&name.id, name.range.start())
        && let BindingKind::Assign(bound) | BindingKind::Annotated(_, Some(bound)) = binding.kind
    {
        if cx.semantic.scopes.bindings_of(binding.scope, &name.id).count() != 1 {
            return false;
        }
        value = bound;
    }
    for _ in 0..100 {
        match value {
            Expr::StringLiteral(_) | Expr::FString(_) => return true,
            Expr::BinOp(op) if op.op == Operator::Add => value = &op.left,
            _ => return false,
        }
    }
    false
}

/// Whether an address begins with text of the program's own, which then holds its scheme.
fn has_fixed_start<'a>(cx: &Checker<'_, 'a>, url: &'a Expr) -> bool {
    if leading_text(cx.semantic, url).is_some_and(|text| !text.trim_start().is_empty()) {
        return true;
    }
    // `BASE + path`, `f"{self.base}/{path}"`
    let first = match url {
        Expr::BinOp(op) => Some(&*op.left),
        Expr::FString(f) => f.value.elements().next().and_then(|e| e.as_interpolation()).map(|hole| &*hole.expression),
        _ => None,
    };
    first.is_some_and(|first| {
        !matches!(cx.semantic.origin(first), Origin::Remote | Origin::Parameter) || begins_with_http(cx, first)
    })
}

/// Whether the function looks at the address' scheme or host before, in one of the usual ways.
fn scheme_is_checked(cx: &Checker<'_, '_>) -> bool {
    let Some(function) = cx.semantic.enclosing_function() else { return false };
    if !is_searchable(function.range) {
        return false;
    }
    let text = cx.semantic.text(function).as_bytes();
    [
        &b".scheme"[..],
        b"startswith(\"http",
        b"startswith('http",
        b"startswith((\"http",
        b"startswith(('http",
        b".netloc",
        b".hostname",
        b"URLValidator",
        b"validators.url",
        b"allowed_hosts",
        b"ALLOWED_HOSTS",
        b"is_safe_url",
        b"validate_url",
        b"check_url",
    ]
    .iter()
    .any(|guard| memchr::memmem::find(text, guard).is_some())
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some((name, true)) = opener(path) else { return };
    if !OPENERS.contains(&name) || in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let message = format!("`{name}` is handed on, and opens `file:` and `ftp:` addresses too");
    cx.report(&RULE, &["S310"], expr, message)
        .persona(Persona::Auditor)
        .severity(Severity::Low)
        .confidence(Confidence::Low);
}
