//! GitHub's workflow commands, which annotate the lines of a pull request:
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::io::{self, Write};

use seriema_finding::{Finding, Severity};

use crate::Report;
use crate::visible;

/// Writes a command for each finding and each diagnostic.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        annotate(finding, out)?;
    }
    for diagnostic in report.diagnostics {
        let mut properties = vec![("file", property(&diagnostic.path))];
        if diagnostic.cell.is_none() {
            properties.extend(diagnostic.line.map(|line| ("line", line.to_string())));
            properties.extend(diagnostic.column.map(|column| ("col", column.to_string())));
        }
        let title = if diagnostic.kind.is_incomplete() { "not analysed" } else { "configuration" };
        properties.push(("title", property(&format!("seriema: {title} ({})", diagnostic.kind.as_str()))));
        command("warning", &properties, &visible::line(&diagnostic.message), out)?;
    }
    Ok(())
}

fn annotate(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let level = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let location = &finding.location;
    let mut properties = vec![("file", property(&location.path))];
    let mut message = visible::line(&finding.message).into_owned();
    if let Some(cell) = location.cell {
        // Lines of a cell are not lines of the notebook's file, where the annotation would be drawn.
        message.push_str(&format!("\nIn cell {cell}, line {}.", location.start.line));
    } else {
        properties.push(("line", location.start.line.to_string()));
        properties.push(("endLine", location.end.line.to_string()));
        // Columns are taken by GitHub only within one line.
        if location.start.line == location.end.line {
            properties.push(("col", location.start.column.to_string()));
            properties.push(("endColumn", location.end.column.to_string()));
        }
    }
    let title = format!("{}: {} ({})", finding.severity, finding.rule.title(), finding.rule.slug);
    properties.push(("title", property(&title)));
    if let Some(fix) = &finding.fix {
        message.push_str(&format!("\nFix: {}.", visible::line(fix.title.trim_end_matches('.'))));
    }
    message.push_str(&format!("\nMore: seriema explain {}", finding.rule.slug));
    command(level, &properties, &message, out)
}

fn command(level: &str, properties: &[(&str, String)], message: &str, out: &mut dyn Write) -> io::Result<()> {
    let properties: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    writeln!(out, "::{level} {}::{}", properties.join(","), data(message))
}

/// A message: the runner reads `%`, and a line end would start the next command.
fn data(text: &str) -> String {
    visible::block(text).replace('%', "%25").replace('\n', "%0A")
}

/// A property's value, which also ends at a comma or a colon.
fn property(text: &str) -> String {
    visible::line(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_not_end_its_command() {
        assert_eq!(property("a,line=1::b%\n"), "a%2Cline=1%3A%3Ab%25\\n");
        assert_eq!(data("100%\n::error::x\r"), "100%25%0A::error::x\\r");
    }
}
