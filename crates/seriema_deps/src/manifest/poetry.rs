//! `[tool.poetry]` of `pyproject.toml` (<https://python-poetry.org/docs/dependency-specification/>).

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use pep508_rs::MarkerTree;

use crate::manifest::requirement::{dependency, marker, pinned};
use crate::manifest::sheet::{Sheet, quoted};
use crate::manifest::table::{self, Table, Value};
use crate::manifest::{Dependency, IndexOptionKind, Name, Origin};

/// Reads the table.
pub(crate) fn read(sheet: &mut Sheet<'_>, poetry: &Table<'_>) {
    if sheet.manifest.project.is_none() {
        sheet.manifest.project = table::string(poetry, "name").and_then(Name::new);
    }
    let sources = sources(sheet, poetry);
    let extras = extras(poetry);
    // What `[project]` asks for: a table without a version only says where it comes from.
    let asked = sheet.manifest.dependencies.iter().enumerate().filter(|(_, it)| it.group.is_none());
    let asked: BTreeMap<Name, usize> = asked.map(|(at, it)| (it.name.clone(), at)).collect();
    let mut groups = Vec::new();
    groups.extend(poetry.get("dependencies").map(|value| (None, value)));
    groups.extend(poetry.get("dev-dependencies").map(|value| (Some("dev"), value)));
    for (group, value) in table::table(poetry, &["group"]).into_iter().flatten() {
        let dependencies = value.get_ref().as_table().and_then(|group| group.get("dependencies"));
        groups.extend(dependencies.map(|value| (Some(group.get_ref().as_ref()), value)));
    }
    for (group, value) in groups {
        let Some(entries) = value.get_ref().as_table() else {
            let span = table::within(sheet, value.span());
            sheet.unread(span.start, "a table of dependencies is expected here");
            continue;
        };
        for (key, value) in entries {
            if group.is_none() && key.get_ref() == "python" {
                if sheet.manifest.requires_python.is_none() {
                    sheet.manifest.requires_python =
                        value.get_ref().as_str().and_then(|text| constraint(text).ok()).map(|(it, _)| it);
                }
                continue;
            }
            let key_span = table::within(sheet, key.span());
            let Some(name) = Name::new(key.get_ref()) else {
                sheet.unread(key_span.start, format!("{} is not the name of a package", quoted(key.get_ref())));
                continue;
            };
            let array = value.get_ref().as_array().map_or(std::slice::from_ref(value), |array| array.as_ref());
            for one in array {
                let mut found = dependency(name.clone(), key.get_ref(), join(sheet, &key_span, one));
                found.group = group.map(str::to_owned);
                found.is_own_group = group.is_some();
                if group.is_none() && one.get_ref().as_table().is_some_and(|entry| table::is_set(entry, "optional")) {
                    found.group = extras.get(&name).cloned();
                }
                let asked = asked.get(&name).copied().filter(|_| group.is_none());
                entry(sheet, found, one, &sources, asked);
            }
        }
    }
}

/// From the key to the end of its value.
pub(crate) fn join(sheet: &Sheet<'_>, key: &Range<usize>, value: &Value<'_>) -> Range<usize> {
    let value = table::within(sheet, value.span());
    if value.start < key.end { key.clone() } else { key.start..value.end }
}

/// The first extra that lists a package.
fn extras(poetry: &Table<'_>) -> BTreeMap<Name, String> {
    let mut extras = BTreeMap::new();
    for (extra, list) in table::table(poetry, &["extras"]).into_iter().flatten() {
        for one in list.get_ref().as_array().into_iter().flat_map(|list| list.iter()) {
            if let Some(name) = one.get_ref().as_str().and_then(Name::new) {
                extras.entry(name).or_insert_with(|| extra.get_ref().to_string());
            }
        }
    }
    extras
}

/// `[[tool.poetry.source]]`: URLs by their names.
fn sources(sheet: &mut Sheet<'_>, poetry: &Table<'_>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let list = poetry.get("source").and_then(|value| value.get_ref().as_array());
    for source in list.into_iter().flat_map(|list| list.iter()) {
        let Some(source) = source.get_ref().as_table() else { continue };
        // `PyPI` is known by its name.
        let Some(url) = source.get("url") else { continue };
        let span = table::within(sheet, url.span());
        let url = url.get_ref().as_str().unwrap_or_default();
        let kind = match table::string(source, "priority") {
            Some("explicit") => IndexOptionKind::ExplicitIndex,
            Some("supplemental" | "secondary") => IndexOptionKind::ExtraIndex,
            _ if table::is_set(source, "secondary") => IndexOptionKind::ExtraIndex,
            _ => IndexOptionKind::Index,
        };
        sheet.option(kind, url, span);
        if let Some(name) = table::string(source, "name") {
            names.insert(name.to_owned(), url.to_owned());
        }
    }
    names
}

