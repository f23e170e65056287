//! Down the tree, one task a directory.

use std::ffi::{OsStr, OsString};
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::Scope;
use rustc_hash::FxHashMap;
use seriema_finding::Diagnostic;

use super::gitignore::IgnoreRules;
use super::kind::{self, ByName, FileKind, SHEBANG_LENGTH};
use super::module::{Listing, Modules, is_test_directory, is_test_file};
use super::start::too_large;
use super::{Decision, DiscoverOptions, SourceFile, skip, unlisted, unreadable};
use crate::paths::shown_path;
use crate::pattern::PathPatterns;
use crate::source::{ReadError, read_start};

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<Candidate>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) decisions: Vec<Decision>,
}

impl Found {
    pub(super) fn add(&mut self, mut other: Self) {
        self.files.append(&mut other.files);
        self.diagnostics.append(&mut other.diagnostics);
        self.decisions.append(&mut other.decisions);
    }
}

/// A file, with what tells whether it is another one under a second name.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) file: SourceFile,
    /// The path without links, where it had to be asked for.
    pub(super) canonical: Option<PathBuf>,
    pub(super) is_link: bool,
    /// The directory it was found from, as named and without links.
    pub(super) start: Option<Arc<(PathBuf, PathBuf)>>,
}

impl Candidate {
    fn key(&self) -> PathBuf {
        if let Some(canonical) = &self.canonical {
            return canonical.clone();
        }
        // No directory link is followed below a start, so the start's canonical path is all that has to be known.
        match self.start.as_deref() {
            Some((start, canonical)) => match self.file.absolute.strip_prefix(start) {
                Ok(below) => canonical.join(below),
                Err(_) => self.file.absolute.clone(),
            },
            None => self.file.absolute.clone(),
        }
    }
}

/// Each file once, by its shown path. Of several names for one file the one that the user gave is kept, then the one
/// that is not a link, then the first.
pub(super) fn once(mut files: Vec<Candidate>, decisions: Option<&mut Vec<Decision>>) -> Vec<SourceFile> {
    let may_repeat = files.iter().any(|file| file.canonical.is_some())
        || files.windows(2).any(|pair| matches!(pair, [a, b] if !same_start(a, b)));
    files.sort_by(|a, b| {
        let order = |c: &Candidate| (!c.file.named, c.is_link);
        order(a).cmp(&order(b)).then_with(|| by_name(&a.file, &b.file))
    });
    let mut kept: Vec<SourceFile> = Vec::with_capacity(files.len());
    if may_repeat {
        let mut seen: FxHashMap<PathBuf, Arc<str>> = FxHashMap::default();
        let mut repeated = Vec::new();
        for candidate in files {
            let first = seen.entry(candidate.key()).or_insert_with(|| Arc::clone(&candidate.file.relative));
            if Arc::ptr_eq(first, &candidate.file.relative) {
                kept.push(candidate.file);
            } else if *first != candidate.file.relative {
                repeated.push((Arc::clone(&candidate.file.relative), Arc::clone(first)));
            }
        }
        if let Some(decisions) = decisions {
            for (path, first) in repeated {
                decisions.retain(|decision| decision.path != path);
                decisions.push(Decision { path, read: false, reason: format!("skipped: the same file as `{first}`") });
            }
            // A file that was named and met again has two decisions; the user's word is the reason.
            let is_named = |decision: &Decision| decision.reason == "read: named";
            let named: Vec<Arc<str>> = decisions.iter().filter(|d| is_named(d)).map(|d| Arc::clone(&d.path)).collect();
            decisions.retain(|decision| is_named(decision) || !named.contains(&decision.path));
        }
    } else {
        kept.extend(files.into_iter().map(|candidate| candidate.file));
    }
    kept.sort_by(by_name);
    kept
}

fn same_start(a: &Candidate, b: &Candidate) -> bool {
    match (&a.start, &b.start) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    }
}

fn by_name(a: &SourceFile, b: &SourceFile) -> std::cmp::Ordering {
    // Two names that are not UTF-8 may be shown alike.
    a.relative.as_bytes().cmp(b.relative.as_bytes()).then_with(|| a.absolute.cmp(&b.absolute))
}

/// A directory to look into.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// As reports name it; empty for the root.
    pub(super) shown: String,
    pub(super) modules: Modules,
    pub(super) in_tests: bool,
    pub(super) rules: IgnoreRules,
}

/// One walk from one named directory.
pub(super) struct Walker<'a> {
    pub(super) root: &'a Path,
    pub(super) options: &'a DiscoverOptions,
    pub(super) exclude: PathPatterns,
    /// The start lies in code that is skipped by default, and was named.
    pub(super) inside_skipped: bool,
    pub(super) start: PathBuf,
    pub(super) canonical: PathBuf,
}

struct Entry {
    name: OsString,
    file_type: FileType,
}

