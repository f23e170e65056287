//! A scan's results, and a baseline of detect-secrets.
//!
//! Findings are compared by file and SHA-1 of the value, whatever detect-secrets calls what it found there: a project that
//! has a baseline hears nothing new on the first run. The other way round, entries of the baseline keep their types and
//! labels, so that detect-secrets finds in it what it wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Located;
use super::detect_secrets::{DetectSecretsBaseline, Entry, sha1_hex};
use super::pieces::{AROUND_FINDING, IN_TEXT, Wanted, around};
use super::settings;
use super::types::TypeNames;

/// How an entry is like a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// It is of the same value.
    Value,
    /// It is of a piece of the text that is part of the value, or that the value is part of: detect-secrets hashes `ghp`
    /// of a GitHub token, and cannot tell such a token from the next one in the same file. Nor can who reads its baseline.
    Piece,
}

/// An entry of a baseline that a finding is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<'b> {
    /// The entry.
    pub entry: &'b Entry,
    /// How it is like the finding.
    pub likeness: Likeness,
}

/// What becomes of entries that the scan did not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfound {
    /// They go, as in detect-secrets.
    Goes,
    /// They stay as long as their text is in the file: what detect-secrets calls a secret and Seriema does not, is not
    /// lost to those who still use detect-secrets. The file's text is asked for.
    StaysWhilePresent,
}

/// A scan's results.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    /// What was found, without what the baseline's settings or comments exclude.
    pub found: &'a [Located<'a>],
    /// The files that were looked at; all of them when absent.
    pub files: Option<&'a BTreeSet<String>>,
    /// What becomes of entries that were not found.
    pub unfound: Unfound,
    /// The text of a file of the project, absent when there is no such file (any more).
    pub text_of: &'a dyn Fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Scanned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanned").field("found", &self.found.len()).field("files", &self.files).finish_non_exhaustive()
    }
}

impl Scanned<'_> {
    fn has(&self, path: &str) -> bool {
        self.files.is_none_or(|files| files.contains(path))
    }
}

