//! What is staged: the index against HEAD.

use std::ops::Range;
use std::path::Path;

use gix::ObjectId;
use gix::index::entry::{Mode, Stage};
use gix::index::extension;

use crate::account::{ProblemKind, Tally};
use crate::change::Change;
use crate::contents::{Contents, Interest, Job, Jobs, Looked, run, with_threads};
use crate::error::{GitError, words};
use crate::repository::Repository;
use crate::tree::{Entries, Entry, EntryKind, Found, MAX_DEPTH, Trees, order};

impl Repository {
    /// Hands over the lines that the next commit would add: those of the index that HEAD has not, from what was staged,
    /// whatever stands in the work tree. Before the first commit that is all. The time it takes goes by what differs.
    ///
    /// `index` is the index file, if it is not the repository's own: git gives another one to its hooks, in the variable
    /// `GIT_INDEX_FILE`, when a part of the changes is committed.
    ///
    /// # Errors
    /// If HEAD or the index can't be read.
    pub fn staged<T: Send>(
        &self,
        index: Option<&Path>,
        contents: &Contents<'_>,
        look: impl Fn(&Change<'_>) -> Option<T> + Sync + Send,
    ) -> Result<Looked<T>, GitError> {
        let index = self.index(index)?;
        let mut reader = self.reader();
        let head = self.head_and_tree(&mut reader)?.map(|(_, tree)| tree);
        let mut tally = Tally::default();
        let mut trees = Trees::new(&mut reader, contents.interest);
        let root = Directory { prefix: 0, range: 0..index.entries().len(), known: index.tree() };
        Staged { index: &index }.compare(&mut trees, &root, head, 0);
        trees.finish();
        for problem in trees.problems {
            tally.problem(0, problem);
        }
        let mut paths = Vec::new();
        let mut jobs = Vec::new();
        for Found { path, blob, olds } in trees.found {
            let interest = (contents.interest)(&path);
            let Ok(number) = u32::try_from(paths.len()) else { break };
            if interest != Interest::None {
                jobs.push(Job { order: number, commit: None, path: number, blob, olds, interest });
                paths.push(path);
            }
        }
        let jobs = Jobs { jobs, paths: &paths, commit: &|_| None };
        let found = with_threads(contents.threads, || run(self, contents, jobs, &mut tally, look));
        let mut account = tally.account();
        account.partial = self.is_partial();
        Ok(Looked { found, account })
    }

    /// The paths of the files that git tracks here: those in the index, ascending; of a bare repository without one, those
    /// of HEAD. Links and submodules are not among them, nor what is in directories that a sparse index holds as one.
    ///
    /// # Errors
    /// If HEAD or the index can't be read.
    pub fn tracked_files(&self) -> Result<Vec<Vec<u8>>, GitError> {
        if self.worktree().is_none() && !self.local().index_path().exists() {
            return Ok(self.head_files()?.files.into_iter().map(|(path, _)| path).collect());
        }
        let index = self.index(None)?;
        let files = index.entries().iter().filter(|entry| entry.mode.contains(Mode::FILE) && !is_other(entry.mode));
        let mut paths: Vec<Vec<u8>> = files.map(|entry| entry.path(&index).to_vec()).collect();
        // One that is being merged stands there once for each side.
        paths.dedup();
        Ok(paths)
    }

    /// What is staged of a file, by its path from the root of the work tree; none when nothing is. `index` is as in
    /// [`staged`](Self::staged).
    ///
    /// # Errors
    /// If the index can't be read.
    pub fn index_blob(&self, index: Option<&Path>, path: &[u8]) -> Result<Option<ObjectId>, GitError> {
        let index = self.index(index)?;
        Ok(index.entry_by_path(path.into()).map(|entry| entry.id))
    }

    fn index(&self, path: Option<&Path>) -> Result<gix::index::File, GitError> {
        let local = self.local();
        let path = path.map_or_else(|| local.index_path(), Path::to_owned);
        let options = gix::index::decode::Options {
            // Starting them takes longer than most indexes do.
            thread_limit: Some(1),
            ..gix::index::decode::Options::default()
        };
        // As git does, without comparing the checksum, which would take as long as the rest.
        let index = gix::index::File::at_or_default(&path, local.object_hash(), true, options);
        index.map_err(|error| GitError::Index { path, why: words(&error) })
    }
}

fn is_other(mode: Mode) -> bool {
    mode == Mode::SYMLINK || mode == Mode::COMMIT || mode == Mode::DIR
}

struct Staged<'i> {
    index: &'i gix::index::File,
}

