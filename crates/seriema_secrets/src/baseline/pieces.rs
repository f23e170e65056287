//! A hash found again in a text.
//!
//! A baseline of detect-secrets has the SHA-1 of what its regexes matched, and that is not always the secret: of a GitHub
//! token it is `ghp`, of a private key the words `BEGIN RSA PRIVATE KEY`, of a Stripe key the first 32 characters, of an
//! Artifactory token the blank before it as well. So an entry is looked for as a piece of the text: one that begins where a
//! word or a sign begins.

use std::collections::BTreeSet;
use std::ops::Range;

use sha1::{Digest, Sha1};

use super::slow_hash::bytes;

/// Longest piece, in bytes.
const MAX_PIECE: usize = 512;
/// Pieces of one text that are tried: a tenth of a second.
pub(super) const IN_TEXT: usize = 1 << 20;
/// Pieces around one finding that are tried.
pub(super) const AROUND_FINDING: usize = 1 << 16;

/// SHA-1 hashes of values that are looked for.
#[derive(Debug, Default)]
pub(super) struct Wanted(BTreeSet<[u8; 20]>);

impl Wanted {
    /// Of hashes in hexadecimal digits; what is none is not found.
    pub(super) fn of<'h>(hashes: impl Iterator<Item = &'h str>) -> Self {
        Self(hashes.filter_map(bytes).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where in a range of a text pieces with these hashes stand, in order, each with its hash. The second is whether
    /// everything was tried, which is `left` pieces at most.
    pub(super) fn find(&self, text: &str, range: Range<usize>, mut left: usize) -> (Vec<(Range<usize>, String)>, bool) {
        let mut found = Vec::new();
        let mut start = range.start;
        for line in text[range].split_inclusive('\n') {
            if !self.in_line(line.trim_end_matches(['\n', '\r']), start, &mut found, &mut left) {
                return (found, false);
            }
            start += line.len();
        }
        (found, true)
    }

    fn in_line(&self, line: &str, at: usize, found: &mut Vec<(Range<usize>, String)>, left: &mut usize) -> bool {
        let mut before = None;
        for (start, c) in line.char_indices() {
            let begins = before.is_none_or(|before: char| !before.is_alphanumeric() || !c.is_alphanumeric());
            before = Some(c);
            if !begins {
                continue;
            }
            let mut hash = Sha1::new();
            let mut buffer = [0; 4];
            for (length, c) in line[start..].char_indices().take_while(|(length, _)| *length < MAX_PIECE) {
                if *left == 0 {
                    return false;
                }
                *left -= 1;
                hash.update(c.encode_utf8(&mut buffer).as_bytes());
                let digest: [u8; 20] = hash.clone().finalize().into();
                if self.0.contains(&digest) {
                    let end = start + length + c.len_utf8();
                    found.push((at + start..at + end, hexadecimal(&digest)));
                }
            }
        }
        true
    }
}

fn hexadecimal(digest: &[u8; 20]) -> String {
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The part of a text that pieces of a secret can be in: the lines that it is on, of many lines the first few, of long ones
/// what is near.
pub(super) fn around(text: &str, range: &Range<usize>) -> Range<usize> {
    const MAX_LINES: usize = 3;
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let mut end = range.start;
    for _ in 0..MAX_LINES {
        end += text[end..].find('\n').unwrap_or(text.len() - end);
        if end >= range.end || end >= text.len() {
            break;
        }
        end += 1;
    }
    let end = end.min(range.end.min(range.start + 2 * MAX_PIECE) + MAX_PIECE).min(text.len());
    text.ceil_char_boundary(start.max(range.start.saturating_sub(MAX_PIECE)))..text.floor_char_boundary(end)
}

#[cfg(test)]
mod tests {
    use super::super::detect_secrets::sha1_hex;
    use super::*;

    fn found(text: &str, pieces: &[&str]) -> Vec<String> {
        let hashes: Vec<String> = pieces.iter().map(|piece| sha1_hex(piece)).collect();
        let (found, all) = Wanted::of(hashes.iter().map(String::as_str)).find(text, 0..text.len(), IN_TEXT);
        assert!(all);
        for (range, hash) in &found {
            assert_eq!(&sha1_hex(&text[range.clone()]), hash);
        }
        found.into_iter().map(|(range, _)| text[range].to_owned()).collect()
    }

    #[test]
    fn pieces_begin_where_words_and_signs_begin() {
        let text = "a = \"ghp_abc\"\n-----BEGIN RSA PRIVATE KEY-----\nx=AKCp é9 ü";
        let pieces = ["ghp", "BEGIN RSA PRIVATE KEY", "=AKCp", "AKC", "bc", "é9"];
        assert_eq!(found(text, &pieces), ["ghp", "BEGIN RSA PRIVATE KEY", "=AKCp", "AKC", "é9"]);
        assert!(found(text, &[""]).is_empty() && found("", &["x"]).is_empty());
    }

    #[test]
    fn long_lines_are_given_up_and_that_is_said() {
        let text = "-".repeat(100_000);
        let wanted = Wanted::of([sha1_hex("x")].iter().map(String::as_str));
        assert_eq!(wanted.find(&text, 0..text.len(), IN_TEXT), (Vec::new(), false));
    }

    #[test]
    fn a_range_has_lines() {
        let text = "ab\ncd\nef\ngh\nij";
        let lines = |range: Range<usize>| &text[around(text, &range)];
        assert_eq!(lines(0..1), "ab");
        assert_eq!(lines(4..5), "cd");
        assert_eq!(lines(4..7), "cd\nef");
        assert_eq!(lines(1..14).trim_end(), "ab\ncd\nef");
        assert_eq!(lines(13..14), "ij");
        let long = "é".repeat(10_000);
        assert!(around(&long, &(5_000..15_000)).len() < 4 * MAX_PIECE + 4);
    }
}
