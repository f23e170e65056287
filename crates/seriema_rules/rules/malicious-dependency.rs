//! Packages that somebody made to do harm.

use crate::Hooks;

crate::declare_rule! {
    slug: "malicious-dependency",
    family: SupplyChain,
    severity: Critical,
    confidence: High,
    cwe: [506, 1357],
    aliases: [],
}

/// Packages that are known to be malicious are looked for in manifests and locks, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
