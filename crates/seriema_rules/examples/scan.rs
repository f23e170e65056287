//! Prints what the rules find in files and directories, one line each: for work on rules.
//!
//! `cargo run --release -p seriema_rules --example scan -- [--persona regular] [--rule SLUG] PATH...`
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seriema_finding::Persona;
use seriema_program::{FileContext, ModuleIndex, Semantic, SourceType, parse};
use seriema_rules::check_file;

fn main() {
    let mut persona = Persona::Auditor;
    let mut rule = None;
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--persona" => persona = args.next().and_then(|name| name.parse().ok()).unwrap_or_default(),
            "--rule" => rule = args.next(),
            path => collect(Path::new(path), &mut files),
        }
    }
    files.sort();
    let modules = ModuleIndex::default();
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let shown: Arc<str> = path.to_string_lossy().into();
        let file = parse(&shown, text, SourceType::Python);
        let is_test = shown.contains("/tests/") || shown.contains("/test_");
        let module = path.file_stem().and_then(|stem| stem.to_str());
        let context = FileContext {
            path: &shown,
            module,
            is_package: false,
            is_test,
            is_stub: false,
            modules: &modules,
            links: None,
        };
        let mut semantic = Semantic::new(context, &file);
        let locator = file.locator();
        for f in check_file(&mut semantic).findings {
            if f.persona > persona || rule.as_deref().is_some_and(|slug| slug != f.rule.slug) {
                continue;
            }
            let line = locator.line(f.range.start());
            let text = locator.line_text(f.range.start()).trim();
            println!(
                "{shown}:{line}\t{}\t{}\t{}/{}/{}\t{}\t| {text}",
                f.codes.join(","),
                f.rule.slug,
                f.severity,
                f.confidence,
                f.persona,
                f.message
            );
        }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), files);
        }
    } else if path.extension().is_some_and(|extension| extension == "py") {
        files.push(path.to_owned());
    }
}
