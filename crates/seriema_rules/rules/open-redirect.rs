//! Redirects to addresses of another's choice.

use crate::Hooks;

crate::declare_rule! {
    slug: "open-redirect",
    family: Injection,
    severity: Medium,
    confidence: Medium,
    cwe: [601],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
