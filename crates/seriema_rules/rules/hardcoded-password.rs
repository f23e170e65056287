//! Passwords, keys and tokens written into the source.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::Node;
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};

use crate::shared::ast_search::{callee_name, import_position, imports_for_module};
use crate::shared::credentials::{
    CredentialKind, Plausibility, credential_kind, is_machine_made, is_password_name, plausibility,
};
use crate::{Call, Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "hardcoded-password",
    family: Secrets,
    severity: Medium,
    confidence: Medium,
    cwe: [798, 259],
    aliases: ["B105", "S105", "B106", "S106", "B107", "S107"],
}

const STRING: &[&str] = &["B105", "S105"];
const ARGUMENT: &[&str] = &["B106", "S106"];
const DEFAULT: &[&str] = &["B107", "S107"];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_assign(check_assign);
    hooks.on_compare(check_compare);
    hooks.on_dict(check_dict);
    hooks.on_any_keyword(check_keyword);
    hooks.on_function(check_function);
    hooks.on_keyword(&["auth"], check_auth_pair);
    hooks.on_call(&["get", "getenv", "config", "setdefault"], check_fallback);
    hooks.on_call(POSITIONAL, check_positional);
    hooks.on_string(check_url);
}

/// Where the string stands: how much it takes to believe that it is a credential.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `name = "..."`
    Assigned,
    /// `name == "..."`: whoever knows it is let in.
    Compared {
        /// `user == "admin" and password == "..."`
        beside_user: bool,
        /// `form.get("token") == "..."`: no parser's token is got like this.
        looked_up: bool,
    },
    /// An argument or entry beside a host, a user, a database.
    BesideUser,
    /// An argument of what connects or logs in: here even `password="password"` is one.
    Connecting,
    /// An argument or entry alone.
    Alone,
    /// What a parameter is when the caller says nothing.
    Default,
    /// What is used when the environment says nothing.
    Fallback,
}

fn check_assign(cx: &mut Checker<'_, '_>, stmt: &Stmt) {
    let (targets, value, codes): (&[Expr], &Expr, &'static [&'static str]) = match stmt {
        Stmt::Assign(assign) => (&assign.targets, &assign.value, STRING),
        Stmt::AnnAssign(assign) => {
            let Some(value) = &assign.value else { return };
            (std::slice::from_ref(&*assign.target), value, &["S105"])
        }
        _ => return,
    };
    let Expr::StringLiteral(literal) = value else {
        check_other_value(cx, targets, value);
        return;
    };
    if literal.value.is_empty() {
        // Bandit does not mind that the string is empty.
        if stmt.is_assign_stmt()
            && let Some(name) =
                targets.iter().find_map(|target| target_name(target).filter(|name| is_password_name(name)))
        {
            report_plain(cx, &["B105"], value, format!("`{name}` is set to an empty string"));
        }
        return;
    }
    let text = literal.value.to_str();
    for target in targets {
        let Some(name) = target_name(target) else { continue };
        let parity = is_password_name(name);
        let kind = credential_kind(name);
        if !parity && kind.is_none() {
            continue;
        }
        let verdict = kind.and_then(|kind| judge(cx, name, kind, text, Place::Assigned, Some(target)));
        let codes = if parity { codes } else { &[] };
        report(cx, codes, value, value, name, verdict, "is set to a literal in the source");
        return;
    }
}

/// What other tools don't look at: bytes, what is used when the environment says nothing, fields of settings classes,
/// tables of users.
fn check_other_value(cx: &mut Checker<'_, '_>, targets: &[Expr], value: &Expr) {
    let [target] = targets else { return };
    let (literal, place) = match value {
        Expr::BytesLiteral(_) => (value, Place::Assigned),
        Expr::BoolOp(op) if op.op == ast::BoolOp::Or => match op.values.last() {
            Some(last) => (last, Place::Fallback),
            None => return,
        },
        Expr::Call(call) if callee_name(call) == "Field" => {
            let default = call.arguments.find_keyword("default").map(|keyword| &keyword.value);
            match default.or_else(|| call.arguments.args.first()) {
                Some(default) => (default, Place::Fallback),
                None => return,
            }
        }
        Expr::Dict(dict) => {
            check_user_table(cx, target, dict);
            return;
        }
        _ => return,
    };
    let Some(name) = target_name(target) else { return };
    let Some(kind) = credential_kind(name) else { return };
    let text = match literal {
        Expr::StringLiteral(literal) => std::borrow::Cow::Borrowed(literal.value.to_str()),
        Expr::BytesLiteral(literal) => {
            String::from_utf8_lossy(&literal.value.bytes().collect::<Vec<u8>>()).into_owned().into()
        }
        _ => return,
    };
    if let Some(verdict) = judge(cx, name, kind, &text, place, Some(target)) {
        let what = match place {
            Place::Fallback => "falls back to a literal of the source",
            _ => "is set to a literal in the source",
        };
        report(cx, &[], literal, literal, name, Some(verdict), what);
    }
}

