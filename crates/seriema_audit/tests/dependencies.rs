//! What is known of dependencies: the pages of the rules, and what a report says.

#![allow(clippy::disallowed_methods, reason = "tests write what they audit")]

mod common;

use std::path::Path;

use common::{lines, project, settings};
use seriema_audit::{Audit, DependencyInputs, audit_dependencies};
use seriema_deps::project::{Source, names};
use seriema_deps::{Advisories, Builder, IndexError};
use seriema_finding::{ExampleKind, Finding, Persona, Severity};
use seriema_rules::{DEPENDENCY_RULES, rule};
use seriema_workspace::{ConfigSource, DiscoverOptions, discover};

/// What is known of the packages of the pages.
const RECORDS: [&str; 3] = [
    r#"{"id": "CVE-2024-0001", "aliases": ["GHSA-aaaa-bbbb-cccc"], "summary": "Entities are expanded. More than that.",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Acme_Parser"}, "versions": ["1.0.0", "1.2.0"],
                      "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3.0"}]}]}]}"#,
    r#"{"id": "MAL-2024-1", "summary": "Takes what it finds.",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "acme-parsre"},
                      "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#,
    r#"{"id": "CVE-2024-0002", "withdrawn": "2024-05-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "flask"}, "versions": ["3.0.0"]}]}"#,
];

fn advisories(sources: &[Source]) -> Result<Option<Box<dyn Advisories>>, IndexError> {
    let mut builder = Builder::only("2024-06-01", names(sources));
    for (number, record) in RECORDS.iter().enumerate() {
        builder.add_bytes(Path::new(&format!("{number}.json")), record.as_bytes())?;
    }
    Ok(Some(Box::new(builder.into_memory()?)))
}

fn audited(files: &[(&str, &str)]) -> Audit {
    let root = project(files);
    let root = root.path();
    let options = DiscoverOptions { texts: true, ..DiscoverOptions::default() };
    let files = discover(root, &options).files;
    let inputs = DependencyInputs { code: files.clone(), ..DependencyInputs::default() };
    audit_dependencies(&files, root, &settings(root, ConfigSource::None), inputs, advisories).expect("advisories")
}

/// The pages of the rules are tests like all others.
#[test]
fn pages_of_dependency_rules_hold() {
    let mut problems = Vec::new();
    for slug in DEPENDENCY_RULES {
        let page = rule(slug).expect("a rule").parse_page().expect("a page");
        for example in &page.examples {
            let name =
                example.code.lines().next().and_then(|line| line.strip_prefix("# file: ")).expect("a name").trim();
            let wanted: Vec<(u32, Severity)> = (1..)
                .zip(example.code.lines())
                .filter_map(|(line, text)| Some((line, text.split_once("# finds: ")?.1.parse().expect("a severity"))))
                .collect();
            let found: Vec<(u32, Severity)> = audited(&[(name, example.code)])
                .findings
                .iter()
                .map(|(_, finding)| finding)
                .filter(|finding| finding.rule.slug == *slug)
                .map(|finding| (finding.location.start.line, finding.severity))
                .collect();
            if found != wanted || (example.kind == ExampleKind::Vulnerable) == wanted.is_empty() {
                problems.push(format!("{slug}, {name}: {found:?} instead of {wanted:?}"));
            }
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn a_vulnerability_says_what_is_fixed_and_who_brings_it() {
    let lock = r#"version = 1
[[package]]
name = "shop"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "web" }]

[[package]]
name = "web"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "acme-parser" }]

[[package]]
name = "acme-parser"
version = "1.2.0"
source = { registry = "https://pypi.org/simple" }
"#;
    let audit = audited(&[("uv.lock", lock)]);
    let messages: Vec<&str> = audit.findings.iter().map(|(_, finding)| finding.message.as_str()).collect();
    let expected = "acme-parser 1.2.0: CVE-2024-0001 (fixed in 1.3.0), by web > acme-parser: Entities are expanded.";
    assert_eq!(messages, [expected]);
    let finding: &Finding = &audit.findings[0].1;
    assert!(finding.remedy.contains("uv lock --upgrade-package acme-parser"), "{}", finding.remedy);
    assert!(finding.description.contains("GHSA-aaaa-bbbb-cccc"), "{}", finding.description);
    assert_eq!(finding.location.start.line, 15);
}

