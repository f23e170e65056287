//! Advisories that come with the program: the most consequential ones of popular packages, with the symbols through which a
//! program reaches them (`advisories/PACKAGE.toml`, see `docs/advisories.md`). They answer where there is no index, and lend
//! their symbols to the advisories of one.

#[cfg(test)]
mod file;
mod raw;

use std::sync::LazyLock;

use serde::Deserialize;

use crate::advisory::{Advisory, Affected, PackageData, Part, affected_by, merge, score};
use crate::index::{Advisories, IndexError};
use crate::manifest::Name;

use raw::Raw;

const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/builtin.bin"));

static KEPT: LazyLock<Kept<'static>> =
    LazyLock::new(|| postcard::from_bytes(EMBEDDED).unwrap_or_else(|_| unreachable!("the build script wrote it")));

/// Everything, as it lies in the program.
#[derive(Deserialize)]
struct Kept<'b> {
    advisories: usize,
    newest: &'b str,
    #[serde(borrow)]
    commands: Vec<&'b str>,
    #[serde(borrow)]
    imports: Vec<(&'b str, Vec<&'b str>)>,
    #[serde(borrow)]
    packages: Vec<(&'b str, &'b [u8])>,
}

/// How much the built-in advisories are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The day that the newest of them was published.
    pub newest: &'static str,
    /// How many there are, counted by package.
    pub advisories: usize,
    /// Packages that they are about.
    pub packages: usize,
}

/// How much the built-in advisories are.
#[must_use]
pub fn info() -> Info {
    Info { newest: KEPT.newest, advisories: KEPT.advisories, packages: KEPT.packages.len() }
}

/// The packages that they are about, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    KEPT.packages.iter().map(|(name, _)| *name)
}

/// The symbols of the advisories about a package that have one of some ids, sorted; none where nothing is known.
///
/// A symbol is the path of a public function, class or method as programs write it (`yaml.load`,
/// `tarfile.TarFile.extractall`). One that ends in `.*` stands for all that is below it, and `*` for any use of the package.
#[must_use]
pub fn symbols<'i>(package: &Name, ids: impl IntoIterator<Item = &'i str>) -> Vec<String> {
    let known = kept(package);
    if known.iter().all(|raw| raw.symbols.is_empty()) {
        return Vec::new();
    }
    let ids: Vec<&str> = ids.into_iter().collect();
    let has_id = |raw: &Raw| std::iter::once(&raw.id).chain(&raw.aliases).any(|id| ids.contains(&id.as_str()));
    let mut symbols: Vec<String> = known.into_iter().filter(has_id).flat_map(|raw| raw.symbols).collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

/// The names by which a package is imported, dotted below a namespace that others share (`google.cloud.storage`). Where they
/// are not known to differ: the package's name, with `_` for `-`.
#[must_use]
pub fn imports(package: &Name) -> Vec<String> {
    match KEPT.imports.binary_search_by(|(name, _)| (*name).cmp(package.as_str())) {
        Ok(at) => KEPT.imports[at].1.iter().map(|&name| name.to_owned()).collect(),
        Err(_) => vec![package.as_str().replace('-', "_")],
    }
}

/// Whether a package is mostly run by its command (`gunicorn`): that nothing imports it does not mean that it is not used.
#[must_use]
pub fn is_command(package: &Name) -> bool {
    KEPT.commands.binary_search(&package.as_str()).is_ok()
}

/// The built-in advisories.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

impl Advisories for Builtin {
    fn about(&self, name: &Name) -> Result<Vec<Advisory>, IndexError> {
        Ok(merge(kept(name).into_iter().map(part).collect()))
    }

    fn limits(&self) -> Option<String> {
        let Info { newest, advisories, packages } = info();
        Some(format!(
            "only the {advisories} built-in advisories of {packages} packages were looked into, the newest of {newest}; \
             `seriema db update` fetches all that OSV knows, and `seriema deps --online` asks it without keeping any"
        ))
    }
}

/// Advisories whose symbols are filled in from the built-in ones.
#[derive(Debug)]
pub struct WithSymbols<A>(pub A);

impl<A: Advisories> Advisories for WithSymbols<A> {
    fn about(&self, name: &Name) -> Result<Vec<Advisory>, IndexError> {
        let mut about = self.0.about(name)?;
        for advisory in &mut about {
            let symbols = symbols(name, advisory.ids());
            if !symbols.is_empty() {
                advisory.symbols.extend(symbols);
                advisory.symbols.sort_unstable();
                advisory.symbols.dedup();
            }
        }
        Ok(about)
    }

    fn limits(&self) -> Option<String> {
        self.0.limits()
    }
}

/// What is kept of a package.
fn kept(name: &Name) -> Vec<Raw> {
    let Ok(at) = KEPT.packages.binary_search_by(|(package, _)| (*package).cmp(name.as_str())) else {
        return Vec::new();
    };
    postcard::from_bytes(KEPT.packages[at].1).unwrap_or_else(|_| unreachable!("the build script wrote it"))
}

fn part(raw: Raw) -> Part {
    let mut data = PackageData::default();
    for specifiers in &raw.affected {
        // A test has read all of them.
        let _ = affected_by(specifiers, &mut data);
    }
    let (vector_score, cvss) = raw.cvss.as_deref().and_then(score).unzip();
    let url = url(&raw);
    let advisory = Advisory {
        id: raw.id,
        aliases: raw.aliases,
        summary: raw.summary,
        score: vector_score,
        vector: raw.cvss,
        severity: raw.severity,
        weaknesses: raw.cwes,
        url,
        published: Some(raw.published),
        symbols: raw.symbols,
        affected: vec![Affected { ranges: data.ranges, ..Affected::default() }],
        ..Advisory::default()
    };
    Part { advisory, cvss: cvss.unwrap_or_default(), has_summary: true }
}

/// Where to read more: OSV has each under any of its ids.
fn url(raw: &Raw) -> Option<String> {
    Some(format!("https://osv.dev/vulnerability/{}", raw.id))
}

#[cfg(test)]
mod tests;
