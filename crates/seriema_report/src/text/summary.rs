//! What stands below the findings: what was not analysed, the counts, and what was looked at.

use seriema_finding::{Diagnostic, DiagnosticKind, Persona, SuppressionKind};

use super::{Detail, Page, heading, prose, style};
use crate::model::{Followed, grouped, place, plural};
use crate::{Report, visible};

/// Diagnostics of a kind that normal mode lists.
const LISTED: usize = 12;
/// Columns of the longest bar.
const BAR: usize = 32;

/// What a kind of diagnostic means for the result.
const fn caption(kind: DiagnosticKind) -> &'static str {
    match kind {
        DiagnosticKind::Unreadable => "could not be read",
        DiagnosticKind::Encoding => "not text in the declared encoding",
        DiagnosticKind::Syntax => "syntax error: the code around it was analysed",
        DiagnosticKind::Python2 => "Python 2: analysed as far as it could be understood",
        DiagnosticKind::Limit => "a bound was hit: analysed in part or not at all",
        DiagnosticKind::Notebook => "not a valid notebook",
        DiagnosticKind::Loop => "link that leads back to where it stands: not followed",
        DiagnosticKind::Config => "configuration and suppressions that say nothing useful",
        DiagnosticKind::Internal => "the analysis failed: please report it",
    }
}

/// The diagnostics, grouped by kind.
pub(super) fn not_analysed(report: &Report<'_>, page: Page, out: &mut Vec<String>) {
    let kinds = report.diagnostics_by_kind();
    for (incomplete, title) in [(true, "Not analysed"), (false, "Configuration")] {
        let kinds: Vec<_> = kinds.iter().filter(|(kind, _)| kind.is_incomplete() == incomplete).collect();
        let count = kinds.iter().map(|(_, list)| list.len()).sum::<usize>();
        if count == 0 {
            continue;
        }
        out.push(heading(title, &plural(count, "place"), page));
        out.push(String::new());
        for (kind, list) in kinds {
            let name = page.p.paint(style::WARN, kind.as_str());
            out.push(format!("  {name}{}{}", page.p.dot(), caption(*kind)));
            let shown = if page.detail == Detail::Verbose { list.len() } else { LISTED };
            for diagnostic in list.iter().take(shown) {
                one(diagnostic, page, out);
            }
            if let Some(rest) = list.len().checked_sub(shown).filter(|rest| *rest > 0) {
                let text = format!("{} and {} more; -v shows them", page.p.ellipsis(), grouped(rest as u64));
                out.push(format!("    {}", page.p.paint(style::DIM, &text)));
            }
            out.push(String::new());
        }
    }
}

fn one(diagnostic: &Diagnostic, page: Page, out: &mut Vec<String>) {
    let at = place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column);
    let message = visible::line(&diagnostic.message);
    let shown = page.p.paint(style::CODE, &at);
    let width = page.prose.saturating_sub(6);
    if visible::width(&at) + 2 + visible::width(&message) <= width + 2 {
        let text = prose::paragraph(&message, width, 0, style::PLAIN, page.p).join(" ");
        out.push(format!("    {shown}  {text}"));
    } else {
        out.push(format!("    {shown}"));
        let lines = prose::paragraph(&message, width, 0, style::PLAIN, page.p);
        out.extend(lines.into_iter().map(|line| format!("      {line}")));
    }
}

