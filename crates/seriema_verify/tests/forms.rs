//! What is sent has the provider's form, and what has it is found by the detectors it is for.
#![allow(clippy::disallowed_methods, reason = "the detectors are files of another crate")]

mod server;

use std::path::Path;

use proptest::prelude::*;
use seriema_secrets::{Detectors, expand, scan};
use seriema_verify::{Candidate, Reason, Status, Verifier, Verifiers};
use server::Server;

#[test]
fn verifiers_are_for_detectors_that_exist() {
    let known: Vec<&str> = Detectors::embedded().all().iter().map(|detector| detector.id.as_str()).collect();
    for verifier in Verifiers::embedded().all() {
        let partners = verifier.partner().map(|partner| partner.detectors.as_slice()).unwrap_or_default();
        for id in verifier.detectors().iter().chain(partners) {
            assert!(known.contains(&id.as_str()), "{}: there is no detector `{id}`", verifier.provider());
        }
    }
}

/// The detectors with their examples, which the program itself does not carry.
fn of_files() -> Detectors {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seriema_secrets/detectors");
    let mut files: Vec<(String, String)> = std::fs::read_dir(directory)
        .expect("the detectors")
        .map(|entry| entry.expect("a readable directory").path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a text")))
        .collect();
    files.sort();
    Detectors::parse(&files).unwrap_or_else(|error| panic!("{error}"))
}

/// The values that a detector finds in its own examples.
fn finds(detectors: &Detectors, id: &str) -> Vec<String> {
    let detector = detectors.all().iter().find(|detector| detector.id == id).expect("it exists");
    let paths = ["app.conf", ".env", ".npmrc"];
    let found = detector.examples.iter().flat_map(|example| {
        let text = expand(example);
        let secrets = paths.iter().flat_map(|path| scan(detectors, path, &text)).collect::<Vec<_>>();
        let own = secrets.into_iter().filter(|secret| secret.detector == id);
        own.map(|secret| text[secret.range].to_owned()).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn what_detectors_find_has_the_form_that_is_asked_about() {
    let detectors = of_files();
    let mut problems = Vec::new();
    for verifier in Verifiers::embedded().all() {
        let partner = verifier.partner().map(|partner| expand(&partner.sample));
        for id in verifier.detectors() {
            let found = finds(&detectors, id);
            let accepts = |secret: &String| verifier.accepts(Candidate { secret, partner: partner.as_deref() }).is_ok();
            if !found.iter().any(accepts) {
                problems.push(format!("{}: nothing of `{id}` is accepted", verifier.provider()));
            }
        }
        for id in verifier.partner().map(|partner| partner.detectors.as_slice()).unwrap_or_default() {
            let secret = expand(verifier.sample());
            let accepts =
                |partner: &String| verifier.accepts(Candidate { secret: &secret, partner: Some(partner) }).is_ok();
            if !finds(&detectors, id).iter().any(accepts) {
                problems.push(format!("{}: nothing of the partner `{id}` is accepted", verifier.provider()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_pair_needs_both_halves() {
    let server = Server::answering(200, "{}");
    let verifier = Verifiers::embedded().for_detector("twilio-auth-token").expect("there is one");
    let secret = expand(verifier.sample());
    let status = |partner| server.client().verify(verifier, Candidate { secret: &secret, partner }).status;
    assert_eq!(status(None), Status::Unknown(Reason::NoPartner));
    assert_eq!(status(Some("AC")), Status::Unknown(Reason::PartnerForm));
    assert_eq!(status(Some("../../other")), Status::Unknown(Reason::PartnerForm));
    assert!(server.asked().is_empty());
}

/// A secret of the verifier's form with something put into it.
fn spoilt(verifier: &Verifier, at: usize, with: &str) -> String {
    let mut secret = expand(verifier.sample());
    let at = at % (secret.len() + 1);
    secret.insert_str(at, with);
    secret
}

#[test]
fn what_does_not_belong_into_a_secret_is_not_sent() {
    let server = Server::answering(200, "{}");
    let client = server.client();
    for verifier in Verifiers::embedded().all() {
        let partner = verifier.partner().map(|partner| expand(&partner.sample));
        for with in
            ["\r\nX-Injected: 1", "\n", "\0", " ", "\u{e9}", "\u{2028}", "?a=b", "#", "%0d%0a", "\"", "@evil.example/"]
        {
            for at in [0, 7, usize::MAX] {
                let secret = spoilt(verifier, at.min(verifier.sample().len()), with);
                let outcome = client.verify(verifier, Candidate { secret: &secret, partner: partner.as_deref() });
                assert_eq!(outcome.status, Status::Unknown(Reason::Form), "{} {with:?}", verifier.provider());
                assert_eq!(outcome.asked, None);
            }
        }
        for secret in ["", &"a".repeat(100_000)] {
            let outcome = client.verify(verifier, Candidate { secret, partner: partner.as_deref() });
            assert_eq!(outcome.status, Status::Unknown(Reason::Form), "{}", verifier.provider());
        }
    }
    assert!(server.asked().is_empty());
}

/// A verifier that takes whatever can be sent, and puts it everywhere.
fn greedy() -> Verifiers {
    let text = r#"
        provider = "Example"
        source = "https://example.com/docs"
        [[verifier]]
        detectors = ["greedy"]
        method = "POST"
        url = "https://api.example.com/a/{secret}/b?c={secret}&d=e"
        headers = { X-Key = "{secret}" }
        form = { key = "{secret}", other = "x" }
        secret = '.*'
        sample = "x"
        answers = [{ status = 200, outcome = "active" }]
    "#;
    Verifiers::read(&[("greedy.toml", text)]).expect("it is well-formed")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Even a verifier that would take anything cannot be made to say something else.
    #[test]
    fn nothing_can_be_injected(secret in "[ -~\\r\\n\u{0}\u{e9}]{1,40}") {
        let server = Server::answering(200, "{}");
        let verifiers = greedy();
        let verifier = verifiers.for_detector("greedy").expect("it is there");
        let outcome = server.client().verify(verifier, Candidate { secret: &secret, partner: None });
        let asked = server.asked();
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            prop_assert_eq!(outcome.status, Status::Unknown(Reason::Form));
            prop_assert!(asked.is_empty());
            return Ok(());
        }
        prop_assert_eq!(outcome.status, Status::Active);
        prop_assert_eq!(asked.len(), 1);
        let request = &asked[0];
        // One segment between two that are fixed, one parameter of two, one field of two, one header.
        let (path, query) = request.target.split_once('?').expect("a query");
        let segments: Vec<&str> = path.split('/').collect();
        prop_assert_eq!(segments.len(), 4);
        prop_assert_eq!((segments[1], segments[3]), ("a", "b"));
        prop_assert_eq!(decoded(segments[2]), secret.as_str());
        let parameters: Vec<&str> = query.split('&').collect();
        prop_assert_eq!(parameters.len(), 2);
        prop_assert_eq!(decoded(parameters[0].strip_prefix("c=").expect("a name")), secret.as_str());
        let fields: Vec<&str> = request.body.split('&').collect();
        prop_assert_eq!(fields.len(), 2);
        prop_assert_eq!(decoded(fields[0].strip_prefix("key=").expect("a name")), secret.as_str());
        prop_assert_eq!(&request.headers["x-key"], &secret);
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("a number"));
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