/// `USERS = {"admin": "..."}`
fn check_user_table(cx: &mut Checker<'_, '_>, target: &Expr, dict: &ast::ExprDict) {
    let Some(name) = target_name(target) else { return };
    let table = ["users", "user_db", "users_db", "credentials", "accounts", "logins", "passwords", "user_passwords"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word));
    if !table || dict.items.is_empty() {
        return;
    }
    let is_password = |item: &ast::DictItem| match (&item.key, &item.value) {
        (Some(Expr::StringLiteral(key)), Expr::StringLiteral(value)) => {
            !is_password_name(key.value.to_str()) && plausibility(value.value.to_str()) >= Plausibility::KnownWeak
        }
        _ => false,
    };
    let Some(first) = dict.items.iter().find(|item| is_password(item)) else { return };
    let persona = if in_example(cx) { Persona::Pedantic } else { Persona::Regular };
    cx.report(&RULE, &[], &first.value, format!("`{name}` keeps passwords in the source"))
        .severity(Severity::High)
        .persona(persona)
        .cwe(259);
}

fn target_name(target: &Expr) -> Option<&str> {
    match target {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Subscript(subscript) => subscript.slice.as_string_literal_expr().map(|key| key.value.to_str()),
        _ => None,
    }
}

fn check_compare(cx: &mut Checker<'_, '_>, compare: &ast::ExprCompare) {
    if !compare.comparators.iter().any(Expr::is_string_literal_expr) {
        if compare.left.is_string_literal_expr() {
            check_reversed(cx, compare);
        }
        return;
    }
    let Some(name) = target_name(&compare.left).or_else(|| looked_up(&compare.left)) else { return };
    let parity = is_password_name(name) && !compare.left.is_call_expr();
    let kind = credential_kind(name);
    if !parity && kind.is_none() {
        return;
    }
    for (index, (op, comparator)) in compare.ops.iter().zip(&compare.comparators).enumerate() {
        let Expr::StringLiteral(literal) = comparator else { continue };
        let text = literal.value.to_str();
        let bandit = index == 0 && !compare.left.is_subscript_expr();
        let codes: &[&str] = match (parity, bandit) {
            (true, true) if text.is_empty() => &["B105"],
            (true, true) => STRING,
            (true, false) if !text.is_empty() => &["S105"],
            _ => &[],
        };
        let verdict = kind.and_then(|kind| judge_comparison(cx, name, kind, text, *op, &compare.left));
        if verdict.is_some() || !codes.is_empty() {
            report(cx, codes, comparator, comparator, name, verdict, "is compared with a literal in the source");
        }
    }
}

/// `"..." == password`
fn check_reversed(cx: &mut Checker<'_, '_>, compare: &ast::ExprCompare) {
    let (Expr::StringLiteral(literal), [op], [right]) = (&*compare.left, &*compare.ops, &*compare.comparators) else {
        return;
    };
    let Some(name) = target_name(right).or_else(|| looked_up(right)) else { return };
    let Some(kind) = credential_kind(name) else { return };
    if let Some(verdict) = judge_comparison(cx, name, kind, literal.value.to_str(), *op, right) {
        let left = &*compare.left;
        report(cx, &[], left, left, name, Some(verdict), "is compared with a literal in the source");
    }
}

/// The key of `request.form.get("password")`.
fn looked_up(expr: &Expr) -> Option<&str> {
    let call = expr.as_call_expr()?;
    let looks_up =
        matches!(callee_name(call), "get" | "pop" | "getlist" | "get_argument") && call.func.is_attribute_expr();
    let key = call.arguments.args.first()?.as_string_literal_expr()?;
    looks_up.then(|| key.value.to_str())
}

