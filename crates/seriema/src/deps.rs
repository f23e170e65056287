//! `seriema deps`

use std::time::Instant;

use anyhow::{Result, anyhow};
use seriema_audit::{DependencyInputs, audit_dependencies};
use seriema_deps::distribution::is_distribution;
use seriema_deps::environment::{self, Start};
use seriema_deps::{Platform, Target, kind_of};
use seriema_workspace::AdvisoryIgnore;

use crate::cli::{DepsArgs, PlatformName};
use crate::config::{self, Wanted};
use crate::{Exit, audit, db, output, setup};

/// What an audit of dependencies reads.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: false, flow: false, threat: None, secrets: false, texts: true };

pub(crate) fn run(args: &DepsArgs) -> Result<Exit> {
    let started = Instant::now();
    let report = &args.report;
    let targets = output::targets(report.format, &report.output, report.quiet)?;
    let cwd = setup::cwd()?;
    let mut inputs = inputs(args)?;
    setup::on_pool(report.threads, || {
        let mut run = config::prepare(report, WANTED, &cwd)?;
        for id in &args.ignore_vuln {
            run.settings.tree.ignore_advisory(&AdvisoryIgnore::of_command_line(id));
        }
        let is_named = run.discovery.files.len() == 1;
        if !is_named && !args.no_reach && !is_installed(args) {
            inputs.code.clone_from(&run.discovery.files);
        }
        let is_input =
            |path: &str, named: bool| kind_of(path).is_some() || named && (is_named || is_distribution(path));
        run.discovery.files.retain(|file| is_input(&file.relative, file.named));
        if is_installed(args) && report.paths.is_empty() {
            run.discovery.files.clear();
        }
        let root = &run.discovery.root;
        let open = |names| db::open(args.offline_db.as_deref(), names);
        let audited = audit_dependencies::<anyhow::Error>(&run.discovery.files, root, &run.settings, inputs, open)?;
        audit::conclude(report, &run, &audited, &targets, started)
    })?
}

/// Whether installed packages are named.
fn is_installed(args: &DepsArgs) -> bool {
    args.python.is_some() || !args.venv.is_empty() || !args.path.is_empty()
}

/// What is audited besides files, and for which Python.
fn inputs(args: &DepsArgs) -> Result<DependencyInputs> {
    let platform = args.platform.map(|name| match name {
        PlatformName::Linux => Platform::Linux,
        PlatformName::Macos => Platform::Macos,
        PlatformName::Windows => Platform::Windows,
    });
    let target = Target::new(args.python_version.as_deref(), platform)
        .map_err(|message| anyhow!("--python-version: {message}"))?;
    let mut inputs = DependencyInputs { target, ..DependencyInputs::default() };
    let starts = args.python.iter().cloned().map(Start::Python);
    let starts = starts.chain(args.venv.iter().cloned().map(Start::Prefix));
    for start in starts.chain(args.path.iter().cloned().map(Start::Packages)) {
        let found = environment::read(&start).map_err(|message| anyhow!("{message}"))?;
        inputs.sources.extend(found.sources);
        inputs.diagnostics.extend(found.diagnostics);
    }
    Ok(inputs)
}
