//! One requirement: `name[extra] >=1,<2 ; marker`, `name @ url`, a bare URL or path as pip takes it.
//!
//! Read here and not by `pep508_rs`, which gives up at the first thing that is wrong and does not say where things stand;
//! markers are its own.

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use pep508_rs::MarkerTree;
use seriema_finding::DiagnosticKind;

use crate::manifest::sheet::quoted;
use crate::manifest::{Dependency, Name, Origin, Unnamed};

/// Comparisons of a marker beyond which it is not read: what a marker costs may grow with their square and worse.
const MAX_COMPARISONS: usize = 64;

/// Those among them that compare with `in` or with an extra; each doubles what may have to be kept apart.
const MAX_MEMBERSHIPS: usize = 12;

/// Bytes of a marker beyond which it is not read.
const MAX_MARKER: usize = 8 << 10;

/// Nesting of a marker beyond which it is not read: it is read recursively.
const MAX_NESTING: usize = 32;

/// What was read of a requirement; ranges are into its text.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) dependency: Option<Dependency>,
    pub(crate) unnamed: Option<Unnamed>,
    pub(crate) problems: Vec<Problem>,
}

/// Something that is wrong with a requirement.
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) kind: DiagnosticKind,
    pub(crate) message: String,
}

impl Parsed {
    fn unread(&mut self, at: usize, message: impl Into<String>) {
        self.problems.push(Problem { at, kind: DiagnosticKind::Syntax, message: message.into() });
    }

    fn note(&mut self, at: usize, message: impl Into<String>) {
        self.problems.push(Problem { at, kind: DiagnosticKind::Config, message: message.into() });
    }
}

/// A dependency on any version of a package, from the index.
pub(crate) fn dependency(name: Name, written: &str, range: Range<usize>) -> Dependency {
    Dependency {
        name,
        written: written.to_owned(),
        version: None,
        specifiers: VersionSpecifiers::empty(),
        marker: MarkerTree::TRUE,
        extras: Vec::new(),
        origin: Origin::Index(None),
        is_hashed: false,
        group: None,
        is_own_group: false,
        is_direct: Some(true),
        requires: Vec::new(),
        range,
        version_range: None,
        repeated: Vec::new(),
    }
}

/// The range of a text without the blanks around it.
pub(crate) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Reads one requirement.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let all = trimmed(text, 0..text.len());
    if all.is_empty() {
        return parsed;
    }
    if is_location(&text[all.clone()]) {
        location(text, all, &mut parsed);
        return parsed;
    }
    let bytes = text.as_bytes();
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut at = all.start;
    while at < all.end && is_inner(bytes[at]) {
        at += 1;
    }
    let written = &text[all.start..at];
    let Some(name) = Name::new(written) else {
        parsed.unread(all.start, format!("{} is not a requirement: a package's name is missing", quoted(&text[all])));
        return parsed;
    };
    let mut found = dependency(name, written, all.clone());
    let mut rest = trimmed(text, at..all.end);
    if bytes.get(rest.start) == Some(&b'[') && !rest.is_empty() {
        let Some(end) = text[rest.clone()].find(']') else {
            parsed.unread(rest.start, "the list of extras is not closed by `]`");
            parsed.dependency = Some(found);
            return parsed;
        };
        found.extras = extras(text, rest.start + 1..rest.start + end, &mut parsed);
        rest = trimmed(text, rest.start + end + 1..rest.end);
    }
    let marker = if bytes.get(rest.start) == Some(&b'@') && !rest.is_empty() {
        let target = trimmed(text, rest.start + 1..rest.end);
        // A `;` may be part of a URL; with a blank before it, it is none.
        let end = text[target.clone()].find([' ', '\t']).map_or(target.end, |end| target.start + end);
        let url = &text[target.start..end];
        let url = url.strip_suffix(';').filter(|_| end < target.end).unwrap_or(url);
        if url.is_empty() {
            parsed.unread(rest.start, "a URL is missing after `@`");
        } else {
            let place = place_of(url);
            found.version = place.version;
            found.is_hashed = place.is_hashed;
            found.origin = place.origin;
        }
        let after = trimmed(text, target.start + url.len()..target.end);
        match bytes.get(after.start) {
            Some(b';') if !after.is_empty() => Some(after.start + 1..after.end),
            Some(_) if !after.is_empty() => {
                parsed.unread(after.start, format!("{} after a URL is not read", quoted(&text[after.clone()])));
                None
            }
            _ => None,
        }
    } else {
        let end = text[rest.clone()].find(';').map_or(rest.end, |end| rest.start + end);
        let versions = trimmed(text, rest.start..end);
        if !versions.is_empty() {
            let first = text[versions.clone()].chars().next();
            // `this is prose`; but of `name 1.2` and `name "1.2"`, which lack their operator, the name can be told.
            if !first.is_some_and(|c| "=<>!~('\"$".contains(c) || c.is_ascii_digit()) {
                parsed.unread(all.start, format!("{} is not a requirement", quoted(&text[all])));
                return parsed;
            }
            let (specifiers, problems) = specifiers(text, versions.clone());
            found.version = pinned(&specifiers);
            found.specifiers = specifiers;
            found.version_range = Some(versions);
            parsed.problems.extend(problems);
        }
        (end < rest.end).then_some(end + 1..rest.end)
    };
    if let Some(range) = marker {
        let range = trimmed(text, range);
        match self::marker(&text[range.clone()]) {
            Ok(marker) => found.marker = marker,
            Err((kind, message)) => parsed.problems.push(Problem { at: range.start, kind, message }),
        }
    }
    parsed.dependency = Some(found);
    parsed
}

