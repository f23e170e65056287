//! What the next commit would add.

mod support;

use std::path::Path;

use seriema_git::{Contents, GitError, ObjectId};
use support::{Fixture, describe, plain, replace};

#[test]
fn the_index_counts_not_the_work_tree() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\ntwo\n");
    fixture.write("dir/b.txt", "b\n");
    fixture.write("gone.txt", "gone\n");
    fixture.commit("first");
    fixture.write("a.txt", "one\nstaged\ntwo\n");
    fixture.write("dir/new.txt", "new\n");
    fixture.run("add -A");
    fixture.run("rm -q --cached gone.txt");
    fixture.write("a.txt", "not staged\n");
    fixture.write("dir/b.txt", "not staged\n");
    fixture.write("untracked.txt", "not staged\n");
    assert_eq!(fixture.staged(), ["a.txt: 2 staged", "dir/new.txt: 1 new"]);
}

#[test]
fn nothing_is_staged_after_a_commit() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    assert_eq!(fixture.staged(), [""; 0]);
    assert_eq!(Fixture::new().staged(), [""; 0]);
}

#[test]
fn before_the_first_commit_all_is_staged() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.write("dir/b.txt", "two\n");
    fixture.run("add -A");
    assert_eq!(fixture.staged(), ["a.txt: 1 one", "dir/b.txt: 1 two"]);
    assert_eq!(fixture.open().head(), Ok(None));
    assert_eq!(fixture.open().head_files().unwrap().files, []);
}

#[test]
fn a_staged_move_adds_only_what_changed() {
    let fixture = Fixture::new();
    fixture.write("old/a.txt", "one\ntwo\n");
    fixture.write("old/b.txt", "b\n");
    fixture.commit("first");
    fixture.run("mv old new");
    fixture.write("new/a.txt", "one\ntwo\nthree\n");
    fixture.run("add -A");
    assert_eq!(fixture.staged(), ["new/a.txt: 3 three"]);
}

#[test]
fn a_directory_in_place_of_a_file() {
    let fixture = Fixture::new();
    fixture.write("a", "file\n");
    fixture.write("a.b", "between\n");
    fixture.write("c/d", "inner\n");
    fixture.commit("first");
    fixture.remove("a");
    fixture.write("a/inner", "new inner\n");
    fixture.remove("c/d");
    std::fs::remove_dir(fixture.work().join("c")).unwrap();
    fixture.write("c", "new file\n");
    fixture.write("a.b", "between\nmore\n");
    fixture.run("add -A");
    assert_eq!(fixture.staged(), ["a.b: 2 more", "a/inner: 1 new inner", "c: 1 new file"]);
}

#[test]
fn both_sides_of_a_conflict_are_looked_at() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "1\n");
    fixture.commit("base");
    fixture.run("checkout -q -b topic");
    fixture.write("a.txt", "topic\n");
    fixture.commit("topic");
    fixture.run("checkout -q main");
    fixture.write("a.txt", "main\n");
    fixture.commit("main");
    assert!(!fixture.command(fixture.work()).args(["merge", "-q", "topic"]).output().unwrap().status.success());
    assert_eq!(fixture.staged(), ["a.txt: 1 topic"]);
    assert_eq!(fixture.open().tracked_files().unwrap(), [b"a.txt".to_vec()]);
}

/// `git commit FILE` gives its hooks an index of their own.
#[test]
fn another_index_can_be_given() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "a\n");
    fixture.commit("first");
    fixture.write("a.txt", "a\nmore\n");
    fixture.write("b.txt", "b\n");
    let other = fixture.root().join("other-index");
    std::fs::copy(fixture.work().join(".git/index"), &other).unwrap();
    let mut add = fixture.command(fixture.work());
    assert!(add.args(["add", "b.txt"]).env("GIT_INDEX_FILE", &other).status().unwrap().success());
    fixture.run("add a.txt");
    let of = |index: Option<&Path>| fixture.open().staged(index, &Contents::default(), plain).unwrap();
    assert_eq!(fixture.named(of(Some(&other))), ["b.txt: 1 b"]);
    assert_eq!(fixture.named(of(None)), ["a.txt: 2 more"]);
}

