//! Django's URLs: `urlpatterns`, from the root that settings name down through `include`.

use rustc_hash::FxHashSet;
use seriema_program::Symbol;

use crate::assemble::Found;
use crate::drf;
use crate::handler::{Handler, Target, handler};
use crate::inventory::{EntryKind, GuardVia};
use crate::pattern::{self, Path};
use crate::startup::{Call, FileIndex, GAP, Node, NodeId, Site, Startup, Value};
use crate::table::Syntax;

/// Includes within includes.
const MAX_DEPTH: usize = 24;
/// Routes of one program.
const MAX_ROUTES: usize = 100_000;

/// Views of the framework, with the methods that they answer.
const VIEWS: &[(&str, &[&str])] = &[
    ("TemplateView", &["GET"]),
    ("RedirectView", &["DELETE", "GET", "PATCH", "POST", "PUT"]),
    ("ListView", &["GET"]),
    ("DetailView", &["GET"]),
    ("ArchiveIndexView", &["GET"]),
    ("YearArchiveView", &["GET"]),
    ("MonthArchiveView", &["GET"]),
    ("DayArchiveView", &["GET"]),
    ("TodayArchiveView", &["GET"]),
    ("DateDetailView", &["GET"]),
    ("FormView", &["GET", "POST", "PUT"]),
    ("CreateView", &["GET", "POST", "PUT"]),
    ("UpdateView", &["GET", "POST", "PUT"]),
    ("DeleteView", &["DELETE", "GET", "POST"]),
    ("LoginView", &["GET", "POST", "PUT"]),
    ("LogoutView", &["POST"]),
    ("PasswordChangeView", &["GET", "POST", "PUT"]),
    ("PasswordResetView", &["GET", "POST", "PUT"]),
    ("PasswordResetConfirmView", &["GET", "POST", "PUT"]),
    ("CreateAPIView", &["POST"]),
    ("ListAPIView", &["GET"]),
    ("RetrieveAPIView", &["GET"]),
    ("DestroyAPIView", &["DELETE"]),
    ("UpdateAPIView", &["PATCH", "PUT"]),
    ("ListCreateAPIView", &["GET", "POST"]),
    ("RetrieveUpdateAPIView", &["GET", "PATCH", "PUT"]),
    ("RetrieveDestroyAPIView", &["DELETE", "GET"]),
    ("RetrieveUpdateDestroyAPIView", &["DELETE", "GET", "PATCH", "PUT"]),
];

/// Finds all routes of Django. `framework` is its number.
pub(crate) fn routes(startup: &mut Startup<'_>, framework: usize, others: &mut Vec<Found>) -> Vec<Found> {
    let mut urls = Urls {
        framework,
        found: Vec::new(),
        around: Vec::new(),
        visited: FxHashSet::default(),
        guards: Vec::new(),
        permissions: Vec::new(),
        others: std::mem::take(others),
        mounted: FxHashSet::default(),
    };
    let settings = settings(startup);
    urls.settle(startup, &settings);
    let mut roots: Vec<FileIndex> = Vec::new();
    for file in &settings {
        let named = startup.global(*file, "ROOT_URLCONF").and_then(Value::as_text);
        if let Some(root) = named.and_then(|root| startup.imported(root))
            && !roots.contains(&root)
        {
            roots.push(root);
        }
    }
    for root in roots {
        urls.module(startup, root, &Path { path: "/".to_owned(), parameters: Vec::new() }, "/", true);
    }
    // Applications for others to include: their URLs hang on nothing here.
    let rest: Vec<FileIndex> = (0..startup.files.len())
        .map(|at| FileIndex::try_from(at).unwrap_or(FileIndex::MAX))
        .filter(|file| !startup.file(*file).is_test && startup.global(*file, "urlpatterns").is_some())
        .collect();
    let included = urls.included(startup, &rest);
    for file in rest {
        if !urls.visited.contains(&file) && !included.contains(&file) {
            urls.module(startup, file, &Path { path: "/".to_owned(), parameters: Vec::new() }, "/", false);
        }
    }
    let mounted = urls.mounted;
    urls.others.retain(|found| found.top.is_none_or(|top| !mounted.contains(&top)));
    *others = urls.others;
    urls.found
}

