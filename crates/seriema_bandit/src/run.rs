//! A run from command line to exit code.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;

use crate::baseline::Baseline;
use crate::catalog::{self, BANDIT_VERSION};
use crate::config::{Config, Profile, ini};
use crate::discovery::{Files, Walker};
use crate::formatters::{self, Format, SARIF_CONTEXT_LINES, Template};
use crate::io;
use crate::issue::{Issue, Level};
use crate::log::{Log, LogLevel};
use crate::metrics::RunMetrics;
use crate::options::{self, Options, PROGRAM, Request, USAGE};
use crate::python::repr_str;
use crate::report::{Entry, Report, ScannedFile};
use crate::scan::{ScanOptions, Scanned, scan};
use crate::testset::TestSet;

/// What a run reads from and writes to.
pub struct Io<'a> {
    /// What the target `-` stands for.
    pub stdin: Option<&'a mut dyn Read>,
    /// Where the report goes.
    pub stdout: &'a mut dyn Write,
    /// Where the log goes.
    pub stderr: &'a mut dyn Write,
    /// Whether the report may be coloured by default: the standard output is a terminal, `NO_COLOR` is not set, and
    /// `TERM` is not `dumb`.
    pub colour: bool,
    /// The directory that relative paths start from.
    pub cwd: PathBuf,
    /// The time that reports show; none means the time when the report is made.
    pub now: Option<SystemTime>,
    /// How many threads to use; 0 means one for each processor.
    pub threads: usize,
}

/// Exit code for wrong usage or configuration.
const USAGE_ERROR: i32 = 2;

/// Stack of the threads that walk trees: enough for the deepest that are walked, also in debug builds.
const STACK_SIZE: usize = 64 << 20;

/// Runs `seriema bandit` with `args` (without the program's name). Returns the exit code: 0 without issues (or with
/// `--exit-zero`), 1 with issues, 2 for wrong usage or configuration.
pub fn run(args: Vec<OsString>, io: &mut Io<'_>) -> i32 {
    let mut log = Log::new(io.stderr);
    let options = match options::parse(&args) {
        Ok(Request::Scan(options)) => *options,
        Ok(Request::Help) => return print(io.stdout, &options::help_text()),
        Ok(Request::Version) => {
            let own = env!("CARGO_PKG_VERSION");
            return print(io.stdout, &format!("bandit {BANDIT_VERSION}\n  seriema version = {own}\n"));
        }
        Err(message) => return usage_error(&mut log, &message),
    };
    let inexact = args
        .into_iter()
        .filter(|arg| arg.to_str().is_none())
        .map(|arg| (arg.to_string_lossy().into_owned(), PathBuf::from(arg)))
        .collect();
    let session = Session { options, cwd: io.cwd.clone(), colour: io.colour, inexact };
    match session.run(&mut log, io.stdout, io.stdin.as_deref_mut(), io.now, io.threads) {
        Ok(code) => code,
        Err(Stop) => USAGE_ERROR,
    }
}

fn print(stdout: &mut dyn Write, text: &str) -> i32 {
    // A reader that has had enough is no error.
    let _ = stdout.write_all(text.as_bytes());
    0
}

fn usage_error(log: &mut Log<'_>, message: &str) -> i32 {
    log.plain(&format!("{USAGE}{PROGRAM}: error: {message}\n"));
    USAGE_ERROR
}

/// The run cannot go on; why has been logged.
struct Stop;

struct Session {
    options: Options,
    cwd: PathBuf,
    colour: bool,
    inexact: BTreeMap<String, PathBuf>,
}

