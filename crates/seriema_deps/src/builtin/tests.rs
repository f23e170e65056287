#![allow(clippy::disallowed_methods, reason = "the files are the crate's own")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use super::file::{File, Imports};
use super::*;
use crate::index::Builder;
use crate::matching::{fixed_in, is_affected};

fn name(written: &str) -> Name {
    Name::new(written).expect("a name")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What is wrong with a file of advisories, each with its line.
fn faults(stem: &str, text: &str) -> Vec<String> {
    let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return vec![format!("{}: {}", line(error.span().unwrap_or_default().start), error.message())],
    };
    let mut faults = Vec::new();
    let package = Name::new(&file.package);
    if package.as_ref().map(Name::as_str) != Some(stem) || file.package != stem {
        faults.push(format!("1: `{}` is not the normalised name that the file has", file.package));
    }
    if file.advisory.is_empty() {
        faults.push("1: there is no advisory".to_owned());
    }
    if package.is_some_and(|package| names().any(|known| known == stem) && is_command(&package) != file.command) {
        faults.push("1: what is kept is older than the file".to_owned());
    }
    if file.imports.iter().any(|import| !is_path(import)) {
        faults.push(format!("1: {:?} are no import names", file.imports));
    }
    let mut seen = BTreeSet::new();
    let imports = if file.imports.is_empty() { vec![stem.replace('-', "_")] } else { file.imports };
    for spanned in file.advisory {
        let at = line(spanned.span().start);
        let raw = spanned.into_inner();
        let mut say = |what: String| faults.push(format!("{at}: {}: {what}", raw.id));
        for id in std::iter::once(&raw.id).chain(&raw.aliases) {
            if !is_id(id) {
                say(format!("`{id}` is no id"));
            }
            if !seen.insert(id.clone()) {
                say(format!("`{id}` is there twice"));
            }
        }
        if raw.affected.is_empty() {
            say("no version is affected".to_owned());
        }
        for specifiers in &raw.affected {
            let mut data = PackageData::default();
            let parsed = VersionSpecifiers::from_str(specifiers).is_ok_and(|parsed| parsed.iter().next().is_some());
            if !parsed || affected_by(specifiers, &mut data).is_err() || data.ranges.is_empty() {
                say(format!("`{specifiers}` are no versions"));
            }
            if specifiers.contains('!') {
                say(format!("`{specifiers}`: what is excluded is not excluded"));
            }
        }
        match (&raw.cvss, &raw.severity) {
            (Some(vector), _) if score(vector).is_none() => say(format!("`{vector}` is no CVSS vector")),
            (Some(_), Some(_)) => say("a severity beside a vector".to_owned()),
            (None, Some(word)) if !["LOW", "MODERATE", "HIGH", "CRITICAL"].contains(&word.as_str()) => {
                say(format!("`{word}` is no severity"));
            }
            _ => {}
        }
        for cwe in &raw.cwes {
            if cwe.strip_prefix("CWE-").is_none_or(|number| number.parse::<u32>().is_err()) {
                say(format!("`{cwe}` is no CWE"));
            }
        }
        if !is_day(&raw.published) {
            say(format!("`{}` is no day", raw.published));
        }
        if raw.summary.is_empty() || raw.summary.len() > 160 || raw.summary.contains('\n') || raw.summary.ends_with('.')
        {
            say("the summary is one line of at most 160 characters, without a full stop".to_owned());
        }
        for (at, symbol) in raw.symbols.iter().enumerate() {
            let path = symbol.strip_suffix(".*").unwrap_or(symbol);
            let is_below = |import: &String| {
                path.strip_prefix(import.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if symbol != "*"
                && !(is_path(path) && path.contains('.') | symbol.ends_with(".*") && imports.iter().any(is_below))
            {
                say(format!("`{symbol}` is no path below {imports:?}"));
            }
            if raw.symbols[..at].contains(symbol) || (symbol == "*" && raw.symbols.len() > 1) {
                say(format!("`{symbol}` is more than enough"));
            }
        }
    }
    faults
}

fn is_path(path: &str) -> bool {
    path.split('.').all(|part| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

fn is_id(id: &str) -> bool {
    let mut parts = id.split('-');
    let giver = parts.next().unwrap_or_default();
    let parts: Vec<&str> = parts.collect();
    match giver {
        "CVE" | "PYSEC" => parts.len() == 2 && parts.iter().all(|part| part.parse::<u32>().is_ok()),
        "GHSA" => parts.len() == 3 && parts.iter().all(|part| part.len() == 4),
        _ => false,
    }
}

fn is_day(day: &str) -> bool {
    let parts: Vec<Option<u32>> = day.split('-').map(|part| part.parse().ok()).collect();
    day.len() == 10 && matches!(parts[..], [Some(1990..=2100), Some(1..=12), Some(1..=31)])
}

/// A fault of a file is told with the file and the line of its advisory.
#[test]
fn the_files_are_as_they_should_be() {
    let mut faults_of_all = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("advisories"))
        .expect("the directory")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let imports: Imports = toml::from_str(&std::fs::read_to_string(root().join("imports.toml")).expect("the file"))
        .unwrap_or_else(|error| panic!("imports.toml: {error}"));
    for (package, names) in &imports.imports {
        let is_normal = Name::new(package).is_some_and(|name| name.as_str() == package);
        if !is_normal || names.is_empty() || !names.iter().all(|import| is_path(import)) {
            faults_of_all.push(format!("imports.toml: {package} = {names:?}"));
        }
    }
    for path in files {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if path.extension().is_none_or(|extension| extension != "toml") {
            faults_of_all.push(format!("{}: it is not TOML, and not read", path.display()));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let shown = format!("advisories/{stem}.toml");
        faults_of_all.extend(faults(&stem, &text).into_iter().map(|fault| format!("{shown}:{fault}")));
        if text.contains("\nimports = ") && imports.imports.contains_key(&stem) {
            faults_of_all.push(format!("{shown}: imports.toml has its import names, too"));
        }
    }
    assert!(faults_of_all.is_empty(), "\n{}", faults_of_all.join("\n"));
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let file = |body: &str| {
        format!("package = \"acme\"\n\n[[advisory]]\n{body}\npublished = \"2024-01-01\"\nsummary = \"s\"\n")
    };
    for (body, expected) in [
        ("id = \"CVE-2024-1\"\naffected = [\"<1\"]", ""),
        ("id = \"CVE-2024-1\"\naffected = [\"before 1\"]", "3: CVE-2024-1: `before 1` are no versions"),
        ("id = \"CVE-2024-1\"\naffected = [\"\"]", "3: CVE-2024-1: `` are no versions"),
        ("id = \"CVE-2024-1\"\naffected = [\">=2,<1\"]", "3: CVE-2024-1: `>=2,<1` are no versions"),
        ("id = \"CVE-1\"\naffected = [\"<1\"]", "3: CVE-1: `CVE-1` is no id"),
        ("id = \"CVE-2024-1\"\naffected = [\"<1\"]\ncvss = \"9.8\"", "3: CVE-2024-1: `9.8` is no CVSS vector"),
        (
            "id = \"CVE-2024-1\"\naffected = [\"<1\"]\nsymbols = [\"other.f\"]",
            "3: CVE-2024-1: `other.f` is no path below [\"acme\"]",
        ),
        (
            "id = \"CVE-2024-1\"\naffected = [\"<1\"]\nsymbols = [\"acme.f()\"]",
            "3: CVE-2024-1: `acme.f()` is no path below [\"acme\"]",
        ),
        ("id = \"CVE-2024-1\"\naffected = [\"<1\"]\nsymbols = [\"acme.f\", \"acme.C.*\"]", ""),
        (
            "id = \"CVE-2024-1\"\naffected = [\"<1\"]\nsymbols = [\"*\", \"acme.f\"]",
            "3: CVE-2024-1: `*` is more than enough",
        ),
    ] {
        assert_eq!(faults("acme", &file(body)).join("; "), expected, "{body}");
    }
    let unknown = faults("acme", &file("id = \"CVE-2024-1\"\naffected = [\"<1\"]\nfixed = \"1\""));
    assert!(unknown[0].starts_with("6: unknown field `fixed`"), "{unknown:?}");
    assert!(faults("other", &file("id = \"CVE-2024-1\"\naffected = [\"<1\"]"))[0].starts_with("1: `acme` is not"));
}

#[test]
fn versions_are_judged_without_an_index() {
    let about = Builtin.about(&name("PyYAML")).expect("it is part of the program");
    let advisory = about.iter().find(|advisory| advisory.id == "CVE-2020-14343").expect("it is known");
    let version = |written: &str| Version::from_str(written).expect("a version");
    assert!(is_affected(advisory, &version("5.3.1"), "5.3.1"));
    assert!(!is_affected(advisory, &version("5.4"), "5.4"));
    assert_eq!(fixed_in(advisory, &version("5.3.1")), [version("5.4")]);
    assert!(advisory.symbols.contains(&"yaml.load".to_owned()));
    assert!(Builtin.about(&name("no-such-package")).expect("nothing").is_empty());
    assert!(Builtin.limits().expect("it is not all").contains(info().newest));
}

#[test]
fn all_that_is_written_is_kept() {
    let mut count = 0;
    for package in names() {
        let about = Builtin.about(&name(package)).expect("it is part of the program");
        assert!(about.iter().all(|advisory| !advisory.affected[0].ranges.is_empty()), "{package}");
        assert!(about.iter().all(|advisory| advisory.published.as_deref() <= Some(info().newest)), "{package}");
        count += about.len();
    }
    assert_eq!((count, names().count()), (info().advisories, info().packages));
    assert!(names().is_sorted());
}

#[test]
fn symbols_are_found_by_any_id() {
    let ids = ["CVE-2020-14343", "GHSA-8q59-q68h-6hv4", "PYSEC-2021-142"];
    for id in ids {
        let found = symbols(&name("pyyaml"), [id]);
        assert!(found.contains(&"yaml.full_load".to_owned()), "{id}: {found:?}");
        assert!(found.is_sorted());
    }
    assert!(symbols(&name("pyyaml"), ["CVE-2020-1"]).is_empty());
    // An id is asked of its package.
    assert!(symbols(&name("requests"), ids).is_empty());
}

#[test]
fn advisories_of_an_index_get_symbols() {
    let record = br#"{"id": "PYSEC-2021-142", "affected": [{"package": {"ecosystem": "PyPI", "name": "pyyaml"},
        "ecosystem_specific": {"symbols": ["yaml.load", "yaml.other"]},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.4"}]}]}]}"#;
    let other = br#"{"id": "PYSEC-1999-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "pyyaml"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.4"}]}]}]}"#;
    let mut builder = Builder::new("today");
    builder.add_bytes(Path::new("a.json"), record).expect("a record");
    builder.add_bytes(Path::new("b.json"), other).expect("a record");
    let index = WithSymbols(builder.into_memory().expect("an index"));
    let about = index.about(&name("pyyaml")).expect("advisories");
    assert!(about[0].symbols.is_empty(), "{:?}", about[0]);
    // What the index says of it stays, once.
    assert_eq!(about[1].symbols.iter().filter(|symbol| *symbol == "yaml.load").count(), 1);
    assert!(about[1].symbols.contains(&"yaml.full_load".to_owned()));
    assert!(about[1].symbols.contains(&"yaml.other".to_owned()));
    assert_eq!(index.limits(), None);
}

#[test]
fn import_names_are_known() {
    for (package, expected) in [
        ("PyYAML", &["yaml"][..]),
        ("beautifulsoup4", &["bs4"]),
        ("google-cloud-storage", &["google.cloud.storage"]),
        ("flask", &["flask"]),
        ("Some.Unknown-package", &["some_unknown_package"]),
    ] {
        assert_eq!(imports(&name(package)), expected, "{package}");
    }
}
