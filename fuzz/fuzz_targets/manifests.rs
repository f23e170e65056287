//! Arbitrary bytes as a manifest, a lock or an inventory: the first byte chooses which.
//!
//! Nothing may panic or run away, every place lies in the text, and nothing that is said holds a password.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seriema_deps::manifest::{self, ManifestKind, tree, url};
use seriema_deps::{Platform, Target};

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

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (kind, path) = KINDS[usize::from(*first) % KINDS.len()];
    let text = String::from_utf8_lossy(rest);
    assert_eq!(url::masked(&text).len(), text.len());
    let manifest = manifest::read(path, kind, &text);
    let lines = text.split(['\n', '\r']).count();
    let target = Target::new(Some("3.11"), Some(Platform::Linux)).expect("a version");
    for dependency in &manifest.dependencies {
        assert!(text.get(dependency.range.clone()).is_some());
        assert!(dependency.version_range.clone().is_none_or(|range| text.get(range).is_some()));
        assert!(dependency.repeated.iter().all(|range| text.get(range.clone()).is_some()));
        let _ = target.may_need(&dependency.marker);
    }
    for diagnostic in &manifest.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{diagnostic:?}");
    }
    let paths = tree::paths(&manifest);
    for index in 0..=manifest.dependencies.len() {
        let _ = paths.to(index);
    }
});
