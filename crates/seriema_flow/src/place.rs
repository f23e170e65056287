//! What is known of the expressions at a place: where their data is from, what it passed, and what becomes of it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_finding::Persona;
use seriema_models::{Kinds, SinkKind, SourceKind};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FormatPart, FunctionKind, ParameterKind, Slot, Stmt};

use crate::eval::is_builtin;
use crate::inquiry::{Inquiry, Replay};
use crate::library::{is_harmless_prefix, still_harms};
use crate::probe::{Callee, Probe, SeenSink};
use crate::project::{FileId, FuncId};
use crate::report::{Place, places, rule_of, sink_words, source_words};
use crate::summary::Summary;
use crate::value::{Base, Fact, Label, Value};
use crate::words::{Words, notes, path_words, shortened};

/// Callers of callers that are asked what they give.
const MAX_LEVELS: usize = 5;
/// Calls of one function that are shown.
const MAX_GIVERS: usize = 12;
/// Functions that are gone through again for one question, to see what they give.
const MAX_REPLAYS: usize = 160;
/// Origins that are looked for in one question, those of callers among them.
const MAX_ORIGINS: usize = 1_500;
/// Expressions of one line that are answered for.
const MAX_ANSWERS: usize = 12;

/// A place to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The one-based line.
    pub line: u32,
    /// The byte offset in the file, where one expression of the line is meant.
    pub offset: Option<u32>,
}

/// Why there is nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The file is none of the program's.
    NoFile,
    /// There are fewer lines; so many.
    NoLine(u32),
    /// No expression stands there.
    NoExpression,
}

/// What is known of one expression.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it stands.
    pub place: Place,
    /// The function around it; none for the module's body.
    pub function: Option<String>,
    /// Whether the analysis gets there at all.
    pub reached: bool,
    /// Whether the function was cut short by a bound.
    pub bounded: bool,
    /// Constants, parts and types, if anything of the kind is known.
    pub value: Option<String>,
    /// Where its data is from.
    pub origins: Vec<Origin>,
    /// Of a call: what it calls.
    pub callees: Vec<Target>,
    /// The sinks that it gets into right here.
    pub sinks: Vec<Sink>,
    /// Sinks of the same function that its data gets to later, or was in before.
    pub onward: Vec<Sink>,
    /// Findings whose way leads through here: rule, persona, where they end.
    pub findings: Vec<(&'static str, Persona, Place)>,
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its name; empty when nobody knows it.
    pub name: String,
    /// What is known of it.
    pub kind: TargetKind,
}

/// Of what kind a callee is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// A function or class of the project.
    Project,
    /// Something outside.
    Library,
    /// What a caller gives.
    Given,
    /// Nobody knows.
    Unknown,
}

impl TargetKind {
    /// One word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Library => "library",
            Self::Given => "given",
            Self::Unknown => "unresolved",
        }
    }
}

/// What data is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    /// A source.
    Source(SourceKind),
    /// A parameter of the function.
    Parameter,
    /// A variable of a module, or an attribute.
    Variable,
    /// The result of a call that only callers can resolve.
    Result,
}

/// Where data is from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Which part of the value it is; empty for all of it.
    pub part: String,
    /// What it is from.
    pub kind: OriginKind,
    /// The same by name: `flask.request.args`, `parameter name`.
    pub name: String,
    /// What is known of it: what it can do no harm in any more, weak checks.
    pub notes: Vec<String>,
    /// The kinds of sinks that it can do no harm in any more.
    pub cleaned: Vec<SinkKind>,
    /// What took the harm out, in the same function.
    pub cleaned_by: Vec<Place>,
    /// Calls that it went through in the same function, of which nobody knows what they call.
    pub unresolved: Vec<Place>,
    /// The way from the source on.
    pub steps: Vec<Place>,
    /// Of a parameter: calls that give it. Of a variable: what is written there.
    pub givers: Vec<Giver>,
    /// Whether there are more of them.
    pub more: bool,
    /// Of a parameter: whether its function is called from outside.
    pub entry: bool,
}

impl Origin {
    /// The sources that it comes from in the end.
    pub fn sources(&self) -> Vec<SourceKind> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out.sort_unstable();
        out.dedup();
        out
    }

    fn collect(&self, out: &mut Vec<SourceKind>) {
        if let OriginKind::Source(kind) = self.kind {
            out.push(kind);
        }
        for giver in &self.givers {
            giver.origins.iter().for_each(|origin| origin.collect(out));
        }
    }
}

/// Somebody who gives a parameter, or writes a variable.
#[derive(Clone, Debug)]
pub struct Giver {
    /// The call, or the write.
    pub place: Place,
    /// What is given, as far as it is known.
    pub value: Option<String>,
    /// Where that is from.
    pub origins: Vec<Origin>,
}

