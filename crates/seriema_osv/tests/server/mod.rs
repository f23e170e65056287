//! A server on this machine that holds files as OSV's bucket does, misbehaves when it is told to, and writes down what it is
//! asked.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use seriema_osv::{Address, Client, Clock, Options};

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What the server does with the n-th request.
type Answer = dyn Fn(usize, &Asked, &mut TcpStream) + Send + Sync;

pub(crate) struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that does this with each request and closes the connection.
    pub(crate) fn with(answer: impl Fn(usize, &Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let is_done = Arc::new(AtomicBool::new(false));
        let answer: Arc<Answer> = Arc::new(answer);
        let (list, done) = (Arc::clone(&asked), Arc::clone(&is_done));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let (list, answer) = (Arc::clone(&list), Arc::clone(&answer));
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(stream, &list, &*answer));
                }
            }
        });
        Self { address, asked, is_done, thread: Some(thread) }
    }

    pub(crate) fn address(&self, path: &str) -> Address {
        Address::ambient(&format!("http://{}{path}", self.address)).expect("a URL")
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics with it").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::Relaxed);
        // Wakes the thread up.
        drop(TcpStream::connect(&self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(mut stream: TcpStream, list: &Mutex<Vec<Asked>>, answer: &Answer) {
    let Ok(copy) = stream.try_clone() else { return };
    let Some(request) = read(&mut BufReader::new(copy)) else { return };
    let number = {
        let mut list = list.lock().expect("no test panics with it");
        list.push(request.clone());
        list.len() - 1
    };
    answer(number, &request, &mut stream);
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let mut asked = Asked { method: words.next()?.to_owned(), target: words.next()?.to_owned(), ..Asked::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}

/// Writes an answer.
pub(crate) fn say(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &[u8]) {
    say_length(stream, status, headers, body.len(), body);
}

/// Writes an answer that says it has so many bytes.
pub(crate) fn say_length(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)], length: usize, body: &[u8]) {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    drop(stream.write_all(&[head.as_bytes(), body].concat()));
}

/// Answers as a bucket does that holds this file with this tag: conditions and ranges are heeded.
pub(crate) fn give(asked: &Asked, stream: &mut TcpStream, etag: &str, file: &[u8]) {
    if asked.header("if-none-match") == Some(etag) {
        return say(stream, 304, &[("ETag", etag)], b"");
    }
    let start = range(asked).filter(|_| asked.header("if-range") == Some(etag));
    match start {
        Some(start) if start >= file.len() => say(stream, 416, &[("ETag", etag)], b""),
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", file.len() - 1, file.len());
            say(stream, 206, &[("ETag", etag), ("Content-Range", &range)], &file[start..]);
        }
        None => say(stream, 200, &[("ETag", etag)], file),
    }
}

/// Where the range begins that is asked for.
pub(crate) fn range(asked: &Asked) -> Option<usize> {
    asked.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

/// A clock on which no time passes.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn sleep(&self, _: Duration) {}
}

pub(crate) fn client() -> Client {
    Client::with_clock(Options { tries: 4, ..Options::default() }, Box::new(Still))
}

/// A record of OSV's.
pub(crate) fn record(id: &str, package: &str, version: &str) -> String {
    serde_json::json!({
        "id": id, "modified": "2026-01-02T00:00:00Z", "summary": format!("About {package}"),
        "affected": [{"package": {"ecosystem": "PyPI", "name": package}, "versions": [version]}],
    })
    .to_string()
}
