//! What is a secret, and what only looks like one. All judgement about values stands here.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;
use rustc_hash::FxHashSet;

/// Shannon entropy, in bits a character.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let len = text.len().max(1);
    #[allow(clippy::cast_precision_loss, reason = "lengths of secrets")]
    let len = len as f64;
    let share = |count: &u32| f64::from(*count) / len;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// Words that stand where a secret belongs, and say so.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "change me",
    "replace",
    "redacted",
    "dummy",
    "sample",
    "insert",
    "todo",
    "fixme",
    "your_",
    "your-",
    "yourpass",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapi",
    "mypass_here",
    "_here",
    "-here",
    "xxxx",
    "****",
    "....",
    "____",
    "----",
    "foobar",
    "lorem",
    "enter_",
    "fake",
    "notreal",
    "not-real",
    "not_a_real",
    "undefined",
    "to-be-",
    "tbd",
    "<secret",
    "<password",
    "<token",
    "<key",
    "<your",
    "my_secret_key",
    "secret_key_here",
    "null",
    "none",
    "hidden",
    "masked",
    "removed",
    "snip",
    "goes_here",
    "goes-here",
    "env_var",
];

/// Whole values that are no secrets.
const WORDS: &[&str] = &[
    "true", "false", "yes", "no", "on", "off", "string", "str", "text", "password", "passwd", "secret", "token", "key",
    "required", "optional", "default", "value", "values", "bytes", "int", "integer", "any", "self", "this", "unset",
    "empty", "auto", "disabled", "enabled", "basic", "bearer", "digest", "hmac", "header", "query", "cookie", "body",
    "prompt", "random", "test", "admin", "root", "user", "username", "name", "type", "object", "array", "number",
    "boolean",
];

/// Length of the longest of them.
const MAX_WORD: usize = 8;

/// Names that a template fills in: `${NAME}`, `{{ name }}`, `%(name)s`, `$(name)`, `<name>`, `{name}`, `%NAME%`, `__NAME__`.
static TEMPLATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\{\{[\w .|()'"\[\]\-]*\}\}|\$\{[\w.:\-?/]*\}|%\(\w+\)[sd]|\$\([\w ./\-]+\)|<[\w .:/|\-]+>|#\{[\w.\[\]]+\}|\{[\w.]*\}|%\w+%|@@\w+@@|\[\[[\w ]+\]\]|^\$\w+$|%[sd]"#,
    )
    .ok()
});

/// What values are written with that a template or a program fills in.
const REFERENCES: &[&str] = &[
    "os.environ",
    "getenv",
    "process.env",
    "secrets.",
    "vault:",
    "env(",
    "lookup(",
    "config[",
    "ssm:",
    "op://",
    "!vault",
    "!ref",
    "!sub",
    "$env:",
];

/// Placeholders and references, looked for all at once: a text may have millions of values.
static STAND_INS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(PLACEHOLDERS.iter().chain(REFERENCES))
        .unwrap_or_else(|error| unreachable!("a list of words makes an automaton: {error}"))
});

/// Text that templates fill in later: what is left without the names tells nothing.
fn is_template(value: &str) -> bool {
    if !value.bytes().any(|byte| matches!(byte, b'{' | b'<' | b'$' | b'%' | b'#' | b'@' | b'[' | b'_')) {
        return false;
    }
    let left = TEMPLATE.as_ref().map_or(Cow::Borrowed(value), |regex| regex.replace_all(value, ""));
    (left.len() < value.len() && (left.len() < 8 || left.len() * 2 < value.len() || is_name(&left)))
        || value.starts_with("$(")
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('[') && value.ends_with(']'))
        || (value.starts_with("__") && value.ends_with("__"))
}

/// Whether a value stands in the place of a secret, is filled in later, or was typed for an example.
pub(crate) fn is_placeholder(value: &str) -> bool {
    is_stand_in(value) || is_sequence(value)
}

static WORD_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| WORDS.iter().copied().collect());

fn is_word(value: &str) -> bool {
    value.len() <= MAX_WORD && WORD_SET.contains(value.to_ascii_lowercase().as_str())
}

/// Whether a value stands in the place of a secret, or is filled in later.
fn is_stand_in(value: &str) -> bool {
    is_monotonous(value) || is_filled_in(value)
}

/// Whether a value is a word, or has one in it that says that the secret comes from elsewhere.
pub(crate) fn is_filled_in(value: &str) -> bool {
    is_word(value) || STAND_INS.find_overlapping_iter(value).any(|found| tells(value, &found)) || is_template(value)
}

