//! Every format, broken in every way: it is survived, what is said has a line, and what only looks different reads the same.
#![allow(clippy::disallowed_methods, reason = "the seeds of the fuzz target are read")]

use std::collections::BTreeSet;
use std::path::Path;

use seriema_deps::manifest::{self, Manifest, ManifestKind};

/// As the fuzz target numbers them, whose seeds are the samples.
const KINDS: [(ManifestKind, &str); 18] = [
    (ManifestKind::Requirements, "requirements.txt"),
    (ManifestKind::Pyproject, "pyproject.toml"),
    (ManifestKind::SetupCfg, "setup.cfg"),
    (ManifestKind::SetupPy, "setup.py"),
    (ManifestKind::Pipfile, "Pipfile"),
    (ManifestKind::CondaEnvironment, "environment.yml"),
    (ManifestKind::Script, "script.py"),
    (ManifestKind::Dockerfile, "Dockerfile"),
    (ManifestKind::UvLock, "uv.lock"),
    (ManifestKind::PoetryLock, "poetry.lock"),
    (ManifestKind::PdmLock, "pdm.lock"),
    (ManifestKind::PipfileLock, "Pipfile.lock"),
    (ManifestKind::Pylock, "pylock.toml"),
    (ManifestKind::CondaLock, "conda-lock.yml"),
    (ManifestKind::CycloneDx, "bom.json"),
    (ManifestKind::Spdx, "a.spdx.json"),
    (ManifestKind::Metadata, "a-1.dist-info/METADATA"),
    (ManifestKind::Vendored, "a/_vendor/vendor.txt"),
];

fn samples() -> Vec<(ManifestKind, &'static str, String)> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/manifests");
    let sample = |(number, (kind, path)): (usize, (ManifestKind, &'static str))| {
        let seed = std::fs::read_to_string(seeds.join(format!("{number:02}"))).expect("a seed");
        (kind, path, seed[1..].to_owned())
    };
    KINDS.into_iter().enumerate().map(sample).collect()
}

/// Reads a text; all places must lie in it.
fn read(kind: ManifestKind, path: &str, text: &str) -> Manifest {
    let manifest = manifest::read(path, kind, text);
    let lines = u32::try_from(text.split(['\n', '\r']).count()).expect("few");
    for dependency in &manifest.dependencies {
        assert!(text.get(dependency.range.clone()).is_some(), "{dependency:?}");
        assert!(dependency.version_range.clone().is_none_or(|range| text.get(range).is_some()), "{dependency:?}");
    }
    for diagnostic in &manifest.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&line)), "{diagnostic:?}");
    }
    manifest
}

fn packages(manifest: &Manifest) -> BTreeSet<String> {
    let all = manifest.dependencies.iter();
    all.map(|it| format!("{} {:?} {} {:?}", it.name, it.version, it.specifiers, it.group)).collect()
}

#[test]
fn samples_have_packages() {
    for (kind, path, text) in samples() {
        let found = read(kind, path, &text);
        assert!(!found.dependencies.is_empty() || !found.includes.is_empty(), "{path}");
    }
}

#[test]
fn line_ends_of_windows_change_nothing() {
    for (kind, path, text) in samples() {
        let windows = text.replace('\n', "\r\n");
        assert_eq!(packages(&read(kind, path, &windows)), packages(&read(kind, path, &text)), "{path}");
    }
}

#[test]
fn a_byte_order_mark_changes_nothing_or_is_said() {
    for (kind, path, text) in samples() {
        let marked = read(kind, path, &format!("\u{feff}{text}"));
        let is_same = packages(&marked) == packages(&read(kind, path, &text));
        assert!(is_same || !marked.diagnostics.is_empty(), "{path}");
    }
}

#[test]
fn what_ends_anywhere_or_holds_anything_is_survived() {
    for (kind, path, text) in samples() {
        for (at, _) in text.char_indices() {
            read(kind, path, &text[..at]);
            read(kind, path, &text[at..]);
            for piece in ["\0", "é", "\u{feff}", "\r"] {
                read(kind, path, &format!("{}{piece}{}", &text[..at], &text[at..]));
            }
        }
    }
}

/// Formats that say when they end: what is cut off is said, or nothing that was there is missing.
#[test]
fn json_that_ends_early_is_said() {
    for (kind, path, text) in samples() {
        if !matches!(kind, ManifestKind::PipfileLock | ManifestKind::CycloneDx | ManifestKind::Spdx) {
            continue;
        }
        let text = text.trim_end();
        for (at, _) in text.char_indices() {
            assert!(!read(kind, path, &text[..at]).diagnostics.is_empty(), "{path}: {}", &text[..at]);
        }
    }
}

#[test]
fn what_is_there_twice_is_survived() {
    for (kind, path, text) in samples() {
        read(kind, path, &format!("{text}\n{text}"));
    }
}

#[test]
fn nothing_or_other_things_are_survived() {
    let deep = ["[", "{", "(", "{\"a\":", "- ", "a: ", "a.", "[[a.", "[a]\n", "'", "\"\"\"", "\\\n"]
        .map(|part| part.repeat(20_000));
    let others = [
        "",
        "\0",
        "\n\n",
        "null",
        "[]",
        "{}",
        "1",
        "\"a\"",
        "a = 1",
        "package = 1",
        "[[package]]",
        "[package]\nname = 1",
    ];
    for (kind, path, _) in samples() {
        for text in others.iter().copied().chain(deep.iter().map(String::as_str)) {
            read(kind, path, text);
        }
    }
}
