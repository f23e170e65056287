//! Of a history with branches, merges, moves and deletions nothing is missed, whatever the number of threads.

#![allow(clippy::unwrap_used, reason = "tests make repositories")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use seriema_git::{Contents, HistoryOptions, Interest};
use support::{Fixture, START};

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

type Tree = BTreeMap<String, Vec<String>>;

/// A project as `git fast-import` reads it.
struct Project {
    numbers: Numbers,
    out: String,
    commits: usize,
    lines: usize,
    moves: bool,
}

impl Project {
    /// No line comes twice, so that there is one way only to compare files.
    fn line(&mut self) -> String {
        self.lines += 1;
        format!("line {}", self.lines)
    }

    fn new_path(&mut self) -> String {
        format!("d{}/f{}.txt", self.numbers.below(5), self.commits * 10 + self.numbers.below(10))
    }

    fn change(&mut self, tree: &mut Tree) {
        for _ in 0..=self.numbers.below(3) {
            let existing = tree.keys().nth(self.numbers.below(tree.len().max(1))).cloned();
            match (self.numbers.below(10), existing) {
                (0..2, _) | (_, None) => {
                    let lines = (0..self.numbers.below(30)).map(|_| self.line()).collect();
                    let path = self.new_path();
                    tree.insert(path, lines);
                }
                (2, Some(path)) => {
                    tree.remove(&path);
                }
                (3, Some(path)) if self.moves => {
                    let mut lines = tree.remove(&path).unwrap();
                    if self.numbers.below(2) == 0 {
                        lines.push(self.line());
                    }
                    let path = self.new_path();
                    tree.insert(path, lines);
                }
                (_, Some(path)) => {
                    let mut lines = tree.remove(&path).unwrap();
                    let at = self.numbers.below(lines.len() + 1);
                    lines.truncate(lines.len() - self.numbers.below(lines.len() + 1 - at).min(2));
                    let new = self.line();
                    lines.insert(at.min(lines.len()), new);
                    tree.insert(path, lines);
                }
            }
        }
    }

