//! A project's own rules.

use std::ops::Range;

use regex::bytes::Regex;

use super::allow::{Allowlist, regex};
use super::pattern::{Dialect, translate};
use super::toml::Table;
use crate::baseline::{Note, ReadError, visible};
use crate::judge::entropy;

/// Most that a rule finds in one text.
const MAX_HITS: usize = 2_000;

/// A rule of a project's configuration.
#[derive(Clone, Debug)]
pub struct CustomRule {
    /// Its id.
    pub id: String,
    /// What it finds; empty when it does not say.
    pub description: String,
    /// Its regex in the syntax of the `regex` crate (Unicode on, not multi-line): absent in rules that are about paths.
    pub regex: Option<String>,
    /// The group of the regex that is the secret; 0 for the first group that matches something, or all of it if there is
    /// no group.
    pub secret_group: usize,
    /// The entropy that secrets have more than, in bits a character.
    pub entropy: Option<f64>,
    /// One of these stands in each text that it finds something in, in lower case; none when there are none.
    pub keywords: Vec<String>,
    /// The paths it is for, in the syntax of the `regex` crate.
    pub path: Option<String>,
    /// What it is tagged with.
    pub tags: Vec<String>,
    /// The one-based line that it begins on.
    pub line: u32,
    compiled: Option<Regex>,
    compiled_path: Option<Regex>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What its regex matched, in bytes of the text. Empty for a rule that is about paths.
    pub matched: Range<usize>,
    /// The secret in it.
    pub secret: Range<usize>,
}

impl CustomRule {
    pub(super) fn read(
        table: Table<'_>,
        budget: &mut usize,
        notes: &mut Vec<Note>,
    ) -> Result<(Self, Vec<Allowlist>), ReadError> {
        let known = [
            "id",
            "description",
            "regex",
            "secretGroup",
            "entropy",
            "keywords",
            "path",
            "tags",
            "allowlist",
            "allowlists",
            "required",
            "skipReport",
        ];
        table.unknown(&known, notes);
        let id = table.string("id")?.unwrap_or_default();
        if id.trim().is_empty() {
            return Err(table.error("a rule has no `id`"));
        }
        for (key, what) in [
            ("required", "that other rules have to match nearby is not checked: it is reported without them"),
            ("skipReport", "it is reported all the same"),
        ] {
            if let Some(item) = table.get(key) {
                let message = format!("`{key}` of the rule `{}`: {what}", visible(&id));
                notes.push(Note { file: table.source.file.to_owned(), line: Some(item.line()), message });
            }
        }
        let mut pattern = |name: &str| -> Result<(Option<String>, Option<Regex>), ReadError> {
            let Some(text) = table.string(name)?.filter(|text| !text.is_empty()) else { return Ok((None, None)) };
            let line = table.get(name).map_or(table.line(), |item| item.line());
            let compiled = regex(&text, name, (table.source.file, line), budget)?;
            Ok((translate(&text, Dialect::Go).ok(), Some(compiled)))
        };
        let (regex, compiled) = pattern("regex")?;
        let (path, compiled_path) = pattern("path")?;
        let secret_group = whole(table, "secretGroup")?;
        if compiled.as_ref().is_some_and(|regex| secret_group >= regex.captures_len()) {
            return Err(table.error(format!("`secretGroup` is {secret_group}, but the regex has no such group")));
        }
        let text = |(text, _): (String, u32)| text;
        let keywords = table.strings("keywords")?.into_iter().map(|(word, _)| word.to_lowercase());
        let rule = Self {
            id,
            description: table.string("description")?.unwrap_or_default(),
            regex,
            secret_group,
            entropy: table.number("entropy")?.filter(|entropy| *entropy != 0.0),
            keywords: keywords.filter(|word| !word.is_empty()).collect(),
            path,
            tags: table.strings("tags")?.into_iter().map(text).collect(),
            line: table.line(),
            compiled,
            compiled_path,
        };
        let (old, new) = (table.tables("allowlist")?, table.tables("allowlists")?);
        if !old.is_empty() && !new.is_empty() {
            return Err(table.error("`allowlist` and `allowlists` do not go together"));
        }
        let mut allowlists = Vec::new();
        for list in old.into_iter().chain(new) {
            let mut allowlist = Allowlist::read(list, budget, notes)?;
            allowlist.rules = vec![rule.id.clone()];
            allowlists.push(allowlist);
        }
        Ok((rule, allowlists))
    }

    /// Whether it says by itself what to find; otherwise it changes a rule of gitleaks' own.
    pub(super) const fn is_whole(&self) -> bool {
        self.compiled.is_some() || self.compiled_path.is_some()
    }

    /// Takes another group of the regex, if there is one.
    pub(super) fn set_group(&mut self, group: usize) {
        if self.compiled.as_ref().is_some_and(|regex| group < regex.captures_len()) {
            self.secret_group = group;
        }
    }

    /// Whether it is for files of this path.
    #[must_use]
    pub fn is_for(&self, path: &str) -> bool {
        self.compiled_path.as_ref().is_none_or(|regex| regex.is_match(path.as_bytes()))
    }

    /// Whether a secret's entropy is high enough.
    #[must_use]
    pub fn is_random(&self, secret: &str) -> bool {
        self.entropy.is_none_or(|least| entropy(secret) > least)
    }

    /// What it finds in a text that has one of its keywords, in order, before any allowlist.
    pub(super) fn find(&self, path: &str, text: &str) -> Vec<Hit> {
        if !self.is_for(path) {
            return Vec::new();
        }
        let Some(regex) = &self.compiled else { return vec![Hit { matched: 0..0, secret: 0..0 }] };
        let hit = |captures: regex::bytes::Captures<'_>| {
            let whole = captures.get(0)?;
            let group = match self.secret_group {
                0 => (1..captures.len()).filter_map(|group| captures.get(group)).find(|group| !group.is_empty()),
                group => captures.get(group),
            };
            let secret = group.unwrap_or(whole).range();
            let value = text.get(secret.clone())?;
            (!value.is_empty() && self.is_random(value)).then(|| Hit { matched: whole.range(), secret })
        };
        regex.captures_iter(text.as_bytes()).filter_map(hit).take(MAX_HITS).collect()
    }
}

fn whole(table: Table<'_>, name: &str) -> Result<usize, ReadError> {
    let number = table.number(name)?.unwrap_or(0.0);
    if number.fract() != 0.0 || !(0.0..=1000.0).contains(&number) {
        return Err(table.error(format!("`{name}` is no number of a group")));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let number = number as usize;
    Ok(number)
}