fn extras(text: &str, range: Range<usize>, parsed: &mut Parsed) -> Vec<String> {
    let mut extras = Vec::new();
    let mut at = range.start;
    for part in text[range].split(',') {
        match Name::new(part.trim()) {
            Some(name) => extras.push(name.as_str().to_owned()),
            None if part.trim().is_empty() => {}
            None => parsed.unread(at, format!("{} is not the name of an extra", quoted(part))),
        }
        at += part.len() + 1;
    }
    extras
}

/// The version that specifiers leave no choice about.
pub(crate) fn pinned(specifiers: &VersionSpecifiers) -> Option<Version> {
    match &specifiers[..] {
        [one] if matches!(one.operator(), Operator::Equal | Operator::ExactEqual) => Some(one.version().clone()),
        _ => None,
    }
}

/// Reads specifiers, those that no standard allows as well where it can be told what they mean.
pub(crate) fn specifiers(text: &str, range: Range<usize>) -> (VersionSpecifiers, Vec<Problem>) {
    let mut parsed = Parsed::default();
    let mut found = Vec::new();
    let mut inner = range.clone();
    if text[inner.clone()].starts_with('(') {
        inner = inner.start + 1..inner.end - usize::from(text[inner.clone()].ends_with(')') && inner.len() > 1);
    }
    let bytes = text.as_bytes();
    let is_operator = |byte: u8| matches!(byte, b'=' | b'<' | b'>' | b'!' | b'~');
    let mut at = inner.start;
    while at < inner.end {
        // One specifier: blanks and commas, an operator, then everything to the next comma or operator.
        let start = at;
        while at < inner.end && (bytes[at] == b',' || bytes[at].is_ascii_whitespace()) {
            at += 1;
        }
        if at < inner.end && !found.is_empty() && !text[start..at].contains(',') {
            parsed.note(start, "a comma is missing between versions");
        }
        let from = at;
        while at < inner.end && is_operator(bytes[at]) {
            at += 1;
        }
        let operator = from..at;
        // The `!` of an epoch, `1!2.0`, is none of an operator.
        let is_epoch = |at: usize| bytes[at] == b'!' && bytes.get(at + 1) != Some(&b'=');
        while at < inner.end && bytes[at] != b',' && (!is_operator(bytes[at]) || is_epoch(at)) {
            at += 1;
        }
        let version = trimmed(text, operator.end..at);
        if operator.is_empty() && version.is_empty() {
            continue;
        }
        if let Some(one) = specifier(&text[operator], &text[version], from, &mut parsed) {
            found.push(one);
        }
    }
    (found.into_iter().collect(), parsed.problems)
}