/// A sink, and what comes of it.
#[derive(Clone, Debug)]
pub struct Sink {
    /// What it does harm to.
    pub kind: SinkKind,
    /// What is called.
    pub callee: String,
    /// Where; what it does there.
    pub place: Place,
    /// The call that leads there, where it is in another function.
    pub through: Option<(String, Place)>,
    /// The rules that report it, each with who is shown it.
    pub reported: Vec<(&'static str, Persona)>,
    /// Why not, one reason for each piece of data.
    pub reasons: Vec<String>,
}

/// Work of one question.
struct Asking<'a> {
    inquiry: &'a Inquiry,
    callers: FxHashMap<FuncId, Vec<FuncId>>,
    /// Who gives what, by function and what of its parameters it is: how far that was followed, and what was found.
    known: FxHashMap<(FuncId, Label), (usize, Vec<Giver>, bool)>,
    replays: usize,
    origins: usize,
}

impl Inquiry {
    /// What is known of the expressions at a place of a file.
    ///
    /// # Errors
    /// When there is nothing to be known.
    pub fn at(&self, path: &str, spot: Spot) -> Result<Vec<Answer>, NoAnswer> {
        let number = self.project.files.iter().position(|file| *file.path == *path).ok_or(NoAnswer::NoFile)?;
        let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        let file = self.project.file(id);
        let lines = u32::try_from(file.lines.len()).unwrap_or(u32::MAX);
        if spot.line == 0 || spot.line > lines {
            return Err(NoAnswer::NoLine(lines));
        }
        let parameters = parameters(file, spot);
        let wanted = expressions(file, spot, parameters.is_empty());
        if wanted.is_empty() && parameters.is_empty() {
            return Err(NoAnswer::NoExpression);
        }
        let last = wanted.iter().map(|id| file.span(*id).0).max().unwrap_or(u32::MAX);
        let mut asking = Asking {
            inquiry: self,
            callers: FxHashMap::default(),
            known: FxHashMap::default(),
            replays: 0,
            origins: 0,
        };
        let mut answers: FxHashMap<ExprId, Answer> = FxHashMap::default();
        let mut out = Vec::new();
        let mut bounded = false;
        for func in self.functions_of(id) {
            let function = self.project.function(func);
            let asked: Vec<Slot> = parameters
                .iter()
                .filter(|(index, _)| self.project.funcs[func.0 as usize].1 == *index)
                .map(|(_, slot)| *slot)
                .collect();
            if function.kind != FunctionKind::Module && function.span.0 > last && asked.is_empty() {
                continue;
            }
            let replay = self.replay(func, Probe::of_all());
            bounded |= replay.summary.bounded;
            for slot in asked {
                out.extend(asking.parameter(&replay, slot));
            }
            for expr in &wanted {
                if replay.probe.values.contains_key(expr) && !answers.contains_key(expr) {
                    answers.insert(*expr, asking.expression(&replay, *expr));
                }
            }
        }
        for expr in wanted {
            out.push(answers.remove(&expr).unwrap_or_else(|| unreached(file, file.span(expr), bounded)));
        }
        // What is only named there says nothing.
        if out.len() > 1 && spot.offset.is_none() {
            out.retain(Answer::says_something);
            // Of a call that is a sink, its arguments say it all.
            let spans: Vec<((u32, u32), usize)> =
                out.iter().filter(|a| !a.sinks.is_empty()).map(|a| (a.place.span, a.sinks.len())).collect();
            out.retain(|answer| {
                let (start, end) = answer.place.span;
                let result =
                    answer.sinks.iter().all(|sink| sink.place.span == answer.place.span || sink.through.is_some());
                let said = |(span, count): &((u32, u32), usize)| {
                    start < span.0 && span.1 < end && *count == answer.sinks.len()
                };
                answer.sinks.is_empty() || !result || !spans.iter().any(said)
            });
        }
        out.truncate(MAX_ANSWERS);
        if out.is_empty() { Err(NoAnswer::NoExpression) } else { Ok(out) }
    }

    fn place(&self, file: FileId, span: (u32, u32), message: String) -> Place {
        let file = self.project.file(file);
        Place { path: Arc::clone(&file.path), span, line: file.line(span.0), message }
    }

    fn function_name(&self, func: FuncId) -> Option<String> {
        let function = self.project.function(func);
        (function.kind != FunctionKind::Module).then(|| function.qualified.to_string())
    }
}

impl Answer {
    fn says_something(&self) -> bool {
        !self.reached
            || !self.origins.is_empty()
            || !self.callees.is_empty()
            || !self.sinks.is_empty()
            || !self.findings.is_empty()
            || self.value.is_some()
    }
}

fn unreached(file: &FileIr, span: (u32, u32), bounded: bool) -> Answer {
    Answer {
        place: Place { path: Arc::clone(&file.path), span, line: file.line(span.0), message: String::new() },
        function: None,
        reached: false,
        bounded,
        value: None,
        origins: Vec::new(),
        callees: Vec::new(),
        sinks: Vec::new(),
        onward: Vec::new(),
        findings: Vec::new(),
    }
}

