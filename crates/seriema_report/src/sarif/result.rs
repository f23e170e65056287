//! A finding as a `result` (3.27).

use std::borrow::Cow;

use serde_json::{Value, json};
use seriema_finding::{Alias, Applicability, Finding, Location, Snippet, Tool};

use super::{artifact, level, message_text};
use crate::json::{MAX_LINE, suppression_kind};
use crate::model::{owasp_2021, owasp_2025};
use crate::{md, visible};

pub(super) fn value(finding: &Finding, rule_index: Option<usize>, with_suppressions: bool) -> Value {
    let mut out = json!({ "ruleId": finding.rule.slug });
    if let Some(index) = rule_index {
        out["ruleIndex"] = index.into();
    }
    out["level"] = level(finding.severity).into();
    out["message"] = json!({ "text": message_text(&finding.message), "markdown": markdown(finding) });
    out["locations"] = json!([location(&finding.location, Some(&finding.snippet))]);
    out["partialFingerprints"] = json!({ "seriema/v1": finding.fingerprint.to_string() });
    if !finding.flow.is_empty() {
        out["codeFlows"] = json!([{ "threadFlows": [{ "locations": flow(finding) }] }]);
    }
    if !finding.also.is_empty() {
        out["relatedLocations"] = finding.also.iter().map(|other| location(other, None)).collect();
    }
    if let Some(fix) = fix(finding) {
        out["fixes"] = json!([fix]);
    }
    if with_suppressions {
        let suppressions = finding.suppression.as_ref().map(|suppression| {
            let mut value = json!({ "kind": suppression_kind(suppression.kind), "status": "accepted" });
            if !suppression.reason.is_empty() {
                value["justification"] = suppression.reason.as_str().into();
            }
            value
        });
        out["suppressions"] = suppressions.into_iter().collect();
    }
    out["properties"] = properties(finding);
    out
}

fn properties(finding: &Finding) -> Value {
    let mut out = json!({
        "severity": finding.severity.as_str(),
        "confidence": finding.confidence.as_str(),
        "persona": finding.persona.as_str(),
    });
    let code = |tool: Tool| finding.codes.iter().copied().find(|code| Alias(code).tool() == tool);
    if let Some(code) = code(Tool::Ruff) {
        out["ruff"] = code.into();
    }
    if let Some(code) = code(Tool::Detector) {
        out["detector"] = code.into();
    }
    if let Some(commit) = &finding.commit {
        out["commit"] = crate::json::commit(commit);
    }
    if let Some(code) = code(Tool::Bandit) {
        out["bandit"] = code.into();
    }
    out["cwe"] = finding.cwes().map(|cwe| cwe.to_string()).collect();
    out["owasp"] = owasp_2021(finding)
        .into_iter()
        .map(|category| category.code())
        .chain(owasp_2025(finding).into_iter().map(|category| category.code()))
        .collect();
    if let Some(cell) = finding.location.cell {
        out["cell"] = cell.into();
    }
    out
}

/// The message, and what the finding knows better than its rule's page, which stands with the rule.
fn markdown(finding: &Finding) -> String {
    let mut out = md::inline(&finding.message);
    let sections = [
        ("What it is", &finding.description),
        ("Why it matters", &finding.impact),
        ("Proof of concept", &finding.proof_of_concept),
        ("How to fix it", &finding.remedy),
    ];
    for (title, text) in sections {
        if matches!(text, Cow::Owned(_)) && !text.trim().is_empty() {
            out.push_str(&format!("\n\n**{title}**\n\n{}", md::blocks(text)));
        }
    }
    out
}

fn location(location: &Location, snippet: Option<&Snippet>) -> Value {
    let mut region = json!({
        "startLine": location.start.line.max(1),
        "startColumn": location.start.column_utf16.max(1),
        "endLine": location.end.line.max(1),
        "endColumn": location.end.column_utf16.max(1),
    });
    let mut physical = json!({ "artifactLocation": artifact(&location.path) });
    if let Some(snippet) = snippet {
        if let Some(text) = text_of(location, snippet) {
            region["snippet"] = json!({ "text": text });
        }
        if let Some(context) = context(location, snippet) {
            physical["contextRegion"] = context;
        }
    }
    physical["region"] = region;
    let mut out = json!({ "physicalLocation": physical });
    if let Some(function) = &location.function {
        let name = function.rsplit('.').next().unwrap_or(function);
        out["logicalLocations"] = json!([{ "name": name, "fullyQualifiedName": function }]);
    }
    if let Some(cell) = location.cell {
        // Lines are those of the cell: SARIF has no word for cells.
        out["message"] = json!({ "text": format!("cell {cell}") });
        out["properties"] = json!({ "cell": cell });
    }
    out
}

/// The source text of the region, where the snippet holds all of it and it is of a sensible size.
fn text_of(location: &Location, snippet: &Snippet) -> Option<String> {
    let index = |line: u32| usize::try_from(line.checked_sub(snippet.first_line)?).ok();
    let (first, last) = (index(location.start.line)?, index(location.end.line)?);
    let lines = snippet.lines.get(first..=last)?;
    let column = |column: u32| usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    let mut out = String::new();
    for (offset, line) in lines.iter().enumerate() {
        let skip = if offset == 0 { column(location.start.column) } else { 0 };
        let end = if first + offset == last { column(location.end.column) } else { usize::MAX };
        if offset > 0 {
            out.push('\n');
        }
        out.extend(line.chars().skip(skip).take(end.saturating_sub(skip).min(MAX_LINE + 1)));
        if out.len() > MAX_LINE * 4 {
            return None;
        }
    }
    Some(out).filter(|text| !text.is_empty())
}

/// The lines around the region. SARIF wants a context that is larger than the region.
fn context(location: &Location, snippet: &Snippet) -> Option<Value> {
    let last = snippet.first_line.checked_add(u32::try_from(snippet.lines.len()).ok()?)?.checked_sub(1)?;
    let holds = snippet.first_line <= location.start.line && location.end.line <= last && snippet.first_line > 0;
    let short = snippet.lines.iter().all(|line| line.len() <= MAX_LINE);
    (holds && short && !snippet.lines.is_empty()).then(|| {
        let mut text = snippet.lines.join("\n");
        text.push('\n');
        json!({ "startLine": snippet.first_line, "endLine": last, "snippet": { "text": text } })
    })
}

fn flow(finding: &Finding) -> Vec<Value> {
    let last = finding.flow.len().saturating_sub(1);
    finding
        .flow
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let mut place = location(&step.location, None);
            place["message"] = json!({ "text": message_text(&step.message) });
            let importance = if index == 0 || index == last { "essential" } else { "important" };
            json!({ "location": place, "importance": importance })
        })
        .collect()
}

/// The edit, where a tool may apply it: not a sketch, and not in a notebook, whose cells are no lines of the file.
fn fix(finding: &Finding) -> Option<Value> {
    let fix =
        finding.fix.as_ref().filter(|fix| fix.applicability != Applicability::Display && !fix.edits.is_empty())?;
    if finding.location.cell.is_some() {
        return None;
    }
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "deletedRegion": {
                    "startLine": edit.start.line.max(1),
                    "startColumn": edit.start.column_utf16.max(1),
                    "endLine": edit.end.line.max(1),
                    "endColumn": edit.end.column_utf16.max(1),
                },
                "insertedContent": { "text": edit.content },
            })
        })
        .collect();
    Some(json!({
        "description": { "text": visible::line(&fix.title) },
        "artifactChanges": [{
            "artifactLocation": artifact(&finding.location.path),
            "replacements": replacements,
        }],
        "properties": { "applicability": fix.applicability },
    }))
}
