//! `seriema harden`

mod json;
mod text;

use std::io::{self, BufWriter, Write as _};

use anyhow::Result;
use seriema_harden::{Checklist, Status, check};
use seriema_workspace::Incomplete;

use crate::cli::{ChecklistFormat, HardenArgs, ReportArgs};
use crate::config::{self, Wanted};
use crate::{Exit, setup};

/// What the checklist reads.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: false, flow: false, threat: None, secrets: false, texts: true };

pub(crate) fn run(args: &HardenArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let report = ReportArgs {
        paths: args.paths.clone(),
        fail_on: args.fail_on.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        no_gitignore: args.no_gitignore,
        incomplete: args.incomplete.clone(),
        ..ReportArgs::default()
    };
    setup::on_pool(None, || {
        let run = config::prepare(&report, WANTED, &cwd)?;
        let settings = run.settings.tree.root();
        let mut checklist = check(&run.discovery.files, settings.max_file_size.value);
        checklist.diagnostics.extend(run.discovery.diagnostics.iter().cloned());
        checklist.diagnostics.sort();
        checklist.diagnostics.dedup();
        let mut out = BufWriter::new(io::stdout().lock());
        match args.format {
            ChecklistFormat::Text => text::write(&checklist, args.verbose, &setup::text_options(args.color), &mut out)?,
            ChecklistFormat::Json => json::write(&checklist, &run.discovery.root, &mut out)?,
        }
        out.flush()?;
        let fails = |checklist: &Checklist| {
            let mut failing = checklist.checks.iter().filter(|check| check.status == Status::Fail);
            failing.any(|check| settings.fail_on.value.is_met_by(check.definition.severity))
        };
        let is_incomplete = checklist.diagnostics.iter().any(|diagnostic| diagnostic.kind.is_incomplete());
        Ok(if fails(&checklist) {
            Exit::Findings
        } else if settings.incomplete.value == Incomplete::Error && is_incomplete {
            Exit::Incomplete
        } else {
            Exit::Clean
        })
    })?
}
