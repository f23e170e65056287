//! Making an index of its sources.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::feeds::{Epss, Kev};
use super::source::{self, Malformed, Reading};
use super::{Index, IndexError, Info, Source, file};
use crate::advisory::{Advisory, Affected, Part, Range, Record, VersionTable, Versions, merge};
use crate::manifest::Name;

/// How many malformed records are kept to be shown; all are counted.
const SHOWN: usize = 100;
/// The largest file of scores or of exploited vulnerabilities.
const MAX_FEED: u64 = 256 << 20;

/// Makes an index.
#[derive(Default)]
pub struct Builder {
    /// Packages that are asked for; all when there is none.
    names: Option<FxHashSet<Name>>,
    packages: BTreeMap<Name, Package>,
    info: Info,
    malformed: Vec<Malformed>,
    epss: Option<Epss>,
    kev: Option<Kev>,
}

/// What was read of a package.
#[derive(Default)]
struct Package {
    /// Versions as they are written, each once, and where each is.
    versions: Vec<Arc<str>>,
    at: FxHashMap<Arc<str>, u32>,
    parts: Vec<(Part, Vec<Listed>)>,
}

/// Affected versions, until the package's table is made.
struct Listed {
    versions: Vec<u32>,
    ranges: Vec<Range>,
}

impl Package {
    fn version(&mut self, written: &str) -> u32 {
        if let Some(at) = self.at.get(written) {
            return *at;
        }
        let at = u32::try_from(self.versions.len()).unwrap_or(u32::MAX);
        let written: Arc<str> = written.into();
        self.versions.push(Arc::clone(&written));
        self.at.insert(written, at);
        at
    }

    /// Its advisories, and the table that their versions are of.
    fn finish(self) -> (Arc<VersionTable>, Vec<Advisory>) {
        let Self { versions, parts, .. } = self;
        let table = Arc::new(VersionTable::new(versions.iter().map(AsRef::as_ref)));
        let parts = parts.into_iter().map(|(mut part, listed)| {
            for Listed { versions: indices, ranges } in listed {
                let written = indices.iter().filter_map(|at| versions.get(*at as usize).map(AsRef::as_ref));
                let affected = Affected { versions: Versions::of(&table, written), ranges };
                if !part.advisory.affected.contains(&affected) {
                    part.advisory.affected.push(affected);
                }
            }
            part
        });
        let advisories = merge(parts.collect());
        (table, advisories)
    }
}

impl Builder {
    /// What the names of temporary files begin with that [`Builder::write`] makes beside an index.
    pub const TEMPORARY: &str = ".advisories-";

    /// One that has read nothing. `made` is the day that the index says it was made.
    #[must_use]
    pub fn new(made: &str) -> Self {
        Self { info: Info { made: made.to_owned(), ..Info::default() }, ..Self::default() }
    }

    /// One that reads only what is about some packages. What is not is passed over by its bytes.
    #[must_use]
    pub fn only(made: &str, names: impl IntoIterator<Item = Name>) -> Self {
        Self { names: Some(names.into_iter().collect()), ..Self::new(made) }
    }

