//! What is kept beside an index from one update to the next: what servers said of what it was made of, and what was fetched
//! of a download that broke off.
//!
//! `advisories.index.update` holds the first and is locked while an update is at work, so that two of them take turns;
//! `advisories.index.part` holds the second. Both may be deleted, or be anything: then all is fetched anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use seriema_deps::{Index, IndexError};
use xxhash_rust::xxh3::xxh3_64;

use crate::address::Address;
use crate::client::Watch;

/// The largest state that is read. It has a few hundred bytes.
const MAX_STATE: u64 = 1 << 16;

/// What a server says of a file, to be asked later whether it is another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
}

impl Validators {
    pub(crate) fn is_none(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }

    /// What shows that not one byte is another.
    pub(crate) fn strong(&self) -> Option<&str> {
        match &self.etag {
            Some(etag) if !etag.starts_with("W/") => Some(etag),
            _ => self.modified.as_deref(),
        }
    }
}

/// Something that an index was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Feed {
    /// Hash of its URL, in which a token may stand.
    pub(crate) url: u64,
    pub(crate) validators: Validators,
}

/// What the bytes of the part are the beginning of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) url: u64,
    pub(crate) validators: Validators,
    pub(crate) total: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// The program's version: another one may read more of the same records.
    #[serde(default)]
    version: String,
    /// Hash of the index that the feeds are about.
    #[serde(default)]
    index: u64,
    #[serde(default)]
    feeds: Vec<Feed>,
    #[serde(default)]
    part: Option<Begun>,
}

/// What is kept beside an index.
pub(crate) struct Kept {
    /// Locked; none where the file system knows no locks, and then nothing is kept.
    file: Option<File>,
    state: State,
    part: PathBuf,
}

impl Kept {
    /// Opens what is kept beside an index, and waits until no other update is at work.
    pub(crate) fn open(index: &Path, watch: &dyn Watch) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside(index, ".update"))?;
        let locked = match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                watch.says("another update is at work; waiting for it");
                file.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        if locked.is_err() {
            // Without a lock, what two updates write must not be the same file.
            let part = beside(index, &format!(".part-{}", std::process::id()));
            return Ok(Self { file: None, state: State::default(), part });
        }
        let mut bytes = Vec::new();
        (&file).take(MAX_STATE).read_to_end(&mut bytes)?;
        let state = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Self { file: Some(file), state, part: beside(index, ".part") })
    }

    fn save(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let bytes = serde_json::to_vec(&self.state)?;
        // Cut short, it is no JSON, and read as nothing.
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)
    }

    /// What the index was made of, if these bytes are the ones that it had then, and this program made it.
    pub(crate) fn feeds(&self, index: &[u8]) -> Option<&[Feed]> {
        (self.state.version == env!("CARGO_PKG_VERSION") && self.state.index == xxh3_64(index))
            .then_some(self.state.feeds.as_slice())
    }

    /// Keeps what the index was made of.
    pub(crate) fn keep(&mut self, index: &[u8], feeds: Vec<Feed>) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.state = State { version, index: xxh3_64(index), feeds, part: self.state.part.take() };
        self.save()
    }

    /// What there is of a file that was begun, and how many bytes. Nothing if nobody could say whether the rest still fits.
    pub(crate) fn begun(&self, address: &Address) -> Option<(Begun, u64)> {
        let begun = self.state.part.clone()?;
        let there = std::fs::metadata(&self.part).ok().filter(std::fs::Metadata::is_file)?.len();
        let fits = begun.total.is_none_or(|total| there <= total) && there > 0;
        (begun.url == hash(address) && begun.validators.strong().is_some() && fits).then_some((begun, there))
    }

    /// Begins a file: what was there of another is gone.
    pub(crate) fn begin(&mut self, begun: Begun) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.part)?;
        self.state.part = Some(begun);
        self.save()?;
        Ok(file)
    }

    /// Goes on with a file.
    pub(crate) fn go_on(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.part)
    }

    /// The bytes of the part.
    #[expect(clippy::disallowed_methods, reason = "it is the user's own file, beside no project")]
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.part)
    }

    /// Forgets the part.
    pub(crate) fn drop_part(&mut self) -> io::Result<()> {
        match std::fs::remove_file(&self.part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if self.state.part.take().is_some() {
            self.save()?;
        }
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.file.is_none() {
            drop(std::fs::remove_file(&self.part));
        }
    }
}

/// A hash of an address, to be kept instead of it.
pub(crate) fn hash(address: &Address) -> u64 {
    xxh3_64(address.url().as_bytes())
}

/// The bytes of an index, if it is one that can be used.
pub(crate) fn usable(index: &Path) -> Option<Vec<u8>> {
    let read = || -> Result<Vec<u8>, IndexError> {
        Index::open(index)?;
        Index::read_bytes(index)
    };
    read().ok()
}

fn beside(index: &Path, end: &str) -> PathBuf {
    let mut name = index.file_name().unwrap_or_default().to_owned();
    name.push(end);
    index.with_file_name(name)
}
