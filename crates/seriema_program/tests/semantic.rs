//! Runs `semantic.md`, and checks that no input makes the front end panic.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{
    Export, FileContext, Inspect, LinkTable, ModuleIndex, ParsedFile, Semantic, SourceType, Want, parse, walk,
};

fn context<'a>(module: Option<&'a str>, modules: &'a ModuleIndex, links: Option<&'a LinkTable>) -> FileContext<'a> {
    FileContext { path: "app.py", module, is_package: false, is_test: false, is_stub: false, modules, links }
}

/// Compares each `reveal_*` call with the comment on its line.
struct Reveal<'t> {
    code: &'t str,
    seen: usize,
    problems: String,
}

impl<'a> Inspect<'a> for Reveal<'_> {
    fn statement(&mut self, _: &Semantic<'a>, _: &'a Stmt) {}

    fn expression(&mut self, semantic: &Semantic<'a>, expression: &'a Expr) {
        let Expr::Call(call) = expression else { return };
        let Expr::Name(name) = &*call.func else { return };
        let Some(argument) = call.arguments.args.first() else { return };
        let got = match name.id.as_str() {
            "reveal_path" => semantic.qualified(argument).map(|path| path.to_string()),
            "reveal_value" => semantic.constant(argument).map(|value| format!("{value:?}")),
            "reveal_origin" => Some(format!("{:?}", semantic.origin(argument))),
            _ => return,
        };
        let line = self.code[call.range().start().to_usize()..].lines().next().unwrap_or_default();
        let want = line.rsplit_once("# ").map(|(_, want)| want.trim()).unwrap_or_default();
        self.seen += 1;
        if got.as_deref().unwrap_or("?") != want {
            let _ = writeln!(self.problems, "{line}\n    got {}", got.as_deref().unwrap_or("?"));
        }
    }

    fn handler(&mut self, _: &Semantic<'a>, _: &'a ast::ExceptHandlerExceptHandler) {}

    fn wants_name(&self, _: &str) -> bool {
        false
    }
}

fn parsed(code: &str) -> ParsedFile {
    parse(&Arc::from("app.py"), code.to_owned(), SourceType::Python)
}

fn reveal(code: &str, modules: &ModuleIndex, links: Option<&LinkTable>) -> (usize, String) {
    let module = code.lines().next().and_then(|line| line.strip_prefix("# module: "));
    let file = parsed(code);
    let mut semantic = Semantic::new(context(Some(module.unwrap_or("app")), modules, links), &file);
    let mut inspect = Reveal { code, seen: 0, problems: String::new() };
    walk(&mut semantic, &mut inspect);
    (inspect.seen, inspect.problems)
}

