//! Configuration as data: what YAML and TOML have in common.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value of a configuration file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `null`
    Null,
    /// `true`; in YAML also `yes` and `on`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string; also what has no other place here, such as dates.
    Str(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The value under a key of a mapping; the last where the key is repeated.
    #[must_use]
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Whether Python takes the value for true.
    #[must_use]
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) => !entries.is_empty(),
        }
    }

    /// Python's name of the value's type.
    #[must_use]
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::List(_) => "list",
            Value::Map(_) => "dict",
        }
    }

    /// What a loop over the value in Python meets: items, keys, or the characters of a string.
    ///
    /// # Errors
    /// With Python's message for what cannot be looped over.
    pub(crate) fn iterate(&self) -> Result<Vec<Value>, String> {
        match self {
            Value::List(items) => Ok(items.clone()),
            Value::Map(entries) => Ok(entries.iter().map(|(key, _)| Value::Str(key.clone())).collect()),
            Value::Str(text) => Ok(text.chars().map(|c| Value::Str(c.to_string())).collect()),
            other => Err(format!("'{}' object is not iterable", other.type_name())),
        }
    }

    /// The strings of [`Value::iterate`], none for what cannot be looped over.
    #[must_use]
    pub(crate) fn strings(&self) -> Vec<String> {
        let text = |value: Value| match value {
            Value::Str(text) => Some(text),
            _ => None,
        };
        self.iterate().unwrap_or_default().into_iter().filter_map(text).collect()
    }

    /// Reads YAML.
    ///
    /// # Errors
    /// With a message that names the place.
    pub(crate) fn from_yaml(text: &str) -> Result<Value, String> {
        let options = serde_saphyr::options! {
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
            legacy_octal_numbers: true,
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// With a message that names the place.
    pub(crate) fn from_toml(text: &str) -> Result<Value, String> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        Ok(from_toml(toml::Value::Table(table)))
    }
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Str(text),
        toml::Value::Integer(value) => Value::Int(value),
        toml::Value::Float(value) => Value::Float(value),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(value) => Value::Str(value.to_string()),
        toml::Value::Array(items) => Value::List(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Value::Map(table.into_iter().map(|(key, value)| (key, from_toml(value))).collect())
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Str(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = access.next_entry::<Value, Value>()? {
            entries.push((key_text(key), value));
        }
        Ok(Value::Map(entries))
    }
}

/// A key as text: Bandit only ever asks for strings.
fn key_text(key: Value) -> String {
    match key {
        Value::Str(text) => text,
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_read_as_pyyaml_reads_it() {
        let value = Value::from_yaml("a: [B101, 1, yes, 0755]\nb:\n  c: ~\n  d: 'no'\na2: 1.5\n").unwrap();
        assert_eq!(
            value.get("a"),
            Some(&Value::List(vec![
                Value::Str("B101".to_owned()),
                Value::Int(1),
                Value::Bool(true),
                Value::Int(0o755)
            ]))
        );
        assert_eq!(value.get("b").and_then(|b| b.get("c")), Some(&Value::Null));
        assert_eq!(value.get("b").and_then(|b| b.get("d")), Some(&Value::Str("no".to_owned())));
        assert_eq!(Value::from_yaml("# nothing"), Ok(Value::Null));
        assert!(Value::from_yaml("a: [").is_err());
    }

    #[test]
    fn toml_is_read() {
        let value = Value::from_toml("[tool.bandit]\nskips = ['B101']\n[tool.bandit.assert_used]\nskips = []").unwrap();
        let bandit = value.get("tool").and_then(|tool| tool.get("bandit")).unwrap();
        assert_eq!(bandit.get("skips").map(Value::strings), Some(vec!["B101".to_owned()]));
        assert!(Value::from_toml("a = [").is_err());
    }

    #[test]
    fn strings_are_looped_over_by_character() {
        assert_eq!(Value::Str("ab".to_owned()).strings(), ["a", "b"]);
        assert_eq!(Value::Int(1).iterate(), Err("'int' object is not iterable".to_owned()));
    }
}
