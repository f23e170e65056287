//! Values that are secrets by the names they are given: `password = "..."`, `"api_key": "..."`, `DB_PASS=...`,
//! `os.getenv("TOKEN", "...")`, `postgres://user:password@host`, `Authorization: Bearer ...`.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;
use rustc_hash::FxHashSet;
use seriema_finding::{Confidence, Severity};

use crate::Value;
use crate::between::{by_key, of_yaml, unwrapped};
use crate::judge::{
    holds_labels, is_name, is_password, is_phrase, is_placeholder, is_random, is_url_password, is_uuid, nests_wrongly,
};
use crate::keywords::Hit;
use crate::names::{AUTHORIZATION, Kind, WORDS, is_about, snake};
use crate::scan::{MAX_SECRETS, Secret};

/// Bytes of a name, and of what stands between a name and its value.
const MAX_NAME: usize = 80;
const MAX_VALUE: usize = 4_000;
/// Bytes of a value without quotes that stands within such a value: `a=b=c`. Longer ones are none, so that a long row of
/// them is not looked at again from each of its names.
const MAX_WITHIN: usize = 200;
/// Bytes of a line before a name that are looked at.
const MAX_LINE: usize = 400;

/// The ids under which secrets without a provider are reported.
pub(crate) const IDS: &[&str] = &[NAMED, IN_URL, IN_HEADER];
const NAMED: &str = "generic-secret";
const IN_URL: &str = "url-password";
const IN_HEADER: &str = "authorization-header";

/// A name and the value it is given.
struct Assigned<'t> {
    name: &'t str,
    value: String,
    range: Range<usize>,
    /// What its value stands in.
    quote: Option<u8>,
    /// `"export NAME=value"`: an assignment of a shell within a string.
    in_string: bool,
    kind: Kind,
}

/// Finds secrets by the names they are given. `words` are the places of [`WORDS`], in order.
pub(crate) fn find(path: &str, text: &str, words: &[(Hit, u32)], found: &mut Vec<Secret>) {
    let written = written(path);
    let is_bundle = [".js", ".mjs", ".cjs", ".css", ".map"].iter().any(|end| path.ends_with(end));
    let mut last_end = 0;
    // Of a label's translation nothing is told by its name.
    let words = if holds_labels(path) { &[] } else { words };
    // The end of the last value without quotes.
    let mut bare_end = 0;
    for (hit, word) in words {
        if found.len() >= MAX_SECRETS {
            return;
        }
        if hit.start < last_end {
            continue;
        }
        let Some((word, kind)) = WORDS.get(*word as usize) else { continue };
        if *word == AUTHORIZATION {
            header(text, hit.start, found);
            continue;
        }
        if is_bundle && line_before(text, hit.start).len() >= MAX_LINE {
            continue;
        }
        // `pass` alone is looked for with what stands behind it.
        let is_whole = word.starts_with("pass") && !word.ends_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let word_end = hit.end - usize::from(is_whole);
        let name = name_around(text, hit.start, word_end);
        if is_whole && !text[name.clone()].trim_start_matches('-').eq_ignore_ascii_case("pass") {
            continue;
        }
        let most = if hit.start < bare_end { MAX_WITHIN } else { MAX_VALUE };
        let after = name.end - word_end;
        #[cfg(test)]
        crate::work::looked_at(name.len());
        let Some(assigned) = assigned(text, name.clone(), after, *kind, most, written) else {
            // No name is that long: its other words are not looked at each.
            if after == MAX_NAME {
                last_end = name.end;
            }
            continue;
        };
        last_end = assigned.range.start;
        if assigned.quote.is_none() {
            bare_end = bare_end.max(assigned.range.end);
        }
        if written == Written::CodeWithCharacters && assigned.quote == Some(b'\'') && !is_in_string(text, hit.start) {
            continue;
        }
        if let Some((severity, confidence)) = judge(&assigned, written) {
            let name = if assigned.kind == Kind::Password { "password" } else { "key or token" };
            found.push(secret(&assigned.value, assigned.range, NAMED, name, severity, confidence));
        }
    }
    urls(text, found);
}

