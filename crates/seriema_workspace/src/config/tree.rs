//! Which configuration holds for which file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{AdvisoryIgnore, Config, ConfigError, ConfigFile, Overrides};
use crate::discover::{Decision, Discovery, SourceFile, is_repository};
use crate::paths::shown_path;
use crate::source::{ReadError, read_bytes};
use crate::vocabulary::Vocabulary;

/// The largest configuration file that is read, in bytes.
const MAX_CONFIG_FILE: u64 = 4 << 20;

/// Where the settings are to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigSource {
    /// In the nearest file above each audited file.
    #[default]
    Nearest,
    /// In this file (an absolute path), for all.
    File(PathBuf),
    /// Nowhere: defaults and command line only.
    None,
}

/// The configurations of a project: the root's, and those of its parts.
#[derive(Clone, Debug)]
pub struct ConfigTree {
    root: PathBuf,
    source: ConfigSource,
    overrides: Overrides,
    /// The first is the root's.
    configs: Vec<Config>,
    /// Which of `configs` holds in a directory.
    by_directory: FxHashMap<PathBuf, usize>,
}

impl ConfigTree {
    /// Finds and reads the configuration that holds for the directory `root` (absolute). It is looked for in `root` and
    /// above, up to the directory of the repository, or to the top where there is none.
    ///
    /// # Errors
    /// All mistakes in the file, or that it cannot be read.
    pub fn load(
        root: &Path,
        source: ConfigSource,
        overrides: Overrides,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, Vec<ConfigError>> {
        let file = match &source {
            ConfigSource::None => None,
            ConfigSource::File(path) => Some(read_named(root, path, vocabulary)?),
            ConfigSource::Nearest => {
                let mut found = None;
                for dir in above(root) {
                    found = read_in(root, dir, vocabulary)?;
                    if found.is_some() {
                        break;
                    }
                }
                found
            }
        };
        let config = Config::resolve(file.as_ref(), &overrides, root);
        let by_directory = FxHashMap::from_iter([(root.to_path_buf(), 0)]);
        Ok(Self { root: root.to_path_buf(), source, overrides, configs: vec![config], by_directory })
    }

    /// The root's configuration.
    #[must_use]
    pub fn root(&self) -> &Config {
        // The list is never empty: `load` puts the root's in and nothing is taken out.
        #[expect(clippy::indexing_slicing, reason = "never empty")]
        &self.configs[0]
    }

    /// Adds an advisory that is not reported, whatever the files say.
    pub fn ignore_advisory(&mut self, ignore: &AdvisoryIgnore) {
        self.configs.iter_mut().for_each(|config| config.advisory_ignores.push(ignore.clone()));
    }

    /// All configurations in force, the root's first, the others by directory.
    #[must_use]
    pub fn all(&self) -> &[Config] {
        &self.configs
    }

    /// The configuration that holds for `file` (absolute), among those read so far.
    #[must_use]
    pub fn of(&self, file: &Path) -> &Config {
        if let [only] = self.configs.as_slice() {
            return only;
        }
        file.ancestors()
            .skip(1)
            .find_map(|dir| self.by_directory.get(dir))
            .and_then(|at| self.configs.get(*at))
            .unwrap_or_else(|| self.root())
    }

    /// Reads the configurations that stand nearer to the files found than the root's, and takes out the files that
    /// these exclude; named files stay.
    ///
    /// # Errors
    /// All mistakes in all files.
    pub fn nest(
        &mut self,
        found: &mut Discovery,
        explain: bool,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<(), Vec<ConfigError>> {
        if self.source != ConfigSource::Nearest {
            return Ok(());
        }
        let mut errors = Vec::new();
        for file in &found.files {
            if let Some(dir) = file.absolute.parent() {
                self.visit(dir, vocabulary, &mut errors);
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let excludes: Vec<_> = self.configs.iter().map(Config::own_exclude_patterns).collect();
        let mut decisions = Vec::new();
        found.files.retain(|file: &SourceFile| {
            let at = file.absolute.ancestors().skip(1).find_map(|dir| self.by_directory.get(dir)).copied().unwrap_or(0);
            if at == 0 || file.named {
                return true;
            }
            let matched = excludes.get(at).and_then(|patterns| patterns.matched_or_above(&file.absolute, false));
            if let Some((pattern, origin)) = matched {
                let reason = format!("skipped: excluded by {origin} (`{pattern}`)");
                decisions.push(Decision { path: Arc::clone(&file.relative), read: false, reason });
            }
            matched.is_none()
        });
        if explain && !decisions.is_empty() {
            found.decisions.retain(|old| !decisions.iter().any(|new| new.path == old.path));
            found.decisions.append(&mut decisions);
            found.decisions.sort();
        }
        Ok(())
    }

    /// Finds out which configuration holds in `dir`: its own, or that of the directory above.
    fn visit(&mut self, dir: &Path, vocabulary: &Vocabulary<'_>, errors: &mut Vec<ConfigError>) {
        let unknown: Vec<&Path> = above(dir).take_while(|dir| !self.by_directory.contains_key(*dir)).collect();
        for dir in unknown.into_iter().rev() {
            let inherited = dir.parent().and_then(|above| self.by_directory.get(above)).copied().unwrap_or(0);
            let at = match read_in(&self.root, dir, vocabulary) {
                Ok(Some(file)) => {
                    self.configs.push(Config::resolve(Some(&file), &self.overrides, dir));
                    self.configs.len() - 1
                }
                Ok(None) => inherited,
                Err(mut more) => {
                    errors.append(&mut more);
                    inherited
                }
            };
            self.by_directory.insert(dir.to_path_buf(), at);
        }
    }
}

/// `dir` and the directories above it, up to the repository's.
fn above(dir: &Path) -> impl Iterator<Item = &Path> {
    // Whether a directory is one is asked of as few as possible: projects have many.
    let mut below: Option<&Path> = None;
    dir.ancestors().take_while(move |dir| !below.replace(dir).is_some_and(is_repository))
}

/// The configuration that stands in `dir`, if one does.
fn read_in(root: &Path, dir: &Path, vocabulary: &Vocabulary<'_>) -> Result<Option<ConfigFile>, Vec<ConfigError>> {
    for name in ["seriema.toml", "pyproject.toml"] {
        let path = dir.join(name);
        match read_bytes(&path, MAX_CONFIG_FILE) {
            Ok(bytes) => {
                if let Some(file) = parse(root, &path, &bytes, vocabulary)? {
                    return Ok(Some(file));
                }
            }
            // A directory of that name configures nothing.
            Err(ReadError::Missing(_) | ReadError::Directory) => {}
            Err(error) => {
                let shown = Arc::from(shown_path(root, &path));
                return Err(vec![ConfigError::file(&shown, format!("the configuration {error}"))]);
            }
        }
    }
    Ok(None)
}

fn read_named(root: &Path, path: &Path, vocabulary: &Vocabulary<'_>) -> Result<ConfigFile, Vec<ConfigError>> {
    let shown: Arc<str> = Arc::from(shown_path(root, path));
    let bytes = read_bytes(path, MAX_CONFIG_FILE)
        .map_err(|error| vec![ConfigError::file(&shown, format!("the configuration {error}"))])?;
    parse(root, path, &bytes, vocabulary)?
        .ok_or_else(|| vec![ConfigError::file(&shown, "there is no table `[tool.seriema]` in it".to_owned())])
}

fn parse(
    root: &Path,
    path: &Path,
    bytes: &[u8],
    vocabulary: &Vocabulary<'_>,
) -> Result<Option<ConfigFile>, Vec<ConfigError>> {
    let shown = shown_path(root, path);
    let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // As for broken TOML: what does not speak to us is not judged.
        Err(_) if is_pyproject && memchr::memmem::find(bytes, b"seriema").is_none() => return Ok(None),
        Err(error) => {
            let line = crate::source::line_of(bytes, error.valid_up_to());
            let message = "not valid TOML: it is not UTF-8".to_owned();
            let path = Arc::from(shown);
            return Err(vec![ConfigError { path, line: Some(line), column: None, message, suggestion: None }]);
        }
    };
    ConfigFile::parse(&shown, path.parent().unwrap_or(root), text, is_pyproject, vocabulary)
}
