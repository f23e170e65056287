//! Objects built from bytes that somebody else may have written.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::{Node, ScopeKind};

use crate::shared::ast_search::{any_around, callee_name, is_annotation, is_written_by_import, name_of};
use crate::shared::provenance::{Provenance, provenance, provenance_of_file};
use crate::shared::wording::quote;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "unsafe-deserialization",
    family: Deserialization,
    severity: High,
    confidence: Medium,
    cwe: [502],
    aliases: ["B301", "S301", "B302", "S302"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    const NAMES: &[&str] = &["load", "loads", "Unpickler", "open", "DbfilenameShelf", "decode", "read_pickle"];
    hooks.on_call(NAMES, check);
    hooks.on_reference(NAMES, check_reference);
    hooks.on_keyword(&["allow_pickle"], check_allow_pickle);
    hooks.on_call(&["recv_pyobj", "Listener"], check_receiver);
    hooks.on_keyword(
        &["accept_content", "result_accept_content", "task_serializer", "result_serializer", "event_serializer"],
        check_serializer_keyword,
    );
    hooks.on_assign(check_serializer_setting);
}

/// What a function takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Bytes,
    File,
    Path,
}

/// What a function that builds objects takes, and the codes that other tools have for it.
fn builder(path: &str) -> Option<(Takes, &'static [&'static str])> {
    const PICKLE: &[&str] = &["B301", "S301"];
    const MARSHAL: &[&str] = &["B302", "S302"];
    Some(match path {
        "pickle.loads" | "dill.loads" | "jsonpickle.decode" | "jsonpickle.unpickler.decode" => (Takes::Bytes, PICKLE),
        "pickle.load" | "pickle.Unpickler" | "dill.load" | "dill.Unpickler" => (Takes::File, PICKLE),
        "shelve.open" | "shelve.DbfilenameShelf" | "pandas.read_pickle" => (Takes::Path, PICKLE),
        "jsonpickle.unpickler.Unpickler" => (Takes::Bytes, &["B301"]),
        "marshal.loads" => (Takes::Bytes, MARSHAL),
        "marshal.load" => (Takes::File, MARSHAL),
        "cPickle.loads"
        | "_pickle.loads"
        | "pickle5.loads"
        | "six.moves.cPickle.loads"
        | "cloudpickle.loads"
        | "jsonpickle.loads"
        | "joblib.loads"
        | "dill._dill.loads" => (Takes::Bytes, &[]),
        "cPickle.load"
        | "_pickle.load"
        | "pickle5.load"
        | "six.moves.cPickle.load"
        | "cloudpickle.load"
        | "cPickle.Unpickler"
        | "_pickle.Unpickler" => (Takes::File, &[]),
        "joblib.load" | "sklearn.externals.joblib.load" | "compress_pickle.load" => (Takes::Path, &[]),
        _ => return None,
    })
}

struct Verdict {
    origin: Provenance,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let Some((takes, codes)) = builder(call.path()) else { return };
    let codes = if is_written_by_import(cx.semantic, &call.func) { codes } else { &[] };
    let path = call.path().to_owned();
    let data = call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|keyword| &keyword.value));
    let Some(data) = data else {
        // `jsonpickle.unpickler.Unpickler()` is given its data later.
        cx.report(&RULE, codes, call.node, format!("`{path}` builds any object that its data names"))
            .persona(Persona::Auditor);
        return;
    };
    let mut verdict = judge(cx, data, takes);
    if path.starts_with("marshal") {
        verdict.severity = verdict.severity.min(Severity::High);
        if verdict.origin < Provenance::Network {
            verdict.severity = verdict.severity.min(Severity::Low);
        }
    }
    let quoted = quote(cx.semantic, data);
    let clause = verdict.origin.clause();
    let finding =
        cx.report(&RULE, codes, call.node, format!("`{path}` builds any object that {quoted} names, {clause}"));
    finding.severity(verdict.severity).confidence(verdict.confidence).persona(verdict.persona);
    if verdict.origin == Provenance::Request && takes == Takes::Bytes {
        finding.proof_of_concept(format!(
            "Pickle an object whose `__reduce__` returns `(os.system, ('id > /tmp/owned',))` and send it as what becomes \
             {quoted}: the command runs before `{path}` returns."
        ));
    }
}

