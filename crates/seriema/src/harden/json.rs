//! The checklist as JSON.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use seriema_harden::{Check, Checklist, Evidence, Status};

/// The version of the format: it changes when a reader would have to.
const VERSION: u32 = 1;

pub(super) fn write(checklist: &Checklist, root: &Path, out: &mut dyn Write) -> Result<()> {
    let count = |status: Status| checklist.checks.iter().filter(|check| check.status == status).count();
    let document = json!({
        "version": VERSION,
        "tool": { "name": "seriema", "version": env!("CARGO_PKG_VERSION") },
        "root": root.to_string_lossy(),
        "checks": checklist.checks.iter().map(check).collect::<Vec<_>>(),
        "diagnostics": checklist.diagnostics,
        "summary": {
            "fail": count(Status::Fail),
            "unknown": count(Status::Unknown),
            "pass": count(Status::Pass),
            "not-applicable": count(Status::NotApplicable),
        },
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

fn check(check: &Check) -> Value {
    let definition = check.definition;
    json!({
        "id": definition.id,
        "group": definition.group.as_str(),
        "title": definition.title,
        "status": check.status.as_str(),
        "severity": definition.severity.as_str(),
        "remedy": definition.remedy,
        "aliases": definition.aliases,
        "evidence": check.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}

fn evidence(evidence: &Evidence) -> Value {
    json!({ "status": evidence.status.as_str(), "path": evidence.path, "line": evidence.line, "seen": evidence.seen })
}
