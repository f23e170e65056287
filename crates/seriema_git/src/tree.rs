//! What a tree holds that others don't.

use std::cmp::Ordering;
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::TreeRefIter;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::account::{Problem, ProblemKind};
use crate::contents::Interest;
use crate::reader::Reader;

/// A file that differs from all that it is compared with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: Vec<u8>,
    pub(crate) blob: ObjectId,
    /// What stood there before: one an older tree that has the file.
    pub(crate) olds: SmallVec<[ObjectId; 1]>,
}

/// Directories within each other. Each takes a frame of the stack.
pub(crate) const MAX_DEPTH: usize = 256;
/// Files of which one may be what another is made of. More are not compared with.
const MAX_ORIGINS: usize = 4;
/// Deleted files among which origins are looked for.
const MAX_DELETED: usize = 2000;

/// Compares trees.
pub(crate) struct Trees<'r> {
    pub(crate) reader: &'r mut Reader,
    /// Which files are wanted.
    interest: &'r (dyn Fn(&[u8]) -> Interest + Sync),
    /// What differs, in the order of the trees.
    pub(crate) found: Vec<Found>,
    pub(crate) problems: Vec<Problem>,
    deleted: Vec<(Vec<u8>, ObjectId)>,
    path: Vec<u8>,
    /// Directories may stand in many places of one tree; that they are looked at once bounds the work.
    seen: FxHashSet<(ObjectId, Older)>,
}

type Older = SmallVec<[ObjectId; 1]>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Tree,
    /// A link, or a commit of a submodule.
    Other,
}

pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) kind: EntryKind,
    pub(crate) id: ObjectId,
}

impl Entry<'_> {
    /// Git's order: names of trees are compared as if they ended with `/`.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        order(self.name, self.kind == EntryKind::Tree, other.name, other.kind == EntryKind::Tree)
    }
}

pub(crate) fn order(a: &[u8], a_is_tree: bool, b: &[u8], b_is_tree: bool) -> Ordering {
    let common = a.len().min(b.len());
    let (start_a, rest_a) = a.split_at(common);
    let (start_b, rest_b) = b.split_at(common);
    start_a.cmp(start_b).then_with(|| {
        let next = |rest: &[u8], is_tree: bool| rest.first().copied().or(is_tree.then_some(b'/'));
        next(rest_a, a_is_tree).cmp(&next(rest_b, b_is_tree)).then(rest_a.len().cmp(&rest_b.len()))
    })
}

impl<'r> Trees<'r> {
    pub(crate) fn new(reader: &'r mut Reader, interest: &'r (dyn Fn(&[u8]) -> Interest + Sync)) -> Self {
        Self {
            reader,
            interest,
            found: Vec::new(),
            problems: Vec::new(),
            deleted: Vec::new(),
            path: Vec::new(),
            seen: FxHashSet::default(),
        }
    }

    /// Finds the files of `new` that are in none of the `olds` at the same path, and of what they may be made. An old
    /// tree of `None` is empty.
    pub(crate) fn compare(&mut self, new: ObjectId, olds: &[ObjectId]) {
        self.at(b"", new, olds);
        self.finish();
    }

    /// As [`Trees::compare`] for a directory, without looking for what files are made of.
    pub(crate) fn at(&mut self, path: &[u8], new: ObjectId, olds: &[ObjectId]) {
        self.path.clear();
        self.path.extend_from_slice(path);
        self.seen.clear();
        self.level(new, olds, 0);
    }

