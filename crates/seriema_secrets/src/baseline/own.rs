//! Our own baseline: a line for the key, and a line for each secret.
//!
//! ```text
//! {"seriema-secrets": 1, "key": "5f…"}
//! {"secret": "0b…", "path": "app/settings.py", "detector": "generic-password", "label": "false-positive", "reason": "…"}
//! ```
//!
//! Nothing in it changes unless a secret comes, goes or is labelled: there are no times and no line numbers. Each line says
//! all of one secret and none needs another, so the lines of two branches can simply be put together (`merge=union` in
//! `.gitattributes` does, without ever a conflict). They are sorted by fingerprint, that is at random: secrets that two
//! branches add in the same file are far from each other, so that git seldom needs even that. What was put together that way
//! is read: of lines that say the same one counts, and two keys are two keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::excerpt::is_hidden;
use super::slow_hash::{Fingerprint, Key};
use super::update::Scanned;
use super::{Label, Located, Note, ReadError, bounded, normal};

/// The format's version, which fixes the hash as well.
const FORMAT: u32 = 1;
/// Keys that a merge may have brought together.
const MAX_KEYS: usize = 8;

/// What a baseline says of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEntry {
    /// What stands for the value.
    pub secret: Fingerprint,
    /// The file, with `/`.
    pub path: String,
    /// The detector that found it.
    pub detector: String,
    /// What somebody said of it.
    pub label: Option<Label>,
    /// Why.
    pub reason: Option<String>,
}

/// A baseline of our own.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnBaseline {
    file: String,
    /// The first one is used for what is new.
    keys: Vec<Key>,
    entries: BTreeMap<(Fingerprint, String), OwnEntry>,
    /// The files of the entries: values of others are not hashed.
    paths: BTreeSet<String>,
    notes: Vec<Note>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a key")]
struct Header {
    #[serde(rename = "seriema-secrets")]
    format: u32,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a secret")]
struct Line {
    secret: String,
    path: String,
    detector: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

impl OwnBaseline {
    /// One without entries. The key is 32 random bytes of the operating system.
    #[must_use]
    pub fn new(file: &str, key: [u8; 32]) -> Self {
        Self { keys: vec![Key(key)], ..Self::empty(file) }
    }

    fn empty(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            keys: Vec::new(),
            entries: BTreeMap::new(),
            paths: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    /// Whether a text looks like one.
    #[must_use]
    pub fn is_own(text: &str) -> bool {
        text.trim_start_matches('\u{feff}').lines().take(MAX_KEYS).any(is_header)
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// When a line is none of this format: which, and why.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadError> {
        let text = bounded(file, text)?;
        let mut baseline = Self::empty(file);
        let mut lines: BTreeMap<(Fingerprint, String), Vec<(OwnEntry, u32)>> = BTreeMap::new();
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim();
            let at = |message: String| ReadError::new(file, number, message);
            if line.is_empty() {
                continue;
            }
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
                let message =
                    "a merge was left unfinished; keep the lines of both sides, they do not depend on each other";
                return Err(at(message.to_owned()));
            }
            if is_header(line) {
                baseline.header(line).map_err(at)?;
            } else {
                let entry = entry(line).map_err(at)?;
                lines.entry((entry.secret, entry.path.clone())).or_default().push((entry, number));
            }
        }
        if baseline.keys.is_empty() {
            return Err(ReadError::new(file, 1, "no line with `seriema-secrets` and a `key`: is it a baseline?"));
        }
        baseline.keys.sort_unstable();
        for same in lines.into_values() {
            baseline.put(same);
        }
        Ok(baseline)
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        let header: Header = parse(line)?;
        if header.format != FORMAT {
            return Err(format!("format {} is not known to this version of Seriema", header.format));
        }
        let key = Key::parse(&header.key).ok_or("`key` is not 64 hexadecimal digits")?;
        if !self.keys.contains(&key) {
            if self.keys.len() >= MAX_KEYS {
                return Err(format!("more than {MAX_KEYS} keys: make the baseline anew"));
            }
            self.keys.push(key);
        }
        Ok(())
    }

    /// Adds what lines say of the same secret in the same file. If they say different things of it, nobody said anything,
    /// so that it is asked again.
    fn put(&mut self, mut same: Vec<(OwnEntry, u32)>) {
        let Some(last) = same.iter().map(|(_, number)| *number).max() else { return };
        let labels: BTreeSet<Label> = same.iter().filter_map(|(entry, _)| entry.label).collect();
        let label = labels.first().copied().filter(|_| labels.len() == 1);
        if labels.len() > 1 {
            let labels: Vec<&str> = labels.iter().map(|label| label.as_str()).collect();
            let message = format!("is labelled `{}`; it counts as not labelled", labels.join("` and `"));
            self.notes.push(Note { file: self.file.clone(), line: Some(last), message });
        }
        // The order of the lines does not matter.
        same.sort_by(|(a, _), (b, _)| (&a.detector, &b.reason).cmp(&(&b.detector, &a.reason)));
        let reason = same.iter().filter(|(entry, _)| entry.label == label).find_map(|(entry, _)| entry.reason.clone());
        if let Some((first, _)) = same.into_iter().next() {
            let reason = reason.filter(|_| label.is_some() || labels.is_empty());
            self.insert(OwnEntry { label, reason, ..first });
        }
    }

