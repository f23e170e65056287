//! Brings an index up to date.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use seriema_deps::index::Malformed;
use seriema_deps::{Builder, Index, IndexError, Info};

use crate::address::Address;
use crate::client::{Client, Watch};
use crate::fetch::{Download, Problem, download, fetch_if_other};
use crate::kept::{Feed, Kept, Validators, hash, usable};

/// The largest export that is fetched. PyPI's has some 30 MB.
const MAX_EXPORT: u64 = 1 << 30;
/// The largest file of scores or of exploited vulnerabilities that is fetched. Both have one or two megabytes.
const MAX_FEED: u64 = 64 << 20;
/// How old a temporary file is that nobody writes any more.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// What to bring up to date, from where.
#[derive(Clone, Debug)]
pub struct Update {
    /// The index.
    pub index: PathBuf,
    /// OSV's export.
    pub osv: Address,
    /// EPSS' scores.
    pub epss: Option<Address>,
    /// CISA's catalogue of exploited vulnerabilities.
    pub kev: Option<Address>,
    /// The day.
    pub today: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Updated {
    /// The index is as its sources still are.
    Current(Info),
    /// It was made anew. Records that could not be read are named, the first of them.
    Made(Info, Vec<Malformed>),
}

/// Why an index is not up to date. The one that was there is what it was.
#[derive(Debug)]
pub enum UpdateError {
    /// Something cannot be fetched.
    Fetch(Problem),
    /// What was fetched is not what it should be.
    Content(Problem),
    /// The index cannot be written.
    Index(IndexError),
    /// What is kept beside it cannot be read or written.
    Kept(PathBuf, io::Error),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(problem) | Self::Content(problem) => problem.fmt(f),
            Self::Index(error) => error.fmt(f),
            Self::Kept(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for UpdateError {}

impl From<Problem> for UpdateError {
    fn from(problem: Problem) -> Self {
        Self::Fetch(problem)
    }
}

/// Something small that an index is made of besides OSV's export.
struct Small<'u> {
    address: &'u Address,
    add: fn(&mut Builder, &Path, &[u8]) -> Result<(), IndexError>,
    fetched: Option<(Vec<u8>, Validators)>,
}

/// Fetches what an index is made of, if it is not the same as the last time, and makes it anew. The old one is replaced as a
/// whole when the new one is on disk, and stays what it is when anything goes wrong.
///
/// # Errors
/// When something cannot be fetched, is not what it should be, or cannot be written.
pub fn update(client: &Client, update: &Update, watch: &dyn Watch) -> Result<Updated, UpdateError> {
    let lost = |error| UpdateError::Kept(update.index.clone(), error);
    if let Some(directory) = update.index.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).map_err(|error| UpdateError::Kept(directory.to_owned(), error))?;
        sweep(directory);
    }
    let mut kept = Kept::open(&update.index, watch).map_err(lost)?;
    let mut small: Vec<Small<'_>> = Vec::new();
    small.extend(update.epss.as_ref().map(|address| Small { address, add: Builder::add_epss_bytes, fetched: None }));
    small.extend(update.kev.as_ref().map(|address| Small { address, add: Builder::add_kev_bytes, fetched: None }));

    // What the index was made of, if that is what it is to be made of now.
    let wanted: Vec<u64> =
        std::iter::once(&update.osv).chain(small.iter().map(|small| small.address)).map(hash).collect();
    let known: Option<Vec<Feed>> = usable(&update.index)
        .and_then(|index| kept.feeds(&index).map(<[Feed]>::to_vec))
        .filter(|feeds| feeds.iter().map(|feed| feed.url).eq(wanted.iter().copied()))
        .filter(|feeds| !feeds.iter().any(|feed| feed.validators.is_none()));

    let of = |number: usize| known.as_ref().and_then(|feeds| feeds.get(number)).map(|feed| &feed.validators);
    let mut osv = download(client, &update.osv, of(0), &mut kept, MAX_EXPORT, watch)?;
    if osv == Download::Same {
        for (number, small) in small.iter_mut().enumerate() {
            small.fetched = fetch_if_other(client, small.address, of(number + 1), MAX_FEED, watch)?;
        }
        if small.iter().all(|small| small.fetched.is_none()) {
            return current(update, &mut kept, known.unwrap_or_default());
        }
        // An index is made of all its sources at once.
        osv = download(client, &update.osv, None, &mut kept, MAX_EXPORT, watch)?;
    }
    for small in small.iter_mut().filter(|small| small.fetched.is_none()) {
        small.fetched = fetch_if_other(client, small.address, None, MAX_FEED, watch)?;
    }
    let Download::Whole(validators) = osv else {
        unreachable!("nothing is the same as what is not known");
    };

    let built = build(update, &small, &kept);
    // Used or unusable: in neither case is it to be gone on with.
    kept.drop_part().map_err(lost)?;
    let builder = built?;
    let malformed = builder.malformed().to_vec();
    let info = builder.write(&update.index).map_err(UpdateError::Index)?;
    let mut feeds = vec![Feed { url: hash(&update.osv), validators }];
    feeds.extend(small.into_iter().filter_map(|small| {
        let (_, validators) = small.fetched?;
        Some(Feed { url: hash(small.address), validators })
    }));
    remember(&update.index, &mut kept, feeds)?;
    Ok(Updated::Made(info, malformed))
}

/// Says that the index is as new as today.
fn current(update: &Update, kept: &mut Kept, feeds: Vec<Feed>) -> Result<Updated, UpdateError> {
    let info = Index::open(&update.index).map_err(UpdateError::Index)?.info().clone();
    if info.made >= update.today {
        return Ok(Updated::Current(info));
    }
    let info = Index::redate(&update.index, &update.today).map_err(UpdateError::Index)?;
    remember(&update.index, kept, feeds)?;
    Ok(Updated::Current(info))
}

fn remember(index: &Path, kept: &mut Kept, feeds: Vec<Feed>) -> Result<(), UpdateError> {
    let bytes = Index::read_bytes(index).map_err(UpdateError::Index)?;
    kept.keep(&bytes, feeds).map_err(|error| UpdateError::Kept(index.to_owned(), error))
}

fn build(update: &Update, small: &[Small<'_>], kept: &Kept) -> Result<Builder, UpdateError> {
    let bytes = kept.bytes().map_err(|error| UpdateError::Kept(update.index.clone(), error))?;
    let content = |address: &Address, error: IndexError| {
        let what = match error {
            IndexError::Source(_, what) => what,
            other => other.to_string(),
        };
        UpdateError::Content(Problem { address: address.to_string(), what })
    };
    let mut builder = Builder::new(&update.today);
    builder.add_export(&update.osv.to_string(), &bytes).map_err(|error| content(&update.osv, error))?;
    let (records, malformed) = (builder.info().records, builder.info().malformed);
    if records == 0 || malformed > records {
        let what =
            format!("this is no export of OSV's records of PyPI ({records} are in it, {malformed} cannot be read)");
        return Err(UpdateError::Content(Problem { address: update.osv.to_string(), what }));
    }
    for small in small {
        let Some((bytes, _)) = &small.fetched else { continue };
        let name = small.address.to_string();
        (small.add)(&mut builder, Path::new(&name), bytes).map_err(|error| content(small.address, error))?;
    }
    Ok(builder)
}

/// Removes what updates left that were killed while they wrote.
fn sweep(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(Builder::TEMPORARY) {
            continue;
        }
        let modified = entry.metadata().ok().filter(std::fs::Metadata::is_file).and_then(|data| data.modified().ok());
        let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}
