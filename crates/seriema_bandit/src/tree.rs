//! The tree as CPython's `ast` module shows it, seen through ruff's tree without building another one.
//!
//! Bandit's findings depend on the shape of CPython's tree: in which order children come, who is whose parent, where a
//! node starts. [`Node`] names every place where that shape differs from ruff's, and [`for_each_child`] holds CPython
//! 3.13's field order. Expression contexts and operators, which carry nothing Bandit looks at, are left out.

use std::borrow::Cow;

use seriema_program::ast::{
    Alias, Comprehension, Decorator, ExceptHandler, ExceptHandlerExceptHandler, Expr, ExprFString, ExprTString,
    FStringPart, InterpolatedElement, InterpolatedStringElement, InterpolatedStringElements,
    InterpolatedStringFormatSpec, Keyword, MatchCase, Parameter, Parameters, Pattern, Stmt, StmtIf, TypeParam,
    TypeParams, WithItem,
};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use smallvec::SmallVec;

/// One node of CPython's tree.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// `Module`
    Module(&'a [Stmt]),
    /// Any statement.
    Stmt(&'a Stmt),
    /// The `If` that stands alone in the `orelse` of the `If` before it: the statement and the number of its `elif`
    /// clause.
    Elif(&'a StmtIf, usize),
    /// Any expression but the ones below.
    Expr(&'a Expr),
    /// The `Constant` made of the literal text between two replacement fields of an f-string.
    Text(TextRange),
    /// `FormattedValue`
    Interpolation(&'a InterpolatedElement),
    /// The `JoinedStr` after a replacement field's colon.
    FormatSpec(&'a InterpolatedStringFormatSpec),
    /// `arguments`
    Arguments(&'a Parameters),
    /// `arg`
    Arg(&'a Parameter),
    /// `keyword`
    Keyword(&'a Keyword),
    /// `comprehension`
    Comprehension(&'a Comprehension),
    /// `ExceptHandler`
    Handler(&'a ExceptHandlerExceptHandler),
    /// `alias`
    Alias(&'a Alias),
    /// `withitem`
    WithItem(&'a WithItem),
    /// `match_case`
    MatchCase(&'a MatchCase),
    /// Any pattern.
    Pattern(&'a Pattern),
    /// `TypeVar`, `ParamSpec`, `TypeVarTuple`
    TypeParam(&'a TypeParam),
}

/// A child of an f-string.
#[derive(Clone, Debug)]
pub enum Piece<'a> {
    /// Literal text; what stands side by side is one constant, as CPython folds it.
    Text(Cow<'a, str>, TextRange),
    /// A replacement field.
    Field(&'a InterpolatedElement),
}

/// An f-string's children. Most have few.
pub type Pieces<'a> = SmallVec<[Piece<'a>; 4]>;

/// Collects pieces, folding neighbouring text.
#[derive(Default)]
struct Folder<'a> {
    pieces: Pieces<'a>,
    text: Option<(Cow<'a, str>, TextRange)>,
}

impl<'a> Folder<'a> {
    fn text(&mut self, text: &'a str, range: TextRange) {
        match &mut self.text {
            Some((before, place)) => {
                before.to_mut().push_str(text);
                *place = TextRange::new(place.start(), range.end());
            }
            None => self.text = Some((Cow::Borrowed(text), range)),
        }
    }

    fn elements(&mut self, elements: &'a InterpolatedStringElements) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => self.text(&literal.value, literal.range()),
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        let start = field.start() + TextSize::from(1);
                        let length = TextSize::of(debug.as_str());
                        self.text(debug.as_str(), TextRange::at(start, length));
                    }
                    self.flush();
                    self.pieces.push(Piece::Field(field));
                }
            }
        }
    }

    fn flush(&mut self) {
        if let Some((text, range)) = self.text.take()
            && !text.is_empty()
        {
            self.pieces.push(Piece::Text(text, range));
        }
    }

    fn finish(mut self) -> Pieces<'a> {
        self.flush();
        self.pieces
    }
}

/// The children of an f-string, however many literals it is written as.
#[must_use]
pub fn fstring_pieces(fstring: &ExprFString) -> Pieces<'_> {
    let mut folder = Folder::default();
    for part in &fstring.value {
        match part {
            FStringPart::Literal(literal) => folder.text(&literal.value, literal.range()),
            FStringPart::FString(fstring) => folder.elements(&fstring.elements),
        }
    }
    folder.finish()
}

/// The children of a template string.
#[must_use]
pub fn tstring_pieces(tstring: &ExprTString) -> Pieces<'_> {
    let mut folder = Folder::default();
    for part in &tstring.value {
        folder.elements(&part.elements);
    }
    folder.finish()
}

/// The children of a format specification.
#[must_use]
pub fn spec_pieces(spec: &InterpolatedStringFormatSpec) -> Pieces<'_> {
    let mut folder = Folder::default();
    folder.elements(&spec.elements);
    folder.finish()
}

/// The end of an `If` statement that starts with the clause numbered `clause`.
fn chain_end(statement: &StmtIf) -> TextSize {
    statement.end()
}

impl<'a> Node<'a> {
    /// CPython's name of the node's class.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Node::Module(_) => "Module",
            Node::Stmt(stmt) => stmt_class(stmt),
            Node::Elif(..) => "If",
            Node::Expr(expr) => expr_class(expr),
            Node::Text(_) => "Constant",
            Node::Interpolation(_) => "FormattedValue",
            Node::FormatSpec(_) => "JoinedStr",
            Node::Arguments(_) => "arguments",
            Node::Arg(_) => "arg",
            Node::Keyword(_) => "keyword",
            Node::Comprehension(_) => "comprehension",
            Node::Handler(_) => "ExceptHandler",
            Node::Alias(_) => "alias",
            Node::WithItem(_) => "withitem",
            Node::MatchCase(_) => "match_case",
            Node::Pattern(pattern) => match pattern {
                Pattern::MatchValue(_) => "MatchValue",
                Pattern::MatchSingleton(_) => "MatchSingleton",
                Pattern::MatchSequence(_) => "MatchSequence",
                Pattern::MatchMapping(_) => "MatchMapping",
                Pattern::MatchClass(_) => "MatchClass",
                Pattern::MatchStar(_) => "MatchStar",
                Pattern::MatchAs(_) => "MatchAs",
                Pattern::MatchOr(_) => "MatchOr",
            },
            Node::TypeParam(param) => match param {
                TypeParam::TypeVar(_) => "TypeVar",
                TypeParam::TypeVarTuple(_) => "TypeVarTuple",
                TypeParam::ParamSpec(_) => "ParamSpec",
            },
        }
    }

    /// Where the node stands, or none for the classes that have no `lineno`. A decorated definition starts at its
    /// decorators here: [`crate::source::Source::definition_start`] finds the keyword.
    #[must_use]
    pub fn range(self) -> Option<TextRange> {
        match self {
            Node::Module(_) | Node::Arguments(_) | Node::Comprehension(_) | Node::WithItem(_) | Node::MatchCase(_) => {
                None
            }
            Node::Stmt(stmt) => Some(stmt.range()),
            Node::Elif(statement, clause) => {
                let start = statement.elif_else_clauses.get(clause).map_or(statement.start(), Ranged::start);
                Some(TextRange::new(start, chain_end(statement)))
            }
            Node::Expr(expr) => Some(expr.range()),
            Node::Text(range) => Some(range),
            Node::Interpolation(field) => Some(field.range()),
            // With its colon.
            Node::FormatSpec(spec) => {
                let start = spec.start().checked_sub(TextSize::from(1)).unwrap_or_default();
                Some(TextRange::new(start, spec.end()))
            }
            // Without its stars.
            Node::Arg(parameter) => Some(TextRange::new(parameter.name.start(), parameter.end())),
            Node::Keyword(keyword) => Some(keyword.range()),
            Node::Handler(handler) => Some(handler.range()),
            Node::Alias(alias) => Some(alias.range()),
            Node::Pattern(pattern) => Some(pattern.range()),
            Node::TypeParam(param) => Some(param.range()),
        }
    }

    /// The decorators of a definition.
    #[must_use]
    pub fn decorators(self) -> &'a [Decorator] {
        match self {
            Node::Stmt(Stmt::FunctionDef(function)) => &function.decorator_list,
            Node::Stmt(Stmt::ClassDef(class)) => &class.decorator_list,
            _ => &[],
        }
    }
}

fn stmt_class(stmt: &Stmt) -> &'static str {
    match stmt {
        Stmt::FunctionDef(function) if function.is_async => "AsyncFunctionDef",
        Stmt::FunctionDef(_) => "FunctionDef",
        Stmt::ClassDef(_) => "ClassDef",
        Stmt::Return(_) => "Return",
        Stmt::Delete(_) => "Delete",
        Stmt::TypeAlias(_) => "TypeAlias",
        Stmt::Assign(_) => "Assign",
        Stmt::AugAssign(_) => "AugAssign",
        Stmt::AnnAssign(_) => "AnnAssign",
        Stmt::For(statement) if statement.is_async => "AsyncFor",
        Stmt::For(_) => "For",
        Stmt::While(_) => "While",
        Stmt::If(_) => "If",
        Stmt::With(statement) if statement.is_async => "AsyncWith",
        Stmt::With(_) => "With",
        Stmt::Match(_) => "Match",
        Stmt::Raise(_) => "Raise",
        Stmt::Try(statement) if statement.is_star => "TryStar",
        Stmt::Try(_) => "Try",
        Stmt::Assert(_) => "Assert",
        Stmt::Import(_) => "Import",
        Stmt::ImportFrom(_) => "ImportFrom",
        Stmt::Global(_) => "Global",
        Stmt::Nonlocal(_) => "Nonlocal",
        Stmt::Expr(_) | Stmt::IpyEscapeCommand(_) => "Expr",
        Stmt::Pass(_) => "Pass",
        Stmt::Break(_) => "Break",
        Stmt::Continue(_) => "Continue",
    }
}

/// CPython's name of an expression's class.
#[must_use]
pub fn expr_class(expr: &Expr) -> &'static str {
    match expr {
        Expr::BoolOp(_) => "BoolOp",
        Expr::Named(_) => "NamedExpr",
        Expr::BinOp(_) => "BinOp",
        Expr::UnaryOp(_) => "UnaryOp",
        Expr::Lambda(_) => "Lambda",
        Expr::If(_) => "IfExp",
        Expr::Dict(_) => "Dict",
        Expr::Set(_) => "Set",
        Expr::ListComp(_) => "ListComp",
        Expr::SetComp(_) => "SetComp",
        Expr::DictComp(_) => "DictComp",
        Expr::Generator(_) => "GeneratorExp",
        Expr::Await(_) => "Await",
        Expr::Yield(_) => "Yield",
        Expr::YieldFrom(_) => "YieldFrom",
        Expr::Compare(_) => "Compare",
        Expr::Call(_) => "Call",
        Expr::FString(_) => "JoinedStr",
        Expr::TString(_) => "TemplateStr",
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_) => "Constant",
        Expr::Attribute(_) => "Attribute",
        Expr::Subscript(_) => "Subscript",
        Expr::Starred(_) => "Starred",
        Expr::Name(_) | Expr::IpyEscapeCommand(_) => "Name",
        Expr::List(_) => "List",
        Expr::Tuple(_) => "Tuple",
        Expr::Slice(_) => "Slice",
    }
}

/// Calls `f` for each child of `node` in the order of CPython's fields.
pub fn for_each_child<'a, F: FnMut(Node<'a>)>(node: Node<'a>, f: &mut F) {
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
