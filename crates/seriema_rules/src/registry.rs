//! Generated from the files in `rules/` by `cargo xtask generate`.

use seriema_finding::Rule;

use crate::Hooks;

#[path = "../rules/unsafe-yaml-load.rs"]
mod unsafe_yaml_load;

/// All rules, sorted by slug.
pub static RULES: &[&Rule] = &[&unsafe_yaml_load::RULE];

pub(crate) fn register(hooks: &mut Hooks) {
    unsafe_yaml_load::register(hooks);
}
