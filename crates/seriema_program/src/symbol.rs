//! Interned strings.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex};

use rustc_hash::FxHashMap;

/// Parts that the table is locked in.
const SHARDS: usize = 32;

static TABLE: LazyLock<[Mutex<FxHashMap<&'static str, Symbol>>; SHARDS]> =
    LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

thread_local! {
    static DOTTED: RefCell<FxHashMap<(Symbol, Symbol), Symbol>> = RefCell::default();
    static FOLLOWED: RefCell<FxHashMap<(Symbol, bool), Symbol>> = RefCell::default();
}

/// A string that is kept once, as long as the process lives. Equal strings are the same symbol; symbols are ordered as
/// their strings are, so that nothing depends on which came first.
#[derive(Clone, Copy)]
pub struct Symbol(&'static &'static str);

/// The part of the table that a string is in: any will do, as long as threads rarely want the same.
fn shard_of(text: &str) -> usize {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).map_or(0, |byte| usize::from(*byte));
    (bytes.len() * 7 + at(bytes.len() / 2) * 3 + at(bytes.len().wrapping_sub(1))) % SHARDS
}

impl Symbol {
    /// The symbol of a string.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let shard = &TABLE[shard_of(text)];
        let mut known = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(symbol) = known.get(text) {
            return *symbol;
        }
        let text: &'static str = Box::leak(Box::from(text));
        let symbol = Self(Box::leak(Box::new(text)));
        known.insert(text, symbol);
        symbol
    }

    /// `self()`, what calling it gives.
    #[must_use]
    pub fn called(self) -> Self {
        self.followed_by(true)
    }

    /// `self[]`, an element of it.
    #[must_use]
    pub fn element(self) -> Self {
        self.followed_by(false)
    }

    fn followed_by(self, call: bool) -> Self {
        let key = (self, call);
        if let Some(known) = FOLLOWED.with_borrow(|known| known.get(&key).copied()) {
            return known;
        }
        let made = Self::new(&format!("{self}{}", if call { "()" } else { "[]" }));
        FOLLOWED.with_borrow_mut(|known| known.insert(key, made));
        made
    }

    /// `self.name`, looked up without making the string where that was asked before.
    #[must_use]
    pub fn dot(self, name: Self) -> Self {
        let key = (self, name);
        if let Some(known) = DOTTED.with_borrow(|known| known.get(&key).copied()) {
            return known;
        }
        let made = Self::new(&format!("{self}.{name}"));
        DOTTED.with_borrow_mut(|known| known.insert(key, made));
        made
    }

    /// A number that no other symbol has as long as the process lives. It says nothing of their order.
    #[must_use]
    pub fn number(self) -> usize {
        std::ptr::from_ref(self.0) as usize
    }

    /// The string.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Symbol {}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if self == other { std::cmp::Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
