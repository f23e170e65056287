//! An index is brought up to date, or stays what it is.
#![allow(clippy::disallowed_methods, reason = "a test puts its files in place")]

mod server;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use seriema_deps::{Advisories, Builder, Index, Name};
use seriema_osv::{Address, Silent, Update, UpdateError, Updated, update};
use server::{Asked, Server, client, give, range, record, say, say_length};

/// An export that holds one record about each package.
fn export(packages: &[&str]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for package in packages {
        let id = format!("PYSEC-2026-{package}");
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(format!("{id}.json"), stored).expect("in memory");
        zip.write_all(record(&id, package, "1.0").as_bytes()).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

/// An export of so many bytes or more.
fn large(bytes: usize) -> Vec<u8> {
    let names: Vec<String> = (0..bytes / 250).map(|number| format!("p{number}")).collect();
    export(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    /// One with an index that knows of the package `old`.
    fn with_index() -> Self {
        let place = Self::new();
        let mut builder = Builder::new("2026-07-01");
        builder.add_export("old", &export(&["old"])).expect("records");
        builder.write(&place.index()).expect("written");
        place
    }

    fn index(&self) -> PathBuf {
        self.directory.path().join("advisories.index")
    }

    fn beside(&self, end: &str) -> PathBuf {
        self.directory.path().join(format!("advisories.index{end}"))
    }

    fn asked(&self, osv: Address, today: &str) -> Update {
        Update { index: self.index(), osv, epss: None, kev: None, today: today.to_owned() }
    }

    fn update(&self, server: &Server) -> Result<Updated, UpdateError> {
        update(&client(), &self.asked(server.address("/all.zip"), "2026-07-23"), &Silent)
    }

    fn knows(&self, package: &str) -> bool {
        let index = Index::open(&self.index()).expect("an index that can be opened");
        index.check().expect("all of it can be read");
        !index.about(&Name::new(package).expect("a name")).expect("read").is_empty()
    }
}

/// A bucket that holds a file.
fn bucket(file: Vec<u8>) -> Server {
    Server::with(move |_, asked, stream| give(asked, stream, "\"1\"", &file))
}

#[test]
fn an_index_is_fetched_and_then_only_asked_about() {
    let place = Place::new();
    let server = bucket(export(&["one", "two"]));
    let made = place.update(&server).expect("made");
    assert!(matches!(&made, Updated::Made(info, malformed) if info.packages == 2 && malformed.is_empty()), "{made:?}");
    assert!(place.knows("one") && place.knows("two"));
    assert!(!place.beside(".part").exists(), "what was fetched is not kept");

    let before = std::fs::read(place.index()).expect("an index");
    assert!(matches!(place.update(&server), Ok(Updated::Current(_))));
    assert_eq!(std::fs::read(place.index()).expect("an index"), before);
    // On a later day it is as new as that day.
    let later = update(&client(), &place.asked(server.address("/all.zip"), "2026-07-25"), &Silent).expect("current");
    assert!(matches!(&later, Updated::Current(info) if info.made == "2026-07-25"), "{later:?}");
    assert!(place.knows("one"));
    assert!(matches!(place.update(&server), Ok(Updated::Current(info)) if info.made == "2026-07-25"));
    let tags: Vec<Option<String>> =
        server.asked().iter().map(|asked| asked.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(tags, [None, Some("\"1\"".to_owned()), Some("\"1\"".to_owned()), Some("\"1\"".to_owned())]);
}

#[test]
fn what_is_known_of_another_index_or_address_is_not_asked_with() {
    let place = Place::new();
    let server = bucket(export(&["one"]));
    place.update(&server).expect("made");
    let other = place.asked(server.address("/all.zip?other"), "2026-07-23");
    assert!(matches!(update(&client(), &other, &Silent), Ok(Updated::Made(..))));
    // Someone put another index there.
    Builder::new("2026-07-23").write(&place.index()).expect("written");
    assert!(matches!(place.update(&server), Ok(Updated::Made(..))));
    assert!(place.knows("one"));
    // Whatever stands beside it is survived.
    std::fs::write(place.beside(".update"), b"{\"index\": \xff").expect("written");
    assert!(matches!(place.update(&server), Ok(Updated::Made(..))));
    assert!(server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}

#[test]
fn a_download_that_breaks_off_is_gone_on_with() {
    let file = large(1 << 20);
    let place = Place::with_index();
    let whole = file.clone();
    // Each answer ends 300 kB after where it begins.
    let server = Server::with(move |_, asked, stream| {
        let start = range(asked).unwrap_or(0);
        let end = (start + 300_000).min(whole.len());
        let headers = format!("bytes {start}-{}/{}", whole.len() - 1, whole.len());
        let (status, length) = if start == 0 { (200, whole.len()) } else { (206, whole.len() - start) };
        say_length(stream, status, &[("ETag", "\"1\""), ("Content-Range", &headers)], length, &whole[start..end]);
    });
    place.update(&server).expect("made");
    assert!(place.knows("p0") && !place.knows("old"));
    let asked = server.asked();
    assert_eq!(asked.len(), file.len().div_ceil(300_000), "no byte is fetched twice");
    assert!(asked[1..].iter().all(|asked| asked.header("if-range") == Some("\"1\"")));
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_ended() {
    let file = large(400_000);
    let place = Place::with_index();
    let half = file.clone();
    let broken = Server::with(move |number, _, stream| match number {
        0 => say_length(stream, 200, &[("ETag", "\"1\"")], half.len(), &half[..half.len() / 2]),
        _ => say(stream, 404, &[], b""),
    });
    let address = broken.address("/all.zip");
    assert!(matches!(place.update(&broken), Err(UpdateError::Fetch(_))));
    assert!(place.knows("old") && place.beside(".part").exists());
    drop(broken);

    // The same URL again: a run of its own, at the same port.
    let listener = std::net::TcpListener::bind(address.to_string().replace("http://", "").replace("/all.zip", ""));
    let Ok(listener) = listener else { return };
    let whole = file.clone();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        answer_one(stream, |asked, stream| give(asked, stream, "\"1\"", &whole))
    });
    let updated = update(&client(), &place.asked(address, "2026-07-23"), &Silent);
    let asked = thread.join().expect("it answered");
    assert!(matches!(updated, Ok(Updated::Made(..))), "{updated:?}");
    assert_eq!(range(&asked), Some(file.len() / 2));
    assert!(place.knows("p0"));
}

fn answer_one(mut stream: TcpStream, answer: impl Fn(&Asked, &mut TcpStream)) -> Asked {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    let mut asked = Asked::default();
    for line in String::from_utf8_lossy(&head).lines().skip(1) {
        if let Some((name, value)) = line.split_once(':') {
            asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    answer(&asked, &mut stream);
    asked
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_from_its_beginning() {
    let (old, new) = (large(300_000), export(&["new"]));
    let place = Place::with_index();
    let server = Server::with(move |number, asked, stream| match number {
        0 => say_length(stream, 200, &[("ETag", "\"1\"")], old.len(), &old[..100_000]),
        // Ranges of another file are not given.
        _ => give(asked, stream, "\"2\"", &new),
    });
    place.update(&server).expect("made");
    assert!(place.knows("new") && !place.knows("p0"));
}

#[test]
fn servers_that_send_the_wrong_part_are_asked_for_all_of_it() {
    for range in ["bytes 0-9/10", "bytes 100000-1/5", "bytes x-y/z", "items 1-2/3", ""] {
        let file = large(300_000);
        let place = Place::with_index();
        let server = Server::with(move |number, _, stream| match number {
            0 => say_length(stream, 200, &[("ETag", "\"1\"")], file.len(), &file[..100_000]),
            1 => say(stream, 206, &[("ETag", "\"1\""), ("Content-Range", range)], b"0123456789"),
            _ => say(stream, 200, &[("ETag", "\"1\"")], &file),
        });
        place.update(&server).expect("made");
        assert!(place.knows("p0"), "{range}");
        assert_eq!(server.asked().last().and_then(|asked| asked.header("range").map(str::to_owned)), None);
    }
}

#[test]
fn a_server_that_always_breaks_off_is_not_asked_for_ever() {
    let file = large(400_000);
    let place = Place::with_index();
    // With every other answer being a part that does not fit, so that all begins anew.
    let server = Server::with(move |_, asked, stream| match range(asked) {
        Some(_) => say(stream, 206, &[("ETag", "\"1\""), ("Content-Range", "bytes 0-9/10")], b"0123456789"),
        None => say_length(stream, 200, &[("ETag", "\"1\"")], file.len(), &file[..300_000]),
    });
    assert!(matches!(place.update(&server), Err(UpdateError::Fetch(_))));
    assert!(server.asked().len() <= 5, "{}", server.asked().len());
    assert!(place.knows("old"));
}

#[test]
fn errors_that_pass_are_waited_out_and_others_said() {
    let file = export(&["new"]);
    let place = Place::with_index();
    let server = Server::with(move |number, asked, stream| match number {
        0 => say(stream, 503, &[], b""),
        1 => say(stream, 429, &[("Retry-After", "3")], b""),
        2 => {} // closed without a word
        _ => give(asked, stream, "\"1\"", &file),
    });
    place.update(&server).expect("made");
    assert!(place.knows("new"));

    for (status, requests, said) in
        [(404, 1, "does not have it"), (403, 1, "refuses"), (500, 4, "500"), (304, 1, "304")]
    {
        let place = Place::with_index();
        let server = Server::with(move |_, _, stream| say(stream, status, &[], b""));
        let error = place.update(&server).expect_err("a fault").to_string();
        assert!(error.contains(said) && error.contains("/all.zip"), "{error}");
        assert_eq!(server.asked().len(), requests);
        assert!(place.knows("old"));
    }
}

/// Updates from a server that says this, which has to leave the index as it is; what is said.
fn fails(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> String {
    let place = Place::with_index();
    let server = Server::with(move |_, _, stream| answer(stream));
    let before = std::fs::read(place.index()).expect("an index");
    let error = place.update(&server).expect_err("a fault").to_string();
    assert_eq!(std::fs::read(place.index()).expect("an index"), before);
    // What is wrong is not gone on with either.
    let file = export(&["new"]);
    let good = Server::with(move |_, asked, stream| give(asked, stream, "\"2\"", &file));
    place.update(&good).expect("made");
    assert!(place.knows("new"));
    error
}

#[test]
fn what_is_not_whole_or_not_what_it_should_be_changes_nothing() {
    let good = large(50_000);
    let cut = good.clone();
    let error = fails(move |stream| say_length(stream, 200, &[], cut.len(), &cut[..cut.len() / 2]));
    assert!(error.contains("broke off"), "{error}");
    // The length that is said is wrong, so that the archive has no end.
    let short = good.clone();
    let error = fails(move |stream| say_length(stream, 200, &[("ETag", "\"1\"")], short.len() / 2, &short));
    assert!(error.contains("damaged"), "{error}");
    // One byte of one member is another.
    let mut changed = good.clone();
    let at = changed.windows(7).position(|bytes| bytes == b"About p").expect("a summary");
    changed[at] ^= 1;
    let error = fails(move |stream| say(stream, 200, &[("ETag", "\"1\"")], &changed));
    assert!(error.contains("damaged: PYSEC-2026-p0.json"), "{error}");
    // A page that asks to log in.
    let error = fails(|stream| say(stream, 200, &[], b"<html>Welcome</html>"));
    assert!(error.contains("no zip archive"), "{error}");
    let error = fails(|stream| say(stream, 200, &[], &export(&[])));
    assert!(error.contains("no export"), "{error}");
    let error = fails(|stream| say_length(stream, 200, &[], 2 << 30, b"PK"));
    assert!(error.contains("larger than what is fetched"), "{error}");
    let error = fails(|stream| drop(stream.write_all(b"\x16\x03\x01 what?\r\n\r\n")));
    assert!(error.contains("HTTP"), "{error}");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..40 {
        zip.start_file(format!("{number}.json"), zip::write::SimpleFileOptions::default()).expect("in memory");
        zip.write_all(&vec![b' '; 1 << 20]).expect("in memory");
    }
    let bomb = zip.finish().expect("in memory").into_inner();
    assert!(bomb.len() < 100_000);
    let error = fails(move |stream| say(stream, 200, &[("ETag", "\"1\"")], &bomb));
    assert!(error.contains("more than is read"), "{error}");
}

#[test]
fn scores_and_what_is_exploited_are_fetched_beside_it() {
    const SCORES: &[u8] = b"#score_date:2026-07-23\ncve,epss,percentile\nPYSEC-2026-one,0.5,0.9\n";
    const EXPLOITED: &[u8] = br#"{"dateReleased": "2026-07-22", "vulnerabilities": []}"#;
    let file = export(&["one"]);
    let released = Arc::new(Mutex::new("\"a\""));
    let tag = Arc::clone(&released);
    let server = Server::with(move |_, asked, stream| match asked.target.as_str() {
        "/epss" => give(asked, stream, "\"e\"", SCORES),
        "/kev" => give(asked, stream, *tag.lock().expect("no test panics with it"), EXPLOITED),
        _ => give(asked, stream, "\"1\"", &file),
    });
    let place = Place::new();
    let all = Update {
        epss: Some(server.address("/epss")),
        kev: Some(server.address("/kev")),
        ..place.asked(server.address("/all.zip"), "2026-07-23")
    };
    let run = || update(&client(), &all, &Silent).expect("up to date");
    assert!(
        matches!(run(), Updated::Made(info, _) if info.epss.as_deref() == Some("2026-07-23") && info.kev.is_some())
    );
    let one = Index::open(&place.index()).expect("an index").about(&Name::new("one").expect("a name")).expect("read");
    assert_eq!(one[0].epss, Some(0.5));
    assert!(matches!(run(), Updated::Current(_)));
    // When one of the three is another one, the index is made of all three.
    *released.lock().expect("no test panics with it") = "\"b\"";
    assert!(matches!(run(), Updated::Made(info, _) if info.epss.is_some() && info.packages == 1));
    assert!(matches!(run(), Updated::Current(_)));
}

#[test]
fn updates_at_once_take_turns() {
    let place = Place::with_index();
    let server = bucket(large(200_000));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| place.update(&server).expect("up to date"));
        }
    });
    assert!(place.knows("p0"));
    let whole = server.asked().iter().filter(|asked| asked.header("if-none-match").is_none()).count();
    assert_eq!(whole, 1, "the others are told that nothing is newer");
}

#[test]
fn what_cannot_be_written_is_said() {
    let place = Place::new();
    let file = place.directory.path().join("file");
    std::fs::write(&file, "").expect("written");
    let server = bucket(export(&["one"]));
    let asked = Update { index: file.join("below"), ..place.asked(server.address("/all.zip"), "2026-07-23") };
    let error = update(&client(), &asked, &Silent).expect_err("a fault");
    assert!(matches!(&error, UpdateError::Kept(path, _) if path == Path::new(&file)), "{error}");
    assert!(server.asked().is_empty());
}
