//! Reading a file that is too large to be held in memory: piece after piece.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::source::{BINARY, ReadError, UTF8_BOM, check, lossy_utf8};

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text; what is no character is U+FFFD.
    pub text: String,
    /// Bytes at its beginning that the piece before it ended with, too.
    pub again: usize,
    /// Bytes at its end that the next piece begins with, too.
    pub shared: usize,
}

/// Reads a regular file of at most `limit` bytes in pieces of about `size` bytes, and calls `each` with them in order.
/// Pieces end with a line, unless it is longer than a piece. The next one begins with the last `overlap` bytes once more, or
/// with the first line that begins in them. Nothing is called for a file that is no text.
///
/// # Errors
/// See [`ReadError`]. Pieces before the error were handed out.
pub fn read_pieces(
    path: &Path,
    limit: u64,
    size: usize,
    overlap: usize,
    mut each: impl FnMut(Piece),
) -> Result<(), ReadError> {
    check(&std::fs::metadata(path).map_err(|error| ReadError::from_io(path, error))?, limit)?;
    let file = File::open(path).map_err(|error| ReadError::from_io(path, error))?;
    check(&file.metadata().map_err(ReadError::Io)?, limit)?;
    let mut file = file.take(limit);
    let mut held: Vec<u8> = Vec::new();
    let (mut first, mut again) = (true, 0);
    loop {
        let wanted = u64::try_from(size).unwrap_or(u64::MAX);
        let got = file.by_ref().take(wanted).read_to_end(&mut held).map_err(ReadError::Io)?;
        if first {
            let is_wide = held.starts_with(b"\xff\xfe") || held.starts_with(b"\xfe\xff");
            if is_wide || memchr::memchr(0, held.get(..BINARY).unwrap_or(&held)).is_some() {
                return Ok(());
            }
            if held.starts_with(UTF8_BOM) {
                held.drain(..UTF8_BOM.len());
            }
            first = false;
        }
        if got == 0 {
            if held.len() > again {
                each(Piece { text: lossy_utf8(held), again, shared: 0 });
            }
            return Ok(());
        }
        if held.len() < size {
            continue;
        }
        let line_end = memchr::memrchr(b'\n', &held).map(|at| at + 1).filter(|end| *end > again);
        let end = line_end.unwrap_or_else(|| boundary(&held, held.len()));
        let from = boundary(&held, end.saturating_sub(overlap));
        // Where lines are short, the next piece begins with one.
        let kept = memchr::memchr(b'\n', &held[from..end]).map_or(from, |at| from + at + 1);
        let rest = held.split_off(kept);
        held.extend_from_slice(&rest[..end - kept]);
        let shared = end - kept;
        each(Piece { text: lossy_utf8(held), again, shared });
        (held, again) = (rest, shared);
    }
}

/// The start of the character that a place is in.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let back = bytes[..at].iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80).map_or(0, |back| back + 1);
    match bytes.get(at) {
        // At the end of what was read the last character may be incomplete.
        None if back > 0 => at - back,
        Some(byte) if byte & 0xc0 == 0x80 => at - back,
        _ => at,
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests write what they read")]
mod tests {
    use super::*;

    fn pieces(content: &[u8], size: usize, overlap: usize) -> Vec<(String, usize)> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        std::fs::write(&path, content).expect("a file");
        let mut all = Vec::new();
        read_pieces(&path, 1 << 20, size, overlap, |piece| all.push((piece.text, piece.again))).expect("a text");
        all
    }

    fn of(parts: &[(&str, usize)]) -> Vec<(String, usize)> {
        parts.iter().map(|(text, again)| ((*text).to_owned(), *again)).collect()
    }

    #[test]
    fn pieces_end_with_lines() {
        assert_eq!(pieces(b"one\ntwo\nthree\n", 6, 2), of(&[("one\n", 0), ("two\n", 0), ("three\n", 0)]));
        let again = [("one\ntwo\n", 0), ("two\nthree\nend\n", 4)];
        assert_eq!(pieces(b"one\ntwo\nthree\nend\n", 10, 7), of(&again));
        assert_eq!(pieces(b"one\nlast", 100, 2), of(&[("one\nlast", 0)]));
    }

    #[test]
    fn a_long_line_is_cut_with_an_overlap() {
        let all = pieces(b"abcdefghijklmnopqrstuvwxyz\nend\n", 10, 3);
        let mut whole = String::new();
        for (text, again) in &all {
            assert!(whole.ends_with(&text[..*again]), "{text} begins with what stood before it");
            whole.push_str(&text[*again..]);
        }
        assert_eq!(whole, "abcdefghijklmnopqrstuvwxyz\nend\n");
        assert!(all.len() > 2);
    }

    #[test]
    fn characters_are_not_cut() {
        let text = "ä€𝄞".repeat(50);
        for size in 8..20 {
            let mut whole = String::new();
            for (piece, again) in pieces(text.as_bytes(), size, 4) {
                whole.push_str(&piece[again..]);
            }
            assert_eq!(whole, text, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_text_has_none() {
        assert_eq!(pieces(b"a\0b\n", 100, 2), of(&[]));
        assert_eq!(pieces(b"", 100, 2), of(&[]));
    }
}
