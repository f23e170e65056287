//! The intermediate representation that whole-program analysis works on: a file without its tree.
//!
//! Python's block structure is kept: statements are lists, expressions a tree in one vector, locals are slots. Nothing
//! in here has a lifetime, refers to the text or to ruff's types, so that a file's tree can be dropped at once.

mod lower;
mod lower_expr;
mod lower_stmt;
mod percent;
mod scope;

pub use lower::lower;
pub use percent::percent_conversions;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Symbol;

/// An expression of a file: index into [`FileIr::exprs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExprId(pub u32);

/// A statement of a file: index into [`FileIr::stmts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StmtId(pub u32);

/// A local variable of a function: index into [`Function::locals`].
pub type Slot = u16;

/// A function of a file: index into [`FileIr::functions`]. The first is the module's body.
pub type FunctionIndex = u32;

/// A class of a file: index into [`FileIr::classes`].
pub type ClassIndex = u32;

/// Some entries of [`FileIr::expr_lists`] or [`FileIr::stmt_lists`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    start: u32,
    len: u32,
}

/// Two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `|`
    Or,
    /// `&`
    And,
    /// `^`, `<<`, `>>`, `@`
    Other,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtE,
    /// `>`
    Gt,
    /// `>=`
    GtE,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// What a display builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Display {
    /// `[...]`
    List,
    /// `(...)`
    Tuple,
    /// `{...}`
    Set,
}

/// A literal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `True`, `False`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Str(Symbol),
    /// Bytes, if they are ASCII; otherwise empty.
    Bytes(Symbol),
}

/// How a value is written into a formatted string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conversion {
    /// As `str` has it.
    Plain,
    /// As `repr` has it: `!r`, `%r`.
    Repr,
    /// As a number: `%d`, `:d`.
    Number,
}

/// A piece of a formatted string.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FormatPart {
    /// Constant text.
    Text(Symbol),
    /// A value.
    Value(ExprId, Conversion),
}

/// One `for ... in ... if ...` of a comprehension.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Clause {
    /// What is assigned.
    pub target: ExprId,
    /// What is gone through.
    pub iter: ExprId,
    /// The conditions.
    pub conditions: Vec<ExprId>,
}

/// A comprehension or generator expression. Its variables are slots of the function around it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comprehension {
    /// The key of a dictionary's.
    pub key: Option<ExprId>,
    /// The element.
    pub element: ExprId,
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// A call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub callee: ExprId,
    /// Positional arguments; [`Expr::Star`] for `*args`.
    pub positional: Vec<ExprId>,
    /// Named arguments; without a name for `**kwargs`.
    pub keywords: Vec<(Option<Symbol>, ExprId)>,
}

/// An expression.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Expr {
    /// Something that has no meaning here.
    Unknown,
    /// A literal.
    Literal(Literal),
    /// A local variable.
    Local(Slot),
    /// A name of the module, or a builtin.
    Global(Symbol),
    /// `import a.b as c` gives `a.b`; `import a.b` gives `a`.
    Module(Symbol),
    /// `from module import member`. The module is absolute.
    Member(Symbol, Symbol),
    /// `object.name`
    Attribute(ExprId, Symbol),
    /// `object[index]`
    Index(ExprId, ExprId),
    /// `object[lower:upper]`
    Slice(ExprId, Option<ExprId>, Option<ExprId>),
    /// Index into [`FileIr::calls`].
    Call(u32),
    /// Two operands.
    Binary(BinaryOp, ExprId, ExprId),
    /// `-x`, `+x`, `~x`
    Unary(ExprId),
    /// `-x`
    Negate(ExprId),
    /// `not x`
    Not(ExprId),
    /// `a and b`
    And(List),
    /// `a or b`
    Or(List),
    /// A comparison of two.
    Compare(CompareOp, ExprId, ExprId),
    /// `then if test else orelse`
    IfElse(ExprId, ExprId, ExprId),
    /// Index into [`FileIr::formats`].
    Format(u32),
    /// A list, tuple or set.
    Display(Display, List),
    /// A dictionary: keys and values in turn; the key of `**x` is [`Expr::Unknown`].
    Dict(List),
    /// A function that is made here: `def`, `lambda`. Decorators are calls around it.
    Function(FunctionIndex),
    /// A class that is made here.
    Class(ClassIndex),
    /// Index into [`FileIr::comprehensions`]; what it builds, none for a generator or dictionary.
    Comprehension(Option<Display>, u32),
    /// `await x`
    Await(ExprId),
    /// `yield x`
    Yield(Option<ExprId>),
    /// `yield from x`
    YieldFrom(ExprId),
    /// `*x`
    Star(ExprId),
    /// `target := value`
    Named(ExprId, ExprId),
}

