//! Package URLs of Python packages: `pkg:pypi/requests@2.31.0` (<https://github.com/package-url/purl-spec>).

use crate::manifest::Origin;
use crate::manifest::lock;

/// What a package URL says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Purl {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) origin: Origin,
}

/// Reads a package URL; none when it is of no Python package.
pub(crate) fn pypi(written: &str) -> Option<Purl> {
    let rest = written.strip_prefix("pkg:")?.trim_start_matches('/');
    let (kind, rest) = rest.split_once('/')?;
    if !kind.eq_ignore_ascii_case("pypi") {
        return None;
    }
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (name, version) = rest.rsplit_once('@').map_or((rest, None), |(name, version)| (name, Some(version)));
    let name = decoded(name.trim_matches('/'));
    let version = version.map(decoded).filter(|version| !version.is_empty());
    Some(Purl { name, version, origin: origin(qualifiers) })
}

fn origin(qualifiers: &str) -> Origin {
    let value = |key: &str| {
        let mut pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| decoded(value))
    };
    if let Some(vcs) = value("vcs_url") {
        let vcs = vcs.strip_prefix("git+").unwrap_or(&vcs);
        // The commit follows the path, an `@` before it is of a user.
        let (url, commit) = match vcs.rsplit_once('@') {
            Some((url, commit)) if !commit.contains('/') => (url, Some(commit)),
            _ => (vcs, None),
        };
        let commit = commit.and_then(|commit| commit.split('#').next());
        return Origin::Vcs { url: url.to_owned(), commit: lock::commit(commit), revision: None };
    }
    value("download_url").map_or_else(|| Origin::Index(value("repository_url")), Origin::Url)
}

/// A text without its percent signs; what is no escape stays.
fn decoded(written: &str) -> String {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())).flatten();
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_read() {
        let read = |written| pypi(written).map(|purl| (purl.name, purl.version));
        let some = |name: &str, version: Option<&str>| Some((name.to_owned(), version.map(ToOwned::to_owned)));
        assert_eq!(read("pkg:pypi/requests@2.31.0"), some("requests", Some("2.31.0")));
        assert_eq!(read("pkg:PyPI/requests"), some("requests", None));
        assert_eq!(read("pkg:pypi/torch@2.1.0%2Bcpu?file_name=torch.whl#src"), some("torch", Some("2.1.0+cpu")));
        assert_eq!(read("pkg:pypi/a@%"), some("a", Some("%")));
        for none in ["pkg:npm/left-pad@1.0", "requests", "pkg:pypi", "", "pkg:"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn qualifiers_say_where_it_comes_from() {
        let origin = |written| pypi(written).map(|purl| purl.origin);
        assert_eq!(origin("pkg:pypi/a@1"), Some(Origin::Index(None)));
        let index = Origin::Index(Some("https://example.org/simple".to_owned()));
        assert_eq!(origin("pkg:pypi/a@1?repository_url=https%3A%2F%2Fexample.org/simple"), Some(index));
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let vcs = Origin::Vcs {
            url: "https://git@example.org/a.git".to_owned(),
            commit: Some(commit.to_owned()),
            revision: None,
        };
        assert_eq!(origin(&format!("pkg:pypi/a@1?vcs_url=git%2Bhttps://git@example.org/a.git@{commit}")), Some(vcs));
    }
}
