//! `seriema secrets`

mod baseline;
mod hook;
mod known;
mod label;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Result, bail};
use seriema_audit::{Audit, Revisions, audit_revisions};
use seriema_report::visible_line;

use crate::cli::{SecretsArgs, SecretsCommand};
use crate::config::{self, Run, Wanted};
use crate::output::{self, Target};
use crate::{Exit, audit, setup};

pub(crate) use known::scanner;

/// What a scan looks for.
pub(crate) const WANTED: Wanted =
    Wanted { include_stubs: true, code: false, flow: false, threat: None, secrets: true, texts: false };

pub(crate) fn run(args: &SecretsArgs) -> Result<Exit> {
    match &args.command {
        Some(SecretsCommand::Scan(args)) => setup::on_pool(args.threads, || baseline::run(args))?,
        Some(SecretsCommand::Audit(args)) => label::run(args),
        Some(SecretsCommand::Hook(args)) => hook::run(args),
        None => report(args),
    }
}

fn report(args: &SecretsArgs) -> Result<Exit> {
    let started = Instant::now();
    let report = &args.report;
    let targets = output::targets(report.format, &report.output, report.quiet)?;
    output::without_dependencies(&targets)?;
    let cwd = setup::cwd()?;
    if args.since.is_some() && !args.history && args.range.is_none() {
        bail!("--since goes with --history or --range");
    }
    let revisions = revisions(args)?;
    setup::on_pool(report.threads, || {
        let mut run = match &revisions {
            Some(_) => config::prepare_repository(report, WANTED, &cwd)?,
            None => config::prepare(report, WANTED, &cwd)?,
        };
        let scanner = scanner(&args.known, &run.discovery.root, run.detectors())?;
        run.settings.secrets = Some(Arc::new(scanner));
        match &revisions {
            Some(revisions) => of_revisions(args, revisions, &run, &cwd, &targets, started),
            None => audit::over_files(report, &run, &targets, started, |audited| {
                verify::apply(args.verify, audited);
                Ok(())
            }),
        }
    })?
}

/// The part of the repository that is asked for; none when files are.
fn revisions(args: &SecretsArgs) -> Result<Option<Revisions>> {
    if args.staged {
        return Ok(Some(Revisions::Staged { index: index_file() }));
    }
    if !args.history && args.range.is_none() {
        return Ok(None);
    }
    let since = args.since.as_deref().map(|date| seriema_git::parse_date(date, SystemTime::now())).transpose()?;
    Ok(Some(Revisions::History { range: args.range.clone(), since }))
}

/// The index that git gives to its hooks when a part of the changes is committed.
fn index_file() -> Option<PathBuf> {
    std::env::var_os("GIT_INDEX_FILE").filter(|index| !index.is_empty()).map(Into::into)
}

fn of_revisions(
    args: &SecretsArgs,
    revisions: &Revisions,
    run: &Run,
    cwd: &Path,
    targets: &[Target],
    started: Instant,
) -> Result<Exit> {
    let directory = match args.report.paths.as_slice() {
        [] => run.discovery.root.clone(),
        [one] if cwd.join(one).is_dir() => cwd.join(one),
        _ => bail!("--history, --range and --staged look at a whole repository: name its directory, or none"),
    };
    let mut audited: Audit = audit_revisions(&directory, revisions, &run.settings)?;
    verify::apply(args.verify, &mut audited);
    audit::conclude(&args.report, run, &audited, targets, started)
}

/// A path as messages name it.
fn shown(path: &Path) -> String {
    visible_line(&path.to_string_lossy()).into_owned()
}
