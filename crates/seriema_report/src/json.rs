//! The JSON report: everything there is to say, by the schema in `schema/report.schema.json`.
//!
//! The report holds no time, duration, machine name or absolute path, so that the same project gives the same bytes.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use seriema_finding::{
    Applicability, Commit, Cwe, Diagnostic, DiagnosticKind, Edit, Finding, Fix, Location, Package, PackageOrigin,
    Place, Position, Reach, Rule, Snippet, Suppression, SuppressionKind, Vulnerability,
};

use crate::json_text::{self, Each};
use crate::model::{Followed, owasp_2021, owasp_2025};
use crate::{Report, uri};

/// Version of the schema: the first number changes when a reader has to change.
pub const SCHEMA_VERSION: &str = "1.0";

/// Characters of a source line that are kept. Longer ones are cut and end in `…`: a finding in a line of megabytes
/// must not make a report of gigabytes.
pub(crate) const MAX_LINE: usize = 2000;

#[derive(Serialize)]
struct Document<A: Serialize, B: Serialize, C: Serialize, D: Serialize> {
    schema_version: &'static str,
    tool: Value,
    summary: Value,
    findings: A,
    suppressed: B,
    diagnostics: C,
    rules: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependencies: Option<Vec<Value>>,
}

pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: json!({ "name": crate::TOOL, "version": report.tool_version, "url": crate::HOMEPAGE }),
        summary: summary(report),
        findings: Each(report.findings.iter().copied(), FindingOut::new),
        suppressed: Each(report.suppressed.iter().copied(), FindingOut::new),
        diagnostics: Each(report.diagnostics, DiagnosticOut::new),
        rules: Each(report.rules.iter().copied(), RuleOut::new),
        dependencies: report.dependencies.map(|packages| packages.iter().map(package).collect()),
    };
    json_text::write(&document, out)
}

/// A package, in the fields that pip-audit has and some more.
fn package(package: &Package) -> Value {
    json!({
        "name": package.name,
        "version": package.version,
        "allowed": package.allowed,
        "purl": uri::purl(package),
        "path": package.path,
        "line": package.line,
        "direct": package.is_direct,
        "brought_by": package.brought_by,
        "requires": package.requires,
        "extras": package.extras,
        "group": package.group,
        "origin": origin(&package.origin),
        "hashed": package.is_hashed,
        "vulns": package.vulnerabilities.iter().map(vulnerability).collect::<Vec<_>>(),
    })
}

fn origin(origin: &PackageOrigin) -> Value {
    match origin {
        PackageOrigin::Index => json!({ "kind": "index" }),
        PackageOrigin::NamedIndex(url) => json!({ "kind": "index", "url": url }),
        PackageOrigin::Vcs { url, commit } => json!({ "kind": "vcs", "url": url, "commit": commit }),
        PackageOrigin::Url(url) => json!({ "kind": "url", "url": url }),
        PackageOrigin::Path(path) => json!({ "kind": "path", "path": path }),
        PackageOrigin::Conda(channel) => json!({ "kind": "conda", "channel": channel }),
    }
}

fn vulnerability(known: &Vulnerability) -> Value {
    let decimal = |number: f32, digits: i32| {
        let unit = 10_f64.powi(digits);
        (f64::from(number) * unit).round() / unit
    };
    json!({
        "id": known.id,
        "aliases": known.aliases,
        "fix_versions": known.fixed_in,
        "description": known.summary,
        "severity": known.severity.as_str(),
        "score": known.score.map(|score| decimal(score, 1)),
        "vector": known.vector,
        "cwe": known.weaknesses,
        "url": known.url,
        "published": known.published,
        "epss": known.epss.map(|epss| decimal(epss, 5)),
        "exploited": known.is_exploited,
        "malicious": known.is_malicious,
        "symbols": known.symbols,
        "reach": known.reach.as_ref().map(reach),
    })
}

