//! Bandit's configuration files: YAML, or `[tool.bandit]` in TOML; the old format with profiles too.

pub(crate) mod ini;
mod settings;
mod value;

pub(crate) use settings::{KeySizes, Names, Setting, Settings};
pub(crate) use value::Value;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog;
use crate::log::Log;

/// A configuration that cannot be used, with what Bandit says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(pub String);

impl ConfigError {
    fn new(message: &str, path: &str) -> Self {
        Self(format!("{path} : {message}"))
    }
}

/// Which tests to run and which not; and, from configurations of the old format, blacklists of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    /// Only these, unless empty.
    pub include: BTreeSet<String>,
    /// But not these.
    pub exclude: BTreeSet<String>,
    /// What replaces the built-in blacklists.
    pub blacklist: Option<LegacyBlacklist>,
}

/// Blacklists of a configuration of the old format.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LegacyBlacklist {
    /// For calls; none when calls are not looked at.
    pub calls: Option<Vec<LegacyEntry>>,
    /// For imports; none when imports are not looked at.
    pub imports: Option<Vec<LegacyEntry>>,
}

impl LegacyBlacklist {
    fn is_empty(&self) -> bool {
        self.calls.is_none() && self.imports.is_none()
    }
}

/// An entry of such a blacklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LegacyEntry {
    /// Full names of calls, or beginnings of modules' names.
    pub qualnames: Vec<String>,
    /// What is said; `{name}` stands for the name found.
    pub message: String,
    /// The severity's name.
    pub level: String,
}

/// A configuration, read.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    values: Value,
    profiles: BTreeMap<String, Profile>,
}

impl Config {
    /// What holds without a file.
    #[must_use]
    pub(crate) fn defaults() -> Self {
        let include = ["*.py", "*.pyw"].map(|glob| Value::Str(glob.to_owned())).to_vec();
        Self { values: Value::Map(vec![("include".to_owned(), Value::List(include))]), profiles: BTreeMap::new() }
    }

    /// Reads the text of the file `path`, which is none when it could not be read.
    ///
    /// # Errors
    /// When it could not be read, is malformed, or refers to old tests without saying what they look for.
    pub(crate) fn read(path: &str, text: Option<&str>, log: &mut Log) -> Result<Self, ConfigError> {
        let Some(text) = text else { return Err(ConfigError::new("Could not read config file.", path)) };
        let malformed = |error: String, log: &mut Log| {
            log.error("config", error);
            ConfigError::new("Error parsing file.", path)
        };
        let values = if path.ends_with(".toml") {
            let document = Value::from_toml(text).map_err(|error| malformed(error, log))?;
            match document.get("tool").map(|tool| tool.get("bandit").cloned()) {
                Some(Some(own)) => own,
                _ => Value::Map(Vec::new()),
            }
        } else {
            Value::from_yaml(text).map_err(|error| malformed(error, log))?
        };
        if !matches!(values, Value::Map(_)) {
            return Err(ConfigError::new("Error parsing file.", path));
        }
        let mut config = Self { values, profiles: BTreeMap::new() };
        config.check_lists(path)?;
        config.validate(path, log)?;
        config.convert_legacy(log);
        Ok(config)
    }

    /// The value of an option.
    #[must_use]
    pub(crate) fn option(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The strings of an option that is a list.
    #[must_use]
    pub(crate) fn strings(&self, name: &str) -> Vec<String> {
        self.option(name).map(Value::strings).unwrap_or_default()
    }

    /// The items of an option that lists tests; numbers, which are no identifiers, as they are written.
    fn identifiers(&self, name: &str) -> BTreeSet<String> {
        let items = self.option(name).and_then(|value| value.iterate().ok()).unwrap_or_default();
        let text = |item: Value| match item {
            Value::Str(text) => Some(text),
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        };
        items.into_iter().filter_map(text).collect()
    }

    /// The profile of that name, or the one made of the top level's `tests` and `skips`.
    #[must_use]
    pub(crate) fn profile(&self, name: Option<&str>) -> Option<Profile> {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => self.profiles.get(name).cloned(),
            None => Some(Profile {
                include: self.identifiers("tests"),
                exclude: self.identifiers("skips"),
                blacklist: None,
            }),
        }
    }

    /// A string where a list of paths is meant would leave out every path that has one of its characters.
    fn check_lists(&self, path: &str) -> Result<(), ConfigError> {
        let is_list = |value: &Value| match value {
            Value::List(items) => items.iter().all(|item| matches!(item, Value::Str(_))),
            other => !other.is_truthy(),
        };
        let wrong = |name: &str| Err(ConfigError::new(&format!("{name} is not a list of strings."), path));
        match (self.option("exclude_dirs"), self.option("include")) {
            (Some(value), _) if !is_list(value) => wrong("exclude_dirs"),
            (_, Some(value)) if !is_list(value) && !matches!(value, Value::Str(_)) => wrong("include"),
            _ => Ok(()),
        }
    }

