//! Arguments of public functions, as sources: who uses a library may hand on what others gave them.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use seriema_models::{Kinds, SourceKind};
use seriema_program::ir::{FunctionKind, ParameterKind};

use crate::library::still_harms;
use crate::project::{FuncId, Project};
use crate::solve::Solution;
use crate::step::{Step, Why};
use crate::summary::{Flow, Harm, Hit, Site};
use crate::value::{Base, Fact, Flags, Label};

/// Functions between an argument and its sink: past them, it is somebody else's argument.
const MAX_DEPTH: u8 = 2;

/// Arguments of public functions that get to a sink: of all ways to one, the shortest.
pub(crate) fn through_arguments(project: &Project, solution: &Solution) -> Vec<Flow> {
    let mut found: FxHashMap<Arc<Site>, (u8, FuncId, usize)> = FxHashMap::default();
    for (func, summary) in solution.ends() {
        if !is_public(project, func) || solution.entries.contains_key(&func) {
            continue;
        }
        for (at, hit) in summary.hits.iter().enumerate() {
            if !may_arrive(hit) || !arrives(project, func, hit) {
                continue;
            }
            let best = found.entry(Arc::clone(&hit.site)).or_insert((hit.depth, func, at));
            if (hit.depth, func, at) < *best {
                *best = (hit.depth, func, at);
            }
        }
    }
    let mut out = Vec::new();
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for (site, (_, func, at)) in found {
        let hit = solution.summaries.slot(func).ends().and_then(|ends| ends.hits.get(at));
        out.extend(hit.and_then(|hit| flow(project, func, hit, site)));
    }
    out
}

/// Whether a function is there for others to call.
fn is_public(project: &Project, func: FuncId) -> bool {
    let function = project.function(func);
    let file = project.file(project.funcs[func.0 as usize].0);
    let hidden = |name: &str| name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__"));
    let aside = |name: &str| {
        matches!(
            name,
            "setup"
                | "conftest"
                | "examples"
                | "docs"
                | "tests"
                | "test"
                | "testing"
                | "benchmarks"
                | "scripts"
                | "tools"
        )
    };
    function.kind == FunctionKind::Def
        && !file.is_test
        && !function.qualified.as_str().split('.').any(hidden)
        && !file.module.as_str().split('.').any(|part| hidden(part) || aside(part))
        && project.function(project.func_id(project.funcs[func.0 as usize].0, function.parent)).kind
            != FunctionKind::Def
}

/// Whether a hit is of an argument that is near, and does harm.
pub(crate) fn may_arrive(hit: &Hit) -> bool {
    let (Base::Param(_), Harm::Kind(kind)) = (hit.label.base, &hit.site.harm) else { return false };
    hit.depth <= MAX_DEPTH
        && hit.needs.is_empty()
        && !hit.fact.flags.has(Flags::OBSCURE)
        && still_harms(*kind, &hit.fact, hit.prefix)
}

/// Whether a hit is of an argument that a caller gives as it likes.
fn arrives(project: &Project, func: FuncId, hit: &Hit) -> bool {
    let Base::Param(slot) = hit.label.base else { return false };
    let function = project.function(func);
    let Some(at) = function.parameters.iter().position(|parameter| parameter.slot == slot) else { return false };
    let own = at == 0 && function.class.is_some() && !project.traits[func.0 as usize].statical;
    !own && function.parameters[at].kind != ParameterKind::Captured
}

fn flow(project: &Project, func: FuncId, hit: &Hit, site: Arc<Site>) -> Option<Flow> {
    let Base::Param(slot) = hit.label.base else { return None };
    let function = project.function(func);
    let parameter = function.parameters.iter().find(|parameter| parameter.slot == slot)?;
    let (file, _) = project.funcs[func.0 as usize];
    let span = parameter.span();
    let first = Step::first(file, span, Why::Source(SourceKind::Argument, parameter.name));
    let step = Step::around(&first, file, span, Why::Parameter, Some(&hit.fact.step));
    let base = Base::Source(SourceKind::Argument, file, span.0, parameter.name);
    let fact = Fact { label: Label::whole(base), cleaned: Kinds::NONE, step, ..hit.fact.clone() };
    Some(Flow { site, fact })
}
