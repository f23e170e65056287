//! Verifiers: whom to ask about which secret, as data.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::answer::{FactRule, Rule};
use crate::schema::File;
use crate::template::Template;

/// A malformed verifier file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierError {
    /// The file.
    pub file: String,
    /// The one-based line; that of the verifier's head when all of it is meant.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for VerifierError {}

/// What is asked about: a secret, and the other half where secrets come in pairs.
#[derive(Clone, Copy)]
pub struct Candidate<'c> {
    /// The secret as it was found, without quotes.
    pub secret: &'c str,
    /// What one of the verifier's [`Partner::detectors`] found beside it.
    pub partner: Option<&'c str>,
}

/// Shows nothing: a candidate is a secret.
impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").finish_non_exhaustive()
    }
}

/// The other half of a pair.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The detectors that find it.
    pub detectors: Vec<String>,
    /// What it looks like, as in `seriema_secrets::expand`; for tests.
    pub sample: String,
    pub(crate) form: Regex,
}

/// An answer of the provider, and how it is to be read. Verifiers come with some, and tests hold that they are read so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its headers, as far as they matter.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
    /// `active`, `inactive` or `unknown`.
    pub outcome: String,
    /// The facts that are shown, by name.
    pub facts: BTreeMap<String, String>,
}

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Where a call goes: always HTTPS, always the usual port.
#[derive(Clone, Debug)]
pub(crate) struct Url {
    pub(crate) host: Template,
    pub(crate) path: Template,
    pub(crate) query: Option<Template>,
    pub(crate) text: String,
}

/// What a call sends.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Form(Vec<(String, Template)>),
    Json(String),
}

/// Whom to ask about a kind of secret, what to send, and how to read the answer.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub(crate) provider: String,
    pub(crate) source: String,
    pub(crate) detectors: Vec<String>,
    pub(crate) method: Method,
    pub(crate) urls: Vec<Url>,
    pub(crate) headers: Vec<(String, Template)>,
    pub(crate) basic: Option<(Template, Template)>,
    pub(crate) body: Body,
    pub(crate) is_signed: bool,
    pub(crate) secret: Regex,
    pub(crate) partner: Option<Partner>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) facts: Vec<FactRule>,
    pub(crate) sample: String,
    pub(crate) examples: Vec<Example>,
}

impl Verifier {
    /// Who is asked.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Where the provider describes the call.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whose finds it is for.
    #[must_use]
    pub fn detectors(&self) -> &[String] {
        &self.detectors
    }

    /// What else it needs, where secrets come in pairs.
    #[must_use]
    pub fn partner(&self) -> Option<&Partner> {
        self.partner.as_ref()
    }

    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method.name()
    }

    /// Where it asks, with placeholders. Where there are several, one after the other until one knows the secret.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.urls.iter().map(|url| url.text.as_str())
    }

    /// The names of the facts that may be shown.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().map(|fact| fact.name.as_str())
    }

    /// What its secrets look like, as in `seriema_secrets::expand`; for tests.
    #[must_use]
    pub fn sample(&self) -> &str {
        &self.sample
    }

    /// Answers, and how they are to be read.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }
}

/// All verifiers.
#[derive(Clone, Debug)]
pub struct Verifiers {
    all: Vec<Verifier>,
    /// By detector: the number of its verifier.
    by_detector: BTreeMap<String, usize>,
}

static EMBEDDED_VERIFIERS: LazyLock<Verifiers> = LazyLock::new(|| {
    // The tests hold that the embedded ones are well-formed.
    Verifiers::read(crate::EMBEDDED).unwrap_or_else(|error| unreachable!("{error}"))
});

impl Verifiers {
    /// Those that come with the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED_VERIFIERS
    }

    /// Reads verifier files: name and text. A verifier says where secrets are sent, so never one of an audited project.
    ///
    /// # Errors
    /// When a file is malformed: which, where and why.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, VerifierError> {
        let mut all = Vec::new();
        let mut by_detector = BTreeMap::new();
        for (name, text) in files {
            let at = |offset: usize, message: String| VerifierError {
                file: (*name).to_owned(),
                line: u32::try_from(text[..offset.min(text.len())].matches('\n').count() + 1).unwrap_or(u32::MAX),
                message,
            };
            let file: File = toml::from_str(text)
                .map_err(|error| at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
            for raw in file.verifier {
                let start = raw.span().start;
                let verifier = Verifier::new(raw.into_inner(), &file.provider, &file.source)
                    .map_err(|message| at(start, message))?;
                for detector in &verifier.detectors {
                    if by_detector.insert(detector.clone(), all.len()).is_some() {
                        return Err(at(start, format!("there is another verifier for `{detector}`")));
                    }
                }
                all.push(verifier);
            }
        }
        Ok(Self { all, by_detector })
    }

    /// All of them, by provider.
    #[must_use]
    pub fn all(&self) -> &[Verifier] {
        &self.all
    }

    /// The one for what this detector finds.
    #[must_use]
    pub fn for_detector(&self, id: &str) -> Option<&Verifier> {
        self.by_detector.get(id).and_then(|number| self.all.get(*number))
    }
}
