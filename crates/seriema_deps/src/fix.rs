//! What is to be changed so that a project depends on nothing that is known to be vulnerable.
//!
//! ```text
//! matches + advisories -> the smallest version of a package without any that is known -> edits of a manifest,
//!                                                                                       or what a person runs
//! ```
//!
//! Nothing is resolved: whether other packages take the version is for the tool to say that installs them. What the project's
//! own manifests and constraints say of it is kept to, and named where no version does.

mod commands;
mod constraint;
mod hashes;
mod rewrite;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use pep440_rs::Version;

use crate::advisory::Advisory;
use crate::manifest::{Dependency, ManifestKind, read};
use crate::matching::{allows_vulnerable, clear_versions};
use crate::project::{Certainty, Known, Match, Source};

pub use commands::command;
use constraint::{Constraint, Constraints, MAX_RANGES};

/// Replaces a range of a manifest's text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What to replace; empty to insert.
    pub range: OrderedRange,
    /// What to write.
    pub content: String,
}

/// A range of bytes, in order of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderedRange {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What becomes of a dependency with known vulnerabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The manifest, by its number.
    pub source: usize,
    /// The dependency, by its number in the manifest.
    pub dependency: usize,
    /// Whether a range allows vulnerable versions; otherwise the one version that is named is one.
    pub is_range: bool,
    /// The vulnerabilities that it has or allows, by their ids.
    pub advisories: Vec<String>,
    /// What to do.
    pub way: Way,
}

/// How a dependency gets rid of its vulnerabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By edits of the manifest.
    Edit {
        /// The smallest version without known vulnerabilities.
        to: Version,
        /// Not overlapping.
        edits: Vec<Edit>,
        /// What to run afterwards, or instead.
        run: Option<String>,
    },
    /// By a command: the file is not to be changed by hand.
    Run {
        /// The smallest version without known vulnerabilities.
        to: Version,
        /// The command.
        command: String,
        /// A range of the project that the version is not in, if there is one: that has to be changed first.
        blocked: Option<String>,
    },
    /// By a person: how.
    ByHand {
        /// The smallest version without known vulnerabilities.
        to: Version,
        /// What to do.
        what: String,
    },
    /// Not at all: why.
    None(String),
}

impl Upgrade {
    /// The version that clears what is known.
    #[must_use]
    pub fn to(&self) -> Option<&Version> {
        match &self.way {
            Way::Edit { to, .. } | Way::Run { to, .. } | Way::ByHand { to, .. } => Some(to),
            Way::None(_) => None,
        }
    }

    /// What is to be changed in the manifest.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        match &self.way {
            Way::Edit { edits, .. } => edits,
            _ => &[],
        }
    }
}

/// What to do about matches: for each dependency that has some, in the order of sources and dependencies.
#[must_use]
pub fn upgrades(sources: &[Source], matches: &[Match], advisories: &Known) -> Vec<Upgrade> {
    let mut by_dependency: BTreeMap<(usize, usize), Vec<&Match>> = BTreeMap::new();
    for one in matches {
        by_dependency.entry((one.source, one.dependency)).or_default().push(one);
    }
    let constraints = Constraints::of(sources);
    let mut upgrades = Vec::new();
    for ((source, at), matches) in by_dependency {
        let dependency = &sources[source].manifest.dependencies[at];
        let about = advisories.about(&dependency.name);
        let is_range = matches.iter().any(|one| one.certainty != Certainty::Named);
        let goal = goal(sources, source, dependency, &matches, about, &constraints);
        let way = match goal {
            Ok(to) => way(sources, source, dependency, to, &constraints),
            Err(why) => Way::None(why),
        };
        let advisories = matches.iter().map(|one| one.advisory.id.clone()).collect();
        upgrades.push(Upgrade { source, dependency: at, is_range, advisories, way });
    }
    leave_out_hashes(sources, &mut upgrades);
    check(sources, &mut upgrades);
    upgrades
}

