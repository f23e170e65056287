//! `setup.py`, read as code and never run: constants given to `setup(...)`, in place or under a name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep508_rs::MarkerTree;
use seriema_finding::DiagnosticKind;
use seriema_program::ast::visitor::{Visitor, walk_stmt};
use seriema_program::ast::{Expr, ExprCall, Operator, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{SourceType, parse};

use crate::manifest::setup_files::{self, Scope};
use crate::manifest::sheet::Sheet;
use crate::manifest::{Manifest, ManifestKind, Name, requirement, table};

/// Expressions that are looked at in one file; names that stand for names may make more of them than there are.
const MAX_LOOKS: usize = 50_000;

/// Names and lists within each other down to which values are followed.
const MAX_DEPTH: usize = 32;

/// Stack that is enough for the tree of any text that the parser takes.
const STACK: usize = 64 << 20;

/// Reads a `setup.py`.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    stacker::grow(STACK, || {
        let file = parse(&Arc::from(path), text.to_owned(), SourceType::Python);
        let mut reader = Reader {
            sheet: Sheet::new(path, ManifestKind::SetupPy, text),
            scope: Scope::default(),
            names: BTreeMap::new(),
            items: BTreeMap::new(),
            setups: Vec::new(),
            looks: 0,
            is_cut: false,
            seen: BTreeSet::new(),
            unknown: BTreeSet::new(),
        };
        // A text in which nothing could be made out; otherwise what stands around an error is there.
        if file.text() == text {
            reader.scope = Scope::of(file.suite());
            reader.statements(file.suite());
            for call in std::mem::take(&mut reader.setups) {
                reader.setup(call);
            }
        }
        let mut manifest = reader.sheet.finish();
        manifest.diagnostics.extend(file.diagnostics().iter().cloned());
        manifest
    })
}

struct Reader<'t> {
    sheet: Sheet<'t>,
    /// What names and functions stand for where a file is read.
    scope: Scope<'t>,
    /// What is assigned or added to a name, anywhere: which of it holds is not known, so all of it does.
    names: BTreeMap<&'t str, Vec<&'t Expr>>,
    /// What is assigned to a key of it.
    items: BTreeMap<&'t str, Vec<(&'t str, &'t Expr)>>,
    setups: Vec<&'t ExprCall>,
    looks: usize,
    /// Whether it was said that something is not followed any further.
    is_cut: bool,
    /// Which requirements were taken, by their place and group.
    seen: BTreeSet<(u32, Option<String>)>,
    /// Where it was said that a value is computed.
    unknown: BTreeSet<u32>,
}

/// The values that a function returns.
#[derive(Default)]
struct Returned<'t> {
    values: Vec<&'t Expr>,
}

impl<'t> Visitor<'t> for Returned<'t> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::Return(it) => self.values.extend(it.value.as_deref()),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _: &'t Expr) {}
}

/// What a list is for.
struct Use<'a> {
    keyword: &'a str,
    group: Option<&'a str>,
    marker: MarkerTree,
}

impl<'t> Reader<'t> {
    /// Goes over all statements, of functions and branches as well.
    fn statements(&mut self, suite: &'t [Stmt]) {
        let mut bodies = vec![suite];
        while let Some(body) = bodies.pop() {
            for statement in body {
                match statement {
                    Stmt::Assign(it) => {
                        for target in &it.targets {
                            self.assigned(target, &it.value);
                        }
                        self.call(&it.value);
                    }
                    Stmt::AnnAssign(it) => {
                        if let Some(value) = &it.value {
                            self.assigned(&it.target, value);
                        }
                    }
                    Stmt::AugAssign(it) => self.assigned(&it.target, &it.value),
                    Stmt::Expr(it) => self.call(&it.value),
                    Stmt::Return(it) => {
                        if let Some(value) = &it.value {
                            self.call(value);
                        }
                    }
                    Stmt::If(it) => {
                        bodies.push(&it.body);
                        bodies.extend(it.elif_else_clauses.iter().map(|clause| clause.body.as_ref()));
                    }
                    Stmt::For(it) => bodies.extend([it.body.as_ref(), &it.orelse]),
                    Stmt::While(it) => bodies.extend([it.body.as_ref(), &it.orelse]),
                    Stmt::With(it) => bodies.push(&it.body),
                    Stmt::Try(it) => {
                        bodies.extend([it.body.as_ref(), &it.orelse, &it.finalbody]);
                        let handlers = it.handlers.iter().filter_map(|handler| handler.as_except_handler());
                        bodies.extend(handlers.map(|handler| handler.body.as_ref()));
                    }
                    Stmt::FunctionDef(it) => bodies.push(&it.body),
                    Stmt::ClassDef(it) => bodies.push(&it.body),
                    _ => {}
                }
            }
        }
        self.setups.sort_by_key(|call| call.range().start());
    }

