//! `.gitleaks.toml`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::allow::{Allowed, Allowlist, Candidate};
use super::rule::{CustomRule, Hit};
use super::toml::Source;
use super::{ALIAS, is_rule};
use crate::baseline::{Note, ReadError, visible};

/// Most regexes of one configuration.
const MAX_REGEXES: usize = 2_000;

/// A configuration of gitleaks 8.
///
/// Its allowlists hold for the findings of detectors that answer to gitleaks' rules (`gitleaks:github-pat`), and its own
/// rules find what they find. A rule without regex and path changes the one of the same id that gitleaks comes with: its
/// allowlists, entropy and path hold for what answers to that rule.
#[derive(Clone, Debug, Default)]
pub struct Config {
    file: String,
    uses_default: bool,
    extends: Option<String>,
    disabled: BTreeSet<String>,
    disabled_line: u32,
    rules: Vec<CustomRule>,
    changes: Vec<CustomRule>,
    allowlists: Vec<Allowlist>,
    notes: Vec<Note>,
    /// The rules' keywords, and by keyword the rule that it is of.
    keywords: OnceLock<(AhoCorasick, Vec<usize>)>,
}

impl Config {
    /// Reads a configuration. What it extends is named by [`Self::extends`], for the caller to read and give to
    /// [`Self::extend`].
    ///
    /// # Errors
    /// When it is no TOML, or not of this schema, or a regex does not compile: where, and why.
    pub fn read(file: &str, text: &str) -> Result<Self, ReadError> {
        let source = Source::new(file, text)?;
        let parsed = source.parse()?;
        let root = source.table(&parsed);
        let mut notes = Vec::new();
        let mut budget = MAX_REGEXES;
        let known = [
            "title",
            "description",
            "extend",
            "rules",
            "allowlist",
            "allowlists",
            "minVersion",
            "betterleaksMinVersion",
        ];
        root.unknown(&known, &mut notes);
        let mut config = Self { file: file.to_owned(), ..Self::default() };
        if let Some(extend) = root.get("extend") {
            let extend = extend.table()?;
            extend.unknown(&["useDefault", "path", "url", "disabledRules"], &mut notes);
            config.uses_default = extend.flag("useDefault")?;
            config.extends = extend.string("path")?.filter(|path| !path.is_empty());
            if config.uses_default && config.extends.is_some() {
                return Err(extend.error("`path` and `useDefault` do not go together"));
            }
            if let Some(url) = extend.get("url") {
                let message = "`url` is not read: nothing is fetched".to_owned();
                notes.push(Note { file: file.to_owned(), line: Some(url.line()), message });
            }
            config.disabled = extend.strings("disabledRules")?.into_iter().map(|(rule, _)| rule).collect();
            config.disabled_line = extend.get("disabledRules").map_or(1, |item| item.line());
        }
        let mut ids = BTreeSet::new();
        for table in root.tables("rules")? {
            let (rule, allowlists) = CustomRule::read(table, &mut budget, &mut notes)?;
            if !ids.insert(rule.id.clone()) {
                return Err(table.error(format!("there is another rule `{}`", visible(&rule.id))));
            }
            config.allowlists.extend(allowlists);
            let kind = if rule.is_whole() { &mut config.rules } else { &mut config.changes };
            kind.push(rule);
        }
        let (old, new) = (root.tables("allowlist")?, root.tables("allowlists")?);
        if !old.is_empty() && !new.is_empty() {
            return Err(root.error("`allowlist` and `allowlists` do not go together"));
        }
        for table in old.into_iter().chain(new) {
            config.allowlists.push(Allowlist::read(table, &mut budget, &mut notes)?);
        }
        config.notes = notes;
        Ok(config)
    }

    /// The file's name, as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether gitleaks would use its own rules besides. Without them or [`Self::extends`], it would look for nothing but
    /// [`Self::rules`].
    #[must_use]
    pub const fn uses_default(&self) -> bool {
        self.uses_default
    }

