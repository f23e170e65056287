//! What a function does, as its callers see it.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use seriema_models::{Condition, Kinds, SinkKind, SourceKind};
use seriema_program::Symbol;
use smallvec::SmallVec;

use crate::access::Seg;
use crate::project::{ClassId, FileId, FuncId};
use crate::step::StepRef;
use crate::value::{Base, Const, Fact, Flags, Label, Value};
use crate::when::Conditions;

/// What a sink is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Harm {
    /// Data of others gets there.
    Kind(SinkKind),
    /// A constant is wrong there: rule, message, what it must not be.
    Constant(Arc<Forbidden>),
}

/// A constant that must not be an argument.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Forbidden {
    pub(crate) rule: Symbol,
    pub(crate) message: Symbol,
    pub(crate) constants: Vec<Const>,
    pub(crate) paths: Vec<Symbol>,
}

/// A place where data does harm.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Site {
    #[serde(with = "crate::stored::file")]
    pub(crate) file: FileId,
    #[serde(with = "crate::stored::span")]
    pub(crate) span: (u32, u32),
    pub(crate) harm: Harm,
    /// What is called there.
    pub(crate) callee: Symbol,
    /// The function it is in.
    pub(crate) func: FuncId,
}

/// What a caller has to give for a sink to be one: `shell=flag`, `Loader=loader`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Need {
    pub(crate) label: Label,
    #[serde(with = "seriema_models::stored")]
    pub(crate) condition: Arc<Condition>,
    /// Whether the condition has to hold, or must not.
    pub(crate) holds: bool,
}

/// What the elements of a list are to a program that is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Vector {
    /// Nothing of the kind.
    #[default]
    None,
    /// Its name, then its arguments.
    Whole,
    /// Arguments after those that are known.
    Tail,
}

/// A parameter, or something else that a caller knows, reaches a sink. So does a source, where it depends on callers
/// whether the sink is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hit {
    pub(crate) label: Label,
    pub(crate) site: Arc<Site>,
    /// Text that stands before it in the string; none when it stands first.
    pub(crate) prefix: Option<Symbol>,
    pub(crate) fact: Fact,
    /// What has to be so for the sink to be one; all of it.
    pub(crate) needs: Vec<Need>,
    /// What its elements are, if it is a list.
    pub(crate) vector: Vector,
    /// What holds of what callers give on the ways that lead there.
    pub(crate) conditions: Conditions,
    /// Functions between here and the sink.
    pub(crate) depth: u8,
}

/// A source reaches a sink.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) site: Arc<Site>,
    pub(crate) fact: Fact,
}

/// A constant that is wrong where it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WrongConstant {
    pub(crate) site: Arc<Site>,
    #[serde(with = "crate::stored::way")]
    pub(crate) way: Option<StepRef>,
}

/// A call of something that only a caller knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OpenCall {
    pub(crate) callee: Label,
    /// Of a method: its name.
    pub(crate) method: Option<Symbol>,
    /// The class after which the method is looked for: `super().method()`.
    pub(crate) above: Option<ClassId>,
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Symbol, Value)>,
    /// As in [`crate::call::Args`].
    pub(crate) star: Option<Value>,
    pub(crate) sequence: Option<(Value, usize)>,
    pub(crate) double_star: Option<Value>,
    pub(crate) conditions: Conditions,
    #[serde(with = "crate::stored::file")]
    pub(crate) file: FileId,
    #[serde(with = "crate::stored::span")]
    pub(crate) span: (u32, u32),
    pub(crate) depth: u8,
}

/// Something is written where callers see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) target: Label,
    /// What of it; none for a variable itself.
    pub(crate) seg: Option<Seg>,
    pub(crate) value: Value,
}

/// Something that can be called is put where other functions find it: a registry, an attribute of a class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Patch {
    pub(crate) target: Label,
    /// The key below the target, when it is no constant.
    pub(crate) key: Value,
    pub(crate) value: Value,
}

impl Patch {
    fn same(&self, other: &Self) -> bool {
        self.target == other.target && self.key.same(&other.key) && self.value.same(&other.value)
    }

    /// Whether nothing of it is for callers to know.
    pub(crate) fn is_closed(&self) -> bool {
        let open = |value: &Value| {
            value.refs().iter().any(|r| {
                matches!(r, crate::value::Ref::Sym(label) if matches!(label.base, Base::Param(_) | Base::Result(_)))
            })
        };
        self.key.is_nothing() && !open(&self.value)
    }
}

