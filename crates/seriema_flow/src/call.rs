//! Calls: of what, with what.

use std::sync::Arc;

use seriema_models::Kinds;
use seriema_program::Symbol;
use seriema_program::ir::{Display, Expr, ExprId, ParameterKind, Slot};

use crate::access::Seg;
use crate::env::{Env, Object, key_of};
use crate::eval::{SENT, SENT_NAME};
use crate::graph::is_common;
use crate::interp::Interp;
use crate::method::is_lookup;
use crate::probe::Callee;
use crate::project::{ClassId, FileId, FuncId, Static};
use crate::step::{Step, Why};
use crate::summary::OpenCall;
use crate::value::{Base, Check, Const, Fact, Flags, How, Label, Partial, Ref, Shape, Value};
use crate::when::Conditions;

/// Methods of one name that an unknown object is taken to have.
const MAX_BY_NAME: usize = 3;
/// Functions through which a call of something unknown is handed on.
pub(crate) const MAX_OPEN_DEPTH: u8 = 3;
/// Calls within calls within one expression of this function: properties, callbacks, iterators.
const MAX_CALL_DEPTH: u32 = 8;
/// Calls within one call of this function, all levels together.
const MAX_INNER_CALLS: u32 = 32;

/// Times that one function is entered within itself while its summary is put in: a callback that calls what called it.
const MAX_REENTRY: usize = 2;

/// Arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Symbol, Value)>,
    /// An element of `*args` whose length is not known.
    pub(crate) star: Option<Value>,
    /// What that element is of, and at which position of the call it begins.
    pub(crate) sequence: Option<(Value, usize)>,
    /// `**kwargs`
    pub(crate) double_star: Option<Value>,
}

impl Args {
    pub(crate) fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
    }

    /// All values that are given.
    pub(crate) fn all(&self) -> Vec<Value> {
        let named = self.keywords.iter().map(|(_, value)| value);
        self.positional.iter().chain(named).chain(&self.star).chain(&self.double_star).cloned().collect()
    }
}

