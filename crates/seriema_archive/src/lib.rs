//! The members of archives: zip (and what is one: wheels, eggs, jars, zipped applications), tar, gzip, and archives in
//! them.
//!
//! Archives come from anyone. Nothing is written to disk, so that names can do no harm; work and memory are bounded by
//! [`Limits`] whatever an archive says of itself; what is not read is named in the [`Account`]. What bzip2, xz and zstd
//! compress is not read.

mod account;
mod budget;
mod name;
mod read;
mod tarball;
mod zipped;

pub use account::{Account, Skipped, Why};
pub use name::is_archive;
pub use read::members;

/// How much is read of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Archives in archives that are opened, the outermost included.
    pub depth: usize,
    /// Bytes of one member, unpacked. Larger ones are left out.
    pub member: u64,
    /// Bytes in all that are unpacked, or passed over in a stream that is.
    pub total: u64,
    /// How many times its own size an archive may be unpacked, all that is in it together; at least `member` bytes.
    /// Deflate reaches 1032, text hardly 20: <https://zlib.net/zlib_tech.html>.
    pub ratio: u64,
    /// Members in all, wanted or not.
    pub members: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 3, member: 8 << 20, total: 256 << 20, ratio: 100, members: 20_000 }
    }
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `outer.zip!/inner/path`, with a `!/` for each archive. Control characters are replaced.
    pub path: String,
    /// What it holds, unpacked. Of a damaged member, what could be read.
    pub bytes: Vec<u8>,
}
