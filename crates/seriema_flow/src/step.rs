//! The way that data took.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use seriema_models::SourceKind;
use seriema_program::Symbol;

use crate::project::{FileId, FuncId};

/// Steps of one way that are kept.
const MAX_STEPS: u32 = 48;

/// Functions and stores that data is followed through.
const MAX_HOPS: u32 = 10;

/// What happens in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Why {
    /// The data comes in.
    Source(SourceKind, Symbol),
    /// The parameter of a function is where its analysis starts.
    Parameter,
    /// A function is called; what happens in it is the step's inside.
    Through(FuncId),
    /// Handed to a function in which it reaches a sink.
    Into(FuncId),
    /// A string is made of it.
    Formatted,
    /// A library's function makes its result of it.
    Library(Symbol),
    /// Kept in a variable of a module or an attribute, and read elsewhere.
    Stored(Symbol),
}

/// A step, after another one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Step {
    #[serde(with = "crate::stored::file")]
    pub(crate) file: FileId,
    #[serde(with = "crate::stored::span")]
    pub(crate) span: (u32, u32),
    pub(crate) why: Why,
    #[serde(with = "crate::stored::way")]
    pub(crate) from: Option<StepRef>,
    /// What happens inside a called function, from its parameter on.
    #[serde(with = "crate::stored::way")]
    pub(crate) inner: Option<StepRef>,
    depth: u32,
    /// Functions, and variables of modules and classes, that the data went through so far.
    hops: u32,
}

/// A step, shared.
pub(crate) type StepRef = Arc<Step>;

impl Step {
    pub(crate) fn first(file: FileId, span: (u32, u32), why: Why) -> StepRef {
        Arc::new(Self { file, span, why, from: None, inner: None, depth: 0, hops: 0 })
    }

    /// A further step; past the most that is kept, the way so far.
    pub(crate) fn after(from: &StepRef, file: FileId, span: (u32, u32), why: Why) -> StepRef {
        Self::around(from, file, span, why, None)
    }

    /// A further step through a function.
    pub(crate) fn around(from: &StepRef, file: FileId, span: (u32, u32), why: Why, inner: Option<&StepRef>) -> StepRef {
        let Some((depth, hops)) = from.with(why, inner) else { return Arc::clone(from) };
        Arc::new(Self { file, span, why, from: Some(Arc::clone(from)), inner: inner.cloned(), depth, hops })
    }

    /// How long the way is with a further step; none where that is more than is kept.
    fn with(&self, why: Why, inner: Option<&StepRef>) -> Option<(u32, u32)> {
        let depth = self.depth + 1 + inner.map_or(0, |inner| inner.depth);
        let own = u32::from(matches!(why, Why::Through(_) | Why::Into(_) | Why::Stored(_)));
        let hops = self.hops + own + inner.map_or(0, |inner| inner.hops);
        (depth <= MAX_STEPS).then_some((depth, hops))
    }

    /// Whether the way is too long with a further step.
    pub(crate) fn is_far_with(&self, why: Why, inner: Option<&StepRef>) -> bool {
        self.with(why, inner).map_or(self.hops, |(_, hops)| hops) > MAX_HOPS
    }

    /// Whether the way is so long that what was lost on it outweighs what is left: each function on it adds what the
    /// analysis does not know.
    pub(crate) fn is_far(&self) -> bool {
        self.hops > MAX_HOPS
    }

    /// All steps from the first on, those inside of functions in their place.
    pub(crate) fn unroll(self: &Arc<Self>) -> Vec<StepRef> {
        let mut out = Vec::new();
        unroll(self, &mut out);
        out
    }
}

fn unroll(step: &StepRef, out: &mut Vec<StepRef>) {
    if out.len() > 200 {
        return;
    }
    if let Some(from) = &step.from {
        unroll(from, out);
    }
    let returns = matches!(step.why, Why::Through(_));
    if !returns {
        out.push(Arc::clone(step));
    }
    if let Some(inner) = &step.inner {
        unroll(inner, out);
    }
    if returns {
        out.push(Arc::clone(step));
    }
}
