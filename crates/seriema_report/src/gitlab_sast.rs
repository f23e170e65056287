//! GitLab's security report for static analysis, version 15.2.1 of its schema:
//! <https://gitlab.com/gitlab-org/security-products/security-report-schemas>.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};
use seriema_finding::{Alias, Finding, FlowStep, Severity, Tool};

use crate::Report;
use crate::json_text::{self, Each};
use crate::model::{owasp_2021, owasp_2025, place, uuid};
use crate::{diff, md, visible};

/// The schema's version.
const VERSION: &str = "15.2.1";
const SCHEMA: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.1/dist/sast-report-format.json";

/// The schema asks for the times of the scan; the same input has to give the same bytes, so they are the epoch's.
const TIME: &str = "1970-01-01T00:00:00";

/// Bounds of the schema, and GitLab's own on identifiers, in characters and items.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 100_000;
const MAX_SOLUTION: usize = 7000;
const MAX_IDENTIFIERS: usize = 20;
/// Columns of a line of a fix.
const DIFF_WIDTH: usize = 160;

#[derive(Serialize)]
struct Document<A: Serialize> {
    version: &'static str,
    schema: &'static str,
    scan: Value,
    vulnerabilities: A,
}

/// Writes the report.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tool = json!({
        "id": "seriema",
        "name": crate::TOOL,
        "url": crate::HOMEPAGE,
        "vendor": { "name": crate::TOOL },
        "version": report.tool_version,
    });
    let messages: Vec<Value> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let at = place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column);
            let text = format!("{at}: {}: {}", diagnostic.kind.as_str(), diagnostic.message);
            let level = if diagnostic.kind.is_incomplete() { "warn" } else { "info" };
            json!({ "level": level, "value": visible::line(&text) })
        })
        .collect();
    let document = Document {
        version: VERSION,
        schema: SCHEMA,
        scan: json!({
            "analyzer": tool.clone(),
            "scanner": tool,
            "type": "sast",
            "status": "success",
            "start_time": TIME,
            "end_time": TIME,
            "messages": messages,
        }),
        vulnerabilities: Each(&report.findings, |finding: &&Finding| vulnerability(finding)),
    };
    json_text::write(&document, out)
}

fn vulnerability(finding: &Finding) -> Value {
    let location = &finding.location;
    let mut message = visible::line(&finding.message).into_owned();
    if let Some(cell) = location.cell {
        message.push_str(&format!(" (cell {cell})"));
    }
    let mut description = format!("{}\n\n{}", md::inline(&message), md::blocks(&finding.description));
    for (title, text) in [("Impact", &finding.impact), ("Proof of concept", &finding.proof_of_concept)] {
        if !text.trim().is_empty() {
            description.push_str(&format!("\n\n## {title}\n\n{}", md::blocks(text)));
        }
    }
    let mut solution = String::new();
    if let Some(fix) = &finding.fix {
        let lines = diff::unified(fix, &finding.snippet, DIFF_WIDTH).join("\n");
        solution.push_str(&format!("{}:\n\n~~~diff\n{lines}\n~~~\n\n", md::inline(&fix.title)));
    }
    solution.push_str(&md::blocks(&finding.remedy));

    let mut value = json!({
        "id": uuid(finding.fingerprint.0),
        "name": cut(finding.rule.title(), MAX_NAME),
        "description": cut(&visible::block(&description), MAX_DESCRIPTION),
        "severity": match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        },
        "solution": cut(&visible::block(&solution), MAX_SOLUTION),
        "identifiers": identifiers(finding),
        "links": finding.cwes().map(|cwe| json!({
            "name": format!("{cwe} {}", cwe.name()).trim_end(),
            "url": cwe.url(),
        })).collect::<Vec<_>>(),
        "location": {
            "file": location.path,
            "start_line": location.start.line.max(1),
            "end_line": location.end.line.max(1),
        },
    });
    if let Some(function) = &location.function
        && let Some(place) = value.get_mut("location")
    {
        match function.rsplit_once('.') {
            Some((class, method)) => {
                place["class"] = class.into();
                place["method"] = method.into();
            }
            None => place["method"] = (&**function).into(),
        }
    }
    if !finding.flow.is_empty() {
        value["details"] = json!({
            "flow": { "name": "Data flow", "type": "code-flows", "items": [flow(&finding.flow)] },
        });
    }
    value
}

/// The first one is what GitLab knows the kind of finding by: our rule. The types of the others are those that
/// GitLab's own analyzers use.
fn identifiers(finding: &Finding) -> Vec<Value> {
    let slug = finding.rule.slug;
    let mut out = vec![json!({ "type": "seriema_rule", "name": format!("Seriema {slug}"), "value": slug })];
    out.extend(
        finding
            .cwes()
            .map(|cwe| json!({ "type": "cwe", "name": cwe.to_string(), "value": cwe.0.to_string(), "url": cwe.url() })),
    );
    let owasp =
        |code: &str, title: &str| json!({ "type": "owasp", "name": format!("{code} - {title}"), "value": code });
    out.extend(owasp_2021(finding).into_iter().map(|category| owasp(category.code(), category.title())));
    out.extend(owasp_2025(finding).into_iter().map(|category| owasp(category.code(), category.title())));
    out.extend(finding.codes.iter().map(|code| match Alias(code).tool() {
        Tool::Bandit => json!({ "type": "bandit_test_id", "name": format!("Bandit Test ID {code}"), "value": code }),
        Tool::Ruff => json!({ "type": "ruff_rule_id", "name": format!("Ruff rule {code}"), "value": code }),
        Tool::Detector => json!({ "type": "seriema_detector", "name": format!("Detector {code}"), "value": code }),
    }));
    out.truncate(MAX_IDENTIFIERS);
    out
}

fn flow(steps: &[FlowStep]) -> Vec<Value> {
    let last = steps.len().saturating_sub(1);
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let kind = match index {
                _ if index == last => "sink",
                0 => "source",
                _ => "propagation",
            };
            json!({
                "type": "code-flow-node",
                "node_type": kind,
                "file_location": {
                    "type": "file-location",
                    "file_name": step.location.path,
                    "line_start": step.location.start.line.max(1),
                    "line_end": step.location.end.line.max(1),
                },
            })
        })
        .collect()
}

/// At most `max` characters.
fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
