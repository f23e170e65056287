//! Ranges of versions that allow one that is known to be vulnerable.

use crate::Hooks;

crate::declare_rule! {
    slug: "vulnerable-version-allowed",
    family: SupplyChain,
    severity: Low,
    confidence: Low,
    cwe: [1395, 1357],
    aliases: [],
}

/// Ranges that allow a vulnerable version are looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
