//! Texts of exceptions in responses.

use crate::Hooks;

crate::declare_rule! {
    slug: "exception-disclosure",
    family: Robustness,
    severity: Low,
    confidence: Medium,
    cwe: [209, 497],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
