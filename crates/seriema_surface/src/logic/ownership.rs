//! Objects that belong to somebody, fetched by an id of the request for anybody who is logged in.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ir::{Expr, ExprId, FileIr, Function, Literal, Stmt};

use super::{LogicFinding, Program, changes, title, words};
use crate::inventory::{Entry, GuardKind, ParameterPlace, Place};
use crate::visit::{self, Visit};

/// Fields that say to whom an object belongs, and is nobody else's business.
const PRIVATE: &[&str] = &[
    "account",
    "account_id",
    "customer",
    "customer_id",
    "owner",
    "owner_id",
    "tenant",
    "tenant_id",
    "user",
    "user_id",
];
/// Fields that say who made an object, which others may look at but not change.
const MADE: &[&str] = &["author", "author_id", "created_by", "created_by_id", "creator", "creator_id"];

/// Methods and functions that fetch objects by what they are given.
const FETCHES: &[&str] =
    &["aget", "filter", "filter_by", "get", "get_object_or_404", "get_one", "get_or_404", "one_or_404", "where"];

/// What holds what a request gave.
const GIVEN: &[&str] =
    &["args", "data", "form", "GET", "json", "kwargs", "POST", "query_params", "values", "view_args"];

/// Words of names that say who asks.
const SUBJECT: &[&str] = &[
    "auth",
    "caller",
    "claims",
    "current",
    "identity",
    "jwt",
    "me",
    "member",
    "owner",
    "payload",
    "principal",
    "requester",
    "tenant",
    "token",
    "user",
    "viewer",
];

/// Words of calls that check what somebody may do.
const CHECK: &[&str] = &[
    "access",
    "allow",
    "allowed",
    "assert",
    "authorize",
    "authorized",
    "can",
    "check",
    "enforce",
    "ensure",
    "forbid",
    "forbidden",
    "own",
    "owns",
    "perm",
    "permission",
    "permissions",
    "permitted",
    "policy",
    "require",
    "verify",
];

/// A model with a field that says whose an object of it is.
struct Model {
    field: &'static str,
    is_private: bool,
    place: Place,
}

/// Finds the objects that nobody asks the owner of.
pub(super) fn unchecked(program: &Program<'_>) -> Vec<LogicFinding> {
    let models = models(program);
    if models.is_empty() {
        return Vec::new();
    }
    let mut fetching: Vec<(&Entry, Fetch, bool)> = Vec::new();
    for &entry in &program.entries {
        for (file, function) in program.handlers(entry) {
            let mut body = Body::new(entry, function, &models);
            visit::block(file, function.body, &mut body);
            if let Some(fetch) = body.fetch {
                fetching.push((entry, fetch, body.looks));
            }
        }
    }
    let siblings: FxHashMap<&str, &Entry> =
        fetching.iter().filter(|(_, _, looks)| *looks).map(|(entry, fetch, _)| (fetch.model, *entry)).collect();
    let open = fetching.iter().filter(|(entry, _, looks)| !looks && is_for_members(entry));
    open.filter_map(|(entry, fetch, _)| {
        finding(program, entry, fetch, &models[fetch.model], siblings.get(fetch.model).copied())
    })
    .collect()
}

/// Whether somebody has to be logged in, and no more.
fn is_for_members(entry: &Entry) -> bool {
    let has = |kind| entry.guards.iter().any(|guard| guard.kind == kind);
    has(GuardKind::Authentication) && !has(GuardKind::Authorization)
}

fn finding(
    program: &Program<'_>,
    entry: &Entry,
    fetch: &Fetch,
    model: &Model,
    sibling: Option<&Entry>,
) -> Option<LogicFinding> {
    let does_change = entry.methods.iter().any(|method| changes(method));
    if !model.is_private && !does_change {
        return None;
    }
    let file = program.files.get(&*entry.location.path)?;
    let guard = entry.guards.iter().find(|guard| guard.kind == GuardKind::Authentication)?;
    let message = format!(
        "`{}` of `{}` is fetched by an id of the request, and nobody looks at its `{}`: `{}` asks only whether somebody is \
         logged in",
        fetch.model,
        title(entry),
        model.field,
        guard.name,
    );
    let mut related = vec![(model.place.clone(), format!("`{}.{}` says whose it is", fetch.model, model.field))];
    related.extend(sibling.map(|sibling| {
        (
            sibling.location.clone(),
            format!("`{}` looks at who asks before it gives a `{}`", title(sibling), fetch.model),
        )
    }));
    Some(LogicFinding {
        rule: "insecure-direct-object-reference",
        place: super::place(file, fetch.span),
        function: program.function(entry),
        severity: if does_change { Severity::High } else { Severity::Medium },
        confidence: if sibling.is_some() { Confidence::Medium } else { Confidence::Low },
        persona: Persona::Regular,
        message,
        related,
    })
}

