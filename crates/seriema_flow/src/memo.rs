//! What functions were found to do in an earlier run, and what that rested on.
//!
//! Each look at a function is kept with everything that was looked up about others, each with the version of what was found.
//! A later run goes the same way, and where all that a look rested on is as it was, so is what comes of it. A version is the
//! hash of the bytes, so that what was looked at again and came out the same changes nothing for others.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use seriema_program::Symbol;

use crate::interp::Known;
use crate::note::Note;
use crate::project::{ClassId, FuncId, Project};
use crate::shape::shape;
use crate::stored::{self, Anchors};
use crate::summaries::Kept;

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
}

/// One look at a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Look {
    /// The hash of the function's file.
    digest: u64,
    /// Whether it was not the first look.
    again: bool,
    /// The version of the ways in.
    entries: u64,
    deps: Vec<(Dep, u64)>,
    pub(crate) version: u64,
    pub(crate) note: Arc<Note>,
    /// Where its summary begins in the data, and how long it is.
    start: u64,
    len: u32,
}

impl Look {
    /// A look that was just taken.
    pub(crate) fn new(
        project: &Project,
        known: &Known<'_>,
        func: FuncId,
        deps: Vec<Dep>,
        note: Note,
        version: u64,
    ) -> Self {
        let deps = deps.into_iter().map(|dep| (dep, known.version(dep))).collect();
        let digest = project.file(project.funcs[func.0 as usize].0).digest;
        let entries = known.entries_version(func);
        Self { digest, again: known.again, entries, deps, version, note: Arc::new(note), start: 0, len: 0 }
    }

    fn still_holds(&self, project: &Project, known: &Known<'_>, func: FuncId) -> bool {
        self.again == known.again
            && self.digest == project.file(project.funcs[func.0 as usize].0).digest
            && self.entries == known.entries_version(func)
            && self.deps.iter().all(|(dep, version)| *version == known.version(*dep))
    }
}

/// The looks of an earlier run.
#[derive(Debug)]
pub(crate) struct Memo {
    pub(crate) anchors: Arc<Anchors>,
    shape: u64,
    looks: Vec<Vec<Look>>,
    data: Arc<Vec<u8>>,
}

impl Memo {
    /// What was kept of an earlier run, as far as it is of use for this one.
    pub(crate) fn read(project: &Project, settings: u64, bytes: Option<Vec<u8>>) -> Self {
        let anchors = Arc::new(Anchors::of(project));
        let shape = stored::both(shape(project), settings);
        let looks = bytes.as_deref().and_then(|bytes| {
            let (known, rest) = bytes.split_first_chunk::<8>()?;
            let (len, rest) = rest.split_first_chunk::<8>()?;
            if u64::from_le_bytes(*known) != shape {
                return None;
            }
            let index = rest.get(..usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
            let looks: Vec<Vec<Look>> = stored::from_bytes(&anchors, index)?;
            (looks.len() == project.funcs.len()).then_some((looks, 16 + index.len()))
        });
        let (looks, data) = match (looks, bytes) {
            (Some((looks, from)), Some(mut bytes)) => {
                bytes.drain(..from);
                (looks, bytes)
            }
            _ => (Vec::new(), Vec::new()),
        };
        Self { anchors, shape, looks, data: Arc::new(data) }
    }

    /// An earlier look at a function that everything is still as it was for.
    pub(crate) fn find(&self, project: &Project, known: &Known<'_>, func: FuncId) -> Option<(&Look, Arc<Kept>)> {
        let before = known.version(Dep::Summary(func));
        let mut holding =
            self.looks.get(func.0 as usize)?.iter().filter(|look| look.still_holds(project, known, func)).peekable();
        let first = *holding.peek()?;
        // Looks that gave the same may have come after different ones.
        let look = holding.find(|look| look.note.change.before == before).unwrap_or(first);
        let start = usize::try_from(look.start).ok()?;
        let range = start..start.checked_add(look.len as usize)?;
        (range.end <= self.data.len())
            .then(|| (look, Arc::new(Kept::new(Arc::clone(&self.data), range, Arc::clone(&self.anchors)))))
    }
}

/// The looks of this run, to be kept.
#[derive(Debug, Default)]
pub(crate) struct Record {
    looks: Vec<Vec<Look>>,
    data: Vec<u8>,
    /// Whether anything is not as it was.
    fresh: bool,
}

impl Record {
    pub(crate) fn new(count: usize) -> Self {
        Self { looks: vec![Vec::new(); count], ..Self::default() }
    }

    pub(crate) fn add(&mut self, func: FuncId, mut look: Look, bytes: &[u8], fresh: bool) {
        look.start = self.data.len() as u64;
        look.len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.data.extend_from_slice(bytes);
        self.looks[func.0 as usize].push(look);
        self.fresh |= fresh;
    }

    /// The bytes to keep; none when an earlier run has kept the same.
    pub(crate) fn into_bytes(self, memo: &Memo) -> Option<Vec<u8>> {
        let looks = |looks: &[Vec<Look>]| looks.iter().map(Vec::len).sum::<usize>();
        if !self.fresh && looks(&self.looks) == looks(&memo.looks) {
            return None;
        }
        let index = stored::to_bytes(&memo.anchors, &self.looks)?;
        let mut out = Vec::with_capacity(16 + index.len() + self.data.len());
        out.extend_from_slice(&memo.shape.to_le_bytes());
        out.extend_from_slice(&(index.len() as u64).to_le_bytes());
        out.extend_from_slice(&index);
        out.extend_from_slice(&self.data);
        Some(out)
    }
}

/// A summary as bytes, with its version.
pub(crate) fn versioned<T: Serialize>(anchors: &Arc<Anchors>, value: &T) -> (Vec<u8>, u64) {
    let bytes = stored::to_bytes(anchors, value).unwrap_or_default();
    let version = xxh3_64(&bytes).max(stored::FIRST);
    (bytes, version)
}
