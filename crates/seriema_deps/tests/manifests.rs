//! What is read of each format of manifest: the dependencies, written short, one a line.

use pep508_rs::MarkerTree;
use seriema_deps::manifest::{self, Manifest, ManifestKind, Origin};

fn read(path: &str, text: &str) -> Manifest {
    let kind = manifest::kind_of(path).unwrap_or(ManifestKind::Script);
    manifest::read(path, kind, text)
}

/// `name[extras] specifiers; marker <origin> (group) hashed direct`, each only if it is there.
fn shown(manifest: &Manifest) -> Vec<String> {
    let one = |it: &manifest::Dependency| {
        let mut line = it.name.to_string();
        if !it.extras.is_empty() {
            line += &format!("[{}]", it.extras.join(","));
        }
        if !it.specifiers.is_empty() {
            line += &format!(" {}", it.specifiers);
        }
        if let Some(version) = &it.version {
            line += &format!(" is {version}");
        }
        if it.marker != MarkerTree::TRUE {
            line += &format!("; {}", it.marker.try_to_string().unwrap_or_else(|| "never".to_owned()));
        }
        match &it.origin {
            Origin::Index(None) => {}
            Origin::Index(Some(url)) => line += &format!(" <{url}>"),
            Origin::Vcs { url, commit: None, .. } => line += &format!(" <vcs {url}>"),
            Origin::Vcs { url, commit: Some(commit), .. } => line += &format!(" <vcs {url} at {}>", &commit[..7]),
            Origin::Url(url) => line += &format!(" <url {url}>"),
            Origin::Path(path) => line += &format!(" <path {path}>"),
            Origin::Conda(channel) => line += &format!(" <conda {channel}>"),
        }
        if let Some(group) = &it.group {
            line += &format!(" ({group})");
        }
        if it.is_hashed {
            line += " hashed";
        }
        line
    };
    manifest.dependencies.iter().map(one).collect()
}

/// `line: message` of what could not be read.
fn wrong(manifest: &Manifest) -> Vec<String> {
    manifest.diagnostics.iter().map(|it| format!("{}: {}", it.line.unwrap_or(0), it.message)).collect()
}

/// That a text is read as these dependencies, and nothing in it is wrong.
#[track_caller]
fn holds(path: &str, text: &str, expected: &[&str]) {
    let manifest = read(path, text);
    assert_eq!(shown(&manifest), expected, "in {path}");
    assert_eq!(wrong(&manifest), Vec::<String>::new(), "in {path}");
}

/// The texts of what is to be replaced by a fix.
fn versions<'t>(manifest: &Manifest, text: &'t str) -> Vec<&'t str> {
    manifest.dependencies.iter().map(|it| it.version_range.clone().map_or("", |range| &text[range])).collect()
}

/// The options, as `kind value`.
fn options(manifest: &Manifest) -> Vec<String> {
    manifest.options.iter().map(|it| format!("{:?} {}", it.kind, it.value).trim().to_owned()).collect()
}

/// The other files, those of constraints with `-c`.
fn includes(manifest: &Manifest) -> Vec<String> {
    manifest.includes.iter().map(|it| format!("{}{}", if it.is_constraint { "-c " } else { "" }, it.path)).collect()
}

mod requirements {
    use super::*;

