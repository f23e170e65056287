//! Secrets of a text, as findings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use seriema_finding::{Confidence, Finding, Persona, Rule, Severity, Suppression, SuppressionKind};
use seriema_program::text_size::{TextRange, TextSize};
use seriema_program::{Locator, documentation, parse};
use seriema_rules::RawFinding;
use seriema_secrets::{Scan, Scanner, Secret, Standing, standing};
use seriema_workspace::{DirectiveKind, FileKind, SourceFile, may_suppress, parse_comment};

use crate::file::source_type;
use crate::finalize::{Placed, finalize, page_texts};
use crate::vocabulary::VOCABULARY;

/// The secrets in a file's text, in its order, and how many more are known. `documented` says which parts of it document; it is asked of the few files
/// only in which there is something.
pub(crate) fn find(
    file: &SourceFile,
    text: &str,
    scanner: &Scanner,
    documented: impl FnOnce() -> Vec<TextRange>,
) -> (Vec<RawFinding>, usize) {
    let Scan { secrets, known } = scanner.scan(&file.relative, text, None);
    if secrets.is_empty() {
        return (Vec::new(), known);
    }
    let of_file = if file.is_test { Standing::Test } else { standing(&file.relative, text) };
    let documented = documented();
    let documents =
        |at: usize| documented.iter().any(|range| (range.start().to_usize()..range.end().to_usize()).contains(&at));
    let found = secrets
        .into_iter()
        .filter_map(|secret| {
            let is_documented = of_file == Standing::Source && documents(secret.range.start);
            raw(&secret, if is_documented { Standing::Documentation } else { of_file })
        })
        .collect();
    (found, known)
}

/// The findings of a file that is read for its secrets alone, and how many more are known.
pub(crate) fn of_text(file: &SourceFile, text: &str, scanner: &Scanner) -> (Vec<Placed>, usize) {
    let documented = || match file.kind {
        FileKind::Python | FileKind::Stub => {
            documentation(&parse(&file.relative, text.to_owned(), source_type(file.kind)))
        }
        FileKind::Notebook | FileKind::Text | FileKind::Archive => Vec::new(),
    };
    let (found, known) = find(file, text, scanner, documented);
    if found.is_empty() {
        return (Vec::new(), known);
    }
    let locator = Locator::of_text(text);
    let mut placed = finalize(&file.relative, text, &locator, found);
    for Placed { finding, .. } in &mut placed {
        finding.suppression = suppression(text, finding);
    }
    (placed, known)
}

/// What is said twice of one place is said once: by the format of a provider's key rather than by a rule about names, and by
/// such a rule rather than by a name in a text.
pub(crate) fn merge(findings: &mut Vec<RawFinding>, secrets: Vec<RawFinding>) {
    let is_about_names = |raw: &RawFinding| raw.rule.slug == "hardcoded-password";
    let overlap = |a: &RawFinding, b: &RawFinding| a.range.intersect(b.range).is_some_and(|both| !both.is_empty());
    for secret in secrets {
        let is_format = secret.rule.slug == "leaked-credential";
        if !is_format && findings.iter().any(|raw| is_about_names(raw) && overlap(raw, &secret)) {
            continue;
        }
        findings.retain(|raw| !(is_about_names(raw) && overlap(raw, &secret)));
        findings.push(secret);
    }
}

/// A secret as a finding of a file that stands so.
pub(crate) fn raw(secret: &Secret, standing: Standing) -> Option<RawFinding> {
    let is_url = secret.detector.ends_with("url-password");
    let slug = match (secret.provider.is_empty(), is_url) {
        (_, true) => "password-in-url",
        (false, false) => "leaked-credential",
        (true, false) => "plaintext-secret",
    };
    let rule: &'static Rule = seriema_rules::rule(slug)?;
    let is_sure = !secret.provider.is_empty() && secret.confidence == Confidence::High;
    let (severity, persona) = match standing {
        Standing::Source => (secret.severity, Persona::Regular),
        Standing::Test | Standing::Documentation if is_sure && secret.severity >= Severity::High => {
            (Severity::Medium, Persona::Regular)
        }
        Standing::Test if is_sure => (Severity::Low, Persona::Regular),
        Standing::Test | Standing::Documentation => (Severity::Low, Persona::Pedantic),
    };
    let article = if secret.name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    let message = match slug {
        "plaintext-secret" if secret.detector == "generic-secret" => {
            format!("`{}` is given to a name that says {}", secret.value, secret.name)
        }
        "leaked-credential" => format!("`{}` is {article} {}", secret.value, secret.name),
        _ => format!("`{}`: {}", secret.value, secret.name),
    };
    let at = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    let range = TextRange::new(at(secret.range.start), at(secret.range.end));
    let [.., remedy] = page_texts(rule);
    Some(RawFinding {
        codes: codes(&secret.detector),
        severity,
        confidence: secret.confidence,
        persona,
        remedy: (!secret.revoke.is_empty()).then(|| Cow::Owned(format!("{}\n\n{remedy}", secret.revoke))),
        secret: Some(secret.value.clone()),
        ..RawFinding::new(rule, range, message)
    })
}

