//! Secrets in files.
//!
//! ```text
//! detectors/*.toml -> Detectors (keywords in one automaton, a regex each, compiled when its keyword is met)
//! text -> keywords -> windows -> regexes, and values by the names they are given -> judgement -> secrets
//! ```
//!
//! Time is linear in the text: each detector looks at the windows around its keywords, windows that overlap are one, and the
//! regexes are linear themselves.

mod assigned;
pub mod baseline;
mod between;
mod checksum;
mod detector;
mod generate;
pub mod gitleaks;
mod judge;
mod keywords;
mod line;
mod names;
mod needs;
mod raw;
mod scan;
mod scanner;
#[cfg(test)]
mod work;

pub use detector::{Detector, DetectorError, Detectors};
pub use generate::expand;
pub use judge::{Standing, standing};
pub use scan::{Secret, scan};
pub use scanner::{Scan, Scanner};
pub use seriema_finding::{Secret as Value, masked};

/// Whether something that comes with the program reports secrets under this id.
#[must_use]
pub fn is_detector(id: &str) -> bool {
    assigned::IDS.contains(&id) || Detectors::embedded().has(id)
}
