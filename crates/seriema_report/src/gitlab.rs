//! GitLab's Code Quality report: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use serde_json::{Value, json};
use seriema_finding::{Diagnostic, Finding, Fingerprint, FingerprintBuilder, Severity};

use crate::Report;
use crate::json_text::{self, Each};
use crate::{diff, md, visible};

/// Columns of a line of a fix.
const DIFF_WIDTH: usize = 160;

/// Writes the report: a list of findings, and of what was not analysed.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    enum Item<'a> {
        Finding(&'a Finding),
        Diagnostic(&'a Diagnostic, Fingerprint),
    }
    let mut prints = FingerprintBuilder::default();
    let diagnostics = report.diagnostics.iter().map(|diagnostic| {
        let print = prints.next("not-analysed", &diagnostic.path, Some(diagnostic.kind.as_str()), &diagnostic.message);
        Item::Diagnostic(diagnostic, print)
    });
    let items: Vec<Item<'_>> = report.findings.iter().map(|f| Item::Finding(f)).chain(diagnostics).collect();
    let each = Each(&items, |item: &Item<'_>| match item {
        Item::Finding(finding) => finding_value(finding),
        Item::Diagnostic(diagnostic, print) => diagnostic_value(diagnostic, *print),
    });
    json_text::write(&each, out)
}

fn finding_value(finding: &Finding) -> Value {
    let location = &finding.location;
    let mut description = visible::line(&finding.message).into_owned();
    if let Some(cell) = location.cell {
        description.push_str(&format!(" (cell {cell})"));
    }
    let mut body = format!("{}\n\n## Fix\n\n{}", md::blocks(&finding.impact), md::blocks(&finding.remedy));
    if let Some(fix) = &finding.fix {
        let lines = diff::unified(fix, &finding.snippet, DIFF_WIDTH).join("\n");
        body.push_str(&format!("\n\n{}:\n\n~~~diff\n{lines}\n~~~", md::inline(&fix.title)));
    }
    json!({
        "type": "issue",
        "check_name": finding.rule.slug,
        "description": description,
        "content": { "body": visible::block(&body) },
        "categories": ["Security"],
        "severity": match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        },
        "fingerprint": finding.fingerprint.to_string(),
        "location": {
            "path": location.path,
            "lines": { "begin": location.start.line.max(1), "end": location.end.line.max(1) },
        },
    })
}

fn diagnostic_value(diagnostic: &Diagnostic, print: Fingerprint) -> Value {
    let kind = diagnostic.kind.as_str();
    let what = if diagnostic.kind.is_incomplete() { "Not analysed" } else { "Configuration" };
    json!({
        "type": "issue",
        "check_name": format!("not-analysed/{kind}"),
        "description": visible::line(&format!("{what} ({kind}): {}", diagnostic.message)),
        "categories": ["Security"],
        "severity": if diagnostic.kind.is_incomplete() { "major" } else { "info" },
        "fingerprint": print.to_string(),
        "location": { "path": diagnostic.path, "lines": { "begin": diagnostic.line.unwrap_or(1).max(1) } },
    })
}
