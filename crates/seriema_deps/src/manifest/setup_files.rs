//! Which files an expression of a `setup.py` reads, through functions of the same file: `read("requirements.txt")` where
//! `read` opens what it is given, `[line for line in open(path)]`, `Path(here, "requirements", "base.txt").read_text()`.

use std::collections::BTreeMap;
use std::ops::Range;

use seriema_program::ast::visitor::{Visitor, walk_expr};
use seriema_program::ast::{Expr, ExprCall, Operator, Stmt, StmtFunctionDef};
use seriema_program::text_size::Ranged;

/// Functions and names within each other down to which files are looked for.
const MAX_DEPTH: usize = 8;
/// Expressions that are looked at for one value.
const MAX_LOOKS: usize = 20_000;
/// Files that one value is made of.
const MAX_FILES: usize = 50;

/// What a file's names and functions stand for.
#[derive(Default)]
pub(crate) struct Scope<'t> {
    /// What is assigned to a name, in the order of the text; `with open(path) as file` assigns, too.
    names: BTreeMap<&'t str, Vec<(usize, &'t Expr)>>,
    functions: BTreeMap<&'t str, &'t StmtFunctionDef>,
}

impl<'t> Scope<'t> {
    /// Goes over all statements, of functions and branches as well.
    pub(crate) fn of(suite: &'t [Stmt]) -> Self {
        let mut scope = Self::default();
        scope.visit_body(suite);
        for values in scope.names.values_mut() {
            values.sort_by_key(|(at, _)| *at);
        }
        scope
    }

    pub(crate) fn function(&self, name: &str) -> Option<&'t StmtFunctionDef> {
        self.functions.get(name).copied()
    }

    fn bind(&mut self, target: &'t Expr, value: &'t Expr) {
        if let Expr::Name(name) = target {
            self.names.entry(name.id.as_str()).or_default().push((target.range().start().to_usize(), value));
        }
    }

    /// What a name stands for at a place: what was assigned last before it, or else first.
    fn value(&self, name: &str, at: usize) -> Option<&'t Expr> {
        let values = self.names.get(name)?;
        let before = values.partition_point(|(place, _)| *place < at);
        values.get(before.saturating_sub(1)).map(|(_, value)| *value)
    }
}

impl<'t> Visitor<'t> for Scope<'t> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::Assign(it) => it.targets.iter().for_each(|target| self.bind(target, &it.value)),
            Stmt::AnnAssign(it) => {
                if let Some(value) = &it.value {
                    self.bind(&it.target, value);
                }
            }
            Stmt::For(it) => self.bind(&it.target, &it.iter),
            Stmt::With(it) => {
                for item in &it.items {
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, &item.context_expr);
                    }
                }
            }
            Stmt::FunctionDef(it) => drop(self.functions.insert(it.name.as_str(), it)),
            _ => {}
        }
        seriema_program::ast::visitor::walk_stmt(self, statement);
    }

    // Only statements bind.
    fn visit_expr(&mut self, _: &'t Expr) {}
}

/// A file that is read: its path as far as it is constant, and where that stands.
pub(crate) type File = (String, Range<usize>);

/// The files of requirements that a value is made of. What else is read beside them (a readme) is left out.
pub(crate) fn files<'t>(scope: &Scope<'t>, value: &'t Expr) -> Vec<File> {
    let mut search = Search { scope, frames: vec![BTreeMap::new()], active: Vec::new(), looks: 0, found: Vec::new() };
    search.visit_expr(value);
    let mut found = search.found;
    found.retain(|(path, _)| may_be_list(path));
    let is_sure = |(path, _): &File| ["require", "constraint", "deps", "depend"].iter().any(|part| path.contains(part));
    if found.iter().any(is_sure) {
        found.retain(is_sure);
    }
    found.dedup();
    found
}

fn may_be_list(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (stem, end) = file.rsplit_once('.').unwrap_or((&file, ""));
    let others = ["readme", "license", "licence", "change", "history", "version", "about", "author", "news", "copying"];
    // `name + ".txt"`, and nobody knows the name.
    let is_named = !stem.is_empty();
    let is_list =
        is_named && matches!(end, "txt" | "in" | "pip" | "reqs") || end.is_empty() && stem.contains("require");
    is_list && !others.iter().any(|other| stem.starts_with(other))
}

struct Search<'s, 't> {
    scope: &'s Scope<'t>,
    /// What parameters stand for, of the functions that are looked into.
    frames: Vec<BTreeMap<&'t str, Piece>>,
    /// The functions and expressions of names that are looked into.
    active: Vec<usize>,
    looks: usize,
    found: Vec<File>,
}

/// A part of a path, and where it stands.
type Piece = Option<File>;

