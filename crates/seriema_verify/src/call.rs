//! From a candidate to requests.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use crate::outcome::Reason;
use crate::sigv4::Signer;
use crate::template::{Values, percent, percent_path};
use crate::verifier::{Body, Candidate, Method, Verifier};

/// Longest secret that is sent, in bytes.
const MAX_SECRET: usize = 4096;

/// A request, whole. It holds the secret, so it cannot be shown.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) host: String,
    /// Path and query, as they are sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Verifier {
    /// Whether a candidate has the forms that can be asked about.
    ///
    /// # Errors
    /// When it does not: why. Nothing is sent then.
    pub fn accepts(&self, candidate: Candidate<'_>) -> Result<(), Reason> {
        self.values(candidate).map(drop)
    }

    /// What stands for the placeholders.
    fn values<'c>(&'c self, candidate: Candidate<'c>) -> Result<Values<'c>, Reason> {
        if !is_sendable(candidate.secret) {
            return Err(Reason::Form);
        }
        let groups = self.secret.captures(candidate.secret).ok_or(Reason::Form)?;
        let mut values = Values::from([("secret", candidate.secret)]);
        for name in self.secret.capture_names().flatten() {
            values.insert(name, groups.name(name).ok_or(Reason::Form)?.as_str());
        }
        if let Some(partner) = &self.partner {
            let value = candidate.partner.ok_or(Reason::NoPartner)?;
            if !is_sendable(value) || !partner.form.is_match(value) {
                return Err(Reason::PartnerForm);
            }
            values.insert("partner", value);
        }
        Ok(values)
    }

    /// The requests of a candidate: one for each address.
    pub(crate) fn calls(&self, candidate: Candidate<'_>, time: Timestamp) -> Result<Vec<Call>, Reason> {
        let values = self.values(candidate)?;
        self.filled(&values, time).ok_or(Reason::Form)
    }

    /// None where a value would change what stands around it.
    fn filled(&self, values: &Values<'_>, time: Timestamp) -> Option<Vec<Call>> {
        let same = str::to_owned;
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push((name.clone(), value.fill(values, same)?));
        }
        if let Some((user, password)) = &self.basic {
            let (user, password) = (user.fill(values, same)?, password.fill(values, same)?);
            if user.contains(':') {
                return None;
            }
            let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
            headers.push(("authorization".to_owned(), format!("Basic {encoded}")));
        }
        let body = match &self.body {
            Body::None => String::new(),
            Body::Json(json) => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                json.clone()
            }
            Body::Form(fields) => {
                headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
                let fields = fields
                    .iter()
                    .map(|(name, value)| Some(format!("{}={}", percent(name), value.fill(values, percent)?)));
                fields.collect::<Option<Vec<_>>>()?.join("&")
            }
        };
        let mut calls = Vec::new();
        for url in &self.urls {
            let host = url.host.fill(values, same)?;
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if url.host.names().any(|name| values.get(name).is_none_or(|value| !value.bytes().all(is_name))) {
                return None;
            }
            let mut target = url.path.fill(values, percent_path)?;
            if let Some(query) = &url.query {
                target.push('?');
                target.push_str(&query.fill(values, percent)?);
            }
            let mut headers = headers.clone();
            if self.is_signed {
                let signer = Signer {
                    key_id: values.get("partner")?,
                    secret: values.get("secret")?,
                    region: "us-east-1",
                    service: "sts",
                };
                let content = [("content-type", "application/x-www-form-urlencoded")];
                let signed = signer.sign(self.method.name(), &host, &content, body.as_bytes(), time);
                headers.push(("x-amz-date".to_owned(), signed.date));
                headers.push(("authorization".to_owned(), signed.authorization));
            }
            calls.push(Call { method: self.method, host, target, headers, body: body.clone().into_bytes() });
        }
        Some(calls)
    }
}

/// Whether a value is of characters that secrets are made of: no space, no control, nothing beyond ASCII.
fn is_sendable(value: &str) -> bool {
    (1..=MAX_SECRET).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
}
