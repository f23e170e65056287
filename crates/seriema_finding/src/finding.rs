//! The finding itself.

use std::borrow::Cow;

use crate::rule::alias_matches;
use crate::{Confidence, Cwe, Fingerprint, Fix, Location, Persona, Rule, Secret, Severity, Snippet};

/// One step on the way from a source to a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// Where.
    pub location: Location,
    /// What happens there, in a few words.
    pub message: String,
}

/// How a finding was suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionKind {
    /// A comment in the source.
    InSource,
    /// The configuration file or a baseline.
    External,
}

/// Why a finding is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where the suppression stands.
    pub kind: SuppressionKind,
    /// The reason given, empty when none was.
    pub reason: String,
}

/// The commit that brought a secret into a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The commit's id, in hexadecimal.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// When, as its author's clock had it: `2024-03-01T12:00:00+01:00`.
    pub date: String,
    /// Whether the secret still stands in the newest commit.
    pub in_head: bool,
}

/// Something to fix, with everything a report may say of it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The codes of other tools' rules that this very finding answers to (`B602`, `S602`): a part of the rule's. Of a
    /// secret, the detector that found it.
    pub codes: &'static [&'static str],
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Who wants to see it.
    pub persona: Persona,
    /// The weakness, where it is more specific than the rule's first.
    pub cwe: Option<Cwe>,
    /// One sentence about this place: "`subprocess.run` starts a shell with a command built from `name`".
    pub message: String,
    /// What is wrong here. From the rule's page unless the finding knows better.
    pub description: Cow<'static, str>,
    /// What an attacker gains.
    pub impact: Cow<'static, str>,
    /// How to see it happen.
    pub proof_of_concept: Cow<'static, str>,
    /// How to fix it, in words and code.
    pub remedy: Cow<'static, str>,
    /// The edit, where a machine can make it.
    pub fix: Option<Fix>,
    /// Where.
    pub location: Location,
    /// The way the data takes, source first; empty where there is none.
    pub flow: Vec<FlowStep>,
    /// The lines around it.
    pub snippet: Snippet,
    /// Identity across edits.
    pub fingerprint: Fingerprint,
    /// Set when the finding is suppressed; it is kept for reports that show such.
    pub suppression: Option<Suppression>,
    /// What must not be shown: the password or key that was found. Everything else of a finding has it masked.
    pub secret: Option<Secret>,
    /// Where else the same stands: a secret is one finding, however often it was copied.
    pub also: Vec<Location>,
    /// The commit that brought it, when it was found in a repository's history.
    pub commit: Option<Commit>,
}

impl Finding {
    /// The weaknesses, the most specific first.
    pub fn cwes(&self) -> impl Iterator<Item = Cwe> + '_ {
        let own = self.cwe;
        own.into_iter().chain(self.rule.cwe.iter().copied().filter(move |cwe| Some(*cwe) != own))
    }

    /// Whether `selector` (slug, code or its prefix, CWE, family) names this finding. Codes are judged by the
    /// finding's own, so `S105` does not select what the same rule finds as `S106`.
    #[must_use]
    pub fn matches(&self, selector: &str) -> bool {
        self.rule.slug == selector
            || self.rule.family.as_str() == selector
            || self.codes.iter().any(|code| *code == selector || alias_matches(code, selector))
            || Cwe::parse(selector).is_some_and(|cwe| self.cwes().any(|own| own == cwe))
    }

    /// The order of reports: path, position, rule, code.
    #[must_use]
    pub fn sort_key(&self) -> impl Ord + '_ {
        (
            &*self.location.path,
            self.location.cell,
            self.location.start,
            self.location.end,
            self.rule.slug,
            self.codes,
            &*self.message,
        )
    }
}
