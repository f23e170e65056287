//! The manifests of a project, and what is known of what they name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::Version;
use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::advisory::Advisory;
use crate::index::{Advisories, IndexError, Remembered};
use crate::manifest::tree::paths;
use crate::manifest::{Dependency, Include, Manifest, ManifestKind, Name, Origin, kind_of, read};
use crate::matching::{allows_vulnerable, fixed_in, is_affected, smallest_fix};

/// Most files that manifests may name besides those that were found.
const MAX_INCLUDED: usize = 500;

/// A manifest with its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it says.
    pub manifest: Manifest,
    /// What that was read from: ranges are of it.
    pub text: String,
}

/// How a version comes to be affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It is the one that is named.
    Named,
    /// It is one of those that are allowed: an example.
    Allowed(String),
}

/// A dependency for which there is an advisory.
#[derive(Clone, Debug)]
pub struct Match {
    /// The manifest, by its number.
    pub source: usize,
    /// The manifest's format.
    pub kind: ManifestKind,
    /// The dependency, by its number in the manifest.
    pub dependency: usize,
    /// What is known.
    pub advisory: Advisory,
    /// How it comes to be affected.
    pub certainty: Certainty,
    /// Versions that are fixed, the smallest first.
    pub fixes: Vec<Version>,
    /// The smallest version that clears all advisories of the package; none when there is none that is known.
    pub clears: Option<Version>,
    /// Names from a direct dependency down to this one, both included, as a lock tells them; empty when it does not.
    pub brought_by: Vec<Name>,
}

/// Reads manifests and the files that they name. `paths` are relative to the project; `open` reads one of them, or says why
/// not.
pub fn sources(
    paths: &[(Arc<str>, Option<ManifestKind>)],
    mut open: impl FnMut(&str) -> Result<String, String>,
) -> (Vec<Source>, Vec<Diagnostic>) {
    let mut sources: Vec<Source> = Vec::new();
    let mut diagnostics = Vec::new();
    let is_manifest = |(path, kind): &&(Arc<str>, Option<ManifestKind>)| kind.or_else(|| kind_of(path)).is_some();
    let mut known: BTreeSet<String> = paths.iter().filter(is_manifest).map(|(path, _)| path.to_string()).collect();
    for (path, kind) in paths {
        let Some(kind) = kind.or_else(|| kind_of(path)) else { continue };
        match open(path) {
            Ok(text) => sources.push(Source { manifest: read(path, kind, &text), text }),
            Err(message) => {
                diagnostics.push(Diagnostic::file(Arc::clone(path), DiagnosticKind::Unreadable, message));
            }
        }
    }
    let found = sources.len();
    let mut next = 0;
    while next < sources.len() && sources.len() - found < MAX_INCLUDED {
        let Source { manifest, text } = &sources[next];
        let path = Arc::clone(&manifest.path);
        let includes: Vec<(Include, u32)> = with_lines(text, &manifest.includes);
        for (include, line) in includes {
            let mut say = |kind, message| diagnostics.push(Diagnostic::line(Arc::clone(&path), line, kind, message));
            if include.path.contains("://") {
                say(
                    DiagnosticKind::Unreadable,
                    format!("`{}` is not fetched: nothing is read but files", include.path),
                );
                continue;
            }
            let Some(beside) = beside(&path, &include.path) else {
                say(
                    DiagnosticKind::Unreadable,
                    format!("`{}` lies outside of the project and is not read", include.path),
                );
                continue;
            };
            if !known.insert(beside.clone()) {
                continue;
            }
            match open(&beside) {
                Ok(text) => {
                    let manifest = read(&beside, ManifestKind::Requirements, &text);
                    sources.push(Source { manifest, text });
                }
                Err(message) => say(DiagnosticKind::Unreadable, format!("`{}` {message}", include.path)),
            }
        }
        next += 1;
    }
    if let Some(left) = sources.get(next).filter(|source| !source.manifest.includes.is_empty()) {
        let message = format!("files name more than {MAX_INCLUDED} others; the rest was not read");
        diagnostics.push(Diagnostic::file(Arc::clone(&left.manifest.path), DiagnosticKind::Limit, message));
    }
    mark_direct(&mut sources, &mut open);
    for source in &mut sources {
        diagnostics.append(&mut source.manifest.diagnostics);
    }
    (sources, diagnostics)
}

