//! Every detector finds its examples, and nothing in its counterexamples.

use seriema_secrets::{Detectors, expand, scan};

/// Files in which secrets stand: some detectors are for files of one kind.
const PATHS: &[&str] =
    &["app.conf", ".env", "app.php", "k8s/secret.yaml", "main.tf", ".npmrc", "NuGet.config", ".pypirc", "key.ppk"];

#[test]
fn detectors_are_well_formed() {
    let mut problems = Vec::new();
    for detector in Detectors::embedded().all() {
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
    let detectors = Detectors::embedded();
    let mut problems = Vec::new();
    for detector in detectors.all() {
        let finds = |example: &String| {
            let text = expand(example);
            PATHS.iter().any(|path| scan(detectors, path, &text).iter().any(|secret| !secret.provider.is_empty()))
        };
        let own = |example: &String| {
            let text = expand(example);
            PATHS.iter().any(|path| scan(detectors, path, &text).iter().any(|secret| secret.detector == detector.id))
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
