//! Files of advisories as they are written. Read when the program is built (`build.rs`), and by tests.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::raw::Raw;

/// `advisories/PACKAGE.toml`: a package and what is known of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) package: String,
    /// Top-level import names, where they differ from the package's name.
    #[serde(default)]
    pub(crate) imports: Vec<String>,
    /// Whether it is run by its command rather than imported.
    #[serde(default)]
    pub(crate) command: bool,
    pub(crate) advisory: Vec<toml::Spanned<Raw>>,
}

/// `imports.toml`: distributions with their import names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imports {
    pub(crate) imports: BTreeMap<String, Vec<String>>,
}
