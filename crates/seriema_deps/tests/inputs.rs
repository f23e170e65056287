//! Wheels and source distributions, and what a project's files say together.

use std::io::Write as _;
use std::sync::Arc;

use seriema_deps::distribution::sources_in;
use seriema_deps::project::{Source, sources};
use seriema_deps::{ManifestKind, kind_of};

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(text.as_bytes()).expect("bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

fn packages(sources: &[Source]) -> Vec<String> {
    let all = sources.iter().flat_map(|source| &source.manifest.dependencies);
    all.map(|it| format!("{} {}", it.name, it.version.as_ref().map(ToString::to_string).unwrap_or_default())).collect()
}

#[test]
fn a_wheel_has_its_metadata_and_its_vendored_copies() {
    let bytes = archive(&[
        ("pip/_vendor/vendor.txt", "urllib3==1.26.0\n"),
        ("pip/__init__.py", "__version__ = '0'\n"),
        ("pip-21.0.dist-info/METADATA", "Name: pip\nVersion: 21.0\n\nlong text\n"),
    ]);
    let (found, diagnostics) = sources_in("dist/pip-21.0-py3-none-any.whl", &bytes);
    assert_eq!(packages(&found), ["pip 21.0", "urllib3 1.26.0"]);
    assert_eq!(diagnostics, []);
    assert_eq!(&*found[0].manifest.path, "dist/pip-21.0-py3-none-any.whl!/pip-21.0.dist-info/METADATA");
}

#[test]
fn archives_without_anything_and_no_archives_are_named() {
    for bytes in [archive(&[("a.py", "1")]), archive(&[]), b"no zip".to_vec(), Vec::new()] {
        let (found, diagnostics) = sources_in("a-1.whl", &bytes);
        assert!(found.is_empty() && !diagnostics.is_empty());
    }
    let whole = archive(&[("a-1.dist-info/METADATA", "Name: a\nVersion: 1\n")]);
    for end in 0..whole.len() {
        let (found, diagnostics) = sources_in("a-1.whl", &whole[..end]);
        assert!(!found.is_empty() || !diagnostics.is_empty());
    }
}

/// Reads files of a project; of those, the ones in `named` only when others lead there.
fn project(files: &[(&str, &str)], named: &[&str]) -> (Vec<Source>, Vec<String>) {
    let paths: Vec<(Arc<str>, Option<ManifestKind>)> =
        named.iter().map(|path| ((*path).into(), kind_of(path))).collect();
    let open = |path: &str| {
        let found = files.iter().find(|(known, _)| *known == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "does not exist".to_owned())
    };
    let (sources, diagnostics) = sources(&paths, open);
    (sources, diagnostics.iter().map(|it| format!("{}:{}: {}", it.path, it.line.unwrap_or(0), it.message)).collect())
}

#[test]
fn the_manifest_beside_a_lock_says_what_is_direct() {
    let poetry = "[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"1\"\n";
    let pipfile = "{\"default\": {\"a\": {\"version\": \"==1\"}, \"b\": {\"version\": \"==1\"}}}";
    let pylock = "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n[[packages]]\nname = \"b\"\nversion = \"1\"\n";
    let pyproject = "[project]\ndependencies = [\"A>=1\"]\n[build-system]\nrequires = [\"b\"]\n";
    for (lock, text, manifest, asked) in [
        ("x/poetry.lock", poetry, "x/pyproject.toml", pyproject),
        ("pdm.lock", poetry, "pyproject.toml", pyproject),
        ("Pipfile.lock", pipfile, "Pipfile", "[packages]\na = \"*\"\n"),
        ("pylock.toml", pylock, "pyproject.toml", pyproject),
        ("requirements.txt", "a==1\nb==1\n", "requirements.in", "a\n"),
    ] {
        // Whether the manifest is audited as well or not.
        for named in [&[lock][..], &[lock, manifest]] {
            let (found, said) = project(&[(lock, text), (manifest, asked)], named);
            let direct: Vec<_> = found[0].manifest.dependencies.iter().map(|it| it.is_direct).collect();
            assert_eq!(direct, [Some(true), Some(false)], "{lock} {said:?}");
        }
        let (found, _) = project(&[(lock, text)], &[lock]);
        assert!(found[0].manifest.dependencies.iter().all(|it| it.is_direct.is_none()), "{lock}");
    }
}

#[test]
fn files_that_name_each_other_end() {
    let files = [
        (
            "requirements.txt",
            "-r a/b.txt\n-r missing.txt\n-r ../out.txt\n-r /etc/passwd\n-r C:\\x.txt\n-r requirements.txt\n",
        ),
        ("a/b.txt", "-r ../requirements.txt\n-r b.txt\n-r https://u:hunter2@h.example/r.txt\nflask==1.0\n"),
    ];
    let (found, said) = project(&files, &["requirements.txt"]);
    assert_eq!(packages(&found), ["flask 1.0"]);
    assert_eq!(found.len(), 2);
    assert_eq!(said.len(), 5, "{said:#?}");
    assert!(said.iter().all(|said| !said.contains("hunter2")));
    assert!(said[0].starts_with("requirements.txt:2:") && said[0].contains("does not exist"), "{said:#?}");
    for line in 3..=5 {
        assert!(
            said.iter().any(|said| said.starts_with(&format!("requirements.txt:{line}:")) && said.contains("outside"))
        );
    }
}

#[test]
fn a_chain_of_files_without_end_is_cut() {
    let paths = [(Arc::from("r0.txt"), Some(ManifestKind::Requirements))];
    let open = |path: &str| {
        let number: usize = path.trim_matches(|c: char| !c.is_ascii_digit()).parse().map_err(|_| "no".to_owned())?;
        Ok(format!("-r r{}.txt\n", number + 1))
    };
    let (found, said) = sources(&paths, open);
    assert!(found.len() < 1000);
    assert_eq!(said.len(), 1, "{said:?}");
}
