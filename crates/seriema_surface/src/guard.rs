//! What stands before a handler: decorators, base classes, attributes, dependencies, middleware, and checks in its body.

use rustc_hash::FxHashMap;
use seriema_program::ir::{Expr, ParameterKind};

use crate::assemble::Found;
use crate::handler::Target;
use crate::inventory::{Guard, GuardKind, GuardVia};
use crate::refusal::{Refusal, Words, refusals};
use crate::startup::{Call, ClassId, Context, FuncId, Node, Startup, Value};
use crate::table::Framework;

/// Dependencies of dependencies.
const MAX_DEPTH: u32 = 6;

/// Words of names, of libraries that are not known, of what turns requests away.
const NAMES: &[(&str, GuardKind)] = &[
    ("login_required", GuardKind::Authentication),
    ("loginrequired", GuardKind::Authentication),
    ("require_login", GuardKind::Authentication),
    ("requires_login", GuardKind::Authentication),
    ("auth_required", GuardKind::Authentication),
    ("authrequired", GuardKind::Authentication),
    ("require_auth", GuardKind::Authentication),
    ("requires_auth", GuardKind::Authentication),
    ("token_required", GuardKind::Authentication),
    ("jwt_required", GuardKind::Authentication),
    ("require_user", GuardKind::Authentication),
    ("authenticated", GuardKind::Authentication),
    ("authentication", GuardKind::Authentication),
    ("check_authorized", GuardKind::Authentication),
    ("current_user", GuardKind::Authentication),
    ("admin_required", GuardKind::Authorization),
    ("require_admin", GuardKind::Authorization),
    ("requires_admin", GuardKind::Authorization),
    ("permission_required", GuardKind::Authorization),
    ("permissionrequired", GuardKind::Authorization),
    ("permissions_required", GuardKind::Authorization),
    ("require_permission", GuardKind::Authorization),
    ("requires_permission", GuardKind::Authorization),
    ("check_permission", GuardKind::Authorization),
    ("requires_access", GuardKind::Authorization),
    ("has_access", GuardKind::Authorization),
    ("role_required", GuardKind::Authorization),
    ("roles_required", GuardKind::Authorization),
    ("require_role", GuardKind::Authorization),
    ("requires_role", GuardKind::Authorization),
    ("user_passes_test", GuardKind::Authorization),
    ("userpassestest", GuardKind::Authorization),
    ("authorize", GuardKind::Authorization),
    ("ratelimit", GuardKind::Throttle),
    ("rate_limit", GuardKind::Throttle),
    ("throttle", GuardKind::Throttle),
];

/// What a name of something that turns requests away is about.
pub(crate) fn by_name(name: &str) -> Option<GuardKind> {
    let name = name.to_ascii_lowercase();
    // It says who asks, and turns nobody away.
    if name.ends_with("authenticationmiddleware") || name.contains("authentication_classes") {
        return None;
    }
    if name.contains("unauthenticated")
        || name.starts_with("allow_")
        || name.contains("optional")
        || name.contains("not_required")
        || name.contains("notrequired")
    {
        return None;
    }
    NAMES.iter().find(|(word, _)| name.contains(word)).map(|(_, kind)| *kind)
}

/// What the name of a dependency says that it asks.
fn of_dependency(name: &str) -> Option<GuardKind> {
    let name = name.to_ascii_lowercase();
    let mut words = name.split('_').peekable();
    let is_auth =
        words.any(|word| matches!(word, "auth" | "authenticate" | "authenticated" | "authorization" | "apikey"));
    let is_key = ["api_key", "verify_token", "current_user"].iter().any(|part| name.contains(part));
    (is_auth || is_key).then_some(GuardKind::Authentication)
}

/// Whether the name of a function of which nobody knows what it does says that it asks for a right.
pub(crate) fn is_guard_name(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "login_required",
        "require_login",
        "require_auth",
        "check_permission",
        "check_permissions",
        "check_object_permissions",
        "check_auth",
        "check_access",
        "require_permission",
        "require_admin",
        "authorize",
        "ensure_authenticated",
        "verify_permission",
        "assert_permission",
        "enforce_permission",
    ];
    WORDS.contains(&name.to_ascii_lowercase().as_str())
}