impl Asking<'_> {
    fn words<'w>(&'w self, replay: &'w Replay) -> Words<'w> {
        self.inquiry.words(replay)
    }

    fn file_of(&self, func: FuncId) -> FileId {
        self.inquiry.project.funcs[func.0 as usize].0
    }

    fn expression(&mut self, replay: &Replay, expr: ExprId) -> Answer {
        let inquiry = self.inquiry;
        let id = self.file_of(replay.func);
        let file = inquiry.project.file(id);
        let span = file.span(expr);
        let value = replay.probe.values.get(&expr).cloned().unwrap_or_default();
        let (sinks, onward) = self.sinks(replay, expr, &value);
        let mut callees: Vec<Target> =
            replay.probe.calls.get(&expr).into_iter().flatten().map(|callee| self.target(replay, *callee)).collect();
        callees.sort();
        callees.dedup();
        Answer { callees, sinks, onward, ..self.about(replay, span, &value) }
    }

    fn parameter(&mut self, replay: &Replay, slot: Slot) -> Option<Answer> {
        let function = self.inquiry.project.function(replay.func);
        let parameter = function.parameters.iter().find(|parameter| parameter.slot == slot)?;
        let (_, value) = replay.probe.parameters.iter().find(|(known, _)| *known == slot)?;
        let value = value.clone();
        let mut answer = self.about(replay, parameter.span(), &value);
        let labels: Vec<Label> = value.facts().iter().map(|fact| fact.label).collect();
        answer.onward = self.onward(replay, &labels, &FxHashSet::default());
        Some(answer)
    }

    /// What is known of a value, whatever it is used for.
    fn about(&mut self, replay: &Replay, span: (u32, u32), value: &Value) -> Answer {
        let inquiry = self.inquiry;
        let file = inquiry.project.file(self.file_of(replay.func));
        let place = Place { path: Arc::clone(&file.path), span, line: file.line(span.0), message: String::new() };
        let mut found = Vec::new();
        parts(value, &mut String::new(), &mut found, 3);
        let mut origins: Vec<Origin> = Vec::new();
        for (part, fact) in found {
            let known = origins.iter().any(|origin| origin.part.is_empty() && origin.name == self.name(replay, &fact));
            if !part.is_empty() && known {
                continue;
            }
            let mut origin = self.origin(replay, &fact, MAX_LEVELS, &mut Vec::new());
            origin.part = part;
            origin.cleaned_by = cleaners(inquiry, replay, &fact, span.0);
            origin.unresolved = unresolved(inquiry, replay, &fact);
            origins.push(origin);
        }
        let findings = inquiry
            .findings
            .iter()
            .filter(|finding| {
                let here = |path: &str, other: (u32, u32)| path == &*place.path && other.0 < span.1 && span.0 < other.1;
                here(&finding.path, finding.span) || finding.steps.iter().any(|step| here(&step.path, step.span))
            })
            .map(|finding| {
                let line = finding.steps.last().map_or(0, |step| step.line);
                let (path, message) = (Arc::clone(&finding.path), finding.message.clone());
                (finding.rule, finding.persona, Place { path, span: finding.span, line, message })
            })
            .collect();
        Answer {
            place,
            function: inquiry.function_name(replay.func),
            reached: true,
            bounded: replay.summary.bounded,
            value: Some(self.words(replay).value(value)).filter(|text| text != "?" && !text.starts_with('<')),
            origins,
            callees: Vec::new(),
            sinks: Vec::new(),
            onward: Vec::new(),
            findings,
        }
    }

    fn name(&self, replay: &Replay, fact: &Fact) -> String {
        self.words(replay).label(fact.label)
    }

    fn target(&self, replay: &Replay, callee: Callee) -> Target {
        let words = self.words(replay);
        let (name, kind) = match callee {
            Callee::Project(func) => (words.function_name(func), TargetKind::Project),
            Callee::Class(class) => {
                (words.reference(&crate::value::Ref::Class(class), 1).replacen("class ", "", 1), TargetKind::Project)
            }
            Callee::Library(path) => {
                let builtin = path.as_str().strip_prefix("builtins.");
                let name = builtin.map(|name| name.split('.').next().unwrap_or(name).trim_end_matches("()"));
                match name {
                    Some(name) if !is_builtin(Symbol::new(name)) => (name.to_owned(), TargetKind::Unknown),
                    _ => (path.to_string(), TargetKind::Library),
                }
            }
            Callee::Given(label, method) => {
                let method = method.map(|method| format!(".{method}")).unwrap_or_default();
                (format!("{}{method}", words.label(label)), TargetKind::Given)
            }
            Callee::Unknown => (String::new(), TargetKind::Unknown),
        };
        Target { name, kind }
    }

    fn origin(&mut self, replay: &Replay, fact: &Fact, levels: usize, seen: &mut Vec<(FuncId, Label)>) -> Origin {
        let inquiry = self.inquiry;
        let kind = match fact.label.base {
            Base::Source(kind, ..) => OriginKind::Source(kind),
            Base::Param(_) => OriginKind::Parameter,
            Base::Global(..) | Base::Field(..) => OriginKind::Variable,
            Base::Result(_) => OriginKind::Result,
        };
        let mut origin = Origin {
            part: String::new(),
            kind,
            name: self.name(replay, fact),
            notes: notes(fact, None),
            cleaned: kinds(fact.cleaned),
            cleaned_by: Vec::new(),
            unresolved: Vec::new(),
            steps: places(&inquiry.project, &fact.step),
            givers: Vec::new(),
            more: false,
            entry: kind == OriginKind::Parameter && inquiry.solution.entries.contains_key(&replay.func),
        };
        self.origins += 1;
        if levels == 0 || self.origins > MAX_ORIGINS || seen.contains(&(replay.func, fact.label)) {
            origin.more = !matches!(kind, OriginKind::Source(_));
            return origin;
        }
        // What modules and classes hold is the same everywhere.
        let place = if kind == OriginKind::Variable { FuncId(0) } else { replay.func };
        if let Some((known, givers, more)) = self.known.get(&(place, fact.label))
            && *known >= levels
        {
            origin.steps.clear();
            origin.givers.clone_from(givers);
            origin.more = *more;
            return origin;
        }
        seen.push((replay.func, fact.label));
        match fact.label.base {
            Base::Param(slot) => {
                origin.steps.clear();
                self.callers_give(replay.func, slot, fact.label, levels, seen, &mut origin);
            }
            Base::Global(..) | Base::Field(..) => {
                origin.steps.clear();
                self.writers_give(fact.label, levels, seen, &mut origin);
            }
            _ => {
                seen.pop();
                return origin;
            }
        }
        seen.pop();
        self.known.insert((place, fact.label), (levels, origin.givers.clone(), origin.more));
        origin
    }

    /// Who calls the function, and with what.
    fn callers_give(
        &mut self,
        func: FuncId,
        slot: Slot,
        label: Label,
        levels: usize,
        seen: &mut Vec<(FuncId, Label)>,
        origin: &mut Origin,
    ) {
        let inquiry = self.inquiry;
        let parameter = inquiry.project.function(func).parameters.iter().find(|parameter| parameter.slot == slot);
        let what = parameter.map_or_else(|| "?".to_owned(), |p| format!("{}{}", p.name, path_words(label.path)));
        for caller in self.callers(func) {
            if self.replays >= MAX_REPLAYS || origin.givers.len() >= MAX_GIVERS {
                origin.more = true;
                return;
            }
            self.replays += 1;
            let replay = inquiry.replay(caller, Probe::of_calls(func, label));
            let mut known: Vec<(FileId, (u32, u32))> = Vec::new();
            // What it was given last, with all that loops bring along.
            for gift in replay.probe.gifts.iter().rev() {
                if known.contains(&(gift.file, gift.span)) {
                    continue;
                }
                known.push((gift.file, gift.span));
                let by =
                    inquiry.function_name(caller).map_or_else(|| "the module".to_owned(), |name| format!("`{name}`"));
                let place = inquiry.place(gift.file, gift.span, format!("{by} gives `{what}`"));
                let value =
                    Some(self.words(&replay).value(&gift.value)).filter(|text| text != "?" && !text.starts_with('<'));
                let mut origins = Vec::new();
                for fact in &gift.facts {
                    // The arguments of a class's own methods are not followed in circles.
                    let mut inner = self.origin(&replay, fact, levels - 1, seen);
                    inner.part.clear();
                    origins.push(inner);
                }
                origin.givers.push(Giver { place, value, origins });
            }
        }
        origin.givers.sort_by(|a, b| (&a.place.path, a.place.span).cmp(&(&b.place.path, b.place.span)));
    }

    /// Who writes the variable, and what.
    fn writers_give(&mut self, label: Label, levels: usize, seen: &mut Vec<(FuncId, Label)>, origin: &mut Origin) {
        let inquiry = self.inquiry;
        for (writer, summary) in inquiry.solution.ends() {
            for (cell, fact) in summary.cells {
                let open = matches!(fact.label.base, Base::Param(_) | Base::Result(_));
                if cell.base != label.base || open || !cell.path.meets(label.path) {
                    continue;
                }
                if origin.givers.len() >= MAX_GIVERS {
                    origin.more = true;
                    return;
                }
                let replay = Replay { func: writer, summary: Summary::default(), probe: Box::default() };
                let inner = self.origin(&replay, fact, levels - 1, seen);
                let by =
                    inquiry.function_name(writer).map_or_else(|| "the module".to_owned(), |name| format!("`{name}`"));
                let (file, span) = (fact.step.file, fact.step.span);
                let place = inquiry.place(file, span, format!("{by} writes it"));
                origin.givers.push(Giver { place, value: None, origins: vec![inner] });
            }
        }
    }

    /// The functions that call one, in their order.
    fn callers(&mut self, func: FuncId) -> Vec<FuncId> {
        if self.callers.is_empty() {
            for (number, note) in (0..).zip(&self.inquiry.solution.notes) {
                for callee in &note.depends {
                    self.callers.entry(*callee).or_default().push(FuncId(number));
                }
            }
        }
        self.callers.get(&func).cloned().unwrap_or_default()
    }

    /// The sinks that an expression gets into, and those that its data gets into elsewhere in the function.
    fn sinks(&mut self, replay: &Replay, expr: ExprId, value: &Value) -> (Vec<Sink>, Vec<Sink>) {
        let file = self.inquiry.project.file(self.file_of(replay.func));
        let span = file.span(expr);
        let mut direct: FxHashSet<usize> = FxHashSet::default();
        for (at, sink) in replay.probe.sinks.iter().enumerate() {
            if sink.span == span || self.is_argument(replay, expr, sink) {
                direct.insert(at);
            }
        }
        let mut found: Vec<usize> = direct.iter().copied().collect();
        found.sort_unstable();
        let sinks = found.into_iter().map(|at| self.sink(replay, &replay.probe.sinks[at])).collect();
        let mut parts_of = Vec::new();
        parts(value, &mut String::new(), &mut parts_of, 3);
        let labels: Vec<Label> = parts_of.iter().map(|(_, fact)| fact.label).collect();
        (sinks, self.onward(replay, &labels, &direct))
    }

    fn onward(&mut self, replay: &Replay, labels: &[Label], direct: &FxHashSet<usize>) -> Vec<Sink> {
        let meets = |sink: &SeenSink| {
            sink.facts.iter().any(|(fact, _)| {
                labels.iter().any(|label| label.base == fact.label.base && label.path.meets(fact.label.path))
            })
        };
        let all = replay.probe.sinks.iter().enumerate();
        let found: Vec<&SeenSink> = all
            .filter(|(at, sink)| !direct.contains(at) && meets(sink))
            .map(|(_, sink)| sink)
            .take(MAX_ANSWERS)
            .collect();
        found.into_iter().map(|sink| self.sink(replay, sink)).collect()
    }

    /// Whether an expression is, or is in, the argument of a call that is a sink.
    fn is_argument(&self, replay: &Replay, expr: ExprId, sink: &SeenSink) -> bool {
        let file = self.inquiry.project.file(self.file_of(replay.func));
        let (start, end) = file.span(expr);
        if sink.site.0 != self.file_of(replay.func) && sink.through.is_none() {
            return false;
        }
        if start < sink.span.0 || end > sink.span.1 {
            return false;
        }
        for (number, (call, own)) in file.exprs.iter().zip(&file.spans).enumerate() {
            let Expr::Call(index) = call else { continue };
            if *own != sink.span {
                continue;
            }
            let node = &file.calls[*index as usize];
            let arguments: Vec<ExprId> =
                node.positional.iter().copied().chain(node.keywords.iter().map(|(_, value)| *value)).collect();
            let Some(argument) = arguments.iter().copied().find(|argument| {
                let (from, to) = file.span(*argument);
                from <= start && end <= to
            }) else {
                return false;
            };
            // What the call gives is what matters, not what it is given.
            let call = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
            if let (Some(value), Some(given)) = (&sink.value, replay.probe.last.get(&call))
                && given.is(value)
            {
                return false;
            }
            let is =
                |argument: ExprId, value: &Value| replay.probe.last.get(&argument).is_some_and(|seen| seen.is(value));
            return match &sink.value {
                // The very argument, or nobody knows which.
                Some(value) => is(argument, value) || !arguments.iter().any(|other| is(*other, value)),
                None => sink.facts.iter().any(|(fact, _)| {
                    let seen = replay.probe.values.get(&argument);
                    let mut found = Vec::new();
                    if let Some(seen) = seen {
                        parts(seen, &mut String::new(), &mut found, 4);
                    }
                    found.iter().any(|(_, known)| known.label == fact.label)
                }),
            };
        }
        false
    }

    fn sink(&mut self, replay: &Replay, seen: &SeenSink) -> Sink {
        let inquiry = self.inquiry;
        let own = self.file_of(replay.func);
        let place = inquiry.place(seen.site.0, seen.site.1, sink_words(seen.kind).to_owned());
        let through = seen.through.map(|func| {
            (self.words(replay).function_name(func), inquiry.place(own, seen.span, "is called".to_owned()))
        });
        let mut sink = Sink {
            kind: seen.kind,
            callee: seen.callee.to_string(),
            place,
            through,
            reported: Vec::new(),
            reasons: Vec::new(),
        };
        if seen.facts.is_empty() {
            let text = seen.value.as_ref().map(|value| shortened(&self.words(replay).value(value)));
            sink.reasons.push(match text {
                Some(text) if text != "?" => format!("nothing of others gets there: it is {text}"),
                _ => "nothing of others gets there".to_owned(),
            });
        }
        for (fact, prefix) in &seen.facts {
            self.judge(replay, seen, fact, *prefix, &mut sink);
        }
        sink.reasons.dedup();
        sink
    }

    /// What comes of one piece of data in a sink.
    fn judge(&mut self, replay: &Replay, seen: &SeenSink, fact: &Fact, prefix: Option<Symbol>, sink: &mut Sink) {
        let inquiry = self.inquiry;
        let name = quoted(&self.name(replay, fact));
        if !still_harms(seen.kind, fact, prefix) {
            sink.reasons.push(if fact.cleaned.has(seen.kind) {
                let by = cleaners(inquiry, replay, fact, seen.span.1);
                let by: Vec<String> =
                    by.iter().map(|place| format!("{} in line {}", place.message, place.line)).collect();
                let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
                format!("{name} can do no harm in {} any more{by}", seen.kind)
            } else if let Some(prefix) = prefix.filter(|_| is_harmless_prefix(seen.kind, prefix)) {
                format!("{name} stands after {:?}, where it can do no harm", shortened(prefix.as_str()))
            } else {
                format!("{name} can do no harm there")
            });
            return;
        }
        let path = &inquiry.project.file(seen.site.0).path;
        let reported = |source: SourceKind| {
            let rule = rule_of(seen.kind, source)?;
            let found = inquiry
                .findings
                .iter()
                .find(|finding| finding.rule == rule && finding.path == *path && finding.span == seen.site.1);
            found.map(|finding| (rule, finding.persona))
        };
        let origin = self.origin(replay, fact, MAX_LEVELS, &mut Vec::new());
        let sources = origin.sources();
        if sources.is_empty() {
            sink.reasons.push(self.nothing_from(replay, &origin));
            return;
        }
        for source in sources {
            match reported(source) {
                Some(rule) if !sink.reported.contains(&rule) => sink.reported.push(rule),
                Some(_) => {}
                None if rule_of(seen.kind, source).is_none() => {
                    sink.reasons.push(format!("no rule asks what {} does there", source_words(source)));
                }
                None if origin.kind == OriginKind::Source(source) => sink.reasons.push(format!(
                    "{name} gets there, but not on a way on which it is a sink{}",
                    if replay.summary.bounded { ", or a bound was hit" } else { "" }
                )),
                None => sink.reasons.push(format!(
                    "{name} is given data from {} somewhere, but cleaned, or not on a way that leads there",
                    source_words(source)
                )),
            }
        }
    }

    /// Why data that no source reaches does no harm.
    fn nothing_from(&self, replay: &Replay, origin: &Origin) -> String {
        let function = self.inquiry.project.function(replay.func).qualified;
        let name = quoted(&origin.name);
        let why = match (origin.kind, origin.givers.len()) {
            (OriginKind::Parameter, 0) if origin.entry => {
                format!("what calls `{function}` from outside gives it nothing of others")
            }
            (OriginKind::Parameter, 0) => format!("nothing in the project is seen to call `{function}`"),
            (OriginKind::Parameter, count) => {
                let more = if origin.more { " that were looked at" } else { "" };
                match count {
                    1 => format!("the one call of `{function}` gives it nothing of others"),
                    _ => format!("none of the {count} calls of `{function}`{more} gives it data of others"),
                }
            }
            (OriginKind::Variable, _) => "nothing of others is written to it".to_owned(),
            (OriginKind::Result, _) => "callers decide what that is".to_owned(),
            (OriginKind::Source(_), _) => return "nothing of others gets there".to_owned(),
        };
        format!("only {name} gets there, and {why}")
    }
}

