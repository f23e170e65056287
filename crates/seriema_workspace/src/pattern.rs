//! Path patterns of configuration and command line. They are written as in `.gitignore`
//! (<https://git-scm.com/docs/gitignore#_pattern_format>): without a slash they match at any depth, with one they
//! are anchored at their base, a trailing slash means directories, `!` takes back, later ones win.

use std::fmt;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

/// One pattern with the directory it is relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// The pattern as written.
    pub pattern: String,
    /// The directory of the file it is written in, or the working directory; absolute.
    pub base: PathBuf,
    /// Who says so, for explanations: `` `exclude` in pyproject.toml:12 ``, `--exclude`.
    pub origin: String,
}

/// A pattern that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The pattern as written.
    pub pattern: String,
    /// Who says so.
    pub origin: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pattern `{}` of {} is not valid: {}", self.pattern, self.origin, self.message)
    }
}

impl std::error::Error for PatternError {}

/// Patterns made ready for matching. The default matches nothing.
#[derive(Clone, Debug, Default)]
pub struct PathPatterns {
    patterns: Vec<PathPattern>,
    /// One matcher for each run of patterns with the same base.
    matchers: Vec<(PathBuf, Gitignore)>,
}

impl PathPatterns {
    /// Makes `patterns` ready.
    ///
    /// # Errors
    /// All patterns that are not valid, in their order.
    pub fn build(patterns: Vec<PathPattern>) -> Result<Self, Vec<PatternError>> {
        let mut errors = Vec::new();
        let mut matchers = Vec::new();
        for run in patterns.chunk_by(|a, b| a.base == b.base) {
            let Some(first) = run.first() else { continue };
            let mut builder = GitignoreBuilder::new(&first.base);
            let mut fail = |pattern: &PathPattern, error: ignore::Error| {
                errors.push(PatternError {
                    pattern: pattern.pattern.clone(),
                    origin: pattern.origin.clone(),
                    message: glob_words(&error),
                });
            };
            for pattern in run {
                if let Err(error) = builder.add_line(Some(PathBuf::from(&pattern.origin)), &pattern.pattern) {
                    fail(pattern, error);
                }
            }
            match builder.build() {
                Ok(matcher) => matchers.push((first.base.clone(), matcher)),
                Err(error) => fail(first, error),
            }
        }
        if errors.is_empty() { Ok(Self { patterns, matchers }) } else { Err(errors) }
    }

    /// Whether there is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns in their order.
    #[must_use]
    pub fn patterns(&self) -> &[PathPattern] {
        &self.patterns
    }

    /// The pattern that matches `path` (absolute) itself, as [`PathPattern::pattern`] and [`PathPattern::origin`].
    #[must_use]
    pub fn matched(&self, path: &Path, is_dir: bool) -> Option<(&str, &str)> {
        for (base, matcher) in self.matchers.iter().rev() {
            let Ok(below) = path.strip_prefix(base) else { continue };
            if below.as_os_str().is_empty() {
                continue;
            }
            match matcher.matched(below, is_dir) {
                Match::Ignore(glob) => return Some(words_of(glob)),
                Match::Whitelist(_) => return None,
                Match::None => {}
            }
        }
        None
    }

    /// As [`Self::matched`], for `path` or a directory above it.
    #[must_use]
    pub fn matched_or_above(&self, path: &Path, is_dir: bool) -> Option<(&str, &str)> {
        for (base, matcher) in self.matchers.iter().rev() {
            let Ok(below) = path.strip_prefix(base) else { continue };
            let mut is_dir = is_dir;
            for part in below.ancestors().take_while(|part| !part.as_os_str().is_empty()) {
                match matcher.matched(part, is_dir) {
                    Match::Ignore(glob) => return Some(words_of(glob)),
                    Match::Whitelist(_) => return None,
                    Match::None => is_dir = true,
                }
            }
        }
        None
    }

    /// These patterns without those that leave out the directory `named` or everything in it: whoever names a
    /// directory wants it read.
    #[must_use]
    pub(crate) fn sparing(&self, named: &Path) -> Self {
        let mut spared = self.clone();
        let inside = named.join(PROBE);
        while let Some((pattern, origin)) =
            spared.matched_or_above(named, true).or_else(|| spared.matched(&inside, true))
        {
            let keep = |entry: &&PathPattern| !(entry.pattern.trim_end() == pattern && entry.origin == origin);
            let rest: Vec<PathPattern> = spared.patterns.iter().filter(keep).cloned().collect();
            if rest.len() == spared.patterns.len() {
                return Self::default();
            }
            spared = Self::build(rest).unwrap_or_default();
        }
        spared
    }
}

/// A name that no pattern but a wildcard matches: what matches it matches everything in its directory.
pub(crate) const PROBE: &str = "\u{1}";

fn words_of(glob: &Glob) -> (&str, &str) {
    (glob.original(), glob.from().and_then(Path::to_str).unwrap_or_default())
}

/// What is wrong with a pattern, without the pattern.
fn glob_words(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(list: &[&str]) -> PathPatterns {
        let pattern = |text: &&str| PathPattern {
            pattern: (*text).to_owned(),
            base: PathBuf::from("/p"),
            origin: "--exclude".to_owned(),
        };
        PathPatterns::build(list.iter().map(pattern).collect()).unwrap()
    }

    #[test]
    fn patterns_are_those_of_gitignore() {
        let some = patterns(&["*.gen.py", "/docs/", "a/b", "!keep.gen.py"]);
        assert_eq!(some.matched(Path::new("/p/x/y.gen.py"), false), Some(("*.gen.py", "--exclude")));
        assert_eq!(some.matched(Path::new("/p/x/keep.gen.py"), false), None);
        assert!(some.matched(Path::new("/p/docs"), true).is_some());
        assert!(some.matched(Path::new("/p/docs"), false).is_none());
        assert!(some.matched(Path::new("/p/x/docs"), true).is_none());
        assert!(some.matched_or_above(Path::new("/p/a/b/c/d.py"), false).is_some());
        assert!(some.matched_or_above(Path::new("/px/a/b/c/d.py"), false).is_none());
    }

    #[test]
    fn a_named_directory_is_spared_and_other_patterns_still_hold() {
        for pattern in ["tests", "tests/**", "/tests/", "t*"] {
            let spared = patterns(&["*.gen.py", pattern]).sparing(Path::new("/p/tests/unit"));
            assert!(spared.matched(Path::new("/p/tests/unit/a.py"), false).is_none(), "{pattern}");
            assert!(spared.matched(Path::new("/p/tests/unit/a.gen.py"), false).is_some(), "{pattern}");
        }
    }

    #[test]
    fn every_invalid_pattern_is_named() {
        let bad = |text: &str| PathPattern { pattern: text.into(), base: "/p".into(), origin: "--exclude".into() };
        let errors = PathPatterns::build(vec![bad("a[z-a]"), bad("ok"), bad("{a")]).unwrap_err();
        assert_eq!(errors.len(), 2);
        assert!(errors[0].to_string().starts_with("the pattern `a[z-a]` of --exclude is not valid: "));
    }
}
