//! Answers that are late, long, wrong or lead elsewhere, and how often it is asked.

mod server;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use seriema_secrets::expand;
use seriema_verify::{Candidate, Client, Options, Outcome, Reason, Status, Verifier, Verifiers};
use server::{Server, answer};

fn github() -> &'static Verifier {
    Verifiers::embedded().for_detector("github-pat").expect("there is one")
}

/// Asks about a secret that it has not asked about: the sample with a number added to its digits.
fn asked(client: &Client, verifier: &Verifier) -> Outcome {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let mut number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut other = |c: char| {
        let Some(digit) = c.to_digit(10) else { return c };
        let changed = char::from_digit((digit + number) % 10, 10).unwrap_or(c);
        number /= 10;
        changed
    };
    let secret: String = expand(verifier.sample()).chars().map(&mut other).collect();
    client.verify(verifier, Candidate { secret: &secret, partner: None })
}

fn told(server: &Server) -> Status {
    asked(&server.client(), github()).status
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering(200, r#"{"login":"octocat"}"#);
    for status in [301, 302, 303, 307, 308] {
        let headers = [("Location".to_owned(), elsewhere.base())].into();
        let server = Server::saying(answer(status, &headers, r#"{"login":"octocat"}"#));
        assert_eq!(told(&server), Status::Unknown(Reason::Redirect(status)));
        assert_eq!(server.asked().len(), 1);
    }
    assert!(elsewhere.asked().is_empty());
}

/// Waits for the client to give up.
fn hold(stream: &mut TcpStream) {
    drop(stream.set_read_timeout(Some(Duration::from_secs(30))));
    drop(std::io::Read::read(stream, &mut [0]));
}

#[test]
fn a_slow_server_is_not_waited_for() {
    let silent = Server::with(|_, stream| hold(stream));
    let dripping = Server::with(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"login\":"));
        hold(stream);
    });
    for server in [silent, dripping] {
        let client = Client::new(Options { timeout: Duration::from_millis(200), ..server.options() });
        assert_eq!(asked(&client, github()).status, Status::Unknown(Reason::Timeout));
    }
}