/// Values of so many bytes have a short word in them now and then, though a machine made them: `q7tBd0...`.
const LONG: usize = 24;
/// Longest word that is met there by chance.
const BY_CHANCE: usize = 6;

/// Whether a placeholder or a reference that was found in a value tells anything: short ones in long values do at the
/// border of a word.
fn tells(value: &str, found: &aho_corasick::Match) -> bool {
    let Some(word) = PLACEHOLDERS.get(found.pattern().as_usize()) else { return true };
    if value.len() < LONG || word.len() > BY_CHANCE || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return true;
    }
    let is_border = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let bytes = value.as_bytes();
    let begins = is_border(found.start().checked_sub(1).and_then(|at| bytes.get(at)));
    let ends = is_border(bytes.get(found.end()));
    if word.len() == 3 { begins && ends } else { begins || ends }
}

/// Whether hardly anything in it changes: one character again and again, a sequence, a short piece repeated.
fn is_monotonous(value: &str) -> bool {
    repeats_up_to(value, 7)
}

/// Whether it is one character again and again, or a very short piece of them. Longer ones somebody typed: `abcdefabcdef`.
pub(crate) fn is_uniform(value: &str) -> bool {
    repeats_up_to(value, 5)
}

/// Whether hardly anything in it changes, or a piece of at most so many characters is repeated.
fn repeats_up_to(value: &str, longest: usize) -> bool {
    let bytes = value.as_bytes();
    if bytes.len() < 6 {
        return false;
    }
    let mut distinct = [0_u64; 4];
    for byte in bytes {
        distinct[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    let kinds: u32 = distinct.iter().map(|met| met.count_ones()).sum();
    if bytes.len() >= 8 && kinds <= 3 {
        return true;
    }
    let repeats = |period: usize| bytes.iter().skip(period).zip(bytes).all(|(a, b)| a == b);
    bytes.len() >= 12 && (1..=(bytes.len() / 3).min(longest)).any(repeats)
}

/// Whether one piece of at least six characters is repeated: `1234567890abcdef1234567890abcdef`. Somebody typed it, or
/// copied it from documentation.
pub(crate) fn is_repeated(value: &str) -> bool {
    let bytes = value.as_bytes();
    let repeats = |period: usize| bytes.iter().skip(period).zip(bytes).all(|(a, b)| a == b);
    // Beyond that many characters nobody typed it.
    bytes.len() <= 512 && (6..=bytes.len() / 2).any(repeats)
}

/// Whether its characters follow each other as on a keyboard or in the alphabet: somebody typed it for an example.
pub(crate) fn is_sequence(value: &str) -> bool {
    let bytes = value.as_bytes();
    if bytes.len() < 6 {
        return false;
    }
    let small = |pair: &&[u8]| {
        let step = i16::from(pair[1]) - i16::from(pair[0]);
        (-1..=1).contains(&step) || matches!(pair, [b'9', b'0'])
    };
    bytes.windows(2).filter(small).count() * 10 >= (bytes.len() - 1) * 7
}

/// Shortest piece of letters that can be told to be a word.
const WORD: usize = 4;

/// Whether it is written as identifiers and words are: `module.name`, `some_setting`, `Content-Type`, `SSHPublicKeys`,
/// `tools-2025-02-19`, a path. Half of it at least are words then.
pub(crate) fn is_name(value: &str) -> bool {
    let bytes = value.as_bytes();
    if alternates(bytes) {
        return false;
    }
    let (mut total, mut words, mut others) = (0, 0, false);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b' ' | b'\\') {
            at += 1;
            continue;
        }
        if !byte.is_ascii_alphabetic() {
            others |= !byte.is_ascii_digit();
            total += 1;
            at += 1;
            continue;
        }
        let piece = piece_of(&bytes[at..]);
        total += piece.len();
        let is_acronym = piece.len() >= 2 && piece.len() <= 6 && piece.iter().all(u8::is_ascii_uppercase);
        if (piece.len() >= WORD && is_pronounceable(piece)) || is_acronym {
            words += piece.len();
        } else if piece.len() < WORD && piece.len() == bytes.len() {
            return true;
        }
        at += piece.len();
    }
    // What has neither words nor letters enough to tell is a name when it is short.
    !others && (total == 0 || words * 2 >= total || is_short_name(value))
}

/// Changes between letters and digits that no name has in one piece; `conv1d2x4` has four.
const ALTERNATIONS: usize = 6;
/// Those that no name in capitals has, which are short: `AES128-GCM-SHA256`.
const LOUD_ALTERNATIONS: usize = 5;

