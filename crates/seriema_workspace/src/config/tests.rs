use proptest::prelude::*;

use super::other_tools::read;
use super::*;
use crate::discover::{DiscoverOptions, discover};
use crate::vocabulary::tests::SOME;
use crate::vocabulary::{OptionKind, OptionSpec};

fn parse(text: &str) -> Result<Config, Vec<String>> {
    match ConfigFile::parse("seriema.toml", Path::new("/p"), text, false, &SOME) {
        Ok(file) => Ok(Config::resolve(file.as_ref(), &Overrides::default(), Path::new("/p"))),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
    }
}

/// The only complaint about a file.
fn complaint(text: &str) -> String {
    let mut errors = parse(text).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.remove(0)
}

fn line(line: u32) -> Origin {
    Origin::File { path: "seriema.toml".into(), line }
}

const EVERYTHING: &str = r#"persona = "pedantic"
severity = "Low"
confidence = "medium"
fail-on = "never"
incomplete = "warn"
select = ["injection", "b602"]
ignore = [
    "assert-used",
    "CWE-78",
]
exclude = ["/docs/", "*.gen.py"]
src = ["lib"]
models = ["models/own.toml"]
detectors = ["detectors/own.toml"]
include-stubs = true
respect-gitignore = false
max-file-size = "16 MiB"
require-suppression-reason = false

[per-file-ignores]
"tests/**" = ["assert-used"]
"a.py" = { rules = ["B602"], reason = "fixed command" }

[rules.sql-injection]
minimum-bits = 2048
also-names = ["a", "b"]

[deps]
ignore = [{ id = "CVE-2024-0001", package = "acme", reason = "not used", expires = 2030-12-31 }]
"#;

#[test]
fn every_key_is_read_with_its_line() {
    let config = parse(EVERYTHING).unwrap();
    assert_eq!(config.persona, Setting { value: Persona::Pedantic, origin: line(1) });
    assert_eq!(config.severity, Setting { value: Severity::Low, origin: line(2) });
    assert_eq!(config.fail_on.value, FailOn::Never);
    assert_eq!(config.incomplete.value, Incomplete::Warn);
    assert_eq!(config.select.values().collect::<Vec<_>>(), ["injection", "B602"]);
    assert_eq!(config.ignore.value[1], Setting { value: "CWE-78".to_owned(), origin: line(9) });
    assert_eq!(config.max_file_size.value, 16 << 20);
    assert_eq!(config.source_roots(), [PathBuf::from("/p/lib")]);
    assert_eq!(config.per_file_ignores[1].reason, "fixed command");
    assert_eq!(config.per_file_ignores[1].origin, line(22));
    let options = &config.rules["sql-injection"];
    assert_eq!(options["minimum-bits"], Setting { value: OptionValue::Integer(2048), origin: line(25) });
    assert_eq!(options["also-names"].value, OptionValue::TextList(vec!["a".into(), "b".into()]));
}

#[test]
fn defaults_hold_where_nothing_is_said() {
    let config = parse("").unwrap();
    assert_eq!(config.persona, Setting::default(Persona::Regular));
    assert_eq!(config.fail_on, Setting::default(FailOn::High));
    assert_eq!(config.incomplete, Setting::default(Incomplete::Error));
    assert!(config.respect_gitignore.value && config.require_suppression_reason.value && !config.include_stubs.value);
    assert_eq!(config.max_file_size.value, DEFAULT_MAX_FILE_SIZE);
}

