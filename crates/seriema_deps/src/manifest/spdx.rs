//! SPDX documents in JSON: 2.2 and 2.3, and the graph of 3.0. Python packages are told by their package URLs.

use crate::manifest::cyclonedx::{Inventory, from_purl};
use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::{Manifest, ManifestKind, Name};

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::Spdx, text);
    let root = lock.open(document::json(text));
    // Some services wrap the document.
    let root = root.get("sbom").filter(|_| root.get("packages").is_none()).unwrap_or(&root);
    if root.get("@graph").is_some() { graph(lock, root) } else { listed(lock, root) }
}

/// SPDX 2: packages and relationships in lists.
fn listed(mut lock: Lock<'_>, root: &Node<'_>) -> Manifest {
    lock.need(root.get("packages"), "packages");
    let mut inventory = Inventory::default();
    inventory.roots.extend(lock::texts(root.items_of("documentDescribes")));
    for relationship in root.items_of("relationships") {
        let (Some(from), Some(kind), Some(to)) = (
            relationship.text_of("spdxElementId"),
            relationship.text_of("relationshipType"),
            relationship.text_of("relatedSpdxElement"),
        ) else {
            continue;
        };
        relate(&mut inventory, kind, from, to);
    }
    for package in root.items_of("packages") {
        let purl = package
            .items_of("externalRefs")
            .iter()
            .find(|reference| reference.text_of("referenceType") == Some("purl"))
            .and_then(|reference| reference.get("referenceLocator"));
        let is_hashed = !package.items_of("checksums").is_empty();
        add(&mut lock, &mut inventory, package, purl, ("SPDXID", "versionInfo"), is_hashed);
    }
    inventory.finish(lock)
}

/// SPDX 3: everything in one list, told by type.
fn graph(mut lock: Lock<'_>, root: &Node<'_>) -> Manifest {
    lock.expect(root.get("@graph"), true, "@graph");
    let mut inventory = Inventory::default();
    let elements = root.items_of("@graph");
    for element in elements {
        let Some(kind) = element.text_of("type").or(element.text_of("@type")) else { continue };
        if kind.ends_with("SpdxDocument") || kind.ends_with("Sbom") {
            inventory.roots.extend(lock::texts(element.items_of("rootElement")));
        }
        if let (Some(from), Some(kind)) = (element.text_of("from"), element.text_of("relationshipType")) {
            for to in element.items_of("to").iter().filter_map(Node::text) {
                relate(&mut inventory, kind, from, to);
            }
        }
    }
    for element in elements {
        if element.text_of("type").or(element.text_of("@type")).is_none_or(|kind| !kind.ends_with("ackage")) {
            continue;
        }
        let identifier = || {
            let mut identifiers = element.items_of("externalIdentifier").iter();
            identifiers
                .find(|one| matches!(one.text_of("externalIdentifierType"), Some("packageUrl" | "purl")))
                .and_then(|one| one.get("identifier"))
        };
        let purl = ["software_packageUrl", "packageUrl"].iter().find_map(|key| element.get(key)).or_else(identifier);
        let version =
            if element.get("packageVersion").is_some() { "packageVersion" } else { "software_packageVersion" };
        let is_hashed = !element.items_of("verifiedUsing").is_empty();
        add(&mut lock, &mut inventory, element, purl, ("spdxId", version), is_hashed);
    }
    inventory.finish(lock)
}

fn relate(inventory: &mut Inventory, kind: &str, from: &str, to: &str) {
    let (from, to) = match kind {
        "DEPENDS_ON" | "dependsOn" => (from, to),
        "DEPENDENCY_OF"
        | "RUNTIME_DEPENDENCY_OF"
        | "DEV_DEPENDENCY_OF"
        | "TEST_DEPENDENCY_OF"
        | "BUILD_DEPENDENCY_OF"
        | "OPTIONAL_DEPENDENCY_OF"
        | "PROVIDED_DEPENDENCY_OF" => (to, from),
        "DESCRIBES" => {
            inventory.roots.insert(to.to_owned());
            return;
        }
        "DESCRIBED_BY" => {
            inventory.roots.insert(from.to_owned());
            return;
        }
        _ => return,
    };
    inventory.edges.entry(from.to_owned()).or_default().push(to.to_owned());
}

fn add(
    lock: &mut Lock<'_>,
    inventory: &mut Inventory,
    package: &Node<'_>,
    purl: Option<&Node<'_>>,
    (id, version): (&str, &str),
    is_hashed: bool,
) {
    let reference = package.text_of(id);
    let is_root = reference.is_some_and(|reference| inventory.roots.contains(reference));
    // What the document is about is the project, unless it is all there is: of a wheel, say.
    if is_root && reference.is_some_and(|reference| inventory.edges.contains_key(reference)) {
        lock.manifest.project = package.text_of("name").and_then(Name::new);
        return;
    }
    let Some(purl) = purl else {
        if !is_root {
            inventory.unknown(package.range.start);
        }
        return;
    };
    let Some(mut dependency) = from_purl(lock, purl, package.get(version)) else { return };
    if let Some(name) = package.entry("name") {
        dependency.range = name.whole();
    }
    dependency.is_hashed = is_hashed;
    inventory.references.push(reference.map(ToOwned::to_owned));
    lock.manifest.dependencies.push(dependency);
}
