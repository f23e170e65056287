//! From functions to flows: summaries until nothing changes, then what is kept between functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;

use crate::cells::through_cells;
use crate::field::Fields;
use crate::graph::{Order, levels};
use crate::interp::{Known, Patches, analyse};
use crate::project::{ClassId, FuncId, Project};
use crate::summary::{Entry, Flow, Summary};
use crate::value::{Base, Ref, Value};

/// Times that functions which depend on each other are looked at again.
const MAX_ROUNDS: usize = 2;
/// Functions of one level from which on threads share them.
const MIN_SHARED: usize = 4;
/// Things of one registry or class that are kept apart.
const MAX_PATCHES: usize = 64;

/// What came of all functions.
pub(crate) struct Solution {
    pub(crate) summaries: Vec<Option<Arc<Summary>>>,
    pub(crate) entries: FxHashMap<FuncId, Vec<Entry>>,
    /// Flows through variables of modules and attributes.
    pub(crate) stored: Vec<Flow>,
    /// Whether functions still changed when the last round was over.
    pub(crate) unsettled: usize,
    /// What was put into registries and classes, and which attributes methods write.
    pub(crate) patches: Patches,
    pub(crate) fields: Fields,
}

pub(crate) fn solve(project: &Project) -> Solution {
    let count = project.funcs.len();
    let mut summaries: Vec<Option<Arc<Summary>>> = vec![None; count];
    let mut entries: FxHashMap<FuncId, Vec<Entry>> = FxHashMap::default();
    let mut patches = Patches::default();
    let mut fields = Fields::of(project);
    let mut users: FxHashMap<(FuncId, Symbol), FxHashSet<FuncId>> = FxHashMap::default();
    let mut lookers: FxHashMap<Symbol, FxHashMap<ClassId, FxHashSet<FuncId>>> = FxHashMap::default();
    let mut patching: BTreeSet<FuncId> = BTreeSet::new();
    let mut dependents: Vec<FxHashSet<FuncId>> = vec![FxHashSet::default(); count];
    let mut dirty = vec![true; count];
    let mut matters = vec![false; count];
    let Order { levels, circles } = levels(project);
    let mut unsettled = 0;
    let mut fresh: FxHashSet<FuncId> = FxHashSet::default();
    for round in 0..MAX_ROUNDS {
        let mut any = false;
        for level in &levels {
            let batch: Vec<FuncId> = level.iter().copied().filter(|func| dirty[func.0 as usize]).collect();
            if batch.is_empty() {
                continue;
            }
            any = true;
            let known = Known {
                summaries: &summaries,
                entries: &entries,
                patches: &patches,
                fields: &fields,
                again: round > 0,
                fresh: &fresh,
            };
            let look = |func: &FuncId| analyse(project, &known, *func);
            let results: Vec<Summary> = if batch.len() < MIN_SHARED {
                batch.iter().map(look).collect()
            } else {
                batch.par_iter().map(look).collect()
            };
            // Those of one level may depend on each other: who depends on whom comes first.
            for (func, summary) in batch.iter().zip(&results) {
                matters[func.0 as usize] = summary.matters();
                for dependency in &summary.depends {
                    dependents[dependency.0 as usize].insert(*func);
                }
                for used in &summary.uses {
                    users.entry(*used).or_default().insert(*func);
                }
                for (class, name) in &summary.fields {
                    lookers.entry(*name).or_default().entry(*class).or_default().insert(*func);
                }
            }
            for func in &batch {
                dirty[func.0 as usize] = false;
                fresh.remove(func);
            }
            let mut new_entries = Vec::new();
            let mut changed = Vec::new();
            let mut repatched = false;
            let mut patched: FxHashSet<Symbol> = FxHashSet::default();
            for (func, summary) in batch.into_iter().zip(results) {
                let old = summaries[func.0 as usize].as_ref();
                let function = project.function(func);
                if let Some(class) = function.class {
                    let class = project.class_id(project.funcs[func.0 as usize].0, class);
                    fields.add(project, class, &summary, &mut changed);
                }
                let none = Summary::default();
                if !summary.same_patches(old.map_or(&none, |old| old)) {
                    patching.insert(func);
                    repatched = true;
                    let old = old.map(|old| old.patches.as_slice()).unwrap_or_default();
                    patched.extend(summary.patches.iter().chain(old).filter_map(|patch| name_of(patch.target.base)));
                }
                let was = old.is_some();
                let same = old.is_some_and(|old| old.same(&summary));
                // In the second round only what may be part of a flow is worth another look.
                let changed = round == 0 || !old.is_some_and(|old| old.same_flows(&summary));
                for name in summary.changed_exports(old.map_or(&none, |old| old)) {
                    let Some(users) = users.get(&(func, name)) else { continue };
                    let callable = summary.exports.get(&name).is_some_and(|value| calls_one_of(value, &matters, 3));
                    #[allow(clippy::iter_over_hash_type, reason = "marks only")]
                    for user in users {
                        dirty[user.0 as usize] |= callable || matters[user.0 as usize];
                    }
                }
                for entry in &summary.entries {
                    new_entries.push(entry.clone());
                }
                let own = matters[func.0 as usize];
                summaries[func.0 as usize] = Some(Arc::new(summary));
                if !same {
                    #[allow(clippy::iter_over_hash_type, reason = "marks only")]
                    for dependent in &dependents[func.0 as usize] {
                        let circle = circles[dependent.0 as usize] == circles[func.0 as usize];
                        // What bodies put into registries, others find there.
                        let body = !was && is_body(project, *dependent);
                        if circle || body || (changed && (own || matters[dependent.0 as usize])) {
                            dirty[dependent.0 as usize] = true;
                        }
                    }
                }
            }
            for (written, name) in changed {
                #[allow(clippy::iter_over_hash_type, reason = "marks only")]
                for looker in lookers
                    .get(&name)
                    .into_iter()
                    .flatten()
                    .filter(|(class, _)| project.class(**class).mro.contains(&written))
                    .flat_map(|(_, funcs)| funcs)
                {
                    dirty[looker.0 as usize] |= matters[looker.0 as usize];
                }
            }
            if repatched {
                patches = collect_patches(project, &summaries, &patching);
            }
            if !patched.is_empty() {
                #[allow(clippy::iter_over_hash_type, reason = "any of them will do")]
                let callable = patches.iter().any(|(base, values)| {
                    name_of(*base).is_some_and(|name| patched.contains(&name))
                        && values.iter().any(|(_, value, _)| calls_one_of(value, &matters, 2))
                });
                for (number, summary) in summaries.iter().enumerate() {
                    let reads = summary.iter().flat_map(|summary| &summary.reads);
                    if round + 1 < MAX_ROUNDS && reads.into_iter().any(|name| patched.contains(name)) {
                        dirty[number] |= callable || matters[number];
                    }
                }
            }
            for entry in new_entries {
                let known = entries.entry(entry.func).or_default();
                if !known.contains(&entry) {
                    dirty[entry.func.0 as usize] = true;
                    fresh.insert(entry.func);
                    known.push(entry);
                }
            }
        }
        if !any {
            break;
        }
        if round + 1 == MAX_ROUNDS {
            unsettled = dirty.iter().filter(|dirty| **dirty).count();
        }
    }
    // What turned out to be a way in at the very end has not been looked at as one. Who calls it sees no difference.
    #[allow(clippy::iter_over_hash_type, reason = "sorted below")]
    let mut late: Vec<FuncId> = fresh.iter().copied().filter(|func| dirty[func.0 as usize]).collect();
    late.sort_unstable();
    let known = Known {
        summaries: &summaries,
        entries: &entries,
        patches: &patches,
        fields: &fields,
        again: true,
        fresh: &fresh,
    };
    let results: Vec<Summary> = late.par_iter().map(|func| analyse(project, &known, *func)).collect();
    unsettled -= late.len().min(unsettled);
    for (func, summary) in late.into_iter().zip(results) {
        summaries[func.0 as usize] = Some(Arc::new(summary));
    }
    let stored = through_cells(project, &summaries);
    Solution { summaries, entries, stored, unsettled, patches, fields }
}

