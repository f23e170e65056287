//! What a git repository holds: the lines that each commit of its history added, the lines that are staged, the files of
//! HEAD and of the index. For callers that look at texts and need to know where, when and by whom they came in; what
//! they look for is not known here.
//!
//! Everything is read through `gix`, from the object database, and nothing else is done. No git is run, and no hook,
//! filter, text conversion, external diff, file system monitor or credential helper that a repository's settings name;
//! the parts of `gix` that filter, convert, compare by attributes, ask for credentials or reach a network are not built
//! in. Objects that a partial clone left behind are not fetched. Settings are those of the repository alone; neither the
//! user's nor those in the environment are looked at.
//!
//! What cannot be read (damaged, missing, too large) is named in the [`Account`] of a run, and the rest is read.

mod account;
mod cache;
mod change;
mod commits;
mod contents;
mod error;
mod head;
mod history;
mod lines;
mod reader;
mod repository;
mod staged;
mod tips;
mod tree;

pub use account::{Account, Problem, ProblemKind};
pub use change::{Change, Commit, Hunk, Person};
pub use contents::{Contents, Interest, Looked};
pub use error::GitError;
pub use gix::ObjectId;
pub use head::Head;
pub use history::{HistoryOptions, parse_date};
pub use repository::Repository;