/// How far the project's code comes towards what is vulnerable.
fn reach(reach: &Reach) -> Value {
    let place = |place: &Place| json!({ "path": place.path, "line": place.line, "text": place.text });
    match reach {
        Reach::NotImported => json!({ "kind": "not-imported" }),
        Reach::Imported(at) => json!({ "kind": "imported", "at": place(at) }),
        Reach::NotUsed(at) => json!({ "kind": "not-used", "at": place(at) }),
        Reach::Used { symbol, steps } => {
            json!({ "kind": "used", "symbol": symbol, "steps": steps.iter().map(place).collect::<Vec<_>>() })
        }
    }
}

/// The numbers of a report that are the same on every machine.
pub(crate) fn summary(report: &Report<'_>) -> Value {
    let counts: Map<String, Value> =
        report.counts().into_iter().map(|(level, count)| (level.as_str().to_owned(), count.into())).collect();
    let hidden = &report.summary.hidden;
    let by_persona: Map<String, Value> =
        hidden.by_persona.iter().map(|(persona, count)| (persona.as_str().to_owned(), (*count).into())).collect();
    let mut out = json!({
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
    });
    if let Some(flow) = &report.summary.flow {
        out["flow"] = followed(flow);
    }
    out
}

fn followed(flow: &Followed) -> Value {
    let place =
        |(path, line, function): &(Arc<str>, u32, String)| json!({ "path": path, "line": line, "function": function });
    json!({
        "files": flow.files,
        "functions": flow.functions,
        "entries": flow.entries,
        "calls": { "resolved": flow.resolved, "external": flow.external, "unresolved": flow.unresolved },
        "bounded": flow.bounded.iter().map(place).collect::<Vec<_>>(),
        "unsettled": flow.unsettled,
        "threat_model": flow.threat_model,
        "without_model": flow.without_model,
    })
}

#[derive(Serialize)]
struct FindingOut<'a> {
    rule: &'static str,
    title: &'static str,
    family: &'static str,
    codes: &'static [&'static str],
    severity: &'static str,
    confidence: &'static str,
    persona: &'static str,
    cwe: Vec<CweOut>,
    owasp_2021: Vec<Category>,
    owasp_2025: Vec<Category>,
    message: &'a str,
    description: &'a str,
    impact: &'a str,
    proof_of_concept: &'a str,
    remedy: &'a str,
    fix: Option<FixOut<'a>>,
    location: LocationOut<'a>,
    flow: Vec<StepOut<'a>>,
    snippet: SnippetOut<'a>,
    fingerprint: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<LocationOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Value>,
    suppression: Option<SuppressionOut<'a>>,
}

impl<'a> FindingOut<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule.slug,
            title: finding.rule.title(),
            family: finding.rule.family.as_str(),
            codes: finding.codes,
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            persona: finding.persona.as_str(),
            cwe: finding.cwes().map(CweOut::new).collect(),
            owasp_2021: owasp_2021(finding).iter().map(|c| Category { code: c.code(), title: c.title() }).collect(),
            owasp_2025: owasp_2025(finding).iter().map(|c| Category { code: c.code(), title: c.title() }).collect(),
            message: &finding.message,
            description: &finding.description,
            impact: &finding.impact,
            proof_of_concept: &finding.proof_of_concept,
            remedy: &finding.remedy,
            fix: finding.fix.as_ref().map(FixOut::new),
            location: LocationOut::new(&finding.location),
            flow: finding
                .flow
                .iter()
                .map(|step| StepOut { location: LocationOut::new(&step.location), message: &step.message })
                .collect(),
            snippet: SnippetOut::new(&finding.snippet),
            fingerprint: finding.fingerprint.to_string(),
            also: finding.also.iter().map(LocationOut::new).collect(),
            commit: finding.commit.as_ref().map(commit),
            suppression: finding.suppression.as_ref().map(SuppressionOut::new),
        }
    }
}

/// The commit of a secret in a repository's history.
pub(crate) fn commit(commit: &Commit) -> Value {
    json!({ "id": commit.id, "author": commit.author, "date": commit.date, "in_head": commit.in_head })
}

