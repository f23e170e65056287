//! Where the search begins: the paths that the user named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seriema_finding::{Diagnostic, DiagnosticKind};

use super::gitignore::IgnoreRules;
use super::kind::{self, FileKind};
use super::module::{Listing, Modules, is_test_directory, is_test_file};
use super::walk::{Candidate, Found, Place, Walker};
use super::{Decision, DiscoverOptions, MissingPath, SourceFile, skip, unreadable};
use crate::paths::{absolute, with_slashes};
use crate::source::ReadError;

/// What reports show paths relative to: the working directory where everything named lies in it (or nothing is named),
/// else the project that holds everything named.
#[must_use]
pub fn choose_root(cwd: &Path, paths: &[PathBuf]) -> PathBuf {
    let mut named = paths.iter().map(|path| absolute(cwd, path)).peekable();
    if named.peek().is_none() || named.clone().all(|path| path.starts_with(cwd)) {
        return cwd.to_path_buf();
    }
    let mut common = named.next().unwrap_or_default();
    if !common.is_dir() {
        common.pop();
    }
    for path in named {
        while !path.starts_with(&common) && common.pop() {}
    }
    project_of(&common).unwrap_or(common)
}

/// The nearest directory, `dir` or above, that is a repository; failing that, that holds a Python project.
pub(crate) fn project_of(dir: &Path) -> Option<PathBuf> {
    repository_of(dir).or_else(|| dir.ancestors().find(|dir| listing(dir, &[]).has_project).map(Path::to_path_buf))
}

/// The nearest directory, `dir` or above, that is a working copy.
fn repository_of(dir: &Path) -> Option<PathBuf> {
    dir.ancestors().find(|dir| is_repository(dir)).map(Path::to_path_buf)
}

/// Whether a directory is a working copy.
pub(crate) fn is_repository(dir: &Path) -> bool {
    [".git", ".hg", ".jj"].iter().any(|name| dir.join(name).exists())
}

fn listing(dir: &Path, source_roots: &[PathBuf]) -> Listing {
    let holds = |names: &[&str]| names.iter().any(|name| dir.join(name).is_file());
    Listing {
        has_init: holds(&["__init__.py", "__init__.pyi"]),
        has_project: holds(&["pyproject.toml", "setup.py", "setup.cfg"]),
        is_configured_root: source_roots.iter().any(|root| root == dir),
    }
}

/// What the directories from the project's root down to `dir` say of the files in it.
struct Surroundings {
    modules: Modules,
    in_tests: bool,
}

fn surroundings(root: &Path, dir: &Path, source_roots: &[PathBuf]) -> Surroundings {
    let beyond = if dir.starts_with(root) { root } else { dir };
    let mut base = project_of(beyond).unwrap_or_else(|| beyond.to_path_buf());
    // Whoever audits a package from within still imports it by its whole name.
    while listing(&base, &[]).has_init && base.pop() {}
    let mut place = base.clone();
    let mut modules = Modules::source_root();
    let mut in_tests = false;
    for part in dir.strip_prefix(&base).into_iter().flat_map(Path::components) {
        place.push(part);
        let name = part.as_os_str().to_string_lossy();
        in_tests |= is_test_directory(&name, modules.is_package());
        modules = modules.enter(&name, listing(&place, source_roots));
    }
    Surroundings { modules, in_tests }
}

/// Looks at each named path; directories are walked.
pub(super) fn begin(
    cwd: &Path,
    root: &Path,
    options: &DiscoverOptions,
    found: &mut Found,
    missing: &mut Vec<MissingPath>,
) {
    let mut directories = Vec::new();
    let all = [root.to_path_buf()];
    let paths = if options.paths.is_empty() { &all[..] } else { &options.paths };
    for given in paths {
        let path = absolute(cwd, given);
        let shown = shown_as(root, &path, given);
        match std::fs::metadata(&path).map_err(|error| ReadError::from_io(&path, error)) {
            Ok(metadata) if metadata.is_dir() => directories.push((path, shown)),
            Ok(metadata) if metadata.is_file() => named_file(root, options, path, &shown, metadata.len(), found),
            Ok(_) => found.diagnostics.push(unreadable(&shown, &ReadError::NotRegular)),
            Err(ReadError::Missing(_)) if path.symlink_metadata().is_ok() => {
                let message = format!("`{shown}` is a link to what does not exist");
                found.diagnostics.push(Diagnostic::file(Arc::from(shown), DiagnosticKind::Loop, message));
            }
            Err(ReadError::Missing(_)) => {
                let message = format!("there is no file or directory `{}`", with_slashes(given));
                missing.push(MissingPath { path: given.clone(), message });
            }
            Err(error) => found.diagnostics.push(unreadable(&shown, &error)),
        }
    }
    directories.sort();
    directories.dedup_by(|a, b| a.0 == b.0);
    for (path, shown) in directories {
        let named = !options.paths.is_empty();
        let exclude =
            if named && !options.exclude.is_empty() { options.exclude.sparing(&path) } else { options.exclude.clone() };
        let rules = if options.respect_gitignore {
            let repository = repository_of(&path);
            let beyond = if path.starts_with(root) { root } else { &path };
            IgnoreRules::above(root, &path, repository.as_deref().unwrap_or(beyond))
        } else {
            IgnoreRules::default()
        };
        let Surroundings { modules, in_tests } = surroundings(root, &path, &options.source_roots);
        // Whoever names a directory below tests (a fixture, an example) means its code; `tests` itself stays tests.
        let own_name = path.file_name().unwrap_or_default().to_string_lossy();
        let in_tests = in_tests && (!named || is_test_directory(&own_name, false));
        let inside_skipped = named && is_inside_skipped(root, &path);
        let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
        let walker = Walker { root, options, exclude, inside_skipped, start: path.clone(), canonical };
        found.add(walker.walk(Place { path, shown, modules, in_tests, rules }));
    }
}