#[test]
fn the_command_line_replaces_values_and_adds_to_exceptions() {
    let file = ConfigFile::parse("seriema.toml", Path::new("/p"), EVERYTHING, false, &SOME).unwrap();
    let overrides = Overrides {
        persona: Some(Persona::Auditor),
        select: Some(vec!["sql-injection".into()]),
        ignore: vec!["B602".into()],
        exclude: vec!["local".into()],
        ..Overrides::default()
    };
    let config = Config::resolve(file.as_ref(), &overrides, Path::new("/p"));
    assert_eq!(config.persona, Setting { value: Persona::Auditor, origin: Origin::CommandLine });
    assert_eq!(config.select.values().collect::<Vec<_>>(), ["sql-injection"]);
    assert_eq!(config.ignore.values().collect::<Vec<_>>(), ["assert-used", "CWE-78", "B602"]);
    assert_eq!(config.ignore.value[2].origin, Origin::CommandLine);
    let exclude = config.exclude_patterns(Path::new("/p/sub")).unwrap();
    assert_eq!(exclude.matched(Path::new("/p/docs"), true), Some(("/docs/", "`exclude` in seriema.toml:11")));
    assert_eq!(exclude.matched(Path::new("/p/sub/local"), true), Some(("local", "`--exclude`")));
    assert_eq!(exclude.matched(Path::new("/p/local"), true), None);
    assert_eq!(exclude.matched(Path::new("/p/sub/x.gen.py"), false).map(|m| m.0), Some("*.gen.py"));
}

#[test]
fn a_typo_is_an_error_with_its_place_and_a_suggestion() {
    assert_eq!(
        complaint("\n  perosna = \"regular\"\n"),
        "seriema.toml:2:3: unknown key `perosna` in seriema.toml; did you mean `persona`?"
    );
    assert_eq!(
        complaint("fail_on = \"high\""),
        "seriema.toml:1:1: unknown key `fail_on` in seriema.toml; did you mean `fail-on`?"
    );
    assert_eq!(
        complaint("severity = \"hihg\""),
        "seriema.toml:1:12: `severity` takes one of \"info\", \"low\", \"medium\", \"high\", \"critical\", not `hihg`; \
         did you mean `high`?"
    );
    assert_eq!(
        complaint("ignore = [\n  \"shel-injection\",\n]"),
        "seriema.toml:2:3: no rule answers to `shel-injection`; did you mean `shell-injection`?"
    );
    assert_eq!(
        complaint("[rules.sql-injektion]"),
        "seriema.toml:1:8: no rule has the slug `sql-injektion`; did you mean `sql-injection`?"
    );
    assert_eq!(
        complaint("[rules.sql-injection]\nminimum-bit = 1"),
        "seriema.toml:2:1: unknown key `minimum-bit` in rules.sql-injection; did you mean `minimum-bits`?"
    );
    assert_eq!(complaint("[rules.assert-used]\nx = 1"), "seriema.toml:2:1: the rule `assert-used` takes no options");
    assert_eq!(
        complaint("[rules.B602]\nx = 1"),
        "seriema.toml:1:8: `B602` is not a rule's slug, and options are set by that"
    );
    assert!(complaint("frobnicate = 1").ends_with(
        "(known: persona, severity, confidence, fail-on, incomplete, select, \
         ignore, exclude, include-stubs, respect-gitignore, max-file-size, src, models, detectors, \
         require-suppression-reason, per-file-ignores, deps, rules)"
    ));
}

#[test]
fn a_wrong_type_says_what_is_expected() {
    for (text, message) in [
        ("persona = 1", "1:11: `persona` takes one of \"regular\", \"pedantic\", \"auditor\", this is a whole number"),
        ("include-stubs = \"yes\"", "1:17: `include-stubs` takes `true` or `false`, this is a string"),
        ("select = \"B602\"", "1:10: `select` takes a list of strings, this is a string"),
        ("ignore = [1]", "1:11: `ignore` takes strings in its list, this is a whole number"),
        (
            "max-file-size = 1.5",
            "1:17: `max-file-size` takes a number of bytes or a string like \"16 MiB\", this is a number",
        ),
        (
            "max-file-size = \"much\"",
            "1:17: `max-file-size` takes a number of bytes or a string like \"16 MiB\", not `much`",
        ),
        ("max-file-size = 0", "1:17: `max-file-size` takes from 1 byte to 1 GiB"),
        ("max-file-size = -1", "1:17: `max-file-size` takes a whole number from 0 to 18446744073709551615"),
        ("rules = []", "1:9: `rules` takes a table, this is a list"),
        ("rules.sql-injection = 1", "1:23: `rules.sql-injection` takes a table, this is a whole number"),
        (
            "rules.sql-injection.minimum-bits = true",
            "1:36: `minimum-bits` takes a whole number, this is `true` or `false`",
        ),
        (
            "per-file-ignores.a = 1",
            "1:22: `per-file-ignores` takes a list of rules or a table of `rules` and `reason`, this is a whole number",
        ),
        ("per-file-ignores.a = { reason = \"x\" }", "1:18: `rules` is missing: which rules are ignored here?"),
        (
            "per-file-ignores.a = { rules = [], raeson = \"x\" }",
            "1:36: unknown key `raeson` in per-file-ignores; did you mean `reason`?",
        ),
        (
            "per-file-ignores.\"!a\" = []",
            "1:18: a pattern here cannot begin with `!`: name the files that the rules are ignored in",
        ),
        ("src = [\"../other\"]", "1:8: `../other` leads out of the directory of this file"),
        ("src = [\"/etc\"]", "1:8: `/etc` leads out of the directory of this file"),
    ] {
        assert_eq!(complaint(text), format!("seriema.toml:{message}"), "{text}");
    }
    assert!(complaint("exclude = [\"a[z-a]\"]").starts_with("seriema.toml:1:12: `a[z-a]` is no path pattern: "));
}

