//! `poetry.lock`, 1.x with categories and 2.x with groups. It does not say what the project asks for itself.

use std::collections::BTreeMap;

use crate::manifest::document::{self, Node, Value};
use crate::manifest::lock::{self, Lock};
use crate::manifest::tree::Graph;
use crate::manifest::{Manifest, ManifestKind, Name, Origin};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::PoetryLock, text);
    let root = lock.open(document::toml(text));
    lock.need(root.get("package"), "package");
    let metadata = root.get("metadata");
    lock.requires_python(metadata.and_then(|metadata| metadata.get("python-versions")));
    // Before 2.0, files stand in a table of their own.
    let files: BTreeMap<Name, bool> = metadata
        .map_or(&[][..], |metadata| metadata.entries_of("files"))
        .iter()
        .filter_map(|entry| Some((Name::new(&entry.key)?, lock::is_hashed(entry.node.items().iter(), "hash"))))
        .collect();
    let mut is_optional = Vec::new();
    for package in root.items_of("package") {
        let Some(mut dependency) = lock.package(package) else { continue };
        if let Some(source) = package.get("source") {
            dependency.origin = origin(source);
        }
        dependency.is_hashed = match package.get("files") {
            Some(files) => lock::is_hashed(files.items().iter(), "hash"),
            None => files.get(&dependency.name).copied().unwrap_or(false),
        };
        dependency.group = group(package);
        // A table of markers has one for each group.
        if let Some(markers @ Node { value: Value::Text(_), .. }) = package.get("markers") {
            dependency.marker = lock.marker(Some(markers));
        }
        dependency.requires = lock::keys(package.entries_of("dependencies")).collect();
        lock.need_version(&dependency);
        is_optional.push(dependency.group.is_none() && package.get("optional").is_some_and(Node::is_true));
        lock.manifest.dependencies.push(dependency);
    }
    // What is optional belongs to the extra that brings it.
    let dependencies = &mut lock.manifest.dependencies;
    let mut extras = vec![None; dependencies.len()];
    let mut graph = Graph::new(dependencies);
    for extra in root.entries_of("extras") {
        let names: Vec<Name> = extra.node.items().iter().filter_map(|item| lock::required(item.text()?)).collect();
        let starts: Vec<u32> = names.iter().flat_map(|name| graph.entries(name).iter().copied()).collect();
        graph.walk(starts, |at, _| extras[at as usize] = Some(extra.key.clone().into_owned()));
    }
    for ((dependency, extra), is_optional) in dependencies.iter_mut().zip(extras).zip(is_optional) {
        if is_optional {
            dependency.group = extra;
        }
    }
    lock.finish()
}

/// The group that asks for a package; none where `main` does, or where nothing is said.
fn group(package: &Node<'_>) -> Option<String> {
    if let Some(category) = package.text_of("category") {
        return (category != "main").then(|| category.to_owned());
    }
    let groups = lock::texts(package.items_of("groups"));
    if groups.iter().any(|group| group == "main") { None } else { groups.into_iter().next() }
}

fn origin(source: &Node<'_>) -> Origin {
    let url = source.text_of("url").unwrap_or_default().to_owned();
    match source.text_of("type") {
        Some("git") => Origin::Vcs { url, commit: lock::commit(source.text_of("resolved_reference")), revision: None },
        Some("url") => Origin::Url(url),
        Some("file" | "directory") => Origin::Path(url),
        _ => Origin::Index((!url.is_empty()).then_some(url)),
    }
}
