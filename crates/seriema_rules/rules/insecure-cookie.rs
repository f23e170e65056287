//! Cookies that are sent in clear or that scripts can read.

use crate::Hooks;

crate::declare_rule! {
    slug: "insecure-cookie",
    family: Configuration,
    severity: Medium,
    confidence: Medium,
    cwe: [614, 1004],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
