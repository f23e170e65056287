//! The options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use seriema_audit::Threat;
use seriema_finding::{Confidence, Persona, Severity};
use seriema_report::Format;

/// Audits Python projects for security.
#[derive(Parser)]
#[command(
    name = "seriema",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration error, \
                  3 something could not be analysed.\n`seriema PATH` is short for `seriema audit PATH`.",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Audits files and directories: every analysis, one report.
    Audit(Box<AuditArgs>),
    /// Audits code alone: the pattern rules.
    Code(Box<AuditArgs>),
    /// Finds secrets: keys, tokens and passwords in files of all kinds.
    Secrets(Box<SecretsArgs>),
    /// Looks for known vulnerabilities in what manifests and locks name.
    Deps(Box<DepsArgs>),
    /// Goes through the hardening checklist: settings, containers, pipelines, the repository.
    Harden(HardenArgs),
    /// Shows the attack surface: every way into the program, and what guards it.
    #[command(after_help = "Exit codes: 0 the map is drawn, 2 usage error, 3 something could not be read.")]
    Map(MapArgs),
    /// Changes manifests so that they ask for versions without known vulnerabilities: `seriema fix --deps`.
    #[command(
        after_help = "Exit codes: 0 nothing is left to do, 1 changes were shown and not written, or something is left to a command \
                      or a person, 2 usage error, 3 something could not be read."
    )]
    Fix(FixArgs),
    /// The index of advisories that `seriema deps` looks into.
    Db(DbArgs),
    /// Sets a project up to keep itself secure: configuration, make targets, hooks, CI, ignored files. Shows what it would
    /// write; a second run changes nothing.
    #[command(
        after_help = "Exit codes: 0 nothing is left to do, 1 changes were shown and not written, or something is left to a person, \
                      2 usage error."
    )]
    Init(InitArgs),
    /// Prints what a rule finds, why it matters and how to fix it.
    Explain(ExplainArgs),
    /// Says what data gets to a place of a project, and why it is reported there or not: `seriema flow app.py:12`.
    Flow(FlowArgs),
    /// Lists the rules.
    Rules(RulesArgs),
    /// Shows and checks the configuration.
    Config(ConfigArgs),
    /// Takes Bandit's options and writes Bandit's reports: `seriema bandit -r src -f json`.
    #[command(disable_help_flag = true)]
    Bandit {
        /// Bandit's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Takes pip-audit's options and writes its reports: `seriema pip-audit -r requirements.txt -f json`.
    #[command(disable_help_flag = true)]
    PipAudit {
        /// pip-audit's arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Prints a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What is read, and how it is reported.
#[derive(Args, Clone, Default)]
pub(crate) struct ReportArgs {
    /// Files and directories; the current directory when none is named. `-` reads one file from standard input.
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// Fails (exit code 1) on findings of this severity or above; `never` reports without failing [default: high].
    #[arg(long, value_name = "SEVERITY", value_parser = PossibleValuesParser::new(["info", "low", "medium", "high", "critical", "never"]))]
    pub(crate) fail_on: Option<String>,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Reads this configuration file, and no other.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Reads no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Reads files that git ignores too.
    #[arg(long)]
    pub(crate) no_gitignore: bool,

    /// The report's format; of a file given with --output, the format its name says.
    #[arg(long, short, value_name = "FORMAT", value_parser = format_parser())]
    pub(crate) format: Option<Format>,

    /// Writes the report into a file: FILE, or FORMAT=FILE. May be given several times; the terminal then still gets the
    /// text report, unless --format or --quiet is given.
    #[arg(long, short, value_name = "[FORMAT=]FILE")]
    pub(crate) output: Vec<OsString>,

    /// One line a finding, and no summary.
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Everything that is known of each finding.
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Counts findings by rule.
    #[arg(long)]
    pub(crate) statistics: bool,

    /// Says of every file why it is read or not, and stops.
    #[arg(long)]
    pub(crate) explain_files: bool,

    /// What becomes of the exit code when something could not be analysed: `error` is 3, `warn` changes nothing
    /// [default: error].
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["error", "warn"]))]
    pub(crate) incomplete: Option<String>,

    /// Whether to colour the text report.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,

    /// Threads; as many as there are processors when not given. The report is the same for any number.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

