//! The repository's files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The repository's root: of the checkout that cargo runs this in, not of the one it was built in.
pub(crate) fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Reads a file of the repository, with `\n` as line end.
#[allow(clippy::disallowed_methods, reason = "a developer command reads the repository")]
pub(crate) fn read(path: &str) -> Result<String> {
    let text = std::fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))?;
    Ok(text.replace("\r\n", "\n"))
}

/// Writes a generated file, or with `check` fails where it is not what it should be.
#[allow(clippy::disallowed_methods, reason = "a developer command writes into the repository")]
pub(crate) fn write(path: &str, content: &str, check: bool) -> Result<()> {
    if read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if check {
        bail!("{path} is not fresh: run `cargo xtask generate`");
    }
    let file = root().join(path);
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&file, content).with_context(|| format!("cannot write {path}"))
}
