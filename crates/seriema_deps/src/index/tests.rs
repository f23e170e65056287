#![allow(clippy::disallowed_methods, reason = "tests write the files that they read")]

use std::fs;
use std::io::Write;

use proptest::prelude::*;

use super::*;

fn record(id: &str, aliases: &[&str], package: &str, versions: &[&str], fixed: &str) -> String {
    serde_json::json!({
        "id": id, "aliases": aliases, "modified": "2026-01-02T00:00:00Z", "summary": format!("About {package}"),
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": package},
            "versions": versions,
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        }],
    })
    .to_string()
}

fn builder() -> Builder {
    let mut builder = Builder::new("2026-07-23");
    for (name, text) in [
        ("a.json", record("PYSEC-2021-1", &["CVE-2021-1"], "Django", &["1.0", "1.1"], "1.2")),
        ("b.json", record("GHSA-aaaa", &["CVE-2021-1"], "django", &[], "1.2.1")),
        ("c.json", record("PYSEC-2021-2", &[], "zope.interface", &["2004d"], "3")),
        ("d.json", record("MAL-2024-1", &[], "djanga", &["0.1"], "9")),
        ("e.json", r#"{"id": "X-1", "withdrawn": "2020-01-01T00:00:00Z"}"#.to_owned()),
        ("f.json", r#"{"id": "X-2", "affected": [{"package": {"ecosystem": "npm", "name": "a"}}]}"#.to_owned()),
        ("g.json", r#"{"id": 1}"#.to_owned()),
    ] {
        builder.add_bytes(Path::new(name), text.as_bytes()).expect("JSON");
    }
    builder
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn bytes() -> Vec<u8> {
    builder().finish(Path::new("index")).expect("an index").1
}

#[test]
fn what_is_written_is_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("advisories");
    let info = builder().write(&path).expect("written");
    let index = Index::open(&path).expect("opened");
    assert_eq!(index.info(), &info);
    assert_eq!((info.records, info.vulnerabilities, info.packages), (4, 3, 3));
    assert_eq!((info.withdrawn, info.foreign, info.malformed), (1, 1, 1));
    assert_eq!((info.made.as_str(), info.newest.as_str()), ("2026-07-23", "2026-01-02T00:00:00Z"));
    assert_eq!(index.names().collect::<Vec<_>>(), ["djanga", "django", "zope-interface"]);

    let django = index.about(&name("Django")).expect("read");
    assert_eq!(django.len(), 1, "two records of one vulnerability");
    assert_eq!(django[0].ids().collect::<Vec<_>>(), ["CVE-2021-1", "GHSA-aaaa", "PYSEC-2021-1"]);
    assert_eq!(django[0].affected.len(), 2);
    assert_eq!(Vec::from(django[0].affected[0].versions.clone()), ["1.0", "1.1"]);
    assert_eq!(
        index.about(&name("zope_interface")).expect("read")[0].affected[0].versions.iter().next(),
        Some("2004d")
    );
    assert!(index.about(&name("djanga")).expect("read")[0].is_malicious);
    for unknown in ["a", "djangp", "zzz"] {
        assert_eq!(index.about(&name(unknown)).expect("read"), []);
    }
    // In memory it is the same.
    let memory = builder().into_memory().expect("made");
    assert_eq!(memory.about(&name("django")).expect("read"), django);
}

#[test]
fn an_index_is_replaced_as_a_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("advisories");
    builder().write(&path).expect("written");
    let before = Index::open(&path).expect("opened");
    Builder::new("2027-01-01").write(&path).expect("written");
    // Who has the old one open reads the old one; nothing else is left beside it.
    assert_eq!(before.about(&name("django")).expect("read").len(), 1);
    assert_eq!(Index::open(&path).expect("opened").about(&name("django")).expect("read"), []);
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1);
    // What cannot be written leaves nothing.
    assert!(matches!(builder().write(&directory.path().join("none/advisories")), Err(IndexError::Io(..))));
}

#[test]
fn faults_of_a_file_are_told_apart() {
    let good = bytes();
    let error = |bytes: &[u8]| Index::from_bytes(Path::new("x"), bytes.to_vec()).expect_err("a fault").to_string();
    assert_eq!(error(b""), "x: this is no advisory index");
    assert_eq!(error(b"PK\x03\x04"), "x: this is no advisory index");
    assert_eq!(error(&good[..5]), "x: this advisory index is cut off; make it anew");
    assert_eq!(error(&good[..good.len() - 1]), "x: this advisory index is cut off; make it anew");
    let mut newer = good.clone();
    newer[8] = 200;
    assert!(error(&newer).contains("written by a newer Seriema (format 200, known is 1)"));
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(error(&longer), "x: this advisory index is damaged (length); make it anew");
    let mut damaged = good.clone();
    damaged[30] ^= 1;
    assert_eq!(error(&damaged), "x: this advisory index is damaged (header); make it anew");
    // A damaged block is found when its package is asked for; others are read.
    let mut damaged = good;
    *damaged.last_mut().expect("bytes") ^= 1;
    let index = Index::from_bytes(Path::new("x"), damaged).expect("opened");
    assert!(index.about(&name("django")).is_ok());
    let error = index.about(&name("zope-interface")).expect_err("a fault");
    assert_eq!(error.to_string(), "x: this advisory index is damaged (block); make it anew");
    assert!(matches!(Index::open(Path::new("/nonexistent/x")), Err(IndexError::Io(..))));
    assert!(matches!(Index::open(&std::env::temp_dir()), Err(IndexError::Io(..) | IndexError::NotAnIndex(_))));
}

#[test]
fn an_index_is_taken_over_only_when_all_of_it_is_right() {
    let directory = tempfile::tempdir().expect("a directory");
    let (from, to) = (Path::new("export"), directory.path().join("advisories"));
    let good = bytes();
    assert!(Index::is_index(&good) && !Index::is_index(b"PK\x03\x04"));
    let info = Index::install(from, good.clone(), &to).expect("taken over");
    assert_eq!(Index::open(&to).expect("opened").info(), &info);
    assert_eq!(Index::read_bytes(&to).expect("read"), good);
    // A block that nobody may ask for in a long time.
    let mut damaged = good.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    let error = Index::install(from, damaged, &to).expect_err("a fault");
    assert_eq!(error.to_string(), "export: this advisory index is damaged (block); make it anew");
    assert_eq!(Index::read_bytes(&to).expect("read"), good);
}

#[test]
fn an_index_in_which_a_package_would_not_be_found_is_not_taken_over() {
    let of = |names: &[&str]| {
        let packages = names.iter().map(|name| ((*name).to_owned(), std::sync::Arc::default(), Vec::new()));
        let bytes = file::write(&Info::default(), packages, Path::new("x")).expect("an index");
        Index::from_bytes(Path::new("x"), bytes).expect("its checksums are right").check()
    };
    of(&["a", "b", "c"]).expect("in order");
    for wrong in [&["b", "a", "c"][..], &["a", "c", "c"], &["", "a"]] {
        let error = of(wrong).expect_err("a fault");
        assert_eq!(error.to_string(), "x: this advisory index is damaged (directory); make it anew", "{wrong:?}");
    }
}

#[test]
fn an_index_may_be_as_new_as_a_later_day() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("advisories");
    let before = builder().write(&path).expect("written");
    for made in ["2026-07-30", "a day with a longer name", ""] {
        let info = Index::redate(&path, made).expect("dated");
        let index = Index::open(&path).expect("opened");
        assert_eq!(index.info(), &info);
        assert_eq!(info, Info { made: made.to_owned(), ..before.clone() });
        index.check().expect("all is as it was");
        assert_eq!(index.about(&name("django")).expect("read").len(), 1);
    }
}

