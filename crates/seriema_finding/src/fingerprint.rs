//! A finding's identity across edits.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_128;

/// Identifies a finding while the code around it moves: 128 bits of XXH3 over rule, path, function, the normalised
/// text of what is reported, and its number among equals in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes the fingerprints of one file's findings, given in the order of their position.
#[derive(Debug, Default)]
pub struct FingerprintBuilder {
    seen: BTreeMap<u128, u32>,
}

impl FingerprintBuilder {
    /// The fingerprint of the next finding. `text` is the source text that is reported; white space and line ends
    /// in it do not count, so re-indenting or re-wrapping keeps the fingerprint.
    pub fn next(&mut self, slug: &str, path: &str, function: Option<&str>, text: &str) -> Fingerprint {
        let mut key = Vec::with_capacity(64 + text.len());
        for part in [slug, path, function.unwrap_or_default()] {
            key.extend_from_slice(part.as_bytes());
            key.push(0);
        }
        key.extend(text.bytes().filter(|b| !b.is_ascii_whitespace()));
        let base = xxh3_128(&key);
        let number = self.seen.entry(base).or_insert(0);
        key.push(0);
        key.extend_from_slice(&number.to_le_bytes());
        *number += 1;
        Fingerprint(xxh3_128(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_keep_it_and_second_occurrences_differ() {
        let mut a = FingerprintBuilder::default();
        let first = a.next("shell-injection", "a.py", Some("f"), "run(cmd, shell=True)");
        let second = a.next("shell-injection", "a.py", Some("f"), "run(cmd,  shell=True)");
        assert_ne!(first, second);
        let mut b = FingerprintBuilder::default();
        assert_eq!(b.next("shell-injection", "a.py", Some("f"), "run(cmd,\n    shell=True)"), first);
        assert_ne!(b.next("shell-injection", "b.py", Some("f"), "run(cmd, shell=True)"), first);
    }
}
