//! One cause, one finding.

use seriema_finding::Rule;

use crate::Checker;

/// Whether a rule has already reported the same thing in the same function: `what` is how its messages name it.
pub(crate) fn is_repeated(cx: &mut Checker<'_, '_>, rule: &'static Rule, what: &str) -> bool {
    let function = cx.semantic.qualified_scope();
    cx.findings()
        .iter()
        .any(|finding| finding.rule == rule && finding.function == function && finding.message.contains(what))
}
