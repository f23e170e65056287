//! An edit that imports what a fix needs.

use seriema_program::Semantic;
use seriema_program::ast::Stmt;
use seriema_program::text_size::{Ranged, TextRange};

use crate::RawEdit;

/// Inserts an import before the first of the file's imports; none where there is no such line to stand before.
pub(crate) fn import_edit(semantic: &Semantic<'_>, import: &str) -> Option<RawEdit> {
    let first = semantic.file.suite().iter().find(|statement| match statement {
        Stmt::Import(_) => true,
        Stmt::ImportFrom(from) => from.module.as_ref().is_none_or(|module| module.as_str() != "__future__"),
        _ => false,
    })?;
    let before = semantic.file.text().get(..first.start().to_usize())?;
    // `import a; import b` and whatever else shares the line is left alone.
    (before.is_empty() || before.ends_with('\n'))
        .then(|| RawEdit { range: TextRange::empty(first.start()), content: format!("{import}\n") })
}
