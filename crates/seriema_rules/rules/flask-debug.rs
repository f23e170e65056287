//! Web applications that run in debug mode.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::Ranged;
use seriema_program::{ScopeKind, Semantic};

use crate::shared::web_context::{imports_web_framework, mentions_any};
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "flask-debug",
    family: Configuration,
    severity: High,
    confidence: High,
    cwe: [489, 94, 215],
    aliases: ["B201", "S201"],
}

/// Names that hold the application in code that follows the documentation.
const APPLICATION_NAMES: &[&str] = &["app", "application", "api", "server", "socketio", "dash", "site"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["run", "run_server"], check_run);
    hooks.on_call(&["run_simple"], check_run_simple);
    hooks.on_call(&["DebuggedApplication"], check_debugged_application);
    hooks.on_call(&["Starlette", "FastAPI", "Sanic", "Application", "debug"], check_traceback_framework);
    hooks.on_call(&["update", "from_mapping"], check_config_update);
    hooks.on_assign(check_assign);
}

/// What debug mode gives away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// An interactive console in the browser.
    Console,
    /// Stack traces and source.
    Traceback,
}

impl Gives {
    fn text(self) -> &'static str {
        match self {
            Self::Console => "whoever makes it fail gets an interactive Python console",
            Self::Traceback => "whoever makes it fail reads stack traces and source",
        }
    }
}

/// `app.run(debug=True)`
fn check_run<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let keyword = call.arguments.find_keyword("debug");
    let positional = if call.path() == "flask.Flask().run" { call.positional(2) } else { None };
    let Some(value) = keyword.map(|keyword| &keyword.value).or(positional) else { return };
    let constant = cx.semantic.truth(value);
    let by_default = constant.is_none() && defaults_to_true(cx.semantic, value);
    if constant != Some(true) && !by_default {
        return;
    }
    let path = call.path();
    let is_flask = path == "flask.Flask().run";
    let flask_imported = cx.semantic.imports_module("flask");
    let literal = value.is_boolean_literal_expr();
    let codes: &[&str] = match (is_flask, flask_imported) {
        (true, _) if literal => &["B201", "S201"],
        (_, true) if literal => &["B201"],
        _ => &[],
    };
    let gives = if path.starts_with("bottle.") || path.starts_with("sanic.") || path.starts_with("quart.") {
        Gives::Traceback
    } else {
        Gives::Console
    };
    // `asyncio.run(main(), debug=True)` and others have debug modes of their own.
    let known = is_flask
        || ["flask", "dash.", "bottle.", "sanic.", "quart.", "connexion."]
            .iter()
            .any(|package| path.starts_with(package));
    let looks_like_one =
        !path.starts_with("asyncio.") && !path.starts_with("subprocess.") && looks_like_application(call);
    if !known && !looks_like_one && codes.is_empty() {
        return;
    }
    let place = keyword.map_or_else(|| value.range(), Ranged::range);
    let message = if by_default {
        format!("debug mode is on unless the environment turns it off: {}", gives.text())
    } else {
        format!("the application runs in debug mode: {}", gives.text())
    };
    let fix = (literal && (known || looks_like_one))
        .then(|| RawFix::replace("Turn debug mode off", value, "False", Applicability::Suggestion));
    let finding = cx.report(&RULE, codes, place, message);
    if gives == Gives::Traceback {
        finding.severity(Severity::Medium).cwe(489);
    }
    if !known {
        finding.confidence(Confidence::Medium);
        if !looks_like_one {
            finding.persona(Persona::Auditor);
        }
    }
    if by_default {
        finding.severity(Severity::Medium).confidence(Confidence::Medium);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn looks_like_application(call: &Call<'_>) -> bool {
    let Expr::Attribute(function) = &*call.func else { return false };
    let name = match &*function.value {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        // `create_app().run(...)`
        Expr::Call(inner) => match &*inner.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return false,
        },
        _ => return false,
    };
    APPLICATION_NAMES.contains(&name) || name.ends_with("app") || name.ends_with("_server") || name.ends_with("_api")
}

