//! What variables and objects are at a point of a function.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use crate::access::Seg;
use crate::heap::Heap;
use crate::value::{Label, ObjId, Ref, Shape, Tree, Value, join_trees};
use crate::when::Conditions;

/// Fields of one object that are kept apart.
pub(crate) const MAX_FIELDS: usize = 200;
/// Values of one object, and of those in it, that are handed between functions.
const MAX_EXPORTED: u32 = 64;
/// Levels of objects in objects that are handed between functions.
pub(crate) const MAX_TREE: u32 = 3;
/// Fields of objects that are handed between functions; of one with more, the others count as any element.
const MAX_HANDED: usize = 12;
/// Fields that are looked at one by one for the one that is asked for.
const MAX_COMPARED: usize = 24;
/// Keys of one dictionary whose order is kept.
const MAX_ORDERED: usize = 32;

/// An element or attribute of an object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) value: Value,
    /// Whether the function wrote it, or only looked at it.
    pub(crate) written: bool,
}

/// An object that is told apart.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) shape: Shape,
    /// Sorted. Of a list of unknown length, those by index are its beginning.
    pub(crate) fields: Vec<(Seg, Field)>,
    /// Elements that are not known by key.
    pub(crate) rest: Value,
    /// Whether `rest` was written to.
    pub(crate) rest_written: bool,
    /// Of a list or tuple whose elements are all known: how many there are.
    pub(crate) len: Option<i32>,
    /// Of a dictionary: its keys in the order in which they were put in, unless that is not known.
    order: Option<Vec<Seg>>,
}

impl Object {
    pub(crate) fn new(shape: Shape) -> Self {
        let len = matches!(shape, Shape::List | Shape::Tuple).then_some(0);
        let order = (shape == Shape::Dict).then(Vec::new);
        Self { shape, fields: Vec::new(), rest: Value::default(), rest_written: false, len, order }
    }

    /// The keys of a dictionary in order, when all are known.
    pub(crate) fn keys_in_order(&self) -> Option<&[Seg]> {
        let order = self.order.as_deref().filter(|_| self.shape == Shape::Dict && !self.rest_written)?;
        let count = self.fields.iter().filter(|(seg, _)| is_key(*seg)).count();
        (order.len() == count && order.iter().all(|seg| self.get(*seg).is_some())).then_some(order)
    }

    /// For keys that were not put in one after the other.
    pub(crate) fn forget_order(&mut self) {
        if self.fields.len() > 1 {
            self.order = None;
        }
    }

    /// Moves a key of a dictionary to the end, or to the beginning; without a key that is known, nobody knows the order.
    pub(crate) fn move_key(&mut self, key: Option<Seg>, last: Option<bool>) {
        match (key, last, &mut self.order) {
            (Some(key), Some(last), Some(order)) if order.contains(&key) => {
                order.retain(|known| *known != key);
                order.insert(if last { order.len() } else { 0 }, key);
            }
            _ => self.order = None,
        }
    }

    pub(crate) fn get(&self, seg: Seg) -> Option<&Field> {
        self.find(seg).map(|at| &self.fields[at].1)
    }

    /// Where a field is. Whether two are the same shows at once, which comes first does not.
    fn find(&self, seg: Seg) -> Option<usize> {
        if self.fields.len() <= MAX_COMPARED {
            return self.fields.iter().position(|(known, _)| *known == seg);
        }
        self.fields.binary_search_by(|(known, _)| known.cmp(&seg)).ok()
    }

    pub(crate) fn set(&mut self, seg: Seg, value: Value, written: bool) {
        if let Some(at) = self.find(seg) {
            let field = &mut self.fields[at].1;
            field.written |= written;
            field.value = value;
            return;
        }
        match self.fields.binary_search_by(|(known, _)| known.cmp(&seg)) {
            Ok(at) => {
                let field = &mut self.fields[at].1;
                field.written |= written;
                field.value = value;
            }
            Err(at) if self.fields.len() < MAX_FIELDS => {
                self.fields.insert(at, (seg, Field { value, written }));
                match &mut self.order {
                    Some(order) if order.len() < MAX_ORDERED => order.extend(is_key(seg).then_some(seg)),
                    order => *order = None,
                }
            }
            Err(_) => self.add_rest(&value),
        }
    }

