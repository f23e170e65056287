//! Modules whose import tells an auditor where to look.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{Expr, Stmt};
use seriema_program::text_size::Ranged;

use crate::shared::ast_search::is_written_by_import;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "risky-import",
    family: SupplyChain,
    severity: Low,
    confidence: High,
    cwe: [1104, 676],
    aliases: [
        "B401", "S401", "B402", "S402", "B403", "S403", "B404", "S404", "B405", "S405", "B406", "S406", "B407", "S407",
        "B408", "S408", "B409", "S409", "B411", "S411", "B412", "S412", "B413", "S413", "B415", "S415",
    ],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_import(check);
    hooks.on_call(&["__import__", "import_module"], check_dynamic);
    hooks.on_call(&["CGIHandler", "CGIScript", "CGIDirectory"], check_httpoxy);
}

/// A module, or a member of one, that is worth a look.
struct Risky {
    /// Bandit also takes what lies below it.
    path: &'static str,
    /// Bandit's code and ruff's.
    both: &'static [&'static str],
    bandit: &'static [&'static str],
    severity: Severity,
    cwe: u16,
    why: &'static str,
}

macro_rules! risky {
    ($($path:literal, $bandit:literal, $ruff:literal, $severity:ident, $cwe:literal, $why:expr;)+) => {
        &[$(Risky {
            path: $path,
            both: &[$bandit, $ruff],
            bandit: &[$bandit],
            severity: Severity::$severity,
            cwe: $cwe,
            why: $why,
        }),+]
    };
}

const OBJECTS: &str = "builds any object that its data names";
const COMMANDS: &str = "starts programs";
const XML: &str = "expands the entities of the XML that it parses";
const CGI: &str = "lets a request's `Proxy` header set `HTTP_PROXY`";
const PYCRYPTO: &str = "is unmaintained since 2013 when it comes from PyCrypto";

const RISKY: &[Risky] = risky! {
    "telnetlib", "B401", "S401", Medium, 319, "sends everything, passwords too, in clear text";
    "ftplib", "B402", "S402", Medium, 319, "sends everything, passwords too, in clear text";
    "pickle", "B403", "S403", Low, 502, OBJECTS;
    "cPickle", "B403", "S403", Low, 502, OBJECTS;
    "dill", "B403", "S403", Low, 502, OBJECTS;
    "shelve", "B403", "S403", Low, 502, OBJECTS;
    "subprocess", "B404", "S404", Low, 78, COMMANDS;
    "xml.etree.cElementTree", "B405", "S405", Low, 776, XML;
    "xml.etree.ElementTree", "B405", "S405", Low, 776, XML;
    "xml.sax", "B406", "S406", Low, 776, XML;
    "xml.dom.expatbuilder", "B407", "S407", Low, 776, XML;
    "xml.dom.minidom", "B408", "S408", Low, 776, XML;
    "xml.dom.pulldom", "B409", "S409", Low, 776, XML;
    "xmlrpc", "B411", "S411", Low, 776, XML;
    "wsgiref.handlers.CGIHandler", "B412", "S412", Medium, 284, CGI;
    "twisted.web.twcgi.CGIScript", "B412", "S412", Medium, 284, CGI;
    "twisted.web.twcgi.CGIDirectory", "B412", "", Medium, 284, CGI;
    "Crypto.Cipher", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.Hash", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.IO", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.Protocol", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.PublicKey", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.Random", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.Signature", "B413", "S413", Low, 1104, PYCRYPTO;
    "Crypto.Util", "B413", "S413", Low, 1104, PYCRYPTO;
    "pyghmi", "B415", "S415", Low, 319, "speaks IPMI, which sends what others can read";
};

/// Whether `path` is `module`, or lies below it.
fn is_at_or_below(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A look at the first letters, for this is asked of every import.
fn may_be_risky(module: &str) -> bool {
    matches!(
        module.as_bytes(),
        [b't', b'e' | b'w', ..]
            | [b'f', b't', ..]
            | [b'p', b'i' | b'y', ..]
            | [b'c', b'P', ..]
            | [b'd', b'i', ..]
            | [b's', b'h' | b'u', ..]
            | [b'x', b'm', ..]
            | [b'w', b's', ..]
            | [b'C', b'r', ..]
    )
}

fn check(cx: &mut Checker<'_, '_>, stmt: &Stmt) {
    match stmt {
        Stmt::Import(import) => {
            for alias in &import.names {
                if !may_be_risky(&alias.name) {
                    continue;
                }
                let Some(risky) = RISKY.iter().find(|risky| is_at_or_below(&alias.name, risky.path)) else { continue };
                // ruff knows `import` of modules, by their whole name.
                let codes = if alias.name.as_str() == risky.path && risky.both[0] != "B412" {
                    risky.both
                } else {
                    risky.bandit
                };
                report(cx, risky, codes, alias, &alias.name);
            }
        }
        Stmt::ImportFrom(import) => {
            let Some(module) = &import.module else { return };
            if !may_be_risky(module) {
                return;
            }
            // From such a module, or such a module from its package.
            if let Some(risky) = RISKY.iter().find(|risky| is_at_or_below(module, risky.path)) {
                let codes = if module.as_str() == risky.path { risky.both } else { risky.bandit };
                report(cx, risky, codes, module, module);
                return;
            }
            for alias in &import.names {
                let member = |path: &str| {
                    path.strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.'))
                        == Some(alias.name.as_str())
                };
                let Some(risky) = RISKY.iter().find(|risky| member(risky.path)) else { continue };
                let codes = if risky.both.contains(&"") { risky.bandit } else { risky.both };
                report(cx, risky, codes, module, risky.path);
            }
        }
        _ => {}
    }
}

fn report(cx: &mut Checker<'_, '_>, risky: &Risky, codes: &'static [&'static str], place: impl Ranged, name: &str) {
    // What is not run needs no look.
    if cx.semantic.context.is_stub || cx.semantic.in_type_checking() {
        return;
    }
    cx.report(&RULE, codes, place, format!("`{name}` {}", risky.why))
        .severity(risky.severity)
        .confidence(Confidence::High)
        .persona(Persona::Auditor)
        .cwe(risky.cwe);
}

/// `__import__("pickle")`, `importlib.import_module("pickle")`
fn check_dynamic(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if !matches!(call.path(), "builtins.__import__" | "importlib.import_module" | "importlib.__import__") {
        return;
    }
    let Some(Expr::StringLiteral(name)) = call.argument("name", 0) else { return };
    let name = name.value.to_str();
    if let Some(risky) = RISKY.iter().find(|risky| risky.path == name) {
        report(cx, risky, risky.bandit, call.node, name);
    }
}

/// Bandit also reports where these are called.
fn check_httpoxy(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if let Some(risky) = RISKY.iter().find(|risky| risky.path == call.path() && risky.both[0] == "B412")
        && is_written_by_import(cx.semantic, &call.func)
    {
        report(cx, risky, risky.bandit, call.node, risky.path);
    }
}
