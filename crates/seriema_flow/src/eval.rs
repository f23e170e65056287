//! Expressions.

use std::rc::Rc;
use std::sync::Arc;

use seriema_models::Kinds;
use seriema_program::Symbol;
use seriema_program::ir::{
    BinaryOp, CompareOp, Conversion, Display, Expr, ExprId, FormatPart, FunctionIndex, FunctionKind, Literal,
    ParameterKind, Slot,
};
use smallvec::SmallVec;

use crate::access::Seg;
use crate::call::Args;
use crate::env::{Env, Object, key_of};
use crate::interp::Interp;
use crate::library::{UNKNOWN, harmless, signed_message};
use crate::project::{FileId, Static};
use crate::step::{Step, Why};
use crate::value::{
    Base, Check, Const, Data, Fact, Facts, Flags, How, Label, MAX_CONSTS, MAX_PARTS, ObjId, Part, Ref, Shape, Value,
};

/// Values of one object, and of those in it, that are looked at for what comes from elsewhere.
const MAX_SEARCHED: u32 = 48;
/// Longest string that is computed.
const MAX_TEXT: usize = 2048;
/// Stands for what is sent into a generator, among the parameters.
pub(crate) const SENT: Slot = Slot::MAX;
/// The name by which it is given; no name of Python.
pub(crate) const SENT_NAME: &str = "<sent>";
/// Objects of one place that are told apart.
const MAX_TWINS: u16 = 16;

