//! What is known of a value at a place of the program.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use seriema_models::{Kinds, SourceKind};
use seriema_program::Symbol;
use seriema_program::ir::Slot;
use smallvec::SmallVec;

use crate::access::Seg;
pub(crate) use crate::label::Label;
use crate::project::{ClassId, FileId, FuncId};
use crate::step::StepRef;

/// Constants that a value may be; with more it is not constant.
pub(crate) const MAX_CONSTS: usize = 8;
/// Facts of one value.
pub(crate) const MAX_FACTS: usize = 8;
/// What a value may refer to.
pub(crate) const MAX_REFS: usize = 8;
/// Pieces of a string that are kept apart.
pub(crate) const MAX_PARTS: usize = 24;

/// Where data begins, as far as a function can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Base {
    /// A source: kind, file, offset, what is read.
    Source(
        SourceKind,
        #[serde(with = "crate::stored::file")] FileId,
        #[serde(with = "crate::stored::offset")] u32,
        Symbol,
    ),
    /// A parameter of the function.
    Param(Slot),
    /// The result of a call that only a caller can resolve: index into the summary's calls.
    Result(u32),
    /// A variable of a module.
    Global(FileId, Symbol),
    /// An attribute of a class's instances.
    Field(ClassId, Symbol),
}

/// Properties of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Flags(u8);

impl Flags {
    /// It went through a call that nobody knows.
    pub(crate) const OBSCURE: Self = Self(1);
    /// A path that was made absolute and free of `..`, but not checked yet.
    pub(crate) const NORMALIZED: Self = Self(2);
    /// A path in which there is no `..`: below what it is appended to, though not below what it is joined to.
    pub(crate) const NO_DOTS: Self = Self(4);
    /// A path that does not begin with a separator.
    pub(crate) const RELATIVE: Self = Self(8);
    /// A path that was found to lie in a directory: it does, if it was normalised before.
    pub(crate) const CONTAINED: Self = Self(16);
    /// One of the values that the program itself chose, or ends in one.
    pub(crate) const KNOWN: Self = Self(32);
    /// What a check can find out.
    pub(crate) const CHECKED: Self = Self(4 | 8 | 16 | 32);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn join(self, other: Self) -> Self {
        // Normalised only if on both ways; obscure only if on both.
        Self(self.0 & other.0)
    }

    /// Whether a path with these cannot lead out of where it belongs.
    pub(crate) fn is_confined(self) -> bool {
        self.all(Self(Self::CONTAINED.0 | Self::NORMALIZED.0)) || self.all(Self(Self::NO_DOTS.0 | Self::RELATIVE.0))
    }

    /// Those that both have.
    pub(crate) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Some facts: few values have more than two.
pub(crate) type Facts = SmallVec<[Fact; 2]>;

/// Data from somewhere is in the value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) label: Label,
    /// The kinds of sinks that it can do no harm in any more.
    pub(crate) cleaned: Kinds,
    pub(crate) flags: Flags,
    /// A check that it passed and that does not hold what it promises.
    pub(crate) weak: Option<Symbol>,
    #[serde(with = "crate::stored::step")]
    pub(crate) step: StepRef,
}

impl Fact {
    /// Equal but for the way it took.
    fn same(&self, other: &Self) -> bool {
        self.label == other.label
            && self.cleaned == other.cleaned
            && self.flags == other.flags
            && self.weak == other.weak
    }
}

/// A constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Const {
    None,
    Bool(bool),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Str(Symbol),
    Bytes(Symbol),
}

impl Const {
    pub(crate) fn is_true(self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => value,
            Self::Int(value) => value != 0,
            Self::Float(bits) => f64::from_bits(bits) != 0.0,
            Self::Str(text) | Self::Bytes(text) => !text.as_str().is_empty(),
        }
    }

    pub(crate) fn number(self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "comparisons of constants")]
        match self {
            Self::Int(value) => Some(value as f64),
            Self::Float(bits) => Some(f64::from_bits(bits)),
            Self::Bool(value) => Some(f64::from(u8::from(value))),
            _ => None,
        }
    }
}

/// An object that is told apart inside a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum ObjId {
    /// Made by the expression that stands there; what is made by one call is numbered.
    Made(u32, u32, u16),
    /// Whatever this is.
    Known(Label),
    /// Something of a library.
    Api(Symbol),
}

