//! Where a built string goes, and how dangerous it is as SQL.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Node, Origin, ScopeKind, Semantic};

use crate::shared::sql::{self, Likeness, Slot};
use crate::shared::template::{HOLE, Hole, Part, Template};
use crate::shared::value::{origin_of, went_through};

/// Functions and methods whose string argument is run as SQL, by name.
pub(crate) const EXECUTORS: &[&str] = &[
    "execute",
    "executemany",
    "executescript",
    "exec_driver_sql",
    "execute_sql",
    "execute_query",
    "execute_async",
    "execute_many",
    "execute_script",
    "execute_fetchall",
    "execute_insert",
    "read_sql",
    "read_sql_query",
    "raw",
    "mogrify",
    "run_query",
    "run_sql",
    "exec_sql",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetch_all",
    "fetch_one",
    "fetch_val",
    "query",
    "sql",
    "prepare",
    "from_statement",
    "RawSQL",
    "execute_values",
    "execute_batch",
    "copy_expert",
    "get_records",
    "get_first",
    "get_df",
    "get_pandas_df",
    "executequery",
    "executeQuery",
    "db_query",
    "query_db",
    "doQuery",
    "select_all",
    "select_one",
    "do_query",
    "query_and_wait",
    "runQuery",
];

/// Those of [`EXECUTORS`], and the functions of SQLAlchemy, that take nothing but SQL.
const CERTAIN_EXECUTORS: &[&str] = &[
    "executemany",
    "executescript",
    "exec_driver_sql",
    "execute_sql",
    "read_sql",
    "read_sql_query",
    "mogrify",
    "from_statement",
    "RawSQL",
    "execute_values",
    "execute_batch",
    "text",
    "literal_column",
    "fetchrow",
    "fetchval",
    "execute_fetchall",
];

/// Where a string goes from the place it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Into this function, which runs SQL.
    Executed(String),
    /// Onwards, but not where this function shows.
    Elsewhere,
    /// Into a message.
    Shown,
}

impl Reach {
    pub(crate) fn executor(&self) -> Option<&str> {
        if let Self::Executed(name) = self { Some(name) } else { None }
    }
}

/// The last component of a callee.
pub(crate) fn callee_name(call: &ast::ExprCall) -> &str {
    match &*call.func {
        Expr::Name(name) => &name.id,
        Expr::Attribute(attribute) => &attribute.attr,
        _ => "",
    }
}

/// Whether a call runs its string argument as SQL, as far as its name tells.
pub(crate) fn is_executor(semantic: &Semantic<'_>, call: &ast::ExprCall) -> bool {
    let name = callee_name(call);
    EXECUTORS.contains(&name) || is_sqlalchemy_text(semantic, call)
}

/// Whether a call takes nothing but SQL, by its name.
pub(crate) fn runs_nothing_else(call: &ast::ExprCall) -> bool {
    CERTAIN_EXECUTORS.contains(&callee_name(call))
}

/// Whether a call runs a whole statement that it is given as one value, by its name and what it is called on.
pub(crate) fn runs_statements(call: &ast::ExprCall) -> bool {
    let Expr::Attribute(method) = &*call.func else { return runs_nothing_else(call) };
    let receiver = match &*method.value {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Call(inner) => callee_name(inner),
        _ => return false,
    };
    let receiver = receiver.to_ascii_lowercase();
    let database = ["cur", "conn", "db", "session", "engine", "database", "sql", "pool", "objects", "crsr"];
    CERTAIN_EXECUTORS.contains(&method.attr.as_str())
        || (matches!(method.attr.as_str(), "execute" | "raw") && database.iter().any(|part| receiver.contains(part)))
}

/// `sqlalchemy.text`, which takes a piece of SQL.
pub(crate) fn is_sqlalchemy_text(semantic: &Semantic<'_>, call: &ast::ExprCall) -> bool {
    matches!(callee_name(call), "text" | "literal_column" | "TextClause")
        && semantic
            .qualified(&call.func)
            .is_some_and(|path| path.starts_with("sqlalchemy.") || path.ends_with(".db.text"))
}

/// Whether a call shows its arguments to a person.
fn is_message(call: &ast::ExprCall) -> bool {
    let name = callee_name(call);
    let receiver = match &*call.func {
        Expr::Attribute(method) => match &*method.value {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(inner) => inner.attr.as_str(),
            Expr::Call(inner) => callee_name(inner),
            _ => "",
        },
        _ => "",
    };
    let lower = receiver.to_ascii_lowercase();
    matches!(
        name,
        "print"
            | "_"
            | "gettext"
            | "gettext_lazy"
            | "ngettext"
            | "echo"
            | "secho"
            | "debug"
            | "info"
            | "warning"
            | "warn"
            | "error"
            | "exception"
            | "critical"
            | "fail"
            | "skip"
            | "log"
            | "pprint"
            | "Panel"
            | "fatal"
            | "skipTest"
            | "trace"
    ) || name.ends_with("Error")
        || name.ends_with("Exception")
        || name.ends_with("Warning")
        || lower.ends_with("logger")
        || matches!(
            lower.as_str(),
            "log" | "logging" | "_log" | "console" | "messages" | "warnings" | "stdout" | "stderr" | "logs"
        )
}