/// What the text of a file is written in, as far as values are told by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// Text that is no string is code, not a value.
    Code,
    /// So it is there, and single quotes hold a character.
    CodeWithCharacters,
    /// What cannot be code is taken for a value, as detect-secrets does in this language alone.
    Go,
    /// Settings: a value with spaces is a value, not a label.
    Settings,
    /// A value may stand on the next line.
    Yaml,
    /// Values stand with quotes or without.
    Other,
}

fn written(path: &str) -> Written {
    let extension = path.rsplit(['.', '/']).next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "go" => Written::Go,
        "c" | "h" | "cc" | "cpp" | "hpp" | "cs" | "m" | "mm" => Written::CodeWithCharacters,
        "java" | "kt" | "rs" | "scala" | "swift" | "py" | "pyi" | "pyx" | "js" | "ts" | "jsx" | "tsx" | "rb"
        | "php" | "ipynb" | "json" | "tf" | "toml" | "hcl" | "lua" | "pl" | "r" | "sql" | "mako" | "html" | "ps1"
        | "psm1" | "md" | "rst" | "lock" | "css" | "groovy" | "gradle" => Written::Code,
        "yaml" | "yml" => Written::Yaml,
        "cfg" | "cnf" | "conf" | "env" | "ini" | "properties" => Written::Settings,
        _ => Written::Other,
    }
}

