//! A bill of materials in CycloneDX 1.6, with what is known of its components and whether that matters to the project (VEX):
//! <https://cyclonedx.org/docs/1.6/json/>.

use std::io::{self, Write};

use serde_json::{Value, json};
use seriema_finding::{Package, PackageOrigin, Severity, Vulnerability};

use crate::components::{Component, Known, asked_for, components};
use crate::model::{place, uuid_of};
use crate::{Report, json_text, uri, vex};

/// Characters of a version that the schema allows.
const MAX_VERSION: usize = 1024;
/// Diagnostics that are told.
const MAX_DIAGNOSTICS: usize = 200;
/// What stands for a project without a name. It is none that a package may have.
const UNNAMED: &str = "unnamed project";

/// Writes the bill of materials. Its number is made of what it says.
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let components = components(report);
    let is_complete = report.is_complete();
    let name = report.project.unwrap_or(UNNAMED);
    let root = uri::project(name);
    let vulnerabilities = components
        .iter()
        .flat_map(|component| component.known.iter().map(move |known| vulnerability(component, known, is_complete)));
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": null,
        "version": 1,
        "metadata": metadata(report, name, &root),
        "components": components.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies(&root, &components),
        "compositions": [{ "aggregate": if is_complete { "unknown" } else { "incomplete" }, "assemblies": [root] }],
        "vulnerabilities": vulnerabilities.collect::<Vec<_>>(),
    });
    document["serialNumber"] = format!("urn:uuid:{}", uuid_of(&document)).into();
    json_text::write(&document, out)
}

fn metadata(report: &Report<'_>, name: &str, root: &str) -> Value {
    let mut metadata = json!({});
    if let Some(created) = report.created {
        metadata["timestamp"] = created.into();
    }
    metadata["lifecycles"] = json!([{ "phase": "pre-build" }]);
    metadata["tools"] = json!({ "components": [{
        "type": "application",
        "name": crate::TOOL,
        "version": cut(report.tool_version),
        "externalReferences": [{ "type": "website", "url": crate::HOMEPAGE }],
    }] });
    metadata["component"] = json!({ "type": "application", "bom-ref": root, "name": name, "purl": root });
    let gaps = report.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_incomplete());
    let gaps = gaps.take(MAX_DIAGNOSTICS).map(|diagnostic| {
        let at = place(&diagnostic.path, diagnostic.cell, diagnostic.line, diagnostic.column);
        property("not-analysed", format!("{at}: {}", diagnostic.message))
    });
    set_list(&mut metadata, "properties", gaps.collect());
    metadata
}

fn component(component: &Component<'_>) -> Value {
    let package = component.package;
    let mut value = json!({ "type": "library", "bom-ref": component.purl, "name": package.name });
    if let Some(version) = component.version() {
        value["version"] = cut(version).into();
    }
    let groups = component.groups();
    value["scope"] = if groups.is_some() { "optional" } else { "required" }.into();
    value["purl"] = component.purl.as_str().into();
    let reference = match &package.origin {
        PackageOrigin::Vcs { url, .. } => Some(("vcs", url)),
        PackageOrigin::Url(url) => Some(("distribution", url)),
        _ => None,
    };
    let reference = reference.and_then(|(kind, url)| Some(json!({ "type": kind, "url": uri::web(url)? })));
    set_list(&mut value, "externalReferences", reference.into_iter().collect());
    value["evidence"] =
        json!({ "occurrences": component.places.iter().map(|place| occurrence(place)).collect::<Vec<_>>() });
    let mut properties = Vec::new();
    let mut allowed: Vec<&str> =
        component.places.iter().map(|place| &*place.allowed).filter(|a| !a.is_empty()).collect();
    allowed.sort_unstable();
    allowed.dedup();
    properties.extend(allowed.into_iter().map(|allowed| property("allowed", allowed)));
    properties.extend(component.is_direct.map(|is_direct| property("direct", is_direct.to_string())));
    properties.extend(groups.unwrap_or_default().into_iter().map(|group| property("group", group)));
    let mut extras: Vec<&str> = component.places.iter().flat_map(|place| &place.extras).map(|extra| &**extra).collect();
    extras.sort_unstable();
    extras.dedup();
    properties.extend(extras.into_iter().map(|extra| property("extra", extra)));
    properties.push(property("hashed", component.places.iter().any(|place| place.is_hashed).to_string()));
    if let PackageOrigin::Path(path) = &package.origin {
        properties.push(property("path", path.as_str()));
    }
    set_list(&mut value, "properties", properties);
    value
}

fn occurrence(place: &Package) -> Value {
    json!({ "location": &*place.path, "line": place.line })
}

