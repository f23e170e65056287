//! Which files are audited, and why.

mod gitignore;
mod kind;
mod module;
mod skip;
mod start;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::config::Config;
use crate::pattern::{PathPatterns, PatternError};

pub use kind::FileKind;
pub use kind::may_be_text;
pub use module::is_test_path;
pub(crate) use start::is_repository;
pub use start::{choose_root, describe_file};

/// The size, in bytes, above which a file is not read unless configured otherwise: 8 MiB. The largest hand-written
/// Python files have a few hundred kilobytes, the largest generated ones that are imported a few megabytes.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 8 << 20;

/// What to look for, and where.
#[derive(Clone, Debug)]
pub struct DiscoverOptions {
    /// Files and directories named by the user, relative to the working directory or absolute. Files are always read,
    /// directories walked even when ignored. None means the root.
    pub paths: Vec<PathBuf>,
    /// What paths are shown relative to, absolute. None: see [`choose_root`].
    pub root: Option<PathBuf>,
    /// What is left out unless named.
    pub exclude: PathPatterns,
    /// Whether `.pyi` files are read although not named.
    pub include_stubs: bool,
    /// Whether files that are no Python but may hold text are listed too, as [`FileKind::Text`].
    pub texts: bool,
    /// Whether what git ignores is left out.
    pub respect_gitignore: bool,
    /// Whether virtual environments, caches, build output and the like are left out.
    pub default_excludes: bool,
    /// The bytes above which a file will not be read. Discovery only says so in its decisions; the limit is
    /// [`read_bytes`](crate::read_bytes)'s to keep.
    pub max_file_size: u64,
    /// Directories that dotted module names start from, absolute, beside those found by themselves.
    pub source_roots: Vec<PathBuf>,
    /// Whether [`Discovery::decisions`] is filled.
    pub explain: bool,
}

impl DiscoverOptions {
    /// What `config`, the root's, says of discovery.
    ///
    /// # Errors
    /// The patterns of the command line that are not valid.
    pub fn from_config(config: &Config, cwd: &Path) -> Result<Self, Vec<PatternError>> {
        Ok(Self {
            exclude: config.exclude_patterns(cwd)?,
            include_stubs: config.include_stubs.value,
            respect_gitignore: config.respect_gitignore.value,
            max_file_size: config.max_file_size.value,
            source_roots: config.source_roots(),
            ..Self::default()
        })
    }
}

impl Default for DiscoverOptions {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            root: None,
            exclude: PathPatterns::default(),
            include_stubs: false,
            texts: false,
            respect_gitignore: true,
            default_excludes: true,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            source_roots: Vec::new(),
            explain: false,
        }
    }
}

/// A file to audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub absolute: PathBuf,
    /// How reports name it: relative to the root, with `/`, lossily where it is not UTF-8. As given by the user where
    /// it lies outside the root.
    pub relative: Arc<str>,
    /// How it is read.
    pub kind: FileKind,
    /// Whether the user named this very file.
    pub named: bool,
    /// Dotted name under which it is imported (`pkg.sub.mod`; of an `__init__.py`, the package's). Absent for
    /// notebooks, scripts and names that `import` cannot say.
    pub module: Option<Arc<str>>,
    /// Whether it is the `__init__` of a package.
    pub is_package_init: bool,
    /// Whether it is test code; see [`is_test_path`].
    pub is_test: bool,
}

/// Why a file or directory was read or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// As in [`SourceFile::relative`]; directories end in `/`.
    pub path: Arc<str>,
    /// Whether it is in [`Discovery::files`].
    pub read: bool,
    /// `read: .py`, `` skipped: .gitignore:3 pattern `*.gen.py` ``, `skipped: virtual environment`, …
    pub reason: String,
}

/// A path that the user named and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPath {
    /// As given.
    pub path: PathBuf,
    /// One sentence, with the path.
    pub message: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// What paths are relative to.
    pub root: PathBuf,
    /// Each file once, by the bytes of [`SourceFile::relative`].
    pub files: Vec<SourceFile>,
    /// What could not be read, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Why each file and directory met was read or not, by path. Empty unless asked for.
    pub decisions: Vec<Decision>,
    /// What was named and does not exist, in the order given: a mistake in the command rather than in the project.
    pub missing: Vec<MissingPath>,
}

/// Finds the files to audit. `cwd` is the working directory, absolute. Runs on the current rayon pool; the result
/// does not depend on the number of threads.
#[must_use]
pub fn discover(cwd: &Path, options: &DiscoverOptions) -> Discovery {
    let root = options.root.clone().unwrap_or_else(|| choose_root(cwd, &options.paths));
    let mut found = walk::Found::default();
    let mut missing = Vec::new();
    start::begin(cwd, &root, options, &mut found, &mut missing);
    let walk::Found { files, mut diagnostics, mut decisions } = found;
    let files = walk::once(files, options.explain.then_some(&mut decisions));
    diagnostics.sort();
    diagnostics.dedup();
    decisions.sort();
    decisions.dedup();
    Discovery { root, files, diagnostics, decisions, missing }
}

/// A diagnostic about what stands at `path`.
fn unreadable(path: &str, error: &crate::source::ReadError) -> Diagnostic {
    Diagnostic::file(Arc::from(path), error.kind(), format!("`{path}` {error}"))
}

/// A diagnostic about a directory that cannot be listed.
fn unlisted(path: &str, error: &std::io::Error) -> Diagnostic {
    let words = crate::source::system_words(error);
    let message = format!("the directory `{path}` cannot be listed: {words}; nothing in it was analysed");
    Diagnostic::file(Arc::from(path), DiagnosticKind::Unreadable, message)
}

#[cfg(test)]
mod tests;
