//! `pyproject.toml`: `[project]` (PEP 621), `[dependency-groups]` (PEP 735), `[build-system]`, and the tables of poetry, pdm,
//! hatch, uv and setuptools.

use std::collections::BTreeMap;

use pep440_rs::VersionSpecifiers;

use crate::manifest::sheet::{Sheet, quoted};
use crate::manifest::table::{self, Table, Value};
use crate::manifest::{IndexOptionKind, Manifest, ManifestKind, Name, poetry, requirement, uv};

/// Reads a `pyproject.toml`.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::Pyproject, text);
    let document = table::parse(&mut sheet, text);
    let root = document.get_ref();
    if let Some(list) = table::table(root, &["build-system"]).and_then(|system| system.get("requires")) {
        table::list(&mut sheet, list, Some("build"), &mut |_| false);
    }
    if let Some(value) = root.get("project") {
        match value.get_ref().as_table() {
            Some(project) => self::project(&mut sheet, project, root),
            None => wrong(&mut sheet, value, "`project` is no table"),
        }
    }
    let known = sheet.manifest.dependencies.len();
    if let Some(value) = root.get("dependency-groups") {
        match value.get_ref().as_table() {
            Some(groups) => self::groups(&mut sheet, groups),
            None => wrong(&mut sheet, value, "`dependency-groups` is no table"),
        }
    }
    own_groups(&mut sheet, known);
    if let Some(poetry) = table::table(root, &["tool", "poetry"]) {
        poetry::read(&mut sheet, poetry);
    }
    // What follows adds nothing but groups.
    let known = sheet.manifest.dependencies.len();
    if let Some(pdm) = table::table(root, &["tool", "pdm"]) {
        self::pdm(&mut sheet, pdm);
    }
    for (environment, value) in table::table(root, &["tool", "hatch", "envs"]).into_iter().flatten() {
        for key in ["dependencies", "extra-dependencies"] {
            if let Some(list) = value.get_ref().as_table().and_then(|environment| environment.get(key)) {
                table::list(&mut sheet, list, Some(environment.get_ref()), &mut |_| false);
            }
        }
    }
    if let Some(uv) = table::table(root, &["tool", "uv"]) {
        uv::read(&mut sheet, uv);
    }
    own_groups(&mut sheet, known);
    sheet.finish()
}

/// Marks what was read since as that of groups which stay with the project.
fn own_groups(sheet: &mut Sheet<'_>, since: usize) {
    for dependency in &mut sheet.manifest.dependencies[since..] {
        dependency.is_own_group = true;
    }
}

fn wrong(sheet: &mut Sheet<'_>, value: &Value<'_>, message: &str) {
    let span = table::within(sheet, value.span());
    sheet.unread(span.start, message);
}

/// `requires-python`, of a project or a script.
pub(crate) fn python(sheet: &mut Sheet<'_>, table: &Table<'_>) {
    let Some(value) = table.get("requires-python") else { return };
    let span = table::within(sheet, value.span());
    let Some(text) = value.get_ref().as_str() else {
        sheet.unread(span.start, "`requires-python` wants a string");
        return;
    };
    let (specifiers, problems) = requirement::specifiers(text, requirement::trimmed(text, 0..text.len()));
    for problem in problems {
        sheet.diagnose(span.start, problem.kind, problem.message);
    }
    sheet.manifest.requires_python = Some(specifiers).filter(|specifiers: &VersionSpecifiers| !specifiers.is_empty());
}

