//! Which names hold credentials, and which strings can be one.

/// What a name says its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    /// `password`, `db_passwd`, `passphrase`
    Password,
    /// `SECRET_KEY`, `jwt_secret`: signs or encrypts, so that any constant will do for an attacker.
    SigningKey,
    /// `client_secret`
    Secret,
    /// `auth_token`, `api_key`: often the name of something else, so that the value has to look the part.
    Token,
}

/// How much a string looks like a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plausibility {
    /// A path, a placeholder, a name, prose.
    Implausible,
    /// A plain word: a credential where the context says so.
    Word,
    /// A credential that everybody tries first.
    KnownWeak,
    /// Mixed characters, as passwords and keys have.
    Strong,
}

/// Whether a name is one that Bandit's and ruff's password rules look for: one of its parts between underscores is
/// such a word.
pub(crate) fn is_password_name(name: &str) -> bool {
    name.split('_').any(|part| {
        let is = |word: &str| part.eq_ignore_ascii_case(word);
        match part.as_bytes().first() {
            Some(b'p' | b'P') => is("pass") || is("passphrase") || is("pwd") || is_spelled_password(part),
            Some(b't' | b'T') => is("token"),
            Some(b's' | b'S') => is("secret") || is("secrete"),
            _ => false,
        }
    })
}

/// `pas+wo?r?d`
fn is_spelled_password(part: &str) -> bool {
    let Some((head, rest)) = part.split_at_checked(2) else { return false };
    let tail = rest.trim_start_matches(['s', 'S']);
    head.eq_ignore_ascii_case("pa")
        && tail.len() < rest.len()
        && ["word", "wod", "wrd", "wd"].iter().any(|end| tail.eq_ignore_ascii_case(end))
}

/// Words that make a name speak about a credential instead of holding one.
const ABOUT: &[&str] = &[
    "action",
    "algorithm",
    "alias",
    "alphabet",
    "arg",
    "args",
    "attr",
    "attribute",
    "attrs",
    "audience",
    "backend",
    "bos",
    "callback",
    "change",
    "char",
    "characters",
    "chars",
    "charset",
    "class",
    "cls",
    "cmd",
    "col",
    "column",
    "command",
    "conf",
    "cookie",
    "count",
    "css",
    "default",
    "delim",
    "desc",
    "description",
    "dir",
    "directory",
    "doc",
    "domain",
    "encoder",
    "encoding",
    "endpoint",
    "env",
    "eos",
    "error",
    "errors",
    "event",
    "exception",
    "expiration",
    "expire",
    "expires",
    "expiry",
    "field",
    "fields",
    "file",
    "filename",
    "flag",
    "fmt",
    "form",
    "format",
    "func",
    "function",
    "generator",
    "grant",
    "handler",
    "has",
    "hash",
    "hashed",
    "hasher",
    "hashers",
    "header",
    "headers",
    "help",
    "hint",
    "icon",
    "id",
    "ids",
    "info",
    "input",
    "is",
    "issuer",
    "keyring",
    "kind",
    "label",
    "len",
    "length",
    "link",
    "location",
    "log",
    "manager",
    "mask",
    "masked",
    "max",
    "mechanism",
    "menu",
    "message",
    "messages",
    "metavalue",
    "method",
    "min",
    "missing",
    "mode",
    "model",
    "module",
    "msg",
    "name",
    "names",
    "option",
    "options",
    "pad",
    "page",
    "param",
    "parameter",
    "params",
    "path",
    "pattern",
    "permission",
    "permissions",
    "placeholder",
    "plugin",
    "policy",
    "prefix",
    "prompt",
    "provider",
    "query",
    "reason",
    "ref",
    "reference",
    "regex",
    "regexp",
    "required",
    "reset",
    "resource",
    "role",
    "route",
    "rule",
    "rules",
    "schema",
    "scope",
    "scopes",
    "section",
    "selector",
    "sep",
    "separator",
    "service",
    "session",
    "show",
    "signal",
    "size",
    "source",
    "sql",
    "state",
    "status",
    "stmt",
    "storage",
    "store",
    "str",
    "strength",
    "suffix",
    "table",
    "template",
    "text",
    "timeout",
    "title",
    "topic",
    "type",
    "types",
    "uid",
    "unk",
    "unset",
    "unusable",
    "update",
    "uri",
    "url",
    "urls",
    "usage",
    "use",
    "validator",
    "validators",
    "var",
    "variable",
    "version",
    "view",
    "widget",
    "wildcard",
    "xpath",
];

