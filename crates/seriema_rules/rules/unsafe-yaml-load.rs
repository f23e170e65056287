//! `yaml.load` with a loader that builds arbitrary objects.

use seriema_finding::{Applicability, Persona};
use seriema_program::BindingKind;
use seriema_program::ast::Expr;

use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "unsafe-yaml-load",
    family: Deserialization,
    severity: High,
    confidence: High,
    cwe: [502, 20],
    aliases: ["B506", "S506"],
}

/// Loaders that build nothing but plain data.
const SAFE_LOADERS: &[&str] = &["SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["load", "load_all", "unsafe_load", "unsafe_load_all"], check);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let unsafe_name = match call.path() {
        "yaml.unsafe_load" | "yaml.unsafe_load_all" => true,
        "yaml.load" | "yaml.load_all" => false,
        _ => match fallback(cx, call) {
            Some(name) => return report_fallback(cx, call, name),
            None => return,
        },
    };
    let loader = call.argument("Loader", 1);
    if !unsafe_name && loader.is_some_and(|loader| is_safe_loader(cx, loader)) {
        return;
    }
    // Bandit and ruff know `load` alone.
    let codes: &[&str] = if call.path() == "yaml.load" { &["B506", "S506"] } else { &[] };
    let name = call.path().to_owned();
    let safe = if name.ends_with("_all") { "safe_load_all" } else { "safe_load" };
    let message = match loader {
        Some(loader) => format!("`{name}` builds arbitrary objects with `{}`", cx.semantic.text(loader)),
        None => format!("`{name}` builds arbitrary objects from the document"),
    };
    let fix = fix(call, loader, safe);
    // A loader that comes from elsewhere may well be a safe one.
    let unknown = match loader {
        Some(loader) => !cx.semantic.qualified(loader).is_some_and(|path| path.starts_with("yaml.")),
        None => call.has_unpacked_arguments(),
    };
    let finding = cx.report(&RULE, codes, call.node, message);
    if unknown {
        finding.persona(Persona::Pedantic);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// The function of a `yaml` that may be one of several modules: the real one, or a copy that comes with the program.
fn fallback(cx: &Checker<'_, '_>, call: &Call<'_>) -> Option<&'static str> {
    let Expr::Attribute(function) = &*call.node.func else { return None };
    let module = function.value.as_name_expr()?;
    let binding = cx.semantic.binding(&module.id, module.range.start())?;
    if !matches!(binding.kind, BindingKind::Import(_)) {
        return None;
    }
    cx.semantic
        .scopes
        .bindings_of(binding.scope, &module.id)
        .any(|binding| matches!(binding.kind, BindingKind::Import("yaml")))
        .then_some(())?;
    match call.name() {
        "load" => Some("load"),
        "load_all" => Some("load_all"),
        "unsafe_load" => Some("unsafe_load"),
        "unsafe_load_all" => Some("unsafe_load_all"),
        _ => None,
    }
}

fn report_fallback(cx: &mut Checker<'_, '_>, call: &Call<'_>, name: &str) {
    let loader = call.argument("Loader", 1);
    if loader.is_none() && !call.has_unpacked_arguments() || name.starts_with("unsafe") {
        let message = format!("`yaml.{name}` builds arbitrary objects from the document");
        let safe = if name.ends_with("_all") { "safe_load_all" } else { "safe_load" };
        let fix = fix(call, loader, safe);
        let finding = cx.report(&RULE, &[], call.node, message);
        if let Some(fix) = fix {
            finding.fix(fix);
        }
    }
}

fn is_safe_loader(cx: &Checker<'_, '_>, loader: &Expr) -> bool {
    let name = match cx.semantic.qualified(loader) {
        Some(path) => path.rsplit('.').next().unwrap_or_default().to_owned(),
        None => return false,
    };
    SAFE_LOADERS.contains(&name.as_str())
}

/// Renames the function and drops the loader, when the call is written as an attribute (`yaml.load`).
fn fix(call: &Call<'_>, loader: Option<&Expr>, safe: &str) -> Option<RawFix> {
    let Expr::Attribute(function) = &*call.func else { return None };
    let stream = call.positional(0)?;
    let plain = call.arguments.len() == 1 + usize::from(loader.is_some());
    if !plain {
        return None;
    }
    let mut fix = RawFix::replace(format!("Use `yaml.{safe}`"), &function.attr, safe, Applicability::Safe);
    if loader.is_some() {
        use seriema_program::text_size::{Ranged, TextRange, TextSize};
        let end = call.arguments.range().end() - TextSize::from(1);
        let range = TextRange::new(stream.end(), end.max(stream.end()));
        fix.edits.push(crate::RawEdit { range, content: String::new() });
        // Dropping the loader changes what documents with tags load to.
        fix.applicability = Applicability::Suggestion;
    }
    Some(fix)
}
