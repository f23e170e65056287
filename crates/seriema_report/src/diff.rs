//! A fix, shown as the lines it changes.

use seriema_finding::{Fix, Position, Snippet};

/// A part of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Lines that the snippet holds, before and after.
    Lines {
        /// Number of the first line.
        line: u32,
        /// The lines that go.
        removed: Vec<String>,
        /// The lines that come.
        added: Vec<String>,
    },
    /// An edit outside of the snippet.
    Elsewhere {
        /// Number of the line.
        line: u32,
        /// What is written there; empty for a deletion.
        content: String,
        /// Whether text is deleted.
        deletes: bool,
    },
}

/// The changes that a fix makes, in the order of lines. Edits that touch the same lines are one change.
pub(crate) fn changes(fix: &Fix, snippet: &Snippet) -> Vec<Change> {
    let count = u32::try_from(snippet.lines.len()).unwrap_or(u32::MAX);
    let end_line = snippet.first_line.saturating_add(count);
    let mut out = Vec::new();
    let mut group: Vec<&seriema_finding::Edit> = Vec::new();
    for edit in &fix.edits {
        // A deletion may end at the start of the line after the snippet: it then takes the last line's end.
        let inside = edit.start.line >= snippet.first_line
            && edit.start <= edit.end
            && (edit.end.line < end_line || (edit.end.line == end_line && edit.end.column <= 1))
            && edit.start.line < end_line;
        if !inside {
            out.push(Change::Elsewhere {
                line: edit.start.line,
                content: edit.content.clone(),
                deletes: edit.start.offset != edit.end.offset,
            });
            continue;
        }
        if group.last().is_some_and(|before| before.end.line.saturating_add(1) < edit.start.line) {
            out.extend(lines_of(&group, snippet));
            group.clear();
        }
        group.push(edit);
    }
    out.extend(lines_of(&group, snippet));
    out.sort_by_key(|change| match change {
        Change::Lines { line, .. } | Change::Elsewhere { line, .. } => *line,
    });
    out
}

fn lines_of(edits: &[&seriema_finding::Edit], snippet: &Snippet) -> Option<Change> {
    let first = edits.first()?.start.line;
    let last = edits.iter().map(|edit| edit.end.line).max()?;
    let from = usize::try_from(first.checked_sub(snippet.first_line)?).ok()?;
    let to = usize::try_from(last.checked_sub(snippet.first_line)?).ok()?.min(snippet.lines.len().saturating_sub(1));
    let lines = snippet.lines.get(from..=to)?;
    let mut old = String::new();
    let mut starts = Vec::new();
    for line in lines {
        starts.push(old.len());
        old.push_str(line);
        old.push('\n');
    }
    starts.push(old.len());
    let offset = |position: Position| -> Option<usize> {
        let start = *starts.get(usize::try_from(position.line.checked_sub(first)?).ok()?)?;
        let rest = old.get(start..)?;
        let column = usize::try_from(position.column.saturating_sub(1)).ok()?;
        let line = rest.split('\n').next().unwrap_or_default();
        Some(start + line.char_indices().nth(column).map_or(line.len(), |(index, _)| index))
    };
    let mut new = old.clone();
    let mut limit = new.len();
    for edit in edits.iter().rev() {
        let (start, end) = (offset(edit.start)?, offset(edit.end)?);
        // Overlapping edits would be a mistake of their maker; show none rather than a wrong text.
        if start > end || end > limit {
            return None;
        }
        new.replace_range(start..end, &edit.content);
        limit = start;
    }
    let mut removed: Vec<&str> = old.lines().collect();
    let mut added: Vec<&str> = new.lines().collect();
    while removed.last().is_some() && removed.last() == added.last() {
        removed.pop();
        added.pop();
    }
    let same = removed.iter().zip(&added).take_while(|(a, b)| a == b).count();
    if removed.len() == same && added.len() == same {
        return None;
    }
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Some(Change::Lines {
        line: first.saturating_add(u32::try_from(same).ok()?),
        removed: owned(removed.get(same..)?),
        added: owned(added.get(same..)?),
    })
}

/// The changes as a unified diff's body, for a fenced block: `- old`, `+ new`. Lines are safe to print and cut to
/// `max` columns.
pub(crate) fn unified(fix: &Fix, snippet: &Snippet, max: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut push = |sign: char, text: &str| {
        let text = crate::visible::block(text);
        out.extend(text.lines().map(|line| format!("{sign} {}", crate::visible::cut(line, max, "…"))));
    };
    for change in changes(fix, snippet) {
        match change {
            Change::Lines { removed, added, .. } => {
                removed.iter().for_each(|line| push('-', line));
                added.iter().for_each(|line| push('+', line));
            }
            Change::Elsewhere { line, content, deletes } => {
                push('#', &format!("line {line}{}", if deletes { ", replaced:" } else { ":" }));
                push('+', content.trim_end_matches('\n'));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use seriema_finding::{Applicability, Edit};

    use super::*;

    /// Start and end as line and column, and the text.
    type Given<'a> = ((u32, u32), (u32, u32), &'a str);

    fn fix(edits: &[Given<'_>]) -> Fix {
        let at = |(line, column)| Position { line, column, column_utf16: column, offset: line * 100 + column };
        Fix {
            title: "Fix".to_owned(),
            edits: edits
                .iter()
                .map(|(start, end, content)| Edit { start: at(*start), end: at(*end), content: (*content).to_owned() })
                .collect(),
            applicability: Applicability::Safe,
        }
    }

    fn snippet() -> Snippet {
        Snippet { first_line: 10, lines: vec!["import os".into(), "run('é', shell=True)".into(), "done()".into()] }
    }

    #[test]
    fn edits_on_a_line_are_one_change() {
        let fix = fix(&[((11, 1), (11, 4), "call"), ((11, 16), (11, 20), "False")]);
        assert_eq!(unified(&fix, &snippet(), 80), ["- run('é', shell=True)", "+ call('é', shell=False)"]);
    }

    #[test]
    fn whole_lines_come_and_go() {
        assert_eq!(unified(&fix(&[((10, 1), (11, 1), "")]), &snippet(), 80), ["- import os"]);
        assert_eq!(unified(&fix(&[((12, 1), (13, 1), "")]), &snippet(), 80), ["- done()"]);
        assert_eq!(unified(&fix(&[((11, 1), (11, 1), "import sys\n")]), &snippet(), 80), ["+ import sys"]);
    }

    #[test]
    fn what_the_snippet_does_not_hold_is_named_by_its_line() {
        let fix = fix(&[((1, 1), (1, 1), "import shlex\n"), ((11, 1), (11, 4), "call")]);
        assert_eq!(
            unified(&fix, &snippet(), 80),
            ["# line 1:", "+ import shlex", "- run('é', shell=True)", "+ call('é', shell=True)"]
        );
    }

    #[test]
    fn nonsense_edits_show_nothing_wrong() {
        assert_eq!(changes(&fix(&[((11, 9), (11, 2), "x")]), &snippet()).len(), 1);
        assert_eq!(changes(&fix(&[((11, 4), (11, 12), "x"), ((11, 2), (11, 8), "y")]), &Snippet::default()).len(), 2);
    }
}
