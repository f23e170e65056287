//! Packages that are fetched where they can be replaced.

use crate::Hooks;

crate::declare_rule! {
    slug: "insecure-package-index",
    family: SupplyChain,
    severity: High,
    confidence: High,
    cwe: [494, 319],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
