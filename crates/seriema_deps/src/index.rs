//! The advisory index: one file, opened in place.

use crate::advisory::Advisory;
use crate::manifest::Name;

/// Something that knows advisories.
pub trait Advisories {
    /// The advisories about a package, each vulnerability once, in the order of their ids.
    fn about(&self, name: &Name) -> Vec<Advisory>;
}
