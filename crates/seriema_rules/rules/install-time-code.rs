//! Code that runs when a package is built or installed.

use crate::Hooks;

crate::declare_rule! {
    slug: "install-time-code",
    family: SupplyChain,
    severity: Medium,
    confidence: Medium,
    cwe: [506, 829],
    aliases: [],
}

/// Looked for in manifests, by `seriema_deps`.
pub(crate) fn register(_hooks: &mut Hooks) {}
