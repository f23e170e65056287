//! What a project says it depends on: manifests, locks, environments. Each format is a file in `manifest/`, and reads one text
//! without looking at others: what it names beside it is an [`Include`].
//!
//! No reader fails: what it cannot read is a diagnostic with its line, and the rest is read. Nothing is run, and nothing is
//! looked up.

mod conda;
mod copies;
pub mod dockerfile;
pub mod kind;
mod options;
mod pipfile;
pub(crate) mod poetry;
mod pyproject;
mod requirement;
mod requirements;
mod script;
mod setup_cfg;
mod setup_files;
mod setup_py;
mod sheet;
mod table;
mod uv;
pub mod words;
pub mod yaml;

// Locks and inventories.
mod conda_lock;
mod cyclonedx;
mod metadata;
mod pdm_lock;
mod pipfile_lock;
mod poetry_lock;
mod pylock;
mod spdx;
pub mod tree;
mod uv_lock;
mod vendored;
// What they are made of.
mod document;
mod lock;
mod purl;
pub mod url;

#[cfg(test)]
mod lock_tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::MarkerTree;
use seriema_finding::Diagnostic;

pub use kind::kind_of;
pub(crate) use lock::commit as lock_commit;

/// A package's name as packages are told apart: lower case, runs of `-`, `_` and `.` as one `-`
/// (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// A name as somebody wrote it. None when it is none.
    #[must_use]
    pub fn new(written: &str) -> Option<Self> {
        let bytes = written.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !ends(bytes.first()) || !ends(bytes.last()) || !bytes.iter().all(inner) {
            return None;
        }
        let mut name = String::with_capacity(written.len());
        for c in written.chars() {
            match c {
                '-' | '_' | '.' if name.ends_with('-') => {}
                '-' | '_' | '.' => name.push('-'),
                _ => name.push(c.to_ascii_lowercase()),
            }
        }
        Some(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The format of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManifestKind {
    /// `requirements*.txt`, `constraints*.txt`, `*.in`.
    Requirements,
    /// `pyproject.toml`: PEP 621, PEP 735, build-system, poetry, pdm, hatch, uv.
    Pyproject,
    /// `setup.cfg`.
    SetupCfg,
    /// `setup.py`, read as code and never run.
    SetupPy,
    /// `Pipfile`.
    Pipfile,
    /// `environment.yml` of conda.
    CondaEnvironment,
    /// PEP 723 metadata in a script.
    Script,
    /// `pip install` in a Dockerfile or Containerfile.
    Dockerfile,
    /// `uv.lock`.
    UvLock,
    /// `poetry.lock`.
    PoetryLock,
    /// `pdm.lock`.
    PdmLock,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `pylock.toml`, `pylock.*.toml`: PEP 751.
    Pylock,
    /// `conda-lock.yml`.
    CondaLock,
    /// A CycloneDX bill of materials, JSON.
    CycloneDx,
    /// An SPDX document, JSON.
    Spdx,
    /// `METADATA` of an installed distribution or a wheel, `PKG-INFO` of a source distribution.
    Metadata,
    /// A vendored copy, by its version file.
    Vendored,
}

impl ManifestKind {
    /// Whether it says which versions are installed, not which may be.
    #[must_use]
    pub fn is_lock(self) -> bool {
        use ManifestKind::{
            CondaLock, CycloneDx, Metadata, PdmLock, PipfileLock, PoetryLock, Pylock, Spdx, UvLock, Vendored,
        };
        matches!(
            self,
            CondaLock | CycloneDx | Metadata | PdmLock | PipfileLock | PoetryLock | Pylock | Spdx | UvLock | Vendored
        )
    }
}

/// Reads a manifest of a known format.
#[must_use]
pub fn read(path: &str, kind: ManifestKind, text: &str) -> Manifest {
    match kind {
        ManifestKind::Requirements => requirements::read(path, text),
        ManifestKind::Pyproject => pyproject::read(path, text),
        ManifestKind::SetupCfg => setup_cfg::read(path, text),
        ManifestKind::SetupPy => setup_py::read(path, text),
        ManifestKind::Pipfile => pipfile::read(path, text),
        ManifestKind::CondaEnvironment => conda::read(path, text),
        ManifestKind::Script => script::read(path, text),
        ManifestKind::Dockerfile => dockerfile::read(path, text),
        ManifestKind::UvLock => uv_lock::read(path, text),
        ManifestKind::PoetryLock => poetry_lock::read(path, text),
        ManifestKind::PdmLock => pdm_lock::read(path, text),
        ManifestKind::PipfileLock => pipfile_lock::read(path, text),
        ManifestKind::Pylock => pylock::read(path, text),
        ManifestKind::CondaLock => conda_lock::read(path, text),
        ManifestKind::CycloneDx => cyclonedx::read(path, text),
        ManifestKind::Spdx => spdx::read(path, text),
        ManifestKind::Metadata => metadata::read(path, text),
        ManifestKind::Vendored => vendored::read(path, text),
    }
}

/// A manifest that was read.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its path, relative to the project.
    pub path: Arc<str>,
    /// Its format.
    pub kind: ManifestKind,
    /// What it names, in its order.
    pub dependencies: Vec<Dependency>,
    /// Other files that it names.
    pub includes: Vec<Include>,
    /// What it depends on without saying which package that is: `git+https://example.org/tool.git`, `-e .`.
    pub unnamed: Vec<Unnamed>,
    /// How packages are looked for.
    pub options: Vec<IndexOption>,
    /// The Python versions that it is for (`requires-python`).
    pub requires_python: Option<VersionSpecifiers>,
    /// The name of the project itself, so that it is not taken for a dependency.
    pub project: Option<Name>,
    /// What could not be read, with its line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Manifest {
    /// A manifest that says nothing.
    pub(crate) fn new(path: &str, kind: ManifestKind) -> Self {
        Self {
            path: path.into(),
            kind,
            dependencies: Vec::new(),
            includes: Vec::new(),
            unnamed: Vec::new(),
            options: Vec::new(),
            requires_python: None,
            project: None,
            diagnostics: Vec::new(),
        }
    }
}

/// Something that a manifest depends on.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package.
    pub name: Name,
    /// The package as it is written there.
    pub written: String,
    /// The one version that is meant: of a lock, or pinned by `==` or `===` without a star.
    pub version: Option<Version>,
    /// The versions that are allowed; all when empty.
    pub specifiers: VersionSpecifiers,
    /// When it is needed. Evaluate it, but show the text of `range` instead: to write it out again may take time that
    /// grows exponentially with it.
    pub marker: MarkerTree,
    /// Its extras that are asked for.
    pub extras: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether the manifest names hashes that its files must have.
    pub is_hashed: bool,
    /// The group or extra of the manifest that asks for it: `dev`, `test`; none for what is always needed.
    pub group: Option<String>,
    /// Whether that group stays with the project (PEP 735's and the like): no extra, which others may ask for.
    pub is_own_group: bool,
    /// Whether the project asks for it itself; none when the manifest does not say.
    pub is_direct: Option<bool>,
    /// What it depends on itself, as far as a lock says.
    pub requires: Vec<Name>,
    /// Where it stands in the text, in bytes: the requirement, or the entry of a lock.
    pub range: Range<usize>,
    /// Where its version or specifiers stand, to be replaced; none where there are none.
    pub version_range: Option<Range<usize>>,
    /// Where a lock names the same release once more, for another platform or set of extras: as `range`.
    pub repeated: Vec<Range<usize>>,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An index of packages: its URL where the manifest names it.
    Index(Option<String>),
    /// A repository, and the commit that it is pinned to; a branch or tag pins nothing.
    Vcs {
        /// Its URL.
        url: String,
        /// The whole hash of a commit.
        commit: Option<String>,
        /// The branch, tag or commit that a manifest asks for; none in locks, and where it asks for none.
        revision: Option<String>,
    },
    /// A file at a URL.
    Url(String),
    /// A file or directory; empty for a member of the same workspace.
    Path(String),
    /// A channel of conda, which is not an index of Python packages: its name or URL, `defaults` when none is named.
    Conda(String),
}

