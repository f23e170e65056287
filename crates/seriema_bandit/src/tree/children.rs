//! The children of every node, in the order of CPython 3.13's fields.

use seriema_program::ast::{
    Alias, Comprehension, Decorator, ExceptHandler, Expr, Parameters, Pattern, Stmt, StmtIf, TypeParam, TypeParams,
};

use super::{Node, Piece, Pieces, fstring_pieces, spec_pieces, tstring_pieces};

/// Calls `f` for each child of `node` in the order of CPython's fields.
pub(crate) fn for_each_child<'a, F: FnMut(Node<'a>)>(node: Node<'a>, f: &mut F) {
    match node {
        Node::Module(body) => stmts(body, f),
        Node::Stmt(stmt) => stmt_children(stmt, f),
        Node::Elif(statement, clause) => if_children(statement, Some(clause), f),
        Node::Expr(expr) => expr_children(expr, f),
        Node::Text(_) | Node::Alias(_) => {}
        Node::Interpolation(field) => {
            f(Node::Expr(&field.expression));
            if let Some(spec) = &field.format_spec {
                f(Node::FormatSpec(spec));
            }
        }
        Node::FormatSpec(spec) => pieces(&spec_pieces(spec), f),
        Node::Arguments(parameters) => parameter_children(parameters, f),
        Node::Arg(parameter) => optional(parameter.annotation.as_deref(), f),
        Node::Keyword(keyword) => f(Node::Expr(&keyword.value)),
        Node::Comprehension(comprehension) => {
            f(Node::Expr(&comprehension.target));
            f(Node::Expr(&comprehension.iter));
            exprs(&comprehension.ifs, f);
        }
        Node::Handler(handler) => {
            optional(handler.type_.as_deref(), f);
            stmts(&handler.body, f);
        }
        Node::WithItem(item) => {
            f(Node::Expr(&item.context_expr));
            optional(item.optional_vars.as_deref(), f);
        }
        Node::MatchCase(case) => {
            f(Node::Pattern(&case.pattern));
            optional(case.guard.as_deref(), f);
            stmts(&case.body, f);
        }
        Node::Pattern(pattern) => pattern_children(pattern, f),
        Node::TypeParam(param) => match param {
            TypeParam::TypeVar(param) => {
                optional(param.bound.as_deref(), f);
                optional(param.default.as_deref(), f);
            }
            TypeParam::TypeVarTuple(param) => optional(param.default.as_deref(), f),
            TypeParam::ParamSpec(param) => optional(param.default.as_deref(), f),
        },
    }
}

fn stmts<'a, F: FnMut(Node<'a>)>(body: &'a [Stmt], f: &mut F) {
    for stmt in body {
        f(Node::Stmt(stmt));
    }
}

fn exprs<'a, F: FnMut(Node<'a>)>(list: &'a [Expr], f: &mut F) {
    for expr in list {
        f(Node::Expr(expr));
    }
}

fn optional<'a, F: FnMut(Node<'a>)>(expr: Option<&'a Expr>, f: &mut F) {
    if let Some(expr) = expr {
        f(Node::Expr(expr));
    }
}

fn pieces<'a, F: FnMut(Node<'a>)>(pieces: &Pieces<'a>, f: &mut F) {
    for piece in pieces {
        match piece {
            Piece::Text(_, range) => f(Node::Text(*range)),
            Piece::Field(field) => f(Node::Interpolation(field)),
        }
    }
}

