use std::path::{Path, PathBuf};

use seriema_finding::DiagnosticKind;
use tempfile::TempDir;

use super::*;
use crate::pattern::PathPattern;

/// A directory tree on disk.
struct Tree {
    dir: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { dir: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Without links, as the working directory is.
    fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    fn find(&self, paths: &[&str]) -> Discovery {
        self.find_with(DiscoverOptions { paths: paths.iter().map(PathBuf::from).collect(), ..options() })
    }

    fn find_with(&self, options: DiscoverOptions) -> Discovery {
        discover(&self.path(), &options)
    }

    fn exclude(&self, patterns: &[&str]) -> PathPatterns {
        let pattern = |text: &&str| PathPattern {
            pattern: (*text).into(),
            base: self.path(),
            origin: "`exclude` in x.toml:1".into(),
        };
        PathPatterns::build(patterns.iter().map(pattern).collect()).unwrap()
    }
}

fn options() -> DiscoverOptions {
    DiscoverOptions { explain: true, ..DiscoverOptions::default() }
}

fn names(found: &Discovery) -> Vec<&str> {
    found.files.iter().map(|file| &*file.relative).collect()
}

fn reason<'a>(found: &'a Discovery, path: &str) -> &'a str {
    let mut of_path = found.decisions.iter().filter(|decision| &*decision.path == path);
    let decision = of_path.next().unwrap_or_else(|| panic!("no decision on {path} in {:#?}", found.decisions));
    assert_eq!(of_path.next(), None, "two decisions on {path}");
    &decision.reason
}

#[test]
fn python_in_all_its_shapes_is_found_and_nothing_else() {
    let tree = Tree::new(&[
        ("a.py", ""),
        ("gui.pyw", ""),
        ("a.pyi", ""),
        ("n.ipynb", "{}"),
        ("manage", "#!/usr/bin/env python3\n"),
        ("Makefile", "all:\n"),
        ("run.sh", "#!/bin/sh\n"),
        (".hidden/b.py", ""),
        ("dir.py/c.py", ""),
    ]);
    let found = tree.find(&[]);
    assert_eq!(names(&found), [".hidden/b.py", "a.py", "dir.py/c.py", "gui.pyw", "manage", "n.ipynb"]);
    assert_eq!(found.files[4].kind, FileKind::Python);
    assert_eq!(found.files[5].kind, FileKind::Notebook);
    assert_eq!(reason(&found, "a.py"), "read: .py");
    assert_eq!(reason(&found, "manage"), "read: `#!` names Python");
    assert_eq!(reason(&found, "a.pyi"), "skipped: a stub (`include-stubs` is off)");
    assert_eq!(reason(&found, "run.sh"), "skipped: not Python");
    assert_eq!((found.diagnostics.len(), found.missing.len()), (0, 0));
    let with_stubs = tree.find_with(DiscoverOptions { include_stubs: true, ..options() });
    assert!(names(&with_stubs).contains(&"a.pyi"));
}

#[test]
fn what_git_ignores_is_left_out_with_or_without_a_repository() {
    let files = [
        (".gitignore", "# ours\n\n*.gen.py\n/out/\n"),
        ("a.gen.py", ""),
        ("out/a.py", ""),
        ("pkg/out/a.py", ""),
        ("pkg/.gitignore", "!keep.gen.py\nlocal.py\n"),
        ("pkg/keep.gen.py", ""),
        ("pkg/local.py", ""),
        ("local.py", ""),
        ("secret.py", ""),
    ];
    let tree = Tree::new(&files);
    let found = tree.find(&[]);
    assert_eq!(names(&found), ["local.py", "pkg/keep.gen.py", "pkg/out/a.py", "secret.py"]);
    assert_eq!(reason(&found, "a.gen.py"), "skipped: .gitignore:3 pattern `*.gen.py`");
    assert_eq!(reason(&found, "out/"), "skipped: .gitignore:4 pattern `/out/`");
    assert_eq!(reason(&found, "pkg/local.py"), "skipped: pkg/.gitignore:2 pattern `local.py`");
    tree.write(".git/info/exclude", "secret.py\n");
    assert_eq!(reason(&tree.find(&[]), "secret.py"), "skipped: .git/info/exclude:1 pattern `secret.py`");
    let all = tree.find_with(DiscoverOptions { respect_gitignore: false, ..options() });
    assert_eq!(all.files.len(), 7);
}

