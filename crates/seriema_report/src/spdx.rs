//! A bill of materials in SPDX 2.3: <https://spdx.github.io/spdx-spec/v2.3/>.
//!
//! Licences are not looked at, which the format wants said.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};
use seriema_finding::PackageOrigin;

use crate::components::{Component, Known, asked_for, components};
use crate::model::{EPOCH, place, uuid_of};
use crate::{Report, json_text, uri, vex};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const PROJECT: &str = "SPDXRef-Project";
const UNSAID: &str = "NOASSERTION";
/// Characters of an id that tell what it is of.
const MAX_ID: usize = 120;
/// Diagnostics that are told.
const MAX_DIAGNOSTICS: usize = 200;

/// Writes the bill of materials.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let components = components(report);
    let ids = ids(&components);
    let name = report.project.unwrap_or("unnamed project");
    let mut packages = vec![json!({
        "SPDXID": PROJECT,
        "name": name,
        "downloadLocation": UNSAID,
        "filesAnalyzed": false,
        "licenseConcluded": UNSAID,
        "licenseDeclared": UNSAID,
        "copyrightText": UNSAID,
        "primaryPackagePurpose": "APPLICATION",
    })];
    packages.extend(components.iter().zip(&ids).map(|(component, id)| package(component, id)));
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": name,
        "documentNamespace": null,
        "creationInfo": {
            // The format wants a time; where none is given, it is always the same.
            "created": report.created.unwrap_or(EPOCH),
            "creators": [format!("Tool: {}-{}", crate::TOOL, report.tool_version)],
        },
        "packages": packages,
        "relationships": relationships(&components, &ids),
    });
    let gaps = report.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_incomplete()).take(MAX_DIAGNOSTICS);
    let gaps: Vec<String> =
        gaps.map(|gap| format!("{}: {}", place(&gap.path, gap.cell, gap.line, gap.column), gap.message)).collect();
    if !gaps.is_empty() {
        document["comment"] = format!("Not all could be read:\n{}", gaps.join("\n")).into();
    }
    document["documentNamespace"] = format!("{}/spdx/{}", crate::HOMEPAGE, uuid_of(&document)).into();
    json_text::write(&document, out)
}

/// Ids of components: their names and versions in the letters that ids may have, told apart by numbers where that is the same.
fn ids(components: &[Component<'_>]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut ids = Vec::with_capacity(components.len());
    for (number, component) in components.iter().enumerate() {
        let text = format!("{}-{}", component.package.name, component.version().unwrap_or("any"));
        let is_kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let text: String = text.chars().take(MAX_ID).map(|c| if is_kept(c) { c } else { '-' }).collect();
        let mut id = format!("SPDXRef-Package-{text}");
        if !known.insert(id.clone()) {
            id.push_str(&format!("..{number}"));
            while !known.insert(id.clone()) {
                id.push('-');
            }
        }
        ids.push(id);
    }
    ids
}

fn package(component: &Component<'_>, id: &str) -> Value {
    let mut value = json!({ "SPDXID": id, "name": component.package.name });
    if let Some(version) = component.version() {
        value["versionInfo"] = version.into();
    }
    let location = match &component.package.origin {
        PackageOrigin::Vcs { url, commit } => uri::web(url).map(|url| match commit {
            Some(commit) => format!("git+{url}@{commit}"),
            None => format!("git+{url}"),
        }),
        PackageOrigin::Url(url) => uri::web(url),
        _ => None,
    };
    value["downloadLocation"] = location.unwrap_or_else(|| UNSAID.to_owned()).into();
    value["filesAnalyzed"] = false.into();
    let places: Vec<String> = component.places.iter().map(|at| place(&at.path, None, Some(at.line), None)).collect();
    value["sourceInfo"] = format!("named in {}", places.join(", ")).into();
    for key in ["licenseConcluded", "licenseDeclared", "copyrightText"] {
        value[key] = UNSAID.into();
    }
    value["primaryPackagePurpose"] = "LIBRARY".into();
    let mut references = vec![json!({
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": component.purl,
    })];
    references.extend(component.known.iter().flat_map(|known| advisories(component, known)));
    value["externalRefs"] = references.into();
    value
}

/// Where what is known of a component is written: what the advisory names, and OSV's page, which all have.
fn advisories(component: &Component<'_>, known: &Known<'_>) -> impl Iterator<Item = Value> {
    let id = &known.vulnerability.id;
    let comment = format!("{id} ({}): {}", known.vulnerability.severity, vex::recommendation(component, known));
    let own = known.vulnerability.url.as_deref().and_then(uri::web);
    let page = format!("https://osv.dev/vulnerability/{}", uri::escaped(id));
    own.filter(|own| *own != page).into_iter().chain([page]).map(move |url| {
        json!({
            "referenceCategory": "SECURITY",
            "referenceType": "advisory",
            "referenceLocator": url,
            "comment": comment,
        })
    })
}

fn relationships(components: &[Component<'_>], ids: &[String]) -> Vec<Value> {
    let relate = |from: &str, kind: &str, to: &str| json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to });
    let mut out = vec![relate(DOCUMENT, "DESCRIBES", PROJECT)];
    for at in asked_for(components) {
        let (Some(component), Some(id)) = (components.get(at), ids.get(at)) else { continue };
        out.push(match component.groups() {
            Some(_) => relate(id, "OPTIONAL_DEPENDENCY_OF", PROJECT),
            None => relate(PROJECT, "DEPENDS_ON", id),
        });
    }
    for (component, id) in components.iter().zip(ids) {
        let Some(requires) = &component.requires else { continue };
        out.extend(requires.iter().filter_map(|at| ids.get(*at)).map(|other| relate(id, "DEPENDS_ON", other)));
        if requires.is_empty() {
            out.push(relate(id, "DEPENDS_ON", "NONE"));
        }
    }
    out
}
