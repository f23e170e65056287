//! From a tree to the intermediate representation.

use std::sync::Arc;

use ruff_python_ast::{self as ast, Expr as Ast, Stmt as AstStmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::Xxh3;

use super::scope::Names;
use super::{
    Call, ClassIndex, Expr, ExprId, FileIr, Function, FunctionIndex, FunctionKind, List, Literal, Parameter,
    ParameterKind, Slot, Stmt, StmtId,
};
use crate::{FileContext, ParsedFile, Symbol};

/// Variables of one function; a function with more is left out.
const MAX_LOCALS: usize = 60_000;

/// Lowers a parsed file.
#[must_use]
pub fn lower(context: &FileContext<'_>, parsed: &ParsedFile) -> FileIr {
    let mut file = FileIr {
        path: Arc::from(context.path),
        module: context.module.unwrap_or_default().to_owned(),
        is_package: context.is_package,
        is_test: context.is_test,
        digest: digest(context, parsed),
        ..FileIr::default()
    };
    file.lines.push(0);
    file.lines.extend(memchr::memchr_iter(b'\n', parsed.text().as_bytes()).map(|at| offset(at + 1)));
    let mut lowerer = Lowerer { file, frames: Vec::new(), depth: 0 };
    let module = lowerer.open(FunctionKind::Module, Symbol::new("<module>"), Symbol::new("<module>"), None, (0, 0));
    let names = Names::of(parsed.suite());
    lowerer.declare(&names);
    let body = lowerer.body(parsed.suite());
    lowerer.close(module, body, false);
    lowerer.file
}

/// The hash of everything that a lowered file is made of.
fn digest(context: &FileContext<'_>, parsed: &ParsedFile) -> u64 {
    let mut hasher = Xxh3::new();
    for part in [context.path, context.module.unwrap_or("\0"), parsed.text()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&[u8::from(context.is_package), u8::from(context.is_test), u8::from(context.is_stub)]);
    hasher.digest()
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A function under construction.
pub(super) struct Frame<'a> {
    pub(super) kind: FunctionKind,
    pub(super) index: FunctionIndex,
    pub(super) class: Option<ClassIndex>,
    pub(super) slots: FxHashMap<&'a str, Slot>,
    pub(super) locals: Vec<Symbol>,
    pub(super) globals: FxHashSet<&'a str>,
    pub(super) parameters: Vec<Parameter>,
    /// Variables of comprehensions around the current expression.
    pub(super) shadows: Vec<(&'a str, Slot)>,
}

pub(super) struct Lowerer<'a> {
    pub(super) file: FileIr,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) depth: u32,
}

impl<'a> Lowerer<'a> {
    pub(super) fn open(
        &mut self,
        kind: FunctionKind,
        name: Symbol,
        qualified: Symbol,
        class: Option<ClassIndex>,
        span: (u32, u32),
    ) -> FunctionIndex {
        let index = offset(self.file.functions.len());
        let parent = self.frames.last().map_or(0, |frame| frame.index);
        self.file.functions.push(Function {
            name,
            qualified,
            kind,
            parameters: Vec::new(),
            locals: Vec::new(),
            body: List::default(),
            decorators: Vec::new(),
            class,
            parent,
            is_generator: false,
            returns: None,
            span,
            globals: Vec::new(),
        });
        self.frames.push(Frame {
            kind,
            index,
            class,
            slots: FxHashMap::default(),
            locals: Vec::new(),
            globals: FxHashSet::default(),
            parameters: Vec::new(),
            shadows: Vec::new(),
        });
        index
    }

    pub(super) fn declare(&mut self, names: &Names<'a>) {
        for name in &names.bound {
            self.local(name);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.globals.extend(names.globals.iter().copied());
        }
    }

    pub(super) fn close(&mut self, index: FunctionIndex, body: List, is_generator: bool) {
        let Some(frame) = self.frames.pop() else { return };
        let function = &mut self.file.functions[index as usize];
        function.body = body;
        function.is_generator = is_generator;
        if frame.locals.len() >= MAX_LOCALS {
            function.body = List::default();
            self.file.left_out.push(function.span.0);
        }
        let mut globals: Vec<Symbol> = frame.globals.iter().map(|name| Symbol::new(name)).collect();
        globals.sort_unstable();
        function.globals = globals;
        function.parameters = frame.parameters;
        function.locals = frame.locals;
    }

    /// The slot of a name that the current function binds.
    pub(super) fn local(&mut self, name: &'a str) -> Slot {
        let Some(frame) = self.frames.last_mut() else { return 0 };
        if let Some(slot) = frame.slots.get(name) {
            return *slot;
        }
        let slot = frame.fresh(name);
        frame.slots.insert(name, slot);
        slot
    }

