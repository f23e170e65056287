//! Installed environments: the distributions in directories of packages, by their metadata
//! (<https://packaging.python.org/en/latest/specifications/recording-installed-packages/>). No interpreter is run: where its
//! packages are is told by `pyvenv.cfg` and by the usual layouts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use seriema_archive::{Limits, members};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_workspace::{decode_text, read_bytes};

use crate::distribution::{headers, shown};
use crate::manifest::{ManifestKind, Origin, lock_commit, read as read_manifest, url};
use crate::project::Source;

/// Most bytes of a file of metadata; some hold a whole changelog.
const MAX_BYTES: u64 = 8 << 20;
/// Most bytes of an egg that is one file.
const MAX_EGG: u64 = 256 << 20;
/// Most distributions of an environment.
const MAX_DISTRIBUTIONS: usize = 20_000;
/// Most directories that `.pth` files add.
const MAX_ADDED: usize = 200;

/// What an environment is named by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// An interpreter.
    Python(PathBuf),
    /// The directory of a virtual environment, or the prefix of an interpreter.
    Prefix(PathBuf),
    /// A directory of packages.
    Packages(PathBuf),
}

/// What is installed.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The directories that were looked into.
    pub directories: Vec<PathBuf>,
    /// Each distribution's metadata.
    pub sources: Vec<Source>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads an environment.
///
/// # Errors
/// When there is none: a sentence says what was looked for.
pub fn read(start: &Start) -> Result<Environment, String> {
    let directories = match start {
        Start::Python(python) => of_python(python)?,
        Start::Prefix(prefix) => of_prefix(prefix)?,
        Start::Packages(directory) if directory.is_dir() => vec![directory.clone()],
        Start::Packages(directory) => return Err(format!("{} is no directory", shown(directory))),
    };
    let mut reader = Reader { found: Environment::default(), added: BTreeSet::new() };
    for directory in &directories {
        reader.directory(directory, false);
    }
    for directory in std::mem::take(&mut reader.added) {
        if !directories.contains(&directory) {
            reader.directory(&directory, true);
        }
    }
    let mut found = reader.found;
    found.directories = directories;
    requested(&mut found.sources);
    for source in &mut found.sources {
        found.diagnostics.append(&mut source.manifest.diagnostics);
    }
    if found.sources.is_empty() {
        let message = "no distribution is installed here".to_owned();
        let path = found.directories.first().map(|directory| shown(directory)).unwrap_or_default();
        found.diagnostics.push(Diagnostic::file(path.into(), DiagnosticKind::Config, message));
    }
    Ok(found)
}

/// pip and uv mark what was asked for by an empty `REQUESTED`; where nothing is marked, nobody did.
fn requested(sources: &mut [Source]) {
    let all = || sources.iter().flat_map(|source| &source.manifest.dependencies);
    if all().any(|dependency| dependency.is_direct == Some(true)) {
        for dependency in sources.iter_mut().flat_map(|source| &mut source.manifest.dependencies) {
            dependency.is_direct = dependency.is_direct.or(Some(false));
        }
    }
}

/// The directories of an interpreter's packages.
fn of_python(python: &Path) -> Result<Vec<PathBuf>, String> {
    if python.is_dir() {
        return of_prefix(python);
    }
    let whole = python.canonicalize().map_err(|_| format!("{} does not exist", shown(python)))?;
    // A virtual environment's interpreter is a link to another one, whose packages are not its own.
    let beside = |python: &Path| python.parent().map(Path::to_path_buf);
    let places = [beside(python), beside(python).as_deref().and_then(Path::parent).map(Path::to_path_buf)];
    if let Some(venv) = places.into_iter().flatten().find(|place| place.join("pyvenv.cfg").is_file()) {
        return of_prefix(&venv);
    }
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let version = name.trim_end_matches(".exe").trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let version = Some(version).filter(|version| version.contains('.'));
    let directory = whole.parent().unwrap_or(&whole);
    let prefix = match directory.file_name().and_then(|name| name.to_str()) {
        Some("bin" | "Scripts") => directory.parent().unwrap_or(directory),
        _ => directory,
    };
    some(layout(prefix, version.as_deref()), python)
}

