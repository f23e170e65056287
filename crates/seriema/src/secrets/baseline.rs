//! `seriema secrets scan`: a baseline is written anew.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use rayon::prelude::*;
use seriema_secrets::Scanner;
use seriema_secrets::baseline::{
    Audited, Baseline, DetectSecretsBaseline, Located, OwnBaseline, Scanned, TypeNames, Unfound, utc,
};
use seriema_workspace::{SourceFile, decode_text, read_bytes};

use super::known::{mistake, read, tell};
use crate::cli::{ReportArgs, ScanArgs};
use crate::{Exit, config, setup};

pub(super) fn run(args: &ScanArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let report = ReportArgs { paths: args.paths.clone(), exclude: args.exclude.clone(), ..ReportArgs::default() };
    let run = config::prepare(&report, super::WANTED, &cwd)?;
    let name = super::shown(&args.baseline);
    let mut known = if args.baseline.exists() {
        // What is broken is never overwritten.
        let baseline = Baseline::read(&name, &read(&args.baseline)?).map_err(mistake)?;
        tell(baseline.notes());
        baseline
    } else if args.baseline.file_name().is_some_and(|name| name == ".secrets.baseline") {
        Baseline::DetectSecrets(DetectSecretsBaseline::new(&name))
    } else {
        Baseline::Own(OwnBaseline::new(&name, key()?))
    };
    if args.slim && matches!(known, Baseline::Own(_)) {
        bail!("--slim is for detect-secrets' format; ours has no line numbers");
    }
    let scanner = Scanner::with_detectors(run.detectors()).with_settings(&known).map_err(mistake)?;
    let own = cwd.join(&args.baseline);
    let files: Vec<&SourceFile> = run.discovery.files.iter().filter(|file| file.absolute != own).collect();
    let max = run.settings.tree.root().max_file_size.value;
    let looked: Vec<(&str, Audited)> = files
        .par_iter()
        .filter_map(|file| {
            let found = look(&scanner, &file.relative, &file.absolute, max)?;
            (!found.secrets.is_empty()).then_some((&*file.relative, found))
        })
        .collect();
    let found = located(&looked);
    let text_of = |path: &str| text_of(&cwd.join(path), max);
    let scanned = Scanned { found: &found, files: None, unfound: Unfound::StaysWhilePresent, text_of: &text_of };
    let count = match &mut known {
        Baseline::DetectSecrets(theirs) => {
            let mut merged = theirs.merged(&scanned, &TypeNames::of(scanner.detectors()));
            merged.set_generated_at(now());
            *theirs = merged;
            theirs.entries().count()
        }
        Baseline::Own(ours) => {
            *ours = ours.merged(&scanned);
            ours.entries().count()
        }
    };
    let text = match &known {
        Baseline::DetectSecrets(theirs) if args.slim => theirs.write_slim(),
        baseline => baseline.write(),
    };
    write(&args.baseline, &text)?;
    eprintln!("{name}: {count} secrets; `seriema secrets audit {name}` labels them");
    Ok(Exit::Clean)
}

/// What is found in a file; none when it cannot be read or is no text.
pub(super) fn look(scanner: &Scanner, path: &str, file: &Path, max: u64) -> Option<Audited> {
    let text = text_of(file, max)?;
    let secrets = scanner.scan(path, &text, None).secrets;
    Some(Audited { text, secrets })
}

/// The text of a file; none when it cannot be read or is no text.
pub(super) fn text_of(file: &Path, max: u64) -> Option<String> {
    decode_text(read_bytes(file, max).ok()?)
}

/// All that was found, each with its file.
pub(super) fn located<'l>(looked: &'l [(&str, Audited)]) -> Vec<Located<'l>> {
    let of_file = |(path, audited): &'l (&str, Audited)| {
        audited.secrets.iter().map(move |secret| Located { path, text: &audited.text, secret })
    };
    looked.iter().flat_map(of_file).collect()
}

/// Writes a file so that it is there whole or not at all.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    let fail = || format!("{} cannot be written", super::shown(file));
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, text).with_context(fail)?;
    std::fs::rename(&beside, file).with_context(fail)
}

/// The time as detect-secrets writes it.
pub(super) fn now() -> String {
    utc(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A key that nobody can guess.
fn key() -> Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    Ok(key)
}