#[test]
fn ignore_files_above_a_named_directory_hold_up_to_the_repository() {
    let tree = Tree::new(&[
        (".gitignore", "a.py\n"),
        ("repo/.git/HEAD", ""),
        ("repo/.gitignore", "b.py\n"),
        ("repo/src/a.py", ""),
        ("repo/src/b.py", ""),
        ("repo/src/c.py", ""),
    ]);
    assert_eq!(names(&tree.find(&["repo/src"])), ["repo/src/a.py", "repo/src/c.py"]);
    assert_eq!(names(&tree.find(&[])), ["repo/src/a.py", "repo/src/c.py"]);
}

#[test]
fn environments_caches_and_build_output_are_skipped_unless_named() {
    let tree = Tree::new(&[
        ("a.py", ""),
        ("myenv/pyvenv.cfg", ""),
        ("myenv/lib/python3.13/site-packages/x/__init__.py", ""),
        (".venv/bin/activate", ""),
        (".venv/lib/x.py", ""),
        ("env/x.py", ""),
        ("node_modules/gyp/x.py", ""),
        ("build/lib/a.py", ""),
        ("dist/__init__.py", ""),
        (".git/hooks/x.py", ""),
        ("__pycache__/x.py", ""),
        (".tox/x.py", ""),
    ]);
    let found = tree.find(&[]);
    assert_eq!(names(&found), ["a.py", "dist/__init__.py", "env/x.py"]);
    assert_eq!(reason(&found, "myenv/"), "skipped: virtual environment");
    assert_eq!(reason(&found, ".venv/"), "skipped: virtual environment");
    assert_eq!(reason(&found, "node_modules/"), "skipped: JavaScript packages");
    assert_eq!(reason(&found, "build/"), "skipped: build output");
    assert_eq!(reason(&found, ".git/"), "skipped: version control data");
    assert_eq!(names(&tree.find(&["build", ".tox"])), [".tox/x.py", "build/lib/a.py"]);
    let environment = tree.find(&["myenv"]);
    assert_eq!(names(&environment), ["myenv/lib/python3.13/site-packages/x/__init__.py"]);
    assert_eq!(environment.files[0].module.as_deref(), Some("x"));
    assert_eq!(tree.find_with(DiscoverOptions { default_excludes: false, ..options() }).files.len(), 10);
}

#[test]
fn named_files_are_always_read() {
    let tree = Tree::new(&[
        (".gitignore", "*.gen.py\n"),
        ("a.gen.py", ""),
        ("types.pyi", ""),
        ("script.txt", ""),
        ("tests/a.py", ""),
        (".venv/bin/activate", ""),
        (".venv/x.py", ""),
    ]);
    let named = ["a.gen.py", "types.pyi", "script.txt", "tests/a.py", ".venv/x.py"];
    let found = tree.find_with(DiscoverOptions {
        paths: named.iter().map(PathBuf::from).collect(),
        exclude: tree.exclude(&["tests", "*.txt"]),
        ..options()
    });
    assert_eq!(names(&found), [".venv/x.py", "a.gen.py", "script.txt", "tests/a.py", "types.pyi"]);
    assert!(found.files.iter().all(|file| file.named));
    assert_eq!(found.files[4].kind, FileKind::Stub);
    assert_eq!(reason(&found, "a.gen.py"), "read: named");
}

#[test]
fn a_named_directory_is_walked_even_when_ignored_or_excluded() {
    let tree = Tree::new(&[
        (".gitignore", "gen/\n"),
        ("gen/a.py", ""),
        ("gen/sub/b.py", ""),
        ("tests/a.py", ""),
        ("tests/a.gen.py", ""),
    ]);
    let exclude = tree.exclude(&["tests/**", "*.gen.py"]);
    let find = |paths: &[&str]| {
        let paths = paths.iter().map(PathBuf::from).collect();
        tree.find_with(DiscoverOptions { paths, exclude: exclude.clone(), ..options() })
    };
    assert_eq!(names(&find(&[])), Vec::<&str>::new());
    assert_eq!(names(&find(&["gen"])), ["gen/a.py", "gen/sub/b.py"]);
    let tests = find(&["tests"]);
    assert_eq!(names(&tests), ["tests/a.py"]);
    assert_eq!(reason(&tests, "tests/a.gen.py"), "skipped: excluded by `exclude` in x.toml:1 (`*.gen.py`)");
}

