//! SARIF 2.1.0, the format of code scanning services and editors:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
//!
//! The report follows what GitHub makes of it: <https://docs.github.com/code-security/reference/code-scanning>.

mod result;
mod rule;

use std::collections::BTreeMap;
use std::io::{self, Write};

use percent::path_uri;
use serde::Serialize;
use serde_json::{Value, json};
use seriema_finding::{Diagnostic, DiagnosticKind, Finding, Rule, Severity};

use crate::json_text::{self, Each};
use crate::{Report, json, visible};

/// The name that stands for the project's root; the same that CodeQL uses.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<R: Serialize> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [R; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<A: Serialize, B: Serialize> {
    tool: Tool<A>,
    invocations: [Value; 1],
    original_uri_base_ids: Value,
    column_kind: &'static str,
    results: B,
    properties: Value,
}

#[derive(Serialize)]
struct Tool<A: Serialize> {
    driver: Driver<A>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<A: Serialize> {
    name: &'static str,
    organization: &'static str,
    version: String,
    semantic_version: String,
    information_uri: &'static str,
    rules: A,
}

/// Writes the report.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = report.all_rules();
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(index, rule)| (rule.slug, index)).collect();
    // A result without the property may or may not be suppressed; an empty one says that it is not.
    let with_suppressions = !report.suppressed.is_empty();
    let results: Vec<&Finding> = report.findings.iter().chain(&report.suppressed).copied().collect();
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: crate::TOOL,
                    organization: crate::TOOL,
                    version: report.tool_version.to_owned(),
                    semantic_version: report.tool_version.to_owned(),
                    information_uri: crate::HOMEPAGE,
                    rules: Each(&rules, |rule: &&'static Rule| rule::value(rule)),
                },
            },
            invocations: [invocation(report)],
            original_uri_base_ids: json!({ ROOT: { "description": { "text": "The root of the audited project." } } }),
            column_kind: "utf16CodeUnits",
            results: Each(&results, |finding: &&Finding| {
                result::value(finding, index.get(finding.rule.slug).copied(), with_suppressions)
            }),
            properties: json::summary(report),
        }],
    };
    json_text::write(&log, out)
}

/// SARIF's three levels.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn invocation(report: &Report<'_>) -> Value {
    let is_config = |diagnostic: &&Diagnostic| diagnostic.kind == DiagnosticKind::Config;
    let (config, execution): (Vec<_>, Vec<_>) = report.diagnostics.iter().partition(is_config);
    json!({
        // Files that can not be parsed are the project's; only a failure of the analysis itself is the tool's.
        "executionSuccessful": !execution.iter().any(|diagnostic| diagnostic.kind == DiagnosticKind::Internal),
        "toolExecutionNotifications": execution.into_iter().map(notification).collect::<Vec<_>>(),
        "toolConfigurationNotifications": config.into_iter().map(notification).collect::<Vec<_>>(),
    })
}

fn notification(diagnostic: &Diagnostic) -> Value {
    let mut location = json!({ "artifactLocation": artifact(&diagnostic.path) });
    if let Some(line) = diagnostic.line {
        let mut region = json!({ "startLine": line.max(1) });
        if let Some(column) = diagnostic.column {
            region["startColumn"] = column.max(1).into();
        }
        location["region"] = region;
    }
    let mut place = json!({ "physicalLocation": location });
    if let Some(cell) = diagnostic.cell {
        place["message"] = json!({ "text": format!("cell {cell}") });
        place["properties"] = json!({ "cell": cell });
    }
    json!({
        "level": if diagnostic.kind.is_incomplete() { "error" } else { "warning" },
        "descriptor": { "id": diagnostic.kind.as_str() },
        "message": { "text": message_text(&diagnostic.message) },
        "locations": [place],
    })
}

fn artifact(path: &str) -> Value {
    let uri = path_uri(path);
    if uri.starts_with("file:") { json!({ "uri": uri }) } else { json!({ "uri": uri, "uriBaseId": ROOT }) }
}

/// A plain-text message. SARIF gives `[text](target)` a meaning even there (3.11.6), which source text must not have.
fn message_text(text: &str) -> String {
    visible::line(text).replace("](", "] (")
}

/// Paths as URIs (RFC 3986).
mod percent {
    use std::fmt::Write as _;

    /// A relative path as a relative reference, an absolute one as a `file` URI.
    pub(super) fn path_uri(path: &str) -> String {
        let mut out = String::with_capacity(path.len() + 8);
        let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
        if drive {
            out.push_str("file:///");
        } else if path.starts_with('/') {
            out.push_str("file://");
        }
        for byte in path.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte.into()),
                // In the first segment of a relative reference a colon would end a scheme: always escaped.
                // Writing to a string does not fail.
                _ => drop(write!(out, "%{byte:02X}")),
            }
        }
        if out.is_empty() { ".".to_owned() } else { out }
    }

    #[cfg(test)]
    mod tests {
        use super::path_uri;

        #[test]
        fn paths_become_uris() {
            assert_eq!(path_uri("src/my app/ü#1.py"), "src/my%20app/%C3%BC%231.py");
            assert_eq!(path_uri("a:b.py"), "a%3Ab.py");
            assert_eq!(path_uri("../x.py"), "../x.py");
            assert_eq!(path_uri("/tmp/100%.py"), "file:///tmp/100%25.py");
            assert_eq!(path_uri("C:/x.py"), "file:///C%3A/x.py");
        }
    }
}