/// The classes of the program that have an owner, by name.
fn models(program: &Program<'_>) -> FxHashMap<&'static str, Model> {
    let mut models: FxHashMap<&str, Model> = FxHashMap::default();
    let mut files: Vec<&&FileIr> = program.files.values().filter(|file| !file.is_test).collect();
    files.sort_by_key(|file| &file.path);
    for file in files {
        for class in file.classes.iter().filter(|class| !class.bases.is_empty()) {
            let Some(body) = file.functions.get(class.body as usize) else { continue };
            // A field that is made by a call: `models.ForeignKey(User)`, `db.Column(...)`, `relationship()`.
            let fields = file.stmts_of(body.body).iter().filter_map(|stmt| match file.stmt(*stmt) {
                Stmt::Assign(target, value) if matches!(file.expr(value), Expr::Call(_)) => match file.expr(target) {
                    Expr::Local(slot) => body.locals.get(usize::from(slot)).map(|name| name.as_str()),
                    Expr::Global(name) => Some(name.as_str()),
                    _ => None,
                },
                _ => None,
            });
            let owner = |known: &[&str]| fields.clone().find(|field| known.contains(field));
            let (field, is_private) = match (owner(PRIVATE), owner(MADE)) {
                (Some(field), _) => (field, true),
                (None, Some(field)) => (field, false),
                (None, None) => continue,
            };
            let place = super::place(file, class.span);
            models.entry(class.name.as_str()).or_insert(Model { field, is_private, place });
        }
    }
    models
}

/// An object that is fetched.
struct Fetch {
    model: &'static str,
    span: (u32, u32),
}

/// What a handler does.
struct Body<'m> {
    models: &'m FxHashMap<&'static str, Model>,
    /// Variables that hold ids of the request.
    given: FxHashSet<u16>,
    /// Variables that say who asks.
    subjects: FxHashSet<u16>,
    fetch: Option<Fetch>,
    /// Whether it looks at who asks.
    looks: bool,
}

impl<'m> Body<'m> {
    fn new(entry: &Entry, function: &Function, models: &'m FxHashMap<&'static str, Model>) -> Self {
        let in_path = |name: &str| {
            entry.parameters.iter().any(|parameter| parameter.place == ParameterPlace::Path && parameter.name == name)
        };
        let mut body =
            Self { models, given: FxHashSet::default(), subjects: FxHashSet::default(), fetch: None, looks: false };
        for parameter in &function.parameters {
            if in_path(parameter.name.as_str()) {
                body.given.insert(parameter.slot);
            } else if words::any(parameter.name.as_str(), SUBJECT) {
                body.subjects.insert(parameter.slot);
            }
        }
        body
    }

    /// Whether an expression is, or is made of, what the request gave.
    fn is_given(&self, file: &FileIr, id: ExprId) -> bool {
        let mut within = Within { given: &self.given, is_given: false };
        visit::expression(file, id, &mut within);
        within.is_given
    }

    fn call(&mut self, file: &FileIr, id: ExprId, index: u32) {
        let call = &file.calls[index as usize];
        let name = match file.expr(call.callee) {
            Expr::Attribute(_, name) | Expr::Global(name) | Expr::Member(_, name) => name.as_str(),
            _ => return,
        };
        self.looks |= words::any(name, CHECK);
        let refuses = |value: &ExprId| matches!(file.expr(*value), Expr::Literal(Literal::Int(403)));
        self.looks |= call.positional.iter().any(refuses) || call.keywords.iter().any(|(_, value)| refuses(value));
        if self.fetch.is_some() || !FETCHES.contains(&name) {
            return;
        }
        let mut arguments = call.positional.iter().chain(call.keywords.iter().map(|(_, value)| value));
        if !arguments.any(|argument| self.is_given(file, *argument)) {
            return;
        }
        let mut names = Models { models: self.models, found: None };
        visit::expression(file, id, &mut names);
        self.fetch = names.found.map(|model| Fetch { model, span: file.span(id) });
    }
}

