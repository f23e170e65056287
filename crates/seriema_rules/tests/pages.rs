//! Every rule's page is its specification: the vulnerable examples are reported exactly where they say so, and the safe
//! ones are not.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use seriema_finding::{Example, ExampleKind, Family, Persona, Rule, Severity};
use seriema_program::{FileContext, ModuleIndex, Semantic, SourceType, parse};
use seriema_rules::{DEPENDENCY_RULES, FLOW_RULES, RULES, RawFinding, SECRET_RULES, check_file};

fn findings(code: &str, rule: &Rule) -> Vec<(u32, RawFinding)> {
    let name = code.lines().next().and_then(|line| line.strip_prefix("# file: ")).unwrap_or("app.py").trim();
    let path: Arc<str> = name.into();
    let file = parse(&path, code.to_owned(), SourceType::Python);
    assert!(file.diagnostics().is_empty(), "an example has a syntax error: {:?}\n{code}", file.diagnostics());
    let modules = ModuleIndex::default();
    let context = FileContext {
        path: name,
        module: Some("app"),
        is_package: false,
        is_test: name.contains("test"),
        is_stub: false,
        modules: &modules,
        links: None,
    };
    let mut semantic = Semantic::new(context, &file);
    let locator = file.locator();
    check_file(&mut semantic)
        .findings
        .into_iter()
        .filter(|finding| finding.rule == rule)
        .map(|finding| (locator.line(finding.range.start()), finding))
        .collect()
}

/// What a `# finds: ...` marker demands of the finding on its line.
struct Marker<'a> {
    line: u32,
    words: Vec<&'a str>,
}

fn markers(code: &str) -> Vec<Marker<'_>> {
    let mut markers = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        for marker in text.split("# finds").skip(1) {
            let words = marker.trim_start_matches(':').split_whitespace().collect();
            markers.push(Marker { line, words });
        }
    }
    markers
}

fn meets(finding: &RawFinding, marker: &Marker<'_>) -> bool {
    let persona = marker.words.iter().find_map(|word| word.parse::<Persona>().ok()).unwrap_or_default();
    finding.persona == persona
        && marker.words.iter().all(|word| {
            word.parse::<Persona>().is_ok()
                || word.parse::<Severity>().is_ok_and(|severity| finding.severity == severity)
                || finding.codes.contains(word)
        })
}

fn check_example(rule: &Rule, example: &Example<'_>, problems: &mut String) {
    let mut found = findings(example.code, rule);
    let place = format!("{}.md:{}", rule.slug, example.line);
    match example.kind {
        ExampleKind::Vulnerable => {
            for marker in markers(example.code) {
                let Some(index) = found.iter().position(|(line, f)| *line == marker.line && meets(f, &marker)) else {
                    let _ = writeln!(
                        problems,
                        "{place}: line {} of the example: not found as {:?}",
                        marker.line, marker.words
                    );
                    continue;
                };
                found.remove(index);
            }
            for (line, f) in &found {
                let _ = writeln!(
                    problems,
                    "{place}: line {line} of the example: found unasked: {} {:?} {} {}",
                    f.persona, f.codes, f.severity, f.message
                );
            }
        }
        ExampleKind::Safe => {
            let persona = example.info.parse().unwrap_or_default();
            for (line, f) in found.iter().filter(|(_, f)| f.persona <= persona) {
                let _ = writeln!(problems, "{place}: line {line} of a safe example: {} {}", f.persona, f.message);
            }
        }
    }
}

#[test]
fn pages_hold() {
    let mut problems = String::new();
    for rule in RULES {
        let page = match rule.parse_page() {
            Ok(page) => page,
            Err(error) => {
                let _ = writeln!(problems, "{}.md: {error}", rule.slug);
                continue;
            }
        };
        // Findings about suppressions are made where suppressions are applied, and flows are found where the whole
        // program is seen, secrets where texts are read, packages where manifests are: their pages are tested in `seriema_audit`.
        let elsewhere = [FLOW_RULES, SECRET_RULES, DEPENDENCY_RULES];
        if rule.family == Family::Hygiene || elsewhere.iter().any(|rules| rules.contains(&rule.slug)) {
            continue;
        }
        for example in &page.examples {
            check_example(rule, example, &mut problems);
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn every_alias_of_a_rule_is_reported_in_its_page() {
    let mut problems = String::new();
    let elsewhere = |rule: &Rule| SECRET_RULES.contains(&rule.slug) || DEPENDENCY_RULES.contains(&rule.slug);
    for rule in RULES.iter().filter(|rule| rule.family != Family::Hygiene && !elsewhere(rule)) {
        let Ok(page) = rule.parse_page() else { continue };
        let seen: BTreeSet<&str> =
            page.examples.iter().flat_map(|e| findings(e.code, rule)).flat_map(|(_, f)| f.codes).copied().collect();
        let declared: BTreeSet<&str> = rule.aliases.iter().copied().collect();
        for missing in declared.difference(&seen) {
            let _ = writeln!(problems, "{}.md: no example is reported as {missing}", rule.slug);
        }
        for undeclared in seen.difference(&declared) {
            let _ = writeln!(problems, "{}.rs: reports {undeclared}, which it does not declare", rule.slug);
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn registry_is_sorted_and_slugs_are_unique() {
    assert!(RULES.windows(2).all(|pair| pair[0].slug < pair[1].slug));
}