#[derive(Args, Clone, Default)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,

    /// Reads `.pyi` files too.
    #[arg(long)]
    pub(crate) include_stubs: bool,

    /// Looks at each file by itself, without following data through the whole program: quicker, and blind for most
    /// injections.
    #[arg(long)]
    pub(crate) no_flow: bool,

    /// Who the attacker is: `web` (clients of a service), `library` (whoever gives public functions their arguments), `cli`
    /// (whoever gives the command line, input and environment), `all` [default: what the project looks like].
    #[arg(long, value_name = "MODEL", value_parser = PossibleValuesParser::new(Threat::NAMES).try_map(|name| name.parse::<Threat>()), conflicts_with = "no_flow")]
    pub(crate) threat_model: Option<Threat>,

    /// The name of the file that is read from standard input.
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<PathBuf>,

    /// Where what was found out of files is kept for the next run [default: the user's cache directory].
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Keeps nothing for the next run, and uses nothing of earlier ones.
    #[arg(long, conflicts_with = "cache_dir")]
    pub(crate) no_cache: bool,
}

/// What is known of secrets already.
#[derive(Args, Clone, Default)]
pub(crate) struct KnownArgs {
    /// What stands in this baseline is known: detect-secrets' or Seriema's own [default: `.secrets.baseline` or
    /// `.seriema-baseline` where it stands].
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Reads no baseline, and nothing of gitleaks, unless it is named.
    #[arg(long, conflicts_with = "baseline")]
    pub(crate) no_baseline: bool,

    /// Honours the allowlists and rules of this gitleaks configuration [default: `.gitleaks.toml` where it stands].
    #[arg(long, value_name = "FILE")]
    pub(crate) gitleaks_config: Option<PathBuf>,

    /// What stands in this JSON report of gitleaks is known.
    #[arg(long, value_name = "FILE")]
    pub(crate) gitleaks_report: Option<PathBuf>,
}

#[derive(Args, Clone, Default)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SecretsCommand>,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) known: KnownArgs,

    /// Looks at what every commit of the repository added, of all branches, tags and stashes.
    #[arg(long, conflicts_with_all = ["staged", "range"])]
    pub(crate) history: bool,

    /// Looks at the commits of a range: `main..topic`, or all that one revision reaches.
    #[arg(long, value_name = "A..B", conflicts_with = "staged")]
    pub(crate) range: Option<String>,

    /// Leaves out commits before a day or time: `2026-01-31`, `2 weeks ago`. With --history or --range.
    #[arg(long, value_name = "DATE", conflicts_with = "staged")]
    pub(crate) since: Option<String>,

    /// Looks at what the next commit would add.
    #[arg(long)]
    pub(crate) staged: bool,

    /// Asks the providers whether the secrets work, with one harmless call each: docs/verification.md says which.
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Subcommand, Clone)]
pub(crate) enum SecretsCommand {
    /// Writes what is found into a baseline, and keeps the labels that stand in it: `seriema secrets scan --baseline FILE`.
    Scan(ScanArgs),
    /// Goes through a baseline and asks of each secret what it is.
    Audit(LabelArgs),
    /// Looks at the files that a commit hook names. Exit codes as detect-secrets-hook's: 0 nothing new, 1 new secrets,
    /// 3 the baseline was brought up to date.
    Hook(HookArgs),
}

#[derive(Args, Clone)]
pub(crate) struct ScanArgs {
    /// Files and directories; the current directory when none is named.
    pub(crate) paths: Vec<PathBuf>,

    /// The baseline. It is made when there is none: in detect-secrets' format if it is named `.secrets.baseline`, in our own
    /// otherwise.
    #[arg(long, value_name = "FILE", default_value = ".secrets.baseline")]
    pub(crate) baseline: PathBuf,

