//! Credentials in the format of their provider.

use crate::Hooks;

crate::declare_rule! {
    slug: "leaked-credential",
    family: Secrets,
    severity: High,
    confidence: High,
    cwe: [798, 540, 312],
    aliases: [],
}

/// Secrets are found in texts of all kinds, by `seriema_secrets`.
pub(crate) fn register(_hooks: &mut Hooks) {}
