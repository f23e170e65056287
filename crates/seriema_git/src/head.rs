//! What HEAD holds.

use gix::ObjectId;

use crate::account::{Problem, ProblemKind, Tally};
use crate::change::Change;
use crate::contents::{Contents, Job, Jobs, Looked, run, with_threads};
use crate::error::{GitError, words};
use crate::reader::Reader;
use crate::repository::Repository;
use crate::tree::{Entries, EntryKind, MAX_DEPTH};

/// The files of the commit that HEAD stands at, for saying whether something is still there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The commit; `None` before the first one.
    pub commit: Option<ObjectId>,
    /// Paths and blobs, ascending by path. Links and submodules are not among them.
    pub files: Vec<(Vec<u8>, ObjectId)>,
    /// Directories that could not be read, so that files are missing above.
    pub problems: Vec<Problem>,
}

/// A tree can name the same directory over and over, so that there is no end of paths in it.
const MAX_ENTRIES: usize = 4_000_000;

impl Head {
    /// The blob at a path.
    #[must_use]
    pub fn blob(&self, path: &[u8]) -> Option<ObjectId> {
        let index = self.files.binary_search_by(|(known, _)| known.as_slice().cmp(path)).ok()?;
        self.files.get(index).map(|(_, blob)| *blob)
    }
}

impl Repository {
    /// The commit that HEAD stands at. `None` before the first one.
    ///
    /// # Errors
    /// If HEAD does not parse, or stands at what is no commit.
    pub fn head(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(self.head_and_tree(&mut self.reader())?.map(|(commit, _)| commit))
    }

    /// The files of HEAD.
    ///
    /// # Errors
    /// If HEAD does not parse, or stands at what is no commit.
    pub fn head_files(&self) -> Result<Head, GitError> {
        let mut reader = self.reader();
        let Some((commit, tree)) = self.head_and_tree(&mut reader)? else { return Ok(Head::default()) };
        let head = Head { commit: Some(commit), ..Head::default() };
        let mut lister = Lister { reader: &mut reader, head, path: Vec::new(), left: MAX_ENTRIES };
        lister.directory(tree, 0);
        let mut head = lister.head;
        head.files.sort();
        Ok(head)
    }

    /// Hands over all files of HEAD, whole, each content once: at the first path that is wanted.
    ///
    /// # Errors
    /// If HEAD does not parse, or stands at what is no commit.
    pub fn head_contents<T: Send>(
        &self,
        contents: &Contents<'_>,
        look: impl Fn(&Change<'_>) -> Option<T> + Sync + Send,
    ) -> Result<Looked<T>, GitError> {
        let head = self.head_files()?;
        let mut tally = Tally::default();
        for problem in head.problems {
            tally.problem(0, problem);
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let mut jobs = Vec::new();
        let (paths, blobs): (Vec<_>, Vec<_>) = head.files.into_iter().unzip();
        for (number, (path, blob)) in (0..).zip(paths.iter().zip(blobs)) {
            let interest = (contents.interest)(path);
            if interest != crate::Interest::None && seen.insert((blob, interest)) {
                let olds = smallvec::SmallVec::new();
                jobs.push(Job { order: number, commit: None, path: number, blob, olds, interest });
            }
        }
        let jobs = Jobs { jobs, paths: &paths, commit: &|_| None };
        let found = with_threads(contents.threads, || run(self, contents, jobs, &mut tally, look));
        let mut account = tally.account();
        account.partial = self.is_partial();
        Ok(Looked { found, account })
    }

    /// The commit of HEAD and its tree.
    pub(crate) fn head_and_tree(&self, reader: &mut Reader) -> Result<Option<(ObjectId, ObjectId)>, GitError> {
        let failed = |why: String| GitError::References { why };
        let local = self.local();
        let head = local.head().map_err(|error| failed(words(&error)))?;
        let Some(id) = head.id().map(gix::Id::detach) else { return Ok(None) };
        let says = |kind: ProblemKind| {
            failed(Problem { object: Some(id), kind, path: Some("HEAD".to_owned()), commit: None }.to_string())
        };
        let data = reader.commit(&id).map_err(says)?;
        let commit = gix::objs::CommitRef::from_bytes(data, id.kind());
        let tree = commit.map_err(|error| says(ProblemKind::Damaged(words(&error))))?.tree();
        Ok(Some((id, tree)))
    }
}

/// Lists a tree.
struct Lister<'r> {
    reader: &'r mut Reader,
    head: Head,
    path: Vec<u8>,
    /// How many entries may still be looked at.
    left: usize,
}

impl Lister<'_> {
    fn directory(&mut self, tree: ObjectId, depth: usize) {
        if depth > MAX_DEPTH {
            return self
                .problem(tree, ProblemKind::TooMany(format!("more than {MAX_DEPTH} directories in each other")));
        }
        let data = match self.reader.tree(&tree) {
            Ok(data) => data,
            Err(kind) => return self.problem(tree, kind),
        };
        let mut entries = Entries::new(&data, tree.kind());
        for entry in entries.by_ref() {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            if left == 0 {
                return self
                    .problem(tree, ProblemKind::TooMany(format!("more than {MAX_ENTRIES} files and directories")));
            }
            let length = self.path.len();
            if length > 0 {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(entry.name);
            match entry.kind {
                EntryKind::File => self.head.files.push((self.path.clone(), entry.id)),
                EntryKind::Tree => self.directory(entry.id, depth + 1),
                EntryKind::Other => {}
            }
            self.path.truncate(length);
        }
        if entries.damaged {
            self.problem(tree, ProblemKind::Damaged(Entries::DAMAGED.to_owned()));
        }
    }

    fn problem(&mut self, tree: ObjectId, kind: ProblemKind) {
        let path = (!self.path.is_empty()).then(|| String::from_utf8_lossy(&self.path).into_owned());
        self.head.problems.push(Problem { object: Some(tree), kind, path, commit: self.head.commit });
    }
}