/// The manifest that says what the project asks for itself, of a lock that does not.
fn asked_in(manifest: &Manifest) -> Option<(String, ManifestKind)> {
    let (name, kind) = match manifest.kind {
        ManifestKind::PoetryLock | ManifestKind::PdmLock | ManifestKind::Pylock => {
            ("pyproject.toml", ManifestKind::Pyproject)
        }
        ManifestKind::PipfileLock => ("Pipfile", ManifestKind::Pipfile),
        ManifestKind::Requirements => {
            return Some((format!("{}.in", manifest.path.strip_suffix(".txt")?), ManifestKind::Requirements));
        }
        _ => return None,
    };
    let directory = directory(&manifest.path);
    Some((if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }, kind))
}

/// Says which packages of locks the project asks for itself, by the manifests beside them.
fn mark_direct(sources: &mut [Source], open: &mut impl FnMut(&str) -> Result<String, String>) {
    let places: BTreeMap<Arc<str>, usize> =
        (0..).zip(&*sources).map(|(at, source): (usize, _)| (Arc::clone(&source.manifest.path), at)).collect();
    for at in 0..sources.len() {
        let manifest = &sources[at].manifest;
        if manifest.dependencies.iter().any(|dependency| dependency.is_direct.is_some()) {
            continue;
        }
        let Some((path, kind)) = asked_in(manifest).filter(|_| !manifest.dependencies.is_empty()) else { continue };
        let asked = match places.get(&*path) {
            Some(place) => asked_for(&sources[*place].manifest),
            None => open(&path).map(|text| asked_for(&read(&path, kind, &text))).unwrap_or_default(),
        };
        // A manifest that asks for nothing is not where the lock comes from.
        if !asked.is_empty() {
            for dependency in &mut sources[at].manifest.dependencies {
                dependency.is_direct = Some(asked.contains(&dependency.name));
            }
        }
    }
}

/// What a manifest asks for, but for what builds the project, which no lock has.
fn asked_for(manifest: &Manifest) -> BTreeSet<Name> {
    let asked = manifest.dependencies.iter().filter(|dependency| dependency.group.as_deref() != Some("build"));
    asked.map(|dependency| dependency.name.clone()).collect()
}

/// Includes, each with its line.
fn with_lines(text: &str, includes: &[Include]) -> Vec<(Include, u32)> {
    if includes.is_empty() {
        return Vec::new();
    }
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: usize| u32::try_from(ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX);
    includes.iter().map(|include| (include.clone(), line(include.range.start))).collect()
}

