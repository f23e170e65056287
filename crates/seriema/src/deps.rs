//! `seriema deps`

use std::time::Instant;

use anyhow::{Context as _, Result};
use seriema_audit::audit_dependencies;
use seriema_deps::project::{Source, names, questions};
use seriema_deps::{Advisories, Index, kind_of};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_osv::{Address, Answers, Client, Gap, Options, Question, Silent, ask};
use seriema_report::visible_line;

use crate::cli::DepsArgs;
use crate::config::{self, Wanted, today};
use crate::{Exit, audit, db, output, setup};

/// What an audit of dependencies reads.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: false, flow: false, threat: None, secrets: false, texts: true };

pub(crate) fn run(args: &DepsArgs) -> Result<Exit> {
    let started = Instant::now();
    let report = &args.report;
    let targets = output::targets(report.format, &report.output, report.quiet)?;
    let cwd = setup::cwd()?;
    setup::on_pool(report.threads, || {
        let mut run = config::prepare(report, WANTED, &cwd)?;
        let is_named = run.discovery.files.len() == 1;
        run.discovery.files.retain(|file| is_named || kind_of(&file.relative).is_some());
        let root = &run.discovery.root;
        let mut gaps = Vec::new();
        let open = |sources: &[Source]| -> Result<Option<Box<dyn Advisories>>> {
            if args.online {
                return Ok(Some(Box::new(online(args, sources, &mut gaps)?)));
            }
            db::open(args.offline_db.as_deref(), names(sources), args.max_index_age)
        };
        let mut audited = audit_dependencies::<anyhow::Error>(&run.discovery.files, root, &run.settings, open)?;
        audited.diagnostics.append(&mut gaps);
        audit::conclude(report, &run, &audited, &targets, started)
    })?
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
