//! The manifests of a project, and what is known of what they name.

use std::collections::BTreeSet;
use std::sync::Arc;

use pep440_rs::Version;
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
        let lines = |include: &Include| line_of(text, include.range.start);
        let includes: Vec<(Include, u32)> =
            manifest.includes.iter().map(|include| (include.clone(), lines(include))).collect();
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
    for source in &mut sources {
        diagnostics.append(&mut source.manifest.diagnostics);
    }
    (sources, diagnostics)
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or_default();
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}

/// The path of a file that is named beside another, both relative to the project; none outside of it.
fn beside(path: &str, named: &str) -> Option<String> {
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
    let mut found = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let chains = source.manifest.kind.is_lock().then(|| paths(&source.manifest));
        for (at, dependency) in source.manifest.dependencies.iter().enumerate() {
            if !is_from_index(dependency) || source.manifest.project.as_ref() == Some(&dependency.name) {
                continue;
            }
            let about = advisories.about(&dependency.name)?;
            if about.is_empty() {
                continue;
            }
            let is_locked = || locked.contains(&(directory(&source.manifest.path), &dependency.name));
            let affecting: Vec<(Advisory, Certainty)> = match &dependency.version {
                Some(version) => about
                    .into_iter()
                    .filter(|advisory| is_affected(advisory, version, &version.to_string()))
                    .map(|advisory| (advisory, Certainty::Named))
                    .collect(),
                // What a lock beside it says counts, not what would be allowed.
                None if source.manifest.kind.is_lock() || is_locked() => Vec::new(),
                None => about
                    .into_iter()
                    .filter_map(|advisory| {
                        let allowed = allows_vulnerable(&advisory, &dependency.specifiers)?;
                        Some((advisory, Certainty::Allowed(allowed.version.to_string())))
                    })
                    .collect(),
            };
            let whole: Vec<Advisory> = affecting.iter().map(|(advisory, _)| advisory.clone()).collect();
            let clears = dependency.version.as_ref().and_then(|version| smallest_fix(&whole, version));
            for (advisory, certainty) in affecting {
                let fixes = dependency.version.as_ref().map(|version| fixed_in(&advisory, version)).unwrap_or_default();
                let chain = chains.as_ref().and_then(|chains| chains.to(at)).unwrap_or_default();
                let brought_by = chain.into_iter().cloned().collect();
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

/// A package that something has to be known of, and its version where one is named: all that an answer to [`matches`] needs.
/// Each once, in order.
#[must_use]
pub fn questions(sources: &[Source]) -> Vec<(Name, Option<Version>)> {
    let locked = locked(sources);
    let mut asked = BTreeSet::new();
    for source in sources {
        for dependency in &source.manifest.dependencies {
            if !is_from_index(dependency) || source.manifest.project.as_ref() == Some(&dependency.name) {
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

/// Whether a package is that of an index, and not another one of the same name.
fn is_from_index(dependency: &Dependency) -> bool {
    matches!(dependency.origin, Origin::Index(_))
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
