//! Outputs hold to the schemas that their readers go by.

mod common;

use common::{cyclonedx_errors, openvex_errors, spdx_errors};

use serde_json::{Value, json};

use seriema_report::{Format, TextOptions, render};

fn document(format: Format, sample: &common::Sample) -> Value {
    let mut out = Vec::new();
    render(format, &sample.report(), &TextOptions::default(), &mut out).expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

fn errors(schema: &str, document: &Value) -> Vec<String> {
    common::validator(schema).iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

const REPORT: &str = include_str!("../schema/report.schema.json");
const SARIF: &str = include_str!("../schema/sarif-2.1.0.json");

#[test]
fn json_holds_to_our_schema() {
    for sample in [common::sample(), common::clean(), common::packages()] {
        assert_eq!(errors(REPORT, &document(Format::Json, &sample)), [""; 0]);
    }
}

#[test]
fn our_schema_refuses_what_is_wrong() {
    let good = document(Format::Json, &common::sample());
    for (pointer, wrong) in [
        ("/schema_version", json!("2.0")),
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/cwe/0/id", json!("78")),
        ("/findings/0/suppression", json!({ "kind": "inSource", "reason": "" })),
        ("/findings/0/fingerprint", json!("x")),
        ("/summary/hidden/by_persona", json!({ "nobody": 1 })),
        ("/diagnostics/0/kind", json!("other")),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert!(!errors(REPORT, &document).is_empty(), "{pointer} was let through");
    }
}

#[test]
fn every_diagnostic_kind_and_family_is_in_our_schema() {
    use seriema_finding::DiagnosticKind as D;
    let schema: Value = serde_json::from_str(REPORT).unwrap();
    let kinds =
        [D::Unreadable, D::Encoding, D::Syntax, D::Python2, D::Limit, D::Notebook, D::Loop, D::Config, D::Internal];
    assert_eq!(schema.pointer("/$defs/diagnostic/properties/kind/enum").unwrap(), &json!(kinds.map(D::as_str)),);
}

#[test]
fn sarif_holds_to_the_official_schema() {
    for sample in [common::sample(), common::clean()] {
        assert_eq!(errors(SARIF, &document(Format::Sarif, &sample)), [""; 0]);
    }
}

#[test]
fn the_sarif_schema_is_really_applied() {
    let mut document = document(Format::Sarif, &common::sample());
    document["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!errors(SARIF, &document).is_empty());
}

/// What GitHub takes from a run, beyond the schema.
#[test]
fn sarif_says_what_code_scanning_reads() {
    let document = document(Format::Sarif, &common::sample());
    let run = &document["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert_eq!(tags[0], "security");
        assert!(tags.len() <= 20 && rule["help"]["markdown"].as_str().is_some_and(|help| !help.is_empty()));
        assert!(rule["properties"]["security-severity"].as_str().unwrap().parse::<f64>().is_ok());
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(result["partialFingerprints"]["seriema/v1"].as_str().is_some_and(|print| print.len() == 32));
    }
    let yaml = &rules[2];
    let wanted = [
        "security",
        "external/cwe/cwe-502",
        "external/cwe/cwe-020",
        "bandit/B506",
        "ruff/S506",
        "owasp/A08:2021",
        "owasp/A03:2021",
        "owasp/A08:2025",
        "owasp/A05:2025",
    ];
    assert_eq!(yaml["properties"]["tags"], json!(wanted));
    assert_eq!(
        (&results[0]["properties"]["ruff"], &results[0]["properties"]["bandit"]),
        (&json!("S602"), &json!("B602"))
    );

    // The emoji and the wide characters before the assertion: 25 code points, of which one takes two units.
    let wide = &results[3]["locations"][0]["physicalLocation"];
    assert_eq!(wide["artifactLocation"]["uri"], "app/%E6%97%A5%E6%9C%AC%20%E8%AA%9E.py");
    assert_eq!(wide["region"]["startColumn"], 27);
    assert_eq!(wide["region"]["snippet"]["text"], "assert x == '日本語'");

    // A notebook's cell is named, and no tool is told to edit the file by the cell's lines.
    assert_eq!(results[4]["locations"][0]["properties"]["cell"], 3);
    assert!(results[4].get("fixes").is_none() && results[1].get("fixes").is_some());

    let suppressed: Vec<&Value> = results.iter().filter(|r| r["suppressions"] != json!([])).collect();
    assert_eq!(suppressed.len(), 2);
    assert_eq!(suppressed[1]["suppressions"][0]["justification"], "only in tests, <checked>");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 4);
    assert_eq!(invocation["toolConfigurationNotifications"].as_array().unwrap().len(), 1);
}

/// The fields that GitLab's schema 15.2.1 asks for, with its bounds. The schema itself is not ours to ship.
#[test]
fn gitlab_sast_has_what_its_schema_asks_for() {
    let named = json!({
        "type": "object",
        "required": ["id", "name", "version", "vendor"],
        "properties": {
            "id": { "type": "string", "minLength": 1 },
            "name": { "type": "string", "minLength": 1 },
            "version": { "type": "string", "minLength": 1 },
            "url": { "type": "string", "pattern": "^https?://.+" },
            "vendor": { "type": "object", "required": ["name"] }
        }
    });
    let time = json!({ "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$" });
    let line = json!({ "type": "integer", "minimum": 1 });
    let details = json!({ "type": "object", "additionalProperties": {
                        "type": "object",
                        "required": ["name", "type", "items"],
                        "properties": {
                            "type": { "const": "code-flows" },
                            "items": { "type": "array", "minItems": 1, "items": {
                                "type": "array", "minItems": 1, "items": {
                                    "type": "object",
                                    "required": ["file_location", "node_type"],
                                    "properties": {
                                        "node_type": { "enum": ["source", "sink", "propagation"] },
                                        "file_location": {
                                            "type": "object",
                                            "required": ["type", "file_name", "line_start"],
                                            "properties": { "line_start": line, "line_end": line }
                                        }
                                    }
                                }
                            } }
                        }
                    } });
    let vulnerability = json!({
                "type": "object",
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "name": { "type": "string", "maxLength": 255 },
                    "description": { "type": "string", "maxLength": 1_048_576 },
                    "severity": { "enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"] },
                    "solution": { "type": "string", "maxLength": 7000 },
                    "identifiers": { "type": "array", "minItems": 1, "maxItems": 20, "items": {
                        "type": "object",
                        "required": ["type", "name", "value"],
                        "properties": {
                            "type": { "type": "string", "minLength": 1 },
                            "name": { "type": "string", "minLength": 1 },
                            "value": { "type": "string", "minLength": 1 },
                            "url": { "type": "string", "pattern": "^(https?|ftp)://.+" }
                        }
                    } },
                    "location": {
                        "type": "object",
                        "required": ["file", "start_line", "end_line"],
                        "properties": { "start_line": line, "end_line": line }
                    },
                    "details": details
                }
    });
    let schema = json!({
        "type": "object",
        "required": ["scan", "version", "vulnerabilities"],
        "properties": {
            "version": { "type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$" },
            "schema": { "type": "string", "pattern": "^https?://.+" },
            "scan": {
                "type": "object",
                "required": ["analyzer", "scanner", "start_time", "end_time", "status", "type"],
                "properties": {
                    "analyzer": named, "scanner": named, "start_time": time, "end_time": time,
                    "status": { "enum": ["success", "failure"] },
                    "type": { "enum": ["sast"] },
                    "messages": { "type": "array", "items": {
                        "type": "object",
                        "required": ["level", "value"],
                        "properties": {
                            "level": { "enum": ["info", "warn", "fatal"] },
                            "value": { "type": "string", "minLength": 1 }
                        }
                    } }
                }
            },
            "vulnerabilities": { "type": "array", "items": vulnerability }
        }
    });
    let document = document(Format::GitlabSast, &common::sample());
    assert_eq!(errors(&schema.to_string(), &document), [""; 0]);
    assert_eq!(document["vulnerabilities"].as_array().map(Vec::len), Some(6));
    assert_eq!(document["vulnerabilities"][0]["details"]["flow"]["items"][0][2]["node_type"], "sink");
}

