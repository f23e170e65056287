//! SQL given to Django's `QuerySet.extra`.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::Origin;
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::query;
use crate::shared::statement::Likeness;
use crate::shared::template::Template;
use crate::shared::value::list_names;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "django-extra-sql",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [89],
    aliases: ["B610", "S610"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["extra"], check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !call.func.is_attribute_expr() {
        return;
    }
    let select = call.argument("select", 0);
    let lists = [call.argument("where", 1), call.argument("tables", 3)];
    // Bandit and ruff want literals, whatever a name stands for.
    let told = select.is_some_and(|select| !is_literal_dict(select))
        || lists.iter().flatten().any(|list| !is_literal_list(list));
    let pieces = select
        .into_iter()
        .flat_map(dict_values)
        .chain(lists.into_iter().flatten().flat_map(list_items))
        .chain(call.argument("order_by", 4).into_iter().flat_map(list_items));
    let worst = pieces
        .filter_map(|piece| {
            let template = Template::of(cx.semantic, piece);
            // A name for a piece of SQL tells nothing of what it holds, unless that shows.
            let verdict = query::judge(cx.semantic, &template, 0, Likeness::None)?;
            Some((verdict, template.has_text()))
        })
        .min_by_key(|(verdict, has_text)| {
            let persona =
                if *has_text || verdict.origin == Origin::Remote { verdict.persona } else { Persona::Pedantic };
            (persona, std::cmp::Reverse(verdict.severity))
        });
    let codes: &[&str] = if told { &["B610", "S610"] } else { &[] };
    let place = call.node.arguments.range();
    if let Some((verdict, has_text)) = worst {
        let values = list_names(cx.semantic, verdict.values.iter().map(|hole| hole.expr));
        let from = if verdict.origin == Origin::Remote { ", which comes from outside" } else { "" };
        let finding = cx.report(&RULE, codes, place, format!("`extra` puts {values} into the query as SQL{from}"));
        finding.severity(verdict.severity).confidence(verdict.confidence);
        let vague = !has_text && verdict.origin != Origin::Remote;
        finding.persona(if vague { verdict.persona.max(Persona::Pedantic) } else { verdict.persona });
    } else if told {
        let finding = cx.report(&RULE, codes, place, "`extra` is given SQL that is no literal");
        finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
    }
}

fn is_literal_dict(select: &Expr) -> bool {
    select.as_dict_expr().is_some_and(|dict| {
        dict.items.iter().all(|item| {
            item.value.is_string_literal_expr() && item.key.as_ref().is_none_or(Expr::is_string_literal_expr)
        })
    })
}

fn is_literal_list(list: &Expr) -> bool {
    list.as_list_expr().is_some_and(|list| list.elts.iter().all(Expr::is_string_literal_expr))
}

fn dict_values(select: &Expr) -> Vec<&Expr> {
    match select {
        Expr::Dict(dict) => dict.items.iter().map(|item| &item.value).collect(),
        Expr::DictComp(comp) => vec![&comp.value],
        Expr::Call(call) => call.arguments.keywords.iter().map(|keyword| &keyword.value).collect(),
        _ => Vec::new(),
    }
}

fn list_items(list: &Expr) -> Vec<&Expr> {
    match list {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        other => vec![other],
    }
}
