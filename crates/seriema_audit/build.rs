//! Gives the analyses a name: a hash of all that they are made of, so that what one of them stored is never taken for
//! what another would find.
#![allow(clippy::disallowed_methods, reason = "a build script reads the project's sources")]

use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

/// The crates that have a say in what is found of a file.
const CRATES: &[&str] = &[
    "seriema_audit",
    "seriema_finding",
    "seriema_flow",
    "seriema_models",
    "seriema_program",
    "seriema_rules",
    "seriema_secrets",
    "seriema_workspace",
];

/// Their parts, and what decides on the parser's version.
const PARTS: &[&str] = &["src", "rules", "models", "detectors", "build.rs", "Cargo.toml"];
const LOCK: &str = "../../Cargo.lock";

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let crates = here.parent().expect("a directory of crates");
    let mut files = Vec::new();
    let parts = CRATES.iter().flat_map(|name| PARTS.iter().map(move |part| crates.join(name).join(part)));
    // Outside of this repository the crates lie elsewhere, and their versions tell them apart.
    for path in parts.chain([here.join(LOCK)]).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
        collect(&path, &mut files);
    }
    files.sort();
    let mut hash = Xxh3::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a readable file");
        let name = file.strip_prefix(crates).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        hash.update(name.as_bytes());
        hash.update(&[0]);
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    println!("cargo::rustc-env=SERIEMA_ANALYSES={:032x}", hash.digest128());
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return;
    }
    for entry in std::fs::read_dir(path).expect("a readable directory") {
        collect(&entry.expect("an entry").path(), files);
    }
}
