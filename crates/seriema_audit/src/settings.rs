//! What an audit is asked for.

use jiff::civil::Date;
use seriema_finding::{Confidence, Finding, Persona, Severity};
use seriema_workspace::PathPatterns;

/// Settings of a whole run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes above which a file is not read.
    pub max_file_size: u64,
    /// Today, by which suppressions expire.
    pub today: Date,
    /// Settings by the files' configuration; `for_file` picks one.
    pub groups: Vec<FileSettings>,
}

/// Settings of the files that share a configuration.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// Shown from the regular persona up to this one.
    pub persona: Persona,
    /// Shown from this severity up.
    pub severity: Severity,
    /// Shown from this confidence up.
    pub confidence: Confidence,
    /// Only what one of these names; everything when empty.
    pub select: Vec<String>,
    /// Nothing that one of these names.
    pub ignore: Vec<String>,
    /// What is ignored in some files.
    pub per_file_ignores: Vec<PerFileIgnore>,
    /// Whether a suppression without a reason is a finding.
    pub require_reason: bool,
}

/// Rules that are ignored in the files that match.
#[derive(Clone, Debug)]
pub struct PerFileIgnore {
    /// Which files.
    pub files: PathPatterns,
    /// Slugs, codes, CWEs, families.
    pub rules: Vec<String>,
    /// Why, for reports that show suppressed findings.
    pub reason: String,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self {
            persona: Persona::Regular,
            severity: Severity::Info,
            confidence: Confidence::Low,
            select: Vec::new(),
            ignore: Vec::new(),
            per_file_ignores: Vec::new(),
            require_reason: true,
        }
    }
}

impl FileSettings {
    /// Whether the selection (not the thresholds) takes a finding.
    pub(crate) fn selects(&self, finding: &Finding) -> bool {
        (self.select.is_empty() || self.select.iter().any(|selector| finding.matches(selector)))
            && !self.ignore.iter().any(|selector| finding.matches(selector))
    }
}
