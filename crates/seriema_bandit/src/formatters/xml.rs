//! XML in the manner of JUnit, as Python's `ElementTree` writes it.

use crate::catalog::documentation_url;
use crate::report::Report;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = String::from("<?xml version='1.0' encoding='utf-8'?>\n");
    let open = format!("<testsuite name=\"bandit\" tests=\"{}\"", report.entries.len());
    out.push_str(&open);
    if report.entries.is_empty() {
        return out + " />";
    }
    out.push('>');
    for issue in report.entries.iter().map(|entry| entry.issue) {
        let text = format!(
            "Test ID: {} Severity: {} Confidence: {}\nCWE: {}\n{}\nLocation {}:{}",
            issue.test_id,
            issue.severity.as_str(),
            issue.confidence.as_str(),
            issue.cwe,
            issue.text,
            issue.filename,
            issue.line
        );
        out.push_str(&format!(
            "<testcase classname=\"{}\" name=\"{}\"><error more_info=\"{}\" type=\"{}\" message=\"{}\">{}</error></testcase>",
            attribute(&issue.filename),
            attribute(issue.test),
            attribute(&documentation_url(&issue.test_id)),
            issue.severity.as_str(),
            attribute(&issue.text),
            content(&text),
        ));
    }
    out + "</testsuite>"
}

fn content(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn attribute(text: &str) -> String {
    content(text).replace('"', "&quot;").replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#09;")
}
