//! Which functions of the program turn requests away, by what they say when they do.

use rustc_hash::FxHashSet;
use seriema_program::Symbol;
use seriema_program::ir::{CompareOp, Expr, ExprId, FileIr, FormatPart, Handler, List, Literal, Stmt};

use crate::guard::{is_guard_name, known};
use crate::inventory::GuardKind;
use crate::startup::{FuncId, Startup, Value};
use crate::table::Framework;
use crate::visit::{self, Visit};

/// Calls of calls that are looked into.
const MAX_DEPTH: u32 = 4;

/// How a function turns a request away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What asks, as it is written.
    pub(crate) name: String,
    pub(crate) kind: GuardKind,
}

/// Parts of the names of exceptions and responses that say: you may not.
const FORBIDDEN: &[&str] = &[
    "Forbidden",
    "PermissionDenied",
    "PermissionError",
    "AccessDenied",
    "NotAuthorized",
    "NotPermitted",
    "InsufficientPermission",
];

/// Parts of the names of those that say: who are you?
const UNKNOWN: &[&str] = &[
    "Unauthorized",
    "Unauthenticated",
    "NotAuthenticated",
    "AuthenticationFailed",
    "AuthenticationError",
    "InvalidToken",
    "AuthenticationException",
    "LoginRequired",
    "CredentialsException",
    "AuthError",
    "InvalidCredentials",
];

/// Attributes that say who somebody is, or what they may do.
const IDENTITY: &[(&str, GuardKind)] = &[
    ("is_authenticated", GuardKind::Authentication),
    ("is_anonymous", GuardKind::Authentication),
    ("is_active", GuardKind::Authentication),
    ("is_staff", GuardKind::Authorization),
    ("is_superuser", GuardKind::Authorization),
    ("is_admin", GuardKind::Authorization),
    ("is_administrator", GuardKind::Authorization),
    ("has_perm", GuardKind::Authorization),
    ("has_perms", GuardKind::Authorization),
    ("has_permission", GuardKind::Authorization),
    ("has_object_permission", GuardKind::Authorization),
    ("has_role", GuardKind::Authorization),
    ("has_any_role", GuardKind::Authorization),
    ("has_access", GuardKind::Authorization),
    ("can_access", GuardKind::Authorization),
];

/// Names of what stands for who asks.
const PERSONS: &[&str] = &[
    "current_user",
    "user",
    "user_id",
    "username",
    "logged_in",
    "loggedin",
    "is_logged_in",
    "authenticated",
    "uid",
    "account_id",
    "admin",
    "is_admin",
    "role",
    "auth",
];

/// How a function turns requests away: itself, what is defined in it, or what it calls.
pub(crate) fn refusals(startup: &mut Startup<'_>, frameworks: &[Framework], func: FuncId) -> Vec<Refusal> {
    let mut all = Vec::new();
    let mut looked = Vec::new();
    look(startup, frameworks, func, 0, &mut looked, &mut all);
    all
}

