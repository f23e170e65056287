//! Where something is fetched from.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// A URL that may be asked. Shown without what may be secret in it: what stands before the host, and the query.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Without user and password.
    url: String,
    shown: String,
    /// What `Authorization` says where the URL names a user.
    authorization: Option<String>,
    is_plain: bool,
    is_loopback: bool,
    is_named: bool,
}

/// Why a URL is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is none, or not one of HTTP.
    Malformed,
    /// It is plain HTTP to another machine, and nobody said on the command line that it may be.
    Plain(String),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("this is no URL that starts with https:// or http://"),
            Self::Plain(shown) => write!(
                f,
                "{shown} is plain HTTP, which anyone on the way can change: use https://, or name it on the command line"
            ),
        }
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// An address that was named on the command line.
    ///
    /// # Errors
    /// When it is no URL of HTTP.
    pub fn named(text: &str) -> Result<Self, AddressError> {
        Self::new(text, true)
    }

    /// An address of another origin: the program's own, or the environment's. Plain HTTP is for this machine alone.
    ///
    /// # Errors
    /// When it is no URL of HTTP, or plain HTTP to elsewhere.
    pub fn ambient(text: &str) -> Result<Self, AddressError> {
        Self::new(text, false)
    }

    fn new(text: &str, is_named: bool) -> Result<Self, AddressError> {
        let text = text.trim();
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let uri: Uri = text.parse().map_err(|_| AddressError::Malformed)?;
        let is_plain = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => false,
            Some(scheme) if *scheme == Scheme::HTTP => true,
            _ => return Err(AddressError::Malformed),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(AddressError::Malformed)?;
        let (user, place) = match uri.authority().map(|authority| authority.as_str()) {
            Some(authority) => match authority.rsplit_once('@') {
                Some((user, place)) => (Some(user), place),
                None => (None, authority),
            },
            None => return Err(AddressError::Malformed),
        };
        let scheme = if is_plain { "http" } else { "https" };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let shown = format!("{scheme}://{place}{}", uri.path());
        let is_loopback = is_loopback(host);
        if is_plain && !is_named && !is_loopback {
            return Err(AddressError::Plain(shown));
        }
        let authorization = user.map(|user| {
            let user = decoded(user);
            let user = if user.contains(&b':') { user } else { [user.as_slice(), b":"].concat() };
            format!("Basic {}", STANDARD.encode(user))
        });
        Ok(Self { url: format!("{scheme}://{place}{target}"), shown, authorization, is_plain, is_loopback, is_named })
    }

    /// The address of something below this one: `/v1/querybatch`.
    pub(crate) fn below(&self, path: &str) -> Self {
        let strip = |text: &str| text.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let url = format!("{}{path}", strip(&self.url));
        let shown = format!("{}{path}", strip(&self.shown));
        Self { url, shown, ..self.clone() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Whether the way there is to be encrypted, redirects included.
    pub(crate) fn is_https(&self) -> bool {
        !self.is_plain
    }

    /// Whether it is this machine: then there is no proxy between.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether a redirect may be followed: from this machine to others only if that was named.
    pub(crate) fn may_lead_elsewhere(&self) -> bool {
        !self.is_plain || self.is_named
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Bytes without percent-encoding.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_unless_it_is_named() {
        for here in ["http://127.0.0.1:8080/a", "http://localhost/a", "http://[::1]:1/a", "HTTP://LOCALHOST/"] {
            assert!(Address::ambient(here).is_ok(), "{here}");
        }
        let elsewhere = Address::ambient("http://mirror.example/all.zip");
        assert_eq!(elsewhere, Err(AddressError::Plain("http://mirror.example/all.zip".to_owned())));
        assert!(Address::named("http://mirror.example/all.zip").is_ok());
        assert!(Address::ambient("https://mirror.example/all.zip").is_ok());
        for none in ["", "all.zip", "ftp://a/b", "https://", "file:///etc/passwd", "https:///a", "http:a"] {
            assert_eq!(Address::named(none), Err(AddressError::Malformed), "{none}");
        }
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let address = Address::named("https://me:p%40ss@mirror.example:8443/all.zip?token=1#part").expect("a URL");
        assert_eq!(address.to_string(), "https://mirror.example:8443/all.zip");
        assert_eq!(format!("{address:?}"), "https://mirror.example:8443/all.zip");
        assert_eq!(address.url(), "https://mirror.example:8443/all.zip?token=1");
        assert_eq!(address.authorization(), Some("Basic bWU6cEBzcw=="));
    }

    #[test]
    fn paths_are_put_below() {
        let below = |base: &str| Address::named(base).expect("a URL").below("/v1/query").url().to_owned();
        assert_eq!(below("https://api.osv.dev"), "https://api.osv.dev/v1/query");
        assert_eq!(below("https://api.osv.dev/"), "https://api.osv.dev/v1/query");
        assert_eq!(below("https://mirror.example/osv/?a"), "https://mirror.example/osv/v1/query");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,40}", host in "[ -~]{0,20}") {
            drop(Address::named(&text));
            drop(Address::ambient(&format!("http://{host}/{text}")));
        }
    }
}
