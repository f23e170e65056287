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

/// Which ways in are compared with one another.
#[derive(Clone, Copy)]
enum Sort {
    Changes,
    Reads,
}

fn sort(entry: &Entry) -> Option<Sort> {
    if entry.methods.iter().any(|method| changes(method)) || words::is_destructive(entry) {
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
    let mut files: BTreeMap<&str, [Siblings<'_>; 2]> = BTreeMap::new();
    let mut all: Siblings<'_> = Siblings::default();
    for &entry in &program.entries {
        let Some(sort) = sort(entry) else { continue };
        let siblings = &mut files.entry(file_of(entry)).or_default()[sort as usize];
        if entry.is_authenticated() {
            siblings.guarded.push(entry);
        } else if is_open(program, entry, sort) {
            siblings.open.push(entry);
        }
    }
    for [changes, _] in files.values() {
        all.guarded.extend(&changes.guarded);
        all.open.extend(&changes.open);
    }
    let mut found = Vec::new();
    for [changes, reads] in files.values() {
        found.extend(Judged::changes(changes, &all).into_iter().flat_map(|judged| judged.findings(program)));
        found.extend(Judged::reads(changes, reads).into_iter().flat_map(|judged| judged.findings(program)));
    }
    found
}

/// Whether nobody guards a way in, and nothing says that this is meant.
fn is_open(program: &Program<'_>, entry: &Entry, sort: Sort) -> bool {
    !entry.is_public
        && entry.is_mounted
        && !words::is_open(entry)
        && !is_hidden(program, entry)
        && !knows_by_itself(program, entry)
        && (matches!(sort, Sort::Changes) || gives_data(program, entry))
}

/// Whether another way in of the same path answers in its place: frameworks take the first.
fn is_hidden(program: &Program<'_>, entry: &Entry) -> bool {
    let is_before = |other: &Entry| {
        other.registered.path == entry.registered.path
            && other.registered.line < entry.registered.line
            && other.path == entry.path
            && entry.methods.iter().all(|method| other.methods.contains(method))
    };
    program.entries.iter().any(|other| is_before(other))
}

/// Whether a way in gives something that is not the same for everybody and always: what is asked for by its path, or what
/// comes from elsewhere.
fn gives_data(program: &Program<'_>, entry: &Entry) -> bool {
    const SOURCES: &[&str] = &[
        "aggregate",
        "all",
        "count",
        "execute",
        "fetch",
        "fetchall",
        "fetchone",
        "filter",
        "filter_by",
        "find",
        "find_all",
        "find_one",
        "get_all",
        "list",
        "load",
        "objects",
        "open",
        "paginate",
        "query",
        "read",
        "scalars",
        "select",
        "values",
    ];
    let names = program.names(entry);
    !entry.parameters.is_empty() || SOURCES.iter().any(|source| names.contains(source))
}

/// Whether the code itself looks at who sends: a signature, a header that it hands on.
fn knows_by_itself(program: &Program<'_>, entry: &Entry) -> bool {
    const SIGNS: &[&str] = &["authorization", "bearer", "hmac", "signature", "signatures"];
    let names = program.names(entry);
    names.iter().any(|name| words::any(name, SIGNS))
        || names.iter().any(|name| name.eq_ignore_ascii_case("auth_header"))
}

/// How many functions and classes answer.
fn handlers(entries: &[&Entry]) -> usize {
    let mut places: Vec<_> = entries.iter().map(|entry| (file_of(entry), entry.location.span)).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

/// Ways in, and what they are judged by.
struct Judged<'e> {
    open: &'e [&'e Entry],
    /// Those that the nearest is taken from.
    guarded: Vec<&'e Entry>,
    /// How many are guarded, and of how many.
    count: usize,
    total: usize,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    /// Which routes were compared.
    which: &'static str,
}

impl<'e> Judged<'e> {
    /// Ways in of a file that change something, by their like: those of the file, or of the whole program.
    fn changes(siblings: &'e Siblings<'e>, all: &Siblings<'e>) -> Option<Self> {
        let (guarded, open) = (handlers(&siblings.guarded), handlers(&siblings.open));
        let in_body = |entry: &&Entry| asks(entry).is_none_or(|guard| guard.via == GuardVia::Body);
        let enough = if siblings.guarded.iter().all(in_body) { MIN_GUARDED_IN_BODY } else { MIN_GUARDED };
        let judged = Self {
            open: &siblings.open,
            guarded: siblings.guarded.clone(),
            count: guarded,
            total: guarded + open,
            severity: Severity::High,
            confidence: Confidence::Medium,
            persona: Persona::Regular,
            which: "in this file that change something",
        };
        if guarded >= enough && guarded > open {
            return Some(judged);
        }
        let (all_guarded, all_open) = (handlers(&all.guarded), handlers(&all.open));
        let stands_out = guarded == 0 && all_guarded >= MIN_GUARDED_PROGRAM && all_guarded >= 4 * all_open;
        stands_out.then(|| Self {
            guarded: all.guarded.clone(),
            count: all_guarded,
            total: all_guarded + all_open,
            confidence: Confidence::Low,
            persona: Persona::Pedantic,
            which: "of the program that change something",
            ..judged
        })
    }

    /// Ways in of a file that only read, by all of the file: what is there for everybody is seldom among many that are not.
    fn reads(changes: &Siblings<'e>, reads: &'e Siblings<'e>) -> Option<Self> {
        let all: Vec<&Entry> = reads.guarded.iter().chain(&changes.guarded).copied().collect();
        let readers: Vec<&Entry> =
            all.iter().copied().filter(|entry| entry.methods.iter().any(|method| method == "GET")).collect();
        let (guarded, open) = (handlers(&all), handlers(&reads.open));
        if guarded < MIN_GUARDED_READS || handlers(&readers) < MIN_GUARDED || guarded < 4 * open {
            return None;
        }
        // The same guard everywhere else: it was forgotten here.
        let mut names = all.iter().filter_map(|entry| asks(entry)).map(|guard| &guard.name);
        let first = names.next();
        let is_one = names.all(|name| Some(name) == first);
        Some(Self {
            open: &reads.open,
            guarded: readers,
            count: guarded,
            total: guarded + open,
            severity: Severity::Medium,
            confidence: if is_one { Confidence::Medium } else { Confidence::Low },
            persona: if is_one { Persona::Regular } else { Persona::Pedantic },
            which: "in this file",
        })
    }

    fn findings(&self, program: &Program<'_>) -> Vec<LogicFinding> {
        self.open.iter().filter_map(|entry| self.finding(program, entry)).collect()
    }

    fn finding(&self, program: &Program<'_>, entry: &Entry) -> Option<LogicFinding> {
        let sibling = nearest(entry, &self.guarded)?;
        let guard = asks(sibling)?;
        let message = format!(
            "`{}` asks nobody who they are, while {} of the {} routes {} do (`{}` by `{}`)",
            title(entry),
            self.count,
            self.total,
            self.which,
            title(sibling),
            guard.name,
        );
        Some(LogicFinding {
            rule: "missing-authentication",
            place: entry.location.clone(),
            function: program.function(entry),
            severity: self.severity,
            confidence: self.confidence,
            persona: self.persona,
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
