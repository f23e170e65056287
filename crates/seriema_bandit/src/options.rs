//! Bandit's command line, read as Python's `argparse` reads it.

mod help;

use std::ffi::OsString;

pub(crate) use help::{USAGE, help_text};

use crate::formatters::Format;

/// How the program is called in messages.
pub(crate) const PROGRAM: &str = "seriema bandit";

/// What is excluded unless `-x` says otherwise.
pub(crate) const DEFAULT_EXCLUDE: &str = ".svn,CVS,.bzr,.hg,.git,__pycache__,.tox,.eggs,*.egg";

/// The command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Files and directories; `-` is the standard input.
    pub targets: Vec<String>,
    /// `-r`
    pub recursive: bool,
    /// `-a vuln`
    pub by_vulnerability: bool,
    /// `-n`
    pub context_lines: i64,
    /// `-c`
    pub config_file: Option<String>,
    /// `-p`
    pub profile: Option<String>,
    /// `-t`
    pub tests: Option<String>,
    /// `-s`
    pub skips: Option<String>,
    /// `-l` or `--severity-level`: from 1 (all) to 4 (high).
    pub severity: u8,
    /// `-i` or `--confidence-level`: from 1 (all) to 4 (high).
    pub confidence: u8,
    /// `-f`; none means what fits the standard output.
    pub format: Option<Format>,
    /// `--msg-template`
    pub msg_template: Option<String>,
    /// `-o`; none means the standard output.
    pub output: Option<String>,
    /// `-v`
    pub verbose: bool,
    /// `-d`
    pub debug: bool,
    /// `-q`
    pub quiet: bool,
    /// `--ignore-nosec`
    pub ignore_nosec: bool,
    /// `-x`
    pub exclude: String,
    /// `-b`
    pub baseline: Option<String>,
    /// `--ini`
    pub ini: Option<String>,
    /// `--exit-zero`
    pub exit_zero: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            recursive: false,
            by_vulnerability: false,
            context_lines: 3,
            config_file: None,
            profile: None,
            tests: None,
            skips: None,
            severity: 1,
            confidence: 1,
            format: None,
            msg_template: None,
            output: None,
            verbose: false,
            debug: false,
            quiet: false,
            ignore_nosec: false,
            exclude: DEFAULT_EXCLUDE.to_owned(),
            baseline: None,
            ini: None,
            exit_zero: false,
        }
    }
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A scan.
    Scan(Box<Options>),
    /// `-h`
    Help,
    /// `--version`
    Version,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Help,
    Recursive,
    Aggregate,
    Number,
    ConfigFile,
    Profile,
    Tests,
    Skip,
    Level,
    SeverityLevel,
    Confidence,
    ConfidenceLevel,
    Format,
    MsgTemplate,
    Output,
    Verbose,
    Debug,
    Quiet,
    IgnoreNosec,
    Exclude,
    Baseline,
    Ini,
    ExitZero,
    Version,
}

/// An option's spellings, and whether it takes a value.
struct Spec {
    name: Name,
    spellings: &'static [&'static str],
    takes_value: bool,
}

const fn flag(name: Name, spellings: &'static [&'static str]) -> Spec {
    Spec { name, spellings, takes_value: false }
}

const fn valued(name: Name, spellings: &'static [&'static str]) -> Spec {
    Spec { name, spellings, takes_value: true }
}