/// The modules that are settings: they say where URLs begin, or what middleware there is.
fn settings(startup: &Startup<'_>) -> Vec<FileIndex> {
    let all = (0..startup.files.len()).map(|at| FileIndex::try_from(at).unwrap_or(FileIndex::MAX));
    let is_settings = |file: &FileIndex| {
        !startup.file(*file).is_test
            && ["ROOT_URLCONF", "MIDDLEWARE", "REST_FRAMEWORK", "INSTALLED_APPS"]
                .iter()
                .any(|name| startup.global(*file, name).is_some())
    };
    all.filter(is_settings).collect()
}

struct Urls {
    framework: usize,
    found: Vec<Found>,
    /// The modules that are being gone through.
    around: Vec<FileIndex>,
    visited: FxHashSet<FileIndex>,
    /// What settings put before all views.
    guards: Vec<(Value, GuardVia)>,
    /// What settings put before all views of Django REST framework that say nothing of their own.
    permissions: Vec<(Value, GuardVia)>,
    /// Routes of other frameworks, which may hang on these URLs.
    others: Vec<Found>,
    mounted: FxHashSet<NodeId>,
}

impl Urls {
    /// Reads what settings put before views.
    fn settle(&mut self, startup: &mut Startup<'_>, settings: &[FileIndex]) {
        for file in settings {
            if let Some(middleware) = startup.global(*file, "MIDDLEWARE") {
                for one in startup.elements(middleware).0 {
                    if let Some(value) = named(startup, one) {
                        self.guards.push((value, GuardVia::Application));
                    }
                }
            }
            let Some(rest) = startup.global(*file, "REST_FRAMEWORK") else { continue };
            let permissions = startup.heap.entries(rest).unwrap_or_default().iter();
            let of = permissions.clone().find(|(key, _)| key.as_text() == Some("DEFAULT_PERMISSION_CLASSES"));
            let Some((_, list)) = of.copied() else { continue };
            for one in startup.elements(list).0 {
                if let Some(value) = named(startup, one) {
                    self.permissions.push((value, GuardVia::Application));
                }
            }
        }
        self.guards.dedup();
        self.permissions.dedup();
    }

    /// Modules with URLs that others of them include.
    fn included(&self, startup: &mut Startup<'_>, files: &[FileIndex]) -> FxHashSet<FileIndex> {
        let mut included = FxHashSet::default();
        let calls: Vec<Call> = startup.heap.calls().map(|(_, call)| call.clone()).collect();
        for call in calls {
            if !is_include(&call) {
                continue;
            }
            let Some(first) = call.arguments.positional.first().copied() else { continue };
            let file = match first {
                Value::Module(file) => Some(file),
                Value::Text(name) => startup.module(name.as_str()),
                _ => None,
            };
            included.extend(file.filter(|file| files.contains(file)));
        }
        included
    }

    fn module(&mut self, startup: &mut Startup<'_>, file: FileIndex, path: &Path, prefix: &str, is_mounted: bool) {
        if self.around.contains(&file) || self.around.len() > MAX_DEPTH {
            return;
        }
        self.visited.insert(file);
        self.around.push(file);
        if let Some(patterns) = startup.global(file, "urlpatterns") {
            self.patterns(startup, patterns, path, prefix, is_mounted, 0);
        }
        self.around.pop();
    }

