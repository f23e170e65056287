//! Whether what is marked safe was assigned from strings alone: Bandit's look back through the function.

use seriema_program::ast::{Expr, ExprCall, Operator, Parameters, Stmt};
use seriema_program::text_size::Ranged;

use super::is_string;
use crate::literal::{Raised, is_constant};
use crate::plugins::Call;
use crate::source::Source;
use crate::tree::Node;

/// Bandit recurses until Python stops it; here that happens after this many nested questions.
const MAX_DEPTH: usize = 200;

/// Bandit's search is exponential in the number of assignments of names to names; here it ends after this many steps.
const MAX_STEPS: usize = 200_000;

/// Whether the value given to `mark_safe` is made of strings alone.
pub(super) fn is_secure(call: &Call<'_, '_>, value: &Expr) -> Result<bool, Raised> {
    let (body, parameters) = enclosing(call.context.parents);
    let mut search = Search { source: call.context.source, body, parameters, steps: 0 };
    match value {
        Expr::Name(name) => {
            if search.is_parameter(name.id.as_str()) {
                return Ok(false);
            }
            search.variable(name.id.as_str(), call.line(), 0)
        }
        Expr::Call(inner) => search.call(inner, 0),
        Expr::BinOp(operation) if operation.op == Operator::Mod && is_string(&operation.left) => {
            let args: Vec<&Expr> = match &*operation.right {
                Expr::Tuple(tuple) => tuple.elts.iter().collect(),
                right => vec![right],
            };
            search.arguments(args, search.line(value), 0)
        }
        _ => Ok(false),
    }
}

/// The body and parameters of the function around, or the module's body. `async` functions do not count.
fn enclosing<'a>(parents: &[Node<'a>]) -> (&'a [Stmt], Option<&'a Parameters>) {
    for parent in parents.iter().rev() {
        match parent {
            Node::Module(body) => return (body, None),
            Node::Stmt(Stmt::FunctionDef(function)) if !function.is_async => {
                return (&function.body, Some(&function.parameters));
            }
            _ => {}
        }
    }
    (&[], None)
}