/// Something that a manifest depends on without naming the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// Where it comes from.
    pub origin: Origin,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
}

/// Another file that a manifest names: `-r base.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// As it is written there: relative to the manifest, or a URL. Of a Dockerfile, the file of its context.
    pub path: String,
    /// Whether it constrains versions only (`-c`).
    pub is_constraint: bool,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
}

/// What a manifest says of how packages are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexOption {
    /// What it says.
    pub kind: IndexOptionKind,
    /// A URL, a host; empty for options without a value.
    pub value: String,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
}

/// The kinds of [`IndexOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexOptionKind {
    /// `--index-url`: the index.
    Index,
    /// `--extra-index-url`: one more, from which any package may come.
    ExtraIndex,
    /// One that is asked before the index, and a package comes from the first that has it: uv's `index`.
    PriorIndex,
    /// An index that only named packages come from (uv's `explicit`, poetry's `source`).
    ExplicitIndex,
    /// `--find-links`.
    FindLinks,
    /// `--no-index`.
    NoIndex,
    /// `--trusted-host`.
    TrustedHost,
    /// `--require-hashes`.
    RequireHashes,
    /// `--pre`.
    Pre,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_normalised() {
        for written in ["zope.interface", "Zope-Interface", "zope__interface", "ZOPE.-_interface"] {
            assert_eq!(Name::new(written).map(|name| name.to_string()).as_deref(), Some("zope-interface"), "{written}");
        }
        for none in ["", "-a", "a-", "a b", "ä", "../x"] {
            assert_eq!(Name::new(none), None, "{none}");
        }
    }
}
