//! What is kept on disk between runs.
//!
//! Nothing in it is ever needed: what is missing, damaged or of another version is found out anew, and the report is the
//! same with and without it.
//!
//! ```text
//! DIR/CACHEDIR.TAG                tells backups to leave it out
//! DIR/<hash of the project>/      one a project, dropped when it was not used for a month
//!     files.pack                  what is known of each file by itself
//! ```
//!
//! A pack is replaced as a whole by renaming: whoever reads has the old one or the new one, and of several runs at once
//! the last one's stays.
#![allow(clippy::disallowed_methods, reason = "these are the program's own files, not the project's")]

mod files;
mod kept;
mod pack;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::Xxh3;

pub(crate) use files::{Entry, Known};
use pack::{Read, read};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long what is not used is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Ends of the names of packs, and of files that become packs.
const PACK: &str = ".pack";
const UNFINISHED: &str = ".tmp";

/// Bytes that are handed to the system at once.
const WRITTEN_AT_ONCE: usize = 1 << 18;

const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This directory holds what Seriema found out of files, so that it need not look at them again.\n\
    # It can be deleted at any time. See https://bford.info/cachedir/\n";

/// A project's directory in the cache.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    project: PathBuf,
    /// That something was damaged, and that something went wrong.
    notes: Mutex<[Option<String>; 2]>,
}

impl Cache {
    /// The cache in the directory `root`, for what `parts` tell from anything else: the project's own directory, and
    /// the parts of it that are audited. Nothing is opened or made yet.
    pub fn new<'p>(root: PathBuf, parts: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut hash = Xxh3::new();
        for part in parts {
            hash.update(part.as_os_str().as_encoded_bytes());
            hash.update(&[0]);
        }
        let project = root.join(format!("{:032x}", hash.digest128()));
        Self(Arc::new(Inner { root, project, notes: Mutex::default() }))
    }

    /// What was stored under a name by this very version of the program.
    #[must_use]
    pub fn load(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        match read(&path) {
            Ok(Read::Whole { payload, modified }) => {
                // What is used is kept, also when nothing in it changes.
                if age(modified).is_some_and(|age| age > DAY) {
                    let _ =
                        File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
                }
                Some(payload)
            }
            Ok(Read::OtherVersion) => None,
            Ok(Read::Damaged) => {
                self.note_damaged();
                None
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.note_unusable(&error);
                None
            }
        }
    }

    /// Stores under a name, in the place of what was there. Where that cannot be done, there is a note.
    pub fn store(&self, name: &str, payload: &[u8]) {
        self.store_parts(name, &[payload]);
    }

    /// Stores what stands in several places, one after the other.
    pub fn store_parts(&self, name: &str, payload: &[&[u8]]) {
        if let Err(error) = self.write(name, payload) {
            self.note_unusable(&error);
        }
    }

    /// What there was to say since this was last asked: at most that something was damaged, and that the cache is of no
    /// use.
    #[must_use]
    pub fn take_notes(&self) -> Vec<String> {
        self.notes().iter_mut().filter_map(Option::take).collect()
    }

    pub(crate) fn note_damaged(&self) {
        let note = || format!("the cache in {} was damaged; it is made anew", self.0.project.display());
        self.notes()[0].get_or_insert_with(note);
    }

    /// The first reason is as good as the others.
    fn note_unusable(&self, error: &io::Error) {
        let note = || format!("the cache in {} cannot be used: {error}", self.0.root.display());
        self.notes()[1].get_or_insert_with(note);
    }

    fn notes(&self) -> MutexGuard<'_, [Option<String>; 2]> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.project.join(format!("{name}{PACK}"))
    }

    fn write(&self, name: &str, payload: &[&[u8]]) -> io::Result<()> {
        /// Tells apart what threads of one process write at once.
        static NUMBER: AtomicU64 = AtomicU64::new(0);

        make_directory(&self.0.project)?;
        tag(&self.0.root)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.0.project.join(format!("{name}.{}.{number}{UNFINISHED}", std::process::id()));
        let create = || File::create(&unfinished);
        // Another run drops directories in which nothing is: this one, between its making and this line.
        let created = create().or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => make_directory(&self.0.project).and_then(|()| create()),
            _ => Err(error),
        });
        let written = created
            .and_then(|file| {
                let mut file = BufWriter::with_capacity(WRITTEN_AT_ONCE, file);
                file.write_all(&pack::header(payload))?;
                payload.iter().try_for_each(|part| file.write_all(part))?;
                file.flush()
            })
            .and_then(|()| fs::rename(&unfinished, self.path(name)));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        self.drop_old();
        Ok(())
    }

    /// Drops what other projects have not used for long, and what runs that were ended left behind.
    fn drop_old(&self) {
        let Ok(projects) = fs::read_dir(&self.0.root) else { return };
        for project in projects.flatten().map(|entry| entry.path()) {
            // Only what is ours: the user may have named a directory that holds other things.
            let name = project.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.len() != 32 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                continue;
            }
            let Ok(entries) = fs::read_dir(&project) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                let limit = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("pack") => KEPT,
                    Some("tmp") => DAY,
                    _ => continue,
                };
                let modified = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified());
                if modified.ok().and_then(age).is_some_and(|age| age > limit) {
                    let _ = fs::remove_file(&path);
                }
            }
            if project != self.0.project {
                // Which fails where something is left in it.
                let _ = fs::remove_dir(&project);
            }
        }
    }
}

