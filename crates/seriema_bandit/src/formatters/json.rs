//! JSON.

use std::collections::BTreeMap;

use super::tree::Tree;
use crate::catalog::documentation_url;
use crate::issue::Issue;
use crate::metrics::Block;
use crate::report::Report;

pub(super) fn render(report: &Report<'_>) -> String {
    document(report).to_json()
}

/// The report as a tree, its keys in order. YAML is made of the same.
pub(super) fn document(report: &Report<'_>) -> Tree {
    let mut shared = LineRanges::default();
    let mut results: Vec<(&str, Tree)> = Vec::new();
    for entry in &report.entries {
        let mut result = shared.issue(entry.issue);
        result.push(("more_info".to_owned(), Tree::Text(documentation_url(&entry.issue.test_id))));
        if entry.candidates.len() > 1 {
            let candidates = entry.candidates.iter().map(|issue| Tree::Map(shared.issue(issue))).collect();
            result.push(("candidates".to_owned(), Tree::List(candidates)));
        }
        let key = if report.by_vulnerability { entry.issue.test } else { &*entry.issue.filename };
        results.push((key, Tree::Map(result)));
    }
    results.sort_by_key(|(key, _)| *key);
    let errors = report
        .skipped
        .iter()
        .map(|(name, reason)| Tree::map([("filename", Tree::text(name)), ("reason", Tree::text(reason))]));
    Tree::map([
        ("errors", Tree::List(errors.collect())),
        ("generated_at", Tree::Text(report.generated_at())),
        ("metrics", metrics(report)),
        ("results", Tree::List(results.into_iter().map(|(_, result)| result).collect())),
    ])
    .sorted()
}

/// All numbers, the sum first.
pub(super) fn metrics(report: &Report<'_>) -> Tree {
    let block =
        |block: &Block| Tree::Map(block.iter().map(|(name, value)| (name.clone(), Tree::Int(*value))).collect());
    let mut blocks = vec![("_totals".to_owned(), block(&report.metrics.totals))];
    blocks.extend(report.metrics.files.iter().map(|(name, own)| (name.clone(), block(own))));
    Tree::Map(blocks)
}

/// Numbers the line ranges, so that those of one node are known to be the same.
#[derive(Default)]
struct LineRanges {
    numbers: BTreeMap<(String, u32, u32), usize>,
}

impl LineRanges {
    fn issue(&mut self, issue: &Issue) -> Vec<(String, Tree)> {
        let next = self.numbers.len();
        let identity = (issue.filename.to_string(), issue.visit, issue.lines.0);
        let number = *self.numbers.entry(identity).or_insert(next);
        let lines = (issue.lines.0..=issue.lines.1).map(|line| Tree::Int(u64::from(line))).collect();
        let cwe = match issue.cwe.0 {
            0 => Tree::Map(Vec::new()),
            id => Tree::map([("id", Tree::Int(id.unsigned_abs())), ("link", Tree::Text(issue.cwe.link()))]),
        };
        [
            ("filename", Tree::text(&*issue.filename)),
            ("test_name", Tree::text(issue.test)),
            ("test_id", Tree::text(&*issue.test_id)),
            ("issue_severity", Tree::text(issue.severity.as_str())),
            ("issue_cwe", cwe),
            ("issue_confidence", Tree::text(issue.confidence.as_str())),
            ("issue_text", Tree::text(&*issue.text)),
            ("line_number", Tree::Int(u64::from(issue.line))),
            ("line_range", Tree::Shared(number, lines)),
            ("col_offset", Tree::Int(u64::from(issue.column))),
            ("end_col_offset", Tree::Int(u64::from(issue.end_column))),
            ("code", Tree::Text(issue.code(' '))),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }
}