const SPECS: &[Spec] = &[
    flag(Name::Help, &["-h", "--help"]),
    flag(Name::Recursive, &["-r", "--recursive"]),
    valued(Name::Aggregate, &["-a", "--aggregate"]),
    valued(Name::Number, &["-n", "--number"]),
    valued(Name::ConfigFile, &["-c", "--configfile"]),
    valued(Name::Profile, &["-p", "--profile"]),
    valued(Name::Tests, &["-t", "--tests"]),
    valued(Name::Skip, &["-s", "--skip"]),
    flag(Name::Level, &["-l", "--level"]),
    valued(Name::SeverityLevel, &["--severity-level"]),
    flag(Name::Confidence, &["-i", "--confidence"]),
    valued(Name::ConfidenceLevel, &["--confidence-level"]),
    valued(Name::Format, &["-f", "--format"]),
    valued(Name::MsgTemplate, &["--msg-template"]),
    valued(Name::Output, &["-o", "--output"]),
    flag(Name::Verbose, &["-v", "--verbose"]),
    flag(Name::Debug, &["-d", "--debug"]),
    flag(Name::Quiet, &["-q", "--quiet", "--silent"]),
    flag(Name::IgnoreNosec, &["--ignore-nosec"]),
    valued(Name::Exclude, &["-x", "--exclude"]),
    valued(Name::Baseline, &["-b", "--baseline"]),
    valued(Name::Ini, &["--ini"]),
    flag(Name::ExitZero, &["--exit-zero"]),
    flag(Name::Version, &["--version"]),
];

/// Options that exclude each other.
const EXCLUSIVE: &[&[Name]] =
    &[&[Name::Level, Name::SeverityLevel], &[Name::Confidence, Name::ConfidenceLevel], &[Name::Verbose, Name::Quiet]];

const LEVELS: &[&str] = &["all", "low", "medium", "high"];

impl Spec {
    fn label(&self) -> String {
        self.spellings.join("/")
    }
}

fn spec(name: Name) -> &'static Spec {
    SPECS.iter().find(|spec| spec.name == name).unwrap_or(&SPECS[0])
}

fn exact(spelling: &str) -> Option<&'static Spec> {
    SPECS.iter().find(|spec| spec.spellings.contains(&spelling))
}

