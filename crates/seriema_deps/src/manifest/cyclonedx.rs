//! CycloneDX bills of materials in JSON, 1.2 to 1.6. Python packages are told by their package URLs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use seriema_finding::DiagnosticKind;

use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::sheet::quoted;
use crate::manifest::{Dependency, Manifest, ManifestKind, Name, purl};

/// An inventory while it is read: what its references stand for. SPDX documents are read the same way.
#[derive(Default)]
pub(crate) struct Inventory {
    /// The references of what was read, beside `manifest.dependencies`.
    pub(crate) references: Vec<Option<String>>,
    /// What asks for what.
    pub(crate) edges: BTreeMap<String, Vec<String>>,
    /// What the inventory is of.
    pub(crate) roots: BTreeSet<String>,
    /// Libraries that no package URL says the origin of, and where the first one stands.
    pub(crate) unknown: Option<(usize, usize)>,
}

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::CycloneDx, text);
    let root = lock.open(document::json(text));
    lock.expect(root.get("components"), true, "components");
    let mut inventory = Inventory::default();
    if let Some(component) = root.get("metadata").and_then(|metadata| metadata.get("component")) {
        lock.manifest.project = component.text_of("name").and_then(Name::new);
        inventory.roots.extend(component.text_of("bom-ref").map(ToOwned::to_owned));
    }
    // Components hold others; the tree is as deep as the document may be.
    let mut open: Vec<&Node<'_>> = root.items_of("components").iter().rev().collect();
    while let Some(component) = open.pop() {
        open.extend(component.items_of("components").iter().rev());
        if let Some(dependency) = package(&mut lock, &mut inventory, component) {
            inventory.references.push(component.text_of("bom-ref").map(ToOwned::to_owned));
            lock.manifest.dependencies.push(dependency);
        }
    }
    for entry in root.items_of("dependencies") {
        let Some(from) = entry.text_of("ref") else { continue };
        inventory.edges.entry(from.to_owned()).or_default().extend(lock::texts(entry.items_of("dependsOn")));
    }
    inventory.finish(lock)
}

fn package(lock: &mut Lock<'_>, inventory: &mut Inventory, component: &Node<'_>) -> Option<Dependency> {
    let name = component.entry("name");
    let Some(purl) = component.entry("purl") else {
        if component.text_of("type") == Some("library") {
            inventory.unknown(component.range.start);
        }
        return None;
    };
    let version = component.get("version");
    let mut dependency = from_purl(lock, &purl.node, version)?;
    dependency.range = name.unwrap_or(purl).whole();
    let listed = component.items_of("externalReferences").iter().map(|reference| reference.items_of("hashes"));
    dependency.is_hashed = std::iter::once(component.items_of("hashes")).chain(listed).any(|hashes| !hashes.is_empty());
    dependency.group = component.text_of("scope").filter(|scope| *scope != "required").map(ToOwned::to_owned);
    Some(dependency)
}

/// A package by its package URL; its version may be said beside it. None when it is no Python package.
pub(crate) fn from_purl(lock: &mut Lock<'_>, purl: &Node<'_>, version: Option<&Node<'_>>) -> Option<Dependency> {
    let Some(found) = purl.text().map(purl::pypi) else {
        lock.unread(purl.range.start, format!("a package URL is {}; the package was not read", purl.what()));
        return None;
    };
    let found = found?;
    let Some(mut dependency) = lock::dependency(&found.name, purl.range.clone()) else {
        let message = format!("{} is no name of a package; it was not read", quoted(&found.name));
        lock.unread(purl.range.start, message);
        return None;
    };
    dependency.origin = found.origin;
    let is_said = |text: &str| !matches!(text, "" | "NOASSERTION");
    if let Some(node) = version.filter(|node| node.text().is_none_or(is_said)) {
        // Inventories of manifests name what is allowed: `>= 2.0, < 3`.
        match node.text().map(VersionSpecifiers::from_str) {
            Some(Ok(specifiers)) if !specifiers.is_empty() => {
                dependency.specifiers = specifiers;
                dependency.version_range = Some(lock::inner(lock.text, &node.range));
            }
            _ => lock.version(&mut dependency, Some(node)),
        }
    } else if let Some(written) = found.version {
        dependency.version = written.parse().ok();
        dependency.version_range = Some(version_in(lock.text, purl));
        if dependency.version.is_none() {
            let message = format!("{} is no version of `{}`", quoted(&written), dependency.name);
            lock.unread(purl.range.start, message);
        }
    }
    lock.need_version(&dependency);
    Some(dependency)
}

/// Where the version stands in a package URL.
fn version_in(text: &str, purl: &Node<'_>) -> Range<usize> {
    let whole = lock::inner(text, &purl.range);
    let written = &text[whole.clone()];
    let end = written.find(['?', '#']).unwrap_or(written.len());
    let start = written[..end].rfind('@').map_or(0, |at| at + 1);
    whole.start + start..whole.start + end
}

impl Inventory {
    pub(crate) fn unknown(&mut self, at: usize) {
        let (_, count) = self.unknown.get_or_insert((at, 0));
        *count += 1;
    }

    /// The manifest, each package with what it asks for.
    pub(crate) fn finish(self, mut lock: Lock<'_>) -> Manifest {
        if let Some((at, count)) = self.unknown {
            let message =
                format!("{count} libraries without a package URL were not read: nobody says where they come from");
            lock.diagnose(at, DiagnosticKind::Syntax, message);
        }
        let dependencies = &mut lock.manifest.dependencies;
        let pairs = self.references.iter().zip(dependencies.iter());
        let names: BTreeMap<&str, Name> = pairs
            .filter_map(|(reference, dependency)| Some((reference.as_deref()?, dependency.name.clone())))
            .collect();
        let asked_for: BTreeSet<&str> =
            self.roots.iter().filter_map(|root| self.edges.get(root)).flatten().map(String::as_str).collect();
        for (reference, dependency) in self.references.iter().zip(dependencies) {
            let Some(reference) = reference else { continue };
            let required = self.edges.get(reference).into_iter().flatten();
            dependency.requires = required.filter_map(|required| names.get(required.as_str()).cloned()).collect();
            if !asked_for.is_empty() {
                dependency.is_direct = Some(asked_for.contains(reference.as_str()));
            }
        }
        lock.finish()
    }
}
