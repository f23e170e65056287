//! The invariants of docs/architecture.md that concern a whole audit.
#![allow(clippy::disallowed_methods, reason = "tests write the files that they audit")]

mod common;

use common::{STACK, audit_directory, follow_directory, lines, project, settings};
use proptest::prelude::*;
use seriema_audit::audit_text;
use seriema_finding::DiagnosticKind;
use seriema_workspace::{ConfigSource, describe_file};

const VIEWS: &str = "import yaml\nfrom .compat import loads as read, MODE\n\ndef view(body):\n    yaml.load(body)\n    return read(body)\n";
const COMPAT: &str = "from yaml import load as loads\nMODE = True\n";

/// Invariant 1: same input, same report, whatever the thread count or the order of files.
#[test]
fn the_report_does_not_depend_on_threads_or_order() {
    let mut files =
        vec![("shop/__init__.py".to_owned(), String::new()), ("shop/compat.py".to_owned(), COMPAT.to_owned())];
    for number in 0..40 {
        files.push((format!("shop/views_{number}.py"), VIEWS.to_owned()));
    }
    files.push(("shop/broken.py".to_owned(), "def f(:\n    yaml.load(x)\n".to_owned()));
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let directory = project(&borrowed);
    let show = |threads, reversed| {
        let (audit, _) = audit_directory(directory.path(), threads, reversed);
        format!("{:#?}\n{:#?}\n{} {}", audit.findings, audit.diagnostics, audit.files, audit.lines)
    };
    let once = show(1, false);
    assert!(once.contains("views_39.py") && once.contains("unsafe-yaml-load"));
    for (threads, reversed) in [(2, false), (8, false), (1, true), (3, true)] {
        assert!(show(threads, reversed) == once, "differs with {threads} threads, reversed: {reversed}");
    }
}

/// The same of flows through a whole application.
#[test]
fn flows_do_not_depend_on_threads_or_order() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/vulnerable-shop");
    let show = |threads, reversed| {
        let (audit, _) = follow_directory(&root, threads, reversed);
        format!("{:#?}\n{:#?}\n{:#?}", audit.findings, audit.diagnostics, audit.account)
    };
    let once = show(1, false);
    assert!(once.contains("path-traversal") && once.contains("server-side-request-forgery"));
    for (threads, reversed) in [(2, false), (8, false), (1, true), (3, true)] {
        assert!(show(threads, reversed) == once, "differs with {threads} threads, reversed: {reversed}");
    }
}

/// A name that another file hands on is known by what it stands for.
#[test]
fn files_are_linked() {
    let directory = project(&[("shop/__init__.py", ""), ("shop/compat.py", COMPAT), ("shop/views.py", VIEWS)]);
    let (audit, _) = audit_directory(directory.path(), 2, false);
    assert_eq!(
        lines(&audit.findings),
        ["shop/views.py:5 unsafe-yaml-load regular", "shop/views.py:6 unsafe-yaml-load regular"]
    );
}

/// Invariant 2: bad input becomes a diagnostic with file and line, and the rest of the audit goes on.
#[test]
fn faults_are_named_and_the_rest_is_audited() {
    let directory = project(&[
        ("good.py", "import yaml\nyaml.load(x)\n"),
        ("syntax.py", "import yaml\nyaml.load(x\ny = 1\n"),
        ("old.py", "import yaml\nprint 'hello'\nyaml.load(x)\n"),
        ("one_line.py", &format!("x = [{}]\n", "1, ".repeat(3_500_000))),
        ("deep.py", &format!("import yaml\nyaml.load(x)\ny = {}1{}\n", "[".repeat(5_000), "]".repeat(5_000))),
        ("book.ipynb", "{\"cells\": 1}"),
    ]);
    std::fs::write(directory.path().join("latin.py"), b"import yaml\n# caf\xe9\nyaml.load(x)\n").expect("written");
    std::fs::write(directory.path().join("nul.py"), b"import yaml\nyaml.load(x)\n\0\n").expect("written");
    let (audit, _) = audit_directory(directory.path(), 2, false);
    let diagnostics: Vec<String> = audit
        .diagnostics
        .iter()
        .map(|d| format!("{}:{} {}", d.path, d.line.map_or_else(String::new, |line| line.to_string()), d.kind.as_str()))
        .collect();
    assert_eq!(
        diagnostics,
        [
            "book.ipynb: notebook",
            "deep.py:3 limit",
            "latin.py:2 encoding",
            "nul.py:3 encoding",
            "old.py:2 python2",
            "one_line.py: limit",
            "syntax.py:3 syntax",
        ]
    );
    assert_eq!(
        lines(&audit.findings),
        [
            "deep.py:2 unsafe-yaml-load regular",
            "good.py:2 unsafe-yaml-load regular",
            "latin.py:3 unsafe-yaml-load regular",
            "nul.py:2 unsafe-yaml-load regular",
            "old.py:3 unsafe-yaml-load regular",
            "syntax.py:2 unsafe-yaml-load regular",
        ]
    );
}

fn survives(name: &str, bytes: &[u8]) {
    let here = std::path::Path::new("/");
    let file = describe_file(here, here, std::path::Path::new(name), &[]);
    let settings = settings(here, ConfigSource::None);
    let bytes = bytes.to_vec();
    let audit = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK);
        worker.spawn_scoped(scope, || audit_text(&file, bytes, &settings)).expect("a thread").join().expect("no panic")
    });
    assert!(audit.diagnostics.iter().all(|d| d.kind != DiagnosticKind::Internal), "{:?}", audit.diagnostics);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Invariant 2: no panic on any bytes.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives("any.py", &bytes);
        survives("any.ipynb", &bytes);
    }

    /// The same on what looks like the code that rules look at.
    #[test]
    fn any_words_are_survived(words in prop::collection::vec(prop::sample::select(vec![
        "import subprocess, pickle, hashlib, yaml, ssl, requests, jinja2, tarfile, random\n", "from os import system as s\n",
        "subprocess.run(", "s(", "pickle.loads(", "hashlib.md5(", "yaml.load(", "ssl.wrap_socket(", "requests.get(",
        "jinja2.Environment(", "tarfile.open(x).extractall(", "random.choice(", "eval(", "exec(", "cursor.execute(",
        "f'select * from {x} where '", "'insert into t values (%s)' % x", "'/tmp/x'", "'0.0.0.0'", "password='a'", "shell=True",
        "verify=False", "timeout=None", "*args", "**kw", ")", "(", ",", "[", "]", "{", "}", ":", "=", "+", "%", ".format(x)",
        "\n", "    ", "def f(password='x', *, token=b''):\n", "try:\n", "except Exception:\n", "pass\n", "continue\n",
        "assert x\n", "class A(B):\n", "  # nosec B602, x: y\n", "  # noqa: S1\n", "  # seriema: ignore[", "lambda x: ", "é\u{202e}",
        "x.token = 'abc'\n", "if x == 'pw':\n", "os.chmod(x, 0o777)", "app.run(debug=True)", "mark_safe(x)", "RawSQL(", ".extra(",
    ]), 0..60)) {
        survives("any.py", words.concat().as_bytes());
    }
}