/// What asks for what. Components of which no manifest says so are left out, as the format has it.
fn dependencies(root: &str, components: &[Component<'_>]) -> Vec<Value> {
    let references = |all: &[usize]| -> Vec<&str> {
        all.iter().filter_map(|at| components.get(*at)).map(|other| &*other.purl).collect()
    };
    let mut out = vec![json!({ "ref": root, "dependsOn": references(&asked_for(components)) })];
    out.extend(components.iter().filter_map(|component| {
        let requires = component.requires.as_ref()?;
        Some(json!({ "ref": component.purl, "dependsOn": references(requires) }))
    }));
    out
}

fn vulnerability(component: &Component<'_>, known: &Known<'_>, is_complete: bool) -> Value {
    let Vulnerability { id, aliases, summary, .. } = known.vulnerability;
    let mut value = json!({ "bom-ref": format!("{id}/{}", component.purl), "id": id, "source": source(id) });
    let references = aliases.iter().map(|alias| json!({ "id": alias, "source": source(alias) }));
    set_list(&mut value, "references", references.collect());
    value["ratings"] = ratings(known.vulnerability).into();
    let weaknesses = known.vulnerability.weaknesses.iter();
    let weaknesses = weaknesses.filter_map(|cwe| cwe.strip_prefix("CWE-")?.parse::<u32>().ok().filter(|cwe| *cwe > 0));
    set_list(&mut value, "cwes", weaknesses.map(Value::from).collect());
    value["description"] = summary.as_str().into();
    value["recommendation"] = vex::recommendation(component, known).into();
    let advisory = known.vulnerability.url.as_deref().and_then(uri::web);
    set_list(&mut value, "advisories", advisory.into_iter().map(|url| json!({ "url": url })).collect());
    if let Some(day) = known.vulnerability.published.as_deref().filter(|day| is_day(day)) {
        value["published"] = format!("{day}T00:00:00Z").into();
    }
    let (status, detail) = vex::judge(component, known, is_complete);
    let (state, justification) = status.cyclonedx();
    value["analysis"] = json!({ "state": state });
    if let Some(justification) = justification {
        value["analysis"]["justification"] = justification.into();
    }
    value["analysis"]["detail"] = detail.into();
    let affected = component.version().map(|version| json!({ "version": cut(version), "status": "affected" }));
    let fixed = known.vulnerability.fixed_in.iter();
    let fixed = fixed.map(|version| json!({ "version": cut(version), "status": "unaffected" }));
    value["affects"] = json!([{ "ref": component.purl }]);
    set_list(&mut value["affects"][0], "versions", affected.into_iter().chain(fixed).collect());
    let mut properties = Vec::new();
    properties.extend(known.vulnerability.epss.map(|epss| property("epss", epss.to_string())));
    properties.extend(known.vulnerability.is_exploited.then(|| property("known-exploited", "true")));
    properties.extend(known.reach.map(|reach| property("reach", vex::word(reach))));
    set_list(&mut value, "properties", properties);
    value
}

/// The score of CVSS, and how bad it is taken to be where that is something else.
fn ratings(vulnerability: &Vulnerability) -> Vec<Value> {
    let mut ratings = Vec::new();
    let mut by_score = None;
    if let Some(score) = vulnerability.score.filter(|score| score.is_finite()) {
        let severity = band(score);
        by_score = severity.parse::<Severity>().ok();
        // What is written with one decimal is not written with the rest of a float.
        let score = (f64::from(score) * 10.0).round() / 10.0;
        let mut rating = json!({ "score": score, "severity": severity });
        if let Some(method) = vulnerability.vector.as_deref().map(method) {
            rating["method"] = method.into();
        }
        if let Some(vector) = &vulnerability.vector {
            rating["vector"] = vector.as_str().into();
        }
        ratings.push(rating);
    }
    if by_score != Some(vulnerability.severity) {
        let severity = vulnerability.severity.as_str();
        ratings.push(json!({ "source": { "name": crate::TOOL }, "severity": severity, "method": "other" }));
    }
    ratings
}

/// The words of CVSS for its scores.
fn band(score: f32) -> &'static str {
    match score {
        9.0.. => "critical",
        7.0.. => "high",
        4.0.. => "medium",
        0.1.. => "low",
        _ => "none",
    }
}

fn method(vector: &str) -> &'static str {
    match vector.split('/').next() {
        Some("CVSS:4.0") => "CVSSv4",
        Some("CVSS:3.1") => "CVSSv31",
        Some("CVSS:3.0") => "CVSSv3",
        _ if vector.starts_with("AV:") => "CVSSv2",
        _ => "other",
    }
}

/// Who gives an id, and the page about it.
fn source(id: &str) -> Value {
    let (name, page) = match id.split_once('-').map_or(id, |(giver, _)| giver) {
        "CVE" => ("NVD", "https://nvd.nist.gov/vuln/detail/"),
        "GHSA" => ("GitHub Advisories", "https://github.com/advisories/"),
        "PYSEC" | "MAL" | "OSV" => ("OSV", "https://osv.dev/vulnerability/"),
        giver => return json!({ "name": giver }),
    };
    json!({ "name": name, "url": format!("{page}{}", uri::escaped(id)) })
}

fn is_day(day: &str) -> bool {
    let number = |from: usize, to: usize| day.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let months = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let longest = number(5, 7).and_then(|month| months.get(usize::try_from(month.checked_sub(1)?).ok()?));
    let is_written = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    // A day that a year does not have is none either: February has 29 in leap years alone.
    let is_leap = |year: u32| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let is_real = number(0, 4).is_some_and(is_leap) || day.get(5..) != Some("02-29");
    day.len() == 10
        && day.bytes().enumerate().all(is_written)
        && longest.is_some_and(|longest| number(8, 10).is_some_and(|day| (1..=*longest).contains(&day)))
        && is_real
}

fn property(name: &str, value: impl Into<String>) -> Value {
    json!({ "name": format!("seriema:{name}"), "value": value.into() })
}

/// Sets a list that is left out when it is empty.
fn set_list(value: &mut Value, key: &str, list: Vec<Value>) {
    if !list.is_empty() {
        value[key] = list.into();
    }
}

fn cut(version: &str) -> String {
    version.chars().take(MAX_VERSION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_days() {
        assert!(["2024-02-29", "2000-12-31"].into_iter().all(is_day));
        for none in ["2023-02-29", "2024-13-01", "2024-00-01", "2024-04-32", "2024-1-001", "", "+024-01-01"] {
            assert!(!is_day(none), "{none}");
        }
    }

    #[test]
    fn ids_have_a_page() {
        assert_eq!(source("GHSA-x y")["url"], "https://github.com/advisories/GHSA-x%20y");
        assert_eq!(source("pyup.io-12")["name"], "pyup.io");
    }
}
