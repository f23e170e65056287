//! Packages that manifests name, and what is known of them.

use std::sync::Arc;

use crate::Severity;

/// A package that a manifest names.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Its name, normalised.
    pub name: String,
    /// The version that is named; none where several are allowed.
    pub version: Option<String>,
    /// The versions that are allowed (`>=2.0,<3`); empty for all of them, and where a lock names one.
    pub allowed: String,
    /// The manifest.
    pub path: Arc<str>,
    /// The one-based line in it.
    pub line: u32,
    /// Whether the project asks for it itself; none where the manifest does not say.
    pub is_direct: Option<bool>,
    /// Names from a direct dependency down to this one; empty where the manifest does not say.
    pub brought_by: Vec<String>,
    /// Names of what it depends on itself; none where the manifest does not say.
    pub requires: Option<Vec<String>>,
    /// Its extras that are asked for.
    pub extras: Vec<String>,
    /// The group or extra of the project that asks for it (`dev`); none for what is always needed.
    pub group: Option<String>,
    /// Where it comes from.
    pub origin: PackageOrigin,
    /// Whether the manifest names hashes that its files must have.
    pub is_hashed: bool,
    /// What is known of that version.
    pub vulnerabilities: Vec<Vulnerability>,
}

/// Where a package comes from. URLs are without user names, passwords and queries, in which tokens may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PackageOrigin {
    /// PyPI, or whatever index the installation is set up with.
    #[default]
    Index,
    /// An index that the manifest names, by its URL.
    NamedIndex(String),
    /// A repository.
    Vcs {
        /// Its URL.
        url: String,
        /// The whole hash of the commit that it is pinned to.
        commit: Option<String>,
    },
    /// A file at a URL.
    Url(String),
    /// A file or directory beside the project.
    Path(String),
    /// A channel of conda, by its name or URL.
    Conda(String),
}

/// A vulnerability of a version of a package.
#[derive(Clone, Debug, PartialEq)]
pub struct Vulnerability {
    /// The id it is reported under.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// Versions in which it is fixed, the smallest first.
    pub fixed_in: Vec<String>,
    /// CVSS base score, 0 to 10.
    pub score: Option<f32>,
    /// The CVSS vector that the score is of.
    pub vector: Option<String>,
    /// Its weaknesses (`CWE-79`).
    pub weaknesses: Vec<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// The day it was published (`2024-05-01`).
    pub published: Option<String>,
    /// How probable it is that it is exploited within 30 days, 0 to 1 (EPSS).
    pub epss: Option<f32>,
    /// Whether CISA knows it to be exploited (KEV).
    pub is_exploited: bool,
    /// Whether the package itself was published to do harm.
    pub is_malicious: bool,
    /// Qualified names of what is vulnerable (`yaml.load`); empty when nobody says.
    pub symbols: Vec<String>,
    /// Whether the project reaches it; none when the code was not looked at.
    pub reach: Option<Reach>,
}

/// How far a project's code comes towards what is vulnerable in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No file imports the package.
    NotImported,
    /// It is imported there first; what of it is vulnerable is not known.
    Imported(Place),
    /// It is imported there first; nothing that is known to be vulnerable is used.
    NotUsed(Place),
    /// What is vulnerable is used: from where the project is entered, call by call, to the use itself.
    Used {
        /// The qualified name of what is used, as the advisory has it (`yaml.load`).
        symbol: String,
        /// The steps; the last one is the use.
        steps: Vec<Place>,
    },
}

/// A place in the project's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// The one-based line.
    pub line: u32,
    /// What is there: the function that is entered or called, the module that is imported.
    pub text: String,
}