    /// What a name refers to where it is used.
    pub(super) fn name(&mut self, name: &'a str) -> Expr {
        let Some((frame, outer)) = self.frames.split_last() else { return Expr::Unknown };
        if let Some((_, slot)) = frame.shadows.iter().rev().find(|(shadow, _)| *shadow == name) {
            return Expr::Local(*slot);
        }
        if let Some(slot) = frame.slots.get(name) {
            return Expr::Local(*slot);
        }
        if frame.globals.contains(name) {
            return Expr::Global(Symbol::new(name));
        }
        // The nearest function around that binds it; class bodies are not seen by what is in them, nor is the module
        // a function.
        let owner = outer.iter().rposition(|frame| {
            matches!(frame.kind, FunctionKind::Def | FunctionKind::Lambda)
                && (frame.slots.contains_key(name) || frame.shadows.iter().any(|(shadow, _)| *shadow == name))
        });
        let Some(owner) = owner else { return Expr::Global(Symbol::new(name)) };
        let holder = &self.frames[owner];
        let shadow = holder.shadows.iter().rev().find(|(shadow, _)| *shadow == name).map(|(_, slot)| *slot);
        let mut outer = shadow.or_else(|| holder.slots.get(name).copied()).unwrap_or_default();
        for frame in &mut self.frames[owner + 1..] {
            let own = match frame.parameters.iter().find(|p| p.kind == ParameterKind::Captured && p.outer == outer) {
                Some(known) => known.slot,
                None => {
                    let slot = frame.fresh(name);
                    frame.parameters.push(Parameter {
                        name: Symbol::new(name),
                        kind: ParameterKind::Captured,
                        default: None,
                        annotation: None,
                        slot,
                        outer,
                        start: 0,
                    });
                    slot
                }
            };
            // A class body's captured variable is not in its `slots`: methods go through the chain above.
            if frame.kind != FunctionKind::ClassBody {
                frame.slots.insert(name, own);
            }
            outer = own;
        }
        Expr::Local(outer)
    }

    pub(super) fn push(&mut self, expr: Expr, range: TextRange) -> ExprId {
        let id = ExprId(offset(self.file.exprs.len()));
        self.file.exprs.push(expr);
        self.file.spans.push((range.start().to_u32(), range.end().to_u32()));
        id
    }

    pub(super) fn push_call(&mut self, call: Call, range: TextRange) -> ExprId {
        let index = offset(self.file.calls.len());
        self.file.calls.push(call);
        self.push(Expr::Call(index), range)
    }

    pub(super) fn literal(&mut self, literal: Literal, range: TextRange) -> ExprId {
        self.push(Expr::Literal(literal), range)
    }

    pub(super) fn expr_list(&mut self, ids: &[ExprId]) -> List {
        let start = offset(self.file.expr_lists.len());
        self.file.expr_lists.extend_from_slice(ids);
        List { start, len: offset(ids.len()) }
    }

    pub(super) fn stmt_list(&mut self, ids: &[StmtId]) -> List {
        let start = offset(self.file.stmt_lists.len());
        self.file.stmt_lists.extend_from_slice(ids);
        List { start, len: offset(ids.len()) }
    }

    pub(super) fn push_stmt(&mut self, stmt: Stmt, start: u32, out: &mut Vec<StmtId>) {
        out.push(StmtId(offset(self.file.stmts.len())));
        self.file.stmts.push(stmt);
        self.file.stmt_starts.push(start);
    }

    pub(super) fn body(&mut self, body: &'a [AstStmt]) -> List {
        let mut out = Vec::with_capacity(body.len());
        for stmt in body {
            self.stmt(stmt, &mut out);
        }
        self.stmt_list(&out)
    }

    /// `Class.method` of a name in the current function.
    pub(super) fn qualify(&self, name: &str) -> Symbol {
        match self.frames.last() {
            Some(frame) if frame.kind != FunctionKind::Module => {
                let around = self.file.functions[frame.index as usize].qualified;
                Symbol::new(&format!("{around}.{name}"))
            }
            _ => Symbol::new(name),
        }
    }

    pub(super) fn function(&mut self, node: &'a ast::StmtFunctionDef) -> FunctionIndex {
        let decorators: Vec<ExprId> = node.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
        let returns = node.returns.as_deref().map(|annotation| self.expr(annotation));
        let parameters = self.parameters(&node.parameters);
        let class = self.frames.last().and_then(|f| if f.kind == FunctionKind::ClassBody { f.class } else { None });
        let span = (node.name.range.start().to_u32(), node.name.range.end().to_u32());
        let index = self.open(FunctionKind::Def, Symbol::new(&node.name), self.qualify(&node.name), class, span);
        self.take_parameters(parameters);
        let names = Names::of(&node.body);
        let is_generator = names.yields;
        for nonlocal in &names.nonlocals {
            // Known before the body is: an assignment to it goes to the function around.
            self.name(nonlocal);
        }
        self.declare(&names);
        let body = self.body(&node.body);
        self.close(index, body, is_generator);
        let function = &mut self.file.functions[index as usize];
        function.decorators = decorators;
        function.returns = returns;
        index
    }

