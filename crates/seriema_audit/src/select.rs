//! What is shown of what was found.

use std::collections::BTreeMap;

use seriema_finding::{Finding, Persona};

use crate::{Audit, FileSettings};

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
pub fn select<'a>(audit: &'a Audit, groups: &[FileSettings]) -> Shown<'a> {
    let mut shown = Shown::default();
    for (group, finding) in &audit.findings {
        let Some(settings) = groups.get(*group) else { continue };
        if !settings.selects(finding) {
            continue;
        }
        let open = usize::from(finding.suppression.is_none());
        if finding.persona > settings.persona {
            *shown.by_persona.entry(finding.persona).or_default() += open;
        } else if finding.severity < settings.severity {
            shown.by_severity += open;
        } else if finding.confidence < settings.confidence {
            shown.by_confidence += open;
        } else if finding.suppression.is_some() {
            shown.suppressed.push(finding);
        } else {
            shown.findings.push(finding);
        }
    }
    shown
}
