//! Baselines that detect-secrets itself wrote (`baselines/make.py`) are read, and written as it would write them.
#![allow(clippy::disallowed_methods, reason = "reads the baselines beside it")]

use std::collections::{BTreeMap, BTreeSet};

use seriema_secrets::baseline::{
    Asks, Audited, Baseline, DetectSecretsBaseline, Diff, Label, Likeness, Located, OwnBaseline, Scanned, Session,
    Settings, Stats, Step, TypeNames, Unfound, View, report, utc,
};
use seriema_secrets::{Detectors, Secret, Value, expand, scan};

const NAME: &str = ".secrets.baseline";

fn kept(name: &str) -> String {
    let path = format!("{}/tests/baselines/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read(name: &str) -> DetectSecretsBaseline {
    DetectSecretsBaseline::read(NAME, &kept(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// `<alnum:18:1>`: 18 characters of a class, made from the seed 1 as in `make.py`.
fn made(class: &str, count: usize, seed: u64) -> String {
    let letters: Vec<char> = match class {
        "alnum" => ('A'..='Z').chain('a'..='z').chain('0'..='9').collect(),
        "base32" => ('A'..='Z').chain('2'..='7').collect(),
        "hex" => ('0'..='9').chain('a'..='f').collect(),
        _ => panic!("no class {class}"),
    };
    let mut state = seed;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        letters[usize::try_from(state >> 16).expect("16 bits") % letters.len()]
    };
    (0..count).map(|_| next()).collect()
}

/// A secret of any kind, to make others of.
fn any_secret() -> Secret {
    let text = expand("AWS_ID = \"AKIA<A-Z2-7:16>\"");
    scan(Detectors::embedded(), "a.py", &text).into_iter().next().expect("an AWS key")
}

/// A project's files, with the secrets that stand in them.
struct Project(BTreeMap<String, Audited>);

impl Project {
    /// Of templates; each placeholder, with `AKIA` or `ghp_` before it, is a secret, and so is a private key as a whole.
    fn of(parts: &[&str]) -> Self {
        let aws = Detectors::embedded().all().iter().find(|d| d.aliases.iter().any(|a| a.contains(":AWSKeyDetector")));
        let aws = &aws.expect("a detector of AWS keys").id;
        let mut files = BTreeMap::new();
        for part in parts {
            let mut path = String::new();
            for line in kept(part).lines() {
                if let Some(name) = line.strip_prefix("== ") {
                    path = name.to_owned();
                    continue;
                }
                let file = files.entry(path.clone()).or_insert(Audited { text: String::new(), secrets: Vec::new() });
                let Some((before, rest)) = line.split_once('<') else {
                    file.text.push_str(&format!("{line}\n"));
                    continue;
                };
                let (placeholder, after) = rest.split_once('>').expect("a placeholder");
                let [class, count, seed] = placeholder.split(':').collect::<Vec<_>>()[..] else { panic!("{line}") };
                let value = made(class, count.parse().expect("a count"), seed.parse().expect("a seed"));
                let prefix = ["AKIA", "ghp_"].into_iter().find(|prefix| before.ends_with(prefix)).unwrap_or_default();
                let start = file.text.len() + before.len() - prefix.len();
                let value = format!("{prefix}{value}");
                let line_number = u32::try_from(file.text.matches('\n').count() + 1).expect("few lines");
                file.text.push_str(&format!("{}{value}{after}\n", before.strip_suffix(prefix).expect("the prefix")));
                if !path.ends_with(".pem") {
                    let detector = if prefix == "AKIA" { aws.clone() } else { "generic-secret".to_owned() };
                    let range = start..start + value.len();
                    file.secrets.push(Secret {
                        detector,
                        range,
                        value: Value::new(&value),
                        line: line_number,
                        ..any_secret()
                    });
                }
            }
        }
        for (_, file) in files.iter_mut().filter(|(path, _)| path.ends_with(".pem")) {
            let range = 0..file.text.trim_end().len();
            file.secrets.push(Secret { value: Value::new(&file.text[range.clone()]), range, line: 1, ..any_secret() });
        }
        Self(files)
    }

    fn found(&self) -> Vec<Located<'_>> {
        let mut found = Vec::new();
        for (path, file) in &self.0 {
            found.extend(file.secrets.iter().map(|secret| Located { path, text: &file.text, secret }));
        }
        found
    }

    fn values(&self) -> BTreeSet<&str> {
        self.0.values().flat_map(|file| file.secrets.iter().map(|secret| secret.value.reveal())).collect()
    }

    fn file(&self, path: &str) -> Option<Audited> {
        self.0.get(path).cloned()
    }
}

fn scanned<'a>(
    found: &'a [Located<'a>],
    files: Option<&'a BTreeSet<String>>,
    text_of: &'a dyn Fn(&str) -> Option<String>,
) -> Scanned<'a> {
    Scanned { found, files, unfound: Unfound::Goes, text_of }
}

