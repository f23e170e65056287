//! What a value is for, as its name tells.

/// What a name says it holds or makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Chosen by a person, and so guessable: passwords, PINs, card and social security numbers.
    Password,
    /// Whoever knows it is let in: session ids, reset codes, CSRF and API tokens.
    Token,
    /// What encrypts or signs.
    Key,
    /// Proof that a message was not changed.
    Signature,
    /// Need not be secret, but must not repeat or be foreseen: salts, nonces, initialization vectors.
    Salt,
}

/// What follows or precedes the secret's name when the thing is *about* the secret, not the secret: `token_count`,
/// `password_file`, `mask_token`.
const ABOUT: &[&str] = &[
    "age",
    "attempts",
    "backend",
    "class",
    "config",
    "count",
    "counter",
    "delay",
    "dir",
    "directory",
    "enabled",
    "endpoint",
    "error",
    "errors",
    "exists",
    "expires",
    "expiration",
    "expiry",
    "field",
    "fields",
    "file",
    "filename",
    "folder",
    "form",
    "format",
    "help",
    "hint",
    "ids",
    "idx",
    "index",
    "interval",
    "kind",
    "label",
    "len",
    "length",
    "limit",
    "lock",
    "lockfile",
    "manager",
    "mask",
    "masked",
    "max",
    "message",
    "min",
    "name",
    "names",
    "path",
    "placeholder",
    "policy",
    "prob",
    "probability",
    "prompt",
    "rate",
    "ratio",
    "required",
    "settings",
    "size",
    "status",
    "table",
    "template",
    "test",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "version",
    "view",
    "vocab",
    "weight",
    "width",
];

/// Names of what identifies content without protecting it.
const LOOKUP: &[&str] = &[
    "avatar",
    "bucket",
    "cache",
    "cached",
    "checksum",
    "color",
    "colour",
    "dedup",
    "dedupe",
    "duplicate",
    "etag",
    "fingerprint",
    "gravatar",
    "hibp",
    "integrity",
    "leaked",
    "partition",
    "pawned",
    "pwned",
    "shard",
    "thumbnail",
    "thumbprint",
    "breach",
    "breached",
    "filename",
    "lock",
    "lockfile",
    "slug",
];

/// The words of an identifier, in lower case: `resetToken`, `RESET_TOKEN` and `reset-token` are `reset`, `token`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = name.chars().peekable();
    let mut before = '_';
    while let Some(c) = chars.next() {
        let hump = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || (before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase())));
        if (hump || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What a name says its value is for; none for names that say nothing, and for those about a secret (`token_count`).
pub(crate) fn purpose(name: &str) -> Option<Purpose> {
    purpose_of_words(&words(name))
}

pub(crate) fn purpose_of_words(words: &[String]) -> Option<Purpose> {
    if words.iter().any(|word| ABOUT.contains(&word.as_str())) {
        return None;
    }
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let after = |first: &[&str], second: &str| {
        words.windows(2).any(|pair| first.contains(&pair[0].as_str()) && pair[1] == second)
    };
    words.iter().find_map(|word| purpose_of_word(word)).or_else(|| {
        let key_owner = &[
            "api",
            "secret",
            "private",
            "encryption",
            "encrypt",
            "crypto",
            "signing",
            "sign",
            "master",
            "aes",
            "hmac",
            "fernet",
            "cipher",
            "jwt",
        ];
        let entry = &["session", "sess", "activation", "reset", "confirmation", "confirm", "auth", "access", "login"];
        let code_owner = &[
            "verification",
            "verify",
            "confirmation",
            "confirm",
            "auth",
            "authentication",
            "reset",
            "sms",
            "invite",
            "invitation",
            "activation",
            "access",
            "security",
            "recovery",
            "backup",
            "login",
            "mfa",
            "2fa",
            "tfa",
            "factor",
            "voucher",
            "coupon",
            "pin",
        ];
        if after(key_owner, "key") {
            return Some(Purpose::Key);
        }
        if after(entry, "key") || after(code_owner, "code") || after(&["session", "sess"], "id") {
            return Some(Purpose::Token);
        }
        if after(&["credit", "debit", "payment"], "card")
            || after(&["card"], "number")
            || after(&["social"], "security")
        {
            return Some(Purpose::Password);
        }
        if after(&["initialization"], "vector") || has(&["iv"]) {
            return Some(Purpose::Salt);
        }
        if after(&["user", "raw", "plain", "db", "login", "my", "new", "old", "admin"], "pass")
            || matches!(words, [only] if only == "pass")
        {
            return Some(Purpose::Password);
        }
        None
    })
}

fn purpose_of_word(word: &str) -> Option<Purpose> {
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| word.ends_with(suffix));
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| word.starts_with(prefix));
    if starts(&["password", "passwd", "passphrase", "passcode", "pincode"])
        || ends(&["password", "passwd", "passphrase", "passwort", "userpass"])
        || matches!(word, "pwd" | "pw" | "psw" | "pswd" | "pswrd" | "passwrd" | "ssn" | "pin" | "credentials" | "cvv")
    {
        return Some(Purpose::Password);
    }
    if matches!(word, "apikey" | "secretkey" | "privatekey" | "secret" | "appsecret" | "clientsecret") {
        return Some(Purpose::Key);
    }
    if ends(&["token", "otp"]) && word != "antitoken"
        || matches!(
            word,
            "csrf"
                | "xsrf"
                | "totp"
                | "hotp"
                | "sessionid"
                | "sessid"
                | "sessionkey"
                | "sid"
                | "jwt"
                | "authkey"
                | "otp"
        )
    {
        return Some(Purpose::Token);
    }
    match word {
        "signature" | "hmac" => Some(Purpose::Signature),
        "salt" | "nonce" => Some(Purpose::Salt),
        _ => None,
    }
}

