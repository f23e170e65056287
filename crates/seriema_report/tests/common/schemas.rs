//! Validators of the schemas of bills of materials. Each is built once: that of CycloneDX is large.

use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn messages(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

static CYCLONEDX: LazyLock<Validator> = LazyLock::new(|| {
    // The schema names two others beside it.
    let registry = Registry::new()
        .add(
            "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
            parsed(include_str!("../../schema/spdx.SNAPSHOT.schema.json")),
        )
        .unwrap()
        .add(
            "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
            parsed(include_str!("../../schema/jsf-0.82.SNAPSHOT.schema.json")),
        )
        .unwrap()
        .prepare()
        .unwrap();
    let schema = parsed(include_str!("../../schema/bom-1.6.SNAPSHOT.schema.json"));
    jsonschema::options().should_validate_formats(true).with_registry(&registry).build(&schema).unwrap()
});

/// What CycloneDX's schema says against a document.
pub fn cyclonedx_errors(document: &Value) -> Vec<String> {
    messages(&CYCLONEDX, document)
}

static SPDX: LazyLock<Validator> =
    LazyLock::new(|| super::validator(include_str!("../../schema/spdx-2.3.schema.json")));

/// What SPDX's schema says against a document.
pub fn spdx_errors(document: &Value) -> Vec<String> {
    messages(&SPDX, document)
}

static OPENVEX: LazyLock<Validator> = LazyLock::new(|| {
    let uri = json!({ "type": "string", "format": "uri" });
    let part = |more: &[&str]| {
        let mut keys = json!({
            "@id": uri,
            "identifiers": {
                "type": "object",
                "properties": { "purl": { "type": "string", "pattern": "^pkg:[a-z]+/" } },
                "additionalProperties": false
            }
        });
        for key in more {
            keys[*key] = json!({ "type": "array", "uniqueItems": true, "items": { "required": ["@id"] } });
        }
        json!({ "type": "object", "required": ["@id"], "properties": keys, "additionalProperties": false })
    };
    let statement = json!({
        "type": "object",
        "required": ["vulnerability", "status", "products"],
        "properties": {
            "vulnerability": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": { "type": "string" },
                    "description": { "type": "string" },
                    "aliases": { "type": "array", "uniqueItems": true, "items": { "type": "string" } }
                },
                "additionalProperties": false
            },
            "products": { "type": "array", "minItems": 1, "uniqueItems": true, "items": part(&["subcomponents"]) },
            "status": { "enum": ["not_affected", "affected", "fixed", "under_investigation"] },
            "status_notes": { "type": "string" },
            "justification": { "enum": [
                "component_not_present",
                "vulnerable_code_not_present",
                "vulnerable_code_not_in_execute_path",
                "vulnerable_code_cannot_be_controlled_by_adversary",
                "inline_mitigations_already_exist"
            ] },
            "action_statement": { "type": "string" }
        },
        "additionalProperties": false,
        "allOf": [
            {
                "if": { "properties": { "status": { "const": "not_affected" } } },
                "then": { "required": ["justification"] },
                "else": { "not": { "required": ["justification"] } }
            },
            {
                "if": { "properties": { "status": { "const": "affected" } } },
                "then": { "required": ["action_statement"] }
            }
        ]
    });
    let schema = json!({
        "type": "object",
        "required": ["@context", "@id", "author", "timestamp", "version", "statements"],
        "properties": {
            "@context": { "const": "https://openvex.dev/ns/v0.2.0" },
            "@id": uri,
            "author": { "type": "string", "minLength": 1 },
            "role": { "type": "string" },
            "timestamp": { "type": "string", "format": "date-time" },
            "version": { "type": "integer", "minimum": 1 },
            "tooling": { "type": "string" },
            "statements": { "type": "array", "uniqueItems": true, "items": statement }
        },
        "additionalProperties": false
    });
    super::validator(&schema.to_string())
});

/// What OpenVEX's specification says against a document: the fields that it asks for and their values.
pub fn openvex_errors(document: &Value) -> Vec<String> {
    messages(&OPENVEX, document)
}
