//! Comments that suppress findings, and the findings about such comments.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use aho_corasick::packed;
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use seriema_finding::{
    Diagnostic, DiagnosticKind, Finding, FingerprintBuilder, Location, Persona, Rule, Snippet, Suppression,
    SuppressionKind,
};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use seriema_program::{Locator, ParsedFile};
use seriema_workspace::{Config, Directive, DirectiveKind, Scope, SourceFile, parse_comment};

use crate::bandit_names::id_of;
use crate::finalize::{Placed, from_page, location, snippet};
use crate::vocabulary::VOCABULARY;

/// What a comment must hold to be looked at.
const NEEDLES: &[&str] = &["nosec", "noqa", "NOQA", "NoQA", "seriema:"];

/// Looks for all of them at once; none where the processor cannot.
static SEARCHER: LazyLock<Option<packed::Searcher>> = LazyLock::new(|| packed::Searcher::new(NEEDLES));

/// Suppressions of one file that are read.
const MAX_DIRECTIVES: usize = 10_000;

/// Bytes of a comment that are read.
const MAX_COMMENT: usize = 2_000;

/// A file's directives and the comments that failed to be one.
#[derive(Default)]
pub(crate) struct Directives {
    pub(crate) directives: Vec<Placement>,
    /// Message, place, lines, text.
    pub(crate) faults: Vec<(String, Location, Snippet, String)>,
}

pub(crate) struct Placement {
    pub(crate) directive: Directive,
    /// Physical line of the comment.
    pub(crate) line: u32,
    /// For a comment on a line of its own: the next line with code, whose statement it is meant for.
    pub(crate) next: Option<u32>,
    pub(crate) location: Location,
    pub(crate) snippet: Snippet,
    pub(crate) text: String,
}

/// The comments of a file that may suppress something.
pub(crate) fn comments(file: &ParsedFile) -> Vec<TextRange> {
    match &*SEARCHER {
        // Hardly a file has any of the words.
        Some(searcher) if searcher.find(file.text()).is_none() => Vec::new(),
        Some(_) => file.comments_among(NEEDLES),
        None => file.comments_with(NEEDLES),
    }
}

impl Directives {
    pub(crate) fn read(
        path: &Arc<str>,
        file: &ParsedFile,
        locator: &Locator<'_>,
        comments: &[TextRange],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut read = Self::default();
        let mut next_lines = NextLines { file, locator, known: None };
        for comment in comments {
            let limit = |message| {
                let (place, cell) = locator.position(comment.start());
                let diagnostic = Diagnostic::line(Arc::clone(path), place.line, DiagnosticKind::Limit, message);
                Diagnostic { cell, ..diagnostic }
            };
            if read.directives.len() + read.faults.len() >= MAX_DIRECTIVES {
                let message = format!("more than {MAX_DIRECTIVES} suppressions; those from here on are ignored");
                diagnostics.push(limit(message));
                break;
            }
            let text = file.slice(*comment);
            let end = text.floor_char_boundary(MAX_COMMENT);
            if end < text.len() {
                let message =
                    format!("a comment with a suppression has more than {MAX_COMMENT} bytes; the rest is ignored");
                diagnostics.push(limit(message));
            }
            let parsed = parse_comment(&text[..end], &VOCABULARY);
            let place = |range: &std::ops::Range<usize>| {
                let at = |offset: usize| comment.start() + TextSize::try_from(offset).unwrap_or_default();
                TextRange::new(at(range.start), at(range.end).min(comment.end()).max(at(range.start)))
            };
            for directive in parsed.directives {
                // A bare `# noqa` is about style: it says nothing of security.
                if directive.kind == DirectiveKind::Noqa && directive.selectors.is_empty() {
                    continue;
                }
                let range = place(&directive.range);
                read.directives.push(Placement {
                    line: locator.line(comment.start()),
                    next: next_lines.after(*comment),
                    location: location(path, locator, range, None),
                    snippet: snippet(locator, range),
                    text: file.slice(range).to_owned(),
                    directive,
                });
            }
            for fault in parsed.errors {
                let range = place(&fault.range);
                let text = file.slice(range).to_owned();
                let message = match fault.suggestion {
                    Some(suggestion) => format!("{}; {suggestion}", fault.message),
                    None => fault.message,
                };
                read.faults.push((message, location(path, locator, range, None), snippet(locator, range), text));
            }
        }
        read
    }
}

/// Finds the lines with code that follow comments. Asked in the order of the text, it looks at each line once.
struct NextLines<'f> {
    file: &'f ParsedFile,
    locator: &'f Locator<'f>,
    /// The last answer: what has been looked at, in bytes, and the line with code behind it.
    known: Option<(std::ops::Range<usize>, Option<u32>)>,
}

impl NextLines<'_> {
    /// The next line with code, if a comment stands alone on its line.
    fn after(&mut self, comment: TextRange) -> Option<u32> {
        let text = self.file.text();
        let before = text[..comment.start().to_usize()].rsplit(['\n', '\r']).next().unwrap_or_default();
        if !before.trim().is_empty() {
            return None;
        }
        let start = comment.end().to_usize();
        if let Some((seen, line)) = &self.known
            && seen.contains(&start)
        {
            return *line;
        }
        let mut offset = start;
        let mut found = None;
        for line in text[start..].split_inclusive('\n') {
            let code = line.trim_start();
            if !code.is_empty() && !code.starts_with('#') {
                let at = TextSize::try_from(offset + line.len() - code.len()).ok();
                found = at.map(|at| self.locator.line(at));
                break;
            }
            offset += line.len();
        }
        self.known = Some((start..offset.max(start + 1), found));
        found
    }
}

