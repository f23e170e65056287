//! The formats by themselves; `tests/baselines.rs` compares them with what detect-secrets writes.

use std::collections::BTreeSet;
use std::process::Command;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Value;
use crate::detector::Detectors;
use crate::generate::expand;
use crate::scan::scan;

const KEY: [u8; 32] = [7; 32];

fn read(text: &str) -> Result<DetectSecretsBaseline, ReadError> {
    DetectSecretsBaseline::read(".secrets.baseline", text)
}

fn error(text: &str) -> String {
    read(text).err().map(|error| error.to_string()).unwrap_or_default()
}

fn any_secret() -> Secret {
    let text = expand("AWS_ID = \"AKIA<A-Z2-7:16>\"");
    scan(Detectors::embedded(), "a.py", &text).into_iter().next().expect("an AWS key")
}

/// Secrets of a text that are these values, in order.
fn secrets(text: &str, values: &[&str]) -> Vec<Secret> {
    let secret = |value: &&str| {
        let start = text.find(value).expect("the value is in the text");
        let line = u32::try_from(text[..start].matches('\n').count() + 1).expect("few lines");
        let detector = "generic-secret".to_owned();
        Secret { detector, range: start..start + value.len(), value: Value::new(value), line, ..any_secret() }
    };
    values.iter().map(secret).collect()
}

fn all<'a>(found: &'a [Located<'a>]) -> Scanned<'a> {
    Scanned { found, files: None, unfound: Unfound::Goes, text_of: &|_| None }
}

/// What a scan of files finds: path and value of each.
fn merged(baseline: &OwnBaseline, found: &[(&str, &str)]) -> OwnBaseline {
    let secrets: Vec<Secret> = found.iter().flat_map(|(_, value)| secrets(value, &[value])).collect();
    let found: Vec<Located<'_>> =
        found.iter().zip(&secrets).map(|((path, value), secret)| Located { path, text: value, secret }).collect();
    baseline.merged(&all(&found))
}

fn pairs(all: &[(String, String)]) -> Vec<(&str, &str)> {
    all.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect()
}

fn own() -> OwnBaseline {
    OwnBaseline::new("own", KEY)
}

#[test]
fn a_broken_baseline_says_where() {
    assert_eq!(error(""), ".secrets.baseline:1: EOF while parsing a value");
    assert_eq!(error("{\n  \"version\": \"1.5.0\",\n}"), ".secrets.baseline:3: trailing comma");
    assert_eq!(error("{\n}"), ".secrets.baseline:2: missing field `version`");
    assert_eq!(error("{\"version\": \"1.5.0\"}"), ".secrets.baseline:1: missing field `results`");
    assert_eq!(
        error("{\"results\": {},\n\"version\": \"one\"}"),
        ".secrets.baseline:2: `version` is not of the form `1.5.0`"
    );
    let entry = "{\n\"type\": \"x\", \"hashed_secret\":\n\"y\", \"line_number\": \"hunter2\"}";
    let text = format!("{{\"version\": \"1.5.0\", \"results\": {{\n\"a\": [{entry}]}}}}");
    assert_eq!(error(&text), ".secrets.baseline:4: expected u32", "without what stands there");
    assert_eq!(error("[1]"), ".secrets.baseline:1: expected a baseline of detect-secrets");
}

#[test]
fn keys_that_are_not_known_are_kept() {
    let text = json::dumps(
        &json!({
            "version": "1.5.0",
            "plugins_used": [{"name": "X", "y": [1.5]}],
            "filters_used": [{"path": "z", "y": null}],
            "results": {"a": [{"type": "t", "filename": "a", "hashed_secret": "h", "is_verified": true, "why": "so"}]},
            "generated_at": "then",
            "more": {"é": 1},
        }),
        2,
    ) + "\n";
    assert_eq!(read(&text).expect("a baseline").write(), text);
}

#[test]
fn entries_are_sorted_and_none_is_twice() {
    let entry = |kind: &str, hash: &str, line: u32| json!({"type": kind, "hashed_secret": hash, "line_number": line});
    let results = json!({
        "b": [],
        ".\\a\\x": [entry("t", "2", 5), entry("t", "1", 5), entry("s", "2", 5), entry("t", "9", 1), entry("t", "2", 5)],
    });
    let baseline = read(&json!({"version": "1.5.0", "results": results}).to_string()).expect("a baseline");
    let entries: Vec<_> =
        baseline.entries().map(|e| (e.filename.as_str(), e.hashed_secret.as_str(), e.kind.as_str())).collect();
    assert_eq!(entries, [("a/x", "9", "t"), ("a/x", "1", "t"), ("a/x", "2", "s"), ("a/x", "2", "t")]);
}

#[test]
fn what_is_not_honoured_is_named() {
    let text = json!({
        "version": "1.5.0",
        "plugins_used": [{"name": "Mine", "path": "file:///x\u{1b}.py"}, {"name": "KeywordDetector", "keyword_exclude": "^test"}],
        "filters_used": [
            {"path": "file://f.py::f"},
            {"path": "detect_secrets.filters.gibberish.should_exclude_secret", "limit": 3.7},
            {"path": "detect_secrets.filters.common.is_ignored_due_to_verification_policies", "min_level": 3},
            {"path": "detect_secrets.filters.wordlist.should_exclude_secret", "min_length": 4, "file_name": "w", "file_hash": "h"},
        ],
        "results": {},
    });
    let settings = Settings::of(&read(&text.to_string()).expect("a baseline")).expect("settings");
    let notes: Vec<String> = settings.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            ".secrets.baseline: `--only-verified` is not taken over: secrets are reported unasked",
            ".secrets.baseline: the filter `detect_secrets.filters.gibberish.should_exclude_secret` is not run",
            ".secrets.baseline: the filter `file://f.py::f` is not run",
            ".secrets.baseline: the plugin `Mine` is not run",
        ]
    );
    assert!(settings.excludes_keyword("TEST = 1") && !settings.excludes_keyword("a test"));
    let words = settings.wordlist.expect("a word list");
    assert_eq!(
        (words.file_name.as_str(), words.words("Abcd\n abc \n\nÄÖÜß\r\n")),
        ("w", vec!["abcd".to_owned(), "äöüß".to_owned()])
    );
    let newer = read("{\"version\": \"2.0.0\", \"results\": {}}").expect("a baseline");
    assert!(newer.notes().len() == 1 && newer.write().contains("\"version\": \"2.0.0\""));
}

