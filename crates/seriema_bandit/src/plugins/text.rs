//! Strings: B104, B105, B108 and B608.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use seriema_program::ast::Expr;

use super::{Context, Outcome, Verdict, passwords, run};
use crate::catalog::TestId;
use crate::issue::{Draft, Level};
use crate::literal::string_constant;
use crate::tree::{Node, Piece};

/// A string constant, whole or the literal part of an f-string.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a, 'v> {
    /// The characters.
    pub(crate) value: &'v str,
    /// The expression, for strings that are one.
    pub(crate) expr: Option<&'a Expr>,
    /// All parts of the f-string that this is the first text of.
    pub(crate) joined: Option<&'v [Piece<'a>]>,
}

/// Runs the tests that look at strings, in their order.
pub(crate) fn run_on_text(context: Context<'_, '_>, text: Text<'_, '_>, outcomes: &mut Vec<Outcome>) {
    let tests = context.tests;
    run!(tests, outcomes, B104, text.value == "0.0.0.0", all_interfaces());
    run!(tests, outcomes, B105, text.expr.is_some(), passwords::string(context, text));
    run!(tests, outcomes, B608, true, sql(context, text));
    run!(tests, outcomes, B108, true, temporary_directory(context, text.value));
}

/// B104
fn all_interfaces() -> Verdict {
    Ok(Some(Draft::new(Level::Medium, Level::Medium, 605, "Possible binding to all interfaces.")))
}

/// B108
fn temporary_directory(context: Context<'_, '_>, text: &str) -> Verdict {
    let directories = context.tests.settings.tmp_dirs.as_ref().map_err(Clone::clone)?;
    if !directories.iter().any(|directory| text.starts_with(directory.as_str())) {
        return Ok(None);
    }
    let text = "Probable insecure usage of temp file/directory.";
    Ok(Some(Draft::new(Level::Medium, Level::Medium, 377, text)))
}

// Python's white space has four separators that Unicode's has not.
static SQL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let space = r"[\s\x1c-\x1f]";
    Regex::new(&format!(
        r"(?is)(?:select{space}.*from{space}|delete{space}+from{space}|insert{space}+into{space}.*values[\s\x1c-\x1f(]|update{space}.*set{space})"
    ))
    .ok()
});

/// B608
fn sql(context: Context<'_, '_>, text: Text<'_, '_>) -> Verdict {
    let (statement, wrapper, replaced) = match context.parents {
        [.., Node::Expr(Expr::BinOp(_))] => {
            let (root, statement) = concatenated(context.parents, text.value);
            (statement, root.checked_sub(1).and_then(|parent| context.parents.get(parent)), false)
        }
        [.., wrapper, _, Node::Expr(Expr::Attribute(attribute))]
            if matches!(attribute.attr.as_str(), "format" | "replace") =>
        {
            (Cow::Borrowed(text.value), Some(wrapper), attribute.attr.as_str() == "replace")
        }
        [.., wrapper, Node::Expr(Expr::FString(_)) | Node::FormatSpec(_)] => match text.joined {
            Some(pieces) => (joined(pieces), Some(wrapper), false),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    if !SQL.as_ref().is_some_and(|sql| sql.is_match(&statement)) {
        return Ok(None);
    }
    let executed = match wrapper {
        Some(Node::Expr(Expr::Call(call))) => {
            let name = match &*call.func {
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                Expr::Name(name) => name.id.as_str(),
                _ => "",
            };
            matches!(name, "execute" | "executemany")
        }
        _ => false,
    };
    let confidence = if executed && !replaced { Level::Medium } else { Level::Low };
    let text = "Possible SQL injection vector through string-based query construction.";
    Ok(Some(Draft::new(Level::Medium, confidence, 89, text)))
}

/// The literal text of an f-string.
fn joined<'v>(pieces: &'v [Piece<'_>]) -> Cow<'v, str> {
    let mut texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text, _) => Some(text.as_ref()),
        Piece::Field(_) => None,
    });
    match (texts.next(), texts.next()) {
        (Some(only), None) => Cow::Borrowed(only),
        (first, second) => Cow::Owned(first.into_iter().chain(second).chain(texts).collect()),
    }
}

/// The strings of the operation around, joined by spaces: the one under test, then the others from left to right, but
/// for those that stand under the same operator as it. Also the index of the outermost operation among the parents.
fn concatenated<'v>(parents: &[Node<'_>], text: &'v str) -> (usize, Cow<'v, str>) {
    let is_operation = |node: &Node<'_>| matches!(node, Node::Expr(Expr::BinOp(_)));
    let nearest = parents.len().saturating_sub(1);
    let root = parents.iter().rposition(|node| !is_operation(node)).map_or(0, |outer| outer + 1);
    if root >= nearest {
        return (root, Cow::Borrowed(text));
    }
    let (Some(Node::Expr(Expr::BinOp(top))), Some(Node::Expr(stop))) = (parents.get(root), parents.get(nearest)) else {
        return (root, Cow::Borrowed(text));
    };
    let mut statement = text.to_owned();
    // The right side waits while the left is looked at.
    let mut waiting: Vec<&Expr> = vec![&top.right, &top.left];
    while let Some(expr) = waiting.pop() {
        match expr {
            Expr::BinOp(_) if std::ptr::eq(expr, *stop) => {}
            Expr::BinOp(operation) => waiting.extend([&*operation.right, &*operation.left]),
            _ => {
                if let Some(own) = string_constant(expr) {
                    statement.push(' ');
                    statement.push_str(own);
                }
            }
        }
    }
    (root, Cow::Owned(statement))
}
