//! From functions to flows: summaries until nothing changes, then what is kept between functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;

use crate::cells::through_cells;
use crate::field::Fields;
use crate::graph::{Order, levels};
use crate::interp::{Analysed, Known, Versions, analyse};
use crate::memo::{Bytes, Look, Memo, Record};
use crate::note::{Change, Note};
use crate::patch::{Patches, name_of};
use crate::project::{ClassId, FuncId, Project};
use crate::stored::{self, Version};
use crate::summaries::{Slot, Summaries};
use crate::summary::{EndsRef, Entry, Flow, Summary};
use crate::value::{Ref, Value};

/// Times that functions which depend on each other are looked at again.
const MAX_ROUNDS: usize = 2;
/// Functions of one level from which on threads share them.
const MIN_SHARED: usize = 4;

/// What came of all functions.
pub(crate) struct Solution {
    pub(crate) summaries: Summaries,
    /// By function.
    pub(crate) notes: Vec<Arc<Note>>,
    pub(crate) entries: FxHashMap<FuncId, Vec<Entry>>,
    /// Flows through variables of modules and attributes.
    pub(crate) stored: Vec<Flow>,
    /// Whether functions still changed when the last round was over.
    pub(crate) unsettled: usize,
    /// What was put into registries and classes, and which attributes methods write.
    pub(crate) patches: Patches,
    pub(crate) fields: Fields,
}

impl Solution {
    /// The summaries in which something ends: flows, wrong constants, data in variables, sinks that are not far from where
    /// the data comes from.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (FuncId, EndsRef<'_>)> {
        (0..).zip(&self.notes).filter(|(_, note)| note.ends).filter_map(|(number, _)| {
            let func = FuncId(number);
            Some((func, self.summaries.slot(func).ends()?))
        })
    }
}

/// Finds out what all functions do. With a memo, what an earlier run found is taken from it as far as it still holds, and
/// what this one found is given back to be kept.
pub(crate) fn solve(project: &Project, memo: Option<&Memo>) -> (Solution, Option<Record>) {
    let Order { levels, circles } = levels(project);
    let mut solver = Solver::new(project, memo, circles);
    let mut unsettled = 0;
    for round in 0..MAX_ROUNDS {
        let mut any = false;
        for level in &levels {
            any |= solver.level(level, round);
        }
        if !any {
            break;
        }
        if round + 1 == MAX_ROUNDS {
            unsettled = solver.dirty.iter().filter(|dirty| **dirty).count();
        }
    }
    unsettled -= solver.late().min(unsettled);
    let Solver { summaries, notes, entries, patches, fields, record, .. } = solver;
    let mut solution = Solution { summaries, notes, entries, stored: Vec::new(), unsettled, patches, fields };
    solution.stored = through_cells(project, &solution);
    (solution, record)
}

/// What one look gave.
struct Looked {
    slot: Slot,
    note: Arc<Note>,
    /// Where looks are kept: this one, and the bytes of its summary.
    look: Option<(Arc<Look>, Bytes)>,
}

impl Looked {
    fn version(&self) -> Version {
        self.look.as_ref().map_or(Version::ABSENT, |(look, _)| look.version)
    }
}

struct Solver<'p> {
    project: &'p Project,
    memo: Option<&'p Memo>,
    record: Option<Record>,
    summaries: Summaries,
    notes: Vec<Arc<Note>>,
    versions: Vec<Version>,
    entries: FxHashMap<FuncId, Vec<Entry>>,
    patches: Patches,
    fields: Fields,
    /// Who looked at a name of a module or class, and at an attribute of a class.
    users: FxHashMap<(FuncId, Symbol), FxHashSet<FuncId>>,
    lookers: FxHashMap<Symbol, FxHashMap<ClassId, FxHashSet<FuncId>>>,
    /// Who looked for what others may have put under a name.
    readers: FxHashMap<Symbol, Vec<FuncId>>,
    /// Functions that put something into registries or classes.
    patching: BTreeSet<FuncId>,
    dependents: Vec<FxHashSet<FuncId>>,
    dirty: Vec<bool>,
    /// Functions that turned out to be ways in after they were looked at.
    fresh: FxHashSet<FuncId>,
    matters: Vec<bool>,
    circles: Vec<usize>,
}

impl<'p> Solver<'p> {
    fn new(project: &'p Project, memo: Option<&'p Memo>, circles: Vec<usize>) -> Self {
        let count = project.funcs.len();
        Self {
            project,
            memo,
            record: memo.map(|_| Record::new(count)),
            summaries: Summaries::new(count),
            notes: vec![Arc::default(); count],
            versions: vec![Version::ABSENT; count],
            entries: FxHashMap::default(),
            patches: Patches::default(),
            fields: Fields::of(project),
            users: FxHashMap::default(),
            lookers: FxHashMap::default(),
            readers: FxHashMap::default(),
            patching: BTreeSet::new(),
            dependents: vec![FxHashSet::default(); count],
            dirty: vec![true; count],
            fresh: FxHashSet::default(),
            matters: vec![false; count],
            circles,
        }
    }

