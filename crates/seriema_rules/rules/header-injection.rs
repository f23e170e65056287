//! Line breaks from outside in the headers of responses and mails.

use crate::Hooks;

crate::declare_rule! {
    slug: "header-injection",
    family: Injection,
    severity: Medium,
    confidence: Medium,
    cwe: [113, 93],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
