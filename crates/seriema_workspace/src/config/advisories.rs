//! Advisories that a project decided not to hear of: its own list, and those that it wrote for other tools.

use std::path::Path;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::Origin;
use super::document::{Reader, Value};
use crate::paths::shown_path;
use crate::source::read_bytes;
use crate::vocabulary::clip;

/// Who a list of ignored advisories was written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IgnoreTool {
    /// Seriema: `[tool.seriema.deps]`, `--ignore-vuln`.
    Seriema,
    /// uv: `[tool.uv.audit]`. It has no place for reasons.
    Uv,
    /// OSV-Scanner: `osv-scanner.toml`.
    OsvScanner,
}

/// An advisory that is not to be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryIgnore {
    /// The advisory, under any of its ids; none for all about the package.
    pub id: Option<String>,
    /// The only package that it is ignored of, as it is written.
    pub package: Option<String>,
    /// The only version that it is ignored of.
    pub version: Option<String>,
    /// Why; empty where nobody says.
    pub reason: String,
    /// The last day on which it is ignored.
    pub expires: Option<Date>,
    /// Whether it is ignored only as long as no version is fixed.
    pub until_fixed: bool,
    /// Who it was written for.
    pub tool: IgnoreTool,
    /// Where it is written.
    pub origin: Origin,
}

impl AdvisoryIgnore {
    /// One that the command line names.
    #[must_use]
    pub fn of_command_line(id: &str) -> Self {
        let reason = "--ignore-vuln".to_owned();
        Self {
            reason,
            origin: Origin::CommandLine,
            ..Self::new(Some(id.trim().to_owned()), IgnoreTool::Seriema, Origin::Default)
        }
    }

    const fn new(id: Option<String>, tool: IgnoreTool, origin: Origin) -> Self {
        Self {
            id,
            package: None,
            version: None,
            reason: String::new(),
            expires: None,
            until_fixed: false,
            tool,
            origin,
        }
    }

    /// What it is about, in words.
    #[must_use]
    pub fn about(&self) -> String {
        match (&self.id, &self.package) {
            (Some(id), Some(package)) => format!("{id} of {package}"),
            (Some(id), None) => id.clone(),
            (None, Some(package)) => format!("all advisories of {package}"),
            (None, None) => "nothing".to_owned(),
        }
    }
}

/// The keys of an entry in `deps.ignore`.
const KEYS: [&str; 4] = ["id", "package", "reason", "expires"];

/// Reads `[tool.seriema.deps]`.
pub(super) fn read(key: &str, value: &Value<'_>, reader: &mut Reader<'_>) -> Vec<AdvisoryIgnore> {
    let mut found = Vec::new();
    let Some(table) = reader.table(key, value) else { return found };
    for (spanned, value) in table {
        let key: &str = spanned.get_ref();
        if key != "ignore" {
            reader.unknown_key(spanned.span(), key, &["ignore"], "deps");
            continue;
        }
        let Some(items) = value.get_ref().as_array() else {
            reader.expected("deps.ignore", value, "a list of tables with `id` and `reason`");
            continue;
        };
        for item in items.iter() {
            let Some(entry) = item.get_ref().as_table() else {
                reader.expected("deps.ignore", item, "tables with `id` and `reason`");
                continue;
            };
            let mut ignore = AdvisoryIgnore::new(None, IgnoreTool::Seriema, reader.origin(&item.span()));
            for (spanned, value) in entry {
                let key: &str = spanned.get_ref();
                let text = |reader: &mut Reader<'_>| reader.text(key, value).map(|text| text.value.trim().to_owned());
                match key {
                    "id" => ignore.id = text(reader).filter(|id| !id.is_empty()),
                    "package" => ignore.package = text(reader),
                    "reason" => ignore.reason = text(reader).unwrap_or_default(),
                    "expires" => match day(value) {
                        Some(day) => ignore.expires = Some(day),
                        None => reader.expected(key, value, "a day, as in 2027-01-31"),
                    },
                    other => reader.unknown_key(spanned.span(), other, &KEYS, "deps.ignore"),
                }
            }
            if ignore.id.is_none() {
                reader.fail(item.span(), "`id` is missing: which advisory is ignored?".to_owned(), None);
                continue;
            }
            found.push(ignore);
        }
    }
    found
}

/// A day, as a date or in a string.
fn day(value: &Value<'_>) -> Option<Date> {
    let text = match value.get_ref() {
        DeValue::Datetime(time) => time.date?.to_string(),
        DeValue::String(text) => text.get(..10).unwrap_or(text).to_owned(),
        _ => return None,
    };
    clip(&text).parse().ok()
}

/// Reads what uv and OSV-Scanner were told in `dir`; it holds for what stands in that directory. What cannot be read is left
/// out: it is for the other tool to complain.
#[must_use]
pub fn read_other_ignores(root: &Path, dir: &Path) -> Vec<AdvisoryIgnore> {
    let mut found = Vec::new();
    for name in ["osv-scanner.toml", "pyproject.toml", "uv.toml"] {
        let path = dir.join(name);
        let Ok(bytes) = read_bytes(&path, 4 << 20) else { continue };
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        found.extend(other_ignores(name, &shown_path(root, &path), text));
    }
    found
}

