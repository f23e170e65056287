//! Names of packages that are one slip away from a popular one.
//!
//! How far a name may be from a popular one depends on how long and how popular that is: short names have neighbours that
//! mean something else. A name that is itself widely used (`popular.txt`), or a neighbour that is known to be a package of
//! its own (`neighbours.txt`), looks like nothing.

use std::sync::OnceLock;

use super::forms::{IMITATED, SHORTEST, bare, skeleton, words};
use super::lines::value;
use crate::manifest::Name;

/// Names that are widely used, each with its place by downloads from PyPI, from 0 (facts of its public download counts, of
/// 2026-11), and packages of their own that are near to a popular name, told by a person from PyPI's list of names, with
/// none.
const KNOWN: &str = include_str!(concat!(env!("OUT_DIR"), "/known.txt"));

/// Imitated names by themselves without what separates their parts.
const BARE: &str = include_str!(concat!(env!("OUT_DIR"), "/bare.txt"));

/// Imitated names by themselves with one of all characters that look alike.
const SKELETONS: &str = include_str!(concat!(env!("OUT_DIR"), "/skeletons.txt"));

/// Imitated names of several words by these in alphabetical order.
const WORDS: &str = include_str!(concat!(env!("OUT_DIR"), "/words.txt"));

/// Imitated names, the shortest first.
const BY_LENGTH: &str = include_str!(concat!(env!("OUT_DIR"), "/by_length.txt"));

/// Longest name that is looked at.
const LONGEST: usize = 80;

/// How a name comes near to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The same but for `-` between its parts.
    Separator,
    /// Characters that look alike: `0` and `o`, `1` and `l`, `rn` and `m`.
    Glyph,
    /// Two characters change places.
    Transposed,
    /// A character too many or too few beside its like.
    Doubled,
    /// A character of a key beside the right one, or another vowel.
    Slip,
    /// A character is missing.
    Missing,
    /// A character too many.
    Added,
    /// Another character.
    Other,
    /// The same words in another order.
    Order,
    /// A word before or after it that means nothing: `python-`, `-py`.
    Affix,
}

impl Kind {
    /// What is different, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Separator => "the two differ in a separator",
            Self::Glyph => "the two differ in characters that look alike",
            Self::Transposed => "two characters are transposed",
            Self::Doubled => "one doubled character makes the difference",
            Self::Slip => "one character is another that is easily typed for it",
            Self::Missing => "one character is missing",
            Self::Added => "there is one character too many",
            Self::Other => "one character is another",
            Self::Order => "it has the same words in another order",
            Self::Affix => "it is the same name with an affix that says nothing",
        }
    }
}

/// A popular package that a name looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookalike {
    /// The popular package.
    pub popular: &'static str,
    /// How near the name is to it.
    pub kind: Kind,
}

/// Whether a name is that of a package which many use, or of one that is known to be its own.
#[must_use]
pub fn is_known(name: &Name) -> bool {
    value(KNOWN, name.as_str()).is_some()
}

/// The place of a popular name, from 0.
fn rank(name: &str) -> Option<usize> {
    value(KNOWN, name)?.parse().ok()
}

/// The most popular package that a name is one slip away from; none for a name that many use.
#[must_use]
pub fn lookalike(name: &Name) -> Option<Lookalike> {
    let text = name.as_str();
    if is_known(name) || text.len() < SHORTEST - 1 || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let mut best: Option<(usize, Lookalike)> = None;
    for (popular, kind) in slips(text) {
        let Some(rank) = rank(popular) else { continue };
        if reaches(kind, rank, popular.len()) && best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best = Some((rank, Lookalike { popular, kind }));
        }
    }
    best.map(|(_, found)| found)
}

/// Whether a name of this rank and length is imitated in this way so often that it is worth a word.
fn reaches(kind: Kind, rank: usize, length: usize) -> bool {
    let most = match (kind, length) {
        (Kind::Separator | Kind::Order, 6..) | (Kind::Glyph, 7..) => IMITATED,
        (Kind::Glyph, _) => 1_000,
        (Kind::Transposed | Kind::Doubled, 5) => 300,
        (Kind::Transposed | Kind::Doubled, 6 | 7) => 1_500,
        (Kind::Transposed | Kind::Doubled, _) => IMITATED,
        (Kind::Slip, 5) => 60,
        (Kind::Slip, 6) | (Kind::Missing, 6) => 200,
        (Kind::Slip | Kind::Missing, 7) => 500,
        (Kind::Slip | Kind::Missing, 8) => 1_500,
        (Kind::Slip | Kind::Missing, 9..) => IMITATED,
        (Kind::Added | Kind::Other, 9 | 10) => 500,
        (Kind::Added | Kind::Other, 11) => 1_500,
        (Kind::Added | Kind::Other, 12..) => IMITATED,
        (Kind::Affix, _) => 1_000,
        _ => 0,
    };
    rank < most
}

