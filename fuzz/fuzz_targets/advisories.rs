//! Arbitrary bytes as what is known of vulnerabilities: records of OSV, of PyPA's database and of safety-db, archives of them,
//! CVSS vectors, scores and catalogues, and the index that is made of them. The first byte chooses which.
//!
//! Nothing may panic or run away. What was read is an index that can be read as a whole and says the same when only its
//! packages are asked for; whatever an index's file holds, it is opened, asked and refused as one; and what is said of
//! versions does not contradict itself.

#![no_main]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use libfuzzer_sys::fuzz_target;
use pep440_rs::{Version, VersionSpecifiers};
use serde::{Deserialize, Serialize};
use seriema_deps::builtin::WithSymbols;
use seriema_deps::index::FORMAT;
use seriema_deps::matching::{
    affects, allows_vulnerable, clear_versions, fixed_in, fixed_versions, is_affected, is_listed, smallest_fix,
};
use seriema_deps::{Advisories, Advisory, Builder, Event, Index, IndexError, Info, Name};
use xxhash_rust::xxh3::xxh3_64;

const TODAY: &str = "2026-11-23";

/// What the bytes are read as.
const WAYS: [fn(&[u8]); 10] = [
    |bytes| source("a.json", bytes),
    |bytes| source("a.yaml", bytes),
    // Of safety-db, or a record: the contents tell.
    |bytes| source("insecure_full.json", bytes),
    |bytes| source("all.zip", bytes),
    |bytes| source("all.zip", &zipped(bytes)),
    vector,
    |bytes| feed(Builder::add_epss_bytes, bytes),
    |bytes| feed(Builder::add_kev_bytes, bytes),
    |bytes| drop(opened(bytes.to_vec())),
    edited,
];

/// Ends each member of an archive: the byte that stands between records.
const END: u8 = 0x1e;

/// A record about some versions of a package.
fn record(id: &str, aliases: &[&str], package: &str, versions: &[&str], events: &[(&str, &str)]) -> String {
    let events: Vec<_> = events.iter().map(|(kind, version)| serde_json::json!({ *kind: version })).collect();
    serde_json::json!({
        "id": id, "aliases": aliases, "modified": "2026-01-02T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": format!("About {package}"), "references": [{"type": "ADVISORY", "url": "https://example.org/a"}],
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": package},
            "versions": versions,
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
            "ecosystem_specific": {"affected_functions": ["django.shortcuts.render"]},
        }],
        "database_specific": {"severity": "CRITICAL", "cwe_ids": ["CWE-79"]},
    })
    .to_string()
}

/// A small index as the builder makes it.
static INDEX: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut builder = Builder::new(TODAY);
    for text in [
        record(
            "PYSEC-2021-1",
            &["CVE-2021-1"],
            "Django",
            &["1.0", "1.1", "1.2rc1", "custom"],
            &[("introduced", "0"), ("fixed", "1.2")],
        ),
        record("GHSA-aaaa", &["CVE-2021-1"], "django", &[], &[("introduced", "1"), ("last_affected", "1.2.1")]),
        record("CVE-2022-1", &[], "django", &["3"], &[("introduced", "3"), ("limit", "4")]),
        record("PYSEC-2021-2", &[], "zope.interface", &["2004d"], &[("introduced", "0"), ("fixed", "3")]),
        record("MAL-2024-1", &[], "djanga", &["0.1"], &[("introduced", "0")]),
    ] {
        builder.add_bytes(Path::new("a.json"), text.as_bytes()).expect("JSON");
    }
    builder.add_epss_bytes(Path::new("epss"), b"cve,epss\nCVE-2021-1,0.5\n").expect("scores");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("index");
    builder.write(&path).expect("written");
    Index::read_bytes(&path).expect("read")
});

/// The parts of an index: bytes that are changed are found by their checksums, and what is packed is no longer what it was.
/// To get past that, the parts are changed and put together anew.
#[derive(Clone)]
struct Parts {
    header: Vec<u8>,
    directory: Vec<u8>,
    /// Unpacked.
    blocks: Vec<Vec<u8>>,
}