/// The table of rules.
pub(super) fn statistics(report: &Report<'_>, page: Page, out: &mut Vec<String>) {
    let rows = report.counts_by_rule();
    out.push(heading("By rule", &plural(rows.len(), "rule"), page));
    out.push(String::new());
    let slug = rows.iter().map(|(rule, ..)| rule.slug.len()).max().unwrap_or(0).max(4);
    let head = format!("{:<slug$}  {:<8}  {:>8}  {:<9} aliases", "rule", "severity", "findings", "CWE");
    out.push(format!("  {}", page.p.paint(style::DIM, &head)));
    for (rule, severity, count) in rows {
        let level = page.p.paint(style::severity(severity), &format!("{:<8}", severity.as_str()));
        let cwe = rule.cwe.first().map(ToString::to_string).unwrap_or_default();
        let row = format!("  {:<slug$}  {level}  {:>8}  {cwe:<9} ", rule.slug, grouped(count as u64));
        let room = page.width.saturating_sub(2 + slug + 2 + 8 + 2 + 8 + 2 + 10);
        let aliases = rule.aliases.join(" ");
        out.push(format!("{row}{}", page.p.paint(style::DIM, &visible::cut(&aliases, room, page.p.ellipsis()))));
    }
    out.push(String::new());
}

/// Counts by severity, what was looked at, and what is not shown.
pub(super) fn closing(report: &Report<'_>, page: Page, out: &mut Vec<String>) {
    let p = page.p;
    let summary = &report.summary;
    out.push(heading("Summary", &format!("seriema {}", visible::line(report.tool_version)), page));
    out.push(String::new());
    if report.findings.is_empty() {
        let verdict = if report.is_complete() {
            format!("{} No findings.", p.paint(style::GOOD, p.sign("✓", "ok:")))
        } else {
            let gaps = report.diagnostics.iter().filter(|d| d.kind.is_incomplete()).count();
            format!(
                "{} No findings in what could be analysed; {} could not, see above.",
                p.paint(style::WARN, "!"),
                plural(gaps, "place")
            )
        };
        out.push(format!("  {verdict}"));
    } else {
        counts(report, page, out);
    }
    out.push(String::new());

    let mut looked = format!(
        "Read {} ({}) under `{}` with {} for the {} persona",
        plural(summary.files_read, "file"),
        plural(usize::try_from(summary.lines).unwrap_or(usize::MAX), "line"),
        visible::line(report.root).replace('`', "'"),
        plural(report.rules.len(), "rule"),
        summary.persona
    );
    if let Some(duration) = summary.duration {
        looked.push_str(&format!(" in {:.2} s", duration.as_secs_f64()));
    }
    looked.push('.');
    if summary.files_skipped > 0 {
        let skipped = plural(summary.files_skipped, "file");
        let verb = if summary.files_skipped == 1 { "was" } else { "were" };
        looked.push_str(&format!(" {skipped} {verb} skipped; `--explain-files` says why."));
    }
    say(&looked, page, out);
    if let Some(flow) = &summary.flow {
        followed(flow, page, out);
    }
    if let Some(text) = hidden(report) {
        say(&text, page, out);
    }
    if let Some(text) = suppressed(report) {
        say(&text, page, out);
    }
    let gaps = report.diagnostics.iter().filter(|d| d.kind.is_incomplete()).count();
    if gaps > 0 && !report.findings.is_empty() {
        let text = format!("The audit is not complete: {} could not be analysed, see above.", plural(gaps, "place"));
        out.extend(
            prose::paragraph(&text, page.prose.saturating_sub(2), 0, style::WARN, p)
                .into_iter()
                .map(|l| format!("  {l}")),
        );
    }
}

/// Who a threat model takes the attacker to be.
fn attacker(threat_model: &str) -> &'static str {
    match threat_model {
        "library" => "whoever gives arguments to public functions",
        "cli" => "whoever gives the command line",
        "all" => "everybody",
        _ => "clients of the service",
    }
}

