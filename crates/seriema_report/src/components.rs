//! Packages as bills of materials list them: a release that several manifests name is one component.

use std::collections::{BTreeMap, BTreeSet};

use seriema_finding::{Package, Reach, Severity, Vulnerability};

use crate::Report;
use crate::uri;

/// Releases of one package that a name may stand for. Locks have a few, for different platforms.
const MAX_RELEASES: usize = 32;

/// A release, or a package of which no release is named.
#[derive(Debug)]
pub(crate) struct Component<'a> {
    /// Its package URL: no other component has it.
    pub(crate) purl: String,
    /// The first manifest's entry.
    pub(crate) package: &'a Package,
    /// All entries, in the order of the report.
    pub(crate) places: Vec<&'a Package>,
    /// Whether the project asks for it itself.
    pub(crate) is_direct: Option<bool>,
    /// The components that it asks for, in order; none where no manifest says.
    pub(crate) requires: Option<Vec<usize>>,
    /// Whether another component asks for it.
    pub(crate) is_required: bool,
    /// Whether all that stands in the same directories says what it asks for.
    pub(crate) is_graph_whole: bool,
    /// What is known of it, the worst first.
    pub(crate) known: Vec<Known<'a>>,
}

/// A vulnerability of a component.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) vulnerability: &'a Vulnerability,
    /// How far the project's code reaches it: of several answers, the most serious one.
    pub(crate) reach: Option<&'a Reach>,
}

impl Component<'_> {
    /// The version that is named.
    pub(crate) fn version(&self) -> Option<&str> {
        uri::version(self.package)
    }

    /// The groups that ask for it; none when it is needed always.
    pub(crate) fn groups(&self) -> Option<Vec<&str>> {
        let mut groups: Vec<&str> = self.places.iter().map(|place| place.group.as_deref()).collect::<Option<_>>()?;
        groups.sort_unstable();
        groups.dedup();
        Some(groups)
    }

    /// Names from a direct dependency down to this one, as the first lock that knows says.
    pub(crate) fn brought_by(&self) -> &[String] {
        self.places.iter().map(|place| place.brought_by.as_slice()).find(|chain| !chain.is_empty()).unwrap_or_default()
    }

    pub(crate) fn worst(&self) -> Option<Severity> {
        self.known.iter().map(|known| known.vulnerability.severity).max()
    }
}

/// The components of a report, in the order of their package URLs.
pub(crate) fn components<'a>(report: &Report<'a>) -> Vec<Component<'a>> {
    let packages = report.dependencies.unwrap_or_default();
    let mut by_purl: BTreeMap<String, Vec<&'a Package>> = BTreeMap::new();
    // Entries that name no release are about those that are named beside them: a manifest and its lock.
    let mut released: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| uri::version(package).is_some()) {
        let purl = uri::purl(package);
        let beside = released.entry((directory(&package.path), &package.name)).or_default();
        if beside.len() < MAX_RELEASES && !beside.contains(&purl) {
            beside.push(purl.clone());
        }
        by_purl.entry(purl).or_default().push(package);
    }
    for package in packages.iter().filter(|package| uri::version(package).is_none()) {
        match released.get(&(directory(&package.path), &*package.name)) {
            Some(purls) => {
                for purl in purls {
                    by_purl.entry(purl.clone()).or_default().push(package);
                }
            }
            None => by_purl.entry(uri::purl(package)).or_default().push(package),
        }
    }
    let mut components: Vec<Component<'a>> =
        by_purl.into_iter().map(|(purl, places)| component(purl, places)).collect();
    connect(&mut components);
    components
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn component<'a>(purl: String, places: Vec<&'a Package>) -> Component<'a> {
    let mut known: BTreeMap<&str, Known<'a>> = BTreeMap::new();
    for vulnerability in places.iter().flat_map(|place| &place.vulnerabilities) {
        let reach = vulnerability.reach.as_ref();
        let same = known.entry(&vulnerability.id).or_insert(Known { vulnerability, reach });
        if weight(reach) > weight(same.reach) {
            same.reach = reach;
        }
    }
    let mut known: Vec<Known<'a>> = known.into_values().collect();
    known.sort_by_key(|known| std::cmp::Reverse(known.vulnerability.severity));
    let package = places[0];
    let is_direct = places.iter().filter_map(|place| place.is_direct).max();
    Component { purl, package, places, is_direct, requires: None, is_required: false, is_graph_whole: false, known }
}

fn directories<'a>(component: &Component<'a>) -> Vec<&'a str> {
    component.places.iter().map(|place| directory(&place.path)).collect()
}

/// How serious it is how far code reaches: not to know is worse than to know that it does not.
const fn weight(reach: Option<&Reach>) -> u8 {
    match reach {
        Some(Reach::Used { .. }) => 4,
        Some(Reach::Imported(_)) => 3,
        None => 2,
        Some(Reach::NotImported) => 1,
        Some(Reach::NotUsed(_)) => 0,
    }
}

/// Says of each component which others it asks for: those of the same manifest that have the name.
fn connect(components: &mut [Component<'_>]) {
    let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, component) in components.iter().enumerate() {
        for place in &component.places {
            let releases = named.entry((&place.path, &place.name)).or_default();
            if releases.len() < MAX_RELEASES && releases.last() != Some(&at) {
                releases.push(at);
            }
        }
    }
    let mut all = Vec::with_capacity(components.len());
    let mut required = vec![false; components.len()];
    for (at, component) in components.iter().enumerate() {
        let mut requires: Option<Vec<usize>> = None;
        for place in &component.places {
            let Some(names) = &place.requires else { continue };
            let found = names.iter().filter_map(|name| named.get(&(&*place.path, name.as_str()))).flatten();
            requires.get_or_insert_default().extend(found.copied().filter(|other| *other != at));
        }
        if let Some(requires) = &mut requires {
            requires.sort_unstable();
            requires.dedup();
            requires.iter().for_each(|other| required[*other] = true);
        }
        all.push(requires);
    }
    for ((component, requires), is_required) in components.iter_mut().zip(all).zip(required) {
        component.requires = requires;
        component.is_required = is_required;
    }
    let silent = components.iter().filter(|component| component.requires.is_none());
    let silent: BTreeSet<&str> = silent.flat_map(directories).collect();
    for component in components.iter_mut() {
        component.is_graph_whole = !directories(component).iter().any(|directory| silent.contains(directory));
    }
}

/// The components that the project asks for itself. Where no manifest says of one, it is one that nothing else asks for.
pub(crate) fn asked_for(components: &[Component<'_>]) -> Vec<usize> {
    let is_asked_for = |component: &Component<'_>| component.is_direct.unwrap_or(!component.is_required);
    components.iter().enumerate().filter(|(_, one)| is_asked_for(one)).map(|(at, _)| at).collect()
}

#[cfg(test)]
pub(crate) mod tests;
