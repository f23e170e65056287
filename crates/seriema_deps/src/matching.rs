//! Which versions advisories are about.
//!
//! A version is affected as OSV's schema evaluates it: it is listed, or a range contains it when its events are walked in the
//! order of their versions. Versions are ordered as PEP 440 says, a local version above its public one.

use std::borrow::Borrow;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use crate::advisory::{Advisory, Affected, Event, Range, Versions};

/// Whether a version is one of the affected; `written` is how it is written, for lists of what is no version.
#[must_use]
pub fn affects(affected: &Affected, version: &Version, written: &str) -> bool {
    affected.versions.contains(Some(version), written)
        || affected.ranges.iter().any(|range| Walk::new(range).contains(version))
}

/// Whether an advisory is about a version of its package.
#[must_use]
pub fn is_affected(advisory: &Advisory, version: &Version, written: &str) -> bool {
    advisory.affected.iter().any(|affected| affects(affected, version, written))
}

/// Whether an advisory is about something that is no version (`2004d`): only if it is listed.
#[must_use]
pub fn is_listed(advisory: &Advisory, written: &str) -> bool {
    let version = Version::from_str(written).ok();
    advisory.affected.iter().any(|affected| affected.versions.contains(version.as_ref(), written))
}

/// The versions above an affected one in which it is fixed, smallest first: of the ranges that contain it, or, where it is
/// affected by a list alone, of those beside the list.
#[must_use]
pub fn fixed_in(advisory: &Advisory, version: &Version) -> Vec<Version> {
    let mut fixed = Vec::new();
    for affected in &advisory.affected {
        let walks: Vec<Walk> = affected.ranges.iter().map(Walk::new).collect();
        let mut containing = walks.iter().filter(|walk| walk.contains(version)).peekable();
        if containing.peek().is_some() {
            containing.for_each(|walk| fixed.extend(walk.fixed_above(version).cloned()));
        } else if affected.versions.contains(Some(version), "") {
            walks.iter().for_each(|walk| fixed.extend(walk.fixed_above(version).cloned()));
        }
    }
    fixed.sort_unstable();
    fixed.dedup();
    fixed
}

/// The smallest version above `version` that is known of the package and that none of the advisories is about; a pre-release
/// only from one, or where there is no other. To be sure that it is not affected by something else, give it all advisories
/// about the package.
#[must_use]
pub fn smallest_fix(advisories: &[impl Borrow<Advisory>], version: &Version) -> Option<Version> {
    let clear = Clear::of(advisories);
    let candidates = fixed(&clear, Some(version));
    let is_clear = |candidate: &&Version| clear.iter().all(|clear| !clear.contains(candidate));
    let wants_stable = !version.any_prerelease();
    let stable = candidates.iter().copied().filter(|candidate| !wants_stable || !candidate.any_prerelease());
    stable.clone().find(is_clear).or_else(|| candidates.iter().copied().find(is_clear)).cloned()
}

/// The versions that are known of a package, above one of them if it is given, and that none of its advisories is about, in
/// order.
#[must_use]
pub fn clear_versions(advisories: &[impl Borrow<Advisory>], above: Option<&Version>) -> Vec<Version> {
    let clear = Clear::of(advisories);
    let mut known = fixed(&clear, above);
    known.retain(|version| clear.iter().all(|clear| !clear.contains(version)));
    known.into_iter().cloned().collect()
}

/// The versions in which something is fixed, above one of them if it is given, in order. No others that are known can be
/// clear: what is listed is affected.
fn fixed<'c>(clear: &'c [Clear<'_>], above: Option<&Version>) -> Vec<&'c Version> {
    let all = clear.iter().flat_map(|clear| &clear.walks).flat_map(Walk::fixed);
    let mut fixed: Vec<&Version> = all.filter(|version| above.is_none_or(|above| *version > above)).collect();
    fixed.sort_unstable();
    fixed.dedup();
    fixed
}

/// The versions that ranges name as fixed.
#[must_use]
pub fn fixed_versions(affected: &Affected) -> Vec<Version> {
    let events = affected.ranges.iter().flat_map(|range| &range.events);
    events
        .filter_map(|event| match event {
            Event::Fixed(version) => version.parse().ok(),
            _ => None,
        })
        .collect()
}

/// An affected version that specifiers allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The version.
    pub version: Version,
    /// Whether it is known to exist: it is listed. Or else it is where a range and what is allowed meet.
    pub is_listed: bool,
}

