//! The format of an index.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{Index, IndexError, Info};
use crate::advisory::{Advisory, Affected, Range, VersionTable, Versions};

/// The version of the format. Any change of what is written, of the types in it, or of what they mean is another one.
pub const FORMAT: u32 = 1;

/// Begins each index. The line ends show whether it was mistaken for a text on its way.
const MAGIC: &[u8; 8] = b"SRMADV\r\n";
/// Magic, format, the header's length and checksum.
const PREFIX: usize = 8 + 4 + 4 + 8;
/// A header is a few hundred bytes.
const MAX_HEADER: usize = 1 << 20;
/// Bytes of a name's entry: where the name starts among names, where its block starts among blocks.
const ENTRY: usize = 8;
/// Before a block: its checksum, and its length when it is unpacked.
const BLOCK_PREFIX: usize = 8 + 4;
/// The largest block, unpacked. The largest of PyPI's is a fifth of a megabyte.
const MAX_BLOCK: usize = 64 << 20;
/// What is read at once when an index is opened, in which header and directory often are.
const FIRST_READ: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Header {
    info: Info,
    names: u32,
    directory: u64,
    directory_checksum: u64,
    blocks: u64,
}

/// What is known of a package, as it is written.
#[derive(Serialize, Deserialize)]
struct Block {
    versions: Vec<String>,
    /// An advisory, its affected versions aside.
    advisories: Vec<(Advisory, Vec<Stored>)>,
}

/// Affected versions: runs of indices, and ranges.
#[derive(Serialize, Deserialize)]
struct Stored {
    runs: Vec<(u32, u32)>,
    ranges: Vec<Range>,
}

/// The bytes of an index. `packages` are in order, each with its table of versions, which its advisories' versions are of.
pub(super) fn write(
    info: &Info,
    packages: impl Iterator<Item = (String, Arc<VersionTable>, Vec<Advisory>)>,
    path: &Path,
) -> Result<Vec<u8>, IndexError> {
    let too_large = || IndexError::TooLarge(path.to_owned());
    let u32_of = |number: usize| u32::try_from(number).map_err(|_| too_large());
    let (mut entries, mut names, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
    let mut count = 0;
    for (name, table, advisories) in packages {
        entries.extend(u32_of(names.len())?.to_le_bytes());
        entries.extend(u32_of(blocks.len())?.to_le_bytes());
        names.extend(name.as_bytes());
        count += 1;
        block(&table, advisories, &mut blocks).ok_or_else(too_large)?;
    }
    entries.extend(u32_of(names.len())?.to_le_bytes());
    entries.extend(u32_of(blocks.len())?.to_le_bytes());
    let mut directory = entries;
    directory.append(&mut names);
    let header = Header {
        info: info.clone(),
        names: count,
        directory: directory.len() as u64,
        directory_checksum: xxh3_64(&directory),
        blocks: blocks.len() as u64,
    };
    let mut out = Vec::with_capacity(PREFIX + FIRST_READ + directory.len() + blocks.len());
    head(&header, &mut out).ok_or_else(too_large)?;
    out.extend(directory);
    out.extend(blocks);
    Ok(out)
}

/// What an index begins with, its header included.
fn head(header: &Header, out: &mut Vec<u8>) -> Option<()> {
    let header = postcard::to_allocvec(header).ok().filter(|header| header.len() <= MAX_HEADER)?;
    out.extend(MAGIC);
    out.extend(FORMAT.to_le_bytes());
    out.extend(u32::try_from(header.len()).ok()?.to_le_bytes());
    out.extend(xxh3_64(&header).to_le_bytes());
    out.extend(header);
    Some(())
}

/// Whether bytes begin as an index does.
pub(super) fn is_index(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What an index is made of and its bytes, once it says that it was made on another day.
pub(super) fn redated(path: &Path, made: &str) -> Result<(Info, Vec<u8>), IndexError> {
    let old = File::from_bytes(path, Index::read_bytes(path)?)?;
    let info = Info { made: made.to_owned(), ..old.info.clone() };
    let header = Header {
        info: info.clone(),
        names: u32::try_from(old.names).map_err(|_| IndexError::TooLarge(path.to_owned()))?,
        directory: old.directory.len() as u64,
        directory_checksum: xxh3_64(&old.directory),
        blocks: old.size - old.blocks,
    };
    let mut out = Vec::new();
    head(&header, &mut out).ok_or_else(|| IndexError::TooLarge(path.to_owned()))?;
    let rest = usize::try_from(old.blocks).unwrap_or(usize::MAX).saturating_sub(old.directory.len());
    out.extend(old.memory().get(rest..).unwrap_or_default());
    Ok((info, out))
}

/// Adds a package's block.
fn block(table: &VersionTable, advisories: Vec<Advisory>, blocks: &mut Vec<u8>) -> Option<()> {
    let advisories = advisories.into_iter().map(|mut advisory| {
        let affected = std::mem::take(&mut advisory.affected);
        let stored = affected
            .into_iter()
            .map(|affected| Stored { runs: affected.versions.runs().to_vec(), ranges: affected.ranges });
        (advisory, stored.collect())
    });
    let versions = (0..table.len()).filter_map(|index| table.written(index).map(str::to_owned)).collect();
    let plain = postcard::to_allocvec(&Block { versions, advisories: advisories.collect() }).ok()?;
    if plain.len() > MAX_BLOCK {
        return None;
    }
    let mut packed = Vec::with_capacity(plain.len() / 3);
    packed.extend(u32::try_from(plain.len()).ok()?.to_le_bytes());
    let mut encoder = DeflateEncoder::new(packed, Compression::new(9));
    encoder.write_all(&plain).ok()?;
    let packed = encoder.finish().ok()?;
    blocks.extend(xxh3_64(&packed).to_le_bytes());
    blocks.extend(packed);
    Some(())
}

/// What packed bytes are, if they are of a length.
fn inflate(packed: &[u8], len: usize) -> Option<Vec<u8>> {
    thread_local! {
        // To set one up takes longer than most blocks take.
        static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
    }
    // One byte more than there should be, so that there can be too many.
    let mut plain = Vec::with_capacity(len + 1);
    let status = INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(false);
        inflater.decompress_vec(packed, &mut plain, FlushDecompress::Finish)
    });
    (status.is_ok_and(|status| status == Status::StreamEnd) && plain.len() == len).then_some(plain)
}

