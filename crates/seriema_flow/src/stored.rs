//! Summaries as bytes, to be kept between runs.
//!
//! What two values of a summary share, they share when it is read again. Where something stands is written relative to
//! the function before it, so that an edit elsewhere in the file changes nothing here.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use seriema_program::Symbol;
use seriema_program::ir::Function;
use seriema_program::stored as kept;
use xxhash_rust::xxh3::xxh3_64;

use crate::project::{FileId, Project};
use crate::step::{Step, StepRef};
use crate::value::{Data, Value};

/// Where the functions of each file stand, sorted: what positions are relative to.
#[derive(Debug, Default)]
pub(crate) struct Anchors(Vec<Vec<u32>>);

impl Anchors {
    pub(crate) fn of(project: &Project) -> Self {
        let starts = |file: &seriema_program::ir::FileIr| {
            let mut starts: Vec<u32> = file.functions.iter().map(|function| function.span.0).collect();
            starts.sort_unstable();
            starts
        };
        Self(project.files.iter().map(starts).collect())
    }

    /// The function that stands before a place, counted from one, and how far before.
    fn relative(&self, file: FileId, at: u32) -> (u32, u32) {
        let starts = self.0.get(file.0 as usize).map_or(&[][..], Vec::as_slice);
        let number = starts.partition_point(|start| *start <= at);
        let from = number.checked_sub(1).map_or(0, |last| starts[last]);
        (u32::try_from(number).unwrap_or(u32::MAX), at - from)
    }

    fn absolute(&self, file: FileId, number: u32, distance: u32) -> Option<u32> {
        let starts = self.0.get(file.0 as usize)?;
        let from = match number.checked_sub(1) {
            Some(last) => *starts.get(last as usize)?,
            None => 0,
        };
        from.checked_add(distance)
    }
}

#[derive(Default)]
struct Context {
    anchors: RefCell<Arc<Anchors>>,
    /// The file that what comes next stands in.
    file: Cell<FileId>,
    steps: Shares<Step>,
    values: Shares<Data>,
}

impl Context {
    /// Writes or reads something that shares nothing with what was written or read before.
    fn apart<T>(&self, anchors: &Arc<Anchors>, act: impl FnOnce() -> Result<T, kept::Error>) -> Option<T> {
        self.anchors.replace(Arc::clone(anchors));
        let done = act().ok();
        self.steps.clear();
        self.values.clear();
        done
    }
}

thread_local! {
    static CONTEXT: Context = Context::default();
}

/// A part of a solution as bytes. Equal ones have equal bytes.
pub(crate) fn to_bytes<T: Serialize>(anchors: &Arc<Anchors>, value: &T) -> Option<Vec<u8>> {
    CONTEXT.with(|context| context.apart(anchors, || kept::to_bytes(value)))
}

/// The part of a solution that bytes are of; none when they are of nothing of the kind.
pub(crate) fn from_bytes<T: DeserializeOwned>(anchors: &Arc<Anchors>, bytes: &[u8]) -> Option<T> {
    CONTEXT.with(|context| context.apart(anchors, || kept::from_bytes(bytes)))
}

/// What the bytes of a part of a solution begin with.
pub(crate) fn beginning<T: DeserializeOwned>(anchors: &Arc<Anchors>, bytes: &[u8]) -> Option<T> {
    CONTEXT.with(|context| context.apart(anchors, || kept::beginning(bytes)))
}

