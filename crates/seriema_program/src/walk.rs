//! Visits every node of a file once, keeping scope and ancestors.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use crate::{MAX_NESTING, Node, Semantic};

/// What a walk calls, before it goes into a node. [`Semantic::parent`] is the node's parent.
pub trait Inspect<'a> {
    /// A statement is met. For a function or class, the current scope is the one around it.
    fn statement(&mut self, semantic: &Semantic<'a>, statement: &'a Stmt);
    /// An expression is met. Names, numbers, booleans, `None` and `...` are passed over unless
    /// [`Inspect::wants_name`] says otherwise.
    fn expression(&mut self, semantic: &Semantic<'a>, expression: &'a Expr);
    /// A handler of a `try` is met.
    fn handler(&mut self, semantic: &Semantic<'a>, handler: &'a ast::ExceptHandlerExceptHandler);
    /// Whether a bare name is worth a call.
    fn wants_name(&self, name: &str) -> bool;
}

/// Walks a file. Returns where nesting exceeded [`MAX_NESTING`], if it did: what lies deeper was not visited.
pub fn walk<'a>(semantic: &mut Semantic<'a>, inspect: &mut dyn Inspect<'a>) -> Option<TextSize> {
    let mut walker = Walker { semantic, inspect, too_deep: None, plain_depth: 0 };
    let suite = walker.semantic.file.suite();
    walker.visit_body(suite);
    walker.too_deep
}

struct Walker<'w, 'a> {
    semantic: &'w mut Semantic<'a>,
    inspect: &'w mut dyn Inspect<'a>,
    too_deep: Option<TextSize>,
    /// Levels of what is no ancestor to a rule: patterns, format specifications.
    plain_depth: usize,
}

impl<'a> Walker<'_, 'a> {
    fn enter(&mut self, node: Node<'a>, at: TextSize) -> bool {
        let enters = self.may_enter(at);
        if enters {
            self.semantic.ancestors.push(node);
        }
        enters
    }

    fn may_enter(&mut self, at: TextSize) -> bool {
        let may = self.semantic.ancestors.len() + self.plain_depth < MAX_NESTING as usize;
        if !may {
            self.too_deep.get_or_insert(at);
        }
        may
    }

    fn leave(&mut self) {
        self.semantic.ancestors.pop();
    }

    /// Hides the names that a comprehension's target binds; its other parts are visited.
    fn shadow_target(&mut self, target: &'a Expr, iter: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => self.semantic.shadows.push(&name.id, iter),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. })
                if self.may_enter(target.start()) =>
            {
                self.plain_depth += 1;
                for element in elts {
                    self.shadow_target(element, iter);
                }
                self.plain_depth -= 1;
            }
            Expr::Starred(starred) if self.may_enter(target.start()) => {
                self.plain_depth += 1;
                self.shadow_target(&starred.value, iter);
                self.plain_depth -= 1;
            }
            Expr::Tuple(_) | Expr::List(_) | Expr::Starred(_) => {}
            target => self.visit_expr(target),
        }
    }

    fn comprehension(&mut self, generators: &'a [ast::Comprehension], results: &[Option<&'a Expr>]) {
        let before = self.semantic.shadows.len();
        for generator in generators {
            self.visit_expr(&generator.iter);
            self.shadow_target(&generator.target, Some(&generator.iter));
            for condition in &generator.ifs {
                self.visit_expr(condition);
            }
        }
        for result in results.iter().flatten() {
            self.visit_expr(result);
        }
        self.semantic.shadows.truncate(before);
    }
}

