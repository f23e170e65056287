//! Records of one vulnerability become one advisory.

use rustc_hash::FxHashMap;

use super::{Advisory, Affected};

/// A record's part about one package.
pub(crate) struct Part {
    pub(crate) advisory: Advisory,
    /// The CVSS version of the score, times ten.
    pub(crate) cvss: u8,
    /// Whether the summary was written as one.
    pub(crate) has_summary: bool,
}

/// The advisories of a package, each vulnerability once, in the order of their ids. Records are of one vulnerability when
/// they share an id or an alias, over any number of records.
pub(crate) fn merge(mut parts: Vec<Part>) -> Vec<Advisory> {
    // Whatever the order in which they were read.
    parts.sort_by(|a, b| key(&a.advisory.id).cmp(&key(&b.advisory.id)));
    let mut groups = Groups { parents: (0..parts.len()).collect() };
    let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
    for (index, part) in parts.iter().enumerate() {
        for id in part.advisory.ids() {
            match seen.get(id) {
                Some(other) => groups.join(*other, index),
                None => drop(seen.insert(id, index)),
            }
        }
    }
    let mut merged: Vec<(usize, Part)> = Vec::new();
    let mut at: FxHashMap<usize, usize> = FxHashMap::default();
    for (index, part) in parts.into_iter().enumerate() {
        let root = groups.root(index);
        match at.get(&root) {
            Some(first) => join(&mut merged[*first].1, part),
            None => {
                at.insert(root, merged.len());
                merged.push((root, part));
            }
        }
    }
    let mut advisories: Vec<Advisory> = merged.into_iter().map(|(_, part)| named(part.advisory)).collect();
    advisories.sort_by(|a, b| key(&a.id).cmp(&key(&b.id)));
    advisories
}

