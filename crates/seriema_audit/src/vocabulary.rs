//! The names that configuration and comments may use.

use std::sync::LazyLock;

use seriema_rules::{RULES, select};
use seriema_workspace::Vocabulary;

use crate::bandit_names::id_of;

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.slug).collect();
    names.extend(RULES.iter().map(|rule| rule.family.as_str()));
    names.extend(RULES.iter().flat_map(|rule| rule.aliases.iter().copied()));
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
});

/// Slugs, families, codes and weaknesses of the rules, the detectors of secrets, and the names of Bandit's tests.
pub static VOCABULARY: LazyLock<Vocabulary<'static>> = LazyLock::new(|| Vocabulary {
    is_selector: &|selector| {
        select(selector).next().is_some() || id_of(selector).is_some() || seriema_secrets::is_detector(selector)
    },
    names: &NAMES,
    options: &|slug| seriema_rules::rule(slug).map(|_| &[][..]),
});