/// Follows the current node, a string that is built, outwards to the call that takes it, and through a name of the
/// function to where that is used.
pub(crate) fn reach(semantic: &Semantic<'_>, built: TextRange) -> Reach {
    for node in semantic.ancestors() {
        match node {
            Node::Keyword(_) => {}
            Node::Expr(expr) => match expr {
                Expr::Call(call) => {
                    let is_argument = call.arguments.range().contains_range(built);
                    if !is_argument {
                        continue;
                    }
                    if is_executor(semantic, call) {
                        return Reach::Executed(function_text(semantic, call));
                    }
                    if is_message(call) {
                        return Reach::Shown;
                    }
                    if !matches!(
                        callee_name(call),
                        "dedent" | "cleandoc" | "str" | "format" | "join" | "replace" | "append" | "text" | "SQL"
                    ) {
                        return Reach::Elsewhere;
                    }
                }
                Expr::Attribute(_)
                | Expr::BinOp(_)
                | Expr::BoolOp(_)
                | Expr::If(_)
                | Expr::Await(_)
                | Expr::Starred(_)
                | Expr::Named(_)
                | Expr::Tuple(_)
                | Expr::List(_)
                | Expr::FString(_) => {}
                _ => return Reach::Elsewhere,
            },
            Node::Stmt(stmt) => {
                return match stmt {
                    Stmt::Raise(_) | Stmt::Assert(_) => Reach::Shown,
                    Stmt::Assign(assign) => match assign.targets.as_slice() {
                        [Expr::Name(name)] => reach_of_name(semantic, &name.id),
                        _ => Reach::Elsewhere,
                    },
                    Stmt::AnnAssign(assign) => match &*assign.target {
                        Expr::Name(name) => reach_of_name(semantic, &name.id),
                        _ => Reach::Elsewhere,
                    },
                    Stmt::AugAssign(assign) => match &*assign.target {
                        Expr::Name(name) => reach_of_name(semantic, &name.id),
                        _ => Reach::Elsewhere,
                    },
                    _ => Reach::Elsewhere,
                };
            }
            Node::Handler(_) => return Reach::Elsewhere,
        }
    }
    Reach::Elsewhere
}

/// Where the code of the current scope uses a name that holds a string: run, shown only, or neither.
pub(crate) fn reach_of_name(semantic: &Semantic<'_>, name: &str) -> Reach {
    let mut uses = Uses { semantic, name, executed: None, shown: false, other: false, calls: Vec::new(), depth: 0 };
    match semantic.scopes.scope(semantic.current_scope()).kind {
        ScopeKind::Module => uses.visit_body(semantic.file.suite()),
        ScopeKind::Function(function) => uses.visit_body(&function.body),
        ScopeKind::Class(class) => uses.visit_body(&class.body),
    }
    match uses.executed {
        Some(executor) => Reach::Executed(executor),
        None if uses.shown && !uses.other => Reach::Shown,
        None => Reach::Elsewhere,
    }
}

struct Uses<'s, 'a> {
    semantic: &'s Semantic<'a>,
    name: &'s str,
    executed: Option<String>,
    shown: bool,
    other: bool,
    /// Calls around the current expression, as argument.
    calls: Vec<&'a ast::ExprCall>,
    depth: u32,
}

impl<'a> Visitor<'a> for Uses<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        // What inner functions and classes bind is theirs.
        if self.depth > 200 || self.executed.is_some() || matches!(stmt, Stmt::ClassDef(_)) {
            return;
        }
        if let Stmt::FunctionDef(function) = stmt
            && matches!(self.semantic.scopes.scope(self.semantic.current_scope()).kind, ScopeKind::Module)
            && function.parameters.iter().any(|parameter| parameter.name() == self.name)
        {
            return;
        }
        self.depth += 1;
        visitor::walk_stmt(self, stmt);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth > 200 {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Name(name) if name.id == self.name && name.ctx.is_load() => {
                let executor = self.calls.iter().rev().take(4).find(|call| is_executor(self.semantic, call));
                if let Some(call) = executor {
                    self.executed.get_or_insert_with(|| function_text(self.semantic, call));
                } else if self.calls.iter().rev().take(2).any(|call| is_message(call)) {
                    self.shown = true;
                } else {
                    self.other = true;
                }
            }
            Expr::Call(call) => {
                self.visit_expr(&call.func);
                self.calls.push(call);
                self.visit_arguments(&call.arguments);
                self.calls.pop();
            }
            _ => visitor::walk_expr(self, expr),
        }
        self.depth -= 1;
    }
}

/// A callee as messages name it: its last two components.
pub(crate) fn function_text(semantic: &Semantic<'_>, call: &ast::ExprCall) -> String {
    match &*call.func {
        Expr::Attribute(method) => match &*method.value {
            Expr::Name(name) => format!("{}.{}", name.id, method.attr),
            Expr::Attribute(inner) => format!("{}.{}", inner.attr, method.attr),
            _ => method.attr.to_string(),
        },
        other => semantic.text(other).to_owned(),
    }
}

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
        let Some(verdict) = weigh(semantic, hole, slot, likeness) else { continue };
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

/// Names of what is a name in the database.
fn is_name_by_name(expr: &Expr) -> bool {
    has_word(
        expr,
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
