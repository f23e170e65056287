//! What holds for any input: the run ends, with one of its exit codes and with a report.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests: they write what is scanned")]

use std::ffi::OsString;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use seriema_bandit::{Io, run};
use tempfile::TempDir;

fn run_in(directory: &Path, args: &[&str], stdin: &[u8]) -> (i32, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(
        args.iter().map(OsString::from).collect(),
        &mut Io {
            stdin: Some(&mut &*stdin),
            stdout: &mut out,
            stderr: &mut err,
            colour: false,
            cwd: directory.to_owned(),
            now: None,
            threads: 1,
        },
    );
    (code, String::from_utf8(out).unwrap())
}

fn scan(source: &[u8]) {
    let (code, out) = run_in(Path::new("/"), &["-", "-f", "json"], source);
    assert!(code == 0 || code == 1, "{code}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let results = report["results"].as_array().unwrap();
    assert_eq!(code == 1, !results.is_empty());
    for result in results {
        let number = |key: &str| result[key].as_u64().unwrap();
        assert!(number("line_number") > 0);
        assert!(!result["line_range"].as_array().unwrap().is_empty());
    }
}

/// Pieces of programs that the tests look at.
const FRAGMENTS: &[&str] = &[
    "subprocess.run(",
    "import subprocess as s",
    "from x import (",
    "shell=True",
    "shell=",
    "'ls *'",
    "f'{",
    "}'",
    "f\"",
    "\"",
    "'''",
    "# nosec",
    "# nosec B602,",
    "def f(password='x'",
    "):",
    "class C(",
    "assert ",
    "'/tmp/x'",
    "'0.0.0.0'",
    "{",
    "}",
    "{{",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    "password",
    "'select a from b' +",
    "%",
    ".format(",
    "mark_safe(x)",
    "from django.utils.safestring import mark_safe",
    "x = x",
    "lambda x: ",
    "match x:",
    "case ",
    "if x:",
    "elif y:",
    "else:",
    "try:",
    "except:",
    "pass",
    "continue",
    "with x as y:",
    "@a",
    "async ",
    "await ",
    "yield ",
    "*",
    "**",
    "é",
    "\u{202e}",
    "\\",
    ";",
    "0o777",
    "os.chmod(x, ",
    "1e999",
    "0x",
    "...",
    "None",
    "-",
    "not ",
    "__import__(",
    "yaml.load(",
    "\r",
    "\u{c}",
    "\t",
];

const SEPARATORS: &[&str] = &["", "", " ", "\n", "\n    ", "\n        "];

const ARGUMENTS: &[&str] = &[
    "-r",
    "-l",
    "-ll",
    "-i",
    "-iii",
    "-q",
    "-v",
    "-d",
    "-a",
    "vuln",
    "-n",
    "-1",
    "5",
    "-f",
    "json",
    "txt",
    "csv",
    "custom",
    "yaml",
    "--msg-template",
    "{line:>{col}}",
    "{",
    "{msg!r:.3}",
    "-t",
    "B101",
    "-s",
    "B001,",
    "-x",
    "*",
    "",
    "a.py",
    ".",
    "-",
    "--",
    "-c",
    "a.yaml",
    "a.toml",
    "--ini",
    "a.ini",
    "-b",
    "a.json",
    "-p",
    "one",
    "--exit-zero",
    "--severity-level=low",
    "-fjson",
    "-rn3",
    "--x",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_scanned(source in vec(any::<u8>(), 0..300)) {
        scan(&source);
    }

    #[test]
    fn any_text_is_scanned(source in ".{0,200}") {
        scan(source.as_bytes());
    }

    #[test]
    fn any_pieces_of_programs_are_scanned(pieces in vec((select(FRAGMENTS), select(SEPARATORS)), 0..60)) {
        let source: String = pieces.iter().flat_map(|(piece, separator)| [*piece, *separator]).collect();
        scan(source.as_bytes());
    }

    #[test]
    fn any_arguments_and_files_are_read(
        args in vec(select(ARGUMENTS), 0..8),
        yaml in vec(select(&["a", "tests", "shell_injection", "profiles", ": ", "- ", "\n", "  ", "[", "]", "{", "}", "1", "B101", "'", "&", "*"][..]), 0..20),
        ini in vec(select(&["[bandit]", "[DEFAULT]", "\n", "tests", "=", ":", " ", "%", "%(tests)s", "level", "number", "3", "x"][..]), 0..20),
        json in ".{0,40}",
    ) {
        let directory = TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("a.py", "assert x\nexec(y)\n");
        write("a.yaml", &yaml.concat());
        write("a.toml", &format!("[tool.bandit]\n{}", yaml.concat()));
        write("a.ini", &ini.concat());
        write("a.json", &json);
        let (code, _) = run_in(directory.path(), &args, b"assert x\n");
        prop_assert!((0..=2).contains(&code), "{code}");
    }
}
