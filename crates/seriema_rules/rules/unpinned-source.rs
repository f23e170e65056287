//! Repositories and files that change without the manifest.

use crate::Hooks;

crate::declare_rule! {
    slug: "unpinned-source",
    family: SupplyChain,
    severity: Medium,
    confidence: High,
    cwe: [494, 829],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
