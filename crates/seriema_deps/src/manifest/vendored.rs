//! Vendored copies: a list beside them (`_vendor/vendor.txt`), or the version that a copy names in its own code. The name is
//! its directory's, which need not be the name on an index.

use std::ops::Range;

use crate::manifest::lock::{self, Lock};
use crate::manifest::sheet::quoted;
use crate::manifest::{Manifest, ManifestKind, Origin};

/// How a version is named in code. `version` alone is one only in files for it.
const NAMES: [&str; 4] = ["__version__", "VERSION", "version", "__VERSION__"];
/// How many lines of code are looked at.
const MAX_LINES: usize = 2000;

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::Vendored, text);
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(stem) = file.strip_suffix(".py") {
        code(&mut lock, folder, stem);
    } else {
        list(&mut lock, folder);
    }
    lock.finish()
}

/// Lines with their places, without what surrounds them.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

/// Reads `name==1.0  # why`, one a line; what is indented was vendored by the one before.
fn list(lock: &mut Lock<'_>, folder: &str) {
    let text = lock.text;
    for (start, line) in lines(text) {
        let code = line.split('#').next().unwrap_or_default().trim_end();
        let written = code.trim_start();
        if written.is_empty() || written.starts_with('-') {
            continue;
        }
        let start = start + code.len() - written.len();
        let range = start..start + written.len();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = written.find(|c| !is_part(c)).unwrap_or(written.len());
        let Some(mut dependency) = lock::dependency(&written[..end], range) else {
            lock.unread(start, format!("{} is no requirement", quoted(written)));
            continue;
        };
        dependency.origin = Origin::Path(folder.to_owned());
        let requirement = written.split(';').next().unwrap_or_default();
        let version = requirement.split_once("==").map(|(_, version)| version.trim_start_matches('='));
        let version = version.map(|version| version.split_whitespace().next().unwrap_or_default());
        match version.map(str::parse) {
            Some(Ok(found)) => {
                dependency.version = Some(found);
                dependency.version_range = version.and_then(|version| place(text, version));
            }
            _ => lock.unread(start, format!("{} names no version", quoted(written))),
        }
        lock.manifest.dependencies.push(dependency);
    }
}

/// Reads `__version__ = "1.0"`. Code that names no version is no fault: it may stand in another file.
fn code(lock: &mut Lock<'_>, folder: &str, stem: &str) {
    let text = lock.text;
    let is_package = stem == "__init__";
    let is_version = matches!(stem, "version" | "_version" | "__version__" | "__about__" | "_about" | "about");
    let (name, folder) = match folder.rsplit_once('/') {
        _ if !is_package && !is_version => (stem, folder),
        Some((folder, name)) => (name, folder),
        None => (folder, ""),
    };
    let names = if is_version { &NAMES[..] } else { &NAMES[..1] };
    for (start, line) in lines(text).take(MAX_LINES) {
        let Some(rest) = names.iter().find_map(|name| line.strip_prefix(name)) else { continue };
        let Some((before, value)) = rest.split_once('=') else { continue };
        // Nothing but an annotation stands between.
        if !(before.trim().is_empty() || before.trim_start().starts_with(':')) {
            continue;
        }
        let value = value.trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some((written, _)) = value[1..].split_once(quote) else { continue };
        // `".".join(…)`: the version is made of others.
        if !written.contains(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let range = start..start + line.len();
        let Some(mut dependency) = lock::dependency(name, range) else {
            lock.unread(start, format!("{} is no name of a package", quoted(name)));
            return;
        };
        dependency.origin = Origin::Path(folder.to_owned());
        dependency.version_range = place(text, written);
        match written.parse() {
            Ok(version) => dependency.version = Some(version),
            Err(_) => lock.unread(start, format!("{} is no version of `{name}`", quoted(written))),
        }
        lock.manifest.dependencies.push(dependency);
        return;
    }
}

/// Where a piece of a text stands in it.
fn place(text: &str, piece: &str) -> Option<Range<usize>> {
    let start = (piece.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (start + piece.len() <= text.len()).then_some(start..start + piece.len())
}
