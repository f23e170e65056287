//! A provider on this machine, which writes down what it is asked.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use seriema_verify::{Client, Options};

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What the server does with the connection of the n-th request.
type Answer = dyn Fn(usize, &mut TcpStream) + Send + Sync;

pub(crate) struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that writes this for the n-th request and closes the connection.
    pub(crate) fn with(answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
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
                if let Ok(stream) = stream {
                    serve(stream, &list, &*answer);
                }
            }
        });
        Self { address, asked, is_done, thread: Some(thread) }
    }

    /// A server that answers every request with these bytes.
    pub(crate) fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::with(move |_, stream| drop(stream.write_all(&bytes)))
    }

    /// A server that answers every request with this status and body.
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        Self::saying(answer(status, &BTreeMap::new(), body))
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that asks this server instead of the providers.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.options())
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            timeout: Duration::from_secs(20),
            per_host_interval: Duration::ZERO,
            max_requests: 10_000,
            base_override: Some(self.base()),
        }
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

/// The bytes of an answer, after which the connection is closed.
pub(crate) fn answer(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

fn serve(mut stream: TcpStream, list: &Mutex<Vec<Asked>>, answer: &Answer) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut reader = BufReader::new(copy);
    let Some(request) = read(&mut reader) else { return };
    let number = {
        let mut list = list.lock().expect("no test panics with it");
        list.push(request);
        list.len() - 1
    };
    answer(number, &mut stream);
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
    let length = asked.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}