    fn insert(&mut self, entry: OwnEntry) {
        self.paths.insert(entry.path.clone());
        self.entries.insert((entry.secret, entry.path.clone()), entry);
    }

    /// The baseline's text.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        for key in &self.keys {
            out.push_str(&object(&[("seriema-secrets", FORMAT.into()), ("key", key.to_string().into())]));
        }
        for entry in self.entries.values() {
            let mut fields = vec![
                ("secret", entry.secret.to_string().into()),
                ("path", entry.path.clone().into()),
                ("detector", entry.detector.clone().into()),
            ];
            fields.extend(entry.label.map(|label| ("label", label.as_str().into())));
            fields.extend(entry.reason.clone().map(|reason| ("reason", reason.into())));
            out.push_str(&object(&fields));
        }
        out
    }

    /// The file's name, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its entries, in the order in which they are written.
    pub fn entries(&self) -> impl Iterator<Item = &OwnEntry> {
        self.entries.values()
    }

    /// What is odd in it, though it can be used.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Labels the entry of this number in [`Self::entries`]. A number that there is none of, does nothing.
    pub fn set_label(&mut self, number: usize, label: Option<Label>, reason: Option<String>) {
        if let Some(entry) = self.entries.values_mut().nth(number) {
            (entry.label, entry.reason) = (label, reason);
        }
    }

    /// The entry that a finding is known by. Takes about a millisecond if there are entries of its file.
    #[must_use]
    pub fn known(&self, located: &Located<'_>) -> Option<&OwnEntry> {
        self.knows(located.path, located.secret.value.reveal())
    }

    pub(super) fn knows(&self, path: &str, value: &str) -> Option<&OwnEntry> {
        if !self.paths.contains(path) {
            return None;
        }
        self.keys.iter().find_map(|key| self.entries.get(&(Fingerprint::of(key, value), path.to_owned())))
    }

    /// The baseline after a scan: what was found now, with the labels that it had, also if its file was renamed. Entries
    /// of a file that was not looked at stay as they are.
    #[must_use]
    pub fn merged(&self, scanned: &Scanned<'_>) -> Self {
        let mut new = Self::empty(&self.file);
        // A second key is needed as long as there are entries that were made with it.
        new.keys = if scanned.files.is_none() { self.keys[..1].to_vec() } else { self.keys.clone() };
        let mut places: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for located in scanned.found {
            let paths = places.entry(located.secret.value.reveal()).or_default();
            paths.entry(located.path).or_insert(&located.secret.detector);
        }
        let is_scanned = |path: &str| scanned.files.is_none_or(|files| files.contains(path));
        for entry in self.entries.values().filter(|entry| !is_scanned(&entry.path)) {
            new.insert(entry.clone());
        }
        for (value, paths) in places {
            let secrets: Vec<Fingerprint> = self.keys.iter().map(|key| Fingerprint::of(key, value)).collect();
            let old: Vec<&OwnEntry> = secrets.iter().flat_map(|secret| self.of_secret(*secret)).collect();
            // What stood in a file that it is gone from, is now in another one.
            let gone = |entry: &&&OwnEntry| is_scanned(&entry.path) && !paths.contains_key(entry.path.as_str());
            let moved: BTreeSet<_> = old.iter().filter(gone).map(|entry| (entry.label, entry.reason.clone())).collect();
            for (path, detector) in &paths {
                let known =
                    old.iter().find(|entry| entry.path == *path).map(|entry| (entry.label, entry.reason.clone()));
                let moved = moved.first().cloned().filter(|_| moved.len() == 1);
                let (label, reason) = known.or(moved).unwrap_or_default();
                let path = (*path).to_owned();
                new.insert(OwnEntry { secret: secrets[0], path, detector: (*detector).to_owned(), label, reason });
            }
        }
        new
    }

    fn of_secret(&self, secret: Fingerprint) -> impl Iterator<Item = &OwnEntry> {
        self.entries.range((secret, String::new())..).map(|(_, entry)| entry).take_while(move |e| e.secret == secret)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Whether two baselines have a key in common, so that their entries can be compared.
    #[must_use]
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.keys.iter().any(|key| other.keys.contains(key))
    }
}

/// Whether a line is one with a key, not one with a secret.
fn is_header(line: &str) -> bool {
    let inside = line.trim_start().strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with("\"seriema-secrets\"") || inside.starts_with("\"key\""))
}

fn parse<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| ReadError::json("", &error).message)
}

fn entry(line: &str) -> Result<OwnEntry, String> {
    let line: Line = parse(line)?;
    let secret = Fingerprint::parse(&line.secret).ok_or("`secret` is not 20 hexadecimal digits")?;
    let label = |text: String| {
        let all = Label::ALL.map(Label::as_str).join("`, `");
        Label::of(&text).ok_or_else(|| format!("`label` is none of `{all}`"))
    };
    let label = line.label.map(label).transpose()?;
    Ok(OwnEntry { secret, path: normal(&line.path), detector: line.detector, label, reason: line.reason })
}

/// A JSON object on one line, with blanks as people write them.
fn object(fields: &[(&str, Value)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("\"{key}\": {}", plain(value))).collect();
    format!("{{{}}}\n", fields.join(", "))
}

/// A value with what acts on a terminal as escapes.
fn plain(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if is_hidden(c) {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}
