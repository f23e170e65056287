//! Which lines of a text are new against an older one.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

/// Lines by number, from 0, in ascending ranges that neither overlap nor touch.
pub(crate) type Lines = Vec<Range<usize>>;

/// How many lines a text has. What follows the last line feed is a line, if it is not empty.
pub(crate) fn count(text: &[u8]) -> usize {
    memchr_iter(b'\n', text).count() + usize::from(!text.is_empty() && !text.ends_with(b"\n"))
}

/// All lines of a text.
pub(crate) fn all(text: &[u8]) -> Lines {
    match count(text) {
        0 => Vec::new(),
        lines => std::iter::once(0..lines).collect(),
    }
}

/// The lines of `new` that `old` has not, or has not as often; the last ones, if it has some. Line ends, and whether the
/// last line has one, make no difference.
///
/// Lines that only moved are not among them. That is what is wanted here, and takes time by size for any text, which
/// comparing by the longest common sequence does not.
pub(crate) fn added(old: &[u8], new: &[u8]) -> Lines {
    // Most changes are small: what is the same before and behind them need not be cut into lines.
    let same = same_start(old, new);
    let start = memrchr(b'\n', new.get(..same).unwrap_or_default()).map_or(0, |end| end + 1);
    let (old, rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let same = same_end(old, rest);
    let behind = rest.get(rest.len() - same..).unwrap_or_default();
    // The first line of it may begin before it.
    let behind = memchr(b'\n', behind).map_or(0, |end| behind.len() - end - 1);
    let old = old.get(..old.len() - behind).unwrap_or_default();
    let middle = rest.get(..rest.len() - behind).unwrap_or_default();

    let first = memchr_iter(b'\n', new.get(..start).unwrap_or_default()).count();
    let mut left: HashMap<&[u8], usize> = HashMap::new();
    for line in lines(old) {
        *left.entry(line).or_default() += 1;
    }
    let mut ranges: Lines = Vec::new();
    for (number, line) in (first..).zip(lines(middle)) {
        if let Some(count) = left.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => ranges.push(number..number + 1),
        }
    }
    ranges
}

/// How many bytes are compared at once, which is much faster than one by one.
const BLOCK: usize = 64;

fn same_start(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a.get(blocks..).unwrap_or_default().iter().zip(b.get(blocks..).unwrap_or_default());
    blocks + rest.take_while(|(a, b)| a == b).count()
}

fn same_end(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let before = |text: &[u8]| text.len() - blocks;
    let (a, b) = (a.get(..before(a)).unwrap_or_default(), b.get(..before(b)).unwrap_or_default());
    blocks + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The lines that are in both.
pub(crate) fn both(left: &[Range<usize>], right: &[Range<usize>]) -> Lines {
    let mut out = Vec::new();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let common = a.start.max(b.start)..a.end.min(b.end);
        if !common.is_empty() {
            out.push(common);
        }
        if a.end < b.end {
            left.next();
        } else {
            right.next();
        }
    }
    out
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    // An empty text has none, not one that is empty.
    let body = (!text.is_empty()).then(|| text.strip_suffix(b"\n").unwrap_or(text));
    let lines = body.into_iter().flat_map(|body| body.split(|byte| *byte == b'\n'));
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn added_text(old: &str, new: &str) -> Vec<String> {
        let lines: Vec<&str> = new.lines().collect();
        added(old.as_bytes(), new.as_bytes())
            .into_iter()
            .flat_map(|range| lines[range].iter().map(ToString::to_string))
            .collect()
    }

    #[test]
    fn what_stands_between_equal_lines_is_added() {
        assert_eq!(added_text("a\nb\nc\n", "a\nx\nb\nc\n"), ["x"]);
        assert_eq!(added_text("a\nb\nc\n", "a\nB\nc\nd\n"), ["B", "d"]);
        assert_eq!(added_text("", "a\nb"), ["a", "b"]);
        assert_eq!(added_text("a\nb\n", "b\n"), [""; 0]);
    }

    #[test]
    fn lines_that_moved_are_not_added() {
        assert_eq!(added_text("a\nb\nc\n", "c\na\nb\n"), [""; 0]);
        assert_eq!(added_text("a\nb\n", "a\nb\nx\na\n"), ["x", "a"]);
    }

    #[test]
    fn a_line_that_grows_at_either_end_is_added() {
        assert_eq!(added_text("key\n", "key = 1\n"), ["key = 1"]);
        assert_eq!(added_text("= 1\n", "key = 1\n"), ["key = 1"]);
        assert_eq!(added_text("x\nb\n", "x\nab\n"), ["ab"]);
    }

    #[test]
    fn line_ends_make_no_difference() {
        assert_eq!(added_text("a\nb", "a\nb\n"), [""; 0]);
        assert_eq!(added_text("a\nb\n", "a\r\nb\r\n"), [""; 0]);
        assert_eq!(added_text("a\nb", "a\nb\nc"), ["c"]);
    }

    #[test]
    fn common_lines_of_ranges() {
        assert_eq!(both(&[0..3, 5..9], &[2..6, 8..12]), [2..3, 5..6, 8..9]);
        assert_eq!(both(&[0..3, 5..9], &[]), [0..0; 0]);
    }

    proptest! {
        /// Of each line, as many are added as the newer text has more.
        #[test]
        fn as_many_are_added_as_there_are_more(old in "([abc]?\r?\n){0,12}[ab]?", new in "([abc]?\r?\n){0,12}[ab]?") {
            let ranges = added(old.as_bytes(), new.as_bytes());
            let texts = added_text(&old, &new);
            for line in ["", "a", "b", "c"] {
                let count = |text: &str| text.lines().filter(|other| *other == line).count();
                let more = count(&new).saturating_sub(count(&old));
                prop_assert_eq!(texts.iter().filter(|text| *text == line).count(), more);
            }
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert!(ranges.last().is_none_or(|range| range.end <= count(new.as_bytes())));
        }
    }
}
