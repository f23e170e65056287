//! Suppressions that suppress nothing.

use crate::Hooks;

crate::declare_rule! {
    slug: "unused-suppression",
    family: Hygiene,
    severity: Info,
    confidence: High,
    cwe: [546],
    aliases: [],
}

/// Suppressions are read and judged where they are applied, when all findings are known.
pub(crate) fn register(_hooks: &mut Hooks) {}
