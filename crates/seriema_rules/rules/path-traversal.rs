//! Paths that lead to files of another's choice.

use crate::Hooks;

crate::declare_rule! {
    slug: "path-traversal",
    family: Files,
    severity: High,
    confidence: Medium,
    cwe: [22, 23, 73],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
