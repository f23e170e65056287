//! Where keywords stand in a text, whatever their case.
//!
//! Almost no place of a text begins a keyword, so that what counts is how cheaply a place is passed by. Of each keyword the
//! four characters that are rarest in code are looked for: a multiplication and a look into a table of bits at each byte, and
//! only where the bit is set a comparison. Keywords of two or three characters would be met all the time; they count only
//! near long runs of characters without a space, as the secrets that they announce are.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

use crate::needs::{RUN, is_run_byte};

/// Characters that are looked for of a keyword.
const GRAM: usize = 4;
/// Bits of the table, as a power of two: it stays in the processor's nearest cache.
const BITS: u32 = 17;
/// Words of the table.
const WORDS: usize = 1 << (BITS - 6);
/// Four letters that are common in Python code, the commonest first.
const COMMON: &str = include_str!("common.txt");
/// Bytes around such a run in which short keywords count.
const AROUND: usize = 120;

/// A keyword in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// Where it begins.
    pub(crate) start: usize,
    /// One past its end.
    pub(crate) end: usize,
    /// Its number.
    pub(crate) word: u32,
}

/// A set of keywords.
#[derive(Debug)]
pub(crate) struct Keywords {
    words: Vec<Box<[u8]>>,
    bits: Box<[u64; WORDS]>,
    /// By gram: keywords, and where in them it stands.
    grams: FxHashMap<u32, Vec<(u32, u8)>>,
    short: Option<AhoCorasick>,
    short_words: Vec<u32>,
}

impl Keywords {
    /// Keywords in lower case; their number is their place. Short ones that are `everywhere` count near no run, too; of
    /// these there are few.
    pub(crate) fn new<'w>(words: impl Iterator<Item = &'w str>, everywhere: impl Fn(usize) -> bool) -> Self {
        let words: Vec<Box<[u8]>> = words.map(|word| word.as_bytes().into()).collect();
        let mut bits = Box::new([0_u64; WORDS]);
        let common: FxHashMap<u32, usize> = COMMON
            .split_ascii_whitespace()
            .filter_map(|word| Some(gram_of(word.as_bytes().try_into().ok()?)))
            .zip(0..)
            .collect();
        let mut grams: FxHashMap<u32, Vec<(u32, u8)>> = FxHashMap::default();
        let mut short_words = Vec::new();
        let mut look_for = |gram: u32, number: u32, at: u8| {
            let bit = hash(gram);
            bits[bit >> 6] |= 1 << (bit & 63);
            grams.entry(gram).or_default().push((number, at));
        };
        for (number, word) in (0_u32..).zip(&words) {
            match (rarest(word, &common), &**word) {
                (Some((at, gram)), _) => look_for(gram, number, at),
                (None, [a, b, c]) if everywhere(number as usize) => {
                    for next in (0..=u8::MAX).filter(|byte| byte | 0x20 == *byte) {
                        look_for(u32::from_le_bytes([*a, *b, *c, next]) | FOLD, number, 0);
                    }
                }
                (None, _) => short_words.push(number),
            }
        }
        let short = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(short_words.iter().map(|number| &words[*number as usize]))
            .ok();
        Self { words, bits, grams, short, short_words }
    }

    /// All of them that stand in a text, in order. One that stands within another counts too. `runs` are the text's.
    pub(crate) fn find(&self, text: &[u8], runs: &Runs) -> Vec<Hit> {
        let mut hits = Vec::new();
        // A keyword that overlaps itself counts once: `aaaa` in a long row of them.
        let mut ends = vec![0; self.words.len()];
        for (at, gram) in text.array_windows::<GRAM>().enumerate() {
            let gram = gram_of(*gram);
            let bit = hash(gram);
            if self.bits[bit >> 6] & (1 << (bit & 63)) != 0 {
                self.compare(text, at, gram, &mut ends, &mut hits);
            }
        }
        if let Some(short) = &self.short {
            for run in &runs.mixed {
                let found = short.find_overlapping_iter(&text[run.clone()]).map(|found| Hit {
                    start: run.start + found.start(),
                    end: run.start + found.end(),
                    word: self.short_words[found.pattern().as_usize()],
                });
                hits.extend(found);
            }
        }
        // They are nearly in order already, which the stable sort is made for.
        hits.sort();
        hits
    }

    fn compare(&self, text: &[u8], at: usize, gram: u32, ends: &mut [usize], hits: &mut Vec<Hit>) {
        for (number, within) in self.grams.get(&gram).into_iter().flatten() {
            let word = &self.words[*number as usize];
            let Some(start) = at.checked_sub(usize::from(*within)) else { continue };
            let end = start + word.len();
            let known = &mut ends[*number as usize];
            if start < *known {
                continue;
            }
            if text.get(start..end).is_some_and(|there| there.eq_ignore_ascii_case(word)) {
                *known = end;
                hits.push(Hit { start, end, word: *number });
            }
        }
    }
}

