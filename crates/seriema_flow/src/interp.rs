//! Goes through a function once, forwards, with everything that is known at each point.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;
use seriema_program::ir::{
    CompareOp, Expr, ExprId, FileIr, Function, FunctionKind, List, ParameterKind, Pattern, Stmt,
};
use smallvec::SmallVec;

use crate::access::Seg;
use crate::env::{Env, MAX_TREE};
use crate::eval::SENT;
use crate::field::Fields;
use crate::memo::Dep;
use crate::note::Note;
use crate::patch::{Patched, Patches, name_of};
use crate::probe::Probe;
use crate::project::{ClassId, FileId, FuncId, Project, Static};
use crate::step::{Step, Why};
use crate::stored::{Anchors, Version};
use crate::summaries::Summaries;
use crate::summary::{Clean, Effect, Entry, Hit, OpenCall, Raise, Raised, Site, Summary};
use crate::value::{Base, Check, Fact, Flags, Label, ObjId, Ref, Value};
use crate::when::Conditions;

/// Expressions of one function that are looked at, each as often as loops ask for it.
const MAX_WORK: u32 = 12_000;
/// The same when functions that call each other are looked at again: what they do with what they call is known by then, and
/// what is still growing grows without end.
const MAX_WORK_AGAIN: u32 = 2_000;
/// The same for each expression of the file of a module's or class's body, on top.
const MAX_WORK_EXPRESSION: u32 = 2;
/// Times that a loop's body is gone through.
const MAX_ITERATIONS: usize = 4;
/// Sinks of one function that callers are told of.
pub(crate) const MAX_HITS: usize = 32;
/// Calls of one function that callers have to resolve.
pub(crate) const MAX_OPEN_CALLS: usize = 12;
/// Writes of one function that callers are told of.
const MAX_EFFECTS: usize = 32;

/// The source that an exception of a class is which its handler names.
pub(crate) const EXPECTED: &str = "expected exception";
/// Ways to return that are kept apart.
const MAX_WAYS: usize = 8;
/// Classes of exceptions of one function that callers are told of.
const MAX_RAISES: usize = 6;

/// Where a loop is left.
#[derive(Default)]
struct Loop {
    breaks: Vec<Env>,
    continues: Vec<Env>,
    /// The variables where the body begins.
    head: Rc<Vec<Option<Value>>>,
    /// Those that were read before the body assigned to them.
    carried: Vec<bool>,
}

impl Loop {
    fn new(head: &Env) -> Self {
        let carried = vec![false; head.slots.len()];
        Self { head: Rc::clone(&head.slots), carried, ..Self::default() }
    }

    /// Whether going through the body once more says nothing new: whatever it changed, it does not look at before it
    /// assigns to it again.
    fn is_settled(&self, head: &Env, next: &Env) -> bool {
        let slots = head.slots.iter().zip(next.slots.iter()).zip(&self.carried);
        let same = |(before, after): (&Option<Value>, &Option<Value>)| match (before, after) {
            (Some(before), Some(after)) => before.same(after),
            (before, after) => before.is_none() && after.is_none(),
        };
        head.dead == next.dead
            && slots.into_iter().all(|((before, after), carried)| !carried || same((before, after)))
            && (next.heap.is(&head.heap)
                || next.heap.iter().all(|(id, after)| match head.heap.get(id) {
                    Some(before) => Rc::ptr_eq(before, after) || before.same(after),
                    None => matches!(id, ObjId::Made(..)),
                }))
    }
}

/// What a function returned, and what was clean there.
struct Returned {
    value: Value,
    cleans: Vec<Clean>,
    conditions: Conditions,
}

/// The summaries that are known when a function is looked at.
pub(crate) struct Known<'p> {
    pub(crate) summaries: &'p Summaries,
    pub(crate) entries: &'p FxHashMap<FuncId, Vec<Entry>>,
    /// Whether functions were looked at often enough to know what they do.
    pub(crate) again: bool,
    /// Functions that turned out to be ways in after they were looked at.
    pub(crate) fresh: &'p FxHashSet<FuncId>,
    pub(crate) patches: &'p Patches,
    /// Attributes of instances that methods of a class write.
    pub(crate) fields: &'p Fields,
    /// The versions of all that, where looks are kept.
    pub(crate) versions: Option<Versions<'p>>,
}

/// Versions of summaries and of the names that bodies bind.
pub(crate) struct Versions<'p> {
    pub(crate) project: &'p Project,
    pub(crate) anchors: &'p Arc<Anchors>,
    pub(crate) summaries: &'p [Version],
    pub(crate) notes: &'p [Arc<Note>],
}

impl Known<'_> {
    /// Whether a function was looked at often enough to know what it does.
    pub(crate) fn is_again(&self, func: FuncId) -> bool {
        self.again && !self.fresh.contains(&func)
    }

    /// The version of something that a look may rest on.
    pub(crate) fn version(&self, dep: Dep) -> Version {
        let Some(versions) = &self.versions else { return Version::ABSENT };
        match dep {
            Dep::Summary(func) => versions.summaries[func.0 as usize],
            Dep::Export(body, name) => versions.notes[body.0 as usize].export(name),
            Dep::Patch(name) => self.patches.version(versions.anchors, name),
            Dep::Field(class, name) => self.fields.version(versions.anchors, class, name),
            Dep::Signature(func) => Version::of_places(versions.project.function(func)),
        }
    }

    /// The version of the ways into a function.
    pub(crate) fn entries_version(&self, func: FuncId) -> Version {
        let entries = self.versions.as_ref().zip(self.entries.get(&func));
        entries.map_or(Version::ABSENT, |(versions, entries)| Version::of(versions.anchors, entries))
    }
}

/// What came of a look at a function.
pub(crate) struct Analysed {
    pub(crate) summary: Summary,
    pub(crate) note: Note,
    /// What it rested on, sorted; empty unless looks are kept.
    pub(crate) deps: Vec<Dep>,
    pub(crate) probe: Option<Box<Probe>>,
}