    /// Leaves out line numbers, so that the baseline changes less. Of detect-secrets' format alone.
    #[arg(long)]
    pub(crate) slim: bool,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Threads; as many as there are processors when not given.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

#[derive(Args, Clone)]
pub(crate) struct LabelArgs {
    /// The baseline.
    #[arg(default_value = ".secrets.baseline")]
    pub(crate) baseline: PathBuf,

    /// Prints what was labelled, as JSON, instead of asking.
    #[arg(long, conflicts_with_all = ["stats", "diff"])]
    pub(crate) report: bool,

    /// Counts by kind and label instead of asking.
    #[arg(long, conflicts_with = "diff")]
    pub(crate) stats: bool,

    /// Says how another baseline differs instead of asking.
    #[arg(long, value_name = "OTHER")]
    pub(crate) diff: Option<PathBuf>,

    /// Prints counts and differences as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Asks again about what has a label.
    #[arg(long)]
    pub(crate) all: bool,

    /// Shows the secrets as they are; in a terminal only.
    #[arg(long)]
    pub(crate) show: bool,
}

#[derive(Args, Clone)]
pub(crate) struct HookArgs {
    /// The files that are about to be committed.
    pub(crate) files: Vec<PathBuf>,

    /// What stands in this baseline is known.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
}

#[derive(Args, Clone, Default)]
pub(crate) struct SelectionArgs {
    /// Reports only these: slugs, Bandit or ruff codes (`B602`, `S6`), weaknesses (`CWE-78`), families (`injection`).
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,

    /// Does not report these.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,

    /// Reports this severity and above [default: info].
    #[arg(long, value_name = "SEVERITY", value_parser = level_parser::<Severity>(Severity::NAMES))]
    pub(crate) severity: Option<Severity>,

    /// Reports this confidence and above [default: low].
    #[arg(long, value_name = "CONFIDENCE", value_parser = level_parser::<Confidence>(Confidence::NAMES))]
    pub(crate) confidence: Option<Confidence>,

    /// Who reads the report: `regular` sees what a senior reviewer would raise, `pedantic` also what is right only in some
    /// contexts, `auditor` everything any tool would say [default: regular].
    #[arg(long, value_name = "PERSONA", value_parser = level_parser::<Persona>(Persona::NAMES))]
    pub(crate) persona: Option<Persona>,
}

/// How a checklist is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecklistFormat {
    Text,
    Json,
}

/// How a map is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MapFormat {
    /// A table for people.
    Text,
    /// Everything, for machines.
    Json,
    /// A table for documents.
    Markdown,
    /// An OpenAPI document, as far as the code says what one needs.
    Openapi,
    /// A picture in Mermaid's language.
    Mermaid,
    /// A picture in Graphviz's language.
    Dot,
}

#[derive(Args, Clone)]
pub(crate) struct MapArgs {
    /// The project; the current directory when none is named.
    pub(crate) paths: Vec<PathBuf>,

    /// How the map is drawn.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: MapFormat,

    /// Only ways in where nothing asks who comes.
    #[arg(long)]
    pub(crate) unauthenticated: bool,

    /// Only ways in that change something.
    #[arg(long)]
    pub(crate) state_changing: bool,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Reads this configuration file, and no other.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Reads no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Reads files that git ignores too.
    #[arg(long)]
    pub(crate) no_gitignore: bool,

    /// What becomes of the exit code when something could not be read: `error` is 3, `warn` changes nothing
    /// [default: error].
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["error", "warn"]))]
    pub(crate) incomplete: Option<String>,

    /// Threads to work with; as many as there are cores when it is not said.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    /// Whether to colour the table.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(Args, Clone)]
pub(crate) struct HardenArgs {
    /// The project; the current directory when none is named.
    pub(crate) paths: Vec<PathBuf>,

    /// Fails (exit code 1) when a check of this severity or above fails; `never` reports without failing [default: high].
    #[arg(long, value_name = "SEVERITY", value_parser = PossibleValuesParser::new(["info", "low", "medium", "high", "critical", "never"]))]
    pub(crate) fail_on: Option<String>,

