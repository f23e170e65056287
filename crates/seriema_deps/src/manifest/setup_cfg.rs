//! `setup.cfg` as setuptools reads it.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::manifest::requirement::{self, trimmed};
use crate::manifest::sheet::Sheet;
use crate::manifest::{Manifest, ManifestKind, Name};

/// A key of a section with the lines of its value.
struct Entry {
    section: String,
    key: String,
    at: usize,
    lines: Vec<Range<usize>>,
}

/// Reads a `setup.cfg`.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::SetupCfg, text);
    for entry in entries(&mut sheet) {
        match (entry.section.as_str(), entry.key.as_str()) {
            ("metadata", "name") => {
                let name = entry.lines.first().and_then(|line| text.get(line.clone()));
                sheet.manifest.project = name.and_then(Name::new);
            }
            ("options", "python_requires") => {
                let Some(line) = entry.lines.first() else { continue };
                let (specifiers, problems) = requirement::specifiers(text, line.clone());
                for problem in problems {
                    sheet.diagnose(problem.at, problem.kind, problem.message);
                }
                sheet.manifest.requires_python = Some(specifiers);
            }
            ("options", "install_requires") => list(&mut sheet, &entry, None),
            ("options", "setup_requires") => list(&mut sheet, &entry, Some("build")),
            ("options", "tests_require") => list(&mut sheet, &entry, Some("test")),
            ("options.extras_require", extra) => list(&mut sheet, &entry, Some(extra)),
            _ => {}
        }
    }
    sheet.finish()
}

/// The keys of the file, as Python's `configparser` finds them.
fn entries(sheet: &mut Sheet<'_>) -> Vec<Entry> {
    let text = sheet.text;
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut known = BTreeSet::new();
    let mut is_open = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = trimmed(text, start..start + line.len());
        let is_indented = range.start > start && !line.starts_with('\u{feff}');
        start += line.len();
        let content = text[range.clone()].trim_start_matches('\u{feff}');
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if is_indented {
            if let Some(entry) = entries.last_mut().filter(|_| is_open) {
                entry.lines.push(range);
            }
            continue;
        }
        is_open = false;
        if let Some(name) = content.strip_prefix('[') {
            section = name.split(']').next().unwrap_or_default().trim().to_owned();
            continue;
        }
        let Some(end) = text[range.clone()].find(['=', ':']) else {
            sheet.unread(range.start, "neither a section nor a key with a value");
            continue;
        };
        let key = text[range.start..range.start + end].trim().to_lowercase();
        let key = if section == "options.extras_require" { key } else { key.replace('-', "_") };
        if !known.insert((section.clone(), key.clone())) {
            sheet.unread(range.start, format!("`{key}` is there twice in `[{section}]`"));
        }
        let value = trimmed(text, range.start + end + 1..range.end);
        is_open = true;
        entries.push(Entry { section: section.clone(), key, at: range.start, lines: vec![value] });
    }
    entries
}

/// A list of requirements: one a line, or on one line separated by `;`.
fn list(sheet: &mut Sheet<'_>, entry: &Entry, group: Option<&str>) {
    let text = sheet.text;
    let lines: Vec<_> = entry.lines.iter().filter(|line| !line.is_empty()).cloned().collect();
    let Some(first) = lines.first().cloned() else { return };
    let head = &text[first.clone()];
    if let Some(files) = head.strip_prefix("file:") {
        let mut at = first.end - files.len();
        for file in files.split(',') {
            let range = trimmed(text, at..at + file.len());
            at += file.len() + 1;
            if !range.is_empty() {
                sheet.include(&text[range.clone()], false, range);
            }
        }
        return;
    }
    if head.starts_with("attr:") {
        sheet.note(entry.at, format!("`{}` is only known when the project is built", entry.key));
        return;
    }
    let is_one_line = entry.lines.len() == 1;
    for line in lines {
        let mut parts = vec![line.clone()];
        let marker = head.split_once(';').map(|(_, rest)| rest.trim());
        // `a; python_version < "3"` on one line is not what setuptools can read, but what is meant is clear.
        if is_one_line && marker.is_some_and(|marker| requirement::marker(marker).is_err()) {
            parts.clear();
            let mut at = line.start;
            for part in head.split(';') {
                parts.push(at..at + part.len());
                at += part.len() + 1;
            }
        }
        for part in parts {
            if let Some(dependency) = sheet.requirement(trimmed(text, part)) {
                dependency.group = group.map(str::to_owned);
            }
        }
    }
}
