//! Lists the verifier files in `verifiers/`.
#![allow(clippy::disallowed_methods, reason = "a build script reads the crate's files and writes its own")]

use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=verifiers");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&root).join("verifiers"))
        .expect("the directory is part of the crate")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut out =
        String::from("/// Name and text of each verifier file.\npub(crate) const EMBEDDED: &[(&str, &str)] = &[\n");
    for path in files {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a UTF-8 name");
        // By the crate's directory, not an absolute path: a target directory may serve several checkouts.
        writeln!(out, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/verifiers/{name}\"))),")
            .expect("a string");
    }
    out.push_str("];\n");
    let target = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&target).join("embedded.rs"), out).expect("a writable directory");
}