    /// The report's format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ChecklistFormat,

    /// Names everything that was looked at, also by checks that pass.
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Reads this configuration file, and no other.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Reads no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Reads files that git ignores too.
    #[arg(long)]
    pub(crate) no_gitignore: bool,

    /// What becomes of the exit code when something could not be read: `error` is 3, `warn` changes nothing
    /// [default: error].
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new(["error", "warn"]))]
    pub(crate) incomplete: Option<String>,

    /// Whether to colour the text report.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(Args, Clone)]
pub(crate) struct DepsArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,

    /// Looks into this index instead of the one that `seriema db` keeps: a file that `seriema db import` wrote, or a zip of OSV
    /// records.
    #[arg(long, value_name = "FILE")]
    pub(crate) offline_db: Option<PathBuf>,

    /// Does not look whether the project's code reaches what is vulnerable.
    #[arg(long)]
    pub(crate) no_reach: bool,

    /// Does not report an advisory, named by any of its ids. May be given several times; what stays belongs into the
    /// configuration, with a reason.
    #[arg(long, value_name = "ID")]
    pub(crate) ignore_vuln: Vec<String>,

    /// Asks OSV's API instead of an index. Names of packages and their versions are sent, and nothing else.
    #[arg(long, conflicts_with = "offline_db")]
    pub(crate) online: bool,

    /// The API that --online asks.
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://api.osv.dev",
        hide_default_value = false,
        requires = "online"
    )]
    pub(crate) osv_url: String,

    /// Says so when the index is older than this; the exit code stays what it is.
    #[arg(long, value_name = "DAYS", default_value_t = crate::db::MAX_AGE)]
    pub(crate) max_index_age: u32,

    /// Audits what is installed for this interpreter, which is not run, instead of manifests; paths that are named are audited
    /// as well.
    #[arg(long, value_name = "PATH", help_heading = "Installed packages")]
    pub(crate) python: Option<PathBuf>,

    /// Audits what is installed in this virtual environment. May be given several times.
    #[arg(long, value_name = "DIR", help_heading = "Installed packages")]
    pub(crate) venv: Vec<PathBuf>,

    /// Audits the packages in this directory. May be given several times.
    #[arg(long, value_name = "SITE_PACKAGES", help_heading = "Installed packages")]
    pub(crate) path: Vec<PathBuf>,

    /// Leaves out what is not needed by this version of Python (`3.11`); without it, what any version needs is audited.
    #[arg(long, value_name = "VERSION", help_heading = "Target")]
    pub(crate) python_version: Option<String>,

    /// Leaves out what is not needed on this platform.
    #[arg(long, value_name = "PLATFORM", help_heading = "Target")]
    pub(crate) platform: Option<PlatformName>,
}

/// A platform that markers tell apart.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum PlatformName {
    Linux,
    Macos,
    Windows,
}

#[derive(Args, Clone)]
pub(crate) struct FixArgs {
    /// Manifests, and directories with manifests; the current directory when none is named.
    pub(crate) paths: Vec<PathBuf>,

    /// Fixes dependencies with known vulnerabilities.
    #[arg(long)]
    pub(crate) deps: bool,

    /// Changes the files. Otherwise what would change is shown as a diff, and nothing is written.
    #[arg(long, visible_alias = "apply")]
    pub(crate) write: bool,

    /// Shows what would change: this is so without it, too.
    #[arg(long, visible_alias = "dry-run", conflicts_with = "write")]
    pub(crate) diff: bool,

    /// Raises the lower bounds of ranges that allow vulnerable versions, too.
    #[arg(long)]
    pub(crate) ranges: bool,

    /// Looks into this index instead of the one that `seriema db` keeps: a file that `seriema db import` wrote, or a zip of OSV
    /// records.
    #[arg(long, value_name = "FILE")]
    pub(crate) offline_db: Option<PathBuf>,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Reads this configuration file, and no other.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Reads no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// Where CI runs.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum CiName {
    Github,
    Gitlab,
    Both,
    None,
}