fn judge_comparison(
    cx: &Checker<'_, '_>,
    name: &str,
    kind: CredentialKind,
    text: &str,
    op: ast::CmpOp,
    side: &Expr,
) -> Option<Verdict> {
    if !matches!(op, ast::CmpOp::Eq | ast::CmpOp::NotEq) {
        return None;
    }
    let place = Place::Compared { beside_user: is_beside_user_check(cx), looked_up: side.is_call_expr() };
    judge(cx, name, kind, text, place, None)
}

/// `username == "admin" and password == "..."`
fn is_beside_user_check(cx: &Checker<'_, '_>) -> bool {
    let Some(Node::Expr(Expr::BoolOp(op))) = cx.semantic.parent() else { return false };
    op.values.iter().any(|value| match value {
        Expr::Compare(compare) => target_name(&compare.left).is_some_and(is_user_name),
        _ => false,
    })
}

fn is_user_name(name: &str) -> bool {
    let name = name.trim_matches('_');
    ["user", "username", "login", "email", "user_name", "account", "usr", "uname"].iter().any(|word| {
        name.eq_ignore_ascii_case(word)
            || (name.len() > word.len()
                && name.is_char_boundary(name.len() - word.len())
                && name[name.len() - word.len()..].eq_ignore_ascii_case(word)
                && name.as_bytes()[name.len() - word.len() - 1] == b'_')
    })
}

/// Names of what a credential is used with.
fn is_connection_name(name: &str) -> bool {
    is_user_name(name)
        || ["host", "hostname", "server", "db", "database", "dbname", "port", "engine"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
}

fn check_dict(cx: &mut Checker<'_, '_>, dict: &ast::ExprDict) {
    let mut beside = None;
    for item in &dict.items {
        let Some(Expr::StringLiteral(key)) = &item.key else { continue };
        let name = key.value.to_str();
        if !matches!(name.len(), 3..=64) {
            continue;
        }
        let Expr::StringLiteral(value) = &item.value else {
            // Bandit takes any constant.
            let constant = matches!(
                item.value,
                Expr::NumberLiteral(_)
                    | Expr::BooleanLiteral(_)
                    | Expr::NoneLiteral(_)
                    | Expr::BytesLiteral(_)
                    | Expr::EllipsisLiteral(_)
            );
            if constant && is_password_name(name) {
                report_plain(
                    cx,
                    &["B105"],
                    TextRange::new(key.start(), item.value.end()),
                    format!("`{name}` is keyed to a constant"),
                );
            }
            continue;
        };
        let parity = is_password_name(name);
        let kind = if value.value.is_empty() { None } else { credential_kind(name) };
        if !parity && kind.is_none() {
            continue;
        }
        let beside = *beside.get_or_insert_with(|| holds_connection(dict));
        let place = if beside { Place::BesideUser } else { Place::Alone };
        let verdict = kind.and_then(|kind| judge(cx, name, kind, value.value.to_str(), place, None));
        let codes: &[&str] = if parity { &["B105"] } else { &[] };
        report(
            cx,
            codes,
            TextRange::new(key.start(), value.end()),
            value,
            name,
            verdict,
            "is keyed to a literal in the source",
        );
    }
}

/// Whether a dictionary says what a credential is used with.
fn holds_connection(dict: &ast::ExprDict) -> bool {
    dict.items.iter().any(|item| {
        item.key
            .as_ref()
            .and_then(Expr::as_string_literal_expr)
            .is_some_and(|key| is_connection_name(key.value.to_str()))
    })
}

fn check_keyword<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, keyword: &'a ast::Keyword) {
    let Some(name) = &keyword.arg else { return };
    if name == "default" && matches!(keyword.value, Expr::StringLiteral(_) | Expr::Name(_)) {
        check_option_default(cx, call, keyword);
        return;
    }
    let Expr::StringLiteral(literal) = &keyword.value else { return };
    let parity = is_password_name(name);
    let kind = credential_kind(name);
    if !parity && kind.is_none() {
        return;
    }
    let text = literal.value.to_str();
    if text.is_empty() {
        if parity {
            report_plain(cx, &["B106"], keyword, format!("`{name}` is given an empty string"));
        }
        return;
    }
    // A call with more arguments than this is a table.
    let mut others = call.arguments.keywords.iter().take(64);
    let user = others.find(|other| other.arg.as_ref().is_some_and(|name| is_connection_name(name)));
    let place = match (is_connecting(call), user.is_some()) {
        (true, true) => Place::Connecting,
        (true, false) => Place::BesideUser,
        (false, true) => Place::BesideUser,
        (false, false) => Place::Alone,
    };
    // `username="user", password="passwd"` shows the shape of a call.
    let stand_in = user.is_some_and(|user| {
        user.value
            .as_string_literal_expr()
            .is_some_and(|user| matches!(user.value.to_str(), "user" | "username" | "scott"))
    });
    let verdict = match kind {
        Some(kind) if !stand_in => judge(cx, name, kind, text, place, None),
        _ => None,
    };
    let codes = if parity { ARGUMENT } else { &[] };
    report(cx, codes, keyword, &keyword.value, name, verdict, "is given as a literal in the source");
}

