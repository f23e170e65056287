//! The form of a verifier file.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Who is asked.
    pub(crate) provider: String,
    /// Where the call and its answers are described.
    pub(crate) source: String,
    pub(crate) verifier: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    /// Whose finds it is for.
    pub(crate) detectors: Vec<String>,
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) url: OneOrMore<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// User name and password of HTTP's own authentication.
    #[serde(default)]
    pub(crate) basic: Option<(String, String)>,
    /// Fields of a form that is sent.
    #[serde(default)]
    pub(crate) form: Option<BTreeMap<String, String>>,
    /// JSON that is sent as it is.
    #[serde(default)]
    pub(crate) json: Option<String>,
    #[serde(default)]
    pub(crate) signature: Option<String>,
    /// The form of the secret, as a regex of the whole. Its named groups are placeholders, too.
    pub(crate) secret: String,
    #[serde(default)]
    pub(crate) partner: Option<RawPartner>,
    pub(crate) answers: Vec<RawAnswer>,
    #[serde(default)]
    pub(crate) facts: Vec<RawFact>,
    /// What such a secret looks like, for tests: `ghp_<0-9A-Za-z:36>`.
    pub(crate) sample: String,
    #[serde(default)]
    pub(crate) example: Vec<RawExample>,
}

fn get() -> String {
    "GET".to_owned()
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// The other half of a pair.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPartner {
    pub(crate) detectors: Vec<String>,
    /// Its form, as a regex of the whole.
    pub(crate) form: String,
    pub(crate) sample: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAnswer {
    pub(crate) status: OneOrMore<u16>,
    /// A regex that the body has somewhere.
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// A field that the body has.
    #[serde(default)]
    pub(crate) json: Option<String>,
    /// The value of that field.
    #[serde(default)]
    pub(crate) is: Option<toml::Value>,
    pub(crate) outcome: String,
    /// Why it cannot be told.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFact {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) json: Option<String>,
    #[serde(default)]
    pub(crate) header: Option<String>,
}

/// An answer, and how it is to be read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExample {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) outcome: String,
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
}