/// What is known of a path of a library.
pub(crate) fn known(frameworks: &[Framework], path: &str) -> Option<GuardKind> {
    let path = path.strip_suffix("()").unwrap_or(path);
    let is = |list: &[String]| list.iter().any(|known| known == path);
    for framework in frameworks {
        let guards = &framework.guards;
        for (list, kind) in [
            (&guards.authentication, GuardKind::Authentication),
            (&guards.authorization, GuardKind::Authorization),
            (&guards.throttle, GuardKind::Throttle),
            (&guards.csrf, GuardKind::Csrf),
        ] {
            if is(list) {
                return Some(kind);
            }
        }
    }
    None
}

/// Whether a path of a library says that everybody may come.
fn is_public(frameworks: &[Framework], path: &str) -> bool {
    frameworks.iter().any(|framework| framework.guards.public.iter().any(|known| known == path))
}

/// What stands before a route, and whether somebody said that nothing does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) guards: Vec<Guard>,
    pub(crate) is_public: bool,
    pub(crate) is_csrf_exempt: bool,
}

impl Standing {
    fn add(&mut self, name: String, kind: GuardKind, via: GuardVia) {
        let guard = Guard { name, kind, via };
        if !guard.name.is_empty() && !self.guards.iter().any(|known| known.name == guard.name) {
            self.guards.push(guard);
        }
    }
}

/// Looks for guards, and remembers what it found out about functions.
pub(crate) struct Guards<'a, 'p> {
    pub(crate) startup: &'a mut Startup<'p>,
    frameworks: &'a [Framework],
    known: FxHashMap<FuncId, Vec<Refusal>>,
}

impl<'a, 'p> Guards<'a, 'p> {
    pub(crate) fn new(startup: &'a mut Startup<'p>, frameworks: &'a [Framework]) -> Self {
        Self { startup, frameworks, known: FxHashMap::default() }
    }

    /// What stands before a route.
    pub(crate) fn of(&mut self, found: &Found) -> Standing {
        let mut standing = Standing::default();
        for (value, via) in &found.guards {
            self.value(*value, None, *via, &mut standing, 0);
        }
        for call in &found.handler.wrappers {
            self.wrapper(call, &mut standing);
        }
        match found.handler.target {
            Target::Class(class) => {
                let names: Vec<String> = match found.actions.as_slice() {
                    [] => found.methods.iter().map(|method| method.to_ascii_lowercase()).collect(),
                    actions => actions.iter().map(|(_, name)| name.clone()).collect(),
                };
                self.class(class, &names, &mut standing);
            }
            Target::Function(func) => {
                self.parameters(func, &mut standing, 0);
                self.body(func, &mut standing);
            }
            Target::Other(_) => {}
        }
        standing
    }

    /// A decorator.
    fn wrapper(&mut self, call: &Call, standing: &mut Standing) {
        let name = self.name_at(call);
        self.value(call.callee, Some(name), GuardVia::Decorator, standing, 0);
    }

    /// A decorator's name, as it is written.
    fn name_at(&self, call: &Call) -> String {
        let file = self.startup.file(call.site.file);
        let of_function = file.functions.iter().map(|function| (&function.decorators, function.parent));
        let mut decorators = of_function.flat_map(|(all, parent)| all.iter().map(move |one| (*one, parent)));
        let Some((id, parent)) = decorators.find(|(id, _)| file.span(*id) == call.site.span) else {
            return String::new();
        };
        let locals = file.functions.get(parent as usize).map_or(&[][..], |function| &function.locals);
        last(&Words { file, locals }.written(id))
    }

