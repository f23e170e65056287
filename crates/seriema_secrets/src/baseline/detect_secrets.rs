//! `.secrets.baseline` as detect-secrets writes it.
//!
//! The schema is that of version 1.5.0: `version`, `plugins_used`, `filters_used`, `results` (a list of entries a file) and
//! `generated_at`. An entry is told from another by file, type and the SHA-1 of the value.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

use super::{Label, Note, ReadError, bounded, json, normal, settings, upgrade};

/// The version of detect-secrets whose format is written.
pub const VERSION: &str = "1.5.0";

/// A secret as a baseline of detect-secrets knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is, in detect-secrets' words: `AWS Access Key`.
    pub kind: String,
    /// The file, with `/`.
    pub filename: String,
    /// SHA-1 of the value, in lower-case hexadecimal digits.
    pub hashed_secret: String,
    /// Whether its provider was asked and accepted it.
    pub is_verified: bool,
    /// The one-based line, absent in slim baselines.
    pub line_number: Option<u32>,
    /// The label: whether it is a secret.
    pub is_secret: Option<bool>,
    /// Keys that detect-secrets 1.5.0 does not know.
    pub extra: Map<String, Value>,
}

impl Entry {
    /// What was said of it.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        self.is_secret.map(|is| if is { Label::Secret } else { Label::FalsePositive })
    }

    /// What it is told from others by, within a file.
    fn identity(&self) -> (&str, &str) {
        (&self.hashed_secret, &self.kind)
    }

    fn to_json(&self, slim: bool) -> Value {
        let mut out = Map::new();
        out.insert("type".to_owned(), self.kind.clone().into());
        out.insert("filename".to_owned(), self.filename.clone().into());
        out.insert("hashed_secret".to_owned(), self.hashed_secret.clone().into());
        out.insert("is_verified".to_owned(), self.is_verified.into());
        if let Some(line) = self.line_number.filter(|_| !slim) {
            out.insert("line_number".to_owned(), line.into());
        }
        if let Some(is_secret) = self.is_secret {
            out.insert("is_secret".to_owned(), is_secret.into());
        }
        out.extend(self.extra.clone());
        Value::Object(out)
    }
}

/// A baseline of detect-secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectSecretsBaseline {
    pub(super) file: String,
    /// The version of detect-secrets that wrote it.
    pub(super) version: String,
    pub(super) plugins: Vec<Map<String, Value>>,
    pub(super) filters: Vec<Map<String, Value>>,
    /// By file: sorted as they are written, none of them twice.
    pub(super) results: BTreeMap<String, Vec<Entry>>,
    pub(super) generated_at: Option<String>,
    pub(super) extra: Map<String, Value>,
    pub(super) notes: Vec<Note>,
    /// Whether the file is of an older version.
    pub(super) was_upgraded: bool,
}

