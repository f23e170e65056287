//! The paired suite in `suite/`: every vulnerable block has exactly the findings that it announces, its safe twin none.
//!
//! Blocks that do not hold yet are listed with the reason in `limits.md`: each is the witness of a known limitation, and one
//! that holds has to be taken off the list.
//!
//! `SUITE=containers` runs one file, `SUITE='containers:pop'` the cases with that in their title.
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "reads the suite, and counts when asked to")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use seriema_finding::Persona;

use common::lowered;

/// A block of a page.
struct Block {
    title: String,
    vulnerable: bool,
    code: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut title = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut title);
        }
        let vulnerable = match line.trim() {
            "```python vulnerable" => true,
            "```python safe" => false,
            _ => continue,
        };
        let code =
            lines.by_ref().take_while(|line| line.trim() != "```").fold(String::new(), |code, line| code + line + "\n");
        out.push(Block { title: title.clone(), vulnerable, code });
    }
    out
}

/// The files of a block: path and text. Line numbers start anew in each.
fn files(code: &str) -> Vec<(String, String)> {
    let mut out = vec![("app.py".to_owned(), String::new())];
    for line in code.lines() {
        if let Some(name) = line.strip_prefix("# file: ") {
            out.push((name.trim().to_owned(), String::new()));
            continue;
        }
        if let Some((_, text)) = out.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    out.retain(|(_, text)| !text.trim().is_empty());
    out.sort();
    out
}

/// The blocks that are known not to hold: `page: title (kind)`.
fn known_limits() -> BTreeSet<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("limits.md")).expect("the limits");
    let items = text.lines().filter_map(|line| line.strip_prefix("- "));
    items.map(|item| item.split(" - ").next().unwrap_or(item).trim().to_owned()).collect()
}

/// What is wrong with a block; nothing when it holds.
fn check(block: &Block) -> Option<String> {
    let files = files(&block.code);
    let mut expected = BTreeSet::new();
    for (path, text) in &files {
        for (line, content) in (1_u32..).zip(text.lines()) {
            if let Some((_, slugs)) = content.split_once("# finds: ") {
                expected.extend(slugs.split_whitespace().map(|slug| (path.clone(), line, slug.to_owned())));
            }
        }
    }
    let irs = files.iter().map(|(path, text)| lowered(path, text)).collect();
    let analysis = seriema_flow::analyse(irs, &seriema_flow::Options::default()).expect("own models are well-formed");
    let mut found = BTreeSet::new();
    for finding in &analysis.findings {
        if finding.persona == Persona::Regular {
            let line = finding.steps.last().map_or_else(|| line_of(&files, finding), |place| place.line);
            found.insert((finding.path.to_string(), line, finding.rule.to_owned()));
        }
    }
    if block.vulnerable == expected.is_empty() {
        return Some("annotations do not fit the kind of block".to_owned());
    }
    if found == expected {
        return None;
    }
    let mut out = String::new();
    for (path, line, slug) in expected.difference(&found) {
        let _ = write!(out, " missing {path}:{line} {slug};");
    }
    for (path, line, slug) in found.difference(&expected) {
        let _ = write!(out, " extra {path}:{line} {slug};");
    }
    Some(out)
}

fn line_of(files: &[(String, String)], finding: &seriema_flow::FlowFinding) -> u32 {
    let text = files.iter().find(|(path, _)| *path == *finding.path).map_or("", |(_, text)| text);
    u32::try_from(text[..finding.span.0 as usize].matches('\n').count() + 1).expect("few lines")
}

#[test]
fn pairs_are_told_apart() {
    let wanted = std::env::var("SUITE").unwrap_or_default();
    let (wanted_file, wanted_title) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let mut pages: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("suite"))
        .expect("the suite")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    pages.sort();
    let mut limits = known_limits();
    let (mut count, mut report) = (0, String::new());
    for path in pages {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("UTF-8");
        if !wanted_file.is_empty() && name != wanted_file {
            continue;
        }
        let page = std::fs::read_to_string(&path).expect("a readable page");
        let (mut bad, mut all) = (0, 0);
        for block in blocks(&page) {
            if !block.title.contains(wanted_title) {
                continue;
            }
            all += 1;
            let kind = if block.vulnerable { "vulnerable" } else { "safe" };
            let id = format!("{name}: {} ({kind})", block.title);
            let limited = limits.remove(&id);
            match check(&block) {
                Some(problem) if !limited => {
                    bad += 1;
                    let _ = writeln!(report, "{id}:{problem}");
                }
                None if limited => {
                    let _ = writeln!(report, "{id}: holds now; take it off limits.md");
                }
                _ => {}
            }
        }
        count += all;
        if std::env::var_os("SUITE_COUNTS").is_some() {
            eprintln!("{name:30} {}/{all}", all - bad);
        }
    }
    if wanted.is_empty() {
        for id in limits {
            let _ = writeln!(report, "{id}: is in limits.md, and nowhere in the suite");
        }
    }
    assert!(count > 0, "no such case");
    assert!(report.is_empty(), "{} of {count} blocks do not hold:\n{report}", report.lines().count());
}
