//! From flows to what is said of them.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use seriema_finding::{Confidence, Persona, Severity};
use seriema_models::{SinkKind, SourceKind};
use seriema_program::Symbol;

use crate::argument::through_arguments;
use crate::interp::EXPECTED;
use crate::project::{FuncId, Project};
use crate::solve::Solution;
use crate::step::{StepRef, Why};
use crate::summary::{Harm, Site};
use crate::threat::Threat;
use crate::value::{Base, Fact, Flags};

/// Sources of one finding that are shown.
const MAX_SOURCES: usize = 8;

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// Byte offsets of start and end.
    pub span: (u32, u32),
    /// The one-based line.
    pub line: u32,
    /// What happens there.
    pub message: String,
}

/// Data of others that reaches a place where it does harm.
#[derive(Clone, Debug)]
pub struct FlowFinding {
    /// The rule's slug.
    pub rule: &'static str,
    /// The file of the sink.
    pub path: Arc<str>,
    /// Byte offsets of the sink.
    pub span: (u32, u32),
    /// The function around the sink.
    pub function: Option<String>,
    /// See [`seriema_finding::Finding`].
    pub severity: Severity,
    /// See [`seriema_finding::Finding`].
    pub confidence: Confidence,
    /// See [`seriema_finding::Finding`].
    pub persona: Persona,
    /// One sentence.
    pub message: String,
    /// The way, source first.
    pub steps: Vec<Place>,
    /// Whether its source is no more than an argument of a public function.
    pub is_argument: bool,
}

/// The rule that answers for a kind of sink, given where the data is from.
pub(crate) fn rule_of(kind: SinkKind, source: SourceKind) -> Option<&'static str> {
    use SinkKind as K;
    let remote = is_remote(source);
    if source == SourceKind::Exception {
        return matches!(kind, K::Response | K::Html).then_some("exception-disclosure");
    }
    if source == SourceKind::WeakRandom {
        return matches!(kind, K::Secret | K::Cookie).then_some("weak-random");
    }
    if source == SourceKind::Archive {
        return (kind == K::Archive || matches!(kind, K::PathRead | K::PathWrite | K::PathDelete))
            .then_some("archive-extraction");
    }
    Some(match kind {
        K::Sql | K::Nosql => "sql-injection",
        K::Shell | K::Program => "shell-injection",
        K::Argv => "argument-injection",
        K::Code | K::Import => "code-execution",
        K::Template => "template-injection",
        K::LdapFilter | K::LdapDn => "ldap-injection",
        K::Xpath => "xpath-injection",
        K::PathRead | K::PathWrite | K::PathDelete => "path-traversal",
        K::Archive => return None,
        K::Url => "server-side-request-forgery",
        K::Redirect if remote => "open-redirect",
        K::Html if remote || source == SourceKind::Database => "cross-site-scripting",
        K::Header | K::Mail if remote && source != SourceKind::HttpHeader => "header-injection",
        K::Log if remote => "log-injection",
        K::Pickle => "unsafe-deserialization",
        K::Yaml => "unsafe-yaml-load",
        K::Xml => "unsafe-xml-parser",
        K::Session if remote => "trust-boundary-violation",
        K::Redirect
        | K::Html
        | K::Header
        | K::Mail
        | K::Log
        | K::Session
        | K::Format
        | K::Regex
        | K::Secret
        | K::Response
        | K::Cookie => return None,
    })
}

/// Whether somebody on the network sends it.
pub(crate) fn is_remote(source: SourceKind) -> bool {
    use SourceKind as S;
    matches!(
        source,
        S::HttpQuery
            | S::HttpBody
            | S::HttpHeader
            | S::HttpCookie
            | S::HttpPath
            | S::HttpFile
            | S::Websocket
            | S::Rpc
            | S::Message
            | S::Socket
    )
}

