//! Findings at one node that another node decides about.
//!
//! A literal (`"0.0.0.0"`, `"/tmp/x"`) or a value (`tempfile.mktemp()`) is met at one place, and what it is used for at
//! another, before or after it. Both report it at the same place, once.

use seriema_finding::{Persona, Rule};
use seriema_program::text_size::TextRange;

use crate::{Checker, RawFinding};

/// Findings looked through, last first: a bound for files with very many of them.
const MAX_FINDINGS: usize = 4_096;

/// Findings at earlier places that are looked through. Findings come nearly in the order of the text: behind so many
/// there is none at this place.
const MAX_EARLIER: usize = 512;

/// The finding of `rule` that starts where `range` does.
pub(crate) fn reported<'f>(cx: &'f mut Checker<'_, '_>, rule: &Rule, range: TextRange) -> Option<&'f mut RawFinding> {
    let mut earlier = 0;
    cx.findings()
        .iter_mut()
        .rev()
        .take(MAX_FINDINGS)
        .take_while(|finding| {
            earlier += usize::from(finding.range.start() < range.start());
            earlier < MAX_EARLIER
        })
        .find(|finding| finding.range.start() == range.start() && finding.rule == rule)
}

/// Reports a use of what stands at `range`: makes the auditors' finding there everyone's, or reports it in advance.
/// None when an earlier use was reported already.
pub(crate) fn report_use<'f>(
    cx: &'f mut Checker<'_, '_>,
    rule: &'static Rule,
    codes: &'static [&'static str],
    range: TextRange,
    message: String,
) -> Option<&'f mut RawFinding> {
    let persona = if cx.semantic.context.is_test { Persona::Pedantic } else { Persona::Regular };
    let known = reported(cx, rule, range).map(|finding| finding.persona);
    match known {
        Some(Persona::Auditor) => {
            let finding = reported(cx, rule, range)?;
            finding.persona = persona;
            finding.message = message;
            Some(finding)
        }
        Some(_) => None,
        None => {
            let inside = cx.semantic.statement().is_some_and(|statement| {
                use seriema_program::text_size::Ranged;
                statement.range().contains_range(range)
            });
            let finding = cx.report(rule, codes, range, message);
            if !inside {
                // The use is far away: a suppression belongs to the line that is reported.
                finding.statement = range;
            }
            Some(finding)
        }
    }
}