#[test]
fn a_body_is_read_to_a_bound() {
    // Without end, but for the client's.
    let endless = Server::with(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"login\":\"octocat\",\"filler\":\""));
        let block = [b'x'; 1 << 16];
        while stream.write_all(&block).is_ok() {}
    });
    // What is cut is no JSON any more.
    assert_eq!(told(&endless), Status::Unknown(Reason::Unclear(200)));

    // Where the status alone tells, it does.
    let sendgrid = Verifiers::embedded().for_detector("sendgrid-api-key").expect("there is one");
    let long = Server::answering(401, &"x".repeat(1 << 20));
    assert_eq!(asked(&long.client(), sendgrid).status, Status::Inactive);

    // As much as fits is read whole.
    let filler = "x".repeat(60_000);
    let fits = Server::answering(200, &format!(r#"{{"filler":"{filler}","login":"octocat"}}"#));
    assert_eq!(told(&fits), Status::Active);
}

#[test]
fn a_host_that_asks_for_fewer_requests_gets_none() {
    let server = Server::answering(429, r#"{"login":"octocat"}"#);
    let client = server.client();
    assert_eq!(asked(&client, github()).status, Status::Unknown(Reason::TooMany));
    assert_eq!(asked(&client, github()).status, Status::Unknown(Reason::Stopped));
    assert_eq!(server.asked().len(), 1);
    // Others have nothing to do with it.
    let gitlab = Verifiers::embedded().for_detector("gitlab-pat").expect("there is one");
    assert_eq!(asked(&client, gitlab).status, Status::Unknown(Reason::TooMany));
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_host_that_cannot_be_reached_is_left_alone() {
    let gone = Server::answering(200, "").options();
    let client = Client::new(gone);
    let outcomes: Vec<Status> = (0..4).map(|_| asked(&client, github()).status).collect();
    let [unreachable, stopped] = [Status::Unknown(Reason::NotConnected), Status::Unknown(Reason::Stopped)];
    assert_eq!(outcomes, [unreachable.clone(), unreachable, stopped.clone(), stopped]);
}

#[test]
fn what_is_not_known_means_nothing() {
    for (status, body) in [
        (200, ""),
        (200, "null"),
        (200, "<html></html>"),
        (200, r#"{"login":null}"#),
        (200, r#"[{"login":"octocat"}]"#),
        (204, ""),
        (400, "{}"),
        (401, ""),
        (401, r#"{"message":"Requires authentication"}"#),
        (403, r#"{"message":"Sorry. Your account was suspended."}"#),
        (404, r#"{"login":"octocat"}"#),
        (418, "{}"),
        (500, r#"{"login":"octocat"}"#),
        (502, "Bad credentials"),
        (503, r#"{"message":"Bad credentials"}"#),
    ] {
        let server = Server::answering(status, body);
        let outcome = asked(&server.client(), github());
        assert_eq!(outcome.status, Status::Unknown(Reason::Unclear(status)), "{status} {body}");
        assert_eq!(outcome.facts, []);
    }
}

#[test]
fn what_is_not_http_is_said_to_be_so() {
    for bytes in ["what?\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"] {
        let server = Server::saying(bytes);
        assert!(
            matches!(told(&server), Status::Unknown(Reason::Malformed | Reason::Request | Reason::NotConnected)),
            "{bytes:?}"
        );
    }
    let closed = Server::saying("");
    assert_eq!(told(&closed), Status::Unknown(Reason::NotConnected));
    let long = Server::saying(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)));
    assert!(matches!(told(&long), Status::Unknown(Reason::Malformed | Reason::NotConnected)));
}

#[test]
fn a_host_that_does_not_prove_who_it_is_is_not_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("https://{}", listener.local_addr().expect("it is bound"));
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"login\":\"octocat\"}"));
        let mut hello = [0; 4096];
        let length = std::io::Read::read(&mut stream, &mut hello).unwrap_or(0);
        hello[..length].to_vec()
    });
    let client = Client::new(Options { base_override: Some(base), ..Options::default() });
    assert_eq!(asked(&client, github()).status, Status::Unknown(Reason::Tls));
    let hello = plain.join().expect("it read");
    assert!(!String::from_utf8_lossy(&hello).contains("ghp_"), "the secret was sent in the clear");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever comes back, there is an outcome, and it is no status that nobody stated.
    #[test]
    fn any_bytes_are_survived(
        head in prop_oneof!["HTTP/1\\.[01] [0-9]{1,4} [ -~]{0,8}\r\n", "[ -~\r\n]{0,40}"],
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let server = Server::saying([head.as_bytes(), &rest].concat());
        let client = Client::new(Options { timeout: Duration::from_secs(2), ..server.options() });
        let outcome = asked(&client, github());
        prop_assert!(matches!(outcome.status, Status::Unknown(_)));
        prop_assert_eq!(outcome.facts, vec![]);
    }
}

#[test]
fn the_same_secret_is_asked_about_once() {
    let server = Server::answering(200, r#"{"login":"octocat"}"#);
    let client = server.client();
    let secret = expand(github().sample());
    let ask = || client.verify(github(), Candidate { secret: &secret, partner: None });
    let first = ask();
    assert_eq!(first.status, Status::Active);
    assert_eq!((ask(), ask()), (first.clone(), first.clone()));
    // Also when many ask at once.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask(), first));
        }
    });
    assert_eq!(server.asked().len(), 1);
    assert_eq!(asked(&client, github()).status, Status::Active);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_pair_with_another_half_is_another_question() {
    let server = Server::answering(401, r#"{"code":20003}"#);
    let client = server.client();
    let twilio = Verifiers::embedded().for_detector("twilio-auth-token").expect("there is one");
    let secret = expand(twilio.sample());
    for half in ["a", "b", "a"] {
        let partner = format!("AC{}", half.repeat(32));
        let outcome = client.verify(twilio, Candidate { secret: &secret, partner: Some(&partner) });
        assert_eq!(outcome.status, Status::Inactive);
    }
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_run_makes_no_more_requests_than_it_may() {
    let server = Server::answering(200, r#"{"login":"octocat"}"#);
    let client = Client::new(Options { max_requests: 2, ..server.options() });
    let outcomes: Vec<Status> = (0..3).map(|_| asked(&client, github()).status).collect();
    assert_eq!(outcomes, [Status::Active, Status::Active, Status::Unknown(Reason::Limit(2))]);
    assert_eq!(server.asked().len(), 2);
}

/// The sites of Datadog, one after the other, with the answers of some of them.
fn datadog(answers: &'static [(usize, u16, &'static str)]) -> (Outcome, usize) {
    let server = Server::with(move |number, stream| {
        let (_, status, body) =
            answers.iter().find(|(at, ..)| *at == number).unwrap_or(&(0, 403, r#"{"errors":["Forbidden"]}"#));
        drop(stream.write_all(&answer(*status, &[].into(), body)));
    });
    let verifier = Verifiers::embedded().for_detector("datadog-api-key").expect("there is one");
    let outcome = asked(&server.client(), verifier);
    (outcome, server.asked().len())
}

#[test]
fn where_there_are_several_hosts_one_that_knows_it_is_enough() {
    let (outcome, requests) = datadog(&[(2, 200, r#"{"valid":true}"#)]);
    assert_eq!(outcome.status, Status::Active);
    assert_eq!(outcome.asked.as_deref(), Some("api.us3.datadoghq.com"));
    assert_eq!(requests, 3);
}

#[test]
fn it_is_inactive_only_if_all_say_so() {
    let sites = Verifiers::embedded().for_detector("datadog-api-key").expect("there is one").urls().count();
    assert_eq!(
        datadog(&[]),
        (Outcome { status: Status::Inactive, asked: Some("api.datadoghq.com".into()), facts: vec![] }, sites)
    );
    let (outcome, requests) = datadog(&[(1, 500, "")]);
    assert_eq!(outcome.status, Status::Unknown(Reason::Unclear(500)));
    assert_eq!(outcome.asked.as_deref(), Some("api.datadoghq.eu"));
    assert_eq!(requests, sites);
}

#[test]
fn an_override_that_is_no_address_asks_nobody() {
    for base in ["", "nowhere", "http://", "file:///etc/passwd", "http://[::1"] {
        let client = Client::new(Options { base_override: Some(base.to_owned()), ..Options::default() });
        assert!(matches!(asked(&client, github()).status, Status::Unknown(_)), "{base}");
    }
}
