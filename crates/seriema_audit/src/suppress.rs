//! Comments that suppress findings, and the findings about such comments.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::Date;
use seriema_finding::{Finding, FingerprintBuilder, Location, Persona, Rule, Snippet, Suppression, SuppressionKind};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use seriema_program::{Locator, ParsedFile};
use seriema_workspace::{Config, Directive, DirectiveKind, Scope, SourceFile, parse_comment};

use crate::bandit_names::id_of;
use crate::finalize::{Placed, from_page, location, snippet};
use crate::vocabulary::VOCABULARY;

/// What a comment must hold to be looked at.
pub(crate) const NEEDLES: &[&str] = &["nosec", "noqa", "NOQA", "NoQA", "seriema:"];

/// A file's directives and the comments that failed to be one.
#[derive(Default)]
pub(crate) struct Directives {
    directives: Vec<Placement>,
    faults: Vec<(String, Location, Snippet, String)>,
}

struct Placement {
    directive: Directive,
    /// Physical line of the comment.
    line: u32,
    /// For a comment on a line of its own: the next line with code, whose statement it is meant for.
    next: Option<u32>,
    location: Location,
    snippet: Snippet,
    text: String,
}

impl Directives {
    pub(crate) fn read(path: &Arc<str>, file: &ParsedFile, locator: &Locator<'_>, comments: &[TextRange]) -> Self {
        let mut read = Self::default();
        for comment in comments {
            let parsed = parse_comment(file.slice(*comment), &VOCABULARY);
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
                    next: next_line(file, locator, *comment),
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

/// The next line with code, if a comment stands alone on its line.
fn next_line(file: &ParsedFile, locator: &Locator<'_>, comment: TextRange) -> Option<u32> {
    let text = file.text();
    let before = text[..comment.start().to_usize()].rsplit(['\n', '\r']).next().unwrap_or_default();
    if !before.trim().is_empty() {
        return None;
    }
    let mut offset = comment.end().to_usize();
    for line in text[offset..].split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() && !code.starts_with('#') {
            return Some(locator.line(TextSize::try_from(offset + line.len() - code.len()).ok()?));
        }
        offset += line.len();
    }
    None
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
    for Placed { mut finding, lines } in placed {
        for (index, placement) in directives.directives.iter().enumerate() {
            if !placement.covers(&lines) || !placement.names(&finding) {
                continue;
            }
            used[index] = true;
            if placement.directive.until.is_none_or(|until| until >= today) && finding.suppression.is_none() {
                let reason = placement.directive.reason.clone();
                finding.suppression = Some(Suppression { kind: SuppressionKind::InSource, reason });
            }
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
    fn covers(&self, lines: &RangeInclusive<u32>) -> bool {
        match self.directive.scope {
            Scope::File => true,
            Scope::Line => {
                lines.contains(&self.line)
                    || (self.directive.kind == DirectiveKind::Seriema && self.next == Some(*lines.start()))
            }
        }
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
