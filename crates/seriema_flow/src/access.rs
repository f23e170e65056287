//! Access paths: what of a value is meant.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use seriema_program::Symbol;
use smallvec::SmallVec;

/// Segments of a path; what lies deeper counts as the whole of what is there.
pub(crate) const MAX_PATH: usize = 4;

/// One step into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Seg {
    /// `.name`
    Attr(Symbol),
    /// `["key"]`
    Key(Symbol),
    /// `[0]`
    Index(i32),
    /// Any element, by whatever key.
    Any,
    /// What going through it gives: of a dictionary the keys.
    Each,
}

impl Seg {
    /// Whether the element that one names may be the one that the other names.
    fn meets(self, other: Self) -> bool {
        let any = |seg| matches!(seg, Self::Any | Self::Each);
        let element = |seg| !matches!(seg, Self::Attr(_));
        self == other || (any(self) && element(other)) || (any(other) && element(self))
    }
}

/// Some segments, interned.
#[derive(Clone, Copy)]
pub(crate) struct Path(&'static [Seg]);

impl Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let segs = SmallVec::<[Seg; MAX_PATH]>::deserialize(deserializer)?;
        Ok(segs.into_iter().fold(Self::WHOLE, Self::then))
    }
}

thread_local! {
    /// What a thread looked up before: the table is for all of them, and locked.
    static KNOWN: RefCell<FxHashMap<(usize, usize, Seg), Path>> = RefCell::default();
}

static TABLE: LazyLock<Mutex<FxHashMap<&'static [Seg], Path>>> = LazyLock::new(Mutex::default);

impl Path {
    /// The whole value.
    pub(crate) const WHOLE: Self = Self(&[]);

    /// One segment more; itself where the path is as long as it may be.
    #[must_use]
    pub(crate) fn then(self, seg: Seg) -> Self {
        if self.0.len() >= MAX_PATH {
            return self;
        }
        let key = (self.0.as_ptr() as usize, self.0.len(), seg);
        if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).copied()) {
            return known;
        }
        let path = self.intern(seg);
        KNOWN.with_borrow_mut(|known| known.insert(key, path));
        path
    }

    fn intern(self, seg: Seg) -> Self {
        let mut segs = self.0.to_vec();
        segs.push(seg);
        let mut table = TABLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = table.get(&*segs) {
            return *known;
        }
        let segs: &'static [Seg] = Box::leak(segs.into_boxed_slice());
        table.insert(segs, Self(segs));
        Self(segs)
    }

    /// The segments.
    #[must_use]
    pub(crate) fn segs(self) -> &'static [Seg] {
        self.0
    }

    /// Whether one may lie in what the other names.
    #[must_use]
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a.meets(*b))
    }

    /// Whether it is as long as it may be: nothing more can be told of it.
    #[must_use]
    pub(crate) fn is_full(self) -> bool {
        self.0.len() >= MAX_PATH
    }

    /// Whether it is the whole value.
    #[must_use]
    pub(crate) fn is_whole(self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && (self.0.is_empty() || std::ptr::eq(self.0, other.0))
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if self == other { std::cmp::Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for seg in self.0 {
            match seg {
                Seg::Attr(name) => write!(f, ".{name}")?,
                Seg::Key(key) => write!(f, "[{:?}]", key.as_str())?,
                Seg::Index(index) => write!(f, "[{index}]")?,
                Seg::Any => f.write_str("[*]")?,
                Seg::Each => f.write_str("[each]")?,
            }
        }
        Ok(())
    }
}
