//! `seriema audit` and `seriema code`

use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use seriema_audit::{Audit, Settings, Shown, audit, audit_text, select};
use seriema_finding::{Diagnostic, Severity};
use seriema_report::{Detail, Hidden, Report, Summary, visible_line};
use seriema_rules::RULES;
use seriema_workspace::{Discovery, discover};

use crate::cli::AuditArgs;
use crate::config::Configuration;
use crate::output::{self, Target};
use crate::progress::Progress;
use crate::{Exit, setup};

pub(crate) fn run(args: &AuditArgs) -> Result<Exit> {
    let started = Instant::now();
    let targets = output::targets(args.format, &args.output, args.quiet)?;
    let cwd = setup::cwd()?;
    if args.stdin_filename.is_some() || args.paths.iter().any(|path| path.as_os_str() == "-") {
        if args.paths.len() > 1 {
            bail!("standard input is one file: name no other path beside `-`");
        }
        return from_stdin(args, &cwd, &targets, started);
    }
    setup::on_pool(args.threads, || over_files(args, &cwd, &targets, started))?
}

fn over_files(args: &AuditArgs, cwd: &Path, targets: &[Target], started: Instant) -> Result<Exit> {
    let configuration = Configuration::load(args, cwd)?;
    let options = configuration.discover_options(args)?;
    let discovery = discover(cwd, &options);
    if let Some(missing) = discovery.missing.first() {
        bail!("{}", missing.message);
    }
    if args.explain_files {
        return explain_files(&discovery);
    }
    let (settings, group_of) = configuration.settings(&discovery.files)?;
    let machine = targets.iter().all(|target| target.file.is_none());
    let progress = Progress::new(discovery.files.len(), !args.quiet && (machine || args.output.is_empty()));
    let groups = &group_of;
    let audited = audit(&discovery.files, &settings, &|file| groups.get(&file.relative).copied().unwrap_or(0), &|| {
        progress.step();
    });
    progress.finish();
    let root = visible_line(&discovery.root.to_string_lossy()).into_owned();
    conclude(args, &configuration, &settings, &audited, Some(&discovery), &root, targets, started)
}

fn from_stdin(args: &AuditArgs, cwd: &Path, targets: &[Target], started: Instant) -> Result<Exit> {
    let configuration = Configuration::load(args, cwd)?;
    let name = args.stdin_filename.as_deref().unwrap_or_else(|| Path::new("stdin.py"));
    let shown = name.strip_prefix(cwd).unwrap_or(name).to_string_lossy().replace('\\', "/");
    let file = Audit::text_file(&shown);
    let (settings, _) = configuration.settings(std::slice::from_ref(&file))?;
    let mut bytes = Vec::new();
    io::stdin().take(settings.max_file_size + 1).read_to_end(&mut bytes).context("standard input cannot be read")?;
    if bytes.len() as u64 > settings.max_file_size {
        bail!("standard input is larger than max-file-size ({} bytes)", settings.max_file_size);
    }
    let audited = setup::on_pool(Some(1), || audit_text(&file, bytes, &settings))?;
    conclude(args, &configuration, &settings, &audited, None, &shown, targets, started)
}

#[allow(clippy::too_many_arguments, reason = "the end of the way: everything comes together here")]
fn conclude(
    args: &AuditArgs,
    configuration: &Configuration,
    settings: &Settings,
    audited: &Audit,
    discovery: Option<&Discovery>,
    root: &str,
    targets: &[Target],
    started: Instant,
) -> Result<Exit> {
    let Shown { findings, suppressed, by_persona, by_severity, by_confidence } = select(audited, &settings.groups);
    let mut diagnostics: Vec<Diagnostic> = audited.diagnostics.clone();
    diagnostics.extend(discovery.into_iter().flat_map(|found| found.diagnostics.iter().cloned()));
    diagnostics.sort();
    diagnostics.dedup();
    let found = discovery.map_or(1, |found| found.files.len());
    let report = Report {
        tool_version: env!("CARGO_PKG_VERSION"),
        root,
        findings,
        suppressed,
        diagnostics: &diagnostics,
        summary: Summary {
            files_read: audited.files,
            files_skipped: found.saturating_sub(audited.files),
            lines: audited.lines as u64,
            persona: settings.groups.iter().map(|group| group.persona).max().unwrap_or_default(),
            hidden: Hidden { by_persona, by_severity, by_confidence, by_baseline: 0 },
            duration: Some(Duration::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX))),
        },
        rules: RULES.to_vec(),
    };
    let mut options = setup::text_options(args.color);
    options.statistics = args.statistics;
    options.detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    output::write(targets, &report, &options)?;
    let fails = |threshold: Severity| report.findings.iter().any(|finding| finding.severity >= threshold);
    Ok(if configuration.fail_on().is_some_and(fails) {
        Exit::Findings
    } else if configuration.incomplete_is_error() && !report.is_complete() {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

fn explain_files(discovery: &Discovery) -> Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    let width = discovery.decisions.iter().map(|decision| decision.path.chars().count()).max().unwrap_or(0).min(60);
    for decision in &discovery.decisions {
        writeln!(out, "{:<width$}  {}", visible_line(&decision.path), visible_line(&decision.reason))?;
    }
    let read = discovery.decisions.iter().filter(|decision| decision.read).count();
    writeln!(out, "\n{read} of {} are read", discovery.decisions.len())?;
    for diagnostic in &discovery.diagnostics {
        writeln!(out, "{}: {}", visible_line(&diagnostic.path), visible_line(&diagnostic.message))?;
    }
    out.flush()?;
    Ok(if discovery.diagnostics.is_empty() { Exit::Clean } else { Exit::Incomplete })
}
