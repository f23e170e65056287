//! What the commits of a history add.

#![allow(clippy::disallowed_methods, reason = "tests make and damage repositories")]

mod support;

use std::time::{Duration, SystemTime};

use seriema_git::{Contents, GitError, HistoryOptions, Interest, Repository, parse_date};
use support::{Fixture, START, describe, plain};

fn range(range: &str) -> HistoryOptions<'static> {
    HistoryOptions { range: Some(range.to_owned()), ..HistoryOptions::default() }
}

#[test]
fn added_and_modified_files() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\ntwo\nthree\n");
    fixture.commit("first");
    fixture.write("a.txt", "one\n2\nthree\nfour\n");
    fixture.write("dir/b.txt", "new");
    fixture.commit("second");
    assert_eq!(
        fixture.history(),
        ["first a.txt: 1 one | 2 two | 3 three", "second a.txt: 2 2 | 4 four", "second dir/b.txt: 1 new"]
    );
}

#[test]
fn a_deleted_file_is_found_where_it_came_in() {
    let fixture = Fixture::new();
    fixture.write("keep.txt", "keep\n");
    fixture.write("gone.txt", "a value\n");
    fixture.commit("first");
    fixture.remove("gone.txt");
    fixture.commit("second");
    assert_eq!(fixture.history(), ["first gone.txt: 1 a value", "first keep.txt: 1 keep"]);
}

#[test]
fn a_change_knows_its_commit_author_and_date() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    let id = fixture.commit("first");
    let looked = fixture
        .open()
        .history(&HistoryOptions::default(), |change| {
            let commit = change.commit?;
            Some((commit.id, commit.author.name.clone(), commit.author.email.clone(), commit.seconds, commit.offset))
        })
        .unwrap();
    assert_eq!(looked.found, [(id, "Ada".to_owned(), "ada@example.org".to_owned(), START + 3600, 3600)]);
    assert_eq!((looked.account.commits, looked.account.files, looked.account.lines), (1, 1, 1));
    assert!(looked.account.is_complete());
}

#[test]
fn a_file_that_moved_adds_only_what_changed() {
    let fixture = Fixture::new();
    fixture.write("old/a.txt", "one\ntwo\nthree\n");
    fixture.write("old/b.txt", "b\n");
    fixture.commit("first");
    fixture.run("mv old new");
    fixture.commit("moved");
    fixture.run("mv new/a.txt c.txt");
    fixture.write("c.txt", "one\ntwo\nthree\nfour\n");
    fixture.commit("moved and changed");
    let first = ["first old/a.txt: 1 one | 2 two | 3 three", "first old/b.txt: 1 b"];
    let last = "moved and changed c.txt: 4 four";
    assert_eq!(fixture.history(), [&first[..], &[last]].concat());
    // Also where what it was before is no part of what is looked at.
    assert_eq!(fixture.history_of(&fixture.open(), &range("HEAD~2..HEAD")), [last]);
}

#[test]
fn content_that_came_in_before_is_not_looked_at_again() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.commit("first");
    fixture.write("a.txt", "one\ntwo\n");
    fixture.commit("second");
    fixture.write("a.txt", "one\n");
    fixture.write("copy.txt", "one\ntwo\n");
    fixture.commit("back and copied");
    assert_eq!(fixture.history(), ["first a.txt: 1 one", "second a.txt: 2 two"]);
    // In a range that does not know of it, the copy is new.
    assert_eq!(fixture.history_of(&fixture.open(), &range("HEAD~..HEAD")), ["back and copied copy.txt: 1 one | 2 two"]);
    fixture.write("a.txt", "one\nthree\n");
    fixture.commit("changed");
    fixture.write("b.txt", "one\nthree\n");
    fixture.commit("copied");
    let found = ["changed a.txt: 2 three", "copied b.txt: 1 one | 2 three"];
    assert_eq!(fixture.history_of(&fixture.open(), &range("HEAD~2..HEAD")), found);
}