/// Reads the value of one dependency: a constraint, or a table.
fn entry(
    sheet: &mut Sheet<'_>,
    mut found: Dependency,
    value: &Value<'_>,
    sources: &BTreeMap<String, String>,
    asked: Option<usize>,
) {
    if value.get_ref().as_str().is_some() {
        versions(sheet, &mut found, value);
        sheet.manifest.dependencies.push(found);
        return;
    }
    let Some(entry) = value.get_ref().as_table() else {
        sheet.unread(found.range.start, "a version or a table is expected here");
        sheet.manifest.dependencies.push(found);
        return;
    };
    let own = table::origin(entry);
    let source = table::string(entry, "source");
    let source = source.map(|name| Origin::Index(Some(sources.get(name).map_or(name, String::as_str).to_owned())));
    if let Some(version) = entry.get("version") {
        versions(sheet, &mut found, version);
    } else if let Some(same) = asked.and_then(|at| sheet.manifest.dependencies.get_mut(at))
        && let Some(origin) = own.clone().or(source.clone())
    {
        same.origin = origin;
        return;
    }
    found.origin = own.or(source).unwrap_or(found.origin);
    if let Some(list) = entry.get("extras").and_then(|value| value.get_ref().as_array()) {
        let names = list.iter().filter_map(|one| Name::new(one.get_ref().as_str()?));
        found.extras = names.map(|name| name.as_str().to_owned()).collect();
    }
    found.marker = needed_when(sheet, entry, found.range.start);
    sheet.manifest.dependencies.push(found);
}

/// `markers`, `python` and `platform` of an entry as one marker.
fn needed_when(sheet: &mut Sheet<'_>, entry: &Table<'_>, at: usize) -> MarkerTree {
    let mut parts = Vec::new();
    parts.extend(table::string(entry, "markers").map(|text| (text.to_owned(), entry.get("markers"))));
    if let Some((python, _)) = table::string(entry, "python").and_then(|text| constraint(text).ok()) {
        let one = |it: &VersionSpecifier| {
            let (written, operator) = (it.to_string(), it.operator().to_string());
            let version = written.trim_start_matches(['=', '<', '>', '!', '~']);
            let operator = operator.trim_end_matches(".*");
            format!("python_full_version {operator} '{version}'")
        };
        let all: Vec<String> = python.iter().map(one).collect();
        parts.push((all.join(" and "), entry.get("python")));
    }
    if let Some(platform) = table::string(entry, "platform").filter(|name| !name.contains('\'')) {
        parts.push((format!("sys_platform == '{platform}'"), entry.get("platform")));
    }
    let mut when = MarkerTree::TRUE;
    for (text, value) in parts {
        match marker(text.trim()) {
            Ok(marker) => when.and(marker),
            Err((kind, message)) => {
                let at = value.map_or(at, |value| table::within(sheet, value.span()).start);
                sheet.diagnose(at, kind, message);
            }
        }
    }
    when
}

/// Reads the constraint of a dependency.
fn versions(sheet: &mut Sheet<'_>, found: &mut Dependency, value: &Value<'_>) {
    let span = table::within(sheet, value.span());
    let Some(text) = value.get_ref().as_str() else {
        sheet.unread(span.start, "a version is expected here, as a string");
        return;
    };
    found.version_range = table::inner(sheet.text, span.clone(), text).filter(|range| !range.is_empty());
    match constraint(text) {
        Ok((specifiers, is_whole)) => {
            if !is_whole {
                sheet.note(span.start, format!("the alternatives of {} are taken as one range", quoted(text)));
            }
            found.version = pinned(&specifiers);
            found.specifiers = specifiers;
        }
        Err(wrong) => sheet.unread(span.start, format!("{} is not a version constraint", quoted(&wrong))),
    }
}

/// Translates a constraint: `^1.2`, `~1.2`, `1.*`, `1.2.3` (exactly that one), `>=1,<2`. Alternatives (`^1 || ^2`) become
/// the range that holds them all; false says that it holds more.
pub(crate) fn constraint(text: &str) -> Result<(VersionSpecifiers, bool), String> {
    let mut alternatives = Vec::new();
    for one in text.split('|').filter(|one| !one.trim().is_empty()) {
        alternatives.push(all_of(one)?);
    }
    match alternatives.len() {
        0 => Ok((VersionSpecifiers::empty(), true)),
        1 => Ok((alternatives.remove(0).into_iter().collect(), true)),
        _ => Ok((hull(&alternatives), false)),
    }
}

