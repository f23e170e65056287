//! The developer command: `cargo xtask --help`.

#[cfg(test)]
mod docs;
mod eval;
mod files;
mod generate;
mod profiled;
mod shell;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Everything a developer of Seriema runs, besides `cargo test`.
#[derive(Parser)]
#[command(name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the files that are made from others: rule registry, rule index, schemas, table of settings.
    Generate {
        /// Writes nothing; fails when a file is not what it should be.
        #[arg(long)]
        check: bool,
    },
    /// Builds the binary as it is released: by a profile of what it does most. Takes three times as long as `cargo build
    /// --release`, and wants `llvm-profdata` of LLVM 19 or newer; without it, says so and builds as cargo does.
    Build,
    /// Measures against Bandit and ruff on pinned releases: CPU, wall, memory, as ratios. Downloads them first, and
    /// measures what `build` makes.
    Bench {
        /// How often each tool runs; the best counts. 5 when not given, 1 for the curve.
        #[arg(long)]
        rounds: Option<u32>,
        /// Prints JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// Measures how Seriema's own cost grows from 100,000 lines to 2.5 million, with `--no-flow` and without.
        #[arg(long)]
        curve: bool,
    },
    /// Shows which findings a change adds to, removes from or changes in pinned releases of PyPI, as Markdown.
    Ecosystem {
        /// Fails when there is a difference.
        #[arg(long, conflicts_with = "accept")]
        check: bool,
        /// Keeps what is found as what is expected, and shows nothing.
        #[arg(long)]
        accept: bool,
        /// Only these; all when none is named.
        releases: Vec<String>,
    },
    /// Compares findings of high and critical severity with what people said of them.
    Verdicts {
        /// Fails when a finding has no verdict, or a verdict no finding.
        #[arg(long)]
        check: bool,
        /// Only these; all that have verdicts when none is named.
        releases: Vec<String>,
    },
    /// Runs every scorer that is present beside the repository, and prints one table.
    Eval {
        /// Where the scorers are.
        #[arg(long, default_value = "../shared")]
        shared: PathBuf,
        /// Shows what differs.
        #[arg(long)]
        verbose: bool,
    },
    /// Compares with Bandit and ruff finding by finding, and writes the differences into docs/parity.md.
    Parity,
    /// Fuzzes with arbitrary bytes: the whole front end and all rules, the search for secrets, files that say what is known of
    /// them, what says on what projects depend, and what is known of vulnerabilities. Installs cargo-fuzz when it is missing.
    Fuzz {
        /// Seconds, for each target.
        #[arg(long, default_value_t = 600)]
        time: u32,
        /// Only these: `front_end`, `secrets`, `secret_files`, `manifests`, `advisories`; all when none is named.
        targets: Vec<String>,
    },
    /// Everything a release must pass: CI, fresh generated files, versions, changelog. Then builds what is released as
    /// `build` does, and measures its size and speed.
    Release,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Generate { check } => generate::run(check),
        Command::Build => profiled::run(),
        Command::Bench { rounds, json, curve } => eval::bench(rounds, json, curve),
        Command::Ecosystem { check, accept, releases } => eval::ecosystem(check, accept, &releases),
        Command::Verdicts { check, releases } => eval::verdicts(check, &releases),
        Command::Eval { shared, verbose } => eval::run(&shared, verbose),
        Command::Parity => eval::parity(),
        Command::Fuzz { time, targets } => eval::fuzz(time, &targets),
        Command::Release => eval::release(),
    }
}