/// Whether letters and digits take turns as they do where a machine drew them: `4p11nqsyrsk7pt5d5ku4`.
fn alternates(bytes: &[u8]) -> bool {
    let turns = |piece: &[u8]| {
        let turn = |pair: &&[u8]| {
            (pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic())
                || (pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit())
        };
        piece.windows(2).filter(turn).count()
    };
    let is_loud = bytes.len() >= 16 && !bytes.iter().any(u8::is_ascii_lowercase);
    (is_loud && turns(bytes) >= LOUD_ALTERNATIONS)
        || bytes.split(|byte| !byte.is_ascii_alphanumeric()).any(|piece| turns(piece) >= ALTERNATIONS)
}

/// `id`, `x_id`, `a.b`: short pieces of letters alone.
fn is_short_name(value: &str) -> bool {
    value.len() < 12 && value.bytes().all(|byte| !byte.is_ascii_digit()) && {
        let uppers = value.bytes().filter(u8::is_ascii_uppercase).count();
        let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
        (uppers == 0 || uppers == letters || uppers * 3 <= letters)
            && value
                .split(['.', '_', '-', '/', ':', ' ', '\\'])
                .all(|part| part.len() < 5 || is_pronounceable(part.as_bytes()))
    }
}

/// The word that begins a text: `two` of `twoWords`, `SSH` of `SSHPublicKeys`, `Public` of `PublicKeys`.
fn piece_of(bytes: &[u8]) -> &[u8] {
    let uppers = bytes.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let lowers = bytes[uppers..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    match (uppers, lowers) {
        (0, _) | (_, 0) | (1, _) => &bytes[..uppers + lowers],
        // The last capital begins the next word.
        _ => &bytes[..uppers - 1],
    }
}

/// Whether letters follow each other as they do in words: vowels here and there, not five consonants in a row.
fn is_pronounceable(part: &[u8]) -> bool {
    let (mut letters, mut vowels, mut run, mut longest) = (0, 0, 0, 0);
    for byte in part.iter().filter(|byte| byte.is_ascii_alphabetic()) {
        letters += 1;
        if matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y') {
            vowels += 1;
            run = 0;
        } else {
            run += 1;
            longest = longest.max(run);
        }
    }
    vowels * 6 >= letters && longest <= 4
}

/// Whether it is a UUID.
pub(crate) fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether it is a date, with a time or without: `2016-09-08T21:47:36Z`.
fn is_date(value: &str) -> bool {
    value.len() >= 8
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z' | b'.' | b'+' | b' '))
        && value.as_bytes().get(4) == Some(&b'-')
        && value.as_bytes().get(7) == Some(&b'-')
}

