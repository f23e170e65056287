//! Every fix of every finding in the pages' examples leaves a file that can still be parsed.

use std::fmt::Write as _;
use std::sync::Arc;

use seriema_program::text_size::Ranged;
use seriema_program::{FileContext, ModuleIndex, Semantic, SourceType, parse};
use seriema_rules::{RULES, RawEdit, check_file};

fn apply(code: &str, edits: &[RawEdit]) -> Option<String> {
    let mut edits: Vec<&RawEdit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.range.start());
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        let range = edit.range.range();
        out.push_str(code.get(at..range.start().to_usize())?);
        out.push_str(&edit.content);
        at = range.end().to_usize();
    }
    out.push_str(code.get(at..)?);
    Some(out)
}

#[test]
fn fixed_examples_are_still_python() {
    let mut problems = String::new();
    for rule in RULES {
        let Ok(page) = rule.parse_page() else { continue };
        for example in &page.examples {
            let path: Arc<str> = "app.py".into();
            let file = parse(&path, example.code.to_owned(), SourceType::Python);
            let modules = ModuleIndex::default();
            let context = FileContext {
                path: "app.py",
                module: Some("app"),
                is_package: false,
                is_test: false,
                is_stub: false,
                modules: &modules,
                links: None,
            };
            let mut semantic = Semantic::new(context, &file);
            for finding in check_file(&mut semantic).findings {
                let Some(fix) = &finding.fix else { continue };
                let fixed = apply(example.code, &fix.edits);
                let valid = fixed.as_ref().is_some_and(|fixed| {
                    *fixed != example.code && parse(&path, fixed.clone(), SourceType::Python).diagnostics().is_empty()
                });
                if !valid {
                    let _ = writeln!(problems, "{}: `{}` gives {fixed:?}", finding.rule.slug, fix.title);
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}
