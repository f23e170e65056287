//! Where a function of the file is called.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};

use crate::scopes::{MODULE, ScopeId};
use crate::{MAX_NESTING, Origin, Semantic};

/// Calls looked at before giving up.
const MAX_SITES: usize = 32;

impl<'a> Semantic<'a> {
    /// Where the callers in this file take the argument for a parameter from; none when the function can be called from
    /// elsewhere (it is neither private by its name nor defined within another), or no call is found.
    #[must_use]
    pub fn origin_of_argument(&self, function: &'a ast::StmtFunctionDef, parameter: &str) -> Option<Origin> {
        let scope = self.scopes.scope_of(&function.node_index);
        let outer = self.scopes.scope(scope).parent?;
        let name = function.name.as_str();
        let nested = matches!(self.scopes.scope(outer).kind, crate::ScopeKind::Function(_));
        if !nested && (!name.starts_with('_') || name.starts_with("__")) {
            return None;
        }
        let is_method = matches!(self.scopes.scope(outer).kind, crate::ScopeKind::Class(_));
        let is_static = function
            .decorator_list
            .iter()
            .any(|decorator| matches!(&decorator.expression, Expr::Name(name) if name.id == "staticmethod"));
        let mut position = None;
        for (index, candidate) in function.parameters.posonlyargs.iter().chain(&function.parameters.args).enumerate() {
            if candidate.parameter.name.as_str() == parameter {
                position = Some(index);
            }
        }
        if is_method && !is_static {
            position = position.and_then(|position| position.checked_sub(1));
        }
        self.effort.spend_on_nodes(self.file.text().len())?;
        let mut finder = Finder { semantic: self, name, current: MODULE, sites: Vec::new(), escapes: false, depth: 0 };
        finder.visit_body(self.file.suite());
        if finder.sites.is_empty() || finder.escapes || finder.sites.len() > MAX_SITES {
            return None;
        }
        let mut origin = Origin::Constant;
        for (scope, call) in finder.sites {
            let arguments = &call.arguments;
            let argument = arguments
                .find_keyword(parameter)
                .map(|keyword| &keyword.value)
                .or_else(|| position.and_then(|position| arguments.args.get(position)));
            let unpacked = arguments.args.iter().any(Expr::is_starred_expr)
                || arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
            origin = origin.max(match argument {
                Some(argument) if !argument.is_starred_expr() => self.origin_in(scope, argument),
                _ if unpacked => return None,
                // The default.
                _ => Origin::Constant,
            });
        }
        Some(origin)
    }
}

struct Finder<'s, 'a> {
    semantic: &'s Semantic<'a>,
    name: &'s str,
    current: ScopeId,
    sites: Vec<(ScopeId, &'a ast::ExprCall)>,
    /// Whether the function is handed on as a value.
    escapes: bool,
    depth: u32,
}

impl<'a> Visitor<'a> for Finder<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.depth >= MAX_NESTING {
            return;
        }
        self.depth += 1;
        let outer = self.current;
        match stmt {
            Stmt::FunctionDef(function) => {
                self.current = self.semantic.scopes.scope_of(&function.node_index);
                self.visit_body(&function.body);
            }
            Stmt::ClassDef(class) => {
                self.current = self.semantic.scopes.scope_of(&class.node_index);
                self.visit_body(&class.body);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
        self.current = outer;
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth >= MAX_NESTING {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Call(call) if is_named(&call.func, self.name) => {
                self.sites.push((self.current, call));
                self.visit_arguments(&call.arguments);
            }
            _ => {
                self.escapes |= is_named(expr, self.name);
                visitor::walk_expr(self, expr);
            }
        }
        self.depth -= 1;
    }
}

fn is_named(expr: &Expr, wanted: &str) -> bool {
    match expr {
        Expr::Name(name) => name.id == wanted && name.ctx.is_load(),
        Expr::Attribute(attribute) => attribute.attr.as_str() == wanted && attribute.ctx.is_load(),
        _ => false,
    }
}