    /// Tells what is new from what only moved, and puts all in the order of the paths.
    pub(crate) fn finish(&mut self) {
        let mut deleted = std::mem::take(&mut self.deleted);
        if !deleted.is_empty() {
            deleted.sort();
            self.origins(&deleted);
        }
        self.found.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Drops new files that only moved, and compares those that may have moved and changed with what they may be made of:
    /// files that are gone and have the same name, or else the same extension.
    ///
    /// What was not wanted where it was, was not handed over there.
    fn origins(&mut self, deleted: &[(Vec<u8>, ObjectId)]) {
        let deleted: Vec<_> = deleted.iter().map(|(path, blob)| (path, *blob, (self.interest)(path))).collect();
        let gone: FxHashSet<(ObjectId, Interest)> =
            deleted.iter().map(|(_, blob, interest)| (*blob, *interest)).collect();
        let interest = self.interest;
        self.found.retain(|file| !file.olds.is_empty() || !gone.contains(&(file.blob, interest(&file.path))));
        for file in self.found.iter_mut().filter(|file| file.olds.is_empty()) {
            let (name, extension, interest) = (file_name(&file.path), extension(&file.path), interest(&file.path));
            let wanted = deleted.iter().filter(|(.., other)| *other == interest);
            let same_name = wanted.clone().filter(|(path, ..)| file_name(path) == name);
            let same_kind = wanted.filter(|(path, ..)| file_name(path) != name && self::extension(path) == extension);
            for (_, blob, _) in same_name.chain(same_kind) {
                if file.olds.len() >= MAX_ORIGINS {
                    break;
                }
                if !file.olds.contains(blob) {
                    file.olds.push(*blob);
                }
            }
        }
    }

    /// Takes down the files of an entry that is no longer in the directory `within`, which is empty or ends with `/`.
    pub(crate) fn gone_at(&mut self, within: &[u8], entry: &Entry<'_>) {
        self.go_to(within);
        self.gone(entry, 0);
    }

    /// Reads the tree of the directory `within`.
    pub(crate) fn read_at(&mut self, within: &[u8], id: ObjectId) -> Option<Rc<[u8]>> {
        self.go_to(within);
        self.read(id)
    }

    pub(crate) fn problem_at(&mut self, within: &[u8], id: Option<ObjectId>, kind: ProblemKind) {
        self.go_to(within);
        let path = Some(String::from_utf8_lossy(&self.path).into_owned());
        self.problems.push(Problem { object: id, kind, path, commit: None });
    }

    fn go_to(&mut self, within: &[u8]) {
        self.path.clear();
        self.path.extend_from_slice(within.strip_suffix(b"/").unwrap_or(within));
    }

    fn read(&mut self, id: ObjectId) -> Option<Rc<[u8]>> {
        match self.reader.tree(&id) {
            Ok(data) => Some(data),
            Err(kind) => {
                self.problem(id, kind);
                None
            }
        }
    }

    fn problem(&mut self, object: ObjectId, kind: ProblemKind) {
        let path = (!self.path.is_empty()).then(|| String::from_utf8_lossy(&self.path).into_owned());
        self.problems.push(Problem { object: Some(object), kind, path, commit: None });
    }

    fn level(&mut self, new: ObjectId, olds: &[ObjectId], depth: usize) {
        if olds.contains(&new) || !self.seen.insert((new, olds.into())) {
            return;
        }
        if depth > MAX_DEPTH {
            return self.problem(new, ProblemKind::TooMany(format!("more than {MAX_DEPTH} directories in each other")));
        }
        let Some(data) = self.read(new) else { return };
        let older: SmallVec<[Rc<[u8]>; 1]> = olds.iter().filter_map(|old| self.read(*old)).collect();
        let hash = new.kind();
        // With several parents, a file that one of them lacks may still come from another: nothing was renamed here.
        let single = olds.len() == 1;
        let mut sides: SmallVec<[_; 1]> = older.iter().map(|data| Entries::new(data, hash).peekable()).collect();
        let mut entries = Entries::new(&data, hash);
        for entry in entries.by_ref() {
            let mut same = false;
            let mut matching: Older = SmallVec::new();
            for side in &mut sides {
                while let Some(gone) = side.next_if(|old| old.order(&entry).is_lt()) {
                    if single {
                        self.gone(&gone, depth);
                    }
                }
                let Some(old) = side.next_if(|old| old.order(&entry).is_eq()) else { continue };
                same |= old.id == entry.id && old.kind == entry.kind;
                if old.kind == entry.kind && !matching.contains(&old.id) {
                    matching.push(old.id);
                }
            }
            if same {
                continue;
            }
            let length = self.enter(entry.name);
            match entry.kind {
                EntryKind::File => {
                    self.found.push(Found { path: self.path.clone(), blob: entry.id, olds: matching });
                }
                EntryKind::Tree => self.level(entry.id, &matching, depth + 1),
                EntryKind::Other => {}
            }
            self.path.truncate(length);
        }
        let damaged = entries.damaged;
        if single {
            for side in &mut sides {
                for gone in side {
                    self.gone(&gone, depth);
                }
            }
        }
        if damaged {
            self.problem(new, ProblemKind::Damaged(Entries::DAMAGED.to_owned()));
        }
    }

    /// Goes into a name, and says how long the path was before.
    fn enter(&mut self, name: &[u8]) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        length
    }

    /// Takes down the files of what is no longer there.
    fn gone(&mut self, entry: &Entry<'_>, depth: usize) {
        if depth > MAX_DEPTH || self.deleted.len() >= MAX_DELETED {
            return;
        }
        let length = self.enter(entry.name);
        match entry.kind {
            EntryKind::File => self.deleted.push((self.path.clone(), entry.id)),
            // That a tree that is gone can't be read takes nothing away from what is there.
            EntryKind::Tree => {
                if let Ok(data) = self.reader.tree(&entry.id) {
                    for entry in Entries::new(&data, entry.id.kind()) {
                        self.gone(&entry, depth + 1);
                    }
                }
            }
            EntryKind::Other => {}
        }
        self.path.truncate(length);
    }
}

/// The entries of a tree, as far as they parse.
pub(crate) struct Entries<'a> {
    inner: TreeRefIter<'a>,
    pub(crate) damaged: bool,
}

impl<'a> Entries<'a> {
    /// What is wrong with a tree that has entries which don't parse.
    pub(crate) const DAMAGED: &'static str = "it ends within an entry, or has one that is none";

    pub(crate) fn new(data: &'a [u8], hash: gix::hash::Kind) -> Self {
        Self { inner: TreeRefIter::from_bytes(data, hash), damaged: false }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.inner.next()? {
            Ok(entry) => {
                let kind = match entry.mode.kind() {
                    gix::objs::tree::EntryKind::Tree => EntryKind::Tree,
                    gix::objs::tree::EntryKind::Blob | gix::objs::tree::EntryKind::BlobExecutable => EntryKind::File,
                    gix::objs::tree::EntryKind::Link | gix::objs::tree::EntryKind::Commit => EntryKind::Other,
                };
                Some(Entry { name: entry.filename, kind, id: entry.oid.to_owned() })
            }
            Err(_) => {
                self.damaged = true;
                None
            }
        }
    }
}

fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).and_then(|slash| path.get(slash + 1..)).unwrap_or(path)
}

fn extension(path: &[u8]) -> &[u8] {
    let name = file_name(path);
    memchr::memrchr(b'.', name).and_then(|dot| name.get(dot..)).unwrap_or_default()
}
