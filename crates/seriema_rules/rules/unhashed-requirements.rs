//! Requirements whose files are not known by their hashes.

use crate::Hooks;

crate::declare_rule! {
    slug: "unhashed-requirements",
    family: SupplyChain,
    severity: Low,
    confidence: High,
    cwe: [494],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
