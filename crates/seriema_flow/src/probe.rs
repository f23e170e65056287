//! What is seen while a function is gone through, written down for whoever asks about a place of it.
//!
//! Nothing of it happens in an analysis: a function is gone through once more, with all summaries known, and only then is
//! there a [`Probe`] to write to.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, Slot};
use smallvec::SmallVec;

use crate::env::{Env, MAX_TREE};
use crate::instantiate::Given;
use crate::interp::Interp;
use crate::library::Word;
use crate::project::{ClassId, FileId, FuncId};
use crate::summary::{Harm, Hit};
use crate::value::{Check, Fact, Facts, Label, Value};

/// Sinks, checks and calls of one function that are written down, of each.
const MAX_NOTES: usize = 4_000;

/// What a call calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Callee {
    /// A function of the project.
    Project(FuncId),
    /// A class of the project.
    Class(ClassId),
    /// Something outside.
    Library(Symbol),
    /// What callers give, or a method of it.
    Given(Label, Option<Symbol>),
    /// Nobody knows.
    Unknown,
}

/// Data gets into a sink, or would if there were any.
#[derive(Clone, Debug)]
pub(crate) struct SeenSink {
    pub(crate) kind: SinkKind,
    /// What is called there.
    pub(crate) callee: Symbol,
    /// The expression of this function that is the sink, or calls what leads there.
    pub(crate) span: (u32, u32),
    /// Where the sink itself is.
    pub(crate) site: (FileId, (u32, u32)),
    /// The function that is called and that it is in, or beyond.
    pub(crate) through: Option<FuncId>,
    /// What gets there, each with the text that stands before it.
    pub(crate) facts: Vec<(Fact, Option<Symbol>)>,
    /// The argument, where that is known.
    pub(crate) value: Option<Value>,
}

/// A check held.
#[derive(Clone, Debug)]
pub(crate) struct SeenCheck {
    pub(crate) span: (u32, u32),
    pub(crate) labels: SmallVec<[Label; 2]>,
    pub(crate) kinds: Kinds,
    pub(crate) weak: Option<Symbol>,
    /// Whether it leaves only some constants.
    pub(crate) constant: bool,
}

/// What a watched function is given in a call.
#[derive(Clone, Debug)]
pub(crate) struct Gift {
    pub(crate) file: FileId,
    pub(crate) span: (u32, u32),
    pub(crate) facts: Facts,
    pub(crate) value: Value,
}

/// What is written down of one function.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// Whether values, calls, sinks and checks are.
    pub(crate) all: bool,
    /// What expressions are, in whichever state they were looked at.
    pub(crate) values: FxHashMap<ExprId, Value>,
    /// The same, as they were last: to be told apart from others that are like them.
    pub(crate) last: FxHashMap<ExprId, Value>,
    pub(crate) calls: BTreeMap<ExprId, Vec<Callee>>,
    pub(crate) sinks: Vec<SeenSink>,
    pub(crate) checks: Vec<SeenCheck>,
    /// The function, and what of what it is given, that is of interest.
    pub(crate) watched: Option<(FuncId, Label)>,
    pub(crate) gifts: Vec<Gift>,
    /// What the parameters are at the beginning.
    pub(crate) parameters: Vec<(Slot, Value)>,
    /// Expressions that are being looked at, the innermost last.
    stack: Vec<ExprId>,
    /// Where the one stands that was looked at last.
    here: (u32, u32),
}

impl Probe {
    /// Writes down everything that is seen.
    pub(crate) fn of_all() -> Box<Self> {
        Box::new(Self { all: true, ..Self::default() })
    }

    /// Writes down what a function is given.
    pub(crate) fn of_calls(func: FuncId, label: Label) -> Box<Self> {
        Box::new(Self { watched: Some((func, label)), ..Self::default() })
    }

    fn note_sink(&mut self, seen: SeenSink) {
        let twin = self.sinks.iter().position(|known| {
            known.kind == seen.kind
                && known.span == seen.span
                && known.site == seen.site
                && known.through == seen.through
        });
        match twin {
            Some(at) => {
                let known = &mut self.sinks[at];
                for (fact, prefix) in seen.facts {
                    match known.facts.iter_mut().find(|(known, _)| known.label == fact.label) {
                        Some((known, before)) => {
                            known.cleaned = known.cleaned.intersect(fact.cleaned);
                            if *before != prefix {
                                *before = None;
                            }
                        }
                        None => known.facts.push((fact, prefix)),
                    }
                }
            }
            None if self.sinks.len() < MAX_NOTES => self.sinks.push(seen),
            None => {}
        }
    }
}

