//! The report as a comment on a pull request, in GitHub's and GitLab's markdown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use seriema_finding::{Finding, Severity};

use crate::model::{owasp_2021, owasp_2025, place, place_of, plural};
use crate::table::{HEAD, table};
use crate::text::frame;
use crate::text::style::{self, Painter};
use crate::{Report, diff, md};

/// GitHub takes comments of up to 65,536 characters; what is left is for the closing lines.
const BUDGET: usize = 58_000;
/// Of the budget, what findings may take that are only listed.
const LIST_BUDGET: usize = 4_000;
/// What the table of packages may take beside the budget, its rows, and characters of a cell in it.
const TABLE_BUDGET: usize = 3_000;
const ROWS: usize = 100;
const CELL: usize = 80;
/// Columns of the table.
const SEVERITY: usize = 3;
const CODE: usize = 5;
/// Columns of a code frame.
const FRAME_WIDTH: usize = 100;
/// Diagnostics that are listed.
const LISTED: usize = 20;

const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟣",
        Severity::High => "🔴",
        Severity::Medium => "🟡",
        Severity::Low => "🔵",
        Severity::Info => "⚪",
    }
}

/// Writes the comment. Findings that do not fit into one are listed, then counted.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    head(report, &mut text);
    let mut rest = report.findings.as_slice();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    while let Some((finding, after)) = rest.split_first() {
        // What a rule's page says is said once; that leaves room for more findings.
        let block = details(finding, said.contains(finding.rule.slug));
        if text.len() + block.len() > BUDGET - LIST_BUDGET {
            break;
        }
        text.push_str(&block);
        said.insert(finding.rule.slug);
        rest = after;
    }
    if !rest.is_empty() {
        text.push_str(&format!("### {} more\n\n", plural(rest.len(), "finding")));
        while let Some((finding, after)) = rest.split_first() {
            let line = format!("- {} {}\n", sign(finding.severity), summary_line(finding, md::inline, md::code));
            if text.len() + line.len() > BUDGET {
                text.push_str(&format!("- … and {}.\n", plural(rest.len(), "more finding")));
                break;
            }
            text.push_str(&line);
            rest = after;
        }
        text.push('\n');
    }
    dependencies(report, &mut text);
    not_analysed(report, &mut text);
    foot(report, &mut text);
    out.write_all(text.as_bytes())
}

fn head(report: &Report<'_>, out: &mut String) {
    if report.findings.is_empty() {
        let title = if report.is_complete() { "no findings" } else { "no findings in what could be analysed" };
        out.push_str(&format!("## Seriema: {title}\n\n"));
        return;
    }
    let files = plural(report.files_with_findings(), "file");
    out.push_str(&format!("## Seriema: {} in {files}\n\n", plural(report.findings.len(), "finding")));
    let counts: Vec<String> = report
        .counts()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} **{count}** {severity}", sign(severity)))
        .collect();
    out.push_str(&counts.join(" · "));
    out.push_str("\n\n");
}

/// Title, rule and place; `prose` and `code` bring source text into the format.
fn summary_line(finding: &Finding, prose: fn(&str) -> String, code: fn(&str) -> String) -> String {
    format!("{} ({}) at {}", prose(finding.rule.title()), code(finding.rule.slug), code(&place_of(&finding.location)))
}

fn details(finding: &Finding, again: bool) -> String {
    let html_code = |text: &str| format!("<code>{}</code>", md::html_escape(&crate::visible::line(text)));
    let mut out = format!(
        "<details>\n<summary>{} <b>{}</b> {}</summary>\n\n",
        sign(finding.severity),
        finding.severity,
        summary_line(finding, md::html, html_code)
    );
    out.push_str(&md::inline(&finding.message));
    if let Some(function) = &finding.location.function {
        out.push_str(&format!(" (in {})", md::code(function)));
    }
    out.push_str("\n\n");

    let painter = Painter { color: false, unicode: true };
    let frame = frame::draw(&finding.location, &finding.snippet, style::PLAIN, FRAME_WIDTH, painter);
    if !frame.lines.is_empty() {
        // Every line of a frame starts with its number or a bar, so none of them closes the block.
        out.push_str(&format!("```text\n{}\n```\n\n", frame.lines.join("\n")));
    }
    if !finding.flow.is_empty() {
        out.push_str("**Flow**\n\n");
        for (index, step) in finding.flow.iter().enumerate() {
            let at = md::code(&place_of(&step.location));
            out.push_str(&format!("{}. {at} {}\n", index + 1, md::inline(&step.message)));
        }
        out.push('\n');
    }
    let sections = [
        ("Why it matters", &finding.impact),
        ("Proof of concept", &finding.proof_of_concept),
        ("How to fix it", &finding.remedy),
    ];
    for (title, text) in sections {
        let said = again && matches!(text, Cow::Borrowed(_));
        if !said && !text.trim().is_empty() {
            out.push_str(&format!("**{title}**\n\n{}\n\n", md::blocks(text)));
        }
    }
    if let Some(fix) = &finding.fix {
        let lines = diff::unified(fix, &finding.snippet, FRAME_WIDTH).join("\n");
        out.push_str(&format!("{}:\n\n~~~diff\n{lines}\n~~~\n\n", md::inline(fix.title.trim_end_matches('.'))));
    }

    let mut about = vec![format!("{} confidence", finding.confidence)];
    about.extend(finding.cwes().map(|cwe| format!("[{cwe}]({}) {}", cwe.url(), cwe.name()).trim_end().to_owned()));
    about.extend(owasp_2021(finding).iter().map(|category| format!("OWASP {category}")));
    about.extend(owasp_2025(finding).iter().map(|category| format!("OWASP {category}")));
    about.extend(finding.codes.iter().map(|code| md::code(code)));
    about.push(md::code(&format!("seriema explain {}", finding.rule.slug)));
    out.push_str(&format!("<sub>\n\n{}\n\n</sub>\n\n</details>\n\n", about.join(" · ")));
    out
}

