//! Files made from others, checked in, and proven fresh by a test.

use std::fmt::Write as _;

use anyhow::Result;

use crate::files::{root, write};
use crate::shell;

/// Writes every generated file, or with `check` fails on the first that differs.
pub(crate) fn run(check: bool) -> Result<()> {
    // First, from the names of files alone: without it a new rule is not compiled, and after a removed one nothing is.
    registry(check)?;
    let mut docs = shell::command("cargo");
    docs.args(["run", "--quiet", "--package", "xtask", "--example", "docs", "--"]);
    if check {
        docs.arg("--check");
    }
    shell::run(&mut docs)
}

fn registry(check: bool) -> Result<()> {
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
    write("crates/seriema_rules/src/registry.rs", &out, check)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_registry_is_fresh() {
        super::registry(true).expect("fresh");
    }

    #[test]
    fn the_docs_are_fresh() {
        crate::docs::run(true).expect("fresh");
    }
}
