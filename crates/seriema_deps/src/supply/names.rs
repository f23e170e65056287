//! Names of packages that are one slip away from a popular one.
//!
//! How far a name may be from a popular one depends on how long and how popular that is: short names have neighbours that
//! mean something else. A name that is itself widely used (`popular.txt`), or a neighbour that is known to be a package of
//! its own (`neighbours.txt`), looks like nothing.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::manifest::Name;

/// Names by their downloads from PyPI, the most downloaded first: facts of its public download counts, of 2026-11.
const POPULAR: &str = include_str!("../../data/popular.txt");

/// Packages of their own that are near to a popular name, told by a person from PyPI's list of names.
const NEIGHBOURS: &str = include_str!("../../data/neighbours.txt");

/// How many of the popular names others are taken to imitate.
const IMITATED: usize = 3_000;

/// Shortest name that is imitated: of shorter ones most neighbours are words.
const SHORTEST: usize = 5;

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

/// Names as they are looked up.
struct Known {
    /// The place of popular names, from 0.
    ranks: FxHashMap<&'static str, usize>,
    neighbours: FxHashSet<&'static str>,
    /// Imitated names without what separates their parts, and with one of all characters that look alike.
    bare: FxHashMap<String, &'static str>,
    skeletons: FxHashMap<String, &'static str>,
    /// Imitated names of several words by these in alphabetical order.
    words: FxHashMap<String, &'static str>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let ranks: FxHashMap<&str, usize> = POPULAR.lines().zip(0..).collect();
        let neighbours = NEIGHBOURS.lines().collect();
        let mut known = Known {
            ranks,
            neighbours,
            bare: FxHashMap::default(),
            skeletons: FxHashMap::default(),
            words: FxHashMap::default(),
        };
        for name in POPULAR.lines().take(IMITATED).filter(|name| name.len() >= SHORTEST) {
            known.bare.entry(bare(name)).or_insert(name);
            known.skeletons.entry(skeleton(name)).or_insert(name);
            if name.contains('-') {
                known.words.entry(words(name)).or_insert(name);
            }
        }
        known
    })
}

fn bare(name: &str) -> String {
    name.replace('-', "")
}

fn skeleton(name: &str) -> String {
    let same = name.replace("rn", "m").replace("vv", "w");
    same.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            c => c,
        })
        .filter(|c| *c != '-')
        .collect()
}

fn words(name: &str) -> String {
    let mut words: Vec<&str> = name.split('-').collect();
    words.sort_unstable();
    words.join("-")
}

/// Whether a name is that of a package which many use, or of one that is known to be its own.
#[must_use]
pub fn is_known(name: &Name) -> bool {
    let known = known();
    known.ranks.contains_key(name.as_str()) || known.neighbours.contains(name.as_str())
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
        let Some(rank) = known().ranks.get(popular).copied() else { continue };
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

/// All popular names that a name may have been meant to be.
fn slips(text: &str) -> Vec<(&'static str, Kind)> {
    let known = known();
    let mut found: Vec<(&'static str, Kind)> = Vec::new();
    found.extend(known.bare.get(&bare(text)).map(|name| (*name, Kind::Separator)));
    found.extend(known.skeletons.get(&skeleton(text)).map(|name| (*name, Kind::Glyph)));
    if text.contains('-') {
        found.extend(known.words.get(&words(text)).map(|name| (*name, Kind::Order)));
    }
    let mut meant = |name: &[u8], kind: Kind| {
        let name = std::str::from_utf8(name).unwrap_or_default();
        if let Some((name, rank)) = known.ranks.get_key_value(name)
            && *rank < IMITATED
            && name.len() >= SHORTEST
        {
            found.push((name, kind));
        }
    };
    let bytes = text.as_bytes();
    for prefix in ["python-", "python3-", "py-"] {
        meant(text.strip_prefix(prefix).unwrap_or_default().as_bytes(), Kind::Affix);
    }
    for suffix in ["-python", "-python3", "-py", "-official", "-lib"] {
        meant(text.strip_suffix(suffix).unwrap_or_default().as_bytes(), Kind::Affix);
    }
    let last = bytes.len() - 1;
    let mut other = bytes.to_vec();
    for at in 0..bytes.len() {
        let own = bytes[at];
        let near = [at.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(at + 1)];
        if let Some(next) = bytes.get(at + 1)
            && *next != own
        {
            other.swap(at, at + 1);
            meant(&other, Kind::Transposed);
            other.swap(at, at + 1);
        }
        if own != b'-' && !own.is_ascii_digit() {
            // One too many. What stands at the ends makes another word of it: `redisx`, `udocker`.
            let is_double = near.contains(&Some(&own));
            if is_double || own == b's' && at == last || at != 0 && at != last {
                let kind = if is_double {
                    Kind::Doubled
                } else if at == last || near.iter().flatten().any(|c| is_beside(**c, own)) {
                    Kind::Missing
                } else {
                    Kind::Added
                };
                let mut shorter = bytes.to_vec();
                shorter.remove(at);
                meant(&shorter, kind);
            }
            for right in b'a'..=b'z' {
                if right == own {
                    continue;
                }
                let are_vowels = at != 0 && is_vowel(own) && is_vowel(right);
                let kind = if is_beside(own, right) || are_vowels { Kind::Slip } else { Kind::Other };
                if kind == Kind::Slip || at != 0 {
                    other[at] = right;
                    meant(&other, kind);
                }
            }
            other[at] = own;
        }
    }
    // One too few.
    for at in 1..=bytes.len() {
        for right in b'a'..=b'z' {
            let is_double = bytes[at - 1] == right || bytes.get(at) == Some(&right);
            if at == bytes.len() && right != b's' && !is_double {
                continue;
            }
            let mut longer = bytes.to_vec();
            longer.insert(at, right);
            meant(&longer, if is_double { Kind::Doubled } else { Kind::Missing });
        }
    }
    found
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