/// A handler of a `try`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handler {
    /// What is caught.
    pub kind: Option<ExprId>,
    /// The variable.
    pub target: Option<ExprId>,
    /// What is done.
    pub body: List,
}

/// A `try`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Try {
    /// What may raise.
    pub body: List,
    /// Handlers.
    pub handlers: Vec<Handler>,
    /// `else`
    pub orelse: List,
    /// `finally`
    pub finally: List,
}

/// A pattern of a `case`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Pattern {
    /// Matches this value.
    Value(ExprId),
    /// Always matches; binds the target.
    Capture(Option<ExprId>),
    /// One of.
    Or(Vec<Pattern>),
    /// `[a, *rest, b]`; the rest is [`Pattern::Rest`].
    Sequence(Vec<Pattern>),
    /// `*rest`
    Rest(Option<ExprId>),
    /// `{"key": pattern, **rest}`
    Mapping(Vec<(ExprId, Pattern)>, Option<ExprId>),
    /// `Class(positional, name=pattern)`
    Class(ExprId, Vec<Pattern>, Vec<(Symbol, Pattern)>),
    /// `pattern as name`
    As(Box<Pattern>, ExprId),
}

/// A `case`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The pattern.
    pub pattern: Pattern,
    /// `if`
    pub guard: Option<ExprId>,
    /// What is done.
    pub body: List,
}

/// A `match`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Match {
    /// What is matched.
    pub subject: ExprId,
    /// The cases.
    pub cases: Vec<Case>,
}

/// A statement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Stmt {
    /// An expression.
    Expr(ExprId),
    /// `target = value`
    Assign(ExprId, ExprId),
    /// `target op= value`
    Augment(ExprId, BinaryOp, ExprId),
    /// `target: annotation` without a value.
    Annotate(ExprId, ExprId),
    /// `del target`
    Delete(ExprId),
    /// `if test: then else: orelse`
    If(ExprId, List, List),
    /// `while test: body else: orelse`
    While(ExprId, List, List),
    /// `for target in iter: body else: orelse`
    For(ExprId, ExprId, List, List),
    /// Index into [`FileIr::tries`].
    Try(u32),
    /// Index into [`FileIr::matches`].
    Match(u32),
    /// `with item as target: body`
    With(ExprId, Option<ExprId>, List),
    /// `return value`
    Return(Option<ExprId>),
    /// `raise value`
    Raise(Option<ExprId>),
    /// `assert test`
    Assert(ExprId),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `from module import *`
    ImportStar(Symbol),
}

/// How a parameter takes its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterKind {
    /// By position only.
    Positional,
    /// By position or name.
    Normal,
    /// `*args`
    Star,
    /// By name only.
    Keyword,
    /// `**kwargs`
    DoubleStar,
    /// A variable of a function around this one.
    Captured,
}

/// A parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: Symbol,
    /// How it takes arguments.
    pub kind: ParameterKind,
    /// Its default, an expression of the function around.
    pub default: Option<ExprId>,
    /// Its annotation, an expression of the function around.
    pub annotation: Option<ExprId>,
    /// Its variable.
    pub slot: Slot,
    /// Of a captured variable: the slot in the function around.
    pub outer: Slot,
    /// Where it stands.
    pub start: u32,
}

