//! One configuration file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use seriema_finding::{Confidence, Persona, Severity};
use toml::de::DeTable;

use super::advisories;
use super::document::{Reader, Value};
use super::keys::names;
use super::{
    AdvisoryIgnore, ConfigError, FailOn, Incomplete, ListSetting, OptionValue, PerFileIgnore, RuleOptions, Setting,
};
use crate::pattern::{PathPattern, PathPatterns};
use crate::vocabulary::{OptionKind, Vocabulary, clip};

/// The largest size that can be asked for: positions are counted in 32 bits.
pub(super) const MAX_SIZE: u64 = 1 << 30;

/// What a configuration file says; absent is what it does not mention.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    pub(super) shown: Arc<str>,
    pub(super) base: PathBuf,
    pub(super) persona: Option<Setting<Persona>>,
    pub(super) severity: Option<Setting<Severity>>,
    pub(super) confidence: Option<Setting<Confidence>>,
    pub(super) fail_on: Option<Setting<FailOn>>,
    pub(super) incomplete: Option<Setting<Incomplete>>,
    pub(super) select: Option<ListSetting>,
    pub(super) ignore: Option<ListSetting>,
    pub(super) exclude: Option<ListSetting>,
    pub(super) src: Option<ListSetting>,
    pub(super) models: Option<ListSetting>,
    pub(super) detectors: Option<ListSetting>,
    pub(super) include_stubs: Option<Setting<bool>>,
    pub(super) respect_gitignore: Option<Setting<bool>>,
    pub(super) max_file_size: Option<Setting<u64>>,
    pub(super) require_suppression_reason: Option<Setting<bool>>,
    pub(super) per_file_ignores: Vec<PerFileIgnore>,
    pub(super) advisory_ignores: Vec<AdvisoryIgnore>,
    pub(super) rules: RuleOptions,
}

