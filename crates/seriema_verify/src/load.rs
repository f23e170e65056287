//! From the form of a file to a verifier, with every check that can be made before a secret is at hand.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use crate::answer::{FactRule, Path, Place, Rule};
use crate::outcome::{Reason, Status};
use crate::schema::{Raw, RawAnswer, RawExample, RawFact, RawPartner};
use crate::template::Template;
use crate::verifier::{Body, Example, Method, Partner, Url, Verifier};

/// Most memory that one regex may take, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// Headers that belong to the client.
const OWN_HEADERS: &[&str] = &["connection", "content-length", "content-type", "host", "transfer-encoding"];

impl Verifier {
    pub(crate) fn new(raw: Raw, provider: &str, source: &str) -> Result<Self, String> {
        if raw.detectors.is_empty() {
            return Err("it is for no detector".to_owned());
        }
        let method = match raw.method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            other => return Err(format!("`{other}` is no method of a call that reads; there are GET and POST")),
        };
        let urls = raw.url.into_vec().into_iter().map(url).collect::<Result<Vec<_>, _>>()?;
        if urls.is_empty() {
            return Err("it has no address".to_owned());
        }
        let mut headers = Vec::new();
        for (name, value) in &raw.headers {
            headers.push(header(name, value)?);
        }
        let basic = match &raw.basic {
            Some(_) if headers.iter().any(|(name, _)| name == "authorization") => {
                return Err("it has `basic` and an Authorization header".to_owned());
            }
            Some((user, password)) => Some((Template::parse(user)?, Template::parse(password)?)),
            None => None,
        };
        let body = match (raw.form, raw.json) {
            (Some(_), Some(_)) => return Err("it has `form` and `json`".to_owned()),
            (Some(_), None) | (None, Some(_)) if method == Method::Get => return Err("a GET has no body".to_owned()),
            (Some(form), None) => {
                let fields = form.iter().map(|(name, value)| Ok((name.clone(), Template::parse(value)?)));
                Body::Form(fields.collect::<Result<Vec<_>, String>>()?)
            }
            (None, Some(json)) => {
                serde_json::from_str::<serde_json::Value>(&json).map_err(|error| format!("`json`: {error}"))?;
                Body::Json(json)
            }
            (None, None) => Body::None,
        };
        let is_signed = match raw.signature.as_deref() {
            None => false,
            Some("aws-sts") => true,
            Some(other) => return Err(format!("`{other}` is no signature that is known; there is aws-sts")),
        };
        let verifier = Self {
            provider: provider.to_owned(),
            source: source.to_owned(),
            detectors: raw.detectors,
            method,
            urls,
            headers,
            basic,
            body,
            is_signed,
            secret: whole(&raw.secret)?,
            partner: raw.partner.map(partner).transpose()?,
            rules: raw.answers.into_iter().map(rule).collect::<Result<_, _>>()?,
            facts: raw.facts.into_iter().map(fact).collect::<Result<_, _>>()?,
            sample: raw.sample,
            examples: raw.example.into_iter().map(example).collect::<Result<_, _>>()?,
        };
        verifier.check_placeholders()?;
        if verifier.rules.iter().all(|rule| rule.status != Status::Active) {
            return Err("no answer makes a secret active".to_owned());
        }
        Ok(verifier)
    }

    /// Every placeholder has a value, and the secret is used.
    fn check_placeholders(&self) -> Result<(), String> {
        let mut known: BTreeSet<&str> = self.secret.capture_names().flatten().collect();
        if known.contains("secret") || known.contains("partner") {
            return Err("a group of `secret` has a name that is taken".to_owned());
        }
        known.insert("secret");
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for url in &self.urls {
            used.extend(url.host.names().chain(url.path.names()));
            used.extend(url.query.iter().flat_map(Template::names));
        }
        used.extend(self.headers.iter().flat_map(|(_, value)| value.names()));
        used.extend(self.basic.iter().flat_map(|(user, password)| user.names().chain(password.names())));
        if let Body::Form(fields) = &self.body {
            used.extend(fields.iter().flat_map(|(_, value)| value.names()));
        }
        if self.is_signed {
            used.extend(["secret", "partner"]);
            let is_root = self.urls.iter().all(|url| url.path.constant() == Some("/") && url.query.is_none());
            if !is_root || self.basic.is_some() || !matches!(self.body, Body::Form(_)) {
                return Err("what is signed is a form that is posted to `/`".to_owned());
            }
        }
        if used.contains("partner") != self.partner.is_some() {
            return Err("`{partner}` is used if and only if there is a partner".to_owned());
        }
        if !used.iter().any(|name| known.contains(name)) {
            return Err("it does not send the secret".to_owned());
        }
        match used.iter().find(|name| **name != "partner" && !known.contains(*name)) {
            Some(name) => Err(format!("`{{{name}}}` is no placeholder here; `secret` has no group of this name")),
            None => Ok(()),
        }
    }
}