#[test]
fn the_document_holds() {
    let document = include_str!("semantic.md").replace("\r\n", "\n");
    let (mut seen, mut problems) = (0, String::new());
    for block in document.split("```python\n").skip(1) {
        let code = block.split("```").next().unwrap_or_default();
        let (count, wrong) = reveal(code, &ModuleIndex::default(), None);
        seen += count;
        problems.push_str(&wrong);
    }
    assert!(seen > 60, "only {seen} reveals were run");
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn a_name_of_another_file_resolves_through_it() {
    let modules = ModuleIndex::new(["shop", "shop.compat", "shop.settings", "shop.views"]);
    let sources = [
        ("shop", "from .compat import *\n"),
        ("shop.compat", "from subprocess import run as launch\nfrom .settings import SHELL\nimport pickle\n"),
        ("shop.settings", "SHELL = True\n"),
    ];
    let files: Vec<(&str, ParsedFile)> = sources.iter().map(|(module, code)| (*module, parsed(code))).collect();
    let exports: Vec<_> = files
        .iter()
        .map(|(module, file)| {
            let mut context = context(Some(module), &modules, None);
            context.is_package = *module == "shop";
            (*module, Semantic::new(context, file).exports())
        })
        .collect();
    let exports = exports.iter().map(|(module, exports)| (*module, exports)).collect();
    let code = "# module: shop.views
from shop import launch, SHELL
from .compat import pickle as p
from . import settings
reveal_path(launch)  # subprocess.run
reveal_path(p.loads)  # pickle.loads
reveal_value(SHELL)  # Bool(true)
reveal_value(settings.SHELL)  # Bool(true)
";
    let wanted = {
        let file = parsed(code);
        let mut semantic = Semantic::new(context(Some("shop.views"), &modules, None), &file);
        let mut inspect = Reveal { code, seen: 0, problems: String::new() };
        walk(&mut semantic, &mut inspect);
        semantic.into_wanted()
    };
    let wanted: Vec<_> = wanted.iter().map(|(path, want)| (path.as_str(), *want)).collect();
    assert_eq!(
        wanted,
        [
            ("shop.SHELL", Want::Value),
            ("shop.compat.pickle", Want::Path),
            ("shop.compat.pickle.loads", Want::Path),
            ("shop.launch", Want::Path),
            ("shop.settings.SHELL", Want::Value),
        ]
    );
    let links = LinkTable::build(wanted.iter().map(|(path, _)| *path), &modules, &exports);
    assert!(matches!(links.get("shop.launch"), Some(Export::Path(path)) if path == "subprocess.run"));
    let (seen, problems) = reveal(code, &modules, Some(&links));
    assert_eq!((seen, problems.as_str()), (4, ""));
}

/// Runs on a stack of the size that the command line gives its threads.
fn on_worker_stack(run: impl FnOnce() + Send + 'static) {
    let worker = std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread");
    worker.join().expect("no panic");
}

#[test]
fn nesting_is_bounded_and_named() {
    on_worker_stack(|| {
        let deep = |open: &str, middle: &str, close: &str, levels: usize| {
            format!("{}{middle}{}\nlast = 1\n", open.repeat(levels), close.repeat(levels))
        };
        for code in [
            deep("[", "x", "]", 100_000),
            deep("not ", "x", "", 100_000),
            deep("-", "x", "", 100_000),
            deep("f(", "x", ")", 15_000),
            deep("x + ", "x", "", 100_000),
            deep("", "x", ".a().b()", 50_000),
            deep("lambda: ", "x", "", 20_000),
            deep("x if x else ", "x", "", 20_000),
            deep("{", "x", "}", 19_000),
            deep("x ** ", "x", "", 50_000),
            (0..3_000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>()
                + &" ".repeat(3_000)
                + "x\n",
        ] {
            let path: Arc<str> = "deep.py".into();
            let mut file = parse(&path, code.clone(), SourceType::Python);
            let modules = ModuleIndex::default();
            let too_deep = {
                let mut semantic = Semantic::new(context(None, &modules, None), &file);
                let mut inspect = Reveal { code: &code, seen: 0, problems: String::new() };
                walk(&mut semantic, &mut inspect)
            };
            if let Some(offset) = too_deep {
                file.note_too_deep(&path, offset);
            }
            let shown: String = code.chars().take(20).collect();
            assert_eq!(
                file.diagnostics()
                    .iter()
                    .filter(|d| d.message.contains("nested deeper") || d.message.contains("brackets"))
                    .count(),
                1,
                "{shown}"
            );
            assert!(file.diagnostics().iter().all(|d| d.line.is_some()));
        }
    });
}

fn run_front_end(text: &str) {
    for source_type in [SourceType::Python, SourceType::Notebook] {
        let path: Arc<str> = "any.py".into();
        let file = parse(&path, text.to_owned(), source_type);
        let modules = ModuleIndex::new(["any"]);
        let mut semantic = Semantic::new(context(Some("any"), &modules, None), &file);
        let mut inspect = Everything;
        walk(&mut semantic, &mut inspect);
        let _ = semantic.exports();
        let locator = file.locator();
        for comment in file.comments_with(&["#"]) {
            let _ = (locator.position(comment.start()), locator.snippet(comment, 2, 9));
        }
    }
}

/// Asks everything of every expression.
struct Everything;

impl<'a> Inspect<'a> for Everything {
    fn statement(&mut self, semantic: &Semantic<'a>, _: &'a Stmt) {
        let _ = (semantic.qualified_scope(), semantic.in_type_checking());
    }

    fn expression(&mut self, semantic: &Semantic<'a>, expression: &'a Expr) {
        let _ = (semantic.qualified(expression), semantic.truth(expression), semantic.origin(expression));
    }

    fn handler(&mut self, _: &Semantic<'a>, _: &'a ast::ExceptHandlerExceptHandler) {}

    fn wants_name(&self, _: &str) -> bool {
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read(text in "\\PC*") {
        run_front_end(&text);
    }

    #[test]
    fn any_tokens_are_read(words in prop::collection::vec(prop::sample::select(vec![
        "import ", "from ", "as ", "x", "y", ".", ",", "(", ")", "[", "]", "{", "}", ":", "=", ":=", "==", "\n", "    ",
        "def ", "class ", "return ", "lambda ", "for ", "in ", "if ", "else ", "try:", "except ", "with ", "match ",
        "case ", "*", "**", "self", "'a'", "f'{x}'", "b'c'", "1", "0.5", "None", "True", "#", "@", "%", "+", "\\", "\t",
        "global ", "nonlocal ", "async ", "await ", "yield ", "del ", "é", "\u{c}", "\r\n", "\"\"\"", "not ", "type ",
    ]), 0..80)) {
        run_front_end(&words.concat());
    }
}

/// The chain of a name's bindings is searched, not followed, once it is long; the answers are the same.
#[test]
fn a_name_bound_hundreds_of_times_has_the_value_it_was_last_given() {
    for bindings in [3, 60, 64, 65, 66, 500] {
        let mut code = String::from("reveal_path(x)  # m0.f\n");
        for i in 0..bindings {
            let _ = writeln!(code, "import m{i}\nx = m{i}.f\nreveal_path(x)  # m{i}.f");
        }
        let _ = writeln!(code, "def last():\n    reveal_path(x)  # m{}.f", bindings - 1);
        let (seen, problems) = reveal(&code, &ModuleIndex::default(), None);
        assert_eq!((seen, problems.as_str()), (bindings + 2, ""), "{bindings}");
    }
}

/// What each of these stands for doubles or multiplies from line to line.
#[test]
fn names_that_stand_for_more_and_more_are_given_up() {
    for (first, step) in [
        ("a0 = 'x'", "A = B + B"),
        ("a0 = 1", "A = (B, B, B, B)"),
        ("a0 = 'x'", "A = '%s%s' % (B, B)"),
        ("a0 = 'x'", "A = '{0}{0}{0}'.format(B)"),
        ("a0 = 'x'", "A = f'{B}{B}{B}'"),
        ("a0 = 'x'", "A = B.join([B, B, B])"),
        ("a0 = unknown", "A = B or B or B or B"),
        ("a0 = unknown", "A = B if B else B"),
        ("a0 = ['x']", "A = B + B"),
    ] {
        let mut code = format!("{first}\n");
        for i in 1..20 {
            let _ = writeln!(code, "{}", step.replace('A', &format!("a{i}")).replace('B', &format!("a{}", i - 1)));
        }
        // Any answer will do that comes in time.
        code.push_str(&"reveal_value(a19)\nreveal_path(a19)\nreveal_origin(a19)\n".repeat(50));
        let (seen, _) = reveal(&code, &ModuleIndex::default(), None);
        assert_eq!(seen, 150, "{step}");
    }
}

/// The tree is taken away where nothing could recurse over it, and says so.
#[test]
fn a_tree_too_deep_to_recurse_over_is_not_kept() {
    on_worker_stack(|| {
        for unit in [".b", "()", "[0]", " + x", " | x"] {
            let file = parsed(&format!("\nx{}", unit.repeat(150_000)));
            assert!(file.suite().is_empty(), "{unit}");
            let places: Vec<_> = file.diagnostics().iter().map(|d| (d.kind, d.line)).collect();
            assert_eq!(places, [(seriema_finding::DiagnosticKind::Limit, Some(2))], "{unit}");
        }
    });
}

/// Up to this size nothing is measured: dropping must work.
#[test]
fn deep_trees_of_small_texts_can_be_dropped() {
    on_worker_stack(|| {
        for unit in [".b", "()", "[0]", "+x", "|x", "**x"] {
            drop(parsed(&format!("x{}", unit.repeat((128 << 10) / unit.len() - 1))));
        }
        for unit in ["-", "not ", "(", "[", "lambda:", "lambda x=", "x if x else "] {
            drop(parsed(&format!("{}x", unit.repeat((128 << 10) / unit.len() - 1))));
        }
        drop(parsed(&format!("match x:\n case {}", "[".repeat(100_000))));
    });
}
