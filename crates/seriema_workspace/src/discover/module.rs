//! Module names of files, and which files are tests.

use std::sync::Arc;

/// What a directory's place says about the modules in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Modules {
    /// Dotted name of the directory as seen from its source root; empty at the root itself.
    dotted: String,
    /// Whether the directory is a regular package (has an `__init__.py`).
    is_package: bool,
    /// Whether directories without `__init__.py` are part of dotted names here: below `src`, below a configured
    /// source root, and within packages. Elsewhere such a directory is more often a mere container (`backend/app`).
    keeps_namespaces: bool,
}

/// What is known of a directory from its listing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listing {
    /// An `__init__.py` or `__init__.pyi` stands in it.
    pub(super) has_init: bool,
    /// A `pyproject.toml`, `setup.py` or `setup.cfg` stands in it.
    pub(super) has_project: bool,
    /// The configuration names it as a source root.
    pub(super) is_configured_root: bool,
}

impl Modules {
    /// A directory where dotted names begin.
    pub(super) fn source_root() -> Self {
        Self::default()
    }

    /// The directory `name` in this one.
    pub(super) fn enter(&self, name: &str, listing: Listing) -> Self {
        if listing.is_configured_root {
            return Self { keeps_namespaces: true, ..Self::default() };
        }
        let is_root = !listing.has_init && (listing.has_project || name == "src");
        if is_root || !is_identifier(name) {
            // What no `import` can name cannot be part of a dotted name: those begin below it.
            return Self { keeps_namespaces: name == "src", ..Self::default() };
        }
        let starts_here = listing.has_init && !self.keeps_namespaces;
        Self {
            dotted: if starts_here { name.to_owned() } else { join(&self.dotted, name) },
            is_package: listing.has_init,
            keeps_namespaces: self.keeps_namespaces || listing.has_init,
        }
    }

    pub(super) const fn is_package(&self) -> bool {
        self.is_package
    }

    /// The module that the file with the name `stem` (no extension) makes.
    pub(super) fn module(&self, stem: &str) -> Option<Arc<str>> {
        if stem == "__init__" {
            return self.is_package.then(|| Arc::from(self.dotted.as_str()));
        }
        is_identifier(stem).then(|| Arc::from(join(&self.dotted, stem)))
    }
}

fn join(dotted: &str, name: &str) -> String {
    if dotted.is_empty() {
        return name.to_owned();
    }
    let mut joined = String::with_capacity(dotted.len() + 1 + name.len());
    joined.push_str(dotted);
    joined.push('.');
    joined.push_str(name);
    joined
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether the path of a file, relative to its project and with `/`, is one of test code.
///
/// Test code is what stands in a directory for tests (`tests`, `unit_tests`, `tests_common`, `test_utils`, …) or is
/// named as pytest and unittest want it (`test_*.py`, `*_test.py`, `tests.py`, `conftest.py`). A directory `test` is
/// one only at the top of the project: within packages it is library code (`django/test`, `ansible/plugins/test`).
/// [`SourceFile::is_test`](super::SourceFile::is_test) knows which directories are packages and is more exact.
#[must_use]
pub fn is_test_path(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    let Some(name) = parts.next_back() else { return false };
    is_test_file(name) || parts.enumerate().any(|(depth, part)| is_test_directory(part, depth > 0))
}

/// Whether the directory `name`, which stands in a package or not, holds tests.
pub(super) fn is_test_directory(name: &str, in_package: bool) -> bool {
    match name {
        "test" => !in_package,
        "__tests__" | "unittests" | "testsuite" | "testdata" => true,
        _ => {
            name.starts_with("test_") || name.starts_with("test-") || name.split(['_', '-']).any(|part| part == "tests")
        }
    }
}

/// Whether a file of this name holds tests wherever it stands.
pub(super) fn is_test_file(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    name.contains('.')
        && (stem.starts_with("test_") || stem.ends_with("_test") || stem == "tests" || stem == "conftest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_code_is_known_by_its_path() {
        for path in [
            "tests/a.py",
            "test/a.py",
            "./test/a.py",
            "pkg/tests/helpers.py",
            "pkg/unit_tests/a.py",
            "airflow/tests_common/a.py",
            "pkg/test_utils/a.py",
            "pkg/test_a.py",
            "pkg/a_test.py",
            "app/tests.py",
            "conftest.py",
            "pkg/test_a.ipynb",
        ] {
            assert!(is_test_path(path), "{path}");
        }
        for path in [
            "django/test/client.py",
            "ansible/plugins/test/core.py",
            "ansible_test/_internal/a.py",
            "sqlalchemy/testing/a.py",
            "pkg/latest.py",
            "pkg/test.py",
            "contest/a.py",
            "test",
            "",
        ] {
            assert!(!is_test_path(path), "{path}");
        }
    }

    fn at(path: &[(&str, bool)]) -> Modules {
        path.iter().fold(Modules::source_root(), |place, (name, has_init)| {
            place.enter(name, Listing { has_init: *has_init, ..Listing::default() })
        })
    }

    #[test]
    fn modules_are_named_from_where_imports_start() {
        let name = |path: &[(&str, bool)], stem: &str| at(path).module(stem).map(|name| name.to_string());
        assert_eq!(name(&[], "setup").as_deref(), Some("setup"));
        assert_eq!(name(&[("pkg", true), ("sub", true)], "a").as_deref(), Some("pkg.sub.a"));
        assert_eq!(name(&[("pkg", true)], "__init__").as_deref(), Some("pkg"));
        // A container beside the package is not part of its name, a namespace below `src` is.
        assert_eq!(name(&[("backend", false), ("app", true)], "a").as_deref(), Some("app.a"));
        assert_eq!(name(&[("src", false), ("google", false), ("cloud", true)], "a").as_deref(), Some("google.cloud.a"));
        assert_eq!(name(&[("lib", true), ("data", false), ("more", true)], "a").as_deref(), Some("lib.data.more.a"));
        assert_eq!(name(&[("scripts", false)], "run").as_deref(), Some("scripts.run"));
        assert_eq!(name(&[("airflow-core", false), ("tests", false)], "a").as_deref(), Some("tests.a"));
        assert_eq!(name(&[("pkg", true)], "not-a-module"), None);
        assert_eq!(name(&[], "__init__"), None);
        assert_eq!(name(&[("src", true)], "a").as_deref(), Some("src.a"));
    }

    #[test]
    fn configured_roots_and_projects_inside_a_repository_start_names() {
        let root = Listing { is_configured_root: true, ..Listing::default() };
        assert_eq!(at(&[]).enter("lib", root).enter("ns", Listing::default()).module("a").as_deref(), Some("ns.a"));
        let project = Listing { has_project: true, ..Listing::default() };
        assert_eq!(at(&[("services", false)]).enter("api", project).module("main").as_deref(), Some("main"));
    }
}
