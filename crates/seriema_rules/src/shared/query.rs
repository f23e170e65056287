//! How dangerous the values of a built statement are.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::{Origin, Semantic};

use crate::shared::sql::{self, Slot};
use crate::shared::statement::{self, Likeness};
use crate::shared::template::{HOLE, Hole, Part, Template};
use crate::shared::value::{origin_of, went_through};
use crate::shared::value_purpose::words;

/// What a built statement is guilty of.
#[derive(Clone, Debug)]
pub(crate) struct Verdict<'a> {
    /// From whom on it is shown.
    pub(crate) persona: Persona,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// How sure.
    pub(crate) confidence: Confidence,
    /// What the worst value stands for.
    pub(crate) slot: Slot,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// The values that are as bad, worst first.
    pub(crate) values: Vec<Hole<'a>>,
}

/// Weighs the values of a built statement, from its part `first` on. None when all are harmless.
pub(crate) fn judge<'a>(
    semantic: &Semantic<'a>,
    template: &Template<'a>,
    first: usize,
    likeness: Likeness,
) -> Option<Verdict<'a>> {
    let mut worst: Option<Verdict<'a>> = None;
    let text = template.text();
    let mut offset = 0;
    for (index, part) in template.parts.iter().enumerate() {
        let hole = match part {
            Part::Text(known) => {
                offset += known.len();
                continue;
            }
            Part::Hole(hole) => hole,
        };
        let before = text.get(..offset).unwrap_or_default();
        offset += HOLE.len_utf8();
        if index < first {
            continue;
        }
        if index > 48 {
            break;
        }
        let after = text.get(offset..).unwrap_or_default();
        let slot = sql::slot(before, after);
        // Of several statements, the one that the value stands in counts.
        let own =
            before.rfind(';').map_or(Likeness::None, |at| statement::likeness(text.get(at + 1..).unwrap_or_default()));
        let likeness = if own == Likeness::Certain { own } else { likeness };
        let Some(mut verdict) = weigh(semantic, hole, slot, likeness) else { continue };
        if verdict.origin != Origin::Remote && (ends_work(&text, hole.expr) || only_reads_the_system(&text)) {
            verdict.severity = verdict.severity.min(Severity::Medium);
            verdict.confidence = Confidence::Low;
        }
        match &mut worst {
            Some(known) if rank(&verdict) < rank(known) => {}
            Some(known) if rank(&verdict) == rank(known) => known.values.push(*hole),
            _ => worst = Some(verdict),
        }
    }
    worst
}

fn rank(verdict: &Verdict<'_>) -> (std::cmp::Reverse<Persona>, Severity, Confidence) {
    (std::cmp::Reverse(verdict.persona), verdict.severity, verdict.confidence)
}

/// Weighs one value.
pub(crate) fn weigh<'a>(
    semantic: &Semantic<'a>,
    hole: &Hole<'a>,
    slot: Slot,
    likeness: Likeness,
) -> Option<Verdict<'a>> {
    let origin = origin_of(semantic, hole);
    let escaped = || went_through(semantic, hole.scope, hole.expr, &is_quoting, 0);
    let developer = || is_migration(semantic);
    let regular = |severity, confidence| Some((Persona::Regular, severity, confidence));
    let pedantic = Some((Persona::Pedantic, Severity::Medium, Confidence::Low));
    let weight = match (slot, origin) {
        (_, Origin::Constant | Origin::Inert) | (Slot::Placeholder, _) => None,
        (Slot::Name, Origin::Program) => None,
        (_, Origin::Program) => Some((Persona::Pedantic, Severity::Low, Confidence::Low)),
        // Quoting a value by hand is right at best; quoting a name is all that can be done.
        _ if escaped() => match slot {
            Slot::Quoted => Some((Persona::Pedantic, Severity::Low, Confidence::Low)),
            _ => None,
        },
        (_, Origin::Remote) => regular(Severity::High, Confidence::High),
        _ if developer() => Some((Persona::Pedantic, Severity::Low, Confidence::Low)),
        (Slot::Name, _) => pedantic,
        (_, Origin::Local) => regular(Severity::Medium, Confidence::Medium),
        // The definition of a table was written by the program's own people.
        _ if likeness == Likeness::Definition => pedantic,
        // `ALTER SESSION SET x = ...`, `PRAGMA x = ...`: drivers bind no values there.
        (Slot::Value | Slot::Order | Slot::Fragment, _) | (Slot::Quoted, Origin::Unknown)
            if likeness == Likeness::Weak =>
        {
            pedantic
        }
        (Slot::Quoted | Slot::Value, Origin::Parameter) => {
            let known = slot == Slot::Value && (is_number_by_name(hole.expr) || is_piece_by_name(hole.expr));
            if known || (likeness == Likeness::Weak && is_name_by_name(hole.expr)) {
                pedantic
            } else if is_name_by_name(hole.expr) {
                regular(Severity::Medium, Confidence::Low)
            } else {
                regular(Severity::High, Confidence::Medium)
            }
        }
        (Slot::Quoted | Slot::Value, _) => {
            let known = is_identity(hole.expr)
                || is_name_by_name(hole.expr)
                || (slot == Slot::Value
                    && (hole.expr.is_call_expr() || is_number_by_name(hole.expr) || is_piece_by_name(hole.expr)));
            if known { pedantic } else { regular(Severity::Medium, Confidence::Low) }
        }
        (Slot::Order, Origin::Parameter) if is_sorting_by_name(hole.expr) => regular(Severity::Medium, Confidence::Low),
        (Slot::Fragment, Origin::Parameter) if !is_piece_by_name(hole.expr) && !is_name_by_name(hole.expr) => {
            regular(Severity::Medium, Confidence::Low)
        }
        _ => pedantic,
    };
    let (persona, severity, confidence) = weight?;
    Some(Verdict { persona, severity, confidence, slot, origin, values: vec![*hole] })
}

