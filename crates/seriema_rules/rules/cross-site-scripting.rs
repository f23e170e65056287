//! Values from outside in pages, unescaped.

use crate::Hooks;

crate::declare_rule! {
    slug: "cross-site-scripting",
    family: Xss,
    severity: High,
    confidence: Medium,
    cwe: [79],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
