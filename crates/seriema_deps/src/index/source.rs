//! Sources of advisories: OSV's zip, a directory, a file; JSON, YAML, safety-db.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use seriema_archive::{Limits, Why};

use super::IndexError;
use crate::advisory::{Record, RecordError, names_any, read_json, read_safety, read_yaml};
use crate::manifest::Name;

/// How much of an archive is read. PyPI's is 9 MB, and 30 MB with what is malicious.
const LIMITS: Limits = Limits { depth: 1, member: MAX_RECORD, total: 2 << 30, ratio: 100, members: 400_000 };
/// The largest record.
const MAX_RECORD: u64 = 16 << 20;
/// The largest file that is read as a whole.
const MAX_FILE: u64 = 1 << 30;
/// How deep directories are walked; PyPA's are two.
const MAX_DEPTH: usize = 8;

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Its file, or its place in one.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

/// What a record was read as.
pub(super) enum Reading {
    Record(Box<Record>),
    Malformed(Malformed),
    /// It is about none of the packages that are asked for.
    Other,
}

/// Hands each record of a source to `visit`.
pub(super) fn read(
    path: &Path,
    names: Option<&FxHashSet<Name>>,
    visit: &mut dyn FnMut(Reading),
) -> Result<(), IndexError> {
    if !path.is_dir() {
        let bytes = read_file(path, MAX_FILE).map_err(|error| IndexError::Io(path.to_owned(), error))?;
        return read_bytes(path, &bytes, names, visit);
    }
    let mut files = Vec::new();
    files_of(path, 0, &mut files).map_err(|error| IndexError::Io(path.to_owned(), error))?;
    for file in files {
        let shown = file.strip_prefix(path).unwrap_or(&file).display().to_string();
        match read_file(&file, MAX_RECORD) {
            Ok(bytes) => one(&shown, &bytes, names, visit),
            Err(error) => visit(malformed(shown, error.to_string())),
        }
    }
    Ok(())
}

/// Hands each record of a file to `visit`; the path says what it is.
pub(super) fn read_bytes(
    path: &Path,
    bytes: &[u8],
    names: Option<&FxHashSet<Name>>,
    visit: &mut dyn FnMut(Reading),
) -> Result<(), IndexError> {
    let fault = |what: String| IndexError::Source(path.to_owned(), what);
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    if bytes.starts_with(b"PK") {
        let filter = |name: &str| is_record(Path::new(name));
        let account = seriema_archive::members(ARCHIVE, bytes, &LIMITS, &filter, &mut |member| {
            one(within(&member.path), &member.bytes, names, visit);
        });
        if account.truncated {
            return Err(fault("this archive holds more than is read of one".to_owned()));
        }
        for skipped in &account.skipped {
            // The archive itself: it cannot be opened at all.
            if skipped.path == ARCHIVE && account.members == 0 {
                return Err(fault(format!("this archive cannot be read: {:?}", skipped.why)));
            }
            visit(malformed(skipped.path.clone(), format!("{:?}", skipped.why)));
        }
        return Ok(());
    }
    if is_yaml(path) {
        one(&file_name, bytes, names, visit);
        return Ok(());
    }
    match bytes.trim_ascii_start().first() {
        Some(b'{') => {}
        _ => return Err(fault("this is neither a zip archive of OSV records nor a record".to_owned())),
    }
    // A record has an id; safety-db has packages.
    let record = read_json(bytes);
    if let Err(error) = &record
        && error.0.contains("missing field `id`")
    {
        let records = read_safety(bytes).map_err(|error| fault(error.to_string()))?;
        for (shown, record) in records {
            let is_other = |record: &Record| {
                names.is_some_and(|names| !record.packages.iter().any(|(name, _)| names.contains(name)))
            };
            match record {
                Ok(record) if is_other(&record) => visit(Reading::Other),
                record => visit(reading(shown, record)),
            }
        }
        return Ok(());
    }
    visit(reading(file_name.into_owned(), record));
    Ok(())
}

/// Hands each record of OSV's export to `visit`. Where a member is not what was sent, none of them count.
pub(super) fn read_export(
    path: &Path,
    bytes: &[u8],
    names: Option<&FxHashSet<Name>>,
    visit: &mut dyn FnMut(Reading),
) -> Result<(), IndexError> {
    let fault = |what: String| IndexError::Source(path.to_owned(), what);
    if !bytes.starts_with(b"PK") {
        return Err(fault("this is no zip archive of OSV records".to_owned()));
    }
    let filter = |name: &str| is_record(Path::new(name));
    let account = seriema_archive::members(ARCHIVE, bytes, &LIMITS, &filter, &mut |member| {
        one(within(&member.path), &member.bytes, names, visit);
    });
    if account.truncated {
        return Err(fault("this archive holds more than is read of one".to_owned()));
    }
    for skipped in account.skipped.iter().filter(|skipped| skipped.why.is_loss()) {
        match skipped.why {
            // What is too large says so of itself, and others are whole.
            Why::TooLarge => visit(malformed(within(&skipped.path).to_owned(), skipped.why.to_string())),
            why if skipped.path == ARCHIVE => return Err(fault(format!("this archive {why}"))),
            why => return Err(fault(format!("this archive is damaged: {} {why}", within(&skipped.path)))),
        }
    }
    Ok(())
}

/// What an archive is called in the paths of its members.
const ARCHIVE: &str = "source.zip";

fn within(path: &str) -> &str {
    path.strip_prefix(ARCHIVE).and_then(|path| path.strip_prefix("!/")).unwrap_or(path)
}

pub(super) fn one(shown: &str, bytes: &[u8], names: Option<&FxHashSet<Name>>, visit: &mut dyn FnMut(Reading)) {
    if names.is_some_and(|names| !names_any(bytes, names)) {
        return visit(Reading::Other);
    }
    let record = if is_yaml(Path::new(shown)) {
        let text = std::str::from_utf8(bytes).map_err(|error| RecordError(error.to_string()));
        text.and_then(read_yaml)
    } else {
        read_json(bytes)
    };
    visit(reading(shown.to_owned(), record));
}

fn reading(shown: String, record: Result<Record, RecordError>) -> Reading {
    match record {
        Ok(record) => Reading::Record(Box::new(record)),
        Err(error) => malformed(shown, error.to_string()),
    }
}

fn malformed(path: String, reason: String) -> Reading {
    Reading::Malformed(Malformed { path, reason })
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn is_record(path: &Path) -> bool {
    is_yaml(path) || path.extension().is_some_and(|extension| extension == "json")
}

/// The records' files below a directory, in order. Links are not followed.
fn files_of(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && depth < MAX_DEPTH && !is_hidden {
            files_of(&entry.path(), depth + 1, files)?;
        } else if kind.is_file() && is_record(&entry.path()) {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// A regular file of bounded size.
#[expect(clippy::disallowed_methods, reason = "sources of advisories are named by the user, beside no project")]
pub(super) fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("this is no regular file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(most)).unwrap_or_default());
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other("this file is too large"));
    }
    Ok(bytes)
}