#[test]
fn a_filter_that_cannot_be_honoured_is_an_error() {
    let with = |pattern: serde_json::Value| {
        let filter = json!({"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": pattern});
        let text = json!({"version": "1.5.0", "filters_used": [filter], "results": {}}).to_string();
        Settings::of(&read(&text).expect("a baseline")).err().map(|error| error.message).unwrap_or_default()
    };
    assert_eq!(with(json!(["ok", "(?!hunter2)"])), "`should_exclude_secret`: pattern 2: look-around is not supported");
    assert_eq!(with(json!(["hunter2("])), "`should_exclude_secret`: pattern 1: no regex: unclosed group");
    assert_eq!(with(json!([1])), "`should_exclude_secret`: pattern 1: no string");
    assert_eq!(with(json!("a single one")), "");
}

#[test]
fn our_own_baseline_has_a_line_for_each_secret() {
    let (one, other) = (expand("<a-z0-9:30>"), expand("<A-Z:30>"));
    let baseline = merged(&own(), &[("b.py", &one), ("a/ü.py", &one), ("b.py", &other)]);
    let text = baseline.write();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("{{\"seriema-secrets\": 1, \"key\": \"{}\"}}", "07".repeat(32)));
    assert!(lines.len() == 4 && lines[1..].is_sorted(), "{text}");
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.starts_with("{\"secret\": \"") && line.ends_with("\", \"detector\": \"generic-secret\"}"))
    );
    assert!(!text.contains(&one) && !text.contains(&other));
    assert_eq!(OwnBaseline::read("own", &text).expect("a baseline"), baseline);
    assert!(OwnBaseline::is_own(&text) && !OwnBaseline::is_own("{\"version\": \"1.5.0\"}"));
}

