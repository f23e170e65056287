//! The example applications are labelled: the audit finds each labelled flaw of code, and nothing in the hardened twin.
#![allow(clippy::disallowed_methods, reason = "reads the labels in the examples")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::audit_directory;
use seriema_finding::Persona;

/// `# flaw: B602,S602 (words)` or `# audit: B404 (words)` at the end of a line of Python.
struct Label {
    file: String,
    line: u32,
    codes: Vec<String>,
    /// `flaw`: the regular persona is shown it. `audit`: the auditor is.
    regular: bool,
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).canonicalize().expect("the example")
}

fn labels(root: &Path, directory: &Path, out: &mut Vec<Label>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            labels(root, &path, out);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let file = path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).expect("text");
            for (line, text) in (1..).zip(text.lines()) {
                for kind in ["# flaw: ", "# audit: "] {
                    for label in text.split(kind).skip(1) {
                        let codes = label.split(" (").next().unwrap_or_default();
                        if codes != "-" {
                            let codes = codes.split(',').map(str::to_owned).collect();
                            out.push(Label { file: file.clone(), line, codes, regular: kind == "# flaw: " });
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_labelled_flaw_is_found() {
    let root = example("vulnerable-shop");
    let mut expected = Vec::new();
    labels(&root, &root, &mut expected);
    assert!(expected.len() > 90, "only {} labels", expected.len());
    let (audit, _) = audit_directory(&root, 2, false);
    let mut missing = String::new();
    for label in &expected {
        for code in &label.codes {
            let found = audit.findings.iter().any(|(_, finding)| {
                let lines = finding.location.start.line..=finding.location.end.line;
                *finding.location.path == *label.file
                    && (finding.location.start.line == label.line || lines.contains(&label.line))
                    && finding.codes.contains(&code.as_str())
                    && (!label.regular || finding.persona == Persona::Regular)
            });
            if !found {
                let persona = if label.regular { "regular" } else { "auditor" };
                let _ = writeln!(missing, "{}:{} {code} ({persona})", label.file, label.line);
            }
        }
    }
    assert!(missing.is_empty(), "not found:\n{missing}");
}

#[test]
fn the_labels_cover_every_code_of_the_rules() {
    let root = example("vulnerable-shop");
    let mut expected = Vec::new();
    labels(&root, &root, &mut expected);
    let labelled: BTreeSet<&str> = expected.iter().flat_map(|label| label.codes.iter().map(String::as_str)).collect();
    // ruff's S601 names `paramiko.exec_command`, which does not exist: no program can hold that flaw.
    let known = seriema_rules::RULES.iter().flat_map(|rule| rule.aliases).copied().filter(|code| *code != "S601");
    let missing: Vec<&str> = known.filter(|code| !labelled.contains(code)).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}

#[test]
fn nothing_is_reported_of_the_hardened_twin() {
    let (audit, _) = audit_directory(&example("hardened-shop"), 2, false);
    let regular: Vec<String> = audit
        .findings
        .iter()
        .filter(|(_, finding)| finding.persona == Persona::Regular)
        .map(|(_, finding)| format!("{}:{} {}", finding.location.path, finding.location.start.line, finding.message))
        .collect();
    assert!(audit.diagnostics.is_empty(), "{:?}", audit.diagnostics);
    assert!(audit.files > 25, "only {} files were read", audit.files);
    assert!(regular.is_empty(), "{regular:#?}");
}
