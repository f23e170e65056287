//! Package URLs and other URIs, made of text that may hold anything.

use seriema_finding::{Package, PackageOrigin};

/// A package by its package URL (<https://github.com/package-url/purl-spec>): `pkg:pypi/requests@2.31.0`. What is no package
/// of an index of Python packages has another type, so that nobody takes it for the one of that name on PyPI.
pub(crate) fn purl(package: &Package) -> String {
    let kind = match package.origin {
        PackageOrigin::Conda(_) => "conda",
        PackageOrigin::Path(_) => "generic",
        _ => "pypi",
    };
    let mut out = format!("pkg:{kind}/{}", escaped(&package.name));
    if let Some(version) = version(package) {
        out.push('@');
        out.push_str(&escaped(version));
    }
    let (key, value) = match &package.origin {
        PackageOrigin::Index | PackageOrigin::Path(_) => return out,
        PackageOrigin::NamedIndex(url) => ("repository_url", url.clone()),
        PackageOrigin::Vcs { url, commit: Some(commit) } => ("vcs_url", format!("git+{url}@{commit}")),
        PackageOrigin::Vcs { url, commit: None } => ("vcs_url", format!("git+{url}")),
        PackageOrigin::Url(url) => ("download_url", url.clone()),
        PackageOrigin::Conda(channel) => ("channel", channel.clone()),
    };
    format!("{out}?{key}={}", escaped(&value))
}

/// The project by its package URL: nobody says that it is on an index.
pub(crate) fn project(name: &str) -> String {
    format!("pkg:generic/{}", escaped(name))
}

/// A package's version, where one is named.
pub(crate) fn version(package: &Package) -> Option<&str> {
    package.version.as_deref().filter(|version| !version.is_empty())
}

/// A text as a part of a package URL: colons and what RFC 3986 does not reserve stay as they are.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        push(&mut out, byte, b"-._~:");
    }
    out
}

fn push(out: &mut String, byte: u8, kept: &[u8]) {
    if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
        out.push(char::from(byte));
    } else {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// A URL of the web as RFC 3986 has it; none where it leads to no host.
pub(crate) fn web(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "https" | "http") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if host.is_empty() || !host.bytes().all(is_host) || port.len() > 5 || !port.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut out = format!("{scheme}://{authority}");
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
    checked(&mut out, rest);
    if let Some(fragment) = fragment {
        out.push('#');
        checked(&mut out, fragment);
    }
    Some(out)
}

/// Appends a part of a URL; escapes in it stay.
fn checked(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_escape = *byte == b'%'
            && bytes.get(at + 1..at + 3).is_some_and(|hex| hex.len() == 2 && hex.iter().all(u8::is_ascii_hexdigit));
        if is_escape {
            out.push('%');
        } else {
            push(out, *byte, b"-._~:/?@!$&'()*+,;=");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_escaped() {
        assert_eq!(escaped("1.0+cpu a/é"), "1.0%2Bcpu%20a%2F%C3%A9");
        assert_eq!(
            web("https://e.org:80/a b?x=[1]&y=%20%#c#d").as_deref(),
            Some("https://e.org:80/a%20b?x=%5B1%5D&y=%20%25#c%23d")
        );
        for none in ["ftp://e.org", "https://", "https://a b/", "javascript:1", "https://u:p@e.org", "https://e.org:x/"]
        {
            assert_eq!(web(none), None, "{none}");
        }
    }
}
