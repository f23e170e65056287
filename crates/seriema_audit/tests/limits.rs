//! Files made to exhaust whoever reads them: what is given up is bounded, and said.

mod common;

use common::{audit_directory, project};
use seriema_audit::Audit;
use seriema_finding::DiagnosticKind;

fn audit_one(code: &str) -> Audit {
    let directory = project(&[("a.py", code)]);
    audit_directory(directory.path(), 1, false).0
}

/// Line and message of each bound that was met.
fn limits(audit: &Audit) -> Vec<(Option<u32>, &str)> {
    let limits = audit.diagnostics.iter().filter(|diagnostic| diagnostic.kind == DiagnosticKind::Limit);
    limits.map(|diagnostic| (diagnostic.line, diagnostic.message.as_str())).collect()
}

const SHELL: &str = "subprocess.call(x, shell=True)";

#[test]
fn findings_beyond_a_number_are_left_out_and_that_is_said() {
    let audit = audit_one(&format!("import subprocess\n{}", format!("{SHELL}\n").repeat(20_001)));
    assert_eq!(audit.findings.len(), 20_000);
    let [(Some(line), message)] = limits(&audit)[..] else { panic!("{:?}", audit.diagnostics) };
    assert!(line <= 20_002 && message.contains("more than 20000 findings"), "{line} {message}");
}

#[test]
fn suppressions_beyond_a_number_are_ignored_and_that_is_said() {
    let audit = audit_one(&"x = 1  # nosec B602\n".repeat(10_001));
    assert_eq!(limits(&audit).len(), 1);
    assert_eq!(limits(&audit)[0].0, Some(10_001));
    let unused = audit.findings.iter().filter(|(_, f)| f.rule.slug == "unused-suppression").count();
    assert_eq!(unused, 10_000);
}

#[test]
fn of_a_comment_without_end_the_start_is_read() {
    let code = format!("import subprocess\n{SHELL}  # nosec B602 {}\n", "# nosec because ".repeat(100_000));
    let audit = audit_one(&code);
    assert_eq!(
        limits(&audit),
        [(Some(2), "a comment with a suppression has more than 2000 bytes; the rest is ignored")]
    );
    let shell = audit.findings.iter().find(|(_, finding)| finding.rule.slug == "shell-injection");
    assert!(shell.is_some_and(|(_, finding)| finding.suppression.is_some()));
}

#[test]
fn many_suppressions_and_findings_in_one_statement_meet_each_other() {
    let code = format!("import subprocess\n[\n{}]\n", format!("{SHELL},  # nosec\n").repeat(2_000));
    let audit = audit_one(&code);
    let of = |slug: &str| audit.findings.iter().filter(|(_, f)| f.rule.slug == slug).count();
    assert!(of("shell-injection") >= 2_000);
    assert_eq!(of("unused-suppression"), 0);
    assert!(audit.findings.iter().all(|(_, f)| f.suppression.is_some() || f.rule.slug != "shell-injection"));
}

#[test]
fn a_comment_above_others_is_for_the_code_below_them() {
    let comment = "# seriema: ignore[shell-injection] reviewed\n";
    let code = format!("import subprocess\n{}\n# more\n{SHELL}\n{SHELL}\n", comment.repeat(3_000));
    let audit = audit_one(&code);
    let suppressed: Vec<bool> = audit
        .findings
        .iter()
        .filter(|(_, f)| f.rule.slug == "shell-injection")
        .map(|(_, f)| f.suppression.is_some())
        .collect();
    assert_eq!(suppressed, [true, false]);
}

#[test]
fn a_line_of_megabytes_is_not_repeated_for_each_finding() {
    let unit = format!("é = 1; {SHELL}; ");
    let audit = audit_one(&format!("import subprocess\n{}\n", unit.repeat(25_000)));
    let size: usize = audit.findings.iter().flat_map(|(_, f)| &f.snippet.lines).map(String::len).sum();
    assert!(size < 64 << 20, "{size} bytes of snippets");
    let starts: Vec<u32> = audit
        .findings
        .iter()
        .filter(|(_, f)| f.rule.slug == "shell-injection")
        .map(|(_, f)| f.location.start.column)
        .collect();
    let width = u32::try_from(unit.chars().count()).expect("small");
    assert!(starts.len() > 9_000);
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == width), "columns count characters");
}

#[test]
fn names_of_megabytes_are_not_repeated_for_each_finding() {
    let code = format!("import subprocess\nclass {}:\n{}", "A".repeat(1 << 20), format!(" {SHELL}\n").repeat(5_000));
    for (_, finding) in &audit_one(&code).findings {
        assert!(finding.location.function.as_deref().is_none_or(|name| name.len() <= 1_000));
        assert!(finding.message.len() < 5_000);
    }
}

#[test]
fn names_bound_and_read_many_times_are_followed() {
    let code = format!("import pickle as x\n{}", "x.loads(y)\nx = 1\n".repeat(20_000));
    let lines: Vec<String> = common::lines(&audit_one(&code).findings);
    let lines: Vec<&str> = lines.iter().filter(|line| line.contains("deserialization")).map(String::as_str).collect();
    assert_eq!(lines, ["a.py:2 unsafe-deserialization regular"], "after that it is a number");
}

#[test]
fn giving_up_on_names_is_said() {
    let mut code = String::from("import subprocess\na0 = 1\n");
    for i in 1..20 {
        code.push_str(&format!("a{i} = (a{0}, a{0}, a{0}, a{0})\n", i - 1));
    }
    code.push_str(&"subprocess.call(a19, shell=True)\n".repeat(10_000));
    let audit = audit_one(&code);
    assert!(audit.findings.iter().any(|(_, f)| f.rule.slug == "shell-injection"), "no name is needed for these");
    assert!(
        limits(&audit).iter().any(|(_, message)| message.contains("rules may miss things")),
        "{:?}",
        limits(&audit)
    );
}