/// `os.environ.get("DEBUG", True)`, `env.bool("DEBUG", default=True)`
fn defaults_to_true<'a>(semantic: &Semantic<'a>, value: &'a Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    let name = match &*call.func {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        _ => return false,
    };
    match name {
        "get" | "getenv" | "bool" | "config" | "env" | "getboolean" => {
            let default = call.arguments.find_keyword("default").map(|keyword| &keyword.value);
            default
                .or_else(|| call.arguments.find_keyword("fallback").map(|keyword| &keyword.value))
                .or_else(|| call.arguments.args.get(1))
                .is_some_and(|default| match semantic.constant(default) {
                    Some(seriema_program::Const::Bool(value)) => value,
                    Some(seriema_program::Const::Str(value)) => {
                        matches!(&*value.to_ascii_lowercase(), "1" | "true" | "yes" | "on")
                    }
                    _ => false,
                })
        }
        _ => false,
    }
}

/// `werkzeug.serving.run_simple(..., use_debugger=True)`
fn check_run_simple<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let path = call.path();
    if !path.is_empty() && !path.starts_with("werkzeug.") {
        return;
    }
    let keyword = ["use_debugger", "use_evalex"].iter().find_map(|name| call.arguments.find_keyword(name));
    let Some(keyword) = keyword.filter(|_| call.keyword("use_debugger").is_some()) else { return };
    if cx.semantic.truth(&keyword.value) == Some(true) {
        let fix = RawFix::replace("Turn the debugger off", &keyword.value, "False", Applicability::Suggestion);
        let message = format!("the server runs with Werkzeug's debugger: {}", Gives::Console.text());
        cx.report(&RULE, &[], keyword, message).fix(fix);
    }
}

/// `werkzeug.debug.DebuggedApplication(app, evalex=True)`
fn check_debugged_application<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if !call.path().starts_with("werkzeug.") {
        return;
    }
    let console = call.argument("evalex", 1).is_some_and(|evalex| cx.semantic.truth(evalex) == Some(true));
    let guarded = is_guarded(cx.semantic);
    let gives = if console { Gives::Console } else { Gives::Traceback };
    let message = format!("the application is wrapped in Werkzeug's debugger: {}", gives.text());
    let finding = cx.report(&RULE, &[], call.node, message);
    if !console {
        finding.severity(Severity::Medium);
    }
    if guarded {
        finding.persona(Persona::Pedantic);
    }
}

/// Whether an `if` around the current node asks for debug mode.
fn is_guarded(semantic: &Semantic<'_>) -> bool {
    semantic.ancestors().any(|node| match node {
        seriema_program::Node::Stmt(Stmt::If(statement)) => {
            let test = semantic.text(&*statement.test).to_ascii_lowercase();
            test.contains("debug") || test.contains("dev")
        }
        _ => false,
    })
}

/// Frameworks that answer with a stack trace.
fn check_traceback_framework<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let keyword = match call.path() {
        "starlette.applications.Starlette"
        | "fastapi.FastAPI"
        | "fastapi.applications.FastAPI"
        | "tornado.web.Application" => {
            call.arguments.find_keyword("debug").map(|keyword| (keyword.range(), &keyword.value))
        }
        "bottle.debug" => match call.arguments.args.first() {
            Some(argument) => Some((call.range(), argument)),
            None => {
                report_traceback(cx, call.range(), "Bottle");
                None
            }
        },
        _ => None,
    };
    let Some((range, value)) = keyword else { return };
    if cx.semantic.truth(value) == Some(true) {
        let framework = call.path().split('.').next().unwrap_or_default().to_owned();
        report_traceback(cx, range, &framework);
    }
}

fn report_traceback(cx: &mut Checker<'_, '_>, range: seriema_program::text_size::TextRange, framework: &str) {
    let message = format!("{framework} runs in debug mode: {}", Gives::Traceback.text());
    cx.report(&RULE, &[], range, message).severity(Severity::Medium).cwe(489);
}

/// `app.config.update(DEBUG=True)`
fn check_config_update<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(keyword) = call.arguments.find_keyword("DEBUG") else { return };
    let of_application = matches!(&*call.func, Expr::Attribute(function)
        if matches!(&*function.value, Expr::Attribute(config) if &config.attr == "config"));
    if of_application && cx.semantic.truth(&keyword.value) == Some(true) {
        report_setting(cx, keyword, "`DEBUG` is set in the application's configuration");
    }
}

