//! What is handed over: a file as a commit, or the index, or HEAD, leaves it, and which of its lines came in there.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use gix::ObjectId;

use crate::lines;

/// A file of which lines were added.
///
/// The text is the whole file, so that there is context for what is looked at. A finding belongs to this change if one of
/// its lines was [added](Change::is_added); otherwise it belongs to an earlier one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Change<'a> {
    /// The path from the root of the work tree, with `/`. Bytes, since git takes any but NUL.
    pub path: &'a [u8],
    /// The file's object.
    pub blob: ObjectId,
    /// Where the lines were added. `None` for what is staged, and where no history is looked at.
    pub commit: Option<&'a Commit>,
    /// All of the file. UTF-16 with a byte order mark comes as UTF-8; other encodings come as they are.
    pub text: &'a [u8],
    /// Whether this is a binary file. It was wanted by [`Interest::Any`](crate::Interest::Any), and is all added.
    pub binary: bool,
    /// Added lines, from 0.
    pub(crate) added: &'a [Range<usize>],
}

/// Who did it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The commit's object.
    pub id: ObjectId,
    /// Who wrote the change.
    pub author: Arc<Person>,
    /// When it was written, as seconds since 1970 in UTC.
    pub seconds: i64,
    /// How far the author's clock was ahead of UTC, in seconds.
    pub offset: i32,
}

/// Someone as git knows them. What is not UTF-8 in it is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address, without brackets.
    pub email: String,
}

/// Added lines that stand near each other, with lines before and behind.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hunk<'a> {
    /// The lines, those around the added ones included.
    pub text: &'a [u8],
    /// The number of the first line of the text in the file, from 1.
    pub first_line: usize,
    /// The added lines by their numbers in the file, from 1, ascending.
    pub added: Vec<Range<usize>>,
}

impl<'a> Change<'a> {
    /// The path as text. What is not UTF-8 in it is replaced.
    #[must_use]
    pub fn path_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.path)
    }

    /// The added lines by number, from 1, ascending.
    pub fn added(&self) -> impl Iterator<Item = Range<usize>> + use<'a> {
        self.added.iter().map(|range| range.start + 1..range.end + 1)
    }

    /// Whether the line, counted from 1, was added.
    #[must_use]
    pub fn is_added(&self, line: usize) -> bool {
        let after = self.added.partition_point(|range| range.start < line);
        after.checked_sub(1).and_then(|index| self.added.get(index)).is_some_and(|range| line <= range.end)
    }

    /// Whether all lines were added, as they are in a new file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.added, [only] if only.start == 0 && only.end == lines::count(self.text))
    }

    /// The added lines with `context` lines around them. Where these meet it is one hunk.
    #[must_use]
    pub fn hunks(&self, context: usize) -> Vec<Hunk<'a>> {
        let mut hunks: Vec<Hunk<'a>> = Vec::new();
        let mut ranges = self.added.iter().peekable();
        // Where the line with the number `line`, from 0, begins.
        let (mut line, mut at) = (0, 0);
        while let Some(range) = ranges.next() {
            let first = range.start.saturating_sub(context).max(line);
            let mut end = range.end.saturating_add(context);
            let mut near = Vec::new();
            while let Some(next) = ranges.next_if(|next| next.start.saturating_sub(context) <= end) {
                end = next.end.saturating_add(context);
                near.push(next);
            }
            let added = std::iter::once(range).chain(near).map(|range| range.start + 1..range.end + 1).collect();
            at = skip(self.text, at, first - line);
            let start = at;
            at = skip(self.text, at, end - first);
            line = end;
            let text = self.text.get(start..at).unwrap_or_default();
            hunks.push(Hunk { text, first_line: first + 1, added });
        }
        hunks
    }
}

/// Where the line begins that comes `lines` lines after the one that begins at `at`; the end of the text at most.
fn skip(text: &[u8], at: usize, lines: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match lines.checked_sub(1) {
        None => at,
        Some(before) => memchr::memchr_iter(b'\n', rest).nth(before).map_or(text.len(), |end| at + end + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"1\n2\n3\n4\n5\n6\n7\n8\n9";

    fn change<'a>(text: &'a [u8], added: &'a [Range<usize>]) -> Change<'a> {
        Change { path: b"a", blob: ObjectId::null(gix::hash::Kind::Sha1), commit: None, text, binary: false, added }
    }

    fn hunk<'a>(text: &'a [u8], first_line: usize, added: &[(usize, usize)]) -> Hunk<'a> {
        Hunk { text, first_line, added: added.iter().map(|(start, end)| *start..*end).collect() }
    }

    #[test]
    fn hunks_have_context_and_meet() {
        let added = [1..2, 7..9];
        let change = change(TEXT, &added);
        assert_eq!(change.hunks(1), [hunk(b"1\n2\n3\n", 1, &[(2, 3)]), hunk(b"7\n8\n9", 7, &[(8, 10)])]);
        assert_eq!(change.hunks(3), [hunk(TEXT, 1, &[(2, 3), (8, 10)])]);
        assert_eq!(change.hunks(0)[1].text, b"8\n9");
        assert_eq!(change.hunks(usize::MAX).len(), 1);
    }

    #[test]
    fn a_line_is_added_or_not() {
        let added = [1..2, 7..9];
        let change = change(TEXT, &added);
        let numbers: Vec<usize> = (0..20).filter(|line| change.is_added(*line)).collect();
        assert_eq!(numbers, [2, 8, 9]);
        assert!(!change.is_whole());
    }

    #[test]
    fn a_new_file_is_one_hunk() {
        let added = lines::all(TEXT);
        let change = change(TEXT, &added);
        assert!(change.is_whole());
        assert_eq!(change.hunks(5), [hunk(TEXT, 1, &[(1, 10)])]);
    }
}
