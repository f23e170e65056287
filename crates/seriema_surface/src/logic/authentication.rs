//! Ways in that ask nobody who they are, where those beside them do.

use std::collections::BTreeMap;

use seriema_finding::{Confidence, Persona, Severity};

use super::{LogicFinding, Program, changes, file_of, title, words};
use crate::inventory::{Entry, Guard, GuardKind, GuardVia};

/// Ways in of one file that must be guarded before those that are not stand out.
const MIN_GUARDED: usize = 2;
/// The same of ways in that only read: many of them are for everybody.
const MIN_GUARDED_READS: usize = 4;
/// The same where the only guards are checks in the body, which may be about something else.
const MIN_GUARDED_IN_BODY: usize = 3;
/// The same of a whole program, where a file has none but open ones.
const MIN_GUARDED_PROGRAM: usize = 5;

/// Whether a way in is one of the sort that is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Changes,
    Reads,
}

fn sort(entry: &Entry) -> Option<Sort> {
    if entry.methods.iter().any(|method| changes(method)) {
        Some(Sort::Changes)
    } else {
        entry.methods.iter().any(|method| method == "GET").then_some(Sort::Reads)
    }
}

/// Those who are compared with one another.
#[derive(Default)]
struct Siblings<'e> {
    guarded: Vec<&'e Entry>,
    open: Vec<&'e Entry>,
}

/// Finds the ways in that lack the guard their siblings have.
pub(super) fn missing(program: &Program<'_>) -> Vec<LogicFinding> {
    let mut files: BTreeMap<(Sort, &str), Siblings<'_>> = BTreeMap::new();
    let mut all: Siblings<'_> = Siblings::default();
    for &entry in &program.entries {
        let Some(sort) = sort(entry) else { continue };
        let siblings = files.entry((sort, file_of(entry))).or_default();
        // What is for everybody by its name says nothing of its siblings, guarded or not.
        if entry.is_authenticated() {
            siblings.guarded.push(entry);
            if sort == Sort::Changes {
                all.guarded.push(entry);
            }
        } else if !entry.is_public && entry.is_mounted && !words::is_open(entry) {
            siblings.open.push(entry);
            if sort == Sort::Changes {
                all.open.push(entry);
            }
        }
    }
    let stands_out = all.guarded.len() >= MIN_GUARDED_PROGRAM && all.guarded.len() >= 4 * all.open.len();
    let mut found = Vec::new();
    for ((sort, _), siblings) in &files {
        let (guarded, open) = (handlers(&siblings.guarded), handlers(&siblings.open));
        let in_body = |entry: &&Entry| asks(entry).is_none_or(|guard| guard.via == GuardVia::Body);
        let enough = if siblings.guarded.iter().all(in_body) { MIN_GUARDED_IN_BODY } else { MIN_GUARDED };
        let confidence = match sort {
            Sort::Changes if guarded >= enough && guarded > open => Confidence::Medium,
            Sort::Reads if guarded >= MIN_GUARDED_READS && guarded >= 4 * open => Confidence::Low,
            Sort::Changes if guarded == 0 && stands_out => Confidence::Low,
            _ => continue,
        };
        let known = if guarded == 0 { &all.guarded } else { &siblings.guarded };
        for entry in &siblings.open {
            let place = if guarded == 0 { "of the program" } else { "in this file" };
            let total = if guarded == 0 { handlers(known) + handlers(&all.open) } else { guarded + open };
            let of = Judged { sort: *sort, confidence, guarded: handlers(known), total, place };
            found.extend(of.finding(program, entry, known));
        }
    }
    found
}

/// How many functions and classes answer.
fn handlers(entries: &[&Entry]) -> usize {
    let mut places: Vec<_> = entries.iter().map(|entry| (file_of(entry), entry.location.span)).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

/// What a way in is judged by.
struct Judged {
    sort: Sort,
    confidence: Confidence,
    guarded: usize,
    total: usize,
    place: &'static str,
}

impl Judged {
    fn finding(&self, program: &Program<'_>, entry: &Entry, guarded: &[&Entry]) -> Option<LogicFinding> {
        let sibling = nearest(entry, guarded)?;
        let guard = asks(sibling)?;
        let (does, severity) = match self.sort {
            Sort::Changes => ("change something", Severity::High),
            Sort::Reads => ("read", Severity::Medium),
        };
        let message = format!(
            "`{}` asks nobody who they are, while {} of the {} routes {} that {does} do (`{}` by `{}`)",
            title(entry),
            self.guarded,
            self.total,
            self.place,
            title(sibling),
            guard.name,
        );
        Some(LogicFinding {
            rule: "missing-authentication",
            place: entry.location.clone(),
            function: program.function(entry),
            severity,
            confidence: self.confidence,
            persona: if self.confidence == Confidence::Low { Persona::Pedantic } else { Persona::Regular },
            message,
            related: vec![(sibling.location.clone(), format!("`{}` is guarded by `{}`", title(sibling), guard.name))],
        })
    }
}

/// The guard that asks who it is.
fn asks(entry: &Entry) -> Option<&Guard> {
    entry.guards.iter().find(|guard| matches!(guard.kind, GuardKind::Authentication | GuardKind::Authorization))
}

/// The sibling that is most like it: of the same path's beginning, and nearest in the file.
fn nearest<'e>(entry: &Entry, guarded: &[&'e Entry]) -> Option<&'e Entry> {
    let common = |other: &Entry| entry.path.split('/').zip(other.path.split('/')).take_while(|(a, b)| a == b).count();
    let far = |other: &Entry| other.location.line.abs_diff(entry.location.line);
    guarded.iter().copied().min_by_key(|other| {
        (file_of(other) != file_of(entry), usize::MAX - common(other), far(other), other.path.clone())
    })
}
