//! A pack: a header that says who wrote it and whether it is whole, and a payload.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::LazyLock;
use std::time::SystemTime;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Magic, format, writer, length of the payload, checksum of all of it; numbers in little endian. The places of these
/// never change, so that any version tells another's pack from a damaged one.
const MAGIC: [u8; 12] = *b"seriema-pack";
const FORMAT: u32 = 1;
const HEADER: usize = 12 + 4 + 16 + 8 + 8;

/// Largest pack that is read, in bytes: above, reading would take longer than finding out anew.
const MAX_SIZE: u64 = 2 << 30;

/// The program's version and what its analyses are made of.
static WRITER: LazyLock<u128> =
    LazyLock::new(|| xxh3_128(concat!(env!("CARGO_PKG_VERSION"), " ", env!("SERIEMA_ANALYSES")).as_bytes()));

/// What stands in a pack's file.
pub(super) enum Read {
    /// What was written.
    Whole { payload: Vec<u8>, modified: SystemTime },
    /// Something that another version of the program wrote.
    OtherVersion,
    /// A part of it, or something else altogether.
    Damaged,
}

/// The header of a payload.
pub(super) fn header(payload: &[&[u8]]) -> [u8; HEADER] {
    header_of(payload, *WRITER)
}

pub(super) fn header_of(payload: &[&[u8]], writer: u128) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..12].copy_from_slice(&MAGIC);
    header[12..16].copy_from_slice(&FORMAT.to_le_bytes());
    header[16..32].copy_from_slice(&writer.to_le_bytes());
    header[32..40].copy_from_slice(&payload.iter().map(|part| part.len() as u64).sum::<u64>().to_le_bytes());
    let checksum = checksum(&header, payload);
    header[40..].copy_from_slice(&checksum.to_le_bytes());
    header
}

fn checksum(header: &[u8; HEADER], payload: &[&[u8]]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&header[..HEADER - 8]);
    for part in payload {
        hash.update(part);
    }
    hash.digest()
}

pub(super) fn read(path: &Path) -> io::Result<Read> {
    // Before opening: to open a pipe is to wait for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Ok(Read::Damaged);
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let length = metadata.len().saturating_sub(HEADER as u64);
    let mut header = [0; HEADER];
    if metadata.len() < HEADER as u64 || length > MAX_SIZE || file.read_exact(&mut header).is_err() {
        return Ok(Read::Damaged);
    }
    if header[..12] != MAGIC {
        return Ok(Read::Damaged);
    }
    if header[32..40] != length.to_le_bytes() {
        return Ok(Read::Damaged);
    }
    let mut payload = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut payload)?;
    if header[40..] != checksum(&header, &[&payload]).to_le_bytes() {
        return Ok(Read::Damaged);
    }
    // Last: what is damaged is not to pass for something else.
    if header[12..16] != FORMAT.to_le_bytes() || header[16..32] != WRITER.to_le_bytes() {
        return Ok(Read::OtherVersion);
    }
    Ok(Read::Whole { payload, modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH) })
}