/// What is clean of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Clean {
    pub(crate) label: Label,
    pub(crate) kinds: Kinds,
    pub(crate) consts: Option<SmallVec<[Const; 1]>>,
    pub(crate) weak: Option<Symbol>,
    /// What else is known of it.
    pub(crate) flags: Flags,
}

/// A function that is called from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) func: FuncId,
    pub(crate) parameters: Option<SourceKind>,
    pub(crate) returns: Option<SinkKind>,
    pub(crate) types: Vec<Symbol>,
    /// Parameters that are given something else: `self` of a method.
    pub(crate) skip: u8,
    /// Parameters that the route itself takes the harm out of: `<int:id>`.
    pub(crate) numbers: Vec<Symbol>,
    /// What it has from the function around it, without data.
    pub(crate) captured: Vec<Value>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.func == other.func
            && self.parameters == other.parameters
            && self.returns == other.returns
            && self.types == other.types
            && self.skip == other.skip
            && self.numbers == other.numbers
            && self.captured.len() == other.captured.len()
            && self.captured.iter().zip(&other.captured).all(|(a, b)| a.same(b))
    }
}

/// What calls resolve to, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) resolved: u32,
    pub(crate) external: u32,
    pub(crate) unresolved: u32,
}

/// The class of what is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Raised {
    Class(ClassId),
    Api(Symbol),
    Unknown,
}

/// What a function raises.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Raise {
    pub(crate) kind: Raised,
    pub(crate) value: Value,
    /// Functions that it went through.
    pub(crate) depth: u8,
}

/// What a function does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    // Those of [`Ends`] come first, in its order: they are read without the rest.
    pub(crate) hits: Vec<Hit>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) wrong: Vec<WrongConstant>,
    /// Facts that got to variables of modules and attributes of classes.
    pub(crate) cells: Vec<(Label, Fact)>,
    pub(crate) returns: Value,
    /// What it returns on which ways, when that depends on what callers give; all of it is `returns`.
    pub(crate) ways: Vec<(Conditions, Value)>,
    /// What it raises.
    pub(crate) raises: Vec<Raise>,
    pub(crate) never_returns: bool,
    pub(crate) effects: Vec<Effect>,
    pub(crate) calls: Vec<OpenCall>,
    /// Clean after it returned.
    pub(crate) cleans: Vec<Clean>,
    /// Clean when it returned something true, or something false.
    pub(crate) when_true: Vec<Clean>,
    pub(crate) when_false: Vec<Clean>,
    /// Of a module's or class's body: its names.
    #[serde(serialize_with = "crate::stored::sorted")]
    pub(crate) exports: FxHashMap<Symbol, Value>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) counts: Counts,
    /// Whether a bound was hit.
    pub(crate) bounded: bool,
    /// Whether data of others comes in there.
    pub(crate) sourced: bool,
    pub(crate) patches: Vec<Patch>,
}

/// What of a summary says where data ends up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ends {
    pub(crate) hits: Vec<Hit>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) wrong: Vec<WrongConstant>,
    pub(crate) cells: Vec<(Label, Fact)>,
}

/// The same, wherever it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndsRef<'a> {
    pub(crate) hits: &'a [Hit],
    pub(crate) flows: &'a [Flow],
    pub(crate) wrong: &'a [WrongConstant],
    pub(crate) cells: &'a [(Label, Fact)],
}

impl<'a> From<&'a Ends> for EndsRef<'a> {
    fn from(ends: &'a Ends) -> Self {
        Self { hits: &ends.hits, flows: &ends.flows, wrong: &ends.wrong, cells: &ends.cells }
    }
}

impl<'a> From<&'a Summary> for EndsRef<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self { hits: &summary.hits, flows: &summary.flows, wrong: &summary.wrong, cells: &summary.cells }
    }
}

impl Summary {
    /// Whether data of others comes out of it, or gets to a sink in it: what may become part of a flow.
    pub(crate) fn matters(&self) -> bool {
        let sources = |value: &Value| {
            let mut facts = SmallVec::new();
            value.deep_facts(&mut facts, 3, &mut 32);
            facts.iter().any(|fact| fact.label.is_source())
        };
        // Logs are everywhere; what little harm is done there is found in the first look.
        let minor = |hit: &Hit| matches!(hit.site.harm, Harm::Kind(SinkKind::Log));
        self.sourced
            || !self.hits.iter().all(minor)
            || !self.flows.is_empty()
            || sources(&self.returns)
            || self.effects.iter().any(|effect| sources(&effect.value))
            || self.cells.iter().any(|(_, fact)| fact.label.is_source())
            || self.calls.iter().any(|call| call.positional.iter().any(&sources))
            || !self.entries.is_empty()
            || !self.patches.is_empty()
    }

