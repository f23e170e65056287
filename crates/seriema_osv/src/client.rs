//! Asks, and asks again.

use std::fmt::{self, Debug};
use std::io::{ErrorKind, Read as _};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use ureq::http::{HeaderMap, HeaderValue, Request, Response};
use ureq::{Agent, Body, Error};
use xxhash_rust::xxh3::xxh3_64;

use crate::address::Address;

/// Most of an answer's head that is read, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// Redirects that are followed.
const MAX_REDIRECTS: u32 = 5;
/// Connections that are kept open to a host.
const CONNECTIONS: usize = 32;
/// How often the way to a host may fail in a row when nothing answers there at all.
const MAX_UNREACHABLE: u32 = 3;

/// How to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long it may take until there is a connection.
    pub connect: Duration,
    /// How long nothing may come in before a connection is given up.
    pub idle: Duration,
    /// How often something is tried in all, when nothing comes of it.
    pub tries: u32,
    /// How long to wait before the second try; doubled with each.
    pub wait: Duration,
    /// The longest to wait before a try, whatever a server asks for.
    pub longest_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            tries: 8,
            wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// Lets time pass, so that tests need not wait for it.
pub trait Clock: Debug + Send + Sync {
    /// Waits.
    fn sleep(&self, time: Duration);
}

#[derive(Debug)]
struct Machine;

impl Clock for Machine {
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Whoever watches what is fetched.
pub trait Watch: Sync {
    /// Something is fetched: what, how many bytes it has if that is known, and how many of them are there already.
    fn begins(&self, _what: &str, _total: Option<u64>, _there: u64) {}
    /// More bytes came in.
    fn came(&self, _bytes: u64) {}
    /// Something worth a line.
    fn says(&self, _line: &str) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Watch for Silent {}

/// Asks servers. It may be shared between threads.
pub struct Client {
    /// Keeps to the environment's proxies.
    agent: Agent,
    /// For this machine.
    direct: Agent,
    options: Options,
    clock: Box<dyn Clock>,
}

impl Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) what: String,
    /// Whether another try may go better.
    pub(crate) is_passing: bool,
    /// Whether nobody answered.
    pub(crate) is_unreachable: bool,
    /// Whether something came in that need not come again: then it counts as no try.
    pub(crate) has_progressed: bool,
    /// How long the server wants not to be asked.
    pub(crate) after: Option<Duration>,
}

impl Fault {
    pub(crate) fn lasting(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_passing: false, is_unreachable: false, has_progressed: false, after: None }
    }

    pub(crate) fn passing(what: impl Into<String>) -> Self {
        Self { is_passing: true, ..Self::lasting(what) }
    }
}

