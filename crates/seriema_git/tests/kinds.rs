//! Repositories of all kinds are found and read.

#![allow(clippy::disallowed_methods, reason = "tests make and damage repositories")]

mod support;

use seriema_git::{Contents, GitError, HistoryOptions, ProblemKind, Repository};
use support::{Fixture, describe, plain};

/// Two commits: `one` in `dir/a.txt`, then `two`.
fn simple() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("dir/a.txt", "one\n");
    fixture.commit("first");
    fixture.write("dir/a.txt", "one\ntwo\n");
    fixture.commit("second");
    fixture
}

const SIMPLE: [&str; 2] = ["first dir/a.txt: 1 one", "second dir/a.txt: 2 two"];

#[test]
fn a_directory_within_the_work_tree() {
    let fixture = simple();
    let repository = Repository::open(&fixture.work().join("dir")).unwrap();
    assert_eq!(repository.worktree(), Some(fixture.work().as_path()));
    assert_eq!(repository.git_dir(), fixture.work().join(".git"));
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()), SIMPLE);
}

#[test]
fn a_bare_repository() {
    let fixture = simple();
    fixture.git(["clone", "-q", "--bare", "work", "bare.git"], fixture.root());
    let repository = Repository::open(&fixture.root().join("bare.git")).unwrap();
    assert_eq!(repository.worktree(), None);
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()), SIMPLE);
    assert_eq!(repository.tracked_files().unwrap(), [b"dir/a.txt".to_vec()]);
    assert_eq!(repository.head_files().unwrap().files.len(), 1);
}

#[test]
fn packed_and_with_alternates() {
    let fixture = simple();
    fixture.run("gc -q");
    assert_eq!(fixture.history(), SIMPLE);
    fixture.git(["clone", "-q", "--shared", "work", "shared"], fixture.root());
    let repository = Repository::open(&fixture.root().join("shared")).unwrap();
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()), SIMPLE);
    fixture.run("multi-pack-index write");
    fixture.run("commit-graph write --reachable");
    assert_eq!(fixture.history(), SIMPLE);
}

#[test]
fn sha_256() {
    let fixture = Fixture::empty();
    fixture.git(["init", "-q", "-b", "main", "--object-format=sha256", "work"], fixture.root());
    fixture.write("a.txt", "one\n");
    let id = fixture.commit("first");
    assert_eq!(id.to_string().len(), 64);
    fixture.write("a.txt", "one\ntwo\n");
    fixture.run("add -A");
    assert_eq!(fixture.history(), ["first a.txt: 1 one"]);
    assert_eq!(fixture.staged(), ["a.txt: 2 two"]);
}

#[test]
fn the_end_of_a_shallow_clone_adds_all_that_it_holds() {
    let fixture = simple();
    let url = format!("file://{}", fixture.work().display());
    fixture.git(["clone", "-q", "--depth=1", &url, "shallow"], fixture.root());
    let repository = Repository::open(&fixture.root().join("shallow")).unwrap();
    let looked = repository.history(&HistoryOptions::default(), plain).unwrap();
    assert_eq!((looked.account.boundary, looked.account.commits, looked.account.problems.len()), (1, 1, 0));
    assert!(!looked.account.is_complete());
    assert_eq!(fixture.named(looked), ["second dir/a.txt: 1 one | 2 two"]);
}

#[test]
fn a_linked_work_tree() {
    let fixture = simple();
    fixture.run("worktree add -q -b side ../linked HEAD~");
    let linked = fixture.root().join("linked");
    std::fs::write(linked.join("b.txt"), "staged in the linked one\n").unwrap();
    fixture.git(["add", "-A"], &linked);
    let repository = Repository::open(&linked).unwrap();
    assert_eq!(repository.worktree(), Some(linked.as_path()));
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()), SIMPLE);
    let looked = repository.staged(None, &Contents::default(), plain).unwrap();
    assert_eq!(fixture.named(looked), ["b.txt: 1 staged in the linked one"]);
    assert_eq!(fixture.staged(), [""; 0]);
}

