//! Requirements that do not say which files are installed: without a version, without a hash.

use seriema_finding::{Confidence, Persona, Severity};

use super::{Project, Risk, directory, is_development};
use crate::manifest::{Dependency, IndexOptionKind, ManifestKind, Origin};
use crate::project::Source;

/// Least number of requirements that make a list worth hashing.
const LIST: usize = 3;

/// Most names that a message lists.
const SHOWN: usize = 4;

pub(super) fn read(source: &Source, project: &Project<'_>, risks: &mut Vec<Risk>) {
    let manifest = &source.manifest;
    let is_list = manifest.kind == ManifestKind::Requirements;
    let from_index = || manifest.dependencies.iter().filter(|one| matches!(one.origin, Origin::Index(_)));
    let (total, hashed) = (from_index().count(), from_index().filter(|one| one.is_hashed).count());
    if is_list && hashed > 0 && hashed < total {
        // pip refuses such a file, others install what has no hash unchecked.
        let is_required = manifest.options.iter().any(|option| option.kind == IndexOptionKind::RequireHashes);
        let without: Vec<&Dependency> = from_index().filter(|one| !one.is_hashed).collect();
        let message = format!("{} of {total} requirements have no hash: {}", without.len(), list(&without));
        let persona = if is_required || is_development(manifest, None) { Persona::Pedantic } else { Persona::Regular };
        risks.extend(risk("unhashed-requirements", &without, Severity::Low, persona, message));
    }
    let is_constraints = manifest.path.rsplit('/').next().is_some_and(|name| name.contains("constraints"));
    let all_pinned = total >= LIST && from_index().all(|one| one.version.is_some());
    // What a package's metadata are made of can have no hashes.
    let is_metadata = project.metadata.contains(&*manifest.path);
    if is_list && hashed == 0 && all_pinned && !is_constraints && !is_metadata {
        let all: Vec<&Dependency> = from_index().collect();
        let message = format!(
            "none of {total} pinned requirements has a hash: a version's files can be added to, and an index can lie"
        );
        let persona = if is_development(manifest, None) { Persona::Auditor } else { Persona::Pedantic };
        risks.extend(risk("unhashed-requirements", &all, Severity::Low, persona, message));
    }
    unpinned(source, project, is_constraints, risks);
}

/// An application whose versions are those of the day on which it is installed.
fn unpinned(source: &Source, project: &Project<'_>, is_constraints: bool, risks: &mut Vec<Risk>) {
    let manifest = &source.manifest;
    let is_input = manifest.path.ends_with(".in");
    let is_asked =
        matches!(manifest.kind, ManifestKind::Requirements | ManifestKind::Dockerfile | ManifestKind::Pipfile);
    // A directory's own package may stand above its lists.
    let is_above = |known: &str| {
        let own = directory(&manifest.path);
        known.is_empty() || own == known || own.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_library = manifest.kind != ManifestKind::Dockerfile && project.libraries.iter().any(|known| is_above(known));
    let is_locked = manifest.kind != ManifestKind::Dockerfile && project.locked.contains(directory(&manifest.path));
    if !is_asked || is_input || is_constraints || is_library || is_locked {
        return;
    }
    let is_open = |one: &&Dependency| {
        matches!(one.origin, Origin::Index(_)) && one.version.is_none() && !project.own.contains(&one.name)
    };
    let open: Vec<&Dependency> = manifest.dependencies.iter().filter(is_open).collect();
    let bare: Vec<&Dependency> = open.iter().copied().filter(|one| one.specifiers.is_empty()).collect();
    let is_needed = !is_development(manifest, None);
    let (which, persona, what) = match (bare.is_empty(), is_needed) {
        (false, true) => (bare, Persona::Pedantic, "no version"),
        (false, false) => (bare, Persona::Auditor, "no version"),
        (true, _) => (open, Persona::Auditor, "a range of versions"),
    };
    let names = list(&which);
    let have = if names.contains(' ') { "have" } else { "has" };
    let message = format!("{names} {have} {what}: what is installed is chosen on the day of the installation");
    risks.extend(risk("unpinned-dependency", &which, Severity::Low, persona, message));
}

/// One finding about several requirements, at the first of them.
fn risk(
    rule: &'static str,
    about: &[&Dependency],
    severity: Severity,
    persona: Persona,
    message: String,
) -> Option<Risk> {
    let first = about.first()?;
    let range = first.range.clone();
    Some(Risk { rule, range, severity, confidence: Confidence::High, persona, message, remedy: None })
}

fn list(about: &[&Dependency]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in about.iter().map(|one| one.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