/// What stands at one name of a directory.
struct Item<'i> {
    name: &'i [u8],
    entries: Range<usize>,
    is_tree: bool,
}

/// A directory of the index: the entries in `range`, whose paths have the same first `prefix` bytes.
struct Directory<'i> {
    prefix: usize,
    range: Range<usize>,
    /// What git knows of it.
    known: Option<&'i extension::Tree>,
}

impl<'i> Staged<'i> {
    fn compare(&self, trees: &mut Trees<'_>, directory: &Directory<'i>, head: Option<ObjectId>, depth: usize) {
        let Directory { prefix, ref range, known } = *directory;
        // Git keeps the ids of directories in which nothing was staged.
        if let (Some(head), Some(known)) = (head, known)
            && known.id == head
            && known.num_entries.is_some_and(|count| count as usize == range.len())
        {
            return;
        }
        let within = self.path(range.start).get(..prefix).unwrap_or_default();
        if depth > MAX_DEPTH {
            let kind = ProblemKind::TooMany(format!("more than {MAX_DEPTH} directories in each other"));
            trees.problem_at(within, head, kind);
            return;
        }
        let data = head.and_then(|tree| trees.read_at(within, tree));
        let mut olds = data.as_deref().zip(head).map(|(data, tree)| Entries::new(data, tree.kind()));
        let mut olds = olds.iter_mut().flatten().peekable();
        let mut at = range.start;
        while at < range.end {
            let item = self.item(prefix, at..range.end);
            at = item.entries.end;
            let order = |old: &Entry<'_>| order(old.name, old.kind == EntryKind::Tree, item.name, item.is_tree);
            while let Some(gone) = olds.next_if(|old| order(old).is_lt()) {
                trees.gone_at(within, &gone);
            }
            let old = olds.next_if(|old| order(old).is_eq());
            if item.is_tree {
                self.subdirectory(trees, directory, item, old, depth);
            } else {
                self.file(trees, item.entries, old);
            }
        }
        for gone in olds {
            trees.gone_at(within, &gone);
        }
    }

    fn subdirectory(
        &self,
        trees: &mut Trees<'_>,
        parent: &Directory<'i>,
        item: Item<'i>,
        old: Option<Entry<'_>>,
        depth: usize,
    ) {
        let head = old.map(|old| old.id);
        let prefix = parent.prefix + item.name.len() + 1;
        // A sparse index holds a directory that is not checked out as one entry.
        if let Some(entry) = self.index.entries().get(item.entries.start)
            && entry.mode == Mode::DIR
        {
            let path = self.path(item.entries.start).get(..prefix - 1).unwrap_or_default();
            return trees.at(path, entry.id, head.as_slice());
        }
        let known = parent.known.and_then(|known| known.children.iter().find(|child| *child.name == *item.name));
        self.compare(trees, &Directory { prefix, range: item.entries, known }, head, depth + 1);
    }

    /// A file has one entry, or, while it is being merged, one for each side.
    fn file(&self, trees: &mut Trees<'_>, entries: Range<usize>, old: Option<Entry<'_>>) {
        let old = old.filter(|old| old.kind == EntryKind::File).map(|old| old.id);
        for number in entries {
            let Some(entry) = self.index.entries().get(number) else { return };
            if is_other(entry.mode) || entry.stage() == Stage::Base || Some(entry.id) == old {
                continue;
            }
            let olds = old.into_iter().collect();
            trees.found.push(Found { path: self.path(number).to_vec(), blob: entry.id, olds });
        }
    }

    fn path(&self, number: usize) -> &'i [u8] {
        self.index.entries().get(number).map(|entry| entry.path(self.index).as_ref()).unwrap_or_default()
    }

    /// The first name of the entries, without the first `prefix` bytes, and all entries that have it. At least one.
    fn item(&self, prefix: usize, range: Range<usize>) -> Item<'i> {
        let path = self.path(range.start);
        let rest = path.get(prefix..).unwrap_or_default();
        let slash = memchr::memchr(b'/', rest);
        let name = rest.get(..slash.unwrap_or(rest.len())).unwrap_or_default();
        let others = self.index.entries().get(range.start + 1..range.end).unwrap_or_default();
        let same = |other: &[u8]| match slash {
            Some(slash) => path.get(..=prefix + slash).is_some_and(|directory| other.starts_with(directory)),
            None => other == path,
        };
        let more = others.partition_point(|entry| same(entry.path(self.index)));
        Item { name, entries: range.start..range.start + 1 + more, is_tree: slash.is_some() }
    }
}
