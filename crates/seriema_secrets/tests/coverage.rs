//! What other tools find has a detector here: each of their ids is an alias, or the list of ids says why none.

#![allow(clippy::disallowed_methods, reason = "the lists are files of this crate")]

use std::collections::BTreeSet;
use std::path::Path;

use seriema_secrets::Detectors;

/// The ids in a tool's list, with the reason of those that were left out.
fn list(tool: &str) -> Vec<(String, Option<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage").join(format!("{tool}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| match line.split_once(" # ") {
            Some((id, reason)) => (id.to_owned(), Some(reason.to_owned())),
            None => (line.to_owned(), None),
        })
        .collect()
}

fn aliases() -> BTreeSet<String> {
    Detectors::embedded().all().iter().flat_map(|detector| detector.aliases.clone()).collect()
}

fn assert_covered(tool: &str, least: usize) {
    let aliases = aliases();
    let list = list(tool);
    assert!(list.len() >= least, "{tool}: {} ids", list.len());
    // betterleaks took over the rules of gitleaks, ids and all.
    let is_alias = |id: &str| {
        aliases.contains(&format!("{tool}:{id}"))
            || (tool == "betterleaks" && aliases.contains(&format!("gitleaks:{id}")))
    };
    let missing: Vec<_> = list.iter().filter(|(id, reason)| reason.is_none() && !is_alias(id)).collect();
    assert!(missing.is_empty(), "{tool}: no detector for {missing:?}");
    let stale: Vec<_> = list.iter().filter(|(id, reason)| reason.is_some() && is_alias(id)).collect();
    assert!(stale.is_empty(), "{tool}: left out, but there is a detector for {stale:?}");
}

#[test]
fn gitleaks() {
    assert_covered("gitleaks", 222);
}

#[test]
fn betterleaks() {
    assert_covered("betterleaks", 421);
}

#[test]
fn kingfisher() {
    assert_covered("kingfisher", 904);
}

#[test]
fn detect_secrets() {
    assert_covered("detect-secrets", 27);
}

/// The engine's own finds have ids that the lists speak of.
#[test]
fn reasons_name_what_there_is() {
    for tool in ["gitleaks", "betterleaks", "kingfisher", "detect-secrets"] {
        for (id, reason) in list(tool) {
            let Some((_, named)) = reason.as_deref().and_then(|reason| reason.split_once('`')) else { continue };
            let named = named.split('`').next().unwrap_or_default();
            assert!(["generic-secret", "url-password"].contains(&named), "{tool}: {id}: {named}");
        }
    }
}
