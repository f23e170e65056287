//! Prints the secrets of files as JSON lines: `cargo run --release -p seriema_secrets --example scan DIR`.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a tool for measurements")]

use std::path::Path;

use seriema_secrets::{Detectors, masked, scan};

fn main() {
    for root in std::env::args().skip(1) {
        walk(Path::new(&root));
    }
}

fn walk(path: &Path) {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| walk(path));
        return;
    }
    let Ok(bytes) = std::fs::read(path) else { return };
    let text = String::from_utf8_lossy(&bytes);
    let shown = path.to_string_lossy();
    for secret in scan(Detectors::embedded(), &shown, &text) {
        let line = serde_json::json!({
            "path": shown, "line": secret.line, "detector": secret.detector, "severity": secret.severity.to_string(),
            "secret": masked(&text[secret.range.clone()]),
        });
        println!("{line}");
    }
}
