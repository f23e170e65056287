//! The settings in force, one by one.

use toml::Value;

use super::advisories;
use super::keys::{KEYS, Shape};
use super::{Config, ListSetting, OptionValue, Origin, Setting};

/// A setting as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, dotted where it is within a table (`rules.weak-key.minimum-bits`).
    pub key: String,
    /// The value, in TOML on one line.
    pub value: String,
    /// Where it comes from; several for a list that was added to.
    pub origins: Vec<Origin>,
}

impl Config {
    /// All settings in the order of the documentation.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        KEYS.iter().flat_map(|key| self.entries_of(key.name, key.shape)).collect()
    }

    fn entries_of(&self, key: &str, shape: Shape) -> Vec<Entry> {
        let one = match key {
            "persona" => text(key, self.persona.value.as_str(), &self.persona.origin),
            "severity" => text(key, self.severity.value.as_str(), &self.severity.origin),
            "confidence" => text(key, self.confidence.value.as_str(), &self.confidence.origin),
            "fail-on" => text(key, self.fail_on.value.as_str(), &self.fail_on.origin),
            "incomplete" => text(key, self.incomplete.value.as_str(), &self.incomplete.origin),
            "select" => list(key, &self.select),
            "ignore" => list(key, &self.ignore),
            "exclude" => list(key, &self.exclude),
            "src" => list(key, &self.src),
            "models" => list(key, &self.models),
            "detectors" => list(key, &self.detectors),
            "include-stubs" => boolean(key, &self.include_stubs),
            "respect-gitignore" => boolean(key, &self.respect_gitignore),
            "require-suppression-reason" => boolean(key, &self.require_suppression_reason),
            "max-file-size" => entry(key, &integer(self.max_file_size.value), &self.max_file_size.origin),
            _ => return self.table_entries(key, shape),
        };
        vec![one]
    }

    fn table_entries(&self, key: &str, shape: Shape) -> Vec<Entry> {
        let mut entries = Vec::new();
        match shape {
            Shape::PerFileIgnores => {
                for ignore in &self.per_file_ignores {
                    let rules = Value::Array(ignore.rules.iter().cloned().map(Value::String).collect());
                    let value = if ignore.reason.is_empty() {
                        rules
                    } else {
                        let reason = Value::String(ignore.reason.clone());
                        Value::Table([("rules".to_owned(), rules), ("reason".to_owned(), reason)].into_iter().collect())
                    };
                    let key = format!("{key}.{}", Value::String(ignore.pattern.clone()));
                    entries.push(entry(&key, &value, &ignore.origin));
                }
            }
            Shape::Dependencies if !self.advisory_ignores.is_empty() => {
                let values = self.advisory_ignores.iter().map(advisories::shown).collect();
                let origins = self.advisory_ignores.iter().map(|ignore| ignore.origin.clone()).collect();
                entries.push(Entry { key: "deps.ignore".to_owned(), value: Value::Array(values).to_string(), origins });
            }
            Shape::Rules => {
                for (slug, options) in &self.rules {
                    for (name, option) in options {
                        let value = match &option.value {
                            OptionValue::Boolean(on) => Value::Boolean(*on),
                            OptionValue::Integer(number) => integer(*number),
                            OptionValue::Text(text) => Value::String(text.clone()),
                            OptionValue::TextList(texts) => {
                                Value::Array(texts.iter().cloned().map(Value::String).collect())
                            }
                        };
                        entries.push(entry(&format!("{key}.{slug}.{name}"), &value, &option.origin));
                    }
                }
            }
            _ => {}
        }
        entries
    }
}

fn entry(key: &str, value: &Value, origin: &Origin) -> Entry {
    Entry { key: key.to_owned(), value: value.to_string(), origins: vec![origin.clone()] }
}

fn text(key: &str, text: &str, origin: &Origin) -> Entry {
    entry(key, &Value::String(text.to_owned()), origin)
}

fn boolean(key: &str, setting: &Setting<bool>) -> Entry {
    entry(key, &Value::Boolean(setting.value), &setting.origin)
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn list(key: &str, setting: &ListSetting) -> Entry {
    let value = Value::Array(setting.values().map(|item| Value::String(item.to_owned())).collect());
    let mut origins: Vec<Origin> = Vec::new();
    for item in &setting.value {
        if !origins.contains(&item.origin) {
            origins.push(item.origin.clone());
        }
    }
    if origins.is_empty() {
        origins.push(setting.origin.clone());
    }
    Entry { key: key.to_owned(), value: value.to_string(), origins }
}
