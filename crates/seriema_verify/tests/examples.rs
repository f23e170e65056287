//! Every verifier sends what its file says, and reads its examples as its file says.

mod server;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use seriema_secrets::expand;
use seriema_verify::{Candidate, Outcome, Status, Verifier, Verifiers};
use server::{Asked, Server, answer};

/// A secret and a partner of the forms that the verifier takes.
fn samples(verifier: &Verifier) -> (String, Option<String>) {
    let expanded = |sample: &str| {
        let text = expand(sample);
        assert!(!text.contains('<'), "{sample} is not expanded");
        text
    };
    let partner = verifier.partner().map(|partner| expanded(&partner.sample));
    (expanded(verifier.sample()), partner)
}

fn named(outcome: &Outcome) -> &'static str {
    match outcome.status {
        Status::Active => "active",
        Status::Inactive => "inactive",
        Status::Unknown(_) => "unknown",
    }
}

/// Replays an example: what came out, and what was asked.
fn replayed(verifier: &Verifier, number: usize) -> (Outcome, Vec<Asked>, String, Option<String>) {
    let example = &verifier.examples()[number];
    let server = Server::saying(answer(example.status, &example.headers, &example.body));
    let (secret, partner) = samples(verifier);
    let outcome = server.client().verify(verifier, Candidate { secret: &secret, partner: partner.as_deref() });
    (outcome, server.asked(), secret, partner)
}

#[test]
fn examples_are_read_as_written() {
    let mut problems = Vec::new();
    for verifier in Verifiers::embedded().all() {
        for (number, example) in verifier.examples().iter().enumerate() {
            let (outcome, ..) = replayed(verifier, number);
            let place = format!("{} {:?}, example {number}", verifier.provider(), verifier.detectors());
            if named(&outcome) != example.outcome {
                problems.push(format!("{place}: {} instead of {}", outcome.status, example.outcome));
            }
            let facts: BTreeMap<String, String> = outcome.facts.into_iter().collect();
            if facts != example.facts {
                problems.push(format!("{place}: {facts:?} instead of {:?}", example.facts));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_outcome_that_a_file_knows_has_an_example() {
    for verifier in Verifiers::embedded().all() {
        let outcomes: Vec<&str> = verifier.examples().iter().map(|example| example.outcome.as_str()).collect();
        let place = format!("{} {:?}", verifier.provider(), verifier.detectors());
        assert!(outcomes.contains(&"active"), "{place}: no example of an active secret");
        assert!(outcomes.iter().any(|outcome| *outcome != "active"), "{place}: no example of another secret");
        let shown: Vec<&str> =
            verifier.examples().iter().flat_map(|example| example.facts.keys().map(String::as_str)).collect();
        for fact in verifier.facts() {
            // Some answers leave a fact out, but none of the names is spelt wrong.
            let is_optional = fact == "expires" || fact == "project" || fact == "environment";
            assert!(is_optional || shown.contains(&fact), "{place}: no example shows `{fact}`");
        }
    }
}

#[test]
fn requests_go_where_the_file_says_with_the_secret_in_its_place() {
    for verifier in Verifiers::embedded().all() {
        let (_, asked, secret, partner) = replayed(verifier, 0);
        let first = asked.first().expect("it asked");
        let place = format!("{} {:?}", verifier.provider(), verifier.detectors());
        assert_eq!(first.method, verifier.method(), "{place}");

        // The path as far as it is fixed.
        let url = verifier.urls().next().expect("it has one");
        let path = &url["https://".len()..];
        let path = &path[path.find('/').expect("a path")..];
        let fixed = path.split('{').next().expect("a part");
        assert!(first.target.starts_with(fixed), "{place}: {} does not begin with {fixed}", first.target);
        if !path.contains('{') {
            assert_eq!(first.target, path, "{place}");
        }

        let authorization = first.headers.get("authorization").cloned().unwrap_or_default();
        let basic = authorization.strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let is_signed = authorization.starts_with("AWS4-HMAC-SHA256 Credential=");
        let is_sent = first.headers.values().any(|value| value.contains(&secret))
            || first.target.contains(&secret)
            || secret.rsplit('/').next().is_some_and(|last| first.target.ends_with(last))
            || first.body.contains(&secret)
            || basic.is_some_and(|basic| String::from_utf8_lossy(&basic).contains(&secret))
            || is_signed && authorization.contains(partner.as_deref().expect("a key id"));
        assert!(is_sent, "{place}: the secret is not sent");
        if is_signed {
            assert!(
                !authorization.contains(&secret) && !first.body.contains(&secret),
                "{place}: it is sent and signed"
            );
        }

        assert!(first.headers["user-agent"].starts_with("seriema "), "{place}");
        assert!(!first.headers.contains_key("accept-encoding"), "{place}: an answer would come packed");
    }
}

#[test]
fn only_calls_that_read_are_made() {
    // A POST has to be one of those that are known to read; a new one is to be thought about.
    let reads = [
        "https://sts.amazonaws.com/",
        "https://slack.com/api/auth.test",
        "https://connect.squareup.com/oauth2/token/status",
        "https://api.linear.app/graphql",
        "https://api.newrelic.com/graphql",
        "https://api.cohere.com/v1/check-api-key",
        "https://api.dropboxapi.com/2/users/get_current_account",
    ];
    let posts: Vec<&str> = Verifiers::embedded()
        .all()
        .iter()
        .filter(|verifier| verifier.method() == "POST")
        .filter_map(|verifier| verifier.urls().next())
        .collect();
    for url in &posts {
        assert!(reads.contains(url), "{url}");
    }
    assert_eq!(posts.len(), reads.len());
}

#[test]
fn a_mailchimp_key_is_asked_about_in_its_own_data_center() {
    let verifier = Verifiers::embedded().for_detector("mailchimp-api-key").expect("there is one");
    let server = Server::answering(200, r#"{"account_name":"Example"}"#);
    let secret = format!("{}-us21", expand("<0-9a-f:32>"));
    let outcome = server.client().verify(verifier, Candidate { secret: &secret, partner: None });
    assert_eq!(outcome.asked.as_deref(), Some("us21.api.mailchimp.com"));
    assert_eq!(server.asked()[0].target, "/3.0/?fields=account_name");
}

#[test]
fn a_form_is_sent_encoded_and_signed() {
    let verifier = Verifiers::embedded().for_detector("aws-secret-access-key").expect("there is one");
    let (_, asked, ..) = replayed(verifier, 0);
    assert_eq!(asked[0].body, "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(asked[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(asked[0].headers["x-amz-date"].len(), "20150830T123600Z".len());
    let authorization = &asked[0].headers["authorization"];
    assert!(authorization.contains("/us-east-1/sts/aws4_request"), "{authorization}");
    assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date"), "{authorization}");
}