pub(crate) struct Interp<'p> {
    pub(crate) project: &'p Project,
    pub(crate) known: &'p Known<'p>,
    pub(crate) file_id: FileId,
    pub(crate) file: &'p FileIr,
    pub(crate) func: FuncId,
    pub(crate) function: &'p Function,
    pub(crate) class: Option<ClassId>,
    pub(crate) out: Summary,
    pub(crate) depends: FxHashSet<FuncId>,
    /// Names of modules and classes that were looked at.
    pub(crate) uses: FxHashSet<(FuncId, Symbol)>,
    /// Attributes that were looked at.
    pub(crate) fields: FxHashSet<(ClassId, Symbol)>,
    /// Names under which others may have put something.
    pub(crate) reads: FxHashSet<Symbol>,
    loops: Vec<Loop>,
    returned: Vec<Returned>,
    yielded: Option<Value>,
    /// Where a `try` catches: states from which something may raise.
    raising: Vec<Vec<Env>>,
    /// And what they raise.
    thrown: Vec<Vec<Raise>>,
    /// What holds of what callers give where the statement stands.
    pub(crate) conditions: Conditions,
    /// Whether a source was met.
    sourced: std::cell::Cell<bool>,
    work: u32,
    max_work: u32,
    pub(crate) in_loop: u32,
    pub(crate) call_depth: u32,
    /// Calls within the call that is looked at.
    pub(crate) inner_calls: u32,
    /// The functions whose summaries are being put in, outermost first.
    pub(crate) active: Vec<FuncId>,
    /// Whether a framework is calling, for what it then gives to a way in.
    pub(crate) injecting: bool,
    /// Calls of functions that were not looked at yet.
    pub(crate) missing: u32,
    parameters: Vec<(u16, Value)>,
    /// What the look rests on, where looks are kept.
    deps: RefCell<FxHashSet<Dep>>,
    /// Writes down what is seen; none unless somebody asks.
    pub(crate) probe: Option<Box<Probe>>,
}

/// Looks at one function.
pub(crate) fn analyse(project: &Project, known: &Known<'_>, func: FuncId) -> Analysed {
    analyse_noting(project, known, func, None)
}

/// Looks at one function, and writes down what is seen.
pub(crate) fn analyse_noting(
    project: &Project,
    known: &Known<'_>,
    func: FuncId,
    probe: Option<Box<Probe>>,
) -> Analysed {
    let (file_id, _) = project.funcs[func.0 as usize];
    let file = project.file(file_id);
    let function = project.function(func);
    let mut interp = Interp {
        project,
        known,
        file_id,
        file,
        func,
        function,
        class: function.class.map(|class| project.class_id(file_id, class)),
        out: Summary::default(),
        depends: FxHashSet::default(),
        reads: FxHashSet::default(),
        uses: FxHashSet::default(),
        fields: FxHashSet::default(),
        deps: RefCell::default(),
        loops: Vec::new(),
        returned: Vec::new(),
        yielded: None,
        raising: Vec::new(),
        thrown: Vec::new(),
        conditions: Conditions::new(),
        sourced: std::cell::Cell::new(false),
        work: 0,
        max_work: most_work(file, function, known.is_again(func)),
        in_loop: 0,
        call_depth: 0,
        inner_calls: 0,
        active: Vec::new(),
        injecting: false,
        missing: 0,
        parameters: Vec::new(),
        probe,
    };
    interp.run();
    interp.out.sourced = interp.sourced.get();
    let note = Note {
        depends: sorted(interp.depends),
        reads: sorted(interp.reads),
        uses: sorted(interp.uses),
        fields: sorted(interp.fields),
        ..Note::of(&interp.out)
    };
    Analysed { summary: interp.out, note, deps: sorted(interp.deps.into_inner()), probe: interp.probe }
}

/// The work that a function may cost. Bodies of modules and classes are as long as what they define.
fn most_work(file: &FileIr, function: &Function, again: bool) -> u32 {
    let most = if again { MAX_WORK_AGAIN } else { MAX_WORK };
    match function.kind {
        FunctionKind::Module | FunctionKind::ClassBody => {
            let expressions = u32::try_from(file.exprs.len()).unwrap_or(u32::MAX);
            most.saturating_add(expressions.saturating_mul(MAX_WORK_EXPRESSION))
        }
        _ => most,
    }
}

fn sorted<T: Ord>(set: FxHashSet<T>) -> Vec<T> {
    let mut all: Vec<T> = set.into_iter().collect();
    all.sort_unstable();
    all
}

impl<'p> Interp<'p> {
    pub(crate) fn rests_on(&self, dep: Dep) {
        if self.known.versions.is_some() {
            self.deps.borrow_mut().insert(dep);
        }
    }

