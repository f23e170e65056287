//! Edits as a unified diff.

use std::io::{Result, Write};
use std::ops::Range;

use seriema_deps::fix::{Edit, apply};
use seriema_report::visible_line;

/// Lines shown around what changes.
const CONTEXT: usize = 3;

/// Lines of a text that change, and what they become.
struct Part {
    lines: Range<usize>,
    after: String,
}

/// Writes what edits do to a text, so that `patch -p1` and `git apply` take it.
pub(crate) fn write<'e>(
    out: &mut impl Write,
    path: &str,
    text: &str,
    edits: impl Iterator<Item = &'e Edit>,
) -> Result<()> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let parts = parts(text, &lines, edits);
    writeln!(out, "--- a/{0}\n+++ b/{0}", visible_line(path))?;
    let mut moved = 0_isize;
    for hunk in parts.chunk_by(|a, b| b.lines.start <= a.lines.end + 2 * CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let (start, end) = (first.lines.start.saturating_sub(CONTEXT), (last.lines.end + CONTEXT).min(lines.len()));
        let removed: usize = hunk.iter().map(|part| part.lines.len()).sum();
        let added: usize = hunk.iter().map(|part| part.after.split_inclusive('\n').count()).sum();
        let (old, new) = (end - start, end - start + added - removed);
        let from = (start + 1).saturating_add_signed(moved);
        writeln!(out, "@@ -{},{old} +{from},{new} @@", start + 1)?;
        moved += isize::try_from(added).unwrap_or(0) - isize::try_from(removed).unwrap_or(0);
        let mut at = start;
        for part in hunk {
            all(out, ' ', lines[at..part.lines.start].iter().copied())?;
            all(out, '-', lines[part.lines.clone()].iter().copied())?;
            all(out, '+', part.after.split_inclusive('\n'))?;
            at = part.lines.end;
        }
        all(out, ' ', lines[at..end].iter().copied())?;
    }
    Ok(())
}

/// Lines with a mark before them. What acts on a terminal is escaped; ends of lines stay.
fn all<'t>(out: &mut impl Write, mark: char, lines: impl Iterator<Item = &'t str>) -> Result<()> {
    for line in lines {
        let text = line.trim_end_matches(['\r', '\n']);
        write!(out, "{mark}{}{}", visible_line(text), &line[text.len()..])?;
        if !line.ends_with('\n') {
            writeln!(out, "\n\\ No newline at end of file")?;
        }
    }
    Ok(())
}

fn parts<'e>(text: &str, lines: &[&str], edits: impl Iterator<Item = &'e Edit>) -> Vec<Part> {
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        })
        .collect();
    let line_of = |at: usize| starts.partition_point(|start| *start <= at).saturating_sub(1);
    let mut edits: Vec<Edit> = edits.cloned().collect();
    edits.sort();
    edits.dedup();
    let mut groups: Vec<(Range<usize>, Vec<Edit>)> = Vec::new();
    for edit in edits {
        let touched = line_of(edit.range.start)..line_of(edit.range.end) + 1;
        match groups.last_mut() {
            Some((lines, group)) if touched.start < lines.end => {
                lines.end = lines.end.max(touched.end);
                group.push(edit);
            }
            _ => groups.push((touched, vec![edit])),
        }
    }
    let place = |line: usize| starts.get(line).copied().unwrap_or(text.len());
    let part = |(lines, group): (Range<usize>, Vec<Edit>)| {
        let (start, end) = (place(lines.start), place(lines.end));
        let within: Vec<Edit> = group
            .into_iter()
            .map(|edit| Edit::at(edit.range.start - start..edit.range.end - start, edit.content))
            .collect();
        let after = apply(text.get(start..end)?, &within)?;
        Some(Part { lines, after })
    };
    groups.into_iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_become_hunks_with_context() {
        let text = "1\n2\n3\n4\na==1 \\\n --hash=x\n6\n7\n8\n9\n10\n11\n12\n13\nb==1\r\nc==1";
        let at = |what: &str| text.find(what).map(|at| at + 3).expect("there");
        let edits = [
            Edit::at(at("a==1")..at("a==1") + 1, "2".to_owned()),
            Edit::at(at("a==1") + 1..text.find("\n6").expect("there"), String::new()),
            Edit::at(at("b==1")..at("b==1") + 1, "2".to_owned()),
            Edit::at(at("c==1")..at("c==1") + 1, "2".to_owned()),
        ];
        let mut out = Vec::new();
        write(&mut out, "x.txt", text, edits.iter()).expect("written");
        let expected = "--- a/x.txt\n+++ b/x.txt\n@@ -2,8 +2,7 @@\n 2\n 3\n 4\n-a==1 \\\n- --hash=x\n+a==2\n 6\n 7\n 8\n@@ -12,5 +11,5 @@\n 11\n 12\n 13\n-b==1\r\n+b==2\r\n-c==1\n\\ No newline at end of file\n+c==2\n\\ No newline at end of file\n";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
