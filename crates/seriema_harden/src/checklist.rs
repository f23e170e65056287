//! What a checklist is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use seriema_finding::{Diagnostic, Severity};

use crate::catalog::CATALOG;

/// How many places of one status a check names; more say the same.
const MAX_EVIDENCE: usize = 50;

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Settings of frameworks.
    Application,
    /// What the project installs.
    Dependencies,
    /// Containers, pipelines, clusters and the repository.
    Infrastructure,
}

impl Group {
    /// The group's name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Dependencies => "dependencies",
            Self::Infrastructure => "infrastructure",
        }
    }
}

/// How a check ended; the worst one last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// There is nothing that it is about.
    NotApplicable,
    /// Everything is as it should be.
    Pass,
    /// It depends on what the files do not say.
    Unknown,
    /// Something is not as it should be.
    Fail,
}

impl Status {
    /// The status's name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// A check as it is defined.
#[derive(Debug)]
pub struct Definition {
    /// Its name.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// What is to be so.
    pub title: &'static str,
    /// What to do when it is not.
    pub remedy: &'static str,
    /// Names that other tools have for it: `security.W004` of Django.
    pub aliases: &'static [&'static str],
}

/// Something that a check saw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// What that means for the check.
    pub status: Status,
    /// The file, relative to the project's root.
    pub path: Arc<str>,
    /// The line, from 1; absent where the whole file is meant.
    pub line: Option<u32>,
    /// What was seen. Not safe to print.
    pub seen: String,
}

/// A check with what it saw.
#[derive(Debug)]
pub struct Check {
    /// What it checks.
    pub definition: &'static Definition,
    /// How it ended.
    pub status: Status,
    /// The worst first.
    pub evidence: Vec<Evidence>,
}

/// The outcome.
#[derive(Debug)]
pub struct Checklist {
    /// Every check, in the order of [`crate::definitions`].
    pub checks: Vec<Check>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Book {
    notes: BTreeMap<&'static str, Vec<Evidence>>,
}

impl Book {
    /// Notes what a check saw.
    pub(crate) fn note(
        &mut self,
        id: &'static str,
        status: Status,
        path: &Arc<str>,
        line: Option<u32>,
        seen: impl Into<String>,
    ) {
        debug_assert!(CATALOG.iter().any(|definition| definition.id == id), "{id} is in the catalog");
        self.notes.entry(id).or_default().push(Evidence { status, path: Arc::clone(path), line, seen: seen.into() });
    }

    /// Notes that a check fails, or passes.
    pub(crate) fn judge(
        &mut self,
        id: &'static str,
        is_weak: bool,
        path: &Arc<str>,
        line: Option<u32>,
        seen: impl Into<String>,
    ) {
        self.note(id, if is_weak { Status::Fail } else { Status::Pass }, path, line, seen);
    }

    /// The worst that a check saw so far.
    pub(crate) fn status(&self, id: &str) -> Status {
        let of = |notes: &Vec<Evidence>| notes.iter().map(|evidence| evidence.status).max();
        self.notes.get(id).and_then(of).unwrap_or(Status::NotApplicable)
    }

    /// The checklist.
    pub(crate) fn close(mut self, mut diagnostics: Vec<Diagnostic>) -> Checklist {
        diagnostics.sort();
        diagnostics.dedup();
        let checks = CATALOG
            .iter()
            .map(|definition| {
                let status = self.status(definition.id);
                let mut evidence = self.notes.remove(definition.id).unwrap_or_default();
                evidence.sort_by(|a, b| b.status.cmp(&a.status).then_with(|| a.cmp(b)));
                evidence.dedup();
                evidence.truncate(MAX_EVIDENCE);
                Check { definition, status, evidence }
            })
            .collect();
        Checklist { checks, diagnostics }
    }
}
