//! The manifests of a project, and what is known of what they name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::Version;
use rustc_hash::FxHashMap;
use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::advisory::Advisory;
use crate::index::{Advisories, IndexError};
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
    pub advisory: Arc<Advisory>,
    /// How it comes to be affected.
    pub certainty: Certainty,
    /// Versions that are fixed, the smallest first.
    pub fixes: Vec<Version>,
    /// The smallest version that clears all advisories of the package; none when there is none that is known.
    pub clears: Option<Version>,
    /// Names from a direct dependency down to this one, both included, as a lock tells them; empty when it does not.
    pub brought_by: Vec<Name>,
}

/// Reads manifests and the files that they name. `paths` are relative to the project, with the format of those that
/// somebody named and none for those that were found, which have it by their names; `open` reads one of them, or says why
/// not.
pub fn sources(
    paths: &[(Arc<str>, Option<ManifestKind>)],
    mut open: impl FnMut(&str) -> Result<String, String>,
) -> (Vec<Source>, Vec<Diagnostic>) {
    let mut sources: Vec<Source> = Vec::new();
    let mut diagnostics = Vec::new();
    let is_manifest = |(path, kind): &&(Arc<str>, Option<ManifestKind>)| kind.or_else(|| kind_of(path)).is_some();
    let mut known: BTreeSet<String> = paths.iter().filter(is_manifest).map(|(path, _)| path.to_string()).collect();
    for (path, named) in paths {
        let Some(kind) = named.or_else(|| kind_of(path)) else { continue };
        match open(path) {
            Ok(text) => {
                let source = Source { manifest: read(path, kind, &text), text };
                if named.is_some() || !is_prose(&source) {
                    sources.push(source);
                } else {
                    known.remove(&**path);
                }
            }
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
            let is_image = sources[next].manifest.kind == ManifestKind::Dockerfile;
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
            let opened = match open(&beside) {
                Ok(text) => Ok((beside, text)),
                Err(message) if is_image => match in_context(&path, &include.path, &mut open) {
                    Some((found, _)) if !known.insert(found.clone()) => continue,
                    found => found.ok_or(message),
                },
                Err(message) => Err(message),
            };
            match opened {
                Ok((beside, text)) => {
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
    for Source { manifest, text } in &mut sources {
        // What makes a project of a template fills these lines in.
        if manifest.path.contains("{{") {
            let lines: Vec<&str> = text.lines().collect();
            manifest.diagnostics.retain(|one| !line_of_all(&lines, one.line).contains(['{', '}']));
        }
        diagnostics.append(&mut manifest.diagnostics);
    }
    (sources, diagnostics)
}

/// A file of a Dockerfile's context, which may be any directory above it.
fn in_context(
    path: &str,
    named: &str,
    open: &mut impl FnMut(&str) -> Result<String, String>,
) -> Option<(String, String)> {
    let mut folder = directory(path);
    while !folder.is_empty() {
        let found = beside(folder, named)?;
        if let Ok(text) = open(&found) {
            return Some((found, text));
        }
        folder = directory(folder);
    }
    None
}

/// Whether a file that has the name of a list of requirements is a text about something: pip takes no such file.
fn is_prose(source: &Source) -> bool {
    const SENTENCE: usize = 3;
    let manifest = &source.manifest;
    if manifest.kind != ManifestKind::Requirements {
        return false;
    }
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        !word.is_empty() && word.chars().all(char::is_alphabetic)
    };
    let is_sentence = |line: &str| {
        line.split_whitespace().filter(|word| is_word(word)).count() >= SENTENCE
            || !line.contains(|c: char| c.is_alphanumeric())
    };
    let unread: BTreeSet<u32> = manifest.diagnostics.iter().filter_map(|one| one.line).collect();
    if unread.len() < SENTENCE {
        return false;
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let sentences = unread.iter().filter(|line| is_sentence(line_of_all(&lines, Some(**line)))).count();
    let read = manifest.dependencies.len() + manifest.unnamed.len() + manifest.includes.len() + manifest.options.len();
    sentences >= SENTENCE && sentences > read
}

/// A line by its number, from 1; nothing where there is none.
fn line_of_all<'t>(lines: &[&'t str], number: Option<u32>) -> &'t str {
    let at = number.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
    at.and_then(|at| lines.get(at)).copied().unwrap_or_default()
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

/// The advisories about the packages that manifests name, each package's read once.
#[derive(Debug, Default)]
pub struct Known(FxHashMap<Name, Vec<Arc<Advisory>>>);

impl Known {
    /// Reads what is known of all packages that manifests name.
    ///
    /// # Errors
    /// When what is known of a package cannot be read.
    pub fn of(sources: &[Source], advisories: &dyn Advisories) -> Result<Self, IndexError> {
        let mut known = FxHashMap::default();
        for name in names(sources) {
            let about = advisories.about(&name)?;
            if !about.is_empty() {
                known.insert(name, about.into_iter().map(Arc::new).collect());
            }
        }
        Ok(Self(known))
    }

    /// What is known of a package.
    #[must_use]
    pub fn about(&self, name: &Name) -> &[Arc<Advisory>] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What is known of what manifests name.
#[must_use]
pub fn matches(sources: &[Source], advisories: &Known) -> Vec<Match> {
    let locked = locked(sources);
    let installed = Installed::of(sources);
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
            let about = advisories.about(&dependency.name);
            if about.is_empty() {
                continue;
            }
            let is_locked = || locked.contains(&(directory(&source.manifest.path), &dependency.name));
            let affecting: Vec<(Arc<Advisory>, Certainty)> = match &dependency.version {
                Some(version) => {
                    let written = version.to_string();
                    about
                        .iter()
                        .filter(|advisory| is_affected(advisory, version, &written))
                        .map(|advisory| (Arc::clone(advisory), Certainty::Named))
                        .collect()
                }
                // What a lock beside it says counts, not what would be allowed.
                None if source.manifest.kind.is_lock() || is_locked() => Vec::new(),
                None => about
                    .iter()
                    .filter_map(|advisory| {
                        let allowed = allows_vulnerable(advisory, &dependency.specifiers)?;
                        Some((Arc::clone(advisory), Certainty::Allowed(allowed.version.to_string())))
                    })
                    .collect(),
            };
            let whole: Vec<&Advisory> = affecting.iter().map(|(advisory, _)| &**advisory).collect();
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
    found
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
