//! Asks the provider of a secret whether the secret is still active.
//!
//! ```text
//! verifiers/*.toml -> Verifiers, by detector
//! Verifier + Candidate -> one call each -> Client: paced, guarded, bounded -> answer -> Outcome
//! ```
//!
//! Beside `seriema_osv` the only crate that reaches the network, and only when a user asks for it. What is asked of whom is data: one TOML a
//! provider, with one call that reads and changes nothing. An answer that the data does not name means nothing: a secret is
//! [`Status::Active`] or [`Status::Inactive`] because the provider said so, and [`Status::Unknown`] otherwise.
//!
//! A secret never leaves here but in the request itself: reasons are words of this crate or of the data, the facts that are
//! shown are those that the data names, and one that repeats a part of the secret is left out.

mod answer;
mod call;
mod client;
mod guard;
mod load;
mod outcome;
mod pace;
mod schema;
mod sigv4;
mod template;
mod verifier;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

pub use client::{Client, Options};
pub use outcome::{Outcome, Reason, Status};
pub use verifier::{Candidate, Example, Partner, Verifier, VerifierError, Verifiers};
