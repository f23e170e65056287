//! Requests to addresses of another's choice.

use crate::Hooks;

crate::declare_rule! {
    slug: "server-side-request-forgery",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [918],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
