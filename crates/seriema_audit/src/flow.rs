//! Findings of the flow engine, put in their places among those of the rules.
//!
//! One cause is one finding: where a flow ends in what a rule has found too, the flow says more and takes the finding's
//! place, with its codes and its fix.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_finding::{Confidence, FlowStep, Location};
use seriema_flow::{Analysis, FlowFinding, ModelError, Place};
use seriema_program::ir::{FileIr, lower};
use seriema_program::text_size::{TextRange, TextSize};
use seriema_program::{FileContext, ModuleIndex, ParsedFile, parse, reread};
use seriema_rules::RawFinding;
use seriema_workspace::{FileKind, SourceFile, decode_python, read_bytes};

use crate::Settings;
use crate::file::Outcome;
use crate::file::source_type;
use crate::finalize::{Placed, finalize, location};

/// Rules whose findings a flow of another rule explains when it ends at the same place.
const EXPLAINED: &[(&str, &[&str])] = &[
    ("shell-injection", &["process-launch", "partial-executable-path", "wildcard-injection"]),
    ("argument-injection", &["process-launch", "partial-executable-path"]),
    ("sql-injection", &["django-extra-sql", "django-raw-sql"]),
    ("cross-site-scripting", &["unsafe-markup", "jinja2-autoescape-off"]),
    ("server-side-request-forgery", &["url-open-scheme", "missing-timeout"]),
    ("template-injection", &["mako-template", "jinja2-autoescape-off"]),
    ("path-traversal", &["archive-extraction"]),
    ("code-execution", &["risky-import"]),
];

/// Of a file that was read again: its index, where its steps stand, its findings.
type Reread = (usize, FxHashMap<(u32, u32), Location>, Vec<Placed>);

/// The name under which summaries are kept.
const KEPT: &str = "flow";

/// Analyses the program. What an earlier run found and still holds is taken from the cache.
pub(crate) fn analyse(files: Vec<FileIr>, settings: &Settings) -> Result<Analysis, ModelError> {
    let options = settings.flow_options();
    let Some(cache) = &settings.cache else { return seriema_flow::analyse(files, &options) };
    let (analysis, to_keep) = seriema_flow::analyse_again(files, &options, cache.load(KEPT))?;
    if let Some(to_keep) = to_keep {
        cache.store_parts(KEPT, &to_keep.parts());
    }
    Ok(analysis)
}

/// Puts flow findings among the outcomes of their files. `read` gives a file's text once more.
pub(crate) fn merge(
    files: &[SourceFile],
    read: impl Fn(&SourceFile) -> Option<ParsedFile> + Sync,
    outcomes: &mut [Outcome],
    findings: &[FlowFinding],
) {
    let index: FxHashMap<&str, usize> = files.iter().enumerate().map(|(at, file)| (&*file.relative, at)).collect();
    let mut wanted: FxHashMap<usize, FxHashSet<(u32, u32)>> = FxHashMap::default();
    for finding in findings {
        for step in &finding.steps {
            if let Some(at) = index.get(&*step.path) {
                wanted.entry(*at).or_default().insert(step.span);
            }
        }
    }
    let mut by_file: FxHashMap<usize, Vec<&FlowFinding>> = FxHashMap::default();
    for finding in findings {
        if let Some(at) = index.get(&*finding.path) {
            wanted.entry(*at).or_default();
            by_file.entry(*at).or_default().push(finding);
        }
    }
    let mut wanted: Vec<(usize, FxHashSet<(u32, u32)>)> = wanted.into_iter().collect();
    wanted.sort_by_key(|(at, _)| *at);
    // Files are read again: their texts are long gone.
    let read: Vec<Reread> = wanted
        .into_par_iter()
        .filter_map(|(at, spans)| {
            let file = &files[at];
            let parsed = read(file)?;
            let locator = parsed.locator();
            let places = spans
                .into_iter()
                .map(|span| (span, location(&file.relative, &locator, range(span, &parsed), None)))
                .collect();
            let raw: Vec<RawFinding> =
                by_file.get(&at).into_iter().flatten().filter_map(|finding| raw(finding, &parsed)).collect();
            Some((at, places, finalize(&file.relative, parsed.text(), &locator, raw)))
        })
        .collect();
    let mut places: FxHashMap<usize, FxHashMap<(u32, u32), Location>> = FxHashMap::default();
    let mut placed: FxHashMap<usize, Vec<Placed>> = FxHashMap::default();
    for (at, known, findings) in read {
        places.insert(at, known);
        placed.insert(at, findings);
    }
    let step = |step: &Place| {
        let at = index.get(&*step.path)?;
        let location = places.get(at)?.get(&step.span)?.clone();
        Some(FlowStep { location, message: step.message.clone() })
    };
    let mut order: Vec<usize> = by_file.keys().copied().collect();
    order.sort_unstable();
    for at in order {
        let Some(placed) = placed.remove(&at) else { continue };
        let flows =
            by_file.get(&at).into_iter().flatten().filter(|finding| seriema_rules::rule(finding.rule).is_some());
        for (mut new, flow) in placed.into_iter().zip(flows) {
            new.finding.flow = flow.steps.iter().filter_map(step).collect();
            add(&mut outcomes[at], new, flow);
        }
    }
}

