//! What an expression is made of.

use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, Expr, Operator, Stmt};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use seriema_program::{BindingKind, Const, Node, Semantic};

/// Levels of an expression that are looked into.
const MAX_DEPTH: u32 = 64;

/// Bytes of code beyond which the surroundings of a place are not searched: every finding searches them anew.
const MAX_SURROUNDINGS: usize = 128 * 1024;

/// Clauses of one `if` that are looked at.
const MAX_CLAUSES: usize = 32;

/// Whether code is short enough to be searched for each finding in it.
pub(crate) fn is_searchable(range: TextRange) -> bool {
    range.len().to_usize() <= MAX_SURROUNDINGS
}

/// Names that an expression mentions: variables, attributes, and the strings it looks up (`form["password"]`,
/// `data.get("password")`).
pub(crate) fn mentioned(expr: &Expr) -> Vec<&str> {
    let mut mentions = Mentions { names: Vec::new(), depth: 0 };
    mentions.visit_expr(expr);
    mentions.names
}

struct Mentions<'a> {
    names: Vec<&'a str>,
    depth: u32,
}

impl<'a> Visitor<'a> for Mentions<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Name(name) => self.names.push(&name.id),
            Expr::Attribute(attribute) => {
                self.names.push(&attribute.attr);
                self.visit_expr(&attribute.value);
            }
            Expr::Subscript(subscript) => {
                if let Expr::StringLiteral(key) = &*subscript.slice {
                    self.names.push(key.value.to_str());
                }
                visitor::walk_expr(self, expr);
            }
            Expr::Call(call) => {
                if let (Expr::Attribute(method), Some(Expr::StringLiteral(key))) =
                    (&*call.func, call.arguments.args.first())
                    && matches!(
                        method.attr.as_str(),
                        "get" | "pop" | "getlist" | "getvalue" | "get_argument" | "getenv"
                    )
                {
                    self.names.push(key.value.to_str());
                }
                // `getattr(options, "verify")`
                if let (Expr::Name(function), Some(Expr::StringLiteral(attribute))) =
                    (&*call.func, call.arguments.args.get(1))
                    && matches!(function.id.as_str(), "getattr" | "hasattr")
                {
                    self.names.push(attribute.value.to_str());
                }
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
        self.depth -= 1;
    }
}

/// [`mentioned`], and what the local variables among them are made of. Not what digests are made of: a digest of a
/// secret is no longer the secret.
pub(crate) fn mentioned_through_locals<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Vec<&'a str> {
    let mut names = mentioned(expr);
    names.retain(|name| {
        let binding = semantic.binding(name, expr.range().start());
        !binding.is_some_and(|binding| match binding.kind {
            BindingKind::Assign(value) => is_digest(&mentioned(value)),
            _ => false,
        })
    });
    let mut hop = names.clone();
    for _ in 0..2 {
        let mut next = Vec::new();
        for name in hop {
            let Some(binding) = semantic.binding(name, expr.range().start()) else { continue };
            if binding.scope != semantic.current_scope() {
                continue;
            }
            if let BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) = binding.kind {
                let made_of = mentioned(value);
                if !is_digest(&made_of) {
                    next.extend(made_of);
                }
            }
        }
        next.retain(|name| !names.contains(name));
        names.extend(&next);
        hop = next;
    }
    names
}

fn is_digest(parts: &[&str]) -> bool {
    parts.iter().any(|part| matches!(*part, "digest" | "hexdigest"))
}

/// The text that an expression is known to begin with, through a name that is bound once.
pub(crate) fn leading_text<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Option<&'a str> {
    let expr = match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start())?.kind {
            BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => value,
            _ => return None,
        },
        other => other,
    };
    literal_start(expr, 0)
}

fn literal_start(expr: &Expr, depth: u32) -> Option<&str> {
    if depth > MAX_DEPTH {
        return None;
    }
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str()),
        Expr::FString(f) => f.value.elements().next()?.as_literal().map(|literal| &*literal.value),
        Expr::BinOp(op) if matches!(op.op, Operator::Add | Operator::Mod) => literal_start(&op.left, depth + 1),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) if &method.attr == "format" => literal_start(&method.value, depth + 1),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression stands in an annotation, where nothing is run.
pub(crate) fn in_annotation(semantic: &Semantic<'_>, range: TextRange) -> bool {
    let within = |annotation: &Expr| annotation.range().contains_range(range);
    match semantic.statement() {
        Some(Stmt::AnnAssign(assign)) => within(&assign.annotation),
        Some(Stmt::FunctionDef(function)) => {
            function.returns.as_deref().is_some_and(within)
                || function.parameters.iter().filter_map(|parameter| parameter.annotation()).any(within)
        }
        Some(Stmt::TypeAlias(_)) => true,
        _ => false,
    }
}

/// Whether an expression is the literal `False`, or a name that stands for it.
pub(crate) fn is_false(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::BooleanLiteral(literal) => !literal.value,
        Expr::Name(_) => name_constant(semantic, expr) == Some(Const::Bool(false)),
        _ => false,
    }
}

/// Whether an expression is the literal `True`, or a name that stands for it.
pub(crate) fn is_true(semantic: &Semantic<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::Name(_) => name_constant(semantic, expr) == Some(Const::Bool(true)),
        _ => false,
    }
}