/// Whether a value looks as if a machine had made it: a key, a token.
pub(crate) fn is_random(value: &str) -> bool {
    let len = value.len();
    if len < 12 || value.contains(' ') || is_name(value) || is_written(value) {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let uppers = value.bytes().filter(u8::is_ascii_uppercase).count();
    let lowers = value.bytes().filter(u8::is_ascii_lowercase).count();
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex {
        return len >= 16 && digits > 0 && digits < len && entropy(value) >= 2.7;
    }
    let marks = value.bytes().filter(|byte| byte.is_ascii_punctuation() && !b"_-./:,".contains(byte)).count();
    let kinds = usize::from(digits > 0) + usize::from(uppers > 0) + usize::from(lowers > 0) + usize::from(marks > 2);
    kinds >= 2 && entropy(value) >= 3.2
}

/// Whether a bracket is closed by one of another kind, which no code does: `a{b)c}`.
pub(crate) fn nests_wrongly(value: &str) -> bool {
    let mut open = Vec::new();
    value.bytes().any(|byte| {
        let opener = match byte {
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            b'(' | b'[' | b'{' => {
                open.push(byte);
                return false;
            }
            _ => return false,
        };
        open.pop().is_some_and(|last| last != opener)
    })
}

/// Whether it is written in a language: a regular expression, a path of the registry, `Option=value`, or encrypted.
fn is_written(value: &str) -> bool {
    let option = || {
        let (name, rest) = value.split_once('=')?;
        let is_option = name.len() >= 3 && name.bytes().all(|byte| byte.is_ascii_alphabetic()) && !rest.is_empty();
        Some(is_option && !rest.starts_with('=') && is_name(name))
    };
    is_date(value)
        || value.starts_with("#/")
        || value.ends_with(')') && value.contains('(')
        || value.ends_with(']') && value.contains('[')
        || ["(?:", "[^", "\\w", "\\d", "\\s", ")?", "ENC[", "NACL[", "$ANSIBLE_VAULT"]
            .iter()
            .any(|mark| value.contains(mark))
        || value.matches('\\').count() >= 2
        || option() == Some(true)
}

/// Whether a value can be a password: not prose, not a name of something, not a placeholder.
pub(crate) fn is_password(value: &str, name: &str) -> bool {
    let len = value.chars().count();
    if !(4..=200).contains(&len) || is_placeholder(value) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let is_word = value.chars().all(char::is_alphabetic) && !value.is_ascii();
    if is_word || value.contains(char::is_whitespace) || value.contains("\\\\") || lower == name.to_ascii_lowercase() {
        return false;
    }
    if ["ENC[", "NACL[", "$ANSIBLE_VAULT"].iter().any(|mark| value.starts_with(mark)) {
        return false;
    }
    // A path, a URL without a password, a reference.
    if is_random(value)
        && !value.contains("://")
        && !value.ends_with([')', '('])
        && !value.starts_with(['/', '.', '~', '('])
    {
        return true;
    }
    if value.starts_with(['/', '.', '~', '[', '&', '*', '@', '(', ',', ';', '|'])
        || value.contains("://")
        || value.ends_with([':', '(', '/'])
    {
        return false;
    }
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    if value.ends_with('=') {
        return false;
    }
    let has_mark =
        value.bytes().any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.' | b':' | b'/'));
    if !has_letter {
        return has_digit && len >= 6;
    }
    (has_digit || has_mark || !is_name(value)) && !is_identifier(value)
}

/// Whether it is several words without capitals or marks, none of which speaks about secrets: a passphrase.
pub(crate) fn is_phrase(value: &str) -> bool {
    let about = ["passw", "passp", "secret", "token", "key", "your", "enter", "please", "user", "the"];
    let words: Vec<&str> = value.split(' ').collect();
    let is_word =
        |word: &&str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (4..=12).contains(&words.len())
        && words.iter().all(is_word)
        && !words.iter().any(|word| about.iter().any(|known| word.starts_with(known)))
}

/// `password1_hash`, `settings.DB_PASS`, `get_password()`: something of the program.
fn is_identifier(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let about = ["passw", "secret", "token", "credential", "settings", "config"];
    let of_user = || lower.split(['_', '.', '-']).any(|part| part.starts_with("user"));
    value.ends_with(')')
        || ((about.iter().any(|word| lower.contains(word)) || of_user())
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
            && is_name(value))
}

/// Hosts that stand in examples, and on which everybody knows the password.
const HOSTS: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "::1",
    "host",
    "hostname",
    "server",
    "db",
    "example",
    "my",
    "some",
    "ip",
    "test",
];

/// Passwords that stand in examples.
const TOLD: &[&str] = &[
    "pass",
    "password",
    "passwd",
    "pwd",
    "secret",
    "tiger",
    "guest",
    "admin",
    "root",
    "test",
    "user",
    "username",
    "postgres",
    "mysql",
    "rabbitmq",
    "redis",
    "airflow",
    "foo",
    "bar",
    "baz",
    "pw",
    "p",
    "mypassword",
    "token",
    "passw0rd",
    "password123",
];

