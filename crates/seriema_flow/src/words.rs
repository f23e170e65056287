//! What is known of a value, in words.

use std::fmt::Write as _;

use seriema_models::{Kinds, SinkKind};
use seriema_program::Symbol;

use crate::access::{Path, Seg};
use crate::cells::Cells;
use crate::eval::SENT;
use crate::library::UNKNOWN;
use crate::project::{FuncId, Project};
use crate::summary::Summary;
use crate::value::{Base, Const, Fact, Flags, Label, Part, Ref, Shape, Tree, Value};

/// Levels of containers that are shown.
const MAX_DEPTH: u32 = 4;
/// Elements of a container that are shown.
const MAX_SHOWN: usize = 24;
/// Variables of modules and attributes that data is followed back through.
pub(crate) const MAX_BACK: usize = 4;
/// Bytes of a text that are shown.
const MAX_TEXT: usize = 200;

/// Words for the values of one function.
pub(crate) struct Words<'a> {
    pub(crate) project: &'a Project,
    pub(crate) func: FuncId,
    pub(crate) cells: &'a Cells,
    pub(crate) summary: &'a Summary,
}

impl Words<'_> {
    /// What of others is in a value, and what is known of it.
    pub(crate) fn taint(&self, value: &Value) -> String {
        let mut found = Vec::new();
        self.taint_within(value, &mut String::new(), &mut found, MAX_DEPTH);
        found.sort();
        found.dedup();
        if found.is_empty() { "nothing".to_owned() } else { found.join(", ") }
    }

    fn taint_within(&self, value: &Value, within: &mut String, out: &mut Vec<String>, depth: u32) {
        for fact in value.facts() {
            for text in self.fact_beside(fact, value.facts()) {
                out.push(if within.is_empty() { text } else { format!("{within}: {text}") });
            }
        }
        let Some(tree) = value.data().tree.as_ref().filter(|_| depth > 0) else { return };
        let before = within.len();
        for (seg, field) in &tree.fields {
            within.push_str(&seg_words(*seg));
            self.taint_within(field, within, out, depth - 1);
            within.truncate(before);
        }
        within.push_str("[*]");
        self.taint_within(&tree.rest, within, out, depth - 1);
        within.truncate(before);
    }

    /// A fact; what is kept in variables of modules and attributes as what it is there.
    pub(crate) fn fact(&self, fact: &Fact) -> Vec<String> {
        self.fact_beside(fact, &[])
    }

    /// The same, but for sources that come by a shorter way too.
    fn fact_beside(&self, fact: &Fact, others: &[Fact]) -> Vec<String> {
        match fact.label.base {
            Base::Source(kind, ..) => vec![with_notes(kind.as_str(), &notes(fact, None))],
            Base::Param(_) | Base::Result(_) => vec![with_notes(&self.label(fact.label), &notes(fact, None))],
            Base::Global(_, name) | Base::Field(_, name) => {
                let found = self.cells.sources(self.project, fact.label, MAX_BACK, &mut Vec::new());
                found
                    .into_iter()
                    .filter(|source| !others.iter().any(|other| other.label == source.label))
                    .filter_map(|source| {
                        let Base::Source(kind, ..) = source.label.base else { return None };
                        let cleaned = source.cleaned.union(fact.cleaned);
                        let weak = fact.weak.or(source.weak);
                        let fact = Fact { cleaned, weak, flags: source.flags.with(fact.flags), ..source };
                        Some(with_notes(kind.as_str(), &notes(&fact, Some(name))))
                    })
                    .collect()
            }
        }
    }

    /// What a label means to a reader of the function.
    pub(crate) fn label(&self, label: Label) -> String {
        let path = path_words(label.path);
        match label.base {
            Base::Source(_, _, _, what) => what.to_string(),
            Base::Param(SENT) => format!("what is sent{path}"),
            Base::Param(slot) => {
                let parameters = &self.project.function(self.func).parameters;
                let name = parameters.iter().find(|parameter| parameter.slot == slot).map(|parameter| parameter.name);
                format!("parameter {}{path}", name.unwrap_or_else(|| symbol!("?")))
            }
            Base::Result(index) => match self.summary.calls.get(index as usize) {
                Some(call) => {
                    let method = call.method.map(|method| format!(".{method}")).unwrap_or_default();
                    format!("result of {}{method}(){path}", self.label(call.callee))
                }
                None => format!("result of a call{path}"),
            },
            Base::Global(_, name) => format!("variable {name}{path}"),
            Base::Field(class, name) => format!("attribute {}.{name}{path}", self.class_name(class)),
        }
    }

    fn class_name(&self, class: crate::project::ClassId) -> Symbol {
        let info = self.project.class(class);
        self.project.file(info.file).classes[info.index as usize].qualified
    }

    /// A function by its name, with its module where that is another one.
    pub(crate) fn function_name(&self, func: FuncId) -> String {
        let (file, _) = self.project.funcs[func.0 as usize];
        let own = self.project.funcs[self.func.0 as usize].0;
        let qualified = self.project.function(func).qualified;
        let module = &self.project.file(file).module;
        if file == own || module.is_empty() { qualified.to_string() } else { format!("{module}.{qualified}") }
    }

    /// What a value is.
    pub(crate) fn value(&self, value: &Value) -> String {
        self.value_within(value, MAX_DEPTH)
    }

    fn value_within(&self, value: &Value, depth: u32) -> String {
        let data = value.data();
        if let Some(consts) = &data.consts {
            let all: Vec<String> = consts.iter().map(|value| constant(*value)).collect();
            return all.join(" | ");
        }
        let mut out = Vec::new();
        if let Some(parts) = &data.parts {
            out.push(self.parts(parts));
        }
        if let Some(tree) = &data.tree {
            out.push(self.tree(tree, depth));
        }
        for reference in &data.refs {
            out.push(self.reference(reference, depth));
        }
        if out.is_empty() {
            let mut found: Vec<String> = data.facts.iter().flat_map(|fact| self.fact(fact)).collect();
            found.sort();
            found.dedup();
            out.extend(found.into_iter().map(|fact| format!("<{fact}>")));
        }
        out.dedup();
        if out.is_empty() { "?".to_owned() } else { out.join(" | ") }
    }

    fn parts(&self, parts: &[Part]) -> String {
        let mut out = String::from("\"");
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(&shortened(text.as_str())),
                Part::Value(value) => {
                    let mut found: Vec<String> = value.facts().iter().flat_map(|fact| self.fact(fact)).collect();
                    found.sort();
                    found.dedup();
                    let _ = write!(
                        out,
                        "{{{}}}",
                        if found.is_empty() { self.value_within(value, 1) } else { found.join(" | ") }
                    );
                }
            }
        }
        out.push('"');
        out
    }

    fn tree(&self, tree: &Tree, depth: u32) -> String {
        if depth == 0 {
            return "...".to_owned();
        }
        let mut items: Vec<String> = Vec::new();
        for (seg, value) in tree.fields.iter().take(MAX_SHOWN) {
            let value = self.value_within(value, depth - 1);
            items.push(match seg {
                Seg::Attr(name) => format!("{name}={value}"),
                Seg::Key(key) => format!("{:?}: {value}", key.as_str()),
                Seg::Index(index) if tree.shape == Shape::Dict => format!("{index}: {value}"),
                Seg::Index(_) => value,
                Seg::Any => format!("*{value}"),
                Seg::Each => format!("keys {value}"),
            });
        }
        if tree.fields.len() > MAX_SHOWN {
            items.push("...".to_owned());
        }
        if !tree.rest.is_nothing() {
            items.push(format!("*{}", self.value_within(&tree.rest, depth - 1)));
        }
        let items = items.join(", ");
        match tree.shape {
            Shape::List => format!("[{items}]"),
            Shape::Tuple => format!("({items})"),
            Shape::Set | Shape::Dict => format!("{{{items}}}"),
            Shape::Iterator => format!("iterator({items})"),
            Shape::Instance(class) => format!("{}({items})", self.class_name(class)),
            Shape::Other => format!("object({items})"),
        }
    }

    /// What a value refers to.
    pub(crate) fn reference(&self, reference: &Ref, depth: u32) -> String {
        match reference {
            Ref::Func(func, _) => format!("function {}", self.function_name(*func)),
            Ref::Bound(func, _) => format!("method {}", self.function_name(*func)),
            Ref::Class(class) => format!("class {}", self.class_name(*class)),
            Ref::Instance(class) => format!("instance of {}", self.class_name(*class)),
            Ref::Module(file) => format!("module {}", self.project.file(*file).module),
            Ref::Api(path) => path.to_string(),
            Ref::Obj(_) => "object".to_owned(),
            Ref::Sym(label) => self.label(*label),
            Ref::Partial(partial) if depth > 0 => {
                format!("partial of {}", self.value_within(&partial.function, depth - 1))
            }
            Ref::Partial(_) => "partial".to_owned(),
            Ref::Method(_, name) if name.as_str() == crate::builtin::ANY_ATTRIBUTE => "any attribute".to_owned(),
            Ref::Method(_, name) => format!("method .{name}"),
            Ref::Super(class, _) => format!("super of {}", self.class_name(*class)),
            Ref::Entry(_) => "an entry of a table".to_owned(),
        }
    }

    /// What a call of the value calls, sorted.
    pub(crate) fn callees(&self, value: &Value) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for reference in value.refs() {
            self.callee(reference, &mut out);
        }
        if out.is_empty()
            && let Some(tree) = &value.data().tree
            && let Shape::Instance(class) = tree.shape
            && let Some(func) = self.project.method(class, symbol!("__call__"))
        {
            out.push(self.function_name(func));
        }
        out.sort();
        out.dedup();
        out
    }

    fn callee(&self, reference: &Ref, out: &mut Vec<String>) {
        match reference {
            Ref::Func(func, _) | Ref::Bound(func, _) => {
                out.push(self.function_name(*func));
                out.extend(self.project.implementations(*func).iter().map(|func| self.function_name(*func)));
            }
            Ref::Class(class) => match self.project.method(*class, symbol!("__init__")) {
                Some(func) => out.push(self.function_name(func)),
                None => out.push(format!("class {}", self.class_name(*class))),
            },
            Ref::Instance(class) => {
                if let Some(func) = self.project.method(*class, symbol!("__call__")) {
                    out.push(self.function_name(func));
                }
            }
            Ref::Partial(partial) => out.extend(self.callees(&partial.function)),
            Ref::Entry(entry) => out.extend(entry.table.iter().flat_map(|(_, value)| self.callees(value))),
            Ref::Api(path) => out.push(path.to_string()),
            Ref::Sym(label) => out.push(self.label(*label)),
            Ref::Method(..) => out.push(self.reference(reference, 1)),
            Ref::Module(_) | Ref::Obj(_) | Ref::Super(..) => {}
        }
    }
}

