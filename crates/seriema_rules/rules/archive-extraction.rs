//! Archives whose members decide where they are written.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;
use seriema_program::{Origin, Semantic};

use crate::shared::excerpt::excerpt;
use crate::shared::fix_edits::suggest_keyword;
use crate::shared::web_context::mentions_any;
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "archive-extraction",
    family: Files,
    severity: High,
    confidence: Medium,
    cwe: [22],
    aliases: ["B202", "S202"],
}

/// What stands in a function that looks at members before it writes them.
const VALIDATION_MARKS: &[&str] = &[
    "commonpath",
    "commonprefix",
    "is_relative_to",
    "relative_to(",
    "is_within_directory",
    "is_safe",
    "realpath(",
    "abspath(",
    ".resolve(",
    "isabs(",
    "is_absolute(",
    ".issym(",
    ".islnk(",
    "\"..\"",
    "'..'",
    "\"../\"",
    "'../'",
    "Path Traversal",
    "path traversal",
];

/// How much of a function is searched, in bytes.
const MAX_SEARCHED: usize = 1 << 14;

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["extractall", "extract"], check);
    hooks.on_call(&["unpack_archive"], check_unpack);
    hooks.on_call(&["open", "write_bytes"], check_by_hand);
}

fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Expr::Attribute(function) = &*call.func else { return };
    let all = call.name() == "extractall";
    let kind = kind_of(cx.semantic, call.path(), &function.value);
    let near_tarfile = all && cx.semantic.imports_module("tarfile");
    if !near_tarfile && kind != Kind::Tar && !(all && kind == Kind::Zip) {
        return;
    }
    let filter = call.keyword("filter");
    let filter_text = filter.and_then(|filter| filter.as_string_literal_expr()).map(|literal| literal.value.to_str());
    let codes: &[&str] = match (near_tarfile, filter_text) {
        (_, Some("data")) => return,
        (true, Some("tar")) => &["B202"],
        (true, _) => &["B202", "S202"],
        (false, _) => &[],
    };
    if kind == Kind::Other {
        let message =
            format!("`extractall` of `{}` writes what the archive holds", excerpt(cx.semantic, &*function.value));
        let finding = cx.report(&RULE, codes, call.node, message);
        finding.persona(Persona::Auditor).severity(Severity::Low).confidence(Confidence::Low);
        return;
    }
    if kind == Kind::Zip {
        report_zip(cx, call, codes, near_tarfile);
        return;
    }
    let (reason, persona) = match filter {
        Some(filter)
            if is_path(cx.semantic, filter, &["tarfile.fully_trusted_filter"])
                || filter_text == Some("fully_trusted") =>
        {
            ("with the filter that trusts every member", Persona::Regular)
        }
        Some(filter)
            if filter_text == Some("tar")
                || is_path(cx.semantic, filter, &["tarfile.data_filter", "tarfile.tar_filter"]) =>
        {
            ("with a filter", Persona::Auditor)
        }
        Some(filter) if filter.is_none_literal_expr() => ("without a filter", Persona::Regular),
        Some(_) => ("with a filter of its own", Persona::Pedantic),
        None => ("without a filter", Persona::Regular),
    };
    let persona = persona.max(members_persona(cx.semantic, call, &function.value));
    let origin = archive_origin(cx.semantic, &function.value);
    let own_archive = matches!(origin, Origin::Constant | Origin::Inert | Origin::Program);
    let validated = filter.is_none() && is_validated(cx.semantic, call);
    let elsewhere = call.has_unpacked_arguments()
        || mentions_any(cx.semantic, &["data_filter", "extraction_filter"])
        || filters_otherwise(cx.semantic);
    // What else is called `extractall` beside an imported tarfile is most often a tar archive, passed in.
    let guessed = kind == Kind::Unknown;
    let what = if all { "all members" } else { "members" };
    let message = format!(
        "`{}` writes {what} of `{}` to where their names say, {reason}",
        call.name(),
        excerpt(cx.semantic, &*function.value)
    );
    let fix = if filter.is_none() { filter_fix(cx.semantic, call) } else { None };
    let finding = cx.report(&RULE, codes, call.node, message);
    finding.persona(persona);
    if origin >= Origin::Local {
        finding.confidence(Confidence::High);
    } else if guessed {
        finding.confidence(Confidence::Low);
    }
    if own_archive || validated || elsewhere {
        finding.persona(Persona::Pedantic).severity(Severity::Medium);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn filter_fix(semantic: &Semantic<'_>, call: &Call<'_>) -> Option<RawFix> {
    suggest_keyword(semantic, call, "Refuse members that lead outside", "filter", "\"data\"")
}

/// The standard library takes `..`, drive letters and leading slashes out of the names of a zip archive's members: what
/// is left is how much they unpack to.
fn report_zip(cx: &mut Checker<'_, '_>, call: &Call<'_>, codes: &'static [&'static str], near_tarfile: bool) {
    let message =
        "`extractall` of a zip archive stays inside the directory, but writes as many bytes as the archive says";
    let persona = if near_tarfile { Persona::Auditor } else { Persona::Pedantic };
    let finding = cx.report(&RULE, codes, call.node, message);
    finding.persona(persona).severity(Severity::Low).confidence(Confidence::Low).cwe(400);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tar,
    Zip,
    /// Of another library, or a function of the project.
    Other,
    Unknown,
}

/// What the receiver of `extractall` is.
fn kind_of(semantic: &Semantic<'_>, path: &str, receiver: &Expr) -> Kind {
    if path.starts_with("tarfile.") {
        return Kind::Tar;
    }
    if path.starts_with("zipfile.") {
        return Kind::Zip;
    }
    if path.contains("()") || semantic.qualified(receiver).is_some_and(|path| path.contains('.')) {
        return Kind::Other;
    }
    let text = semantic.text(receiver).to_ascii_lowercase();
    if text.len() < 40 && text.contains("zip") && !text.contains("gzip") { Kind::Zip } else { Kind::Unknown }
}

fn is_path(semantic: &Semantic<'_>, expr: &Expr, paths: &[&str]) -> bool {
    semantic.qualified(expr).is_some_and(|path| paths.contains(&path.as_str()))
}

/// A list of members that is not simply the whole archive has been chosen by someone.
fn members_persona<'a>(semantic: &Semantic<'a>, call: &Call<'a>, archive: &Expr) -> Persona {
    let members = if call.name() == "extract" { None } else { call.argument("members", 1) };
    let Some(members) = members else {
        let chosen = call.name() == "extract" && !is_any_member(semantic, call, archive);
        return if chosen { Persona::Pedantic } else { Persona::Regular };
    };
    let archive = semantic.text(archive);
    let text = semantic.text(members);
    let whole = members.is_none_literal_expr()
        || text == archive
        || text.strip_prefix(archive).is_some_and(|rest| matches!(rest, ".getmembers()" | ".getnames()"))
        || matches!(members, Expr::ListComp(comp) if comp.generators.iter().all(|generator| generator.ifs.is_empty())
            && matches!((&*comp.elt, &comp.generators[0].target), (Expr::Name(a), Expr::Name(b)) if a.id == b.id));
    if whole { Persona::Regular } else { Persona::Pedantic }
}

/// Whether what `extract` is given comes from the archive itself, rather than being asked for by name.
fn is_any_member<'a>(semantic: &Semantic<'a>, call: &Call<'a>, archive: &Expr) -> bool {
    use seriema_program::BindingKind;
    let Some(Expr::Name(member)) = call.argument("member", 0) else { return false };
    match semantic.binding(&member.id, member.range.start()).map(|binding| binding.kind) {
        Some(BindingKind::Iteration(value) | BindingKind::Assign(value)) => {
            let text = semantic.text(value);
            let archive = semantic.text(archive);
            text == archive || ["getmembers", "getnames", "members", ".next("].iter().any(|mark| text.contains(mark))
        }
        _ => false,
    }
}

