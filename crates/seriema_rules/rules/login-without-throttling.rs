//! Logins that may be tried without end.

use crate::Hooks;

crate::declare_rule! {
    slug: "login-without-throttling",
    family: Access,
    severity: Low,
    confidence: Medium,
    cwe: [307],
    aliases: [],
}

/// Nothing to hook into: found in the inventory of all ways in, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
