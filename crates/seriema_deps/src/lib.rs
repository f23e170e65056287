//! What a project depends on, and what is known to be wrong with it.
//!
//! ```text
//! manifests, locks, environments -> Manifest (dependencies, each with its place)      nothing is resolved or run
//! OSV records -> Index (one file, opened in place) -> advisories of a package
//! advisories/*.toml -> Builtin (part of the program) -> advisories of a package, and their symbols
//! Dependency + advisories -> Match: affected for sure, or allowed to be
//! Match -> Upgrade: the version that is not, and what to write or to run for it
//! ```

pub mod advisory;
pub mod builtin;
pub mod distribution;
pub mod environment;
pub mod fix;
pub mod index;
pub mod manifest;
pub mod matching;
pub mod project;
pub mod supply;
pub mod target;

pub use advisory::{Advisory, Affected, Event, Range, Versions};
pub use index::{Advisories, Builder, Index, IndexError, Info};
pub use manifest::{
    Dependency, Include, IndexOption, IndexOptionKind, Manifest, ManifestKind, Name, Origin, Unnamed, kind_of,
};
pub use target::{Platform, Target};
