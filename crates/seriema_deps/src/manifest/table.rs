//! TOML with places: what the readers of TOML manifests share.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::manifest::requirement::commit;
use crate::manifest::sheet::Sheet;
use crate::manifest::{Dependency, Origin};

pub(crate) type Table<'t> = DeTable<'t>;
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Parses a document, as much of it as can be read.
pub(crate) fn parse<'t>(sheet: &mut Sheet<'_>, text: &'t str) -> Spanned<Table<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        sheet.unread(at, format!("not TOML: {}", error.message()));
    }
    table
}

/// The table under a path of keys.
pub(crate) fn table<'a, 't>(root: &'a Table<'t>, keys: &[&str]) -> Option<&'a Table<'t>> {
    keys.iter().try_fold(root, |table, key| table.get(*key)?.get_ref().as_table())
}

/// The string under a key.
pub(crate) fn string<'a>(table: &'a Table<'_>, key: &str) -> Option<&'a str> {
    table.get(key)?.get_ref().as_str()
}

/// Whether a key is `true`.
pub(crate) fn is_set(table: &Table<'_>, key: &str) -> bool {
    table.get(key).is_some_and(|value| value.get_ref().as_bool() == Some(true))
}

/// Where the text of a string stands without its quotes, if it stands there as it is.
pub(crate) fn inner(text: &str, span: Range<usize>, value: &str) -> Option<Range<usize>> {
    let quotes = span.len().checked_sub(value.len()).filter(|quotes| matches!(quotes, 2 | 6))? / 2;
    let inner = span.start + quotes..span.end - quotes;
    (text.get(inner.clone()) == Some(value)).then_some(inner)
}

/// A span that lies within the text.
pub(crate) fn within(sheet: &Sheet<'_>, span: Range<usize>) -> Range<usize> {
    if sheet.text.get(span.clone()).is_some() { span } else { 0..0 }
}

/// Reads a list of requirements. Says so if it is none; elements that are no strings go to `other`.
pub(crate) fn list(
    sheet: &mut Sheet<'_>,
    value: &Value<'_>,
    group: Option<&str>,
    other: &mut dyn FnMut(&Value<'_>) -> bool,
) {
    let span = within(sheet, value.span());
    let Some(array) = value.get_ref().as_array() else {
        sheet.unread(span.start, "a list of requirements is expected here");
        return;
    };
    for element in array.iter() {
        let span = within(sheet, element.span());
        match element.get_ref().as_str() {
            Some(text) => requirement(sheet, text, span, |dependency| dependency.group = group.map(str::to_owned)),
            None if other(element) => {}
            None => sheet.unread(span.start, "a requirement is expected here, as a string"),
        }
    }
}

/// Reads a requirement in a string.
pub(crate) fn requirement(
    sheet: &mut Sheet<'_>,
    text: &str,
    span: Range<usize>,
    complete: impl FnOnce(&mut Dependency),
) {
    // pdm writes those that are installed in place as pip does on its command line.
    let bare = text.strip_prefix("-e ").unwrap_or(text);
    let found = match inner(sheet.text, span.clone(), text) {
        Some(inner) => sheet.requirement(inner.end - bare.len()..inner.end),
        None => sheet.requirement_at(bare, span),
    };
    if let Some(dependency) = found {
        complete(dependency);
    }
}

/// Where a table says that a package comes from: `git`, `url`, `path`, `workspace`.
pub(crate) fn origin(table: &Table<'_>) -> Option<Origin> {
    for vcs in ["git", "hg", "svn"] {
        if let Some(url) = string(table, vcs) {
            let revision = ["rev", "ref", "tag", "branch"].iter().find_map(|key| string(table, key));
            let url = url.strip_prefix("git+").unwrap_or(url).to_owned();
            return Some(Origin::Vcs { url, commit: revision.and_then(commit), revision: revision.map(str::to_owned) });
        }
    }
    if let Some(url) = string(table, "url") {
        return Some(Origin::Url(url.to_owned()));
    }
    if let Some(path) = string(table, "path") {
        return Some(Origin::Path(path.to_owned()));
    }
    if let Some(file) = string(table, "file") {
        let is_remote = file.contains("://") && !file.starts_with("file:");
        return Some(if is_remote { Origin::Url(file.to_owned()) } else { Origin::Path(file.to_owned()) });
    }
    is_set(table, "workspace").then(|| Origin::Path(String::new()))
}
