//! One text, from keywords to secrets.

use std::ops::Range;

use rustc_hash::FxHashMap;
use seriema_finding::{Confidence, Severity};

use crate::Value;
use crate::assigned;
use crate::detector::{Detector, Detectors};
use crate::judge::{entropy, is_filled_in, is_repeated, is_sequence, is_uniform, is_url_password};
use crate::keywords::{Hit, Runs};
use crate::line::Lines;

/// Bytes before and after a keyword in which a detector looks.
const BEFORE: usize = 160;
const AFTER: usize = 700;
/// Bytes around what was found in which a detector's `near` looks.
const NEAR_BEFORE: usize = 200;
const NEAR_AFTER: usize = 60;
/// Bytes at the beginning of a file that tell whether it is text.
const BINARY: usize = 8_000;
/// Secrets of one text that are told: nobody reads more.
pub(crate) const MAX_SECRETS: usize = 2_000;

/// Bytes of a line, on both sides, in which a comment about a secret is looked for.
const COMMENT: usize = 4_000;

/// Marks of a line that what stands on it is known to be none.
const ALLOWED: &[&str] = &["pragma: allowlist secret", "pragma: whitelist secret", "gitleaks:allow"];
const ALLOWED_NEXT: &[&str] = &["pragma: allowlist nextline secret", "pragma: whitelist nextline secret"];

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The detector's slug.
    pub detector: String,
    /// What it is.
    pub name: String,
    /// Whose it is; empty when nobody knows.
    pub provider: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// The secret itself: pieces that stand in several strings put together.
    pub value: Value,
    /// The one-based line on which it begins.
    pub line: u32,
    /// How to revoke it.
    pub revoke: String,
}

/// The secrets in a text, in the order in which they stand there. `path` is that of its file, relative to the project.
#[must_use]
pub fn scan(detectors: &Detectors, path: &str, text: &str) -> Vec<Secret> {
    // What is no text, holds no secret that somebody wrote.
    if text.bytes().take(BINARY).any(|byte| byte == 0) {
        return Vec::new();
    }
    let mut found: Vec<Secret> = Vec::new();
    // By detector: where it looks. Windows that overlap are one, so that no byte is looked at twice.
    let mut windows: FxHashMap<u32, Vec<Range<usize>>> = FxHashMap::default();
    let mut named: Vec<(Hit, u32)> = Vec::new();
    let runs = Runs::of(text.as_bytes());
    for (hit, owners) in detectors.keywords_in(text, &runs) {
        let (start, end) = (hit.start.saturating_sub(BEFORE), hit.end + AFTER);
        let next = runs.all.partition_point(|run| run.end <= start);
        let near_run = runs.all.get(next).is_some_and(|run| run.start < end);
        for owner in &owners.detectors {
            if !near_run && detectors.all()[*owner as usize].needs_run {
                continue;
            }
            let known = windows.entry(*owner).or_default();
            match known.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ => known.push(start..end),
            }
        }
        named.extend(owners.word.map(|word| (hit, word)));
    }
    let mut windows: Vec<(u32, Vec<Range<usize>>)> = windows.into_iter().collect();
    windows.sort_unstable_by_key(|(owner, _)| *owner);
    for (owner, windows) in windows {
        let Some(detector) = detectors.all().get(owner as usize).filter(|detector| detector.is_for(path)) else {
            continue;
        };
        for window in windows {
            detect(detector, text, &(floor(text, window.start)..ceil(text, window.end)), &mut found);
            if found.len() >= MAX_SECRETS {
                break;
            }
        }
    }
    assigned::find(path, text, &named, &mut found);
    if found.is_empty() {
        return found;
    }
    let lines = Lines::of(text);
    found.retain(|secret| !is_allowed(text, &lines, secret.range.start));
    for secret in &mut found {
        secret.line = lines.number(secret.range.start);
    }
    one_each(found)
}

