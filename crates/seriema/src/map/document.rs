//! The map for machines.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use seriema_audit::{Entry, EntryKind, Inventory, ParameterPlace};
use seriema_finding::Diagnostic;

/// Everything.
pub(super) fn json(inventory: &Inventory, diagnostics: &[Diagnostic], out: &mut dyn Write) -> io::Result<()> {
    let mut document = serde_json::to_value(inventory)?;
    if let Some(document) = document.as_object_mut() {
        document.insert("schema_version".to_owned(), json!(1));
        let told = diagnostics.iter().map(|diagnostic| {
            json!({
                "path": &*diagnostic.path,
                "line": diagnostic.line,
                "kind": diagnostic.kind.as_str(),
                "message": &*diagnostic.message,
            })
        });
        document.insert("diagnostics".to_owned(), told.collect());
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// HTTP alone, as an OpenAPI 3.1 document: paths, methods, parameters, and `x-` fields for what OpenAPI has no words for.
pub(super) fn openapi(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let mut paths: Map<String, Value> = Map::new();
    for entry in inventory.entries.iter().filter(|entry| entry.kind == EntryKind::Http) {
        let path = if entry.path.starts_with('/') { entry.path.clone() } else { format!("/{}", entry.path) };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        let Some(item) = item.as_object_mut() else { continue };
        let any = ["get", "post", "put", "patch", "delete"].map(str::to_owned).to_vec();
        let is_any = entry.methods.is_empty() || entry.methods.iter().any(|method| method == "ANY");
        let named = entry.methods.iter().map(|method| method.to_ascii_lowercase());
        let methods: Vec<String> = if is_any { any } else { named.collect() };
        for method in methods {
            item.entry(method).or_insert_with(|| operation(entry));
        }
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Attack surface", "version": "0" },
        "paths": paths,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn operation(entry: &Entry) -> Value {
    let is_plain = |place: ParameterPlace| {
        matches!(place, ParameterPlace::Path | ParameterPlace::Query | ParameterPlace::Header | ParameterPlace::Cookie)
    };
    let parameters: Vec<Value> = entry
        .parameters
        .iter()
        .filter(|parameter| is_plain(parameter.place))
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "in": parameter.place.as_str(),
                "required": parameter.place == ParameterPlace::Path,
                "schema": schema(&parameter.type_),
            })
        })
        .collect();
    let guards: Vec<&str> = entry.guards.iter().map(|guard| &*guard.name).collect();
    let mut operation = json!({
        "operationId": entry.handler,
        "parameters": parameters,
        "responses": { "default": { "description": "Not known" } },
        "x-location": format!("{}:{}", entry.location.path, entry.location.line),
        "x-guards": guards,
    });
    let body = entry
        .parameters
        .iter()
        .filter(|parameter| matches!(parameter.place, ParameterPlace::Body | ParameterPlace::File));
    let fields: Map<String, Value> = body.map(|parameter| (parameter.name.clone(), schema(&parameter.type_))).collect();
    if !fields.is_empty()
        && let Some(operation) = operation.as_object_mut()
    {
        let content = json!({ "application/json": { "schema": { "type": "object", "properties": fields } } });
        operation.insert("requestBody".to_owned(), json!({ "content": content }));
    }
    operation
}

fn schema(type_: &str) -> Value {
    match type_ {
        "int" => json!({ "type": "integer" }),
        "float" => json!({ "type": "number" }),
        "bool" => json!({ "type": "boolean" }),
        "uuid" | "UUID" => json!({ "type": "string", "format": "uuid" }),
        _ => json!({ "type": "string" }),
    }
}
