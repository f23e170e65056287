//! Objects that are likely to be wanted again.

use std::hash::Hash;
use std::sync::Arc;

use gix::odb::pack::cache::DecodeEntry;
use rustc_hash::FxHashMap;

/// Forgets what was not used for a while, as soon as it holds more bytes than it may: values of two generations are
/// kept, and a value that is used moves into the younger.
pub(crate) struct Cache<K, V> {
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
    bytes: usize,
    limit: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// Keeps up to `limit` bytes and as much again of the generation before.
    pub(crate) fn new(limit: usize) -> Self {
        Self { young: FxHashMap::default(), old: FxHashMap::default(), bytes: 0, limit }
    }

    pub(crate) fn get(&mut self, key: &K, size: impl FnOnce(&V) -> usize) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        let bytes = size(&value);
        self.put(key.clone(), value.clone(), bytes);
        Some(value)
    }

    pub(crate) fn put(&mut self, key: K, value: V, bytes: usize) {
        if self.bytes + bytes > self.limit {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.young.insert(key, value);
    }
}

/// Of packed objects, those that others may be deltas of.
pub(crate) struct Bases(Cache<(u32, u64), Base>);

type Base = (Arc<[u8]>, gix::objs::Kind, usize);

impl Bases {
    /// Larger objects are not kept.
    const MAX_OBJECT: usize = 2 << 20;
    const MAX_BYTES: usize = 6 << 20;
}

impl Default for Bases {
    fn default() -> Self {
        Self(Cache::new(Self::MAX_BYTES))
    }
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: gix::objs::Kind, compressed_size: usize) {
        if data.len() <= Self::MAX_OBJECT {
            self.0.put((pack, offset), (data.into(), kind, compressed_size), data.len() + 64);
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(gix::objs::Kind, usize)> {
        let (data, kind, compressed_size) = self.0.get(&(pack, offset), |(data, ..)| data.len() + 64)?;
        out.clear();
        out.extend_from_slice(&data);
        Some((kind, compressed_size))
    }
}
