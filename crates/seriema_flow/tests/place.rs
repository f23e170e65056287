//! What is said of a place: where its data is from, what cleaned it, and why it is reported or not.

mod common;

use std::path::Path;

use seriema_flow::{Answer, Inquiry, NoAnswer, Origin, OriginKind, Spot, TargetKind};
use seriema_models::{SinkKind, SourceKind};

use common::lowered;

fn inquiry(text: &str) -> Inquiry {
    Inquiry::new(vec![lowered("app.py", text)], &seriema_flow::Options::default()).expect("own models are well-formed")
}

/// The answers at what `here` points to: the first text that is marked by `«»`.
fn ask(marked: &str) -> Vec<Answer> {
    let text = marked.replace(['«', '»'], "");
    let start = marked.find('«').expect("a mark");
    let line = u32::try_from(marked[..start].matches('\n').count() + 1).expect("few lines");
    let spot = Spot { line, offset: u32::try_from(start).ok() };
    inquiry(&text).at("app.py", spot).expect("an expression")
}

fn one(marked: &str) -> Answer {
    let mut answers = ask(marked);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

fn only(answer: &Answer) -> &Origin {
    let [origin] = &*answer.origins else { panic!("one origin: {:?}", answer.origins) };
    origin
}

#[test]
fn a_parameter_is_followed_to_its_callers_and_theirs() {
    let answer = one("
import os
from flask import request

def inner(command):
    os.system(«command»)

def outer(text):
    inner('echo ' + text)

def view():
    outer(request.args['a'])
    outer('constant')
");
    let origin = only(&answer);
    assert_eq!((origin.kind, &*origin.name), (OriginKind::Parameter, "parameter command"));
    assert_eq!(origin.sources(), [SourceKind::HttpQuery]);
    let [call] = &*origin.givers else { panic!("one call: {:?}", origin.givers) };
    assert_eq!((call.place.line, &*call.place.message), (9, "`outer` gives `command`"));
    assert_eq!(call.value.as_deref(), Some("\"echo {parameter text}\""));
    let above: Vec<_> = call.origins[0].givers.iter().map(|giver| (giver.place.line, giver.value.as_deref())).collect();
    assert_eq!(above[1], (13, Some("\"constant\"")));
    assert_eq!(answer.sinks[0].reported.len(), 1);
}

#[test]
fn nobody_calls_it() {
    let answer = one("
import os

def run(command):
    os.system(«command»)
");
    assert!(only(&answer).givers.is_empty() && !only(&answer).entry);
    assert_eq!(
        answer.sinks[0].reasons,
        ["only the parameter `command` gets there, and nothing in the project is seen to call `run`"]
    );
}

#[test]
fn a_function_that_calls_itself_comes_to_an_end() {
    let answer = one("
import os

def run(command, left):
    os.system(«command»)
    if left:
        run(command + '.', left - 1)

run('a', 3)
");
    assert!(only(&answer).sources().is_empty());
    assert_eq!(answer.sinks[0].reported, []);
}

#[test]
fn what_cleaned_it_is_named() {
    let answer = one("
import html
import os
from flask import request

def view():
    name = html.escape(request.args['a'])
    return «name»
");
    let origin = only(&answer);
    assert_eq!(origin.cleaned, [SinkKind::Html]);
    let by: Vec<_> = origin.cleaned_by.iter().map(|place| (place.line, &*place.message)).collect();
    assert_eq!(by, [(7, "cleaned by `html.escape`")]);
}

#[test]
fn a_guard_is_named() {
    let answer = one("
import os
from flask import abort, request

def require(text):
    if not text.isalnum():
        abort(400)

def view():
    name = request.args['a']
    require(name)
    os.system('echo ' + «name»)
");
    let by: Vec<_> = only(&answer).cleaned_by.iter().map(|place| (place.line, &*place.message)).collect();
    assert_eq!(by, [(11, "cleaned by a check")]);
    assert!(answer.sinks[0].reasons[0].ends_with("any more: cleaned by a check in line 11"), "{:?}", answer.sinks);
}

#[test]
fn a_weak_check_is_named_and_does_not_help() {
    let answer = one("
import os
import re
from flask import request

def view():
    name = request.args['a']
    if re.match('[a-z]', name):
        os.system('echo ' + «name»)
");
    let origin = only(&answer);
    assert_eq!(origin.cleaned_by[0].message, "passes a weak check");
    assert_eq!(answer.sinks[0].reported[0].0, "shell-injection");
}

#[test]
fn calls_that_nobody_knows_are_named() {
    let answer = one("
from flask import request

def view(convert):
    name = convert(request.args['a'])
    return «name»
");
    let query = answer.origins.iter().find(|origin| origin.kind == OriginKind::Source(SourceKind::HttpQuery));
    let query = query.expect("the query");
    let went: Vec<_> = query.unresolved.iter().map(|place| (place.line, &*place.message)).collect();
    assert_eq!(went, [(5, "`parameter convert`, which callers decide")]);
}

#[test]
fn callees_are_told_apart() {
    let kinds = |marked: &str| -> Vec<(String, TargetKind)> {
        one(marked).callees.into_iter().map(|target| (target.name, target.kind)).collect()
    };
    assert_eq!(kinds("def f(): pass\n«f»()\n"), [("f".to_owned(), TargetKind::Project)]);
    assert_eq!(kinds("import os\nos.«system»('a')\n"), [("os.system".to_owned(), TargetKind::Library)]);
    assert_eq!(kinds("def f(g):\n    «g»()\n"), [("parameter g".to_owned(), TargetKind::Given)]);
    assert_eq!(kinds("nothing = 3\n«missing»(3)\n"), [("missing".to_owned(), TargetKind::Unknown)]);
}

#[test]
fn what_is_kept_in_a_variable_is_followed_to_who_writes_it() {
    let answer = one("
import os
from flask import request

LAST = {}

def write():
    LAST['name'] = request.args['a']

def read():
    os.system(«LAST['name']»)
");
    let kept = answer.origins.iter().find(|origin| origin.kind == OriginKind::Variable).expect("the variable");
    assert_eq!((kept.givers[0].place.line, &*kept.givers[0].place.message), (8, "`write` writes it"));
    assert_eq!(answer.sinks[0].reported[0].0, "shell-injection");
}

#[test]
fn a_sink_in_a_called_function_is_seen() {
    let answer = one("
import os
from flask import request

def run(command):
    os.system(command)

def view():
    run(«request.args['a']»)
");
    let sink = &answer.sinks[0];
    assert_eq!(
        (sink.place.line, sink.through.as_ref().map(|(name, call)| (&**name, call.line))),
        (6, Some(("run", 9)))
    );
    assert_eq!(sink.reported[0].0, "shell-injection");
}

#[test]
fn dead_code_is_said_to_be_dead() {
    let answer = one("
import os

def view(name):
    if False:
        os.system(«name»)
");
    assert!(!answer.reached);
}

#[test]
fn a_parameter_can_be_asked_about_where_it_is_declared() {
    let answer = one("
import os
from flask import request

def run(«command»):
    os.system('echo ' + command)

run(request.args['a'])
");
    assert_eq!(only(&answer).sources(), [SourceKind::HttpQuery]);
    assert_eq!(answer.onward[0].reported[0].0, "shell-injection");
}

#[test]
fn there_is_nothing_to_say() {
    let inquiry = inquiry("import os\n\nos.system('a')\n");
    let at = |path: &str, line| inquiry.at(path, Spot { line, offset: None }).map(|answers| answers.len());
    assert_eq!(at("other.py", 1), Err(NoAnswer::NoFile));
    assert_eq!(at("app.py", 2), Err(NoAnswer::NoExpression));
    assert_eq!(at("app.py", 0), Err(NoAnswer::NoLine(4)));
    assert_eq!(at("app.py", 9), Err(NoAnswer::NoLine(4)));
    assert_eq!(at("app.py", 3), Ok(1));
}

/// Every line and some offsets of the pages in `features/` has an answer or none, and the same one twice.
#[test]
#[allow(clippy::disallowed_methods, reason = "reads the pages")]
fn every_place_can_be_asked_about() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let mut asked = 0;
    for page in std::fs::read_dir(pages).expect("the pages") {
        let text = std::fs::read_to_string(page.expect("an entry").path()).expect("a readable page");
        let code = text.split("```python").skip(1).filter_map(|rest| rest.split("```").next());
        let code: String = code.map(|block| block.trim_start_matches(" limitation").to_owned()).collect();
        let inquiry = inquiry(&code);
        let mut offset = 0;
        for (line, content) in (1..).zip(code.split_inclusive('\n')) {
            let spots = (0..content.len()).step_by(40).map(|at| u32::try_from(offset + at).ok());
            for spot in spots.chain([None]) {
                let ask = || inquiry.at("app.py", Spot { line, offset: spot });
                let first = ask();
                asked += usize::from(first.is_ok());
                if spot.is_none() {
                    assert_eq!(format!("{first:?}"), format!("{:?}", ask()));
                }
            }
            offset += content.len();
        }
    }
    assert!(asked > 500, "{asked}");
}