/// The path of a file that is named beside another, both relative to the project; none outside of it.
#[must_use]
pub fn beside(path: &str, named: &str) -> Option<String> {
    let named = named.replace('\\', "/");
    if named.starts_with('/') || named.get(1..2) == Some(":") {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What is known of what manifests name.
///
/// # Errors
/// When what is known of a package cannot be read.
pub fn matches(sources: &[Source], advisories: &dyn Advisories) -> Result<Vec<Match>, IndexError> {
    let locked = locked(sources);
    let installed = Installed::of(sources);
    let advisories = Remembered::new(advisories);
    let mut found = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let is_single = source.manifest.kind == ManifestKind::Metadata;
        let chains = (source.manifest.kind.is_lock() && !is_single).then(|| paths(&source.manifest));
        for (at, dependency) in source.manifest.dependencies.iter().enumerate() {
            if !is_of_its_name(source.manifest.kind, dependency)
                || source.manifest.project.as_ref() == Some(&dependency.name)
            {
                continue;
            }
            let about = advisories.about(&dependency.name)?;
            if about.is_empty() {
                continue;
            }
            let is_locked = || locked.contains(&(directory(&source.manifest.path), &dependency.name));
            let affecting: Vec<(Advisory, Certainty)> = match &dependency.version {
                Some(version) => {
                    let written = version.to_string();
                    about
                        .iter()
                        .filter(|advisory| is_affected(advisory, version, &written))
                        .map(|advisory| (advisory.clone(), Certainty::Named))
                        .collect()
                }
                // What a lock beside it says counts, not what would be allowed.
                None if source.manifest.kind.is_lock() || is_locked() => Vec::new(),
                None => about
                    .iter()
                    .filter_map(|advisory| {
                        let allowed = allows_vulnerable(advisory, &dependency.specifiers)?;
                        Some((advisory.clone(), Certainty::Allowed(allowed.version.to_string())))
                    })
                    .collect(),
            };
            let whole: Vec<Advisory> = affecting.iter().map(|(advisory, _)| advisory.clone()).collect();
            let clears = dependency.version.as_ref().and_then(|version| smallest_fix(&whole, version));
            for (advisory, certainty) in affecting {
                let fixes = dependency.version.as_ref().map(|version| fixed_in(&advisory, version)).unwrap_or_default();
                let brought_by = match &chains {
                    Some(chains) => chains.to(at).unwrap_or_default().into_iter().cloned().collect(),
                    None => installed.chain(number),
                };
                let clears = clears.clone();
                let kind = source.manifest.kind;
                found.push(Match {
                    source: number,
                    kind,
                    dependency: at,
                    advisory,
                    certainty,
                    fixes,
                    clears,
                    brought_by,
                });
            }
        }
    }
    Ok(found)
}

/// The packages that manifests name, each once, in order.
#[must_use]
pub fn names(sources: &[Source]) -> Vec<Name> {
    let named: BTreeSet<&Name> =
        sources.iter().flat_map(|source| &source.manifest.dependencies).map(|dependency| &dependency.name).collect();
    named.into_iter().cloned().collect()
}

/// Whether a package is what its name says, and not another one of the same name: one of an index, a copy, or one that is
/// installed and says so itself, unless it is a project that is developed in place.
fn is_of_its_name(kind: ManifestKind, dependency: &Dependency) -> bool {
    match kind {
        ManifestKind::Vendored => true,
        ManifestKind::Metadata => !matches!(dependency.origin, Origin::Path(_)),
        _ => matches!(dependency.origin, Origin::Index(_)),
    }
}

/// A package that something has to be known of, and its version where one is named: all that an answer to [`matches()`] needs.
/// Each once, in order.
#[must_use]
pub fn questions(sources: &[Source]) -> Vec<(Name, Option<Version>)> {
    let locked = locked(sources);
    let mut asked = BTreeSet::new();
    for source in sources {
        for dependency in &source.manifest.dependencies {
            if !is_of_its_name(source.manifest.kind, dependency)
                || source.manifest.project.as_ref() == Some(&dependency.name)
            {
                continue;
            }
            let is_locked = || locked.contains(&(directory(&source.manifest.path), &dependency.name));
            if dependency.version.is_some() || !(source.manifest.kind.is_lock() || is_locked()) {
                asked.insert((dependency.name.clone(), dependency.version.clone()));
            }
        }
    }
    asked.into_iter().collect()
}

/// Distributions that are installed beside each other, each with a file of its own: together they say what brings what.
struct Installed {
    /// One manifest for each directory.
    directories: Vec<Manifest>,
    /// Where a source's distribution stands in them.
    places: BTreeMap<usize, (usize, usize)>,
}

impl Installed {
    fn of(sources: &[Source]) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut installed = Self { directories: Vec::new(), places: BTreeMap::new() };
        for (number, source) in sources.iter().enumerate() {
            let manifest = &source.manifest;
            let Some(own) = manifest.dependencies.first().filter(|_| manifest.kind == ManifestKind::Metadata) else {
                continue;
            };
            let beside = directory(directory(&manifest.path));
            let at = *numbers.entry(beside).or_insert(installed.directories.len());
            if at == installed.directories.len() {
                installed.directories.push(Manifest::new(beside, ManifestKind::Metadata));
            }
            let together = &mut installed.directories[at].dependencies;
            installed.places.insert(number, (at, together.len()));
            together.push(own.clone());
        }
        installed
    }

    /// The chain to the distribution of a source.
    fn chain(&self, source: usize) -> Vec<Name> {
        let Some((directory, at)) = self.places.get(&source) else { return Vec::new() };
        let chains = paths(&self.directories[*directory]);
        chains.to(*at).unwrap_or_default().into_iter().cloned().collect()
    }
}

/// Directories with the packages that a lock in them names.
fn locked(sources: &[Source]) -> BTreeSet<(&str, &Name)> {
    sources
        .iter()
        .filter(|source| source.manifest.kind.is_lock())
        .flat_map(|source| {
            let directory = directory(&source.manifest.path);
            source.manifest.dependencies.iter().map(move |dependency| (directory, &dependency.name))
        })
        .collect()
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