/// What a value may refer to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Ref {
    /// A function with what it captured.
    Func(FuncId, Arc<[Value]>),
    /// A method with the object it is bound to.
    Bound(FuncId, Arc<Value>),
    /// A class.
    Class(ClassId),
    /// An instance of a class, nobody knows which.
    Instance(ClassId),
    /// A module of the project.
    Module(FileId),
    /// Something outside the project.
    Api(Symbol),
    /// An object of the heap.
    Obj(ObjId),
    /// What this is, callers know.
    Sym(Label),
    /// `functools.partial(function, ...)`
    Partial(Arc<Partial>),
    /// A method of something without a class of its own.
    Method(Arc<Value>, Symbol),
    /// `super()` in a method of this class.
    Super(ClassId, Arc<Value>),
    /// The entry of a table that a caller chooses.
    Entry(Arc<Entry>),
}

/// An entry of a table whose key only a caller knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: Label,
    pub(crate) table: Vec<(Const, Value)>,
}

/// A call that lacks arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Partial {
    pub(crate) function: Value,
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Symbol, Value)>,
}

impl Ref {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Func(a, x), Self::Func(b, y)) => {
                a == b && (Arc::ptr_eq(x, y) || (x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| x.same(y))))
            }
            (Self::Bound(a, x), Self::Bound(b, y)) => a == b && x.same(y),
            (Self::Class(a), Self::Class(b)) | (Self::Instance(a), Self::Instance(b)) => a == b,
            (Self::Module(a), Self::Module(b)) => a == b,
            (Self::Api(a), Self::Api(b)) => a == b,
            (Self::Obj(a), Self::Obj(b)) => a == b,
            (Self::Sym(a), Self::Sym(b)) => a == b,
            (Self::Partial(a), Self::Partial(b)) => Arc::ptr_eq(a, b) || a.function.same(&b.function),
            (Self::Method(a, x), Self::Method(b, y)) => x == y && a.same(b),
            (Self::Super(a, x), Self::Super(b, y)) => a == b && x.same(y),
            (Self::Entry(a), Self::Entry(b)) => a.key == b.key && a.table.len() == b.table.len(),
            _ => false,
        }
    }
}

/// A piece of a string.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Part {
    Text(Symbol),
    Value(Value),
}

/// What kind of container or object a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shape {
    List,
    Tuple,
    Set,
    Dict,
    /// What can be gone through once.
    Iterator,
    Instance(ClassId),
    /// Whatever has attributes.
    Other,
}

/// An object without identity, as it is handed between functions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) shape: Shape,
    /// Sorted.
    pub(crate) fields: Vec<(Seg, Value)>,
    /// Elements that are not known by key.
    pub(crate) rest: Value,
    /// Of a list or tuple whose elements are all known: how many there are.
    pub(crate) len: Option<i32>,
}

/// What a truth value says about other values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Check {
    /// What was checked.
    pub(crate) target: Value,
    /// When it holds.
    pub(crate) when: bool,
    /// What is clean then.
    pub(crate) kinds: Kinds,
    /// What it is then.
    pub(crate) consts: Option<SmallVec<[Const; 1]>>,
    /// Why it does not hold what it promises.
    pub(crate) weak: Option<Symbol>,
    /// What else is known of it then.
    pub(crate) flags: Flags,
}

impl Check {
    /// The value is clean of these kinds when the check is true (or false).
    pub(crate) fn clean(target: Value, when: bool, kinds: Kinds) -> Self {
        Self { target, when, kinds, consts: None, weak: None, flags: Flags::default() }
    }

    /// The value passed a check that does not hold what it promises.
    pub(crate) fn weak(target: Value, when: bool, weak: Symbol) -> Self {
        Self { weak: Some(weak), ..Self::clean(target, when, Kinds::NONE) }
    }

    /// Something else is known of the value when the check is true (or false).
    pub(crate) fn flags(target: Value, when: bool, flags: Flags) -> Self {
        Self { flags, ..Self::clean(target, when, Kinds::NONE) }
    }

    /// What it clears of its target: what lies in a directory is clean if it was normalised before.
    pub(crate) fn clears(&self) -> Kinds {
        let facts = self.target.facts();
        let flags = |fact: &Fact| fact.flags.with(self.flags);
        if !self.flags.is_empty() && !facts.is_empty() && facts.iter().all(|fact| flags(fact).is_confined()) {
            self.kinds.union(Kinds::PATH)
        } else {
            self.kinds
        }
    }

    /// Whether it says the same of the same value.
    fn same(&self, other: &Self) -> bool {
        self.target.is(&other.target)
            && self.when == other.when
            && self.kinds == other.kinds
            && self.consts == other.consts
            && self.weak == other.weak
            && self.flags == other.flags
    }
}