impl Session {
    fn run(
        mut self,
        log: &mut Log<'_>,
        stdout: &mut dyn Write,
        stdin: Option<&mut (dyn Read + '_)>,
        now: Option<SystemTime>,
        threads: usize,
    ) -> Result<i32, Stop> {
        // Python opens the file for the report while it reads the command line.
        let mut output = self.create_output(log)?;
        let (cwd, inexact) = (self.cwd.clone(), std::mem::take(&mut self.inexact));
        let mut walker = Walker::new(&cwd, &inexact);
        self.read_ini(&mut walker, log)?;
        if output.is_none() {
            output = self.create_output(log)?;
        }
        let config = self.config(log)?;
        if self.options.targets.is_empty() {
            print(stdout, USAGE);
            return Err(Stop);
        }
        if let Some(crate::config::Value::Str(format)) = config.option("log_format") {
            log.set_format(format);
        }
        if self.options.quiet {
            log.set_level(LogLevel::Warning);
        }
        let profile = self.profile(&config, log)?;
        let tests = TestSet::new(&config, &profile);
        let format = self.options.format.unwrap_or(if self.colour { Format::Screen } else { Format::Txt });
        let baseline = self.baseline(format, log)?;
        let template = match format {
            Format::Custom => Template::parse(self.options.msg_template.as_deref(), log).map_err(|message| {
                log.error("custom", message);
                Stop
            })?,
            _ => Template::default(),
        };
        if format != Format::Json {
            if let Some(path) = &self.options.config_file {
                log.info("main", format!("using config: {path}"));
            }
            log.info("main", concat!("parsing as Python 3.13, seriema ", env!("CARGO_PKG_VERSION")));
        }
        let options = &self.options;
        let files = walker.discover(&options.targets, options.recursive, &options.exclude, &config, log);
        if tests.is_empty() {
            log.error("main", "No tests would be run, please check the profile.");
            return Err(Stop);
        }
        let scan_options = ScanOptions {
            tests,
            ignore_nosec: options.ignore_nosec,
            debug: options.debug,
            context_lines: if format == Format::Sarif { SARIF_CONTEXT_LINES } else { options.context_lines },
        };
        let scanned = self.scan_all(&files, stdin, &scan_options, threads);
        for line in scanned.iter().flat_map(|file| &file.log) {
            log.write(line);
        }
        let report = self.report(&scanned, files.excluded, &baseline, now);
        let text = formatters::render(format, &report, &template);
        let is_to_file = output.is_some();
        // Bandit's coloured report goes to the screen whatever file is named.
        let written = match &mut output {
            Some(file) if format != Format::Screen => file.write_all(text.as_bytes()).and_then(|()| file.flush()),
            _ => stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()),
        };
        if let Err(error) = written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            log.error("main", format!("Unable to write the report: {}", io::system_message(&error)));
            return Err(Stop);
        }
        if let (true, Some(path)) = (is_to_file, &self.options.output) {
            let (module, message) = format.written();
            let advice = if format == Format::Screen { ", consider '-f txt'" } else { "" };
            log.info(module, format!("{message}{path}{advice}"));
        }
        Ok(i32::from(!report.entries.is_empty() && !self.options.exit_zero))
    }

    fn create_output(&self, log: &mut Log<'_>) -> Result<Option<Box<dyn Write>>, Stop> {
        let Some(path) = &self.options.output else { return Ok(None) };
        io::create(&self.cwd.join(path)).map(Some).map_err(|error| {
            let number = error.raw_os_error().unwrap_or(0);
            let (reason, path) = (io::system_message(&error), repr_str(path));
            usage_error(log, &format!("argument -o/--output: can't open {path}: [Errno {number}] {reason}: {path}"));
            Stop
        })
    }

    /// Takes from a `.bandit` file what the command line does not say.
    fn read_ini(&mut self, walker: &mut Walker<'_>, log: &mut Log<'_>) -> Result<(), Stop> {
        let path = match &self.options.ini {
            Some(path) => path.clone(),
            None => {
                let mut found = walker.ini_files(&self.options.targets);
                if found.len() > 1 {
                    let list = found.join(", ");
                    let message =
                        format!("Multiple .bandit files found - scan separately or choose one with --ini\n\t{list}");
                    log.error("main", message);
                    return Err(Stop);
                }
                let Some(path) = found.pop() else { return Ok(()) };
                log.info("main", format!("Found project level .bandit file: {path}"));
                path
            }
        };
        match io::read_text(&self.cwd.join(&path)).and_then(|text| ini::read_options(&text)) {
            Some(values) => self.apply_ini(&values, log),
            None => {
                log.warning("utils", format!("Unable to parse config file {path} or missing [bandit] section"));
                Ok(())
            }
        }
    }

    fn apply_ini(&mut self, values: &BTreeMap<String, String>, log: &mut Log<'_>) -> Result<(), Stop> {
        let get = |key: &str| values.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let options = &mut self.options;
        text_option(&mut options.config_file, get("configfile"), "config file", log);
        if options.exclude == options::DEFAULT_EXCLUDE
            && let Some(value) = get("exclude")
        {
            value.clone_into(&mut options.exclude);
        }
        text_option(&mut options.skips, get("skips"), "skipped tests", log);
        text_option(&mut options.tests, get("tests"), "selected tests", log);
        if !options.targets.is_empty() {
            log.info("main", "Using command line arg for selected targets");
        } else if let Some(value) = get("targets") {
            log.info("main", "Using ini file for selected targets");
            options.targets = value.split(',').map(str::to_owned).collect();
        }
        // Any value at all switches these on, as it does for Bandit.
        options.recursive |= get("recursive").is_some();
        options.by_vulnerability |= get("aggregate") == Some("vuln");
        options.verbose |= get("verbose").is_some();
        options.debug |= get("debug").is_some();
        options.quiet |= get("quiet").is_some();
        options.ignore_nosec |= get("ignore-nosec").is_some();
        text_option(&mut options.profile, get("profile"), "profile", log);
        let mut invalid = |key: &str, value: &str| {
            log.error("main", format!("Invalid value of {key} in the .bandit file: {}", repr_str(value)));
            Stop
        };
        if let Some(value) = get("number") {
            let number: i64 = value.trim().parse().map_err(|_| invalid("number", value))?;
            if options.context_lines == 3 && number != 0 {
                options.context_lines = number;
            }
        }
        for (key, rank) in [("level", &mut options.severity), ("confidence", &mut options.confidence)] {
            if let Some(value) = get(key).filter(|_| *rank == 1) {
                *rank = parse_rank(value).ok_or_else(|| invalid(key, value))?;
            }
        }
        if let Some(value) = get("format")
            && options.format.is_none()
        {
            // An unknown format is not used.
            options.format = Format::parse(value);
        }
        text_option(&mut options.msg_template, get("msg-template"), "output message template", log);
        if options.output.is_none() {
            options.output = get("output").map(str::to_owned);
        }
        text_option(&mut options.baseline, get("baseline"), "path of a baseline report", log);
        Ok(())
    }

    fn config(&self, log: &mut Log<'_>) -> Result<Config, Stop> {
        let Some(path) = self.options.config_file.as_deref().filter(|path| !path.is_empty()) else {
            return Ok(Config::defaults());
        };
        let text = io::read_text(&self.cwd.join(path));
        Config::read(path, text.as_deref(), log).map_err(|error| {
            log.error("main", error.0);
            Stop
        })
    }

    fn profile(&self, config: &Config, log: &mut Log<'_>) -> Result<Profile, Stop> {
        let options = &self.options;
        let Some(mut profile) = config.profile(options.profile.as_deref()) else {
            let name = options.profile.as_deref().unwrap_or_default();
            let file = options.config_file.as_deref().unwrap_or("None");
            log.error("main", format!("Unable to find profile ({name}) in config file: {file}"));
            return Err(Stop);
        };
        let list = |ids: &std::collections::BTreeSet<String>| {
            let joined = ids.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            if joined.is_empty() { "None".to_owned() } else { joined }
        };
        log.info("main", format!("profile include tests: {}", list(&profile.include)));
        log.info("main", format!("profile exclude tests: {}", list(&profile.exclude)));
        log.info("main", format!("cli include tests: {}", options.tests.as_deref().unwrap_or("None")));
        log.info("main", format!("cli exclude tests: {}", options.skips.as_deref().unwrap_or("None")));
        let split = |ids: &Option<String>| -> Vec<String> {
            let ids = ids.as_deref().filter(|ids| !ids.is_empty());
            ids.map(|ids| ids.split(',').map(str::to_owned).collect()).unwrap_or_default()
        };
        profile.include.extend(split(&options.tests));
        profile.exclude.extend(split(&options.skips));
        for id in profile.include.iter().chain(&profile.exclude) {
            if catalog::canonical_id(id).is_none() {
                log.warning("extension_loader", format!("Unknown test found in profile: {id}"));
            }
        }
        let both: Vec<String> = profile.include.intersection(&profile.exclude).map(|id| repr_str(id)).collect();
        if !both.is_empty() {
            let both = both.join(", ");
            log.error("main", format!("Non-exclusive include/exclude test sets: {{{both}}}"));
            return Err(Stop);
        }
        Ok(profile)
    }

    fn baseline(&self, format: Format, log: &mut Log<'_>) -> Result<Option<Baseline>, Stop> {
        let Some(path) = &self.options.baseline else { return Ok(None) };
        let Some(text) = io::read_text(&self.cwd.join(path)) else {
            log.warning("main", format!("Could not open baseline report: {path}"));
            return Err(Stop);
        };
        let baseline = Baseline::parse(&text).unwrap_or_else(|error| {
            log.warning("manager", format!("Failed to load baseline data: {error}"));
            Baseline::default()
        });
        if !Format::WITH_BASELINE.contains(&format) {
            let formats: Vec<String> = Format::WITH_BASELINE.iter().map(|format| repr_str(format.name())).collect();
            let formats = formats.join(", ");
            log.warning("main", format!("Baseline must be used with one of the following formats: [{formats}]"));
            return Err(Stop);
        }
        Ok(Some(baseline).filter(|baseline| !baseline.is_empty()))
    }

    fn scan_all(
        &self,
        files: &Files,
        stdin: Option<&mut (dyn Read + '_)>,
        options: &ScanOptions,
        threads: usize,
    ) -> Vec<Scanned> {
        let mut input = Vec::new();
        let input_error = stdin.and_then(|stdin| {
            if files.included.iter().any(|name| name == "-") { stdin.read_to_end(&mut input).err() } else { None }
        });
        let one = |name: &String| -> Scanned {
            if name == "-" {
                let shown: Arc<str> = Arc::from("<stdin>");
                return match &input_error {
                    Some(error) => Scanned::unreadable(Arc::from("-"), io::system_message(error)),
                    None => scan(&shown, input.clone(), options),
                };
            }
            let shown: Arc<str> = Arc::from(name.as_str());
            let path = match files.exact.get(name) {
                Some(path) => Cow::Borrowed(path.as_path()),
                None => Cow::Owned(self.cwd.join(Path::new(name))),
            };
            match io::read_source(&path, files.named.contains(name)) {
                Ok(bytes) => scan(&shown, bytes, options),
                Err(reason) => Scanned::unreadable(shown, reason),
            }
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_SIZE).build();
        match pool {
            Ok(pool) => pool.install(|| files.included.par_iter().map(one).collect()),
            // No threads to be had: this one must do.
            Err(_) => files.included.iter().map(one).collect(),
        }
    }

    fn report<'s>(
        &self,
        scanned: &'s [Scanned],
        excluded: Vec<String>,
        baseline: &Option<Baseline>,
        now: Option<SystemTime>,
    ) -> Report<'s> {
        let rank = |rank: u8| Level::ALL.get(usize::from(rank.saturating_sub(1))).copied().unwrap_or(Level::High);
        let (severity, confidence) = (rank(self.options.severity), rank(self.options.confidence));
        let issues: Vec<&Issue> =
            scanned.iter().flat_map(|file| &file.issues).filter(|issue| issue.passes(severity, confidence)).collect();
        let entries = match baseline {
            Some(baseline) => {
                let unmatched = baseline.unmatched(&issues).into_iter();
                unmatched.map(|(issue, candidates)| Entry { issue, candidates }).collect()
            }
            None => issues.into_iter().map(|issue| Entry { issue, candidates: Vec::new() }).collect(),
        };
        let skipped = scanned.iter().filter_map(|file| Some((file.filename.to_string(), file.skipped.clone()?)));
        let files = scanned.iter().filter(|file| file.skipped.is_none()).map(|file| {
            let score = |by| file.metrics.as_ref().map_or(0, |metrics| metrics.score(by));
            ScannedFile { name: file.filename.to_string(), scores: [score(0), score(1)] }
        });
        Report {
            entries,
            skipped: skipped.collect(),
            metrics: RunMetrics::new(scanned),
            by_vulnerability: self.options.by_vulnerability,
            verbose: self.options.verbose,
            quiet: self.options.quiet,
            files: files.collect(),
            excluded,
            now: now.unwrap_or_else(SystemTime::now),
            cwd: self.cwd.clone(),
        }
    }
}

/// Prefers the command line's value and says which is used.
fn text_option(own: &mut Option<String>, from_ini: Option<&str>, what: &str, log: &mut Log<'_>) {
    if own.as_ref().is_some_and(|value| !value.is_empty()) {
        log.info("main", format!("Using command line arg for {what}"));
    } else if let Some(value) = from_ini {
        log.info("main", format!("Using ini file for {what}"));
        *own = Some(value.to_owned());
    }
}

/// A rank by number (1 to 4) or name.
fn parse_rank(value: &str) -> Option<u8> {
    match value.trim().to_lowercase().as_str() {
        "1" | "all" | "undefined" => Some(1),
        "2" | "low" => Some(2),
        "3" | "medium" => Some(3),
        "4" | "high" => Some(4),
        _ => None,
    }
}
