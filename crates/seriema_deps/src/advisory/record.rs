//! Reading OSV records, JSON or YAML.
//!
//! What decides whether a version is affected has to be right, or the record is malformed. The rest is taken where it is
//! what the schema says, and left where it is not: a record is not lost for a strange reference.

use std::fmt;

use memchr::memmem;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Event, Range, score};
use crate::manifest::Name;

/// Summaries are cut here, at a word.
const SUMMARY: usize = 240;

/// What a record says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) is_withdrawn: bool,
    /// One line; of `summary`, or the first of `details`.
    pub(crate) summary: String,
    /// Whether the summary is one, not the first line of a text.
    pub(crate) has_summary: bool,
    /// Its best vector: of the newest CVSS version, of these the highest score.
    pub(crate) vector: Option<(u8, f32, String)>,
    pub(crate) severity: Option<String>,
    pub(crate) weaknesses: Vec<String>,
    pub(crate) url: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) modified: String,
    /// By package; a package may be there several times.
    pub(crate) packages: Vec<(Name, PackageData)>,
}

/// What a record says of a package.
#[derive(Clone, Debug, Default)]
pub(crate) struct PackageData {
    pub(crate) versions: Vec<String>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) symbols: Vec<String>,
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordError(pub(crate) String);

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record in JSON.
pub(crate) fn read_json(bytes: &[u8]) -> Result<Record, RecordError> {
    let osv: Osv = serde_json::from_slice(bytes).map_err(|error| RecordError(error.to_string()))?;
    osv.record()
}

/// A record in YAML, as PyPA's advisory database has them.
pub(crate) fn read_yaml(text: &str) -> Result<Record, RecordError> {
    // Versions look like numbers, and are taken as they are written. The first line says what is wrong; others show it.
    let osv: Osv = serde_saphyr::from_str(text)
        .map_err(|error| RecordError(error.to_string().lines().next().unwrap_or_default().to_owned()))?;
    osv.record()
}

/// Whether a record may be about one of some packages, told by its bytes: they are looked through for what is given as a
/// name, JSON or YAML. It is cheaper than reading it, and never wrong where it says no.
pub(crate) fn names_any(bytes: &[u8], names: &FxHashSet<Name>) -> bool {
    // A name may be escaped in JSON; nobody does, so it may cost.
    memmem::find_iter(bytes, b"name").any(|at| {
        let rest = bytes[at + 4..].trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let Some(rest) = rest.trim_ascii_start().strip_prefix(b":") else { return false };
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let len = rest.iter().take_while(|byte| inner(byte)).count();
        if !matches!(rest.get(len), None | Some(b'"' | b'\'' | b'\n' | b'\r')) {
            return true;
        }
        std::str::from_utf8(&rest[..len]).ok().and_then(Name::new).is_some_and(|name| names.contains(&name))
    })
}

#[derive(Deserialize)]
struct Osv {
    id: String,
    #[serde(default, deserialize_with = "lenient")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    modified: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    published: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    summary: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    details: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    severity: Vec<Severity>,
    #[serde(default, deserialize_with = "lenient")]
    references: Vec<Reference>,
    #[serde(default)]
    affected: Option<Vec<OsvAffected>>,
    #[serde(default, deserialize_with = "lenient")]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Severity {
    score: String,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type", default)]
    kind: String,
    url: String,
}

#[derive(Deserialize)]
struct OsvAffected {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    #[serde(default)]
    ranges: Option<Vec<OsvRange>>,
    #[serde(default, deserialize_with = "lenient")]
    severity: Vec<Severity>,
    #[serde(default, deserialize_with = "lenient")]
    ecosystem_specific: Value,
    #[serde(default, deserialize_with = "lenient")]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct OsvRange {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<OsvEvent>,
}

#[derive(Deserialize)]
struct OsvEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

/// What is there if it is what is expected, or else nothing.
fn lenient<'de, D: Deserializer<'de>, T: Default + for<'a> Deserialize<'a>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

impl Osv {
    fn record(self) -> Result<Record, RecordError> {
        let id = self.id.trim();
        if id.is_empty() || id.len() > 200 || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(RecordError("its id is none".to_owned()));
        }
        let has_summary = self.summary.as_ref().is_some_and(|summary| !summary.trim().is_empty());
        let text = if has_summary { &self.summary } else { &self.details };
        let mut record = Record {
            aliases: self
                .aliases
                .iter()
                .map(|alias| alias.trim().to_owned())
                .filter(|alias| !alias.is_empty())
                .collect(),
            is_withdrawn: self.withdrawn.is_some(),
            summary: one_line(text.as_deref().unwrap_or_default()),
            has_summary,
            severity: text_at(&self.database_specific, "severity").map(str::to_ascii_uppercase),
            weaknesses: strings(self.database_specific.get("cwe_ids")),
            url: best_url(&self.references),
            published: self.published.as_deref().and_then(day),
            modified: self.modified.unwrap_or_default(),
            id: id.to_owned(),
            ..Record::default()
        };
        let mut vectors = self.severity;
        for affected in self.affected.unwrap_or_default() {
            let Some(package) = affected.package.filter(|package| package.ecosystem == "PyPI") else { continue };
            let name = Name::new(package.name.trim())
                .ok_or_else(|| RecordError(format!("`{}` is no package's name", package.name.escape_debug())))?;
            vectors.extend(affected.severity);
            let mut data = PackageData { versions: affected.versions.unwrap_or_default(), ..PackageData::default() };
            for range in affected.ranges.unwrap_or_default() {
                match range.kind.as_str() {
                    "ECOSYSTEM" | "SEMVER" => data.ranges.push(Range { events: events(range.events) }),
                    // Commits say nothing of versions.
                    "GIT" => {}
                    other => return Err(RecordError(format!("a range of the type `{}`", other.escape_debug()))),
                }
            }
            for specific in [&affected.ecosystem_specific, &affected.database_specific] {
                symbols(specific, &mut data.symbols);
                record.weaknesses.extend(strings(specific.get("cwe_ids")));
            }
            data.symbols.sort_unstable();
            data.symbols.dedup();
            record.packages.push((name, data));
        }
        record.weaknesses.sort_unstable();
        record.weaknesses.dedup();
        record.vector = vectors
            .into_iter()
            .filter_map(|severity| score(&severity.score).map(|(score, version)| (version, score, severity.score)))
            .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| b.2.cmp(&a.2)));
        Ok(record)
    }
}

