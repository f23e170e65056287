//! Detectors with what a project says is known: baselines, allowlists, ignore files and rules of its own.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use seriema_finding::{Confidence, Severity};

use crate::baseline::{Baseline, Located, ReadError, Settings};
use crate::line::Lines;
use crate::scan::{Secret, scan};
use crate::{Detectors, Value, gitleaks};

/// What looks for secrets in a project.
#[derive(Debug)]
pub struct Scanner {
    detectors: Arc<Detectors>,
    baseline: Option<Baseline>,
    settings: Settings,
    config: Option<gitleaks::Config>,
    ignore: Option<gitleaks::Ignore>,
    report: Option<gitleaks::Report>,
    /// A hash of the texts that it was told.
    name: u64,
}

/// What came of a text.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Its secrets, in order.
    pub secrets: Vec<Secret>,
    /// How many more are known: by a baseline, a report or an ignore file.
    pub known: usize,
}

/// What the project says of a secret.
enum Said {
    Nothing,
    /// It is none, or not looked for.
    Excluded,
    /// It is one that somebody has seen.
    Known,
}

impl Scanner {
    /// One with the detectors that come with the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::with_detectors(Arc::clone(Detectors::embedded()))
    }

    /// One with these detectors.
    #[must_use]
    pub fn with_detectors(detectors: Arc<Detectors>) -> Self {
        Self {
            detectors,
            baseline: None,
            settings: Settings::default(),
            config: None,
            ignore: None,
            report: None,
            name: 0,
        }
    }

    /// Holds what a baseline says: its entries are known, and the filters of detect-secrets' are honoured.
    ///
    /// # Errors
    /// When a filter of it cannot be honoured.
    pub fn with_baseline(self, baseline: Baseline) -> Result<Self, ReadError> {
        let settled = self.with_settings(&baseline)?;
        Ok(Self { baseline: Some(baseline), ..settled })
    }

    /// Honours the filters of a baseline without taking its entries for known: to write it anew. Our own have none.
    ///
    /// # Errors
    /// When a filter of it cannot be honoured.
    pub fn with_settings(mut self, baseline: &Baseline) -> Result<Self, ReadError> {
        if let Baseline::DetectSecrets(theirs) = baseline {
            self.settings = Settings::of(theirs)?;
        }
        Ok(self)
    }

    /// Honours a configuration of gitleaks.
    #[must_use]
    pub fn with_config(mut self, config: gitleaks::Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Honours a `.gitleaksignore`.
    #[must_use]
    pub fn with_ignore(mut self, ignore: gitleaks::Ignore) -> Self {
        self.ignore = Some(ignore);
        self
    }

    /// Takes what stands in a report of gitleaks for known.
    #[must_use]
    pub fn with_report(mut self, report: gitleaks::Report) -> Self {
        self.report = Some(report);
        self
    }

    /// Its detectors.
    #[must_use]
    pub fn detectors(&self) -> &Arc<Detectors> {
        &self.detectors
    }

    /// A number that changes with what it was told: its detectors and the texts of [`Self::told`].
    #[must_use]
    pub fn name(&self) -> u64 {
        self.name ^ self.detectors().name().rotate_left(1)
    }

    /// Notes the text of a baseline or configuration that it was given.
    #[must_use]
    pub fn told(mut self, text: &str) -> Self {
        self.name = FxBuildHasher.hash_one((self.name, text));
        self
    }

    /// The secrets in a text that nothing says are known. `commit` is the one whose text it is, absent for files as they
    /// are.
    #[must_use]
    pub fn scan(&self, path: &str, text: &str, commit: Option<&str>) -> Scan {
        if self.settings.excludes_file(path) {
            return Scan::default();
        }
        let mut found = scan(self.detectors(), path, text);
        if let Some(config) = &self.config {
            self.own_rules(config, path, text, &mut found);
        }
        let mut known = 0;
        found.retain(|secret| match self.said(path, text, commit, secret) {
            Said::Nothing => true,
            Said::Excluded => false,
            Said::Known => {
                known += 1;
                false
            }
        });
        Scan { secrets: found, known }
    }

    fn own_rules(&self, config: &gitleaks::Config, path: &str, text: &str, found: &mut Vec<Secret>) {
        let hits = config.find(path, text);
        if hits.is_empty() {
            return;
        }
        let lines = Lines::of(text);
        for (rule, hit) in hits {
            let Some(value) = text.get(hit.secret.clone()).filter(|value| !value.is_empty()) else { continue };
            if found.iter().any(|known| known.range.start < hit.secret.end && hit.secret.start < known.range.end) {
                continue;
            }
            let name = if rule.description.is_empty() { &rule.id } else { &rule.description };
            found.push(Secret {
                detector: rule.id.clone(),
                name: name.clone(),
                provider: config.file().to_owned(),
                severity: Severity::High,
                confidence: Confidence::Medium,
                line: lines.number(hit.secret.start),
                value: Value::new(value),
                range: hit.secret,
                revoke: String::new(),
            });
        }
        found.sort_by_key(|secret| secret.range.start);
    }

    fn said(&self, path: &str, text: &str, commit: Option<&str>, secret: &Secret) -> Said {
        let line = line_of(text, secret);
        if self.settings.excludes_line(line) || self.settings.excludes_secret(secret.value.reveal()) {
            return Said::Excluded;
        }
        let located = Located { path, text, secret };
        let in_baseline = self.baseline.as_ref().is_some_and(|baseline| baseline.knows(&located));
        let rules = self.rules(secret);
        let in_report = || self.report.as_ref().is_some_and(|report| report.knows(&located, &rules));
        let is_ignored =
            || self.ignore.as_ref().is_some_and(|ignore| ignore.ignores(path, commit, &rules, secret.line));
        let is_allowed = || {
            let value = secret.value.reveal();
            let candidate = gitleaks::Candidate { path, commit, rules: &rules, secret: value, matched: line, line };
            self.config.as_ref().is_some_and(|config| config.allows(&candidate).is_some())
        };
        if in_baseline || in_report() || is_ignored() {
            Said::Known
        } else if is_allowed() {
            Said::Excluded
        } else {
            Said::Nothing
        }
    }

    /// The names under which others know what found a secret.
    fn rules<'s>(&'s self, secret: &'s Secret) -> Vec<&'s str> {
        let mut rules = vec![secret.detector.as_str()];
        if self.config.is_some() || self.ignore.is_some() || self.report.is_some() {
            let detector = self.detectors().all().iter().find(|detector| detector.id == secret.detector);
            rules.extend(detector.into_iter().flat_map(|detector| detector.aliases.iter().map(String::as_str)));
            if secret.provider.is_empty() {
                rules.push("gitleaks:generic-api-key");
            }
        }
        rules
    }
}

/// The line that a secret begins on.
fn line_of<'t>(text: &'t str, secret: &Secret) -> &'t str {
    let start = text[..secret.range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[secret.range.start..].find('\n').map_or(text.len(), |at| secret.range.start + at);
    &text[start..end]
}