#[test]
fn overlapping_paths_give_each_file_once() {
    let tree = Tree::new(&[("a.py", ""), ("pkg/b.py", ""), ("pkg/sub/c.py", "")]);
    let found = tree.find(&[".", "pkg", "./pkg/sub/", "pkg/b.py", "pkg/../pkg/b.py"]);
    assert_eq!(names(&found), ["a.py", "pkg/b.py", "pkg/sub/c.py"]);
    assert_eq!(found.files.iter().map(|file| file.named).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(reason(&found, "pkg/b.py"), "read: named");
}

#[test]
fn missing_paths_are_listed_apart() {
    let tree = Tree::new(&[("a.py", "")]);
    let found = tree.find(&["a.py", "nowhere", "a.py/b.py"]);
    assert_eq!(names(&found), ["a.py"]);
    let missing: Vec<_> = found.missing.iter().map(|path| path.message.as_str()).collect();
    assert_eq!(missing, ["there is no file or directory `nowhere`", "there is no file or directory `a.py/b.py`"]);
    assert!(found.diagnostics.is_empty());
}

#[test]
fn paths_outside_the_root_are_shown_as_given() {
    let tree = Tree::new(&[("here/a.py", ""), ("other/pkg/b.py", "")]);
    let options = DiscoverOptions {
        paths: vec!["a.py".into(), "../other".into()],
        root: Some(tree.path().join("here")),
        ..options()
    };
    let found = discover(&tree.path().join("here"), &options);
    assert_eq!(names(&found), ["../other/pkg/b.py", "a.py"]);
}

#[test]
fn modules_packages_and_tests_are_known() {
    let tree = Tree::new(&[
        ("pyproject.toml", ""),
        ("setup.py", ""),
        ("src/app/__init__.py", ""),
        ("src/app/views.py", ""),
        ("src/app/test/client.py", ""),
        ("src/app/test/__init__.py", ""),
        ("src/ns/part/mod.py", ""),
        ("tests/conftest.py", ""),
        ("tests/helpers.py", ""),
        ("test/unit.py", ""),
        ("n.ipynb", "{}"),
    ]);
    let found = tree.find(&[]);
    let what: Vec<_> =
        found.files.iter().map(|f| (&*f.relative, f.module.as_deref(), f.is_package_init, f.is_test)).collect();
    assert_eq!(
        what,
        [
            ("n.ipynb", None, false, false),
            ("setup.py", Some("setup"), false, false),
            ("src/app/__init__.py", Some("app"), true, false),
            ("src/app/test/__init__.py", Some("app.test"), true, false),
            ("src/app/test/client.py", Some("app.test.client"), false, false),
            ("src/app/views.py", Some("app.views"), false, false),
            ("src/ns/part/mod.py", Some("ns.part.mod"), false, false),
            ("test/unit.py", Some("test.unit"), false, true),
            ("tests/conftest.py", Some("tests.conftest"), false, true),
            ("tests/helpers.py", Some("tests.helpers"), false, true),
        ]
    );
    // The same files have the same names when only a part is audited, from wherever.
    let part = discover(&tree.path().join("src/app/test"), &options());
    assert_eq!(part.files[1].module.as_deref(), Some("app.test.client"));
    let tests = discover(&tree.path().join("tests"), &options());
    assert!(tests.files.iter().all(|file| file.is_test));
}

#[test]
fn text_from_elsewhere_is_known_by_the_path_it_stands_for() {
    let tree = Tree::new(&[("pkg/__init__.py", ""), ("tests/a.py", "")]);
    let describe = |path: &str| describe_file(&tree.path(), &tree.path(), Path::new(path), &[]);
    let file = describe("./pkg/unsaved.py");
    assert_eq!((&*file.relative, file.module.as_deref(), file.is_test), ("pkg/unsaved.py", Some("pkg.unsaved"), false));
    assert!(describe("tests/unsaved.py").is_test);
    assert_eq!(describe("n.ipynb").kind, FileKind::Notebook);
    assert_eq!(describe("").kind, FileKind::Python);
}

#[test]
fn the_configuration_decides_what_is_found() {
    let tree = Tree::new(&[
        ("seriema.toml", "exclude = [\"docs\"]\ninclude-stubs = true\nsrc = [\"lib\"]\n"),
        ("docs/conf.py", ""),
        ("lib/ns/a.py", ""),
        ("b.pyi", ""),
    ]);
    let vocabulary = crate::vocabulary::tests::SOME;
    let configs = crate::ConfigTree::load(&tree.path(), Default::default(), Default::default(), &vocabulary).unwrap();
    let options = DiscoverOptions::from_config(configs.root(), &tree.path()).unwrap();
    let found = tree.find_with(options);
    assert_eq!(names(&found), ["b.pyi", "lib/ns/a.py"]);
    assert_eq!(found.files[1].module.as_deref(), Some("ns.a"));
}

#[test]
fn a_file_that_is_too_large_is_said_to_be() {
    let tree = Tree::new(&[("a.py", "x = 1\n")]);
    let found = tree.find_with(DiscoverOptions { max_file_size: 5, ..options() });
    assert!(reason(&found, "a.py").starts_with("not read: holds 6 bytes, more than the 5 allowed"));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let tree = Tree::new(&[(".gitignore", "*7.py\n")]);
    for number in 0..40 {
        tree.write(&format!("p{}/q{}/m{number}.py", number % 7, number % 3), "");
    }
    let find = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| tree.find(&[]));
        (found.files, found.decisions)
    };
    let one = find(1);
    assert_eq!(one.0.len(), 36);
    for threads in [2, 5] {
        assert_eq!(find(threads), one);
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_to_directories_are_not_followed_and_loops_end() {
        let tree = Tree::new(&[("pkg/a.py", "")]);
        symlink("..", tree.path().join("pkg/up")).unwrap();
        symlink("pkg", tree.path().join("alias")).unwrap();
        let found = tree.find(&[]);
        assert_eq!(names(&found), ["pkg/a.py"]);
        assert!(found.diagnostics.is_empty());
        assert_eq!(reason(&found, "alias"), "skipped: a link to the directory `pkg`; name it to have it read");
        // Named, a link is followed; the file in it is still read once.
        assert_eq!(names(&tree.find(&["alias"])), ["alias/a.py"]);
        assert_eq!(tree.find(&["alias", "pkg"]).files.len(), 1);
    }

    #[test]
    fn links_to_files_are_read_once() {
        let tree = Tree::new(&[("pkg/a.py", ""), (".gitignore", "/hidden.py"), ("hidden.py", "")]);
        symlink("pkg/a.py", tree.path().join("0.py")).unwrap();
        symlink("hidden.py", tree.path().join("seen.py")).unwrap();
        let found = tree.find(&[]);
        assert_eq!(names(&found), ["pkg/a.py", "seen.py"]);
        assert_eq!(reason(&found, "0.py"), "skipped: the same file as `pkg/a.py`");
    }

    #[test]
    fn a_looping_link_is_one_diagnostic_and_a_dangling_one_only_when_named() {
        let tree = Tree::new(&[("a.py", "")]);
        symlink("loop.py", tree.path().join("loop.py")).unwrap();
        symlink("x.py", tree.path().join("y.py")).unwrap();
        symlink("y.py", tree.path().join("x.py")).unwrap();
        symlink("nowhere", tree.path().join("dangling.py")).unwrap();
        let found = tree.find(&[]);
        assert_eq!(names(&found), ["a.py"]);
        let loops: Vec<_> = found.diagnostics.iter().map(|d| (&*d.path, d.kind, d.message.as_str())).collect();
        assert_eq!(
            loops,
            [
                ("loop.py", DiagnosticKind::Loop, "`loop.py` is a link that leads back to itself"),
                ("x.py", DiagnosticKind::Loop, "`x.py` is a link that leads back to itself"),
                ("y.py", DiagnosticKind::Loop, "`y.py` is a link that leads back to itself"),
            ]
        );
        assert_eq!(reason(&found, "dangling.py"), "skipped: a link to what does not exist");
        let named = tree.find(&["dangling.py", "loop.py", "loop.py"]);
        let kinds: Vec<_> = named.diagnostics.iter().map(|d| (&*d.path, d.kind)).collect();
        assert_eq!(kinds, [("dangling.py", DiagnosticKind::Loop), ("loop.py", DiagnosticKind::Loop)]);
        assert!(named.missing.is_empty());
    }

    #[test]
    fn pipes_are_not_opened() {
        let tree = Tree::new(&[("a.py", "")]);
        for name in ["pipe.py", "pipe"] {
            assert!(std::process::Command::new("mkfifo").arg(tree.path().join(name)).status().unwrap().success());
        }
        std::os::unix::net::UnixListener::bind(tree.path().join("socket")).unwrap();
        let found = tree.find(&[]);
        assert_eq!(names(&found), ["a.py"]);
        assert_eq!(reason(&found, "pipe.py"), "skipped: not a regular file");
        let named = tree.find(&["pipe.py"]);
        assert_eq!(named.diagnostics[0].message, "`pipe.py` is a pipe, socket or device; only regular files are read");
    }

    #[test]
    fn a_gitignore_that_is_no_file_does_no_harm() {
        let tree = Tree::new(&[("a.py", ""), ("sub/.gitignore/b.py", "")]);
        assert!(std::process::Command::new("mkfifo").arg(tree.path().join(".gitignore")).status().unwrap().success());
        assert_eq!(names(&tree.find(&[])), ["a.py", "sub/.gitignore/b.py"]);
    }

    #[test]
    fn names_that_are_not_utf8_are_read_and_shown_lossily() {
        let tree = Tree::new(&[]);
        let dir = tree.path().join(std::ffi::OsStr::from_bytes(b"d\xff"));
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join(std::ffi::OsStr::from_bytes(b"\xe9.py")), "x = 1\n").unwrap();
        std::fs::write(dir.join(std::ffi::OsStr::from_bytes(b"\xe8.py")), "x = 2\n").unwrap();
        let found = tree.find(&[]);
        assert_eq!(names(&found), ["d\u{fffd}/\u{fffd}.py", "d\u{fffd}/\u{fffd}.py"]);
        let texts: Vec<_> = found.files.iter().map(|f| crate::read_bytes(&f.absolute, 100).unwrap()).collect();
        assert_eq!(texts, [b"x = 2\n", b"x = 1\n"]);
    }

    #[test]
    fn what_may_not_be_read_is_a_diagnostic() {
        let tree = Tree::new(&[("a.py", ""), ("closed/b.py", ""), ("script", "#!/usr/bin/python\n")]);
        for path in ["closed", "script"] {
            std::fs::set_permissions(tree.path().join(path), std::fs::Permissions::from_mode(0o000)).unwrap();
        }
        let is_superuser = std::fs::read_dir(tree.path().join("closed")).is_ok();
        let found = tree.find(&[]);
        std::fs::set_permissions(tree.path().join("closed"), std::fs::Permissions::from_mode(0o755)).unwrap();
        if is_superuser {
            // Permissions do not hold for the superuser: everything is read, and nothing is said.
            assert_eq!((names(&found).len(), found.diagnostics.len()), (3, 0));
            return;
        }
        assert_eq!(names(&found), ["a.py"]);
        let said: Vec<_> = found.diagnostics.iter().map(|d| (d.kind, d.message.as_str())).collect();
        assert_eq!(
            said,
            [
                (
                    DiagnosticKind::Unreadable,
                    "the directory `closed` cannot be listed: permission denied; nothing in it was analysed"
                ),
                (DiagnosticKind::Unreadable, "`script` cannot be read: permission denied"),
            ]
        );
    }
}

