//! Audits of files that a test writes.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test binary uses a part; tests write what they audit")]

use std::path::Path;

use seriema_audit::{Audit, Settings, VOCABULARY, audit};
use seriema_finding::Finding;
use seriema_workspace::{ConfigSource, ConfigTree, DiscoverOptions, Overrides, discover};

/// Stack of the threads that the command line walks trees on.
pub(crate) const STACK: usize = 64 << 20;

pub(crate) fn settings(root: &Path, source: ConfigSource) -> Settings {
    let tree = ConfigTree::load(root, source, Overrides::default(), &VOCABULARY).expect("a valid configuration");
    Settings {
        tree,
        today: jiff::civil::date(2026, 11, 23),
        code: true,
        secrets: None,
        flow: false,
        threat: None,
        once: false,
        models: Vec::new(),
        cache: None,
    }
}

/// Audits a directory with its own configuration.
pub(crate) fn audit_directory(root: &Path, threads: usize, reversed: bool) -> (Audit, Settings) {
    audit_with(settings(root, ConfigSource::Nearest), root, threads, reversed)
}

/// The same, following data through the whole program.
pub(crate) fn follow_directory(root: &Path, threads: usize, reversed: bool) -> (Audit, Settings) {
    audit_with(Settings { flow: true, ..settings(root, ConfigSource::Nearest) }, root, threads, reversed)
}

/// Audits a directory by settings.
pub(crate) fn audit_with(mut settings: Settings, root: &Path, threads: usize, reversed: bool) -> (Audit, Settings) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().expect("threads");
    let audited = pool.install(|| {
        let texts = settings.secrets.is_some();
        let options = DiscoverOptions { root: Some(root.to_owned()), texts, ..DiscoverOptions::default() };
        let mut found = discover(root, &options);
        settings.tree.nest(&mut found, false, &VOCABULARY).expect("valid configurations");
        if reversed {
            found.files.reverse();
        }
        let mut audited = audit(&found.files, &settings, &|| {});
        audited.diagnostics.extend(found.diagnostics);
        audited
    });
    (audited, settings)
}

/// Writes files into a new directory.
pub(crate) fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    directory
}

/// `line slug persona [suppressed]` of each finding.
pub(crate) fn lines(findings: &[(usize, Finding)]) -> Vec<String> {
    findings
        .iter()
        .map(|(_, finding)| {
            let suppressed = if finding.suppression.is_some() { " suppressed" } else { "" };
            let Finding { rule, persona, location, .. } = finding;
            format!("{}:{} {} {persona}{suppressed}", location.path, location.start.line, rule.slug)
        })
        .collect()
}