impl Client {
    /// A client that waits as the machine's clock goes.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with_clock(options, Box::new(Machine))
    }

    /// A client that waits as this clock says.
    #[must_use]
    pub fn with_clock(options: Options, clock: Box<dyn Clock>) -> Self {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_response_header_size(MAX_HEAD)
                .max_redirects_will_error(true)
                .max_idle_connections(CONNECTIONS)
                .max_idle_connections_per_host(CONNECTIONS)
                .timeout_connect(Some(options.connect))
                .timeout_per_read(Some(options.idle))
                .timeout_per_write(Some(options.idle))
                .user_agent(concat!(
                    "seriema (https://github.com/seriema-security/seriema, ",
                    env!("CARGO_PKG_VERSION"),
                    ")"
                ))
        };
        let agent = config().build().new_agent();
        let direct = config().proxy(None).build().new_agent();
        Self { agent, direct, options, clock }
    }

    /// Sends a request: a GET, or a POST where there is a body. `longest` is how long it may take with all of its answer.
    pub(crate) fn send(
        &self,
        address: &Address,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
        longest: Duration,
    ) -> Result<Response<Body>, Fault> {
        let agent = if address.is_loopback() { &self.direct } else { &self.agent };
        let mut request = Request::builder().method(if body.is_some() { "POST" } else { "GET" }).uri(address.url());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(authorization) = address.authorization() {
            let mut value = HeaderValue::from_str(authorization).map_err(|_| Fault::lasting("no user is named so"))?;
            value.set_sensitive(true);
            request = request.header("Authorization", value);
        }
        let unsendable = |_| Fault::lasting("this cannot be asked for");
        let redirects = if address.may_lead_elsewhere() { MAX_REDIRECTS } else { 0 };
        let result = match body {
            Some(body) => {
                let request = request.body(body).map_err(unsendable)?;
                agent.run(
                    agent
                        .configure_request(request)
                        .https_only(address.is_https())
                        .max_redirects(redirects)
                        .timeout_global(Some(longest))
                        .build(),
                )
            }
            None => {
                let request = request.body(()).map_err(unsendable)?;
                agent.run(
                    agent
                        .configure_request(request)
                        .https_only(address.is_https())
                        .max_redirects(redirects)
                        .timeout_global(Some(longest))
                        .build(),
                )
            }
        };
        result.map_err(fault)
    }

    /// Tries until something comes of it, or it is clear that nothing will.
    pub(crate) fn persist<T>(
        &self,
        what: &str,
        watch: &dyn Watch,
        mut attempt: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (mut tries, mut unreachable) = (0, 0);
        loop {
            let fault = match attempt() {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            if fault.has_progressed {
                (tries, unreachable) = (0, 0);
            }
            tries += 1;
            unreachable = if fault.is_unreachable { unreachable + 1 } else { 0 };
            if !fault.is_passing || tries >= self.options.tries || unreachable >= MAX_UNREACHABLE {
                return Err(fault);
            }
            let Some(wait) = self.wait(what, tries, fault.after) else {
                return Err(Fault {
                    what: format!("{}, and wants to be left alone for longer than is waited", fault.what),
                    ..fault
                });
            };
            watch.says(&format!("{what}: {}; trying again", fault.what));
            self.clock.sleep(wait);
        }
    }

    /// How long to wait before another try; none when a server asks for more than is waited.
    fn wait(&self, what: &str, tries: u32, after: Option<Duration>) -> Option<Duration> {
        if after.is_some_and(|after| after > self.options.longest_wait) {
            return None;
        }
        let doubled = self.options.wait.saturating_mul(1 << (tries - 1).min(16)).min(self.options.longest_wait / 4);
        // Many that failed together are not to come again together: up to half of it more, by what is asked for.
        let share = xxh3_64(format!("{what}{tries}").as_bytes()) % 512;
        let spread = doubled + doubled * u32::try_from(share).unwrap_or_default() / 1024;
        Some(spread.max(after.unwrap_or_default()))
    }
}

/// What a status means that is none of those hoped for.
pub(crate) fn refused(response: &Response<Body>) -> Fault {
    let status = response.status();
    let what = match status.as_u16() {
        401 | 403 => format!("the server refuses it ({status})"),
        407 => format!("the proxy wants to know who asks ({status})"),
        404 | 410 => format!("the server does not have it ({status})"),
        429 => format!("the server is asked too often ({status})"),
        300..=399 => format!("the server leads elsewhere ({status})"),
        _ => format!("the server answers {status}"),
    };
    let is_passing = matches!(status.as_u16(), 408 | 425 | 429 | 500..=599);
    Fault { is_passing, after: retry_after(response.headers(), now()), ..Fault::lasting(what) }
}

fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How long a server wants not to be asked: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(date.as_second() - now.as_second()).unwrap_or_default()))
}