impl Interp<'_> {
    pub(crate) fn eval(&mut self, id: ExprId, env: &mut Env) -> Value {
        if self.probe.is_some() {
            return self.eval_noting(id, env);
        }
        self.eval_plain(id, env)
    }

    pub(crate) fn eval_plain(&mut self, id: ExprId, env: &mut Env) -> Value {
        if !self.spend() {
            return Value::default();
        }
        let span = self.file.span(id);
        match self.file.expr(id) {
            Expr::Unknown => Value::default(),
            Expr::Literal(literal) => Value::constant(match literal {
                Literal::None | Literal::Ellipsis => Const::None,
                Literal::Bool(value) => Const::Bool(value),
                Literal::Int(value) => Const::Int(value),
                Literal::Float(value) => Const::Float(value.to_bits()),
                Literal::Str(text) => Const::Str(text),
                Literal::Bytes(text) => Const::Bytes(text),
            }),
            Expr::Local(slot) => match env.slots.get(usize::from(slot)) {
                Some(Some(value)) => {
                    if self.in_loop > 0 {
                        self.note_read(slot, Some(value));
                    }
                    value.clone()
                }
                Some(None) if self.in_loop > 0 && self.function.kind == FunctionKind::Def => {
                    self.note_read(slot, None);
                    Value::default()
                }
                // A class's body sees the module; other unassigned variables are nothing yet.
                _ if self.function.kind == FunctionKind::ClassBody || self.function.kind == FunctionKind::Module => {
                    let name = self.function.locals.get(usize::from(slot)).copied();
                    name.map(|name| self.builtin_name(name)).unwrap_or_default()
                }
                _ => Value::default(),
            },
            Expr::Global(name) => self.global(self.file_id, name, 6),
            Expr::Module(module) => self.of_static(&[self.project.static_module(module)]),
            Expr::Member(module, name) => self.member(module, name),
            Expr::Attribute(object, name) => {
                let object = self.eval(object, env);
                self.get_attr(&object, name, span, env)
            }
            Expr::Index(object, index) => {
                let object = self.eval(object, env);
                let index = self.eval(index, env);
                self.get_index(&object, &index, span, env)
            }
            Expr::Slice(object, lower, upper) => {
                let object = self.eval(object, env);
                let lower = lower.map(|lower| self.eval(lower, env));
                let upper = upper.map(|upper| self.eval(upper, env));
                self.slice(&object, lower.as_ref(), upper.as_ref(), id, env)
            }
            Expr::Call(index) => self.call(id, index, env),
            Expr::Binary(op, left, right) => {
                let left = self.eval(left, env);
                let right = self.eval(right, env);
                self.binary(op, &left, &right, span, id, env)
            }
            Expr::Unary(operand) => {
                self.eval(operand, env);
                Value::default()
            }
            Expr::Negate(operand) => match self.eval(operand, env).only() {
                Some(Const::Int(value)) => Value::constant(Const::Int(value.wrapping_neg())),
                Some(Const::Float(bits)) => Value::constant(Const::Float((-f64::from_bits(bits)).to_bits())),
                _ => Value::default(),
            },
            Expr::Not(operand) => {
                let operand = self.eval(operand, env);
                let mut out = match operand.truth() {
                    Some(truth) => Value::constant(Const::Bool(!truth)),
                    None => Value::default(),
                };
                for check in &operand.data().checks {
                    let mut turned = (**check).clone();
                    turned.when = !turned.when;
                    out.to_mut().checks.push(Arc::new(turned));
                }
                out
            }
            Expr::And(list) => self.logic(list, true, env),
            Expr::Or(list) => self.logic(list, false, env),
            Expr::Compare(op, left, right) => {
                let left = self.eval(left, env);
                let right = self.eval(right, env);
                self.compare(op, &left, &right, env)
            }
            Expr::IfElse(test, then, orelse) => {
                let (mut yes, mut no) = self.split(test, env);
                self.stands_at(&yes);
                let a = (!yes.dead).then(|| self.eval(then, &mut yes));
                self.stands_at(&no);
                let b = (!no.dead).then(|| self.eval(orelse, &mut no));
                self.stands_at(env);
                yes.join(no);
                *env = yes;
                match (a, b) {
                    (Some(a), Some(b)) => a.join(&b),
                    (a, b) => a.or(b).unwrap_or_default(),
                }
            }
            Expr::Format(index) => self.format(index, span, env),
            Expr::Display(kind, list) => {
                let file = self.file;
                let shape = match kind {
                    Display::List => Shape::List,
                    Display::Tuple => Shape::Tuple,
                    Display::Set => Shape::Set,
                };
                let mut object = Object::new(shape);
                let mut items = Vec::new();
                let mut known = true;
                for item in file.exprs_of(list) {
                    if let Expr::Star(inner) = file.expr(*item) {
                        let inner = self.eval(inner, env);
                        match self.items(&inner, env) {
                            Some(all) if known || shape == Shape::Set => items.extend(all),
                            Some(all) => all.iter().for_each(|item| object.add_rest(item)),
                            None => {
                                known = false;
                                let element = self.element(&inner, span, env);
                                object.add_rest(&element);
                            }
                        }
                    } else {
                        let item = self.eval(*item, env);
                        // What comes after an unknown number of elements has no place of its own.
                        if known || shape == Shape::Set { items.push(item) } else { object.add_rest(&item) }
                    }
                }
                if shape == Shape::Set {
                    // Members of a set are found again by what they are.
                    for (index, item) in (0..).zip(&items) {
                        object.set(Seg::Index(index), item.clone(), true);
                    }
                    object.len = i32::try_from(items.len()).ok();
                } else {
                    object.set_items(items);
                    if !known {
                        object.len = None;
                    }
                }
                self.make(id, object, env)
            }
            Expr::Dict(list) => {
                let file = self.file;
                let mut object = Object::new(Shape::Dict);
                for pair in file.exprs_of(list).chunks(2) {
                    let [key, value] = *pair else { continue };
                    let value = self.eval(value, env);
                    if let Expr::Unknown = file.expr(key) {
                        self.merge_into(&mut object, &value, env);
                        continue;
                    }
                    let key = self.eval(key, env);
                    match key_of(&key) {
                        Some(seg) => object.set(seg, value, true),
                        None => {
                            object.add_entry(&key, &value);
                            let element = object.rest.clone();
                            for (_, field) in &mut object.fields {
                                field.value = field.value.join(&element);
                            }
                        }
                    }
                }
                self.make(id, object, env)
            }
            Expr::Function(index) => self.closure(index, env),
            Expr::Class(index) => self.make_class(index, env),
            Expr::Comprehension(kind, index) => self.comprehension(id, kind, index, env),
            Expr::Await(inner) => {
                let value = self.eval(inner, env);
                self.awaited(&value)
            }
            Expr::Yield(value) => {
                let value = value.map(|value| self.eval(value, env)).unwrap_or_default();
                self.yields(&value, env);
                self.sent(span)
            }
            Expr::YieldFrom(inner) => {
                let inner = self.eval(inner, env);
                let element = self.element(&inner, span, env);
                self.yields(&element, env);
                Value::default()
            }
            Expr::Star(inner) => self.eval(inner, env),
            Expr::Named(target, value) => {
                let value = self.eval(value, env);
                self.assign(target, value.clone(), env);
                value
            }
        }
    }

    /// What `yield` gives: what `send` brings, which only callers know.
    fn sent(&self, span: (u32, u32)) -> Value {
        let label = Label::whole(Base::Param(SENT));
        let mut out = Value::reference(Ref::Sym(label));
        let step = Step::first(self.file_id, span, Why::Parameter);
        out.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
        out
    }

    /// A new object of the heap. In a loop, one expression makes many: they are taken together.
    pub(crate) fn make(&mut self, id: ExprId, object: Object, env: &mut Env) -> Value {
        self.make_at(ObjId::Made(id.0, 0, 0), object, env)
    }

    pub(crate) fn make_at(&mut self, id: ObjId, object: Object, env: &mut Env) -> Value {
        env.heap.insert(id, Rc::new(object));
        Value::reference(Ref::Obj(id))
    }

    /// A new object that a call made.
    pub(crate) fn make_fresh(&mut self, span: (u32, u32), object: Object, env: &mut Env) -> Value {
        self.make_numbered(span, 1, object, env)
    }

    /// One of several objects that a call made. In a loop, those of all rounds are taken together.
    pub(crate) fn make_numbered(&mut self, span: (u32, u32), first: u16, object: Object, env: &mut Env) -> Value {
        let id = |number| ObjId::Made(span.0, span.1, number);
        let mut number = first;
        while self.in_loop == 0 && number < MAX_TWINS && env.heap.get(id(number)).is_some() {
            number += 1;
        }
        self.make_at(id(number), object, env)
    }

    /// The variable of a module.
    pub(crate) fn global(&mut self, file: FileId, name: Symbol, hops: u32) -> Value {
        let body = self.project.func_id(file, 0);
        if self.project.binds(file, name) {
            self.uses.insert((body, name));
            let mut value = Value::default();
            let exported = self.export(body, name);
            let fixed = self.project.is_fixed(file, name);
            if let Some(exported) = exported {
                value = exported.clone();
                if !fixed && value.consts().is_some() {
                    value.to_mut().consts = None;
                    value.to_mut().parts = None;
                }
            }
            if value.refs().is_empty() {
                let found = self.project.static_global(file, name, 8);
                let known = self.of_static(&found);
                for reference in known.refs() {
                    value.add_ref(reference.clone());
                }
            }
            let module_level = self.function.kind == FunctionKind::Module && file == self.file_id;
            let kept = value.data().tree.is_some() && self.project.is_unchanged(file, name);
            let constant = value.consts().is_some() || (fixed && is_constant_tuple(&value)) || kept;
            let definition = value.data().tree.is_none() && value.refs().iter().any(is_definition);
            if !module_level && !constant && !definition {
                let label = Label::whole(Base::Global(file, name));
                let step = Step::first(self.file_id, (0, 0), Why::Stored(name));
                value.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
                value.add_ref(Ref::Sym(label));
                self.reads.insert(name);
            }
            if let Some(patches) = self.patches(Base::Global(file, name)) {
                for patched in patches {
                    if patched.path.is_whole() {
                        patched.value.refs().iter().for_each(|reference| value.add_ref(reference.clone()));
                    }
                }
            }
            return value;
        }
        if let Some(owner) = self.project.star_owner(file, name, hops) {
            return self.global(owner, name, hops.saturating_sub(1));
        }
        if let Some(star) = self.project.foreign_stars(file).next()
            && !is_builtin(name)
        {
            return self.api(Symbol::new(&format!("{star}.{name}")), (0, 0));
        }
        self.builtin_name(name)
    }

    pub(crate) fn builtin_name(&mut self, name: Symbol) -> Value {
        if name.as_str() == "__name__" {
            return Value::default();
        }
        self.api(symbol!("builtins").dot(name), (0, 0))
    }

    pub(crate) fn of_static(&mut self, found: &[Static]) -> Value {
        if let [Static::Api(path)] = found {
            return self.api(*path, (0, 0));
        }
        let mut value = Value::default();
        for found in found {
            value.add_ref(match found {
                Static::Func(func) => Ref::Func(*func, Arc::from([])),
                Static::Class(class) => Ref::Class(*class),
                Static::Module(file) => Ref::Module(*file),
                Static::Instance(class) => Ref::Instance(*class),
                Static::Api(path) => {
                    let api = self.api(*path, (0, 0));
                    value = value.join(&api);
                    continue;
                }
            });
        }
        value
    }

    /// `from module import name`
    fn member(&mut self, module: Symbol, name: Symbol) -> Value {
        if let Some(file) = self.project.module(module.as_str()) {
            if self.project.binds(file, name) || self.project.star_owner(file, name, 6).is_some() {
                return self.global(file, name, 6);
            }
            let inner = format!("{module}.{name}");
            if let Some(inner) = self.project.module(&inner) {
                return Value::reference(Ref::Module(inner));
            }
            if let Some(getattr) = self.module_getattr(file, name) {
                return getattr;
            }
            return Value::default();
        }
        let found = self.project.static_member(module, name, 8);
        self.of_static(&found)
    }

    /// Something of a library: an instance of what it is known to be, tainted if it is a source.
    pub(crate) fn api(&mut self, path: Symbol, span: (u32, u32)) -> Value {
        if let Some(text) = constant_text(path.as_str()) {
            return Value::text(text);
        }
        let api = self.project.api(path);
        let mut value = Value::reference(Ref::Api(api.canonical));
        for (kind, name) in &api.sources {
            value.add_fact(self.source_fact(*kind, span, *name));
        }
        value
    }

    fn logic(&mut self, list: seriema_program::ir::List, all: bool, env: &mut Env) -> Value {
        let file = self.file;
        let items = file.exprs_of(list);
        let mut out: Option<Value> = None;
        let mut state = env.clone();
        let mut end: Option<Env> = None;
        for (index, item) in items.iter().enumerate() {
            let value = self.eval(*item, &mut state);
            let last = index + 1 == items.len();
            let stops = value.truth().map(|truth| truth != all);
            // `x or default`: what goes on is not what stopped.
            let kept = if stops == Some(false) && !last { None } else { Some(value.clone()) };
            if let Some(kept) = kept {
                let mut kept = kept;
                if !last && all {
                    // Of `a and b`, a is only the result when it is false: nothing is in it then.
                    let data = kept.to_mut();
                    data.refs.clear();
                    data.tree = None;
                    data.parts = None;
                    data.facts.iter_mut().for_each(|fact| fact.cleaned = Kinds::ALL);
                    if let Some(consts) = &mut data.consts {
                        consts.retain(|c| !c.is_true());
                    }
                }
                if !last && !all {
                    // Of `a or b`, a is only the result when it is true.
                    if let Some(consts) = kept.consts() {
                        let consts: SmallVec<[Const; 1]> = consts.iter().copied().filter(|c| c.is_true()).collect();
                        kept.to_mut().consts = Some(consts);
                    }
                }
                out = Some(match out {
                    Some(known) if !all && is_empty_constant(&kept) => {
                        // `host or ""`: with nothing in the one, there is nothing in what it was made of.
                        let mut joined = join_logic(&known, &kept, all);
                        joined.to_mut().derived.clone_from(&known.data().derived);
                        joined
                    }
                    Some(known) => join_logic(&known, &kept, all),
                    None => kept,
                });
            }
            if stops == Some(true) || last {
                match &mut end {
                    Some(known) => known.join(state),
                    None => end = Some(state),
                }
                break;
            }
            if stops.is_none() {
                let mut leaves = state.clone();
                self.refine(*item, &value, !all, &mut leaves);
                match &mut end {
                    Some(known) => known.join(leaves),
                    None => end = Some(leaves),
                }
                self.refine(*item, &value, all, &mut state);
            }
        }
        if let Some(end) = end {
            *env = end;
        }
        out.unwrap_or_default()
    }

    pub(crate) fn augment(
        &mut self,
        op: BinaryOp,
        before: &Value,
        operand: &Value,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        // `items += [...]` changes the list itself.
        if op == BinaryOp::Add {
            let mut changed = false;
            for reference in before.refs() {
                if let Ref::Obj(id) = reference
                    && env.object(*id).is_some_and(|object| object.shape == Shape::List)
                {
                    self.extend(*id, operand, span, env);
                    changed = true;
                }
            }
            if changed {
                return before.clone();
            }
        }
        // So do `members |= {...}` and `table |= {...}`.
        if op == BinaryOp::Or && self.is_container(before, env) {
            let mut changed = false;
            for reference in before.refs() {
                let Ref::Obj(id) = reference else { continue };
                match env.object(*id).map(|object| object.shape) {
                    Some(Shape::Set) => self.extend(*id, operand, span, env),
                    Some(Shape::Dict) => {
                        if let Some(mut object) = env.object(*id).cloned() {
                            self.merge_into(&mut object, operand, env);
                            *env.object_mut(*id) = object;
                        }
                    }
                    _ => continue,
                }
                changed = true;
            }
            if changed {
                return before.clone();
            }
        }
        self.binary(op, before, operand, span, ExprId(span.0), env)
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        span: (u32, u32),
        id: ExprId,
        env: &mut Env,
    ) -> Value {
        if let (Some(a), Some(b)) = (left.consts(), right.consts())
            && a.len() * b.len() <= MAX_CONSTS
        {
            let mut all: SmallVec<[Const; 1]> = SmallVec::new();
            let mut known = true;
            for x in a {
                for y in b {
                    match fold(op, *x, *y) {
                        Some(value) => {
                            if let Err(at) = all.binary_search(&value) {
                                all.insert(at, value);
                            }
                        }
                        None => known = false,
                    }
                }
            }
            if known && !all.is_empty() {
                return Data { consts: Some(all), ..Data::default() }.into();
            }
        }
        match op {
            BinaryOp::Add => {
                if let (Some(a), Some(b)) = (self.items(left, env), self.items(right, env)) {
                    let mut object = Object::new(Shape::List);
                    object.set_items(a.into_iter().chain(b).collect());
                    return self.make(id, object, env);
                }
                if self.is_container(left, env) || self.is_container(right, env) {
                    // Those on the left keep their places.
                    let mut object = Object::new(Shape::List);
                    match self.sequence(left, env) {
                        Some(sequence) => {
                            object.set_items(sequence.items);
                            if let Some(rest) = sequence.rest {
                                object.add_rest(&rest);
                            }
                        }
                        None => {
                            let element = self.element(left, span, env);
                            object.add_rest(&element);
                        }
                    }
                    object.len = None;
                    match self.items(right, env) {
                        Some(items) => items.iter().for_each(|item| object.add_rest(item)),
                        None => {
                            let element = self.element(right, span, env);
                            object.add_rest(&element);
                        }
                    }
                    return self.make(id, object, env);
                }
                self.concat(vec![left.clone(), right.clone()], span, env)
            }
            BinaryOp::Mod => {
                // A template that is no literal.
                let mut parts = vec![left.clone()];
                match self.items(right, env) {
                    Some(items) => parts.extend(items),
                    None => parts.push(right.clone()),
                }
                if let Some(Const::Int(_) | Const::Float(_)) = right.only() {
                    return Value::default();
                }
                let markup =
                    left.refs().iter().any(|r| matches!(r, Ref::Api(p) if p.as_str() == "markupsafe.Markup()"));
                let out = self.blend(&parts, span, env);
                if markup {
                    out.map_facts(|fact| fact.cleaned = fact.cleaned.with(seriema_models::SinkKind::Html))
                } else {
                    out
                }
            }
            BinaryOp::Mul => {
                if left.only_str().is_some() || right.only_str().is_some() {
                    return Value::default();
                }
                self.blend(&[left.clone(), right.clone()], span, env)
            }
            BinaryOp::Div => {
                // Paths are joined so; numbers divided so carry nothing.
                let path = |value: &Value| {
                    value.refs().iter().any(|r| matches!(r, Ref::Api(p) if p.as_str().contains("Path")))
                };
                let mut out = self.concat_parts(&[left.clone(), Value::text("/"), right.clone()], span, env);
                if path(left) || path(right) || !left.refs().is_empty() {
                    out.add_ref(Ref::Api(symbol!("pathlib.Path()")));
                }
                out
            }
            BinaryOp::Or if is_library(left) && is_library(right) => {
                // Flags: one and the other.
                let mut out = self.blend(&[left.clone(), right.clone()], span, env);
                for reference in left.refs().iter().chain(right.refs()) {
                    out.add_ref(reference.clone());
                }
                out
            }
            BinaryOp::Or | BinaryOp::And | BinaryOp::Sub => {
                if self.is_set(left, env) || self.is_set(right, env) {
                    return self.set_operation(op, left, right, span, id, env);
                }
                if op == BinaryOp::Or && (self.is_container(left, env) || self.is_container(right, env)) {
                    let mut object = Object::new(Shape::Dict);
                    self.merge_into(&mut object, left, env);
                    self.merge_into(&mut object, right, env);
                    return self.make(id, object, env);
                }
                self.blend(&[left.clone(), right.clone()], span, env)
            }
            BinaryOp::FloorDiv | BinaryOp::Pow | BinaryOp::Other => Value::default(),
        }
    }

    fn is_set(&self, value: &Value, env: &Env) -> bool {
        value.data().tree.as_ref().is_some_and(|tree| tree.shape == Shape::Set)
            || value
                .refs()
                .iter()
                .any(|r| matches!(r, Ref::Obj(id) if env.object(*id).is_some_and(|object| object.shape == Shape::Set)))
    }

    /// `a | b`, `a & b`, `a - b` of sets.
    fn set_operation(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        span: (u32, u32),
        id: ExprId,
        env: &mut Env,
    ) -> Value {
        let mut object = Object::new(Shape::Set);
        let sides = [left, right].map(|side| (self.constant_members(side, env).is_some(), side));
        for (position, (constant, side)) in sides.into_iter().enumerate() {
            let kept = match op {
                BinaryOp::Sub => position == 0,
                // What is in both is among the constants of the one.
                BinaryOp::And => constant || !(sides[0].0 || sides[1].0),
                _ => true,
            };
            if kept {
                let element = self.element(side, span, env);
                object.add_rest(&element);
            }
        }
        self.make(id, object, env)
    }

    /// A string of pieces one after the other.
    pub(crate) fn concat(&mut self, mut pieces: Vec<Value>, span: (u32, u32), env: &Env) -> Value {
        confine(&mut pieces);
        self.concat_parts(&pieces, span, env)
    }

    /// The same for what is joined as paths are: an absolute piece is not below what stands before it.
    pub(crate) fn concat_parts(&mut self, pieces: &[Value], span: (u32, u32), env: &Env) -> Value {
        let mut out = self.blend(pieces, span, env);
        let mut parts: Vec<Part> = Vec::new();
        for piece in pieces {
            for part in piece.parts() {
                match (parts.last_mut(), part) {
                    (Some(Part::Text(last)), Part::Text(text)) => {
                        let joined = format!("{last}{text}");
                        *last = Symbol::new(cut(&joined));
                    }
                    (_, part) => parts.push(part),
                }
            }
        }
        if let [Part::Text(text)] = *parts {
            return Value::constant(Const::Str(text));
        }
        let text = parts.iter().any(|part| matches!(part, Part::Text(_)));
        if parts.len() <= MAX_PARTS && (text || !out.facts().is_empty()) {
            out.to_mut().parts = Some(parts.into());
        }
        // `"sha256=" + code` is as hard to make as the code.
        if let Some(message) = pieces.iter().find_map(signed_message) {
            out.to_mut().derived = Some((message, How::Signed));
        }
        out
    }

    /// Something made of all of these, one way or another.
    pub(crate) fn blend(&mut self, pieces: &[Value], span: (u32, u32), env: &Env) -> Value {
        let mut facts = Facts::new();
        for piece in pieces {
            self.all_facts(piece, env, &mut facts);
        }
        for fact in &mut facts {
            if fact.step.span != span {
                fact.step = Step::after(&fact.step, self.file_id, span, Why::Formatted);
            }
            fact.flags = if fact.flags.has(Flags::OBSCURE) { Flags::OBSCURE } else { Flags::default() };
        }
        Value::of_facts(facts)
    }

    /// The facts of a value and of everything in it.
    pub(crate) fn all_facts(&self, value: &Value, env: &Env, out: &mut Facts) {
        self.facts_within(value, env, out, 4, &mut { MAX_SEARCHED });
    }

    fn facts_within(&self, value: &Value, env: &Env, out: &mut Facts, depth: u32, budget: &mut u32) {
        value.deep_facts(out, depth, budget);
        if depth == 0 || *budget == 0 {
            return;
        }
        for reference in value.refs() {
            if let Ref::Obj(id) = reference
                && let Some(object) = env.object(*id)
            {
                for (_, field) in object.fields.iter().filter(|(_, field)| !field.value.is_nothing()) {
                    if *budget == 0 {
                        return;
                    }
                    self.facts_within(&field.value, env, out, depth - 1, budget);
                }
                self.facts_within(&object.rest, env, out, depth - 1, budget);
            }
        }
    }

    fn format(&mut self, index: u32, span: (u32, u32), env: &mut Env) -> Value {
        let file = self.file;
        let mut pieces = Vec::new();
        for part in &file.formats[index as usize] {
            pieces.push(match part {
                FormatPart::Text(text) => Value::constant(Const::Str(*text)),
                FormatPart::Value(value, how) => {
                    let value = self.eval(*value, env);
                    match how {
                        Conversion::Plain => match self.own_text(&value, span, env) {
                            Some(text) => text,
                            None => self.as_text(&value),
                        },
                        Conversion::Repr => value.map_facts(|fact| {
                            fact.cleaned =
                                fact.cleaned.with(seriema_models::SinkKind::Log).with(seriema_models::SinkKind::Header);
                        }),
                        Conversion::Number => harmless(&value),
                    }
                }
            });
        }
        if pieces.is_empty() {
            return Value::text("");
        }
        self.concat(pieces, span, env)
    }

    /// What `str(x)` is of constants.
    pub(crate) fn as_text(&self, value: &Value) -> Value {
        match value.only() {
            Some(Const::Int(number)) => Value::text(&number.to_string()),
            Some(Const::Bool(flag)) => Value::text(if flag { "True" } else { "False" }),
            Some(Const::None) => Value::text("None"),
            _ => value.clone(),
        }
    }

    fn comprehension(&mut self, id: ExprId, kind: Option<Display>, index: u32, env: &mut Env) -> Value {
        let file = self.file;
        let node = &file.comprehensions[index as usize];
        let mut inside = env.clone();
        self.in_loop += 1;
        let mut single: Option<Vec<Value>> = None;
        for (position, clause) in node.clauses.iter().enumerate() {
            self.stands_at(&inside);
            let iterable = self.eval(clause.iter, &mut inside);
            if position == 0 && node.clauses.len() == 1 && clause.conditions.is_empty() && node.key.is_none() {
                single = self.items(&iterable, &inside);
            }
            let element = self.element(&iterable, file.span(clause.iter), &mut inside);
            self.assign(clause.target, element, &mut inside);
            for condition in &clause.conditions {
                let (yes, _) = self.split(*condition, &mut inside);
                inside = yes;
            }
        }
        self.stands_at(&inside);
        let shape = match kind {
            Some(Display::List) => Shape::List,
            Some(Display::Tuple) => Shape::Tuple,
            Some(Display::Set) => Shape::Set,
            None if node.key.is_some() => Shape::Dict,
            None => Shape::Iterator,
        };
        let mut object = Object::new(shape);
        object.len = None;
        if let (Some(items), [clause]) = (single, &*node.clauses)
            && items.len() <= 8
        {
            // Element by element: which one is which is kept.
            let mut results = Vec::new();
            for item in items {
                self.assign(clause.target, item, &mut inside);
                results.push(self.eval(node.element, &mut inside));
            }
            object.set_items(results);
        } else if !inside.dead {
            let key = node.key.map(|key| self.eval(key, &mut inside));
            let element = self.eval(node.element, &mut inside);
            match key {
                Some(key) => object.add_entry(&key, &element),
                None => object.add_rest(&element),
            }
        }
        self.in_loop -= 1;
        self.stands_at(env);
        // What was made inside is still there.
        inside.dead = env.dead;
        let slots = std::mem::take(&mut env.slots);
        *env = Env {
            slots: if inside.slots.len() == slots.len() { inside.slots } else { slots },
            heap: inside.heap,
            conditions: std::mem::take(&mut env.conditions),
            dead: inside.dead,
        };
        self.make(id, object, env)
    }

    /// A function with what it captures, decorated.
    fn closure(&mut self, index: FunctionIndex, env: &mut Env) -> Value {
        let func = self.project.func_id(self.file_id, index);
        let function = self.project.function(func);
        let captured: Vec<Value> = function
            .parameters
            .iter()
            .filter(|parameter| parameter.kind == ParameterKind::Captured)
            .map(|parameter| {
                let value = env.slots.get(usize::from(parameter.outer)).and_then(Option::as_ref);
                self.note_read(parameter.outer, value);
                value.cloned().unwrap_or_default()
            })
            .collect();
        for parameter in &function.parameters {
            if let Some(default) = parameter.default {
                self.eval(default, env);
            }
        }
        let mut value = Value::reference(Ref::Func(func, captured.into()));
        let traits = self.project.traits[func.0 as usize];
        let known_trait = traits.property || traits.statical || traits.class_method || traits.context_manager;
        let missing = self.missing;
        for decorator in function.decorators.iter().rev() {
            let applied = self.eval(*decorator, env);
            let span = self.file.span(*decorator);
            // What decorators below make of it, has to be known first.
            if self.missing == missing {
                self.note_route(&applied, *decorator, func, &value, env);
            }
            if known_trait || applied.refs().is_empty() {
                continue;
            }
            let project_made = applied.refs().iter().any(|r| match r {
                Ref::Func(..) | Ref::Bound(..) | Ref::Class(_) | Ref::Partial(_) => true,
                // An instance that can be called.
                Ref::Obj(id) => env.object(*id).is_some_and(|object| matches!(object.shape, Shape::Instance(_))),
                Ref::Instance(_) => true,
                _ => false,
            });
            if project_made {
                let args = Args { positional: vec![value.clone()], ..Args::default() };
                let result = self.call_value(&applied, args, span, env);
                if result
                    .refs()
                    .iter()
                    .any(|r| matches!(r, Ref::Func(..) | Ref::Bound(..) | Ref::Obj(_) | Ref::Partial(_)))
                {
                    value = result;
                }
            } else if applied.refs().iter().any(|r| matches!(r, Ref::Sym(_))) {
                // What a decorator of unknown origin makes of it, callers may know; as a rule, a function like it.
            }
        }
        value
    }

    fn make_class(&mut self, index: u32, env: &mut Env) -> Value {
        let class = self.project.class_id(self.file_id, index);
        let body = self.project.class_body(class);
        self.depends.insert(body);
        self.note_class_routes(class);
        let node = &self.file.classes[index as usize];
        let mut value = Value::reference(Ref::Class(class));
        for decorator in node.decorators.iter().rev() {
            let applied = self.eval(*decorator, env);
            if applied.refs().iter().any(|r| matches!(r, Ref::Func(..))) {
                let span = self.file.span(*decorator);
                let args = Args { positional: vec![value.clone()], ..Args::default() };
                let result = self.call_value(&applied, args, span, env);
                if result.refs().iter().any(|r| matches!(r, Ref::Class(_))) {
                    value = result;
                }
            }
        }
        value
    }

    fn awaited(&mut self, value: &Value) -> Value {
        let mut out = value.clone();
        // `await x` of a library's path is what the call gives.
        if out.refs().iter().any(|r| matches!(r, Ref::Api(path) if path.as_str().starts_with("asyncio."))) {
            out.to_mut().refs.retain(|r| !matches!(r, Ref::Api(path) if path.as_str().starts_with("asyncio.")));
        }
        out
    }

    /// Compares; says what the outcome means for the operands.
    pub(crate) fn compare(&mut self, op: CompareOp, left: &Value, right: &Value, env: &mut Env) -> Value {
        if let Some(answer) = self.compare_consts(op, left, right, env) {
            return Value::constant(Const::Bool(answer));
        }
        let mut out = Value::default();
        self.note_checks(op, left, right, env, &mut out);
        if let (Some(all), Some(other)) = (left.consts(), right.only()) {
            // Of the constants that it may be, those on either way.
            for when in [true, false] {
                let kept: SmallVec<[Const; 1]> = all
                    .iter()
                    .copied()
                    .filter(|one| compare(op, *one, other).is_none_or(|answer| answer == when))
                    .collect();
                if !kept.is_empty() && kept.len() < all.len() {
                    let check = Check { consts: Some(kept), ..Check::clean(left.clone(), when, Kinds::NONE) };
                    out.to_mut().checks.push(Arc::new(check));
                }
            }
        }
        out
    }

    fn compare_consts(&mut self, op: CompareOp, left: &Value, right: &Value, env: &mut Env) -> Option<bool> {
        if matches!(op, CompareOp::In | CompareOp::NotIn) {
            let needle = left.only()?;
            if let Some(text) = right.only_str() {
                let Const::Str(part) = needle else { return None };
                return Some(text.contains(part.as_str()) == (op == CompareOp::In));
            }
            let members = self.constant_members(right, env)?;
            return Some(members.contains(&needle) == (op == CompareOp::In));
        }
        let (a, b) = (left.consts()?, right.consts()?);
        let mut answer = None;
        for x in a {
            for y in b {
                let one = compare(op, *x, *y)?;
                if answer.is_some_and(|known| known != one) {
                    return None;
                }
                answer = Some(one);
            }
        }
        answer
    }

    /// The members of a container that holds constants only.
    pub(crate) fn constant_members(&mut self, value: &Value, env: &Env) -> Option<Vec<Const>> {
        let mut out = Vec::new();
        let mut any = false;
        if let Some(consts) = value.consts() {
            // A string's characters.
            let [Const::Str(_)] = consts else { return None };
            return None;
        }
        if let Some(tree) = &value.data().tree {
            any = true;
            for (seg, field) in &tree.fields {
                match (tree.shape, seg) {
                    (Shape::Dict, Seg::Key(key)) => out.push(Const::Str(*key)),
                    (Shape::Dict, Seg::Index(key)) => out.push(Const::Int(i64::from(*key))),
                    (_, Seg::Attr(_)) => {}
                    _ => out.extend(field.consts()?),
                }
            }
            if !tree.rest.is_nothing() {
                if tree.shape == Shape::Dict {
                    return None;
                }
                out.extend(tree.rest.consts()?);
            }
        }
        for reference in value.refs() {
            match reference {
                Ref::Obj(id) => {
                    any = true;
                    let object = env.object(*id)?;
                    for (seg, field) in &object.fields {
                        match (object.shape, seg) {
                            (Shape::Dict, Seg::Key(key)) => out.push(Const::Str(*key)),
                            (Shape::Dict, Seg::Index(key)) => out.push(Const::Int(i64::from(*key))),
                            (_, Seg::Attr(_)) => {}
                            _ => out.extend(field.value.consts()?),
                        }
                    }
                    if object.rest_written {
                        if object.shape == Shape::Dict {
                            return None;
                        }
                        out.extend(object.rest.consts()?);
                    }
                }
                Ref::Sym(label) if matches!(label.base, Base::Global(..)) => {}
                // `self.columns`, whose value the class says.
                Ref::Sym(label) if value.data().tree.is_some() && !label.path.is_whole() => {}
                _ => return None,
            }
        }
        any.then_some(out)
    }
}

