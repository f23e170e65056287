//! Detector files as they are written. Read when the program is built, too (`build.rs`).

use serde::{Deserialize, Serialize};

use crate::needs::needs_run;

/// A file: a provider and what its secrets look like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) provider: String,
    pub(crate) revoke: String,
    #[serde(default)]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) detector: Vec<toml::Spanned<Raw>>,
}

/// A detector.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Raw {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    pub(crate) name: String,
    pub(crate) severity: String,
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) regex: Option<String>,
    #[serde(default)]
    pub(crate) names: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<String>,
    #[serde(default)]
    pub(crate) case: bool,
    #[serde(default)]
    pub(crate) near: Option<String>,
    #[serde(default)]
    pub(crate) paths: Option<String>,
    #[serde(default)]
    pub(crate) entropy: Option<f64>,
    #[serde(default)]
    pub(crate) stop: Vec<String>,
    #[serde(default, alias = "client_id")]
    pub(crate) client_id: bool,
    #[serde(default)]
    pub(crate) url_password: bool,
    #[serde(default)]
    pub(crate) checksum: Option<String>,
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    #[serde(default)]
    pub(crate) counterexamples: Vec<String>,
}

impl Raw {
    /// Whether it finds nothing where there is no run.
    pub(crate) fn needs_run(&self) -> bool {
        match (&self.regex, &self.value) {
            (Some(regex), _) => needs_run(regex),
            (None, Some(value)) => needs_run(&format!("({value})")),
            (None, None) => false,
        }
    }
}

/// What the program carries of a file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) provider: String,
    pub(crate) revoke: String,
    pub(crate) url: Option<String>,
    /// Each with what [`Raw::needs_run`] says of it.
    pub(crate) detectors: Vec<(Raw, bool)>,
}
