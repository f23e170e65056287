//! Repositories made by git in temporary directories, and what the crate finds in them as lines of text.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests make their files; each uses a part of what is here"
)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use seriema_git::{Change, Contents, HistoryOptions, Looked, ObjectId, Repository};

pub const START: i64 = 1_700_000_000;

/// A directory with repositories in it; commits are named by their messages, and are an hour apart.
pub struct Fixture {
    directory: tempfile::TempDir,
    clock: Cell<i64>,
    names: RefCell<BTreeMap<ObjectId, String>>,
}

impl Fixture {
    /// A repository with a work tree in `work`.
    pub fn new() -> Self {
        let fixture = Self::empty();
        fixture.git(["init", "-q", "-b", "main", "work"], fixture.root());
        fixture
    }

    pub fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory, clock: Cell::new(START), names: RefCell::default() }
    }

    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    pub fn command(&self, directory: impl AsRef<Path>) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        let date = format!("{} +0100", self.clock.get());
        command
            .current_dir(directory)
            .env("HOME", self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("LC_ALL", "C")
            .args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"]);
        command
    }

    /// Runs git, which has to succeed; its output.
    pub fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, directory: impl AsRef<Path>) -> String {
        let mut command = self.command(directory);
        command.args(arguments);
        let output = finished(&mut command);
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git in the work tree; the arguments are the words of `line`.
    pub fn run(&self, line: &str) -> String {
        self.git(line.split(' '), self.work())
    }

    /// Gives git something to read.
    pub fn feed(&self, line: &str, input: &[u8]) -> String {
        let mut command = self.command(self.work());
        command.args(line.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("these tests need git");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.work().join(path)).unwrap();
    }

    /// Commits all of the work tree.
    pub fn commit(&self, name: &str) -> ObjectId {
        self.run("add -A");
        self.commit_staged(name)
    }

    pub fn commit_staged(&self, name: &str) -> ObjectId {
        self.tick();
        self.git(["commit", "-q", "--allow-empty", "-m", name], self.work());
        self.name("HEAD", name)
    }

    /// Later commands happen an hour later.
    pub fn tick(&self) {
        self.clock.set(self.clock.get() + 3600);
    }

    pub fn now(&self) -> i64 {
        self.clock.get()
    }

    /// Gives a name to the commit that a revision stands for.
    pub fn name(&self, revision: &str, name: &str) -> ObjectId {
        let id = ObjectId::from_hex(self.git(["rev-parse", revision], self.work()).as_bytes()).unwrap();
        self.names.borrow_mut().insert(id, name.to_owned());
        id
    }

    pub fn open(&self) -> Repository {
        Repository::open(&self.work()).unwrap()
    }

    pub fn history(&self) -> Vec<String> {
        self.history_of(&self.open(), &HistoryOptions::default())
    }

    /// What a history adds; nothing may be left out.
    pub fn history_of(&self, repository: &Repository, options: &HistoryOptions<'_>) -> Vec<String> {
        let looked = repository.history(options, plain).unwrap();
        assert_eq!(looked.account.problems, []);
        self.named(looked)
    }

    /// `commit path: 1 first line | 2 second line`
    pub fn named(&self, looked: Looked<(Option<ObjectId>, String)>) -> Vec<String> {
        let names = self.names.borrow();
        let name = |id: Option<ObjectId>| match id {
            None => String::new(),
            Some(id) => names.get(&id).cloned().unwrap_or_else(|| id.to_string()) + " ",
        };
        looked.found.into_iter().map(|(id, text)| name(id) + &text).collect()
    }

    pub fn staged(&self) -> Vec<String> {
        let looked = self.open().staged(None, &Contents::default(), plain).unwrap();
        assert_eq!(looked.account.problems, []);
        self.named(looked)
    }

    /// The file of a loose object.
    pub fn object_file(&self, id: &str) -> PathBuf {
        self.work().join(".git/objects").join(&id[..2]).join(&id[2..])
    }
}

fn finished(command: &mut Command) -> Output {
    match command.output() {
        Ok(output) => output,
        Err(error) => panic!("these tests need git: {error}"),
    }
}

/// A change as the id of its commit, and the rest as text.
pub fn plain(change: &Change<'_>) -> Option<(Option<ObjectId>, String)> {
    Some((change.commit.map(|commit| commit.id), describe(change)))
}

/// `path: 1 first line | 2 second line` of the added lines, by their numbers.
pub fn describe(change: &Change<'_>) -> String {
    let text = String::from_utf8_lossy(change.text);
    let lines: Vec<&str> = text.lines().collect();
    let added: Vec<String> = change.added().flatten().map(|number| format!("{number} {}", lines[number - 1])).collect();
    format!("{}: {}", change.path_text(), added.join(" | "))
}

/// Replaces a file, also one that is read-only as git's objects are.
pub fn replace(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}
