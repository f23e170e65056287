//! Routes put together from what a program told its frameworks: which hang on what, below which paths, behind which guards.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::Symbol;

use crate::handler::{Handler, Target, handler};
use crate::inventory::{EntryKind, GuardVia};
use crate::pattern::{self, Path, join};
use crate::startup::{Call, GAP, Node, NodeId, Site, Startup, Value};
use crate::table::{Argument, Framework, Mount, Route, Router};

/// Routers within routers.
const MAX_DEPTH: usize = 24;
/// Routes that one program may have.
const MAX_ROUTES: usize = 100_000;

/// A route that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Index into the frameworks.
    pub(crate) framework: usize,
    pub(crate) kind: EntryKind,
    pub(crate) methods: Vec<String>,
    pub(crate) pattern: String,
    pub(crate) path: Path,
    pub(crate) handler: Handler,
    /// Methods of HTTP, each with the name of the function of a class that answers, where those are not the same.
    pub(crate) actions: Vec<(String, String)>,
    /// What stands before it besides the handler's own.
    pub(crate) guards: Vec<(Value, GuardVia)>,
    /// Where it is made a route.
    pub(crate) registered: Site,
    pub(crate) is_mounted: bool,
    /// The router at the top, if there is one.
    pub(crate) top: Option<NodeId>,
}

/// A route that hangs on something.
#[derive(Clone, Debug)]
struct Hung<'t> {
    framework: usize,
    route: &'t Route,
    /// The name of what made it: `get`, `add_post`.
    name: &'t str,
    call: Call,
    handlers: Vec<Value>,
}

/// What hangs on a router.
#[derive(Clone, Debug)]
enum Child<'t> {
    Route(Hung<'t>),
    Below {
        child: Value,
        prefix: Option<Value>,
        replaces: bool,
        guards: Vec<Value>,
    },
    /// Routes that have a path and guards in common.
    Group {
        prefix: Option<Value>,
        guards: Vec<Value>,
        routes: Vec<Child<'t>>,
    },
}

/// Something that routes hang on.
#[derive(Debug)]
struct Hanger<'t> {
    framework: usize,
    router: &'t Router,
    children: Vec<Child<'t>>,
    befores: Vec<Value>,
    /// Whether it hangs on something itself.
    is_below: bool,
}

struct Assembly<'a, 'p> {
    startup: &'a Startup<'p>,
    frameworks: &'a [Framework],
    /// Calls of what a call gave: decorators at work.
    applied: FxHashMap<NodeId, Vec<NodeId>>,
    hangers: FxHashMap<NodeId, Hanger<'a>>,
    /// Guards of all routes of a framework.
    global: Vec<(usize, Value)>,
    found: Vec<Found>,
    /// The router at the top of what is gone through.
    top: Option<NodeId>,
}

/// Finds all routes.
pub(crate) fn routes(startup: &Startup<'_>, frameworks: &[Framework]) -> Vec<Found> {
    let mut assembly = Assembly {
        startup,
        frameworks,
        applied: FxHashMap::default(),
        hangers: FxHashMap::default(),
        global: Vec::new(),
        found: Vec::new(),
        top: None,
    };
    assembly.index();
    assembly.hang();
    assembly.walk();
    assembly.found
}

