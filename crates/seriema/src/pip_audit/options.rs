//! The options of pip-audit 2.10.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::pip_audit::report::Vulnerability;

/// Takes pip-audit's options, looks into the index of advisories that `seriema db` keeps, and writes pip-audit's reports. Nothing
/// is resolved, installed or fetched: docs/pip-audit.md says what becomes of each option.
#[derive(Parser)]
#[command(name = "seriema pip-audit", disable_version_flag = true)]
#[allow(dead_code, reason = "some of pip-audit's options have no meaning here and are taken all the same")]
pub(super) struct Options {
    /// The project: its locks, or its `pyproject.toml`.
    project_path: Option<PathBuf>,
    /// A requirements file. May be given several times.
    #[arg(short, long = "requirement", value_name = "REQUIREMENT", conflicts_with_all = ["project_path", "paths"])]
    requirements: Vec<PathBuf>,
    /// A directory of installed packages. May be given several times.
    #[arg(long = "path", value_name = "PATH", conflicts_with = "project_path")]
    paths: Vec<PathBuf>,
    /// Looks at the locks of the project alone.
    #[arg(long)]
    pub(super) locked: bool,
    /// The report's format.
    #[arg(short, long, env = "PIP_AUDIT_FORMAT", default_value = "columns")]
    pub(super) format: Format,
    /// Writes the report into a file.
    #[arg(short, long, value_name = "FILE", env = "PIP_AUDIT_OUTPUT", default_value = "stdout")]
    pub(super) output: PathBuf,
    /// Taken for the sake of scripts: there is one source of advisories, the index.
    #[arg(short = 's', long, value_parser = ["osv", "pypi", "esms"])]
    vulnerability_service: Option<String>,
    /// Looks into this index, or zip of OSV records. Seriema's own option.
    #[arg(long, value_name = "FILE")]
    pub(super) offline_db: Option<PathBuf>,
    /// With --fix: says what would be changed; otherwise: says how many packages would be audited.
    #[arg(short, long)]
    pub(super) dry_run: bool,
    /// Fails when a package has to be skipped.
    #[arg(short = 'S', long)]
    pub(super) strict: bool,
    /// Whether to write descriptions.
    #[arg(long, env = "PIP_AUDIT_DESC", num_args = 0..=1, default_value = "auto", default_missing_value = "on")]
    desc: Switch,
    /// Whether to write aliases.
    #[arg(long, num_args = 0..=1, default_value = "auto", default_missing_value = "on")]
    aliases: Switch,
    /// Changes the versions in requirements files and `pyproject.toml`.
    #[arg(long)]
    pub(super) fix: bool,
    /// Fails when a requirement has no hash.
    #[arg(long)]
    pub(super) require_hashes: bool,
    /// Leaves out requirements that are installed in place.
    #[arg(long)]
    pub(super) skip_editable: bool,
    /// Fails when a requirement is not pinned.
    #[arg(long)]
    pub(super) no_deps: bool,
    /// Fails when a requirement is not pinned; pip is never run.
    #[arg(long)]
    pub(super) disable_pip: bool,
    /// Leaves out a vulnerability, by one of its ids. May be given several times.
    #[arg(long, value_name = "ID")]
    ignore_vuln: Vec<String>,
    /// Has no meaning here.
    #[arg(short, long)]
    local: bool,
    /// Has no meaning here.
    #[arg(long, env = "PIP_AUDIT_OSV_URL")]
    osv_url: Option<String>,
    /// Has no meaning here.
    #[arg(long)]
    cache_dir: Option<PathBuf>,
    /// Has no meaning here.
    #[arg(long, value_parser = ["on", "off"])]
    progress_spinner: Option<String>,
    /// Has no meaning here.
    #[arg(long)]
    timeout: Option<u64>,
    /// Has no meaning here.
    #[arg(long)]
    index_url: Option<String>,
    /// Has no meaning here.
    #[arg(long, value_name = "URL")]
    extra_index_url: Vec<String>,
    /// Has no meaning here.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Columns,
    Json,
    Markdown,
    CyclonedxJson,
    CyclonedxXml,
}

impl Format {
    /// Whether it lists all packages.
    pub(super) const fn is_manifest(self) -> bool {
        matches!(self, Self::Json)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
    Auto,
}

/// Where packages are read from.
pub(super) enum Place<'a> {
    Requirements(&'a [PathBuf]),
    Project(&'a PathBuf),
    Installed(Vec<PathBuf>),
}

impl Options {
    /// What does not go together: what pip-audit says of it.
    pub(super) fn check(&self) -> Result<(), String> {
        if matches!(self.format, Format::CyclonedxJson | Format::CyclonedxXml) {
            return Err("a bill of materials is not written here".to_owned());
        }
        if self.project_path.is_none() && self.locked {
            return Err("The --locked flag can only be used with a project path".to_owned());
        }
        let of_requirements = [
            ("--require-hashes", self.require_hashes),
            ("--index-url", self.index_url.is_some()),
            ("--extra-index-url", !self.extra_index_url.is_empty()),
            ("--no-deps", self.no_deps),
            ("--disable-pip", self.disable_pip),
        ];
        match of_requirements.iter().find(|(_, is_given)| *is_given && self.requirements.is_empty()) {
            Some((name, _)) => Err(format!("The {name} flag can only be used with --requirement (-r)")),
            None => Ok(()),
        }
    }

    pub(super) fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.require_hashes && self.no_deps {
            warnings.push("The --no-deps flag is redundant when used with --require-hashes");
        }
        if !self.requirements.is_empty() && !self.no_deps && !self.disable_pip && !self.require_hashes {
            warnings.push(
                "what the requirements themselves depend on is not resolved; audit a lock, or a list of all packages",
            );
        }
        warnings
    }

    pub(super) fn place(&self) -> Place<'_> {
        match &self.project_path {
            _ if !self.requirements.is_empty() => Place::Requirements(&self.requirements),
            Some(directory) => Place::Project(directory),
            None if !self.paths.is_empty() => Place::Installed(self.paths.clone()),
            None => Place::Installed(active()),
        }
    }

    pub(super) fn ignores(&self, one: &Vulnerability) -> bool {
        self.ignore_vuln.iter().any(|id| *id == one.id || one.aliases.contains(id))
    }

    pub(super) fn has_descriptions(&self) -> bool {
        self.is_on(self.desc)
    }

    pub(super) fn has_aliases(&self) -> bool {
        self.is_on(self.aliases)
    }

    fn is_on(&self, switch: Switch) -> bool {
        switch == Switch::On || (switch == Switch::Auto && self.format == Format::Json)
    }
}

/// The packages of the virtual environment that is active.
fn active() -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from) else { return Vec::new() };
    let windows = root.join("Lib").join("site-packages");
    if cfg!(windows) {
        return vec![windows];
    }
    let versions = std::fs::read_dir(root.join("lib")).into_iter().flatten().flatten();
    versions.map(|entry| entry.path().join("site-packages")).filter(|path| path.is_dir()).collect()
}
