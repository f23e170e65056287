//! `seriema deps`

use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use seriema_audit::{Audit, DependencyInputs, audit_dependencies};
use seriema_deps::builtin::WithSymbols;
use seriema_deps::distribution::is_distribution;
use seriema_deps::environment::{self, Start};
use seriema_deps::project::{Source, names, questions};
use seriema_deps::{Advisories, Index, Platform, Target, kind_of};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_osv::{Address, Answers, Client, Gap, Options, Question, Silent, ask};
use seriema_report::visible_line;
use seriema_workspace::{AdvisoryIgnore, Discovery};

use crate::cli::{DepsArgs, PlatformName};
use crate::config::{self, Run, Wanted, today};
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
        let mut gaps = Vec::new();
        let open = |sources: &[Source]| -> Result<Option<Box<dyn Advisories>>> {
            if args.online {
                return Ok(Some(Box::new(WithSymbols(online(args, sources, &mut gaps)?))));
            }
            db::open(args.offline_db.as_deref(), names(sources), args.max_index_age)
        };
        let mut audited = audit_dependencies::<anyhow::Error>(&run.discovery.files, root, &run.settings, inputs, open)?;
        audited.diagnostics.append(&mut gaps);
        audit::conclude(report, &run, &audited, &targets, started)
    })?
}

/// Adds to an audit of everything what is known of the packages that manifests among its files name.
pub(crate) fn add(run: &Run, audited: &mut Audit) -> Result<()> {
    let Discovery { files, root, .. } = &run.discovery;
    let manifests: Vec<_> = files.iter().filter(|file| kind_of(&file.relative).is_some()).cloned().collect();
    if manifests.is_empty() {
        return Ok(());
    }
    let inputs = DependencyInputs { code: files.clone(), ..DependencyInputs::default() };
    let open = |sources: &[Source]| db::open(None, names(sources), db::MAX_AGE);
    audited.add_dependencies(audit_dependencies::<anyhow::Error>(&manifests, root, &run.settings, inputs, open)?);
    Ok(())
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

/// What OSV knows of what manifests name. What cannot be had of it is put among the diagnostics, where a package of it is named.
fn online(args: &DepsArgs, sources: &[Source], diagnostics: &mut Vec<Diagnostic>) -> Result<Index> {
    let base = Address::named(&args.osv_url).with_context(|| format!("--osv-url {}", visible_line(&args.osv_url)))?;
    let version = |version: &_| ToString::to_string(version);
    let questions: Vec<Question> = questions(sources)
        .into_iter()
        .map(|(name, named)| Question { name, version: named.as_ref().map(version) })
        .collect();
    let client = Client::new(Options::default());
    let Answers { index, gaps, .. } = ask(&client, &base, &questions, &today().to_string(), &Silent)?;
    diagnostics.extend(gaps.iter().filter_map(|gap| diagnostic(gap, sources)));
    Ok(index)
}

fn diagnostic(gap: &Gap, sources: &[Source]) -> Option<Diagnostic> {
    let kind = DiagnosticKind::Unreadable;
    let message = visible_line(&gap.what).into_owned();
    let place = sources.iter().find_map(|source| {
        let named = source.manifest.dependencies.iter().find(|dependency| gap.names.contains(&dependency.name))?;
        Some((source, named.range.start))
    });
    let Some((source, at)) = place else {
        return Some(Diagnostic::file(sources.first()?.manifest.path.clone(), kind, message));
    };
    if gap.names.len() > 1 {
        return Some(Diagnostic::file(source.manifest.path.clone(), kind, message));
    }
    let before = source.text.get(..at).unwrap_or_default();
    let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
    Some(Diagnostic::line(source.manifest.path.clone(), line, kind, message))
}