/// The directories of packages below a prefix; of a virtual environment that shares them, its base's too.
fn of_prefix(prefix: &Path) -> Result<Vec<PathBuf>, String> {
    let mut directories = layout(prefix, None);
    let settings = text(&prefix.join("pyvenv.cfg")).unwrap_or_default();
    let setting = |name: &str| {
        let pairs = settings.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let is_shared =
        setting("include-system-site-packages").is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"));
    if let (true, Some((_, home))) = (is_shared, setting("home")) {
        let version = setting("version").or(setting("version_info")).map(|(_, version)| version);
        let minor = version.map(|version| version.splitn(3, '.').take(2).collect::<Vec<_>>().join("."));
        let home = Path::new(home);
        let base =
            if home.file_name().is_some_and(|name| name == "bin") { home.parent().unwrap_or(home) } else { home };
        directories.extend(layout(base, minor.as_deref()));
    }
    some(directories, prefix)
}

fn some(directories: Vec<PathBuf>, named: &Path) -> Result<Vec<PathBuf>, String> {
    if directories.is_empty() {
        let named = shown(named);
        return Err(format!(
            "no site-packages belong to {named}: name the directory of an environment, its own interpreter (not a shim), or \
             the site-packages with --path"
        ));
    }
    Ok(directories)
}

/// Directories of packages below a prefix, as CPython, PyPy, Debian and Windows lay them out; of one version where it is
/// known.
fn layout(prefix: &Path, version: Option<&str>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut known = BTreeSet::new();
    let mut add = |directory: PathBuf| {
        // `lib64` is often a link to `lib`.
        if directory.is_dir() && known.insert(directory.canonicalize().unwrap_or_else(|_| directory.clone())) {
            found.push(directory);
        }
    };
    add(prefix.join("Lib").join("site-packages"));
    for library in ["lib", "lib64", "local/lib"] {
        let library = prefix.join(library);
        for name in names(&library).unwrap_or_default() {
            let Some(own) = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy")) else { continue };
            let is_meant = own == "3" || version.is_none_or(|version| own.trim_end_matches('t') == version);
            if own.starts_with('3') && is_meant {
                ["site-packages", "dist-packages"].iter().for_each(|end| add(library.join(&name).join(end)));
            }
        }
        add(library.join("site-packages"));
    }
    found
}

/// The names in a directory, in order.
fn names(directory: &Path) -> std::io::Result<BTreeSet<String>> {
    let entries = directory.read_dir()?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

fn text(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path, MAX_BYTES).map_err(|error| error.to_string())?;
    decode_text(bytes).ok_or_else(|| "is no text".to_owned())
}

struct Reader {
    found: Environment,
    /// Directories that `.pth` files and links to eggs add: projects that are developed in place.
    added: BTreeSet<PathBuf>,
}

impl Reader {
    fn say(&mut self, path: &Path, kind: DiagnosticKind, message: impl Into<String>) {
        self.found.diagnostics.push(Diagnostic::file(Arc::from(shown(path)), kind, message.into()));
    }

    /// Reads a directory of packages; `is_local` when it is that of a project.
    fn directory(&mut self, directory: &Path, is_local: bool) {
        let names = match names(directory) {
            Ok(names) => names,
            Err(_) => return self.say(directory, DiagnosticKind::Unreadable, "cannot be read"),
        };
        for name in names {
            let path = directory.join(&name);
            if self.found.sources.len() >= MAX_DISTRIBUTIONS {
                let message = format!("more than {MAX_DISTRIBUTIONS} distributions; the rest was not read");
                return self.say(directory, DiagnosticKind::Limit, message);
            }
            // What pip moved away and could not delete.
            if name.starts_with('~') {
                self.say(&path, DiagnosticKind::Config, "is left of a distribution that was uninstalled");
                continue;
            }
            match name.rsplit_once('.').map(|(_, end)| end) {
                Some("dist-info") if !is_local => self.metadata(&path.join("METADATA"), Some(&path), is_local),
                Some("egg-info") if path.is_dir() => self.metadata(&path.join("PKG-INFO"), None, is_local),
                Some("egg-info") => self.metadata(&path, None, is_local),
                Some("egg") if path.is_dir() => self.metadata(&path.join("EGG-INFO").join("PKG-INFO"), None, false),
                Some("egg") => self.egg(&path),
                Some("pth" | "egg-link") if !is_local => self.links(&path, directory),
                _ => {}
            }
        }
    }

    /// Reads the metadata of a distribution, and what its directory says of how it was installed.
    fn metadata(&mut self, path: &Path, directory: Option<&Path>, is_local: bool) {
        let said = match text(path) {
            Ok(said) => headers(said),
            Err(message) => return self.say(path, DiagnosticKind::Unreadable, message),
        };
        let mut source = self::source(shown(path), said);
        for dependency in &mut source.manifest.dependencies {
            if is_local {
                dependency.origin = Origin::Path(String::new());
            }
            let Some(directory) = directory else { continue };
            dependency.is_direct = directory.join("REQUESTED").is_file().then_some(true);
            let installer = text(&directory.join("INSTALLER")).unwrap_or_default();
            if installer.trim() == "conda" {
                dependency.origin = Origin::Conda("defaults".to_owned());
            }
            let file = directory.join("direct_url.json");
            if !file.is_file() {
                continue;
            }
            match text(&file).ok().and_then(|text| serde_json::from_str(&text).ok()).and_then(|said| origin(&said)) {
                Some(origin) => dependency.origin = origin,
                None => {
                    let message = "does not say where the distribution comes from; it is taken as one of the index";
                    self.found.diagnostics.push(Diagnostic::file(
                        shown(&file).into(),
                        DiagnosticKind::Config,
                        message.to_owned(),
                    ));
                }
            }
        }
        self.found.sources.push(source);
    }

    /// Reads an egg that is one file.
    fn egg(&mut self, path: &Path) {
        let bytes = match read_bytes(path, MAX_EGG) {
            Ok(bytes) => bytes,
            Err(error) => return self.say(path, DiagnosticKind::Unreadable, error.to_string()),
        };
        let mut found = Vec::new();
        let limits = Limits { depth: 1, ..Limits::default() };
        members(&shown(path), &bytes, &limits, &|inner| inner == "EGG-INFO/PKG-INFO", &mut |member| found.push(member));
        match found.into_iter().find_map(|member| Some((member.path, decode_text(member.bytes)?))) {
            Some((inner, said)) => self.found.sources.push(source(inner, headers(said))),
            None => self.say(path, DiagnosticKind::Unreadable, "holds no metadata"),
        }
    }

    /// Takes down directories that a `.pth` file or a link to an egg adds. Lines that are code are not run.
    fn links(&mut self, path: &Path, directory: &Path) {
        let Ok(said) = text(path) else {
            return self.say(path, DiagnosticKind::Unreadable, "cannot be read");
        };
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines.filter(|line| !line.starts_with("import ") && !line.starts_with("import\t")).take(MAX_ADDED) {
            let added = directory.join(line);
            if line != "." && self.added.len() < MAX_ADDED && added.is_dir() && added != directory {
                self.added.insert(added);
            }
        }
    }
}

fn source(path: String, text: String) -> Source {
    Source { manifest: read_manifest(&path, ManifestKind::Metadata, &text), text }
}

/// Where `direct_url.json` says that a distribution comes from
/// (<https://packaging.python.org/en/latest/specifications/direct-url/>).
fn origin(said: &Value) -> Option<Origin> {
    let url = url::masked(said.get("url")?.as_str()?).into_owned();
    if let Some(vcs) = said.get("vcs_info") {
        let commit = lock_commit(vcs.get("commit_id").and_then(Value::as_str));
        return Some(Origin::Vcs { url, revision: None, commit });
    }
    if said.get("dir_info").is_some() {
        return Some(Origin::Path(url.strip_prefix("file://").unwrap_or(&url).to_owned()));
    }
    said.get("archive_info").map(|_| Origin::Url(url))
}
