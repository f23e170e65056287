//! Packages that manifests name, and what is known of them.

use std::sync::Arc;

use crate::Severity;

/// A package that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, normalised.
    pub name: String,
    /// The version that is named; none where several are allowed.
    pub version: Option<String>,
    /// The manifest.
    pub path: Arc<str>,
    /// The one-based line in it.
    pub line: u32,
    /// Whether the project asks for it itself; none where the manifest does not say.
    pub is_direct: Option<bool>,
    /// Names from a direct dependency down to this one; empty where the manifest does not say.
    pub brought_by: Vec<String>,
    /// What is known of that version.
    pub vulnerabilities: Vec<Vulnerability>,
}

/// A vulnerability of a version of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
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
