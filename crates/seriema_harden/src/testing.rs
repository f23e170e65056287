//! Projects for tests.
#![allow(clippy::disallowed_methods, reason = "tests write the projects that they look at")]

use seriema_workspace::{DiscoverOptions, discover};

use crate::{Checklist, Status, check};

/// The checklist of a project of these files.
pub(crate) fn checklist(files: &[(&str, &str)]) -> Checklist {
    let directory = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    let root = directory.path().canonicalize().expect("a directory");
    let options = DiscoverOptions { root: Some(root.clone()), texts: true, ..DiscoverOptions::default() };
    let found = discover(&root, &options);
    check(&found.files, 1 << 20)
}

impl Checklist {
    pub(crate) fn status(&self, id: &str) -> Status {
        self.checks.iter().find(|check| check.definition.id == id).expect("a check").status
    }

    /// What a check saw, one line each.
    pub(crate) fn seen(&self, id: &str) -> Vec<String> {
        let check = self.checks.iter().find(|check| check.definition.id == id).expect("a check");
        let line = |line: Option<u32>| line.map_or_else(String::new, |line| format!(":{line}"));
        check.evidence.iter().map(|one| format!("{}{} {}", one.path, line(one.line), one.seen)).collect()
    }

    pub(crate) fn failing(&self) -> Vec<&'static str> {
        let failing = self.checks.iter().filter(|check| check.status == Status::Fail);
        failing.map(|check| check.definition.id).collect()
    }
}
