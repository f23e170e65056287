//! Attributes and elements: read, written, gone through.

use std::sync::Arc;

use seriema_models::{Kinds, SinkKind, Way};
use seriema_program::Symbol;
use seriema_program::ir::{Display, Expr, ExprId, FunctionKind, ParameterKind};
use smallvec::SmallVec;

use crate::access::Seg;
use crate::call::Args;
use crate::env::{Env, Object, key_of};
use crate::interp::Interp;
use crate::library::open_label;
use crate::memo::Dep;
use crate::patch::Patched;
use crate::project::{ClassId, FuncId};
use crate::step::{Step, Why};
use crate::summary::Patch;
use crate::value::{Base, Const, Entry, Fact, Facts, Flags, How, Label, ObjId, Ref, Shape, Value};

/// Things that one function puts into registries and classes.
const MAX_PATCHES: usize = 32;
/// Writes of one function to variables of modules and attributes of classes.
const MAX_CELL_WRITES: usize = 64;

/// Entries of a table of which a caller picks one.
const MAX_TABLE: usize = 32;

impl Interp<'_> {
    /// `value.name`
    pub(crate) fn get_attr(&mut self, value: &Value, name: Symbol, span: (u32, u32), env: &mut Env) -> Value {
        let mut out: Option<Value> = None;
        let seg = Seg::Attr(name);
        // `self.limit` where the class says what it is, and nobody else does.
        if let [Ref::Sym(_), Ref::Instance(class)] | [Ref::Instance(class), Ref::Sym(_)] = value.refs()
            && self.project.method(*class, name).is_none()
            && self.project.is_fixed_attribute(*class, name)
            && let Some(found) = self.class_value(*class, name)
            && found.consts().is_some()
        {
            return found;
        }
        // What a class of the project defines itself, its library's base does not do besides.
        let own = value.refs().iter().any(|reference| {
            let class = match reference {
                Ref::Instance(class) => Some(*class),
                Ref::Obj(id) => env.object(*id).and_then(|object| match object.shape {
                    Shape::Instance(class) => Some(class),
                    _ => None,
                }),
                _ => None,
            };
            class.is_some_and(|class| self.project.method(class, name).is_some())
        });
        // A property is computed: what it gives, nobody gave with the object.
        let mut computed = false;
        let all = value.refs().iter().all(|reference| match reference {
            Ref::Sym(_) => true,
            Ref::Instance(class) => {
                let method = self.project.method(*class, name);
                computed = method.is_some_and(|func| self.project.traits[func.0 as usize].property);
                computed
            }
            _ => false,
        });
        let computed = computed && all;
        for reference in value.refs() {
            let found = match reference {
                Ref::Api(path) if own && path.as_str().ends_with("()") => None,
                Ref::Sym(_) if computed => None,
                Ref::Obj(id) => self.object_attr(*id, name, value, span, env),
                Ref::Sym(label) => Some(self.symbolic(*label, seg, value, env)),
                Ref::Instance(class) => self.instance_attr(*class, name, value, span, env),
                Ref::Class(class) => self.class_attr(*class, name),
                Ref::Module(file) => {
                    let file = *file;
                    if self.project.binds(file, name) || self.project.star_owner(file, name, 6).is_some() {
                        Some(self.global(file, name, 6))
                    } else {
                        let inner = format!("{}.{name}", self.project.file(file).module);
                        match self.project.module(&inner) {
                            Some(inner) => Some(Value::reference(Ref::Module(inner))),
                            None => self.module_getattr(file, name),
                        }
                    }
                }
                Ref::Api(path) => {
                    let inner = path.dot(name);
                    if let Some(module) = self.project.module(inner.as_str()) {
                        Some(Value::reference(Ref::Module(module)))
                    } else {
                        Some(self.api_member(*path, seg, inner, span, env))
                    }
                }
                Ref::Super(class, receiver) => {
                    let receiver = Arc::clone(receiver);
                    let exact = self.exact_class(&receiver, env);
                    match self.project.next_methods(*class, name, exact).as_slice() {
                        [_, ..] => {
                            let mut found = Value::default();
                            for func in self.project.next_methods(*class, name, exact) {
                                found.add_ref(Ref::Bound(func, Arc::clone(&receiver)));
                            }
                            Some(found)
                        }
                        [] => {
                            let bases = self.project.class(*class).api_bases.clone();
                            bases.first().map(|base| self.api(base.called().dot(name), span))
                        }
                    }
                }
                Ref::Bound(..) | Ref::Func(..) | Ref::Partial(_) | Ref::Method(..) | Ref::Entry(_) => None,
            };
            if let Some(found) = found {
                out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
            }
        }
        let mut out = out.unwrap_or_default();
        if let Some(tree) = &value.data().tree {
            let found =
                tree.fields.binary_search_by(|(known, _)| known.cmp(&seg)).ok().map(|at| tree.fields[at].1.clone());
            if let Some(found) = found {
                out = if out.is_nothing() { found } else { out.join(&found) };
            } else if let Shape::Instance(class) = tree.shape
                && let Some(found) = self.instance_attr(class, name, value, span, env)
            {
                out = if out.is_nothing() { found } else { out.join(&found) };
            }
        }
        if !computed {
            self.inherit_facts(value, seg, &mut out);
        }
        self.clean_attr(value, name, &mut out);
        if name.as_str() == "value" && out.is_nothing() && value.consts().is_some() {
            return value.clone();
        }
        derive_attr(value, name, &mut out);
        out
    }

    /// Whether a field of a class can only be a number or the like: pydantic checks what it is declared to be.
    fn is_validated(&self, class: ClassId, name: Symbol) -> bool {
        let info = self.project.class(class);
        info.api_bases.iter().any(|base| base.as_str().starts_with("pydantic") || base.as_str() == "sqlmodel.SQLModel")
            && info.mro.iter().find_map(|base| {
                let base = self.project.class(*base);
                let declared = base.annotated.iter().find(|(known, _)| *known == name)?;
                Some(self.is_clean_annotation(base.file, declared.1))
            }) == Some(true)
    }

    /// Attributes of a library's objects that are clean: the last component of a path.
    fn clean_attr(&self, value: &Value, name: Symbol, out: &mut Value) {
        if out.facts().is_empty() {
            return;
        }
        let mut kinds = Kinds::NONE;
        for reference in value.refs() {
            if let Ref::Instance(class) = reference
                && self.is_validated(*class, name)
            {
                kinds = Kinds::ALL;
            }
            let Ref::Api(path) = reference else { continue };
            for clean in self.project.models.cleans(path.dot(name).as_str()) {
                if clean.weak.is_none() && clean.argument.0.as_slice() == [Way::Receiver] {
                    kinds = kinds.union(clean.kinds);
                }
            }
        }
        if !kinds.is_empty() {
            *out = clean_facts(out, kinds);
        }
    }

    /// What is in a tainted thing is tainted.
    pub(crate) fn inherit_facts(&self, value: &Value, seg: Seg, out: &mut Value) {
        if let Seg::Key(key) = seg
            && is_servers_own(value, key)
        {
            return;
        }
        for fact in value.facts() {
            let is_symbol = value.refs().iter().any(|r| matches!(r, Ref::Sym(label) if *label == fact.label));
            let label = if is_symbol { fact.label.then(seg) } else { fact.label };
            // What modules and classes hold may be another thing by now.
            if is_symbol && matches!(label.base, Base::Global(..) | Base::Field(..)) && !out.is_nothing() {
                out.to_mut().consts = None;
                out.to_mut().parts = None;
            }
            if is_symbol && out.facts().iter().any(|known| known.label == label) {
                continue;
            }
            if !is_symbol && fact.label.is_source() && out.facts().iter().any(|known| known.label == fact.label) {
                continue;
            }
            out.add_fact(Fact { label, ..fact.clone() });
        }
    }

    /// What a caller knows: the same value each time it is looked at, so that a check of it holds.
    fn symbolic(&mut self, label: Label, seg: Seg, value: &Value, env: &mut Env) -> Value {
        if let Some(object) = env.object(ObjId::Known(label)) {
            if let Some(field) = object.get(seg) {
                return field.value.clone();
            }
            // Elements that were written by other keys.
            let mut written = (object.rest_written && !matches!(seg, Seg::Attr(_))).then(|| object.rest.clone());
            for (known, field) in &object.fields {
                let within = match seg {
                    Seg::Any => !matches!(known, Seg::Attr(_) | Seg::Any | Seg::Each),
                    Seg::Each => matches!(known, Seg::Index(_)),
                    _ => false,
                };
                if field.written && within {
                    written = Some(written.map_or_else(|| field.value.clone(), |rest| rest.join(&field.value)));
                }
            }
            if let Some(written) = written {
                let own = self.fresh_symbol(label, seg, value);
                return written.join(&own);
            }
        }
        let fresh = self.fresh_symbol(label, seg, value);
        if label.then(seg) != label {
            env.object_mut(ObjId::Known(label)).set(seg, fresh.clone(), false);
        }
        fresh
    }

    fn fresh_symbol(&self, label: Label, seg: Seg, value: &Value) -> Value {
        let inner = label.then(seg);
        let mut out = Value::reference(Ref::Sym(inner));
        let known = value.facts().iter().find(|fact| fact.label == label);
        let step = match known {
            Some(fact) => Arc::clone(&fact.step),
            None => Step::first(self.file_id, (0, 0), Why::Parameter),
        };
        out.add_fact(Fact {
            label: inner,
            cleaned: known.map_or(Kinds::NONE, |fact| fact.cleaned),
            flags: Flags::default(),
            weak: known.and_then(|fact| fact.weak),
            step,
        });
        // What others put there.
        if let Some(patches) = self.patches(inner.base) {
            for Patched { path, value, .. } in patches {
                if path.segs().len() == inner.path.segs().len() && path.meets(inner.path) {
                    for reference in value.refs() {
                        out.add_ref(reference.clone());
                    }
                }
            }
        }
        out
    }

    fn object_attr(
        &mut self,
        id: ObjId,
        name: Symbol,
        value: &Value,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        let object = env.object(id)?;
        if let Some(field) = object.get(Seg::Attr(name)) {
            return Some(field.value.clone());
        }
        let shape = object.shape;
        // A named tuple's or data class's fields by position, a namespace's by key.
        if shape == Shape::Dict
            && let Some(field) = object.get(Seg::Key(name))
            && !is_dict_method(name)
        {
            return Some(field.value.clone());
        }
        if let Shape::Instance(class) = shape {
            return self.instance_attr(class, name, value, span, env);
        }
        if let ObjId::Api(path) = id {
            let inner = path.dot(name);
            return Some(self.api_member(path, Seg::Attr(name), inner, span, env));
        }
        None
    }

    /// What an instance of a class has that is not its own: methods, properties, class attributes.
    fn instance_attr(
        &mut self,
        class: ClassId,
        name: Symbol,
        value: &Value,
        span: (u32, u32),
        env: &mut Env,
    ) -> Option<Value> {
        if let Some((patched, sure)) = self.patched_member(class, name) {
            let found = bind_patch(&patched, value);
            return match self.project.method(class, name) {
                Some(func) if !sure => Some(self.bind(func, class, value, span, env).join(&found)),
                _ => Some(found),
            };
        }
        if let Some(func) = self.project.method(class, name) {
            return Some(self.bind(func, class, value, span, env));
        }
        if let Some(found) = self.class_value(class, name) {
            if let Some(get) = self.descriptor_method(&found, "__get__") {
                let owner = Value::reference(Ref::Class(class));
                let args = Args { positional: vec![value.clone(), owner], ..Args::default() };
                return Some(self.invoke(get, &[], Some(found), args, span, env));
            }
            return Some(found);
        }
        // `__getattr__` is for what is not there otherwise: not for what methods keep, nor for names that it reads itself.
        let writers = self.project.class(class).mro.iter().any(|base| self.has_field(*base, name));
        if let Some(getter) = self.project.method(class, symbol!("__getattr__"))
            && !writers
            && getter != self.func
            && !self.active.contains(&getter)
        {
            let key = Value::text(name.as_str());
            let args = Args { positional: vec![key], ..Args::default() };
            return Some(self.invoke(getter, &[], Some(value.clone()), args, span, env));
        }
        let project = self.project;
        let mut out: Option<Value> = None;
        if name.as_str() == "value" && self.is_enum(class) {
            return Some(Value::default());
        }
        for base in &project.class(class).api_bases {
            if matches!(base.as_str(), "builtins.object" | "abc.ABC" | "typing.Generic" | "typing.Protocol") {
                continue;
            }
            let found = self.api(self.project.canonical(base.called()).dot(name), span);
            out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
        }
        // What methods of any instance keep under this name.
        if !writers {
            self.fields.insert((class, name));
        } else {
            let owner = self.field_owner(class, name);
            let label = Label::whole(Base::Field(class, name));
            let step = Step::first(self.file_id, span, Why::Stored(name));
            let fact = Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step };
            out.get_or_insert_with(Value::default).add_fact(fact);
            // Whoever writes it may not have been looked at yet.
            self.fields.insert((owner, name));
            let types = self.field_types(owner, name);
            for reference in types.refs() {
                out.get_or_insert_with(Value::default).add_ref(reference.clone());
            }
            if let Some(options) = &types.data().tree {
                out.get_or_insert_with(Value::default).to_mut().tree = Some(Arc::clone(options));
            }
        }
        out
    }

    /// The class whose methods write the attribute: the first of the hierarchy.
    pub(crate) fn field_owner(&self, class: ClassId, name: Symbol) -> ClassId {
        self.project.class(class).mro.iter().copied().find(|base| self.has_field(*base, name)).unwrap_or(class)
    }

    /// An attribute that a class's body binds, in the order of the hierarchy.
    pub(crate) fn class_value(&mut self, class: ClassId, name: Symbol) -> Option<Value> {
        let project = self.project;
        for base in project.class(class).mro.iter().copied() {
            let body = project.class_body(base);
            if let Some(value) = self.export(body, name) {
                self.uses.insert((body, name));
                let mut value = value.clone();
                if self.is_enum(base) && value.consts().is_some() {
                    return Some(value);
                }
                let written = self.has_field(base, name) || self.project.is_written(base, name);
                if written {
                    value.to_mut().consts = None;
                }
                if value.consts().is_none() && !value.refs().iter().any(|r| matches!(r, Ref::Func(..) | Ref::Class(_)))
                {
                    let label = Label::whole(Base::Field(class, name));
                    let step = Step::first(self.file_id, (0, 0), Why::Stored(name));
                    value.add_fact(Fact { label, cleaned: Kinds::NONE, flags: Flags::default(), weak: None, step });
                }
                return Some(value);
            }
        }
        None
    }

    fn class_attr(&mut self, class: ClassId, name: Symbol) -> Option<Value> {
        if let Some((patched, true)) = self.patched_member(class, name)
            && self.function.kind != FunctionKind::Module
        {
            return Some(patched);
        }
        if let Some(func) = self.project.method(class, name) {
            let traits = self.project.traits[func.0 as usize];
            return Some(if traits.class_method {
                Value::reference(Ref::Bound(func, Arc::new(Value::reference(Ref::Class(class)))))
            } else {
                Value::reference(Ref::Func(func, Arc::from([])))
            });
        }
        if let Some(value) = self.class_value(class, name) {
            return Some(value);
        }
        let bases = self.project.class(class).api_bases.clone();
        let base = bases.iter().find(|base| !matches!(base.as_str(), "builtins.object" | "abc.ABC" | "enum.Enum"))?;
        Some(self.api(base.dot(name), (0, 0)))
    }

    /// What was put in the place of a class's member, and whether nothing else is there.
    fn patched_member(&mut self, class: ClassId, name: Symbol) -> Option<(Value, bool)> {
        self.reads.insert(name);
        self.rests_on(Dep::Patch(name));
        if !self.known.patches.knows(name) {
            return None;
        }
        self.project.class(class).mro.iter().find_map(|base| {
            let known = self.patches(Base::Field(*base, name))?;
            known.iter().find(|patched| patched.path.is_whole()).map(|patched| (patched.value.clone(), patched.sure))
        })
    }

    /// Something that can be called is put where others find it.
    pub(crate) fn add_patch(&mut self, target: Label, key: &Value, value: &Value, env: &Env) {
        let callable = |r: &Ref| match r {
            Ref::Func(..) | Ref::Bound(..) | Ref::Class(_) | Ref::Partial(_) => true,
            Ref::Sym(label) | Ref::Obj(ObjId::Known(label)) => matches!(label.base, Base::Param(_) | Base::Result(_)),
            _ => false,
        };
        if !value.refs().iter().any(callable) || self.out.patches.len() >= MAX_PATCHES {
            return;
        }
        let value = env.export(value, 2);
        if !value.refs().iter().any(callable) {
            return;
        }
        // What it carries is another matter.
        let mut value = value.without_facts();
        value.to_mut().refs.retain(|r| callable(r));
        let given = key.refs().iter().any(|r| matches!(r, Ref::Sym(_)));
        let (target, key) = match key_of(key) {
            Some(seg) => (target.then(seg), Value::default()),
            None if given => (target, Value::clone(key)),
            None if key.is_nothing() => (target, Value::default()),
            None => (target.then(Seg::Any), Value::default()),
        };
        self.out.patches.push(Patch { target, key, value });
    }

    /// A method of an instance: bound, or what a property gives.
    fn bind(&mut self, func: FuncId, class: ClassId, value: &Value, span: (u32, u32), env: &mut Env) -> Value {
        let traits = self.project.traits[func.0 as usize];
        if traits.property {
            return self.invoke(func, &[], Some(value.clone()), Args::default(), span, env);
        }
        if traits.statical {
            return Value::reference(Ref::Func(func, Arc::from([])));
        }
        if traits.class_method {
            return Value::reference(Ref::Bound(func, Arc::new(Value::reference(Ref::Class(class)))));
        }
        // Methods that a decorator of the project made something else of.
        if !self.project.function(func).decorators.is_empty()
            && let Some(owner) = self.project.function(func).class
        {
            let owner = self.project.class_id(self.project.funcs[func.0 as usize].0, owner);
            let body = self.project.class_body(owner);
            let name = self.project.function(func).name;
            if let Some(known) = self.export(body, name) {
                self.uses.insert((body, name));
                let mut out = Value::default();
                for reference in known.refs() {
                    if let Ref::Func(inner, captured) = reference {
                        if *inner == func {
                            out.add_ref(Ref::Bound(func, Arc::new(value.clone())));
                        } else {
                            // The wrapper takes the instance first.
                            out.add_ref(Ref::Partial(Arc::new(crate::value::Partial {
                                function: Value::reference(Ref::Func(*inner, Arc::clone(captured))),
                                positional: vec![value.clone()],
                                keywords: Vec::new(),
                            })));
                        }
                    }
                }
                if !out.is_nothing() {
                    return out;
                }
            }
        }
        let mut out = Value::reference(Ref::Bound(func, Arc::new(value.clone())));
        // An instance of nobody knows which subclass.
        let exact = value.refs().iter().any(|r| matches!(r, Ref::Obj(_)));
        if !exact {
            let name = self.project.function(func).name;
            let mut overriding: Vec<FuncId> = Vec::new();
            self.overrides(class, name, &mut overriding, 0);
            for func in overriding.into_iter().take(6) {
                out.add_ref(Ref::Bound(func, Arc::new(value.clone())));
            }
        }
        out
    }

    fn overrides(&self, class: ClassId, name: Symbol, out: &mut Vec<FuncId>, depth: u32) {
        if depth > 6 || out.len() > 8 {
            return;
        }
        for subclass in &self.project.class(class).subclasses {
            let info = self.project.class(*subclass);
            let entered = !info.is_dormant || !info.subclasses.is_empty();
            if let Some(func) = info.methods.get(&name)
                && entered
                && !out.contains(func)
            {
                out.push(*func);
            }
            self.overrides(*subclass, name, out, depth + 1);
        }
    }

    /// A member of something of a library; the same value each time, so that a check of it holds.
    pub(crate) fn api_member(
        &mut self,
        path: Symbol,
        seg: Seg,
        inner: Symbol,
        span: (u32, u32),
        env: &mut Env,
    ) -> Value {
        let id = ObjId::Api(path);
        if let Some(object) = env.object(id)
            && let Some(field) = object.get(seg)
        {
            return field.value.clone();
        }
        let value = self.api(inner, span);
        if !value.facts().is_empty() {
            env.object_mut(id).set(seg, value.clone(), false);
        }
        value
    }

    /// `value[index]`
    pub(crate) fn get_index(&mut self, value: &Value, index: &Value, span: (u32, u32), env: &mut Env) -> Value {
        // A character of a constant.
        if let (Some(text), Some(Const::Int(at))) = (value.only_str(), index.only()) {
            let count = i64::try_from(text.chars().count()).unwrap_or(0);
            let at = if at < 0 { at + count } else { at };
            return match usize::try_from(at).ok().and_then(|at| text.chars().nth(at)) {
                Some(c) => Value::text(c.encode_utf8(&mut [0; 4])),
                None => Value::default(),
            };
        }
        let key = key_of(index);
        let mut out: Option<Value> = None;
        for reference in value.refs() {
            let found = match reference {
                Ref::Obj(id) => {
                    let id = *id;
                    let Some(object) = env.object(id) else { continue };
                    if let Shape::Instance(class) = object.shape {
                        match self.project.method(class, symbol!("__getitem__")) {
                            Some(func) => {
                                let args = Args { positional: vec![index.clone()], ..Args::default() };
                                Some(self.invoke(func, &[], Some(value.clone()), args, span, env))
                            }
                            None => self.positional_field(id, class, key, env),
                        }
                    } else {
                        let factory = match key {
                            Some(seg) if object.shape == Shape::Dict && object.get(seg).is_none() => {
                                object.get(Seg::Attr(symbol!("default_factory"))).map(|field| field.value.clone())
                            }
                            _ => None,
                        };
                        match (factory, key) {
                            (Some(factory), Some(seg)) => {
                                let known = element_of(object, key, value);
                                let fresh = self.call_value(&factory, Args::default(), span, env);
                                let made = if known.is_nothing() { fresh } else { known.join(&fresh) };
                                env.object_mut(id).set(seg, made.clone(), true);
                                Some(made)
                            }
                            _ => Some(element_of(object, key, value)),
                        }
                    }
                }
                Ref::Sym(label) => {
                    let seg = key.unwrap_or(Seg::Any);
                    Some(self.symbolic(*label, seg, value, env))
                }
                Ref::Instance(class) => match self.project.method(*class, symbol!("__getitem__")) {
                    Some(func) => {
                        let args = Args { positional: vec![index.clone()], ..Args::default() };
                        Some(self.invoke(func, &[], Some(value.clone()), args, span, env))
                    }
                    None => None,
                },
                Ref::Api(path) => {
                    let inner = path.element();
                    Some(match key {
                        Some(seg) => self.api_member(*path, seg, inner, span, env),
                        None => self.api(inner, span),
                    })
                }
                Ref::Class(class) if self.is_enum(*class) => Some(Value::default()),
                _ => None,
            };
            if let Some(found) = found {
                out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
            }
        }
        if let Some(tree) = &value.data().tree {
            let found = tree_element(tree, key);
            out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
        }
        let mut out = out.unwrap_or_default();
        self.inherit_facts(value, key.unwrap_or(Seg::Any), &mut out);
        if key.is_none()
            && let Some(entry) = entry_of(value, index, env)
        {
            out.add_ref(Ref::Entry(Arc::new(entry)));
        }
        // The library's members keep what the path says of them.
        if let Some((base, how)) = &value.data().derived
            && *how == How::Parsed
        {
            let host = matches!(index.only(), Some(Const::Int(1)));
            if host {
                out.to_mut().derived = Some((base.clone(), How::Host));
            }
        }
        out
    }

    /// `point[0]` of a named tuple of the project.
    fn positional_field(&mut self, id: ObjId, class: ClassId, key: Option<Seg>, env: &Env) -> Option<Value> {
        let Some(Seg::Index(at)) = key else { return None };
        let (name, _) = self.project.class(class).annotated.get(usize::try_from(at).ok()?)?;
        Some(env.object(id)?.get(Seg::Attr(*name))?.value.clone())
    }

    /// An element, whichever, of what is gone through.
    pub(crate) fn element(&mut self, value: &Value, span: (u32, u32), env: &mut Env) -> Value {
        let mut out: Option<Value> = None;
        for reference in value.refs() {
            let found = match reference {
                Ref::Obj(id) => {
                    let Some(object) = env.object(*id) else { continue };
                    match object.shape {
                        Shape::Dict => Some(dict_keys(object)),
                        Shape::Instance(class) => match self.project.method(class, symbol!("__iter__")) {
                            Some(func) => {
                                let iterator = self.invoke(func, &[], Some(value.clone()), Args::default(), span, env);
                                if iterator.refs().iter().any(|r| matches!(r, Ref::Obj(other) if other == id)) {
                                    self.project.method(class, symbol!("__next__")).map(|next| {
                                        self.invoke(next, &[], Some(value.clone()), Args::default(), span, env)
                                    })
                                } else {
                                    Some(self.element(&iterator, span, env))
                                }
                            }
                            None => Some(object.elements()),
                        },
                        _ => Some(object.elements()),
                    }
                }
                Ref::Sym(label) => Some(self.symbolic(*label, Seg::Each, value, env)),
                Ref::Api(path) => Some(self.api(path.element(), span)),
                Ref::Instance(class) => self.project.method(*class, symbol!("__iter__")).map(|func| {
                    let iterator = self.invoke(func, &[], Some(value.clone()), Args::default(), span, env);
                    if iterator.refs().iter().any(|r| matches!(r, Ref::Instance(_) | Ref::Sym(_))) {
                        iterator
                    } else {
                        self.element(&iterator, span, env)
                    }
                }),
                _ => None,
            };
            if let Some(found) = found {
                out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
            }
        }
        if let Some(tree) = &value.data().tree {
            let found = if tree.shape == Shape::Dict { tree_keys(tree) } else { tree_element(tree, None) };
            out = Some(out.map_or_else(|| found.clone(), |known: Value| known.join(&found)));
        }
        let mut out = out.unwrap_or_default();
        self.inherit_facts(value, Seg::Each, &mut out);
        if !out.facts().is_empty() && !value.facts().is_empty() {
            out.to_mut().derived = Some((value.clone(), How::Element));
        }
        out
    }

    /// Whether nothing is in it for certain.
    pub(crate) fn is_empty(&self, value: &Value, env: &Env) -> bool {
        match value.refs() {
            [Ref::Obj(id)] => {
                env.object(*id).is_some_and(|object| {
                    object.fields.is_empty()
                        && !object.rest_written
                        && matches!(object.shape, Shape::List | Shape::Tuple | Shape::Dict | Shape::Set)
                }) && value.data().tree.is_none()
            }
            _ => false,
        }
    }

    pub(crate) fn is_container(&self, value: &Value, env: &Env) -> bool {
        value.data().tree.is_some()
            || value.refs().iter().any(|r| {
                matches!(r, Ref::Obj(id) if env.object(*id).is_some_and(|o| !matches!(o.shape, Shape::Other | Shape::Instance(_))))
            })
    }

    /// The elements one by one, when all are known.
    pub(crate) fn items(&self, value: &Value, env: &Env) -> Option<Vec<Value>> {
        if !value.facts().is_empty() {
            return None;
        }
        if let Some(tree) = &value.data().tree
            && value.refs().is_empty()
        {
            let len = tree.len?;
            return (0..len)
                .map(|at| {
                    let seg = Seg::Index(at);
                    tree.fields.binary_search_by(|(known, _)| known.cmp(&seg)).ok().map(|at| tree.fields[at].1.clone())
                })
                .collect();
        }
        let [Ref::Obj(id)] = value.refs() else { return None };
        let object = env.object(*id)?;
        if matches!(object.shape, Shape::Instance(_) | Shape::Dict | Shape::Other) { None } else { object.items() }
    }

    pub(crate) fn extend(&mut self, id: ObjId, more: &Value, span: (u32, u32), env: &mut Env) {
        match self.items(more, env) {
            Some(items) => {
                for item in items {
                    append(env.object_mut(id), item);
                }
            }
            None => {
                let element = self.element(more, span, env);
                let object = env.object_mut(id);
                object.len = None;
                object.add_rest(&element);
            }
        }
    }

    /// Takes over what a dictionary holds.
    pub(crate) fn merge_into(&mut self, object: &mut Object, value: &Value, env: &mut Env) {
        for reference in value.refs() {
            if let Ref::Obj(id) = reference
                && let Some(other) = env.object(*id)
            {
                let keys = other.get(Seg::Each).map(|field| field.value.clone());
                let ordered = other.keys_in_order();
                for seg in ordered.unwrap_or_default() {
                    if let Some(field) = other.get(*seg) {
                        object.set(*seg, field.value.clone(), true);
                    }
                }
                for (seg, field) in &other.fields {
                    if *seg != Seg::Each {
                        object.set(*seg, field.value.clone(), true);
                    }
                }
                if ordered.is_none() {
                    object.forget_order();
                }
                if other.rest_written {
                    match keys {
                        Some(keys) => object.add_entry(&keys, &other.rest),
                        None => object.add_rest(&other.rest),
                    }
                }
            }
        }
        if let Some(tree) = &value.data().tree {
            for (seg, field) in &tree.fields {
                object.set(*seg, field.clone(), true);
            }
            object.forget_order();
            if !tree.rest.is_nothing() {
                object.add_rest(&tree.rest);
            }
        }
        if !value.facts().is_empty() {
            let mut element = Value::default();
            self.inherit_facts(value, Seg::Any, &mut element);
            for reference in value.refs() {
                if let Ref::Sym(label) = reference {
                    element.add_ref(Ref::Sym(label.then(Seg::Any)));
                }
            }
            object.add_rest(&element);
        }
    }

    pub(crate) fn assign(&mut self, target: ExprId, value: Value, env: &mut Env) {
        self.note_value(target, &value, env);
        match self.file.expr(target) {
            Expr::Local(slot) => env.set(slot, value),
            Expr::Global(name) => self.store_global(name, &value, env),
            Expr::Attribute(object, name) => {
                let span = self.file.span(target);
                let object = self.eval(object, env);
                self.store(&object, Seg::Attr(name), value, span, env);
            }
            Expr::Index(object, index) => {
                let span = self.file.span(target);
                let object = self.eval(object, env);
                let index = self.eval(index, env);
                let seg = key_of(&index);
                self.store_index(&object, &index, seg, value, span, env);
            }
            Expr::Slice(object, ..) => {
                let object = self.eval(object, env);
                let span = self.file.span(target);
                let element = self.element(&value, span, env);
                self.store(&object, Seg::Any, element, span, env);
            }
            Expr::Display(Display::List | Display::Tuple, list) => self.unpack(list, &value, env),
            Expr::Star(inner) => self.assign(inner, value, env),
            _ => {}
        }
    }

    fn unpack(&mut self, list: seriema_program::ir::List, value: &Value, env: &mut Env) {
        let file = self.file;
        let targets = file.exprs_of(list);
        let star = targets.iter().position(|target| matches!(file.expr(*target), Expr::Star(_)));
        let items = self.items(value, env);
        for (position, target) in targets.iter().enumerate() {
            let span = file.span(*target);
            let element = match (&items, star) {
                (Some(items), None) => items.get(position).cloned().unwrap_or_default(),
                (Some(items), Some(star)) if position < star => items.get(position).cloned().unwrap_or_default(),
                (Some(items), Some(star)) => {
                    let after = targets.len() - 1 - star;
                    if position == star {
                        let rest = items.get(star..items.len().saturating_sub(after)).unwrap_or_default().to_vec();
                        let mut object = Object::new(Shape::List);
                        object.set_items(rest);
                        self.make(*target, object, env)
                    } else {
                        let at = items.len().checked_sub(targets.len() - position);
                        at.and_then(|at| items.get(at)).cloned().unwrap_or_default()
                    }
                }
                (None, star) => {
                    if star.is_none_or(|star| position < star) {
                        let index = Value::constant(Const::Int(i64::try_from(position).unwrap_or(0)));
                        self.get_index(value, &index, span, env)
                    } else {
                        self.element(value, span, env)
                    }
                }
            };
            self.assign(*target, element, env);
        }
    }

    fn store_global(&mut self, name: Symbol, value: &Value, env: &mut Env) {
        let base = Base::Global(self.file_id, name);
        let label = Label::whole(base);
        self.store_cell(label, value, env);
        let effect = crate::summary::Effect { target: label, seg: None, value: env.export(value, 2) };
        self.out.effects.push(effect);
    }

    /// What is kept where other functions see it.
    pub(crate) fn store_cell(&mut self, cell: Label, value: &Value, env: &Env) {
        let mut facts = Facts::new();
        self.all_facts(value, env, &mut facts);
        for fact in facts {
            self.add_cell(cell, fact);
        }
    }

    pub(crate) fn add_cell(&mut self, cell: Label, fact: Fact) {
        let known = self.out.cells.iter().any(|(other, known)| *other == cell && known.label == fact.label);
        if known || fact.label.base == cell.base {
            return;
        }
        if self.out.cells.len() >= MAX_CELL_WRITES {
            self.out.bounded = true;
            return;
        }
        self.out.cells.push((cell, fact));
    }

    /// `object.name = value`, `object[...] = value`
    pub(crate) fn store(&mut self, object: &Value, seg: Seg, value: Value, span: (u32, u32), env: &mut Env) {
        let single = object.refs().iter().filter(|r| matches!(r, Ref::Obj(_) | Ref::Sym(_))).count() <= 1;
        let sure = single && self.in_loop == 0;
        let name = if let Seg::Attr(name) = seg { Some(name) } else { None };
        let mut found = false;
        for reference in object.refs() {
            match reference {
                Ref::Obj(id) => {
                    found = true;
                    if let (Some(name), Some(Shape::Instance(class))) = (name, env.object(*id).map(|o| o.shape))
                        && self.call_setter(class, name, object, &value, span, env)
                    {
                        continue;
                    }
                    let target = env.object_mut(*id);
                    put(target, seg, value.clone(), sure || (single && matches!(id, ObjId::Made(..))));
                }
                Ref::Sym(label) => {
                    found = true;
                    if let Some(name) = name
                        && let Some(class) = object
                            .refs()
                            .iter()
                            .find_map(|r| if let Ref::Instance(class) = r { Some(*class) } else { None })
                        && self.call_setter(class, name, object, &value, span, env)
                    {
                        continue;
                    }
                    // What modules and classes hold, other functions see.
                    if matches!(label.base, Base::Global(..) | Base::Field(..)) {
                        self.store_cell(label.then(seg), &value, env);
                        if seg != Seg::Any {
                            self.add_patch(label.then(seg), &Value::default(), &value, env);
                        }
                    }
                    put(env.object_mut(ObjId::Known(*label)), seg, value.clone(), sure);
                }
                Ref::Class(class) => {
                    if let Some(name) = name {
                        let owner = self.bound_in(*class, name);
                        let target = Label::whole(Base::Field(owner, name));
                        self.store_cell(target, &value, env);
                        self.add_patch(target, &Value::default(), &value, env);
                    }
                }
                Ref::Instance(class) => {
                    if let Some(name) = name {
                        let mut facts = Facts::new();
                        self.all_facts(&value, env, &mut facts);
                        let base = Base::Field(*class, name);
                        for fact in facts {
                            // What callers give, callers put where it belongs.
                            let outside = !matches!(fact.label.base, Base::Param(_) | Base::Result(_));
                            if outside {
                                self.add_cell(Label::whole(base), fact);
                            }
                        }
                    }
                }
                Ref::Api(path) => {
                    let member = match seg {
                        Seg::Attr(name) => format!("{path}.{name}"),
                        _ => format!("{path}[]"),
                    };
                    self.assigned(Symbol::new(&member), &value, span, env);
                    if !found {
                        let id = ObjId::Api(*path);
                        put(env.object_mut(id), seg, value.clone(), sure);
                    }
                }
                Ref::Module(file) => {
                    if let Some(name) = name {
                        let target = Label::whole(Base::Global(*file, name));
                        self.store_cell(target, &value, env);
                        self.add_patch(target, &Value::default(), &value, env);
                    }
                }
                _ => {}
            }
        }
    }

    fn call_setter(
        &mut self,
        class: ClassId,
        name: Symbol,
        object: &Value,
        value: &Value,
        span: (u32, u32),
        env: &mut Env,
    ) -> bool {
        if let Some(func) = self.project.setter(class, name) {
            let args = Args { positional: vec![value.clone()], ..Args::default() };
            self.invoke(func, &[], Some(object.clone()), args, span, env);
            return true;
        }
        let Some(descriptor) = self.class_value(class, name) else { return false };
        let Some(set) = self.descriptor_method(&descriptor, "__set__") else { return false };
        let args = Args { positional: vec![object.clone(), value.clone()], ..Args::default() };
        self.invoke(set, &[], Some(descriptor), args, span, env);
        true
    }

    /// A method of the descriptor that a class's attribute is.
    fn descriptor_method(&self, attribute: &Value, name: &str) -> Option<FuncId> {
        let tree = attribute.data().tree.as_ref().map(|tree| tree.shape);
        let class = match tree {
            Some(Shape::Instance(class)) => class,
            _ => {
                attribute.refs().iter().find_map(|r| if let Ref::Instance(class) = r { Some(*class) } else { None })?
            }
        };
        self.project.method(class, Symbol::new(name))
    }

    /// The class of a hierarchy whose body binds the name; itself when none does.
    fn bound_in(&self, class: ClassId, name: Symbol) -> ClassId {
        let bases = &self.project.class(class).mro;
        let binds = |base: &ClassId| {
            let body = self.project.class_body(*base);
            self.export(body, name).is_some()
        };
        bases.iter().copied().find(binds).unwrap_or(class)
    }

    fn store_index(
        &mut self,
        object: &Value,
        index: &Value,
        seg: Option<Seg>,
        value: Value,
        span: (u32, u32),
        env: &mut Env,
    ) {
        for reference in object.refs() {
            let class = match reference {
                Ref::Obj(id) => match env.object(*id).map(|o| o.shape) {
                    Some(Shape::Instance(class)) => class,
                    _ => continue,
                },
                Ref::Instance(class) => *class,
                _ => continue,
            };
            if let Some(func) = self.project.method(class, symbol!("__setitem__")) {
                let args = Args { positional: vec![index.clone(), value.clone()], ..Args::default() };
                self.invoke(func, &[], Some(object.clone()), args, span, env);
                return;
            }
        }
        for reference in object.refs() {
            if let Ref::Sym(label) = reference
                && matches!(label.base, Base::Global(..) | Base::Field(..))
                && seg.is_none()
            {
                self.add_patch(*label, index, &value, env);
            }
        }
        let dictionary = |reference: &Ref| match reference {
            Ref::Obj(id) => env.object(*id).is_some_and(|object| object.shape == Shape::Dict),
            _ => false,
        };
        if seg.is_none() && !object.refs().is_empty() && object.refs().iter().all(dictionary) {
            // Going through it gives the key.
            for reference in object.refs() {
                if let Ref::Obj(id) = reference {
                    let target = env.object_mut(*id);
                    target.add_entry(index, &value);
                    blend_fields(target, &value);
                }
            }
            return;
        }
        let seg = match seg {
            Some(Seg::Index(at)) if at < 0 => {
                // From the end, when that is known.
                let len = match object.refs() {
                    [Ref::Obj(id)] => env.object(*id).and_then(|object| object.len),
                    _ => None,
                };
                len.map_or(Seg::Any, |len| Seg::Index(at + len))
            }
            Some(seg) => seg,
            None => Seg::Any,
        };
        self.store(object, seg, value, span, env);
    }

    pub(crate) fn delete(&mut self, target: ExprId, env: &mut Env) {
        match self.file.expr(target) {
            Expr::Local(slot) => env.set(slot, Value::default()),
            Expr::Index(object, index) => {
                let object = self.eval(object, env);
                let index = self.eval(index, env);
                for reference in object.refs() {
                    if let Ref::Obj(id) = reference {
                        remove_item(env.object_mut(*id), key_of(&index));
                    }
                }
            }
            Expr::Attribute(object, name) => {
                let object = self.eval(object, env);
                for reference in object.refs() {
                    if let Ref::Obj(id) = reference {
                        env.object_mut(*id).remove(Seg::Attr(name));
                    }
                }
            }
            _ => {}
        }
    }

    /// `module.__getattr__`
    pub(crate) fn module_getattr(&mut self, file: crate::project::FileId, name: Symbol) -> Option<Value> {
        let hook = symbol!("__getattr__");
        if !self.project.binds(file, hook) {
            return None;
        }
        let found = self.project.static_global(file, hook, 4);
        let crate::project::Static::Func(func) = found.first()? else { return None };
        let args = Args { positional: vec![Value::text(name.as_str())], ..Args::default() };
        Some(self.invoke(*func, &[], None, args, (0, 0), &mut Env::default()))
    }

    /// What a library's value that is assigned to does with it.
    fn assigned(&mut self, path: Symbol, value: &Value, span: (u32, u32), env: &mut Env) {
        let sinks = self.project.models.assigns(path.as_str()).to_vec();
        for sink in sinks {
            self.reach(sink.kind, value, path, span, env);
        }
        let checks = self.project.models.assign_checks(path.as_str()).to_vec();
        for check in checks {
            self.check_constant(&check, Some(value), path, span, env);
        }
    }

    /// What a handler returns, its client sees.
    pub(crate) fn returned_to_client(&mut self, value: &Value, span: (u32, u32), env: &mut Env) {
        let Some(entries) = self.known.entries.get(&self.func) else { return };
        let mut kinds: SmallVec<[SinkKind; 2]> = SmallVec::new();
        for entry in entries {
            if let Some(kind) = entry.returns
                && !kinds.contains(&kind)
            {
                kinds.push(kind);
            }
        }
        for kind in kinds {
            let page = if kind == SinkKind::Html { self.page_of(value, env) } else { Some(value.clone()) };
            if let Some(mut page) = page {
                // What an unknown call makes of its arguments is a page, a redirect or a response: it is no text of theirs
                // before something is put together of it.
                // What a wrapped function returns was looked at where it returns it.
                if page.facts().iter().any(|fact| self.is_of_wrapped(fact.label)) {
                    page.to_mut().facts.retain(|fact| !self.is_of_wrapped(fact.label));
                }
                if kind == SinkKind::Html && page.data().parts.is_none() {
                    page.to_mut().facts.retain(|fact| !fact.flags.has(Flags::OBSCURE));
                }
                self.reach(kind, &page, symbol!("return"), span, env);
            }
        }
    }

    /// Whether it is what a function gives that a wrapper was made around.
    fn is_of_wrapped(&self, label: Label) -> bool {
        let Base::Result(index) = label.base else { return false };
        let Some(call) = self.out.calls.get(index as usize) else { return false };
        let Base::Param(slot) = call.callee.base else { return false };
        let mut parameters = self.function.parameters.iter();
        call.method.is_none()
            && call.callee.path.is_whole()
            && parameters.any(|p| p.slot == slot && p.kind == ParameterKind::Captured)
    }

    /// What of a returned value is a page: of a tuple the first, of dictionaries and lists nothing.
    fn page_of(&self, value: &Value, env: &Env) -> Option<Value> {
        for reference in value.refs() {
            match reference {
                Ref::Obj(id) => {
                    let object = env.object(*id)?;
                    return match object.shape {
                        Shape::Tuple => object
                            .get(Seg::Index(0))
                            .map(|field| field.value.clone())
                            .and_then(|v| self.page_of(&v, env)),
                        _ => None,
                    };
                }
                // A response was looked at where it was made.
                Ref::Api(path)
                    if path.as_str().ends_with("()")
                        && !path.as_str().ends_with(".Markup()")
                        && value.facts().is_empty() =>
                {
                    return None;
                }
                _ => {}
            }
        }
        if let Some(tree) = &value.data().tree {
            return match tree.shape {
                Shape::Tuple => tree_first(tree),
                _ => None,
            };
        }
        Some(value.clone())
    }
}

