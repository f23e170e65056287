//! `METADATA` of an installed distribution or a wheel, `PKG-INFO` of a source distribution: one package, and what it asks for
//! (<https://packaging.python.org/en/latest/specifications/core-metadata/>).

use std::borrow::Cow;
use std::ops::Range;

use crate::manifest::document::{Node, Value};
use crate::manifest::lock::{self, Lock};
use crate::manifest::sheet::quoted;
use crate::manifest::{Manifest, ManifestKind};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::Metadata, text);
    let mut name = None;
    let mut version = None;
    let mut requires = Vec::new();
    for (key, range) in headers(text) {
        let value = &text[range.clone()];
        let node = || Node { value: Value::Text(Cow::Borrowed(value)), range: range.clone() };
        if key.eq_ignore_ascii_case("name") {
            name.get_or_insert(node());
        } else if key.eq_ignore_ascii_case("version") {
            version.get_or_insert(node());
        } else if key.eq_ignore_ascii_case("requires-python") {
            lock.requires_python(Some(&node()));
        } else if key.eq_ignore_ascii_case("requires-dist") {
            // What only an extra asks for is not needed by itself.
            let marker = value.split_once(';').map_or("", |(_, marker)| marker);
            match lock::required(value) {
                Some(_) if marker.contains("extra") => {}
                Some(name) => requires.push(name),
                None => lock.unread(range.start, format!("{} is no requirement", quoted(value))),
            }
        }
    }
    let Some(name) = name else {
        lock.unread(0, "no `Name` is in these metadata; nothing was read");
        return lock.finish();
    };
    let range = name.range.clone();
    if let Some(mut dependency) = lock.named(&name, range) {
        lock.version(&mut dependency, version.as_ref());
        lock.need_version(&dependency);
        dependency.requires = requires;
        lock.manifest.dependencies.push(dependency);
    }
    lock.finish()
}

/// The headers up to the first empty line, each with the place of its value. A value's further lines are left out: names,
/// versions and requirements have one.
fn headers(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let lines = text[at..].split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    lines.take_while(|(_, line)| !line.trim_end_matches(['\r', '\n']).is_empty()).filter_map(|(start, line)| {
        let (key, value) = line.split_once(':')?;
        if key.starts_with([' ', '\t']) {
            return None;
        }
        let from = start + line.len() - value.trim_start().len();
        Some((key, from..from + value.trim().len()))
    })
}
