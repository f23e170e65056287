//! What the world's libraries do, as data: sources, sinks, sanitizers, guards, propagation, routes.
//!
//! One TOML file a library in `models/`; `docs/models.md` describes the form. [`Models`] holds those that a project
//! needs, by API path.

mod kinds;
mod schema;
pub mod stored;
mod table;

pub use kinds::{Kinds, SinkKind, SourceKind};
pub use schema::{Argument, Condition, Constant, Constants, Place, Way, When};
pub use table::{Callback, Check, Clean, Flow, Guard, ModelError, Models, Route, Setting, Sink, Source, Undo};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The names of the models that come with the program.
pub fn embedded() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _, _)| *name)
}