/// Whether a key of a WSGI environment holds what the server or a middleware says, not what the client sent (PEP 3333).
fn is_servers_own(value: &Value, key: Symbol) -> bool {
    let environment = value.refs().iter().any(|reference| {
        matches!(reference, Ref::Api(path)
            if matches!(path.as_str(), "django.http.HttpRequest().META" | "wsgiref.types.WSGIEnvironment()"))
    });
    let key = key.as_str();
    let sent = key.starts_with("HTTP_")
        || matches!(
            key,
            "QUERY_STRING"
                | "PATH_INFO"
                | "SCRIPT_NAME"
                | "REQUEST_METHOD"
                | "REQUEST_URI"
                | "RAW_URI"
                | "CONTENT_TYPE"
                | "CONTENT_LENGTH"
                | "REMOTE_USER"
                | "REMOTE_HOST"
                | "SERVER_NAME"
                | "wsgi.input"
        );
    environment && !sent
}

/// What a caller picks out of a table that is written out.
fn entry_of(value: &Value, index: &Value, env: &Env) -> Option<Entry> {
    let key = open_label(index)?;
    let fields: Vec<(Seg, Value)> = match (value.refs(), &value.data().tree) {
        ([Ref::Obj(id)], None) => {
            let object = env.object(*id).filter(|object| object.shape == Shape::Dict && !object.rest_written)?;
            object.fields.iter().map(|(seg, field)| (*seg, field.value.clone())).collect()
        }
        ([], Some(tree)) if tree.shape == Shape::Dict && tree.rest.is_nothing() => tree.fields.clone(),
        _ => return None,
    };
    let constant = |value: &Value| {
        value.consts().is_some() || matches!(value.refs(), [Ref::Api(_)]) && value.data().tree.is_none()
    };
    if fields.len() > MAX_TABLE || !fields.iter().all(|(_, value)| constant(value)) {
        return None;
    }
    let table = fields.into_iter().map(|(seg, value)| match seg {
        Seg::Key(key) => Some((Const::Str(key), value)),
        Seg::Index(key) => Some((Const::Int(i64::from(key)), value)),
        _ => None,
    });
    Some(Entry { key, table: table.collect::<Option<_>>()? })
}