impl Interp<'_> {
    /// Looks at an expression and writes down what it is.
    pub(crate) fn eval_noting(&mut self, id: ExprId, env: &mut Env) -> Value {
        if let Some(probe) = &mut self.probe {
            probe.stack.push(id);
        }
        let value = self.eval_plain(id, env);
        self.note_value(id, &value, env);
        if let Some(probe) = &mut self.probe {
            probe.stack.pop();
            probe.here = self.file.span(id);
        }
        value
    }

    /// An expression, or what is assigned to, is this.
    #[inline]
    pub(crate) fn note_value(&mut self, id: ExprId, value: &Value, env: &Env) {
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.all) else { return };
        let seen = env.export(value, MAX_TREE);
        match probe.values.get_mut(&id) {
            Some(known) => *known = known.join(&seen),
            None => drop(probe.values.insert(id, seen)),
        }
        probe.last.insert(id, value.clone());
    }

    /// A parameter is this at the beginning.
    #[inline]
    pub(crate) fn note_parameter(&mut self, slot: Slot, value: &Value) {
        if let Some(probe) = self.probe.as_mut().filter(|probe| probe.all) {
            probe.parameters.push((slot, value.clone()));
        }
    }

    /// The call that is looked at calls this.
    #[inline]
    pub(crate) fn note_callee(&mut self, callee: Callee) {
        // What is called within what is called, is not called here.
        if self.probe.is_none() || !self.active.is_empty() {
            return;
        }
        let file = self.file;
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.all) else { return };
        let call = probe.stack.iter().rev().find(|id| matches!(file.expr(**id), Expr::Call(_)));
        if let Some(call) = call {
            let known = probe.calls.entry(*call).or_default();
            if !known.contains(&callee) {
                known.push(callee);
            }
        }
    }

    /// A value gets into a sink.
    #[inline]
    pub(crate) fn note_sink(&mut self, kind: SinkKind, value: &Value, callee: Symbol, span: (u32, u32), env: &Env) {
        if self.probe.as_ref().is_some_and(|probe| probe.all) {
            let facts = self.sink_facts(value, env);
            self.note_facts(kind, facts, callee, span, Some(value.clone()));
        }
    }

    /// The words of a command get into a sink.
    #[inline]
    pub(crate) fn note_words(&mut self, words: &[Word], callee: Symbol, span: (u32, u32)) {
        if self.probe.as_ref().is_some_and(|probe| probe.all) {
            let facts = words.iter().map(|word| (word.fact.clone(), word.prefix)).collect();
            self.note_facts(SinkKind::Argv, facts, callee, span, None);
        }
    }

    fn note_facts(
        &mut self,
        kind: SinkKind,
        facts: Vec<(Fact, Option<Symbol>)>,
        callee: Symbol,
        span: (u32, u32),
        value: Option<Value>,
    ) {
        // One that is reached in what is called was noted as such.
        if !self.active.is_empty() {
            return;
        }
        let site = (self.file_id, span);
        if let Some(probe) = &mut self.probe {
            probe.note_sink(SeenSink { kind, callee, span, site, through: None, facts, value });
        }
    }

    /// What is given to a function gets into a sink in it.
    #[inline]
    pub(crate) fn note_hit(&mut self, hit: &Hit, given: &Given, words: &[Word]) {
        let Harm::Kind(kind) = hit.site.harm else { return };
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.all) else { return };
        let facts = words
            .iter()
            .map(|word| {
                let fact = &word.fact;
                let cleaned = fact.cleaned.union(hit.fact.cleaned);
                let weak = hit.fact.weak.or(fact.weak);
                (Fact { cleaned, weak, ..fact.clone() }, hit.prefix.or(word.prefix))
            })
            .collect();
        let site = (hit.site.file, hit.site.span);
        let (callee, through) = (hit.site.callee, Some(given.func));
        probe.note_sink(SeenSink { kind, callee, span: given.span, site, through, facts, value: None });
    }

    /// A check held.
    #[inline]
    pub(crate) fn note_check(&mut self, check: &Check) {
        let Some(probe) = self.probe.as_mut().filter(|probe| probe.all) else { return };
        if probe.checks.len() >= MAX_NOTES {
            return;
        }
        let mut labels: SmallVec<[Label; 2]> = check.target.facts().iter().map(|fact| fact.label).collect();
        if let Some((base, _)) = &check.target.data().derived {
            labels.extend(base.facts().iter().map(|fact| fact.label));
        }
        if labels.is_empty() {
            return;
        }
        let file = self.file;
        let call = probe.stack.last().map_or(probe.here, |id| file.span(*id));
        let constant = check.consts.is_some();
        let kinds = if constant { Kinds::ALL } else { check.clears() };
        probe.checks.push(SeenCheck { span: call, labels, kinds, weak: check.weak, constant });
    }

    /// A function is called with these arguments.
    #[inline]
    pub(crate) fn note_given(&mut self, func: FuncId, given: &mut Given, env: &mut Env) {
        let Some((watched, label)) = self.probe.as_ref().and_then(|probe| probe.watched) else { return };
        if watched != func {
            return;
        }
        let value = self.resolve(label, given, env);
        let mut facts = Facts::new();
        self.all_facts(&value, env, &mut facts);
        let value = env.export(&value, MAX_TREE);
        let (file, span) = (self.file_id, given.span);
        if let Some(probe) = &mut self.probe
            && probe.gifts.len() < MAX_NOTES
        {
            probe.gifts.push(Gift { file, span, facts, value });
        }
    }
}
