//! The blacklists, B001: calls by their full name, imports by the beginning of theirs.

use seriema_program::ast::{Alias, Expr};

use super::{Call, Context, Outcome, Verdict};
use crate::catalog::TestId;
use crate::issue::{Draft, Level};
use crate::literal::{Literal, Raised, string_constant};
use crate::testset::Forbidden;

fn found(entry: &Forbidden, name: &str) -> Draft {
    let text = entry.message.replace("{name}", name);
    let mut draft = Draft::new(entry.level, Level::High, entry.cwe, text);
    draft.test_id = Some(entry.id.clone());
    draft
}

/// Calls of forbidden functions, and calls that import forbidden modules.
pub(super) fn call(call: &Call<'_, '_>) -> Verdict {
    let forbidden = |name: &str| call.context.tests.forbidden_call(name).map(|entry| found(entry, name));
    if let Expr::Name(name) = &*call.node.func
        && name.id.as_str() == "__import__"
    {
        // A name that is not written out is not known.
        return Ok(call.args().first().and_then(string_constant).and_then(forbidden));
    }
    if matches!(call.qualname, "importlib.import_module" | "importlib.__import__") {
        let module = if call.args().is_empty() {
            call.check_keywords()?;
            let keyword = call.keyword("name").ok_or_else(|| Raised::key("name"))?;
            Literal::of_argument(&keyword.value)?
        } else {
            call.check_args()?;
            call.argument(0)?
        };
        return Ok(module.as_str().and_then(forbidden));
    }
    Ok(forbidden(call.qualname))
}

/// Imports of forbidden modules. One statement has one finding at most.
pub(crate) fn import(context: Context<'_, '_>, module: Option<&str>, names: &[Alias], outcomes: &mut Vec<Outcome>) {
    if !context.tests.checks_imports() {
        return;
    }
    let starts_with = |alias: &Alias, beginning: &str| match module {
        None => alias.name.as_str().starts_with(beginning),
        // `module.name`, without building it.
        Some(module) => match beginning.strip_prefix(module) {
            Some(rest) => rest.strip_prefix('.').map_or(rest.is_empty(), |rest| alias.name.as_str().starts_with(rest)),
            None => module.starts_with(beginning),
        },
    };
    for entry in &context.tests.forbidden_imports {
        for alias in names {
            if entry.qualnames.iter().any(|beginning| starts_with(alias, beginning)) {
                let draft = found(entry, alias.name.as_str());
                outcomes.push(Outcome { test: TestId::B001, verdict: Ok(draft) });
                return;
            }
        }
    }
}
