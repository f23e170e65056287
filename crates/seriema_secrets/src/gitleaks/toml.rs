//! TOML as gitleaks reads it: keys in any case, one string where a list may stand, numbers of either kind. Each value knows
//! its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::baseline::{Note, ReadError, bounded, visible};

/// Most bytes of a configuration.
const MAX_CONFIG: usize = 4 << 20;

/// A file and its text.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// A table of it.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    table: &'a DeTable<'a>,
    at: usize,
}

/// A value of it.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    source: Source<'a>,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Result<Self, ReadError> {
        if text.len() > MAX_CONFIG {
            return Err(ReadError::new(file, 1, format!("more than {} MiB", MAX_CONFIG >> 20)));
        }
        Ok(Self { file, text: bounded(file, text)? })
    }

    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, ReadError> {
        DeTable::parse(self.text).map_err(|error| {
            self.error(
                error.span().map_or(0, |span| span.start),
                visible(error.message().lines().next().unwrap_or_default()),
            )
        })
    }

    pub(super) fn table(self, table: &'a Spanned<DeTable<'a>>) -> Table<'a> {
        Table { source: self, table: table.get_ref(), at: table.span().start }
    }

    fn line(self, at: usize) -> u32 {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        u32::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn error(self, at: usize, message: impl Into<String>) -> ReadError {
        ReadError::new(self.file, self.line(at), message)
    }
}

impl<'a> Table<'a> {
    /// The line that it begins on.
    pub(super) fn line(self) -> u32 {
        self.source.line(self.at)
    }

    pub(super) fn error(self, message: impl Into<String>) -> ReadError {
        self.source.error(self.at, message)
    }

    pub(super) fn get(self, name: &str) -> Option<Item<'a>> {
        let found = self.table.iter().find(|(key, _)| key.get_ref().eq_ignore_ascii_case(name));
        found.map(|(_, value)| Item { source: self.source, value })
    }

    pub(super) fn string(self, name: &str) -> Result<Option<String>, ReadError> {
        self.get(name).map(Item::string).transpose()
    }

    /// A list of strings with their lines; a single string is a list of one.
    pub(super) fn strings(self, name: &str) -> Result<Vec<(String, u32)>, ReadError> {
        let Some(item) = self.get(name) else { return Ok(Vec::new()) };
        match item.value.get_ref() {
            DeValue::Array(all) => all.iter().map(|value| Item { value, ..item }.located()).collect(),
            _ => Ok(vec![item.located()?]),
        }
    }

    /// Tables in a list; a single table is a list of one.
    pub(super) fn tables(self, name: &str) -> Result<Vec<Table<'a>>, ReadError> {
        let Some(item) = self.get(name) else { return Ok(Vec::new()) };
        match item.value.get_ref() {
            DeValue::Array(all) => all.iter().map(|value| Item { value, ..item }.table()).collect(),
            _ => Ok(vec![item.table()?]),
        }
    }

    pub(super) fn flag(self, name: &str) -> Result<bool, ReadError> {
        let Some(item) = self.get(name) else { return Ok(false) };
        item.value.get_ref().as_bool().ok_or_else(|| item.expected("true or false"))
    }

    pub(super) fn number(self, name: &str) -> Result<Option<f64>, ReadError> {
        let Some(item) = self.get(name) else { return Ok(None) };
        let number = match item.value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite()).map(Some).ok_or_else(|| item.expected("a number"))
    }

    /// Notes for keys that mean nothing here.
    pub(super) fn unknown(self, known: &[&str], notes: &mut Vec<Note>) {
        for (key, _) in self.table.iter() {
            if !known.iter().any(|known| key.get_ref().eq_ignore_ascii_case(known)) {
                notes.push(Note {
                    file: self.source.file.to_owned(),
                    line: Some(self.source.line(key.span().start)),
                    message: format!("`{}` means nothing here", visible(key.get_ref())),
                });
            }
        }
    }
}

impl<'a> Item<'a> {
    /// The line that it begins on.
    pub(super) fn line(self) -> u32 {
        self.source.line(self.value.span().start)
    }

    pub(super) fn string(self) -> Result<String, ReadError> {
        self.value.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.expected("a string"))
    }

    fn located(self) -> Result<(String, u32), ReadError> {
        Ok((self.string()?, self.line()))
    }

    pub(super) fn table(self) -> Result<Table<'a>, ReadError> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.expected("a table"))?;
        Ok(Table { source: self.source, table, at: self.value.span().start })
    }

    fn expected(self, what: &str) -> ReadError {
        self.source.error(self.value.span().start, format!("expected {what}"))
    }
}
