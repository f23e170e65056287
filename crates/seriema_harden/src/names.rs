//! Names and values of variables that hold secrets.

/// Words that a secret's name ends in.
const WORDS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "secret_key",
    "private_key",
    "credentials",
    "passphrase",
    "auth_key",
    "encryption_key",
];

/// Values that are no secrets, whatever their names.
const PLAIN: [&str; 9] = ["true", "false", "yes", "no", "none", "null", "0", "1", "~"];

/// Whether a variable of this name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    WORDS.iter().any(|word| {
        name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_') || word.len() >= 5)
    })
}

/// Whether a value is written down, rather than taken from elsewhere when it is needed.
pub(crate) fn is_literal(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !value.contains('$')
        && !value.contains("{{")
        && !value.starts_with(['/', '<'])
        && !PLAIN.iter().any(|plain| value.eq_ignore_ascii_case(plain))
}

/// Whether the name of an image is of a moving version: no tag, or `latest`. Nothing when a variable decides.
pub(crate) fn is_moving(image: &str) -> Option<bool> {
    if image.contains("@sha256:") {
        return Some(false);
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    match tag {
        Some(tag) if tag.contains('$') => None,
        Some(tag) => Some(tag == "latest"),
        None if image.contains('$') => None,
        None => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_by_their_ends() {
        assert!(
            ["DB_PASSWORD", "SECRET_KEY", "githubToken", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"]
                .map(is_secret)
                .iter()
                .all(|is| *is)
        );
        assert!(!["PASSWORD_FILE", "TOKEN_URL", "CWD", "KEY", "PATH"].map(is_secret).iter().any(|is| *is));
    }

    #[test]
    fn tags_may_move() {
        assert_eq!(is_moving("python"), Some(true));
        assert_eq!(is_moving("registry:5000/python"), Some(true));
        assert_eq!(is_moving("python:3.12-slim"), Some(false));
        assert_eq!(is_moving("python@sha256:00"), Some(false));
        assert_eq!(is_moving("python:${VERSION}"), None);
    }
}