/// An affected version that some specifiers allow, the highest that is known; none when they allow none.
///
/// Versions that exist are known as far as they are listed. Between them only the bounds of ranges and of the specifiers are
/// tried, so that `>1.2,<1.3` is not said to allow a version that may not exist. Pre-releases count where the specifiers
/// name one.
#[must_use]
pub fn allows_vulnerable(advisory: &Advisory, specifiers: &VersionSpecifiers) -> Option<Allowed> {
    let with_pre = specifiers.iter().any(|specifier| specifier.version().any_prerelease());
    let is_allowed = |version: &Version| (with_pre || !version.any_prerelease()) && specifiers.contains(version);
    let listed = advisory.affected.iter().flat_map(|affected| affected.versions.parsed());
    if let Some(version) = listed.filter(|version| is_allowed(version)).max() {
        return Some(Allowed { version: version.clone(), is_listed: true });
    }
    let mut bounds: Vec<Version> = specifiers.iter().filter_map(bound).collect();
    let walks: Vec<Walk> = advisory.affected.iter().flat_map(|affected| &affected.ranges).map(Walk::new).collect();
    for walk in &walks {
        bounds.extend(walk.events.iter().filter_map(|(version, _)| version.clone()));
        if walk.events.first().is_some_and(|event| event.0.is_none()) {
            bounds.push(Version::new([0]));
        }
    }
    let mut versions = bounds.into_iter().filter(|version| is_allowed(version));
    let version = versions.by_ref().filter(|version| walks.iter().any(|walk| walk.contains(version))).max()?;
    Some(Allowed { version, is_listed: false })
}

/// The version that a specifier includes as a bound.
fn bound(specifier: &pep440_rs::VersionSpecifier) -> Option<Version> {
    match specifier.operator() {
        Operator::LessThan | Operator::GreaterThan | Operator::NotEqual | Operator::NotEqualStar => None,
        _ => Some(specifier.version().clone()),
    }
}

/// A range's events in the order in which they are walked, each once.
struct Walk {
    /// None is below all versions.
    events: Vec<(Option<Version>, Kind)>,
}

/// In the order in which events of one version are walked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Introduced,
    LastAffected,
    Fixed,
    Limit,
}

impl Walk {
    /// Events that name no version are left out, as OSV's own evaluation cannot order them either.
    fn new(range: &Range) -> Self {
        let mut events: Vec<_> = range
            .events
            .iter()
            .filter_map(|event| {
                let (written, kind) = match event {
                    Event::Introduced(written) if written == "0" => return Some((None, Kind::Introduced)),
                    Event::Introduced(written) => (written, Kind::Introduced),
                    Event::LastAffected(written) => (written, Kind::LastAffected),
                    Event::Fixed(written) => (written, Kind::Fixed),
                    Event::Limit(written) => (written, Kind::Limit),
                };
                Some((Some(Version::from_str(written).ok()?), kind))
            })
            .collect();
        events.sort();
        events.dedup();
        Self { events }
    }

    fn contains(&self, version: &Version) -> bool {
        let below = self.events.partition_point(|(at, _)| at.as_ref().is_none_or(|at| at < version));
        // Whatever was before it, above the last event below it is what that event says.
        let mut is_affected = self.events[..below].last().is_some_and(|(_, kind)| *kind == Kind::Introduced);
        for (at, kind) in &self.events[below..] {
            if at.as_ref() != Some(version) {
                break;
            }
            match kind {
                Kind::Introduced => is_affected = true,
                Kind::Fixed | Kind::Limit => is_affected = false,
                // It is the last one itself.
                Kind::LastAffected => {}
            }
        }
        is_affected
    }

    fn fixed(&self) -> impl Iterator<Item = &Version> {
        self.events.iter().filter(|event| event.1 == Kind::Fixed).filter_map(|event| event.0.as_ref())
    }

    fn fixed_above(&self, version: &Version) -> impl Iterator<Item = &Version> {
        self.fixed().filter(move |at| *at > version)
    }
}

/// Affected versions, ready to be asked often.
struct Clear<'a> {
    versions: &'a Versions,
    walks: Vec<Walk>,
}

impl<'a> Clear<'a> {
    fn of(advisories: &'a [impl Borrow<Advisory>]) -> Vec<Self> {
        advisories.iter().flat_map(|advisory| &advisory.borrow().affected).map(Self::new).collect()
    }

    fn new(affected: &'a Affected) -> Self {
        Self { versions: &affected.versions, walks: affected.ranges.iter().map(Walk::new).collect() }
    }

    fn contains(&self, version: &Version) -> bool {
        self.versions.contains(Some(version), "") || self.walks.iter().any(|walk| walk.contains(version))
    }
}

#[cfg(test)]
mod tests;