/// The one table that decides how bad a flow is: what the sink allows, by who can reach it.
fn weigh(kind: SinkKind, source: SourceKind) -> Severity {
    use SinkKind as K;
    let impact = match kind {
        K::Shell | K::Program | K::Code | K::Pickle | K::Yaml => 4,
        K::Sql
        | K::Nosql
        | K::LdapFilter
        | K::LdapDn
        | K::Xpath
        | K::PathRead
        | K::PathWrite
        | K::PathDelete
        | K::Archive
        | K::Template
        | K::Url
        | K::Html
        | K::Argv
        | K::Import
        | K::Xml
        | K::Secret => 3,
        K::Redirect | K::Header | K::Cookie | K::Session | K::Format | K::Mail | K::Regex => 2,
        K::Log | K::Response => 1,
    };
    let impact = if source == SourceKind::Exception { 1 } else { impact };
    let less = match source {
        source if is_remote(source) => 0,
        SourceKind::Archive | SourceKind::Exception | SourceKind::WeakRandom => 0,
        SourceKind::Response | SourceKind::Database | SourceKind::File => 1,
        _ => 2,
    };
    match impact - less {
        4.. => Severity::Critical,
        3 => Severity::High,
        2 => Severity::Medium,
        _ => Severity::Low,
    }
}

pub(crate) fn source_words(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::HttpQuery => "a query string",
        SourceKind::HttpBody => "a request's body",
        SourceKind::HttpHeader => "a request's headers",
        SourceKind::HttpCookie => "a cookie",
        SourceKind::HttpPath => "the URL",
        SourceKind::HttpFile => "an upload",
        SourceKind::Websocket => "a WebSocket",
        SourceKind::Rpc => "a remote call",
        SourceKind::Message => "a message",
        SourceKind::Socket => "a socket",
        SourceKind::Cli => "the command line",
        SourceKind::Stdin => "standard input",
        SourceKind::Env => "the environment",
        SourceKind::File => "a file",
        SourceKind::Archive => "the name of an archive's member",
        SourceKind::Database => "a database",
        SourceKind::Response => "another server's answer",
        SourceKind::Exception => "an exception",
        SourceKind::WeakRandom => "a predictable random number",
        SourceKind::Argument => "an argument",
    }
}

pub(crate) fn sink_words(kind: SinkKind) -> &'static str {
    match kind {
        SinkKind::Sql => "is put into SQL",
        SinkKind::Nosql => "decides a query",
        SinkKind::Shell => "is put into a shell's command line",
        SinkKind::Program => "decides which program is started",
        SinkKind::Argv => "can be an option of the program that is started",
        SinkKind::Code => "is run as Python code",
        SinkKind::Import => "decides what is imported or called",
        SinkKind::Template => "is compiled as a template",
        SinkKind::LdapFilter => "is put into an LDAP filter",
        SinkKind::LdapDn => "is put into an LDAP name",
        SinkKind::Xpath => "is put into an XPath expression",
        SinkKind::PathRead => "decides which file is read",
        SinkKind::PathWrite => "decides which file is written",
        SinkKind::PathDelete => "decides which file is deleted or moved",
        SinkKind::Archive => "decides where a member is extracted",
        SinkKind::Url => "decides where a request is sent",
        SinkKind::Redirect => "decides where the browser is sent",
        SinkKind::Html => "is put into a page",
        SinkKind::Header => "is put into a header",
        SinkKind::Cookie => "is put into a cookie",
        SinkKind::Log => "is put into a log",
        SinkKind::Pickle => "is unpickled",
        SinkKind::Yaml => "is loaded as YAML with objects",
        SinkKind::Xml => "is parsed as XML with external entities",
        SinkKind::Session => "is kept in the session as if it were trusted",
        SinkKind::Format => "is a format string",
        SinkKind::Regex => "is a regular expression",
        SinkKind::Mail => "is put into a mail's header",
        SinkKind::Secret => "makes a secret",
        SinkKind::Response => "is shown to the client",
    }
}

