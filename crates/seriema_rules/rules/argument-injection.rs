//! Options smuggled into the arguments of a program.

use crate::Hooks;

crate::declare_rule! {
    slug: "argument-injection",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [88],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