const fn nothing(_: &str) -> Option<String> {
    None
}

fn types() -> TypeNames {
    TypeNames::of(Detectors::embedded())
}

#[test]
fn what_detect_secrets_wrote_is_written_byte_for_byte() {
    for name in ["first", "labelled", "hooked", "rescanned", "options", "empty", "0.14.3-upgraded", "1.0.3-upgraded"] {
        let text = kept(&format!("{name}.baseline"));
        let baseline = DetectSecretsBaseline::read(NAME, &text).expect("a baseline");
        assert!(baseline.write() == text, "{name} is written otherwise:\n{}", baseline.write());
    }
    // Without lines, their order cannot be read again.
    assert_eq!(read("first.baseline").write_slim(), kept("slim.baseline"));
}

#[test]
fn a_new_baseline_is_one_without_options() {
    let mut new = DetectSecretsBaseline::new(NAME);
    new.set_generated_at(read("empty.baseline").generated_at().expect("a time").to_owned());
    assert_eq!(new.write(), kept("empty.baseline"));
}

#[test]
fn older_baselines_are_upgraded_as_detect_secrets_does() {
    let none = BTreeSet::new();
    for version in ["0.14.3", "1.0.3"] {
        let old = read(&format!("{version}.baseline"));
        let upgraded = kept(&format!("{version}-upgraded.baseline"));
        let mut new = old.trimmed(&scanned(&[], Some(&none), &nothing)).expect("there is something to write");
        let time = DetectSecretsBaseline::read(NAME, &upgraded).expect("a baseline").generated_at().map(str::to_owned);
        new.set_generated_at(time.expect("a time"));
        assert_eq!(new.write(), upgraded, "{version}");
        assert!(old.notes().is_empty());
    }
}