/// What a name says its value is, judged by its words (`dbPassword` and `DB_PASSWORD` have two).
pub(crate) fn credential_kind(name: &str) -> Option<CredentialKind> {
    if name.len() > 64 || !may_be_credential(name) {
        return None;
    }
    let words = words(name);
    if words.iter().any(|word| ABOUT.contains(&word.as_str())) {
        return None;
    }
    let has = |word: &str| words.iter().any(|own| own == word);
    let pair = |first: &str, second: &str| words.windows(2).any(|two| two[0] == first && two[1] == second);
    let last = words.last().map_or("", String::as_str);
    let ends_in_password = |word: &str| {
        ["password", "passwd", "passphrase", "pwd", "passwort", "passcode"].iter().any(|end| word.ends_with(end))
    };
    if pair("secret", "key")
        || pair("signing", "key")
        || pair("jwt", "secret")
        || pair("jwt", "key")
        || pair("session", "secret")
        || has("secretkey")
        || has("jwtsecret")
        || has("hmackey")
    {
        return Some(CredentialKind::SigningKey);
    }
    // `password_key`, `token_key` name the entry that holds one.
    if last == "key"
        && !(pair("api", "key")
            || pair("access", "key")
            || pair("private", "key")
            || pair("encryption", "key")
            || pair("auth", "key"))
    {
        return None;
    }
    if words.iter().any(|word| ends_in_password(word)) || last == "pass" || last == "userpass" || last == "dbpass" {
        return Some(CredentialKind::Password);
    }
    if has("secret") {
        return Some(CredentialKind::Secret);
    }
    if last == "token" || last == "key" || last == "apikey" {
        return Some(CredentialKind::Token);
    }
    None
}

/// A look at the letters before the name is taken apart.
fn may_be_credential(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let word: &[u8] = match byte | 0x20 {
            b'p' => match bytes.get(at + 1).map(|next| next | 0x20) {
                Some(b'w') => b"pwd",
                _ => b"pass",
            },
            b's' => b"secret",
            b't' => b"token",
            b'k' => b"key",
            _ => return false,
        };
        bytes.get(at..at + word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word))
    })
}

fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        let boundary = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && previous_lower);
        if boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphabetic() {
            word.push(c.to_ascii_lowercase());
        }
        previous_lower = c.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Passwords and keys that are tried first, in lower case.
const KNOWN_WEAK: &[&str] = &[
    "000000",
    "1111",
    "111111",
    "123",
    "123123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "abc123",
    "abcd1234",
    "admin",
    "admin1",
    "admin123",
    "admin1234",
    "admin@123",
    "administrator",
    "adminadmin",
    "adminpass",
    "adminpassword",
    "calvin",
    "changeit",
    "changeme",
    "changethis",
    "dbpassword",
    "demo123",
    "dragon",
    "guest123",
    "hackme",
    "hunter2",
    "iloveyou",
    "letmein",
    "master123",
    "minioadmin",
    "monkey",
    "mypass",
    "mypassword",
    "mysecret",
    "mysecretkey",
    "mysecretpassword",
    "opensesame",
    "p4ssw0rd",
    "p@ss",
    "p@ssw0rd",
    "p@ssword",
    "pa$$w0rd",
    "pa$$word",
    "pass1234",
    "pass123",
    "passw0rd",
    "password!",
    "password1",
    "password12",
    "password123",
    "password1234",
    "postgres",
    "qwe123",
    "qwerty",
    "qwerty123",
    "qwertyuiop",
    "raspberry",
    "root",
    "root123",
    "rootpass",
    "rootpassword",
    "s3cr3t",
    "s3cret",
    "secret",
    "secret1",
    "secret123",
    "secretkey",
    "secretpassword",
    "super-secret",
    "super_secret",
    "supersecret",
    "supersecretkey",
    "superuser",
    "sup3rs3cr3t",
    "test123",
    "test1234",
    "toor",
    "trustno1",
    "user123",
    "vagrant",
    "verysecret",
    "very-secret",
    "welcome",
    "welcome1",
    "welcome123",
    "zaq12wsx",
];

