//! Asks OSV's API about the packages of one run: <https://google.github.io/osv.dev/api/>.
//!
//! Names and versions go out in batches, ids come back; then each record is fetched once. What a record says of versions is
//! judged here as it is with an index, so that both say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use seriema_deps::{Builder, Index, IndexError, Name};

use crate::address::Address;
use crate::client::{Client, Fault, Watch, body, refused};

/// Most queries of a batch; the API takes no more.
const BATCH: usize = 1000;
/// Most pages of a package. A page has up to a thousand ids, fewer where a batch finds many.
const MAX_PAGES: usize = 200;
/// Records that are fetched at once.
const AT_ONCE: usize = 32;
/// The largest answer to a batch. The API sends no more than 32 MB over HTTP/1.1.
const MAX_ANSWER: u64 = 64 << 20;
/// The largest record.
const MAX_RECORD: u64 = 16 << 20;
/// Most bytes of records in all.
const MAX_RECORDS: u64 = 1 << 30;
/// How long a request may take with all of its answer.
const LONGEST: Duration = Duration::from_secs(60);

/// A package, and its version where one is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The package.
    pub name: Name,
    /// The version; all that is known of the package is asked for when there is none.
    pub version: Option<String>,
}

/// Something that is not known although it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The packages that it is about.
    pub names: Vec<Name>,
    /// What is not known, and why.
    pub what: String,
}

/// What OSV knows.
#[derive(Debug)]
pub struct Answers {
    /// The advisories about what was asked for, and about nothing else.
    pub index: Index,
    /// What is not known.
    pub gaps: Vec<Gap>,
    /// Records that were fetched.
    pub records: usize,
}

#[derive(Serialize)]
struct Batch<'q> {
    queries: Vec<Query<'q>>,
}

#[derive(Serialize)]
struct Query<'q> {
    package: Package<'q>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'q str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_token: Option<&'q str>,
}

#[derive(Serialize)]
struct Package<'q> {
    ecosystem: &'static str,
    name: &'q str,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    results: Vec<FoundOfOne>,
}

#[derive(Default, Deserialize)]
struct FoundOfOne {
    #[serde(default)]
    vulns: Vec<Identified>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

/// Asks OSV's API below `base` what it knows of packages. `today` is the day that the answer is of.
///
/// What cannot be had is a [`Gap`]; the rest is answered.
///
/// # Errors
/// When what is known cannot be put in order, which is no fault of the network's.
pub fn ask(
    client: &Client,
    base: &Address,
    questions: &[Question],
    today: &str,
    watch: &dyn Watch,
) -> Result<Answers, IndexError> {
    let mut gaps = Vec::new();
    let ids = ids(client, base, questions, &mut gaps, watch);
    let ids: Vec<(String, BTreeSet<&Name>)> = ids.into_iter().collect();
    let mut builder = Builder::only(today, questions.iter().map(|question| question.name.clone()));
    let mut fetched: Vec<(&str, Vec<u8>)> = Vec::new();
    for ((id, names), record) in ids.iter().zip(records(client, base, &ids, watch)) {
        match record {
            Ok(bytes) => fetched.push((id, bytes)),
            Err(fault) => {
                let names = names.iter().map(|name| (*name).clone()).collect();
                gaps.push(Gap {
                    names,
                    what: format!("the advisory {} could not be fetched: {}", shown(id), fault.what),
                });
            }
        }
    }
    builder.add_records(&base.to_string(), fetched.iter().map(|(id, bytes)| (*id, bytes.as_slice())));
    for malformed in builder.malformed() {
        let named = ids.binary_search_by(|(id, _)| id.as_str().cmp(&malformed.path)).ok().and_then(|at| ids.get(at));
        let names = named.map(|(_, names)| names.iter().map(|name| (*name).clone()).collect()).unwrap_or_default();
        let what = format!("the advisory {} cannot be read: {}", shown(&malformed.path), malformed.reason);
        gaps.push(Gap { names, what });
    }
    Ok(Answers { records: fetched.len(), index: builder.into_memory()?, gaps })
}

/// The ids of all records about what is asked for, each with the packages that it was named for.
fn ids<'q>(
    client: &Client,
    base: &Address,
    questions: &'q [Question],
    gaps: &mut Vec<Gap>,
    watch: &dyn Watch,
) -> BTreeMap<String, BTreeSet<&'q Name>> {
    let address = base.below("/v1/querybatch");
    let mut ids: BTreeMap<String, BTreeSet<&Name>> = BTreeMap::new();
    // With the token of the page that is asked for, and how many there were before.
    let mut waiting: Vec<(&Question, Option<String>, usize)> =
        questions.iter().rev().map(|question| (question, None, 0)).collect();
    while !waiting.is_empty() {
        let batch = waiting.split_off(waiting.len().saturating_sub(BATCH));
        let queries = batch.iter().rev().map(|(question, token, _)| Query {
            package: Package { ecosystem: "PyPI", name: question.name.as_str() },
            version: question.version.as_deref(),
            page_token: token.as_deref(),
        });
        let body = serde_json::to_vec(&Batch { queries: queries.collect() }).unwrap_or_default();
        let attempt = || found(client, &address, &body, batch.len());
        match client.persist(&address.to_string(), watch, attempt) {
            Ok(found) => {
                for ((question, _, pages), found) in batch.into_iter().rev().zip(found) {
                    for Identified { id } in found.vulns {
                        ids.entry(id).or_default().insert(&question.name);
                    }
                    match found.next_page_token.filter(|token| !token.is_empty()) {
                        Some(token) if pages < MAX_PAGES => waiting.push((question, Some(token), pages + 1)),
                        Some(_) => gaps.push(Gap {
                            names: vec![question.name.clone()],
                            what: format!("OSV knows more of {} than is asked for", question.name),
                        }),
                        None => {}
                    }
                }
            }
            Err(fault) => {
                // What one batch does not get, another one would not: the way there is the same.
                let names: BTreeSet<&Name> =
                    batch.iter().chain(&waiting).map(|(question, ..)| &question.name).collect();
                let (count, are) = (names.len(), if names.len() == 1 { "package" } else { "packages" });
                let names = names.into_iter().cloned().collect();
                let what =
                    format!("known vulnerabilities of {count} {are} were not looked for: {address}: {}", fault.what);
                gaps.push(Gap { names, what });
                break;
            }
        }
    }
    ids
}

