//! A repository is only read, whatever it asks for, and cannot make the reading endless.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make and damage repositories")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use seriema_git::{Contents, HistoryOptions, Looked, Repository};
use support::{Fixture, describe, plain};

/// Everything that reads.
fn read_all(directory: &Path) {
    let repository = Repository::open(directory).unwrap();
    let contents = Contents::default();
    assert!(!repository.history(&HistoryOptions::default(), plain).unwrap().found.is_empty());
    let range = HistoryOptions { range: Some("HEAD~..HEAD".to_owned()), ..HistoryOptions::default() };
    assert!(!repository.history(&range, plain).unwrap().found.is_empty());
    assert!(!repository.staged(None, &contents, plain).unwrap().found.is_empty());
    assert!(!repository.head_contents(&contents, plain).unwrap().found.is_empty());
    assert!(!repository.tracked_files().unwrap().is_empty());
    assert!(repository.worktree().is_some());
}

#[test]
fn no_command_that_a_repository_names_is_run() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    fixture.write("a.txt", "one\ntwo\n");
    fixture.commit("second");
    fixture.write("a.txt", "one\ntwo\nthree\n");
    fixture.run("add -A");
    fixture.write("a.txt", "one\ntwo\nthree\nfour\n");
    fixture.write(".gitattributes", "* filter=trap diff=trap merge=trap text eol=crlf working-tree-encoding=UTF-16\n");

    let marker = fixture.root().join("marker");
    let trap = fixture.root().join("trap");
    std::fs::write(&trap, format!("#!/bin/sh\necho \"$0 $@\" >> {}\n", marker.display())).unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let command = trap.display().to_string();
    let included = fixture.root().join("included");
    std::fs::write(&included, format!("[core]\n\tfsmonitor = {command}\n")).unwrap();
    fixture.run(&format!("config include.path {}", included.display()));
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.gitProxy",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "diff.trap.command",
        "diff.trap.textconv",
        "diff.external",
        "merge.trap.driver",
        "credential.helper",
        "gpg.program",
        "uploadpack.packObjectsHook",
        "remote.origin.uploadpack",
    ] {
        fixture.run(&format!("config {key} {command}"));
    }
    fixture.run("config remote.origin.url ext::sh");
    fixture.run("config remote.origin.promisor true");
    fixture.run("config extensions.partialClone origin");
    for hook in ["pre-commit", "post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"] {
        let path = fixture.work().join(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(&trap, path).unwrap();
    }
    // One blob is not there, so that there would be something to fetch.
    let blob = fixture.run("rev-parse HEAD~:a.txt");
    std::fs::remove_file(fixture.object_file(&blob)).unwrap();

    read_all(&fixture.work());
    assert!(!marker.exists(), "{}", std::fs::read_to_string(&marker).unwrap());
    // The traps would have worked.
    let _ = fixture.command(fixture.work()).arg("status").output().unwrap();
    assert!(marker.exists());
}

/// What the environment says may come from anywhere: a hook of another repository runs with its `GIT_DIR`.
#[test]
fn the_environment_does_not_lead_elsewhere() {
    const INNER: &str = "SERIEMA_GIT_TEST_DIRECTORY";
    if let Some(directory) = std::env::var_os(INNER) {
        let found = Repository::open(Path::new(&directory)).unwrap();
        assert_eq!(found.worktree(), Some(Path::new(&directory)));
        assert_eq!(found.history(&HistoryOptions::default(), |_| Some(())).unwrap().found.len(), 1);
        return;
    }
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    let nowhere = fixture.root().join("nowhere");
    // Nor is there a git that would be run.
    let marker = fixture.root().join("marker");
    let bin = fixture.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("git"), format!("#!/bin/sh\n: > {}\n", marker.display())).unwrap();
    std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(std::process::Command::new("git").env("PATH", &bin).status().unwrap().success());
    std::fs::remove_file(&marker).unwrap();
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "the_environment_does_not_lead_elsewhere"]).env(INNER, fixture.work()).env("PATH", &bin);
    for name in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_SHALLOW_FILE"]
    {
        again.env(name, &nowhere);
    }
    again.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "core.bare").env("GIT_CONFIG_VALUE_0", "true");
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert!(!marker.exists());
}

/// A repository of somebody else's is read, since nothing of it is run. Git refuses it.
#[test]
fn a_repository_of_another_owner() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    fixture.write("a.txt", "one\ntwo\n");
    fixture.commit("second");
    fixture.write("a.txt", "one\ntwo\nthree\n");
    fixture.run("add -A");
    let give = std::os::unix::fs::chown(fixture.work(), Some(12_345), None)
        .and_then(|()| std::os::unix::fs::chown(fixture.work().join(".git"), Some(12_345), None));
    if give.is_err() {
        // Only root may give files away; for others, what is to be seen here can't be made.
        eprintln!("not root: a repository of another owner was not tried");
        return;
    }
    assert!(!fixture.command(fixture.work()).arg("status").output().unwrap().status.success());
    read_all(&fixture.work());
}

