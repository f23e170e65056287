//! Indexes that somebody else may answer for.

use seriema_finding::{Confidence, Persona, Severity};

use super::{Project, Risk, is_development, names};
use crate::manifest::{Dependency, IndexOption, IndexOptionKind, Manifest, Origin};

/// Indexes of public packages that are meant to be asked beside PyPI: their owners publish what they have there under
/// names that they hold on PyPI as well.
const BESIDE: [&str; 12] = [
    "download.pytorch.org",
    "data.pyg.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "developer.download.nvidia.com",
    "storage.googleapis.com",
    "www.piwheels.org",
    "wheels.vllm.ai",
    "abetlen.github.io",
    "pytorch-extension.intel.com",
    "pypi.anaconda.org",
    "repo.radeon.com",
];

/// Most names that a message lists.
const SHOWN: usize = 3;

/// The host of a URL, without user and port.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(bare_host(host)).filter(|host| !host.is_empty())
}

fn bare_host(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.") || host.ends_with(".localhost")
}

pub(super) fn read(manifest: &Manifest, project: &Project<'_>, risks: &mut Vec<Risk>) {
    insecure(manifest, risks);
    confusion(manifest, project, risks);
}

/// Whether every package of a manifest must have known hashes, so that it does not matter who sends it.
fn is_hashed(manifest: &Manifest) -> bool {
    let is_required = manifest.options.iter().any(|option| option.kind == IndexOptionKind::RequireHashes);
    is_required || !manifest.dependencies.is_empty() && manifest.dependencies.iter().all(|one| one.is_hashed)
}

/// Packages that are fetched where anybody on the way may change them.
fn insecure(manifest: &Manifest, risks: &mut Vec<Risk>) {
    let severity = if is_hashed(manifest) { Severity::Low } else { Severity::High };
    let mut add = |range: &std::ops::Range<usize>, message: String| {
        risks.push(Risk {
            rule: "insecure-package-index",
            range: range.clone(),
            severity,
            confidence: Confidence::High,
            persona: Persona::Regular,
            message,
            remedy: None,
        });
    };
    let mut cleartext: Vec<&str> = Vec::new();
    for option in &manifest.options {
        use IndexOptionKind::{ExplicitIndex, ExtraIndex, FindLinks, Index, PriorIndex};
        if !matches!(option.kind, ExplicitIndex | ExtraIndex | FindLinks | Index | PriorIndex) {
            continue;
        }
        // pip takes several in one value.
        for url in option.value.split_whitespace() {
            let is_cleartext = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
            if let Some(host) = host(url).filter(|host| is_cleartext && !is_local(host)) {
                cleartext.push(host);
                add(&option.range, format!("packages are fetched from `{host}` over HTTP, where they can be replaced"));
            }
        }
    }
    for option in manifest.options.iter().filter(|option| option.kind == IndexOptionKind::TrustedHost) {
        for named in option.value.split_whitespace() {
            let host = host(named).unwrap_or_else(|| bare_host(named));
            // One finding for one cause: the index that this host is trusted for was named.
            if !is_local(host) && !host.is_empty() && !cleartext.contains(&host) {
                add(
                    &option.range,
                    format!("the certificate of `{host}` is not verified: whoever is on the way can answer for it"),
                );
            }
        }
    }
    for dependency in manifest.dependencies.iter().filter(|dependency| !dependency.is_hashed) {
        let (url, is_pinned) = match &dependency.origin {
            Origin::Url(url) => (url, false),
            Origin::Vcs { url, commit, .. } => (url, commit.is_some()),
            _ => continue,
        };
        let is_cleartext = ["http://", "git://", "svn+http://", "hg+http://", "bzr+http://"]
            .iter()
            .any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        // What a commit names cannot be replaced.
        if let Some(host) = host(url).filter(|host| is_cleartext && !is_pinned && !is_local(host)) {
            let name = &dependency.name;
            add(
                &dependency.range,
                format!("{name} is fetched from `{host}` without encryption, where it can be replaced"),
            );
        }
    }
}

/// Names that come from a private index, and from the public one as soon as somebody registers them there.
fn confusion(manifest: &Manifest, project: &Project<'_>, risks: &mut Vec<Risk>) {
    let has_no_index = manifest.options.iter().any(|option| option.kind == IndexOptionKind::NoIndex);
    if has_no_index || is_hashed(manifest) {
        return;
    }
    // An index of the project's own alone: nothing public is asked.
    let indexes: Vec<&IndexOption> =
        manifest.options.iter().filter(|option| option.kind == IndexOptionKind::Index).collect();
    let extras = manifest.options.iter().filter(|option| option.kind == IndexOptionKind::ExtraIndex);
    let is_pypi = |url: &str| host(url).is_some_and(|host| host == "pypi.org" || host == "pypi.python.org");
    for extra in extras {
        for url in extra.value.split_whitespace() {
            let Some(host) = host(url) else { continue };
            if is_local(host) || BESIDE.contains(&host) || host.ends_with(".github.io") {
                continue;
            }
            let internal: Vec<&Dependency> =
                manifest.dependencies.iter().filter(|one| is_internal(one, project)).collect();
            let public = if is_pypi(url) { true } else { indexes.iter().all(|index| is_pypi(&index.value)) };
            if !public {
                continue;
            }
            let anybody = host == "test.pypi.org";
            let shown = internal.iter().take(SHOWN).map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(", ");
            let more =
                if internal.len() > SHOWN { format!(" and {} more", internal.len() - SHOWN) } else { String::new() };
            let (severity, persona, message) = match (anybody, internal.is_empty()) {
                (true, _) => (
                    Severity::Medium,
                    if is_development(manifest, None) { Persona::Pedantic } else { Persona::Regular },
                    format!("any package may come from `{host}`, where anybody can register names that PyPI has"),
                ),
                (false, false) => (
                    Severity::High,
                    Persona::Regular,
                    format!(
                        "{shown}{more} may come from PyPI as well as from the index beside it: the higher version wins, whoever published it"
                    ),
                ),
                (false, true) => (
                    Severity::Low,
                    Persona::Pedantic,
                    format!("any package may come from `{host}` as well as from PyPI: the higher version wins"),
                ),
            };
            risks.push(Risk {
                rule: "dependency-confusion",
                range: extra.range.clone(),
                severity,
                confidence: Confidence::Medium,
                persona,
                message,
                remedy: None,
            });
        }
    }
}

/// Whether a dependency is probably no package of PyPI, and not told where it comes from.
fn is_internal(dependency: &Dependency, project: &Project<'_>) -> bool {
    matches!(dependency.origin, Origin::Index(None))
        && !dependency.is_hashed
        && !project.own.contains(&dependency.name)
        && !names::is_known(&dependency.name)
}
