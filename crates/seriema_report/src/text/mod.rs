//! The report for people, in a terminal.

mod finding;
pub(crate) mod frame;
mod packages;
mod page;
mod prose;
pub(crate) mod style;
mod summary;

use std::collections::BTreeSet;
use std::io::{self, Write};

use seriema_finding::Finding;

use crate::Report;
use crate::model::{place, place_of, plural};
use crate::visible;
pub use page::render_page;
pub(crate) use prose::lead;
use style::Painter;

/// How much the terminal report says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One line a finding, one line for each thing that was not analysed, and nothing else.
    Quiet,
    /// Frame, reason and fix of each finding, and a summary.
    #[default]
    Normal,
    /// Everything that is known of each finding.
    Verbose,
}

/// How the terminal report looks.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Columns of the terminal. Less than 40 is taken as 40.
    pub width: usize,
    /// Whether to colour: the report then holds SGR sequences (ECMA-48 8.3.117), and no other control sequence ever.
    pub color: bool,
    /// Whether lines and signs may be drawn with characters outside of ASCII.
    pub unicode: bool,
    /// How much is said.
    pub detail: Detail,
    /// Whether the summary counts the findings of each rule.
    pub statistics: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { width: 80, color: false, unicode: true, detail: Detail::Normal, statistics: false }
    }
}

/// Lines longer than this are hard to read; a wider terminal gets no wider prose.
const MAX_PROSE: usize = 110;

/// What the parts of the report share.
#[derive(Clone, Copy)]
struct Page {
    p: Painter,
    /// Columns of the terminal.
    width: usize,
    /// Columns of prose, counted from the left edge.
    prose: usize,
    detail: Detail,
}

/// Writes the report for people.
pub(crate) fn render(report: &Report<'_>, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.max(40);
    let page = Page {
        p: Painter { color: options.color, unicode: options.unicode },
        width,
        prose: width.min(MAX_PROSE),
        detail: options.detail,
    };
    if options.detail == Detail::Quiet {
        return quiet(report, page, out);
    }
    let mut lines = Vec::new();
    for group in report.findings.chunk_by(|a, b| a.location.path == b.location.path) {
        file(group, page, &mut lines);
        write_lines(&mut lines, out)?;
    }
    packages::draw(report, page, &mut lines);
    summary::not_analysed(report, page, &mut lines);
    if options.statistics && !report.findings.is_empty() {
        summary::statistics(report, page, &mut lines);
    }
    summary::closing(report, page, &mut lines);
    write_lines(&mut lines, out)
}

fn write_lines(lines: &mut Vec<String>, out: &mut dyn Write) -> io::Result<()> {
    for line in lines.drain(..) {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn quiet(report: &Report<'_>, page: Page, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(
            out,
            "{}: {} {} {}",
            place_of(&finding.location),
            page.p.paint(style::severity(finding.severity), finding.severity.as_str()),
            page.p.paint(style::BOLD, finding.rule.slug),
            visible::line(&finding.message),
        )?;
    }
    for diagnostic in report.diagnostics {
        writeln!(
            out,
            "{}: {} {}",
            place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column),
            page.p.paint(style::WARN, diagnostic.kind.as_str()),
            visible::line(&diagnostic.message),
        )?;
    }
    Ok(())
}

/// A file's findings under the file's name.
fn file(group: &[&Finding], page: Page, out: &mut Vec<String>) {
    let Some(first) = group.first() else { return };
    let path = visible::line(&first.location.path);
    out.push(heading(&path, &plural(group.len(), "finding"), page));
    out.push(String::new());
    // Reason and general advice are said once for each rule of a file.
    let mut said: BTreeSet<(&str, &str)> = BTreeSet::new();
    for finding in group {
        let again = !said.insert((finding.rule.slug, &finding.impact));
        finding::draw(finding, again && page.detail == Detail::Normal, page, out);
        out.push(String::new());
    }
}

/// `title ───────── note`
fn heading(title: &str, note: &str, page: Page) -> String {
    let room = page.prose.saturating_sub(visible::width(note) + 6);
    let title = visible::cut(title, room.max(20), page.p.ellipsis());
    let line = page.p.sign("─", "-").repeat(
        page.prose.saturating_sub(visible::width(&title) + if note.is_empty() { 1 } else { visible::width(note) + 2 }),
    );
    let mut out = format!("{} {}", page.p.paint(style::BOLD, &title), page.p.paint(style::GUTTER, &line));
    if !note.is_empty() {
        out.push(' ');
        out.push_str(&page.p.paint(style::DIM, note));
    }
    out
}
