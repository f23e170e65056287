//! One cause, one finding.

use seriema_finding::Rule;

use crate::Checker;

/// Findings that are looked back at: one function's, and no more however many a file has.
const MAX_LOOK_BACK: usize = 64;

/// Whether a rule has already reported the same thing in the same function: `what` is how its messages name it.
pub(crate) fn is_repeated(cx: &mut Checker<'_, '_>, rule: &'static Rule, what: &str) -> bool {
    let function = cx.semantic.qualified_scope();
    cx.findings()
        .iter()
        .rev()
        .take(MAX_LOOK_BACK)
        .any(|finding| finding.rule == rule && finding.function == function && finding.message.contains(what))
}