/// The findings, one a sink and rule, in the order of files and places.
pub(crate) fn findings(project: &Project, solution: &Solution, threat: Threat) -> Vec<FlowFinding> {
    let mut groups: FxHashMap<(Arc<Site>, &'static str), Vec<Fact>> = FxHashMap::default();
    let flows = solution.ends().flat_map(|(_, ends)| ends.flows).chain(&solution.stored);
    for flow in flows {
        let (Harm::Kind(kind), Base::Source(source, ..)) = (&flow.site.harm, flow.fact.label.base) else { continue };
        let Some(rule) = rule_of(*kind, source) else { continue };
        let facts = groups.entry((Arc::clone(&flow.site), rule)).or_default();
        if !facts.iter().any(|known| known.label == flow.fact.label) {
            facts.push(flow.fact.clone());
        }
    }
    for flow in through_arguments(project, solution) {
        let Harm::Kind(kind) = &flow.site.harm else { continue };
        if let Some(rule) = rule_of(*kind, SourceKind::Argument) {
            // Where it is known what is given, that says more.
            groups.entry((flow.site, rule)).or_insert_with(|| vec![flow.fact]);
        }
    }
    let mut out = Vec::new();
    // Of two that would be told in the same words, always the same one is.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for ((site, rule), mut facts) in groups {
        facts.sort_by_key(|fact| (rank(fact, &site, threat), fact.label));
        facts.truncate(MAX_SOURCES);
        if let Some(finding) = finding(project, &site, rule, &facts, threat) {
            out.push(finding);
        }
    }
    let mut wrong: FxHashMap<Arc<Site>, Option<StepRef>> = FxHashMap::default();
    for (_, summary) in solution.ends() {
        for constant in summary.wrong {
            let way = wrong.entry(Arc::clone(&constant.site)).or_insert_with(|| constant.way.clone());
            if constant.way.is_none() {
                *way = None;
            }
        }
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for (site, way) in wrong {
        out.extend(wrong_constant(project, &site, way));
    }
    out.sort_by(|a, b| (&a.path, a.span, a.rule, &a.message).cmp(&(&b.path, b.span, b.rule, &b.message)));
    out.dedup_by(|a, b| a.path == b.path && a.span == b.span && a.rule == b.rule);
    out
}

/// The source that says most about a finding comes first.
fn rank(fact: &Fact, site: &Site, threat: Threat) -> (u8, bool, bool) {
    let Base::Source(source, ..) = fact.label.base else { return (9, true, true) };
    let persona = match &site.harm {
        Harm::Kind(kind) => u8::from(threat.persona(*kind, source, is_made(fact)) != Persona::Regular),
        Harm::Constant(_) => 9,
    };
    (persona, fact.flags.has(Flags::OBSCURE), fact.weak.is_some())
}

/// Whether it is only a part of what gets to the sink.
fn is_made(fact: &Fact) -> bool {
    fact.step.unroll().iter().any(|step| step.why == Why::Formatted)
}

fn finding(project: &Project, site: &Site, rule: &'static str, facts: &[Fact], threat: Threat) -> Option<FlowFinding> {
    let first = facts.first()?;
    let (Harm::Kind(kind), Base::Source(source, ..)) = (&site.harm, first.label.base) else { return None };
    let severity = weigh(*kind, source);
    let mut persona = threat.persona(*kind, source, is_made(first));
    let file = project.file(site.file);
    if file.is_test {
        persona = Persona::Auditor;
    }
    let obscure = first.flags.has(Flags::OBSCURE);
    let expected = matches!(first.label.base, Base::Source(_, _, _, what) if what.as_str() == EXPECTED);
    if expected || is_doubtful(*kind, obscure) {
        persona = persona.max(Persona::Pedantic);
    }
    let confidence = match (obscure, first.weak.is_some()) {
        // Who calls, and with what, is not known.
        (false, false) if source == SourceKind::Argument => Confidence::Medium,
        (_, true) if source == SourceKind::Argument => Confidence::Low,
        (false, false) => Confidence::High,
        (true, true) => Confidence::Low,
        _ => Confidence::Medium,
    };
    let mut message = format!("`{}`: what {} {}", site.callee_words(), from_words(source), sink_words(*kind));
    if facts.len() > 1 {
        message.push_str(&format!(" ({} sources)", facts.len()));
    }
    if let Some(weak) = first.weak {
        message.push_str(&format!("; a check is there, but {weak}"));
    }
    let mut steps = places(project, &first.step);
    steps.push(Place {
        path: Arc::clone(&file.path),
        span: site.span,
        line: file.line(site.span.0),
        message: sink_words(*kind).to_owned(),
    });
    Some(FlowFinding {
        rule,
        path: Arc::clone(&file.path),
        span: site.span,
        function: function_name(project, site.func),
        severity,
        confidence,
        persona,
        message,
        steps,
        is_argument: source == SourceKind::Argument,
    })
}

/// The places of a way, the first one first.
pub(crate) fn places(project: &Project, step: &StepRef) -> Vec<Place> {
    let mut steps = Vec::new();
    for step in step.unroll() {
        let file = project.file(step.file);
        if step.span == (0, 0) {
            continue;
        }
        let message = match step.why {
            Why::Source(SourceKind::Argument, what) => format!("the argument `{what}` of a public function comes in"),
            Why::Source(kind, what) => format!("{} comes in: `{what}`", source_words(kind)),
            Why::Parameter => "as a parameter".to_owned(),
            Why::Through(func) => format!("goes through `{}`", project.function(func).qualified),
            Why::Into(func) => format!("is handed to `{}`", project.function(func).qualified),
            Why::Formatted => "becomes part of another value".to_owned(),
            Why::Library(path) => format!("goes through `{path}`"),
            Why::Stored(name) => format!("is kept in `{name}`"),
        };
        let place = Place { path: Arc::clone(&file.path), span: step.span, line: file.line(step.span.0), message };
        let repeated = steps.last().is_some_and(|last: &Place| {
            last.path == place.path && last.line == place.line && !matches!(step.why, Why::Source(..))
        });
        if !repeated && !matches!(step.why, Why::Parameter) {
            steps.push(place);
        }
    }
    steps
}

/// Whether only some readers would act on it: what does little harm and is not sure.
fn is_doubtful(kind: SinkKind, obscure: bool) -> bool {
    let minor =
        matches!(kind, SinkKind::Session | SinkKind::Log | SinkKind::Response | SinkKind::Header | SinkKind::Redirect);
    obscure && (minor || kind == SinkKind::Import)
}

fn from_words(source: SourceKind) -> String {
    match source {
        SourceKind::Exception => "an exception says".to_owned(),
        SourceKind::WeakRandom => "`random` gives".to_owned(),
        SourceKind::Argument => "a caller gives".to_owned(),
        _ => format!("comes from {}", source_words(source)),
    }
}

fn function_name(project: &Project, func: FuncId) -> Option<String> {
    let function = project.function(func);
    (function.kind != seriema_program::ir::FunctionKind::Module).then(|| function.qualified.as_str().to_owned())
}

fn wrong_constant(project: &Project, site: &Site, way: Option<StepRef>) -> Option<FlowFinding> {
    let Harm::Constant(forbidden) = &site.harm else { return None };
    let file = project.file(site.file);
    let mut steps = Vec::new();
    if let Some(way) = way {
        let from = project.file(way.file);
        let message = "the constant is given here".to_owned();
        steps.push(Place { path: Arc::clone(&from.path), span: way.span, line: from.line(way.span.0), message });
        let message = "and used here".to_owned();
        steps.push(Place { path: Arc::clone(&file.path), span: site.span, line: file.line(site.span.0), message });
    }
    Some(FlowFinding {
        rule: forbidden.rule.as_str(),
        path: Arc::clone(&file.path),
        span: site.span,
        function: function_name(project, site.func),
        severity: Severity::Medium,
        confidence: Confidence::High,
        persona: if file.is_test { Persona::Auditor } else { Persona::Regular },
        message: forbidden.message.as_str().to_owned(),
        steps,
        is_argument: false,
    })
}

impl Site {
    fn callee_words(&self) -> Symbol {
        self.callee
    }
}
