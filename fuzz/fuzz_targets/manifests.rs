//! Arbitrary bytes as what says on what a project depends: a manifest, a lock, an inventory, an archive of them, a project of
//! several, and the files that say what is not to be reported. The first byte chooses which.
//!
//! Nothing may panic or run away, every place lies in the text, and nothing that is said holds a password. What is to be
//! raised and what is to be changed lies in the text, too, and edits can be made together.

#![no_main]

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use seriema_audit::VOCABULARY;
use seriema_deps::distribution::sources_in;
use seriema_deps::manifest::{self, Manifest, ManifestKind, Origin, tree, url};
use seriema_deps::project::{Known, Source, matches, names, questions, sources};
use seriema_deps::{
    Advisories, Advisory, Affected, Event, IndexError, Name, Platform, Range, Target, fix, kind_of, supply,
};
use seriema_finding::Diagnostic;
use seriema_workspace::{ConfigFile, Origin as Place, other_ignores};

/// What a text is read as. Tests of the crate number the first of them the same way.
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

/// What else it is read as, after the manifests.
const OTHERS: [fn(&[u8]); 8] = [
    |bytes| archive("a-1-py3-none-any.whl", bytes),
    |bytes| archive("a-1.tar", bytes),
    |bytes| archive("a-1.tar.gz", bytes),
    // Arbitrary bytes seldom have the checksums of an archive.
    |bytes| archive("a-1.zip", &zipped(bytes)),
    project,
    |bytes| ignores("osv-scanner.toml", &String::from_utf8_lossy(bytes)),
    |bytes| ignores("uv.toml", &String::from_utf8_lossy(bytes)),
    |bytes| settings("seriema.toml", &String::from_utf8_lossy(bytes)),
];

/// Ends each file of a project: the byte that stands between records.
const END: u8 = 0x1e;

/// Advisories about every package, whatever its name.
struct Everything;

static ADVISORIES: LazyLock<[Advisory; 2]> = LazyLock::new(|| {
    let one = |id: &str, versions: &[&str], events: &[Event]| Advisory {
        id: id.to_owned(),
        score: Some(9.8),
        affected: vec![Affected {
            versions: versions.iter().copied().collect(),
            ranges: vec![Range { events: events.to_vec() }],
        }],
        ..Advisory::default()
    };
    let (from, fixed) = (|at: &str| Event::Introduced(at.to_owned()), |at: &str| Event::Fixed(at.to_owned()));
    [
        one(
            "CVE-2024-1",
            &["0.9", "1", "1.1", "1.2", "1.3", "2.0rc1"],
            &[from("0"), fixed("1.0.1"), from("1.1"), fixed("2")],
        ),
        one(
            "CVE-2024-2",
            &[],
            &[from("1!2"), fixed("1!2.31.1"), Event::Limit("1!3".to_owned()), from("2.0a1"), fixed("8.1.1")],
        ),
    ]
});

impl Advisories for Everything {
    fn about(&self, _: &Name) -> Result<Vec<Advisory>, IndexError> {
        Ok(ADVISORIES.to_vec())
    }
}

/// Paths of files and what they hold: each begins with a line that names it.
fn files(bytes: &[u8]) -> impl Iterator<Item = (String, &[u8])> {
    bytes.split(|byte| *byte == END).take(50).map(|part| {
        let at = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        (String::from_utf8_lossy(&part[..at]).into_owned(), part.get(at + 1..).unwrap_or_default())
    })
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (path, content) in files(bytes) {
        // It may be there already.
        if writer.start_file(path, stored).is_ok() {
            writer.write_all(content).expect("memory can be written to");
        }
    }
    writer.finish().expect("memory can be written to").into_inner()
}

fn archive(path: &str, bytes: &[u8]) {
    let (sources, diagnostics) = sources_in(path, bytes);
    assert!(!sources.is_empty() || !diagnostics.is_empty(), "nothing is said of what is not read");
    said(&diagnostics);
    sources.iter().for_each(places);
    whole(&sources);
}

/// The files of a project: those with names of manifests are found, others are there to be included.
fn project(bytes: &[u8]) {
    let files: Vec<(String, String)> =
        files(bytes).map(|(path, content)| (path, String::from_utf8_lossy(content).into_owned())).collect();
    let paths: Vec<(Arc<str>, Option<ManifestKind>)> =
        files.iter().map(|(path, _)| (Arc::from(path.as_str()), kind_of(path))).collect();
    let (sources, diagnostics) = sources(&paths, |path| {
        let file = files.iter().find(|file| file.0 == path);
        file.map(|file| file.1.clone()).ok_or_else(|| "does not exist".to_owned())
    });
    said(&diagnostics);
    sources.iter().for_each(places);
    whole(&sources);
}

