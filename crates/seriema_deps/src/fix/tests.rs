use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::index::Builder;
use crate::project::{Known, matches, sources};

/// `acme`: 1.0 to 1.4 and 2.0, 2.1 are vulnerable in two ways; `open`: no version is fixed.
const RECORDS: [&str; 4] = [
    r#"{"id": "CVE-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "acme"},
        "versions": ["1.0", "1.1", "1.2", "2.0"],
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3"}, {"introduced": "2.0"}, {"fixed": "2.1"}]}]}]}"#,
    r#"{"id": "CVE-2", "affected": [{"package": {"ecosystem": "PyPI", "name": "acme"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.1"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.2"}]}]}]}"#,
    r#"{"id": "CVE-3", "affected": [{"package": {"ecosystem": "PyPI", "name": "open"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#,
    r#"{"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "acmee"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#,
];

fn planned(files: &[(&str, &str)]) -> (Vec<Source>, Vec<Upgrade>) {
    let mut builder = Builder::new("2024-06-01");
    for (number, record) in RECORDS.iter().enumerate() {
        builder.add_bytes(Path::new(&format!("{number}.json")), record.as_bytes()).expect("a record");
    }
    let index = builder.into_memory().expect("an index");
    let paths: Vec<_> = files.iter().map(|(path, _)| ((*path).into(), None)).collect();
    let open = |path: &str| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "is not there".to_owned())
    };
    let (sources, _) = sources(&paths, open);
    let known = Known::of(&sources, &index).expect("advisories");
    let found = matches(&sources, &known);
    let upgrades = upgrades(&sources, &found, &known);
    (sources, upgrades)
}

/// The first of some files with all its edits, and what else there is to do.
fn fixed(files: &[(&str, &str)]) -> (String, Vec<String>) {
    let (sources, upgrades) = planned(files);
    let text = apply(&sources[0].text, upgrades.iter().filter(|one| one.source == 0).flat_map(Upgrade::edits));
    let others = upgrades.iter().filter_map(|one| match &one.way {
        Way::Edit { run, .. } => run.clone(),
        Way::Run { command, blocked, .. } => {
            Some(blocked.as_ref().map_or_else(|| command.clone(), |range| format!("{command}, but {range}")))
        }
        Way::ByHand { what, .. } => Some(what.clone()),
        Way::None(why) => Some(why.clone()),
    });
    (text.expect("edits that fit"), others.collect())
}

#[test]
fn each_manifest_is_changed_where_the_version_stands() {
    for (path, before, after) in [
        ("requirements.txt", "# why\nacme==1.0  # here\r\nother==1\r\n", "# why\nacme==1.5  # here\r\nother==1\r\n"),
        (
            "requirements.txt",
            "\u{feff}Acme[x] == 1.2 ; python_version > '3'",
            "\u{feff}Acme[x] == 1.5 ; python_version > '3'",
        ),
        ("requirements.txt", "acme \\\n  ==1.0\n", "acme \\\n  ==1.5\n"),
        ("requirements.txt", "acme==2.0\n", "acme==2.2\n"),
        ("requirements.txt", "acme>=1.0,<2\n", "acme>=1.5,<2\n"),
        ("requirements.txt", "acme>=1.0\n", "acme>=2.2\n"),
        ("requirements.txt", "acme<2\n", "acme<2,>=1.5\n"),
        (
            "pyproject.toml",
            "[project]\nname = 'x'\ndependencies = [\n  'acme>=1.2,<2', # keep\n]\n[project.optional-dependencies]\nall = [\"acme == 1.2\"]\n",
            "[project]\nname = 'x'\ndependencies = [\n  'acme>=1.5,<2', # keep\n]\n[project.optional-dependencies]\nall = [\"acme == 1.5\"]\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nacme = \"^1.2\"\n[tool.poetry.group.dev.dependencies]\nacme = { version = \"~1.2\", extras = [] }\n",
            // `~1.2` allows nothing that is fixed.
            "[tool.poetry.dependencies]\nacme = \"^1.2\"\n[tool.poetry.group.dev.dependencies]\nacme = { version = \"~1.2\", extras = [] }\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\nacme = \"^1.2\"\n",
            "[tool.poetry.dependencies]\nacme = \"^1.5\"\n",
        ),
        ("pyproject.toml", "[tool.poetry.dependencies]\nacme = '1.2'\n", "[tool.poetry.dependencies]\nacme = '1.5'\n"),
        ("pyproject.toml", "[dependency-groups]\ndev = ['acme~=1.2']\n", "[dependency-groups]\ndev = ['acme~=1.5']\n"),
        (
            "pyproject.toml",
            "[tool.pdm.dev-dependencies]\nt = ['acme==1.2']\n",
            "[tool.pdm.dev-dependencies]\nt = ['acme==1.5']\n",
        ),
        (
            "pyproject.toml",
            "[tool.uv]\ndev-dependencies = ['acme==1.2']\n",
            "[tool.uv]\ndev-dependencies = ['acme==1.5']\n",
        ),
        ("Pipfile", "[packages]\nacme = \"==1.2\"\n", "[packages]\nacme = \"==1.5\"\n"),
        ("Pipfile", "[packages.acme]\nversion = \">=1.2,<2\"\n", "[packages.acme]\nversion = \">=1.5,<2\"\n"),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    acme==1.2\n",
            "[options]\ninstall_requires =\n    acme==1.5\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(install_requires=['acme==1.2', \"other\"])\n",
            "from setuptools import setup\nsetup(install_requires=['acme==1.5', \"other\"])\n",
        ),
        (
            "environment.yml",
            "dependencies:\n  - acme=1.2\n  - pip:\n    - acme==1.2\n",
            // What conda's channels have is not known.
            "dependencies:\n  - acme=1.2\n  - pip:\n    - acme==1.5\n",
        ),
        ("Dockerfile", "FROM x\nRUN pip install acme==1.2 other\n", "FROM x\nRUN pip install acme==1.5 other\n"),
    ] {
        assert_eq!(fixed(&[(path, before)]).0, after, "{path}");
    }
}

