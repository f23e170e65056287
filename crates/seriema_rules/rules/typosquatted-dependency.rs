//! Names of packages that look like those of others.

use crate::Hooks;

crate::declare_rule! {
    slug: "typosquatted-dependency",
    family: SupplyChain,
    severity: High,
    confidence: Medium,
    cwe: [1357, 506],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
