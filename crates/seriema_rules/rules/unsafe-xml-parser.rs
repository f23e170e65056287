//! XML parsers that follow what a document says of entities.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;
use seriema_program::{BindingKind, Origin, Semantic};

use crate::shared::annotation_position::in_annotation;
use crate::shared::excerpt::excerpt;
use crate::shared::fix_edits::import_edit;
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "unsafe-xml-parser",
    family: Xml,
    severity: Low,
    confidence: Medium,
    cwe: [776, 611, 20],
    aliases: [
        "B313", "S313", "B314", "S314", "B315", "S315", "B316", "S316", "B317", "S317", "B318", "S318", "B319", "S319",
    ],
}

const NAMES: &[&str] =
    &["parse", "iterparse", "fromstring", "XMLParser", "create_parser", "parseString", "make_parser"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(NAMES, check_standard);
    hooks.on_reference(NAMES, check_reference);
    hooks.on_call(&["XML", "fromstringlist", "XMLPullParser"], check_unlisted);
    hooks.on_call(&["parse", "fromstring", "XML", "iterparse"], check_lxml_use);
    hooks.on_call(&["XMLParser", "ETCompatXMLParser", "XMLPullParser", "iterparse"], check_lxml_parser);
    hooks.on_call(&["setFeature"], check_feature);
    hooks.on_keyword(&["forbid_entities", "forbid_external"], check_defused);
}

/// A parser of the standard library: the codes of its call and of a mere reference, and what stands in for it.
struct Parser {
    call: &'static [&'static str],
    reference: &'static [&'static str],
    defused: &'static str,
}

fn parser(path: &str) -> Option<Parser> {
    let (module, name) = path.strip_prefix("xml.")?.rsplit_once('.')?;
    let element_tree = matches!(name, "parse" | "iterparse" | "fromstring" | "XMLParser");
    let dom = matches!(name, "parse" | "parseString");
    Some(match module {
        "etree.cElementTree" if element_tree => {
            Parser { call: &["B313", "S313"], reference: &["S313"], defused: "ElementTree" }
        }
        "etree.ElementTree" if element_tree => {
            Parser { call: &["B314", "S314"], reference: &["S314"], defused: "ElementTree" }
        }
        "sax.expatreader" if name == "create_parser" => {
            Parser { call: &["B315", "S315"], reference: &["S315"], defused: "expatreader" }
        }
        "dom.expatbuilder" if dom => Parser { call: &["B316", "S316"], reference: &["S316"], defused: "expatbuilder" },
        "sax" if dom || name == "make_parser" => {
            Parser { call: &["B317", "S317"], reference: &["S317"], defused: "sax" }
        }
        "dom.minidom" if dom => Parser { call: &["B318", "S318"], reference: &["S318"], defused: "minidom" },
        "dom.pulldom" if dom => Parser { call: &["B319", "S319"], reference: &["S319"], defused: "pulldom" },
        _ => return None,
    })
}

fn check_standard<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(parser) = parser(call.path()) else { return };
    let remote = document(call).filter(|document| cx.semantic.origin(document) == Origin::Remote);
    let name = call.path().to_owned();
    let Some(document) = remote else {
        let message = format!("`{name}` expands the entities that a document declares");
        cx.report(&RULE, parser.call, call.node, message).persona(Persona::Auditor).confidence(Confidence::Low);
        return;
    };
    let message = format!("`{name}` parses `{}`, and expands the entities it declares", excerpt(cx.semantic, document));
    let fix = fix(cx.semantic, call, &parser);
    let finding = cx.report(&RULE, parser.call, call.node, message);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn document<'a>(call: &Call<'a>) -> Option<&'a Expr> {
    ["text", "string", "source", "file"].iter().find_map(|name| call.keyword(name)).or_else(|| call.positional(0))
}

/// `defusedxml` has the same names.
fn fix(semantic: &Semantic<'_>, call: &Call<'_>, parser: &Parser) -> Option<RawFix> {
    let module = format!("defusedxml.{}", parser.defused);
    let name = call.path().rsplit('.').next()?;
    let title = format!("Use `{module}.{name}`");
    let mut fix = RawFix::replace(title, &*call.func, format!("{module}.{name}"), Applicability::Suggestion);
    fix.edits.insert(0, import_edit(semantic, &format!("import {module}"))?);
    Some(fix)
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some(parser) = parser(path).filter(|_| !in_annotation(cx.semantic, expr)) else { return };
    let message = format!("`{path}` expands the entities that a document declares");
    cx.report(&RULE, parser.reference, expr, message).persona(Persona::Auditor).confidence(Confidence::Low);
}

/// The names that the tables of other tools lack.
fn check_unlisted<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    if !matches!(path, "xml.etree.ElementTree.XML" | "xml.etree.ElementTree.fromstringlist") {
        return;
    }
    if let Some(document) = document(call).filter(|document| cx.semantic.origin(document) == Origin::Remote) {
        let message =
            format!("`{path}` parses `{}`, and expands the entities it declares", excerpt(cx.semantic, document));
        cx.report(&RULE, &[], call.node, message);
    }
}

