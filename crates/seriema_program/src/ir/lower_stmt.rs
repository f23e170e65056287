//! Statements.

use ruff_python_ast::{self as ast, Expr as Ast, Pattern as AstPattern, Stmt as Node};
use ruff_text_size::{Ranged, TextRange};

use super::lower::{Lowerer, offset};
use super::lower_expr::binary;
use super::{Case, Expr, ExprId, Handler, List, Literal, Match, Pattern, Stmt, StmtId, Try};
use crate::Symbol;

impl<'a> Lowerer<'a> {
    pub(super) fn stmt(&mut self, node: &'a Node, out: &mut Vec<StmtId>) {
        if self.depth >= crate::MAX_NESTING {
            return;
        }
        self.depth += 1;
        self.stmt_inner(node, out);
        self.depth -= 1;
    }

    fn target(&mut self, name: &'a str, range: TextRange) -> ExprId {
        let expr = self.name(name);
        self.push(expr, range)
    }

    fn stmt_inner(&mut self, node: &'a Node, out: &mut Vec<StmtId>) {
        let start = node.start().to_u32();
        let stmt = match node {
            Node::FunctionDef(function) => {
                let index = self.function(function);
                let value = self.push(Expr::Function(index), function.name.range);
                Stmt::Assign(self.target(&function.name, function.name.range), value)
            }
            Node::ClassDef(class) => {
                let index = self.class(class);
                let value = self.push(Expr::Class(index), class.name.range);
                Stmt::Assign(self.target(&class.name, class.name.range), value)
            }
            Node::Return(node) => Stmt::Return(node.value.as_deref().map(|value| self.expr(value))),
            Node::Delete(node) => {
                for target in &node.targets {
                    let target = self.expr(target);
                    self.push_stmt(Stmt::Delete(target), start, out);
                }
                return;
            }
            Node::Assign(node) => {
                let value = self.expr(&node.value);
                for target in &node.targets {
                    let target = self.expr(target);
                    self.push_stmt(Stmt::Assign(target, value), start, out);
                }
                return;
            }
            Node::AugAssign(node) => {
                let value = self.expr(&node.value);
                Stmt::Augment(self.expr(&node.target), binary(node.op), value)
            }
            Node::AnnAssign(node) => match &node.value {
                Some(value) => {
                    let value = self.expr(value);
                    let target = self.expr(&node.target);
                    let annotation = self.annotation(&node.annotation);
                    self.push_stmt(Stmt::Annotate(target, annotation), start, out);
                    Stmt::Assign(target, value)
                }
                None => {
                    let annotation = self.annotation(&node.annotation);
                    Stmt::Annotate(self.expr(&node.target), annotation)
                }
            },
            Node::For(node) => {
                let iter = self.expr(&node.iter);
                let target = self.expr(&node.target);
                let body = self.body(&node.body);
                Stmt::For(target, iter, body, self.body(&node.orelse))
            }
            Node::While(node) => {
                let test = self.expr(&node.test);
                let body = self.body(&node.body);
                Stmt::While(test, body, self.body(&node.orelse))
            }
            Node::If(node) => self.branches(&node.test, &node.body, &node.elif_else_clauses),
            Node::With(node) => return self.with(&node.items, &node.body, start, out),
            Node::Match(node) => {
                let subject = self.expr(&node.subject);
                let mut cases = Vec::with_capacity(node.cases.len());
                for case in &node.cases {
                    let pattern = self.pattern(&case.pattern);
                    let guard = case.guard.as_deref().map(|guard| self.expr(guard));
                    let body = self.body(&case.body);
                    cases.push(Case { pattern, guard, body });
                }
                let index = offset(self.file.matches.len());
                self.file.matches.push(Match { subject, cases });
                Stmt::Match(index)
            }
            Node::Raise(node) => Stmt::Raise(node.exc.as_deref().map(|value| self.expr(value))),
            Node::Try(node) => {
                let body = self.body(&node.body);
                let mut handlers = Vec::with_capacity(node.handlers.len());
                for handler in &node.handlers {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    let kind = handler.type_.as_deref().map(|kind| self.expr(kind));
                    let target = handler.name.as_ref().map(|name| self.target(name.as_str(), name.range));
                    handlers.push(Handler { kind, target, body: self.body(&handler.body) });
                }
                let orelse = self.body(&node.orelse);
                let finally = self.body(&node.finalbody);
                let index = offset(self.file.tries.len());
                self.file.tries.push(Try { body, handlers, orelse, finally });
                Stmt::Try(index)
            }
            Node::Assert(node) => Stmt::Assert(self.expr(&node.test)),
            Node::Import(node) => {
                for alias in &node.names {
                    let module = alias.name.as_str();
                    let first = module.split('.').next().unwrap_or_default();
                    let (name, bound) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        None => (first, first),
                    };
                    let value = self.push(Expr::Module(Symbol::new(bound)), alias.range);
                    let target = self.target(name, alias.range);
                    self.push_stmt(Stmt::Assign(target, value), start, out);
                }
                return;
            }
            Node::ImportFrom(node) => {
                let module = self.module(node.module.as_deref().unwrap_or_default(), node.level);
                let module = Symbol::new(&module);
                for alias in &node.names {
                    if alias.name.as_str() == "*" {
                        self.push_stmt(Stmt::ImportStar(module), start, out);
                        continue;
                    }
                    let value = self.push(Expr::Member(module, Symbol::new(&alias.name)), alias.range);
                    let target = self.target(alias.asname.as_ref().unwrap_or(&alias.name).as_str(), alias.range);
                    self.push_stmt(Stmt::Assign(target, value), start, out);
                }
                return;
            }
            Node::Expr(node) => Stmt::Expr(self.expr(&node.value)),
            Node::Break(_) => Stmt::Break,
            Node::Continue(_) => Stmt::Continue,
            Node::TypeAlias(_) | Node::Global(_) | Node::Nonlocal(_) | Node::Pass(_) | Node::IpyEscapeCommand(_) => {
                return;
            }
        };
        self.push_stmt(stmt, start, out);
    }

    fn branches(&mut self, test: &'a Ast, body: &'a [Node], clauses: &'a [ast::ElifElseClause]) -> Stmt {
        let condition = self.expr(test);
        let then = self.body(body);
        // `elif` chains may be thousands long: from the last to the first, without recursion.
        let mut lowered = Vec::with_capacity(clauses.len());
        for clause in clauses {
            let test = clause.test.as_ref().map(|test| self.expr(test));
            lowered.push((test, self.body(&clause.body), clause.range.start().to_u32()));
        }
        let mut orelse = List::default();
        for (test, body, start) in lowered.into_iter().rev() {
            orelse = match test {
                None => body,
                Some(test) => {
                    let mut out = Vec::new();
                    self.push_stmt(Stmt::If(test, body, orelse), start, &mut out);
                    self.stmt_list(&out)
                }
            };
        }
        Stmt::If(condition, then, orelse)
    }

    fn with(&mut self, items: &'a [ast::WithItem], body: &'a [Node], start: u32, out: &mut Vec<StmtId>) {
        let lowered: Vec<(ExprId, Option<ExprId>)> = items
            .iter()
            .map(|item| {
                let value = self.expr(&item.context_expr);
                (value, item.optional_vars.as_deref().map(|target| self.expr(target)))
            })
            .collect();
        let mut body = self.body(body);
        let mut lowered = lowered.into_iter().rev().peekable();
        while let Some((value, target)) = lowered.next() {
            let stmt = Stmt::With(value, target, body);
            if lowered.peek().is_none() {
                self.push_stmt(stmt, start, out);
                return;
            }
            let mut inner = Vec::new();
            self.push_stmt(stmt, start, &mut inner);
            body = self.stmt_list(&inner);
        }
    }

    fn pattern(&mut self, node: &'a AstPattern) -> Pattern {
        if self.depth >= crate::MAX_NESTING {
            return Pattern::Capture(None);
        }
        self.depth += 1;
        let pattern = match node {
            AstPattern::MatchValue(node) => Pattern::Value(self.expr(&node.value)),
            AstPattern::MatchSingleton(node) => {
                let literal = match node.value {
                    ast::Singleton::None => Literal::None,
                    ast::Singleton::True => Literal::Bool(true),
                    ast::Singleton::False => Literal::Bool(false),
                };
                Pattern::Value(self.literal(literal, node.range))
            }
            AstPattern::MatchSequence(node) => {
                Pattern::Sequence(node.patterns.iter().map(|pattern| self.pattern(pattern)).collect())
            }
            AstPattern::MatchStar(node) => {
                Pattern::Rest(node.name.as_ref().map(|name| self.target(name.as_str(), name.range)))
            }
            AstPattern::MatchMapping(node) => {
                let keys = node.keys.iter().zip(&node.patterns);
                let items = keys.map(|(key, pattern)| (self.expr(key), self.pattern(pattern))).collect();
                let rest = node.rest.as_ref().map(|name| self.target(name.as_str(), name.range));
                Pattern::Mapping(items, rest)
            }
            AstPattern::MatchClass(node) => {
                let class = self.expr(&node.cls);
                let positional = node.arguments.patterns.iter().map(|pattern| self.pattern(pattern)).collect();
                let keywords = node.arguments.keywords.iter();
                let keywords =
                    keywords.map(|keyword| (Symbol::new(&keyword.attr), self.pattern(&keyword.pattern))).collect();
                Pattern::Class(class, positional, keywords)
            }
            AstPattern::MatchOr(node) => {
                Pattern::Or(node.patterns.iter().map(|pattern| self.pattern(pattern)).collect())
            }
            AstPattern::MatchAs(node) => {
                let target = node.name.as_ref().map(|name| self.target(name.as_str(), name.range));
                match (&node.pattern, target) {
                    (Some(pattern), Some(target)) => Pattern::As(Box::new(self.pattern(pattern)), target),
                    (Some(pattern), None) => self.pattern(pattern),
                    (None, target) => Pattern::Capture(target),
                }
            }
        };
        self.depth -= 1;
        pattern
    }
}
