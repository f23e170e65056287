//! Baselines of older versions of detect-secrets, made into those of 1.5.0 as it does.

use serde_json::{Map, Value, json};

use super::Note;
use super::detect_secrets::{DetectSecretsBaseline, VERSION};
use super::settings;

type Version = (u32, u32, u32);

/// What 0.x filtered, whatever it was told.
const FILTERS_1_0: &[&str] = &[
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_likely_id_string",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_prefixed_with_dollar_sign",
    "detect_secrets.filters.heuristic.is_indirect_reference",
];

/// What 1.1 began to filter.
const FILTERS_1_1: &[&str] = &[
    "detect_secrets.filters.heuristic.is_lock_file",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_swagger_file",
];

fn parse(version: &str) -> Option<Version> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}

/// Makes a baseline one of [`VERSION`]. One of a newer version is left as it is.
///
/// # Errors
/// When the version is none: why.
pub(super) fn upgrade(baseline: &mut DetectSecretsBaseline) -> Result<(), String> {
    let version = parse(&baseline.version).ok_or_else(|| "`version` is not of the form `1.5.0`".to_owned())?;
    let current = parse(VERSION).unwrap_or_default();
    if version >= current {
        if version > current {
            baseline.notes.push(Note {
                file: baseline.file.clone(),
                line: None,
                message: format!("written by a newer detect-secrets than {VERSION}; read as one of {VERSION}"),
            });
        }
        return Ok(());
    }
    if version < (0, 12, 0) {
        to_0_12(&mut baseline.extra);
    }
    if version < (1, 0, 0) {
        to_1_0(baseline);
    }
    if version < (1, 1, 0) {
        baseline.filters.extend(FILTERS_1_1.iter().map(|path| settings::filter(path)));
    }
    VERSION.clone_into(&mut baseline.version);
    baseline.was_upgraded = true;
    Ok(())
}

fn to_0_12(extra: &mut Map<String, Value>) {
    if let Some(files) = extra.shift_remove("exclude_regex") {
        extra.insert("exclude".to_owned(), json!({ "files": files, "lines": null }));
    }
}

fn to_1_0(baseline: &mut DetectSecretsBaseline) {
    let mut filters: Vec<_> = FILTERS_1_0.iter().map(|path| settings::filter(path)).collect();
    filters.push(settings::filter_with(settings::VERIFICATION, "min_level", 2.into()));
    if let Some(exclude) = baseline.extra.shift_remove("exclude") {
        for (key, path) in [("files", settings::EXCLUDE_FILE), ("lines", settings::EXCLUDE_LINE)] {
            if let Some(pattern) = exclude.get(key).filter(|pattern| is_given(pattern)) {
                filters.push(settings::filter_with(path, "pattern", json!([pattern])));
            }
        }
    }
    if let Some(words) = baseline.extra.shift_remove("word_list")
        && let Some(file) = words.get("file").filter(|file| is_given(file))
    {
        let mut filter = settings::filter_with(settings::WORDLIST, "min_length", 3.into());
        filter.insert("file_name".to_owned(), file.clone());
        filter.insert("file_hash".to_owned(), words.get("hash").cloned().unwrap_or(Value::Null));
        filters.push(filter);
    }
    baseline.filters = filters;
    for plugin in &mut baseline.plugins {
        for key in ["base64_limit", "hex_limit"] {
            if let Some(limit) = plugin.shift_remove(key) {
                plugin.insert("limit".to_owned(), limit);
            }
        }
    }
    // Their names stand in Python files, which are not run here.
    if let Some(paths) = baseline.extra.get("custom_plugin_paths") {
        if paths.as_array().is_none_or(Vec::is_empty) {
            baseline.extra.shift_remove("custom_plugin_paths");
        } else {
            baseline.notes.push(Note {
                file: baseline.file.clone(),
                line: None,
                message: "custom plugins (`custom_plugin_paths`) are not run; detect-secrets finds them again when it \
                          upgrades the baseline itself"
                    .to_owned(),
            });
        }
    }
}

/// Whether Python takes it for true.
fn is_given(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
