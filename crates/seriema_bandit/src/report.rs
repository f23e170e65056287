//! What the formatters are given.

use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;

use crate::issue::Issue;
use crate::metrics::RunMetrics;

/// An issue to show. With a baseline: together with all it could be confused with.
#[derive(Debug)]
pub(crate) struct Entry<'r> {
    /// The issue.
    pub issue: &'r Issue,
    /// Issues that differ from it in their place alone, itself among them; empty without a baseline.
    pub candidates: Vec<&'r Issue>,
}

/// A file that was looked at, with its scores by severity and by confidence.
#[derive(Debug)]
pub(crate) struct ScannedFile {
    /// Its name.
    pub name: String,
    /// The scores.
    pub scores: [u64; 2],
}

/// A run's outcome.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    /// What to show, in the order of files.
    pub entries: Vec<Entry<'r>>,
    /// Files that were skipped, and why.
    pub skipped: Vec<(String, String)>,
    /// The numbers.
    pub metrics: RunMetrics,
    /// Whether to sort by test instead of by file.
    pub by_vulnerability: bool,
    /// Whether to list files.
    pub verbose: bool,
    /// Whether to be silent when there is nothing to show.
    pub quiet: bool,
    /// The files that were looked at.
    pub files: Vec<ScannedFile>,
    /// The files left out by name.
    pub excluded: Vec<String>,
    /// When the report is made.
    pub now: SystemTime,
    /// The directory that relative names start from.
    pub cwd: PathBuf,
}

impl Report<'_> {
    /// The time with a part of a second, `2026-01-31 12:00:00.123456+00:00`.
    #[must_use]
    pub(crate) fn started(&self) -> String {
        let now = timestamp(self.now);
        let fraction = now.subsec_nanosecond() / 1000;
        let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
        format!("{}{fraction}+00:00", now.strftime("%Y-%m-%d %H:%M:%S"))
    }

    /// The time in whole seconds, `2026-01-31T12:00:00Z`.
    #[must_use]
    pub(crate) fn generated_at(&self) -> String {
        timestamp(self.now).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or_default()
}
