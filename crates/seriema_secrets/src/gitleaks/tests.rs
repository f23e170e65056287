//! What projects have for gitleaks, and what it makes of findings.

use proptest::prelude::*;

use super::*;
use crate::Value;
use crate::baseline::Located;
use crate::detector::Detectors;
use crate::generate::expand;
use crate::scan::{Secret, scan};

const FILE: &str = ".gitleaks.toml";

fn read(text: &str) -> Config {
    Config::read(FILE, text).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> String {
    Config::read(FILE, text).err().map(|error| error.to_string()).unwrap_or_default()
}

const GITHUB: &[&str] = &["github-token", "gitleaks:github-pat"];

fn candidate<'a>() -> Candidate<'a> {
    Candidate {
        path: "app/settings.py",
        commit: None,
        rules: GITHUB,
        secret: "abcDEF123",
        matched: "key = abcDEF123",
        line: "  key = abcDEF123 # test",
    }
}

/// Why the candidate passes: line and reason.
fn why(config: &Config, candidate: &Candidate<'_>) -> Option<(u32, String)> {
    config.allows(candidate).map(|allowed| (allowed.line, allowed.reason))
}

fn passes(config: &str, candidate: &Candidate<'_>) -> bool {
    read(config).allows(candidate).is_some()
}

#[test]
fn an_allowlist_lets_pass_by_any_of_its_checks() {
    let config = read(
        "title = 'x'\n[allowlist]\ndescription = 'generated'\npaths = ['''^vendor/''']\ncommits = ['ABC']\nregexes = ['^xyz$']\nstopwords = ['Def1']\n",
    );
    let plain = Candidate { secret: "other", ..candidate() };
    let generated = Some((2, "generated".to_owned()));
    assert_eq!(why(&config, &plain), None);
    assert_eq!(why(&config, &Candidate { path: "vendor/a.py", ..plain }), generated);
    assert_eq!(why(&config, &Candidate { commit: Some("abc"), ..plain }), generated);
    assert_eq!(why(&config, &Candidate { secret: "xyz", ..plain }), generated);
    assert_eq!(why(&config, &candidate()), generated, "stop words are found in any case");
    assert_eq!(why(&read("[allowlist]\npaths = ['settings']"), &plain), Some((1, "allowlist by paths".to_owned())));
}

#[test]
fn with_and_all_checks_have_to_hold() {
    let config = read("[[allowlists]]\ncondition = 'AND'\npaths = ['^app/']\nregexes = ['^abc']\n");
    assert!(config.allows(&candidate()).is_some());
    assert!(config.allows(&Candidate { path: "b.py", ..candidate() }).is_none());
    assert!(config.allows(&Candidate { secret: "x", ..candidate() }).is_none());
}

#[test]
fn regexes_look_at_the_secret_the_match_or_the_line() {
    let with = |target: &str, regex: &str| {
        passes(&format!("[allowlist]\nregexTarget = '{target}'\nregexes = ['{regex}']"), &candidate())
    };
    assert!(with("secret", "^abc") && !with("secret", "key"));
    assert!(with("match", "^key = abc") && !with("match", "# test"));
    assert!(with("line", "# test$"));
    assert!(passes("[allowlist]\nREGEXTARGET = 'line'\nRegexes = '# test'", &candidate()), "keys are in any case");
}

#[test]
fn lists_of_rules_are_for_what_answers_to_them() {
    let config = "[[rules]]\nid = 'github-pat'\n[[rules.allowlists]]\npaths = ['settings']\n";
    assert!(passes(config, &candidate()));
    assert!(!passes(config, &Candidate { rules: &["gitleaks:gitlab-pat"], ..candidate() }));
    let targeted = "[[allowlists]]\ntargetRules = ['github-pat', 'mine']\nstopwords = ['abc']\n";
    assert!(passes(targeted, &candidate()) && passes(targeted, &Candidate { rules: &["mine"], ..candidate() }));
    assert!(!passes(targeted, &Candidate { rules: &["other"], ..candidate() }));
    let old = "[[rules]]\nid = 'x'\nregex = 'x'\n[rules.allowlist]\nregexes = ['abc']\n";
    assert!(passes(old, &Candidate { rules: &["x"], ..candidate() }) && !passes(old, &candidate()));
}

#[test]
fn rules_that_are_switched_off_find_nothing() {
    let config = read("[extend]\nuseDefault = true\ndisabledRules = [ 'github-pat', 'slack-bot-token']");
    assert_eq!(why(&config, &candidate()), Some((3, "its rule is switched off (`disabledRules`)".to_owned())));
    assert!(config.uses_default());
    let both = Candidate { rules: &["gitleaks:slack-bot-token", "gitleaks:slack-legacy-bot-token"], ..candidate() };
    assert_eq!(why(&config, &both), None, "one of its rules is on");
    assert_eq!(why(&config, &Candidate { rules: &["generic-secret"], ..candidate() }), None);
}

#[test]
fn a_rule_without_regex_changes_the_one_that_gitleaks_has() {
    let config = read("[extend]\nuseDefault = true\n[[rules]]\nid = 'github-pat'\nentropy = 3.1\n");
    assert!(config.rules().is_empty());
    assert_eq!(
        why(&config, &Candidate { secret: "aaaabbbb", ..candidate() }),
        Some((3, "its entropy is too low".to_owned()))
    );
    assert_eq!(why(&config, &candidate()), None);
}

#[test]
fn own_rules_find_what_they_say() {
    let config = read(
        r#"
[[rules]]
id = "acme"
description = "ACME token"
regex = '''(?i)acme_(?:id=(\w+)|key=(\w{4,}))'''
keywords = ["ACME_"]
tags = ["x", "y"]
entropy = 1.5
[[rules]]
id = "second-group"
regex = 'p=(\w+) s=(\w+)'
secretGroup = 2
path = '\.conf$'
[[rules]]
id = "file"
path = '(^|/)\.htpasswd$'
"#,
    );
    let found = |path: &str, text: &str| -> Vec<(String, String)> {
        let hits = config.find(path, text).into_iter();
        hits.map(|(rule, hit)| (rule.id.clone(), text[hit.secret].to_owned())).collect()
    };
    let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
    assert_eq!(found("a.py", "ACME_id=abcd acme_key=efgh acme_key=aaaa"), [pair("acme", "abcd"), pair("acme", "efgh")]);
    assert_eq!(found("a.conf", "p=one s=two"), [pair("second-group", "two")]);
    assert_eq!(found("a.py", "p=one s=two"), []);
    assert_eq!(found("web/.htpasswd", ""), [pair("file", "")]);
    let rule = &config.rules()[0];
    assert_eq!(
        (rule.line, rule.keywords.as_slice(), rule.tags.len(), rule.entropy),
        (2, &["acme_".to_owned()][..], 2, Some(1.5))
    );
    let translated = rule.regex.as_deref().expect("a regex");
    assert!(regex::bytes::Regex::new(translated).is_ok_and(|regex| regex.is_match(b"Acme_key=abcd")), "{translated}");
}

#[test]
fn configurations_extend_others() {
    let mut config = read(
        "[extend]\npath = 'base.toml'\ndisabledRules = ['off']\n[[rules]]\nid = 'a'\nregex = 'own'\n[[rules]]\nid = 'b'\nentropy = 3\ndescription = 'mine'\n",
    );
    assert_eq!(config.extends(), Some("base.toml"));
    let base = Config::read(
        "base.toml",
        "[[rules]]\nid = 'a'\nregex = 'base'\n[[rules]]\nid = 'b'\nregex = 'b+'\n[[rules]]\nid = 'off'\nregex = 'c'\n[allowlist]\npaths = ['settings']\n",
    );
    config.extend(base.expect("a configuration"));
    let rules: Vec<_> =
        config.rules().iter().map(|r| (r.id.as_str(), r.regex.as_deref(), r.entropy, r.description.as_str())).collect();
    assert_eq!(rules, [("a", Some("own"), None, ""), ("b", Some("b+"), Some(3.0), "mine")]);
    assert_eq!(
        config.allows(&candidate()).map(|allowed| (allowed.file, allowed.line)),
        Some(("base.toml".to_owned(), 10))
    );
    assert_eq!(config.extends(), None);
    assert_eq!(config.find("x", "own base").len(), 1);
}

#[test]
fn a_broken_configuration_says_where_but_not_what() {
    assert_eq!(error("a = 1\nb = hunter2"), ".gitleaks.toml:2: string values must be quoted, expected literal string");
    assert_eq!(error("[[rules]]\nregex = 'a'"), ".gitleaks.toml:1: a rule has no `id`");
    assert_eq!(
        error("[[rules]]\nid = 'a'\nregex = '''hunter2('''"),
        ".gitleaks.toml:3: `regex`: no regex: unclosed group"
    );
    assert_eq!(
        error("[allowlist]\nregexes = ['ok',\n  '(?=hunter2)']"),
        ".gitleaks.toml:3: `regexes`: look-around is not supported"
    );
    assert_eq!(error("[allowlist]\npaths = [1]"), ".gitleaks.toml:2: expected a string");
    assert_eq!(
        error("\n[allowlist]\n"),
        ".gitleaks.toml:2: an allowlist needs `commits`, `paths`, `regexes` or `stopwords`"
    );
    assert_eq!(
        error("[allowlist]\ncondition = 'xor'\npaths = ['a']"),
        ".gitleaks.toml:1: `condition` is neither `and` nor `or`"
    );
    assert_eq!(
        error("[allowlist]\nregexTarget = 'x'\npaths = ['a']"),
        ".gitleaks.toml:1: `regexTarget` is none of `secret`, `match`, `line`"
    );
    assert_eq!(
        error("[[rules]]\nid = 'a'\nregex = 'a'\nsecretGroup = 1"),
        ".gitleaks.toml:1: `secretGroup` is 1, but the regex has no such group"
    );
    assert_eq!(error("[[rules]]\nid = 'a'\nregex = 'a'\nentropy = 'x'"), ".gitleaks.toml:4: expected a number");
    assert_eq!(
        error("[[rules]]\nid = 'a'\nregex = 'a'\n[[rules]]\nid = 'a'\nregex = 'b'"),
        ".gitleaks.toml:4: there is another rule `a`"
    );
    assert_eq!(
        error("[extend]\nuseDefault = true\npath = 'x'"),
        ".gitleaks.toml:1: `path` and `useDefault` do not go together"
    );
    assert_eq!(
        error("[allowlist]\npaths = ['a']\n[[allowlists]]\npaths = ['a']"),
        ".gitleaks.toml:1: `allowlist` and `allowlists` do not go together"
    );
    assert_eq!(
        error("[[rules]]\nid = 'a'\nregex = '(\\w{1000}){1000}'"),
        ".gitleaks.toml:3: `regex`: the regex takes more than 4 MiB"
    );
    let many = format!("[allowlist]\npaths = [{}]", "'a',".repeat(2_001));
    assert_eq!(error(&many), ".gitleaks.toml:2: too many regexes");
}

#[test]
fn what_is_not_done_is_named() {
    let config = read(
        "minVersion = 'v8'\n[extend]\nurl = 'http://x'\n[[rules]]\nid = 'a'\nregex = 'a'\nregx = 'b'\nskipReport = true\n[[rules.required]]\nid = 'b'\n",
    );
    let notes: Vec<String> = config.notes().iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            ".gitleaks.toml:3: `url` is not read: nothing is fetched",
            ".gitleaks.toml:7: `regx` means nothing here",
            ".gitleaks.toml:9: `required` of the rule `a`: that other rules have to match nearby is not checked: it is reported without them",
            ".gitleaks.toml:8: `skipReport` of the rule `a`: it is reported all the same",
        ]
    );
}

