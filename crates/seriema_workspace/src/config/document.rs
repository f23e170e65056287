//! A TOML file, read with the place of everything in it.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Origin, Setting};
use crate::vocabulary::{clip, suggest};

/// A mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, relative to the root.
    pub path: Arc<str>,
    /// The line, from 1; absent where the whole file is meant.
    pub line: Option<u32>,
    /// The column, from 1, in code points.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if let Some(column) = self.column {
            write!(f, "{column}:")?;
        }
        write!(f, " {}", self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// A mistake that concerns a whole file.
    pub(super) fn file(path: &Arc<str>, message: String) -> Self {
        Self { path: Arc::clone(path), line: None, column: None, message, suggestion: None }
    }
}

/// A value with its span.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Mistakes of a file beyond which no more are listed: nobody reads them, and each is looked at with all of its line.
const MAX_ERRORS: usize = 200;

/// Reads values and notes what is wrong with them.
pub(super) struct Reader<'t> {
    shown: Arc<str>,
    text: &'t str,
    /// Where lines end.
    lines: Vec<usize>,
    /// Mistakes by the offset they are at.
    errors: Vec<(usize, ConfigError)>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(shown: Arc<str>, text: &'t str) -> Self {
        Self { shown, text, lines: memchr::memchr_iter(b'\n', text.as_bytes()).collect(), errors: Vec::new() }
    }

    /// The document's table, or the parser's complaint.
    pub(super) fn document(&mut self) -> Option<DeTable<'t>> {
        match DeTable::parse(self.text) {
            Ok(table) => Some(table.into_inner()),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                self.fail(span, format!("not valid TOML: {}", error.message()), None);
                None
            }
        }
    }

    /// The mistakes in the order of their places.
    pub(super) fn into_errors(mut self) -> Vec<ConfigError> {
        self.errors.sort_by_key(|(offset, _)| *offset);
        self.errors.into_iter().map(|(_, error)| error).collect()
    }

    /// Whether no more mistakes are listed, so that nothing needs to be found out about them.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() > MAX_ERRORS
    }

    pub(super) fn fail(&mut self, span: Range<usize>, message: String, suggestion: Option<String>) {
        let (message, suggestion) = match self.errors.len().cmp(&MAX_ERRORS) {
            Ordering::Less => (message, suggestion),
            Ordering::Equal => ("this is wrong, too, and more that is not listed".to_owned(), None),
            Ordering::Greater => return,
        };
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = self.line(&span).checked_sub(2).and_then(|line| self.lines.get(line as usize));
        let column = before
            .get(line_start.map_or(0, |end| end + 1)..)
            .unwrap_or_default()
            .trim_start_matches('\u{feff}')
            .chars()
            .count();
        let error = ConfigError {
            path: Arc::clone(&self.shown),
            line: Some(self.line(&span)),
            column: Some(u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1)),
            message,
            suggestion,
        };
        self.errors.push((span.start, error));
    }

    fn line(&self, span: &Range<usize>) -> u32 {
        u32::try_from(self.lines.partition_point(|end| *end < span.start)).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::File { path: Arc::clone(&self.shown), line: self.line(span) }
    }

    /// `value` as what was read at `span`.
    pub(super) fn setting<T>(&self, span: &Range<usize>, value: T) -> Setting<T> {
        Setting { value, origin: self.origin(span) }
    }

    pub(super) fn expected(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fail(value.span(), format!("`{key}` takes {expected}, this is {found}"), None);
    }

    /// An unknown key, with the known one it is nearest to.
    pub(super) fn unknown_key(&mut self, span: Range<usize>, key: &str, known: &[&str], where_: &str) {
        if self.is_full() {
            return;
        }
        let suggestion = suggest(key, known.iter().copied()).map(str::to_owned);
        let mut message = format!("unknown key `{}` in {where_}", clip(key));
        if suggestion.is_none() && !known.is_empty() {
            message.push_str(&format!(" (known: {})", known.join(", ")));
        }
        self.fail(span, message, suggestion);
    }

    pub(super) fn table<'v, 'd>(&mut self, key: &str, value: &'v Value<'d>) -> Option<&'v DeTable<'d>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.expected(key, value, "a table");
        }
        table
    }

    pub(super) fn boolean(&mut self, key: &str, value: &Value<'_>) -> Option<Setting<bool>> {
        let Some(on) = value.get_ref().as_bool() else {
            self.expected(key, value, "`true` or `false`");
            return None;
        };
        Some(self.setting(&value.span(), on))
    }

    pub(super) fn text(&mut self, key: &str, value: &Value<'_>) -> Option<Setting<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.expected(key, value, "a string");
            return None;
        };
        Some(self.setting(&value.span(), text.to_owned()))
    }

    /// One of a few words.
    pub(super) fn word<T: FromStr>(&mut self, key: &str, value: &Value<'_>, names: &[&str]) -> Option<Setting<T>> {
        let Some(text) = value.get_ref().as_str() else {
            self.expected(key, value, &format!("one of {}", quoted(names)));
            return None;
        };
        match text.parse() {
            Ok(word) => Some(self.setting(&value.span(), word)),
            Err(_) => {
                let suggestion = suggest(text, names.iter().copied()).map(str::to_owned);
                self.fail(
                    value.span(),
                    format!("`{key}` takes one of {}, not `{}`", quoted(names), clip(text)),
                    suggestion,
                );
                None
            }
        }
    }

    /// A list of strings. Items that are none are named, the others kept with their spans.
    pub(super) fn texts(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<(Range<usize>, Setting<String>)>> {
        let Some(items) = value.get_ref().as_array() else {
            self.expected(key, value, "a list of strings");
            return None;
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push((item.span(), self.setting(&item.span(), text.to_owned()))),
                None => self.expected(key, item, "strings in its list"),
            }
        }
        Some(texts)
    }

    /// A whole number that is not negative.
    pub(super) fn integer(&mut self, key: &str, value: &Value<'_>) -> Option<Setting<u64>> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.expected(key, value, "a whole number");
            return None;
        };
        match u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix()) {
            Ok(number) => Some(self.setting(&value.span(), number)),
            Err(_) => {
                let message = format!("`{key}` takes a whole number from 0 to {}", u64::MAX);
                self.fail(value.span(), message, None);
                None
            }
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
