//! The attack surface of a project.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_flow::FlowFinding;
use seriema_program::ir::FileIr;
use seriema_surface::{Inventory, LogicFinding, Place, inventory};
use seriema_workspace::{FileKind, SourceFile};

use crate::run::Progress;
use crate::{Settings, flow, link};

/// Finds every way into a project, and says what could not be read. Runs on the current rayon pool, whose threads should
/// have a stack of 64 MiB for deeply nested code.
#[must_use]
pub fn surface(files: &[SourceFile], settings: &Settings, progress: Progress<'_>) -> (Inventory, Vec<Diagnostic>) {
    let modules = link::modules(files);
    let diagnostics: Mutex<Vec<Diagnostic>> = Mutex::default();
    let lowered = |file: &SourceFile| {
        let limit = settings.of(&file.absolute).1.max_file_size.value;
        let lowered = catch_unwind(AssertUnwindSafe(|| flow::lowered(file, limit, &modules)));
        progress();
        let ir = lowered.ok().flatten();
        if ir.is_none() {
            let message = "this file could not be read; `seriema code` says why";
            let diagnostic = Diagnostic::file(Arc::clone(&file.relative), DiagnosticKind::Unreadable, message);
            diagnostics.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
        }
        ir
    };
    let is_code = |file: &&SourceFile| matches!(file.kind, FileKind::Python);
    let irs: Vec<FileIr> = files.par_iter().filter(is_code).filter_map(lowered).collect();
    let inventory = inventory(&flow::sorted(irs));
    let mut diagnostics = diagnostics.into_inner().unwrap_or_else(PoisonError::into_inner);
    diagnostics.sort();
    (inventory, diagnostics)
}

/// What the ways into a program lack, among the findings of the flow engine.
pub(crate) fn judge(irs: &[FileIr]) -> Vec<FlowFinding> {
    seriema_surface::judge(irs, &inventory(irs)).into_iter().map(finding).collect()
}

fn finding(found: LogicFinding) -> FlowFinding {
    let step =
        |place: Place, message| seriema_flow::Place { path: place.path, span: place.span, line: place.line, message };
    FlowFinding {
        rule: found.rule,
        path: Arc::clone(&found.place.path),
        span: found.place.span,
        function: found.function,
        severity: found.severity,
        confidence: found.confidence,
        persona: found.persona,
        message: found.message,
        steps: found.related.into_iter().map(|(place, message)| step(place, message)).collect(),
        is_argument: false,
    }
}
