//! The packages with known vulnerabilities as a table: for a terminal, and for markdown.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use seriema_finding::Severity;

use crate::components::{Component, components};
use crate::{Report, vex};

/// The columns of [`Row::cells`].
pub(crate) const HEAD: [&str; 7] =
    ["package", "version", "vulnerability", "severity", "fixed in", "code", "brought by"];

/// A vulnerability of a package.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) severity: Severity,
    /// Whether it is the first one of its package.
    pub(crate) is_first: bool,
    /// As everything that the project says: not safe to print.
    pub(crate) cells: [String; 7],
}

/// What is known of a project's packages.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    /// Packages, and those of them that are in the rows.
    pub(crate) packages: usize,
    pub(crate) vulnerable: usize,
    /// Packages of which no version is named: nothing is known of them.
    pub(crate) unversioned: usize,
    /// Vulnerabilities that are left out as somebody suppressed them.
    pub(crate) suppressed: usize,
    /// Whether it is known of any how far the code reaches.
    pub(crate) has_reach: bool,
}

/// The table of a report in which dependencies were looked at: the worst package first, of each the worst vulnerability.
pub(crate) fn table(report: &Report<'_>) -> Option<Table> {
    report.dependencies?;
    let mut components = components(report);
    let packages = components.len();
    let unversioned = components.iter().filter(|component| component.version().is_none()).count();
    let quiet = suppressions(report);
    let mut suppressed = 0;
    for component in &mut components {
        let Component { places, known, .. } = component;
        let is_shown = |id: &str| !places.iter().any(|place| quiet.contains(&(&*place.path, place.line, id)));
        let before = known.len();
        known.retain(|known| is_shown(&known.vulnerability.id));
        suppressed += before - known.len();
    }
    components.retain(|component| !component.known.is_empty());
    // The order of package URLs is kept among those that are as bad.
    components.sort_by_key(|component| Reverse(component.worst()));
    let has_reach = components.iter().flat_map(|component| &component.known).any(|known| known.reach.is_some());
    let rows = components.iter().flat_map(rows).collect();
    Some(Table { rows, packages, vulnerable: components.len(), unversioned, suppressed, has_reach })
}

/// Places of suppressed findings, and the vulnerabilities that they are about.
fn suppressions<'a>(report: &Report<'a>) -> BTreeSet<(&'a str, u32, &'a str)> {
    let places = report.suppressed.iter().flat_map(|finding| {
        let all = std::iter::once(&finding.location).chain(&finding.also);
        all.flat_map(|at| finding.codes.iter().map(|code| (&*at.path, at.start.line, *code)))
    });
    places.collect()
}

fn rows(component: &Component<'_>) -> impl Iterator<Item = Row> {
    let brought_by = match component.brought_by() {
        [chain @ .., _] if !chain.is_empty() => chain.join(" > "),
        _ if component.is_direct == Some(true) => "the project".to_owned(),
        _ => String::new(),
    };
    component.known.iter().enumerate().map(move |(at, known)| Row {
        severity: known.vulnerability.severity,
        is_first: at == 0,
        cells: [
            component.package.name.clone(),
            component.version().unwrap_or_default().to_owned(),
            known.vulnerability.id.clone(),
            known.vulnerability.severity.as_str().to_owned(),
            known.vulnerability.fixed_in.join(", "),
            known.reach.map(vex::word).unwrap_or_default().to_owned(),
            brought_by.clone(),
        ],
    })
}