fn judge<'a>(cx: &Checker<'_, 'a>, data: &'a Expr, takes: Takes) -> Verdict {
    let semantic = cx.semantic;
    let mut origin = provenance(semantic, data);
    if takes == Takes::Path
        && !matches!(origin, Provenance::OwnFile | Provenance::File | Provenance::GivenFile)
        && origin < Provenance::Network
    {
        origin = provenance_of_file(semantic, data);
    }
    let name = name_of(data).unwrap_or_default();
    let (severity, confidence, persona) = match origin {
        Provenance::Constant | Provenance::Own => (Severity::Low, Confidence::Low, Persona::Auditor),
        Provenance::OwnFile | Provenance::File => (Severity::Medium, Confidence::Low, Persona::Pedantic),
        // A file object, or what the object itself keeps.
        Provenance::Unknown if takes != Takes::Bytes || is_own_state(data) => {
            (Severity::Medium, Confidence::Low, Persona::Pedantic)
        }
        Provenance::Unknown => (Severity::Medium, Confidence::Low, Persona::Regular),
        Provenance::GivenFile => (Severity::Medium, Confidence::Medium, Persona::Regular),
        // A private helper is handed its file by its own class.
        Provenance::Parameter if takes == Takes::File && is_private_function(cx) => {
            (Severity::Medium, Confidence::Low, Persona::Pedantic)
        }
        Provenance::Parameter if is_outside_name(name) => (Severity::High, Confidence::Medium, Persona::Regular),
        Provenance::Parameter => (Severity::Medium, Confidence::Low, Persona::Regular),
        Provenance::User => (Severity::Medium, Confidence::Medium, Persona::Regular),
        Provenance::Network => (Severity::High, Confidence::High, Persona::Regular),
        Provenance::Request => (Severity::Critical, Confidence::High, Persona::Regular),
    };
    let mut verdict = Verdict { origin, severity, confidence, persona };
    if verdict.persona == Persona::Regular && (in_pickle_machinery(cx) || is_half_of_codec(cx) || is_authenticated(cx))
    {
        verdict.persona = Persona::Pedantic;
        verdict.confidence = Confidence::Low;
    }
    verdict
}

fn is_own_state(data: &Expr) -> bool {
    match data {
        Expr::Attribute(attribute) => attribute.value.as_name_expr().is_some_and(|base| base.id == "self"),
        _ => false,
    }
}

fn is_private_function(cx: &Checker<'_, '_>) -> bool {
    cx.semantic.enclosing_function().is_some_and(|function| function.name.starts_with('_'))
}

/// Names that parameters have when what they hold comes from elsewhere.
fn is_outside_name(name: &str) -> bool {
    let name = name.trim_matches('_');
    matches!(
        name,
        "data"
            | "body"
            | "payload"
            | "message"
            | "msg"
            | "content"
            | "contents"
            | "raw"
            | "raw_data"
            | "packet"
            | "request"
            | "response"
            | "cookie"
            | "token"
            | "session_data"
            | "bytes_data"
            | "blob"
            | "buf"
            | "buffer"
            | "encoded"
            | "serialized"
            | "pickled"
            | "pickle_data"
            | "upload"
            | "user_input"
    )
}

/// Inside `__reduce__`, `copy` and classes of picklers, unpickling is half of a round trip.
fn in_pickle_machinery(cx: &Checker<'_, '_>) -> bool {
    let function = cx.semantic.enclosing_function().is_some_and(|function| {
        matches!(
            function.name.as_str(),
            "__reduce__"
                | "__reduce_ex__"
                | "__setstate__"
                | "__getstate__"
                | "__deepcopy__"
                | "__copy__"
                | "persistent_load"
                | "find_class"
                | "deepcopy"
        )
    });
    function
        || cx.semantic.enclosing_class().is_some_and(|class| match cx.semantic.scopes.scope(class).kind {
            ScopeKind::Class(class) => {
                class.arguments.iter().flat_map(|arguments| &arguments.args).any(|base| {
                    name_of(base).is_some_and(|name| name.ends_with("Pickler") || name.ends_with("Unpickler"))
                })
            }
            _ => false,
        })
}

/// `loads` beside a `dumps` that pickles: a serializer, whose danger is where it is put to use.
fn is_half_of_codec(cx: &Checker<'_, '_>) -> bool {
    let Some(function) = cx.semantic.enclosing_function() else { return false };
    let other = match function.name.as_str() {
        "loads" => "dumps",
        "load" => "dump",
        "deserialize" => "serialize",
        _ => return false,
    };
    let Some(class) = cx.semantic.enclosing_class() else { return false };
    let ScopeKind::Class(class) = cx.semantic.scopes.scope(class).kind else { return false };
    class.body.iter().any(|statement| statement.as_function_def_stmt().is_some_and(|method| method.name == *other))
}

