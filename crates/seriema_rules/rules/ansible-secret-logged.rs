//! Secrets that an Ansible module writes to the logs.

use seriema_program::BindingKind;
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::Ranged;

use crate::shared::value_purpose::{Purpose, purpose};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "ansible-secret-logged",
    family: Secrets,
    severity: Medium,
    confidence: Medium,
    cwe: [532],
    aliases: [],
}

/// Options of one module that are looked at.
const MAX_OPTIONS: usize = 500;

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["AnsibleModule"], check);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(mut options) = call.argument("argument_spec", 0) else { return };
    if let Expr::Name(name) = options
        && let Some(binding) = cx.semantic.binding(&name.id, name.range.start())
        && let BindingKind::Assign(value) = binding.kind
    {
        options = value;
    }
    for (name, option) in entries(options).into_iter().take(MAX_OPTIONS) {
        if !matches!(purpose(name), Some(Purpose::Password | Purpose::Token | Purpose::Key)) {
            continue;
        }
        let parts = entries(option);
        let has = |key: &str| parts.iter().find(|(part, _)| *part == key).map(|(_, value)| *value);
        let text = has("type").is_none_or(|kind| {
            kind.as_string_literal_expr()
                .is_some_and(|kind| matches!(kind.value.to_str(), "str" | "raw" | "list" | "dict"))
        });
        if !(option.is_dict_expr() || option.is_call_expr())
            || !text
            || has("no_log").is_some()
            || has("choices").is_some()
        {
            continue;
        }
        let message = format!("the option `{name}` is written to the logs: it is not marked `no_log`");
        let finding = cx.report(&RULE, &[], option, message);
        finding.statement = option.range();
    }
}

/// The entries of a dictionary, written `{...}` or `dict(...)`.
fn entries(expr: &Expr) -> Vec<(&str, &Expr)> {
    match expr {
        Expr::Dict(dict) => dict
            .items
            .iter()
            .filter_map(|item| Some((item.key.as_ref()?.as_string_literal_expr()?.value.to_str(), &item.value)))
            .collect(),
        Expr::Call(ast::ExprCall { func, arguments, .. }) if matches!(&**func, Expr::Name(name) if name.id == "dict") => {
            arguments
                .keywords
                .iter()
                .filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), &keyword.value)))
                .collect()
        }
        _ => Vec::new(),
    }
}
