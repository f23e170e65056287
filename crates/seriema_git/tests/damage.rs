//! What is damaged or missing is named, and the rest is read.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests make and damage repositories")]

mod support;

use std::path::PathBuf;

use seriema_git::{Account, Contents, GitError, HistoryOptions, Repository};
use support::{Fixture, plain, replace};

/// `a.txt` grows by a line in each of three commits, `dir/b.txt` stays.
fn three() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("dir/b.txt", "b\n");
    for (name, text) in [("first", "1\n"), ("second", "1\n2\n"), ("third", "1\n2\n3\n")] {
        fixture.write("a.txt", text);
        fixture.commit(name);
    }
    fixture
}

/// What is found, and the problems.
fn read(fixture: &Fixture) -> (Vec<String>, Vec<String>) {
    let looked = fixture.open().history(&HistoryOptions::default(), plain).unwrap();
    let problems = looked.account.problems.iter().map(ToString::to_string).collect();
    assert_eq!(looked.account.more_problems, 0);
    (fixture.named(looked), problems)
}

/// An entry of a tree as it is stored.
fn entry(mode: &str, name: &str, id: &str) -> Vec<u8> {
    let id = (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap());
    format!("{mode} {name}\0").into_bytes().into_iter().chain(id).collect()
}

#[test]
fn a_missing_blob() {
    let fixture = three();
    let (blob, commit) = (fixture.run("rev-parse HEAD~:a.txt"), fixture.run("rev-parse HEAD~"));
    std::fs::remove_file(fixture.object_file(&blob)).unwrap();
    let (found, problems) = read(&fixture);
    // Without what it was made of, all of the third is taken for new.
    assert_eq!(found, ["first a.txt: 1 1", "first dir/b.txt: 1 b", "third a.txt: 1 1 | 2 2 | 3 3"]);
    assert_eq!(problems, [format!("object {blob} (a.txt in commit {commit}) is missing")]);
}

#[test]
fn a_missing_tree() {
    let fixture = three();
    let (tree, commit) = (fixture.run("rev-parse HEAD~^{tree}"), fixture.run("rev-parse HEAD~"));
    std::fs::remove_file(fixture.object_file(&tree)).unwrap();
    let (found, problems) = read(&fixture);
    assert_eq!(found, ["first a.txt: 1 1", "first dir/b.txt: 1 b", "third a.txt: 1 1 | 2 2 | 3 3"]);
    assert_eq!(problems, [format!("object {tree} (commit {commit}) is missing")]);
}

#[test]
fn a_missing_commit() {
    let fixture = three();
    let (missing, child) = (fixture.run("rev-parse HEAD~"), fixture.run("rev-parse HEAD"));
    std::fs::remove_file(fixture.object_file(&missing)).unwrap();
    let (found, problems) = read(&fixture);
    assert_eq!(found, ["third a.txt: 1 1 | 2 2 | 3 3", "third dir/b.txt: 1 b"]);
    assert_eq!(problems, [format!("object {missing} (commit {child}) is missing")]);
}

#[test]
fn a_damaged_blob() {
    for garbage in [&b""[..], b"garbage", b"x\x01K\xca\xc9OR0\xff\xff"] {
        let fixture = three();
        let blob = fixture.run("rev-parse HEAD:a.txt");
        replace(&fixture.object_file(&blob), garbage);
        let (found, problems) = read(&fixture);
        assert_eq!(found, ["first a.txt: 1 1", "first dir/b.txt: 1 b", "second a.txt: 2 2"]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with(&format!("object {blob} (a.txt in commit ")), "{problems:?}");
        assert!(problems[0].contains(" is damaged: "), "{problems:?}");
    }
}

#[test]
fn an_object_of_another_kind() {
    let fixture = three();
    let (blob, tree) = (fixture.run("rev-parse HEAD:a.txt"), fixture.run("rev-parse HEAD:dir"));
    let entries = [entry("100644", "x", &tree), entry("40000", "y", &blob)].concat();
    let wrong = fixture.feed("hash-object -t tree -w --stdin --literally", &entries);
    let commit = fixture.run(&format!("commit-tree -p HEAD -m wrong {wrong}"));
    fixture.run(&format!("update-ref refs/heads/wrong {commit}"));
    let (_, problems) = read(&fixture);
    assert_eq!(
        problems,
        [
            format!("object {blob} (y in commit {commit}) is a blob, where a tree should be"),
            format!("object {tree} (x in commit {commit}) is a tree, where a blob should be"),
        ]
    );
}

#[test]
fn a_tree_that_ends_early() {
    let fixture = three();
    let blob = fixture.run("rev-parse HEAD:a.txt");
    let bytes = [entry("100644", "good.txt", &blob), b"100644 bad.txt\0\x01\x02".to_vec()].concat();
    let tree = fixture.feed("hash-object -t tree -w --stdin --literally", &bytes);
    let commit = fixture.run(&format!("commit-tree -m damaged {tree}"));
    fixture.run(&format!("update-ref refs/heads/damaged {commit}"));
    fixture.name("damaged", "damaged");
    let (found, problems) = read(&fixture);
    assert_eq!(found.len(), 4);
    let why = "is damaged: it ends within an entry, or has one that is none";
    assert_eq!(problems, [format!("object {tree} (commit {commit}) {why}")]);
    fixture.run("checkout -q --detach");
    std::fs::write(fixture.work().join(".git/HEAD"), format!("{commit}\n")).unwrap();
    let head = fixture.open().head_files().unwrap();
    assert_eq!((head.files.len(), head.problems.len()), (1, 1));
}

