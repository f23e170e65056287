//! What readers of locks and inventories share: names, versions and markers with their places, and what is wrong with them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::MarkerTree;
use seriema_finding::{Diagnostic, DiagnosticKind};

use crate::manifest::document::{Document, Entry, Node};
use crate::manifest::sheet::quoted;
use crate::manifest::{Dependency, Manifest, ManifestKind, Name, Origin, requirement};

/// How many diagnostics a manifest has at most; one more says how many there would be.
const MAX_DIAGNOSTICS: usize = 100;
/// How long a marker is at most, and how many parts it has that are true or false by themselves: each may double the
/// work. A marker with more is taken as one that always holds.
const MAX_MARKER: usize = 2048;
const MAX_MARKER_PARTS: usize = 16;
const MAX_MARKER_DEPTH: usize = 32;
/// How many markers of one package are joined; with more, it is taken as always needed.
const MAX_JOINED: u32 = 8;

/// A lock that is read, and the manifest that it becomes.
pub(crate) struct Lock<'t> {
    pub(crate) text: &'t str,
    pub(crate) manifest: Manifest,
    /// Where lines start.
    lines: Vec<usize>,
    unsaid: usize,
}

impl<'t> Lock<'t> {
    pub(crate) fn new(path: &str, kind: ManifestKind, text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, manifest: Manifest::new(path, kind), lines: std::iter::once(0).chain(ends).collect(), unsaid: 0 }
    }

    /// The tree of a document; what is wrong with it becomes diagnostics.
    pub(crate) fn open(&mut self, document: Document<'t>) -> Node<'t> {
        for problem in document.problems {
            self.diagnose(problem.at, problem.kind, problem.message);
        }
        if document.root.entries().is_empty() && self.manifest.diagnostics.is_empty() {
            self.unread(0, "no table is here; nothing was read");
        }
        document.root
    }

    pub(crate) fn diagnose(&mut self, at: usize, kind: DiagnosticKind, message: impl Into<String>) {
        if self.manifest.diagnostics.len() >= MAX_DIAGNOSTICS {
            self.unsaid += 1;
            return;
        }
        let line = u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX);
        self.manifest.diagnostics.push(Diagnostic::line(self.manifest.path.clone(), line, kind, message));
    }

    /// Says that something could not be read.
    pub(crate) fn unread(&mut self, at: usize, message: impl Into<String>) {
        self.diagnose(at, DiagnosticKind::Syntax, message);
    }

    /// Says that a list or table of packages is something else.
    pub(crate) fn expect(&mut self, node: Option<&Node<'_>>, is_list: bool, what: &str) {
        use crate::manifest::document::Value::{List, Table};
        if let Some(node) = node
            && !matches!((&node.value, is_list), (List(_), true) | (Table(_), false))
        {
            self.unread(node.range.start, format!("`{what}` is {} and was not read", node.what()));
        }
    }

    /// Names of conda's packages that no package of Python may have: they are usual, and there is nothing to look up.
    pub(crate) fn left_out(&mut self, at: Option<usize>, names: &[&str]) {
        if let (Some(at), Some(message)) = (at, left_out(names)) {
            self.diagnose(at, DiagnosticKind::Config, message);
        }
    }

    /// Says that the list of packages is missing or something else: a file without it is none of the format.
    pub(crate) fn need(&mut self, node: Option<&Node<'_>>, what: &str) {
        if node.is_none() && self.manifest.diagnostics.is_empty() {
            self.unread(0, format!("`{what}` is missing; nothing was read"));
        }
        self.expect(node, true, what);
    }

    /// A package's entry with its `name` and `version`.
    pub(crate) fn package(&mut self, table: &Node<'_>) -> Option<Dependency> {
        let Some(entry) = table.entry("name") else {
            self.unread(table.range.start, "a package without a name was not read");
            return None;
        };
        let mut dependency = self.named(&entry.node, entry.whole())?;
        self.version(&mut dependency, table.get("version"));
        Some(dependency)
    }

    /// A package by its name.
    pub(crate) fn named(&mut self, name: &Node<'_>, range: Range<usize>) -> Option<Dependency> {
        let Some(written) = name.text() else {
            self.unread(
                name.range.start,
                format!("the name of a package is {}; the package was not read", name.what()),
            );
            return None;
        };
        let found = dependency(written, range);
        if found.is_none() {
            self.unread(name.range.start, format!("{} is no name of a package; it was not read", quoted(written)));
        }
        found
    }

    /// Reads the version of a package.
    pub(crate) fn version(&mut self, dependency: &mut Dependency, node: Option<&Node<'_>>) {
        let Some(node) = node else { return };
        dependency.version_range = Some(inner(self.text, &node.range));
        let Some(written) = node.text() else {
            self.unread(node.range.start, format!("the version of `{}` is {}", dependency.name, node.what()));
            return;
        };
        match Version::from_str(written) {
            Ok(version) => dependency.version = Some(version),
            Err(_) => {
                let message = format!("{} is no version of `{}`", quoted(written), dependency.name);
                self.unread(node.range.start, message);
            }
        }
    }

    /// Says that a package of an index has no version: nothing can be said of it.
    pub(crate) fn need_version(&mut self, dependency: &Dependency) {
        if dependency.version_range.is_none() && matches!(dependency.origin, Origin::Index(_)) {
            self.unread(dependency.range.start, format!("`{}` has no version", dependency.name));
        }
    }

    /// Reads a marker; what cannot be read is taken as one that always holds.
    pub(crate) fn marker(&mut self, node: Option<&Node<'_>>) -> MarkerTree {
        let Some(node) = node else { return MarkerTree::TRUE };
        let Some(written) = node.text() else {
            self.unread(node.range.start, format!("a marker is {}", node.what()));
            return MarkerTree::TRUE;
        };
        marker(written).unwrap_or_else(|()| {
            // What the package is needed for is not known, but it is read.
            self.diagnose(node.range.start, DiagnosticKind::Config, "a marker was not understood and is taken as true");
            MarkerTree::TRUE
        })
    }

    pub(crate) fn requires_python(&mut self, node: Option<&Node<'_>>) {
        self.manifest.requires_python =
            node.and_then(Node::text).and_then(|written| VersionSpecifiers::from_str(written).ok());
    }

    /// The manifest: each package once, in the order of the text.
    pub(crate) fn finish(mut self) -> Manifest {
        if self.unsaid > 0 {
            let message = format!("{} more places could not be read", self.unsaid);
            let path = self.manifest.path.clone();
            self.manifest.diagnostics.push(Diagnostic::file(path, DiagnosticKind::Syntax, message));
        }
        let mut manifest = self.manifest;
        manifest.dependencies = joined(manifest.dependencies);
        manifest.diagnostics.sort();
        manifest.mask();
        manifest
    }
}

