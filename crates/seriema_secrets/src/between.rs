//! What stands between a name and its value, where that is more than `=` or `:`: a wrapper, a line break, a key of its own.

/// Bytes between a name and the key that gives its value.
const MAX_GAP: usize = 60;
/// Bytes of the arguments or the block in which a default is looked for.
const MAX_BLOCK: usize = 160;
/// Bytes of a wrapper's name.
const MAX_WRAPPER: usize = 40;

/// Functions that give back, in some form, what they are given.
const WRAPPERS: &[&str] = &[
    "SecretStr",
    "SecretBytes",
    "Secret",
    "Field",
    "field",
    "str",
    "bytes",
    "String",
    "Some",
    "quote",
    "quote_plus",
    "b",
];

/// Keys that give the value of what the key beside them names.
const KEYS: &[&str] = &["value", "default", "content"];

fn spaces(bytes: &[u8], at: usize, most: usize) -> usize {
    bytes[at.min(bytes.len())..].iter().take(most).take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The place behind `"value": `, `value=`, `default = ` when one of [`KEYS`] stands at `at`.
fn behind_key(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes.get(at).filter(|byte| matches!(byte, b'"' | b'\''));
    let mut at = at + usize::from(quote.is_some());
    let rest = bytes.get(at..)?;
    let key =
        KEYS.iter().find(|key| rest.len() > key.len() && rest[..key.len()].eq_ignore_ascii_case(key.as_bytes()))?;
    at += key.len();
    if let Some(quote) = quote {
        if bytes.get(at) != Some(quote) {
            return None;
        }
        at += 1;
    }
    at += spaces(bytes, at, 4);
    if !matches!(bytes.get(at)?, b':' | b'=') || bytes.get(at + 1) == Some(&b'=') {
        return None;
    }
    at += 1;
    at += spaces(bytes, at, 4);
    Some(at)
}

/// Where the value of a name begins that another key gives: `name: NAME` with `value: …` on the next line,
/// `{"name": "NAME", "value": "…"}`, `<property name="NAME" value="…"/>`, `variable "name" { default = "…" }`,
/// `add_argument("--name", …, default="…")`. `at` is behind the name and the quote that closes it, `before` gives what
/// stands on the line before it.
pub(crate) fn by_key<'t>(text: &'t str, before: impl FnOnce() -> &'t str, at: usize, closed: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut next = at + spaces(bytes, at, MAX_GAP);
    let is_apart = closed || next > at;
    if !is_apart || !matches!(bytes.get(next)?, b',' | b'{' | b'"' | b'\'' | b'v' | b'V' | b'd' | b'D' | b'c' | b'C') {
        return None;
    }
    let before = before();
    // What a form sends is what its user typed, or what a server made for this once.
    if before.contains("<input") {
        return None;
    }
    let mut lead = before.trim_end_matches(['"', '\'', '-', ' ']);
    let is_argument = closed && (lead.ends_with('(') || lead.ends_with(','));
    lead = lead.trim_end_matches([' ', '=', ':', '"', '\'']);
    let key = lead.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_named = ["name", "key", "Name", "Key", "variable", "id"].contains(&key);
    if is_named {
        if bytes.get(next) == Some(&b',') {
            next += 1;
            next += spaces(bytes, next, MAX_GAP);
        }
        if bytes.get(next) == Some(&b'{') {
            return default_in(bytes, next + 1, b'}');
        }
        return behind_key(bytes, next);
    }
    (is_argument && bytes.get(next) == Some(&b',')).then(|| default_in(bytes, next + 1, b')'))?
}

/// Behind the first `default=` up to the end of arguments or of a block.
fn default_in(bytes: &[u8], from: usize, end: u8) -> Option<usize> {
    let window = &bytes[from..bytes.len().min(from + MAX_BLOCK)];
    let window = &window[..window.iter().position(|byte| *byte == end).unwrap_or(window.len())];
    memchr::memmem::find_iter(window, b"default").find_map(|found| {
        let starts = found == 0 || !window[found - 1].is_ascii_alphanumeric() && window[found - 1] != b'_';
        behind_key(bytes, from + found).filter(|_| starts)
    })
}

/// Where a value begins behind a separator: behind `SecretStr(`, `Field(default=`, and, where a string follows, on the next
/// line.
pub(crate) fn unwrapped(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let name = bytes[at..].iter().take(MAX_WRAPPER).take_while(is_part).count();
    if name == 0 || bytes.get(at + name) != Some(&b'(') {
        return at;
    }
    let last = text[at..at + name].rsplit('.').next().unwrap_or_default();
    if !WRAPPERS.contains(&last) {
        return at;
    }
    let mut inner = at + name + 1;
    inner += spaces(bytes, inner, MAX_GAP);
    if let Some(value) = behind_key(bytes, inner) {
        inner = value;
    }
    let prefix = usize::from(matches!(bytes.get(inner), Some(b'b' | b'r' | b'f')));
    if matches!(bytes.get(inner + prefix), Some(b'"' | b'\'')) { inner } else { at }
}