fn secret(
    value: &str,
    range: Range<usize>,
    detector: &str,
    name: &str,
    severity: Severity,
    confidence: Confidence,
) -> Secret {
    Secret {
        detector: detector.to_owned(),
        name: name.to_owned(),
        provider: String::new(),
        severity,
        confidence,
        line: 0,
        value: Value::new(value),
        range,
        revoke: "Change it where it is accepted, and read it from the environment or a secret store.".to_owned(),
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The name that a word is in.
fn name_around(text: &str, start: usize, end: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let first = bytes[..start].iter().rev().take(MAX_NAME).take_while(|byte| is_name_byte(**byte)).count();
    let last = bytes[end..].iter().take(MAX_NAME).take_while(|byte| is_name_byte(**byte)).count();
    start - first..end + last
}

/// The assignment to a name, `after` bytes of which stand behind the word, of a value of at most so many bytes.
fn assigned(
    text: &str,
    name: Range<usize>,
    after: usize,
    kind: Kind,
    most: usize,
    written: Written,
) -> Option<Assigned<'_>> {
    let bytes = text.as_bytes();
    let (start, end) = (name.start, name.end);
    let name = text[start..end].trim_matches(['.', '-']);
    let mut at = end;
    // Nothing but space, or a comma, is between the name and its value.
    let beside;
    let skip = |at: &mut usize, set: &[u8], most: usize| {
        let count = bytes[*at..].iter().take(most).take_while(|byte| set.contains(byte)).count();
        *at += count;
        count
    };
    let closed = skip(&mut at, b"\"'`", 2) > 0;
    // `secret[25] = "..."`
    if bytes.get(at) == Some(&b'[') {
        at += bytes[at..].iter().take(8).take_while(|byte| byte.is_ascii_digit() || **byte == b'[').count();
    }
    skip(&mut at, b"])", 2);
    skip(&mut at, b" \t", 40);
    // `name: str = "..."`
    if let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(':'))
        && let Some(equals) = rest.bytes().take(60).position(|byte| byte == b'=')
        && rest[..equals].bytes().all(|byte| is_name_byte(byte) || matches!(byte, b' ' | b'[' | b']' | b'|' | b','))
        && !rest[..equals].trim().is_empty()
    {
        at += 1 + equals;
    }
    let separator = text.get(at..)?;
    if let Some(begin) = by_key(text, || line_before(text, start), at, closed).filter(|_| !is_about(name)) {
        let (value, range, quote) = value(text, begin, most)?;
        return Some(Assigned { name, value, range, quote, in_string: false, kind });
    }
    let width = ["===", "!==", "=>", ":=", "?=", "||=", "==", "!=", "=", ":", ",", ">"]
        .iter()
        .find(|separator_text| separator.starts_with(**separator_text))
        .map(|separator_text| separator_text.len());
    match width {
        Some(width) => {
            // Arguments beside each other are name and value when the name is a string that ends as it should.
            if separator.starts_with(',') && (!closed || after > 2 || name.eq_ignore_ascii_case("pass")) {
                return None;
            }
            beside = separator.starts_with(',');
            at += width;
        }
        // `ENV NAME value`, `--password value`
        None => {
            if let Some(found) = compared(text, start).filter(|_| !is_about(name)) {
                let (value, range) = found;
                return Some(Assigned { name, value, range, quote: Some(b'"'), in_string: false, kind });
            }
            let line = line_before(text, start);
            let option = name.starts_with("--") || line.trim_end().ends_with("--");
            let docker = matches!(line.trim(), "ENV" | "ARG");
            let statement = line.trim().is_empty() && !closed && matches!(bytes.get(at), Some(b'"' | b'\''));
            if (!option && !docker && !statement) || at == end {
                return None;
            }
            beside = statement;
        }
    }
    if is_about(name) {
        return None;
    }
    let is_key = closed && bytes.get(at.wrapping_sub(1)) == Some(&b':');
    skip(&mut at, b" \t(@", 40);
    // A value on the next line belongs to a call or a dictionary, or the line goes on there.
    let before_break = at;
    skip(&mut at, b"\\\r\n \t", 60);
    let goes_on = bytes.get(before_break) == Some(&b'\\') && written == Written::Settings;
    let is_inside = is_key || matches!(bytes.get(before_break.wrapping_sub(1)), Some(b'('));
    if !goes_on && (!is_inside || !matches!(bytes.get(at), Some(b'"' | b'\''))) {
        at = before_break;
    }
    at = if written == Written::Yaml { of_yaml(text, at) } else { unwrapped(text, at) };
    let (value, range, quote) = value(text, at, most).filter(|(.., quote)| quote.is_some() || !beside)?;
    let is_variable = |name: &str| name.bytes().all(|byte| !byte.is_ascii_lowercase() && byte != b'-' && byte != b'.');
    let in_string =
        quote.is_none() && bytes[end..range.start] == *b"=" && is_variable(name) && is_in_string(text, start);
    Some(Assigned { name, value, range, quote, in_string, kind })
}

/// What stands before a place on its line, as far as it is looked at.
fn line_before(text: &str, at: usize) -> &str {
    let from = text.floor_char_boundary(at.saturating_sub(MAX_LINE));
    let part = &text[from..at];
    let line = part.rfind('\n').map_or(part, |end| &part[end + 1..]);
    #[cfg(test)]
    crate::work::looked_at(line.len());
    line
}

/// Whether a quote is open at a place of a line.
fn is_in_string(text: &str, at: usize) -> bool {
    let mut open = None;
    let mut escaped = false;
    for byte in line_before(text, at).bytes() {
        match byte {
            b'\\' => escaped = !escaped,
            b'"' | b'\'' if !escaped && open.is_none() => open = Some(byte),
            _ if open == Some(byte) && !escaped => open = None,
            _ => escaped = false,
        }
    }
    open.is_some()
}

/// `"..." == name`
fn compared(text: &str, start: usize) -> Option<(String, Range<usize>)> {
    let line = line_before(text, start);
    let from = start - line.len();
    let before = line.trim_end_matches([' ', '\t']);
    // `===` and `!==` end like these.
    if !before.ends_with("==") && !before.ends_with("!=") {
        return None;
    }
    let before = before.trim_end_matches(['=', '!', ' ', '\t']);
    let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
    let end = before.len() - 1;
    let begin = before[..end].rfind(quote)?;
    quoted(text, from + begin, u8::try_from(quote).ok()?).filter(|(_, range)| range.end == from + end)
}

