use std::fmt;
use std::path::PathBuf;

/// Why a repository, or what was asked of it, could not be read at all.
///
/// Single objects that cannot be read are no errors: they are [problems](crate::Problem) of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GitError {
    /// No repository at the directory or above it on the same file system.
    NotARepository {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// There is a repository, but not one that can be read: settings that don't parse, a format that is not known.
    Unreadable {
        /// Where it was found, or looked for.
        directory: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A revision or range that does not parse, or names no commit here.
    Revision {
        /// As it was given.
        revision: String,
        /// What is wrong with it.
        why: String,
    },
    /// A date that is none.
    Date {
        /// As it was given.
        date: String,
    },
    /// HEAD, or the references, can't be read.
    References {
        /// What is wrong with them.
        why: String,
    },
    /// The index can't be read.
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARepository { directory } => {
                write!(f, "{} is not in a git repository", directory.display())
            }
            Self::Unreadable { directory, why } => {
                write!(f, "the git repository at {} cannot be read: {why}", directory.display())
            }
            Self::Revision { revision, why } => {
                write!(f, "`{revision}` is no commit or range of commits of this repository: {why}")
            }
            Self::Date { date } => {
                write!(f, "`{date}` is no date; try one like `2026-01-31` or `2 weeks ago`")
            }
            Self::References { why } => write!(f, "the references of the git repository cannot be read: {why}"),
            Self::Index { path, why } => write!(f, "the git index {} cannot be read: {why}", path.display()),
        }
    }
}

impl std::error::Error for GitError {}

/// The words of an error and of what caused it, in one line.
pub(crate) fn words(error: &gix::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in error.iter_errors() {
        let text = part.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !parts.iter().any(|known| known.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