/// Where a value begins that YAML has on the next line: of a block (`|`, `>-`), or under the key `value`. Behind an anchor
/// (`&name`) otherwise.
pub(crate) fn of_yaml(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let line = bytes[at..].iter().take(MAX_GAP).position(|byte| *byte == b'\n').map(|end| &bytes[at..at + end]);
    let Some(line) = line else { return after_anchor(bytes, at) };
    let head = line.trim_ascii_end();
    let is_block = matches!(head.first(), Some(b'|' | b'>'))
        && head[1..].iter().all(|byte| matches!(byte, b'-' | b'+') || byte.is_ascii_digit());
    let next = at + line.len() + 1;
    let start = next + bytes[next.min(bytes.len())..].iter().take(MAX_GAP).take_while(|byte| **byte == b' ').count();
    if start == next {
        return after_anchor(bytes, at);
    }
    if is_block {
        return start;
    }
    if head.is_empty() {
        let item = usize::from(bytes.get(start..start + 2) == Some(b"- ")) * 2;
        return behind_key(bytes, start + item).unwrap_or(if item > 0 { start + item } else { at });
    }
    after_anchor(bytes, at)
}

fn after_anchor(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'&') {
        return at;
    }
    let name =
        bytes[at + 1..].iter().take(MAX_WRAPPER).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let end = at + 1 + name.count();
    if bytes.get(end) == Some(&b' ') { end + 1 } else { at }
}

#[cfg(test)]
mod tests {
    use crate::{Detectors, expand, scan};

    /// Whether the key that a text holds at `{}` is found in a file.
    fn is_found(path: &str, text: &str) -> bool {
        let key = expand("<a-z:6><0-9:3><A-Z:6><0-9:2><a-z:4>");
        let text = format!("{}\n", text.replace("{}", &key));
        scan(Detectors::embedded(), path, &text).iter().any(|secret| secret.value.reveal() == key)
    }

    #[test]
    fn values_stand_under_a_key_of_their_own() {
        for (path, text) in [
            ("deployment.yaml", "env:\n- name: DB_PASSWORD\n  value: \"{}\""),
            ("deployment.yaml", "env:\n- name: DB_PASSWORD\n  value: {}"),
            ("task.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"{}\"}"),
            ("app.xml", "<property name=\"password\" value=\"{}\"/>"),
            ("main.tf", "variable \"db_password\" {\n  type = string\n  default = \"{}\"\n}"),
            ("cli.py", "parser.add_argument(\"--password\", \"-p\", default=\"{}\")"),
            ("cli.py", "@click.option(\"--token\", envvar=\"TOKEN\", default=\"{}\")"),
            ("values.yaml", "password:\n  value: {}"),
        ] {
            assert!(is_found(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn values_of_other_keys_are_not_theirs() {
        for (path, text) in [
            ("page.html", "<input type=\"hidden\" name=\"password\" value=\"{}\">"),
            ("deployment.yaml", "- name: DB_PASSWORD\n  hash: {}"),
            ("cli.py", "f(\"--password\", x); g(default=\"{}\")"),
            ("cli.py", "parser.add_argument(\"--password\", no_default=\"{}\")"),
        ] {
            assert!(!is_found(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn wrappers_and_line_breaks_are_looked_through() {
        for (path, text) in [
            ("settings.py", "    db_password: SecretStr = SecretStr(\"{}\")"),
            ("settings.py", "    api_token: str = Field(default=\"{}\", repr=False)"),
            ("settings.py", "password = pydantic.SecretStr(\n    \"{}\"\n)"),
            ("app.yaml", "password: >-\n  {}"),
            ("app.yaml", "secret_key: |\n  {}"),
            ("app.yaml", "tokens:\n  - {}"),
            ("app.yaml", "password: &pw {}"),
            ("app.toml", "token = \"\"\"\n{}\"\"\""),
            ("app.json", "{\"token\":\n  \"{}\"}"),
            ("app.properties", "db.password=\\\n  {}"),
            (".env", "PASS={}"),
        ] {
            assert!(is_found(path, text), "{path}: {text}");
        }
        assert!(!is_found("settings.py", "password = ask(\"{}\")"), "what a function makes of it is not known");
        assert!(!is_found(".env", "COMPASS={}"), "a word that ends like `pass`");
    }
}
