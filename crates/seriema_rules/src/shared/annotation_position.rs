//! Whether the current node is part of a type annotation.

use seriema_program::ast::{Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{Node, Semantic};

/// Whether `expr`, the current node, stands in an annotation: naming a class there does not use it.
pub(crate) fn in_annotation(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    let range = expr.range();
    for node in semantic.ancestors() {
        match node {
            Node::Stmt(Stmt::AnnAssign(statement)) => return statement.annotation.range().contains_range(range),
            Node::Stmt(Stmt::FunctionDef(function)) => {
                let mut annotations = function
                    .parameters
                    .iter()
                    .filter_map(|parameter| parameter.annotation())
                    .chain(function.returns.as_deref());
                return annotations.any(|annotation| annotation.range().contains_range(range));
            }
            Node::Stmt(_) => return false,
            _ => {}
        }
    }
    false
}