fn events(events: Vec<OsvEvent>) -> Vec<Event> {
    let mut out = Vec::with_capacity(events.len());
    for event in events {
        out.extend(event.introduced.map(Event::Introduced));
        out.extend(event.fixed.map(Event::Fixed));
        out.extend(event.last_affected.map(Event::LastAffected));
        out.extend(event.limit.map(Event::Limit));
    }
    out
}

/// The first line of a text that says something, without marks of a heading.
pub(super) fn one_line(text: &str) -> String {
    // Details often begin with a heading that says nothing but that it is one.
    let said = |line: &&str| !line.is_empty() && !is_empty_heading(line);
    let line = text.lines().map(str::trim).find(said).unwrap_or_default();
    let line: Vec<&str> = line.trim_start_matches(['#', '*', ' ']).split_whitespace().collect();
    let line = line.join(" ");
    if line.len() <= SUMMARY {
        return line;
    }
    let end = (0..=SUMMARY).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default();
    let cut = line[..end].rfind(' ').unwrap_or(end);
    format!("{} …", line[..cut].trim_end_matches([',', ';', ':', '.', ' ']))
}

fn is_empty_heading(line: &str) -> bool {
    let Some(heading) = line.strip_prefix('#') else { return line.chars().all(|c| !c.is_alphanumeric()) };
    let heading = heading.trim_start_matches('#').trim().trim_end_matches(':').to_ascii_lowercase();
    matches!(heading.as_str(), "" | "summary" | "impact" | "description" | "details" | "overview" | "vulnerability")
}

/// `2024-05-01` of a time.
fn day(time: &str) -> Option<String> {
    let day = time.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_day.then(|| day.to_owned())
}

fn best_url(references: &[Reference]) -> Option<String> {
    let rank = |reference: &&Reference| match reference.kind.as_str() {
        "ADVISORY" => 0,
        "WEB" | "ARTICLE" => 1,
        "REPORT" => 2,
        _ => 3,
    };
    let is_url = |reference: &&Reference| {
        (reference.url.starts_with("https://") || reference.url.starts_with("http://"))
            && reference.url.len() < 500
            && reference.url.bytes().all(|byte| byte.is_ascii_graphic())
    };
    references.iter().filter(is_url).min_by_key(rank).map(|reference| reference.url.clone())
}

fn text_at<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// What is said to be vulnerable, in the shapes that occur:
///
/// - GitHub: `affected_functions: ["PIL.ImageMath.eval"]`
/// - PyPA: `imports: [{attribute: "load", modules: ["yaml"]}]`
/// - Go's, that others took over: `imports: [{path: "yaml", symbols: ["load"]}]`, `symbols: ["yaml.load"]`
fn symbols(specific: &Value, out: &mut Vec<String>) {
    for key in ["affected_functions", "symbols", "functions"] {
        for name in strings(specific.get(key)) {
            out.extend(symbol("", &name));
        }
    }
    for import in specific.get("imports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        let mut modules = strings(import.get("modules"));
        for key in ["path", "name", "module"] {
            modules.extend(text_at(import, key).map(str::to_owned));
        }
        let mut attributes = strings(import.get("symbols"));
        attributes.extend(strings(import.get("attributes")));
        attributes.extend(text_at(import, "attribute").map(str::to_owned));
        for module in &modules {
            for attribute in &attributes {
                out.extend(symbol(module, attribute));
            }
            if attributes.is_empty() {
                out.extend(symbol("", module));
            }
        }
        out.extend(import.as_str().and_then(|name| symbol("", name)));
    }
}

/// A qualified name: `yaml.load` of `yaml.load()`.
fn symbol(module: &str, name: &str) -> Option<String> {
    let name = name.trim();
    let name = name.split_once('(').map_or(name, |(name, _)| name);
    let full = if module.is_empty() { name.to_owned() } else { format!("{}.{name}", module.trim()) };
    let is_name = |part: &str| {
        part.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    (full.len() < 200 && full.split('.').all(is_name)).then_some(full)
}

#[cfg(test)]
mod tests;
