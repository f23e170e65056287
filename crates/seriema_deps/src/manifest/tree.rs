//! Which direct dependency brings a package: the shortest chain of names that leads there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::manifest::{Dependency, Manifest, Name};

/// The entries of a manifest by their names. Several versions of a package have one name.
pub(crate) struct Graph<'m> {
    dependencies: &'m [Dependency],
    named: BTreeMap<&'m Name, usize>,
    entries: Vec<Vec<u32>>,
    is_reached: Vec<bool>,
    /// Whether all entries of a name were reached, so that a name that many ask for is looked into once.
    is_done: Vec<bool>,
}

impl<'m> Graph<'m> {
    pub(crate) fn new(dependencies: &'m [Dependency]) -> Self {
        let mut named = BTreeMap::new();
        let mut entries: Vec<Vec<u32>> = Vec::new();
        for (at, dependency) in (0..).zip(dependencies) {
            let name = *named.entry(&dependency.name).or_insert(entries.len());
            match entries.get_mut(name) {
                Some(known) => known.push(at),
                None => entries.push(vec![at]),
            }
        }
        let (is_reached, is_done) = (vec![false; dependencies.len()], vec![false; entries.len()]);
        Self { dependencies, named, entries, is_reached, is_done }
    }

    /// The entries of a name.
    pub(crate) fn entries(&self, name: &Name) -> &[u32] {
        self.named.get(name).map_or(&[], |name| &self.entries[*name])
    }

    /// Goes breadth first from some entries to all that no walk reached before. Each is told with the one that it was
    /// reached from.
    pub(crate) fn walk(&mut self, starts: impl IntoIterator<Item = u32>, mut tell: impl FnMut(u32, Option<u32>)) {
        let mut queue = VecDeque::new();
        for start in starts {
            if !std::mem::replace(&mut self.is_reached[start as usize], true) {
                tell(start, None);
                queue.push_back(start);
            }
        }
        while let Some(at) = queue.pop_front() {
            for name in &self.dependencies[at as usize].requires {
                let Some(name) = self.named.get(name) else { continue };
                if std::mem::replace(&mut self.is_done[*name], true) {
                    continue;
                }
                for next in &self.entries[*name] {
                    if !std::mem::replace(&mut self.is_reached[*next as usize], true) {
                        tell(*next, Some(at));
                        queue.push_back(*next);
                    }
                }
            }
        }
    }
}

/// How the packages of a manifest are reached.
#[derive(Clone, Debug)]
pub struct Paths<'m> {
    manifest: &'m Manifest,
    /// The entry that each was reached from: itself where a chain starts, none where nothing leads.
    from: Vec<Option<u32>>,
}

impl<'m> Paths<'m> {
    /// The chain to a dependency (its index in the manifest), from the direct dependency that brings it to itself. None where
    /// the manifest does not say how it is reached.
    #[must_use]
    pub fn to(&self, index: usize) -> Option<Vec<&'m Name>> {
        let mut at = u32::try_from(index).ok()?;
        let mut chain = Vec::new();
        loop {
            let from = self.from.get(at as usize).copied().flatten()?;
            chain.push(&self.manifest.dependencies[at as usize].name);
            if from == at {
                break;
            }
            at = from;
        }
        chain.reverse();
        Some(chain)
    }
}

/// The shortest chains to all packages of a lock. They start at its direct dependencies; where it does not say which these
/// are, at what nothing else asks for.
#[must_use]
pub fn paths<'m>(manifest: &'m Manifest) -> Paths<'m> {
    let dependencies = &manifest.dependencies;
    let mut graph = Graph::new(dependencies);
    let mut from = vec![None; dependencies.len()];
    let mut tell = |at: u32, before: Option<u32>| from[at as usize] = Some(before.unwrap_or(at));
    let all = || (0..).zip(dependencies);
    if dependencies.iter().any(|dependency| dependency.is_direct.is_some()) {
        graph.walk(all().filter(|(_, dependency)| dependency.is_direct == Some(true)).map(|(at, _)| at), &mut tell);
    } else {
        let asks =
            |dependency: &'m Dependency| dependency.requires.iter().filter(move |name| **name != dependency.name);
        let asked_for: BTreeSet<&Name> = dependencies.iter().flat_map(asks).collect();
        graph.walk(all().filter(|(_, dependency)| !asked_for.contains(&dependency.name)).map(|(at, _)| at), &mut tell);
        // What is left asks for itself in a circle, or for what does.
        for (at, _) in all() {
            graph.walk([at], &mut tell);
        }
    }
    Paths { manifest, from }
}