fn detect(detector: &Detector, text: &str, window: &Range<usize>, found: &mut Vec<Secret>) {
    let Some(regex) = detector.regex() else { return };
    #[cfg(test)]
    crate::work::looked_at(window.len());
    for captures in regex.captures_iter(text[window.clone()].as_bytes()) {
        let Some(whole) = captures.get(0) else { continue };
        let secret = (1..captures.len()).find_map(|group| captures.get(group)).unwrap_or(whole);
        let range = window.start + secret.start()..window.start + secret.end();
        // Bytes in the middle of a character are of no secret.
        let Some(value) = text.get(range.clone()) else { continue };
        let before = &text[floor(text, range.start.saturating_sub(NEAR_BEFORE))..range.start];
        let after = &text[range.end..ceil(text, range.end + NEAR_AFTER)];
        #[cfg(test)]
        crate::work::looked_at(before.len() + value.len() + after.len());
        if !detector.is_near(before, after) || !is_plausible(detector, value) {
            continue;
        }
        if detector.is_url_password && !is_url_password(value, before, after) {
            continue;
        }
        // What somebody typed for an example, is said more quietly.
        let typed = is_sequence(value)
            || is_repeated(value)
            || value.rsplit(['_', '-', ':', '.']).next().is_some_and(is_sequence);
        let proven = detector.checksum(value);
        let doubtful = typed || proven == Some(false);
        found.push(Secret {
            detector: detector.id.clone(),
            name: detector.name.clone(),
            provider: detector.provider.name.clone(),
            severity: if doubtful { Severity::Low } else { detector.severity },
            confidence: if doubtful {
                Confidence::Low
            } else if detector.is_named && proven != Some(true) {
                Confidence::Medium
            } else {
                Confidence::High
            },
            line: 0,
            value: Value::new(value),
            range,
            revoke: detector.provider.revoke.clone(),
        });
        if found.len() >= MAX_SECRETS {
            return;
        }
    }
}

/// Whether a value of the right form can be a secret.
fn is_plausible(detector: &Detector, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if detector.entropy.is_some_and(|least| entropy(value) < least)
        || detector.stop.iter().any(|word| lower.contains(word.as_str()))
    {
        return false;
    }
    // What stands behind a prefix may be all the same.
    let tail = value.rsplit(['_', '-', ':', '.']).next().unwrap_or(value);
    if is_uniform(value) || (tail.len() >= 12 && is_uniform(tail)) {
        return false;
    }
    if detector.is_named && is_filled_in(value) {
        return false;
    }
    let words = ["example", "xxxxxx", "placeholder", "your_", "your-", "redacted", "changeme"];
    !words.iter().any(|word| lower.contains(word))
}

fn is_allowed(text: &str, lines: &Lines, at: usize) -> bool {
    let line = lines.around(text, at);
    let marked = |line: &str, marks: &[&str]| marks.iter().any(|mark| line.contains(mark));
    let near = floor(text, line.start.max(at.saturating_sub(COMMENT)))..ceil(text, line.end.min(at + COMMENT));
    if marked(&text[near], ALLOWED) {
        return true;
    }
    let Some(end) = line.start.checked_sub(1) else { return false };
    let above = lines.around(text, end);
    marked(&text[floor(text, above.start.max(end.saturating_sub(COMMENT)))..end], ALLOWED_NEXT)
}

/// Each place once, by what says most of it.
fn one_each(mut found: Vec<Secret>) -> Vec<Secret> {
    let rank = |secret: &Secret| {
        (secret.provider.is_empty(), std::cmp::Reverse(secret.confidence), std::cmp::Reverse(secret.severity))
    };
    found.sort_by(|a, b| {
        rank(a).cmp(&rank(b)).then_with(|| (a.range.start, &a.detector).cmp(&(b.range.start, &b.detector)))
    });
    let mut kept: Vec<Secret> = Vec::new();
    let mut taken: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for secret in found {
        let before = taken.range(..secret.range.end).next_back();
        if before.is_some_and(|(_, end)| *end > secret.range.start) {
            continue;
        }
        taken.insert(secret.range.start, secret.range.end);
        kept.push(secret);
    }
    kept.sort_by_key(|secret| secret.range.start);
    kept
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn ceil(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at.min(text.len()))
}
