//! The plugins and filters that a baseline of detect-secrets was made with.
//!
//! Its regex filters, its word list and the exclusion of its keyword plugin hold here as well: they say what a project does
//! not want to hear of. Limits of entropy are passed on. Filters of detect-secrets' own judgement have their counterparts
//! in this crate's, and Python code that a baseline names is not run; each of those is named in [`Settings::notes`].

use regex::bytes::Regex;
use serde_json::{Map, Value};

use super::detect_secrets::DetectSecretsBaseline;
use super::{Note, ReadError};
use crate::gitleaks::pattern::{Dialect, compile};

pub(super) const EXCLUDE_FILE: &str = "detect_secrets.filters.regex.should_exclude_file";
pub(super) const EXCLUDE_LINE: &str = "detect_secrets.filters.regex.should_exclude_line";
const EXCLUDE_SECRET: &str = "detect_secrets.filters.regex.should_exclude_secret";
pub(super) const WORDLIST: &str = "detect_secrets.filters.wordlist.should_exclude_secret";
pub(super) const VERIFICATION: &str = "detect_secrets.filters.common.is_ignored_due_to_verification_policies";
const BASELINE_FILE: &str = "detect_secrets.filters.common.is_baseline_file";
/// Filters that are always on, and never written.
const IMPLIED: &[&str] =
    &["detect_secrets.filters.common.is_invalid_file", "detect_secrets.filters.heuristic.is_non_text_file"];

/// Those without settings that `detect-secrets scan` uses when it is told nothing.
const DEFAULT_FILTERS: &[&str] = &[
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_lock_file",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_swagger_file",
    "detect_secrets.filters.heuristic.is_templated_secret",
];

/// The filters of a baseline that was made without options.
pub(super) fn default_filters() -> Vec<Map<String, Value>> {
    let mut filters: Vec<_> = DEFAULT_FILTERS.iter().map(|path| filter(path)).collect();
    filters.insert(1, filter_with(VERIFICATION, "min_level", 2.into()));
    filters
}

/// The plugins of a baseline that was made without options.
pub(super) fn default_plugins() -> Vec<Map<String, Value>> {
    let mut names: Vec<&str> = super::types::PLUGINS.iter().map(|(class, _)| *class).collect();
    names.sort_by_key(|name| name.to_lowercase());
    let plugin = |name: &str| {
        let mut plugin = Map::from_iter([("name".to_owned(), Value::from(name))]);
        complete(&mut plugin);
        plugin
    };
    names.into_iter().map(plugin).collect()
}

/// What detect-secrets writes of a plugin's settings, also when it was not told them.
pub(super) fn complete(plugin: &mut Map<String, Value>) {
    let (key, value) = match plugin.get("name").and_then(Value::as_str) {
        Some("Base64HighEntropyString") => ("limit", Value::from(4.5)),
        Some("HexHighEntropyString") => ("limit", Value::from(3.0)),
        Some("KeywordDetector") => ("keyword_exclude", Value::from("")),
        _ => return,
    };
    let entry = plugin.entry(key).or_insert(Value::Null);
    if entry.is_null() {
        *entry = value;
    }
}

pub(super) fn filter(path: &str) -> Map<String, Value> {
    Map::from_iter([("path".to_owned(), Value::from(path))])
}

pub(super) fn filter_with(path: &str, key: &str, value: Value) -> Map<String, Value> {
    let mut filter = filter(path);
    filter.insert(key.to_owned(), value);
    filter
}

/// The filters as detect-secrets writes them after it used a baseline of this name.
pub(super) fn used(filters: &mut Vec<Map<String, Value>>, file: &str) {
    let is = |filter: &Map<String, Value>, path: &str| filter.get("path").and_then(Value::as_str) == Some(path);
    filters.retain(|filter| !is(filter, BASELINE_FILE) && !IMPLIED.iter().any(|path| is(filter, path)));
    filters.push(filter_with(BASELINE_FILE, "filename", file.into()));
}

/// A word list of a baseline. The words are in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wordlist {
    /// The file of the words, one a line, relative to where detect-secrets was run.
    pub file_name: String,
    /// Words with fewer characters do not count.
    pub min_length: usize,
}

impl Wordlist {
    /// The words of the file's text that count, in lower case: a secret that contains one of them is none.
    #[must_use]
    pub fn words(&self, text: &str) -> Vec<String> {
        let words = text.lines().map(|line| line.trim().to_lowercase());
        words.filter(|word| !word.is_empty() && word.chars().count() >= self.min_length).collect()
    }
}

/// What a baseline of detect-secrets says about scanning.
#[derive(Clone, Default)]
pub struct Settings {
    files: Vec<Regex>,
    lines: Vec<Regex>,
    secrets: Vec<Regex>,
    keyword: Option<Regex>,
    /// Words that secrets do not contain.
    pub wordlist: Option<Wordlist>,
    /// Least entropy of Base64 strings, in bits a character; absent when they are not looked for.
    pub base64_limit: Option<f64>,
    /// Least entropy of hexadecimal strings, in bits a character; absent when they are not looked for.
    pub hex_limit: Option<f64>,
    /// Plugins of detect-secrets 1.5.0 that the baseline does not name: switched off, or younger than the baseline.
    pub absent_plugins: Vec<&'static str>,
    /// What holds for detect-secrets, but not here.
    pub notes: Vec<Note>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is excluded may be secret.
        f.debug_struct("Settings").field("notes", &self.notes).finish_non_exhaustive()
    }
}

