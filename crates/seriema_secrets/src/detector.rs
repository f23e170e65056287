//! Detectors: what secrets of which provider look like, as data.

use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use seriema_finding::Severity;

use crate::checksum::Checksum;
use crate::keywords::{Hit, Keywords, Runs};
use crate::names::WORDS;
use crate::raw::{File, Kept, Raw};
use crate::{expand, scan};

/// The files in `detectors/`, packed.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/detectors.bin"));

/// Most memory that one regex may take, in bytes.
const MAX_REGEX: usize = 4 << 20;
/// Most memory of what a regex remembers while it runs, in bytes.
const MAX_CACHE: usize = 4 << 20;

/// Shortest keyword.
const MIN_KEYWORD: usize = 2;

/// A malformed detector file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectorError {
    /// The file.
    pub file: String,
    /// The one-based line; 1 when the whole file is meant.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for DetectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for DetectorError {}

/// Who a secret lets in, and what to do when it got out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// How to revoke and rotate.
    pub revoke: String,
    /// Where.
    pub url: Option<String>,
}

/// What a secret looks like.
#[derive(Debug)]
pub struct Detector {
    /// Its slug.
    pub id: String,
    /// Other tools' ids for it.
    pub aliases: Vec<String>,
    /// What it finds.
    pub name: String,
    /// How bad it is when it got out.
    pub severity: Severity,
    /// Whose it is.
    pub provider: Arc<Provider>,
    /// One of these stands in every text that it finds something in, in lower case.
    pub keywords: Vec<String>,
    /// Whether it says who somebody is, but lets nobody in by itself.
    pub is_id: bool,
    /// Whether it is for what stands in the password's place of a URL.
    pub is_url_password: bool,
    /// Least entropy, in bits a character.
    pub entropy: Option<f64>,
    /// What no secret contains, in lower case.
    pub stop: Vec<String>,
    /// Texts in which it finds something; placeholders as in [`crate::expand`].
    pub examples: Vec<String>,
    /// Texts in which it finds nothing.
    pub counterexamples: Vec<String>,
    /// Whether the value has a format of its own, or is told by its name alone.
    pub is_named: bool,
    /// Whether it finds nothing where there is no run.
    pub(crate) needs_run: bool,
    checksum: Option<Checksum>,
    pattern: String,
    near: Option<String>,
    paths: Option<String>,
    compiled: OnceLock<Option<Regex>>,
    compiled_near: OnceLock<Option<Regex>>,
    compiled_paths: OnceLock<Option<Regex>>,
}

impl Detector {
    fn new(raw: Raw, needs_run: bool, provider: &Arc<Provider>) -> Result<Self, String> {
        let severity = match raw.severity.as_str() {
            "critical" => Severity::Critical,
            "high" => Severity::High,
            "medium" => Severity::Medium,
            "low" => Severity::Low,
            other => return Err(format!("`{other}` is no severity; there are critical, high, medium, low")),
        };
        if raw.keywords.is_empty() {
            return Err(format!("`{}` has no keyword", raw.id));
        }
        if let Some(short) = raw.keywords.iter().find(|keyword| keyword.len() < MIN_KEYWORD) {
            return Err(format!("the keyword `{short}` is shorter than {MIN_KEYWORD} characters"));
        }
        let unknown = |name: &str| format!("`{name}` is no checksum that is known");
        let checksum = raw.checksum.map(|name| Checksum::named(&name).ok_or_else(|| unknown(&name))).transpose()?;
        let is_named = raw.regex.is_none();
        let pattern = match (raw.regex, raw.names, raw.value) {
            (Some(regex), None, None) => regex,
            (None, Some(names), Some(value)) => named(&names, &value, raw.case),
            _ => return Err(format!("`{}` has either `regex`, or `names` and `value`", raw.id)),
        };
        Ok(Self {
            id: raw.id,
            aliases: raw.aliases,
            name: raw.name,
            severity,
            provider: Arc::clone(provider),
            keywords: raw.keywords.iter().map(|keyword| keyword.to_lowercase()).collect(),
            is_id: raw.client_id,
            is_url_password: raw.url_password,
            entropy: raw.entropy,
            stop: raw.stop,
            examples: raw.examples,
            counterexamples: raw.counterexamples,
            is_named,
            needs_run,
            checksum,
            pattern,
            near: raw.near,
            paths: raw.paths,
            compiled: OnceLock::new(),
            compiled_near: OnceLock::new(),
            compiled_paths: OnceLock::new(),
        })
    }

