//! Line breaks from outside in logs.

use crate::Hooks;

crate::declare_rule! {
    slug: "log-injection",
    family: Injection,
    severity: Low,
    confidence: Medium,
    cwe: [117],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
