//! A statement with its values taken out, as a driver wants it.

use seriema_finding::Applicability;
use seriema_program::Semantic;
use seriema_program::ast::{self, Expr, Operator};
use seriema_program::text_size::Ranged;

use crate::RawFix;
use crate::shared::reach::callee_name;
use crate::shared::sql::{self, Slot};
use crate::shared::template::{HOLE, Part, Template};

/// How a driver marks the place of a value (PEP 249's `paramstyle`, and asyncpg's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    /// `?`
    Question,
    /// `%s`
    Percent,
    /// `$1`, with the values as further arguments.
    Dollar,
}

const DRIVERS: &[(&str, Marker)] = &[
    ("sqlite3", Marker::Question),
    ("aiosqlite", Marker::Question),
    ("pyodbc", Marker::Question),
    ("duckdb", Marker::Question),
    ("psycopg2", Marker::Percent),
    ("psycopg", Marker::Percent),
    ("MySQLdb", Marker::Percent),
    ("pymysql", Marker::Percent),
    ("mysql", Marker::Percent),
    ("aiomysql", Marker::Percent),
    ("django.db", Marker::Percent),
    ("asyncpg", Marker::Dollar),
];

/// The driver's marker: by what the call is made on, or by the only driver that the file imports.
fn marker(semantic: &Semantic<'_>, call: &ast::ExprCall) -> Option<Marker> {
    if let Some(path) = semantic.qualified(&call.func) {
        let of_driver =
            |(module, _): &&(&str, Marker)| path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
        if let Some((_, marker)) = DRIVERS.iter().find(of_driver) {
            return Some(*marker);
        }
        // Something else that is known, and does not work that way.
        if path.starts_with("sqlalchemy.") {
            return None;
        }
    }
    if semantic.imports_module("sqlalchemy") {
        return None;
    }
    let mut imported = DRIVERS.iter().filter(|(module, _)| semantic.imports_module(module));
    let (_, first) = imported.next()?;
    imported.all(|(_, marker)| marker == first).then_some(*first)
}

/// `execute(f"... name = '{name}'")` as `execute("... name = ?", (name,))`, where the call is given nothing but the
/// statement, the statement is written in place, and all values in it are operands.
pub(crate) fn fix(semantic: &Semantic<'_>, call: &ast::ExprCall, template: &Template<'_>) -> Option<RawFix> {
    let [argument] = &*call.arguments.args else { return None };
    let executes = matches!(callee_name(call), "execute" | "fetch" | "fetchrow" | "fetchval" | "raw");
    if !executes || !call.arguments.keywords.is_empty() || interpolations(argument)? != template.holes().count() {
        return None;
    }
    let marker = marker(semantic, call)?;
    if (marker == Marker::Dollar) != callee_name(call).starts_with("fetch") {
        return None;
    }
    let text = template.text();
    let mut statement = String::new();
    let mut values = Vec::new();
    let mut offset = 0;
    for (index, part) in template.parts.iter().enumerate() {
        match part {
            Part::Text(known) => {
                offset += known.len();
                statement.push_str(&if marker == Marker::Percent {
                    known.replace('%', "%%")
                } else {
                    known.to_string()
                });
            }
            Part::Hole(hole) => {
                let before = text.get(..offset)?;
                offset += HOLE.len_utf8();
                let after = text.get(offset..)?;
                let quoted = match sql::slot(before, after) {
                    Slot::Value => false,
                    // `'{x}'` only: of `'%{x}%'` the value is more than the hole.
                    Slot::Quoted if before.ends_with('\'') && after.starts_with('\'') => true,
                    _ => return None,
                };
                let source = semantic.text(hole.expr);
                if !argument.range().contains_range(hole.expr.range()) || source.contains('\n') || hole.numeric {
                    return None;
                }
                if quoted {
                    statement.pop();
                }
                values.push(source);
                match marker {
                    Marker::Question => statement.push('?'),
                    Marker::Percent => statement.push_str("%s"),
                    Marker::Dollar => statement.push_str(&format!("${}", values.len())),
                }
                // The closing quote goes with the opening one.
                if quoted && !matches!(template.parts.get(index + 1), Some(Part::Text(_))) {
                    return None;
                }
                if quoted {
                    statement.push(HOLE);
                }
            }
        }
    }
    // The mark before a closing quote takes it along.
    let statement = statement.replace(&format!("{HOLE}'"), "");
    if statement.contains(HOLE) {
        return None;
    }
    let values = match (marker, values.as_slice()) {
        (Marker::Dollar, values) => values.join(", "),
        (_, [value]) if callee_name(call) == "raw" => format!("[{value}]"),
        (_, [value]) => format!("({value},)"),
        (_, values) => format!("({})", values.join(", ")),
    };
    let content = format!("{}, {values}", literal(&statement)?);
    Some(RawFix::replace("Pass the values as parameters", argument, content, Applicability::Suggestion))
}

/// How many values are put into a string that is built in one expression; none for what else may happen in it.
fn interpolations(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::FString(f) => Some(f.value.elements().filter(|element| element.is_interpolation()).count()),
        Expr::StringLiteral(_) => Some(0),
        Expr::BinOp(op) => match op.op {
            Operator::Add => {
                let side = |side: &Expr| {
                    if side.is_bin_op_expr() || side.is_string_literal_expr() { interpolations(side) } else { Some(1) }
                };
                Some(side(&op.left)? + side(&op.right)?)
            }
            Operator::Mod if op.left.is_string_literal_expr() => match &*op.right {
                Expr::Tuple(tuple) => Some(tuple.elts.len()),
                Expr::Dict(_) => None,
                _ => Some(1),
            },
            _ => None,
        },
        Expr::Call(call) if callee_name(call) == "format" && call.arguments.keywords.is_empty() => {
            Some(call.arguments.args.len())
        }
        _ => None,
    }
}

/// The source of a string.
fn literal(text: &str) -> Option<String> {
    if text.contains(['\\', '\r']) {
        return None;
    }
    if text.contains('\n') {
        return (!text.contains("\"\"\"") && !text.ends_with('"')).then(|| format!("\"\"\"{text}\"\"\""));
    }
    Some(format!("\"{}\"", text.replace('"', "\\\"")))
}
