//! From what a rule reported to a finding: lines, texts, fingerprint.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;
use seriema_finding::{
    Edit, Family, Finding, Fingerprint, FingerprintBuilder, Fix, Location, Page, Persona, Secret, Snippet,
};
use seriema_program::Locator;
use seriema_program::text_size::{Ranged, TextRange};
use seriema_rules::{RULES, RawFinding, RawFix};

/// Lines shown around a finding, and the most that are shown of a long one.
const CONTEXT_LINES: usize = 2;
const MAX_SNIPPET_LINES: usize = 12;

/// Longest text, in bytes, that a rule makes of what it found. Names and literals in it may have megabytes.
const MAX_TEXT: usize = 4_000;

/// Longest text, in bytes, that a fix inserts.
const MAX_INSERTED: usize = 16_000;

/// Bytes at the start and at the end of a long piece of source that tell it from others.
const TELLING: usize = 2_000;

/// The rules' pages, parsed once.
static PAGES: LazyLock<FxHashMap<&'static str, Page<'static>>> =
    LazyLock::new(|| RULES.iter().filter_map(|rule| Some((rule.slug, rule.parse_page().ok()?))).collect());

/// A finding with the lines on which a suppression of it may stand.
pub(crate) struct Placed {
    pub(crate) finding: Finding,
    /// Physical lines, counted through a notebook.
    pub(crate) lines: std::ops::RangeInclusive<u32>,
}

pub(crate) fn finalize(path: &Arc<str>, source: &str, locator: &Locator<'_>, raw: Vec<RawFinding>) -> Vec<Placed> {
    let mut fingerprints = FingerprintBuilder::default();
    raw.into_iter().map(|raw| place(path, source, locator, raw, &mut fingerprints)).collect()
}

fn place(
    path: &Arc<str>,
    source: &str,
    locator: &Locator<'_>,
    raw: RawFinding,
    fingerprints: &mut FingerprintBuilder,
) -> Placed {
    let page = PAGES.get(raw.rule.slug);
    let text = |own: Option<Cow<'static, str>>, section: fn(&Page<'static>) -> &'static str| {
        own.map_or_else(|| Cow::Borrowed(page.map_or("", section)), clipped)
    };
    let location = location(path, locator, raw.range, raw.function.as_deref().map(Arc::from));
    let fingerprint =
        fingerprints.next(raw.rule.slug, path, location.function.as_deref(), &telling(slice(source, raw.range)));
    let place = raw.statement.cover(raw.range);
    let lines = locator.line(place.start())..=locator.line(place.end());
    let inserted = |fix: &RawFix| fix.edits.iter().map(|edit| edit.content.len()).sum::<usize>();
    let fix = raw.fix.filter(|fix| inserted(fix) <= MAX_INSERTED).map(|fix| {
        let mut edits: Vec<Edit> = fix
            .edits
            .into_iter()
            .map(|edit| Edit {
                start: locator.position(edit.range.start()).0,
                end: locator.position(edit.range.end()).0,
                content: edit.content,
            })
            .collect();
        edits.sort_by_key(|edit| (edit.start, edit.end));
        Fix { title: clip(fix.title), edits, applicability: fix.applicability }
    });
    // Rules that see a whole literal name no secret of their own.
    let is_literal = raw.rule.family == Family::Secrets && raw.persona == Persona::Regular;
    let secret =
        raw.secret.or_else(|| is_literal.then(|| literal(slice(source, raw.range))).flatten().map(Secret::new));
    let finding = Finding {
        rule: raw.rule,
        codes: raw.codes,
        severity: raw.severity,
        confidence: raw.confidence,
        persona: raw.persona,
        cwe: raw.cwe,
        message: clip(raw.message),
        description: text(raw.description, |page| page.description),
        impact: text(raw.impact, |page| page.impact),
        proof_of_concept: text(raw.proof_of_concept, |page| page.proof_of_concept),
        remedy: text(raw.remedy, |page| page.remedy),
        fix,
        snippet: snippet(locator, raw.range),
        location,
        flow: Vec::new(),
        fingerprint,
        suppression: None,
        secret,
        also: Vec::new(),
        commit: None,
    };
    Placed { finding, lines }
}

