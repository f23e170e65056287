//! Comma-separated values, as Python's `csv` writes them.

use crate::catalog::documentation_url;
use crate::report::Report;

const FIELDS: [&str; 12] = [
    "filename",
    "test_name",
    "test_id",
    "issue_severity",
    "issue_confidence",
    "issue_cwe",
    "issue_text",
    "line_number",
    "col_offset",
    "end_col_offset",
    "line_range",
    "more_info",
];

pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = FIELDS.join(",") + "\r\n";
    for issue in report.entries.iter().map(|entry| entry.issue) {
        let lines: Vec<String> = (issue.lines.0..=issue.lines.1).map(|line| line.to_string()).collect();
        let row = [
            issue.filename.to_string(),
            issue.test.to_owned(),
            issue.test_id.to_string(),
            issue.severity.as_str().to_owned(),
            issue.confidence.as_str().to_owned(),
            issue.cwe.link(),
            issue.text.to_string(),
            issue.line.to_string(),
            issue.column.to_string(),
            issue.end_column.to_string(),
            format!("[{}]", lines.join(", ")),
            documentation_url(&issue.test_id),
        ];
        out.push_str(&row.map(quoted).join(","));
        out.push_str("\r\n");
    }
    out
}

fn quoted(field: String) -> String {
    if field.contains([',', '"', '\r', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}
