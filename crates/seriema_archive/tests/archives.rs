//! What is read of archives, and what is said of those that are not what they seem.

use std::fmt::Write as _;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use seriema_archive::{Account, Limits, Why, members};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const DEFLATED: CompressionMethod = CompressionMethod::Deflated;
const STORED: CompressionMethod = CompressionMethod::Stored;

fn zip_as(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a member");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_as(DEFLATED, files)
}

fn header(kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        tar.append_data(&mut header(tar::EntryType::Regular, bytes.len() as u64), name, *bytes).expect("a member");
    }
    tar.into_inner().expect("an archive")
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(bytes).expect("bytes");
    gz.finish().expect("an archive")
}

fn read(name: &str, bytes: &[u8], limits: &Limits) -> (Vec<(String, Vec<u8>)>, Account) {
    let mut found = Vec::new();
    let account = members(name, bytes, limits, &|path| !path.ends_with(".so"), &mut |member| {
        found.push((member.path, member.bytes));
    });
    assert_eq!(account.members, found.len());
    (found, account)
}

/// `path=content` of what is read, and `path: why` of what is not.
fn told(name: &str, bytes: &[u8]) -> Vec<String> {
    let (found, account) = read(name, bytes, &Limits::default());
    let said = account.skipped.iter().map(|skipped| format!("{}: {}", skipped.path, skipped.why));
    let read = found.iter().map(|(path, bytes)| format!("{path}={}", String::from_utf8_lossy(bytes)));
    read.chain(said).chain(account.truncated.then(|| "truncated".to_owned())).collect()
}

const FILES: &[(&str, &[u8])] = &[("b/settings.py", b"x = 1"), ("a.txt", b"two"), ("lib.so", b"\x7fELF")];

#[test]
fn wanted_members_are_read_in_the_order_of_the_archive() {
    for name in ["a.zip", "a.whl", "a.egg", "a.jar", "a.pyz"] {
        let wanted = [format!("{name}!/b/settings.py=x = 1"), format!("{name}!/a.txt=two")];
        assert_eq!(told(name, &zip(FILES)), wanted);
        assert_eq!(told(name, &zip_as(STORED, FILES)), wanted);
    }
    assert_eq!(told("d/a.tar", &tar(FILES)), ["d/a.tar!/b/settings.py=x = 1", "d/a.tar!/a.txt=two"]);
    for name in ["a.tar.gz", "a.tgz"] {
        let wanted = [format!("{name}!/b/settings.py=x = 1"), format!("{name}!/a.txt=two")];
        assert_eq!(told(name, &gz(&tar(FILES))), wanted);
    }
    assert_eq!(told("d/dump.sql.gz", &gz(b"select 1")), ["d/dump.sql.gz!/dump.sql=select 1"]);
    // Several gzip streams in a row are one file.
    let twice = [gz(b"select 1"), gz(b"; select 2")].concat();
    assert_eq!(told("dump.sql.gz", &twice), ["dump.sql.gz!/dump.sql=select 1; select 2"]);
    assert_eq!(told("a.so.gz", &gz(b"\x7fELF")), Vec::<String>::new());
    // A zipped application begins with how it is run.
    let application = [b"#!/usr/bin/env python3\n".as_slice(), &zip(&FILES[..1])].concat();
    assert_eq!(told("a.pyz", &application), ["a.pyz!/b/settings.py=x = 1"]);
}

#[test]
fn archives_in_archives_are_read_to_a_depth() {
    let inner = zip(&[("x.env", b"deep")]);
    let middle = gz(&tar(&[("inner.whl", &inner), ("y.env", b"less")]));
    let outer = zip(&[("m/middle.tar.gz", &middle), ("z.env", b"top")]);
    let wanted =
        ["o.zip!/m/middle.tar.gz!/inner.whl!/x.env=deep", "o.zip!/m/middle.tar.gz!/y.env=less", "o.zip!/z.env=top"];
    assert_eq!(told("o.zip", &outer), wanted);
    let deeper = told("p.zip", &zip(&[("o.zip", &outer)]));
    let wanted = [
        "p.zip!/o.zip!/m/middle.tar.gz!/y.env=less",
        "p.zip!/o.zip!/z.env=top",
        "p.zip!/o.zip!/m/middle.tar.gz!/inner.whl: is an archive too deep in others",
    ];
    assert_eq!(deeper, wanted);
}

