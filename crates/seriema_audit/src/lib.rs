//! Runs the analyses over a project side by side, links its files, applies suppressions and decides what is shown.
//!
//! ```text
//! each file, in parallel   read, decode, parse, bind, all rules of all personas     -> file
//! each file                lowered, then data followed through the whole program       -> flow
//! once                     follow re-exports and constants between files            -> link
//! the few that need it     run again, now knowing what imported names stand for
//! each file                lines, fingerprints, suppressions                        -> finalize, suppress
//! once                     what the settings show                                   -> select
//! ```
//!
//! The result depends on the files and the settings alone, never on threads or order.

mod archive;
mod bandit_names;
mod cache;
mod dependencies;
mod file;
mod finalize;
mod flow;
mod history;
mod ignores;
mod link;
mod pieces;
mod place;
mod reach;
mod run;
mod secrets;
mod select;
mod settings;
mod supply_chain;
mod suppress;
mod surface;
mod vocabulary;

pub use cache::Cache;
pub use dependencies::{Dependencies, DependencyInputs, audit_dependencies, known_vulnerabilities};
pub use history::{Revisions, audit_revisions};
pub use place::{Question, Told, Untold, ask};
pub use run::{Audit, Progress, audit, audit_text};
pub use select::{Shown, select};
pub use seriema_flow::{
    Account, Answer, Giver, Origin, OriginKind, OwnModel, Place, Sink, Target, TargetKind, Threat, check_model,
};
pub use seriema_surface::{Entry, EntryKind, EntryParameter, Guard, GuardKind, GuardVia, Inventory, ParameterPlace};
pub use settings::Settings;
pub use surface::surface;
pub use vocabulary::VOCABULARY;