    /// Whether the checksum in a value holds; nothing when its format has none that is known.
    #[must_use]
    pub fn checksum(&self, value: &str) -> Option<bool> {
        self.checksum?.holds(value)
    }

    /// Its regex.
    ///
    /// # Errors
    /// When it does not compile: why.
    pub fn check(&self) -> Result<(), String> {
        for pattern in [Some(&self.pattern), self.near.as_ref(), self.paths.as_ref()].into_iter().flatten() {
            compile(pattern).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }

    /// Whether what has to stand around it does.
    pub(crate) fn is_near(&self, before: &str, after: &str) -> bool {
        let Some(pattern) = &self.near else { return true };
        let regex = self.compiled_near.get_or_init(|| compile(&format!("(?i){pattern}")).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(before.as_bytes()) || regex.is_match(after.as_bytes()))
    }

    /// Whether it is for files of this path.
    pub(crate) fn is_for(&self, path: &str) -> bool {
        let Some(pattern) = &self.paths else { return true };
        let regex = self.compiled_paths.get_or_init(|| compile(pattern).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(path.as_bytes()))
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(MAX_REGEX).dfa_size_limit(MAX_CACHE).multi_line(true).unicode(false).build()
}

/// What may stand behind a name and in front of its value, case-insensitive: `NAME_token = "`, `"name": `, `name: str = "`,
/// `getenv("NAME", "`, `NAME = SecretStr("`, `"X-Name": "Bearer `, `name key `, `name: NAME` with `value: ` on the next line,
/// `Name(api_key="`, `https://name.com/path?key=`.
const BETWEEN: &str = r#"[\w \t.\-]{0,28}["'\]`)]{0,3}\s{0,3}(?:(?:(?:=>|\|\||[:?.]{1,3}=|=|:\s?[a-z_][\w.\[\], |]{0,24}=|[:>])\s*|,[ \t]*)(?:[a-z_][\w.]*\(\s*)?(?:default\s?=\s?)?(?:\\?["'`]|[bruf]{1,2}["']|[=(\s]){0,5}(?:(?:bearer|basic|token|apikey)\s{1,3})?|,?\s*["']?value["']?\s{0,3}[:=]\s{0,3}["'`]?|[\s.\-=:]?(?:secret|private|access|key|token|auth|pass)[\s.\-:=]{1,3}|\(\s*(?:[a-z_]+=)?["']|[\s.\-]{1,3}["'`]?|[\w.\-/]*[?&][\w\-]*=)"#;

/// What ends a value. What a colon follows, is a key.
const BEHIND: &str = r#"(?:["'`](?:[^:]|$)|[\s;,)&<\\\]}]|\.\s|$)"#;

/// The regex of a value that is told by its name.
fn named(names: &str, value: &str, case: bool) -> String {
    let flag = if case { "-i" } else { "i" };
    format!("(?i:(?:{names}){BETWEEN})(?{flag}:({value})){BEHIND}")
}

/// All detectors, with their keywords and the words that say what values are.
#[derive(Debug)]
pub struct Detectors {
    all: Vec<Detector>,
    keywords: Keywords,
    /// By keyword: whose it is.
    owners: Vec<Owners>,
    /// Tells the ones that come with the program from those with others.
    name: u64,
}

/// Whose a keyword is.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// Detectors, by their number.
    pub(crate) detectors: Vec<u32>,
    /// The word of names, by its number in [`WORDS`].
    pub(crate) word: Option<u32>,
}

static EMBEDDED_DETECTORS: LazyLock<Arc<Detectors>> = LazyLock::new(|| {
    // The tests hold that the embedded ones are well-formed.
    Arc::new(Detectors::read(&[]).unwrap_or_else(|error| unreachable!("{error}")))
});

impl Detectors {
    /// Those that come with the program.
    #[must_use]
    pub fn embedded() -> &'static Arc<Self> {
        &EMBEDDED_DETECTORS
    }