#[derive(Args)]
pub(crate) struct InitArgs {
    /// The project; the current directory when none is named.
    pub(crate) path: Option<PathBuf>,

    /// Writes without asking. Otherwise what would be written is shown, and a terminal is asked.
    #[arg(long, visible_alias = "yes")]
    pub(crate) write: bool,

    /// The CI whose job is written [default: GitLab's where `.gitlab-ci.yml` stands, and GitHub's otherwise].
    #[arg(long, value_name = "NAME")]
    pub(crate) ci: Option<CiName>,
}

#[derive(Args)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    pub(crate) command: DbCommand,
}

#[derive(Subcommand)]
pub(crate) enum DbCommand {
    /// Fetches OSV's records of PyPI and makes the index of them, if they are not the same as the last time.
    Update(DbUpdateArgs),
    /// Makes the index of OSV zips, directories of OSV records, safety-db files, and adds EPSS scores and CISA's catalogue of
    /// what is exploited; or takes over an index that `seriema db export` wrote.
    Import(DbImportArgs),
    /// Writes a copy of the index, which another machine takes with `seriema db import`.
    Export(DbExportArgs),
    /// Says what the index holds, of which day, and from where.
    Info(DbInfoArgs),
}

#[derive(Args)]
pub(crate) struct DbUpdateArgs {
    /// Fetches OSV's export from here instead of from OSV. The environment variable SERIEMA_OSV_URL says the same.
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,

    /// Adds EPSS scores, from a URL of yours where one is given.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) epss: Option<String>,

    /// Adds CISA's catalogue of exploited vulnerabilities, from a URL of yours where one is given.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) kev: Option<String>,

    /// Shows no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) place: DbPlace,
}

#[derive(Args)]
pub(crate) struct DbImportArgs {
    /// Zips, directories, files and URLs.
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) place: DbPlace,
}

#[derive(Args)]
pub(crate) struct DbExportArgs {
    /// The file to write.
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) place: DbPlace,
}

#[derive(Args)]
pub(crate) struct DbInfoArgs {
    /// The answer's format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DbFormat,

    #[command(flatten)]
    pub(crate) place: DbPlace,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DbFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Args)]
pub(crate) struct DbPlace {
    /// This file instead of the one in the user's data directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A slug, a Bandit or ruff code, or a weakness.
    pub(crate) rule: String,
    /// Prints the markdown as it is.
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Whether to colour.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(Args)]
pub(crate) struct FlowArgs {
    /// The place: all expressions of a line, or the one at a column.
    #[arg(value_name = "FILE:LINE[:COLUMN]")]
    pub(crate) place: String,

    /// Files and directories of the project; the current directory when none is named.
    pub(crate) paths: Vec<PathBuf>,

    /// The answer's format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: AnswerFormat,

    /// Whose report is meant where it is said what is shown [default: regular].
    #[arg(long, value_name = "PERSONA", value_parser = level_parser::<Persona>(Persona::NAMES))]
    pub(crate) persona: Option<Persona>,

    /// Leaves out paths that match a gitignore pattern. May be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Reads this configuration file, and no other.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Reads no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Threads; as many as there are processors when not given. The answer is the same for any number.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

#[derive(Args)]
pub(crate) struct RulesArgs {
    /// Only these.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// The list's format.
    #[arg(long, short, default_value = "text")]
    pub(crate) format: ListFormat,
}

#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Prints every setting with where it comes from.
    Show {
        /// The settings for this file or directory.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Reads this configuration file, and no other.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Prints the JSON schema of the configuration.
    Schema,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Formats of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// Text.
    #[default]
    Text,
    /// JSON.
    Json,
}

/// Formats of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A table.
    #[default]
    Text,
    /// JSON.
    Json,
    /// A markdown table.
    Markdown,
}

fn level_parser<T>(names: &'static [&'static str]) -> impl clap::builder::TypedValueParser<Value = T>
where
    T: std::str::FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::NAMES).try_map(|name| name.parse::<Format>())
}