impl<'a> Assembly<'a, '_> {
    /// Finds routers, and what decorators were applied to.
    fn index(&mut self) {
        for (id, call) in self.startup.heap.calls() {
            if let Value::Node(callee) = call.callee {
                self.applied.entry(callee).or_default().push(id);
            }
            let kinds = match call.callee {
                Value::Class(_) | Value::Api(_) => self.startup.kinds(Value::Node(id)),
                Value::Node(_) => self.startup.path_of(call.callee).into_iter().collect(),
                _ => continue,
            };
            if kinds.is_empty() {
                continue;
            }
            let known = self.frameworks.iter().enumerate().find_map(|(at, framework)| {
                let is_it = |router: &&Router| router.class.iter().any(|class| has(&kinds, class));
                framework.routers.iter().find(is_it).map(|router| (at, router))
            });
            if let Some((framework, router)) = known {
                let hanger = Hanger { framework, router, children: Vec::new(), befores: Vec::new(), is_below: false };
                self.hangers.insert(id, hanger);
            }
        }
    }

    /// Hangs every route and router on what it hangs on.
    fn hang(&mut self) {
        let calls: Vec<(NodeId, &Call)> = self.startup.heap.calls().collect();
        for (id, call) in calls {
            if let Some(hanger) = self.hangers.get(&id) {
                let (router, framework) = (hanger.router, hanger.framework);
                if let Some(list) = router.routes.of(&call.arguments) {
                    let pairs = router.tuples.then_some(framework);
                    let children = self.listed(list, pairs, 0);
                    self.add(id, children);
                }
                if router.children {
                    for child in call.arguments.positional.clone() {
                        let children = self.listed(child, None, 0);
                        self.add(id, children);
                    }
                }
                if let Some(Value::Node(parent)) = router.of.of(&call.arguments) {
                    let child =
                        Child::Below { child: Value::Node(id), prefix: None, replaces: false, guards: Vec::new() };
                    if self.hangers.contains_key(&parent) {
                        self.add(parent, vec![child]);
                    }
                }
                continue;
            }
            let Some((owner, name)) = self.owner(call) else {
                self.hang_on_top(id, call);
                continue;
            };
            let frameworks: &'a [Framework] = self.frameworks;
            let framework = self.hangers[&owner].framework;
            let table = &frameworks[framework];
            // `super().__init__(routes)` of a class of the program.
            if name == "__init__" {
                let router = self.hangers[&owner].router;
                if let Some(list) = router.routes.of(&call.arguments) {
                    let children = self.listed(list, router.tuples.then_some(framework), 0);
                    self.add(owner, children);
                }
                continue;
            }
            if let Some((route, name)) =
                table.routes.iter().find_map(|route| Some((route, route.calls.iter().find(|known| **known == name)?)))
            {
                let handlers = match route.handler.is_some() {
                    true => match route.handler.of(&call.arguments) {
                        Some(value) => vec![value],
                        // `app.add_url_rule("/x", endpoint="y")`: given later.
                        None => self.applications(id),
                    },
                    false => self.applications(id),
                };
                let hung = Hung { framework, route, name, call: call.clone(), handlers };
                self.add(owner, vec![Child::Route(hung)]);
            } else if let Some(mount) = table.mounts.iter().find(|mount| mount.calls.contains(&name)) {
                if mount.into.is_some() {
                    if let Some(Value::Node(parent)) = mount.into.of(&call.arguments)
                        && self.hangers.contains_key(&parent)
                    {
                        let child = below(mount, Value::Node(owner), call);
                        self.add(parent, vec![child]);
                    }
                } else if let Some(child) = mount.child.of(&call.arguments) {
                    let child = below(mount, child, call);
                    self.add(owner, vec![child]);
                }
            } else if let Some(attach) = table.attaches.iter().find(|attach| attach.calls.contains(&name)) {
                if let Some(list) = attach.routes.of(&call.arguments) {
                    let pairs = self.hangers[&owner].router.tuples.then_some(framework);
                    let children = self.listed(list, pairs, 0);
                    self.add(owner, children);
                }
            } else if let Some(before) = table.befores.iter().find(|before| before.calls.contains(&name)) {
                let given = if before.function.is_some() {
                    before.function.of(&call.arguments).into_iter().collect()
                } else {
                    let first = call.arguments.positional.first().copied();
                    match first.filter(|value| !matches!(value, Value::Text(_))) {
                        Some(value) => vec![value],
                        None => self.applications(id),
                    }
                };
                if before.application {
                    self.global.extend(given.into_iter().map(|value| (framework, value)));
                } else if let Some(hanger) = self.hangers.get_mut(&owner) {
                    hanger.befores.extend(given);
                }
            }
        }
    }

    /// A route of the framework's own router: `@bottle.route("/")`.
    fn hang_on_top(&mut self, id: NodeId, call: &Call) {
        let Value::Api(path) = call.callee else { return };
        let frameworks: &'a [Framework] = self.frameworks;
        for (framework, table) in frameworks.iter().enumerate() {
            let route =
                table.routes.iter().filter(|route| route.top).find_map(|route| {
                    Some((route, route.functions.iter().find(|function| *function == path.as_str())?))
                });
            let Some((route, name)) = route else { continue };
            let handlers = self.applications(id);
            let hung = Hung { framework, route, name, call: call.clone(), handlers };
            self.route(&hung, "", &[], true);
        }
    }

    /// What the result of a call was applied to.
    fn applications(&self, id: NodeId) -> Vec<Value> {
        let applied = self.applied.get(&id).into_iter().flatten();
        let given = applied.filter_map(|id| match self.startup.heap.node(*id) {
            Node::Call(call) => call.arguments.positional.first().copied(),
            _ => None,
        });
        given.collect()
    }

    /// The router of which a method is called, and the method's name with the attributes before it.
    fn owner(&self, call: &Call) -> Option<(NodeId, String)> {
        let mut name = String::new();
        let mut value = call.callee;
        for _ in 0..4 {
            let Value::Node(id) = value else { return None };
            match self.startup.heap.node(id) {
                Node::Attribute { of, name: part } => {
                    name = if name.is_empty() { part.to_string() } else { format!("{part}.{name}") };
                    value = *of;
                }
                _ => return self.hangers.contains_key(&id).then_some((id, name)).filter(|(_, name)| !name.is_empty()),
            }
        }
        None
    }

    fn add(&mut self, owner: NodeId, children: Vec<Child<'a>>) {
        for child in &children {
            if let Child::Below { child: Value::Node(child), .. } = child
                && *child != owner
                && let Some(hanger) = self.hangers.get_mut(child)
            {
                hanger.is_below = true;
            }
        }
        if let Some(hanger) = self.hangers.get_mut(&owner) {
            hanger.children.extend(children);
        }
    }

    /// The routes of a list.
    fn listed(&mut self, list: Value, pairs: Option<usize>, depth: usize) -> Vec<Child<'a>> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let frameworks: &'a [Framework] = self.frameworks;
        let (items, _) = match self.startup.heap.items(list) {
            Some(_) => self.startup.elements(list),
            None => (vec![list], false),
        };
        let mut children = Vec::new();
        for item in items {
            if let Value::Class(_) = item {
                children.extend(self.members(item));
                continue;
            }
            let Value::Node(id) = item else { continue };
            if self.hangers.contains_key(&id) {
                children.push(Child::Below { child: item, prefix: None, replaces: false, guards: Vec::new() });
                continue;
            }
            let Node::Call(call) = self.startup.heap.node(id) else {
                if let Some((inner, _)) = self.startup.heap.items(item) {
                    match (pairs, inner) {
                        (Some(framework), [Value::Text(_), handler, ..]) => {
                            children.extend(self.pair(framework, item, inner[0], *handler));
                        }
                        _ => children.extend(self.listed(item, pairs, depth + 1)),
                    }
                }
                continue;
            };
            if let Some(decorated) = self.decorated(call) {
                children.push(decorated);
                continue;
            }
            let kinds = self.startup.kinds(item);
            for (framework, table) in frameworks.iter().enumerate() {
                let route = table
                    .routes
                    .iter()
                    .find_map(|route| Some((route, route.functions.iter().find(|function| has(&kinds, function))?)));
                if let Some((route, name)) = route {
                    let handlers = route.handler.of(&call.arguments).into_iter().collect();
                    children.push(Child::Route(Hung { framework, route, name, call: call.clone(), handlers }));
                    break;
                }
                let mount = table.mounts.iter().find(|mount| mount.functions.iter().any(|name| has(&kinds, name)));
                if let Some(mount) = mount {
                    if let Some(child) = mount.child.of(&call.arguments) {
                        children.push(below(mount, child, call));
                    }
                    break;
                }
            }
        }
        children
    }

    /// A pair of a path and a handler, as the framework's function for routes would make of them.
    fn pair(&self, framework: usize, item: Value, path: Value, handler: Value) -> Option<Child<'a>> {
        let frameworks: &'a [Framework] = self.frameworks;
        let (route, name) =
            frameworks[framework].routes.iter().find_map(|route| Some((route, route.functions.first()?)))?;
        let arguments = crate::startup::Arguments { positional: vec![path, handler], ..Default::default() };
        let site = self.site_of(handler).unwrap_or(Site { file: 0, span: (0, 0) });
        let call = Call { callee: item, arguments, site };
        Some(Child::Route(Hung { framework, route, name, call, handlers: vec![handler] }))
    }

    /// Where what answers stands.
    fn site_of(&self, value: Value) -> Option<Site> {
        match handler(self.startup, value).target {
            Target::Function(func) => Some(Site { file: func.file, span: self.startup.function(func).span }),
            Target::Class(class) => Some(Site { file: class.file, span: self.startup.class(class).span }),
            Target::Other(_) => None,
        }
    }

    /// A function that a function of a framework decorates: `@get("/x")`.
    fn decorated(&self, call: &Call) -> Option<Child<'a>> {
        let made = self.startup.heap.call(call.callee)?;
        let Value::Api(path) = made.callee else { return None };
        let frameworks: &'a [Framework] = self.frameworks;
        frameworks.iter().enumerate().find_map(|(framework, table)| {
            let (route, name) =
                table.routes.iter().filter(|route| route.decorates).find_map(|route| {
                    Some((route, route.functions.iter().find(|function| *function == path.as_str())?))
                })?;
            let handlers = call.arguments.positional.first().copied().into_iter().collect();
            Some(Child::Route(Hung { framework, route, name, call: made.clone(), handlers }))
        })
    }

    /// A class that is a router: its methods are its routes.
    fn members(&self, value: Value) -> Option<Child<'a>> {
        let Value::Class(class) = value else { return None };
        let kinds = self.startup.kinds(value);
        let frameworks: &'a [Framework] = self.frameworks;
        let router = frameworks
            .iter()
            .flat_map(|table| &table.routers)
            .find(|router| router.members && router.class.iter().any(|class| has(&kinds, class)))?;
        let of_class = |names: &[String]| {
            names.iter().filter_map(|name| self.startup.class_value(class, name)).collect::<Vec<Value>>()
        };
        let mut routes = Vec::new();
        for class in self.startup.lineage(class).0 {
            for (_, member) in self.startup.own_attributes(class) {
                routes.extend(self.startup.heap.call(member).and_then(|call| self.decorated(call)));
            }
        }
        let prefix = of_class(&router.prefix.names).first().copied();
        let guards = of_class(&router.guards.names);
        let guards = guards.iter().flat_map(|list| self.startup.elements(*list).0).collect();
        Some(Child::Group { prefix, guards, routes })
    }

    fn walk(&mut self) {
        let mut tops: Vec<NodeId> =
            self.hangers.iter().filter(|(_, hanger)| !hanger.is_below).map(|(id, _)| *id).collect();
        tops.sort_unstable();
        for top in tops {
            let is_mounted = self.hangers[&top].router.root;
            self.top = Some(top);
            let mut around = FxHashSet::default();
            self.router(top, "", None, &[], is_mounted, &mut around);
        }
    }

    fn router(
        &mut self,
        id: NodeId,
        prefix: &str,
        replaced: Option<&str>,
        guards: &[(Value, GuardVia)],
        is_mounted: bool,
        around: &mut FxHashSet<NodeId>,
    ) {
        if around.len() > MAX_DEPTH || self.found.len() > MAX_ROUTES || !around.insert(id) {
            return;
        }
        let Some(hanger) = self.hangers.get(&id) else { return };
        let (framework, router) = (hanger.framework, hanger.router);
        let children = hanger.children.clone();
        let via = if router.root { GuardVia::Application } else { GuardVia::Router };
        let mut guards = guards.to_vec();
        guards.extend(self.global.iter().filter(|(of, _)| *of == framework && router.root).map(|(_, v)| (*v, via)));
        let call = self.startup.heap.call(Value::Node(id)).cloned();
        let given = call.as_ref().map(|call| &call.arguments);
        if let Some(arguments) = given {
            guards.extend(each(self.startup, &router.guards, arguments).into_iter().map(|value| (value, via)));
        }
        guards.extend(hanger.befores.iter().map(|value| (*value, via)));
        let own = match replaced {
            Some(replaced) => replaced.to_owned(),
            None => {
                let value = given.and_then(|arguments| router.prefix.of(arguments));
                let named = given.and_then(|arguments| router.named_prefix.of(arguments)).and_then(Value::as_text);
                match (value.or_else(|| self.attribute(id, router)), named) {
                    (None | Some(Value::None), Some(name)) => format!("/{name}"),
                    (value, _) => text(value, &String::new),
                }
            }
        };
        let own = match given.and_then(|arguments| router.version.of(arguments)) {
            Some(Value::Int(version)) => join(&format!("/v{version}"), &own),
            Some(Value::Text(version)) => join(&format!("/v{}", version.as_str().trim_start_matches('v')), &own),
            _ => own,
        };
        let prefix = join(prefix, &own);
        self.children(&children, &prefix, &guards, is_mounted, around);
        around.remove(&id);
    }

    /// What a class says in place of an argument.
    fn attribute(&self, id: NodeId, router: &Router) -> Option<Value> {
        let call = self.startup.heap.call(Value::Node(id))?;
        let Value::Class(class) = call.callee else { return None };
        if !router.attributes {
            return None;
        }
        router.prefix.names.iter().find_map(|name| self.startup.class_attribute(class, Symbol::new(name)))
    }

    fn children(
        &mut self,
        children: &[Child<'a>],
        prefix: &str,
        guards: &[(Value, GuardVia)],
        is_mounted: bool,
        around: &mut FxHashSet<NodeId>,
    ) {
        for child in children {
            match child {
                Child::Route(hung) => self.route(hung, prefix, guards, is_mounted),
                Child::Group { prefix: own, guards: more, routes } => {
                    let mut guards = guards.to_vec();
                    guards.extend(more.iter().map(|value| (*value, GuardVia::Router)));
                    let prefix = join(prefix, &text(*own, &|| GAP.to_string()));
                    self.children(routes, &prefix, &guards, is_mounted, around);
                }
                Child::Below { child, prefix: own, replaces, guards: more } => {
                    let mut guards = guards.to_vec();
                    guards.extend(more.iter().map(|value| (*value, GuardVia::Router)));
                    let own = own.filter(|value| *value != Value::None).map(|own| text(Some(own), &|| GAP.to_string()));
                    match *child {
                        Value::Node(id) if self.hangers.contains_key(&id) => {
                            let (before, replaced) = match (&own, replaces) {
                                (Some(own), true) => (prefix.to_owned(), Some(own.as_str())),
                                (Some(own), false) => (join(prefix, own), None),
                                (None, _) => (prefix.to_owned(), None),
                            };
                            self.router(id, &before, replaced, &guards, is_mounted, around);
                        }
                        list => {
                            let children = self.listed(list, None, 0);
                            let prefix = join(prefix, &own.unwrap_or_default());
                            if around.len() <= MAX_DEPTH {
                                self.children(&children, &prefix, &guards, is_mounted, around);
                            }
                        }
                    }
                }
            }
        }
    }

    fn route(&mut self, hung: &Hung<'_>, prefix: &str, guards: &[(Value, GuardVia)], is_mounted: bool) {
        let (route, arguments) = (hung.route, &hung.call.arguments);
        let mut paths: Vec<Value> = Vec::new();
        match (route.paths, route.path.position) {
            (true, Some(from)) => paths.extend(arguments.positional.iter().skip(from)),
            _ => paths.extend(route.path.of(arguments)),
        }
        if paths.is_empty() && route.path.is_some() {
            paths.push(if arguments.is_open { Value::Unknown } else { Value::text("") });
        }
        let mut guards = guards.to_vec();
        let own = each(self.startup, &route.guards, arguments);
        guards.extend(own.into_iter().map(|value| (value, GuardVia::Decorator)));
        for value in &hung.handlers {
            let handler = handler(self.startup, *value);
            let actions = self.actions(hung, &handler);
            let methods = match actions.as_slice() {
                [] => self.methods(hung, &handler),
                actions => actions.iter().map(|(method, _)| method.clone()).collect(),
            };
            for path in &paths {
                // Several paths at once: `["/a", "/b"]`.
                let all = self.startup.heap.items(*path).map_or_else(|| vec![*path], |(items, _)| items.to_vec());
                for path in all {
                    let path = text(Some(path), &|| GAP.to_string());
                    let pattern = join(prefix, &path);
                    self.found.push(Found {
                        path: pattern::path(&pattern, self.frameworks[hung.framework].syntax),
                        actions: actions.clone(),
                        top: self.top,
                        framework: hung.framework,
                        kind: route.kind,
                        methods: methods.clone(),
                        pattern,
                        handler: handler.clone(),
                        guards: guards.clone(),
                        registered: hung.call.site,
                        is_mounted,
                    });
                }
            }
        }
    }

    /// The methods that a class answers with functions of other names than theirs: `on_get_items`.
    fn actions(&self, hung: &Hung<'_>, handler: &Handler) -> Vec<(String, String)> {
        let before = &self.frameworks[hung.framework].methods;
        let Target::Class(class) = handler.target else { return Vec::new() };
        if before.is_empty() {
            return Vec::new();
        }
        let suffix = hung.route.suffix.of(&hung.call.arguments).and_then(Value::as_text);
        let after = suffix.map(|suffix| format!("_{suffix}")).unwrap_or_default();
        let named = crate::handler::METHODS
            .iter()
            .map(|method| (method.to_ascii_uppercase(), format!("{before}{method}{after}")));
        named.filter(|(_, name)| self.startup.class_value(class, name).is_some()).collect()
    }

    fn methods(&self, hung: &Hung<'_>, handler: &Handler) -> Vec<String> {
        let route = hung.route;
        if route.kind != EntryKind::Http {
            return Vec::new();
        }
        let named = |value: Value| value.as_text().map(str::to_ascii_uppercase);
        let given = route.methods.of(&hung.call.arguments).filter(|value| *value != Value::None);
        let mut methods: Vec<String> = match given {
            Some(value) => match self.startup.heap.items(value) {
                Some((items, _)) => items.iter().filter_map(|item| named(*item)).collect(),
                None => named(value).into_iter().collect(),
            },
            None if route.default.iter().any(|method| method == "*") => {
                let last = hung.name.rsplit('.').next().unwrap_or_default();
                vec![last.strip_prefix("add_").unwrap_or(last).to_ascii_uppercase()]
            }
            None => {
                let own = class_methods(self.startup, handler);
                if own.is_empty() { route.default.clone() } else { own }
            }
        };
        for method in &mut methods {
            if method == "*" {
                "ANY".clone_into(method);
            }
        }
        methods.sort();
        methods.dedup();
        methods
    }
}