    /// Reads a source: OSV's zip, a directory of records (JSON, or YAML as in PyPA's database), a record, a file of safety-db.
    /// What is malformed in it is counted.
    ///
    /// # Errors
    ///
    /// When it cannot be read at all.
    pub fn add_source(&mut self, path: &Path) -> Result<(), IndexError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.add(name, |names, visit| source::read(path, names, visit))
    }

    /// Reads a source that is in memory; `path` is its name.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::add_source`].
    pub fn add_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.add(name, |names, visit| source::read_bytes(path, bytes, names, visit))
    }

    /// Reads OSV's export as it was fetched; `name` says where from. It is all of it or nothing: one member that is damaged, and
    /// whoever calls this is to leave what was read.
    ///
    /// # Errors
    ///
    /// When it is no archive, or not what was sent.
    pub fn add_export(&mut self, name: &str, bytes: &[u8]) -> Result<(), IndexError> {
        self.add(name.to_owned(), |names, visit| source::read_export(Path::new(name), bytes, names, visit))
    }

    /// Reads records that came one by one, each with its name; `name` says where from.
    pub fn add_records<'r>(&mut self, name: &str, records: impl IntoIterator<Item = (&'r str, &'r [u8])>) {
        // Each was asked for, so one that names no package is not passed over, but malformed.
        let added = self.add(name.to_owned(), |_, visit| {
            records.into_iter().for_each(|(shown, bytes)| source::one(shown, bytes, None, visit));
            Ok(())
        });
        debug_assert!(added.is_ok(), "records are read one by one");
    }

    fn add(
        &mut self,
        name: String,
        read: impl FnOnce(Option<&FxHashSet<Name>>, &mut dyn FnMut(Reading)) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let names = self.names.take();
        let mut source = Source { name, records: 0 };
        let result = read(names.as_ref(), &mut |read| {
            source.records += 1;
            match read {
                Reading::Record(record) => self.add_record(*record, names.as_ref()),
                Reading::Malformed(malformed) => {
                    self.info.malformed += 1;
                    if self.malformed.len() < SHOWN {
                        self.malformed.push(malformed);
                    }
                }
                Reading::Other => {}
            }
        });
        self.names = names;
        self.info.sources.push(source);
        result
    }

    fn add_record(&mut self, record: Record, names: Option<&FxHashSet<Name>>) {
        if record.is_withdrawn {
            self.info.withdrawn += 1;
            return;
        }
        if record.packages.is_empty() {
            self.info.foreign += 1;
            return;
        }
        self.info.records += 1;
        if record.modified > self.info.newest {
            self.info.newest.clone_from(&record.modified);
        }
        let (cvss, score, vector) = match record.vector {
            Some((cvss, score, vector)) => (cvss, Some(score), Some(vector)),
            None => (0, None, None),
        };
        let is_malicious =
            record.id.starts_with("MAL-") || record.aliases.iter().any(|alias| alias.starts_with("MAL-"));
        let advisory = Advisory {
            id: record.id,
            aliases: record.aliases,
            summary: record.summary,
            score,
            vector,
            severity: record.severity,
            weaknesses: record.weaknesses,
            url: record.url,
            published: record.published,
            is_malicious,
            ..Advisory::default()
        };
        // A record may say several things of a package.
        let mut by_name: BTreeMap<Name, (Vec<Listed>, Vec<String>)> = BTreeMap::new();
        for (name, data) in record.packages {
            if names.is_some_and(|names| !names.contains(&name)) {
                continue;
            }
            let package = self.packages.entry(name.clone()).or_default();
            let versions = data.versions.iter().map(|version| package.version(version)).collect();
            let of_name = by_name.entry(name).or_default();
            of_name.0.push(Listed { versions, ranges: data.ranges });
            of_name.1.extend(data.symbols);
        }
        for (name, (listed, symbols)) in by_name {
            let advisory = Advisory { symbols, ..advisory.clone() };
            let part = Part { advisory, cvss, has_summary: record.has_summary };
            self.packages.entry(name).or_default().parts.push((part, listed));
        }
    }

    /// Reads EPSS' scores: a CSV file, packed with gzip or not.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn add_epss(&mut self, path: &Path) -> Result<(), IndexError> {
        let bytes = source::read_file(path, MAX_FEED).map_err(|error| IndexError::Io(path.to_owned(), error))?;
        self.add_epss_bytes(path, &bytes)
    }

    /// The same, of what is in memory; `path` is its name.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn add_epss_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
        let epss = Epss::read(bytes).map_err(|what| IndexError::Source(path.to_owned(), what))?;
        self.info.epss = Some(epss.date.clone().unwrap_or_default());
        self.epss = Some(epss);
        Ok(())
    }

    /// Reads CISA's catalogue of exploited vulnerabilities, JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn add_kev(&mut self, path: &Path) -> Result<(), IndexError> {
        let bytes = source::read_file(path, MAX_FEED).map_err(|error| IndexError::Io(path.to_owned(), error))?;
        self.add_kev_bytes(path, &bytes)
    }

    /// The same, of what is in memory; `path` is its name.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn add_kev_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<(), IndexError> {
        let kev = Kev::read(bytes).map_err(|what| IndexError::Source(path.to_owned(), what))?;
        self.info.kev = Some(kev.date.clone().unwrap_or_default());
        self.kev = Some(kev);
        Ok(())
    }

    /// What was read so far; what is counted by package is not counted yet.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Records that could not be read, the first of them.
    #[must_use]
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// Writes the index to a file, as a whole or not at all, and says what is in it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(self, path: &Path) -> Result<Info, IndexError> {
        let (info, bytes) = self.finish(path)?;
        file::replace(path, &bytes)?;
        Ok(info)
    }

    /// The index in memory.
    ///
    /// # Errors
    ///
    /// When there is more than an index holds.
    pub fn into_memory(self) -> Result<Index, IndexError> {
        let path = Path::new(self.info.sources.first().map_or("advisories", |source| &source.name)).to_owned();
        let (_, bytes) = self.finish(&path)?;
        Index::from_bytes(&path, bytes)
    }

    /// What the index is made of, and its bytes.
    pub(super) fn finish(mut self, path: &Path) -> Result<(Info, Vec<u8>), IndexError> {
        let mut packages = Vec::with_capacity(self.packages.len());
        for (name, package) in std::mem::take(&mut self.packages) {
            let (table, mut advisories) = package.finish();
            if advisories.is_empty() {
                continue;
            }
            for advisory in &mut advisories {
                if let Some(epss) = &self.epss {
                    advisory.epss = epss.score(advisory.ids());
                }
                if let Some(kev) = &self.kev {
                    advisory.is_exploited = kev.has(advisory.ids());
                }
            }
            self.info.vulnerabilities += advisories.len();
            packages.push((name.as_str().to_owned(), table, advisories));
        }
        self.info.packages = packages.len();
        let bytes = file::write(&self.info, packages.into_iter(), path)?;
        Ok((self.info, bytes))
    }
}