#[derive(Serialize)]
struct CweOut {
    id: String,
    name: &'static str,
    url: String,
}

impl CweOut {
    fn new(cwe: Cwe) -> Self {
        Self { id: cwe.to_string(), name: cwe.name(), url: cwe.url() }
    }
}

#[derive(Serialize)]
struct Category {
    code: &'static str,
    title: &'static str,
}

#[derive(Serialize)]
struct FixOut<'a> {
    title: &'a str,
    applicability: Applicability,
    edits: Vec<EditOut<'a>>,
}

impl<'a> FixOut<'a> {
    fn new(fix: &'a Fix) -> Self {
        Self {
            title: &fix.title,
            applicability: fix.applicability,
            edits: fix.edits.iter().map(EditOut::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct EditOut<'a> {
    start: Position,
    end: Position,
    content: &'a str,
}

impl<'a> EditOut<'a> {
    fn new(edit: &'a Edit) -> Self {
        Self { start: edit.start, end: edit.end, content: &edit.content }
    }
}

/// Written out here, as fields that are absent in other places are `null` in the report.
#[derive(Serialize)]
struct LocationOut<'a> {
    path: &'a str,
    start: Position,
    end: Position,
    cell: Option<u32>,
    function: Option<&'a str>,
}

impl<'a> LocationOut<'a> {
    fn new(location: &'a Location) -> Self {
        Self {
            path: &location.path,
            start: location.start,
            end: location.end,
            cell: location.cell,
            function: location.function.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct StepOut<'a> {
    location: LocationOut<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct SnippetOut<'a> {
    first_line: u32,
    lines: Vec<Cow<'a, str>>,
}

impl<'a> SnippetOut<'a> {
    fn new(snippet: &'a Snippet) -> Self {
        Self { first_line: snippet.first_line, lines: snippet.lines.iter().map(|line| cut_line(line)).collect() }
    }
}

/// The line, cut to [`MAX_LINE`] characters.
fn cut_line(line: &str) -> Cow<'_, str> {
    if line.len() <= MAX_LINE {
        return line.into();
    }
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()).into(),
        None => line.into(),
    }
}

#[derive(Serialize)]
struct SuppressionOut<'a> {
    kind: &'static str,
    reason: &'a str,
}

impl<'a> SuppressionOut<'a> {
    fn new(suppression: &'a Suppression) -> Self {
        Self { kind: suppression_kind(suppression.kind), reason: &suppression.reason }
    }
}

/// SARIF's words for the two places of a suppression.
pub(crate) const fn suppression_kind(kind: SuppressionKind) -> &'static str {
    match kind {
        SuppressionKind::InSource => "inSource",
        SuppressionKind::External => "external",
    }
}

#[derive(Serialize)]
struct DiagnosticOut<'a> {
    kind: DiagnosticKind,
    incomplete: bool,
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    cell: Option<u32>,
    message: &'a str,
}

impl<'a> DiagnosticOut<'a> {
    fn new(diagnostic: &'a Diagnostic) -> Self {
        Self {
            kind: diagnostic.kind,
            incomplete: diagnostic.kind.is_incomplete(),
            path: &diagnostic.path,
            line: diagnostic.line,
            column: diagnostic.column,
            cell: diagnostic.cell,
            message: &diagnostic.message,
        }
    }
}

#[derive(Serialize)]
struct RuleOut {
    slug: &'static str,
    title: &'static str,
    family: &'static str,
    severity: &'static str,
    confidence: &'static str,
    cwe: Vec<CweOut>,
    aliases: &'static [&'static str],
}

impl RuleOut {
    fn new(rule: &'static Rule) -> Self {
        Self {
            slug: rule.slug,
            title: rule.title(),
            family: rule.family.as_str(),
            severity: rule.severity.as_str(),
            confidence: rule.confidence.as_str(),
            cwe: rule.cwe.iter().copied().map(CweOut::new).collect(),
            aliases: rule.aliases,
        }
    }
}