/// Locks name a package once for each platform, category or set of extras. What is the same release becomes one.
fn joined(dependencies: Vec<Dependency>) -> Vec<Dependency> {
    let mut kept: Vec<(Dependency, u32)> = Vec::with_capacity(dependencies.len());
    let mut places: BTreeMap<(Name, Version), Vec<usize>> = BTreeMap::new();
    for mut dependency in dependencies {
        let Some(version) = dependency.version.clone() else {
            kept.push((dependency, 1));
            continue;
        };
        let same = places.entry((dependency.name.clone(), version)).or_default();
        // Origins of one release are few; of more, the rest stays apart.
        let place = same.iter().take(MAX_JOINED as usize).find(|place| kept[**place].0.origin == dependency.origin);
        let Some(place) = place else {
            same.push(kept.len());
            kept.push((dependency, 1));
            continue;
        };
        let (known, count) = &mut kept[*place];
        *count += 1;
        if *count > MAX_JOINED || dependency.marker.is_true() || known.marker.is_true() {
            known.marker = MarkerTree::TRUE;
        } else {
            known.marker.or(dependency.marker);
        }
        known.repeated.push(dependency.range);
        known.extras.append(&mut dependency.extras);
        known.requires.append(&mut dependency.requires);
        known.is_hashed &= dependency.is_hashed;
        known.is_direct = known.is_direct.max(dependency.is_direct);
        if dependency.group.is_none() {
            known.group = None;
        }
    }
    let finished = kept.into_iter().map(|(mut dependency, _)| {
        dependency.extras.sort();
        dependency.extras.dedup();
        dependency.requires.sort();
        dependency.requires.dedup();
        dependency
    });
    finished.collect()
}

