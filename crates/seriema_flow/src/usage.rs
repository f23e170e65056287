//! Which variables of modules nobody changes: what they hold is what their module put into them. And which attributes
//! are assigned to at all.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FormatPart, Literal, Stmt};

use crate::project::{FileId, Project, Static};

/// Modules that a name is handed through.
const MAX_HOPS: u32 = 4;

/// A variable of a module.
type Variable = (FileId, Symbol);

/// How often a variable is named outside of its module's body, and how often only to look at what it holds.
#[derive(Default)]
struct Uses {
    named: u32,
    read: u32,
    changed: bool,
}

/// The variables that functions only read.
pub(crate) fn unchanged(project: &Project) -> FxHashSet<Variable> {
    let mut uses: FxHashMap<Variable, Uses> = FxHashMap::default();
    for (number, file) in (0..).zip(&project.files) {
        let id = FileId(number);
        let imports: FxHashSet<ExprId> = project.bound_expressions(id).collect();
        let variables: Vec<Option<Variable>> = (0..file.exprs.len())
            .map(|at| {
                let expr = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
                if imports.contains(&expr) { None } else { variable(project, id, file, expr) }
            })
            .collect();
        let of = |expr: ExprId| variables.get(expr.0 as usize).copied().flatten();
        for variable in variables.iter().flatten() {
            uses.entry(*variable).or_default().named += 1;
        }
        for expr in &file.exprs {
            readers(file, *expr, &mut |read| {
                if let Some(variable) = of(read) {
                    uses.entry(variable).or_default().read += 1;
                }
            });
            if let Expr::Call(index) = expr
                && let Expr::Attribute(object, method) = file.expr(file.calls[*index as usize].callee)
                && changes(method)
                && let Some(variable) = root(file, object, &of)
            {
                uses.entry(variable).or_default().changed = true;
            }
        }
        for stmt in &file.stmts {
            match stmt {
                Stmt::For(_, iter, ..) => {
                    if let Some(variable) = of(*iter) {
                        uses.entry(variable).or_default().read += 1;
                    }
                }
                Stmt::Assign(target, _) | Stmt::Augment(target, ..) | Stmt::Delete(target) => {
                    targets(file, *target, &mut |target| {
                        if let Some(variable) = root(file, target, &of) {
                            uses.entry(variable).or_default().changed = true;
                        }
                    });
                }
                _ => {}
            }
        }
    }
    let mut out = FxHashSet::default();
    for (number, file) in (0..).zip(&project.files) {
        let id = FileId(number);
        let Some(module) = file.functions.first() else { continue };
        for name in &module.locals {
            let kept = uses.get(&(id, *name)).is_none_or(|uses| !uses.changed && uses.named == uses.read);
            if kept && project.is_fixed(id, *name) {
                out.insert((id, *name));
            }
        }
    }
    out
}