/// A file; what comes next stands in it.
pub(crate) mod file {
    use super::{CONTEXT, Deserialize, Deserializer, FileId, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(file: &FileId, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.with(|context| context.file.set(*file));
        file.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FileId, D::Error> {
        let file = FileId::deserialize(deserializer)?;
        CONTEXT.with(|context| context.file.set(file));
        Ok(file)
    }
}

/// A byte offset in the file that was named last.
pub(crate) mod offset {
    use serde::de::Error as _;

    use super::{CONTEXT, Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(at: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.with(|context| context.anchors.borrow().relative(context.file.get(), *at)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let (number, distance) = <(u32, u32)>::deserialize(deserializer)?;
        let absolute = CONTEXT.with(|context| context.anchors.borrow().absolute(context.file.get(), number, distance));
        absolute.ok_or_else(|| D::Error::custom("a place that is not there"))
    }
}

/// Start and end in the file that was named last.
pub(crate) mod span {
    use super::{Deserialize, Deserializer, Serialize, Serializer, offset};

    #[derive(Serialize, Deserialize)]
    struct Span {
        #[serde(with = "offset")]
        start: u32,
        len: u32,
    }

    pub(crate) fn serialize<S: Serializer>(span: &(u32, u32), serializer: S) -> Result<S::Ok, S::Error> {
        Span { start: span.0, len: span.1.saturating_sub(span.0) }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(u32, u32), D::Error> {
        let Span { start, len } = Span::deserialize(deserializer)?;
        Ok((start, start.saturating_add(len)))
    }
}

/// Names in order.
pub(crate) fn sorted<T: Serialize, S: Serializer>(
    names: &FxHashMap<Symbol, T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut all: Vec<(&Symbol, &T)> = names.iter().collect();
    all.sort_unstable_by_key(|(name, _)| **name);
    serializer.collect_map(all)
}

/// What is shared is written once, and then by its number.
#[derive(Serialize, Deserialize)]
enum Shared<T> {
    Nothing,
    New(T),
    Known(u32),
}

/// What was written, by address with its number, and what was read, by number.
struct Shares<T> {
    written: RefCell<FxHashMap<usize, u32>>,
    read: RefCell<Vec<Arc<T>>>,
}

impl<T> Default for Shares<T> {
    fn default() -> Self {
        Self { written: RefCell::default(), read: RefCell::default() }
    }
}

impl<T> Shares<T> {
    fn clear(&self) {
        self.written.borrow_mut().clear();
        self.read.borrow_mut().clear();
    }

    fn write<S: Serializer>(&self, shared: Option<&Arc<T>>, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize,
    {
        let Some(shared) = shared else { return Shared::<&T>::Nothing.serialize(serializer) };
        let address = Arc::as_ptr(shared) as usize;
        let known = self.written.borrow().get(&address).copied();
        if let Some(number) = known {
            return Shared::<&T>::Known(number).serialize(serializer);
        }
        let done = Shared::New(&**shared).serialize(serializer)?;
        // What is in it has got its numbers by now.
        let mut written = self.written.borrow_mut();
        let next = u32::try_from(written.len()).unwrap_or(u32::MAX);
        written.insert(address, next);
        Ok(done)
    }

    fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Option<Arc<T>>, D::Error>
    where
        T: Deserialize<'de>,
    {
        match Shared::<T>::deserialize(deserializer)? {
            Shared::Nothing => Ok(None),
            Shared::New(new) => {
                let new = Arc::new(new);
                self.read.borrow_mut().push(Arc::clone(&new));
                Ok(Some(new))
            }
            Shared::Known(number) => {
                let known = self.read.borrow().get(number as usize).cloned();
                known.map(Some).ok_or_else(|| D::Error::custom("something shared that is not there"))
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.with(|context| context.values.write(self.shared(), serializer))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = CONTEXT.with(|context| context.values.read(deserializer))?;
        Ok(data.map(Self::of_shared).unwrap_or_default())
    }
}

/// A way, if there is one.
pub(crate) mod way {
    use super::{CONTEXT, Deserializer, Serializer, StepRef};

    pub(crate) fn serialize<S: Serializer>(way: &Option<StepRef>, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.with(|context| context.steps.write(way.as_ref(), serializer))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StepRef>, D::Error> {
        CONTEXT.with(|context| context.steps.read(deserializer))
    }
}

/// A way.
pub(crate) mod step {
    use serde::de::Error as _;

    use super::{CONTEXT, Deserializer, Serializer, StepRef, way};

    pub(crate) fn serialize<S: Serializer>(step: &StepRef, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.with(|context| context.steps.write(Some(step), serializer))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StepRef, D::Error> {
        way::deserialize(deserializer)?.ok_or_else(|| D::Error::custom("a way without a step"))
    }
}

/// The version of something: equal ones have equal versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version([u8; 8]);

impl Version {
    /// The version of what is not there.
    pub(crate) const ABSENT: Self = Self([0; 8]);

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self(xxh3_64(bytes).max(1).to_le_bytes())
    }

    /// The version of where a function's parameters stand, from its name on.
    pub(crate) fn of_places(function: &Function) -> Self {
        let places = function.parameters.iter().map(|parameter| parameter.start.wrapping_sub(function.span.0));
        Self::of_bytes(&places.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
    }

    pub(crate) fn of<T: Serialize>(anchors: &Arc<Anchors>, value: &T) -> Self {
        Self::of_bytes(&to_bytes(anchors, value).unwrap_or_default())
    }
}

/// One hash of two.
pub(crate) fn both(a: u64, b: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    xxh3_64(&bytes)
}
