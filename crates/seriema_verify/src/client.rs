//! Asks, and remembers what it was told.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{ErrorKind, Read as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use ureq::http::{HeaderValue, Request};
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Error};

use crate::answer::{Reply, read};
use crate::call::Call;
use crate::guard::{Guard, NotPublic};
use crate::outcome::{Outcome, Reason, Status};
use crate::pace::{Clock, Machine, Pace};
use crate::verifier::{Candidate, Verifier};

/// Most of an answer's body that is read, in bytes. What is longer is cut: a status alone may still tell.
const MAX_BODY: u64 = 64 << 10;

/// Most of an answer's head that is read, in bytes.
const MAX_HEAD: usize = 32 << 10;

/// How to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a request may take in all, from resolving the name to the end of the body.
    pub timeout: Duration,
    /// Least time between two requests to one host.
    pub per_host_interval: Duration,
    /// Most requests of a run.
    pub max_requests: usize,
    /// For tests: asks this address (`http://127.0.0.1:1234`) instead of the providers, where it may be local and plain.
    pub base_override: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            per_host_interval: Duration::from_millis(200),
            max_requests: 500,
            base_override: None,
        }
    }
}

/// Verifier, secret and partner, as a hash: what was asked is not kept.
type Asked = [u8; 32];

/// Asks providers. One for a run; it may be shared between threads.
pub struct Client {
    agent: Agent,
    pace: Pace,
    base: Option<String>,
    told: Mutex<BTreeMap<Asked, Arc<OnceLock<Outcome>>>>,
}

/// Shows nothing of what it was asked.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client that has asked nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with(options, DefaultConnector::default(), DefaultResolver::default(), Box::new(Machine::new()))
    }

    fn with(options: Options, connector: impl Connector, resolver: impl Resolver, clock: Box<dyn Clock>) -> Self {
        let is_test = options.base_override.is_some();
        let mut config = Agent::config_builder()
            .https_only(!is_test)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEAD)
            .timeout_global(Some(options.timeout))
            // GitHub and Discord turn away who does not say who they are; Discord wants it in this form.
            .user_agent(concat!(
                "seriema (https://github.com/seriema-security/seriema, ",
                env!("CARGO_PKG_VERSION"),
                ")"
            ));
        if is_test {
            config = config.proxy(None);
        }
        Self {
            agent: Agent::with_parts(config.build(), connector, Guard { inner: resolver, is_on: !is_test }),
            pace: Pace::new(options.per_host_interval, options.max_requests, clock),
            base: options.base_override,
            told: Mutex::default(),
        }
    }

    /// Asks the provider whether a secret is active. The same question is asked once; its answer is kept.
    #[must_use]
    pub fn verify(&self, verifier: &Verifier, candidate: Candidate<'_>) -> Outcome {
        let calls = match verifier.calls(candidate, Timestamp::now()) {
            Ok(calls) => calls,
            Err(reason) => return Outcome::unknown(reason),
        };
        let told = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(told.entry(asked(verifier, candidate)).or_default())
        };
        told.get_or_init(|| self.ask(verifier, candidate, &calls)).clone()
    }

    /// Asks one address after the other until one knows the secret. All have to deny it for it to be inactive.
    fn ask(&self, verifier: &Verifier, candidate: Candidate<'_>, calls: &[Call]) -> Outcome {
        let secrets: Vec<&str> = [Some(candidate.secret), candidate.partner].into_iter().flatten().collect();
        let mut last: Option<Outcome> = None;
        for call in calls {
            if let Err(reason) = self.pace.take(&call.host) {
                // An earlier host's denial alone does not make it inactive.
                let asked = last.and_then(|last| last.asked);
                return Outcome { asked, ..Outcome::unknown(reason) };
            }
            let (status, facts) = match self.send(call) {
                Ok(reply) => read(&verifier.rules, &verifier.facts, &reply, &secrets),
                Err(reason) => (Status::Unknown(reason), Vec::new()),
            };
            match &status {
                Status::Unknown(Reason::TooMany) => self.pace.stop(&call.host),
                Status::Unknown(reason) if reason.is_of_network() => self.pace.failed(&call.host),
                _ => {}
            }
            let is_active = status == Status::Active;
            let counts = match &last {
                None => true,
                Some(last) => is_active || (last.status == Status::Inactive && status != Status::Inactive),
            };
            if counts {
                last = Some(Outcome { status, asked: Some(call.host.clone()), facts });
            }
            if is_active {
                break;
            }
        }
        last.unwrap_or_else(|| Outcome::unknown(Reason::Request))
    }

    fn send(&self, call: &Call) -> Result<Reply, Reason> {
        let address = match &self.base {
            Some(base) => format!("{base}{}", call.target),
            None => format!("https://{}{}", call.host, call.target),
        };
        let mut request = Request::builder().method(call.method.name()).uri(address);
        for (name, value) in &call.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| Reason::Request)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let response = if call.body.is_empty() && call.method.name() == "GET" {
            self.agent.run(request.body(()).map_err(|_| Reason::Request)?)
        } else {
            self.agent.run(request.body(call.body.as_slice()).map_err(|_| Reason::Request)?)
        };
        let (parts, body) = response.map_err(reason)?.into_parts();
        let mut headers = BTreeMap::new();
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                headers.entry(name.as_str().to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        let mut bytes = Vec::new();
        body.into_reader().take(MAX_BODY).read_to_end(&mut bytes).map_err(|error| reason(Error::from(error)))?;
        Ok(Reply { status: parts.status.as_u16(), headers, body: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

fn asked(verifier: &Verifier, candidate: Candidate<'_>) -> Asked {
    let mut context = Context::new(&SHA256);
    let partner = candidate.partner.unwrap_or_default();
    for part in [verifier.sample.as_str(), &verifier.provider, &verifier.detectors.join(" "), candidate.secret, partner]
    {
        context.update(&part.len().to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut hash = Asked::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Why there is no answer. Errors of the client may hold the address and with it the secret, so none is shown.
fn reason(error: Error) -> Reason {
    match error {
        Error::Timeout(_) => Reason::Timeout,
        Error::HostNotFound => Reason::NoHost,
        Error::Other(error) if error.is::<NotPublic>() => Reason::NotPublic,
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => Reason::Tls,
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => Reason::Proxy,
        Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Reason::Timeout,
            // What rustls finds wrong comes as such an error.
            ErrorKind::InvalidData => Reason::Tls,
            _ => Reason::NotConnected,
        },
        Error::ConnectionFailed => Reason::NotConnected,
        Error::Protocol(_) | Error::LargeResponseHeader(..) | Error::BodyExceedsLimit(_) | Error::BodyStalled => {
            Reason::Malformed
        }
        _ => Reason::Request,
    }
}

#[cfg(test)]
#[path = "client/tests.rs"]
mod tests;