    fn assigned(&mut self, target: &'t Expr, value: &'t Expr) {
        match target {
            Expr::Name(name) => self.names.entry(name.id.as_str()).or_default().push(value),
            Expr::Subscript(it) => {
                if let (Expr::Name(name), Expr::StringLiteral(key)) = (it.value.as_ref(), it.slice.as_ref()) {
                    self.items.entry(name.id.as_str()).or_default().push((key.value.to_str(), value));
                }
            }
            _ => {}
        }
    }

    /// A call of `setup`, or one that adds to a list or dictionary.
    fn call(&mut self, value: &'t Expr) {
        let Expr::Call(call) = value else { return };
        match call.func.as_ref() {
            Expr::Name(name) if name.id == "setup" => self.setups.push(call),
            Expr::Attribute(it) if it.attr.as_str() == "setup" => self.setups.push(call),
            Expr::Attribute(it) if matches!(it.attr.as_str(), "append" | "extend" | "update") => {
                if let (Expr::Name(name), Some(added)) = (it.value.as_ref(), call.arguments.args.first()) {
                    self.names.entry(name.id.as_str()).or_default().push(added);
                }
            }
            _ => {}
        }
    }

    fn setup(&mut self, call: &'t ExprCall) {
        let mut given = Vec::new();
        for keyword in &call.arguments.keywords {
            match &keyword.arg {
                Some(name) => given.push((name.as_str(), &keyword.value)),
                None => self.entries(&keyword.value, 0, &mut given),
            }
        }
        for (keyword, value) in given {
            let group = match keyword {
                "install_requires" => None,
                "setup_requires" => Some("build"),
                "tests_require" => Some("test"),
                "extras_require" => {
                    let mut extras = Vec::new();
                    self.entries(value, 0, &mut extras);
                    if extras.is_empty() && !value.as_dict_expr().is_some_and(|dict| dict.items.is_empty()) {
                        self.computed(value, keyword);
                    }
                    for (key, list) in extras {
                        self.extra(key, list);
                    }
                    continue;
                }
                "python_requires" => {
                    let text = self.constant(value).unwrap_or_default();
                    let (specifiers, _) = requirement::specifiers(text, requirement::trimmed(text, 0..text.len()));
                    self.sheet.manifest.requires_python = Some(specifiers).filter(|it| !it.is_empty());
                    continue;
                }
                "name" => {
                    self.sheet.manifest.project = self.constant(value).and_then(Name::new);
                    continue;
                }
                _ => continue,
            };
            self.list(value, &Use { keyword, group, marker: MarkerTree::TRUE }, 0);
        }
    }

    /// An extra, which may carry a marker: `name:python_version<"3"`, or one alone for what is always asked for.
    fn extra(&mut self, key: &'t str, list: &'t Expr) {
        let (name, condition) = key.split_once(':').unwrap_or((key, ""));
        let marker = requirement::marker(condition.trim()).unwrap_or_else(|(kind, message)| {
            self.sheet.diagnose(list.range().start().to_usize(), kind, message);
            MarkerTree::TRUE
        });
        self.list(
            list,
            &Use { keyword: "extras_require", group: Some(name).filter(|name| !name.is_empty()), marker },
            0,
        );
    }