/// The variable that an expression of a function names.
fn variable(project: &Project, id: FileId, file: &FileIr, expr: ExprId) -> Option<Variable> {
    match file.expr(expr) {
        Expr::Global(name) => project.owner(id, name, MAX_HOPS),
        Expr::Member(module, name) => {
            let module = project.module(module.as_str())?;
            project.owner(module, name, MAX_HOPS)
        }
        Expr::Attribute(object, name) => {
            let mut first = object;
            while let Expr::Attribute(inner, _) = file.expr(first) {
                first = inner;
            }
            if !matches!(file.expr(first), Expr::Global(_) | Expr::Module(_)) {
                return None;
            }
            match project.static_expr(id, object, MAX_HOPS).as_slice() {
                [Static::Module(module)] => project.owner(*module, name, MAX_HOPS),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a chain of attributes and elements is taken from.
fn root(file: &FileIr, mut expr: ExprId, of: &impl Fn(ExprId) -> Option<Variable>) -> Option<Variable> {
    loop {
        if let Some(variable) = of(expr) {
            return Some(variable);
        }
        match file.expr(expr) {
            Expr::Attribute(object, _) | Expr::Index(object, _) | Expr::Slice(object, ..) => expr = object,
            _ => return None,
        }
    }
}

/// What is assigned to, of several targets each.
fn targets(file: &FileIr, target: ExprId, visit: &mut dyn FnMut(ExprId)) {
    match file.expr(target) {
        Expr::Display(_, list) => file.exprs_of(list).iter().for_each(|one| targets(file, *one, visit)),
        Expr::Star(inner) => targets(file, inner, visit),
        Expr::Index(..) | Expr::Attribute(..) | Expr::Slice(..) | Expr::Global(_) => visit(target),
        _ => {}
    }
}

/// The operands that an expression looks at without handing them on.
fn readers(file: &FileIr, expr: Expr, visit: &mut dyn FnMut(ExprId)) {
    match expr {
        Expr::Index(object, index) => [object, index].into_iter().for_each(visit),
        Expr::Slice(object, lower, upper) => [Some(object), lower, upper].into_iter().flatten().for_each(visit),
        Expr::Compare(_, left, right) | Expr::Binary(_, left, right) => [left, right].into_iter().for_each(visit),
        Expr::Star(inner) | Expr::Not(inner) | Expr::Negate(inner) | Expr::Unary(inner) => visit(inner),
        Expr::Format(index) => {
            for part in &file.formats[index as usize] {
                if let FormatPart::Value(value, _) = part {
                    visit(*value);
                }
            }
        }
        Expr::Comprehension(_, index) => {
            file.comprehensions[index as usize].clauses.iter().for_each(|clause| visit(clause.iter));
        }
        Expr::Call(index) => {
            let call = &file.calls[index as usize];
            let harmless = match file.expr(call.callee) {
                Expr::Attribute(object, method) => {
                    if reads(method) {
                        visit(object);
                    }
                    takes_elements(method)
                }
                Expr::Global(name) => is_reading_builtin(name),
                _ => false,
            };
            for argument in &call.positional {
                if harmless {
                    visit(*argument);
                }
            }
            for (name, argument) in &call.keywords {
                if name.is_none() {
                    visit(*argument);
                }
            }
        }
        _ => {}
    }
}

/// Methods of containers and strings that change nothing and give away only what is in them.
fn reads(method: Symbol) -> bool {
    matches!(
        method.as_str(),
        "get"
            | "items"
            | "keys"
            | "values"
            | "copy"
            | "index"
            | "count"
            | "union"
            | "intersection"
            | "difference"
            | "issubset"
            | "issuperset"
            | "isdisjoint"
            | "join"
            | "format"
            | "format_map"
            | "startswith"
            | "endswith"
            | "split"
            | "strip"
            | "lower"
            | "upper"
            | "encode"
            | "replace"
            | "__contains__"
            | "__getitem__"
    )
}

/// Methods that take the elements of their arguments, not the arguments themselves.
fn takes_elements(method: Symbol) -> bool {
    matches!(
        method.as_str(),
        "join"
            | "extend"
            | "update"
            | "union"
            | "intersection"
            | "difference"
            | "issubset"
            | "issuperset"
            | "isdisjoint"
            | "startswith"
            | "endswith"
    )
}

/// Methods that change what they are called on.
fn changes(method: Symbol) -> bool {
    matches!(
        method.as_str(),
        "append"
            | "add"
            | "update"
            | "extend"
            | "insert"
            | "pop"
            | "remove"
            | "clear"
            | "setdefault"
            | "discard"
            | "put"
            | "put_nowait"
            | "appendleft"
            | "extendleft"
            | "popleft"
            | "popitem"
            | "sort"
            | "reverse"
            | "set"
            | "write"
            | "__setitem__"
            | "__delitem__"
            | "difference_update"
            | "intersection_update"
            | "register"
    )
}

/// Functions of the language that look at a container.
fn is_reading_builtin(name: Symbol) -> bool {
    matches!(
        name.as_str(),
        "len"
            | "sorted"
            | "list"
            | "tuple"
            | "set"
            | "frozenset"
            | "dict"
            | "any"
            | "all"
            | "sum"
            | "min"
            | "max"
            | "enumerate"
            | "zip"
            | "reversed"
            | "isinstance"
            | "str"
            | "repr"
            | "print"
            | "bool"
            | "range"
    )
}

/// The attributes that a file sets, of whatever.
#[derive(Debug, Default)]
pub(crate) struct SetAttributes {
    pub(crate) names: FxHashSet<Symbol>,
    /// Whether it sets attributes whose names are not written.
    pub(crate) any: bool,
}

impl SetAttributes {
    pub(crate) fn of(file: &FileIr) -> Self {
        let mut set = Self::default();
        let mut note = |target: ExprId| {
            if let Expr::Attribute(_, name) = file.expr(target) {
                set.names.insert(name);
            }
        };
        for stmt in &file.stmts {
            match stmt {
                Stmt::Assign(target, _) | Stmt::Augment(target, ..) | Stmt::Delete(target) | Stmt::For(target, ..) => {
                    targets(file, *target, &mut note);
                }
                Stmt::With(_, Some(target), _) => targets(file, *target, &mut note),
                _ => {}
            }
        }
        for call in &file.calls {
            match file.expr(call.callee) {
                // `View.as_view(template="...")` sets attributes of the instance.
                Expr::Attribute(_, method) if method.as_str() == "as_view" => {
                    set.names.extend(call.keywords.iter().filter_map(|(name, _)| *name));
                }
                Expr::Global(name) if name.as_str() == "setattr" => {
                    match call.positional.get(1).map(|name| file.expr(*name)) {
                        Some(Expr::Literal(Literal::Str(name))) => {
                            set.names.insert(name);
                        }
                        _ => set.any = true,
                    }
                }
                _ => {}
            }
        }
        set
    }
}