/// The value that begins at a place: a string, several of them one after the other, or a bare word.
fn value(text: &str, at: usize, most: usize) -> Option<(String, Range<usize>, Option<u8>)> {
    let bytes = text.as_bytes();
    let prefix =
        bytes[at..].iter().take(2).take_while(|byte| matches!(byte, b'b' | b'r' | b'u' | b'B' | b'R' | b'U')).count();
    let mut begin = at;
    if matches!(bytes.get(at + prefix), Some(b'"' | b'\'' | b'`')) {
        begin = at + prefix;
    }
    let escaped = bytes.get(begin) == Some(&b'\\') && matches!(bytes.get(begin + 1), Some(b'"' | b'\''));
    if escaped {
        let quote = &text[begin..begin + 2];
        let from = begin + 2;
        #[cfg(test)]
        crate::work::looked_at(text[from..].find(quote).unwrap_or(MAX_VALUE).min(MAX_VALUE));
        let len = text[from..].get(..MAX_VALUE.min(text.len() - from)).unwrap_or(&text[from..]).find(quote)?;
        return Some((text[from..from + len].to_owned(), from..from + len, Some(bytes[begin + 1])));
    }
    match bytes.get(begin)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let (mut whole, mut range) = quoted(text, begin, *quote)?;
            // `"one" "two"`, `"one" + "two"`
            let mut next = range.end + 1;
            for _ in 0..16 {
                let gap = bytes[next.min(bytes.len())..]
                    .iter()
                    .take(80)
                    .take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b'+'))
                    .count();
                match bytes.get(next + gap) {
                    Some(more @ (b'"' | b'\'')) if more == quote => {
                        let Some((part, inner)) = quoted(text, next + gap, *more) else { break };
                        whole.push_str(&part);
                        next = inner.end + 1;
                        // It begins where there is something of it.
                        if range.is_empty() {
                            range = inner;
                        }
                    }
                    _ => break,
                }
            }
            Some((whole, range, Some(*quote)))
        }
        _ => {
            let end = bytes[begin..]
                .iter()
                .take(most)
                .take_while(|byte| {
                    !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b',' | b'<' | b'`' | b';' | b'\\')
                })
                .count();
            #[cfg(test)]
            crate::work::looked_at(end);
            if end == MAX_WITHIN && most == MAX_WITHIN {
                return None;
            }
            let range = begin..text.floor_char_boundary(begin + end);
            (!range.is_empty()).then(|| (text[range.clone()].to_owned(), range, None))
        }
    }
}

fn quoted(text: &str, begin: usize, quote: u8) -> Option<(String, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut from = begin + 1;
    if bytes.get(from) == Some(&quote) && bytes.get(from + 1) == Some(&quote) {
        from += 2;
        // What the first line of such a string holds, when it begins there.
        from += usize::from(bytes.get(from) == Some(&b'\n'));
    }
    let mut at = from;
    while at < bytes.len() && at - from < MAX_VALUE {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' => break,
            byte if byte == quote => {
                #[cfg(test)]
                crate::work::looked_at(at - from);
                return text.get(from..at).map(|value| (value.to_owned(), from..at));
            }
            _ => at += 1,
        }
    }
    #[cfg(test)]
    crate::work::looked_at(at - from);
    None
}

