//! Where a run keeps what it finds out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use seriema_audit::Cache;

use crate::cli::AuditArgs;

/// The cache of a run over what is named, seen from the directory `cwd`, of the project in `root`.
pub(crate) fn of(args: &AuditArgs, cwd: &Path, root: &Path) -> Option<Cache> {
    // Without its `.` components.
    let absolute = |path: &PathBuf| cwd.join(path).components().collect::<PathBuf>();
    let mut named: Vec<PathBuf> = args.report.paths.iter().map(absolute).filter(|path| path != root).collect();
    // A few files are read as soon as what is known of them, and each choice of files would leave a directory behind.
    if args.no_cache
        || !args.report.paths.is_empty()
            && named.len() == args.report.paths.len()
            && named.iter().all(|it| it.is_file())
    {
        return None;
    }
    named.sort();
    named.dedup();
    let directory = match &args.cache_dir {
        Some(directory) => cwd.join(directory),
        None => default_directory(|name| std::env::var_os(name))?,
    };
    // From elsewhere, files have longer names in the report, and so in what is kept.
    let elsewhere = (cwd != root).then_some(Path::new(""));
    Some(Cache::new(directory, [root].into_iter().chain(elsewhere).chain(named.iter().map(PathBuf::as_path))))
}

/// The directory for caches of this program; none where the system names no place for such.
fn default_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    user_directory(variable, "XDG_CACHE_HOME", ".cache", "Library/Caches")
}

/// The directory for what this program keeps for its user; none where the system names no place for such.
pub(crate) fn data_directory() -> Option<PathBuf> {
    user_directory(|name| std::env::var_os(name), "XDG_DATA_HOME", ".local/share", "Library/Application Support")
}

fn user_directory(
    variable: impl Fn(&str) -> Option<OsString>,
    named: &str,
    in_home: &str,
    on_mac: &str,
) -> Option<PathBuf> {
    // What is not absolute is to be ignored, says the specification, and so is what is empty.
    let directory = |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let base = if cfg!(windows) {
        directory("LOCALAPPDATA")
    } else {
        let in_home = if cfg!(target_os = "macos") { on_mac } else { in_home };
        directory(named).or_else(|| Some(directory("HOME")?.join(in_home)))
    };
    Some(base?.join("seriema"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn the_system_says_where_caches_are() {
        let of = |known: &[(&str, &str)]| {
            default_directory(|name| known.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert_eq!(of(&[("HOME", "/home/me")]), Some(PathBuf::from("/home/me/.cache/seriema")));
        assert_eq!(of(&[("HOME", "/home/me"), ("XDG_CACHE_HOME", "/tmp/c")]), Some(PathBuf::from("/tmp/c/seriema")));
        assert_eq!(
            of(&[("HOME", "/home/me"), ("XDG_CACHE_HOME", "c")]),
            Some(PathBuf::from("/home/me/.cache/seriema"))
        );
        assert_eq!(of(&[("HOME", "")]), None);
        assert_eq!(of(&[]), None);
    }
}
