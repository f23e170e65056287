//! Which files are looked at: every directory is walked whole, and names decide.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::fnmatch::fnmatch;
use crate::log::Log;

/// What to look at, sorted.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Looked at.
    pub included: Vec<String>,
    /// Left out by name.
    pub excluded: Vec<String>,
    /// Those of the included files that the command line names.
    pub named: BTreeSet<String>,
    /// Where the included files whose names are not UTF-8 are: their names here are not exact.
    pub exact: BTreeMap<String, PathBuf>,
}

/// Directories walked once, however often they are asked for.
pub(crate) struct Walker<'c> {
    cwd: &'c Path,
    /// Paths of the command line that are not UTF-8, by what is shown of them.
    inexact: &'c BTreeMap<String, PathBuf>,
    walked: BTreeMap<String, Vec<Found>>,
    unreadable: Vec<(String, String)>,
}

/// A file found in a directory.
#[derive(Clone, Debug)]
struct Found {
    /// The path as Python shows it: the directory as it was named, then the way down.
    shown: String,
    /// The exact path, where its name is not UTF-8.
    exact: Option<PathBuf>,
}

impl<'c> Walker<'c> {
    /// A walker that starts in `cwd`. `inexact` holds those paths that are not UTF-8, by what is shown of them.
    #[must_use]
    pub(crate) fn new(cwd: &'c Path, inexact: &'c BTreeMap<String, PathBuf>) -> Self {
        Self { cwd, inexact, walked: BTreeMap::new(), unreadable: Vec::new() }
    }

    fn path(&self, shown: &str) -> PathBuf {
        self.cwd.join(self.inexact.get(shown).map_or(Path::new(shown), PathBuf::as_path))
    }

    /// Whether the path is a directory, links followed.
    #[must_use]
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        !path.is_empty() && self.path(path).is_dir()
    }

    /// All files below a directory; links to directories are not followed.
    fn files(&mut self, directory: &str) -> &[Found] {
        if !self.walked.contains_key(directory) {
            let mut found = Vec::new();
            let mut waiting = vec![(directory.to_owned(), self.path(directory), self.inexact.contains_key(directory))];
            while let Some((shown, path, is_inexact)) = waiting.pop() {
                let entries = match std::fs::read_dir(&path) {
                    Ok(entries) => entries,
                    Err(error) => {
                        self.unreadable.push((shown, crate::io::system_message(&error)));
                        continue;
                    }
                };
                for entry in entries.filter_map(Result::ok) {
                    let name = entry.file_name();
                    let is_inexact = is_inexact || name.to_str().is_none();
                    let shown = join(&shown, &name.to_string_lossy());
                    let kind = entry.file_type();
                    if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                        waiting.push((shown, entry.path(), is_inexact));
                    } else if kind.is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir() {
                        // Python lists it as a directory and does not go in.
                    } else {
                        found.push(Found { shown, exact: is_inexact.then(|| entry.path()) });
                    }
                }
            }
            self.walked.insert(directory.to_owned(), found);
        }
        self.walked.get(directory).map_or(&[], Vec::as_slice)
    }

    /// The files named `.bandit` below the directories among `targets`.
    pub(crate) fn ini_files(&mut self, targets: &[String]) -> Vec<String> {
        let mut files = Vec::new();
        for target in targets {
            if self.is_directory(target) {
                let own = self.files(target).iter().map(|found| found.shown.as_str());
                let mut own: Vec<String> = own.filter(|path| file_name(path) == ".bandit").map(str::to_owned).collect();
                own.sort();
                files.append(&mut own);
            }
        }
        files
    }

    /// Selects the files that `targets` lead to. `excluded` is the command line's list, separated by commas.
    pub(crate) fn discover(
        &mut self,
        targets: &[String],
        recursive: bool,
        excluded: &str,
        config: &Config,
        log: &mut Log<'_>,
    ) -> Files {
        let mut exclude = config.strings("exclude_dirs");
        if !excluded.is_empty() {
            for path in excluded.split(',') {
                exclude.push(if self.is_directory(path) { join(path, "*") } else { path.to_owned() });
            }
        }
        let mut include = config.strings("include");
        if include.is_empty() {
            include.push("*.py".to_owned());
        }
        let is_excluded =
            |path: &str| exclude.iter().any(|pattern| path.contains(pattern.as_str()) || fnmatch(path, pattern));
        let mut included_files = BTreeSet::new();
        let mut excluded_files = BTreeSet::new();
        let mut exact = BTreeMap::new();
        let mut named = BTreeSet::new();
        for target in targets {
            if self.is_directory(target) {
                if !recursive {
                    log.warning(
                        "manager",
                        format!("{target} is a directory: scanning its contents; Bandit asks for -r and scans nothing"),
                    );
                }
                for found in self.files(target) {
                    if include.iter().any(|glob| fnmatch(&found.shown, glob)) && !is_excluded(&found.shown) {
                        if let Some(path) = &found.exact {
                            exact.insert(found.shown.clone(), path.clone());
                        }
                        included_files.insert(found.shown.clone());
                    } else {
                        excluded_files.insert(found.shown.clone());
                    }
                }
            } else if is_excluded(target) {
                excluded_files.insert(target.clone());
            } else if target == "-" {
                included_files.insert(target.clone());
            } else {
                let shown = join(".", target);
                if self.inexact.contains_key(target) {
                    exact.insert(shown.clone(), self.path(target));
                }
                named.insert(shown.clone());
                included_files.insert(shown);
            }
        }
        for (directory, reason) in std::mem::take(&mut self.unreadable) {
            log.warning("manager", format!("Cannot look into directory {directory}: {reason}"));
        }
        Files {
            included: included_files.into_iter().collect(),
            excluded: excluded_files.into_iter().collect(),
            named,
            exact,
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `os.path.join`
fn join(directory: &str, name: &str) -> String {
    if name.starts_with('/') || directory.is_empty() {
        name.to_owned()
    } else if directory.ends_with('/') {
        format!("{directory}{name}")
    } else {
        format!("{directory}/{name}")
    }
}