fn look(
    startup: &mut Startup<'_>,
    frameworks: &[Framework],
    func: FuncId,
    depth: u32,
    looked: &mut Vec<FuncId>,
    all: &mut Vec<Refusal>,
) {
    if depth > MAX_DEPTH || looked.len() > 200 || looked.contains(&func) {
        return;
    }
    looked.push(func);
    let file = startup.file(func.file);
    let function = startup.function(func);
    let words = Words { file, locals: &function.locals };
    let mut seen = Seen {
        words,
        calls: Vec::new(),
        raised: Vec::new(),
        tests: Vec::new(),
        inner: Vec::new(),
        numbers: Vec::new(),
        swallowed: FxHashSet::default(),
    };
    visit::block(file, function.body, &mut seen);
    for number in &seen.numbers {
        let kind = if *number == 401 { GuardKind::Authentication } else { GuardKind::Authorization };
        all.push(Refusal { name: String::new(), kind });
    }
    for raised in &seen.raised {
        if let Some(kind) = named_refusal(&words.written(*raised)) {
            all.push(Refusal { name: String::new(), kind });
        }
    }
    for (name, kind) in &seen.tests {
        all.push(Refusal { name: name.clone(), kind: *kind });
    }
    for callee in seen.calls {
        let name = words.written(callee);
        if let Some(kind) = named_refusal(&name) {
            all.push(Refusal { name: String::new(), kind });
            continue;
        }
        let value = startup.meaning(func, callee);
        if let Some(kind) = startup.path_of(value).and_then(|path| known(frameworks, path.as_str())) {
            all.push(Refusal { name, kind });
            continue;
        }
        if let Some(callee) = startup.innermost(value) {
            let before = all.len();
            look(startup, frameworks, callee, depth + 1, looked, all);
            if all.len() > before {
                let kind = all[before].kind;
                all.truncate(before);
                // What a helper asks is known by the helper's name; what it finds out on the way is its own business.
                all.push(Refusal { name, kind });
            }
        } else if is_guard_name(name.rsplit('.').next().unwrap_or_default()) && !matches!(value, Value::Class(_)) {
            all.push(Refusal { name, kind: GuardKind::Authorization });
        }
    }
    for inner in seen.inner {
        look(startup, frameworks, FuncId { file: func.file, index: inner }, depth, looked, all);
    }
}

/// What a function holds that may be a refusal.
struct Seen<'f> {
    words: Words<'f>,
    calls: Vec<ExprId>,
    raised: Vec<ExprId>,
    /// Conditions on who asks that end in a way out.
    tests: Vec<(String, GuardKind)>,
    inner: Vec<u32>,
    numbers: Vec<i64>,
    /// What stands where every exception is caught and nothing comes of it.
    swallowed: FxHashSet<ExprId>,
}

impl Visit for Seen<'_> {
    fn statement(&mut self, file: &FileIr, stmt: Stmt) {
        match stmt {
            Stmt::Try(index) => {
                let parts = &file.tries[index as usize];
                if parts.handlers.iter().any(|handler| self.words.is_silent(handler)) {
                    visit::block(file, parts.body, &mut All(&mut self.swallowed));
                }
            }
            Stmt::Raise(Some(value)) if !self.swallowed.contains(&value) => {
                let value = match file.expr(value) {
                    Expr::Call(call) => file.calls[call as usize].callee,
                    _ => value,
                };
                self.raised.push(value);
            }
            Stmt::Return(Some(value)) => {
                // `return {...}, 403`
                if let Expr::Display(_, list) = file.expr(value) {
                    for item in file.exprs_of(list) {
                        self.number(file, *item);
                    }
                }
            }
            Stmt::If(test, then, orelse) if self.words.leaves(then) || self.words.leaves(orelse) => {
                self.tests.extend(self.words.identity(test));
            }
            Stmt::Assert(test) => self.tests.extend(self.words.identity(test)),
            _ => {}
        }
    }

    fn expression(&mut self, file: &FileIr, id: ExprId) {
        match file.expr(id) {
            Expr::Call(call) if !self.swallowed.contains(&id) => {
                let call = &file.calls[call as usize];
                self.calls.push(call.callee);
                for argument in call.positional.iter().chain(call.keywords.iter().map(|(_, value)| value)) {
                    self.number(file, *argument);
                }
                const REDIRECTS: [&str; 5] =
                    ["redirect", "RedirectResponse", "HttpResponseRedirect", "HTTPFound", "HTTPSeeOther"];
                // `redirect(url_for("auth.login"))`
                let name = self.words.written(call.callee);
                let is_redirect = name.rsplit('.').next().is_some_and(|name| REDIRECTS.contains(&name));
                if is_redirect && call.positional.first().is_some_and(|to| self.words.is_login(*to, 0)) {
                    self.numbers.push(401);
                }
            }
            Expr::Function(index) => self.inner.push(index),
            _ => {}
        }
    }
}