/// How a value was made of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// It says the same: stripped, decoded, in lower case, in a `Path`.
    Same,
    /// The same file, absolute and without `..`.
    Normalized,
    /// The host of the URL.
    Host,
    /// The URL in pieces.
    Parsed,
    /// What two paths have in common.
    Common,
    /// A code of the message that only who has the key can make.
    Signed,
    /// The directories that a path lies in.
    Parents,
    /// The components of a path.
    Components,
    /// Any element, one after the other: a character of a text.
    Element,
}

/// Everything that is known of a value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Data {
    /// One a label, in the order in which they were met.
    pub(crate) facts: Facts,
    pub(crate) refs: SmallVec<[Ref; 2]>,
    /// Sorted; none when it may be anything.
    pub(crate) consts: Option<SmallVec<[Const; 1]>>,
    pub(crate) parts: Option<Arc<[Part]>>,
    pub(crate) tree: Option<Arc<Tree>>,
    pub(crate) checks: SmallVec<[Arc<Check>; 0]>,
    pub(crate) derived: Option<(Value, How)>,
    /// Whether it may be one thing or another.
    pub(crate) either: bool,
}

impl Data {
    /// Whether it is the same for every caller.
    pub(crate) fn is_closed(&self) -> bool {
        self.facts.is_empty()
            && self.tree.is_none()
            && self.parts.is_none()
            && self.refs.iter().all(|r| match r {
                Ref::Class(_) | Ref::Instance(_) | Ref::Module(_) | Ref::Api(_) => true,
                Ref::Func(_, captured) => captured.is_empty(),
                _ => false,
            })
    }
}

/// A value; nothing is known of the default one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Value(Option<Arc<Data>>);

static NOTHING: LazyLock<Data> = LazyLock::new(Data::default);

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        let plain = data.facts.is_empty()
            && data.refs.is_empty()
            && data.consts.is_none()
            && data.parts.is_none()
            && data.tree.is_none()
            && data.checks.is_empty()
            && data.derived.is_none();
        if plain { Self(None) } else { Self(Some(Arc::new(data))) }
    }
}

impl Value {
    pub(crate) fn constant(value: Const) -> Self {
        let data = Data { consts: Some(SmallVec::from_buf([value])), ..Data::default() };
        Self(Some(Arc::new(data)))
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::constant(Const::Str(Symbol::new(text)))
    }

    pub(crate) fn reference(reference: Ref) -> Self {
        let mut data = Data::default();
        data.refs.push(reference);
        Self(Some(Arc::new(data)))
    }

    pub(crate) fn of_facts(facts: Facts) -> Self {
        Data { facts, ..Data::default() }.into()
    }

    /// The data, which other values may share.
    pub(crate) fn shared(&self) -> Option<&Arc<Data>> {
        self.0.as_ref()
    }

    pub(crate) fn of_shared(data: Arc<Data>) -> Self {
        Self(Some(data))
    }

    pub(crate) fn data(&self) -> &Data {
        self.0.as_deref().unwrap_or(&NOTHING)
    }

    /// The data to change; shared ones are copied.
    pub(crate) fn to_mut(&mut self) -> &mut Data {
        Arc::make_mut(self.0.get_or_insert_with(Arc::default))
    }

    pub(crate) fn facts(&self) -> &[Fact] {
        &self.data().facts
    }

    pub(crate) fn refs(&self) -> &[Ref] {
        &self.data().refs
    }

    /// The constants that it may be; none when it may be anything.
    pub(crate) fn consts(&self) -> Option<&[Const]> {
        self.data().consts.as_deref()
    }

    /// The one constant that it is.
    pub(crate) fn only(&self) -> Option<Const> {
        if let [only] = self.consts()? { Some(*only) } else { None }
    }

    /// The one string that it is.
    pub(crate) fn only_str(&self) -> Option<&'static str> {
        if let Const::Str(text) = self.only()? { Some(text.as_str()) } else { None }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is this very value, not only one like it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The same without what it was made of.
    pub(crate) fn without_making(&self) -> Self {
        let data = self.data();
        if data.checks.is_empty() && data.derived.is_none() && !data.either {
            return self.clone();
        }
        Data { checks: SmallVec::new(), derived: None, either: false, ..data.clone() }.into()
    }