/// The text of a header.
pub(crate) fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// A whole body of bounded size.
pub(crate) fn body(response: Response<Body>, most: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = response.into_body().into_reader().take(most.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() as u64 > most {
        return Err(Fault::lasting(format!("there is more of it than is read ({most} bytes)")));
    }
    read.map_err(|error| fault(Error::from(error)))?;
    Ok(bytes)
}

/// What a fault of the client means. Its own words may hold the whole address, so they are not shown.
pub(crate) fn fault(error: Error) -> Fault {
    let unreachable = |what: &str| Fault { is_unreachable: true, ..Fault::passing(what) };
    match error {
        Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => unreachable("no connection in time"),
        Error::Timeout(_) => Fault::passing("nothing more came in time"),
        Error::HostNotFound => unreachable("the name of the host is not known"),
        Error::ConnectionFailed => unreachable("no connection"),
        Error::Io(error) => io_fault(&error),
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => {
            Fault::lasting("the server does not prove who it is (TLS)")
        }
        Error::ConnectProxyFailed(_) => Fault::lasting("the proxy does not let it through"),
        Error::InvalidProxyUrl => Fault::lasting("the proxy's address is none (HTTPS_PROXY)"),
        Error::RequireHttpsOnly(_) => Fault::lasting("the server leads to plain HTTP"),
        Error::TooManyRedirects | Error::RedirectFailed => Fault::lasting("the server leads elsewhere and elsewhere"),
        Error::BadUri(_) => Fault::lasting("this is no URL"),
        _ => Fault::passing("what came is no HTTP"),
    }
}

fn io_fault(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::passing("nothing more came in time"),
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => Fault::passing("the connection broke off"),
        // What rustls finds wrong comes as such an error.
        ErrorKind::InvalidData => Fault::lasting("the server does not prove who it is (TLS)"),
        ErrorKind::ConnectionRefused => Fault { is_unreachable: true, ..Fault::passing("nobody answers there") },
        ErrorKind::Other => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(Error::Timeout(_)) => Fault::passing("nothing more came in time"),
            _ => Fault::passing("what came is no HTTP"),
        },
        _ => Fault { is_unreachable: true, ..Fault::passing("no connection") },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Debug, Default)]
    struct Slept(Arc<Mutex<Vec<Duration>>>);

    impl Clock for Slept {
        fn sleep(&self, time: Duration) {
            self.0.lock().expect("no test panics with it").push(time);
        }
    }

    fn persist(faults: Vec<Fault>) -> (Result<(), Fault>, Vec<Duration>) {
        let slept = Slept::default();
        let times = Arc::clone(&slept.0);
        let client = Client::with_clock(Options { tries: 4, ..Options::default() }, Box::new(slept));
        let mut faults = faults.into_iter();
        let result = client.persist("it", &Silent, || faults.next().map_or(Ok(()), Err));
        let times = times.lock().expect("no test panics with it").clone();
        (result, times)
    }

    #[test]
    fn waits_grow_and_end() {
        let fault = Fault::passing("x");
        let (result, slept) = persist(vec![fault.clone(); 3]);
        assert_eq!(result, Ok(()));
        for (time, least) in slept.iter().zip([100, 200, 400]) {
            assert!((least..=least * 3 / 2).contains(&time.as_millis()), "{time:?}");
        }
        assert_eq!(persist(vec![fault.clone(); 4]).0, Err(fault));
        // What never goes better is not tried again.
        let lasting = Fault::lasting("y");
        assert_eq!(persist(vec![lasting.clone()]), (Err(lasting), vec![]));
        // Where nobody answers, nobody is asked for long.
        let nobody = Fault { is_unreachable: true, ..Fault::passing("z") };
        assert_eq!(persist(vec![nobody.clone(); 4]).1.len(), 2);
        // As long as something comes in, it goes on.
        let more = Fault { has_progressed: true, ..Fault::passing("x") };
        assert_eq!(persist(vec![more; 20]).0, Ok(()));
    }

    #[test]
    fn a_server_says_how_long_to_wait() {
        let after = |seconds| Fault { after: Some(Duration::from_secs(seconds)), ..Fault::passing("x") };
        assert_eq!(persist(vec![after(7)]), (Ok(()), vec![Duration::from_secs(7)]));
        let (result, slept) = persist(vec![after(61)]);
        assert!(result.is_err_and(|fault| fault.what.contains("left alone")));
        assert_eq!(slept, []);

        let now: Timestamp = "2026-07-23T12:00:00Z".parse().expect("a time");
        let of = |text: &str| {
            let headers = [("retry-after".parse().expect("a name"), text.parse().expect("a value"))];
            retry_after(&headers.into_iter().collect(), now)
        };
        assert_eq!(of("30"), Some(Duration::from_secs(30)));
        assert_eq!(of("Thu, 23 Jul 2026 12:00:05 GMT"), Some(Duration::from_secs(5)));
        assert_eq!(of("Thu, 23 Jul 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!((of("soon"), of("-1")), (None, None));
    }
}