fn stmt_children<'a, F: FnMut(Node<'a>)>(stmt: &'a Stmt, f: &mut F) {
    match stmt {
        Stmt::FunctionDef(function) => {
            f(Node::Arguments(&function.parameters));
            stmts(&function.body, f);
            decorators(&function.decorator_list, f);
            optional(function.returns.as_deref(), f);
            type_params(function.type_params.as_deref(), f);
        }
        Stmt::ClassDef(class) => {
            exprs(class.bases(), f);
            for keyword in class.keywords() {
                f(Node::Keyword(keyword));
            }
            stmts(&class.body, f);
            decorators(&class.decorator_list, f);
            type_params(class.type_params.as_deref(), f);
        }
        Stmt::Return(statement) => optional(statement.value.as_deref(), f),
        Stmt::Delete(statement) => exprs(&statement.targets, f),
        Stmt::TypeAlias(statement) => {
            f(Node::Expr(&statement.name));
            type_params(statement.type_params.as_deref(), f);
            f(Node::Expr(&statement.value));
        }
        Stmt::Assign(statement) => {
            exprs(&statement.targets, f);
            f(Node::Expr(&statement.value));
        }
        Stmt::AugAssign(statement) => {
            f(Node::Expr(&statement.target));
            f(Node::Expr(&statement.value));
        }
        Stmt::AnnAssign(statement) => {
            f(Node::Expr(&statement.target));
            f(Node::Expr(&statement.annotation));
            optional(statement.value.as_deref(), f);
        }
        Stmt::For(statement) => {
            f(Node::Expr(&statement.target));
            f(Node::Expr(&statement.iter));
            stmts(&statement.body, f);
            stmts(&statement.orelse, f);
        }
        Stmt::While(statement) => {
            f(Node::Expr(&statement.test));
            stmts(&statement.body, f);
            stmts(&statement.orelse, f);
        }
        Stmt::If(statement) => if_children(statement, None, f),
        Stmt::With(statement) => {
            for item in &statement.items {
                f(Node::WithItem(item));
            }
            stmts(&statement.body, f);
        }
        Stmt::Match(statement) => {
            f(Node::Expr(&statement.subject));
            for case in &statement.cases {
                f(Node::MatchCase(case));
            }
        }
        Stmt::Raise(statement) => {
            optional(statement.exc.as_deref(), f);
            optional(statement.cause.as_deref(), f);
        }
        Stmt::Try(statement) => {
            stmts(&statement.body, f);
            for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                f(Node::Handler(handler));
            }
            stmts(&statement.orelse, f);
            stmts(&statement.finalbody, f);
        }
        Stmt::Assert(statement) => {
            f(Node::Expr(&statement.test));
            optional(statement.msg.as_deref(), f);
        }
        Stmt::Import(statement) => aliases(&statement.names, f),
        Stmt::ImportFrom(statement) => aliases(&statement.names, f),
        Stmt::Expr(statement) => f(Node::Expr(&statement.value)),
        Stmt::Global(_)
        | Stmt::Nonlocal(_)
        | Stmt::Pass(_)
        | Stmt::Break(_)
        | Stmt::Continue(_)
        | Stmt::IpyEscapeCommand(_) => {}
    }
}

/// The children of an `if` (`clause` is none) or of the `If` nested for its `elif` number `clause`.
fn if_children<'a, F: FnMut(Node<'a>)>(statement: &'a StmtIf, clause: Option<usize>, f: &mut F) {
    let next = match clause {
        None => {
            f(Node::Expr(&statement.test));
            stmts(&statement.body, f);
            0
        }
        Some(index) => {
            if let Some(own) = statement.elif_else_clauses.get(index) {
                optional(own.test.as_ref(), f);
                stmts(&own.body, f);
            }
            index + 1
        }
    };
    match statement.elif_else_clauses.get(next) {
        Some(clause) if clause.test.is_some() => f(Node::Elif(statement, next)),
        Some(clause) => stmts(&clause.body, f),
        None => {}
    }
}

fn aliases<'a, F: FnMut(Node<'a>)>(names: &'a [Alias], f: &mut F) {
    for alias in names {
        f(Node::Alias(alias));
    }
}

fn decorators<'a, F: FnMut(Node<'a>)>(list: &'a [Decorator], f: &mut F) {
    for decorator in list {
        f(Node::Expr(&decorator.expression));
    }
}

fn type_params<'a, F: FnMut(Node<'a>)>(params: Option<&'a TypeParams>, f: &mut F) {
    for param in params.iter().flat_map(|params| params.iter()) {
        f(Node::TypeParam(param));
    }
}

fn parameter_children<'a, F: FnMut(Node<'a>)>(parameters: &'a Parameters, f: &mut F) {
    for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
        f(Node::Arg(&parameter.parameter));
    }
    if let Some(parameter) = &parameters.vararg {
        f(Node::Arg(parameter));
    }
    for parameter in &parameters.kwonlyargs {
        f(Node::Arg(&parameter.parameter));
    }
    for parameter in &parameters.kwonlyargs {
        optional(parameter.default.as_deref(), f);
    }
    if let Some(parameter) = &parameters.kwarg {
        f(Node::Arg(parameter));
    }
    for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
        optional(parameter.default.as_deref(), f);
    }
}

