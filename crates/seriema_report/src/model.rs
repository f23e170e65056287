//! What a report says, before it is written in some format.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use seriema_finding::{
    Diagnostic, DiagnosticKind, Finding, FingerprintBuilder, Owasp2021, Owasp2025, Package, Persona, Rule, Severity,
};

/// Findings that were made but are not shown, by what hides them. Suppressed ones are no part of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Made for a persona above the chosen one, counted under the persona that they are made for.
    pub by_persona: BTreeMap<Persona, usize>,
    /// Below the severity asked for.
    pub by_severity: usize,
    /// Below the confidence asked for.
    pub by_confidence: usize,
    /// Known from the baseline.
    pub by_baseline: usize,
}

impl Hidden {
    /// All that are hidden.
    #[must_use]
    pub fn total(&self) -> usize {
        self.by_persona.values().sum::<usize>() + self.by_severity + self.by_confidence + self.by_baseline
    }
}

/// How far data was followed through the whole program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Files that it was followed through.
    pub files: usize,
    /// Functions, bodies of modules and classes among them.
    pub functions: usize,
    /// Functions that are called from outside.
    pub entries: usize,
    /// Calls of functions of the project.
    pub resolved: u64,
    /// Calls of libraries.
    pub external: u64,
    /// Calls of which nobody knows what they call.
    pub unresolved: u64,
    /// Functions that a bound cut short: path, line, name.
    pub bounded: Vec<(Arc<str>, u32, String)>,
    /// Functions that were not done when the last round was over.
    pub unsettled: usize,
    /// Frameworks that no model knows.
    pub without_model: Vec<String>,
    /// Who the attacker was taken to be: `web`, `library`, `cli` or `all`.
    pub threat_model: &'static str,
}

/// What was looked at, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were read and analysed, wholly or in part.
    pub files_read: usize,
    /// Files that were found and left out: excluded, or unreadable.
    pub files_skipped: usize,
    /// Lines in the files that were read.
    pub lines: u64,
    /// The persona the report is made for.
    pub persona: Persona,
    /// What is not shown.
    pub hidden: Hidden,
    /// How far data was followed; none where that was not asked for.
    pub flow: Option<Followed>,
    /// How long it took. Only the terminal shows it: in the other formats the same input gives the same bytes.
    pub duration: Option<Duration>,
}

/// Everything that a renderer may say. Renderers keep the order of the lists and drop nothing.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Seriema's version, as in `0.1.0`.
    pub tool_version: &'a str,
    /// What was audited, as the user would name it. Only the terminal shows it: it differs between machines.
    pub root: &'a str,
    /// What is reported: filtered, sorted by [`Finding::sort_key`], none of them suppressed.
    pub findings: Vec<&'a Finding>,
    /// What is suppressed, in the same order.
    pub suppressed: Vec<&'a Finding>,
    /// What could not be analysed, and what is odd about the configuration, sorted.
    pub diagnostics: &'a [Diagnostic],
    /// The numbers.
    pub summary: Summary,
    /// The rules that ran, sorted by slug.
    pub rules: Vec<&'static Rule>,
    /// What the manifests name, when dependencies were audited.
    pub dependencies: Option<&'a [Package]>,
    /// The project's name, where its manifests say one.
    pub project: Option<&'a str>,
    /// When the report is made, for the formats that say so (RFC 3339, UTC). None in all but reproducible builds, which set a
    /// time: the same input gives the same bytes.
    pub created: Option<&'a str>,
}

/// The time in reports of formats that need one when none is known.
pub(crate) const EPOCH: &str = "1970-01-01T00:00:00Z";

