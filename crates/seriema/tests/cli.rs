//! The command line, as its users see it: every `tests/cmd/*` is a session that is replayed on a copy of `tests/fixtures`.
//!
//! After a deliberate change, `TRYCMD=overwrite cargo test -p seriema --test cli` writes what is printed now; read the
//! difference before it is committed.
#![allow(clippy::disallowed_methods, reason = "a test puts its files in place")]

use std::path::Path;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn sessions_go_as_written() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    // Elsewhere than in this repository: its own configuration and ignore files are to have no say.
    let project = tempfile::tempdir().expect("a directory");
    let root = project.path().canonicalize().expect("a directory");
    copy(&here.join("fixtures"), &root);
    let caches = tempfile::tempdir().expect("a directory");
    std::env::set_current_dir(&root).expect("entered");
    let cases = trycmd::TestCases::new();
    cases
        .env("COLUMNS", "100")
        .env("LC_ALL", "C.UTF-8")
        .env("CLICOLOR_FORCE", "")
        .env("NO_COLOR", "1")
        .env("XDG_CACHE_HOME", caches.path().to_str().expect("a path in UTF-8"))
        // No index of advisories, whatever the user has.
        .env("XDG_DATA_HOME", caches.path().to_str().expect("a path in UTF-8"))
        .env("LOCALAPPDATA", caches.path().to_str().expect("a path in UTF-8"))
        .case(here.join("cmd/*.trycmd"))
        .case(here.join("cmd/*.toml"));
    cases.run();
}
