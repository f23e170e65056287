//! JUnit XML, as read by Jenkins, GitLab, Azure and others: a suite for each file, a failed case for each finding, an
//! error for each thing that was not analysed.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use seriema_finding::{Diagnostic, Finding};

use crate::Report;
use crate::model::{place, place_of};
use crate::{diff, visible};

/// Columns of a line of a fix.
const DIFF_WIDTH: usize = 160;

enum Outcome<'a> {
    Failed(&'a Finding),
    Skipped(&'a Finding),
    Error(&'a Diagnostic),
    Passed,
}

struct Case<'a> {
    name: String,
    path: &'a str,
    line: Option<u32>,
    outcome: Outcome<'a>,
}

/// Writes the report. A run without findings holds one case that passed, as a report without any is taken for a
/// failure by some readers.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let of_finding = |finding: &&Finding| format!("{} ({})", finding.rule.slug, place_of(&finding.location));
    cases.extend(report.findings.iter().map(|finding| Case {
        name: of_finding(finding),
        path: &finding.location.path,
        line: finding.location.cell.is_none().then_some(finding.location.start.line),
        outcome: Outcome::Failed(finding),
    }));
    cases.extend(report.suppressed.iter().map(|finding| Case {
        name: of_finding(finding),
        path: &finding.location.path,
        line: finding.location.cell.is_none().then_some(finding.location.start.line),
        outcome: Outcome::Skipped(finding),
    }));
    cases.extend(report.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_incomplete()).map(|diagnostic| {
        Case {
            name: format!(
                "{} ({})",
                diagnostic.kind.as_str(),
                place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column)
            ),
            path: &diagnostic.path,
            line: diagnostic.line,
            outcome: Outcome::Error(diagnostic),
        }
    }));
    if report.findings.is_empty() && report.is_complete() {
        let name = format!("no findings in {} files", report.summary.files_read);
        cases.push(Case { name, path: "", line: None, outcome: Outcome::Passed });
    }
    cases.sort_by(|a, b| a.path.cmp(b.path));

    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", crate::TOOL));
    counts(&mut root, &cases);
    xml.write_event(Event::Start(root))?;
    for group in cases.chunk_by(|a, b| a.path == b.path) {
        let mut suite = BytesStart::new("testsuite");
        let path = group.first().map(|case| case.path).unwrap_or_default();
        let name = visible::line(if path.is_empty() { crate::TOOL } else { path });
        suite.push_attribute(("name", &*name));
        counts(&mut suite, group);
        xml.write_event(Event::Start(suite))?;
        for case in group {
            write_case(case, &mut xml)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.get_mut())
}

fn counts(element: &mut BytesStart<'_>, cases: &[Case<'_>]) {
    let count = |matches: fn(&Outcome<'_>) -> bool| cases.iter().filter(|c| matches(&c.outcome)).count().to_string();
    element.push_attribute(("tests", &*cases.len().to_string()));
    element.push_attribute(("failures", &*count(|outcome| matches!(outcome, Outcome::Failed(_)))));
    element.push_attribute(("errors", &*count(|outcome| matches!(outcome, Outcome::Error(_)))));
    element.push_attribute(("skipped", &*count(|outcome| matches!(outcome, Outcome::Skipped(_)))));
    // Readers want a time; a true one would differ from run to run.
    element.push_attribute(("time", "0"));
}

fn write_case(case: &Case<'_>, xml: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("name", &*case.name));
    let class = match case.outcome {
        Outcome::Failed(finding) | Outcome::Skipped(finding) => format!("seriema.{}", finding.rule.slug),
        Outcome::Error(diagnostic) => format!("seriema.not-analysed.{}", diagnostic.kind.as_str()),
        Outcome::Passed => "seriema".to_owned(),
    };
    element.push_attribute(("classname", &*class));
    if !case.path.is_empty() {
        element.push_attribute(("file", &*visible::line(case.path)));
    }
    if let Some(line) = case.line {
        element.push_attribute(("line", &*line.to_string()));
    }
    element.push_attribute(("time", "0"));
    let (tag, message, kind, text) = match case.outcome {
        Outcome::Passed => return xml.write_event(Event::Empty(element)),
        Outcome::Failed(finding) => {
            ("failure", finding.message.as_str(), finding.severity.as_str(), Some(details(finding)))
        }
        Outcome::Error(diagnostic) => ("error", diagnostic.message.as_str(), diagnostic.kind.as_str(), None),
        Outcome::Skipped(finding) => {
            let reason = finding.suppression.as_ref().map(|suppression| suppression.reason.as_str());
            ("skipped", reason.filter(|reason| !reason.is_empty()).unwrap_or("suppressed without a reason"), "", None)
        }
    };
    xml.write_event(Event::Start(element))?;
    let mut inner = BytesStart::new(tag);
    inner.push_attribute(("message", &*visible::line(message)));
    if !kind.is_empty() {
        inner.push_attribute(("type", kind));
    }
    match text {
        None => xml.write_event(Event::Empty(inner))?,
        Some(text) => {
            xml.write_event(Event::Start(inner))?;
            xml.write_event(Event::Text(BytesText::new(&visible::block(&text))))?;
            xml.write_event(Event::End(BytesEnd::new(tag)))?;
        }
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn details(finding: &Finding) -> String {
    let mut out = format!("{}: {}\n", place_of(&finding.location), visible::line(&finding.message));
    out.push_str(&format!("{} severity, {} confidence", finding.severity, finding.confidence));
    for cwe in finding.cwes() {
        out.push_str(&format!(", {cwe}"));
    }
    for (title, text) in [("Impact", &finding.impact), ("Fix", &finding.remedy)] {
        out.push_str(&format!("\n\n{title}:\n{text}"));
    }
    if let Some(fix) = &finding.fix {
        out.push_str(&format!("\n\n{}:\n{}", fix.title, diff::unified(fix, &finding.snippet, DIFF_WIDTH).join("\n")));
    }
    out.push('\n');
    out
}
