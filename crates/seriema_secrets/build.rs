//! Packs the detector files in `detectors/`: reading a thousand of them at every start would take longer than to scan a
//! small project.
#![allow(clippy::disallowed_methods, reason = "a build script reads the crate's files and writes its own")]

use std::path::Path;

#[path = "src/needs.rs"]
mod needs;
#[path = "src/raw.rs"]
mod raw;

fn main() {
    println!("cargo::rerun-if-changed=detectors");
    println!("cargo::rerun-if-changed=src/raw.rs");
    println!("cargo::rerun-if-changed=src/needs.rs");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&root).join("detectors"))
        .expect("the directory is part of the crate")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let kept: Vec<raw::Kept> = files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a readable file");
            let file: raw::File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let detectors = file.detector.into_iter().map(toml::Spanned::into_inner).map(without_examples).collect();
            raw::Kept { provider: file.provider, revoke: file.revoke, url: file.url, detectors }
        })
        .collect();
    let bytes = postcard::to_allocvec(&kept).expect("plain data");
    let target = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&target).join("detectors.bin"), bytes).expect("a writable directory");
}

/// Examples are for the tests, which read the files.
fn without_examples(mut raw: raw::Raw) -> (raw::Raw, bool) {
    raw.examples.clear();
    raw.counterexamples.clear();
    let needs_run = raw.needs_run();
    (raw, needs_run)
}
