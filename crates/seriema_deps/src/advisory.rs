//! Advisories: what is known to be wrong with which versions of a package. The model of an OSV record
//! (<https://ossf.github.io/osv-schema/>), with what Seriema needs of it.

mod merge;
mod record;
mod safety;
mod severity;
mod versions;

use serde::{Deserialize, Serialize};

pub(crate) use merge::{Part, merge};
pub(crate) use record::{PackageData, Record, RecordError, names_any, read_json, read_yaml};
pub(crate) use safety::{affected_by, read_safety};
pub(crate) use severity::score;
pub use versions::{VersionTable, Versions};

/// What is known of one vulnerability; several records of it are one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// The id it is reported under: the CVE's, or else PYSEC, GHSA, MAL, whatever there is.
    pub id: String,
    /// The other ids of it, sorted.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: String,
    /// CVSS base score, 0 to 10.
    pub score: Option<f32>,
    /// The CVSS vector that the score is of.
    pub vector: Option<String>,
    /// Severity in words (`LOW`, `MODERATE`, `HIGH`, `CRITICAL`) where a record has no vector.
    pub severity: Option<String>,
    /// CWEs (`CWE-79`).
    pub weaknesses: Vec<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// Day it was published (`2024-05-01`).
    pub published: Option<String>,
    /// Whether the package itself is malicious.
    pub is_malicious: bool,
    /// How probable it is that it is exploited within 30 days, 0 to 1 (EPSS).
    pub epss: Option<f32>,
    /// Whether CISA knows it to be exploited (KEV).
    pub is_exploited: bool,
    /// Qualified names of what is vulnerable (`yaml.load`, `jinja2.Environment.from_string`); one that ends in `.*` stands for all
    /// that is below it, `*` for any use of the package. None when nobody says.
    pub symbols: Vec<String>,
    /// Which versions of the package are affected: those that any of these says.
    pub affected: Vec<Affected>,
}

impl Advisory {
    /// All ids of it, the one that it is reported under first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// Versions of a package that one record says are affected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Those that are listed, as they are written.
    pub versions: Versions,
    /// Those that lie in ranges.
    pub ranges: Vec<Range>,
}

/// A range of type ECOSYSTEM or SEMVER.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Its events, in the order of the record.
    pub events: Vec<Event>,
}

/// An event of a range; versions as they are written, `0` for the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The first version that is affected.
    Introduced(String),
    /// The first version that is not affected any more.
    Fixed(String),
    /// The last version that is affected.
    LastAffected(String),
    /// A version from which on nothing is said.
    Limit(String),
}
