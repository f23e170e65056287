//! One file, from bytes to findings.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_program::ir::{FileIr, lower};
use seriema_program::{
    FileContext, LinkTable, ModuleExports, ModuleIndex, Semantic, SourceType, Wanted, documentation, parse,
};
use seriema_rules::check_file;
use seriema_secrets::Scanner;
use seriema_workspace::{FileKind, ReadError, SourceFile, decode_python, decode_text, read_bytes};

use crate::finalize::{Placed, finalize};
use crate::suppress::{self, Directives};
use crate::{archive, pieces, secrets};

/// Findings of one file that are reported: nobody reads more, and only generated or hostile files have more.
const MAX_FINDINGS: usize = 20_000;

/// What came of one file.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) placed: Vec<Placed>,
    /// Secrets that a baseline knows.
    pub(crate) known: usize,
    pub(crate) directives: Directives,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) exports: Option<ModuleExports>,
    /// Project names whose meaning lies in other files.
    pub(crate) wanted: Wanted,
    /// Lines of code, blank ones included.
    pub(crate) lines: usize,
    /// The file without its tree, when the program is analysed as a whole.
    pub(crate) ir: Option<FileIr>,
    /// Whether there was a tree to look at.
    pub(crate) analysed: bool,
}

/// What is to be found out of a file.
#[derive(Clone, Copy)]
pub(crate) struct Task<'t> {
    pub(crate) modules: &'t ModuleIndex,
    /// What imported names stand for, once that is known.
    pub(crate) links: Option<&'t LinkTable>,
    /// Whether the file is wanted without its tree, too.
    pub(crate) flow: bool,
    /// Whether rules look at it.
    pub(crate) code: bool,
    /// What looks for secrets in it.
    pub(crate) secrets: Option<&'t Scanner>,
}

/// Reads and analyses a file. A panic of the analysis becomes a diagnostic.
pub(crate) fn analyse(file: &SourceFile, max_size: u64, task: Task<'_>) -> Outcome {
    match read(file, max_size, task) {
        Ok(bytes) => analyse_bytes(file, bytes, task),
        Err(unreadable) => *unreadable,
    }
}

/// What the front end takes a file for.
pub(crate) fn source_type(kind: FileKind) -> SourceType {
    match kind {
        FileKind::Python | FileKind::Text | FileKind::Archive => SourceType::Python,
        FileKind::Stub => SourceType::Stub,
        FileKind::Notebook => SourceType::Notebook,
    }
}

/// Reads a file, or says why that cannot be done. What is too large to be held is looked through for its secrets.
pub(crate) fn read(file: &SourceFile, max_size: u64, task: Task<'_>) -> Result<Vec<u8>, Box<Outcome>> {
    let max_size = match file.kind {
        FileKind::Archive => max_size.saturating_mul(archive::TIMES),
        FileKind::Text => max_size.min(pieces::PIECE as u64),
        _ => max_size,
    };
    read_bytes(&file.absolute, max_size).map_err(|error| {
        let is_code = task.code && file.kind != FileKind::Text;
        let is_large = matches!(error, ReadError::TooLarge { .. }) && file.kind != FileKind::Archive;
        let mut outcome = match task.secrets {
            Some(scanner) if is_large => pieces::of_file(file, scanner),
            _ => Outcome::default(),
        };
        if !is_large || is_code || task.secrets.is_none() {
            let diagnostic = Diagnostic::file(Arc::clone(&file.relative), error.kind(), format!("the file {error}"));
            outcome.diagnostics.push(diagnostic);
        }
        Box::new(outcome)
    })
}

pub(crate) fn analyse_bytes(file: &SourceFile, bytes: Vec<u8>, task: Task<'_>) -> Outcome {
    let analyse = || {
        if file.kind == FileKind::Archive {
            archive(file, &bytes, task)
        } else if file.kind == FileKind::Text || !task.code {
            text(file, bytes, task)
        } else {
            python(file, bytes, task)
        }
    };
    catch_unwind(AssertUnwindSafe(analyse)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("unknown");
        let message = format!("the analysis of this file failed ({reason}); please report it");
        let diagnostic = Diagnostic::file(Arc::clone(&file.relative), DiagnosticKind::Internal, message);
        Outcome { diagnostics: vec![diagnostic], ..Outcome::default() }
    })
}

