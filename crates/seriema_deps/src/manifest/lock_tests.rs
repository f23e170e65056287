//! Locks as tools write them, and what may have become of them.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

const UV: &str = r#"version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "Requests" },
    { name = "colorama", marker = "sys_platform == 'win32'" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[package.metadata]
requires-dist = [{ name = "requests" }, { name = "tool", marker = "extra == 'x'" }]

[[package]]
name = "requests"
version = "2.31.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "idna" }]
sdist = { url = "https://example.org/r.tar.gz", hash = "sha256:00", size = 1 }

[[package]]
name = "idna"
version = "3.4"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "iniconfig" }, { name = "idna" }]

[[package]]
name = "iniconfig"
version = "2.0"
source = { git = "https://example.org/i.git?rev=main#0123456789abcdef0123456789abcdef01234567" }
"#;

const POETRY: &str = r#"[[package]]
name = "Flask"
version = "2.0"
optional = false
python-versions = "*"
groups = ["main", "dev"]
files = [{file = "f.whl", hash = "sha256:00"}]
markers = "python_version >= '3.9'"

[package.dependencies]
click = {version = ">=8", markers = "x"}

[[package]]
name = "click"
version = "8.1"
groups = ["dev"]
files = []

[package.source]
type = "git"
url = "https://example.org/click.git"
reference = "main"
resolved_reference = "0123456789abcdef0123456789abcdef01234567"

[metadata]
lock-version = "2.1"
python-versions = ">=3.9"
"#;

const PDM: &str = r#"[metadata]
groups = ["default", "test"]

[[package]]
name = "requests"
version = "2.31.0"
groups = ["default"]
dependencies = ["idna<4,>=2.5; python_version > '3'"]
files = [{file = "r.whl", hash = "sha256:00"}]

[[package]]
name = "requests"
version = "2.31.0"
extras = ["socks"]
groups = ["test"]
dependencies = ["requests==2.31.0", "PySocks!=1.5.7"]
files = [{file = "r.whl", hash = "sha256:00"}]
"#;

const PIPFILE: &str = r#"{
  "_meta": {"sources": [{"name": "pypi", "url": "https://pypi.org/simple"}]},
  "default": {
    "requests": {"version": "==2.31.0", "hashes": ["sha256:00"], "index": "pypi", "markers": "python_version >= '3.7'"},
    "tool": {"git": "https://example.org/tool.git", "ref": "main"}
  },
  "develop": {"requests": {"version": "==2.31.0", "hashes": ["sha256:00"], "index": "pypi"}, "any": {"version": "*"}},
  "docs": {"markdown": {"version": "==3.5"}}
}"#;

const PYLOCK: &str = r#"lock-version = "1.0"
requires-python = ">=3.11"
[[packages]]
name = "attrs"
version = "25.1.0"
index = "https://pypi.org/simple"
wheels = [{ url = "https://example.org/a.whl", hashes = { sha256 = "00" } }]
[[packages]]
name = "pytest"
version = "8.0"
marker = "'test' in dependency_groups or 'dev' in extras"
dependencies = [{ name = "attrs" }]
[[packages]]
name = "tool"
vcs = { type = "git", url = "https://example.org/t.git", commit-id = "0123456789abcdef0123456789abcdef01234567" }
"#;

const CONDA: &str = "version: 1
package:
- name: python
  version: 3.11.0
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://conda.anaconda.org/conda-forge/linux-64/python-3.11.0-0.conda
  hash: {md5: '00'}
- name: _libgcc_mutex
  version: '0.1'
  manager: conda
- name: requests
  version: 2.31.0
  manager: pip
  platform: linux-64
  dependencies: {idna: '>=2'}
  url: https://files.pythonhosted.org/packages/r.whl
  hash: {sha256: '00'}
  category: dev
- name: requests
  version: 2.31.0
  manager: pip
  platform: osx-64
  url: https://files.pythonhosted.org/packages/r.whl
  hash: {sha256: '00'}
  category: main
";