#[test]
fn all_mistakes_are_named_in_their_order() {
    let errors = parse("severity = 1\nperosna = 2\nconfidence = 3\n").unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| &error[..15]).collect();
    assert_eq!(lines, ["seriema.toml:1:", "seriema.toml:2:", "seriema.toml:3:"]);
}

#[test]
fn mistakes_beyond_what_anybody_reads_are_not_listed() {
    let keys: String = (0..1000).map(|number| format!("key{number} = 1\n")).collect();
    let selectors = format!("select = [\n{}]\n", "'none',\n".repeat(1000));
    for text in [keys, selectors] {
        let errors = parse(&text).unwrap_err();
        assert_eq!(errors.len(), 201);
        assert!(errors.iter().any(|error| error.ends_with(": this is wrong, too, and more that is not listed")));
    }
    // Each with its line and column, though the line is long.
    let errors = parse(&format!("\nselect = [{}]", "'none', ".repeat(1000))).unwrap_err();
    assert!(errors[1].starts_with("seriema.toml:2:19: "), "{}", errors[1]);
}

#[test]
fn broken_toml_gives_the_parsers_words_and_line() {
    let message = complaint("persona = \"regular\"\nseverity = = 1\n");
    assert!(message.starts_with("seriema.toml:2:12: not valid TOML: "), "{message}");
    assert!(complaint("a = 1\na = 2").contains("duplicate key"), "{}", complaint("a = 1\na = 2"));
    assert!(complaint(&format!("a = {}", "[".repeat(100_000))).contains("not valid TOML"));
}

#[test]
fn of_a_pyproject_only_our_table_is_read() {
    let parse = |text: &str| ConfigFile::parse("pyproject.toml", Path::new("/p"), text, true, &SOME);
    assert!(parse("[project]\nname = \"x\"\n[tool.ruff]\nunknown = 1\n").unwrap().is_none());
    assert!(parse("[tool.black\nbroken = ").unwrap().is_none(), "broken, but nothing to us");
    assert!(parse("[project]\nname = \"seriema-user\"\n").unwrap().is_none());
    let error = parse("[project]\n[tool.seriema]\npersona = \"regluar\"").unwrap_err().remove(0);
    assert_eq!((error.line, error.column, error.suggestion.as_deref()), (Some(3), Some(11), Some("regular")));
    assert!(parse("[tool.seriema]\nx = 1").unwrap_err()[0].to_string().contains("in [tool.seriema]"));
    assert!(parse("[tool]\nseriema = 1").unwrap_err()[0].message.contains("takes a table"));
    assert_eq!(parse("[tool.seriema]\nseverity = \"high\"").unwrap().unwrap().severity.unwrap().value, Severity::High);
}

#[test]
fn files_are_matched_by_pattern() {
    let config = parse(EVERYTHING).unwrap();
    let ignored =
        |path: &str| config.ignored_in(Path::new(path)).iter().map(|i| i.pattern.as_str()).collect::<Vec<_>>();
    assert_eq!(ignored("/p/tests/unit/x.py"), ["tests/**"]);
    assert_eq!(ignored("/p/tests/a.py"), ["tests/**", "a.py"]);
    assert_eq!(ignored("/p/sub/a.py"), ["a.py"]);
    assert_eq!(ignored("/p/sub/tests/x.py"), Vec::<&str>::new());
    assert_eq!(ignored("/elsewhere/a.py"), Vec::<&str>::new());
}

