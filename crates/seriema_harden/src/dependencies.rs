//! How packages get into the project: what `seriema_deps` raises about manifests, and whether there is a lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use seriema_deps::kind_of;
use seriema_deps::manifest::{Manifest, ManifestKind};
use seriema_deps::project::sources;
use seriema_deps::supply::risks;
use seriema_finding::Persona;
use seriema_program::Locator;

use crate::checklist::{Book, Status};
use crate::project::Project;
use crate::sheet::line;

/// The checks, by the rules that raise what makes them fail.
const RULES: [(&str, &str); 6] = [
    ("typosquatted-dependency", "dependencies-names"),
    ("dependency-confusion", "dependencies-indexes"),
    ("insecure-package-index", "dependencies-transport"),
    ("unpinned-source", "dependencies-sources"),
    ("unpinned-dependency", "dependencies-versions"),
    ("install-time-code", "dependencies-build"),
];

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    let manifests: Vec<_> = project.files().into_iter().filter(|file| kind_of(&file.relative).is_some()).collect();
    let paths: Vec<_> = manifests.iter().map(|file| (Arc::clone(&file.relative), None)).collect();
    let (sources, diagnostics) = sources(&paths, |path| {
        // Files that a manifest includes are read too, if they are the project's.
        let file = project.file(path).ok_or_else(|| "is no file of the project".to_owned())?;
        project.text(file).ok_or_else(|| "cannot be read".to_owned())
    });
    diagnostics.into_iter().for_each(|diagnostic| project.complain(diagnostic));
    for (source, risks) in sources.iter().zip(risks(&sources)) {
        let path = &source.manifest.path;
        let path: Arc<str> = Arc::from(&**path);
        if source.manifest.dependencies.is_empty() {
            continue;
        }
        let locator = Locator::of_text(&source.text);
        for (rule, id) in RULES {
            let raised: Vec<_> =
                risks.iter().filter(|risk| risk.rule == rule && risk.persona == Persona::Regular).collect();
            if raised.is_empty() {
                let count = source.manifest.dependencies.len();
                book.note(id, Status::Pass, &path, None, format!("names {count} dependencies"));
            }
            for risk in raised {
                let at = line(&locator, risk.range.start);
                book.note(id, Status::Fail, &path, Some(at), risk.message.clone());
            }
        }
        for problem in &source.manifest.diagnostics {
            project.complain(problem.clone());
        }
    }
    locks(sources.iter().map(|source| &source.manifest), book);
}

/// Whether what an application asks for is locked: in its directory, or in one above.
fn locks<'m>(manifests: impl Iterator<Item = &'m Manifest> + Clone, book: &mut Book) {
    let directory = |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
    let mut locked: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for manifest in manifests.clone() {
        let is_hashed = manifest.kind == ManifestKind::Requirements
            && !manifest.dependencies.is_empty()
            && manifest.dependencies.iter().all(|dependency| dependency.is_hashed);
        if manifest.kind.is_lock() || is_hashed {
            locked.insert(directory(&manifest.path), Arc::from(&*manifest.path));
        }
    }
    for manifest in manifests {
        let is_asked =
            matches!(manifest.kind, ManifestKind::Pyproject | ManifestKind::Pipfile | ManifestKind::Requirements);
        if !is_asked || manifest.dependencies.is_empty() || manifest.kind.is_lock() {
            continue;
        }
        let path: Arc<str> = Arc::from(&*manifest.path);
        let mut place = directory(&path);
        let lock = loop {
            if let Some(lock) = locked.get(&place) {
                break Some(lock);
            }
            if place.is_empty() {
                break None;
            }
            place = directory(&place);
        };
        match lock {
            Some(lock) => book.note("dependencies-locked", Status::Pass, &path, None, format!("locked by `{lock}`")),
            None => book.note("dependencies-locked", Status::Fail, &path, None, "there is no lock beside it or above"),
        }
    }
}