/// Whether the function checks a signature before it builds objects.
fn is_authenticated(cx: &Checker<'_, '_>) -> bool {
    any_around(cx.semantic, &mut |expr| {
        expr.as_call_expr().is_some_and(|call| {
            matches!(
                callee_name(call),
                "compare_digest"
                    | "verify"
                    | "unsign"
                    | "verify_signature"
                    | "constant_time_compare"
                    | "check_signature"
            )
        })
    })
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some((_, codes)) = builder(path) else { return };
    // Bandit looks at calls only.
    let codes: &[&str] = match codes {
        ["B301", "S301"] => &["S301"],
        ["B302", "S302"] => &["S302"],
        _ => return,
    };
    if !is_written_by_import(cx.semantic, expr) || is_annotation(cx.semantic, expr) {
        return;
    }
    let mapped = match cx.semantic.parent() {
        Some(Node::Expr(Expr::Call(call))) if callee_name(call) == "map" => call.arguments.args.get(1),
        _ => None,
    };
    let origin = mapped.map(|values| provenance(cx.semantic, values));
    let finding =
        cx.report(&RULE, codes, expr, format!("`{path}` is handed on, to build any object that its data names"));
    match origin {
        Some(origin) if origin >= Provenance::Parameter => {
            finding.severity(if origin >= Provenance::Network { Severity::High } else { Severity::Medium });
        }
        _ => {
            finding.severity(Severity::Low).confidence(Confidence::Low).persona(Persona::Auditor);
        }
    }
}

fn check_allow_pickle(cx: &mut Checker<'_, '_>, call: &Call<'_>, keyword: &ast::Keyword) {
    if !matches!(call.path(), "numpy.load" | "numpy.lib.npyio.load" | "numpy.lib.format.read_array") {
        return;
    }
    let Some(data) = call.argument("file", 0).or_else(|| call.arguments.args.first()) else { return };
    if !keyword.value.as_boolean_literal_expr().is_some_and(|literal| literal.value) {
        return;
    }
    let verdict = judge(cx, data, Takes::Path);
    let quoted = quote(cx.semantic, data);
    let message =
        format!("`allow_pickle=True` builds any object that the arrays in {quoted} name, {}", verdict.origin.clause());
    cx.report(&RULE, &[], keyword, message)
        .severity(verdict.severity)
        .confidence(verdict.confidence)
        .persona(verdict.persona);
}

/// What unpickles by itself whatever arrives.
fn check_receiver(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.name() == "recv_pyobj" {
        if call.func.is_attribute_expr() {
            cx.report(&RULE, &[], call.node, "`recv_pyobj` unpickles what arrives on a ZeroMQ socket");
        }
        return;
    }
    if call.path() != "multiprocessing.connection.Listener" || call.keyword("authkey").is_some() {
        return;
    }
    // Without an address, or with a path, only this machine can connect.
    let Some(address) = call.argument("address", 0) else { return };
    if call.has_unpacked_arguments() || call.arguments.args.len() > 3 || address.is_string_literal_expr() {
        return;
    }
    let message = "`Listener` without `authkey` unpickles what anybody who connects sends";
    cx.report(&RULE, &[], call.node, message).confidence(Confidence::Medium);
}

fn names_pickle(value: &Expr) -> bool {
    match value {
        Expr::StringLiteral(literal) => {
            let text = literal.value.to_str();
            matches!(text, "pickle" | "application/x-python-serialize") || text.ends_with(".PickleSerializer")
        }
        Expr::List(list) => list.elts.iter().any(names_pickle),
        Expr::Tuple(tuple) => tuple.elts.iter().any(names_pickle),
        Expr::Set(set) => set.elts.iter().any(names_pickle),
        _ => false,
    }
}

fn check_serializer_keyword(cx: &mut Checker<'_, '_>, _call: &Call<'_>, keyword: &ast::Keyword) {
    if names_pickle(&keyword.value) {
        let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
        report_setting(cx, name, &keyword.value);
    }
}

fn check_serializer_setting(cx: &mut Checker<'_, '_>, stmt: &Stmt) {
    let (target, value) = match stmt {
        Stmt::Assign(assign) => (assign.targets.first(), Some(&*assign.value)),
        Stmt::AnnAssign(assign) => (Some(&*assign.target), assign.value.as_deref()),
        _ => return,
    };
    let (Some(target), Some(value)) = (target, value) else { return };
    if !matches!(value, Expr::StringLiteral(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Set(_)) {
        return;
    }
    let Some(name) = name_of(target) else { return };
    let is_setting = name == "SESSION_SERIALIZER"
        || [
            "ACCEPT_CONTENT",
            "TASK_SERIALIZER",
            "RESULT_SERIALIZER",
            "accept_content",
            "task_serializer",
            "result_serializer",
        ]
        .iter()
        .any(|suffix| name.ends_with(suffix));
    if is_setting && names_pickle(value) {
        report_setting(cx, name, value);
    }
}

fn report_setting(cx: &mut Checker<'_, '_>, name: &str, value: &Expr) {
    let message = format!("`{name}` lets messages be pickles: whoever can write one runs code in whoever reads it");
    cx.report(&RULE, &[], value, message).severity(Severity::Medium);
}
