//! The developer command: `cargo xtask --help`.

mod generate;

use clap::{Parser, Subcommand};

/// Everything a developer of Seriema runs, besides `cargo test`.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the files that are made from others: the rule registry.
    Generate {
        /// Writes nothing; fails when a file is not what it should be.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Generate { check } => generate::run(check),
    }
}