fn is_body(project: &Project, func: FuncId) -> bool {
    project.function(func).kind.is_body()
}

/// Whether one of these functions may be what a value, or something in it, calls.
fn calls_one_of(value: &Value, funcs: &[bool], depth: u32) -> bool {
    let inner = |value: &Value| depth > 0 && calls_one_of(value, funcs, depth - 1);
    value.refs().iter().any(|reference| match reference {
        Ref::Func(func, _) | Ref::Bound(func, _) => funcs[func.0 as usize],
        Ref::Partial(partial) => inner(&partial.function),
        _ => false,
    }) || value
        .data()
        .tree
        .as_ref()
        .is_some_and(|tree| tree.fields.iter().any(|(_, value)| inner(value)) || inner(&tree.rest))
}

/// The name under which a part of a module or class is found.
fn name_of(base: Base) -> Option<Symbol> {
    match base {
        Base::Global(_, name) | Base::Field(_, name) => Some(name),
        _ => None,
    }
}

/// What functions put into registries and classes. What a module's or class's body puts there, takes the place of what
/// was there before.
fn collect_patches(project: &Project, summaries: &[Option<Arc<Summary>>], patching: &BTreeSet<FuncId>) -> Patches {
    let mut out = Patches::default();
    for func in patching {
        let Some(summary) = &summaries[func.0 as usize] else { continue };
        let sure = is_body(project, *func);
        for patch in &summary.patches {
            if !patch.is_closed() {
                continue;
            }
            let known = out.entry(patch.target.base).or_default();
            match known.iter().position(|(path, ..)| *path == patch.target.path) {
                Some(at) => {
                    let (_, value, alone) = &mut known[at];
                    *value = value.join(&patch.value);
                    *alone &= sure;
                }
                None if known.len() < MAX_PATCHES => known.push((patch.target.path, patch.value.clone(), sure)),
                None => {}
            }
        }
    }
    out
}