#[test]
fn locks_are_made_anew_by_their_tools() {
    let lock = "version = 1\n[[package]]\nname = \"acme\"\nversion = \"1.2\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
    assert_eq!(fixed(&[("uv.lock", lock)]).1, ["uv lock --upgrade-package acme==1.5"]);
    let project = "[project]\nname = 'x'\ndependencies = ['acme<1.4']\n";
    let with = fixed(&[("uv.lock", lock), ("pyproject.toml", project)]).1;
    assert_eq!(with, ["uv lock --upgrade-package acme==1.5, but `<1.4` in pyproject.toml"]);
}

#[test]
fn what_is_in_the_way_is_named() {
    for (files, why) in [
        (
            &[("requirements.txt", "acme>=1.1,<1.4\n")][..],
            "acme 1.5 has no known vulnerability, but `>=1.1, <1.4` in requirements.txt does not allow it",
        ),
        (
            &[("requirements.txt", "-c limits/constraints.txt\nacme==1.2\n"), ("limits/constraints.txt", "acme<1.4\n")],
            "acme 1.5 has no known vulnerability, but `<1.4` in limits/constraints.txt does not allow it",
        ),
        (
            &[("requirements.txt", "open==1\n")],
            "no version of open is known to be without known vulnerabilities (CVE-3)",
        ),
        (&[("requirements.txt", "acmee==1\n")], "acmee was published to do harm: remove it"),
        (&[("requirements.txt", "acme===1.2\nacme>=${X}\n")], ""),
    ] {
        let (text, others) = fixed(files);
        if why.is_empty() {
            continue;
        }
        assert_eq!(text, files[0].1);
        assert_eq!(others.first().map(String::as_str), Some(why));
    }
}

#[test]
fn a_constraint_decides_between_versions_that_are_clear() {
    let files = [("requirements.txt", "acme==1.2\n"), ("constraints.txt", "acme>=2\n")];
    assert_eq!(fixed(&files).0, "acme==2.2\n");
    let elsewhere = [("requirements.txt", "acme==1.2\n"), ("docs/constraints.txt", "acme>=2\n")];
    assert_eq!(fixed(&elsewhere).0, "acme==1.5\n");
    let other_python = "acme==1.2 ; python_version >= '3.9'\nacme>=2 ; python_version < '3.9'\n";
    assert!(fixed(&[("requirements.txt", other_python)]).0.starts_with("acme==1.5 ;"));
}

