//! Versions that are chosen on the day of an installation.

use crate::Hooks;

crate::declare_rule! {
    slug: "unpinned-dependency",
    family: SupplyChain,
    severity: Low,
    confidence: High,
    cwe: [1357],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
