//! The one place of this crate that opens files.
#![allow(clippy::disallowed_methods, reason = "Bandit's command line reads and writes what it is told to")]

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use seriema_workspace::{ReadError, read_bytes};

/// The parser counts in 32 bits.
const MAX_SIZE: u64 = u32::MAX as u64;

/// Reads a source file. `is_named` says that the command line names it: then it may be a pipe, as in `<(command)`.
/// Pipes and devices that merely lie in a directory are not opened, since that could wait forever.
///
/// # Errors
/// With the reason as the system words it.
pub(crate) fn read_source(path: &Path, is_named: bool) -> Result<Vec<u8>, String> {
    match read_bytes(path, MAX_SIZE) {
        Err(ReadError::NotRegular) if is_named => std::fs::read(path).map_err(|error| system_message(&error)),
        other => other.map_err(|error| match error {
            ReadError::Missing(error) | ReadError::Loop(error) | ReadError::Io(error) => system_message(&error),
            ReadError::Directory => "Is a directory".to_owned(),
            ReadError::NotRegular => "Not a regular file".to_owned(),
            ReadError::TooLarge { .. } => "File too large".to_owned(),
        }),
    }
}

/// Reads a text file, none where it cannot be read.
pub(crate) fn read_text(path: &Path) -> Option<String> {
    std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Opens a file to write the report to; what it held is lost.
pub(crate) fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    Ok(Box::new(File::create(path)?))
}

/// What the system says of an error, without the number that Rust adds.
pub(crate) fn system_message(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