/// A file that is read for its secrets alone.
fn text(file: &SourceFile, bytes: Vec<u8>, task: Task<'_>) -> Outcome {
    let (Some(scanner), Some(text)) = (task.secrets, decode_text(bytes)) else { return Outcome::default() };
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let (placed, known) = secrets::of_text(file, &text, scanner);
    Outcome { placed, known, lines, analysed: true, ..Outcome::default() }
}

/// An archive, whose members are read for their secrets alone.
fn archive(file: &SourceFile, bytes: &[u8], task: Task<'_>) -> Outcome {
    let Some(scanner) = task.secrets else { return Outcome::default() };
    let mut outcome = Outcome::default();
    outcome.diagnostics = archive::texts(&file.relative, bytes, |member, text| {
        outcome.lines += memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let (mut placed, known) = secrets::of_text(&archive::file(file, member), &text, scanner);
        outcome.placed.append(&mut placed);
        outcome.known += known;
        outcome.analysed = true;
    });
    outcome
}

fn python(file: &SourceFile, bytes: Vec<u8>, task: Task<'_>) -> Outcome {
    let Task { modules, links, flow, code: _, secrets: scanner } = task;
    // What a notebook printed is not part of its code.
    let (of_notebook, mut known) = match scanner {
        Some(scanner) if file.kind == FileKind::Notebook => {
            decode_text(bytes.clone()).map(|text| secrets::of_text(file, &text, scanner)).unwrap_or_default()
        }
        _ => (Vec::new(), 0),
    };
    let path = &file.relative;
    let mut diagnostics = Vec::new();
    let text = match decode_python(bytes) {
        Ok(decoded) => decoded.text,
        Err(error) => {
            let kind = DiagnosticKind::Encoding;
            diagnostics.push(Diagnostic::line(Arc::clone(path), error.line, kind, error.message));
            error.lossy
        }
    };
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let mut parsed = parse(path, text, source_type(file.kind));
    let (mut checked, gave_up, exports, wanted, ir) = {
        let context = FileContext {
            path,
            module: file.module.as_deref(),
            is_package: file.is_package_init,
            is_test: file.is_test,
            is_stub: file.kind == FileKind::Stub,
            modules,
            links,
        };
        let ir = (flow && links.is_none()).then(|| lower(&context, &parsed));
        let mut semantic = Semantic::new(context, &parsed);
        let checked = check_file(&mut semantic);
        let exports = links.is_none().then(|| semantic.exports());
        (checked, semantic.gave_up(), exports, semantic.into_wanted(), ir)
    };
    if let Some(scanner) = scanner.filter(|_| file.kind != FileKind::Notebook) {
        let (found, already) = secrets::find(file, parsed.text(), scanner, || documentation(&parsed));
        secrets::merge(&mut checked.findings, found);
        known += already;
    }
    if let Some(offset) = checked.too_deep {
        parsed.note_too_deep(path, offset);
    }
    if gave_up {
        let message = "it takes too long to find out what all names and values stand for; rules may miss things";
        diagnostics.push(Diagnostic::file(Arc::clone(path), DiagnosticKind::Limit, message.to_owned()));
    }
    diagnostics.append(&mut parsed.take_diagnostics());
    let comments = suppress::comments(&parsed);
    let analysed = !diagnostics.iter().any(|d| d.kind == DiagnosticKind::Limit) || !parsed.suite().is_empty();
    if checked.findings.is_empty() && comments.is_empty() {
        return Outcome {
            placed: of_notebook,
            known,
            diagnostics,
            exports,
            wanted,
            lines,
            ir,
            analysed,
            ..Outcome::default()
        };
    }
    let locator = parsed.locator();
    if let Some(first_left_out) = checked.findings.get(MAX_FINDINGS) {
        let line = locator.position(first_left_out.range.start()).0.line;
        let message = format!("more than {MAX_FINDINGS} findings; those from here on are left out");
        diagnostics.push(Diagnostic::line(Arc::clone(path), line, DiagnosticKind::Limit, message));
        checked.findings.truncate(MAX_FINDINGS);
    }
    let mut placed = finalize(path, parsed.text(), &locator, checked.findings);
    placed.extend(of_notebook);
    let directives = Directives::read(path, &parsed, &locator, &comments, &mut diagnostics);
    Outcome { placed, known, directives, diagnostics, exports, wanted, lines, ir, analysed }
}