/// Directives by the lines that they are for.
struct ByLine<'d> {
    directives: &'d [Placement],
    whole_file: Vec<usize>,
    lines: BTreeMap<u32, Vec<usize>>,
    next_lines: BTreeMap<u32, Vec<usize>>,
}

impl<'d> ByLine<'d> {
    fn new(directives: &'d [Placement]) -> Self {
        let mut by = Self { directives, whole_file: Vec::new(), lines: BTreeMap::new(), next_lines: BTreeMap::new() };
        for (index, placement) in directives.iter().enumerate() {
            if placement.directive.scope == Scope::File {
                by.whole_file.push(index);
                continue;
            }
            by.lines.entry(placement.line).or_default().push(index);
            if let Some(next) = placement.next.filter(|_| placement.directive.kind == DirectiveKind::Seriema) {
                by.next_lines.entry(next).or_default().push(index);
            }
        }
        by
    }

    /// The directives that are for a finding, in the order of the text.
    fn of(&self, finding: &Finding, lines: &RangeInclusive<u32>) -> Vec<usize> {
        let on = self.lines.range(lines.clone()).flat_map(|(_, indices)| indices);
        let above = self.next_lines.get(lines.start()).into_iter().flatten();
        let mut indices: Vec<usize> = self
            .whole_file
            .iter()
            .chain(on)
            .chain(above)
            .copied()
            .filter(|index| self.directives.get(*index).is_some_and(|placement| placement.names(finding)))
            .collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

/// Marks what is suppressed, and adds what is to say about the suppressions.
pub(crate) fn apply(
    file: &SourceFile,
    placed: Vec<Placed>,
    directives: Directives,
    config: &Config,
    today: Date,
) -> Vec<Finding> {
    let ignored = if placed.is_empty() { Vec::new() } else { config.ignored_in(&file.absolute) };
    let mut used = vec![false; directives.directives.len()];
    let mut findings: Vec<Finding> = Vec::with_capacity(placed.len());
    let by_line = ByLine::new(&directives.directives);
    // Findings of one statement ask the same.
    let mut asked: FxHashMap<_, Option<usize>> = FxHashMap::default();
    for Placed { mut finding, lines } in placed {
        if !directives.directives.is_empty() {
            let question = (*lines.start(), *lines.end(), finding.rule.slug, finding.codes, finding.cwe);
            let by = *asked.entry(question).or_insert_with(|| {
                let all = by_line.of(&finding, &lines);
                all.iter().for_each(|index| used[*index] = true);
                all.into_iter().find(|index| directives.directives[*index].holds_on(today))
            });
            finding.suppression = by.map(|index| {
                let reason = directives.directives[index].directive.reason.clone();
                Suppression { kind: SuppressionKind::InSource, reason }
            });
        }
        if finding.suppression.is_none()
            && let Some(ignore) = ignored.iter().find(|ignore| ignore.rules.iter().any(|rule| finding.matches(rule)))
        {
            finding.suppression = Some(Suppression { kind: SuppressionKind::External, reason: ignore.reason.clone() });
        }
        findings.push(finding);
    }
    findings.extend(about(directives, &used, config, today));
    findings
}

impl Placement {
    fn holds_on(&self, today: Date) -> bool {
        self.directive.until.is_none_or(|until| until >= today)
    }

    fn names(&self, finding: &Finding) -> bool {
        let selectors = &self.directive.selectors;
        selectors.is_empty()
            || selectors.iter().any(|selector| {
                let selector = id_of(selector).unwrap_or(selector);
                finding.matches(selector)
            })
    }
}

/// Findings about the suppressions themselves.
fn about(directives: Directives, used: &[bool], config: &Config, today: Date) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fingerprints = FingerprintBuilder::default();
    let mut add = |slug: &str, place: (Location, Snippet, &str), message: String, persona: Persona| {
        let Some(rule) = seriema_rules::rule(slug) else { return };
        let rule: &'static Rule = rule;
        let (location, snippet, text) = place;
        let fingerprint = fingerprints.next(slug, &location.path, None, text);
        let mut finding = from_page(rule, location, snippet, message, fingerprint);
        finding.persona = persona;
        found.push(finding);
    };
    for (placement, used) in directives.directives.iter().zip(used) {
        let place = || (placement.location.clone(), placement.snippet.clone(), placement.text.as_str());
        let directive = &placement.directive;
        // The comments of other tools follow other rules: what is missing in them concerns the thorough only.
        let ours = directive.kind == DirectiveKind::Seriema;
        let persona = if ours { Persona::Regular } else { Persona::Pedantic };
        if let Some(until) = directive.until.filter(|until| *until < today) {
            let message = format!("this suppression ended on {until} and suppresses nothing any more");
            add("invalid-suppression", place(), message, Persona::Regular);
        } else if !used {
            let what = match directive.selectors.as_slice() {
                [] => "anything".to_owned(),
                selectors => selectors.join(", "),
            };
            add("unused-suppression", place(), format!("nothing here is reported as {what}"), persona);
        }
        if config.require_suppression_reason.value && directive.reason.trim().is_empty() {
            let message = format!("`{}` does not say why", placement.text.trim());
            add("suppression-without-reason", place(), message, persona);
        }
    }
    for (message, location, snippet, text) in directives.faults {
        add("invalid-suppression", (location, snippet, &text), message, Persona::Regular);
    }
    found
}
