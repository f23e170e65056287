//! `seriema audit` and `seriema code`

use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use seriema_audit::{Account, Audit, Shown, audit, audit_text, select};
use seriema_finding::{Diagnostic, Family, Rule};
use seriema_report::{Detail, Followed, Hidden, Report, Summary, visible_line};
use seriema_rules::{DEPENDENCY_RULES, RULES, SECRET_RULES};
use seriema_workspace::{Discovery, Incomplete};

use crate::cli::{AuditArgs, KnownArgs, ReportArgs};
use crate::config::{self, Run, Wanted};
use crate::output::{self, Target};
use crate::progress::Progress;
use crate::secrets::scanner;
use crate::{Exit, cache, deps, setup};

/// `seriema audit`
pub(crate) fn run(args: &AuditArgs) -> Result<Exit> {
    analyse(args, true)
}

/// `seriema code`
pub(crate) fn code(args: &AuditArgs) -> Result<Exit> {
    analyse(args, false)
}

fn analyse(args: &AuditArgs, everything: bool) -> Result<Exit> {
    let started = Instant::now();
    let report = &args.report;
    let targets = output::targets(report.format, &report.output, report.quiet)?;
    if !everything {
        output::without_dependencies(&targets)?;
    }
    let cwd = setup::cwd()?;
    let wanted = Wanted {
        include_stubs: args.include_stubs,
        code: true,
        flow: !args.no_flow,
        threat: args.threat_model,
        secrets: everything,
        texts: false,
    };
    if args.stdin_filename.is_some() || report.paths.iter().any(|path| path.as_os_str() == "-") {
        if report.paths.len() > 1 {
            bail!("standard input is one file: name no other path beside `-`");
        }
        return from_stdin(args, wanted, &cwd, &targets, started);
    }
    setup::on_pool(report.threads, || {
        let mut run = config::prepare(report, wanted, &cwd)?;
        if everything {
            let scanner = scanner(&KnownArgs::default(), &run.discovery.root, run.detectors())?;
            run.settings.secrets = Some(Arc::new(scanner));
        }
        run.settings.cache = cache::of(args, &cwd, &run.discovery.root);
        over_files(report, &run, &targets, started, |audited| {
            if everything {
                deps::add(&run, audited)?;
                // A project without manifests depends on nothing, as far as one can tell.
                if targets.iter().any(|target| target.format.needs_dependencies()) {
                    audited.dependencies.get_or_insert_default();
                }
            }
            Ok(())
        })
    })?
}

/// Audits the files of a run and reports.
pub(crate) fn over_files(
    args: &ReportArgs,
    run: &Run,
    targets: &[Target],
    started: Instant,
    then: impl FnOnce(&mut Audit) -> Result<()>,
) -> Result<Exit> {
    if args.explain_files {
        return explain_files(&run.discovery);
    }
    let progress = Progress::new(run.discovery.files.len(), !args.quiet);
    let mut audited = audit(&run.discovery.files, &run.settings, &|| progress.step());
    progress.finish();
    for note in &audited.notes {
        eprintln!("note: {}", visible_line(note));
    }
    then(&mut audited)?;
    conclude(args, run, &audited, targets, started)
}

fn from_stdin(args: &AuditArgs, wanted: Wanted, cwd: &Path, targets: &[Target], started: Instant) -> Result<Exit> {
    let name = args.stdin_filename.as_deref().unwrap_or_else(|| Path::new("stdin.py"));
    let run = config::prepare_text(&args.report, wanted, cwd, name)?;
    let limit = run.settings.tree.root().max_file_size.value;
    let mut bytes = Vec::new();
    let limited = io::stdin().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    limited.context("standard input cannot be read")?;
    if bytes.len() as u64 > limit {
        bail!("standard input is larger than `max-file-size` ({limit} bytes)");
    }
    let Some(file) = run.discovery.files.first() else { bail!("{} is excluded", name.display()) };
    let audited = setup::on_pool(Some(1), || audit_text(file, bytes, &run.settings))?;
    conclude(&args.report, &run, &audited, targets, started)
}

/// Reports what was found.
pub(crate) fn conclude(
    args: &ReportArgs,
    run: &Run,
    audited: &Audit,
    targets: &[Target],
    started: Instant,
) -> Result<Exit> {
    let Shown { findings, suppressed, by_persona, by_severity, by_confidence } = select(audited, &run.settings);
    let mut diagnostics: Vec<Diagnostic> = audited.diagnostics.clone();
    diagnostics.extend(run.discovery.diagnostics.iter().cloned());
    diagnostics.sort();
    diagnostics.dedup();
    let config = run.settings.tree.root();
    let root = visible_line(&run.discovery.root.to_string_lossy()).into_owned();
    let needs_time = targets.iter().any(|target| target.format.needs_dependencies());
    let created = if needs_time { setup::created()? } else { None };
    let report = Report {
        tool_version: env!("CARGO_PKG_VERSION"),
        root: &root,
        findings,
        suppressed,
        diagnostics: &diagnostics,
        summary: Summary {
            files_read: audited.files,
            files_skipped: run.discovery.files.len().saturating_sub(audited.files),
            lines: audited.lines as u64,
            persona: config.persona.value,
            hidden: Hidden { by_persona, by_severity, by_confidence, by_baseline: audited.known },
            flow: audited.account.as_ref().map(followed),
            duration: Some(started.elapsed()),
        },
        rules: rules(run.settings.code, audited.dependencies.is_some()),
        dependencies: audited.dependencies.as_deref(),
        project: audited.project.as_deref(),
        created: created.as_deref(),
    };
    let mut options = setup::text_options(args.color);
    options.statistics = args.statistics;
    options.detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    output::write(targets, &report, &options)?;
    Ok(if report.findings.iter().any(|finding| config.fail_on.value.is_met_by(finding.severity)) {
        Exit::Findings
    } else if config.incomplete.value == Incomplete::Error && !report.is_complete() {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// The rules that are looked with: those about code only where code is analysed.
fn rules(code: bool, dependencies: bool) -> Vec<&'static Rule> {
    let own = if dependencies { DEPENDENCY_RULES } else { SECRET_RULES };
    let is_used = |rule: &&'static Rule| code || rule.family == Family::Hygiene || own.contains(&rule.slug);
    RULES.iter().copied().filter(is_used).collect()
}

fn followed(account: &Account) -> Followed {
    Followed {
        files: account.files,
        functions: account.functions,
        entries: account.entries,
        resolved: account.resolved,
        external: account.external,
        unresolved: account.unresolved,
        bounded: account.bounded.clone(),
        unsettled: account.unsettled,
        threat_model: account.threat.as_str(),
        without_model: account.without_model.clone(),
    }
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
