//! Advisories that a project decided not to hear of, and the findings about such decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use seriema_deps::Name;
use seriema_deps::project::{Match, Source};
use seriema_finding::{Finding, FingerprintBuilder, Persona, Suppression, SuppressionKind};
use seriema_program::Locator;
use seriema_program::text_size::{TextRange, TextSize};
use seriema_workspace::{AdvisoryIgnore, IgnoreTool, Origin, decode_text, read_bytes, read_other_ignores};

use crate::finalize::{from_page, location, snippet};
use crate::settings::Settings;

/// Largest file with such a list, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// The decisions of a project, each once.
pub(crate) struct Ignores<'s> {
    settings: &'s Settings,
    all: Vec<Known>,
    /// Which of them hold for a manifest, by its number: its configuration's before other tools'.
    by_source: Vec<Vec<usize>>,
}

struct Known {
    ignore: AdvisoryIgnore,
    /// The configuration that it belongs to.
    group: usize,
    is_used: bool,
}

impl<'s> Ignores<'s> {
    /// Finds out what holds for each manifest. `place` is a manifest's absolute path.
    pub(crate) fn read(
        root: &Path,
        settings: &'s Settings,
        sources: &[Source],
        place: impl Fn(&str) -> PathBuf,
    ) -> Self {
        let mut all: Vec<Known> = Vec::new();
        let mut own: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut others: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
        let mut by_source = Vec::with_capacity(sources.len());
        let add = |all: &mut Vec<Known>, ignores: Vec<AdvisoryIgnore>, group: usize| -> Vec<usize> {
            let start = all.len();
            all.extend(ignores.into_iter().map(|ignore| Known { ignore, group, is_used: false }));
            (start..all.len()).collect()
        };
        for source in sources {
            let place = place(&source.manifest.path);
            let (group, config) = settings.of(&place);
            let mut known =
                own.entry(group).or_insert_with(|| add(&mut all, config.advisory_ignores.clone(), group)).clone();
            let directory = place.parent().unwrap_or(root).to_path_buf();
            let theirs =
                others.entry(directory).or_insert_with_key(|dir| add(&mut all, read_other_ignores(root, dir), group));
            known.extend(theirs.iter().copied());
            by_source.push(known);
        }
        Self { settings, all, by_source }
    }

    /// Whether a match is ignored, and why.
    pub(crate) fn of(&mut self, sources: &[Source], one: &Match) -> Option<Suppression> {
        let dependency = &sources[one.source].manifest.dependencies[one.dependency];
        let version = dependency.version.as_ref().map(ToString::to_string);
        let mut found = None;
        for at in &self.by_source[one.source] {
            let Known { ignore, is_used, .. } = &mut self.all[*at];
            let has_id = |id: &String| {
                std::iter::once(&one.advisory.id)
                    .chain(&one.advisory.aliases)
                    .any(|known| known.eq_ignore_ascii_case(id))
            };
            let is_meant = ignore.id.as_ref().is_none_or(has_id)
                && ignore.package.as_ref().is_none_or(|package| Name::new(package).as_ref() == Some(&dependency.name))
                && ignore.version.as_ref().is_none_or(|only| version.as_ref() == Some(only));
            if !is_meant {
                continue;
            }
            *is_used = true;
            let holds = holds_on(ignore, self.settings.today) && (!ignore.until_fixed || one.fixes.is_empty());
            if holds && found.is_none() {
                found = Some(Suppression { kind: SuppressionKind::External, reason: ignore.reason.clone() });
            }
        }
        found
    }

    /// Findings about the decisions themselves. Those that ignored nothing are told only where everything that they may be
    /// about was looked at.
    pub(crate) fn findings(&self, root: &Path, is_whole: bool) -> Vec<(usize, Finding)> {
        let mut found = Vec::new();
        let mut fingerprints = FingerprintBuilder::default();
        let paths: BTreeSet<&Arc<str>> =
            self.all.iter().filter_map(|known| place(&known.ignore).map(|(path, _)| path)).collect();
        for path in paths {
            let text = read_bytes(&root.join(&**path), MAX_FILE).ok().and_then(decode_text);
            let Some(text) = text else { continue };
            let locator = Locator::of_text(&text);
            for known in &self.all {
                let Some((_, line)) = place(&known.ignore).filter(|(of, _)| *of == path) else { continue };
                for (slug, message, persona) in self.about(known, is_whole) {
                    let Some(rule) = seriema_rules::rule(slug) else { continue };
                    let range = line_range(&text, line);
                    let place = location(path, &locator, range, None);
                    let fingerprint = fingerprints.next(slug, path, None, &known.ignore.about());
                    let mut finding = from_page(rule, place, snippet(&locator, range), message, fingerprint);
                    finding.persona = persona;
                    found.push((known.group, finding));
                }
            }
        }
        found
    }

    fn about(&self, known: &Known, is_whole: bool) -> Vec<(&'static str, String, Persona)> {
        let Known { ignore, group, is_used } = known;
        let about = ignore.about();
        // The lists of other tools follow other rules: what is missing in them concerns the thorough only.
        let persona = if ignore.tool == IgnoreTool::Seriema { Persona::Regular } else { Persona::Pedantic };
        let wants_reason =
            self.settings.tree.all().get(*group).is_none_or(|config| config.require_suppression_reason.value);
        let mut said = Vec::new();
        if let Some(day) = ignore.expires.filter(|_| !holds_on(ignore, self.settings.today)) {
            let message = format!("this ignores {about} until {day}, and nothing any more");
            said.push(("invalid-suppression", message, persona));
        } else if !is_used && is_whole {
            said.push(("unused-suppression", format!("no dependency is reported for {about}"), persona));
        }
        // uv has no place for one.
        if wants_reason && ignore.reason.is_empty() && ignore.tool != IgnoreTool::Uv {
            said.push(("suppression-without-reason", format!("this ignores {about} and does not say why"), persona));
        }
        said
    }
}

fn holds_on(ignore: &AdvisoryIgnore, today: Date) -> bool {
    ignore.expires.is_none_or(|last| last >= today)
}

/// The file and line of a decision that stands in a file.
fn place(ignore: &AdvisoryIgnore) -> Option<(&Arc<str>, u32)> {
    match &ignore.origin {
        Origin::File { path, line } => Some((path, *line)),
        _ => None,
    }
}

/// What stands on a line, counted from 1.
fn line_range(text: &str, line: u32) -> TextRange {
    let mut at = 0;
    for (number, whole) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            let inner = whole.trim_end();
            let indent = inner.len() - inner.trim_start().len();
            let offset = |at: usize| TextSize::try_from(at).unwrap_or_default();
            return TextRange::new(offset(at + indent), offset(at + inner.len()));
        }
        at += whole.len();
    }
    TextRange::default()
}
