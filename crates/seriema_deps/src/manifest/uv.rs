//! `[tool.uv]` of `pyproject.toml` and of scripts.

use std::collections::BTreeMap;

use crate::manifest::sheet::Sheet;
use crate::manifest::table::{self, Table};
use crate::manifest::{IndexOptionKind, Name, Origin};

/// Reads the table: its dependencies, its indexes, and where it says that packages come from.
pub(crate) fn read(sheet: &mut Sheet<'_>, uv: &Table<'_>) {
    if let Some(list) = uv.get("dev-dependencies") {
        table::list(sheet, list, Some("dev"), &mut |_| false);
    }
    // What is installed comes from the first index that has it, unless that is said to be otherwise.
    let pip = table::table(uv, &["pip"]);
    let is_unsafe = [Some(uv), pip]
        .into_iter()
        .flatten()
        .any(|options| table::string(options, "index-strategy").is_some_and(|strategy| strategy.starts_with("unsafe")));
    let extra = if is_unsafe { IndexOptionKind::ExtraIndex } else { IndexOptionKind::PriorIndex };
    let indexes = indexes(sheet, uv, extra);
    for options in [Some(uv), pip].into_iter().flatten() {
        for (key, kind) in [
            ("index-url", IndexOptionKind::Index),
            ("extra-index-url", extra),
            ("find-links", IndexOptionKind::FindLinks),
            ("allow-insecure-host", IndexOptionKind::TrustedHost),
            ("trusted-host", IndexOptionKind::TrustedHost),
        ] {
            let Some(value) = options.get(key) else { continue };
            let array = value.get_ref().as_array().map_or(std::slice::from_ref(value), |array| array.as_ref());
            for one in array {
                let span = table::within(sheet, one.span());
                match one.get_ref().as_str() {
                    Some(url) => sheet.option(kind, url, span),
                    None => sheet.unread(span.start, format!("`{key}` wants strings")),
                }
            }
        }
        for (key, kind) in [("no-index", IndexOptionKind::NoIndex), ("require-hashes", IndexOptionKind::RequireHashes)]
        {
            if let Some(value) = options.get(key).filter(|_| table::is_set(options, key)) {
                let span = table::within(sheet, value.span());
                sheet.option(kind, "", span);
            }
        }
    }
    sources(sheet, uv, &indexes);
}

/// `[[tool.uv.index]]`: URLs by their names.
fn indexes(sheet: &mut Sheet<'_>, uv: &Table<'_>, extra: IndexOptionKind) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let Some(value) = uv.get("index") else { return names };
    let Some(array) = value.get_ref().as_array() else {
        let span = table::within(sheet, value.span());
        sheet.unread(span.start, "`index` wants a list of tables");
        return names;
    };
    for index in array.iter() {
        let span = table::within(sheet, index.span());
        let Some((index, url)) = index.get_ref().as_table().and_then(|index| Some((index, index.get("url")?))) else {
            sheet.unread(span.start, "an index lacks its `url`");
            continue;
        };
        let span = table::within(sheet, url.span());
        let url = url.get_ref().as_str().unwrap_or_default();
        let kind = if table::is_set(index, "explicit") {
            IndexOptionKind::ExplicitIndex
        } else if table::is_set(index, "default") {
            IndexOptionKind::Index
        } else {
            extra
        };
        sheet.option(kind, url, span);
        if let Some(name) = table::string(index, "name") {
            names.insert(name.to_owned(), url.to_owned());
        }
    }
    names
}

/// `[tool.uv.sources]`: of several for one package (each for another platform), the first.
fn sources(sheet: &mut Sheet<'_>, uv: &Table<'_>, indexes: &BTreeMap<String, String>) {
    let Some(sources) = table::table(uv, &["sources"]) else { return };
    let mut origins = BTreeMap::new();
    for (name, value) in sources {
        let span = table::within(sheet, value.span());
        let value = value.get_ref();
        let first = value.as_array().and_then(|array| array.as_ref().first()).map_or(value, |first| first.get_ref());
        let origin = first.as_table().and_then(|source| {
            let index = table::string(source, "index");
            let index =
                index.map(|name| Origin::Index(Some(indexes.get(name).map_or(name, String::as_str).to_owned())));
            table::origin(source).or(index)
        });
        match (Name::new(name.get_ref()), origin) {
            (Some(name), Some(origin)) => {
                origins.insert(name, origin);
            }
            _ => sheet
                .unread(span.start, "a source is not read: it names no `git`, `url`, `path`, `index` or `workspace`"),
        }
    }
    for dependency in &mut sheet.manifest.dependencies {
        if let Some(origin) = origins.get(&dependency.name) {
            dependency.origin = origin.clone();
        }
    }
}
