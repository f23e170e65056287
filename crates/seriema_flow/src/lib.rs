//! Whole-program taint analysis.
//!
//! ```text
//! FileIr of all files -> Project (modules, classes, functions) -> levels of the call graph
//!   -> one Summary a function, callees first, until nothing changes -> flows -> findings
//! ```
//!
//! A function is gone through once, forwards, with what is known at each point (`interp`); what it does with its
//! parameters is written as a summary (`summary`), and callers put their arguments in (`instantiate`). The result does
//! not depend on the number of threads: functions of a level see the summaries of the levels before, and of no other.

/// The symbol of a text that is written here, looked up once.
macro_rules! symbol {
    ($text:literal) => {{
        static SYMBOL: std::sync::LazyLock<seriema_program::Symbol> =
            std::sync::LazyLock::new(|| seriema_program::Symbol::new($text));
        *SYMBOL
    }};
}

mod access;
mod apis;
mod argument;
mod attr;
mod builtin;
mod call;
mod cells;
mod env;
mod eval;
mod field;
mod frameworks;
mod graph;
mod guard;
mod heap;
mod inquiry;
mod instantiate;
mod interp;
mod label;
mod library;
mod memo;
mod method;
mod note;
mod patch;
mod place;
mod probe;
mod project;
mod reach;
mod registered;
mod report;
mod routes;
mod shape;
mod solve;
mod step;
mod stored;
mod summaries;
mod summary;
mod threat;
mod usage;
mod value;
mod when;
mod words;

use std::sync::Arc;

use rustc_hash::FxHashSet;
pub use seriema_models::ModelError;
use seriema_models::Models;
use seriema_program::ir::{Expr, FileIr};
use xxhash_rust::xxh3::xxh3_64;

pub use inquiry::{Inquiry, Revealed};
pub use memo::ToKeep;
pub use place::{Answer, Giver, NoAnswer, Origin, OriginKind, Sink, Spot, Target, TargetKind};
pub use reach::{Wanted, imported};
pub use report::{FlowFinding, Place};
pub use threat::Threat;

use memo::Memo;
use project::Project;
use solve::Solution;

/// What was analysed, and what was not.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Files.
    pub files: usize,
    /// Functions, module and class bodies among them.
    pub functions: usize,
    /// Functions that are called from outside.
    pub entries: usize,
    /// Calls of functions of the project.
    pub resolved: u64,
    /// Calls of libraries.
    pub external: u64,
    /// Calls of which nobody knows what they call.
    pub unresolved: u64,
    /// Functions that a bound cut short: path, line, name.
    pub bounded: Vec<(Arc<str>, u32, String)>,
    /// Functions that still changed when the last round was over.
    pub unsettled: usize,
    /// Who the attacker was taken to be.
    pub threat: Threat,
    /// Frameworks that are imported and that no model knows: what comes in through them is not seen.
    pub without_model: Vec<String>,
}

/// What the analysis found.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Findings in the order of files and places.
    pub findings: Vec<FlowFinding>,
    /// The account.
    pub account: Account,
}

/// A model of the project's own: file name and text.
pub type OwnModel = (String, String);

/// Reads a model by itself.
///
/// # Errors
/// When it is malformed: with its file, line, and what is wrong.
pub fn check_model(model: &OwnModel) -> Result<(), ModelError> {
    let (name, text) = model;
    Models::default().read(name, text)
}

/// How a program is analysed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Models of the project's own.
    pub models: Vec<OwnModel>,
    /// Who the attacker is; none leaves it to what the project looks like.
    pub threat: Option<Threat>,
    /// Whether the process ends soon: what was built for the analysis is left to the system then, not taken apart.
    pub once: bool,
}

/// Analyses a program. `files` in the order of their paths.
///
/// # Errors
/// When a model is malformed.
pub fn analyse(files: Vec<FileIr>, options: &Options) -> Result<Analysis, ModelError> {
    let (project, solution) = solved(files, &options.models)?;
    let analysis = analysis(&project, &solution, options);
    if options.once {
        std::mem::forget((project, solution));
    }
    Ok(analysis)
}

/// Analyses a program as [`analyse`] does, and takes from what an earlier run kept whatever still holds. Gives what is to
/// be kept for the next one; none when nothing changed. What is given as kept has to come from the same version of the
/// program, undamaged.
///
/// # Errors
/// When a model is malformed.
pub fn analyse_again(
    files: Vec<FileIr>,
    options: &Options,
    kept: Option<Vec<u8>>,
) -> Result<(Analysis, Option<ToKeep>), ModelError> {
    let project = linked(files, &options.models)?;
    let settings = options.models.iter().fold(0, |hash, (name, text)| {
        let model = stored::both(xxh3_64(name.as_bytes()), xxh3_64(text.as_bytes()));
        stored::both(hash, model)
    });
    let memo = Memo::read(&project, settings, kept);
    let (solution, record) = solve::solve(&project, Some(&memo));
    let kept = record.and_then(|record| record.to_keep(&memo));
    let analysis = analysis(&project, &solution, options);
    if options.once {
        std::mem::forget((project, solution, memo));
    }
    Ok((analysis, kept))
}

fn analysis(project: &Project, solution: &Solution, options: &Options) -> Analysis {
    let threat = options.threat.unwrap_or_else(|| Threat::guess(project, solution));
    let findings = report::findings(project, solution, threat);
    let mut account = Account {
        files: project.files.len(),
        functions: project.funcs.len(),
        entries: solution.entries.len(),
        unsettled: solution.unsettled,
        threat,
        without_model: frameworks::without_model(
            &first_imported(&project.files),
            |name| project.module(name).is_some(),
            &project.models,
        ),
        ..Account::default()
    };
    for (number, note) in solution.notes.iter().enumerate() {
        account.resolved += u64::from(note.counts.resolved);
        account.external += u64::from(note.counts.external);
        account.unresolved += u64::from(note.counts.unresolved);
        if note.bounded {
            let (file, _) = project.funcs[number];
            let file = project.file(file);
            let function = project.function(project::FuncId(u32::try_from(number).unwrap_or(u32::MAX)));
            account.bounded.push((Arc::clone(&file.path), file.line(function.span.0), function.qualified.to_string()));
        }
    }
    Analysis { findings, account }
}

/// The program, and what its functions do.
fn solved(files: Vec<FileIr>, own: &[OwnModel]) -> Result<(Project, Solution), ModelError> {
    let project = linked(files, own)?;
    let (solution, _) = solve::solve(&project, None);
    Ok((project, solution))
}

/// The program, its files put together.
fn linked(files: Vec<FileIr>, own: &[OwnModel]) -> Result<Project, ModelError> {
    let mut models = Models::for_modules(&first_imported(&files))?;
    for (name, text) in own {
        models.read(name, text)?;
    }
    Ok(Project::new(files, models))
}

/// The first components of what is imported.
fn first_imported(files: &[FileIr]) -> FxHashSet<&'static str> {
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
