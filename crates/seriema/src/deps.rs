//! `seriema deps`

use std::time::Instant;

use anyhow::Result;
use seriema_audit::audit_dependencies;
use seriema_deps::kind_of;
use seriema_workspace::AdvisoryIgnore;

use crate::cli::DepsArgs;
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
    setup::on_pool(report.threads, || {
        let mut run = config::prepare(report, WANTED, &cwd)?;
        for id in &args.ignore_vuln {
            run.settings.tree.ignore_advisory(&AdvisoryIgnore::of_command_line(id));
        }
        let is_named = run.discovery.files.len() == 1;
        let code = if is_named || args.no_reach { Vec::new() } else { run.discovery.files.clone() };
        run.discovery.files.retain(|file| is_named || kind_of(&file.relative).is_some());
        let root = &run.discovery.root;
        let open = |names| db::open(args.offline_db.as_deref(), names);
        let audited = audit_dependencies::<anyhow::Error>(&run.discovery.files, &code, root, &run.settings, open)?;
        audit::conclude(report, &run, &audited, &targets, started)
    })?
}