#[test]
fn a_project_that_has_a_baseline_is_quiet_from_the_first_run() {
    let project = Project::of(&["before.txt"]);
    for name in ["first", "labelled", "slim", "0.14.3", "1.0.3"] {
        let baseline = read(&format!("{name}.baseline"));
        let unknown: Vec<_> = project.found().into_iter().filter(|located| baseline.known(located).is_none()).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
    let baseline = read("first.baseline");
    let likeness = |path: &str, at: usize| {
        let file = &project.0[path];
        baseline.known(&Located { path, text: &file.text, secret: &file.secrets[at] }).map(|known| known.likeness)
    };
    assert_eq!(likeness("app/settings.py", 1), Some(Likeness::Value));
    assert_eq!(likeness("keys/server.pem", 0), Some(Likeness::Piece), "it hashes `BEGIN RSA PRIVATE KEY`");
    // The same value in another file is another secret.
    let file = &project.0["app/settings.py"];
    assert_eq!(baseline.known(&Located { path: "b.py", text: &file.text, secret: &file.secrets[1] }), None);
}

#[test]
fn a_new_scan_is_merged_as_detect_secrets_does() {
    let project = Project::of(&["after.txt", "new.txt"]);
    let found = project.found();
    let mut merged = read("labelled.baseline").merged(&scanned(&found, None, &nothing), &types());
    let expected = kept("rescanned.baseline");
    merged.set_generated_at(read("rescanned.baseline").generated_at().expect("a time").to_owned());
    assert_eq!(merged.write(), expected);
    let again = merged.merged(&scanned(&found, None, &nothing), &types());
    assert_eq!(again.write(), expected, "merging twice is merging once");
}

#[test]
fn the_hook_updates_as_detect_secrets_does() {
    let project = Project::of(&["after.txt"]);
    let found = project.found();
    let files: BTreeSet<String> = project.0.keys().cloned().collect();
    let mut trimmed = read("labelled.baseline").trimmed(&scanned(&found, Some(&files), &nothing)).expect("lines moved");
    trimmed.set_generated_at(read("hooked.baseline").generated_at().expect("a time").to_owned());
    assert_eq!(trimmed.write(), kept("hooked.baseline"));
    assert_eq!(trimmed.trimmed(&scanned(&found, Some(&files), &nothing)), None, "nothing moved since");
    let slim = DetectSecretsBaseline::read(NAME, &trimmed.write_slim()).expect("a slim baseline");
    assert_eq!(slim.trimmed(&scanned(&found, Some(&files), &nothing)), None, "slim baselines have no lines");
}

#[test]
fn what_only_detect_secrets_finds_stays_while_it_is_there() {
    let project = Project::of(&["after.txt"]);
    let text_of = |path: &str| project.file(path).map(|file| file.text);
    let old = read("labelled.baseline");
    let all = Scanned { found: &[], files: None, unfound: Unfound::StaysWhilePresent, text_of: &text_of };
    let kept: Vec<_> =
        old.merged(&all, &types()).entries().map(|e| (e.filename.clone(), e.line_number, e.is_secret)).collect();
    let hooked = read("hooked.baseline");
    let expected = hooked.entries().filter(|entry| entry.filename != "gone.py");
    let expected: Vec<_> = expected.map(|e| (e.filename.clone(), e.line_number, e.is_secret)).collect();
    assert_eq!(kept, expected);
    let goes = Scanned { unfound: Unfound::Goes, ..all };
    assert_eq!(old.merged(&goes, &types()).entries().count(), 0);
}

#[test]
fn settings_are_honoured() {
    let settings = Settings::of(&read("options.baseline")).expect("settings");
    assert!(
        settings.excludes_file("deploy/a.yml") && settings.excludes_file("a.pem") && !settings.excludes_file("a.py")
    );
    assert!(settings.excludes_line("DIGEST = 1") && !settings.excludes_line("digest = 1"));
    assert!(settings.excludes_secret("AKIAB") && !settings.excludes_secret("AKIAZ"));
    assert_eq!((settings.base64_limit, settings.hex_limit), (Some(4.25), Some(2.0)));
    assert_eq!(settings.absent_plugins, ["NpmDetector"]);
    assert!(settings.notes.is_empty());
    let old = Settings::of(&read("0.14.3.baseline")).expect("settings");
    assert!(old.excludes_file("docs/a") && old.excludes_line("never mind"));
    assert!(old.absent_plugins.contains(&"GitHubTokenDetector"), "younger than 0.14");
}

#[test]
fn statistics_are_those_of_detect_secrets() {
    let baseline = Baseline::read(NAME, &kept("rescanned.baseline")).expect("a baseline");
    assert_eq!(Stats::of(&baseline).json(), kept("stats.json"));
}

#[test]
fn a_baseline_is_labelled_as_with_detect_secrets() {
    let project = Project::of(&["before.txt"]);
    let mut baseline = Baseline::read(NAME, &kept("first.baseline")).expect("a baseline");
    let view = View { context: 2, show: false, labelled: false };
    let mut session = Session::new(&baseline, Asks::MayItStay, view, &|path| project.file(path));
    for key in "nysnyn".chars() {
        assert!(session.current().is_some_and(|item| item.excerpt.is_some()), "{:?}", session.current());
        assert_eq!(session.press(key), Step::Moved);
    }
    assert_eq!(session.press('q'), Step::Quit);
    session.apply(&mut baseline);
    let Baseline::DetectSecrets(mut baseline) = baseline else { panic!("of detect-secrets") };
    baseline.set_generated_at(read("labelled.baseline").generated_at().expect("a time").to_owned());
    let shown = |text: &str| text.lines().filter(|line| !line.contains("is_baseline_file")).count();
    assert_eq!(shown(&baseline.write()), shown(&kept("first.baseline")) + 5);
    let labels = |baseline: &DetectSecretsBaseline| baseline.entries().map(|e| e.is_secret).collect::<Vec<_>>();
    assert_eq!(labels(&baseline), labels(&read("labelled.baseline")));
}

#[test]
fn nothing_that_is_written_or_shown_holds_a_secret() {
    let project = Project::of(&["before.txt", "new.txt"]);
    let found = project.found();
    let all = scanned(&found, None, &nothing);
    let merged = Baseline::DetectSecrets(read("labelled.baseline").merged(&all, &types()));
    let own = Baseline::Own(OwnBaseline::new("own", [7; 32]).merged(&all));
    let mut out = format!("{all:?}{found:?}");
    for baseline in [&merged, &own] {
        assert!(!baseline.subjects().is_empty());
        let view = View { context: 5, show: false, labelled: true };
        let mut session = Session::new(baseline, Asks::IsItSecret, view, &|path| project.file(path));
        out.push_str(&format!("{session:?}"));
        while let Some(item) = session.current() {
            let excerpt = item.excerpt.as_ref().expect("it is there");
            excerpt.lines.iter().for_each(|line| out.push_str(&format!("{}\n", line.text())));
            session.press('s');
        }
        let stats = Stats::of(baseline);
        let empty = match baseline {
            Baseline::Own(_) => Baseline::Own(OwnBaseline::new("own", [7; 32])),
            Baseline::DetectSecrets(_) => Baseline::DetectSecrets(DetectSecretsBaseline::new(NAME)),
        };
        let diff = Diff::between(&empty, baseline).expect("the same format");
        let report = report(baseline, seriema_secrets::baseline::Only::All, &|path| project.file(path));
        out.extend([
            baseline.write(),
            stats.text(),
            stats.json(),
            diff.text(),
            diff.json(),
            report,
            format!("{baseline:?}"),
        ]);
    }
    for value in project.values() {
        // Not even the half of it.
        let half = &value[value.len() / 4..value.len() / 4 + value.len() / 2];
        assert!(
            !out.contains(half),
            "it is told: {}",
            out.split(half).next().unwrap_or_default().lines().last().unwrap_or_default()
        );
    }
}

#[test]
fn a_report_says_what_was_said() {
    let project = Project::of(&["after.txt", "new.txt"]);
    let baseline = Baseline::read(NAME, &kept("rescanned.baseline")).expect("a baseline");
    let real = report(&baseline, seriema_secrets::baseline::Only::Real, &|path| project.file(path));
    let real: serde_json::Value = serde_json::from_str(&real).expect("JSON");
    let results = real["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["category"] != "VERIFIED_FALSE"));
    let twice = results.iter().find(|result| result["filename"] == "zoo/keys.py").expect("the file");
    assert_eq!(twice["lines"].as_object().expect("lines").keys().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(twice["types"][0], "AWS Access Key");
    let wrong = report(&baseline, seriema_secrets::baseline::Only::False, &|path| project.file(path));
    assert_eq!(wrong.matches("\"category\": \"VERIFIED_FALSE\"").count(), 2);
    assert_eq!(wrong.matches("\"category\"").count(), 2);
}

#[test]
fn two_baselines_differ_in_what_was_done() {
    let baseline = |name: &str| Baseline::read(NAME, &kept(name)).expect("a baseline");
    let diff = Diff::between(&baseline("labelled.baseline"), &baseline("rescanned.baseline")).expect("comparable");
    let paths = |subjects: &[seriema_secrets::baseline::Subject]| -> Vec<String> {
        subjects.iter().map(|subject| format!("{}:{}", subject.path, subject.line.unwrap_or(0))).collect()
    };
    assert_eq!(paths(&diff.added), ["app/new.py:1", "zoo/keys.py:1"]);
    assert_eq!(paths(&diff.removed), ["app/settings.py:8", "gone.py:1"]);
    assert!(diff.changed.len() >= 7 && diff.text().contains("~ deploy/values.yml:2  Secret Keyword  (line 1 -> 2)"));
    let same = Diff::between(&baseline("first.baseline"), &baseline("first.baseline")).expect("comparable");
    assert!(same.is_empty() && same.text().is_empty());
    let labels = Diff::between(&baseline("first.baseline"), &baseline("labelled.baseline")).expect("comparable");
    assert_eq!(labels.changed.len(), 5);
    assert!(labels.text().contains("(not labelled -> false-positive)"), "{}", labels.text());
    assert_eq!(labels.changed.iter().filter(|change| change.after.label == Some(Label::Secret)).count(), 3);
}

#[test]
fn times_are_those_of_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_199, "2024-02-29T23:59:59Z"),
        (1_709_251_200, "2024-03-01T00:00:00Z"),
        (1_795_449_738, "2026-11-23T16:02:18Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(utc(seconds), text);
    }
}
