//! The walk over a file's tree.

use std::sync::Arc;

use seriema_program::ast::{Expr, Stmt};
use seriema_program::text_size::TextRange;

use crate::catalog::{Check, TestId};
use crate::imports::Imports;
use crate::issue::{Cwe, Draft, Issue, code_window};
use crate::log::{LogLevel, LogLine};
use crate::nosec::Nosec;
use crate::plugins::{self, Context, Outcome, Text};
use crate::source::{Place, Source};
use crate::testset::TestSet;
use crate::tree::{Node, Piece, Pieces, for_each_child, fstring_pieces, spec_pieces, tstring_pieces};

/// Trees deeper than this are not walked to the end. Bandit, which recurses in Python, gives up a little earlier.
pub(crate) const MAX_DEPTH: usize = 1000;

/// What comes out of a walk.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) issues: Vec<Issue>,
    pub(crate) log: Vec<LogLine>,
    /// Findings switched off by a bare comment.
    pub(crate) nosec: u64,
    /// Findings switched off by a comment that names the test.
    pub(crate) skipped_tests: u64,
    /// Whether some test raised.
    pub(crate) raised: bool,
    /// Whether a part of the tree was too deep to be looked at.
    pub(crate) too_deep: bool,
}

/// Walks a file's tree in CPython's order and runs the tests on the way.
pub(crate) struct Visitor<'a, 'r> {
    source: &'r Source<'a>,
    tests: &'r TestSet,
    nosec: &'r Nosec,
    filename: &'r Arc<str>,
    /// How many lines of code an issue keeps.
    context_lines: i64,
    parents: Vec<Node<'a>>,
    imports: Imports<'a>,
    outcomes: Vec<Outcome>,
    name: String,
    visit: u32,
    walked: Walked,
}

impl<'a, 'r> Visitor<'a, 'r> {
    pub(crate) fn new(
        source: &'r Source<'a>,
        tests: &'r TestSet,
        nosec: &'r Nosec,
        filename: &'r Arc<str>,
        context_lines: i64,
    ) -> Self {
        Self {
            source,
            tests,
            nosec,
            filename,
            context_lines,
            parents: Vec::with_capacity(32),
            imports: Imports::default(),
            outcomes: Vec::new(),
            name: String::new(),
            visit: 0,
            walked: Walked::default(),
        }
    }

    /// Walks the module, then looks at the file as text.
    pub(crate) fn run(mut self, body: &'a [Stmt]) -> Walked {
        self.descend(Node::Module(body));
        if !self.walked.too_deep {
            self.check(plugins::trojan_source);
            self.settle(Check::File, None, None);
        }
        self.walked
    }

    fn context(&self) -> Context<'a, '_> {
        Context {
            source: self.source,
            parents: &self.parents,
            imports: &self.imports,
            tests: self.tests,
            filename: self.filename,
        }
    }

    fn descend(&mut self, node: Node<'a>) {
        if self.parents.len() >= MAX_DEPTH {
            self.walked.too_deep = true;
            return;
        }
        self.parents.push(node);
        for_each_child(node, &mut |child| self.walk(child));
        self.parents.pop();
    }

