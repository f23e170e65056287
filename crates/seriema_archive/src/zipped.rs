//! Zip archives, <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.

use std::io::Cursor;

use memchr::memmem;
use zip::{CompressionMethod, ZipArchive};

use crate::Why;
use crate::name::shown;
use crate::read::{Walk, Wish};

/// What begins each record of a central directory.
const RECORD: &[u8] = b"PK\x01\x02";

/// How many more records than members are read an archive may have: the directory is held in memory as a whole, some
/// 500 bytes a record.
const RECORDS: usize = 5;

pub(crate) fn read(walk: &mut Walk<'_>, path: &str, bytes: &[u8], depth: usize) {
    // The number that an archive gives is what it says; this is what it can have.
    let most = walk.limits.members.saturating_mul(RECORDS);
    if memmem::find_iter(bytes, RECORD).nth(most).is_some() {
        walk.account.skip(path.to_owned(), Why::TooLarge);
        walk.account.truncated = true;
        return;
    }
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        walk.account.skip(path.to_owned(), Why::Damaged);
        return;
    };
    if archive.has_duplicate_names() {
        walk.account.skip(path.to_owned(), Why::SameName);
    }
    // It is an error where a member begins outside of the archive; that is said of the member.
    if archive.has_overlapping_files().unwrap_or(false) {
        walk.account.skip(path.to_owned(), Why::Overlap);
    }
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(index) else { continue };
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().unwrap_or_else(|_| String::from_utf8_lossy(entry.name_raw()));
        let inner = shown(&name);
        let full = format!("{path}!/{inner}");
        match walk.wish(&inner, &full, depth) {
            Wish::Read => {}
            Wish::Pass => continue,
            Wish::End => return,
        }
        let why = if entry.is_symlink() {
            Some(Why::Link)
        } else if entry.encrypted() {
            Some(Why::Encrypted)
        } else if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            Some(Why::Method)
        } else if entry.size() > walk.limits.member {
            Some(Why::TooLarge)
        } else {
            None
        };
        if let Some(why) = why {
            walk.account.skip(full, why);
            continue;
        }
        match archive.by_index(index) {
            Ok(mut file) => walk.stream(full, &mut file, depth),
            Err(_) => walk.account.skip(full, Why::Damaged),
        }
    }
}