/// A name as [`Words::label`] has it, in a sentence.
fn quoted(name: &str) -> String {
    for (word, rest) in
        [("parameter ", "the parameter"), ("variable ", "the variable"), ("attribute ", "the attribute")]
    {
        if let Some(name) = name.strip_prefix(word) {
            return format!("{rest} `{name}`");
        }
    }
    match name.strip_prefix("result of ") {
        Some(call) => format!("the result of `{}`", call.replacen("parameter ", "", 1)),
        None => format!("`{name}`"),
    }
}

fn kinds(kinds: Kinds) -> Vec<SinkKind> {
    SinkKind::ALL.iter().copied().filter(|kind| kinds.has(*kind)).collect()
}

/// The facts of a value and of its parts.
fn parts(value: &Value, within: &mut String, out: &mut Vec<(String, Fact)>, depth: u32) {
    out.extend(value.facts().iter().map(|fact| (within.clone(), fact.clone())));
    let Some(tree) = value.data().tree.as_ref().filter(|_| depth > 0) else { return };
    let before = within.len();
    for (seg, field) in &tree.fields {
        within.push_str(&crate::words::seg_words(*seg));
        parts(field, within, out, depth - 1);
        within.truncate(before);
    }
    within.push_str("[*]");
    parts(&tree.rest, within, out, depth - 1);
    within.truncate(before);
}