/// Whether a name says that its value finds or compares content, and protects nothing: `cache_key`, `etag`.
pub(crate) fn is_lookup(name: &str) -> bool {
    words(name).iter().any(|word| LOOKUP.contains(&word.as_str()))
}

/// Whether a function of this name makes what its name says (`generate_token`, `new_password`, `otp`), rather than
/// using it (`mask_token`, `reset_password`).
pub(crate) fn makes(name: &str) -> Option<Purpose> {
    const MAKERS: &[&str] = &[
        "build",
        "create",
        "factory",
        "gen",
        "generate",
        "generated",
        "generator",
        "get",
        "issue",
        "make",
        "mint",
        "new",
        "next",
        "produce",
        "rand",
        "random",
        "rnd",
        "secure",
    ];
    const THINGS: &[&str] = &[
        "access",
        "activation",
        "api",
        "auth",
        "confirmation",
        "csrf",
        "initial",
        "invite",
        "otp",
        "private",
        "secret",
        "session",
        "signing",
        "temp",
        "temporary",
        "verification",
        "xsrf",
    ];
    let words = words(name);
    if let [maker, key] = words.as_slice()
        && key == "key"
        && MAKERS.contains(&maker.as_str())
        && maker != "get"
    {
        return Some(Purpose::Key);
    }
    let found = purpose_of_words(&words)?;
    let maker = words.iter().any(|word| MAKERS.contains(&word.as_str()));
    // `otp()`, `api_key()`: named after what they return.
    let thing = match words.as_slice() {
        [_] => true,
        [first, _] => THINGS.contains(&first.as_str()),
        _ => false,
    };
    (maker || thing).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_into_words() {
        for name in ["resetToken", "RESET_TOKEN", "reset-token", "ResetToken", "_reset__token"] {
            assert_eq!(words(name), ["reset", "token"], "{name}");
        }
        assert_eq!(words("parseHTTPToken2fa"), ["parse", "http", "token2fa"]);
    }

    #[test]
    fn names_tell_what_is_protected() {
        assert_eq!(purpose("user_password"), Some(Purpose::Password));
        assert_eq!(purpose("csrfToken"), Some(Purpose::Token));
        assert_eq!(purpose("SESSION_ID"), Some(Purpose::Token));
        assert_eq!(purpose("api_key"), Some(Purpose::Key));
        assert_eq!(purpose("verification_code"), Some(Purpose::Token));
        for about in ["token_count", "password_file", "tokens", "tokenizer", "key", "cache_key", "bypass", "num_pass"] {
            assert_eq!(purpose(about), None, "{about}");
        }
    }

    #[test]
    fn functions_that_use_a_secret_do_not_make_it() {
        assert_eq!(makes("generate_token"), Some(Purpose::Token));
        assert_eq!(makes("random_password"), Some(Purpose::Password));
        assert_eq!(makes("otp"), Some(Purpose::Token));
        assert_eq!(makes("random_key"), Some(Purpose::Key));
        assert_eq!(makes("get_key"), None);
        assert_eq!(makes("mask_token"), None);
        assert_eq!(makes("refresh_token"), None);
    }
}
