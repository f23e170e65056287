//! Settings: from `[tool.seriema]` in `pyproject.toml` or from `seriema.toml`, and from the command line.
//!
//! The nearest file above an audited file holds for it, wholly: a file in a subdirectory replaces the ones above it and
//! takes nothing from them, so that one file says everything about the code beside it. What decides which files are
//! walked at all (`include-stubs`, `respect-gitignore`), how much is shown and when the run fails is taken from the
//! file that holds for the root. Of two files in one directory, `seriema.toml` is read.

mod advisories;
mod document;
mod keys;
mod other_tools;
mod read;
mod show;
mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use seriema_finding::{Confidence, Persona, Severity};

use crate::discover::DEFAULT_MAX_FILE_SIZE;
use crate::pattern::{PathPattern, PathPatterns, PatternError};

pub use advisories::{AdvisoryIgnore, IgnoreTool, other_ignores, read_other_ignores};
pub use document::ConfigError;
pub use keys::json_schema;
pub use other_tools::{BanditSelection, OtherTools, RuffSelection, read_other_tools};
pub use read::ConfigFile;
pub use show::Entry;
pub use tree::{ConfigSource, ConfigTree};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// A line of a configuration file.
    File {
        /// The file, relative to the root.
        path: Arc<str>,
        /// The line, from 1.
        line: u32,
    },
    /// The command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    const fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    const fn command_line(value: T) -> Self {
        Self { value, origin: Origin::CommandLine }
    }

    fn or(self, file: Option<&Self>, command_line: Option<T>) -> Self
    where
        T: Clone,
    {
        match (command_line, file) {
            (Some(value), _) => Self::command_line(value),
            (None, Some(file)) => file.clone(),
            (None, None) => self,
        }
    }
}

/// A list whose items may come from several places.
pub type ListSetting = Setting<Vec<Setting<String>>>;

impl ListSetting {
    /// The items without their origins.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.value.iter().map(|item| item.value.as_str())
    }

    fn add(mut self, more: &[String]) -> Self {
        if !more.is_empty() {
            self.origin = Origin::CommandLine;
            self.value.extend(more.iter().cloned().map(Setting::command_line));
        }
        self
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// The names of all, as written in configuration.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name as written in configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                $(if text.eq_ignore_ascii_case($text) {
                    return Ok(Self::$variant);
                })+
                Err(format!("`{text}` is none of {}", Self::NAMES.join(", ")))
            }
        }
    };
}

words!(
    /// From which severity on a finding makes the run fail.
    FailOn,
    /// Any finding.
    Info = "info",
    /// LOW and above.
    Low = "low",
    /// MEDIUM and above.
    Medium = "medium",
    /// HIGH and above.
    High = "high",
    /// CRITICAL only.
    Critical = "critical",
    /// No finding.
    Never = "never"
);

impl FailOn {
    /// Whether a finding of this severity makes the run fail.
    #[must_use]
    pub fn is_met_by(self, severity: Severity) -> bool {
        let least = match self {
            Self::Info => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
            Self::Never => return false,
        };
        severity >= least
    }
}

words!(
    /// What follows when a part of the project could not be analysed.
    Incomplete,
    /// The run fails, with an exit code of its own.
    Error = "error",
    /// The report says so.
    Warn = "warn"
);

/// What a rule's option is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(u64),
    /// A string.
    Text(String),
    /// A list of strings.
    TextList(Vec<String>),
}

/// Rules that are not reported in some files.
#[derive(Clone, Debug)]
pub struct PerFileIgnore {
    /// Which files; relative to [`Config::base`].
    pub pattern: String,
    /// What is not reported there: slugs, codes, weaknesses, families.
    pub rules: Vec<String>,
    /// Why; empty where nobody says.
    pub reason: String,
    /// Where it is written.
    pub origin: Origin,
    matcher: PathPatterns,
}

impl PerFileIgnore {
    /// Whether it holds for `file`, an absolute path.
    #[must_use]
    pub fn covers(&self, file: &Path) -> bool {
        self.matcher.matched_or_above(file, false).is_some()
    }
}

/// The options of rules: by slug, then by name.
pub type RuleOptions = BTreeMap<String, BTreeMap<String, Setting<OptionValue>>>;

/// All settings, each with its origin.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that they are from, relative to the root.
    pub file: Option<Arc<str>>,
    /// The directory that patterns of the file are relative to; absolute.
    pub base: PathBuf,
    /// Who the report is for.
    pub persona: Setting<Persona>,
    /// The least severity shown.
    pub severity: Setting<Severity>,
    /// The least confidence shown.
    pub confidence: Setting<Confidence>,
    /// The least severity that makes the run fail.
    pub fail_on: Setting<FailOn>,
    /// What follows when something could not be analysed.
    pub incomplete: Setting<Incomplete>,
    /// The only rules to report; empty means all of the persona.
    pub select: ListSetting,
    /// Rules not to report.
    pub ignore: ListSetting,
    /// Files and directories to leave out, as in `.gitignore`.
    pub exclude: ListSetting,
    /// Directories that module names start from, relative to [`Self::base`].
    pub src: ListSetting,
    /// Models of the project's own: files, relative to [`Self::base`].
    pub models: ListSetting,
    /// Detectors of secrets of the project's own: files, relative to [`Self::base`].
    pub detectors: ListSetting,
    /// Whether `.pyi` files are audited.
    pub include_stubs: Setting<bool>,
    /// Whether what git ignores is left out.
    pub respect_gitignore: Setting<bool>,
    /// The size, in bytes, above which a file is not read.
    pub max_file_size: Setting<u64>,
    /// Whether a suppression without a reason is a finding.
    pub require_suppression_reason: Setting<bool>,
    /// Rules that are not reported in some files.
    pub per_file_ignores: Vec<PerFileIgnore>,
    /// Advisories that are not reported.
    pub advisory_ignores: Vec<AdvisoryIgnore>,
    /// Options of rules.
    pub rules: RuleOptions,
}