    /// The same as far as it can be called or looked into, without the data in it and in what it captured.
    pub(crate) fn without_facts(&self) -> Self {
        if self.is_nothing() {
            return self.clone();
        }
        let all = |values: &[Self]| values.iter().map(Self::without_facts).collect::<Vec<_>>();
        let refs = self.refs().iter().map(|reference| match reference {
            Ref::Func(func, captured) => Ref::Func(*func, all(captured).into()),
            Ref::Bound(func, receiver) => Ref::Bound(*func, Arc::new(receiver.without_facts())),
            Ref::Method(receiver, name) => Ref::Method(Arc::new(receiver.without_facts()), *name),
            Ref::Super(class, receiver) => Ref::Super(*class, Arc::new(receiver.without_facts())),
            Ref::Partial(partial) => Ref::Partial(Arc::new(Partial {
                function: partial.function.without_facts(),
                positional: all(&partial.positional),
                keywords: partial.keywords.iter().map(|(name, value)| (*name, value.without_facts())).collect(),
            })),
            other => other.clone(),
        });
        let tree = self.data().tree.as_ref().map(|tree| {
            let fields = tree.fields.iter().map(|(seg, value)| (*seg, value.without_facts())).collect();
            Arc::new(Tree { fields, rest: tree.rest.without_facts(), ..(**tree).clone() })
        });
        let consts = self.data().consts.clone();
        Data { refs: refs.collect(), consts, tree, either: self.data().either, ..Data::default() }.into()
    }

    /// Its truth, when that is known.
    pub(crate) fn truth(&self) -> Option<bool> {
        let consts = self.consts()?;
        let first = consts.first()?.is_true();
        consts.iter().all(|value| value.is_true() == first).then_some(first)
    }