impl Seen<'_> {
    fn number(&mut self, file: &FileIr, id: ExprId) {
        match file.expr(id) {
            Expr::Literal(Literal::Int(number @ (401 | 403))) => self.numbers.push(number),
            Expr::Attribute(_, name) => match name.as_str() {
                "HTTP_401_UNAUTHORIZED" | "UNAUTHORIZED" => self.numbers.push(401),
                "HTTP_403_FORBIDDEN" | "FORBIDDEN" => self.numbers.push(403),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Collects all expressions.
struct All<'s>(&'s mut FxHashSet<ExprId>);

impl Visit for All<'_> {
    fn expression(&mut self, _file: &FileIr, id: ExprId) {
        self.0.insert(id);
    }
}

/// Looks for a way out that says something.
#[derive(Default)]
struct Leaves(bool);

impl Visit for Leaves {
    fn statement(&mut self, file: &FileIr, stmt: Stmt) {
        self.0 |= match stmt {
            Stmt::Raise(_) => true,
            Stmt::Return(Some(value)) => {
                !matches!(file.expr(value), Expr::Literal(Literal::None | Literal::Bool(false)))
            }
            _ => false,
        };
    }

    // `response.status = 403`, `self.send_error(...)`: not looked at any closer.
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        self.0 |= match file.expr(id) {
            Expr::Attribute(_, name) => matches!(name.as_str(), "status" | "status_code" | "abort" | "send_error"),
            Expr::Member(_, name) | Expr::Global(name) => name.as_str() == "abort",
            _ => false,
        };
    }
}

/// A function's text, by its parts.
#[derive(Clone, Copy)]
pub(crate) struct Words<'f> {
    pub(crate) file: &'f FileIr,
    /// The names of the function's variables.
    pub(crate) locals: &'f [Symbol],
}

impl Words<'_> {
    /// A chain of names as it is written, without calls and indexes: `current_user.is_authenticated`.
    pub(crate) fn written(self, id: ExprId) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let mut id = id;
        for _ in 0..32 {
            match self.file.expr(id) {
                Expr::Attribute(of, name) => {
                    parts.push(name.as_str());
                    id = of;
                    continue;
                }
                Expr::Await(of) | Expr::Index(of, _) => {
                    id = of;
                    continue;
                }
                Expr::Call(call) => {
                    id = self.file.calls[call as usize].callee;
                    continue;
                }
                Expr::Global(name) | Expr::Member(_, name) => parts.push(name.as_str()),
                Expr::Local(slot) => parts.extend(self.locals.get(usize::from(slot)).map(|name| name.as_str())),
                _ => {}
            }
            break;
        }
        parts.reverse();
        parts.join(".")
    }

    /// Whether a handler catches every refusal and goes on as if nothing had been.
    fn is_silent(self, handler: &Handler) -> bool {
        const BROAD: [&str; 4] = ["BaseException", "Exception", "HTTPException", "HttpException"];
        let is_broad = handler.kind.is_none_or(|kind| {
            let name = self.written(kind);
            name.rsplit('.').next().is_some_and(|name| BROAD.contains(&name))
        });
        let mut leaves = Leaves::default();
        visit::block(self.file, handler.body, &mut leaves);
        is_broad && !leaves.0
    }

    /// Whether a text leads to a page for logging in.
    fn is_login(self, id: ExprId, depth: u32) -> bool {
        let says = |text: &str| {
            let text = text.to_ascii_lowercase();
            ["login", "signin", "sign_in", "sign-in", "log_in", "unauthorized"].iter().any(|word| text.contains(word))
        };
        if depth > 4 {
            return false;
        }
        match self.file.expr(id) {
            Expr::Literal(Literal::Str(text)) => says(text.as_str()),
            Expr::Attribute(_, name) | Expr::Global(name) => says(name.as_str()),
            Expr::Call(call) => {
                let call = &self.file.calls[call as usize];
                call.positional.iter().any(|argument| self.is_login(*argument, depth + 1))
            }
            Expr::Binary(_, left, right) => self.is_login(left, depth + 1) || self.is_login(right, depth + 1),
            Expr::Format(index) => self.file.formats[index as usize].iter().any(|part| match part {
                FormatPart::Text(text) => says(text.as_str()),
                FormatPart::Value(..) => false,
            }),
            _ => false,
        }
    }

    /// Whether a block ends in a way out.
    fn leaves(self, list: List) -> bool {
        self.file.stmts_of(list).last().is_some_and(|last| match self.file.stmt(*last) {
            Stmt::Return(_) | Stmt::Raise(_) => true,
            // `abort(403)`, `self.send_error(401)`
            Stmt::Expr(value) => match self.file.expr(value) {
                Expr::Call(call) => {
                    let name = self.written(self.file.calls[call as usize].callee);
                    const OUT: [&str; 6] = ["abort", "send_error", "exit", "error", "redirect", "halt"];
                    name.rsplit('.').next().is_some_and(|name| OUT.contains(&name))
                }
                _ => false,
            },
            Stmt::If(_, then, orelse) => self.leaves(then) && self.leaves(orelse),
            _ => false,
        })
    }

    /// What a condition asks about who it is.
    fn identity(self, test: ExprId) -> Option<(String, GuardKind)> {
        let mut asked = Asked { words: self, found: None };
        visit::expression(self.file, test, &mut asked);
        asked.found
    }

    /// Whether a key of a session says who somebody is.
    fn is_person(self, key: ExprId) -> bool {
        let Expr::Literal(Literal::Str(text)) = self.file.expr(key) else { return false };
        let text = text.as_str().to_ascii_lowercase();
        PERSONS.contains(&text.as_str()) || ["user", "login", "logged"].iter().any(|part| text.contains(part))
    }
}

