//! Lists the models in `models/`, with the modules for which each is read.
#![allow(clippy::disallowed_methods, reason = "a build script reads the crate's files and writes its own")]

use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=models");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&root).join("models"))
        .expect("the directory is part of the crate")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut out = String::from("/// Name, modules, text.\npub(crate) const EMBEDDED: &[(&str, &[&str], &str)] = &[\n");
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let modules = text.split_once("\nmodules").map_or("", |(_, after)| after);
        let list = modules.split_once('[').map_or("", |(_, after)| after);
        let list = list.split(']').next().unwrap_or_default().replace('\n', " ");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a UTF-8 name");
        // By the crate's directory, not an absolute path: a target directory may serve several checkouts.
        writeln!(
            out,
            "    ({name:?}, &[{list}], include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/models/{name}\"))),"
        )
        .expect("a string");
    }
    out.push_str("];\n");
    let target = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&target).join("embedded.rs"), out).expect("a writable directory");
}
