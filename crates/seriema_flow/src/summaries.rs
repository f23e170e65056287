//! The summaries of all functions. Those of an earlier run are read when somebody looks at them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::project::FuncId;
use crate::stored::{self, Anchors};
use crate::summary::{Ends, EndsRef, Summary};

/// A summary of an earlier run.
#[derive(Debug)]
pub(crate) struct Kept {
    data: Arc<Vec<u8>>,
    range: Range<usize>,
    anchors: Arc<Anchors>,
    read: OnceLock<Arc<Summary>>,
    ends: OnceLock<Ends>,
}

impl Kept {
    pub(crate) fn new(data: Arc<Vec<u8>>, range: Range<usize>, anchors: Arc<Anchors>) -> Self {
        Self { data, range, anchors, read: OnceLock::new(), ends: OnceLock::new() }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.data.get(self.range.clone()).unwrap_or_default()
    }

    fn ends(&self) -> EndsRef<'_> {
        match self.read.get() {
            Some(summary) => EndsRef::from(&**summary),
            None => EndsRef::from(
                self.ends.get_or_init(|| stored::beginning(&self.anchors, self.bytes()).unwrap_or_default()),
            ),
        }
    }

    fn read(&self) -> &Arc<Summary> {
        self.read.get_or_init(|| {
            let summary = stored::from_bytes(&self.anchors, self.bytes());
            // The pack's checksum has held: what cannot be read now, this program has not written.
            debug_assert!(summary.is_some(), "a summary of an earlier run cannot be read");
            Arc::new(summary.unwrap_or_default())
        })
    }
}

/// A summary, in whichever form.
#[derive(Clone, Debug, Default)]
pub(crate) enum Slot {
    /// The function has not been looked at.
    #[default]
    Missing,
    Known(Arc<Summary>),
    Kept(Arc<Kept>),
}

impl Slot {
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self, Self::Missing)
    }

    pub(crate) fn get(&self) -> Option<&Arc<Summary>> {
        match self {
            Self::Missing => None,
            Self::Known(summary) => Some(summary),
            Self::Kept(kept) => Some(kept.read()),
        }
    }

    /// Where data ends up in it.
    pub(crate) fn ends(&self) -> Option<EndsRef<'_>> {
        match self {
            Self::Missing => None,
            Self::Known(summary) => Some(EndsRef::from(&**summary)),
            Self::Kept(kept) => Some(kept.ends()),
        }
    }
}

/// The summaries of all functions.
#[derive(Debug, Default)]
pub(crate) struct Summaries(Vec<Slot>);

impl Summaries {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![Slot::Missing; count])
    }

    pub(crate) fn get(&self, func: FuncId) -> Option<&Arc<Summary>> {
        self.0.get(func.0 as usize).and_then(Slot::get)
    }

    pub(crate) fn slot(&self, func: FuncId) -> &Slot {
        &self.0[func.0 as usize]
    }

    pub(crate) fn set(&mut self, func: FuncId, slot: Slot) {
        self.0[func.0 as usize] = slot;
    }
}
