//! A progress bar, when it takes more than a moment and somebody is watching.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seriema_osv::Watch;
use seriema_report::visible_line;

/// The bar appears after this long.
const PATIENCE: Duration = Duration::from_millis(400);

/// Counts files that are done.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    started: std::time::Instant,
}

impl Progress {
    /// A bar on standard error, if that is a terminal and `wanted`.
    pub(crate) fn new(files: usize, wanted: bool) -> Self {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(u64::try_from(files).ok(), ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} files {wide_bar} {eta}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, started: std::time::Instant::now() }
    }

    /// One file is done.
    pub(crate) fn step(&self) {
        if let Some(bar) = &self.bar {
            if bar.is_hidden() && self.started.elapsed() > PATIENCE {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            }
            bar.inc(1);
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows what is fetched.
pub(crate) struct Fetching {
    bar: Option<ProgressBar>,
    /// Whether it is told what is worth a line.
    tells: bool,
}

impl Fetching {
    /// A bar on standard error, if that is a terminal and `wanted`.
    pub(crate) fn new(wanted: bool) -> Self {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = "{spinner} {msg} {binary_bytes}/{binary_total_bytes} {wide_bar} {binary_bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, tells: wanted }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Fetching {
    fn begins(&self, what: &str, total: Option<u64>, there: u64) {
        if let Some(bar) = &self.bar {
            let name = what.rsplit('/').next().unwrap_or_default();
            bar.set_message(visible_line(name).into_owned());
            match total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
            bar.set_position(there);
        }
    }

    fn came(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    fn says(&self, line: &str) {
        if self.tells {
            let line = format!("note: {}", visible_line(line));
            match &self.bar {
                Some(bar) => bar.println(line),
                None => eprintln!("{line}"),
            }
        }
    }
}
