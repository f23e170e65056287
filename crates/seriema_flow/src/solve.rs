//! From functions to flows: summaries until nothing changes, then what is kept between functions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;
use seriema_program::ir::FunctionKind;

use crate::access::Path;
use crate::field::Fields;
use crate::graph::{Order, levels};
use crate::interp::{Known, Patches, analyse};
use crate::project::{ClassId, FileId, FuncId, Project};
use crate::step::{Step, Why};
use crate::summary::{Entry, Flow, Harm, Summary};
use crate::value::{Base, Fact, Label, Ref, Value};

/// Times that functions which depend on each other are looked at again.
const MAX_ROUNDS: usize = 2;
/// Variables of modules and attributes that data goes through one after the other.
const MAX_CELLS: usize = 4;
/// Things of one registry or class that are kept apart.
const MAX_PATCHES: usize = 64;
/// Sources of one variable or attribute.
const MAX_CELL_SOURCES: usize = 12;

/// What came of all functions.
pub(crate) struct Solution {
    pub(crate) summaries: Vec<Option<Arc<Summary>>>,
    pub(crate) entries: FxHashMap<FuncId, Vec<Entry>>,
    /// Flows through variables of modules and attributes.
    pub(crate) stored: Vec<Flow>,
    /// Whether functions still changed when the last round was over.
    pub(crate) unsettled: usize,
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
            };
            let results: Vec<Summary> = batch.par_iter().map(|func| analyse(project, &known, *func)).collect();
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
            }
            let mut new_entries = Vec::new();
            let mut changed = Vec::new();
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
                    let old = old.map(|old| old.patches.as_slice()).unwrap_or_default();
                    patched.extend(summary.patches.iter().chain(old).filter_map(|patch| name_of(patch.target.base)));
                }
                let was = old.is_some();
                let same = old.is_some_and(|old| old.same(&summary));
                for name in summary.changed_exports(old.map_or(&none, |old| old)) {
                    #[allow(clippy::iter_over_hash_type, reason = "marks only")]
                    for user in users.get(&(func, name)).into_iter().flatten() {
                        let callable = summary.exports.get(&name).is_some_and(|value| calls_one_of(value, &matters, 3));
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
                        if !was || circle || own || matters[dependent.0 as usize] {
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
            if !patching.is_empty() {
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
    let stored = through_cells(project, &summaries);
    Solution { summaries, entries, stored, unsettled }
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
        let sure = matches!(project.function(*func).kind, FunctionKind::Module | FunctionKind::ClassBody);
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

/// Joins what is written to variables of modules and attributes with what reads of them reach.
fn through_cells(project: &Project, summaries: &[Option<Arc<Summary>>]) -> Vec<Flow> {
    let mut cells = Cells { project, facts: FxHashMap::default() };
    for summary in summaries.iter().flatten() {
        for (cell, fact) in &summary.cells {
            let (name, owner) = match cell.base {
                Base::Global(file, name) => (name, Owner::Module(file)),
                Base::Field(class, name) => (name, Owner::Class(class)),
                Base::Source(..) | Base::Param(_) | Base::Result(_) => continue,
            };
            let facts = cells.facts.entry(name).or_default().entry(owner).or_default();
            let known = facts.iter().any(|(path, known)| *path == cell.path && known.label == fact.label);
            if facts.len() < MAX_CELL_SOURCES && !known && !matches!(fact.label.base, Base::Param(_) | Base::Result(_))
            {
                facts.push((cell.path, fact.clone()));
            }
        }
    }
    let mut out = Vec::new();
    for summary in summaries.iter().flatten() {
        for hit in &summary.hits {
            let Harm::Kind(kind) = hit.site.harm else { continue };
            if !matches!(hit.label.base, Base::Global(..) | Base::Field(..)) || !hit.needs.is_empty() {
                continue;
            }
            for source in cells.sources(hit.label, MAX_CELLS, &mut Vec::new()) {
                let cleaned = source.cleaned.union(hit.fact.cleaned);
                if cleaned.has(kind) || crate::library::is_harmless_prefix(kind, hit.prefix) {
                    continue;
                }
                let name = match hit.label.base {
                    Base::Global(_, name) | Base::Field(_, name) => name,
                    _ => continue,
                };
                let inner = &hit.fact.step;
                let step = Step::around(&source.step, inner.file, inner.span, Why::Stored(name), Some(inner));
                if step.is_far() {
                    continue;
                }
                let fact = Fact {
                    label: source.label,
                    cleaned,
                    flags: source.flags.with(hit.fact.flags),
                    weak: hit.fact.weak.or(source.weak),
                    step,
                };
                out.push(Flow { site: Arc::clone(&hit.site), fact });
            }
        }
    }
    out
}

/// Whose variable or attribute it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Owner {
    Module(FileId),
    Class(ClassId),
}

/// What is written to variables of modules and attributes of classes, by name: whose it is, to which part of it, and
/// what.
struct Cells<'p> {
    project: &'p Project,
    facts: FxHashMap<Symbol, BTreeMap<Owner, Vec<(Path, Fact)>>>,
}

impl Cells<'_> {
    /// Sources whose data is in a variable or attribute, at most `depth` of them one after the other.
    fn sources(&self, cell: Label, depth: usize, seen: &mut Vec<Label>) -> Vec<Fact> {
        if depth == 0 || seen.contains(&cell) {
            return Vec::new();
        }
        seen.push(cell);
        let mut out: Vec<Fact> = Vec::new();
        let (name, owner) = match cell.base {
            Base::Global(file, name) => (name, Owner::Module(file)),
            Base::Field(class, name) => (name, Owner::Class(class)),
            Base::Source(..) | Base::Param(_) | Base::Result(_) => return out,
        };
        let written = self.facts.get(&name).into_iter().flatten().filter(|(other, _)| self.may_be(owner, **other));
        for (path, fact) in written.flat_map(|(_, facts)| facts) {
            if !path.meets(cell.path) {
                continue;
            }
            match fact.label.base {
                Base::Source(..) => out.push(fact.clone()),
                Base::Global(..) | Base::Field(..) => {
                    for inner in self.sources(fact.label, depth - 1, seen) {
                        let step = Step::after(&inner.step, fact.step.file, fact.step.span, fact.step.why);
                        out.push(Fact { cleaned: inner.cleaned.union(fact.cleaned), step, ..inner });
                    }
                }
                Base::Param(_) | Base::Result(_) => {}
            }
        }
        out
    }

    /// Whether what is written for one is there for the other: an instance has what the classes above its own write, and
    /// may be one of a class below.
    fn may_be(&self, read: Owner, written: Owner) -> bool {
        match (read, written) {
            (Owner::Class(read), Owner::Class(written)) => {
                self.project.class(read).mro.contains(&written) || self.project.class(written).mro.contains(&read)
            }
            _ => read == written,
        }
    }
}