/// Where the archive comes from, as far as the file shows.
fn archive_origin<'a>(semantic: &Semantic<'a>, receiver: &'a Expr) -> Origin {
    use seriema_program::BindingKind;
    let mut expr = receiver;
    for _ in 0..4 {
        match expr {
            Expr::Name(name) => match semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
                Some(BindingKind::Assign(value) | BindingKind::Context(value)) => expr = value,
                Some(BindingKind::Parameter(_)) => return Origin::Parameter,
                _ => return Origin::Unknown,
            },
            Expr::Call(open) => {
                let argument = open
                    .arguments
                    .find_keyword("fileobj")
                    .map(|keyword| &keyword.value)
                    .or_else(|| open.arguments.find_argument_value("name", 0));
                return argument.map_or(Origin::Unknown, |argument| semantic.origin(argument));
            }
            _ => return Origin::Unknown,
        }
    }
    Origin::Unknown
}

/// Whether the function looks at names before it writes, by the words it uses.
fn is_validated(semantic: &Semantic<'_>, call: &Call<'_>) -> bool {
    let Some(function) = semantic.enclosing_function() else { return false };
    let text = semantic.text(function);
    let before = usize::from(call.start()).saturating_sub(usize::from(function.start())).min(MAX_SEARCHED);
    let Some(text) = text.as_bytes().get(..before) else { return false };
    let loops = ["getmembers", "getnames", "for ", "members"];
    let find = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    loops.iter().any(|mark| find(mark)) && VALIDATION_MARKS.iter().any(|mark| find(mark))
}