    /// All patterns of a list, or of what stands for one.
    fn patterns(
        &mut self,
        startup: &mut Startup<'_>,
        patterns: Value,
        path: &Path,
        prefix: &str,
        is_mounted: bool,
        depth: usize,
    ) {
        if depth > MAX_DEPTH || self.found.len() > MAX_ROUTES {
            return;
        }
        if startup.heap.items(patterns).is_some() {
            for item in startup.elements(patterns).0 {
                self.patterns(startup, item, path, prefix, is_mounted, depth + 1);
            }
            return;
        }
        let Value::Node(id) = patterns else { return };
        match startup.heap.node(id).clone() {
            Node::Call(call) => {
                let last = path_of(startup, call.callee);
                match last.as_str() {
                    "path" | "re_path" | "url" => {
                        // `pattern.callback = decorator(pattern.callback)`, as functions do that decorate whole lists.
                        let around = startup.heap.assigned(patterns, Symbol::new("callback"));
                        let outer = self.guards.len();
                        self.guards.extend(around.map(|around| (unwrapped(startup, around), GuardVia::Decorator)));
                        self.pattern(startup, &call, path, prefix, is_mounted, depth);
                        self.guards.truncate(outer);
                    }
                    // What is around patterns: of languages, of formats, of debugging.
                    "i18n_patterns" | "format_suffix_patterns" | "decorator_include" | "required" => {
                        let mut path = path.clone();
                        let mut prefix = prefix.to_owned();
                        if last == "i18n_patterns" {
                            path.path.push_str("{language}/");
                            prefix.push_str("<language>/");
                        }
                        for argument in call.arguments.positional {
                            self.patterns(startup, argument, &path, &prefix, is_mounted, depth + 1);
                        }
                    }
                    "include" => self.include(startup, &call, path, prefix, is_mounted, depth),
                    _ => {}
                }
            }
            Node::Attribute { of, name } if name.as_str() == "urls" => {
                for route in drf::routes(startup, of) {
                    let mut path = path.clone();
                    let own = pattern::path(&route.pattern, Syntax::Regex);
                    path.path.push_str(&own.path);
                    path.parameters.extend(own.parameters);
                    self.add(
                        startup,
                        &path,
                        format!("{prefix}{}", route.pattern),
                        route.handler,
                        Some(route.actions),
                        route.site,
                        is_mounted,
                    );
                }
            }
            _ => {}
        }
    }

    /// `path("users/", view)`
    fn pattern(
        &mut self,
        startup: &mut Startup<'_>,
        call: &Call,
        path: &Path,
        prefix: &str,
        is_mounted: bool,
        depth: usize,
    ) {
        let syntax = if path_of(startup, call.callee) == "path" { Syntax::Angles } else { Syntax::Regex };
        let own = call.arguments.get(Some(0), "route").or_else(|| call.arguments.named("regex"));
        let own = match own.map(|own| translated(startup, own)) {
            Some(Value::Text(text)) => text.to_string(),
            _ => GAP.to_string(),
        };
        let read = pattern::path(&own, syntax);
        let mut path = path.clone();
        path.path.push_str(&read.path);
        path.parameters.extend(read.parameters);
        let prefix = format!("{prefix}{own}");
        let Some(view) = call.arguments.get(Some(1), "view") else { return };
        if let Some(inner) = startup.heap.call(view).cloned()
            && is_include(&inner)
        {
            return self.include(startup, &inner, &path, &prefix, is_mounted, depth);
        }
        // `path("x/", ([...], "app", "namespace"))`, as `include` gives it.
        if startup.heap.items(view).is_some() {
            if let Some(first) = startup.elements(view).0.first().copied() {
                self.patterns(startup, first, &path, &prefix, is_mounted, depth + 1);
            }
            return;
        }
        // `admin.site.urls`, `api.urls`
        if let Value::Node(id) = view
            && let Node::Attribute { of, name } = *startup.heap.node(id)
            && name.as_str() == "urls"
            && startup.heap.call(of).is_some()
            && drf::is_router(startup, of)
        {
            return self.patterns(startup, view, &path, &prefix, is_mounted, depth + 1);
        }
        // `api.urls` of Django Ninja.
        if let Value::Node(id) = view
            && let Node::Attribute { of: Value::Node(top), name } = *startup.heap.node(id)
            && name.as_str() == "urls"
        {
            let mine: Vec<Found> = self.others.iter().filter(|found| found.top == Some(top)).cloned().collect();
            if !mine.is_empty() {
                self.mounted.insert(top);
                for other in mine {
                    let mut guards = self.guards.clone();
                    guards.extend(other.guards);
                    let joined = pattern::join(&path.path, &other.path.path);
                    let parameters = path.parameters.iter().chain(&other.path.parameters).cloned().collect();
                    self.found.push(Found {
                        pattern: pattern::join(&prefix, &other.pattern),
                        path: Path { path: joined, parameters },
                        guards,
                        is_mounted,
                        top: None,
                        ..other
                    });
                }
                return;
            }
        }
        let view = match view.as_text() {
            Some(_) => named(startup, view).unwrap_or(view),
            None => view,
        };
        let handler = handler(startup, view);
        let actions = handler.made_with.as_ref().and_then(|made| drf::actions_of(startup, made));
        self.add(startup, &path, prefix, handler, actions, call.site, is_mounted);
    }

