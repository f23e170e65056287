//! The tree as CPython's `ast` module shows it, seen through ruff's tree without building another one.
//!
//! Bandit's findings depend on the shape of CPython's tree: in which order children come, who is whose parent, where a
//! node starts. [`Node`] names every place where that shape differs from ruff's, and [`for_each_child`] holds CPython
//! 3.13's field order. Expression contexts and operators, which carry nothing Bandit looks at, are left out.

mod children;

use std::borrow::Cow;

use seriema_program::ast::{
    Alias, Comprehension, Decorator, ExceptHandlerExceptHandler, Expr, ExprFString, ExprTString, FStringPart,
    InterpolatedElement, InterpolatedStringElement, InterpolatedStringElements, InterpolatedStringFormatSpec, Keyword,
    MatchCase, Parameter, Parameters, Pattern, Stmt, StmtIf, TypeParam, WithItem,
};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use smallvec::SmallVec;

pub(crate) use children::for_each_child;

/// One node of CPython's tree.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node<'a> {
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
pub(crate) enum Piece<'a> {
    /// Literal text; what stands side by side is one constant, as CPython folds it.
    Text(Cow<'a, str>, TextRange),
    /// A replacement field.
    Field(&'a InterpolatedElement),
}

/// An f-string's children. Most have few.
pub(crate) type Pieces<'a> = SmallVec<[Piece<'a>; 4]>;

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
pub(crate) fn fstring_pieces(fstring: &ExprFString) -> Pieces<'_> {
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
pub(crate) fn tstring_pieces(tstring: &ExprTString) -> Pieces<'_> {
    let mut folder = Folder::default();
    for part in &tstring.value {
        folder.elements(&part.elements);
    }
    folder.finish()
}

/// The children of a format specification.
#[must_use]
pub(crate) fn spec_pieces(spec: &InterpolatedStringFormatSpec) -> Pieces<'_> {
    let mut folder = Folder::default();
    folder.elements(&spec.elements);
    folder.finish()
}

/// The end of an `If` statement that starts with the clause numbered `clause`.
fn chain_end(statement: &StmtIf) -> TextSize {
    statement.end()
}

impl<'a> Node<'a> {
    /// Where the node stands, or none for the classes that have no `lineno`. A decorated definition starts at its
    /// decorators here: [`crate::source::Source::definition_start`] finds the keyword.
    #[must_use]
    pub(crate) fn range(self) -> Option<TextRange> {
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
    pub(crate) fn decorators(self) -> &'a [Decorator] {
        match self {
            Node::Stmt(Stmt::FunctionDef(function)) => &function.decorator_list,
            Node::Stmt(Stmt::ClassDef(class)) => &class.decorator_list,
            _ => &[],
        }
    }
}

/// CPython's name of an expression's class.
#[must_use]
pub(crate) fn expr_class(expr: &Expr) -> &'static str {
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

#[cfg(test)]
mod tests;