    pub(crate) fn remove(&mut self, seg: Seg) -> Option<Value> {
        let at = self.fields.binary_search_by(|(known, _)| known.cmp(&seg)).ok()?;
        if let Some(order) = &mut self.order {
            order.retain(|known| *known != seg);
        }
        Some(self.fields.remove(at).1.value)
    }

    pub(crate) fn add_rest(&mut self, value: &Value) {
        self.rest = if self.rest_written { self.rest.join(value) } else { value.clone() };
        self.rest_written = true;
        // Of a dictionary, nobody knows the key then.
        if let Ok(at) = self.fields.binary_search_by(|(known, _)| known.cmp(&Seg::Each)) {
            let keys = &mut self.fields[at].1.value;
            *keys = keys.join(&Value::of_facts(value.facts().iter().cloned().collect()));
        }
    }

    /// An entry of a dictionary whose key is no constant.
    pub(crate) fn add_entry(&mut self, key: &Value, value: &Value) {
        let before = match self.get(Seg::Each) {
            Some(field) => Some(field.value.clone()),
            None if self.rest_written => Some(Value::of_facts(self.rest.facts().iter().cloned().collect())),
            None => None,
        };
        self.rest = if self.rest_written { self.rest.join(value) } else { value.clone() };
        self.rest_written = true;
        let keys = before.map_or_else(|| key.clone(), |before| before.join(key));
        self.set(Seg::Each, keys, true);
    }

    /// The elements by position, when all are known.
    pub(crate) fn items(&self) -> Option<Vec<Value>> {
        let len = self.len?;
        (0..len).map(|index| self.get(Seg::Index(index)).map(|field| field.value.clone())).collect()
    }

    /// Makes it a list of these elements.
    pub(crate) fn set_items(&mut self, items: Vec<Value>) {
        self.fields.retain(|(seg, _)| !matches!(seg, Seg::Index(_)));
        if items.len() > MAX_FIELDS {
            self.len = None;
            for item in &items {
                self.add_rest(item);
            }
            return;
        }
        self.len = i32::try_from(items.len()).ok();
        for (index, item) in (0..).zip(items) {
            self.set(Seg::Index(index), item, true);
        }
    }

    /// Forgets which element is which.
    pub(crate) fn blur(&mut self) {
        self.len = None;
        let fields = std::mem::take(&mut self.fields);
        for (seg, field) in fields {
            if matches!(seg, Seg::Index(_)) {
                self.add_rest(&field.value);
            } else {
                self.fields.push((seg, field));
            }
        }
    }

    /// Everything in it, by whatever key.
    pub(crate) fn elements(&self) -> Value {
        let mut out = if self.rest_written { Some(self.rest.clone()) } else { None };
        for (seg, field) in &self.fields {
            if !matches!(seg, Seg::Attr(_) | Seg::Each) {
                out = Some(out.map_or_else(|| field.value.clone(), |known| known.join(&field.value)));
            }
        }
        out.unwrap_or_default()
    }

    fn join(&self, other: &Self, known: Option<Label>) -> Self {
        let mut out = Self {
            shape: if self.shape == other.shape { self.shape } else { Shape::Other },
            fields: Vec::new(),
            rest: match (self.rest_written, other.rest_written) {
                (true, true) => self.rest.join(&other.rest),
                (true, false) => self.rest.clone(),
                (false, _) => other.rest.clone(),
            },
            rest_written: self.rest_written || other.rest_written,
            len: if self.len == other.len { self.len } else { None },
            order: None,
        };
        let blurred;
        let (a, b) = if self.len == other.len {
            (self, other)
        } else {
            let (mut a, mut b) = (self.clone(), other.clone());
            a.blur();
            b.blur();
            out.rest = if a.rest_written && b.rest_written {
                a.rest.join(&b.rest)
            } else if a.rest_written {
                a.rest.clone()
            } else {
                b.rest.clone()
            };
            out.rest_written = a.rest_written || b.rest_written;
            blurred = (a, b);
            (&blurred.0, &blurred.1)
        };
        out.fields.reserve(a.fields.len());
        for (seg, field) in &a.fields {
            let joined = match b.get(*seg) {
                Some(twin) => Field { value: field.value.join(&twin.value), written: field.written || twin.written },
                // Of two beginnings, what only one has is among the rest.
                None if out.is_beginning(*seg) => {
                    out.add_rest(&field.value);
                    continue;
                }
                None => absent(field, known, *seg),
            };
            out.fields.push((*seg, joined));
        }
        for (seg, field) in &b.fields {
            if a.get(*seg).is_none() {
                if out.is_beginning(*seg) {
                    out.add_rest(&field.value);
                } else {
                    out.set(*seg, absent(field, known, *seg).value, field.written);
                }
            }
        }
        if self.order == other.order {
            out.order.clone_from(&self.order);
        }
        out
    }