    /// Equal but for the ways that facts took.
    pub(crate) fn same(&self, other: &Self) -> bool {
        if self.is(other) {
            return true;
        }
        let (a, b) = (self.data(), other.data());
        a.facts.len() == b.facts.len()
            && a.refs.len() == b.refs.len()
            && a.consts == b.consts
            && a.tree.is_some() == b.tree.is_some()
            && a.parts.as_ref().map(|p| p.len()) == b.parts.as_ref().map(|p| p.len())
            && a.checks.len() == b.checks.len()
            && a.either == b.either
            && a.facts.iter().zip(&b.facts).all(|(x, y)| x.same(y) || b.facts.iter().any(|y| x.same(y)))
            && a.refs.iter().zip(&b.refs).all(|(a, b)| a.same(b))
            && match (&a.tree, &b.tree) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b) || same_tree(a, b),
                _ => true,
            }
    }

    pub(crate) fn add_fact(&mut self, fact: Fact) {
        add_fact(&mut self.to_mut().facts, fact);
    }

    pub(crate) fn add_ref(&mut self, reference: Ref) {
        let refs = &mut self.to_mut().refs;
        if refs.len() < MAX_REFS && !refs.iter().any(|known| known.same(&reference)) {
            refs.push(reference);
        }
    }

    /// What is known when it is this or that.
    pub(crate) fn join(&self, other: &Self) -> Self {
        if self.is(other) || (self.is_nothing() && other.is_nothing()) {
            return self.clone();
        }
        if self.takes_in(other) {
            return self.clone();
        }
        let (a, b) = (self.data(), other.data());
        let mut out = Data { facts: with_room(&a.facts, &b.facts), refs: a.refs.clone(), ..Data::default() };
        out.either = a.either || b.either || a.tree.is_some() != b.tree.is_some() || !same_refs(&a.refs, &b.refs);
        for fact in &b.facts {
            copy_fact(&mut out.facts, fact);
        }
        for reference in &b.refs {
            if out.refs.len() < MAX_REFS && !out.refs.iter().any(|known| known.same(reference)) {
                out.refs.push(reference.clone());
            }
        }
        out.consts = match (&a.consts, &b.consts) {
            (Some(x), Some(y)) => {
                let mut all = x.clone();
                for value in y {
                    if let Err(at) = all.binary_search(value) {
                        all.insert(at, *value);
                    }
                }
                (all.len() <= MAX_CONSTS).then_some(all)
            }
            _ => None,
        };
        out.parts = match (&a.parts, &b.parts) {
            (Some(x), Some(y)) if Arc::ptr_eq(x, y) => Some(Arc::clone(x)),
            // The one that carries something decides how it is looked at.
            (Some(x), _) if b.facts.is_empty() && !a.facts.is_empty() => Some(Arc::clone(x)),
            (_, Some(y)) if a.facts.is_empty() && !b.facts.is_empty() => Some(Arc::clone(y)),
            _ => None,
        };
        out.tree = match (&a.tree, &b.tree) {
            (Some(x), Some(y)) if Arc::ptr_eq(x, y) => Some(Arc::clone(x)),
            (Some(x), Some(y)) => Some(Arc::new(join_trees(x, y))),
            (Some(x), None) | (None, Some(x)) => Some(Arc::clone(x)),
            (None, None) => None,
        };
        if let (Some((x, how)), Some((y, other))) = (&a.derived, &b.derived)
            && how == other
            && x.is(y)
        {
            out.derived = Some((x.clone(), *how));
        }
        out.checks = join_checks(self, other);
        let out = out.into();
        // A check of the one is a check of both where the other is only known to be clean of more.
        for side in [self, other] {
            if side.same(&out) && side.same_making(&out) {
                return side.clone();
            }
        }
        out
    }

    /// Whether joining it with another value gives just itself, as far as that shows at once. Most values that meet know
    /// the same, and to find that out costs less than to make a new one.
    fn takes_in(&self, other: &Self) -> bool {
        let (a, b) = (self.data(), other.data());
        let tells = !a.facts.is_empty() || !a.refs.is_empty() || a.consts.is_some() || self.is_nothing();
        let facts = |theirs: &Fact| match a.facts.iter().find(|mine| mine.label == theirs.label) {
            Some(mine) => {
                mine.cleaned.intersect(theirs.cleaned) == mine.cleaned
                    && mine.flags.join(theirs.flags) == mine.flags
                    && (mine.weak.is_some() || theirs.weak.is_none())
            }
            None => a.facts.len() >= MAX_FACTS,
        };
        let refs = |theirs: &Ref| a.refs.len() >= MAX_REFS || a.refs.iter().any(|mine| mine.same(theirs));
        tells
            && a.checks.is_empty()
            && b.checks.is_empty()
            && match (&a.consts, &b.consts) {
                (Some(mine), Some(theirs)) => {
                    mine.len() <= MAX_CONSTS && theirs.iter().all(|one| mine.binary_search(one).is_ok())
                }
                (mine, _) => mine.is_none(),
            }
            && match (&a.tree, &b.tree) {
                (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
                (mine, theirs) => mine.is_none() == theirs.is_none(),
            }
            && match (&a.parts, &b.parts) {
                (Some(mine), Some(theirs)) if Arc::ptr_eq(mine, theirs) => true,
                (Some(_), _) => b.facts.is_empty() && !a.facts.is_empty(),
                (None, theirs) => theirs.is_none() || !a.facts.is_empty() || b.facts.is_empty(),
            }
            && match (&a.derived, &b.derived) {
                (Some((mine, how)), Some((theirs, other))) => how == other && mine.is(theirs),
                (mine, _) => mine.is_none(),
            }
            && (a.either || (!b.either && same_refs(&a.refs, &b.refs)))
            && b.facts.iter().all(facts)
            && b.refs.iter().all(refs)
    }

    /// Whether it was made of the same.
    fn same_making(&self, other: &Self) -> bool {
        let (a, b) = (self.data(), other.data());
        let derived = match (&a.derived, &b.derived) {
            (Some((x, how)), Some((y, other))) => how == other && x.is(y),
            (None, None) => true,
            _ => false,
        };
        let parts = match (&a.parts, &b.parts) {
            (Some(x), Some(y)) => Arc::ptr_eq(x, y),
            (None, None) => true,
            _ => false,
        };
        derived && parts && a.checks.iter().zip(&b.checks).all(|(x, y)| x.same(y))
    }

    /// All facts, those of elements of a tree too.
    pub(crate) fn deep_facts(&self, out: &mut Facts, depth: u32, budget: &mut u32) {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        for fact in self.facts() {
            copy_fact(out, fact);
        }
        if let Some(tree) = &self.data().tree
            && depth > 0
        {
            for (_, value) in tree.fields.iter().filter(|(_, value)| !value.is_nothing()) {
                value.deep_facts(out, depth - 1, budget);
            }
            tree.rest.deep_facts(out, depth - 1, budget);
        }
    }

    /// The same facts with something done to each.
    pub(crate) fn map_facts(&self, mut change: impl FnMut(&mut Fact)) -> Self {
        self.map_facts_with(&mut change)
    }

    fn map_facts_with(&self, change: &mut dyn FnMut(&mut Fact)) -> Self {
        if self.facts().is_empty() {
            return self.clone();
        }
        let mut out = self.clone();
        for fact in &mut out.to_mut().facts {
            change(fact);
        }
        if let Some(parts) = &self.data().parts {
            let parts = parts.iter().map(|part| match part {
                Part::Text(text) => Part::Text(*text),
                Part::Value(value) => Part::Value(value.map_facts_with(change)),
            });
            out.to_mut().parts = Some(parts.collect());
        }
        out
    }

    /// The pieces of a string: of one without, itself.
    pub(crate) fn parts(&self) -> Vec<Part> {
        if let Some(parts) = &self.data().parts {
            return parts.to_vec();
        }
        match self.only() {
            Some(Const::Str(text) | Const::Bytes(text)) => vec![Part::Text(text)],
            _ => vec![Part::Value(self.clone())],
        }
    }
}

