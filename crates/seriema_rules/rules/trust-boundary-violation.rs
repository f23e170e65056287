//! Values from outside in sessions.

use crate::Hooks;

crate::declare_rule! {
    slug: "trust-boundary-violation",
    family: Injection,
    severity: Medium,
    confidence: Low,
    cwe: [501],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
