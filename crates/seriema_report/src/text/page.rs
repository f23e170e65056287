//! A rule's page in a terminal.

use std::io::{self, Write};

use seriema_finding::Rule;

use super::style::{self, Painter};
use super::{MAX_PROSE, Page, TextOptions, heading, prose, write_lines};
use crate::{Detail, md, visible};

/// How far everything below a heading stands in.
const INDENT: usize = 2;
/// How far code stands in.
const CODE_INDENT: usize = 4;
/// Columns between the columns of a table.
const GAP: usize = 2;
/// A table's column is never made narrower than this.
const MIN_COLUMN: usize = 8;
/// What marks a line of an example that the rule reports.
const MARKER: &str = "# finds";

/// A piece of a page.
enum Block<'m> {
    /// `## Title`
    Section(&'m str),
    /// Paragraphs, lists and smaller headings.
    Prose(String),
    /// The lines between two fences.
    Code(Vec<&'m str>),
    /// The rows of a table; the first is its head.
    Table(Vec<Vec<String>>),
}

/// Writes a rule's page for people: title, `facts` (label and value) and the page's sections, wrapped to the width that
/// the options give. Lines that an example marks as reported stand out.
///
/// # Errors
/// When writing fails.
pub fn render_page(
    rule: &Rule,
    facts: &[(&str, String)],
    options: &TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = options.width.max(40);
    let p = Painter { color: options.color, unicode: options.unicode };
    let page = Page { p, width, prose: width.min(MAX_PROSE), detail: Detail::Normal };
    let mut lines = Vec::new();
    lines.extend(prose::paragraph(rule.title(), page.prose, 0, style::BOLD, p));
    lines.push(String::new());
    self::facts(facts, page, &mut lines);
    for block in blocks(rule.page) {
        draw(&block, page, &mut lines);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    write_lines(&mut lines, out)
}

fn facts(facts: &[(&str, String)], page: Page, out: &mut Vec<String>) {
    let label = facts.iter().map(|(name, _)| visible::width(name)).max().unwrap_or(0);
    for (name, value) in facts {
        let room = page.prose.saturating_sub(INDENT + label + GAP);
        let value = prose::paragraph(value, room, 0, style::PLAIN, page.p);
        for (row, text) in value.iter().enumerate() {
            let name = if row == 0 { *name } else { "" };
            let name = page.p.paint(style::DIM, &format!("{name:<label$}"));
            out.push(format!("{:INDENT$}{name}{:GAP$}{text}", "", ""));
        }
    }
    out.push(String::new());
}

fn draw(block: &Block<'_>, page: Page, out: &mut Vec<String>) {
    match block {
        Block::Section(title) => {
            let note = if *title == "Vulnerable" { "marked with # finds" } else { "" };
            out.push(heading(&visible::line(title), note, page));
        }
        Block::Prose(text) => {
            let lines = prose::render(text, page.prose.saturating_sub(INDENT), page.p);
            out.extend(lines.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
        }
        Block::Code(lines) => out.extend(lines.iter().map(|line| code(line, page.p))),
        Block::Table(rows) => table(rows, page, out),
    }
    out.push(String::new());
}

/// A line of code. Lines are not wrapped: they are there to be copied.
fn code(line: &str, p: Painter) -> String {
    let line = visible::line(line);
    let (code, marker) = line.find(MARKER).map_or((&*line, ""), |at| line.split_at(at));
    format!("{:CODE_INDENT$}{}{}", "", p.paint(style::CODE, code), p.paint(style::WARN, marker))
}

fn table(rows: &[Vec<String>], page: Page, out: &mut Vec<String>) {
    let p = page.p;
    let plain = Painter { color: false, ..p };
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let natural = |cell: &String| {
        prose::paragraph(cell, usize::MAX / 2, 0, style::PLAIN, plain).first().map_or(0, |text| visible::width(text))
    };
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(natural).max().unwrap_or(0).max(1))
        .collect();
    let room = page.prose.saturating_sub(INDENT + GAP * columns.saturating_sub(1));
    // The widest column gives way first, so that short ones (codes, severities) stay on one line.
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max().filter(|widest| **widest > MIN_COLUMN) {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let base = if index == 0 { style::BOLD } else { style::PLAIN };
        let cells: Vec<[Vec<String>; 2]> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| [p, plain].map(|p| prose::paragraph(cell, *width, 0, base, p)))
            .collect();
        let height = cells.iter().map(|[shown, _]| shown.len()).max().unwrap_or(0);
        for line in 0..height {
            let mut text = " ".repeat(INDENT);
            for ([shown, plain], width) in cells.iter().zip(&widths) {
                let used = plain.get(line).map_or(0, |text| visible::width(text));
                text.push_str(shown.get(line).map_or("", String::as_str));
                text.push_str(&" ".repeat(width.saturating_sub(used) + GAP));
            }
            out.push(text.trim_end().to_owned());
        }
        if index == 0 {
            let lines: Vec<String> = widths.iter().map(|width| p.sign("─", "-").repeat(*width)).collect();
            let line = p.paint(style::GUTTER, &lines.join(&" ".repeat(GAP)));
            out.push(format!("{:INDENT$}{line}", ""));
        }
    }
}

/// Takes a page apart. The title is left out.
fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let trimmed = line.trim_start();
        let ticks = md::fence_of(trimmed);
        if let Some(open) = fence {
            let closes = ticks.is_some_and(|ticks| ticks.len() >= open.len()) && trimmed.trim_matches('`').is_empty();
            if closes {
                fence = None;
            } else if let Some(Block::Code(lines)) = blocks.last_mut() {
                lines.push(line);
            }
        } else if ticks.is_some() {
            fence = ticks;
            blocks.push(Block::Code(Vec::new()));
        } else if let Some(title) = trimmed.strip_prefix("## ") {
            blocks.push(Block::Section(title.trim()));
        } else if trimmed.starts_with("# ") {
            // The title stands above the facts.
        } else if trimmed.starts_with('|') {
            if !matches!(blocks.last(), Some(Block::Table(_))) {
                blocks.push(Block::Table(Vec::new()));
            }
            if let Some(Block::Table(rows)) = blocks.last_mut()
                && !is_rule(trimmed)
            {
                rows.push(cells(trimmed));
            }
        } else {
            match blocks.last_mut() {
                Some(Block::Prose(text)) => {
                    text.push('\n');
                    text.push_str(line);
                }
                _ if trimmed.is_empty() => {}
                _ => blocks.push(Block::Prose(line.to_owned())),
            }
        }
    }
    blocks
}

