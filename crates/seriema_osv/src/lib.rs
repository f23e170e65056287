//! Fetches what is known of vulnerabilities.
//!
//! ```text
//! OSV's export (EPSS, KEV) -> update(): conditional, resumed, checked -> the index, replaced as a whole
//! names and versions -> ask(): OSV's API -> the records about them, as an index in memory
//! ```
//!
//! Beside `seriema_verify` the only crate that reaches the network, and only when a user asks for it: the command line calls
//! it for `seriema db update`, `seriema db import URL` and `seriema deps --online`, and for nothing else. What comes in is
//! bounded, and believed only after it was read whole.

mod address;
mod client;
mod fetch;
mod kept;
mod online;
mod update;

pub use address::{Address, AddressError};
pub use client::{Client, Clock, Options, Silent, Watch};
pub use fetch::{Problem, fetch};
pub use online::{Answers, Gap, Question, ask};
pub use update::{Update, UpdateError, Updated, update};
