#![allow(clippy::disallowed_methods, reason = "a test puts its files in place")]

use std::path::Path;

use super::{Change, Step, parts, plan, write};
use crate::cli::CiName;

fn all(root: &Path, ci: Option<CiName>) -> Vec<&'static str> {
    let steps = plan(root, ci).expect("a plan");
    for Step { path, what } in &steps {
        write(&root.join(path), what.as_ref().expect("a change")).expect("written");
    }
    steps.into_iter().map(|step| step.path).collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    std::fs::write(root.join("pyproject.toml"), "[project]\nname = \"shop\"").expect("written");
    let files =
        ["pyproject.toml", "Makefile", ".pre-commit-config.yaml", ".github/workflows/seriema.yml", ".gitignore"];
    assert_eq!(all(root, None), files);
    assert_eq!(all(root, None), [""; 0]);
    assert_eq!(all(root, Some(CiName::Both)), [".gitlab-ci.yml"]);
    assert_eq!(all(root, Some(CiName::Both)), [""; 0]);
    let pyproject = std::fs::read_to_string(root.join("pyproject.toml")).expect("read");
    assert_eq!(pyproject, "[project]\nname = \"shop\"\n\n[tool.seriema]\nfail-on = \"high\"\n");
}

#[test]
fn what_is_there_stays_and_is_added_to() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    let files = [
        ("seriema.toml", "fail-on = \"low\"\n"),
        ("justfile", "test:\n    pytest\n\ndeps-audit:\n    uv audit\n"),
        (".gitlab-ci.yml", "stages: [build, check]\n\nbuild:\n  stage: build\n  script: [make]\n"),
        (".gitignore", ".env\r\nbuild/\r\n"),
    ];
    for (path, text) in files {
        std::fs::write(root.join(path), text).expect("written");
    }
    assert_eq!(all(root, None), ["justfile", ".pre-commit-config.yaml", ".gitlab-ci.yml", ".gitignore"]);
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("read");
    assert_eq!(read("seriema.toml"), files[0].1);
    assert!(read("justfile").starts_with(files[1].1));
    assert_eq!(read("justfile").matches("deps-audit:").count(), 1);
    assert!(read(".gitlab-ci.yml").contains("\n\nseriema:\n  stage: check\n  image:"), "{}", read(".gitlab-ci.yml"));
    assert_eq!(
        read(".gitignore"),
        ".env\r\nbuild/\r\nseriema.sarif\r\ngl-sast-report.json\r\ngl-code-quality-report.json\r\n"
    );
}

#[test]
fn hooks_join_the_list_as_it_is_indented() {
    let after = |text: &str| {
        let change = parts::pre_commit(Some(text)).expect("it can be").expect("a change");
        change.after()
    };
    let flat = after("repos:\n- repo: https://example.org/a\n  hooks:\n  - id: a\n");
    assert!(flat.contains("  - id: a\n- repo: local\n  hooks:\n    - id: seriema\n"), "{flat}");
    let deep = after(
        "fail_fast: true\nrepos: # all of them\n    - repo: a\n      hooks:\n        - id: a\n\n# last\nci:\n  x: 1",
    );
    assert!(deep.contains("        - id: a\n    - repo: local\n      hooks:\n        - id: seriema\n"), "{deep}");
    assert!(deep.ends_with("      pass_filenames: false\n\n# last\nci:\n  x: 1"), "{deep}");
    assert_eq!(parts::pre_commit(Some("repos:\n- repo: x\n  hooks:\n  - id: seriema")), Ok(None));
    for text in ["repos: []\n", "ci: {}\n", "repos:\n"] {
        assert!(parts::pre_commit(Some(text)).expect_err(text).contains("add this to them\n- repo: local"));
    }
}

#[test]
fn what_cannot_be_read_is_left_to_a_person() {
    let why = parts::configuration(Some("[project]\nname = shop\n")).expect_err("no TOML");
    assert!(why.starts_with("line 2: "), "{why}");
    let why = parts::configuration(Some("tool = { x = 1 }\n")).expect_err("one value");
    assert!(why.contains("`tool` is one value"), "{why}");
    assert_eq!(parts::configuration(Some("[tool.seriema]\n")), Ok(None));
    let change = parts::configuration(Some("[tool.black]\r\nline-length = 1\r\n")).expect("TOML").expect("a change");
    assert_eq!(change.after(), "[tool.black]\r\nline-length = 1\r\n\r\n[tool.seriema]\r\nfail-on = \"high\"\r\n");
    assert!(matches!(change, Change::Insert { .. }));
}
