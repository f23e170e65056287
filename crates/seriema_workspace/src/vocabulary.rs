//! The names that configuration and comments may use. They belong to the rules, which this crate does not know.

use std::fmt;

/// What an option of a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptionKind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, not negative.
    Integer,
    /// A string.
    Text,
    /// A list of strings.
    TextList,
}

impl OptionKind {
    /// The kind in words: "a list of strings".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Boolean => "`true` or `false`",
            Self::Integer => "a whole number",
            Self::Text => "a string",
            Self::TextList => "a list of strings",
        }
    }
}

/// An option that a rule takes in `[tool.seriema.rules.<slug>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// Its key.
    pub name: &'static str,
    /// What it holds.
    pub kind: OptionKind,
    /// One line for documentation and schema.
    pub doc: &'static str,
}

/// What the rules know, handed down to those who read names.
#[derive(Clone, Copy)]
pub struct Vocabulary<'a> {
    /// Whether a selector (slug, `B602`, `S6`, `CWE-78`, family) names any rule.
    pub is_selector: &'a (dyn Fn(&str) -> bool + Sync),
    /// Names to suggest for a selector that names none, in order of preference.
    pub names: &'a [&'a str],
    /// The options of the rule with this slug; `None` for a slug that no rule has.
    pub options: &'a (dyn Fn(&str) -> Option<&'static [OptionSpec]> + Sync),
}

impl Vocabulary<'_> {
    /// Whether `selector` names any rule.
    #[must_use]
    pub fn knows(&self, selector: &str) -> bool {
        (self.is_selector)(selector)
    }

    /// The selector that `word` is, as the rules spell it: codes and weaknesses in upper case.
    ///
    /// # Errors
    /// When no rule answers to it.
    pub fn selector(&self, word: &str) -> Result<String, UnknownSelector> {
        if self.knows(word) {
            return Ok(word.to_owned());
        }
        let (start, rest) = word.split_at_checked(1).unwrap_or_default();
        let is_code = matches!(start, "b" | "s") && rest.bytes().all(|byte| byte.is_ascii_digit());
        let is_weakness = word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("cwe-"));
        let upper = word.to_ascii_uppercase();
        if (is_code || is_weakness) && self.knows(&upper) {
            return Ok(upper);
        }
        Err(UnknownSelector { given: clip(word).to_owned(), suggestion: self.suggest(word).map(str::to_owned) })
    }

    /// The name that `selector` was probably meant to be.
    #[must_use]
    pub fn suggest(&self, selector: &str) -> Option<&str> {
        suggest(selector, self.names.iter().copied())
    }
}

impl fmt::Debug for Vocabulary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary").field("names", &self.names).finish_non_exhaustive()
    }
}

/// A selector that no rule answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSelector {
    /// What was written, cut where it is very long.
    pub given: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule answers to `{}`", self.given)
    }
}

impl std::error::Error for UnknownSelector {}

/// At most the first 60 characters, so that a message stays one line.
pub(crate) fn clip(text: &str) -> &str {
    text.char_indices().nth(60).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The one of `known` that `given` was probably meant to be: at most a third of its letters changed, the nearest and of
/// equals the first. Case and `_` for `-` count for nothing.
#[must_use]
pub fn suggest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain =
        |text: &str| text.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect::<Vec<_>>();
    let given = plain(given);
    // Long nonsense is no typo, and the table below grows with the product of the lengths.
    if given.is_empty() || given.len() > 64 {
        return None;
    }
    let bound = (given.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let distance = edit_distance(&given, &plain(name));
        if distance <= bound && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut this = last.clone();
    for (i, x) in a.iter().enumerate() {
        let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
        this.clear();
        this.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&this, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            this.push(least);
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const NAMES: &[&str] = &["shell-injection", "sql-injection", "assert-used", "B602", "injection"];
    const OPTIONS: &[OptionSpec] = &[
        OptionSpec { name: "minimum-bits", kind: OptionKind::Integer, doc: "The least key size." },
        OptionSpec { name: "also-names", kind: OptionKind::TextList, doc: "More names." },
    ];

    /// A few rules, for the tests of those who read names.
    pub(crate) const SOME: Vocabulary<'static> = Vocabulary {
        is_selector: &|selector| {
            NAMES.contains(&selector) || matches!(selector, "CWE-78" | "S602" | "exec_used" | "pickle")
        },
        names: NAMES,
        options: &|slug| match slug {
            "sql-injection" => Some(OPTIONS),
            slug => (NAMES.contains(&slug) && slug.contains('-')).then_some(&[]),
        },
    };

    #[test]
    fn the_nearest_name_is_suggested_and_none_that_is_far() {
        assert_eq!(SOME.suggest("shel-injection"), Some("shell-injection"));
        assert_eq!(SOME.suggest("sql_Injektion"), Some("sql-injection"));
        assert_eq!(SOME.suggest("assret-used"), Some("assert-used"));
        assert_eq!(SOME.suggest("B6O2"), Some("B602"));
        assert_eq!(SOME.suggest("path-traversal"), None);
        assert_eq!(SOME.suggest(""), None);
        assert_eq!(SOME.suggest(&"x".repeat(100_000)), None);
    }

    #[test]
    fn selectors_are_spelt_as_the_rules_do() {
        assert_eq!(SOME.selector("b602").as_deref(), Ok("B602"));
        assert_eq!(SOME.selector("cwe-78").as_deref(), Ok("CWE-78"));
        let error = SOME.selector("SQL-injection").unwrap_err();
        assert_eq!(error.to_string(), "no rule answers to `SQL-injection`");
        assert_eq!(error.suggestion.as_deref(), Some("sql-injection"));
    }

    #[test]
    fn swaps_count_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edit_distance(&chars("perosna"), &chars("persona")), 1);
        assert_eq!(edit_distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(edit_distance(&chars(""), &chars("abc")), 3);
        assert_eq!(edit_distance(&chars("abc"), &chars("")), 3);
    }
}
