//! Texts with placeholders: `Bearer {secret}`.

use std::collections::BTreeMap;

/// What stands for the placeholders.
pub(crate) type Values<'v> = BTreeMap<&'v str, &'v str>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

/// A text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Reads one.
    ///
    /// # Errors
    /// When a brace has no counterpart, or there is no name between two.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let inner = rest[open..].strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = inner else { return Err(format!("a brace of `{text}` has no counterpart")) };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
                return Err(format!("`{{{name}}}` is no placeholder"));
            }
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            pieces.push(Piece::Name(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its placeholders.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text itself, where it has no placeholder.
    pub(crate) fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with all placeholders replaced; none where a name has no value.
    pub(crate) fn fill(&self, values: &Values<'_>, encode: impl Fn(&str) -> String) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => out.push_str(&encode(values.get(name.as_str())?)),
            }
        }
        Some(out)
    }
}

/// A value as it stands in a query or form: all but unreserved characters encoded (RFC 3986, section 2.3).
pub(crate) fn percent(value: &str) -> String {
    encoded(value, b"-._~")
}

/// A value as it stands in a path: as in a query, but a colon, which divides nothing there, stays.
pub(crate) fn percent_path(value: &str) -> String {
    encoded(value, b"-._~:")
}

fn encoded(value: &str, kept: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, secret: &str, encode: impl Fn(&str) -> String) -> Option<String> {
        Template::parse(text).ok()?.fill(&Values::from([("secret", secret)]), encode)
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(filled("Bearer {secret}", "abc", str::to_owned).as_deref(), Some("Bearer abc"));
        assert_eq!(filled("{secret}:{secret}", "a", str::to_owned).as_deref(), Some("a:a"));
        assert_eq!(filled("nothing", "a", str::to_owned).as_deref(), Some("nothing"));
        assert_eq!(filled("{other}", "a", str::to_owned), None);
    }

    #[test]
    fn a_value_is_not_read_again() {
        assert_eq!(filled("x={secret}", "{secret}", str::to_owned).as_deref(), Some("x={secret}"));
    }

    #[test]
    fn braces_need_a_counterpart_and_a_name() {
        for text in ["{", "}", "a{b", "a}b", "{}", "{A}", "{a b}", "{a{b}}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_divides_an_address_is_encoded() {
        assert_eq!(percent("a/b?c#d&e=f+g h%\n\u{e9}:@"), "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h%25%0A%C3%A9%3A%40");
        assert_eq!(percent("Az09-._~"), "Az09-._~");
        assert_eq!(percent_path("12:AA/../x"), "12:AA%2F..%2Fx");
    }
}