    /// What a function does.
    pub(crate) fn summary(&self, func: FuncId) -> Option<&'p Arc<Summary>> {
        self.rests_on(Dep::Summary(func));
        self.known.summaries.get(func)
    }

    /// What a module's or class's body binds to a name.
    pub(crate) fn export(&self, body: FuncId, name: Symbol) -> Option<&'p Value> {
        self.rests_on(Dep::Export(body, name));
        self.known.summaries.get(body)?.exports.get(&name)
    }

    /// What was put into a registry or class.
    pub(crate) fn patches(&self, base: Base) -> Option<&'p [Patched]> {
        self.rests_on(Dep::Patch(name_of(base)?));
        self.known.patches.get(base)
    }

    /// Whether methods of a class write an attribute of its instances.
    pub(crate) fn has_field(&self, class: ClassId, name: Symbol) -> bool {
        self.rests_on(Dep::Field(class, name));
        self.known.fields.has(class, name)
    }

    /// What methods of a class say of what an attribute is.
    pub(crate) fn field_types(&self, class: ClassId, name: Symbol) -> Value {
        self.rests_on(Dep::Field(class, name));
        self.known.fields.types(class, name)
    }

    fn run(&mut self) {
        let mut env = Env { slots: Rc::new(vec![None; self.function.locals.len()]), ..Env::default() };
        self.bind_parameters(&mut env);
        self.block(self.function.body, &mut env);
        let end = !env.dead;
        if end {
            let cleans = self.cleaned_parameters(&env);
            if !self.function.kind.is_body() {
                let conditions = env.conditions.clone();
                self.returned.push(Returned { value: Value::constant(crate::value::Const::None), cleans, conditions });
            }
        }
        self.finish(env);
    }

    fn bind_parameters(&mut self, env: &mut Env) {
        let entries: &[Entry] = self.known.entries.get(&self.func).map_or(&[], Vec::as_slice);
        let traits = self.project.traits[self.func.0 as usize];
        let is_method = self.class.is_some() && !traits.statical;
        let django = self.project.imports[self.file_id.0 as usize].contains(&symbol!("django"));
        let mut captured = 0;
        for (position, parameter) in self.function.parameters.iter().enumerate() {
            let label = Label::whole(Base::Param(parameter.slot));
            let span = parameter.span();
            let step = Step::first(self.file_id, span, Why::Parameter);
            let mut value = Value::reference(Ref::Sym(label));
            value.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
            let mut typed = false;
            if let Some(class) = self.class
                && position == 0
                && is_method
            {
                value.add_ref(if traits.class_method { Ref::Class(class) } else { Ref::Instance(class) });
                typed = true;
            }
            let clean_type = match parameter.annotation {
                Some(annotation) => {
                    for found in self.project.static_expr(self.file_id, annotation, 8) {
                        match found {
                            Static::Class(class) => {
                                value.add_ref(Ref::Instance(class));
                            }
                            Static::Api(path) if !is_plain_type(path) => {
                                typed = true;
                                value.add_ref(Ref::Api(self.project.canonical(path.called())));
                            }
                            _ => {}
                        }
                    }
                    self.is_clean_type(annotation)
                }
                None => false,
            };
            let injected = if entries.is_empty() { None } else { self.injected(parameter, span, env) };
            if let Some(given) = &injected {
                value = value.join(given);
                typed = true;
            }
            let index = if is_method { position.wrapping_sub(1) } else { position };
            if parameter.kind == ParameterKind::Captured {
                // What a way in has from around it, nobody else gives.
                for known in entries.iter().filter_map(|entry| entry.captured.get(captured)) {
                    for reference in known.refs() {
                        if !matches!(reference, Ref::Sym(_)) {
                            value.add_ref(reference.clone());
                        }
                    }
                    if value.data().tree.is_none()
                        && let Some(tree) = &known.data().tree
                    {
                        value.to_mut().tree = Some(Arc::clone(tree));
                    }
                }
                captured += 1;
            }
            for entry in entries {
                if position < usize::from(entry.skip) || matches!(parameter.kind, ParameterKind::Captured) {
                    continue;
                }
                if let Some(path) = entry.types.get(index) {
                    let given = self.api(*path, span);
                    for reference in given.refs() {
                        value.add_ref(reference.clone());
                    }
                    for fact in given.facts() {
                        value.add_fact(fact.clone());
                    }
                    typed = true;
                } else if let Some(kind) = entry.parameters
                    && !typed
                    && !clean_type
                    && !entry.numbers.contains(&parameter.name)
                {
                    value.add_fact(self.source_fact(kind, span, parameter.name));
                }
            }
            if django && !typed && parameter.name.as_str() == "request" && position <= 1 {
                value.add_ref(Ref::Api(symbol!("django.http.HttpRequest()")));
            }
            if clean_type {
                value = value.map_facts(|fact| fact.cleaned = Kinds::ALL);
            }
            if parameter.kind != ParameterKind::Captured {
                self.parameters.push((parameter.slot, value.clone()));
            }
            self.note_parameter(parameter.slot, &value);
            env.set(parameter.slot, value);
        }
    }

    /// Whether values of an annotated type cannot do harm: numbers, enumerations, identifiers.
    fn is_clean_type(&self, annotation: ExprId) -> bool {
        let found = self.project.static_expr(self.file_id, annotation, 8);
        !found.is_empty()
            && found.iter().all(|found| match found {
                Static::Api(path) => matches!(
                    path.as_str(),
                    "builtins.int"
                        | "builtins.float"
                        | "builtins.bool"
                        | "uuid.UUID"
                        | "datetime.date"
                        | "datetime.datetime"
                        | "datetime.time"
                        | "decimal.Decimal"
                        | "ipaddress.IPv4Address"
                        | "typing.Literal"
                        | "typing_extensions.Literal"
                        | "pydantic.PositiveInt"
                ),
                Static::Class(class) => self.is_enum(*class),
                _ => false,
            })
    }

    pub(crate) fn is_enum(&self, class: ClassId) -> bool {
        self.project.class(class).api_bases.iter().any(|base| {
            matches!(
                base.as_str(),
                "enum.Enum"
                    | "enum.IntEnum"
                    | "enum.StrEnum"
                    | "enum.Flag"
                    | "enum.IntFlag"
                    | "django.db.models.TextChoices"
                    | "django.db.models.IntegerChoices"
            )
        })
    }

    pub(crate) fn source_fact(&self, kind: seriema_models::SourceKind, span: (u32, u32), what: Symbol) -> Fact {
        self.source_fact_in(self.file_id, kind, span, what)
    }

    /// The same of a place in another file.
    pub(crate) fn source_fact_in(
        &self,
        file: FileId,
        kind: seriema_models::SourceKind,
        span: (u32, u32),
        what: Symbol,
    ) -> Fact {
        if kind != seriema_models::SourceKind::Exception {
            self.sourced.set(true);
        }
        let base = Base::Source(kind, file, span.0, what);
        let step = Step::first(file, span, Why::Source(kind, what));
        Fact { label: Label::whole(base), cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step }
    }

    /// Whether there is still work to spend; once there is not, the function is left as it is.
    pub(crate) fn spend(&mut self) -> bool {
        self.spend_on(1)
    }

    /// The same for work of a known weight.
    pub(crate) fn spend_on(&mut self, weight: u32) -> bool {
        self.work = self.work.saturating_add(weight);
        if self.work > self.max_work {
            self.out.bounded = true;
        }
        self.work <= self.max_work
    }

    pub(crate) fn block(&mut self, body: List, env: &mut Env) {
        let file = self.file;
        for id in file.stmts_of(body) {
            if env.dead || !self.spend() {
                return;
            }
            self.statement(file.stmt(*id), env);
        }
    }

    /// Notes that from here a handler around may be reached.
    pub(crate) fn may_raise(&mut self, env: &Env) {
        if let Some(states) = self.raising.last_mut()
            && states.len() < 6
        {
            states.push(env.clone());
        }
    }

    /// Takes over on which ways the point lies that is looked at now.
    pub(crate) fn stands_at(&mut self, env: &Env) {
        self.conditions.clone_from(&env.conditions);
    }

    fn statement(&mut self, stmt: Stmt, env: &mut Env) {
        self.stands_at(env);
        match stmt {
            Stmt::Expr(expr) => {
                self.eval(expr, env);
            }
            Stmt::Assign(target, value) => {
                let value = self.eval(value, env);
                self.assign(target, value, env);
            }
            Stmt::Augment(target, op, operand) => {
                let before = self.eval(target, env);
                let operand = self.eval(operand, env);
                let span = self.file.span(target);
                let value = self.augment(op, &before, &operand, span, env);
                self.assign(target, value, env);
            }
            Stmt::Annotate(target, annotation) => {
                if let Expr::Local(slot) = self.file.expr(target)
                    && self.function.kind != FunctionKind::ClassBody
                    && env.slots.get(usize::from(slot)).is_none_or(Option::is_none)
                {
                    for found in self.project.static_expr(self.file_id, annotation, 8) {
                        if let Static::Class(class) = found {
                            env.set(slot, Value::reference(Ref::Instance(class)));
                        }
                    }
                }
            }
            Stmt::Delete(target) => self.delete(target, env),
            Stmt::If(test, then, orelse) => self.if_block(test, then, orelse, env),
            Stmt::While(test, body, orelse) => self.while_loop(test, body, orelse, env),
            Stmt::For(target, iter, body, orelse) => self.for_loop(target, iter, body, orelse, env),
            Stmt::Try(index) => self.try_block(index, env),
            Stmt::Match(index) => self.match_block(index, env),
            Stmt::With(item, target, body) => {
                let manager = self.eval(item, env);
                let span = self.file.span(item);
                let entered = self.enter(&manager, span, env);
                if let Some(target) = target {
                    self.assign(target, entered, env);
                }
                self.with_block(&manager, body, span, env);
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => {
                        let span = self.file.span(value);
                        let value = self.eval(value, env);
                        self.returned_to_client(&value, span, env);
                        value
                    }
                    None => Value::constant(crate::value::Const::None),
                };
                let cleans = self.cleaned_parameters(env);
                let checks = value.data().checks.clone();
                let derived = value.data().derived.clone();
                let mut value = env.export(&value, MAX_TREE);
                if !checks.is_empty() {
                    value.to_mut().checks = checks;
                }
                if let Some(derived) = derived
                    && derived.0.refs().iter().any(|r| matches!(r, Ref::Sym(_)))
                {
                    value.to_mut().derived = Some(derived);
                }
                self.returned.push(Returned { value, cleans, conditions: env.conditions.clone() });
                env.dead = true;
            }
            Stmt::Raise(value) => {
                if let Some(value) = value {
                    let value = self.eval(value, env);
                    self.raised(&value, env);
                    let kind = raised_kind(&value, env);
                    self.throw(kind, &value, 0, env);
                }
                self.may_raise(env);
                env.dead = true;
            }
            Stmt::Assert(test) => {
                let (yes, _) = self.split(test, env);
                *env = yes;
            }
            Stmt::Break => {
                if let Some(around) = self.loops.last_mut() {
                    around.breaks.push(env.clone());
                }
                env.dead = true;
            }
            Stmt::Continue => {
                if let Some(around) = self.loops.last_mut() {
                    around.continues.push(env.clone());
                }
                env.dead = true;
            }
            Stmt::ImportStar(module) => self.import_star(module, env),
        }
    }

    /// `from module import *` takes the place of what the module bound before by the same names.
    fn import_star(&mut self, module: Symbol, env: &mut Env) {
        let Some(from) = self.project.module(module.as_str()) else { return };
        for (slot, name) in (0_u16..).zip(&self.function.locals) {
            let bound = env.slots.get(usize::from(slot)).is_some_and(Option::is_some);
            if bound && self.project.exports_to_star(from, *name) {
                let value = self.global(from, *name, 6);
                env.set(slot, value);
            }
        }
    }

    /// What an exception of the project carries is found where it is caught, whoever that is.
    fn raised(&mut self, value: &Value, env: &Env) {
        for reference in value.refs() {
            let Ref::Obj(id) = reference else { continue };
            let Some(object) = env.object(*id).cloned() else { continue };
            let crate::value::Shape::Instance(class) = object.shape else { continue };
            for (seg, field) in &object.fields {
                if let Seg::Attr(name) = seg {
                    let base = Base::Field(class, *name);
                    self.store_cell(Label::whole(base), &field.value, env);
                }
            }
        }
    }

    /// Goes both ways of a condition; a way that is not taken is dead.
    pub(crate) fn split(&mut self, test: ExprId, env: &mut Env) -> (Env, Env) {
        match self.file.expr(test) {
            Expr::Not(inner) => {
                let (yes, no) = self.split(inner, env);
                return (no, yes);
            }
            Expr::And(list) | Expr::Or(list) => {
                let all = matches!(self.file.expr(test), Expr::And(_));
                let file = self.file;
                // Those on which it goes on, and those on which the answer is known.
                let mut on = env.clone();
                let mut off = Env { dead: true, ..Env::default() };
                for item in file.exprs_of(list) {
                    if on.dead {
                        break;
                    }
                    let (yes, no) = self.split(*item, &mut on);
                    let (next, leaves) = if all { (yes, no) } else { (no, yes) };
                    off.join(leaves);
                    on = next;
                }
                return if all { (on, off) } else { (off, on) };
            }
            _ => {}
        }
        let (value, held) = match self.file.expr(test) {
            Expr::Compare(op, left, right) => {
                self.stands_at(env);
                let left = self.eval(left, env);
                let right = self.eval(right, env);
                let value = self.compare(op, &left, &right, env);
                let members = match op {
                    CompareOp::In | CompareOp::NotIn => self.constant_members(&right, env),
                    _ => None,
                };
                (value, crate::when::of_comparison(op, &left, &right, members))
            }
            _ => {
                self.stands_at(env);
                let value = self.eval(test, env);
                let held = crate::when::of_truth(&value);
                (value, held)
            }
        };
        let (mut yes, mut no) = (env.clone(), env.clone());
        if let Some(held) = held {
            crate::when::add(&mut no.conditions, held.negated());
            crate::when::add(&mut yes.conditions, held);
        }
        match self.truth_of(&value, env) {
            Some(true) => no.dead = true,
            Some(false) => yes.dead = true,
            None => {
                self.refine(test, &value, true, &mut yes);
                self.refine(test, &value, false, &mut no);
            }
        }
        (yes, no)
    }

    /// `if`, and all `elif` after it: there may be thousands.
    fn if_block(&mut self, test: ExprId, then: List, orelse: List, env: &mut Env) {
        let (mut test, mut then, mut orelse) = (test, then, orelse);
        let mut taken = Vec::new();
        let mut no = loop {
            self.stands_at(env);
            let (mut yes, no) = self.split(test, env);
            self.block(then, &mut yes);
            taken.push(yes);
            let file = self.file;
            match file.stmts_of(orelse) {
                [only] if !no.dead && self.spend() => match file.stmt(*only) {
                    Stmt::If(inner, body, rest) => {
                        (test, then, orelse) = (inner, body, rest);
                        *env = no;
                    }
                    _ => break no,
                },
                _ => break no,
            }
        };
        self.block(orelse, &mut no);
        for mut yes in taken.into_iter().rev() {
            yes.join(no);
            no = yes;
        }
        *env = no;
    }

    fn while_loop(&mut self, test: ExprId, body: List, orelse: List, env: &mut Env) {
        self.loops.push(Loop::new(env));
        self.in_loop += 1;
        let mut head = env.clone();
        let mut exit = None;
        for round in 0..MAX_ITERATIONS {
            let (mut inside, outside) = self.split(test, &mut head);
            exit = Some(outside);
            if inside.dead {
                break;
            }
            self.block(body, &mut inside);
            let continues = self.loops.last_mut().map(|l| std::mem::take(&mut l.continues)).unwrap_or_default();
            for way in continues {
                inside.join(way);
            }
            // A condition that is constant at first need not be so later.
            let mut next = head.clone();
            next.join(inside);
            if next.same(&head) || round + 1 == MAX_ITERATIONS {
                break;
            }
            head = next;
            self.next_round(&head);
        }
        self.in_loop -= 1;
        let breaks = self.loops.pop().map(|l| l.breaks).unwrap_or_default();
        let mut exit = exit.unwrap_or_else(|| head.clone());
        self.block(orelse, &mut exit);
        for way in breaks {
            exit.join(way);
        }
        *env = exit;
    }

    fn for_loop(&mut self, target: ExprId, iter: ExprId, body: List, orelse: List, env: &mut Env) {
        let iterable = self.eval(iter, env);
        let span = self.file.span(iter);
        if self.is_empty(&iterable, env) {
            self.block(orelse, env);
            return;
        }
        self.loops.push(Loop::new(env));
        self.in_loop += 1;
        let mut head = env.clone();
        let mut checked = None;
        for _ in 0..MAX_ITERATIONS {
            let mut inside = head.clone();
            self.stands_at(&inside);
            let element = self.element(&iterable, span, &mut inside);
            self.assign(target, element, &mut inside);
            self.block(body, &mut inside);
            let continues = self.loops.last_mut().map(|l| std::mem::take(&mut l.continues)).unwrap_or_default();
            for way in continues {
                inside.join(way);
            }
            checked = self.checked_element(target, &iterable, &inside);
            let mut next = head.clone();
            next.join(inside);
            let settled = self.loops.last().is_some_and(|around| around.is_settled(&head, &next));
            if settled || next.same(&head) {
                head = next;
                break;
            }
            head = next;
            self.next_round(&head);
        }
        self.in_loop -= 1;
        if let Some(check) = checked {
            self.apply_check(&check, &mut head);
        }
        let breaks = self.loops.pop().map(|l| l.breaks).unwrap_or_default();
        self.block(orelse, &mut head);
        for way in breaks {
            head.join(way);
        }
        *env = head;
    }

    /// Begins the body of the innermost loop once more.
    fn next_round(&mut self, head: &Env) {
        if let Some(around) = self.loops.last_mut() {
            around.head = Rc::clone(&head.slots);
            around.carried.fill(false);
        }
    }

    /// A variable is read: whether that is what it was where the bodies of the loops around began.
    pub(crate) fn note_read(&mut self, slot: u16, value: Option<&Value>) {
        let at = usize::from(slot);
        for around in &mut self.loops {
            let Some(before) = around.head.get(at) else { continue };
            let same = match (before, value) {
                (Some(before), Some(value)) => before.is(value) || (before.is_nothing() && value.is_nothing()),
                (before, value) => before.is_none() && value.is_none(),
            };
            if same {
                around.carried[at] = true;
            }
        }
    }

    /// The block of a `with`, and what leaving it does.
    fn with_block(&mut self, manager: &Value, body: List, span: (u32, u32), env: &mut Env) {
        let suppresses =
            manager.refs().iter().any(|r| matches!(r, Ref::Api(path) if path.as_str() == "contextlib.suppress()"));
        if suppresses {
            self.raising.push(vec![env.clone()]);
            self.block(body, env);
            for state in self.raising.pop().unwrap_or_default() {
                env.join(state);
            }
            return;
        }
        self.block(body, env);
        if !env.dead {
            self.stands_at(env);
            self.leave(manager, span, env);
        }
    }

    /// What every element passed when a loop over all of them ended by itself: `for c in text: if not ...: raise`.
    fn checked_element(&self, target: ExprId, iterable: &Value, end: &Env) -> Option<Check> {
        let Expr::Local(slot) = self.file.expr(target) else { return None };
        if end.dead || iterable.facts().is_empty() {
            return None;
        }
        let element = end.get(slot);
        // Still the element, not something that was made of it.
        let Some((whole, crate::value::How::Element)) = &element.data().derived else { return None };
        if !whole.is(iterable) || element.facts().is_empty() {
            return None;
        }
        let kinds = element.facts().iter().fold(Kinds::ALL, |kinds, fact| kinds.intersect(fact.cleaned));
        (!kinds.is_empty()).then(|| Check::clean(iterable.clone(), true, kinds))
    }

    fn try_block(&mut self, index: u32, env: &mut Env) {
        let node = &self.file.tries[index as usize];
        let before = env.clone();
        self.raising.push(Vec::new());
        self.thrown.push(Vec::new());
        let returned = self.returned.len();
        self.block(node.body, env);
        let states = self.raising.pop().unwrap_or_default();
        let thrown = self.thrown.pop().unwrap_or_default();
        let mut caught = before;
        if !env.dead {
            caught.join(env.clone());
        }
        for state in states {
            caught.join(state);
        }
        self.block(node.orelse, env);
        for handler in &node.handlers {
            let mut inside = caught.clone();
            if let Some(target) = handler.target {
                let value = self.exception(handler.kind, target, &thrown);
                self.assign(target, value, &mut inside);
            }
            self.block(handler.body, &mut inside);
            env.join(inside);
        }
        // What no handler takes goes on.
        for raise in &thrown {
            if !node.handlers.iter().any(|handler| self.catches(handler.kind, raise.kind)) {
                self.throw(raise.kind, &raise.value, raise.depth, env);
            }
        }
        if !self.file.stmts_of(node.finally).is_empty() {
            let before = self.returned.len();
            let ends = if env.dead {
                // Whatever way the block is left, this is done.
                let mut inside = caught;
                inside.dead = false;
                self.block(node.finally, &mut inside);
                inside.dead
            } else {
                self.block(node.finally, env);
                env.dead
            };
            // A `return` in it takes the place of those before.
            if ends && self.returned.len() > before {
                self.returned.drain(returned..before);
            }
        }
    }

    /// What `except kind as name` binds.
    fn exception(&mut self, kind: Option<ExprId>, target: ExprId, thrown: &[Raise]) -> Value {
        let span = self.file.span(target);
        let mut own = false;
        let mut value = Value::default();
        if let Some(kind) = kind {
            let found = self.project.static_expr(self.file_id, kind, 8);
            for found in &found {
                if let Static::Class(class) = found {
                    own = true;
                    value.add_ref(Ref::Instance(*class));
                }
            }
        }
        if !own {
            // What says that an argument is wrong is often meant for whoever gave it.
            let found = kind.map(|kind| self.project.static_expr(self.file_id, kind, 8)).unwrap_or_default();
            let expected = !found.is_empty()
                && found.iter().all(|found| {
                    matches!(found, Static::Api(path) if matches!(path.as_str(),
                        "builtins.ValueError" | "builtins.TypeError" | "builtins.KeyError" | "builtins.LookupError"))
                });
            let what = if expected { EXPECTED } else { "exception" };
            value.add_fact(self.source_fact(seriema_models::SourceKind::Exception, span, Symbol::new(what)));
        }
        for raise in thrown {
            if self.catches(kind, raise.kind) {
                value = value.join(&raise.value);
            }
        }
        value
    }

    /// Whether there is a `try` around.
    pub(crate) fn catching(&self) -> bool {
        !self.thrown.is_empty()
    }

    /// Something is raised: to a `try` around, or to whoever called.
    pub(crate) fn throw(&mut self, kind: Raised, value: &Value, depth: u8, env: &Env) {
        let value = env.export(value, MAX_TREE);
        if value.is_nothing() {
            return;
        }
        let frame = match self.thrown.last_mut() {
            Some(frame) => frame,
            None => &mut self.out.raises,
        };
        match frame.iter().position(|known| known.kind == kind) {
            Some(at) => {
                let known = &mut frame[at];
                known.value = known.value.join(&value);
                known.depth = known.depth.min(depth);
            }
            None if frame.len() < MAX_RAISES => frame.push(Raise { kind, value, depth }),
            None => {}
        }
    }

    /// Whether a handler takes what was raised.
    fn catches(&self, handler: Option<ExprId>, raised: Raised) -> bool {
        let Some(handler) = handler else { return true };
        if let Expr::Display(_, list) = self.file.expr(handler) {
            return self.file.exprs_of(list).iter().any(|one| self.catches(Some(*one), raised));
        }
        let found = self.project.static_expr(self.file_id, handler, 8);
        found.is_empty()
            || found.iter().any(|found| match (found, raised) {
                (_, Raised::Unknown) => true,
                (Static::Class(class), Raised::Class(own)) => self.project.class(own).mro.contains(class),
                (Static::Api(path), Raised::Class(own)) => {
                    self.project.class(own).api_bases.iter().any(|base| catches(path.as_str(), base.as_str()))
                }
                (Static::Api(path), Raised::Api(own)) => catches(path.as_str(), own.as_str()),
                _ => false,
            })
    }

    fn match_block(&mut self, index: u32, env: &mut Env) {
        let node = &self.file.matches[index as usize];
        let subject = self.eval(node.subject, env);
        let mut result: Option<Env> = None;
        let mut rest = env.clone();
        for case in &node.cases {
            if rest.dead {
                break;
            }
            let mut inside = rest.clone();
            match self.pattern(&case.pattern, &subject, &mut inside) {
                Some(false) => continue,
                Some(true) if case.guard.is_none() => rest.dead = true,
                _ => {}
            }
            if let Some(held) = self.of_pattern(&case.pattern, &subject) {
                if case.guard.is_none() {
                    crate::when::add(&mut rest.conditions, held.negated());
                }
                crate::when::add(&mut inside.conditions, held);
            }
            if let Some(guard) = case.guard {
                let (yes, _) = self.split(guard, &mut inside);
                inside = yes;
            }
            self.block(case.body, &mut inside);
            match &mut result {
                Some(known) => known.join(inside),
                None => result = Some(inside),
            }
        }
        match result {
            Some(mut result) => {
                result.join(rest);
                *env = result;
            }
            None => *env = rest,
        }
    }

    /// Matches a value; whether it matches, when that is known. Binds what the pattern binds.
    fn pattern(&mut self, pattern: &Pattern, value: &Value, env: &mut Env) -> Option<bool> {
        match pattern {
            Pattern::Value(expr) => {
                let expected = self.eval(*expr, env);
                let (Some(a), Some(b)) = (value.consts(), expected.only()) else {
                    if let Some(only) = expected.only() {
                        self.becomes(value, &[only], env);
                    }
                    return None;
                };
                match a {
                    [only] => Some(*only == b),
                    all if !all.contains(&b) => Some(false),
                    _ => {
                        self.becomes(value, &[b], env);
                        None
                    }
                }
            }
            Pattern::Capture(target) => {
                if let Some(target) = target {
                    self.assign(*target, value.clone(), env);
                }
                Some(true)
            }
            Pattern::As(inner, target) => {
                let matches = self.pattern(inner, value, env);
                self.assign(*target, value.clone(), env);
                matches
            }
            Pattern::Or(all) => {
                let mut answer = Some(false);
                let mut joined: Option<Env> = None;
                for one in all {
                    let mut way = env.clone();
                    match self.pattern(one, value, &mut way) {
                        Some(false) => continue,
                        Some(true) => answer = Some(true),
                        None if answer != Some(true) => answer = None,
                        None => {}
                    }
                    match &mut joined {
                        Some(known) => known.join(way),
                        None => joined = Some(way),
                    }
                }
                if let Some(joined) = joined {
                    *env = joined;
                }
                answer
            }
            Pattern::Sequence(items) => {
                for (index, item) in (0_i32..).zip(items) {
                    let key = Value::constant(crate::value::Const::Int(i64::from(index)));
                    let element = if let Pattern::Rest(target) = item {
                        if let Some(target) = target {
                            let rest = self.element(value, self.file.span(*target), env);
                            self.assign(*target, rest, env);
                        }
                        break;
                    } else {
                        self.get_index(value, &key, (0, 0), env)
                    };
                    if self.pattern(item, &element, env) == Some(false) {
                        return Some(false);
                    }
                }
                None
            }
            Pattern::Mapping(items, rest) => {
                for (key, item) in items {
                    let key = self.eval(*key, env);
                    let element = self.get_index(value, &key, (0, 0), env);
                    if self.pattern(item, &element, env) == Some(false) {
                        return Some(false);
                    }
                }
                if let Some(rest) = rest {
                    self.assign(*rest, value.clone(), env);
                }
                None
            }
            Pattern::Class(class, positional, keywords) => {
                let class_value = self.eval(*class, env);
                let number = class_value.refs().iter().any(|reference| {
                    matches!(reference, Ref::Api(path)
                        if matches!(path.as_str(), "builtins.int" | "builtins.float" | "builtins.bool"))
                });
                let plain = class_value
                    .refs()
                    .iter()
                    .any(|reference| matches!(reference, Ref::Api(path) if path.as_str().starts_with("builtins.")));
                for item in positional {
                    let inner = if number {
                        value.map_facts(|fact| fact.cleaned = Kinds::ALL)
                    } else if plain {
                        value.clone()
                    } else {
                        self.element(value, (0, 0), env)
                    };
                    self.pattern(item, &inner, env);
                }
                for (name, item) in keywords {
                    let inner = self.get_attr(value, *name, (0, 0), env);
                    self.pattern(item, &inner, env);
                }
                None
            }
            Pattern::Rest(_) => None,
        }
    }

    pub(crate) fn yields(&mut self, value: &Value, env: &Env) {
        let value = env.export(value, MAX_TREE);
        self.yielded = Some(match self.yielded.take() {
            Some(known) => known.join(&value),
            None => value,
        });
    }

    /// What is clean of parameters at a point.
    fn cleaned_parameters(&self, env: &Env) -> Vec<Clean> {
        let mut out = Vec::new();
        for (slot, before) in &self.parameters {
            let label = Label::whole(Base::Param(*slot));
            let now = env.get(*slot);
            if !now.is(before) {
                self.cleaned(label, &now, &mut out);
            }
            let Some(object) = env.object(ObjId::Known(label)) else { continue };
            for (seg, field) in &object.fields {
                if !field.written {
                    self.cleaned(label.then(*seg), &field.value, &mut out);
                }
            }
        }
        out
    }

    fn cleaned(&self, label: Label, now: &Value, out: &mut Vec<Clean>) {
        let fact = now.facts().iter().find(|fact| fact.label == label);
        let refers = now.refs().iter().any(|reference| matches!(reference, Ref::Sym(known) if *known == label));
        match fact {
            Some(fact) if refers => {
                let flags = fact.flags.only(Flags::CHECKED);
                let consts = now.data().consts.clone();
                if !fact.cleaned.is_empty() || fact.weak.is_some() || !flags.is_empty() {
                    out.push(Clean { label, kinds: fact.cleaned, consts, weak: fact.weak, flags });
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, end: Env) {
        let mut normal: Option<Value> = None;
        for returned in &self.returned {
            normal = Some(match normal {
                Some(known) => known.join(&returned.value),
                None => returned.value.clone(),
            });
        }
        let is_body = self.function.kind.is_body();
        self.out.never_returns = normal.is_none() && !is_body && !self.function.is_generator && !self.out.bounded;
        let mut normal = normal.unwrap_or_default();
        if self.function.is_generator {
            let element = self.yielded.take().unwrap_or_default();
            let tree = crate::value::Tree {
                shape: crate::value::Shape::Iterator,
                fields: self.sending().into_iter().collect(),
                rest: element,
                len: None,
            };
            normal = Value::from_tree(tree);
        }
        self.out.cleans = meet(self.returned.iter().map(|returned| returned.cleans.clone()));
        self.out.when_true = meet(self.returned.iter().filter_map(|returned| ways(returned, true)));
        self.out.when_false = meet(self.returned.iter().filter_map(|returned| ways(returned, false)));
        let depends = self.returned.iter().any(|returned| !returned.conditions.is_empty());
        if depends && (2..=MAX_WAYS).contains(&self.returned.len()) && !self.function.is_generator {
            for returned in &self.returned {
                let mut value = returned.value.clone();
                value.to_mut().checks.clear();
                let value = value.data().clone().into();
                self.out.ways.push((returned.conditions.clone(), value));
            }
        }
        normal.to_mut().checks.clear();
        self.out.returns = normal.data().clone().into();
        if is_body {
            for (slot, value) in end.slots.iter().enumerate() {
                if let (Some(value), Some(name)) = (value, self.function.locals.get(slot)) {
                    self.out.exports.insert(*name, end.export(value, MAX_TREE));
                }
            }
        }
        self.note_effects(&end);
    }

    /// What sending something into the generator does: it is called once more, with that.
    fn sending(&self) -> Option<(Seg, Value)> {
        let sent = |label: Label| label.base == Base::Param(SENT);
        let used = self.out.hits.iter().any(|hit| sent(hit.label))
            || self.out.cells.iter().any(|(_, fact)| sent(fact.label))
            || self.out.calls.iter().any(|call| {
                sent(call.callee) || call.positional.iter().any(|v| v.facts().iter().any(|f| sent(f.label)))
            });
        if !used {
            return None;
        }
        let given = |parameter: &seriema_program::ir::Parameter| {
            Value::reference(Ref::Sym(Label::whole(Base::Param(parameter.slot))))
        };
        let mut captured = Vec::new();
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        for parameter in &self.function.parameters {
            match parameter.kind {
                ParameterKind::Captured => captured.push(given(parameter)),
                ParameterKind::Positional | ParameterKind::Normal => positional.push(given(parameter)),
                ParameterKind::Keyword => keywords.push((parameter.name, given(parameter))),
                ParameterKind::Star | ParameterKind::DoubleStar => {}
            }
        }
        let function = Value::reference(Ref::Func(self.func, captured.into()));
        let partial = crate::value::Partial { function, positional, keywords };
        Some((Seg::Attr(symbol!("send")), Value::reference(Ref::Partial(Arc::new(partial)))))
    }

    /// What was written to objects that callers see.
    fn note_effects(&mut self, end: &Env) {
        let mut known: Vec<_> = end.heap.iter().filter(|(id, _)| matches!(id, ObjId::Known(_))).collect();
        known.sort_by_key(|(id, _)| *id);
        let mut effects = Vec::new();
        for (id, object) in known {
            let ObjId::Known(label) = id else { continue };
            // `**kwargs` is a dictionary of the call's own.
            let own = label.path.is_whole()
                && self.function.parameters.iter().any(|parameter| {
                    parameter.kind == ParameterKind::DoubleStar && label.base == Base::Param(parameter.slot)
                });
            if own {
                continue;
            }
            for (seg, field) in &object.fields {
                if field.written {
                    let value = end.export(&field.value, MAX_TREE - 1);
                    effects.push(Effect { target: label, seg: Some(*seg), value });
                }
            }
            if object.rest_written {
                let value = end.export(&object.rest, MAX_TREE - 1);
                effects.push(Effect { target: label, seg: Some(Seg::Any), value });
            }
        }
        // A captured variable that is assigned to.
        for parameter in &self.function.parameters {
            if parameter.kind == ParameterKind::Captured {
                let label = Label::whole(Base::Param(parameter.slot));
                let now = end.get(parameter.slot);
                let same = matches!(now.refs(), [Ref::Sym(known)] if *known == label);
                if !same {
                    effects.push(Effect { target: label, seg: None, value: end.export(&now, MAX_TREE - 1) });
                }
            }
        }
        effects.truncate(MAX_EFFECTS);
        self.out.effects.extend(effects);
    }

    pub(crate) fn add_hit(&mut self, hit: Hit) {
        let count = self.out.hits.len();
        let known = self.out.hits.iter_mut().find(|known| {
            known.label == hit.label && known.site == hit.site && known.needs == hit.needs && known.vector == hit.vector
        });
        match known {
            Some(known) => {
                known.fact.cleaned = known.fact.cleaned.intersect(hit.fact.cleaned);
                if hit.prefix.is_none() {
                    known.prefix = None;
                }
                known.conditions.retain(|held| hit.conditions.contains(held));
            }
            None if count < MAX_HITS => self.out.hits.push(hit),
            None => self.out.bounded = true,
        }
    }

    pub(crate) fn add_open_call(&mut self, call: OpenCall) -> Option<u32> {
        let at = self.out.calls.iter().position(|known| {
            known.above == call.above
                && known.span == call.span
                && known.file == call.file
                && known.callee == call.callee
                && known.method == call.method
        });
        if let Some(at) = at {
            let known = &mut self.out.calls[at];
            known.conditions.retain(|held| call.conditions.contains(held));
            for (mine, theirs) in known.positional.iter_mut().zip(&call.positional) {
                *mine = mine.join(theirs);
            }
            return u32::try_from(at).ok();
        }
        if self.out.calls.len() >= MAX_OPEN_CALLS {
            return None;
        }
        self.out.calls.push(call);
        u32::try_from(self.out.calls.len() - 1).ok()
    }

    pub(crate) fn site(&self, span: (u32, u32), kind: SinkKind, callee: Symbol) -> Arc<Site> {
        let harm = crate::summary::Harm::Kind(kind);
        Arc::new(Site { file: self.file_id, span, harm, callee, func: self.func })
    }
}

/// The class of an exception.
fn raised_kind(value: &Value, env: &Env) -> Raised {
    for reference in value.refs() {
        match reference {
            Ref::Class(class) | Ref::Instance(class) => return Raised::Class(*class),
            Ref::Obj(id) => {
                if let Some(crate::value::Shape::Instance(class)) = env.object(*id).map(|object| object.shape) {
                    return Raised::Class(class);
                }
            }
            Ref::Api(path) => {
                let path = path.as_str();
                return Raised::Api(Symbol::new(path.strip_suffix("()").unwrap_or(path)));
            }
            _ => {}
        }
    }
    Raised::Unknown
}

/// Whether a handler of one class of the library takes an exception of another.
fn catches(handler: &str, raised: &str) -> bool {
    let name = |path: &str| path.strip_prefix("builtins.").map(str::to_owned);
    let (Some(handler), Some(raised)) = (name(handler), name(raised)) else { return handler == raised };
    handler == raised
        || match handler.as_str() {
            "Exception" => {
                !matches!(raised.as_str(), "BaseException" | "KeyboardInterrupt" | "SystemExit" | "GeneratorExit")
            }
            "BaseException" => true,
            "LookupError" => matches!(raised.as_str(), "KeyError" | "IndexError"),
            "ArithmeticError" => {
                matches!(raised.as_str(), "ZeroDivisionError" | "OverflowError" | "FloatingPointError")
            }
            "ValueError" => raised.starts_with("Unicode"),
            "RuntimeError" => matches!(raised.as_str(), "NotImplementedError" | "RecursionError"),
            "ImportError" => raised == "ModuleNotFoundError",
            "OSError" | "IOError" | "EnvironmentError" => matches!(
                raised.as_str(),
                "OSError"
                    | "IOError"
                    | "FileNotFoundError"
                    | "FileExistsError"
                    | "PermissionError"
                    | "TimeoutError"
                    | "ConnectionError"
                    | "BrokenPipeError"
                    | "ConnectionResetError"
                    | "ConnectionRefusedError"
                    | "IsADirectoryError"
                    | "NotADirectoryError"
                    | "InterruptedError"
            ),
            _ => false,
        }
}

/// Types whose instances are plain data: an annotation with one says nothing about where the data is from.
fn is_plain_type(path: Symbol) -> bool {
    path.as_str().starts_with("builtins.")
        || path.as_str().starts_with("typing.")
        || path.as_str().starts_with("collections.abc.")
}

/// What is clean on all ways.
fn meet(ways: impl Iterator<Item = Vec<Clean>>) -> Vec<Clean> {
    let mut result: Option<Vec<Clean>> = None;
    for way in ways {
        result = Some(match result {
            None => way,
            Some(known) => known
                .into_iter()
                .filter_map(|clean| {
                    let twin = way.iter().find(|twin| twin.label == clean.label)?;
                    let kinds = clean.kinds.intersect(twin.kinds);
                    let weak = clean.weak.or(twin.weak);
                    let consts = match (&clean.consts, &twin.consts) {
                        (Some(a), Some(b)) => {
                            let mut all = a.clone();
                            all.extend(b.iter().filter(|c| !a.contains(c)).copied());
                            all.sort_unstable();
                            Some(all)
                        }
                        _ => None,
                    };
                    let flags = clean.flags.only(twin.flags);
                    let says = !kinds.is_empty() || weak.is_some() || !flags.is_empty();
                    says.then_some(Clean { label: clean.label, kinds, consts, weak, flags })
                })
                .collect(),
        });
    }
    result.unwrap_or_default()
}

/// What is clean when a returned value is true (or false); none when it cannot be.
fn ways(returned: &Returned, when: bool) -> Option<Vec<Clean>> {
    if let Some(truth) = returned.value.truth()
        && truth != when
    {
        return None;
    }
    let mut cleans = returned.cleans.clone();
    for check in &returned.value.data().checks {
        if check.when == when {
            for label in symbols(&check.target) {
                add_clean(&mut cleans, label, check);
            }
            if let Some((base, how)) = &check.target.data().derived {
                let inner = check.of_base(base, *how);
                if !inner.says_nothing() {
                    for label in symbols(base) {
                        add_clean(&mut cleans, label, &inner);
                    }
                }
            }
        }
    }
    Some(cleans)
}

fn symbols(value: &Value) -> SmallVec<[Label; 2]> {
    value
        .refs()
        .iter()
        .filter_map(|reference| if let Ref::Sym(label) = reference { Some(*label) } else { None })
        .collect()
}

fn add_clean(cleans: &mut Vec<Clean>, label: Label, check: &Check) {
    match cleans.iter_mut().find(|known| known.label == label) {
        Some(known) => {
            known.kinds = known.kinds.union(check.kinds);
            known.weak = known.weak.or(check.weak);
            known.flags = known.flags.with(check.flags);
            if known.consts.is_none() {
                known.consts.clone_from(&check.consts);
            }
        }
        None => cleans.push(Clean {
            label,
            kinds: check.kinds,
            consts: check.consts.clone(),
            weak: check.weak,
            flags: check.flags,
        }),
    }
}
