//! URLs without what only their owner may know: passwords and tokens as stars.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use crate::manifest::{Manifest, Origin};

/// Keys of a query whose values let somebody in.
const KEYS: [&str; 9] = ["token", "secret", "password", "passwd", "signature", "sig", "auth", "key", "credential"];

/// A text in which the credentials of URLs are stars, as many as they had bytes: places stay what they are. Names of
/// variables (`${TOKEN}`) and the user of `ssh://git@…` are nothing to hide.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut secrets = Vec::new();
    let mut done = 0;
    for at in memmem::find_iter(text.as_bytes(), "://") {
        if at < done {
            continue;
        }
        let word = word_around(text, at, done);
        credentials(text, word.clone(), at, &mut secrets);
        done = word.end;
    }
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for secret in secrets {
        let secret = secret.start.max(end)..secret.end.max(end);
        masked.push_str(&text[end..secret.start]);
        masked.extend(std::iter::repeat_n('*', secret.len()));
        end = secret.end;
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

/// What stands between blanks and quotes around a place, not before `from`.
fn word_around(text: &str, at: usize, from: usize) -> Range<usize> {
    let is_end = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let before = &text[from..at];
    let start = before.char_indices().rev().find(|(_, c)| is_end(*c)).map_or(from, |(at, c)| from + at + c.len_utf8());
    let end = text[at..].find(is_end).map_or(text.len(), |length| at + length);
    start..end
}

/// Takes down what is to be masked of a word with `://` at `at`; a word may hold one URL in another.
fn credentials(text: &str, word: Range<usize>, at: usize, secrets: &mut Vec<Range<usize>>) {
    let inner = &text[at..word.end];
    let known = secrets.len();
    let scheme = text[word.start..at].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    for (number, start) in memmem::find_iter(inner.as_bytes(), "://").enumerate() {
        let start = at + start + 3;
        let rest = &text[start..word.end];
        let mut authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        // A password with a `/` that should have been written as `%2F`.
        if number == 0
            && !rest[..authority].contains('@')
            && let Some((_, port)) = rest[..authority].split_once(':')
            && port.bytes().any(|byte| !byte.is_ascii_digit())
            && let Some(end) = rest.rfind('@')
        {
            authority = end + 1;
        }
        let Some(user) = rest[..authority].rfind('@').map(|end| &rest[..end]) else { continue };
        match user.split_once(':') {
            Some((name, password)) => {
                hide(name, start, secrets);
                hide(password, start + name.len() + 1, secrets);
            }
            None if number == 0 && scheme.eq_ignore_ascii_case("ssh") || user == "git" => {}
            None => hide(user, start, secrets),
        }
    }
    let Some(query) = inner.find('?') else { return };
    let mut start = at + query + 1;
    for part in text[start..word.end].split(['&', ';', '#', '?']) {
        if let Some((key, value)) = part.split_once('=')
            && let key = key.to_ascii_lowercase()
            && KEYS.iter().any(|known| key.ends_with(known))
            && !value.contains("://")
        {
            hide(value, start + key.len() + 1, secrets);
        }
        start += part.len() + 1;
    }
    secrets[known..].sort_by_key(|secret| secret.start);
}

fn hide(part: &str, start: usize, secrets: &mut Vec<Range<usize>>) {
    let is_variable = part.starts_with(['$', '{', '%']) && part.ends_with(|c: char| c != '@');
    if !part.is_empty() && !is_variable {
        secrets.push(start..start + part.len());
    }
}

fn mask(text: &mut String) {
    if let Cow::Owned(masked) = masked(text) {
        *text = masked;
    }
}

fn mask_origin(origin: &mut Origin) {
    match origin {
        Origin::Index(Some(url)) | Origin::Vcs { url, .. } | Origin::Url(url) | Origin::Conda(url) => mask(url),
        Origin::Path(path) => mask(path),
        Origin::Index(None) => {}
    }
}

impl Manifest {
    /// Masks the credentials of all URLs, so that whoever prints one prints none.
    pub(crate) fn mask(&mut self) {
        self.dependencies.iter_mut().for_each(|dependency| mask_origin(&mut dependency.origin));
        self.unnamed.iter_mut().for_each(|unnamed| mask_origin(&mut unnamed.origin));
        self.includes.iter_mut().for_each(|include| mask(&mut include.path));
        self.options.iter_mut().for_each(|option| mask(&mut option.value));
        // A name that is told may hold a URL, too.
        for diagnostic in &mut self.diagnostics {
            mask(&mut diagnostic.message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_stars_and_places_stay() {
        for (text, expected) in [
            ("https://u:hunter2@h.example/x", "https://*:*******@h.example/x"),
            ("-i https://token@h.example/simple", "-i https://*****@h.example/simple"),
            ("a @ git+https://x:p%40w@h.example/a.git@main", "a @ git+https://*:*****@h.example/a.git@main"),
            ("https://u:pa/ss@h.example/x", "https://*:*****@h.example/x"),
            ("ssh://git@h.example/a.git", "ssh://git@h.example/a.git"),
            ("git+ssh://me@h.example/a.git", "git+ssh://me@h.example/a.git"),
            ("git+https://git@h.example/a.git", "git+https://git@h.example/a.git"),
            ("https://${USER}:${TOKEN}@h.example/x", "https://${USER}:${TOKEN}@h.example/x"),
            ("https://h.example:8080/a@v1", "https://h.example:8080/a@v1"),
            ("https://h.example/x?a=1&token=abc#egg=a", "https://h.example/x?a=1&token=***#egg=a"),
            ("https://h.example/x?rev=main", "https://h.example/x?rev=main"),
            ("https://h.example/?to=https://u:é@i.example", "https://h.example/?to=https://*:**@i.example"),
            ("'https://a:b@h' \"https://c:d@h\"", "'https://*:*@h' \"https://*:*@h\""),
            ("no url, user:password@host", "no url, user:password@host"),
            ("://@ ://:@ :// @", "://@ ://:@ :// @"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
            assert_eq!(masked(text).len(), text.len());
        }
    }

    #[test]
    fn what_is_said_of_a_file_holds_no_credentials() {
        let text = "[https://user:hunter2@h.example/x]\nname = a\nname = b\n";
        let read = crate::manifest::read("setup.cfg", crate::manifest::ManifestKind::SetupCfg, text);
        let said: Vec<&str> = read.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
        assert_eq!(said, ["`name` is there twice in `[https://****:*******@h.example/x]`"]);
    }

    #[test]
    fn long_words_are_read_once() {
        for piece in ["://", "://a:b@", "?key=", "://a:b/", "@", "&token=x"] {
            let text = format!("https://{}", piece.repeat(200_000));
            assert_eq!(masked(&text).len(), text.len());
        }
    }
}