    fn commit(&mut self, branch: usize, parents: &[usize], tree: &Tree) -> usize {
        self.commits += 1;
        let clock = START + 60 * i64::try_from(self.commits).unwrap();
        write!(self.out, "commit refs/heads/b{branch}\nmark :{}\n", self.commits).unwrap();
        write!(self.out, "committer C <c@example.org> {clock} +0000\ndata 1\nx\n").unwrap();
        for (word, parent) in ["from", "merge", "merge"].iter().zip(parents) {
            writeln!(self.out, "{word} :{parent}").unwrap();
        }
        self.out.push_str("deleteall\n");
        for (path, lines) in tree {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            write!(self.out, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
        }
        self.out.push('\n');
        self.commits
    }

    /// Three branches that now and then take over from each other, with a change of the merge's own at times.
    fn grow(&mut self, commits: usize) {
        let mut heads: Vec<(usize, Tree)> = Vec::new();
        let mut start = Tree::new();
        self.change(&mut start);
        let first = self.commit(0, &[], &start);
        for _ in 0..3 {
            heads.push((first, start.clone()));
        }
        while self.commits < commits {
            let branch = self.numbers.below(3);
            let other = self.numbers.below(3);
            let (mut tip, mut tree) = heads[branch].clone();
            if self.numbers.below(6) == 0 && heads[other].0 != tip {
                for (path, lines) in heads[other].1.clone() {
                    tree.entry(path).or_insert(lines);
                }
                if self.numbers.below(2) == 0 {
                    self.change(&mut tree);
                }
                tip = self.commit(branch, &[tip, heads[other].0], &tree);
            } else {
                self.change(&mut tree);
                tip = self.commit(branch, &[tip], &tree);
            }
            heads[branch] = (tip, tree);
        }
    }
}

fn project(seed: u64, commits: usize, moves: bool) -> Fixture {
    let fixture = Fixture::new();
    let mut project = Project { numbers: Numbers(seed), out: String::new(), commits: 0, lines: 0, moves };
    project.grow(commits);
    fixture.feed("fast-import --quiet", project.out.as_bytes());
    fixture
}

/// Commit, path and text of every line that was handed over.
fn handed_over(fixture: &Fixture, options: &HistoryOptions<'_>) -> Vec<(String, String, String)> {
    let looked = fixture.open().history(options, |change| {
        let text = String::from_utf8_lossy(change.text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let commit = change.commit.map(|commit| commit.id.to_string()).unwrap_or_default();
        let line = |number: usize| (commit.clone(), change.path_text().into_owned(), lines[number - 1].to_owned());
        Some(change.added().flatten().map(line).collect::<Vec<_>>())
    });
    let looked = looked.unwrap();
    assert!(looked.account.is_complete());
    looked.found.into_iter().flatten().collect()
}

#[test]
fn every_line_that_ever_was_is_handed_over_and_hardly_any_twice() {
    for seed in 1..6 {
        let fixture = project(seed, 150, true);
        let objects = fixture.run("cat-file --batch-all-objects --batch-check");
        let mut expected = BTreeSet::new();
        for object in objects.lines().filter(|line| line.contains(" blob ")) {
            let text = fixture.run(&format!("cat-file blob {}", &object[..40]));
            expected.extend(text.lines().map(str::to_owned));
        }
        let handed: Vec<String> =
            handed_over(&fixture, &HistoryOptions::default()).into_iter().map(|(.., line)| line).collect();
        let found: BTreeSet<String> = handed.iter().cloned().collect();
        assert_eq!(found, expected);
        assert!(expected.len() > 500 && handed.len() * 20 < expected.len() * 21);
    }
}

/// Where nothing moves, the commit that a line comes with is the one that git's own comparison says.
#[test]
fn git_says_the_same() {
    for seed in 1..4 {
        let fixture = project(seed, 150, false);
        // `++` in a combined comparison: in none of the parents.
        let log = fixture.run("log --all -c -p -U0 --no-renames --format=commit:%H");
        let mut expected = BTreeSet::new();
        let (mut commit, mut path, mut signs) = (String::new(), String::new(), "+");
        for line in log.lines() {
            if let Some(id) = line.strip_prefix("commit:") {
                commit = id.to_owned();
            } else if line.starts_with("diff --git") {
                signs = "+";
            } else if line.starts_with("diff --combined") {
                signs = "++";
            } else if let Some(name) = line.strip_prefix("+++ ") {
                path = name.strip_prefix("b/").unwrap_or(name).to_owned();
            } else if let Some(text) = line.strip_prefix(signs) {
                expected.insert((commit.clone(), path.clone(), text.to_owned()));
            }
        }
        let found: BTreeSet<_> = handed_over(&fixture, &HistoryOptions::default()).into_iter().collect();
        assert_eq!(found.len(), expected.len());
        assert!(found == expected, "{:#?}", found.symmetric_difference(&expected).take(5).collect::<Vec<_>>());
    }
}

#[test]
fn a_range_and_what_was_before_it_are_all() {
    let fixture = project(7, 150, false);
    let all: BTreeSet<_> = handed_over(&fixture, &HistoryOptions::default()).into_iter().collect();
    for (before, range) in [("b0~10", "b0~10..b0"), ("b1~5", "b1~5..b1")] {
        let of = |range: &str| {
            let options = HistoryOptions { range: Some(range.to_owned()), ..HistoryOptions::default() };
            handed_over(&fixture, &options).into_iter().collect::<BTreeSet<_>>()
        };
        let (before, within) = (of(before), of(range));
        assert!(!within.is_empty() && before.is_disjoint(&within));
        let ids: BTreeSet<String> = fixture.run(&format!("rev-list {range}")).lines().map(str::to_owned).collect();
        let expected: BTreeSet<_> = all.iter().filter(|(commit, ..)| ids.contains(commit)).cloned().collect();
        assert_eq!(within, expected);
    }
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let fixture = project(11, 300, true);
    let interest = |path: &[u8]| if path.starts_with(b"d3/") { Interest::None } else { Interest::Text };
    let read = |threads: usize| {
        let contents = Contents { threads: NonZeroUsize::new(threads), interest: &interest, max_file: 150 };
        let options = HistoryOptions { contents, ..HistoryOptions::default() };
        let looked = fixture.open().history(&options, |change| {
            let commit = change.commit.map(|commit| commit.id);
            Some((commit, change.path.to_vec(), change.blob, change.added().collect::<Vec<_>>()))
        });
        let looked = looked.unwrap();
        (looked.found, looked.account)
    };
    let one = read(1);
    assert!(one.0.len() > 100 && one.1.large > 10 && one.1.problems.len() > 10);
    for threads in [2, 5, 2, 5] {
        assert_eq!(read(threads), one);
    }
    // The order is that of the commits: parents first.
    let positions: BTreeMap<String, usize> =
        fixture.run("rev-list --all --reverse --date-order").lines().map(str::to_owned).zip(0..).collect();
    let order: Vec<usize> = one.0.iter().map(|(commit, ..)| positions[&commit.unwrap().to_string()]).collect();
    assert!(order.is_sorted());
}