#[test]
fn a_merge_adds_nothing_of_its_own() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "1\n2\n3\n4\n5\n");
    fixture.commit("base");
    fixture.run("checkout -q -b topic");
    fixture.write("a.txt", "1\n2\n3\n4\n5\ntopic\n");
    fixture.commit("topic");
    fixture.run("checkout -q main");
    fixture.write("a.txt", "main\n1\n2\n3\n4\n5\n");
    fixture.commit("main");
    fixture.tick();
    fixture.run("merge -q --no-edit topic");
    assert_eq!(fixture.run("rev-list --merges --count HEAD"), "1");
    assert_eq!(
        fixture.history(),
        ["base a.txt: 1 1 | 2 2 | 3 3 | 4 4 | 5 5", "topic a.txt: 6 topic", "main a.txt: 1 main"]
    );
}

#[test]
fn a_merge_that_adds_a_line_of_its_own_is_seen() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "1\n2\n");
    fixture.write("same.txt", "same\n");
    fixture.commit("base");
    fixture.run("checkout -q -b topic");
    fixture.write("a.txt", "1\ntopic\n2\n");
    fixture.commit("topic");
    fixture.run("checkout -q main");
    fixture.write("a.txt", "1\nmain\n2\n");
    fixture.commit("main");
    fixture.tick();
    let mut merge = fixture.command(fixture.work());
    assert!(!merge.args(["merge", "-q", "topic"]).output().unwrap().status.success(), "there has to be a conflict");
    fixture.write("a.txt", "1\nmain\nsmuggled\ntopic\n2\n");
    fixture.write("b.txt", "a file of the merge\n");
    fixture.commit("merge");
    assert_eq!(
        fixture.history(),
        [
            "base a.txt: 1 1 | 2 2",
            "base same.txt: 1 same",
            "topic a.txt: 2 topic",
            "main a.txt: 2 main",
            "merge a.txt: 3 smuggled",
            "merge b.txt: 1 a file of the merge"
        ]
    );
}

#[test]
fn commits_that_only_tags_stashes_or_remote_branches_lead_to() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "a\n");
    fixture.commit("base");
    for (name, keep) in
        [("tagged", "tag -a v1 -m v1"), ("light", "tag v2"), ("remote", "update-ref refs/remotes/origin/x HEAD")]
    {
        fixture.run("checkout -q -b side");
        fixture.write(&format!("{name}.txt"), name);
        fixture.commit(name);
        fixture.run(keep);
        fixture.run("checkout -q main");
        fixture.run("branch -q -D side");
    }
    for stash in ["one", "two"] {
        fixture.tick();
        fixture.write("a.txt", format!("a\nstash {stash}\n"));
        fixture.write("staged.txt", format!("index {stash}\n"));
        fixture.run("add staged.txt");
        fixture.write("untracked.txt", format!("untracked {stash}\n"));
        fixture.run("stash push -q -u");
    }
    fixture.name("stash@{1}", "stash 1");
    fixture.name("stash@{1}^2", "index 1");
    fixture.name("stash@{1}^3", "untracked 1");
    fixture.name("stash", "stash 0");
    fixture.name("stash^2", "index 0");
    fixture.name("stash^3", "untracked 0");
    let mut found = fixture.history();
    found.sort();
    assert_eq!(
        found,
        [
            "base a.txt: 1 a",
            "index 0 staged.txt: 1 index two",
            "index 1 staged.txt: 1 index one",
            "light light.txt: 1 light",
            "remote remote.txt: 1 remote",
            "stash 0 a.txt: 2 stash two",
            "stash 1 a.txt: 2 stash one",
            "tagged tagged.txt: 1 tagged",
            "untracked 0 untracked.txt: 1 untracked two",
            "untracked 1 untracked.txt: 1 untracked one",
        ]
    );
}

