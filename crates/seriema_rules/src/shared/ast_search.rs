//! Looking through a function or an expression for something, with a bound on depth.

use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextSize};
use seriema_program::{BindingKind, Node, Semantic};

/// Levels gone down before the search gives up on a branch.
const MAX_DEPTH: u32 = 100;

/// Expressions looked at before a search gives up: a file may hold as many places to search from as it has lines.
const MAX_NODES: u32 = 4_000;

struct Search<'f, 'a> {
    found: bool,
    depth: u32,
    left: u32,
    test: &'f mut dyn FnMut(&'a Expr) -> bool,
}

impl<'a> Visitor<'a> for Search<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.found || self.depth >= MAX_DEPTH || self.left == 0 {
            return;
        }
        self.depth += 1;
        visitor::walk_stmt(self, stmt);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found || self.depth >= MAX_DEPTH || self.left == 0 {
            return;
        }
        self.left -= 1;
        if (self.test)(expr) {
            self.found = true;
            return;
        }
        self.depth += 1;
        visitor::walk_expr(self, expr);
        self.depth -= 1;
    }
}

/// Whether an expression anywhere in these statements, nested functions included, passes the test.
pub(crate) fn any_in_body<'a>(body: &'a [Stmt], test: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    let mut search = Search { found: false, depth: 0, left: MAX_NODES, test };
    search.visit_body(body);
    search.found
}

/// Whether an expression or one inside it passes the test.
pub(crate) fn any_in_expr<'a>(expr: &'a Expr, test: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    let mut search = Search { found: false, depth: 0, left: MAX_NODES, test };
    search.visit_expr(expr);
    search.found
}

/// Whether the innermost function around the current node holds an expression that passes the test; at module level,
/// the statements of the module that are no definitions.
pub(crate) fn any_around<'a>(semantic: &Semantic<'a>, test: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    match semantic.enclosing_function() {
        Some(function) => any_in_body(&function.body, test),
        None => {
            let mut search = Search { found: false, depth: 0, left: MAX_NODES, test };
            for stmt in semantic.file.suite() {
                if search.found || search.left == 0 {
                    break;
                }
                if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
                    search.visit_stmt(stmt);
                }
            }
            search.found
        }
    }
}

/// Like [`any_in_body`] for a whole file, however long.
pub(crate) fn any_in_file<'a>(body: &'a [Stmt], test: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    let mut search = Search { found: false, depth: 0, left: u32::MAX, test };
    search.visit_body(body);
    search.found
}

/// The last component of a callee as written: `run` of `a.b.run(...)`.
pub(crate) fn callee_name(call: &ast::ExprCall) -> &str {
    match &*call.func {
        Expr::Attribute(attribute) => &attribute.attr,
        Expr::Name(name) => &name.id,
        _ => "",
    }
}

/// The name by which an expression goes: a variable, the last attribute, a constant subscript.
pub(crate) fn name_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Subscript(subscript) => subscript.slice.as_string_literal_expr().map(|key| key.value.to_str()),
        Expr::Await(inner) => name_of_shallow(&inner.value),
        _ => None,
    }
}

fn name_of_shallow(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// Where an `import` of a module that the file does not import yet can be inserted: before its first import that is
/// not of `__future__`, else after the docstring.
pub(crate) fn import_position(semantic: &Semantic<'_>) -> TextSize {
    let suite = semantic.file.suite();
    let mut after = TextSize::from(0);
    for (index, stmt) in suite.iter().take(100).enumerate() {
        match stmt {
            Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name == "__future__") => {
                after = line_end(semantic.file.text(), stmt.end());
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => return stmt.start(),
            Stmt::Expr(docstring) if index == 0 && docstring.value.is_string_literal_expr() => {
                after = line_end(semantic.file.text(), stmt.end());
            }
            _ => {}
        }
    }
    after
}

/// Whether `import module` at module level binds the module by its own name.
pub(crate) fn imports_for_module(semantic: &Semantic<'_>, module: &str) -> bool {
    let mut root = semantic.current_scope();
    while let Some(parent) = semantic.scopes.scope(root).parent {
        root = parent;
    }
    let mut bindings = semantic.scopes.bindings_of(root, module).take(8);
    bindings.any(|binding| matches!(binding.kind, BindingKind::Import(path) if path == module))
}

fn line_end(text: &str, from: TextSize) -> TextSize {
    let rest = text.get(from.to_usize()..).unwrap_or_default();
    let skip = rest.find('\n').map_or(rest.len(), |at| at + 1);
    from + TextSize::try_from(skip).unwrap_or_default()
}

/// Whether an expression is written by an import's name (`pickle.loads`, `from pickle import loads`), not by an alias
/// that the program assigned or through a call. Other tools follow no further than that.
pub(crate) fn is_written_by_import(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(attribute) => is_written_by_import(semantic, &attribute.value),
        Expr::Name(name) => semantic
            .binding(&name.id, name.range.start())
            .is_some_and(|binding| matches!(binding.kind, BindingKind::Import(_) | BindingKind::ImportFrom { .. })),
        _ => false,
    }
}

/// Whether the current expression is an annotation.
pub(crate) fn is_annotation(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    let inside = |annotation: &Expr| annotation.range().contains_range(expr.range());
    semantic.ancestors().find_map(|node| if let Node::Stmt(stmt) = node { Some(stmt) } else { None }).is_some_and(
        |stmt| match stmt {
            Stmt::AnnAssign(assign) => inside(&assign.annotation),
            Stmt::FunctionDef(function) => {
                function.returns.as_deref().is_some_and(inside)
                    || function
                        .parameters
                        .iter()
                        .filter_map(|parameter| parameter.as_parameter().annotation.as_deref())
                        .any(inside)
            }
            _ => false,
        },
    )
}
