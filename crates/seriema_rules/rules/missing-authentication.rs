//! Ways in that ask nobody who they are.

use crate::Hooks;

crate::declare_rule! {
    slug: "missing-authentication",
    family: Access,
    severity: High,
    confidence: Medium,
    cwe: [306, 862],
    aliases: [],
}

/// Nothing to hook into: found in the inventory of all ways in, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
