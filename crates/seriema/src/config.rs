//! The configuration of a run, and `seriema config`.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use seriema_audit::{OwnModel, Settings, Threat, VOCABULARY, check_model};
use seriema_report::visible_line;
use seriema_secrets::{Detectors, Scanner};
use seriema_workspace::{
    Config, ConfigError, ConfigSource, ConfigTree, DiscoverOptions, Discovery, FailOn, Incomplete, Overrides,
    UnknownSelector, choose_root, describe_file, discover, json_schema,
};

use crate::cli::{ConfigArgs, ConfigCommand, ReportArgs};
use crate::{Exit, setup};

/// Settings and files of a run.
pub(crate) struct Run {
    pub(crate) settings: Settings,
    pub(crate) discovery: Discovery,
}

impl Run {
    /// The detectors that secrets are looked for with.
    pub(crate) fn detectors(&self) -> Arc<Detectors> {
        let embedded = || Arc::clone(Detectors::embedded());
        self.settings.secrets.as_ref().map_or_else(embedded, |scanner| Arc::clone(scanner.detectors()))
    }
}

/// What is to be found.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Whether stubs are read.
    pub(crate) include_stubs: bool,
    /// Whether rules look at code.
    pub(crate) code: bool,
    /// Whether data is followed.
    pub(crate) flow: bool,
    /// Who the attacker is.
    pub(crate) threat: Option<Threat>,
    /// Whether secrets are looked for.
    pub(crate) secrets: bool,
    /// Whether files of all kinds are read.
    pub(crate) texts: bool,
}

