//! The index of advisories from its making to its use, and what is said when there is none, or an old one.
#![allow(clippy::disallowed_methods, reason = "a test puts its files in place")]

use std::path::Path;
use std::process::Command;

/// Exit code, standard output, standard error.
fn run(directory: &Path, args: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seriema"));
    command.args(args).current_dir(directory).env("XDG_DATA_HOME", directory.join("data")).env("NO_COLOR", "1");
    command.env("HOME", directory).env("LOCALAPPDATA", directory.join("data")).env_remove("SERIEMA_OSV_URL");
    let output = command.envs(environment.iter().copied()).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let record = r#"{"id": "PYSEC-2026-1", "modified": "2026-01-02T00:00:00Z", "summary": "Bad.",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "acme"}, "versions": ["1.0"]}]}"#;
    std::fs::write(directory.path().join("record.json"), record).expect("written");
    std::fs::write(directory.path().join("requirements.txt"), "acme==1.0\n").expect("written");
    directory
}

#[test]
fn an_index_goes_from_one_machine_to_another() {
    let project = project();
    let here = project.path();
    let (code, out, err) = run(here, &["db", "import", "record.json"], &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(run(here, &["db", "export", "copy"], &[]).0, 0);
    // It is known by what it holds, not by its name.
    std::fs::rename(here.join("copy"), here.join("epss.zip")).expect("renamed");
    let (code, out, _) = run(here, &["db", "import", "epss.zip", "--db", "there"], &[]);
    assert_eq!(code, 0);
    assert!(out.contains("1 vulnerabilities of 1 packages"), "{out}");
    let (code, out, _) = run(here, &["db", "info", "--db", "there", "--format", "json"], &[]);
    assert_eq!(code, 0);
    let info: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&info["packages"], &info["known_until"]), (&1.into(), &"2026-01-02".into()));

    let mut bytes = std::fs::read(here.join("epss.zip")).expect("read");
    *bytes.last_mut().expect("bytes") ^= 1;
    std::fs::write(here.join("damaged"), &bytes).expect("written");
    let (code, _, err) = run(here, &["db", "import", "damaged", "--db", "there"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("damaged (block)"), "{err}");
    assert_eq!(run(here, &["db", "info", "--db", "there"], &[]).0, 0);
    let (code, _, err) = run(here, &["db", "import", "epss.zip", "record.json", "--db", "there"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("taken by itself"), "{err}");
}

#[test]
fn an_old_index_is_said_to_be_and_changes_no_exit_code() {
    let project = project();
    let here = project.path();
    run(here, &["db", "import", "record.json"], &[]);
    let args = ["deps", "requirements.txt", "--fail-on", "never", "--max-index-age"];
    let (code, _, err) = run(here, &[args.as_slice(), &["7"]].concat(), &[]);
    assert_eq!(code, 0);
    assert!(err.starts_with("note: the index is of 2026-01-02, ") && err.lines().count() == 1, "{err}");
    let (code, out, err) = run(here, &[args.as_slice(), &["1000000"]].concat(), &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("PYSEC-2026-1"), "{out}");
}

#[test]
fn without_an_index_and_without_a_network_nothing_is_called_clean() {
    let project = project();
    let here = project.path();
    let (code, out, err) = run(here, &["deps", "requirements.txt"], &[]);
    assert_eq!(code, 3);
    assert!(format!("{out}{err}").contains("seriema db update"), "{out}{err}");

    let nobody = "http://127.0.0.1:9/";
    let (code, out, err) = run(here, &["deps", "requirements.txt", "--online", "--osv-url", nobody], &[]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(format!("{out}{err}").contains("known vulnerabilities of 1 package were not looked for"), "{out}{err}");

    let (code, _, err) = run(here, &["db", "update", "--from", nobody], &[]);
    assert_eq!(code, 3);
    assert!(err.contains("there is no index yet") && err.contains("try again"), "{err}");
    run(here, &["db", "import", "record.json"], &[]);
    let (code, _, err) = run(here, &["db", "update", "--quiet"], &[("SERIEMA_OSV_URL", nobody)]);
    assert_eq!(code, 3);
    assert!(err.contains("is as it was"), "{err}");
    assert_eq!(run(here, &["db", "info"], &[]).0, 0);
    // A plain address of the environment's is for this machine alone.
    let (code, _, err) = run(here, &["db", "update"], &[("SERIEMA_OSV_URL", "http://mirror.example/all.zip")]);
    assert_eq!(code, 2);
    assert!(err.contains("SERIEMA_OSV_URL") && err.contains("plain HTTP"), "{err}");
}
