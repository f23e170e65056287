//! Labels: where data begins, and what of it.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{LazyLock, Mutex};

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::{Path, Seg};
use crate::value::Base;

/// A base and what of it. Kept once, as long as the process lives: every fact names one, and most of the work is to find
/// out whether two are the same.
#[derive(Clone, Copy)]
pub(crate) struct Label(&'static Parts);

/// What a label is made of.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) base: Base,
    pub(crate) path: Path,
    /// Of a part of something: what it is a part of, and which.
    above: Option<(Label, Seg)>,
}

/// Parts that the table is locked in.
const SHARDS: usize = 16;

type Shard = Mutex<FxHashMap<(Base, Path), Label>>;

static TABLE: LazyLock<[Shard; SHARDS]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

thread_local! {
    /// What a thread looked up before: the table is for all of them, and locked.
    static WHOLE: RefCell<FxHashMap<Base, Label>> = RefCell::default();
    static THEN: RefCell<FxHashMap<(Label, Seg), Label>> = RefCell::default();
}

impl Label {
    fn new(parts: Parts) -> Self {
        let key = (parts.base, parts.path);
        let mut hasher = FxHasher::default();
        key.hash(&mut hasher);
        let shard = &TABLE[(hasher.finish() >> 32) as usize % SHARDS];
        let mut known = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *known.entry(key).or_insert_with(|| Self(Box::leak(Box::new(parts))))
    }

    pub(crate) fn whole(base: Base) -> Self {
        if let Some(known) = WHOLE.with_borrow(|known| known.get(&base).copied()) {
            return known;
        }
        let label = Self::new(Parts { base, path: Path::WHOLE, above: None });
        WHOLE.with_borrow_mut(|known| known.insert(base, label));
        label
    }

    pub(crate) fn then(self, seg: Seg) -> Self {
        if self.is_source() || self.path.is_full() {
            return self;
        }
        if let Some(known) = THEN.with_borrow(|known| known.get(&(self, seg)).copied()) {
            return known;
        }
        let label = Self::new(Parts { base: self.base, path: self.path.then(seg), above: Some((self, seg)) });
        THEN.with_borrow_mut(|known| known.insert((self, seg), label));
        label
    }

    /// What it is an element of, whichever.
    pub(crate) fn list(self) -> Option<Self> {
        let (above, seg) = self.split()?;
        matches!(seg, Seg::Any | Seg::Each).then_some(above)
    }

    /// What it is a part of, and which.
    pub(crate) fn split(self) -> Option<(Self, Seg)> {
        self.0.above
    }

    /// A number that no other label has as long as the process lives. It says nothing of their order.
    pub(crate) fn number(self) -> usize {
        std::ptr::from_ref(self.0) as usize
    }

    /// Whether it is known which source it is.
    pub(crate) fn is_source(self) -> bool {
        matches!(self.base, Base::Source(..))
    }
}

impl Deref for Label {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if self == other {
            return std::cmp::Ordering::Equal;
        }
        self.base.cmp(&other.base).then_with(|| self.path.cmp(&other.path))
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}{:?}", self.base, self.path)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.base, self.path).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (base, path) = <(Base, Path)>::deserialize(deserializer)?;
        Ok(path.segs().iter().fold(Self::whole(base), |label, seg| label.then(*seg)))
    }
}

#[cfg(test)]
mod tests {
    use seriema_program::Symbol;

    use super::*;

    #[test]
    fn the_same_way_is_the_same_label() {
        let item = |name| Label::whole(Base::Param(0)).then(Seg::Attr(Symbol::new(name))).then(Seg::Any);
        assert_eq!(item("items"), item("items"));
        assert_ne!(item("items"), item("others"));
        let Some((items, Seg::Any)) = item("items").split() else { panic!("it is an element") };
        assert_eq!(item("items").list(), Some(items));
        assert_eq!(items.list(), None);
    }

    #[test]
    fn what_lies_too_deep_is_the_whole_of_what_is_there() {
        let mut label = Label::whole(Base::Param(0));
        for _ in 0..crate::access::MAX_PATH {
            label = label.then(Seg::Any);
        }
        assert_eq!(label.then(Seg::Index(0)), label);
    }
}