impl Parameter {
    /// Where its name stands: byte offsets of start and end.
    #[must_use]
    pub fn span(&self) -> (u32, u32) {
        let len = u32::try_from(self.name.as_str().len()).unwrap_or(0);
        (self.start, self.start + len)
    }
}

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A module's body.
    Module,
    /// A class's body.
    ClassBody,
    /// `def`
    Def,
    /// `lambda`
    Lambda,
}

impl FunctionKind {
    /// Whether it is the body of a module or class: run once, for the names that it binds.
    #[must_use]
    pub fn is_body(self) -> bool {
        matches!(self, Self::Module | Self::ClassBody)
    }
}

/// A function, a module's or a class's body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: Symbol,
    /// `Class.method`, `outer.<locals>.inner` without the `<locals>`.
    pub qualified: Symbol,
    /// What it is.
    pub kind: FunctionKind,
    /// The parameters, captured variables last.
    pub parameters: Vec<Parameter>,
    /// The name of each slot.
    pub locals: Vec<Symbol>,
    /// The statements.
    pub body: List,
    /// The decorators, expressions of the function around.
    pub decorators: Vec<ExprId>,
    /// The class it is a method of.
    pub class: Option<ClassIndex>,
    /// The function that it is defined in.
    pub parent: FunctionIndex,
    /// Whether it yields.
    pub is_generator: bool,
    /// The annotation of what it returns, an expression of the function around.
    pub returns: Option<ExprId>,
    /// Where its name stands.
    pub span: (u32, u32),
    /// Names that it declares `global` and assigns.
    pub globals: Vec<Symbol>,
}

/// A class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: Symbol,
    /// With the classes and functions around.
    pub qualified: Symbol,
    /// Base classes, expressions of the function around.
    pub bases: Vec<ExprId>,
    /// Decorators, expressions of the function around.
    pub decorators: Vec<ExprId>,
    /// Its body.
    pub body: FunctionIndex,
    /// Where its name stands.
    pub span: (u32, u32),
}

/// A lowered file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FileIr {
    /// Relative to the project's root.
    pub path: Arc<str>,
    /// Dotted; empty when it has none.
    pub module: String,
    /// Whether it is an `__init__`.
    pub is_package: bool,
    /// Whether it is test code.
    pub is_test: bool,
    /// Functions; the first is the module's body.
    pub functions: Vec<Function>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Expressions.
    pub exprs: Vec<Expr>,
    /// Where each expression stands: byte offsets of start and end.
    pub spans: Vec<(u32, u32)>,
    /// Lists of expressions.
    pub expr_lists: Vec<ExprId>,
    /// Statements.
    pub stmts: Vec<Stmt>,
    /// Where each statement starts.
    pub stmt_starts: Vec<u32>,
    /// Lists of statements.
    pub stmt_lists: Vec<StmtId>,
    /// Calls.
    pub calls: Vec<Call>,
    /// Formatted strings.
    pub formats: Vec<Vec<FormatPart>>,
    /// Comprehensions.
    pub comprehensions: Vec<Comprehension>,
    /// `try` statements.
    pub tries: Vec<Try>,
    /// `match` statements.
    pub matches: Vec<Match>,
    /// The byte offset at which each line starts.
    pub lines: Vec<u32>,
    /// A hash of the file: its text, its name, and what it is.
    pub digest: u64,
    /// Functions left out because they have more locals than a slot can number.
    pub left_out: Vec<u32>,
}

impl FileIr {
    /// An expression.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    /// Where an expression stands.
    #[must_use]
    pub fn span(&self, id: ExprId) -> (u32, u32) {
        self.spans[id.0 as usize]
    }

    /// A statement.
    #[must_use]
    pub fn stmt(&self, id: StmtId) -> Stmt {
        self.stmts[id.0 as usize]
    }

    /// The expressions of a list.
    #[must_use]
    pub fn exprs_of(&self, list: List) -> &[ExprId] {
        &self.expr_lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// The statements of a list.
    #[must_use]
    pub fn stmts_of(&self, list: List) -> &[StmtId] {
        &self.stmt_lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// The one-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }
}