#[test]
fn labels_of_our_own_baseline_are_kept() {
    let (one, other, third) = (expand("<a-z0-9:30>"), expand("<A-Z:30>"), expand("<0-9:30>"));
    let mut baseline = merged(&own(), &[("a.py", &one), ("b.py", &other)]);
    let number =
        |baseline: &OwnBaseline, path: &str| baseline.entries().position(|entry| entry.path == path).expect("an entry");
    baseline.set_label(number(&baseline, "a.py"), Some(Label::Accepted), Some("a demo".to_owned()));
    baseline.set_label(number(&baseline, "b.py"), Some(Label::Rotated), None);
    baseline.set_label(99, Some(Label::Secret), None);
    // A file is renamed, a secret goes, another one comes, and one is copied to a second file.
    let new = merged(&baseline, &[("c.py", &one), ("b.py", &third), ("d.py", &third)]);
    let told: BTreeSet<_> = new.entries().map(|e| (e.path.as_str(), e.label, e.reason.as_deref())).collect();
    let expected = [("b.py", None, None), ("c.py", Some(Label::Accepted), Some("a demo")), ("d.py", None, None)];
    assert_eq!(told, expected.into_iter().collect());
    let copied = merged(&baseline, &[("a.py", &one), ("z.py", &one)]);
    let told: BTreeSet<_> = copied.entries().map(|e| (e.path.as_str(), e.label)).collect();
    assert_eq!(told, [("a.py", Some(Label::Accepted)), ("z.py", None)].into_iter().collect(), "a copy is asked about");
    let secret = &secrets(&one, &[&one])[0];
    assert!(baseline.known(&Located { path: "a.py", text: &one, secret }).is_some());
    assert!(baseline.known(&Located { path: "b.py", text: &one, secret }).is_none());
}

#[test]
fn files_that_were_not_looked_at_keep_their_entries() {
    let (one, other) = (expand("<a-z0-9:30>"), expand("<A-Z:30>"));
    let baseline = merged(&own(), &[("a.py", &one), ("b.py", &other)]);
    let files = BTreeSet::from(["a.py".to_owned()]);
    let scanned = Scanned { files: Some(&files), ..all(&[]) };
    let paths: Vec<_> = baseline.merged(&scanned).entries().map(|entry| entry.path.clone()).collect();
    assert_eq!(paths, ["b.py"]);
}

#[test]
fn two_branches_merge_without_conflict() {
    let values: Vec<String> = (0..6).map(|n| expand(&format!("<a-z0-9:30>{n}"))).collect();
    let base = merged(&own(), &[("a.py", &values[0]), ("a.py", &values[1])]);
    let mut ours =
        merged(&base, &[("a.py", &values[0]), ("a.py", &values[1]), ("a.py", &values[2]), ("a.py", &values[3])]);
    let mut theirs = merged(&base, &[("a.py", &values[0]), ("a.py", &values[4]), ("a.py", &values[5])]);
    let known = |baseline: &OwnBaseline| baseline.entries().position(|e| Some(e) == base.knows("a.py", &values[0]));
    ours.set_label(known(&ours).expect("in both"), Some(Label::Accepted), Some("why".to_owned()));
    theirs.set_label(known(&theirs).expect("in both"), Some(Label::FalsePositive), None);
    let directory = tempfile::tempdir().expect("a directory");
    #[allow(clippy::disallowed_methods, reason = "files for git")]
    let text = {
        for (name, baseline) in [("ours", &ours), ("base", &base), ("theirs", &theirs)] {
            std::fs::write(directory.path().join(name), baseline.write()).expect("written");
        }
        let git = Command::new("git")
            .args(["merge-file", "-p", "--union", "ours", "base", "theirs"])
            .current_dir(directory.path())
            .output()
            .expect("git runs");
        assert!(git.status.success());
        String::from_utf8(git.stdout).expect("UTF-8")
    };
    let both = OwnBaseline::read("own", &text).expect("a baseline");
    for value in [&values[0], &values[2], &values[3], &values[4], &values[5]] {
        assert!(both.knows("a.py", value).is_some());
    }
    assert_eq!(both.knows("a.py", &values[0]).and_then(|entry| entry.label), None, "two labels are none");
    assert!(both.notes()[0].message.starts_with("is labelled `false-positive` and `accepted`"), "{:?}", both.notes());
}

