//! What functions were found to do in an earlier run, and what that rested on.
//!
//! Each look at a function is kept with everything that was looked up about others, each with the version of what was found.
//! A later run goes the same way, and where all that a look rested on is as it was, so is what comes of it. A version is the
//! hash of the bytes, so that what was looked at again and came out the same changes nothing for others.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use seriema_program::Symbol;

use crate::interp::Known;
use crate::note::{Change, Note};
use crate::project::{ClassId, FuncId, Project};
use crate::shape::shape;
use crate::stored::{self, Anchors, Version};
use crate::summaries::Kept;

/// Of how many looks one has to be new for all to be written again.
const MIN_CHANGE: usize = 30;

/// Something that a look at a function rested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Dep {
    /// What a function does.
    Summary(FuncId),
    /// What a module's or class's body binds to a name.
    Export(FuncId, Symbol),
    /// What was put into registries and classes under a name.
    Patch(Symbol),
    /// What methods write to an attribute.
    Field(ClassId, Symbol),
    /// Where the parameters of a function stand, from its name on.
    Signature(FuncId),
}

/// One look at a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Look {
    /// The hash of the function's file.
    digest: u64,
    /// Whether the function was looked at often enough before.
    again: bool,
    /// The version of the ways in.
    entries: Version,
    deps: Vec<(Dep, Version)>,
    pub(crate) version: Version,
    pub(crate) note: Arc<Note>,
}

impl Look {
    /// A look that was just taken.
    pub(crate) fn new(
        project: &Project,
        known: &Known<'_>,
        func: FuncId,
        deps: Vec<Dep>,
        note: Note,
        version: Version,
    ) -> Self {
        let deps = deps.into_iter().map(|dep| (dep, known.version(dep))).collect();
        let digest = project.file(project.funcs[func.0 as usize].0).digest;
        let entries = known.entries_version(func);
        Self { digest, again: known.is_again(func), entries, deps, version, note: Arc::new(note) }
    }

    /// The same look, after something else was known before it.
    pub(crate) fn after(&self, change: Change) -> Self {
        Self { note: Arc::new(Note { change, ..(*self.note).clone() }), ..self.clone() }
    }

    fn still_holds(&self, project: &Project, known: &Known<'_>, func: FuncId) -> bool {
        self.again == known.is_again(func)
            && self.digest == project.file(project.funcs[func.0 as usize].0).digest
            && self.entries == known.entries_version(func)
            && self.deps.iter().all(|(dep, version)| *version == known.version(*dep))
    }
}

/// A look, and where its summary lies in the data.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Placed {
    look: Arc<Look>,
    start: u64,
    len: u32,
}

/// The looks of an earlier run.
#[derive(Debug)]
pub(crate) struct Memo {
    pub(crate) anchors: Arc<Anchors>,
    shape: u64,
    looks: Vec<Vec<Placed>>,
    data: Arc<Vec<u8>>,
    /// Where the summaries begin.
    from: usize,
}

impl Memo {
    /// What was kept of an earlier run, as far as it is of use for this one.
    pub(crate) fn read(project: &Project, settings: u64, bytes: Option<Vec<u8>>) -> Self {
        let anchors = Arc::new(Anchors::of(project));
        let shape = stored::both(shape(project), settings);
        let data = bytes.unwrap_or_default();
        let looks = index(&anchors, shape, &data).filter(|(looks, _)| looks.len() == project.funcs.len());
        let (looks, from) = looks.unwrap_or_default();
        Self { anchors, shape, looks, data: Arc::new(data), from }
    }

