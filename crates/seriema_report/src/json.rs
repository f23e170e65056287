//! The JSON report: everything there is to say, by the schema in `schema/report.schema.json`.
//!
//! The report holds no time, duration, machine name or absolute path, so that the same project gives the same bytes.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};
use seriema_finding::{Cwe, Diagnostic, Edit, Finding, Location, Position, Rule, Snippet, SuppressionKind};

use crate::Report;
use crate::json_text::{self, Each};
use crate::model::{owasp_2021, owasp_2025};

/// Version of the schema: the first number changes when a reader has to change.
pub const SCHEMA_VERSION: &str = "1.0";

/// Characters of a source line that are kept. Longer ones are cut and end in `…`: a finding in a line of megabytes
/// must not make a report of gigabytes.
pub(crate) const MAX_LINE: usize = 2000;

#[derive(Serialize)]
struct Document<A: Serialize, B: Serialize, C: Serialize> {
    schema_version: &'static str,
    tool: Value,
    summary: Value,
    findings: A,
    suppressed: B,
    diagnostics: Vec<Value>,
    rules: C,
}

/// Writes the JSON report.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: json!({ "name": crate::TOOL, "version": report.tool_version, "url": crate::HOMEPAGE }),
        summary: summary(report),
        findings: Each(&report.findings, |finding: &&Finding| finding_value(finding)),
        suppressed: Each(&report.suppressed, |finding: &&Finding| finding_value(finding)),
        diagnostics: report.diagnostics.iter().map(diagnostic_value).collect(),
        rules: Each(&report.rules, |rule: &&'static Rule| rule_value(rule)),
    };
    json_text::write(&document, out)
}

/// The numbers of a report that are the same on every machine.
pub(crate) fn summary(report: &Report<'_>) -> Value {
    let counts: Map<String, Value> =
        report.counts().into_iter().map(|(level, count)| (level.as_str().to_owned(), count.into())).collect();
    let hidden = &report.summary.hidden;
    let by_persona: Map<String, Value> =
        hidden.by_persona.iter().map(|(persona, count)| (persona.as_str().to_owned(), (*count).into())).collect();
    json!({
        "complete": report.is_complete(),
        "findings": report.findings.len(),
        "by_severity": counts,
        "suppressed": report.suppressed.len(),
        "hidden": {
            "by_persona": by_persona,
            "by_severity": hidden.by_severity,
            "by_confidence": hidden.by_confidence,
            "by_baseline": hidden.by_baseline,
        },
        "files_read": report.summary.files_read,
        "files_skipped": report.summary.files_skipped,
        "lines": report.summary.lines,
        "rules": report.rules.len(),
        "persona": report.summary.persona.as_str(),
    })
}

fn finding_value(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.slug,
        "title": finding.rule.title(),
        "family": finding.rule.family.as_str(),
        "codes": finding.codes,
        "severity": finding.severity.as_str(),
        "confidence": finding.confidence.as_str(),
        "persona": finding.persona.as_str(),
        "cwe": finding.cwes().map(cwe_value).collect::<Vec<_>>(),
        "owasp_2021": owasp_2021(finding).iter().map(|c| category(c.code(), c.title())).collect::<Vec<_>>(),
        "owasp_2025": owasp_2025(finding).iter().map(|c| category(c.code(), c.title())).collect::<Vec<_>>(),
        "message": finding.message,
        "description": finding.description,
        "impact": finding.impact,
        "proof_of_concept": finding.proof_of_concept,
        "remedy": finding.remedy,
        "fix": finding.fix.as_ref().map(|fix| json!({
            "title": fix.title,
            "applicability": fix.applicability,
            "edits": fix.edits.iter().map(edit_value).collect::<Vec<_>>(),
        })),
        "location": location_value(&finding.location),
        "flow": finding.flow.iter().map(|step| json!({
            "location": location_value(&step.location),
            "message": step.message,
        })).collect::<Vec<_>>(),
        "snippet": snippet_value(&finding.snippet),
        "fingerprint": finding.fingerprint.to_string(),
        "suppression": finding.suppression.as_ref().map(|suppression| json!({
            "kind": suppression_kind(suppression.kind),
            "reason": suppression.reason,
        })),
    })
}

pub(crate) const fn suppression_kind(kind: SuppressionKind) -> &'static str {
    match kind {
        SuppressionKind::InSource => "inSource",
        SuppressionKind::External => "external",
    }
}

fn cwe_value(cwe: Cwe) -> Value {
    json!({ "id": cwe.to_string(), "name": cwe.name(), "url": cwe.url() })
}

fn category(code: &str, title: &str) -> Value {
    json!({ "code": code, "title": title })
}

fn position_value(position: &Position) -> Value {
    json!({
        "line": position.line,
        "column": position.column,
        "column_utf16": position.column_utf16,
        "offset": position.offset,
    })
}

fn edit_value(edit: &Edit) -> Value {
    json!({
        "start": position_value(&edit.start),
        "end": position_value(&edit.end),
        "content": edit.content,
    })
}

fn location_value(location: &Location) -> Value {
    json!({
        "path": location.path,
        "start": position_value(&location.start),
        "end": position_value(&location.end),
        "cell": location.cell,
        "function": location.function,
    })
}

fn snippet_value(snippet: &Snippet) -> Value {
    let lines: Vec<_> = snippet.lines.iter().map(|line| cut_line(line)).collect();
    json!({ "first_line": snippet.first_line, "lines": lines })
}

/// The line, cut to [`MAX_LINE`] characters.
pub(crate) fn cut_line(line: &str) -> std::borrow::Cow<'_, str> {
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()).into(),
        None => line.into(),
    }
}

fn diagnostic_value(diagnostic: &Diagnostic) -> Value {
    json!({
        "kind": diagnostic.kind.as_str(),
        "incomplete": diagnostic.kind.is_incomplete(),
        "path": diagnostic.path,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "cell": diagnostic.cell,
        "message": diagnostic.message,
    })
}

fn rule_value(rule: &'static Rule) -> Value {
    json!({
        "slug": rule.slug,
        "title": rule.title(),
        "family": rule.family.as_str(),
        "severity": rule.severity.as_str(),
        "confidence": rule.confidence.as_str(),
        "cwe": rule.cwe.iter().copied().map(cwe_value).collect::<Vec<_>>(),
        "aliases": rule.aliases,
    })
}