fn judge(assigned: &Assigned<'_>, written: Written) -> Option<(Severity, Confidence)> {
    let value = assigned.value.trim();
    let is_code = matches!(written, Written::Code | Written::CodeWithCharacters | Written::Go);
    if assigned.quote.is_none() && is_code && !assigned.in_string {
        return (written == Written::Go && nests_wrongly(value) && is_random(value))
            .then_some((Severity::Medium, Confidence::Low));
    }
    if written == Written::Settings && assigned.quote.is_some() && is_phrase(value) {
        return Some((Severity::Low, Confidence::Low));
    }
    if is_placeholder(value) {
        return None;
    }
    // JSON's way to write what is not ASCII: words of other languages. Writers of HTML write these marks so, too.
    let unmarked = ["\\u0026", "\\u003c", "\\u003d", "\\u003e", "\\u0027"].iter().any(|mark| value.contains(mark));
    let escaped = !unmarked && (value.contains("\\u0") || value.starts_with("\\u"));
    let is_byte = value.len() <= 8 && value.starts_with("\\x");
    if escaped || is_byte || value.starts_with("arn:") || (is_uuid(value) && !opens(assigned.name)) {
        return None;
    }
    let strong = is_random(value) && value.is_ascii() && !value.contains("://");
    match assigned.kind {
        Kind::Key if strong => Some((Severity::High, Confidence::Medium)),
        Kind::Key => {
            let lower = assigned.name.to_ascii_lowercase();
            let signs =
                lower.contains("secret") && is_password(value, assigned.name) && value.len() >= 8 && !is_name(value);
            (signs && (has_marks(value) || is_of_marks(value))).then_some((Severity::Medium, Confidence::Low))
        }
        Kind::Password if is_password(value, assigned.name) => {
            Some((if strong { Severity::High } else { Severity::Medium }, Confidence::Medium))
        }
        Kind::Password => None,
    }
}

/// Whether a name says that its value lets somebody in: others name what is done with a UUID, once or again.
fn opens(name: &str) -> bool {
    let lower = snake(name);
    ["secret", "api_key", "apikey", "auth", "access", "passw", "api_token"].iter().any(|word| lower.contains(word))
}

fn has_marks(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether it is of marks as nobody writes them but in a password.
fn is_of_marks(value: &str) -> bool {
    let marks: FxHashSet<u8> = value.bytes().filter(u8::is_ascii_punctuation).collect();
    marks.len() >= 6 && !value.bytes().any(|byte| matches!(byte, b'(' | b'[' | b'{' | b'<' | b'\\' | b'/'))
}

/// Bytes of a URL's scheme, of its user, and of its password.
const MAX_SCHEME: usize = 30;
const MAX_USER: usize = 60;
const PASSWORD: Range<usize> = 3..120;

/// Passwords in URLs: `scheme://user:password@host`.
fn urls(text: &str, found: &mut Vec<Secret>) {
    for colon in memmem::find_iter(text.as_bytes(), "://") {
        let Some(range) = url_password(text.as_bytes(), colon) else { continue };
        let Some(value) = text.get(range.clone()) else { continue };
        let before = &text[text.floor_char_boundary(range.start.saturating_sub(80))..range.start];
        let after = &text[range.end..text.ceil_char_boundary((range.end + 60).min(text.len()))];
        if value.starts_with(['{', '%', '*', '.']) || !is_url_password(value, before, after) {
            continue;
        }
        let severity = if is_random(value) { Severity::High } else { Severity::Medium };
        found.push(secret(value, range, IN_URL, "password in a URL", severity, Confidence::Medium));
    }
}

/// Where the password of a URL stands whose `://` is at `colon`.
fn url_password(text: &[u8], colon: usize) -> Option<Range<usize>> {
    let is_scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let scheme = text[..colon].iter().rev().take(MAX_SCHEME).take_while(is_scheme).count();
    if scheme < 2 {
        return None;
    }
    let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'' | b'<' | b'>');
    let user = colon + 3;
    let rest = text.get(user..)?;
    let end = rest.iter().take(MAX_USER + 1).position(|byte| *byte == b':' || ends(*byte))?;
    if rest[end] != b':' || rest[..end].iter().any(|byte| matches!(byte, b'@' | b'{' | b'}' | b'$' | b'%')) {
        return None;
    }
    let start = user + end + 1;
    let rest = text.get(start..)?;
    let len = rest.iter().take(PASSWORD.end + 1).position(|byte| *byte == b'@' || ends(*byte))?;
    let host = rest.get(len + 1)?;
    let is_host = host.is_ascii_alphanumeric() || matches!(host, b'[' | b'_' | b'$' | b'{' | b'%' | b'.' | b'-');
    (rest[len] == b'@' && PASSWORD.contains(&len) && is_host).then(|| start..start + len)
}