/// Names of functions and variables that quote or compile SQL.
fn is_quoting(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "quote",
        "escape",
        "ident",
        "sanitiz",
        "compile",
        "placeholder",
        "preparer",
        "literal_processor",
        "as_sql",
        "bindparam",
    ]
    .iter()
    .any(|part| lower.contains(part))
        || matches!(
            lower.as_str(),
            "qn" | "qn2"
                | "process_lhs"
                | "process_rhs"
                | "format_table"
                | "format_column"
                | "format_sequence"
                | "format_name"
                | "mogrify"
                | "literal"
                | "to_sql"
                | "adapt"
                | "get_compiler"
                | "get_limit_offset_sql"
                | "process"
                | "lhs_sql"
        )
}

/// Whether the statement ends a query or a connection, and the value says which: the server gave it its number.
fn ends_work(text: &str, expr: &Expr) -> bool {
    let lower = text.to_ascii_lowercase();
    let ends = ["kill", "cancel_query", "cancel_backend", "terminate_backend", "abort_query", "cancel query"];
    let name = match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let which = ["query", "process", "connection", "session", "backend", "thread", "statement", "transaction"];
    ends.iter().any(|word| lower.contains(word))
        && (last == "pid" || (last == "id" && words.iter().any(|word| which.contains(&word.as_str()))))
}

/// Whether it asks Windows about itself: WQL has no statement that changes anything.
fn only_reads_the_system(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [" from win32_", " from cim_", " from rsop_", " from msft_"].iter().any(|from| lower.contains(from))
}

/// Keys of rows that the program itself read: numbers nearly always.
fn is_identity(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(attribute) if {
        let name = attribute.attr.as_str();
        matches!(name, "id" | "pk" | "rowcount" | "size" | "count") || name.ends_with("_id")
    })
}

/// Whether a name, or the last component of an attribute, has one of these words.
fn has_word(expr: &Expr, words: &[&str]) -> bool {
    let name = match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Starred(starred) => return has_word(&starred.value, words),
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    lower.split('_').any(|word| words.iter().any(|known| word == *known || word.strip_suffix('s') == Some(known)))
}

/// Names that only numbers have.
fn is_number_by_name(expr: &Expr) -> bool {
    has_word(
        expr,
        &[
            "limit", "offset", "count", "size", "page", "num", "idx", "index", "day", "second", "batch", "total",
            "srid", "k",
        ],
    )
}

/// Names of what is SQL already.
fn is_piece_by_name(expr: &Expr) -> bool {
    has_word(
        expr,
        &[
            "sql",
            "expr",
            "expression",
            "clause",
            "query",
            "subquery",
            "statement",
            "stmt",
            "condition",
            "cond",
            "columns",
            "col",
            "fields",
            "value",
            "placeholder",
            "param",
            "where",
            "filter",
            "predicate",
            "select",
            "df",
            "cte",
            "join",
            "suffix",
            "prefix",
            "option",
            "criteria",
        ],
    )
}

/// Names of what is a name in the database, and of what makes one: `sequence`, `ops.get_sequence_name(...)`.
fn is_name_by_name(expr: &Expr) -> bool {
    let named = match expr {
        Expr::Call(call) => &call.func,
        other => other,
    };
    has_word(
        named,
        &[
            "table",
            "column",
            "field",
            "schema",
            "database",
            "collection",
            "dataset",
            "index",
            "view",
            "catalog",
            "graph",
            "keyspace",
            "db",
            "relation",
            "sequence",
            "constraint",
        ],
    )
}

/// Names of what a user picks to sort by.
fn is_sorting_by_name(expr: &Expr) -> bool {
    has_word(expr, &["sort", "order", "direction", "dir", "ordering", "orderby", "sortby", "by", "desc", "asc"])
}

/// A schema migration: what it runs was written for the one database it migrates.
fn is_migration(semantic: &Semantic<'_>) -> bool {
    semantic.context.path.contains("/migrations/")
        || semantic.context.path.contains("/alembic/")
        || semantic.imports_module("alembic")
}

/// `self.extra["tolerance"]`: what whoever wrote the query gave a Django expression by keyword.
pub(crate) fn is_keyword_of_expression<'a>(semantic: &Semantic<'a>, hole: &Hole<'a>) -> bool {
    fn is_extra(expr: &Expr) -> bool {
        match expr {
            Expr::Attribute(attribute) => {
                attribute.attr.as_str() == "extra" && matches!(&*attribute.value, Expr::Name(base) if base.id == "self")
            }
            Expr::Subscript(subscript) => is_extra(&subscript.value),
            Expr::Call(call) => matches!(&*call.func, Expr::Attribute(method) if is_extra(&method.value)),
            _ => false,
        }
    }
    match hole.expr {
        Expr::Name(name) => semantic
            .binding_in(hole.scope, &name.id, name.range.start())
            .and_then(|(binding, _)| crate::shared::template::assigned(binding))
            .is_some_and(is_extra),
        other => is_extra(other),
    }
}