#[test]
fn gitlab_code_quality_has_unique_fingerprints_and_known_severities() {
    let document = document(Format::Gitlab, &common::sample());
    let items = document.as_array().unwrap();
    let prints: std::collections::BTreeSet<_> =
        items.iter().map(|item| item["fingerprint"].as_str().unwrap()).collect();
    assert_eq!((items.len(), prints.len()), (6 + 5, 6 + 5));
    for item in items {
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&item["severity"].as_str().unwrap()));
        assert!(item["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        assert!(item["check_name"].is_string() && item["description"].is_string());
    }
}

/// A sample with packages, one without any, and one that could not be read wholly.
fn inventories() -> Vec<common::Sample> {
    let mut none = common::packages();
    (none.dependencies, none.project) = (Some(Vec::new()), None);
    let mut gaps = common::packages();
    gaps.diagnostics = common::sample().diagnostics;
    gaps.created = Some("2026-01-02T03:04:05Z".to_owned());
    vec![common::packages(), none, gaps]
}

#[test]
fn cyclonedx_holds_to_the_official_schema() {
    for sample in inventories() {
        assert_eq!(cyclonedx_errors(&document(Format::CycloneDx, &sample)), [""; 0]);
    }
    let mut wrong = document(Format::CycloneDx, &common::packages());
    wrong["vulnerabilities"][0]["analysis"]["state"] = "fine".into();
    wrong["components"][0]["type"] = "book".into();
    assert_eq!(cyclonedx_errors(&wrong).len(), 2);
}

