//! The form in which findings, suppressions and diagnostics of one file are kept.
//!
//! What every one of them has from its file or its rule is left out, and put back when it is read.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use seriema_finding::{
    Confidence, Cwe, Diagnostic, DiagnosticKind, Finding, Fingerprint, Fix, Location, Persona, Position, Rule,
    Severity, Snippet,
};
use seriema_workspace::Directive;

use crate::file::Outcome;
use crate::finalize::{Placed, page_texts};
use crate::suppress::{Directives, Placement};

/// An [`Outcome`] without what links files.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept<'o> {
    findings: Vec<KeptFinding<'o>>,
    directives: Vec<KeptDirective<'o>>,
    faults: Vec<KeptFault<'o>>,
    diagnostics: Vec<KeptDiagnostic<'o>>,
    lines: usize,
    analysed: bool,
}

/// Message, place, lines, text.
type KeptFault<'o> = (Cow<'o, str>, Span, Cow<'o, Snippet>, Cow<'o, str>);

/// A [`Location`] in the file.
#[derive(Serialize, Deserialize)]
struct Span {
    start: Position,
    end: Position,
    cell: Option<u32>,
    function: Option<Arc<str>>,
}

#[derive(Serialize, Deserialize)]
struct KeptFinding<'o> {
    rule: Cow<'o, str>,
    codes: Vec<Cow<'o, str>>,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    cwe: Option<Cwe>,
    message: Cow<'o, str>,
    /// Those that are not the page's.
    texts: [Option<Cow<'o, str>>; 4],
    fix: Option<Cow<'o, Fix>>,
    span: Span,
    snippet: Cow<'o, Snippet>,
    fingerprint: u128,
    lines: (u32, u32),
}

#[derive(Serialize, Deserialize)]
struct KeptDirective<'o> {
    directive: Cow<'o, Directive>,
    line: u32,
    next: Option<u32>,
    span: Span,
    snippet: Cow<'o, Snippet>,
    text: Cow<'o, str>,
}

#[derive(Serialize, Deserialize)]
struct KeptDiagnostic<'o> {
    line: Option<u32>,
    column: Option<u32>,
    cell: Option<u32>,
    kind: DiagnosticKind,
    message: Cow<'o, str>,
}

impl<'o> Kept<'o> {
    /// The form of an outcome, when it is one that the same bytes will have again.
    pub(super) fn of(outcome: &'o Outcome) -> Option<Self> {
        if outcome.diagnostics.iter().any(|diagnostic| diagnostic.kind == DiagnosticKind::Internal) {
            return None;
        }
        // What must not be shown is not written down either: such files are looked at again.
        if outcome.known > 0 || outcome.placed.iter().any(|placed| placed.finding.secret.is_some()) {
            return None;
        }
        let Directives { directives, faults } = &outcome.directives;
        Some(Self {
            findings: outcome.placed.iter().map(KeptFinding::of).collect(),
            directives: directives
                .iter()
                .map(|placement| KeptDirective {
                    directive: Cow::Borrowed(&placement.directive),
                    line: placement.line,
                    next: placement.next,
                    span: Span::of(&placement.location),
                    snippet: Cow::Borrowed(&placement.snippet),
                    text: Cow::Borrowed(&placement.text),
                })
                .collect(),
            faults: faults
                .iter()
                .map(|(message, location, snippet, text)| {
                    (Cow::Borrowed(&**message), Span::of(location), Cow::Borrowed(snippet), Cow::Borrowed(&**text))
                })
                .collect(),
            diagnostics: outcome
                .diagnostics
                .iter()
                .map(|diagnostic| KeptDiagnostic {
                    line: diagnostic.line,
                    column: diagnostic.column,
                    cell: diagnostic.cell,
                    kind: diagnostic.kind,
                    message: Cow::Borrowed(&diagnostic.message),
                })
                .collect(),
            lines: outcome.lines,
            analysed: outcome.analysed,
        })
    }