/// Whether the same function extracts with a filter too: this call is for versions of Python that have none.
fn filters_otherwise(semantic: &Semantic<'_>) -> bool {
    let Some(function) = semantic.enclosing_function() else { return false };
    let text = semantic.text(function).as_bytes();
    let text = text.get(..MAX_SEARCHED).unwrap_or(text);
    ["filter=\"data\"", "filter='data'", "\"filter\"", "'filter'"]
        .iter()
        .any(|mark| memchr::memmem::find(text, mark.as_bytes()).is_some())
}

fn check_unpack<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if call.path() != "shutil.unpack_archive" || call.keyword("filter").is_some_and(|f| !f.is_none_literal_expr()) {
        return;
    }
    let Some(archive) = call.argument("filename", 0) else { return };
    let format = call.argument("format", 2).and_then(|format| cx.semantic.constant_str(format));
    let name = cx.semantic.constant_str(archive);
    if format.is_some_and(|format| format == "zip") || name.is_some_and(|name| name.ends_with(".zip")) {
        return;
    }
    let origin = cx.semantic.origin(archive);
    let elsewhere = call.has_unpacked_arguments() || cx.semantic.text(archive).to_ascii_lowercase().contains("zip");
    let validated = is_validated(cx.semantic, call);
    let message = format!(
        "`shutil.unpack_archive` unpacks `{}` without a filter for tar archives",
        excerpt(cx.semantic, archive)
    );
    let fix = filter_fix(cx.semantic, call);
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.severity(Severity::Medium);
    if origin >= Origin::Local {
        finding.confidence(Confidence::High).severity(Severity::High);
    } else {
        finding.confidence(Confidence::Low);
    }
    if elsewhere || validated || origin <= Origin::Program {
        finding.persona(Persona::Pedantic);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// A member written by hand: `open(os.path.join(directory, info.filename), "wb")`.
fn check_by_hand<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = match (call.path(), &*call.node.func) {
        ("builtins.open" | "io.open", _) => {
            let mode = call.argument("mode", 1).and_then(|mode| cx.semantic.constant_str(mode));
            if !mode.is_some_and(|mode| mode.contains(['w', 'x', 'a'])) {
                return;
            }
            call.argument("file", 0)
        }
        (_, Expr::Attribute(method)) if call.name() == "write_bytes" => Some(&*method.value),
        _ => None,
    };
    let Some(path) = path else { return };
    let Some(name) = member_name(cx.semantic, path, 6) else { return };
    if is_validated(cx.semantic, call) {
        return;
    }
    let message =
        format!("`{}`, a name inside an archive, decides where this file is written", excerpt(cx.semantic, name));
    cx.report(&RULE, &[], call.node, message);
}

/// The name of an archive's member that a path is joined from.
fn member_name<'a>(semantic: &Semantic<'a>, expr: &'a Expr, steps: u32) -> Option<&'a Expr> {
    use seriema_program::BindingKind;
    let steps = steps.checked_sub(1)?;
    let in_any = |exprs: &[&'a Expr]| exprs.iter().find_map(|expr| member_name(semantic, expr, steps));
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start())?.kind {
            BindingKind::Assign(value) => member_name(semantic, value, steps),
            BindingKind::Iteration(Expr::Call(names)) if is_listing(names, &["namelist", "getnames"]) => Some(expr),
            _ => None,
        },
        Expr::Attribute(field) if matches!(field.attr.as_str(), "filename" | "name") => {
            let Expr::Name(member) = &*field.value else { return None };
            match semantic.binding(&member.id, member.range.start())?.kind {
                BindingKind::Iteration(Expr::Call(members)) if is_listing(members, &["infolist", "getmembers"]) => {
                    Some(expr)
                }
                _ => None,
            }
        }
        Expr::BinOp(op) => in_any(&[&op.left, &op.right]),
        Expr::FString(f) => f
            .value
            .elements()
            .filter_map(|element| element.as_interpolation())
            .find_map(|hole| member_name(semantic, &hole.expression, steps)),
        Expr::Call(call) => match semantic.qualified(&call.func).as_deref() {
            Some("os.path.join" | "pathlib.Path" | "builtins.str" | "os.path.normpath") => {
                call.arguments.args.iter().find_map(|argument| member_name(semantic, argument, steps))
            }
            _ => match &*call.func {
                Expr::Attribute(method) if &method.attr == "joinpath" => {
                    call.arguments.args.iter().find_map(|argument| member_name(semantic, argument, steps))
                }
                _ => None,
            },
        },
        _ => None,
    }
}

fn is_listing(call: &seriema_program::ast::ExprCall, names: &[&str]) -> bool {
    matches!(&*call.func, Expr::Attribute(method) if names.contains(&method.attr.as_str()))
}
