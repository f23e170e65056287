//! An advisory as it is written and kept. Read when the program is built, too (`build.rs`).

use serde::{Deserialize, Serialize};

/// An advisory.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Specifiers (PEP 440); any of them.
    pub(crate) affected: Vec<String>,
    #[serde(default)]
    pub(crate) cvss: Option<String>,
    /// In words, where there is no vector.
    #[serde(default)]
    pub(crate) severity: Option<String>,
    #[serde(default)]
    pub(crate) cwes: Vec<String>,
    pub(crate) published: String,
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) symbols: Vec<String>,
}