const CYCLONEDX: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5",
 "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "root"}},
 "components": [
  {"type": "library", "bom-ref": "r", "name": "requests", "version": "2.31.0", "purl": "pkg:pypi/requests@2.31.0",
   "components": [{"type": "library", "bom-ref": "i", "name": "idna", "purl": "pkg:pypi/idna@3.4"}]},
  {"type": "library", "name": "left-pad", "purl": "pkg:npm/left-pad@1.0"},
  {"type": "library", "name": "mystery", "version": "1"}],
 "dependencies": [{"ref": "root", "dependsOn": ["r"]}, {"ref": "r", "dependsOn": ["i"]}]}"#;

const SPDX: &str = r#"{"spdxVersion": "SPDX-2.3",
 "packages": [
  {"SPDXID": "root", "name": "shop"},
  {"SPDXID": "r", "name": "requests", "versionInfo": "2.31.0",
   "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/requests@2.31.0"}]},
  {"SPDXID": "i", "name": "idna", "versionInfo": ">= 2, < 4",
   "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/idna"}]}],
 "relationships": [
  {"spdxElementId": "doc", "relationshipType": "DESCRIBES", "relatedSpdxElement": "root"},
  {"spdxElementId": "root", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "r"},
  {"spdxElementId": "i", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "r"}]}"#;

const SPDX3: &str = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
 {"type": "software_Package", "spdxId": "r", "name": "requests", "software_packageVersion": "2.31.0",
  "software_packageUrl": "pkg:pypi/requests@2.31.0"}]}"#;

const METADATA: &str = "Metadata-Version: 2.1\nName: Requests\nVersion: 2.31.0\nRequires-Dist: idna<4,>=2.5\n\
                        Requires-Dist: PySocks>=1.5 ; extra == 'socks'\n\nName: not a header\n";

const VENDOR_TXT: &str = "# comment\nrequests==2.31.0\n    idna==3.4  # why\nsetuptools\n";

const VENDOR_PY: &str = "from x import y\n__version__: str = '1.16.0'\n";

const ALL: [(ManifestKind, &str, &str); 12] = [
    (ManifestKind::UvLock, "uv.lock", UV),
    (ManifestKind::PoetryLock, "poetry.lock", POETRY),
    (ManifestKind::PdmLock, "pdm.lock", PDM),
    (ManifestKind::PipfileLock, "Pipfile.lock", PIPFILE),
    (ManifestKind::Pylock, "pylock.toml", PYLOCK),
    (ManifestKind::CondaLock, "conda-lock.yml", CONDA),
    (ManifestKind::CycloneDx, "bom.json", CYCLONEDX),
    (ManifestKind::Spdx, "a.spdx.json", SPDX),
    (ManifestKind::Spdx, "b.spdx.json", SPDX3),
    (ManifestKind::Metadata, "a.dist-info/METADATA", METADATA),
    (ManifestKind::Vendored, "a/_vendor/vendor.txt", VENDOR_TXT),
    (ManifestKind::Vendored, "a/_vendor/six.py", VENDOR_PY),
];

/// Reads a text, and holds that every place lies in it.
fn read(kind: ManifestKind, path: &str, text: &str) -> Manifest {
    let manifest = super::read(path, kind, text);
    let lines = u32::try_from(text.matches('\n').count() + 1).expect("a small text");
    for dependency in &manifest.dependencies {
        assert!(text.get(dependency.range.clone()).is_some(), "{dependency:?}");
        assert!(dependency.version_range.clone().is_none_or(|range| text.get(range).is_some()), "{dependency:?}");
    }
    for diagnostic in &manifest.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&line)), "{diagnostic:?}");
    }
    let paths = tree::paths(&manifest);
    for index in 0..=manifest.dependencies.len() {
        let _ = paths.to(index);
    }
    manifest
}

fn sample(kind: ManifestKind) -> Manifest {
    let (_, path, text) = ALL.iter().find(|(known, ..)| *known == kind).expect("a sample");
    read(kind, path, text)
}

/// Each package in a line: name, version, group, whether it is direct (`*`) and hashed (`#`), what it asks for.
fn shown(manifest: &Manifest) -> Vec<String> {
    let line = |dependency: &Dependency| {
        let mut line = dependency.name.to_string();
        if let Some(version) = &dependency.version {
            let _ = write!(line, " {version}");
        }
        if let Some(group) = &dependency.group {
            let _ = write!(line, " ({group})");
        }
        line.push_str(if dependency.is_direct == Some(true) { " *" } else { "" });
        line.push_str(if dependency.is_hashed { " #" } else { "" });
        for name in &dependency.requires {
            let _ = write!(line, " >{name}");
        }
        line
    };
    manifest.dependencies.iter().map(line).collect()
}

