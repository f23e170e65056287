//! How an answer is read.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::outcome::{Reason, Status};

/// Most characters of a fact.
const MAX_FACT: usize = 120;

/// How many characters in a row a fact may share with the secret.
const MAX_SHARED: usize = 7;

/// What came back, cut at a bound.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By name in lower case; of several with one name the first.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A field of JSON: `user.name`, `errors.0.code`.
#[derive(Clone, Debug)]
pub(crate) struct Path(Vec<String>);

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) {
            return Err(format!("`{text}` is no path of a field"));
        }
        Ok(Self(parts))
    }

    fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, part| match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            value => value.get(part.as_str()),
        })
    }
}

/// What an answer has to be like for a status; everything that is given has to hold.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) codes: Vec<u16>,
    pub(crate) body: Option<Regex>,
    /// A field, and the value that it has; any but null, where none is given.
    pub(crate) json: Option<(Path, Option<Value>)>,
    pub(crate) status: Status,
}

impl Rule {
    fn holds(&self, reply: &Reply, json: Option<&Value>) -> bool {
        self.codes.contains(&reply.status)
            && self.body.as_ref().is_none_or(|regex| regex.is_match(&reply.body))
            && self.json.as_ref().is_none_or(|(path, wanted)| {
                let found = json.and_then(|json| path.get(json));
                match wanted {
                    Some(wanted) => found == Some(wanted),
                    None => found.is_some_and(|found| !found.is_null()),
                }
            })
    }
}

/// Where a fact stands.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Json(Path),
    /// A header, in lower case.
    Header(String),
}

/// A harmless fact of an answer.
#[derive(Clone, Debug)]
pub(crate) struct FactRule {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Status and facts of an answer. The first rule that holds counts; where none does, the answer says nothing.
pub(crate) fn read(
    rules: &[Rule],
    facts: &[FactRule],
    reply: &Reply,
    secrets: &[&str],
) -> (Status, Vec<(String, String)>) {
    match reply.status {
        429 => return (Status::Unknown(Reason::TooMany), Vec::new()),
        300..=399 => return (Status::Unknown(Reason::Redirect(reply.status)), Vec::new()),
        _ => {}
    }
    let json = serde_json::from_str::<Value>(&reply.body).ok();
    let status = rules
        .iter()
        .find(|rule| rule.holds(reply, json.as_ref()))
        .map_or(Status::Unknown(Reason::Unclear(reply.status)), |rule| rule.status.clone());
    if status != Status::Active {
        return (status, Vec::new());
    }
    let facts = facts
        .iter()
        .filter_map(|rule| {
            let text = match &rule.place {
                // An answer that only says what a secret may not do speaks of itself, not of whose the secret is.
                Place::Json(_) if reply.status >= 300 => return None,
                Place::Json(path) => text(path.get(json.as_ref()?)?)?,
                Place::Header(name) => reply.headers.get(name)?.clone(),
            };
            Some((rule.name.clone(), shown(&text, secrets)?))
        })
        .collect();
    (status, facts)
}

/// A value as text: scalars as they are, lists with commas, nothing of objects.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Object(_) => None,
    }
}

/// A fact as it may be shown: one line, not too long, nothing of a secret.
fn shown(text: &str, secrets: &[&str]) -> Option<String> {
    let text: String = text.chars().map(|c| if is_visible(c) { c } else { ' ' }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || secrets.iter().any(|secret| shares(&text, secret)) {
        return None;
    }
    if text.chars().count() <= MAX_FACT {
        return Some(text);
    }
    Some(text.chars().take(MAX_FACT - 3).chain("...".chars()).collect())
}

/// Whether a character only shows itself: controls act on a terminal, and marks of direction on the order of a line.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text has more of a secret than may be shown.
fn shares(text: &str, secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    if characters.len() <= MAX_SHARED {
        return !secret.is_empty() && text.contains(secret);
    }
    characters.windows(MAX_SHARED + 1).any(|part| text.contains(&part.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_path() {
        let json = serde_json::json!({"a": {"b": [{"c": 1}, {"c": null}]}});
        let get = |path: &str| Path::parse(path).expect("a path").get(&json).cloned();
        assert_eq!(get("a.b.0.c"), Some(1.into()));
        assert_eq!(get("a.b.1.c"), Some(Value::Null));
        assert_eq!(get("a.b.2.c"), None);
        assert_eq!(get("a.b.c"), None);
        assert_eq!(get("a.x"), None);
        assert!(Path::parse("a..b").is_err());
        assert!(Path::parse("").is_err());
    }

    #[test]
    fn a_fact_is_one_short_line() {
        assert_eq!(shown("a\nb\u{1b}[31m\u{202e}c", &[]).as_deref(), Some("a b [31m c"));
        assert_eq!(shown(" \t ", &[]), None);
        let long = shown(&"x".repeat(1000), &[]).expect("a fact");
        assert_eq!(long.chars().count(), MAX_FACT);
        assert!(long.ends_with("..."));
    }

    #[test]
    fn a_fact_with_a_part_of_a_secret_is_left_out() {
        let secret = "abcdefghijklmnop";
        assert_eq!(shown("owner of abcdefghijklmnop", &[secret]), None);
        assert_eq!(shown("key ...ijklmnop", &[secret]), None);
        assert_eq!(shown("key ...jklmnop", &[secret]).as_deref(), Some("key ...jklmnop"));
        assert_eq!(shown("a short one: hunter2", &["hunter2"]), None);
        assert_eq!(shown("nothing of it", &["", secret]).as_deref(), Some("nothing of it"));
    }

    #[test]
    fn lists_are_joined_and_objects_left_out() {
        assert_eq!(text(&serde_json::json!(["a", 1, {"b": 2}, true])).as_deref(), Some("a, 1, true"));
        assert_eq!(text(&serde_json::json!({"a": 1})), None);
    }
}
