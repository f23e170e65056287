//! What is known of each file by itself.
//!
//! An entry's key is made of everything that the analysis of a file looks at, so that there is nothing to compare and
//! nothing to forget. An entry has up to three parts: what was found before files were linked, what was found once they
//! were, and the file without its tree for the analysis of the whole program.

use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::Serialize;
use seriema_program::ir::FileIr;
use seriema_program::stored::{from_bytes, to_bytes};
use seriema_program::{LinkTable, ModuleExports, Wanted};
use seriema_secrets::Scanner;
use seriema_workspace::{FileKind, SourceFile};
use xxhash_rust::xxh3::xxh3_128;

use super::Cache;
use super::kept::Kept;
use crate::file::Outcome;

/// Of how many files one has to be new for all to be written again.
const MIN_CHANGE: usize = 50;

/// The pack's name.
const NAME: &str = "files";

const OUTCOME: usize = 0;
const LINKED: usize = 1;
const IR: usize = 2;
const PARTS: usize = 3;

/// Bytes of an entry in the index: its key and the length of each part, in little endian.
const INDEXED: usize = 16 + PARTS * 4;

/// What earlier runs found.
pub(crate) struct Known<'c> {
    cache: &'c Cache,
    /// A hash of all that files have in common: the names of the project's modules, and what looks for secrets.
    project: u128,
    pack: Vec<u8>,
    /// Where the parts of each entry stand in the pack. What is not known is empty.
    entries: FxHashMap<u128, [Range<usize>; PARTS]>,
}

/// What will be kept of a file.
pub(crate) struct Entry {
    key: u128,
    parts: [Part; PARTS],
}

enum Part {
    Known(Range<usize>),
    New(Vec<u8>),
}

