//! The attack surface: every way into a program, and what guards it.
//!
//! ```text
//! FileIr of all files -> Startup (imports, factories, objects; every call of a library, with what it was given)
//!   -> routes by the tables of frameworks -> handlers -> guards, parameters -> Inventory
//! ```

mod assemble;
mod django;
mod drf;
mod factory;
mod guard;
mod handler;
mod inventory;
mod logic;
mod pattern;
mod refusal;
mod startup;
mod table;
mod visit;

use rustc_hash::FxHashSet;
use seriema_program::ir::{Expr, FileIr};

pub use inventory::{Entry, EntryKind, EntryParameter, Guard, GuardKind, GuardVia, Inventory, ParameterPlace, Place};
pub use logic::{LogicFinding, judge};

use assemble::Found;
use guard::{Guards, Standing};
use handler::Target;
use startup::{Site, Startup};
use table::Framework;

/// Finds all ways into a program. `files` in the order of their paths.
#[must_use]
pub fn inventory(files: &[FileIr]) -> Inventory {
    let frameworks = table::frameworks(&imported(files));
    if frameworks.is_empty() {
        return Inventory::default();
    }
    let mut startup = Startup::new(files);
    startup.import_all();
    factory::run(&mut startup, &frameworks);
    let mut found = assemble::routes(&startup, &frameworks);
    if let Some(django) = frameworks.iter().position(|framework| framework.name == "Django") {
        let urls = django::routes(&mut startup, django, &mut found);
        found.extend(urls);
    }
    let standing: Vec<Standing> = {
        let mut guards = Guards::new(&mut startup, &frameworks);
        found.iter().map(|found| guards.of(found)).collect()
    };
    let mut entries: Vec<Entry> =
        found.iter().zip(standing).map(|(found, standing)| entry(&startup, &frameworks, found, standing)).collect();
    entries.sort_by(|a, b| (&a.path, &a.methods, &a.registered).cmp(&(&b.path, &b.methods, &b.registered)));
    entries.dedup();
    Inventory { entries, is_bounded: startup.is_bounded(), ..Inventory::default() }
}

fn entry(startup: &Startup<'_>, frameworks: &[Framework], found: &Found, standing: Standing) -> Entry {
    let framework = &frameworks[found.framework];
    let path = found.path.clone();
    let location = match found.handler.target {
        Target::Function(func) => Site { file: func.file, span: startup.function(func).span },
        Target::Class(class) => Site { file: class.file, span: startup.class(class).span },
        Target::Other(_) => found.registered,
    };
    let parameters =
        path.parameters.into_iter().map(|(name, type_)| EntryParameter { name, place: ParameterPlace::Path, type_ });
    let is_safe = |method: &String| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    Entry {
        kind: found.kind,
        framework: framework.name.clone(),
        changes_state: found.methods.iter().any(|method| !is_safe(method)),
        methods: found.methods.clone(),
        path: path.path.replace(startup::GAP, "…"),
        is_dynamic: pattern::is_dynamic(&found.pattern),
        pattern: found.pattern.replace(startup::GAP, "…"),
        handler: found.handler.name(startup),
        location: place(startup, location),
        registered: place(startup, found.registered),
        parameters: parameters.collect(),
        guards: standing.guards,
        is_public: standing.is_public,
        is_mounted: found.is_mounted,
    }
}

/// A place, as reports have it.
fn place(startup: &Startup<'_>, site: Site) -> Place {
    logic::place(startup.file(site.file), site.span)
}

/// The first components of what is imported.
fn imported(files: &[FileIr]) -> FxHashSet<&'static str> {
    let mut imported: FxHashSet<&str> = FxHashSet::default();
    for file in files {
        for expr in &file.exprs {
            if let Expr::Module(module) | Expr::Member(module, _) = expr {
                imported.insert(module.as_str().split('.').next().unwrap_or_default());
            }
        }
    }
    imported
}