/// A copy of some facts, with room for those of others that are not among them.
fn with_room(facts: &[Fact], more: &[Fact]) -> Facts {
    let new = more.iter().filter(|fact| !facts.iter().any(|known| known.label == fact.label)).count();
    let mut out = SmallVec::with_capacity((facts.len() + new).min(MAX_FACTS));
    out.extend(facts.iter().cloned());
    out
}

pub(crate) fn add_fact(facts: &mut Facts, fact: Fact) {
    let Fact { label, cleaned, flags, weak, step } = fact;
    add_fact_by(facts, label, (cleaned, flags, weak), || step);
}

/// The same with one that is somebody else's: it is copied only where it is new.
pub(crate) fn copy_fact(facts: &mut Facts, fact: &Fact) {
    add_fact_by(facts, fact.label, (fact.cleaned, fact.flags, fact.weak), || Arc::clone(&fact.step));
}

/// The same with one whose last step is made only where it is new.
pub(crate) fn add_fact_by(
    facts: &mut Facts,
    label: Label,
    (cleaned, flags, weak): (Kinds, Flags, Option<Symbol>),
    step: impl FnOnce() -> StepRef,
) {
    if let Some(known) = facts.iter_mut().find(|known| known.label == label) {
        known.cleaned = known.cleaned.intersect(cleaned);
        known.flags = known.flags.join(flags);
        known.weak = known.weak.or(weak);
    } else if facts.len() < MAX_FACTS {
        facts.push(Fact { label, cleaned, flags, weak, step: step() });
    }
}

/// The checks that hold whichever of two values it is.
fn join_checks(a: &Value, b: &Value) -> SmallVec<[Arc<Check>; 0]> {
    let mut out: SmallVec<[Arc<Check>; 0]> = SmallVec::new();
    for (from, twin) in [(a, b), (b, a)] {
        for check in &from.data().checks {
            // The other one cannot be the outcome, or says the same.
            let holds = twin.truth() == Some(!check.when) || twin.data().checks.iter().any(|known| known.same(check));
            if holds && !out.iter().any(|known| known.same(check)) {
                out.push(Arc::clone(check));
            }
        }
    }
    out
}

fn same_refs(a: &[Ref], b: &[Ref]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
}

fn same_tree(a: &Tree, b: &Tree) -> bool {
    a.shape == b.shape
        && a.len == b.len
        && a.fields.len() == b.fields.len()
        && a.rest.same(&b.rest)
        && a.fields.iter().zip(&b.fields).all(|((x, v), (y, w))| x == y && v.same(w))
}

pub(crate) fn join_trees(a: &Tree, b: &Tree) -> Tree {
    let keep = a.len == b.len;
    let mut out = Tree {
        shape: if a.shape == b.shape { a.shape } else { Shape::Other },
        fields: Vec::new(),
        rest: a.rest.join(&b.rest),
        len: if keep { a.len } else { None },
    };
    let all = a.fields.iter().map(|field| (field, b)).chain(b.fields.iter().map(|field| (field, a)));
    for ((seg, value), other) in all {
        // Of lists, what only one has at a place is among the rest.
        let ordered = matches!(seg, Seg::Index(_)) && matches!(out.shape, Shape::List | Shape::Tuple);
        let alone = ordered && other.fields.binary_search_by(|(known, _)| known.cmp(seg)).is_err();
        if alone || (!keep && matches!(seg, Seg::Index(_))) {
            out.rest = out.rest.join(value);
            continue;
        }
        match out.fields.binary_search_by(|(known, _)| known.cmp(seg)) {
            Ok(at) => out.fields[at].1 = out.fields[at].1.join(value),
            Err(at) => out.fields.insert(at, (*seg, value.clone())),
        }
    }
    out
}
