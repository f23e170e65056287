//! Which format a file has, by its name.

use crate::manifest::ManifestKind;

/// The format of the manifest at a path (with `/`); none when the name says that it is none. A script with PEP 723
/// metadata and a vendored copy are told by their contents.
#[must_use]
pub fn kind_of(path: &str) -> Option<ManifestKind> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folder.rsplit('/').next().unwrap_or_default();
    match name {
        "pyproject.toml" => return Some(ManifestKind::Pyproject),
        "setup.cfg" => return Some(ManifestKind::SetupCfg),
        "setup.py" => return Some(ManifestKind::SetupPy),
        "Pipfile" => return Some(ManifestKind::Pipfile),
        "Pipfile.lock" => return Some(ManifestKind::PipfileLock),
        "uv.lock" => return Some(ManifestKind::UvLock),
        "poetry.lock" => return Some(ManifestKind::PoetryLock),
        "pdm.lock" => return Some(ManifestKind::PdmLock),
        "pylock.toml" => return Some(ManifestKind::Pylock),
        "PKG-INFO" => return Some(ManifestKind::Metadata),
        "METADATA" => return folder.ends_with(".dist-info").then_some(ManifestKind::Metadata),
        _ => {}
    }
    let lower = name.to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    if is_vendored(path, stem, extension) {
        return Some(ManifestKind::Vendored);
    }
    match extension {
        "txt" | "in" => {
            let is_named =
                stem.contains("requirements") || stem.starts_with("constraints") || stem.ends_with("constraints");
            let is_inside = matches!(folder, "requirements" | "constraints") && (extension == "in" || is_list(stem));
            // `MANIFEST.in` is the list of a source distribution's files, `*.h.in` and the like are templates.
            let is_template = extension == "in" && (stem.contains('.') || stem == "manifest");
            ((is_named || is_inside) && !is_template).then_some(ManifestKind::Requirements)
        }
        "yml" | "yaml" if stem.starts_with("environment") => Some(ManifestKind::CondaEnvironment),
        // `conda-lock-3.12.yml`, `dev.conda-lock.yml`; a workflow may be called so, too.
        "yml" | "yaml" if stem.contains("conda-lock") && folder != "workflows" => Some(ManifestKind::CondaLock),
        "toml" if lower.starts_with("pylock.") => Some(ManifestKind::Pylock),
        "json" if stem == "bom" || stem.ends_with(".cdx") => Some(ManifestKind::CycloneDx),
        "json" if stem.ends_with(".spdx") => Some(ManifestKind::Spdx),
        "dockerfile" | "containerfile" => Some(ManifestKind::Dockerfile),
        // `Dockerfile.md` is about one.
        "md" | "rst" | "py" | "sh" | "dockerignore" | "j2" | "erb" | "tmpl" => None,
        _ if is_container(&lower) => Some(ManifestKind::Dockerfile),
        _ => None,
    }
}

/// Whether it tells the versions of vendored copies: `_vendor/vendor.txt`, `_vendor/six.py`, `_vendor/idna/__init__.py`,
/// `_vendor/idna/_version.py`. A `vendor` of a project may as well be one who sells.
fn is_vendored(path: &str, stem: &str, extension: &str) -> bool {
    let mut folders = path.rsplit('/').skip(1);
    let (first, second) = (folders.next().unwrap_or_default(), folders.next().unwrap_or_default());
    let is_vendor = |folder: &str| matches!(folder, "_vendor" | "_vendored" | "vendored");
    match extension {
        "txt" => matches!(stem, "vendor" | "vendored") && (is_vendor(first) || first == "vendor"),
        "py" if is_vendor(first) => stem != "__init__",
        "py" if is_vendor(second) => {
            matches!(stem, "__init__" | "version" | "_version" | "__version__" | "__about__" | "_about" | "about")
        }
        _ => false,
    }
}

/// Whether a text file in `requirements/` may be a list, not a note.
fn is_list(stem: &str) -> bool {
    !matches!(stem, "readme" | "license" | "notes" | "changelog" | "authors" | "copying")
}

/// `Dockerfile`, `Dockerfile.dev`, `Dockerfile-dev`.
fn is_container(name: &str) -> bool {
    ["dockerfile", "containerfile"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name() {
        use ManifestKind::*;
        for (path, kind) in [
            ("requirements.txt", Some(Requirements)),
            ("requirements-dev.txt", Some(Requirements)),
            ("app/dev-requirements.txt", Some(Requirements)),
            ("test_requirements.txt", Some(Requirements)),
            ("requirements/base.txt", Some(Requirements)),
            ("requirements/base.in", Some(Requirements)),
            ("requirements/README.txt", None),
            ("requirements.in", Some(Requirements)),
            ("constraints.txt", Some(Requirements)),
            ("MANIFEST.in", None),
            ("config.h.in", None),
            ("robots.txt", None),
            ("a/pyproject.toml", Some(Pyproject)),
            ("setup.cfg", Some(SetupCfg)),
            ("setup.py", Some(SetupPy)),
            ("Pipfile", Some(Pipfile)),
            ("environment.yml", Some(CondaEnvironment)),
            ("environment-dev.yaml", Some(CondaEnvironment)),
            ("Dockerfile", Some(Dockerfile)),
            ("docker/Dockerfile.dev", Some(Dockerfile)),
            ("app.dockerfile", Some(Dockerfile)),
            ("Containerfile", Some(Dockerfile)),
            ("Dockerfile.md", None),
            ("dockerfiles.txt", None),
            ("uv.lock", Some(UvLock)),
            ("poetry.lock", Some(PoetryLock)),
            ("pdm.lock", Some(PdmLock)),
            ("Pipfile.lock", Some(PipfileLock)),
            ("pylock.toml", Some(Pylock)),
            ("pylock.dev.toml", Some(Pylock)),
            ("conda-lock.yml", Some(CondaLock)),
            ("ci/conda-lock-python-3.14.yaml", Some(CondaLock)),
            ("dev.conda-lock.yml", Some(CondaLock)),
            (".github/workflows/conda-lock.yml", None),
            ("bom.json", Some(CycloneDx)),
            ("app.cdx.json", Some(CycloneDx)),
            ("app.spdx.json", Some(Spdx)),
            ("x/requests-2.0.dist-info/METADATA", Some(Metadata)),
            ("METADATA", None),
            ("x.egg-info/PKG-INFO", Some(Metadata)),
            ("pip/_vendor/vendor.txt", Some(Vendored)),
            ("a/_vendor/six.py", Some(Vendored)),
            ("a/_vendor/__init__.py", None),
            ("a/_vendor/idna/__init__.py", Some(Vendored)),
            ("a/_vendor/idna/_version.py", Some(Vendored)),
            ("a/_vendor/idna/core.py", None),
            ("shop/vendor/__init__.py", None),
            ("", None),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }
}
