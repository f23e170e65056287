//! `seriema secrets`

use std::time::Instant;

use anyhow::Result;

use crate::cli::SecretsArgs;
use crate::config::{self, Wanted};
use crate::{Exit, audit, output, setup};

pub(crate) fn run(args: &SecretsArgs) -> Result<Exit> {
    let started = Instant::now();
    let report = &args.report;
    let targets = output::targets(report.format, &report.output, report.quiet)?;
    let cwd = setup::cwd()?;
    let wanted = Wanted { include_stubs: true, code: false, flow: false, threat: None, secrets: true };
    setup::on_pool(report.threads, || {
        let run = config::prepare(report, wanted, &cwd)?;
        audit::over_files(report, &run, &targets, started)
    })?
}
