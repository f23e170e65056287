//! Only public addresses are connected to.
//!
//! The check stands between resolving a name and connecting, and what was checked is what is connected to: a name that
//! resolves to something else a moment later changes nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// An address was refused.
#[derive(Debug)]
pub(crate) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is not a public one")
    }
}

impl std::error::Error for NotPublic {}

/// A resolver that gives out public addresses only. One that is not spoils the whole answer: no provider has any.
#[derive(Debug)]
pub(crate) struct Guard<R> {
    pub(crate) inner: R,
    /// Off when tests ask a server of their own.
    pub(crate) is_on: bool,
}

impl<R: Resolver> Resolver for Guard<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.inner.resolve(uri, config, timeout).map_err(|error| match error {
            Error::Io(_) => Error::HostNotFound,
            error => error,
        })?;
        // A proxy is the user's own choice and stands in their network as a rule. It resolves the provider's name itself.
        let is_proxy = config.proxy().is_some_and(|proxy| proxy.uri() == uri);
        if self.is_on && !is_proxy && !addresses.iter().all(|address| is_public(address.ip())) {
            return Err(Error::Other(Box::new(NotPublic)));
        }
        Ok(addresses)
    }
}

/// Whether an address is one of the public internet, by the special-purpose registries of IANA (RFC 6890).
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // this network, private, shared by carriers, loopback, link-local (metadata services), private
        (0 | 10 | 127, ..) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _)
        // protocol assignments, documentation, 6to4 relays, private
        | (192, 0, 0 | 2) | (192, 88, 99) | (192, 168, _)
        // benchmarks, documentation
        | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113)
        // multicast, reserved, broadcast
        | (224..=255, ..)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let [high, low] = [g.to_be_bytes(), h.to_be_bytes()];
    let embedded = Ipv4Addr::new(high[0], high[1], low[0], low[1]);
    match (a, b, c, d, e, f) {
        // Mapped, and translated by the well-known prefix of NAT64: what is reached is the IPv4 address within.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => is_public_v4(embedded),
        // Within the global unicast addresses: protocol assignments (Teredo), documentation, 6to4, documentation.
        (0x2001, 0..=0x1ff, ..) | (0x2001, 0xdb8, ..) | (0x2002, ..) | (0x3fff, 0..=0xfff, ..) => false,
        (0x2000..=0x3fff, ..) => true,
        // All others are loopback, unique local, link-local, site-local, multicast, or not given out.
        _ => false,
    }
}

#[cfg(test)]
#[path = "guard/tests.rs"]
mod tests;
