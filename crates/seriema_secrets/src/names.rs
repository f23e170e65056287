//! What names say of their values: a password, a key, or something about one.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashSet;

/// What a name says its value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Password,
    /// A key or token: machines make these.
    Key,
}

/// Parts of names that say what their values are.
pub(crate) const WORDS: &[(&str, Kind)] = &[
    ("password", Kind::Password),
    ("passwd", Kind::Password),
    ("passphrase", Kind::Password),
    ("passcode", Kind::Password),
    ("pwd", Kind::Password),
    ("_pass", Kind::Password),
    // Not a part of names, but one: with what stands behind it.
    ("pass=", Kind::Password),
    ("pass:", Kind::Password),
    ("pass\"", Kind::Password),
    ("pass'", Kind::Password),
    ("pass_", Kind::Password),
    ("dbpass", Kind::Password),
    ("kennwort", Kind::Password),
    ("secret", Kind::Key),
    ("token", Kind::Key),
    ("api_key", Kind::Key),
    ("apikey", Kind::Key),
    ("api-key", Kind::Key),
    ("access_key", Kind::Key),
    ("accesskey", Kind::Key),
    ("access-key", Kind::Key),
    ("account_key", Kind::Key),
    ("accountkey", Kind::Key),
    ("auth_key", Kind::Key),
    ("authkey", Kind::Key),
    ("private_key", Kind::Key),
    ("privatekey", Kind::Key),
    ("encryption_key", Kind::Key),
    ("signing_key", Kind::Key),
    ("fernet", Kind::Key),
    ("credential", Kind::Key),
    ("client_secret", Kind::Key),
    ("license_key", Kind::Key),
    ("master_key", Kind::Key),
    ("aes_key", Kind::Key),
    ("hmac_key", Kind::Key),
    ("jwt_key", Kind::Key),
    ("session_key", Kind::Key),
    ("webhook_key", Kind::Key),
    ("app_key", Kind::Key),
    ("_key", Kind::Key),
    (AUTHORIZATION, Kind::Key),
];

/// The header's name.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// Ends of names that speak about a secret instead of holding one.
const ABOUT: &[&str] = &[
    "_file",
    "_path",
    "_name",
    "_url",
    "_uri",
    "_id",
    "_type",
    "_field",
    "_length",
    "_len",
    "_size",
    "_hash",
    "_hasher",
    "_regex",
    "_pattern",
    "_policy",
    "_min",
    "_max",
    "_expiry",
    "_expires",
    "_ttl",
    "_timeout",
    "_lifetime",
    "_label",
    "_help",
    "_hint",
    "_prompt",
    "_error",
    "_message",
    "_format",
    "_header",
    "_prefix",
    "_suffix",
    "_env",
    "_var",
    "_arn",
    "_ref",
    "_version",
    "_count",
    "_limit",
    "_validator",
    "_validators",
    "_column",
    "_param",
    "_attr",
    "_template",
    "_dir",
    "_endpoint",
    "_algorithm",
    "_alg",
    "_strategy",
    "_mechanism",
    "_method",
    "_mode",
    "_mgr",
    "_kind",
    "_source",
    "_backend",
    "_class",
    "_store",
    "_manager",
    "_provider",
    "_scope",
    "_placeholder",
    "_title",
    "_description",
    "_change",
    "_reset",
    "_confirm",
    "_required",
    "_location",
    "_index",
    "_used",
    "_updated",
    "_created",
    "_changed",
    "_date",
    "_time",
    "_at",
    "_usage",
];

/// Parts of names of keys and tokens that are none of anybody's.
const NO_SECRETS: &[&str] = &[
    "primary_key",
    "foreign_key",
    "public",
    "cache_key",
    "sort_key",
    "partition_key",
    "bucket_key",
    "row_key",
    "kms_key",
    "unique_key",
    "index_key",
    "translation_key",
    "shard_key",
    "dict_key",
    "group_key",
    "csrf",
    "dummy",
    "fake_",
    "mock_",
    "example_",
    "authenticity",
    "xsrf",
    "page_token",
    "next_token",
    "tokenizer",
    "token_type",
    "pad_token",
    "eos_token",
    "bos_token",
    "unk_token",
    "mask_token",
    "sep_token",
    "cls_token",
    "special_token",
    "object_key",
    "column_key",
    "lookup_key",
    "natural_key",
    "keyword",
    "idempotency",
    "hashed",
    "_tokens",
    "result_key",
    "output_token",
    "input_token",
    "continuation",
    "client_token",
    "request_token",
    "change_token",
    "purchase_token",
    "map_key",
    "attr_key",
    "buffer_key",
    "passthrough",
    "pass_through",
    "encrypted",
];

/// `clientSecret`, `client-secret` as `client_secret`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push('_');
        }
        out.push(if c == '-' || c == '.' { '_' } else { c.to_ascii_lowercase() });
        before = c;
    }
    out
}

/// Whether a name speaks about a secret instead of holding one, or is of a key that is none of anybody's.
pub(crate) fn is_about(name: &str) -> bool {
    let lower = snake(name);
    let last = lower.rfind('_').map_or("", |at| &lower[at..]);
    ABOUT_SET.contains(last) || OF_NOBODY.is_match(&lower)
}

static ABOUT_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| ABOUT.iter().copied().collect());

static OF_NOBODY: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(NO_SECRETS).unwrap_or_else(|error| unreachable!("a list of words makes an automaton: {error}"))
});
