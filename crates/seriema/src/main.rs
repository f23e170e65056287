//! The command line.
//!
//! This is the front door: the one place that prints, reads the environment and the clock, and writes reports.
#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "the front door prints, writes and asks the system"
)]

mod audit;
mod cache;
mod cli;
mod config;
mod db;
mod deps;
mod explain;
mod fix;
mod flow;
mod harden;
mod init;
mod map;
mod output;
mod pip_audit;
mod progress;
mod rules;
mod secrets;
mod setup;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the process ends with. Documented in `seriema --help` and the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above `--fail-on`, and everything was analysed.
    Clean,
    /// Findings at or above `--fail-on`.
    Findings,
    /// The command line or the configuration is wrong.
    Usage,
    /// Something could not be analysed.
    Incomplete,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
        })
    }
}

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "bandit") {
        return setup::bandit(args.split_off(2));
    }
    if args.get(1).is_some_and(|arg| arg == "pip-audit") {
        return pip_audit::run(args.split_off(2));
    }
    let args = with_default_verb(args);
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match cli.command {
        Command::Audit(args) => audit::run(&args),
        Command::Code(args) => audit::code(&args),
        Command::Secrets(args) => secrets::run(&args),
        Command::Deps(args) => deps::run(&args),
        Command::Harden(args) => harden::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Fix(args) => fix::run(&args),
        Command::Db(args) => db::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Flow(args) => flow::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "seriema", &mut script);
            std::io::stdout().write_all(&script).map(|()| Exit::Clean).map_err(Into::into)
        }
        Command::Bandit { args } => return setup::bandit(args),
        Command::PipAudit { args } => return pip_audit::run(args),
    };
    match result {
        Ok(exit) => exit.into(),
        // The reader of our output went away: there is nobody to tell.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Usage.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// `seriema .` is `seriema audit .`: a first word that is no command is a path.
fn with_default_verb(mut args: Vec<OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let is_verb = |word: &OsString| {
        let Some(word) = word.to_str() else { return false };
        word == "help" || command.get_subcommands().any(|sub| sub.get_name() == word)
    };
    let top_level = ["-h", "--help", "-V", "--version"];
    let first = args.get(1);
    let needs_verb = first.is_some_and(|word| {
        !is_verb(word) && !top_level.iter().any(|flag| word == flag) && (args.len() > 2 || !word.is_empty())
    });
    // A verb further on (`seriema -q audit .`) keeps its place: clap says what is wrong.
    if needs_verb
        && !args.iter().skip(1).take_while(|word| word.to_str().is_some_and(|w| w.starts_with('-'))).any(is_verb)
    {
        args.insert(1, "audit".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(words: &[&str]) -> Vec<String> {
        let args = words.iter().map(OsString::from).collect();
        with_default_verb(args).into_iter().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_path_alone_is_audited() {
        assert_eq!(expanded(&["seriema", "."]), ["seriema", "audit", "."]);
        assert_eq!(
            expanded(&["seriema", "--persona", "auditor", "x"]),
            ["seriema", "audit", "--persona", "auditor", "x"]
        );
        assert_eq!(expanded(&["seriema", "rules"]), ["seriema", "rules"]);
        assert_eq!(expanded(&["seriema", "--version"]), ["seriema", "--version"]);
        assert_eq!(expanded(&["seriema"]), ["seriema"]);
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
