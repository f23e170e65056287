//! How packages get into a project, as findings: what `seriema_deps` raises about manifests, given its rules.

use std::borrow::Cow;

use seriema_deps::supply::Risk;
use seriema_program::text_size::{TextRange, TextSize};
use seriema_rules::RawFinding;

/// The findings of what is raised about one manifest.
pub(crate) fn raw(risks: Vec<Risk>) -> impl Iterator<Item = RawFinding> {
    risks.into_iter().map(|risk| {
        let rule = seriema_rules::rule(risk.rule).unwrap_or_else(|| unreachable!("{} is a rule", risk.rule));
        let offset = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let range = TextRange::new(offset(risk.range.start), offset(risk.range.end));
        RawFinding {
            severity: risk.severity,
            confidence: risk.confidence,
            persona: risk.persona,
            remedy: risk.remedy.map(Cow::Owned),
            ..RawFinding::new(rule, range, risk.message)
        }
    })
}
