//! The maps of small applications are what their frameworks print at run time: `routes.json` beside each is written by
//! `bench/surface_routes.py`, the guards in it by hand.

#![allow(clippy::disallowed_methods, reason = "tests run the program and read their own files")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn apps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../seriema_surface/tests/apps")
}

/// A route in a line: methods, pattern, handler, guards.
fn line(route: &Value, has_methods: bool) -> String {
    let texts = |key: &str, inner: Option<&str>| -> Vec<String> {
        let list = route[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |one: &Value| inner.map_or(one, |inner| &one[inner]).as_str().unwrap_or_default().to_owned();
        list.iter().map(text).collect()
    };
    let named = |key: &str| route[key].as_str().unwrap_or_default().to_owned();
    let guards = if route["guards"][0].is_object() { texts("guards", Some("name")) } else { texts("guards", None) };
    let methods = if has_methods { texts("methods", None).join(",") } else { String::new() };
    format!("{methods} {} {} [{}]", named("pattern"), named("handler"), guards.join(", "))
}

fn compare(app: &str) {
    let directory = apps().join(app);
    let run = Command::new(env!("CARGO_BIN_EXE_seriema"))
        .args(["map", "--no-config", "--format", "json", "."])
        .current_dir(&directory)
        .output()
        .expect("the program runs");
    let map: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let said = std::fs::read(directory.join("routes.json")).expect("a file of this repository");
    let said: Value = serde_json::from_slice(&said).expect("JSON");
    let said = said.as_array().expect("a list");
    let found = map["entries"].as_array().expect("a list");
    let mut missing = Vec::new();
    let mut known = Vec::new();
    for route in said {
        // Of some views, a framework does not say which methods they answer.
        let has_methods = route["methods"].as_array().is_some_and(|methods| !methods.is_empty());
        let wanted = line(route, has_methods);
        match found.iter().position(|entry| line(entry, has_methods) == wanted) {
            Some(at) => known.push(at),
            None => missing.push(wanted),
        }
    }
    let is_ours = |entry: &&Value| !entry["handler"].as_str().is_some_and(|handler| handler.starts_with("django."));
    let extra: Vec<String> = found
        .iter()
        .enumerate()
        .filter(|(at, entry)| !known.contains(at) && is_ours(entry))
        .map(|(_, entry)| line(entry, true))
        .collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{app}\nnot found:\n  {}\nfound, and not there:\n  {}",
        missing.join("\n  "),
        extra.join("\n  ")
    );
}

#[test]
fn flask() {
    compare("flask");
}

#[test]
fn fastapi_with_a_mounted_application() {
    compare("fastapi");
}

#[test]
fn django_with_rest_framework() {
    compare("django");
}