/// The advisories of a block, whose checksum is right.
fn advisories(packed: &[u8]) -> Option<Vec<Advisory>> {
    let (len, packed) = packed.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*len) as usize;
    if len > MAX_BLOCK {
        return None;
    }
    let plain = inflate(packed, len)?;
    let block: Block = postcard::from_bytes(&plain).ok()?;
    let table = Arc::new(VersionTable::new(block.versions.iter().map(String::as_str)));
    if table.len() != block.versions.len() {
        return None;
    }
    let with_affected = |(mut advisory, stored): (Advisory, Vec<Stored>)| {
        for Stored { runs, ranges } in stored {
            advisory.affected.push(Affected { versions: Versions::at(&table, runs)?, ranges });
        }
        Some(advisory)
    };
    block.advisories.into_iter().map(with_affected).collect()
}

/// Writes a file as a whole or not at all: whoever has it open keeps what was there.
#[expect(clippy::disallowed_methods, reason = "the index is the user's own file, beside no project")]
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
    let failed = |error| IndexError::Io(path.to_owned(), error);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(super::Builder::TEMPORARY).tempfile_in(directory).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    #[cfg(unix)]
    {
        // Others on the machine may read it, as any file; a temporary file is its maker's alone.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    // That it is the new one now is what the directory says. Not every system lets one say so.
    #[cfg(unix)]
    fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
    Ok(())
}

/// Where the bytes are.
enum Bytes {
    Memory(Vec<u8>),
    File(Mutex<fs::File>),
}

impl Bytes {
    fn read(&self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Memory(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                let end = at.saturating_add(len);
                bytes.get(at..end).map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Self::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(at))?;
                let mut bytes = vec![0; len];
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// An index whose header and directory are read and right.
pub(super) struct File {
    path: PathBuf,
    bytes: Bytes,
    size: u64,
    info: Info,
    /// Entries, then names.
    directory: Vec<u8>,
    names: usize,
    blocks: u64,
}

impl File {
    #[expect(clippy::disallowed_methods, reason = "the index is the user's own file, beside no project")]
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let failed = |error| IndexError::Io(path.to_owned(), error);
        let file = fs::File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(IndexError::NotAnIndex(path.to_owned()));
        }
        Self::read(path, Bytes::File(Mutex::new(file)), metadata.len())
    }

    pub(super) fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, IndexError> {
        let size = bytes.len() as u64;
        Self::read(path, Bytes::Memory(bytes), size)
    }

