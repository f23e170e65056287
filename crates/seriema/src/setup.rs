//! What several commands need of the system.

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use seriema_report::{Detail, TextOptions};

use crate::cli::When;

/// Stack of the threads that walk trees, in bytes: enough for the deepest nesting that is walked, and for dropping it.
pub(crate) const STACK: usize = 64 << 20;

/// The working directory.
pub(crate) fn cwd() -> Result<PathBuf> {
    std::env::current_dir().context("the working directory cannot be read")
}

/// Runs on threads that can walk deep trees.
pub(crate) fn on_pool<T: Send>(threads: Option<usize>, run: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).stack_size(STACK).build()?;
    Ok(pool.install(run))
}

/// How text is written to standard output.
pub(crate) fn text_options(color: When) -> TextOptions {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
        .map(|value| value.to_string_lossy().to_ascii_lowercase());
    TextOptions {
        width: terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)),
        color: match color {
            When::Always => true,
            When::Never => false,
            When::Auto => forced || (terminal && !no_color && !dumb),
        },
        unicode: cfg!(windows) || !locale.is_some_and(|locale| locale == "c" || locale == "posix"),
        detail: Detail::Normal,
        statistics: false,
    }
}

/// `seriema bandit …`
pub(crate) fn bandit(args: Vec<OsString>) -> ExitCode {
    let mut stdin = std::io::stdin();
    let mut stdout = BufWriter::new(std::io::stdout());
    let mut stderr = std::io::stderr();
    // Bandit's own test for colours, which is not ours.
    let colour = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let mut io = seriema_bandit::Io {
        stdin: Some(&mut stdin),
        stdout: &mut stdout,
        stderr: &mut stderr,
        colour,
        cwd: std::env::current_dir().unwrap_or_default(),
        now: None,
        threads: 0,
    };
    let code = seriema_bandit::run(args, &mut io);
    match stdout.flush() {
        Ok(()) => ExitCode::from(u8::try_from(code).unwrap_or(2)),
        // A reader that has had enough is no error.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

/// The time that a reproducible build sets (<https://reproducible-builds.org/docs/source-date-epoch/>), for reports that say when
/// they were made.
pub(crate) fn created() -> anyhow::Result<Option<String>> {
    let Some(written) = std::env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let seconds = written.to_str().and_then(|written| written.parse().ok());
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    match time.filter(|time| time.as_second() >= 0) {
        Some(time) => Ok(Some(time.to_string())),
        None => anyhow::bail!("SOURCE_DATE_EPOCH is no number of seconds since 1970"),
    }
}