#[derive(Deserialize)]
#[serde(expecting = "a baseline of detect-secrets")]
struct Raw {
    version: String,
    #[serde(default)]
    plugins_used: Vec<Map<String, Value>>,
    #[serde(default)]
    filters_used: Option<Vec<Map<String, Value>>>,
    results: BTreeMap<String, Vec<RawEntry>>,
    #[serde(default)]
    generated_at: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an entry")]
struct RawEntry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    filename: Option<String>,
    hashed_secret: String,
    #[serde(default)]
    is_verified: bool,
    #[serde(default)]
    line_number: Option<u32>,
    #[serde(default)]
    is_secret: Option<bool>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl DetectSecretsBaseline {
    /// One without entries, with the plugins and filters that `detect-secrets scan` uses when it is told nothing.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            version: VERSION.to_owned(),
            plugins: settings::default_plugins(),
            filters: settings::default_filters(),
            results: BTreeMap::new(),
            generated_at: None,
            extra: Map::new(),
            notes: Vec::new(),
            was_upgraded: false,
        }
    }

    /// Reads a baseline. `file` is its name relative to the project, as `--baseline` gives it.
    ///
    /// Baselines of versions from 0.12 are read as version 1.5.0 would upgrade them; what of them cannot be is in
    /// [`Self::notes`].
    ///
    /// # Errors
    /// When it is no JSON, or not of this schema: where, and why.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadError> {
        let raw: Raw = serde_json::from_str(bounded(file, text)?).map_err(|error| ReadError::json(file, &error))?;
        let mut results: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for (name, entries) in raw.results {
            let all = results.entry(normal(&name)).or_default();
            for entry in entries {
                all.push(Entry {
                    kind: entry.kind,
                    filename: entry.filename.as_deref().map_or_else(|| normal(&name), normal),
                    hashed_secret: entry.hashed_secret,
                    is_verified: entry.is_verified,
                    line_number: entry.line_number.filter(|line| *line > 0),
                    is_secret: entry.is_secret,
                    extra: entry.extra,
                });
            }
        }
        let mut baseline = Self {
            file: file.to_owned(),
            version: raw.version,
            plugins: raw.plugins_used,
            filters: raw.filters_used.unwrap_or_default(),
            results,
            generated_at: raw.generated_at,
            extra: raw.extra,
            notes: Vec::new(),
            was_upgraded: false,
        };
        upgrade::upgrade(&mut baseline).map_err(|message| {
            let line = text.split("\"version\"").next().map_or(1, |before| before.matches('\n').count() + 1);
            ReadError::new(file, u32::try_from(line).unwrap_or(u32::MAX), message)
        })?;
        baseline.normalize();
        Ok(baseline)
    }

    /// The baseline as `detect-secrets scan` writes it, with the newline at its end.
    #[must_use]
    pub fn write(&self) -> String {
        self.render(false)
    }

    /// The baseline as `detect-secrets scan --slim` writes it: without lines and time. It cannot be audited.
    #[must_use]
    pub fn write_slim(&self) -> String {
        self.render(true)
    }

    fn render(&self, slim: bool) -> String {
        let objects = |all: &[Map<String, Value>]| all.iter().cloned().map(Value::Object).collect::<Vec<_>>();
        let mut out = Map::new();
        out.insert("version".to_owned(), self.version.clone().into());
        out.insert("plugins_used".to_owned(), objects(&self.plugins).into());
        out.insert("filters_used".to_owned(), objects(&self.filters).into());
        let results = self.results.iter().map(|(file, entries)| {
            (file.clone(), entries.iter().map(|entry| entry.to_json(slim)).collect::<Vec<_>>().into())
        });
        out.insert("results".to_owned(), Value::Object(results.collect()));
        if let Some(time) = self.generated_at.as_ref().filter(|_| !slim) {
            out.insert("generated_at".to_owned(), time.clone().into());
        }
        out.extend(self.extra.clone());
        json::dumps(&Value::Object(out), 2) + "\n"
    }

    /// The file's name, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its entries, in the order in which they are written.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.results.values().flatten()
    }

    /// The entries of a file.
    #[must_use]
    pub fn of_file(&self, path: &str) -> &[Entry] {
        self.results.get(path).map_or(&[], Vec::as_slice)
    }

    /// What in it is understood, but not done: see also [`super::Settings::notes`].
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// When it was written, as [`utc`] shows it.
    #[must_use]
    pub fn generated_at(&self) -> Option<&str> {
        self.generated_at.as_deref()
    }

    /// Sets when it was written: see [`utc`].
    pub fn set_generated_at(&mut self, time: String) {
        self.generated_at = Some(time);
    }

    /// Labels the entry of this number in [`Self::entries`]. A number that there is none of, does nothing.
    pub fn set_label(&mut self, number: usize, label: Option<Label>) {
        if let Some(entry) = self.results.values_mut().flatten().nth(number) {
            entry.is_secret = label.map(Label::is_secret);
        }
    }

    /// The order in which detect-secrets writes, none twice, no file without entries.
    pub(super) fn normalize(&mut self) {
        for entries in self.results.values_mut() {
            entries.sort_by(|a, b| a.identity().cmp(&b.identity()).then(a.line_number.cmp(&b.line_number)));
            entries.dedup_by(|later, kept| later.identity() == kept.identity() && later.filename == kept.filename);
            entries.sort_by(|a, b| (a.line_number, a.identity()).cmp(&(b.line_number, b.identity())));
        }
        self.results.retain(|_, entries| !entries.is_empty());
        for plugin in &mut self.plugins {
            first(plugin, "name");
            settings::complete(plugin);
        }
        for filter in &mut self.filters {
            first(filter, "path");
        }
        by_name(&mut self.plugins, "name");
        by_name(&mut self.filters, "path");
    }
}

fn first(object: &mut Map<String, Value>, key: &str) {
    if object.keys().next().is_some_and(|first| first != key)
        && let Some(value) = object.shift_remove(key)
    {
        object.shift_insert(0, key.to_owned(), value);
    }
}

fn by_name(objects: &mut [Map<String, Value>], key: &str) {
    objects.sort_by_key(|object| object.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase());
}

/// SHA-1 of a value, as entries have it.
pub(super) fn sha1_hex(value: &str) -> String {
    let mut out = String::with_capacity(40);
    for byte in Sha1::digest(value.as_bytes()) {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Seconds since 1970 as baselines have times: `2026-11-23T15:42:18Z`.
#[must_use]
pub fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years from March on, so that the leap day is the last of its year; eras of 400 years have 146,097 days each.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}