    fn read(path: &Path, bytes: Bytes, size: u64) -> Result<Self, IndexError> {
        let failed = |error| IndexError::Io(path.to_owned(), error);
        let truncated = || IndexError::Truncated(path.to_owned());
        let damaged = |part| IndexError::Damaged(path.to_owned(), part);
        let first = bytes.read(0, usize::try_from(size).unwrap_or(usize::MAX).min(FIRST_READ)).map_err(failed)?;
        let seen = first.len().min(MAGIC.len());
        if seen == 0 || first[..seen] != MAGIC[..seen] {
            return Err(IndexError::NotAnIndex(path.to_owned()));
        }
        let found = number(&first, 8).ok_or_else(truncated)?;
        if found != FORMAT {
            return Err(IndexError::Format { path: path.to_owned(), found });
        }
        let header_len = number(&first, 12).ok_or_else(truncated)? as usize;
        let checksum = u64::from(number(&first, 16).ok_or_else(truncated)?)
            | u64::from(number(&first, 20).ok_or_else(truncated)?) << 32;
        if header_len > MAX_HEADER {
            return Err(damaged("header"));
        }
        // From the first bytes if they are there, or else from the file.
        let part = |at: usize, len: usize| -> Result<Vec<u8>, IndexError> {
            let end = at.checked_add(len).filter(|end| *end as u64 <= size).ok_or_else(truncated)?;
            match first.get(at..end) {
                Some(part) => Ok(part.to_vec()),
                None => bytes.read(at as u64, len).map_err(failed),
            }
        };
        let header = part(PREFIX, header_len)?;
        if xxh3_64(&header) != checksum {
            return Err(damaged("header"));
        }
        let header: Header = postcard::from_bytes(&header).map_err(|_| damaged("header"))?;
        let directory_len = usize::try_from(header.directory).map_err(|_| damaged("header"))?;
        let directory = part(PREFIX + header_len, directory_len)?;
        if xxh3_64(&directory) != header.directory_checksum {
            return Err(damaged("directory"));
        }
        let names = header.names as usize;
        let starts = names.checked_add(1).and_then(|entries| entries.checked_mul(ENTRY));
        if starts.is_none_or(|starts| starts > directory.len()) {
            return Err(damaged("directory"));
        }
        let blocks = (PREFIX + header_len + directory_len) as u64;
        match blocks.checked_add(header.blocks) {
            Some(end) if end == size => {}
            Some(end) if end > size => return Err(truncated()),
            _ => return Err(damaged("length")),
        }
        Ok(Self { path: path.to_owned(), bytes, size, info: header.info, directory, names, blocks })
    }

    pub(super) fn info(&self) -> &Info {
        &self.info
    }

    /// The bytes of one that is in memory.
    pub(super) fn memory(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Memory(bytes) => bytes,
            Bytes::File(_) => &[],
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.names).filter_map(|index| std::str::from_utf8(self.name(index)?).ok())
    }

    /// Reads all of it. Each name must be where it is looked for: one that is out of order is not found, as if nothing were
    /// known of its package.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        let mut before: &[u8] = b"";
        for index in 0..self.names {
            let in_order = self.name(index).filter(|name| *name > before);
            before = in_order.ok_or_else(|| IndexError::Damaged(self.path.clone(), "directory"))?;
            self.block(index)?;
        }
        Ok(())
    }

    /// The name of an entry.
    fn name(&self, index: usize) -> Option<&[u8]> {
        let names = (self.names + 1) * ENTRY;
        let start = number(&self.directory, index * ENTRY)? as usize;
        let end = number(&self.directory, (index + 1) * ENTRY)? as usize;
        self.directory.get(names.checked_add(start)?..names.checked_add(end)?)
    }

    pub(super) fn about(&self, name: &str) -> Result<Vec<Advisory>, IndexError> {
        let damaged = |part| IndexError::Damaged(self.path.clone(), part);
        let (mut low, mut high) = (0, self.names);
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).ok_or_else(|| damaged("directory"))?.cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.block(middle),
            }
        }
        Ok(Vec::new())
    }

    fn block(&self, index: usize) -> Result<Vec<Advisory>, IndexError> {
        let damaged = |part| IndexError::Damaged(self.path.clone(), part);
        let start = number(&self.directory, index * ENTRY + 4);
        let end = number(&self.directory, (index + 1) * ENTRY + 4);
        let (Some(start), Some(end)) = (start, end) else { return Err(damaged("directory")) };
        let at = self.blocks + u64::from(start);
        let len =
            end.checked_sub(start).filter(|len| *len as usize >= BLOCK_PREFIX && at + u64::from(*len) <= self.size);
        let len = len.ok_or_else(|| damaged("directory"))? as usize;
        let block = self.bytes.read(at, len).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => IndexError::Truncated(self.path.clone()),
            _ => IndexError::Io(self.path.clone(), error),
        })?;
        let (checksum, packed) = block.split_first_chunk::<8>().ok_or_else(|| damaged("block"))?;
        if xxh3_64(packed) != u64::from_le_bytes(*checksum) {
            return Err(damaged("block"));
        }
        advisories(packed).ok_or_else(|| damaged("block"))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
