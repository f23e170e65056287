//! What is shown of what was found.

use std::collections::BTreeMap;

use seriema_finding::{Finding, Persona};

use crate::settings::selects;
use crate::{Audit, Settings};

/// The findings of an audit, divided by what becomes of them.
#[derive(Debug, Default)]
pub struct Shown<'a> {
    /// To report, in report order.
    pub findings: Vec<&'a Finding>,
    /// Suppressed, but otherwise to report.
    pub suppressed: Vec<&'a Finding>,
    /// How many more each later persona would see.
    pub by_persona: BTreeMap<Persona, usize>,
    /// How many are below the severity asked for.
    pub by_severity: usize,
    /// How many are below the confidence asked for.
    pub by_confidence: usize,
}

/// Applies persona, thresholds and selection.
#[must_use]
pub fn select<'a>(audit: &'a Audit, settings: &Settings) -> Shown<'a> {
    let mut shown = Shown::default();
    for (group, finding) in &audit.findings {
        let Some(config) = settings.tree.all().get(*group) else { continue };
        if !selects(config, finding) {
            continue;
        }
        let open = usize::from(finding.suppression.is_none());
        if finding.persona > config.persona.value {
            *shown.by_persona.entry(finding.persona).or_default() += open;
        } else if finding.severity < config.severity.value {
            shown.by_severity += open;
        } else if finding.confidence < config.confidence.value {
            shown.by_confidence += open;
        } else if finding.suppression.is_some() {
            shown.suppressed.push(finding);
        } else {
            shown.findings.push(finding);
        }
    }
    shown
}
