//! Logins that may be tried as often as somebody likes.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ir::{Expr, FileIr};

use super::{LogicFinding, Program, title, words};
use crate::inventory::{Entry, GuardKind};

/// Packages that count requests, by the name they are imported under.
const LIBRARIES: &[&str] = &[
    "aiolimiter",
    "axes",
    "brutebuster",
    "defender",
    "django_ratelimit",
    "fastapi_limiter",
    "flask_limiter",
    "limits",
    "pyrate_limiter",
    "ratelimit",
    "sanic_limiter",
    "slowapi",
    "starlette_limiter",
];

/// Calls that say whether a password is the right one.
const CHECKS: &[&str] = &[
    "acheck_password",
    "aauthenticate",
    "authenticate",
    "check_password",
    "check_password_hash",
    "checkpw",
    "compare_digest",
    "verify",
    "verify_and_update",
    "verify_hash",
    "verify_password",
];

/// Calls and names of code that counts what failed.
const COUNTS: &[&str] = &["attempt", "blocked", "failed", "failure", "limit", "lockout", "locked", "throttl", "tries"];

/// Reports the first login of a program that nothing counts the attempts of.
pub(super) fn missing(program: &Program<'_>, files: &[FileIr]) -> Option<LogicFinding> {
    let logins: Vec<&Entry> = program.entries.iter().copied().filter(|entry| checks_password(program, entry)).collect();
    let is_counted = |entry: &&Entry| entry.guards.iter().any(|guard| guard.kind == GuardKind::Throttle);
    if logins.is_empty() || logins.iter().any(is_counted) || files.iter().any(imports_library) {
        return None;
    }
    let first = logins.into_iter().min_by_key(|entry| (!words::is_login(entry), entry.location.clone()))?;
    Some(LogicFinding {
        rule: "login-without-throttling",
        place: first.location.clone(),
        function: program.function(first),
        severity: Severity::Low,
        confidence: Confidence::Medium,
        persona: Persona::Regular,
        message: format!("passwords may be tried at `{}` as often and as fast as somebody likes", title(first)),
        related: Vec::new(),
    })
}

/// Whether somebody logs in there with a password, and nothing there counts how often.
fn checks_password(program: &Program<'_>, entry: &Entry) -> bool {
    if !words::is_login(entry) || !entry.methods.iter().any(|method| method == "POST") {
        return false;
    }
    let names = program.names(entry);
    let counts = |name: &&str| COUNTS.iter().any(|count| name.contains(count));
    !names.iter().any(counts) && names.iter().any(|name| CHECKS.contains(name) || name.contains("password"))
}

fn imports_library(file: &FileIr) -> bool {
    file.exprs.iter().any(|expr| match expr {
        Expr::Module(module) | Expr::Member(module, _) => {
            LIBRARIES.contains(&module.as_str().split('.').next().unwrap_or_default())
        }
        _ => false,
    })
}