/// A number in the form of a UUID of version 8 (RFC 9562), which leaves its content to the application.
pub(crate) fn uuid(bits: u128) -> String {
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// A UUID that is made of what a document says.
pub(crate) fn uuid_of(document: &serde_json::Value) -> String {
    uuid(FingerprintBuilder::default().next("document", "", None, &document.to_string()).0)
}

impl<'a> Report<'a> {
    /// How many findings there are of each severity, the worst first; zeros included.
    #[must_use]
    pub fn counts(&self) -> Vec<(Severity, usize)> {
        Severity::ALL
            .iter()
            .rev()
            .map(|level| (*level, self.findings.iter().filter(|finding| finding.severity == *level).count()))
            .collect()
    }

    /// How many findings each rule has, the worst and then the most frequent first, with their highest severity.
    #[must_use]
    pub fn counts_by_rule(&self) -> Vec<(&'static Rule, Severity, usize)> {
        let mut rules: BTreeMap<&str, (&'static Rule, Severity, usize)> = BTreeMap::new();
        for finding in &self.findings {
            let entry = rules.entry(finding.rule.slug).or_insert((finding.rule, finding.severity, 0));
            entry.1 = entry.1.max(finding.severity);
            entry.2 += 1;
        }
        let mut counts: Vec<_> = rules.into_values().collect();
        counts.sort_by_key(|(rule, severity, count)| (Reverse(*severity), Reverse(*count), rule.slug));
        counts
    }

    /// How many files have findings.
    #[must_use]
    pub fn files_with_findings(&self) -> usize {
        self.findings.iter().map(|finding| &*finding.location.path).collect::<BTreeSet<_>>().len()
    }

    /// Whether everything was analysed. When not, "no findings" does not mean "clean".
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.diagnostics.iter().any(|diagnostic| diagnostic.kind.is_incomplete())
    }

    /// The diagnostics of each kind that has any.
    pub(crate) fn diagnostics_by_kind(&self) -> BTreeMap<DiagnosticKind, Vec<&'a Diagnostic>> {
        let mut kinds: BTreeMap<DiagnosticKind, Vec<&'a Diagnostic>> = BTreeMap::new();
        for diagnostic in self.diagnostics {
            kinds.entry(diagnostic.kind).or_default().push(diagnostic);
        }
        kinds
    }

    /// Every rule that ran or has a finding, once, in the order of slugs.
    pub(crate) fn all_rules(&self) -> Vec<&'static Rule> {
        let found = self.findings.iter().chain(&self.suppressed).map(|finding| finding.rule);
        let rules: BTreeMap<&str, &'static Rule> =
            self.rules.iter().copied().chain(found).map(|rule| (rule.slug, rule)).collect();
        rules.into_values().collect()
    }
}

/// The categories of 2021 that a finding's weaknesses belong to, the most specific weakness' first.
pub(crate) fn owasp_2021(finding: &Finding) -> Vec<Owasp2021> {
    distinct(finding.cwes().filter_map(seriema_finding::Cwe::owasp_2021))
}

/// The categories of 2025 that a finding's weaknesses belong to, the most specific weakness' first.
pub(crate) fn owasp_2025(finding: &Finding) -> Vec<Owasp2025> {
    distinct(finding.cwes().filter_map(seriema_finding::Cwe::owasp_2025))
}

/// The items without repetitions, in their order.
pub(crate) fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}

/// `1 finding`, `2 findings`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `app.py:3:7`, `book.ipynb:cell 2:3:7`, with nothing in it that acts on a terminal.
pub(crate) fn place(path: &str, cell: Option<u32>, line: Option<u32>, column: Option<u32>) -> String {
    let mut out = crate::visible::line(if path.is_empty() { "." } else { path }).into_owned();
    if let Some(cell) = cell {
        out.push_str(&format!(":cell {cell}"));
    }
    if let Some(line) = line {
        out.push_str(&format!(":{line}"));
        if let Some(column) = column {
            out.push_str(&format!(":{column}"));
        }
    }
    out
}

/// [`place`] of a finding's or flow step's first character.
pub(crate) fn place_of(location: &seriema_finding::Location) -> String {
    place(&location.path, location.cell, Some(location.start.line), Some(location.start.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 12, 999, 1000, 1_320_000].map(grouped).join(" "), "0 12 999 1,000 1,320,000");
        assert_eq!((plural(1, "file"), plural(0, "file")), ("1 file".to_owned(), "0 files".to_owned()));
    }
}
