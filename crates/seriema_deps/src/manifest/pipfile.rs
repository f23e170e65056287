//! `Pipfile` of pipenv.

use std::collections::BTreeMap;

use crate::manifest::requirement::{self, dependency, marker, pinned};
use crate::manifest::sheet::{Sheet, quoted};
use crate::manifest::table::{self, Table, Value};
use crate::manifest::{Dependency, IndexOptionKind, Manifest, ManifestKind, Name, Origin, poetry};

/// Tables that are not categories of packages.
const OTHERS: [&str; 6] = ["source", "requires", "scripts", "pipenv", "build-system", "pipfile"];

/// Reads a `Pipfile`.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::Pipfile, text);
    let document = table::parse(&mut sheet, text);
    let root = document.get_ref();
    let sources = sources(&mut sheet, root);
    if let Some(requires) = table::table(root, &["requires"]) {
        let exact = table::string(requires, "python_full_version").map(|version| format!("=={version}"));
        let minor = table::string(requires, "python_version").map(|version| format!("=={version}.*"));
        sheet.manifest.requires_python = exact.or(minor).and_then(|text| text.parse().ok());
    }
    for (category, value) in root.iter() {
        let category = category.get_ref().as_ref();
        if OTHERS.contains(&category) {
            continue;
        }
        let Some(entries) = value.get_ref().as_table() else { continue };
        let group = match category {
            "packages" => None,
            "dev-packages" => Some("dev"),
            other => Some(other),
        };
        for (key, value) in entries {
            let key_span = table::within(&sheet, key.span());
            let Some(name) = Name::new(key.get_ref()) else {
                sheet.unread(key_span.start, format!("{} is not the name of a package", quoted(key.get_ref())));
                continue;
            };
            let mut found = dependency(name, key.get_ref(), poetry::join(&sheet, &key_span, value));
            found.group = group.map(str::to_owned);
            entry(&mut sheet, &mut found, value, &sources);
            sheet.manifest.dependencies.push(found);
        }
    }
    sheet.finish()
}

/// `[[source]]`: the first is the index, packages come from others only when they say so.
fn sources(sheet: &mut Sheet<'_>, root: &Table<'_>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let list = root.get("source").and_then(|value| value.get_ref().as_array());
    for (number, source) in list.into_iter().flat_map(|list| list.iter()).enumerate() {
        let Some(source) = source.get_ref().as_table() else { continue };
        let Some(url) = source.get("url") else { continue };
        let span = table::within(sheet, url.span());
        let url = url.get_ref().as_str().unwrap_or_default();
        let kind = if number == 0 { IndexOptionKind::Index } else { IndexOptionKind::ExplicitIndex };
        sheet.option(kind, url, span);
        if let Some(verified) = source.get("verify_ssl").filter(|value| value.get_ref().as_bool() == Some(false)) {
            let host = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            let span = table::within(sheet, verified.span());
            sheet.option(IndexOptionKind::TrustedHost, host, span);
        }
        if let Some(name) = table::string(source, "name") {
            names.insert(name.to_owned(), url.to_owned());
        }
    }
    names
}

fn entry(sheet: &mut Sheet<'_>, found: &mut Dependency, value: &Value<'_>, sources: &BTreeMap<String, String>) {
    let entry = match value.get_ref().as_table() {
        Some(entry) => entry,
        None => return versions(sheet, found, value),
    };
    if let Some(version) = entry.get("version") {
        versions(sheet, found, version);
    }
    let index = table::string(entry, "index");
    let index = index.map(|name| Origin::Index(Some(sources.get(name).map_or(name, String::as_str).to_owned())));
    if let Some(origin) = table::origin(entry).or(index) {
        found.origin = origin;
    }
    if let Some(list) = entry.get("extras").and_then(|value| value.get_ref().as_array()) {
        let names = list.iter().filter_map(|one| Name::new(one.get_ref().as_str()?));
        found.extras = names.map(|name| name.as_str().to_owned()).collect();
    }
    found.is_hashed = entry.contains_key("hashes") || entry.contains_key("hash");
    // `markers` is a whole one; a key named as a variable of markers has the rest: `sys_platform = "== 'win32'"`.
    let variables =
        ["sys_platform", "platform_machine", "platform_system", "python_version", "os_name", "implementation_name"];
    let parts = variables.iter().filter_map(|key| Some((*key, format!("{key} {}", table::string(entry, key)?))));
    let whole = table::string(entry, "markers").map(|text| ("markers", text.to_owned()));
    for (key, text) in whole.into_iter().chain(parts) {
        match marker(text.trim()) {
            Ok(marker) => found.marker.and(marker),
            Err((kind, message)) => {
                let at = entry.get(key).map_or(found.range.start, |value| table::within(sheet, value.span()).start);
                sheet.diagnose(at, kind, message);
            }
        }
    }
}

/// A version: `*`, specifiers, or a version alone, which is that one.
fn versions(sheet: &mut Sheet<'_>, found: &mut Dependency, value: &Value<'_>) {
    let span = table::within(sheet, value.span());
    let Some(text) = value.get_ref().as_str() else {
        sheet.unread(span.start, "a version or a table is expected here");
        return;
    };
    found.version_range = table::inner(sheet.text, span.clone(), text).filter(|range| !range.is_empty());
    let text = text.trim();
    if matches!(text, "*" | "") {
        return;
    }
    let exact = format!("=={text}");
    let text = if text.starts_with(|c: char| c.is_ascii_digit()) { &exact } else { text };
    let (specifiers, problems) = requirement::specifiers(text, 0..text.len());
    for problem in problems {
        sheet.diagnose(span.start, problem.kind, problem.message);
    }
    found.version = pinned(&specifiers);
    found.specifiers = specifiers;
}
