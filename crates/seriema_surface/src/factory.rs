//! Functions that make applications and that nobody calls when modules are imported: `create_app()`, which a server is
//! told to call, and `register(app)`, which other programs do.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FunctionKind, ParameterKind, Slot};

use crate::startup::{Arguments, ClassId, FuncId, Site, Startup, Value};
use crate::table::Framework;
use crate::visit::{self, Visit};

/// Names of parameters that are applications.
const PARAMETERS: &[&str] =
    &["api", "app", "application", "blueprint", "bp", "flask_app", "router", "server", "web_app", "webapp"];

/// The calls of a function, and the attributes of its variables.
#[derive(Default)]
struct Calls {
    callees: Vec<ExprId>,
    attributes: Vec<(Slot, Symbol)>,
}

impl Visit for Calls {
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        if let Expr::Call(call) = file.expr(id) {
            let callee = file.calls[call as usize].callee;
            self.callees.push(callee);
            let mut name = None;
            let mut of = callee;
            while let Expr::Attribute(inner, attribute) = file.expr(of) {
                name = Some(match name {
                    Some(name) => attribute.dot(name),
                    None => attribute,
                });
                of = inner;
            }
            if let (Expr::Local(slot), Some(name)) = (file.expr(of), name) {
                self.attributes.push((slot, name));
            }
        }
    }
}

/// Calls what makes applications.
pub(crate) fn run(startup: &mut Startup<'_>, frameworks: &[Framework]) {
    let classes: FxHashSet<&str> = frameworks
        .iter()
        .flat_map(|framework| &framework.routers)
        .flat_map(|router| router.class.iter().map(String::as_str))
        .collect();
    let mut callers: FxHashMap<FuncId, Vec<FuncId>> = FxHashMap::default();
    let mut makers: Vec<FuncId> = Vec::new();
    let mut takers: Vec<(FuncId, Slot, &Framework)> = Vec::new();
    for func in uncalled(startup) {
        let file = startup.file(func.file);
        let function = startup.function(func);
        let mut calls = Calls::default();
        visit::block(file, function.body, &mut calls);
        for callee in calls.callees {
            if !is_name(file, callee) {
                continue;
            }
            let value = startup.meaning(func, callee);
            if startup.kinds(value).iter().any(|kind| classes.contains(kind.as_str())) {
                makers.push(func);
            }
            if let Some(callee) = startup.innermost(value) {
                callers.entry(callee).or_default().push(func);
            }
        }
        if let Some((slot, framework)) = taken(startup, func, &calls.attributes, frameworks) {
            takers.push((func, slot, framework));
        }
    }
    // Who calls a maker makes, too; the outermost are called, and call the others.
    let mut all: FxHashSet<FuncId> = makers.iter().copied().collect();
    let mut waiting = makers;
    while let Some(next) = waiting.pop() {
        for caller in callers.get(&next).into_iter().flatten() {
            if all.insert(*caller) {
                waiting.push(*caller);
            }
        }
    }
    let mut ordered: Vec<FuncId> = all.iter().copied().collect();
    ordered.sort_unstable();
    let is_called =
        |func: &FuncId| callers.get(func).is_some_and(|callers| callers.iter().any(|c| c != func && all.contains(c)));
    ordered.sort_by_key(is_called);
    for func in ordered {
        if !startup.was_called(func) {
            call(startup, func, &[]);
        }
    }
    for (func, slot, framework) in takers {
        if startup.was_called(func) {
            continue;
        }
        let Some(class) = framework.routers.iter().find(|router| router.root).and_then(|router| router.class.first())
        else {
            continue;
        };
        let site = Site { file: func.file, span: startup.function(func).span };
        let app = startup.call(Value::api(class), Arguments::default(), site);
        call(startup, func, &[(slot, app)]);
    }
}