/// `|---|:--|`: the line below a table's head.
fn is_rule(row: &str) -> bool {
    row.contains('-') && row.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

/// The cells of a row, in which `\|` stands for a bar.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in row.chars() {
        match (c, escaped) {
            ('\\', false) => {
                escaped = true;
                continue;
            }
            ('|', false) => cells.push(String::new()),
            (c, was_escaped) => {
                if let Some(cell) = cells.last_mut() {
                    if was_escaped && c != '|' {
                        cell.push('\\');
                    }
                    cell.push(c);
                }
            }
        }
        escaped = false;
    }
    if cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use seriema_finding::{Confidence, Cwe, Family, Severity};

    use super::*;

    const PAGE: &str = "# Shell in a *cell*

Text that is long enough to be wrapped at forty columns.

- one
- two

| called | what `shell` does |
|---|---|
| `os.system` | always a shell, whatever the arguments look like |
| a \\| b | none |

## Vulnerable

```python
import os

os.system(x)  # finds: B605
```

## Safe

```python
pass
```
";

    static RULE: Rule = Rule {
        slug: "shell-in-a-cell",
        family: Family::Injection,
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: &[Cwe(78)],
        aliases: &["B605"],
        page: PAGE,
    };

    fn rendered(options: TextOptions) -> String {
        let facts = [("rule", "shell-in-a-cell".to_owned()), ("also", "B605 S605 and many more than fit".to_owned())];
        let mut out = Vec::new();
        render_page(&RULE, &facts, &options, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_page_fits_its_width() {
        let page = rendered(TextOptions { width: 40, ..TextOptions::default() });
        assert_eq!(
            page,
            "Shell in a *cell*

  rule  shell-in-a-cell
  also  B605 S605 and many more than fit

  Text that is long enough to be wrapped
  at forty columns.

  - one
  - two

  called       what `shell` does
  ───────────  ─────────────────────────
  `os.system`  always a shell, whatever
               the arguments look like
  a | b        none

Vulnerable ───────── marked with # finds

    import os

    os.system(x)  # finds: B605

Safe ───────────────────────────────────

    pass
"
        );
    }

    #[test]
    fn colours_change_no_column() {
        let plain = rendered(TextOptions::default());
        let colored = rendered(TextOptions { color: true, ..TextOptions::default() });
        assert!(colored.contains("\x1b[36mos.system(x)  \x1b[0m"), "{colored}");
        let mut stripped = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\x1b') {
            stripped.push_str(before);
            rest = after.split_once('m').map_or("", |(_, behind)| behind);
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }

    #[test]
    fn nothing_outside_of_ascii_is_drawn_where_it_may_not() {
        assert!(rendered(TextOptions { unicode: false, ..TextOptions::default() }).is_ascii());
    }

    #[test]
    fn odd_markdown_is_drawn_somehow() {
        for page in ["", "```", "|", "||", "|-", "| a | b\n|---|\n| c", "# x", "## ", "| \\", "```\n|x|\n"] {
            for block in blocks(page) {
                let p = Painter { color: false, unicode: true };
                draw(&block, Page { p, width: 40, prose: 40, detail: Detail::Normal }, &mut Vec::new());
            }
        }
    }
}
