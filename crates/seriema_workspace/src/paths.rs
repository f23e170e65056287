//! Paths as reports show them, and as they are compared.

use std::path::{Component, Path, PathBuf};

/// `path` with `/` between its parts, lossily where its names are not UTF-8.
pub(crate) fn with_slashes(path: &Path) -> String {
    let mut shown = String::with_capacity(path.as_os_str().len());
    for part in path.components() {
        match part {
            Component::RootDir => {
                shown.push('/');
                continue;
            }
            Component::Prefix(prefix) => {
                shown.push_str(&prefix.as_os_str().to_string_lossy());
                continue;
            }
            _ => {}
        }
        if !shown.is_empty() && !shown.ends_with('/') {
            shown.push('/');
        }
        shown.push_str(&part.as_os_str().to_string_lossy());
    }
    shown
}

/// `path` as reports name it: relative to `root` where it lies below it, else as it is.
#[must_use]
pub fn shown_path(root: &Path, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => with_slashes(below),
        Err(_) => with_slashes(path),
    }
}

/// `path` made absolute against `cwd`, without `.` and `..`. Where `..` follows a link the file system is asked what
/// it means; where that fails, the names decide.
pub(crate) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let joined = cwd.join(path);
    if path.components().any(|part| part == Component::ParentDir)
        && let (Some(parent), Some(name)) = (joined.parent(), joined.file_name())
        && let Ok(parent) = parent.canonicalize()
    {
        return parent.join(name);
    }
    let mut plain = PathBuf::with_capacity(joined.as_os_str().len());
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_below_the_root_with_slashes() {
        assert_eq!(shown_path(Path::new("/p"), Path::new("/p/a/b.py")), "a/b.py");
        assert_eq!(shown_path(Path::new("/p"), Path::new("/p")), ".");
        assert_eq!(shown_path(Path::new("/p"), Path::new("/q/b.py")), "/q/b.py");
        assert_eq!(with_slashes(Path::new("../q//b.py")), "../q/b.py");
    }

    #[test]
    fn dots_go_where_names_alone_decide() {
        assert_eq!(absolute(Path::new("/p"), Path::new("./a/./b.py")), Path::new("/p/a/b.py"));
        assert_eq!(absolute(Path::new("/no/such"), Path::new("../a")), Path::new("/no/a"));
        assert_eq!(absolute(Path::new("/p"), Path::new("/q/")), Path::new("/q"));
    }
}
