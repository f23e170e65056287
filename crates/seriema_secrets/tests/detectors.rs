//! Every detector finds its examples, and nothing in its counterexamples.

#![allow(clippy::disallowed_methods, reason = "the detectors are files of this crate")]

use std::path::Path;

use seriema_secrets::{Detectors, expand, scan};

/// Files in which secrets stand: some detectors are for files of one kind.
const PATHS: &[&str] =
    &["app.conf", ".env", "app.php", "k8s/secret.yaml", "main.tf", ".npmrc", "NuGet.config", ".pypirc", "key.ppk"];

/// The detectors with their examples, which the program itself does not carry.
fn of_files() -> Detectors {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("detectors");
    let mut files: Vec<(String, String)> = std::fs::read_dir(directory)
        .expect("the crate's detectors")
        .map(|entry| entry.expect("a readable directory"))
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(entry.path()).expect("a text"))
        })
        .collect();
    files.sort();
    Detectors::parse(&files).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_program_carries_all_detectors() {
    let ids = |detectors: &Detectors| detectors.all().iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(Detectors::embedded()), ids(&of_files()));
}

#[test]
fn detectors_are_well_formed() {
    let mut problems = Vec::new();
    for detector in of_files().all() {
        if let Err(error) = detector.check() {
            problems.push(format!("{}: {error}", detector.id));
        }
        if detector.examples.is_empty() {
            problems.push(format!("{}: no example", detector.id));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn detectors_find_their_examples() {
    let detectors = of_files();
    let mut problems = Vec::new();
    for detector in detectors.all() {
        let finds = |example: &String| {
            let text = expand(example);
            PATHS.iter().any(|path| scan(&detectors, path, &text).iter().any(|secret| !secret.provider.is_empty()))
        };
        let own = |example: &String| {
            let text = expand(example);
            PATHS.iter().any(|path| scan(&detectors, path, &text).iter().any(|secret| secret.detector == detector.id))
        };
        problems.extend(
            detector.examples.iter().filter(|example| !finds(example)).map(|e| format!("{} misses {e}", detector.id)),
        );
        problems.extend(
            detector
                .counterexamples
                .iter()
                .filter(|example| own(example))
                .map(|e| format!("{} finds {e}", detector.id)),
        );
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