#[test]
fn spdx_holds_to_the_official_schema() {
    for sample in inventories() {
        assert_eq!(spdx_errors(&document(Format::Spdx, &sample)), [""; 0]);
    }
    let mut wrong = document(Format::Spdx, &common::packages());
    wrong["relationships"][0]["relationshipType"] = "KNOWS".into();
    assert!(!spdx_errors(&wrong).is_empty());
}

#[test]
fn openvex_has_what_its_specification_asks_for() {
    for sample in inventories() {
        assert_eq!(openvex_errors(&document(Format::OpenVex, &sample)), [""; 0]);
    }
    let mut wrong = document(Format::OpenVex, &common::packages());
    wrong["statements"][0]["status"] = "not_affected".into();
    assert!(!openvex_errors(&wrong).is_empty());
}

/// What readers of bills of materials rely on, beyond the schemas.
#[test]
fn references_lead_to_what_is_there_once() {
    let bill = document(Format::CycloneDx, &common::packages());
    let texts = |list: &Value, key: &str| -> Vec<String> {
        list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    let mut references = texts(&bill["components"], "bom-ref");
    references.push(bill["metadata"]["component"]["bom-ref"].as_str().unwrap().to_owned());
    let unique: std::collections::BTreeSet<&String> = references.iter().collect();
    assert_eq!(unique.len(), references.len());
    for entry in bill["dependencies"].as_array().unwrap() {
        let required = entry["dependsOn"].as_array().unwrap().iter().map(|to| to.as_str().unwrap());
        for to in required.chain(entry["ref"].as_str()) {
            assert!(references.iter().any(|known| known == to), "{to}");
        }
    }
    for vulnerability in bill["vulnerabilities"].as_array().unwrap() {
        let to = vulnerability["affects"][0]["ref"].as_str().unwrap();
        assert!(references.iter().any(|known| known == to), "{to}");
    }

    let bill = document(Format::Spdx, &common::packages());
    let mut ids = texts(&bill["packages"], "SPDXID");
    ids.extend(["SPDXRef-DOCUMENT".to_owned(), "NONE".to_owned()]);
    for relationship in bill["relationships"].as_array().unwrap() {
        for key in ["spdxElementId", "relatedSpdxElement"] {
            assert!(ids.iter().any(|id| relationship[key] == id.as_str()), "{relationship}");
        }
    }
}

/// States of vulnerabilities, in both formats that have them.
#[test]
fn states_say_no_more_than_is_known() {
    let bill = document(Format::CycloneDx, &common::packages());
    let states: Vec<String> = bill["vulnerabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| format!("{} {}", known["id"].as_str().unwrap(), known["analysis"]["state"].as_str().unwrap()))
        .collect();
    let wanted = [
        "GHSA-m2qf-hxjv-5gpq in_triage",
        "CVE-2025-27516 in_triage",
        "CVE-2020-14343 exploitable",
        // The manifest beside the lock does not say what `flask` asks for, but the lock does.
        "CVE-2024-10001 not_affected",
        "MAL-2024-1 exploitable",
    ];
    assert_eq!(states, wanted);
    let statements = document(Format::OpenVex, &common::packages());
    let statuses: Vec<&str> =
        statements["statements"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["under_investigation", "under_investigation", "affected", "not_affected", "affected"]);
}

#[test]
fn a_list_of_nothing_is_not_written_where_nothing_was_looked_at() {
    for format in Format::ALL.iter().filter(|format| format.needs_dependencies()) {
        let written = render(*format, &common::sample().report(), &TextOptions::default(), &mut Vec::new());
        assert!(written.is_err(), "{format}");
    }
}
