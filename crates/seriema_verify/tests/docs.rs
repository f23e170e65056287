//! The page says what the data says.
#![allow(clippy::disallowed_methods, reason = "reads a page of the documentation")]

use std::path::Path;

use seriema_verify::{Verifier, Verifiers};

fn row(verifier: &Verifier) -> String {
    let detectors: Vec<String> = verifier.detectors().iter().map(|id| format!("`{id}`")).collect();
    let pair = match verifier.partner() {
        Some(partner) => format!(" with `{}`", partner.detectors.join("` or `")),
        None => String::new(),
    };
    let urls: Vec<&str> = verifier.urls().collect();
    let hosts: Vec<&str> = urls.iter().filter_map(|url| url.split('/').nth(2)).collect();
    let first = urls.first().expect("it has one");
    let path = &first["https://".len() + hosts[0].len()..];
    let facts: Vec<&str> = verifier.facts().collect();
    format!(
        "| {} | {}{pair} | `{} {path}` | {} | {} |",
        verifier.provider(),
        detectors.join(", "),
        verifier.method(),
        hosts.join(", "),
        facts.join(", ")
    )
}

#[test]
fn the_table_of_the_page_is_that_of_the_data() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verification.md");
    let page = std::fs::read_to_string(page).expect("it is there");
    let written: Vec<&str> = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1).collect();
    let written: Vec<&str> = written.into_iter().take_while(|line| line.starts_with('|')).collect();
    let mut rows: Vec<String> = Verifiers::embedded().all().iter().map(row).collect();
    rows.sort_by_key(|row| row.to_lowercase());
    assert_eq!(written.join("\n"), rows.join("\n"), "the table should be:\n{}\n", rows.join("\n"));
}