/// Whether a call opens a connection, logs somebody in or makes an account.
fn is_connecting(call: &Call<'_>) -> bool {
    let name = callee_name(call.node);
    matches!(
        name,
        "connect"
            | "create_connection"
            | "create_engine"
            | "create_pool"
            | "login"
            | "authenticate"
            | "create_user"
            | "create_superuser"
            | "set_password"
            | "Redis"
            | "StrictRedis"
            | "MongoClient"
            | "Connection"
            | "ConnectHandler"
            | "HTTPBasicAuth"
            | "SMTP"
            | "FTP"
    )
}

/// `add_argument("--password", default="...")`, `config("SECRET_KEY", default="...")`
fn check_option_default<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, keyword: &'a ast::Keyword) {
    let Some(option) = call
        .arguments
        .args
        .iter()
        .filter_map(Expr::as_string_literal_expr)
        .map(|text| text.value.to_str())
        .find(|text| credential_kind(text.trim_start_matches('-')).is_some())
    else {
        return;
    };
    let name = option.trim_start_matches('-');
    let Some(kind) = credential_kind(name) else { return };
    let Some(text) = cx.semantic.constant_str(&keyword.value) else { return };
    let place = if option.starts_with('-') { Place::Default } else { Place::Fallback };
    if let Some(verdict) = judge(cx, name, kind, &text, place, None) {
        report(cx, &[], keyword, &keyword.value, name, Some(verdict), "falls back to a literal of the source");
    }
}

fn check_function(cx: &mut Checker<'_, '_>, function: &ast::StmtFunctionDef) {
    for parameter in function.parameters.iter_non_variadic_params() {
        let Some(Expr::StringLiteral(literal)) = parameter.default() else { continue };
        let name = parameter.name().as_str();
        let parity = is_password_name(name);
        let kind = credential_kind(name);
        if !parity && kind.is_none() {
            continue;
        }
        let text = literal.value.to_str();
        let bandit =
            !function.is_async && !function.parameters.kwonlyargs.iter().any(|own| own.parameter.name.id == name);
        let codes: &[&str] = match (parity, bandit, text.is_empty()) {
            (true, true, false) => DEFAULT,
            (true, false, false) => &["S107"],
            (true, true, true) => &["B107"],
            _ => &[],
        };
        let verdict = kind.and_then(|kind| judge(cx, name, kind, text, Place::Default, None));
        if let Some(default) = parameter.default()
            && (verdict.is_some() || !codes.is_empty())
        {
            report(cx, codes, default, default, name, verdict, "has a literal for its default");
        }
    }
    check_returned(cx, function);
}

/// `def database_password(self): return PASSWORD`
fn check_returned(cx: &mut Checker<'_, '_>, function: &ast::StmtFunctionDef) {
    let name = function.name.as_str();
    if !matches!(credential_kind(name), Some(CredentialKind::Password | CredentialKind::SigningKey)) {
        return;
    }
    let Some(Stmt::Return(ast::StmtReturn { value: Some(value), .. })) = function.body.last() else { return };
    if !matches!(&**value, Expr::StringLiteral(_) | Expr::Name(_)) {
        return;
    }
    let Some(text) = cx.semantic.constant_str(value) else { return };
    let verdict = judge(cx, name, CredentialKind::Password, &text, Place::Assigned, None);
    if let Some(verdict) = verdict {
        report(cx, &[], &**value, &**value, name, Some(verdict), "returns a literal of the source");
    }
}