    /// The outcome, of the file that is reported as `path`. None when it names a rule or code that there is not.
    pub(super) fn restored(self, path: &Arc<str>) -> Option<Outcome> {
        let placed = self.findings.into_iter().map(|finding| finding.restored(path)).collect::<Option<_>>()?;
        let directives = self
            .directives
            .into_iter()
            .map(|kept| Placement {
                directive: kept.directive.into_owned(),
                line: kept.line,
                next: kept.next,
                location: kept.span.restored(path),
                snippet: kept.snippet.into_owned(),
                text: kept.text.into_owned(),
            })
            .collect();
        let faults = self
            .faults
            .into_iter()
            .map(|(message, span, snippet, text)| {
                (message.into_owned(), span.restored(path), snippet.into_owned(), text.into_owned())
            })
            .collect();
        let diagnostics = self
            .diagnostics
            .into_iter()
            .map(|kept| Diagnostic {
                path: Arc::clone(path),
                line: kept.line,
                column: kept.column,
                cell: kept.cell,
                kind: kept.kind,
                message: kept.message.into_owned(),
            })
            .collect();
        Some(Outcome {
            placed,
            directives: Directives { directives, faults },
            diagnostics,
            lines: self.lines,
            analysed: self.analysed,
            ..Outcome::default()
        })
    }
}

impl<'o> KeptFinding<'o> {
    /// Findings of rules: they have no flow and are not suppressed yet.
    fn of(placed: &'o Placed) -> Self {
        let finding = &placed.finding;
        let mut texts: [_; 4] = [&finding.description, &finding.impact, &finding.proof_of_concept, &finding.remedy]
            .map(|text| Some(Cow::Borrowed(&**text)));
        for (text, page) in texts.iter_mut().zip(page_texts(finding.rule)) {
            text.take_if(|text| text == page);
        }
        Self {
            rule: Cow::Borrowed(finding.rule.slug),
            codes: finding.codes.iter().map(|code| Cow::Borrowed(*code)).collect(),
            severity: finding.severity,
            confidence: finding.confidence,
            persona: finding.persona,
            cwe: finding.cwe,
            message: Cow::Borrowed(&finding.message),
            texts,
            fix: finding.fix.as_ref().map(Cow::Borrowed),
            span: Span::of(&finding.location),
            snippet: Cow::Borrowed(&finding.snippet),
            fingerprint: finding.fingerprint.0,
            lines: (*placed.lines.start(), *placed.lines.end()),
        }
    }

    fn restored(self, path: &Arc<str>) -> Option<Placed> {
        let rule = seriema_rules::rule(&self.rule)?;
        let [page_description, page_impact, page_proof, page_remedy] = page_texts(rule);
        let [description, impact, proof_of_concept, remedy] = self.texts;
        let text = |own: Option<Cow<'o, str>>, page: &'static str| {
            own.map_or(Cow::Borrowed(page), |own| Cow::Owned(own.into_owned()))
        };
        let finding = Finding {
            rule,
            codes: codes(rule, &self.codes)?,
            severity: self.severity,
            confidence: self.confidence,
            persona: self.persona,
            cwe: self.cwe,
            message: self.message.into_owned(),
            description: text(description, page_description),
            impact: text(impact, page_impact),
            proof_of_concept: text(proof_of_concept, page_proof),
            remedy: text(remedy, page_remedy),
            fix: self.fix.map(Cow::into_owned),
            location: self.span.restored(path),
            flow: Vec::new(),
            snippet: self.snippet.into_owned(),
            fingerprint: Fingerprint(self.fingerprint),
            suppression: None,
            secret: None,
            also: Vec::new(),
            commit: None,
        };
        Some(Placed { finding, lines: self.lines.0..=self.lines.1 })
    }
}

impl Span {
    fn of(location: &Location) -> Self {
        Self { start: location.start, end: location.end, cell: location.cell, function: location.function.clone() }
    }

    fn restored(self, path: &Arc<str>) -> Location {
        let Self { start, end, cell, function } = self;
        Location { path: Arc::clone(path), start, end, cell, function }
    }
}

/// Codes of a rule, as the rules have them: for as long as the process lives. There are few, each is made once.
fn codes(rule: &'static Rule, codes: &[Cow<'_, str>]) -> Option<&'static [&'static str]> {
    static KNOWN: LazyLock<Mutex<FxHashSet<&'static [&'static str]>>> = LazyLock::new(Mutex::default);

    if codes.is_empty() {
        return Some(&[]);
    }
    let own = |code: &Cow<'_, str>| rule.aliases.iter().copied().find(|alias| alias == code);
    let own: Vec<&'static str> = codes.iter().map(own).collect::<Option<_>>()?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    Some(known.get(own.as_slice()).copied().unwrap_or_else(|| {
        let made: &'static [&'static str] = own.leak();
        known.insert(made);
        made
    }))
}