#[test]
fn heads_of_other_work_trees() {
    let fixture = simple();
    fixture.run("worktree add -q --detach ../linked HEAD");
    let linked = fixture.root().join("linked");
    std::fs::write(linked.join("b.txt"), "only there\n").unwrap();
    fixture.git(["add", "-A"], &linked);
    fixture.git(["commit", "-q", "-m", "x"], &linked);
    assert_eq!(fixture.history().len(), 3);
    // And the main one's from there.
    fixture.run("checkout -q --detach");
    fixture.write("c.txt", "only here\n");
    fixture.commit("third");
    fixture.git(["checkout", "-q", "main"], &linked);
    let repository = Repository::open(&linked).unwrap();
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()).last().unwrap(), "third c.txt: 1 only here");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let fixture = simple();
    fixture.git(["init", "-q", "-b", "main", "outer"], fixture.root());
    let outer = fixture.root().join("outer");
    fixture.git(["submodule", "--quiet", "add", "../work", "module"], &outer);
    fixture.git(["commit", "-q", "-m", "outer"], &outer);
    let module = outer.join("module");
    assert!(module.join(".git").is_file());
    let repository = Repository::open(&module.join("dir")).unwrap();
    assert_eq!(repository.worktree().map(|path| path.canonicalize().unwrap()), Some(module));
    assert_eq!(fixture.history_of(&repository, &HistoryOptions::default()), SIMPLE);
    let outer = Repository::open(&outer).unwrap();
    let looked = outer.history(&HistoryOptions::default(), |change| Some(change.path_text().into_owned())).unwrap();
    assert_eq!(looked.found, [".gitmodules"]);
    assert!(looked.account.is_complete());
}

#[test]
fn a_partial_clone_is_read_as_far_as_it_goes() {
    let fixture = simple();
    fixture.run("config uploadpack.allowFilter true");
    let url = format!("file://{}", fixture.work().display());
    fixture.git(["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "partial"], fixture.root());
    let partial = fixture.root().join("partial");
    let packs = || {
        let mut names: Vec<_> = std::fs::read_dir(partial.join(".git/objects/pack"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = packs();
    let looked = Repository::open(&partial).unwrap().history(&HistoryOptions::default(), |_| Some(())).unwrap();
    assert!(looked.account.partial && looked.found.is_empty());
    let kinds: Vec<&ProblemKind> = looked.account.problems.iter().map(|problem| &problem.kind).collect();
    assert_eq!(kinds, [&ProblemKind::Missing; 2]);
    assert_eq!(packs(), before, "nothing may be fetched");
    // With git, asking for the same is enough to fetch it.
    fixture.git(["cat-file", "-p", "HEAD:dir/a.txt"], &partial);
    assert_ne!(packs(), before);
}

#[test]
fn references_in_a_table_are_not_taken_for_none() {
    let fixture = Fixture::empty();
    let mut init = fixture.command(fixture.root());
    let init = init.args(["init", "-q", "--ref-format=reftable", "work"]).output().unwrap();
    assert!(init.status.success(), "this test needs git 2.45 or newer");
    fixture.write("a.txt", "a\n");
    fixture.commit("first");
    let error = Repository::open(&fixture.work()).unwrap_err();
    assert!(matches!(&error, GitError::Unreadable { why, .. } if why.contains("reftable")), "{error}");
}

#[test]
fn settings_that_are_not_understood_are_errors() {
    for (settings, word) in [
        ("[core\n", "config"),
        ("[core]\n\trepositoryformatversion = 99\n", "99"),
        ("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tsomethingNew = true\n", "somethingnew"),
        ("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha3\n", "sha3"),
    ] {
        let fixture = simple();
        std::fs::write(fixture.work().join(".git/config"), settings).unwrap();
        let error = Repository::open(&fixture.work()).expect_err(settings);
        assert!(matches!(error, GitError::Unreadable { .. }), "{settings:?}: {error:?}");
        assert!(error.to_string().to_lowercase().contains(word), "{settings:?}: {error}");
    }
}

#[test]
fn what_stands_in_place_of_a_commit_does_not_hide_it() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "hidden\n");
    fixture.commit("first");
    let empty = fixture.feed("hash-object -t tree -w --stdin", b"");
    let commit = fixture.run(&format!("commit-tree -m replaced {empty}"));
    fixture.run(&format!("replace HEAD {commit}"));
    assert_eq!(fixture.run("ls-tree HEAD"), "", "git itself goes by the replacement");
    assert_eq!(fixture.history(), ["first a.txt: 1 hidden"]);
    let looked = fixture.open().head_contents(&Contents::default(), |change| Some(describe(change))).unwrap();
    assert_eq!(looked.found, ["a.txt: 1 hidden"]);
}