/// What an argument that starts with a dash is.
enum Dashed {
    /// An option, with the value that stands behind `=` or the rest of a cluster of short ones.
    Option(&'static Spec, Option<String>),
    /// A number or a dash alone: not an option.
    Positional,
    /// Nothing known.
    Unknown,
}

/// Reads the command line.
///
/// # Errors
/// With the message behind `error:`.
pub(crate) fn parse(args: &[OsString]) -> Result<Request, String> {
    let args: Vec<String> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let mut parser = Parser::default();
    let mut waiting = args.into_iter();
    let mut only_targets = false;
    while let Some(arg) = waiting.next() {
        if only_targets || !arg.starts_with('-') {
            parser.options.targets.push(arg);
            continue;
        }
        if arg == "--" {
            only_targets = true;
            continue;
        }
        match classify(&arg)? {
            Dashed::Positional => parser.options.targets.push(arg),
            Dashed::Unknown => parser.unknown.push(arg),
            Dashed::Option(mut spec, mut value) => loop {
                if spec.takes_value {
                    let value = match value {
                        Some(value) => value,
                        None => next_value(&mut waiting)
                            .ok_or_else(|| format!("argument {}: expected one argument", spec.label()))?,
                    };
                    parser.set(spec.name, &value)?;
                    break;
                }
                if let Some(request) = parser.switch(spec.name)? {
                    return Ok(request);
                }
                let Some(rest) = value else { break };
                // `-rll`: what follows a short flag is another one.
                let next = rest.chars().next().filter(|_| arg.as_bytes().get(1) != Some(&b'-'));
                let Some(next) = next.and_then(|next| exact(&format!("-{next}"))) else {
                    return Err(format!("argument {}: ignored explicit argument {}", spec.label(), quoted(&rest)));
                };
                let mut rest = rest.chars();
                rest.next();
                let rest = rest.as_str();
                spec = next;
                value = (!rest.is_empty()).then(|| rest.strip_prefix('=').unwrap_or(rest).to_owned());
            },
        }
    }
    parser.finish()
}

fn quoted(text: &str) -> String {
    crate::python::repr_str(text)
}

/// The next argument, unless it is an option.
fn next_value(waiting: &mut std::vec::IntoIter<String>) -> Option<String> {
    let next = waiting.as_slice().first()?;
    let is_value = !next.starts_with('-') || matches!(classify(next), Ok(Dashed::Positional));
    if is_value { waiting.next() } else { None }
}

fn classify(arg: &str) -> Result<Dashed, String> {
    if arg == "-" {
        return Ok(Dashed::Positional);
    }
    if let Some(spec) = exact(arg) {
        return Ok(Dashed::Option(spec, None));
    }
    let (spelling, value) = match arg.split_once('=') {
        Some((spelling, value)) => (spelling, Some(value.to_owned())),
        None => (arg, None),
    };
    if let (Some(spec), Some(_)) = (exact(spelling), &value) {
        return Ok(Dashed::Option(spec, value));
    }
    if arg.starts_with("--") {
        // Long options may be shortened.
        let found: Vec<(&'static Spec, &str)> = SPECS
            .iter()
            .flat_map(|spec| spec.spellings.iter().map(move |own| (spec, *own)))
            .filter(|(_, own)| own.starts_with(spelling))
            .collect();
        match found.as_slice() {
            [(spec, _)] => return Ok(Dashed::Option(spec, value)),
            [] => {}
            several => {
                let names: Vec<&str> = several.iter().map(|(_, own)| *own).collect();
                return Err(format!("ambiguous option: {arg} could match {}", names.join(", ")));
            }
        }
    } else if let Some((short, rest)) = arg.split_at_checked(2)
        && let Some(spec) = exact(short)
    {
        return Ok(Dashed::Option(spec, Some(rest.to_owned())));
    }
    let is_number = arg
        .strip_prefix('-')
        .is_some_and(|rest| rest.parse::<f64>().is_ok() && !rest.starts_with(['i', 'n', 'I', 'N', '+', '-']));
    if is_number || arg.contains(' ') { Ok(Dashed::Positional) } else { Ok(Dashed::Unknown) }
}

#[derive(Default)]
struct Parser {
    options: Options,
    seen: Vec<Name>,
    unknown: Vec<String>,
}

impl Parser {
    fn see(&mut self, name: Name) -> Result<(), String> {
        for group in EXCLUSIVE.iter().filter(|group| group.contains(&name)) {
            if let Some(other) = group.iter().find(|other| **other != name && self.seen.contains(other)) {
                let (own, other) = (spec(name).label(), spec(*other).label());
                return Err(format!("argument {own}: not allowed with argument {other}"));
            }
        }
        self.seen.push(name);
        Ok(())
    }

    fn switch(&mut self, name: Name) -> Result<Option<Request>, String> {
        self.see(name)?;
        let options = &mut self.options;
        match name {
            Name::Help => return Ok(Some(Request::Help)),
            Name::Version => return Ok(Some(Request::Version)),
            Name::Recursive => options.recursive = true,
            Name::Level => options.severity = options.severity.saturating_add(1),
            Name::Confidence => options.confidence = options.confidence.saturating_add(1),
            Name::Verbose => options.verbose = true,
            Name::Debug => options.debug = true,
            Name::Quiet => options.quiet = true,
            Name::IgnoreNosec => options.ignore_nosec = true,
            Name::ExitZero => options.exit_zero = true,
            _ => {}
        }
        Ok(None)
    }

    fn set(&mut self, name: Name, value: &str) -> Result<(), String> {
        self.see(name)?;
        let label = spec(name).label();
        let choice = |choices: &[&str]| {
            choices.iter().position(|choice| *choice == value).ok_or_else(|| {
                let choices: Vec<String> = choices.iter().map(|choice| quoted(choice)).collect();
                let value = quoted(value);
                format!("argument {label}: invalid choice: {value} (choose from {})", choices.join(", "))
            })
        };
        let rank = |position: usize| u8::try_from(position + 1).unwrap_or(u8::MAX);
        let text = Some(value.to_owned());
        match name {
            Name::Aggregate => self.options.by_vulnerability = choice(&["file", "vuln"])? == 1,
            Name::Number => {
                self.options.context_lines = value
                    .trim()
                    .replace('_', "")
                    .parse()
                    .map_err(|_| format!("argument {label}: invalid int value: {}", quoted(value)))?;
            }
            Name::SeverityLevel => self.options.severity = rank(choice(LEVELS)?),
            Name::ConfidenceLevel => self.options.confidence = rank(choice(LEVELS)?),
            Name::Format => {
                choice(&Format::ALL.map(Format::name))?;
                self.options.format = Format::parse(value);
            }
            Name::ConfigFile => self.options.config_file = text,
            Name::Profile => self.options.profile = text,
            Name::Tests => self.options.tests = text,
            Name::Skip => self.options.skips = text,
            Name::MsgTemplate => self.options.msg_template = text,
            Name::Output => self.options.output = text.filter(|path| path != "-"),
            Name::Exclude => value.clone_into(&mut self.options.exclude),
            Name::Baseline => self.options.baseline = text,
            Name::Ini => self.options.ini = text,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Request, String> {
        if !self.unknown.is_empty() {
            return Err(format!("unrecognized arguments: {}", self.unknown.join(" ")));
        }
        for (name, rank) in [(Name::Level, self.options.severity), (Name::Confidence, self.options.confidence)] {
            if rank > 4 {
                return Err(format!("argument {}: given more than three times", spec(name).label()));
            }
        }
        if self.options.msg_template.is_some() && self.options.format != Some(Format::Custom) {
            return Err("--msg-template can only be used with --format=custom".to_owned());
        }
        Ok(Request::Scan(Box::new(self.options)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Request, String> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    fn options(line: &str) -> Options {
        match parse_line(line) {
            Ok(Request::Scan(options)) => *options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn short_options_can_be_written_together() {
        let expected = Options {
            targets: vec!["src".to_owned()],
            recursive: true,
            severity: 3,
            format: Some(Format::Json),
            ..Options::default()
        };
        for line in [
            "-r -l -l -f json src",
            "-rll -fjson src",
            "-rllf json src",
            "src -rll --format=json",
            "-rll -f=json -- src",
        ] {
            assert_eq!(options(line), expected, "{line}");
        }
    }

    #[test]
    fn long_options_can_be_shortened() {
        assert!(options("--recurs x").recursive);
        assert_eq!(options("--severity-l high x").severity, 4);
        assert_eq!(options("--confidence --confidence x").confidence, 3);
    }

    #[test]
    fn numbers_may_be_negative() {
        assert_eq!(options("-n -1 x").context_lines, -1);
        assert_eq!(options("-n5 x").context_lines, 5);
    }

    #[test]
    fn a_dash_is_the_standard_input_or_output() {
        assert_eq!(options("-").targets, ["-"]);
        assert_eq!(options("-o - x").output, None);
    }

    #[test]
    fn errors_are_worded_as_argparse_words_them() {
        for (line, message) in [
            (
                "-f foo x",
                "argument -f/--format: invalid choice: 'foo' (choose from 'csv', 'custom', 'html', 'json', 'sarif', 'screen', 'txt', 'xml', 'yaml')",
            ),
            ("--conf x", "ambiguous option: --conf could match --configfile, --confidence, --confidence-level"),
            ("-l --severity-level low x", "argument --severity-level: not allowed with argument -l/--level"),
            ("-q -v x", "argument -v/--verbose: not allowed with argument -q/--quiet/--silent"),
            ("-n x", "argument -n/--number: invalid int value: 'x'"),
            ("-r=3", "argument -r/--recursive: ignored explicit argument '3'"),
            ("--foo x -z", "unrecognized arguments: --foo -z"),
            ("-x", "argument -x/--exclude: expected one argument"),
            ("-x -r", "argument -x/--exclude: expected one argument"),
            ("--msg-template {line} x", "--msg-template can only be used with --format=custom"),
        ] {
            assert_eq!(parse_line(line), Err(message.to_owned()), "{line}");
        }
    }

    #[test]
    fn more_than_high_there_is_not() {
        assert!(parse_line("-llll x").is_err());
    }
}