/// `base - main - (HEAD)`, and `base - left`, `base - right` beside it.
fn forked() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("a.txt", "base\n");
    fixture.commit("base");
    for name in ["left", "right"] {
        fixture.git(["checkout", "-q", "-b", name, "main"], fixture.work());
        fixture.write(&format!("{name}.txt"), name);
        fixture.commit(name);
    }
    fixture.run("checkout -q main");
    fixture.write("a.txt", "base\nmain\n");
    fixture.commit("main");
    fixture
}

#[test]
fn ranges() {
    let fixture = forked();
    let of = |text: &str| fixture.history_of(&fixture.open(), &range(text));
    let (base, left, right, main) =
        ("base a.txt: 1 base", "left left.txt: 1 left", "right right.txt: 1 right", "main a.txt: 2 main");
    assert_eq!(of("main"), [base, main]);
    assert_eq!(of("main~"), [base]);
    assert_eq!(of("left..main"), [main]);
    assert_eq!(of("main..left"), [left]);
    assert_eq!(of("left..."), [left, main]);
    assert_eq!(of("left...right"), [left, right]);
    assert_eq!(of("main^!"), [main]);
    assert_eq!(of("main..main"), [""; 0]);
    assert_eq!(of(".."), [""; 0]);
    assert_eq!(fixture.history(), [base, left, right, main]);
}

#[test]
fn a_range_that_is_none_is_an_error() {
    let fixture = forked();
    for text in ["nowhere", "main..nowhere", "^main", "", "main:a.txt", "main^{tree}"] {
        let result = fixture.open().history(&range(text), |_| Some(()));
        match result {
            Err(GitError::Revision { revision, why }) => assert!(revision == text && !why.is_empty()),
            other => panic!("{text}: {other:?}"),
        }
    }
    let error = fixture.open().history(&range("main..nowhere"), |_| Some(())).unwrap_err().to_string();
    assert!(error.starts_with("`main..nowhere` is no commit or range of commits of this repository: "), "{error}");
}

#[test]
fn a_range_holds_when_clocks_are_wrong() {
    let fixture = Fixture::new();
    let dates = [5_000, 900_000, 100, 800_000, 50];
    for (number, date) in dates.iter().enumerate() {
        fixture.write("a.txt", (0..=number).map(|line| format!("{line}\n")).collect::<String>());
        fixture.run("add -A");
        let mut command = fixture.command(fixture.work());
        command.args(["commit", "-q", "-m", "x"]).env("GIT_COMMITTER_DATE", format!("{} +0000", 1_600_000_000 + date));
        assert!(command.status().unwrap().success());
        fixture.name("HEAD", &number.to_string());
    }
    for first in 0..5 {
        let expected: Vec<String> = (first + 1..5).map(|n| format!("{n} a.txt: {} {n}", n + 1)).collect();
        assert_eq!(fixture.history_of(&fixture.open(), &range(&format!("HEAD~{}..HEAD", 4 - first))), expected);
    }
}

/// The way from `A` to what it shares with `B` may lead over a commit that seems to be older than all others.
#[test]
fn a_range_goes_on_behind_its_beginning_for_a_while() {
    let fixture = Fixture::new();
    let commit = |name: &str, date: i64, parent: &str| {
        fixture.write(&format!("{name}.txt"), name);
        fixture.run("add -A");
        let tree = fixture.run("write-tree");
        let mut command = fixture.command(fixture.work());
        command.args(["commit-tree", "-m", "x", &tree]).env("GIT_COMMITTER_DATE", format!("{} +0000", START + date));
        if !parent.is_empty() {
            command.args(["-p", parent]);
        }
        let id = String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned();
        fixture.name(&id, name);
        id
    };
    let root = commit("root", 100, "");
    let between = commit("between", 1, &root);
    let left = commit("left", 90, &between);
    fixture.run(&format!("read-tree --reset -u {root}"));
    let right = commit("right", 95, &root);
    let found = fixture.history_of(&fixture.open(), &range(&format!("{left}..{right}")));
    assert_eq!(found, ["right right.txt: 1 right"]);
}

