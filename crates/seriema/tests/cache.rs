//! What the program keeps between runs, seen from outside.
#![allow(clippy::disallowed_methods, reason = "a test writes what is audited")]

use std::path::Path;
use std::process::{Command, Output};

fn audit(project: &Path, home: Option<&Path>, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seriema"));
    command.current_dir(project).args(["audit", "--format", "json", "--fail-on", "info"]).args(args);
    for name in ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"] {
        match home {
            Some(home) => command.env(name, home),
            None => command.env_remove(name),
        };
    }
    command.output().expect("it runs")
}

fn entries(directory: &Path) -> usize {
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

#[test]
fn a_second_run_writes_the_same_bytes() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().canonicalize().expect("a directory");
    let (project, home) = (root.join("project"), root.join("home"));
    std::fs::create_dir_all(&project).expect("made");
    std::fs::create_dir_all(&home).expect("made");
    std::fs::write(project.join("app.py"), "import os\nos.system(input())\n").expect("written");
    std::fs::write(project.join("other.py"), "from app import os\nos.system(x)\n").expect("written");
    let cache = home.join("seriema");
    let cold = audit(&project, Some(&home), &["--no-cache"]);
    assert_eq!((cold.status.code(), entries(&home)), (Some(1), 0));
    for _ in 0..2 {
        let run = audit(&project, Some(&home), &[]);
        assert_eq!((run.status.code(), &run.stdout), (Some(1), &cold.stdout));
        assert_eq!((entries(&cache), String::from_utf8_lossy(&run.stderr).into_owned()), (2, String::new()));
    }
    // Named as it stands, it is the same project; a single file leaves nothing behind.
    assert_eq!(audit(&project, Some(&home), &["."]).stdout, cold.stdout);
    assert!(audit(&project, Some(&home), &["app.py"]).stderr.is_empty());
    assert_eq!(entries(&cache), 2);
    // From elsewhere, the report names files otherwise.
    let from_above = audit(&root, Some(&home), &["--no-cache", "project"]);
    assert_eq!(audit(&root, Some(&home), &["project"]).stdout, from_above.stdout);
    assert_eq!(audit(&root, Some(&home), &["project"]).stdout, from_above.stdout);
    assert_eq!(audit(&project, Some(&home), &[]).stdout, cold.stdout);
    // Without a place for it there is no cache, and nothing to say about it.
    let homeless = audit(&project, None, &[]);
    assert_eq!((&homeless.stdout, &*homeless.stderr), (&cold.stdout, &b""[..]));
    // A directory that cannot be is said, and changes nothing else.
    let nowhere = audit(&project, None, &["--cache-dir", "app.py/cache"]);
    assert_eq!((nowhere.status.code(), &nowhere.stdout), (Some(1), &cold.stdout));
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(said.starts_with("note: the cache in ") && said.lines().count() == 1, "{said}");
    let named = audit(&project, None, &["--cache-dir", "kept"]);
    assert_eq!((&named.stdout, entries(&project.join("kept"))), (&cold.stdout, 2));
}
