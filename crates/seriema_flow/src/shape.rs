//! What a program looks like from outside of its functions' bodies: everything that the analysis of one function may look
//! up about another one, except its summary. Two programs of the same shape differ in bodies alone.

use std::hash::{Hash as _, Hasher as _};

use rustc_hash::FxHasher;
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, Function, FunctionKind, Literal};
use xxhash_rust::xxh3::xxh3_64;

use crate::project::{ClassInfo, FuncId, Project, Traits};
use crate::stored::both as pair;

/// Depth of an expression past which it counts as its kind alone.
const MAX_DEPTH: u32 = 24;

/// The hash of a program's shape.
pub(crate) fn shape(project: &Project) -> u64 {
    let files = (0..).zip(&project.files).map(|(number, file)| of_file(project, number, file));
    let tables = [
        ordered(project.traits.iter().map(|traits| of_traits(*traits))),
        ordered(project.classes.iter().map(|class| of_class(project, class))),
        unordered(project.written_attributes.iter().map(|(class, name)| pair(class.0.into(), text(*name)))),
        unordered(
            project
                .writers
                .iter()
                .map(|((class, name), funcs)| pair(pair(class.0.into(), text(*name)), of_funcs(funcs))),
        ),
        unordered(project.unchanged.iter().map(|(file, name)| pair(file.0.into(), text(*name)))),
        unordered(project.dispatch.iter().map(|(func, others)| pair(func.0.into(), of_funcs(others)))),
        unordered(project.by_name.iter().map(|(name, funcs)| pair(text(*name), of_funcs(funcs)))),
        unordered(project.modelled.iter().map(|(func, path)| pair(func.0.into(), text(*path)))),
    ];
    pair(ordered(files), ordered(tables.into_iter()))
}

fn of_file(project: &Project, number: usize, file: &FileIr) -> u64 {
    let functions = file.functions.iter().map(|function| of_function(file, function));
    let classes = file.classes.iter().map(|class| {
        ordered(
            [text(class.name), text(class.qualified), u64::from(class.body)]
                .into_iter()
                .chain([of_exprs(file, &class.bases), of_exprs(file, &class.decorators)]),
        )
    });
    let bindings = project.bindings[number].iter().map(|(name, values)| {
        let listed = name.as_str() == "__all__";
        let value = |value: &ExprId| if listed { of_expr(file, *value, 0) } else { of_reference(file, *value, 0) };
        pair(text(*name), ordered(values.iter().map(value)))
    });
    let names = |names: &rustc_hash::FxHashSet<Symbol>| unordered(names.iter().map(|name| text(*name)));
    ordered(
        [
            xxh3_64(file.path.as_bytes()),
            xxh3_64(file.module.as_bytes()),
            u64::from(file.is_package) << 1 | u64::from(file.is_test),
            ordered(functions),
            ordered(classes),
            unordered(bindings),
            ordered(project.stars[number].iter().map(|star| text(*star))),
            names(&project.written_globals[number]),
            names(&project.imports[number]),
            names(&project.set_attributes[number].names),
            u64::from(project.set_attributes[number].any),
        ]
        .into_iter(),
    )
}

fn of_function(file: &FileIr, function: &Function) -> u64 {
    let parameters = function.parameters.iter().map(|parameter| {
        let optional = |expr: Option<ExprId>| expr.map_or(0, |expr| of_expr(file, expr, 0));
        ordered(
            [
                text(parameter.name),
                parameter.kind as u64,
                u64::from(parameter.slot),
                u64::from(parameter.outer),
                optional(parameter.default),
                optional(parameter.annotation),
            ]
            .into_iter(),
        )
    });
    // Names of modules and classes are looked up from elsewhere, variables of functions are not.
    let names = if function.kind.is_body() { &function.locals[..] } else { &[] };
    ordered(
        [
            text(function.name),
            text(function.qualified),
            match function.kind {
                FunctionKind::Module => 1,
                FunctionKind::ClassBody => 2,
                FunctionKind::Def => 3,
                FunctionKind::Lambda => 4,
            },
            ordered(parameters),
            ordered(names.iter().map(|name| text(*name))),
            of_exprs(file, &function.decorators),
            function.class.map_or(0, |class| u64::from(class) + 1),
            u64::from(function.parent),
            u64::from(function.is_generator),
            function.returns.map_or(0, |expr| of_expr(file, expr, 0)),
            ordered(function.globals.iter().map(|name| text(*name))),
        ]
        .into_iter(),
    )
}

fn of_class(project: &Project, class: &ClassInfo) -> u64 {
    let file = &project.files[class.file.0 as usize];
    let methods = |methods: &rustc_hash::FxHashMap<Symbol, FuncId>| {
        unordered(methods.iter().map(|(name, func)| pair(text(*name), func.0.into())))
    };
    let annotated = class.annotated.iter().map(|(name, annotation)| pair(text(*name), of_expr(file, *annotation, 0)));
    ordered(
        [
            ordered(class.mro.iter().map(|base| u64::from(base.0))),
            ordered(class.api_bases.iter().map(|base| text(*base))),
            methods(&class.methods),
            methods(&class.setters),
            ordered(class.subclasses.iter().map(|class| u64::from(class.0))),
            ordered(annotated),
            u64::from(class.is_data),
            u64::from(class.is_dormant),
        ]
        .into_iter(),
    )
}

