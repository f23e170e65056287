//! Fetches files.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::time::Duration;

use ureq::http::Response;
use ureq::{Body, Error};

use crate::address::Address;
use crate::client::{Client, Fault, Watch, body, fault, header, refused};
use crate::kept::{Begun, Kept, Validators, hash};

/// How long a file may take in all. A connection on which nothing comes in is given up much earlier.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// What is read at once.
const CHUNK: usize = 64 << 10;
/// What a try has to bring so that it counts as none.
const PROGRESS: u64 = 64 << 10;

/// Why something could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was asked for, without what may be secret.
    pub address: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.address, self.what)
    }
}

impl std::error::Error for Problem {}

pub(crate) fn problem(address: &Address) -> impl Fn(Fault) -> Problem {
    let address = address.to_string();
    move |fault| Problem { address: address.clone(), what: fault.what }
}

/// Fetches a file of at most `most` bytes into memory.
///
/// # Errors
/// When it cannot be fetched, after as many tries as make sense.
pub fn fetch(client: &Client, address: &Address, most: u64, watch: &dyn Watch) -> Result<Vec<u8>, Problem> {
    let fetched = fetch_if_other(client, address, None, most, watch)?;
    fetched.map(|(bytes, _)| bytes).ok_or_else(|| problem(address)(Fault::lasting(UNASKED)))
}

const UNASKED: &str = "the server says that nothing changed, which it was not asked";

/// Fetches a file if it is another one than is known.
pub(crate) fn fetch_if_other(
    client: &Client,
    address: &Address,
    known: Option<&Validators>,
    most: u64,
    watch: &dyn Watch,
) -> Result<Option<(Vec<u8>, Validators)>, Problem> {
    let attempt = || {
        let response = client.send(address, &conditions(known), None, LONGEST)?;
        match response.status().as_u16() {
            200 => {
                let validators = validators(&response);
                watch.begins(&address.to_string(), length(&response), 0);
                let bytes = body(response, most)?;
                watch.came(bytes.len() as u64);
                Ok(Some((bytes, validators)))
            }
            304 if known.is_some() => Ok(None),
            _ => Err(refused(&response)),
        }
    };
    client.persist(&address.to_string(), watch, attempt).map_err(problem(address))
}

/// What came of a download.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Download {
    /// It is what is known already.
    Same,
    /// It is whole, in the part.
    Whole(Validators),
}

/// Fetches a file into the part that is kept beside an index, and goes on where an earlier try broke off.
pub(crate) fn download(
    client: &Client,
    address: &Address,
    known: Option<&Validators>,
    kept: &mut Kept,
    most: u64,
    watch: &dyn Watch,
) -> Result<Download, Problem> {
    let mut furthest = kept.begun(address).map_or(0, |(_, there)| there);
    let attempt = || attempt(client, address, known, kept, most, watch, &mut furthest);
    client.persist(&address.to_string(), watch, attempt).map_err(problem(address))
}

fn attempt(
    client: &Client,
    address: &Address,
    known: Option<&Validators>,
    kept: &mut Kept,
    most: u64,
    watch: &dyn Watch,
    furthest: &mut u64,
) -> Result<Download, Fault> {
    let begun = kept.begun(address);
    let range;
    let mut headers = match &begun {
        // All of it is there; whether it still is what the server has is to be seen.
        Some((begun, there)) if begun.total == Some(*there) => conditions(Some(&begun.validators)),
        Some((begun, there)) => {
            range = format!("bytes={there}-");
            vec![("Range", range.as_str()), ("If-Range", begun.validators.strong().unwrap_or_default())]
        }
        None => conditions(known),
    };
    headers.push(("Accept-Encoding", "identity"));
    let response = client.send(address, &headers, None, LONGEST)?;
    match (response.status().as_u16(), begun) {
        (200, _) => {
            let total = length(&response);
            within(total, most)?;
            let begin = Begun { url: hash(address), validators: validators(&response), total };
            let file = kept.begin(begin.clone()).map_err(unwritten)?;
            read_on(response, file, &begin, 0, most, address, watch, furthest)
        }
        (206, Some((begun, there))) => {
            if let Err(fault) = goes_on(&response, &begun, there) {
                kept.drop_part().map_err(unwritten)?;
                return Err(fault);
            }
            let file = kept.go_on().map_err(unwritten)?;
            read_on(response, file, &begun, there, most, address, watch, furthest)
        }
        (304, Some((begun, there))) if begun.total == Some(there) => Ok(Download::Whole(begun.validators)),
        (304, None) if known.is_some() => Ok(Download::Same),
        (416, Some(_)) => {
            kept.drop_part().map_err(unwritten)?;
            Err(Fault::passing("what was fetched is no part of it any more"))
        }
        _ => Err(refused(&response)),
    }
}

