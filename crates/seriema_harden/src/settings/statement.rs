//! Statements of settings, and modules that import others.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_program::Locator;
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_workspace::SourceFile;

use super::expression::{add, alternatives, evaluate as expression};
use super::value::{Setting, Value, What};
use crate::project::Project;

/// How much work the evaluation of one module and of what it imports may take: a statement, or a name that is copied.
const MAX_WORK: usize = 500_000;

/// How deep conditions are nested at most, and imports.
const MAX_DEPTH: usize = 50;

/// The names of a module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Module {
    pub(crate) names: BTreeMap<Rc<str>, Setting>,
    /// What may set any name besides, in words, and where.
    pub(crate) open: Option<(Arc<str>, u32, String)>,
    /// What sets names only where it exists: a file that is not in the project.
    pub(crate) optional: Option<(Arc<str>, u32, String)>,
}

/// Evaluates a module of settings.
pub(crate) fn evaluate<'f>(project: &mut Project<'f>, file: &'f SourceFile) -> Module {
    let mut run = Run { project, stack: Vec::new(), work: MAX_WORK };
    let module = run.file(file);
    if run.work == 0 {
        let message = "these settings take too much work to evaluate; what comes late in them was not seen";
        run.project.complain(Diagnostic::file(Arc::clone(&file.relative), DiagnosticKind::Limit, message));
    }
    module
}

struct Run<'p, 'f> {
    project: &'p mut Project<'f>,
    /// The files that are being evaluated.
    stack: Vec<&'f str>,
    work: usize,
}

/// Where statements stand.
struct Place<'a> {
    path: &'a Arc<str>,
    locator: &'a Locator<'a>,
    depth: usize,
    /// Whether an import may fail here.
    is_tried: bool,
}

impl Place<'_> {
    fn line(&self, node: impl Ranged) -> u32 {
        self.locator.position(node.start()).0.line
    }
}