    fn include(
        &mut self,
        startup: &mut Startup<'_>,
        call: &Call,
        path: &Path,
        prefix: &str,
        is_mounted: bool,
        depth: usize,
    ) {
        let Some(mut what) = call.arguments.get(Some(0), "arg") else { return };
        // `include((patterns, "app"))`
        if let Some((items, _)) = startup.heap.items(what)
            && items.len() == 2
            && matches!(items[1], Value::Text(_) | Value::Node(_) | Value::Unknown)
            && (startup.heap.items(items[0]).is_some() || matches!(items[0], Value::Text(_) | Value::Module(_)))
        {
            what = items[0];
        }
        match what {
            Value::Text(name) => {
                if let Some(file) = startup.imported(name.as_str()) {
                    self.module(startup, file, path, prefix, is_mounted);
                } else {
                    self.library(startup, name, path, prefix, call.site, is_mounted);
                }
            }
            Value::Module(file) => self.module(startup, file, path, prefix, is_mounted),
            Value::Api(name) => self.library(startup, name, path, prefix, call.site, is_mounted),
            what => self.patterns(startup, what, path, prefix, is_mounted, depth + 1),
        }
    }

    /// URLs of a library: there, and not looked into.
    fn library(
        &mut self,
        startup: &Startup<'_>,
        name: Symbol,
        path: &Path,
        prefix: &str,
        site: Site,
        is_mounted: bool,
    ) {
        let handler = Handler { target: Target::Other(Value::Api(name)), wrappers: Vec::new(), made_with: None };
        let mut path = path.clone();
        path.path.push(GAP);
        self.add(startup, &path, format!("{prefix}{GAP}"), handler, None, site, is_mounted);
    }

    #[allow(clippy::too_many_arguments, reason = "what a route is made of")]
    fn add(
        &mut self,
        startup: &Startup<'_>,
        path: &Path,
        pattern: String,
        handler: Handler,
        actions: Option<Vec<(String, String)>>,
        registered: Site,
        is_mounted: bool,
    ) {
        let mut guards = self.guards.clone();
        if let Target::Other(value @ Value::Api(_)) = handler.target {
            guards.push((value, GuardVia::Application));
        }
        let is_rest = drf::is_view(startup, &handler);
        if is_rest && !drf::has_permissions(startup, &handler) {
            guards.extend(self.permissions.iter().copied());
        }
        let methods = match &actions {
            Some(actions) => actions.iter().map(|(method, _)| method.clone()).collect(),
            None => methods(startup, &handler),
        };
        self.found.push(Found {
            framework: self.framework,
            kind: EntryKind::Http,
            methods,
            pattern,
            path: path.clone(),
            handler,
            actions: actions.unwrap_or_default(),
            guards,
            registered,
            is_mounted,
            top: None,
        });
    }
}

