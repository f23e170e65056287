//! What is kept on disk between runs: values as bytes, with each symbol once.
//!
//! The bytes of a value are its symbols' strings, in the order in which the value first names them, and then the value
//! itself, in which symbols are numbers. Equal values have equal bytes.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use postcard::Error;

use crate::Symbol;

#[derive(Default)]
struct Writing {
    numbers: FxHashMap<Symbol, u32>,
    strings: Vec<&'static str>,
}

thread_local! {
    static WRITING: RefCell<Option<Writing>> = const { RefCell::new(None) };
    static READING: RefCell<Vec<Symbol>> = const { RefCell::new(Vec::new()) };
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = WRITING.with_borrow_mut(|writing| {
            let writing = writing.as_mut()?;
            let next = u32::try_from(writing.strings.len()).ok()?;
            Some(*writing.numbers.entry(*self).or_insert_with(|| {
                writing.strings.push(self.as_str());
                next
            }))
        });
        serializer.serialize_u32(number.ok_or_else(|| S::Error::custom("symbols are written by `to_bytes` alone"))?)
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        READING
            .with_borrow(|symbols| symbols.get(number as usize).copied())
            .ok_or_else(|| D::Error::custom("a symbol that is not in the table"))
    }
}

/// A value as bytes. Not to be called while another value is written on the same thread.
///
/// # Errors
/// When a part of the value refuses to be written.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    WRITING.set(Some(Writing::default()));
    let written = postcard::to_allocvec(value);
    let strings = WRITING.take().map(|writing| writing.strings).unwrap_or_default();
    let mut bytes = postcard::to_allocvec(&strings)?;
    bytes.extend_from_slice(&written?);
    Ok(bytes)
}

/// The value that bytes are of. Not to be called while another value is read on the same thread.
///
/// # Errors
/// When the bytes are not those of such a value.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    match read(bytes)? {
        (value, []) => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// The value that bytes begin with, whatever follows.
///
/// # Errors
/// When the bytes do not begin with such a value.
pub fn beginning<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    read(bytes).map(|(value, _)| value)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), postcard::Error> {
    let (strings, rest): (Vec<&str>, &[u8]) = postcard::take_from_bytes(bytes)?;
    READING.set(strings.into_iter().map(Symbol::new).collect());
    let value = postcard::take_from_bytes(rest);
    READING.set(Vec::new());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_kept_once() {
        let symbols = vec![Symbol::new("os.system"), Symbol::new("subprocess"), Symbol::new("os.system")];
        let bytes = to_bytes(&symbols).expect("it can be written");
        assert_eq!(bytes.windows(9).filter(|window| window == b"os.system").count(), 1);
        assert_eq!(from_bytes::<Vec<Symbol>>(&bytes).expect("it can be read"), symbols);
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let bytes = to_bytes(&vec![Symbol::new("os.system"); 3]).expect("it can be written");
        assert!(from_bytes::<Vec<Symbol>>(&bytes[..bytes.len() - 1]).is_err());
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(from_bytes::<Vec<Symbol>>(&longer).is_err());
        let mut other = bytes;
        *other.last_mut().expect("bytes") = 7;
        assert!(from_bytes::<Vec<Symbol>>(&other).is_err());
    }
}
