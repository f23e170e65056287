//! What every part of Seriema talks in: a [`Finding`] and what it is made of.
//!
//! This crate knows nothing of how findings come about or how they are shown. A finding carries everything a
//! report may want to say, so that no renderer needs to look anything up.

mod diagnostic;
mod finding;
mod fingerprint;
mod fix;
mod level;
mod location;
mod mask;
mod package;
mod page;
mod rule;
mod secret;
mod taxonomy;

pub use diagnostic::{Diagnostic, DiagnosticKind};
pub use finding::{Commit, Finding, FlowStep, Suppression, SuppressionKind};
pub use fingerprint::{Fingerprint, FingerprintBuilder};
pub use fix::{Applicability, Edit, Fix};
pub use level::{Confidence, ParseLevelError, Persona, Severity};
pub use location::{Location, Position, Snippet};
pub use mask::{masked, starred};
pub use package::{Package, PackageOrigin, Place, Reach, Vulnerability};
pub use page::{Example, ExampleKind, Page, PageError};
pub use rule::{Alias, Family, Rule, Tool};
pub use secret::Secret;
pub use taxonomy::{Cwe, Owasp2021, Owasp2025};