impl<'f> Run<'_, 'f> {
    fn file(&mut self, file: &'f SourceFile) -> Module {
        let mut module = Module::default();
        if self.stack.contains(&&*file.relative) || self.stack.len() >= MAX_DEPTH {
            return module;
        }
        let Some(parsed) = self.project.parsed(file) else {
            module.open = Some((Arc::clone(&file.relative), 1, "this file cannot be read".to_owned()));
            return module;
        };
        self.stack.push(&file.relative);
        let locator = parsed.locator();
        let place = Place { path: &file.relative, locator: &locator, depth: 0, is_tried: false };
        self.body(&mut module, parsed.suite(), &place);
        self.stack.pop();
        module
    }

    fn body(&mut self, module: &mut Module, body: &[Stmt], place: &Place<'_>) {
        for statement in body {
            self.work = self.work.saturating_sub(1);
            if self.work == 0 || place.depth > MAX_DEPTH {
                return;
            }
            self.statement(module, statement, place);
        }
    }

    fn statement(&mut self, module: &mut Module, statement: &Stmt, place: &Place<'_>) {
        match statement {
            Stmt::Assign(assign) => {
                let values = alternatives(module, &assign.value);
                for target in &assign.targets {
                    bind(module, target, &assign.value, &values, place);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let values = alternatives(module, value);
                    bind(module, &assign.target, value, &values, place);
                }
            }
            Stmt::AugAssign(assign) => {
                let Some(name) = assign.target.as_name_expr() else { return };
                let values = alternatives(module, &assign.value);
                let is_sum = assign.op == ast::Operator::Add;
                change(module, name.id.as_str(), place, statement, |old| {
                    if is_sum { values.iter().map(|new| add(old, new)).collect() } else { vec![Value::unknown()] }
                });
            }
            Stmt::Expr(expr) => {
                if let Expr::Call(call) = &*expr.value {
                    self.call(module, call, place);
                }
            }
            Stmt::If(condition) => self.condition(module, condition, place),
            Stmt::Try(tried) => {
                let inner = Place { depth: place.depth + 1, is_tried: true, ..*place };
                let before = module.clone();
                self.body(module, &tried.body, &inner);
                self.body(module, &tried.orelse, &inner);
                // What a handler sets holds where the body fails, which is seldom; it is one of the values.
                for ast::ExceptHandler::ExceptHandler(handler) in &tried.handlers {
                    let mut other = before.clone();
                    self.body(&mut other, &handler.body, &Place { depth: place.depth + 1, ..*place });
                    let is_raised = matches!(handler.body.last(), Some(Stmt::Raise(_)));
                    if !is_raised && handler.body.iter().any(|statement| !matches!(statement, Stmt::Pass(_))) {
                        self.join(module, &other);
                    }
                }
                self.body(module, &tried.finalbody, place);
            }
            Stmt::With(with) => self.body(module, &with.body, &Place { depth: place.depth + 1, ..*place }),
            Stmt::For(each) => {
                bind(module, &each.target, &each.iter, &[Value::unknown()], place);
                let before = module.clone();
                self.body(module, &each.body, &Place { depth: place.depth + 1, ..*place });
                self.join(module, &before);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let (bound, path) = match &alias.asname {
                        Some(asname) => (asname.as_str(), name),
                        None => (name.split('.').next().unwrap_or(name), name.split('.').next().unwrap_or(name)),
                    };
                    set(module, bound, vec![What::Api(path.into()).into()], place, statement);
                }
            }
            Stmt::ImportFrom(import) => self.import(module, import, place),
            Stmt::FunctionDef(function) => {
                // A function of the project: what it returns is not followed, its name may say that it reads the environment.
                let api = What::Api(function.name.as_str().into());
                set(module, function.name.as_str(), vec![api.into()], place, statement);
            }
            Stmt::ClassDef(class) => set(module, class.name.as_str(), vec![Value::unknown()], place, statement),
            Stmt::Delete(deleted) => {
                for name in deleted.targets.iter().filter_map(Expr::as_name_expr) {
                    module.names.remove(name.id.as_str());
                }
            }
            _ => {}
        }
    }

    /// The branches of a condition: one if it can be told which, else all of them.
    fn condition(&mut self, module: &mut Module, condition: &ast::StmtIf, place: &Place<'_>) {
        let inner = Place { depth: place.depth + 1, ..*place };
        let first = (Some(&*condition.test), &condition.body[..]);
        let others = condition.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body[..]));
        let mut ends: Vec<Module> = Vec::new();
        let mut is_exhausted = false;
        for (test, body) in std::iter::once(first).chain(others) {
            let held = match test {
                None => Some(true),
                Some(test) => {
                    let value = expression(module, test, 0);
                    value.truth().filter(|_| value.variables.is_empty())
                }
            };
            if held == Some(false) {
                continue;
            }
            self.work = self.work.saturating_sub(module.names.len());
            let mut branch = module.clone();
            self.body(&mut branch, body, &inner);
            if !matches!(body.last(), Some(Stmt::Raise(_))) {
                ends.push(branch);
            }
            if held == Some(true) {
                is_exhausted = true;
                break;
            }
        }
        if !is_exhausted {
            ends.push(module.clone());
        }
        let mut ends = ends.into_iter();
        if let Some(first) = ends.next() {
            *module = first;
            for end in ends {
                self.join(module, &end);
            }
        }
    }

    /// What holds after one of two branches. A name that only one of them sets has no other value than that, or none: then the
    /// default is one of its values.
    fn join(&mut self, module: &mut Module, other: &Module) {
        self.work = self.work.saturating_sub(module.names.len() + other.names.len());
        for (name, setting) in &other.names {
            match module.names.get_mut(name) {
                Some(known) if Rc::ptr_eq(&known.0, &setting.0) => {}
                Some(known) => *known = known.or(setting),
                None => {
                    module.names.insert(Rc::clone(name), setting.or(&unset(setting)));
                }
            }
        }
        for (name, setting) in &mut module.names {
            if !other.names.contains_key(name) {
                *setting = setting.or(&unset(setting));
            }
        }
        module.open = module.open.take().or_else(|| other.open.clone());
        module.optional = module.optional.take().or_else(|| other.optional.clone());
    }

    fn import(&mut self, module: &mut Module, import: &ast::StmtImportFrom, place: &Place<'_>) {
        let name = import.module.as_ref().map_or("", |name| name.as_str());
        let line = place.line(import);
        let source = self.source(place.path, name, import.level);
        let is_star = import.names.iter().any(|alias| alias.name.as_str() == "*");
        let Some(file) = source else {
            if is_star {
                let what = format!("`from {}{name} import *`", ".".repeat(import.level as usize));
                let at = (Arc::clone(place.path), line, what);
                if place.is_tried {
                    module.optional = Some(at);
                } else {
                    module.open = Some(at);
                }
                return;
            }
            for alias in &import.names {
                let bound = alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str());
                let api = if import.level == 0 {
                    What::Api(format!("{name}.{}", alias.name).into()).into()
                } else {
                    Value::unknown()
                };
                set(module, bound, vec![api], place, import);
            }
            return;
        };
        let other = self.file(file);
        self.work = self.work.saturating_sub(other.names.len());
        if is_star {
            for (name, setting) in other.names {
                if !name.starts_with('_') {
                    module.names.insert(name, setting);
                }
            }
        } else {
            for alias in &import.names {
                let bound = alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str());
                match other.names.get(alias.name.as_str()) {
                    Some(setting) => drop(module.names.insert(bound.into(), setting.clone())),
                    None => set(module, bound, vec![Value::unknown()], place, import),
                }
            }
            return;
        }
        module.open = module.open.take().or(other.open);
        module.optional = module.optional.take().or(other.optional);
    }

    /// The project's file that an import names.
    fn source(&self, from: &str, name: &str, level: u32) -> Option<&'f SourceFile> {
        let tail = name.replace('.', "/");
        let mut directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        if level > 0 {
            for _ in 1..level {
                directory = directory.rsplit_once('/').map_or("", |(directory, _)| directory);
            }
            return self.module_at(directory, &tail);
        }
        if name.is_empty() {
            return None;
        }
        // From the directory of the file up: one of them is where the names start.
        loop {
            if let Some(file) = self.module_at(directory, &tail) {
                return Some(file);
            }
            if directory.is_empty() {
                return None;
            }
            directory = directory.rsplit_once('/').map_or("", |(directory, _)| directory);
        }
    }

    fn module_at(&self, directory: &str, tail: &str) -> Option<&'f SourceFile> {
        let parts = [directory, tail].into_iter().filter(|part| !part.is_empty());
        let base = parts.collect::<Vec<_>>().join("/");
        let module = self.project.file(&format!("{base}.py"));
        module.or_else(|| self.project.file(&format!("{base}/__init__.py")))
    }

    /// A call that stands for itself: it may change a list, or set anything.
    fn call(&mut self, module: &mut Module, call: &ast::ExprCall, place: &Place<'_>) {
        let args = &call.arguments.args;
        if args.iter().any(is_namespace) {
            let what = "a call that may set anything".to_owned();
            module.open = Some((Arc::clone(place.path), place.line(call), what));
        }
        let Expr::Attribute(attribute) = &*call.func else {
            if call.func.as_name_expr().is_some_and(|name| matches!(name.id.as_str(), "include" | "exec")) {
                self.include(module, call, place);
            }
            return;
        };
        if is_namespace(&attribute.value) {
            let what = "a call that may set anything".to_owned();
            module.open = Some((Arc::clone(place.path), place.line(call), what));
        }
        let Some(name) = attribute.value.as_name_expr().map(|name| name.id.as_str()) else { return };
        let method = attribute.attr.as_str();
        let given: Vec<Value> = args.iter().map(|arg| expression(module, arg, 0)).collect();
        match (method, given.as_slice()) {
            ("append" | "add", [item]) | ("insert", [_, item]) => change(module, name, place, call, |old| {
                let one = Value::list(vec![item.clone()], false);
                vec![if method == "insert" { add(&one, old) } else { add(old, &one) }]
            }),
            ("extend", [items]) => change(module, name, place, call, |old| vec![add(old, items)]),
            ("remove", [item]) => change(module, name, place, call, |old| match &old.what {
                What::List { items, is_open } => {
                    let kept = items.iter().filter(|kept| kept.what != item.what).cloned().collect();
                    vec![Value::list(kept, *is_open).with(old)]
                }
                _ => vec![Value::unknown()],
            }),
            ("update", [other]) => change(module, name, place, call, |old| {
                vec![match (&old.what, &other.what) {
                    (What::Dict { entries: a, is_open: x }, What::Dict { entries: b, is_open: y }) => {
                        What::Dict { entries: a.iter().chain(b.iter()).cloned().collect(), is_open: *x || *y }.into()
                    }
                    _ => Value::unknown(),
                }]
            }),
            ("pop" | "clear" | "setdefault" | "update", _) => {
                if matches!(module.names.get(name).and_then(Setting::single), Some(value) if !value.items().is_empty())
                {
                    change(module, name, place, call, |_| vec![Value::unknown()]);
                }
            }
            _ => {}
        }
    }

    /// `include("base.py", optional("local.py"))` of django-split-settings.
    fn include(&mut self, module: &mut Module, call: &ast::ExprCall, place: &Place<'_>) {
        let directory = place.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        for arg in &call.arguments.args {
            let (text, is_optional) = match arg {
                Expr::StringLiteral(literal) => (Some(literal.value.to_str()), false),
                Expr::Call(inner) => {
                    let first = inner.arguments.args.first().and_then(Expr::as_string_literal_expr);
                    (first.map(|literal| literal.value.to_str()), true)
                }
                _ => (None, false),
            };
            let path =
                text.map(|text| if directory.is_empty() { text.to_owned() } else { format!("{directory}/{text}") });
            let file = path.and_then(|path| self.project.file(&path));
            let at = || (Arc::clone(place.path), place.line(call), "an included file".to_owned());
            match file {
                Some(file) => {
                    let other = self.file(file);
                    module.names.extend(other.names);
                    module.open = module.open.take().or(other.open);
                }
                None if is_optional => module.optional = Some(at()),
                None => module.open = Some(at()),
            }
        }
    }
}