    fn legacy_profiles(&self) -> &[(String, Value)] {
        match self.option("profiles") {
            Some(Value::Map(profiles)) => profiles,
            _ => &[],
        }
    }

    fn validate(&self, path: &str, log: &mut Log) -> Result<(), ConfigError> {
        if self.option("profiles").is_none() {
            return Ok(());
        }
        for (_, profile) in self.legacy_profiles() {
            let named = |test: &str| {
                ["include", "exclude"]
                    .iter()
                    .any(|list| profile.get(list).is_some_and(|list| list.strings().iter().any(|name| name == test)))
            };
            for (test, block) in [
                ("blacklist_imports", "blacklist_imports"),
                ("blacklist_import_func", "blacklist_imports"),
                ("blacklist_calls", "blacklist_calls"),
            ] {
                if named(test) && self.option(block).is_none_or(|value| *value == Value::Null) {
                    return Err(ConfigError::new(
                        &format!(
                            "Config file has an include or exclude reference to legacy test '{test}' but no \
                             configuration data for it. Configuration data is required for this test. Please consider \
                             switching to the new config file format, the tool 'bandit-config-generator' can help you \
                             with this."
                        ),
                        path,
                    ));
                }
            }
        }
        log.warning(
            "config",
            format!(
                "Config file '{path}' contains deprecated legacy config data. Please consider upgrading to the new \
                 config format. The tool 'bandit-config-generator' can help you with this. Support for legacy configs \
                 will be removed in a future bandit version."
            ),
        );
        Ok(())
    }

    fn convert_legacy(&mut self, log: &mut Log) {
        let calls = self.legacy_entries("blacklist_calls", "bad_name_sets", "qualnames", "{func}");
        let imports = self.legacy_entries("blacklist_imports", "bad_import_sets", "imports", "{module}");
        if !calls.is_empty() || !imports.is_empty() {
            log.warning("config", "Legacy blacklist data found in config, overriding data plugins");
        }
        let ids = |profile: &Value, list: &str| -> BTreeSet<String> {
            let names = profile.get(list).map(Value::strings).unwrap_or_default();
            names.into_iter().map(|name| catalog::id_by_name(&name).map_or(name, str::to_owned)).collect()
        };
        let profiles = self.legacy_profiles().iter().map(|(name, profile)| {
            let (include, exclude) = (ids(profile, "include"), ids(profile, "exclude"));
            (name.clone(), legacy_profile(include, exclude, &calls, &imports))
        });
        self.profiles = profiles.collect();
    }

    fn legacy_entries(&self, block: &str, list: &str, names: &str, placeholder: &str) -> Vec<LegacyEntry> {
        let sets = self.option(block).and_then(|block| block.get(list)).map(Value::iterate);
        let mut entries = Vec::new();
        for set in sets.and_then(Result::ok).unwrap_or_default() {
            let Value::Map(named) = set else { continue };
            for (_, entry) in named {
                let text = |key: &str| match entry.get(key) {
                    Some(Value::Str(text)) => text.clone(),
                    _ => String::new(),
                };
                let level = text("level");
                entries.push(LegacyEntry {
                    qualnames: entry.get(names).map(Value::strings).unwrap_or_default(),
                    message: text("message").replace(placeholder, "{name}"),
                    level: if level.is_empty() { "MEDIUM".to_owned() } else { level },
                });
            }
        }
        entries
    }
}

/// Turns the names of the old blacklist tests into `B001` and gives the profile the blacklists they stand for.
fn legacy_profile(
    mut include: BTreeSet<String>,
    mut exclude: BTreeSet<String>,
    calls: &[LegacyEntry],
    imports: &[LegacyEntry],
) -> Profile {
    let rename = |set: &mut BTreeSet<String>, name: &str| {
        if set.remove(name) {
            set.insert("B001".to_owned());
        }
    };
    let mut blacklist = LegacyBlacklist::default();
    // Bandit hands the two lists over in the wrong order: the calls' entries are looked for among imports.
    let (for_calls, for_imports) = (imports, calls);
    if include.contains("blacklist_calls") && !exclude.contains("blacklist_calls") {
        blacklist.calls.get_or_insert_default().extend_from_slice(for_calls);
    }
    rename(&mut include, "blacklist_calls");
    rename(&mut exclude, "blacklist_calls");
    if include.contains("blacklist_imports") && !exclude.contains("blacklist_imports") {
        blacklist.imports.get_or_insert_default().extend_from_slice(for_imports);
        blacklist.calls.get_or_insert_default().extend_from_slice(for_imports);
    }
    for name in ["blacklist_imports", "blacklist_import_func"] {
        rename(&mut include, name);
        rename(&mut exclude, name);
    }
    if include.contains("B001") {
        exclude.remove("B001");
    }
    Profile { include, exclude, blacklist: Some(blacklist).filter(|blacklist| !blacklist.is_empty()) }
}
