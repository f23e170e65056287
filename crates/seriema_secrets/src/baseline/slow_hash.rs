//! What stands in our own baseline for a secret.
//!
//! A baseline is committed, so whoever reads the repository reads it too, also after the secret itself was removed. Keys that
//! machines made have too many values to try, whatever the hash. Passwords have not: a plain SHA-1, as detect-secrets
//! writes it, is tried billions of times a second, and looked up in tables that exist already. Therefore
//!
//! - each baseline has a key of its own, made at random, so that no table fits and two projects cannot be compared. The key
//!   has to stand in the file, or nobody else could compare; it is a salt, not a secret;
//! - the hash is scrypt with 512 KiB: about a millisecond for us, who try one value for each finding, and as long for each
//!   guess, on memory that graphics cards have little of for each of their cores;
//! - neither path nor name of the file goes into it, so that a file that is moved keeps its labels.
//!
//! Who would use a weak password still has to change it: this makes guessing dear, not impossible.

use std::fmt;

/// 2^9 blocks of 1 KiB.
const LOG_N: u8 = 9;
const R: u32 = 8;
const P: u32 = 1;
/// Enough that two values have the same by chance once in 10^12 baselines of a million entries.
const BYTES: usize = 10;

/// Makes fingerprints differ between baselines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) [u8; 32]);

/// What stands for a secret in a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; BYTES]);

impl Fingerprint {
    /// Takes about a millisecond.
    pub(crate) fn of(key: &Key, secret: &str) -> Self {
        let mut out = [0; BYTES];
        // Were this to fail in silence, all values would be the same.
        let params = scrypt::Params::new(LOG_N, R, P)
            .unwrap_or_else(|error| unreachable!("constants within scrypt's bounds: {error}"));
        scrypt::scrypt(secret.as_bytes(), &key.0, &params, &mut out)
            .unwrap_or_else(|error| unreachable!("a length within scrypt's bounds: {error}"));
        Self(out)
    }

    pub(crate) fn parse(hex: &str) -> Option<Self> {
        bytes(hex).map(Self)
    }
}

impl Key {
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        bytes(hex).map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Exactly so many bytes in lower-case hexadecimal digits.
pub(crate) fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let digits = hex.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_key_and_value() {
        let (one, other) = (Key([1; 32]), Key([2; 32]));
        let all = [
            Fingerprint::of(&one, "a"),
            Fingerprint::of(&other, "a"),
            Fingerprint::of(&one, "b"),
            Fingerprint::of(&one, ""),
        ];
        for (number, left) in all.iter().enumerate() {
            assert!(all[number + 1..].iter().all(|right| left != right));
        }
        assert_eq!(Fingerprint::of(&one, "a"), all[0]);
        assert_eq!(Fingerprint::parse(&all[0].to_string()), Some(all[0]));
    }

    #[test]
    fn only_hexadecimal_digits_are_read() {
        assert_eq!(bytes::<2>("00ff"), Some([0, 255]));
        for wrong in ["00f", "00fff", "00FF", "+0ff", "00é"] {
            assert_eq!(bytes::<2>(wrong), None, "{wrong}");
        }
    }
}
