//! Files of YAML, with lines.

use std::sync::Arc;

use seriema_deps::manifest::yaml::{Kind, Node, documents};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_program::Locator;
use seriema_program::text_size::TextSize;
use seriema_workspace::SourceFile;

use crate::checklist::{Book, Status};
use crate::project::Project;

/// The line of an offset.
pub(crate) fn line(locator: &Locator<'_>, at: usize) -> u32 {
    locator.position(TextSize::try_from(at).unwrap_or_default()).0.line
}

/// A file of YAML that is looked at.
pub(crate) struct Sheet<'a> {
    pub(crate) path: &'a Arc<str>,
    locator: Locator<'a>,
}

impl Sheet<'_> {
    /// Notes what a check saw at a node.
    pub(crate) fn judge(&self, book: &mut Book, id: &'static str, is_weak: bool, at: &Node, seen: impl Into<String>) {
        book.judge(id, is_weak, self.path, Some(line(&self.locator, at.range.start)), seen);
    }

    pub(crate) fn note(&self, book: &mut Book, id: &'static str, status: Status, at: &Node, seen: impl Into<String>) {
        book.note(id, status, self.path, Some(line(&self.locator, at.range.start)), seen);
    }
}

/// Reads the documents of a file. What is wrong with it is noted, and what stands before that is looked at.
pub(crate) fn read(project: &mut Project<'_>, file: &SourceFile, look: impl FnOnce(&Sheet<'_>, &[Node])) {
    let Some(text) = project.text(file) else { return };
    let (nodes, problem) = documents(&text);
    let sheet = Sheet { path: &file.relative, locator: Locator::of_text(&text) };
    if let Some((at, message)) = problem {
        let at = line(&sheet.locator, at);
        project.complain(Diagnostic::line(Arc::clone(&file.relative), at, DiagnosticKind::Syntax, message));
    }
    look(&sheet, &nodes);
}

/// Whether a scalar is true as YAML has it.
pub(crate) fn is_true(node: Option<&Node>) -> bool {
    node.and_then(Node::as_str)
        .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on"))
}

/// Whether a scalar is false as YAML has it.
pub(crate) fn is_false(node: Option<&Node>) -> bool {
    node.and_then(Node::as_str)
        .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off"))
}

/// The texts of a list, or of one scalar, with their nodes.
pub(crate) fn texts(node: Option<&Node>) -> Vec<(&str, &Node)> {
    let Some(node) = node else { return Vec::new() };
    match &node.kind {
        Kind::Sequence(elements) => elements.iter().filter_map(|one| Some((one.as_str()?, one))).collect(),
        Kind::Scalar(text) => vec![(text, node)],
        _ => Vec::new(),
    }
}

/// Variables: a mapping, or a list of `NAME=value`.
pub(crate) fn variables(node: Option<&Node>) -> Vec<(&str, &str, &Node)> {
    let Some(node) = node else { return Vec::new() };
    let mapped = node.entries().iter().filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?, key)));
    let listed = node.elements().iter().filter_map(|one| {
        let (name, value) = one.as_str()?.split_once('=')?;
        Some((name, value, one))
    });
    mapped.chain(listed).collect()
}
