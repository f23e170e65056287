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
    /// How many are below the severity or confidence asked for.
    pub below: usize,
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
        if finding.severity < settings.severity || finding.confidence < settings.confidence {
            shown.below += usize::from(finding.persona <= settings.persona);
        } else if finding.persona > settings.persona {
            *shown.by_persona.entry(finding.persona).or_default() += usize::from(finding.suppression.is_none());
        } else if finding.suppression.is_some() {
            shown.suppressed.push(finding);
        } else {
            shown.findings.push(finding);
        }
    }
    shown
}
