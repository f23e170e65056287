//! `seriema db`, and the index of advisories that other commands look into.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use seriema_deps::builtin::{Builtin, WithSymbols};
use seriema_deps::index::Malformed;
use seriema_deps::{Advisories, Builder, Index, Info, Name};
use seriema_osv::{Address, Client, Options, Update, Updated, fetch};
use seriema_report::visible_line;

use crate::Exit;
use crate::cache::data_directory;
use crate::cli::{DbArgs, DbCommand, DbFormat, DbImportArgs, DbUpdateArgs};
use crate::config::today;
use crate::progress::Fetching;

/// The index in the user's data directory.
const FILE: &str = "advisories.index";
/// Days after which an index is said to be old, where nobody says otherwise.
pub(crate) const MAX_AGE: u32 = 7;
/// OSV's records of PyPI, <https://google.github.io/osv.dev/data/>.
const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip";
/// Today's EPSS scores, <https://www.first.org/epss/data_stats>.
const EPSS: &str = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";
/// CISA's catalogue, <https://www.cisa.gov/known-exploited-vulnerabilities-catalog>.
const KEV: &str = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
/// Says where OSV's export is fetched from.
const MIRROR: &str = "SERIEMA_OSV_URL";
/// Most bytes that are fetched of a source.
const MAX_SOURCE: u64 = 1 << 30;

pub(crate) fn run(args: &DbArgs) -> Result<Exit> {
    match &args.command {
        DbCommand::Update(update) => return bring_up_to_date(update),
        DbCommand::Import(import) => {
            let file = place(import.place.db.as_deref())?;
            let info = take(import, &file)?;
            tell(&file, &info)?;
        }
        DbCommand::Export(export) => {
            let file = existing(export.place.db.as_deref())?;
            let info = Index::install(&file, Index::read_bytes(&file)?, &export.file)?;
            tell(&export.file, &info)?;
        }
        DbCommand::Info(info) => {
            let file = existing(info.place.db.as_deref())?;
            let index = Index::open(&file)?;
            match info.format {
                DbFormat::Text => tell(&file, index.info())?,
                DbFormat::Json => tell_json(&file, &index)?,
            }
        }
    }
    Ok(Exit::Clean)
}

/// `seriema db update`
fn bring_up_to_date(args: &DbUpdateArgs) -> Result<Exit> {
    let index = place(args.place.db.as_deref())?;
    let osv = match (&args.from, std::env::var(MIRROR)) {
        (Some(from), _) => Address::named(from).with_context(|| format!("--from {}", visible_line(from)))?,
        (None, Ok(mirror)) if !mirror.trim().is_empty() => Address::ambient(&mirror).context(MIRROR)?,
        _ => Address::ambient(OSV)?,
    };
    let optional = |named: &Option<String>, usual: &str| -> Result<Option<Address>> {
        named
            .as_deref()
            .map(|url| if url.is_empty() { Address::ambient(usual) } else { Address::named(url) })
            .transpose()
            .map_err(Into::into)
    };
    let (epss, kev) = (optional(&args.epss, EPSS)?, optional(&args.kev, KEV)?);
    let before = Index::open(&index).ok().map(|index| index.info().clone());
    let update = Update { index, osv, epss, kev, today: today().to_string() };
    let progress = Fetching::new(!args.quiet);
    let updated = seriema_osv::update(&Client::new(Options::default()), &update, &progress);
    progress.finish();
    match updated {
        Ok(Updated::Current(info)) => {
            let mut out = std::io::stdout().lock();
            writeln!(out, "Nothing is newer than what the index has.")?;
            drop(out);
            tell(&update.index, &info)?;
        }
        Ok(Updated::Made(info, malformed)) => {
            name(&malformed);
            if let Some(before) = &before {
                for (what, option, had, has) in [
                    ("EPSS scores", "--epss", &before.epss, &info.epss),
                    ("CISA's catalogue", "--kev", &before.kev, &info.kev),
                ] {
                    if had.is_some() && has.is_none() {
                        eprintln!("note: {what} were in the index and are not any more: {option} fetches them");
                    }
                }
            }
            tell(&update.index, &info)?;
        }
        Err(error) => {
            eprintln!("error: {}", visible_line(&error.to_string()));
            match Index::open(&update.index) {
                Ok(old) => {
                    eprintln!("  the index of {} is as it was, and goes on to be used", visible_line(&old.info().made))
                }
                Err(_) => eprintln!("  there is no index yet: `seriema deps` has nothing to look into"),
            }
            eprintln!(
                "  try again later, what was fetched is gone on with; HTTPS_PROXY names a proxy, --from a mirror, and \
                 `seriema db import FILE` takes a file that came another way"
            );
            return Ok(Exit::Incomplete);
        }
    }
    Ok(Exit::Clean)
}

