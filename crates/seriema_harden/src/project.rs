//! The files of a project, read when they are asked for.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_program::{ParsedFile, SourceType, parse};
use seriema_workspace::{FileKind, SourceFile, decode_python, decode_text, read_bytes};

/// The files of a project.
pub(crate) struct Project<'f> {
    max_file_size: u64,
    /// The directory that all files lie in, with a slash at its end.
    base: &'f str,
    files: BTreeMap<&'f str, &'f SourceFile>,
    parsed: BTreeMap<&'f str, Option<Rc<ParsedFile>>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'f> Project<'f> {
    pub(crate) fn new(files: &'f [SourceFile], max_file_size: u64) -> Self {
        let files = files.iter().map(|file| (&*file.relative, file)).collect();
        let base = common(&files);
        Self { max_file_size, base, files, parsed: BTreeMap::new(), diagnostics: Vec::new() }
    }

    /// The files that are not for tests, by their paths.
    pub(crate) fn files(&self) -> Vec<&'f SourceFile> {
        self.files.values().filter(|file| !file.is_test).copied().collect()
    }

    /// A path as the project sees it, wherever the project lies.
    pub(crate) fn inner<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.base).unwrap_or(path)
    }

    /// Where the project lies.
    pub(crate) fn base(&self) -> Arc<str> {
        let base = self.base.trim_end_matches('/');
        if base.is_empty() { ".".into() } else { base.into() }
    }

    /// The file of this path.
    pub(crate) fn file(&self, path: &str) -> Option<&'f SourceFile> {
        self.files.get(path).copied()
    }

    /// The text of a file. What cannot be read is noted.
    pub(crate) fn text(&mut self, file: &SourceFile) -> Option<String> {
        let bytes = match read_bytes(&file.absolute, self.max_file_size) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("`{}` {error}", file.relative);
                self.diagnostics.push(Diagnostic::file(Arc::clone(&file.relative), error.kind(), message));
                return None;
            }
        };
        if file.kind != FileKind::Python {
            let text = decode_text(bytes);
            if text.is_none() {
                let message = "this is not text in a known encoding";
                self.diagnostics.push(Diagnostic::file(Arc::clone(&file.relative), DiagnosticKind::Encoding, message));
            }
            return text;
        }
        match decode_python(bytes) {
            Ok(decoded) => Some(decoded.text),
            Err(error) => {
                let kind = DiagnosticKind::Encoding;
                self.diagnostics.push(Diagnostic::line(Arc::clone(&file.relative), error.line, kind, error.message));
                Some(error.lossy)
            }
        }
    }

    /// The tree of a Python file. What is wrong with it is noted, and what can be read of it is there.
    pub(crate) fn parsed(&mut self, file: &'f SourceFile) -> Option<Rc<ParsedFile>> {
        if let Some(parsed) = self.parsed.get(&*file.relative) {
            return parsed.clone();
        }
        let parsed = self.text(file).map(|text| {
            let mut parsed = parse(&file.relative, text, SourceType::Python);
            self.diagnostics.append(&mut parsed.take_diagnostics());
            Rc::new(parsed)
        });
        self.parsed.insert(&file.relative, parsed.clone());
        parsed
    }

    /// Notes something that could not be understood.
    pub(crate) fn complain(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

/// The directory that all files lie in, with a slash at its end.
fn common<'f>(files: &BTreeMap<&'f str, &'f SourceFile>) -> &'f str {
    let directory = |path: &'f str| path.rfind('/').map_or("", |at| &path[..=at]);
    // In order, the first and the last differ most.
    let (Some((first, _)), Some((last, _))) = (files.first_key_value(), files.last_key_value()) else { return "" };
    let mut base = directory(first);
    while !last.starts_with(base) {
        base = directory(base.trim_end_matches('/'));
    }
    // `.github` is a part of a project, and none itself.
    let hidden = if base.starts_with('.') { Some(0) } else { base.find("/.").map(|at| at + 1) };
    &base[..hidden.unwrap_or(base.len())]
}