/// Reads a file once more, for its text and places.
pub(crate) fn read_again(file: &SourceFile, max_size: u64) -> Option<ParsedFile> {
    Some(decode_again(file, read_bytes(&file.absolute, max_size).ok()?))
}

/// Lowers a file that is read once more.
pub(crate) fn lowered(file: &SourceFile, limit: u64, modules: &ModuleIndex) -> Option<FileIr> {
    let parsed = parse_again(file, limit)?;
    let context = FileContext {
        path: &file.relative,
        module: file.module.as_deref(),
        is_package: file.is_package_init,
        is_test: file.is_test,
        is_stub: file.kind == FileKind::Stub,
        modules,
        links: None,
    };
    Some(lower(&context, &parsed))
}

/// Decodes a text once more, for itself and its places.
pub(crate) fn decode_again(file: &SourceFile, bytes: Vec<u8>) -> ParsedFile {
    reread(&file.relative, decode(bytes), source_type(file.kind))
}

/// Reads and parses a file once more.
pub(crate) fn parse_again(file: &SourceFile, max_size: u64) -> Option<ParsedFile> {
    let bytes = read_bytes(&file.absolute, max_size).ok()?;
    Some(parse(&file.relative, decode(bytes), source_type(file.kind)))
}

fn decode(bytes: Vec<u8>) -> String {
    match decode_python(bytes) {
        Ok(decoded) => decoded.text,
        Err(error) => error.lossy,
    }
}

/// A span of a file that may have changed since.
fn range(span: (u32, u32), parsed: &ParsedFile) -> TextRange {
    let len = u32::try_from(parsed.text().len()).unwrap_or(u32::MAX);
    let floor = |at: u32| {
        let at = parsed.text().floor_char_boundary(at.min(len) as usize);
        TextSize::from(u32::try_from(at).unwrap_or(u32::MAX))
    };
    let (start, end) = (floor(span.0), floor(span.1));
    TextRange::new(start, end.max(start))
}

fn raw(flow: &FlowFinding, parsed: &ParsedFile) -> Option<RawFinding> {
    let rule = seriema_rules::rule(flow.rule)?;
    Some(RawFinding {
        function: flow.function.clone(),
        severity: flow.severity,
        confidence: flow.confidence,
        persona: flow.persona,
        ..RawFinding::new(rule, range(flow.span, parsed), flow.message.clone())
    })
}

/// Adds a flow finding to its file, in the place of what it explains.
fn add(outcome: &mut Outcome, mut new: Placed, flow: &FlowFinding) {
    let explained = EXPLAINED.iter().find(|(rule, _)| *rule == flow.rule).map_or(&[][..], |(_, rules)| rules);
    let spans: Vec<(u32, u32)> =
        flow.steps.iter().filter(|step| step.path == flow.path).map(|step| step.span).chain([flow.span]).collect();
    let covers = |known: &Placed| {
        let (start, end) = (known.finding.location.start.offset, known.finding.location.end.offset);
        let same = known.finding.rule.slug == flow.rule;
        let at_sink = start < flow.span.1 && flow.span.0 < end;
        let on_the_way = spans.iter().any(|span| start < span.1 && span.0 < end);
        (same && on_the_way) || (explained.contains(&known.finding.rule.slug) && at_sink)
    };
    // A constant that stands where it is wrong, the rule has judged by all that stands around it.
    if flow.steps.is_empty() && outcome.placed.iter().any(covers) {
        return;
    }
    let mut kept = Vec::with_capacity(outcome.placed.len());
    let mut give_way = false;
    for known in std::mem::take(&mut outcome.placed) {
        if !covers(&known) {
            kept.push(known);
            continue;
        }
        // A rule that is surer of it than the flow keeps its say, and learns the way. So does one that has judged an
        // argument by all that stands around it.
        if known.finding.persona < new.finding.persona || flow.is_argument {
            let mut known = known;
            if known.finding.flow.is_empty() {
                known.finding.flow.clone_from(&new.finding.flow);
            }
            kept.push(known);
            give_way = true;
            continue;
        }
        if new.finding.codes.is_empty() {
            new.finding.codes = known.finding.codes;
        }
        if new.finding.fix.is_none() && known.finding.rule.slug == flow.rule {
            new.finding.fix = known.finding.fix;
            new.finding.proof_of_concept = known.finding.proof_of_concept;
        }
        if known.finding.confidence == Confidence::High && new.finding.confidence < Confidence::High {
            new.finding.confidence = known.finding.confidence;
        }
        new.lines = *new.lines.start().min(known.lines.start())..=*new.lines.end().max(known.lines.end());
    }
    outcome.placed = kept;
    if !give_way {
        outcome.placed.push(new);
    }
}

/// The paths of files, for the order of analysis.
pub(crate) fn sorted(mut irs: Vec<seriema_program::ir::FileIr>) -> Vec<seriema_program::ir::FileIr> {
    irs.sort_by(|a, b| Arc::cmp(&a.path, &b.path));
    irs
}
