//! Every format, broken in every way: it is survived, what is said has a line, and what only looks different reads the same.
#![allow(clippy::disallowed_methods, reason = "the seeds of the fuzz target are read")]

use std::collections::BTreeSet;
use std::path::Path;

use seriema_deps::distribution::sources_in;
use seriema_deps::manifest::{self, Manifest, ManifestKind};

/// As the fuzz target numbers them, whose seeds are the samples. A seed's first byte is the number, and so are the first
/// digits of its name.
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

/// What the target reads as archives, by the numbers after those.
const ARCHIVES: [&str; 3] = ["a-1-py3-none-any.whl", "a-1.tar", "a-1.tar.gz"];

/// The seeds, each with its number.
fn seeds() -> Vec<(usize, Vec<u8>)> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/manifests");
    let mut files: Vec<_> = seeds.read_dir().expect("seeds").map(|entry| entry.expect("a seed").path()).collect();
    files.sort();
    let seed = |file: &std::path::PathBuf| {
        let bytes = std::fs::read(file).expect("a seed");
        let (number, rest) = bytes.split_first().expect("a number");
        let name = file.file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with(&format!("{number:02}")), "{name} begins with {number}");
        (usize::from(*number), rest.to_vec())
    };
    files.iter().map(seed).collect()
}

fn samples() -> Vec<(ManifestKind, &'static str, String)> {
    let text = |(number, bytes)| {
        let (kind, path) = *KINDS.get::<usize>(number)?;
        Some((kind, path, String::from_utf8(bytes).expect("a text")))
    };
    let samples: Vec<_> = seeds().into_iter().filter_map(text).collect();
    assert!(KINDS.iter().all(|(kind, _)| samples.iter().any(|sample| sample.0 == *kind)), "a sample of each");
    samples
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
fn archives_have_packages_wherever_they_end() {
    for (at, path) in ARCHIVES.into_iter().enumerate() {
        let (_, bytes) = seeds().into_iter().find(|seed| seed.0 == KINDS.len() + at).expect("a sample of each");
        let (sources, diagnostics) = sources_in(path, &bytes);
        assert!(sources.iter().any(|source| !source.manifest.dependencies.is_empty()), "{path}: {diagnostics:?}");
        for end in 0..bytes.len() {
            let (cut, diagnostics) = sources_in(path, &bytes[..end]);
            assert!(cut.len() == sources.len() || !diagnostics.is_empty(), "{path}: nothing is said of {end} bytes");
        }
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
