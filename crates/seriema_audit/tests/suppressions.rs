//! Comments and configuration that suppress findings.

mod common;

use common::{audit_directory, lines, project};
use seriema_finding::{Example, ExampleKind, Family};

fn audited(code: &str) -> Vec<String> {
    let directory = project(&[("a.py", code)]);
    let (audit, _) = audit_directory(directory.path(), 1, false);
    lines(&audit.findings).into_iter().map(|line| line.replace("a.py:", "")).collect()
}

const OPEN: &str = "unsafe-yaml-load regular";
const SHUT: &str = "unsafe-yaml-load regular suppressed";

#[test]
fn each_grammar_suppresses() {
    for comment in [
        "# nosec B506: our own file",
        "# nosec: our own file",
        "# nosec yaml_load: our own file",
        "# noqa: S506 our own file",
        "# noqa: S506, E501 our own file",
        "# seriema: ignore[unsafe-yaml-load] our own file",
        "# seriema: ignore[CWE-502] our own file",
        "# seriema: ignore[deserialization] our own file (until=2027-01-31)",
    ] {
        assert_eq!(audited(&format!("import yaml\nyaml.load(x)  {comment}\n")), [format!("2 {SHUT}")], "{comment}");
    }
}

#[test]
fn others_do_not() {
    for comment in
        ["# nosec B301: other", "# noqa: S301 other", "# noqa", "# seriema: ignore[weak-hash] other", "# no sec"]
    {
        let found = audited(&format!("import yaml\nyaml.load(x)  {comment}\n"));
        assert!(found.contains(&format!("2 {OPEN}")), "{comment}: {found:?}");
    }
    assert!(
        audited("import yaml\nx = '# nosec'; yaml.load(x)\n").contains(&format!("2 {OPEN}")),
        "a string is no comment"
    );
}

#[test]
fn a_comment_anywhere_in_the_statement_counts() {
    assert_eq!(audited("import yaml\nyaml.load(\n    x,  # nosec B506: ours\n)\n"), [format!("2 {SHUT}")]);
    assert_eq!(audited("import yaml\ny = [\n    yaml.load(x),\n]  # nosec B506: ours\n"), [format!("3 {SHUT}")]);
}

#[test]
fn a_comment_in_the_body_does_not_reach_the_header() {
    let code = "import yaml\nif yaml.load(x):\n    y = 1  # nosec B506: ours\n";
    assert!(audited(code).contains(&format!("2 {OPEN}")));
    assert_eq!(audited("import yaml\nif yaml.load(x):  # nosec B506: ours\n    y = 1\n"), [format!("2 {SHUT}")]);
}

#[test]
fn our_comment_may_stand_above() {
    let code = "import yaml\n# seriema: ignore[unsafe-yaml-load] ours\nyaml.load(x)\nyaml.load(y)\n";
    assert_eq!(audited(code), [format!("3 {SHUT}"), format!("4 {OPEN}")]);
}

#[test]
fn a_file_can_be_suppressed_whole() {
    let code = "# seriema: ignore-file[unsafe-yaml-load] generated\nimport yaml\nyaml.load(x)\nyaml.load(y)\n";
    assert_eq!(audited(code), [format!("3 {SHUT}"), format!("4 {SHUT}")]);
}

#[test]
fn a_suppression_without_a_reason_is_a_finding() {
    let found = audited("import yaml\nyaml.load(x)  # seriema: ignore[unsafe-yaml-load]\n");
    assert_eq!(found, [format!("2 {SHUT}"), "2 suppression-without-reason regular".to_owned()]);
    let found = audited("import yaml\nyaml.load(x)  # nosec B506\n");
    assert_eq!(found, [format!("2 {SHUT}"), "2 suppression-without-reason pedantic".to_owned()]);
}

#[test]
fn a_suppression_of_nothing_is_a_finding() {
    assert_eq!(audited("x = 1  # seriema: ignore[unsafe-yaml-load] ours\n"), ["1 unused-suppression regular"]);
    assert_eq!(audited("x = 1  # nosec B506: ours\n"), ["1 unused-suppression pedantic"]);
}

#[test]
fn past_its_day_it_suppresses_nothing() {
    let found = audited("import yaml\nyaml.load(x)  # seriema: ignore[unsafe-yaml-load] ours (until=2026-11-22)\n");
    assert_eq!(found, [format!("2 {OPEN}"), "2 invalid-suppression regular".to_owned()]);
    let found = audited("import yaml\nyaml.load(x)  # seriema: ignore[unsafe-yaml-load] ours (until=2026-11-23)\n");
    assert_eq!(found, [format!("2 {SHUT}")]);
}

#[test]
fn one_that_cannot_be_read_is_a_finding() {
    let found = audited("import yaml\nyaml.load(x)  # seriema: ignore[unsafe-yaml-lode] ours\n");
    assert_eq!(found, [format!("2 {OPEN}"), "2 invalid-suppression regular".to_owned()]);
}

#[test]
fn configuration_ignores_by_file() {
    let directory = project(&[
        ("seriema.toml", "[per-file-ignores]\n\"legacy/**\" = { rules = [\"B506\"], reason = \"to be deleted\" }\n"),
        ("legacy/a.py", "import yaml\nyaml.load(x)\n"),
        ("b.py", "import yaml\nyaml.load(x)\n"),
    ]);
    let (audit, _) = audit_directory(directory.path(), 1, false);
    assert_eq!(lines(&audit.findings), [format!("b.py:2 {OPEN}"), format!("legacy/a.py:2 {SHUT}")]);
    let reason = audit.findings[1].1.suppression.as_ref().map(|suppression| suppression.reason.as_str());
    assert_eq!(reason, Some("to be deleted"));
}

/// The pages of the findings about suppressions are tests like all others.
#[test]
fn pages_of_hygiene_rules_hold() {
    let mut tested = 0;
    for rule in seriema_rules::RULES.iter().filter(|rule| rule.family == Family::Hygiene) {
        let page = rule.parse_page().expect("a whole page");
        for Example { kind, code, line, .. } in page.examples {
            // A marker is a comment behind the comment, and would be its reason.
            let bare: Vec<&str> =
                code.lines().map(|line| line.split("# finds").next().unwrap_or(line).trim_end()).collect();
            let found = audited(&format!("{}\n", bare.join("\n")));
            let marked: Vec<usize> = code
                .lines()
                .enumerate()
                .filter(|(_, text)| text.contains("# finds"))
                .map(|(index, _)| index + 1)
                .collect();
            let reported: Vec<usize> = found
                .iter()
                .filter(|finding| finding.split(' ').nth(1) == Some(rule.slug))
                .filter(|finding| kind == ExampleKind::Vulnerable || finding.contains("regular"))
                .filter_map(|finding| finding.split(' ').next()?.parse().ok())
                .collect();
            assert_eq!(reported, marked, "{}.md:{line}", rule.slug);
            tested += 1;
        }
    }
    assert!(tested >= 4, "only {tested} examples");
}
