//! The pattern rules: one file a rule in `rules/`, beside the page that is its specification and its test.
//!
//! A rule declares itself with [`declare_rule!`], says in `register` which nodes it wants to see, and reports through
//! the [`Checker`]. All rules see a file in one walk. Adding one: write `rules/<slug>.rs` and `rules/<slug>.md`, run
//! `cargo xtask generate`.

mod check;
mod checker;
mod hooks;
mod registry;
mod shared;

pub use check::{Checked, check_file};
pub use checker::{Call, Checker, RawEdit, RawFinding, RawFix};
pub use hooks::Hooks;
pub use registry::RULES;

use seriema_finding::Rule;

/// The rules that have no check here: the flow engine reports them, and their pages are tested with it.
pub const FLOW_RULES: &[&str] = &[
    "argument-injection",
    "cross-site-scripting",
    "exception-disclosure",
    "header-injection",
    "insecure-cookie",
    "insecure-direct-object-reference",
    "ldap-injection",
    "log-injection",
    "login-without-throttling",
    "missing-authentication",
    "open-redirect",
    "path-traversal",
    "server-side-request-forgery",
    "template-injection",
    "trust-boundary-violation",
    "xpath-injection",
];

/// The rules of secrets in texts of all kinds, which have no check here either.
pub const SECRET_RULES: &[&str] = &["leaked-credential", "password-in-url", "plaintext-secret"];

/// The rules of packages and their versions, which have no check here either.
pub const DEPENDENCY_RULES: &[&str] = &[
    "dependency-confusion",
    "insecure-package-index",
    "install-time-code",
    "malicious-dependency",
    "typosquatted-dependency",
    "unhashed-requirements",
    "unpinned-dependency",
    "unpinned-source",
    "vulnerable-dependency",
    "vulnerable-version-allowed",
];

/// The rule of a slug.
#[must_use]
pub fn rule(slug: &str) -> Option<&'static Rule> {
    RULES.binary_search_by_key(&slug, |rule| rule.slug).ok().map(|index| RULES[index])
}

/// The rules that a selector (slug, code or prefix, CWE, family) names.
pub fn select(selector: &str) -> impl Iterator<Item = &'static Rule> + '_ {
    RULES.iter().copied().filter(move |rule| rule.matches(selector))
}

/// Declares a rule's identity: `pub(crate) static RULE`, whose page is the markdown file of the same name.
#[macro_export]
macro_rules! declare_rule {
    (
        slug: $slug:literal,
        family: $family:ident,
        severity: $severity:ident,
        confidence: $confidence:ident,
        cwe: [$($cwe:literal),+ $(,)?],
        aliases: [$($alias:literal),* $(,)?] $(,)?
    ) => {
        /// The rule's identity and documentation.
        pub(crate) static RULE: seriema_finding::Rule = seriema_finding::Rule {
            slug: $slug,
            family: seriema_finding::Family::$family,
            severity: seriema_finding::Severity::$severity,
            confidence: seriema_finding::Confidence::$confidence,
            cwe: &[$(seriema_finding::Cwe($cwe)),+],
            aliases: &[$($alias),*],
            page: include_str!(concat!($slug, ".md")),
        };
    };
}