/// `auth=("admin", "...")`
fn check_auth_pair(cx: &mut Checker<'_, '_>, _call: &Call<'_>, keyword: &ast::Keyword) {
    let Expr::Tuple(pair) = &keyword.value else { return };
    let [_, password] = pair.elts.as_slice() else { return };
    let Expr::StringLiteral(literal) = password else { return };
    let verdict = judge(cx, "password", CredentialKind::Password, literal.value.to_str(), Place::BesideUser, None);
    if let Some(verdict) = verdict {
        report(cx, &[], password, password, "auth", Some(verdict), "holds a password that is a literal in the source");
    }
}

/// `os.environ.get("DB_PASSWORD", "...")`
fn check_fallback(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let [Expr::StringLiteral(key), Expr::StringLiteral(fallback)] = &*call.arguments.args else { return };
    if !matches!(call.path(), "os.environ.get" | "os.getenv" | "decouple.config" | "os.environ.setdefault") {
        return;
    }
    let name = key.value.to_str();
    let Some(kind) = credential_kind(name) else { return };
    if let Some(verdict) = judge(cx, name, kind, fallback.value.to_str(), Place::Fallback, None) {
        let value = &call.arguments.args[1];
        report(cx, &[], value, value, name, Some(verdict), "falls back to a literal in the source");
    }
}

/// Functions that take a password or key by position.
const POSITIONAL: &[&str] = &[
    "set_password",
    "login",
    "create_user",
    "create_superuser",
    "HTTPBasicAuth",
    "username_pw_set",
    "connect",
    "encode",
    "decode",
    "URLSafeSerializer",
    "URLSafeTimedSerializer",
    "TimestampSigner",
    "Signer",
    "TimedJSONWebSignatureSerializer",
    "JSONWebSignatureSerializer",
];

fn check_positional(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let (index, kind, what) = match (call.name(), call.path()) {
        ("set_password", _) => (0, CredentialKind::Password, "password"),
        ("login" | "username_pw_set", _) if call.func.is_attribute_expr() => (1, CredentialKind::Password, "password"),
        ("create_user" | "create_superuser", _) => (2, CredentialKind::Password, "password"),
        (_, "requests.auth.HTTPBasicAuth" | "requests.HTTPBasicAuth" | "httpx.BasicAuth") => {
            (1, CredentialKind::Password, "password")
        }
        (_, "pymysql.connect" | "MySQLdb.connect" | "mysql.connector.connect") => {
            (2, CredentialKind::Password, "password")
        }
        (_, "jwt.encode" | "jwt.decode" | "jose.jwt.encode" | "jose.jwt.decode") => {
            (1, CredentialKind::SigningKey, "key")
        }
        (name, path)
            if path.starts_with("itsdangerous.")
                && path.ends_with(name)
                && (name.ends_with("Serializer") || name.ends_with("Signer")) =>
        {
            (0, CredentialKind::SigningKey, "key")
        }
        _ => return,
    };
    let Some(value) = (if what == "key" { call.argument("key", index) } else { call.positional(index) }) else {
        return;
    };
    // A name says more: where it is set is where it is reported.
    let text: &str = match value {
        Expr::StringLiteral(literal) => literal.value.to_str(),
        _ => return,
    };
    if let Some(verdict) = judge(cx, what, kind, text, Place::BesideUser, None) {
        let message = format!("the {what} given to `{}` is a literal in the source", callee_name(call.node));
        report_verdict(cx, &[], value, value, None, verdict, message);
    }
}

/// `"postgresql://app:...@db.internal/app"`
fn check_url(cx: &mut Checker<'_, '_>, literal: &ast::ExprStringLiteral) {
    let text = literal.value.to_str();
    if text.len() > 300 || memchr::memchr(b'@', text.as_bytes()).is_none() {
        return;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return };
    let Some((authority, host)) = rest.split_once('@') else { return };
    let Some((user, password)) = authority.split_once(':') else { return };
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| {
                b.is_ascii_graphic() && !matches!(b, b'/' | b'{' | b'}' | b'<' | b'>' | b'$' | b'%' | b'"' | b'\'')
            })
    };
    if !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') || !plain(user) || !plain(password) {
        return;
    }
    let host = host.split(['/', ':', '?', ',']).next().unwrap_or_default();
    let shown = matches!(user, "user" | "username" | "scott" | "usr" | "dbuser")
        || matches!(
            host,
            "" | "host" | "hostname" | "server" | "localhost" | "127.0.0.1" | "example.com" | "example.org" | "db"
        )
        || host.starts_with("example.")
        || host.ends_with(".example.com")
        || user == password;
    let value = plausibility(password);
    if value < Plausibility::Word {
        return;
    }
    let strong = value == Plausibility::Strong;
    let finding = cx.report(&RULE, &[], literal, format!("the {scheme} URL holds the password of `{user}`"));
    finding.severity(if strong { Severity::High } else { Severity::Medium });
    if shown || !strong && value != Plausibility::KnownWeak {
        finding.persona(Persona::Pedantic).confidence(Confidence::Low);
    }
}