#[test]
fn fingerprints_are_ignored() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let text = format!(
        "# known\n\n a.py:github-pat:3 \n{commit}:src\\b.py:github-pat:7\nC:/x:y.py:generic-api-key:1\nnonsense\na:b:c\n"
    );
    let ignore = Ignore::read(".gitleaksignore", &text);
    assert!(ignore.ignores("a.py", None, GITHUB, 3) && ignore.ignores("a.py", Some(commit), GITHUB, 3));
    assert!(!ignore.ignores("a.py", None, GITHUB, 4) && !ignore.ignores("b.py", None, GITHUB, 3));
    assert!(!ignore.ignores("a.py", None, &["gitleaks:gitlab-pat"], 3));
    let upper = commit.to_uppercase();
    assert!(ignore.ignores("src/b.py", Some(&upper), GITHUB, 7) && !ignore.ignores("src/b.py", None, GITHUB, 7));
    assert!(ignore.ignores("C:/x:y.py", None, GITHUB, 1), "what its general rule found, may have another name here");
    assert_eq!((ignore.len(), ignore.is_empty()), (3, false));
    let notes: Vec<Option<u32>> = ignore.notes().iter().map(|note| note.line).collect();
    assert_eq!(notes, [Some(6), Some(7)]);
}

/// A file's text, and a secret in it.
fn found(text: &str, value: &str) -> Secret {
    let any =
        scan(Detectors::embedded(), "a.py", &expand("A = \"AKIA<A-Z2-7:16>\"")).into_iter().next().expect("an AWS key");
    let start = text.find(value).expect("the value is in the text");
    let line = u32::try_from(text[..start].matches('\n').count() + 1).expect("few lines");
    Secret { range: start..start + value.len(), value: Value::new(value), line, ..any }
}