/// A member that was put into a class, of an instance.
fn bind_patch(patched: &Value, instance: &Value) -> Value {
    let mut out = Value::default();
    for reference in patched.refs() {
        out.add_ref(match reference {
            // Functions take the instance first.
            Ref::Func(..) => Ref::Partial(Arc::new(crate::value::Partial {
                function: Value::reference(reference.clone()),
                positional: vec![instance.clone()],
                keywords: Vec::new(),
            })),
            other => other.clone(),
        });
    }
    out
}

fn tree_first(tree: &crate::value::Tree) -> Option<Value> {
    tree.fields.iter().find(|(seg, _)| *seg == Seg::Index(0)).map(|(_, value)| value.clone())
}

fn is_dict_method(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "get"
            | "items"
            | "keys"
            | "values"
            | "pop"
            | "update"
            | "setdefault"
            | "copy"
            | "clear"
            | "popitem"
            | "fromkeys"
    )
}

/// Writes a field; when it is not sure that this is the object, what was there may still be.
fn put(object: &mut Object, seg: Seg, value: Value, sure: bool) {
    if seg == Seg::Any {
        object.add_rest(&value);
        blend_fields(object, &value);
        // How many elements there are, nobody knows now.
        object.len = None;
        return;
    }
    let value = match object.get(seg) {
        Some(field) if !sure => field.value.join(&value),
        // It may be there, or anywhere: no element of the beginning.
        None if object.is_beginning(seg) => {
            object.add_rest(&value);
            return;
        }
        _ => value,
    };
    object.set(seg, value, true);
}

