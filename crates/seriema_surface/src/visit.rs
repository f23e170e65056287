//! Every statement and expression of a function, what is defined in it aside.

use seriema_program::ir::{Expr, ExprId, FileIr, FormatPart, List, Pattern, Stmt};

/// Who is shown what a function holds.
pub(crate) trait Visit {
    /// A statement, before what is in it.
    fn statement(&mut self, _file: &FileIr, _stmt: Stmt) {}

    /// An expression, before what is in it.
    fn expression(&mut self, file: &FileIr, id: ExprId);
}

/// Shows all statements of a list.
pub(crate) fn block(file: &FileIr, list: List, visitor: &mut impl Visit) {
    for stmt in file.stmts_of(list) {
        statement(file, file.stmt(*stmt), visitor);
    }
}

fn statement(file: &FileIr, stmt: Stmt, visitor: &mut impl Visit) {
    stacker::maybe_grow(128 << 10, 2 << 20, || {
        visitor.statement(file, stmt);
        match stmt {
            Stmt::Expr(a) | Stmt::Delete(a) | Stmt::Assert(a) => expression(file, a, visitor),
            Stmt::Assign(target, value) | Stmt::Augment(target, _, value) => {
                expression(file, target, visitor);
                expression(file, value, visitor);
            }
            Stmt::Annotate(..) | Stmt::Break | Stmt::Continue | Stmt::ImportStar(_) => {}
            Stmt::If(test, then, orelse) | Stmt::While(test, then, orelse) => {
                expression(file, test, visitor);
                block(file, then, visitor);
                block(file, orelse, visitor);
            }
            Stmt::For(target, iter, body, orelse) => {
                expression(file, target, visitor);
                expression(file, iter, visitor);
                block(file, body, visitor);
                block(file, orelse, visitor);
            }
            Stmt::Try(index) => {
                let parts = &file.tries[index as usize];
                block(file, parts.body, visitor);
                for handler in &parts.handlers {
                    handler.kind.into_iter().for_each(|kind| expression(file, kind, visitor));
                    block(file, handler.body, visitor);
                }
                block(file, parts.orelse, visitor);
                block(file, parts.finally, visitor);
            }
            Stmt::Match(index) => {
                let parts = &file.matches[index as usize];
                expression(file, parts.subject, visitor);
                for case in &parts.cases {
                    pattern(file, &case.pattern, visitor);
                    case.guard.into_iter().for_each(|guard| expression(file, guard, visitor));
                    block(file, case.body, visitor);
                }
            }
            Stmt::With(item, target, body) => {
                expression(file, item, visitor);
                target.into_iter().for_each(|target| expression(file, target, visitor));
                block(file, body, visitor);
            }
            Stmt::Return(value) | Stmt::Raise(value) => {
                value.into_iter().for_each(|value| expression(file, value, visitor));
            }
        }
    });
}

fn pattern(file: &FileIr, of: &Pattern, visitor: &mut impl Visit) {
    match of {
        Pattern::Value(value) => expression(file, *value, visitor),
        Pattern::Or(all) | Pattern::Sequence(all) => all.iter().for_each(|one| pattern(file, one, visitor)),
        Pattern::Mapping(all, _) => all.iter().for_each(|(_, one)| pattern(file, one, visitor)),
        Pattern::Class(_, all, named) => {
            all.iter().for_each(|one| pattern(file, one, visitor));
            named.iter().for_each(|(_, one)| pattern(file, one, visitor));
        }
        Pattern::As(inner, _) => pattern(file, inner, visitor),
        Pattern::Capture(_) | Pattern::Rest(_) => {}
    }
}

/// Shows an expression and all that is in it.
pub(crate) fn expression(file: &FileIr, id: ExprId, visitor: &mut impl Visit) {
    stacker::maybe_grow(128 << 10, 2 << 20, || {
        visitor.expression(file, id);
        let mut all = |ids: &[ExprId]| {
            for id in ids {
                expression(file, *id, visitor);
            }
        };
        match file.expr(id) {
            Expr::Unknown
            | Expr::Literal(_)
            | Expr::Local(_)
            | Expr::Global(_)
            | Expr::Module(_)
            | Expr::Member(..)
            | Expr::Function(_)
            | Expr::Class(_) => {}
            Expr::Attribute(a, _)
            | Expr::Unary(a)
            | Expr::Negate(a)
            | Expr::Not(a)
            | Expr::Await(a)
            | Expr::YieldFrom(a)
            | Expr::Star(a) => all(&[a]),
            Expr::Index(a, b) | Expr::Binary(_, a, b) | Expr::Compare(_, a, b) | Expr::Named(a, b) => all(&[a, b]),
            Expr::Slice(a, b, c) => {
                all(&[a]);
                b.into_iter().for_each(|b| all(&[b]));
                c.into_iter().for_each(|c| all(&[c]));
            }
            Expr::Yield(value) => value.into_iter().for_each(|value| all(&[value])),
            Expr::IfElse(a, b, c) => all(&[a, b, c]),
            Expr::And(list) | Expr::Or(list) | Expr::Display(_, list) | Expr::Dict(list) => all(file.exprs_of(list)),
            Expr::Call(index) => {
                let call = &file.calls[index as usize];
                all(&[call.callee]);
                all(&call.positional);
                call.keywords.iter().for_each(|(_, value)| all(&[*value]));
            }
            Expr::Format(index) => {
                for part in &file.formats[index as usize] {
                    if let FormatPart::Value(value, _) = part {
                        all(&[*value]);
                    }
                }
            }
            Expr::Comprehension(_, index) => {
                let comprehension = &file.comprehensions[index as usize];
                for clause in &comprehension.clauses {
                    all(&[clause.target, clause.iter]);
                    all(&clause.conditions);
                }
                comprehension.key.into_iter().for_each(|key| all(&[key]));
                all(&[comprehension.element]);
            }
        }
    });
}
