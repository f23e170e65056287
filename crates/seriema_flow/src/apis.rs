//! What models say of the paths of libraries, looked up once each: the same few are asked for all the time.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHasher};
use seriema_models::{Models, SourceKind};
use seriema_program::Symbol;

/// Parts that the table is locked in.
const SHARDS: usize = 16;

/// Something of a library.
#[derive(Debug)]
pub(crate) struct Api {
    /// The name by which it is known.
    pub(crate) canonical: Symbol,
    /// What comes in with it, each with the name that says so.
    pub(crate) sources: Vec<(SourceKind, Symbol)>,
    called: OnceLock<bool>,
}

impl Api {
    fn new(models: &Models, path: Symbol) -> Self {
        let mut canonical = path.as_str();
        let mut sources = Vec::new();
        for name in models.names(path.as_str()) {
            canonical = name;
            let here = models.sources(name).iter().filter(|source| source.argument.is_none());
            sources.extend(here.map(|source| (source.kind, Symbol::new(name))));
        }
        Self { canonical: Symbol::new(canonical), sources, called: OnceLock::new() }
    }
}

/// All that were looked up.
#[derive(Debug, Default)]
pub(crate) struct Apis([Mutex<FxHashMap<Symbol, Arc<Api>>>; SHARDS]);

impl Apis {
    /// What there is to know of a path.
    pub(crate) fn get(&self, models: &Models, path: Symbol) -> Arc<Api> {
        let mut hasher = FxHasher::default();
        path.hash(&mut hasher);
        let shard = &self.0[(hasher.finish() >> 32) as usize % SHARDS];
        let mut known = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(known.entry(path).or_insert_with(|| Arc::new(Api::new(models, path))))
    }

    /// Whether anything is said of a call or of what it gives.
    pub(crate) fn knows_call(&self, models: &Models, path: Symbol) -> bool {
        *self.get(models, path).called.get_or_init(|| models.knows_call(path.as_str()))
    }
}