    /// Whether a field is an element of a list of unknown length.
    pub(crate) fn is_beginning(&self, seg: Seg) -> bool {
        self.len.is_none() && matches!(seg, Seg::Index(_)) && matches!(self.shape, Shape::List | Shape::Tuple)
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.shape == other.shape
            && self.len == other.len
            && self.order == other.order
            && self.fields.len() == other.fields.len()
            && self.rest.same(&other.rest)
            && self.fields.iter().zip(&other.fields).all(|((x, a), (y, b))| x == y && a.value.same(&b.value))
    }
}

/// Whether it is a place of a dictionary that a constant leads to.
fn is_key(seg: Seg) -> bool {
    matches!(seg, Seg::Key(_) | Seg::Index(_))
}

/// A field that the other branch did not touch: there it is what it was before.
fn absent(field: &Field, known: Option<Label>, seg: Seg) -> Field {
    match known {
        Some(label) if field.written => {
            let before = Value::reference(Ref::Sym(label.then(seg)));
            Field { value: field.value.join(&before), written: true }
        }
        _ => field.clone(),
    }
}

/// The state at a point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Env {
    /// Shared by ways that part until one of them writes; so is the heap.
    pub(crate) slots: Rc<Vec<Option<Value>>>,
    pub(crate) heap: Heap,
    /// What holds of what callers give, on all ways that lead here.
    pub(crate) conditions: Conditions,
    /// Whether the point cannot be reached.
    pub(crate) dead: bool,
}

impl Env {
    pub(crate) fn get(&self, slot: u16) -> Value {
        self.slots.get(usize::from(slot)).and_then(Clone::clone).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, slot: u16, value: Value) {
        if usize::from(slot) < self.slots.len() {
            Rc::make_mut(&mut self.slots)[usize::from(slot)] = Some(value);
        }
    }

    pub(crate) fn object(&self, id: ObjId) -> Option<&Object> {
        self.heap.get(id).map(|object| &**object)
    }

    pub(crate) fn object_mut(&mut self, id: ObjId) -> &mut Object {
        self.heap.get_mut(id, || Object { len: None, ..Object::new(Shape::Other) })
    }

    /// Joins what is known where two ways meet.
    pub(crate) fn join(&mut self, other: Self) {
        if other.dead {
            return;
        }
        if self.dead {
            *self = other;
            return;
        }
        self.conditions.retain(|held| other.conditions.contains(held));
        if !Rc::ptr_eq(&self.slots, &other.slots) {
            self.join_slots(&other.slots);
        }
        self.heap.join(&other.heap, |id, mine, theirs| {
            let known = if let ObjId::Known(label) = id { Some(label) } else { None };
            mine.join(theirs, known)
        });
    }

    fn join_slots(&mut self, other: &[Option<Value>]) {
        for (at, theirs) in other.iter().enumerate().take(self.slots.len()) {
            let joined = match (&self.slots[at], theirs) {
                (Some(mine), Some(theirs)) if !mine.is(theirs) => mine.join(theirs),
                (None, Some(theirs)) => theirs.clone(),
                _ => continue,
            };
            Rc::make_mut(&mut self.slots)[at] = Some(joined);
        }
    }

