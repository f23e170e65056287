//! Data that variables of modules and attributes of classes keep between functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use seriema_models::SinkKind;
use seriema_program::Symbol;

use crate::access::Path;
use crate::project::{ClassId, FileId, Project};
use crate::solve::Solution;
use crate::step::{Step, Why};
use crate::summary::{Flow, Harm, Hit};
use crate::value::{Base, Fact, Label};

/// How far data is followed from one variable or attribute to the next. An attribute counts twice: which of the class's
/// instances it is of, nobody knows.
pub(crate) const MAX_CELLS: usize = 3;
/// Sources of one variable or attribute.
const MAX_CELL_SOURCES: usize = 12;

/// Whose variable or attribute it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Owner {
    Module(FileId),
    Class(ClassId),
}

/// What is written to variables of modules and attributes of classes, by name: whose it is, to which part of it, and
/// what.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    facts: FxHashMap<Symbol, BTreeMap<Owner, Vec<(Path, Fact)>>>,
}

impl Cells {
    /// Everything that functions write.
    pub(crate) fn collect(solution: &Solution) -> Self {
        let mut cells = Self::default();
        for (_, summary) in solution.ends() {
            for (cell, fact) in summary.cells {
                let Some((name, owner)) = owner(*cell) else { continue };
                if matches!(fact.label.base, Base::Param(_) | Base::Result(_)) {
                    continue;
                }
                let facts = cells.facts.entry(name).or_default().entry(owner).or_default();
                let known = facts.iter().any(|(path, known)| *path == cell.path && known.label == fact.label);
                if facts.len() < MAX_CELL_SOURCES && !known {
                    facts.push((cell.path, fact.clone()));
                }
            }
        }
        cells
    }

    /// Sources whose data is in a variable or attribute.
    pub(crate) fn sources(&self, project: &Project, cell: Label, left: usize, seen: &mut Vec<Label>) -> Vec<Fact> {
        let mut out: Vec<Fact> = Vec::new();
        let Some((name, read)) = owner(cell) else { return out };
        let cost = if matches!(read, Owner::Class(_)) { 2 } else { 1 };
        if left < cost || seen.contains(&cell) {
            return out;
        }
        seen.push(cell);
        let written =
            self.facts.get(&name).into_iter().flatten().filter(|(written, _)| may_be(project, read, **written));
        for (path, fact) in written.flat_map(|(_, facts)| facts) {
            if !path.meets(cell.path) {
                continue;
            }
            match fact.label.base {
                Base::Source(..) => out.push(fact.clone()),
                Base::Global(..) | Base::Field(..) => {
                    for inner in self.sources(project, fact.label, left - cost, seen) {
                        let step = Step::after(&inner.step, fact.step.file, fact.step.span, fact.step.why);
                        out.push(Fact { cleaned: inner.cleaned.union(fact.cleaned), step, ..inner });
                    }
                }
                Base::Param(_) | Base::Result(_) => {}
            }
        }
        out
    }
}

fn owner(cell: Label) -> Option<(Symbol, Owner)> {
    match cell.base {
        Base::Global(file, name) => Some((name, Owner::Module(file))),
        Base::Field(class, name) => Some((name, Owner::Class(class))),
        Base::Source(..) | Base::Param(_) | Base::Result(_) => None,
    }
}

/// Whether what is written for one is there for the other: an instance has what the classes above its own write, and may
/// be one of a class below.
fn may_be(project: &Project, read: Owner, written: Owner) -> bool {
    match (read, written) {
        (Owner::Class(read), Owner::Class(written)) => {
            project.class(read).mro.contains(&written) || project.class(written).mro.contains(&read)
        }
        _ => read == written,
    }
}

/// The variable or attribute whose data gets to a sink, and what harm it does there.
fn read_by(hit: &Hit) -> Option<(SinkKind, Symbol)> {
    let Harm::Kind(kind) = hit.site.harm else { return None };
    let (name, _) = owner(hit.label).filter(|_| hit.needs.is_empty())?;
    Some((kind, name))
}

/// Whether a hit is of data that a variable or attribute keeps.
pub(crate) fn is_of_cell(hit: &Hit) -> bool {
    read_by(hit).is_some()
}

/// Joins what is written to variables of modules and attributes with what reads of them reach.
pub(crate) fn through_cells(project: &Project, solution: &Solution) -> Vec<Flow> {
    let cells = Cells::collect(solution);
    let mut out = Vec::new();
    for (_, summary) in solution.ends() {
        for hit in summary.hits {
            let Some((kind, name)) = read_by(hit) else { continue };
            for source in cells.sources(project, hit.label, MAX_CELLS, &mut Vec::new()) {
                let cleaned = source.cleaned.union(hit.fact.cleaned);
                if cleaned.has(kind) || crate::library::is_harmless_prefix(kind, hit.prefix) {
                    continue;
                }
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
