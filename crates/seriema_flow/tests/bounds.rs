//! Programs that would cost an analysis without bounds its stack, its memory or its time. Each ends, and says where a bound
//! was met; what lies within the bounds is still found.

#![allow(missing_docs, reason = "tests")]

mod common;

use std::fmt::Write as _;

use seriema_flow::{Analysis, Options};

use common::lowered;

const HEAD: &str = "import os\nfrom flask import Flask, request\napp = Flask(__name__)\n";

/// Analyses a program in threads with the stack that audits have.
fn analysed(files: Vec<(String, String)>) -> Analysis {
    let run = move || {
        let irs = files.iter().map(|(path, text)| lowered(path, text)).collect();
        seriema_flow::analyse(irs, &Options::default()).expect("own models are well-formed")
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(64 << 20).build().expect("threads");
    pool.install(run)
}

fn one(text: String) -> Analysis {
    analysed(vec![("app.py".to_owned(), text)])
}

fn finds(analysis: &Analysis, rule: &str) -> bool {
    analysis.findings.iter().any(|finding| finding.rule == rule)
}

#[test]
fn functions_that_call_themselves_and_each_other() {
    let mut text = HEAD.to_owned();
    // A ring of functions, each of which calls the next two.
    for at in 0..300 {
        let (next, other) = ((at + 1) % 300, (at + 2) % 300);
        let _ = write!(
            text,
            "def f{at}(a, b):\n    if a:\n        return f{next}(b, a)\n    return f{other}(a + b, f{at}(b, a))\n"
        );
    }
    text.push_str(
        "@app.route('/')\ndef view():\n    os.system(request.args['c'])\n    return f0(request.args['a'], 1)\n",
    );
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"));
}

#[test]
fn modules_that_import_each_other() {
    let count = 120;
    let files = (0..count)
        .map(|at| {
            let next = (at + 1) % count;
            let text = format!(
                "import os\nfrom m{next} import run as inner, value as other\nvalue = other\n\
                 def run(x):\n    return inner(x)\ndef start(x):\n    os.system('ls ' + x)\n"
            );
            (format!("m{at}.py"), text)
        })
        .collect();
    let analysis = analysed(files);
    assert!(finds(&analysis, "shell-injection"), "an argument of a public function");
}

#[test]
fn ways_that_join_a_thousand_times() {
    let mut text = format!("{HEAD}@app.route('/')\ndef view():\n    x = request.args['x']\n    y = ''\n");
    for at in 0..2_000 {
        let _ = write!(text, "    if request.args['k{at}']:\n        y = y + x\n    else:\n        y = 'c{at}'\n");
    }
    text.push_str("    os.system(x)\n    return y\n");
    let analysis = one(text);
    assert!(!analysis.account.bounded.is_empty() || finds(&analysis, "shell-injection"));
}

#[test]
fn a_function_of_ten_thousand_branches() {
    let mut text = format!("{HEAD}@app.route('/')\ndef view():\n    x = request.args['x']\n    os.system(x)\n");
    for at in 0..10_000 {
        let keyword = if at == 0 { "if" } else { "elif" };
        let _ = write!(text, "    {keyword} x == 'v{at}':\n        y = {at}\n");
    }
    text.push_str("    return x\n");
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"), "what stands before the branches is seen");
}

#[test]
fn calls_that_fan_out_again_at_every_level() {
    let mut text = HEAD.to_owned();
    text.push_str("def f0(a):\n    os.system('ls ' + a)\n    return a\n");
    for at in 1..60 {
        let inner = at - 1;
        let calls: Vec<String> = (0..8).map(|turn| format!("f{inner}(a + '{turn}')")).collect();
        let _ = write!(text, "def f{at}(a):\n    return {}\n", calls.join(" + "));
    }
    text.push_str("@app.route('/')\ndef view():\n    return f4(request.args['a'])\n");
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"));
}

#[test]
fn callbacks_that_call_callbacks() {
    let mut text = HEAD.to_owned();
    text.push_str("def twice(f, x):\n    return f(f(x))\ndef grow(f):\n    return lambda x: twice(f, twice(f, x))\n");
    text.push_str("def step(x):\n    return x + '!'\nn0 = step\n");
    for at in 1..40 {
        let _ = writeln!(text, "n{at} = grow(n{})", at - 1);
    }
    text.push_str(
        "@app.route('/')\ndef view():\n    os.system(request.args['c'])\n    return n39(request.args['a'])\n",
    );
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"));
}

#[test]
fn a_generated_module_of_fifty_thousand_lines() {
    let mut text = HEAD.to_owned();
    for at in 0..16_000 {
        let _ =
            write!(text, "TABLE_{at} = {{'a': {at}, 'b': [{at}, 'x']}}\ndef get_{at}():\n    return TABLE_{at}['a']\n");
    }
    text.push_str("@app.route('/')\ndef view():\n    os.system(request.args['c'])\n    return get_7()\n");
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"));
}

#[test]
fn objects_in_objects_without_end() {
    let mut text = HEAD.to_owned();
    text.push_str("class Node:\n    def __init__(self, inner):\n        self.inner = inner\n        self.other = {'n': [self, inner]}\n");
    text.push_str("    def __getattr__(self, name):\n        return getattr(self.inner, name)\n");
    text.push_str("@app.route('/')\ndef view():\n    node = Node(request.args['a'])\n    while node:\n        node = Node(Node(Node(node)))\n");
    text.push_str("    os.system(request.args['c'])\n    return str(node.a.b.c.d.e.f.g)\n");
    let analysis = one(text);
    assert!(finds(&analysis, "shell-injection"));
}