fn with_notes(what: &str, notes: &[String]) -> String {
    if notes.is_empty() { what.to_owned() } else { format!("{what} ({})", notes.join("; ")) }
}

/// What is known of a fact, apart from where it is from.
pub(crate) fn notes(fact: &Fact, kept: Option<Symbol>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(name) = kept {
        out.push(format!("kept in {name}"));
    }
    out.extend(cleaned_words(fact.cleaned));
    if let Some(weak) = fact.weak {
        out.push(format!("weak check: {weak}"));
    }
    let flags = [
        (Flags::OBSCURE, "through an unknown call"),
        (Flags::NORMALIZED, "normalised"),
        (Flags::NO_DOTS, "no `..`"),
        (Flags::RELATIVE, "relative"),
        (Flags::CONTAINED, "contained"),
        (Flags::KNOWN, "known"),
    ];
    out.extend(flags.iter().filter(|(flag, _)| fact.flags.has(*flag)).map(|(_, word)| (*word).to_owned()));
    out
}

/// For which sinks data does no harm any more.
pub(crate) fn cleaned_words(cleaned: Kinds) -> Option<String> {
    if cleaned.is_empty() {
        return None;
    }
    let (clean, left): (Vec<SinkKind>, Vec<SinkKind>) = SinkKind::ALL.iter().partition(|kind| cleaned.has(**kind));
    Some(if left.is_empty() {
        "harmless".to_owned()
    } else if left.len() < clean.len() {
        format!("harmful only to {}", kind_words(&left))
    } else {
        format!("clean for {}", kind_words(&clean))
    })
}