/// Reads the rest of a file, of which so many bytes are there.
#[expect(clippy::too_many_arguments, reason = "they are of one download, and of nothing else")]
fn read_on(
    response: Response<Body>,
    mut file: std::fs::File,
    begun: &Begun,
    mut there: u64,
    most: u64,
    address: &Address,
    watch: &dyn Watch,
    furthest: &mut u64,
) -> Result<Download, Fault> {
    watch.begins(&address.to_string(), begun.total, there);
    let mut reader = response.into_body().into_reader();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                // Beyond where any try got; or else a server that breaks off at the same place would be asked for ever.
                let has_progressed = there >= furthest.saturating_add(PROGRESS) && begun.validators.strong().is_some();
                *furthest = there.max(*furthest);
                return Err(Fault { has_progressed, ..fault(Error::from(error)) });
            }
        };
        there += count as u64;
        within(Some(there), most)?;
        file.write_all(&chunk[..count]).map_err(unwritten)?;
        watch.came(count as u64);
    }
    match begun.total {
        Some(total) if total != there => Err(Fault::passing(format!("{there} bytes came of {total}"))),
        _ => Ok(Download::Whole(begun.validators.clone())),
    }
}

/// Whether a partial answer is the rest of what was begun.
fn goes_on(response: &Response<Body>, begun: &Begun, there: u64) -> Result<(), Fault> {
    let wrong = || Fault::passing("the server sends another part than it was asked for");
    let range = header(response, "content-range").and_then(|range| range.strip_prefix("bytes ")).ok_or_else(wrong)?;
    let (span, total) = range.split_once('/').ok_or_else(wrong)?;
    let (start, end) = span.split_once('-').ok_or_else(wrong)?;
    let [start, end, total] = [start, end, total].map(|number| number.trim().parse::<u64>().ok());
    let is_rest = start == Some(there) && total.is_some() && end.and_then(|end| end.checked_add(1)) == total;
    let is_same = begun.total.is_none_or(|known| total == Some(known));
    let etag = header(response, "etag");
    let is_other = etag.is_some() && begun.validators.etag.is_some() && etag != begun.validators.etag.as_deref();
    if is_rest && is_same && !is_other { Ok(()) } else { Err(wrong()) }
}

fn within(bytes: Option<u64>, most: u64) -> Result<(), Fault> {
    match bytes {
        Some(bytes) if bytes > most => Err(Fault::lasting(format!("it is larger than what is fetched ({most} bytes)"))),
        _ => Ok(()),
    }
}

fn unwritten(error: std::io::Error) -> Fault {
    Fault::lasting(format!("what comes cannot be written: {error}"))
}

fn conditions(known: Option<&Validators>) -> Vec<(&'static str, &str)> {
    let etag = known.and_then(|known| known.etag.as_deref());
    let modified = known.and_then(|known| known.modified.as_deref());
    let mut headers = Vec::new();
    headers.extend(etag.map(|etag| ("If-None-Match", etag)));
    headers.extend(modified.map(|modified| ("If-Modified-Since", modified)));
    headers
}

fn validators(response: &Response<Body>) -> Validators {
    let of = |name| header(response, name).filter(|text| text.len() < 1000).map(str::to_owned);
    Validators { etag: of("etag"), modified: of("last-modified") }
}

fn length(response: &Response<Body>) -> Option<u64> {
    header(response, "content-length")?.parse().ok()
}
