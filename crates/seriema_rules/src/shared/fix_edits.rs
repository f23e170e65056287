//! Edits that need the source text to be right.

use seriema_finding::Applicability;
use seriema_program::Semantic;
use seriema_program::ast::Stmt;
use seriema_program::text_size::{Ranged, TextRange};

use crate::{Call, RawEdit, RawFix};

/// A suggestion to add a keyword argument to a call, or to replace its value. None where arguments are unpacked, or
/// where the last one stands in parentheses of its own.
pub(crate) fn suggest_keyword(
    semantic: &Semantic<'_>,
    call: &Call<'_>,
    title: &str,
    name: &str,
    value: &str,
) -> Option<RawFix> {
    if call.has_unpacked_arguments() {
        return None;
    }
    let last = call.arguments.args.iter().map(Ranged::end);
    let last = last.chain(call.arguments.keywords.iter().map(Ranged::end)).max();
    if let Some(last) = last {
        let tail = semantic.text(TextRange::new(last, call.arguments.range().end()));
        if tail.matches(')').count() != 1 {
            return None;
        }
    }
    Some(RawFix::set_keyword(title, call.node, name, value, Applicability::Suggestion))
}

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