/// A regex of the whole text.
fn whole(pattern: &str) -> Result<Regex, String> {
    regex(&format!(r"\A(?:{pattern})\z"))
}

fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_REGEX)
        .dfa_size_limit(MAX_REGEX)
        .build()
        .map_err(|error| error.to_string())
}

fn partner(raw: RawPartner) -> Result<Partner, String> {
    if raw.detectors.is_empty() {
        return Err("no detector finds the partner".to_owned());
    }
    Ok(Partner { detectors: raw.detectors, sample: raw.sample, form: whole(&raw.form)? })
}

/// `https://host/path?query`. The host is a constant name, or one with a placeholder as its first label: whatever the
/// secret is, the request stays with the provider.
fn url(text: String) -> Result<Url, String> {
    let wrong = |why: &str| format!("`{text}`: {why}");
    let rest = text.strip_prefix("https://").ok_or_else(|| wrong("an address begins with https://"))?;
    let (host, after) = rest.find('/').map(|at| rest.split_at(at)).ok_or_else(|| wrong("an address has a path"))?;
    let (path, query) = match after.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (after, None),
    };
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('#') {
        return Err(wrong("it has characters that no address has"));
    }
    let fixed = match host.strip_prefix('{') {
        Some(after) => after.split_once("}.").map(|(_, fixed)| fixed).ok_or_else(|| wrong("its host is not fixed"))?,
        None => host,
    };
    let labels: Vec<&str> = fixed.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_name = labels.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_lowercase()));
    if labels.len() < 2 || !labels.iter().all(is_label) || !is_name {
        return Err(wrong("its host is no name of the internet"));
    }
    Ok(Url {
        host: Template::parse(host)?,
        path: Template::parse(path)?,
        query: query.map(Template::parse).transpose()?,
        text,
    })
}

fn header(name: &str, value: &str) -> Result<(String, Template), String> {
    let lower = name.to_ascii_lowercase();
    if lower.is_empty() || !lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(format!("`{name}` is no name of a header"));
    }
    if OWN_HEADERS.contains(&lower.as_str()) {
        return Err(format!("`{name}` is not for the file to say"));
    }
    if !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(format!("the header `{name}` has characters that no header has"));
    }
    Ok((lower, Template::parse(value)?))
}

fn status(outcome: &str, reason: Option<String>) -> Result<Status, String> {
    match (outcome, reason) {
        ("active", None) => Ok(Status::Active),
        ("inactive", None) => Ok(Status::Inactive),
        ("unknown", Some(reason)) => Ok(Status::Unknown(Reason::Says(reason))),
        ("unknown", None) => Err("an outcome that is unknown needs its reason".to_owned()),
        ("active" | "inactive", Some(_)) => Err("only an outcome that is unknown has a reason".to_owned()),
        (other, _) => Err(format!("`{other}` is no outcome; there are active, inactive, unknown")),
    }
}

fn rule(raw: RawAnswer) -> Result<Rule, String> {
    let codes = raw.status.into_vec();
    // A redirect, a server that is busy and one that is broken say nothing of a secret, whatever a file says.
    if codes.is_empty() || codes.iter().any(|code| !matches!(code, 200..=299 | 400..=428 | 430..=499)) {
        return Err("an answer has statuses from 200 to 299 and from 400 to 499 without 429".to_owned());
    }
    let json = match (raw.json, raw.is) {
        (None, None) => None,
        (None, Some(_)) => return Err("`is` without `json`".to_owned()),
        (Some(path), value) => {
            let value =
                value.map(|value| serde_json::to_value(value).map_err(|error| error.to_string())).transpose()?;
            Some((Path::parse(&path)?, value))
        }
    };
    let body = raw.body.as_deref().map(regex).transpose()?;
    Ok(Rule { codes, body, json, status: status(&raw.outcome, raw.reason)? })
}

fn fact(raw: RawFact) -> Result<FactRule, String> {
    let place = match (raw.json, raw.header) {
        (Some(path), None) => Place::Json(Path::parse(&path)?),
        (None, Some(header)) => Place::Header(header.to_ascii_lowercase()),
        _ => return Err(format!("the fact `{}` has either `json` or `header`", raw.name)),
    };
    Ok(FactRule { name: raw.name, place })
}

fn example(raw: RawExample) -> Result<Example, String> {
    // Its reason, where it is unknown, is that of the rule.
    status(&raw.outcome, (raw.outcome == "unknown").then(String::new))?;
    Ok(Example { status: raw.status, headers: raw.headers, body: raw.body, outcome: raw.outcome, facts: raw.facts })
}