fn kind_words(kinds: &[SinkKind]) -> String {
    const PATHS: [SinkKind; 4] = [SinkKind::PathRead, SinkKind::PathWrite, SinkKind::PathDelete, SinkKind::Archive];
    const LDAP: [SinkKind; 2] = [SinkKind::LdapFilter, SinkKind::LdapDn];
    let mut out: Vec<&str> = Vec::new();
    for kind in kinds {
        let group = [("path", &PATHS[..]), ("ldap", &LDAP[..])]
            .into_iter()
            .find(|(_, group)| group.contains(kind) && group.iter().all(|member| kinds.contains(member)));
        let word = group.map_or(kind.as_str(), |(name, _)| name);
        if !out.contains(&word) {
            out.push(word);
        }
    }
    out.join(" ")
}

/// A path below a value, as Python would write it.
pub(crate) fn path_words(path: Path) -> String {
    path.segs().iter().map(|seg| seg_words(*seg)).collect()
}

pub(crate) fn seg_words(seg: Seg) -> String {
    match seg {
        Seg::Attr(name) => format!(".{name}"),
        Seg::Key(key) => format!("[{:?}]", key.as_str()),
        Seg::Index(index) => format!("[{index}]"),
        Seg::Any => "[*]".to_owned(),
        Seg::Each => "[each]".to_owned(),
    }
}

fn constant(value: Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::Bool(true) => "True".to_owned(),
        Const::Bool(false) => "False".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::Float(bits) => format!("{:?}", f64::from_bits(bits)),
        Const::Str(text) => format!("{:?}", shortened(text.as_str())),
        Const::Bytes(text) => format!("b{:?}", shortened(text.as_str())),
    }
}

/// A text of a bearable length, without what stands for unknown text.
pub(crate) fn shortened(text: &str) -> String {
    let mut out = text.replace(UNKNOWN, "{?}");
    if out.len() > MAX_TEXT {
        out.truncate(out.floor_char_boundary(MAX_TEXT));
        out.push_str("...");
    }
    out
}
