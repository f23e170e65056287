//! Packs the built-in advisories in `advisories/` and `imports.toml`: each package's by itself, so that a run reads those
//! of the packages that it meets and no other. And sorts popular names by the forms in which others are compared with them.
#![allow(clippy::disallowed_methods, reason = "a build script reads the crate's files and writes its own")]

use std::path::Path;

#[path = "src/builtin/file.rs"]
mod file;
#[path = "src/supply/forms.rs"]
mod forms;
#[path = "src/builtin/raw.rs"]
mod raw;
mod supply {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::forms::{IMITATED, SHORTEST, bare, skeleton, words};

    /// Writes the names that others are compared with, sorted, by each of their forms.
    pub(super) fn write(root: &Path, target: &Path) {
        let read = |name: &str| std::fs::read_to_string(root.join("data").join(name)).expect("a readable file");
        let (popular, neighbours) = (read("popular.txt"), read("neighbours.txt"));
        let mut known: BTreeMap<&str, String> = neighbours.lines().map(|name| (name, String::new())).collect();
        known.extend(popular.lines().enumerate().map(|(rank, name)| (name, rank.to_string())));
        let mut forms: [BTreeMap<String, &str>; 3] = Default::default();
        let mut by_length = Vec::new();
        for name in popular.lines().take(IMITATED).filter(|name| name.len() >= SHORTEST) {
            forms[0].entry(bare(name)).or_insert(name);
            forms[1].entry(skeleton(name)).or_insert(name);
            if name.contains('-') {
                forms[2].entry(words(name)).or_insert(name);
            }
            by_length.push((name.len(), name));
        }
        by_length.sort_unstable();
        let write = |name: &str, lines: String| std::fs::write(target.join(name), lines).expect("a writable directory");
        write("known.txt", known.iter().map(|(name, rank)| format!("{name}\t{rank}\n")).collect());
        for (name, form) in ["bare.txt", "skeletons.txt", "words.txt"].into_iter().zip(&forms) {
            write(name, form.iter().map(|(form, name)| format!("{form}\t{name}\n")).collect());
        }
        write("by_length.txt", by_length.iter().map(|(_, name)| format!("{name}\n")).collect());
    }
}

use file::{File, Imports};
use raw::Raw;
use serde::Serialize;

/// Everything, as it is kept in the program.
#[derive(Default, Serialize)]
struct Packed {
    advisories: usize,
    newest: String,
    /// Packages that are run by their command, in order.
    commands: Vec<String>,
    /// By package, in order.
    imports: Vec<(String, Vec<String>)>,
    /// By package, in order: its advisories as [`Raw`], packed.
    packages: Vec<(String, Vec<u8>)>,
}

impl Packed {
    /// Adds a file.
    fn add(&mut self, file: File) {
        let advisories: Vec<Raw> = file.advisory.into_iter().map(toml::Spanned::into_inner).collect();
        self.advisories += advisories.len();
        for advisory in &advisories {
            if advisory.published > self.newest {
                self.newest.clone_from(&advisory.published);
            }
        }
        if file.command {
            self.commands.push(file.package.clone());
            self.commands.sort();
        }
        if !file.imports.is_empty() {
            self.imports.push((file.package.clone(), file.imports));
        }
        let bytes = postcard::to_allocvec(&advisories).expect("plain data");
        self.packages.push((file.package, bytes));
    }
}

fn main() {
    println!("cargo::rerun-if-changed=advisories");
    println!("cargo::rerun-if-changed=imports.toml");
    println!("cargo::rerun-if-changed=src/builtin");
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/supply/forms.rs");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&root);
    let mut files: Vec<_> = std::fs::read_dir(root.join("advisories"))
        .expect("the directory is part of the crate")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.push(root.join("imports.toml"));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a readable file");
    let imports = files.pop().map(|path| (read(&path), path)).expect("it was pushed");
    let mut packed = Packed::default();
    for path in files {
        let file: File = toml::from_str(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        packed.add(file);
    }
    let imports: Imports =
        toml::from_str(&imports.0).unwrap_or_else(|error| panic!("{}: {error}", imports.1.display()));
    packed.imports.extend(imports.imports);
    packed.imports.sort();
    packed.packages.sort();
    let bytes = postcard::to_allocvec(&packed).expect("plain data");
    let target = std::env::var("OUT_DIR").expect("cargo sets it");
    supply::write(root, Path::new(&target));
    std::fs::write(Path::new(&target).join("builtin.bin"), bytes).expect("a writable directory");
}