#[test]
fn references_that_lead_to_no_commit() {
    let fixture = three();
    let (blob, tree) = (fixture.run("rev-parse HEAD:a.txt"), fixture.run("rev-parse HEAD:dir"));
    fixture.run(&format!("tag blob {blob}"));
    fixture.run(&format!("tag -a -m tree tree {tree}"));
    let tag = fixture.run("rev-parse refs/tags/tree");
    let heads = fixture.work().join(".git/refs/heads");
    std::fs::write(heads.join("gone"), format!("{}\n", "12".repeat(20))).unwrap();
    std::fs::write(heads.join("garbage"), "garbage").unwrap();
    let (found, problems) = read(&fixture);
    assert_eq!(found.len(), 4);
    assert!(problems.contains(&format!("object {} (refs/heads/gone) is missing", "12".repeat(20))), "{problems:#?}");
    assert!(problems.contains(&format!("object {blob} (refs/tags/blob) is a blob, where a commit should be")));
    assert!(problems.contains(&format!("object {tag} (refs/tags/tree) is a tree, where a commit should be")));
    assert!(
        problems.iter().any(|problem| problem.starts_with("reference") && problem.contains("garbage")),
        "{problems:#?}"
    );
    assert_eq!(problems.len(), 4);
}

#[test]
fn a_head_that_is_none_is_an_error() {
    let fixture = three();
    std::fs::write(fixture.work().join(".git/HEAD"), format!("{}\n", "12".repeat(20))).unwrap();
    let repository = fixture.open();
    for error in
        [repository.head_files().unwrap_err(), repository.staged(None, &Contents::default(), |_| Some(())).unwrap_err()]
    {
        let why = format!("object {} (HEAD) is missing", "12".repeat(20));
        assert_eq!(error, GitError::References { why });
    }
    // The branch is still there.
    assert_eq!(read(&fixture).0.len(), 4);
}

#[test]
fn more_problems_than_are_named() {
    let fixture = Fixture::new();
    for number in 0..Account::MAX_PROBLEMS + 7 {
        fixture.write(&format!("{number:03}.txt"), format!("{number}\n"));
    }
    fixture.commit("first");
    for line in fixture.run("ls-tree HEAD").lines() {
        let blob = line.split([' ', '\t']).nth(2).unwrap();
        std::fs::remove_file(fixture.object_file(blob)).unwrap();
    }
    let looked = fixture.open().history(&HistoryOptions::default(), plain).unwrap();
    assert_eq!((looked.account.problems.len(), looked.account.more_problems), (Account::MAX_PROBLEMS, 7));
    let paths: Vec<_> = looked.account.problems.iter().filter_map(|problem| problem.path.clone()).collect();
    assert_eq!((paths[0].as_str(), paths.is_sorted()), ("000.txt", true));
}

/// The files of which a repository consists.
fn files(fixture: &Fixture) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![fixture.work().join(".git")];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if !path.ends_with("COMMIT_EDITMSG") && !path.to_string_lossy().contains("/hooks/") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Reads all that there is to read. Errors and problems are fine; only to come back is asked for.
fn read_all(fixture: &Fixture) {
    let Ok(repository) = Repository::open(&fixture.work()) else { return };
    let _ = repository.history(&HistoryOptions::default(), plain);
    let _ = repository.history(&HistoryOptions { range: Some("HEAD~2..HEAD".to_owned()), ..Default::default() }, plain);
    let _ = repository.staged(None, &Contents::default(), plain);
    let _ = repository.head_contents(&Contents::default(), plain);
    let _ = repository.tracked_files();
}

/// One bit, one byte and the end of each file of a repository, one after another.
#[test]
fn any_damage_is_survived() {
    let fixture = three();
    for number in [9, 70, 33] {
        let lines = (0..100).map(|line| format!("line {line} {}\n", if line == number { "changed" } else { "" }));
        fixture.write("long.txt", lines.collect::<String>());
        fixture.commit("long");
    }
    fixture.run("checkout -q -b topic HEAD~");
    fixture.write("a.txt", "1\n2\nx\n");
    fixture.commit("topic");
    fixture.run("checkout -q main");
    fixture.tick();
    fixture.run("merge -q -s ours topic");
    fixture.run("tag -a -m v1 v1");
    fixture.run("gc -q");
    fixture.write("loose.txt", "loose\n");
    fixture.commit("loose");
    fixture.write("a.txt", "staged\n");
    fixture.run("add -A");
    assert!(read(&fixture).1.is_empty());
    let index = files(&fixture).into_iter().find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
    assert!(fixture.run(&format!("verify-pack -s {}", index.display())).contains("chain length = 1"));
    for path in files(&fixture) {
        let bytes = std::fs::read(&path).unwrap();
        // Every byte of what is small, some of what is not.
        let step = bytes.len() / 40 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            replace(&path, &damaged);
            read_all(&fixture);
            damaged[at] = 0xff;
            replace(&path, &damaged);
            read_all(&fixture);
        }
        for end in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            replace(&path, &bytes[..end]);
            read_all(&fixture);
        }
        std::fs::remove_file(&path).unwrap();
        read_all(&fixture);
        std::fs::write(&path, &bytes).unwrap();
    }
    assert!(read(&fixture).1.is_empty());
}