fn project(sheet: &mut Sheet<'_>, project: &Table<'_>, root: &Table<'_>) {
    sheet.manifest.project = table::string(project, "name").and_then(Name::new);
    python(sheet, project);
    if let Some(list) = project.get("dependencies") {
        table::list(sheet, list, None, &mut |_| false);
    }
    if let Some(value) = project.get("optional-dependencies") {
        match value.get_ref().as_table() {
            Some(extras) => {
                for (extra, list) in extras {
                    table::list(sheet, list, Some(extra.get_ref()), &mut |_| false);
                }
            }
            None => wrong(sheet, value, "`optional-dependencies` is no table"),
        }
    }
    let Some(value) = project.get("dynamic") else { return };
    let dynamic = value.get_ref().as_array().into_iter().flat_map(|list| list.iter());
    let is_dynamic = dynamic
        .filter_map(|one| one.get_ref().as_str())
        .any(|one| matches!(one, "dependencies" | "optional-dependencies"));
    if !is_dynamic {
        return;
    }
    let known = sheet.manifest.includes.len();
    let setuptools = table::table(root, &["tool", "setuptools", "dynamic"]);
    for source in setuptools.and_then(|dynamic| dynamic.get("dependencies")).into_iter() {
        files(sheet, source, "file");
    }
    let extras = setuptools.and_then(|dynamic| table::table(dynamic, &["optional-dependencies"]));
    for (_, source) in extras.into_iter().flatten() {
        files(sheet, source, "file");
    }
    if let Some(hook) =
        table::table(root, &["tool", "hatch", "metadata", "hooks"]).and_then(|it| it.get("requirements_txt"))
    {
        files(sheet, hook, "files");
        files(sheet, hook, "filename");
        let extras = hook.get_ref().as_table().and_then(|hook| table::table(hook, &["optional-dependencies"]));
        for (_, list) in extras.into_iter().flatten() {
            named(sheet, list);
        }
    }
    let backend = table::table(root, &["build-system"]).and_then(|system| table::string(system, "build-backend"));
    if backend.is_some_and(|backend| backend.starts_with("pbr.")) {
        sheet.include("requirements.txt", false, table::within(sheet, value.span()));
    }
    // What setuptools finds elsewhere stands in `setup.cfg` or `setup.py`, poetry's in its own table.
    let is_elsewhere = backend.is_none_or(|backend| backend.contains("setuptools") || backend.contains("poetry"));
    if sheet.manifest.includes.len() == known && !is_elsewhere {
        let span = table::within(sheet, value.span());
        sheet.note(span.start, "the dependencies are only known when the project is built");
    }
}

/// Files that a table names under a key: a string or a list.
fn files(sheet: &mut Sheet<'_>, source: &Value<'_>, key: &str) {
    let Some(value) = source.get_ref().as_table().and_then(|source| source.get(key)) else { return };
    named(sheet, value);
}

/// Files that a string or a list names.
fn named(sheet: &mut Sheet<'_>, value: &Value<'_>) {
    let array = value.get_ref().as_array().map_or(std::slice::from_ref(value), |array| array.as_ref());
    for one in array {
        let span = table::within(sheet, one.span());
        if let Some(file) = one.get_ref().as_str() {
            sheet.include(file, false, span);
        }
    }
}

/// `[dependency-groups]`. A group that includes another has what that one has: it is told once, under the group that it
/// stands in.
fn groups(sheet: &mut Sheet<'_>, groups: &Table<'_>) {
    let numbers: BTreeMap<_, usize> =
        groups.keys().enumerate().filter_map(|(number, key)| Some((Name::new(key.get_ref())?, number))).collect();
    let mut includes = vec![Vec::new(); groups.len()];
    for ((key, list), includes) in groups.iter().zip(&mut includes) {
        let mut others = Vec::new();
        table::list(sheet, list, Some(key.get_ref()), &mut |element| {
            let other = element.get_ref().as_table().and_then(|table| table::string(table, "include-group"));
            others.extend(other.map(|other| (other.to_owned(), element.span())));
            other.is_some()
        });
        for (other, span) in others {
            let at = table::within(sheet, span).start;
            match Name::new(&other).and_then(|name| numbers.get(&name)) {
                Some(number) => includes.push((*number, at)),
                None => sheet.unread(at, format!("there is no group {}", quoted(&other))),
            }
        }
    }
    // 0: not seen, 1: on the way, 2: done.
    let mut states = vec![0_u8; includes.len()];
    for first in 0..includes.len() {
        let mut way = vec![(first, 0)];
        while let Some((group, at)) = way.last_mut() {
            states[*group] = states[*group].max(1);
            let Some((other, place)) = includes[*group].get(*at).copied() else {
                states[*group] = 2;
                way.pop();
                continue;
            };
            *at += 1;
            match states[other] {
                0 => way.push((other, 0)),
                1 => sheet.unread(place, "this group includes itself"),
                _ => {}
            }
        }
    }
}

fn pdm(sheet: &mut Sheet<'_>, pdm: &Table<'_>) {
    for (group, list) in table::table(pdm, &["dev-dependencies"]).into_iter().flatten() {
        table::list(sheet, list, Some(group.get_ref()), &mut |_| false);
    }
    let sources = pdm.get("source").and_then(|value| value.get_ref().as_array());
    for source in sources.into_iter().flat_map(|list| list.iter()) {
        let Some(source) = source.get_ref().as_table() else { continue };
        let Some(url) = source.get("url") else { continue };
        let span = table::within(sheet, url.span());
        let kind = match table::string(source, "name") {
            _ if table::string(source, "type") == Some("find_links") => IndexOptionKind::FindLinks,
            Some("pypi") => IndexOptionKind::Index,
            _ => IndexOptionKind::ExtraIndex,
        };
        sheet.option(kind, url.get_ref().as_str().unwrap_or_default(), span);
    }
}