#[test]
fn two_keys_are_read_and_become_one() {
    let (one, other) = (expand("<a-z0-9:30>"), expand("<A-Z:30>"));
    let mut first = merged(&OwnBaseline::new("own", [9; 32]), &[("a.py", &one)]);
    first.set_label(0, Some(Label::Accepted), None);
    let second = merged(&OwnBaseline::new("own", [1; 32]), &[("b.py", &other)]);
    assert!(!first.is_comparable(&second));
    let both = OwnBaseline::read("own", &(first.write() + &second.write())).expect("a baseline");
    assert!(both.knows("a.py", &one).is_some() && both.knows("b.py", &other).is_some());
    let new = merged(&both, &[("a.py", &one), ("b.py", &other)]);
    assert_eq!(new.write().matches("\"key\"").count(), 1);
    assert_eq!(new.knows("a.py", &one).and_then(|entry| entry.label), Some(Label::Accepted));
}

#[test]
fn a_broken_baseline_of_our_own_says_where() {
    let header = format!("{{\"seriema-secrets\": 1, \"key\": \"{}\"}}\n", "00".repeat(32));
    let error = |text: &str| {
        OwnBaseline::read("own", &format!("{header}{text}")).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert_eq!(
        error("\n<<<<<<< HEAD\n"),
        "own:3: a merge was left unfinished; keep the lines of both sides, they do not depend on each other"
    );
    assert_eq!(
        error("{\"secret\": \"xyz\", \"path\": \"\", \"detector\": \"\"}"),
        "own:2: `secret` is not 20 hexadecimal digits"
    );
    assert_eq!(error("{\"path\": 1}"), "own:2: expected a string");
    let labelled =
        format!("{{\"secret\": \"{}\", \"path\": \"\", \"detector\": \"\", \"label\": \"wrong\"}}", "00".repeat(10));
    assert_eq!(error(&labelled), "own:2: `label` is none of `false-positive`, `secret`, `accepted`, `rotated`");
    assert_eq!(
        error("{\"seriema-secrets\": 2, \"key\": \"\"}"),
        "own:2: format 2 is not known to this version of Seriema"
    );
    assert_eq!(error("{\"seriema-secrets\": 1, \"key\": \"00\"}"), "own:2: `key` is not 64 hexadecimal digits");
    assert!(OwnBaseline::read("own", "").is_err());
}

#[test]
fn an_excerpt_masks_all_but_the_secret_that_is_to_be_shown() {
    let (one, other) = (expand("<a-z0-9:30>"), expand("<A-Z:30>"));
    let text = format!("# {one}\r\nA = \"{one}\" # \u{1b}[31m\nB = \"{other}\"\nend");
    let of = |value: &str, from: usize| {
        text[from..].find(value).map(|at| from + at..from + at + value.len()).expect("there")
    };
    let (target, second) = (of(&one, 10), of(&other, 0));
    let excerpt = |show: bool| Excerpt::of(&text, &target, std::slice::from_ref(&second), 1, show);
    let lines = |excerpt: &Excerpt| {
        excerpt
            .lines
            .iter()
            .map(|l| format!("{}{} {}", l.number, if l.is_target { ">" } else { "" }, l.text()))
            .collect::<Vec<_>>()
    };
    let masked = crate::masked(&one);
    let hidden = crate::masked(&other);
    assert_eq!(
        lines(&excerpt(false)),
        [format!("1 # {masked}"), format!("2> A = \"{masked}\" # \\u{{1b}}[31m"), format!("3 B = \"{hidden}\"")]
    );
    assert_eq!(
        lines(&excerpt(true))[1..],
        [format!("2> A = \"{one}\" # \\u{{1b}}[31m"), format!("3 B = \"{hidden}\"")]
    );
    let parts: Vec<Part> = excerpt(false).lines[1].spans.iter().map(|span| span.part).collect();
    assert_eq!(parts, [Part::Plain, Part::Secret, Part::Plain]);
}

#[test]
fn what_only_detect_secrets_found_is_masked_as_a_whole() {
    let body = expand("<A-Za-z0-9+:64>");
    let stripe = expand("sk_live_<0-9a-zA-Z:40>");
    let text =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n{body}\n-----END RSA PRIVATE KEY-----\nK = '{stripe}'\n");
    let entry = |value: &str| json!({"type": "t", "hashed_secret": detect_secrets::sha1_hex(value), "line_number": 1});
    let results = json!({"a.py": [entry("BEGIN RSA PRIVATE KEY"), entry(&stripe[..32])]});
    let baseline = json!({"version": "1.5.0", "results": results}).to_string();
    let baseline = Baseline::read(".secrets.baseline", &baseline).expect("a baseline");
    let file = |_: &str| Some(Audited { text: text.clone(), secrets: Vec::new() });
    let view = View { context: 9, show: false, labelled: false };
    let mut session = Session::new(&baseline, Asks::IsItSecret, view, &file);
    let mut shown = report(&baseline, Only::All, &file);
    while let Some(item) = session.current() {
        let excerpt = item.excerpt.as_ref().expect("it is found");
        excerpt.lines.iter().for_each(|line| shown.push_str(&line.text()));
        session.press('s');
    }
    assert!(shown.contains("K = 'sk_l..."), "{shown}");
    assert!(!shown.contains(&body[..10]) && !shown.contains(&stripe[8..14]), "{shown}");
}

#[test]
fn long_lines_are_cut_around_the_secret() {
    let secret = expand("<a-z0-9:30>");
    let text = format!("{}\"{secret}\"{}", "ab ".repeat(10_000), " yz".repeat(10_000));
    let start = text.find(&secret).expect("there");
    let excerpt = Excerpt::of(&text, &(start..start + 30), &[], 2, true);
    let shown = excerpt.lines[0].text();
    assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains(&secret), "{shown}");
    assert!(shown.len() < 300, "{}", shown.len());
}