    #[test]
    fn one_a_line() {
        for (line, expected) in [
            ("flask", "flask"),
            ("Flask==2.0.1", "flask ==2.0.1 is 2.0.1"),
            ("zope.interface===1.0", "zope-interface ===1.0 is 1.0"),
            ("django>=3,<4", "django >=3, <4"),
            ("django>=3,<4,", "django >=3, <4"),
            ("django ( >= 3 , < 4 )", "django >=3, <4"),
            ("django==3.*", "django ==3.*"),
            ("django==3.0,!=3.0.1", "django ==3.0, !=3.0.1"),
            ("requests[security, socks] ~= 2.0", "requests[security,socks] ~=2.0"),
            ("tomli; python_version < '3.11'", "tomli; python_full_version < '3.11'"),
            ("a == 1.0 ; sys_platform == 'win32' # why", "a ==1.0 is 1.0; sys_platform == 'win32'"),
            ("a==1.0 --hash=sha256:00 --hash=sha256:11", "a ==1.0 is 1.0 hashed"),
            ("a==1.0 --config-settings=\"--x=y\" --global-option=\"b c\"", "a ==1.0 is 1.0"),
            ("a==1.0-dev", "a ==1.0.dev0 is 1.0.dev0"),
            ("a @ https://h.example/a-1.0.zip", "a is 1.0 <url https://h.example/a-1.0.zip>"),
            ("a[b]@https://h.example/x;y ; os_name == 'nt'", "a[b]; os_name == 'nt' <url https://h.example/x;y>"),
            (
                "a @ git+https://h.example/a.git@0123456789abcdef0123456789ABCDEF01234567",
                "a <vcs https://h.example/a.git at 0123456>",
            ),
            ("git+https://h.example/x.git@v1.0#egg=a[b]", "a[b] <vcs https://h.example/x.git>"),
            ("-e git+ssh://git@h.example/x.git@main#egg=a&subdirectory=s", "a <vcs ssh://git@h.example/x.git>"),
            ("git+git@github.com:o/x.git#egg=a", "a <vcs git@github.com:o/x.git>"),
            ("https://${TOKEN}@h.example/x.tar.gz#egg=a", "a <url https://${TOKEN}@h.example/x.tar.gz>"),
            (
                "https://h.example/a_b-1.2-py3-none-any.whl#sha256=00",
                "a-b is 1.2 <url https://h.example/a_b-1.2-py3-none-any.whl> hashed",
            ),
            ("./wheels/a-1.2.tar.gz", "a is 1.2 <path ./wheels/a-1.2.tar.gz>"),
            ("file:///srv/a-1.2.tar.gz", "a is 1.2 <path /srv/a-1.2.tar.gz>"),
        ] {
            holds("requirements.txt", line, &[expected]);
        }
    }

    #[test]
    fn what_names_no_package_is_kept_apart() {
        let text = "-e .\n./lib[extra]\ngit+https://h.example/x.git\nhttps://h.example/main.zip ; os_name == 'nt'\n";
        let manifest = read("requirements.txt", text);
        assert_eq!(shown(&manifest), Vec::<String>::new());
        let origins: Vec<_> = manifest.unnamed.iter().map(|it| (&it.origin, &text[it.range.clone()])).collect();
        assert_eq!(origins.len(), 4, "{origins:?}");
        assert_eq!(origins[0], (&Origin::Path(".".into()), "."));
        assert_eq!(origins[1], (&Origin::Path("./lib".into()), "./lib[extra]"));
        assert!(matches!(origins[2].0, Origin::Vcs { commit: None, .. }));
        assert_eq!(origins[3].0, &Origin::Url("https://h.example/main.zip".into()));
    }

    #[test]
    fn options_and_other_files() {
        let text = "\u{feff}# first\r\n-i https://a.example/simple\r\n--extra-index-url=https://b.example\r\n\
                    --find-links ./wheels\r\n--no-index\r\n--trusted-host c.example\r\n--require-hashes --pre\r\n\
                    -r base.txt\r\n--requirement=more.txt\r\n-cconstraints.txt\r\n--constraint other.txt\r\nflask\r\n";
        let manifest = read("requirements.txt", text);
        assert_eq!(
            options(&manifest),
            [
                "Index https://a.example/simple",
                "ExtraIndex https://b.example",
                "FindLinks ./wheels",
                "NoIndex",
                "TrustedHost c.example",
                "RequireHashes",
                "Pre",
            ]
        );
        assert_eq!(includes(&manifest), ["base.txt", "more.txt", "-c constraints.txt", "-c other.txt"]);
        assert_eq!(shown(&manifest), ["flask"]);
        assert_eq!(wrong(&manifest), Vec::<String>::new());
        let index = &manifest.options[1];
        assert_eq!(&text[index.range.clone()], "--extra-index-url=https://b.example");
    }

    #[test]
    fn lines_go_on() {
        let text = "flask==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\njinja2 \\\r\n>=2\n# not \\\nclick\n";
        holds("requirements.txt", text, &["flask ==1.0 is 1.0 hashed", "jinja2 >=2", "click"]);
        let manifest = read("requirements.txt", text);
        assert_eq!(versions(&manifest, text), ["==1.0", ">=2", ""]);
        assert_eq!(&text[manifest.dependencies[0].range.clone()], "flask==1.0");
    }