/// Values that say that there is none, or how one is to be had.
const NOT_ONE: &[&str] = &[
    "always",
    "anonymous",
    "any",
    "ask",
    "auto",
    "basic",
    "bearer",
    "bool",
    "boolean",
    "bytes",
    "char",
    "client_credentials",
    "cookie",
    "credentials",
    "default",
    "deny",
    "digest",
    "disable",
    "disabled",
    "dummy",
    "empty",
    "enable",
    "enabled",
    "env",
    "environment",
    "error",
    "expired",
    "external",
    "false",
    "file",
    "forgot",
    "get",
    "header",
    "hidden",
    "id",
    "ignore",
    "input",
    "int",
    "invalid",
    "jwt",
    "key",
    "keyring",
    "ldap",
    "local",
    "login",
    "managed",
    "md5",
    "missing",
    "never",
    "no",
    "none",
    "not",
    "null",
    "object",
    "off",
    "on",
    "optional",
    "pass",
    "password",
    "passwd",
    "passphrase",
    "plain",
    "plaintext",
    "post",
    "prompt",
    "provided",
    "pwd",
    "query",
    "redacted",
    "removed",
    "required",
    "reset",
    "sample",
    "scram",
    "session",
    "set",
    "sha1",
    "sha256",
    "ssh_key",
    "stdin",
    "str",
    "string",
    "text",
    "todo",
    "token",
    "true",
    "undefined",
    "unknown",
    "unset",
    "unused",
    "user",
    "username",
    "valid",
    "value",
    "xxx",
    "yes",
];

/// How much a string looks like a credential. What names, formats, paths and prose look like does not.
pub(crate) fn plausibility(value: &str) -> Plausibility {
    let length = value.len();
    if !(3..=512).contains(&length) || !value.is_ascii() {
        // Other alphabets are prose far more often.
        return Plausibility::Implausible;
    }
    let lower = value.to_ascii_lowercase();
    if NOT_ONE.contains(&lower.as_str()) {
        return Plausibility::Implausible;
    }
    if KNOWN_WEAK.contains(&lower.as_str()) {
        return Plausibility::KnownWeak;
    }
    if value.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) || is_placeholder(value, &lower) {
        return Plausibility::Implausible;
    }
    let upper = value.bytes().any(|b| b.is_ascii_uppercase());
    let small = value.bytes().any(|b| b.is_ascii_lowercase());
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let symbol = value.bytes().any(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'-' | b'.' | b'/' | b':'));
    if !upper && !small && !digit {
        return Plausibility::Implausible;
    }
    let speaks_of_credentials =
        ["passw", "passphrase", "pwd", "token", "secret", "credential"].iter().any(|w| lower.contains(w));
    if speaks_of_credentials && !(digit && (symbol || length >= 9)) {
        return Plausibility::Implausible;
    }
    let classes = [upper, small, digit, symbol].into_iter().filter(|class| *class).count();
    if is_identifier_like(value) && !digit {
        // `usable_password`, `X-Auth-Token`, `DEFAULT`; `Im_a_lumberjack` mixes its cases.
        let mixed = upper && small && value.contains('_') && !is_title_words(value);
        return if mixed {
            Plausibility::KnownWeak
        } else if value.bytes().all(|b| b.is_ascii_alphabetic()) && length >= 4 {
            Plausibility::Word
        } else {
            Plausibility::Implausible
        };
    }
    if (classes >= 3 && length >= 6)
        || (digit && (upper || small) && length >= 8 && distinct(value) >= 6)
        || (symbol && classes >= 2 && length >= 8)
    {
        return Plausibility::Strong;
    }
    if digit && (upper || small) && length >= 5 { Plausibility::Word } else { Plausibility::Implausible }
}

/// Whether a value is long and mixed enough to be a token that a machine made.
pub(crate) fn is_machine_made(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= 16
        && digits >= 3
        && letters >= 3
        && distinct(value) >= 10
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=' | b'.' | b':'))
        && plausibility(value) == Plausibility::Strong
        && !value.split(['_', '-', '.', '/', ':']).all(|part| {
            part.len() < 3 || part.bytes().all(|b| b.is_ascii_alphabetic()) || part.bytes().all(|b| b.is_ascii_digit())
        })
}

fn distinct(value: &str) -> u32 {
    let seen = value.bytes().filter(u8::is_ascii).fold(0_u128, |seen, byte| seen | 1 << byte);
    seen.count_ones()
}

fn is_placeholder(value: &str, lower: &str) -> bool {
    let first = value.as_bytes().first().copied().unwrap_or_default();
    let last = value.as_bytes().last().copied().unwrap_or_default();
    matches!(
        first,
        b'/' | b'.' | b'$' | b'<' | b'{' | b'[' | b'^' | b'#' | b'%' | b'(' | b'-' | b'~' | b'*' | b',' | b'&' | b'?'
    ) || matches!(last, b':' | b'/' | b'=' if last != b'=' || !value.contains(|c: char| c.is_ascii_digit()))
        || ["://", "%s", "%(", "{}", "${", "{{", "<", "\\", "(?", "[", "..", "::"]
            .iter()
            .any(|piece| value.contains(piece))
        || (value.contains('{') && value.contains('}'))
        || (value.contains('/') && !value.bytes().any(|b| b.is_ascii_digit()))
        || [
            "your",
            "xxxx",
            "example",
            "placeholder",
            "****",
            "redacted",
            "insert",
            "replace",
            "fixme",
            "todo",
            "dummy",
            "my-",
            "foobar",
        ]
        .iter()
        .any(|word| lower.contains(word))
        || value.bytes().all(|b| b == first)
        || value.bytes().filter(|b| *b == b':').count() > 1
        || is_dotted_name(value)
        || is_address(value)
}

