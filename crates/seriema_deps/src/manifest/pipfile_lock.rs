//! `Pipfile.lock`: categories of packages, `default` and `develop` at least. It does not say what asks for what.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use crate::manifest::document::{self, Entry, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::sheet::quoted;
use crate::manifest::{Dependency, Manifest, ManifestKind, Origin};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::PipfileLock, text);
    let root = lock.open(document::json(text));
    let meta = root.get("_meta");
    let sources: BTreeMap<&str, &str> = meta
        .map_or(&[][..], |meta| meta.items_of("sources"))
        .iter()
        .filter_map(|source| Some((source.text_of("name")?, source.text_of("url")?)))
        .collect();
    for category in root.entries().iter().filter(|entry| entry.key != "_meta") {
        lock.expect(Some(&category.node), false, "a category");
        for entry in category.node.entries() {
            if let Some(mut dependency) = package(&mut lock, entry, &sources) {
                dependency.group = match &*category.key {
                    "default" => None,
                    "develop" => Some("dev".to_owned()),
                    name => Some(name.to_owned()),
                };
                lock.manifest.dependencies.push(dependency);
            }
        }
    }
    lock.finish()
}

fn package(lock: &mut Lock<'_>, entry: &Entry<'_>, sources: &BTreeMap<&str, &str>) -> Option<Dependency> {
    let Some(mut dependency) = lock::dependency(&entry.key, entry.range.clone()) else {
        lock.unread(entry.range.start, format!("{} is no name of a package; it was not read", quoted(&entry.key)));
        return None;
    };
    let package = &entry.node;
    lock.expect(Some(package), false, dependency.name.as_str());
    dependency.origin = origin(package, sources);
    dependency.extras = lock::texts(package.items_of("extras"));
    dependency.is_hashed = !package.items_of("hashes").is_empty();
    dependency.marker = lock.marker(package.get("markers"));
    if let Some(version) = package.get("version") {
        pinned(lock, &mut dependency, version);
    }
    lock.need_version(&dependency);
    Some(dependency)
}

/// Reads `==1.0`; also `*`, which is any version.
fn pinned(lock: &mut Lock<'_>, dependency: &mut Dependency, node: &Node<'_>) {
    let Some(written) = node.text().map(str::trim) else { return lock.version(dependency, Some(node)) };
    dependency.version_range = Some(lock::inner(lock.text, &node.range));
    if written == "*" {
        return;
    }
    if let Some(version) =
        written.strip_prefix("==").map(|version| version.trim_start_matches('=')).map(Version::from_str)
        && let Ok(version) = version
    {
        dependency.version = Some(version);
    } else if let Ok(specifiers) = VersionSpecifiers::from_str(written) {
        dependency.version =
            specifiers.iter().find(|one| *one.operator() == Operator::Equal).map(|one| one.version().clone());
        dependency.specifiers = specifiers;
    } else {
        lock.version(dependency, Some(node));
        let inner = lock::inner(lock.text, &node.range);
        dependency.version_range = Some(inner);
    }
}

fn origin(package: &Node<'_>, sources: &BTreeMap<&str, &str>) -> Origin {
    for key in ["git", "hg", "svn", "bzr"] {
        if let Some(url) = package.text_of(key) {
            return Origin::Vcs { url: url.to_owned(), commit: lock::commit(package.text_of("ref")), revision: None };
        }
    }
    if let Some(path) = package.text_of("path") {
        return Origin::Path(path.to_owned());
    }
    match package.text_of("file") {
        Some(file) if file.contains("://") => Origin::Url(file.to_owned()),
        Some(file) => Origin::Path(file.to_owned()),
        None => Origin::Index(package.text_of("index").map(|name| (*sources.get(name).unwrap_or(&name)).to_owned())),
    }
}