/// The smallest version without known vulnerabilities that all ranges allow; why not, if there is none.
fn goal(
    sources: &[Source],
    source: usize,
    dependency: &Dependency,
    matches: &[&Match],
    about: &[Arc<Advisory>],
    constraints: &Constraints,
) -> Result<Version, String> {
    let name = &dependency.name;
    if matches.iter().any(|one| one.advisory.is_malicious) {
        return Err(format!("{name} was published to do harm: remove it"));
    }
    let clear = clear_versions(about, dependency.version.as_ref());
    let wants_stable = dependency.version.as_ref().is_none_or(|version| !version.any_prerelease())
        && !dependency.specifiers.iter().any(|one| one.version().any_prerelease());
    let is_wanted = |version: &&Version| !wants_stable || !version.any_prerelease();
    let in_order = || clear.iter().filter(is_wanted).chain(clear.iter().filter(|version| !is_wanted(version)));
    let Some(lowest) = in_order().next() else {
        let open: Vec<&str> =
            matches.iter().filter(|one| one.fixes.is_empty()).map(|one| one.advisory.id.as_str()).collect();
        let of = if open.is_empty() { String::new() } else { format!(" ({})", open.join(", ")) };
        return Err(format!("no version of {name} is known to be without known vulnerabilities{of}"));
    };
    // A lock is made anew of what the manifests say: what is in its way is told with its command.
    let is_lock = sources[source].manifest.kind.is_lock();
    if !is_lock && constraints.are_too_many(source, dependency) {
        return Err(format!(
            "{name} is asked for in more than {MAX_RANGES} ranges here: no version was tried against them"
        ));
    }
    let own = dependency.version.is_none().then(|| Constraint::of(source, sources, dependency));
    let all: Vec<&Constraint> =
        if is_lock { Vec::new() } else { constraints.about(source, dependency).chain(&own).collect() };
    let allowed: Vec<&Version> = in_order().filter(|version| all.iter().all(|one| one.allows(version))).collect();
    let Some(first) = allowed.first().copied() else {
        let range = in_the_way(&all, lowest).unwrap_or_default();
        return Err(format!("{name} {lowest} has no known vulnerability, but {range} does not allow it"));
    };
    if dependency.version.is_some() {
        return Ok(first.clone());
    }
    // Of a range, the smallest bound above which nothing vulnerable is left; or where there is none, what is vulnerable lies
    // above: then at least what is below is left out.
    let leaves = |version: &&Version| {
        let bound = std::iter::once(pep440_rs::VersionSpecifier::greater_than_equal_version((*version).clone()));
        let rest = dependency.specifiers.iter().cloned().chain(bound).collect();
        about.iter().any(|advisory| allows_vulnerable(advisory, &rest).is_some())
    };
    // The higher the bound, the less is left.
    let mut stable: Vec<&Version> = allowed.iter().copied().filter(is_wanted).collect();
    if stable.is_empty() {
        stable = allowed.clone();
    }
    let at = stable.partition_point(leaves);
    Ok(stable.get(at).copied().unwrap_or(first).clone())
}

/// The first range that a version is not in, with its manifest.
fn in_the_way(constraints: &[&Constraint], version: &Version) -> Option<String> {
    let one = constraints.iter().find(|one| !one.allows(version))?;
    Some(format!("`{}` in {}", one.specifiers, one.path))
}

fn way(sources: &[Source], source: usize, dependency: &Dependency, to: Version, constraints: &Constraints) -> Way {
    let Source { manifest, text } = &sources[source];
    let name = &dependency.name;
    if manifest.kind.is_lock() {
        let all: Vec<&Constraint> = constraints.about(source, dependency).collect();
        let blocked = in_the_way(&all, &to);
        return match command(manifest.kind, text, name, &to) {
            Some(command) => Way::Run { to, command, blocked },
            None if manifest.kind == ManifestKind::Vendored => {
                let what = format!("replace the vendored copy of {name} by {to}");
                Way::ByHand { to, what }
            }
            None => {
                let what = format!("this is an inventory: make it anew of what has {name} {to}");
                Way::ByHand { to, what }
            }
        };
    }
    let change = dependency.version_range.clone().and_then(|range| {
        let written = text.get(range.clone())?;
        let is_pin = dependency.version.is_some();
        let change = if is_pin { rewrite::pin(written, &to) } else { rewrite::floor(written, &to) }?;
        // On a shell's command line, `>` and `,` may mean something else.
        let is_plain = is_pin || manifest.kind != ManifestKind::Dockerfile;
        is_plain.then(|| Edit::at(range.start + change.range.start..range.start + change.range.end, change.content))
    });
    match change {
        Some(edit) => Way::Edit { run: command(manifest.kind, text, name, &to), to, edits: vec![edit] },
        None => by_hand(dependency, to),
    }
}