#[test]
fn limits_hold() {
    let limits = Limits { member: 1000, total: 2500, ratio: 1000, members: 5, ..Limits::default() };
    let big = [b'a'; 1001];
    let (found, account) = read("a.zip", &zip(&[("big", &big), ("small", &big[..1000])]), &limits);
    assert_eq!((found.len(), account.skipped[0].why, account.truncated), (1, Why::TooLarge, false));
    for (name, pack) in [("a.zip", zip as fn(&[(&str, &[u8])]) -> Vec<u8>), ("a.tar", tar)] {
        let many: Vec<(String, Vec<u8>)> = (0..9).map(|n| (format!("{n}.txt"), vec![b'a'; 10])).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
        let roomy = Limits { total: 1 << 20, ..limits };
        let (found, account) = read(name, &pack(&many), &roomy);
        assert_eq!((found.len(), account.truncated), (5, true), "{name}");
        let large: Vec<(&str, &[u8])> = many.iter().map(|(name, _)| (*name, &big[..900])).collect();
        let (found, account) = read(name, &pack(&large), &limits);
        assert!(account.truncated && (1..=2).contains(&found.len()), "{name}: {}", found.len());
    }
    // What is left out is named, but not a thousand times.
    let names: Vec<String> = (0..150).map(|n| format!("{n}.txt")).collect();
    let large: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &big[..])).collect();
    let limits = Limits { total: 1 << 20, members: 1000, ..limits };
    let (_, account) = read("a.zip", &zip(&large), &limits);
    assert_eq!((account.skipped.len(), account.more_skipped), (Account::MAX_SKIPPED, 50));
}

#[test]
fn bombs_are_unpacked_to_a_multiple_of_their_size() {
    let zeros = vec![0; 7 << 20];
    let once = zip(&[("zeros", &zeros)]);
    let names: Vec<String> = (0..40).map(|n| format!("{n}.zip")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &*once)).collect();
    let limits = Limits::default();
    for (name, bomb) in [("a.zip", zip_as(STORED, &files)), ("a.tar", tar(&files))] {
        let (found, account) = read(name, &bomb, &limits);
        let unpacked: usize = found.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(account.truncated, "{name}");
        assert!(unpacked as u64 <= (bomb.len() as u64 * limits.ratio).max(limits.member), "{name}: {unpacked}");
    }
    // Gzip that goes on and on.
    let endless = gz(&vec![0; 20 << 20]);
    assert_eq!(told("a.txt.gz", &endless), ["a.txt.gz!/a.txt: is too large to be unpacked", "truncated"]);
    assert_eq!(told("a.tar.gz", &endless), Vec::<String>::new(), "zeros end a tar archive");
    // A name of many megabytes is not held in memory.
    let mut tar = tar::Builder::new(Vec::new());
    let name = vec![b'a'; 4 << 20];
    tar.append_data(&mut header(tar::EntryType::GNULongName, 4 << 20), "x", &*name).expect("a name");
    let tar = gz(&tar.into_inner().expect("an archive"));
    assert_eq!(told("a.tar.gz", &tar), ["a.tar.gz: is damaged"]);
}

#[test]
fn members_that_share_bytes_are_named() {
    let mut bytes = zip_as(STORED, &[("a.txt", b"same"), ("b.txt", b"same")]);
    // The directory's second record leads to the first member.
    let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").expect("a record");
    bytes[second + 42..second + 46].fill(0);
    let wanted = ["a.zip!/a.txt=same", "a.zip!/b.txt=same", "a.zip: has members that share the same bytes"];
    assert_eq!(told("a.zip", &bytes), wanted);
}

