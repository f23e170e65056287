//! What projects have for gitleaks (version 8), read and matched.
//!
//! ```text
//! config    `.gitleaks.toml`: allowlists, rules that are switched off; toml: where in the file things stand
//! allow     one allowlist, and whether it lets a finding pass
//! rule      a project's own rules, with what they find in a text
//! ignore    `.gitleaksignore`: fingerprints
//! report    a JSON report as a baseline
//! pattern   Go's regular expressions in Rust
//! ```

mod allow;
mod config;
mod ignore;
pub(crate) mod pattern;
mod report;
mod rule;
#[cfg(test)]
mod tests;
mod toml;

pub use allow::{Allowed, Candidate};
pub use config::Config;
pub use ignore::Ignore;
pub use report::Report;
pub use rule::{CustomRule, Hit};

/// What aliases of gitleaks' rules begin with.
const ALIAS: &str = "gitleaks:";

/// The rules of gitleaks that a finding answers to: `gitleaks:github-pat` and `github-pat` are the same.
fn is_rule(aliases: &[&str], id: &str) -> bool {
    aliases.iter().any(|alias| alias.strip_prefix(ALIAS).unwrap_or(alias) == id)
}
