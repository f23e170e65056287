//! Attributes of instances, as the methods of their class write them.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use seriema_program::Symbol;

use crate::access::Seg;
use crate::project::{ClassId, Project};
use crate::summary::Summary;
use crate::value::{Base, Ref, Shape, Tree, Value, join_trees};

/// What methods assign to the attributes of their classes, as far as it says what an attribute is.
#[derive(Default)]
pub(crate) struct Fields {
    types: FxHashMap<(ClassId, Symbol), Value>,
}

impl Fields {
    /// All that are written anywhere; nothing is known of what they are yet.
    pub(crate) fn of(project: &Project) -> Self {
        Self { types: project.fields().map(|field| (field, Value::default())).collect() }
    }

    /// Whether methods of a class write an attribute of its instances.
    pub(crate) fn has(&self, class: ClassId, name: Symbol) -> bool {
        self.types.contains_key(&(class, name))
    }

    /// What the attribute is.
    pub(crate) fn types(&self, class: ClassId, name: Symbol) -> Value {
        self.types.get(&(class, name)).cloned().unwrap_or_default()
    }

    /// Adds what a method of a class writes. `changed` gets what is better known now.
    pub(crate) fn add(
        &mut self,
        project: &Project,
        class: ClassId,
        summary: &Summary,
        changed: &mut Vec<(ClassId, Symbol)>,
    ) {
        for effect in &summary.effects {
            let Some(Seg::Attr(name)) = effect.seg else { continue };
            if effect.target.base != Base::Param(0) || !effect.target.path.is_whole() {
                continue;
            }
            self.note(project, class, name, changed);
            let Some(known) = self.types.get_mut(&(class, name)) else { continue };
            let told = types(&effect.value);
            if told.is_nothing() {
                continue;
            }
            let joined = join(known, &told);
            if !joined.same(known) {
                *known = joined;
                changed.push((class, name));
            }
        }
        for (cell, _) in &summary.cells {
            if let Base::Field(_, name) = cell.base {
                self.note(project, class, name, changed);
            }
        }
    }

    fn note(&mut self, project: &Project, class: ClassId, name: Symbol, changed: &mut Vec<(ClassId, Symbol)>) {
        if self.has(class, name) {
            return;
        }
        if !project.class(class).mro.iter().any(|base| self.has(*base, name)) {
            changed.push((class, name));
            self.types.insert((class, name), Value::default());
        }
    }
}

/// What an assigned value says of what the attribute is.
fn types(value: &Value) -> Value {
    let mut out = Value::default();
    for reference in value.refs() {
        if matches!(reference, Ref::Api(_) | Ref::Instance(_) | Ref::Class(_) | Ref::Func(..) | Ref::Module(_)) {
            out.add_ref(reference.clone());
        }
    }
    // What a function captured belongs to one instance: others must not get it.
    let mut out = out.without_facts();
    let Some(tree) = &value.data().tree else { return out };
    match tree.shape {
        Shape::Instance(class) => out.add_ref(Ref::Instance(class)),
        // What a library's object was told: see `[[option]]` of the models.
        Shape::Other if matches!(value.refs(), [Ref::Api(_)]) => {
            let told = |value: &Value| value.consts().is_some() || matches!(value.refs(), [Ref::Api(_)]);
            let fields = tree.fields.iter().filter(|(_, value)| value.facts().is_empty() && told(value));
            let options = Tree { fields: fields.cloned().collect(), rest: Value::default(), ..(**tree).clone() };
            out.to_mut().tree = Some(Arc::new(options));
        }
        _ => {}
    }
    out
}

fn join(known: &Value, told: &Value) -> Value {
    let mut out = known.clone();
    for reference in told.refs() {
        out.add_ref(reference.clone());
    }
    if let Some(tree) = &told.data().tree {
        let joined = match &out.data().tree {
            Some(known) => Arc::new(join_trees(known, tree)),
            None => Arc::clone(tree),
        };
        out.to_mut().tree = Some(joined);
    }
    out
}
