//! B613: characters that turn the direction of writing.

use super::{Context, Outcome, Verdict, run};
use crate::catalog::TestId;
use crate::issue::{Draft, Level};
use crate::python::repr_str;

/// In Bandit's order: of several on one line, the first of these is reported.
const TURNING: [char; 10] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
    '\u{200f}',
];

/// Where Python's `str.splitlines` ends lines.
const LINE_ENDS: [char; 10] =
    ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Looks at the file as text.
pub(crate) fn trojan_source(context: Context<'_, '_>, outcomes: &mut Vec<Outcome>) {
    let tests = context.tests;
    run!(tests, outcomes, B613, has_any(context.source.text()), first(context.source.text()));
}

/// All of the characters begin with the same two bytes, or nearly: most files have none of them.
fn has_any(text: &str) -> bool {
    memchr::memchr_iter(0xE2, text.as_bytes())
        .any(|at| matches!(text.as_bytes().get(at + 1..at + 3), Some([0x80, 0x8F | 0xAA..=0xAE] | [0x81, 0xA6..=0xA9])))
}

fn first(text: &str) -> Verdict {
    for (index, line) in lines(text).enumerate() {
        let found = TURNING.iter().find_map(|turning| Some((*turning, line.chars().position(|c| c == *turning)?)));
        if let Some((turning, column)) = found {
            let shown = repr_str(&turning.to_string());
            let text = format!("A Python source file contains bidirectional control characters ({shown}).");
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let mut draft = Draft::new(Level::High, Level::Medium, 838, text).on(Some(number));
            draft.at = Some((number, u32::try_from(column + 1).unwrap_or(u32::MAX)));
            return Ok(Some(draft));
        }
    }
    Ok(None)
}

/// `str.splitlines`
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match rest.find(LINE_ENDS) {
            Some(end) => {
                let (line, after) = rest.split_at(end);
                let width = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(1, char::len_utf8) };
                (line, after.get(width..).unwrap_or(""))
            }
            None => (rest, ""),
        };
        rest = after;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_and_on_it_the_first_of_bandits_order() {
        let draft = first("ok\n\u{c}é\u{200f}\u{202a}x").unwrap().unwrap();
        assert_eq!(draft.at, Some((3, 3)));
        assert_eq!(draft.text, "A Python source file contains bidirectional control characters ('\\u202a').");
        assert!(has_any("\u{2069}") && has_any("\u{200f}") && !has_any("\u{200e}\u{2070}é"));
        assert!(first("plain").unwrap().is_none());
    }
}