impl Visit for Body<'_> {
    fn statement(&mut self, file: &FileIr, stmt: Stmt) {
        if let Stmt::Assign(target, value) = stmt
            && let Expr::Local(slot) = file.expr(target)
            && !matches!(file.expr(value), Expr::Call(index) if self.fetches(file, index))
            && self.is_given(file, value)
        {
            self.given.insert(slot);
        }
    }

    fn expression(&mut self, file: &FileIr, id: ExprId) {
        match file.expr(id) {
            Expr::Call(index) => self.call(file, id, index),
            Expr::Local(slot) => self.looks |= self.subjects.contains(&slot),
            // A model's name is none that says who asks.
            Expr::Global(name) | Expr::Member(_, name) if !starts_upper(name.as_str()) => {
                self.looks |= words::any(name.as_str(), SUBJECT);
            }
            Expr::Global(name) | Expr::Member(_, name) => {
                self.looks |= matches!(name.as_str(), "Forbidden" | "PermissionDenied" | "HTTPForbidden");
            }
            Expr::Attribute(of, name) => {
                // `request.user`, `g.account`; not `order.user`, which is what should be compared with it.
                let is_context = match file.expr(of) {
                    Expr::Global(base) | Expr::Member(_, base) | Expr::Attribute(_, base) => {
                        matches!(base.as_str(), "request" | "g" | "state" | "context" | "info" | "session" | "self")
                    }
                    Expr::Local(_) => matches!(name.as_str(), "user" | "auth" | "state" | "session"),
                    _ => false,
                };
                self.looks |= is_context && (words::any(name.as_str(), SUBJECT) || name.as_str() == "state");
            }
            // `session["user_id"]`
            Expr::Index(of, _) => self.looks |= is_session(file, of),
            _ => {}
        }
        if let Expr::Call(index) = file.expr(id)
            && let Expr::Attribute(of, name) = file.expr(file.calls[index as usize].callee)
            && name.as_str() == "get"
        {
            self.looks |= is_session(file, of);
        }
    }
}

impl Body<'_> {
    fn fetches(&self, file: &FileIr, index: u32) -> bool {
        matches!(file.expr(file.calls[index as usize].callee), Expr::Attribute(_, name) | Expr::Member(_, name) if FETCHES.contains(&name.as_str()) && name.as_str() != "get")
    }
}

/// Whether something is the session of a request: that of a database has another origin.
fn is_session(file: &FileIr, of: ExprId) -> bool {
    match file.expr(of) {
        Expr::Member(module, name) => name.as_str() == "session" && module.as_str() != "db",
        Expr::Attribute(of, name) => {
            name.as_str() == "session"
                && matches!(file.expr(of), Expr::Local(_) | Expr::Member(..) | Expr::Attribute(..))
        }
        _ => false,
    }
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase())
}

/// Looks for what the request gave.
struct Within<'g> {
    given: &'g FxHashSet<u16>,
    is_given: bool,
}

impl Visit for Within<'_> {
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        self.is_given |= match file.expr(id) {
            Expr::Local(slot) => self.given.contains(&slot),
            Expr::Attribute(_, name) => GIVEN.contains(&name.as_str()),
            _ => false,
        };
    }
}

/// Looks for a model with an owner.
struct Models<'m> {
    models: &'m FxHashMap<&'static str, Model>,
    found: Option<&'static str>,
}

impl Visit for Models<'_> {
    fn expression(&mut self, file: &FileIr, id: ExprId) {
        if let Expr::Global(name) | Expr::Member(_, name) = file.expr(id)
            && let Some((name, _)) = self.models.get_key_value(name.as_str())
        {
            self.found = self.found.or(Some(*name));
        }
    }
}