fn cleaned_in(value: &Value, label: Label) -> Option<Kinds> {
    value.facts().iter().find(|fact| fact.label == label).map(|fact| fact.cleaned)
}

/// What took the harm out of data in a function, before an offset.
fn cleaners(inquiry: &Inquiry, replay: &Replay, fact: &Fact, before: u32) -> Vec<Place> {
    if fact.cleaned.is_empty() && fact.weak.is_none() {
        return Vec::new();
    }
    let id = inquiry.project.funcs[replay.func.0 as usize].0;
    let file = inquiry.project.file(id);
    let mut out = Vec::new();
    for check in &replay.probe.checks {
        let helps = !check.kinds.intersect(fact.cleaned).is_empty();
        let weak = check.weak.is_some() && check.weak == fact.weak;
        if check.labels.contains(&fact.label) && (helps || weak) && check.span.0 < before {
            let what = match (weak, check.constant) {
                (true, _) => "passes a weak check",
                (false, true) => "cleaned by a comparison with constants",
                (false, false) => "cleaned by a check",
            };
            out.push(inquiry.place(id, check.span, what.to_owned()));
        }
    }
    // What lies on the way of the data, where the way says so.
    let way: FxHashSet<(u32, u32)> = fact.step.unroll().iter().map(|step| step.span).collect();
    let mut aside = Vec::new();
    let mut made: Vec<(ExprId, &Value)> = replay.probe.values.iter().map(|(id, value)| (*id, value)).collect();
    made.sort_by_key(|(id, _)| *id);
    for (expr, value) in made {
        let Some(cleaned) = cleaned_in(value, fact.label) else { continue };
        let span = file.span(expr);
        if span.0 > before || cleaned.intersect(fact.cleaned).is_empty() {
            continue;
        }
        let inner: Vec<Kinds> = children(file, expr)
            .into_iter()
            .filter_map(|child| cleaned_in(replay.probe.values.get(&child)?, fact.label))
            .collect();
        let dirty = inner.iter().any(|inner| !cleaned.without(*inner).intersect(fact.cleaned).is_empty());
        let callees = replay.probe.calls.get(&expr).into_iter().flatten();
        if dirty || (inner.is_empty() && matches!(file.expr(expr), Expr::Call(_))) {
            let words = inquiry.words(replay);
            let name = callees
                .filter_map(|callee| match callee {
                    Callee::Project(func) => Some(words.function_name(*func)),
                    Callee::Library(path) => Some(path.to_string()),
                    _ => None,
                })
                .next();
            let place = inquiry.place(
                id,
                span,
                name.map_or_else(|| "cleaned".to_owned(), |name| format!("cleaned by `{name}`")),
            );
            if way.contains(&span) { out.push(place) } else { aside.push(place) }
        }
    }
    if out.is_empty() {
        out = aside;
    }
    out.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    out.dedup_by(|a, b| a.line == b.line && a.message == b.message);
    out
}

