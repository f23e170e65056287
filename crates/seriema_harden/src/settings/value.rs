//! Values of settings, with what they depend on.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// Why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// An environment variable that has to be set.
    Required,
    /// It is made anew at each start.
    Generated,
    /// It is computed in a way that is not followed.
    Computed,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    None,
    Bool(bool),
    Int(i64),
    Text(Rc<str>),
    /// A list, tuple or set; an open one has more elements than are known.
    List {
        items: Rc<[Value]>,
        is_open: bool,
    },
    /// A dictionary; an open one has more keys than are known.
    Dict {
        entries: Rc<[(Value, Value)]>,
        is_open: bool,
    },
    /// A module or a thing of one: `os.environ`.
    Api(Rc<str>),
    /// What reads environment variables, with the defaults that it was made with.
    Reader(Rc<[(Rc<str>, Value)]>),
    /// It is not set: the default of whoever reads it holds.
    Unset,
    Unknown(Unknown),
}

/// A value as it is when no environment variable is set, with the variables that may change it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) what: What,
    pub(crate) variables: BTreeSet<Rc<str>>,
}

impl From<What> for Value {
    fn from(what: What) -> Self {
        Self { what, variables: BTreeSet::new() }
    }
}

impl Value {
    pub(crate) fn unknown() -> Self {
        What::Unknown(Unknown::Computed).into()
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        What::Text(text.into()).into()
    }

    pub(crate) fn list(items: Vec<Self>, is_open: bool) -> Self {
        What::List { items: items.into(), is_open }.into()
    }

    /// The same value, also depending on what `other` depends on.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        self.variables.extend(other.variables.iter().cloned());
        self
    }

    /// Whether it counts as true when no environment variable is set.
    pub(crate) fn truth(&self) -> Option<bool> {
        match &self.what {
            What::None => Some(false),
            What::Bool(value) => Some(*value),
            What::Int(value) => Some(*value != 0),
            What::Text(text) => Some(!text.is_empty()),
            What::List { items, is_open } => (!items.is_empty()).then_some(true).or((!is_open).then_some(false)),
            What::Dict { entries, is_open } => (!entries.is_empty()).then_some(true).or((!is_open).then_some(false)),
            What::Reader(_) => Some(true),
            What::Api(_) | What::Unset | What::Unknown(_) => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match &self.what {
            What::Int(value) => Some(*value),
            What::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.what {
            What::List { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether a list holds a text; nothing when that cannot be told.
    pub(crate) fn contains(&self, text: &str) -> Option<bool> {
        let What::List { items, is_open } = &self.what else { return None };
        if items.iter().any(|item| item.as_text() == Some(text)) {
            return Some(true);
        }
        let is_known = !is_open && items.iter().all(|item| item.as_text().is_some());
        is_known.then_some(false)
    }

    /// The value of a key of a dictionary; an error when that cannot be told.
    pub(crate) fn get(&self, key: &str) -> Result<Option<&Self>, ()> {
        let What::Dict { entries, is_open } = &self.what else { return Err(()) };
        match entries.iter().rev().find(|(known, _)| known.as_text() == Some(key)) {
            Some((_, value)) => Ok(Some(value)),
            None if *is_open => Err(()),
            None => Ok(None),
        }
    }

    /// The variables, as they are named in a sentence.
    pub(crate) fn variable_names(&self) -> String {
        let names: Vec<String> = self.variables.iter().map(|name| format!("`{name}`")).collect();
        names.join(" and ")
    }
}

/// One of the values that a setting may have, and where it gets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alternative {
    pub(crate) value: Value,
    pub(crate) path: Arc<str>,
    pub(crate) line: u32,
}

/// The values that a setting may have: one, unless a condition decides that cannot be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Setting(pub(crate) Rc<Vec<Alternative>>);

impl Setting {
    /// How many values are kept apart.
    pub(crate) const MAX: usize = 8;

    pub(crate) fn new(values: Vec<Value>, path: &Arc<str>, line: u32) -> Self {
        let values = if values.len() > Self::MAX { vec![Value::unknown()] } else { values };
        let of = |value| Alternative { value, path: Arc::clone(path), line };
        Self(Rc::new(values.into_iter().map(of).collect()))
    }

    /// What it is when it is one of two.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let mut all = (*self.0).clone();
        for alternative in other.0.iter() {
            if !all.contains(alternative) {
                all.push(alternative.clone());
            }
        }
        if all.len() > Self::MAX {
            all.truncate(1);
            all[0].value = Value::unknown();
        }
        Self(Rc::new(all))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|alternative| &alternative.value)
    }

    /// The value, if there is but one.
    pub(crate) fn single(&self) -> Option<&Value> {
        match self.0.as_slice() {
            [one] => Some(&one.value),
            _ => None,
        }
    }
}