    /// Looks at those functions of a level that there is something new for. Says whether there were any.
    fn level(&mut self, level: &[FuncId], round: usize) -> bool {
        let batch: Vec<FuncId> = level.iter().copied().filter(|func| self.dirty[func.0 as usize]).collect();
        if batch.is_empty() {
            return false;
        }
        let results = self.looks(&batch, round);
        // Those of one level may depend on each other: who depends on whom comes first.
        for (func, looked) in batch.iter().zip(&results) {
            self.note_looks(*func, &looked.note);
        }
        for func in &batch {
            self.dirty[func.0 as usize] = false;
            self.fresh.remove(func);
        }
        let mut news = News::default();
        for (func, looked) in batch.into_iter().zip(results) {
            self.take(func, looked, round, &mut news);
        }
        self.spread(news, round);
        true
    }

    /// Looks at what turned out to be a way in at the very end. Who calls it sees no difference.
    fn late(&mut self) -> usize {
        #[allow(clippy::iter_over_hash_type, reason = "sorted below")]
        let mut late: Vec<FuncId> = self.fresh.iter().copied().filter(|func| self.dirty[func.0 as usize]).collect();
        late.sort_unstable();
        let results = self.looks(&late, MAX_ROUNDS);
        let count = late.len();
        for (func, looked) in late.into_iter().zip(results) {
            self.keep(func, looked);
        }
        count
    }

    fn looks(&self, batch: &[FuncId], round: usize) -> Vec<Looked> {
        let versions = self.memo.map(|memo| Versions {
            project: self.project,
            anchors: &memo.anchors,
            summaries: &self.versions,
            notes: &self.notes,
        });
        let known = Known {
            summaries: &self.summaries,
            entries: &self.entries,
            patches: &self.patches,
            fields: &self.fields,
            again: round > 0,
            fresh: &self.fresh,
            versions,
        };
        let look = |func: &FuncId| look(self.project, &known, self.memo, *func);
        if batch.len() < MIN_SHARED { batch.iter().map(look).collect() } else { batch.par_iter().map(look).collect() }
    }

    fn note_looks(&mut self, func: FuncId, note: &Note) {
        self.matters[func.0 as usize] = note.matters;
        for dependency in &note.depends {
            self.dependents[dependency.0 as usize].insert(func);
        }
        for used in &note.uses {
            self.users.entry(*used).or_default().insert(func);
        }
        for (class, name) in &note.fields {
            self.lookers.entry(*name).or_default().entry(*class).or_default().insert(func);
        }
    }

    /// Takes in what a look gave, and marks whoever has to look again for it.
    fn take(&mut self, func: FuncId, mut looked: Looked, round: usize, news: &mut News) {
        let number = func.0 as usize;
        let function = self.project.function(func);
        if let Some(class) = function.class {
            let class = self.project.class_id(self.project.funcs[number].0, class);
            self.fields.add(self.project, class, &looked.note, &mut news.fields);
        }
        let change = self.change(func, &looked);
        let was = self.summaries.slot(func).is_there();
        if !change.same_patches {
            self.patching.insert(func);
            news.repatched = true;
            for (note, slot) in [(&looked.note, &looked.slot), (&self.notes[number], self.summaries.slot(func))] {
                let summary = note.patches.then(|| slot.get()).flatten();
                let patches = summary.into_iter().flat_map(|summary| &summary.patches);
                news.patched.extend(patches.filter_map(|patch| name_of(patch.target.base)));
            }
        }
        // In the second round only what may be part of a flow is worth another look.
        let changed = round == 0 || !(was && change.same_flows);
        for name in &change.exports {
            let Some(users) = self.users.get(&(func, *name)) else { continue };
            let value = looked.slot.get().and_then(|summary| summary.exports.get(name));
            let callable = value.is_some_and(|value| calls_one_of(value, &self.matters, 3));
            #[allow(clippy::iter_over_hash_type, reason = "marks only")]
            for user in users {
                self.dirty[user.0 as usize] |= callable || self.matters[user.0 as usize];
            }
        }
        if looked.note.entries {
            news.entries.extend(looked.slot.get().into_iter().flat_map(|summary| summary.entries.iter().cloned()));
        }
        let own = self.matters[number];
        if !(was && change.same) {
            #[allow(clippy::iter_over_hash_type, reason = "marks only")]
            for dependent in &self.dependents[number] {
                let circle = self.circles[dependent.0 as usize] == self.circles[number];
                // What bodies put into registries, others find there.
                let body = !was && is_body(self.project, *dependent);
                if circle || body || (changed && (own || self.matters[dependent.0 as usize])) {
                    self.dirty[dependent.0 as usize] = true;
                }
            }
        }
        if let Some((look, _)) = &mut looked.look
            && look.note.change != change
        {
            *look = Arc::new(look.after(change));
        }
        self.keep(func, looked);
    }

