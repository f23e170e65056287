//! What holds of every text: the same text gives the same secrets, they stand where they are said to stand, and nothing
//! that is formatted or written shows them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use seriema_secrets::baseline::{
    Asks, Audited, Baseline, DetectSecretsBaseline, Diff, Excerpt, Line, Located, Only, OwnBaseline, Scanned, Session,
    Stats, TypeNames, Unfound, View, report,
};
use seriema_secrets::gitleaks::{Candidate, Config, Report};
use seriema_secrets::{Detectors, Scanner, Secret, expand, masked, scan};

const PATHS: &[&str] =
    &["app/settings.py", "config.yaml", ".env", "Dockerfile", "data.json", "notes.md", "poetry.lock"];

/// What the search turns on, in any order: names, marks, quotes, values, and characters of several bytes.
fn hostile() -> impl Strategy<Value = String> {
    let marks = [
        "password",
        "_key",
        "api_key=",
        "secret: ",
        "Authorization: ",
        "Bearer ",
        "ENV ",
        "--",
        "://",
        "postgres://u:",
        "@h",
        "\"",
        "'",
        "`",
        "\"\"\"",
        "\\",
        "\\\"",
        "=",
        "==",
        ":",
        ",",
        "(",
        "[0]",
        "<",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\u{e9}",
        "\u{1f511}",
        "\u{feff}",
        "\u{2028}",
        "-----BEGIN RSA PRIVATE ",
        "KEY-----",
        "-----END ",
        "# pragma: allowlist secret",
        "# pragma: allowlist nextline secret\n",
        "gitleaks:allow",
        "\" \"",
        "\" + \"",
        "{{ x }}",
        "machine h login u ",
    ];
    let values = [
        "AKIA<A-Z2-7:16>",
        "<0-9a-f:32>",
        "<A-Za-z0-9:40>",
        "sk_live_<A-Za-z0-9:24>",
        "gl",
        "pat-<A-Za-z0-9:20>",
        "eyJ<A-Za-z0-9:20>.eyJ<A-Za-z0-9:40>.<A-Za-z0-9:43>",
        "<A-Za-z0-9:700>",
    ];
    let piece = prop_oneof![
        6 => prop::sample::select(marks.to_vec()).prop_map(str::to_owned),
        2 => prop::sample::select(values.to_vec()).prop_map(expand),
        1 => "\\PC{0,12}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn found(path: &str, text: &str) -> Vec<Secret> {
    scan(Detectors::embedded(), path, text)
}

proptest! {
    #[test]
    fn secrets_stand_in_the_text(text in hostile(), path in prop::sample::select(PATHS.to_vec())) {
        let mut end = 0;
        for secret in found(path, &text) {
            prop_assert!(secret.range.start >= end, "{secret:?} begins before the one before it ends");
            end = secret.range.end;
            let there = text.get(secret.range.clone());
            prop_assert!(there.is_some_and(|there| !there.is_empty()), "{secret:?} is not on characters");
            // Pieces that stand in several strings are put together; the first is the one at the place.
            prop_assert!(secret.value.reveal().starts_with(there.unwrap_or_default()), "{secret:?}");
            prop_assert_eq!(secret.line as usize, 1 + text[..secret.range.start].matches('\n').count());
        }
    }

    #[test]
    fn a_text_has_the_same_secrets_whatever_else_is_read(first in hostile(), second in hostile(), path in prop::sample::select(PATHS.to_vec())) {
        let before = found(path, &first);
        found(path, &second);
        prop_assert_eq!(&found(path, &first), &before);
        let elsewhere = std::thread::scope(|scope| scope.spawn(|| found(path, &first)).join());
        prop_assert_eq!(elsewhere.ok(), Some(before));
    }

    #[test]
    fn what_stands_before_a_text_moves_its_secrets(text in hostile(), lines in 1..200_usize) {
        // More than any window reaches.
        let before = "x = 1\n".repeat(lines.max(180));
        let moved = found("a.py", &format!("{before}{text}"));
        let places = |secrets: &[Secret], by: usize| -> Vec<_> {
            secrets.iter().map(|secret| (secret.detector.clone(), secret.range.start + by, secret.value.clone())).collect()
        };
        prop_assert_eq!(places(&moved, 0), places(&found("a.py", &text), before.len()));
    }
}

/// Whether five characters in a row of a secret's middle, which no mask shows, stand in a text.
fn shows(text: &str, secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    let middle = &characters[4..characters.len() - 2];
    middle.windows(5).any(|part| text.contains(&part.iter().collect::<String>()))
}

fn whole(excerpt: &Excerpt) -> String {
    excerpt.lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
}

fn formatted(value: &impl Debug) -> [String; 2] {
    [format!("{value:?}"), format!("{value:#?}")]
}

proptest! {
    // The hash of our own baseline is slow, as it should be.
    #![proptest_config(ProptestConfig::with_cases(6))]
    // Each five characters hold one that is in no hash.
    #[test]
    fn nothing_shows_a_secret(secret in "([G-Z][g-z][2-9][G-Z]){6}") {
        let path = "app/settings.py";
        let text = format!("import os\n\nPASSWORD = \"{secret}\"\nURL = \"postgres://app:{secret}@db.internal/x\"\n");
        let secrets = found(path, &text);
        prop_assume!(!secrets.is_empty());
        let mut out: Vec<String> = Vec::new();
        for found in &secrets {
            prop_assert!(found.value.reveal().contains(&secret));
            out.extend([found.value.to_string(), masked(found.value.reveal())]);
            out.extend(formatted(found));
            out.extend(formatted(&found.value));
        }
        let located: Vec<Located<'_>> = secrets.iter().map(|secret| Located { path, text: &text, secret }).collect();
        out.extend(formatted(&located));
        let line = text.lines().nth(2).unwrap_or_default();
        out.extend(formatted(&Candidate { path, commit: None, rules: &[], secret: &secret, matched: line, line }));

        let theirs = serde_json::json!([{"RuleID": "r", "Match": line, "Secret": secret, "File": path, "StartLine": 3}]);
        let theirs = Report::read("report.json", &theirs.to_string()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        out.extend(formatted(&theirs));
        out.extend(formatted(&Scanner::embedded().with_report(theirs)));
        out.extend(formatted(&Scanner::embedded().scan(path, &text, None)));
        // Errors say where, not what.
        out.extend(Report::read("r.json", &format!("[{{\"RuleID\": {{\"{secret}\": 1}}}}]")).err().map(|error| error.to_string()));
        out.extend(Baseline::read("b", &format!("{{\"version\": \"1.5.0\", \"results\": \"{secret}\"}}")).err().map(|e| e.to_string()));
        out.extend(Config::read("c.toml", &format!("title = {secret}\n")).err().map(|error| error.to_string()));

        let text_of = |_: &str| Some(text.clone());
        let scanned = Scanned { found: &located, files: None, unfound: Unfound::Goes, text_of: &text_of };
        out.extend(formatted(&scanned));
        let types = TypeNames::of(Detectors::embedded());
        let both = [
            Baseline::DetectSecrets(DetectSecretsBaseline::new("b").merged(&scanned, &types)),
            Baseline::Own(OwnBaseline::new("b", [7; 32]).merged(&scanned)),
        ];
        let empty = [Baseline::DetectSecrets(DetectSecretsBaseline::new("b")), Baseline::Own(OwnBaseline::new("b", [7; 32]))];
        let files = BTreeMap::from([(path, Audited { text: text.clone(), secrets: secrets.clone() })]);
        let file = |path: &str| files.get(path).cloned();
        for (baseline, empty) in both.iter().zip(&empty) {
            prop_assert!(!baseline.subjects().is_empty());
            out.push(baseline.write());
            out.extend(formatted(baseline));
            out.extend(formatted(&baseline.subjects()));
            let stats = Stats::of(baseline);
            out.extend([stats.text(), stats.json()]);
            let diff = Diff::between(empty, baseline).map_err(TestCaseError::fail)?;
            out.extend([diff.text(), diff.json()]);
            out.extend(formatted(&diff));
            out.extend(formatted(&files));
            out.push(report(baseline, Only::All, &file));
            let view = View { context: 5, show: false, labelled: true };
            let session = Session::new(baseline, Asks::IsItSecret, view, &file);
            out.extend(formatted(&session));
            let shown = session.current().and_then(|item| item.excerpt.as_ref()).map(whole);
            prop_assert!(shown.as_ref().is_some_and(|shown| shown.contains("PASSWORD")), "{shown:?}");
            out.extend(shown);
        }
        for text in out {
            // The secret's own text is not told by a failure either.
            prop_assert!(!shows(&text, &secret), "a secret is shown in: {}", text.replace(&secret, "SECRET"));
        }
    }
}

#[test]
fn what_is_shown_is_seen() {
    let secret = expand("<A-Za-z0-9:24>");
    assert!(shows(&format!("x{}y", &secret[6..11]), &secret));
    assert!(!shows(&masked(&secret), &secret));
}
