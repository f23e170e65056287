//! The code frame: the lines of a finding with the reported span underlined.

use std::ops::Range;

use anstyle::Style;
use seriema_finding::{Location, Snippet};

use super::style::{self, Painter};
use crate::visible;

/// Lines of a span that are shown before the middle is left out.
const HEAD: u32 = 4;
/// Lines of a long span that are shown after what is left out.
const TAIL: u32 = 2;
/// Characters of a line that are looked at, half of them before the span: lines of megabytes stay cheap.
const WINDOW: usize = 1000;
/// Columns of a tab.
const TAB: usize = 4;

/// One drawn line of source: what is left of it between the cuts, in cells.
struct Strip {
    cells: Vec<Cell>,
    /// Columns before the first cell, when the window starts inside of the line.
    skipped: bool,
    /// Whether the line goes on after the last cell.
    more: bool,
    /// The span, as indices of `cells`.
    span: Option<Range<usize>>,
}

struct Cell {
    text: String,
    width: usize,
}

/// A drawn frame.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// Columns before the bar.
    pub(crate) gutter: usize,
    /// The lines, without line ends.
    pub(crate) lines: Vec<String>,
}

/// Draws the frame for `location`. Empty when the snippet does not hold its first line.
pub(crate) fn draw(location: &Location, snippet: &Snippet, severity: Style, width: usize, p: Painter) -> Frame {
    let (first, last) = (location.start.line, location.end.line.max(location.start.line));
    let line_at = |number: u32| -> Option<&str> {
        let index = number.checked_sub(snippet.first_line)?;
        snippet.lines.get(usize::try_from(index).ok()?).map(String::as_str)
    };
    if line_at(first).is_none() {
        return Frame::default();
    }
    // An end in the first column of the next line means the line end of the one before it.
    let last = if last > first && location.end.column <= 1 { last - 1 } else { last };
    let multi = last > first;
    let digits = (last + 1).to_string().len();
    let marker = if multi { 2 } else { 0 };
    let room = width.saturating_sub(digits + 3 + marker).max(20);

    let context = |number: u32| line_at(number).is_some_and(|line| !line.trim().is_empty());
    let mut numbers: Vec<Option<u32>> = Vec::new();
    numbers.extend(first.checked_sub(1).filter(|n| *n > 0 && context(*n)).map(Some));
    if last - first < HEAD + TAIL + 1 {
        numbers.extend((first..=last).map(Some));
    } else {
        numbers.extend((first..first + HEAD).map(Some));
        numbers.push(None);
        numbers.extend((last - TAIL + 1..=last).map(Some));
    }
    numbers.extend(last.checked_add(1).filter(|n| context(*n)).map(Some));

    let column = |position: u32| usize::try_from(position.saturating_sub(1)).unwrap_or(0);
    let strips: Vec<Option<(u32, Strip)>> = numbers
        .iter()
        .map(|number| {
            let number = (*number)?;
            let line = line_at(number)?;
            let span = (first..=last).contains(&number).then(|| {
                let start = if number == first { column(location.start.column) } else { 0 };
                let end = if number == location.end.line { column(location.end.column) } else { usize::MAX };
                start..end
            });
            Some((number, strip(line, span, column(location.start.column))))
        })
        .collect();
    let left = strips.iter().flatten().map(|(_, strip)| left_cut(strip, room)).max().unwrap_or(0);

    let mut out = Vec::new();
    for (number, strip) in numbers.iter().zip(&strips) {
        let Some((number, strip)) = strip else {
            // A gap in a long span; a line that the snippet does not hold is passed over.
            if number.is_none() {
                let gap = format!("{:>digits$} {}", "", p.sign("⋮", ":"));
                out.push(p.paint(style::GUTTER, &gap));
            }
            continue;
        };
        let gutter = p.paint(style::GUTTER, &format!("{number:>digits$} {}", p.bar()));
        let inside = strip.span.is_some();
        let mark = match (multi, inside) {
            (false, _) => String::new(),
            (true, true) => format!("{} ", p.paint(severity, p.sign("┃", ">"))),
            (true, false) => "  ".to_owned(),
        };
        let (text, carets) = paint_strip(strip, left, room, severity, p);
        out.push(format!("{gutter} {mark}{text}").trim_end().to_owned());
        if let Some((indent, length)) = carets.filter(|_| !multi) {
            let gutter = p.paint(style::GUTTER, &format!("{:>digits$} {}", "", p.bar()));
            out.push(format!("{gutter} {:indent$}{}", "", p.paint(severity, &"^".repeat(length))));
        }
    }
    Frame { gutter: digits + 1, lines: out }
}

