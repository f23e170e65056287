//! The pages of the rules that the flow engine reports: their vulnerable examples are found exactly where they say so, and the
//! safe ones are not.

mod common;

use std::fmt::Write as _;
use std::path::PathBuf;

use seriema_audit::{Settings, audit_text};
use seriema_finding::{Example, ExampleKind, Finding, Persona, Severity};
use seriema_rules::{FLOW_RULES, rule};
use seriema_workspace::{ConfigSource, describe_file};

fn findings(code: &str, slug: &str, settings: &Settings) -> Vec<Finding> {
    let name = code.lines().next().and_then(|line| line.strip_prefix("# file: ")).unwrap_or("app.py").trim();
    let root = PathBuf::from("/project");
    let file = describe_file(&root, &root, &root.join(name), &[]);
    let audit = audit_text(&file, code.as_bytes().to_vec(), settings);
    audit.findings.into_iter().map(|(_, finding)| finding).filter(|finding| finding.rule.slug == slug).collect()
}

fn meets(finding: &Finding, words: &[&str]) -> bool {
    let persona = words.iter().find_map(|word| word.parse::<Persona>().ok()).unwrap_or_default();
    finding.persona == persona
        && words.iter().all(|word| {
            word.parse::<Persona>().is_ok()
                || word.parse::<Severity>().is_ok_and(|severity| finding.severity == severity)
                || finding.codes.contains(word)
        })
}

fn check(slug: &str, example: &Example<'_>, settings: &Settings, problems: &mut String) {
    let mut found = findings(example.code, slug, settings);
    let place = format!("{slug}.md:{}", example.line);
    let mut wanted = |line: u32, words: &[&str], problems: &mut String| match found
        .iter()
        .position(|finding| finding.location.start.line == line && meets(finding, words))
    {
        Some(at) => drop(found.remove(at)),
        None => {
            let _ = writeln!(problems, "{place}: line {line} of the example: not found as {words:?}");
        }
    };
    if example.kind == ExampleKind::Vulnerable {
        for (line, text) in (1..).zip(example.code.lines()) {
            for marker in text.split("# finds").skip(1) {
                let words: Vec<&str> = marker.trim_start_matches(':').split_whitespace().collect();
                wanted(line, &words, problems);
            }
        }
    }
    let persona =
        if example.kind == ExampleKind::Safe { example.info.parse().unwrap_or_default() } else { Persona::Auditor };
    for finding in found.iter().filter(|finding| finding.persona <= persona) {
        let (line, message) = (finding.location.start.line, &finding.message);
        let _ = writeln!(problems, "{place}: line {line} of the example: unasked: {} {message}", finding.persona);
    }
}

#[test]
fn pages_of_flow_rules_hold() {
    let root = tempfile::tempdir().expect("a directory");
    let settings = Settings { flow: true, ..common::settings(root.path(), ConfigSource::None) };
    let mut problems = String::new();
    for slug in FLOW_RULES {
        let page = rule(slug).expect("a rule").parse_page().expect("a page");
        for example in &page.examples {
            check(slug, example, &settings, &mut problems);
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}