#[test]
fn only_what_came_in_since() {
    let fixture = forked();
    let since = |since: i64| {
        let options = HistoryOptions { since: Some(since), ..HistoryOptions::default() };
        fixture.history_of(&fixture.open(), &options)
    };
    assert_eq!(since(fixture.now()), ["main a.txt: 2 main"]);
    assert_eq!(since(fixture.now() - 3600), ["right right.txt: 1 right", "main a.txt: 2 main"]);
    assert_eq!(since(fixture.now() + 1), [""; 0]);
    assert_eq!(since(i64::MIN).len(), 4);
}

#[test]
fn dates() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let date = |text: &str| parse_date(text, now);
    assert_eq!(date("2023-01-31"), Ok(1_675_123_200));
    assert_eq!(date("2023-01-31T12:00:00+01:00"), Ok(1_675_162_800));
    assert_eq!(date("2 weeks ago"), Ok(1_700_000_000 - 14 * 86_400));
    assert_eq!(date("yesterday"), Ok(1_700_000_000 - 86_400));
    assert_eq!(date("1700000000"), Ok(1_700_000_000));
    for text in ["", "soon", "2023-13-01", "the 3rd"] {
        assert_eq!(date(text), Err(GitError::Date { date: text.to_owned() }), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_counted() {
    let fixture = Fixture::new();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "4d".repeat(32));
    fixture.write("image.png", b"\x89PNG\0\0\0");
    fixture.write("model.bin", &pointer);
    fixture.write("not-a-pointer.txt", format!("{pointer}password hunter2\n"));
    fixture.write("late-nul.txt", [vec![b'a'; 8000], vec![0]].concat());
    fixture.write("wide.txt", "\u{feff}key = wert\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    fixture.write("latin.txt", b"caf\xe9\n");
    std::os::unix::fs::symlink("/etc/passwd", fixture.work().join("link")).unwrap();
    fixture.commit("first");
    let looked = fixture.open().history(&HistoryOptions::default(), |change| Some(describe(change))).unwrap();
    let found: Vec<&str> = looked.found.iter().map(|text| &text[..text.len().min(25)]).collect();
    assert_eq!(
        found,
        [
            "late-nul.txt: 1 aaaaaaaaa",
            "latin.txt: 1 caf\u{fffd}",
            "not-a-pointer.txt: 1 vers",
            "wide.txt: 1 key = wert"
        ]
    );
    assert_eq!((looked.account.binary, looked.account.pointers), (1, 1));
    assert!(looked.account.is_complete());
}

#[test]
fn binary_files_come_whole_where_they_are_wanted() {
    let fixture = Fixture::new();
    fixture.write("a.zip", b"PK\0\n1");
    fixture.write("b.bin", b"PK\0\n1");
    fixture.write("c.txt", "text\n");
    fixture.commit("first");
    fixture.write("a.zip", b"PK\0\n2");
    fixture.commit("second");
    let interest = |path: &[u8]| match path {
        path if path.ends_with(b".zip") => Interest::Any,
        path if path.ends_with(b".txt") => Interest::None,
        _ => Interest::Text,
    };
    let contents = Contents { interest: &interest, ..Contents::default() };
    let options = HistoryOptions { contents, ..HistoryOptions::default() };
    let looked = fixture.open().history(&options, |change| Some((change.binary, change.text.to_vec()))).unwrap();
    assert_eq!(looked.found, [(true, b"PK\0\n1".to_vec()), (true, b"PK\0\n2".to_vec())]);
    assert_eq!(looked.account.binary, 1);
}

#[test]
fn what_is_not_wanted_does_not_stand_for_others() {
    let fixture = Fixture::new();
    fixture.write("skipped/a.txt", "value\n");
    fixture.commit("first");
    fixture.write("wanted/a.txt", "value\n");
    fixture.commit("second");
    fixture.write("skipped/b.txt", "other\n");
    fixture.write("skipped/c.txt", "one\n");
    fixture.commit("third");
    fixture.run("mv skipped/b.txt wanted/b.txt");
    fixture.run("mv skipped/c.txt wanted/c.txt");
    fixture.write("wanted/c.txt", "one\ntwo\n");
    fixture.commit("moved");
    let interest = |path: &[u8]| if path.starts_with(b"skipped/") { Interest::None } else { Interest::Text };
    let contents = Contents { interest: &interest, ..Contents::default() };
    let options = HistoryOptions { contents, ..HistoryOptions::default() };
    assert_eq!(
        fixture.history_of(&fixture.open(), &options),
        ["second wanted/a.txt: 1 value", "moved wanted/b.txt: 1 other", "moved wanted/c.txt: 1 one | 2 two"]
    );
}

#[test]
fn files_that_are_too_large_are_named() {
    let fixture = Fixture::new();
    fixture.write("large.txt", "x\n".repeat(600));
    fixture.write("small.txt", "small\n");
    let id = fixture.commit("first");
    fixture.write("large.txt", "now small\n");
    fixture.commit("second");
    fixture.run("gc -q");
    let contents = Contents { max_file: 1000, ..Contents::default() };
    let options = HistoryOptions { contents, ..HistoryOptions::default() };
    let looked = fixture.open().history(&options, plain).unwrap();
    let account = looked.account.clone();
    assert_eq!(fixture.named(looked), ["first small.txt: 1 small", "second large.txt: 1 now small"]);
    assert_eq!(account.large, 1);
    let blob = fixture.run("rev-parse HEAD~:large.txt");
    assert_eq!(
        account.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!("object {blob} (large.txt in commit {id}) holds 1200 bytes, more than the 1000 allowed")]
    );
    assert!(!account.is_complete());
}

// Other systems take only names that are Unicode.
#[cfg(target_os = "linux")]
#[test]
fn paths_are_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    std::fs::write(fixture.work().join(name), "value\n").unwrap();
    fixture.commit("first");
    let repository = fixture.open();
    let looked = repository
        .history(&HistoryOptions::default(), |change| Some((change.path.to_vec(), change.path_text().into_owned())))
        .unwrap();
    assert_eq!(looked.found, [(b"caf\xe9.txt".to_vec(), "caf\u{fffd}.txt".to_owned())]);
    assert_eq!(repository.tracked_files().unwrap(), [b"caf\xe9.txt".to_vec()]);
    assert!(repository.head_files().unwrap().blob(b"caf\xe9.txt").is_some());
}

