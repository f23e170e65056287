//! SQL given to Django's `RawSQL` and `Manager.raw`.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::Origin;
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::query::{self, Verdict};
use crate::shared::statement;
use crate::shared::template::Template;
use crate::shared::value::list_names;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "django-raw-sql",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [89],
    aliases: ["B611", "S611"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["RawSQL"], check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let ruff = matches!(call.path(), "django.db.models.expressions.RawSQL");
    let known = ruff || call.path() == "django.db.models.RawSQL";
    let bandit = cx.semantic.imports_module("django.db.models");
    // Django's own code imports it with dots.
    if !known && !bandit && !call.path().ends_with("models.expressions.RawSQL") {
        return;
    }
    let sql = call.argument("sql", 0);
    if sql.is_some_and(Expr::is_string_literal_expr) {
        return;
    }
    let codes: &[&str] = match (bandit, ruff) {
        (true, true) => &["B611", "S611"],
        (true, false) => &["B611"],
        (false, true) => &["S611"],
        (false, false) => &[],
    };
    let place = call.func.range();
    let verdict = sql.and_then(|sql| {
        let template = Template::of(cx.semantic, sql);
        let text = template.text();
        let verdict = query::judge(cx.semantic, &template, 0, statement::likeness(&text))?;
        Some((verdict, template.has_text()))
    });
    match verdict {
        Some((verdict, has_text)) => report(cx, codes, place, &verdict, has_text),
        None if codes.is_empty() => {}
        None => {
            let finding = cx.report(&RULE, codes, place, "`RawSQL` is given SQL that is no literal");
            finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
        }
    }
}

fn report(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: seriema_program::text_size::TextRange,
    verdict: &Verdict<'_>,
    has_text: bool,
) {
    let values = list_names(cx.semantic, verdict.values.iter().map(|hole| hole.expr));
    let from = if verdict.origin == Origin::Remote { ", which comes from outside" } else { "" };
    let finding = cx.report(&RULE, codes, place, format!("`RawSQL` puts {values} into the query as SQL{from}"));
    finding.severity(verdict.severity).confidence(verdict.confidence);
    // A whole expression that is handed on says nothing of how it was made.
    let vague = !has_text && verdict.origin != Origin::Remote;
    finding.persona(if vague { verdict.persona.max(Persona::Pedantic) } else { verdict.persona });
}