/// The table of vulnerable packages, as long as there is room.
fn dependencies(report: &Report<'_>, out: &mut String) {
    let Some(table) = table(report) else { return };
    let title = format!("{} of {}", table.vulnerable, plural(table.packages, "package"));
    if table.rows.is_empty() {
        out.push_str(&format!("{} looked at: no known vulnerabilities.\n\n", plural(table.packages, "package")));
        return;
    }
    let verb = if table.vulnerable == 1 { "has" } else { "have" };
    out.push_str(&format!("<details>\n<summary><b>{title}</b> {verb} known vulnerabilities</summary>\n\n"));
    let columns: Vec<usize> = (0..HEAD.len()).filter(|column| *column != CODE || table.has_reach).collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&row(columns.iter().map(|column| capitalized(HEAD[*column])).collect()));
    out.push_str(&row(columns.iter().map(|_| "---".to_owned()).collect()));
    let mut rest = table.rows.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let cells = columns.iter().map(|column| {
            let text = md::inline(&crate::visible::cut(&first.cells[*column], CELL, "…"));
            if *column == SEVERITY { format!("{} {text}", sign(first.severity)) } else { text }
        });
        let line = row(cells.collect());
        if out.len() + line.len() > BUDGET + TABLE_BUDGET || table.rows.len() - rest.len() >= ROWS {
            break;
        }
        out.push_str(&line);
        rest = after;
    }
    if !rest.is_empty() {
        out.push_str(&format!("\n… and {} more\n", rest.len()));
    }
    out.push_str("\n</details>\n\n");
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn not_analysed(report: &Report<'_>, out: &mut String) {
    if report.diagnostics.is_empty() {
        return;
    }
    let gaps = report.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_incomplete()).count();
    let title = if gaps > 0 {
        let verb = if gaps == 1 { "was" } else { "were" };
        format!("⚠️ <b>{} {verb} not analysed</b>", plural(gaps, "place"))
    } else {
        format!("{} about the configuration", plural(report.diagnostics.len(), "note"))
    };
    out.push_str(&format!("<details>\n<summary>{title}</summary>\n\n"));
    for diagnostic in report.diagnostics.iter().take(LISTED) {
        let at = place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column);
        let at = crate::visible::cut(&at, 200, "…");
        let message = crate::visible::cut(&diagnostic.message, 200, "…");
        out.push_str(&format!("- {} ({}): {}\n", md::code(&at), diagnostic.kind.as_str(), md::inline(&message)));
    }
    if let Some(rest) = report.diagnostics.len().checked_sub(LISTED).filter(|rest| *rest > 0) {
        out.push_str(&format!("- … and {rest} more\n"));
    }
    out.push_str("\n</details>\n\n");
}

fn foot(report: &Report<'_>, out: &mut String) {
    let summary = &report.summary;
    let mut parts = vec![format!(
        "Read {} ({}) with {} for the {} persona",
        plural(summary.files_read, "file"),
        plural(usize::try_from(summary.lines).unwrap_or(usize::MAX), "line"),
        plural(report.rules.len(), "rule"),
        summary.persona
    )];
    if !report.suppressed.is_empty() {
        parts.push(format!("{} suppressed", report.suppressed.len()));
    }
    if summary.hidden.total() > 0 {
        parts.push(format!(
            "{} not shown by choice of persona, severity, confidence or baseline",
            summary.hidden.total()
        ));
    }
    parts.push(format!("[Seriema]({}) {}", crate::HOMEPAGE, md::inline(report.tool_version)));
    out.push_str(&format!("<sub>\n\n{}\n\n</sub>\n", parts.join(" · ")));
}