#[test]
fn what_cannot_be_read_is_named() {
    // Encrypted, by its flags in the directory.
    let mut encrypted = zip(&[("a.txt", b"hidden"), ("b.txt", b"open")]);
    let record = memchr::memmem::find(&encrypted, b"PK\x01\x02").expect("a record");
    encrypted[record + 8] |= 1;
    assert_eq!(told("a.zip", &encrypted), ["a.zip!/b.txt=open", "a.zip!/a.txt: is encrypted"]);
    // Compressed in a way that nobody knows.
    let mut method = zip(&[("a.txt", b"strange")]);
    let record = memchr::memmem::find(&method, b"PK\x01\x02").expect("a record");
    method[record + 10] = 99;
    assert_eq!(told("a.zip", &method), ["a.zip!/a.txt: is compressed in a way that is not read"]);
    assert_eq!(told("a.zip", b"no archive"), ["a.zip: is damaged"]);
    assert_eq!(told("a.tar", b"no archive"), ["a.tar: is damaged"]);
    assert_eq!(told("a.tar.gz", b"no archive"), ["a.tar.gz: is damaged"]);
    assert_eq!(told("a.txt.gz", b"no archive"), ["a.txt.gz!/a.txt: is damaged"]);
    assert_eq!(told("a.zip", b""), ["a.zip: is damaged"]);
}

#[test]
fn of_damaged_members_is_read_what_can_be() {
    let mut stored = zip_as(STORED, &[("a.txt", b"content"), ("b.txt", b"more")]);
    let at = memchr::memmem::find(&stored, b"content").expect("the member");
    stored[at] = b'C';
    let wanted = ["a.zip!/a.txt=Content", "a.zip!/b.txt=more", "a.zip!/a.txt: is damaged"];
    assert_eq!(told("a.zip", &stored), wanted);
    let tar = tar(&[("a.txt", b"one"), ("b.txt", b"content")]);
    let wanted = ["a.tar!/a.txt=one", "a.tar!/b.txt=cont", "a.tar!/b.txt: is damaged", "a.tar: is damaged"];
    assert_eq!(told("a.tar", &tar[..512 * 3 + 4]), wanted);
    let mut text = String::new();
    (0..20_000).for_each(|n| write!(text, "{n} ").expect("a string"));
    let gz = gz(text.as_bytes());
    let (found, account) = read("a.txt.gz", &gz[..gz.len() / 2], &Limits::default());
    assert_eq!(account.skipped[0].why, Why::Damaged);
    assert!(found[0].1.len() > 10_000 && text.as_bytes().starts_with(&found[0].1));
}