    /// An earlier look at a function that everything is still as it was for.
    pub(crate) fn find(&self, project: &Project, known: &Known<'_>, func: FuncId) -> Option<(&Arc<Look>, Arc<Kept>)> {
        let looks = self.looks.get(func.0 as usize)?;
        let before = known.version(Dep::Summary(func));
        let mut holding = looks.iter().filter(|placed| placed.look.still_holds(project, known, func)).peekable();
        let first = *holding.peek()?;
        // Looks that gave the same may have come after different ones.
        let Placed { look, start, len } =
            holding.find(|placed| placed.look.note.change.before == before).unwrap_or(first);
        let start = self.from.checked_add(usize::try_from(*start).ok()?)?;
        let range = start..start.checked_add(*len as usize)?;
        (range.end <= self.data.len())
            .then(|| (look, Arc::new(Kept::new(Arc::clone(&self.data), range, Arc::clone(&self.anchors)))))
    }
}

/// The looks in what was kept, and where the summaries begin; none when it was of another program.
fn index(anchors: &Arc<Anchors>, shape: u64, bytes: &[u8]) -> Option<(Vec<Vec<Placed>>, usize)> {
    let (known, rest) = bytes.split_first_chunk::<8>()?;
    let (len, rest) = rest.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*known) != shape {
        return None;
    }
    let index = rest.get(..usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
    Some((stored::from_bytes(anchors, index)?, 16 + index.len()))
}

/// The bytes of a summary.
#[derive(Clone, Debug)]
pub(crate) enum Bytes {
    Kept(Arc<Kept>),
    New(Arc<[u8]>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Kept(kept) => kept.bytes(),
            Self::New(bytes) => bytes,
        }
    }
}

/// The looks of this run, to be kept.
#[derive(Debug, Default)]
pub(crate) struct Record {
    looks: Vec<Vec<(Arc<Look>, Bytes)>>,
    /// How many of them are not from an earlier run.
    fresh: usize,
}

impl Record {
    pub(crate) fn new(count: usize) -> Self {
        Self { looks: vec![Vec::new(); count], fresh: 0 }
    }

    pub(crate) fn add(&mut self, func: FuncId, look: Arc<Look>, bytes: Bytes) {
        self.fresh += usize::from(matches!(bytes, Bytes::New(_)));
        self.looks[func.0 as usize].push((look, bytes));
    }

    /// What to keep; none when an earlier run has kept the same.
    pub(crate) fn to_keep(&self, memo: &Memo) -> Option<ToKeep> {
        let known = memo.looks.iter().map(Vec::len).sum::<usize>();
        let changes = self.fresh + self.looks.iter().map(Vec::len).sum::<usize>().abs_diff(known);
        // To look at a few functions again costs less than to write all the others.
        if changes * MIN_CHANGE <= known && known > 0 {
            return None;
        }
        let mut start = 0;
        let mut place = |(look, bytes): &(Arc<Look>, Bytes)| {
            let len = bytes.get().len();
            let placed = Placed { look: Arc::clone(look), start, len: u32::try_from(len).unwrap_or(u32::MAX) };
            start += len as u64;
            placed
        };
        let looks: Vec<Vec<Placed>> = self.looks.iter().map(|looks| looks.iter().map(&mut place).collect()).collect();
        let index = stored::to_bytes(&memo.anchors, &looks)?;
        let mut first = Vec::with_capacity(16 + index.len());
        first.extend_from_slice(&memo.shape.to_le_bytes());
        first.extend_from_slice(&(index.len() as u64).to_le_bytes());
        first.extend_from_slice(&index);
        let data = self.looks.iter().flatten().map(|(_, bytes)| bytes.clone()).collect();
        Some(ToKeep { first, data })
    }
}

/// What is to be kept of a run for the next one.
#[derive(Debug)]
pub struct ToKeep {
    first: Vec<u8>,
    data: Vec<Bytes>,
}

impl ToKeep {
    /// How many looks at functions there were, and how many of them an earlier run had taken.
    #[must_use]
    pub fn looks(&self) -> (usize, usize) {
        let kept = self.data.iter().filter(|bytes| matches!(bytes, Bytes::Kept(_))).count();
        (self.data.len(), kept)
    }

    /// Its bytes, in parts.
    #[must_use]
    pub fn parts(&self) -> Vec<&[u8]> {
        std::iter::once(&*self.first).chain(self.data.iter().map(Bytes::get)).collect()
    }
}
