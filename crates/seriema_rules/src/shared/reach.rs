//! Where a built string goes: into a call that runs it as SQL, into a message, or onwards.

use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Node, ScopeKind, Semantic};

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
    let length = match semantic.scopes.scope(semantic.current_scope()).kind {
        ScopeKind::Module => semantic.file.text().len(),
        ScopeKind::Function(function) => function.range.len().to_usize(),
        ScopeKind::Class(class) => class.range.len().to_usize(),
    };
    if !semantic.affords_search(length) {
        return Reach::Elsewhere;
    }
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