/// What a statement assigns to the name looked for.
enum Assigned<'a> {
    Value(&'a Expr),
    /// A `with` statement that binds the name.
    With,
    /// Whatever the statements inside assign.
    Several(Vec<Assigned<'a>>),
}

struct Search<'a, 'v> {
    source: &'v Source<'a>,
    body: &'a [Stmt],
    parameters: Option<&'a Parameters>,
    steps: usize,
}

impl<'a> Search<'a, '_> {
    fn step(&mut self, depth: usize) -> Result<(), Raised> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS { Err(Raised::recursion()) } else { Ok(()) }
    }

    fn line(&self, expr: &Expr) -> u32 {
        self.source.line(self.source.range(Node::Expr(expr)).unwrap_or(expr.range()).start())
    }

    fn is_parameter(&self, name: &str) -> bool {
        self.parameters
            .is_some_and(|parameters| parameters.args.iter().any(|parameter| parameter.name().as_str() == name))
    }

    /// Whether everything assigned to `name` before line `until` is made of strings alone.
    fn variable(&mut self, name: &str, until: u32, depth: usize) -> Result<bool, Raised> {
        self.step(depth)?;
        if self.is_parameter(name) {
            return Ok(false);
        }
        let mut secure = false;
        for stmt in self.body {
            let line = self.source.range(Node::Stmt(stmt)).map_or(0, |range| self.source.line(range.start()));
            if line >= until {
                break;
            }
            match self.assigned(stmt, name, depth)? {
                None => {}
                Some(Assigned::Value(value)) => match value {
                    value if is_string(value) => secure = true,
                    Expr::Name(other) => secure = self.variable(other.id.as_str(), self.line(value), depth + 1)?,
                    Expr::Call(call) => secure = self.call(call, depth + 1)?,
                    _ => return Ok(false),
                },
                Some(Assigned::With) => return Ok(false),
                Some(Assigned::Several(several)) => {
                    if !self.all_secure(&several, line, depth)? {
                        return Ok(false);
                    }
                    secure = true;
                }
            }
        }
        Ok(secure)
    }

    fn all_secure(&mut self, several: &[Assigned<'a>], until: u32, depth: usize) -> Result<bool, Raised> {
        for assigned in several {
            let secure = match assigned {
                Assigned::Value(value) if is_string(value) => true,
                Assigned::Value(Expr::Name(name)) => self.variable(name.id.as_str(), until, depth + 1)?,
                _ => false,
            };
            if !secure {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the call formats a constant with arguments made of strings alone.
    fn call(&mut self, call: &'a ExprCall, depth: usize) -> Result<bool, Raised> {
        match &*call.func {
            Expr::Attribute(attribute) if is_constant(&attribute.value) && attribute.attr.as_str() == "format" => {
                if !call.arguments.keywords.is_empty() {
                    return Ok(false);
                }
                self.arguments(call.arguments.args.iter().collect(), self.source.line(call.start()), depth)
            }
            _ => Ok(false),
        }
    }

    fn arguments(&mut self, mut args: Vec<&'a Expr>, line: u32, depth: usize) -> Result<bool, Raised> {
        self.step(depth)?;
        let mut next = 0;
        while let Some(&arg) = args.get(next) {
            next += 1;
            let secure = match arg {
                arg if is_string(arg) => true,
                Expr::Name(name) => self.variable(name.id.as_str(), line, depth + 1)?,
                Expr::Call(call) => self.call(call, depth + 1)?,
                Expr::Starred(starred) => match &*starred.value {
                    Expr::List(list) => {
                        args.extend(&list.elts);
                        true
                    }
                    Expr::Tuple(tuple) => {
                        args.extend(&tuple.elts);
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
            if !secure {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the statement assigns to `name`.
    fn assigned(&mut self, stmt: &'a Stmt, name: &str, depth: usize) -> Result<Option<Assigned<'a>>, Raised> {
        self.step(depth)?;
        match stmt {
            Stmt::FunctionDef(function) if !function.is_async => self.inside(&[&function.body], name, depth),
            Stmt::With(with) if !with.is_async => {
                let mut assigned = None;
                // The last item decides.
                for item in &with.items {
                    assigned = match item.optional_vars.as_deref() {
                        Some(Expr::Name(own)) if own.id.as_str() == name => Some(Assigned::With),
                        _ => self.inside(&[&with.body], name, depth)?,
                    };
                }
                Ok(assigned)
            }
            Stmt::Try(statement) if !statement.is_star => {
                let mut bodies: Vec<&'a [Stmt]> = vec![&statement.body];
                bodies.extend(
                    statement
                        .handlers
                        .iter()
                        .filter_map(|handler| handler.as_except_handler())
                        .map(|handler| &*handler.body),
                );
                bodies.push(&statement.orelse);
                bodies.push(&statement.finalbody);
                self.inside(&bodies, name, depth)
            }
            Stmt::If(statement) => {
                let mut bodies: Vec<&'a [Stmt]> = vec![&statement.body];
                bodies.extend(statement.elif_else_clauses.iter().map(|clause| &*clause.body));
                self.inside(&bodies, name, depth)
            }
            Stmt::For(statement) if !statement.is_async => {
                self.inside(&[&statement.body, &statement.orelse], name, depth)
            }
            Stmt::While(statement) => self.inside(&[&statement.body, &statement.orelse], name, depth),
            Stmt::AugAssign(statement) => Ok(match &*statement.target {
                Expr::Name(own) if own.id.as_str() == name => Some(Assigned::Value(&statement.value)),
                _ => None,
            }),
            Stmt::Assign(statement) => match statement.targets.first() {
                Some(Expr::Name(own)) if own.id.as_str() == name => Ok(Some(Assigned::Value(&statement.value))),
                Some(Expr::Tuple(targets)) => match &*statement.value {
                    Expr::Tuple(values) => unpacked(&targets.elts, &values.elts, name),
                    _ => Ok(None),
                },
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn inside(&mut self, bodies: &[&'a [Stmt]], name: &str, depth: usize) -> Result<Option<Assigned<'a>>, Raised> {
        let mut all = Vec::new();
        for stmt in bodies.iter().copied().flatten() {
            match self.assigned(stmt, name, depth + 1)? {
                None => {}
                Some(Assigned::Several(several)) => all.extend(several),
                Some(one) => all.push(one),
            }
        }
        Ok(Some(Assigned::Several(all))
            .filter(|assigned| !matches!(assigned, Assigned::Several(all) if all.is_empty())))
    }
}

/// The value at the place of `name` in `targets`. Raises at the first target that is not a plain name.
fn unpacked<'a>(targets: &'a [Expr], values: &'a [Expr], name: &str) -> Result<Option<Assigned<'a>>, Raised> {
    for (position, target) in targets.iter().enumerate() {
        let Expr::Name(own) = target else { return Err(Raised::attribute(target, "id")) };
        if own.id.as_str() == name {
            return values.get(position).map(|value| Some(Assigned::Value(value))).ok_or_else(Raised::index);
        }
    }
    Ok(None)
}