impl Interp<'_> {
    pub(crate) fn call(&mut self, id: ExprId, index: u32, env: &mut Env) -> Value {
        let file = self.file;
        let node = &file.calls[index as usize];
        let span = file.span(id);
        self.may_raise(env);
        let result = match file.expr(node.callee) {
            Expr::Attribute(object, name) => {
                let receiver = self.eval(object, env);
                let args = self.arguments(index, env);
                self.call_method(&receiver, name, args, span, file.span(node.callee), Some(object), env)
            }
            Expr::Global(name) if name.as_str() == "super" && node.positional.is_empty() => match self.super_class() {
                Some((class, slot)) => {
                    let receiver = env.get(slot);
                    self.note_read(slot, Some(&receiver));
                    Value::reference(Ref::Super(class, Arc::new(receiver)))
                }
                None => Value::default(),
            },
            _ => {
                let callee = self.eval(node.callee, env);
                let args = self.arguments(index, env);
                self.call_value(&callee, args, span, env)
            }
        };
        self.may_raise(env);
        result
    }

    /// The class of the method around, and where its first parameter is.
    fn super_class(&self) -> Option<(ClassId, Slot)> {
        let first = self.function.parameters.first()?;
        Some((self.class?, first.slot))
    }

    pub(crate) fn arguments(&mut self, index: u32, env: &mut Env) -> Args {
        let file = self.file;
        let node = &file.calls[index as usize];
        let mut args = Args::default();
        for argument in &node.positional {
            if let Expr::Star(inner) = file.expr(*argument) {
                let value = self.eval(inner, env);
                match self.items(&value, env) {
                    Some(items) if args.star.is_none() => args.positional.extend(items),
                    _ => {
                        let element = self.element(&value, file.span(*argument), env);
                        args.sequence = match args.star {
                            None => Some((value, args.positional.len())),
                            // After one of unknown length, nobody knows the position.
                            Some(_) => None,
                        };
                        args.star = Some(args.star.map_or_else(|| element.clone(), |known| known.join(&element)));
                    }
                }
            } else {
                let value = self.eval(*argument, env);
                if args.star.is_some() {
                    args.sequence = None;
                }
                args.positional.push(value);
            }
        }
        for (name, argument) in &node.keywords {
            let value = self.eval(*argument, env);
            match name {
                Some(name) => args.keywords.push((*name, value)),
                None => {
                    // A dictionary whose keys are known gives named arguments.
                    let mut object = Object::new(Shape::Dict);
                    self.merge_into(&mut object, &value, env);
                    let open = object.rest_written || !value.facts().is_empty();
                    for (seg, field) in &object.fields {
                        if let Seg::Key(name) = seg {
                            args.keywords.push((*name, field.value.clone()));
                        }
                    }
                    if open || object.fields.is_empty() {
                        args.double_star = Some(value);
                    }
                }
            }
        }
        args
    }

    /// Calls whatever a value refers to.
    pub(crate) fn call_value(&mut self, callee: &Value, mut args: Args, span: (u32, u32), env: &mut Env) -> Value {
        if self.call_depth >= MAX_CALL_DEPTH {
            self.out.bounded = true;
            return Value::default();
        }
        self.call_depth += 1;
        let mut out: Option<Value> = None;
        let mut add = |value: Value| {
            out = Some(out.as_ref().map_or_else(|| value.clone(), |known| known.join(&value)));
        };
        let concrete = callee.refs().iter().any(|r| !matches!(r, Ref::Sym(_)));
        let mut survived = false;
        let mut dead = false;
        let last = callee.refs().len().saturating_sub(1);
        for (at, reference) in callee.refs().iter().enumerate() {
            let before_dead = env.dead;
            // Whoever is called last may have them.
            let mut given = || if at == last { std::mem::take(&mut args) } else { args.clone() };
            match reference {
                Ref::Func(func, captured) => {
                    let captured = Arc::clone(captured);
                    add(self.invoke(*func, &captured, None, given(), span, env));
                }
                Ref::Bound(func, receiver) => {
                    let receiver = (**receiver).clone();
                    add(self.invoke(*func, &[], Some(receiver), given(), span, env));
                }
                Ref::Class(class) => add(self.construct(*class, given(), span, env)),
                Ref::Api(path) => add(self.library_call(*path, None, &args, span, env)),
                Ref::Partial(partial) => {
                    let partial = Arc::clone(partial);
                    let mut full = args.clone();
                    full.positional.splice(0..0, partial.positional.iter().cloned());
                    full.keywords.extend(partial.keywords.iter().cloned());
                    add(self.call_value(&partial.function, full, span, env));
                }
                Ref::Method(receiver, name) => {
                    let receiver = (**receiver).clone();
                    if name.as_str() == crate::builtin::ANY_ATTRIBUTE {
                        self.reach(seriema_models::SinkKind::Import, &receiver, symbol!("builtins.getattr"), span, env);
                        add(Value::default());
                        continue;
                    }
                    add(self.call_method(&receiver, *name, args.clone(), span, span, None, env));
                }
                Ref::Obj(id) => {
                    let shape = env.object(*id).map(|object| object.shape);
                    if let Some(Shape::Instance(class)) = shape
                        && let Some(func) = self.project.method(class, symbol!("__call__"))
                    {
                        let receiver = Value::reference(Ref::Obj(*id));
                        add(self.invoke(func, &[], Some(receiver), args.clone(), span, env));
                    }
                }
                Ref::Instance(class) => {
                    if let Some(func) = self.project.method(*class, symbol!("__call__")) {
                        let receiver = Value::reference(Ref::Instance(*class));
                        add(self.invoke(func, &[], Some(receiver), args.clone(), span, env));
                    }
                }
                Ref::Sym(label) if !concrete => add(self.open_call(*label, None, &args, span, env)),
                Ref::Sym(_) | Ref::Module(_) | Ref::Super(..) | Ref::Entry(_) => {}
            }
            // One way that comes back is enough.
            if env.dead && !before_dead {
                dead = true;
                env.dead = false;
            } else {
                survived = true;
            }
        }
        if dead && !survived {
            env.dead = true;
        }
        self.call_depth -= 1;
        match out {
            Some(out) => out,
            None => {
                self.out.counts.unresolved += 1;
                self.note_callee(Callee::Unknown);
                let mut pieces = args.all();
                pieces.push(Value::of_facts(callee.facts().iter().cloned().collect()));
                self.obscure(&pieces, span, env)
            }
        }
    }

    /// What a call of something unknown gives: made of its arguments, perhaps.
    pub(crate) fn obscure(&mut self, pieces: &[Value], span: (u32, u32), env: &Env) -> Value {
        self.blend(pieces, span, env).map_facts(|fact| fact.flags = fact.flags.with(Flags::OBSCURE))
    }

    /// `receiver.name(...)`
    #[allow(clippy::too_many_arguments, reason = "one place knows them all")]
    pub(crate) fn call_method(
        &mut self,
        receiver: &Value,
        name: Symbol,
        args: Args,
        span: (u32, u32),
        callee_span: (u32, u32),
        object: Option<ExprId>,
        env: &mut Env,
    ) -> Value {
        if self.call_depth >= MAX_CALL_DEPTH {
            self.out.bounded = true;
            return Value::default();
        }
        if let Some(found) = self.container_method(receiver, name, &args, span, env) {
            return found;
        }
        // The next method depends on the class of the instance, which callers know.
        if let [Ref::Super(class, own)] = receiver.refs()
            && !self.known.entries.contains_key(&self.func)
            && let Some(label) = self.given_instance(own)
            && self.project.next_methods(*class, name, None).len() > 1
            && self.exact_class(own, env).is_none()
        {
            return self.open_call_above(label, Some(name), Some(*class), &args, span, env);
        }
        // `super().__init__(...)` of an exception.
        if name.as_str() == "__init__"
            && let [Ref::Super(class, own)] = receiver.refs()
            && self.project.super_method(*class, name).is_none()
            && self
                .project
                .class(*class)
                .api_bases
                .iter()
                .any(|base| base.as_str().ends_with("Error") || base.as_str().ends_with("Exception"))
        {
            let given = self.exception_arguments(&args, span, env);
            let own = Value::clone(own);
            self.store(&own, Seg::Attr(symbol!("args")), given, span, env);
            return Value::default();
        }
        let member = self.get_attr(receiver, name, callee_span, env);
        let concrete = member.refs().iter().any(|r| !matches!(r, Ref::Sym(_) | Ref::Api(_)));
        let api = member.refs().iter().any(|r| matches!(r, Ref::Api(_)));
        if concrete || api {
            let mut out: Option<Value> = None;
            for reference in member.refs() {
                let found = match reference {
                    Ref::Api(path) => self.library_method(*path, receiver, name, &args, span, env),
                    Ref::Sym(_) => continue,
                    other => {
                        let callee = Value::reference(other.clone());
                        self.call_value(&callee, args.clone(), span, env)
                    }
                };
                out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
            }
            return out.unwrap_or_default();
        }
        self.fallback(receiver, name, &args, span, object, env);
        let symbol = receiver.refs().iter().find_map(|r| if let Ref::Sym(label) = r { Some(*label) } else { None });
        let plain = self.plain_method(receiver, name, &args, span, env);
        if is_text_method(name) {
            return plain;
        }
        if let Some(label) = symbol
            && matches!(label.base, Base::Param(_) | Base::Result(_))
        {
            let open = self.open_call(label, Some(name), &args, span, env);
            let mut out = open.join(&plain).with_consts_of(&plain);
            // `low.get("key")` is `low["key"]`: what is checked of the one holds for the other.
            if name.as_str() == "get" && matches!(args.positional.as_slice(), [key] if key_of(key).is_some()) {
                out.to_mut().derived = Some((plain, How::Same));
            }
            return out;
        }
        if !is_common(name)
            && let Some(candidates) = self.project.by_name.get(&name)
            && candidates.len() <= MAX_BY_NAME
            && (symbol.is_some() || receiver.refs().is_empty())
        {
            let mut out = Value::default();
            for func in candidates {
                let found = self.invoke(*func, &[], Some(receiver.clone()), args.clone(), span, env);
                let found = found.map_facts(|fact| fact.flags = fact.flags.with(Flags::OBSCURE));
                out = out.join(&found);
            }
            return out;
        }
        self.out.counts.unresolved += 1;
        self.note_callee(Callee::Unknown);
        plain
    }

    /// A method of a library's object. Of what a request holds, and of text, no model says more than what strings and
    /// containers do.
    fn library_method(
        &mut self,
        path: Symbol,
        receiver: &Value,
        name: Symbol,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let text = is_text_method(name);
        if (receiver.facts().is_empty() && !text) || self.project.knows_call(path) {
            return self.library_call(path, Some(receiver), args, span, env);
        }
        if let Some(known) = self.builtin_call(path, Some(receiver), args, span, env) {
            return known;
        }
        self.out.counts.external += 1;
        self.note_callee(Callee::Library(path));
        let mut out = self.plain_method(receiver, name, args, span, env);
        if !text {
            let made = self.api(path.called(), span);
            for reference in made.refs() {
                out.add_ref(reference.clone());
            }
        }
        out
    }

    /// A call for callers to resolve.
    pub(crate) fn open(
        callee: Label,
        method: Option<Symbol>,
        args: &Args,
        span: (u32, u32),
        file: FileId,
        depth: u8,
        env: &Env,
    ) -> OpenCall {
        let export = |value: &Value| env.export(value, 3);
        OpenCall {
            callee,
            method,
            above: None,
            positional: args.positional.iter().map(export).collect(),
            keywords: args.keywords.iter().map(|(name, value)| (*name, export(value))).collect(),
            star: args.star.as_ref().map(export),
            sequence: args.sequence.as_ref().map(|(value, from)| (export(value), *from)),
            double_star: args.double_star.as_ref().map(export),
            span,
            file,
            conditions: Conditions::new(),
            depth,
        }
    }

    /// A call that callers may resolve.
    fn open_call(
        &mut self,
        callee: Label,
        method: Option<Symbol>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        self.open_call_above(callee, method, None, args, span, env)
    }

    /// What callers know an instance by.
    fn given_instance(&self, value: &Value) -> Option<Label> {
        value.refs().iter().find_map(|r| match r {
            Ref::Sym(label) if matches!(label.base, Base::Param(_)) => Some(*label),
            _ => None,
        })
    }

    /// The class of an instance that is told apart.
    pub(crate) fn exact_class(&self, value: &Value, env: &Env) -> Option<ClassId> {
        let data = value.data();
        if data.either {
            return None;
        }
        match (&*data.refs, &data.tree) {
            ([Ref::Obj(id), ..], None) => match env.object(*id)?.shape {
                Shape::Instance(class) => Some(class),
                _ => None,
            },
            ([], Some(tree)) => match tree.shape {
                Shape::Instance(class) => Some(class),
                _ => None,
            },
            _ => None,
        }
    }

    fn open_call_above(
        &mut self,
        callee: Label,
        method: Option<Symbol>,
        above: Option<ClassId>,
        args: &Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let mut pieces = args.all();
        // What is looked up by a key is not the key.
        if method.is_some_and(|name| is_lookup(name.as_str()) || matches!(name.as_str(), "get" | "pop")) {
            pieces = args.positional.iter().skip(1).cloned().collect();
        }
        pieces.retain(|piece| !piece.is_nothing());
        let unknown = self.obscure(&pieces, span, env);
        if !matches!(callee.base, Base::Param(_) | Base::Result(_)) {
            self.out.counts.unresolved += 1;
            self.note_callee(Callee::Unknown);
            return unknown;
        }
        self.note_callee(Callee::Given(callee, method));
        let mut call = Self::open(callee, method, args, span, self.file_id, 0, env);
        call.conditions.clone_from(&self.conditions);
        call.above = above;
        match self.add_open_call(call) {
            Some(index) => {
                let label = Label::whole(Base::Result(index));
                let mut out = unknown;
                out.add_ref(Ref::Sym(label));
                let step = crate::step::Step::first(self.file_id, span, crate::step::Why::Parameter);
                out.add_fact(crate::value::Fact {
                    label,
                    cleaned: seriema_models::Kinds::NONE,
                    flags: Flags::default(),
                    weak: None,
                    step,
                });
                out
            }
            None => unknown,
        }
    }

    /// A new instance of a class of the project.
    pub(crate) fn construct(&mut self, class: ClassId, args: Args, span: (u32, u32), env: &mut Env) -> Value {
        if self.is_enum(class) {
            // When it returned, this was one of the values.
            if let Some(value) = args.positional.first() {
                self.apply_check(&Check::clean(value.clone(), true, Kinds::ALL), env);
            }
            return Value::default();
        }
        self.note_callee(Callee::Class(class));
        let value = self.make_fresh(span, Object::new(Shape::Instance(class)), env);
        let Some(Ref::Obj(id)) = value.refs().first().cloned() else { return value };
        env.object_mut(id).len = None;
        if let Some(init) = self.project.method(class, symbol!("__init__")) {
            self.invoke(init, &[], Some(value.clone()), args, span, env);
            return value;
        }
        let info = self.project.class(class);
        if info.is_data {
            let mut fields: Vec<(Symbol, FileId, ExprId)> = Vec::new();
            for base in info.mro.iter().rev() {
                let base = self.project.class(*base);
                for (name, annotation) in &base.annotated {
                    if !fields.iter().any(|(known, ..)| known == name) {
                        fields.push((*name, base.file, *annotation));
                    }
                }
            }
            for (index, (name, file, annotation)) in fields.into_iter().enumerate() {
                let given = args.positional.get(index).or_else(|| args.keyword(name.as_str())).cloned();
                let given = given.or_else(|| {
                    let rest = args.double_star.as_ref().or(args.star.as_ref())?;
                    let mut out = Value::default();
                    for fact in rest.facts() {
                        out.add_fact(fact.clone());
                    }
                    Some(out)
                });
                let pydantic =
                    self.project.class(class).api_bases.iter().any(|base| base.as_str().starts_with("pydantic"));
                let value = match given {
                    Some(_) if pydantic && self.is_clean_annotation(file, annotation) => Value::default(),
                    Some(value) => value,
                    None => self.class_value(class, name).unwrap_or_default(),
                };
                env.object_mut(id).set(Seg::Attr(name), value, true);
            }
            if let Some(post) = self.project.method(class, symbol!("__post_init__")) {
                self.invoke(post, &[], Some(value.clone()), Args::default(), span, env);
            }
            return value;
        }
        let bases = info.api_bases.clone();
        let mut value = value;
        for base in bases {
            if matches!(base.as_str(), "builtins.object" | "abc.ABC" | "typing.Generic" | "typing.Protocol") {
                continue;
            }
            let exception = base.as_str().ends_with("Error") || base.as_str().ends_with("Exception");
            if exception {
                let given = self.exception_arguments(&args, span, env);
                env.object_mut(id).set(Seg::Attr(symbol!("args")), given, true);
                continue;
            }
            let made = self.library_call(base, Some(&value.clone()), &args, span, env);
            for reference in made.refs() {
                value.add_ref(reference.clone());
            }
            for fact in made.facts() {
                value.add_fact(fact.clone());
            }
        }
        value
    }

    pub(crate) fn is_clean_annotation(&self, file: FileId, annotation: ExprId) -> bool {
        let found = self.project.static_expr(file, annotation, 8);
        !found.is_empty()
            && found.iter().all(|found| match found {
                Static::Api(path) => matches!(
                    path.as_str(),
                    "builtins.int"
                        | "builtins.float"
                        | "builtins.bool"
                        | "uuid.UUID"
                        | "decimal.Decimal"
                        | "datetime.date"
                        | "datetime.datetime"
                        | "typing.Literal"
                ),
                Static::Class(class) => self.is_enum(*class),
                _ => false,
            })
    }

    /// Calls a function of the project: its summary with the arguments put in.
    pub(crate) fn invoke(
        &mut self,
        func: FuncId,
        captured: &[Value],
        receiver: Option<Value>,
        args: Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        if self.project.implementations(func).is_empty() {
            return self.invoke_one(func, captured, receiver, args, span, env);
        }
        let mut out = self.invoke_one(func, captured, receiver.clone(), args.clone(), span, env);
        for other in self.project.implementations(func) {
            out = out.join(&self.invoke_one(*other, &[], receiver.clone(), args.clone(), span, env));
        }
        out
    }

    fn invoke_one(
        &mut self,
        func: FuncId,
        captured: &[Value],
        receiver: Option<Value>,
        args: Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        self.depends.insert(func);
        self.out.counts.resolved += 1;
        if let Some(path) = self.project.modelled.get(&func) {
            return self.library_call(*path, receiver.as_ref(), &args, span, env);
        }
        self.note_callee(Callee::Project(func));
        let Some(summary) = self.summary(func).map(Arc::clone) else {
            self.missing += 1;
            return Value::default();
        };
        let reentered = self.active.iter().filter(|active| **active == func).count();
        // Properties, callbacks and methods that only here are known call others in turn.
        if self.active.is_empty() {
            self.inner_calls = 0;
        }
        self.inner_calls += 1;
        if self.call_depth >= MAX_CALL_DEPTH || reentered >= MAX_REENTRY || self.inner_calls > MAX_INNER_CALLS {
            self.out.bounded = true;
            return Value::default();
        }
        self.call_depth += 1;
        self.active.push(func);
        let bindings = self.bind_arguments(func, captured, receiver, args, span, env);
        let value = self.instantiate(&summary, func, bindings, span, env);
        self.active.pop();
        self.call_depth -= 1;
        value
    }

    fn bind_arguments(
        &mut self,
        func: FuncId,
        captured: &[Value],
        receiver: Option<Value>,
        mut args: Args,
        span: (u32, u32),
        env: &mut Env,
    ) -> Vec<(Slot, Value)> {
        let function = self.project.function(func);
        let (file, _) = self.project.funcs[func.0 as usize];
        let has_receiver = receiver.is_some();
        let mut positional = receiver.into_iter().chain(std::mem::take(&mut args.positional));
        // Positional parameters so far, the receiver not counted.
        let mut position = 0_usize;
        let bound = usize::from(has_receiver);
        let mut captured = captured.iter();
        let mut bindings = Vec::with_capacity(function.parameters.len());
        if function.is_generator
            && let Some(at) = args.keywords.iter().position(|(name, _)| name.as_str() == SENT_NAME)
        {
            bindings.push((SENT, args.keywords.remove(at).1));
        }
        for parameter in &function.parameters {
            let named = |args: &mut Args| {
                let at = args.keywords.iter().position(|(name, _)| *name == parameter.name)?;
                Some(args.keywords.remove(at).1)
            };
            let value = match parameter.kind {
                ParameterKind::Captured => captured.next().cloned(),
                ParameterKind::Positional | ParameterKind::Normal => {
                    let at = position;
                    position += 1;
                    let by_name = parameter.kind == ParameterKind::Normal;
                    match positional.next().or_else(|| if by_name { named(&mut args) } else { None }) {
                        Some(value) => Some(value),
                        None => self.starred(&args, at, bound, span, env),
                    }
                }
                ParameterKind::Keyword => named(&mut args),
                // Handed on as it is.
                ParameterKind::Star
                    if positional.size_hint().0 == 0
                        && args.sequence.as_ref().is_some_and(|(_, from)| *from + bound == position) =>
                {
                    args.sequence.as_ref().map(|(sequence, _)| sequence.clone())
                }
                ParameterKind::Star => {
                    let mut object = Object::new(Shape::Tuple);
                    object.set_items(positional.by_ref().collect());
                    if let Some(star) = &args.star {
                        object.len = None;
                        object.add_rest(star);
                    }
                    Some(self.make_fresh((span.0, span.1 + 1), object, env))
                }
                // Handed on as it is: each name is what it was.
                ParameterKind::DoubleStar
                    if args.keywords.is_empty()
                        && args.double_star.as_ref().is_some_and(|more| matches!(more.refs(), [Ref::Sym(_)])) =>
                {
                    args.double_star.clone()
                }
                ParameterKind::DoubleStar => {
                    let mut object = Object::new(Shape::Dict);
                    for (name, value) in std::mem::take(&mut args.keywords) {
                        object.set(Seg::Key(name), value, true);
                    }
                    if let Some(more) = args.double_star.clone() {
                        self.merge_into(&mut object, &more, env);
                    }
                    Some(self.make_fresh((span.0, span.1 + 2), object, env))
                }
            };
            let value = match value {
                Some(value) => value,
                None => match &args.double_star {
                    Some(more) => {
                        let more = more.clone();
                        self.get_index(&more, &Value::constant(Const::Str(parameter.name)), span, env)
                    }
                    None => match parameter.default {
                        Some(default) if is_kept(self.project.file(file), default) => {
                            // Made once: what one call puts into it, the next one finds.
                            let name = format!("<{} of {}>", parameter.name, function.qualified);
                            self.kept(file, Symbol::new(&name), parameter.name, span)
                        }
                        Some(default) => self.default_value(file, default),
                        None => Value::default(),
                    },
                },
            };
            bindings.push((parameter.slot, value));
        }
        bindings
    }

    /// Something that is kept between calls.
    fn kept(&self, file: FileId, name: Symbol, shown: Symbol, span: (u32, u32)) -> Value {
        let label = Label::whole(Base::Global(file, name));
        let mut out = Value::reference(Ref::Sym(label));
        let step = Step::first(self.file_id, span, Why::Stored(shown));
        out.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
        out
    }

    /// What `*sequence` gives at a position.
    fn starred(&mut self, args: &Args, at: usize, bound: usize, span: (u32, u32), env: &mut Env) -> Option<Value> {
        let Some((sequence, from)) = &args.sequence else { return args.star.clone() };
        let index = at.checked_sub(from + bound)?;
        if let Some(items) = self.items(sequence, env) {
            // What it does not reach, is given by name.
            return items.get(index).cloned();
        }
        let index = i64::try_from(index).ok()?;
        Some(self.get_index(sequence, &Value::constant(Const::Int(index)), span, env))
    }

    /// What a default is, as far as that shows.
    fn default_value(&mut self, file: FileId, default: ExprId) -> Value {
        let ir = self.project.file(file);
        match ir.expr(default) {
            Expr::Literal(literal) => {
                use seriema_program::ir::Literal;
                Value::constant(match literal {
                    Literal::None | Literal::Ellipsis => Const::None,
                    Literal::Bool(value) => Const::Bool(value),
                    Literal::Int(value) => Const::Int(value),
                    Literal::Float(value) => Const::Float(value.to_bits()),
                    Literal::Str(text) => Const::Str(text),
                    Literal::Bytes(text) => Const::Bytes(text),
                })
            }
            _ => {
                let found = self.project.static_expr(file, default, 6);
                if found.is_empty() {
                    if let Expr::Local(slot) = ir.expr(default)
                        && let Some(name) = ir.functions.first().and_then(|module| module.locals.get(usize::from(slot)))
                    {
                        return self.global(file, *name, 4);
                    }
                    if let Expr::Global(name) = ir.expr(default) {
                        return self.global(file, name, 4);
                    }
                }
                self.of_static(&found)
            }
        }
    }

    /// `with manager as value`
    pub(crate) fn enter(&mut self, manager: &Value, span: (u32, u32), env: &mut Env) -> Value {
        let name = symbol!("__enter__");
        let asynchronous = symbol!("__aenter__");
        let mut out: Option<Value> = None;
        for reference in manager.refs() {
            let class = match reference {
                Ref::Obj(id) => match env.object(*id).map(|object| object.shape) {
                    Some(Shape::Instance(class)) => Some(class),
                    // What a generator made a manager yields.
                    Some(Shape::Iterator) => {
                        let element = env.object(*id).map(Object::elements).unwrap_or_default();
                        out = Some(out.map_or_else(|| element.clone(), |known: Value| known.join(&element)));
                        continue;
                    }
                    _ => None,
                },
                Ref::Instance(class) => Some(*class),
                _ => None,
            };
            let Some(class) = class else { continue };
            let func = self.project.method(class, name).or_else(|| self.project.method(class, asynchronous));
            if let Some(func) = func {
                let found = self.invoke(func, &[], Some(manager.clone()), Args::default(), span, env);
                out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
            }
        }
        // `closing(x)`, files, connections: themselves.
        out.unwrap_or_else(|| manager.clone())
    }

    /// What leaving a `with` block calls.
    pub(crate) fn leave(&mut self, manager: &Value, span: (u32, u32), env: &mut Env) {
        for reference in manager.refs() {
            let class = match reference {
                Ref::Obj(id) => match env.object(*id).map(|object| object.shape) {
                    Some(Shape::Instance(class)) => class,
                    _ => continue,
                },
                Ref::Instance(class) => *class,
                _ => continue,
            };
            let method = |name| self.project.method(class, Symbol::new(name));
            if let Some(func) = method("__exit__").or_else(|| method("__aexit__")) {
                let none = Value::constant(Const::None);
                let args = Args { positional: vec![none.clone(), none.clone(), none], ..Args::default() };
                self.invoke(func, &[], Some(manager.clone()), args, span, env);
            }
        }
    }

    /// `functools.partial(function, ...)`
    pub(crate) fn partial(&mut self, args: &Args) -> Option<Value> {
        let function = args.positional.first()?.clone();
        let partial = Partial { function, positional: args.positional[1..].to_vec(), keywords: args.keywords.clone() };
        Some(Value::reference(Ref::Partial(Arc::new(partial))))
    }
}

impl Value {
    /// Keeps the constants of another value.
    fn with_consts_of(mut self, other: &Self) -> Self {
        if other.consts().is_some() && self.consts().is_none() {
            self.to_mut().consts.clone_from(&other.data().consts);
        }
        self
    }
}

/// Whether a default is an object that can be changed.
fn is_kept(file: &seriema_program::ir::FileIr, default: ExprId) -> bool {
    matches!(file.expr(default), Expr::Display(Display::List | Display::Set, _) | Expr::Dict(_))
}

/// Methods that strings have and hardly anything else.
fn is_text_method(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "strip"
            | "lstrip"
            | "rstrip"
            | "lower"
            | "upper"
            | "title"
            | "capitalize"
            | "casefold"
            | "swapcase"
            | "startswith"
            | "endswith"
            | "isdigit"
            | "isalnum"
            | "isalpha"
            | "isidentifier"
            | "isdecimal"
            | "isnumeric"
            | "isspace"
            | "splitlines"
            | "zfill"
            | "ljust"
            | "rjust"
            | "expandtabs"
            | "rsplit"
            | "rpartition"
            | "partition"
            | "removeprefix"
            | "removesuffix"
            | "translate"
            | "isascii"
            | "isupper"
            | "islower"
    )
}