fn named_file(root: &Path, options: &DiscoverOptions, path: PathBuf, shown: &str, size: u64, found: &mut Found) {
    let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
    let mut file = describe(root, path, Arc::from(shown), &options.source_roots);
    // Whoever wants Python and names a file, says that it is.
    if matches!(file.kind, FileKind::Text | FileKind::Archive) && !options.texts {
        file.kind = FileKind::Python;
    }
    if options.explain {
        let read = size <= options.max_file_size;
        let reason = if read { "read: named".to_owned() } else { too_large(size, options) };
        found.decisions.push(Decision { path: Arc::clone(&file.relative), read, reason });
    }
    found.files.push(Candidate { file, canonical: Some(canonical), is_link: false, start: None });
}

/// What is known of a file from its path alone, as if it had been named: for text that comes from elsewhere (an editor,
/// standard input) and stands for a file, which need not exist. `path` is absolute or relative to `cwd`.
#[must_use]
pub fn describe_file(cwd: &Path, root: &Path, path: &Path, source_roots: &[PathBuf]) -> SourceFile {
    let place = absolute(cwd, path);
    let shown = shown_as(root, &place, path);
    let mut file = describe(root, place, Arc::from(shown), source_roots);
    if path.as_os_str().is_empty() {
        file.kind = FileKind::Python;
    }
    file
}

fn shown_as(root: &Path, place: &Path, given: &Path) -> String {
    match place.strip_prefix(root) {
        Ok(below) => with_slashes(below),
        Err(_) => with_slashes(given),
    }
}

fn describe(root: &Path, path: PathBuf, relative: Arc<str>, source_roots: &[PathBuf]) -> SourceFile {
    let name = path.file_name().unwrap_or_default();
    let kind = kind::of_named(name);
    let name = name.to_string_lossy();
    let Surroundings { modules, in_tests } = surroundings(root, path.parent().unwrap_or(&path), source_roots);
    let stem = name.rsplit_once('.').filter(|_| kind::is_module(&name)).map(|(stem, _)| stem);
    SourceFile {
        relative,
        kind,
        named: true,
        module: stem.and_then(|stem| modules.module(stem)),
        is_package_init: stem == Some("__init__"),
        is_test: in_tests || is_test_file(&name),
        absolute: path,
    }
}

pub(super) fn too_large(size: u64, options: &DiscoverOptions) -> String {
    format!("not read: {}", ReadError::TooLarge { size, limit: options.max_file_size })
}

/// Whether `path` is, or lies below, a directory with code that is skipped by default. Whoever names a path in a
/// virtual environment wants what is installed there.
fn is_inside_skipped(root: &Path, path: &Path) -> bool {
    path.ancestors().take_while(|dir| *dir != root).any(|dir| {
        let name = dir.file_name().unwrap_or_default();
        skip::by_name(name).is_some_and(|skip| skip.is_code)
            || dir.join("pyvenv.cfg").is_file()
            || name == "build"
            || name == "dist"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::shown_path;

    #[test]
    fn the_root_holds_everything_named() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("other/src/pkg")).unwrap();
        std::fs::create_dir_all(base.join("here")).unwrap();
        std::fs::write(base.join("other/pyproject.toml"), "").unwrap();
        let here = base.join("here");
        let root = |paths: &[&str]| choose_root(&here, &paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(root(&[]), here);
        assert_eq!(root(&["a.py", "./b"]), here);
        assert_eq!(root(&["../other/src/pkg"]), base.join("other"));
        assert_eq!(root(&["../other/src", "../other/src/pkg/a.py"]), base.join("other"));
        assert_eq!(shown_path(&root(&["../other/src"]), &base.join("other/src/a.py")), "src/a.py");
    }
}
