//! Tar archives: ustar, pax and GNU's, <https://www.gnu.org/software/tar/manual/html_node/Standard.html>.

use std::cell::Cell;
use std::io::Read;

use tar::{Archive, EntryType};

use crate::Why;
use crate::budget::{Content, Metered, read as read_bounded};
use crate::name::shown;
use crate::read::{Walk, Wish};

/// Bytes that may stand before a member: its header, a long name, extended headers. They are held in memory.
const BEFORE: u64 = 256 << 10;

pub(crate) fn read(walk: &mut Walk<'_>, path: &str, stream: impl Read, depth: usize) {
    let (position, gate) = (Cell::new(0), Cell::new(BEFORE));
    let budget = walk.budget;
    let mut archive = Archive::new(Metered::new(stream, budget, &position, &gate));
    let Ok(entries) = archive.entries() else {
        walk.account.skip(path.to_owned(), Why::Damaged);
        return;
    };
    for entry in entries {
        let Ok(mut entry) = entry else {
            end(walk, path);
            return;
        };
        let kind = entry.header().entry_type();
        // Of a file with holes the header says what is stored; of others, an extended header may know better.
        let stored = if kind == EntryType::GNUSparse { entry.header().entry_size().unwrap_or(0) } else { entry.size() };
        let after = entry.raw_file_position().saturating_add(stored);
        gate.set(after.saturating_add(BEFORE));
        let inner = shown(&String::from_utf8_lossy(&entry.path_bytes()));
        let full = format!("{path}!/{inner}");
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
        if kind == EntryType::Directory || kind == EntryType::XGlobalHeader || (is_file && inner.ends_with('/')) {
            continue;
        }
        match walk.wish(&inner, &full, depth) {
            Wish::Read => {}
            Wish::Pass => continue,
            Wish::End => return,
        }
        let why = match kind {
            EntryType::Symlink | EntryType::Link => Some(Why::Link),
            _ if !is_file => Some(Why::Special),
            _ if entry.size() > walk.limits.member => Some(Why::TooLarge),
            _ => None,
        };
        if let Some(why) = why {
            walk.account.skip(full, why);
            continue;
        }
        let size = entry.size();
        let mut content = read_bounded(&mut entry, walk.limits.member);
        if let Content::Read { bytes, damaged } = &mut content {
            // The stream ended early.
            *damaged |= (bytes.len() as u64) < size;
        }
        walk.content(full, content, depth);
    }
    // Many archives lack the zeros that should end them, but none is empty.
    if position.get() == 0 {
        walk.account.skip(path.to_owned(), Why::Damaged);
    }
}

/// The stream can't be read on: by its own fault, or because the budget is used up.
fn end(walk: &mut Walk<'_>, path: &str) {
    if walk.budget.is_exhausted() {
        walk.account.truncated = true;
        walk.account.skip(path.to_owned(), Why::TooLarge);
    } else {
        walk.account.skip(path.to_owned(), Why::Damaged);
    }
}