fn age(modified: SystemTime) -> Option<Duration> {
    SystemTime::now().duration_since(modified).ok()
}

/// Makes a directory for the user alone: lines of source are kept in it.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn tag(root: &Path) -> io::Result<()> {
    match File::options().write(true).create_new(true).open(root.join(TAG)) {
        Ok(mut file) => file.write_all(TAG_TEXT.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age_by(path: &Path, days: u32) {
        let then = SystemTime::now() - DAY * days;
        File::options().append(true).open(path).and_then(|file| file.set_modified(then)).expect("a file");
    }

    fn cache(root: &Path, project: &str) -> Cache {
        Cache::new(root.to_path_buf(), [Path::new(project)])
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let root = tempfile::tempdir().expect("a directory");
        let one = cache(&root.path().join("deep/er"), "/one");
        assert_eq!(one.load("files"), None);
        one.store("files", b"first");
        one.store("flow", b"");
        assert_eq!((one.load("files").as_deref(), one.load("flow").as_deref()), (Some(&b"first"[..]), Some(&b""[..])));
        one.store("files", b"second");
        assert_eq!(one.load("files").as_deref(), Some(&b"second"[..]));
        assert_eq!(cache(&root.path().join("deep/er"), "/two").load("files"), None);
        assert_eq!(one.take_notes(), Vec::<String>::new());
        assert!(root.path().join("deep/er/CACHEDIR.TAG").is_file());
    }

    #[test]
    fn what_is_damaged_is_noted_once_and_replaced() {
        let root = tempfile::tempdir().expect("a directory");
        let cache = cache(root.path(), "/one");
        cache.store("files", b"some text");
        let path = cache.path("files");
        let whole = fs::read(&path).expect("a pack");
        let mut damaged: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
        damaged.extend((0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            bytes
        }));
        damaged.push([&whole[..], b"x"].concat());
        for bytes in damaged {
            fs::write(&path, bytes).expect("written");
            assert_eq!((cache.load("files"), cache.load("files")), (None, None));
            assert_eq!(cache.take_notes().len(), 1);
        }
        cache.store("files", b"again");
        assert_eq!(cache.load("files").as_deref(), Some(&b"again"[..]));
        assert_eq!(cache.take_notes(), Vec::<String>::new());
    }

    #[test]
    fn what_another_version_stored_is_left_aside() {
        let root = tempfile::tempdir().expect("a directory");
        let cache = cache(root.path(), "/one");
        cache.store("files", b"");
        fs::write(
            cache.path("files"),
            pack::header_of(&[b"text"], 1).iter().chain(b"text").copied().collect::<Vec<_>>(),
        )
        .expect("written");
        assert_eq!(cache.load("files"), None);
        assert_eq!(cache.take_notes(), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_written_or_read_is_noted() {
        let root = tempfile::tempdir().expect("a directory");
        let file = root.path().join("file");
        fs::write(&file, "").expect("written");
        let cache = cache(&file.join("below"), "/one");
        cache.store("files", b"");
        cache.store("flow", b"");
        let notes = cache.take_notes();
        assert!(notes.len() == 1 && notes[0].contains("cannot be used"), "{notes:?}");
    }

    #[test]
    fn what_is_not_used_is_dropped() {
        let root = tempfile::tempdir().expect("a directory");
        let [old, used, new] = ["/old", "/used", "/new"].map(|project| cache(root.path(), project));
        for cache in [&old, &used, &new] {
            cache.store("files", b"text");
        }
        let foreign = root.path().join("0123456789abcdef0123456789abcdef");
        fs::create_dir(&foreign).expect("made");
        fs::write(foreign.join("other"), "").expect("written");
        age_by(&foreign.join("other"), 90);
        age_by(&old.path("files"), 31);
        age_by(&used.path("files"), 29);
        assert!(used.load("files").is_some());
        assert!(age(fs::metadata(used.path("files")).and_then(|data| data.modified()).expect("a time")) < Some(DAY));
        new.store("files", b"text");
        assert!(!old.0.project.exists() && used.path("files").exists() && foreign.join("other").exists());
    }

    #[test]
    fn runs_at_once_do_not_disturb_each_other() {
        let root = tempfile::tempdir().expect("a directory");
        std::thread::scope(|scope| {
            for number in 0..4_u8 {
                let cache = cache(root.path(), "/one");
                scope.spawn(move || {
                    for _ in 0..50 {
                        cache.store("files", &vec![number; 10_000]);
                        let loaded = cache.load("files").expect("somebody's");
                        assert!(loaded.len() == 10_000 && loaded.iter().all(|byte| *byte == loaded[0]));
                    }
                    assert_eq!(cache.take_notes(), Vec::<String>::new());
                });
            }
        });
        assert_eq!(fs::read_dir(&cache(root.path(), "/one").0.project).expect("made").count(), 1);
    }
}