/// As the index has it.
#[derive(Serialize, Deserialize)]
struct Header {
    info: Info,
    names: u32,
    directory: u64,
    directory_checksum: u64,
    blocks: u64,
}

/// Magic, format, the header's length and checksum.
const PREFIX: usize = 8 + 4 + 4 + 8;
/// A name's entry in the directory: where the name starts, where its block does.
const ENTRY: usize = 8;
/// A block's checksum, and its length when it is unpacked.
const BLOCK_PREFIX: usize = 8 + 4;

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("four bytes")) as usize
}

static PARTS: LazyLock<Parts> = LazyLock::new(|| {
    let index: &[u8] = &INDEX;
    let (header, rest) = index[PREFIX..].split_at(number(index, 12));
    let own: Header = postcard::from_bytes(header).expect("a header");
    let (directory, rest) = rest.split_at(own.directory as usize);
    let blocks = (0..own.names as usize).map(|at| {
        let block = number(directory, at * ENTRY + 4)..number(directory, (at + 1) * ENTRY + 4);
        let mut plain = Vec::new();
        DeflateDecoder::new(&rest[block][BLOCK_PREFIX..]).read_to_end(&mut plain).expect("packed");
        plain
    });
    let parts = Parts { header: header.to_vec(), directory: directory.to_vec(), blocks: blocks.collect() };
    // The format may have changed since this was written.
    let (again, before) = (opened(parts.index(true)).expect("an index"), opened(index.to_vec()).expect("an index"));
    assert_eq!(again.info(), before.info());
    for name in before.names().filter_map(Name::new) {
        assert!(!before.about(&name).expect("a block").is_empty());
        assert_eq!(again.about(&name).expect("a block"), before.about(&name).expect("a block"));
    }
    parts
});

impl Parts {
    /// The index of the parts: its checksums are right, and where asked for, its places and lengths too.
    fn index(&self, with_places: bool) -> Vec<u8> {
        let (mut directory, mut blocks) = (self.directory.clone(), Vec::new());
        let mut place = |at: usize, start: usize| {
            let there = directory.get_mut(at * ENTRY + 4..at * ENTRY + 8).filter(|_| with_places);
            if let Some(there) = there {
                there.copy_from_slice(&(start as u32).to_le_bytes());
            }
        };
        for (at, plain) in self.blocks.iter().enumerate() {
            place(at, blocks.len());
            let mut packed = (plain.len() as u32).to_le_bytes().to_vec();
            let mut encoder = DeflateEncoder::new(&mut packed, Compression::fast());
            encoder.write_all(plain).and_then(|()| encoder.finish().map(drop)).expect("memory can be written to");
            blocks.extend(xxh3_64(&packed).to_le_bytes());
            blocks.extend(packed);
        }
        place(self.blocks.len(), blocks.len());
        let header = match postcard::from_bytes::<Header>(&self.header) {
            Ok(mut header) => {
                header.directory_checksum = xxh3_64(&directory);
                if with_places {
                    header.directory = directory.len() as u64;
                    header.blocks = blocks.len() as u64;
                }
                postcard::to_allocvec(&header).expect("memory can be written to")
            }
            Err(_) => self.header.clone(),
        };
        let mut index = b"SRMADV\r\n".to_vec();
        index.extend(FORMAT.to_le_bytes());
        index.extend((header.len() as u32).to_le_bytes());
        index.extend(xxh3_64(&header).to_le_bytes());
        [header, directory, blocks].into_iter().for_each(|part| index.extend(part));
        index
    }
}

/// Changes an index as the bytes say: its parts or its file, where, how many bytes go, what comes instead.
fn edited(bytes: &[u8]) {
    let Some((flags, mut rest)) = bytes.split_first() else { return };
    let (is_file, with_places) = (flags & 2 != 0, flags & 1 == 0);
    let (mut file, mut parts) = (INDEX.clone(), PARTS.clone());
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let [part, low, high, gone, new] = *head;
        let (content, after) = after.split_at(usize::from(new).min(after.len()));
        rest = after;
        let count = parts.blocks.len();
        let part = match usize::from(part) % (count + 2) {
            _ if is_file => &mut file,
            0 => &mut parts.header,
            1 => &mut parts.directory,
            block => &mut parts.blocks[block - 2],
        };
        let at = usize::from(u16::from_le_bytes([low, high])) % (part.len() + 1);
        let end = part.len().min(at + usize::from(gone));
        part.splice(at..end, content.iter().copied());
    }
    drop(opened(if is_file { file } else { parts.index(with_places) }));
}