/// A tree of trees of trees ..., each ten times the same: a few objects, ten billion paths.
#[test]
fn a_tree_that_has_no_end() {
    for innermost in ["100644 blob", "040000 tree"] {
        let fixture = Fixture::new();
        let mut id = match innermost {
            "100644 blob" => fixture.feed("hash-object -w --stdin", b"one\n"),
            _ => fixture.feed("hash-object -t tree -w --stdin", b""),
        };
        let mut entry = innermost;
        for _ in 0..10 {
            let entries: String = (0..10).map(|number| format!("{entry} {id}\td{number}\n")).collect();
            id = fixture.feed("mktree", entries.as_bytes());
            entry = "040000 tree";
        }
        let commit = fixture.run(&format!("commit-tree -m bomb {id}"));
        fixture.run(&format!("update-ref refs/heads/main {commit}"));
        let start = Instant::now();
        let Looked { found, account, .. } =
            fixture.open().history(&HistoryOptions::default(), |change| Some(describe(change))).unwrap();
        if innermost == "100644 blob" {
            assert_eq!(found, [format!("{}d0: 1 one", "d0/".repeat(9))]);
        }
        assert!(account.is_complete());
        assert!(start.elapsed() < Duration::from_secs(20));
        let head = fixture.open().head_files().unwrap();
        let problems: Vec<String> = head.problems.iter().map(ToString::to_string).collect();
        assert!(problems.len() == 1 && problems[0].ends_with("files and directories"), "{problems:?}");
    }
}

#[test]
fn directories_in_directories_without_end() {
    let fixture = Fixture::new();
    let mut tree = fixture.feed("hash-object -t tree -w --stdin", b"");
    let blob = fixture.feed("hash-object -w --stdin", b"one\n");
    for _ in 0..400 {
        tree = fixture.feed("mktree", format!("040000 tree {tree}\td\n100644 blob {blob}\tf\n").as_bytes());
    }
    let commit = fixture.run(&format!("commit-tree -m deep {tree}"));
    fixture.run(&format!("update-ref refs/heads/main {commit}"));
    let looked = fixture.open().history(&HistoryOptions::default(), |change| Some(describe(change))).unwrap();
    assert_eq!(looked.found, ["d/".repeat(256) + "f: 1 one"]);
    assert_eq!(looked.account.problems.len(), 1);
    assert!(looked.account.problems[0].to_string().ends_with("holds more than 256 directories in each other"));
    assert_eq!(fixture.open().head_files().unwrap().problems.len(), 1);
}

#[test]
fn tags_of_tags_without_end() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    fixture.run("tag -a -m x t0");
    for number in 1..80 {
        fixture.run(&format!("tag -a -m x t{number} t{}", number - 1));
    }
    fixture.run("checkout -q --detach");
    let looked = fixture.open().history(&HistoryOptions::default(), plain).unwrap();
    assert_eq!(looked.found.len(), 1);
    assert!(looked.account.problems.iter().all(|problem| problem.to_string().contains("more than 64 tags")));
    assert_eq!(looked.account.problems.len(), 80 - 64);
}

/// Lines that are alike, and lines that are all different, in files of megabytes.
#[test]
fn comparing_takes_time_by_size() {
    let alike = |lines: usize, every: usize| {
        (0..lines).map(|line| if line % every == 0 { "x\n" } else { "\n" }).collect::<String>()
    };
    let unlike = |start: usize| (start..start + 300_000).map(|line| format!("{line}\n")).collect::<String>();
    let shuffled = |step: usize| (0..300_007).map(|line| format!("{}\n", line * step % 300_007)).collect::<String>();
    for (old, new, added) in [
        (alike(900_000, 7), alike(1_000_000, 11), 909_090 - 771_428),
        (unlike(0), unlike(1_000_000), 300_000),
        (shuffled(1), shuffled(1009), 0),
    ] {
        let fixture = Fixture::new();
        fixture.write("a.txt", &old);
        fixture.commit("first");
        let lines = old.lines().count();
        fixture.write("a.txt", new);
        fixture.commit("second");
        let start = Instant::now();
        let looked = fixture.open().history(&HistoryOptions::default(), |_| Some(())).unwrap();
        assert_eq!(looked.account.lines, (lines + added) as u64);
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}
