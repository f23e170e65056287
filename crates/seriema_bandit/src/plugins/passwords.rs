//! Passwords in code: B105 to B107.

use std::sync::LazyLock;

use regex::Regex;
use seriema_program::ast::{Expr, Stmt, StmtFunctionDef};

use super::{Call, Context, Text, Verdict, plain_text};
use crate::issue::{Draft, Level};
use crate::literal::{Raised, constant_text, string_constant};
use crate::tree::Node;

// `$` also stands before a line feed at the end.
static CANDIDATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "(?:pas+wo?r?d|pass(?:phrase)?|pwd|token|secrete?)";
    Regex::new(&format!(r"(?i)(?:^{words}\n?\z|_{words}_|^{words}_|_{words}\n?\z)")).ok()
});

/// Whether the name is one of those given to passwords.
fn is_candidate(name: &str) -> bool {
    name.len() >= 3 && CANDIDATE.as_ref().is_some_and(|pattern| pattern.is_match(name))
}

fn found(value: &str) -> Draft {
    Draft::new(Level::Low, Level::Medium, 259, format!("Possible hardcoded password: '{value}'"))
}

/// B105
pub(super) fn string(context: Context<'_, '_>, text: Text<'_, '_>) -> Verdict {
    match context.parents {
        [.., Node::Stmt(Stmt::Assign(assign))] => {
            let named = assign.targets.iter().any(|target| match target {
                Expr::Name(name) => is_candidate(name.id.as_str()),
                Expr::Attribute(attribute) => is_candidate(attribute.attr.as_str()),
                _ => false,
            });
            Ok(named.then(|| found(text.value)))
        }
        [.., Node::Expr(Expr::Dict(dict))] if is_candidate(text.value) => {
            let is_key = |key: &Expr| text.expr.is_some_and(|own| std::ptr::eq(own, key));
            match dict.items.iter().find(|item| item.key.as_ref().is_some_and(is_key)) {
                Some(item) => Ok(constant_text(&item.value)?.map(|value| found(&value))),
                None => Ok(None),
            }
        }
        [.., Node::Stmt(Stmt::Assign(assign)), Node::Expr(Expr::Subscript(_))] if is_candidate(text.value) => {
            Ok(string_constant(&assign.value).map(found))
        }
        [.., Node::Expr(Expr::Compare(compare))] => {
            let named = match &*compare.left {
                Expr::Name(name) => is_candidate(name.id.as_str()),
                Expr::Attribute(attribute) => is_candidate(attribute.attr.as_str()),
                _ => false,
            };
            let first = compare.comparators.first().filter(|_| named);
            Ok(first.and_then(string_constant).map(found))
        }
        _ => Ok(None),
    }
}

/// B106
pub(super) fn argument(call: &Call<'_, '_>) -> Verdict {
    for keyword in call.keywords() {
        let Expr::StringLiteral(value) = &keyword.value else { continue };
        let Some(name) = &keyword.arg else {
            return Err(Raised("expected string or bytes-like object, got 'NoneType'".to_owned()));
        };
        if is_candidate(name.as_str()) {
            return Ok(Some(found(plain_text(value)).on(call.context.line_of(&keyword.value))));
        }
    }
    Ok(None)
}

/// B107
pub(super) fn default(function: &StmtFunctionDef) -> Verdict {
    let parameters = &function.parameters;
    let mut defaults: Vec<Option<&Expr>> = parameters
        .posonlyargs
        .iter()
        .chain(&parameters.args)
        .filter_map(|parameter| parameter.default().map(Some))
        .collect();
    // Bandit lines the defaults up with the last parameters, but forgets those that are positional only.
    let missing = parameters.args.len().saturating_sub(defaults.len());
    defaults.splice(0..0, std::iter::repeat_n(None, missing));
    for (parameter, default) in parameters.args.iter().zip(defaults) {
        if let Some(value) = default.and_then(string_constant)
            && is_candidate(parameter.name().as_str())
        {
            return Ok(Some(found(value)));
        }
    }
    Ok(None)
}
