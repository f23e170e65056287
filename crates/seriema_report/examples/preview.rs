//! Prints the sample report of the tests: `cargo run -p seriema_report --example preview -- text --color --width 100`.
//!
//! Arguments: a format, then any of `--color`, `--ascii`, `--quiet`, `--verbose`, `--statistics`, `--clean`,
//! `--packages`, `--width N`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{self, Write};

use seriema_report::{Detail, Format, TextOptions, render};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut format = Format::Text;
    let mut options = TextOptions::default();
    let mut sample = common::sample();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--color" => options.color = true,
            "--ascii" => options.unicode = false,
            "--quiet" => options.detail = Detail::Quiet,
            "--verbose" => options.detail = Detail::Verbose,
            "--statistics" => options.statistics = true,
            "--clean" => sample = common::clean(),
            "--packages" => sample = common::packages(),
            "--width" => options.width = arguments.next().and_then(|width| width.parse().ok()).unwrap_or(80),
            name => format = name.parse().map_err(io::Error::other)?,
        }
    }
    let mut out = Vec::new();
    render(format, &sample.report(), &options, &mut out)?;
    io::stdout().write_all(&out)
}