fn specifier(operator: &str, version: &str, at: usize, parsed: &mut Parsed) -> Option<VersionSpecifier> {
    let written = format!("{operator}{version}");
    if let Ok(specifier) = VersionSpecifier::from_str(&written) {
        return Some(specifier);
    }
    // What setuptools took for years: `>=1.0.*`, `>='1.0'`.
    let bare = version.trim_matches(['\'', '"']);
    let star = if matches!(operator, "==" | "!=") { None } else { bare.strip_suffix(".*") };
    let forgiven = format!("{operator}{}", star.unwrap_or(bare));
    if let Ok(specifier) = VersionSpecifier::from_str(&forgiven) {
        parsed.note(at, format!("{} is not valid; read as `{forgiven}`", quoted(&written)));
        return Some(specifier);
    }
    if written.contains("${") || written.contains('$') {
        parsed.note(at, format!("{} is only known when it is installed", quoted(&written)));
    } else {
        parsed
            .unread(at, format!("{} is not a version specifier; write it as `==1.2` or `>=1.2,<2`", quoted(&written)));
    }
    None
}

/// Reads a marker.
pub(crate) fn marker(text: &str) -> Result<MarkerTree, (DiagnosticKind, String)> {
    if text.is_empty() {
        return Ok(MarkerTree::TRUE);
    }
    let (mut depth, mut deepest, mut comparisons, mut memberships) = (0_usize, 0_usize, 1_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        match word {
            "and" | "or" => comparisons += 1,
            "in" | "extra" | "extras" => memberships += 1,
            _ => {}
        }
    }
    if text.len() > MAX_MARKER
        || deepest > MAX_NESTING
        || comparisons > MAX_COMPARISONS
        || memberships > MAX_MEMBERSHIPS
    {
        let message = "the marker has too many parts; the requirement is taken as always needed";
        return Err((DiagnosticKind::Limit, message.to_owned()));
    }
    let wrong = || {
        let message = format!("{} is not a marker; the requirement is taken as always needed", quoted(text));
        (DiagnosticKind::Syntax, message)
    };
    // `pep508_rs` takes places in characters for places in bytes, and panics.
    if !text.is_ascii() {
        return Err(wrong());
    }
    let mut ignore = |_, _| {};
    MarkerTree::parse_reporter(text, &mut ignore).map_err(|_| wrong())
}

/// Whether pip takes it for a URL or path, not for a package's name.
fn is_location(text: &str) -> bool {
    let head = text.split([' ', '\t', ';', '[']).next().unwrap_or_default();
    if text.split_whitespace().nth(1).is_some_and(|word| word.starts_with('@')) && !head.contains('/') {
        return false;
    }
    let before_at = head.split('@').next().unwrap_or_default();
    head.contains("://") && (Name::new(before_at).is_none() || before_at == head)
        || head.starts_with("git+")
        || head.starts_with('.')
        || head.starts_with("file:")
        || head.starts_with('~') && !head.starts_with("~=")
        || before_at.contains('/')
        || before_at.contains('\\')
        || is_archive(before_at)
}

fn is_archive(text: &str) -> bool {
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"].iter().any(|end| text.ends_with(end))
}

/// A bare URL or path: the package is named by its fragment or its file, or not at all.
fn location(text: &str, all: Range<usize>, parsed: &mut Parsed) {
    let whole = &text[all.clone()];
    let is_url = whole.contains("://") || whole.starts_with("git+");
    // Where a marker begins: pip wants a blank beside the `;` of a URL, since one may be part of it.
    let end = match is_url {
        true => [" ;", "; ", "\t;", ";\t"].iter().filter_map(|mark| whole.find(mark)).min(),
        false => whole.find(';'),
    };
    let target = trimmed(text, all.start..end.map_or(all.end, |end| all.start + end));
    let place = place_of(&text[target.clone()]);
    let range = all.clone();
    let Some(written) = place.name else {
        parsed.unnamed = Some(Unnamed { origin: place.origin, range });
        return;
    };
    let Some(name) = Name::new(&written) else {
        parsed.unread(all.start, "the name that a URL gives its package is none");
        parsed.unnamed = Some(Unnamed { origin: place.origin, range });
        return;
    };
    let mut found = dependency(name, &written, range);
    found.version = place.version;
    found.is_hashed = place.is_hashed;
    found.extras = place.extras;
    found.origin = place.origin;
    if let Some(end) = end {
        let rest = text[all.start + end..all.end].trim_start_matches([' ', '\t', ';']).trim_end();
        match marker(rest) {
            Ok(marker) => found.marker = marker,
            Err((kind, message)) => parsed.problems.push(Problem { at: all.start + end, kind, message }),
        }
    }
    parsed.dependency = Some(found);
}