struct Verdict {
    kind: CredentialKind,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    /// Whether the literal can be replaced where it stands.
    fixable: bool,
}

/// Whether a reviewer would raise it. None: only an auditor wants to hear of it.
fn judge(
    cx: &Checker<'_, '_>,
    name: &str,
    kind: CredentialKind,
    text: &str,
    place: Place,
    target: Option<&Expr>,
) -> Option<Verdict> {
    let value = plausibility(text);
    let is_name = is_name_again(name, kind, text);
    let raised = match (kind, place) {
        (CredentialKind::SigningKey, Place::Compared { .. }) => value >= Plausibility::KnownWeak,
        // Whoever reads the source signs with it, be it strong or weak: all but placeholders count.
        (CredentialKind::SigningKey, _) => signs(text) && (!is_name || is_key_holder(target)),
        (CredentialKind::Password, Place::Compared { beside_user, .. }) => {
            value >= Plausibility::Word && text.len() >= 4 || (beside_user && !text.is_empty() && text.is_ascii())
        }
        (CredentialKind::Password, Place::BesideUser) => value >= Plausibility::Word && !is_name,
        (CredentialKind::Password, Place::Connecting) => value >= Plausibility::Word || is_name && text.len() >= 4,
        (CredentialKind::Password, Place::Assigned | Place::Alone | Place::Default) => {
            value >= Plausibility::KnownWeak && !is_name
        }
        (CredentialKind::Password, Place::Fallback) => value >= Plausibility::KnownWeak && !is_name,
        (CredentialKind::Secret, Place::Compared { .. }) => value == Plausibility::Strong,
        (CredentialKind::Secret, _) => {
            value == Plausibility::Strong || (value == Plausibility::KnownWeak && !is_name && text.len() >= 5)
        }
        (CredentialKind::Token, Place::Compared { looked_up, .. })
            if looked_up || !name.eq_ignore_ascii_case("token") =>
        {
            value >= Plausibility::KnownWeak
        }
        (CredentialKind::Token, _) => is_machine_made(text),
    };
    if !raised {
        return None;
    }
    let (severity, confidence) = match (kind, place, value) {
        (_, Place::Fallback, _) => (Severity::Medium, Confidence::Medium),
        (CredentialKind::SigningKey, ..) => (Severity::High, Confidence::High),
        (_, Place::Compared { .. }, _) => (Severity::High, Confidence::Medium),
        (_, _, Plausibility::Strong) => (Severity::High, Confidence::Medium),
        (_, Place::Default, _) => (Severity::Medium, Confidence::Low),
        _ => (Severity::Medium, Confidence::Medium),
    };
    // What stands in several places of a file is a sample; so is what is needed for a build and for nothing after it.
    let sample = matches!(kind, CredentialKind::Secret | CredentialKind::Token) && cx.semantic.repeats(text)
        || kind == CredentialKind::SigningKey
            && ["build", "collectstatic", "not-used"].iter().any(|word| text.contains(word))
        || speaks_of_examples(name);
    let persona = if sample || in_example(cx) { Persona::Pedantic } else { Persona::Regular };
    let fixable = matches!(place, Place::Assigned | Place::Connecting | Place::BesideUser | Place::Alone);
    Some(Verdict { kind, severity, confidence, persona, fixable })
}

/// Whether a string can be a signing key: anything but a template or the name of a variable.
fn signs(text: &str) -> bool {
    // Random bytes, and what a generator of keys made, hold every character.
    let random = text.chars().any(|c| !c.is_ascii() || (c.is_ascii_control() && c != '\n'))
        || (text.len() >= 32 && !text.contains(' ') && text.bytes().filter(u8::is_ascii_digit).count() >= 3);
    let template = ["{{", "${", "://"].iter().any(|piece| text.contains(piece))
        || (!random && ["{", "}", "%s", "%(", "<", "\n"].iter().any(|piece| text.contains(piece)))
        || (!random && text.starts_with(['$', '/']));
    (3..=512).contains(&text.len()) && !template && !matches!(text, "none" | "None" | "null")
}

