//! What a project says is known: baselines, and what it has for gitleaks.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use seriema_report::visible_line;
use seriema_secrets::baseline::{Baseline, Note, ReadError};
use seriema_secrets::{Detectors, Scanner, gitleaks};

use crate::cli::KnownArgs;

/// Where baselines stand when nobody says: detect-secrets', and ours.
const BASELINES: [&str; 2] = [".secrets.baseline", ".seriema-baseline"];

/// What looks for secrets in the project in `root`.
pub(crate) fn scanner(args: &KnownArgs, root: &Path, detectors: Arc<Detectors>) -> Result<Scanner> {
    let mut scanner = Scanner::with_detectors(detectors);
    let by_itself = |name: &str| Some(root.join(name)).filter(|path| !args.no_baseline && path.is_file());
    let baseline = args.baseline.clone().or_else(|| BASELINES.into_iter().find_map(by_itself));
    if let Some(file) = baseline {
        let text = read(&file)?;
        let baseline = Baseline::read(&super::shown(&file), &text).map_err(mistake)?;
        tell(baseline.notes());
        scanner = scanner.told(&text).with_baseline(baseline).map_err(mistake)?;
    }
    if let Some(file) = args.gitleaks_config.clone().or_else(|| by_itself(".gitleaks.toml")) {
        let (config, text) = config(&file)?;
        tell(config.notes());
        scanner = scanner.told(&text).with_config(config);
    }
    if let Some(file) = by_itself(".gitleaksignore") {
        let text = read(&file)?;
        let ignore = gitleaks::Ignore::read(&super::shown(&file), &text);
        tell(ignore.notes());
        scanner = scanner.told(&text).with_ignore(ignore);
    }
    if let Some(file) = &args.gitleaks_report {
        let text = read(file)?;
        let report = gitleaks::Report::read(&super::shown(file), &text).map_err(mistake)?;
        scanner = scanner.told(&text).with_report(report);
    }
    Ok(scanner)
}

/// A configuration with what it extends.
fn config(file: &Path) -> Result<(gitleaks::Config, String)> {
    let mut text = read(file)?;
    let mut config = gitleaks::Config::read(&super::shown(file), &text).map_err(mistake)?;
    if let Some(base) = config.extends() {
        // As gitleaks does: from where the program runs, or else beside the file.
        let beside = file.parent().unwrap_or(Path::new(".")).join(base);
        let base = if Path::new(base).is_file() { Path::new(base).to_owned() } else { beside };
        let base_text = read(&base)?;
        config.extend(gitleaks::Config::read(&super::shown(&base), &base_text).map_err(mistake)?);
        text.push_str(&base_text);
    }
    Ok((config, text))
}

/// Reads a file that the command line or the project names.
pub(super) fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", super::shown(file)))
}

pub(super) fn mistake(error: ReadError) -> anyhow::Error {
    anyhow!("{}", visible_line(&error.to_string()))
}

/// Says what is odd.
pub(super) fn tell(notes: &[Note]) {
    for note in notes {
        eprintln!("note: {}", visible_line(&note.to_string()));
    }
}