    #[test]
    fn why_a_package_is_there() {
        let text = "click==8 \\\n    --hash=sha256:00\n    # via flask\nflask==3\n    # via\n    #   -r requirements.in\n\
                    #   other\njinja2==3  # via flask, project (pyproject.toml)\nsix==1\n";
        let manifest = read("requirements.txt", text);
        let direct: Vec<_> = manifest.dependencies.iter().map(|it| it.is_direct).collect();
        assert_eq!(direct, [Some(false), Some(true), Some(true), None]);
        assert_eq!(read("requirements.in", "six\n").dependencies[0].is_direct, Some(true));
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_is_read() {
        for (line, expected, message) in [
            ("a>=1.0.*", vec!["a >=1.0"], "1: `>=1.0.*` is not valid; read as `>=1.0`"),
            ("a>='1.0'", vec!["a >=1.0"], "1: `>='1.0'` is not valid; read as `>=1.0`"),
            ("a>=1.0 <2", vec!["a >=1.0, <2"], "1: a comma is missing between versions"),
            ("a==one", vec!["a"], "1: `==one` is not a version specifier; write it as `==1.2` or `>=1.2,<2`"),
            ("a=1.0", vec!["a"], "1: `=1.0` is not a version specifier; write it as `==1.2` or `>=1.2,<2`"),
            ("a 1.0", vec!["a"], "1: `1.0` is not a version specifier; write it as `==1.2` or `>=1.2,<2`"),
            (
                "a==1; nonsense",
                vec!["a ==1 is 1"],
                "1: `nonsense` is not a marker; the requirement is taken as always needed",
            ),
            ("a[b==1", vec!["a"], "1: the list of extras is not closed by `]`"),
            ("a==${A_VERSION}", vec!["a"], "1: `==${A_VERSION}` is only known when it is installed"),
            ("this is prose", vec![], "1: `this is prose` is not a requirement"),
            ("==1.0", vec![], "1: `==1.0` is not a requirement: a package's name is missing"),
            (
                "a --index-url https://h.example",
                vec!["a"],
                "1: pip takes no notice of such options on the line of a requirement",
            ),
            ("-r", vec![], "1: `-r` lacks its value"),
        ] {
            let manifest = read("requirements.txt", line);
            assert_eq!(shown(&manifest), expected, "{line}");
            assert_eq!(wrong(&manifest), [message], "{line}");
        }
    }

    #[test]
    fn messages_hold_no_passwords() {
        let manifest = read("requirements.txt", "https://user:hunter2@h.example/x y z\nhttps:/u:hunter2@h\na @ \n");
        assert!(!format!("{:?}", manifest.diagnostics).contains("hunter2"));
    }

    #[test]
    fn markers_that_are_too_much_are_taken_as_needed() {
        let deep = format!("a; {}os_name == 'nt'{}", "(".repeat(100_000), ")".repeat(100_000));
        let long = format!("a; {}", vec!["extra == 'x'"; 1000].join(" or "));
        for text in [deep, long] {
            let manifest = read("requirements.txt", &text);
            assert_eq!(shown(&manifest), ["a"]);
            assert_eq!(
                wrong(&manifest),
                ["1: the marker has too many parts; the requirement is taken as always needed"]
            );
        }
    }
}

mod pyproject {
    use super::*;

    #[test]
    fn of_the_standards() {
        let text = r#"
[build-system]
requires = ["setuptools>=61", 'wheel']
[project]
name = "My.Project"
requires-python = ">=3.9"
dependencies = [
    "flask>=2",  # why
    "tomli==1.0; python_version < '3.11'",
]
[project.optional-dependencies]
web = ["uvicorn[standard]"]
[dependency-groups]
test = ["pytest", {include-group = "Lint_It"}]
lint-it = ["ruff==0.5"]
"#;
        holds(
            "pyproject.toml",
            text,
            &[
                "setuptools >=61 (build)",
                "wheel (build)",
                "flask >=2",
                "tomli ==1.0 is 1.0; python_full_version < '3.11'",
                "uvicorn[standard] (web)",
                "pytest (test)",
                "ruff ==0.5 is 0.5 (lint-it)",
            ],
        );
        let manifest = read("pyproject.toml", text);
        assert_eq!(manifest.project.as_ref().map(|name| name.as_str()), Some("my-project"));
        assert_eq!(manifest.requires_python.as_ref().map(ToString::to_string).as_deref(), Some(">=3.9"));
        assert_eq!(versions(&manifest, text), [">=61", "", ">=2", "==1.0", "", "", "==0.5"]);
        assert_eq!(&text[manifest.dependencies[3].range.clone()], "tomli==1.0; python_version < '3.11'");
    }

