//! A secret stands in the request and nowhere else: not in an outcome, an error, a debug output, or a log.

mod server;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use log::{LevelFilter, Log, Metadata, Record};
use proptest::prelude::*;
use proptest::sample::Index;
use seriema_secrets::expand;
use seriema_verify::{Candidate, Client, Options, Outcome, Status, Verifier, Verifiers};
use server::{Server, answer};

/// Keeps all that is logged.
struct Everything(Mutex<String>);

static LOG: Everything = Everything(Mutex::new(String::new()));

impl Log for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().expect("no test panics with it").push_str(&format!("{}\n", record.args()));
    }

    fn flush(&self) {}
}

fn logged() -> String {
    LOG.0.lock().expect("no test panics with it").clone()
}

/// From now on, whatever is logged is kept.
fn listen() {
    // One of the tests is the first.
    if log::set_logger(&LOG).is_ok() {
        log::set_max_level(LevelFilter::Trace);
    }
}

/// All that can be seen of an outcome, and of what has to do with it; the host is one that the data names.
fn seen(outcome: &Outcome, client: &Client, candidate: Candidate<'_>, verifier: &Verifier) -> String {
    if let Some(asked) = &outcome.asked {
        let is_named = |url: &str| url.contains(asked) || (url.contains("{dc}") && asked.len() <= 24);
        assert!(verifier.urls().any(is_named), "{asked}");
    }
    let Outcome { status, facts, .. } = outcome;
    format!("{status} {status:?} {status:#?} {facts:?} {client:?} {candidate:?} {}", logged())
}

/// Whether eight characters in a row of a secret stand in a text: as they are, or encoded.
fn leaks(text: &str, secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    let is_part = |text: &str| match characters.len() {
        0..=7 => unreachable!("too short to be told from other words"),
        _ => characters.windows(8).any(|part| text.contains(&part.iter().collect::<String>())),
    };
    let encoded = BASE64_STANDARD.encode(secret);
    is_part(text) || (secret.len() >= 12 && text.contains(&encoded[..12]))
}

/// A body in which the secret stands everywhere where a fact or a status is looked for.
fn echo(example: &str, secret: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(example) else { return secret.to_owned() };
    spread(&mut json, secret);
    json.to_string()
}

fn spread(value: &mut serde_json::Value, secret: &str) {
    match value {
        // Some of a text stays: what tells the status shall still tell it.
        serde_json::Value::String(text) => text.push_str(&format!(" {secret}")),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| spread(item, secret)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| spread(field, secret)),
        _ => {}
    }
}

#[test]
fn an_answer_that_repeats_the_secret_is_not_repeated() {
    listen();
    for verifier in Verifiers::embedded().all() {
        for example in verifier.examples() {
            let secret = expand(verifier.sample());
            let partner = verifier.partner().map(|partner| expand(&partner.sample));
            let headers: BTreeMap<String, String> =
                example.headers.iter().map(|(name, value)| (name.clone(), format!("{value} {secret}"))).collect();
            let server = Server::saying(answer(example.status, &headers, &echo(&example.body, &secret)));
            let client = server.client();
            let candidate = Candidate { secret: &secret, partner: partner.as_deref() };
            let outcome = client.verify(verifier, candidate);
            let seen = seen(&outcome, &client, candidate, verifier);
            assert!(!leaks(&seen, &secret), "{} {:?}: {}", verifier.provider(), verifier.detectors(), outcome.status);
        }
    }
}

#[test]
fn a_log_would_be_kept_but_there_is_none() {
    listen();
    // The client writes addresses into its log at this level, and this one has the secret in it.
    let verifier = Verifiers::embedded().for_detector("telegram-bot-token").expect("there is one");
    let server = Server::answering(401, r#"{"ok":false}"#);
    let secret = expand(verifier.sample());
    let outcome = server.client().verify(verifier, Candidate { secret: &secret, partner: None });
    assert_eq!(outcome.status, Status::Inactive);
    assert!(server.asked()[0].target.contains(&secret));
    assert_eq!(logged(), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the secret is, and however it comes back or does not.
    #[test]
    fn a_secret_is_nowhere_else(
        which in any::<Index>(),
        own in "[ -~\u{0}-\u{1f}\u{e9}]{8,60}",
        is_own in any::<bool>(),
        status in prop_oneof![Just(200_u16), Just(401), Just(403), Just(429), Just(302), 100_u16..1000],
        manner in 0..5,
    ) {
        listen();
        let verifier = which.get(Verifiers::embedded().all());
        let secret = if is_own { own } else { expand(verifier.sample()) };
        let partner = verifier.partner().map(|partner| expand(&partner.sample));
        let line: String = secret.chars().filter(|c| !c.is_control()).collect();
        let example = verifier.examples()[0].body.clone();
        let echoed = secret.clone();
        let server = Server::with(move |_, stream| {
            let headers = [("Location".to_owned(), line.clone()), ("X-OAuth-Scopes".to_owned(), line.clone())].into();
            let bytes = match manner {
                0 => answer(status, &headers, &echo(&example, &echoed)),
                1 => answer(status, &[].into(), &echoed),
                2 => format!("HTTP/1.1 {echoed}\r\n\r\n").into_bytes(),
                3 => echoed.clone().into_bytes(),
                _ => Vec::new(),
            };
            drop(stream.write_all(&bytes));
        });
        let client = Client::new(Options { timeout: std::time::Duration::from_secs(2), ..server.options() });
        let candidate = Candidate { secret: &secret, partner: partner.as_deref() };
        let outcome = client.verify(verifier, candidate);
        prop_assert!(!leaks(&seen(&outcome, &client, candidate, verifier), &secret));

        // An error of a client that reaches nobody has the address in it, and with that the secret.
        let base = Some("http://127.0.0.1:1".to_owned());
        let nowhere = Client::new(Options { base_override: base, ..Options::default() });
        let outcome = nowhere.verify(verifier, candidate);
        prop_assert!(!leaks(&seen(&outcome, &nowhere, candidate, verifier), &secret));
    }
}
