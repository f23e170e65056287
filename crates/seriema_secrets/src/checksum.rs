//! Checksums that providers put into their tokens, and structures that nobody gets by chance. A token whose checksum does not
//! hold was typed by somebody or cut off; few that were issued are among them.

use sha2::{Digest as _, Sha256};

/// How a token proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// Behind a prefix of three letters and `_` (`ghp_`, `npm_`, `vcp_`): last six, the CRC-32 of what is in between, in base 62.
    /// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
    Base62,
    /// The same; but whoever issues it leaves the checksum out at times, so that one that does not hold says nothing.
    MaybeBase62,
    /// `github_pat_`: behind 43 characters of the last part, eight of the SHA-256 of all before them, in base 32.
    GithubFineGrained,
    /// GitLab's tokens with a dot: last seven, the CRC-32 of all before them, in base 36.
    Gitlab,
    /// Grafana's service accounts: behind the last `_`, the CRC-32 of all before it, hexadecimal, lowest byte first.
    Grafana,
    /// Zuplo's keys: behind the last `_`, the CRC-32 of what is behind the first, hexadecimal.
    Zuplo,
    /// Atlassian's tokens: last eight, the CRC-32 of all before them, hexadecimal.
    Atlassian,
    /// PyPI's tokens: a macaroon in its binary form, with a signature. <https://github.com/rescrv/libmacaroons>
    Pypi,
    /// A token of JSON: its header is an object with `alg` in it. RFC 7515.
    Jwt,
}

impl Checksum {
    /// By the name that detector files have for it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "github" | "npm" | "vercel" => Self::Base62,
            "github-server" => Self::MaybeBase62,
            "github-fine-grained" => Self::GithubFineGrained,
            "gitlab" => Self::Gitlab,
            "grafana" => Self::Grafana,
            "zuplo" => Self::Zuplo,
            "atlassian" => Self::Atlassian,
            "pypi" => Self::Pypi,
            "jwt" => Self::Jwt,
            _ => return None,
        })
    }

    /// Whether it holds for a token; nothing when the token has no place for one.
    pub(crate) fn holds(self, token: &str) -> Option<bool> {
        match self {
            Self::Base62 => base62(token),
            Self::MaybeBase62 => base62(token).filter(|holds| *holds),
            Self::GithubFineGrained => {
                let (before, last) = token.rsplit_once('_')?;
                let (body, check) = (last.get(..43)?, last.get(43..51)?);
                let digest = Sha256::digest(format!("{before}_{body}"));
                Some(check == base32(&digest))
            }
            Self::Gitlab => {
                let (all, check) = token.split_at_checked(token.len().checked_sub(7)?)?;
                all.contains('.').then(|| in_base(crc32(all), 36, 7) == check)
            }
            Self::Grafana => {
                let (all, check) = token.rsplit_once('_')?;
                Some(hexadecimal(check)? == crc32(all).swap_bytes())
            }
            Self::Zuplo => {
                let (all, check) = token.rsplit_once('_')?;
                let (_, body) = all.split_once('_')?;
                Some(hexadecimal(check)? == crc32(body))
            }
            Self::Atlassian => {
                let (all, check) = token.split_at_checked(token.len().checked_sub(8)?)?;
                Some(hexadecimal(check)? == crc32(all))
            }
            Self::Pypi => Some(is_macaroon(&base64(token.split_once('-')?.1)?)),
            Self::Jwt => {
                let header = base64(token.split('.').next()?)?;
                let header = str::from_utf8(&header).unwrap_or_default().trim_ascii();
                Some(header.starts_with('{') && header.ends_with('}') && header.contains("\"alg\""))
            }
        }
    }
}

fn base62(token: &str) -> Option<bool> {
    let (_, rest) = token.split_once('_').filter(|(prefix, _)| prefix.len() == 3)?;
    let (body, check) = rest.split_at_checked(rest.len().checked_sub(6)?)?;
    Some(in_base(crc32(body), 62, 6) == check)
}

/// The CRC-32 of a text as in zlib and PNG.
fn crc32(text: &str) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !text.bytes().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

/// A number in a base of up to 62, at least so wide: digits, then capitals, then small letters; only small ones in base 36.
fn in_base(mut number: u32, base: u32, width: usize) -> String {
    let digits: &[u8] = if base > 36 {
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    } else {
        b"0123456789abcdefghijklmnopqrstuvwxyz"
    };
    let mut out = Vec::new();
    while number > 0 || out.len() < width {
        out.push(char::from(digits[(number % base) as usize]));
        number /= base;
    }
    out.iter().rev().collect()
}

/// The first eight characters of some bytes in base 32.
fn base32(bytes: &[u8]) -> String {
    let number = bytes.iter().take(5).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let digit = |at: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(number >> (35 - 5 * at)) as usize & 31]);
    (0..8).map(digit).collect()
}

fn hexadecimal(text: &str) -> Option<u32> {
    (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok())?
}

/// Bytes in base 64 of either alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