impl Known<'_> {
    /// Loads what is known of a project's files.
    pub(crate) fn load<'c>(cache: &'c Cache, files: &[SourceFile], secrets: Option<&Scanner>) -> Known<'c> {
        let mut modules: Vec<&str> = files.iter().filter_map(|file| file.module.as_deref()).collect();
        modules.sort_unstable();
        modules.dedup();
        let project = hash_of(&(&modules, secrets.map(Scanner::name)));
        let pack = cache.load(NAME).unwrap_or_default();
        let entries = if pack.is_empty() { Some(FxHashMap::default()) } else { index(&pack) };
        let entries = entries.unwrap_or_else(|| {
            cache.note_damaged();
            FxHashMap::default()
        });
        Known { cache, project, pack, entries }
    }

    fn key(&self, file: &SourceFile, bytes: &[u8]) -> u128 {
        let kind = match file.kind {
            FileKind::Python => 0_u8,
            FileKind::Stub => 1,
            FileKind::Notebook => 2,
            FileKind::Text => 3,
            FileKind::Archive => 4,
        };
        let SourceFile { relative, module, is_package_init, is_test, absolute: _, named: _, kind: _ } = file;
        hash_of(&(self.project, xxh3_128(bytes), &**relative, kind, module.as_deref(), is_package_init, is_test))
    }

    /// What comes of a file's bytes: what is known of them, or else what `analyse` says. With the lowered file when it
    /// is `followed`.
    pub(crate) fn outcome(
        &self,
        file: &SourceFile,
        bytes: Vec<u8>,
        followed: bool,
        analyse: impl FnOnce(Vec<u8>) -> Outcome,
    ) -> (Outcome, Option<Entry>) {
        let key = self.key(file, &bytes);
        let known = self.entries.get(&key);
        if let Some(known) = known
            && let Some(outcome) = self.restored(file, known, followed)
        {
            return (outcome, Some(Entry { key, parts: known.clone().map(Part::Known) }));
        }
        let outcome = analyse(bytes);
        let written = Kept::of(&outcome).and_then(|kept| {
            let found = to_bytes(&(kept, &outcome.exports, &outcome.wanted)).ok()?;
            let ir = outcome.ir.as_ref().map(to_bytes).transpose().ok()?.unwrap_or_default();
            let linked = known.map_or(0..0, |known| known[LINKED].clone());
            Some(Entry { key, parts: [Part::New(found), Part::Known(linked), Part::New(ir)] })
        });
        (outcome, written)
    }

    fn restored(&self, file: &SourceFile, known: &[Range<usize>; PARTS], followed: bool) -> Option<Outcome> {
        if followed && known[IR].is_empty() {
            return None;
        }
        let (kept, exports, wanted): (Kept<'static>, Option<ModuleExports>, Wanted) =
            from_bytes(self.part(&known[OUTCOME])?).ok()?;
        let ir: Option<FileIr> = if followed { Some(from_bytes(self.part(&known[IR])?).ok()?) } else { None };
        Some(Outcome { exports, wanted, ir, ..kept.restored(&file.relative)? })
    }

    /// What comes of a file once it is known what imported names stand for: what is known of that, or else what
    /// `analyse` says of the bytes that it is given.
    pub(crate) fn linked(
        &self,
        file: &SourceFile,
        entry: &mut Entry,
        links: &LinkTable,
        read: impl FnOnce() -> Result<Vec<u8>, Box<Outcome>>,
        analyse: impl FnOnce(Vec<u8>) -> Outcome,
    ) -> Outcome {
        if let Part::Known(known) = &entry.parts[LINKED]
            && let Some(outcome) = self.restored_linked(file, known, links)
        {
            return outcome;
        }
        let bytes = match read() {
            Ok(bytes) => bytes,
            Err(unreadable) => return *unreadable,
        };
        // It may have changed since it was first read.
        let same = self.key(file, &bytes) == entry.key;
        let outcome = analyse(bytes);
        let written = Kept::of(&outcome)
            .filter(|_| same)
            .and_then(|kept| to_bytes(&(answers(&outcome.wanted, links)?, &outcome.wanted, kept)).ok());
        entry.parts[LINKED] = written.map_or(Part::Known(0..0), Part::New);
        outcome
    }

    /// What was found with links is what will be found with others, as long as these answer the same to all that was
    /// asked.
    fn restored_linked(&self, file: &SourceFile, known: &Range<usize>, links: &LinkTable) -> Option<Outcome> {
        let (answered, asked, kept): (u128, Wanted, Kept<'static>) = from_bytes(self.part(known)?).ok()?;
        if answers(&asked, links)? != answered {
            return None;
        }
        kept.restored(&file.relative)
    }

    fn part(&self, range: &Range<usize>) -> Option<&[u8]> {
        self.pack.get(range.clone()).filter(|part| !part.is_empty())
    }

    /// Keeps what was used or found in this run, and nothing else.
    pub(crate) fn keep(&self, entries: &[Option<Entry>]) {
        let entries: Vec<&Entry> = entries.iter().flatten().collect();
        let is_new = |entry: &&Entry| entry.parts.iter().any(|part| matches!(part, Part::New(_)));
        let changes = entries.iter().filter(|entry| is_new(entry)).count() + entries.len().abs_diff(self.entries.len());
        // To look at a few files again costs less than to write all the others.
        if changes == 0 || (!self.entries.is_empty() && changes * MIN_CHANGE < entries.len()) {
            return;
        }
        let bytes = |part: &'_ Part| -> usize {
            match part {
                Part::Known(range) => range.len(),
                Part::New(bytes) => bytes.len(),
            }
        };
        let mut pack = Vec::with_capacity(8 + entries.len() * INDEXED);
        pack.extend_from_slice(&(entries.len() as u64).to_le_bytes());
        for entry in &entries {
            pack.extend_from_slice(&entry.key.to_le_bytes());
            for part in &entry.parts {
                let Ok(length) = u32::try_from(bytes(part)) else { return };
                pack.extend_from_slice(&length.to_le_bytes());
            }
        }
        let parts = entries.iter().flat_map(|entry| &entry.parts).map(|part| match part {
            Part::Known(range) => self.part(range).unwrap_or_default(),
            Part::New(bytes) => bytes.as_slice(),
        });
        let all: Vec<&[u8]> = std::iter::once(&*pack).chain(parts).collect();
        self.cache.store_parts(NAME, &all);
    }
}

/// A hash of what links answer to what is asked.
fn answers(asked: &Wanted, links: &LinkTable) -> Option<u128> {
    let answers: Vec<_> = asked.iter().map(|(name, _)| (name, links.get(name))).collect();
    to_bytes(&answers).ok().map(|bytes| xxh3_128(&bytes))
}

/// A hash of a value by its bytes, which are the same wherever it is made.
fn hash_of(value: &impl Serialize) -> u128 {
    xxh3_128(&to_bytes(value).unwrap_or_default())
}

fn index(pack: &[u8]) -> Option<FxHashMap<u128, [Range<usize>; PARTS]>> {
    let (count, rest) = pack.split_first_chunk()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let index = rest.get(..count.checked_mul(INDEXED)?)?;
    let mut at = 8 + index.len();
    let mut entries = FxHashMap::default();
    entries.reserve(count);
    for entry in index.chunks_exact(INDEXED) {
        let (key, lengths) = entry.split_first_chunk()?;
        let mut parts = [0..0, 0..0, 0..0];
        for (part, length) in parts.iter_mut().zip(lengths.chunks_exact(4)) {
            let length = u32::from_le_bytes(length.try_into().ok()?);
            let end = at.checked_add(usize::try_from(length).ok()?)?;
            *part = at..end;
            at = end;
        }
        entries.insert(u128::from_le_bytes(*key), parts);
    }
    (at == pack.len()).then_some(entries)
}
