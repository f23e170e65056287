//! `environment.yml` of conda: packages of conda's channels, and under `pip` those of the index.

use crate::manifest::requirement::{dependency, pinned};
use crate::manifest::sheet::{Sheet, quoted};
use crate::manifest::yaml::{self, Kind, Node};
use crate::manifest::{Manifest, ManifestKind, Name, Origin, lock, poetry, requirements};

/// Reads an `environment.yml`.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::CondaEnvironment, text);
    let (root, problem) = yaml::parse(text);
    if let Some((at, message)) = problem {
        sheet.unread(at, message);
    }
    let Some(root) = root else { return sheet.finish() };
    let under = |key: &'static str| root.entries().iter().filter(move |(found, _)| found.as_str() == Some(key));
    let channel = under("channels").flat_map(|(_, list)| list.elements()).find_map(Node::as_str);
    let channel = channel.filter(|channel| *channel != "nodefaults").unwrap_or("defaults");
    let mut left_out = Vec::new();
    for (number, (key, list)) in under("dependencies").enumerate() {
        if number > 0 {
            sheet.unread(key.range.start, "`dependencies` is there twice");
        }
        match &list.kind {
            Kind::Sequence(elements) => {
                for element in elements {
                    entry(&mut sheet, element, channel, &mut left_out);
                }
            }
            Kind::Scalar(value) if matches!(value.as_str(), "" | "~" | "null") => {}
            _ => sheet.unread(list.range.start, "`dependencies` wants a list"),
        }
    }
    let names: Vec<&str> = left_out.iter().map(|(_, name)| name.as_str()).collect();
    if let (Some((at, _)), Some(message)) = (left_out.first(), lock::left_out(&names)) {
        sheet.note(*at, message);
    }
    sheet.finish()
}

fn entry(sheet: &mut Sheet<'_>, element: &Node, channel: &str, left_out: &mut Vec<(usize, String)>) {
    match &element.kind {
        Kind::Scalar(value) => package(sheet, value, element, channel, left_out),
        Kind::Mapping(entries) => {
            for (key, list) in entries {
                if key.as_str() != Some("pip") {
                    sheet.note(key.range.start, "only `pip` is known beside conda's own packages");
                    continue;
                }
                for one in list.elements() {
                    match (one.as_str(), one.inner(sheet.text)) {
                        (Some(_), Some(inner)) => {
                            let text = sheet.text;
                            requirements::line(sheet, &text[inner.clone()], inner.start, Some(true));
                        }
                        (Some(value), None) => {
                            sheet.requirement_at(value, one.range.clone());
                        }
                        (None, _) => sheet.unread(one.range.start, "a requirement is expected here, as a string"),
                    }
                }
            }
        }
        _ => sheet.unread(element.range.start, "a package is expected here, as a string"),
    }
}

/// One of conda's own: `name`, `name=1.2` (any 1.2), `name==1.2`, `name=1.2=build`, `name >=1,<2`, `channel::name`.
fn package(sheet: &mut Sheet<'_>, value: &str, node: &Node, channel: &str, left_out: &mut Vec<(usize, String)>) {
    let at = node.range.start;
    let (channel, spec) = value.rsplit_once("::").unwrap_or((channel, value));
    let spec = spec.split('[').next().unwrap_or_default().trim();
    let end = spec.find(|c: char| c.is_whitespace() || "=<>!~".contains(c)).unwrap_or(spec.len());
    let (written, rest) = spec.split_at(end);
    // Names that begin with `_` are conda's own glue.
    if written.starts_with('_') {
        left_out.push((at, written.to_owned()));
        return;
    }
    let Some(name) = Name::new(written) else {
        sheet.unread(at, format!("{} names no package", quoted(value)));
        return;
    };
    let mut found = dependency(name, written, node.range.clone());
    found.origin = Origin::Conda(channel.to_owned());
    let rest = rest.trim();
    let meant = if let Some(fuzzy) = rest.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
        let (version, build) = fuzzy.split_once('=').unwrap_or((fuzzy, ""));
        let is_range = version.contains(['*', ',', '|', '<', '>', '!']);
        if build.is_empty() && !is_range && !version.is_empty() { format!("{version}.*") } else { version.to_owned() }
    } else if rest.starts_with(['=', '<', '>', '!', '~']) {
        let build = rest.strip_prefix("==").and_then(|exact| exact.split_once('='));
        build.map_or_else(|| rest.to_owned(), |(version, _)| version.to_owned())
    } else {
        // `name 1.2 build`
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    };
    match poetry::constraint(&meant) {
        Ok((specifiers, _)) => {
            found.version = pinned(&specifiers);
            found.specifiers = specifiers;
        }
        Err(_) => sheet.note(at, format!("the version of {} is none of a Python package", quoted(value))),
    }
    if let Some(inner) = node.inner(sheet.text).filter(|_| !rest.is_empty()) {
        let start = inner.start + value.rfind(rest).unwrap_or(0);
        found.version_range = Some(start..start + rest.len());
    }
    if found.name.as_str() == "python" && !found.specifiers.is_empty() {
        sheet.manifest.requires_python = Some(found.specifiers.clone());
    }
    sheet.manifest.dependencies.push(found);
}
