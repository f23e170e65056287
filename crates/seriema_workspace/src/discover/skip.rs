//! Directories that hold no code of the project: skipped unless named on the command line.

use std::ffi::OsStr;
use std::path::Path;

/// Why a directory is skipped by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skip {
    /// For explanations: "virtual environment".
    pub(super) what: &'static str,
    /// Whether it holds code of others or build output, which someone may want to audit by naming it. Version control
    /// data and caches are skipped even then.
    pub(super) is_code: bool,
}

const fn code(what: &'static str) -> Option<Skip> {
    Some(Skip { what, is_code: true })
}

const fn data(what: &'static str) -> Option<Skip> {
    Some(Skip { what, is_code: false })
}

/// What the name alone tells.
pub(super) fn by_name(name: &OsStr) -> Option<Skip> {
    match name.to_str()? {
        ".git" | ".hg" | ".svn" | ".bzr" | ".jj" | "CVS" | "_darcs" => data("version control data"),
        "__pycache__" | ".mypy_cache" | ".ruff_cache" | ".pytest_cache" | ".pytype" | ".hypothesis" => data("cache"),
        ".ipynb_checkpoints" => data("copies made by Jupyter"),
        ".tox" | ".nox" => code("test environments"),
        ".pixi" | ".direnv" | "conda-meta" => code("virtual environment"),
        ".eggs" | "buck-out" => code("build output"),
        "node_modules" => code("JavaScript packages"),
        "site-packages" | "dist-packages" | "__pypackages__" => code("installed packages"),
        name if name.ends_with(".egg") => code("installed packages"),
        _ => None,
    }
}

/// What the names in a directory tell of it. `names` are those of its entries.
pub(super) fn by_listing<'a>(path: &Path, names: impl Iterator<Item = &'a OsStr> + Clone) -> Option<Skip> {
    let holds = |wanted: &str| names.clone().any(|name| name == wanted);
    if holds("pyvenv.cfg") || holds("conda-meta") {
        return code("virtual environment");
    }
    match path.file_name()?.to_str()? {
        ".venv" | "venv" | ".env" | "env" | "ENV" | ".virtualenv" | "virtualenv"
            if path.join("bin/activate").is_file() || path.join("Scripts/activate").is_file() =>
        {
            code("virtual environment")
        }
        // Some projects keep scripts in `build` or make a package of that name. What the packaging tools leave there
        // is trees and archives, never a Python file at the top.
        "build" | "dist"
            if !holds("__init__.py") && (names.clone().any(is_output) || !names.clone().any(is_python)) =>
        {
            code("build output")
        }
        _ => None,
    }
}

fn is_python(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "py")
}

fn is_output(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    name == "lib"
        || ["lib.", "temp.", "bdist.", "scripts-"].iter().any(|start| name.starts_with(start))
        || [".whl", ".egg", ".tar.gz", ".egg-info"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(path: &str, names: &[&str]) -> Option<&'static str> {
        by_listing(Path::new(path), names.iter().map(OsStr::new)).map(|skip| skip.what)
    }

    #[test]
    fn build_output_is_told_from_code_in_directories_of_that_name() {
        assert_eq!(listed("/p/build", &["lib", "bdist.linux-x86_64"]), Some("build output"));
        assert_eq!(listed("/p/dist", &["p-1.0-py3-none-any.whl", "p-1.0.tar.gz"]), Some("build output"));
        assert_eq!(listed("/p/dist", &["app"]), Some("build output"));
        assert_eq!(listed("/p/build", &["__init__.py", "lib"]), None);
        assert_eq!(listed("/p/build", &["make_docs.py"]), None);
        assert_eq!(listed("/p/build", &["make_docs.py", "lib.linux"]), Some("build output"));
    }

    #[test]
    fn environments_are_known_by_what_is_in_them() {
        assert_eq!(listed("/p/anything", &["pyvenv.cfg", "bin", "lib"]), Some("virtual environment"));
        // The name alone does not make one: `env` may be a package.
        assert_eq!(listed("/p/env", &["__init__.py"]), None);
        assert_eq!(by_name(OsStr::new("site-packages")).map(|skip| skip.what), Some("installed packages"));
        assert_eq!(by_name(OsStr::new("src")), None);
    }
}
