//! Markup: B701, B702 and B704.

use std::collections::VecDeque;

use seriema_program::ast::{Expr, Keyword};

use super::{Call, Verdict};
use crate::issue::{Draft, Level};
use crate::literal::is_constant;
use crate::tree::{Node, for_each_child};

const CODE_INJECTION: i64 = 94;

/// B701
pub(super) fn jinja(call: &Call<'_, '_>) -> Verdict {
    if !call.has_part("jinja2") || call.name != "Environment" {
        return Ok(None);
    }
    let high = |text: &'static str| Ok(Some(Draft::new(Level::High, Level::High, CODE_INJECTION, text)));
    let Some(keyword) = first_autoescape(call) else {
        return high(
            "By default, jinja2 sets autoescape to False. Consider using autoescape=True or use the select_autoescape \
             function to mitigate XSS vulnerabilities.",
        );
    };
    match &keyword.value {
        Expr::BooleanLiteral(literal) if !literal.value => high(
            "Using jinja2 templates with autoescape=False is dangerous and can lead to XSS. Use autoescape=True or use \
             the select_autoescape function to mitigate XSS vulnerabilities.",
        ),
        Expr::BooleanLiteral(_) => Ok(None),
        Expr::Call(inner) if is_select_autoescape(&inner.func) => Ok(None),
        _ => {
            let text = "Using jinja2 templates with autoescape=False is dangerous and can lead to XSS. Ensure \
                        autoescape=True or use the select_autoescape function to mitigate XSS vulnerabilities.";
            Ok(Some(Draft::new(Level::High, Level::Medium, CODE_INJECTION, text)))
        }
    }
}

fn is_select_autoescape(func: &Expr) -> bool {
    match func {
        Expr::Attribute(attribute) => attribute.attr.as_str() == "select_autoescape",
        Expr::Name(name) => name.id.as_str() == "select_autoescape",
        _ => false,
    }
}

/// The `autoescape=` nearest to the call, level by level: Bandit looks through the arguments of inner calls too.
fn first_autoescape<'a>(call: &Call<'a, '_>) -> Option<&'a Keyword> {
    let mut waiting: VecDeque<Node<'a>> = VecDeque::new();
    waiting.push_back(Node::Expr(&call.node.func));
    waiting.extend(call.args().iter().map(Node::Expr));
    waiting.extend(call.keywords().iter().map(Node::Keyword));
    while let Some(node) = waiting.pop_front() {
        if let Node::Keyword(keyword) = node
            && keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == "autoescape")
        {
            return Some(keyword);
        }
        for_each_child(node, &mut |child| waiting.push_back(child));
    }
    None
}

/// B702
pub(super) fn mako(call: &Call<'_, '_>) -> Verdict {
    if !call.has_part("mako") || call.name != "Template" {
        return Ok(None);
    }
    let text = "Mako templates allow HTML/JS rendering by default and are inherently open to XSS attacks. Ensure \
                variables in all templates are properly sanitized via the 'n', 'h' or 'x' flags (depending on context). \
                For example, to HTML escape the variable 'data' do ${ data |h }.";
    Ok(Some(Draft::new(Level::Medium, Level::High, 80, text)))
}

/// B704
pub(super) fn markupsafe(call: &Call<'_, '_>) -> Verdict {
    let settings = &call.context.tests.settings;
    if !matches!(call.qualname, "markupsafe.Markup" | "flask.Markup") {
        let names = settings.markup_names.as_ref().map_err(Clone::clone)?;
        if !names.iter().any(|name| name == call.qualname) {
            return Ok(None);
        }
    }
    let Some(value) = call.args().first().filter(|value| !is_constant(value)) else { return Ok(None) };
    let allowed = settings.allowed_calls.as_ref().map_err(Clone::clone)?;
    if let Expr::Call(inner) = value
        && !allowed.is_empty()
    {
        let mut name = String::new();
        call.context.imports.call_name(inner, &mut name);
        if allowed.contains(&name) {
            return Ok(None);
        }
    }
    let text =
        format!("Potential XSS with ``{}`` detected. Do not use ``{}`` on untrusted data.", call.qualname, call.name);
    Ok(Some(Draft::new(Level::Medium, Level::High, 79, text)))
}
