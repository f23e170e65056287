//! Arbitrary bytes as a file that may hold secrets.
//!
//! Nothing may panic or run away. Secrets stand in the text, on characters, in order and apart from each other; each is
//! what stands at its place, or begins with it when it is put together of pieces; and none is shown when it is formatted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seriema_secrets::{Detectors, Secret, masked, scan};

/// Kinds of files that are looked at differently.
const PATHS: &[&str] = &[
    "app/settings.py",
    "config.yaml",
    ".env",
    "Dockerfile",
    "tests/data.json",
    "deploy.tf",
    "notes.md",
    "setup.cfg",
    "poetry.lock",
    "deploy.sh",
    "requirements.txt",
    "notebook.ipynb",
    ".pypirc",
    "chart/values.yml",
    "key.pem",
    "pom.xml",
];

fn check(text: &str, secrets: &[Secret]) {
    let mut end = 0;
    for secret in secrets {
        assert!(secret.range.start >= end, "{secret:?} begins before {end}");
        end = secret.range.end;
        let there = text.get(secret.range.clone()).unwrap_or_else(|| panic!("{secret:?} is not on characters"));
        assert!(!there.is_empty(), "{secret:?} is empty");
        assert!(secret.value.reveal().starts_with(there), "{secret:?} is not what stands there");
        let before = &text.as_bytes()[..secret.range.start];
        assert_eq!(secret.line as usize, 1 + before.iter().filter(|byte| **byte == b'\n').count());
        let value = secret.value.reveal();
        assert!(format!("{secret:?}").contains(&masked(value)), "{secret:?}");
        // What is masked is short; a value that is all but short stands nowhere in full.
        assert!(value.len() < 12 || !format!("{secret:?}").contains(value), "a secret is shown");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let text = String::from_utf8_lossy(rest);
    let secrets = scan(Detectors::embedded(), path, &text);
    check(&text, &secrets);
});