static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\Aauthorization["'\]]{0,2}\s{0,3}[:=,]\s{0,3}(?:[bfru]{0,2}["'`])?\s{0,2}(?:basic|bearer|token|apikey)\s{1,3}([a-z0-9_\-.~+/=]{12,2000})"#).ok()
});

/// Credentials in a header whose name begins at a place.
fn header(text: &str, start: usize, found: &mut Vec<Secret>) {
    let Some(window) = text.get(start..text.floor_char_boundary((start + MAX_VALUE).min(text.len()))) else { return };
    let Some(token) = HEADER.as_ref().and_then(|regex| regex.captures(window)).and_then(|captures| captures.get(1))
    else {
        return;
    };
    if is_placeholder(token.as_str()) || !is_random(token.as_str()) {
        return;
    }
    let range = start + token.start()..start + token.end();
    #[cfg(test)]
    crate::work::looked_at(token.end());
    let name = "credentials in a header";
    found.push(secret(token.as_str(), range, IN_HEADER, name, Severity::High, Confidence::Medium));
}

#[cfg(test)]
mod tests {
    use crate::{Detectors, expand, scan};

    /// Whether the value that `line` holds at `{}` is found in a file.
    fn is_found(path: &str, line: &str, value: &str) -> bool {
        let text = format!("first\n{}\n", line.replace("{}", value));
        scan(Detectors::embedded(), path, &text).iter().any(|secret| secret.value.reveal() == value)
    }

    fn random() -> String {
        expand("<a-z:6><0-9:3><A-Z:6>#<a-z:4>")
    }

    #[test]
    fn a_value_begins_where_there_is_something_of_it() {
        let text = "password = \"\" + \"kTq7Wz-and-more\"\n";
        let found = scan(Detectors::embedded(), "app.py", text);
        assert_eq!(found.iter().map(|secret| &text[secret.range.clone()]).collect::<Vec<_>>(), ["kTq7Wz-and-more"]);
    }

    #[test]
    fn what_is_not_quoted_is_a_value_where_it_is_no_code() {
        for (path, found) in [(".env", true), ("a.yaml", true), ("notes.txt", true), ("a.py", false), ("a.rs", false)] {
            assert_eq!(is_found(path, "password = {}", &random()), found, "{path}");
        }
        let broken = expand("<a-z:6>[<a-z:4>}$#<a-z:6>");
        assert!(is_found("a.go", "password := {}", &broken));
        assert!(!is_found("a.go", "password := {}", &expand("<a-z:6>[<a-z:6>].<a-z:4>[0]")));
    }

    #[test]
    fn a_line_of_a_name_and_a_string_is_a_statement() {
        assert!(is_found("site.pp", "  password \"{}\";", &random()));
        assert!(!is_found("notes.txt", "the password \"{}\" is", &random()));
    }

    #[test]
    fn single_quotes_hold_characters_in_c() {
        assert!(!is_found("a.c", "password = '{}';", &random()));
        assert!(is_found("a.c", "connect(\"password = '{}'\");", &random()));
        assert!(is_found("a.py", "password = '{}'", &random()));
    }

    #[test]
    fn a_phrase_is_a_secret_in_settings() {
        let phrase = "correct horse battery staple";
        assert!(is_found("app.ini", "password = \"{}\"", phrase));
        assert!(!is_found("app.py", "password = \"{}\"", phrase));
        assert!(!is_found("app.ini", "password = \"{}\"", "please enter the password"));
    }
}