/// Looks for what a condition asks.
struct Asked<'f> {
    words: Words<'f>,
    found: Option<(String, GuardKind)>,
}

impl Visit for Asked<'_> {
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        if self.found.is_some() {
            return;
        }
        let words = self.words;
        let is_session = |of: &str| of.ends_with("session");
        self.found = match file.expr(id) {
            Expr::Attribute(_, name) => {
                let known = IDENTITY.iter().find(|(known, _)| *known == name.as_str());
                known.map(|(_, kind)| (words.written(id), *kind))
            }
            // `session.get("user_id")`
            Expr::Call(call) => {
                let call = &file.calls[call as usize];
                let of = words.written(call.callee);
                let (of, method) = of.rsplit_once('.').unwrap_or(("", &of));
                let reads = (is_session(of) && method == "get")
                    || matches!(method, "get_secure_cookie" | "get_signed_cookie" | "authenticated_userid");
                let is_person = call.positional.first().is_some_and(|key| words.is_person(*key));
                (reads && is_person).then(|| (of.to_owned(), GuardKind::Authentication))
            }
            // `session["user"]`
            Expr::Index(of, key) => {
                let of = words.written(of);
                (is_session(&of) && words.is_person(key)).then_some((of, GuardKind::Authentication))
            }
            // `"user" in session`
            Expr::Compare(CompareOp::In | CompareOp::NotIn, key, of) if words.is_person(key) => {
                let of = words.written(of);
                is_session(&of).then_some((of, GuardKind::Authentication))
            }
            // `item.owner != request.user`
            Expr::Compare(_, left, right) => {
                let person = [left, right].into_iter().map(|side| words.written(side)).find(|side| is_asker(side));
                person.map(|name| (name, GuardKind::Authorization))
            }
            // `if not g.user`
            Expr::Not(of) => {
                let name = words.written(of);
                is_asker(&name).then_some((name, GuardKind::Authentication))
            }
            _ => None,
        };
    }
}

/// Whether a name stands for who asks: `request.user`, `g.user`, `self.current_user.id`.
fn is_asker(name: &str) -> bool {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    matches!((first, second), ("request" | "g" | "self" | "ctx", "user" | "current_user" | "user_id" | "auth"))
        || first == "current_user"
        || name.starts_with("self.request.user")
        || name.starts_with("info.context.user")
}

/// Whether a name says that a request was turned away.
fn named_refusal(name: &str) -> Option<GuardKind> {
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.contains("CSRF") || last.contains("Csrf") {
        return None;
    }
    if UNKNOWN.iter().any(|part| last.contains(part)) || last == "redirect_to_login" || last == "unauthorized" {
        return Some(GuardKind::Authentication);
    }
    FORBIDDEN.iter().any(|part| last.contains(part)).then_some(GuardKind::Authorization)
}