impl ConfigFile {
    /// Reads the text of a configuration file. `shown` is how it is named, `base` the absolute directory it stands in.
    /// Of a `pyproject.toml` only `[tool.seriema]` is read; `None` where there is no such table.
    ///
    /// # Errors
    /// All mistakes, in the order of their places.
    pub fn parse(
        shown: &str,
        base: &Path,
        text: &str,
        is_pyproject: bool,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Option<Self>, Vec<ConfigError>> {
        // The pyproject of another tool's test data may be broken on purpose: only one that speaks to us is judged.
        if is_pyproject && memchr::memmem::find(text.as_bytes(), b"seriema").is_none() {
            return Ok(None);
        }
        let mut reader = Reader::new(Arc::from(shown), text);
        let Some(document) = reader.document() else { return Err(reader.into_errors()) };
        let mut file = Self { shown: Arc::from(shown), base: base.to_path_buf(), ..Self::default() };
        if is_pyproject {
            let Some(own) = document.get("tool").and_then(|tool| tool.get_ref().as_table()?.get("seriema")) else {
                return Ok(None);
            };
            if let Some(table) = reader.table("tool.seriema", own) {
                file.fill(table, "[tool.seriema]", &mut reader, vocabulary);
            }
        } else {
            file.fill(&document, shown, &mut reader, vocabulary);
        }
        let errors = reader.into_errors();
        if errors.is_empty() { Ok(Some(file)) } else { Err(errors) }
    }

    fn fill(&mut self, table: &DeTable<'_>, name: &str, reader: &mut Reader<'_>, vocabulary: &Vocabulary<'_>) {
        for (spanned, value) in table {
            let key: &str = spanned.get_ref();
            match key {
                "persona" => self.persona = reader.word(key, value, Persona::NAMES),
                "severity" => self.severity = reader.word(key, value, Severity::NAMES),
                "confidence" => self.confidence = reader.word(key, value, Confidence::NAMES),
                "fail-on" => self.fail_on = reader.word(key, value, FailOn::NAMES),
                "incomplete" => self.incomplete = reader.word(key, value, Incomplete::NAMES),
                "select" => self.select = selectors(key, value, reader, vocabulary),
                "ignore" => self.ignore = selectors(key, value, reader, vocabulary),
                "exclude" => self.exclude = self.patterns(key, value, reader),
                "src" => self.src = directories(key, value, reader),
                "models" => self.models = directories(key, value, reader),
                "detectors" => self.detectors = directories(key, value, reader),
                "include-stubs" => self.include_stubs = reader.boolean(key, value),
                "respect-gitignore" => self.respect_gitignore = reader.boolean(key, value),
                "max-file-size" => self.max_file_size = size(key, value, reader),
                "require-suppression-reason" => self.require_suppression_reason = reader.boolean(key, value),
                "per-file-ignores" => self.per_file_ignores(key, value, reader, vocabulary),
                "deps" => self.advisory_ignores = advisories::read(key, value, reader),
                "rules" => self.rules(key, value, reader, vocabulary),
                _ => reader.unknown_key(spanned.span(), key, &names(), name),
            }
        }
    }

    /// The pattern made ready, or what is wrong with it.
    fn pattern(&self, pattern: &str) -> Result<PathPatterns, String> {
        let pattern = PathPattern { pattern: pattern.to_owned(), base: self.base.clone(), origin: String::new() };
        PathPatterns::build(vec![pattern]).map_err(|errors| {
            let message = errors.into_iter().next().map_or_else(String::new, |error| error.message);
            format!("is no path pattern: {message}")
        })
    }

    fn patterns(&self, key: &str, value: &Value<'_>, reader: &mut Reader<'_>) -> Option<ListSetting> {
        let items = reader.texts(key, value)?;
        for (span, item) in &items {
            if let Err(message) = self.pattern(&item.value) {
                reader.fail(span.clone(), format!("`{}` {message}", clip(&item.value)), None);
            }
        }
        Some(list(items, value, reader))
    }

    fn per_file_ignores(&mut self, key: &str, value: &Value<'_>, reader: &mut Reader<'_>, vocabulary: &Vocabulary<'_>) {
        let Some(table) = reader.table(key, value) else { return };
        let mut found: Vec<(usize, PerFileIgnore)> = Vec::new();
        for (pattern, value) in table {
            let span = pattern.span();
            let pattern: &str = pattern.get_ref();
            if pattern.starts_with('!') {
                let message = "a pattern here cannot begin with `!`: name the files that the rules are ignored in";
                reader.fail(span, message.to_owned(), None);
                continue;
            }
            let matcher = match self.pattern(pattern) {
                Ok(matcher) => matcher,
                Err(message) => {
                    reader.fail(span, format!("`{}` {message}", clip(pattern)), None);
                    continue;
                }
            };
            let mut reason = String::new();
            let rules = match value.get_ref().as_table() {
                None => match value.get_ref().as_array() {
                    Some(_) => selectors(key, value, reader, vocabulary),
                    None => {
                        reader.expected(key, value, "a list of rules or a table of `rules` and `reason`");
                        None
                    }
                },
                Some(table) => {
                    let mut rules = None;
                    for (spanned, value) in table {
                        match &**spanned.get_ref() {
                            "rules" => rules = selectors("rules", value, reader, vocabulary),
                            "reason" => reason = reader.text("reason", value).map(|s| s.value).unwrap_or_default(),
                            other => {
                                reader.unknown_key(spanned.span(), other, &["rules", "reason"], "per-file-ignores")
                            }
                        }
                    }
                    if !table.contains_key("rules") {
                        reader.fail(span.clone(), "`rules` is missing: which rules are ignored here?".to_owned(), None);
                    }
                    rules
                }
            };
            if let Some(rules) = rules {
                let rules = rules.value.into_iter().map(|rule| rule.value).collect();
                let origin = reader.origin(&span);
                let pattern = pattern.to_owned();
                found.push((
                    span.start,
                    PerFileIgnore { pattern, rules, reason: reason.trim().to_owned(), origin, matcher },
                ));
            }
        }
        found.sort_by_key(|(offset, _)| *offset);
        self.per_file_ignores = found.into_iter().map(|(_, ignore)| ignore).collect();
    }

    fn rules(&mut self, key: &str, value: &Value<'_>, reader: &mut Reader<'_>, vocabulary: &Vocabulary<'_>) {
        let Some(table) = reader.table(key, value) else { return };
        for (spanned, value) in table {
            let slug: &str = spanned.get_ref();
            let Some(specs) = (vocabulary.options)(slug) else {
                let (message, suggestion) = if vocabulary.knows(slug) {
                    (format!("`{}` is not a rule's slug, and options are set by that", clip(slug)), None)
                } else {
                    (format!("no rule has the slug `{}`", clip(slug)), vocabulary.suggest(slug).map(str::to_owned))
                };
                reader.fail(spanned.span(), message, suggestion);
                continue;
            };
            let name = format!("rules.{slug}");
            let Some(table) = reader.table(&name, value) else { continue };
            let mut options = BTreeMap::new();
            for (spanned, value) in table {
                let option: &str = spanned.get_ref();
                let Some(spec) = specs.iter().find(|spec| spec.name == option) else {
                    if specs.is_empty() {
                        reader.fail(spanned.span(), format!("the rule `{slug}` takes no options"), None);
                    } else {
                        let known: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
                        reader.unknown_key(spanned.span(), option, &known, &name);
                    }
                    continue;
                };
                if let Some(setting) = option_value(option, spec.kind, value, reader) {
                    options.insert(option.to_owned(), setting);
                }
            }
            self.rules.insert(slug.to_owned(), options);
        }
    }
}

fn option_value(
    key: &str,
    kind: OptionKind,
    value: &Value<'_>,
    reader: &mut Reader<'_>,
) -> Option<Setting<OptionValue>> {
    let value_setting = match kind {
        OptionKind::Boolean => OptionValue::Boolean(reader.boolean(key, value)?.value),
        OptionKind::Integer => OptionValue::Integer(reader.integer(key, value)?.value),
        OptionKind::Text => OptionValue::Text(reader.text(key, value)?.value),
        OptionKind::TextList => {
            OptionValue::TextList(reader.texts(key, value)?.into_iter().map(|(_, item)| item.value).collect())
        }
    };
    Some(reader.setting(&value.span(), value_setting))
}

fn list(items: Vec<(Range<usize>, Setting<String>)>, value: &Value<'_>, reader: &Reader<'_>) -> ListSetting {
    reader.setting(&value.span(), items.into_iter().map(|(_, item)| item).collect())
}

fn selectors(
    key: &str,
    value: &Value<'_>,
    reader: &mut Reader<'_>,
    vocabulary: &Vocabulary<'_>,
) -> Option<ListSetting> {
    let mut items = reader.texts(key, value)?;
    for (span, item) in &mut items {
        // What is unknown is compared with everything that is known.
        if reader.is_full() {
            break;
        }
        match vocabulary.selector(item.value.trim()) {
            Ok(selector) => item.value = selector,
            Err(unknown) => reader.fail(span.clone(), unknown.to_string(), unknown.suggestion),
        }
    }
    Some(list(items, value, reader))
}

fn directories(key: &str, value: &Value<'_>, reader: &mut Reader<'_>) -> Option<ListSetting> {
    let items = reader.texts(key, value)?;
    for (span, item) in &items {
        let mut depth = 0_i32;
        let stays = Path::new(&item.value).components().all(|part| {
            depth += match part {
                Component::Normal(_) => 1,
                Component::CurDir => 0,
                Component::ParentDir => -1,
                Component::RootDir | Component::Prefix(_) => return false,
            };
            depth >= 0
        });
        if !stays {
            let message = format!("`{}` leads out of the directory of this file", clip(&item.value));
            reader.fail(span.clone(), message, None);
        }
    }
    Some(list(items, value, reader))
}

fn size(key: &str, value: &Value<'_>, reader: &mut Reader<'_>) -> Option<Setting<u64>> {
    const EXPECTED: &str = "a number of bytes or a string like \"16 MiB\"";
    let bytes = match (value.get_ref().as_integer(), value.get_ref().as_str()) {
        (Some(_), _) => reader.integer(key, value)?.value,
        (None, Some(text)) => match bytes_of(text) {
            Some(bytes) => bytes,
            None => {
                reader.fail(value.span(), format!("`{key}` takes {EXPECTED}, not `{}`", clip(text)), None);
                return None;
            }
        },
        (None, None) => {
            reader.expected(key, value, EXPECTED);
            return None;
        }
    };
    if !(1..=MAX_SIZE).contains(&bytes) {
        reader.fail(value.span(), format!("`{key}` takes from 1 byte to 1 GiB"), None);
        return None;
    }
    Some(reader.setting(&value.span(), bytes))
}

/// `16 MiB`, `500 kB`, `100 B`.
fn bytes_of(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit.trim() {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