#[cfg(unix)]
#[test]
fn a_directory_in_place_of_a_file_and_back() {
    let fixture = Fixture::new();
    fixture.write("a", "file\n");
    fixture.write("a.b", "between\n");
    fixture.commit("first");
    fixture.remove("a");
    fixture.write("a/inner", "inner\n");
    fixture.commit("second");
    fixture.remove("a/inner");
    std::fs::remove_dir(fixture.work().join("a")).unwrap();
    std::os::unix::fs::symlink("a.b", fixture.work().join("a")).unwrap();
    fixture.commit("third");
    fixture.remove("a");
    fixture.write("a", "again\n");
    fixture.commit("fourth");
    assert_eq!(
        fixture.history(),
        ["first a: 1 file", "first a.b: 1 between", "second a/inner: 1 inner", "fourth a: 1 again"]
    );
}

#[test]
fn a_repository_without_commits_has_no_history() {
    let fixture = Fixture::new();
    let looked = fixture.open().history(&HistoryOptions::default(), |_| Some(())).unwrap();
    assert_eq!((looked.found.len(), looked.account.commits), (0, 0));
    assert!(looked.account.is_complete());
}

#[test]
fn what_is_in_no_repository_is_an_error() {
    let fixture = Fixture::empty();
    let error = Repository::open(&fixture.root()).unwrap_err();
    assert_eq!(error, GitError::NotARepository { directory: fixture.root() });
    assert!(error.to_string().ends_with(" is not in a git repository"));
    assert!(Repository::open(&fixture.root().join("nowhere")).is_err());
}