/// The same of one file that is in memory: `osv-scanner.toml`, `pyproject.toml` or `uv.toml` is its `name`, `shown` how it is
/// named in places.
#[must_use]
pub fn other_ignores(name: &str, shown: &str, text: &str) -> Vec<AdvisoryIgnore> {
    let mut found = Vec::new();
    let mut reader = Reader::new(shown.into(), text);
    let Some(document) = reader.document() else { return found };
    let audit = match name {
        "pyproject.toml" => within(&document, &["tool", "uv", "audit"]),
        "uv.toml" => within(&document, &["audit"]),
        _ => {
            osv_scanner(&mut found, &document, &reader);
            return found;
        }
    };
    for (key, until_fixed) in [("ignore", false), ("ignore-until-fixed", true)] {
        let list = audit.and_then(|audit| audit.get(key)).and_then(|value| value.get_ref().as_array());
        for item in list.into_iter().flat_map(|list| list.iter()) {
            if let Some(id) = item.get_ref().as_str() {
                let origin = reader.origin(&item.span());
                let ignore = AdvisoryIgnore::new(Some(id.to_owned()), IgnoreTool::Uv, origin);
                found.push(AdvisoryIgnore { until_fixed, ..ignore });
            }
        }
    }
    found
}

fn osv_scanner(found: &mut Vec<AdvisoryIgnore>, document: &DeTable<'_>, reader: &Reader<'_>) {
    for (list, is_package) in [("IgnoredVulns", false), ("PackageOverrides", true)] {
        let items = document.get(list).and_then(|value| value.get_ref().as_array());
        for item in items.into_iter().flat_map(|items| items.iter()) {
            let Some(entry) = item.get_ref().as_table() else { continue };
            let text = |key: &str| entry.get(key).and_then(|value| value.get_ref().as_str()).map(str::to_owned);
            let is_set = |table: Option<&DeTable<'_>>| {
                table.and_then(|table| table.get("ignore")?.get_ref().as_bool()).unwrap_or(false)
            };
            let is_other = text("ecosystem").is_some_and(|ecosystem| !ecosystem.eq_ignore_ascii_case("pypi"));
            // A package that is not named, or of which vulnerabilities are told, is overridden in other respects.
            let is_ignored = is_set(Some(entry)) || is_set(within(entry, &["vulnerability"]));
            let (id, package) = if is_package { (None, text("name")) } else { (text("id"), None) };
            if is_other || is_package && (!is_ignored || package.is_none()) || !is_package && id.is_none() {
                continue;
            }
            let expires = if is_package { "effectiveUntil" } else { "ignoreUntil" };
            let ignore = AdvisoryIgnore::new(id, IgnoreTool::OsvScanner, reader.origin(&item.span()));
            found.push(AdvisoryIgnore {
                package,
                version: if is_package { text("version") } else { None },
                reason: text("reason").unwrap_or_default().trim().to_owned(),
                expires: entry.get(expires).and_then(day),
                ..ignore
            });
        }
    }
}

fn within<'v, 't>(table: &'v DeTable<'t>, keys: &[&str]) -> Option<&'v DeTable<'t>> {
    keys.iter().try_fold(table, |table, key| table.get(*key)?.get_ref().as_table())
}

/// What it is shown as by `seriema config`.
pub(super) fn shown(ignore: &AdvisoryIgnore) -> toml::Value {
    let text = |text: &str| toml::Value::String(text.to_owned());
    let mut table = toml::Table::new();
    let day = ignore.expires.map(|day| day.to_string());
    for (key, value) in [("id", &ignore.id), ("package", &ignore.package), ("expires", &day)] {
        if let Some(value) = value {
            table.insert(key.to_owned(), text(value));
        }
    }
    table.insert("reason".to_owned(), text(&ignore.reason));
    toml::Value::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(name: &str, text: &str) -> Vec<(String, Option<String>, String, bool)> {
        other_ignores(name, name, text)
            .into_iter()
            .map(|one| (one.about(), one.expires.map(|day| day.to_string()), one.reason, one.until_fixed))
            .collect()
    }

    #[test]
    fn lists_of_uv_are_read() {
        let text = "[tool.uv.audit]\nignore = [\"PYSEC-2022-43017\"]\nignore-until-fixed = [\"CVE-2024-1\"]\n";
        let both = [
            ("PYSEC-2022-43017".to_owned(), None, String::new(), false),
            ("CVE-2024-1".to_owned(), None, String::new(), true),
        ];
        assert_eq!(others("pyproject.toml", text), both);
        assert_eq!(others("uv.toml", &text.replace("tool.uv.", "")), both);
    }

    #[test]
    fn lists_of_osv_scanner_are_read() {
        let text = "[[IgnoredVulns]]\nid = \"GHSA-1\"\nignoreUntil = 2027-01-02\nreason = \"not reached\"\n\
            [[IgnoredVulns]]\nid = \"GHSA-2\"\nignoreUntil = 2027-01-02T00:00:00Z\n\
            [[PackageOverrides]]\nname = \"lib\"\necosystem = \"Go\"\nignore = true\n\
            [[PackageOverrides]]\nname = \"acme\"\nlicense.override = [\"MIT\"]\n\
            [[PackageOverrides]]\nname = \"acme\"\necosystem = \"PyPI\"\nvulnerability.ignore = true\nreason = \"ours\"\neffectiveUntil = 2027-03-04\n";
        let day = |day: &str| Some(day.to_owned());
        assert_eq!(
            others("osv-scanner.toml", text),
            [
                ("GHSA-1".to_owned(), day("2027-01-02"), "not reached".to_owned(), false),
                ("GHSA-2".to_owned(), day("2027-01-02"), String::new(), false),
                ("all advisories of acme".to_owned(), day("2027-03-04"), "ours".to_owned(), false),
            ]
        );
    }

    #[test]
    fn what_is_no_list_says_nothing() {
        for text in ["", "x", "IgnoredVulns = 3", "[[IgnoredVulns]]", "IgnoredVulns = [1]", "[audit]\nignore = 1"] {
            assert_eq!(others("osv-scanner.toml", text), []);
            assert_eq!(others("uv.toml", text), []);
        }
    }
}