/// What a task has at hand.
struct Task<'w> {
    walker: &'w Walker<'w>,
    start: &'w Arc<(PathBuf, PathBuf)>,
    all: &'w Mutex<Found>,
}

impl<'w> Clone for Task<'w> {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for Task<'_> {}

impl Walker<'_> {
    pub(super) fn walk(&self, place: Place) -> Found {
        let all = Mutex::new(Found::default());
        let start = Arc::new((self.start.clone(), self.canonical.clone()));
        let task = Task { walker: self, start: &start, all: &all };
        rayon::scope(|scope| task.directory(scope, place, true));
        all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'w> Task<'w> {
    fn directory(self, scope: &Scope<'w>, place: Place, is_start: bool) {
        let mut found = Found::default();
        match list(&place.path) {
            Ok((entries, failure)) => {
                if let Some(error) = failure {
                    found.diagnostics.push(unlisted(or_dot(&place.shown), &error));
                }
                self.entries(scope, place, &entries, is_start, &mut found);
            }
            Err(error) => found.diagnostics.push(unlisted(or_dot(&place.shown), &error)),
        }
        self.all.lock().unwrap_or_else(PoisonError::into_inner).add(found);
    }

    fn entries(self, scope: &Scope<'w>, mut place: Place, entries: &[Entry], is_start: bool, found: &mut Found) {
        let Self { walker, .. } = self;
        let options = walker.options;
        let holds = |name: &str| entries.iter().any(|entry| entry.name == name);
        if !is_start {
            let skipped = skip::by_listing(&place.path, entries.iter().map(|entry| entry.name.as_os_str()));
            // What was packed to be published stands in `dist`, and nowhere else.
            let is_packed = options.texts
                && place.path.ends_with("dist")
                && entries.iter().any(|entry| !entry.file_type.is_dir() && kind::is_archive(&entry.name));
            if let Some(skip) = skipped.filter(|skip| !is_packed && walker.skips(*skip)) {
                return walker.decide(found, &place.shown, true, || format!("skipped: {}", skip.what));
            }
            let name = place.path.file_name().unwrap_or_default().to_string_lossy();
            let listing = Listing {
                has_init: holds("__init__.py") || holds("__init__.pyi"),
                has_project: holds("pyproject.toml") || holds("setup.py") || holds("setup.cfg"),
                is_configured_root: options.source_roots.contains(&place.path),
            };
            // A directory's own listing decides on its name and tests; its parent's is in `place` until here.
            place.in_tests |= is_test_directory(&name, place.modules.is_package());
            place.modules = place.modules.enter(&name, listing);
            if options.respect_gitignore && holds(".git") {
                // A repository within: what stands above does not reach into it.
                place.rules = IgnoreRules::default();
            }
        }
        if options.respect_gitignore && holds(".gitignore") {
            place.rules = place.rules.clone().with_file(walker.root, &place.path, ".gitignore");
        }
        for entry in entries {
            self.entry(scope, &place, entry, found);
        }
    }

    fn entry(self, scope: &Scope<'w>, place: &Place, entry: &Entry, found: &mut Found) {
        let Self { walker, .. } = self;
        let options = walker.options;
        let is_dir = entry.file_type.is_dir();
        if is_dir && let Some(skip) = skip::by_name(&entry.name).filter(|skip| walker.skips(*skip)) {
            let shown = place.shown_entry(&entry.name);
            return walker.decide(found, &shown, true, || format!("skipped: {}", skip.what));
        }
        let by_name = kind::by_name(&entry.name);
        if !is_dir
            && by_name == ByName::Other
            && !(options.texts && (kind::may_be_text(&entry.name) || kind::is_archive(&entry.name)))
        {
            let reason = if options.texts { "skipped: no text" } else { "skipped: not Python" };
            return walker.decide(found, &place.shown_entry(&entry.name), false, || reason.to_owned());
        }
        let path = place.path.join(&entry.name);
        let shown = place.shown_entry(&entry.name);
        if let Some((pattern, origin)) = walker.exclude.matched(&path, is_dir) {
            return walker.decide(found, &shown, is_dir, || format!("skipped: excluded by {origin} (`{pattern}`)"));
        }
        if options.respect_gitignore
            && let Some((file, pattern)) = place.rules.matched(&path, is_dir)
        {
            return walker.decide(found, &shown, is_dir, || format!("skipped: {file} pattern `{pattern}`"));
        }
        if is_dir {
            let (modules, in_tests, rules) = (place.modules.clone(), place.in_tests, place.rules.clone());
            let place = Place { path, shown, modules, in_tests, rules };
            return scope.spawn(move |scope| self.directory(scope, place, false));
        }
        if let Some((kind, why, is_link)) = walker.read(&path, &shown, entry.file_type, by_name, found) {
            self.file(place, &entry.name, path, shown, kind, why, is_link, found);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what is known of one file, said once")]
    fn file(
        self,
        place: &Place,
        name: &OsStr,
        path: PathBuf,
        shown: String,
        kind: FileKind,
        why: &str,
        is_link: bool,
        found: &mut Found,
    ) {
        let options = self.walker.options;
        if options.explain {
            let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            let read = size <= options.max_file_size;
            let reason = if read { format!("read: {why}") } else { too_large(size, options) };
            found.decisions.push(Decision { path: Arc::from(shown.as_str()), read, reason });
        }
        let name = name.to_string_lossy();
        let stem = name.rsplit_once('.').filter(|_| kind::is_module(&name)).map(|(stem, _)| stem);
        let file = SourceFile {
            relative: Arc::from(shown),
            kind,
            named: false,
            module: stem.and_then(|stem| place.modules.module(stem)),
            is_package_init: stem == Some("__init__"),
            is_test: place.in_tests || is_test_file(&name),
            absolute: path,
        };
        let canonical = is_link.then(|| file.absolute.canonicalize().unwrap_or_else(|_| file.absolute.clone()));
        found.files.push(Candidate { file, canonical, is_link, start: Some(Arc::clone(self.start)) });
    }
}

impl Walker<'_> {
    fn skips(&self, skip: skip::Skip) -> bool {
        self.options.default_excludes && !(skip.is_code && self.inside_skipped)
    }

    fn decide(&self, found: &mut Found, shown: &str, is_dir: bool, reason: impl FnOnce() -> String) {
        if self.options.explain {
            let path = if is_dir { Arc::from(format!("{shown}/")) } else { Arc::from(shown) };
            found.decisions.push(Decision { path, read: false, reason: reason() });
        }
    }

    /// Whether the entry, no directory, is read: as what, why, and whether it is a link.
    fn read(
        &self,
        path: &Path,
        shown: &str,
        file_type: FileType,
        by_name: ByName,
        found: &mut Found,
    ) -> Option<(FileKind, &'static str, bool)> {
        let is_link = file_type.is_symlink();
        let mut is_file = file_type.is_file();
        if is_link {
            match std::fs::metadata(path).map_err(|error| ReadError::from_io(path, error)) {
                Ok(target) if target.is_dir() => {
                    self.decide(found, shown, false, || {
                        let target = path.canonicalize().unwrap_or_default();
                        format!(
                            "skipped: a link to the directory `{}`; name it to have it read",
                            shown_path(self.root, &target)
                        )
                    });
                    return None;
                }
                Ok(target) => is_file = target.is_file(),
                Err(ReadError::Missing(_)) => {
                    self.decide(found, shown, false, || "skipped: a link to what does not exist".to_owned());
                    return None;
                }
                Err(error) => {
                    found.diagnostics.push(unreadable(shown, &error));
                    return None;
                }
            }
        }
        if !is_file {
            self.decide(found, shown, false, || "skipped: not a regular file".to_owned());
            return None;
        }
        match by_name {
            ByName::Kind(FileKind::Stub, _) if !self.options.include_stubs => {
                self.decide(found, shown, false, || "skipped: a stub (`include-stubs` is off)".to_owned());
                None
            }
            ByName::Kind(kind, why) => Some((kind, why, is_link)),
            ByName::Unknown => match read_start(path, SHEBANG_LENGTH) {
                Ok(start) if kind::is_python_shebang(&start) => Some((FileKind::Python, "`#!` names Python", is_link)),
                Ok(_) if self.options.texts => Some((FileKind::Text, "text", is_link)),
                Ok(_) => {
                    self.decide(found, shown, false, || "skipped: not Python".to_owned());
                    None
                }
                Err(error) => {
                    found.diagnostics.push(unreadable(shown, &error));
                    None
                }
            },
            ByName::Other if !self.options.texts => None,
            ByName::Other if path.file_name().is_some_and(kind::is_archive) => {
                Some((FileKind::Archive, "archive", is_link))
            }
            ByName::Other => Some((FileKind::Text, "text", is_link)),
        }
    }
}

impl Place {
    fn shown_entry(&self, name: &OsStr) -> String {
        let name = name.to_string_lossy();
        if self.shown.is_empty() {
            return name.into_owned();
        }
        let mut shown = String::with_capacity(self.shown.len() + 1 + name.len());
        shown.push_str(&self.shown);
        if !self.shown.ends_with('/') {
            shown.push('/');
        }
        shown.push_str(&name);
        shown
    }
}

fn or_dot(shown: &str) -> &str {
    if shown.is_empty() { "." } else { shown }
}

/// The entries of a directory, and the error that ended the list early.
fn list(path: &Path) -> std::io::Result<(Vec<Entry>, Option<std::io::Error>)> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = match entry.and_then(|entry| Ok(Entry { file_type: entry.file_type()?, name: entry.file_name() })) {
            Ok(entry) => entry,
            Err(error) => return Ok((entries, Some(error))),
        };
        entries.push(entry);
    }
    Ok((entries, None))
}
