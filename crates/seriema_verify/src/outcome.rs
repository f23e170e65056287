//! What came out of asking.

use std::fmt;

/// What a provider says of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it lets somebody in.
    pub status: Status,
    /// The host whose answer this is; none when nobody was asked.
    pub asked: Option<String>,
    /// Harmless facts of the answer, name and text, in the order of the data: whose it is, what it may do.
    pub facts: Vec<(String, String)>,
}

impl Outcome {
    pub(crate) fn unknown(reason: Reason) -> Self {
        Self { status: Status::Unknown(reason), asked: None, facts: Vec::new() }
    }
}

/// Whether a secret lets somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The provider accepted it, if only to say that it may not do this.
    Active,
    /// The provider does not know it, or not any more.
    Inactive,
    /// It cannot be told.
    Unknown(Reason),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Inactive => f.write_str("inactive"),
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
        }
    }
}

/// Why it cannot be told. Nothing of the secret or of the answer is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The call needs the other half of a pair, and it was not given.
    NoPartner,
    /// The secret has another form than those of the provider; it was not sent.
    Form,
    /// The other half of the pair has another form than those of the provider; nothing was sent.
    PartnerForm,
    /// The run has made as many requests as it may; the number.
    Limit(usize),
    /// Earlier requests of this run to the host failed, or it answered 429; it is not asked again.
    Stopped,
    /// The host answered 429.
    TooMany,
    /// The answer leads elsewhere and was not followed; its status.
    Redirect(u16),
    /// The answer has this status, and says nothing of the secret.
    Unclear(u16),
    /// What the data says of such an answer.
    Says(String),
    /// There was no whole answer in time.
    Timeout,
    /// The host has no address.
    NoHost,
    /// The host's address is private, local or reserved; it was not connected to.
    NotPublic,
    /// There was no connection, or it broke.
    NotConnected,
    /// The host could not prove who it is.
    Tls,
    /// The proxy of the environment did not let the request through.
    Proxy,
    /// The answer is not HTTP.
    Malformed,
    /// The request could not be made.
    Request,
}

impl Reason {
    /// Whether the way to the host is what fails, so that the next request is likely to fail, too.
    pub(crate) fn is_of_network(&self) -> bool {
        matches!(self, Self::Timeout | Self::NoHost | Self::NotPublic | Self::NotConnected | Self::Tls | Self::Proxy)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPartner => f.write_str("the other half of the pair is not known"),
            Self::Form => f.write_str("it does not have the provider's form and was not sent"),
            Self::PartnerForm => {
                f.write_str("the other half of the pair does not have the form that can be asked about")
            }
            Self::Limit(number) => write!(f, "not asked: the run has made its {number} requests"),
            Self::Stopped => f.write_str("not asked: earlier requests to the host failed"),
            Self::TooMany => f.write_str("the host asks for fewer requests"),
            Self::Redirect(status) => write!(f, "the answer leads elsewhere (status {status})"),
            Self::Unclear(status) => write!(f, "the answer says nothing of it (status {status})"),
            Self::Says(text) => f.write_str(text),
            Self::Timeout => f.write_str("no answer in time"),
            Self::NoHost => f.write_str("the host has no address"),
            Self::NotPublic => f.write_str("the host's address is not a public one"),
            Self::NotConnected => f.write_str("no connection"),
            Self::Tls => f.write_str("the host could not prove who it is"),
            Self::Proxy => f.write_str("the proxy did not let the request through"),
            Self::Malformed => f.write_str("the answer is not HTTP"),
            Self::Request => f.write_str("the request could not be made"),
        }
    }
}