    /// The configuration that this one extends: a path relative to where gitleaks is run. It is for the caller not to
    /// leave the project, and not to follow more than two.
    #[must_use]
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// Adds what the extended configuration has: rules that are not switched off here, and its allowlists. Of rules that
    /// both have, this one's settings count where it has any.
    pub fn extend(&mut self, base: Self) {
        self.uses_default |= base.uses_default;
        self.extends = base.extends;
        for mut rule in base.rules {
            if self.disabled.contains(&rule.id) {
                continue;
            }
            if self.rules.iter().any(|own| own.id == rule.id) {
                continue;
            }
            if let Some(at) = self.changes.iter().position(|change| change.id == rule.id) {
                let change = self.changes.remove(at);
                rule.entropy = change.entropy.or(rule.entropy);
                if !change.description.is_empty() {
                    rule.description = change.description;
                }
                if !rule.keywords.is_empty() {
                    rule.keywords.extend(change.keywords);
                }
                rule.tags.extend(change.tags);
                if change.secret_group > 0 {
                    rule.set_group(change.secret_group);
                }
            }
            self.rules.push(rule);
        }
        self.changes.extend(base.changes);
        self.disabled.extend(base.disabled);
        self.disabled_line = self.disabled_line.max(1);
        self.allowlists.extend(base.allowlists);
        self.notes.extend(base.notes);
        self.keywords = OnceLock::new();
    }

    /// The project's own rules.
    #[must_use]
    pub fn rules(&self) -> &[CustomRule] {
        &self.rules
    }

    /// What the project's own rules find in a text, by rule and place, before any allowlist. Time is linear in the text, for
    /// each rule whose keywords are in it.
    #[must_use]
    pub fn find(&self, path: &str, text: &str) -> Vec<(&CustomRule, Hit)> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let (automaton, owners) = self.keywords.get_or_init(|| keywords(&self.rules));
        let mut wanted: Vec<bool> = self.rules.iter().map(|rule| rule.keywords.is_empty()).collect();
        for found in automaton.find_overlapping_iter(text) {
            wanted[owners[found.pattern().as_usize()]] = true;
        }
        let wanted = self.rules.iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted);
        wanted.flat_map(|(rule, _)| rule.find(path, text).into_iter().map(move |hit| (rule, hit))).collect()
    }

    /// What of it is not done here.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Why a finding is none, if the configuration says so.
    #[must_use]
    pub fn allows(&self, candidate: &Candidate<'_>) -> Option<Allowed> {
        let at = |line: u32, reason: String| Allowed { file: self.file.clone(), line, reason };
        let mut own = candidate.rules.iter().filter_map(|rule| rule.strip_prefix(ALIAS)).peekable();
        // A detector that stands for several rules is off when all of them are.
        if own.peek().is_some() && own.all(|rule| self.disabled.contains(rule)) {
            return Some(at(self.disabled_line, "its rule is switched off (`disabledRules`)".to_owned()));
        }
        let change = self
            .changes
            .iter()
            .filter(|change| is_rule(candidate.rules, &change.id))
            .find(|change| !change.is_random(candidate.secret));
        if let Some(change) = change {
            return Some(at(change.line, "its entropy is too low".to_owned()));
        }
        let is_for =
            |list: &&Allowlist| list.rules.is_empty() || list.rules.iter().any(|rule| is_rule(candidate.rules, rule));
        self.allowlists.iter().filter(is_for).find_map(|list| list.allows(candidate))
    }
}

fn keywords(rules: &[CustomRule]) -> (AhoCorasick, Vec<usize>) {
    let words =
        || rules.iter().enumerate().flat_map(|(number, rule)| rule.keywords.iter().map(move |word| (number, word)));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(words().map(|(_, word)| word))
        .unwrap_or_else(|error| unreachable!("words of a bounded file make an automaton: {error}"));
    (automaton, words().map(|(number, _)| number).collect())
}