    fn keep(&mut self, func: FuncId, looked: Looked) {
        self.versions[func.0 as usize] = looked.version();
        if let (Some(record), Some((look, bytes))) = (&mut self.record, looked.look) {
            record.add(func, look, bytes);
        }
        let before = std::mem::replace(&mut self.notes[func.0 as usize], looked.note);
        for name in &self.notes[func.0 as usize].reads {
            if before.reads.binary_search(name).is_err() {
                self.readers.entry(*name).or_default().push(func);
            }
        }
        self.summaries.set(func, looked.slot);
    }

    /// How what a look gave differs from what was known before.
    fn change(&self, func: FuncId, looked: &Looked) -> Change {
        let before = self.versions[func.0 as usize];
        let version = looked.version();
        let known = &looked.note.change;
        if self.memo.is_some() && known.version == version && known.before == before {
            return known.clone();
        }
        let old = self.summaries.slot(func);
        if !old.is_there() {
            // Whatever it binds is new.
            let exports = match looked.slot.get() {
                Some(summary) => summary.changed_exports(&Summary::default()),
                None => Vec::new(),
            };
            let same_patches = !looked.note.patches;
            return Change { before, version, same: false, same_flows: false, same_patches, exports };
        }
        if self.memo.is_some() && before == version {
            return Change { before, version, same: true, same_flows: true, same_patches: true, exports: Vec::new() };
        }
        let (Some(new), Some(old)) = (looked.slot.get(), old.get()) else { return Change::default() };
        Change {
            before,
            version,
            same: old.same(new),
            same_flows: old.same_flows(new),
            same_patches: new.same_patches(old),
            exports: new.changed_exports(old),
        }
    }

    /// Marks whoever has to look again for what a level changed.
    fn spread(&mut self, news: News, round: usize) {
        let News { fields, repatched, patched, entries } = news;
        for (written, name) in fields {
            #[allow(clippy::iter_over_hash_type, reason = "marks only")]
            for looker in self
                .lookers
                .get(&name)
                .into_iter()
                .flatten()
                .filter(|(class, _)| self.project.class(**class).mro.contains(&written))
                .flat_map(|(_, funcs)| funcs)
            {
                self.dirty[looker.0 as usize] |= self.matters[looker.0 as usize];
            }
        }
        if repatched {
            self.patches = Patches::collect(self.project, &self.summaries, &self.patching);
        }
        if !patched.is_empty() && round + 1 < MAX_ROUNDS {
            #[allow(clippy::iter_over_hash_type, reason = "any of them will do")]
            let callable =
                patched.iter().any(|name| self.patches.named(*name).any(|value| calls_one_of(value, &self.matters, 2)));
            #[allow(clippy::iter_over_hash_type, reason = "marks only")]
            for reader in patched.iter().filter_map(|name| self.readers.get(name)).flatten() {
                // It may have looked again since, and not for this.
                let number = reader.0 as usize;
                if self.notes[number].reads.iter().any(|name| patched.contains(name)) {
                    self.dirty[number] |= callable || self.matters[number];
                }
            }
        }
        for entry in entries {
            let known = self.entries.entry(entry.func).or_default();
            if !known.contains(&entry) {
                self.dirty[entry.func.0 as usize] = true;
                self.fresh.insert(entry.func);
                known.push(entry);
            }
        }
    }
}

/// What the functions of one level changed for others.
#[derive(Default)]
struct News {
    /// Attributes that are better known now.
    fields: Vec<(ClassId, Symbol)>,
    repatched: bool,
    /// Names under which something else was put.
    patched: FxHashSet<Symbol>,
    entries: Vec<Entry>,
}

/// Looks at a function, or finds an earlier look that still holds.
fn look(project: &Project, known: &Known<'_>, memo: Option<&Memo>, func: FuncId) -> Looked {
    let Some(memo) = memo else {
        let Analysed { summary, note, .. } = analyse(project, known, func);
        return Looked { slot: Slot::Known(Arc::new(summary)), note: Arc::new(note), look: None };
    };
    if let Some((look, kept)) = memo.find(project, known, func) {
        let (look, note) = (Arc::clone(look), Arc::clone(&look.note));
        return Looked { slot: Slot::Kept(Arc::clone(&kept)), note, look: Some((look, Bytes::Kept(kept))) };
    }
    let Analysed { summary, mut note, deps, .. } = analyse(project, known, func);
    note.note_exports(&memo.anchors, &summary);
    let bytes = stored::to_bytes(&memo.anchors, &summary).unwrap_or_default();
    let look = Arc::new(Look::new(project, known, func, deps, note, Version::of_bytes(&bytes)));
    Looked {
        slot: Slot::Known(Arc::new(summary)),
        note: Arc::clone(&look.note),
        look: Some((look, Bytes::New(bytes.into()))),
    }
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
