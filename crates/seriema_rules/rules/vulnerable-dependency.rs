//! Packages in a version that is known to be vulnerable.

use crate::Hooks;

crate::declare_rule! {
    slug: "vulnerable-dependency",
    family: SupplyChain,
    severity: High,
    confidence: High,
    cwe: [1395, 1357],
    aliases: [],
}

/// Packages that are known to be vulnerable are looked for in manifests and locks, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