/// What a batch finds, query by query.
fn found(client: &Client, address: &Address, queries: &[u8], count: usize) -> Result<Vec<FoundOfOne>, Fault> {
    let headers = [("Content-Type", "application/json"), ("Accept", "application/json")];
    let response = client.send(address, &headers, Some(queries), LONGEST)?;
    if response.status().as_u16() != 200 {
        return Err(refused(&response));
    }
    let bytes = body(response, MAX_ANSWER)?;
    let broken = || Fault::passing("the answer is broken");
    let found: Found = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    if found.results.len() == count { Ok(found.results) } else { Err(broken()) }
}

/// A record as it came, or why it did not.
type Fetched = Result<Vec<u8>, Fault>;

/// Fetches records, several at once. In the order of the ids.
fn records(
    client: &Client,
    base: &Address,
    ids: &[(String, BTreeSet<&Name>)],
    watch: &dyn Watch,
) -> Vec<Result<Vec<u8>, Fault>> {
    watch.begins("advisories", Some(ids.len() as u64), 0);
    let slots: Vec<Mutex<Option<Fetched>>> = ids.iter().map(|_| Mutex::default()).collect();
    let (next, bytes, is_down) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some((id, _)), Some(slot)) = (ids.get(at), slots.get(at)) else { return };
            let result = if is_down.load(Ordering::Relaxed) {
                Err(Fault::lasting("nobody answers there any more"))
            } else if bytes.load(Ordering::Relaxed) > MAX_RECORDS {
                Err(Fault::lasting("there are more than are read"))
            } else {
                record(client, base, id, watch)
            };
            match &result {
                Ok(record) => drop(bytes.fetch_add(record.len() as u64, Ordering::Relaxed)),
                Err(fault) if fault.is_unreachable => is_down.store(true, Ordering::Relaxed),
                Err(_) => {}
            }
            watch.came(1);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(ids.len()) {
            scope.spawn(work);
        }
    });
    let lost = || Err(Fault::lasting("it was not asked for"));
    slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(lost))
        .collect()
}

fn record(client: &Client, base: &Address, id: &str, watch: &dyn Watch) -> Result<Vec<u8>, Fault> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+');
    if id.is_empty() || id.len() > 200 || id.starts_with('.') || !id.bytes().all(is_id) {
        return Err(Fault::lasting("this is no id"));
    }
    let address = base.below(&format!("/v1/vulns/{id}"));
    client.persist(&address.to_string(), watch, || {
        let response = client.send(&address, &[("Accept", "application/json")], None, LONGEST)?;
        if response.status().as_u16() != 200 {
            return Err(refused(&response));
        }
        let bytes = body(response, MAX_RECORD)?;
        match serde_json::from_slice::<Identified>(&bytes) {
            Ok(record) if record.id == id => Ok(bytes),
            _ => Err(Fault::passing("the answer is broken")),
        }
    })
}

/// An id as it may be shown: it comes from the network.
fn shown(id: &str) -> String {
    id.chars().take(100).collect::<String>().escape_debug().to_string()
}