/// The function that `functools.update_wrapper` was given.
fn unwrapped(startup: &Startup<'_>, value: Value) -> Value {
    let Some(call) = startup.heap.call(value) else { return value };
    let is_update = path_of(startup, call.callee) == "update_wrapper";
    call.arguments.get(Some(0), "wrapper").filter(|_| is_update).unwrap_or(value)
}

/// The methods that a view answers.
fn methods(startup: &Startup<'_>, handler: &Handler) -> Vec<String> {
    let mut methods: Vec<String> = Vec::new();
    for wrapper in &handler.wrappers {
        let said = path_of(startup, wrapper.callee);
        let given = startup.heap.call(wrapper.callee).and_then(|call| call.arguments.get(Some(0), "http_method_names"));
        let listed = given.map(|given| startup.elements(given).0).unwrap_or_default();
        let listed: Vec<String> = listed.iter().filter_map(|one| one.as_text()).map(str::to_ascii_uppercase).collect();
        match said.as_str() {
            "require_POST" => methods = vec!["POST".to_owned()],
            "require_GET" | "require_safe" => methods = vec!["GET".to_owned()],
            "require_http_methods" if !listed.is_empty() => methods = listed,
            "api_view" => methods = if listed.is_empty() { vec!["GET".to_owned()] } else { listed },
            _ => {}
        }
    }
    if let Target::Class(class) = handler.target {
        let (_, theirs) = startup.lineage(class);
        methods.extend(handler.functions(startup).iter().map(|(name, _)| name.to_ascii_uppercase()));
        for base in &theirs {
            let name = base.as_str().rsplit('.').next().unwrap_or_default();
            if let Some((_, known)) = VIEWS.iter().find(|(view, _)| *view == name) {
                methods.extend(known.iter().map(|method| (*method).to_owned()));
            }
        }
        if let Some(allowed) =
            startup.class_value(class, "http_method_names").filter(|v| startup.heap.items(*v).is_some())
        {
            let allowed = startup.elements(allowed).0;
            methods.retain(|method| {
                allowed.iter().any(|one| one.as_text().is_some_and(|one| one.eq_ignore_ascii_case(method)))
            });
        }
    } else if let Target::Other(value) = handler.target
        && let Some(path) = startup.path_of(value)
    {
        let mut names = path.as_str().split('.').map(|part| part.trim_end_matches("()"));
        if let Some((_, known)) = names.find_map(|name| VIEWS.iter().find(|(view, _)| *view == name)) {
            methods.extend(known.iter().map(|method| (*method).to_owned()));
        }
    }
    methods.retain(|method| method != "OPTIONS" && method != "HEAD");
    if methods.is_empty() {
        methods.push("ANY".to_owned());
    }
    methods.sort();
    methods.dedup();
    methods
}

/// What a dotted name in a text stands for.
fn named(startup: &mut Startup<'_>, value: Value) -> Option<Value> {
    let Some(name) = value.as_text() else { return value.is_known().then_some(value) };
    let (module, member) = name.rsplit_once('.')?;
    match startup.imported(module) {
        Some(file) => startup.global(file, member),
        None => Some(Value::api(name)),
    }
}

/// A text, also one that is to be translated.
fn translated(startup: &Startup<'_>, value: Value) -> Value {
    match startup.heap.call(value) {
        Some(call) => call.arguments.positional.first().copied().unwrap_or(value),
        None => value,
    }
}

fn is_include(call: &Call) -> bool {
    matches!(call.callee, Value::Api(path) if path.as_str().starts_with("django.") && path.as_str().ends_with(".include"))
}

/// The last part of what a value is called.
pub(crate) fn path_of(startup: &Startup<'_>, value: Value) -> String {
    let path = startup.path_of(value).map(Symbol::as_str).unwrap_or_default();
    path.trim_end_matches("()").rsplit('.').next().unwrap_or_default().to_owned()
}
