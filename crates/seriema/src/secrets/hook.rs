//! `seriema secrets hook`: what detect-secrets-hook does, with its exit codes.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use seriema_git::{Contents, Repository};
use seriema_secrets::Scanner;
use seriema_secrets::baseline::{Audited, Baseline, DetectSecretsBaseline, Located, Scanned, Unfound};
use seriema_workspace::DEFAULT_MAX_FILE_SIZE;

use super::baseline::{located, look, now, text_of, write};
use super::known::{mistake, read};
use crate::cli::HookArgs;
use crate::config::detectors_in;
use crate::{Exit, setup};

pub(super) fn run(args: &HookArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let mut out = std::io::stdout().lock();
    let mut known = None;
    if let Some(file) = &args.baseline {
        let name = super::shown(file);
        if !file.exists() {
            anyhow::bail!(
                "--baseline {name}: there is no such file; `seriema secrets scan --baseline {name}` makes it"
            );
        }
        if is_unstaged(&cwd, file) {
            writeln!(out, "Your baseline file ({name}) is unstaged.\n`git add {name}` to fix this.")?;
            return Ok(Exit::Findings);
        }
        match Baseline::read(&name, &read(file)?) {
            Ok(baseline) => known = Some(baseline),
            Err(error) => {
                eprintln!("error: {:#}", mistake(error));
                return Ok(Exit::Findings);
            }
        }
    }
    let mut scanner = Scanner::with_detectors(detectors_in(&cwd)?);
    if let Some(baseline) = &known {
        scanner = scanner.with_settings(baseline).map_err(mistake)?;
    }
    let mut files: Vec<(String, &Path)> = args
        .files
        .iter()
        .filter(|file| args.baseline.as_ref() != Some(file) && file.is_file())
        .map(|file| (file.to_string_lossy().replace('\\', "/").trim_start_matches("./").to_owned(), file.as_path()))
        .collect();
    files.sort();
    let looked: Vec<(&str, Audited)> = files
        .iter()
        .filter_map(|(path, file)| Some((path.as_str(), look(&scanner, path, file, DEFAULT_MAX_FILE_SIZE)?)))
        .collect();
    let found = located(&looked);
    let is_known = |located: &Located<'_>| known.as_ref().is_some_and(|baseline| baseline.knows(located));
    let new: Vec<&Located<'_>> = found.iter().filter(|located| !is_known(located)).collect();
    if !new.is_empty() {
        writeln!(out, "ERROR: Potential secrets about to be committed to git repo!\n")?;
        for Located { path, secret, .. } in new {
            writeln!(out, "Secret Type: {}", secret.name)?;
            writeln!(out, "Location:    {}:{}\n", super::shown(Path::new(path)), secret.line)?;
        }
        writeln!(out, "{MITIGATIONS}")?;
        return Ok(Exit::Findings);
    }
    let paths: BTreeSet<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let text_of = |path: &str| text_of(&cwd.join(path), DEFAULT_MAX_FILE_SIZE);
    let scanned =
        Scanned { found: &found, files: Some(&paths), unfound: Unfound::StaysWhilePresent, text_of: &text_of };
    if let (Some(Baseline::DetectSecrets(theirs)), Some(file)) = (&known, &args.baseline)
        && let Some(trimmed) = theirs.trimmed(&scanned)
    {
        return updated(trimmed, file, &mut out);
    }
    Ok(Exit::Clean)
}

const MITIGATIONS: &str = "Possible mitigations:\n\
    - Keep the secret out of the file: read it from the environment or a secret store.\n\
    - For what is none, mark the line with a comment: pragma: allowlist secret\n\
    - For a secret that is to stay, put it into the baseline: seriema secrets scan --baseline FILE";

fn updated(mut baseline: DetectSecretsBaseline, file: &Path, out: &mut impl std::io::Write) -> Result<Exit> {
    baseline.set_generated_at(now());
    write(file, &baseline.write())?;
    let name = super::shown(file);
    writeln!(
        out,
        "The baseline file was updated.\nProbably to keep line numbers of secrets up-to-date.\nPlease `git add {name}`, thank you."
    )?;
    // The number that detect-secrets-hook ends with here.
    Ok(Exit::Incomplete)
}

/// Whether a file differs from what is staged of it. Outside of a repository nothing is staged.
fn is_unstaged(cwd: &Path, file: &Path) -> bool {
    let place = cwd.join(file);
    let Some(repository) = place.parent().and_then(|directory| Repository::open(directory).ok()) else { return false };
    let Some(below) = repository.worktree().and_then(|root| root.canonicalize().ok()).and_then(|root| {
        Some(place.canonicalize().ok()?.strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/"))
    }) else {
        return false;
    };
    let staged = repository.index_blob(super::index_file().as_deref(), below.as_bytes());
    let Ok(Some(id)) = staged else { return false };
    let text = std::fs::read(&place).unwrap_or_default();
    repository.blob(&id, Contents::MAX_FILE).is_some_and(|known| known != text)
}
