//! Secrets in a repository: in its history, or in what the next commit would add.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seriema_finding::{Commit, Diagnostic, DiagnosticKind, Finding};
use seriema_git::{Account, Change, Contents, GitError, HistoryOptions, Interest, Looked, Repository};
use seriema_program::Locator;
use seriema_secrets::{Scan, Standing, standing};
use seriema_workspace::{is_test_path, may_be_text};

use crate::finalize::{Placed, finalize};
use crate::{Audit, Settings, secrets};

/// Lines around what was added that are looked at with it.
const CONTEXT: usize = 5;

/// Which part of a repository is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revisions {
    /// What every commit added that is reachable from `range`, or from anything when there is none; not before `since`,
    /// in seconds since 1970.
    History {
        /// `A..B`, `A...B` or one revision.
        range: Option<String>,
        /// The earliest commit's time.
        since: Option<i64>,
    },
    /// What is added in the index: of the repository, or of another file, as git gives it to hooks.
    Staged {
        /// The index file.
        index: Option<PathBuf>,
    },
}

/// Audits a repository for secrets.
///
/// # Errors
/// When there is no repository, or what is asked for is not in it.
pub fn audit_revisions(directory: &Path, revisions: &Revisions, settings: &Settings) -> Result<Audit, GitError> {
    let repository = Repository::open(directory)?;
    let interest = |path: &[u8]| {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let wanted = may_be_text(std::ffi::OsStr::new(&*String::from_utf8_lossy(name)));
        if wanted { Interest::Text } else { Interest::None }
    };
    let contents =
        Contents { max_file: settings.tree.root().max_file_size.value, interest: &interest, ..Contents::default() };
    let look = |change: &Change<'_>| {
        Some(of_change(change, settings)).filter(|(placed, known)| !placed.is_empty() || *known > 0)
    };
    let Looked { found, account, .. } = match revisions {
        Revisions::History { range, since } => {
            repository.history(&HistoryOptions { range: range.clone(), since: *since, contents }, look)?
        }
        Revisions::Staged { index } => repository.staged(index.as_deref(), &contents, look)?,
    };
    let mut audit = Audit { diagnostics: diagnostics(&account), files: account.files, ..Audit::default() };
    audit.lines = usize::try_from(account.lines).unwrap_or(usize::MAX);
    for (placed, known) in found {
        audit.known += known;
        audit.findings.extend(placed.into_iter().map(|Placed { finding, .. }| (0, finding)));
    }
    if matches!(revisions, Revisions::History { .. }) && !audit.findings.is_empty() {
        mark_present(&repository, &contents, &mut audit.findings)?;
    }
    // Grouped as they came, so that each secret is told where it came in first.
    secrets::redact(&mut audit.findings);
    audit.findings.sort_by(|(_, a), (_, b)| a.sort_key().cmp(&b.sort_key()));
    Ok(audit)
}

/// The secrets that a change added.
fn of_change(change: &Change<'_>, settings: &Settings) -> (Vec<Placed>, usize) {
    let Some(scanner) = settings.secrets.as_deref() else { return (Vec::new(), 0) };
    let path = change.path_text();
    let commit = change.commit.map(|commit| commit.id.to_string());
    let mut all = Vec::new();
    let mut already = 0;
    for hunk in change.hunks(CONTEXT) {
        let text = String::from_utf8_lossy(hunk.text);
        let Scan { secrets, known } = scanner.scan(&path, &text, commit.as_deref());
        already += known;
        let before = hunk.first_line.saturating_sub(1);
        let is_added = |line: u32, text: &str| {
            let first = before + line as usize;
            let last = first + text.matches('\n').count();
            hunk.added.iter().any(|range| range.start <= last && first < range.end)
        };
        let standing = if is_test_path(&path) { Standing::Test } else { standing(&path, &text) };
        let raw: Vec<_> = secrets
            .iter()
            .filter(|secret| is_added(secret.line, secret.value.reveal()))
            .filter_map(|secret| secrets::raw(secret, standing))
            .collect();
        if raw.is_empty() {
            continue;
        }
        let locator = Locator::of_text(&text);
        let mut placed = finalize(&Arc::from(&*path), &text, &locator, raw);
        for Placed { finding, .. } in &mut placed {
            finding.suppression = secrets::suppression(&text, finding);
            shift(finding, u32::try_from(before).unwrap_or(u32::MAX));
            finding.commit = change.commit.map(|commit| Commit {
                id: commit.id.to_string(),
                author: commit.author.name.clone(),
                date: date(commit.seconds, commit.offset),
                in_head: false,
            });
        }
        all.append(&mut placed);
    }
    (all, already)
}

/// Moves a finding of a part of a file to where it stands in the whole.
fn shift(finding: &mut Finding, lines: u32) {
    for position in [&mut finding.location.start, &mut finding.location.end] {
        position.line = position.line.saturating_add(lines);
    }
    finding.snippet.first_line = finding.snippet.first_line.saturating_add(lines);
}

/// `2024-03-01T12:00:00+01:00`
fn date(seconds: i64, offset: i32) -> String {
    let zone = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC);
    let Ok(time) = jiff::Timestamp::from_second(seconds) else { return "a time that is none".to_owned() };
    time.to_zoned(zone.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Says of each secret whether it still stands in the newest commit, wherever that is.
fn mark_present(
    repository: &Repository,
    contents: &Contents<'_>,
    findings: &mut [(usize, Finding)],
) -> Result<(), GitError> {
    let mut values: Vec<String> =
        findings.iter().filter_map(|(_, finding)| Some(finding.secret.as_ref()?.reveal().to_owned())).collect();
    values.sort();
    values.dedup();
    let Ok(automaton) = aho_corasick::AhoCorasick::new(&values) else { return Ok(()) };
    let Looked { found, .. } = repository.head_contents(contents, |change| {
        let mut met: Vec<usize> =
            automaton.find_overlapping_iter(change.text).map(|found| found.pattern().as_usize()).collect();
        met.sort_unstable();
        met.dedup();
        (!met.is_empty()).then_some(met)
    })?;
    let mut present = vec![false; values.len()];
    found.into_iter().flatten().for_each(|at| present[at] = true);
    for (_, finding) in findings {
        let at = finding
            .secret
            .as_ref()
            .and_then(|secret| values.binary_search_by(|v| v.as_str().cmp(secret.reveal())).ok());
        if let (Some(commit), Some(at)) = (&mut finding.commit, at) {
            commit.in_head = present[at];
        }
    }
    Ok(())
}

/// What could not be looked at.
fn diagnostics(account: &Account) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = account
        .problems
        .iter()
        .map(|problem| {
            let path = problem.path.as_deref().unwrap_or(".git");
            Diagnostic::file(Arc::from(path), DiagnosticKind::Unreadable, problem.to_string())
        })
        .collect();
    let of_repository = |kind, message: String| Diagnostic::file(Arc::from(".git"), kind, message);
    if account.more_problems > 0 {
        let message = format!("{} more objects could not be looked at", account.more_problems);
        all.push(of_repository(DiagnosticKind::Unreadable, message));
    }
    if account.boundary > 0 {
        let message = "the repository is shallow: what came before is not here; `git fetch --unshallow` brings it";
        all.push(of_repository(DiagnosticKind::Config, message.to_owned()));
    }
    all
}