/// Reads the configuration and finds the files.
pub(crate) fn prepare(args: &ReportArgs, wanted: Wanted, cwd: &Path) -> Result<Run> {
    let root = choose_root(cwd, &args.paths);
    let mut tree = load(&root, cwd, args, wanted)?;
    let config = tree.root();
    let options = DiscoverOptions {
        paths: args.paths.clone(),
        root: Some(root.clone()),
        exclude: config.exclude_patterns(cwd).map_err(|errors| joined(&errors))?,
        include_stubs: config.include_stubs.value,
        respect_gitignore: config.respect_gitignore.value,
        max_file_size: config.max_file_size.value,
        source_roots: config.source_roots(),
        explain: args.explain_files,
        texts: wanted.secrets || wanted.texts,
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(cwd, &options);
    if let Some(missing) = discovery.missing.first() {
        bail!("{}", missing.message);
    }
    tree.nest(&mut discovery, args.explain_files, &VOCABULARY).map_err(|errors| mistakes(&errors))?;
    if root != *cwd {
        show_absolute(&mut discovery);
    }
    settings(wanted, tree, discovery)
}

/// The configuration for what is not read from files.
pub(crate) fn prepare_repository(args: &ReportArgs, wanted: Wanted, cwd: &Path) -> Result<Run> {
    let root = choose_root(cwd, &args.paths);
    let tree = load(&root, cwd, args, wanted)?;
    settings(wanted, tree, Discovery { root, ..Discovery::default() })
}

fn settings(wanted: Wanted, tree: ConfigTree, discovery: Discovery) -> Result<Run> {
    let secrets = wanted.secrets.then(|| own_detectors(&tree)).transpose()?;
    let models = tree.root().model_files().map(|(name, file)| model(name, &file)).collect::<Result<_>>()?;
    let settings = Settings {
        tree,
        today: today(),
        code: wanted.code,
        secrets: secrets.map(|detectors| Arc::new(Scanner::with_detectors(detectors))),
        flow: wanted.flow,
        threat: wanted.threat,
        models,
        once: true,
        cache: None,
    };
    Ok(Run { settings, discovery })
}

/// The program's detectors of secrets, and the project's own.
fn own_detectors(tree: &ConfigTree) -> Result<Arc<Detectors>> {
    let read = |(name, file): (&str, PathBuf)| -> Result<(String, String)> {
        let text = std::fs::read_to_string(&file).with_context(|| format!("`detectors` names {}", file.display()))?;
        Ok((name.to_owned(), text))
    };
    let files: Vec<_> = tree.root().detector_files().map(read).collect::<Result<_>>()?;
    if files.is_empty() {
        return Ok(Arc::clone(Detectors::embedded()));
    }
    Ok(Arc::new(Detectors::read(&files)?))
}

/// The detectors that hold in a directory, when no option says otherwise.
pub(crate) fn detectors_in(root: &Path) -> Result<Arc<Detectors>> {
    let tree = ConfigTree::load(root, ConfigSource::Nearest, Overrides::default(), &VOCABULARY);
    own_detectors(&tree.map_err(|errors| mistakes(&errors))?)
}

/// A model of the project's own.
fn model(name: &str, file: &Path) -> Result<OwnModel> {
    let text = std::fs::read_to_string(file).with_context(|| format!("`models` names {}", file.display()))?;
    let model = (name.to_owned(), text);
    check_model(&model).map_err(|error| anyhow!("{error}"))?;
    Ok(model)
}

/// The configuration for a text that stands for the file `name`, and that file.
pub(crate) fn prepare_text(args: &ReportArgs, wanted: Wanted, cwd: &Path, name: &Path) -> Result<Run> {
    let root = choose_root(cwd, &[name.to_path_buf()]);
    let mut tree = load(&root, cwd, args, wanted)?;
    let mut file = describe_file(cwd, &root, name, &tree.root().source_roots());
    file.relative = visible_line(&file.relative).into();
    let mut discovery = Discovery { root, files: vec![file], ..Discovery::default() };
    tree.nest(&mut discovery, false, &VOCABULARY).map_err(|errors| mistakes(&errors))?;
    settings(wanted, tree, discovery)
}

/// What lies outside of the working directory is named by its whole path, so that whoever reads the report finds it.
fn show_absolute(discovery: &mut Discovery) {
    let root = discovery.root.to_string_lossy().replace('\\', "/");
    let root = root.trim_end_matches('/');
    let whole = |path: &str| -> Arc<str> {
        if Path::new(path).is_absolute() { path.into() } else { format!("{root}/{path}").into() }
    };
    for file in &mut discovery.files {
        file.relative = whole(&file.relative);
    }
    for diagnostic in &mut discovery.diagnostics {
        diagnostic.path = whole(&diagnostic.path);
    }
    for decision in &mut discovery.decisions {
        decision.path = whole(&decision.path);
    }
}

fn load(root: &Path, cwd: &Path, args: &ReportArgs, wanted: Wanted) -> Result<ConfigTree> {
    let source = match &args.config {
        _ if args.no_config => ConfigSource::None,
        Some(file) => ConfigSource::File(cwd.join(file)),
        None => ConfigSource::Nearest,
    };
    ConfigTree::load(root, source, overrides(args, wanted)?, &VOCABULARY).map_err(|errors| mistakes(&errors))
}

fn overrides(args: &ReportArgs, wanted: Wanted) -> Result<Overrides> {
    let selectors = |option: &str, words: &[String]| -> Result<Vec<String>> {
        words.iter().map(|word| VOCABULARY.selector(word.trim()).map_err(|error| unknown(option, &error))).collect()
    };
    let select = selectors("--select", &args.selection.select)?;
    Ok(Overrides {
        persona: args.selection.persona,
        severity: args.selection.severity,
        confidence: args.selection.confidence,
        fail_on: args.fail_on.as_deref().map(str::parse::<FailOn>).transpose().map_err(|error| anyhow!(error))?,
        incomplete: args
            .incomplete
            .as_deref()
            .map(str::parse::<Incomplete>)
            .transpose()
            .map_err(|error| anyhow!(error))?,
        select: (!select.is_empty()).then_some(select),
        ignore: selectors("--ignore", &args.selection.ignore)?,
        exclude: args.exclude.clone(),
        include_stubs: wanted.include_stubs.then_some(true),
        respect_gitignore: args.no_gitignore.then_some(false),
        ..Overrides::default()
    })
}

fn unknown(option: &str, error: &UnknownSelector) -> anyhow::Error {
    match &error.suggestion {
        Some(near) => anyhow!("{option}: {error}; did you mean `{near}`?"),
        None => anyhow!("{option}: {error}; `seriema rules` lists them"),
    }
}

fn mistakes(errors: &[ConfigError]) -> anyhow::Error {
    joined(errors)
}

fn joined<E: std::fmt::Display>(errors: &[E]) -> anyhow::Error {
    let lines: Vec<String> = errors.iter().map(|error| visible_line(&error.to_string()).into_owned()).collect();
    anyhow!("{}", lines.join("\nerror: "))
}

pub(crate) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

pub(crate) fn run(args: &ConfigArgs) -> Result<Exit> {
    match &args.command {
        ConfigCommand::Show { path, config } => show(path, config.as_ref()),
        ConfigCommand::Schema => {
            let mut out = BufWriter::new(io::stdout().lock());
            serde_json::to_writer_pretty(&mut out, &json_schema(&[]))?;
            writeln!(out)?;
            out.flush()?;
            Ok(Exit::Clean)
        }
    }
}

fn show(path: &Path, file: Option<&PathBuf>) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let place = cwd.join(path);
    if !place.exists() {
        bail!("{}: no such file or directory", path.display());
    }
    let directory = if place.is_dir() { place.clone() } else { place.parent().map_or(cwd.clone(), Path::to_path_buf) };
    let source = file.map_or(ConfigSource::Nearest, |file| ConfigSource::File(cwd.join(file)));
    let directory = directory.canonicalize().with_context(|| format!("{} cannot be read", path.display()))?;
    let tree = ConfigTree::load(&directory, source, Overrides::default(), &VOCABULARY).map_err(|e| mistakes(&e))?;
    let config: &Config = tree.root();
    let mut out = BufWriter::new(io::stdout().lock());
    match &config.file {
        Some(file) => writeln!(out, "# {}", visible_line(file))?,
        None => writeln!(out, "# no configuration file: defaults")?,
    }
    let entries = config.entries();
    let lines: Vec<(String, String)> = entries
        .iter()
        .map(|entry| {
            let origins: Vec<String> = entry.origins.iter().map(ToString::to_string).collect();
            (format!("{} = {}", entry.key, entry.value), origins.join(", "))
        })
        .collect();
    let width = lines.iter().map(|(setting, _)| setting.chars().count()).max().unwrap_or(0).min(60);
    for (setting, origin) in lines {
        writeln!(out, "{:<width$}  # {}", visible_line(&setting), visible_line(&origin))?;
    }
    out.flush()?;
    Ok(Exit::Clean)
}