fn lines(manifest: &Manifest) -> Vec<Option<u32>> {
    manifest.diagnostics.iter().map(|diagnostic| diagnostic.line).collect()
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn uv_says_what_is_direct_and_which_group_brings_what() {
    let manifest = sample(ManifestKind::UvLock);
    let expected = [
        "requests 2.31.0 * # >idna",
        "idna 3.4",
        "colorama 0.4.6 *",
        "pytest 8.0 (dev) * >idna >iniconfig",
        "iniconfig 2.0 (dev)",
    ];
    assert_eq!(shown(&manifest), expected);
    assert_eq!(manifest.project.as_ref().map(Name::as_str), Some("shop"));
    assert!(manifest.diagnostics.is_empty() && manifest.requires_python.is_some());
    assert!(!manifest.dependencies[2].marker.is_true() && manifest.dependencies[0].marker.is_true());
    let origin =
        Origin::Vcs { url: "https://example.org/i.git".to_owned(), commit: Some(COMMIT.to_owned()), revision: None };
    assert_eq!(manifest.dependencies[4].origin, origin);
    assert_eq!(&UV[manifest.dependencies[0].range.clone()], "name = \"requests\"");
    assert_eq!(manifest.dependencies[0].version_range.clone().map(|range| &UV[range]), Some("2.31.0"));
    let paths = tree::paths(&manifest);
    let chain = |index| paths.to(index).map(|chain| chain.iter().map(|name| name.as_str()).collect::<Vec<_>>());
    assert_eq!(chain(1), Some(vec!["requests", "idna"]));
    assert_eq!(chain(4), Some(vec!["pytest", "iniconfig"]));
    assert_eq!(chain(5), None);
}

#[test]
fn members_of_a_workspace_are_no_dependencies_and_forks_are_all_there() {
    let text = "[manifest]\nmembers = [\"a\", \"b\"]\n\
        [[package]]\nname = \"a\"\nversion = \"0\"\nsource = { editable = \"libs/a\" }\ndependencies = [{ name = \"n\", version = \"1.0\" }]\n\
        [[package]]\nname = \"b\"\nsource = { virtual = \".\" }\n\
        [[package]]\nname = \"lib\"\nversion = \"0\"\nsource = { directory = \"../lib\" }\n\
        [[package]]\nname = \"n\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
        [[package]]\nname = \"n\"\nversion = \"2.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
    let manifest = read(ManifestKind::UvLock, "uv.lock", text);
    assert_eq!(shown(&manifest), ["lib 0", "n 1.0 *", "n 2.0 *"]);
    assert_eq!(manifest.dependencies[0].origin, Origin::Path("../lib".to_owned()));
}

#[test]
fn poetry_has_groups_sources_and_markers() {
    let manifest = sample(ManifestKind::PoetryLock);
    assert_eq!(shown(&manifest), ["flask 2.0 # >click", "click 8.1 (dev)"]);
    assert!(!manifest.dependencies[0].marker.is_true());
    assert!(matches!(&manifest.dependencies[1].origin, Origin::Vcs { commit: Some(commit), .. } if commit == COMMIT));
    let old = "[[package]]\nname = \"a\"\nversion = \"1\"\ncategory = \"dev\"\noptional = false\n\
        [[package]]\nname = \"b\"\nversion = \"1\"\ncategory = \"main\"\noptional = true\n\
        [extras]\nx = [\"b\"]\n[metadata.files]\na = [{file = \"f\", hash = \"sha256:0\"}]\nb = []\n";
    assert_eq!(shown(&read(ManifestKind::PoetryLock, "poetry.lock", old)), ["a 1 (dev) #", "b 1 (x)"]);
}

#[test]
fn pdm_has_one_entry_for_a_release() {
    let manifest = sample(ManifestKind::PdmLock);
    assert_eq!(shown(&manifest), ["requests 2.31.0 # >idna >pysocks"]);
    assert_eq!(manifest.dependencies[0].extras, ["socks"]);
}

#[test]
fn pipenv_has_categories() {
    let manifest = sample(ManifestKind::PipfileLock);
    assert_eq!(shown(&manifest), ["requests 2.31.0 #", "tool", "any (dev)", "markdown 3.5 (docs)"]);
    assert_eq!(manifest.dependencies[0].origin, Origin::Index(Some("https://pypi.org/simple".to_owned())));
    let tool = Origin::Vcs { url: "https://example.org/tool.git".to_owned(), commit: None, revision: None };
    assert_eq!(manifest.dependencies[1].origin, tool);
    assert_eq!(lines(&manifest), []);
}

#[test]
fn pylock_is_read() {
    let manifest = sample(ManifestKind::Pylock);
    assert_eq!(shown(&manifest), ["attrs 25.1.0 #", "pytest 8.0 (test) >attrs", "tool"]);
    assert_eq!(lines(&manifest), []);
}

#[test]
fn conda_and_pip_are_told_apart() {
    let manifest = sample(ManifestKind::CondaLock);
    assert_eq!(shown(&manifest), ["python 3.11.0 #", "requests 2.31.0 # >idna"]);
    assert_eq!(manifest.dependencies[0].origin, Origin::Conda("conda-forge".to_owned()));
    assert_eq!(manifest.dependencies[1].origin, Origin::Index(None));
    assert_eq!(lines(&manifest), [Some(10)], "a name that is left out is named");
    assert!(manifest.diagnostics[0].message.contains("`_libgcc_mutex`"));
    assert_eq!(manifest.dependencies[1].repeated.len(), 1);
    let text = "dependencies:\n- _openmp_mutex=4.5\n- python=3.11\n- _libgcc_mutex\n";
    let manifest = read(ManifestKind::CondaEnvironment, "environment.yml", text);
    assert_eq!(shown(&manifest), ["python *"]);
    assert_eq!(lines(&manifest), [Some(2)]);
}

#[test]
fn inventories_are_read_by_package_urls() {
    let manifest = sample(ManifestKind::CycloneDx);
    assert_eq!(shown(&manifest), ["requests 2.31.0 * >idna", "idna 3.4"]);
    assert_eq!(manifest.dependencies[1].version_range.clone().map(|range| &CYCLONEDX[range]), Some("3.4"));
    assert_eq!(lines(&manifest), [Some(7)], "a library of unknown origin");
    let manifest = sample(ManifestKind::Spdx);
    assert_eq!(shown(&manifest), ["requests 2.31.0 * >idna", "idna"]);
    assert_eq!(manifest.dependencies[1].specifiers.len(), 2);
    assert_eq!(shown(&read(ManifestKind::Spdx, "b.spdx.json", SPDX3)), ["requests 2.31.0"]);
}

#[test]
fn metadata_are_of_one_package() {
    assert_eq!(shown(&sample(ManifestKind::Metadata)), ["requests 2.31.0 >idna"]);
}

#[test]
fn vendored_copies_are_named_by_their_list_or_directory() {
    let manifest = sample(ManifestKind::Vendored);
    assert_eq!(shown(&manifest), ["requests 2.31.0", "idna 3.4", "setuptools"]);
    assert_eq!(lines(&manifest), [Some(4)]);
    let copy = |path, text| shown(&read(ManifestKind::Vendored, path, text));
    assert_eq!(copy("a/_vendor/six.py", VENDOR_PY), ["six 1.16.0"]);
    assert_eq!(copy("a/_vendor/idna/__init__.py", "from .v import __version__\n"), [""; 0]);
    assert_eq!(copy("a/_vendor/idna/__init__.py", "__version__ = '.'.join(parts)\n"), [""; 0]);
    assert_eq!(copy("a/_vendor/idna/__init__.py", "version = '1'\n"), [""; 0]);
    assert_eq!(copy("a/_vendor/idna/_version.py", "version = \"3.4\"\n"), ["idna 3.4"]);
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_the_rest_is_read() {
    let text = "[[package]]\nname = \"a b\"\nversion = \"1\"\n[[package]]\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"one\"\n\
        [[package]]\nname = 1\n[[package]]\nname = \"c\"\nversion = 2\n[[package]]\nname = \"d\"\n[[package]]\nname = \"e\"\nversion = \"1\"\n";
    for kind in [ManifestKind::UvLock, ManifestKind::PoetryLock, ManifestKind::PdmLock] {
        let manifest = read(kind, "x.lock", text);
        assert_eq!(shown(&manifest), ["b", "c", "d", "e 1"]);
        assert_eq!(lines(&manifest), [Some(2), Some(4), Some(8), Some(10), Some(13), Some(15)]);
    }
    for (kind, path, _) in ALL {
        for text in ["", "1", "[]", "package = 1", "{\"packages\": 1, \"components\": 2}"] {
            let manifest = read(kind, path, text);
            assert!(path.ends_with("six.py") || !manifest.diagnostics.is_empty() || text.is_empty(), "{path}: {text}");
        }
    }
}

#[test]
fn a_lock_that_names_nothing_is_named() {
    for kind in [ManifestKind::UvLock, ManifestKind::PoetryLock, ManifestKind::PdmLock] {
        for text in ["version = 1\n", "[metadata]\nx = 1\n", "[manifest]\n", "package = 1\n"] {
            let manifest = read(kind, "x.lock", text);
            assert_eq!(lines(&manifest), [Some(1)], "{kind:?} {text}");
            assert!(manifest.diagnostics[0].kind.is_incomplete());
        }
        assert_eq!(lines(&read(kind, "x.lock", "package = []\n")), []);
    }
    let empty = read(ManifestKind::PdmLock, "pdm.lock", "[metadata]\ncontent_hash = \"sha256:00\"\n");
    assert!(!empty.diagnostics[0].kind.is_incomplete());
}

#[test]
fn origins_hold_no_passwords() {
    for (kind, text) in [
        (
            ManifestKind::Requirements,
            "-i https://u:hunter2@h\n--extra-index-url https://hunter2@h\n-r https://u:hunter2@h/r.txt\na @ git+https://u:hunter2@h/a.git\nhttps://u:hunter2@h/x\n",
        ),
        (
            ManifestKind::UvLock,
            "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://u:hunter2@h/simple\" }\n",
        ),
        (
            ManifestKind::PoetryLock,
            "[[package]]\nname = \"a\"\nversion = \"1\"\n[package.source]\ntype = \"git\"\nurl = \"https://u:hunter2@h/a.git\"\n",
        ),
        (
            ManifestKind::Pipfile,
            "[[source]]\nurl = \"https://u:hunter2@h/simple\"\nname = \"x\"\n[packages]\na = { version = \"*\", index = \"x\" }\nb = { git = \"https://hunter2@h/b\" }\n",
        ),
    ] {
        let manifest = super::read("x", kind, text);
        let said = format!("{manifest:?}");
        assert!(!said.contains("hunter2") && said.contains("*******"), "{said}");
    }
}

#[test]
fn messages_hold_no_passwords_and_are_bounded() {
    let text = "[[package]]\nname = \"https://user:hunter2@example.org\"\n".repeat(1000);
    let manifest = read(ManifestKind::UvLock, "uv.lock", &text);
    assert_eq!(manifest.diagnostics.len(), 101);
    assert!(manifest.diagnostics.iter().all(|diagnostic| !diagnostic.message.contains("hunter2")));
}

#[test]
fn markers_that_would_cost_much_are_taken_as_true() {
    let many = (0..200).map(|n| format!("(extra == 'a{n}' and extra == 'b{n}')")).collect::<Vec<_>>().join(" or ");
    for marker in [
        many,
        "python_version >= '3.7'ä".to_owned(),
        "(".repeat(100_000),
        format!("{}os_name == 'nt'{}", "(".repeat(500), ")".repeat(500)),
    ] {
        assert_eq!(lock::marker(&marker), Err(()));
    }
}

#[test]
fn a_lock_of_a_hundred_thousand_packages_is_read_in_time() {
    let mut uv = "[[package]]\nname = \"shop\"\nversion = \"0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"p0\" }]\n".to_owned();
    let mut pipfile = "{\"default\": {\"x\": {\"version\": \"==1\"}".to_owned();
    let count = 100_000;
    for n in 0..count {
        let next = (n + 1) % count;
        let _ = write!(
            uv,
            "[[package]]\nname = \"p{n}\"\nversion = \"1.{n}\"\ndependencies = [{{ name = \"p{next}\" }}]\n"
        );
        let _ = write!(pipfile, ",\n\"p{n}\": {{\"version\": \"==1.{n}\"}}");
    }
    pipfile.push_str("}}");
    let manifest = super::read("uv.lock", ManifestKind::UvLock, &uv);
    assert_eq!(manifest.dependencies.len(), count);
    assert_eq!(tree::paths(&manifest).to(count - 1).map(|chain| chain.len()), Some(count));
    let manifest = super::read("Pipfile.lock", ManifestKind::PipfileLock, &pipfile);
    assert_eq!(manifest.dependencies.len(), count + 1);
}

#[test]
fn circles_without_a_start_have_a_chain() {
    let text = "[[package]]\nname = \"a\"\nversion = \"1\"\n[package.dependencies]\nb = \"*\"\n\
        [[package]]\nname = \"b\"\nversion = \"1\"\n[package.dependencies]\na = \"*\"\n";
    let manifest = read(ManifestKind::PoetryLock, "poetry.lock", text);
    assert_eq!(tree::paths(&manifest).to(1).map(|chain| chain.len()), Some(2));
}

#[test]
fn texts_that_end_anywhere_are_survived() {
    for (kind, path, text) in ALL {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            read(kind, path, &text[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC*", pick in 0..ALL.len()) {
        let (kind, path, _) = ALL[pick];
        read(kind, path, &text);
    }

    #[test]
    fn any_change_of_a_lock_is_survived(
        pick in 0..ALL.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}\"':,#=.@\n ä1a\\\\-]{0,4}"), 1..6),
    ) {
        let (kind, path, text) = ALL[pick];
        let mut text = text.to_owned();
        for (place, piece) in changes {
            let at = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.ceil_char_boundary((at + piece.len() / 2).min(text.len()));
            text.replace_range(at..end, &piece);
        }
        read(kind, path, &text);
    }
}

/// Our own bills of materials, as the tests of the reports have them, are read as what they were written of.
#[test]
fn what_we_write_is_read_back() {
    let written = [
        (
            ManifestKind::CycloneDx,
            include_str!("../../../seriema_report/tests/snapshots/snapshots__packages_as_cyclonedx.snap"),
        ),
        (ManifestKind::Spdx, include_str!("../../../seriema_report/tests/snapshots/snapshots__packages_as_spdx.snap")),
    ];
    for (kind, snapshot) in written {
        let text = &snapshot[snapshot.find("\n{").unwrap()..];
        let manifest = read(kind, "bom.json", text);
        assert_eq!(manifest.project.as_ref().map(Name::as_str), Some("shop"));
        let packages: Vec<String> = manifest
            .dependencies
            .iter()
            .map(|dependency| {
                let version = dependency.version.as_ref().map(ToString::to_string).unwrap_or_default();
                let requires: Vec<&str> = dependency.requires.iter().map(Name::as_str).collect();
                format!("{} {version} {:?} {}", dependency.name, dependency.is_direct, requires.join(" "))
            })
            .collect();
        let wanted = [
            "acme 1.0 Some(true) ",
            "black  Some(true) ",
            "flask 2.0.0 Some(true) jinja2 werkzeug",
            "jinja2 3.0.0 Some(false) markupsafe",
            "markupsafe 2.1.1 Some(false) ",
            "pyyaml 5.3 Some(true) ",
            "reqeusts 1.0.0 Some(true) ",
            "tool 1.0+local.1 Some(true) ",
            "werkzeug 2.0.0 Some(false) flask",
            "wheeled 2.0 Some(true) ",
        ];
        assert_eq!(packages, wanted, "{kind:?}");
        let origins: Vec<&Origin> = manifest.dependencies.iter().map(|dependency| &dependency.origin).collect();
        assert_eq!(origins[0], &Origin::Index(Some("https://pypi.example.org/simple".to_owned())));
        let commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
        assert_eq!(origins[7], &Origin::Vcs { url: "https://example.org/tool.git".to_owned(), commit, revision: None });
        // Of a package without a version, nobody can say what is known of it, and that is said.
        assert_eq!(manifest.diagnostics.len(), 1);
        assert!(manifest.diagnostics[0].message.contains("`black` has no version"), "{:?}", manifest.diagnostics);
    }
}