/// Any of the elements may be this one now.
fn blend_fields(object: &mut Object, value: &Value) {
    for (known, field) in &mut object.fields {
        if !matches!(known, Seg::Attr(_) | Seg::Each) {
            field.value = field.value.join(value);
        }
    }
}

pub(crate) fn append(object: &mut Object, value: Value) {
    match object.len {
        Some(len) if object.shape != Shape::Dict => {
            object.set(Seg::Index(len), value, true);
            object.len = Some(len + 1);
        }
        _ => object.add_rest(&value),
    }
}

/// Takes an element out; the later ones move up.
pub(crate) fn remove_item(object: &mut Object, key: Option<Seg>) -> Value {
    match (key, object.len) {
        (Some(Seg::Index(at)), Some(len)) if matches!(object.shape, Shape::List | Shape::Tuple) => {
            let at = if at < 0 { at + len } else { at };
            let Some(mut items) = object.items() else { return object.elements() };
            match usize::try_from(at) {
                Ok(at) if at < items.len() => {
                    let taken = items.remove(at);
                    object.set_items(items);
                    taken
                }
                _ => Value::default(),
            }
        }
        (Some(seg), _) if !matches!(object.shape, Shape::List | Shape::Tuple) => match object.remove(seg) {
            Some(value) => value,
            None => object.rest.clone(),
        },
        _ => {
            let all = object.elements();
            if matches!(object.shape, Shape::List | Shape::Tuple) {
                object.blur();
            }
            all
        }
    }
}