/// `seriema db import`
fn take(args: &DbImportArgs, file: &Path) -> Result<Info> {
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    }
    let mut builder = Builder::new(&today().to_string());
    for source in &args.sources {
        let fetched = url(source).map(|url| fetched(&url)).transpose()?;
        let is_index = match &fetched {
            Some((_, bytes)) => Index::is_index(bytes),
            None => begins_as_index(source),
        };
        if is_index {
            if args.sources.len() > 1 {
                bail!("{}: an index is whole, and taken by itself", visible_line(&source.to_string_lossy()));
            }
            let (from, bytes) = match fetched {
                Some((address, bytes)) => (PathBuf::from(address.to_string()), bytes),
                None => (source.clone(), Index::read_bytes(source)?),
            };
            return Ok(Index::install(&from, bytes, file)?);
        }
        match fetched {
            Some((address, bytes)) => add_fetched(&mut builder, &address, &bytes)?,
            None => add(&mut builder, source)?,
        }
    }
    name(builder.malformed());
    Ok(builder.write(file)?)
}

/// A source's URL, if it is one and no file.
fn url(source: &Path) -> Option<String> {
    let text = source.to_str()?;
    let is_url = ["https://", "http://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    is_url.then(|| text.to_owned())
}

fn fetched(url: &str) -> Result<(Address, Vec<u8>)> {
    let address = Address::named(url)?;
    let progress = Fetching::new(true);
    let bytes = fetch(&Client::new(Options::default()), &address, MAX_SOURCE, &progress);
    progress.finish();
    Ok((address, bytes?))
}

fn begins_as_index(path: &Path) -> bool {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut start = Vec::new();
        if path.is_file() {
            std::io::Read::read_to_end(&mut std::io::Read::take(std::fs::File::open(path)?, 64), &mut start)?;
        }
        Ok(start)
    };
    read().is_ok_and(|start| Index::is_index(&start))
}

fn add_fetched(builder: &mut Builder, address: &Address, bytes: &[u8]) -> Result<()> {
    let shown = address.to_string();
    let path = Path::new(&shown);
    match kind(path) {
        Kind::Epss => builder.add_epss_bytes(path, bytes)?,
        Kind::Kev => builder.add_kev_bytes(path, bytes)?,
        Kind::Records if bytes.starts_with(b"PK") => builder.add_export(&shown, bytes)?,
        Kind::Records => builder.add_bytes(path, bytes)?,
    }
    Ok(())
}

fn name(malformed: &[Malformed]) {
    for malformed in malformed {
        eprintln!("note: {}", visible_line(&format!("{}: {}", malformed.path, malformed.reason)));
    }
}

/// Adds a source: what a file's name says is of scores or of exploited vulnerabilities is read as that.
fn add(builder: &mut Builder, source: &Path) -> Result<()> {
    match kind(source) {
        Kind::Epss => builder.add_epss(source)?,
        Kind::Kev => builder.add_kev(source)?,
        Kind::Records => builder.add_source(source)?,
    }
    Ok(())
}

/// What a source holds.
enum Kind {
    Epss,
    Kev,
    Records,
}