    #[test]
    fn groups_that_include_themselves_or_nothing() {
        let text = "[dependency-groups]\na = [{include-group = \"b\"}]\nb = [{include-group = \"a\"}, \"x\"]\nc = [{include-group = \"d\"}]\n";
        let manifest = read("pyproject.toml", text);
        assert_eq!(shown(&manifest), ["x (b)"]);
        assert_eq!(wrong(&manifest), ["3: this group includes itself", "4: there is no group `d`"]);
    }

    #[test]
    fn of_poetry() {
        let text = r#"
[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.9"
flask = "^2.0.1"
django = "1.2.3"
any = "*"
lib = { git = "https://h.example/lib.git", branch = "main" }
fixed = { git = "https://h.example/f.git", rev = "0123456789abcdef0123456789abcdef01234567" }
local = { path = "../local", develop = true }
wheel = { url = "https://h.example/w.whl" }
inner = { version = "~1.2", source = "own", extras = ["x"], markers = "os_name == 'nt'" }
psycopg2 = { version = "^2", optional = true }
many = [{ version = "^1", python = "<3.10" }, { version = "^2", platform = "linux" }]
union = "^1.0 || ^2.0"
[tool.poetry.dependencies.long]
version = ">=1"
[tool.poetry.extras]
pg = ["psycopg2"]
[tool.poetry.group.test.dependencies]
pytest = "~7"
[tool.poetry.dev-dependencies]
black = "==22.1"
[[tool.poetry.source]]
name = "own"
url = "https://own.example/simple"
priority = "explicit"
"#;
        let manifest = read("pyproject.toml", text);
        assert_eq!(
            shown(&manifest),
            [
                "flask >=2.0.1, <3",
                "django ==1.2.3 is 1.2.3",
                "any",
                "lib <vcs https://h.example/lib.git>",
                "fixed <vcs https://h.example/f.git at 0123456>",
                "local <path ../local>",
                "wheel <url https://h.example/w.whl>",
                "inner[x] >=1.2, <1.3; os_name == 'nt' <https://own.example/simple>",
                "psycopg2 >=2, <3 (pg)",
                "many >=1, <2; python_full_version < '3.10'",
                "many >=2, <3; sys_platform == 'linux'",
                "union >=1.0, <3",
                "long >=1",
                "pytest >=7, <8 (test)",
                "black ==22.1 is 22.1 (dev)",
            ]
        );
        assert_eq!(wrong(&manifest), ["16: the alternatives of `^1.0 || ^2.0` are taken as one range"]);
        assert_eq!(options(&manifest), ["ExplicitIndex https://own.example/simple"]);
        assert_eq!(manifest.requires_python.as_ref().map(ToString::to_string).as_deref(), Some(">=3.9, <4"));
        assert_eq!(versions(&manifest, text)[..2], ["^2.0.1", "1.2.3"]);
        assert_eq!(&text[manifest.dependencies[0].range.clone()], "flask = \"^2.0.1\"");
    }

    #[test]
    fn of_poetry_beside_the_standard() {
        let text = "[project]\ndependencies = [\"a>=1\"]\n[tool.poetry.dependencies]\na = { git = \"https://h.example/a\" }\n\
                    b = { path = \"b\" }\n";
        holds("pyproject.toml", text, &["a >=1 <vcs https://h.example/a>", "b <path b>"]);
    }

    #[test]
    fn of_pdm_hatch_and_uv() {
        let text = r#"
[project]
name = "x"
dependencies = ["a", "b", "c", "d"]
[tool.pdm.dev-dependencies]
test = ["pytest", "-e file:///srv/e#egg=e"]
[[tool.pdm.source]]
name = "pypi"
url = "https://mirror.example/simple"
[tool.hatch.envs.docs]
dependencies = ["sphinx"]
extra-dependencies = ["furo"]
[tool.uv]
dev-dependencies = ["ruff"]
extra-index-url = ["https://extra.example"]
[tool.uv.sources]
a = { git = "https://h.example/a", tag = "v1" }
b = { index = "own" }
c = { workspace = true }
d = [{ path = "d", marker = "os_name == 'nt'" }, { url = "https://h.example/d.zip" }]
[[tool.uv.index]]
name = "own"
url = "https://own.example"
explicit = true
"#;
        holds(
            "pyproject.toml",
            text,
            &[
                "a <vcs https://h.example/a>",
                "b <https://own.example>",
                "c <path >",
                "d <path d>",
                "pytest (test)",
                "e <path /srv/e> (test)",
                "sphinx (docs)",
                "furo (docs)",
                "ruff (dev)",
            ],
        );
        assert_eq!(
            options(&read("pyproject.toml", text)),
            [
                "Index https://mirror.example/simple",
                "PriorIndex https://extra.example",
                "ExplicitIndex https://own.example"
            ]
        );
    }

    #[test]
    fn dependencies_that_stand_elsewhere() {
        let dynamic = "[project]\nname = \"x\"\ndynamic = [\"dependencies\"]\n";
        let setuptools =
            format!("{dynamic}[tool.setuptools.dynamic]\ndependencies = {{ file = [\"requirements.txt\"] }}\n");
        let hatch = format!("{dynamic}[tool.hatch.metadata.hooks.requirements_txt]\nfiles = [\"r.txt\"]\n");
        let unknown = format!("{dynamic}[build-system]\nrequires = []\nbuild-backend = \"own\"\n");
        assert_eq!(includes(&read("pyproject.toml", &setuptools)), ["requirements.txt"]);
        assert_eq!(includes(&read("pyproject.toml", &hatch)), ["r.txt"]);
        let of_extras = format!(
            "{dynamic}[tool.hatch.metadata.hooks.requirements_txt]\nfilename = \"r.txt\"\n\
             [tool.hatch.metadata.hooks.requirements_txt.optional-dependencies]\na = [\"a.txt\"]\n"
        );
        assert_eq!(includes(&read("pyproject.toml", &of_extras)), ["r.txt", "a.txt"]);
        let pbr = format!("{dynamic}[build-system]\nrequires = [\"pbr\"]\nbuild-backend = \"pbr.build\"\n");
        assert_eq!(includes(&read("pyproject.toml", &pbr)), ["requirements.txt"]);
        assert_eq!(
            wrong(&read("pyproject.toml", &unknown)),
            ["3: the dependencies are only known when the project is built"]
        );
        assert_eq!(wrong(&read("pyproject.toml", dynamic)), Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_is_read() {
        for (text, expected, line) in [
            ("[project]\ndependencies = \"flask\"\n", vec![], 2),
            ("[project]\ndependencies = [\"a\",\n 1, \"b\"]\n", vec!["a", "b"], 3),
            ("project = 1\n", vec![], 1),
            ("[project]\nname = \"a\"\nname = \"b\"\ndependencies = [\"c\"]\n", vec!["c"], 3),
            ("[project]\ndependencies = [\"c\"]\n[tool\nx = 1\n", vec!["c"], 3),
            ("[tool.poetry.dependencies]\na = 1\nb = \"^x\"\n", vec!["a", "b"], 2),
        ] {
            let manifest = read("pyproject.toml", text);
            assert_eq!(shown(&manifest), expected, "{text}");
            assert_eq!(
                manifest.diagnostics.first().and_then(|it| it.line),
                Some(line),
                "{text}: {:?}",
                wrong(&manifest)
            );
        }
    }
}

#[test]
fn setup_cfg() {
    let text = "[metadata]\nname = my_project\n[options]\npython_requires = >=3.8\ninstall_requires =\n    flask>=2\n    # why\n\n    \
                tomli; python_version < '3.11'\nsetup-requires = a; b==1\ntests_require = c; os_name == 'nt'\n\
                [options.extras_require]\nDev = black\ndocs =\n  sphinx\n";
    holds(
        "setup.cfg",
        text,
        &[
            "flask >=2",
            "tomli; python_full_version < '3.11'",
            "a (build)",
            "b ==1 is 1 (build)",
            "c; os_name == 'nt' (test)",
            "black (dev)",
            "sphinx (docs)",
        ],
    );
    let manifest = read("setup.cfg", text);
    assert_eq!(manifest.project.as_ref().map(|name| name.as_str()), Some("my-project"));
    assert_eq!(manifest.requires_python.as_ref().map(ToString::to_string).as_deref(), Some(">=3.8"));
    let text = "[options]\ninstall_requires = file: a.txt, b.txt\ninstall_requires = c\nnonsense\n";
    let manifest = read("setup.cfg", text);
    assert_eq!(includes(&manifest), ["a.txt", "b.txt"]);
    assert_eq!(
        wrong(&manifest),
        ["3: `install_requires` is there twice in `[options]`", "4: neither a section nor a key with a value"]
    );
}

mod setup_py {
    use super::*;

    #[test]
    fn constants_in_place_or_under_a_name() {
        let text = r#"
import os, setuptools
BASE = ["flask>=2", 'jinja2' "==3"]
BASE += ["click"]
MORE = ("six",)
if os.name == "nt":
    BASE.append("colorama")
extras = {"dev": ["black"], ":python_version < '3.8'": ["old"]}
extras["all"] = extras["dev"] + ["more"]
NAME = "My_Project"
setuptools.setup(
    name=NAME,
    python_requires=">=3.8",
    install_requires=BASE + list(MORE) + """
        # why
        x==1
        y
    """,
    setup_requires=["wheel"] if os.name else None,
    tests_require="pytest",
    extras_require=extras,
)
"#;
        holds(
            "setup.py",
            text,
            &[
                "flask >=2",
                "jinja2 ==3 is 3",
                "click",
                "six",
                "colorama",
                "black (dev)",
                "black (all)",
                "old; python_full_version < '3.8'",
                "more (all)",
                "x ==1 is 1",
                "y",
                "wheel (build)",
                "pytest (test)",
            ],
        );
        let manifest = read("setup.py", text);
        assert_eq!(manifest.project.as_ref().map(|name| name.as_str()), Some("my-project"));
        assert_eq!(versions(&manifest, text)[..2], [">=2", ""]);
    }

    #[test]
    fn what_is_computed_is_named() {
        let text = "from setuptools import setup\nargs = dict(install_requires=read())\n\
                    setup(**args, extras_require={'a': open('requirements-a.txt').read().split()})\n\
                    setup(install_requires=['b', f'c=={v}', missing])\n";
        let manifest = read("setup.py", text);
        assert_eq!(shown(&manifest), ["b"]);
        assert_eq!(includes(&manifest), ["requirements-a.txt"]);
        let computed = "`install_requires` is computed; what it comes to is only known when the project is built";
        assert_eq!(wrong(&manifest), [2, 4, 4].map(|line| format!("{line}: {computed}")));
        assert!(manifest.diagnostics.iter().all(|it| !it.kind.is_incomplete()));
    }

    #[test]
    fn names_that_stand_for_themselves_end() {
        let text = "a = b + b\nb = a + a + ['x']\nsetup(install_requires=a, extras_require=c)\nc = c\n";
        assert_eq!(shown(&read("setup.py", text)), ["x"]);
        let deep = format!("setup(install_requires={}'x'{})", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(read("setup.py", &deep).diagnostics.len(), 1);
    }
}

#[test]
fn pipfile() {
    let text = r#"
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true
[[source]]
name = "own"
url = "https://user@own.example:8080/simple"
verify_ssl = false
[packages]
flask = "*"
django = "==3.2"
bare = "1.2.3"
requests = {version = ">=2,<3", extras = ["socks"], index = "own", markers = "os_name == 'nt'"}
lib = {git = "https://h.example/lib.git", ref = "main", editable = true}
local = {path = ".", editable = true}
win = {version = "*", sys_platform = "== 'win32'"}
[dev-packages]
pytest = "~=7.0"
[docs]
sphinx = ">=5"
[requires]
python_version = "3.9"
"#;
    holds(
        "Pipfile",
        text,
        &[
            "flask",
            "django ==3.2 is 3.2",
            "bare ==1.2.3 is 1.2.3",
            "requests[socks] >=2, <3; os_name == 'nt' <https://****@own.example:8080/simple>",
            "lib <vcs https://h.example/lib.git>",
            "local <path .>",
            "win; sys_platform == 'win32'",
            "pytest ~=7.0 (dev)",
            "sphinx >=5 (docs)",
        ],
    );
    let manifest = read("Pipfile", text);
    assert_eq!(
        options(&manifest),
        [
            "Index https://pypi.org/simple",
            "ExplicitIndex https://****@own.example:8080/simple",
            "TrustedHost own.example:8080",
        ]
    );
    assert_eq!(versions(&manifest, text)[..4], ["*", "==3.2", "1.2.3", ">=2,<3"]);
}

#[test]
fn conda() {
    let text = "name: x\nchannels: [conda-forge, defaults]\ndependencies:\n  - python=3.9\n  - numpy=1.21.2=py39_0\n  - scipy==1.7\n  \
                - \"pandas >=1,<2\"\n  - bioconda::samtools 1.12\n  - tzdata=2021e\n  - _libgcc_mutex=0.1=main\n  - pip\n  - pip:\n    - flask==2.0  # why\n    \
                - -r more.txt\n    - --extra-index-url https://b.example\n    - 'jinja2>=3'\n";
    let manifest = read("environment.yml", text);
    assert_eq!(
        shown(&manifest),
        [
            "python ==3.9.* <conda conda-forge>",
            "numpy ==1.21.2 is 1.21.2 <conda conda-forge>",
            "scipy ==1.7 is 1.7 <conda conda-forge>",
            "pandas >=1, <2 <conda conda-forge>",
            "samtools ==1.12 is 1.12 <conda bioconda>",
            "tzdata <conda conda-forge>",
            "pip <conda conda-forge>",
            "flask ==2.0 is 2.0",
            "jinja2 >=3",
        ]
    );
    assert_eq!(
        wrong(&manifest),
        [
            "9: the version of `tzdata=2021e` is none of a Python package",
            "10: `_libgcc_mutex` is the name of no package of Python; it was left out"
        ]
    );
    assert_eq!(includes(&manifest), ["more.txt"]);
    assert_eq!(options(&manifest), ["ExtraIndex https://b.example"]);
    assert_eq!(versions(&manifest, text)[3..], [">=1,<2", "1.12", "=2021e", "", "==2.0", ">=3"]);

    let broken = read("environment.yml", "dependencies:\n  - flask\n  - [\n");
    assert_eq!(shown(&broken), ["flask <conda defaults>"]);
    assert_eq!(wrong(&broken), ["3: not YAML: unclosed bracket '['"]);
}

#[test]
fn script() {
    let text = "#!/usr/bin/env -S uv run\n# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"requests<3\",\n#\n#   \"rich\",\n# ]\n\
                # [tool.uv.sources]\n# rich = { git = \"https://h.example/rich\" }\n# ///\n# dependencies = [\"no\"]\nimport requests\n";
    holds("tool.py", text, &["requests <3", "rich <vcs https://h.example/rich>"]);
    let manifest = read("tool.py", text);
    assert_eq!(versions(&manifest, text), ["<3", ""]);
    assert_eq!(&text[manifest.dependencies[0].range.clone()], "requests<3");
    holds("tool.py", "import os\n# /// other\n# x\n# ///\n", &[]);
    let open = read("tool.py", "\n# /// script\n# dependencies = [\"a\"]\nimport a\n");
    assert_eq!(wrong(&open), ["2: the block of metadata is not closed by `# ///`"]);
}

mod dockerfile {
    use super::*;

    #[test]
    fn what_is_installed() {
        let text = r#"# syntax=docker/dockerfile:1
FROM python:3.12
ENV PIP_EXTRA_INDEX_URL=https://b.example/simple
RUN apt-get update && apt-get install -y git \
    # pip install not-this
    && pip install --no-cache-dir --upgrade pip 'flask>=2,<3' "jinja2==3.0" \
    && rm -rf /var/lib/apt
RUN --mount=type=cache,target=/root/.cache pip3.11 install -i https://a.example/simple -r requirements.txt -c c.txt
RUN python -m pip --proxy http://p.example install requests[socks]==2.0 > /dev/null 2>&1 || true
RUN ["pip", "install", "exec==1.0", "more"]
RUN bash -c "pip install inner"
RUN uv pip install --system ruff; uv add httpx
RUN pip install git+https://h.example/x.git@0123456789abcdef0123456789abcdef01234567#egg=x .
run <<EOF
pip install heredoc==1
EOF
RUN pip uninstall gone && pip list
CMD ["pip", "install", "not-this"]
"#;
        holds(
            "Dockerfile",
            text,
            &[
                "pip",
                "flask >=2, <3",
                "jinja2 ==3.0 is 3.0",
                "requests[socks] ==2.0 is 2.0",
                "exec ==1.0 is 1.0",
                "more",
                "inner",
                "ruff",
                "httpx",
                "x <vcs https://h.example/x.git at 0123456>",
                "heredoc ==1 is 1",
            ],
        );
        let manifest = read("Dockerfile", text);
        assert_eq!(options(&manifest), ["ExtraIndex https://b.example/simple", "Index https://a.example/simple"]);
        assert_eq!(includes(&manifest), ["requirements.txt", "-c c.txt"]);
        assert_eq!(manifest.unnamed.len(), 1);
        assert_eq!(versions(&manifest, text)[1..5], [">=2,<3", "==3.0", "==2.0", "==1.0"]);
    }

    #[test]
    fn files_of_the_image_are_those_that_were_copied_there() {
        let text = "FROM python:3\nWORKDIR /app\nCOPY deps/base.txt requirements-*.txt ./\nADD [\"other.txt\", \"/tmp/\"]\n\
                    RUN pip install -r base.txt -r /app/requirements-web.txt -r /tmp/other.txt -r /gone.txt\n\
                    RUN --mount=type=bind,source=deps/late.txt,target=/mnt/late.txt pip install -r /mnt/late.txt\n\
                    RUN pip install -r https://h.example/r.txt -r near.txt\n";
        assert_eq!(
            includes(&read("Dockerfile", text)),
            [
                "deps/base.txt",
                "requirements-web.txt",
                "other.txt",
                "/gone.txt",
                "deps/late.txt",
                "https://h.example/r.txt",
                "near.txt",
            ]
        );
    }

    #[test]
    fn what_only_the_build_knows_is_named() {
        let manifest = read("Dockerfile", "RUN pip install $EXTRA \\\n  a==${A_VERSION} b>=1.0\n");
        assert_eq!(shown(&manifest), ["a", "b"]);
        assert_eq!(
            wrong(&manifest),
            [
                "1: what is installed here is only known when the image is built",
                "2: `==${A_VERSION}` is only known when it is installed",
                "2: what follows the name is read as a redirection, not as a version; put it in quotes",
            ]
        );
    }
}

#[test]
fn epochs_are_part_of_versions() {
    holds(
        "requirements.txt",
        "acme==1!2.0\nother>=1!2.0,!=1!2.5\n",
        &["acme ==1!2.0 is 1!2.0", "other >=1!2.0, !=1!2.5"],
    );
}

mod setup_py_files {
    use super::*;

    #[test]
    fn files_are_followed_through_functions_of_the_same_file() {
        let open = "import os\nhere = os.path.dirname(__file__)\n";
        for (text, expected) in [
            (
                "def read(name):\n    return open(os.path.join(here, name)).read()\nsetup(install_requires=read('requirements.txt').splitlines(), long_description=read('README.txt'))",
                "requirements.txt",
            ),
            (
                "def read(name):\n    with open(name) as f:\n        return [l.strip() for l in f if l]\nsetup(install_requires=read('requirements.txt'))",
                "requirements.txt",
            ),
            (
                "with open('README.txt') as f:\n    long = f.read()\nwith open('requirements.txt') as f:\n    required = f.read().splitlines()\nsetup(install_requires=required, long_description=long)",
                "requirements.txt",
            ),
            (
                "def reqs(*parts):\n    with open(os.path.join(here, 'requirements', *parts)) as f:\n        return f.readlines()\nsetup(install_requires=reqs('base.txt'))",
                "requirements/base.txt",
            ),
            (
                "def reqs():\n    path = os.path.join(here, 'reqs.txt')\n    return list(map(str.strip, open(path).readlines()))\nsetup(install_requires=reqs())",
                "reqs.txt",
            ),
            (
                "from pathlib import Path\nsetup(install_requires=(Path(__file__).parent / 'requirements.txt').read_text().split())",
                "requirements.txt",
            ),
            ("from pathlib import Path\nsetup(install_requires=Path('deps.txt').read_text().split('\\n'))", "deps.txt"),
            (
                "def req(name='requirements.txt'):\n    return [str(r.req) for r in parse_requirements(name, session=None)]\nsetup(install_requires=req())",
                "requirements.txt",
            ),
            (
                "import io\nsetup(install_requires=[x for x in io.open('requirements.in', encoding='utf-8')])",
                "requirements.in",
            ),
        ] {
            let manifest = read("setup.py", &format!("{open}{text}\n"));
            assert_eq!(includes(&manifest), [expected], "{text}\n{:?}", wrong(&manifest));
            assert_eq!(wrong(&manifest), Vec::<String>::new(), "{text}");
        }
        holds("setup.py", "def deps():\n    return ['a>=1', 'b']\nsetup(install_requires=deps())\n", &["a >=1", "b"]);
        // A function that calls itself, and one that nobody can follow.
        let manifest = read(
            "setup.py",
            "def f(x):\n    return f(x) + open(x)\nsetup(install_requires=f(f), extras_require={'a': g()})\n",
        );
        assert_eq!(wrong(&manifest).len(), 3, "{:?}", wrong(&manifest));
        // Of files whose names are made up there is only the end.
        let manifest = read(
            "setup.py",
            "def reqs(name):\n    return open('requirements/' + name).readlines()\n\
             setup(install_requires=reqs('base.txt'), extras_require={x: reqs(x + '.txt') for x in NAMES})\n",
        );
        assert_eq!(includes(&manifest), ["requirements/base.txt"]);
    }
}