/// All ways in which git may write an index.
#[test]
fn forms_of_the_index() {
    for settings in [
        "index.version 2",
        "index.version 4",
        "core.splitIndex true",
        "core.untrackedCache true",
        "index.skipHash true",
        "index.threads 4",
    ] {
        let fixture = Fixture::new();
        fixture.run(&format!("config {settings}"));
        for number in 0..30 {
            fixture.write(&format!("dir{}/file{number}.txt", number % 4), format!("{number}\n"));
        }
        fixture.commit("first");
        fixture.write("dir1/file5.txt", "5\nstaged\n");
        fixture.write("dir1/new.txt", "new\n");
        fixture.run("add -A");
        assert_eq!(fixture.staged(), ["dir1/file5.txt: 2 staged", "dir1/new.txt: 1 new"], "{settings}");
        assert_eq!(fixture.open().tracked_files().unwrap().len(), 31, "{settings}");
    }
}

#[test]
fn a_sparse_index() {
    let fixture = Fixture::new();
    for directory in ["in", "out", "other"] {
        fixture.write(&format!("{directory}/sub/a.txt"), format!("{directory}\n"));
    }
    fixture.commit("first");
    fixture.write("out/sub/a.txt", "out\nmore\n");
    fixture.commit("second");
    fixture.run("sparse-checkout set --cone --sparse-index in");
    assert!(fixture.run("ls-files --sparse").lines().any(|line| line == "out/"), "this git has no sparse index");
    fixture.write("in/sub/a.txt", "in\nstaged\n");
    fixture.run("add in");
    assert_eq!(fixture.staged(), ["in/sub/a.txt: 2 staged"]);
    // What is staged may also be in a directory that is not there.
    fixture.run("reset -q --soft HEAD~");
    assert_eq!(fixture.staged(), ["in/sub/a.txt: 2 staged", "out/sub/a.txt: 2 more"]);
}

#[cfg(unix)]
#[test]
fn links_and_submodules_are_not_read() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "a\n");
    let id = fixture.commit("first");
    std::os::unix::fs::symlink("a.txt", fixture.work().join("link")).unwrap();
    fixture.run("add -A");
    fixture.run(&format!("update-index --add --cacheinfo 160000,{id},module"));
    assert_eq!(fixture.staged(), [""; 0]);
    assert_eq!(fixture.open().tracked_files().unwrap(), [b"a.txt".to_vec()]);
}

#[test]
fn a_staged_object_that_is_missing_is_named() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "a\n");
    fixture.write("b.txt", "b\n");
    fixture.run("add -A");
    let blob = fixture.run("rev-parse :a.txt");
    std::fs::remove_file(fixture.object_file(&blob)).unwrap();
    let looked = fixture.open().staged(None, &Contents::default(), |change| Some(describe(change))).unwrap();
    assert_eq!(looked.found, ["b.txt: 1 b"]);
    let problems: Vec<String> = looked.account.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, [format!("object {blob} (a.txt) is missing")]);
}

#[test]
fn an_index_that_is_none_is_an_error() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "a\n");
    fixture.commit("first");
    let index = fixture.work().join(".git/index");
    replace(&index, b"no index");
    let error = fixture.open().staged(None, &Contents::default(), |_| Some(())).unwrap_err();
    assert!(matches!(&error, GitError::Index { path, why } if *path == index && !why.is_empty()), "{error}");
    assert!(fixture.open().tracked_files().is_err());
}

#[test]
fn what_head_holds() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "old\n");
    let old = fixture.commit("first");
    fixture.write("a.txt", "a\n");
    fixture.write("dir/b.txt", "same\n");
    fixture.write("dir/c.txt", "same\n");
    let head = fixture.commit("second");
    fixture.write("a.txt", "not committed\n");
    let repository = fixture.open();
    let files = repository.head_files().unwrap();
    assert_eq!((files.commit, repository.head()), (Some(head), Ok(Some(head))));
    let paths: Vec<String> = files.files.iter().map(|(path, _)| String::from_utf8_lossy(path).into_owned()).collect();
    assert_eq!(paths, ["a.txt", "dir/b.txt", "dir/c.txt"]);
    let blob = |path: &str| files.blob(path.as_bytes());
    assert_eq!(blob("a.txt").and_then(|id| repository.blob(&id, 100)), Some(b"a\n".to_vec()));
    assert_eq!(blob("a.txt").and_then(|id| repository.blob(&id, 1)), None);
    assert_eq!(blob("nowhere"), None);
    assert_eq!(repository.blob(&old, 100), None, "a commit is no blob");
    assert_eq!(repository.blob(&ObjectId::null(old.kind()), 100), None);
    let looked = repository.head_contents(&Contents::default(), |change| Some(describe(change))).unwrap();
    assert_eq!(looked.found, ["a.txt: 1 a", "dir/b.txt: 1 same"]);
}
