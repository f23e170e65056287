//! A program that was analysed, to be asked about.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_models::ModelError;
use seriema_program::ir::{Expr, ExprId, FileIr};

use crate::cells::Cells;
use crate::interp::{Analysed, Known, analyse_noting};
use crate::probe::Probe;
use crate::project::{FileId, FuncId, Project};
use crate::report::FlowFinding;
use crate::solve::Solution;
use crate::summary::Summary;
use crate::value::Value;
use crate::words::Words;
use crate::{Options, Threat, report, solved};

/// What stands in a program to ask what the analysis knows at that place: `reveal_taint(x)`.
const REVEALS: [(&str, Reveal); 3] =
    [("reveal_taint", Reveal::Taint), ("reveal_value", Reveal::Value), ("reveal_callees", Reveal::Callees)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reveal {
    Taint,
    Value,
    Callees,
}

/// What a `reveal_...` call in a program has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// The file.
    pub path: std::sync::Arc<str>,
    /// The one-based line of the call.
    pub line: u32,
    /// What is known of the argument.
    pub text: String,
}

/// A program that was analysed, to be asked about its places.
pub struct Inquiry {
    pub(crate) project: Project,
    pub(crate) solution: Solution,
    pub(crate) cells: Cells,
    pub(crate) findings: Vec<FlowFinding>,
}

/// What was seen in a function.
pub(crate) struct Replay {
    pub(crate) func: FuncId,
    pub(crate) summary: Summary,
    pub(crate) probe: Box<Probe>,
}

impl Inquiry {
    /// Analyses a program. `files` in the order of their paths.
    ///
    /// # Errors
    /// When a model is malformed.
    pub fn new(files: Vec<FileIr>, options: &Options) -> Result<Self, ModelError> {
        let (project, solution) = solved(files, &options.models)?;
        let threat = options.threat.unwrap_or_else(|| Threat::guess(&project, &solution));
        let findings = report::findings(&project, &solution, threat);
        let cells = Cells::collect(&solution);
        Ok(Self { project, solution, cells, findings })
    }

    /// What the analysis finds.
    #[must_use]
    pub fn findings(&self) -> &[FlowFinding] {
        &self.findings
    }

    /// Goes through a function once more, with everything known.
    pub(crate) fn replay(&self, func: FuncId, probe: Box<Probe>) -> Replay {
        let known = Known {
            summaries: &self.solution.summaries,
            entries: &self.solution.entries,
            patches: &self.solution.patches,
            fields: &self.solution.fields,
            again: false,
            versions: None,
            fresh: &FxHashSet::default(),
        };
        let Analysed { summary, probe, .. } = analyse_noting(&self.project, &known, func, Some(probe));
        Replay { func, summary, probe: probe.unwrap_or_default() }
    }

    pub(crate) fn words<'a>(&'a self, replay: &'a Replay) -> Words<'a> {
        Words { project: &self.project, func: replay.func, cells: &self.cells, summary: &replay.summary }
    }

    /// The functions of a file, the module's body first.
    pub(crate) fn functions_of(&self, file: FileId) -> impl Iterator<Item = FuncId> + '_ {
        (0..).zip(&self.project.funcs).filter(move |(_, (own, _))| *own == file).map(|(number, _)| FuncId(number))
    }

    /// What calls of `reveal_taint`, `reveal_value` and `reveal_callees` have to say, in the order of files and places.
    /// To an analysis they are functions like others.
    #[must_use]
    pub fn reveals(&self) -> Vec<Revealed> {
        let mut out = Vec::new();
        for (number, file) in (0..).zip(&self.project.files) {
            let asked = asked(file);
            if asked.is_empty() {
                continue;
            }
            let mut answers: FxHashMap<ExprId, String> = FxHashMap::default();
            for func in self.functions_of(FileId(number)) {
                let replay = self.replay(func, Probe::of_all());
                let words = self.words(&replay);
                for (_, what, argument) in &asked {
                    if let Some(value) = replay.probe.values.get(argument) {
                        answers.insert(*argument, reveal(&words, *what, value));
                    }
                }
            }
            for (line, _, argument) in asked {
                let text = answers.remove(&argument).unwrap_or_else(|| "unreachable".to_owned());
                out.push(Revealed { path: std::sync::Arc::clone(&file.path), line, text });
            }
        }
        out
    }
}

fn reveal(words: &Words<'_>, what: Reveal, value: &Value) -> String {
    match what {
        Reveal::Taint => words.taint(value),
        Reveal::Value => words.value(value),
        Reveal::Callees => {
            let found = words.callees(value);
            if found.is_empty() { "unknown".to_owned() } else { found.join(", ") }
        }
    }
}

/// Lines, kinds and arguments of the calls that ask.
fn asked(file: &FileIr) -> Vec<(u32, Reveal, ExprId)> {
    let mut out = Vec::new();
    for (expr, span) in file.exprs.iter().zip(&file.spans) {
        let Expr::Call(index) = expr else { continue };
        let call = &file.calls[*index as usize];
        let Expr::Global(name) = file.expr(call.callee) else { continue };
        let reveal = REVEALS.iter().find(|(known, _)| *known == name.as_str());
        if let (Some((_, what)), Some(argument)) = (reveal, call.positional.first()) {
            out.push((file.line(span.0), *what, *argument));
        }
    }
    out.sort_by_key(|(line, ..)| *line);
    out
}