/// A detector's id as a finding carries it. There are as many as there are detectors.
pub(crate) fn codes(detector: &str) -> &'static [&'static str] {
    static KNOWN: Mutex<BTreeMap<String, &'static [&'static str]>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(codes) = known.get(detector) {
        return codes;
    }
    let id: &'static str = Box::leak(detector.to_owned().into_boxed_str());
    let codes: &'static [&'static str] = Box::leak(Box::new([id]));
    known.insert(detector.to_owned(), codes);
    codes
}

/// What a line of a text says of its own findings: `# seriema: ignore[plaintext-secret] reason`, behind whatever begins a
/// comment there.
pub(crate) fn suppression(text: &str, finding: &Finding) -> Option<Suppression> {
    let start = text.get(..finding.location.start.offset as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.lines().next()?;
    if !may_suppress(line) {
        return None;
    }
    let comment = line.get(line.find("seriema:")?..)?;
    let said = parse_comment(&format!("# {comment}"), &VOCABULARY);
    said.directives
        .into_iter()
        .filter(|directive| directive.kind == DirectiveKind::Seriema)
        .find(|directive| {
            directive.selectors.is_empty() || directive.selectors.iter().any(|selector| finding.matches(selector))
        })
        .map(|directive| Suppression { kind: SuppressionKind::InSource, reason: directive.reason })
}

/// Takes the secrets out of everything that is shown of findings, and makes one finding of several with the same secret.
pub(crate) fn redact(findings: &mut Vec<(usize, Finding)>) {
    let mut secrets: Vec<seriema_finding::Secret> =
        findings.iter().filter_map(|(_, finding)| finding.secret.clone()).collect();
    if secrets.is_empty() {
        return;
    }
    secrets.sort();
    secrets.dedup();
    let masks = Masks::new(&secrets);
    for (_, finding) in findings.iter_mut() {
        masks.apply(finding);
    }
    together(findings);
}

/// One finding for each secret, with its other places.
fn together(findings: &mut Vec<(usize, Finding)>) {
    one_of_same(findings, |finding| {
        // Short ones are the same by chance.
        let is_long = |secret: &&seriema_finding::Secret| secret.reveal().len() >= SAME;
        finding.secret.as_ref().filter(is_long).filter(|_| finding.rule.slug != "hardcoded-password").cloned()
    });
}

/// One finding of those of a rule that are about the same, with the places of the others. What is suppressed at one place is
/// not at another.
pub(crate) fn one_of_same<K: Ord>(findings: &mut Vec<(usize, Finding)>, about: impl Fn(&Finding) -> Option<K>) {
    let mut first: BTreeMap<(&'static str, bool, K), usize> = BTreeMap::new();
    let mut also: Vec<(usize, usize)> = Vec::new();
    for (at, (_, finding)) in findings.iter().enumerate() {
        let Some(about) = about(finding) else { continue };
        let key = (finding.rule.slug, finding.suppression.is_some(), about);
        match first.get(&key) {
            Some(known) => also.push((*known, at)),
            None => drop(first.insert(key, at)),
        }
    }
    let mut gone = vec![false; findings.len()];
    for (known, at) in also {
        let (location, severity, persona) = {
            let (_, other) = &findings[at];
            (other.location.clone(), other.severity, other.persona)
        };
        let (_, kept) = &mut findings[known];
        kept.also.push(location);
        kept.severity = kept.severity.max(severity);
        kept.persona = kept.persona.min(persona);
        gone[at] = true;
    }
    let mut at = 0;
    findings.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
}

/// Characters from which on the same value is the same secret.
const SAME: usize = 12;

/// Shortest piece of a secret that is looked for everywhere: shorter ones stand in words.
const PIECE: usize = 6;

/// Finds secrets in texts and puts stars over them.
struct Masks {
    pieces: aho_corasick::AhoCorasick,
    stars: Vec<String>,
}

impl Masks {
    fn new(secrets: &[seriema_finding::Secret]) -> Self {
        // Of a secret of several lines, each; as it is in the text, and with its escapes.
        let mut pieces: Vec<&str> = secrets
            .iter()
            .flat_map(|secret| secret.reveal().split(['\n', '\r']))
            .map(str::trim)
            .filter(|piece| piece.len() >= PIECE)
            .collect();
        pieces.sort_by_key(|piece| (std::cmp::Reverse(piece.len()), *piece));
        pieces.dedup();
        let stars = pieces.iter().map(|piece| seriema_finding::starred(piece)).collect();
        let pieces = aho_corasick::AhoCorasick::builder()
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(&pieces)
            .unwrap_or_else(|error| unreachable!("pieces of secrets make an automaton: {error}"));
        Self { pieces, stars }
    }

    fn of(&self, text: &mut String) {
        if !self.pieces.is_match(text.as_str()) {
            return;
        }
        let mut covered = String::with_capacity(text.len());
        let mut done = 0;
        for found in self.pieces.find_iter(text.as_str()) {
            let piece = &text[found.range()];
            covered.push_str(&text[done..found.start()]);
            let is_word = piece.bytes().all(|byte| byte.is_ascii_alphabetic());
            let stands_for_itself = is_word && !is_value(&text[..found.start()], &text[found.end()..]);
            covered.push_str(if stands_for_itself { piece } else { &self.stars[found.pattern().as_usize()] });
            done = found.end();
        }
        covered.push_str(&text[done..]);
        *text = covered;
    }

    fn of_cow(&self, text: &mut Cow<'static, str>) {
        if let Cow::Owned(text) = text {
            self.of(text);
        }
    }

    fn apply(&self, finding: &mut Finding) {
        if finding.secret.is_some() {
            cover(finding);
        }
        self.of(&mut finding.message);
        for text in [&mut finding.description, &mut finding.impact, &mut finding.proof_of_concept, &mut finding.remedy]
        {
            self.of_cow(text);
        }
        if let Some(fix) = &mut finding.fix {
            self.of(&mut fix.title);
            fix.edits.iter_mut().for_each(|edit| self.of(&mut edit.content));
        }
        finding.flow.iter_mut().for_each(|step| self.of(&mut step.message));
        finding.snippet.lines.iter_mut().for_each(|line| self.of(line));
    }
}

/// Whether a word between these stands as a value does, in quotes or assigned. Somebody's password may be a word that names
/// and sentences have too.
fn is_value(before: &str, after: &str) -> bool {
    let quoted = |c: Option<char>| c.is_some_and(|c| matches!(c, '"' | '\'' | '`'));
    let assigned = before.trim_end_matches(' ').ends_with([':', '=', '@', '/']);
    let named = after.trim_start_matches(' ').starts_with([':', '=', '(', '_', '.'])
        || after.starts_with(|c: char| c.is_ascii_alphanumeric());
    quoted(before.chars().next_back()) || quoted(after.chars().next()) || (assigned && !named)
}

/// Puts stars over the very place of a secret, however short it is.
fn cover(finding: &mut Finding) {
    let (start, end) = (finding.location.start, finding.location.end);
    for (number, line) in (finding.snippet.first_line..).zip(&mut finding.snippet.lines) {
        if number < start.line || number > end.line {
            continue;
        }
        let from = if number == start.line { start.column.saturating_sub(1) as usize } else { 0 };
        let to = if number == end.line { end.column.saturating_sub(1) as usize } else { usize::MAX };
        let part: String = line.chars().skip(from).take(to.saturating_sub(from)).collect();
        let before: String = line.chars().take(from).collect();
        let after: String = line.chars().skip(to).collect();
        let covered = if start.line == end.line {
            seriema_finding::starred(&part)
        } else {
            part.chars().map(|c| if c.is_whitespace() { c } else { '*' }).collect()
        };
        *line = before + &covered + &after;
    }
}
