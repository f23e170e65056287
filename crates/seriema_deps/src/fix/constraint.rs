//! What else in a project says which versions of a package may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::MarkerTree;

use crate::manifest::{Dependency, Name, Origin};
use crate::project::{Source, beside};

/// Most ranges of one package that hold in one part of a project. Each candidate for each dependency is tried against all.
pub(super) const MAX_RANGES: usize = 200;

/// A range of versions that a manifest allows.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub(super) path: Arc<str>,
    pub(super) specifiers: VersionSpecifiers,
    marker: MarkerTree,
}

impl Constraint {
    pub(super) fn of(source: usize, sources: &[Source], dependency: &Dependency) -> Self {
        Self {
            path: Arc::clone(&sources[source].manifest.path),
            specifiers: dependency.specifiers.clone(),
            marker: dependency.marker.clone(),
        }
    }

    pub(super) fn allows(&self, version: &Version) -> bool {
        self.specifiers.contains(version)
    }
}

/// The ranges of all packages, by the part of the project that they hold in.
pub(super) struct Constraints {
    /// Sources of one part have the same number.
    parts: Vec<usize>,
    /// Each range once, under the first manifest that has it, and no more than one above [`MAX_RANGES`].
    known: BTreeMap<(usize, Name), Vec<Constraint>>,
}

impl Constraints {
    /// Manifests belong together that lie in one directory, or of which one names the other.
    pub(super) fn of(sources: &[Source]) -> Self {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        let mut by_path: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parts: Vec<usize> = (0..sources.len()).collect();
        for (number, source) in sources.iter().enumerate() {
            let path = &*source.manifest.path;
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            parts[number] = *first.entry(directory).or_insert(number);
            by_path.insert(path, number);
        }
        for (number, source) in sources.iter().enumerate() {
            let named = source.manifest.includes.iter().filter_map(|one| beside(&source.manifest.path, &one.path));
            for other in named.filter_map(|path| by_path.get(path.as_str()).copied()) {
                let (a, b) = (root(&mut parts, number), root(&mut parts, other));
                parts[a.max(b)] = a.min(b);
            }
        }
        let mut known: BTreeMap<(usize, Name), Vec<Constraint>> = BTreeMap::new();
        for (number, source) in sources.iter().enumerate() {
            if source.manifest.kind.is_lock() {
                continue;
            }
            let part = root(&mut parts, number);
            for dependency in &source.manifest.dependencies {
                // What is pinned is changed together with what is fixed; what conda's channels have is something else.
                let is_other = matches!(dependency.origin, Origin::Conda(_));
                if !is_other && dependency.version.is_none() && !dependency.specifiers.is_empty() {
                    let ranges = known.entry((part, dependency.name.clone())).or_default();
                    let is_known = ranges
                        .iter()
                        .any(|one| one.marker == dependency.marker && one.specifiers == dependency.specifiers);
                    if ranges.len() <= MAX_RANGES && !is_known {
                        ranges.push(Constraint::of(number, sources, dependency));
                    }
                }
            }
        }
        let parts = (0..parts.len()).map(|number| root(&mut parts, number)).collect();
        Self { parts, known }
    }

    /// Whether there are so many ranges of a package that not all of them are known.
    pub(super) fn are_too_many(&self, source: usize, dependency: &Dependency) -> bool {
        let known = self.known.get(&(self.parts[source], dependency.name.clone()));
        known.is_some_and(|known| known.len() > MAX_RANGES)
    }

    /// The ranges that hold for a dependency of a source.
    pub(super) fn about<'a>(&'a self, source: usize, dependency: &Dependency) -> impl Iterator<Item = &'a Constraint> {
        let known = self.known.get(&(self.parts[source], dependency.name.clone()));
        let marker = dependency.marker.clone();
        // What holds elsewhere (another Python, another system) is not in the way.
        let holds =
            move |one: &&Constraint| one.marker.is_true() || marker.is_true() || !one.marker.is_disjoint(&marker);
        known.into_iter().flatten().filter(holds)
    }
}

fn root(parts: &mut [usize], mut at: usize) -> usize {
    while parts[at] != at {
        parts[at] = parts[parts[at]];
        at = parts[at];
    }
    at
}
