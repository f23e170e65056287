//! Files made from others, checked in, and proven fresh by a test.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The repository's root: of the checkout that cargo runs this in, not of the one it was built in.
pub(crate) fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Writes every generated file, or with `check` fails on the first that differs.
pub(crate) fn run(check: bool) -> Result<()> {
    write("crates/seriema_rules/src/registry.rs", &registry()?, check)
}

#[allow(clippy::disallowed_methods, reason = "a developer command writes into the repository")]
pub(crate) fn write(path: &str, content: &str, check: bool) -> Result<()> {
    let file = root().join(path);
    if std::fs::read_to_string(&file).is_ok_and(|old| old.replace("\r\n", "\n") == content) {
        return Ok(());
    }
    if check {
        bail!("{path} is not fresh: run `cargo xtask generate`");
    }
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&file, content).with_context(|| format!("cannot write {path}"))
}

fn registry() -> Result<String> {
    let mut slugs = Vec::new();
    for entry in std::fs::read_dir(root().join("crates/seriema_rules/rules"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(slug) = name.strip_suffix(".rs") {
            slugs.push(slug.to_owned());
        }
    }
    slugs.sort();
    let mut out = String::from(
        "//! Generated from the files in `rules/` by `cargo xtask generate`.\n\nuse seriema_finding::Rule;\n\nuse crate::Hooks;\n\n",
    );
    for slug in &slugs {
        let _ = writeln!(out, "#[path = \"../rules/{slug}.rs\"]\nmod {};", slug.replace('-', "_"));
    }
    out.push_str("\n/// All rules, sorted by slug.\npub static RULES: &[&Rule] = &[\n");
    for slug in &slugs {
        let _ = writeln!(out, "    &{}::RULE,", slug.replace('-', "_"));
    }
    out.push_str("];\n\npub(crate) fn register(hooks: &mut Hooks) {\n");
    for slug in &slugs {
        let _ = writeln!(out, "    {}::register(hooks);", slug.replace('-', "_"));
    }
    out.push_str("}\n");
    Ok(out)
}
