//! The list of deliberate differences can be read by whoever makes documentation of it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests: they write what is scanned")]

use std::collections::BTreeSet;

#[test]
fn every_difference_is_told_whole_and_once() {
    let table: toml::Table = include_str!("../DIFFERENCES.toml").parse().unwrap();
    let mut ids = BTreeSet::new();
    for difference in table["difference"].as_array().unwrap() {
        let text = |key: &str| difference[key].as_str().unwrap_or_else(|| panic!("{key} of {difference}"));
        for key in ["bandit", "seriema", "why"] {
            assert!(text(key).ends_with('.'), "{key} of {} is no sentence", text("id"));
        }
        let areas = ["command-line", "configuration", "discovery", "parsing", "checks", "log", "report"];
        assert!(areas.contains(&text("area")), "{}", text("area"));
        assert!(ids.insert(text("id").to_owned()), "{} stands twice", text("id"));
    }
    assert!(!ids.is_empty());
}