/// All imitated names that a name may have been meant to be.
fn slips(text: &str) -> Vec<(&'static str, Kind)> {
    let mut found: Vec<(&'static str, Kind)> = Vec::new();
    found.extend(value(BARE, &bare(text)).map(|name| (name, Kind::Separator)));
    found.extend(value(SKELETONS, &skeleton(text)).map(|name| (name, Kind::Glyph)));
    if text.contains('-') {
        found.extend(value(WORDS, &words(text)).map(|name| (name, Kind::Order)));
    }
    let prefixes = ["python-", "python3-", "py-"].into_iter().filter_map(|prefix| text.strip_prefix(prefix));
    let suffixes = ["-python", "-python3", "-py", "-official", "-lib"];
    let suffixes = suffixes.into_iter().filter_map(|suffix| text.strip_suffix(suffix));
    for own in prefixes.chain(suffixes) {
        let imitated = of_length(own.len()).find(|name| *name == own.as_bytes());
        found.extend(imitated.and_then(|name| Some((std::str::from_utf8(name).ok()?, Kind::Affix))));
    }
    for length in text.len() - 1..=text.len() + 1 {
        for name in of_length(length) {
            let kind = slip(text.as_bytes(), name);
            found.extend(kind.and_then(|kind| Some((std::str::from_utf8(name).ok()?, kind))));
        }
    }
    found
}

/// The imitated names of a length.
fn of_length(length: usize) -> impl Iterator<Item = &'static [u8]> {
    static STARTS: OnceLock<[usize; LONGEST + 3]> = OnceLock::new();
    // Where the names begin that have at least as many characters.
    let starts = STARTS.get_or_init(|| {
        let mut starts = [BY_LENGTH.len(); LONGEST + 3];
        let (mut at, mut next) = (0, 0);
        for name in BY_LENGTH.lines() {
            while let Some(start) = starts.get_mut(next).filter(|_| next <= name.len()) {
                *start = at;
                next += 1;
            }
            at += name.len() + 1;
        }
        starts
    });
    let range = starts.get(length).zip(starts.get(length + 1)).and_then(|(start, end)| BY_LENGTH.get(*start..*end));
    let names = range.unwrap_or_default();
    // All are of one length: none has to be looked for.
    names.as_bytes().chunks_exact(length + 1).filter_map(move |line| line.get(..length))
}

/// How one edit makes another name of a name; nothing where it takes more than one.
fn slip(text: &[u8], meant: &[u8]) -> Option<Kind> {
    // Most names have neither end in common.
    if text.first() != meant.first() && text.last() != meant.last() {
        return None;
    }
    let at = text.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&text[at..], &meant[at..]);
    match (rest, other) {
        ([own, a @ ..], [right, b @ ..]) if a == b => substituted(text, at, *own, *right),
        ([x, y, a @ ..], [v, w, b @ ..]) if x == w && y == v && a == b => Some(Kind::Transposed),
        ([own, a @ ..], b) if a == b => too_many(text, at, *own),
        (a, [right, b @ ..]) if a == b => too_few(text, at, *right),
        _ => None,
    }
}

fn substituted(text: &[u8], at: usize, own: u8, right: u8) -> Option<Kind> {
    let is_letter = own != b'-' && !own.is_ascii_digit() && right.is_ascii_lowercase();
    let are_vowels = at != 0 && is_vowel(own) && is_vowel(right);
    let kind = if is_beside(own, right) || are_vowels { Kind::Slip } else { Kind::Other };
    (is_letter && (kind == Kind::Slip || at != 0) && at < text.len()).then_some(kind)
}

/// Of a character of which one is too many. What stands at the ends makes another word of it: `redisx`, `udocker`.
fn too_many(text: &[u8], at: usize, own: u8) -> Option<Kind> {
    if own == b'-' || own.is_ascii_digit() {
        return None;
    }
    let last = text.len() - 1;
    let near = [at.checked_sub(1).and_then(|at| text.get(at)), text.get(at + 1)];
    if near.contains(&Some(&own)) {
        Some(Kind::Doubled)
    } else if at == last {
        (own == b's').then_some(Kind::Missing)
    } else if at == 0 {
        None
    } else if near.iter().flatten().any(|c| is_beside(**c, own)) {
        Some(Kind::Missing)
    } else {
        Some(Kind::Added)
    }
}

/// Of a character that is missing before another one, or at the end.
fn too_few(text: &[u8], at: usize, right: u8) -> Option<Kind> {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    let is_double = before == Some(&right) || text.get(at) == Some(&right);
    let is_slip = right.is_ascii_lowercase() && at != 0 && (is_double || at != text.len() || right == b's');
    is_slip.then_some(if is_double { Kind::Doubled } else { Kind::Missing })
}

fn is_vowel(c: u8) -> bool {
    matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Whether two keys touch on a keyboard that begins with `qwerty`.
fn is_beside(a: u8, b: u8) -> bool {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let place = |key: u8| {
        ROWS.iter().zip(0_usize..).find_map(|(row, y)| Some((row.iter().position(|known| *known == key)?, y)))
    };
    let (Some((ax, ay)), Some((bx, by))) = (place(a), place(b)) else { return false };
    match ay.cmp(&by) {
        std::cmp::Ordering::Equal => ax.abs_diff(bx) == 1,
        // Rows stand half a key to the right of those above.
        std::cmp::Ordering::Less => by - ay == 1 && (ax == bx || ax == bx + 1),
        std::cmp::Ordering::Greater => ay - by == 1 && (bx == ax || bx == ax + 1),
    }
}
