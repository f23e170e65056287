//! `uv.lock`, versions 0 and 1 with all revisions (<https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>).
//!
//! The project and its workspace's members are packages of the lock, too; what they ask for is direct. A package may be there
//! in several versions, each for other platforms.

use std::collections::{BTreeMap, BTreeSet};

use pep508_rs::MarkerTree;

use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::tree::Graph;
use crate::manifest::{Dependency, Manifest, ManifestKind, Name, Origin};

/// What the project asks for.
#[derive(Default)]
struct Direct {
    /// Packages of each group, in the order of the groups; none is what is always needed.
    groups: Vec<(Option<String>, Vec<Name>)>,
    /// What the project's metadata ask for, which may not be locked.
    all: BTreeSet<Name>,
    /// When a package is needed; true when it is asked for more than once.
    markers: BTreeMap<Name, MarkerTree>,
}

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::UvLock, text);
    let root = lock.open(document::toml(text));
    lock.requires_python(root.get("requires-python"));
    let key = if root.get("package").is_some() { "package" } else { "distribution" };
    lock.need(root.get(key), key);
    let packages = root.items_of(key);
    let members: BTreeSet<Name> = root
        .get("manifest")
        .map(|manifest| lock::texts(manifest.items_of("members")))
        .unwrap_or_default()
        .iter()
        .filter_map(|member| Name::new(member))
        .collect();
    let mut direct = Direct::default();
    let mut is_known = false;
    if let Some(manifest) = root.get("manifest") {
        // Of a script, or of a workspace whose root is no project.
        is_known |= manifest.get("requirements").is_some();
        direct.ask(&mut lock, None, manifest.items_of("requirements"));
        for group in manifest.entries_of("dependency-groups") {
            is_known = true;
            direct.ask(&mut lock, Some(&group.key), group.node.items());
        }
    }
    for package in packages {
        let Some(mut dependency) = lock.package(package) else { continue };
        let source = package.get("source");
        let local =
            source.and_then(|source| ["virtual", "editable", "directory"].iter().find_map(|key| source.text_of(key)));
        if local == Some(".") || local.is_some() && members.contains(&dependency.name) {
            is_known = true;
            if local == Some(".") {
                lock.manifest.project = Some(dependency.name);
            }
            direct.ask_all(&mut lock, package);
            continue;
        }
        dependency.origin = source.map_or(Origin::Index(None), origin);
        let files = package.get("sdist").into_iter().chain(package.items_of("wheels"));
        dependency.is_hashed = lock::is_hashed(files, "hash");
        let optional = package.entries_of("optional-dependencies");
        let lists =
            std::iter::once(package.items_of("dependencies")).chain(optional.iter().map(|extra| extra.node.items()));
        dependency.requires = lists.flat_map(lock::names).collect();
        lock.need_version(&dependency);
        lock.manifest.dependencies.push(dependency);
    }
    if is_known {
        direct.mark(&mut lock.manifest.dependencies);
    }
    lock.finish()
}

impl Direct {
    /// What a project asks for.
    fn ask_all(&mut self, lock: &mut Lock<'_>, package: &Node<'_>) {
        lock.expect(package.get("dependencies"), true, "dependencies");
        self.ask(lock, None, package.items_of("dependencies"));
        for key in ["optional-dependencies", "dev-dependencies"] {
            for group in package.entries_of(key) {
                self.ask(lock, Some(&group.key), group.node.items());
            }
        }
        let Some(metadata) = package.get("metadata") else { return };
        self.all.extend(lock::names(metadata.items_of("requires-dist")));
        for group in metadata.entries_of("requires-dev") {
            self.all.extend(lock::names(group.node.items()));
        }
    }

    fn ask(&mut self, lock: &mut Lock<'_>, group: Option<&str>, items: &[Node<'_>]) {
        let mut names = Vec::new();
        for item in items {
            let Some(name) = item.text_of("name").and_then(Name::new) else { continue };
            let marker = lock.marker(item.get("marker"));
            self.markers.entry(name.clone()).and_modify(|known| *known = MarkerTree::TRUE).or_insert(marker);
            self.all.insert(name.clone());
            names.push(name);
        }
        self.groups.push((group.map(ToOwned::to_owned), names));
    }

    /// Says of each package whether it is direct, which group brings it and when it is needed.
    fn mark(mut self, dependencies: &mut [Dependency]) {
        // What is always needed comes first: a group only brings what nothing else does.
        self.groups.sort_by_key(|(group, _)| group.is_some());
        let mut groups = vec![None; dependencies.len()];
        let mut graph = Graph::new(dependencies);
        for (group, names) in &self.groups {
            let starts: Vec<u32> = names.iter().flat_map(|name| graph.entries(name).iter().copied()).collect();
            graph.walk(starts, |at, _| groups[at as usize].clone_from(group));
        }
        let asked_for: BTreeSet<Name> =
            dependencies.iter().flat_map(|dependency| dependency.requires.iter().cloned()).collect();
        for (dependency, group) in dependencies.iter_mut().zip(groups) {
            dependency.group = group;
            dependency.is_direct = Some(self.all.contains(&dependency.name));
            if let Some(marker) = self.markers.get(&dependency.name)
                && !asked_for.contains(&dependency.name)
            {
                dependency.marker = marker.clone();
            }
        }
    }
}

fn origin(source: &Node<'_>) -> Origin {
    if let Some(git) = source.text_of("git") {
        // `https://example.org/tool.git?rev=main#commit`
        let (url, fragment) = git.split_once('#').map_or((git, None), |(url, fragment)| (url, Some(fragment)));
        let url = url.split_once('?').map_or(url, |(url, _)| url);
        return Origin::Vcs { url: url.to_owned(), commit: lock::commit(fragment), revision: None };
    }
    if let Some(url) = source.text_of("url") {
        return Origin::Url(url.to_owned());
    }
    for key in ["path", "directory", "editable", "virtual"] {
        if let Some(path) = source.text_of(key) {
            return Origin::Path(path.to_owned());
        }
    }
    Origin::Index(source.text_of("registry").map(ToOwned::to_owned))
}
