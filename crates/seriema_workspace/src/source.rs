//! Reading a file's bytes and turning them into text the way Python does.
//!
//! Line ends (`\r\n`, lone `\r`) and form feeds stay as they are: positions are counted on what is in the file.

mod codec;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use seriema_finding::DiagnosticKind;

use crate::vocabulary::clip;

pub use codec::{EncodingName, python_encoding};

/// Why a file could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// Nothing stands at the path, or the link there leads to nothing.
    Missing(io::Error),
    /// The path is a directory.
    Directory,
    /// A pipe, socket or device: reading it could block forever or change something.
    NotRegular,
    /// The file is larger than the limit. Both in bytes.
    TooLarge {
        /// What the file holds.
        size: u64,
        /// What was allowed.
        limit: u64,
    },
    /// The link leads back to itself.
    Loop(io::Error),
    /// Anything else the system said, permissions above all.
    Io(io::Error),
}

impl ReadError {
    /// The kind under which the failure is reported.
    #[must_use]
    pub const fn kind(&self) -> DiagnosticKind {
        match self {
            Self::TooLarge { .. } => DiagnosticKind::Limit,
            Self::Loop(_) => DiagnosticKind::Loop,
            Self::Missing(_) | Self::Directory | Self::NotRegular | Self::Io(_) => DiagnosticKind::Unreadable,
        }
    }

    /// Sorts what the system said about `path` when it was asked for its metadata.
    pub(crate) fn from_io(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            // `a.py/b`, a name with a NUL in it: nothing can stand there.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => {
                Self::Missing(error)
            }
            io::ErrorKind::PermissionDenied => Self::Io(error),
            // The standard library does not name ELOOP on stable; a link that neither dangles nor is forbidden and
            // still cannot be resolved is one.
            _ if std::fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink()) => Self::Loop(error),
            _ => Self::Io(error),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("does not exist"),
            Self::Directory => f.write_str("is a directory, not a file"),
            Self::NotRegular => f.write_str("is a pipe, socket or device; only regular files are read"),
            Self::TooLarge { size, limit } => write!(
                f,
                "holds {size} bytes, more than the {limit} allowed; raise `max-file-size` to have it analysed, or exclude it"
            ),
            Self::Loop(_) => f.write_str("is a link that leads back to itself"),
            Self::Io(error) => write!(f, "cannot be read: {}", system_words(error)),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Missing(error) | Self::Loop(error) | Self::Io(error) => Some(error),
            Self::Directory | Self::NotRegular | Self::TooLarge { .. } => None,
        }
    }
}

/// The system's words without the number it adds to them, so that reports read the same everywhere.
pub(crate) fn system_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ => {
            let text = error.to_string();
            match text.split_once(" (os error") {
                Some((words, _)) => words.to_lowercase(),
                None => text,
            }
        }
    }
}

/// Reads a regular file of at most `max_bytes` bytes. Links are followed; pipes, sockets and devices are not opened.
///
/// # Errors
/// See [`ReadError`].
pub fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    // Before opening: to open a pipe is to wait for its writer.
    check(&std::fs::metadata(path).map_err(|error| ReadError::from_io(path, error))?, max_bytes)?;
    let file = File::open(path).map_err(|error| ReadError::from_io(path, error))?;
    let size = check(&file.metadata().map_err(ReadError::Io)?, max_bytes)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    // The size may be a lie (`/proc`) or grow meanwhile: the limit holds for what is read.
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > max_bytes {
        return Err(ReadError::TooLarge { size, limit: max_bytes });
    }
    Ok(bytes)
}

pub(crate) fn check(metadata: &Metadata, limit: u64) -> Result<u64, ReadError> {
    if metadata.is_dir() {
        Err(ReadError::Directory)
    } else if !metadata.is_file() {
        Err(ReadError::NotRegular)
    } else if metadata.len() > limit {
        Err(ReadError::TooLarge { size: metadata.len(), limit })
    } else {
        Ok(metadata.len())
    }
}

/// A file's first bytes, for telling scripts by their `#!` line. Regular files only.
pub(crate) fn read_start(path: &Path, length: usize) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path).map_err(|error| ReadError::from_io(path, error))?;
    let mut bytes = Vec::with_capacity(length);
    file.take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    Ok(bytes)
}

/// A source file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedText {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding it was read in (`UTF-8`, `ISO-8859-1`, `windows-1252`, …).
    pub encoding: &'static str,
    /// Whether the file began with UTF-8's byte order mark.
    pub had_bom: bool,
}

