//! What is installed, by the layouts that interpreters have.
#![allow(clippy::disallowed_methods, reason = "tests write the environments that they read")]

use std::fs;
use std::path::Path;

use seriema_deps::Origin;
use seriema_deps::environment::{Environment, Start, read};

fn write(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("a parent")).expect("directories");
    fs::write(file, text).expect("a file");
}

fn metadata(name: &str, version: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: 0 in its description\n")
}

/// Each distribution: name, version, whether it was asked for (`*`), where it comes from when it is not an index.
fn shown(environment: &Environment) -> Vec<String> {
    let all = environment.sources.iter().flat_map(|source| &source.manifest.dependencies);
    let mut shown: Vec<String> = all
        .map(|it| {
            let version = it.version.as_ref().map(ToString::to_string).unwrap_or_default();
            let origin = match &it.origin {
                Origin::Index(_) => String::new(),
                origin => format!(" {origin:?}"),
            };
            format!("{} {version}{}{origin}", it.name, if it.is_direct == Some(true) { " *" } else { "" })
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn a_virtual_environment_is_found_by_its_interpreter_directory_or_packages() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    let packages = "venv/lib/python3.11/site-packages";
    write(root, "venv/pyvenv.cfg", "home = /nowhere/bin\ninclude-system-site-packages = false\nversion = 3.11.4\n");
    write(root, "venv/bin/python", "");
    write(root, &format!("{packages}/requests-2.19.0.dist-info/METADATA"), &metadata("requests", "2.19.0"));
    write(root, &format!("{packages}/requests-2.19.0.dist-info/REQUESTED"), "");
    write(root, &format!("{packages}/Flask_Login-0.6.dist-info/METADATA"), &metadata("Flask-Login", "0.6"));
    let expected = ["flask-login 0.6", "requests 2.19.0 *"];
    for start in [
        Start::Python(root.join("venv/bin/python")),
        Start::Prefix(root.join("venv")),
        Start::Packages(root.join(packages)),
    ] {
        let found = read(&start).expect("an environment");
        assert_eq!(shown(&found), expected, "{start:?}");
        assert_eq!(found.diagnostics, []);
        assert_eq!(found.directories.len(), 1);
    }
}

#[test]
fn how_it_was_installed_says_where_it_comes_from() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (name, said) in [
        ("edited", r#"{"url": "file:///srv/edited", "dir_info": {"editable": true}}"#.to_owned()),
        ("archive", r#"{"url": "https://u:hunter2@h.example/a.whl", "archive_info": {}}"#.to_owned()),
        (
            "tool",
            format!(r#"{{"url": "https://h.example/t.git", "vcs_info": {{"vcs": "git", "commit_id": "{commit}"}}}}"#),
        ),
        ("broken", "{".to_owned()),
    ] {
        write(root, &format!("{name}-1.dist-info/METADATA"), &metadata(name, "1"));
        write(root, &format!("{name}-1.dist-info/direct_url.json"), &said);
    }
    write(root, "glued-1.dist-info/METADATA", &metadata("glued", "1"));
    write(root, "glued-1.dist-info/INSTALLER", "conda\n");
    let found = read(&Start::Packages(root.to_path_buf())).expect("an environment");
    assert_eq!(
        shown(&found),
        [
            "archive 1 Url(\"https://*:*******@h.example/a.whl\")".to_owned(),
            "broken 1".to_owned(),
            "edited 1 Path(\"/srv/edited\")".to_owned(),
            "glued 1 Conda(\"defaults\")".to_owned(),
            format!("tool 1 Vcs {{ url: \"https://h.example/t.git\", commit: Some(\"{commit}\"), revision: None }}"),
        ]
    );
    assert_eq!(found.diagnostics.len(), 1, "{:?}", found.diagnostics);
}

#[test]
fn eggs_links_and_what_is_left_over() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    write(root, "site/old-1.0-py3.8.egg-info", &metadata("old", "1.0"));
    write(root, "site/older-1.0.egg-info/PKG-INFO", &metadata("older", "1.0"));
    write(root, "site/egg-1.0-py3.8.egg/EGG-INFO/PKG-INFO", &metadata("egg", "1.0"));
    write(root, "site/bad-1.0-py3.8.egg", "no zip");
    write(root, "site/~ip-20.0.dist-info/METADATA", &metadata("pip", "20.0"));
    write(root, "site/empty-1.0.dist-info/RECORD", "");
    write(root, "site/easy-install.pth", "../work\nimport os; os.system('touch /tmp/never')\n/nowhere\n");
    write(root, "work/mine.egg-info/PKG-INFO", &metadata("mine", "3"));
    let found = read(&Start::Packages(root.join("site"))).expect("an environment");
    assert_eq!(shown(&found), ["egg 1.0", "mine 3 Path(\"\")", "old 1.0", "older 1.0"]);
    let mut said: Vec<&str> = found.diagnostics.iter().map(|it| it.path.rsplit("site/").next().unwrap_or("")).collect();
    said.sort_unstable();
    assert_eq!(said, ["bad-1.0-py3.8.egg", "empty-1.0.dist-info/METADATA", "~ip-20.0.dist-info"]);
}

#[test]
fn layouts_of_windows_debian_and_shared_bases() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    write(root, "win/Scripts/python.exe", "");
    write(root, "win/pyvenv.cfg", "home = C:\\Python\n");
    write(root, "win/Lib/site-packages/a-1.dist-info/METADATA", &metadata("a", "1"));
    let found = read(&Start::Python(root.join("win/Scripts/python.exe"))).expect("an environment");
    assert_eq!(shown(&found), ["a 1"]);

    write(root, "usr/bin/python3.11", "");
    write(root, "usr/lib/python3/dist-packages/b-1.dist-info/METADATA", &metadata("b", "1"));
    write(root, "usr/lib/python3.11/site-packages/c-1.dist-info/METADATA", &metadata("c", "1"));
    write(root, "usr/local/lib/python3.12/dist-packages/d-1.dist-info/METADATA", &metadata("d", "1"));
    let found = read(&Start::Python(root.join("usr/bin/python3.11"))).expect("an environment");
    assert_eq!(shown(&found), ["b 1", "c 1"], "3.12 is another interpreter's");

    let home = root.join("usr/bin");
    let settings = format!("home = {}\ninclude-system-site-packages = true\nversion = 3.11.4\n", home.display());
    write(root, "shared/pyvenv.cfg", &settings);
    write(root, "shared/lib/python3.11/site-packages/e-1.dist-info/METADATA", &metadata("e", "1"));
    let found = read(&Start::Prefix(root.join("shared"))).expect("an environment");
    assert_eq!(shown(&found), ["b 1", "c 1", "e 1"]);
}

#[test]
fn no_environment_is_an_error_that_says_what_to_name() {
    let root = tempfile::tempdir().expect("a directory");
    write(root.path(), "shim", "#!/bin/sh\n");
    for start in [
        Start::Python(root.path().join("shim")),
        Start::Python(root.path().join("missing")),
        Start::Prefix(root.path().to_path_buf()),
        Start::Packages(root.path().join("missing")),
    ] {
        assert!(read(&start).is_err(), "{start:?}");
    }
}