fn read(kind: ManifestKind, path: &str, text: String) {
    let masked = url::masked(&text);
    assert_eq!(masked.len(), text.len());
    assert_eq!(url::masked(&masked), masked);
    let manifest = manifest::read(path, kind, &text);
    let lines = text.split(['\n', '\r']).count();
    for diagnostic in &manifest.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{diagnostic:?}");
    }
    said(&manifest.diagnostics);
    let paths = tree::paths(&manifest);
    for index in 0..=manifest.dependencies.len() {
        let _ = paths.to(index);
    }
    let mut source = [Source { manifest, text }];
    places(&source[0]);
    whole(&source);
    let target = Target::new(Some("3.11"), Some(Platform::Linux)).expect("a version");
    let before = source[0].manifest.dependencies.len();
    target.restrict(&mut source);
    assert!(source[0].manifest.dependencies.len() <= before);
    if kind == ManifestKind::Pyproject {
        ignores(path, &source[0].text);
        settings(path, &source[0].text);
    }
}

fn said(diagnostics: &[Diagnostic]) {
    for Diagnostic { message, .. } in diagnostics {
        assert!(!message.is_empty());
        assert_eq!(url::masked(message), *message, "a password is told");
    }
}

/// Everything that is said to stand in the text stands there.
fn places(source: &Source) {
    let Source { manifest, text } = source;
    let Manifest { dependencies, includes, unnamed, options, .. } = manifest;
    for dependency in dependencies {
        let ranges = std::iter::once(&dependency.range).chain(&dependency.version_range).chain(&dependency.repeated);
        assert!(ranges.into_iter().all(|range| text.get(range.clone()).is_some()), "{dependency:?}");
    }
    let ranges = includes.iter().map(|one| &one.range).chain(unnamed.iter().map(|one| &one.range));
    assert!(ranges.chain(options.iter().map(|one| &one.range)).all(|range| text.get(range.clone()).is_some()));
    for origin in dependencies.iter().map(|one| &one.origin).chain(unnamed.iter().map(|one| &one.origin)) {
        if let Origin::Index(Some(url)) | Origin::Vcs { url, .. } | Origin::Url(url) | Origin::Conda(url) = origin {
            assert_eq!(url::masked(url), *url, "a password is told");
        }
    }
}

/// What is made of manifests together.
fn whole(sources: &[Source]) {
    let risks = supply::risks(sources);
    assert_eq!(risks.len(), sources.len());
    for (risks, source) in risks.iter().zip(sources) {
        assert!(risks.iter().all(|risk| source.text.get(risk.range.clone()).is_some()), "{risks:?}");
    }
    let names = names(sources);
    assert!(questions(sources).iter().all(|(name, _)| names.contains(name)));
    let known = Known::of(sources, &Everything).expect("advisories are known");
    let found = matches(sources, &known);
    let upgrades = fix::upgrades(sources, &found, &known);
    for (number, source) in sources.iter().enumerate() {
        let edits = || upgrades.iter().filter(|one| one.source == number).flat_map(|one| one.edits());
        let after = fix::apply(&source.text, edits()).expect("edits that can be made together");
        // What was done needs not be done again.
        if edits().next().is_some() {
            let after = manifest::read(&source.manifest.path, source.manifest.kind, &after);
            assert_eq!(after.dependencies.len(), source.manifest.dependencies.len(), "{upgrades:?}");
        }
    }
}

fn ignores(name: &str, text: &str) {
    let lines = text.split('\n').count();
    for ignore in other_ignores(name, name, text) {
        let Place::File { line, .. } = &ignore.origin else { panic!("{ignore:?} stands in the file") };
        assert!((1..=lines).contains(&(*line as usize)), "{ignore:?}");
        assert!(ignore.id.is_some() || ignore.package.is_some(), "{ignore:?}");
        assert!(!ignore.about().is_empty() || ignore.id.as_deref() == Some(""), "{ignore:?}");
    }
}

/// The project's own settings, in which ignored advisories stand too.
fn settings(name: &str, text: &str) {
    let lines = text.split('\n').count();
    let is_pyproject = name == "pyproject.toml";
    for error in ConfigFile::parse(name, Path::new("/"), text, is_pyproject, &VOCABULARY).err().into_iter().flatten() {
        assert!(!error.message.is_empty());
        assert!(error.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{error} of {lines} lines");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let number = usize::from(*first) % (KINDS.len() + OTHERS.len());
    match KINDS.get(number) {
        Some((kind, path)) => read(*kind, path, String::from_utf8_lossy(rest).into_owned()),
        None => OTHERS[number - KINDS.len()](rest),
    }
});