/// Upper and lower case are one; some marks fall together, which the comparison tells apart.
const FOLD: u32 = 0x2020_2020;

fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// The four characters of a keyword that are rarest in code, and where they stand in it.
fn rarest(word: &[u8], common: &FxHashMap<u32, usize>) -> Option<(u8, u32)> {
    (0_u8..)
        .zip(word.array_windows::<GRAM>().map(|gram| (gram_of(*gram), gram)))
        .min_by_key(|(_, (gram, bytes))| {
            let rank = common.get(gram).map_or(0, |rank| common.len() - rank);
            (rank, bytes.iter().map(|byte| commonness(*byte)).sum::<u32>())
        })
        .map(|(at, (gram, _))| (at, gram))
}

fn gram_of(bytes: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(bytes) | FOLD
}

/// How common a character is in code: letters as in English, marks and digits less.
fn commonness(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b'e' | b't' | b' ' => 10,
        b's' | b'r' | b'a' | b'i' | b'n' | b'o' => 8,
        b'_' | b'l' | b'c' | b'd' => 6,
        b'm' | b'u' | b'p' | b'f' => 5,
        b'g' | b'h' | b'=' | b'.' | b'"' | b'\'' | b'-' => 4,
        b'b' | b'y' | b'v' | b'k' | b'w' => 3,
        b'x' | b'j' | b'q' | b'z' => 1,
        _ => 2,
    }
}

/// Whether a run can be of a secret: with a digit in it, or in both cases.
fn is_mixed(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_digit)
        || (run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase))
}

/// What lies around the long runs of a text.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// All of them.
    pub(crate) all: Vec<Range<usize>>,
    /// Those with digits, or with letters of both cases.
    pub(crate) mixed: Vec<Range<usize>>,
}

impl Runs {
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut runs = Self::default();
        // Each run of this length covers a multiple of it.
        let mut at = RUN - 1;
        while at < text.len() {
            if !is_run_byte(text[at]) {
                at += RUN;
                continue;
            }
            let start = at - text[..at].iter().rev().take_while(|byte| is_run_byte(**byte)).count();
            let end = at + text[at..].iter().take_while(|byte| is_run_byte(**byte)).count();
            if end - start >= RUN {
                let around = start.saturating_sub(AROUND)..end;
                if is_mixed(&text[start..end]) {
                    extend(&mut runs.mixed, around.clone());
                }
                extend(&mut runs.all, around);
            }
            // Not the run again: the next one begins behind it.
            at = end.max(at) + RUN;
        }
        runs
    }
}

fn extend(runs: &mut Vec<Range<usize>>, more: Range<usize>) {
    match runs.last_mut() {
        Some(last) if last.end >= more.start => last.end = more.end,
        _ => runs.push(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<String> {
        let keywords = Keywords::new(words.iter().copied(), |number| words[number] == "pwd");
        let hits = keywords.find(text.as_bytes(), &Runs::of(text.as_bytes()));
        hits.iter().map(|hit| format!("{}@{}", words[hit.word as usize], hit.start)).collect()
    }

    #[test]
    fn keywords_are_found_whatever_their_case() {
        assert_eq!(found(&["stripe", "token"], "STRIPE_Token"), ["stripe@0", "token@7"]);
        assert_eq!(found(&["sk_live_", "live"], "sk_live_sk_live_"), ["sk_live_@0", "live@3", "sk_live_@8", "live@11"]);
        assert_eq!(found(&["a_b_"], "a\u{7f}b\u{7f}"), Vec::<String>::new());
    }

    #[test]
    fn short_keywords_count_near_long_runs() {
        assert_eq!(found(&["hf_"], "hf_token"), Vec::<String>::new());
        assert_eq!(found(&["pwd"], "x_Pwd = y"), ["pwd@2"]);
        assert_eq!(found(&["hf_"], "x = 'hf_aaaaaaaaaaaaaaaaaaa1'"), ["hf_@5"]);
        assert_eq!(found(&["box"], "box_secret = 'aaaaaaaaaaaaaaaaaaaaaaaa1'"), ["box@0"]);
    }

    proptest::proptest! {
        #[test]
        fn all_keywords_are_found(prefix in "[a-z_ =\"]{0,9}", suffix in "\\PC{0,9}") {
            let text = format!("{prefix}Api_Key{suffix}");
            let there = format!("api_key@{}", prefix.len());
            proptest::prop_assert!(found(&["api_key"], &text).contains(&there));
        }

        #[test]
        fn runs_are_whole_and_in_order(text in "[a1 ]{0,300}") {
            let runs = Runs::of(text.as_bytes()).mixed;
            proptest::prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
            for piece in text.split(' ').filter(|piece| piece.len() >= RUN && piece.contains('1')) {
                let at = piece.as_ptr() as usize - text.as_ptr() as usize;
                proptest::prop_assert!(runs.iter().any(|run| run.start <= at && at + piece.len() <= run.end));
            }
        }
    }
}
