//! How packages get into a project, apart from what is known of their versions: names that look like others, indexes that
//! anybody may answer for, sources that change, code that runs when a package is built.
//!
//! Nothing is looked up: all that is known is in the manifests and in a list of names.

mod commands;
mod forms;
mod indexes;
mod lines;
pub mod names;
mod pins;
mod setup;
mod sources;

use std::collections::BTreeSet;
use std::ops::Range;

use seriema_finding::{Confidence, Persona, Severity};

use crate::manifest::{Dependency, Manifest, ManifestKind, Name, Origin};
use crate::project::{Source, beside};

/// Something to raise about a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The rule's slug.
    pub rule: &'static str,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Who wants to know.
    pub persona: Persona,
    /// What is wrong here.
    pub message: String,
    /// What to do here, where the rule's page does not say it well enough.
    pub remedy: Option<String>,
}

/// What is known of the project around a manifest.
pub(crate) struct Project<'s> {
    /// Names of the project's own packages.
    own: BTreeSet<&'s Name>,
    /// Directories with a lock, which says what is installed from the manifests beside it.
    locked: BTreeSet<&'s str>,
    /// Directories of packages that are built to be installed by others: their ranges are meant to be wide.
    libraries: BTreeSet<&'s str>,
    /// Lists that the metadata of packages are made of, when they are built.
    metadata: BTreeSet<String>,
}

/// What is to be raised about each of the manifests, in their order.
#[must_use]
pub fn risks(sources: &[Source]) -> Vec<Vec<Risk>> {
    let manifests = || sources.iter().map(|source| &source.manifest);
    let directories = |wanted: fn(&Source) -> bool| {
        sources.iter().filter(|source| wanted(source)).map(|source| directory(&source.manifest.path)).collect()
    };
    let project = Project {
        own: manifests().filter_map(|manifest| manifest.project.as_ref()).collect(),
        locked: directories(|source| {
            use ManifestKind::{PdmLock, PipfileLock, PoetryLock, Pylock, UvLock};
            matches!(source.manifest.kind, PdmLock | PipfileLock | PoetryLock | Pylock | UvLock)
        }),
        libraries: directories(is_library),
        metadata: manifests()
            .filter(|manifest| {
                matches!(manifest.kind, ManifestKind::SetupPy | ManifestKind::SetupCfg | ManifestKind::Pyproject)
            })
            .flat_map(|manifest| manifest.includes.iter().map(|include| (&manifest.path, include)))
            .filter_map(|(path, include)| beside(path, &include.path))
            .collect(),
    };
    sources
        .iter()
        .map(|source| {
            let mut risks = Vec::new();
            if !is_inventory(source.manifest.kind) {
                names(&source.manifest, &project, &mut risks);
                indexes::read(&source.manifest, &project, &mut risks);
                sources::read(source, &project, &mut risks);
                pins::read(source, &project, &mut risks);
            }
            if source.manifest.kind == ManifestKind::SetupPy {
                setup::read(source, &mut risks);
            }
            if is_fixture(&source.manifest.path) {
                risks.iter_mut().for_each(|risk| risk.persona = risk.persona.max(Persona::Pedantic));
            }
            risks.sort_by_key(|risk| (risk.range.start, risk.rule));
            risks
        })
        .collect()
}

/// What tells of something installed, and installs nothing itself.
fn is_inventory(kind: ManifestKind) -> bool {
    use ManifestKind::{CycloneDx, Metadata, Spdx, Vendored};
    matches!(kind, CycloneDx | Metadata | Spdx | Vendored)
}

/// Whether a manifest is that of a package which is built.
fn is_library(source: &Source) -> bool {
    match source.manifest.kind {
        ManifestKind::SetupPy | ManifestKind::SetupCfg => {
            source.manifest.project.is_some() || !source.manifest.dependencies.is_empty()
        }
        ManifestKind::Pyproject => source.text.contains("[build-system]"),
        _ => false,
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether a manifest is what tests are about: nobody installs what it names.
#[must_use]
pub fn is_fixture(path: &str) -> bool {
    let folders = || path.split('/').rev().skip(1);
    let is_test = |folder: &str| matches!(folder, "test" | "tests" | "testing");
    let is_data = |folder: &str| matches!(folder, "data" | "resources" | "samples" | "projects" | "assets");
    folders().any(|folder| matches!(folder, "fixtures" | "fixture" | "testdata" | "test_data" | "test-data"))
        || folders().skip_while(|folder| !is_data(folder)).any(is_test)
}

/// Whether a dependency is for development alone, by its group or by the name of its manifest.
fn is_development(manifest: &Manifest, dependency: Option<&Dependency>) -> bool {
    const WORDS: [&str; 12] =
        ["dev", "test", "tests", "testing", "doc", "docs", "lint", "ci", "bench", "benchmarks", "examples", "typing"];
    let has_word = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word));
    dependency.and_then(|dependency| dependency.group.as_deref()).is_some_and(has_word) || has_word(&manifest.path)
}

/// Names that look like those of others.
fn names(manifest: &Manifest, project: &Project<'_>, risks: &mut Vec<Risk>) {
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for dependency in &manifest.dependencies {
        let name = &dependency.name;
        // Of another place than the public index: that it has a look-alike there does not matter.
        if !matches!(dependency.origin, Origin::Index(None)) && !is_public(&dependency.origin) {
            continue;
        }
        if project.own.contains(name) || !seen.insert(name) {
            continue;
        }
        let Some(found) = names::lookalike(name) else { continue };
        let (severity, confidence, persona) = match found.kind {
            names::Kind::Affix | names::Kind::Order => (Severity::Low, Confidence::Low, Persona::Pedantic),
            _ => (Severity::High, Confidence::Medium, Persona::Regular),
        };
        risks.push(Risk {
            rule: "typosquatted-dependency",
            range: dependency.range.clone(),
            severity,
            confidence,
            persona,
            message: format!("`{name}` looks like `{}`: {}", found.popular, found.kind.words()),
            remedy: Some(format!(
                "Write `{}` if that is meant. If `{name}` is: see who publishes it, and from which repository, and say so with \
                 `# seriema: ignore[typosquatted-dependency] reason` on its line.",
                found.popular
            )),
        });
    }
}

/// Whether an origin is PyPI, or a mirror of it for all that can be told.
fn is_public(origin: &Origin) -> bool {
    matches!(origin, Origin::Index(Some(url)) if indexes::host(url).is_some_and(|host| host.ends_with("pypi.org")))
}

#[cfg(test)]
mod tests;
