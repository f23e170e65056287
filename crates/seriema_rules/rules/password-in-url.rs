//! Passwords in URLs.

use crate::Hooks;

crate::declare_rule! {
    slug: "password-in-url",
    family: Secrets,
    severity: High,
    confidence: Medium,
    cwe: [798, 540, 312],
    aliases: [],
}

/// Secrets are found in texts of all kinds, by `seriema_secrets`.
pub(crate) fn register(_hooks: &mut Hooks) {}
