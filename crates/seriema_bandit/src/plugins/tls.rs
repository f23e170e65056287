//! Connections: B113, B501 to B504 and B507.

use seriema_program::ast::{Expr, StmtFunctionDef};

use super::{Call, Context, Verdict};
use crate::issue::{Draft, Level};
use crate::literal::{Literal, Raised};

const BROKEN_CRYPTO: i64 = 327;
const CERTIFICATE: i64 = 295;

const VERBS: &[&str] = &["get", "options", "head", "post", "put", "patch", "delete"];
const HTTPX: &[&str] = &["request", "stream", "Client", "AsyncClient"];

fn is_requests(call: &Call<'_, '_>) -> bool {
    call.first_part() == "requests" && VERBS.contains(&call.name)
}

fn is_httpx(call: &Call<'_, '_>) -> bool {
    call.first_part() == "httpx" && (VERBS.contains(&call.name) || HTTPX.contains(&call.name))
}

/// B501
pub(super) fn no_verification(call: &Call<'_, '_>) -> Verdict {
    if !(is_requests(call) || is_httpx(call)) || call.keyword_is("verify", &["False"])? != Some(true) {
        return Ok(None);
    }
    let library = call.first_part();
    let text = format!("Call to {library} with verify=False disabling SSL certificate checks, security issue.");
    Ok(Some(Draft::new(Level::High, Level::High, CERTIFICATE, text).on(call.line_of_keyword("verify"))))
}

/// B113
pub(super) fn no_timeout(call: &Call<'_, '_>) -> Verdict {
    let draft = |text: String| Ok(Some(Draft::new(Level::Medium, Level::Low, 400, text)));
    let library = call.first_part();
    // What is neither literal nor name counts as not given.
    if is_requests(call) && matches!(call.keyword_value("timeout")?, Literal::Unknown) {
        return draft(format!("Call to {library} without timeout"));
    }
    if (is_requests(call) || is_httpx(call)) && call.keyword_is("timeout", &["None"])? == Some(true) {
        return draft(format!("Call to {library} with timeout set to None"));
    }
    Ok(None)
}

/// B502
pub(super) fn bad_version(call: &Call<'_, '_>) -> Verdict {
    let versions = call.context.tests.settings.bad_protocol_versions.as_ref().map_err(Clone::clone)?;
    let is_bad = |name: &str| -> Result<bool, Raised> {
        Ok(call.keyword_value(name)?.as_str().is_some_and(|version| versions.equals_any(version)))
    };
    let high = |name: &str, text: &'static str| {
        Draft::new(Level::High, Level::High, BROKEN_CRYPTO, text).on(call.line_of_keyword(name))
    };
    match call.qualname {
        "ssl.wrap_socket" => Ok(is_bad("ssl_version")?.then(|| {
            let text = "ssl.wrap_socket call with insecure SSL/TLS protocol version identified, security issue.";
            high("ssl_version", text)
        })),
        "pyOpenSSL.SSL.Context" => Ok(is_bad("method")?.then(|| {
            high("method", "SSL.Context call with insecure SSL/TLS protocol version identified, security issue.")
        })),
        _ => {
            if !is_bad("method")? && !is_bad("ssl_version")? {
                return Ok(None);
            }
            let line = call.line_of_keyword("method").or_else(|| call.line_of_keyword("ssl_version"));
            let text = "Function call with insecure SSL/TLS protocol identified, possible security issue.";
            Ok(Some(Draft::new(Level::Medium, Level::Medium, BROKEN_CRYPTO, text).on(line)))
        }
    }
}

/// B503
pub(super) fn bad_default(context: Context<'_, '_>, function: &StmtFunctionDef) -> Verdict {
    let versions = context.tests.settings.bad_protocol_versions.as_ref().map_err(Clone::clone)?;
    let parameters = function.parameters.posonlyargs.iter().chain(&function.parameters.args);
    let is_bad = |default: &Expr| {
        let name = match default {
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        versions.contains(name)
    };
    if !parameters.filter_map(|parameter| parameter.default()).any(is_bad) {
        return Ok(None);
    }
    let text = "Function definition identified with insecure SSL/TLS protocol version by default, possible security \
                issue.";
    Ok(Some(Draft::new(Level::Medium, Level::Medium, BROKEN_CRYPTO, text)))
}

/// B504
pub(super) fn no_version(call: &Call<'_, '_>) -> Verdict {
    if call.qualname != "ssl.wrap_socket" || !matches!(call.keyword_value("ssl_version")?, Literal::Unknown) {
        return Ok(None);
    }
    let text = "ssl.wrap_socket call with no SSL/TLS protocol version specified, the default SSLv23 could be insecure, \
                possible security issue.";
    Ok(Some(Draft::new(Level::Low, Level::Medium, BROKEN_CRYPTO, text).on(call.line_of_keyword("ssl_version"))))
}

/// B507
pub(super) fn host_key(call: &Call<'_, '_>) -> Verdict {
    let policy = match call.args().first() {
        Some(Expr::Call(policy)) => Some(&*policy.func),
        other => other,
    };
    let name = match policy {
        Some(Expr::Attribute(attribute)) => attribute.attr.as_str(),
        Some(Expr::Name(name)) => name.id.as_str(),
        _ => "",
    };
    if !matches!(name, "AutoAddPolicy" | "WarningPolicy") {
        return Ok(None);
    }
    let text = "Paramiko call with policy set to automatically trust the unknown host key.";
    let line = call.line_of_keyword("set_missing_host_key_policy");
    Ok(Some(Draft::new(Level::High, Level::Medium, CERTIFICATE, text).on(line)))
}