impl DetectSecretsBaseline {
    /// The entry that a finding is known by.
    #[must_use]
    pub fn known(&self, located: &Located<'_>) -> Option<Known<'_>> {
        let entries = self.of_file(located.path);
        if entries.is_empty() {
            return None;
        }
        let hash = sha1_hex(located.secret.value.reveal());
        if let Some(entry) = entries.iter().find(|entry| entry.hashed_secret == hash) {
            return Some(Known { entry, likeness: Likeness::Value });
        }
        if let Some(lower) = lower_hash(located)
            && let Some(entry) = entries.iter().find(|entry| entry.hashed_secret == lower)
        {
            return Some(Known { entry, likeness: Likeness::Value });
        }
        let pieces = pieces_of(located, entries);
        let entry = entries.iter().find(|entry| pieces.iter().any(|(hash, _)| *hash == entry.hashed_secret))?;
        Some(Known { entry, likeness: Likeness::Piece })
    }

    /// The baseline that `detect-secrets scan --baseline` would write: what was found now, with the labels that it had.
    ///
    /// Entries of a file that was not looked at stay as they are.
    #[must_use]
    pub fn merged(&self, scanned: &Scanned<'_>, types: &TypeNames) -> Self {
        let mut new = Self { results: BTreeMap::new(), ..self.clone() };
        let mut seen = self.seen_again(scanned);
        for (path, entries) in &self.results {
            let kept = if scanned.has(path) { seen.remove(path).unwrap_or_default() } else { entries.clone() };
            new.results.insert(path.clone(), kept);
        }
        for located in scanned.found.iter().filter(|located| self.known(located).is_none()) {
            new.results.entry(located.path.to_owned()).or_default().push(Entry {
                kind: types.name(located.secret).to_owned(),
                filename: located.path.to_owned(),
                hashed_secret: sha1_hex(located.secret.value.reveal()),
                is_verified: false,
                line_number: Some(located.secret.line),
                is_secret: None,
                extra: serde_json::Map::new(),
            });
        }
        settings::used(&mut new.filters, &self.file);
        new.normalize();
        new
    }

    /// The baseline that `detect-secrets-hook --baseline` would write when it found nothing new: entries that are gone
    /// from the files it looked at go, others get the lines they are on now. Absent when there is nothing to write.
    #[must_use]
    pub fn trimmed(&self, scanned: &Scanned<'_>) -> Option<Self> {
        let mut seen = self.seen_again(scanned);
        let mut results = BTreeMap::new();
        for (path, entries) in &self.results {
            let kept = if scanned.has(path) { seen.remove(path).unwrap_or_default() } else { entries.clone() };
            results.insert(path.clone(), kept);
        }
        let mut new = Self { results, ..self.clone() };
        new.normalize();
        if new.results == self.results && !self.was_upgraded {
            return None;
        }
        settings::used(&mut new.filters, &self.file);
        new.normalize();
        Some(new)
    }

    /// By file that was looked at: the entries that are still there, on the lines they are on now.
    fn seen_again(&self, scanned: &Scanned<'_>) -> BTreeMap<String, Vec<Entry>> {
        let mut found: BTreeMap<&str, Vec<&Located<'_>>> = BTreeMap::new();
        for located in scanned.found {
            found.entry(located.path).or_default().push(located);
        }
        let mut seen = BTreeMap::new();
        for (path, entries) in self.results.iter().filter(|(path, _)| scanned.has(path)) {
            let lines = lines(entries, found.get(path.as_str()).map_or(&[], Vec::as_slice), scanned, path);
            let kept = entries.iter().filter_map(|entry| {
                let now = lines.get(&entry.hashed_secret)?;
                // Slim baselines have no lines, and get none.
                let line_number = entry.line_number.map(|old| now.line.unwrap_or(old));
                let hashed_secret = now.hash.as_ref().unwrap_or(&entry.hashed_secret).clone();
                Some(Entry { line_number, hashed_secret, ..entry.clone() })
            });
            seen.insert(path.clone(), kept.collect());
        }
        seen
    }
}

/// Where the value of an entry is now.
#[derive(Clone, Debug, Default)]
struct Now {
    /// The first line that it is on. Absent when nobody looked far enough to say that it is gone.
    line: Option<u32>,
    /// Its hash, where it is not the entry's.
    hash: Option<String>,
}

/// By hash: where the values of entries are now.
fn lines(entries: &[Entry], found: &[&Located<'_>], scanned: &Scanned<'_>, path: &str) -> BTreeMap<String, Now> {
    let mut lines: BTreeMap<String, Now> = BTreeMap::new();
    for located in found {
        let line = located.secret.line;
        let hash = sha1_hex(located.secret.value.reveal());
        let lower = lower_hash(located).map(|lower| (lower, line, Some(hash.clone())));
        let value = (hash, line, None);
        let pieces = pieces_of(located, entries).into_iter().map(|(hash, line)| (hash, line, None));
        for (old, line, hash) in pieces.chain([value]).chain(lower) {
            let now = lines.entry(old).or_insert(Now { line: Some(line), hash });
            now.line = now.line.map(|known| known.min(line));
        }
    }
    if scanned.unfound == Unfound::Goes {
        return lines;
    }
    let missing = entries.iter().map(|entry| entry.hashed_secret.as_str()).filter(|hash| !lines.contains_key(*hash));
    let missing: Vec<String> = missing.map(str::to_owned).collect();
    if missing.is_empty() {
        return lines;
    }
    let Some(text) = (scanned.text_of)(path) else { return lines };
    let (pieces, all) = Wanted::of(missing.iter().map(String::as_str)).find(&text, 0..text.len(), IN_TEXT);
    // In order, so the first is on the first line.
    for (piece, hash) in pieces.into_iter().filter(|(piece, _)| !is_allowed(&text, piece.start)) {
        lines.entry(hash).or_insert_with(|| Now { line: Some(line_at(&text, piece.start)), hash: None });
    }
    if !all {
        for hash in missing {
            lines.entry(hash).or_default();
        }
    }
    lines
}

/// The hashes of entries whose value overlaps with a finding, and the lines that they are on.
fn pieces_of(located: &Located<'_>, entries: &[Entry]) -> Vec<(String, u32)> {
    let wanted = Wanted::of(entries.iter().map(|entry| entry.hashed_secret.as_str()));
    let (text, range) = (located.text, &located.secret.range);
    if wanted.is_empty() || text.get(range.clone()).is_none() {
        return Vec::new();
    }
    let (pieces, _) = wanted.find(text, around(text, range), AROUND_FINDING);
    let overlaps = |piece: &Range<usize>| piece.start < range.end && range.start < piece.end;
    let pieces = pieces.into_iter().filter(|(piece, _)| overlaps(piece));
    pieces.map(|(piece, hash)| (hash, line_at(text, piece.start))).collect()
}

/// What the keyword plugin of detect-secrets before 1.0 hashed: the value in lower case.
fn lower_hash(located: &Located<'_>) -> Option<String> {
    let value = located.secret.value.reveal();
    let lower = value.to_lowercase();
    (lower != value).then(|| sha1_hex(&lower))
}

fn line_at(text: &str, at: usize) -> u32 {
    u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX)
}

/// Whether a comment says that what stands there is no secret: detect-secrets does not see it either.
fn is_allowed(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let (above, begin) = before.rsplit_once('\n').unwrap_or(("", before));
    let end = after.split('\n').next().unwrap_or_default();
    let line = format!("{begin}{end}");
    let above = above.rsplit('\n').next().unwrap_or_default();
    line.contains("pragma: allowlist secret")
        || line.contains("pragma: whitelist secret")
        || above.contains("pragma: allowlist nextline secret")
}
