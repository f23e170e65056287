//! Allowlists: what a project says is no secret.

use regex::bytes::Regex;

use super::pattern::{Dialect, compile};
use super::toml::Table;
use crate::baseline::{Note, ReadError};

/// A finding as allowlists look at it.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// The file's path relative to the project, with `/`.
    pub path: &'a str,
    /// The commit it was found in; absent for files as they are now.
    pub commit: Option<&'a str>,
    /// The rules it answers to: the detector's id and aliases (`gitleaks:github-pat`).
    pub rules: &'a [&'a str],
    /// The secret.
    pub secret: &'a str,
    /// The secret with what its detector's regex matched around it.
    pub matched: &'a str,
    /// The line or lines it is on.
    pub line: &'a str,
}

impl std::fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let secret = crate::masked(self.secret);
        f.debug_struct("Candidate").field("path", &self.path).field("secret", &secret).finish_non_exhaustive()
    }
}

/// Why a finding is no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The configuration.
    pub file: String,
    /// The one-based line of the allowlist or rule in it.
    pub line: u32,
    /// What the allowlist is for, or what let the finding pass.
    pub reason: String,
}

/// What an allowlist's regexes are searched in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// An allowlist.
#[derive(Clone)]
pub(super) struct Allowlist {
    file: String,
    line: u32,
    description: String,
    /// Whether all kinds of checks that there are have to hold, not one.
    all: bool,
    target: Target,
    commits: Vec<String>,
    paths: Vec<Regex>,
    regexes: Vec<Regex>,
    stopwords: Vec<String>,
    /// The rules it is for; all when empty.
    pub(super) rules: Vec<String>,
}

impl std::fmt::Debug for Allowlist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is allowed may be secret.
        f.debug_struct("Allowlist").field("file", &self.file).field("line", &self.line).finish_non_exhaustive()
    }
}

impl Allowlist {
    pub(super) fn read(table: Table<'_>, budget: &mut usize, notes: &mut Vec<Note>) -> Result<Self, ReadError> {
        let known =
            ["description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules"];
        table.unknown(&known, notes);
        let condition = table.string("condition")?.unwrap_or_default().to_lowercase();
        let all = match condition.as_str() {
            "and" | "&&" => true,
            "" | "or" | "||" => false,
            _ => return Err(table.error("`condition` is neither `and` nor `or`")),
        };
        let target = match table.string("regexTarget")?.as_deref() {
            None | Some("" | "secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(_) => return Err(table.error("`regexTarget` is none of `secret`, `match`, `line`")),
        };
        let lower = |(text, _): (String, u32)| text.trim().to_lowercase();
        let allowlist = Self {
            file: table.source.file.to_owned(),
            line: table.line(),
            description: table.string("description")?.unwrap_or_default(),
            all,
            target,
            commits: table.strings("commits")?.into_iter().map(lower).collect(),
            paths: regexes(table, "paths", budget)?,
            regexes: regexes(table, "regexes", budget)?,
            stopwords: table.strings("stopwords")?.into_iter().map(|(word, _)| word.to_lowercase()).collect(),
            rules: table.strings("targetRules")?.into_iter().map(|(rule, _)| rule).collect(),
        };
        let is_empty = allowlist.commits.is_empty()
            && allowlist.paths.is_empty()
            && allowlist.regexes.is_empty()
            && allowlist.stopwords.is_empty();
        if is_empty {
            return Err(table.error("an allowlist needs `commits`, `paths`, `regexes` or `stopwords`"));
        }
        Ok(allowlist)
    }

    /// Why it lets a finding pass, if it does.
    pub(super) fn allows(&self, candidate: &Candidate<'_>) -> Option<Allowed> {
        let is_match =
            |all: &[Regex], text: &str| !text.is_empty() && all.iter().any(|regex| regex.is_match(text.as_bytes()));
        let target = match self.target {
            Target::Secret => candidate.secret,
            Target::Match => candidate.matched,
            Target::Line => candidate.line,
        };
        let commit = || candidate.commit.is_some_and(|commit| self.commits.contains(&commit.to_lowercase()));
        let stopword = || {
            let secret = candidate.secret.to_lowercase();
            self.stopwords.iter().any(|word| secret.contains(word.as_str()))
        };
        let checks: [(&str, bool, &dyn Fn() -> bool); 4] = [
            ("commits", !self.commits.is_empty(), &commit),
            ("paths", !self.paths.is_empty(), &|| is_match(&self.paths, candidate.path)),
            ("regexes", !self.regexes.is_empty(), &|| is_match(&self.regexes, target)),
            ("stopwords", !self.stopwords.is_empty(), &stopword),
        ];
        let mut there = checks.iter().filter(|(_, is_there, _)| *is_there);
        let by = if self.all {
            checks.iter().all(|(_, is_there, check)| !is_there || check()).then_some("all of its checks")
        } else {
            there.find(|(.., check)| check()).map(|(name, ..)| *name)
        };
        by.map(|by| {
            let reason =
                if self.description.is_empty() { format!("allowlist by {by}") } else { self.description.clone() };
            Allowed { file: self.file.clone(), line: self.line, reason }
        })
    }
}

/// Compiles a list of patterns. `budget` is how many more the file may have.
fn regexes(table: Table<'_>, name: &str, budget: &mut usize) -> Result<Vec<Regex>, ReadError> {
    let file = table.source.file;
    table.strings(name)?.into_iter().map(|(pattern, line)| regex(&pattern, name, (file, line), budget)).collect()
}

pub(super) fn regex(
    pattern: &str,
    name: &str,
    (file, line): (&str, u32),
    budget: &mut usize,
) -> Result<Regex, ReadError> {
    *budget = budget.checked_sub(1).ok_or_else(|| ReadError::new(file, line, "too many regexes"))?;
    compile(pattern, Dialect::Go).map_err(|error| ReadError::new(file, line, format!("`{name}`: {error}")))
}
