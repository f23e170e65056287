//! Objects out of the database: bounded, of the kind that is expected, never fetched, never replaced.

use std::rc::Rc;

use gix::ObjectId;
use gix::objs::{Find, FindHeader, Kind};

use crate::account::ProblemKind;
use crate::cache::{Bases, Cache};
use crate::error::words;

/// One thread's way to the objects.
pub(crate) struct Reader {
    objects: gix::OdbHandle,
    buffer: Vec<u8>,
    trees: Cache<ObjectId, Rc<[u8]>>,
    blobs: Cache<ObjectId, Rc<Blob>>,
}

/// A blob as far as it is of interest.
pub(crate) enum Blob {
    /// Text in UTF-8, or in whatever it is that has no NUL bytes.
    Text(Vec<u8>),
    /// A NUL byte near its beginning, which is what git goes by.
    Binary(Vec<u8>),
    /// A pointer into git's large file storage.
    Pointer,
    /// Cannot be looked at.
    Unread(ProblemKind),
}

/// How far git itself looks for NUL bytes.
const BINARY_PREFIX: usize = 8000;

impl Reader {
    /// The most that a single object, or the deltas that it is made of, may take in memory, in bytes. Objects that
    /// would need more count as too large, whatever the limit for files is.
    pub(crate) const MAX_OBJECT: u64 = 256 << 20;
    const MAX_TREES: usize = 3 << 20;
    const MAX_BLOBS: usize = 2 << 20;

    pub(crate) fn new(mut objects: gix::OdbHandle) -> Self {
        objects.set_pack_cache(|| Box::<Bases>::default());
        objects.unset_object_cache();
        // What stands in place of an object by `refs/replace` hides what was committed.
        objects.ignore_replacements = true;
        // A missing object would have the packs listed anew, each time; of a partial clone most objects are missing.
        objects.refresh_never();
        Self { objects, buffer: Vec::new(), trees: Cache::new(Self::MAX_TREES), blobs: Cache::new(Self::MAX_BLOBS) }
    }

    /// Unpacks an object, whatever its kind.
    pub(crate) fn any(&mut self, id: &ObjectId) -> Result<(Kind, &[u8]), ProblemKind> {
        match self.objects.try_find(id, &mut self.buffer) {
            Ok(Some(data)) => Ok((data.kind, data.data)),
            Ok(None) => Err(ProblemKind::Missing),
            Err(error) if error.is_resource_exhausted() => {
                Err(ProblemKind::TooLarge { size: None, limit: Self::MAX_OBJECT })
            }
            Err(error) => Err(ProblemKind::Damaged(words(&error))),
        }
    }

    fn expect(&mut self, id: &ObjectId, expected: Kind) -> Result<&[u8], ProblemKind> {
        let (kind, data) = self.any(id)?;
        if kind == expected { Ok(data) } else { Err(ProblemKind::Kind { is: name(kind), expected: name(expected) }) }
    }

    /// A commit's bytes.
    pub(crate) fn commit(&mut self, id: &ObjectId) -> Result<&[u8], ProblemKind> {
        self.expect(id, Kind::Commit)
    }

    /// A tree's bytes.
    pub(crate) fn tree(&mut self, id: &ObjectId) -> Result<Rc<[u8]>, ProblemKind> {
        // Many a repository has no object for it: it is known to all.
        if *id == ObjectId::empty_tree(id.kind()) {
            return Ok(Rc::from([]));
        }
        if let Some(data) = self.trees.get(id, |data| data.len()) {
            return Ok(data);
        }
        let data: Rc<[u8]> = self.expect(id, Kind::Tree)?.into();
        self.trees.put(*id, data.clone(), data.len());
        Ok(data)
    }

    /// A blob of at most `limit` bytes, told apart by what it holds.
    pub(crate) fn blob(&mut self, id: &ObjectId, limit: u64) -> Rc<Blob> {
        if let Some(blob) = self.blobs.get(id, Blob::len) {
            return blob;
        }
        let blob = Rc::new(self.read_blob(id, limit));
        self.blobs.put(*id, blob.clone(), Blob::len(&blob));
        blob
    }

    /// The bytes of a blob of at most `limit` bytes, as they are.
    pub(crate) fn bytes(&mut self, id: &ObjectId, limit: u64) -> Result<Vec<u8>, ProblemKind> {
        self.check_size(id, limit)?;
        self.expect(id, Kind::Blob).map(<[u8]>::to_vec)
    }

    /// The size is asked for first, so that what is too large is not unpacked.
    fn check_size(&mut self, id: &ObjectId, limit: u64) -> Result<(), ProblemKind> {
        match self.objects.try_header(id) {
            Ok(Some(header)) if header.size > limit => Err(ProblemKind::TooLarge { size: Some(header.size), limit }),
            Ok(_) => Ok(()),
            Err(error) => Err(ProblemKind::Damaged(words(&error))),
        }
    }

    fn read_blob(&mut self, id: &ObjectId, limit: u64) -> Blob {
        if let Err(problem) = self.check_size(id, limit) {
            return Blob::Unread(problem);
        }
        match self.expect(id, Kind::Blob) {
            Ok(data) => Blob::new(data),
            Err(problem) => Blob::Unread(problem),
        }
    }
}

impl Blob {
    fn new(data: &[u8]) -> Self {
        if let Some(text) = wide(data) {
            return Self::Text(text.into_bytes());
        }
        if memchr::memchr(0, data.get(..BINARY_PREFIX).unwrap_or(data)).is_some() {
            return Self::Binary(data.to_vec());
        }
        if is_pointer(data) {
            return Self::Pointer;
        }
        Self::Text(data.to_vec())
    }

    /// What it takes to keep it, about.
    fn len(blob: &Rc<Self>) -> usize {
        match &**blob {
            Self::Text(data) | Self::Binary(data) => data.len() + 64,
            Self::Pointer | Self::Unread(_) => 64,
        }
    }
}

/// The text of a file that says by its first bytes that it is in UTF-16, as some programs on Windows write settings.
fn wide(data: &[u8]) -> Option<String> {
    let (encoding, body) = match data {
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, body @ ..] => (encoding_rs::UTF_16LE, body),
        [0xfe, 0xff, body @ ..] => (encoding_rs::UTF_16BE, body),
        _ => return None,
    };
    let (text, malformed) = encoding.decode_without_bom_handling(body);
    (!malformed && !text.contains('\0')).then(|| text.into_owned())
}

/// Whether the text is a pointer as git-lfs writes it, and nothing else: `docs/spec.md` of git-lfs.
fn is_pointer(data: &[u8]) -> bool {
    const MAX_POINTER: usize = 1024;
    if data.len() >= MAX_POINTER || !data.starts_with(b"version https://") {
        return false;
    }
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let mut oid = false;
    let mut size = false;
    for (index, line) in text.lines().enumerate() {
        let Some((key, value)) = line.split_once(' ') else { return false };
        let is_hash = || {
            value
                .strip_prefix("sha256:")
                .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        match key {
            "version" if index == 0 => {
                if !matches!(value, "https://git-lfs.github.com/spec/v1" | "https://hawser.github.com/spec/v1") {
                    return false;
                }
            }
            "oid" if is_hash() => oid = true,
            "size" if value.bytes().all(|b| b.is_ascii_digit()) => size = true,
            _ if key.starts_with("ext-") && is_hash() => {}
            _ => return false,
        }
    }
    oid && size
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Blob => "blob",
        Kind::Tree => "tree",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}