fn all_of(text: &str) -> Result<Vec<VersionSpecifier>, String> {
    let is_operator = |c: char| matches!(c, '=' | '<' | '>' | '!' | '~' | '^');
    let mut specifiers = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let operator = &rest[..rest.find(|c| !is_operator(c)).unwrap_or(rest.len())];
        rest = rest[operator.len()..].trim_start();
        let end = rest.find(|c: char| c == ',' || c.is_whitespace() || is_operator(c)).unwrap_or(rest.len());
        let version = &rest[..end];
        rest = rest[end..].trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        let wrong = || format!("{operator}{version}");
        let parsed = |version: &str| Version::from_str(version).map_err(|_| wrong());
        match operator {
            "^" | "~" => {
                let from = parsed(version)?;
                let release = from.release();
                let place = if operator == "~" {
                    release.len().min(2) - 1
                } else {
                    release.iter().position(|part| *part > 0).unwrap_or(release.len() - 1)
                };
                let below = VersionSpecifier::less_than_version(next(&from, place));
                specifiers.extend([VersionSpecifier::greater_than_equal_version(from), below]);
            }
            "" | "=" | "==" if version == "*" => {}
            "" | "=" => specifiers.push(VersionSpecifier::from_str(&format!("=={version}")).map_err(|_| wrong())?),
            _ => specifiers.push(VersionSpecifier::from_str(&wrong()).map_err(|_| wrong())?),
        }
    }
    Ok(specifiers)
}

/// The first version after all that agree with `version` up to a place of its release.
fn next(version: &Version, place: usize) -> Version {
    let mut release: Vec<u64> = version.release().iter().copied().take(place + 1).collect();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    Version::new(release).with_epoch(version.epoch())
}

/// The range that holds all alternatives.
fn hull(alternatives: &[Vec<VersionSpecifier>]) -> VersionSpecifiers {
    let mut lowest: Option<Option<Version>> = None;
    let mut highest: Option<Option<(Version, bool)>> = None;
    for specifiers in alternatives {
        let (mut from, mut to) = (None, None);
        for specifier in specifiers {
            let version = specifier.version();
            let last = version.release().len().saturating_sub(1);
            let (low, high) = match specifier.operator() {
                Operator::Equal | Operator::ExactEqual => (true, Some((version.clone(), true))),
                Operator::EqualStar => (true, Some((next(version, last), false))),
                Operator::TildeEqual => (true, Some((next(version, last.saturating_sub(1)), false))),
                Operator::LessThan => (false, Some((version.clone(), false))),
                Operator::LessThanEqual => (false, Some((version.clone(), true))),
                Operator::GreaterThan | Operator::GreaterThanEqual => (true, None),
                Operator::NotEqual | Operator::NotEqualStar => (false, None),
            };
            from = from.max(low.then(|| version.clone()));
            to = match (to, high) {
                (Some(to), Some(high)) => Some(std::cmp::min(to, high)),
                (to, high) => to.or(high),
            };
        }
        lowest = Some(lowest.map_or(from.clone(), |lowest| lowest.min(from)));
        highest = Some(match highest {
            None => to,
            Some(highest) => highest.zip(to).map(|(highest, to)| highest.max(to)),
        });
    }
    let from = lowest.flatten().map(VersionSpecifier::greater_than_equal_version);
    let to = highest.flatten().map(|(version, is_in)| match is_in {
        true => VersionSpecifier::less_than_equal_version(version),
        false => VersionSpecifier::less_than_version(version),
    });
    from.into_iter().chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_those_of_poetry() {
        for (written, meant) in [
            ("^1.2.3", ">=1.2.3, <2"),
            ("^0.2.3", ">=0.2.3, <0.3"),
            ("^0.0.3", ">=0.0.3, <0.0.4"),
            ("^0.0", ">=0.0, <0.1"),
            ("^0", ">=0, <1"),
            ("~1.2.3", ">=1.2.3, <1.3"),
            ("~1.2", ">=1.2, <1.3"),
            ("~1", ">=1, <2"),
            ("1.2.3", "==1.2.3"),
            ("=1.2.3", "==1.2.3"),
            ("1.*", "==1.*"),
            ("*", ""),
            ("", ""),
            (">= 1.0, <2.0", ">=1.0, <2.0"),
            (">=1.0 <2.0,!=1.5", ">=1.0, !=1.5, <2.0"),
            ("~=1.4", "~=1.4"),
            ("^1.0 || ^3.0", ">=1.0, <4"),
            ("<1.0 | >2", ""),
            ("1.0 || 2.0", ">=1.0, <=2.0"),
        ] {
            let (specifiers, _) = constraint(written).expect(written);
            assert_eq!(specifiers, VersionSpecifiers::from_str(meant).expect(meant), "{written}");
        }
        for wrong in ["one", "^", "^^1", "> =1", "~x", "^99999999999999999999999"] {
            assert!(constraint(wrong).is_err(), "{wrong}");
        }
    }
}
