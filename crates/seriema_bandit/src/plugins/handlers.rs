//! Assertions and handlers: B101, B110 and B112.

use seriema_program::ast::{ExceptHandlerExceptHandler, Expr, Stmt};

use super::{Context, Outcome, Verdict, run};
use crate::catalog::TestId;
use crate::config::Setting;
use crate::fnmatch::fnmatch;
use crate::issue::{Draft, Level};

const EXCEPTIONAL_CONDITION: i64 = 703;

/// B101
pub(crate) fn assertion(context: Context<'_, '_>, outcomes: &mut Vec<Outcome>) {
    let tests = context.tests;
    run!(tests, outcomes, B101, true, assert_used(context));
}

fn assert_used(context: Context<'_, '_>) -> Verdict {
    let skips = context.tests.settings.assert_skips.as_ref().map_err(Clone::clone)?;
    if skips.iter().any(|pattern| fnmatch(context.filename, pattern)) {
        return Ok(None);
    }
    let text = "Use of assert detected. The enclosed code will be removed when compiling to optimised byte code.";
    Ok(Some(Draft::new(Level::Low, Level::High, EXCEPTIONAL_CONDITION, text)))
}

/// B112 and B110
pub(crate) fn handler(context: Context<'_, '_>, node: &ExceptHandlerExceptHandler, outcomes: &mut Vec<Outcome>) {
    let tests = context.tests;
    let [only] = &*node.body else { return };
    let settings = &tests.settings;
    let said = |setting: &Setting<bool>, applies: bool, text: &'static str| -> Verdict {
        let typed = setting.as_ref().map_err(Clone::clone)?;
        let everything = node.type_.as_deref().is_none_or(is_exception);
        let draft = || Draft::new(Level::Low, Level::High, EXCEPTIONAL_CONDITION, text);
        Ok(((*typed || everything) && applies).then(draft))
    };
    let continues = matches!(only, Stmt::Continue(_));
    let passes = matches!(only, Stmt::Pass(_));
    let text = "Try, Except, Continue detected.";
    run!(tests, outcomes, B112, true, said(&settings.continue_typed, continues, text));
    run!(tests, outcomes, B110, true, said(&settings.pass_typed, passes, "Try, Except, Pass detected."));
}

fn is_exception(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id.as_str() == "Exception")
}
