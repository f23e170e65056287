//! Text for terminals and files.

use crate::catalog::documentation_url;
use crate::issue::{Issue, Level};
use crate::metrics::CRITERIA;
use crate::python::capitalize;
use crate::report::Report;

const RESET: &str = "\x1b[0m";
const HEADER: &str = "\x1b[95m";

/// The colour of a severity.
const fn colour(level: Level) -> &'static str {
    match level {
        Level::Undefined => RESET,
        Level::Low => "\x1b[94m",
        Level::Medium => "\x1b[93m",
        Level::High => "\x1b[91m",
    }
}

/// Nothing at all where there is nothing to show and that was asked for.
pub(super) fn render(report: &Report<'_>, coloured: bool) -> String {
    if report.quiet && report.entries.is_empty() {
        return String::new();
    }
    let header = |text: String| if coloured { format!("{HEADER}{text}{RESET}") } else { text };
    let mut lines = vec![header(format!("Run started:{}", report.started()))];
    if report.verbose {
        lines.push(header(format!("Files in scope ({}):", report.files.len())));
        for file in &report.files {
            let [severity, confidence] = file.scores;
            lines.push(format!("\t{} (score: {{SEVERITY: {severity}, CONFIDENCE: {confidence}}})", file.name));
        }
        lines.push(header(format!("Files excluded ({}):", report.excluded.len())));
        lines.extend(report.excluded.iter().map(|name| format!("\t{name}")));
    }
    lines.push(header("\nTest results:".to_owned()));
    results(report, coloured, &mut lines);
    lines.push(header("\nCode scanned:".to_owned()));
    lines.push(format!("\tTotal lines of code: {}", report.metrics.total("loc")));
    lines.push(format!("\tTotal lines skipped (#nosec): {}", report.metrics.total("nosec")));
    if !coloured {
        lines.push(format!(
            "\tTotal potential issues skipped due to specifically being disabled (e.g., #nosec BXXX): {}",
            report.metrics.total("skipped_tests")
        ));
    }
    lines.push(header("\nRun metrics:".to_owned()));
    for criterion in CRITERIA {
        lines.push(format!("\tTotal issues (by {}):", criterion.to_lowercase()));
        for rank in Level::ALL.map(Level::as_str) {
            let total = report.metrics.total(&format!("{criterion}.{rank}"));
            lines.push(format!("\t\t{}: {total}", capitalize(rank)));
        }
    }
    lines.push(header(format!("Files skipped ({}):", report.skipped.len())));
    lines.extend(report.skipped.iter().map(|(name, reason)| format!("\t{name} ({reason})")));
    lines.join("\n") + "\n"
}

fn results(report: &Report<'_>, coloured: bool, lines: &mut Vec<String>) {
    if report.entries.is_empty() {
        lines.push("\tNo issues identified.".to_owned());
    }
    for entry in &report.entries {
        if entry.candidates.len() <= 1 {
            issue(entry.issue, "", true, coloured, lines);
        } else {
            issue(entry.issue, "", false, coloured, lines);
            lines.push("\n-- Candidate Issues --".to_owned());
            for candidate in &entry.candidates {
                issue(candidate, "          ", true, coloured, lines);
                lines.push("\n".to_owned());
            }
        }
        lines.push("-".repeat(50));
    }
}

/// An issue; with its place and code unless it stands for several.
fn issue(issue: &Issue, indent: &str, with_place: bool, coloured: bool, lines: &mut Vec<String>) {
    let (paint, reset) = if coloured { (colour(issue.severity), RESET) } else { ("", "") };
    let (line, column) =
        if with_place { (issue.line.to_string(), issue.column.to_string()) } else { (String::new(), String::new()) };
    lines.push(format!("{indent}{paint}>> Issue: [{}:{}] {}", issue.test_id, issue.test, issue.text));
    lines.push(format!(
        "{indent}   Severity: {}   Confidence: {}",
        capitalize(issue.severity.as_str()),
        capitalize(issue.confidence.as_str())
    ));
    lines.push(format!("{indent}   CWE: {}", issue.cwe));
    lines.push(format!("{indent}   More Info: {}", documentation_url(&issue.test_id)));
    lines.push(format!("{indent}   Location: {}:{line}:{column}{reset}", issue.filename));
    if with_place {
        lines.extend(issue.code('\t').split('\n').map(|line| format!("{indent}{line}")));
    }
}