/// The calls of a function that data went through, and of which nobody knows what they call.
fn unresolved(inquiry: &Inquiry, replay: &Replay, fact: &Fact) -> Vec<Place> {
    let id = inquiry.project.funcs[replay.func.0 as usize].0;
    let file = inquiry.project.file(id);
    if !fact.flags.has(crate::value::Flags::OBSCURE) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (call, value) in replay.probe.calls.keys().filter_map(|call| Some((*call, replay.probe.values.get(call)?))) {
        let obscure = |value: &Value| {
            value.facts().iter().any(|known| known.label == fact.label && known.flags.has(crate::value::Flags::OBSCURE))
        };
        let before = children(file, call).into_iter().filter_map(|child| replay.probe.values.get(&child));
        if obscure(value) && !before.into_iter().any(obscure) {
            let callees = replay.probe.calls.get(&call).into_iter().flatten();
            let words = inquiry.words(replay);
            let name = callees
                .map(|callee| match callee {
                    Callee::Library(path) => format!("`{path}`, which no model knows"),
                    Callee::Project(func) => format!("`{}`", words.function_name(*func)),
                    Callee::Given(label, method) => {
                        let method = method.map(|method| format!(".{method}")).unwrap_or_default();
                        format!("`{}{method}`, which callers decide", words.label(*label))
                    }
                    Callee::Class(_) | Callee::Unknown => "a call of something unknown".to_owned(),
                })
                .next();
            out.extend(name.map(|name| inquiry.place(id, file.span(call), name)));
        }
    }
    out
}

