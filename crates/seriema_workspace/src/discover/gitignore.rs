//! What git ignores, file by file down the tree.
//!
//! Honoured are the `.gitignore` files of the directory walked, of those above it up to the repository's root, and
//! the repository's `.git/info/exclude`. The user's global excludes are not: a report must not depend on whose
//! machine it was made on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::paths::shown_path;
use crate::pattern::PROBE;
use crate::source::read_bytes;

/// Larger than any list a person keeps; a bound so that a wrong file is not made into a matcher.
const MAX_IGNORE_FILE: u64 = 1 << 20;

/// The rules that hold in a directory: its own file's first, then those of the directories above.
#[derive(Clone, Debug, Default)]
pub(super) struct IgnoreRules(Option<Arc<Layer>>);

#[derive(Debug)]
struct Layer {
    matcher: Gitignore,
    above: IgnoreRules,
}

impl IgnoreRules {
    /// The rules for the entries of `start`, apart from what `start` itself says. Where `start` is ignored, it has been
    /// named all the same, and what stands above it does not count.
    pub(super) fn above(root: &Path, start: &Path, repository: &Path) -> Self {
        let Ok(below) = start.strip_prefix(repository) else { return Self::default() };
        let mut rules = Self::default().with_file(root, repository, ".git/info/exclude");
        let mut place = repository.to_path_buf();
        for part in below.components() {
            rules = rules.with_file(root, &place, ".gitignore");
            place.push(part);
            if rules.matched(&place, true).is_some() {
                return Self::default();
            }
        }
        if rules.matched(&place.join(PROBE), true).is_some() { Self::default() } else { rules }
    }

    /// With the rules of the file `name`, which hold below `dir`, on top. No file, no change.
    #[must_use]
    pub(super) fn with_file(self, root: &Path, dir: &Path, name: &str) -> Self {
        let path = dir.join(name);
        let Ok(bytes) = read_bytes(&path, MAX_IGNORE_FILE) else { return self };
        let text = String::from_utf8_lossy(&bytes);
        let shown = shown_path(root, &path);
        let mut builder = GitignoreBuilder::new(dir);
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            // Git takes a line that it cannot understand for no pattern; so do we.
            let _ = builder.add_line(Some(PathBuf::from(format!("{shown}:{}", number + 1))), line);
        }
        match builder.build() {
            Ok(matcher) if !matcher.is_empty() => Self(Some(Arc::new(Layer { matcher, above: self }))),
            _ => self,
        }
    }

    /// The pattern that makes git ignore `path` (absolute), as `.gitignore:3` and the pattern.
    pub(super) fn matched(&self, path: &Path, is_dir: bool) -> Option<(&str, &str)> {
        let mut rules = self;
        while let Some(layer) = &rules.0 {
            match layer.matcher.matched(path, is_dir) {
                Match::Ignore(glob) => {
                    let from = glob.from().map(Path::as_os_str).and_then(OsStr::to_str);
                    return Some((from.unwrap_or(".gitignore"), glob.original()));
                }
                Match::Whitelist(_) => return None,
                Match::None => rules = &layer.above,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_wins_and_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("sub/deep")).unwrap();
        std::fs::write(root.join(".gitignore"), "\u{feff}# generated\n\n*.gen.py\n").unwrap();
        std::fs::write(root.join("sub/.gitignore"), "!keep.gen.py\n/only.py\n").unwrap();
        let rules = IgnoreRules::default().with_file(root, root, ".gitignore");
        let below = rules.clone().with_file(root, &root.join("sub"), ".gitignore");
        assert_eq!(rules.matched(&root.join("a.gen.py"), false), Some((".gitignore:3", "*.gen.py")));
        assert_eq!(below.matched(&root.join("sub/deep/a.gen.py"), false), Some((".gitignore:3", "*.gen.py")));
        assert_eq!(below.matched(&root.join("sub/deep/keep.gen.py"), false), None);
        assert_eq!(below.matched(&root.join("sub/only.py"), false), Some(("sub/.gitignore:2", "/only.py")));
        assert_eq!(below.matched(&root.join("sub/deep/only.py"), false), None);
    }

    #[test]
    fn a_named_directory_that_is_ignored_is_free_of_the_rules_above() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("gen/a")).unwrap();
        for rule in ["gen", "/gen/", "gen/**", "*"] {
            std::fs::write(root.join(".gitignore"), format!("{rule}\n*.tmp.py\n")).unwrap();
            let rules = IgnoreRules::above(root, &root.join("gen/a"), root);
            assert_eq!(rules.matched(&root.join("gen/a/x.py"), false), None, "{rule}");
        }
        std::fs::write(root.join(".gitignore"), "*.tmp.py\n").unwrap();
        let rules = IgnoreRules::above(root, &root.join("gen/a"), root);
        assert!(rules.matched(&root.join("gen/a/x.tmp.py"), false).is_some());
    }
}
