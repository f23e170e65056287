//! Versions that are listed. A popular package has hundreds of versions and of advisories, and each advisory lists most of
//! the versions: they share one table, and each knows its runs in it.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

/// Versions of a package as they are written, each once, in their order; what is no version comes last.
#[derive(Default)]
pub struct VersionTable {
    written: Vec<Box<str>>,
    /// Of those that are versions.
    parsed: Vec<Version>,
}

impl VersionTable {
    /// The table of some versions.
    pub(crate) fn new<'a>(written: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut versions, mut others) = (Vec::new(), Vec::new());
        for text in written {
            match Version::from_str(text) {
                Ok(version) => versions.push((version, Box::<str>::from(text))),
                Err(_) => others.push(Box::from(text)),
            }
        }
        versions.sort_unstable();
        versions.dedup_by(|a, b| a.1 == b.1);
        others.sort_unstable();
        others.dedup();
        let (parsed, mut written): (Vec<_>, Vec<_>) = versions.into_iter().unzip();
        written.append(&mut others);
        Self { written, parsed }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.written.len()
    }

    /// The version at an index, as it is written.
    pub(crate) fn written(&self, index: usize) -> Option<&str> {
        self.written.get(index).map(AsRef::as_ref)
    }

    /// Where those stand that are equal to a version, however they are written.
    fn equal(&self, version: &Version) -> Range<usize> {
        let start = self.parsed.partition_point(|other| other < version);
        let len = self.parsed[start..].partition_point(|other| other <= version);
        start..start + len
    }

    /// Where a text stands that is no version.
    fn other(&self, written: &str) -> Option<usize> {
        let others = &self.written[self.parsed.len()..];
        others.binary_search_by(|other| (**other).cmp(written)).ok().map(|at| at + self.parsed.len())
    }

    /// Where a version stands, by how it is written.
    fn position(&self, written: &str) -> Option<usize> {
        match Version::from_str(written) {
            Ok(version) => self.equal(&version).find(|at| &*self.written[*at] == written),
            Err(_) => self.other(written),
        }
    }
}

/// Some versions of a package.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Versions {
    table: Arc<VersionTable>,
    /// Runs of indices, in order, apart from each other.
    runs: Vec<(u32, u32)>,
}

impl Versions {
    /// The versions of a table that are written so; others are left out.
    pub(crate) fn of<'a>(table: &Arc<VersionTable>, written: impl IntoIterator<Item = &'a str>) -> Self {
        let mut indices: Vec<u32> =
            written.into_iter().filter_map(|text| u32::try_from(table.position(text)?).ok()).collect();
        indices.sort_unstable();
        indices.dedup();
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for index in indices {
            match runs.last_mut() {
                Some(run) if run.1 == index => run.1 += 1,
                _ => runs.push((index, index + 1)),
            }
        }
        Self { table: Arc::clone(table), runs }
    }

    /// The versions at some runs of a table's indices; none if there are no such indices.
    pub(crate) fn at(table: &Arc<VersionTable>, runs: Vec<(u32, u32)>) -> Option<Self> {
        let mut end = 0;
        for run in &runs {
            if run.0 < end || run.1 <= run.0 || run.1 as usize > table.len() {
                return None;
            }
            end = run.1;
        }
        Some(Self { table: Arc::clone(table), runs })
    }

    /// The runs of indices in the table.
    pub(crate) fn runs(&self) -> &[(u32, u32)] {
        &self.runs
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| (run.1 - run.0) as usize).sum()
    }

    /// They, as they are written, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.indices().filter_map(|index| self.table.written(index))
    }

    /// Those of them that are versions, in their order.
    pub fn parsed(&self) -> impl Iterator<Item = &Version> {
        self.indices().filter_map(|index| self.table.parsed.get(index))
    }

    /// Whether a version is one of them, by how it is written or by what it is.
    #[must_use]
    pub fn contains(&self, version: Option<&Version>, written: &str) -> bool {
        if self.runs.is_empty() {
            return false;
        }
        let has = |index: usize| {
            let after = self.runs.partition_point(|run| (run.0 as usize) <= index);
            after > 0 && index < self.runs[after - 1].1 as usize
        };
        match version {
            Some(version) => self.table.equal(version).any(has),
            None => self.table.other(written).is_some_and(has),
        }
    }

    fn indices(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().flat_map(|run| run.0 as usize..run.1 as usize)
    }
}

impl<'a> FromIterator<&'a str> for Versions {
    fn from_iter<I: IntoIterator<Item = &'a str>>(written: I) -> Self {
        let written: Vec<&str> = written.into_iter().collect();
        Self::of(&Arc::new(VersionTable::new(written.iter().copied())), written)
    }
}

impl From<Vec<String>> for Versions {
    fn from(written: Vec<String>) -> Self {
        written.iter().map(String::as_str).collect()
    }
}

impl From<Versions> for Vec<String> {
    fn from(versions: Versions) -> Self {
        versions.iter().map(str::to_owned).collect()
    }
}

impl PartialEq for Versions {
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.table, &other.table) { self.runs == other.runs } else { self.iter().eq(other.iter()) }
    }
}

impl Eq for Versions {}

impl fmt::Debug for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_contained_by_what_they_are_and_what_is_none_by_how_it_is_written() {
        let versions: Versions = ["1.0", "1.10", "1.2.0", "2004d", "custom build"].into_iter().collect();
        let has = |written: &str| versions.contains(Version::from_str(written).ok().as_ref(), written);
        for written in ["1.0", "1.0.0", "v1.0", "1.10", "1.2", "2004d", "custom build"] {
            assert!(has(written), "{written}");
        }
        for written in ["1", "1.0rc1", "1.0+local", "1!1.0", "1.1", "2004e", "custom", ""] {
            assert_eq!(has(written), written == "1", "{written}");
        }
        assert_eq!(versions.iter().collect::<Vec<_>>(), ["1.0", "1.2.0", "1.10", "2004d", "custom build"]);
    }

    #[test]
    fn versions_of_one_table_keep_their_runs() {
        let table = Arc::new(VersionTable::new(["3", "1", "2", "5", "4", "1"]));
        assert_eq!(table.len(), 5);
        let versions = Versions::of(&table, ["5", "1", "2", "9"]);
        assert_eq!(versions.runs(), [(0, 2), (4, 5)]);
        assert_eq!(versions.len(), 3);
        assert_eq!(Versions::at(&table, vec![(0, 2), (4, 5)]), Some(versions));
        for wrong in [vec![(4, 6)], vec![(2, 2)], vec![(2, 1)], vec![(2, 3), (1, 2)]] {
            assert_eq!(Versions::at(&table, wrong), None);
        }
    }
}
