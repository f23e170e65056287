//! Repositories and files that packages come from without saying which state of them.

use std::ops::Range;

use seriema_finding::{Confidence, Persona, Severity};

use super::{Project, Risk, directory, indexes, is_development};
use crate::manifest::{ManifestKind, Origin};
use crate::project::Source;

/// What a source can become without a change of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drift {
    /// Nothing else.
    None,
    /// Something else when its owner moves a tag or replaces a file.
    Replaced,
    /// Something else with each change of a branch.
    Moving,
}

pub(super) fn read(source: &Source, project: &Project<'_>, risks: &mut Vec<Risk>) {
    let manifest = &source.manifest;
    if manifest.kind.is_lock() || manifest.kind == ManifestKind::SetupCfg {
        return;
    }
    let is_locked = project.locked.contains(directory(&manifest.path))
        && !matches!(manifest.kind, ManifestKind::Requirements | ManifestKind::Dockerfile);
    if is_locked {
        return;
    }
    let named = manifest.dependencies.iter().filter(|one| !one.is_hashed).map(|one| {
        let is_own = project.own.contains(&one.name);
        (Some(one), &one.origin, &one.range, one.name.to_string(), is_own)
    });
    let unnamed = manifest.unnamed.iter().map(|one| {
        let is_hashed =
            source.text.get(one.range.clone()).is_some_and(|text| text.contains("sha256=") || text.contains("--hash"));
        (None, &one.origin, &one.range, "this package".to_owned(), is_hashed)
    });
    for (dependency, origin, range, name, is_settled) in named.chain(unnamed) {
        let (drift, why) = match origin {
            Origin::Vcs { commit: None, revision, .. } => of_revision(revision.as_deref()),
            Origin::Url(url) => of_url(url),
            _ => continue,
        };
        if drift == Drift::None || is_settled {
            continue;
        }
        let severity = if drift == Drift::Moving { Severity::Medium } else { Severity::Low };
        // A package that is built is published with its extras, and without its groups.
        let is_own_group = dependency.is_some_and(|one| one.is_own_group);
        let stays = is_own_group && project.libraries.contains(directory(&manifest.path));
        let is_for_all = !stays && !is_development(manifest, dependency);
        risks.push(Risk {
            rule: "unpinned-source",
            range: Range::clone(range),
            severity,
            confidence: Confidence::High,
            persona: if is_for_all { Persona::Regular } else { Persona::Pedantic },
            message: format!("{name} {why}"),
            remedy: None,
        });
    }
}

/// What a revision that is no whole commit can become.
fn of_revision(revision: Option<&str>) -> (Drift, String) {
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(60).collect::<String>();
    match revision {
        None | Some("HEAD") => {
            (Drift::Moving, "comes from whatever its repository's main branch holds when it is installed".to_owned())
        }
        Some(revision) if revision.contains(['$', '{']) => (Drift::None, String::new()),
        Some(revision) if is_tag(revision) => (
            Drift::Replaced,
            format!("is pinned to `{}`, a tag that can be moved, and not to a commit", shown(revision)),
        ),
        Some(revision) if is_short_hash(revision) => (
            Drift::Replaced,
            format!("is pinned to `{}`, a part of a commit's hash that another commit may share", shown(revision)),
        ),
        Some(revision) => {
            (Drift::Moving, format!("comes from whatever `{}` stands for when it is installed", shown(revision)))
        }
    }
}

/// Whether a revision is a version, as tags are: `v1.2`, `release-1.2.3`, `2024.1`.
fn is_tag(revision: &str) -> bool {
    let version = revision.strip_prefix("refs/tags/").unwrap_or(revision);
    let start = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
    let is_prefix =
        |text: &str| text.len() <= 20 && text.bytes().all(|c| c.is_ascii_alphabetic() || b"-_/.".contains(&c));
    let rest = &version[start..];
    // A branch of a series is `1.x`.
    !revision.starts_with("refs/heads/")
        && is_prefix(&version[..start])
        && rest.contains(['.', '_'])
        && !rest.ends_with(".x")
        && !rest.ends_with(".X")
}

fn is_short_hash(revision: &str) -> bool {
    (7..40).contains(&revision.len())
        && revision.bytes().all(|c| c.is_ascii_hexdigit())
        && revision.bytes().any(|c| c.is_ascii_digit())
}

/// What the file of a URL can become.
fn of_url(url: &str) -> (Drift, String) {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    if path.contains(['$', '{']) {
        return (Drift::None, String::new());
    }
    let host = indexes::host(url).unwrap_or_default();
    let parts = || path.split(['/', '@']).map(|part| part.trim_end_matches(".zip").trim_end_matches(".tar.gz"));
    let is_hash = |part: &str| matches!(part.len(), 40 | 64) && part.bytes().all(|c| c.is_ascii_hexdigit());
    // What PyPI serves stands under its own hash and is never replaced.
    if host == "files.pythonhosted.org" || parts().any(is_hash) {
        return (Drift::None, String::new());
    }
    let is_archive = ["/archive/", "/tarball/", "/zipball/", "/-/archive/"].iter().any(|part| path.contains(part));
    let revision = parts().next_back().unwrap_or_default();
    let is_branch = path.contains("/refs/heads/")
        || is_archive
            && !path.contains("/refs/tags/")
            && !is_tag(revision)
            && !revision.contains(|c: char| c.is_ascii_digit());
    if is_branch {
        let why = format!("comes from an archive of a branch at `{host}`, which changes with it");
        return (Drift::Moving, why);
    }
    (Drift::Replaced, format!("comes from a file at `{host}` that can be replaced: no hash says which one is meant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_branches() {
        for (revision, drift) in [
            (None, Drift::Moving),
            (Some("main"), Drift::Moving),
            (Some("feature/x"), Drift::Moving),
            (Some("1.x"), Drift::Moving),
            (Some("refs/heads/1.2"), Drift::Moving),
            (Some("v1.2.3"), Drift::Replaced),
            (Some("release-1.2.3"), Drift::Replaced),
            (Some("refs/tags/1.0"), Drift::Replaced),
            (Some("0a1b2c3"), Drift::Replaced),
            (Some("${REVISION}"), Drift::None),
        ] {
            assert_eq!(of_revision(revision).0, drift, "{revision:?}");
        }
    }

    #[test]
    fn files_are_told_by_their_urls() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (url, drift) in [
            ("https://github.com/a/b/archive/master.zip", Drift::Moving),
            ("https://github.com/a/b/archive/refs/heads/1.2.zip", Drift::Moving),
            ("https://github.com/a/b/archive/refs/tags/v1.2.tar.gz", Drift::Replaced),
            (&format!("https://github.com/a/b/archive/{commit}.zip"), Drift::None),
            ("https://files.pythonhosted.org/packages/aa/bb/a-1.0.whl", Drift::None),
            ("https://example.org/a-1.0.whl", Drift::Replaced),
        ] {
            assert_eq!(of_url(url).0, drift, "{url}");
        }
    }
}