/// The parameters that are declared at a place: index of the function and slot.
fn parameters(file: &FileIr, spot: Spot) -> Vec<(u32, Slot)> {
    let mut out = Vec::new();
    for (index, function) in (0..).zip(&file.functions) {
        for parameter in &function.parameters {
            let (start, end) = parameter.span();
            let here = match spot.offset {
                Some(offset) => (start..end).contains(&offset),
                None => file.line(parameter.start) == spot.line,
            };
            if here && parameter.kind != ParameterKind::Captured {
                out.push((index, parameter.slot));
            }
        }
    }
    out
}

/// The expressions that are meant by a place, in their order. `any` is for something, whatever it is.
fn expressions(file: &FileIr, spot: Spot, any: bool) -> Vec<ExprId> {
    let all = (0..).map(ExprId).zip(&file.exprs).filter(|(id, expr)| {
        let (start, end) = file.span(*id);
        start < end && !matches!(expr, Expr::Unknown)
    });
    let parents = parents(file);
    let called = |id: ExprId| {
        let parent = parents.get(&id)?;
        let Expr::Call(index) = file.expr(*parent) else { return None };
        (file.calls[index as usize].callee == id).then_some(*parent)
    };
    if let Some(offset) = spot.offset {
        let around = all.filter(|(id, _)| (file.span(*id).0..file.span(*id).1).contains(&offset));
        let found = around.map(|(id, _)| id).min_by_key(|id| file.span(*id).1 - file.span(*id).0);
        return found.map(|id| called(id).unwrap_or(id)).into_iter().collect();
    }
    let assigned: FxHashSet<ExprId> = file
        .stmts
        .iter()
        .filter_map(|stmt| match stmt {
            Stmt::Assign(target, _) | Stmt::Delete(target) => Some(*target),
            _ => None,
        })
        .collect();
    let is_plain = |id: ExprId| {
        matches!(
            file.expr(id),
            Expr::Literal(_) | Expr::Module(_) | Expr::Member(..) | Expr::Function(_) | Expr::Class(_)
        )
    };
    // Of these, what they are made of is of interest.
    let is_open = |expr: Expr| {
        matches!(
            expr,
            Expr::Await(_)
                | Expr::Star(_)
                | Expr::Named(..)
                | Expr::Not(_)
                | Expr::And(_)
                | Expr::Or(_)
                | Expr::Compare(..)
        )
    };
    let on_line: Vec<ExprId> =
        all.clone().map(|(id, _)| id).filter(|id| file.line(file.span(*id).0) == spot.line).collect();
    let shown = |id: &ExprId| {
        if is_plain(*id) || is_open(file.expr(*id)) || assigned.contains(id) || called(*id).is_some() {
            return false;
        }
        match parents.get(id) {
            None => true,
            Some(parent) if assigned.contains(parent) => false,
            Some(parent) => {
                is_open(file.expr(*parent))
                    || matches!(file.expr(*parent), Expr::Call(_))
                    || file.line(file.span(*parent).0) != spot.line
            }
        }
    };
    let mut out: Vec<ExprId> = on_line.iter().copied().filter(shown).collect();
    if out.is_empty() && any {
        out = on_line.into_iter().filter(|id| !assigned.contains(id)).take(1).collect();
    }
    if out.is_empty() && any {
        // A line in the middle of something.
        let over = all.filter(|(id, _)| {
            let (start, end) = file.span(*id);
            file.line(start) < spot.line && spot.line <= file.line(end - 1)
        });
        out = over.map(|(id, _)| id).min_by_key(|id| file.span(*id).1 - file.span(*id).0).into_iter().collect();
    }
    out.sort_by_key(|id| (file.span(*id).0, std::cmp::Reverse(file.span(*id).1)));
    out.dedup_by_key(|id| file.span(*id));
    out
}