/// Bytes that are not text, or not in the way they claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The line of the first fault, from 1.
    pub line: u32,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
    /// The text as far as it can be read: what cannot stands as U+FFFD (NUL as a space), so that the rest of the
    /// file can still be audited.
    pub lossy: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

/// Bytes at the beginning of a file that tell whether it is text.
pub(crate) const BINARY: usize = 8_000;

/// Turns the bytes of a file of any kind into text: UTF-8, or UTF-16 where it begins like that; what is no character
/// becomes U+FFFD. None when it is no text.
#[must_use]
pub fn decode_text(mut bytes: Vec<u8>) -> Option<String> {
    if let Some(error) = codec::utf16(&bytes) {
        return (!error.lossy.is_empty()).then_some(error.lossy);
    }
    if memchr::memchr(0, bytes.get(..BINARY).unwrap_or(&bytes)).is_some() {
        return None;
    }
    if bytes.starts_with(UTF8_BOM) {
        bytes.drain(..UTF8_BOM.len());
    }
    Some(lossy_utf8(bytes))
}

pub(crate) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// Turns a Python file's bytes into text: UTF-8 (with or without byte order mark), or what the PEP 263 declaration
/// in the first two lines says, <https://peps.python.org/pep-0263/>. Valid UTF-8 is not copied.
///
/// # Errors
/// When the bytes are not valid in that encoding, the encoding is unknown, or there are NUL bytes in the file (UTF-16
/// above all). The error carries the text as far as it can be read.
pub fn decode_python(mut bytes: Vec<u8>) -> Result<DecodedText, DecodeError> {
    if let Some(error) = codec::utf16(&bytes) {
        return Err(error);
    }
    let had_bom = bytes.starts_with(UTF8_BOM);
    if had_bom {
        bytes.drain(..UTF8_BOM.len());
    }
    if let Some(at) = memchr::memchr(0, &bytes) {
        let line = line_of(&bytes, at);
        for byte in &mut bytes {
            if *byte == 0 {
                *byte = b' ';
            }
        }
        let lossy = decode_python(bytes).map_or_else(|error| error.lossy, |decoded| decoded.text);
        let message = format!("NUL byte at line {line}: Python does not read such a file; remove the byte");
        return Err(DecodeError { line, message, lossy });
    }
    match codec::declared(&bytes) {
        None => decode_utf8(bytes, had_bom),
        Some(declaration) => {
            let line = declaration.line;
            let name = declaration.name.to_owned();
            match python_encoding(&name) {
                Some(EncodingName::Utf8) => decode_utf8(bytes, had_bom),
                Some(_) if had_bom => Err(DecodeError {
                    line,
                    message: format!(
                        "the file has UTF-8's byte order mark and declares `{name}`; Python refuses such a file, \
                         remove one of the two"
                    ),
                    lossy: lossy_utf8(bytes),
                }),
                Some(encoding) => codec::decode(encoding, &bytes).map(|text| DecodedText {
                    text,
                    encoding: encoding.as_str(),
                    had_bom,
                }),
                None => Err(DecodeError {
                    line,
                    message: format!(
                        "the file declares the encoding `{}`, which is not read; correct the declaration (PEP 263) or \
                         save as UTF-8",
                        clip(&name)
                    ),
                    lossy: lossy_utf8(bytes),
                }),
            }
        }
    }
}

fn decode_utf8(bytes: Vec<u8>, had_bom: bool) -> Result<DecodedText, DecodeError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(DecodedText { text, encoding: EncodingName::Utf8.as_str(), had_bom }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let line = line_of(&bytes, at);
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message = format!(
                "not valid UTF-8 at line {line}, byte 0x{byte:02x}; declare the encoding (PEP 263) or save as UTF-8"
            );
            Err(DecodeError { line, message, lossy: String::from_utf8_lossy(&bytes).into_owned() })
        }
    }
}

pub(crate) fn lossy_utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The line, from 1, that the byte at `at` stands on; `\n`, `\r\n` and lone `\r` end lines.
pub(crate) fn line_of(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.get(..at).unwrap_or(bytes);
    let mut line = 1_u32;
    for at in memchr::memchr2_iter(b'\n', b'\r', before) {
        let carriage_return_of_pair = before.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
        if !carriage_return_of_pair {
            line = line.saturating_add(1);
        }
    }
    line
}

#[cfg(test)]
mod tests;