/// Opens an index and asks it everything.
fn opened(bytes: Vec<u8>) -> Option<Index> {
    let is_index = Index::is_index(&bytes);
    let index = Index::from_bytes(Path::new("index"), bytes)
        .inspect_err(|error| assert!(!error.to_string().is_empty() && !matches!(error, IndexError::Io(..)), "{error}"))
        .ok()?;
    assert!(is_index);
    let is_right = index.check().is_ok();
    for name in index.names().filter_map(Name::new) {
        match index.about(&name) {
            Ok(about) => judge(&about),
            Err(error) => assert!(!is_right, "{error}"),
        }
    }
    Some(index)
}

/// What is said of versions of one package.
fn judge(about: &[Advisory]) {
    // Of many the first are enough: each is held against all.
    let about = &about[..about.len().min(20)];
    let written = |advisory: &Advisory| -> Vec<String> {
        let events = advisory.affected.iter().flat_map(|affected| &affected.ranges).flat_map(|range| &range.events);
        let events = events.map(|event| match event {
            Event::Introduced(version)
            | Event::Fixed(version)
            | Event::LastAffected(version)
            | Event::Limit(version) => version.clone(),
        });
        let listed = advisory.affected.iter().flat_map(|affected| affected.versions.iter().map(str::to_owned));
        events.take(10).chain(listed.take(10)).collect()
    };
    for advisory in about {
        assert!(advisory.ids().count() > 0);
        for affected in &advisory.affected {
            assert_eq!(affected.versions.iter().count(), affected.versions.len());
            assert!(
                affected.versions.iter().all(|listed| affected.versions.contains(listed.parse().ok().as_ref(), listed))
            );
            let _ = fixed_versions(affected);
        }
        for written in written(advisory) {
            let Ok(version) = written.parse::<Version>() else {
                let _ = is_listed(advisory, &written);
                continue;
            };
            let is_one = is_affected(advisory, &version, &written);
            assert_eq!(is_one, advisory.affected.iter().any(|affected| affects(affected, &version, &written)));
            assert!(is_one || !is_listed(advisory, &written), "{version} is listed");
            let fixed = fixed_in(advisory, &version);
            assert!(fixed.iter().all(|fixed| *fixed > version) && fixed.is_sorted(), "{version}: {fixed:?}");
            let is_clear = |version: &Version| !about.iter().any(|one| is_affected(one, version, ""));
            let fix = smallest_fix(about, &version);
            assert!(fix.iter().all(|fix| *fix > version && is_clear(fix)), "{version}: {fix:?}");
            let clear = clear_versions(about, Some(&version));
            assert!(clear.iter().all(|clear| *clear > version), "{version}: {clear:?}");
            assert!(clear.iter().take(10).all(is_clear), "{version}: {clear:?}");
            for operator in ["==", ">=", "<", "~=", ">", "!=", "==="] {
                let Ok(specifiers) = format!("{operator}{version}").parse::<VersionSpecifiers>() else { continue };
                let allowed = allows_vulnerable(advisory, &specifiers);
                assert!(allowed.iter().all(|allowed| {
                    specifiers.contains(&allowed.version) && is_affected(advisory, &allowed.version, "")
                }));
            }
        }
    }
}