/// The methods that a class answers, by what it says or has.
pub(crate) fn class_methods(startup: &Startup<'_>, handler: &Handler) -> Vec<String> {
    let Target::Class(class) = handler.target else { return Vec::new() };
    let said = startup.class_attribute(class, Symbol::new("methods")).and_then(|value| startup.heap.items(value));
    if let Some((items, _)) = said {
        let said: Vec<String> = items.iter().filter_map(|item| item.as_text()).map(str::to_ascii_uppercase).collect();
        if !said.is_empty() {
            return said;
        }
    }
    handler.functions(startup).iter().map(|(name, _)| name.to_ascii_uppercase()).collect()
}

/// What a mount puts below a router.
fn below<'t>(mount: &Mount, child: Value, call: &Call) -> Child<'t> {
    let guards = mount.guards.names.iter().filter_map(|name| call.arguments.named(name)).collect();
    Child::Below { child, prefix: mount.prefix.of(&call.arguments), replaces: mount.replaces, guards }
}

/// The values of arguments, those of lists one by one.
fn each(startup: &Startup<'_>, argument: &Argument, given: &crate::startup::Arguments) -> Vec<Value> {
    let positional = argument.position.and_then(|at| given.positional.get(at).copied());
    let named = argument.names.iter().filter_map(|name| given.named(name));
    let mut all = Vec::new();
    for value in positional.into_iter().chain(named) {
        match startup.heap.items(value) {
            Some((items, _)) => all.extend_from_slice(items),
            None => all.push(value),
        }
    }
    all
}

/// Whether a path is among those of a value's classes.
fn has(kinds: &[Symbol], class: &str) -> bool {
    kinds.iter().any(|kind| kind.as_str() == class)
}

/// A path that was given; what stands for it if it is not known.
fn text(value: Option<Value>, unknown: &dyn Fn() -> String) -> String {
    match value {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::None) | None => String::new(),
        Some(_) => unknown(),
    }
}