/// Which of the sets each record is in.
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn root(&mut self, mut index: usize) -> usize {
        while self.parents[index] != index {
            self.parents[index] = self.parents[self.parents[index]];
            index = self.parents[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

/// Adds to what is known of a vulnerability what another record says.
fn join(into: &mut Part, mut part: Part) {
    if (part.has_summary && !into.has_summary) || into.advisory.summary.is_empty() {
        into.advisory.summary = std::mem::take(&mut part.advisory.summary);
        into.has_summary = part.has_summary;
    }
    let (a, b) = (&mut into.advisory, part.advisory);
    // The newest way of scoring, of these the worst.
    let is_better = match (a.score, b.score) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(old), Some(new)) => part.cvss > into.cvss || (part.cvss == into.cvss && new > old),
    };
    if is_better {
        (a.score, a.vector, into.cvss) = (b.score, b.vector, part.cvss);
    }
    if severity_rank(b.severity.as_deref()) > severity_rank(a.severity.as_deref()) {
        a.severity = b.severity;
    }
    a.aliases.push(b.id);
    a.aliases.extend(b.aliases);
    a.weaknesses.extend(b.weaknesses);
    a.symbols.extend(b.symbols);
    a.url = a.url.take().or(b.url);
    a.published = match (a.published.take(), b.published) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    a.is_malicious |= b.is_malicious;
    a.is_exploited |= b.is_exploited;
    a.epss = a.epss.max_of(b.epss);
    for affected in b.affected {
        add(&mut a.affected, affected);
    }
}

/// Adds affected versions, unless they are there.
fn add(all: &mut Vec<Affected>, affected: Affected) {
    if !all.contains(&affected) {
        all.push(affected);
    }
}

trait MaxOf {
    fn max_of(self, other: Self) -> Self;
}

impl MaxOf for Option<f32> {
    fn max_of(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}

fn severity_rank(severity: Option<&str>) -> u8 {
    match severity {
        Some("CRITICAL") => 5,
        Some("HIGH") => 4,
        Some("MODERATE" | "MEDIUM") => 3,
        Some("LOW") => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// Names an advisory by the best of its ids.
fn named(mut advisory: Advisory) -> Advisory {
    let mut ids = std::mem::take(&mut advisory.aliases);
    ids.push(std::mem::take(&mut advisory.id));
    ids.sort_by(|a, b| key(a).cmp(&key(b)));
    ids.dedup();
    advisory.id = ids.remove(0);
    ids.sort_unstable();
    advisory.aliases = ids;
    for list in [&mut advisory.weaknesses, &mut advisory.symbols] {
        list.sort_unstable();
        list.dedup();
    }
    advisory
}

/// Orders ids: by who gives them, then by year and number.
fn key(id: &str) -> (u8, u64, u64, &str) {
    let (giver, rest) = id.split_once('-').unwrap_or((id, ""));
    let rank = match giver {
        "CVE" => 0,
        "PYSEC" => 1,
        "GHSA" => 2,
        "MAL" => 3,
        _ => 4,
    };
    let mut numbers = rest.split('-').map(|part| part.parse().unwrap_or(u64::MAX));
    (rank, numbers.next().unwrap_or(u64::MAX), numbers.next().unwrap_or(u64::MAX), id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::{Event, Range};

    fn part(id: &str, aliases: &[&str]) -> Part {
        let range = Range { events: vec![Event::Introduced("0".to_owned()), Event::Fixed(id.len().to_string())] };
        Part {
            advisory: Advisory {
                id: id.to_owned(),
                aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
                affected: vec![Affected { ranges: vec![range], ..Affected::default() }],
                ..Advisory::default()
            },
            cvss: 0,
            has_summary: false,
        }
    }

    fn ids(parts: Vec<Part>) -> Vec<String> {
        merge(parts).iter().map(|advisory| advisory.ids().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn records_that_share_an_alias_are_one() {
        // The first and the last have nothing in common but what is between them.
        let parts = vec![
            part("GHSA-a", &["CVE-2021-2"]),
            part("OTHER-1", &[]),
            part("PYSEC-2021-1", &["CVE-2021-2", "SNYK-1"]),
            part("pyup.io-7", &["SNYK-1"]),
        ];
        assert_eq!(ids(parts), ["CVE-2021-2 GHSA-a PYSEC-2021-1 SNYK-1 pyup.io-7", "OTHER-1"]);
        // One that comes late joins two.
        let parts = vec![part("X-1", &["A-1"]), part("X-2", &["B-1"]), part("X-3", &["A-1", "B-1"])];
        assert_eq!(ids(parts).len(), 1);
    }

    #[test]
    fn the_order_of_records_does_not_matter() {
        let make = |order: [usize; 3]| {
            let all = [("GHSA-a", ["CVE-2021-2"]), ("PYSEC-2021-10", ["CVE-2021-2"]), ("PYSEC-2021-9", ["GHSA-b"])];
            merge(order.map(|at| part(all[at].0, &all[at].1)).into())
        };
        assert_eq!(make([0, 1, 2]), make([2, 1, 0]));
        assert_eq!(make([0, 1, 2]), make([1, 2, 0]));
    }

    #[test]
    fn the_best_id_is_shown() {
        assert_eq!(ids(vec![part("GHSA-a", &["PYSEC-2021-9"])]), ["PYSEC-2021-9 GHSA-a"]);
        assert_eq!(ids(vec![part("MAL-2024-1", &["X-1"])]), ["MAL-2024-1 X-1"]);
        // The first of several, by their numbers.
        assert_eq!(ids(vec![part("X", &["CVE-2021-10000", "CVE-2021-9999"])])[0], "CVE-2021-9999 CVE-2021-10000 X");
    }

    #[test]
    fn what_all_records_say_is_kept() {
        let mut a = part("PYSEC-1", &["CVE-1"]);
        a.advisory.summary = "The first line of a text".to_owned();
        a.advisory.score = Some(9.8);
        a.advisory.vector = Some("CVSS:3.1/…".to_owned());
        a.cvss = 31;
        let mut b = part("GHSA-long", &["CVE-1"]);
        b.advisory.summary = "A summary".to_owned();
        b.has_summary = true;
        b.advisory.score = Some(8.7);
        b.cvss = 40;
        b.advisory.symbols = vec!["a.b".to_owned()];
        b.advisory.severity = Some("HIGH".to_owned());
        let merged = merge(vec![a, b]).remove(0);
        assert_eq!(merged.summary, "A summary");
        assert_eq!((merged.score, merged.vector), (Some(8.7), None));
        assert_eq!(merged.affected.len(), 2);
        assert_eq!(merged.symbols, ["a.b"]);
        assert_eq!(merged.severity.as_deref(), Some("HIGH"));
        // What two records say alike is there once.
        assert_eq!(merge(vec![part("X-1", &["A-1"]), part("X-2", &["A-1"])])[0].affected.len(), 1);
    }
}
