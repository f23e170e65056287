//! No text makes a reader panic or say something of places that are not there.

use proptest::prelude::*;
use seriema_deps::manifest::{self, Manifest, ManifestKind};

const KINDS: [ManifestKind; 8] = [
    ManifestKind::Requirements,
    ManifestKind::Pyproject,
    ManifestKind::SetupCfg,
    ManifestKind::SetupPy,
    ManifestKind::Pipfile,
    ManifestKind::CondaEnvironment,
    ManifestKind::Script,
    ManifestKind::Dockerfile,
];

/// Pieces of all formats; texts of them get further than texts of anything.
const PIECES: [&str; 96] = [
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "    ",
    "\t",
    "\0",
    "\u{feff}",
    "é",
    "\u{2028}",
    "\u{a0}",
    "💥",
    "\\\n",
    "\\",
    "#",
    " # ",
    "# via ",
    "a",
    "flask",
    "b-c",
    "==",
    ">=",
    "~=",
    "===",
    "<",
    "^",
    "~",
    "|",
    "1.2",
    "1.*",
    "*",
    "1.0.dev0",
    "0",
    ",",
    ";",
    "; python_version < '3'",
    "; extra == 'x'",
    "[x]",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "@",
    " @ ",
    "https://h.example/",
    "git+",
    "#egg=a",
    "a-1.0.zip",
    "a-1-py3-none-any.whl",
    "./",
    "file:",
    "${V}",
    "$(",
    "`",
    "-r ",
    "-e ",
    "--hash=sha256:0",
    "-",
    "--",
    "--index-url ",
    "-i",
    "'",
    "\"",
    "\"\"\"",
    "'''",
    "=",
    " = ",
    ":",
    ": ",
    "- ",
    "- pip:",
    "\ndependencies:\n",
    "\n  - ",
    "\n[project]\ndependencies = [",
    "\n[tool.poetry.dependencies]\n",
    "\n[dependency-groups]\n",
    "include-group",
    "\n[tool.uv.sources]\n",
    "version",
    "git",
    "\n[packages]\n",
    "\n[options]\ninstall_requires =\n",
    "setup(",
    "install_requires=",
    "extras_require=",
    "\n# /// script\n",
    "\n# ///\n",
    "\n# ",
    "\nRUN ",
    "pip install ",
    " && ",
    "<<EOF\n",
    "sh -c ",
];

fn check(text: &str) {
    for kind in KINDS {
        let manifest = manifest::read("some/file", kind, text);
        places(&manifest, text);
        assert_eq!(manifest.kind, kind);
    }
}

