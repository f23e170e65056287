//! `seriema map`

mod document;
mod picture;
mod table;

use std::io::{self, BufWriter, Write as _};

use anyhow::Result;
use seriema_audit::surface;
use seriema_workspace::Incomplete;

use crate::cli::{MapArgs, MapFormat, ReportArgs};
use crate::config::{self, Wanted};
use crate::progress::Progress;
use crate::{Exit, setup};

/// What the map is drawn of.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: true, flow: true, threat: None, secrets: false, texts: false };

pub(crate) fn run(args: &MapArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let report = ReportArgs {
        paths: args.paths.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        no_gitignore: args.no_gitignore,
        incomplete: args.incomplete.clone(),
        ..ReportArgs::default()
    };
    setup::on_pool(args.threads, || {
        let run = config::prepare(&report, WANTED, &cwd)?;
        let settings = run.settings.tree.root();
        let progress = Progress::new(run.discovery.files.len(), args.format == MapFormat::Text);
        let (mut inventory, mut diagnostics) = surface(&run.discovery.files, &run.settings, &|| progress.step());
        progress.finish();
        diagnostics.extend(run.discovery.diagnostics.iter().cloned());
        diagnostics.sort();
        diagnostics.dedup();
        inventory.entries.retain(|entry| {
            (!args.unauthenticated || !entry.is_authenticated()) && (!args.state_changing || entry.changes_state)
        });
        let mut out = BufWriter::new(io::stdout().lock());
        match args.format {
            MapFormat::Text => table::text(&inventory, &diagnostics, &setup::text_options(args.color), &mut out)?,
            MapFormat::Markdown => table::markdown(&inventory, &mut out)?,
            MapFormat::Json => document::json(&inventory, &diagnostics, &mut out)?,
            MapFormat::Openapi => document::openapi(&inventory, &mut out)?,
            MapFormat::Mermaid => picture::mermaid(&inventory, &mut out)?,
            MapFormat::Dot => picture::dot(&inventory, &mut out)?,
        }
        out.flush()?;
        let is_incomplete = diagnostics.iter().any(|diagnostic| diagnostic.kind.is_incomplete());
        let fails = settings.incomplete.value == Incomplete::Error && is_incomplete;
        Ok(if fails { Exit::Incomplete } else { Exit::Clean })
    })?
}