fn kind(source: &Path) -> Kind {
    let name = source.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.starts_with("epss") {
        Kind::Epss
    } else if name.contains("exploited_vulnerabilities") {
        Kind::Kev
    } else {
        Kind::Records
    }
}

/// The advisories about packages: of a file that is named, or of the user's index. Those that are built in when there is no such. An index that is
/// older than so many days is said to be.
pub(crate) fn open(named: Option<&Path>, names: Vec<Name>, most_days: u32) -> Result<Option<Box<dyn Advisories>>> {
    let file = match named {
        Some(file) => file.to_owned(),
        None => match place(None) {
            Ok(file) if file.exists() => file,
            _ => return Ok(Some(Box::new(Builtin))),
        },
    };
    let is_source = file.is_dir() || file.extension().is_some_and(|end| end == "zip" || end == "json" || end == "yaml");
    if is_source {
        let mut builder = Builder::only(&today().to_string(), names);
        builder.add_source(&file)?;
        return Ok(Some(Box::new(WithSymbols(builder.into_memory()?))));
    }
    let index = Index::open(&file)?;
    let known = known_until(index.info());
    if let Some(days) = days_since(known).filter(|days| *days > i64::from(most_days)) {
        eprintln!(
            "note: the index is of {}, {days} days old: what was published since is not looked for; `seriema db update` fetches it",
            visible_line(known)
        );
    }
    Ok(Some(Box::new(WithSymbols(index))))
}

/// The day up to which an index knows what there is: that on which it was fetched. One of files may be of older ones, and the
/// newest record in it says how old.
fn known_until(info: &Info) -> &str {
    let made = info.made.as_str();
    if info.sources.iter().any(|source| source.name.starts_with("https://") || source.name.starts_with("http://")) {
        return made;
    }
    match info.newest.get(..10) {
        Some(newest) if newest < made => newest,
        _ => made,
    }
}

fn days_since(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(i64::from(today().since(day).ok()?.get_days()))
}

/// The index that is named or the user's, which has to be there.
fn existing(named: Option<&Path>) -> Result<PathBuf> {
    let file = place(named)?;
    if !file.exists() {
        bail!(
            "{}: there is no index; `seriema db update` fetches it, `seriema db import` makes it of files",
            file.display()
        );
    }
    Ok(file)
}

fn place(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    let directory = data_directory().context("there is no home directory: name a file with --db")?;
    Ok(directory.join(FILE))
}

/// For programs: what [`tell`] says.
fn tell_json(file: &Path, index: &Index) -> Result<()> {
    let info = serde_json::to_value(index.info())?;
    let mut all = serde_json::json!({ "file": file.to_string_lossy(), "size": index.size(), "known_until": known_until(index.info()) });
    if let (Some(all), serde_json::Value::Object(info)) = (all.as_object_mut(), info) {
        all.extend(info);
    }
    writeln!(std::io::stdout().lock(), "{all:#}")?;
    Ok(())
}

fn tell(file: &Path, info: &Info) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", visible_line(&file.to_string_lossy()))?;
    writeln!(out, "  made      {}", info.made)?;
    writeln!(out, "  newest    {}", visible_line(&info.newest))?;
    let (known, packages, records) = (info.vulnerabilities, info.packages, info.records);
    writeln!(out, "  holds     {known} vulnerabilities of {packages} packages, from {records} records")?;
    let (withdrawn, malformed, foreign) = (info.withdrawn, info.malformed, info.foreign);
    writeln!(out, "  left out  {withdrawn} withdrawn, {malformed} malformed, {foreign} of other ecosystems")?;
    for (title, day) in [("EPSS", &info.epss), ("KEV", &info.kev)] {
        if let Some(day) = day {
            writeln!(out, "  {title:<8}  {}", visible_line(day))?;
        }
    }
    for source in &info.sources {
        writeln!(out, "  from      {} ({} records)", visible_line(&source.name), source.records)?;
    }
    Ok(())
}
