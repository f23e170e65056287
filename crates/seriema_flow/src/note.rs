//! What the solver has to know of a summary without reading it.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use seriema_program::Symbol;

use crate::argument::may_arrive;
use crate::cells::is_of_cell;
use crate::field;
use crate::project::{ClassId, FuncId};
use crate::stored::{self, Anchors, Version};
use crate::summary::{Counts, Summary};
use crate::value::Value;

/// How a summary differs from the one that it took the place of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// The version of that one, and its own.
    pub(crate) before: Version,
    pub(crate) version: Version,
    pub(crate) same: bool,
    pub(crate) same_flows: bool,
    pub(crate) same_patches: bool,
    /// Names that are something else than before, sorted.
    pub(crate) exports: Vec<Symbol>,
}

/// What is known of a summary.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Whether it may become part of a flow.
    pub(crate) matters: bool,
    pub(crate) bounded: bool,
    pub(crate) counts: Counts,
    /// Functions that it calls.
    pub(crate) depends: Vec<FuncId>,
    /// Names under which it looked for what others may have put there, sorted.
    pub(crate) reads: Vec<Symbol>,
    /// Names of modules and classes that it looked at, sorted.
    pub(crate) uses: Vec<(FuncId, Symbol)>,
    /// Attributes that methods of classes write, and that it looked at, sorted.
    pub(crate) fields: Vec<(ClassId, Symbol)>,
    /// Attributes of its instance that it writes, with what it says of what they are.
    pub(crate) writes: Vec<(Symbol, Value)>,
    /// Attributes of classes that data is kept in.
    pub(crate) keeps: Vec<Symbol>,
    /// Of a module's or class's body: its names and the versions of what they are.
    #[serde(serialize_with = "stored::sorted")]
    pub(crate) exports: FxHashMap<Symbol, Version>,
    pub(crate) patches: bool,
    pub(crate) entries: bool,
    /// Whether a flow may end in it as it stands: it has flows, wrong constants, variables that data is kept in, or sinks of
    /// such data and of arguments that are near.
    pub(crate) ends: bool,
    pub(crate) change: Change,
}

impl Note {
    pub(crate) fn of(summary: &Summary) -> Self {
        Self {
            matters: summary.matters(),
            bounded: summary.bounded,
            counts: summary.counts,
            writes: field::writes(summary),
            keeps: field::keeps(summary),
            patches: !summary.patches.is_empty(),
            entries: !summary.entries.is_empty(),
            ends: !(summary.flows.is_empty() && summary.wrong.is_empty() && summary.cells.is_empty())
                || summary.hits.iter().any(|hit| may_arrive(hit) || is_of_cell(hit)),
            ..Self::default()
        }
    }

    /// Notes the versions of what a body binds.
    pub(crate) fn note_exports(&mut self, anchors: &Arc<Anchors>, summary: &Summary) {
        let version = |value: &Value| Version::of(anchors, value);
        self.exports = summary.exports.iter().map(|(name, value)| (*name, version(value))).collect();
    }

    /// The version of what a body binds to a name.
    pub(crate) fn export(&self, name: Symbol) -> Version {
        self.exports.get(&name).copied().unwrap_or(Version::ABSENT)
    }
}