/// What a URL or path says.
pub(crate) struct Place {
    pub(crate) origin: Origin,
    name: Option<String>,
    version: Option<Version>,
    extras: Vec<String>,
    is_hashed: bool,
}

/// Reads a URL or path as pip does.
pub(crate) fn place_of(url: &str) -> Place {
    let (plain, fragment) = url.split_once('#').unwrap_or((url, ""));
    let mut place =
        Place { origin: Origin::Index(None), name: None, version: None, extras: Vec::new(), is_hashed: false };
    for part in fragment.split('&') {
        match part.split_once('=') {
            Some(("egg", egg)) => {
                let (name, extras) = egg.split_once('[').unwrap_or((egg, ""));
                let extras = extras.trim_end_matches(']').split(',').filter_map(|extra| Name::new(extra.trim()));
                place.extras = extras.map(|extra| extra.as_str().to_owned()).collect();
                // `egg=name-1.0` and `egg=name==1.0` are of old; the version is nobody's promise.
                let name = name.split(['=', '<', '>']).next().unwrap_or_default();
                place.name = Some(name.to_owned());
            }
            Some(("sha256" | "sha384" | "sha512" | "sha224", _)) => place.is_hashed = true,
            _ => {}
        }
    }
    if let Some(vcs) = vcs(plain) {
        place.origin = vcs;
        return place;
    }
    let is_remote = plain.contains("://") && !plain.starts_with("file:");
    let mut path = plain;
    if !is_remote && let Some((before, extras)) = plain.split_once('[') {
        path = before.trim_end();
        let extras = extras.trim_end_matches(']').split(',').filter_map(|extra| Name::new(extra.trim()));
        place.extras = extras.map(|extra| extra.as_str().to_owned()).collect();
    }
    if place.name.is_none()
        && let Some((name, version)) = named_by_file(path)
    {
        place.name = Some(name);
        place.version = Some(version);
    }
    place.origin = match path.strip_prefix("file:") {
        _ if is_remote => Origin::Url(plain.to_owned()),
        Some(rest) => Origin::Path(rest.strip_prefix("//").unwrap_or(rest).to_owned()),
        None => Origin::Path(path.to_owned()),
    };
    place
}

/// A repository, by its URL with `git+` and a revision after `@`.
fn vcs(url: &str) -> Option<Origin> {
    let is_vcs = ["git+", "hg+", "svn+", "bzr+", "git://"].iter().any(|scheme| url.starts_with(scheme));
    if !is_vcs {
        return None;
    }
    let url = url.strip_prefix("git+").unwrap_or(url);
    // The `@` of `git@github.com` is none of a revision: that one stands in the path.
    let path = match url.find("://") {
        Some(at) => url[at + 3..].find('/').map_or(url.len(), |slash| at + 3 + slash),
        None => url.find([':', '/']).unwrap_or(0),
    };
    let (url, revision) = match url[path..].rfind('@') {
        Some(at) => (&url[..path + at], Some(&url[path + at + 1..])),
        None => (url, None),
    };
    let asked = revision.filter(|revision| !revision.is_empty()).map(str::to_owned);
    Some(Origin::Vcs { url: url.to_owned(), commit: revision.and_then(commit), revision: asked })
}

/// A revision that is the whole hash of a commit.
pub(crate) fn commit(revision: &str) -> Option<String> {
    let is_hash = matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| revision.to_ascii_lowercase())
}

/// The package and version that the name of a wheel or source distribution says.
fn named_by_file(path: &str) -> Option<(String, Version)> {
    let path = path.split('?').next().unwrap_or_default();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let (name, version) = (parts.next()?, parts.next()?);
        return Some((Name::new(name).map(|_| name.to_owned())?, version.replace("%2B", "+").parse().ok()?));
    }
    let stem = [".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz"].iter().find_map(|end| file.strip_suffix(end))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((Name::new(name).map(|_| name.to_owned())?, version.parse().ok()?))
}
