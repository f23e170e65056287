//! All files.

use rayon::prelude::*;
use seriema_finding::{Diagnostic, DiagnosticKind, Finding, Package, Persona};
use seriema_flow::Account;
use seriema_program::{LinkTable, ModuleIndex, ParsedFile};
use seriema_workspace::{FileKind, SourceFile};

use crate::cache::{Cache, Entry, Known};
use crate::file::{Outcome, Task, analyse_bytes, read};
use crate::{Settings, flow, link, secrets, suppress, surface};

/// Told of each file that is done. Called from many threads.
pub type Progress<'p> = &'p (dyn Fn() + Sync);

/// What an audit found, of all personas.
#[derive(Debug, Default)]
pub struct Audit {
    /// Findings in report order, each with the index of its file's settings.
    pub findings: Vec<(usize, Finding)>,
    /// What was not (fully) analysed, by path.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were read and parsed, at least in part.
    pub files: usize,
    /// Lines in them.
    pub lines: usize,
    /// Secrets that were found and are known: a baseline, a report or an ignore file has them.
    pub known: usize,
    /// What the analysis of the whole program took in; none when it was not asked for.
    pub account: Option<Account>,
    /// What there is to say about the cache.
    pub notes: Vec<String>,
    /// What manifests name, when dependencies were audited.
    pub dependencies: Option<Vec<Package>>,
    /// The project's name, where its manifests say one.
    pub project: Option<String>,
}

impl Audit {
    /// Adds what an audit of dependencies found in files that are counted here already.
    pub fn add_dependencies(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.findings.sort_by(|(_, a), (_, b)| a.sort_key().cmp(&b.sort_key()));
        self.diagnostics.extend(other.diagnostics);
        self.dependencies = other.dependencies;
        self.project = other.project;
    }
}

/// Audits files. Runs on the current rayon pool, whose threads
/// should have a stack of 64 MiB for deeply nested code.
#[must_use]
pub fn audit(files: &[SourceFile], settings: &Settings, progress: Progress<'_>) -> Audit {
    let modules = link::modules(files);
    let secrets = settings.secrets.as_deref();
    let known = settings.cache.as_ref().map(|cache| Known::load(cache, files, secrets));
    let task = Task { modules: &modules, links: None, flow: false, code: settings.code, secrets };
    let max_size = |file: &SourceFile| settings.of(&file.absolute).1.max_file_size.value;
    let (mut outcomes, mut entries): (Vec<Outcome>, Vec<Option<Entry>>) = files
        .par_iter()
        .map(|file| {
            // Flows in tests are told to the auditor alone.
            let persona = settings.of(&file.absolute).1.persona.value;
            let followed = settings.flow && has_code(file) && (!file.is_test || persona == Persona::Auditor);
            let run = |bytes| analyse_bytes(file, bytes, Task { flow: followed, ..task });
            let outcome = match (read(file, max_size(file), task), &known) {
                (Err(unreadable), _) => (*unreadable, None),
                // What is found in an archive stands elsewhere than in the file, which the cache does not keep.
                (Ok(bytes), Some(known)) if file.kind != FileKind::Archive => known.outcome(file, bytes, followed, run),
                (Ok(bytes), _) => (run(bytes), None),
            };
            progress();
            outcome
        })
        .unzip();
    relink(files, &modules, &mut outcomes, &mut entries, &|file, entry, links| {
        let run = |bytes| analyse_bytes(file, bytes, Task { links: Some(links), ..task });
        let read = || read(file, max_size(file), Task { secrets: None, ..task });
        match (&known, entry) {
            (Some(known), Some(entry)) => known.linked(file, entry, links, read, run),
            _ => read().map_or_else(|unreadable| *unreadable, run),
        }
    });
    if let Some(known) = known {
        known.keep(&entries);
    }
    drop(entries);
    let again = |file: &SourceFile| flow::read_again(file, max_size(file));
    let account = follow(files, settings, &mut outcomes, &again);
    let parts: Vec<Audit> =
        files.par_iter().zip(outcomes).map(|(file, outcome)| conclude(file, outcome, settings)).collect();
    let mut audit = Audit { account, ..Audit::default() };
    for mut part in parts {
        audit.findings.append(&mut part.findings);
        audit.diagnostics.append(&mut part.diagnostics);
        audit.files += part.files;
        audit.lines += part.lines;
        audit.known += part.known;
    }
    audit.findings.sort_by(|(_, a), (_, b)| a.sort_key().cmp(&b.sort_key()));
    secrets::redact(&mut audit.findings);
    audit.diagnostics.sort();
    audit.notes = settings.cache.as_ref().map(Cache::take_notes).unwrap_or_default();
    audit
}

