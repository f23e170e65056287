//! SARIF 2.1.0, with the properties in the order in which Bandit's library writes them.

use super::json::metrics;
use super::tree::Tree;
use crate::catalog::{BANDIT_VERSION, documentation_url};
use crate::issue::{Issue, Level};
use crate::report::Report;

/// SARIF shows this many lines whatever the command line says.
pub(crate) const CONTEXT_LINES: i64 = 3;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut rules: Vec<(&str, Tree)> = Vec::new();
    let mut results = Vec::new();
    for issue in report.entries.iter().map(|entry| entry.issue) {
        let index = match rules.iter().position(|(id, _)| *id == issue.test_id) {
            Some(index) => index,
            None => {
                rules.push((&issue.test_id, rule(issue)));
                rules.len() - 1
            }
        };
        results.push(result(issue, index));
    }
    let mut driver = vec![("name", Tree::text("Bandit")), ("organization", Tree::text("PyCQA"))];
    if !rules.is_empty() {
        driver.push(("rules", Tree::List(rules.into_iter().map(|(_, rule)| rule).collect())));
    }
    driver.push(("version", Tree::text(BANDIT_VERSION)));
    driver.push(("semanticVersion", Tree::text(BANDIT_VERSION)));
    let mut invocation =
        vec![("executionSuccessful", Tree::Bool(true)), ("endTimeUtc", Tree::Text(report.generated_at()))];
    if !report.skipped.is_empty() {
        let notifications = report.skipped.iter().map(|(name, reason)| {
            Tree::map([
                ("message", message(reason)),
                ("level", Tree::text("error")),
                ("locations", location(vec![artifact(name)])),
            ])
        });
        invocation.push(("toolConfigurationNotifications", Tree::List(notifications.collect())));
    }
    let run = Tree::map([
        ("tool", Tree::map([("driver", map(driver))])),
        ("invocations", Tree::List(vec![map(invocation)])),
        ("properties", Tree::map([("metrics", metrics(report))])),
        ("results", Tree::List(results)),
    ]);
    let log = Tree::map([
        ("runs", Tree::List(vec![run])),
        ("version", Tree::text("2.1.0")),
        ("$schema", Tree::text("https://json.schemastore.org/sarif-2.1.0.json")),
    ]);
    log.to_json()
}

fn map(entries: Vec<(&str, Tree)>) -> Tree {
    Tree::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn message(text: &str) -> Tree {
    Tree::map([("text", Tree::text(text))])
}

fn location(physical: Vec<(&str, Tree)>) -> Tree {
    Tree::List(vec![Tree::map([("physicalLocation", map(physical))])])
}

fn artifact(name: &str) -> (&'static str, Tree) {
    ("artifactLocation", Tree::map([("uri", Tree::Text(to_uri(name)))]))
}

fn rule(issue: &Issue) -> Tree {
    let cwe = if issue.cwe.0 == 0 { "None".to_owned() } else { issue.cwe.0.to_string() };
    let tags = vec![Tree::text("security"), Tree::Text(format!("external/cwe/cwe-{cwe}"))];
    Tree::map([
        ("id", Tree::text(&*issue.test_id)),
        ("name", Tree::text(issue.test)),
        (
            "properties",
            Tree::map([
                ("tags", Tree::List(tags)),
                ("precision", Tree::Text(issue.confidence.as_str().to_lowercase())),
            ]),
        ),
        ("helpUri", Tree::Text(documentation_url(&issue.test_id))),
    ])
}

fn result(issue: &Issue, rule_index: usize) -> Tree {
    let mut result = vec![("message", message(&issue.text))];
    // A warning is what SARIF takes for granted.
    match issue.severity {
        Level::High => result.push(("level", Tree::text("error"))),
        Level::Low => result.push(("level", Tree::text("note"))),
        Level::Medium | Level::Undefined => {}
    }
    result.push(("locations", location(physical_location(issue))));
    result.push((
        "properties",
        Tree::map([
            ("issue_confidence", Tree::text(issue.confidence.as_str())),
            ("issue_severity", Tree::text(issue.severity.as_str())),
        ]),
    ));
    result.push(("ruleId", Tree::text(&*issue.test_id)));
    result.push(("ruleIndex", Tree::Int(u64::try_from(rule_index).unwrap_or(0))));
    map(result)
}

fn physical_location(issue: &Issue) -> Vec<(&'static str, Tree)> {
    let (first, last) = issue.lines;
    // Bandit ends the region on the range's second line, however many it has.
    let end = if last > first { first + 1 } else { first };
    let mut region = Vec::new();
    if let Some(snippet) = first_line(issue) {
        region.push(("snippet", message(snippet)));
    }
    region.push(("endColumn", Tree::Int(u64::from(issue.end_column) + 1)));
    region.push(("endLine", Tree::Int(u64::from(end))));
    region.push(("startColumn", Tree::Int(u64::from(issue.column) + 1)));
    region.push(("startLine", Tree::Int(u64::from(first))));
    let mut physical = vec![("region", map(region)), artifact(&issue.filename)];
    if let Some((start, _)) = issue.code.first() {
        let count = u32::try_from(issue.code.len()).unwrap_or(u32::MAX);
        let text: String = issue.code.iter().map(|(_, text)| text.as_str()).collect();
        physical.push((
            "contextRegion",
            Tree::map([
                ("snippet", message(&text)),
                ("endLine", Tree::Int(u64::from(start + count - 1))),
                ("startLine", Tree::Int(u64::from(*start))),
            ]),
        ));
    }
    physical
}

/// The code on the first line of the issue's range. Where the code shown starts behind that line, Python counts from
/// the end.
fn first_line(issue: &Issue) -> Option<&str> {
    let start = i64::from(issue.code.first()?.0);
    let offset = i64::from(issue.lines.0) - start;
    let length = i64::try_from(issue.code.len()).ok()?;
    let index = if offset < 0 { offset + length } else { offset };
    issue.code.get(usize::try_from(index).ok()?).map(|(_, text)| text.as_str())
}

/// A path as URI: relative ones stay relative, without `.` parts.
fn to_uri(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
    let relative = if parts.peek().is_none() { ".".to_owned() } else { parts.collect::<Vec<_>>().join("/") };
    if path.starts_with('/') { format!("file:///{}", percent_encoded(&relative)) } else { percent_encoded(&relative) }
}

fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::to_uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(to_uri("./a/./b c.py"), "a/b%20c.py");
        assert_eq!(to_uri("/tmp/é.py"), "file:///tmp/%C3%A9.py");
        assert_eq!(to_uri("<stdin>"), "%3Cstdin%3E");
    }
}
