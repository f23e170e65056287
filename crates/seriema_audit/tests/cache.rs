//! What is kept between runs changes nothing but the time that they take.
#![allow(clippy::disallowed_methods, reason = "tests write the files that they audit")]

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::{audit_with, project, settings};
use seriema_audit::{Audit, Cache, Settings};
use seriema_workspace::ConfigSource;

/// A project in which there is one of everything that is kept.
const PROJECT: &[(&str, &str)] = &[
    ("shop/__init__.py", ""),
    ("shop/compat.py", "from yaml import load as loads\nMODE = True\nfrom subprocess import run as launch\n"),
    ("shop/again.py", "from .compat import *\nfrom .compat import launch as start\n"),
    (
        "shop/views.py",
        "import yaml\nfrom .again import loads as read, start\nfrom .compat import MODE\nfrom flask import request\n\n\
         def view(body):\n    yaml.load(body)\n    start(request.args['x'], shell=MODE)\n    return read(body)\n",
    ),
    (
        "shop/quiet.py",
        "import os, pickle\n# seriema: ignore[shell-injection] a constant (until=2026-12-31)\nos.system('ls ' + x)\n\
         pickle.loads(y)  # nosec\nos.system('x ' + y)  # noqa: S605, S607\nz = 1  # seriema: ignore[no-such-rule]\n",
    ),
    ("shop/broken.py", "import yaml\r\ndef f(:\r\n    yaml.load(x)\r\n"),
    ("shop/old.py", "print 'hello'\n"),
    ("shop/constants.py", "PASSWORD = 'correct horse'\nassert PASSWORD\n"),
    (
        "tests/test_views.py",
        "from flask import request\nimport os\n\ndef test_it():\n    os.system(request.args['x'])\n",
    ),
    (
        "book.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"metadata\": {}, \"outputs\": [], \"execution_count\": null, \"source\": \
         [\"import os\\n\", \"os.system('ls ' + x)\\n\"]}], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}",
    ),
];

/// A project's directory and one for what is kept of it.
struct Bench {
    project: PathBuf,
    cache: PathBuf,
    flow: bool,
    _directories: (tempfile::TempDir, tempfile::TempDir),
}

impl Bench {
    fn new(project: tempfile::TempDir, flow: bool) -> Self {
        let cache = tempfile::tempdir().expect("a directory");
        let path = |directory: &tempfile::TempDir| directory.path().canonicalize().expect("a directory");
        Self { project: path(&project), cache: path(&cache), flow, _directories: (project, cache) }
    }

    fn small(flow: bool) -> Self {
        Self::new(self::project(PROJECT), flow)
    }

    fn run(&self, cache: Option<Cache>) -> Audit {
        let settings = Settings { flow: self.flow, cache, ..settings(&self.project, ConfigSource::Nearest) };
        audit_with(settings, &self.project, 2, false).0
    }

    fn warm(&self) -> Audit {
        self.run(Some(Cache::new(self.cache.clone(), [self.project.as_path()])))
    }

    fn pack(&self) -> PathBuf {
        let project = fs::read_dir(&self.cache).expect("a directory").flatten().find(|entry| entry.path().is_dir());
        project.expect("a project").path().join("files.pack")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.project.join(name), text).expect("written");
    }

    fn append(&self, name: &str, text: &str) {
        let old = fs::read_to_string(self.project.join(name)).expect("a file");
        self.write(name, &(old + text));
    }

    /// Runs with what is kept and without, and says whether everything was known.
    #[track_caller]
    fn check(&self) -> bool {
        let then = SystemTime::now() - Duration::from_secs(3600);
        if self.cache.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            File::options().append(true).open(self.pack()).and_then(|pack| pack.set_modified(then)).expect("a pack");
        }
        let (warm, cold) = (self.warm(), self.run(None));
        assert!(shown(&warm) == shown(&cold), "{}\n!=\n{}", shown(&warm), shown(&cold));
        assert_eq!(warm.notes, Vec::<String>::new());
        fs::metadata(self.pack()).and_then(|pack| pack.modified()).expect("a pack") == then
    }
}

fn shown(audit: &Audit) -> String {
    let Audit { findings, diagnostics, files, lines, account, known, notes: _, dependencies: _, project: _ } = audit;
    format!("{findings:#?}\n{diagnostics:#?}\n{files} {lines} {known}\n{account:#?}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(fs::copy(entry.path(), target)) }
    }
}

#[test]
fn the_examples_are_reported_the_same() {
    for example in ["vulnerable-shop", "hardened-shop"] {
        let directory = tempfile::tempdir().expect("a directory");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example), directory.path());
        let mut bench = Bench::new(directory, false);
        assert!(!bench.check(), "nothing is known at first");
        assert!(bench.check(), "everything is known");
        bench.flow = true;
        assert!(!bench.check(), "files have not been lowered yet");
        assert!(bench.check());
        bench.flow = false;
        assert!(bench.check(), "what is kept beside is no harm");
        bench.flow = true;
        assert!(bench.check());
        let mut files: Vec<_> = walk(&bench.project);
        files.sort();
        let file = files.first().expect("a file").clone();
        bench.append(&file, "\n# a comment\nimport os\nos.system(input())\n");
        assert!(!bench.check());
        assert!(bench.check());
    }
}