#[test]
fn what_gitleaks_reported_is_known() {
    let (one, other) = (expand("ghp_<A-Za-z0-9:36>"), expand("<a-z0-9:36>_phg"));
    let text = format!("\nkey = \"{one}\"\nkey = \"{other}\"\n");
    let (first, second) = (found(&text, &one), found(&text, &other));
    let located = |secret| Located { path: "app/a.py", text: &text, secret };
    let report = |file: &str, line: u32, secret: &str, matched: &str, entropy: f64| {
        let finding = serde_json::json!([{"RuleID": "github-pat", "StartLine": line, "EndLine": line, "File": file, "Secret": secret,
            "Match": matched, "Entropy": entropy, "Commit": "", "Tags": [], "Fingerprint": "x"}]);
        Report::read("report.json", &finding.to_string()).expect("a report")
    };
    let bits = crate::judge::entropy(&one);
    let whole = report("app/a.py", 90, &one, &one, bits);
    assert!(whole.knows(&located(&first), &["whatever"]) && !whole.knows(&located(&second), GITHUB), "lines may move");
    assert!(report("/ci/build/app/a.py", 2, &one, &one, bits).knows(&located(&first), GITHUB));
    assert!(!report("other/app/a.py", 2, &one, &one, bits).knows(&located(&first), GITHUB));
    // One sees more of it than the other.
    assert!(report("app/a.py", 2, &one[4..], &one, bits).knows(&located(&first), GITHUB));
    assert!(!report("app/a.py", 3, &one[4..], &one, bits).knows(&located(&first), GITHUB));
    // Without the value there are rule, entropy and what stands around it.
    let hidden = report("app/a.py", 90, "REDACTED", "key = \"REDACTED\"", bits);
    assert!(hidden.knows(&located(&first), GITHUB) && hidden.knows(&located(&first), &["generic-secret"]));
    assert!(!hidden.knows(&located(&first), &["gitleaks:gitlab-pat"]) && !hidden.knows(&located(&second), GITHUB));
    assert!(!report("app/a.py", 2, "REDACTED", "token = \"REDACTED\"", bits).knows(&located(&first), GITHUB));
    assert!(!report("app/a.py", 2, "REDACTED", "REDACTED", bits + 0.01).knows(&located(&first), GITHUB));
    let half = format!("{}...", &one[..10]);
    assert!(report("app/a.py", 2, &half, &half, bits).knows(&located(&first), GITHUB));
    assert!(!report("app/a.py", 2, "ghp_x...", "ghp_x...", bits).knows(&located(&first), GITHUB));
    assert!(!format!("{whole:?}").contains(&one[8..20]));
    assert_eq!((whole.len(), whole.is_empty()), (1, false));
}

#[test]
fn a_broken_report_says_where() {
    let error = |text: &str| Report::read("r", text).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(error("[{\"RuleID\": \"x\",\n\"Secret\": 12345}]"), "r:2: expected a string");
    assert_eq!(error("[{}]"), "r:1: missing field `RuleID`");
    assert_eq!(error("{}"), "r:1: expected a sequence");
    assert!(Report::read("r", "null").expect("no findings").is_empty());
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}|[\\[\\]{}\"'=a-z0-9\n .,:]{0,80}") {
        drop(Config::read("any", &text));
        drop(Report::read("any", &text));
        let ignore = Ignore::read("any", &text);
        prop_assert!(ignore.len() + ignore.notes().len() <= text.lines().count());
        let rule = format!("[[rules]]\nid = 'a'\nregex = '''{}'''\n", text.replace('\'', ""));
        if let Ok(config) = Config::read("any", &rule) {
            for (_, hit) in config.find("a.py", &text) {
                prop_assert!(text.get(hit.secret).is_some());
            }
        }
    }
}