    /// How much work it is to put arguments in, in expressions.
    pub(crate) fn weight(&self) -> u32 {
        let parts = self.hits.len() + self.effects.len() + self.calls.len() + self.cells.len();
        u32::try_from(parts).unwrap_or(u32::MAX).saturating_add(4)
    }

    /// Whether the same is put into registries and classes.
    pub(crate) fn same_patches(&self, other: &Self) -> bool {
        self.patches.len() == other.patches.len() && self.patches.iter().zip(&other.patches).all(|(a, b)| a.same(b))
    }

    /// Names that are something else than before, sorted.
    pub(crate) fn changed_exports(&self, before: &Self) -> Vec<Symbol> {
        let changed = |(name, value): (&Symbol, &Value)| {
            let same = before.exports.get(name).is_some_and(|known| known.same(value));
            (!same).then_some(*name)
        };
        let gone = before.exports.keys().filter(|name| !self.exports.contains_key(name)).copied();
        let mut names: Vec<Symbol> = self.exports.iter().filter_map(changed).chain(gone).collect();
        names.sort_unstable();
        names
    }

    /// Whether callers see no difference in what may be a flow: sinks, what comes out, what is clean.
    pub(crate) fn same_flows(&self, other: &Self) -> bool {
        let labels = |value: &Value| {
            let mut facts = SmallVec::new();
            value.deep_facts(&mut facts, 2, &mut 24);
            facts.into_iter().map(|fact: Fact| (fact.label, fact.cleaned)).collect::<Vec<_>>()
        };
        self.never_returns == other.never_returns
            && self.hits.len() == other.hits.len()
            && self.hits.iter().zip(&other.hits).all(|(a, b)| {
                a.label == b.label && a.site == b.site && a.prefix == b.prefix && a.fact.cleaned == b.fact.cleaned
            })
            && self.calls.len() == other.calls.len()
            && self.calls.iter().zip(&other.calls).all(|(a, b)| a.callee == b.callee && a.method == b.method)
            && self.effects.len() == other.effects.len()
            && self.cleans == other.cleans
            && self.when_true == other.when_true
            && self.when_false == other.when_false
            && self.returns.refs().len() == other.returns.refs().len()
            && labels(&self.returns) == labels(&other.returns)
            && self.ways.len() == other.ways.len()
            && self.ways.iter().zip(&other.ways).all(|((_, a), (_, b))| labels(a) == labels(b))
            && self.same_patches(other)
            && self.entries == other.entries
    }

    /// Whether callers see no difference.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.never_returns == other.never_returns
            && self.returns.same(&other.returns)
            && self.ways.len() == other.ways.len()
            && self.ways.iter().zip(&other.ways).all(|((x, a), (y, b))| x == y && a.same(b))
            && self.raises.len() == other.raises.len()
            && self.raises.iter().zip(&other.raises).all(|(a, b)| a.kind == b.kind && a.value.same(&b.value))
            && self.hits.len() == other.hits.len()
            && self.calls.len() == other.calls.len()
            && self.effects.len() == other.effects.len()
            && self.cleans == other.cleans
            && self.when_true == other.when_true
            && self.when_false == other.when_false
            && self.same_patches(other)
            && self.entries == other.entries
            && self.hits.iter().zip(&other.hits).all(|(a, b)| {
                a.label == b.label
                    && a.site == b.site
                    && a.prefix == b.prefix
                    && a.fact.cleaned == b.fact.cleaned
                    && a.conditions == b.conditions
                    && a.needs == b.needs
                    && a.vector == b.vector
            })
            && self
                .effects
                .iter()
                .zip(&other.effects)
                .all(|(a, b)| a.target == b.target && a.seg == b.seg && a.value.same(&b.value))
            && self.calls.iter().zip(&other.calls).all(|(a, b)| {
                a.callee == b.callee
                    && a.method == b.method
                    && a.positional.len() == b.positional.len()
                    && a.positional.iter().zip(&b.positional).all(|(a, b)| a.same(b))
                    && a.keywords.iter().zip(&b.keywords).all(|((m, a), (n, b))| m == n && a.same(b))
            })
    }
}
