//! Reads the history of a repository, and prints what there was to look at.
//!
//!     cargo run --release -p seriema_git --example history -- DIR [--threads N] [--range A..B] [--since DATE] [--staged]

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example that is run by hand and by bench/history.py")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use seriema_git::{Change, Contents, HistoryOptions, Looked, Repository, parse_date};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut directory, mut options, mut staged) = (PathBuf::from("."), HistoryOptions::default(), false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "--threads" => options.contents.threads = Some(value()?.parse()?),
            "--range" => options.range = Some(value()?),
            "--since" => options.since = Some(parse_date(&value()?, SystemTime::now())?),
            "--staged" => staged = true,
            _ => directory = argument.into(),
        }
    }
    let repository = Repository::open(&directory)?;
    // Every byte of the hunks is looked at, as a scanner would.
    let look = |change: &Change<'_>| {
        let hunks = change.hunks(5);
        let bytes: usize = hunks.iter().map(|hunk| hunk.text.len()).sum();
        let equals: usize = hunks.iter().map(|hunk| memchr::memchr_iter(b'=', hunk.text).count()).sum();
        Some((hunks.len(), bytes, equals))
    };
    let Looked { found, account, .. } = if staged {
        repository.staged(None, &Contents::default(), look)?
    } else {
        repository.history(&options, look)?
    };
    let hunks: usize = found.iter().map(|(hunks, ..)| hunks).sum();
    let bytes: usize = found.iter().map(|(_, bytes, _)| bytes).sum();
    println!(
        "{} commits, {} files, {} added lines, {hunks} hunks, {bytes} bytes",
        account.commits, account.files, account.lines
    );
    println!("{} binary, {} pointers, {} too large", account.binary, account.pointers, account.large);
    for problem in &account.problems {
        println!("{problem}");
    }
    if account.more_problems > 0 {
        println!("and {} more", account.more_problems);
    }
    Ok(())
}