    /// Something that was given as a guard: a function, a class, what a library made.
    fn value(&mut self, value: Value, name: Option<String>, via: GuardVia, standing: &mut Standing, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        let named = |own: &str| name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| last(own));
        if let Some(path) = self.startup.path_of(value) {
            let path = path.as_str();
            let bare = path.strip_suffix("()").unwrap_or(path);
            if is_public(self.frameworks, bare) {
                standing.is_public = true;
                return;
            }
            if self.frameworks.iter().any(|framework| framework.guards.csrf_exempt.iter().any(|known| known == bare)) {
                standing.is_csrf_exempt = true;
                return;
            }
            if let Some(kind) = known(self.frameworks, bare) {
                standing.add(named(bare), kind, via);
                return;
            }
        }
        match value {
            Value::Api(path) => {
                if let Some(kind) = by_name(&last(path.as_str())) {
                    standing.add(named(path.as_str()), kind, via);
                }
            }
            Value::Class(class) => self.guard_class(class, name, via, standing),
            Value::Node(id) => match self.startup.heap.node(id).clone() {
                Node::Closure { func, .. } => self.function(func, name, via, standing, depth),
                Node::Bound { function, .. } => self.value(Value::Node(function), name, via, standing, depth + 1),
                Node::Attribute { of, name: attribute } => {
                    // A method of something of the program: `auth.login_required`, of an object that a library made.
                    let kind = by_name(attribute.as_str());
                    if let Some(kind) = kind {
                        standing.add(named(attribute.as_str()), kind, via);
                    } else if let Some(class) = self.class_of(of)
                        && let Some(method) = self.startup.class_value(class, attribute.as_str())
                    {
                        self.value(method, name, via, standing, depth + 1);
                    }
                }
                Node::Call(call) => self.made(&call, name, via, standing, depth),
                Node::Sequence { items, .. } => {
                    for item in items {
                        self.value(item, None, via, standing, depth + 1);
                    }
                }
                Node::Dict { .. } | Node::Super { .. } => {}
            },
            _ => {}
        }
    }

    /// What a call made: `Depends(get_user)`, `Middleware(Auth)`, `role_required("admin")`, a decorated function.
    fn made(&mut self, call: &Call, name: Option<String>, via: GuardVia, standing: &mut Standing, depth: u32) {
        let path = self.startup.path_of(call.callee);
        let last_part = path.map(|path| last(path.as_str())).unwrap_or_default();
        match last_part.as_str() {
            // What is said of one method is said of it alone.
            "method_decorator" => {
                let is_all = call.arguments.get(Some(1), "name").is_none_or(|name| name.as_text() == Some("dispatch"));
                if let Some(inner) = call.arguments.positional.first().filter(|_| is_all) {
                    self.value(*inner, None, via, standing, depth + 1);
                }
                return;
            }
            "permission_classes" | "throttle_classes" => {
                for inner in call.arguments.positional.clone() {
                    self.value(inner, None, GuardVia::Attribute, standing, depth + 1);
                }
                return;
            }
            "action" => {
                if let Some(inner) = call.arguments.named("permission_classes") {
                    self.value(inner, None, GuardVia::Attribute, standing, depth + 1);
                }
                return;
            }
            "Depends" | "Security" | "Provide" | "Middleware" | "DefineMiddleware" => {
                let inner = call.arguments.positional.first().copied();
                let inner = inner.or_else(|| call.arguments.named("dependency"));
                if let Some(inner) = inner {
                    let via = if last_part.contains("Middleware") { via } else { GuardVia::Dependency };
                    self.value(inner, None, via, standing, depth + 1);
                }
                return;
            }
            _ => {}
        }
        if let Some(kind) = by_name(&last_part) {
            standing.add(name.filter(|name| !name.is_empty()).unwrap_or(last_part), kind, via);
            return;
        }
        match call.callee {
            // An object of a class of the program: what it is called for.
            Value::Class(class) => self.guard_class(class, name, via, standing),
            callee => {
                if callee.is_known() {
                    self.value(callee, name.clone(), via, standing, depth + 1);
                }
                // A decorated function; a class's middleware around another.
                let inner = call.arguments.positional.first().copied();
                if let Some(inner) = inner.filter(|inner| self.startup.innermost(*inner).is_some()) {
                    self.value(inner, name, via, standing, depth + 1);
                }
            }
        }
    }

    /// A function of the program that stands before others.
    fn function(&mut self, func: FuncId, name: Option<String>, via: GuardVia, standing: &mut Standing, depth: u32) {
        let own = match via {
            GuardVia::Decorator => self.outer_name(func),
            _ => self.startup.function(func).name.to_string(),
        };
        let name = name.filter(|name| !name.is_empty()).unwrap_or(own);
        let kinds: Vec<GuardKind> = self.refusals(func).iter().map(|refusal| refusal.kind).collect();
        if let Some(kind) = kinds.into_iter().max_by_key(|kind| (*kind == GuardKind::Authentication, *kind)) {
            standing.add(name, kind, via);
            return;
        }
        let mut inner = Standing::default();
        self.parameters(func, &mut inner, depth + 1);
        if let Some(guard) = inner.guards.first() {
            standing.add(name, guard.kind, via);
            return;
        }
        // How it asks is not seen; that it does is its name.
        if let Some(kind) =
            by_name(&name).or_else(|| (via == GuardVia::Dependency).then(|| of_dependency(&name)).flatten())
        {
            standing.add(name, kind, via);
        }
    }

    /// A class of the program that stands before handlers: middleware, a permission, a dependency.
    fn guard_class(&mut self, class: ClassId, name: Option<String>, via: GuardVia, standing: &mut Standing) {
        let own = self.startup.class(class).name.to_string();
        let name = name.filter(|name| !name.is_empty()).unwrap_or(own);
        let (_, theirs) = self.startup.lineage(class);
        for base in &theirs {
            if is_public(self.frameworks, base.as_str()) {
                standing.is_public = true;
                return;
            }
        }
        const METHODS: &[&str] = &[
            "__call__",
            "dispatch",
            "process_request",
            "process_view",
            "process_template_response",
            "has_permission",
            "has_object_permission",
            "authenticate",
            "before",
            "on_request",
            "process_resource",
            "handle",
        ];
        for method in METHODS {
            let Some(func) = crate::handler::method(self.startup, class, method) else { continue };
            // A permission refuses by what it gives.
            let is_permission = method.starts_with("has_");
            // Who turns some requests away at the door need not ask who sends them: a browser's name, an address.
            let at_door = via == GuardVia::Application;
            let says = name.to_ascii_lowercase();
            if at_door && (says.ends_with("authenticationmiddleware") || says.contains("timeout")) {
                continue;
            }
            let refusals = self.refusals(func);
            let counts =
                |refusal: &&Refusal| !at_door || refusal.kind == GuardKind::Authentication || !refusal.name.is_empty();
            let kind = refusals.iter().find(counts).map(|refusal| refusal.kind);
            if let Some(kind) = kind.or(is_permission.then_some(GuardKind::Authorization)) {
                standing.add(name, kind, via);
                return;
            }
            let mut inner = Standing::default();
            self.parameters(func, &mut inner, 1);
            if let Some(guard) = inner.guards.first() {
                standing.add(name, guard.kind, via);
                return;
            }
        }
        let known = theirs
            .iter()
            .find_map(|base| known(self.frameworks, base.as_str()).or_else(|| by_name(&last(base.as_str()))));
        if let Some(kind) = known {
            standing.add(name, kind, via);
        }
    }

    /// A class that answers requests.
    fn class(&mut self, class: ClassId, methods: &[String], standing: &mut Standing) {
        let (ours, theirs) = self.startup.lineage(class);
        for base in theirs {
            if is_public(self.frameworks, base.as_str()) {
                standing.is_public = true;
            } else if let Some(kind) = known(self.frameworks, base.as_str()).or_else(|| by_name(&last(base.as_str()))) {
                standing.add(last(base.as_str()), kind, GuardVia::Base);
            }
        }
        for class in &ours {
            let decorators = self.startup.made(*class).map(|made| made.decorators.clone()).unwrap_or_default();
            for decorator in decorators {
                self.value(decorator, None, GuardVia::Decorator, standing, 0);
            }
        }
        // Lists of decorators and permissions that a class gives its methods.
        for attribute in ["decorators", "method_decorators", "permission_classes", "guards", "permissions"] {
            let Some(value) = self.startup.class_value(class, attribute) else { continue };
            match self.startup.heap.entries(value).map(<[_]>::to_vec) {
                Some(entries) => {
                    for (_, value) in entries {
                        self.value(value, None, GuardVia::Attribute, standing, 0);
                    }
                }
                None => self.value(value, None, GuardVia::Attribute, standing, 0),
            }
        }
        // What runs before all of its methods.
        for before in ["dispatch", "dispatch_request", "prepare", "initial", "setup", "on_connect"] {
            if let Some(func) = crate::handler::method(self.startup, class, before) {
                self.before(class, before, standing);
                self.body(func, standing);
            }
        }
        // What holds for every method that answers holds for the way in.
        let mut all: Vec<Standing> = Vec::new();
        for method in methods {
            // What a browser asks before it asks.
            if matches!(method.as_str(), "options" | "head") {
                continue;
            }
            let Some(value) = self.startup.class_value(class, method) else { continue };
            let mut own = Standing::default();
            self.method(value, &mut own);
            all.push(own);
        }
        if let Some((first, rest)) = all.split_first() {
            for guard in &first.guards {
                let same = |other: &Standing| other.guards.iter().any(|known| known.kind == guard.kind);
                if rest.iter().all(same) {
                    standing.add(guard.name.clone(), guard.kind, guard.via);
                }
            }
        }
    }

    /// A method of a class, with what is around it.
    pub(crate) fn method(&mut self, value: Value, standing: &mut Standing) {
        let handler = crate::handler::handler(self.startup, value);
        for call in &handler.wrappers {
            self.wrapper(call, standing);
        }
        if let Target::Function(func) = handler.target {
            self.parameters(func, standing, 0);
            self.body(func, standing);
        }
    }

    /// Decorators of a method that runs before others.
    fn before(&mut self, class: ClassId, name: &str, standing: &mut Standing) {
        let Some(value) = self.startup.class_value(class, name) else { return };
        let handler = crate::handler::handler(self.startup, value);
        for call in &handler.wrappers {
            self.wrapper(call, standing);
        }
    }

    /// Parameters that a framework fills in by asking.
    fn parameters(&mut self, func: FuncId, standing: &mut Standing, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        let function = self.startup.function(func);
        let file = self.startup.file(func.file);
        let outer: Context = self.startup.module_context(func.file);
        for parameter in &function.parameters {
            if parameter.kind == ParameterKind::Captured {
                continue;
            }
            let mut values = Vec::new();
            if let Some(default) = parameter.default
                && matches!(file.expr(default), Expr::Call(_) | Expr::Global(_) | Expr::Member(..))
            {
                values.push(self.startup.eval(outer, default));
            }
            if let Some(annotation) = parameter.annotation {
                // `Annotated[User, Depends(get_user)]`, under a name or as it is.
                let said = self.startup.eval(outer, annotation);
                values.extend(self.startup.elements(said).0);
            }
            for value in values {
                let callee = self.startup.heap.call(value).map(|call| call.callee);
                let path = callee.and_then(|callee| self.startup.path_of(callee)).map(|path| last(path.as_str()));
                if path.is_some_and(|path| matches!(path.as_str(), "Depends" | "Security")) {
                    // `Depends()` alone asks for the parameter's type.
                    let is_bare = self.startup.heap.call(value).is_some_and(|call| {
                        call.arguments.positional.is_empty() && call.arguments.named("dependency").is_none()
                    });
                    if is_bare {
                        if let Some(annotation) = parameter.annotation {
                            let class = self.startup.eval(outer, annotation);
                            self.value(class, None, GuardVia::Dependency, standing, depth + 1);
                        }
                    } else {
                        self.value(value, None, GuardVia::Dependency, standing, depth + 1);
                    }
                }
            }
        }
    }

    /// Checks in a body.
    pub(crate) fn body(&mut self, func: FuncId, standing: &mut Standing) {
        for refusal in self.refusals(func) {
            let name = if refusal.name.is_empty() { "check in the body".to_owned() } else { refusal.name };
            standing.add(name, refusal.kind, GuardVia::Body);
        }
    }

    fn refusals(&mut self, func: FuncId) -> Vec<Refusal> {
        if let Some(known) = self.known.get(&func) {
            return known.clone();
        }
        let mut found = refusals(self.startup, self.frameworks, func);
        // A name says more than a number.
        if found.iter().any(|refusal| !refusal.name.is_empty()) {
            found.retain(|refusal| !refusal.name.is_empty());
        }
        self.known.insert(func, found.clone());
        found
    }

    /// The name of a function, or of the one around it that is called when it is made: `login_required.<locals>.inner`.
    fn outer_name(&self, func: FuncId) -> String {
        let qualified = self.startup.function(func).qualified;
        let function = self.startup.function(func);
        match function.class {
            Some(_) => last(qualified.as_str()),
            None => qualified.as_str().split('.').next().unwrap_or_default().to_owned(),
        }
    }

    fn class_of(&self, value: Value) -> Option<ClassId> {
        match self.startup.heap.call(value).map(|call| call.callee) {
            Some(Value::Class(class)) => Some(class),
            _ => None,
        }
    }
}

/// The last part of a path.
fn last(path: &str) -> String {
    let path = path.trim_end_matches("()");
    path.rsplit('.').next().unwrap_or_default().replace("()", "")
}
