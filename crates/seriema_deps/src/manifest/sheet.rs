//! A manifest while it is read: the text with its lines, and what was found so far.

use std::ops::Range;

use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::manifest::requirement::{self, Parsed};
use crate::manifest::{Dependency, Include, IndexOption, IndexOptionKind, Manifest, ManifestKind};

/// Diagnostics beyond which no more are kept of a file: it is not what its name says.
const MAX_DIAGNOSTICS: usize = 200;

/// A text that is read, and the manifest that it becomes.
pub(crate) struct Sheet<'t> {
    /// The whole text: ranges are into it.
    pub(crate) text: &'t str,
    /// What was found so far.
    pub(crate) manifest: Manifest,
    /// Where lines start.
    lines: Vec<usize>,
}

impl<'t> Sheet<'t> {
    pub(crate) fn new(path: &str, kind: ManifestKind, text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let lines = std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect();
        Self { text, manifest: Manifest::new(path, kind), lines }
    }

    /// The line of a place, from 1.
    fn line(&self, at: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// Says that something at a place could not be read.
    pub(crate) fn unread(&mut self, at: usize, message: impl Into<String>) {
        self.diagnose(at, DiagnosticKind::Syntax, message);
    }

    /// Says that something at a place is not as it should be, though it was read, or matters little.
    pub(crate) fn note(&mut self, at: usize, message: impl Into<String>) {
        self.diagnose(at, DiagnosticKind::Config, message);
    }

    pub(crate) fn diagnose(&mut self, at: usize, kind: DiagnosticKind, message: impl Into<String>) {
        let said = self.manifest.diagnostics.len();
        let (kind, message) = match said.cmp(&MAX_DIAGNOSTICS) {
            std::cmp::Ordering::Less => (kind, message.into()),
            std::cmp::Ordering::Equal => (DiagnosticKind::Limit, "what is wrong from here on is not listed".to_owned()),
            std::cmp::Ordering::Greater => return,
        };
        let diagnostic = Diagnostic::line(self.manifest.path.clone(), self.line(at), kind, message);
        self.manifest.diagnostics.push(diagnostic);
    }

    /// Reads a requirement that stands in the text as it is. What it is, for the caller to complete.
    pub(crate) fn requirement(&mut self, range: Range<usize>) -> Option<&mut Dependency> {
        let text = self.text;
        self.requirement_as(text.get(range.clone())?, range.start)
    }

    /// Reads a requirement that stands at `start`, of a text in which parts may be blank that are none in the whole.
    pub(crate) fn requirement_as(&mut self, text: &str, start: usize) -> Option<&mut Dependency> {
        let parsed = requirement::parse(text);
        self.parsed(parsed, |at| start + at, None)
    }

    /// Reads a requirement that is not written as it is meant (escapes, joined strings): all of it stands at `range`.
    pub(crate) fn requirement_at(&mut self, text: &str, range: Range<usize>) -> Option<&mut Dependency> {
        let parsed = requirement::parse(text);
        let start = range.start;
        self.parsed(parsed, move |_| start, Some(range))
    }

    fn parsed(
        &mut self,
        parsed: Parsed,
        place: impl Fn(usize) -> usize,
        whole: Option<Range<usize>>,
    ) -> Option<&mut Dependency> {
        for problem in parsed.problems {
            self.diagnose(place(problem.at), problem.kind, problem.message);
        }
        if let Some(mut unnamed) = parsed.unnamed {
            unnamed.range = whole.clone().unwrap_or(place(unnamed.range.start)..place(unnamed.range.end));
            self.manifest.unnamed.push(unnamed);
        }
        let mut dependency = parsed.dependency?;
        dependency.version_range = match &whole {
            None => dependency.version_range.map(|range| place(range.start)..place(range.end)),
            Some(_) => None,
        };
        dependency.range = whole.unwrap_or(place(dependency.range.start)..place(dependency.range.end));
        self.manifest.dependencies.push(dependency);
        self.manifest.dependencies.last_mut()
    }

    pub(crate) fn include(&mut self, path: &str, is_constraint: bool, range: Range<usize>) {
        self.manifest.includes.push(Include { path: path.to_owned(), is_constraint, range });
    }

    pub(crate) fn option(&mut self, kind: IndexOptionKind, value: &str, range: Range<usize>) {
        self.manifest.options.push(IndexOption { kind, value: value.to_owned(), range });
    }

    /// The manifest, everything in the order of the text.
    pub(crate) fn finish(self) -> Manifest {
        let mut manifest = self.manifest;
        manifest.dependencies.sort_by_key(|dependency| dependency.range.start);
        manifest.includes.sort_by_key(|include| include.range.start);
        manifest.unnamed.sort_by_key(|unnamed| unnamed.range.start);
        manifest.options.sort_by_key(|option| option.range.start);
        manifest.diagnostics.sort();
        manifest.mask();
        manifest
    }
}

/// A piece of a manifest to be quoted in a message: short, and nothing of what may hold a password.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.trim();
    if text.contains("://") || text.contains('@') {
        return "a URL".to_owned();
    }
    let mut quoted: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    format!("`{quoted}`")
}
