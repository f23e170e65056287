//! Makes, describes and asks an advisory index, and says what it costs.
//!
//! ```text
//! index import OUT SOURCE... [--epss FILE] [--kev FILE]
//! index info INDEX
//! index query INDEX|SOURCE|builtin [NAME==VERSION...] [--pins FILE]
//! ```
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "an example is a front door")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Instant;

use pep440_rs::Version;
use seriema_deps::builtin::{Builtin, WithSymbols};
use seriema_deps::{Advisories, Builder, Index, IndexError, Info, Name, matching};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "import" && rest.len() > 1 => import(rest),
        Some((command, [path])) if command == "info" => {
            let start = Instant::now();
            let index = Index::open(Path::new(path))?;
            println!("opened in {:.3} ms, {} bytes", ms(start), index.size());
            show(index.info());
            Ok(())
        }
        Some((command, rest)) if command == "query" && !rest.is_empty() => query(rest),
        _ => Err("index import OUT SOURCE... | info INDEX | query INDEX NAME==VERSION...".into()),
    }
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn show(info: &Info) {
    println!(
        "made {}, newest {}; {} records about {} packages: {} vulnerabilities",
        info.made, info.newest, info.records, info.packages, info.vulnerabilities
    );
    println!("{} withdrawn, {} malformed, {} of other ecosystems", info.withdrawn, info.malformed, info.foreign);
    println!("EPSS {:?}, KEV {:?}", info.epss, info.kev);
    for source in &info.sources {
        println!("  {}: {} records", source.name, source.records);
    }
}

fn import(args: &[String]) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut builder = Builder::new("today");
    let mut args = args.iter();
    let out = PathBuf::from(args.next().ok_or("no file")?);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--epss" => builder.add_epss(Path::new(args.next().ok_or("no file")?))?,
            "--kev" => builder.add_kev(Path::new(args.next().ok_or("no file")?))?,
            path => builder.add_source(Path::new(path))?,
        }
    }
    println!("read in {:.0} ms", ms(start));
    for malformed in builder.malformed() {
        println!("malformed: {}: {}", malformed.path, malformed.reason);
    }
    let info = builder.write(&out)?;
    println!("written in {:.0} ms, {} bytes", ms(start), std::fs::metadata(&out)?.len());
    show(&info);
    Ok(())
}

fn query(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut pins: Vec<String> = Vec::new();
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        if arg == "--pins" {
            let text = std::fs::read_to_string(rest.next().ok_or("no file")?)?;
            pins.extend(text.lines().map(str::to_owned));
        } else {
            pins.push(arg.clone());
        }
    }
    let pins: Vec<(Name, Option<Version>, &str)> = pins
        .iter()
        .filter_map(|pin| {
            let (name, written) = pin.split_once("==").unwrap_or((pin, ""));
            Some((Name::new(name)?, Version::from_str(written).ok(), written))
        })
        .collect();
    let start = Instant::now();
    let path = Path::new(&args[0]);
    let index: Box<dyn Advisories> = match Index::open(path) {
        Err(IndexError::Io(..)) if args[0] == "builtin" => Box::new(Builtin),
        Err(IndexError::NotAnIndex(_)) => {
            let mut builder = Builder::only("today", pins.iter().map(|(name, ..)| name.clone()));
            builder.add_source(path)?;
            Box::new(WithSymbols(builder.into_memory()?))
        }
        index => Box::new(WithSymbols(index?)),
    };
    eprint(&format!("opened in {:.3} ms", ms(start)));
    let mut lines = Vec::new();
    let start = Instant::now();
    for (name, version, written) in &pins {
        let about = index.about(name)?;
        let affecting = about.iter().filter(|advisory| match version {
            Some(version) => matching::is_affected(advisory, version, written),
            None => written.is_empty() || matching::is_listed(advisory, written),
        });
        let affecting: Vec<_> = affecting.cloned().collect();
        let fix = version.as_ref().filter(|_| !affecting.is_empty()).and_then(|v| matching::smallest_fix(&about, v));
        for advisory in affecting {
            let fixed = version.as_ref().map(|version| matching::fixed_in(&advisory, version)).unwrap_or_default();
            lines.push(serde_json::json!({
                "name": name.as_str(), "version": written, "id": advisory.id, "aliases": advisory.aliases,
                "fix_versions": fixed.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "fix": fix.as_ref().map(ToString::to_string),
                "score": advisory.score, "severity": advisory.severity, "summary": advisory.summary,
                "symbols": advisory.symbols,
            }));
        }
    }
    eprint(&format!("{} pins, {} found in {:.3} ms", pins.len(), lines.len(), ms(start)));
    for line in lines {
        println!("{line}");
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "times go beside the answer")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