#[test]
fn a_finding_of_a_manifest_carries_the_edit() {
    let audit = audited(&[("requirements.txt", "acme-parser==1.0.0  # why\n")]);
    let fix = audit.findings[0].1.fix.as_ref().expect("a fix");
    assert_eq!(fix.title, "Ask for acme-parser 1.3.0");
    let edits: Vec<_> = fix.edits.iter().map(|edit| (edit.start.offset, edit.end.offset, &*edit.content)).collect();
    assert_eq!(edits, [(13, 18, "1.3.0")]);
}

#[test]
fn the_same_version_in_several_manifests_is_one_finding() {
    let audit =
        audited(&[("a/requirements.txt", "acme-parser==1.0.0\n"), ("b/requirements.txt", "acme-parser==1.0.0\n")]);
    assert_eq!(lines(&audit.findings).len(), 1, "{:?}", lines(&audit.findings));
    assert_eq!(audit.findings[0].1.also.len(), 1);
    assert_eq!(audit.dependencies.map(|all| all.len()), Some(2));
}

#[test]
fn a_range_is_told_to_those_who_ask_while_an_index_gives_a_fixed_version() {
    let persona = |text: &str| {
        let audit = audited(&[("requirements.txt", text)]);
        let about = audit.findings.iter().filter(|(_, finding)| finding.rule.slug == "vulnerable-version-allowed");
        about.map(|(_, finding)| finding.persona).collect::<Vec<_>>()
    };
    assert_eq!(persona("acme-parser>=1.0\n"), [Persona::Pedantic]);
    assert_eq!(persona("acme-parser>=1.0,<1.3\n"), [Persona::Regular]);
    assert_eq!(persona("acme-parser>=1.3\n"), []);
}

#[test]
fn what_is_locked_counts_and_not_what_is_allowed() {
    let pyproject = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"acme-parser>=1.0,<1.3\"]\n";
    let lock = "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"acme-parser\"\nversion = \"1.4\"\n";
    assert_eq!(audited(&[("pyproject.toml", pyproject)]).findings.len(), 1);
    assert_eq!(audited(&[("pyproject.toml", pyproject), ("pylock.toml", lock)]).findings.len(), 0);
}

#[test]
fn included_files_are_read_once_and_never_outside_of_the_project() {
    let audit = audited(&[
        ("requirements.txt", "-r more/extra.txt\n-r ../../../etc/passwd\n-r missing.txt\n"),
        ("more/extra.txt", "-r ../requirements.txt\nacme-parser==1.0.0\n"),
    ]);
    assert_eq!(lines(&audit.findings).len(), 1);
    let said: Vec<(Option<u32>, bool)> =
        audit.diagnostics.iter().map(|said| (said.line, said.message.contains("outside of the project"))).collect();
    assert_eq!(said, [(Some(2), true), (Some(3), false)]);
}

#[test]
fn without_advisories_the_audit_says_so() {
    let root = project(&[("requirements.txt", "acme-parser==1.0.0\n")]);
    let files = discover(root.path(), &DiscoverOptions { texts: true, ..DiscoverOptions::default() }).files;
    let settings = settings(root.path(), ConfigSource::None);
    let audit =
        audit_dependencies::<IndexError>(&files, root.path(), &settings, DependencyInputs::default(), |_| Ok(None))
            .expect("an audit");
    assert!(audit.findings.is_empty());
    assert!(audit.diagnostics[0].message.contains("no advisories"), "{:?}", audit.diagnostics);
}

/// Findings with an advisory's manifest beside other files, under the configuration in them: rule, line, and the reason of what
/// is suppressed.
fn decided(files: &[(&str, &str)]) -> Vec<String> {
    let root = project(files);
    let root = root.path();
    let options = DiscoverOptions { texts: true, ..DiscoverOptions::default() };
    let found = discover(root, &options).files;
    let audit = audit_dependencies(
        &found,
        root,
        &settings(root, ConfigSource::Nearest),
        DependencyInputs::default(),
        advisories,
    )
    .expect("advisories");
    let show = |finding: &Finding| {
        let why = finding.suppression.as_ref().map(|suppression| format!(" suppressed: {}", suppression.reason));
        let place = &finding.location;
        format!(
            "{}:{} {} {}{}",
            place.path,
            place.start.line,
            finding.rule.slug,
            finding.persona,
            why.unwrap_or_default()
        )
    };
    audit.findings.iter().map(|(_, finding)| show(finding)).collect()
}

