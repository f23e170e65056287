//! From functions to flows: summaries until nothing changes, then what is kept between functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;
use seriema_program::ir::FunctionKind;

use crate::access::{Path, Seg};
use crate::graph::levels;
use crate::interp::{Known, Patches, analyse};
use crate::project::{ClassId, FuncId, Project};
use crate::step::{Step, Why};
use crate::summary::{Entry, Flow, Harm, Summary};
use crate::value::{Base, Fact, Label};

/// Times that functions which depend on each other are looked at again.
const MAX_ROUNDS: usize = 4;
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
    /// What was put into registries and classes, and which attributes methods write.
    pub(crate) patches: Patches,
    pub(crate) fields: FxHashMap<ClassId, FxHashSet<Symbol>>,
}

pub(crate) fn solve(project: &Project) -> Solution {
    let count = project.funcs.len();
    let mut summaries: Vec<Option<Arc<Summary>>> = vec![None; count];
    let mut entries: FxHashMap<FuncId, Vec<Entry>> = FxHashMap::default();
    let mut patches = Patches::default();
    let mut fields: FxHashMap<ClassId, FxHashSet<Symbol>> = FxHashMap::default();
    for (class, name) in project.fields() {
        fields.entry(class).or_default().insert(name);
    }
    let mut patching: BTreeSet<FuncId> = BTreeSet::new();
    let mut dependents: Vec<FxHashSet<FuncId>> = vec![FxHashSet::default(); count];
    let mut dirty = vec![true; count];
    let bodies: Vec<FuncId> = (0..count)
        .map(|number| FuncId(u32::try_from(number).unwrap_or(u32::MAX)))
        .filter(|func| matches!(project.function(*func).kind, FunctionKind::Module | FunctionKind::ClassBody))
        .collect();
    let mut levels = levels(project);
    levels.insert(0, bodies);
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
                for dependency in &summary.depends {
                    dependents[dependency.0 as usize].insert(*func);
                }
            }
            for func in &batch {
                dirty[func.0 as usize] = false;
            }
            let mut new_entries = Vec::new();
            let mut patched: FxHashSet<Symbol> = FxHashSet::default();
            for (func, summary) in batch.into_iter().zip(results) {
                let old = summaries[func.0 as usize].as_ref();
                let function = project.function(func);
                if let Some(class) = function.class {
                    let class = project.class_id(project.funcs[func.0 as usize].0, class);
                    let known = fields.entry(class).or_default();
                    // Who looked for it before, looks again.
                    patched.extend(written_fields(&summary).filter(|name| known.insert(*name)));
                }
                let none = Summary::default();
                if !summary.same_patches(old.map_or(&none, |old| old)) {
                    patching.insert(func);
                    let old = old.map(|old| old.patches.as_slice()).unwrap_or_default();
                    patched.extend(summary.patches.iter().chain(old).filter_map(|patch| name_of(patch.target.base)));
                }
                let same = old.is_some_and(|old| old.same(&summary));
                for entry in &summary.entries {
                    new_entries.push(entry.clone());
                }
                summaries[func.0 as usize] = Some(Arc::new(summary));
                if !same {
                    #[allow(clippy::iter_over_hash_type, reason = "marks only")]
                    for dependent in &dependents[func.0 as usize] {
                        if *dependent != func || round < 2 {
                            dirty[dependent.0 as usize] = true;
                        }
                    }
                }
            }
            if !patching.is_empty() {
                patches = collect_patches(project, &summaries, &patching);
            }
            if !patched.is_empty() {
                for (number, summary) in summaries.iter().enumerate() {
                    let reads = summary.iter().flat_map(|summary| &summary.reads);
                    if round + 1 < MAX_ROUNDS && reads.into_iter().any(|name| patched.contains(name)) {
                        dirty[number] = true;
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
    let stored = through_cells(&summaries);
    Solution { summaries, entries, stored, unsettled, patches, fields }
}

/// Attributes of its own instance that a method writes.
fn written_fields(summary: &Summary) -> impl Iterator<Item = Symbol> + '_ {
    let own = summary.effects.iter().filter_map(|effect| match effect.seg {
        Some(Seg::Attr(name)) if effect.target.path.is_whole() && effect.target.base == Base::Param(0) => Some(name),
        _ => None,
    });
    let kept = summary.cells.iter().filter_map(|(cell, _)| match cell.base {
        Base::Field(_, name) => Some(name),
        _ => None,
    });
    own.chain(kept)
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

/// What is written to variables of modules and attributes of classes.
pub(crate) fn collect_cells(summaries: &[Option<Arc<Summary>>]) -> Cells {
    let mut cells = Cells::default();
    for summary in summaries.iter().flatten() {
        for (cell, fact) in &summary.cells {
            let facts = cells.entry(cell.base).or_default();
            let known = facts.iter().any(|(path, known)| *path == cell.path && known.label == fact.label);
            if facts.len() < MAX_CELL_SOURCES && !known && !matches!(fact.label.base, Base::Param(_) | Base::Result(_))
            {
                facts.push((cell.path, fact.clone()));
            }
        }
    }
    cells
}

/// Joins what is written to variables of modules and attributes with what reads of them reach.
fn through_cells(summaries: &[Option<Arc<Summary>>]) -> Vec<Flow> {
    let cells = collect_cells(summaries);
    let mut out = Vec::new();
    for summary in summaries.iter().flatten() {
        for hit in &summary.hits {
            let Harm::Kind(kind) = hit.site.harm else { continue };
            if !matches!(hit.label.base, Base::Global(..) | Base::Field(..)) || !hit.needs.is_empty() {
                continue;
            }
            for source in sources(&cells, hit.label, MAX_CELLS, &mut Vec::new()) {
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

/// What is written to variables of modules and attributes of classes: to which part of them, and what.
pub(crate) type Cells = FxHashMap<Base, Vec<(Path, Fact)>>;

pub(crate) fn sources(cells: &Cells, cell: Label, depth: usize, seen: &mut Vec<Label>) -> Vec<Fact> {
    if depth == 0 || seen.contains(&cell) {
        return Vec::new();
    }
    seen.push(cell);
    let mut out: Vec<Fact> = Vec::new();
    for (path, fact) in cells.get(&cell.base).into_iter().flatten() {
        if !path.meets(cell.path) {
            continue;
        }
        match fact.label.base {
            Base::Source(..) => out.push(fact.clone()),
            Base::Global(..) | Base::Field(..) => {
                for inner in sources(cells, fact.label, depth - 1, seen) {
                    let step = Step::after(&inner.step, fact.step.file, fact.step.span, fact.step.why);
                    out.push(Fact { cleaned: inner.cleaned.union(fact.cleaned), step, ..inner });
                }
            }
            Base::Param(_) | Base::Result(_) => {}
        }
    }
    out
}