/// What the command line says. `select` replaces the file's; `ignore` and `exclude` are added to the file's.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is the field of Config with its name")]
pub struct Overrides {
    pub persona: Option<Persona>,
    pub severity: Option<Severity>,
    pub confidence: Option<Confidence>,
    pub fail_on: Option<FailOn>,
    pub incomplete: Option<Incomplete>,
    pub select: Option<Vec<String>>,
    pub ignore: Vec<String>,
    pub exclude: Vec<String>,
    pub include_stubs: Option<bool>,
    pub respect_gitignore: Option<bool>,
    pub max_file_size: Option<u64>,
    pub require_suppression_reason: Option<bool>,
}

impl Config {
    /// The settings in force: what the command line says before what the file says before the defaults. `base` is
    /// the directory that stands in for the file's where there is none.
    #[must_use]
    pub fn resolve(file: Option<&ConfigFile>, overrides: &Overrides, base: &Path) -> Self {
        let none = ConfigFile::default();
        let from = file.unwrap_or(&none);
        let list = |list: &Option<ListSetting>| list.clone().unwrap_or_else(|| Setting::default(Vec::new()));
        Self {
            file: file.map(|file| Arc::clone(&file.shown)),
            base: file.map_or(base, |file| &file.base).to_path_buf(),
            persona: Setting::default(Persona::Regular).or(from.persona.as_ref(), overrides.persona),
            severity: Setting::default(Severity::Info).or(from.severity.as_ref(), overrides.severity),
            confidence: Setting::default(Confidence::Low).or(from.confidence.as_ref(), overrides.confidence),
            fail_on: Setting::default(FailOn::High).or(from.fail_on.as_ref(), overrides.fail_on),
            incomplete: Setting::default(Incomplete::Error).or(from.incomplete.as_ref(), overrides.incomplete),
            select: match &overrides.select {
                Some(select) => Setting::default(Vec::new()).add(select),
                None => list(&from.select),
            },
            ignore: list(&from.ignore).add(&overrides.ignore),
            exclude: list(&from.exclude).add(&overrides.exclude),
            src: list(&from.src),
            models: list(&from.models),
            detectors: list(&from.detectors),
            include_stubs: Setting::default(false).or(from.include_stubs.as_ref(), overrides.include_stubs),
            respect_gitignore: Setting::default(true).or(from.respect_gitignore.as_ref(), overrides.respect_gitignore),
            max_file_size: Setting::default(DEFAULT_MAX_FILE_SIZE)
                .or(from.max_file_size.as_ref(), overrides.max_file_size),
            require_suppression_reason: Setting::default(true)
                .or(from.require_suppression_reason.as_ref(), overrides.require_suppression_reason),
            per_file_ignores: from.per_file_ignores.clone(),
            advisory_ignores: from.advisory_ignores.clone(),
            rules: from.rules.clone(),
        }
    }

    /// `exclude`, made ready for matching. What the command line says is relative to `cwd`.
    ///
    /// # Errors
    /// The patterns that are not valid. Those of files have been checked when the file was read.
    pub fn exclude_patterns(&self, cwd: &Path) -> Result<PathPatterns, Vec<PatternError>> {
        PathPatterns::build(
            self.exclude.value.iter().filter_map(|item| self.exclude_pattern(item, Some(cwd))).collect(),
        )
    }

    /// The part of `exclude` that the file says.
    fn own_exclude_patterns(&self) -> PathPatterns {
        let patterns = self.exclude.value.iter().filter_map(|item| self.exclude_pattern(item, None));
        PathPatterns::build(patterns.collect()).unwrap_or_default()
    }

    fn exclude_pattern(&self, item: &Setting<String>, cwd: Option<&Path>) -> Option<PathPattern> {
        let (base, origin) = match &item.origin {
            Origin::CommandLine => (cwd?, "`--exclude`".to_owned()),
            origin => (self.base.as_path(), format!("`exclude` in {origin}")),
        };
        Some(PathPattern { pattern: item.value.clone(), base: base.to_path_buf(), origin })
    }

    /// The directories that module names start from; absolute.
    #[must_use]
    pub fn source_roots(&self) -> Vec<PathBuf> {
        self.src.values().map(|dir| crate::paths::absolute(&self.base, Path::new(dir))).collect()
    }

    /// The files with the project's own models, as they are named and absolute.
    pub fn model_files(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        self.models.values().map(|file| (file, crate::paths::absolute(&self.base, Path::new(file))))
    }

    /// The files with the project's own detectors of secrets, as they are named and absolute.
    pub fn detector_files(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        self.detectors.values().map(|file| (file, crate::paths::absolute(&self.base, Path::new(file))))
    }

    /// What is not reported in `file`, an absolute path.
    #[must_use]
    pub fn ignored_in(&self, file: &Path) -> Vec<&PerFileIgnore> {
        self.per_file_ignores.iter().filter(|ignore| ignore.covers(file)).collect()
    }
}

#[cfg(test)]
mod tests;