    /// Whether nothing new is known.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.dead == other.dead
            && (Rc::ptr_eq(&self.slots, &other.slots) || self.same_slots(other))
            && self.heap.same(&other.heap)
    }

    fn same_slots(&self, other: &Self) -> bool {
        self.slots.iter().zip(other.slots.iter()).all(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            _ => false,
        })
    }

    /// A value without the function's objects: they become trees.
    pub(crate) fn export(&self, value: &Value, depth: u32) -> Value {
        self.export_some(value, depth, &Cell::new(MAX_EXPORTED))
    }

    fn export_some(&self, value: &Value, depth: u32, budget: &Cell<u32>) -> Value {
        if !value.refs().iter().any(needs_export) && value.data().parts.is_none() {
            return value.clone();
        }
        // What is left out of a large object counts by what is in it, not by where.
        let depth = if budget.get() == 0 { 0 } else { depth };
        budget.set(budget.get().saturating_sub(1));
        let mut out = value.clone();
        let data = out.to_mut();
        data.derived = None;
        let refs = std::mem::take(&mut data.refs);
        let mut tree: Option<Tree> = None;
        for reference in refs {
            match reference {
                Ref::Obj(id) => {
                    if let Some(object) = self.heap.get(id)
                        && depth > 0
                    {
                        let object = self.tree(object, depth - 1, budget);
                        tree = Some(match tree.take() {
                            Some(known) => join_trees(&known, &object),
                            None => object,
                        });
                    }
                    match id {
                        ObjId::Api(path) => data.refs.push(Ref::Api(path)),
                        ObjId::Known(label) => data.refs.push(Ref::Sym(label)),
                        ObjId::Made(..) => {}
                    }
                }
                Ref::Func(func, captured) if depth > 0 => {
                    let captured: Vec<Value> =
                        captured.iter().map(|value| self.export_some(value, depth - 1, budget)).collect();
                    data.refs.push(Ref::Func(func, captured.into()));
                }
                Ref::Bound(func, object) if depth > 0 => {
                    data.refs.push(Ref::Bound(func, Arc::new(self.export_some(&object, depth - 1, budget))));
                }
                Ref::Method(object, name) if depth > 0 => {
                    data.refs.push(Ref::Method(Arc::new(self.export_some(&object, depth - 1, budget)), name));
                }
                Ref::Partial(partial) if depth > 0 => {
                    data.refs.push(Ref::Partial(Arc::new(crate::value::Partial {
                        function: self.export_some(&partial.function, depth - 1, budget),
                        positional: partial
                            .positional
                            .iter()
                            .map(|value| self.export_some(value, depth - 1, budget))
                            .collect(),
                        keywords: partial
                            .keywords
                            .iter()
                            .map(|(name, value)| (*name, self.export_some(value, depth - 1, budget)))
                            .collect(),
                    })));
                }
                Ref::Func(..) | Ref::Bound(..) | Ref::Method(..) | Ref::Partial(_) | Ref::Super(..) => {}
                other => data.refs.push(other),
            }
        }
        if let Some(tree) = tree {
            data.tree = Some(Arc::new(tree));
        }
        if let Some(parts) = &data.parts {
            let parts: Vec<crate::value::Part> = parts
                .iter()
                .map(|part| match part {
                    crate::value::Part::Value(value) if depth > 0 => {
                        crate::value::Part::Value(self.export_some(value, depth - 1, budget))
                    }
                    other => other.clone(),
                })
                .collect();
            data.parts = Some(parts.into());
        }
        out
    }

    fn tree(&self, object: &Object, depth: u32, budget: &Cell<u32>) -> Tree {
        let fields = object.fields.iter().take(MAX_HANDED);
        let mut rest = self.export_some(&object.rest, depth, budget);
        for (_, field) in object.fields.iter().skip(MAX_HANDED).take(MAX_HANDED) {
            if !field.value.facts().is_empty() {
                rest = rest.join(&Value::of_facts(field.value.facts().iter().cloned().collect()));
            }
        }
        Tree {
            shape: object.shape,
            fields: fields.map(|(seg, field)| (*seg, self.export_some(&field.value, depth, budget))).collect(),
            rest,
            len: if object.fields.len() > MAX_HANDED { None } else { object.len },
        }
    }
}

fn needs_export(reference: &Ref) -> bool {
    matches!(
        reference,
        Ref::Obj(_) | Ref::Func(..) | Ref::Bound(..) | Ref::Method(..) | Ref::Partial(_) | Ref::Super(..)
    )
}

impl Value {
    pub(crate) fn from_tree(tree: Tree) -> Self {
        let mut out = Self::default();
        out.to_mut().tree = Some(Arc::new(tree));
        out
    }
}

/// The key that a constant is.
pub(crate) fn key_of(value: &Value) -> Option<Seg> {
    use crate::value::Const;
    Some(match value.only()? {
        Const::Str(text) => Seg::Key(text),
        Const::Int(index) => Seg::Index(i32::try_from(index).ok()?),
        Const::Bool(flag) => Seg::Index(i32::from(flag)),
        Const::None => Seg::Key(symbol!("None")),
        _ => return None,
    })
}
