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
    /// What was written, by address; the number of those read.
    written_steps: RefCell<FxHashMap<usize, u32>>,
    written_values: RefCell<FxHashMap<usize, u32>>,
    read_steps: RefCell<Vec<StepRef>>,
    read_values: RefCell<Vec<Value>>,
}

thread_local! {
    static CONTEXT: Context = Context::default();
}

/// A part of a solution as bytes. Equal ones have equal bytes.
pub(crate) fn to_bytes<T: Serialize>(anchors: &Arc<Anchors>, value: &T) -> Option<Vec<u8>> {
    CONTEXT.with(|context| {
        context.anchors.replace(Arc::clone(anchors));
        let bytes = seriema_program::stored::to_bytes(value).ok();
        context.written_steps.borrow_mut().clear();
        context.written_values.borrow_mut().clear();
        bytes
    })
}

/// The part of a solution that bytes are of; none when they are of nothing of the kind.
pub(crate) fn from_bytes<T: DeserializeOwned>(anchors: &Arc<Anchors>, bytes: &[u8]) -> Option<T> {
    CONTEXT.with(|context| {
        context.anchors.replace(Arc::clone(anchors));
        let value = seriema_program::stored::from_bytes(bytes).ok();
        context.read_steps.borrow_mut().clear();
        context.read_values.borrow_mut().clear();
        value
    })
}

/// What the bytes of a part of a solution begin with.
pub(crate) fn beginning<T: DeserializeOwned>(anchors: &Arc<Anchors>, bytes: &[u8]) -> Option<T> {
    CONTEXT.with(|context| {
        context.anchors.replace(Arc::clone(anchors));
        let value = seriema_program::stored::beginning(bytes).ok();
        context.read_steps.borrow_mut().clear();
        context.read_values.borrow_mut().clear();
        value
    })
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

/// The number of something that was written; none the first time.
fn known(written: &RefCell<FxHashMap<usize, u32>>, address: usize) -> Option<u32> {
    written.borrow().get(&address).copied()
}

/// Gives something that was written the next number.
fn note(written: &RefCell<FxHashMap<usize, u32>>, address: usize) {
    let mut written = written.borrow_mut();
    let next = u32::try_from(written.len()).unwrap_or(u32::MAX);
    written.insert(address, next);
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(data) = self.shared() else { return Shared::<&Data>::Nothing.serialize(serializer) };
        let address = Arc::as_ptr(data) as usize;
        CONTEXT.with(|context| match known(&context.written_values, address) {
            Some(number) => Shared::<&Data>::Known(number).serialize(serializer),
            None => {
                let done = Shared::New(&**data).serialize(serializer)?;
                note(&context.written_values, address);
                Ok(done)
            }
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CONTEXT.with(|context| match Shared::<Data>::deserialize(deserializer)? {
            Shared::Nothing => Ok(Self::default()),
            Shared::New(data) => {
                let value = Self::of_shared(Arc::new(data));
                context.read_values.borrow_mut().push(value.clone());
                Ok(value)
            }
            Shared::Known(number) => {
                let value = context.read_values.borrow().get(number as usize).cloned();
                value.ok_or_else(|| D::Error::custom("a value that is not there"))
            }
        })
    }
}

/// A way, if there is one.
pub(crate) mod way {
    use std::sync::Arc;

    use serde::de::Error as _;

    use super::{CONTEXT, Deserialize, Deserializer, Serialize, Serializer, Shared, Step, StepRef, known, note};

    pub(crate) fn serialize<S: Serializer>(way: &Option<StepRef>, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(step) = way else { return Shared::<&Step>::Nothing.serialize(serializer) };
        let address = Arc::as_ptr(step) as usize;
        CONTEXT.with(|context| match known(&context.written_steps, address) {
            Some(number) => Shared::<&Step>::Known(number).serialize(serializer),
            None => {
                let done = Shared::New(&**step).serialize(serializer)?;
                note(&context.written_steps, address);
                Ok(done)
            }
        })
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StepRef>, D::Error> {
        CONTEXT.with(|context| match Shared::<Step>::deserialize(deserializer)? {
            Shared::Nothing => Ok(None),
            Shared::New(step) => {
                let step = Arc::new(step);
                context.read_steps.borrow_mut().push(Arc::clone(&step));
                Ok(Some(step))
            }
            Shared::Known(number) => {
                let step = context.read_steps.borrow().get(number as usize).cloned();
                step.map(Some).ok_or_else(|| D::Error::custom("a step that is not there"))
            }
        })
    }
}

/// A way.
pub(crate) mod step {
    use serde::de::Error as _;

    use super::{Deserializer, Serializer, StepRef, way};

    pub(crate) fn serialize<S: Serializer>(step: &StepRef, serializer: S) -> Result<S::Ok, S::Error> {
        way::serialize(&Some(StepRef::clone(step)), serializer)
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
