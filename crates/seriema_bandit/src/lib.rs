//! Bandit's command line, configuration, checks and reports, for those who come from there.
//!
//! [`run`] behaves as `bandit` 1.9.4 under Python 3.13 does: the same findings on the same lines in the same order, the
//! same reports and exit codes. Where it deliberately does not, `DIFFERENCES.toml` says so and why.
//!
//! This is a *dialect*: Bandit's way of seeing is kept, its blind spots included. A name means what the file imported
//! last under it, arguments are what they look like, and a test that trips over its input has no result. Seriema's own
//! rules, which know scopes and values, live elsewhere.
//!
//! ```text
//! arguments, .bandit -> Options -> Config, Profile -> TestSet        (options, config, testset)
//! targets -> Files                                                   (discovery)
//! bytes -> text -> tree -> Visitor -> plugins -> Issue               (scan, tree, visitor, plugins)
//! issues -> Report -> one of nine formats                            (report, formatters)
//! ```

mod baseline;
mod catalog;
mod config;
mod discovery;
mod fnmatch;
mod formatters;
mod imports;
mod io;
mod issue;
mod literal;
mod log;
mod metrics;
mod nosec;
mod options;
mod plugins;
mod pyformat;
mod python;
mod report;
mod run;
mod scan;
mod source;
mod testset;
mod tree;
mod visitor;

pub use run::{Io, run};
