//! What a rule is, apart from its code.

use serde::Serialize;

use crate::{Confidence, Cwe, Page, Severity};

/// A tool whose rule ours answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// `B602`
    Bandit,
    /// `S602`
    Ruff,
    /// A detector of secrets, ours: `stripe-secret-key`.
    Detector,
}

/// Another tool's code for (a part of) a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias(pub &'static str);

impl Alias {
    /// The tool that the code is from, by its first letter. Detectors' ids have none that is upper case.
    #[must_use]
    pub fn tool(self) -> Tool {
        match self.0.as_bytes().first() {
            Some(b'B') => Tool::Bandit,
            Some(b'S') => Tool::Ruff,
            _ => Tool::Detector,
        }
    }
}

/// Groups of rules that can be selected together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Data becomes code or commands.
    Injection,
    /// Data becomes objects.
    Deserialization,
    /// Algorithms, keys, randomness.
    Cryptography,
    /// Certificates, host keys, clear-text protocols, timeouts.
    Transport,
    /// Passwords and keys in code.
    Secrets,
    /// Temporary files, permissions, archives.
    Files,
    /// XML parsers.
    Xml,
    /// Templates and markup.
    Xss,
    /// Who may do what: ways in that nobody guards.
    Access,
    /// Debug modes, interfaces, loggers.
    Configuration,
    /// Errors swallowed, assertions.
    Robustness,
    /// What is downloaded, imported or hidden in the source.
    SupplyChain,
    /// Findings about suppressions themselves.
    Hygiene,
}

impl Family {
    /// The family's name as written on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Injection => "injection",
            Self::Deserialization => "deserialization",
            Self::Cryptography => "cryptography",
            Self::Transport => "transport",
            Self::Secrets => "secrets",
            Self::Files => "files",
            Self::Xml => "xml",
            Self::Xss => "xss",
            Self::Access => "access",
            Self::Configuration => "configuration",
            Self::Robustness => "robustness",
            Self::SupplyChain => "supply-chain",
            Self::Hygiene => "hygiene",
        }
    }
}

/// A rule's identity and documentation. Rules are statics, compared by slug.
#[derive(Debug)]
pub struct Rule {
    /// `shell-injection`: the name users select, suppress and search by. Never changes.
    pub slug: &'static str,
    /// What it is about.
    pub family: Family,
    /// Severity where a finding says nothing else.
    pub severity: Severity,
    /// Confidence where a finding says nothing else.
    pub confidence: Confidence,
    /// Weaknesses, the most specific first.
    pub cwe: &'static [Cwe],
    /// The codes of other tools' rules that it covers.
    pub aliases: &'static [&'static str],
    /// The page's markdown. See [`Page`].
    pub page: &'static str,
}

impl Rule {
    /// The page, parsed.
    ///
    /// # Errors
    /// When the markdown lacks a section; the tests of `seriema_rules` hold that none does.
    pub fn parse_page(&self) -> Result<Page<'static>, crate::PageError> {
        Page::parse(self.page)
    }

    /// The first heading of the page.
    #[must_use]
    pub fn title(&self) -> &'static str {
        Page::title_of(self.page).unwrap_or(self.slug)
    }

    /// Whether `selector` names this rule or a part of it: its slug, an alias (`B602`, `S6` as prefix), a CWE
    /// (`CWE-78`), or its family.
    #[must_use]
    pub fn matches(&self, selector: &str) -> bool {
        self.slug == selector
            || self.family.as_str() == selector
            || self.aliases.iter().any(|alias| alias_matches(alias, selector))
            || Cwe::parse(selector).is_some_and(|cwe| self.cwe.contains(&cwe))
    }
}

/// Whether `selector` is the code `alias`, or a prefix of it that has at least the tool's letter and one digit.
pub(crate) fn alias_matches(alias: &str, selector: &str) -> bool {
    let mut chars = selector.chars();
    matches!(chars.next(), Some('B' | 'S'))
        && chars.as_str().bytes().all(|b| b.is_ascii_digit())
        && alias.starts_with(selector)
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl Eq for Rule {}
