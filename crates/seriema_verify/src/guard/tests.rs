use super::*;

fn public(address: &str) -> bool {
    is_public(address.parse().expect("an address"))
}

#[test]
fn addresses_of_providers_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "140.82.121.6",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:80b::200e",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ] {
        assert!(public(address), "{address}");
    }
}

#[test]
fn all_others_are_not() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff:ffff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "5f00::1",
    ] {
        assert!(!public(address), "{address}");
    }
}

/// A name server for which everything is on this machine.
#[derive(Debug)]
struct Local;

impl Resolver for Local {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(([127, 0, 0, 1], 3128).into());
        Ok(addresses)
    }
}

#[test]
fn a_proxy_of_the_user_may_be_private_but_nothing_else() {
    let guard = Guard { inner: Local, is_on: true };
    for proxy in ["http://proxy.internal:3128", "socks5://proxy.internal:1080"] {
        let proxy = ureq::Proxy::new(proxy).expect("a proxy");
        let itself = proxy.uri().clone();
        let config = ureq::Agent::config_builder().proxy(Some(proxy)).build();
        let resolved = |uri: &Uri| guard.resolve(uri, &config, NextTimeout::default()).is_ok();
        assert!(resolved(&itself));
        assert!(!resolved(&Uri::from_static("https://api.github.com/user")));
        assert!(!resolved(&Uri::from_static("http://proxy.internal:3129")));
    }
}
