//! The pages in `features/`: what the engine knows at each `reveal_...` call is what the comment beside it says.
//!
//! ````markdown
//! ```python
//! reveal_taint(x)  # revealed: http.query
//! ```
//! ````
//!
//! A block marked `limitation` is the witness of something that is not understood yet: its comments say what is revealed
//! today and what should be. When one of them changes, the page has to.
//!
//! `FEATURES=containers` runs one page, `FEATURES='containers:pop'` the blocks below headings with that in them.
//! `FEATURES_WRITE=1` writes what is revealed into the pages.
#![allow(clippy::disallowed_methods, reason = "reads the pages")]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use seriema_flow::Inquiry;

use common::lowered;

/// What a comment promises.
const REVEALED: &str = "# revealed: ";
/// What it should be, where that is something else.
const SHOULD_BE: &str = "; should be: ";
/// Fewer would be no checklist.
const FEWEST: usize = 120;

/// A block of a page.
struct Block {
    title: String,
    limitation: bool,
    /// The line of the page before its first one, from 1.
    line: usize,
    code: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut title = String::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((line, text)) = lines.next() {
        if let Some(heading) = text.strip_prefix("## ") {
            heading.clone_into(&mut title);
        }
        let limitation = match text.trim() {
            "```python" => false,
            "```python limitation" => true,
            _ => continue,
        };
        let code = lines
            .by_ref()
            .map(|(_, text)| text)
            .take_while(|text| text.trim() != "```")
            .fold(String::new(), |code, text| code + text + "\n");
        out.push(Block { title: title.clone(), limitation, line, code });
    }
    out
}

/// A line of a block that asks.
struct Asked {
    path: String,
    /// Within its file.
    line: u32,
    /// Within the page.
    at: usize,
    text: String,
}

/// The files of a block, and what is asked in them.
fn files(block: &Block) -> (Vec<(String, String)>, Vec<Asked>) {
    let mut out = vec![("app.py".to_owned(), String::new())];
    let mut asked = Vec::new();
    for (at, text) in (block.line + 1..).zip(block.code.lines()) {
        if let Some(name) = text.strip_prefix("# file: ") {
            out.push((name.trim().to_owned(), String::new()));
            continue;
        }
        let Some((path, code)) = out.last_mut() else { continue };
        code.push_str(text);
        code.push('\n');
        if let Some((_, wanted)) = text.split_once(REVEALED) {
            let line = u32::try_from(code.lines().count()).expect("few lines");
            asked.push(Asked { path: path.clone(), line, at, text: wanted.trim().to_owned() });
        }
    }
    out.retain(|(_, text)| !text.trim().is_empty());
    out.sort();
    (out, asked)
}

/// What is wrong with a block, and what the page should say: lines with their comments.
fn check(name: &str, block: &Block, count: &mut usize) -> (String, Vec<(usize, String)>) {
    let (mut problems, mut truth) = (String::new(), Vec::new());
    let (files, asked) = files(block);
    let irs = files.iter().map(|(path, text)| lowered(path, text)).collect();
    let inquiry = Inquiry::new(irs, &seriema_flow::Options::default()).expect("own models are well-formed");
    let mut revealed = inquiry.reveals();
    let page = format!("features/{name}.md");
    for Asked { path, line, at, text } in asked {
        *count += 1;
        let found = revealed.iter().position(|revealed| *revealed.path == *path && revealed.line == line);
        let Some(found) = found else {
            let _ = writeln!(problems, "{page}:{at}: nothing is asked here");
            continue;
        };
        let found = revealed.remove(found).text;
        let (today, wanted) = match text.split_once(SHOULD_BE) {
            Some((today, wanted)) if block.limitation => (today, Some(wanted)),
            _ => (text.as_str(), None),
        };
        truth.push((at, wanted.map_or_else(|| found.clone(), |wanted| format!("{found}{SHOULD_BE}{wanted}"))));
        match wanted {
            Some(wanted) if found == wanted => {
                let _ = writeln!(problems, "{page}:{at}: is understood now; take the limitation off the page");
            }
            _ if found == today => {}
            _ => {
                let _ = writeln!(problems, "{page}:{at}: revealed `{found}`, the page says `{today}`");
            }
        }
    }
    if block.limitation && !block.code.contains(SHOULD_BE) {
        let _ = writeln!(problems, "{page}:{}: a limitation says what should be", block.line);
    }
    for left in revealed {
        let _ = writeln!(problems, "{page}: `{}`: line {} of {} has no comment", block.title, left.line, left.path);
    }
    (problems, truth)
}

#[test]
fn what_is_revealed_is_what_the_pages_say() {
    let wanted = std::env::var("FEATURES").unwrap_or_default();
    let (wanted_page, wanted_title) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let mut pages: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("features"))
        .expect("the pages")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    pages.sort();
    let (mut count, mut report) = (0, String::new());
    for path in pages {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        if !wanted_page.is_empty() && name != wanted_page {
            continue;
        }
        let page = std::fs::read_to_string(&path).expect("a readable page");
        let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
        for block in blocks(&page).iter().filter(|block| block.title.contains(wanted_title)) {
            let (problems, truth) = check(&name, block, &mut count);
            report.push_str(&problems);
            for (at, text) in truth {
                if let Some((code, _)) = lines[at - 1].clone().split_once(REVEALED) {
                    lines[at - 1] = format!("{code}{REVEALED}{text}");
                }
            }
        }
        if std::env::var_os("FEATURES_WRITE").is_some() {
            std::fs::write(&path, lines.join("\n") + "\n").expect("a writable page");
        }
    }
    assert!(count > 0, "no such page");
    assert!(report.is_empty(), "{} of {count} are revealed otherwise:\n{report}", report.lines().count());
    if wanted.is_empty() {
        assert!(count >= FEWEST, "only {count} places are looked at");
    }
}