/// The texts of a rule's page: description, impact, proof of concept, remedy.
pub(crate) fn page_texts(rule: &seriema_finding::Rule) -> [&'static str; 4] {
    PAGES.get(rule.slug).map_or([""; 4], |page| [page.description, page.impact, page.proof_of_concept, page.remedy])
}

fn clip(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push('…');
    }
    text
}

fn clipped(text: Cow<'static, str>) -> Cow<'static, str> {
    match text {
        Cow::Owned(text) => Cow::Owned(clip(text)),
        borrowed @ Cow::Borrowed(_) => borrowed,
    }
}

/// What a fingerprint is made of: a piece of source, or of a long one both ends.
fn telling(text: &str) -> Cow<'_, str> {
    if text.len() <= 2 * TELLING {
        return Cow::Borrowed(text);
    }
    let (head, tail) = (text.floor_char_boundary(TELLING), text.ceil_char_boundary(text.len() - TELLING));
    Cow::Owned(format!("{}{}", &text[..head], &text[tail..]))
}

pub(crate) fn location(
    path: &Arc<str>,
    locator: &Locator<'_>,
    range: TextRange,
    function: Option<Arc<str>>,
) -> Location {
    let (start, cell) = locator.position(range.start());
    let (end, _) = locator.position(range.end());
    Location { path: Arc::clone(path), start, end, cell, function }
}

pub(crate) fn snippet(locator: &Locator<'_>, range: impl Ranged) -> Snippet {
    locator.snippet(range.range(), CONTEXT_LINES, MAX_SNIPPET_LINES)
}

fn slice(source: &str, range: TextRange) -> &str {
    source.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
}

/// What stands between the quotes of a string.
fn literal(source: &str) -> Option<&str> {
    let start = source.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quote = start.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = start.trim_start_matches(quote).strip_suffix(quote)?.trim_end_matches(quote);
    (!inner.is_empty()).then_some(inner)
}

/// The texts of a rule's page, for findings that are not made by a rule's check.
pub(crate) fn from_page(
    rule: &'static seriema_finding::Rule,
    location: Location,
    snippet: Snippet,
    message: String,
    fingerprint: Fingerprint,
) -> Finding {
    let page = PAGES.get(rule.slug);
    let text = |section: fn(&Page<'static>) -> &'static str| Cow::Borrowed(page.map_or("", section));
    Finding {
        rule,
        codes: &[],
        severity: rule.severity,
        confidence: rule.confidence,
        persona: seriema_finding::Persona::Regular,
        cwe: None,
        message,
        description: text(|page| page.description),
        impact: text(|page| page.impact),
        proof_of_concept: text(|page| page.proof_of_concept),
        remedy: text(|page| page.remedy),
        fix: None,
        location,
        flow: Vec::new(),
        snippet,
        fingerprint,
        suppression: None,
        secret: None,
        also: Vec::new(),
        commit: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_clipped_between_characters() {
        let clipped = clip("é".repeat(MAX_TEXT) + "x");
        assert_eq!(clipped, "é".repeat(MAX_TEXT / 2) + "…");
        assert_eq!(clip("short".to_owned()), "short");
    }

    #[test]
    fn long_sources_are_told_apart_by_their_ends() {
        let long = |middle: &str, end: &str| format!("日{}{end}", middle.repeat(2 * TELLING));
        assert_eq!(telling(&long("é", "a")), telling(&(long("é", "a"))));
        assert_ne!(telling(&long("é", "a")), telling(&long("é", "b")));
        assert!(telling(&long("é", "a")).len() <= 2 * TELLING);
        assert_eq!(telling("run(x)"), "run(x)");
    }
}