/// `app.secret_key`, `app.config["SECRET_KEY"]`: here the value can't be the name of an entry.
fn is_key_holder(target: Option<&Expr>) -> bool {
    matches!(target, Some(Expr::Attribute(_) | Expr::Subscript(_)))
}

/// `PASSWORD = "password"`, `CONF_SECRET_KEY = "secret_key"`: the value is the name, or the end of it.
fn is_name_again(name: &str, kind: CredentialKind, text: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', ' '], "_");
    let (name, text) = (plain(name), plain(text));
    match kind {
        // `JWT_SECRET = "secret"` is a key.
        CredentialKind::SigningKey => {
            // `DATA_JWT_SECRET = "oauth2_jwt_secret"`: both end in the same two words.
            let words = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
            let end = text.rmatch_indices('_').nth(1).map(|(at, _)| &text[at..]);
            name == text
                || (text.ends_with("key") && name.ends_with(&text))
                || (words && end.is_some_and(|end| name.ends_with(end)))
        }
        // `ADMIN_PASSWORD = "admin"` is a password, `"sudo_pass": "sudo"` is not.
        _ => {
            let speaks = ["pass", "pwd", "secret", "token", "key"].iter().any(|word| text.contains(word));
            name.contains(&text) && (speaks || plausibility(&text) < Plausibility::KnownWeak)
        }
    }
}

/// Whether this stands in code that makes examples, defaults or test data.
fn in_example(cx: &Checker<'_, '_>) -> bool {
    cx.semantic.qualified_scope().is_some_and(|scope| speaks_of_examples(&scope) || speaks_of_defaults(&scope))
        || cx.semantic.statement().is_some_and(|stmt| match stmt {
            Stmt::Assign(assign) => assign
                .targets
                .iter()
                .filter_map(target_name)
                .any(|name| speaks_of_examples(name) || speaks_of_defaults(name)),
            _ => false,
        })
}

fn speaks_of_examples(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["example", "sample", "demo", "fixture", "mock", "fake", "dummy", "placeholder"]
        .iter()
        .any(|word| lower.contains(word))
}

fn speaks_of_defaults(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["default", "seed", "stub", "factory"].iter().any(|word| lower.contains(word))
}

fn report(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: impl Ranged,
    value: impl Ranged,
    name: &str,
    verdict: Option<Verdict>,
    what: &str,
) {
    match verdict {
        Some(verdict) => report_verdict(cx, codes, place, value, Some(name), verdict, format!("`{name}` {what}")),
        None if codes.is_empty() => {}
        None => report_plain(cx, codes, place, format!("`{name}` {what}")),
    }
}

fn report_plain(cx: &mut Checker<'_, '_>, codes: &'static [&'static str], place: impl Ranged, message: String) {
    cx.report(&RULE, codes, place, message)
        .severity(Severity::Low)
        .confidence(Confidence::Low)
        .persona(Persona::Auditor);
}

fn report_verdict(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    place: impl Ranged,
    value: impl Ranged,
    name: Option<&str>,
    verdict: Verdict,
    message: String,
) {
    let fix = name.filter(|_| verdict.fixable).and_then(|name| environment_fix(cx, name, value.range()));
    let finding = cx.report(&RULE, codes, place, message);
    finding.severity(verdict.severity).confidence(verdict.confidence).persona(verdict.persona);
    match verdict.kind {
        CredentialKind::Password => {
            finding.cwe(259);
        }
        CredentialKind::SigningKey => {
            finding.cwe(321);
        }
        _ => {}
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Reads the value from the environment instead, under the name it has in the source.
fn environment_fix(cx: &Checker<'_, '_>, name: &str, value: TextRange) -> Option<RawFix> {
    let variable: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .skip_while(|c| *c == '_')
        .collect();
    if variable.is_empty() || cx.semantic.file.slice(value).contains('\n') {
        return None;
    }
    let title = format!("Read it from the environment variable {variable}");
    let content = format!("os.environ[\"{variable}\"]");
    let mut fix = RawFix::replace(title, value, content, Applicability::Suggestion);
    if !imports_for_module(cx.semantic, "os") {
        let at = import_position(cx.semantic);
        if at > value.start() {
            return None;
        }
        fix.edits.insert(0, RawEdit { range: TextRange::empty(at), content: "import os\n".to_owned() });
    }
    Some(fix)
}