/// Twice as many places may not take more than about twice as long; what is quadratic here takes minutes.
#[test]
fn a_package_that_is_asked_for_in_thousands_of_places() {
    let started = std::time::Instant::now();
    let (ranges, pins) = ("acme>=1\n".repeat(5000), "acme==1.0 --hash=sha256:00\n".repeat(5000));
    for (before, after) in [(ranges, "acme>=2.2\n"), (pins, "acme==1.5 --hash=sha256:00\n")] {
        let (text, _) = fixed(&[("requirements.txt", &before)]);
        assert!(text == after.repeat(5000), "{}", text.lines().next().unwrap_or_default());
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn ranges_are_tried_unless_there_are_too_many() {
    for (count, expected) in [
        (MAX_RANGES, "acme 1.5 has no known vulnerability, but `>=2.0.1` in requirements.txt does not allow it"),
        (MAX_RANGES + 1, "acme is asked for in more than 200 ranges here: no version was tried against them"),
    ] {
        let ranges = (0..count).map(|number| format!("acme>=2.0.{number}\n"));
        let text: String = std::iter::once("acme==1.0\nacme<2\n".to_owned()).chain(ranges.skip(1)).collect();
        let (_, said) = fixed(&[("requirements.txt", &text)]);
        assert_eq!(said[0], expected);
    }
}

#[test]
fn stale_hashes_go_only_where_pip_still_insists_on_new_ones() {
    let hashed =
        "acme==1.2 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via x\nother==1 --hash=sha256:02\n";
    let (text, run) = fixed(&[("requirements.txt", hashed)]);
    assert_eq!(
        text,
        "acme==1.5  # the hashes were of another version: pip-compile --generate-hashes\n    # via x\nother==1 --hash=sha256:02\n"
    );
    assert_eq!(run, ["pip-compile --generate-hashes"]);
    // Without them nothing would be checked any more: pip refuses what is stale.
    let only = "acme==1.2 --hash=sha256:00\nother==1\n";
    assert_eq!(fixed(&[("requirements.txt", only)]).0, "acme==1.5 --hash=sha256:00\nother==1\n");
    let required = "--require-hashes\nacme==1.2 --hash=sha256:00\n";
    assert!(!fixed(&[("requirements.txt", required)]).0.contains("sha256"));
}

#[test]
fn what_is_not_written_as_it_is_meant_is_left_to_a_person() {
    let escaped = "[project]\nname = 'x'\ndependencies = [\"acme\\u003d=1.2\"]\n";
    let (text, others) = fixed(&[("pyproject.toml", escaped)]);
    assert_eq!((text.as_str(), &others[..]), (escaped, &["ask for acme 1.5".to_owned()][..]));
}

#[test]
fn edits_do_not_overlap() {
    let edit = |start, end, content: &str| Edit::at(start..end, content.to_owned());
    assert_eq!(apply("abc", &[edit(1, 2, "x"), edit(1, 2, "x"), edit(3, 3, "!")]).as_deref(), Some("axc!"));
    assert_eq!(apply("abc", &[edit(0, 2, "x"), edit(1, 3, "y")]), None);
    assert_eq!(apply("ä", &[edit(1, 2, "x")]), None);
    assert_eq!(apply("abc", &[edit(2, 9, "x")]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a file looks like: what is changed asks for what it should, and everything else is as it was.
    #[test]
    fn a_changed_file_asks_for_nothing_vulnerable(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("acme"), Just("Acme==1.2"), Just("acme == 2.0 # x"), Just("acme>=1,<2"), Just("acme~=1.1"),
                Just("acme==1.*"), Just("other==1"), Just("acme[x]==1.0 ; os_name == 'nt'"), Just("--hash=sha256:0"),
                Just("acme==1.0 \\\n  --hash=sha256:0"), Just("-r x.txt"), Just("# via acme"), Just("\\"), Just("acme(<2)"),
            ],
            0..8,
        ),
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let text = lines.join(end);
        let (sources, upgrades) = planned(&[("requirements.txt", &text)]);
        let after = apply(&text, upgrades.iter().flat_map(Upgrade::edits)).expect("edits that fit");
        let (again, _) = planned(&[("requirements.txt", &after)]);
        prop_assert_eq!(sources[0].manifest.dependencies.len(), again[0].manifest.dependencies.len());
        for one in &upgrades {
            if let Way::Edit { to, .. } = &one.way {
                let now = &again[0].manifest.dependencies[one.dependency];
                prop_assert!(now.version.as_ref().map_or(now.specifiers.contains(to), |version| version == to));
            }
        }
    }
}
