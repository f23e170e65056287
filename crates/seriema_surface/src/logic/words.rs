//! What names say of a way in.

use crate::inventory::Entry;

/// Words of ways in that are there for those who are not logged in, or that know who asks by other means: a signature, a
/// token in the link.
const OPEN: &[&str] = &[
    "activate",
    "activation",
    "anonymous",
    "assets",
    "auth",
    "authenticate",
    "authentication",
    "authorize",
    "callback",
    "captcha",
    "challenge",
    "confirm",
    "confirmation",
    "contact",
    "csp",
    "csrf",
    "docs",
    "favicon",
    "feedback",
    "forgot",
    "guest",
    "health",
    "healthcheck",
    "healthz",
    "hook",
    "hooks",
    "invitation",
    "invitations",
    "invite",
    "ipn",
    "language",
    "locale",
    "logged",
    "login",
    "logon",
    "logout",
    "lost",
    "magic",
    "manifest",
    "metrics",
    "newsletter",
    "oauth",
    "oauth2",
    "oidc",
    "onboarding",
    "openid",
    "otp",
    "password",
    "ping",
    "public",
    "recover",
    "recovery",
    "refresh",
    "register",
    "registration",
    "reset",
    "saml",
    "session",
    "sessions",
    "setup",
    "signin",
    "signout",
    "signup",
    "slack",
    "static",
    "sso",
    "stripe",
    "subscribe",
    "subscription",
    "telegram",
    "theme",
    "token",
    "tokens",
    "twilio",
    "unsubscribe",
    "verification",
    "verify",
    "webhook",
    "webhooks",
];

/// Words of ways in where somebody logs in.
const LOGIN: &[&str] = &["authenticate", "login", "logon", "signin", "token", "tokens"];

/// Words of those that only look so.
const NO_LOGIN: &[&str] = &["callback", "logout", "oauth", "refresh", "revoke", "verify"];

/// Words of ways in that take something away, whatever their method.
const DESTRUCTIVE: &[&str] = &["clear", "delete", "destroy", "drop", "purge", "remove", "wipe"];

/// The words of a name or path, in lower case: `createUser`, `/log-in/{next}`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for ch in text.chars() {
        if !ch.is_alphanumeric() || (ch.is_uppercase() && was_lower) {
            words.push(std::mem::take(&mut word));
        }
        if ch.is_alphanumeric() {
            word.extend(ch.to_lowercase());
        }
        was_lower = ch.is_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    // `log-in`, `sign_up`
    let joined: Vec<String> =
        words.windows(2).filter(|pair| matches!(pair[0].as_str(), "log" | "sign")).map(|pair| pair.concat()).collect();
    words.extend(joined);
    words
}

/// The words of a way in: those of its path, parameters aside, and of the function or class that answers.
fn of(entry: &Entry) -> Vec<String> {
    let constant = entry.path.split('/').filter(|part| !part.contains('{'));
    let mut all: Vec<String> = constant.flat_map(words).collect();
    all.extend(words(entry.handler.rsplit('.').next().unwrap_or_default()));
    all
}

fn has(all: &[String], some: &[&str]) -> bool {
    all.iter().any(|word| some.contains(&word.as_str()))
}

/// Whether a name has one of some words.
pub(super) fn any(name: &str, some: &[&str]) -> bool {
    has(&words(name), some)
}

/// Whether it is for everybody, by its name.
pub(super) fn is_open(entry: &Entry) -> bool {
    has(&of(entry), OPEN)
}

/// Whether something is taken away there, by its name.
pub(super) fn is_destructive(entry: &Entry) -> bool {
    has(&of(entry), DESTRUCTIVE)
}

/// Whether somebody logs in there, by its name.
pub(super) fn is_login(entry: &Entry) -> bool {
    let all = of(entry);
    has(&all, LOGIN) && !has(&all, NO_LOGIN)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_found_in_every_spelling() {
        assert_eq!(words("createUser"), ["create", "user"]);
        assert_eq!(words("log-in"), ["log", "in", "login"]);
        assert_eq!(words("SignUpView"), ["sign", "up", "view", "signup"]);
        assert_eq!(words("/api/v1/"), ["api", "v1"]);
        assert!(words("").is_empty());
    }
}
