//! The table of packages with known vulnerabilities.

use super::{Detail, Page, heading, style};
use crate::model::{grouped, plural};
use crate::table::{HEAD, Row, Table, table};
use crate::{Report, visible};

/// Rows that normal mode lists.
const LISTED: usize = 40;
/// Most columns of the terminal that each column of the table takes.
const WIDEST: [usize; HEAD.len()] = [28, 16, 22, 8, 16, 12, 60];
/// Columns of the table that are left out in a narrow terminal, the first one first: who brings it, how far code reaches it,
/// where it is fixed.
const SPARE: [usize; 3] = [6, 5, 4];
/// Columns of the severity, and of the last one.
const SEVERITY: usize = 3;
const LAST: usize = 6;
/// Fewer columns than these tell nothing.
const LEAST: usize = 10;

/// The table, when dependencies were looked at.
pub(super) fn draw(report: &Report<'_>, page: Page, out: &mut Vec<String>) {
    let Some(table) = table(report) else { return };
    let note = format!("{} vulnerable of {}", grouped(table.vulnerable as u64), plural(table.packages, "package"));
    out.push(heading("Dependencies", &note, page));
    out.push(String::new());
    let shown = if page.detail == Detail::Verbose { table.rows.len() } else { LISTED.min(table.rows.len()) };
    let rows = table.rows.get(..shown).unwrap_or_default();
    if !rows.is_empty() {
        let widths = widths(rows, table.has_reach, page.width.saturating_sub(2));
        out.push(format!("  {}", page.p.paint(style::DIM, &line(HEAD, &widths, page, |_, text| text.to_owned()))));
        for (at, row) in rows.iter().enumerate() {
            // A package's name stands at its first vulnerability only.
            let is_named = row.is_first || at == 0;
            let cells = std::array::from_fn(|column| match column {
                0 | 1 if !is_named => "",
                column => &*row.cells[column],
            });
            let text = line(cells, &widths, page, |column, text| match column {
                0 => page.p.paint(style::BOLD, text),
                SEVERITY => page.p.paint(style::severity(row.severity), text),
                LAST => page.p.paint(style::DIM, text),
                _ => text.to_owned(),
            });
            out.push(format!("  {text}"));
        }
        if table.rows.len() > shown {
            let rest = grouped((table.rows.len() - shown) as u64);
            let text = format!("{} and {rest} more; -v shows them", page.p.ellipsis());
            out.push(format!("  {}", page.p.paint(style::DIM, &text)));
        }
        out.push(String::new());
    }
    let notes = notes(&table);
    for text in &notes {
        super::summary::say(text, page, out);
    }
    if !notes.is_empty() {
        out.push(String::new());
    }
}

/// What the table does not show.
fn notes(table: &Table) -> Vec<String> {
    let mut notes = Vec::new();
    if table.rows.is_empty() {
        notes.push("No package has a known vulnerability that is not suppressed.".to_owned());
    }
    if table.unversioned > 0 {
        let verb = if table.unversioned == 1 { "names" } else { "name" };
        notes.push(format!(
            "{} {verb} no version: nothing is known of what will be installed.",
            plural(table.unversioned, "package")
        ));
    }
    if table.suppressed > 0 {
        notes.push(format!("{} suppressed and not shown.", plural(table.suppressed, "known vulnerability")));
    }
    notes
}

/// Columns of the terminal for each column of the table; none for those that are left out.
fn widths(rows: &[Row], has_reach: bool, room: usize) -> [usize; HEAD.len()] {
    let mut widths: [usize; HEAD.len()] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| visible::width(&row.cells[column])).max().unwrap_or(0);
        if cells == 0 { 0 } else { cells.max(HEAD[column].len()).min(WIDEST[column]) }
    });
    if !has_reach {
        widths[5] = 0;
    }
    let total = |widths: &[usize; HEAD.len()]| {
        widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>().saturating_sub(2)
    };
    for column in SPARE {
        let over = total(&widths).saturating_sub(room);
        if over == 0 {
            break;
        }
        // The last column is cut as long as it tells something.
        widths[column] = if widths[column] >= over + LEAST { widths[column] - over } else { 0 };
    }
    for column in [0, 2, 1] {
        let over = total(&widths).saturating_sub(room);
        widths[column] = widths[column].saturating_sub(over).max(widths[column].min(LEAST));
    }
    widths
}

fn line(
    cells: [&str; HEAD.len()],
    widths: &[usize; HEAD.len()],
    page: Page,
    paint: impl Fn(usize, &str) -> String,
) -> String {
    let mut out = String::new();
    for (column, (cell, width)) in cells.into_iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0) {
        if !out.is_empty() {
            out.push_str("  ");
        }
        let text = visible::line(cell);
        let text = visible::cut(&text, *width, page.p.ellipsis());
        out.push_str(&paint(column, &text));
        out.push_str(&" ".repeat(width.saturating_sub(visible::width(&text))));
    }
    out
}