/// What was read, made to an index: it can be read as a whole, and what is said in it is sound.
fn made(builder: Builder) -> Option<Index> {
    assert!(builder.malformed().iter().all(|one| !one.reason.is_empty()), "{:?}", builder.malformed());
    let read = builder.info().clone();
    let index = match builder.into_memory() {
        Ok(index) => index,
        Err(error) => {
            assert!(matches!(error, IndexError::TooLarge(_)), "{error}");
            return None;
        }
    };
    index.check().expect("what was written is read");
    let info = index.info();
    assert_eq!((info.records, info.malformed, info.withdrawn), (read.records, read.malformed, read.withdrawn));
    assert_eq!(info.packages, index.names().count());
    let mut vulnerabilities = 0;
    for name in index.names() {
        let name = Name::new(name).filter(|it| it.as_str() == name).expect("a name as names are compared");
        let about = index.about(&name).expect("it was checked");
        assert!(!about.is_empty());
        vulnerabilities += about.len();
        for (number, advisory) in about.iter().enumerate() {
            assert!(advisory.ids().all(|id| !id.is_empty()), "{advisory:?}");
            assert!(advisory.score.is_none_or(|score| (0.0..=10.0).contains(&score)), "{advisory:?}");
            assert_eq!(advisory.score.is_some(), advisory.vector.is_some(), "{advisory:?}");
            assert!(advisory.epss.is_none_or(|epss| (0.0..=1.0).contains(&epss)), "{advisory:?}");
            assert!(!advisory.summary.contains('\n'), "{advisory:?}");
            // Two of one id would be one.
            assert!(
                about[..number].iter().take(20).all(|other| other.ids().all(|id| advisory.ids().all(|own| own != id)))
            );
        }
        judge(&about);
    }
    assert_eq!(info.vulnerabilities, vulnerabilities);
    Some(index)
}

fn source(path: &str, bytes: &[u8]) {
    let path = Path::new(path);
    let read = |mut builder: Builder| {
        // What was read before it went wrong stays.
        let _ = builder.add_bytes(path, bytes).inspect_err(|error| assert!(!error.to_string().is_empty()));
        made(builder)
    };
    let Some(all) = read(Builder::new(TODAY)) else { return };
    // A key that is escaped is not seen where records are passed over by their bytes.
    if bytes.contains(&b'\\') || bytes.starts_with(b"PK") {
        return;
    }
    let names: Vec<Name> = all.names().filter_map(Name::new).collect();
    let Some(only) = read(Builder::only(TODAY, names.iter().cloned())) else { return };
    for name in &names {
        assert_eq!(only.about(name).expect("it was checked"), all.about(name).expect("it was checked"), "{name}");
    }
    assert_eq!(all.names().count(), only.names().count());
    let with_symbols = WithSymbols(all);
    names.iter().for_each(|name| assert!(with_symbols.about(name).is_ok()));
}

/// Members of an archive, each beginning with a line that names it.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for part in bytes.split(|byte| *byte == END).take(50) {
        let at = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        // It may be there already.
        if writer.start_file(String::from_utf8_lossy(&part[..at]), stored).is_ok() {
            writer.write_all(part.get(at + 1..).unwrap_or_default()).expect("memory can be written to");
        }
    }
    let bytes = writer.finish().expect("memory can be written to").into_inner();
    let mut builder = Builder::new(TODAY);
    if builder.add_export("https://example.org/all.zip", &bytes).is_ok() {
        made(builder);
    }
    bytes
}

/// A CVSS vector, as a record has it.
fn vector(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let record = serde_json::json!({
        "id": "A-1", "severity": [{"type": "CVSS_V3", "score": text}],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}}],
    });
    let mut builder = Builder::new(TODAY);
    builder.add_records("a", [("a.json", record.to_string().as_bytes())]);
    let index = made(builder).expect("a record is not too large");
    let [advisory] = &index.about(&Name::new("a").expect("a name")).expect("it was checked")[..] else {
        panic!("one record is one advisory");
    };
    assert!(advisory.vector.as_ref().is_none_or(|vector| *vector == text));
}

/// What else is known of vulnerabilities, added to an index.
fn feed(add: impl Fn(&mut Builder, &Path, &[u8]) -> Result<(), IndexError>, bytes: &[u8]) {
    let mut builder = Builder::new(TODAY);
    let record = record("CVE-2021-1", &[], "a", &["1"], &[]);
    builder.add_records("a", [("a.json", record.as_bytes())]);
    if add(&mut builder, Path::new("feed"), bytes).inspect_err(|error| assert!(!error.to_string().is_empty())).is_ok() {
        made(builder);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    WAYS[usize::from(*first) % WAYS.len()](rest);
});
