//! `requirements.txt`, as pip reads it (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>).

use crate::manifest::sheet::Sheet;
use crate::manifest::{Manifest, ManifestKind, options, words};

/// Reads a requirements or constraints file.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::Requirements, text);
    let mut marks = Vec::new();
    let blank = blanked(text, &mut marks);
    let is_source = path.ends_with(".in");
    let mut start = 0;
    for part in blank.split_inclusive(['\n', '\r']) {
        line(&mut sheet, part, start, is_source.then_some(true));
        start += part.len();
    }
    for (at, is_direct) in marks {
        let dependencies = &mut sheet.manifest.dependencies;
        let before = dependencies.partition_point(|dependency| dependency.range.start < at);
        if let Some(dependency) = before.checked_sub(1).and_then(|last| dependencies.get_mut(last)) {
            dependency.is_direct = Some(is_direct || dependency.is_direct == Some(true));
        }
    }
    sheet.finish()
}

/// Reads a line that stands at `start`: a requirement with its options, or options.
pub(crate) fn line(sheet: &mut Sheet<'_>, line: &str, start: usize, is_direct: Option<bool>) {
    // Options begin with the first word that begins with `-`.
    let mut head = line.len();
    let mut at = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        if word.starts_with('-') {
            head = at;
            break;
        }
        at += word.len();
    }
    let mut words = words::split(line, head..line.len(), false);
    for word in &mut words {
        word.range = word.range.start + start..word.range.end + start;
        word.inner = word.inner.as_ref().map(|inner| inner.start + start..inner.end + start);
    }
    let known = sheet.manifest.options.len();
    let read = options::read(sheet, words, &mut |dependency| dependency.is_direct = is_direct);
    if line[..head].trim().is_empty() {
        return;
    }
    if read.is_global {
        sheet.manifest.options.truncate(known);
        sheet.note(start + head, "pip takes no notice of such options on the line of a requirement");
    }
    if let Some(dependency) = sheet.requirement_as(&line[..head], start) {
        dependency.is_hashed |= read.is_hashed;
        dependency.is_direct = is_direct;
    }
}

/// The text with comments, the byte order mark, and the ends of lines that go on, as blanks: places stay what they are.
/// What pip-compile and uv say of why a package is there (`# via flask`) is taken down, with its place.
fn blanked(text: &str, marks: &mut Vec<(usize, bool)>) -> String {
    let mut blank = String::with_capacity(text.len());
    let mut is_listing = false;
    for line in text.split_inclusive('\n') {
        let start = blank.len();
        let end = line.trim_end_matches(['\n', '\r']);
        let code = match comment(end) {
            Some(at) => {
                let said = end[at..].trim_start_matches('#').trim();
                if let Some(reasons) = said.strip_prefix("via").filter(|rest| rest.is_empty() || rest.starts_with(' '))
                {
                    is_listing = true;
                    reason(reasons, start + at, marks);
                } else if is_listing && end[..at].trim().is_empty() {
                    reason(said, start + at, marks);
                }
                &end[..at]
            }
            None => {
                is_listing = false;
                end
            }
        };
        let is_comment = code.len() < end.len();
        let goes_on = !is_comment && code.ends_with('\\');
        let code = if goes_on { &code[..code.len() - 1] } else { code };
        match code.strip_prefix('\u{feff}').filter(|_| start == 0) {
            Some(code) => {
                blank.push_str("   ");
                blank.push_str(code);
            }
            None => blank.push_str(code),
        }
        let breaks = line.len() - end.len();
        let fill = start + line.len() - breaks - blank.len();
        blank.extend(std::iter::repeat_n(' ', fill));
        if goes_on {
            blank.extend(std::iter::repeat_n(' ', breaks));
        } else {
            blank.push_str(&line[end.len()..]);
        }
    }
    blank
}

/// Where a comment begins: `#` at the start or after a blank.
fn comment(line: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && (before.is_whitespace() || before == '\u{feff}') {
            return Some(at);
        }
        before = c;
    }
    None
}

fn reason(said: &str, at: usize, marks: &mut Vec<(usize, bool)>) {
    for one in said.split(',').map(str::trim).filter(|one| !one.is_empty() && !one.starts_with("-c ")) {
        let is_file =
            [".in", ".txt", ".toml", ".cfg", ".py"].iter().any(|end| one.trim_end_matches(')').ends_with(end));
        marks.push((at, is_file || one.starts_with("-r ")));
    }
}