impl Settings {
    /// The settings of a baseline.
    ///
    /// # Errors
    /// When a regex of a filter is no regex, or one that needs backtracking (look-around, back references): which. Leaving
    /// it out would report what the project excluded.
    pub fn of(baseline: &DetectSecretsBaseline) -> Result<Self, ReadError> {
        let mut settings = Self::default();
        for filter in &baseline.filters {
            settings.filter(filter, baseline)?;
        }
        for plugin in &baseline.plugins {
            settings.plugin(plugin, baseline)?;
        }
        let named = |class: &str| baseline.plugins.iter().any(|plugin| plugin.get("name").is_some_and(|n| n == class));
        settings.absent_plugins =
            super::types::PLUGINS.iter().map(|(class, _)| *class).filter(|class| !named(class)).collect();
        settings.notes.sort();
        Ok(settings)
    }

    fn filter(&mut self, filter: &Map<String, Value>, baseline: &DetectSecretsBaseline) -> Result<(), ReadError> {
        let path = filter.get("path").and_then(Value::as_str).unwrap_or_default();
        match path {
            EXCLUDE_FILE => self.files.extend(patterns(filter, path, baseline)?),
            EXCLUDE_LINE => self.lines.extend(patterns(filter, path, baseline)?),
            EXCLUDE_SECRET => self.secrets.extend(patterns(filter, path, baseline)?),
            WORDLIST => {
                let file_name = filter.get("file_name").and_then(Value::as_str).unwrap_or_default().to_owned();
                let min_length = filter.get("min_length").and_then(Value::as_u64).unwrap_or(3);
                let min_length = usize::try_from(min_length).unwrap_or(usize::MAX);
                self.wordlist = Some(Wordlist { file_name, min_length });
            }
            VERIFICATION => {
                if filter.get("min_level").and_then(Value::as_u64).is_some_and(|level| level > 2) {
                    self.note(baseline, "`--only-verified` is not taken over: secrets are reported unasked".to_owned());
                }
            }
            BASELINE_FILE => {}
            _ if DEFAULT_FILTERS.contains(&path) || IMPLIED.contains(&path) => {}
            _ => self.note(baseline, format!("the filter `{path}` is not run")),
        }
        Ok(())
    }

    fn plugin(&mut self, plugin: &Map<String, Value>, baseline: &DetectSecretsBaseline) -> Result<(), ReadError> {
        let name = plugin.get("name").and_then(Value::as_str).unwrap_or_default();
        let limit = plugin.get("limit").and_then(Value::as_f64);
        match name {
            "Base64HighEntropyString" => self.base64_limit = limit,
            "HexHighEntropyString" => self.hex_limit = limit,
            "KeywordDetector" => {
                let exclude = plugin.get("keyword_exclude").and_then(Value::as_str).filter(|text| !text.is_empty());
                self.keyword = exclude
                    .map(|pattern| compile(&format!("(?i){pattern}"), Dialect::Python))
                    .transpose()
                    .map_err(|error| malformed(baseline, "keyword_exclude", &error))?;
            }
            _ if super::types::PLUGINS.iter().any(|(class, _)| *class == name) => {}
            _ => self.note(baseline, format!("the plugin `{name}` is not run")),
        }
        Ok(())
    }

    fn note(&mut self, baseline: &DetectSecretsBaseline, message: String) {
        self.notes.push(Note { file: baseline.file.clone(), line: None, message });
    }

    /// Whether a file is left out.
    #[must_use]
    pub fn excludes_file(&self, path: &str) -> bool {
        self.files.iter().any(|regex| regex.is_match(path.as_bytes()))
    }

    /// Whether what stands on a line is left out.
    #[must_use]
    pub fn excludes_line(&self, line: &str) -> bool {
        self.lines.iter().any(|regex| regex.is_match(line.as_bytes()))
    }

    /// Whether a value is left out. Words of a word list are not looked at: see [`Wordlist::words`].
    #[must_use]
    pub fn excludes_secret(&self, secret: &str) -> bool {
        self.secrets.iter().any(|regex| regex.is_match(secret.as_bytes()))
    }

    /// Whether secrets that are told by their names are left out on a line (`keyword_exclude`).
    #[must_use]
    pub fn excludes_keyword(&self, line: &str) -> bool {
        self.keyword.as_ref().is_some_and(|regex| regex.is_match(line.as_bytes()))
    }
}

fn malformed(baseline: &DetectSecretsBaseline, what: &str, error: &str) -> ReadError {
    ReadError::new(&baseline.file, 1, format!("`{what}`: {error}"))
}

fn patterns(
    filter: &Map<String, Value>,
    path: &str,
    baseline: &DetectSecretsBaseline,
) -> Result<Vec<Regex>, ReadError> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let all: Vec<&Value> = match filter.get("pattern") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let regex = |(number, pattern): (usize, &Value)| {
        let pattern = pattern.as_str().ok_or_else(|| "no string".to_owned());
        pattern
            .and_then(|pattern| compile(pattern, Dialect::Python))
            .map_err(|error| malformed(baseline, name, &format!("pattern {}: {error}", number + 1)))
    };
    all.into_iter().enumerate().map(regex).collect()
}