/// What is said of packages of conda whose names no package of Python may have.
pub(crate) fn left_out(names: &[&str]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(3).map(|name| quoted(name)).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    match names.len() {
        0 => None,
        1 => Some(format!("{} is the name of no package of Python; it was left out", shown.join(""))),
        count => Some(format!(
            "{count} packages have names that none of Python has ({}{more}); they were left out",
            shown.join(", ")
        )),
    }
}

/// A package of which only the name is known.
pub(crate) fn dependency(written: &str, range: Range<usize>) -> Option<Dependency> {
    let named = requirement::dependency(Name::new(written)?, written, range);
    // Whether it is direct is for the lock to say.
    Some(Dependency { is_direct: None, ..named })
}

/// A marker. None of it is given to the parser that would cost more than its length.
pub(crate) fn marker(written: &str) -> Result<MarkerTree, ()> {
    let parts = written.matches("extra").count() + written.matches(" in ").count();
    let mut depth = 0_usize;
    let deepest = written.bytes().map(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth
    });
    if written.len() > MAX_MARKER || parts > MAX_MARKER_PARTS || deepest.max().unwrap_or(0) > MAX_MARKER_DEPTH {
        return Err(());
    }
    // The parser takes places in characters for places in bytes, and panics.
    if !written.is_ascii() {
        return Err(());
    }
    MarkerTree::from_str(written).map_err(|_| ())
}

/// The name that a requirement starts with.
pub(crate) fn required(requirement: &str) -> Option<Name> {
    let requirement = requirement.trim_start();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = requirement.find(|c| !is_part(c)).unwrap_or(requirement.len());
    Name::new(&requirement[..end])
}

/// The names of tables with a `name`.
pub(crate) fn names(items: &[Node<'_>]) -> impl Iterator<Item = Name> {
    items.iter().filter_map(|item| Name::new(item.text_of("name")?))
}

/// The names that are keys.
pub(crate) fn keys(entries: &[Entry<'_>]) -> impl Iterator<Item = Name> {
    entries.iter().filter_map(|entry| Name::new(&entry.key))
}

/// Texts of a list.
pub(crate) fn texts(items: &[Node<'_>]) -> Vec<String> {
    items.iter().filter_map(Node::text).map(ToOwned::to_owned).collect()
}

/// Whether there are files and all have a hash, by the entry that says it.
pub(crate) fn is_hashed<'n, 't: 'n>(files: impl Iterator<Item = &'n Node<'t>>, key: &str) -> bool {
    let mut count = 0;
    for file in files {
        count += 1;
        let has_hash = file.get(key).is_some_and(|hash| match hash.text() {
            Some(hash) => !hash.is_empty(),
            None => !hash.entries().is_empty(),
        });
        if !has_hash {
            return false;
        }
    }
    count > 0
}

/// A whole hash of a commit; a branch, a tag and a part of a hash pin nothing.
pub(crate) fn commit(written: Option<&str>) -> Option<String> {
    let written = written?;
    let is_whole = matches!(written.len(), 40 | 64) && written.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_whole.then(|| written.to_ascii_lowercase())
}

/// A place without its quotes.
pub(crate) fn inner(text: &str, range: &Range<usize>) -> Range<usize> {
    let Some(written) = text.get(range.clone()) else { return range.clone() };
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if written.len() >= 2 * quote.len() && written.starts_with(quote) && written.ends_with(quote) {
            return range.start + quote.len()..range.end - quote.len();
        }
    }
    range.clone()
}
