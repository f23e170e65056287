//! What a function does, with the caller's arguments put in.

use std::rc::Rc;
use std::sync::Arc;

use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;
use seriema_program::ir::{ParameterKind, Slot};
use smallvec::SmallVec;

use crate::access::Seg;
use crate::call::{Args, MAX_OPEN_DEPTH};
use crate::env::{Env, Object};
use crate::interp::Interp;
use crate::library::{Answer, Word, open_label};
use crate::project::{FileId, FuncId};
use crate::step::{Step, Why};
use crate::summary::{Clean, Harm, Hit, Need, Site, Summary, Vector, WrongConstant};
use crate::value::{Base, Check, Const, Data, Fact, Facts, Flags, Label, Part, Ref, Tree, Value, add_fact_by};

/// Values that one call puts into a summary.
const MAX_PUT: u32 = 160;
/// Functions that an exception goes through with what it carries.
const MAX_RAISE_DEPTH: u8 = 2;
/// The same for a log.
const MAX_LOG_DEPTH: u8 = 2;
/// Functions between a sink and the caller that is told of it.
const MAX_HIT_DEPTH: u8 = 16;

/// Arguments by parameter, and what calls that were open turned out to give.
pub(crate) struct Given {
    pub(crate) func: FuncId,
    pub(crate) span: (u32, u32),
    bindings: Vec<(Slot, Value)>,
    results: Vec<Option<Value>>,
    /// Values that may still be put in.
    left: u32,
    /// Labels that were looked up since something last changed: looking up may call properties.
    resolved: Vec<(Label, Value)>,
    /// The facts of what labels are, under the same condition.
    facts: Vec<(Label, Rc<[Fact]>)>,
    /// Objects made so far.
    made: u16,
}

impl Given {
    /// Something changed that labels may lead to.
    fn forget(&mut self) {
        self.resolved.clear();
        self.facts.clear();
    }
}

