//! LDAP filters and names put together from values from outside.

use crate::Hooks;

crate::declare_rule! {
    slug: "ldap-injection",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [90],
    aliases: [],
}

/// Nothing to hook into: the flow engine reports it, when the whole program is known.
pub(crate) fn register(_hooks: &mut Hooks) {}