/// What going through a dictionary gives.
fn tree_keys(tree: &crate::value::Tree) -> Value {
    let mut object = Object::new(Shape::Dict);
    for (seg, value) in &tree.fields {
        object.set(*seg, value.clone(), true);
    }
    if !tree.rest.is_nothing() {
        object.add_rest(&tree.rest);
    }
    dict_keys(&object)
}

/// The keys: constants, and those of entries that are not known by key, as far as they were seen.
pub(crate) fn dict_keys(object: &Object) -> Value {
    let mut out: Option<Value> = None;
    for (seg, field) in &object.fields {
        let key = match seg {
            Seg::Key(key) => Value::constant(Const::Str(*key)),
            Seg::Index(key) => Value::constant(Const::Int(i64::from(*key))),
            Seg::Each => field.value.clone(),
            _ => continue,
        };
        out = Some(out.map_or_else(|| key.clone(), |known: Value| known.join(&key)));
    }
    if object.rest_written && object.get(Seg::Each).is_none() {
        let unknown = Value::of_facts(object.rest.facts().iter().cloned().collect());
        out = Some(out.map_or_else(|| unknown.clone(), |known: Value| known.join(&unknown)));
    }
    out.unwrap_or_default()
}

fn element_of(object: &Object, key: Option<Seg>, _value: &Value) -> Value {
    let key = match (key, object.len) {
        (Some(Seg::Index(at)), Some(len)) if at < 0 => Some(Seg::Index(at + len)),
        (Some(Seg::Index(at)), None) if at < 0 && object.shape != Shape::Dict => None,
        (key, _) => key,
    };
    match key {
        Some(seg) => match object.get(seg) {
            Some(field)
                if object.rest_written
                    && object.len.is_none()
                    && !matches!(object.shape, Shape::Dict | Shape::List | Shape::Tuple) =>
            {
                field.value.join(&object.rest)
            }
            Some(field) => field.value.clone(),
            None if object.rest_written => object.rest.clone(),
            None if object.shape == Shape::Other => object.elements(),
            None => Value::default(),
        },
        None => object.elements(),
    }
}