/// Whether what stands in the password's place of a URL can be one: in examples it is a word, or that of everybody's own
/// machine.
pub(crate) fn is_url_password(value: &str, before: &str, after: &str) -> bool {
    if is_placeholder(value) || TOLD.contains(&value.to_ascii_lowercase().as_str()) {
        return false;
    }
    let user = before.rsplit("://").next().unwrap_or_default().trim_end_matches(':');
    if user.eq_ignore_ascii_case(value) || user.contains(['{', '<', '%', '$']) {
        return false;
    }
    let host = after.trim_start_matches('@').to_ascii_lowercase();
    let local = HOSTS.iter().any(|known| {
        host.strip_prefix(known)
            .is_some_and(|rest| known.len() <= 4 || !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    is_random(value) || (!local && is_password(value, user))
}

/// Directories of what is shown to users in their languages: `password` is a label there.
const LABELS: &[&str] = &["translations", "locale", "locales", "i18n", "l10n", "lang", "langs", "languages"];

/// Whether a file holds what is shown to users.
pub(crate) fn holds_labels(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    parts.iter().any(|part| LABELS.contains(part))
        || [".po", ".pot", ".xlf", ".arb"].iter().any(|end| name.ends_with(end))
        || name == "strings.json"
}

/// What kind of file a secret stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// What runs, and what it is run with.
    Source,
    /// Tests and their data.
    Test,
    /// Documentation and examples.
    Documentation,
}

/// Directories and parts of file names that tell tests, and those that tell documentation.
const TESTS: &[&str] = &["test", "tests", "testing", "fixtures", "testdata", "test_data", "spec", "specs", "mocks"];
const DOCUMENTATION: &[&str] = &["doc", "docs", "documentation", "example", "examples", "sample", "samples", "demo"];

/// What kind of file it is: by its directories, its own name, and how it begins.
#[must_use]
pub fn standing(path: &str, text: &str) -> Standing {
    // Ansible keeps the documentation of some plugins in files beside them.
    if text.starts_with("DOCUMENTATION:") {
        return Standing::Documentation;
    }
    let path = path.to_ascii_lowercase();
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let words: Vec<&str> = name.split(['.', '_', '-']).collect();
    if parts.iter().any(|part| TESTS.contains(part)) || name.starts_with("test_") || name.contains("_test.") {
        return Standing::Test;
    }
    let is_prose = [".md", ".rst", ".adoc", ".ipynb.txt"].iter().any(|end| name.ends_with(end))
        || ["changelog", "readme", "history", "changes", "news"].iter().any(|known| words.first() == Some(known));
    let is_example =
        words.iter().any(|word| ["example", "examples", "sample", "samples", "template", "dist"].contains(word));
    if is_prose || is_example || parts.iter().any(|part| DOCUMENTATION.contains(part)) {
        return Standing::Documentation;
    }
    Standing::Source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_known() {
        assert_eq!(WORDS.iter().map(|word| word.len()).max(), Some(MAX_WORD));
    }

    #[test]
    fn words_are_names_and_keys_are_not() {
        for name in [
            "content-type",
            "settings.SECRET",
            "some_setting",
            "HttpRequest",
            "user2",
            "path/to/file",
            "ECDHE-AES128-GCM-SHA256",
        ] {
            assert!(is_name(name), "{name}");
        }
        for key in [
            "f3Kx9QzLm2Vb7Rt1",
            "9f86d081884c7d65",
            "AbCdEfGhIjKl1234",
            "4p11nqsyrskwi7pt5d5kviwggfusx41x",
            "ETKIQ5USCE89BBHDIW1Q",
        ] {
            assert!(!is_name(key), "{key}");
        }
    }

    #[test]
    fn brackets_of_code_close_what_they_opened() {
        for code in ["call(items[0])", "{a: (b)}", "if (pw = read())", "})"] {
            assert!(!nests_wrongly(code), "{code}");
        }
        assert!(nests_wrongly("k(3Z]q{x"));
    }

    #[test]
    fn several_plain_words_are_a_phrase_unless_they_speak_about_secrets() {
        assert!(is_phrase("correct horse battery staple"));
        for label in ["please enter the password", "Four Words With Capitals", "three words only", "ends with a mark."]
        {
            assert!(!is_phrase(label), "{label}");
        }
    }

    #[test]
    fn files_tell_what_stands_in_them() {
        let of = |path: &str| standing(path, "");
        assert_eq!(of("app/settings.py"), Standing::Source);
        assert_eq!(of("tests/data/key.json"), Standing::Test);
        assert_eq!(of("app/test_login.py"), Standing::Test);
        assert_eq!(of("docs/index.txt"), Standing::Documentation);
        assert_eq!(of("README.md"), Standing::Documentation);
        assert_eq!(of(".env.example"), Standing::Documentation);
        assert_eq!(of("contest/latest.env"), Standing::Source);
        assert_eq!(standing("filter/vault.yml", "DOCUMENTATION:\n  name: vault\n"), Standing::Documentation);
    }

    #[test]
    fn placeholders_are_told() {
        for value in
            ["${SECRET}", "{{ token }}", "<your-token>", "changeme", "xxxxxxxxxxxx", "12345678901234", "abcabcabcabc"]
        {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["f3Kx9QzLm2Vb7Rt1", "S3cure!pw", "hunter2"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn short_words_tell_nothing_within_long_values() {
        for value in ["7z1qe0jsq1jihsa3vb9tbdvhgafghbqdw2d9auew", "ofLSEinnQ7xKbFAKEp2Lm9", "u5xz8k5d0nULLqyp3b6vm2w1"]
        {
            assert_eq!(is_filled_in(value), value.len() < LONG, "{value}");
        }
        for value in
            ["fake7z1qe0jsq1jihsa3vb9vhgafghb", "7z1qe0jsq1jihsa3vb9-tbd-vhgafgh", "sk_7z1qe0jsq1jihsa3vb9_none"]
        {
            assert!(is_filled_in(value), "{value}");
        }
    }
}