const VULNERABLE: (&str, &str) = ("requirements.txt", "acme-parser==1.2.0\n");

#[test]
fn ignored_advisories_are_suppressed_under_any_of_their_ids() {
    for id in ["CVE-2024-0001", "ghsa-AAAA-bbbb-cccc"] {
        let config =
            format!("[deps]\nignore = [{{ id = \"{id}\", package = \"Acme.Parser\", reason = \"no XML here\" }}]\n");
        assert_eq!(
            decided(&[VULNERABLE, ("seriema.toml", &config)]),
            ["requirements.txt:1 vulnerable-dependency regular suppressed: no XML here"]
        );
    }
}

#[test]
fn decisions_that_ended_or_ignore_nothing_or_do_not_say_why_are_findings() {
    let config = "[tool.seriema.deps]\nignore = [\n\
        { id = \"CVE-2024-0001\", reason = \"until the next release\", expires = 2026-01-01 },\n\
        { id = \"CVE-2020-9999\", reason = \"gone\" },\n\
        { id = \"CVE-2024-0001\", package = \"other\", reason = \"\" },\n]\n";
    assert_eq!(
        decided(&[VULNERABLE, ("pyproject.toml", config)]),
        [
            "pyproject.toml:3 invalid-suppression regular",
            "pyproject.toml:4 unused-suppression regular",
            "pyproject.toml:5 suppression-without-reason regular",
            "pyproject.toml:5 unused-suppression regular",
            "requirements.txt:1 vulnerable-dependency regular",
        ]
    );
    let holds = "[deps]\nignore = [{ id = \"CVE-2024-0001\", reason = \"ours\", expires = \"2026-11-23\" }]\n";
    assert_eq!(decided(&[VULNERABLE, ("seriema.toml", holds)]).len(), 1);
}

#[test]
fn what_other_tools_were_told_to_ignore_is_ignored_beside_their_files() {
    let osv = ("osv-scanner.toml", "[[IgnoredVulns]]\nid = \"GHSA-aaaa-bbbb-cccc\"\nreason = \"no XML here\"\n");
    assert_eq!(
        decided(&[VULNERABLE, osv]),
        ["requirements.txt:1 vulnerable-dependency regular suppressed: no XML here"]
    );
    assert!(decided(&[("a/requirements.txt", VULNERABLE.1), osv])[0].ends_with("regular"));
    let uv = |key: &str| format!("[tool.uv.audit]\n{key} = [\"CVE-2024-0001\"]\n");
    assert!(decided(&[VULNERABLE, ("pyproject.toml", &uv("ignore"))])[0].contains("suppressed"));
    // There is a fixed version.
    assert!(!decided(&[VULNERABLE, ("pyproject.toml", &uv("ignore-until-fixed"))])[0].contains("suppressed"));
}

#[test]
fn a_suspicious_name_that_is_known_to_be_malicious_is_one_finding() {
    let found = decided(&[("requirements.txt", "acme-parsre==1.0\n")]);
    assert_eq!(found, ["requirements.txt:1 malicious-dependency regular"]);
}

/// Locks that tests read are installed by nobody; what harms whoever installs it is told all the same.
#[test]
fn fixtures_of_tests_are_of_the_pedantic_persona() {
    let text = "acme-parser==1.2.0\nacme-parsre==1.0\n";
    let found = audited(&[("requirements.txt", text), ("tests/fixtures/old/requirements.txt", text)]);
    let told: Vec<(&str, Persona)> =
        found.findings.iter().map(|(_, finding)| (finding.rule.slug, finding.persona)).collect();
    assert_eq!(
        told,
        [
            ("vulnerable-dependency", Persona::Regular),
            // In both files.
            ("malicious-dependency", Persona::Regular),
            ("vulnerable-dependency", Persona::Pedantic),
        ]
    );
}
