//! `pdm.lock`. It names a package once more for each set of its extras; both are one here.

use std::collections::BTreeMap;

use seriema_finding::DiagnosticKind;

use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::{Manifest, ManifestKind, Name, Origin};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::PdmLock, text);
    let root = lock.open(document::toml(text));
    let metadata = root.get("metadata");
    // The lock of a project that asks for nothing has no packages, which looks like one that was cut off.
    if root.get("package").is_none() && metadata.is_some_and(|metadata| metadata.get("content_hash").is_some()) {
        lock.diagnose(0, DiagnosticKind::Config, "no `package` is here: this lock names nothing");
    } else {
        lock.need(root.get("package"), "package");
    }
    let target = metadata.and_then(|metadata| metadata.items_of("targets").first());
    lock.requires_python(target.and_then(|target| target.get("requires_python")));
    // Before 4.3, files stand in a table of their own, by name and version.
    let files: BTreeMap<(Name, &str), bool> = metadata
        .map_or(&[][..], |metadata| metadata.entries_of("files"))
        .iter()
        .filter_map(|entry| {
            let (name, version) = entry.key.split_once(' ')?;
            let name = name.split_once('[').map_or(name, |(name, _)| name);
            Some(((Name::new(name)?, version), lock::is_hashed(entry.node.items().iter(), "hash")))
        })
        .collect();
    for package in root.items_of("package") {
        let Some(mut dependency) = lock.package(package) else { continue };
        dependency.origin = origin(package);
        dependency.extras = lock::texts(package.items_of("extras"));
        dependency.is_hashed = match package.get("files") {
            Some(files) => lock::is_hashed(files.items().iter(), "hash"),
            None => {
                let version = package.text_of("version").unwrap_or_default();
                files.get(&(dependency.name.clone(), version)).copied().unwrap_or(false)
            }
        };
        let key = if package.get("groups").is_some() { "groups" } else { "sections" };
        let groups = lock::texts(package.items_of(key));
        dependency.group = if groups.iter().any(|group| group == "default") { None } else { groups.into_iter().next() };
        dependency.marker = lock.marker(package.get("marker").or(package.get("markers")));
        let required = package.items_of("dependencies").iter().filter_map(|item| lock::required(item.text()?));
        // With extras, a package asks for itself without.
        dependency.requires = required.filter(|name| *name != dependency.name).collect();
        lock.need_version(&dependency);
        lock.manifest.dependencies.push(dependency);
    }
    lock.finish()
}

fn origin(package: &Node<'_>) -> Origin {
    if let Some(url) = package.text_of("git") {
        return Origin::Vcs { url: url.to_owned(), commit: lock::commit(package.text_of("revision")), revision: None };
    }
    if let Some(url) = package.text_of("url") {
        return Origin::Url(url.to_owned());
    }
    package.text_of("path").map_or(Origin::Index(None), |path| Origin::Path(path.to_owned()))
}