impl Interp<'_> {
    /// Puts arguments into a summary: does what the function does to them, and gives what it returns.
    pub(crate) fn instantiate(
        &mut self,
        summary: &Arc<Summary>,
        func: FuncId,
        bindings: Vec<(Slot, Value)>,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        // Within a call there may be others: properties, callbacks, `__getattr__`. Each takes from the function's budget,
        // so that the number of ways through them does not matter.
        if !self.spend_on(summary.weight()) {
            return Value::default();
        }
        let results = vec![None; summary.calls.len()];
        let mut given =
            Given { func, span, bindings, results, left: MAX_PUT, resolved: Vec::new(), facts: Vec::new(), made: 0 };
        self.resolve_open_calls(summary, &mut given, env);
        self.note_given(func, &mut given, env);
        given.forget();
        for hit in &summary.hits {
            self.raise_hit(hit, &mut given, env);
        }
        for (cell, fact) in &summary.cells {
            if !matches!(fact.label.base, Base::Param(_) | Base::Result(_)) {
                continue;
            }
            let mut facts = Facts::new();
            self.put_fact(fact, &mut facts, &mut given, env);
            for fact in facts {
                self.add_cell(*cell, fact);
            }
        }
        for patch in &summary.patches {
            if !patch.is_closed() {
                let value = self.put(&patch.value, &mut given, env, 4);
                let key = self.put(&patch.key, &mut given, env, 4);
                self.add_patch(patch.target, &key, &value, env);
            }
        }
        let returned = self.put_returned(summary, &mut given, env);
        for raise in &summary.raises {
            // Further up nobody is told; here, a `try` may want it.
            if raise.depth < MAX_RAISE_DEPTH && (self.catching() || raise.depth + 1 < MAX_RAISE_DEPTH) {
                let value = self.put(&raise.value, &mut given, env, 5);
                self.throw(raise.kind, &value, raise.depth + 1, env);
            }
        }
        for effect in &summary.effects {
            match (effect.target.base, effect.seg) {
                (Base::Param(_) | Base::Result(_), Some(seg)) => {
                    let target = self.resolve(effect.target, &mut given, env);
                    if target.is_nothing() {
                        continue;
                    }
                    let value = self.put(&effect.value, &mut given, env, 5);
                    self.store(&target, seg, value, span, env);
                }
                (Base::Param(slot), None) => {
                    let value = self.put(&effect.value, &mut given, env, 5);
                    self.store_captured(func, slot, value, env);
                }
                _ => {}
            }
        }
        given.forget();
        for clean in &summary.cleans {
            let target = self.resolve(clean.label, &mut given, env);
            self.apply_check(&check_of(clean, target, true), env);
        }
        given.forget();
        let mut returned = returned;
        for (when, cleans) in [(true, &summary.when_true), (false, &summary.when_false)] {
            for clean in cleans {
                let already = summary.cleans.iter().any(|known| known == clean);
                if !already {
                    let target = self.resolve(clean.label, &mut given, env);
                    if !target.is_nothing() {
                        returned.to_mut().checks.push(Arc::new(check_of(clean, target, when)));
                    }
                }
            }
        }
        if summary.never_returns {
            env.dead = true;
        }
        returned
    }

    /// What it returns on the ways that the arguments leave open.
    fn put_returned(&mut self, summary: &Arc<Summary>, given: &mut Given, env: &mut Env) -> Value {
        let open: Vec<&Value> = summary
            .ways
            .iter()
            .filter(|(conditions, _)| !self.rules_out(conditions, given, env))
            .map(|(_, value)| value)
            .collect();
        if open.len() == summary.ways.len() {
            return self.put(&summary.returns, given, env, 6);
        }
        let mut out: Option<Value> = None;
        for value in open {
            let value = self.put(value, given, env, 6);
            out = Some(out.map_or_else(|| value.clone(), |known: Value| known.join(&value)));
        }
        out.unwrap_or_default()
    }

    /// A variable of the function around, which the called closure assigns to.
    fn store_captured(&mut self, func: FuncId, slot: Slot, value: Value, env: &mut Env) {
        let function = self.project.function(func);
        if self.project.func_id(self.file_id, function.parent) != self.func {
            return;
        }
        let parameter = function.parameters.iter().find(|p| p.kind == ParameterKind::Captured && p.slot == slot);
        if let Some(parameter) = parameter {
            env.set(parameter.outer, value);
        }
    }

    fn resolve_open_calls(&mut self, summary: &Arc<Summary>, given: &mut Given, env: &mut Env) {
        for (index, call) in summary.calls.iter().enumerate() {
            let callee = self.resolve(call.callee, given, env);
            if callee.is_nothing() || self.rules_out(&call.conditions, given, env) {
                continue;
            }
            let callee = match call.above {
                Some(class) => Value::reference(Ref::Super(class, Arc::new(callee))),
                None => callee,
            };
            let concrete = callee.refs().iter().any(|r| !matches!(r, Ref::Sym(_)));
            let label = callee.refs().iter().find_map(|r| if let Ref::Sym(label) = r { Some(*label) } else { None });
            let handed = label
                .filter(|label| matches!(label.base, Base::Param(_) | Base::Result(_)) && call.depth < MAX_OPEN_DEPTH);
            if !concrete && handed.is_none() {
                continue;
            }
            let positional: Vec<Value> = call.positional.iter().map(|value| self.put(value, given, env, 4)).collect();
            let keywords: Vec<(Symbol, Value)> =
                call.keywords.iter().map(|(name, value)| (*name, self.put(value, given, env, 4))).collect();
            let star = call.star.as_ref().map(|value| self.put(value, given, env, 4));
            let sequence = call.sequence.as_ref().map(|(value, from)| (self.put(value, given, env, 4), *from));
            let double_star = call.double_star.as_ref().map(|value| self.put(value, given, env, 4));
            let args = Args { positional, keywords, star, sequence, double_star };
            if concrete {
                let found = match call.method {
                    Some(method) => self.call_method_at(&callee, method, args, call.file, call.span, env),
                    None => self.call_value_at(&callee, args, call.file, call.span, env),
                };
                given.results[index] = Some(found);
                continue;
            }
            if let Some(label) = handed {
                let conditions = self.conditions_here(&call.conditions, given, env);
                let handed = crate::summary::OpenCall {
                    conditions,
                    ..Self::open(label, call.method, &args, call.span, call.file, call.depth + 1, env)
                };
                if let Some(number) = self.add_open_call(handed) {
                    let label = Label::whole(Base::Result(number));
                    let mut out = Value::reference(Ref::Sym(label));
                    let step = Step::first(call.file, call.span, Why::Parameter);
                    out.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
                    given.results[index] = Some(out);
                }
            }
        }
    }

    /// A call that stands in another file.
    fn call_method_at(
        &mut self,
        callee: &Value,
        method: Symbol,
        args: Args,
        file: crate::project::FileId,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let own = std::mem::replace(&mut self.file_id, file);
        let found = self.call_method(callee, method, args, span, span, None, env);
        self.file_id = own;
        found
    }

    fn call_value_at(
        &mut self,
        callee: &Value,
        args: Args,
        file: crate::project::FileId,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let own = std::mem::replace(&mut self.file_id, file);
        let found = self.call_value(callee, args, span, env);
        self.file_id = own;
        found
    }

    /// What a label of the function is for the caller.
    pub(crate) fn resolve(&mut self, label: Label, given: &mut Given, env: &mut Env) -> Value {
        let Some((whole, seg)) = label.split() else {
            return match label.base {
                Base::Param(slot) => {
                    let found = given.bindings.iter().find(|(known, _)| *known == slot);
                    found.map(|(_, value)| value.clone()).unwrap_or_default()
                }
                Base::Result(index) => given.results.get(index as usize).cloned().flatten().unwrap_or_default(),
                Base::Source(..) | Base::Global(..) | Base::Field(..) => Value::default(),
            };
        };
        // As far as the way was gone before.
        if let Some((_, known)) = given.resolved.iter().find(|(known, _)| *known == label) {
            return known.clone();
        }
        let value = self.resolve(whole, given, env);
        if value.is_nothing() {
            return value;
        }
        let value = match seg {
            Seg::Attr(name) => self.get_attr(&value, name, given.span, env),
            Seg::Key(key) => self.get_index(&value, &Value::constant(Const::Str(key)), given.span, env),
            Seg::Index(at) => self.get_index(&value, &Value::constant(Const::Int(i64::from(at))), given.span, env),
            Seg::Any => self.get_index(&value, &Value::default(), given.span, env),
            Seg::Each => self.element(&value, given.span, env),
        };
        given.resolved.push((label, value.clone()));
        value
    }

    /// The facts of what a label of the function is for the caller.
    fn facts_of(&mut self, label: Label, given: &mut Given, env: &mut Env) -> Rc<[Fact]> {
        if let Some((_, known)) = given.facts.iter().find(|(known, _)| *known == label) {
            return Rc::clone(known);
        }
        let facts: Rc<[Fact]> = match self.own_part(label, given, env) {
            Some(fact) => Rc::from([fact]),
            None => {
                let actual = self.resolve(label, given, env);
                let mut facts = Facts::new();
                self.all_facts(&actual, env, &mut facts);
                facts.into_iter().collect()
            }
        };
        given.facts.push((label, Rc::clone(&facts)));
        facts
    }

    /// A part of the object whose method is called, where that is an object which the caller was given itself and did not
    /// write to: what the method knows of its parts, the caller knows too.
    fn own_part(&self, label: Label, given: &Given, env: &Env) -> Option<Fact> {
        let (Base::Param(slot), [Seg::Attr(first), ..]) = (label.base, label.path.segs()) else { return None };
        let function = self.project.function(given.func);
        let class = self.project.class_id(self.project.funcs[given.func.0 as usize].0, function.class?);
        let (_, receiver) = given.bindings.iter().find(|(known, _)| *known == slot)?;
        let data = receiver.data();
        let ([Ref::Sym(outer), Ref::Instance(own)] | [Ref::Instance(own), Ref::Sym(outer)], [fact]) =
            (&*data.refs, &*data.facts)
        else {
            return None;
        };
        let plain = fact.label == *outer
            && fact.cleaned.is_empty()
            && fact.weak.is_none()
            && fact.flags == Flags::default()
            && data.tree.is_none()
            && function.parameters.first().is_some_and(|parameter| parameter.slot == slot)
            && (*own == class || self.project.method(*own, *first) == self.project.method(class, *first))
            && env.object(crate::value::ObjId::Known(*outer)).is_none();
        let segs = label.path.segs().iter();
        plain.then(|| Fact { label: segs.fold(*outer, |label, seg| label.then(*seg)), ..fact.clone() })
    }

    /// The facts that a fact of the function is for the caller.
    fn put_fact(&mut self, fact: &Fact, out: &mut Facts, given: &mut Given, env: &mut Env) {
        match fact.label.base {
            // What a framework gives to a way in, whoever else calls it does not get.
            Base::Source(_, file, at, _) if !self.injecting && self.is_parameter(given.func, file, at) => {}
            Base::Source(..) | Base::Global(..) | Base::Field(..) => {
                let why = Why::Through(given.func);
                if !fact.step.is_far_with(why, None) {
                    let step = || Step::after(&fact.step, self.file_id, given.span, why);
                    add_fact_by(out, fact.label, (fact.cleaned, fact.flags, fact.weak), step);
                }
            }
            Base::Param(_) | Base::Result(_) => {
                let facts = self.facts_of(fact.label, given, env);
                let why = Why::Through(given.func);
                for known in facts.iter() {
                    if known.step.is_far_with(why, Some(&fact.step)) {
                        continue;
                    }
                    let is =
                        (known.cleaned.union(fact.cleaned), known.flags.with(fact.flags), fact.weak.or(known.weak));
                    let step = || Step::around(&known.step, self.file_id, given.span, why, Some(&fact.step));
                    add_fact_by(out, known.label, is, step);
                }
            }
        }
    }

    /// Whether a function's parameter stands there.
    fn is_parameter(&self, func: FuncId, file: FileId, at: u32) -> bool {
        let (own, _) = self.project.funcs[func.0 as usize];
        own == file && self.project.function(func).parameters.iter().any(|parameter| parameter.start == at)
    }

    /// A value of the function, as the caller has it.
    fn put(&mut self, value: &Value, given: &mut Given, env: &mut Env, depth: u32) -> Value {
        if value.is_nothing() || depth == 0 || given.left == 0 || !self.spend() {
            return Value::default();
        }
        let data = value.data();
        if data.is_closed() {
            return value.without_making();
        }
        given.left -= 1;
        // The very argument.
        if let ([Ref::Sym(label)], None) = (&*data.refs, &data.tree) {
            let whole = match &*data.facts {
                [] => true,
                [fact] => {
                    fact.label == *label
                        && fact.cleaned.is_empty()
                        && fact.weak.is_none()
                        && fact.flags == Flags::default()
                }
                _ => false,
            };
            if whole && matches!(label.base, Base::Param(_) | Base::Result(_)) {
                let actual = self.resolve(*label, given, env);
                if !actual.is_nothing() || matches!(label.base, Base::Param(_)) {
                    return actual;
                }
            }
        }
        let obscured = data.refs.iter().any(|r| {
            matches!(r, Ref::Sym(label) if matches!(label.base, Base::Result(index)
                if given.results.get(index as usize).is_some_and(Option::is_some)))
        });
        if data.refs.is_empty() && data.tree.is_none() && data.parts.is_none() && data.derived.is_none() {
            let mut facts = Facts::new();
            for fact in &data.facts {
                self.put_fact(fact, &mut facts, given, env);
            }
            return Data { facts, consts: data.consts.clone(), ..Data::default() }.into();
        }
        let mut out = Data::default();
        for fact in &data.facts {
            // What an open call was taken to give is known better now.
            if obscured && fact.flags.has(Flags::OBSCURE) {
                continue;
            }
            self.put_fact(fact, &mut out.facts, given, env);
        }
        out.consts.clone_from(&data.consts);
        let mut out: Value = out.into();
        let mut consts: Option<SmallVec<[Const; 1]>> = Some(SmallVec::new());
        let only_symbols =
            !data.refs.is_empty() && data.tree.is_none() && data.refs.iter().all(|r| matches!(r, Ref::Sym(_)));
        for reference in &data.refs {
            match reference {
                Ref::Sym(label) if matches!(label.base, Base::Param(_) | Base::Result(_)) => {
                    let actual = self.resolve(*label, given, env);
                    for reference in actual.refs() {
                        out.add_ref(reference.clone());
                    }
                    if let Some(tree) = &actual.data().tree {
                        out.to_mut().tree = Some(Arc::clone(tree));
                    }
                    match (actual.consts(), &mut consts) {
                        (Some(more), Some(all)) => {
                            for value in more {
                                if let Err(at) = all.binary_search(value) {
                                    all.insert(at, *value);
                                }
                            }
                        }
                        _ => consts = None,
                    }
                    if let (None, Some(parts)) = (&data.parts, &actual.data().parts)
                        && data.refs.len() == 1
                    {
                        out.to_mut().parts = Some(Arc::clone(parts));
                    }
                }
                Ref::Func(func, captured) => {
                    let captured: Vec<Value> =
                        captured.iter().map(|value| self.put(value, given, env, depth - 1)).collect();
                    out.add_ref(Ref::Func(*func, captured.into()));
                }
                Ref::Bound(func, receiver) => {
                    let receiver = self.put(receiver, given, env, depth - 1);
                    out.add_ref(Ref::Bound(*func, Arc::new(receiver)));
                }
                Ref::Method(receiver, name) => {
                    let receiver = self.put(receiver, given, env, depth - 1);
                    out.add_ref(Ref::Method(Arc::new(receiver), *name));
                }
                Ref::Partial(partial) => {
                    let partial = crate::value::Partial {
                        function: self.put(&partial.function, given, env, depth - 1),
                        positional: partial.positional.iter().map(|v| self.put(v, given, env, depth - 1)).collect(),
                        keywords: partial
                            .keywords
                            .iter()
                            .map(|(name, v)| (*name, self.put(v, given, env, depth - 1)))
                            .collect(),
                    };
                    out.add_ref(Ref::Partial(Arc::new(partial)));
                }
                // Its key is one of the function's own.
                Ref::Entry(_) => {}
                other => out.add_ref(other.clone()),
            }
        }
        if only_symbols
            && data.consts.is_none()
            && let Some(consts) = consts
            && !consts.is_empty()
            && consts.len() <= crate::value::MAX_CONSTS
        {
            out.to_mut().consts = Some(consts);
        }
        if let Some(parts) = &data.parts {
            let mut put: Vec<Part> = Vec::with_capacity(parts.len());
            for part in parts.iter() {
                match part {
                    Part::Text(text) => put.push(Part::Text(*text)),
                    Part::Value(value) => put.extend(self.put(value, given, env, depth - 1).parts()),
                }
            }
            let constant = put.iter().all(|part| matches!(part, Part::Text(_)));
            if constant {
                let text: String =
                    put.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "" }).collect();
                if out.facts().is_empty() {
                    return Value::text(&text);
                }
            }
            out.to_mut().parts = Some(put.into());
        }
        if let Some((base, how)) = &data.derived {
            let base = self.put(base, given, env, depth - 1);
            if !base.is_nothing() {
                out.to_mut().derived = Some((base, *how));
            }
        }
        if let Some(tree) = &data.tree {
            let object = self.put_tree(tree, given, env, depth - 1);
            given.made = given.made.saturating_add(1);
            let made = self.make_numbered(given.span, given.made, object, env);
            for reference in made.refs() {
                out.add_ref(reference.clone());
            }
        }
        out
    }

    fn put_tree(&mut self, tree: &Tree, given: &mut Given, env: &mut Env, depth: u32) -> Object {
        let mut object = Object::new(tree.shape);
        object.len = tree.len;
        for (seg, value) in &tree.fields {
            let value = self.put(value, given, env, depth);
            object.set(*seg, value, true);
        }
        // A tree does not say in which order its keys were put in.
        object.forget_order();
        if !tree.rest.is_nothing() || (tree.len.is_none() && tree.fields.is_empty()) {
            let rest = self.put(&tree.rest, given, env, depth);
            object.add_rest(&rest);
        }
        object
    }

    /// A sink that one of the function's parameters reaches.
    fn raise_hit(&mut self, hit: &Hit, given: &mut Given, env: &mut Env) {
        if hit.depth >= MAX_LOG_DEPTH && matches!(hit.site.harm, Harm::Kind(SinkKind::Log)) {
            return;
        }
        if self.rules_out(&hit.conditions, given, env) {
            return;
        }
        let conditions = self.conditions_here(&hit.conditions, given, env);
        let outer = std::mem::replace(&mut self.conditions, conditions);
        self.raise_hit_on(hit, given, env);
        self.conditions = outer;
    }

    fn raise_hit_on(&mut self, hit: &Hit, given: &mut Given, env: &mut Env) {
        let Some(needs) = self.raise_needs(&hit.needs, given, env) else { return };
        if let Harm::Constant(forbidden) = &hit.site.harm {
            let actual = self.resolve(hit.label, given, env);
            let forbidden = Arc::clone(forbidden);
            if crate::library::is_forbidden(&forbidden, &actual) {
                let way = Step::first(self.file_id, given.span, Why::Into(given.func));
                self.out.wrong.push(WrongConstant { site: Arc::clone(&hit.site), way: Some(way) });
            }
            for reference in actual.refs() {
                if let Ref::Sym(label) = reference
                    && matches!(label.base, Base::Param(_))
                    && hit.depth < MAX_HIT_DEPTH
                {
                    let fact = Fact { label: *label, ..hit.fact.clone() };
                    let raised = Hit {
                        label: *label,
                        site: Arc::clone(&hit.site),
                        prefix: None,
                        fact,
                        needs: needs.clone(),
                        vector: Vector::None,
                        conditions: self.conditions.clone(),
                        depth: hit.depth + 1,
                    };
                    self.add_hit(raised);
                }
            }
            return;
        }
        let Harm::Kind(kind) = hit.site.harm else { return };
        if !matches!(hit.label.base, Base::Param(_) | Base::Result(_)) {
            // What it is, is known here; that it is a sink, turned out just now.
            if !hit.needs.is_empty() {
                let step = Step::after(&hit.fact.step, self.file_id, given.span, Why::Into(given.func));
                let fact = Fact { step, ..hit.fact.clone() };
                self.arrive(&hit.site, fact, hit.prefix, needs, hit.depth + 1);
            }
            return;
        }
        let actual = self.resolve(hit.label, given, env);
        let is_vector = hit.vector != Vector::None;
        let sequence = if is_vector || kind == SinkKind::Program { self.sequence(&actual, env) } else { None };
        let words = match sequence {
            Some(sequence) => {
                let vector = if is_vector { hit.vector } else { Vector::Whole };
                self.vector_facts(kind, vector, &sequence, env)
            }
            None if is_vector => {
                let label = open_label(&actual);
                let fact = Fact { label: label.unwrap_or(hit.label), ..hit.fact.clone() };
                let word = Word { kind, fact, prefix: None, vector: hit.vector };
                label.map(|_| word).into_iter().collect()
            }
            None => {
                let facts = self.sink_facts(&actual, env).into_iter();
                facts.map(|(fact, prefix)| Word { kind, fact, prefix, vector: Vector::None }).collect()
            }
        };
        self.note_hit(hit, given, &words);
        for Word { kind: own_kind, fact: known, prefix, vector } in words {
            let cleaned = known.cleaned.union(hit.fact.cleaned);
            let prefix = match (&hit.prefix, prefix) {
                (None, inner) => inner,
                (Some(outer), None) => Some(*outer),
                (Some(outer), Some(inner)) => Some(Symbol::new(&format!("{outer}{inner}"))),
            };
            let step = Step::around(&known.step, self.file_id, given.span, Why::Into(given.func), Some(&hit.fact.step));
            if step.is_far() {
                continue;
            }
            let fact = Fact {
                label: known.label,
                cleaned,
                flags: known.flags.with(hit.fact.flags),
                weak: hit.fact.weak.or(known.weak),
                step,
            };
            if vector != Vector::None {
                if hit.depth < MAX_HIT_DEPTH {
                    let (label, site, needs) = (fact.label, Arc::clone(&hit.site), needs.clone());
                    let conditions = self.conditions.clone();
                    let depth = hit.depth + 1;
                    self.add_hit(Hit { label, site, prefix: None, fact, needs, vector, conditions, depth });
                }
            } else if crate::library::still_harms(own_kind, &fact, prefix) {
                let site = if own_kind == kind {
                    Arc::clone(&hit.site)
                } else {
                    Arc::new(Site { harm: Harm::Kind(own_kind), ..(*hit.site).clone() })
                };
                self.arrive(&site, fact, prefix, needs.clone(), hit.depth + 1);
            }
        }
    }

    /// What is still open of a hit's needs; none when one of them is not met.
    fn raise_needs(&mut self, needs: &[Need], given: &mut Given, env: &mut Env) -> Option<Vec<Need>> {
        let mut open = Vec::new();
        for need in needs {
            let actual = self.resolve(need.label, given, env);
            match self.condition_on(&need.condition, &actual, env) {
                Answer::Known(answer) if answer == need.holds => {}
                Answer::Known(_) => return None,
                Answer::Open(label, condition) => open.push(Need { label, condition, holds: need.holds }),
            }
        }
        Some(open)
    }

    /// A fact gets to a sink.
    pub(crate) fn arrive(
        &mut self,
        site: &Arc<crate::summary::Site>,
        fact: Fact,
        prefix: Option<Symbol>,
        needs: Vec<Need>,
        depth: u8,
    ) {
        if fact.label.is_source() && needs.is_empty() {
            // A statement that a library builds puts data in its place by itself.
            let built = matches!(site.harm, Harm::Kind(SinkKind::Sql | SinkKind::Nosql));
            if built && prefix.is_none() && fact.flags.has(Flags::OBSCURE) {
                return;
            }
            let known = self.out.flows.iter_mut().find(|flow| flow.site == *site && flow.fact.label == fact.label);
            match known {
                Some(known) => {
                    known.fact.cleaned = known.fact.cleaned.intersect(fact.cleaned);
                    if known.fact.flags.has(Flags::OBSCURE) && !fact.flags.has(Flags::OBSCURE) {
                        known.fact = fact;
                    }
                }
                None => self.out.flows.push(crate::summary::Flow { site: Arc::clone(site), fact }),
            }
        } else if depth < MAX_HIT_DEPTH {
            let conditions = self.conditions.clone();
            self.add_hit(Hit {
                label: fact.label,
                site: Arc::clone(site),
                prefix,
                fact,
                needs,
                vector: Vector::None,
                conditions,
                depth,
            });
        }
    }
}

fn check_of(clean: &Clean, target: Value, when: bool) -> Check {
    Check { target, when, kinds: clean.kinds, consts: clean.consts.clone(), weak: clean.weak, flags: clean.flags }
}
