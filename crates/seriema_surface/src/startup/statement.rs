//! Statements.

use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, List, Slot, Stmt};

use super::value::{Arguments, FileIndex, Node, Value};
use super::{Context, MAX_ITEMS, Startup, State};

/// How a statement ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flow {
    Next,
    Return(Value),
    Raise,
    Break,
    Continue,
}

impl Startup<'_> {
    /// Goes through statements. Those that are not `certain` do not take away what is known.
    pub(super) fn block(&mut self, context: Context, list: List, certain: bool) -> Flow {
        let source = self.file(context.file);
        let mut pending = None;
        for stmt in source.stmts_of(list) {
            if !self.step() {
                return Flow::Raise;
            }
            match self.statement(context, source.stmt(*stmt), certain && pending.is_none()) {
                Flow::Next => {}
                // One of two ways went on: so does the block, and what it gives is the better of both.
                Flow::Return(value) if !self.is_sure => {
                    pending = Some(better(pending.unwrap_or(Value::Unknown), value))
                }
                Flow::Return(value) => return Flow::Return(better(pending.unwrap_or(Value::Unknown), value)),
                other => return pending.map_or(other, Flow::Return),
            }
        }
        pending.map_or(Flow::Next, |value| {
            self.is_sure = false;
            Flow::Return(value)
        })
    }

    fn statement(&mut self, context: Context, stmt: Stmt, certain: bool) -> Flow {
        let source = self.file(context.file);
        self.is_sure = true;
        match stmt {
            Stmt::Expr(value) => {
                self.eval(context, value);
            }
            Stmt::Assign(target, value) => {
                let value = self.eval(context, value);
                self.assign(context, target, value, certain);
            }
            Stmt::Augment(target, op, value) => {
                let old = self.eval(context, target);
                let added = self.eval(context, value);
                let new = self.augmented(old, op, added);
                self.assign(context, target, new, certain);
            }
            Stmt::Annotate(..) | Stmt::Assert(_) | Stmt::Delete(_) => {}
            Stmt::If(test, then, orelse) => {
                let test = self.eval(context, test);
                return match self.truth(test) {
                    Some(true) => self.block(context, then, certain),
                    Some(false) => self.block(context, orelse, certain),
                    None => {
                        let first = self.block(context, then, false);
                        let first_sure = self.is_sure;
                        let second = self.block(context, orelse, false);
                        let second_sure = self.is_sure;
                        self.joined((first, first_sure), (second, second_sure))
                    }
                };
            }
            Stmt::While(_, body, orelse) => {
                let flow = self.block(context, body, false);
                self.is_sure = true;
                if let Flow::Return(value) = flow {
                    self.is_sure = false;
                    return Flow::Return(value);
                }
                self.block(context, orelse, false);
                self.is_sure = true;
            }
            Stmt::For(target, iter, body, orelse) => {
                return self.for_loop(context, (target, iter), body, orelse, certain);
            }
            Stmt::Try(index) => {
                let parts = &source.tries[index as usize];
                let mut flow = self.block(context, parts.body, certain);
                if flow == Flow::Raise {
                    flow = Flow::Next;
                    for handler in &parts.handlers {
                        if let Some(target) = handler.target {
                            self.assign(context, target, Value::Unknown, true);
                        }
                        flow = self.block(context, handler.body, false);
                    }
                } else if flow == Flow::Next {
                    flow = self.block(context, parts.orelse, certain);
                }
                let sure = self.is_sure;
                let last = self.block(context, parts.finally, certain);
                if last != Flow::Next {
                    return last;
                }
                self.is_sure = sure;
                return flow;
            }
            Stmt::Match(index) => {
                let parts = &source.matches[index as usize];
                self.eval(context, parts.subject);
                let mut all: Option<(Flow, bool)> = None;
                for case in &parts.cases {
                    let flow = self.block(context, case.body, false);
                    let this = (flow, self.is_sure);
                    all = Some(match all {
                        Some(before) => (self.joined(before, this), self.is_sure),
                        None => this,
                    });
                }
                // None of the cases may match.
                let flow = all.map_or(Flow::Next, |(flow, sure)| self.joined((flow, sure), (Flow::Next, true)));
                return flow;
            }
            Stmt::With(item, target, body) => {
                let entered = self.eval(context, item);
                if let Some(target) = target {
                    self.assign(context, target, entered, certain);
                }
                return self.block(context, body, certain);
            }
            Stmt::Return(value) => {
                let value = value.map_or(Value::None, |value| self.eval(context, value));
                self.is_sure = true;
                return Flow::Return(value);
            }
            Stmt::Raise(value) => {
                if let Some(value) = value {
                    self.eval(context, value);
                }
                return Flow::Raise;
            }
            Stmt::Break => return Flow::Break,
            Stmt::Continue => return Flow::Continue,
            Stmt::ImportStar(module) => self.import_star(context, module),
        }
        self.is_sure = true;
        Flow::Next
    }

    /// What two ways come to, of which one is taken.
    fn joined(&mut self, first: (Flow, bool), second: (Flow, bool)) -> Flow {
        let (flow, sure) = match (first, second) {
            ((Flow::Return(a), a_sure), (Flow::Return(b), b_sure)) => (Flow::Return(better(a, b)), a_sure && b_sure),
            ((Flow::Return(a), _), _) | (_, (Flow::Return(a), _)) => (Flow::Return(a), false),
            ((Flow::Raise, _), (Flow::Raise, _)) => (Flow::Raise, true),
            _ => (Flow::Next, true),
        };
        self.is_sure = sure;
        flow
    }

    fn for_loop(
        &mut self,
        context: Context,
        (target, iter): (ExprId, ExprId),
        body: List,
        orelse: List,
        certain: bool,
    ) -> Flow {
        let over = self.eval(context, iter);
        let (items, is_open) = self.elements(over);
        let mut returned = None;
        let known = items.len();
        let rounds = items.into_iter().chain((is_open && known == 0).then_some(Value::Unknown));
        for item in rounds.take(MAX_ITEMS) {
            self.assign(context, target, item, true);
            match self.block(context, body, certain && !is_open) {
                Flow::Return(value) => {
                    if self.is_sure && !is_open {
                        return Flow::Return(better(returned.unwrap_or(Value::Unknown), value));
                    }
                    returned = Some(better(returned.unwrap_or(Value::Unknown), value));
                }
                Flow::Break | Flow::Raise => break,
                Flow::Next | Flow::Continue => {}
            }
            if self.steps >= self.limit {
                break;
            }
        }
        let flow = self.block(context, orelse, false);
        self.is_sure = returned.is_none() && self.is_sure;
        match (returned, flow) {
            (Some(value), _) => Flow::Return(value),
            (None, Flow::Return(value)) => Flow::Return(value),
            _ => {
                self.is_sure = true;
                Flow::Next
            }
        }
    }

    fn import_star(&mut self, context: Context, module: Symbol) {
        let Some(file) = self.imported(module.as_str()) else {
            if !self.packages.contains(module.as_str()) {
                self.stars[context.file as usize].push(module);
            }
            return;
        };
        if file == context.file {
            return;
        }
        debug_assert_ne!(self.states[file as usize], State::Waiting);
        let all = self.globals[file as usize].get(&Symbol::new("__all__")).copied();
        let named: Option<Vec<Symbol>> = all.and_then(|all| self.heap.items(all)).and_then(|(items, is_open)| {
            let texts = items.iter().map(|item| match item {
                Value::Text(text) => Some(*text),
                _ => None,
            });
            texts.collect::<Option<Vec<_>>>().filter(|_| !is_open)
        });
        let mut bound: Vec<(Symbol, Value)> = match named {
            Some(names) => names.into_iter().map(|name| (name, self.of_module(file, name))).collect(),
            None => {
                let known = self.globals[file as usize].iter();
                known.filter(|(name, _)| !name.as_str().starts_with('_')).map(|(name, value)| (*name, *value)).collect()
            }
        };
        bound.sort_by_key(|(name, _)| *name);
        let stars = self.stars[file as usize].clone();
        self.stars[context.file as usize].extend(stars);
        for (name, value) in bound {
            self.set_global(context.file, name, value);
        }
    }

    /// Lets a variable of a module's body be seen from everywhere.
    fn publish(&mut self, file: FileIndex, slot: Slot, value: Value) {
        let locals = self.file(file).functions.first().map_or(&[][..], |body| &body.locals);
        let Some(name) = locals.get(usize::from(slot)) else { return };
        if self.slots[file as usize].get(name) == Some(&slot) {
            self.globals[file as usize].insert(*name, value);
        }
    }

    /// Gives a name of a module its value.
    fn set_global(&mut self, file: FileIndex, name: Symbol, value: Value) {
        self.globals[file as usize].insert(name, value);
        if let Some(slot) = self.slots[file as usize].get(&name).copied() {
            let frame = self.frames[file as usize];
            if let Some(local) = self.heap.frame_mut(frame).locals.get_mut(usize::from(slot)) {
                *local = value;
            }
        }
    }

    /// Gives a target its value. Where it is not certain that this happens, what is known is not given up for what is not.
    pub(super) fn assign(&mut self, context: Context, target: ExprId, value: Value, certain: bool) {
        let source = self.file(context.file);
        let keeps = |old: Value| {
            let says_less = match value {
                Value::Unknown | Value::None => true,
                // What is there when nothing is said is as good a guess as what may be.
                Value::Text(_) => matches!(old, Value::Text(text) if !text.as_str().is_empty()),
                _ => false,
            };
            !certain && old.is_known() && old != Value::None && says_less
        };
        match source.expr(target) {
            Expr::Local(slot) => {
                if let Some(local) = self.heap.frame_mut(context.frame).locals.get_mut(usize::from(slot))
                    && !keeps(*local)
                {
                    *local = value;
                    if context.frame == self.frames[context.file as usize] {
                        self.publish(context.file, slot, value);
                    }
                }
            }
            Expr::Global(name) if !self.globals[context.file as usize].get(&name).is_some_and(|old| keeps(*old)) => {
                self.set_global(context.file, name, value);
            }
            Expr::Attribute(of, name) => {
                let of = self.eval(context, of);
                if of.is_known() && !self.heap.assigned(of, name).is_some_and(keeps) {
                    self.heap.assign(of, name, value);
                }
            }
            Expr::Index(of, key) => {
                let of = self.eval(context, of);
                let key = self.eval(context, key);
                self.set_item(context, target, of, key, value);
            }
            Expr::Display(_, list) => {
                let (items, _) = self.elements(value);
                let targets = source.exprs_of(list);
                let is_exact = items.len() == targets.len();
                for (at, target) in targets.iter().enumerate() {
                    let item = if is_exact { items[at] } else { Value::Unknown };
                    self.assign(context, *target, item, certain);
                }
            }
            Expr::Star(inner) => self.assign(context, inner, value, certain),
            _ => {}
        }
    }

    fn set_item(&mut self, context: Context, target: ExprId, of: Value, key: Value, value: Value) {
        if let Value::Node(id) = of {
            match self.heap.node_mut(id) {
                Node::Dict { entries, is_open } => {
                    if !key.is_known() {
                        *is_open = true;
                    } else if let Some(entry) = entries.iter_mut().find(|(known, _)| *known == key) {
                        entry.1 = value;
                    } else if entries.len() < MAX_ITEMS {
                        entries.push((key, value));
                    }
                    return;
                }
                Node::Sequence { items, is_open } => {
                    match key {
                        Value::Int(at) => {
                            if let Some(item) = usize::try_from(at).ok().and_then(|at| items.get_mut(at)) {
                                *item = value;
                            }
                        }
                        _ => *is_open = true,
                    }
                    return;
                }
                _ => {}
            }
        }
        if of.is_known() {
            let callee = self.heap.attribute(of, Symbol::new("__setitem__"));
            let arguments = Arguments { positional: vec![key, value], ..Arguments::default() };
            let site = Self::site(context.file, self.file(context.file), target);
            self.note(callee, arguments, site);
        }
    }
}

/// The one of two values that says more.
fn better(first: Value, second: Value) -> Value {
    match first {
        Value::Unknown | Value::None if second.is_known() => second,
        _ => first,
    }
}
