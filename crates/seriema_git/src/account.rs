//! What a run looked at, and what it could not look at.

use std::collections::BTreeMap;
use std::fmt;

use gix::ObjectId;

/// What a run looked at. What it left out stands here, so that nothing is clean by silence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Commits whose changes were looked at. 0 where no history is read.
    pub commits: usize,
    /// Files that were handed over: one for each change that added lines, or a binary file that was wanted.
    pub files: usize,
    /// Added lines that were handed over.
    pub lines: u64,
    /// Binary files that were left out: changes, not files of the project.
    pub binary: usize,
    /// Pointers that stand for files in git's large file storage, which is not read.
    pub pointers: usize,
    /// Files larger than the limit. The first ones are named among the problems.
    pub large: usize,
    /// Commits where the history of a shallow clone ends. All that they hold counts as added by them.
    pub boundary: usize,
    /// The repository is a partial clone, so that objects may be missing without being damaged.
    pub partial: bool,
    /// What could not be looked at, in the order of the commits; at most [`Account::MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many problems more there are.
    pub more_problems: usize,
}

impl Account {
    /// How many problems are named one by one.
    pub const MAX_PROBLEMS: usize = 50;

    /// Whether all was looked at that should be: no problem, and no end of a shallow clone.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.boundary == 0
    }
}

/// An object, or a reference, that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The object. `None` for a reference that names none.
    pub object: Option<ObjectId>,
    /// What is wrong with it.
    pub kind: ProblemKind,
    /// The file or directory that it holds, or the reference that should lead to it.
    pub path: Option<String>,
    /// The commit where it was met.
    pub commit: Option<ObjectId>,
}

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is not in the repository.
    Missing,
    /// It is there, but does not unpack or parse.
    Damaged(
        /// What is wrong with it.
        String,
    ),
    /// It is of another kind than what refers to it says.
    Kind {
        /// `blob`, `tree`, `commit` or `tag`.
        is: &'static str,
        /// One of the same.
        expected: &'static str,
    },
    /// It holds more than the limit allows. Both in bytes.
    TooLarge {
        /// What it holds; `None` if it was not unpacked as far as that.
        size: Option<u64>,
        /// What is allowed.
        limit: u64,
    },
    /// Directories nested deeper than the limit, or more files than it.
    TooMany(
        /// Of what there is too much, and the limit.
        String,
    ),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            Some(object) => write!(f, "object {object}")?,
            None => f.write_str("reference")?,
        }
        match (&self.path, self.commit) {
            (Some(path), Some(commit)) => write!(f, " ({path} in commit {commit})")?,
            (Some(path), None) => write!(f, " ({path})")?,
            (None, Some(commit)) if Some(commit) != self.object => write!(f, " (commit {commit})")?,
            (None, _) => {}
        }
        match &self.kind {
            ProblemKind::Missing => f.write_str(" is missing"),
            ProblemKind::Damaged(why) => write!(f, " is damaged: {why}"),
            ProblemKind::Kind { is, expected } => write!(f, " is a {is}, where a {expected} should be"),
            ProblemKind::TooLarge { size: Some(size), limit } => {
                write!(f, " holds {size} bytes, more than the {limit} allowed")
            }
            ProblemKind::TooLarge { size: None, limit } => write!(f, " holds more than the {limit} bytes allowed"),
            ProblemKind::TooMany(what) => write!(f, " holds {what}"),
        }
    }
}

/// Counts and problems while a run goes on, in parts that can be put together in any order.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) files: usize,
    pub(crate) lines: u64,
    pub(crate) binary: usize,
    pub(crate) pointers: usize,
    pub(crate) large: usize,
    /// One an object, the first by the number of the change that met it.
    problems: BTreeMap<(Option<ObjectId>, Option<String>), (u64, Problem)>,
}

impl Tally {
    pub(crate) fn problem(&mut self, order: u64, problem: Problem) {
        let path = if problem.object.is_some() { None } else { problem.path.clone() };
        match self.problems.entry((problem.object, path)) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert((order, problem));
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                if order < slot.get().0 {
                    slot.insert((order, problem));
                }
            }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.lines += other.lines;
        self.binary += other.binary;
        self.pointers += other.pointers;
        self.large += other.large;
        for (order, problem) in other.problems.into_values() {
            self.problem(order, problem);
        }
    }

    pub(crate) fn account(self) -> Account {
        let mut problems: Vec<_> = self.problems.into_values().collect();
        problems.sort_by(|(a, first), (b, second)| {
            a.cmp(b).then(first.object.cmp(&second.object)).then(first.path.cmp(&second.path))
        });
        let more_problems = problems.len().saturating_sub(Account::MAX_PROBLEMS);
        problems.truncate(Account::MAX_PROBLEMS);
        Account {
            files: self.files,
            lines: self.lines,
            binary: self.binary,
            pointers: self.pointers,
            large: self.large,
            problems: problems.into_iter().map(|(_, problem)| problem).collect(),
            more_problems,
            ..Account::default()
        }
    }
}