impl<'a> Visitor<'a> for Walker<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.inspect.statement(self.semantic, stmt);
        if !self.enter(Node::Stmt(stmt), stmt.start()) {
            return;
        }
        match stmt {
            Stmt::FunctionDef(function) => {
                for decorator in &function.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                if let Some(parameters) = &function.type_params {
                    self.visit_type_params(parameters);
                }
                self.visit_parameters(&function.parameters);
                if let Some(returns) = &function.returns {
                    self.visit_annotation(returns);
                }
                let outer = self.semantic.current;
                self.semantic.current = self.semantic.scopes.scope_of(&function.node_index);
                self.visit_body(&function.body);
                self.semantic.current = outer;
            }
            Stmt::ClassDef(class) => {
                for decorator in &class.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                if let Some(parameters) = &class.type_params {
                    self.visit_type_params(parameters);
                }
                if let Some(arguments) = &class.arguments {
                    self.visit_arguments(arguments);
                }
                let outer = self.semantic.current;
                self.semantic.current = self.semantic.scopes.scope_of(&class.node_index);
                self.visit_body(&class.body);
                self.semantic.current = outer;
            }
            _ => visitor::walk_stmt(self, stmt),
        }
        self.leave();
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => {
                if self.inspect.wants_name(&name.id) {
                    self.inspect.expression(self.semantic, expr);
                }
                return;
            }
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => {
                return;
            }
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) => {
                self.inspect.expression(self.semantic, expr);
                return;
            }
            _ => {}
        }
        self.inspect.expression(self.semantic, expr);
        if !self.enter(Node::Expr(expr), expr.start()) {
            return;
        }
        match expr {
            Expr::Lambda(lambda) => {
                let before = self.semantic.shadows.len();
                if let Some(parameters) = &lambda.parameters {
                    self.visit_parameters(parameters);
                    for parameter in &**parameters {
                        self.semantic.shadows.push(parameter.name(), None);
                    }
                }
                self.visit_expr(&lambda.body);
                self.semantic.shadows.truncate(before);
            }
            Expr::ListComp(comp) => self.comprehension(&comp.generators, &[Some(&comp.elt)]),
            Expr::SetComp(comp) => self.comprehension(&comp.generators, &[Some(&comp.elt)]),
            Expr::Generator(comp) => self.comprehension(&comp.generators, &[Some(&comp.elt)]),
            Expr::DictComp(comp) => self.comprehension(&comp.generators, &[comp.key.as_deref(), Some(&comp.value)]),
            _ => visitor::walk_expr(self, expr),
        }
        self.leave();
    }

    fn visit_keyword(&mut self, keyword: &'a ast::Keyword) {
        if self.enter(Node::Keyword(keyword), keyword.range.start()) {
            self.visit_expr(&keyword.value);
            self.leave();
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        self.inspect.handler(self.semantic, inner);
        if self.enter(Node::Handler(inner), inner.range.start()) {
            visitor::walk_except_handler(self, handler);
            self.leave();
        }
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        if self.may_enter(pattern.start()) {
            self.plain_depth += 1;
            visitor::walk_pattern(self, pattern);
            self.plain_depth -= 1;
        }
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        if self.may_enter(element.start()) {
            self.plain_depth += 1;
            visitor::walk_interpolated_string_element(self, element);
            self.plain_depth -= 1;
        }
    }
}

/// Levels of a tree, at least where they are more than [`MAX_NESTING`]; where there are more than `limit`, the first
/// place at which there are. Recurses no deeper.
pub(crate) fn depth(suite: &[Stmt], limit: u32) -> Result<u32, TextSize> {
    let mut probe = Probe { depth: 0, deepest: 0, limit, too_deep: None };
    probe.visit_body(suite);
    probe.too_deep.map_or(Ok(probe.deepest), Err)
}

struct Probe {
    depth: u32,
    deepest: u32,
    limit: u32,
    too_deep: Option<TextSize>,
}

impl Probe {
    fn level(&mut self, node: impl Ranged, walk: impl FnOnce(&mut Self)) {
        // Hardly a byte of source makes two levels, none makes three: most of a tree need not be looked at.
        let most = u64::from(self.depth) + 2 * u64::from(node.range().len().to_u32()) + 16;
        if self.too_deep.is_some() || most <= u64::from(MAX_NESTING) {
            return;
        }
        if self.depth >= self.limit {
            self.too_deep = Some(node.start());
            return;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        walk(self);
        self.depth -= 1;
    }
}

impl<'a> Visitor<'a> for Probe {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.level(stmt, |probe| visitor::walk_stmt(probe, stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.level(expr, |probe| visitor::walk_expr(probe, expr));
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.level(pattern, |probe| visitor::walk_pattern(probe, pattern));
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        self.level(element, |probe| visitor::walk_interpolated_string_element(probe, element));
    }
}
