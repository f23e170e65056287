//! Suppressions that can't be read, or are past their date.

use crate::Hooks;

crate::declare_rule! {
    slug: "invalid-suppression",
    family: Hygiene,
    severity: Low,
    confidence: High,
    cwe: [546],
    aliases: [],
}

/// Suppressions are read and judged where they are applied, when all findings are known.
pub(crate) fn register(_hooks: &mut Hooks) {}