/// How far data was followed, and what stood in the way.
fn followed(flow: &Followed, page: Page, out: &mut Vec<String>) {
    let text = format!(
        "Followed data through {} of {} (attacker: {}), {} of them called from outside: {} within the project, {} of libraries, {} of \
         what could not be found out.",
        plural(flow.functions, "function"),
        plural(flow.files, "file"),
        attacker(flow.threat_model),
        grouped(flow.entries as u64),
        plural(usize::try_from(flow.resolved).unwrap_or(usize::MAX), "call"),
        grouped(flow.external),
        grouped(flow.unresolved),
    );
    say(&text, page, out);
    if !flow.without_model.is_empty() {
        let names: Vec<String> = flow.without_model.iter().map(|name| format!("`{name}`")).collect();
        say(&format!("No model knows {}: what comes in there is not seen.", names.join(", ")), page, out);
    }
    let verbose = page.detail == Detail::Verbose;
    if !flow.bounded.is_empty() {
        let end = if verbose { ":" } else { "; -v names them." };
        let verb = if flow.bounded.len() == 1 { "was" } else { "were" };
        say(&format!("{} {verb} cut short by a bound{end}", plural(flow.bounded.len(), "function")), page, out);
        for (path, line, function) in flow.bounded.iter().filter(|_| verbose) {
            let at = page.p.paint(style::CODE, &place(path, None, Some(*line), None));
            out.push(format!("    {at}  {}", visible::line(function)));
        }
    }
    if flow.unsettled > 0 {
        let verb = if flow.unsettled == 1 { "was" } else { "were" };
        say(&format!("{} {verb} not followed to the end.", plural(flow.unsettled, "function")), page, out);
    }
}

pub(super) fn say(text: &str, page: Page, out: &mut Vec<String>) {
    let lines = prose::paragraph(text, page.prose.saturating_sub(2), 0, style::PLAIN, page.p);
    out.extend(lines.into_iter().map(|line| format!("  {line}")));
}

fn counts(report: &Report<'_>, page: Page, out: &mut Vec<String>) {
    let p = page.p;
    let counts = report.counts();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let digits = grouped(report.findings.len() as u64).len();
    for (severity, count) in counts {
        // Every level that has a finding gets a bar that can be seen.
        let length = (count * BAR).div_ceil(most).min(if count == 0 { 0 } else { BAR });
        let style = if count == 0 { style::DIM } else { style::severity(severity) };
        let bar = p.paint(style, &p.sign("■", "#").repeat(length.min(count)));
        let head = p.paint(style, &format!("{:<9} {:>digits$}", severity.as_str(), grouped(count as u64)));
        out.push(format!("  {head}  {bar}"));
    }
    let files = report.files_with_findings();
    let total = format!("{:<9} {:>digits$}", "total", grouped(report.findings.len() as u64));
    out.push(format!("  {}  in {}", p.paint(style::BOLD, &total), plural(files, "file")));
}

/// What flags would show more: "12 more with `--persona pedantic`".
fn hidden(report: &Report<'_>) -> Option<String> {
    let hidden = &report.summary.hidden;
    let mut parts = Vec::new();
    let mut more = 0;
    for persona in Persona::ALL {
        if let Some(count) = hidden.by_persona.get(persona).filter(|count| **count > 0) {
            // A persona sees what is made for those before it too.
            more += count;
            parts.push(format!("{} more with `--persona {persona}`", grouped(more as u64)));
        }
    }
    let reasons = [
        (hidden.by_severity, "below the `--severity` asked for"),
        (hidden.by_confidence, "below the `--confidence` asked for"),
        (hidden.by_baseline, "known from the baseline"),
    ];
    for (count, reason) in reasons {
        if count > 0 {
            parts.push(format!("{} {reason}", grouped(count as u64)));
        }
    }
    (!parts.is_empty()).then(|| format!("Not shown: {}.", parts.join(", ")))
}

fn suppressed(report: &Report<'_>) -> Option<String> {
    let count = |kind: SuppressionKind| {
        report.suppressed.iter().filter(|f| f.suppression.as_ref().is_some_and(|s| s.kind == kind)).count()
    };
    let parts: Vec<String> =
        [(SuppressionKind::InSource, "by comments"), (SuppressionKind::External, "by configuration")]
            .into_iter()
            .map(|(kind, how)| (count(kind), how))
            .filter(|(count, _)| *count > 0)
            .map(|(count, how)| format!("{} {how}", grouped(count as u64)))
            .collect();
    (!parts.is_empty()).then(|| format!("Suppressed: {}.", parts.join(", ")))
}