/// The cells of a line, or of the part of it around `anchor` when it is very long.
fn strip(line: &str, span: Option<Range<usize>>, anchor: usize) -> Strip {
    let skip = if line.len() > WINDOW { anchor.saturating_sub(WINDOW / 2) } else { 0 };
    let mut chars = line.chars().skip(skip);
    let cells: Vec<Cell> = chars
        .by_ref()
        .take(WINDOW)
        .map(|c| match c {
            '\t' => Cell { text: " ".repeat(TAB), width: TAB },
            c => {
                let mut text = String::new();
                visible::push(&mut text, c);
                Cell { width: visible::width_of(c), text }
            }
        })
        .collect();
    let more = chars.next().is_some();
    let span = span.map(|span| {
        let start = span.start.saturating_sub(skip).min(cells.len());
        start..span.end.saturating_sub(skip).clamp(start, cells.len())
    });
    Strip { cells, skipped: skip > 0, more, span }
}

/// How many cells have to go on the left so that the start of the span can be seen.
fn left_cut(strip: &Strip, room: usize) -> usize {
    let Some(span) = &strip.span else { return 0 };
    let columns = |range: Range<usize>| -> usize {
        strip.cells.get(range).unwrap_or_default().iter().map(|cell| cell.width).sum()
    };
    let wanted = span.end.min(span.start + room / 2);
    if !strip.skipped && columns(0..wanted) + 3 <= room {
        return 0;
    }
    // Keep a quarter of the room for what stands before the span.
    let mut kept = 0;
    let mut cut = span.start;
    while cut > 0 && kept + strip.cells.get(cut - 1).map_or(0, |cell| cell.width) <= room / 4 {
        cut -= 1;
        kept += strip.cells.get(cut).map_or(0, |cell| cell.width);
    }
    cut
}

/// The painted text, and where the carets start and how many there are.
fn paint_strip(
    strip: &Strip,
    left: usize,
    room: usize,
    severity: Style,
    p: Painter,
) -> (String, Option<(usize, usize)>) {
    let ellipsis = p.ellipsis();
    let dots = visible::width(ellipsis);
    let cut_left = left > 0 || strip.skipped;
    let mut used = if cut_left { dots } else { 0 };
    let mut out = if cut_left { p.paint(style::DIM, ellipsis) } else { String::new() };
    let total: usize = strip.cells.iter().skip(left).map(|cell| cell.width).sum();
    let cut_right = strip.more || used + total > room;
    let limit = if cut_right { room.saturating_sub(dots) } else { room };

    let mut carets: Option<(usize, usize)> = None;
    let mut run = String::new();
    let mut run_inside = false;
    for (index, cell) in strip.cells.iter().enumerate().skip(left) {
        if used + cell.width > limit {
            break;
        }
        let inside = strip.span.as_ref().is_some_and(|span| span.contains(&index));
        if inside != run_inside {
            out.push_str(&p.paint(if run_inside { severity } else { style::PLAIN }, &run));
            run.clear();
            run_inside = inside;
        }
        run.push_str(&cell.text);
        if inside {
            let (start, length) = carets.unwrap_or((used, 0));
            carets = Some((start, length + cell.width));
        }
        used += cell.width;
    }
    out.push_str(&p.paint(if run_inside { severity } else { style::PLAIN }, &run));
    if cut_right {
        out.push_str(&p.paint(style::DIM, ellipsis));
    }
    // An empty span, or one at the very end of the line, still gets its caret.
    let carets = carets.map(|(start, length)| (start, length.max(1))).or_else(|| {
        let span = strip.span.as_ref().filter(|span| span.start >= left)?;
        let before: usize = strip.cells.get(left..span.start)?.iter().map(|cell| cell.width).sum();
        Some((before + if cut_left { dots } else { 0 }, 1)).filter(|(start, _)| *start <= room)
    });
    (out, carets)
}

