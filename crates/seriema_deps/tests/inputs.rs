//! Wheels and source distributions, and what a project's files say together.

use std::io::Write as _;
use std::sync::Arc;

use seriema_deps::ManifestKind;
use seriema_deps::distribution::sources_in;
use seriema_deps::project::{Source, sources};

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
    let paths: Vec<(Arc<str>, Option<ManifestKind>)> = named.iter().map(|path| ((*path).into(), None)).collect();
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
fn files_of_a_dockerfile_are_looked_for_in_its_context() {
    let docker = "COPY requirements/web.txt own.txt /tmp/\nRUN pip install -r /tmp/web.txt -r /tmp/own.txt\n";
    let files = [
        ("docker/web/Dockerfile", docker),
        ("requirements/web.txt", "flask==1.0\n"),
        ("docker/web/own.txt", "six==1.0\n"),
        ("own.txt", "idna==1.0\n"),
    ];
    let (found, said) = project(&files, &["docker/web/Dockerfile"]);
    assert_eq!(packages(&found), ["flask 1.0", "six 1.0"]);
    assert!(said.is_empty(), "{said:#?}");
    // What was found by its name is not read again.
    let (found, said) = project(&files, &["docker/web/Dockerfile", "requirements/web.txt"]);
    assert_eq!(found.len(), 3);
    assert!(said.is_empty(), "{said:#?}");
    let (_, said) = project(&files[..1], &["docker/web/Dockerfile"]);
    assert_eq!(said.len(), 2, "{said:#?}");
}

#[test]
fn a_text_about_something_is_no_list_of_requirements() {
    let page = "===========\nConstraints\n===========\n\nThe classes of this module create constraints.\n\n\
                    class Meta:\n        name = \"a\"\n\nA unique name must always be specified.\n";
    let (found, said) = project(&[("docs/constraints.txt", page)], &["docs/constraints.txt"]);
    assert!(found.is_empty() && said.is_empty(), "{said:#?}");
    // Whoever names it wants to know.
    let files = [("requirements.txt", "-c docs/constraints.txt\nflask==1.0\n"), ("docs/constraints.txt", page)];
    let (found, said) = project(&files, &["requirements.txt", "docs/constraints.txt"]);
    assert_eq!(found.len(), 2);
    assert!(said.len() > 3, "{said:#?}");
    // A list in a format that pip does not take is named, and so is a list with a few wrong lines.
    for list in
        ["numpy=1.19.2=py38_0\nscipy=1.5=py38_0\nsix=1=py_0\n", "flask==1\nsix==1\nidna==1\nsee the wiki page\n"]
    {
        let (found, said) = project(&[("requirements.txt", list)], &["requirements.txt"]);
        assert_eq!(found.len(), 1);
        assert!(!said.is_empty(), "{list}");
    }
}

#[test]
fn what_a_template_is_filled_with_is_not_missed() {
    let list = "{% if a %}\nflask=={{ version }}\n{% endif %}\nsix==1.0\nnot a requirement\n";
    let of = |path: &str| project(&[(path, list)], &[path]);
    let (found, said) = of("{{ project }}/requirements.txt");
    assert_eq!(packages(&found).last().map(String::as_str), Some("six 1.0"));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!(of("project/requirements.txt").1.len(), 4);
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