/// The Python files of a project.
fn walk(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for path in fs::read_dir(directory).expect("a directory").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                files.push(path.strip_prefix(root).expect("below").to_str().expect("UTF-8").to_owned());
            }
        }
    }
    files
}

#[test]
fn what_changes_is_seen() {
    for flow in [false, true] {
        let bench = Bench::small(flow);
        assert!(!bench.check());
        assert!(bench.check());
        bench.append("shop/views.py", "# a comment\n");
        assert!(!bench.check() && bench.check());
        // What a name of another file stands for: the file that uses it is as it was.
        bench.write("shop/compat.py", "from json import loads\nMODE = False\nfrom subprocess import run as launch\n");
        assert!(!bench.check() && bench.check());
        // Over a file that is as it was, too.
        bench.write("shop/compat.py", "from marshal import loads\nMODE = False\nfrom os import system as launch\n");
        assert!(!bench.check() && bench.check());
        bench.write("shop/new.py", "import pickle\npickle.loads(x)\n");
        assert!(!bench.check() && bench.check());
        fs::rename(bench.project.join("shop/new.py"), bench.project.join("shop/newer.py")).expect("renamed");
        assert!(!bench.check() && bench.check());
        fs::remove_file(bench.project.join("shop/again.py")).expect("removed");
        assert!(!bench.check() && bench.check());
        // Files may change places.
        let [one, other] = ["shop/constants.py", "shop/newer.py"].map(|name| bench.project.join(name));
        fs::rename(&one, bench.project.join("x")).expect("renamed");
        fs::rename(&other, &one).expect("renamed");
        fs::rename(bench.project.join("x"), &other).expect("renamed");
        assert!(!bench.check() && bench.check());
        bench.write("shop/__init__.py", "raise SystemExit\n");
        assert!(!bench.check() && bench.check());
    }
}

#[test]
fn settings_hold_at_once() {
    let bench = Bench::small(true);
    assert!(!bench.check());
    for text in [
        "max-file-size = 100\n",
        "max-file-size = 150\npersona = \"pedantic\"\n",
        "persona = \"auditor\"\n",
        "persona = \"regular\"\nrequire-suppression-reason = false\n",
        "select = [\"S\"]\nseverity = \"high\"\n",
        "ignore = [\"B602\"]\n[per-file-ignores]\n\"shop/**\" = [\"injection\"]\n",
        "exclude = [\"shop/views.py\"]\n",
        "src = [\"shop\"]\n",
        "",
    ] {
        bench.write("seriema.toml", text);
        bench.check();
        assert!(bench.check(), "with {text}");
    }
}

/// A generator of numbers that are the same in each run.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).expect("31 bits")
}

#[test]
fn what_is_damaged_is_made_anew() {
    let bench = Bench::small(false);
    let cold = shown(&bench.warm());
    let whole = fs::read(bench.pack()).expect("a pack");
    let mut state = 7;
    for round in 0..200 {
        let at = next(&mut state) % whole.len();
        let mut bytes = whole.clone();
        match round % 4 {
            0 => bytes.truncate(at),
            1 => bytes[at] = bytes[at].wrapping_add(1),
            2 => bytes[at] ^= 1 << (next(&mut state) % 8),
            _ => {
                let length = next(&mut state) % 64;
                bytes.splice(at..at, std::iter::repeat_n(0, length + 1));
            }
        }
        fs::write(bench.pack(), bytes).expect("written");
        let audited = bench.warm();
        assert!(shown(&audited) == cold, "round {round}, at {at}");
        assert!(matches!(&*audited.notes, [note] if note.contains("damaged")), "round {round}: {:?}", audited.notes);
        assert!(fs::read(bench.pack()).expect("a pack") == whole, "it is replaced, by the same bytes");
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_noted() {
    let bench = Bench::small(false);
    let file = bench.cache.join("file");
    fs::write(&file, "").expect("written");
    let audited = bench.run(Some(Cache::new(file.join("below"), [bench.project.as_path()])));
    assert!(matches!(&*audited.notes, [note] if note.contains("cannot be used")), "{:?}", audited.notes);
    assert_eq!(shown(&audited), shown(&bench.run(None)));
}

#[test]
fn runs_at_once_report_the_same() {
    let bench = Bench::small(true);
    let cold = shown(&bench.run(None));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let audited = bench.warm();
                    assert!(shown(&audited) == cold);
                    assert_eq!(audited.notes, Vec::<String>::new());
                }
            });
        }
    });
    assert!(bench.check());
}