/// Functions and methods that were not called, of code that is not for tests.
fn uncalled(startup: &Startup<'_>) -> Vec<FuncId> {
    let mut all = Vec::new();
    for (at, file) in startup.files.iter().enumerate() {
        if file.is_test {
            continue;
        }
        for (index, function) in file.functions.iter().enumerate() {
            let func =
                FuncId { file: u32::try_from(at).unwrap_or(u32::MAX), index: u32::try_from(index).unwrap_or(u32::MAX) };
            let is_outer = function.parent == 0 || function.class.is_some();
            if function.kind == FunctionKind::Def && is_outer && !startup.was_called(func) {
                all.push(func);
            }
        }
    }
    all
}

/// Whether a callee is a name with attributes: nothing else is looked at.
fn is_name(file: &FileIr, mut expr: ExprId) -> bool {
    while let Expr::Attribute(of, _) = file.expr(expr) {
        expr = of;
    }
    matches!(file.expr(expr), Expr::Local(_) | Expr::Global(_) | Expr::Member(..) | Expr::Module(_))
}

/// The parameter that a function takes for an application, by what it does with it.
fn taken<'t>(
    startup: &Startup<'_>,
    func: FuncId,
    attributes: &[(Slot, Symbol)],
    frameworks: &'t [Framework],
) -> Option<(Slot, &'t Framework)> {
    let function = startup.function(func);
    let file = startup.file(func.file);
    let parameter = function
        .parameters
        .iter()
        .find(|parameter| parameter.kind != ParameterKind::Captured && PARAMETERS.contains(&parameter.name.as_str()))?;
    let names: Vec<&str> =
        attributes.iter().filter(|(slot, _)| *slot == parameter.slot).map(|(_, n)| n.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    // Of two frameworks, the one that the file imports.
    let imports = |framework: &Framework| {
        file.exprs.iter().any(|expr| match expr {
            Expr::Module(module) | Expr::Member(module, _) => {
                let first = module.as_str().split('.').next().unwrap_or_default();
                framework.modules.iter().any(|known| known == first)
            }
            _ => false,
        })
    };
    let knows = |framework: &&Framework| {
        let routes = framework.routes.iter().flat_map(|route| &route.calls);
        let mounts = framework.mounts.iter().flat_map(|mount| &mount.calls);
        let attaches = framework.attaches.iter().flat_map(|attach| &attach.calls);
        // `app.get(...)` may be anything; those with names of their own are of one framework.
        routes.chain(mounts).chain(attaches).any(|known| names.contains(&known.as_str()) && known.len() > 4)
    };
    let framework = frameworks.iter().filter(knows).find(|framework| imports(framework));
    let framework = framework.or_else(|| match frameworks {
        [only] => Some(only).filter(|only| knows(only)),
        _ => None,
    })?;
    Some((parameter.slot, framework))
}

/// Calls a function or method of which nobody knows who calls it.
fn call(startup: &mut Startup<'_>, func: FuncId, given: &[(Slot, Value)]) {
    let function = startup.function(func);
    let scope = startup.module_context(func.file);
    let object = function.class.map(|index| {
        let class = ClassId { file: func.file, index };
        // What a method works on was made before.
        let init = startup.class_value(class, "__init__").and_then(|init| startup.innermost(init));
        let object = startup.object(class);
        if let Some(init) = init.filter(|init| *init != func && !startup.was_called(*init)) {
            let scope = startup.module_context(init.file);
            startup.invoke(init, scope.frame, Some(object), &Arguments { is_open: true, ..Arguments::default() });
        }
        object
    });
    if startup.was_called(func) {
        return;
    }
    let names = function.parameters.iter().filter_map(|parameter| {
        let (_, value) = given.iter().find(|(slot, _)| *slot == parameter.slot)?;
        Some((parameter.name, *value))
    });
    let arguments = Arguments { positional: Vec::new(), keywords: names.collect(), is_open: true };
    startup.invoke(func, scope.frame, object, &arguments);
}
