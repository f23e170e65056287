//! The lines around a secret, for who has to say whether it is one.
//!
//! What is shown of a secret is its mask, unless the caller wants that very one shown; others that stand nearby are masked
//! always. What would act on a terminal is shown as an escape.

use std::ops::Range;

use crate::masked;

/// Bytes of a line that are shown before and after a secret.
const AROUND: usize = 100;
/// Lines of a secret of several lines that are shown.
const MAX_LINES: usize = 6;

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Text.
    Plain,
    /// The secret that is asked about: masked unless it is to be shown.
    Secret,
    /// Another secret: masked.
    Other,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text as it may be shown.
    pub text: String,
    /// What it is.
    pub part: Part,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its one-based number.
    pub number: u32,
    /// Whether the secret is on it.
    pub is_target: bool,
    /// Its parts, in order.
    pub spans: Vec<Span>,
}

impl Line {
    /// The line as it may be shown.
    #[must_use]
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Lines around a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, in order.
    pub lines: Vec<Line>,
}

impl Excerpt {
    /// The lines on which a range of a text is, and some before and after. `secrets` are the ranges of all that is known
    /// to be secret in the text; `show` whether the one in question is shown as it is.
    #[must_use]
    pub fn of(text: &str, range: &Range<usize>, secrets: &[Range<usize>], context: usize, show: bool) -> Self {
        let masks = Masks::of(text, range, secrets, show);
        let mut lines = Vec::new();
        let mut start = 0;
        let first = text[..range.start.min(text.len())].matches('\n').count();
        let last = first + text.get(range.clone()).map_or(0, |text| text.matches('\n').count()).min(MAX_LINES - 1);
        for (number, line) in text.split('\n').enumerate() {
            if number > last + context {
                break;
            }
            if number + context >= first {
                let is_target = (first..=last).contains(&number);
                let line = line.strip_suffix('\r').unwrap_or(line);
                lines.push(Line {
                    number: u32::try_from(number + 1).unwrap_or(u32::MAX),
                    is_target,
                    spans: masks.line(line, start),
                });
            }
            start += line.len() + 1;
        }
        Self { lines }
    }
}

/// What is masked in a text.
struct Masks<'t> {
    text: &'t str,
    /// In order, none overlapping another.
    ranges: Vec<(Range<usize>, Part)>,
    /// Values that are masked wherever they stand.
    values: Vec<(&'t str, Part)>,
    show: bool,
}

impl<'t> Masks<'t> {
    fn of(text: &'t str, target: &Range<usize>, secrets: &[Range<usize>], show: bool) -> Self {
        let mut ranges: Vec<(Range<usize>, Part)> = vec![(target.clone(), Part::Secret)];
        ranges.extend(secrets.iter().filter(|range| *range != target).map(|range| (range.clone(), Part::Other)));
        ranges.retain(|(range, _)| text.get(range.clone()).is_some_and(|text| !text.is_empty()));
        let mut values: Vec<(&str, Part)> = ranges.iter().map(|(range, part)| (&text[range.clone()], *part)).collect();
        values.retain(|(value, _)| value.chars().count() >= 4);
        values.sort_unstable_by_key(|(value, part)| (*part, std::cmp::Reverse(value.len()), *value));
        values.dedup();
        Self { text, ranges, values, show }
    }

    /// The spans of a line that begins at this byte of the text.
    fn line(&self, line: &str, at: usize) -> Vec<Span> {
        let mut marks: Vec<(Range<usize>, Part, &str)> = Vec::new();
        for (range, part) in &self.ranges {
            let inside = range.start.max(at)..range.end.min(at + line.len());
            if inside.start < inside.end {
                let whole = if range.start >= at { &self.text[range.clone()] } else { "" };
                marks.push((inside.start - at..inside.end - at, *part, whole));
            }
        }
        for (value, part) in &self.values {
            marks.extend(line.match_indices(value).map(|(start, _)| (start..start + value.len(), *part, *value)));
        }
        let marks = apart(marks);
        let shown = match marks.iter().find(|(_, part, _)| *part == Part::Secret) {
            Some((range, ..)) => range.start.saturating_sub(AROUND)..range.end.saturating_add(AROUND),
            None => 0..2 * AROUND,
        };
        let mut spans = Vec::new();
        let plain = |from: usize, to: usize, spans: &mut Vec<Span>| {
            let (start, end) =
                (line.ceil_char_boundary(from.max(shown.start)), line.floor_char_boundary(to.min(shown.end)));
            if start >= end {
                return;
            }
            let (cut_before, cut_after) = (from < start && from == 0, to > end && to == line.len());
            let dots = |is: bool| if is { "…" } else { "" };
            let text = format!("{}{}{}", dots(cut_before), visible(&line[start..end]), dots(cut_after));
            spans.push(Span { text, part: Part::Plain });
        };
        let mut done = 0;
        for (range, part, whole) in marks {
            plain(done, range.start, &mut spans);
            done = range.end;
            if range.start >= shown.end || range.end <= shown.start {
                continue;
            }
            let text = match part {
                Part::Secret if self.show => visible(&line[range]),
                _ if whole.is_empty() => "...".to_owned(),
                _ => visible(&masked(whole)),
            };
            spans.push(Span { text, part });
        }
        plain(done, line.len(), &mut spans);
        spans
    }
}

/// Marks in order; where some overlap, all of it is one, masked without showing anything if it is not the secret itself.
fn apart(mut marks: Vec<(Range<usize>, Part, &str)>) -> Vec<(Range<usize>, Part, &str)> {
    marks.sort_by(|a, b| {
        (a.0.start, std::cmp::Reverse(a.0.end), a.1).cmp(&(b.0.start, std::cmp::Reverse(b.0.end), b.1))
    });
    let mut out: Vec<(Range<usize>, Part, &str)> = Vec::new();
    for mark in marks {
        match out.last_mut() {
            Some(last) if mark.0.start < last.0.end => {
                if mark.0.end > last.0.end {
                    last.0.end = mark.0.end;
                    last.2 = "";
                }
                last.1 = last.1.min(mark.1);
            }
            _ => out.push(mark),
        }
    }
    out
}

/// Whether a character acts on a terminal or hides what is there.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text with what acts on a terminal as escapes: for paths and names out of files of others.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            _ if is_hidden(c) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}