#[test]
fn every_setting_is_shown_with_its_origin_and_reads_back() {
    let config = parse(EVERYTHING).unwrap();
    let shown: Vec<_> = config
        .entries()
        .iter()
        .map(|e| {
            format!(
                "{} = {}  # {}",
                e.key,
                e.value,
                e.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    assert_eq!(shown[0], "persona = \"pedantic\"  # seriema.toml:1");
    assert_eq!(shown[6], "ignore = [\"assert-used\", \"CWE-78\"]  # seriema.toml:8, seriema.toml:9");
    assert_eq!(
        shown[16],
        "per-file-ignores.\"a.py\" = { reason = \"fixed command\", rules = [\"B602\"] }  # seriema.toml:22"
    );
    assert_eq!(shown[19], "rules.sql-injection.minimum-bits = 2048  # seriema.toml:25");
    let again = parse(&shown.join("\n")).unwrap();
    let values = |config: &Config| config.entries().into_iter().map(|e| (e.key, e.value)).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&config));
}

#[test]
fn schema_reader_and_list_of_settings_have_the_same_keys() {
    let schema = json_schema(&[]);
    let in_schema: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let read: Vec<&str> = super::keys::names();
    assert_eq!(in_schema, read);
    let shown: std::collections::BTreeSet<String> = parse(EVERYTHING)
        .unwrap()
        .entries()
        .into_iter()
        .map(|entry| entry.key.split('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(shown, read.iter().map(|key| (*key).to_owned()).collect());
    // What the schema calls the default is the default.
    let defaults = parse("").unwrap().entries();
    for (key, property) in schema["properties"].as_object().unwrap() {
        match defaults.iter().find(|entry| entry.key == *key) {
            Some(entry) => assert_eq!(entry.value, property["default"].to_string(), "{key}"),
            None => assert!(property["default"].as_object().unwrap().is_empty(), "{key}"),
        }
    }
}

#[test]
fn the_schema_knows_the_options_of_rules() {
    let options = [OptionSpec { name: "minimum-bits", kind: OptionKind::Integer, doc: "The least key size." }];
    let schema = json_schema(&[("weak-key", &options)]);
    let option = &schema["properties"]["rules"]["properties"]["weak-key"]["properties"]["minimum-bits"];
    assert_eq!(option["type"], "integer");
    assert_eq!(option["description"], "The least key size.");
}

#[test]
fn words_are_read_and_compared() {
    assert!(FailOn::High.is_met_by(Severity::Critical) && FailOn::High.is_met_by(Severity::High));
    assert!(!FailOn::High.is_met_by(Severity::Medium) && !FailOn::Never.is_met_by(Severity::Critical));
    assert!(FailOn::Info.is_met_by(Severity::Info));
    assert_eq!("NEVER".parse(), Ok(FailOn::Never));
    assert_eq!("none".parse::<FailOn>(), Err("`none` is none of info, low, medium, high, critical, never".to_owned()));
}

/// A project on disk with the files given.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn load(root: &Path, source: ConfigSource) -> Result<ConfigTree, Vec<ConfigError>> {
    ConfigTree::load(root, source, Overrides::default(), &SOME)
}

#[test]
fn the_nearest_file_holds_for_each_file() {
    let dir = project(&[
        (".git/HEAD", ""),
        ("pyproject.toml", "[tool.seriema]\nseverity = \"low\"\nignore = [\"assert-used\"]\n"),
        ("a.py", ""),
        ("api/pyproject.toml", "[project]\nname = \"api\"\n"),
        ("api/b.py", ""),
        ("web/seriema.toml", "severity = \"high\"\nexclude = [\"*.gen.py\"]\n"),
        ("web/pyproject.toml", "[tool.seriema]\nseverity = \"info\"\n"),
        ("web/deep/c.py", ""),
        ("web/deep/d.gen.py", ""),
        ("x.gen.py", ""),
    ]);
    let root = dir.path().canonicalize().unwrap();
    let mut tree = load(&root, ConfigSource::Nearest).unwrap();
    let mut found = discover(&root, &DiscoverOptions { explain: true, ..DiscoverOptions::default() });
    tree.nest(&mut found, true, &SOME).unwrap();
    let holds: Vec<_> = found
        .files
        .iter()
        .map(|file| (&*file.relative, tree.of(&file.absolute)))
        .map(|(name, config)| (name, config.file.as_deref(), config.ignore.value.len()))
        .collect();
    assert_eq!(
        holds,
        [
            ("a.py", Some("pyproject.toml"), 1),
            ("api/b.py", Some("pyproject.toml"), 1),
            ("web/deep/c.py", Some("web/seriema.toml"), 0),
            ("x.gen.py", Some("pyproject.toml"), 1),
        ]
    );
    let gone = found.decisions.iter().find(|d| &*d.path == "web/deep/d.gen.py").unwrap();
    assert_eq!(gone.reason, "skipped: excluded by `exclude` in web/seriema.toml:2 (`*.gen.py`)");
    assert_eq!(tree.all().len(), 2);
    // From within, the root's is the nearest above, and the repository is where looking ends.
    assert_eq!(load(&root.join("api"), ConfigSource::Nearest).unwrap().root().severity.value, Severity::Low);
}

#[test]
fn looking_ends_at_the_repository() {
    let dir = project(&[("seriema.toml", "severity = \"high\"\n"), ("repo/.git/HEAD", ""), ("repo/sub/a.py", "")]);
    let root = dir.path().canonicalize().unwrap();
    assert_eq!(load(&root.join("repo/sub"), ConfigSource::Nearest).unwrap().root().file, None);
    assert!(load(&root, ConfigSource::Nearest).unwrap().root().file.is_some());
}

#[test]
fn a_named_file_holds_for_all_and_none_for_nothing() {
    let dir = project(&[
        ("other/config.toml", "severity = \"high\"\n"),
        ("other/pyproject.toml", "[tool.other]\n"),
        ("sub/seriema.toml", "severity = \"low\"\n"),
        ("sub/a.py", ""),
    ]);
    let root = dir.path().canonicalize().unwrap();
    let mut tree = load(&root, ConfigSource::File(root.join("other/config.toml"))).unwrap();
    let mut found = discover(&root, &DiscoverOptions::default());
    tree.nest(&mut found, false, &SOME).unwrap();
    assert_eq!(tree.of(&root.join("sub/a.py")).severity.value, Severity::High);
    assert_eq!(load(&root.join("sub"), ConfigSource::None).unwrap().root().severity.value, Severity::Info);
    let message = |path: &str| load(&root, ConfigSource::File(root.join(path))).unwrap_err()[0].to_string();
    assert_eq!(message("nowhere.toml"), "nowhere.toml: the configuration does not exist");
    assert_eq!(message("other"), "other: the configuration is a directory, not a file");
    assert_eq!(message("other/pyproject.toml"), "other/pyproject.toml: there is no table `[tool.seriema]` in it");
}

#[test]
fn mistakes_in_nested_files_are_all_named() {
    let dir = project(&[
        ("a/seriema.toml", "x = 1\n"),
        ("a/a.py", ""),
        ("b/seriema.toml", "\u{0}"),
        ("b/b.py", ""),
        ("c/pyproject.toml", "[tool.seriema]\n\nseverity = 1\n"),
        ("c/c.py", ""),
    ]);
    let root = dir.path().canonicalize().unwrap();
    std::fs::write(root.join("b/seriema.toml"), b"# \xff\n").unwrap();
    let mut tree = load(&root, ConfigSource::Nearest).unwrap();
    let mut found = discover(&root, &DiscoverOptions::default());
    let errors = tree.nest(&mut found, false, &SOME).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (&*error.path, error.line)).collect();
    assert_eq!(places, [("a/seriema.toml", Some(1)), ("b/seriema.toml", Some(1)), ("c/pyproject.toml", Some(3))]);
}

#[test]
fn the_selections_of_other_tools_are_read() {
    let mut tools = OtherTools::default();
    let text = "[tool.bandit]\nskips = [\"B101\", \"B601\"]\nexclude_dirs = \"tests,docs\"\n\
        [tool.ruff]\nignore = [\"S101\", \"SIM1\"]\n[tool.ruff.lint]\nselect = [\"S\", \"E\"]\n\
        [tool.ruff.lint.per-file-ignores]\n\"tests/*\" = [\"S\", \"D\"]\n\"a.py\" = [\"D\"]\n";
    read(&mut tools, "pyproject.toml", text, true);
    let plain = |list: &[Setting<String>]| list.iter().map(|s| s.value.clone()).collect::<Vec<_>>().join(" ");
    let bandit = tools.bandit.as_ref().unwrap();
    assert_eq!((plain(&bandit.skips), plain(&bandit.exclude_dirs)), ("B101 B601".into(), "tests docs".into()));
    assert_eq!(bandit.skips[0].origin.to_string(), "pyproject.toml:2");
    let ruff = tools.ruff.as_ref().unwrap();
    assert_eq!((plain(&ruff.select), plain(&ruff.ignore)), ("S".into(), "S101".into()));
    assert_eq!(ruff.per_file_ignores.len(), 1);
    assert_eq!(ruff.per_file_ignores[0].0, "tests/*");
    let mut tools = OtherTools::default();
    read(&mut tools, "ruff.toml", "lint.extend-select = [\"ALL\"]", false);
    assert_eq!(plain(&tools.ruff.unwrap().select), "ALL");
    let mut tools = OtherTools::default();
    read(&mut tools, "pyproject.toml", "[tool.bandit]\nskips = 1\n[tool.ruff]\nselect = 2", true);
    assert_eq!((tools.bandit, tools.ruff), (Some(BanditSelection::default()), None));
    let dir = project(&[("ruff.toml", "lint.select = [\"S1\"]"), ("pyproject.toml", "not toml")]);
    assert!(read_other_tools(dir.path(), dir.path()).ruff.is_some());
}

proptest! {
    #[test]
    fn arbitrary_text_is_a_configuration_or_an_error(text in "\\PC{0,200}") {
        let _ = ConfigFile::parse("seriema.toml", Path::new("/p"), &text, false, &SOME);
        let _ = ConfigFile::parse("pyproject.toml", Path::new("/p"), &text, true, &SOME);
        read(&mut OtherTools::default(), "pyproject.toml", &text, true);
    }

    #[test]
    fn arbitrary_values_under_known_keys_are_judged(
        lines in proptest::collection::vec(
            (
                prop_oneof![
                    Just("persona"), Just("severity"), Just("select"), Just("ignore"), Just("exclude"), Just("src"),
                    Just("include-stubs"), Just("max-file-size"), Just("per-file-ignores"), Just("rules"), Just("fail-on"),
                    Just("rules.sql-injection"), Just("rules.sql-injection.minimum-bits"), Just("per-file-ignores.\"é*\""),
                    Just("x.y"), Just("\"\""),
                ],
                prop_oneof![
                    Just("1".to_owned()), Just("-0x1".to_owned()), Just("[]".to_owned()), Just("[\"S602\"]".to_owned()),
                    Just("{ rules = [\"B602\"] }".to_owned()), Just("true".to_owned()), Just("1979-05-27".to_owned()),
                    Just("nan".to_owned()), "\"[a-z*!/{}\\[\\]. é]{0,8}\"", "\\[\"[a-z*!/{}\\[\\].é]{0,8}\"\\]",
                    Just("99999999999999999999".to_owned()),
                ],
            ),
            0..8,
        ),
    ) {
        let text: String = lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        match ConfigFile::parse("seriema.toml", Path::new("/p"), &text, false, &SOME) {
            Ok(file) => {
                let config = Config::resolve(file.as_ref(), &Overrides::default(), Path::new("/p"));
                prop_assert!(!config.entries().is_empty());
                let _ = config.ignored_in(Path::new("/p/a/é.py"));
            }
            Err(errors) => prop_assert!(errors.iter().all(|error| error.line.is_some_and(|l| l >= 1))),
        }
    }
}