/// `lxml` before 5.0 fetches external entities unless it is told not to.
fn check_lxml_use<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !matches!(call.path().rsplit_once('.'), Some(("lxml.etree" | "lxml.objectify", _))) {
        return;
    }
    let Some(document) = document(call) else { return };
    let origin = cx.semantic.origin(document);
    if origin < Origin::Parameter {
        return;
    }
    if call.argument("parser", 1).is_some_and(|parser| is_strict_parser(cx.semantic, parser)) {
        return;
    }
    let name = call.path().to_owned();
    let message = format!(
        "`{name}` parses `{}`, and before lxml 5.0 reads the files that its entities name",
        excerpt(cx.semantic, document)
    );
    let public = cx.semantic.enclosing_function().is_some_and(|function| !function.name.starts_with('_'));
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.severity(Severity::Medium).cwe(611);
    // Whoever runs the program may well be trusted; what a library's caller passes on need not be its own.
    if origin != Origin::Remote {
        finding.confidence(Confidence::Low);
        if origin != Origin::Parameter || !public {
            finding.persona(Persona::Pedantic);
        }
    }
}

/// Whether a parser is made with `resolve_entities=False`, or is one that is not known.
fn is_strict_parser<'a>(semantic: &Semantic<'a>, parser: &'a Expr) -> bool {
    let made = match parser {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value)) => value,
            _ => return true,
        },
        other => other,
    };
    let Expr::Call(made) = made else { return true };
    if !semantic.qualified(&made.func).is_some_and(|path| path.starts_with("lxml.")) {
        return true;
    }
    // A parser that is told to resolve them is reported where it is made.
    made.arguments.find_keyword("resolve_entities").is_some()
}

/// `lxml.etree.XMLParser(resolve_entities=True)`
fn check_lxml_parser<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !call.path().starts_with("lxml.etree.") {
        return;
    }
    let is = |name: &str, wanted: bool| {
        call.arguments.find_keyword(name).filter(|keyword| {
            // "internal" keeps to the document itself.
            !keyword.value.is_string_literal_expr() && cx.semantic.truth(&keyword.value) == Some(wanted)
        })
    };
    let resolves = is("resolve_entities", true);
    let network = is("no_network", false);
    let dtd = is("load_dtd", true).or_else(|| is("dtd_validation", true));
    let huge = is("huge_tree", true);
    let name = call.name();
    if let Some(keyword) = resolves.or(network).or(dtd) {
        let (message, severity) = match (resolves, network) {
            (Some(_), None) => (format!("`{name}` reads the files that a document's entities name"), Severity::High),
            (Some(_), Some(_)) => {
                (format!("`{name}` reads the files and addresses that a document's entities name"), Severity::High)
            }
            (None, Some(_)) => {
                (format!("`{name}` fetches what a document refers to from the network"), Severity::Medium)
            }
            (None, None) => (format!("`{name}` loads the DTD that a document names"), Severity::Medium),
        };
        let value = if network.is_some_and(|network| network.range == keyword.range) { "True" } else { "False" };
        let title = format!("Set `{}={value}`", keyword.arg.as_ref().map_or("", |name| name.as_str()));
        let fix = RawFix::replace(title, &keyword.value, value, Applicability::Suggestion);
        let only_dtd = resolves.is_none() && network.is_none();
        let finding = cx.report(&RULE, &[], keyword, message);
        finding.severity(severity).cwe(611).fix(fix);
        if only_dtd {
            finding.persona(Persona::Pedantic);
        }
    } else if let Some(keyword) = huge {
        let message = format!("`{name}` lifts libxml2's limits on depth and size");
        cx.report(&RULE, &[], keyword, message).persona(Persona::Pedantic);
    }
}

/// `parser.setFeature(feature_external_ges, True)`
fn check_feature<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let (Some(feature), Some(state)) = (call.argument("name", 0), call.argument("state", 1)) else { return };
    let external = match cx.semantic.qualified(feature) {
        Some(path) => {
            matches!(path.as_str(), "xml.sax.handler.feature_external_ges" | "xml.sax.handler.feature_external_pes")
        }
        None => cx.semantic.constant_str(feature).is_some_and(|url| {
            matches!(
                &*url,
                "http://xml.org/sax/features/external-general-entities"
                    | "http://xml.org/sax/features/external-parameter-entities"
            )
        }),
    };
    if external && cx.semantic.truth(state) == Some(true) {
        let fix = RawFix::replace("Leave external entities off", state, "False", Applicability::Suggestion);
        let message = "the parser is told to read what a document's external entities name";
        cx.report(&RULE, &[], call.node, message)
            .severity(Severity::High)
            .confidence(Confidence::High)
            .cwe(611)
            .fix(fix);
    }
}

/// `defusedxml.ElementTree.parse(..., forbid_entities=False)`
fn check_defused<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, keyword: &'a seriema_program::ast::Keyword) {
    if call.path().starts_with("defusedxml.") && cx.semantic.truth(&keyword.value) == Some(false) {
        let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
        let message = format!("`{name}=False` takes away what `defusedxml` is used for");
        let fix = RawFix::replace(format!("Set `{name}=True`"), &keyword.value, "True", Applicability::Suggestion);
        cx.report(&RULE, &[], keyword.range(), message).severity(Severity::Medium).fix(fix);
    }
}