fn session(asks: Asks, labelled: bool) -> (Baseline, Session) {
    let values: Vec<String> = (0..3).map(|n| expand(&format!("<a-z0-9:30>{n}"))).collect();
    let text = values.join("\n");
    let mut found: Vec<(&str, &str)> = values.iter().map(|value| ("a.py", value.as_str())).collect();
    let gone = expand("<A-Z:30>");
    found.push(("gone.py", &gone));
    let baseline = Baseline::Own(merged(&own(), &found));
    let all: Vec<&str> = values.iter().map(String::as_str).collect();
    let audited = Audited { secrets: secrets(&text, &all), text };
    let view = View { context: 0, show: false, labelled };
    let session = Session::new(&baseline, asks, view, &|path| (path == "a.py").then(|| audited.clone()));
    (baseline, session)
}

fn keys(session: &Session) -> String {
    session.keys().into_iter().map(|(key, _)| key).collect()
}

#[test]
fn secrets_are_labelled_key_by_key() {
    let (mut baseline, mut session) = session(Asks::IsItSecret, false);
    assert_eq!((session.position(), keys(&session).as_str()), ((1, 4), "ynarsq"));
    assert_eq!(session.question(), "Is this a secret?");
    assert_eq!((session.press('x'), session.press('b')), (Step::Invalid, Step::Invalid), "nothing is before the first");
    assert_eq!(session.press('Y'), Step::Moved);
    session.explain(" asked for \n");
    assert_eq!((session.press('n'), session.press('r')), (Step::Moved, Step::Moved));
    // In files that are gone there is nothing to say.
    assert_eq!((keys(&session).as_str(), session.question()), ("sbq", "What would you like to do?"));
    assert_eq!(session.press('y'), Step::Invalid);
    assert_eq!((session.press('b'), session.press('b'), session.press('s')), (Step::Moved, Step::Moved, Step::Moved));
    assert_eq!((session.press('s'), session.press('s')), (Step::Moved, Step::Done), "skipping took both back");
    assert_eq!((session.press('y'), session.current()), (Step::Done, None));
    session.apply(&mut baseline);
    let labelled: Vec<_> =
        baseline.subjects().into_iter().filter(|s| s.label.is_some()).map(|s| (s.label, s.reason)).collect();
    assert_eq!(labelled, [(Some(Label::Secret), Some("asked for".to_owned()))]);
    assert!(session.is_changed());
}