#[test]
fn zip64_lies_are_found_out() {
    let mut bytes = zip(&[("a.txt", b"one")]);
    // More members than there are, at a place that is none.
    let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").expect("the end");
    bytes[end + 8..end + 20].fill(0xff);
    assert_eq!(told("a.zip", &bytes), ["a.zip: is damaged"]);
    let mut record = vec![b'P', b'K', 6, 6, 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend([0xff; 7].into_iter().chain([0x0f]).cycle().take(32));
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend([1, 0, 0, 0]);
    bytes.splice(end..end, record);
    assert_eq!(told("a.zip", &bytes), ["a.zip: is damaged"]);
    // A size that is too small does not let more through, one that is too large hides nothing unsaid.
    let mut bytes = zip(&[("a.txt", b"content")]);
    let record = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a record");
    bytes[record + 24..record + 28].copy_from_slice(&u32::MAX.to_le_bytes()[..]);
    let (found, account) = read("a.zip", &bytes, &Limits::default());
    assert_eq!((found.len(), account.skipped.len()), (0, 1));
}

#[test]
fn links_and_files_with_holes_are_not_read() {
    let mut tar = tar::Builder::new(Vec::new());
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        tar.append_link(&mut header(kind, 0), "link.txt", "/etc/passwd").expect("a link");
    }
    tar.append_data(&mut header(tar::EntryType::Fifo, 0), "pipe", &[][..]).expect("a pipe");
    // 16 MiB, of which the last 512 bytes are stored.
    let mut holes = header(tar::EntryType::GNUSparse, 512);
    let gnu = holes.as_gnu_mut().expect("a header");
    gnu.sparse[0].offset = *b"00077777000\0";
    gnu.sparse[0].numbytes = *b"00000001000\0";
    gnu.realsize = *b"00100000000\0";
    tar.append_data(&mut holes, "holes.txt", &[b'x'; 512][..]).expect("a file");
    tar.append_data(&mut header(tar::EntryType::Regular, 3), "a.txt", &b"one"[..]).expect("a file");
    let bytes = tar.into_inner().expect("an archive");
    let said = told("a.tar", &bytes);
    assert_eq!(said[..2], ["a.tar!/a.txt=one", "a.tar!/link.txt: is a link"], "{said:?}");
    assert_eq!(
        said[3..],
        ["a.tar!/pipe: is a file with holes or a device", "a.tar!/holes.txt: is a file with holes or a device"]
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link.txt", "../../etc/passwd", SimpleFileOptions::default()).expect("a link");
    let bytes = zip.finish().expect("an archive").into_inner();
    assert_eq!(told("a.zip", &bytes), ["a.zip!/link.txt: is a link"]);
}

#[test]
fn names_can_do_no_harm() {
    let zipped = zip(&[("../../up.txt", b"1"), ("/root.txt", b"2"), ("c\u{7}\n.txt", b"3"), ("w\\x.txt", b"4")]);
    let paths: Vec<String> = read("a.zip", &zipped, &Limits::default()).0.into_iter().map(|(path, _)| path).collect();
    let wanted = ["a.zip!/../../up.txt", "a.zip!/root.txt", "a.zip!/c\u{fffd}\u{fffd}.txt", "a.zip!/w/x.txt"];
    assert_eq!(paths, wanted);
    let long = "d/".repeat(200) + "a.txt";
    assert_eq!(told("a.tar", &tar(&[(&long, b"1")])), [format!("a.tar!/{long}=1")]);
}

const NAMES: &[&str] = &["a.zip", "a.whl", "a.tar", "a.tgz", "a.tar.gz", "a.txt.gz", "a.zip.gz", "a.tar.gz.gz", "a.py"];

fn holds(name: &str, bytes: &[u8]) {
    let limits = Limits { member: 4096, total: 20_000, ratio: 50, members: 20, depth: 3 };
    let (found, account) = read(name, bytes, &limits);
    let unpacked: usize = found.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(unpacked as u64 <= limits.total && found.len() <= limits.members);
    assert!(found.iter().all(|(_, bytes)| bytes.len() as u64 <= limits.member));
    assert!(found.iter().all(|(path, _)| path.matches("!/").count() <= 3 + path.matches("!/!/").count()));
    assert!(account.skipped.len() <= Account::MAX_SKIPPED);
    assert_eq!((found, account), read(name, bytes, &limits));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        NAMES.iter().for_each(|name| holds(name, &bytes));
        NAMES.iter().for_each(|name| holds(name, &gz(&bytes)));
    }

    #[test]
    fn damaged_archives_are_borne(
        kind in 0_usize..5,
        cut in 0.0_f64..1.2,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let text = vec![b'a'; 5000];
        let inner = zip(&[("x.env", b"deep"), ("long.txt", &text)]);
        let files: &[(&str, &[u8])] = &[("b/settings.py", b"x = 1"), ("inner.whl", &inner), ("long.txt", &text[..4000])];
        let (name, mut bytes) = match kind {
            0 => ("a.zip", zip(files)),
            1 => ("a.zip", zip_as(STORED, files)),
            2 => ("a.tar", tar(files)),
            3 => ("a.tgz", gz(&tar(files))),
            _ => ("a.zip.gz", gz(&zip(files))),
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of it")]
        bytes.truncate((bytes.len() as f64 * cut) as usize);
        if !bytes.is_empty() {
            let length = bytes.len();
            flips.iter().for_each(|(at, with)| bytes[at.index(length)] ^= with);
        }
        holds(name, &bytes);
    }
}
