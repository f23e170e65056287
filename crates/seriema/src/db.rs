//! `seriema db`, and the index of advisories that other commands look into.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use seriema_deps::builtin::{Builtin, WithSymbols};
use seriema_deps::{Advisories, Builder, Index, Info, Name};
use seriema_report::visible_line;

use crate::Exit;
use crate::cache::data_directory;
use crate::cli::{DbArgs, DbCommand};
use crate::config::today;

/// The index in the user's data directory.
const FILE: &str = "advisories.index";

pub(crate) fn run(args: &DbArgs) -> Result<Exit> {
    match &args.command {
        DbCommand::Import(import) => {
            let file = place(import.db.as_deref())?;
            let mut builder = Builder::new(&today().to_string());
            for source in &import.sources {
                add(&mut builder, source)?;
            }
            for malformed in builder.malformed() {
                eprintln!("note: {}", visible_line(&format!("{}: {}", malformed.path, malformed.reason)));
            }
            if let Some(directory) = file.parent() {
                std::fs::create_dir_all(directory)
                    .with_context(|| format!("{} cannot be made", directory.display()))?;
            }
            let info = builder.write(&file)?;
            tell(&file, &info)?;
        }
        DbCommand::Info(info) => {
            let file = place(info.db.as_deref())?;
            if !file.exists() {
                bail!("{}: there is no index; `seriema db import` makes it", file.display());
            }
            tell(&file, Index::open(&file)?.info())?;
        }
    }
    Ok(Exit::Clean)
}

/// Adds a source: what a file's name says is of scores or of exploited vulnerabilities is read as that.
fn add(builder: &mut Builder, source: &Path) -> Result<()> {
    let name = source.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.starts_with("epss") {
        builder.add_epss(source)?;
    } else if name.contains("exploited_vulnerabilities") {
        builder.add_kev(source)?;
    } else {
        builder.add_source(source)?;
    }
    Ok(())
}

/// The advisories about packages: of a file that is named, or of the user's index, or those that are built in.
pub(crate) fn open(named: Option<&Path>, names: Vec<Name>) -> Result<Option<Box<dyn Advisories>>> {
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
    Ok(Some(Box::new(WithSymbols(Index::open(&file)?))))
}

fn place(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    let directory = data_directory().context("there is no home directory: name a file with --db")?;
    Ok(directory.join(FILE))
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
