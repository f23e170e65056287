//! Objects of others, by their ids.

use crate::Hooks;

crate::declare_rule! {
    slug: "insecure-direct-object-reference",
    family: Access,
    severity: High,
    confidence: Low,
    cwe: [639],
    aliases: [],
}

/// Nothing to hook into: found in the inventory of all ways in, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