/// What each expression is a part of.
fn parents(file: &FileIr) -> FxHashMap<ExprId, ExprId> {
    let mut out = FxHashMap::default();
    for number in 0..file.exprs.len() {
        let id = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
        for child in children(file, id) {
            out.entry(child).or_insert(id);
        }
    }
    out
}

/// What an expression is made of.
fn children(file: &FileIr, id: ExprId) -> Vec<ExprId> {
    match file.expr(id) {
        Expr::Unknown
        | Expr::Literal(_)
        | Expr::Local(_)
        | Expr::Global(_)
        | Expr::Module(_)
        | Expr::Member(..)
        | Expr::Function(_)
        | Expr::Class(_) => Vec::new(),
        Expr::Attribute(inner, _)
        | Expr::Unary(inner)
        | Expr::Negate(inner)
        | Expr::Not(inner)
        | Expr::Await(inner)
        | Expr::YieldFrom(inner)
        | Expr::Star(inner) => vec![inner],
        Expr::Yield(inner) => inner.into_iter().collect(),
        Expr::Index(a, b) | Expr::Binary(_, a, b) | Expr::Compare(_, a, b) | Expr::Named(a, b) => vec![a, b],
        Expr::Slice(object, lower, upper) => [Some(object), lower, upper].into_iter().flatten().collect(),
        Expr::IfElse(test, then, orelse) => vec![test, then, orelse],
        Expr::And(list) | Expr::Or(list) | Expr::Display(_, list) | Expr::Dict(list) => file.exprs_of(list).to_vec(),
        Expr::Format(index) => file.formats[index as usize]
            .iter()
            .filter_map(|part| if let FormatPart::Value(value, _) = part { Some(*value) } else { None })
            .collect(),
        Expr::Comprehension(_, index) => {
            let node = &file.comprehensions[index as usize];
            let clauses = node
                .clauses
                .iter()
                .flat_map(|clause| [clause.target, clause.iter].into_iter().chain(clause.conditions.iter().copied()));
            node.key.into_iter().chain([node.element]).chain(clauses).collect()
        }
        Expr::Call(index) => {
            let node = &file.calls[index as usize];
            // Of a method, what it is called on is part of it too.
            let receiver = if let Expr::Attribute(object, _) = file.expr(node.callee) { Some(object) } else { None };
            let keywords = node.keywords.iter().map(|(_, value)| *value);
            [node.callee].into_iter().chain(receiver).chain(node.positional.iter().copied()).chain(keywords).collect()
        }
    }
}