#[test]
fn a_directory_that_cannot_be_listed_is_named() {
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let diagnostic = unlisted("closed", &denied);
    assert_eq!((&*diagnostic.path, diagnostic.kind), ("closed", DiagnosticKind::Unreadable));
    assert!(diagnostic.message.contains("permission denied"));
    assert!(diagnostic.kind.is_incomplete());
}

#[test]
fn deep_trees_are_walked_to_the_end() {
    let tree = Tree::new(&[]);
    let deep = "d/".repeat(500);
    tree.write(&format!("{deep}a.py"), "");
    assert_eq!(names(&tree.find(&[])), [format!("{deep}a.py")]);
    assert!(Path::new(&deep).is_relative());
}

#[test]
fn archives_are_read_where_texts_are() {
    let tree =
        Tree::new(&[("a.py", ""), ("old.zip", ""), ("logo.png", ""), ("dist/a-1.0.whl", ""), ("build/x.whl", "")]);
    let found = tree.find_with(DiscoverOptions { texts: true, ..options() });
    let kinds: Vec<_> = found.files.iter().map(|file| (&*file.relative, file.kind)).collect();
    let archive = FileKind::Archive;
    assert_eq!(kinds, [("a.py", FileKind::Python), ("dist/a-1.0.whl", archive), ("old.zip", archive)]);
    assert_eq!(reason(&found, "build/"), "skipped: build output");
    assert_eq!(names(&tree.find(&[])), ["a.py"]);
}