fn name_constant<'a>(semantic: &Semantic<'a>, expr: &Expr) -> Option<Const<'a>> {
    let name = expr.as_name_expr()?;
    let binding = semantic.binding(&name.id, name.range.start())?;
    // `constant` wants the tree's own lifetime, which the bound value has.
    match binding.kind {
        BindingKind::Assign(Expr::BooleanLiteral(literal))
        | BindingKind::Annotated(_, Some(Expr::BooleanLiteral(literal))) => Some(Const::Bool(literal.value)),
        _ => None,
    }
}

/// The default of the parameter that a name refers to.
pub(crate) fn parameter_default<'a>(semantic: &Semantic<'a>, expr: &Expr) -> Option<&'a Expr> {
    let name = expr.as_name_expr()?;
    let binding = semantic.binding(&name.id, name.range.start())?;
    let BindingKind::Parameter(parameter) = binding.kind else { return None };
    let function = semantic.enclosing_function()?;
    function
        .parameters
        .iter_non_variadic_params()
        .find(|candidate| candidate.parameter.range == parameter.range)
        .and_then(|candidate| candidate.default.as_deref())
}

/// The value that a local or module name was last given before `at`.
pub(crate) fn bound_value<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Option<&'a Expr> {
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start())?.kind {
            BindingKind::Assign(value) | BindingKind::Context(value) | BindingKind::Annotated(_, Some(value)) => {
                Some(value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Names that the conditions around the current node mention: what makes the code run.
pub(crate) fn conditions<'a>(semantic: &Semantic<'a>, at: TextSize) -> Vec<&'a str> {
    let mut names = Vec::new();
    for node in semantic.ancestors() {
        match node {
            Node::Stmt(Stmt::If(branch)) => {
                names.extend(mentioned(&branch.test));
                for clause in branch.elif_else_clauses.iter().take(MAX_CLAUSES) {
                    if let Some(test) = &clause.test
                        && clause.range.start() <= at
                    {
                        names.extend(mentioned(test));
                    }
                }
            }
            Node::Expr(Expr::If(choice)) if !choice.test.range().contains(at) => names.extend(mentioned(&choice.test)),
            Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => break,
            _ => {}
        }
    }
    names
}

/// The calls of a method on what `receiver` names (`self.ftp`, `server`), anywhere in some statements.
pub(crate) fn method_calls<'a>(
    semantic: &Semantic<'a>,
    body: &'a [Stmt],
    receiver: &str,
    method: &[&str],
) -> Vec<&'a ast::ExprCall> {
    let mut search = MethodCalls { semantic, receiver, method, found: Vec::new(), depth: 0 };
    search.visit_body(body);
    search.found
}

struct MethodCalls<'s, 'a> {
    semantic: &'s Semantic<'a>,
    receiver: &'s str,
    method: &'s [&'s str],
    found: Vec<&'a ast::ExprCall>,
    depth: u32,
}

impl<'a> Visitor<'a> for MethodCalls<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.depth < 2 * MAX_DEPTH {
            self.depth += 1;
            visitor::walk_stmt(self, stmt);
            self.depth -= 1;
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth >= 2 * MAX_DEPTH {
            return;
        }
        self.depth += 1;
        if let Expr::Call(call) = expr
            && let Expr::Attribute(function) = &*call.func
            && self.method.contains(&function.attr.as_str())
            && self.semantic.text(&*function.value) == self.receiver
        {
            self.found.push(call);
        }
        visitor::walk_expr(self, expr);
        self.depth -= 1;
    }

    fn visit_pattern(&mut self, _: &'a ast::Pattern) {}
}

/// The values that are assigned to an attribute of what `receiver` names, anywhere in some statements.
pub(crate) fn attribute_values<'a>(
    semantic: &Semantic<'a>,
    body: &'a [Stmt],
    receiver: &str,
    attribute: &str,
) -> Vec<&'a Expr> {
    let mut search = Assignments { semantic, receiver, attribute, found: Vec::new(), depth: 0 };
    search.visit_body(body);
    search.found
}

struct Assignments<'s, 'a> {
    semantic: &'s Semantic<'a>,
    receiver: &'s str,
    attribute: &'s str,
    found: Vec<&'a Expr>,
    depth: u32,
}

impl<'a> Visitor<'a> for Assignments<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        if let Stmt::Assign(assign) = stmt
            && assign.targets.iter().any(|target| {
                target.as_attribute_expr().is_some_and(|target| {
                    target.attr.as_str() == self.attribute && self.semantic.text(&*target.value) == self.receiver
                })
            })
        {
            self.found.push(&assign.value);
        }
        visitor::walk_stmt(self, stmt);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, _: &'a Expr) {}

    fn visit_pattern(&mut self, _: &'a ast::Pattern) {}
}

/// The statements in which what is bound at the current node is used: the function's, or for `self.x` the class's, or
/// the file's.
pub(crate) fn surrounding_body<'a>(semantic: &Semantic<'a>, of_class: bool) -> &'a [Stmt] {
    let mut body = None;
    for node in semantic.ancestors() {
        match node {
            Node::Stmt(Stmt::FunctionDef(function)) if !of_class => {
                body = Some(function.body.as_slice());
                break;
            }
            Node::Stmt(Stmt::ClassDef(class)) if of_class => {
                body = Some(class.body.as_slice());
                break;
            }
            _ => {}
        }
    }
    let body = body.unwrap_or_else(|| semantic.file.suite());
    match (body.first(), body.last()) {
        (Some(first), Some(last)) if is_searchable(TextRange::new(first.start(), last.end())) => body,
        _ => &[],
    }
}
