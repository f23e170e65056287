//! `pylock.toml` (<https://packaging.python.org/en/latest/specifications/pylock-toml/>).

use pep508_rs::MarkerTree;

use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::{Dependency, Manifest, ManifestKind, Origin};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::Pylock, text);
    let root = lock.open(document::toml(text));
    lock.requires_python(root.get("requires-python"));
    lock.need(root.get("packages"), "packages");
    for package in root.items_of("packages") {
        let Some(mut dependency) = lock.package(package) else { continue };
        dependency.origin = origin(package);
        let parts = ["sdist", "archive"].iter().filter_map(|key| package.get(key));
        dependency.is_hashed = lock::is_hashed(parts.chain(package.items_of("wheels")), "hashes");
        dependency.requires = lock::names(package.items_of("dependencies")).collect();
        when(&mut lock, &mut dependency, package);
        lock.need_version(&dependency);
        lock.manifest.dependencies.push(dependency);
    }
    lock.finish()
}

/// When a package is needed. Markers of locks also ask which extras and groups are wanted: `"dev" in dependency_groups`.
fn when(lock: &mut Lock<'_>, dependency: &mut Dependency, package: &Node<'_>) {
    let Some(node) = package.get("marker") else { return };
    let written = node.text().unwrap_or_default();
    if !written.contains("dependency_groups") && !written.contains("extras") {
        dependency.marker = lock.marker(Some(node));
        return;
    }
    // The first group that brings it, when only groups do.
    dependency.marker = MarkerTree::TRUE;
    let mut words = written.split_whitespace().map(|word| word.trim_matches(['(', ')']));
    let mut first = None;
    loop {
        let (Some(group), Some("in"), Some("dependency_groups" | "extras")) =
            (words.next(), words.next(), words.next())
        else {
            return;
        };
        first = first.or_else(|| Some(group.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?.to_owned()));
        match words.next() {
            Some("or") => {}
            Some(_) => return,
            None => break,
        }
    }
    dependency.group = first;
}

fn origin(package: &Node<'_>) -> Origin {
    let place = |node: &Node<'_>| node.text_of("url").or(node.text_of("path")).unwrap_or_default().to_owned();
    if let Some(vcs) = package.get("vcs") {
        return Origin::Vcs { url: place(vcs), commit: lock::commit(vcs.text_of("commit-id")), revision: None };
    }
    if let Some(directory) = package.get("directory") {
        return Origin::Path(place(directory));
    }
    match package.get("archive") {
        Some(archive) if archive.get("url").is_some() => Origin::Url(place(archive)),
        Some(archive) => Origin::Path(place(archive)),
        None => Origin::Index(package.text_of("index").map(ToOwned::to_owned)),
    }
}
