//! What is wrong with the ways into a program, seen from all of them: which one lacks what the others have.

mod authentication;
mod ownership;
mod throttle;
mod words;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ir::{Expr, ExprId, FileIr, Function, Literal};

use crate::inventory::{Entry, EntryKind, Inventory, Place};
use crate::visit::{self, Visit};

/// Something that a way in lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicFinding {
    /// The rule's slug.
    pub rule: &'static str,
    /// Where it is lacking.
    pub place: Place,
    /// The function, with its class.
    pub function: Option<String>,
    /// See [`seriema_finding::Finding`].
    pub severity: Severity,
    /// See [`seriema_finding::Finding`].
    pub confidence: Confidence,
    /// See [`seriema_finding::Finding`].
    pub persona: Persona,
    /// One sentence.
    pub message: String,
    /// What it was judged by, and what is to be seen there.
    pub related: Vec<(Place, String)>,
}

/// What the detectors look at.
struct Program<'p> {
    files: FxHashMap<&'p str, &'p FileIr>,
    /// Ways in whose handlers are known functions and classes of the program, its tests aside.
    entries: Vec<&'p Entry>,
}

impl<'p> Program<'p> {
    fn new(files: &'p [FileIr], inventory: &'p Inventory) -> Self {
        let files: FxHashMap<&str, &FileIr> = files.iter().map(|file| (&*file.path, file)).collect();
        let is_tested = |entry: &Entry| files.get(&*entry.location.path).is_none_or(|file| file.is_test);
        let is_own = |entry: &&Entry| entry.location.span != entry.registered.span && !is_tested(entry);
        let entries = inventory.entries.iter().filter(|entry| entry.kind == EntryKind::Http).filter(is_own).collect();
        Self { files, entries }
    }

    /// The name of a handler within its module.
    fn function(&self, entry: &Entry) -> Option<String> {
        let module = &self.files.get(&*entry.location.path)?.module;
        let name = entry.handler.strip_prefix(module.as_str())?.trim_start_matches('.');
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The functions that answer: the handler itself, or what its class defines.
    fn handlers(&self, entry: &Entry) -> Vec<(&'p FileIr, &'p Function)> {
        let Some(&file) = self.files.get(&*entry.location.path) else { return Vec::new() };
        let class = file.classes.iter().position(|class| class.span == entry.location.span);
        let is_its = |function: &&Function| match class {
            Some(class) => function.class.is_some_and(|of| of as usize == class),
            None => function.span == entry.location.span,
        };
        file.functions.iter().filter(is_its).map(|function| (file, function)).collect()
    }
}

impl Program<'_> {
    /// The names and short texts in what answers.
    fn names(&self, entry: &Entry) -> FxHashSet<&'static str> {
        let mut names = Names::default();
        for (file, function) in self.handlers(entry) {
            visit::block(file, function.body, &mut names);
        }
        names.0
    }
}

/// Judges every way in by the others. `files` are those that the inventory is of.
#[must_use]
pub fn judge(files: &[FileIr], inventory: &Inventory) -> Vec<LogicFinding> {
    if inventory.entries.is_empty() {
        return Vec::new();
    }
    let program = Program::new(files, inventory);
    let mut found = authentication::missing(&program);
    found.extend(ownership::unchecked(&program));
    found.extend(throttle::missing(&program, files));
    found.sort_by(|a, b| (&a.place, a.rule).cmp(&(&b.place, b.rule)));
    // A handler with two paths is one handler.
    found.dedup_by(|a, b| a.place == b.place && a.rule == b.rule);
    found
}

/// What a way in is called in a sentence: `POST /users/{id}`.
fn title(entry: &Entry) -> String {
    format!("{} {}", entry.methods.join("|"), entry.path)
}

/// A place of a file.
pub(crate) fn place(file: &FileIr, span: (u32, u32)) -> Place {
    let line = file.line(span.0);
    let start = file.lines.get(line as usize - 1).copied().unwrap_or(0);
    Place { path: Arc::clone(&file.path), line, column: span.0 - start + 1, span }
}

/// Whether a request of a method may change something.
fn changes(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH" | "DELETE")
}

/// A file's path, to group by.
fn file_of(entry: &Entry) -> &Arc<str> {
    &entry.location.path
}

/// The names and short texts that code uses.
#[derive(Default)]
struct Names(FxHashSet<&'static str>);

impl Visit for Names {
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        match file.expr(id) {
            Expr::Attribute(_, name) | Expr::Global(name) | Expr::Member(_, name) => drop(self.0.insert(name.as_str())),
            Expr::Literal(Literal::Str(text)) if text.as_str().len() < 40 => {
                self.0.insert(text.as_str());
            }
            _ => {}
        }
    }
}