#[test]
fn quitting_keeps_what_was_said() {
    let (mut baseline, mut session) = session(Asks::MayItStay, false);
    assert_eq!((session.press('y'), session.press('q')), (Step::Moved, Step::Quit));
    session.apply(&mut baseline);
    let labels: BTreeSet<_> = baseline.subjects().iter().map(|subject| subject.label).collect();
    assert_eq!(labels, [None, Some(Label::FalsePositive)].into_iter().collect(), "what may stay is no secret");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}|[{}\\[\\]\",:a-z0-9\n ]{0,80}") {
        drop(Baseline::read("any", &text));
        let header = format!("{{\"seriema-secrets\": 1, \"key\": \"{}\"}}\n", "00".repeat(32));
        drop(OwnBaseline::read("any", &(header + &text)));
    }

    #[test]
    fn a_baseline_that_is_written_is_read_again(
        entries in prop::collection::vec(
            ("\\PC{1,12}", "\\PC{0,8}", any::<u128>(), 0_u32..50, any::<Option<bool>>()), 0..12
        ),
    ) {
        let mut results = serde_json::Map::new();
        for (path, kind, hash, line, label) in &entries {
            let entry = json!({"type": kind, "hashed_secret": format!("{hash:040x}"), "line_number": line, "is_secret": label});
            results.entry(path.clone()).or_insert_with(|| json!([])).as_array_mut().expect("a list").push(entry);
        }
        let first = read(&json!({"version": "1.5.0", "results": results}).to_string()).expect("a baseline");
        let again = read(&first.write()).expect("a baseline");
        prop_assert_eq!(&again, &first);
        prop_assert_eq!(again.write(), first.write());
    }

    #[test]
    fn our_own_baseline_that_is_written_is_read_again(
        entries in prop::collection::vec(
            ("\\PC{0,12}", "\\PC{0,8}", any::<[u8; 10]>(), 0_usize..5, prop::option::of(".{0,12}")), 0..12
        ),
    ) {
        let mut text = own().write();
        for (path, detector, secret, label, reason) in &entries {
            let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            let label = Label::ALL.get(*label).map(|label| label.as_str());
            let line = json!({"secret": secret, "path": path, "detector": detector, "label": label, "reason": reason});
            text.push_str(&format!("{line}\n"));
        }
        let first = OwnBaseline::read("own", &text).expect("a baseline");
        let again = OwnBaseline::read("own", &first.write()).expect("a baseline");
        prop_assert_eq!(again.write(), first.write());
        let lines: Vec<String> = text.lines().rev().map(|line| format!("{line}\n")).collect();
        let turned = OwnBaseline::read("own", &lines.concat()).expect("a baseline");
        prop_assert_eq!(turned.write(), first.write(), "the order of lines does not matter");
    }

    #[test]
    fn merging_twice_is_merging_once(
        found in prop::collection::vec(("[ab]", "[a-f0-9]{3}"), 0..5),
        old in prop::collection::vec(("[ab]", "[a-f0-9]{3}"), 0..5),
    ) {
        let (found, old) = (pairs(&found), pairs(&old));
        let once = merged(&merged(&own(), &old), &found);
        prop_assert_eq!(merged(&once, &found).write(), once.write());
        prop_assert_eq!(once.entries().count(), found.iter().collect::<BTreeSet<_>>().len());
    }

    #[test]
    fn no_excerpt_holds_a_secret(
        before in "[ =\"'a-z\n\t]{0,40}",
        one in "[A-Z0-9]{8,40}",
        between in "[ =\"'a-z\n]{0,30}",
        other in "[A-Z0-9]{8,40}",
        context in 0_usize..4,
    ) {
        let text = format!("{before}{one}{between}{other}{before}{one}");
        let first = before.len()..before.len() + one.len();
        let second = first.end + between.len()..first.end + between.len() + other.len();
        for (target, rest) in [(&first, &second), (&second, &first)] {
            let excerpt = Excerpt::of(&text, target, std::slice::from_ref(rest), context, false);
            let shown: String = excerpt.lines.iter().map(|line| line.text() + "\n").collect();
            for secret in [&one, &other] {
                prop_assert!(!shown.contains(&secret[..secret.len().min(7)]), "{}", shown);
            }
            prop_assert!(excerpt.lines.iter().any(|line| line.is_target));
        }
    }
}
