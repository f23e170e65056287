//! Internal packages that a public index may answer for.

use crate::Hooks;

crate::declare_rule! {
    slug: "dependency-confusion",
    family: SupplyChain,
    severity: High,
    confidence: Medium,
    cwe: [427, 1357],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
