//! What of the known vulnerabilities matters to the project, in OpenVEX 0.2.0: <https://github.com/openvex/spec>.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::components::{Component, Known, components};
use crate::model::{EPOCH, distinct, uuid_of};
use crate::vex::{self, Status};
use crate::{Report, json_text, uri};

/// Writes the statements: one for each vulnerability of each component.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let components = components(report);
    let is_complete = report.is_complete();
    let project = uri::project(report.project.unwrap_or("unnamed project"));
    let project = project.as_str();
    let statements = components.iter().flat_map(|component| {
        component.known.iter().map(move |known| statement(project, component, known, is_complete))
    });
    let mut document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": null,
        "author": crate::TOOL,
        "role": "Document Creator",
        // The format wants a time; where none is given, it is always the same.
        "timestamp": report.created.unwrap_or(EPOCH),
        "version": 1,
        "tooling": format!("{} {}", crate::TOOL, report.tool_version),
        "statements": statements.collect::<Vec<_>>(),
    });
    document["@id"] = format!("{}/openvex/{}", crate::HOMEPAGE, uuid_of(&document)).into();
    json_text::write(&document, out)
}

fn statement(project: &str, component: &Component<'_>, known: &Known<'_>, is_complete: bool) -> Value {
    let vulnerability = known.vulnerability;
    let (status, notes) = vex::judge(component, known, is_complete);
    let (name, justification) = status.openvex();
    let purl = component.purl.as_str();
    let mut value = json!({
        "vulnerability": {
            "name": vulnerability.id,
            "description": vulnerability.summary,
            "aliases": distinct(vulnerability.aliases.iter()),
        },
        "products": [{
            "@id": project,
            "identifiers": { "purl": project },
            "subcomponents": [{ "@id": purl, "identifiers": { "purl": purl } }],
        }],
        "status": name,
        "status_notes": notes,
    });
    if let Some(justification) = justification {
        value["justification"] = justification.into();
    }
    if status == Status::Affected {
        value["action_statement"] = vex::recommendation(component, known).into();
    }
    value
}