    pub(super) fn lambda(&mut self, node: &'a ast::ExprLambda) -> FunctionIndex {
        let parameters = node.parameters.as_deref().map(|parameters| self.parameters(parameters)).unwrap_or_default();
        let span = (node.range.start().to_u32(), node.range.end().to_u32());
        let index = self.open(FunctionKind::Lambda, Symbol::new("<lambda>"), self.qualify("<lambda>"), None, span);
        self.take_parameters(parameters);
        let value = self.expr(&node.body);
        let mut out = Vec::new();
        self.push_stmt(Stmt::Return(Some(value)), node.body.start().to_u32(), &mut out);
        let body = self.stmt_list(&out);
        self.close(index, body, false);
        index
    }

    pub(super) fn class(&mut self, node: &'a ast::StmtClassDef) -> ClassIndex {
        let decorators: Vec<ExprId> = node.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
        let bases = node.arguments.iter().flat_map(|arguments| arguments.args.iter());
        let bases: Vec<ExprId> = bases.map(|base| self.expr(base)).collect();
        let span = (node.name.range.start().to_u32(), node.name.range.end().to_u32());
        let qualified = self.qualify(&node.name);
        let index = offset(self.file.classes.len());
        let name = Symbol::new(&node.name);
        self.file.classes.push(super::Class { name, qualified, bases, decorators, body: 0, span });
        let body_index = self.open(FunctionKind::ClassBody, name, qualified, Some(index), span);
        let names = Names::of(&node.body);
        self.declare(&names);
        let body = self.body(&node.body);
        self.close(body_index, body, false);
        self.file.classes[index as usize].body = body_index;
        index
    }

    /// Lowers defaults and annotations, which belong to the function around.
    fn parameters(&mut self, node: &'a ast::Parameters) -> Vec<(&'a str, Parameter)> {
        let mut out = Vec::new();
        let positional = node.posonlyargs.iter().map(|p| (p, ParameterKind::Positional));
        let normal = node.args.iter().map(|p| (p, ParameterKind::Normal));
        for (parameter, kind) in positional.chain(normal) {
            let default = parameter.default.as_deref().map(|default| self.expr(default));
            out.push(self.parameter(&parameter.parameter, kind, default));
        }
        if let Some(vararg) = &node.vararg {
            out.push(self.parameter(vararg, ParameterKind::Star, None));
        }
        for parameter in &node.kwonlyargs {
            let default = parameter.default.as_deref().map(|default| self.expr(default));
            out.push(self.parameter(&parameter.parameter, ParameterKind::Keyword, default));
        }
        if let Some(kwarg) = &node.kwarg {
            out.push(self.parameter(kwarg, ParameterKind::DoubleStar, None));
        }
        out
    }

    fn parameter(
        &mut self,
        node: &'a ast::Parameter,
        kind: ParameterKind,
        default: Option<ExprId>,
    ) -> (&'a str, Parameter) {
        let annotation = node.annotation.as_deref().map(|annotation| self.annotation(annotation));
        let start = node.range.start().to_u32();
        let name = Symbol::new(&node.name);
        (node.name.as_str(), Parameter { name, kind, default, annotation, slot: 0, outer: 0, start })
    }

    /// An annotation; one in quotes is read as a dotted name.
    pub(super) fn annotation(&mut self, node: &'a Ast) -> ExprId {
        if let Ast::StringLiteral(literal) = node {
            let text = literal.value.to_str();
            if !text.is_empty() && text.split('.').all(|part| part.chars().all(|c| c.is_alphanumeric() || c == '_')) {
                let mut parts = text.split('.');
                let first = Expr::Global(Symbol::new(parts.next().unwrap_or_default()));
                let mut id = self.push(first, node.range());
                for part in parts {
                    id = self.push(Expr::Attribute(id, Symbol::new(part)), node.range());
                }
                return id;
            }
        }
        self.expr(node)
    }

    fn take_parameters(&mut self, parameters: Vec<(&'a str, Parameter)>) {
        for (name, mut parameter) in parameters {
            parameter.slot = self.local(name);
            if let Some(frame) = self.frames.last_mut() {
                frame.parameters.push(parameter);
            }
        }
    }

    /// The absolute module of an import.
    pub(super) fn module(&self, module: &str, level: u32) -> String {
        if level == 0 {
            return module.to_owned();
        }
        let mut package = self.file.module.as_str();
        for _ in 0..level.saturating_sub(u32::from(self.file.is_package)) {
            package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
        }
        match (package.is_empty(), module.is_empty()) {
            (true, _) => module.to_owned(),
            (_, true) => package.to_owned(),
            _ => format!("{package}.{module}"),
        }
    }
}

impl Frame<'_> {
    pub(super) fn fresh(&mut self, name: &str) -> Slot {
        let slot = self.locals.len().min(MAX_LOCALS);
        if slot < MAX_LOCALS {
            self.locals.push(Symbol::new(name));
        }
        Slot::try_from(slot).unwrap_or(Slot::MAX)
    }
}
