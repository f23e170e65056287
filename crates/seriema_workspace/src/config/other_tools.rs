//! What Bandit and ruff are told about the same project. Nothing here changes what Seriema does by itself.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::Setting;
use super::document::Reader;
use crate::paths::shown_path;
use crate::source::read_bytes;

/// `[tool.bandit]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BanditSelection {
    /// `tests`: the only ones run; empty means all.
    pub tests: Vec<Setting<String>>,
    /// `skips`.
    pub skips: Vec<Setting<String>>,
    /// `exclude_dirs`.
    pub exclude_dirs: Vec<Setting<String>>,
}

/// The part of ruff's `lint` settings that names security rules (`S…`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuffSelection {
    /// Codes of `select` and `extend-select`.
    pub select: Vec<Setting<String>>,
    /// Codes of `ignore` and `extend-ignore`.
    pub ignore: Vec<Setting<String>>,
    /// `per-file-ignores` and `extend-per-file-ignores`: pattern and codes.
    pub per_file_ignores: Vec<(String, Vec<Setting<String>>)>,
}

/// What other tools are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherTools {
    /// Bandit, where `pyproject.toml` has a table for it.
    pub bandit: Option<BanditSelection>,
    /// ruff, where one of its files says anything on security rules.
    pub ruff: Option<RuffSelection>,
}

/// Reads what `pyproject.toml`, `ruff.toml` and `.ruff.toml` in `dir` tell Bandit and ruff. What cannot be read or
/// understood is left out: it is for the other tool to complain.
#[must_use]
pub fn read_other_tools(root: &Path, dir: &Path) -> OtherTools {
    let mut tools = OtherTools::default();
    // ruff reads the first of these that there is, and of `pyproject.toml` only with a table for it.
    for name in [".ruff.toml", "ruff.toml", "pyproject.toml"] {
        let path = dir.join(name);
        let Ok(bytes) = read_bytes(&path, 4 << 20) else { continue };
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        read(&mut tools, &shown_path(root, &path), text, name == "pyproject.toml");
    }
    tools
}

pub(super) fn read(tools: &mut OtherTools, shown: &str, text: &str, is_pyproject: bool) {
    let mut reader = Reader::new(shown.into(), text);
    let Some(document) = reader.document() else { return };
    if !is_pyproject {
        tools.ruff = tools.ruff.take().or_else(|| ruff(&document, &reader));
        return;
    }
    let Some(tool) = table(&document, "tool") else { return };
    if let Some(bandit) = table(tool, "bandit") {
        tools.bandit = Some(BanditSelection {
            tests: texts(bandit, "tests", &reader),
            skips: texts(bandit, "skips", &reader),
            exclude_dirs: texts(bandit, "exclude_dirs", &reader),
        });
    }
    if tools.ruff.is_none() {
        tools.ruff = table(tool, "ruff").and_then(|table| ruff(table, &reader));
    }
}

/// ruff's settings, at their place since 0.1 (`lint`) or at the one before.
fn ruff(settings: &DeTable<'_>, reader: &Reader<'_>) -> Option<RuffSelection> {
    let mut found = RuffSelection::default();
    for settings in [Some(settings), table(settings, "lint")].into_iter().flatten() {
        let add = |codes: &mut Vec<Setting<String>>, keys: [&str; 2]| {
            codes.extend(keys.iter().flat_map(|key| texts(settings, key, reader)).filter(is_security));
        };
        add(&mut found.select, ["select", "extend-select"]);
        add(&mut found.ignore, ["ignore", "extend-ignore"]);
        for key in ["per-file-ignores", "extend-per-file-ignores"] {
            let Some(table) = table(settings, key) else { continue };
            let mut patterns: Vec<_> = table.iter().collect();
            patterns.sort_by_key(|(pattern, _)| pattern.span().start);
            for (pattern, _) in patterns {
                let codes: Vec<_> = texts(table, pattern.get_ref(), reader).into_iter().filter(is_security).collect();
                if !codes.is_empty() {
                    found.per_file_ignores.push((pattern.get_ref().to_string(), codes));
                }
            }
        }
    }
    (found != RuffSelection::default()).then_some(found)
}

/// `S`, `S1`, `S602`, `ALL`; not `SIM` or `SLF`, which begin with the same letter.
fn is_security(code: &Setting<String>) -> bool {
    code.value == "ALL"
        || code.value.strip_prefix('S').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn table<'v, 't>(table: &'v DeTable<'t>, key: &str) -> Option<&'v DeTable<'t>> {
    table.get(key)?.get_ref().as_table()
}

fn texts(table: &DeTable<'_>, key: &str, reader: &Reader<'_>) -> Vec<Setting<String>> {
    let Some(value) = table.get(key) else { return Vec::new() };
    match value.get_ref() {
        DeValue::Array(items) => items
            .iter()
            .filter_map(|item| Some(reader.setting(&item.span(), item.get_ref().as_str()?.to_owned())))
            .collect(),
        // Bandit takes `skips = "B101,B102"` as well.
        DeValue::String(text) => text
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| reader.setting(&value.span(), text.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}