fn by_hand(dependency: &Dependency, to: Version) -> Way {
    let later = if dependency.version.is_some() { "" } else { " or later" };
    let what = format!("ask for {} {to}{later}", dependency.name);
    Way::ByHand { to, what }
}

/// Edits beyond which those of a manifest are not checked one by one when something is wrong with all of them together.
const MAX_CHECKS: usize = 20;

/// Takes back edits after which a manifest would not ask for what it should.
fn check(sources: &[Source], upgrades: &mut [Upgrade]) {
    for together in upgrades.chunk_by_mut(|a, b| a.source == b.source) {
        let Some(source) = together.first().map(|one| &sources[one.source]) else { continue };
        let all: Vec<&Upgrade> = together.iter().collect();
        if holds(source, &all) {
            continue;
        }
        for (number, one) in together.iter_mut().enumerate() {
            if (number >= MAX_CHECKS || !holds(source, &[one]))
                && let Way::Edit { to, .. } = &one.way
            {
                one.way = by_hand(&source.manifest.dependencies[one.dependency], to.clone());
            }
        }
    }
}

/// Whether a manifest, once changed, asks for what it should, and for everything else as before.
fn holds(source: &Source, upgrades: &[&Upgrade]) -> bool {
    let edits = upgrades.iter().flat_map(|one| one.edits());
    let Some(text) = apply(&source.text, edits) else { return false };
    let manifest = &source.manifest;
    let before = &manifest.dependencies;
    // What stands at one place may be asked for by several groups.
    let changed: BTreeMap<usize, &Version> = upgrades
        .iter()
        .filter(|one| !one.edits().is_empty())
        .filter_map(|one| Some((before[one.dependency].range.start, one.to()?)))
        .collect();
    let after = read(&manifest.path, manifest.kind, &text).dependencies;
    after.len() == before.len()
        && after.iter().zip(before).all(|(after, before)| {
            let is_same = after.name == before.name && after.group == before.group && after.extras == before.extras;
            let versions = match changed.get(&before.range.start) {
                Some(to) if before.version.is_some() => after.version.as_ref() == Some(*to),
                Some(to) => after.version.is_none() && after.specifiers.contains(to),
                None => after.specifiers == before.specifiers && after.version == before.version,
            };
            is_same && versions
        })
}

/// Hashes of what is changed in requirements files are of what was there before.
fn leave_out_hashes(sources: &[Source], upgrades: &mut [Upgrade]) {
    let mut changed: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for one in upgrades.iter() {
        let is_hashed = sources[one.source].manifest.dependencies[one.dependency].is_hashed;
        if matches!(one.way, Way::Edit { .. })
            && sources[one.source].manifest.kind == ManifestKind::Requirements
            && is_hashed
        {
            changed.entry(one.source).or_default().insert(one.dependency);
        }
    }
    let are_wanted: BTreeMap<usize, bool> = changed
        .iter()
        .map(|(source, changed)| (*source, hashes::are_wanted(&sources[*source].manifest, changed)))
        .collect();
    for one in upgrades {
        if !changed.get(&one.source).is_some_and(|changed| changed.contains(&one.dependency)) {
            continue;
        }
        let Source { manifest, text } = &sources[one.source];
        if let Way::Edit { edits, run, .. } = &mut one.way {
            if are_wanted.get(&one.source) == Some(&true) {
                edits.extend(hashes::left_out(manifest, text, one.dependency));
            }
            run.get_or_insert_with(|| "pip-compile --generate-hashes".to_owned());
        }
    }
}

impl Edit {
    /// An edit of a range.
    #[must_use]
    pub const fn at(range: Range<usize>, content: String) -> Self {
        Self { range: OrderedRange { start: range.start, end: range.end }, content }
    }
}

/// A text with edits made; an edit that stands there twice is made once. None when they overlap, or are not of this text.
pub fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let edits: BTreeSet<&Edit> = edits.into_iter().collect();
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        changed.push_str(text.get(at..edit.range.start)?);
        text.get(edit.range.start..edit.range.end)?;
        changed.push_str(&edit.content);
        at = edit.range.end;
    }
    changed.push_str(text.get(at..)?);
    Some(changed)
}

#[cfg(test)]
mod tests;
