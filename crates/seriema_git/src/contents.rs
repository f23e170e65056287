//! From files that differ to lines that were added: blobs are read, compared, and handed over.

use std::fmt;
use std::num::NonZeroUsize;

use gix::ObjectId;
use rayon::prelude::*;
use smallvec::SmallVec;

use crate::account::{Account, Problem, ProblemKind, Tally};
use crate::change::{Change, Commit};
use crate::lines;
use crate::reader::{Blob, Reader};
use crate::repository::Repository;

/// What of files is handed over, and how much work is done for it at once.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    /// Larger files are left out and named, in bytes.
    pub max_file: u64,
    /// Says by its path whether a file is wanted. Of what is not wanted nothing is read.
    pub interest: &'a (dyn Fn(&[u8]) -> Interest + Sync),
    /// How many threads work; `None` for all that the current pool has. It makes no difference for what comes out.
    pub threads: Option<NonZeroUsize>,
}

/// Whether a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interest {
    /// It is not read. That it was changed makes no difference for others that have the same content.
    None,
    /// Its added lines, if it is text.
    Text,
    /// The same, and all of it if it is binary, as archives are.
    Any,
}

impl Contents<'_> {
    /// What `max_file` is by default, in bytes.
    pub const MAX_FILE: u64 = 10 << 20;
}

impl Default for Contents<'_> {
    fn default() -> Self {
        Self { max_file: Self::MAX_FILE, interest: &|_| Interest::Text, threads: None }
    }
}

impl fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("max_file", &self.max_file)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// What came of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Looked<T> {
    /// What the caller made of the changes, in their order: that of the commits, then of the paths.
    pub found: Vec<T>,
    /// What was looked at, and what was not.
    pub account: Account,
}

/// A file to be handed over.
pub(crate) struct Job {
    /// The place of the change in the order of all.
    pub(crate) order: u32,
    /// Its commit by number; of those that `Jobs::commits` tells.
    pub(crate) commit: Option<u32>,
    /// Its path by number.
    pub(crate) path: u32,
    pub(crate) blob: ObjectId,
    pub(crate) olds: SmallVec<[ObjectId; 1]>,
    pub(crate) interest: Interest,
}

pub(crate) struct Jobs<'a> {
    pub(crate) jobs: Vec<Job>,
    pub(crate) paths: &'a [Vec<u8>],
    pub(crate) commit: &'a (dyn Fn(u32) -> Option<&'a Commit> + Sync),
}

/// Jobs that one thread takes at once. Neighbours share what they read.
const CHUNK: usize = 64;
/// So few jobs are done at once without waking other threads.
const FEW: usize = 8;

/// Does the jobs. What `look` makes of them comes in their order.
pub(crate) fn run<T: Send>(
    repository: &Repository,
    contents: &Contents<'_>,
    jobs: Jobs<'_>,
    tally: &mut Tally,
    look: impl Fn(&Change<'_>) -> Option<T> + Sync,
) -> Vec<T> {
    let Jobs { mut jobs, paths, commit } = jobs;
    // A file's contents one after another, since each is the next one's older text; the youngest first, since packs hold
    // older ones as differences from younger ones.
    jobs.sort_unstable_by(|a, b| a.path.cmp(&b.path).then(b.order.cmp(&a.order)));
    let chunk = |reader: &mut Reader, jobs: &[Job]| {
        let mut tally = Tally::default();
        let mut found = Vec::new();
        for job in jobs {
            let path = paths.get(job.path as usize).map(Vec::as_slice).unwrap_or_default();
            let commit = job.commit.and_then(commit);
            if let Some(value) = do_job(reader, contents, job, path, commit, &mut tally, &look) {
                found.push((job.order, value));
            }
        }
        (found, tally)
    };
    let parts: Vec<_> = if jobs.len() <= FEW {
        vec![chunk(&mut repository.reader(), &jobs)]
    } else {
        jobs.par_chunks(CHUNK).map_init(|| repository.reader(), chunk).collect()
    };
    let mut found = Vec::new();
    for (values, part) in parts {
        found.extend(values);
        tally.add(part);
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, value)| value).collect()
}

fn do_job<T>(
    reader: &mut Reader,
    contents: &Contents<'_>,
    job: &Job,
    path: &[u8],
    commit: Option<&Commit>,
    tally: &mut Tally,
    look: &impl Fn(&Change<'_>) -> Option<T>,
) -> Option<T> {
    let problem = |object: ObjectId, kind: &ProblemKind| Problem {
        object: Some(object),
        kind: kind.clone(),
        path: Some(String::from_utf8_lossy(path).into_owned()),
        commit: commit.map(|commit| commit.id),
    };
    let blob = reader.blob(&job.blob, contents.max_file);
    let (text, binary) = match &*blob {
        Blob::Text(text) => (text, false),
        Blob::Binary(bytes) if job.interest == Interest::Any => (bytes, true),
        Blob::Binary(_) => {
            tally.binary += 1;
            return None;
        }
        Blob::Pointer => {
            tally.pointers += 1;
            return None;
        }
        Blob::Unread(kind) => {
            tally.large += usize::from(matches!(kind, ProblemKind::TooLarge { .. }));
            tally.problem(job.order.into(), problem(job.blob, kind));
            return None;
        }
    };
    let mut added: Option<lines::Lines> = None;
    if !binary {
        for old in &job.olds {
            let older = match &*reader.blob(old, contents.max_file) {
                Blob::Text(older) => lines::added(older, text),
                // There was no text before: all is new.
                Blob::Binary(_) | Blob::Pointer => continue,
                Blob::Unread(kind) => {
                    // That it is too large was said where it came in, if that is looked at.
                    if !matches!(kind, ProblemKind::TooLarge { .. }) {
                        tally.problem(job.order.into(), problem(*old, kind));
                    }
                    continue;
                }
            };
            added = Some(match added {
                None => older,
                Some(before) => lines::both(&before, &older),
            });
        }
    }
    let added = added.unwrap_or_else(|| lines::all(text));
    if added.is_empty() {
        return None;
    }
    tally.files += 1;
    tally.lines += added.iter().map(|range| range.len() as u64).sum::<u64>();
    look(&Change { path, blob: job.blob, commit, text, binary, added: &added })
}

/// Runs on as many threads as are asked for. If these can't be had, on those that are there.
pub(crate) fn with_threads<R: Send>(threads: Option<NonZeroUsize>, run: impl FnOnce() -> R + Send) -> R {
    let pool = threads.map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build());
    match pool {
        Some(Ok(pool)) => pool.install(run),
        Some(Err(_)) | None => run(),
    }
}