pub(crate) fn tree_element(tree: &crate::value::Tree, key: Option<Seg>) -> Value {
    let key = match (key, tree.len) {
        (Some(Seg::Index(at)), Some(len)) if at < 0 => Some(Seg::Index(at + len)),
        (Some(Seg::Index(at)), None) if at < 0 => None,
        (key, _) => key,
    };
    if let Some(seg) = key {
        return match tree.fields.binary_search_by(|(known, _)| known.cmp(&seg)) {
            Ok(at) => tree.fields[at].1.clone(),
            Err(_) => tree.rest.clone(),
        };
    }
    let mut out = if tree.rest.is_nothing() { None } else { Some(tree.rest.clone()) };
    for (seg, value) in &tree.fields {
        if !matches!(seg, Seg::Attr(_) | Seg::Each) {
            out = Some(out.map_or_else(|| value.clone(), |known: Value| known.join(value)));
        }
    }
    out.unwrap_or_default()
}

/// What an attribute says of the value that it is read from.
fn derive_attr(value: &Value, name: Symbol, out: &mut Value) {
    let how = match (&value.data().derived, name.as_str()) {
        (Some((base, How::Parsed)), "netloc" | "hostname") => Some((base.clone(), How::Host)),
        _ if value.facts().is_empty() => None,
        (_, "parents") => Some((value.clone(), How::Parents)),
        (_, "parts") => Some((value.clone(), How::Components)),
        _ => None,
    };
    if let Some(how) = how {
        out.to_mut().derived = Some(how);
    }
}

/// Facts with something cleaned.
pub(crate) fn clean_facts(value: &Value, kinds: Kinds) -> Value {
    value.map_facts(|fact| fact.cleaned = fact.cleaned.union(kinds))
}
