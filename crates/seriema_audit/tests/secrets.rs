//! Secrets in files of all kinds: what is found where, and that nothing shows them.

#![allow(clippy::disallowed_methods, reason = "tests write what they audit")]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use common::{audit_with, lines, project, settings};
use proptest::prelude::*;
use seriema_audit::{Audit, Revisions, Settings, audit_revisions};
use seriema_finding::{ExampleKind, Finding, Persona, Severity};
use seriema_rules::{SECRET_RULES, rule};
use seriema_secrets::{Scanner, expand, gitleaks};
use seriema_workspace::ConfigSource;

fn audited_in(root: &Path, code: bool) -> Audit {
    let secrets = Some(Arc::new(Scanner::embedded()));
    let settings = Settings { code, secrets, ..settings(root, ConfigSource::Nearest) };
    audit_with(settings, root, 1, false).0
}

fn audited(files: &[(&str, &str)]) -> Audit {
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (*name, expand(text))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    audited_in(project(&files).path(), true)
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    lines(&audited(files).findings)
}

/// The pages of the rules are tests like all others; placeholders in them are filled.
#[test]
fn pages_of_secret_rules_hold() {
    let mut problems = String::new();
    for slug in SECRET_RULES {
        let page = rule(slug).expect("a rule").parse_page().expect("a page");
        for example in &page.examples {
            let mut code = example.code.lines();
            let name = code.next().and_then(|line| line.strip_prefix("# file: ")).expect("a file's name").trim();
            let wanted: Vec<(u32, &str)> = (2..)
                .zip(example.code.lines().skip(1))
                .filter_map(|(line, text)| Some((line, text.split_once("# finds: ")?.1)))
                .collect();
            let bare: Vec<&str> =
                example.code.lines().map(|line| line.split("  # finds").next().unwrap_or_default()).collect();
            let audit = audited(&[(name, &format!("{}\n", bare.join("\n")))]);
            let of_rule = |finding: &&Finding| finding.rule.slug == *slug && finding.persona == Persona::Regular;
            let found: Vec<&Finding> = audit.findings.iter().map(|(_, finding)| finding).filter(of_rule).collect();
            for (line, words) in &wanted {
                let meets = |finding: &&&Finding| {
                    finding.location.start.line == *line
                        && words.split_whitespace().all(|word| {
                            word.parse::<Severity>().is_ok_and(|severity| finding.severity == severity)
                                || finding.codes.contains(&word)
                        })
                };
                if !found.iter().any(|finding| meets(&finding)) {
                    let _ = writeln!(problems, "{slug}.md:{}: line {line} is not found as {words}", example.line);
                }
            }
            let expected = if example.kind == ExampleKind::Vulnerable { wanted.len() } else { 0 };
            if found.len() != expected {
                let _ = writeln!(problems, "{slug}.md:{}: {} findings, not {expected}", example.line, found.len());
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn files_of_all_kinds_are_read() {
    let key = "AWS_SECRET_ACCESS_KEY = \"<A-Za-z0-9:40>\"\n";
    for name in [".env", "deploy.sh", "Dockerfile", "k8s/app.yaml", "settings.toml", "app.cfg", "notes", "app.py"] {
        let found = found(&[(name, key)]);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
    assert_eq!(found(&[("logo.png", key), ("node_modules/x.js", key)]), Vec::<String>::new());
}

#[test]
fn tests_and_documentation_are_said_more_quietly() {
    let key = "STRIPE_KEY=sk_live_<0-9A-Za-z:24>\n";
    let severity = |name: &str, text: &str| {
        let audit = audited(&[(name, text)]);
        audit.findings.iter().map(|(_, finding)| (finding.severity, finding.persona)).collect::<Vec<_>>()
    };
    assert_eq!(severity("prod.env", key), [(Severity::Critical, Persona::Regular)]);
    assert_eq!(severity("tests/prod.env", key), [(Severity::Medium, Persona::Regular)]);
    assert_eq!(severity("README.md", key), [(Severity::Medium, Persona::Regular)]);
    let password = "DB_PASSWORD=<0-9A-Za-z:16>\n";
    assert_eq!(severity("prod.env", password), [(Severity::High, Persona::Regular)]);
    assert_eq!(severity("tests/prod.env", password), [(Severity::Low, Persona::Pedantic)]);
    let docstring = "def f():\n    \"\"\"Example.\n\n    password='<0-9A-Za-z:16>'\n    \"\"\"\n";
    assert_eq!(severity("app.py", docstring), [(Severity::Low, Persona::Pedantic)]);
}

#[test]
fn a_place_is_reported_once() {
    // A provider's key under a name that says so, and a password that a rule about Python knows.
    assert_eq!(
        found(&[("app.py", "API_KEY = \"sk_live_<0-9A-Za-z:24>\"\nDB_PASSWORD = \"<0-9A-Za-z:16>\"\n")]),
        ["app.py:1 leaked-credential regular", "app.py:2 hardcoded-password regular"]
    );
}

#[test]
fn the_same_secret_is_one_finding() {
    let key = "KEY=sk_live_<0-9A-Za-z:24>\n";
    let audit = audited(&[("a.env", key), ("b/c.env", key), ("tests/d.env", key)]);
    assert_eq!(lines(&audit.findings), ["a.env:1 leaked-credential regular"]);
    let (_, finding) = &audit.findings[0];
    let also: Vec<&str> = finding.also.iter().map(|location| &*location.path).collect();
    assert_eq!(also, ["b/c.env", "tests/d.env"]);
    assert_eq!(finding.severity, Severity::Critical);
}

#[test]
fn comments_of_other_tools_hold() {
    let line = |comment: &str| format!("STRIPE_KEY=sk_live_<0-9A-Za-z:24>  # {comment}\n");
    for comment in ["pragma: allowlist secret", "gitleaks:allow"] {
        assert_eq!(found(&[("a.env", &line(comment))]), Vec::<String>::new(), "{comment}");
    }
    let above = "# pragma: allowlist nextline secret\nSTRIPE_KEY=sk_live_<0-9A-Za-z:24>\n";
    assert_eq!(found(&[("a.env", above)]), Vec::<String>::new());
    let ours = line("seriema: ignore[stripe-live-key] rotated");
    assert_eq!(found(&[("a.env", &ours)]), ["a.env:1 leaked-credential regular suppressed"]);
}

#[test]
fn what_is_known_is_counted_in_files_of_all_kinds() {
    for (name, line) in [("a.env", "KEY=sk_live_<0-9A-Za-z:24>\n"), ("a.py", "KEY = \"sk_live_<0-9A-Za-z:24>\"\n")] {
        let text = expand(line);
        let directory = project(&[(name, &text)]);
        let ignore = gitleaks::Ignore::read(".gitleaksignore", &format!("{name}:stripe-live-key:1\n"));
        let secrets = Some(Arc::new(Scanner::embedded().with_ignore(ignore)));
        let settings = Settings { secrets, ..settings(directory.path(), ConfigSource::Nearest) };
        let (audit, _) = audit_with(settings, directory.path(), 1, false);
        assert_eq!((lines(&audit.findings), audit.known), (Vec::new(), 1), "{name}");
    }
}

#[test]
fn notebooks_are_read_with_what_they_printed() {
    let notebook = "{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": 1, \"metadata\": {}, \"source\": [\"x = 1\"],\n\
                    \"outputs\": [{\"name\": \"stdout\", \"output_type\": \"stream\",\n\
                    \"text\": [\"token ghp_<0-9A-Za-z:36>\"]}]}],\n\
                    \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}\n";
    assert_eq!(found(&[("n.ipynb", notebook)]), ["n.ipynb:3 leaked-credential regular"]);
}

#[test]
fn files_that_are_too_large_to_analyse_are_read_in_pieces() {
    let key = |letter: char| expand(&format!("sk_live_{letter}<A-Za-z0-9:24>"));
    let (early, late, crossing, last) = (key('E'), key('L'), key('C'), key('Z'));
    let lines = "nothing to see on this line\n".repeat(160_000);
    // The first piece ends within a line of more than a piece; a key stands across its end.
    let filler = "- ".repeat((2 << 20) - 20);
    let long = format!("{filler}{crossing} {filler}{last}\n");
    let files = [
        ("seriema.toml", "max-file-size = \"64 KiB\"\n".to_owned()),
        ("dump.sql", format!("a\nb {early}\n{lines}{late}\n")),
        ("line.txt", long.clone()),
        ("big.py", format!("{}KEY = \"{last}1\"\n", "x = 1\n".repeat(20_000))),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let root = project(&files);
    let audit = audited_in(root.path(), true);
    let places: Vec<(&str, u32, u32)> = audit
        .findings
        .iter()
        .map(|(_, finding)| {
            let location = &finding.location;
            (&*location.path, location.start.line, location.start.column)
        })
        .collect();
    let column = |key: &str| u32::try_from(long.find(key).expect("it is there") + 1).expect("a column");
    assert_eq!(
        places,
        [
            ("big.py", 20_001, 8),
            ("dump.sql", 2, 3),
            ("dump.sql", 160_003, 1),
            ("line.txt", 1, column(&crossing)),
            ("line.txt", 1, column(&last)),
        ]
    );
    // Rules did not see the Python file.
    assert_eq!(audit.diagnostics.iter().map(|said| &*said.path).collect::<Vec<_>>(), ["big.py"]);
}

#[test]
fn encodings_are_read_and_binaries_are_not() {
    let key = expand("STRIPE_KEY=sk_live_<0-9A-Za-z:24>\n");
    let directory = project(&[]);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(key.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    std::fs::write(directory.path().join("a.env"), utf16).expect("a file");
    let latin: Vec<u8> = b"# caf\xe9\n".iter().chain(key.as_bytes()).copied().collect();
    std::fs::write(directory.path().join("b.env"), latin).expect("a file");
    let binary: Vec<u8> = b"\x7fELF\0\0".iter().chain(key.as_bytes()).copied().collect();
    std::fs::write(directory.path().join("c"), binary).expect("a file");
    let audit = audited_in(directory.path(), false);
    assert_eq!(lines(&audit.findings), ["a.env:1 leaked-credential regular"]);
    let also: Vec<&str> = audit.findings[0].1.also.iter().map(|location| &*location.path).collect();
    assert_eq!(also, ["b.env"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a secret is, and wherever it stands, no part of a finding has more of it than its mask.
    #[test]
    fn findings_hold_no_secret(
        secret in "[A-Za-z0-9+/]{16,60}",
        before in "[a-z \"'=:]{0,12}",
        name in "(api_key|password|SECRET_KEY|client_secret)",
        file in "(app\\.py|a\\.yaml|b\\.env)",
    ) {
        let text = format!("{name} = \"{secret}\"\n# {before}{secret}\ncursor.execute(f\"select {{x}} {secret}\")\n");
        let directory = project(&[(&file, &text)]);
        let audit = audited_in(directory.path(), true);
        let reported = audit.findings.iter().any(|(_, finding)| finding.secret.is_some());
        prop_assume!(reported);
        for (_, finding) in &audit.findings {
            let shown = format!("{finding:?}");
            let longest = (0..=secret.len() - 5).find(|at| shown.contains(&secret[*at..at + 5]));
            prop_assert!(longest.is_none(), "{} of it: {shown}", secret[longest.unwrap_or(0)..].len());
        }
    }
}

/// An archive with a file in it that holds a key.
fn packed(key: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [("app/__init__.py", ""), ("app/settings.py", key), ("app/native.so", key)] {
        zip.start_file(name, options).expect("a member");
        std::io::Write::write_all(&mut zip, text.as_bytes()).expect("its text");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn archives_are_looked_into() {
    let key = expand("\nSTRIPE_KEY = \"sk_live_<0-9A-Za-z:24>\"\n");
    let directory = project(&[("app.py", "x = 1\n"), ("vendor/broken.zip", "PK\u{3}\u{4}")]);
    std::fs::create_dir(directory.path().join("dist")).expect("a directory");
    std::fs::write(directory.path().join("dist/app-1.0.whl"), packed(&key)).expect("a wheel");
    for code in [false, true] {
        let audit = audited_in(directory.path(), code);
        assert_eq!(lines(&audit.findings), ["dist/app-1.0.whl!/app/settings.py:2 leaked-credential regular"]);
        let said: Vec<_> = audit.diagnostics.iter().map(|said| (&*said.path, &*said.message)).collect();
        assert_eq!(said, [("vendor/broken.zip", "the archive is damaged")]);
    }
}

#[test]
fn archives_of_the_history_are_looked_into() {
    let key = expand("\nSTRIPE_KEY = \"sk_live_<0-9A-Za-z:24>\"\n");
    let directory = project(&[]);
    let git = |arguments: &[&str]| {
        let done = std::process::Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(directory.path())
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let audited = || {
        let secrets = Some(Arc::new(Scanner::embedded()));
        let settings = Settings { secrets, ..settings(directory.path(), ConfigSource::Nearest) };
        let revisions = Revisions::History { range: None, since: None };
        let audit = audit_revisions(directory.path(), &revisions, &settings).expect("a history");
        assert_eq!(lines(&audit.findings), ["dist/app-1.0.whl!/app/settings.py:2 leaked-credential regular"]);
        audit.findings[0].1.commit.as_ref().expect("a commit").in_head
    };
    git(&["init", "-q"]);
    std::fs::create_dir(directory.path().join("dist")).expect("a directory");
    std::fs::write(directory.path().join("dist/app-1.0.whl"), packed(&key)).expect("a wheel");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    assert!(audited(), "it is still there");
    git(&["rm", "-q", "dist/app-1.0.whl"]);
    git(&["commit", "-q", "-m", "two"]);
    assert!(!audited(), "it is gone");
}