fn check_assign<'a>(cx: &mut Checker<'_, 'a>, statement: &'a Stmt) {
    let (target, value) = match statement {
        Stmt::Assign(assign) => match assign.targets.as_slice() {
            [target] => (target, &*assign.value),
            _ => return,
        },
        Stmt::AnnAssign(assign) => match &assign.value {
            Some(value) => (&*assign.target, &**value),
            None => return,
        },
        _ => return,
    };
    match target {
        Expr::Attribute(attribute) if &attribute.attr == "debug" => check_attribute(cx, statement, attribute, value),
        Expr::Subscript(subscript) => {
            let Expr::StringLiteral(key) = &*subscript.slice else { return };
            match key.value.to_str() {
                "DEBUG" => {
                    let of_application =
                        matches!(&*subscript.value, Expr::Attribute(config) if &config.attr == "config");
                    if of_application && cx.semantic.truth(value) == Some(true) && !is_guarded(cx.semantic) {
                        report_setting(cx, statement, "`DEBUG` is set in the application's configuration");
                    }
                }
                "FLASK_DEBUG" | "FLASK_ENV" => check_environment(cx, statement, subscript, value),
                _ => {}
            }
        }
        Expr::Name(name) if name.id == "DEBUG" => check_setting(cx, statement, value),
        _ => {}
    }
}

/// `app.debug = True`
fn check_attribute<'a>(
    cx: &mut Checker<'_, 'a>,
    statement: &'a Stmt,
    attribute: &'a ast::ExprAttribute,
    value: &'a Expr,
) {
    let path = cx.semantic.qualified(&attribute.value);
    let is_application = match path.as_deref() {
        Some("flask.Flask()" | "quart.Quart()" | "sanic.Sanic()" | "starlette.applications.Starlette()") => true,
        Some("flask.current_app") => true,
        _ => {
            let name = match &*attribute.value {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(inner) => inner.attr.as_str(),
                _ => "",
            };
            (APPLICATION_NAMES.contains(&name) || name.ends_with("app")) && imports_web_framework(cx.semantic)
        }
    };
    if is_application && cx.semantic.truth(value) == Some(true) && !is_guarded(cx.semantic) {
        report_setting(cx, statement, "the application's debug mode is turned on");
    }
}

/// `os.environ["FLASK_DEBUG"] = "1"`
fn check_environment<'a>(
    cx: &mut Checker<'_, 'a>,
    statement: &'a Stmt,
    subscript: &'a ast::ExprSubscript,
    value: &'a Expr,
) {
    let turns_on = cx
        .semantic
        .constant_str(value)
        .is_some_and(|value| matches!(&*value.to_ascii_lowercase(), "1" | "true" | "on" | "yes" | "development"));
    if turns_on && cx.semantic.is_path(&subscript.value, "os.environ") && !is_guarded(cx.semantic) {
        report_setting(cx, statement, "the program turns Flask's debug mode on for itself");
    }
}

/// `DEBUG = True` in settings of Django, or in a configuration class that is not for development.
fn check_setting<'a>(cx: &mut Checker<'_, 'a>, statement: &'a Stmt, value: &'a Expr) {
    let constant = cx.semantic.truth(value);
    let by_default = constant.is_none() && defaults_to_true(cx.semantic, value);
    if constant != Some(true) && !by_default || is_guarded(cx.semantic) {
        return;
    }
    let path = cx.semantic.context.path.to_ascii_lowercase();
    let for_development = |name: &str| {
        ["dev", "local", "test", "debug", "example", "sample", "ci"].iter().any(|word| name.contains(word))
    };
    let scope = cx.semantic.scopes.scope(cx.semantic.current_scope());
    let is_setting = match scope.kind {
        ScopeKind::Module => {
            mentions_any(cx.semantic, &["INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "SQLALCHEMY_DATABASE_URI"])
                && !for_development(&path)
        }
        ScopeKind::Class(class) => {
            let name = class.name.to_ascii_lowercase();
            // The base of other configurations, or the one for production.
            (name == "config" || name.starts_with("prod") || name.starts_with("base"))
                && name.contains("config")
                && !for_development(&path)
        }
        ScopeKind::Function(_) => false,
    };
    if !is_setting {
        return;
    }
    let message = if by_default {
        "`DEBUG` is on unless the environment turns it off: errors show settings and source to whoever causes them"
    } else {
        "`DEBUG` is on in these settings: errors show settings and source to whoever causes them"
    };
    let literal = value.is_boolean_literal_expr();
    let fix = literal.then(|| RawFix::replace("Turn debug mode off", value, "False", Applicability::Suggestion));
    let finding = cx.report(&RULE, &[], statement, message);
    finding.severity(Severity::Medium).confidence(Confidence::Medium).cwe(489);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn report_setting(cx: &mut Checker<'_, '_>, place: impl Ranged, message: &str) {
    let message = format!("{message}: {}", Gives::Console.text());
    cx.report(&RULE, &[], place, message).severity(Severity::Medium).confidence(Confidence::Medium);
}
