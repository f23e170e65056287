//! The advisory index: one file, opened in place.
//!
//! ```text
//! magic, format version, header (Info, sizes; with its checksum)
//! directory: names in order, each with where its block starts (with its checksum)
//! blocks: of each package, its versions and its advisories (each with its checksum)
//! ```
//!
//! Opening reads the header and the directory. A block is read, checked and decoded when its package is asked for, so that
//! what a run costs depends on what the project needs, not on how much is known.

mod builder;
mod feeds;
mod file;
mod source;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::advisory::Advisory;
use crate::manifest::Name;

pub use builder::Builder;
pub use file::FORMAT;
pub use source::Malformed;

/// Something that knows advisories.
pub trait Advisories {
    /// The advisories about a package, each vulnerability once, in the order of their ids.
    ///
    /// # Errors
    ///
    /// When what is known cannot be read: a damaged index knows nothing of the package, which is not the same as knowing of
    /// nothing.
    fn about(&self, name: &Name) -> Result<Vec<Advisory>, IndexError>;

    /// What whoever looks into it has to know of what it does not know: one sentence; none where it is all that is public.
    fn limits(&self) -> Option<String> {
        None
    }
}

/// What an index is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// The day it was made, as whoever made it says.
    pub made: String,
    /// When the newest of its records was changed.
    pub newest: String,
    /// What was read for it, in order.
    pub sources: Vec<Source>,
    /// Records that are in it.
    pub records: usize,
    /// Vulnerabilities that they are about, counted by package.
    pub vulnerabilities: usize,
    /// Packages that they are about.
    pub packages: usize,
    /// Records that were withdrawn, and left out.
    pub withdrawn: usize,
    /// Records that could not be read.
    pub malformed: usize,
    /// Records about other ecosystems than PyPI.
    pub foreign: usize,
    /// The date of the EPSS scores in it.
    pub epss: Option<String>,
    /// The date of the catalogue of exploited vulnerabilities in it.
    pub kev: Option<String>,
}

/// Something that an index was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its file's name.
    pub name: String,
    /// Records in it, those that were left out included.
    pub records: usize,
}

/// Why an index cannot be read or made.
#[derive(Debug)]
pub enum IndexError {
    /// A file cannot be read or written.
    Io(PathBuf, io::Error),
    /// It is something else.
    NotAnIndex(PathBuf),
    /// It is of another version of the format.
    Format {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It ends too early.
    Truncated(PathBuf),
    /// It is not what was written: which part.
    Damaged(PathBuf, &'static str),
    /// A source of advisories is not what it should be: what is wrong.
    Source(PathBuf, String),
    /// There is more in it than an index holds.
    TooLarge(PathBuf),
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NotAnIndex(path) => write!(f, "{}: this is no advisory index", path.display()),
            Self::Format { path, found } if *found > FORMAT => write!(
                f,
                "{}: this advisory index was written by a newer Seriema (format {found}, known is {FORMAT}); update Seriema, or \
                 make the index anew",
                path.display()
            ),
            Self::Format { path, found } => write!(
                f,
                "{}: this advisory index was written by an older Seriema (format {found}, needed is {FORMAT}); make it anew",
                path.display()
            ),
            Self::Truncated(path) => {
                write!(f, "{}: this advisory index is cut off; make it anew", path.display())
            }
            Self::Damaged(path, part) => {
                write!(f, "{}: this advisory index is damaged ({part}); make it anew", path.display())
            }
            Self::Source(path, what) => write!(f, "{}: {what}", path.display()),
            Self::TooLarge(path) => write!(f, "{}: this is more than an advisory index can hold", path.display()),
        }
    }
}

impl std::error::Error for IndexError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

/// An advisory index, in a file or in memory.
pub struct Index {
    file: file::File,
}

impl Index {
    /// Opens an index.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is none, is of another version, or is damaged where it was looked at.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        Ok(Self { file: file::File::open(path)? })
    }

    /// An index that is in memory; `path` is what errors call it.
    ///
    /// # Errors
    ///
    /// Those of [`Index::open`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, IndexError> {
        Ok(Self { file: file::File::from_bytes(path, bytes)? })
    }

    /// What it is made of.
    #[must_use]
    pub fn info(&self) -> &Info {
        self.file.info()
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.file.size()
    }

    /// The packages that it knows advisories of, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.file.names()
    }

    /// Reads all of it: what cannot be read of a package would otherwise be said when it is asked for.
    ///
    /// # Errors
    ///
    /// That of the first package that cannot be read, or would not be found.
    pub fn check(&self) -> Result<(), IndexError> {
        self.file.check()
    }

    /// Whether bytes begin as an index does.
    #[must_use]
    pub fn is_index(bytes: &[u8]) -> bool {
        file::is_index(bytes)
    }

    /// Writes an index that came as bytes, called `from` in errors, to a file, once all of it was checked.
    ///
    /// # Errors
    ///
    /// Those of [`Index::check`], and when it cannot be written.
    pub fn install(from: &Path, bytes: Vec<u8>, to: &Path) -> Result<Info, IndexError> {
        let index = Self::from_bytes(from, bytes)?;
        index.check()?;
        file::replace(to, index.file.memory())?;
        Ok(index.info().clone())
    }

    /// Says of an index that is as its source still has it on a later day that it was made on that day.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub fn redate(path: &Path, made: &str) -> Result<Info, IndexError> {
        let (info, bytes) = file::redated(path, made)?;
        file::replace(path, &bytes)?;
        Ok(info)
    }

    /// The bytes of an index's file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read_bytes(path: &Path) -> Result<Vec<u8>, IndexError> {
        source::read_file(path, MAX_INDEX).map_err(|error| IndexError::Io(path.to_owned(), error))
    }
}

/// The largest index that is copied. PyPI's has a few megabytes.
const MAX_INDEX: u64 = 1 << 30;

impl Advisories for Index {
    fn about(&self, name: &Name) -> Result<Vec<Advisory>, IndexError> {
        self.file.about(name.as_str())
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("info", self.info()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