fn places(manifest: &Manifest, text: &str) {
    for dependency in &manifest.dependencies {
        let part = text.get(dependency.range.clone()).expect("the range of a dependency");
        assert!(!part.is_empty(), "{dependency:?}");
        if let Some(version) = &dependency.version_range {
            assert!(!text.get(version.clone()).expect("the range of a version").is_empty());
            assert!(dependency.range.start <= version.start || manifest.kind == ManifestKind::Pyproject);
        }
    }
    let others = manifest.includes.iter().map(|it| &it.range).chain(manifest.unnamed.iter().map(|it| &it.range));
    for range in others.chain(manifest.options.iter().map(|it| &it.range)) {
        assert!(text.get(range.clone()).is_some(), "{range:?}");
    }
    let lines = u32::try_from(text.split(['\n', '\r']).count()).expect("few");
    assert!(manifest.diagnostics.iter().all(|it| it.line.is_none_or(|line| (1..=lines).contains(&line))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_anything(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn texts_of_what_manifests_are_made_of(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        check(&pieces.concat());
    }
}

/// A good manifest of each format.
fn samples() -> Vec<(ManifestKind, String)> {
    vec![
        (ManifestKind::Requirements, "flask==1.0 \\\n  --hash=sha256:00 # é\n-r b.txt\na @ git+https://h/x@main ; os_name == 'nt'\n".into()),
        (ManifestKind::Pyproject, "[project]\nname = \"é\"\ndependencies = [\"a>=1\", 'b']\n[tool.poetry.dependencies]\na = { version = \"^1\" }\n[dependency-groups]\na = [{include-group = \"a\"}]\n".into()),
        (ManifestKind::SetupCfg, "[options]\ninstall_requires =\n  a>=1\n  é\n[options.extras_require]\nb = c; d\n".into()),
        (ManifestKind::SetupPy, "from setuptools import setup\nA = ['é', 'a>=1']\nsetup(install_requires=A + ['b'], extras_require={'c': ['d']})\n".into()),
        (ManifestKind::Pipfile, "[[source]]\nurl = \"https://é\"\n[packages]\na = \"*\"\nb = {version = \"==1\", markers = \"os_name == 'nt'\"}\n".into()),
        (ManifestKind::CondaEnvironment, "name: é\nchannels: [c]\ndependencies:\n  - a=1=b\n  - pip:\n    - d==1\n    - 'e'\n".into()),
        (ManifestKind::Script, "# é\n# /// script\n# dependencies = [\n#  \"a>=1\",\n# ]\n# ///\nimport a\n".into()),
        (ManifestKind::Dockerfile, "FROM é\nRUN pip install 'a>=1' \\\n  # c\n  b -r c.txt && sh -c \"pip install é d\"\nRUN <<E\npip install f\nE\n".into()),
    ]
}

#[test]
fn texts_that_end_anywhere() {
    for (kind, text) in samples() {
        for (at, _) in text.char_indices() {
            for part in [&text[..at], &text[at..]] {
                places(&manifest::read("some/file", kind, part), part);
            }
        }
    }
}

#[test]
fn bytes_of_zero_anywhere() {
    for (kind, text) in samples() {
        for (at, _) in text.char_indices() {
            let text = format!("{}\0{}", &text[..at], &text[at..]);
            places(&manifest::read("some/file", kind, &text), &text);
        }
    }
}

/// Twice as many lines may not take more than about twice as long; what is quadratic here takes minutes.
#[test]
fn a_hundred_thousand_lines() {
    let many = |head: &str, line: &dyn Fn(usize) -> String, tail: &str| {
        let lines: String = (0..100_000).map(line).collect();
        format!("{head}{lines}{tail}")
    };
    for (kind, text) in [
        (ManifestKind::Requirements, many("", &|n| format!("p{n}==1.{n} \\\n    --hash=sha256:0\n    # via x\n"), "")),
        (ManifestKind::Requirements, many("a \\\n", &|_| "  --hash=sha256:0 \\\n".into(), "")),
        (ManifestKind::Pyproject, many("[project]\ndependencies = [\n", &|n| format!("\"p{n}>=1\",\n"), "]\n")),
        (
            ManifestKind::Pyproject,
            many("[tool.poetry.dependencies]\n", &|n| format!("p{n} = {{ version = \"^1\", path = \"x\" }}\n"), ""),
        ),
        (
            ManifestKind::Pyproject,
            many(
                "[dependency-groups]\n",
                &|n| format!("g{n} = [{{include-group = \"g{}\"}}, \"p\"]\n", n + 1),
                "g100000 = []\n",
            ),
        ),
        (ManifestKind::SetupCfg, many("[options]\ninstall_requires =\n", &|n| format!("  p{n}>=1\n"), "")),
        (ManifestKind::SetupPy, many("setup(install_requires=[\n", &|n| format!("'p{}',\n", n % 1000), "])\n")),
        (ManifestKind::Pipfile, many("[packages]\n", &|n| format!("p{n} = \"*\"\n"), "")),
        (ManifestKind::CondaEnvironment, many("dependencies:\n", &|n| format!("  - p{n}=1\n"), "")),
        (
            ManifestKind::Script,
            many("# /// script\n# dependencies = [\n", &|n| format!("#  \"p{n}\",\n"), "# ]\n# ///\n"),
        ),
        (ManifestKind::Dockerfile, many("RUN pip install \\\n", &|n| format!("  p{n} \\\n"), "  last\n")),
        (ManifestKind::Dockerfile, many("", &|n| format!("RUN pip install p{n} && sh -c 'pip install q'\n"), "")),
    ] {
        let started = std::time::Instant::now();
        let manifest = manifest::read("some/file", kind, &text);
        println!("{kind:?}: {} dependencies in {:?}", manifest.dependencies.len(), started.elapsed());
        places(&manifest, &text);
        assert!(!manifest.dependencies.is_empty());
        assert!(started.elapsed().as_secs() < 60, "{kind:?}");
    }
}

#[test]
fn texts_that_nest() {
    for (open, close) in
        [("[", "]"), ("{", "}"), ("(", ")"), ("- ", ""), ("a: ", ""), ("not ", ""), ("$(", ")"), ("a = [", "]")]
    {
        for head in ["", "setup(install_requires=", "dependencies: ", "[project]\ndependencies = ", "a; ", "RUN "] {
            let text = format!("{head}{}x{}", open.repeat(20_000), close.repeat(20_000));
            check(&text);
        }
    }
}

/// Markers of as many parts as are read, each about two of eight variables: however they are joined, they are read at once.
#[test]
fn markers_that_mix_variables() {
    let variables =
        ["os_name", "sys_platform", "platform_machine", "platform_release", "platform_system", "implementation_name"];
    for (inner, outer) in [(" and ", " or "), (" or ", " and ")] {
        let pair = |n: usize| {
            let (a, b) = (variables[n % 6], variables[(n * 5 + 3) % 6]);
            format!("({a} != 'a{n}'{inner}{b} >= 'b{n}')")
        };
        let parts: Vec<String> = (0..32).map(pair).collect();
        let started = std::time::Instant::now();
        let manifest = manifest::read("r.txt", ManifestKind::Requirements, &format!("a; {}", parts.join(outer)));
        assert_eq!(manifest.diagnostics, []);
        assert!(started.elapsed().as_secs() < 10);
    }
}
