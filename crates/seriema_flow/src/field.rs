//! Attributes of instances, as the methods of their class write them.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use seriema_program::Symbol;

use crate::access::Seg;
use crate::note::Note;
use crate::project::{ClassId, Project};
use crate::stored::{Anchors, Version};
use crate::summary::Summary;
use crate::value::{Base, Ref, Shape, Tree, Value, join_trees};

/// What methods assign to the attributes of their classes, as far as it says what an attribute is.
#[derive(Default)]
pub(crate) struct Fields {
    types: FxHashMap<(ClassId, Symbol), Known>,
}

/// What is known of an attribute.
#[derive(Default)]
struct Known {
    value: Value,
    /// Its version, once somebody asked for it.
    version: OnceLock<Version>,
}

impl Fields {
    /// All that are written anywhere; nothing is known of what they are yet.
    pub(crate) fn of(project: &Project) -> Self {
        Self { types: project.fields().map(|field| (field, Known::default())).collect() }
    }

    /// Whether methods of a class write an attribute of its instances.
    pub(crate) fn has(&self, class: ClassId, name: Symbol) -> bool {
        self.types.contains_key(&(class, name))
    }

    /// What the attribute is.
    pub(crate) fn types(&self, class: ClassId, name: Symbol) -> Value {
        self.types.get(&(class, name)).map(|known| known.value.clone()).unwrap_or_default()
    }

    /// The version of what is known of an attribute.
    pub(crate) fn version(&self, anchors: &Arc<Anchors>, class: ClassId, name: Symbol) -> Version {
        let Some(known) = self.types.get(&(class, name)) else { return Version::ABSENT };
        *known.version.get_or_init(|| Version::of(anchors, &known.value))
    }

    /// Adds what a method of a class writes. `changed` gets what is better known now.
    pub(crate) fn add(&mut self, project: &Project, class: ClassId, note: &Note, changed: &mut Vec<(ClassId, Symbol)>) {
        for (name, told) in &note.writes {
            self.note(project, class, *name, changed);
            let Some(known) = self.types.get_mut(&(class, *name)) else { continue };
            if told.is_nothing() {
                continue;
            }
            let joined = join(&known.value, told);
            if !joined.same(&known.value) {
                *known = Known { value: joined, version: OnceLock::new() };
                changed.push((class, *name));
            }
        }
        for name in &note.keeps {
            self.note(project, class, *name, changed);
        }
    }

    fn note(&mut self, project: &Project, class: ClassId, name: Symbol, changed: &mut Vec<(ClassId, Symbol)>) {
        if self.has(class, name) {
            return;
        }
        if !project.class(class).mro.iter().any(|base| self.has(*base, name)) {
            changed.push((class, name));
            self.types.insert((class, name), Known::default());
        }
    }
}

/// The attributes of its instance that a method writes, with what it says of what they are.
pub(crate) fn writes(summary: &Summary) -> Vec<(Symbol, Value)> {
    let written = summary.effects.iter().filter_map(|effect| match effect.seg {
        Some(Seg::Attr(name)) if effect.target.base == Base::Param(0) && effect.target.path.is_whole() => {
            Some((name, types(&effect.value)))
        }
        _ => None,
    });
    written.collect()
}

/// The attributes of classes that a method keeps data in.
pub(crate) fn keeps(summary: &Summary) -> Vec<Symbol> {
    let names = summary.cells.iter().filter_map(|(cell, _)| match cell.base {
        Base::Field(_, name) => Some(name),
        _ => None,
    });
    let mut out = Vec::new();
    for name in names {
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
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