    fn walk(&mut self, node: Node<'a>) {
        match node {
            Node::Expr(expr) => match expr {
                Expr::Name(_)
                | Expr::NumberLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::BooleanLiteral(_)
                | Expr::NoneLiteral(_)
                | Expr::EllipsisLiteral(_) => return,
                Expr::StringLiteral(literal) => {
                    let text = Text { value: literal.value.to_str(), expr: Some(expr), joined: None };
                    return self.text(node, text);
                }
                Expr::FString(fstring) => return self.pieces(node, &fstring_pieces(fstring), true),
                Expr::TString(tstring) => return self.pieces(node, &tstring_pieces(tstring), false),
                Expr::Call(call) => {
                    let mut name = std::mem::take(&mut self.name);
                    let mut outcomes = std::mem::take(&mut self.outcomes);
                    plugins::run_on_call(self.context(), call, &mut name, &mut outcomes);
                    (self.name, self.outcomes) = (name, outcomes);
                    self.settle(Check::Call, Some(node), None);
                }
                _ => {}
            },
            Node::FormatSpec(spec) => return self.pieces(node, &spec_pieces(spec), true),
            Node::Alias(_) | Node::Text(_) => return,
            Node::Handler(handler) => {
                self.check(|context, outcomes| plugins::handler(context, handler, outcomes));
                self.settle(Check::Handler, Some(node), None);
            }
            Node::Stmt(stmt) => match stmt {
                Stmt::Import(statement) => {
                    self.imports.import(statement);
                    self.check(|context, outcomes| {
                        plugins::forbidden_import(context, None, &statement.names, outcomes);
                    });
                    return self.settle(Check::Blacklist, Some(node), None);
                }
                Stmt::ImportFrom(statement) => {
                    self.imports.import_from(statement);
                    let module = statement.module.as_ref().map(|module| module.as_str());
                    self.check(|context, outcomes| {
                        plugins::forbidden_import(context, module, &statement.names, outcomes);
                    });
                    return self.settle(Check::Blacklist, Some(node), None);
                }
                Stmt::Assert(_) => {
                    self.check(plugins::assertion);
                    self.settle(Check::Assert, Some(node), None);
                }
                Stmt::FunctionDef(function) if !function.is_async => {
                    self.check(|context, outcomes| plugins::run_on_function(context, function, outcomes));
                    self.settle(Check::Function, Some(node), None);
                }
                _ => {}
            },
            _ => {}
        }
        self.descend(node);
    }

    fn check(&mut self, run: impl FnOnce(Context<'a, '_>, &mut Vec<Outcome>)) {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        run(self.context(), &mut outcomes);
        self.outcomes = outcomes;
    }

    /// A string constant. Those that stand alone as a statement are documentation.
    fn text(&mut self, node: Node<'a>, text: Text<'a, '_>) {
        let Some(parent) = self.parents.last().copied() else { return };
        if matches!(parent, Node::Stmt(Stmt::Expr(_))) {
            return;
        }
        self.check(|context, outcomes| plugins::run_on_text(context, text, outcomes));
        self.settle(Check::Text, Some(node), Some(parent));
    }

    /// The parts of an f-string or template string.
    fn pieces(&mut self, node: Node<'a>, pieces: &Pieces<'a>, is_joined: bool) {
        if self.parents.len() >= MAX_DEPTH {
            self.walked.too_deep = true;
            return;
        }
        self.parents.push(node);
        let mut joined = is_joined.then_some(pieces.as_slice());
        for piece in pieces {
            match piece {
                Piece::Text(value, range) => {
                    let text = Text { value, expr: None, joined: joined.take() };
                    self.text(Node::Text(*range), text);
                }
                Piece::Field(field) => self.walk(Node::Interpolation(field)),
            }
        }
        self.parents.pop();
    }

    /// Turns what the tests said about one node into issues, unless comments say otherwise. The lines whose comments
    /// count are those of `around` where it is given. No node at all means the file as text.
    fn settle(&mut self, check: Check, node: Option<Node<'a>>, around: Option<Node<'a>>) {
        let comments_matter = self.nosec.has_specific();
        if self.outcomes.is_empty() && !comments_matter {
            return;
        }
        let place = match node {
            Some(node) => self.source.place(node),
            None => Some(Place { line: 0, end_line: 1, column: 0, end_column: 0 }),
        };
        let Some(place) = place else { return };
        let lines = around.map_or((place.line, place.end_line), |around| self.lines(around));
        self.visit += 1;
        let mut outcomes = std::mem::take(&mut self.outcomes);
        let mut said = outcomes.drain(..).peekable();
        if comments_matter && self.nosec.first_in(lines).is_some_and(|tests| !tests.is_empty()) {
            for test in self.tests.looking_at(check) {
                match said.next_if(|outcome| outcome.test == test) {
                    Some(outcome) => self.conclude(outcome, place, lines),
                    None => self.warn_of_idle_comment(test, place.line, lines),
                }
            }
        }
        for outcome in said {
            self.conclude(outcome, place, lines);
        }
        self.outcomes = outcomes;
    }