/// Whether an expression is `globals()` or the like.
fn is_namespace(expr: &Expr) -> bool {
    let name = expr.as_call_expr().and_then(|call| call.func.as_name_expr());
    name.is_some_and(|name| matches!(name.id.as_str(), "locals" | "globals" | "vars"))
}

/// That a name may not be set at all, where the other value is set.
fn unset(setting: &Setting) -> Setting {
    let mut all = (*setting.0).clone();
    all.truncate(1);
    for one in &mut all {
        one.value = What::Unset.into();
    }
    Setting(Rc::new(all))
}

fn set(module: &mut Module, name: &str, values: Vec<Value>, place: &Place<'_>, at: impl Ranged) {
    module.names.insert(name.into(), Setting::new(values, place.path, place.line(at)));
}

/// Assigns to a target.
fn bind(module: &mut Module, target: &Expr, value: &Expr, values: &[Value], place: &Place<'_>) {
    match target {
        Expr::Name(name) => set(module, name.id.as_str(), values.to_vec(), place, target),
        Expr::Tuple(tuple) => {
            let written = value.as_tuple_expr().map(|value| &value.elts);
            for (at, target) in tuple.elts.iter().enumerate() {
                let part = written.and_then(|written| written.get(at));
                let values = part.map_or_else(|| vec![Value::unknown()], |part| alternatives(module, part));
                if let Some(name) = target.as_name_expr() {
                    set(module, name.id.as_str(), values, place, target);
                }
            }
        }
        Expr::Subscript(subscript) => {
            let key = expression(module, &subscript.slice, 0);
            if is_namespace(&subscript.value) {
                let what = "a name that is computed".to_owned();
                match key.as_text() {
                    Some(name) => set(module, name, values.to_vec(), place, target),
                    None => module.open = Some((Arc::clone(place.path), place.line(target), what)),
                }
                return;
            }
            let Some(name) = subscript.value.as_name_expr() else { return };
            let new = values.first().cloned().unwrap_or_else(Value::unknown);
            change(module, name.id.as_str(), place, target, |old| match (&old.what, key.as_text()) {
                (What::Dict { entries, is_open }, Some(_)) => {
                    let mut entries = entries.to_vec();
                    entries.push((key.clone(), new.clone()));
                    vec![What::Dict { entries: entries.into(), is_open: *is_open }.into()]
                }
                _ => vec![Value::unknown()],
            });
        }
        _ => {}
    }
}

/// Changes each of the values of a name.
fn change(module: &mut Module, name: &str, place: &Place<'_>, at: impl Ranged, how: impl Fn(&Value) -> Vec<Value>) {
    let Some(setting) = module.names.get(name) else { return };
    if setting.single().is_some_and(|value| matches!(value.what, What::Api(_) | What::Reader(_))) {
        return;
    }
    let values: Vec<Value> = setting.values().flat_map(&how).collect();
    set(module, name, values, place, at);
}
