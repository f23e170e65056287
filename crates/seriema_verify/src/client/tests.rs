use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::{ConnectionDetails, Either, NextTimeout, Transport};

use super::*;
use crate::verifier::Verifiers;

/// A name server that says something else each time; the last answer stays.
#[derive(Debug)]
struct Names {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[&'static str]]) -> Self {
        Self { answers: answers.iter().map(|answer| answer.to_vec()).collect(), asked: AtomicUsize::new(0) }
    }
}

impl Resolver for Names {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
        let mut addresses = self.empty();
        for address in &self.answers[number] {
            addresses.push(SocketAddr::new(address.parse().expect("an address"), 443));
        }
        Ok(addresses)
    }
}

/// Writes down where it is to connect, and connects to nothing.
#[derive(Clone, Debug, Default)]
struct Nowhere(Arc<Mutex<Vec<String>>>);

impl Nowhere {
    fn seen(&self) -> Vec<String> {
        self.0.lock().expect("no test panics with it").clone()
    }
}

impl Connector for Nowhere {
    type Out = Either<(), Box<dyn Transport>>;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let addresses = details.addrs.iter().map(ToString::to_string);
        self.0.lock().expect("no test panics with it").extend(addresses);
        Err(Error::ConnectionFailed)
    }
}

/// Asks about two secrets, one after the other: what came out, and where it connected.
fn asked_twice(names: &[&[&'static str]]) -> (Vec<Status>, Vec<String>) {
    let verifiers = Verifiers::embedded();
    let verifier = verifiers.for_detector("github-pat").expect("there is one");
    let nowhere = Nowhere::default();
    let options = Options { per_host_interval: Duration::ZERO, ..Options::default() };
    let client = Client::with(options, nowhere.clone(), Names::new(names), Box::new(Machine::new()));
    let outcomes = ["a", "b"].map(|letter| {
        let secret = format!("ghp_{}", letter.repeat(36));
        client.verify(verifier, Candidate { secret: &secret, partner: None }).status
    });
    (outcomes.to_vec(), nowhere.seen())
}

#[test]
fn a_public_address_is_connected_to() {
    let (outcomes, seen) = asked_twice(&[&["140.82.121.6"]]);
    assert_eq!(outcomes, [Status::Unknown(Reason::NotConnected), Status::Unknown(Reason::NotConnected)]);
    assert_eq!(seen, ["140.82.121.6:443", "140.82.121.6:443"]);
}

#[test]
fn a_private_address_is_not_even_tried() {
    for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "::ffff:192.168.1.1", "fe80::1"] {
        let (outcomes, seen) = asked_twice(&[&[address]]);
        assert_eq!(outcomes[0], Status::Unknown(Reason::NotPublic), "{address}");
        assert_eq!(seen, [""; 0], "{address}");
    }
}

#[test]
fn one_private_address_spoils_the_answer() {
    let (outcomes, seen) = asked_twice(&[&["140.82.121.6", "10.0.0.1"]]);
    assert_eq!(outcomes[0], Status::Unknown(Reason::NotPublic));
    assert_eq!(seen, [""; 0]);
}

#[test]
fn a_name_that_changes_its_address_gets_nowhere() {
    let (outcomes, seen) = asked_twice(&[&["140.82.121.6"], &["127.0.0.1"]]);
    assert_eq!(outcomes, [Status::Unknown(Reason::NotConnected), Status::Unknown(Reason::NotPublic)]);
    // What was checked is what was connected to: the name is resolved once for each request.
    assert_eq!(seen, ["140.82.121.6:443"]);
}

#[test]
fn providers_are_asked_by_https_alone() {
    let client = Client::new(Options::default());
    assert!(client.agent.config().https_only());
    assert_eq!(client.agent.config().max_redirects(), 0);
    assert_eq!(client.agent.config().timeouts().global, Some(Duration::from_secs(5)));
    assert!(!client.agent.config().tls_config().disable_verification());
}

#[test]
fn without_options_it_is_as_the_page_says() {
    let options = Options::default();
    assert_eq!(options.timeout, Duration::from_secs(5));
    assert_eq!(options.per_host_interval, Duration::from_millis(200));
    assert_eq!((options.max_requests, MAX_BODY), (500, 64 * 1024));
    assert_eq!(options.base_override, None);
}

#[test]
fn errors_of_the_client_become_words_of_ours() {
    let shown = |error: Error| reason(error).to_string();
    let secret = "ghp_".repeat(10);
    assert_eq!(shown(Error::BadUri(secret.clone())), "the request could not be made");
    assert_eq!(shown(Error::RequireHttpsOnly(secret.clone())), "the request could not be made");
    assert_eq!(shown(Error::ConnectProxyFailed(secret.clone())), "the proxy did not let the request through");
    assert_eq!(shown(Error::Io(std::io::Error::other(secret.clone()))), "no connection");
    assert_eq!(shown(Error::Io(std::io::Error::new(ErrorKind::TimedOut, secret.clone()))), "no answer in time");
    assert_eq!(shown(Error::Other(secret.into())), "the request could not be made");
}