fn of_traits(traits: Traits) -> u64 {
    let Traits { property, statical, class_method, context_manager } = traits;
    [property, statical, class_method, context_manager].into_iter().fold(0, |bits, bit| bits << 1 | u64::from(bit))
}

fn of_funcs(funcs: &[FuncId]) -> u64 {
    ordered(funcs.iter().map(|func| u64::from(func.0)))
}

fn of_exprs(file: &FileIr, exprs: &[ExprId]) -> u64 {
    ordered(exprs.iter().map(|expr| of_expr(file, *expr, 0)))
}

/// What an expression refers to, or which constant it is. Of other ones, callers see what they give, not what they are.
fn of_expr(file: &FileIr, expr: ExprId, depth: u32) -> u64 {
    if depth > MAX_DEPTH {
        return u64::MAX;
    }
    let inner = |expr: ExprId| of_expr(file, expr, depth + 1);
    let list = |exprs: &[ExprId]| ordered(exprs.iter().map(|expr| inner(*expr)));
    match file.expr(expr) {
        Expr::Literal(literal) => pair(1, of_literal(literal)),
        Expr::Local(slot) => {
            let name = file.functions.first().and_then(|module| module.locals.get(usize::from(slot)));
            pair(2, pair(u64::from(slot), name.map_or(0, |name| text(*name))))
        }
        Expr::Global(name) => pair(3, text(name)),
        Expr::Module(module) => pair(4, text(module)),
        Expr::Member(module, name) => pair(5, pair(text(module), text(name))),
        Expr::Attribute(object, name) => pair(6, pair(inner(object), text(name))),
        Expr::Index(object, index) => pair(7, pair(inner(object), inner(index))),
        Expr::Call(index) => {
            let call = &file.calls[index as usize];
            let keywords = call.keywords.iter().map(|(name, value)| pair(name.map_or(0, text), inner(*value)));
            pair(8, pair(inner(call.callee), pair(list(&call.positional), ordered(keywords))))
        }
        Expr::Binary(op, left, right) => pair(9, pair(op as u64, pair(inner(left), inner(right)))),
        Expr::Display(display, items) => pair(10, pair(display as u64, list(file.exprs_of(items)))),
        Expr::Dict(items) => pair(11, list(file.exprs_of(items))),
        Expr::Function(index) => pair(12, index.into()),
        Expr::Class(index) => pair(13, index.into()),
        Expr::Negate(inner_expr) => pair(14, inner(inner_expr)),
        Expr::IfElse(test, then, orelse) => pair(15, list(&[test, then, orelse])),
        Expr::Star(inner_expr) => pair(16, inner(inner_expr)),
        other => pair(17, kind(&other)),
    }
}

/// What an expression refers to. Which constant it is, and what is called with, a summary says.
fn of_reference(file: &FileIr, expr: ExprId, depth: u32) -> u64 {
    if depth > MAX_DEPTH {
        return u64::MAX;
    }
    let inner = |expr: ExprId| of_reference(file, expr, depth + 1);
    match file.expr(expr) {
        Expr::Literal(_) | Expr::Display(..) | Expr::Dict(_) => 18,
        Expr::Attribute(object, name) => pair(6, pair(inner(object), text(name))),
        Expr::Call(index) => pair(19, inner(file.calls[index as usize].callee)),
        Expr::Binary(_, left, right) => pair(20, pair(inner(left), inner(right))),
        _ => of_expr(file, expr, depth),
    }
}

fn of_literal(literal: Literal) -> u64 {
    match literal {
        Literal::None => 1,
        Literal::Ellipsis => 2,
        Literal::Bool(value) => 3 + u64::from(value),
        Literal::Int(value) => pair(5, value.cast_unsigned()),
        Literal::Float(value) => pair(6, value.to_bits()),
        Literal::Str(value) => pair(7, text(value)),
        Literal::Bytes(value) => pair(8, text(value)),
    }
}

/// Which kind of expression it is.
fn kind(expr: &Expr) -> u64 {
    let mut hasher = FxHasher::default();
    std::mem::discriminant(expr).hash(&mut hasher);
    hasher.finish()
}

fn text(symbol: Symbol) -> u64 {
    xxh3_64(symbol.as_str().as_bytes())
}

fn ordered(items: impl Iterator<Item = u64>) -> u64 {
    items.fold(0x5e, pair)
}

fn unordered(items: impl Iterator<Item = u64>) -> u64 {
    pair(0x5f, items.fold(0, |sum, item| sum.wrapping_add(pair(1, item))))
}