/// Constants of the standard library that strings are made of and checked against. Separators as on most systems.
fn constant_text(path: &str) -> Option<&'static str> {
    Some(match path {
        "os.sep" | "os.path.sep" => "/",
        "os.linesep" => "\n",
        "string.ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "string.ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.digits" => "0123456789",
        "string.hexdigits" => "0123456789abcdefABCDEF",
        "string.octdigits" => "01234567",
        _ => return None,
    })
}

fn is_definition(reference: &Ref) -> bool {
    matches!(reference, Ref::Func(..) | Ref::Class(_) | Ref::Module(_) | Ref::Api(_) | Ref::Partial(_))
}

/// Whether a value is a tuple of constants, which nobody can change.
fn is_constant_tuple(value: &Value) -> bool {
    let Some(tree) = &value.data().tree else { return false };
    value.refs().is_empty()
        && value.facts().is_empty()
        && tree.shape == Shape::Tuple
        && tree.len.is_some()
        && tree.fields.iter().all(|(_, field)| field.consts().is_some())
}

pub(crate) fn is_builtin(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "print"
            | "len"
            | "str"
            | "int"
            | "open"
            | "eval"
            | "exec"
            | "range"
            | "list"
            | "dict"
            | "set"
            | "tuple"
            | "isinstance"
            | "getattr"
            | "setattr"
            | "hasattr"
            | "type"
            | "super"
            | "sorted"
            | "map"
            | "filter"
            | "zip"
            | "enumerate"
            | "min"
            | "max"
            | "sum"
            | "any"
            | "all"
            | "bool"
            | "float"
            | "bytes"
            | "input"
            | "repr"
            | "format"
            | "property"
            | "staticmethod"
            | "classmethod"
            | "object"
            | "Exception"
            | "ValueError"
            | "KeyError"
            | "TypeError"
            | "iter"
            | "next"
            | "reversed"
            | "compile"
            | "__import__"
            | "vars"
            | "globals"
            | "locals"
            | "abs"
            | "round"
            | "hash"
            | "id"
    )
}

