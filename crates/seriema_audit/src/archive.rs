//! Texts in archives.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use seriema_archive::{Account, Limits, members};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_workspace::{FileKind, SourceFile, decode_text, is_test_path, may_be_text};

/// How many times as large as other files archives may be: what is read of them is their members, each bounded by itself.
pub(crate) const TIMES: u64 = 8;

/// How much of what is not read of one archive is said one by one.
const SAID: usize = 5;

/// Hands over the texts in an archive with their paths, and says what could not be read.
pub(crate) fn texts(path: &str, bytes: &[u8], mut visit: impl FnMut(&str, String)) -> Vec<Diagnostic> {
    let wanted = |inner: &str| may_be_text(OsStr::new(inner.rsplit('/').next().unwrap_or(inner)));
    let account = members(path, bytes, &Limits::default(), &wanted, &mut |member| {
        if let Some(text) = decode_text(member.bytes) {
            visit(&member.path, text);
        }
    });
    diagnostics(path, &account)
}

/// A member as a file: what it is and whether it is a test is for its own name to say, and for where the archive stands.
pub(crate) fn file(archive: &SourceFile, member: &str) -> SourceFile {
    let inner = member.rsplit("!/").next().unwrap_or(member);
    // By the name alone: what stands at this path on disk is another file.
    let kind = match Path::new(inner).extension().and_then(OsStr::to_str) {
        Some("py" | "pyw") => FileKind::Python,
        Some("pyi") => FileKind::Stub,
        Some("ipynb") => FileKind::Notebook,
        _ => FileKind::Text,
    };
    SourceFile {
        absolute: archive.absolute.clone(),
        relative: Arc::from(member),
        kind,
        named: archive.named,
        module: None,
        is_package_init: false,
        is_test: archive.is_test || is_test_path(inner),
    }
}

fn diagnostics(path: &str, account: &Account) -> Vec<Diagnostic> {
    let lost = || account.skipped.iter().filter(|skipped| skipped.why.is_loss());
    let mut all: Vec<Diagnostic> = lost()
        .take(SAID)
        .map(|skipped| {
            let what = if skipped.path == path { "the archive" } else { "the archive's member" };
            let message = format!("{what} {}", skipped.why);
            Diagnostic::file(Arc::from(&*skipped.path), DiagnosticKind::Unreadable, message)
        })
        .collect();
    let more = lost().count().saturating_sub(SAID) + account.more_skipped;
    if more > 0 {
        let message = format!("{more} more members of the archive could not be read");
        all.push(Diagnostic::file(Arc::from(path), DiagnosticKind::Unreadable, message));
    }
    if account.truncated {
        let message = "the archive holds more than is unpacked; what comes last in it was not looked at";
        all.push(Diagnostic::file(Arc::from(path), DiagnosticKind::Limit, message));
    }
    all
}