    /// The constant that an expression is.
    fn constant(&self, value: &'t Expr) -> Option<&'t str> {
        let value = match value {
            Expr::Name(name) => self.names.get(name.id.as_str()).filter(|all| all.len() == 1)?.first()?,
            value => value,
        };
        Some(value.as_string_literal_expr()?.value.to_str())
    }

    /// The keys and values of a dictionary.
    fn entries(&mut self, value: &'t Expr, depth: usize, entries: &mut Vec<(&'t str, &'t Expr)>) {
        self.looks += 1;
        if depth > MAX_DEPTH || self.looks > MAX_LOOKS {
            return;
        }
        match value {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    match &item.key {
                        Some(key) => match self.constant(key) {
                            Some(key) => entries.push((key, &item.value)),
                            None => self.computed(key, "a key"),
                        },
                        None => self.entries(&item.value, depth + 1, entries),
                    }
                }
            }
            Expr::Call(call) if call.func.as_name_expr().is_some_and(|name| name.id == "dict") => {
                let named = call.arguments.keywords.iter();
                entries.extend(named.filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), &keyword.value))));
            }
            Expr::Name(name) => {
                for value in self.names.get(name.id.as_str()).cloned().unwrap_or_default() {
                    self.entries(value, depth + 1, entries);
                }
                entries.extend(self.items.get(name.id.as_str()).into_iter().flatten());
            }
            _ => {}
        }
    }

    /// Reads a list of requirements, or one.
    fn list(&mut self, value: &'t Expr, used: &Use<'_>, depth: usize) {
        self.looks += 1;
        if depth > MAX_DEPTH || self.looks > MAX_LOOKS {
            if !std::mem::replace(&mut self.is_cut, true) {
                let message = format!("what `{}` is made of is not followed any further", used.keyword);
                self.sheet.diagnose(value.range().start().to_usize(), DiagnosticKind::Limit, message);
            }
            return;
        }
        match value {
            Expr::StringLiteral(_) => self.requirements(value, used),
            Expr::List(it) => it.elts.iter().for_each(|one| self.list(one, used, depth + 1)),
            Expr::Tuple(it) => it.elts.iter().for_each(|one| self.list(one, used, depth + 1)),
            Expr::Set(it) => it.elts.iter().for_each(|one| self.list(one, used, depth + 1)),
            Expr::Starred(it) => self.list(&it.value, used, depth + 1),
            Expr::BinOp(it) if it.op == Operator::Add => {
                self.list(&it.left, used, depth + 1);
                self.list(&it.right, used, depth + 1);
            }
            Expr::If(it) => {
                self.list(&it.body, used, depth + 1);
                self.list(&it.orelse, used, depth + 1);
            }
            Expr::NoneLiteral(_) => {}
            Expr::Name(name) => match self.names.get(name.id.as_str()).cloned() {
                Some(values) => values.into_iter().for_each(|value| self.list(value, used, depth + 1)),
                None => self.computed(value, used.keyword),
            },
            Expr::Subscript(it) => {
                let mut entries = Vec::new();
                self.entries(&it.value, depth + 1, &mut entries);
                self.looks += entries.len();
                let key = self.constant(&it.slice);
                let found: Vec<_> = entries.into_iter().filter(|(name, _)| Some(*name) == key).collect();
                if found.is_empty() {
                    self.computed(value, used.keyword);
                }
                found.into_iter().for_each(|(_, value)| self.list(value, used, depth + 1));
            }
            Expr::Call(call) => {
                let function = call.func.as_name_expr().map(|name| name.id.as_str());
                match (function, call.arguments.args.first()) {
                    (Some("list" | "tuple" | "set" | "sorted"), Some(one)) => self.list(one, used, depth + 1),
                    (Some(name), _) => self.returned(name, value, used, depth),
                    _ => self.computed(value, used.keyword),
                }
            }
            _ => self.computed(value, used.keyword),
        }
    }

    /// Reads what a function of the file returns: a list, or what it reads from files.
    fn returned(&mut self, name: &str, value: &'t Expr, used: &Use<'_>, depth: usize) {
        let is_list = |value: &Expr| matches!(value, Expr::List(_) | Expr::Tuple(_) | Expr::Name(_) | Expr::BinOp(_));
        let Some(function) = self.scope.function(name).filter(|_| setup_files::files(&self.scope, value).is_empty())
        else {
            return self.computed(value, used.keyword);
        };
        let mut returned = Returned::default();
        returned.visit_body(&function.body);
        if returned.values.is_empty() || !returned.values.iter().all(|value| is_list(value)) {
            return self.computed(value, used.keyword);
        }
        returned.values.into_iter().for_each(|value| self.list(value, used, depth + 1));
    }

    /// What is computed is not known. A file of requirements that it names is read, though.
    fn computed(&mut self, value: &'t Expr, keyword: &str) {
        if !self.unknown.insert(value.range().start().to_u32()) {
            return;
        }
        let files = setup_files::files(&self.scope, value);
        if !files.is_empty() {
            for (path, range) in files {
                self.sheet.include(&path, false, range);
            }
            return;
        }
        let range = value.range();
        let (start, text) = (range.start().to_usize(), self.sheet.text);
        let written = text.get(start..range.end().to_usize()).unwrap_or_default();
        let mut is_named = false;
        let pieces = written.split(['"', '\'']).scan(start, |at, piece| {
            let from = *at;
            *at += piece.len() + 1;
            Some((from, piece))
        });
        for (at, piece) in pieces.skip(1).step_by(2) {
            if piece.contains("requirements") && (piece.ends_with(".txt") || piece.ends_with(".in")) {
                is_named = true;
                self.sheet.include(piece, false, at..at + piece.len());
            }
        }
        if !is_named {
            self.sheet.note(
                start,
                format!("`{keyword}` is computed; what it comes to is only known when the project is built"),
            );
        }
    }

    /// Reads a string: requirements, one a line.
    fn requirements(&mut self, value: &'t Expr, used: &Use<'_>) {
        let Some(literal) = value.as_string_literal_expr() else { return };
        let group = used.group.map(str::to_owned);
        if !self.seen.insert((value.range().start().to_u32(), group)) {
            return;
        }
        let span = value.range().start().to_usize()..value.range().end().to_usize();
        let text = literal.value.to_str();
        let start = table::inner(self.sheet.text, span.clone(), text).map(|inner| inner.start);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let range = requirement::trimmed(text, at..at + line.len());
            at += line.len();
            if range.is_empty() || text[range.clone()].starts_with('#') {
                continue;
            }
            let found = match start {
                Some(start) => self.sheet.requirement(start + range.start..start + range.end),
                None => self.sheet.requirement_at(&text[range], span.clone()),
            };
            if let Some(dependency) = found {
                dependency.group = used.group.map(str::to_owned);
                dependency.marker.and(used.marker.clone());
            }
        }
    }
}
