//! Finding and opening a repository.

use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::open::Options;
use rustc_hash::FxHashSet;

use crate::error::{GitError, words};
use crate::reader::Reader;

/// A git repository, of any kind: with a work tree or bare, a linked work tree, a submodule, shallow, partial.
///
/// A submodule is a repository of its own; nothing here goes into the submodules of another.
#[derive(Debug)]
pub struct Repository {
    inner: gix::ThreadSafeRepository,
}

/// Extensions of the format that make no difference for what is read here, or that `gix` knows how to read.
const EXTENSIONS: [&str; 9] = [
    "compatobjectformat",
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

impl Repository {
    /// Opens the repository that `directory` is in. What the environment says of repositories (`GIT_DIR` and its kin)
    /// is not looked at, and a repository that somebody else owns is read, too: nothing that it says is run.
    ///
    /// # Errors
    /// If there is no repository, or it has a format or settings that are not understood.
    pub fn open(directory: &Path) -> Result<Self, GitError> {
        let options =
            || Options::isolated().config_overrides([format!("gitoxide.objects.allocLimit={}", Reader::MAX_OBJECT)]);
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        let found =
            gix::ThreadSafeRepository::discover_opts(directory, gix::discover::upwards::Options::default(), trust);
        match found {
            Ok(inner) => Self { inner }.checked(directory),
            Err(error) if error.downcast_any_ref::<gix::discover::upwards::Error>().is_some() => {
                Err(GitError::NotARepository { directory: directory.to_owned() })
            }
            Err(error) => Err(GitError::Unreadable { directory: directory.to_owned(), why: words(&error) }),
        }
    }

    /// Refuses what is stored in other ways than those that are read here: it would seem to be empty.
    fn checked(self, directory: &Path) -> Result<Self, GitError> {
        let local = self.local();
        let config = local.config_snapshot();
        let refused = |why: String| Err(GitError::Unreadable { directory: directory.to_owned(), why });
        if let Some(storage) = config.string("extensions.refStorage").filter(|storage| *storage != "files") {
            return refused(format!(
                "its references are stored as `{storage}`, which is not understood; only `files` is"
            ));
        }
        // Git's `Documentation/technical/repository-version.adoc`: who does not know an extension stays away.
        if config.integer("core.repositoryFormatVersion") == Some(1) {
            let sections = config.sections_by_name("extensions").into_iter().flatten();
            let names = sections.flat_map(|section| section.value_names().collect::<Vec<_>>());
            if let Some(unknown) =
                names.map(|name| name.to_lowercase()).find(|name| !EXTENSIONS.contains(&name.as_str()))
            {
                return refused(format!("its format has the extension `{unknown}`, which is not understood"));
            }
        }
        Ok(self)
    }

    /// The root of the work tree, from which paths count. `None` for a bare repository.
    #[must_use]
    pub fn worktree(&self) -> Option<&Path> {
        self.inner.work_dir()
    }

    /// The directory that holds the repository: `.git`, or what a file of this name points at.
    #[must_use]
    pub fn git_dir(&self) -> PathBuf {
        self.local().git_dir().to_owned()
    }

    /// The bytes of a blob. `None` if there is none by this id that can be read and is of at most `max_file` bytes.
    #[must_use]
    pub fn blob(&self, id: &ObjectId, max_file: u64) -> Option<Vec<u8>> {
        self.reader().bytes(id, max_file).ok()
    }

    pub(crate) fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.local().objects)
    }

    /// Whether objects may be missing because they were left where the repository was cloned from.
    pub(crate) fn is_partial(&self) -> bool {
        let local = self.local();
        let config = local.config_snapshot();
        let mut remotes = config.sections_by_name("remote").into_iter().flatten();
        config.string("extensions.partialClone").is_some()
            || remotes.any(|remote| remote.contains_value_name("promisor"))
    }

    /// The commits where a shallow clone ends.
    pub(crate) fn shallow(&self) -> Result<FxHashSet<ObjectId>, GitError> {
        match self.local().shallow_commits() {
            Ok(None) => Ok(FxHashSet::default()),
            Ok(Some(commits)) => Ok(commits.iter().copied().collect()),
            Err(error) => Err(GitError::References { why: words(&error) }),
        }
    }
}
