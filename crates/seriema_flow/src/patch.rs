//! What functions put into registries and classes, for others to find.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Serialize;
use seriema_program::Symbol;

use crate::access::Path;
use crate::project::{FuncId, Project};
use crate::stored::{Anchors, Version};
use crate::summaries::Summaries;
use crate::value::{Base, Value};

/// Things of one registry or class that are kept apart.
const MAX_PATCHES: usize = 64;

/// Something that was put into a registry or class.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Patched {
    /// Into which part.
    pub(crate) path: Path,
    pub(crate) value: Value,
    /// Whether it takes the place of what was there.
    pub(crate) sure: bool,
}

/// All registries and classes of one name.
#[derive(Debug, Default)]
struct Named {
    bases: Vec<(Base, Vec<Patched>)>,
    /// The version, once somebody asked for it.
    version: OnceLock<Version>,
}

/// What was put into registries and classes.
#[derive(Debug, Default)]
pub(crate) struct Patches(FxHashMap<Symbol, Named>);

impl Patches {
    /// What functions put there. What a module's or class's body puts there, takes the place of what was there before.
    pub(crate) fn collect(project: &Project, summaries: &Summaries, patching: &BTreeSet<FuncId>) -> Self {
        let mut out = Self::default();
        for func in patching {
            let Some(summary) = summaries.get(*func) else { continue };
            let sure = project.function(*func).kind.is_body();
            for patch in summary.patches.iter().filter(|patch| patch.is_closed()) {
                let Some(name) = name_of(patch.target.base) else { continue };
                let known = out.of(name, patch.target.base);
                match known.iter().position(|known| known.path == patch.target.path) {
                    Some(at) => {
                        let known = &mut known[at];
                        known.value = known.value.join(&patch.value);
                        known.sure &= sure;
                    }
                    None if known.len() < MAX_PATCHES => {
                        known.push(Patched { path: patch.target.path, value: patch.value.clone(), sure });
                    }
                    None => {}
                }
            }
        }
        out
    }

    fn of(&mut self, name: Symbol, base: Base) -> &mut Vec<Patched> {
        let bases = &mut self.0.entry(name).or_default().bases;
        let at = bases.iter().position(|(known, _)| *known == base).unwrap_or_else(|| {
            bases.push((base, Vec::new()));
            bases.len() - 1
        });
        &mut bases[at].1
    }

    /// What was put into one registry or class.
    pub(crate) fn get(&self, base: Base) -> Option<&[Patched]> {
        let named = self.0.get(&name_of(base)?)?;
        named.bases.iter().find(|(known, _)| *known == base).map(|(_, patched)| patched.as_slice())
    }

    /// Whether anything was put under a name.
    pub(crate) fn knows(&self, name: Symbol) -> bool {
        self.0.contains_key(&name)
    }

    /// What was put under a name.
    pub(crate) fn named(&self, name: Symbol) -> impl Iterator<Item = &Value> {
        let bases = self.0.get(&name).into_iter().flat_map(|named| &named.bases);
        bases.flat_map(|(_, patched)| patched).map(|patched| &patched.value)
    }

    /// The version of all that was put under a name.
    pub(crate) fn version(&self, anchors: &Arc<Anchors>, name: Symbol) -> Version {
        let Some(named) = self.0.get(&name) else { return Version::ABSENT };
        *named.version.get_or_init(|| Version::of(anchors, &named.bases))
    }
}

/// The name under which a part of a module or class is found.
pub(crate) fn name_of(base: Base) -> Option<Symbol> {
    match base {
        Base::Global(_, name) | Base::Field(_, name) => Some(name),
        _ => None,
    }
}