/// A path without `..` that is appended to a directory stays below it.
fn confine(pieces: &mut [Value]) {
    let is_dotless = |piece: &Value| piece.facts().iter().any(|fact| fact.flags.has(Flags::NO_DOTS));
    if !pieces.iter().any(is_dotless) {
        return;
    }
    let mut before = String::new();
    for piece in pieces {
        if is_dotless(piece) && before.len() > 1 && before.ends_with('/') {
            *piece = piece.map_facts(|fact| {
                if fact.flags.has(Flags::NO_DOTS) {
                    fact.cleaned = fact.cleaned.union(Kinds::PATH);
                }
            });
        }
        for part in piece.parts() {
            match part {
                Part::Text(text) => before.push_str(text.as_str()),
                Part::Value(_) => before.push(UNKNOWN),
            }
        }
    }
}

/// Something of a library, not what a call of it gives.
fn is_library(value: &Value) -> bool {
    !value.refs().is_empty()
        && value.refs().iter().all(|r| matches!(r, Ref::Api(path) if !path.as_str().ends_with(')')))
}

/// Whether a value is nothing but an empty constant.
fn is_empty_constant(value: &Value) -> bool {
    value.truth() == Some(false) && value.facts().is_empty() && value.refs().is_empty()
}

fn join_logic(known: &Value, next: &Value, all: bool) -> Value {
    let mut out = known.join(next);
    // Of `a and b`, both hold when it is true; of `a or b`, neither holds when it is false.
    for side in [known, next] {
        for check in &side.data().checks {
            if check.when == all {
                out.to_mut().checks.push(Arc::clone(check));
            }
        }
    }
    out
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn fold(op: BinaryOp, left: Const, right: Const) -> Option<Const> {
    match (op, left, right) {
        (BinaryOp::Add, Const::Str(a), Const::Str(b)) => Some(Const::Str(Symbol::new(cut(&format!("{a}{b}"))))),
        (BinaryOp::Add, Const::Bytes(a), Const::Bytes(b)) => Some(Const::Bytes(Symbol::new(cut(&format!("{a}{b}"))))),
        (BinaryOp::Mul, Const::Str(a), Const::Int(times)) | (BinaryOp::Mul, Const::Int(times), Const::Str(a)) => {
            let times = usize::try_from(times.max(0)).ok()?;
            (a.as_str().len().checked_mul(times)? <= MAX_TEXT)
                .then(|| Const::Str(Symbol::new(&a.as_str().repeat(times))))
        }
        (_, Const::Int(a), Const::Int(b)) => Some(Const::Int(match op {
            BinaryOp::Add => a.checked_add(b)?,
            BinaryOp::Sub => a.checked_sub(b)?,
            BinaryOp::Mul => a.checked_mul(b)?,
            BinaryOp::FloorDiv if b != 0 => a.div_euclid(b) - i64::from(b < 0 && a.rem_euclid(b) != 0),
            BinaryOp::Mod if b > 0 => a.rem_euclid(b),
            BinaryOp::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
            BinaryOp::And => a & b,
            BinaryOp::Or => a | b,
            #[allow(clippy::cast_precision_loss, reason = "as Python divides")]
            BinaryOp::Div if b != 0 => return Some(Const::Float((a as f64 / b as f64).to_bits())),
            _ => return None,
        })),
        (_, a, b) => {
            let (a, b) = (a.number()?, b.number()?);
            Some(Const::Float(
                match op {
                    BinaryOp::Add => a + b,
                    BinaryOp::Sub => a - b,
                    BinaryOp::Mul => a * b,
                    BinaryOp::Div if b != 0.0 => a / b,
                    _ => return None,
                }
                .to_bits(),
            ))
        }
    }
}

pub(crate) fn compare(op: CompareOp, left: Const, right: Const) -> Option<bool> {
    let order = match (left, right) {
        (Const::Str(a), Const::Str(b)) | (Const::Bytes(a), Const::Bytes(b)) => Some(a.as_str().cmp(b.as_str())),
        (a, b) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    Some(match op {
        CompareOp::Eq | CompareOp::Is => left == right || order == Some(std::cmp::Ordering::Equal),
        CompareOp::NotEq | CompareOp::IsNot => !(left == right || order == Some(std::cmp::Ordering::Equal)),
        CompareOp::Lt => order?.is_lt(),
        CompareOp::LtE => order?.is_le(),
        CompareOp::Gt => order?.is_gt(),
        CompareOp::GtE => order?.is_ge(),
        CompareOp::In | CompareOp::NotIn => return None,
    })
}
