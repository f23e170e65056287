//! Generated from the files in `rules/` by `cargo xtask generate`.

use seriema_finding::Rule;

use crate::Hooks;

#[path = "../rules/partial-executable-path.rs"]
mod partial_executable_path;
#[path = "../rules/process-launch.rs"]
mod process_launch;
#[path = "../rules/shell-injection.rs"]
mod shell_injection;
#[path = "../rules/unsafe-yaml-load.rs"]
mod unsafe_yaml_load;
#[path = "../rules/wildcard-injection.rs"]
mod wildcard_injection;

/// All rules, sorted by slug.
pub static RULES: &[&Rule] = &[
    &partial_executable_path::RULE,
    &process_launch::RULE,
    &shell_injection::RULE,
    &unsafe_yaml_load::RULE,
    &wildcard_injection::RULE,
];

pub(crate) fn register(hooks: &mut Hooks) {
    partial_executable_path::register(hooks);
    process_launch::register(hooks);
    shell_injection::register(hooks);
    unsafe_yaml_load::register(hooks);
    wildcard_injection::register(hooks);
}
