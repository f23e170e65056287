//! What each commit added.

use std::time::SystemTime;

use gix::ObjectId;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::account::{Problem, Tally};
use crate::change::Change;
use crate::commits::{Graph, Node};
use crate::contents::{Contents, Interest, Job, Jobs, Looked, run, with_threads};
use crate::error::GitError;
use crate::reader::Reader;
use crate::repository::Repository;
use crate::tips;
use crate::tree::{Found, Trees};

/// Which part of the history is looked at.
#[derive(Debug, Clone, Default)]
pub struct HistoryOptions<'a> {
    /// A revision (all that can be reached from it) or a range: `A..B`, `A...B`, `A^!`, as in `gitrevisions(7)`. `None`
    /// for everything that anything refers to: HEAD, branches, remote branches, tags, notes, all stashes, the HEADs of
    /// other work trees.
    pub range: Option<String>,
    /// Leaves out commits that the committer's clock says are older, in seconds since 1970. They are compared with, so
    /// that only what was added since comes out.
    pub since: Option<i64>,
    /// What of files is handed over.
    pub contents: Contents<'a>,
}

/// Commits of which one thread compares the trees at once. Neighbours share most of them.
const CHUNK: usize = 64;
/// Commits whose differences are held at once before they are numbered.
const BATCH: usize = 16_384;

impl Repository {
    /// Hands over what the commits of the history added, each commit once, and gives back what `look` made of it, in
    /// order: parents before children, otherwise the older commit first, its files by path. Neither that order nor what
    /// is found depends on the number of threads; `look` is called by all of them.
    ///
    /// A change is compared with all parents of its commit. What a merge only takes over from one of them is none of its
    /// own; lines that are in none of them are. A file that moved is compared with what it was before, if that was deleted
    /// by the same commit and this is no merge. The first commit's files are all added, as are those of a commit behind which the history of a
    /// shallow clone ends.
    ///
    /// Nothing is looked at twice: a file whose content came in before, at whatever path, is left out, and the same change
    /// of the same content is handed over where it was made first.
    ///
    /// # Errors
    /// If the range names no commits, or the references can't be read. What else can't be read is a problem of the
    /// account.
    pub fn history<T: Send>(
        &self,
        options: &HistoryOptions<'_>,
        look: impl Fn(&Change<'_>) -> Option<T> + Sync + Send,
    ) -> Result<Looked<T>, GitError> {
        let mut reader = self.reader();
        let tips = match &options.range {
            None => tips::all(&self.local(), &mut reader)?,
            Some(range) => tips::range(&self.local(), &mut reader, range)?,
        };
        let mut tally = Tally::default();
        let graph = Graph::walk(&mut reader, &tips, self.shallow()?, &mut tally);
        let mut commits = graph.ordered();
        // Whether each content's first appearance is among the commits.
        let from_the_start = options.since.is_none() && tips.hides_nothing();
        if let Some(since) = options.since {
            commits.retain(|number| graph.node(*number).is_some_and(|node| node.time >= since));
        }
        let boundary = commits.iter().filter(|number| graph.node(**number).is_some_and(|node| node.boundary)).count();

        let found = with_threads(options.contents.threads, || {
            let mut numbered = Numbered { from_the_start, ..Numbered::default() };
            for batch in commits.chunks(BATCH) {
                // Younger ones first: packs hold older trees as differences from younger ones.
                let parts: Vec<_> = batch
                    .par_chunks(CHUNK)
                    .map_init(
                        || self.reader(),
                        |reader, chunk| {
                            let mut parts: Vec<_> = chunk
                                .iter()
                                .rev()
                                .map(|number| {
                                    (*number, differences(reader, &graph, *number, options.contents.interest))
                                })
                                .collect();
                            parts.reverse();
                            parts
                        },
                    )
                    .flatten_iter()
                    .collect();
                for (number, (files, problems)) in parts {
                    for problem in problems {
                        tally.problem(numbered.next_order(), problem);
                    }
                    for file in files {
                        numbered.add(number, file, options.contents.interest);
                    }
                }
            }
            let commit = |number| graph.node(number).map(|node: &Node| &node.commit);
            let jobs = Jobs { jobs: numbered.jobs, paths: &numbered.paths, commit: &commit };
            run(self, &options.contents, jobs, &mut tally, look)
        });
        let mut account = tally.account();
        account.commits = commits.len();
        account.boundary = boundary;
        account.partial = self.is_partial();
        Ok(Looked { found, account })
    }
}

/// The files of a commit that are in none of its parents, by path.
fn differences(
    reader: &mut Reader,
    graph: &Graph,
    number: u32,
    interest: &(dyn Fn(&[u8]) -> Interest + Sync),
) -> (Vec<Found>, Vec<Problem>) {
    let Some(node) = graph.node(number) else { return (Vec::new(), Vec::new()) };
    let mut olds: SmallVec<[ObjectId; 2]> = SmallVec::new();
    for parent in node.parents.iter().filter_map(|parent| graph.node(*parent)) {
        if !olds.contains(&parent.tree) {
            olds.push(parent.tree);
        }
    }
    let mut trees = Trees::new(reader, interest);
    trees.compare(node.tree, &olds);
    let (found, mut problems) = (trees.found, trees.problems);
    for problem in &mut problems {
        problem.commit = Some(node.commit.id);
    }
    (found, problems)
}

/// The work of a history, without what comes twice.
#[derive(Default)]
struct Numbered {
    jobs: Vec<Job>,
    paths: Vec<Vec<u8>>,
    numbers: FxHashMap<Vec<u8>, u32>,
    /// Contents that came in before.
    contents: FxHashSet<(ObjectId, Interest)>,
    /// Changes of contents that were made before.
    changes: FxHashSet<(ObjectId, SmallVec<[ObjectId; 1]>, Interest)>,
    from_the_start: bool,
}

impl Numbered {
    fn next_order(&self) -> u64 {
        self.jobs.len() as u64
    }

    fn add(&mut self, commit: u32, file: Found, interest: &(dyn Fn(&[u8]) -> Interest + Sync)) {
        let interest = interest(&file.path);
        if interest == Interest::None {
            return;
        }
        // All lines of a content that came in before were handed over: those that were not added then came in even before.
        // If only a part of the history is looked at, that holds for what came in as a whole.
        let whole = self.from_the_start || file.olds.is_empty();
        let known = if whole {
            !self.contents.insert((file.blob, interest))
        } else {
            self.contents.contains(&(file.blob, interest))
                || !self.changes.insert((file.blob, file.olds.clone(), interest))
        };
        let Ok(order) = u32::try_from(self.jobs.len()) else { return };
        if known {
            return;
        }
        let next = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
        let path = *self.numbers.entry(file.path).or_insert_with_key(|path| {
            self.paths.push(path.clone());
            next
        });
        self.jobs.push(Job { order, commit: Some(commit), path, blob: file.blob, olds: file.olds, interest });
    }
}

/// The seconds since 1970 that a date stands for, in the forms that git takes: `2026-01-31`, `2026-01-31T12:00:00+01:00`,
/// `yesterday`, `2 weeks ago`. A date without a time is its first second, without a zone in UTC. `now` is what the
/// relative ones count from.
///
/// # Errors
/// If it is none of these.
pub fn parse_date(text: &str, now: SystemTime) -> Result<i64, GitError> {
    let now = gix::date::Zoned::try_from(now).ok();
    match gix::date::parse(text.trim(), now) {
        Ok(time) => Ok(time.seconds),
        Err(_) => Err(GitError::Date { date: text.to_owned() }),
    }
}
