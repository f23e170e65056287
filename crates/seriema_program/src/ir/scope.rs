//! Which names a function binds.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Pattern, Stmt};
use rustc_hash::FxHashMap;

/// The names that a body binds by itself, in the order in which they are met, and those that it declares to be bound
/// elsewhere.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) bound: Vec<&'a str>,
    seen: FxHashMap<&'a str, ()>,
    pub(super) globals: Vec<&'a str>,
    pub(super) nonlocals: Vec<&'a str>,
    pub(super) yields: bool,
    depth: u32,
}

impl<'a> Names<'a> {
    pub(super) fn of(body: &'a [Stmt]) -> Self {
        let mut names = Self::default();
        names.visit_body(body);
        let elsewhere: Vec<&str> = names.globals.iter().chain(&names.nonlocals).copied().collect();
        names.bound.retain(|name| !elsewhere.contains(name));
        names
    }

    fn bind(&mut self, name: &'a str) {
        if self.seen.insert(name, ()).is_none() {
            self.bound.push(name);
        }
    }
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                self.bind(&function.name);
                for decorator in &function.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
            }
            Stmt::ClassDef(class) => self.bind(&class.name),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = match &alias.asname {
                        Some(name) => name.as_str(),
                        None => alias.name.split('.').next().unwrap_or_default(),
                    };
                    self.bind(name);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            Stmt::Global(global) => self.globals.extend(global.names.iter().map(|name| name.as_str())),
            Stmt::Nonlocal(nonlocal) => self.nonlocals.extend(nonlocal.names.iter().map(|name| name.as_str())),
            _ => {
                if self.depth < crate::MAX_NESTING {
                    self.depth += 1;
                    visitor::walk_stmt(self, stmt);
                    self.depth -= 1;
                }
            }
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if !name.ctx.is_load() => self.bind(&name.id),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.yields = true;
                self.deeper(|names| visitor::walk_expr(names, expr));
            }
            Expr::Lambda(_) | Expr::StringLiteral(_) | Expr::Name(_) => {}
            // A comprehension's variables are its own; its first iterable and walrus targets are the function's.
            Expr::ListComp(ast::ExprListComp { generators, elt, .. })
            | Expr::SetComp(ast::ExprSetComp { generators, elt, .. })
            | Expr::Generator(ast::ExprGenerator { generators, elt, .. }) => {
                self.comprehension(generators, &[Some(elt)]);
            }
            Expr::DictComp(comp) => {
                self.comprehension(&comp.generators, &[comp.key.as_deref(), Some(&comp.value)]);
            }
            _ => self.deeper(|names| visitor::walk_expr(names, expr)),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::MatchAs(node) => {
                if let Some(name) = &node.name {
                    self.bind(name);
                }
            }
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.bind(name);
                }
            }
            Pattern::MatchMapping(node) => {
                if let Some(name) = &node.rest {
                    self.bind(name);
                }
            }
            _ => {}
        }
        self.deeper(|names| visitor::walk_pattern(names, pattern));
    }
}

impl<'a> Names<'a> {
    fn deeper(&mut self, walk: impl FnOnce(&mut Self)) {
        if self.depth < crate::MAX_NESTING {
            self.depth += 1;
            walk(self);
            self.depth -= 1;
        }
    }

    fn comprehension(&mut self, generators: &'a [ast::Comprehension], results: &[Option<&'a Expr>]) {
        self.deeper(|names| {
            for generator in generators {
                names.visit_expr(&generator.iter);
                for condition in &generator.ifs {
                    names.visit_expr(condition);
                }
            }
            for result in results.iter().flatten() {
                names.visit_expr(result);
            }
        });
    }
}
