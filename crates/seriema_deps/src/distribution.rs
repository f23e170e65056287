//! Wheels and source distributions as inputs: their metadata, and the manifests, locks and lists of vendored copies in them.

use std::path::Path;
use std::sync::Arc;

use seriema_archive::{Limits, Member, members};
use seriema_finding::{Diagnostic, DiagnosticKind};
use seriema_workspace::decode_text;

use crate::manifest::{ManifestKind, kind_of, read};
use crate::project::Source;

/// Most manifests that are read of one archive.
const MAX_MANIFESTS: usize = 1000;

/// Whether a file is a wheel, an egg or an archive of sources, by its name.
#[must_use]
pub fn is_distribution(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".whl", ".egg", ".tar.gz", ".tgz", ".zip", ".tar"].iter().any(|end| lower.ends_with(end))
}

/// Reads the manifests in an archive, which is not unpacked to disk. Their paths are `dist.whl!/inner/path`.
#[must_use]
pub fn sources_in(path: &str, bytes: &[u8]) -> (Vec<Source>, Vec<Diagnostic>) {
    let mut sources: Vec<Source> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut more = 0;
    // Archives in archives are somebody's test data.
    let limits = Limits { depth: 1, ..Limits::default() };
    let filter = |inner: &str| kind_of(inner).is_some();
    let mut visit = |Member { path, bytes }: Member| {
        let Some(kind) = kind_of(path.rsplit("!/").next().unwrap_or_default()) else { return };
        if sources.len() >= MAX_MANIFESTS {
            more += 1;
            return;
        }
        match decode_text(bytes) {
            Some(text) => {
                let text = if kind == ManifestKind::Metadata { headers(text) } else { text };
                sources.push(Source { manifest: read(&path, kind, &text), text });
            }
            None => diagnostics.push(Diagnostic::file(path.into(), DiagnosticKind::Encoding, "is no text".to_owned())),
        }
    };
    let account = members(path, bytes, &limits, &filter, &mut visit);
    let whole: Arc<str> = path.into();
    let mut say = |kind, message: String| diagnostics.push(Diagnostic::file(Arc::clone(&whole), kind, message));
    for skipped in account
        .skipped
        .iter()
        .filter(|skipped| skipped.path == path || filter(skipped.path.rsplit("!/").next().unwrap_or_default()))
    {
        say(DiagnosticKind::Unreadable, format!("`{}` was not read: {}", skipped.path, skipped.why));
    }
    if account.truncated || more > 0 {
        say(DiagnosticKind::Limit, "holds more than is read of an archive".to_owned());
    }
    if sources.is_empty() {
        say(DiagnosticKind::Unreadable, "holds no metadata and no manifest; nothing was read".to_owned());
    }
    for source in &mut sources {
        diagnostics.append(&mut source.manifest.diagnostics);
    }
    sources.sort_by(|a, b| a.manifest.path.cmp(&b.manifest.path));
    (sources, diagnostics)
}

/// Metadata without the description, which may be long and says nothing of dependencies.
pub(crate) fn headers(mut text: String) -> String {
    let end = ["\n\n", "\n\r\n"].iter().filter_map(|blank| text.find(blank)).min();
    if let Some(end) = end {
        text.truncate(end + 1);
    }
    text
}

/// A path as reports name it.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