#[test]
fn an_export_is_whole_or_nothing() {
    let texts: Vec<(String, String)> = (0..3)
        .map(|number| {
            (format!("{number}.json"), record(&format!("A-{number}"), &[], &format!("p{number}"), &["1"], "2"))
        })
        .collect();
    let members: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let good = zip_of(&members);
    let mut builder = Builder::new("");
    builder.add_export("https://example/all.zip", &good).expect("an export");
    assert_eq!((builder.info().records, builder.info().sources[0].name.as_str()), (3, "https://example/all.zip"));
    let error = |bytes: &[u8]| Builder::new("").add_export("x", bytes).expect_err("a fault").to_string();
    assert_eq!(error(b"{}"), "x: this is no zip archive of OSV records");
    assert_eq!(error(&good[..good.len() - 30]), "x: this archive is damaged");
    // In the middle of what the first member holds, packed: its checksum is another then.
    let mut changed = good.clone();
    changed[60] ^= 0x10;
    assert_eq!(error(&changed), "x: this archive is damaged: 0.json is damaged");
}

#[test]
fn records_that_were_asked_for_are_not_passed_over() {
    let (one, other) = (record("A-1", &[], "one", &["1"], "2"), record("A-2", &[], "other", &["1"], "2"));
    let mut builder = Builder::only("", [name("one")]);
    let records = [("A-1", one.as_bytes()), ("A-2", other.as_bytes()), ("A-3", br#"{"id": "A-3", "affected": 1}"#)];
    builder.add_records("https://api.example", records);
    assert_eq!(builder.malformed().iter().map(|malformed| malformed.path.as_str()).collect::<Vec<_>>(), ["A-3"]);
    assert_eq!(builder.into_memory().expect("made").names().collect::<Vec<_>>(), ["one"]);
}

#[test]
fn all_kinds_of_sources_say_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |path: &str| directory.path().join(path);
    let json = record("PYSEC-2021-1", &["CVE-2021-1"], "Django", &["1.0"], "1.2");
    let yaml = "id: PYSEC-2021-1\naliases: [CVE-2021-1]\nmodified: 2026-01-02T00:00:00Z\nsummary: About Django\naffected:\n\
                - package: {ecosystem: PyPI, name: Django}\n  versions: [1.0]\n  ranges:\n  - type: ECOSYSTEM\n    \
                events: [{introduced: '0'}, {fixed: 1.2}]\n";
    fs::create_dir_all(at("json/deep")).expect("a directory");
    fs::create_dir_all(at("yaml/vulns/django")).expect("a directory");
    fs::write(at("json/deep/a.json"), &json).expect("written");
    fs::write(at("json/readme.md"), "not a record").expect("written");
    fs::write(at("yaml/vulns/django/PYSEC-2021-1.yaml"), yaml).expect("written");
    let mut zip = zip_of(&[("a.json", &json), ("readme.md", "none")]);
    fs::write(at("all.zip"), &zip).expect("written");
    let mut expected = None;
    for source in ["json", "json/deep/a.json", "yaml", "yaml/vulns/django/PYSEC-2021-1.yaml", "all.zip"] {
        for only in [false, true] {
            let mut builder = if only { Builder::only("", [name("django")]) } else { Builder::new("") };
            builder.add_source(&at(source)).expect("read");
            assert_eq!(builder.malformed(), [], "{source}");
            let about = builder.into_memory().expect("made").about(&name("django")).expect("read");
            assert_eq!(about.len(), 1, "{source}");
            assert_eq!(*expected.get_or_insert(about.clone()), about, "{source}");
        }
        let mut builder = Builder::only("", [name("other")]);
        builder.add_source(&at(source)).expect("read");
        assert_eq!(builder.into_memory().expect("made").info().packages, 0, "{source}");
    }
    zip.truncate(zip.len() / 2);
    for (path, bytes) in [("cut.zip", zip.as_slice()), ("text", b"hello"), ("list.json", b"[]"), ("empty", b"")] {
        let error = Builder::new("").add_bytes(Path::new(path), bytes).expect_err(path);
        assert!(matches!(error, IndexError::Source(..)), "{path}: {error}");
    }
}

fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in members {
        zip.start_file(*path, zip::write::SimpleFileOptions::default()).expect("in memory");
        zip.write_all(text.as_bytes()).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

#[test]
fn scores_and_what_is_exploited_stand_with_the_advisory() {
    let directory = tempfile::tempdir().expect("a directory");
    let (epss, kev) = (directory.path().join("epss.csv"), directory.path().join("kev.json"));
    fs::write(&epss, "#score_date:2026-07-23T00:00:00Z\ncve,epss,percentile\nCVE-2021-1,0.9,1\n").expect("written");
    fs::write(&kev, r#"{"dateReleased": "2026-07-22", "vulnerabilities": [{"cveID": "CVE-2021-1"}]}"#)
        .expect("written");
    let mut builder = builder();
    builder.add_epss(&epss).expect("read");
    builder.add_kev(&kev).expect("read");
    assert!(matches!(builder.add_kev(&epss), Err(IndexError::Source(..))));
    let index = builder.into_memory().expect("made");
    assert_eq!(index.info().epss.as_deref(), Some("2026-07-23"));
    assert_eq!(index.info().kev.as_deref(), Some("2026-07-22"));
    let django = index.about(&name("django")).expect("read").remove(0);
    assert_eq!((django.epss, django.is_exploited), (Some(0.9), true));
    let zope = index.about(&name("zope.interface")).expect("read").remove(0);
    assert_eq!((zope.epss, zope.is_exploited), (None, false));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(Index::from_bytes(Path::new("x"), bytes.clone()));
        for path in ["a.json", "a.yaml", "a.zip"] {
            drop(Builder::new("").add_bytes(Path::new(path), &bytes));
        }
    }

    #[test]
    fn a_changed_byte_never_changes_an_answer(at in any::<proptest::sample::Index>(), with in 1..=255u8) {
        let good = bytes();
        let answers = |bytes: Vec<u8>| -> Result<Vec<Vec<Advisory>>, IndexError> {
            let index = Index::from_bytes(Path::new("x"), bytes)?;
            ["djanga", "django", "zope-interface"].iter().map(|package| index.about(&name(package))).collect()
        };
        let expected = answers(good.clone()).expect("an index");
        let mut changed = good;
        let at = at.index(changed.len());
        changed[at] ^= with;
        // It is said, or it changes nothing.
        if let Ok(found) = answers(changed) {
            prop_assert_eq!(found, expected);
        }
    }
}