/// `somebody@example.org`
fn is_address(value: &str) -> bool {
    value.split_once('@').is_some_and(|(name, host)| {
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        plain(name)
            && plain(host)
            && host
                .rsplit_once('.')
                .is_some_and(|(_, top)| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()))
    })
}

/// `package.module.Name`
fn is_dotted_name(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|part| {
            part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
        && value.bytes().filter(u8::is_ascii_digit).count() < 3
}

fn is_identifier_like(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'/'))
}

/// `Access_Token`, `X_Auth`: words that each start with a capital.
fn is_title_words(value: &str) -> bool {
    value.split(['_', '-', '.', ':', '/']).all(|word| {
        let mut bytes = word.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_uppercase()) && bytes.all(|b| b.is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_ruff_and_bandit_look_for() {
        for name in [
            "password",
            "DB_PASSWORD",
            "pass",
            "passwd",
            "my_pwd",
            "pass_fsck",
            "SECRET_KEY",
            "secrete",
            "passssword",
            "token_type",
        ] {
            assert!(is_password_name(name), "{name}");
        }
        for name in ["passport", "dbpassword", "passwords", "compass", "tokens", "paword", "api_key", ""] {
            assert!(!is_password_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_speak_about_credentials_hold_none() {
        use CredentialKind::{Password, Secret, SigningKey, Token};
        let cases = [
            ("password", Some(Password)),
            ("dbPassword", Some(Password)),
            ("MYSQL_PASS", Some(Password)),
            ("SECRET_KEY", Some(SigningKey)),
            ("JWT_SECRET_KEY", Some(SigningKey)),
            ("client_secret", Some(Secret)),
            ("api_key", Some(Token)),
            ("auth_token", Some(Token)),
            ("password_field_name", None),
            ("AUTH_TOKEN_HEADER", None),
            ("update_password", None),
            ("_REQUEST_SCOPE_TOKEN_KEY", None),
            ("KRB5_PASSWORD_ENV", None),
            ("pass_fsck", None),
            ("compass", None),
        ];
        for (name, kind) in cases {
            assert_eq!(credential_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn values_are_judged_by_what_they_look_like() {
        use Plausibility::{Implausible, KnownWeak, Strong, Word};
        let cases = [
            ("hunter2", KnownWeak),
            ("Admin123", KnownWeak),
            ("s3cr3t", KnownWeak),
            ("Tr0ub4dor&3", Strong),
            ("correct-horse-42-battery", Strong),
            ("kJ8!xq2Lw", Strong),
            ("Im_a_lumberjack", KnownWeak),
            ("infoblox", Word),
            ("password", Implausible),
            ("usable_password", Implausible),
            ("NOT_LOGGING_PASSWORD", Implausible),
            ("XXX-REDACTED-XXX", Implausible),
            ("CSRF token missing.", Implausible),
            ("%(password)s", Implausible),
            ("PASSWORD(%(password)s)", Implausible),
            ("${DB_PASSWORD}", Implausible),
            ("https://example.com/token2", Implausible),
            ("django.contrib.auth.hashers.MD5PasswordHasher", Implausible),
            ("set-password", Implausible),
            ("X-Auth-Token", Implausible),
            ("always", Implausible),
            ("*", Implausible),
            ("Password:", Implausible),
            ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", Implausible),
            ("twisted@twistedmatrix.com", Implausible),
        ];
        for (value, expected) in cases {
            assert_eq!(plausibility(value), expected, "{value}");
        }
    }

    #[test]
    fn tokens_have_to_look_made_by_a_machine() {
        assert!(is_machine_made("8f42a73cd1b94e6fa2d0c5e7b9134f60"));
        assert!(is_machine_made("ya29.a0AfH6SMBx3k9Qw71LmZtR"));
        assert!(!is_machine_made("_password_reset_token"));
        assert!(!is_machine_made("urn:ietf:params:oauth:token-type:access_token"));
        assert!(!is_machine_made("sqlalchemy-2-0-relationship"));
    }
}
