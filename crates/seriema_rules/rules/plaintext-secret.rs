//! Secrets by the names that they are given.

use crate::Hooks;

crate::declare_rule! {
    slug: "plaintext-secret",
    family: Secrets,
    severity: Medium,
    confidence: Medium,
    cwe: [798, 540, 312],
    aliases: [],
}

/// Secrets are found in texts of all kinds, by `seriema_secrets`.
pub(crate) fn register(_hooks: &mut Hooks) {}