impl<'t> Visitor<'t> for Search<'_, 't> {
    fn visit_expr(&mut self, expr: &'t Expr) {
        self.looks += 1;
        if self.looks > MAX_LOOKS || self.found.len() >= MAX_FILES {
            return;
        }
        match expr {
            Expr::Call(call) => self.call(call),
            Expr::Name(name) if !self.is_parameter(name.id.as_str()) => {
                let at = name.range().start().to_usize();
                if let Some(value) = self.scope.value(name.id.as_str(), at) {
                    self.within(value.range().start().to_usize(), |search| search.visit_expr(value));
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

impl<'t> Search<'_, 't> {
    fn is_parameter(&self, name: &str) -> bool {
        self.frames.last().is_some_and(|frame| frame.contains_key(name))
    }

    /// Looks into something that may lead back to itself.
    fn within(&mut self, place: usize, look: impl FnOnce(&mut Self)) {
        if self.active.len() < MAX_DEPTH && !self.active.contains(&place) {
            self.active.push(place);
            look(self);
            self.active.pop();
        }
    }

    fn call(&mut self, call: &'t ExprCall) {
        let first = call.arguments.args.first();
        let path = match call.func.as_ref() {
            Expr::Name(name) => match name.id.as_str() {
                "open" | "parse_requirements" if self.scope.function(name.id.as_str()).is_none() => first,
                name => {
                    if let Some(function) = self.scope.function(name) {
                        self.function(function, call);
                    }
                    return;
                }
            },
            Expr::Attribute(it) => match it.attr.as_str() {
                "read_text" | "read_bytes" => Some(it.value.as_ref()),
                // `io.open(path)`, but `path.open()`.
                "open" if first.and_then(|first| self.path(first, 0)).is_some_and(|(path, _)| may_be_list(&path)) => {
                    first
                }
                "open" => Some(it.value.as_ref()),
                "parse_requirements" | "fromfile" => first,
                _ => None,
            },
            _ => None,
        };
        if let Some(found) = path.and_then(|path| self.path(path, 0)) {
            self.found.push(found);
        }
    }

    /// Looks for what a function of the file opens when it is called so.
    fn function(&mut self, function: &'t StmtFunctionDef, call: &'t ExprCall) {
        let parameters = &function.parameters;
        let mut frame = BTreeMap::new();
        for (number, parameter) in parameters.posonlyargs.iter().chain(&parameters.args).enumerate() {
            let name = parameter.parameter.name.as_str();
            let keyword = || call.arguments.find_keyword(name).map(|keyword| &keyword.value);
            let given = call.arguments.args.get(number).or_else(keyword).or(parameter.default.as_deref());
            frame.insert(name, given.and_then(|given| self.path(given, 0)));
        }
        if let Some(rest) = &parameters.vararg {
            let taken = parameters.posonlyargs.len() + parameters.args.len();
            let parts: Vec<File> =
                call.arguments.args.iter().skip(taken).filter_map(|argument| self.path(argument, 0)).collect();
            frame.insert(rest.name.as_str(), joined(parts));
        }
        self.within(function.range().start().to_usize(), |search| {
            search.frames.push(frame);
            search.visit_body(&function.body);
            search.frames.pop();
        });
    }

    /// The path that an expression comes to, from the directory of the file on: what is not constant is that directory.
    fn path(&mut self, expr: &'t Expr, depth: usize) -> Piece {
        self.looks += 1;
        if depth > MAX_DEPTH || self.looks > MAX_LOOKS {
            return None;
        }
        match expr {
            Expr::StringLiteral(text) => {
                let range = expr.range();
                Some((text.value.to_str().to_owned(), range.start().to_usize()..range.end().to_usize()))
            }
            Expr::Name(name) => match self.frames.last().and_then(|frame| frame.get(name.id.as_str())) {
                Some(given) => given.clone(),
                None => {
                    let value = self.scope.value(name.id.as_str(), name.range().start().to_usize())?;
                    self.path(value, depth + 1)
                }
            },
            Expr::BinOp(it) if matches!(it.op, Operator::Div | Operator::Add) => {
                let parts = [&it.left, &it.right].map(|side| self.path(side, depth + 1));
                if it.op == Operator::Add && parts.iter().all(Option::is_some) {
                    let [(left, from), (right, to)] = parts.map(Option::unwrap_or_default);
                    return Some((left + &right, if right.is_empty() { from } else { to }));
                }
                joined(parts.into_iter().flatten().collect())
            }
            Expr::Starred(it) => self.path(&it.value, depth + 1),
            Expr::Call(call) => {
                let (name, object) = match call.func.as_ref() {
                    Expr::Name(name) => (name.id.as_str(), None),
                    Expr::Attribute(it) => (it.attr.as_str(), Some(it.value.as_ref())),
                    _ => return None,
                };
                match name {
                    "join" | "Path" | "PurePath" | "joinpath" | "with_name" | "abspath" | "realpath" | "str"
                    | "resolve" | "open" | "expanduser" | "normpath" => {
                        let object = object.filter(|_| matches!(name, "joinpath" | "resolve" | "open"));
                        let parts = object.into_iter().chain(&call.arguments.args);
                        let parts: Vec<File> = parts.filter_map(|part| self.path(part, depth + 1)).collect();
                        joined(parts)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Parts of a path as one, which stands where its last part does.
fn joined(parts: Vec<File>) -> Piece {
    let place = parts.last()?.1.clone();
    let parts: Vec<&str> = parts.iter().map(|(part, _)| part.trim_end_matches('/')).collect();
    Some((parts.join("/"), place))
}