fn expr_children<'a, F: FnMut(Node<'a>)>(expr: &'a Expr, f: &mut F) {
    match expr {
        Expr::BoolOp(node) => exprs(&node.values, f),
        Expr::Named(node) => {
            f(Node::Expr(&node.target));
            f(Node::Expr(&node.value));
        }
        Expr::BinOp(node) => {
            f(Node::Expr(&node.left));
            f(Node::Expr(&node.right));
        }
        Expr::UnaryOp(node) => f(Node::Expr(&node.operand)),
        Expr::Lambda(node) => {
            if let Some(parameters) = &node.parameters {
                f(Node::Arguments(parameters));
            }
            f(Node::Expr(&node.body));
        }
        Expr::If(node) => {
            f(Node::Expr(&node.test));
            f(Node::Expr(&node.body));
            f(Node::Expr(&node.orelse));
        }
        Expr::Dict(node) => {
            for item in &node.items {
                optional(item.key.as_ref(), f);
            }
            for item in &node.items {
                f(Node::Expr(&item.value));
            }
        }
        Expr::Set(node) => exprs(&node.elts, f),
        Expr::ListComp(node) => {
            f(Node::Expr(&node.elt));
            comprehensions(&node.generators, f);
        }
        Expr::SetComp(node) => {
            f(Node::Expr(&node.elt));
            comprehensions(&node.generators, f);
        }
        Expr::DictComp(node) => {
            optional(node.key.as_deref(), f);
            f(Node::Expr(&node.value));
            comprehensions(&node.generators, f);
        }
        Expr::Generator(node) => {
            f(Node::Expr(&node.elt));
            comprehensions(&node.generators, f);
        }
        Expr::Await(node) => f(Node::Expr(&node.value)),
        Expr::Yield(node) => optional(node.value.as_deref(), f),
        Expr::YieldFrom(node) => f(Node::Expr(&node.value)),
        Expr::Compare(node) => {
            f(Node::Expr(&node.left));
            exprs(&node.comparators, f);
        }
        Expr::Call(node) => {
            f(Node::Expr(&node.func));
            exprs(&node.arguments.args, f);
            for keyword in &node.arguments.keywords {
                f(Node::Keyword(keyword));
            }
        }
        Expr::FString(node) => pieces(&fstring_pieces(node), f),
        Expr::TString(node) => pieces(&tstring_pieces(node), f),
        Expr::Attribute(node) => f(Node::Expr(&node.value)),
        Expr::Subscript(node) => {
            f(Node::Expr(&node.value));
            f(Node::Expr(&node.slice));
        }
        Expr::Starred(node) => f(Node::Expr(&node.value)),
        Expr::List(node) => exprs(&node.elts, f),
        Expr::Tuple(node) => exprs(&node.elts, f),
        Expr::Slice(node) => {
            optional(node.lower.as_deref(), f);
            optional(node.upper.as_deref(), f);
            optional(node.step.as_deref(), f);
        }
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_)
        | Expr::Name(_)
        | Expr::IpyEscapeCommand(_) => {}
    }
}

fn comprehensions<'a, F: FnMut(Node<'a>)>(generators: &'a [Comprehension], f: &mut F) {
    for generator in generators {
        f(Node::Comprehension(generator));
    }
}

fn pattern_children<'a, F: FnMut(Node<'a>)>(pattern: &'a Pattern, f: &mut F) {
    match pattern {
        Pattern::MatchValue(node) => f(Node::Expr(&node.value)),
        Pattern::MatchSingleton(_) | Pattern::MatchStar(_) => {}
        Pattern::MatchSequence(node) => {
            for pattern in &node.patterns {
                f(Node::Pattern(pattern));
            }
        }
        Pattern::MatchMapping(node) => {
            exprs(&node.keys, f);
            for pattern in &node.patterns {
                f(Node::Pattern(pattern));
            }
        }
        Pattern::MatchClass(node) => {
            f(Node::Expr(&node.cls));
            for pattern in &node.arguments.patterns {
                f(Node::Pattern(pattern));
            }
            for keyword in &node.arguments.keywords {
                f(Node::Pattern(&keyword.pattern));
            }
        }
        Pattern::MatchAs(node) => {
            if let Some(pattern) = &node.pattern {
                f(Node::Pattern(pattern));
            }
        }
        Pattern::MatchOr(node) => {
            for pattern in &node.patterns {
                f(Node::Pattern(pattern));
            }
        }
    }
}
