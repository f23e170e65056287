//! What an audit is asked for.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use seriema_finding::Finding;
use seriema_flow::{Options, OwnModel, Threat};
use seriema_secrets::Scanner;
use seriema_workspace::{Config, ConfigTree};

use crate::Cache;

/// Settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configurations of the project and its parts.
    pub tree: ConfigTree,
    /// Today, by which suppressions expire.
    pub today: Date,
    /// Whether rules look at code.
    pub code: bool,
    /// What looks for secrets in all files; none looks for none.
    pub secrets: Option<Arc<Scanner>>,
    /// Whether data is followed through the whole program.
    pub flow: bool,
    /// Who the attacker is taken to be; none leaves it to what the project looks like.
    pub threat: Option<Threat>,
    /// Whether the process ends after the audit: what was built for it is not taken apart then.
    pub once: bool,
    /// Models of the project's own.
    pub models: Vec<OwnModel>,
    /// Where what was found out of files is kept between runs; none keeps nothing.
    pub cache: Option<Cache>,
}

impl Settings {
    /// How data is followed.
    pub(crate) fn flow_options(&self) -> Options {
        Options { models: self.models.clone(), threat: self.threat, once: self.once }
    }

    /// The configuration of a file and its place in the tree.
    pub(crate) fn of(&self, file: &Path) -> (usize, &Config) {
        let config = self.tree.of(file);
        let index = self.tree.all().iter().position(|known| std::ptr::eq(known, config)).unwrap_or(0);
        (index, config)
    }
}

/// Whether a configuration's selection (not its thresholds) takes a finding.
pub(crate) fn selects(config: &Config, finding: &Finding) -> bool {
    (config.select.value.is_empty() || config.select.values().any(|selector| finding.matches(selector)))
        && !config.ignore.values().any(|selector| finding.matches(selector))
}