fn has_code(file: &SourceFile) -> bool {
    !matches!(file.kind, FileKind::Text | FileKind::Archive)
}

/// Audits one text by itself, as an editor or `--stdin-filename` has it.
#[must_use]
pub fn audit_text(file: &SourceFile, bytes: Vec<u8>, settings: &Settings) -> Audit {
    let modules = ModuleIndex::default();
    let files = std::slice::from_ref(file);
    let again = if settings.flow { bytes.clone() } else { Vec::new() };
    let secrets = settings.secrets.as_deref();
    let task = Task { modules: &modules, links: None, flow: settings.flow, code: settings.code, secrets };
    let mut outcomes = [analyse_bytes(file, bytes, task)];
    let account = follow(files, settings, &mut outcomes, &|file| Some(flow::decode_again(file, again.clone())));
    let [outcome] = outcomes;
    let mut audit = conclude(file, outcome, settings);
    audit.account = account;
    audit.findings.sort_by(|(_, a), (_, b)| a.sort_key().cmp(&b.sort_key()));
    secrets::redact(&mut audit.findings);
    audit
}

/// Follows data through the whole program.
fn follow(
    files: &[SourceFile],
    settings: &Settings,
    outcomes: &mut [Outcome],
    again: &(dyn Fn(&SourceFile) -> Option<ParsedFile> + Sync),
) -> Option<Account> {
    if !settings.flow {
        return None;
    }
    let irs = flow::sorted(outcomes.iter_mut().filter_map(|outcome| outcome.ir.take()).collect());
    let logic = surface::judge(&irs);
    match flow::analyse(irs, settings) {
        Ok(mut analysis) => {
            analysis.findings.extend(logic);
            flow::merge(files, again, outcomes, &analysis.findings);
            Some(analysis.account)
        }
        Err(error) => {
            if let (Some(outcome), Some(file)) = (outcomes.first_mut(), files.first()) {
                let message = format!("no data was followed: {error}");
                let path = std::sync::Arc::clone(&file.relative);
                outcome.diagnostics.push(Diagnostic::file(path, DiagnosticKind::Internal, message));
            }
            None
        }
    }
}

/// Runs those files again that asked for names which, it turns out, stand for something else.
fn relink(
    files: &[SourceFile],
    modules: &ModuleIndex,
    outcomes: &mut [Outcome],
    entries: &mut [Option<Entry>],
    run: &(dyn Fn(&SourceFile, Option<&mut Entry>, &LinkTable) -> Outcome + Sync),
) {
    let exports: Vec<_> = outcomes.iter_mut().map(|outcome| outcome.exports.take()).collect();
    let wanted: Vec<_> = outcomes.iter_mut().map(|outcome| std::mem::take(&mut outcome.wanted)).collect();
    let links = link::link(files, modules, &exports, &wanted);
    drop(exports);
    if links.is_empty() {
        return;
    }
    outcomes.par_iter_mut().zip(entries).zip(files).zip(wanted).for_each(|(((outcome, entry), file), wanted)| {
        if wanted.iter().any(|(name, want)| links.answers(name, *want)) {
            let ir = outcome.ir.take();
            *outcome = run(file, entry.as_mut(), &links);
            outcome.ir = ir;
        }
    });
}

pub(crate) fn conclude(file: &SourceFile, outcome: Outcome, settings: &Settings) -> Audit {
    let (group, config) = settings.of(&file.absolute);
    let files = usize::from(outcome.analysed);
    let findings = suppress::apply(file, outcome.placed, outcome.directives, config, settings.today);
    Audit {
        findings: findings.into_iter().map(|finding| (group, finding)).collect(),
        diagnostics: outcome.diagnostics,
        files,
        lines: outcome.lines,
        known: outcome.known,
        ..Audit::default()
    }
}