    /// Those that come with the program, and others: file name and text.
    ///
    /// # Errors
    /// When a file is malformed: which, where and why.
    pub fn read(own: &[(String, String)]) -> Result<Self, DetectorError> {
        let mut all = Vec::new();
        let mut ids = FxHashSet::default();
        let packed = |message: String| DetectorError { file: "the program's own".to_owned(), line: 1, message };
        let kept: Vec<Kept> = postcard::from_bytes(EMBEDDED).map_err(|error| packed(error.to_string()))?;
        for file in kept {
            let provider = Arc::new(Provider { name: file.provider, revoke: file.revoke, url: file.url });
            for (raw, needs_run) in file.detectors {
                all.push(Detector::new(raw, needs_run, &provider).map_err(packed)?);
            }
        }
        ids.extend(all.iter().map(|detector| detector.id.clone()));
        let known = all.len();
        let mut places = Vec::new();
        for (name, text) in own {
            let lines = parse(name, text, &mut all, &mut ids)?;
            places.extend(lines.into_iter().map(|line| (name, line)));
        }
        let detectors = Self::of(all, own);
        for (detector, (file, line)) in detectors.all[known..].iter().zip(places) {
            let wrong = |message: String| DetectorError { file: file.clone(), line, message };
            detector.check().map_err(wrong)?;
            detectors.try_examples(detector).map_err(wrong)?;
        }
        Ok(detectors)
    }

    /// Whether a detector finds its examples, and nothing in what it says are none.
    fn try_examples(&self, detector: &Detector) -> Result<(), String> {
        let found = |text: &str| scan(self, "example", &expand(text));
        if let Some(missed) = detector.examples.iter().find(|text| found(text).is_empty()) {
            return Err(format!("`{}` does not find its example `{missed}`", detector.id));
        }
        let is_found = |text: &&String| found(text).iter().any(|secret| secret.detector == detector.id);
        match detector.counterexamples.iter().find(is_found) {
            Some(found) => Err(format!("`{}` finds its counterexample `{found}`", detector.id)),
            None => Ok(()),
        }
    }

    /// Those of files alone, with their examples: file name and text.
    ///
    /// # Errors
    /// When a file is malformed: which, where and why.
    pub fn parse(files: &[(String, String)]) -> Result<Self, DetectorError> {
        let mut all = Vec::new();
        let mut ids = FxHashSet::default();
        for (name, text) in files {
            parse(name, text, &mut all, &mut ids)?;
        }
        Ok(Self::of(all, files))
    }

    fn of(all: Vec<Detector>, files: &[(String, String)]) -> Self {
        let mut owners: Vec<Owners> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let mut number_of = |word, owners: &mut Vec<Owners>| {
            *numbers.entry(word).or_insert_with(|| {
                words.push(word);
                owners.push(Owners::default());
                owners.len() - 1
            })
        };
        for (number, detector) in (0_u32..).zip(&all) {
            for keyword in &detector.keywords {
                let at = number_of(keyword, &mut owners);
                owners[at].detectors.push(number);
            }
        }
        for (number, (word, _)) in (0_u32..).zip(WORDS) {
            let at = number_of(word, &mut owners);
            owners[at].word = Some(number);
        }
        let keywords = Keywords::new(words.into_iter(), |number| owners[number].word.is_some());
        Self { all, keywords, owners, name: FxBuildHasher.hash_one(files) }
    }

    /// Whether one of them has this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.all.iter().any(|detector| detector.id == id)
    }

    /// A number that changes with the files that were read beside the program's own.
    #[must_use]
    pub fn name(&self) -> u64 {
        self.name
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Detector] {
        &self.all
    }

    /// Where keywords stand in a text, and whose they are.
    pub(crate) fn keywords_in<'d>(
        &'d self,
        text: &str,
        runs: &Runs,
    ) -> impl Iterator<Item = (Hit, &'d Owners)> + use<'d> {
        self.keywords.find(text.as_bytes(), runs).into_iter().map(|hit| (hit, &self.owners[hit.word as usize]))
    }
}

/// Adds the detectors of a file; gives the line that each begins on.
fn parse(
    name: &str,
    text: &str,
    all: &mut Vec<Detector>,
    ids: &mut FxHashSet<String>,
) -> Result<Vec<u32>, DetectorError> {
    let mut lines = Vec::new();
    let at = |offset: usize, message: String| DetectorError {
        file: name.to_owned(),
        line: u32::try_from(text[..offset.min(text.len())].matches('\n').count() + 1).unwrap_or(u32::MAX),
        message,
    };
    let file: File = toml::from_str(text)
        .map_err(|error| at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let provider = Arc::new(Provider { name: file.provider, revoke: file.revoke, url: file.url });
    for raw in file.detector {
        let start = raw.span().start;
        let raw = raw.into_inner();
        let needs_run = raw.needs_run();
        let detector = Detector::new(raw, needs_run, &provider).map_err(|message| at(start, message))?;
        if !ids.insert(detector.id.clone()) {
            return Err(at(start, format!("there is another detector `{}`", detector.id)));
        }
        lines.push(at(start, String::new()).line);
        all.push(detector);
    }
    Ok(lines)
}