    fn warn_of_idle_comment(&mut self, test: TestId, line: u32, lines: (u32, u32)) {
        let id = test.test().id;
        if self.nosec.first_in(lines).is_some_and(|tests| tests.contains(&id)) {
            let message = format!("nosec encountered ({id}), but no failed test on file {}:{line}", self.filename);
            self.walked.log.push(LogLine { module: "tester", level: LogLevel::Warning, message });
        }
    }

    fn conclude(&mut self, outcome: Outcome, place: Place, lines: (u32, u32)) {
        let test = outcome.test.test();
        let draft = match outcome.verdict {
            Ok(draft) => draft,
            Err(raised) => {
                self.walked.raised = true;
                let message = format!(
                    "Bandit internal error running: {} on file {} at line {}: {}",
                    test.function, self.filename, place.line, raised.0
                );
                self.walked.log.push(LogLine { module: "tester", level: LogLevel::Error, message });
                return;
            }
        };
        let id = draft.test_id.clone().unwrap_or(test.id.into());
        if !self.is_switched_off(&draft, &id, lines) {
            self.report(draft, test.function, id, place, lines);
        }
    }

    /// Whether a comment on the issue's own line or on the node's lines switches it off.
    fn is_switched_off(&mut self, draft: &Draft, id: &str, lines: (u32, u32)) -> bool {
        let own = draft.line.and_then(|line| self.nosec.on_line(line));
        let node = self.nosec.first_in(lines);
        if own.is_none() && node.is_none() {
            return false;
        }
        let mut named = own.into_iter().chain(node).flatten().peekable();
        if named.peek().is_none() {
            self.walked.nosec += 1;
            return true;
        }
        if named.any(|test| *test == id) {
            self.walked.skipped_tests += 1;
            return true;
        }
        false
    }

    fn report(
        &mut self,
        draft: Draft,
        test: &'static str,
        test_id: std::borrow::Cow<'static, str>,
        place: Place,
        lines: (u32, u32),
    ) {
        let lines = draft.at.map_or(lines, |(line, _)| (line, line));
        let mut issue = Issue {
            filename: Arc::clone(self.filename),
            test,
            test_id,
            severity: draft.severity,
            confidence: draft.confidence,
            cwe: Cwe(draft.cwe),
            text: draft.text,
            line: draft.line.unwrap_or(place.line),
            lines,
            column: draft.at.map_or(place.column, |(_, column)| column),
            end_column: place.end_column,
            visit: self.visit,
            code: Vec::new(),
        };
        let (first, end) = code_window(issue.line, issue.line_count(), self.context_lines);
        let code = (first..end).map_while(|number| Some((number, self.source.line_text(number)?.to_owned() + "\n")));
        issue.code = code.collect();
        self.walked.issues.push(issue);
    }

    /// The lines of a node. Those without a position have the lines on which their descendants start.
    fn lines(&self, node: Node<'a>) -> (u32, u32) {
        if let Some(place) = self.source.place(node) {
            return (place.line, place.end_line);
        }
        let mut span: Option<TextRange> = None;
        starts(self.source, node, true, 0, &mut span);
        span.map_or((0, 1), |span| (self.source.line(span.start()), self.source.line(span.end())))
    }
}

/// Widens `span` to the starts of all descendants; the bodies of the node itself do not count.
fn starts<'a>(source: &Source<'a>, node: Node<'a>, is_top: bool, depth: usize, span: &mut Option<TextRange>) {
    if depth > MAX_DEPTH {
        return;
    }
    for_each_child(node, &mut |child| {
        if is_top && matches!((node, child), (Node::MatchCase(_), Node::Stmt(_))) {
            return;
        }
        if let Some(range) = source.range(child) {
            let start = TextRange::empty(range.start());
            *span = Some(span.map_or(start, |own| own.cover(start)));
        }
        starts(source, child, false, depth + 1, span);
    });
}
