//! Views that nobody names: a framework cannot enter them by themselves.

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use seriema_models::SourceKind;
use seriema_program::Symbol;
use seriema_program::ir::{Expr, FunctionKind, Literal, Stmt};

use crate::graph::{walk_body, walk_expr};
use crate::project::{ClassId, FileId, FuncId, Project, Static, root, scan};

/// Aliases followed from module to module.
const MAX_HOPS: u32 = 12;
/// Functions that find classes without their names.
const SEEKERS: &[&str] = &["__subclasses__", "getmembers", "walk_packages", "iter_modules"];

/// The classes that a framework enters by a URL and that are dormant: one with subclasses that is never named, and one
/// without, if others of its family are named. A URL leads to a class that somebody named; who inherits from it does not
/// name it so, nor does an import, nor its own body.
pub(crate) fn dormant(project: &Project) -> FxHashSet<ClassId> {
    let views: Vec<ClassId> = project.class_ids().filter(|class| is_view(project, *class)).collect();
    if !views.iter().any(|class| project.class(*class).mro.len() > 1) {
        return FxHashSet::default();
    }
    let Some(named) = named(project) else { return FxHashSet::default() };
    let is_named = |class: &ClassId| named.contains(class);
    let mut out = FxHashSet::default();
    for class in views {
        let info = project.class(class);
        let makes_known = project.method(class, symbol!("__init_subclass__")).is_some();
        if is_named(&class) || makes_known {
            continue;
        }
        let alone = info.subclasses.is_empty();
        let family = || info.mro.iter().skip(1).any(|base| is_named(base) || any_below(project, *base, &is_named, 6));
        if !alone || family() {
            out.insert(class);
        }
    }
    out
}

fn any_below(project: &Project, class: ClassId, is_named: &impl Fn(&ClassId) -> bool, depth: u32) -> bool {
    let all = &project.class(class).subclasses;
    depth > 0 && all.iter().any(|class| is_named(class) || any_below(project, *class, is_named, depth - 1))
}

/// Whether a URL leads to it, rather than the name of a command or a task.
fn is_view(project: &Project, class: ClassId) -> bool {
    let bases = &project.class(class).api_bases;
    let routes = bases.iter().flat_map(|base| project.models.base_routes(base.as_str()));
    let mut kinds = routes.filter(|route| !route.methods.is_empty()).map(|route| route.parameters).peekable();
    kinds.peek().is_some() && kinds.all(|kind| kind.is_none() || kind == Some(SourceKind::HttpPath))
}

/// The classes that are named; none when the project finds some without their names.
fn named(project: &Project) -> Option<FxHashSet<ClassId>> {
    let of = |number: usize| named_in(project, FuncId(u32::try_from(number).unwrap_or(u32::MAX)));
    let all: Option<Vec<Found>> = (0..project.funcs.len()).into_par_iter().map(of).collect();
    let mut out = FxHashSet::default();
    let mut names: FxHashSet<Symbol> = FxHashSet::default();
    for found in all? {
        out.extend(found.classes);
        names.extend(found.names);
    }
    for class in project.class_ids() {
        let info = project.class(class);
        let node = &project.file(info.file).classes[info.index as usize];
        if !node.decorators.is_empty() || names.contains(&node.name) {
            out.insert(class);
        }
    }
    Some(out)
}

#[derive(Default)]
struct Found {
    classes: Vec<ClassId>,
    /// Last components of texts and of chains of attributes, whatever they lead to: `"shop.views.Orders"`.
    names: Vec<Symbol>,
}

/// What a function names; none when it finds classes without their names.
fn named_in(project: &Project, func: FuncId) -> Option<Found> {
    let (file_id, _) = project.funcs[func.0 as usize];
    let file = project.file(file_id);
    let function = project.function(func);
    let module = function.kind == FunctionKind::Module;
    // `super(Orders, self)`, `Orders.get(self)`: of itself and of its bases.
    let own = function.class.map(|class| project.class_id(file_id, class));
    let own: &[ClassId] = own.map_or(&[], |own| &project.class(own).mro);
    let mut imports = FxHashSet::default();
    if module {
        scan(file, function.body, &mut |stmt| {
            if let Stmt::Assign(_, value) = stmt
                && let Expr::Member(..) = file.expr(value)
            {
                imports.insert(value);
            }
        });
    }
    let mut found = Found::default();
    let mut seeks = false;
    let mut targets = FxHashSet::default();
    scan(file, function.body, &mut |stmt| {
        if let Stmt::Assign(target, _) = stmt {
            targets.insert(target);
        }
    });
    let mut visit = |expr| {
        let candidates = match file.expr(expr) {
            Expr::Literal(Literal::Str(text)) => {
                let last = text.as_str().rsplit(['.', ':']).next().unwrap_or_default();
                if last.chars().next().is_some_and(char::is_uppercase) && last.len() < 80 {
                    found.names.push(Symbol::new(last));
                }
                return;
            }
            Expr::Member(_, name) | Expr::Attribute(_, name) if SEEKERS.contains(&name.as_str()) => {
                seeks = true;
                return;
            }
            Expr::Local(_) if !module || targets.contains(&expr) => return,
            // Whose attribute it is, nobody knows here.
            Expr::Attribute(_, name) if !module && matches!(root(file, expr), Expr::Local(_)) => {
                found.names.push(name);
                return;
            }
            Expr::Member(..) if imports.contains(&expr) => return,
            Expr::Local(_) => classes_of(project, file_id, expr),
            Expr::Global(name) | Expr::Member(_, name) | Expr::Attribute(_, name) => {
                let of_own = own.iter().any(|class| {
                    let info = project.class(*class);
                    project.file(info.file).classes[info.index as usize].name == name
                });
                if !of_own && name.as_str().starts_with(char::is_uppercase) {
                    found.names.push(name);
                }
                classes_of(project, file_id, expr)
            }
            _ => return,
        };
        found.classes.extend(candidates.into_iter().filter(|class| !own.contains(class)));
    };
    walk_body(file, function.body, &mut visit);
    for decorator in &function.decorators {
        walk_expr(file, *decorator, &mut visit);
    }
    (!seeks).then_some(found)
}

fn classes_of(project: &Project, file: FileId, expr: seriema_program::ir::ExprId) -> Vec<ClassId> {
    let class = |found| if let Static::Class(class) = found { Some(class) } else { None };
    project.static_expr(file, expr, MAX_HOPS).into_iter().filter_map(class).collect()
}