/// Whether bytes are a macaroon of version 2: fields of a kind, a length and as many bytes, in sections that end with a zero,
/// and a signature of 32 bytes behind an empty section.
fn is_macaroon(bytes: &[u8]) -> bool {
    const SIGNATURE: u8 = 6;
    let Some((2, mut rest)) = bytes.split_first().map(|(version, rest)| (*version, rest)) else { return false };
    let mut ended = false;
    while let Some((kind, after)) = rest.split_first() {
        if *kind == 0 {
            ended = true;
            rest = after;
            continue;
        }
        let Some((len, after)) = varint(after) else { return false };
        let Some((_, after)) = after.split_at_checked(len) else { return false };
        if *kind == SIGNATURE {
            return ended && len == 32 && after.is_empty();
        }
        rest = after;
    }
    false
}

/// A length of up to two bytes: seven bits each, lowest first.
fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [low, rest @ ..] if *low < 0x80 => Some((usize::from(*low), rest)),
        [low, high, rest @ ..] if *high < 0x80 => Some((usize::from(low & 0x7f) | usize::from(*high) << 7, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    /// A text with a character in its middle made another one.
    fn altered(token: &str) -> String {
        let mut bytes = token.as_bytes().to_vec();
        let at = bytes.len() / 2;
        bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
        String::from_utf8(bytes).expect("ASCII")
    }

    fn assert_proves(name: &str, token: &str) {
        let checksum = Checksum::named(name).expect("a name of one");
        assert_eq!(checksum.holds(token), Some(true), "{name}");
        assert_ne!(checksum.holds(&altered(token)), Some(true), "{name} altered");
    }

    #[test]
    fn the_crc_is_that_of_zlib() {
        assert_eq!(crc32("123456789"), 0xcbf4_3926);
    }

    #[test]
    fn tokens_with_their_checksum_hold() {
        let body = expand("<0-9A-Za-z:30>");
        assert_proves("github", &format!("ghp_{body}{}", in_base(crc32(&body), 62, 6)));
        assert_proves("npm", &format!("npm_{body}{}", in_base(crc32(&body), 62, 6)));
        let all = format!("glpat-{body}.01.0w");
        assert_proves("gitlab", &format!("{all}{}", in_base(crc32(&all), 36, 7)));
        let all = format!("glsa_{body}");
        assert_proves("grafana", &format!("{all}_{:08x}", crc32(&all).swap_bytes()));
        assert_proves("zuplo", &format!("zpka_{body}_{:08x}", crc32(&body)));
        let all = format!("ATBB{body}");
        assert_proves("atlassian", &format!("{all}{:08X}", crc32(&all)));
    }

    /// Tokens that their makers and others have published: the parts apart, so that nobody takes them for leaked ones.
    #[test]
    fn published_tokens_hold() {
        assert_proves("github", &["ghp_", "sbUsUmRNn8X74dFU0DJ9Fm1mvdCgtH", "474T38"].concat());
        assert_proves("grafana", &["glsa_", "yscW25imSKJIuav8zF37RZmnbiDvB05G", "_fcaaf58a"].concat());
        assert_proves("gitlab", &["glpat-", "vSY1cyL948aAB440qB6L4zlu9OzsUmEV", ".01.0w", "0sfevch"].concat());
        let parts = ["github_pat_", "11AAYCBDQ0tjwxY3uiVv5v", "_", "lo8vfONwp06Vaq9ORB7pSxWM1UT5wSEuqxoxNv15mbA"];
        assert_proves("github-fine-grained", &[&parts.concat(), "JTNMO62S", "deYHLyzV"].concat());
    }

    #[test]
    fn a_server_token_without_checksum_says_nothing() {
        let checksum = Checksum::named("github-server").expect("a name of one");
        assert_eq!(checksum.holds(&expand("ghs_<0-9A-Za-z:36>")), None);
    }

    #[test]
    fn a_macaroon_has_sections_and_a_signature() {
        let mut bytes = vec![2, 1, 8];
        bytes.extend(b"pypi.org");
        bytes.extend([2, 3, b'i', b'd', b'1', 0, 2, 2, b'[', b']', 0, 0, 6, 32]);
        bytes.extend([7; 32]);
        assert!(is_macaroon(&bytes));
        assert!(!is_macaroon(&bytes[..bytes.len() - 1]), "cut off");
        assert_eq!(Checksum::Pypi.holds(&expand("pypi-AgEIcHlwaS5vcmc<A-Za-z0-9_-:160>")), Some(false));
    }

    #[test]
    fn the_header_of_a_json_token_is_an_object() {
        let payload = expand("<A-Za-z0-9:40>");
        assert_eq!(Checksum::Jwt.holds(&format!("eyJhbGciOiJIUzI1NiJ9.{payload}.{payload}")), Some(true));
        assert_eq!(Checksum::Jwt.holds(&format!("eyJhbGciOiJIUzI1.{payload}.{payload}")), Some(false));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,80}") {
            for checksum in ["github", "github-fine-grained", "gitlab", "grafana", "zuplo", "atlassian", "pypi", "jwt"] {
                let _ = Checksum::named(checksum).and_then(|checksum| checksum.holds(&text));
            }
        }
    }
}