#[cfg(test)]
mod tests {
    use seriema_finding::Position;

    use super::*;

    const P: Painter = Painter { color: false, unicode: true };

    fn frame(lines: &[&str], first_line: u32, start: (u32, u32), end: (u32, u32), width: usize) -> String {
        let at = |(line, column)| Position { line, column, ..Position::default() };
        let location = Location { path: "a.py".into(), start: at(start), end: at(end), cell: None, function: None };
        let snippet = Snippet { first_line, lines: lines.iter().map(|line| (*line).to_owned()).collect() };
        draw(&location, &snippet, style::PLAIN, width, P).lines.join("\n")
    }

    #[test]
    fn a_span_is_underlined_with_a_line_on_either_side() {
        assert_eq!(
            frame(&["def f(x):", "    eval(x)", "    return"], 9, (10, 5), (10, 12), 80),
            " 9 │ def f(x):\n10 │     eval(x)\n   │     ^^^^^^^\n11 │     return"
        );
    }

    #[test]
    fn carets_stand_under_wide_characters_and_tabs() {
        assert_eq!(
            frame(&["\t日本 = eval(x)"], 1, (1, 7), (1, 14), 80),
            "1 │     日本 = eval(x)\n  │            ^^^^^^^"
        );
        assert_eq!(
            frame(&["x = '\u{202e}' + eval(y)"], 1, (1, 11), (1, 18), 80),
            concat!("1 │ x = '\\u{202e}' + eval(y)\n", "  │                  ^^^^^^^")
        );
    }

    #[test]
    fn a_span_of_several_lines_is_marked_at_its_side() {
        assert_eq!(
            frame(&["a", "run(", "  x,", ")", "b"], 1, (2, 1), (4, 2), 80),
            "1 │   a\n2 │ ┃ run(\n3 │ ┃   x,\n4 │ ┃ )\n5 │   b"
        );
    }

    #[test]
    fn the_middle_of_a_long_span_is_left_out() {
        let lines: Vec<String> = (1..=20).map(|n| format!("line {n}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let drawn = frame(&lines, 1, (2, 1), (19, 8), 80);
        assert_eq!(drawn.lines().count(), 1 + 4 + 1 + 2 + 1);
        assert!(drawn.contains(" 5 │ ┃ line 5\n   ⋮\n18 │ ┃ line 18\n19 │ ┃ line 19\n20 │   line 20"), "{drawn}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let line = format!("{}eval(x){}", "a".repeat(5_000_000), "b".repeat(5_000_000));
        let drawn = frame(&[&line], 1, (1, 5_000_001), (1, 5_000_008), 40);
        assert_eq!(drawn, "1 │ …aaaaaaaaaeval(x)bbbbbbbbbbbbbbbbbb…\n  │           ^^^^^^^");
    }

    #[test]
    fn an_empty_span_and_one_past_the_end_get_a_caret() {
        assert_eq!(frame(&["ab"], 1, (1, 1), (1, 1), 80), "1 │ ab\n  │ ^");
        assert_eq!(frame(&["ab"], 1, (1, 9), (1, 12), 80), "1 │ ab\n  │   ^");
        assert_eq!(frame(&[], 1, (1, 1), (1, 2), 80), "");
    }
}
